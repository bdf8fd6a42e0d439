"""Who may import what: the contracts of pyproject.toml, and what they cannot say."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
APP = CHECKOUT / "app"
MODULES = sorted(APP.rglob("*.py"))

# Slow to import: only their owners do it at a module's top level.
OWNERS = {
    "tensorflow": ("modeling", "training", "diagnostics"),
    "keras": ("modeling", "training", "diagnostics"),
    "sklearn": ("data",),
    "pandas": ("data",),
    "PIL": ("data",),
    "PySide6": ("ui",),
    "pyqtgraph": ("ui",),
    "distributed": (),
    "dask": (),
}

CORE_STANDS_ON = {"pydantic", "pydantic_core", "annotated_types", "typing_extensions"}


def imports_of(tree: ast.AST, top_level_only: bool = False) -> Iterator[str]:
    """The modules that a module imports; with `top_level_only`, as it is itself imported."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if top_level_only and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
        waiting.extend(ast.iter_child_nodes(node))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def first(module: str) -> str:
    return module.split(".", maxsplit=1)[0]


def test_contracts_of_import_linter() -> None:
    lint = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports())"
    done = subprocess.run(
        [sys.executable, "-c", lint], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_layers_of_the_contract_are_the_packages() -> None:
    """A package that no layer names would be free to import anything."""
    layers = (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8")
    packages = {path.parent.name for path in APP.glob("*/__init__.py")}
    assert packages
    assert not {name for name in packages if f"app.{name}" not in layers}


def imported_alone(modules: str, compiled: Path | None = None) -> tuple[float, set[str]]:
    """Import modules (separated by commas; a package with all in it) in a process of its own.

    `compiled` is a folder for compiled modules, as users have them from their second start on.

    Gives the seconds of the processor that it took and the names of all top-level packages that
    were loaded.
    """
    script = (
        "import importlib, pkgutil, sys, time\n"
        "start = time.process_time()\n"
        f"for name in '{modules}'.split(','):\n"
        "    package = importlib.import_module(name)\n"
        "    for module in pkgutil.walk_packages(getattr(package, '__path__', ()), name + '.'):\n"
        "        importlib.import_module(module.name)\n"
        "print(time.process_time() - start, *{name.split('.')[0] for name in sys.modules})\n"
    )
    environment = dict(os.environ)
    if compiled is not None:
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = str(compiled)
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seconds, *loaded = done.stdout.split()
    assert "app" in loaded
    return float(seconds), set(loaded)


@pytest.mark.parametrize("package", ["app.core", "app.jobs"])
def test_core_and_jobs_import_quickly_and_alone(package: str, tmp_path: Path) -> None:
    runs = [imported_alone(package, tmp_path) for _ in range(3)]
    assert not runs[0][1] & {*OWNERS, "numpy", "h5py", "scipy", "shiboken6"}
    assert min(seconds for seconds, _ in runs) < 0.3


def test_the_window_starts_without_slow_libraries() -> None:
    _, loaded = imported_alone("app.__main__,app.ui.application")
    assert "PySide6" in loaded
    assert not loaded & {"tensorflow", "keras", "sklearn", "pandas", "scipy", "distributed"}


def test_the_command_line_starts_without_slow_libraries() -> None:
    _, loaded = imported_alone("app.__main__,app.cli.main")
    assert not loaded & {
        "tensorflow",
        "keras",
        "sklearn",
        "pandas",
        "scipy",
        "PySide6",
        "pyqtgraph",
        "distributed",
    }


@pytest.mark.parametrize("package", ["core", "jobs"])
def test_core_and_jobs_stand_on_the_standard_library(package: str) -> None:
    allowed = (
        set(sys.stdlib_module_names) | {"app"} | (CORE_STANDS_ON if package == "core" else set())
    )
    used = {
        first(name) for path in (APP / package).rglob("*.py") for name in imports_of(parsed(path))
    }
    assert used
    assert not used - allowed


def test_slow_libraries_are_imported_at_top_level_by_their_owners_alone() -> None:
    offences = [
        f"{path.relative_to(CHECKOUT)}: {name}"
        for path in MODULES
        for name in imports_of(parsed(path), top_level_only=True)
        if path.relative_to(APP).parts[0]
        not in OWNERS.get(first(name), (path.relative_to(APP).parts[0],))
    ]
    assert not offences


def test_run_script_stands_on_the_standard_library() -> None:
    used = {first(name) for name in imports_of(parsed(CHECKOUT / "run.py"))}
    assert {"os", "subprocess", "ctypes"} <= used
    assert not used - set(sys.stdlib_module_names)


def test_the_check_tells_top_level_from_inside() -> None:
    tree = ast.parse(
        "import os\n"
        "if TYPE_CHECKING:\n    import keras\n"
        "try:\n    import pandas.io\nexcept ImportError:\n    pass\n"
        "class A:\n    from PIL import Image\n    def f(self):\n        import tensorflow\n"
    )
    assert set(imports_of(tree, top_level_only=True)) == {"os", "pandas.io", "PIL"}
    assert set(imports_of(tree)) == {"os", "pandas.io", "PIL", "tensorflow"}

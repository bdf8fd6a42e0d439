"""Nothing sleeps and nothing polls: a job waits on a condition, a test on a signal or a state."""

import ast
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

SLEEPS = {"sleep", "msleep", "usleep", "qWait", "qSleep"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The calls and imports of a module that sleep, and its loops that turn the event loop."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in SLEEPS:
            yield node.lineno, called(node)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, a.name) for a in node.names if a.name in SLEEPS)
        elif isinstance(node, ast.While | ast.For):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Call) and called(inner) == "processEvents":
                    yield inner.lineno, "processEvents in a loop"


def called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_nothing_sleeps() -> None:
    files = [CHECKOUT / "run.py", *CHECKOUT.glob("app/**/*.py"), *CHECKOUT.glob("tests/**/*.py")]
    assert len(files) > 10
    found = [
        f"{path.relative_to(CHECKOUT)}:{line}: {what}"
        for path in files
        for line, what in offences(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


def test_the_check_finds_what_it_looks_for() -> None:
    tree = ast.parse(
        "from time import sleep\n"
        "time.sleep(1)\n"
        "QTest.qWait(10)\n"
        "while True:\n    app.processEvents()\n"
        "app.processEvents()\n"
    )
    assert [line for line, _ in sorted(offences(tree))] == [1, 2, 3, 5]

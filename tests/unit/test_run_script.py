"""`run.py`, with the outside world (pip, apt-get, other Pythons) played by small programs."""

import ast
import importlib.util
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "run.py"
LOCK = "wheel==1.0 \\\n    --hash=sha256:0\nkeras==2.0 \\\n    --hash=sha256:0\n"

posix_only = pytest.mark.skipif(os.name == "nt", reason="plays other programs by shell scripts")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module, standing in a checkout of its own."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "requirements.lock").write_text(LOCK)
    spec = importlib.util.spec_from_file_location("run_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "CHECKOUT", str(checkout))
    monkeypatch.setattr(module, "LOCK", str(checkout / "requirements.lock"))
    monkeypatch.setattr(module, "ENVIRONMENT", str(checkout / ".venv"))
    monkeypatch.setattr(module, "STAMP", str(checkout / ".venv" / "layerlab-complete"))
    return module


def play(path: Path, script: str) -> Path:
    """Put a program at `path` that does what `script` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def play_environment(run: ModuleType, pip: str = "exit 0") -> Path:
    """An environment whose Python plays pip with `pip`."""
    environment = Path(run.ENVIRONMENT)
    (environment / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    play(environment / "bin" / "python", f'case "$*" in *install*) {pip} ;; esac')
    return environment


def write_stamp(run: ModuleType) -> None:
    Path(run.STAMP).write_text(run.current_stamp())


# ---------------------------------------------------------------- the script itself


def test_syntax_is_old_enough_to_say_that_python_is_too_old() -> None:
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_help_needs_no_environment() -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "--help"], capture_output=True, text=True, check=True
    )
    for words in ("run.py test", "COMMAND", ".venv", "window"):
        assert words in done.stdout


# ---------------------------------------------------------------- ready or not


def test_nothing_there_is_not_ready(run: ModuleType) -> None:
    assert run.current_stamp() is None
    assert not run.is_ready()


@posix_only
def test_stamped_environment_is_ready_until_something_changes(run: ModuleType) -> None:
    environment = play_environment(run)
    assert not run.is_ready()
    write_stamp(run)
    assert run.is_ready()

    Path(run.LOCK).write_text(LOCK.replace("2.0", "2.1"))
    assert not run.is_ready()
    Path(run.LOCK).write_text(LOCK)
    assert run.is_ready()

    packages = environment / "lib" / "python3.12" / "site-packages"
    os.utime(packages, ns=(0, 0))  # as after a change by another tool
    assert not run.is_ready()
    write_stamp(run)
    assert run.is_ready()

    python = environment / "bin" / "python"
    python.rename(environment / "bin" / "python3.12")
    assert not run.is_ready()  # the interpreter is gone
    python.symlink_to(environment / "bin" / "python3.12")
    assert not run.is_ready()  # another one took its place


@posix_only
def test_environment_that_pip_did_not_finish_is_made_anew(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    play_environment(run, pip="exit 1")
    made: list[str] = []
    monkeypatch.setattr(run, "make_environment", made.append)
    monkeypatch.setattr(run, "find_python", lambda: "python3.12")
    with pytest.raises(run.SetUpError):
        run.set_up()
    assert made == ["python3.12"]
    assert not run.is_ready()
    play(Path(run.ENVIRONMENT) / "bin" / "python", "exit 0")
    run.set_up()
    assert made == ["python3.12"] * 2
    assert run.is_ready()


@posix_only
def test_new_lock_file_updates_the_environment_in_place(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play_environment(run)
    write_stamp(run)
    Path(run.LOCK).write_text(LOCK + "numpy==2.4 \\\n    --hash=sha256:0\n")
    monkeypatch.setattr(run, "make_environment", lambda python: pytest.fail("made anew"))
    run.set_up()
    assert run.is_ready()
    assert "3 packages" in capsys.readouterr().out


@posix_only
def test_stamp_is_gone_while_packages_are_installed(run: ModuleType) -> None:
    environment = play_environment(run)
    play(environment / "bin" / "python", f'test ! -e "{run.STAMP}"')
    write_stamp(run)
    run.install_packages(again=True)
    assert not run.is_ready()


@posix_only
def test_pip_is_asked_for_locked_hashed_packages_alone(
    run: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = play_environment(run)
    said = environment / "arguments"
    lines = "Collecting wheel==1.0 (from x)\nCollecting keras==2.0\nInstalling collected packages"
    play(environment / "bin" / "python", f'echo "$*" > "{said}"; echo "{lines}"')
    run.install_packages(again=False)
    arguments = said.read_text().split()
    assert {"--require-hashes", "--no-deps", "--only-binary"} <= set(arguments)
    assert arguments[-2:] == ["-r", run.LOCK]
    assert "1 of 2: wheel" in capsys.readouterr().out


@posix_only
def test_second_start_waits_for_the_first(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    play_environment(run)
    waits, found = threading.Event(), []
    monkeypatch.setattr(run, "say", lambda text: waits.set())

    def second() -> None:
        with run.one_at_a_time():
            found.append(run.is_ready())

    other = threading.Thread(target=second)
    with run.one_at_a_time():
        other.start()
        assert waits.wait(10)
        write_stamp(run)
    other.join()
    assert found == [True]


def test_vanished_checkout_is_said(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "ENVIRONMENT", str(Path(run.CHECKOUT) / "nowhere" / ".venv"))
    with pytest.raises(run.SetUpError, match=r"(?s)cannot be written.*Copy the checkout"):
        run.set_up()


def test_full_disk_is_said_before_anything_is_made(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "DISK_NEEDED", 10**18)
    with pytest.raises(run.SetUpError, match=r"GB of disk space left .* need 1000000000 GB"):
        run.make_environment(sys.executable)
    assert not Path(run.ENVIRONMENT).exists()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("WARNING: Retrying after NewConnectionError('Temporary failure in name resolution')\n"
         "ERROR: No matching distribution found for absl-py", "HTTPS_PROXY"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE FILE.", "not the one"),
        ("ERROR: Could not install: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for tensorflow==2.21.0", "64-bit Python"),
        ("something\nthat nobody foresaw", "that nobody foresaw"),
    ],
)  # fmt: skip
def test_failure_of_pip_is_explained(run: ModuleType, output: str, words: str) -> None:
    explanation = run.explain_pip(output)
    assert words in explanation
    assert output.splitlines()[-1] in explanation


# ---------------------------------------------------------------- the interpreter


def test_this_python_is_taken_when_it_fits(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "VERSIONS", (sys.version_info[:2],))
    assert run.find_python() == sys.executable


@posix_only
def test_another_python_is_found_when_this_one_does_not_fit(
    run: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tools = tmp_path / "tools"
    play(tools / "python3.99", "exit 127")  # a shim without its Python
    fitting = play(tools / "python3.98", f"echo 3.98; echo {tools}/python3.98")
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setattr(run, "VERSIONS", ((3, 97), (3, 98), (3, 99)))
    assert run.find_python() == str(fitting)
    assert "3.98" in capsys.readouterr().out


@posix_only
def test_no_fitting_python_is_said_with_what_to_do(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(tmp_path / "tools" / "python3.98", "echo '32 bit'; echo x")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    monkeypatch.setattr(run, "VERSIONS", ((3, 98),))
    with pytest.raises(run.SetUpError, match=r"needs 64-bit Python 3.11.*Install it .*run.py"):
        run.find_python()


@posix_only
def test_python_without_venv_names_the_package(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = play(tmp_path / "python3.98", 'case "$*" in *ensurepip*) exit 1 ;; *) echo 3.98 ;; esac')
    asked: list[list[str]] = []

    def no_install(packages: list[str], reason: str) -> None:
        asked.append(packages)
        raise run.SetUpError(reason)

    monkeypatch.setattr(run, "install_debian_packages", no_install)
    monkeypatch.setattr(run, "DISK_NEEDED", 0)
    with pytest.raises(run.SetUpError, match="lacks the module venv"):
        run.make_environment(str(bare))
    assert asked == [["python3.98-venv"]]


# ---------------------------------------------------------------- the system's libraries


@pytest.mark.parametrize(
    ("arguments", "environ", "places"),
    [
        (["test"], {}, {"always"}),
        (["test"], {"DISPLAY": ":0"}, {"always"}),
        (["train", "x.layerlab"], {"DISPLAY": ":0"}, set()),
        ([], {}, set()),
        ([], {"DISPLAY": ":0"}, {"always", "x11"}),
        ([], {"QT_QPA_PLATFORM": "xcb", "DISPLAY": ":0"}, {"always", "x11"}),
        ([], {"QT_QPA_PLATFORM": "offscreen"}, {"always"}),
        ([], {"QT_QPA_PLATFORM": "vnc:size=800x600"}, {"always"}),
        ([], {"WAYLAND_DISPLAY": "wayland-0"}, {"always", "wayland"}),
        ([], {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, {"always", "x11"}),
        (
            [],
            {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "XDG_SESSION_TYPE": "wayland"},
            {"always", "wayland"},
        ),
    ],
)
def test_where_qt_draws(
    run: ModuleType, arguments: list[str], environ: dict[str, str], places: set[str]
) -> None:
    assert run.places_of_qt(arguments, environ) == places


@posix_only
def test_missing_libraries_are_those_that_cannot_be_loaded(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "libc.so.6" if sys.platform.startswith("linux") else "libc.dylib"
    libraries = ((here, "here", "always"), ("libnowhere.so.1", "gone", "always"), ("x", "x", "x11"))
    monkeypatch.setattr(run, "QT_LIBRARIES", libraries)
    assert run.missing_qt_libraries({"always"}) == [("libnowhere.so.1", "gone")]
    assert run.missing_qt_libraries(set()) == []


def play_debian(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> Path:
    """A Debian with an apt-get that fails until its lists are there, and notes what it is told."""
    notes = tmp_path / "notes"
    script = (
        f'echo "$*" >> "{notes}"; case "$*" in update) exit 0 ;; esac; grep -q update "{notes}"'
    )
    play(tmp_path / "tools" / "apt-get", script)
    monkeypatch.setenv("PATH", f"{tmp_path / 'tools'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: user)
    exists = os.path.exists
    monkeypatch.setattr(os.path, "exists", lambda p: p == "/etc/debian_version" or exists(p))
    return notes


@posix_only
def test_root_on_debian_installs(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = play_debian(run, tmp_path, monkeypatch, user=0)
    run.install_debian_packages(["libgl1", "libegl1"], "Qt needs them")
    install = "install -y --no-install-recommends libgl1 libegl1"
    assert notes.read_text().splitlines() == [install, "update", install]


@posix_only
def test_user_on_debian_gets_the_exact_command(
    run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = play_debian(run, tmp_path, monkeypatch, user=1000)
    with pytest.raises(run.SetUpError) as raised:
        run.install_debian_packages(["libgl1"], "Qt needs libGL.so.1")
    assert "Qt needs libGL.so.1" in str(raised.value)
    assert "sudo apt-get install -y --no-install-recommends libgl1" in str(raised.value)
    assert not notes.exists()


@posix_only
def test_main_prints_what_went_wrong_and_starts_nothing(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise run.SetUpError("The disk is full.")

    monkeypatch.setattr(run, "set_up", fail)
    monkeypatch.setattr(run, "hand_over", lambda arguments: pytest.fail("started"))
    assert run.main(["test"]) == 1
    assert capsys.readouterr().err == "LayerLab cannot start. The disk is full.\n"


# ---------------------------------------------------------------- handing over

TESTS = ("-P", "-m", "pytest")
SPREAD = ("-n", "auto", "--maxprocesses", "4")


@posix_only
@pytest.mark.parametrize(
    ("arguments", "command", "folder"),
    [
        ([], ["-P", "-m", "app"], "elsewhere"),
        (["train", "a b.layerlab"], ["-P", "-m", "app", "train", "a b.layerlab"], "elsewhere"),
        (["test"], [*TESTS, *SPREAD], "checkout"),
        (["test", "-k", "x"], [*TESTS, *SPREAD, "-k", "x"], "checkout"),
        (["test", "tests/unit", "-n", "0"], [*TESTS, *SPREAD, "tests/unit", "-n", "0"], "checkout"),
        (["test", "-x", "test_a.py"], [*TESTS, "-x", "test_a.py"], "checkout"),
        (["test", "test_a.py::test[a::b]"], [*TESTS, "test_a.py::test[a::b]"], "checkout"),
    ],
)
def test_hand_over_becomes_the_program(
    run: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    command: list[str],
    folder: str,
) -> None:
    (tmp_path / "checkout" / "test_a.py").touch()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.delenv("QT_QPA_PLATFORM")
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *taken: started.append(taken))
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started a child"))
    with pytest.raises(pytest.fail.Exception):  # execve came back, which it never does
        run.hand_over(arguments)
    ((program, whole, environment),) = started
    assert whole == [program, *command]
    assert Path.cwd().name == folder
    assert environment["PYTHONPATH"] == run.CHECKOUT
    assert "PYTHONHOME" not in environment
    assert environment.get("QT_QPA_PLATFORM") == ("offscreen" if folder == "checkout" else None)

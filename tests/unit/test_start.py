"""`python -m app`: which of window, command line and example is started."""

import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest

from app import __main__ as program
from app.screen import why_no_screen

on_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks for X11, Wayland")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What was started, with its arguments; the window ends with 0, the command line with 3."""
    calls: list[tuple[str, list[str]]] = []

    def play(module_name: str, function: str, name: str, exit_code: int) -> None:
        def start(arguments: list[str]) -> int:
            calls.append((name, arguments))
            return exit_code

        module = ModuleType(module_name)
        setattr(module, function, start)
        monkeypatch.setitem(sys.modules, module_name, module)

    play("app.ui.application", "run", "window", 0)
    play("app.cli.main", "main", "command", 3)
    return calls


def test_no_arguments_open_the_window(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "why_no_screen", lambda: None)
    assert program.main([]) == 0
    assert started == [("window", [])]


def test_arguments_go_to_the_command_line(started: list[tuple[str, list[str]]]) -> None:
    assert program.main(["check", "a.layerlab"]) == 3
    assert started == [("command", ["check", "a.layerlab"])]


def test_a_file_alone_opens_the_window(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "why_no_screen", lambda: None)
    assert program.main(["Digits.LAYERLAB"]) == 0
    assert started == [("window", ["Digits.LAYERLAB"])]


def test_a_file_without_a_screen_says_what_to_do(
    started: list[tuple[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(program, "why_no_screen", lambda: "DISPLAY is not set")
    assert program.main(["a.layerlab"]) == 1
    assert "layerlab check a.layerlab" in capsys.readouterr().err
    assert started == []


def test_arguments_of_the_process_are_the_default(
    started: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["layerlab", "train", "x"])
    program.main()
    assert started == [("command", ["train", "x"])]


def test_without_a_screen_it_says_so_and_trains_the_example(
    started: list[tuple[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(program, "why_no_screen", lambda: "the display :9 does not answer")
    assert program.main([]) == 3
    assert started == [("command", ["example"])]
    said = capsys.readouterr().out
    assert "no screen" in said
    assert "the display :9 does not answer" in said


@on_linux
@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc:size=800x600"])
def test_platforms_without_display_are_a_screen(platform: str) -> None:
    assert why_no_screen({"QT_QPA_PLATFORM": platform}) is None


@on_linux
@pytest.mark.parametrize("platform", [{}, {"QT_QPA_PLATFORM": "xcb"}])
def test_no_display_at_all(platform: dict[str, str]) -> None:
    assert "DISPLAY" in (why_no_screen(platform) or "")


@on_linux
def test_display_without_server_does_not_answer() -> None:
    assert why_no_screen({"DISPLAY": ":7391"}) == "the display :7391 does not answer"


@on_linux
def test_wayland_is_a_screen_when_its_socket_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(tmp_path)}
    assert why_no_screen(environ) is not None
    monkeypatch.chdir(tmp_path)  # the path of a socket may be 107 bytes long
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("wayland-0")
        assert why_no_screen(environ) is None

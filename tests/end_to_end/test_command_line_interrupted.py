"""Trainings of the command line that are interrupted or killed, and what a terminal shows."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.project_file import ProjectLock, open_project
from app.journal.journal import Journal
from app.user_folders import journal_path
from tests.end_to_end.command_line_user import inside, layerlab, read, start

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")


@contextmanager
def training(folder: Path, *words: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A training that takes long, as a child process."""
    layerlab(
        folder,
        *("new", "p.layerlab", "--data", "moons", "--set", "training.epochs=1000000"),
        *("--set", "training.early_stopping.enabled=false", "--force"),
    )
    with start(folder, "train", "p.layerlab", *words, **options) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stdout is not None
    limit = threading.Timer(60, process.kill)  # then there are no more lines
    limit.start()
    try:
        for line in process.stdout:
            if line.startswith(beginning):
                return
    finally:
        limit.cancel()
    raise AssertionError(f"{beginning!r} never came; it said {process.communicate()[1]}")


def test_ctrl_c_stops_keeps_and_writes(tmp_path: Path) -> None:
    words = ("--model", "m.keras", "--json", "r.json", "--save", "--verbose")
    with training(tmp_path, *words) as process:
        wait_for(process, "epoch       3/")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "Stopped by you after" in out
    found = read(tmp_path / "r.json")
    assert found["stopped_because"] == "stopped"
    assert len(found["history"]) >= 3
    assert (tmp_path / "m.keras").stat().st_size > 1000
    saved = open_project(tmp_path / "p.layerlab")
    assert saved.run is not None
    assert len(saved.run.rows) == len(found["history"])
    assert saved.checkpoint is not None


def test_ctrl_c_before_the_first_step_writes_nothing(tmp_path: Path) -> None:
    with training(tmp_path, "--model", "m.keras", "--json", "r.json") as process:
        wait_for(process, "loading TensorFlow")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "before anything was trained" in err
    assert [path.name for path in tmp_path.iterdir()] == ["p.layerlab"]


def test_after_kill_the_project_is_whole_and_free(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with training(tmp_path, "--save") as process:
        before = (tmp_path / "p.layerlab").read_bytes()
        wait_for(process, "loading TensorFlow")
        assert ProjectLock(tmp_path / "p.layerlab").holder() is not None
        process.kill()
        process.wait(30)
    assert (tmp_path / "p.layerlab").read_bytes() == before
    code, _, err = inside(capsys, "train", tmp_path / "p.layerlab", "--epochs", 1, "--save")
    assert code == 0, err
    assert open_project(tmp_path / "p.layerlab").run is not None


def test_after_kill_the_journal_has_what_was_trained(tmp_path: Path) -> None:
    """The epochs of the last few seconds may be missing, no other."""
    journal = Journal(journal_path())
    with training(tmp_path, "--verbose") as process:
        wait_for(process, "epoch       1/")
        (entry,) = journal.entries()
        assert entry.ending == "running"
        assert process.stdout is not None
        for _line in process.stdout:
            if journal.entries()[0].epochs:
                break
        process.kill()
        process.wait(30)
    (entry,) = journal.entries()
    assert (entry.ending, entry.kind, entry.seed) == ("interrupted", "command line", 7)
    record = journal.run(entry.number).record
    assert record is not None
    assert [row.epoch for row in record.rows] == list(range(1, entry.epochs + 1))
    journal.close()


def test_a_terminal_shows_a_bar_and_nothing_else(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    with training(tmp_path, "--epochs", "100", stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            said += piece
        assert process.wait(60) == 0, said.decode()
    os.close(ours)
    text = said.decode("utf-8")
    assert "\repoch " in text
    assert "━" in text or "─" in text
    lines = [line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n")]
    shown = [line for line in lines if line.strip()]
    assert shown[0].startswith("p on two moons") or shown[0].startswith("p on moons")
    assert any(line.startswith("Finished after 100 epochs") for line in shown)
    assert not any(line.startswith(("WARNING", "I0000", "E0000")) for line in shown)

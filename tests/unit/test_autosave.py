"""The copy of unsaved work: found when its process is gone, left alone while it runs, never half
written.
"""

import errno
import json
import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.core import autosave
from app.core.atomic_file import SaveError
from app.core.autosave import Autosave, Recoverable, find_recoverable
from app.core.process_identity import ProcessIdentity
from app.core.project_archive import read_archive, write_archive
from app.core.project_file import ProjectFileError, SavedProject, members_of, open_project
from app.core.templates import two_moons
from tests.unit.test_project_file import dead_process, saved

ORIGINAL = Path("folder", "my moons.layerlab")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery" / "copies"


def bury(folder: Path, **changes: Any) -> None:
    """Make every copy in `folder` that of a process which is gone."""
    pid = dead_process()
    for path in folder.glob("*.layerlab"):
        content = {**read_all(path)}
        about = {**json.loads(content["autosave.json"]), "pid": pid, **changes}
        path.unlink()
        write_archive(path, {**content, "autosave.json": json.dumps(about).encode()})


def read_all(path: Path) -> dict[str, bytes]:
    return read_archive(path, autosave._LIMITS, "autosave.json")


def only(folder: Path) -> Recoverable:
    (found,) = find_recoverable(folder)
    return found


def test_a_copy_comes_back_with_where_it_came_from(folder: Path) -> None:
    copy = Autosave(folder)
    copy.write(saved(epochs=1), None)
    copy.write(saved(epochs=3), ORIGINAL)
    assert [entry.name for entry in folder.iterdir()] == [copy.path.name]
    assert find_recoverable(folder) == ()  # this process still runs
    bury(folder)
    found = only(folder)
    assert (found.name, found.original_path) == (two_moons().name, ORIGINAL)
    assert found.saved_at > 1.6e9
    assert found.open() == saved(epochs=3)
    found.discard()
    found.discard()
    assert find_recoverable(folder) == ()
    assert list(folder.iterdir()) == []


def test_discarding_is_harmless_when_there_is_nothing(folder: Path) -> None:
    copy = Autosave(folder)
    copy.discard()
    copy.write(SavedProject(two_moons()), None)
    copy.discard()
    copy.discard()
    assert find_recoverable(folder) == ()
    assert find_recoverable(folder / "gone") == ()


def test_windows_of_one_process_have_copies_of_their_own_newest_first(folder: Path) -> None:
    first, second = Autosave(folder), Autosave(folder)
    second.write(saved(epochs=2), None)
    first.write(saved(epochs=1), None)
    bury(folder)
    assert [entry.open() for entry in find_recoverable(folder)] == [
        saved(epochs=1),
        saved(epochs=2),
    ]


def test_a_number_given_out_again_does_not_hide_a_copy(folder: Path) -> None:
    Autosave(folder).write(saved(), None)
    bury(folder, pid=os.getpid(), started="an earlier time")
    assert only(folder).open() == saved()


def test_copies_of_other_computers_and_foreign_files_are_left_alone(folder: Path) -> None:
    Autosave(folder).write(saved(), None)
    bury(folder, host="another")
    for name, content in (
        ("autosave-1.layerlab", b""),
        ("autosave-2.layerlab", b"garbage"),
        ("notes.txt", b"mine"),
    ):
        (folder / name).write_bytes(content)
    write_archive(folder / "autosave-3.layerlab", members_of(saved()))
    wrong = {**members_of(saved()), "autosave.json": b'{"pid": "x"}'}
    write_archive(folder / "autosave-4.layerlab", wrong)
    write_archive(folder / "autosave-5.layerlab", {**wrong, "autosave.json": b"[1]"})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert find_recoverable(folder) == ()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_copy_that_is_damaged_inside_is_offered_and_explained(folder: Path) -> None:
    Autosave(folder).write(saved(), None)
    bury(folder)
    path = only(folder).path
    members = {**read_all(path), "project.json": b'{"format_version": 1}'}
    path.unlink()
    write_archive(path, members)
    with pytest.raises(ProjectFileError, match="data is missing"):
        only(folder).open()


@pytest.mark.parametrize("step", ["fsync", "write"])
def test_a_full_disk_leaves_the_copy_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    copy = Autosave(folder)
    copy.write(saved(epochs=1), None)

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        if step == "fsync":
            patch.setattr(os, "fsync", refuse)
        else:
            patch.setattr(autosave, "write_archive", refuse)
        with pytest.raises(SaveError, match="the disk is full"):
            copy.write(saved(epochs=2), None)
    bury(folder)
    assert only(folder).open() == saved(epochs=1)


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError, match="not a folder"):
        Autosave(tmp_path / "file" / "copies").write(saved(), None)


WRITE_FOR_EVER = """
import os, sys
from pathlib import Path
from app.core.autosave import Autosave
from app.core.project_archive import read_archive, write_archive
from app.core.project_file import SavedProject, members_of
from app.core.templates import two_moons

def write_for_ever():
    copy = Autosave(Path(sys.argv[1]))
    number = 0
    while True:
        number += 1
        saved = SavedProject(two_moons(), None, number.to_bytes(4, "big") * 50_000)
        if sys.argv[2] == "atomically":
            copy.write(saved, Path("a.layerlab"))
        else:
            write_archive(Path(sys.argv[1], "a.layerlab"), members_of(saved))
        if number == 2:
            print(os.getpid(), flush=True)

for _ in sys.stdin:  # importing takes longer than writing: the children are forked
    child = os.fork()
    if child == 0:
        write_for_ever()
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def whole_copies(folder: Path, how: str, kills: int) -> int:
    """How many of `kills` kill -9 at random moments of endless writing left a whole copy."""
    dice = random.Random(23)
    whole = 0
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(folder), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for _ in range(kills):
            server.stdin.write(b"next\n")
            server.stdin.flush()
            writing = int(server.stdout.readline())
            select.select([server.stdout], [], [], dice.uniform(0.0, 0.02))
            os.kill(writing, signal.SIGKILL)
            assert server.stdout.readline() == b"dead\n"
            try:
                if how == "atomically":
                    copy = only(folder)
                    found = copy.open()
                    copy.discard()
                else:
                    found = open_project(folder / "a.layerlab")
            except ProjectFileError:
                continue
            checkpoint = found.checkpoint or b""
            whole += found.project == two_moons() and checkpoint == checkpoint[:4] * 50_000
    return whole


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fifty_kills_leave_fifty_copies_but_plain_writing_does_not(folder: Path) -> None:
    folder.mkdir(parents=True)
    assert whole_copies(folder, "atomically", kills=50) == 50
    assert list(folder.iterdir()) == []
    assert whole_copies(folder, "plainly", kills=30) < 30


def test_the_identity_of_a_process() -> None:
    own = ProcessIdentity.own()
    assert (own.here, own.running) == (True, True)
    assert ProcessIdentity.own() == own
    assert not ProcessIdentity(dead_process(), own.host, "").running
    assert not ProcessIdentity(2**40, own.host, "").running
    assert ProcessIdentity(own.pid, own.host, "").running
    assert ProcessIdentity(1, "another computer", "").running

"""Project files: what is saved comes back, what is no project is refused in words, and nothing is
ever lost.
"""

import contextlib
import errno
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import project_file
from app.core.atomic_file import SaveError
from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.migrations import STEPS, NewerVersionError, UnknownVersionError, migrate
from app.core.process_identity import ProcessIdentity
from app.core.project import Project
from app.core.project_archive import ArchiveError, read_archive, write_archive
from app.core.project_file import (
    LIMITS,
    ProjectFileError,
    ProjectLock,
    SavedProject,
    backup_of,
    members_of,
    open_project,
    save_project,
)
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import EXAMPLES, two_moons

CHECKPOINT = bytes(range(256)) * 100


def row(epoch: int, **metrics: float) -> EpochRow:
    return EpochRow(epoch=epoch, metrics=FrozenMap(metrics), seconds=0.1, learning_rate=1e-3)


def saved(project: Project | None = None, epochs: int = 3) -> SavedProject:
    project = project or two_moons()
    rows = tuple(row(n, loss=1 / n, val_loss=0.1 + 1 / n) for n in range(1, epochs + 1))
    run = RunRecord(
        project=project,
        rows=rows,
        best_epoch=epochs,
        reason="stopped",
        sentence="Stopped — «Größe» 数.",
        seconds=0.3,
        data_fingerprint="ab" * 32,
        versions=FrozenMap(keras="3.15.1", threads=2),
    )
    return SavedProject(project, run, CHECKPOINT)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my moons.layerlab"


def names(path: Path) -> set[str]:
    return {entry.name for entry in path.parent.iterdir()}


# ---------------------------------------------------------------- there and back


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_what_was_saved_comes_back(path: Path, example: Any) -> None:
    for content in (SavedProject(example.project()), saved(example.project())):
        save_project(path, content)
        again = open_project(path)
        assert again == content
        assert repr(again.project) == repr(content.project)


def test_the_same_content_gives_the_same_bytes(path: Path, tmp_path: Path) -> None:
    save_project(path, saved())
    save_project(tmp_path / "b.layerlab", open_project(path))
    assert path.read_bytes() == (tmp_path / "b.layerlab").read_bytes()


def test_every_kind_of_value_keeps_its_type(path: Path) -> None:
    source = TableSource(
        path="Ärger/数.csv", separator=";", roles=FrozenMap(a="target", b="ignored")
    )
    project = two_moons().model_copy(update={"data": DataSettings(source=source), "name": 'a"b\\c'})
    values = {"a": 1, "b": 1.0, "c": True, "d": None, "e": (3, 3), "f": 1e-300, "g": 2**40, "h": ""}
    layer = project.network.layers[1].model_copy(update={"options": FrozenMap(values)})
    layers = (project.network.layers[0], layer, *project.network.layers[2:])
    network = project.network.model_copy(update={"layers": layers})
    project = project.model_copy(update={"network": network})
    save_project(path, SavedProject(project))
    assert repr(open_project(path).project) == repr(project)


def test_a_history_that_hardly_changes_can_be_read_again(path: Path) -> None:
    run = RunRecord(project=two_moons(), rows=tuple(row(n, loss=0.0) for n in range(1, 5001)))
    save_project(path, SavedProject(two_moons(), run))
    assert open_project(path).run == run


def test_a_file_that_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr("app.core.project_archive.LARGEST_FILE", 20_000)
    with pytest.raises(ArchiveError, match="would be larger"):
        save_project(path, saved())
    assert names(path) == set()


# ---------------------------------------------------------------- not a project


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)


def document(**changes: Any) -> dict[str, Any]:
    plain = json.loads(members_of(SavedProject(two_moons()))["project.json"])
    return {**plain, **changes}


def project_json(value: object) -> dict[str, bytes]:
    return {"project.json": json.dumps(value).encode()}


def twice(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("project.json", json.dumps(document()))
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("project.json", json.dumps(document()))


def overlapping(path: Path) -> None:
    """Two directory entries that lead to the same bytes."""
    write_archive(path, {"project.json": b"{}", "run.json": b"{}"})
    data = bytearray(path.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)
    path.write_bytes(data)


def lying_about_size(path: Path) -> None:
    write_archive(path, members_of(saved()))
    data = bytearray(path.read_bytes())
    entry = data.find(b"PK\x01\x02")
    struct.pack_into("<L", data, entry + 24, 2**31)
    path.write_bytes(data)


def huge_directory(path: Path) -> None:
    write_archive(path, {f"{number:04}.json": b"" for number in range(200)})


def encrypted(path: Path) -> None:
    write_archive(path, members_of(saved()))
    data = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        struct.pack_into("<H", data, data.find(mark) + offset, 1)
    path.write_bytes(data)


def with_comment(path: Path) -> None:
    write_archive(path, members_of(saved()))
    with zipfile.ZipFile(path, "a") as file:
        file.comment = b"x" * 60_000


def nested(depth: int) -> bytes:
    return b'{"project":' * depth + b"1" + b"}" * depth


HOSTILE: dict[str, tuple[Callable[[Path], Any], str]] = {
    "empty": (lambda p: p.write_bytes(b""), "is empty"),
    "text": (
        lambda p: p.write_text("import os; os.system('touch owned')"),
        "does not begin like one",
    ),
    "picture": (
        lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100),
        "does not begin like one",
    ),
    "HDF5": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100), "HDF5"),
    "pickle": (
        lambda p: p.write_bytes(b"\x80\x04c__builtin__\neval\n(S'1'\ntR."),
        "does not begin",
    ),
    "only a beginning": (lambda p: p.write_bytes(b"PK\x03\x04"), "damaged"),
    "Keras model": (
        lambda p: archive(
            p, {"config.json": b"{}", "metadata.json": b"{}", "model.weights.h5": b""}
        ),
        "is a Keras model",
    ),
    "another archive": (
        lambda p: archive(p, {"word/document.xml": b"<a/>"}),
        "which no project has",
    ),
    "path that leaves": (
        lambda p: archive(p, {**project_json(document()), "../../owned": b""}),
        "which no project has",
    ),
    "no project": (lambda p: archive(p, {"run.json": b"{}"}), "project.json is missing"),
    "member twice": (twice, "twice"),
    "members overlap": (overlapping, "overlap"),
    "bomb": (lambda p: archive(p, {"project.json": b" " * 10_000_000}), "expands more than"),
    "large member": (
        lambda p: archive(p, {"project.json": b" " * 17_000_000}, zipfile.ZIP_STORED),
        "would be 16 MiB large",
    ),
    "size that is a lie": (lying_about_size, "not a LayerLab project"),
    "directory of many": (huge_directory, "too many members"),
    "encrypted": (encrypted, "packed in a way"),
    "comment": (with_comment, "damaged"),
    "other compression": (
        lambda p: archive(p, {"project.json": b"{}" * 99}, zipfile.ZIP_LZMA),
        "packed in a way",
    ),
    "no JSON": (lambda p: archive(p, {"project.json": b"{'a': 1}"}), "project.json"),
    "not UTF-8": (lambda p: archive(p, {"project.json": b'{"a": "\xff"}'}), "project.json"),
    "list": (lambda p: archive(p, project_json([1, 2])), "names with values"),
    "deep": (lambda p: archive(p, {"project.json": nested(60)}), "nested too deeply"),
    "very deep": (lambda p: archive(p, {"project.json": nested(100_000)}, 0), "nested too deeply"),
    "NaN": (
        lambda p: archive(p, {"project.json": b'{"format_version": NaN}'}),
        "NaN is not a finite",
    ),
    "long number": (
        lambda p: archive(p, {"project.json": b'{"format_version": ' + b"9" * 5000 + b"}"}),
        "project.json",
    ),
    "name twice": (
        lambda p: archive(p, {"project.json": b'{"format_version": 1, "format_version": 1}'}),
        "stands there twice",
    ),
    "no version": (lambda p: archive(p, project_json({})), "format_version"),
    "version of a text": (
        lambda p: archive(p, project_json(document(format_version="1"))),
        "format_version",
    ),
    "version 0": (lambda p: archive(p, project_json(document(format_version=0))), "version 0"),
    "newer": (
        lambda p: archive(p, project_json(document(format_version=99))),
        "made by a newer LayerLab",
    ),
    "unknown key": (lambda p: archive(p, project_json(document(colour=1))), "colour is not known"),
    "missing key": (
        lambda p: archive(p, project_json({"format_version": 1, "network": {}})),
        "data is missing",
    ),
    "wrong value": (
        lambda p: archive(p, project_json(document(training={"epochs": "ten"}))),
        "training.epochs needs a whole number, received 'ten'",
    ),
    "wrong source": (
        lambda p: archive(p, project_json(document(data={"source": {"kind": "url", "name": "x"}}))),
        "data.source needs the kind builtin, table, pictures, arrays or painted",
    ),
    "layer without a name": (
        lambda p: archive(
            p, project_json(document(network={"layers": [{"id": "A b", "kind": "Dense"}]}))
        ),
        "network.layers[0].id needs letters, digits",
    ),
    "link to nowhere": (
        lambda p: archive(
            p, project_json(document(network={"links": [{"source": "a", "target": "b"}]}))
        ),
        "names the layer 'a', which does not exist",
    ),
    "options that are a list": (
        lambda p: archive(
            p,
            project_json(
                document(network={"layers": [{"id": "a", "kind": "Dense", "options": [1]}]})
            ),
        ),
        "network.layers[0].options",
    ),
    "broken run": (
        lambda p: archive(p, {**project_json(document()), "run.json": b'{"project": {}}'}),
        "format_version",
    ),
    "run without a project": (
        lambda p: archive(p, {**project_json(document()), "run.json": b"{}"}),
        "project is missing",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_project_is_refused_in_words(path: Path, name: str) -> None:
    make, words = HOSTILE[name]
    make(path)
    before = path.read_bytes()
    with pytest.raises(ProjectFileError) as told:
        open_project(path)
    error = told.value
    assert words in error.happened
    assert path.name in error.happened
    for text in (error.happened, error.expected, error.how_to_fix):
        assert text.endswith(".")
        assert len(text) < 700
        assert text.isprintable()
    assert path.read_bytes() == before
    assert names(path) == {path.name}


def test_only_the_first_errors_are_listed(path: Path) -> None:
    layers = [{"id": f"layer_{number}", "kind": 5} for number in range(9)]
    archive(path, project_json(document(network={"layers": layers})))
    with pytest.raises(ProjectFileError, match="and 4 more") as told:
        open_project(path)
    assert "network.layers[4].kind needs a text, received 5" in told.value.happened
    assert "layers[5]" not in told.value.happened


def test_hidden_characters_of_a_file_do_not_reach_the_message(path: Path) -> None:
    archive(path, project_json(document(**{"a\u202e\x1b[31m<b>": 1})))
    with pytest.raises(ProjectFileError) as told:
        open_project(path)
    assert told.value.happened.isprintable()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    pipe, device, socket = tmp_path / "a.layerlab", tmp_path / "b.layerlab", tmp_path / "c.layerlab"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    socket.mkdir()
    for path, words in (
        (pipe, "not an ordinary file"),
        (device, "not an ordinary"),
        (socket, "a folder"),
    ):
        with pytest.raises(ProjectFileError, match=words):
            open_project(path)
    with pytest.raises(ProjectFileError, match="There is no file gone"):
        open_project(tmp_path / "gone.layerlab")
    with pytest.raises(ProjectFileError, match="could not be read"):
        open_project(tmp_path / ("n" * 300))
    with pytest.raises(ProjectFileError):
        open_project(tmp_path / "a\0b")
    real = tmp_path / "real.layerlab"
    save_project(real, saved())
    link = tmp_path / "link.layerlab"
    link.symlink_to(real)
    assert open_project(link) == saved()


def test_a_file_that_may_not_be_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_project(path, saved())

    def refuse(*_: Any, **__: Any) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ProjectFileError, match="may not be read"):
        open_project(path)


def test_a_file_cut_off_anywhere_is_damaged(path: Path) -> None:
    save_project(path, saved())
    data = path.read_bytes()
    for length in {0, 1, 3, 4, 21, 22, 100, *range(5, len(data) - 1, 997), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(ProjectFileError):
            open_project(path)


@given(st.data())
def test_a_file_with_other_bytes_is_read_right_or_refused(data: st.DataObject) -> None:
    good = bytes_of(saved())
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(good) - 1))
        broken[place] = data.draw(st.integers(0, 255))
    path = Path(os.environ["HOME"]) / "fuzzed.layerlab"
    path.write_bytes(broken)
    with contextlib.suppress(ProjectFileError):
        assert isinstance(open_project(path).project, Project)


def bytes_of(content: SavedProject) -> bytes:
    path = Path(os.environ["HOME"]) / "whole.layerlab"
    write_archive(path, members_of(content))
    return path.read_bytes()


def test_the_backup_is_named_when_the_file_is_damaged(path: Path) -> None:
    save_project(path, saved())
    save_project(path, saved())
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ProjectFileError, match=r"my moons\.layerlab~: open that one"):
        open_project(path)
    assert open_project(backup_of(path)) == saved()


# ---------------------------------------------------------------- saving


def test_the_version_before_is_kept_as_a_backup(path: Path) -> None:
    for epochs in (1, 2, 3):
        save_project(path, saved(epochs=epochs))
        expected = {path.name} if epochs == 1 else {path.name, f"{path.name}~"}
        assert names(path) == expected
    assert open_project(path) == saved(epochs=3)
    assert open_project(backup_of(path)) == saved(epochs=2)


def test_a_damaged_file_does_not_take_the_place_of_a_good_backup(path: Path) -> None:
    save_project(path, saved(epochs=1))
    save_project(path, saved(epochs=2))
    path.write_bytes(b"damaged")
    save_project(path, saved(epochs=3))
    assert open_project(backup_of(path)) == saved(epochs=1)
    assert open_project(path) == saved(epochs=3)


def test_a_disk_without_hard_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    save_project(path, saved(epochs=1))
    save_project(path, saved(epochs=2))
    assert open_project(backup_of(path)) == saved(epochs=1)
    assert names(path) == {path.name, f"{path.name}~"}


FAULTS = [
    ("write", errno.ENOSPC, "the disk is full"),
    ("write", errno.EDQUOT, "quota"),
    ("write", errno.EIO, "my moons"),
    ("fsync", errno.ENOSPC, "the disk is full"),
    ("fsync", errno.EIO, "my moons"),
    ("open", errno.EROFS, "the disk is read-only"),
    ("open", errno.EACCES, "the folder is read-only for you"),
    ("open", errno.ENOENT, "does not exist"),
    ("link", errno.ENOSPC, "the disk is full"),
    ("replace", errno.EACCES, "the folder is read-only for you"),
    ("replace", errno.ENOENT, "does not exist"),
    ("short", 0, "was not written whole"),
]


@pytest.mark.parametrize(("step", "number", "words"), FAULTS)
def test_a_fault_while_saving_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, words: str
) -> None:
    save_project(path, saved(epochs=1))
    before = path.read_bytes()

    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError(number, os.strerror(number))

    def short(target: Path, members: dict[str, bytes]) -> None:
        write_archive(target, {**members, "checkpoint.npz": b"half"})

    with monkeypatch.context() as patch:
        if step == "write":
            patch.setattr(project_file, "write_archive", refuse)
        elif step == "short":
            patch.setattr(project_file, "write_archive", short)
        elif step == "replace":
            patch.setattr(Path, "replace", refuse)
        elif step == "link":  # neither a link nor a copy can be made
            patch.setattr(os, "link", refuse)
            patch.setattr(project_file, "replace_file", refuse_second(refuse))
        else:
            patch.setattr(os, step, refuse)
        with pytest.raises(SaveError) as told:
            save_project(path, saved(epochs=2))
    assert words in told.value.happened
    assert told.value.expected
    assert told.value.how_to_fix
    assert path.read_bytes() == before
    assert names(path) == {path.name}
    save_project(path, saved(epochs=2))
    assert open_project(path) == saved(epochs=2)


def refuse_second(refuse: Callable[..., Any]) -> Callable[..., Any]:
    """`replace_file` that refuses to write backups."""
    from app.core.atomic_file import replace_file as real

    def replace(path: Path, *arguments: Any) -> Any:
        return refuse() if str(path).endswith("~") else real(path, *arguments)

    return replace


def test_a_vanished_folder_and_a_read_only_file(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with pytest.raises(SaveError, match="does not exist"):
        save_project(folder / "a.layerlab", saved())
    folder.mkdir()
    path = folder / "a.layerlab"
    save_project(path, saved())
    path.chmod(0o444)
    before = path.read_bytes()
    with pytest.raises(SaveError, match="the file of this name is read-only"):
        save_project(path, saved(epochs=9))
    assert path.read_bytes() == before


# ---------------------------------------------------------------- kill -9 while saving

SAVE_FOR_EVER = """
import os, sys
from pathlib import Path
from app.core.project_file import SavedProject, save_project, members_of
from app.core.project_archive import write_archive
from app.core.templates import two_moons

def save_for_ever():
    target, atomically = Path(sys.argv[1]), sys.argv[2] == "atomically"
    number = 0
    while True:
        number += 1
        saved = SavedProject(two_moons(), None, number.to_bytes(4, "big") * 50_000)
        if atomically:
            save_project(target, saved)
        else:
            write_archive(target, members_of(saved))
        if number == 2:
            print(os.getpid(), flush=True)

for _ in sys.stdin:  # importing takes longer than saving: the children are forked
    child = os.fork()
    if child == 0:
        save_for_ever()
    os.waitpid(child, 0)
    print("dead", flush=True)
"""


def kills_that_lost_the_project(target: Path, how: str, kills: int) -> int:
    """How many of `kills` kill -9 at random moments of endless saving left no whole project."""
    dice = random.Random(17)
    lost = 0
    with subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(target), how],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for _ in range(kills):
            server.stdin.write(b"next\n")
            server.stdin.flush()
            saving = int(server.stdout.readline())
            select.select([server.stdout], [], [], dice.uniform(0.0, 0.02))
            os.kill(saving, signal.SIGKILL)
            assert server.stdout.readline() == b"dead\n"
            try:
                found = open_project(target)
            except ProjectFileError:
                lost += 1
                continue
            assert found.checkpoint == (found.checkpoint or b"")[:4] * 50_000
            assert found.project == two_moons()
            if how == "atomically":
                assert open_project(backup_of(target)).project == two_moons()
    return lost


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fifty_kills_lose_nothing_but_a_plain_write_does(tmp_path: Path) -> None:
    assert kills_that_lost_the_project(tmp_path / "a.layerlab", "atomically", kills=50) == 0
    assert kills_that_lost_the_project(tmp_path / "b.layerlab", "plainly", kills=30) > 0


# ---------------------------------------------------------------- versions


def test_migrations_run_one_after_the_other() -> None:
    steps = {
        1: lambda old: {**old, "name": old["title"]},
        2: lambda old: {key: value for key, value in old.items() if key != "title"},
    }
    old = {"format_version": 1, "title": "moons"}
    assert migrate(old, steps, current=3) == {"format_version": 3, "name": "moons"}
    assert old == {"format_version": 1, "title": "moons"}
    assert migrate({"format_version": 3, "a": 1}, steps, current=3) == {"format_version": 3, "a": 1}


def test_versions_without_a_way() -> None:
    with pytest.raises(NewerVersionError):
        migrate({"format_version": 4}, {}, current=3)
    for version in (None, "1", True, 1.0, 0, -5):
        with pytest.raises(UnknownVersionError):
            migrate({"format_version": version}, {}, current=1)
    with pytest.raises(UnknownVersionError, match="version 2"):
        migrate({"format_version": 1}, {1: lambda old: old}, current=3)


def test_an_older_file_is_migrated_with_its_run(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = {key: value for key, value in document(title="old").items() if key != "name"}
    older["format_version"] = 0
    steps = {0: lambda old: {"name": old["title"]} | {k: v for k, v in old.items() if k != "title"}}
    monkeypatch.setattr(project_file, "migrate", lambda plain: migrate(plain, {**STEPS, **steps}))
    run = json.dumps({"project": older, "rows": []}).encode()
    archive(path, {**project_json(older), "run.json": run})
    found = open_project(path)
    assert found.project == two_moons().model_copy(update={"name": "old"})
    assert found.run == RunRecord(project=found.project)


def test_a_table_of_the_first_format_is_found_again(path: Path) -> None:
    source = {"kind": "csv", "path": "/some/table.csv", "separator": ";", "roles": {"a": "target"}}
    first = document(format_version=1, data={"source": source})
    archive(path, project_json(first))
    found = open_project(path).project.data.source
    assert found == TableSource(path="/some/table.csv", separator=";", roles=FrozenMap(a="target"))


# ---------------------------------------------------------------- two windows


def test_a_second_window_is_told(path: Path) -> None:
    save_project(path, saved())
    first, second = ProjectLock(path), ProjectLock(path)
    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == ProcessIdentity.own()
    second.release()
    assert not ProjectLock(path).acquire()
    first.release()
    assert second.acquire()
    second.release()
    assert names(path) == {path.name}
    assert second.holder() is None


def test_a_link_leads_to_the_same_lock(path: Path, tmp_path: Path) -> None:
    save_project(path, saved())
    link = tmp_path / "link.layerlab"
    link.symlink_to(path)
    lock = ProjectLock(path)
    assert lock.acquire()
    assert not ProjectLock(link).acquire()
    lock.release()


def left_by(path: Path, **changes: object) -> None:
    own = ProcessIdentity.own()
    about = {"pid": own.pid, "host": own.host, "started": own.started, "token": "x", **changes}
    ProjectLock(path).lock_path.write_text(json.dumps(about))


def dead_process() -> int:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


def test_a_stale_lock_counts_for_nothing(path: Path) -> None:
    for about in ({"pid": dead_process()}, {"started": "another time"}, {"pid": -1}, {"pid": "x"}):
        left_by(path, **about)
        lock = ProjectLock(path)
        assert lock.acquire(), about
        lock.release()
    ProjectLock(path).lock_path.write_bytes(b"\0garbage")
    lock = ProjectLock(path)
    assert lock.acquire()
    lock.release()
    assert names(path) == set()


def test_a_lock_from_another_computer_counts(path: Path) -> None:
    left_by(path, host="another", pid=dead_process())
    assert not ProjectLock(path).acquire()


def test_a_killed_process_leaves_a_stale_lock(path: Path) -> None:
    script = (
        "import sys; from app.core.project_file import ProjectLock; "
        "print(ProjectLock(sys.argv[1]).acquire(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"True\n"
        assert not ProjectLock(path).acquire()
        holder = ProjectLock(path).holder()
        assert holder is not None
        assert (holder.here, holder.running) == (True, True)
        child.kill()
    assert (holder.here, holder.running) == (True, False)
    lock = ProjectLock(path)
    assert lock.acquire()
    lock.release()


def test_of_two_that_find_a_stale_lock_one_gets_it(path: Path) -> None:
    left_by(path, pid=dead_process())
    slow, fast = ProjectLock(path), ProjectLock(path)
    stale = slow.lock_path.read_bytes()
    assert fast.acquire()
    assert not slow._clear(stale)
    assert not slow.acquire()
    assert fast.lock_path.is_file()
    fast.release()


def test_where_no_lock_can_be_made_it_is_granted(tmp_path: Path) -> None:
    lock = ProjectLock(tmp_path / "gone" / "a.layerlab")
    assert lock.acquire()
    lock.release()


def test_reading_only_what_is_asked_for(path: Path) -> None:
    save_project(path, saved())
    assert set(read_archive(path, LIMITS, "project.json", only=("run.json",))) == {"run.json"}

"""A file is replaced whole or not at all, and the message says why not."""

import contextlib
import errno
import os
import random
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.atomic_file import STALE_SECONDS, SaveError, replace_file, save_error

OLD = b"the old file"


def _only(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_bytes_and_writer_take_the_place_of_the_file(tmp_path: Path) -> None:
    target = tmp_path / "a.layerlab"
    replace_file(target, b"first")
    assert target.read_bytes() == b"first"
    seen: list[Path] = []

    def write(path: Path) -> None:
        seen.append(path)
        path.write_bytes(b"second")

    replace_file(target, write)
    assert target.read_bytes() == b"second"
    assert seen[0].parent == tmp_path
    assert seen[0].suffix == ".layerlab"
    assert _only(tmp_path) == {"a.layerlab"}


@pytest.mark.skipif(os.name != "posix", reason="modes and links of POSIX")
def test_mode_and_link_are_kept(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_bytes(OLD)
    real.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    fresh = tmp_path / "fresh.txt"
    replace_file(fresh, b"x")
    plain = tmp_path / "plain.txt"
    plain.write_bytes(b"x")
    assert fresh.stat().st_mode == plain.stat().st_mode


def test_stale_temporary_files_go_and_young_ones_stay(tmp_path: Path) -> None:
    stale, young = tmp_path / ".a~0123.tmp.keras", tmp_path / ".a~4567.tmp.keras"
    other = tmp_path / ".b~0123.tmp.keras"
    for path in (stale, young, other):
        path.write_bytes(b"left over")
    past = time.time() - STALE_SECONDS - 10
    for path in (stale, other):
        os.utime(path, (past, past))
    replace_file(tmp_path / "a.keras", b"x")
    assert _only(tmp_path) == {"a.keras", young.name, other.name}


def _raise(error: Exception) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(b"half")
        raise error

    return write


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EDQUOT, "quota"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "read-only for you"),
        (errno.EPERM, "read-only for you"),
        (errno.ENOENT, "does not exist"),
        (errno.ENOTDIR, "not a folder"),
        (errno.ENAMETOOLONG, "too long"),
        (errno.EFBIG, "larger"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_an_error_of_the_system_is_told_and_the_old_file_stays(
    tmp_path: Path, number: int, word: str
) -> None:
    target = tmp_path / "a.keras"
    target.write_bytes(OLD)
    with pytest.raises(SaveError) as told:
        replace_file(target, _raise(OSError(number, os.strerror(number))))
    assert word in told.value.happened
    assert "a.keras" in told.value.happened
    assert told.value.expected
    assert told.value.how_to_fix
    assert target.read_bytes() == OLD
    assert _only(tmp_path) == {"a.keras"}


def test_what_the_writer_or_the_verifier_raises_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "a.keras"
    target.write_bytes(OLD)
    with pytest.raises(ZeroDivisionError):
        replace_file(target, _raise(ZeroDivisionError()))
    with pytest.raises(ValueError, match="not good"):
        replace_file(target, b"new", verify=_raise(ValueError("not good")))
    assert target.read_bytes() == OLD
    assert _only(tmp_path) == {"a.keras"}


def test_unfit_targets_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(SaveError, match="a folder"):
        replace_file(folder, b"x")
    with pytest.raises(SaveError, match="does not exist"):
        replace_file(tmp_path / "gone" / "a.txt", b"x")
    with pytest.raises(SaveError, match="too long"):
        replace_file(tmp_path / ("n" * 300), b"x")
    locked = tmp_path / "locked.txt"
    locked.write_bytes(OLD)
    locked.chmod(0o444)
    with pytest.raises(SaveError, match="the file of this name is read-only"):
        replace_file(locked, b"x")
    assert locked.read_bytes() == OLD
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(SaveError, match="not an ordinary file"):
            replace_file(tmp_path / "pipe", b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_disk(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(OLD)

    def write(path: Path) -> None:
        path.unlink()
        path.symlink_to("/dev/full")
        with path.open("wb", buffering=0) as file:
            file.write(b"x" * 4096)

    with pytest.raises(SaveError, match="disk is full"):
        replace_file(target, write)
    assert target.read_bytes() == OLD


def test_an_unknown_error_is_still_told() -> None:
    error = save_error(Path("/x/a.txt"), OSError("something odd"))
    assert "something odd" in error.happened


# ---- kill -9 while saving

SIZE = 400_000

SAVE_FOR_EVER = f"""
import sys
from pathlib import Path
from app.core.atomic_file import replace_file

target, atomically = Path(sys.argv[1]), sys.argv[2] == "atomically"

def write(path):
    with path.open("wb") as file:
        for start in range(0, len(data), 4096):
            file.write(data[start : start + 4096])

number = 0
while True:
    number += 1
    data = number.to_bytes(4, "big") * ({SIZE} // 4)
    if atomically:
        replace_file(target, write)
    else:
        write(target)
    if number == 1:
        print("saving", flush=True)
"""


def _kills_that_lost_the_file(target: Path, how: str, kills: int) -> int:
    """How many of `kills` kill -9 at random moments of endless saving left a broken file."""
    dice = random.Random(11)
    lost = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(target), how], stdout=subprocess.PIPE
        ) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"saving\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(dice.uniform(0.0, 0.01))
            child.kill()
        data = target.read_bytes()
        lost += len(data) != SIZE or data != data[:4] * (SIZE // 4)
    return lost


def test_fifty_kills_lose_nothing_but_a_plain_write_does(tmp_path: Path) -> None:
    assert _kills_that_lost_the_file(tmp_path / "a.bin", "atomically", kills=50) == 0
    assert _kills_that_lost_the_file(tmp_path / "b.bin", "plainly", kills=20) > 0

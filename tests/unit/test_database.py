"""Our databases: opened, migrated, shared, killed in the middle, and refused with a sentence."""

import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.core.database import Database, DatabaseError, DatabaseKind

ONE = DatabaseKind(
    "the box of numbers",
    0x4C4C0001,
    (("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",),),
)
TWO = DatabaseKind(
    ONE.name,
    ONE.application_id,
    (
        *ONE.steps,
        (
            "ALTER TABLE numbers ADD COLUMN note TEXT NOT NULL DEFAULT ''",
            "CREATE INDEX numbers_by_note ON numbers (note)",
        ),
    ),
)
OTHER = DatabaseKind("the other box", 0x4C4C0002, ONE.steps)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box of 1% & more?.db"


def filled(path: Path, *values: int) -> None:
    with Database(path, ONE) as database:
        database.run_many("INSERT INTO numbers (value) VALUES (?)", [(value,) for value in values])


def values_in(path: Path) -> list[int]:
    with Database(path, ONE, must_exist=True) as database:
        return [value for (value,) in database.rows("SELECT value FROM numbers ORDER BY id")]


def refused(path: Path, kind: DatabaseKind = ONE, **options: bool | float) -> DatabaseError:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(DatabaseError) as caught:
        Database(path, kind, busy_seconds=0.05, **options)  # type: ignore[arg-type]
    after = path.read_bytes() if path.is_file() else None
    assert after == before
    error = caught.value
    assert str(path) in error.happened
    assert error.happened[0].isupper()
    assert error.expected.endswith(".")
    assert error.how_to_fix.endswith(".")
    return error


def test_what_was_written_is_there_again(path: Path) -> None:
    filled(path, 3, 1, 2)
    assert values_in(path) == [3, 1, 2]
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name]


def test_it_uses_the_write_ahead_log_and_flushes_every_transaction(path: Path) -> None:
    with Database(path, ONE) as database:
        assert database.rows("PRAGMA journal_mode") == [("wal",)]
        assert database.rows("PRAGMA synchronous") == [(2,)]
        assert database.size() >= path.stat().st_size > 0


def test_an_older_file_is_brought_up_to_date_and_keeps_what_it_has(path: Path) -> None:
    filled(path, 7)
    with Database(path, TWO) as database:
        assert database.rows("SELECT value, note FROM numbers") == [(7, "")]
        assert database.rows("PRAGMA user_version") == [(2,)]
    with Database(path, TWO) as database:
        assert database.rows("SELECT value, note FROM numbers") == [(7, "")]


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    filled(path, 7)
    bad = DatabaseKind(
        ONE.name, ONE.application_id, (*ONE.steps, (*TWO.steps[1], "CREATE TABLE numbers (id)"))
    )
    with pytest.raises(DatabaseError):
        Database(path, bad)
    assert values_in(path) == [7]


def test_a_file_of_a_newer_version_is_refused(path: Path) -> None:
    Database(path, TWO).close()
    error = refused(path)
    assert error.trouble == "newer"
    assert "newer LayerLab" in error.happened


def test_what_is_no_such_database_is_refused(path: Path) -> None:
    path.write_bytes(b"name;age\nAda;36\n" * 100)
    assert refused(path).trouble == "foreign"
    assert "hoose" not in refused(path).how_to_fix, "nothing is chosen where a study stands"
    path.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 20)
    assert refused(path).trouble in ("foreign", "damaged")
    path.unlink()
    with sqlite3.connect(path) as foreign:
        foreign.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER)")
    foreign.close()
    assert refused(path).trouble == "foreign"
    path.unlink()
    Database(path, ONE).close()
    assert "not the other box" in refused(path, OTHER).happened


def test_triggers_and_views_of_strangers_are_refused(path: Path) -> None:
    filled(path, 1)
    with sqlite3.connect(path) as stranger:
        stranger.execute(
            "CREATE TRIGGER bad AFTER INSERT ON numbers BEGIN DELETE FROM numbers; END"
        )
    stranger.close()
    assert refused(path).trouble == "foreign"


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    filled(path, 1)
    assert values_in(path) == [1]


def test_a_folder_and_a_missing_file_or_folder_are_refused(tmp_path: Path) -> None:
    assert refused(tmp_path).trouble == "foreign"
    assert refused(tmp_path / "none.db", must_exist=True).trouble == "missing"
    assert refused(tmp_path / "none.db", read_only=True).trouble == "missing"
    assert refused(tmp_path / "nowhere" / "none.db").trouble == "missing"
    assert not (tmp_path / "none.db").exists()


def test_a_damaged_file_is_refused_or_tells_when_read(path: Path) -> None:
    filled(path, *range(20_000))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 12] = random.Random(1).randbytes(4096 * 9)
    path.write_bytes(content)
    with pytest.raises(DatabaseError) as caught, Database(path, ONE) as database:
        database.rows("SELECT sum(value) FROM numbers")
    assert caught.value.trouble == "damaged"


def test_a_read_only_file_is_refused_for_writing_and_can_be_read(path: Path) -> None:
    filled(path, 5)
    path.chmod(0o444)
    assert refused(path).trouble == "read_only"
    with Database(path, ONE, read_only=True) as database:
        assert database.rows("SELECT value FROM numbers") == [(5,)]
        with pytest.raises(DatabaseError) as caught:
            database.run("INSERT INTO numbers (value) VALUES (6)")
    assert caught.value.trouble == "read_only"


_AS_NOBODY = """
import os, sys
from pathlib import Path
from app.core.database import Database, DatabaseError, DatabaseKind
kind = DatabaseKind("the box of numbers", 0x4C4C0001,
    (("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",),))
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
path = Path(sys.argv[1])
with Database(path, kind, read_only=True) as database:
    print(database.rows("SELECT value FROM numbers"))
for target in (path, path.with_name("new.db")):
    try:
        Database(target, kind)
    except DatabaseError as error:
        print(error.trouble)
"""


def test_one_that_is_only_read_changes_nothing_and_leaves_nothing_beside_it(path: Path) -> None:
    with Database(path, ONE):
        pass
    before = path.read_bytes()
    with Database(path, ONE, read_only=True) as database:
        database.rows("SELECT * FROM sqlite_master")
        with pytest.raises(DatabaseError) as caught:
            database.run("CREATE TABLE another (x)")
        assert caught.value.trouble == "read_only"
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="rights of folders are those of POSIX")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "box.db"
    filled(path, 5)
    path.chmod(0o666)
    folder.chmod(0o555)
    for parent in folder.parents:  # pytest's folders are the superuser's own
        if parent.owner() != "root" or parent == Path("/tmp"):
            break
        parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, str(path)], capture_output=True, text=True, check=False
    )
    folder.chmod(0o755)
    if "PermissionError" in done.stderr or "No module" in done.stderr:
        pytest.skip("the program itself can't be read by another user here")
    assert done.stdout.splitlines() == ["[(5,)]", "read_only", "read_only"], done.stderr


def test_a_locked_database_is_said_after_the_wait(path: Path) -> None:
    filled(path, 1)
    with Database(path, ONE) as holder, Database(path, ONE, busy_seconds=0.05) as second:
        with holder.transaction():
            holder.run("INSERT INTO numbers (value) VALUES (2)")
            assert second.rows("SELECT count(*) FROM numbers") == [(1,)]  # readers never wait
            with pytest.raises(DatabaseError) as caught:
                second.run("INSERT INTO numbers (value) VALUES (3)")
            assert caught.value.trouble == "locked"
        second.run("INSERT INTO numbers (value) VALUES (3)")
    assert values_in(path) == [1, 2, 3]


def test_one_locked_by_a_stranger_is_said_when_it_is_opened(path: Path) -> None:
    filled(path, 1)
    stranger = sqlite3.connect(path, isolation_level=None)
    stranger.execute("PRAGMA locking_mode = EXCLUSIVE")
    stranger.execute("BEGIN EXCLUSIVE")
    stranger.execute("INSERT INTO numbers (value) VALUES (9)")
    assert refused(path).trouble == "locked"
    stranger.close()


def test_a_full_disk_is_said_and_what_was_there_stays(path: Path) -> None:
    filled(path, 1)
    with Database(path, ONE) as database:
        database.rows("PRAGMA max_page_count = 4")
        with pytest.raises(DatabaseError) as caught:
            database.run_many("INSERT INTO numbers (value) VALUES (?)", [(2,)] * 10_000)
        assert caught.value.trouble == "full"
        assert database.rows("SELECT value FROM numbers") == [(1,)]
    assert values_in(path) == [1]


def test_a_transaction_is_whole_or_not_at_all(path: Path) -> None:
    with Database(path, ONE) as database:

        def half() -> None:
            with database.transaction():
                database.run("INSERT INTO numbers (value) VALUES (1)")
                raise RuntimeError("in the middle")

        with pytest.raises(RuntimeError, match="in the middle"):
            half()
        assert database.rows("SELECT value FROM numbers") == []
        with database.transaction(), database.transaction():
            database.run("INSERT INTO numbers (value) VALUES (2)")
    assert values_in(path) == [2]


def test_threads_take_turns(path: Path) -> None:
    with Database(path, ONE) as database:

        def add(value: int) -> None:
            for _ in range(20):
                with database.transaction():
                    database.run("INSERT INTO numbers (value) VALUES (?)", (value,))
                    database.run("INSERT INTO numbers (value) VALUES (?)", (-value,))

        threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        values = [value for (value,) in database.rows("SELECT value FROM numbers ORDER BY id")]
    assert len(values) == 160
    assert all(first == -second for first, second in zip(values[::2], values[1::2], strict=True))


def test_deleted_room_is_given_back(path: Path) -> None:
    filled(path, *range(50_000))
    with Database(path, ONE) as database:
        before = database.size()
        database.run("DELETE FROM numbers")
        database.shrink()
        assert database.size() < before / 10


def test_the_error_crosses_processes(path: Path) -> None:
    path.write_bytes(b"something else")
    error = pickle.loads(pickle.dumps(refused(path)))  # noqa: S301 - made here
    assert (error.trouble, error.happened) == (refused(path).trouble, refused(path).happened)


_WRITER = """
import sys
from app.core.database import Database, DatabaseKind
kind = DatabaseKind("the box of numbers", 0x4C4C0001,
    (("CREATE TABLE numbers (id INTEGER PRIMARY KEY, value INTEGER NOT NULL)",),))
with Database(sys.argv[1], kind) as database:
    for number in range(int(sys.argv[2])):
        with database.transaction():
            database.run("INSERT INTO numbers (value) VALUES (?)", (number,))
            database.run("INSERT INTO numbers (value) VALUES (?)", (-number,))
        print(number, flush=True)
"""


def test_several_processes_make_and_fill_one_file_at_once(path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), "25"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    told = [writer.communicate()[1] for writer in writers]
    assert told == [""] * 4
    assert sorted(values_in(path)) == sorted([*range(25), *(-n for n in range(25))] * 4)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is a signal of POSIX")
def test_of_a_killed_process_every_finished_transaction_is_there_whole(path: Path) -> None:
    chance = random.Random(4)
    for _ in range(5):
        before = len(values_in(path)) if path.exists() else 0
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), "100000"], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        wanted = chance.randrange(5, 150)
        for line in writer.stdout:
            if int(line) >= wanted:
                break
        writer.send_signal(signal.SIGKILL)
        told = 1 + max([int(line), *(int(late) for late in writer.stdout)])
        writer.wait()
        writer.stdout.close()
        new = values_in(path)[before:]
        assert len(new) >= 2 * told
        assert new == [sign * n for n in range(len(new) // 2) for sign in (1, -1)]

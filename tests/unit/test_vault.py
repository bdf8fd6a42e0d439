"""How openings of the test vault are counted and kept."""

import hashlib
import json
from pathlib import Path
from unittest import mock

import pytest

from app.cli.vault import record_opening
from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import Project
from app.core.project_file import ProjectLock, SavedProject, open_project, save_project
from app.core.run_record import RunRecord
from app.core.vault_openings import (
    MOST_KEPT,
    Looks,
    VaultOpening,
    last_opened,
    looks_at,
    times_opened,
    together,
    under_one_name,
)
from app.data.loading import load
from app.data.test_vault import older_vault_key, vault_key
from app.journal.journal import Journal
from app.training.events import Branched, EpochEnded, TrainingEnded, TrainingStarted
from app.training.run_recorder import RunRecorder

PROJECT = Project(
    data=DataSettings(source=BuiltinSource(name="iris")),
    network=chain((Layer(id="data", kind="InputLayer"),)),
)


def opening(number: int, vault: str = "a", date: str = "2026-11-23T14:05:00+00:00") -> VaultOpening:
    return VaultOpening(
        date=date, number=number, samples=22, metrics=FrozenMap(accuracy=0.9), vault=vault
    )


def test_openings_under_the_name_of_an_earlier_version_count_too() -> None:
    older = (opening(1, "old", "2026-11-23T02:33:33+00:00"),)
    seen = under_one_name((*older, opening(1)), "a", "old")
    # one that was counted as the first although there was one before
    assert times_opened(seen, "a") == 2
    assert under_one_name(older, "a", "") == older
    settings = DataSettings(source=BuiltinSource(name="iris"))
    names = {name(settings, load(settings)) for name in (vault_key, older_vault_key)}
    assert len(names) == 2
    assert {len(name) for name in names} == {64}


def test_rows_above_a_table_leave_the_names_of_its_vault_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{row},{row % 7}.5\n" for row in range(40)))
    plain = DataSettings(source=TableSource(path=str(path)))
    told = DataSettings(source=TableSource(path=str(path), skip_rows=0))
    for name in (vault_key, older_vault_key):
        assert name(plain, load(plain)) == name(told, load(told))
    rows = load(plain).test.rows.astype("<i8").tobytes()
    known = dict.fromkeys(("test_path", "separator", "decimal", "encoding", "header", "sheet"))
    tables: dict[str, object] = {"roles": {}, "types": {}, "missing": {}, "task": None}
    text = json.dumps(
        {"kind": "table", "path": str(path), **known, **tables}, separators=(",", ":")
    )
    key = hashlib.sha256(text.encode() + rows).hexdigest()
    assert older_vault_key(plain, load(plain)) == key  # as before there was such a setting


def started() -> TrainingStarted:
    return TrainingStarted(1, 5, 4, 100, 32, 7, 99)


def test_openings_are_counted_for_the_samples_that_were_seen() -> None:
    seen = (opening(1), opening(2, date="2026-11-24T09:00:00+00:00"), opening(1, "b"))
    assert [times_opened(seen, vault) for vault in ("a", "b", "c")] == [2, 1, 0]
    assert last_opened(seen, "a").startswith("2026-11-24")
    assert last_opened(seen, "c") == ""
    # of very many the first ones go, the number stays
    many = together(tuple(opening(number + 1) for number in range(MOST_KEPT + 10)))
    assert len(many) == MOST_KEPT
    assert times_opened(many, "a") == MOST_KEPT + 10


def test_training_on_seals_the_vault_and_keeps_that_it_was_opened() -> None:
    recorder = RunRecorder(PROJECT, "f", opened_before=(opening(1),))
    recorder.add(started())
    recorder.add(EpochEnded(1, FrozenMap(loss=1.0), 0.1, 0.01, 1, 0))
    recorder.add(TrainingEnded("finished", "done", 1, 1, False, 0.1))
    recorder.opened(opening(2))
    assert recorder.record.openings == (opening(2),)
    branched = RunRecorder.branched(recorder.record, PROJECT, Branched(1, 1, 0))
    for goes_on in (recorder, branched):
        goes_on.add(started())
        assert goes_on.record.openings == ()
        assert goes_on.record.opened_before == (opening(1), opening(2))


def test_openings_are_saved_with_the_project(tmp_path: Path) -> None:
    run = RunRecord(project=PROJECT, openings=(opening(3),), opened_before=(opening(2),))
    save_project(tmp_path / "p.layerlab", SavedProject(PROJECT, run))
    assert open_project(tmp_path / "p.layerlab").run == run


def test_the_vault_holds_the_same_samples_whatever_is_done_to_them() -> None:
    def key(**change: object) -> str:
        settings = DataSettings(source=BuiltinSource(name="iris")).model_copy(update=change)
        return vault_key(settings, load(settings))

    plain = key(preprocessing="none")
    assert key(preprocessing="standardize") == plain
    assert key(split=SplitSettings(seed=SplitSettings().seed + 1)) != plain
    assert key(source=BuiltinSource(name="wine")) != plain
    # another test part of the same source is known to be one
    other = key(split=SplitSettings(test_share=0.2))
    assert other != plain
    seen = (
        opening(1, plain),
        opening(2, plain),
        opening(1, key(source=BuiltinSource(name="wine"))),
    )
    assert looks_at(seen, other, Looks()) == (0, "", 2)
    assert looks_at(seen, plain, Looks(1, "", 3)) == (2, seen[0].date, 3)


def test_the_command_line_counts_its_looks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, data = tmp_path / "p.layerlab", load(PROJECT.data)
    journal = Journal(tmp_path / "journal.db")

    def look() -> int:
        return record_opening(path, open_project(path), data, {"loss": 0.5, "f1": None}, journal)

    # without a run the journal alone keeps it
    save_project(path, SavedProject(PROJECT))
    assert look() == 1
    assert "before" not in capsys.readouterr().err
    assert open_project(path) == SavedProject(PROJECT)
    save_project(path, SavedProject(PROJECT, RunRecord(project=PROJECT)))
    for number in (2, 3):
        assert look() == number
    assert "looked at 2 times before" in capsys.readouterr().err
    run = open_project(path).run
    assert run is not None
    assert [one.number for one in run.opened_before] == [2, 3]
    assert run.opened_before[0].metrics == FrozenMap(loss=0.5)
    assert run.openings == ()
    # a window has it: said, and its file stays
    window = ProjectLock(path)
    assert window.acquire()
    with mock.patch.object(ProjectLock, "acquire", return_value=False):
        assert look() == 4
    window.release()
    assert "open in a window" in capsys.readouterr().err
    assert open_project(path).run == run
    journal.close()
    # without a journal the project counts by itself, and it is said
    (tmp_path / "journal.db").write_bytes(b"no database")
    journal = Journal(tmp_path / "journal.db")
    assert look() == 4
    assert "is not kept in the journal" in capsys.readouterr().err

"""A project whose data are missing when it is opened: its training comes back when they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import start_from
from app.training.errors import TrainingError
from app.ui.run_state import NOT_BACK, Taken
from tests.ui.scripted_program import Scripted, scripted

ROWS = "a,b,kind\n" + "".join(f"{i},{i % 7},{'yes' if i % 3 else 'no'}\n" for i in range(40))


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(ROWS)
    return path


def project_on(path: Path) -> Project:
    data = DataSettings(source=TableSource(path=str(path)))
    return start_from("moons").model_copy(update={"name": "trained", "data": data})


def open_saved(qtbot, program: Scripted, project: Project, fingerprint: str = "") -> RunRecord:
    """Open a project and its run while its data are missing."""
    row = EpochRow(epoch=1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
    record = RunRecord(project=project, rows=(row,), data_fingerprint=fingerprint)
    program.files.show(project)
    program.run.show_saved(record, b"weights")
    qtbot.waitUntil(lambda: program.run.state.failure is not None)
    return record


def exported(program: Scripted, path: Path) -> BaseException | None:
    told: list[BaseException | None] = []
    program.models.save(path, lambda _result, error: told.append(error))
    return told[0]


def test_it_comes_back_when_the_file_does(qtbot, program, table, tmp_path):
    away = table.rename(tmp_path / "away.csv")
    record = open_saved(qtbot, program, project_on(table))
    state = program.run.state
    assert (state.failed, state.trains) == (NOT_BACK, False)
    assert "table.csv" in state.failure.happened
    error = exported(program, tmp_path / "model.keras")
    assert str(error).startswith("The saved training is not back yet")
    assert "table.csv" in str(error.happened)
    taken: list[Taken | None] = []
    program.run.take_checkpoint(taken.append)
    assert taken == [Taken(record, b"weights", program.document.run_changes)]
    program.feed.reload()
    qtbot.waitUntil(lambda: program.run.state.phase == "waiting")
    assert not program.run.state.trains
    qtbot.waitUntil(lambda: program.run.state.failure is not None)
    away.rename(table)
    program.feed.reload()
    qtbot.waitUntil(lambda: program.run.has_model)
    assert program.room.restored == [b"weights"]
    assert program.run.state.failure is None
    assert not program.run.comes_back
    assert program.run.can_continue


def test_it_comes_back_on_the_same_samples_from_another_place(qtbot, program, table, tmp_path):
    project = project_on(table)
    program.files.show(project)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    fingerprint = program.feed.prepared.fingerprint
    away = table.rename(tmp_path / "away.csv")
    program.files.show(start_from("moons"))
    open_saved(qtbot, program, project, fingerprint)
    moved = project.data.model_copy(update={"source": TableSource(path=str(away))})
    program.document.edit("Use away.csv", project.model_copy(update={"data": moved}))
    qtbot.waitUntil(lambda: program.run.has_model)
    assert program.room.restored == [b"weights"]


def test_other_data_take_the_failure_away_but_not_what_was_trained(qtbot, program, table, tmp_path):
    project = project_on(table)
    away = table.rename(tmp_path / "away.csv")
    open_saved(qtbot, program, project)
    other = start_from("moons").data
    program.document.edit("Choose moons", project.model_copy(update={"data": other}))
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    qtbot.waitUntil(lambda: not program.run.state.active and program.run.state.failure is None)
    assert exported(program, tmp_path / "model.keras") is not None
    taken: list[Taken | None] = []
    program.run.take_checkpoint(taken.append)
    assert taken[0].checkpoint == b"weights"
    away.rename(table)
    program.document.undo_stack.undo()
    qtbot.waitUntil(lambda: program.run.has_model)


def test_a_training_on_other_data_takes_its_place(qtbot, program, table, tmp_path):
    project = project_on(table)
    table.unlink()
    open_saved(qtbot, program, project)
    other = start_from("moons").data
    program.document.edit("Choose moons", project.model_copy(update={"data": other}))
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    qtbot.waitUntil(lambda: not program.run.state.active)
    program.run.train()
    assert program.run.state.trains
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    assert not program.run.comes_back


def test_what_the_engine_cannot_bring_back_is_not_tried_again(qtbot, program, table, tmp_path):
    project = project_on(table)
    away = table.rename(tmp_path / "away.csv")
    open_saved(qtbot, program, project)
    away.rename(table)
    program.room.error = TrainingError("Damaged.", "Whole.", "Train anew.")
    program.feed.reload()
    failures = []
    program.run.state_changed.connect(lambda: failures.append(program.run.state.failure))
    qtbot.waitUntil(lambda: any(f and f.happened == "Damaged." for f in failures))
    qtbot.waitUntil(lambda: not program.run.state.active)
    assert program.run.state.failed == NOT_BACK
    program.room.error = None
    program.feed.reload()
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    assert not program.run.state.active
    assert "Damaged." in exported(program, tmp_path / "model.keras").happened


def test_who_stops_the_waiting_is_not_waited_for(qtbot, program, table):
    project = project_on(table)
    record = RunRecord(project=project)
    program.files.show(project)
    program.run.show_saved(record, b"weights")
    assert program.run.state.phase == "waiting"
    program.run.stop()
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    assert not program.run.state.active
    assert program.run.comes_back
    program.feed.reload()
    qtbot.waitUntil(lambda: program.run.has_model)

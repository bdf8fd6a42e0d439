"""The bench while a run begins, and beside runs before: what its parts say of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import start_from
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.bench_presenter import BenchPresenter
from app.ui.plots.learning_curves import BEGUN, EMPTY
from app.ui.preferences import Preferences
from tests.ui.scripted_program import Scripted, scripted


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


@pytest.fixture
def page(program, qtbot, tmp_path) -> BenchPage:
    page = BenchPage()
    qtbot.addWidget(page)
    settings = QSettings(str(tmp_path / "bench.ini"), QSettings.Format.IniFormat)
    BenchPresenter(
        page, program.document, program.feed, program.run, Preferences(settings), program.root
    )
    program.files.show(start_from("moons"))
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    return page


def trained(qtbot, program) -> None:
    program.run.train()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    program.epochs(2)
    qtbot.waitUntil(lambda: len(program.run.record.rows) == 2)
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)


def said(page: BenchPage) -> str:
    return page.curves.view.message


def test_before_the_first_epoch_the_curves_say_that_it_has_begun(qtbot, program, page):
    assert said(page) == EMPTY
    program.run.train()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    assert said(page) == BEGUN
    assert not page.inspector._note.isHidden()
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)
    assert said(page) == EMPTY
    assert page.inspector._note.isHidden()


def test_bringing_back_is_not_said_to_be_a_training(qtbot, program, page):
    row = EpochRow(epoch=1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
    program.room.gate.clear()
    program.run.show_saved(RunRecord(project=program.document.project, rows=(row,)), b"weights")
    assert program.run.state.phase == "preparing"
    assert said(page) == EMPTY
    assert page.inspector._note.isHidden()
    program.room.gate.set()
    qtbot.waitUntil(lambda: program.run.has_model)


def test_runs_of_other_data_are_not_drawn_beside_the_new_ones(qtbot, program, page):
    trained(qtbot, program)
    project = program.document.project
    split = project.data.split.model_copy(update={"seed": 7})
    again = project.model_copy(update={"data": project.data.model_copy(update={"split": split})})
    program.document.edit("Split otherwise", again)
    trained(qtbot, program)
    assert [r.project.data.split.seed for r in page.curves.earlier.runs] == [0]
    other = start_from("circles").data
    program.document.edit("Choose circles", project.model_copy(update={"data": other}))
    trained(qtbot, program)
    assert page.curves.earlier.runs == ()
    assert len(program.run.previous) == 2
    program.document.edit("Choose moons", again)
    trained(qtbot, program)
    assert {r.project.data.source for r in page.curves.earlier.runs} == {project.data.source}
    assert len(page.curves.earlier.runs) == 2

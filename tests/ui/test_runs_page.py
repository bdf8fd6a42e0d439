"""The page Runs and what keeps runs: the list with 10,000 rows, notes, failures, the journal's
side of a scripted training.
"""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QObject, Qt, Signal
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget

from app.core.comparison import Variant
from app.core.frozen import FrozenMap
from app.core.run_record import RunRecord
from app.core.search_settings import Dimension, SearchSettings
from app.core.vault_openings import VaultOpening
from app.journal.entries import Entry, KeptRun
from app.journal.journal import Journal
from app.ui.comparison_control import ComparisonState
from app.ui.controls.painting import px
from app.ui.journal_control import JournalControl
from app.ui.runs.notes_field import NotesField
from app.ui.runs.run_details import RunDetails
from app.ui.runs.run_words import kind_text, score_text
from app.ui.runs.runs_model import COLUMNS, PLACES, RunsModel
from app.ui.runs.runs_page import RunsPage
from app.ui.runs.runs_presenter import RunsPresenter, lines_of
from app.ui.runs.runs_table import RunsTable, title_in
from app.ui.theme import current_theme
from tests.ui.scripted_program import Scripted, scripted
from tests.ui.test_run_control import moons, show
from tests.unit.kept_runs import curves_of, some_project, some_run, some_trial

FLAG = QItemSelectionModel.SelectionFlag


def entry(number: int, **changes: object) -> Entry:
    known = Entry(
        number=number,
        key=f"k{number}",
        kind="bench",
        name=f"net {number % 7}",
        started_at=f"2026-01-02T03:{number % 60:02}:05+00:00",
        seconds=number / 10,
        ending="finished",
        sentence="Finished.",
        epochs=number % 50,
        best_epoch=1,
        seed=number,
        data=("iris", "moons")[number % 2],
        fingerprint="ab",
        score_name="val_accuracy",
        score=(number * 37 % 1000) / 1000 if number % 10 else None,
        sd=0.01 if number % 3 == 0 else None,
        study="",
        trial=-1,
        openings=0,
        file="",
        notes="",
    )
    return known._replace(**changes)  # type: ignore[arg-type]


@pytest.fixture
def table(qtbot) -> RunsTable:
    table = RunsTable()
    qtbot.addWidget(table)
    table.resize(900, 500)
    table.show()
    return table


def select(table: RunsTable, *numbers: int) -> None:
    selection = table.table.selectionModel()
    selection.clear()
    for number in numbers:
        index = table.model.index(table.model.row_of(number), 0)
        selection.select(index, FLAG.Select | FLAG.Rows)


def test_it_is_sorted_by_a_column_and_what_has_no_score_is_last(table: RunsTable) -> None:
    table.show_runs([entry(number) for number in range(1, 31)])
    assert table.model.order == list(range(30, 0, -1))
    for descending in (True, False):
        table.model.sort_by(PLACES["score"], descending)
        scores = [table.model.entries[number].score for number in table.model.order]
        assert scores[-3:] == [None] * 3
        known = scores[:-3]
        assert known == sorted(known, reverse=descending)


def test_a_click_on_a_column_sorts_and_a_second_one_turns_it(qtbot, table: RunsTable) -> None:
    table.show_runs([entry(number) for number in range(1, 31)])
    header = table.table.horizontalHeader()
    at = header.sectionViewportPosition(PLACES["name"]) + 20
    for descending in (False, True):
        qtbot.mouseClick(
            header.viewport(),
            Qt.MouseButton.LeftButton,
            pos=header.rect().center().__class__(at, 10),
        )
        names = [table.model.entries[number].name for number in table.model.order]
        assert names == sorted(names, reverse=descending)
        assert str(table.model.headerData(PLACES["name"], Qt.Orientation.Horizontal))[-1] in "↓↑"


def test_chosen_rows_stay_chosen_while_runs_come_and_are_not_when_filtered_away(
    table: RunsTable,
) -> None:
    heard: list[tuple[int, ...]] = []
    table.chosen.connect(heard.append)
    table.show_runs([entry(number) for number in range(1, 11)])
    select(table, 3, 8)
    assert table.numbers == (8, 3)
    table.show_runs([entry(number) for number in range(1, 13)])
    assert table.numbers == (8, 3)
    table.filter.setText("#8")
    assert table.model.order == [8]
    assert table.numbers == (8,)
    assert heard[-1] == (8,)
    table.filter.setText("")
    assert table.numbers == (8,)
    table.show_runs([entry(number) for number in range(1, 7)])
    assert table.numbers == ()
    assert heard[-1] == ()


def test_filter_by_words_kind_and_data(table: RunsTable) -> None:
    entries = [entry(number) for number in range(1, 9)]
    entries[0] = entries[0]._replace(kind="trial", trial=4, notes="Schön langsam")
    table.show_runs(entries)
    table.model.filter_by("SCHÖN net", "", "")
    assert table.model.order == [1]
    table.model.filter_by("trial 4", "trial", "moons")
    assert table.model.order == [1]
    table.model.filter_by("", "bench", "iris")
    assert table.model.order == [8, 6, 4, 2]
    table.model.filter_by("#7", "", "")
    assert table.model.order == [7]
    noted = [one._replace(notes="later") if one.number == 5 else one for one in entries]
    table.model.filter_by("later", "", "")
    table.show_runs(noted)
    table.model.filter_by("later", "", "")
    assert table.model.order == [5]


def test_every_cell_of_every_kind_has_its_text(table: RunsTable) -> None:
    table.show_runs([entry(3, ending="diverged", notes="a\nb"), entry(10, kind="race")])
    texts = {
        column.name: table.model.index(1, place).data() for place, column in enumerate(COLUMNS)
    }
    assert texts["score"] == "0.111 ± 0.010"
    assert (texts["ending"], texts["notes"], texts["kind"]) == ("diverged", "a b", "Bench")
    assert table.model.index(0, PLACES["score"]).data() == "–"
    assert not table.grab().isNull()


def test_columns_that_find_no_room_stay_away_and_come_back(qtbot, table: RunsTable) -> None:
    table.show_runs([entry(number) for number in range(1, 9)])
    bar = table.table.horizontalScrollBar()

    def shown() -> set[str]:
        return {name for name, place in PLACES.items() if not table.table.isColumnHidden(place)}

    for width in (400, 560, 700, 900, 1400):
        table.resize(width, 500)
        qtbot.waitUntil(lambda: bar.maximum() == 0)
        assert {"number", "name", "score"} <= shown()
    assert shown() == set(PLACES)
    table.resize(400, 500)
    qtbot.waitUntil(lambda: len(shown()) < len(PLACES))
    assert table.model.index(0, PLACES["metric"]).data() == "Accuracy"


def test_what_tells_runs_of_a_project_apart_is_readable(qtbot, table: RunsTable) -> None:
    name = "Fashion-MNIST convolutional baseline with augmentation"
    begun = "2026-11-23T02:40:00+00:00"
    entries = [
        entry(1, name=name, kind="trial", trial=12, begun_at=begun, file="/home/ada/f.layerlab"),
        entry(2, name=name, part="refit of trial 12"),
        entry(3, name="moons", kind="trial", trial=12, begun_at=begun),
        entry(4, name=name),
    ]
    table.show_runs(entries)
    metrics = QFontMetricsF(current_theme().font("cell_strong"))

    def seen(number: int) -> str:
        room = table.table.columnWidth(PLACES["name"]) - 2 * px(8)
        return title_in(entries[number - 1], metrics, room)

    for width in (690, 900, 1280):
        table.resize(width, 500)
        qtbot.waitUntil(lambda: table.table.horizontalScrollBar().maximum() == 0)
        assert seen(1).startswith("Fashion")
        assert seen(1).endswith(f"…, {entries[0].which}")
        assert seen(2).endswith("…, refit of trial 12")
        assert seen(3) == entries[2].title
    assert title_in(entries[0], metrics, 100).startswith("…")
    assert title_in(entries[0], metrics, 100).endswith(" trial 12")
    tips = [
        str(table.model.index(table.model.row_of(n), 1).data(Qt.ItemDataRole.ToolTipRole))
        for n in (1, 2)
    ]
    assert tips[0] == f"<qt>{entries[0].title}<br>/home/ada/f.layerlab</qt>"
    assert tips[1] == f"<qt>{name}, refit of trial 12</qt>"


def test_ten_thousand_rows_are_shown_filtered_and_sorted_without_delay(table: RunsTable) -> None:
    entries = [entry(number) for number in range(1, 10_001)]

    def seconds(work) -> float:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            work()
            table.table.viewport().grab()
            times.append(time.perf_counter() - began)
        return min(times)

    # a tenth of a second is what a person takes for at once; a shared machine gets three
    assert seconds(lambda: table.show_runs(entries)) < 0.3
    assert seconds(lambda: table.model.filter_by("net 3 iris", "", "")) < 0.3
    assert seconds(lambda: table.model.filter_by("", "", "")) < 0.3
    assert seconds(lambda: table.model.sort_by(PLACES["score"], True)) < 0.3
    assert len(table.model.order) == 10_000


def test_notes_are_told_when_the_field_is_left_or_rests_and_never_to_another_run(qtbot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    field = NotesField(box)
    box.show()
    heard: list[str] = []
    field.edited.connect(heard.append)
    field.show_notes("one")
    assert heard == []
    qtbot.keyClicks(field.text, "x")
    field.show_notes("two")
    assert heard == ["xone"]
    assert field.text.toPlainText() == "two"
    qtbot.keyClicks(field.text, "y")
    with qtbot.waitSignal(field.edited):
        pass
    assert heard == ["xone", "ytwo"]
    field.tell_now()
    assert heard == ["xone", "ytwo"]


def test_lines_of_folds_where_there_is_room(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    journal.keep(some_run(epochs=3), "bench")
    for number in (1, 2):
        trial = some_trial(number, folds=5)
        journal.keep_trial(
            trial, some_project(), curves_of(trial), study="", key="k", score="loss", data="iris"
        )
    runs = [journal.run(number) for number in (1, 2, 3)]
    journal.close()
    lines, left_out = lines_of(runs[:2])
    assert [label for label, _ in lines] == ["run 1", *(f"run 2, fold {n}" for n in range(1, 6))]
    assert not left_out
    lines, left_out = lines_of(runs)
    assert [label for label, _ in lines] == ["run 1", "run 2", "run 3"]
    assert left_out
    assert lines[1][1].rows == runs[1].curves[0].rows


def facts_of(qtbot, kept: KeptRun) -> dict[str, str]:
    details = RunDetails()
    qtbot.addWidget(details)
    details.show_run(kept)
    assert details.header.subtitle.text() == kept.entry.name
    return {row[0]: row[1] for row in details.shown_rows}


def test_a_figure_of_the_training_part_is_no_score(qtbot, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    rows = tuple(
        row.model_copy(update={"metrics": FrozenMap(loss=0.2, accuracy=row.epoch / 10)})
        for row in some_run(epochs=3).rows
    )
    journal.keep(some_run(rows=rows, best_epoch=2, restored=True), "bench")
    journal.keep(some_run(epochs=3), "bench")
    facts = facts_of(qtbot, journal.run(1))
    assert facts["Validation accuracy"] == "no validation part"
    assert facts["Training accuracy, epoch 2"] == "0.200 (no score)"
    assert score_text(journal.entry(1)) == "–"
    facts = facts_of(qtbot, journal.run(2))
    assert facts["Validation accuracy"] == score_text(journal.entry(2))
    assert not [label for label in facts if label.startswith("Training")]
    journal.close()


def test_the_score_is_called_by_its_name(qtbot, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.db")
    rows = tuple(
        row.model_copy(
            update={
                "metrics": FrozenMap(loss=1.0, mean_absolute_error=1.0, val_mean_absolute_error=2.0)
            }
        )
        for row in some_run(epochs=3).rows
    )
    run = some_run(rows=rows)
    training = run.project.training.model_copy(update={"metrics": ("mean_absolute_error",)})
    project = run.project.model_copy(update={"training": training})
    journal.keep(run.model_copy(update={"project": project}), "bench")
    assert facts_of(qtbot, journal.run(1))["Validation MAE"] == "2.000"
    journal.close()


def test_a_trial_tells_all_its_folds_and_a_cross_validation_is_called_so(
    qtbot, tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "j.db")
    trial = replace(some_trial(0), settings=FrozenMap())
    journal.keep_trial(
        trial, some_project(), curves_of(trial)[1:], study="", key="k", score="loss", data="iris"
    )
    kept = journal.run(1)
    assert kind_text(kept.entry) == "Cross-validation"
    facts = facts_of(qtbot, kept)
    assert facts["Epochs"] == "15 in 1.5 s, 3 folds together"
    assert facts["Started"].endswith(", cross-validation")
    journal.close()


# ---------------------------------------------------------------- with a scripted engine


@pytest.fixture
def program(home: Path, qapp) -> Iterator[Scripted]:
    yield from scripted(home)


class Kept:
    """The journal of a scripted program, and its page."""

    def __init__(self, program: Scripted, path: Path) -> None:
        self.path = path
        self.control = JournalControl(Journal(path), program.document, program.run, program.jobs)
        self.page = RunsPage()
        self.presenter = RunsPresenter(
            self.page, self.control, program.document, program.files, program.dialogs
        )

    def entries(self) -> list[Entry]:
        journal = Journal(self.path)
        try:
            return journal.entries()
        finally:
            journal.close()

    def record(self, number: int) -> RunRecord:
        journal = Journal(self.path)
        try:
            record = journal.run(number).record
            assert record is not None
            return record
        finally:
            journal.close()


@pytest.fixture
def kept(program: Scripted, tmp_path: Path, qtbot) -> Kept:
    kept = Kept(program, tmp_path / "journal.db")
    qtbot.addWidget(kept.page)
    return kept


def idle(qtbot, program: Scripted) -> None:
    qtbot.waitUntil(lambda: not program.jobs.busy("journal"))


def test_a_run_is_there_from_its_beginning_grows_and_ends(
    qtbot, program: Scripted, kept: Kept
) -> None:
    show(qtbot, program, moons(epochs=10))
    kept.control._timer.setInterval(1)
    program.run.train()
    qtbot.waitUntil(lambda: [one.ending for one in kept.entries()] == ["running"])
    program.run._control.post(4)
    qtbot.waitUntil(lambda: kept.entries()[0].epochs == 4)
    program.run.stop()
    qtbot.waitUntil(lambda: kept.entries()[0].ending == "stopped")
    idle(qtbot, program)
    kept_record, record = kept.record(1), program.run.record
    assert record is not None
    assert kept_record.rows == record.rows
    assert kept_record.project == record.project
    assert kept_record.sentence == "Stopped by you."
    # continued: the same run; started over: another one
    program.run.continue_training(5)
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    qtbot.waitUntil(lambda: kept.entries()[0].ending == "running")
    program.run.stop()
    qtbot.waitUntil(lambda: kept.entries()[0].ending == "stopped")
    program.run.start_over()
    qtbot.waitUntil(lambda: len(kept.entries()) == 2)
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)
    idle(qtbot, program)


def test_a_run_that_was_only_opened_is_not_kept_until_its_vault_is(
    qtbot, program: Scripted, kept: Kept
) -> None:
    project = moons()
    program.files.show(project)
    record = some_run(project)
    program.run.show_saved(record, None)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    qtbot.waitUntil(lambda: kept.control._opened is not None)
    idle(qtbot, program)
    assert kept.entries() == []
    opening = VaultOpening(
        date="2026-01-02T03:04:05+00:00", number=1, samples=9, metrics=FrozenMap(loss=0.5)
    )
    program.run.note_opening(opening)
    qtbot.waitUntil(lambda: len(kept.entries()) == 1)
    assert kept.entries()[0].openings == 1
    assert kept.record(1).openings == (opening,)
    assert kept.record(1).rows == record.rows


def test_the_window_works_without_a_journal_and_says_so_once(
    qtbot, program: Scripted, kept: Kept
) -> None:
    kept.path.write_text("no database at all, a letter")
    said: list[str] = []
    kept.presenter.message.connect(said.append)
    show(qtbot, program, moons(epochs=10))
    kept.page.show()
    qtbot.waitUntil(kept.page.broken.isVisible)
    assert "something else than a database" in kept.page.broken.sentence.text()
    program.run.train()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    qtbot.waitUntil(lambda: said != [])
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)
    idle(qtbot, program)
    assert len(said) == 1
    assert said[0].startswith("The run is not kept in the journal: ")
    kept.path.unlink()
    kept.page.again_pressed.emit()
    qtbot.waitUntil(kept.page.empty.isVisible)
    program.run.train()
    qtbot.waitUntil(kept.page.list.isVisible)
    # the one before is not lost either
    qtbot.waitUntil(lambda: [one.ending for one in kept.entries()] == ["running", "stopped"])
    program.run.stop()
    qtbot.waitUntil(lambda: not program.run.state.active)
    idle(qtbot, program)


def test_notes_that_were_just_typed_are_kept_when_the_program_ends(
    qtbot, program: Scripted, kept: Kept
) -> None:
    journal = Journal(kept.path)
    journal.keep(some_run(), "bench")
    journal.close()
    kept.page.show()
    qtbot.waitUntil(lambda: kept.page.list.numbers == (1,))
    idle(qtbot, program)
    qtbot.keyClicks(kept.page.details.notes.text, "last words")
    assert program.jobs.close(5.0)
    assert kept.entries()[0].notes == "last words"


def test_a_run_that_cannot_be_read_is_said_in_its_place(
    qtbot, program: Scripted, kept: Kept
) -> None:
    import sqlite3

    journal = Journal(kept.path)
    journal.keep(some_run(), "bench")
    journal.close()
    with sqlite3.connect(kept.path) as database:
        database.execute("UPDATE contents SET details = x'00'")
    database.close()
    kept.page.show()
    hint = kept.page.details._hint
    qtbot.waitUntil(lambda: "can't be read" in hint.text())
    assert kept.page.details.delete.isEnabled()
    assert kept.page.list.numbers == (1,)


def test_the_model_alone_takes_an_empty_list(qtmodeltester) -> None:
    model = RunsModel()
    model.show([])
    qtmodeltester.check(model)
    model.show([entry(1), entry(2)])
    qtmodeltester.check(model)


def test_a_run_is_brought_back_where_no_project_is_open(
    qtbot, program: Scripted, kept: Kept
) -> None:
    project = moons("kept moons", epochs=3)
    journal = Journal(kept.path)
    journal.keep(some_run(project), "bench")
    journal.close()
    kept.page.show()
    button = kept.page.details.bring_back
    qtbot.waitUntil(lambda: kept.page.details.shown_rows != ())
    brought: list[bool] = []
    kept.presenter.brought_back.connect(lambda: brought.append(True))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert program.document.project == project
    assert program.path is None
    assert brought == [True]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)  # a second time changes nothing
    assert program.document.undo_stack.count() == 0


def test_what_is_searched_stays_when_a_run_is_brought_back(
    qtbot, program: Scripted, kept: Kept
) -> None:
    project = moons("moons", epochs=3)
    journal = Journal(kept.path)
    journal.keep(some_run(project), "bench")
    journal.close()
    marked = moons("moons", epochs=9).model_copy(
        update={"search": SearchSettings(space=(Dimension(path="training.epochs", values=(3, 4)),))}
    )
    program.document.open(marked, None)
    kept.page.show()
    qtbot.waitUntil(lambda: kept.page.details.shown_rows != ())
    qtbot.mouseClick(kept.page.details.bring_back, Qt.MouseButton.LeftButton)
    brought = program.document.project
    assert brought.training == project.training
    assert brought.search == marked.search


class Compared(QObject):
    """Stands for `ComparisonControl`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state = ComparisonState()

    def become(self, state: ComparisonState) -> None:
        self.state = state
        self.changed.emit()


def test_what_raced_is_kept_once_it_is_over(qtbot, program: Scripted, kept: Kept) -> None:
    races = Compared()
    kept.control.watch(races)  # type: ignore[arg-type]
    records = (
        some_run(epochs=4).model_copy(update={"key": ""}),
        some_run(epochs=5, seed=1).model_copy(update={"key": "", "reason": None}),
    )
    variants = tuple(Variant(name, some_project()) for name in ("adam", "sgd"))
    begun = ComparisonState("running", variants=variants, records=(None, None))
    races.become(begun)
    races.become(replace(begun, records=records))
    idle(qtbot, program)
    assert kept.entries() == []
    races.become(replace(begun, phase="idle", records=records))
    races.become(replace(begun, phase="idle", records=records, seconds=2.0))
    idle(qtbot, program)
    (one,) = kept.entries()
    assert (one.kind, one.title, one.ending, one.epochs) == (
        "race",
        "two moons, adam",
        "finished",
        4,
    )
    assert kept.record(1).rows == records[0].rows

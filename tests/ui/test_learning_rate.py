"""The learning rate in the window: its field while it trains, its schedule, the range test."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.project import ScheduleSettings
from app.core.project_edits import set_optimizer_option, set_training
from app.core.range_test import RangeTest, rounded, suggestion
from app.core.resolve import resolve
from app.core.schedule_catalog import preview
from app.core.templates import start_from
from app.core.training_options import training_options, training_values
from app.core.transfer import keep_weights
from app.training.errors import TrainingError
from app.ui.pages.inspector import Inspector
from app.ui.plots.axis import linear_ticks
from app.ui.plots.range_plot import RangePlot
from app.ui.plots.schedule_curve import ScheduleCurve
from app.ui.range_test_control import RangeTestControl
from app.ui.range_test_dialog import RangeTestDialog
from app.ui.run_state import RunState
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT
from app.ui.window.rate_field import RateField
from app.ui.window.run_bar import RunBar, run_bar_view
from tests.ui.scripted_program import Scripted, scripted


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


# ---------------------------------------------------------------- the field


@pytest.fixture
def field(qtbot):
    around = QWidget()
    qtbot.addWidget(around)
    around.other = RateField(around)
    field = RateField(around)
    field.resize(92, 28)
    around.other.move(0, 60)
    with qtbot.waitExposed(around):
        around.show()
    around.activateWindow()
    field.chosen = []
    field.rate_chosen.connect(field.chosen.append)
    field.show_rate(0.001)
    assert field.text() == "0.001"
    field.setFocus()
    yield field
    around.hide()


def retype(field, text):
    field.selectAll()
    QTest.keyClicks(field, text)


def test_what_is_typed_counts_with_enter_and_no_sooner(field):
    retype(field, "0.05")
    assert field.chosen == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.chosen == [0.05]
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.chosen == [0.05]


def test_leaving_the_field_counts_too(field, qtbot):
    retype(field, "2e-4")
    field.parent().other.setFocus()
    qtbot.waitUntil(lambda: field.chosen == [2e-4])


def test_arrows_count_at_once(field):
    QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert field.chosen == [0.002, 0.001]


def test_the_present_rate_is_shown_but_not_over_what_is_typed(field):
    QTest.keyClick(field, Qt.Key.Key_Return)
    field.show_rate(0.0009045084971874737)
    assert field.text() == "0.000905"
    assert field.chosen == []
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    field.show_rate(0.0009)
    assert field.selectedText() == "0.000905"
    QTest.keyClicks(field, "0.5")
    field.show_rate(0.0008)
    assert field.text() == "0.5"
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.0008"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.chosen == []


@pytest.mark.parametrize("text", ["0", "-1", "fast", "nan", "1e9", ""])
def test_what_is_no_rate_is_refused_and_forgotten(field, qtbot, text):
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, text)
    assert field.error()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.chosen == []
    field.parent().other.setFocus()
    qtbot.waitUntil(lambda: field.text() == "0.001")
    assert field.error() == ""
    assert field.chosen == []


def test_in_the_run_bar_it_is_there_only_while_something_trains(qtbot):
    project = start_from("moons")
    running = RunState(phase="running", epochs=9, learning_rate=0.01)
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.resize(1280, 48)
    bar.show()
    chosen = []
    bar.rate_chosen.connect(chosen.append)
    resolved = resolve(project, summary_of(project.data))
    for phase, seen in (("running", True), ("paused", True), ("stopping", False), ("idle", False)):
        state = RunState(**{**vars(running), "phase": phase})
        bar.show_view(run_bar_view(resolved, state))
        assert bar._rate.isVisible() == seen, phase
    bar.show_view(run_bar_view(resolved, running))
    assert bar._rate.text() == "0.01"
    bar._rate.setFocus()
    QTest.keyClick(bar._rate, Qt.Key.Key_Up)
    assert chosen == [0.02]


@pytest.mark.parametrize("text", ["abc", "-1"])
def test_the_run_bar_says_why_a_rate_is_none(qtbot, text):
    project = start_from("moons")
    running = RunState(
        phase="running", epoch=3, epochs=9, best_epoch=2, learning_rate=0.01, seconds_left=5.0
    )
    view = run_bar_view(resolve(project, summary_of(project.data)), running)
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.resize(1280, 48)
    bar.show()
    bar.show_view(view)
    assert bar._detail.text() == "of 9"
    bar._rate.setFocus()
    retype(bar._rate, text)
    bar.show_view(replace(view, detail="of 10"))  # an epoch later it stands there still
    assert bar._rate.error() in bar._rate.toolTip() or "&" in bar._rate.toolTip()
    assert bar._detail.text()[0].isupper()
    assert bar._detail.text().lower() in bar._rate.error().lower()
    assert bar._detail.tone() == "error"
    assert bar._caption.text() == ""
    QTest.keyClick(bar._rate, Qt.Key.Key_Escape)
    assert bar._detail.text() == "of 10"
    assert bar._detail.tone() == "muted"
    assert bar._caption.text() == view.caption != ""


# ---------------------------------------------------------------- the run


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


def show_moons(qtbot, program: Scripted) -> None:
    program.files.show(start_from("moons"))
    # The first one imports scikit-learn.
    qtbot.waitUntil(lambda: program.feed.prepared is not None, timeout=20_000)


def test_a_change_reaches_the_engine_and_the_record(qtbot, program):
    run = program.run
    run.set_learning_rate(0.5)  # nothing trains: nothing happens
    show_moons(qtbot, program)
    run.train()
    qtbot.waitUntil(lambda: run.state.phase == "running")
    program.epochs(2)
    qtbot.waitUntil(lambda: run.state.epoch == 2)
    assert run.state.learning_rate == 0.001
    changes = program.document.run_changes
    told = []
    run.history_changed.connect(lambda: told.append(len(run.record.rate_changes)))
    run.set_learning_rate(0.5)
    qtbot.waitUntil(lambda: run.state.learning_rate == 0.5)
    (change,) = run.record.rate_changes
    assert (change.epoch, change.step, change.rate, change.by) == (3, 0, 0.5, "you")
    assert told == [1]
    assert program.document.run_changes == changes + 1
    run.stop()
    qtbot.waitUntil(lambda: not run.state.active)
    run.start_over()
    assert run.record.rate_changes == ()


# ---------------------------------------------------------------- the schedule drawn


@pytest.fixture
def curve(qtbot):
    view = ScheduleCurve()
    view.resize(256, 72)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_curve_runs_where_the_rates_are(curve, qapp, tokens):
    apply_theme(qapp, tokens)
    points = preview(ScheduleSettings(kind="cosine"), 0.01, 9, 100)
    curve.show_points(points)
    image = curve.grab().toImage()
    accent = QColor(tokens.accent)
    for point in points[20:-20:20]:
        place = curve._at(*point).toPoint()
        near = [image.pixelColor(place + QPoint(0, dy)) for dy in (-1, 0, 1)]
        assert any(
            abs(c.red() - accent.red()) + abs(c.blue() - accent.blue()) < 60 for c in near
        ), point
    assert curve.table().rows == points
    assert curve.table().headers == ("epochs done", "learning rate")
    assert "From 0.01" in curve.accessibleDescription()
    assert "100 epochs" in curve.accessibleDescription()


def test_the_pointer_reads_rate_and_epoch(curve):
    curve.show_points(preview(ScheduleSettings(kind="polynomial"), 0.01, 10, 50))
    before = curve.grab().toImage()
    QTest.mouseMove(curve, QPoint(128, 40))
    assert curve._near(curve._pointer)[1] == pytest.approx(0.005, rel=0.02)
    assert curve.grab().toImage() != before


def test_the_inspector_shows_the_curve_at_each_keystroke(qtbot):
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.resize(288, 700)
    inspector.show()

    def show(kind: str, rate: float) -> None:
        project = set_training(start_from("moons"), schedule=ScheduleSettings(kind=kind))
        options = training_options(project.training, summary_of(project.data))
        values = training_values(project.training, options)
        points = preview(project.training.schedule, rate, 9, project.training.epochs)
        inspector.show_training(options, values, {}, points)

    show("cosine", 0.01)
    assert inspector._schedule.isVisible()
    assert inspector._schedule.table().rows[0] == (0.0, 0.01)
    show("cosine", 0.02)
    assert inspector._schedule.table().rows[0] == (0.0, 0.02)
    project = set_training(start_from("moons"), epochs=30)
    late = ScheduleSettings(kind="milestones", options=FrozenMap(milestones=(50, 75)))
    training = set_training(project, schedule=late).training
    options = training_options(training, summary_of(project.data))
    points = preview(late, 0.02, 9, 30)
    inspector.show_training(options, training_values(training, options), {}, points)
    assert inspector._schedule.isVisible()  # a level line, as it will be
    for kind in ("constant", "plateau"):  # nothing that could be seen, or known
        show(kind, 0.02)
        assert not inspector._schedule.isVisible()
    asked = []
    inspector.find_rate_requested.connect(lambda: asked.append(True))
    button = inspector.findChild(QWidget, "inspector.find_rate")
    assert button.isVisible()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked


# ---------------------------------------------------------------- the range test


@pytest.fixture
def control(program) -> RangeTestControl:
    return RangeTestControl(
        program.document,
        program.feed,
        program.jobs,
        program.room,  # type: ignore[arg-type]
        program.root,
    )


@pytest.fixture
def dialog(qtbot, program, control) -> Iterator[RangeTestDialog]:
    show_moons(qtbot, program)
    program.room.gate.clear()
    dialog = RangeTestDialog(control)
    dialog.show()
    yield dialog
    program.room.gate.set()
    if shiboken6.isValid(dialog):
        dialog.close()


def words(dialog) -> str:
    return dialog._sentence.text()


def test_it_begins_at_once_and_suggests(qtbot, program, control, dialog):
    qtbot.waitUntil(lambda: len(control.state.rates) == 5)
    assert words(dialog) == "Step 5 of 120"
    assert dialog._start.text() == "Stop"
    assert not dialog._steepest.isVisible()
    program.room.gate.set()
    qtbot.waitUntil(lambda: not control.state.active)
    found = control.state.suggestion
    assert found.steepest == pytest.approx(1e-3, rel=0.5)
    assert words(dialog) == found.sentence
    assert dialog._steepest.text() == f"Use {rounded(found.steepest):g}"
    assert dialog._tenth.isVisible()
    assert len(dialog.plot.table().rows) == 120
    assert dialog.plot.accessibleDescription() == found.sentence


def test_one_button_where_both_rules_agree(qtbot, program, control, dialog):
    program.room.gate.set()
    qtbot.waitUntil(lambda: control.state.suggestion is not None)
    found = control.state.suggestion
    control.state = replace(control.state, suggestion=replace(found, tenth=found.steepest * 1.001))
    control.changed.emit()
    assert dialog._steepest.isVisible()
    assert not dialog._tenth.isVisible()


def test_use_is_an_undoable_edit(qtbot, program, control, dialog):
    before = program.document.project
    program.room.gate.set()
    qtbot.waitUntil(lambda: control.state.suggestion is not None)
    rate = rounded(control.state.suggestion.steepest)
    QTest.mouseClick(dialog._steepest, Qt.MouseButton.LeftButton)
    wanted = set_optimizer_option(before, name="learning_rate", value=rate)
    assert program.document.project == wanted
    assert "learning rate" in program.document.undo_stack.undoText()
    program.document.undo_stack.undo()
    assert program.document.project == before
    assert control.state.suggestion is None


def test_it_is_stopped_and_begun_again_with_other_ends(qtbot, program, control, dialog):
    qtbot.waitUntil(lambda: len(control.state.rates) == 5)
    QTest.mouseClick(dialog._start, Qt.MouseButton.LeftButton)
    assert not dialog._start.isEnabled()
    program.room.gate.set()
    qtbot.waitUntil(lambda: not control.state.active)
    assert words(dialog).startswith("Stopped by you.")
    low = dialog.findChild(QWidget, "range.low")
    low.selectAll()
    QTest.keyClicks(low, "1e-5")
    QTest.mouseClick(dialog._start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not control.state.active and control.state.suggestion is not None)
    assert [test for _, test in program.room.tested] == [RangeTest(), RangeTest(low=1e-5)]
    assert program.room.tested[0][0] is program.document.project


def test_ends_that_are_none_are_refused_in_words(qtbot, program, control, dialog):
    program.room.gate.set()
    qtbot.waitUntil(lambda: not control.state.active)
    high = dialog.findChild(QWidget, "range.high")
    high.selectAll()
    QTest.keyClicks(high, "2e-6")
    QTest.mouseClick(dialog._start, Qt.MouseButton.LeftButton)
    assert "ten times" in words(dialog)
    assert not control.state.active


def test_an_error_is_told_and_nothing_is_left(qtbot, program, control):
    show_moons(qtbot, program)
    program.room.error = TrainingError("No memory.", "Enough.", "Smaller.")
    control.start(RangeTest())
    qtbot.waitUntil(lambda: control.state.failure is not None)
    assert not control.state.active
    dialog = RangeTestDialog(control)
    dialog.show()
    qtbot.waitUntil(lambda: control.state.failure is not None)
    assert words(dialog) == "No memory. Smaller."
    dialog.close()
    assert control.state.failure is None


def test_closing_ends_it(qtbot, program, control, dialog):
    qtbot.waitUntil(lambda: len(control.state.rates) == 5)
    dialog.close()
    program.room.gate.set()
    qtbot.waitUntil(lambda: not program.jobs.busy("engine"))
    assert not control.state.active
    assert control.state.rates == ()


def test_it_waits_for_the_data(qtbot, program, control):
    program.files.show(start_from("moons"))
    control.start(RangeTest())
    assert control.state.phase in ("waiting", "running")
    qtbot.waitUntil(lambda: control.state.suggestion is not None)


def test_with_kept_weights_it_says_so_and_offers_a_rate_to_train_on_with(
    qtbot, program, control, dialog
):
    program.room.gate.set()
    qtbot.waitUntil(lambda: control.state.suggestion is not None)
    assert "kept" not in dialog._explanation.text()
    assert not dialog._careful.isVisible()
    rates = RangeTest().rates()[:80]
    losses = tuple(0.037 * (1 + (rate / 1e-3) ** 2) for rate in rates)
    found = suggestion(rates, losses, kept=True)
    control.state = replace(control.state, rates=rates, losses=losses, suggestion=found, kept=True)
    control.changed.emit()
    assert "the kept ones" in dialog._explanation.text()
    assert "initial weights" not in dialog._explanation.text()
    assert words(dialog) == found.sentence
    assert dialog._careful.isVisible()
    assert not dialog._steepest.isVisible()
    QTest.mouseClick(dialog._careful, Qt.MouseButton.LeftButton)
    wanted = rounded(found.careful)
    training = program.document.project.training
    assert training.optimizer.options["learning_rate"] == wanted


def test_the_test_knows_of_kept_weights(qtbot, program, control):
    show_moons(qtbot, program)
    project = program.document.project
    layer = project.network.layers[1]
    key = "0" * 32
    program.document.edit("Keep", keep_weights(project, {layer.id: key}))
    control.start(RangeTest())
    assert control.state.kept
    qtbot.waitUntil(lambda: not control.state.active)
    assert control.state.kept or control.state.failure is not None
    control.forget()
    assert not control.state.kept


@pytest.mark.parametrize(
    "losses",
    [
        lambda i, rate: 0.037,
        lambda i, rate: 0.037 + 1e-6 * math.sin(i),
        lambda i, rate: 0.003 * math.exp(2 * math.sin(7 * i)) * (1 + (rate / 0.01) ** 2),
        lambda i, rate: 0.0,
    ],
    ids=["level", "nearly level", "uneven, growing", "nothing"],
)
def test_the_axis_holds_a_curve_that_falls_nowhere(qtbot, losses):
    plot = RangePlot()
    qtbot.addWidget(plot)
    rates = [rate for rate in RangeTest().rates() if rate < 0.05]
    values = [losses(i, rate) for i, rate in enumerate(rates)]
    plot.show_steps(rates, values)
    bottom, top = plot._shown
    texts = [text for _, text in linear_ticks(bottom, top)]
    assert len(set(texts)) == len(texts) >= 2
    seen = [bottom <= value <= top for value in plot._soft]
    assert all(seen[: len(seen) // 2])  # of what is trained already nothing is cut off
    assert sum(bottom <= value <= top for value in values) > 0.7 * len(values)
    middle = sorted(plot._soft)[len(values) // 2]
    assert (top - bottom) < 20 * max(middle, 1e-6)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_plot_draws_the_smoothed_loss_and_the_suggestion(qtbot, qapp, tokens):
    apply_theme(qapp, tokens)
    plot = RangePlot()
    qtbot.addWidget(plot)
    plot.resize(640, 320)
    plot.show()
    test = RangeTest(1e-5, 1.0, 100)
    rates = test.rates()
    losses = tuple(1 / (1 + (r / 1e-3) ** 2) + (r / 0.1) ** 2 for r in rates)
    plot.show_range(test.low, test.high)
    plot.show_steps(rates, losses, suggestion(rates, losses))
    image = plot.grab().toImage()
    accent = QColor(tokens.accent)
    found = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y) == accent
    ]
    assert len(found) > 300
    plot.show_steps(rates, (*losses[:-1], float("nan")))
    assert len(plot.table().rows) == 99
    plot.show_steps((), (), None, "No step was done.")
    assert plot.accessibleDescription() == "No step was done."
    assert plot.table().rows == ()
    assert not plot.grab().isNull()

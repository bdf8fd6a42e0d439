"""The page Inside without its views: the slider, what is asked and what is dropped, the tabs."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import build_template, builtin_data
from app.ui.controls import Label
from app.ui.inside.inside_presenter import InsidePresenter
from app.ui.inside.layers_of_run import epoch_words, now_words
from app.ui.inside.looking import (
    NO_RUN,
    OTHER_DATA,
    PREPARING,
    REFITTED,
    TO_REFIT,
    Asker,
    Looking,
)
from app.ui.inside.tab import Tab, TabPage
from app.ui.inside.time_bar import TimeSlider
from app.ui.run_state import RunState


class _Run(QObject):
    """As much of `RunControl` as is asked here; answers come when the test gives them."""

    history_changed = Signal()
    health_changed = Signal()
    kept_changed = Signal()
    run_ended = Signal()
    state_changed = Signal()

    def __init__(self):
        super().__init__()
        self.record = None
        self.has_model = False
        self.comes_back = False
        self.can_continue = False
        self.healths = ()
        self.kept_epochs = ()
        self.kept_for_branch = True
        self.previous = ()
        self.run_number = 1
        self.state = RunState()
        self.asked = []
        self.questions = SimpleNamespace(ask=self._ask)

    def _ask(self, subject, on_answer, layer_id=None, options=None, *, epoch=None, sample=None):
        question = SimpleNamespace(subject=subject, layer=layer_id, options=options, epoch=epoch)
        self.asked.append((question, on_answer))

    def answer(self, result):
        """Give `result` to the oldest question."""
        question, on_answer = self.asked.pop(0)
        on_answer(result)
        return question

    def trained(self, epochs, restored_to=0):
        rows = [
            EpochRow(epoch=n + 1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
            for n in range(epochs)
        ]
        project = build_template("mlp", builtin_data("moons"))
        self.record = RunRecord(
            project=project, rows=tuple(rows), best_epoch=restored_to, restored=bool(restored_to)
        )
        self.kept_epochs = tuple(range(1, epochs + 1))
        self.has_model = True
        self.kept_changed.emit()
        self.history_changed.emit()


class _Document(QObject):
    changed = Signal()
    project = None


class _Feed(QObject):
    changed = Signal()
    prepared = None


@pytest.fixture
def run(qapp):
    return _Run()


@pytest.fixture
def looking(run):
    return Looking(_Document(run), _Feed(run), run, None, None, None, run)


@pytest.fixture
def slider(qtbot):
    slider = TimeSlider()
    slider.resize(520, 44)
    qtbot.addWidget(slider)
    slider.show()
    moved = []
    slider.moved.connect(moved.append)
    slider.moved.connect(lambda moment: slider.show_moments((0, 2, 4, 8, 9, 10), 10, moment))
    slider.show_moments((0, 2, 4, 8, 9, 10), 10, None)
    return slider, moved


def test_the_slider_goes_to_the_nearest_epoch_that_was_kept(slider, qtbot):
    slider, moved = slider

    def click(epoch):
        place = QPoint(round(slider.x_of(epoch)), 14)
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=place)

    for epoch in (4, 5.5, 6.5, 0.4, 1.2, 9.9):
        click(epoch)
    assert moved == [4, 8, 0, 2, None]  # 5.5 is still nearest to 4


def test_the_slider_is_moved_by_keys(slider, qtbot):
    slider, moved = slider
    for key in ("Left", "Left", "Home", "Right", "End", "End"):
        qtbot.keyClick(slider, getattr(Qt.Key, f"Key_{key}"))
    assert moved == [9, 8, 0, 2, None]
    assert slider.accessibleDescription() == "now, epoch 10"


def test_a_slider_without_epochs_cannot_be_moved(slider):
    slider, moved = slider
    slider.show_moments((), 0, None)
    slider.step(-1)
    assert not slider.isEnabled()
    assert moved == []


def test_now_stands_at_the_best_epoch_and_the_last_one_can_be_seen(slider, qtbot):
    slider, moved = slider
    slider.show_moments((0, 2, 4, 8, 9, 10), 10, None, best=4)
    slider.moved.disconnect()
    slider.moved.connect(moved.append)
    slider.moved.connect(
        lambda moment: slider.show_moments((0, 2, 4, 8, 9, 10), 10, moment, best=4)
    )
    for key in ("Right", "End", "Left", "Home"):
        qtbot.keyClick(slider, getattr(Qt.Key, f"Key_{key}"))
    assert moved == [8, 10, 9, 0]
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(slider.x_of(4)), 14))
    assert moved[-1] is None
    assert slider.accessibleDescription().startswith("now, epoch 4")


def test_the_best_epoch_is_marked_when_its_weights_are_back(slider):
    slider, _ = slider
    slider.show_moments((0, 2, 4, 8, 9, 10), 10, None, best=4)
    x = round(slider.x_of(4))
    ring = slider.grab().toImage().pixelColor(x, 14)
    slider.show_moments((0, 2, 4, 8, 9, 10), 10, None)
    assert slider.grab().toImage().pixelColor(x, 14) != ring
    slider.show_moments((0, 2, 4, 8, 9, 10), 10, None, best=4)
    assert "best epoch 4" in slider.accessibleDescription()


def test_answers_about_fixed_moments_are_remembered_and_those_about_now_are_not(run, looking):
    run.trained(5)
    came = []
    asker = Asker(looking, "filters", came.append)
    looking.look_at(3)
    asker.ask("conv_1")
    assert run.answer("of 3").epoch == 3
    asker.ask("conv_1")
    assert came == ["of 3", "of 3"]
    assert run.asked == []
    looking.look_at(None)
    for number in range(2):
        asker.ask("conv_1")
        assert run.answer(f"now {number}").epoch is None
    assert came[2:] == ["now 0", "now 1"]
    looking.look_at(3)
    asker.ask("conv_2")
    assert len(run.asked) == 1


def test_one_question_is_under_way_and_an_answer_to_another_wish_is_dropped(run, looking):
    run.trained(5)
    came = []
    asker = Asker(looking, "filters", came.append)
    for layer in ("first", "second", "third"):
        asker.ask(layer)
    assert len(run.asked) == 1
    assert run.answer("late").layer == "first"
    assert came == []
    assert run.answer("right").layer == "third"
    assert came == ["right"]
    assert run.asked == []


def test_an_asker_may_ask_about_a_moment_of_its_own(run, looking):
    run.trained(2)
    came = []
    asker = Asker(looking, "boundary", came.append, moment=lambda: 0)
    looking.look_at(1)
    asker.ask()
    assert run.answer("of the beginning").epoch == 0
    looking.look_at(2)
    asker.ask()
    assert came == ["of the beginning", "of the beginning"]
    assert run.asked == []


def test_what_was_asked_again_while_live_is_asked_once_more(run, looking):
    run.trained(5)
    came = []
    asker = Asker(looking, "filters", came.append)
    for _ in range(5):
        asker.ask()
    run.answer("one")
    assert came == ["one"]
    run.answer("two")
    assert came == ["one", "two"]
    assert run.asked == []


def test_questions_open_when_a_run_ends_are_asked_anew(run, looking):
    run.trained(5)
    came = []
    asker = Asker(looking, "filters", came.append)
    asker.ask()
    run.asked.clear()  # the engine answers nothing after the end
    run.state_changed.emit()
    asker.ask()
    run.answer("after")
    assert came == ["after"]


def test_nothing_is_told_while_the_page_is_hidden(run, looking):
    told = []
    looking.changed.connect(lambda: told.append(1))
    run.trained(3)
    assert told == []
    looking.come_to_front(True)
    assert told == [1]
    run.history_changed.emit()
    assert told == [1, 1]


def test_the_epoch_looked_at_is_that_of_the_weights(run, looking):
    assert (looking.why_nothing(), looking.shown_epoch) == (NO_RUN, 0)
    run.trained(10, restored_to=7)
    assert looking.shown_epoch == 7
    looking.look_at(2)
    assert looking.shown_epoch == 2
    looking.look_at(99)
    assert looking.moment == 2


def test_weights_within_an_epoch_are_not_said_to_be_those_of_its_end(presenter, run, looking):
    run.trained(0)
    run.state = RunState(phase="running", step=3, steps_per_epoch=8, training=True)
    assert (epoch_words(looking), looking.shown_epoch) == ("epoch 1, step 3 of 8", 0)
    run.trained(2)
    assert epoch_words(looking) == "epoch 2, training loss 1"  # under way: the last one done
    for phase in ("paused", "idle"):
        run.state = RunState(phase=phase, step=3, steps_per_epoch=8)
        run.history_changed.emit()
        looking.look_at(None)
        assert epoch_words(looking) == "epoch 3, step 3 of 8"
        looking.look_at(1)
        assert epoch_words(looking) == "epoch 1, training loss 1"
        assert now_words(looking) == "epoch 3, step 3 of 8"
        looking.look_at(None)
    looking.come_to_front(True)
    assert presenter.page.time_bar.epoch.text() == "Epoch 3, step 3 of 8"
    run.trained(2, restored_to=1)
    assert epoch_words(looking) == "epoch 1, training loss 1"
    run.trained(0)
    run.state = RunState(phase="running", steps_per_epoch=8)
    assert epoch_words(looking) == "initial weights"


def test_steps_of_a_run_that_is_held_are_told(run, looking):
    run.trained(1)
    looking.come_to_front(True)
    told = []
    looking.changed.connect(lambda: told.append(looking.within_now))
    for step in (3, 4):
        run.state = RunState(phase="running", steps_per_epoch=8)
        run.state_changed.emit()
        told.clear()
        run.state = RunState(phase="paused", step=step, steps_per_epoch=8)
        run.state_changed.emit()
        run.state_changed.emit()
        assert told == [f"epoch 2, step {step} of 8"]


def test_a_moment_that_is_thinned_out_gives_way_to_the_one_before(run, looking):
    run.trained(10)
    looking.look_at(5)
    run.kept_epochs = (2, 4, 6, 8, 10)
    run.kept_changed.emit()
    assert looking.moment == 4


def test_a_new_run_is_looked_at_as_it_is_now(run, looking):
    run.trained(10)
    looking.look_at(5)
    run.has_model = False
    run.state = RunState(phase="preparing", training=True)
    run.state_changed.emit()
    assert looking.moment is None
    assert looking.why_nothing() == PREPARING


class _First(Tab):
    name, label, sentence = "first", "First", "What one sees."

    def __init__(self, looking):
        super().__init__(looking)
        self.refreshed = 0

    def refresh(self):
        self.refreshed += 1
        self.page.show_empty(self.looking.why_nothing() or "something")


class _Second(_First):
    name, label = "second", "Second"

    def marks(self):
        return ((2, "found"),)


@pytest.fixture
def presenter(looking, qtbot):
    presenter = InsidePresenter(looking, (_First, _Second))
    qtbot.addWidget(presenter.page)
    presenter.page.resize(1216, 700)
    with qtbot.waitExposed(presenter.page):
        presenter.page.show()
    return presenter


def test_only_the_tab_in_front_is_refreshed(presenter, run, qtbot):
    first, second = presenter.tabs.values()
    before = first.refreshed
    run.trained(3)
    assert first.refreshed > before
    assert second.refreshed == 0
    qtbot.mouseClick(presenter.page.tab_row.button("second"), Qt.MouseButton.LeftButton)
    assert second.refreshed == 1
    assert presenter.page.current == "second"
    qtbot.keyClick(presenter.page.tab_row.button("second"), Qt.Key.Key_Left)
    assert presenter.page.current == "first"


def test_the_time_bar_says_what_is_looked_at(presenter, run, looking):
    bar = presenter.page.time_bar
    assert (bar.epoch.text(), bar.slider.isEnabled()) == ("No run yet", False)
    run.can_continue = True
    run.trained(10, restored_to=7)
    assert (bar.epoch.text(), bar.note.text()) == ("Epoch 7 of 10", "the best weights are back")
    assert not bar.branch_button.isEnabled()
    assert "epoch 2: found" in bar.slider.accessibleDescription()
    looking.look_at(0)
    assert bar.epoch.text() == "Initial weights"
    assert not bar.branch_button.isEnabled()
    looking.look_at(4)
    assert bar.epoch.text() == "Epoch 4 of 10"
    wanted = []
    presenter.branch_requested.connect(wanted.append)
    bar.branch_button.click()
    assert wanted == [4]


def test_a_branch_waits_until_the_training_is_over(presenter, run, looking):
    run.trained(10)
    run.state = RunState(phase="running", training=True)
    looking.look_at(4)
    bar = presenter.page.time_bar
    assert not bar.branch_button.isEnabled()
    assert bar.branch_button.toolTip().count("Stop the training first") == 1


def test_no_branch_without_the_state_of_the_optimizer(presenter, run, looking):
    run.can_continue = True
    run.trained(10)
    run.kept_for_branch = False
    looking.look_at(4)
    bar = presenter.page.time_bar
    assert not bar.branch_button.isEnabled()
    assert "optimizer" in bar.branch_button.toolTip()


def test_no_branch_of_another_network(presenter, run, looking):
    run.can_continue = True
    run.trained(10)
    looking.look_at(4)
    project = run.record.project
    faster = project.training.model_copy(update={"epochs": 7, "batch_size": 5})
    looking.document.project = project.model_copy(update={"training": faster})
    run.history_changed.emit()
    bar = presenter.page.time_bar
    assert bar.branch_button.isEnabled()
    other = build_template("logistic_regression", builtin_data("moons"))
    looking.document.project = other
    run.history_changed.emit()
    assert not bar.branch_button.isEnabled()
    assert "The network is not what this run was trained with" in bar.branch_button.toolTip()
    assert presenter.page.run_label.text() == "Run 1 of this session, before your edits"


def test_tabs_that_do_not_fit_are_reached_by_arrows(looking, qtbot):
    many = tuple(
        type(f"_Tab{n}", (_First,), {"name": f"tab{n}", "label": f"A long label {n}"})
        for n in range(12)
    )
    page = InsidePresenter(looking, many).page
    qtbot.addWidget(page)
    page.resize(700, 500)
    with qtbot.waitExposed(page):
        page.show()
    left, right = (page.findChild(object, f"inside.tabs.{side}") for side in ("left", "right"))
    qtbot.waitUntil(right.isVisible)
    assert not left.isEnabled()
    last = page.tab_row.button("tab11")
    assert last.visibleRegion().isEmpty()
    for _ in range(12):
        if right.isEnabled():
            qtbot.mouseClick(right, Qt.MouseButton.LeftButton)
    assert not last.visibleRegion().isEmpty()
    page.resize(2400, 500)
    qtbot.waitUntil(lambda: not right.isVisible())


def test_the_data_are_those_of_the_run_or_none(run, looking):
    run.trained(3)
    assert looking.why_no_data() != ""
    assert looking.data is None
    assert summary_of(looking.project.data).title


def test_a_refit_that_was_undone_is_not_called_other_data(run, looking):
    run.trained(3)
    kept_apart = run.record.project
    split = kept_apart.data.split.model_copy(update={"validation_trains": True})
    refit = kept_apart.model_copy(
        update={"data": kept_apart.data.model_copy(update={"split": split})}
    )
    looking.document.project = kept_apart
    assert looking.why_no_data() == OTHER_DATA
    run.record = run.record.model_copy(update={"project": refit})
    assert looking.why_no_data() == REFITTED
    looking.document.project, run.record = (
        refit,
        run.record.model_copy(update={"project": kept_apart}),
    )
    assert looking.why_no_data() == TO_REFIT
    looking.document.project = build_template("mlp", builtin_data("iris"))
    assert looking.why_no_data() == OTHER_DATA


def test_a_training_is_told_of_now_and_then_and_its_end_at_once(run, looking, qtbot):
    told = []
    looking.changed.connect(lambda: told.append(1))
    looking.come_to_front(True)
    run.trained(3)
    run.state = RunState(phase="running", training=True)
    told.clear()
    for _ in range(50):
        run.history_changed.emit()
        run.health_changed.emit()
    assert told == [1]
    qtbot.waitUntil(lambda: told == [1, 1])  # what was not told meanwhile
    run.history_changed.emit()
    run.run_ended.emit()
    assert told == [1, 1, 1]
    assert not looking.pacing.waiting


class _Tall(QWidget):
    """Would like 900 px and needs 100."""

    def sizeHint(self):
        return QSize(300, 900)

    def minimumSizeHint(self):
        return QSize(100, 100)


def test_panels_scroll_only_when_they_need_more_than_there_is(qtbot):
    page = TabPage("try", "A sentence.")
    page.body.addWidget(_Tall())
    page.body.addWidget(Label("Many words that wrap. " * 20, wrap=True))
    qtbot.addWidget(page)
    page.resize(500, 500)
    with qtbot.waitExposed(page):
        page.show()
    bar = page.findChild(QAbstractScrollArea, "inside.try.scroll").verticalScrollBar()
    assert bar.maximum() == 0
    page.resize(500, 200)
    qtbot.waitUntil(lambda: bar.maximum() > 0)

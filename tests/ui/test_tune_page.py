"""The page Tune with trials made by hand: leaderboard, head, vault card, setup, folds."""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetricsF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QScrollArea, QWidget

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.project_edits import set_split
from app.core.search_results import FoldResult, Trial
from app.core.search_settings import Dimension
from app.core.templates import start_from
from app.search import events
from app.search.events import FoldRunning
from app.ui.search_state import FoundStudy
from app.ui.theme import apply_theme, current_theme
from app.ui.tokens import DARK, LIGHT
from app.ui.tune.heads import broken
from app.ui.tune.leaderboard import Leaderboard
from app.ui.tune.leaderboard_model import ROW
from app.ui.tune.setup_presenter import SetupPresenter
from app.ui.tune.space_list import SpaceList, SpacePresenter
from app.ui.tune.study_panels import StudyPanels
from app.ui.tune.tune_page import TunePage
from app.ui.tune.tune_presenter import TunePresenter
from app.ui.tune.value_words import value_text
from app.ui.tune.winner_presenter import WinnerPresenter
from app.ui.vault_control import VaultState
from tests.end_to_end.window_user import wait
from tests.ui.scripted_program import ended
from tests.ui.test_search_control import UNITS, Searched, trial

RATE = "training.optimizer.learning_rate"
TITLES = {UNITS: "Units", RATE: "Learning rate"}


def values(number: int, state: str = "finished", score: float = 0.5) -> Trial:
    folds = tuple(FoldResult(k, "finished", score + k / 100) for k in range(2))
    settings = FrozenMap({UNITS: 4 + number % 60, RATE: 10 ** -(1 + number % 4)})
    done = folds if state == "finished" else ()
    return Trial(number, state, settings, done, sentence="It broke." if state == "failed" else "")


@pytest.fixture
def board(qapp, qtbot) -> Leaderboard:
    apply_theme(qapp, LIGHT)
    shown = Leaderboard()
    qtbot.addWidget(shown)
    shown.resize(720, 480)
    return shown


def show(board: Leaderboard, trials: list[Trial], running: dict[int, object] | None = None) -> None:
    board.model.show_study(
        "Accuracy", True, 2, TITLES, lambda _path, value: value_text(value), trials, running or {}
    )


def column(board: Leaderboard, number: int) -> list[str]:
    return [board.model.index(row, number).data() for row in range(board.model.rowCount())]


FIVE = [
    values(0, score=0.70),
    values(1, score=0.90),
    values(2, "failed"),
    values(3, "running"),
    values(4, score=0.80),
]


def test_the_leaderboard_shows_rank_score_and_settings(board: Leaderboard) -> None:
    show(board, FIVE, {3: (FoldRunning(1, 5, 10),)})
    assert column(board, 0) == ["1", "2", "3", "", ""]
    assert column(board, 1) == ["1", "4", "0", "3", "2"]
    assert column(board, 2)[0] == "0.905 ± 0.005"
    assert column(board, 2)[4] == "failed"
    assert column(board, 3)[3] == "fold 2 of 2"
    assert column(board, 4) == ["5", "8", "4", "7", "6"]
    assert column(board, 5)[0] == "0.01"
    assert board.model.title(2) == "Accuracy, mean ± sd"


def test_the_chosen_trial_stays_chosen_while_others_come_and_pass_it(board: Leaderboard) -> None:
    show(board, FIVE)
    chosen: list[object] = []
    board.trial_chosen.connect(chosen.append)
    board.choose(4)
    assert board.chosen == 4
    board.model.show_trials([values(5, score=0.95), values(3, score=0.99)], {})
    assert board.model.row_of(4) == 3
    assert board.chosen == 4
    assert chosen == []
    assert board.table.model().rowCount() == 6
    assert board.table.verticalHeader().count() == 6


def test_a_click_chooses_a_trial_and_a_click_on_a_column_sorts_by_it(
    qtbot, board: Leaderboard
) -> None:
    show(board, FIVE)
    board.show()
    chosen: list[object] = []
    board.trial_chosen.connect(chosen.append)
    table = board.table
    place = table.visualRect(board.model.index(1, 2)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen == [4]
    header = table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(4) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert column(board, 1) == ["0", "1", "2", "3", "4"]
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert column(board, 1) == ["4", "3", "2", "1", "0"]
    assert board.chosen == 4
    assert board.model.headerData(4, Qt.Orientation.Horizontal).endswith("↓")


def test_the_filter_leaves_rows_and_says_when_there_are_none(qtbot, board: Leaderboard) -> None:
    show(board, FIVE)
    board.show()
    board.filter.setText("units>=7 score>0.7")
    assert column(board, 1) == ["4"]
    board.filter.setText("no such thing")
    assert board.model.rowCount() == 0
    assert board._nothing.isVisible()
    board.filter.setText("")
    assert board.model.rowCount() == 5
    assert not board._nothing.isVisible()


def test_the_leaderboard_is_sorted_filtered_and_chosen_from_by_keys_alone(
    qtbot, board: Leaderboard
) -> None:
    show(board, FIVE)
    board.show()
    board.activateWindow()
    qtbot.waitUntil(board.isActiveWindow)
    key = Qt.Key

    def press(which: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier):
        target = QApplication.activePopupWidget() or board.focusWidget() or board
        QTest.keyClick(target, which, modifier)

    def entries() -> list[str]:
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert menu.accessibleName() == "Sort by a column"
        return [entry.text() for entry in menu.actions() if entry.text()]

    for _ in range(3):
        if board.focusWidget() is not board.filter:
            press(key.Key_Tab)
    assert board.focusWidget() is board.filter
    QTest.keyClicks(board.filter, "units>4")
    assert column(board, 1) == ["1", "4", "3", "2"]
    press(key.Key_Tab)
    assert board.focusWidget() is board.table
    chosen: list[object] = []
    opened: list[int] = []
    board.trial_chosen.connect(chosen.append)
    board.trial_opened.connect(opened.append)
    for arrow in (key.Key_Down, key.Key_Up, key.Key_Down):  # from the first, which is current
        press(arrow)
    assert chosen == [4, 1, 4]

    press(key.Key_Menu)
    titles = [f"Sort by {title}" for title in ("trial", "accuracy", "Units", "Learning rate")]
    assert entries() == [*titles, "The other way round"]
    assert QApplication.activePopupWidget().activeAction().text() == titles[1]
    press(key.Key_Down)
    press(key.Key_Return)
    assert column(board, 4) == ["5", "6", "7", "8"]
    assert board.chosen == 4  # and it has the keyboard again
    press(key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    entries()
    press(key.Key_Up)
    press(key.Key_Up)
    press(key.Key_Up)  # past the first to the last
    press(key.Key_Return)
    assert column(board, 4) == ["8", "7", "6", "5"]
    press(key.Key_Menu)
    entries()
    press(key.Key_Escape)
    assert column(board, 4) == ["8", "7", "6", "5"]
    press(key.Key_Return)
    assert opened == [4]
    assert (board.table.accessibleName(), "Menu key" in board.table.accessibleDescription()) == (
        "Trials",
        True,
    )


def seconds(ask: Callable[[], object]) -> float:
    began = time.process_time()  # of this process: others may be busy
    ask()
    return time.process_time() - began


def test_ten_thousand_trials_are_sorted_filtered_painted_and_joined_without_delay(
    qtbot, board: Leaderboard
) -> None:
    chance = random.Random(0)
    show(board, [values(n, score=chance.random()) for n in range(10_000)])
    board.show()
    model = board.model
    keys = iter([UNITS, RATE, "number", UNITS, RATE, "rank"])
    limits = {
        "sort": (lambda: model.sort_by(next(keys), False), 0.15),
        "filter": (lambda: model.filter_by(chance.choice(["units>30", "units<9 score>0.5"])), 0.15),
        "paint": (board.grab, 0.15),
        "join": (lambda: model.show_trials([values(1, score=chance.random())], {}), 0.15),
    }
    for name, (ask, limit) in limits.items():
        took = [seconds(ask) for _ in range(3)]
        assert min(took) < limit, (name, took)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_state_is_painted_in_both_themes(qapp, board: Leaderboard, tokens) -> None:
    apply_theme(qapp, tokens)
    states = ["finished", "running", "waiting", "pruned", "failed", "cancelled"]
    show(board, [values(n, state) for n, state in enumerate(states)])
    board.show()
    picture = board.table.viewport().grab().toImage()
    colours = {picture.pixelColor(x, y).name() for x in range(400) for y in range(0, 150, 2)}
    assert len(colours) > 20
    assert isinstance(board.model.index(0, 0).data(ROW).mean, float)


# ---------------------------------------------------------------- the page with its presenter


class Answers:
    """Stands for `Dialogs`."""

    def __init__(self) -> None:
        self.yes = True
        self.asked: list[str] = []
        self.told: list[str] = []

    def confirm(self, title: str, *_: str) -> bool:
        self.asked.append(title)
        return self.yes

    def tell(self, title: str, _failure: object) -> None:
        self.told.append(title)


class Tuned(Searched):
    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.answers = Answers()
        self.vault_state = VaultState(samples=60, opened=0)
        space, panels = SpaceList(), StudyPanels()
        self.page = TunePage(space, panels)
        self.winner = WinnerPresenter(
            self.page.vault,
            self.document,
            self.control,
            self.run,
            self.answers,
            lambda: self.vault_state,
            self.root,
        )
        self.presenter = TunePresenter(
            self.page,
            panels,
            SpacePresenter(space, self.document, self.root),
            SetupPresenter(self.page.setup, self.document, self.root),
            self.winner,
            self.document,
            self.control,
            self.run,
            self.jobs,
            self.answers,
            self.root,
        )
        self.commands: list[str] = []
        self.pages: list[str] = []
        self.presenter.command.connect(self.commands.append)
        self.presenter.page_requested.connect(self.pages.append)
        self.winner.show_commands({})

    def button(self, name: str):
        return self.page.header.buttons[name]


SIX = {f"network.dense_{n}.units": f"Units, dense_{n}" for n in range(1, 5)} | {
    RATE: "Learning rate",
    "training.optimizer": "Optimizer",
}


def six_options(number: int) -> Trial:
    drawn = dict.fromkeys(SIX, 16 + number) | {RATE: 1e-3, "training.optimizer": "RMSprop"}
    folds = tuple(FoldResult(k, "finished", 0.9 + k / 100) for k in range(2))
    return Trial(number, "finished", FrozenMap(drawn), folds)


def test_six_options_fit_beside_the_score_and_long_heads_take_two_lines(
    qtbot, board: Leaderboard
) -> None:
    show(board, FIVE)
    board.show()
    header, bar = board.table.horizontalHeader(), board.table.horizontalScrollBar()
    one_line = header.height()
    trials = [six_options(number) for number in range(8)]
    board.model.show_study("Accuracy", True, 2, SIX, lambda _path, value: str(value), trials)
    qtbot.waitUntil(lambda: header.height() > one_line)
    assert bar.maximum() == 0
    assert board.model.headerData(4, Qt.Orientation.Horizontal) == "Units, dense_1"
    board.resize(1400, 480)
    qtbot.waitUntil(lambda: header.height() == one_line)


def test_a_title_is_broken_where_its_longer_line_is_shortest(qapp, board: Leaderboard) -> None:
    metrics = QFontMetricsF(board.font())
    assert broken("Units, dense_1", metrics) == ["Units,", "dense_1"]
    assert broken("Rate", metrics) == ["Rate"]
    assert broken("Copies, a_long_name", metrics) == ["Copies,", "a_long_name"]
    assert " ".join(broken("Accuracy, mean ± sd ↓", metrics)) == "Accuracy, mean ± sd ↓"


@pytest.fixture
def tuned(qapp, qtbot, home: Path) -> Iterator[Tuned]:
    apply_theme(qapp, LIGHT)
    made = Tuned(home)
    qtbot.addWidget(made.page)
    made.page.resize(1216, 700)
    made.page.show()
    yield from ended(made)


def test_nothing_is_searched_and_one_click_suggests_what(tuned: Tuned) -> None:
    tuned.files.show(start_from("moons"))
    wait(lambda: tuned.feed.prepared is not None)
    setup = tuned.page.setup
    assert tuned.page.view == "setup"
    assert setup.empty.isVisible()
    assert "dropout" in setup.empty.hint.text()
    assert not setup.space_list.isVisible()
    assert list(tuned.page.header.buttons) == ["cross_validate"]
    QTest.mouseClick(setup.empty.button, Qt.MouseButton.LeftButton)
    assert len(tuned.document.project.search.space) >= 3
    assert setup.space_list.isVisible()
    assert "combinations" in setup.plan.text().splitlines()[0]
    assert tuned.page.header.facts.text() == ""  # it stands there once
    assert tuned.button("search").isEnabled()
    tuned.document.undo_stack.undo()
    assert tuned.document.project.search.space == ()
    assert setup.empty.isVisible()


@pytest.fixture
def large(qapp) -> Iterator[None]:
    """Text half as large again."""
    apply_theme(qapp, LIGHT)
    current_theme().set_scale(1.5)
    yield
    current_theme().set_scale(1.0)


@pytest.mark.usefixtures("large")
def test_in_large_text_the_results_scroll_instead_of_vanishing(tuned: Tuned) -> None:
    page = tuned.page
    page.resize(1184, 649)  # of a window of 1280x800
    tuned.open()
    tuned.begun()
    tuned.post(*(events.TrialChanged(trial(n, 0.7, 0.8)) for n in range(9)))
    wait(lambda: page.leaderboard.model.rowCount() == 9)
    tuned.post(events.SearchEnded("finished", "9 trials."))
    wait(lambda: not tuned.control.state.active)
    table, scroll = page.leaderboard.table, page.findChild(QScrollArea, "tune.scroll")
    row = table.verticalHeader().defaultSectionSize()
    wait(lambda: table.viewport().height() >= 5 * row)
    assert scroll.verticalScrollBar().maximum() > 0
    assert scroll.widget().width() == scroll.viewport().width()  # nothing is cut off at the side
    inner = page.leaderboard.rect()
    assert inner.contains(table.geometry().translated(0, table.parentWidget().y()))
    button = page.vault.buttons["refit"]
    scroll.ensureWidgetVisible(button)
    wait(lambda: button.visibleRegion().boundingRect() == button.rect())
    assert page.vault.text.height() >= page.vault.text.heightForWidth(page.vault.text.width())
    page.resize(1500, 1100)
    wait(lambda: scroll.verticalScrollBar().maximum() == 0)


@pytest.mark.usefixtures("large")
def test_in_large_text_a_long_reason_is_read_to_its_end(tuned: Tuned) -> None:
    page = tuned.page
    page.resize(1184, 649)
    tuned.open()
    usual = page.header.height()
    where = f"/home/somebody/{'studies of the second week of november/' * 6}a.layerlab-study"
    tuned.search.error = ExplainedError(
        f"The study, {where}, was made by a newer LayerLab (version 2 of the file, known are those "
        "up to 1).",
        "Files of this or an older version can be opened.",
        "Open it with the newer LayerLab, or move it away to begin a new one.",
    )
    tuned.control.start()
    wait(lambda: tuned.control.state.failure is not None)
    note = page.header.note
    wait(lambda: note.height() >= note.heightForWidth(note.width()) > 0)
    assert page.header.rect().contains(note.geometry())
    assert page.header.height() > usual
    tuned.search.error = None
    tuned.begun()
    wait(lambda: page.header.height() == usual)
    tuned.post(events.SearchEnded("finished", "."))
    wait(lambda: not tuned.control.state.active)


def test_a_setting_of_the_search_is_one_step_and_the_plan_follows(tuned: Tuned) -> None:
    tuned.open()
    tuned.page.setup.option_edited.emit("sampler", "grid")
    tuned.page.setup.option_edited.emit("folds", 3)
    search = tuned.document.project.search
    assert (search.sampler, search.folds) == ("grid", 3)
    assert (
        tuned.page.setup.plan.text() == "A grid of 3 combinations\n3 trials of 3 folds: 9 trainings"
    )
    assert tuned.page.header.how.text() == "Grid, 3 folds"


def test_what_is_wrong_with_the_search_is_shown_with_its_remedy_and_it_cannot_begin(
    tuned: Tuned,
) -> None:
    project = tuned.open()
    space = project.search.space[0].model_copy(update={"values": (4, -8)})
    search = project.search.model_copy(update={"space": (space,)})
    tuned.document.edit("wrong", project.model_copy(update={"search": search}))
    assert not tuned.button("search").isEnabled()
    assert tuned.page.setup._problems
    tuned.presenter.search()
    assert not tuned.search.requests
    problem = tuned.page.setup._problems[0]
    assert problem.fixes
    tuned.page.setup.fix_chosen.emit(problem, 0)
    assert tuned.document.project.search.space != (space,)


def test_a_wrong_space_does_not_hold_up_a_cross_validation_but_wrong_folds_do(
    tuned: Tuned,
) -> None:
    project = tuned.open(trials=4)
    wrong = Dimension(path=UNITS, low=9, high=3)
    settings = project.search.model_copy(update={"space": (wrong,)})
    tuned.document.edit("wrong", project.model_copy(update={"search": settings}))
    assert not tuned.button("search").isEnabled()
    assert tuned.button("cross_validate").isEnabled()
    assert tuned.page.header.note.text() == "First mend this: upside down."
    settings = settings.model_copy(update={"score": "no_such_metric"})
    tuned.document.edit("worse", project.model_copy(update={"search": settings}))
    assert not tuned.button("cross_validate").isEnabled()
    assert "not measured" in tuned.button("cross_validate").toolTip()


def test_a_search_fills_the_page_and_its_buttons_steer_it(tuned: Tuned) -> None:
    tuned.open()
    QTest.mouseClick(tuned.button("search"), Qt.MouseButton.LeftButton)
    assert tuned.page.view == "results"
    wait(lambda: tuned.search.requests)
    facts = tuned.page.header.facts
    begun = trial(0, state="running")
    tuned.post(
        events.SearchStarted(4, 2, "accuracy", True, 2),
        events.TrialChanged(begun, (FoldRunning(0, 0, 10),)),
    )
    wait(lambda: tuned.control.state.training == 1)
    assert facts.text() == "starting 2 workers…"
    tuned.post(events.TrialChanged(begun, (FoldRunning(0, 1, 10),)))
    wait(lambda: facts.text() == "2 workers")
    tuned.post(
        events.TrialChanged(trial(0, 0.7, 0.8)),
        events.TrialChanged(trial(1, state="running", units=8), (FoldRunning(0, 0, 10),)),
    )
    board = tuned.page.leaderboard
    wait(lambda: board.model.rowCount() == 2)
    wait(lambda: tuned.page.header.title.text() == "1 of 4 trials")
    assert board.header.subtitle.text() == "1 finished, 1 running"
    assert tuned.page.header.best.text() == "best accuracy 0.750 at trial 0"
    QTest.mouseClick(tuned.button("pause"), Qt.MouseButton.LeftButton)
    wait(lambda: "resume" in tuned.page.header.buttons)
    QTest.mouseClick(tuned.button("resume"), Qt.MouseButton.LeftButton)
    wait(lambda: "pause" in tuned.page.header.buttons)
    QTest.mouseClick(tuned.button("cancel"), Qt.MouseButton.LeftButton)
    wait(lambda: not tuned.control.state.active)
    assert list(tuned.page.header.buttons) == ["go_on", "search"]
    assert tuned.button("search").text() == "Begin anew"


def test_a_finished_search_goes_on_with_more_trials(tuned: Tuned) -> None:
    project = tuned.open(trials=2)
    tuned.begun(planned=2)
    tuned.post(
        events.TrialChanged(trial(0, 0.7, 0.8)),
        events.TrialChanged(trial(1, 0.7, 0.9)),
        events.SearchEnded("finished", "2 trials."),
    )
    wait(lambda: not tuned.control.state.active)
    assert "go_on" not in tuned.page.header.buttons
    tuned.page.setup.option_edited.emit("trials", 3)
    assert tuned.button("go_on").text() == "Go on, 1 more trial"
    # Of three values there are three trials, however many are asked for.
    tuned.page.setup.option_edited.emit("trials", 9)
    assert tuned.button("go_on").text() == "Go on, 1 more trial"
    QTest.mouseClick(tuned.button("go_on"), Qt.MouseButton.LeftButton)
    wait(lambda: len(tuned.search.requests) == 2)
    request = tuned.search.requests[1]
    assert request.resume
    assert request.project.search.trials == 9
    assert request.study == tuned.search.requests[0].study
    assert tuned.answers.asked == []
    assert project.search.trials == 2


def test_a_search_behind_a_cross_validation_is_not_replaced_without_a_question(
    tuned: Tuned,
) -> None:
    tuned.open(trials=2)
    tuned.begun(planned=2)
    tuned.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("finished", "1 trial."))
    wait(lambda: not tuned.control.state.active)
    study = tuned.search.requests[0].study
    study.parent.mkdir(parents=True, exist_ok=True)
    study.touch()
    project = tuned.document.project
    tuned.found = FoundStudy(study, project, 2, 2, "accuracy", True, (trial(0, 0.7, 0.8),))
    tuned.control.cross_validate()
    tuned.post(
        events.SearchStarted(1, 2, "accuracy", True, 2),
        events.TrialChanged(trial(0, 0.5, 0.6)),
        events.SearchEnded("finished", "."),
    )
    wait(lambda: len(tuned.search.requests) == 2 and not tuned.control.state.active)
    assert "study" in tuned.page.header.buttons
    tuned.answers.yes = False
    QTest.mouseClick(tuned.button("search"), Qt.MouseButton.LeftButton)
    wait(lambda: tuned.answers.asked == ["Begin a new search?"])
    assert len(tuned.search.requests) == 2


def test_it_is_said_once_that_the_scores_flatter_a_little(tuned: Tuned) -> None:
    tuned.open()
    tuned.begun()
    tuned.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("finished", "."))
    wait(lambda: not tuned.control.state.active)
    note = tuned.page.leaderboard.note
    stops = tuned.document.project.training.early_stopping
    assert note.isVisible() == (stops.enabled and stops.restore_best_weights)
    assert bool(note.text()) == note.isVisible()
    assert not note.toolTip()
    tuned.begun()
    tuned.post(
        events.TrialChanged(trial(0, 0.7, 0.8)),
        events.TrialChanged(trial(1, 0.72, 0.76)),  # 0.74; the best is 0.75 ± 0.05
        events.SearchEnded("finished", "."),
    )
    wait(lambda: "1 more trial lies within one standard error (0.050)" in note.text())
    assert "√(K − 1)" in note.toolTip()
    assert "K, not K − 1" in tuned.page.folds.note.text()
    assert "K, not K − 1" in tuned.page.leaderboard.model.headerData(
        2, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    )


def is_ink(picture, x: float, y: int, wanted: str) -> bool:
    got, ink = picture.pixelColor(round(x), y), QColor(wanted)
    return max(abs(a - b) for a, b in zip(got.getRgb(), ink.getRgb(), strict=True)) < 40


def test_a_band_that_reaches_into_the_axis_is_drawn_though_its_mean_lies_outside(
    board: Leaderboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scored(number: int, *scores: float) -> Trial:
        folds = tuple(FoldResult(k, "finished", score) for k, score in enumerate(scores))
        return Trial(number, "finished", FrozenMap({UNITS: 4}), folds)

    monkeypatch.setattr("app.ui.tune.trial_rows.FEW", 1)
    means = [scored(0, 0.97, 0.99), scored(1, 0.96, 0.98)]
    show(board, [*means, scored(2, 0.90, 0.98), scored(3, 0.5, 0.5)])
    board.show()
    low, high = board.model.rows.spread()
    assert 0.94 < low < 0.98 < high
    table = board.table
    picture = table.viewport().grab().toImage()
    box = table.visualRect(board.model.index(2, 3)).adjusted(8, 0, -8, -1)
    place = lambda value: box.left() + box.width() * (value - low) / (high - low)  # noqa: E731
    y = box.top() + box.height() // 2
    assert is_ink(picture, place(0.98) - 4, y, LIGHT.accent)  # 0.94 ± 0.04
    assert not is_ink(picture, place(0.98) + 8, y, LIGHT.accent)
    none = table.visualRect(board.model.index(3, 3)).center().y()
    assert not is_ink(picture, box.center().x(), none, LIGHT.accent)


def test_the_range_of_the_bands_is_drawn_as_a_scale(qtbot, board: Leaderboard) -> None:
    show(board, FIVE)
    board.show()
    heads = board.table.horizontalHeader()
    qtbot.waitUntil(lambda: heads.sectionSize(3) > 80)
    picture = heads.viewport().grab().toImage()
    left = heads.sectionViewportPosition(3)
    ends = (left + 8, left + heads.sectionSize(3) - 9)
    tick, bottom = picture.height() - 5, picture.height() - 3
    for x in ends:
        assert any(is_ink(picture, x + d, tick, LIGHT.control_border) for d in (-1, 0, 1))
    assert all(is_ink(picture, x, bottom, LIGHT.control_border) for x in range(ends[0], ends[1], 7))
    assert heads._ends(3) == board.model.title(3).split(" to ")
    board.table.setColumnWidth(3, 40)
    assert heads._ends(3) == []  # the words are cut as others are


def test_beginning_anew_asks_before_it_takes_the_place_of_trials(tuned: Tuned) -> None:
    tuned.open()
    tuned.begun()
    tuned.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("cancelled", "."))
    wait(lambda: not tuned.control.state.active)
    tuned.answers.yes = False
    QTest.mouseClick(tuned.button("search"), Qt.MouseButton.LeftButton)
    wait(lambda: tuned.answers.asked == ["Begin a new search?"])
    assert len(tuned.search.requests) == 1
    tuned.answers.yes = True
    QTest.mouseClick(tuned.button("search"), Qt.MouseButton.LeftButton)
    wait(lambda: len(tuned.search.requests) == 2)
    assert not tuned.search.requests[1].resume


def test_the_best_or_the_chosen_trial_goes_to_the_bench_and_can_be_undone(tuned: Tuned) -> None:
    before = tuned.open()
    tuned.begun()
    tuned.post(
        events.TrialChanged(trial(0, 0.7, 0.8, units=8)),
        events.TrialChanged(trial(1, 0.9, 0.9, units=64)),
        events.SearchEnded("finished", "2 trials.", 1),
    )
    wait(lambda: not tuned.control.state.active)
    use = tuned.page.vault.buttons["use_best"]
    assert use.isEnabled()
    assert use.text() == "Use best on the bench"
    QTest.mouseClick(use, Qt.MouseButton.LeftButton)
    assert tuned.document.project.network.layer("dense_1").options["units"] == 64
    assert tuned.pages == ["bench"]
    tuned.document.undo_stack.undo()
    assert tuned.document.project == before
    tuned.page.leaderboard.table.selectRow(1)
    assert use.text() == "Use trial 0 on the bench"
    assert "settings of trial 0" in use.toolTip()
    assert "network of trial 0" in tuned.page.vault.buttons["refit"].toolTip()
    QTest.mouseClick(use, Qt.MouseButton.LeftButton)
    assert tuned.document.project.network.layer("dense_1").options["units"] == 8


def test_a_refit_is_explained_asked_for_and_trained(tuned: Tuned) -> None:
    before = tuned.open()
    card = tuned.page.vault.buttons
    for name in ("use_best", "refit"):
        assert not card[name].isEnabled()
        assert "Search first" in card[name].toolTip()
    tuned.begun()
    wait(lambda: "No trial is finished yet" in card["refit"].toolTip())
    tuned.post(events.TrialChanged(trial(1, 0.5, 0.5)))
    wait(lambda: "A search is running: refit when it has ended" in card["refit"].toolTip())
    assert card["use_best"].isEnabled()
    assert not card["refit"].isEnabled()
    folds = tuple(
        FoldResult(k, "finished", 0.9, epochs=e, best_epoch=e) for k, e in enumerate((10, 30))
    )
    tuned.post(
        events.TrialChanged(Trial(0, "finished", FrozenMap({UNITS: 8}), folds)),
        events.SearchEnded("finished", "1 trial.", 0),
    )
    wait(lambda: not tuned.control.state.active)
    refit = tuned.page.vault.buttons["refit"]
    tuned.answers.yes = False
    QTest.mouseClick(refit, Qt.MouseButton.LeftButton)
    assert tuned.answers.asked == ["Refit trial 0?"]
    assert tuned.document.project == before
    tuned.answers.yes = True
    QTest.mouseClick(refit, Qt.MouseButton.LeftButton)
    after = tuned.document.project
    assert after.data.split.validation_trains
    assert not after.training.early_stopping.enabled
    assert after.training.epochs == 20
    assert tuned.commands == ["train"]
    tuned.run.train()
    wait(lambda: tuned.run.record is not None)
    assert tuned.run.record.refit_of == 0


def test_the_vault_card_counts_and_asks_for_the_command(tuned: Tuned) -> None:
    tuned.open()
    vault = tuned.page.vault
    assert vault.title.text() == "Test vault: sealed, opened 0 times"
    assert vault.text.text().splitlines() == [
        "60 samples no trial has seen.",
        "Choose first, by a search or by hand; then open it once.",  # no trial is finished
    ]
    assert vault.buttons["open_vault"].isEnabled()
    vault.buttons["open_vault"].click()
    assert tuned.commands == ["open_vault"]
    tuned.vault_state = VaultState(samples=60, opened=2)
    tuned.winner.show()
    assert vault.title.text() == "Test vault: sealed"
    assert vault.text.text().splitlines() == [
        "60 samples no trial has seen.",
        "Opened 2 times, by other runs; more looks count less.",
    ]
    assert vault.lock.icon == "lock"
    seen = FrozenMap(loss=0.25, accuracy=0.95349)
    tuned.vault_state = VaultState(sealed=False, samples=60, opened=1, metrics=seen)
    tuned.winner.show()
    assert vault.lock.icon == "lock-open"
    assert vault.title.text() == "Test vault: loss 0.250"  # there was no search
    assert vault.text.text().endswith("Opened 1 time; more looks count less.")
    assert not vault.buttons["open_vault"].isVisible()
    asked: list[bool] = []
    tuned.winner.figures_requested.connect(lambda: asked.append(True))
    QTest.mouseClick(vault.buttons["figures"], Qt.MouseButton.LeftButton)
    assert asked == [True]
    tuned.vault_state = VaultState(samples=60)  # nobody has counted yet
    tuned.winner.show()
    assert vault.title.text() == "Test vault"
    tuned.winner.show_commands({"open_vault": "Nothing was trained yet."})
    assert "Nothing was trained yet." in tuned.page.vault.buttons["open_vault"].toolTip()
    assert not vault.buttons["open_vault"].isEnabled()


def test_the_vault_stays_shut_while_a_search_runs_and_tells_of_other_data(tuned: Tuned) -> None:
    tuned.open()
    tuned.begun()
    vault = tuned.page.vault
    button = vault.buttons["open_vault"]
    tuned.post(events.TrialChanged(trial(0, 0.7, 0.8, units=8)))
    assert not button.isEnabled()
    assert "A search is running" in button.toolTip()
    tuned.post(events.SearchEnded("finished", "1 trial.", 0))
    wait(lambda: not tuned.control.state.active)
    assert button.isEnabled()
    assert "test part" in button.toolTip()
    assert "Refit the chosen trial" in vault.text.text()
    assert "running" not in button.toolTip()
    project = tuned.document.project
    tuned.document.edit("Refit", set_split(project, validation_trains=True))
    assert "no trial has seen" in vault.text.text()
    tuned.document.edit("Draw anew", set_split(project, seed=project.data.split.seed + 1))
    assert "no trial has seen" not in vault.text.text()
    assert "may have seen some" in vault.text.text()


def test_why_a_trial_failed_stands_below_the_table(tuned: Tuned) -> None:
    tuned.open()
    tuned.begun()
    failed = Trial(0, "failed", FrozenMap({UNITS: 8}), sentence="Fold 1 diverged: nan.")
    pruned = Trial(1, "pruned", FrozenMap({UNITS: 16}), sentence="Others were better.")
    tuned.post(events.TrialChanged(failed), events.TrialChanged(pruned))
    remark = tuned.page.leaderboard.remark
    wait(lambda: remark.text() == "Trial 0 failed. Fold 1 diverged: nan.")
    tuned.page.leaderboard.table.selectRow(tuned.page.leaderboard.model.row_of(1))
    assert remark.text() == "Trial 1 ended early. Others were better."


def test_cross_validation_shows_its_folds_as_they_come(tuned: Tuned) -> None:
    tuned.open(folds=2)
    QTest.mouseClick(tuned.button("cross_validate"), Qt.MouseButton.LeftButton)
    wait(lambda: tuned.search.requests)
    folds = tuned.page.folds
    tuned.post(
        events.SearchStarted(1, 2, "accuracy", True, 2),
        events.TrialChanged(Trial(0, "running", FrozenMap(), ()), (FoldRunning(0, 3, 9),)),
    )
    wait(lambda: folds.model.rowCount() == 2)
    assert folds.isVisible()
    assert not tuned.page.leaderboard.isVisible()
    cell = lambda row, number: folds.model.index(row, number).data()  # noqa: E731
    wait(lambda: cell(0, 6) == "epoch 3 of 9")
    assert cell(1, 6) == "waiting"
    done = tuple(
        FoldResult(k, "finished", s, FrozenMap(loss=0.25), 9, best, 1.5, "All epochs are done.")
        for k, (s, best) in enumerate(((0.8, 0), (0.9, 7)))
    )
    tuned.post(
        events.TrialChanged(Trial(0, "finished", FrozenMap(), done)),
        events.SearchEnded("finished", "1 trial.", 0),
    )
    wait(lambda: not tuned.control.state.active)
    row = [cell(1, number) for number in range(7)]
    assert row == ["2", "0.9000", "0.2500", "9", "7, best", "1.5", "All epochs are done."]
    assert cell(0, 4) == "9, last"
    summary = "accuracy 0.850 ± 0.050 over 2 folds (mean ± sd)"
    assert folds.header.subtitle.text() == summary
    assert list(tuned.page.header.buttons) == ["cross_validate", "search"]


def test_what_is_typed_when_a_search_begins_goes_nowhere(tuned: Tuned, qtbot) -> None:
    """The results come in place of the set-up, whose field had the focus."""
    tuned.open()
    qtbot.addWidget(tuned.page)
    tuned.page.show()
    tuned.page.activateWindow()
    field = tuned.page.findChild(QWidget, "tune.trials")
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    tuned.begun()
    assert tuned.page.view == "results"
    QTest.keyClicks(QApplication.focusWidget(), "9")
    assert tuned.page.findChild(QLineEdit, "tune.filter").text() == ""
    assert QApplication.focusWidget() is tuned.page.header

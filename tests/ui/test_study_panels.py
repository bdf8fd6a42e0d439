"""The panels around the plots of a study: what is shown, asked for, chosen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from app.search.importance import Importance, Importances
from app.ui.plots.plot_menu import PlotMenu
from app.ui.plots.two_parameter_map import SCORE
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from app.ui.tune.study_panels import MANY, StudyPanels
from tests.studies import SPACE, curves, study, trial

RATE, DROP = "training.optimizer.learning_rate", "network.dropout.rate"


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


@pytest.fixture
def panels(qtbot):
    panels = StudyPanels()
    panels.resize(448, 580)
    qtbot.addWidget(panels)
    with qtbot.waitExposed(panels):
        panels.show()
    panels.asked, panels.wanted = [], []
    panels.importance_wanted.connect(lambda: panels.asked.append(len(panels.study)))
    panels.curves_wanted.connect(panels.wanted.append)
    return panels


def give(panels, trials, space=SPACE):
    panels.show_study(trials, space, "accuracy", True)


def result(count, *paths):
    rows = tuple(Importance(path, path, 0.1, 0.0, count) for path in paths)
    return Importances(rows, count, 0.5, 0.9, f"Over {count} trials.")


def test_at_first_there_are_sentences(panels):
    assert panels.upper_choice.current() == "lines"
    assert panels.lower_choice.current() == "importance"
    assert "Each finished trial" in panels.lines.sentence()
    assert panels.bars.sentence.text() == "What matters is told when trials are finished."
    assert panels.asked == panels.wanted == []


def test_all_plots_get_the_study(panels):
    give(panels, study(30))
    assert len(panels.lines.study) == len(panels.map.study) == 30
    assert panels.upper_panel.header.subtitle.text() == "all 30 trials"
    assert panels.upper_panel.isVisible()
    panels.clear()
    assert panels.lines.is_empty
    assert panels.map.is_empty


def test_what_matters_is_asked_for_once_until_it_comes(panels):
    give(panels, study(9))
    assert panels.asked == []
    assert "there are 9" in panels.bars.sentence.text()
    give(panels, study(20))
    give(panels, study(21))
    assert panels.asked == [20]
    assert panels.bars.sentence.text() == "What matters is being worked out."
    panels.show_importance(result(20, RATE))
    assert panels.bars.sentence.text() == "Over 20 trials."
    assert panels.asked == [20, 21]  # one has come meanwhile
    panels.show_importance(result(21, RATE))
    assert panels.asked == [20, 21]
    give(panels, study(21))
    assert panels.asked == [20, 21]


def test_while_a_search_runs_it_is_asked_for_less_often(panels):
    running = trial(900, None, state="running")
    give(panels, (*study(40), running))
    panels.show_importance(result(40, RATE))
    give(panels, (*study(43), running))
    assert panels.asked == [40]
    give(panels, (*study(44), running))
    assert panels.asked == [40, 44]
    panels.show_importance(result(44, RATE))
    give(panels, study(45))
    assert panels.asked == [40, 44, 45]


def test_it_can_fail(panels):
    give(panels, study(20))
    panels.show_no_importance("There is no memory left.")
    assert panels.bars.sentence.text() == "There is no memory left."
    give(panels, study(20))
    assert panels.asked == [20]
    give(panels, study(22))
    assert panels.asked == [20, 22]


def test_it_is_not_asked_for_behind_the_curves(panels):
    panels.show_lower("curves")
    give(panels, study(20))
    assert panels.asked == []
    QTest.mouseClick(
        panels.findChild(object, "tune.lower.choice.importance"), Qt.MouseButton.LeftButton
    )
    assert panels.asked == [20]


def test_a_line_or_a_point_chooses_a_trial_for_all(panels, qtbot):
    give(panels, study(20))
    for plot, other in ((panels.lines, panels.map), (panels.map, panels.lines)):
        panels.show_upper("lines" if plot is panels.lines else "map")
        plot.setFocus()
        with qtbot.waitSignal(panels.trial_chosen) as told:
            QTest.keyClick(plot, Qt.Key.Key_Down)
            QTest.keyClick(plot, Qt.Key.Key_Return)
        assert other.selected == told.args[0]
    panels.show_selected(7)
    assert panels.lines.selected == panels.map.selected == 7


def test_curves_are_wanted_of_the_chosen_trial_else_the_best(panels):
    trials = study(20)
    give(panels, trials)
    assert panels.curves_of is None
    panels.show_selected(5)
    assert panels.wanted == []
    panels.show_selected(None)
    panels.show_lower("curves")
    best = max(trials, key=lambda one: one.mean).number
    assert panels.wanted == [best]
    panels.show_curves(trials[best], curves({0: 5, 1: 6}))
    assert panels.lower_panel.header.title.text() == f"Trial {best}"
    assert panels.curves.measure == "accuracy"
    panels.show_selected(5)
    assert panels.wanted == [best, 5]
    panels.show_curves(trials[5], curves({0: 5}))
    give(panels, study(21))
    assert panels.wanted == [best, 5]
    QTest.mouseClick(panels.findChild(object, "tune.curves.metric.loss"), Qt.MouseButton.LeftButton)
    assert panels.curves.measure == "loss"
    assert panels.curves_sentence.text() == panels.curves.sentence()
    panels.show_lower("importance")
    assert panels.lower_panel.header.title.text() == "Importance"
    assert not panels.measure.isVisible()


def test_cross_validation_alone_has_only_curves(panels):
    alone = trial(0, None, state="running")
    give(panels, (alone,), ())
    assert not panels.upper_panel.isVisible()
    assert not panels.lower_choice.isVisible()
    assert panels.lower_choice.current() == "curves"
    assert panels.wanted == [0]
    panels.show_curves(alone, curves({0: 4}))
    assert panels.lower_panel.header.title.text() == "Folds"
    assert panels.curves.folds == (0,)
    give(panels, study(12))
    assert panels.upper_panel.isVisible()
    assert panels.lower_choice.isVisible()
    assert panels.lower_choice.current() == "importance"


def test_another_study_forgets_choice_and_curves(panels):
    give(panels, study(20))
    panels.show_lower("curves")
    panels.show_selected(5)
    panels.show_curves(study(20)[5], curves({0: 5}))
    panels.clear()
    assert panels.curves.is_empty
    assert panels.lines.selected is None
    assert panels.lower_panel.header.title.text() == "Curves"
    give(panels, study(20))
    panels.show_selected(5)
    assert panels.wanted[-1] == 5
    assert len(panels.wanted) == 4  # the best, 5, the best, 5


def test_the_map_begins_with_what_matters_until_one_chooses(panels):
    give(panels, study(20))
    panels.show_upper("map")
    paths = [column.path for column in panels.study.columns]
    assert (panels.across.current(), panels.up.current()) == (paths[0], paths[1])
    panels.show_importance(result(20, RATE, DROP))
    assert (panels.across.current(), panels.up.current()) == (RATE, DROP)
    assert not panels.map.is_empty
    panels.up.setFocus()
    row = panels.up.findData(SCORE)
    panels.up.setCurrentIndex(row)
    panels.up.activated.emit(row)
    panels.show_importance(result(20, DROP, RATE))
    assert (panels.across.current(), panels.up.current()) == (RATE, SCORE)
    assert panels.map.axes[1].label == "Accuracy"


def test_of_one_searched_option_the_score_is_up(panels):
    give(panels, study(20), (SPACE[2],))
    assert (panels.across.current(), panels.up.current()) == (DROP, SCORE)
    assert not panels.map.is_empty


def test_another_space_begins_anew(panels):
    give(panels, study(20))
    panels.show_importance(result(20, RATE, DROP))
    give(panels, study(20), SPACE[2:])
    assert panels.asked == [20, 20]
    assert {panels.across.current(), panels.up.current()} <= {c.path for c in panels.study.columns}


def test_hidden_panels_take_nothing_up(panels, qtbot):
    panels.hide()
    give(panels, study(20))
    assert len(panels.study) == 0
    assert panels.asked == []
    panels.show()
    assert len(panels.study) == 20
    assert panels.asked == [20]


def test_it_is_said_that_a_filter_does_not_reach_the_plots(panels):
    without = trial(99, None, {}, state="pruned")
    give(panels, (*study(12), without))
    assert panels.upper_panel.header.subtitle.text() == "12 trials with a score"


def test_rings_of_the_curves_are_those_of_what_chooses_the_epoch(panels):
    panels.show_study(study(12), SPACE, "accuracy", True, monitor="val_loss")
    panels.show_lower("curves")
    panels.show_curves(study(12)[3], curves({0: 9, 1: 9, 2: 9}))
    assert "Rings: best epochs by val_loss." in panels.curves_sentence.text()
    assert panels.curves.title == "Accuracy"


def test_many_trials_are_taken_up_twice_a_second(panels, qtbot):
    trials = study(MANY + 3)
    give(panels, trials[: MANY + 1])
    give(panels, trials[: MANY + 2])
    give(panels, trials)
    assert len(panels.study) == MANY + 1
    qtbot.waitUntil(lambda: len(panels.study) == MANY + 3, timeout=3000)


def test_the_button_with_dots_is_that_of_the_plot_in_front(panels):
    give(panels, study(20))
    for which, plot in (("lines", panels.lines), ("map", panels.map)):
        panels.show_upper(which)
        assert panels.upper_panel.plot is plot
        menu = PlotMenu(plot, "x")
        menu.add_saving()
        assert plot.table().rows
    panels.show_lower("curves")
    assert panels.lower_panel.plot is panels.curves
    names = [panels.lines, panels.map, panels.bars, panels.curves, panels.across, panels.up]
    assert all(widget.accessibleName() for widget in names)


def test_the_axis_of_the_score_is_seen_until_one_scrolls(panels, qtbot):
    bar = panels.findChild(QScrollArea, "tune.lines.scroll").horizontalScrollBar()
    panels.resize(240, 580)
    give(panels, study(20))
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == bar.maximum()
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    panels.resize(230, 580)
    qtbot.waitUntil(lambda: bar.value() == 0 < bar.maximum())

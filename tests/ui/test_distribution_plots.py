"""The fan of percentiles, the histogram with the one before, the strip of units, and the answers
gathered epoch by epoch.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.diagnostics.value_distributions import OUTPUT, SHARES, ValueDistribution
from app.ui.inside.epoch_answers import MOST_EPOCHS, EpochAnswers, Topic, in_turn, thinned_epochs
from app.ui.inside.histograms_tab import bins_of, sentences
from app.ui.inside.looking import Looking
from app.ui.plots.fan_plot import NAMES, FanPlot
from app.ui.plots.histogram_plot import Bins, HistogramPlot
from app.ui.plots.unit_strip import UnitStrip, mean_cells
from app.ui.run_state import RunState
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.ui.test_inside_frame import _Document, _Feed, _Run


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


def shown(qtbot, widget, width=520, height=300):
    widget.resize(width, height)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def ink_at(widget, place):
    return widget.grab().toImage().pixelColor(QPointF(place).toPoint()).name()


def distribution(values, of="kernel", **changed):
    values = np.asarray(values, float)
    counts, edges = np.histogram(values, 40)
    given = {
        "layer_id": "dense_1",
        "of": of,
        "names": ("kernel", "bias", OUTPUT),
        "part": "",
        "samples": 0,
        "part_samples": 0,
        "whole": values.size,
        "count": values.size,
        "not_finite": 0,
        "mean": values.mean(),
        "deviation": values.std(),
        "percentiles": np.percentile(values, SHARES),
        "edges": edges,
        "counts": counts,
        "zeros": int((values == 0).sum()),
        "limits": None,
        "saturated": 0,
    }
    return ValueDistribution(**{**given, **changed})


# ---- fan
def test_the_fan_is_dark_in_the_middle_and_names_its_percentiles(qtbot):
    fan = shown(qtbot, FanPlot("fan"))
    shares = np.array([-4.0, -2, -1, 0, 1, 2, 4])
    fan.show_fan("kernel of a", {0: shares, 10: shares * 2, 4: shares}, 20, 10)
    table = fan.table()
    assert table.headers == ("epoch", *NAMES)
    assert [row[0] for row in table.rows] == [0, 4, 10]
    assert table.rows[2][1:] == tuple(shares * 2)
    middle, outer = ink_at(fan, fan.at(2, 0.5)), ink_at(fan, fan.at(2, 1.6))
    assert ink_at(fan, fan.at(2, 3)) == LIGHT.panel.lower()
    assert middle < outer < LIGHT.panel.lower()
    head, rows = fan.reading(9)
    assert head == "epoch 10"
    assert [row.text for row in rows][:2] == ["largest  8", "95%  4"]
    assert "at epoch 10: least −8" in fan.accessibleDescription()
    fan.setFocus()
    QTest.keyClick(fan, Qt.Key.Key_Home)
    with qtbot.waitSignal(fan.epoch_chosen) as told:
        QTest.keyClick(fan, Qt.Key.Key_Return)
    assert told.args == [0]
    with qtbot.waitSignal(fan.epoch_chosen) as told:
        QTest.mouseClick(fan, Qt.MouseButton.LeftButton, pos=fan.at(5, 0).toPoint())
    assert told.args == [4]


@pytest.mark.parametrize("found", [{}, {3: np.zeros(7)}])
def test_a_fan_of_nothing_and_of_one_epoch(qtbot, found):
    fan = shown(qtbot, FanPlot("fan"))
    fan.show_fan("bias of a", found, 3, 3)
    assert not fan.grab().isNull()
    assert len(fan.table().rows) == len(found)


# ---- histogram
def test_areas_of_the_histogram_are_shares(qtbot):
    plot = shown(qtbot, HistogramPlot("bins"))
    now = Bins("epoch 3", np.array([0.0, 1, 2, 3]), np.array([1, 2, 5]))
    before = Bins("initial", np.array([-1.0, 0.5, 2]), np.array([4, 4]))
    plot.show_bins("kernel of a", now, before, (-1, 3))
    assert (now.densities * np.diff(now.edges)).sum() == pytest.approx(1)
    assert (before.densities * np.diff(before.edges)).sum() == pytest.approx(1)
    _head, rows = plot.reading(2.5)
    assert [row.text for row in rows] == ["epoch 3: 5 (62.5%) from 2 to 3", "initial: none here"]
    assert plot.reading(-0.5)[1][1].text == "initial: 4 (50%) from −1 to 0.5"
    # The bar's top is where its density is, alone and before another.
    for other in (before, None):
        plot.show_bins("kernel of a", now, other, (-1, 3))
        assert ink_at(plot, plot.at(2.5, now.densities[2] * 0.9)) != LIGHT.panel.lower()
        assert ink_at(plot, plot.at(2.5, now.densities[2] * 1.06)) == LIGHT.panel.lower()
    plot.show_bins("kernel of a", now, before, (-1, 3))
    assert len(plot.table().rows) == 5
    assert plot.table().rows[0] == ("epoch 3", 0.0, 1.0, 1)
    assert [entry.text for entry in plot.legend] == ["epoch 3", "initial"]


def test_what_was_before_is_an_area_behind_the_line_and_the_axis_has_numbers(qtbot):
    plot = shown(qtbot, HistogramPlot("bins"))
    now = Bins("epoch 3", np.array([0.0, 1, 2]), np.array([6, 2]))
    before = Bins("initial", np.array([1.0, 3]), np.array([8]))
    plot.show_bins("kernel of a", now, before, (0, 3))
    line = ink_at(plot, plot.at(0.5, 0.75))
    assert QColor(line).blue() > QColor(line).green() + 40, "the line of now is in accent"
    grey = QColor(ink_at(plot, plot.at(2.5, 0.25)))
    assert max(grey.red(), grey.green(), grey.blue()) - grey.green() < 30
    assert grey.name() != LIGHT.panel.lower()
    assert max(value for value, _ in plot.y_ticks()) >= 0.6, "up to about the highest, 0.75"


@pytest.mark.parametrize(
    ("values", "count"),
    [
        (np.linspace(0, 1, 32), 8),  # sqrt 5.7, Freedman-Diaconis 3.2
        (np.linspace(0, 1, 144), 20),
        (np.linspace(0, 1, 4), 2),
        (np.linspace(0, 1, 100_000), 40),
        (np.r_[np.zeros(16), 1.0], 8),  # no spread between the quarters
    ],
)
def test_few_values_make_few_bins(values, count):
    bins = bins_of(distribution(values), "now", (0, 1))
    counts, edges = np.histogram(values, count)
    assert bins.counts.tolist() == counts.tolist()
    assert bins.edges == pytest.approx(edges)


def test_values_on_edges_belong_to_the_bin_above_but_the_last():
    bins = Bins("x", np.array([0.0, 1, 2]), np.array([1, 1]))
    assert [bins.bin_at(x) for x in (-0.1, 0, 1, 2, 2.1)] == [None, 0, 1, 1, None]


def test_a_lone_bar_is_cut_so_that_the_others_are_seen(qtbot):
    plot = shown(qtbot, HistogramPlot("bins"))
    values = np.concatenate([np.zeros(900), np.linspace(0.03, 1, 100)])
    found = distribution(values)
    now = bins_of(found, "epoch 1", (0, 1))
    plot.show_bins("outputs of a", now, None, (0, 1))
    ordered = sorted(now.densities)
    assert plot.y_range[1] < ordered[-1]
    assert plot.y_range[1] > ordered[-2]
    assert plot.table().rows[0][3] == now.counts[0] > 900 - 1
    even = Bins("even", np.array([0.0, 1, 2]), np.array([5, 5]))
    plot.show_bins("kernel of a", even, None, (0, 2))
    assert plot.y_range[1] > max(even.densities)


def test_equal_values_make_one_narrow_bar(qtbot):
    plot = shown(qtbot, HistogramPlot("bins"))
    zeros = bins_of(distribution(np.zeros(16)), "initial", (-1e-4, 1e-4))
    assert zeros.counts.tolist() == [16]
    assert -1e-5 < zeros.edges[0] < 0 < zeros.edges[1] < 1e-5
    plot.show_bins("bias of a", zeros, None, (0, 0))
    assert not plot.grab().isNull()


def test_what_is_said_of_the_values():
    told = sentences(distribution([0, 0, 1, 3], part="", whole=4))
    assert told == ["4 values: mean 1, deviation 1.22.", "2 of 4 (50%) are exactly 0."]
    told = sentences(
        distribution(
            [0.001, 0.5, 0.999, 0.9999],
            OUTPUT,
            part="validation",
            samples=2,
            part_samples=9,
            limits=(0.01, 0.99),
            saturated=3,
            whole=8,
            not_finite=1,
        )
    )
    assert told[0].startswith("4 values, over 2 of 9 validation samples, evenly taken from 8: mean")
    assert told[1] == "None are exactly 0."
    assert told[2].startswith("3 of 4 (75%) are saturated: below 0.01 or above 0.99.")
    assert told[3] == "1 more is not finite: the training has diverged."


# ---- strip
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 20), st.integers(1, 20))
def test_mean_cells_are_means(units, epochs, rows, columns):
    flags = np.random.default_rng(units * 50 + epochs).random((units, epochs)) < 0.3
    found = mean_cells(flags, rows, columns)
    assert found.shape == (min(units, rows), min(epochs, columns))
    if units <= rows and epochs <= columns:
        assert found.tolist() == flags.astype(float).tolist()
    if units % found.shape[0] == 0 and epochs % found.shape[1] == 0:
        shape = (found.shape[0], units // found.shape[0], found.shape[1], epochs // found.shape[1])
        assert found == pytest.approx(flags.reshape(shape).mean(axis=(1, 3)), abs=1e-5)


def test_the_strip_shows_each_unit_at_each_epoch(qtbot):
    strip = shown(qtbot, UnitStrip("strip"))
    dead = np.array([[0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]], bool)
    strip.show_units("dense_1", np.array([1, 2, 3, 4]), dead, 2)
    box = strip.box()

    def cell(unit, column):
        return QPointF(
            box.left() + (column + 0.25) / 4 * box.width(),
            box.top() + (unit + 0.5) / 3 * box.height(),
        )

    for (unit, column), is_dead in np.ndenumerate(dead):
        expected = LIGHT.error if is_dead else LIGHT.track
        assert ink_at(strip, cell(unit, column)) == expected.lower(), (unit, column)
    assert ink_at(strip, QPointF(box.left() + 1.5 / 4 * box.width(), box.top() + 3)) == (
        LIGHT.accent.lower()
    )
    assert strip.table().rows == ((1, 1, "3"), (2, 1, "3"), (3, 2, "1 3"), (4, 1, "1"))
    QTest.mouseMove(strip, cell(0, 2).toPoint())
    assert strip.reading() == "Epoch 3, unit 1: dead"
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Down)
    QTest.keyClick(strip, Qt.Key.Key_Right)
    assert strip.accessibleDescription() == "Epoch 4, unit 2: alive"
    with qtbot.waitSignal(strip.epoch_chosen) as told:
        QTest.keyClick(strip, Qt.Key.Key_Return)
    assert told.args == [4]
    with qtbot.waitSignal(strip.epoch_chosen) as told:
        QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=cell(1, 0).toPoint() + QPoint(1, 0))
    assert told.args == [1]
    strip.show_units("dense_2", np.zeros(0, int), np.zeros((0, 0), bool), None)
    assert not strip.grab().isNull()


# ---- gathering
def test_epochs_are_thinned_so_that_answers_stay_of_use():
    assert thinned_epochs(range(40)) == tuple(range(40))
    many, more = thinned_epochs(range(2001)), thinned_epochs(range(2011))
    assert len(many) <= MOST_EPOCHS
    assert (many[0], many[-1], more[-1]) == (0, 2000, 2010)
    assert set(many[:-1]) <= set(more)
    assert thinned_epochs(()) == ()


@given(st.integers(0, 70), st.booleans())
def test_the_turn_of_epochs_has_all_of_them_once_the_ends_first(count, growing):
    epochs = [3 * n for n in range(count)]
    turn = in_turn(epochs, growing=growing)
    assert sorted(turn) == epochs
    if count > 2 and not growing:
        assert set(turn[:2]) == {0, epochs[-1]}


def test_while_epochs_come_the_newest_does_not_push_forward():
    assert in_turn(range(10), growing=True) == (0, 8, 4, 2, 6, 1, 3, 5, 7, 9)
    assert in_turn(range(10)) == (0, 9, 8, 4, 2, 6, 1, 3, 5, 7)
    assert thinned_epochs(range(131), growing=True)[-1] == 128
    assert thinned_epochs(range(131))[-1] == 130


@pytest.fixture
def gathering(qapp):
    run = _Run()
    looking = Looking(_Document(run), _Feed(run), run, None, None, None, run)
    told = []
    state = SimpleNamespace(run=run, told=told, wanted=True)
    answers = EpochAnswers(looking, lambda: state.wanted, lambda: told.append(dict(answers.found)))
    state.answers = answers
    return state


def test_one_epoch_after_another_is_asked_about_once(gathering):
    run, answers = gathering.run, gathering.answers
    topic = Topic("distribution", "a")
    answers.gather(topic, (0, 1, 2))
    assert len(run.asked) == 1
    answers.gather(topic, (0, 1, 2, 3))
    assert len(run.asked) == 1, "one question at a time"
    asked = [run.answer(f"answer {n}").epoch for n in range(4)]
    assert sorted(asked) == [0, 1, 2, 3]
    assert not run.asked
    assert answers.missing == 0
    assert len(gathering.told) == 4
    answers.gather(topic, (0, 1, 2, 3))
    assert not run.asked, "all are known"
    answers.gather(Topic("distribution", "b"), (0,))
    assert run.answer("of b").layer == "b"
    answers.gather(topic, (0, 1, 2, 3))
    assert not run.asked
    assert len(answers.found) == 4


def test_while_it_is_not_seen_nothing_is_asked_and_a_new_run_begins_anew(gathering):
    run, answers = gathering.run, gathering.answers
    answers.gather(Topic("distribution", "a"), (0, 1, 2))
    gathering.wanted = False
    run.answer("first")
    assert not run.asked
    gathering.wanted = True
    answers.gather(Topic("distribution", "a"), (0, 1, 2))
    late = run.asked.pop()
    run.state = RunState(phase="preparing")
    run.state_changed.emit()
    assert answers.found == {}
    answers.gather(Topic("distribution", "a"), (0, 1))
    late[1]("an answer of the run before")
    assert answers.found == {}
    assert answers.busy
    run.answer("new")
    assert list(answers.found.values()) == ["new"]

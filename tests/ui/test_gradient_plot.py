"""Lines and bars of all layers: what is drawn where, read, said; the series they are made of."""

import itertools
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.training.events import LayerHealth
from app.ui.inside.gradients_tab import vanished
from app.ui.inside.health_series import HealthSeries
from app.ui.plots.axis import figures_text
from app.ui.plots.layer_bars_plot import LayerBarsPlot
from app.ui.plots.layer_lines import Band, kept_apart, lines_of, pieces, some_of, thinned
from app.ui.plots.layer_lines_plot import LayerLinesPlot
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


def shown(qtbot, widget, width=520, height=280):
    widget.resize(width, height)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.fixture
def plot(qtbot):
    return shown(qtbot, LayerLinesPlot("lines", "Gradient norm", logarithmic=True))


FALLING = lines_of(
    ["first", "second", "last"],
    [1, 2, 3, 4],
    [[1e-5, 2e-5, 1e-5, 3e-4], [0.01, 0.02, 0.02, 0.03], [0.1, 0.2, 0.2, 0.1]],
)


def zone(lines):
    return Band(None, lines.values[-1] * 1e-3, "below a thousandth", "error", "error_ground")


def ink_at(widget, place):
    return widget.grab().toImage().pixelColor(QPointF(place).toPoint()).name()


# ---- thinning
@given(st.integers(1, 400), st.integers(1, 60), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_thinned_lines_keep_every_peak_and_both_ends(count, pixels, seed):
    rng = np.random.default_rng(seed)
    epochs = np.cumsum(rng.integers(1, 5, count))
    values = rng.normal(size=(3, count))
    places, few = thinned(epochs, values, pixels)
    assert few.shape == (3, len(places))
    assert len(places) <= max(2 * pixels, count if count <= 2 * pixels else 0)
    assert (np.diff(places) >= 0).all()
    assert (places[0], places[-1]) == (epochs[0], epochs[-1])
    assert np.allclose(few.min(axis=1), values.min(axis=1))
    assert np.allclose(few.max(axis=1), values.max(axis=1))


def test_unknown_values_part_a_line():
    values = np.array([np.nan, 1.0, 2.0, np.nan, 3.0])
    assert pieces(np.isfinite(values)) == [(1, 3), (4, 5)]
    many = np.full((1, 1000), np.nan)
    many[0, 500] = 7.0
    _, few = thinned(np.arange(1000), many, 50)
    assert few[0][np.isfinite(few[0])].tolist() == [7.0, 7.0]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8))
def test_names_are_kept_apart_and_inside(wanted):
    placed = kept_apart(sorted(wanted), 12, 0, 100)
    assert all(b - a >= 12 - 1e-9 for a, b in itertools.pairwise(placed))
    assert placed[0] >= -1e-9
    assert placed[-1] <= 100 + 1e-9


def test_some_names_of_many():
    assert some_of(range(5), 9, [0]) == [0, 1, 2, 3, 4]
    few = some_of(list(range(60)), 10, [0, 59, 31])
    assert len(few) <= 10
    assert {0, 31, 59} <= set(few)
    assert few == sorted(few)


# ---- lines
def test_layers_below_a_thousandth_stand_in_the_shaded_zone(plot):
    bad = frozenset({"first"})
    plot.show_lines(FALLING, 3, (zone(FALLING),), bad)
    box = plot.frame()
    inside = plot.at(2.5, np.log10(5e-5))
    above = plot.at(2.5, np.log10(1.2e-3))
    assert box.contains(inside)
    assert ink_at(plot, inside) == LIGHT.error_ground.lower()
    assert ink_at(plot, above) == LIGHT.panel.lower()
    assert ink_at(plot, plot.at(2.5, np.log10(np.sqrt(2e-10)))) == LIGHT.error.lower()
    assert ink_at(plot, plot.at(3, np.log10(1e-3)) + QPointF(0, 2)) == LIGHT.accent.lower()


def test_the_nearest_known_epoch_decides_and_equality_is_not_vanished():
    assert vanished(lines_of(["only"], [1], [[0.0]]), 1) == frozenset()
    same = lines_of(["a", "b"], [1, 2], [[1e-3, 0.5e-3], [1.0, 1.0]])
    assert vanished(same, 1) == frozenset()
    assert vanished(same, 2) == vanished(same, 400) == {"a"}, "0.75e-3 is the middle of both"
    leap = lines_of(["a", "b"], [1, 2, 3], [[1e-4] * 3, [1.0, 1.0, 0.01]])
    assert vanished(leap, 3) == {"a"}, "one step that leaps hides nothing"
    gap = lines_of(["a", "b"], [1, 2], [[np.nan, 1e-5], [1.0, np.nan]])
    assert vanished(gap, 2) == frozenset()


def test_a_zero_norm_stands_at_the_bottom_and_says_so(plot):
    lines = lines_of(["dead", "last"], [1, 2, 3], [[0.01, 0.0, 0.0], [0.1, 0.1, 0.1]])
    plot.show_lines(lines, 3)
    ticks = {text: place for place, text in plot.y_ticks()}
    assert ticks["0"] == min(ticks.values())
    assert plot.at(3, ticks["0"]).y() < plot.frame().bottom()
    assert ink_at(plot, plot.at(2.5, ticks["0"])) < "#50"  # the line of "dead", dark
    assert any(row.text == "dead  0" for row in plot.reading(3)[1])


def test_pointer_keys_and_words(plot, qtbot):
    plot.show_lines(FALLING, 4)
    assert "first 3e-4, second 0.03, last 0.1" in plot.accessibleDescription()
    head, rows = plot.reading(1.4)
    assert head == "epoch 1"
    assert [row.text for row in rows] == ["first  1e-5", "second  0.01", "last  0.1"]
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_End)
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert plot.pointer == 3
    assert "first  1e-5" in plot.accessibleDescription()
    QTest.keyClick(plot, Qt.Key.Key_Down)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert plot.chosen == "second"
    with qtbot.waitSignal(plot.epoch_chosen) as told:
        QTest.keyClick(plot, Qt.Key.Key_Return)
    assert told.args == [3]
    near = plot.at(2, np.log10(2e-5)).toPoint() + QPoint(0, 2)
    with qtbot.waitSignal(plot.epoch_chosen) as told:
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=near)
    assert told.args == [2]
    QTest.mouseMove(plot, near + QPoint(1, 0))
    assert plot.chosen == "first"


def test_every_layer_of_many_can_be_read(plot):
    names = [f"dense_{n}" for n in range(60)]
    plot.show_lines(lines_of(names, [1, 2], [[n + 1.0, n + 2.0] for n in range(60)]), 2)
    plot.setFocus()
    seen = set()
    for _ in names:
        QTest.keyClick(plot, Qt.Key.Key_Down)
        head, rows = plot.reading(2)
        assert "of 60 layers" in head
        assert len(rows) * 16 < plot.frame().height()
        seen |= {row.text.split()[0] for row in rows}
    assert seen == set(names)


def test_its_table_has_all_numbers(plot):
    plot.show_lines(FALLING, 4)
    table = plot.table()
    assert table.headers == ("epoch", "first", "second", "last")
    assert table.rows[3] == (4, 3e-4, 0.03, 0.1)


@pytest.mark.parametrize("lines", [lines_of([], [], []), lines_of(["a"], [7], [[0.2]])])
def test_none_and_one_epoch_are_drawn(plot, lines):
    plot.show_lines(lines, None)
    assert not plot.grab().isNull()
    assert len(plot.table().rows) == len(lines.epochs)


def test_shares_are_read_as_percent(qtbot):
    plot = shown(qtbot, LayerLinesPlot("s", "Dead units", logarithmic=False, percent=True))
    plot.show_lines(lines_of(["a", "b"], [1, 2], [[0, 0.125], [1, 0.75]]), 1)
    assert [row.text for row in plot.reading(2)[1]] == ["a  12.5%", "b  75%"]
    assert [text for _, text in plot.y_ticks()][-1] == "100%"


def test_twenty_layers_over_two_thousand_epochs_are_drawn_quickly(plot):
    values = np.random.default_rng(1).lognormal(size=(20, 2000))
    lines = lines_of([f"layer_{n}" for n in range(20)], range(1, 2001), values)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        plot.show_lines(lines, 2000, (zone(lines),))
        plot.repaint()
        times.append(time.perf_counter() - began)
    assert min(times) < 0.02  # 3 ms on a free machine


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.1044, "0.104"), (12.34, "12.3"), (-1.4e-5, "−1.4e-5"), (4908.2, "4,908")],
)
def test_figures(value, text):
    assert figures_text(value) == text


# ---- bars
def test_bars_of_one_epoch(qtbot):
    bars = shown(qtbot, LayerBarsPlot("bars"))
    norms, ratios = np.array([5e-5, 0.01, 0.1]), np.array([1e-6, np.nan, 2e-3])
    bars.show_bars(("first", "second", "last"), norms, ratios, 1e-4, 9)
    assert bars.table().rows[:2] == ((9, "first", 5e-5, 1e-6), (9, "second", 0.01, None))
    assert ink_at(bars, bars.at(2, np.log10(5e-3))) == LIGHT.good.lower()
    assert ink_at(bars, bars.at(1, np.log10(4e-5))) != LIGHT.good.lower()
    bars.setFocus()
    QTest.keyClick(bars, Qt.Key.Key_Home)
    head, rows = bars.reading(bars.pointer)
    assert head == "first"
    assert [row.text for row in rows] == [
        "gradient 5e-5",
        "5e-4 of the last layer's",
        "update to weight 1e-6",
    ]
    bars.show_bars((), np.zeros(0), np.zeros(0), None, None, "Nothing yet.")
    assert bars.accessibleDescription() == "Nothing yet."
    assert not bars.grab().isNull()


# ---- the series
def health(epoch, norms, dead=()):
    return LayerHealth(epoch, FrozenMap(norms), tuple(dead), FrozenMap({"a": epoch / 8}))


def network(*names):
    return chain(tuple(Layer(id=name, kind="Dense") for name in names))


def test_the_series_grows_is_thinned_and_begins_anew():
    series, both = HealthSeries(), network("a", "b")
    healths = [health(n, {"b": float(n), "a": n / 4}) for n in range(1, 200)]
    for count in (1, 2, 3, 150, 199):
        series.follow(tuple(healths[:count]), both)
        lines = series.gradients()
        assert lines.names == ("a", "b")
        assert lines.epochs.tolist() == list(range(1, count + 1))
        assert lines.values[0].tolist() == [n / 4 for n in range(1, count + 1)]
    newest = health(200, {"a": 1.0, "b": 2.0})
    thin = (healths[0], *healths[1::2], newest)
    series.follow(thin, both)
    assert series.gradients().epochs.tolist() == [h.epoch for h in thin]
    assert series.gradients().values[1].tolist() == [h.gradient_norms["b"] for h in thin]
    assert series.ratios().names == ("a",)
    assert series.ratios().at(200).tolist() == [25.0]
    assert series.ratios().at(201) is None
    series.follow((health(1, {"c": 5.0}),), network("c", "b", "a"))
    assert series.gradients().names == ("c",)
    assert series.gradients().values.tolist() == [[5.0]]
    series.follow((), network("c"))
    assert series.gradients().is_empty


def test_dead_units_by_layer_and_their_shares():
    units = [np.array(flags, bool) for flags in ([1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 0, 1])]
    healths = tuple(
        health(n + 1, {"a": 1.0}, [("a", one), ("b", ~one)][:: 1 if n else -1])
        for n, one in enumerate(units)
    )
    series = HealthSeries()
    series.follow(healths, network("b", "a"))
    assert series.dead_shares().names == ("b", "a")
    assert series.dead_shares().values.tolist() == [[0.75, 0.5, 0.5], [0.25, 0.5, 0.5]]
    epochs, dead = series.dead_units("a")
    assert epochs.tolist() == [1, 2, 3]
    assert dead.T.tolist() == [one.tolist() for one in units]
    assert series.dead_units("no_such_layer")[1].size == 0

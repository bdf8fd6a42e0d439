"""The pure parts of the plots: ticks, ranges, thinning, smoothing, fields; against plain loops."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.frozen import FrozenMap
from app.core.metric_catalog import limits_of
from app.core.run_record import EpochRow
from app.ui.plots.axis import (
    epoch_ticks,
    linear_ticks,
    log_range,
    log_ticks,
    nice_range,
    spread,
    value_text,
)
from app.ui.plots.filter_grid import round_up
from app.ui.plots.history_series import HistorySeries, peaks, smoothed
from app.ui.plots.plane import many_class_field, refined, surface_field, two_class_field
from app.ui.plots.plot_table import PlotTable
from app.ui.plots.sign_picture import weight_text
from app.ui.tokens import sign_color

FINITE = st.floats(-1e6, 1e6, allow_nan=False)


def texts(ticks):
    return [text for _, text in ticks]


def test_ticks_of_the_drawing():
    assert texts(linear_ticks(0.88, 1.0)) == ["0.88", "0.92", "0.96", "1.00"]
    assert texts(log_ticks(-2, math.log10(2))) == ["0.01", "0.1", "1"]
    assert texts(epoch_ticks(1, 48, 7)) == ["1", "10", "20", "30", "40"]


def test_other_ticks():
    assert texts(linear_ticks(0, 1)) == ["0", "0.25", "0.50", "0.75", "1.00"]
    assert texts(linear_ticks(-1, 1)) == ["−1.0", "−0.5", "0", "0.5", "1.0"]
    assert texts(log_ticks(-6, -3)) == ["1e-6", "1e-5", "1e-4", "0.001"]
    assert texts(log_ticks(math.log10(0.2), math.log10(0.9))) == ["0.2", "0.5"]
    assert texts(epoch_ticks(1, 5)) == ["1", "2", "3", "4", "5"]
    assert texts(epoch_ticks(0, 12, 6)) == ["0", "5", "10"]


@given(FINITE, FINITE)
def test_nice_ranges_hold_what_they_must(a, b):
    low, high = min(a, b), max(a, b)
    bottom, top = nice_range(low, high)
    slack = 1e-9 * max(1.0, abs(low), abs(high))
    assert bottom <= low + slack
    assert top >= high - slack
    assert top > bottom
    places = [value for value, _ in linear_ticks(bottom, top)]
    assert 2 <= len(places) <= 6
    steps = np.diff(places)
    assert np.allclose(steps, steps[0], rtol=1e-6)


@given(st.floats(1e-9, 1e6), st.floats(1e-9, 1e6))
def test_log_ranges_hold_what_they_must(a, b):
    bottom, top = log_range(min(a, b), max(a, b))
    assert bottom <= math.log10(min(a, b)) + 1e-9
    assert top >= math.log10(max(a, b)) - 1e-9
    assert top > bottom
    assert 1 <= len(log_ticks(bottom, top)) <= 6


def test_a_share_has_no_axis_beyond_one():
    assert nice_range(0.55, 0.998)[1] == 1.0
    assert nice_range(0.2, 1.0, limits=limits_of("val_accuracy")) == nice_range(0.2, 1.0)
    assert nice_range(1.0, 1.0)[1] > 1.0
    for name in ("accuracy", "val_auc", "f1_score"):
        assert nice_range(1.0, 1.0, limits=limits_of(name))[1] == 1.0
        assert nice_range(0.88, 0.9999, limits=limits_of(name))[1] == 1.0
    assert nice_range(0.88, 1.02, limits=limits_of("loss"))[1] > 1.0


@given(st.lists(st.floats(-500, 500), max_size=8))
def test_labels_are_spread_in_their_order(places):
    moved = spread(places, 16)
    order = sorted(range(len(places)), key=lambda i: places[i])
    apart = [moved[b] - moved[a] for a, b in pairwise(order)]
    assert all(gap >= 16 - 1e-6 for gap in apart)
    for index, place in enumerate(places):
        lonely = all(abs(place - other) >= 16 * len(places) for other in places if other != place)
        if lonely and places.count(place) == 1:
            assert moved[index] == pytest.approx(place)


def test_values_in_three_figures():
    numbers = [0.109, 0.0184, 12.345, 4310.4, 3.2e-5, 0.0, -0.5, 2.5e7, float("nan")]
    shown = ["0.109", "0.018", "12.35", "4,310", "3.2e-5", "0", "−0.500", "2.5e7", "nan"]
    assert [value_text(number) for number in numbers] == shown
    assert [weight_text(w) for w in (-0.95, 0.0123, 0.0, 1.0)] == ["−0.95", "0.012", "0.00", "1.00"]
    assert weight_text(0.5, sign=True) == "+0.50"
    assert [round_up(v) for v in (1.13, 1.2, 0.0341, 95.5, 0.0)] == pytest.approx(
        [1.2, 1.2, 0.035, 96, 1.0]
    )


@given(arrays(float, st.integers(0, 3000), elements=FINITE), st.integers(1, 60))
def test_thinning_keeps_every_extreme(y, bins):
    x = np.arange(len(y), dtype=float)
    px, py = peaks(x, y, bins)
    assert len(px) <= max(4 * bins, 0) or len(px) == len(y) <= 4 * bins
    assert np.all(np.diff(px) > 0)
    assert np.array_equal(y[px.astype(int)], py)
    if len(y):
        edges = np.linspace(0, len(y), bins + 1).astype(int)
        for start, end in pairwise(edges):
            part = y[start:end]
            inside = py[(px >= start) & (px < end)]
            if len(part) and len(y) > 4 * bins:
                assert inside.min() == part.min()
                assert inside.max() == part.max()
                assert inside[0] == part[0]
                assert inside[-1] == part[-1]


@given(arrays(float, st.integers(1, 40), elements=st.floats(-10, 10)), st.floats(0.0, 0.99))
def test_smoothing_is_the_weighted_mean_of_the_past(y, weight):
    result = smoothed(y, weight)
    for k in range(len(y)):
        weights = weight ** np.arange(k, -1, -1.0)
        assert result[k] == pytest.approx(np.average(y[: k + 1], weights=weights), abs=1e-9)


def row(epoch, **metrics):
    return EpochRow(epoch=epoch, metrics=FrozenMap(metrics), seconds=0.1, learning_rate=0.001)


def test_history_grows_and_equals_one_made_at_once():
    rows = [
        row(n, loss=1.0 / n, **({"val_loss": 2.0 / n} if n % 3 else {})) for n in range(1, 1001)
    ]
    grown, once = HistorySeries(), HistorySeries()
    new = [grown.show(tuple(rows[:count])) for count in (0, 1, 1, 300, 1000)]
    assert new == [0, 1, 0, 299, 700]
    assert once.show(rows) == 1000
    for name in ("loss", "val_loss"):
        for a, b in zip(grown.column(name), once.column(name), strict=True):
            assert np.array_equal(a, b)
    assert grown.column("val_loss")[0].tolist() == [n for n in range(1, 1001) if n % 3]
    assert grown.value("val_loss", 4) == 0.5
    assert grown.value("val_loss", 3) is None
    assert grown.value("no such name", 3) is None
    other = [row(1, loss=5.0), row(2, loss=4.0)]
    grown.show(other)
    assert grown.column("loss")[1].tolist() == [5.0, 4.0]
    assert len(grown.column("val_loss")[0]) == 0


def test_tables_give_every_digit_and_run_nothing():
    table = PlotTable("t", ("a", "=b"), ((1, 0.1 + 0.2), (None, "=cmd()"), (-1.5, "x,y")))
    assert table.csv() == "a,'=b\n1,0.30000000000000004\n,'=cmd()\n-1.5,\"x,y\"\n"


# ---------------------------------------------------------------- fields


def test_refining_is_linear_between_the_middles():
    values = np.array([[0.0, 1.0, 4.0], [2.0, 3.0, 6.0]])
    fine = refined(values, 2)
    assert fine.shape == (4, 6)
    # A quarter of a cell beside the middle of a cell, in both directions.
    for i, j in np.ndindex(fine.shape):
        y, x = np.clip((i + 0.5) / 2 - 0.5, 0, 1), np.clip((j + 0.5) / 2 - 0.5, 0, 2)
        columns = [np.interp(x, range(3), line) for line in values]
        assert fine[i, j] == pytest.approx(np.interp(y, range(2), columns))
    assert np.array_equal(refined(values, 1), values)


def test_field_colours_end_before_those_of_the_points():
    rgb = two_class_field(np.array([[0.0, 0.5, 1.0]]))
    assert [tuple(c) for c in rgb[0]] == [sign_color(v) for v in (-0.53, 0.0, 0.53)]
    rgb = surface_field(np.array([[10.0, 15.0, 20.0]]), 10, 20)
    assert [tuple(c) for c in rgb[0]] == [sign_color(v) for v in (-0.53, 0.0, 0.53)]


def test_the_likeliest_class_gives_the_colour():
    inks = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    ground = np.array([255, 255, 255], np.uint8)
    values = np.array([[[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.1, 0.1, 0.8]]])
    rgb = many_class_field(values, inks, ground)
    assert rgb[0, 0].tolist() == [255, 120, 120]  # 255 - 0.53 * 255
    assert rgb[0, 1].tolist() == [255, 255, 255]
    share = 0.53 * (0.8 - 1 / 3) / (2 / 3)
    assert rgb[0, 2].tolist() == [round(255 * (1 - share)), round(255 * (1 - share)), 255]

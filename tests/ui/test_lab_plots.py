"""The plots of the activation lab: what they read aloud, draw and give as a table."""

import math
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.core.activation_facts import over_vector
from app.core.activation_forms import FORMS, RANDOMIZED
from app.diagnostics.derivative_products import derivative_products, drawn_slopes
from app.ui.number_text import number_list
from app.ui.plots.framed_plot import FramedPlot
from app.ui.plots.function_plot import FunctionPlot, LabSeries
from app.ui.plots.picture_files import picture_of, svg_bytes
from app.ui.plots.product_plot import ProductPlot, ProductSeries
from app.ui.plots.slope_fan import SlopeFan
from app.ui.plots.vector_bars import VectorBars
from app.ui.theme import Scheme, current_theme
from app.ui.tokens import LIGHT


def series(*names: str) -> list[LabSeries]:
    return [LabSeries(FORMS[name], {}, n, n == 0) for n, name in enumerate(names)]


@pytest.fixture
def plot(qtbot) -> FunctionPlot:
    plot = FunctionPlot("derivative")
    qtbot.addWidget(plot)
    plot.resize(420, 260)
    plot.show_series(series("sigmoid", "relu"), 6.0)
    plot.show()
    return plot


def test_the_table_holds_the_values_of_the_catalog(plot: FunctionPlot) -> None:
    table = plot.table()
    assert table.headers == ("x", "f' of sigmoid", "f' of ReLU")
    assert (table.rows[0][0], table.rows[-1][0]) == (-6.0, 6.0)
    for x, sigmoid, relu in table.rows[::37]:
        assert isinstance(x, float)
        assert sigmoid == pytest.approx(math.exp(-x) / (1 + math.exp(-x)) ** 2)
        assert relu == (1.0 if x > 0 else 0.0)


def test_a_curve_is_drawn_where_its_values_are(plot: FunctionPlot) -> None:
    """Orange, the first series, at the top of the sigmoid's derivative: (0, 0.25)."""
    image = picture_of(plot, 1.0)
    ink = QColor(LIGHT.series[0])
    found = []
    for x in (-1.9, -0.3, 0.15, 2.0):
        place = plot.at(x, FORMS["sigmoid"].derivative(x, {}))
        column = round(place.x())
        rows = [
            y for y in range(image.height())
            if abs(image.pixelColor(column, y).red() - ink.red()) < 60
            and abs(image.pixelColor(column, y).blue() - ink.blue()) < 60
        ]  # fmt: skip
        found.append(any(abs(y - place.y()) <= 2 for y in rows))
    assert all(found)


def test_keys_and_mouse_move_one_pointer_for_both(qtbot, plot: FunctionPlot) -> None:
    other = FunctionPlot("value")
    qtbot.addWidget(other)
    other.show_series(series("sigmoid", "relu"), 6.0)
    plot.pointed.connect(other.set_pointer)
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.pointer == other.pointer == pytest.approx(0.1)
    QTest.keyClick(plot, Qt.Key.Key_PageUp)
    assert plot.pointer == pytest.approx(-0.9)
    head, rows = other.reading(plot.pointer)
    assert head == "x = −0.90"
    assert rows[0].text == f"sigmoid  {1 / (1 + math.exp(0.9)):.3f}"
    assert "sigmoid" in other.accessibleDescription()
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert plot.pointer == 6.0
    QTest.mouseMove(plot, plot.at(2.0, 0.5).toPoint())
    assert plot.pointer == pytest.approx(2.0, abs=0.05)
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.pointer is None
    assert other.pointer is None


def test_a_jump_is_no_line(plot: FunctionPlot) -> None:
    pieces = plot._pieces([(x / 10, 1.0 if x > 0 else 0.0) for x in range(-10, 11)])
    assert [len(piece) for piece in pieces] == [11, 10]


def test_labels_name_the_parameters_that_are_not_the_usual_ones() -> None:
    assert LabSeries(FORMS["leaky_relu"], {}, 0).label == "leaky ReLU"
    other = LabSeries(FORMS["leaky_relu"], {"negative_slope": 0.01}, 0)
    assert other.label == "leaky ReLU (slope below 0 = 0.01)"


def test_products_are_told_in_words_and_as_a_table(qtbot) -> None:
    plot = ProductPlot()
    qtbot.addWidget(plot)
    plot.resize(500, 300)
    made = [
        ProductSeries(one, derivative_products(one.form, {}, 1.0, 10, 0))
        for one in series("sigmoid", "relu")
    ]
    plot.show_products(made, 10)
    plot.show()
    head, rows = plot.reading(10.2)
    assert head == "10 layers"
    assert rows[0].text.endswith("bound 9.5 × 10⁻⁷")
    assert "median 0, bound 1" in rows[1].text
    table = plot.table()
    assert len(table.rows) == 10
    bounds = [row[1] for row in table.rows]
    np.testing.assert_allclose(bounds, [n * math.log10(0.25) for n in range(1, 11)])
    low, high = plot.y_range
    assert low < 10 * math.log10(0.25) < 0 < high
    texts = [text for _, text in plot.y_ticks()]
    assert "1" in texts
    assert "1e−6" in texts or "1e−4" in texts or "1e−8" in texts
    assert picture_of(plot, 1.0).width() == 500


def test_the_fan_draws_the_slopes_of_the_seed(qtbot) -> None:
    fan = SlopeFan()
    qtbot.addWidget(fan)
    fan.resize(500, 300)
    fan.show_slopes({"lower": 0.1, "upper": 0.5}, 30, 7, 0.01)
    fan.show()
    assert fan.slopes == tuple(drawn_slopes({"lower": 0.1, "upper": 0.5}, 30, 7))
    words = fan.words()
    assert "from 0.100 to 0.500" in words
    assert "In use every slope is 0.300" in words
    assert f"{np.mean(fan.slopes):.3f}" in words
    assert [row[1] for row in fan.table().rows] == list(fan.slopes)
    _, rows = fan.reading(-2.0)
    assert [row.text for row in rows] == [
        "in training −1.000 to −0.200",
        "in use −0.600",
        "leaky ReLU −0.020",
    ]
    assert FORMS[RANDOMIZED].label in fan.table().title


@pytest.mark.parametrize("size", [(500, 180), (560, 300)])
@pytest.mark.parametrize("upper", [0.3, 0.8, 2.0])
def test_the_names_of_the_fan_stand_within_the_frame_and_on_no_line(qtbot, size, upper) -> None:
    fan = SlopeFan()
    qtbot.addWidget(fan)
    fan.resize(*size)
    fan.show_slopes({"lower": 0.1, "upper": upper}, 5, 7, 0.01)
    room, zero = fan.names_room(), fan.at(0, 0)
    assert fan.frame().contains(room)
    assert room.height() >= 3 * 16
    assert room.right() <= zero.x() + 0.01 or room.top() >= zero.y() - 0.01
    assert room.right() > zero.x() + 1 or room.bottom() <= zero.y() + 0.01


def test_bars_show_what_the_formula_gives(qtbot) -> None:
    bars = VectorBars()
    qtbot.addWidget(bars)
    bars.resize(400, 300)
    scores = (2.0, 1.0, 0.5, 0.0, -1.0)
    bars.show_vector("softmax", "softmax", scores, 0.5)
    bars.show()
    assert bars.shares == over_vector("softmax", scores, 0.5)
    assert sum(bars.shares) == pytest.approx(1.0)
    assert bars.table().rows[0] == (1, 2.0, bars.shares[0])
    # the tallest bar of the lower half is that of the largest score
    image = picture_of(bars, 1.0)
    accent = QColor(LIGHT.accent)
    heights = []
    for number in range(5):
        x = round(12 + (number + 0.5) * (400 - 24) / 5) - 12
        heights.append(sum(image.pixelColor(x, y) == accent for y in range(150, 300)))
    assert heights[0] == max(heights) > 60
    assert sorted(heights, reverse=True) == heights


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_each_can_be_saved_as_lines_and_texts(qtbot, request, scheme: Scheme) -> None:
    request.addfinalizer(partial(current_theme().set_scheme, current_theme().scheme))
    current_theme().set_scheme(scheme)
    plot = FunctionPlot("value")
    qtbot.addWidget(plot)
    plot.resize(400, 300)
    plot.show_series(series("tanh"), 3.0)
    svg = svg_bytes(plot, plot.table().title).decode()
    assert "<polyline" in svg
    assert "f(x), the function" in svg


def test_number_lists() -> None:
    assert number_list("2, 1,−0.5") == (2.0, 1.0, -0.5)
    assert number_list("") == ()
    assert number_list("1, x") == ()
    assert number_list("1, inf") == ()


def test_places_and_frame(plot: FramedPlot) -> None:
    box = plot.frame()
    assert plot.at(-6.0, plot.y_range[0]) == QPointF(box.left(), box.bottom())
    assert plot.at(6.0, plot.y_range[1]) == QPointF(box.right(), box.top())

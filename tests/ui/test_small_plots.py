"""Dead units and the curve of an activation."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QColor

from app.core.activation_catalog import ACTIVATIONS
from app.ui.canvas.glyph import activation_glyph
from app.ui.plots.activation_curve import LINE, ActivationCurve
from app.ui.plots.dead_units_view import DeadUnitsView
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


# ---------------------------------------------------------------- dead units


@pytest.fixture
def units(qtbot):
    view = DeadUnitsView()
    view.resize(367, 324)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    return view


def census(*counts):
    """Layers with (dead, all) units; the first ones are dead."""
    return tuple((f"dense_{n}", np.arange(size) < dead) for n, (dead, size) in enumerate(counts, 1))


def test_units_alone_are_told_one_by_one(qtbot):
    view = DeadUnitsView(name="units", sparks=False)
    qtbot.addWidget(view)
    view.show_census(3, census((1, 2), (0, 1)), {"dense_1": np.array([0.0, 0.25])})
    assert view.table().title == "Units at epoch 3"
    assert view.table().rows == (
        ("dense_1", 1, "dead", 0.0),
        ("dense_1", 2, "alive", 0.25),
        ("dense_2", 1, "alive", None),
    )


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_each_unit_has_its_cell(units, qapp, tokens):
    apply_theme(qapp, tokens)
    units.show_census(3, census((12, 64), (0, 16)))
    image = units.rows.viewport().grab().toImage()
    for layer, (_, dead) in enumerate(units.rows.census):
        for unit, is_dead in enumerate(dead):
            corner = units.rows.unit_rect(layer, unit).topLeft()
            # Off the hatch, which runs from the lower left to the upper right.
            inside = image.pixelColor(corner + QPoint(2, 2))
            assert inside == QColor(tokens.error_ground if is_dead else tokens.good)
            edge = image.pixelColor(corner + QPoint(5, 0))
            assert edge == QColor(tokens.error if is_dead else tokens.good)


def test_strength_tells_how_often_a_unit_fires(units):
    units.show_census(1, census((0, 3)), {"dense_1": np.array([0.0, 0.5, 1.0])})
    image = units.rows.viewport().grab().toImage()
    shades = [image.pixelColor(units.rows.unit_rect(0, n).center()) for n in range(3)]
    panel, good = QColor(LIGHT.panel), QColor(LIGHT.good)
    for shade, alpha in zip(shades, (0.25, 0.625, 1.0), strict=True):
        expected = panel.red() + alpha * (good.red() - panel.red())
        assert shade.red() == pytest.approx(expected, abs=2)


def test_shares_are_kept_over_the_epochs_of_a_run(units):
    for epoch, dead in ((1, 0), (2, 4), (3, 8)):
        units.show_census(epoch, census((dead, 16)))
    units.show_census(3, census((9, 16)))
    assert units.rows.history == {"dense_1": [(1, 0.0), (2, 0.25), (3, 9 / 16)]}
    assert units.table().rows == (
        ("dense_1", 1, 0, 16),
        ("dense_1", 2, 4, 16),
        ("dense_1", 3, 9, 16),
    )
    units.show_census(1, census((1, 16)))
    assert units.rows.history == {"dense_1": [(1, 1 / 16)]}
    units.clear()
    assert units.table().rows == ()


def test_pointer_and_keys_name_a_unit(units, qtbot):
    units.show_census(5, census((2, 30), (0, 4)), {"dense_2": np.array([1.0, 0.5, 0.25, 0.1])})
    view = units.rows.viewport()
    place = units.rows.unit_rect(0, 1).center()
    qtbot.mouseMove(view, place - QPoint(1, 0))
    qtbot.mouseMove(view, place)
    assert units.caption.text() == "dense_1, unit 2: never active"
    qtbot.mouseMove(view, QPoint(2, 2))
    assert units.caption.text().startswith("Epoch 5.")
    seen = []
    for _ in range(31):
        qtbot.keyClick(units.rows, Qt.Key.Key_Right)
        seen.append(units.caption.text())
    assert seen[0] == "dense_1, unit 1: never active"
    assert seen[29] == "dense_1, unit 30: active"
    assert seen[30] == "dense_2, unit 1: active on 100% of the samples"
    qtbot.keyClick(units.rows, Qt.Key.Key_Left)
    assert units.caption.text() == "dense_1, unit 30: active"


def test_large_layers_scroll(units, qtbot):
    units.show_census(1, census((5, 2000)))
    assert units.rows.verticalScrollBar().maximum() > 0
    for _ in range(30):
        qtbot.keyClick(units.rows, Qt.Key.Key_Down)
    assert units.rows.verticalScrollBar().value() > 0
    _, unit = units.rows.cursor_unit
    assert units.rows.viewport().rect().contains(units.rows.unit_rect(0, unit))


def test_census_in_words(units):
    units.show_census(4, census((12, 64), (0, 16)))
    assert (
        units.rows.accessibleDescription() == "Epoch 4: dense_1 12 of 64 dead, dense_2 0 of 16 dead"
    )


# ---------------------------------------------------------------- activations


def distance(a, b):
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue())


@pytest.fixture
def curve(qtbot):
    curve = ActivationCurve()
    curve.resize(256, 86)
    qtbot.addWidget(curve)
    with qtbot.waitExposed(curve):
        curve.show()
    return curve


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "elu", "softplus"])
def test_the_line_runs_through_the_values(curve, name):
    curve.show_activation(name)
    image = curve.grab().toImage()
    formulas = {
        "relu": lambda x: max(0.0, x),
        "tanh": math.tanh,
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "elu": lambda x: x if x > 0 else math.exp(x) - 1,
        "softplus": lambda x: math.log(1 + math.exp(x)),
    }
    for x in (-3.5, -1.2, 0.7, 1.4):
        place = curve._at(x, formulas[name](x)).toPoint()
        around = [image.pixelColor(place + QPoint(0, d)) for d in (-1, 0, 1)]
        assert min(distance(shade, QColor(LIGHT.accent)) for shade in around) < 12, x


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_every_activation_is_drawn(curve, name):
    curve.show_activation(name)
    entry = ACTIVATIONS[name]
    assert curve.accessibleName() == f"{entry.label}: {entry.formula}"
    for x, f, slope in curve.table().rows[::30]:
        assert (f, slope) == (entry.value(x), entry.derivative(x))
    assert not curve.grab().isNull()
    glyph = activation_glyph(name)
    assert glyph is not None
    assert bool(glyph.bars) == entry.over_vector
    for x, y in glyph.points:
        assert 0 <= x <= 32
        assert 0 <= y <= 20
    assert all(0 <= bar <= 20 for bar in glyph.bars)


@pytest.mark.parametrize("width", [246, 330])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_names_and_formula_lie_on_no_curve(curve, name, width):
    curve.show_activation(name)
    curve.resize(width, curve.sizeHint().height())
    curve.resize(width, curve.sizeHint().height())
    entry, boxes = ACTIVATIONS[name], curve.name_boxes()
    inside = QRectF(0, 0, width, curve.height())
    assert not boxes[0].intersects(boxes[1])
    assert " ".join(curve._words()) == entry.formula
    floor = curve._floor()
    assert floor + LINE * len(curve._words()) <= curve.height()
    for box in boxes:
        assert box.width() > 5
        assert inside.contains(box)
        assert box.bottom() <= floor
    zero = curve._at(0, 0)
    for step in range(-3750, 3751):
        x = step / 1000
        for y in (entry.value(x), entry.derivative(x), 0.0):
            if curve._low <= y <= curve._high:
                place = curve._at(x, y, floor)  # working the floor out wraps the formula anew
                assert place.y() < floor
                assert not any(box.contains(place) for box in boxes), (x, y)
    assert not any(box.left() <= zero.x() <= box.right() for box in boxes)


def test_unknown_names_show_nothing(curve):
    curve.show_activation("relu")
    curve.show_activation("no such activation")
    assert curve.table().rows == ()
    assert not curve.grab().isNull()
    assert activation_glyph("no such activation") is None


def test_pointer_reads_value_and_slope(curve, qtbot):
    curve.show_activation("relu")
    before = curve.grab().toImage()
    qtbot.mouseMove(curve, QPoint(199, 30))
    qtbot.mouseMove(curve, QPoint(200, 30))
    assert curve._pointer == pytest.approx((2 * (200 - 8) / 240 - 1) * 3.75)
    assert curve.grab().toImage() != before


def test_softmax_bars_are_shares():
    glyph = activation_glyph("softmax")
    assert glyph is not None
    heights = glyph.bars
    assert max(heights) == 19
    assert [round(h) for h in heights] == [3, 6, 19, 5, 2]  # as drawn

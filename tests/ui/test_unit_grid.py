"""Small pictures of what units put out: colours, scales, pointer, keys, table."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.diagnostics.boundary import UnitResponses
from app.ui.plots.sign_picture import rgb_of
from app.ui.plots.unit_grid import UnitGrid
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT, sign_color


@pytest.fixture
def grid(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    grid = UnitGrid("units")
    grid.resize(420, 400)
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def responses(values, layer="dense_1", middle=0.0, line=False):
    values = np.asarray(values, np.float32)
    x = np.linspace(-1, 1, values.shape[2])
    y = np.empty(0) if line else np.linspace(-2, 2, values.shape[1])
    bounds = (-1.0, 1.0) if line else (-1.0, 1.0, -2.0, 2.0)
    return UnitResponses(layer, bounds, x, y, values, middle)


def constant(*levels):
    return np.broadcast_to(np.array(levels)[:, None, None], (len(levels), 8, 8))


def colour(grid, number):
    image = grid.tiles.viewport().grab().toImage()
    return rgb_of(image.pixelColor(grid.tiles.tile_rect(number).center()))


def near(found, value):
    return all(abs(a - b) <= 2 for a, b in zip(found, sign_color(value), strict=True))


def test_one_scale_for_all_or_one_for_each(grid):
    grid.show_responses(responses(constant(2.0, -1.0, 0.0)), ("a", "b"))
    assert [near(colour(grid, n), v) for n, v in ((0, 1.0), (1, -0.5), (2, 0.0))] == [True] * 3
    assert (grid.limit_of(0), grid.limit_of(1)) == (2.0, 2.0)
    grid.set_own_scales(True)
    assert [near(colour(grid, n), v) for n, v in ((0, 1.0), (1, -1.0), (2, 0.0))] == [True] * 3
    assert grid.limit_of(1) == 1.0


def test_what_lies_between_0_and_1_is_white_in_the_middle(grid):
    grid.show_responses(responses(constant(0.0, 0.5, 1.0), middle=0.5), ("a", "b"))
    assert [near(colour(grid, n), v) for n, v in ((0, -1.0), (1, 0.0), (2, 1.0))] == [True] * 3


def test_the_first_row_is_below_and_the_pointer_reads_it(grid, qtbot):
    values = np.zeros((1, 8, 8))
    values[0, 0] = 1.0  # the lowest row
    values[0, 7, 7] = -1.0
    grid.show_responses(responses(values), ("a", "b"))
    rect = grid.tiles.tile_rect(0)
    image = grid.tiles.viewport().grab().toImage()
    below = rgb_of(image.pixelColor(rect.center().x(), rect.bottom() - 1))
    above = rgb_of(image.pixelColor(rect.left() + 3, rect.top() + 2))
    assert near(below, 1.0)
    assert near(above, 0.0)
    qtbot.mouseMove(grid.tiles.viewport(), rect.bottomLeft())
    assert grid._foot._words == "Unit 1: 1.000 at a −1.000, b −2.000"
    qtbot.mouseMove(grid.tiles.viewport(), rect.topRight())
    assert grid._foot._words == "Unit 1: −1.000 at a 1.000, b 2.000"


def test_every_unit_is_reached_by_keys_and_by_pressing(grid, qtbot):
    chosen = []
    grid.unit_chosen.connect(chosen.append)
    grid.show_responses(responses(np.random.default_rng(0).normal(size=(200, 8, 8))), ("a", "b"))
    assert grid.current is None
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home):
        qtbot.keyClick(grid.tiles, key)
        rect = grid.tiles.tile_rect(grid.current)
        assert grid.tiles.viewport().rect().contains(rect)
    assert chosen == [0, 199, 198, 0]
    qtbot.mouseClick(
        grid.tiles.viewport(), Qt.MouseButton.LeftButton, pos=grid.tiles.tile_rect(2).center()
    )
    assert chosen[-1] == 2
    assert grid._foot._words.startswith("Unit 3 of 200, from ")
    # The chosen unit stays while the layer does.
    grid.show_responses(responses(np.zeros((200, 8, 8))), ("a", "b"))
    assert grid.current == 2
    grid.show_responses(responses(np.zeros((3, 8, 8)), "dense_2"), ("a", "b"))
    assert grid.current is None


def test_the_table_has_each_point_and_unit(grid):
    values = np.arange(2 * 3 * 2, dtype=float).reshape(2, 3, 2)
    grid.show_responses(responses(values), ("a", "b"))
    table = grid.table()
    assert table.title == "Response of each unit of dense_1"
    assert table.headers == ("a", "b", "unit 1", "unit 2")
    assert table.rows[0] == (-1.0, -2.0, 0.0, 6.0)
    assert table.rows[-1] == (1.0, 2.0, 5.0, 11.0)
    assert len(table.rows) == 6


def test_along_one_feature_units_are_curves(grid):
    line = np.linspace(-1, 1, 8)[None, None]
    grid.show_responses(responses(np.concatenate([line, -line]), line=True), ("a",))
    table = grid.table()
    assert table.headers == ("a", "unit 1", "unit 2")
    assert table.rows[0] == (-1.0, -1.0, 1.0)
    rect = grid.tiles.tile_rect(0)
    image = grid.tiles.viewport().grab().toImage()
    panel = rgb_of(image.pixelColor(rect.left() + 4, rect.top() + 4))
    inked = [
        x
        for x in range(rect.left() + 2, rect.right() - 1)
        if rgb_of(image.pixelColor(x, rect.top() + rect.height() // 8)) != panel
    ]
    # Near the upper edge there is the curve's end alone, at the right.
    assert inked
    assert min(inked) > rect.center().x()


def test_equal_responses_have_equal_scales_whatever_was_shown_before(grid):
    one, other = responses(constant(5.5, -1.0)), responses(constant(7.55, 0.5))
    grid.show_responses(one, ("a", "b"))
    first = grid.limit_of(0)
    grid.show_responses(other, ("a", "b"))
    assert grid.limit_of(0) == pytest.approx(7.6)
    grid.show_responses(one, ("a", "b"))
    assert grid.limit_of(0) == first == pytest.approx(5.5)

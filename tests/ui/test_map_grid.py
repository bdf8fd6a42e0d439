"""Feature maps and all filters of a layer as pictures: colours, places, sizes, words, tables."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.diagnostics.feature_maps import FeatureMaps
from app.diagnostics.filters import LayerFilters
from app.ui.plots.filter_wall import ALL, FilterWall
from app.ui.plots.map_wall import MapWall
from app.ui.plots.number_cells import ink_on, short_text
from app.ui.plots.tile_grid import NOWHERE, TileGrid
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, sign_color


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


def shown(qtbot, widget, width=900, height=480):
    widget.resize(width, height)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


def maps_of(values, layer_id="conv", form="pictures"):
    values = np.asarray(values, np.float32)
    return FeatureMaps(
        layer_id=layer_id,
        layers=(),
        form=form,
        maps=values,
        names=tuple(str(n) for n in range(1, len(values) + 1)),
        low=float(values.min()),
        high=float(values.max()),
        picture=np.zeros((4, 4, 1)),
    )


def random_maps(count=6, side=8, low=-1.0, slices=1):
    values = np.random.default_rng(3).uniform(low, 1.0, (count, slices, side, side))
    return maps_of(values)


# ---- the grid
def corner(grid, number, row, column):
    """Near the upper left corner of one number: in the middle may stand its text."""
    rect, (height, width) = grid.tile_rect(number), grid.values.shape[1:]
    return QPoint(
        rect.left() + int((column + 0.2) * rect.width() / width) + 1,
        rect.top() + int((row + 0.2) * rect.height() / height) + 1,
    )


@pytest.mark.parametrize("shape", [(3, 2, 2), (40, 6, 6), (5, 1, 30), (7, 12, 3)])
@pytest.mark.parametrize("group", [1, 5])
def test_every_number_is_where_it_is_drawn(qtbot, shape, group):
    grid = shown(qtbot, TileGrid())
    values = np.random.default_rng(1).normal(size=shape)
    grid.show_tiles(values, str, 3.0, group=group)
    image = grid.viewport().grab().toImage()
    seen = 0
    for number, row, column in np.ndindex(*shape):
        place = corner(grid, number, row, column)
        assert grid.weight_at(place) == (number, row, column)
        if grid.viewport().rect().contains(place) and number != grid.current:
            expected = QColor(*sign_color(values[number, row, column] / 3.0))
            assert image.pixelColor(place) == expected
            seen += 1
    assert seen > 5
    assert grid.weight_at(QPoint(1, 1)) == NOWHERE


def test_pictures_do_not_overlap_and_groups_begin_rows(qtbot):
    grid = shown(qtbot, TileGrid())
    grid.show_tiles(np.zeros((30, 3, 3)), str, 1.0, group=3)
    rects = [grid.tile_rect(number) for number in range(30)]
    assert not any(a.intersects(b) for n, a in enumerate(rects) for b in rects[:n])
    for start in range(0, 30, 3):
        assert len({rects[start + k].top() for k in range(3)}) == 1
    # More in a group than fit beside each other: each group still begins at the left.
    grid.show_tiles(np.zeros((80, 3, 3)), str, 1.0, group=40)
    assert grid.tile_rect(40).left() == grid.tile_rect(0).left()
    assert grid.tile_rect(40).top() > grid.tile_rect(39).top()


def test_sizes_grow_with_the_room_and_by_zooming(qtbot):
    grid = shown(qtbot, TileGrid())
    grid.show_tiles(np.zeros((4, 5, 5)), str, 1.0)
    before = grid.tile_rect(0).width()
    grid.resize(1400, 800)
    fitting = grid.tile_rect(0).width()
    assert fitting > before
    qtbot.keyClick(grid, Qt.Key.Key_Plus)
    qtbot.keyClick(grid, Qt.Key.Key_Plus)
    larger = grid.tile_rect(0).width()
    assert larger > fitting
    qtbot.keyClick(grid, Qt.Key.Key_Minus)
    assert fitting < grid.tile_rect(0).width() < larger
    qtbot.keyClick(grid, Qt.Key.Key_0)
    assert grid.tile_rect(0).width() == fitting
    grid.show_tiles(np.zeros((900, 5, 5)), str, 1.0)
    assert grid.tile_rect(0).width() >= 60
    qtbot.keyClick(grid, Qt.Key.Key_End)
    assert grid.viewport().rect().contains(grid.tile_rect(899))
    for key in (Qt.Key.Key_Minus,) * 30:
        qtbot.keyClick(grid, key)
    assert grid.tile_rect(0).width() >= 20


def test_numbers_are_written_where_there_is_room(qtbot):
    grid = shown(qtbot, TileGrid())
    values = np.full((1, 2, 2), 0.25)
    grid.show_tiles(values, str, 1.0)
    rect = grid.tile_rect(0)
    image = grid.viewport().grab().toImage()
    cell = rect.width() // 2
    inks = {
        image.pixelColor(x, y).name()
        for x in range(rect.left() + cell // 4, rect.left() + cell - cell // 4)
        for y in range(rect.top() + cell // 2 - 5, rect.top() + cell // 2 + 5)
    }
    assert len(inks) > 3
    assert short_text(-0.256) == "−0.26"
    assert short_text(-0.001) == "0.00"
    assert short_text(123.4) == "123"
    assert ink_on((15, 90, 156)) == QColor("#FFFFFF")
    assert ink_on((247, 247, 247)) == QColor("#1A1D23")


def test_a_hundred_thousand_pictures_cost_what_is_seen(qtbot):
    import time

    grid = shown(qtbot, TileGrid())
    values = np.random.default_rng(0).normal(size=(100_000, 3, 3)).astype(np.float32)
    times = []
    for _ in range(3):
        start = time.process_time()
        grid.show_tiles(values, str, 3.0, group=100)
        grid.grab()
        times.append(time.process_time() - start)
    assert min(times) < 0.1


# ---- feature maps
@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_maps_share_a_scale_or_have_their_own(qtbot, qapp, tokens):
    apply_theme(qapp, tokens)
    wall = shown(qtbot, MapWall())
    found = maps_of([[[[0.0, 1.0], [2.0, 4.0]]], [[[0.0, 0.1], [0.2, 0.4]]]])
    wall.show_maps(found, 0, each_by_itself=False)
    assert [wall.tiles.limit_of(n) for n in (0, 1)] == [4.0, 4.0]
    place = corner(wall.tiles, 1, 1, 1)
    image = wall.tiles.viewport().grab().toImage()
    assert image.pixelColor(place) == QColor(*sign_color(0.1))
    wall.show_maps(found, 0, each_by_itself=True)
    assert [wall.tiles.limit_of(n) for n in (0, 1)] == [4.0, 0.4]
    image = wall.tiles.viewport().grab().toImage()
    assert image.pixelColor(place) == QColor(*sign_color(1.0))


def test_words_under_the_pointer_and_of_the_chosen_map(qtbot):
    wall = shown(qtbot, MapWall())
    found = maps_of([[[[0.0, 1.5], [2.0, 4.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    wall.show_maps(found, 0, each_by_itself=False)
    assert wall.caption.text() == "Map 1 of 2: 0 to 4, mean 1.88, 25% of it 0"
    pressed = []
    wall.map_pressed.connect(lambda *place: pressed.append(place))
    view = wall.tiles.viewport()
    qtbot.mouseMove(view, corner(wall.tiles, 0, 0, 1))
    assert wall.caption.text() == "Map 1, row 1, column 2: 1.5"
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=corner(wall.tiles, 1, 1, 0))
    qtbot.keyClick(wall.tiles, Qt.Key.Key_Return)
    assert pressed == [(1, 1, 0), (1, -1, -1)]
    assert wall.tiles.accessibleDescription().startswith("Map 2 of 2: 0 to 0")


def test_slices_strips_and_bars(qtbot):
    wall = shown(qtbot, MapWall())
    found = random_maps(slices=3)
    wall.show_maps(found, 2, each_by_itself=False)
    np.testing.assert_array_equal(wall.tiles.values, found.maps[:, 2])
    assert wall.table().rows[9] == ("1", 3, 2, 2, float(found.maps[0, 2, 1, 1]))
    strips = maps_of(np.arange(20).reshape(2, 1, 1, 10), form="strips")
    wall.show_maps(strips, 0, each_by_itself=False)
    qtbot.mouseMove(wall.tiles.viewport(), corner(wall.tiles, 1, 0, 3))
    assert wall.caption.text() == "Unit 2, step 4: 13"
    bars = maps_of(np.array([-1.0, 0.5, 2.0]).reshape(3, 1, 1, 1), form="bars")
    wall.show_maps(bars, 0, each_by_itself=False)
    assert [(bar.name, bar.value) for bar in wall.bars.bars()] == [
        ("unit 1", -1.0),
        ("unit 2", 0.5),
        ("unit 3", 2.0),
    ]
    assert wall.bars.lines.signed
    assert wall.table().rows == (("unit 1", -1.0), ("unit 2", 0.5), ("unit 3", 2.0))


# ---- all filters of a layer
def filters_of(weights, layer_id="conv"):
    weights = np.asarray(weights, np.float32)
    names = tuple(str(n) for n in range(1, len(weights) + 1))
    return LayerFilters(layer_id, (layer_id,), weights, names, False, False)


def test_now_and_initial_side_by_side(qtbot):
    wall = shown(qtbot, FilterWall())
    rng = np.random.default_rng(4)
    now, initial = rng.normal(size=(2, 3, 4, 1, 2, 2))
    wall.show_filters(filters_of(now), filters_of(initial), 2, 0, "beside")
    assert [wall.what(tile) for tile in range(4)] == [
        (0, 2, "initial"),
        (0, 2, "now"),
        (0, 2, "change"),
        (1, 2, "initial"),
    ]
    np.testing.assert_allclose(wall.tiles.values[5], now[1, 2, 0] - initial[1, 2, 0], rtol=1e-6)
    assert wall.limit() >= max(np.abs(now).max(), np.abs(initial).max())
    qtbot.mouseMove(wall.tiles.viewport(), corner(wall.tiles, 4, 0, 1))
    text = wall.caption.text()
    assert text.startswith("Filter 2 of 3, channel 3, now, row 1, column 2: ")
    change = f"{now[1, 2, 0, 0, 1] - initial[1, 2, 0, 0, 1]:+.2f}".replace("-", "−")
    assert text.endswith(f"change {change}")
    row = wall.table().rows[5]
    assert row == ("1", 3, "now", 1, 2, float(np.float32(now[0, 2, 0, 0, 1])))


def test_all_channels_and_slices(qtbot):
    wall = shown(qtbot, FilterWall())
    weights = np.random.default_rng(4).normal(size=(3, 4, 2, 2, 2))
    wall.show_filters(filters_of(weights), None, ALL, 1, "beside")
    assert len(wall.tiles.values) == 12  # the initial ones are not known: only those of now
    assert wall.what(6) == (1, 2, "now")
    np.testing.assert_array_equal(wall.tiles.values[6], np.float32(weights[1, 2, 1]))
    assert wall.table().headers == (
        *("filter", "channel", "slice", "when", "row", "column", "weight"),
    )
    assert wall.table().rows[0][:4] == ("1", 1, 2, "now")


def test_the_scale_is_that_of_the_whole_layer(qtbot):
    wall = shown(qtbot, FilterWall())
    weights = np.zeros((2, 2, 1, 2, 2))
    weights[0, 0] = 0.1
    weights[1, 1] = -0.8
    for channel in (0, 1):
        wall.show_filters(filters_of(weights), None, channel, 0, "now")
        assert wall.limit() == pytest.approx(0.8)
    wall.show_filters(filters_of(weights * 0.7), None, 0, 0, "now")
    assert wall.limit() == pytest.approx(0.8)  # does not flicker while it learns

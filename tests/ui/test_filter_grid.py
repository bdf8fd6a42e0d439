"""The filters as pictures: every weight in the colour of its sign, chosen by mouse and keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.diagnostics.filters import FilterBank
from app.ui.plots.filter_grid import FilterGrid
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, sign_color


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def grid(qtbot):
    grid = FilterGrid()
    grid.resize(367, 324)
    qtbot.addWidget(grid)
    with qtbot.waitExposed(grid):
        grid.show()
    return grid


def bank_of(kernels, layer_id="conv2d_1", channel=0, channels=1):
    kernels = np.asarray(kernels, np.float32)
    flat = kernels.reshape(len(kernels), -1)
    each = np.array([row[np.abs(row).argmax()] for row in flat])
    names = tuple(str(n) for n in range(1, len(kernels) + 1))
    return FilterBank(layer_id, kernels, channel, channels, names, float(np.abs(flat).max()), each)


def random_bank(count=16, height=3, width=3, largest=1.15, **more):
    kernels = np.random.default_rng(5).normal(0, 0.4, (count, height, width))
    return bank_of(kernels / np.abs(kernels).max() * largest, **more)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("shape", [(16, 3, 3), (6, 5, 5), (64, 8, 8), (4, 1, 7), (3, 2, 1)])
def test_each_weight_has_the_colour_of_its_sign(grid, qapp, tokens, shape):
    apply_theme(qapp, tokens)
    bank = random_bank(*shape)
    grid.show_filters(bank)
    assert grid.limit() == pytest.approx(1.2)
    image = grid.tiles.viewport().grab().toImage()
    checked = 0
    for (number, row, column), weight in np.ndenumerate(bank.kernels):
        rect = grid.tiles.tile_rect(number)
        if rect.bottom() >= image.height():
            continue
        share = 0.15 if rect.width() / shape[2] > 20 else 0.5  # in the middle stands the number
        x = rect.left() + int((column + share) * rect.width() / shape[2])
        y = rect.top() + int((row + share) * rect.height() / shape[1])
        assert image.pixelColor(x, y) == QColor(*sign_color(float(weight) / 1.2))
        assert grid.tiles.weight_at(QPoint(x, y)) == (number, row, column)
        checked += 1
    assert checked > 5


def test_sixteen_filters_stand_as_drawn(grid):
    grid.show_filters(random_bank())
    # In the drawing the panel begins at (624, 412) and the grid below its header of 40.
    drawn = [(648 + 72 * (n % 4), 460 + 72 * (n // 4)) for n in range(16)]
    places = [grid.tiles.tile_rect(n).topLeft() for n in range(16)]
    assert [(p.x() + 624, p.y() + 452) for p in places] == drawn
    assert grid.tiles.tile_rect(0).size().toTuple() == (52, 52)


def test_click_and_keys_choose(grid, qtbot):
    bank = random_bank()
    grid.show_filters(bank)
    told: list[int] = []
    grid.filter_chosen.connect(told.append)
    view = grid.tiles.viewport()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=grid.tiles.tile_rect(5).center())
    largest = bank.kernels[5].flat[np.abs(bank.kernels[5]).argmax()]
    text = f"{largest:.2f}".replace("-", "−")
    assert grid.caption.text() == f"Filter 6, largest {text}"
    assert f"Filter 6 of 16, largest weight {text}" in grid.caption.toolTip()
    frame = grid.tiles.tile_rect(5).topLeft() - QPoint(1, -20)
    assert view.grab().toImage().pixelColor(frame) == QColor(LIGHT.accent)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_End)
    for key in (*keys, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(grid.tiles, key)
    assert told == [5, 6, 10, 9, 5, 15, 0]
    assert grid.tiles.accessibleDescription().startswith("Filter 1 of 16")


def test_pointer_reads_a_weight(grid, qtbot):
    bank = random_bank()
    grid.show_filters(bank)
    rect = grid.tiles.tile_rect(2)
    place = rect.topLeft() + QPoint(rect.width() - 3, 3)
    qtbot.mouseMove(grid.tiles.viewport(), place - QPoint(1, 0))
    qtbot.mouseMove(grid.tiles.viewport(), place)
    weight = f"{bank.kernels[2, 0, 2]:.2f}".replace("-", "−")
    assert grid.caption.text() == f"Filter 3, row 1, column 3: {weight}"
    qtbot.mouseMove(grid.tiles.viewport(), QPoint(4, 4))
    assert grid.caption.text().startswith("Filter 1, largest")


def test_the_scale_does_not_flicker_while_it_learns(grid):
    grid.show_filters(random_bank(largest=1.15))
    grid.show_filters(random_bank(largest=0.9))
    assert grid.limit() == pytest.approx(1.2)
    grid.show_filters(random_bank(largest=1.31))
    assert grid.limit() == pytest.approx(1.4)
    grid.show_filters(random_bank(largest=0.5))
    assert grid.limit() == pytest.approx(0.5)
    grid.show_filters(random_bank(largest=0.4, layer_id="conv2d_2"))
    assert grid.limit() == pytest.approx(0.4)


def test_chosen_filter_stays_chosen_within_a_layer(grid):
    grid.show_filters(random_bank())
    grid.tiles.choose(9)
    grid.show_filters(random_bank(largest=1.0))
    assert grid.tiles.current == 9
    grid.show_filters(random_bank(count=4))
    assert grid.tiles.current == 3
    grid.show_filters(random_bank(layer_id="other"))
    assert grid.tiles.current == 0


def test_channels_are_offered_when_there_are_several(grid, qtbot):
    grid.show_filters(random_bank())
    assert grid.channels.isHidden()
    grid.show_filters(random_bank(channel=1, channels=3))
    assert grid.channels.isVisible()
    assert grid.channels.current() == 1
    told: list[int] = []
    grid.channel_chosen.connect(told.append)
    grid.channels.setFocus()
    qtbot.keyClick(grid.channels, Qt.Key.Key_Down)
    assert told == [2]


def test_many_filters_scroll(grid, qtbot):
    grid.show_filters(random_bank(count=300))
    bar = grid.tiles.verticalScrollBar()
    assert bar.maximum() > 0
    qtbot.keyClick(grid.tiles, Qt.Key.Key_End)
    assert bar.value() > 0
    assert grid.tiles.viewport().rect().contains(grid.tiles.tile_rect(299))
    qtbot.keyClick(grid.tiles, Qt.Key.Key_Home)
    assert grid.tiles.viewport().rect().contains(grid.tiles.tile_rect(0))


def test_table_has_every_weight(grid):
    bank = random_bank(3, 2, 2, channel=1, channels=2)
    grid.show_filters(bank)
    table = grid.table()
    assert table.title == "Filters of conv2d_1, channel 2"
    assert len(table.rows) == 12
    assert table.rows[6] == ("2", 2, 1, float(bank.kernels[1, 1, 0]))


def test_pictures_of_a_dense_layer_are_quick(grid):
    import time

    bank = random_bank(128, 28, 28)
    grid.show_filters(bank)
    times = []
    for _ in range(3):
        start = time.process_time()
        grid.show_filters(bank)
        grid.grab()
        times.append(time.process_time() - start)
    assert min(times) < 0.05

"""The map over a picture and the bars: colours as the scale says, every value to be read."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor

from app.ui.plots.named_bars import Bar, NamedBars, bar_text
from app.ui.plots.overlay_picture import Overlay, OverlayPicture, outline
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, sign_color

VALUES = np.array([[0.5, -1.0, 0.0], [0.25, 0.1, np.nan]])


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def picture(qtbot):
    picture = OverlayPicture("map")
    picture.resize(500, 400)
    qtbot.addWidget(picture)
    with qtbot.waitExposed(picture):
        picture.show()
    return picture


RAMP = np.arange(24, dtype=float).reshape(4, 6, 1)


def overlay(values=VALUES, *, signed=True, smooth=False, raw=RAMP, least=0.0):
    return Overlay("What mattered", raw, 0.0, 24.0, values, signed, smooth, "drop", least)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_cells_have_the_colours_of_the_scale(picture, qapp, tokens):
    apply_theme(qapp, tokens)
    picture.show_overlay(overlay())
    assert picture.limit == 1.0
    image = picture.grab().toImage()
    for (row, column), value in np.ndenumerate(VALUES):
        place = picture.cell_rect(row, column).center().toPoint()
        if np.isfinite(value):
            assert image.pixelColor(place) == QColor(*sign_color(float(value)))
        else:  # not known yet: the picture shows
            assert image.pixelColor(place) not in [QColor(*sign_color(v)) for v in (-1, 0, 1)]
    picture.set_opacity(0.0)
    bare = picture.grab().toImage()
    corner = picture.picture_rect().topLeft().toPoint()
    dark = bare.pixelColor(corner.x() + 8, corner.y() + 8)
    assert dark == QColor(0, 0, 0)


def test_values_are_read_by_pointer_and_keys(picture, qtbot):
    picture.show_overlay(overlay())
    assert picture.reading() == "largest: drop −1.00 at row 1, column 2"
    qtbot.mouseMove(picture, picture.cell_rect(1, 0).center().toPoint())
    assert picture.reading() == "row 2, column 1: drop +0.25"
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(picture, key)
    assert picture.reading() == "row 2, column 3: drop not yet"
    qtbot.keyClick(picture, Qt.Key.Key_Up)
    assert picture.accessibleDescription() == "row 1, column 3: drop 0.00"
    qtbot.keyClick(picture, Qt.Key.Key_Escape)
    assert picture.reading().startswith("largest")
    table = picture.table()
    assert table.headers == ("row", "column", "drop")
    assert table.rows[1] == (1, 2, -1.0)
    assert table.rows[5] == (2, 3, None)


def test_a_smooth_map_keeps_its_values(picture):
    picture.show_overlay(
        overlay(np.array([[1.0, 0.0], [0.0, 0.5]]), signed=False, smooth=True, raw=RAMP * 0)
    )
    image = picture.grab().toImage()
    box = picture.picture_rect()
    corner = image.pixelColor(int(box.left()) + 3, int(box.top()) + 3)
    assert corner == QColor(*sign_color(1.0))
    middle = image.pixelColor(box.center().toPoint())
    wanted = QColor(*sign_color(0.375))  # the mean of the four
    channels = zip(middle.getRgb(), wanted.getRgb(), strict=True)
    assert max(abs(a - b) for a, b in channels) <= 6
    assert len(picture.table().rows) == 4


def test_an_empty_map_says_nothing(picture):
    assert picture.reading() == ""
    assert picture.table().rows == ()
    picture.grab()
    picture.show_overlay(overlay(np.full((2, 2), np.nan)))
    assert picture.reading() == ""
    picture.show_overlay(overlay(np.zeros((2, 2))))
    assert picture.limit == 1.0
    picture.grab()


def test_bars_are_chosen_and_told(qtbot):
    bars = NamedBars("answers", "What the network says")
    bars.resize(252, 150)
    qtbot.addWidget(bars)
    with qtbot.waitExposed(bars):
        bars.show()
    told: list[int] = []
    bars.chosen.connect(told.append)
    shown = tuple(
        Bar(f"class {n}", n / 10, true=n == 3, note="true class" if n == 3 else "")
        for n in range(10)
    )
    bars.show_bars("Answers", "probability", shown, current=2, reach=1.0, pickable=True)
    lines = bars.lines
    qtbot.mouseClick(
        lines.viewport(), Qt.MouseButton.LeftButton, pos=lines.line_rect(4).center().toPoint()
    )
    qtbot.keyClick(lines, Qt.Key.Key_End)
    assert told == [4, 9]
    assert lines.line_rect(9).bottom() <= lines.viewport().height()
    assert "chosen: class 9" in lines.accessibleDescription()
    assert bars.table().headers == ("name", "probability", "note")
    assert bars.table().rows[3] == ("class 3", 0.3, "true class")
    bars.show_bars("Columns", "drop", (Bar("a", -2.0), Bar("b", 1.0)), signed=True)
    image = lines.viewport().grab().toImage()
    width = lines.viewport().width()
    at = [image.pixelColor(x, round(lines.line_rect(0).center().y())) for x in range(width)]
    assert QColor(*sign_color(-1.0)) in at
    assert QColor(*sign_color(1.0)) not in at
    qtbot.keyClick(lines, Qt.Key.Key_Down)  # nothing to choose here
    assert told == [4, 9]


def test_small_numbers_keep_their_digits():
    texts = [bar_text(v, sign=False) for v in (0.0, 1.0, 0.25, 0.005, 0.0031, 2e-12)]
    assert texts == ["0.00", "1.00", "0.25", "0.005", "3e−3", "2e−12"]
    shares = [bar_text(v, sign=False, share=True) for v in (0.0, 6e-14, 0.0031, 0.997, 1.0)]
    assert shares == ["< 0.001", "< 0.001", "0.003", "0.997", "1.000"]
    assert [bar_text(v, sign=True) for v in (0.5, -0.00012)] == ["+0.50", "−1.2e−4"]


def test_noise_is_not_stretched_to_full_colour(picture):
    picture.show_overlay(overlay(np.full((2, 3), 0.00018), least=0.01))
    assert picture.limit == pytest.approx(0.01)
    place = picture.cell_rect(0, 0).center().toPoint()
    assert picture.grab().toImage().pixelColor(place) == QColor(*sign_color(0.018))


def test_the_picture_is_outlined_between_dark_and_bright():
    raw = np.zeros((4, 4, 1))
    raw[1:3, 1:3] = 9.0
    assert outline(raw).boundingRect() == QRectF(0.25, 0.25, 0.5, 0.5)
    assert outline(raw).elementCount() == 2 * 8  # each side of the square is two pixels long
    assert outline(np.kron(raw, np.ones((64, 64, 1)))).boundingRect() == QRectF(
        0.25, 0.25, 0.5, 0.5
    )
    assert outline(raw * 0).isEmpty()

"""Drawing a picture: strokes become pixels as the data have them, and every step can be undone."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.data_settings import BuiltinSource, DataSettings
from app.data.drawn_picture import PictureLook, look_of, picture_of
from app.data.loading import load
from app.ui.plots.drawing_pad import DrawingPad

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
BLACK_GROUND = PictureLook(0.0, 16.0, np.zeros(1), np.array([16.0]), whole=True)


@pytest.fixture
def pad(qtbot):
    pad = DrawingPad("pad")
    qtbot.addWidget(pad)
    pad.resize(210, 210)
    pad.start(BLACK_GROUND, (8, 8, 1))
    with qtbot.waitExposed(pad):
        pad.show()
    return pad


def at(pad, across, down):
    box = pad.sheet_rect()
    return QPoint(round(box.left() + across * box.width()), round(box.top() + down * box.height()))


def lead(pad, *points):
    places = [at(pad, *point) for point in points]
    QTest.mousePress(pad, LEFT, PLAIN, places[0])
    for place in places[1:]:
        QTest.mouseMove(pad, place)
    QTest.mouseRelease(pad, LEFT, PLAIN, places[-1])


def test_a_stroke_has_the_ink_that_it_covers(pad):
    pad.set_brush(0.25)
    lead(pad, (0.0, 0.5), (1.0, 0.5))
    picture = pad.picture()
    assert picture.shape == (8, 8, 1)
    # The brush is two pixels wide and led along the middle line.
    expected = np.zeros((8, 8))
    expected[3:5] = 16
    assert np.abs(picture[:, 1:7, 0] - expected[:, 1:7]).max() <= 1
    assert (picture == np.rint(picture)).all()


def test_edges_are_smooth(pad):
    pad.set_brush(0.25)
    lead(pad, (0.0, 0.53), (1.0, 0.53))  # 0.24 of a pixel lower
    column = pad.picture()[:, 4, 0]
    assert column[3] == pytest.approx(16 * 0.76, abs=1.1)
    assert column[4] == 16
    assert column[5] == pytest.approx(16 * 0.24, abs=1.1)


def test_each_step_can_be_undone(pad, qtbot):
    told: list[bool] = []
    pad.drawn.connect(lambda: told.append(True))
    lead(pad, (0.2, 0.2), (0.8, 0.2))
    first = pad.picture()
    assert told
    lead(pad, (0.5, 0.1), (0.5, 0.9))
    second = pad.picture()
    assert not np.array_equal(first, second)
    pad.set_brush(0.4, erasing=True)
    lead(pad, (0.5, 0.5), (0.5, 0.9))
    assert pad.picture()[6, 4, 0] == 0 < second[6, 4, 0]
    pad.clear()
    assert pad.picture().max() == 0
    for expected in (None, second, first, np.zeros((8, 8, 1))):
        qtbot.keyClick(pad, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        if expected is not None:
            np.testing.assert_array_equal(pad.picture(), expected)
    assert not pad.can_undo
    pad.undo()
    assert pad.empty


def test_the_keyboard_draws(pad, qtbot):
    pad.set_brush(0.125)
    for key in (Qt.Key.Key_Up,) * 2 + (Qt.Key.Key_Space,):
        qtbot.keyClick(pad, key)
    for _ in range(4):
        qtbot.keyClick(pad, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(pad, Qt.Key.Key_Space)
    drawn = pad.picture()[..., 0]
    assert drawn[3, 4:7].min() > 8  # from the middle, a little up, to the right
    assert drawn[:, :3].max() == 0
    qtbot.keyClick(pad, Qt.Key.Key_Right)
    np.testing.assert_array_equal(pad.picture()[..., 0], drawn)  # lifted
    qtbot.keyClick(pad, Qt.Key.Key_Delete)
    assert pad.picture().max() == 0
    qtbot.keyClick(pad, Qt.Key.Key_Space)
    assert pad.picture().max() > 0
    qtbot.keyClick(pad, Qt.Key.Key_Escape)
    assert pad.picture().max() == 0


def test_a_sample_can_be_drawn_upon(pad):
    sample = np.random.default_rng(2).integers(0, 17, (8, 8, 1)).astype(float)
    pad.put_picture(sample)
    np.testing.assert_array_equal(pad.picture(), sample)
    pad.set_brush(0.25)
    lead(pad, (0.06, 0.06), (0.07, 0.06))
    assert pad.picture()[0, 0, 0] == 16
    np.testing.assert_array_equal(pad.picture()[2:], sample[2:])
    pad.undo()
    pad.undo()
    assert pad.picture().max() == 0


def test_colors_and_bright_grounds(pad):
    white = PictureLook(0.0, 255.0, np.full(3, 255.0), np.zeros(3), whole=True)
    pad.start(white, (12, 10, 3))
    assert (pad.picture() == 255).all()
    assert pad.own_ink == "#000000"
    pad.set_brush(0.3, ink="#ff0000")
    lead(pad, (0.5, 0.5), (0.5, 0.51))
    np.testing.assert_array_equal(pad.picture()[5, 4], [255, 0, 0])
    np.testing.assert_array_equal(pad.picture()[0, 0], [255, 255, 255])


def test_the_look_of_digits_and_of_v_shapes():
    digits = load(DataSettings(source=BuiltinSource(name="digits")))
    look = look_of(np.asarray(digits.raw[digits.training.rows[:256]]), 0.0, 16.0)
    assert look.whole
    assert (look.ground, look.ink) == ([0], [16])
    assert look.centre == (0.5, 0.5)
    assert look.size == 1.0
    pictures = np.zeros((40, 16, 16, 1))
    for number, picture in enumerate(pictures):  # two dots each, and never centred
        picture[number % 5, 3] = picture[15 - number % 7, number % 12 + 2] = 0.9
    scattered = look_of(pictures, 0.0, 1.0)
    assert scattered.centre is None
    assert not scattered.whole


def test_a_drawing_is_moved_and_sized_as_the_data_are():
    look = PictureLook(0.0, 1.0, np.zeros(1), np.ones(1), False, (0.5, 0.5), 0.75)
    sheet = np.zeros((64, 64, 1))
    sheet[4:20, 40:56] = 1  # a square of a quarter of the side, up at the right
    moved = picture_of(sheet, look, (16, 16, 1), centred=True)[..., 0]
    expected = np.zeros((16, 16))
    expected[2:14, 2:14] = 1
    assert np.abs(moved - expected).max() < 0.2
    stays = picture_of(sheet, look, (16, 16, 1), centred=False)[..., 0]
    expected = np.zeros((16, 16))
    expected[1:5, 10:14] = 1
    np.testing.assert_array_equal(stays, expected)
    empty = picture_of(np.zeros((64, 64, 1)), look, (16, 16, 1), centred=True)
    assert empty.max() == 0

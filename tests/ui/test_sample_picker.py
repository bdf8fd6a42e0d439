"""The sample that is looked at: chosen from the data, drawn, typed."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app.core.data_settings import BuiltinSource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.loading import load
from app.diagnostics.probes import Predictions
from app.diagnostics.readings import Verdicts
from app.ui.inside.sample_choice import SampleChoice
from app.ui.inside.sample_picker import SamplePicker

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def digits():
    return load(DataSettings(source=BuiltinSource(name="digits")))


@pytest.fixture
def picker(qtbot):
    picker = SamplePicker()
    qtbot.addWidget(picker)
    picker.resize(picker.width(), 620)
    with qtbot.waitExposed(picker):
        picker.show()
    picker.told = []
    picker.sample_changed.connect(lambda: picker.told.append(picker.chosen))
    return picker


def click(picker, name):
    widget = picker.findChild(object, name)
    assert widget.isVisible()
    assert widget.isEnabled()
    QTest.mouseClick(widget, LEFT)


def test_without_data_there_is_nothing_to_choose(picker, digits):
    assert not picker.isEnabled()
    assert picker.chosen == SampleChoice("", None)
    assert picker.options() == FrozenMap()
    picker.show_data(digits)
    assert picker.isEnabled()
    picker.show_data(None)
    assert picker.chosen == SampleChoice("", None)
    assert picker.sample is None


def test_samples_are_chosen_by_number_step_and_chance(picker, digits, qtbot):
    picker.show_data(digits)
    assert picker.told == []
    assert picker.chosen == SampleChoice("validation", 0)
    click(picker, "sample.next")
    assert picker.chosen == SampleChoice("validation", 1)
    assert picker.told == [SampleChoice("validation", 1)]
    assert picker.options() == FrozenMap(part="validation", row=1)
    assert picker.sample is None
    truth = digits.validation.y[1]
    assert picker.truth.text() == f"True class: {digits.summary.class_names[truth]}"
    assert picker.true_class() == truth
    click(picker, "sample.previous")
    click(picker, "sample.previous")
    last = len(digits.validation) - 1
    assert picker.chosen == SampleChoice("validation", last)
    number = picker.from_data.number
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "17")
    assert picker.chosen == SampleChoice("validation", 16)
    number.selectAll()
    qtbot.keyClicks(number, "99999")
    assert picker.chosen.row <= last
    assert "from 1 to" in number.error()
    click(picker, "sample.random")
    assert picker.chosen.row != 16
    click(picker, "sample.part.training")
    assert picker.chosen == SampleChoice("training", 0)


def test_classes_and_wrong_answers(picker, digits):
    picker.show_data(digits)
    view = picker.from_data
    y = digits.validation.y
    assert not view.wrong_first.isVisible()
    index = view.classes.findText(digits.summary.class_names[3])
    view.classes.setCurrentIndex(index)
    view.classes.activated.emit(index)
    threes = np.flatnonzero(y == 3)
    assert picker.chosen.row == threes[0]
    for row in threes[1:4]:
        click(picker, "sample.next")
        assert picker.chosen.row == row
    said = y.copy()
    said[threes[5]] = 8
    said[threes[7]] = 0
    said[np.flatnonzero(y == 4)[0]] = 3
    rows = np.arange(len(y))
    shares = np.full(len(y), 0.5, np.float32)
    verdicts = Verdicts("probability", np.zeros((len(y), 10), np.float32), said, shares)
    picker.show_predictions(Predictions("validation", verdicts, rows))
    assert "2 answered wrongly" in view.of.text()
    click(picker, "sample.wrong_first")
    assert picker.chosen.row == threes[5]
    click(picker, "sample.next")
    assert picker.chosen.row == threes[7]
    click(picker, "sample.next")
    assert picker.chosen.row == threes[0]
    some = rows[::2]
    few = Verdicts("probability", verdicts.values[some], said[some], shares[some])
    picker.show_predictions(Predictions("validation", few, some))
    seen, wrong = int((y[some] == 3).sum()), int(((y != said) & (y == 3))[some].sum())
    assert view.of.text().endswith(f"; {wrong} of {seen} looked at answered wrongly")
    picker.show_predictions(None)
    assert "wrongly" not in view.of.text()


def test_a_digit_is_drawn_with_the_mouse(picker, digits):
    picker.show_data(digits)
    click(picker, "sample.mode.draw")
    assert picker.options() == FrozenMap()
    assert picker.sample.shape == (8, 8, 1)
    assert picker.sample.max() == 0
    assert picker.missing().startswith("Draw a digit on the sheet")
    assert picker.truth.text() == "Nothing drawn yet"
    assert picker.drawing.pad.hint == "Draw a digit here."
    pad = picker.drawing.pad
    box = pad.sheet_rect()
    places = [
        QPoint(round(box.left() + x * box.width()), round(box.top() + y * box.height()))
        for x, y in ((0.5, 0.2), (0.5, 0.5), (0.5, 0.8))
    ]
    before = len(picker.told)
    QTest.mousePress(pad, LEFT, Qt.KeyboardModifier.NoModifier, places[0])
    QTest.mouseMove(pad, places[1])
    QTest.mouseMove(pad, places[2])
    QTest.mouseRelease(pad, LEFT, Qt.KeyboardModifier.NoModifier, places[2])
    assert len(picker.told) >= before + 3
    drawn = picker.sample[..., 0]
    assert drawn[:, 3:5].mean() > 8  # sized as the data are: from edge to edge
    assert drawn[:, :2].max() == drawn[:, 6:].max() == 0
    assert picker.chosen == SampleChoice("", None, picker.sample)
    assert picker.chosen != SampleChoice("", None, picker.sample + 1)
    assert picker.truth.text() == "Your drawing"
    assert picker.missing() == ""
    assert picker.true_class() is None
    click(picker, "sample.centered")
    assert picker.sample[0].max() == 0  # as it was drawn
    click(picker, "sample.clear")
    assert picker.sample.max() == 0
    assert picker.missing().startswith("Draw a digit on the sheet")
    assert picker.truth.text() == "Nothing drawn yet"
    assert picker.drawing.pad.hint == "Draw a digit here."
    click(picker, "sample.undo")
    assert picker.sample.max() > 4
    click(picker, "sample.upon")
    first = digits.raw[digits.validation.rows[:1]][0]
    np.testing.assert_array_equal(picker.sample, first)
    click(picker, "sample.mode.data")
    assert picker.chosen == SampleChoice("validation", 0)


def test_a_row_is_typed(picker, qtbot, tmp_path):
    lines = ["size,city,label"]
    lines += [f"{n * 1.5},{('Ulm', 'Köln', 'Bonn')[n % 3]},{n % 2}" for n in range(40)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    data = load(DataSettings(source=TableSource(path=str(path))))
    picker.show_data(data)
    assert not picker.findChild(object, "sample.mode.draw").isVisible()
    click(picker, "sample.mode.type")
    raw = data.raw[data.validation.rows[:1]][0]
    np.testing.assert_array_equal(picker.sample, raw)  # filled with the chosen sample
    names = data.preprocessing.feature_names
    size = picker.findChild(object, "sample.value.0")
    size.setFocus()
    size.selectAll()
    qtbot.keyClicks(size, "7.25")
    assert picker.sample[names.index("size")] == 7.25
    assert picker.told[-1] == SampleChoice("", None, picker.sample)
    city = picker.findChild(object, "sample.value.1")
    for text in ("Bonn", "none of them"):
        index = city.findText(text)
        city.setCurrentIndex(index)
        city.activated.emit(index)
        one = [float(name == f"city = {text}") for name in names if name.startswith("city")]
        assert picker.sample[1:].tolist() == one
    assert picker.sample.shape == data.preprocessing.input_shape
    click(picker, "sample.fill_in")
    np.testing.assert_array_equal(picker.sample, raw)


def test_the_choice_stays_with_the_same_data(picker, digits):
    picker.show_data(digits)
    click(picker, "sample.part.training")
    click(picker, "sample.next")
    picker.show_data(digits)
    assert picker.chosen == SampleChoice("training", 1)
    assert picker.told == [SampleChoice("training", 0), SampleChoice("training", 1)]
    picker.show_answer("7 with 0.93")
    assert picker.answer.isVisible()
    picker.show_answer("")
    assert not picker.answer.isVisible()


def test_what_was_chosen_elsewhere_is_shown_without_a_signal(picker, digits):
    picker.show_data(digits)
    picker.show_place(("training", 41))
    assert (picker.place, picker.told) == (("training", 41), [])
    truth = digits.summary.class_names[digits.training.y[41]]
    assert picker.truth.text() == f"True class: {truth}"
    for nowhere in (("training", 10**6), ("test", 3), None):
        picker.show_place(nowhere)
        assert picker.place == ("training", 41)
    click(picker, "sample.mode.draw")
    picker.show_place(("validation", 5))  # a drawing stays
    assert picker.place is None
    assert picker.mode.current() == "draw"

"""Marks of a form, for every kind of option: by mouse, by keyboard, in place, and in error."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QMenu,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import LAYER_KINDS
from app.core.network import with_option
from app.core.options import (
    MORE,
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    TextOption,
)
from app.core.project import Project
from app.core.resolve import resolve
from app.core.search_settings import Dimension
from app.core.search_space import default_dimension, marked
from app.core.templates import handwritten_digits
from app.ui.canvas.face import face_of_layer
from app.ui.controls import Button, CheckBox, ComboBox, Label
from app.ui.controls.range_field import RangeField, TickList
from app.ui.option_form import OptionForm
from app.ui.option_group import FoldHeader
from app.ui.search_marks import DimensionEditor, Mark, MarkButton
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton


def common(**rest: object) -> dict:
    return {"name": "subject", "label": "Subject", "help": "What it does.", **rest}


FEW = tuple(Choice(value, value.capitalize()) for value in ("a", "b", "c"))
MANY = tuple(Choice(f"kind_{n}", f"Kind {n}") for n in range(9))
KINDS: dict[str, tuple[Option, Dimension]] = {
    "integer": (
        IntegerOption(default=16, minimum=1, maximum=512, **common()),
        Dimension(path="p", low=4, high=64, log=True),
    ),
    "float": (
        FloatOption(default=0.5, minimum=0.0, maximum=1.0, **common()),
        Dimension(path="p", low=0.0, high=0.5),
    ),
    "integer or none": (
        IntegerOption(default=None, optional=True, minimum=1, **common()),
        Dimension(path="p", values=(None, 4)),
    ),
    "shape": (
        ShapeOption(default=(3, 3), length=2, **common()),
        Dimension(path="p", values=((1, 1), (3, 3))),
    ),
    "few choices": (
        ChoiceOption(default="a", choices=FEW, **common()),
        Dimension(path="p", values=("a", "b")),
    ),
    "many choices": (
        ChoiceOption(default="kind_0", choices=MANY, **common()),
        Dimension(path="p", values=("kind_0", "kind_1")),
    ),
    "flag": (FlagOption(default=True, **common()), Dimension(path="p", values=(True, False))),
    "flag or none": (
        FlagOption(default=None, optional=True, **common()),
        Dimension(path="p", values=(None, True)),
    ),
    "text": (TextOption(default="x", **common()), Dimension(path="p", values=("x", "y"))),
}
EVERY = pytest.mark.parametrize(
    ("option", "dimension"), list(KINDS.values()), ids=list(KINDS.keys())
)
UNITS, RANGE = KINDS["integer"]
NEIGHBOUR = IntegerOption(name="neighbour", label="Neighbour", default=1, help="Another one.")


@pytest.fixture(autouse=True)
def light(qapp: QApplication):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


class Held:
    """A form, what it asked for, and what it was last given."""

    def __init__(self, form: OptionForm) -> None:
        self.form = form
        self.asked: list[str] = []
        self.edited: list[tuple[str, Dimension]] = []
        self.options: tuple[Option, ...] = ()
        form.mark_asked.connect(self.asked.append)
        form.dimension_edited.connect(lambda name, new: self.edited.append((name, new)))

    def show(self, options: tuple[Option, ...], marks: Mapping[str, Mark], subject=None) -> None:
        if self.options != options:
            self.options = options
        self.form.show_options(self.options, {}, subject=subject, marks=marks)

    def part(self, name: str, kind: type = QWidget):
        (found,) = self.form.findChildren(kind, f"inspector.{name}")
        return found


@pytest.fixture
def held(qtbot):
    window = QWidget()
    column = QVBoxLayout(window)
    form = OptionForm("inspector", window, gutter=True)
    column.addWidget(form)
    column.addStretch(1)
    window.resize(288, 600)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield Held(form)
    window.close()


def retype(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


@EVERY
def test_a_mark_asks_and_shows_nothing_by_itself(held, option: Option, dimension) -> None:
    held.show((NEIGHBOUR, option), {"subject": Mark()})
    mark = held.part("subject.mark", MarkButton)
    assert mark.isVisible()
    assert not mark.isChecked()
    assert mark.accessibleName() == "Search Subject: try several values"
    assert held.form.findChildren(MarkButton, "inspector.neighbour.mark") == []
    QTest.mouseClick(mark, LEFT)
    assert held.asked == ["subject"]
    assert not mark.isChecked(), "what is shown follows from the answer"
    mark.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(mark, Qt.Key.Key_Space)
    assert held.asked == ["subject", "subject"]
    assert held.edited == []


@EVERY
def test_the_values_stand_below_the_field_which_stays(held, option, dimension) -> None:
    held.show((NEIGHBOUR, option), {"subject": Mark()})
    control = held.form.control_of("subject")
    held.show((NEIGHBOUR, option), {"subject": Mark(dimension)})
    editor = held.part("subject.search", DimensionEditor)
    assert editor.isVisible()
    assert held.form.control_of("subject") is control
    assert control.isVisible()
    assert editor.mapTo(held.form, QPoint()).y() > control.mapTo(held.form, QPoint()).y()
    assert held.part("subject.mark").accessibleName() == "Do not search Subject"
    interactive = [
        part
        for part in editor.findChildren(QWidget)
        if part.isVisible() and part.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert interactive
    for part in interactive:
        assert part.accessibleName().startswith("Search Subject")
        assert part.objectName().startswith("inspector.subject.search")
    assert len({part.objectName() for part in interactive}) == len(interactive)
    assert held.form.minimumSizeHint().width() <= 272, "the inspector is not to become wider"
    assert held.edited == []
    held.show((NEIGHBOUR, option), {"subject": Mark()})
    assert not editor.isVisible()


@EVERY
def test_without_a_gutter_there_are_no_marks(qtbot, option, dimension) -> None:
    form = OptionForm("inspector")
    qtbot.addWidget(form)
    form.show_options((option,), {}, marks={"subject": Mark(dimension)})
    form.show()
    assert form.findChildren(MarkButton) == []
    assert form.findChildren(DimensionEditor) == []


def test_what_is_typed_is_told_at_each_keystroke_and_the_text_stays(held) -> None:
    held.show((UNITS,), {"subject": Mark(RANGE)})
    field = held.part("subject.search.values", QLineEdit)
    assert field.text() == "4 to 64"
    retype(field, "8..32")
    # "8" is no search, "8..3" is upside down: only what means something is told
    assert held.edited == [("subject", Dimension(path="p", low=8, high=32, log=True))]
    held.show((UNITS,), {"subject": Mark(held.edited[-1][1])})
    assert field.text() == "8..32", "what is being typed stays"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.text() == "8 to 32"
    held.edited.clear()
    retype(field, "16, 32, 64")
    assert held.edited[-1][1] == Dimension(path="p", values=(16, 32, 64))
    held.show((UNITS,), {"subject": Mark(held.edited[-1][1])})
    assert not held.part("subject.search.log").isVisible(), "a list has no log"
    assert held.part("subject.search.count", Label).text() == "3 values"


def test_a_wrong_text_is_said_below_and_changes_nothing(held) -> None:
    held.show((UNITS,), {"subject": Mark(RANGE)})
    field = held.part("subject.search.values", QLineEdit)
    field.setFocus()
    field.selectAll()
    field.insert("64..8")
    assert held.edited == []
    message = held.part("subject.search.values.error", Label)
    assert message.isVisible()
    assert "the smaller number comes first" in message.text()
    held.show((UNITS,), {"subject": Mark(RANGE)})
    assert field.text() == "64..8"
    assert message.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "4 to 64"
    assert not message.isVisible()
    field.insert("x")
    held.show((UNITS,), {"subject": Mark(RANGE)}, subject="another")
    assert field.text() == "4 to 64", "another layer drops what was typed for the last"


def test_log_and_step(held) -> None:
    held.show((UNITS,), {"subject": Mark(RANGE)})
    log = held.part("subject.search.log", CheckBox)
    step = held.part("subject.search.step", QLineEdit)
    assert log.isChecked()
    assert not step.isVisible()
    QTest.mouseClick(log, LEFT)
    linear = Dimension(path="p", low=4, high=64)
    assert held.edited == [("subject", linear)]
    assert "by factors" in log.toolTip()
    held.show((UNITS,), {"subject": Mark(linear.model_copy(update={"low": 0}))})
    assert not log.isEnabled()
    assert "Factors never reach 0" in log.toolTip()
    held.show((UNITS,), {"subject": Mark(linear)})
    assert step.isVisible()
    assert step.text() == ""
    assert step.placeholderText() == "1"
    assert held.part("subject.search.count", Label).text() == "61 values"
    retype(step, "20")
    assert held.edited[-1][1] == replace_step(linear, 20)
    held.show((UNITS,), {"subject": Mark(held.edited[-1][1])})
    assert held.part("subject.search.count", Label).text() == "4 values"
    told = len(held.edited)
    step.selectAll()
    step.insert("100")
    assert len(held.edited) == told
    message = held.part("subject.search.step.error", Label)
    assert message.isVisible()
    assert "at most the width of the range, 60" in message.text()
    step.clear()
    QTest.keyClicks(step, "5")
    QTest.keyClick(step, Qt.Key.Key_Backspace)
    assert held.edited[-1][1] == linear
    held.show((UNITS,), {"subject": Mark(Dimension(path="p", low=-4, high=64))})
    assert not log.isEnabled(), "by factors from a negative number leads nowhere"


def replace_step(dimension: Dimension, step: float) -> Dimension:
    return dimension.model_copy(update={"step": step})


def test_choices_are_ticked_and_the_last_tick_stays(held) -> None:
    option, dimension = KINDS["few choices"]
    held.show((option,), {"subject": Mark(dimension)})
    boxes = [held.part(f"subject.search.{value}", CheckBox) for value in "abc"]
    assert [box.isChecked() for box in boxes] == [True, True, False]
    QTest.mouseClick(boxes[2], LEFT)
    assert held.edited[-1] == ("subject", Dimension(path="p", values=("a", "b", "c")))
    boxes[0].setFocus(Qt.FocusReason.TabFocusReason)
    held.show((option,), {"subject": Mark(Dimension(path="p", values=("a",)))})
    assert [box.isChecked() for box in boxes] == [True, False, False]
    told = len(held.edited)
    QTest.keyClick(boxes[0], Qt.Key.Key_Space)
    assert len(held.edited) == told
    assert boxes[0].isChecked()
    message = held.part("subject.search.error", Label)
    assert message.isVisible()
    assert "At least one value" in message.text()
    QTest.mouseClick(boxes[1], LEFT)
    held.show((option,), {"subject": Mark(held.edited[-1][1])})
    assert not message.isVisible()


def test_many_choices_are_unfolded_when_asked_for(held) -> None:
    option, dimension = KINDS["many choices"]
    held.show((option,), {"subject": Mark(dimension)})
    assert not [box for box in held.form.findChildren(CheckBox) if box.isVisible()]
    unfold = held.part("subject.search.unfold")
    assert unfold.text() == "2 of 9…"
    QTest.mouseClick(unfold, LEFT)
    QApplication.processEvents()  # they are laid out
    boxes = [held.part(f"subject.search.kind_{n}", CheckBox) for n in range(9)]
    assert [box.isChecked() for box in boxes] == [True, True] + [False] * 7
    QTest.mouseClick(boxes[8], LEFT)
    assert held.edited[-1][1].values == ("kind_0", "kind_1", "kind_8")
    order, stop = [], unfold
    for _ in range(2 + len(boxes)):
        stop = next_stop(stop)
        order.append(stop)
    both = [held.part(f"subject.search.tick_{name}") for name in ("all", "none")]
    assert order == [*both, *boxes], "the tab key goes from tick to tick"
    QTest.mouseClick(unfold, LEFT)
    assert unfold.text() == "3 of 9…"
    assert not any(button.isVisible() for button in both)


def test_all_and_none_of_many_ticks(held) -> None:
    option, dimension = KINDS["many choices"]
    held.show((option,), {"subject": Mark(dimension)})
    unfold = held.part("subject.search.unfold")
    every, none = (held.part(f"subject.search.tick_{name}", Button) for name in ("all", "none"))
    QTest.mouseClick(unfold, LEFT)
    QApplication.processEvents()
    assert every.accessibleName() == "Search Subject: tick all"
    QTest.mouseClick(every, LEFT)
    assert held.edited[-1][1].values == tuple(choice.value for choice in MANY)
    held.show((option,), {"subject": Mark(held.edited[-1][1])})

    told = len(held.edited)
    QTest.mouseClick(none, LEFT)
    boxes = [held.part(f"subject.search.kind_{n}", CheckBox) for n in range(9)]
    assert not any(box.isChecked() for box in boxes)
    assert len(held.edited) == told, "nothing to try is no space: it waits for a tick"
    message = held.part("subject.search.error", Label)
    assert message.isVisible()
    assert "tick what is tried" in message.text()
    QTest.mouseClick(boxes[4], LEFT)
    assert not message.isVisible()
    assert held.edited[-1][1].values == ("kind_4",)
    held.show((option,), {"subject": Mark(held.edited[-1][1])})
    QTest.mouseClick(boxes[2], LEFT)
    assert held.edited[-1][1].values == ("kind_2", "kind_4")


def test_folding_away_without_a_tick_brings_back_what_is_searched(held) -> None:
    option, dimension = KINDS["many choices"]
    held.show((option,), {"subject": Mark(dimension)})
    unfold = held.part("subject.search.unfold")
    QTest.mouseClick(unfold, LEFT)
    QApplication.processEvents()
    QTest.mouseClick(held.part("subject.search.tick_none"), LEFT)
    QTest.mouseClick(unfold, LEFT)
    assert unfold.text() == "2 of 9…"
    assert not held.part("subject.search.error").isVisible()
    assert held.edited == []


def test_what_is_unfolded_comes_into_view(qtbot) -> None:
    option, dimension = KINDS["many choices"]
    area = QScrollArea()
    qtbot.addWidget(area)
    area.setWidgetResizable(True)
    inner = QWidget()
    column = QVBoxLayout(inner)
    above = QWidget()
    above.setFixedHeight(280)
    column.addWidget(above)
    editor = DimensionEditor(option, "subject.search")
    editor.show_mark(Mark(dimension))
    column.addWidget(editor)
    column.addStretch(1)
    area.setWidget(inner)
    area.resize(300, 340)
    area.show()
    ticks = editor.field
    assert isinstance(ticks, TickList)
    QTest.mouseClick(ticks.unfold, LEFT)

    def seen() -> None:
        for part in (ticks.unfold, *ticks.boxes[:6]):
            top = part.mapTo(area.viewport(), QPoint(0, 0)).y()
            assert top >= 0
            assert top + part.height() <= area.viewport().height()

    qtbot.waitUntil(lambda: area.verticalScrollBar().value() > 0)
    seen()


def next_stop(widget: QWidget) -> QWidget:
    found = widget.nextInFocusChain()
    while not (found.isVisible() and found.focusPolicy() & Qt.FocusPolicy.TabFocus):
        found = found.nextInFocusChain()
    return found


@pytest.mark.parametrize("kind", ["few choices", "many choices"])
def test_a_value_that_is_not_offered_is_not_lost(held, kind: str) -> None:
    option, dimension = KINDS[kind]
    strange = Dimension(path="p", values=(dimension.values[0], "strange"))
    held.show((option,), {"subject": Mark(strange)})
    unfold = held.part("subject.search.unfold")
    if unfold.isVisible():
        QTest.mouseClick(unfold, LEFT)
        QApplication.processEvents()
    assert held.part("subject.search.strange", CheckBox).isChecked()
    QTest.mouseClick(held.part(f"subject.search.{dimension.values[1]}"), LEFT)
    assert held.edited[-1][1].values == (*dimension.values, "strange")


def test_true_is_not_1_among_ticks(held) -> None:
    option, _ = KINDS["flag"]
    held.show((option,), {"subject": Mark(Dimension(path="p", values=(True,)))})
    yes, no = (held.part(f"subject.search.{value}", CheckBox) for value in (True, False))
    assert yes.isChecked()
    assert not no.isChecked()
    QTest.mouseClick(no, LEFT)
    assert held.edited[-1][1].values == (True, False)


def test_the_tab_key_goes_from_the_control_to_the_mark_and_on(held) -> None:
    held.show((UNITS, NEIGHBOUR), {"subject": Mark(RANGE), "neighbour": Mark()})
    stop = held.form.control_of("subject")
    names = []
    for _ in range(5):
        stop = next_stop(stop)
        names.append(stop.objectName().removeprefix("inspector."))
    assert names == [
        "subject.mark",
        "subject.search.values",
        "subject.search.log",
        "neighbour",
        "neighbour.mark",
    ]


def test_a_new_mark_takes_the_keyboard_to_its_values(held) -> None:
    held.show((UNITS,), {"subject": Mark()})
    mark = held.part("subject.mark", MarkButton)
    mark.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(mark, Qt.Key.Key_Space)
    held.show((UNITS,), {"subject": Mark(RANGE)})
    field = held.part("subject.search.values", QLineEdit)
    assert QApplication.focusWidget() is field
    assert field.selectedText() == field.text(), "what is typed takes its place"
    held.show((UNITS,), {"subject": Mark()})
    assert QApplication.focusWidget() is mark, "the focus does not go far away"


def test_the_menu_of_a_row_and_of_a_field_has_the_mark(held) -> None:
    combo, _dimension = KINDS["many choices"]
    for option in (UNITS, combo):
        held.show((option,), {"subject": Mark()})
        held.asked.clear()
        control = held.form.control_of("subject")
        place = control.rect().center()
        for target in (control, control.parentWidget().parentWidget()):
            event = QContextMenuEvent(
                QContextMenuEvent.Reason.Mouse, place, target.mapToGlobal(place)
            )
            QApplication.sendEvent(target, event)
            menu = QApplication.activePopupWidget()
            assert isinstance(menu, QMenu)
            action = menu.actions()[-1]
            assert action.text() == "Search Subject: try several values"
            action.trigger()
            menu.close()
        assert held.asked == ["subject", "subject"]
    assert isinstance(held.form.control_of("subject"), ComboBox)


def test_complaints_of_the_space_stand_below(held) -> None:
    for name, part in (("integer", "values.error"), ("few choices", "error")):
        option, dimension = KINDS[name]
        held.show((option,), {"subject": Mark(dimension, error="It can't be.")})
        message = held.part(f"subject.search.{part}", Label)
        assert message.isVisible()
        assert message.text() == "It can't be."
        held.show((option,), {"subject": Mark(dimension)})
        assert not message.isVisible()


def test_each_copy_its_own(held) -> None:
    held.show((UNITS,), {"subject": Mark(RANGE)})
    each = held.part("subject.search.each_copy", CheckBox)
    assert not each.isVisible()
    held.show((UNITS,), {"subject": Mark(RANGE, can_differ=True)})
    QTest.mouseClick(each, LEFT)
    assert held.edited == [("subject", RANGE.model_copy(update={"each_copy": True}))]


def test_more_opens_for_what_is_searched_and_says_so_when_folded(held) -> None:
    rare = replace(UNITS, name="rare", group=MORE)
    held.show((NEIGHBOUR, rare), {"rare": Mark()}, subject="dense_1")
    header = held.part("group.more", FoldHeader)
    assert not header.isChecked()
    held.show((NEIGHBOUR, rare), {"rare": Mark(RANGE)}, subject="dense_2")
    assert header.isChecked()
    QTest.mouseClick(header, LEFT)
    assert header.note() == "1 searched"


def test_the_grid_is_told_and_the_count_of_any_number(held) -> None:
    option, dimension = KINDS["float"]
    held.show((option,), {"subject": Mark(dimension, grid=(0.0, 0.25, 0.5))})
    count = held.part("subject.search.count", Label)
    assert count.text() == "any between"
    assert "A grid takes 0, 0.25, 0.5." in count.toolTip()
    held.show((option,), {"subject": Mark(dimension, grid=(1e-4, 0.1 / 3))})
    assert "A grid takes about 1e-4, 0.0333." in count.toolTip()


def test_marks_are_painted_in_both_themes(held, qapp) -> None:
    marks = {"subject": Mark(RANGE), "neighbour": Mark()}
    for tokens in (LIGHT, DARK):
        apply_theme(qapp, tokens)
        held.show((UNITS, NEIGHBOUR), marks)
        searched, quiet = (held.part(f"{n}.mark", MarkButton) for n in ("subject", "neighbour"))
        pictures = [searched.grab().toImage(), quiet.grab().toImage()]
        assert pictures[0] != pictures[1]
        quiet.set_near(True)
        assert quiet.grab().toImage() != pictures[1], "near the pointer the dot is an icon"
        quiet.set_near(False)


@pytest.mark.parametrize("kind", ["Dense", "Conv2D", "LSTM", "Dropout", "BatchNormalization"])
def test_every_option_of_real_layers_can_be_searched_within_the_width(held, kind: str) -> None:
    options = LAYER_KINDS[kind].options
    project = digits()
    marks = {
        option.name: Mark(
            default_dimension(project, f"network.x.{option.name}", option), can_differ=True
        )
        for option in options
    }
    held.show(options, marks, subject=kind)
    for header in held.form.findChildren(FoldHeader):
        if not header.isChecked():
            QTest.mouseClick(header, LEFT)
    editors = held.form.findChildren(DimensionEditor)
    shown = [editor for editor in editors if editor.isVisible()]
    assert shown
    assert {type(editor.field) for editor in shown} <= {RangeField, TickList}
    assert held.form.minimumSizeHint().width() <= 272
    assert held.edited == []


# ---------------------------------------------------------------- cards


def digits() -> Project:
    return handwritten_digits()


def face(project: Project, layer_id: str):
    resolved = resolve(project, summary_of(project.data), kept={})
    return face_of_layer(resolved, resolved.layer(layer_id), False)


def set_option(project: Project, layer_id: str, name: str, value: str) -> Project:
    network = with_option(project.network, layer_id, name, value)
    return project.model_copy(update={"network": network})


def test_the_card_of_a_searched_layer_says_its_ranges() -> None:
    project = digits()
    plain = face(project, "dense_1")
    assert plain.searched == ()
    assert plain.options.startswith("64 units")
    for path, words in (
        (Dimension(path="network.dense_1.units", low=16, high=128, log=True), "16 to 128 units"),
        (Dimension(path="network.dense_1.units", values=(64, 16, 32)), "16 to 64 units"),
        (Dimension(path="network.dense_1.units", low=1, high=8), "1 to 8 units"),
    ):
        found = face(marked(project, path), "dense_1")
        assert found.options == plain.options.replace("64 units", words)
        assert len(found.searched) == 1
        assert found.searched[0].startswith("Units: ")
        assert found.searched[0] in found.tool_tip
        assert f"searched: {found.searched[0]}" in found.spoken()
    copies = marked(project, Dimension(path="network.dense_1.copies", low=1, high=3))
    assert face(copies, "dense_1").options == f"1 to 3 × {plain.options}"
    kinds = marked(project, Dimension(path="network.dense_1.activation", values=("relu", "tanh")))
    assert plain.options == "64 units, ReLU"
    assert face(kinds, "dense_1").options == "64 units, ReLU +1", "one other is tried"
    assert face(kinds, "dense_1").searched == ("Activation: ReLU, tanh",)
    assert face(kinds, "conv2d_1") == face(project, "conv2d_1")
    wrong = marked(project, Dimension(path="network.dense_1.units", low=0, high=8))
    assert face(wrong, "dense_1").options == plain.options, "what is refused is not in its line"


def test_the_tool_tip_of_a_card_counts_what_is_searched_and_tells_what_is_set() -> None:
    project = digits()
    for dimension in (
        Dimension(path="network.dense_1.units", low=8, high=32, log=True),
        Dimension(path="network.dense_1.activation", values=("elu", "tanh")),
        Dimension(path="network.dense_1.kernel_regularizer", values=(None, "l1", "l2")),
    ):
        project = marked(project, dimension)
    found = face(project, "dense_1")
    assert found.options == "8 to 32 units, ReLU +2"
    lines = found.tool_tip.splitlines()
    begin = lines.index("3 options are searched")
    assert lines[begin + 1 : begin + 3] == [
        "Units: 8 to 32, log; now 64",
        "Activation: ELU, tanh; now ReLU",
    ]
    assert lines[begin + 3] == "Regularizer: None, L1, L2; now None"
    linear = set_option(project, "dense_1", "activation", "linear")
    assert face(linear, "dense_1").options == "8 to 32 units, linear +2"
    assert (
        "1 option is searched"
        in face(
            marked(digits(), Dimension(path="network.dense_1.units", low=8, high=32)), "dense_1"
        ).tool_tip
    )


def test_a_card_says_from_where_to_where_its_shape_and_its_weights_go() -> None:
    project = handwritten_digits()
    layers = project.network.layers
    convolution = next(layer.id for layer in layers if layer.kind == "Conv2D")
    searched = {f"network.{convolution}.filters": (8, 32)}

    def face(space: tuple[Dimension, ...]):
        settings = project.search.model_copy(update={"space": space})
        known = resolve(project.model_copy(update={"search": settings}), summary_of(project.data))
        return known, face_of_layer(known, known.layer(convolution), False)

    space = tuple(Dimension(path=p, low=a, high=b, log=True) for p, (a, b) in searched.items())
    known, shown = face(space)
    side = known.layer(convolution).output_shape[0]
    kernel = known.layer(convolution).parameters // known.layer(convolution).output_shape[2]
    exact = f"{8 * kernel:,} to {32 * kernel:,}"
    assert shown.ranges[0] == (f"{side} × {side} × 8 to 32", exact)
    assert f"{exact} params" in shown.spoken()
    # What has no two ends is left as it is.
    kernels = Dimension(path=f"network.{convolution}.kernel_size", values=((3, 3), (5, 5)))
    assert face((*space, kernels))[1].ranges == ()
    assert face(())[1].ranges == ()

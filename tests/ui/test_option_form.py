"""The option form, once for every kind of option: by mouse, by keyboard, in place, and in error."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWhatsThis, QWidget

from app.core.frozen import plain_value
from app.core.layer_catalog import LAYER_KINDS
from app.core.numbers_option import NumbersOption
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
    with_companions,
)
from app.ui.controls import CheckBox, ComboBox, Label, PairField, SegmentedControl, TextField
from app.ui.option_form import OptionForm
from app.ui.option_group import FoldHeader
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT

LEFT = Qt.MouseButton.LeftButton
NAME = "subject_option"


def choices(*values: str) -> tuple[Choice, ...]:
    return tuple(Choice(value, value.capitalize(), f"Help of {value}.") for value in values)


@dataclass(frozen=True)
class Case:
    """One kind of option and what the battery needs to know about it.

    Attributes:
        act: makes the user's edit; the form then tells `told`.
        other: another allowed value.
        shown: what the control shows, to compare with `text_of`.
        wrong: typed into the first field it is no value; None where one cannot type.
    """

    option: Option
    act: Callable[[QWidget], None]
    told: object
    other: object
    control: type[QWidget]
    shown: Callable[[QWidget], object]
    wrong: str | None = None


def common(**rest: object) -> dict:
    return {"name": NAME, "label": "Subject", "help": "What it <does> & why.", **rest}


def retype(text: str) -> Callable[[QWidget], None]:
    def act(control: QWidget) -> None:
        field = control if isinstance(control, QLineEdit) else control.findChildren(QLineEdit)[0]
        field.setFocus(Qt.FocusReason.TabFocusReason)
        field.selectAll()
        QTest.keyClicks(field, text)

    return act


def press(key: Qt.Key, part: Callable[[QWidget], QWidget] = lambda control: control):
    def act(control: QWidget) -> None:
        target = part(control)
        target.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(target, key)

    return act


def click(part: Callable[[QWidget], QWidget] = lambda control: control):
    return lambda control: QTest.mouseClick(part(control), LEFT)


def first_segment(control: QWidget) -> QWidget:
    assert isinstance(control, SegmentedControl)
    return control.segments[0]


def segment(number: int) -> Callable[[QWidget], QWidget]:
    def find(control: QWidget) -> QWidget:
        assert isinstance(control, SegmentedControl)
        return control.segments[number]

    return find


def text_of(control: QWidget) -> str:
    assert isinstance(control, QLineEdit)
    return control.text()


def texts_of(control: QWidget) -> list[str]:
    return [field.text() for field in control.findChildren(QLineEdit)]


def current_of(control: QWidget) -> object:
    assert isinstance(control, SegmentedControl | ComboBox)
    return control.current()


def tick_of(control: QWidget) -> bool:
    assert isinstance(control, CheckBox)
    return control.isChecked()


_INTEGER = IntegerOption(default=16, minimum=1, maximum=512, unit="epochs", **common())
_FLOAT = FloatOption(
    default=0.25, minimum=0.0, maximum=1.0, exclusive_maximum=True, step=0.25, **common()
)
_SHAPE = ShapeOption(default=(3, 3), length=2, maximum=64, **common())
_FEW = ChoiceOption(default="valid", choices=choices("valid", "same"), **common())
_MANY = ChoiceOption(
    default="relu", choices=choices("relu", "tanh", "sigmoid", "softmax"), **common()
)

CASES = {
    "integer typed": Case(_INTEGER, retype("64"), 64, 8, TextField, text_of, "x"),
    "integer stepped": Case(_INTEGER, press(Qt.Key.Key_Up), 17, 8, TextField, text_of, "0"),
    "integer or none": Case(
        replace(_INTEGER, optional=True), retype("none"), None, 8, TextField, text_of, "no"
    ),
    "float typed": Case(_FLOAT, retype("1e-3"), 0.001, 0.5, TextField, text_of, "1e"),
    "float stepped": Case(_FLOAT, press(Qt.Key.Key_Down), 0.0, 0.5, TextField, text_of, "1.0"),
    "logarithmic float": Case(
        replace(_FLOAT, default=0.01, logarithmic=True),
        press(Qt.Key.Key_Up),
        0.02,
        0.5,
        TextField,
        text_of,
        "nan",
    ),
    "float or none": Case(
        replace(_FLOAT, optional=True, default=None),
        retype(".5"),
        0.5,
        0.75,
        TextField,
        text_of,
        "?",
    ),
    "pair": Case(_SHAPE, retype("5"), (5, 3), (7, 2), PairField, texts_of, "0"),
    "three numbers": Case(
        replace(_SHAPE, length=3, default=(1, 2, 3)),
        retype("4"),
        (4, 2, 3),
        (9, 9, 9),
        PairField,
        texts_of,
        "65",
    ),
    "pair or none": Case(
        replace(_SHAPE, optional=True, default=None),
        retype("4x6"),
        (4, 6),
        (7, 2),
        TextField,
        text_of,
        "4 by 6",
    ),
    "any shape": Case(
        replace(_SHAPE, length=None, default=(4,)),
        retype("2, 8"),
        (2, 8),
        (7, 2, 1),
        TextField,
        text_of,
        "2;8",
    ),
    "a range by one number": Case(
        NumbersOption(default=(-0.1, 0.2), minimum=-1.0, maximum=1.0, increasing=True, **common()),
        retype("0.3"),
        (-0.3, 0.3),
        (0.0, 0.5),
        TextField,
        text_of,
        "0.4, 0.1",
    ),
    "few choices clicked": Case(
        _FEW, click(segment(1)), "same", "same", SegmentedControl, current_of
    ),
    "few choices by key": Case(
        _FEW, press(Qt.Key.Key_Right, first_segment), "same", "same", SegmentedControl, current_of
    ),
    "choice or none": Case(
        replace(_FEW, choices=choices("l1", "l2"), default=None, optional=True),
        click(segment(2)),
        "l2",
        "l1",
        SegmentedControl,
        current_of,
    ),
    "many choices": Case(_MANY, press(Qt.Key.Key_Down), "tanh", "softmax", ComboBox, current_of),
    "flag clicked": Case(
        FlagOption(default=False, **common()), click(), True, True, CheckBox, tick_of
    ),
    "flag by key": Case(
        FlagOption(default=True, **common()),
        press(Qt.Key.Key_Space),
        False,
        False,
        CheckBox,
        tick_of,
    ),
    "flag or none": Case(
        FlagOption(default=None, optional=True, **common()),
        click(segment(1)),
        True,
        False,
        SegmentedControl,
        current_of,
    ),
    "text": Case(
        TextOption(default="run", maximum_length=8, **common()),
        retype("try 2"),
        "try 2",
        "x",
        TextField,
        text_of,
        "much too long",
    ),
}
NEIGHBOUR = IntegerOption(
    name="neighbour", label="Neighbour", default=1, help="Another one.", group="Options"
)

EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
TYPED = pytest.mark.parametrize(
    "case",
    [case for case in CASES.values() if case.wrong is not None],
    ids=[name for name, case in CASES.items() if case.wrong is not None],
)


@pytest.fixture(autouse=True)
def light(qapp: QApplication):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def form(qtbot):
    window = QWidget()
    column = QVBoxLayout(window)
    made = OptionForm("inspector", window)
    column.addWidget(made)
    column.addStretch(1)
    window.resize(288, 600)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield made
    window.close()


def edits_of(form: OptionForm) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    form.option_edited.connect(lambda name, value: found.append((name, value)))
    return found


def show(form: OptionForm, case: Case, value: object = ..., errors=None, subject=None):
    """The option and a neighbour; gives the option's control."""
    options = _options_of(case)
    values = {} if value is ... else {NAME: value}
    form.show_options(options, values, errors, subject)
    return form.control_of(NAME)


_shown: dict[int, tuple[Option, ...]] = {}


def _options_of(case: Case) -> tuple[Option, ...]:
    return _shown.setdefault(id(case), (NEIGHBOUR, case.option))


@EVERY
def test_the_control_fits_the_kind_and_has_a_name(form, case: Case) -> None:
    control = show(form, case)
    assert isinstance(control, case.control)
    assert control.objectName() == f"inspector.{NAME}"
    assert control.accessibleName() == "Subject"
    interactive = [control, *control.findChildren(QLineEdit)]
    if isinstance(control, SegmentedControl):
        interactive += control.segments
    for part in interactive:
        assert part.objectName().startswith(f"inspector.{NAME}")
        assert part.accessibleName().startswith("Subject")
    assert len({part.objectName() for part in interactive}) == len(interactive)


@EVERY
def test_an_edit_is_told_and_nothing_else(form, case: Case) -> None:
    control = show(form, case)
    edits = edits_of(form)
    case.act(control)
    assert edits[-1] == (NAME, case.told)
    assert type(edits[-1][1]) is type(case.told)
    for name, value in edits:
        assert name == NAME
        assert case.option.check(plain_value(value)) is None, (
            "only values that pass the check are told"
        )


@EVERY
def test_showing_values_tells_nothing_and_shows_them(form, case: Case) -> None:
    edits = edits_of(form)
    control = show(form, case)
    before = case.shown(control)
    assert show(form, case, case.other) is control, "updated in place"
    assert case.shown(control) != before
    show(form, case)
    assert case.shown(control) == before, "without a value its default is shown"
    assert edits == []


@EVERY
def test_the_answer_to_an_edit_disturbs_neither_focus_nor_text(form, case: Case) -> None:
    control = show(form, case)
    case.act(control)
    focused = QApplication.focusWidget()
    shown = case.shown(control)
    place = focused.cursorPosition() if isinstance(focused, QLineEdit) else None
    show(form, case, case.told)
    assert form.control_of(NAME) is control
    assert QApplication.focusWidget() is focused
    assert case.shown(control) == shown
    if isinstance(focused, QLineEdit):
        assert focused.cursorPosition() == place


@EVERY
def test_a_complaint_stands_below_and_goes(form, case: Case) -> None:
    show(form, case, errors={NAME: "Too <b>large</b>."})
    (message,) = form.findChildren(Label, f"inspector.{NAME}.error")
    assert message.isVisible()
    assert form.findChildren(Label, "inspector.neighbour.error") == []
    assert message.text() == "Too <b>large</b>."
    assert message.textFormat() == Qt.TextFormat.PlainText
    show(form, case)
    assert not message.isVisible()


@EVERY
def test_help_is_within_reach_and_plain(form, case: Case, monkeypatch) -> None:
    control = show(form, case)
    target = control
    if isinstance(control, SegmentedControl):
        target = control.segments[0]
    elif isinstance(control, PairField):
        target = control.fields[0]
    assert "&lt;does&gt; &amp; why." in target.toolTip() or "Help of" in target.toolTip()
    shown: list[str] = []
    monkeypatch.setattr(QWhatsThis, "showText", lambda place, text, widget: shown.append(text))
    target.setFocus()
    QTest.keyClick(target, Qt.Key.Key_F1)
    assert len(shown) == 1
    assert "What it &lt;does&gt; &amp; why." in shown[0]


@TYPED
def test_a_wrong_text_is_kept_and_complained_about_and_not_told(form, case: Case) -> None:
    control = show(form, case)
    case.act(control)
    edits = edits_of(form)
    assert case.wrong is not None
    field = control if isinstance(control, QLineEdit) else control.findChildren(QLineEdit)[0]
    field.clear()
    edits.clear()
    field.insert(case.wrong)
    assert edits == []
    (message,) = form.findChildren(Label, f"inspector.{NAME}.error")
    assert message.isVisible()
    assert message.text()
    show(form, case, case.told)
    assert field.text() == case.wrong, "what is being typed stays"
    assert message.isVisible()
    show(form, case, case.other)
    assert field.text() != case.wrong, "another value takes its place"
    assert not message.isVisible()


@TYPED
def test_another_subject_drops_what_was_typed_for_the_last(form, case: Case) -> None:
    control = show(form, case, subject="dense_1")
    before = case.shown(control)
    field = control if isinstance(control, QLineEdit) else control.findChildren(QLineEdit)[0]
    field.clear()
    field.insert(str(case.wrong))
    show(form, case, subject="dense_1")
    assert field.text() == case.wrong
    show(form, case, subject="dense_2")
    assert case.shown(control) == before
    (message,) = form.findChildren(Label, f"inspector.{NAME}.error")
    assert not message.isVisible()


# ---------------------------------------------------------------- the form as a whole


def test_groups_have_titles_and_a_lonely_option_of_the_same_name_no_label(form) -> None:
    options = (
        replace(_INTEGER, group="Shape"),
        replace(_MANY, name="activation", label="Activation", group="Activation"),
        replace(_SHAPE, name="strides", label="Strides", group="Shape"),
    )
    form.show_options(options, {})
    texts = [
        label.text() for label in form.findChildren(QLabel) if label.text() and label.isVisible()
    ]
    assert sorted(texts) == ["Activation", "Shape", "Strides", "Subject", "×"]
    activation, strides = form.control_of("activation"), form.control_of("strides")
    assert activation.width() == form.width()
    assert strides.width() == form.width() - 96
    assert (
        form.control_of(NAME).mapTo(form, strides.pos()).y()
        < activation.mapTo(form, activation.pos()).y()
    )


def test_rows_are_as_high_as_drawn(form) -> None:
    options = tuple(replace(_INTEGER, name=f"option_{n}", label=f"Option {n}") for n in range(3))
    form.show_options(options, {})
    tops = [form.control_of(o.name).mapTo(form, form.rect().topLeft()).y() for o in options]
    assert [b - a for a, b in pairwise(tops)] == [32, 32]
    assert form.control_of("option_0").height() == 28


def test_what_does_not_apply_is_hidden_until_it_does(form) -> None:
    options = (
        replace(_FEW, name="mode", label="Mode"),
        replace(_INTEGER, applies_when=("mode", ("same",)), group="Rest"),
    )
    form.show_options(options, {"mode": "valid"})
    assert not form.control_of(NAME).isVisible()
    assert "Rest" not in [x.text() for x in form.findChildren(Label) if x.isVisible()]
    form.show_options(options, {"mode": "same"})
    assert form.control_of(NAME).isVisible()
    assert "Rest" in [x.text() for x in form.findChildren(Label) if x.isVisible()]


FOLDING = (
    replace(_INTEGER, name="units", label="Units", group="Shape"),
    replace(_MANY, name="rule", label="Rule", group=MORE, companions=(
        replace(_FLOAT, name="rule_rate", label="Rate", group=MORE,
                applies_when=("rule", ("tanh",))),
    )),
    replace(_SHAPE, name="size", label="Size", group=MORE),
)  # fmt: skip
FOLDED = with_companions(FOLDING)


def header_of(form: OptionForm) -> FoldHeader:
    (header,) = form.findChildren(FoldHeader)
    assert header.objectName() == "inspector.group.more"
    return header


def seen(form: OptionForm) -> list[str]:
    """The options whose controls are seen, from top to bottom."""
    QApplication.processEvents()
    names = [o.name for o in FOLDED if form.findChildren(QWidget, f"inspector.{o.name}")]
    controls = {name: form.control_of(name) for name in names}
    shown = [name for name in names if controls[name].isVisible()]
    return sorted(shown, key=lambda name: controls[name].mapTo(form, QPoint(0, 0)).y())


def test_more_is_folded_until_it_is_asked_for(form) -> None:
    form.show_options(FOLDED, {})
    header = header_of(form)
    assert seen(form) == ["units"]
    assert not form.findChildren(QWidget, "inspector.size"), "what is not seen is not even made"
    assert header.accessibleName() == "More, closed"
    QTest.mouseClick(header, LEFT)
    assert seen(form) == ["units", "rule", "size"]
    assert header.accessibleName() == "More, open"
    form.show_options(FOLDED, {"rule": "tanh"})
    assert seen(form) == ["units", "rule", "rule_rate", "size"], "made late, in its place"
    assert form.control_of("rule_rate").accessibleName() == "Rule: Rate"
    header.setFocus(Qt.FocusReason.TabFocusReason)
    assert header.has_focus_ring()
    QTest.keyClick(header, Qt.Key.Key_Space)
    assert seen(form) == ["units"]
    assert header.note() == "1 set"
    assert header.accessibleName() == "More, 1 set, closed"


def test_what_is_set_or_wrong_is_not_folded_away(form) -> None:
    form.show_options(FOLDED, {}, subject="dense_1")
    assert seen(form) == ["units"]
    form.show_options(FOLDED, {"size": (5, 5)}, subject="dense_2")
    assert seen(form) == ["units", "rule", "size"]
    form.show_options(FOLDED, {}, subject="dense_1")
    assert seen(form) == ["units"]
    form.show_options(FOLDED, {}, {"size": "Size: at least 1."}, subject="dense_1")
    assert seen(form) == ["units", "rule", "size"]
    (message,) = form.findChildren(Label, "inspector.size.error")
    assert message.isVisible()


def test_the_wish_to_see_more_outlives_the_subject(form) -> None:
    form.show_options(FOLDED, {}, subject="dense_1")
    QTest.mouseClick(header_of(form), LEFT)
    form.show_options(FOLDED, {}, subject="dense_2")
    assert seen(form) == ["units", "rule", "size"]
    form.show_options((_INTEGER,), {}, subject="training")
    form.show_options(FOLDED, {}, subject="dense_2")
    assert seen(form) == ["units", "rule", "size"]


def test_a_folded_option_is_opened_to_get_the_focus(form) -> None:
    form.show_options(FOLDED, {})
    form.focus_option("rule")
    assert seen(form) == ["units", "rule", "size"]
    assert form.control_of("rule").hasFocus()
    QTest.mouseClick(header_of(form), LEFT)
    assert not form.control_of("rule").hasFocus()
    assert form.hasFocus(), "and keeps it in the form when it is folded away"


def test_the_tab_key_goes_from_top_to_bottom_in_whatever_order_the_rows_were_made(form) -> None:
    footer = QWidget()
    inside = QLineEdit(footer)
    form.set_footer("Shape", footer)
    form.show_options(FOLDED, {})
    QTest.mouseClick(header_of(form), LEFT)
    form.show_options(FOLDED, {"rule": "tanh"})
    size = form.control_of("size")
    assert isinstance(size, PairField)
    wanted = [
        form.control_of("units"),
        inside,
        header_of(form),
        form.control_of("rule"),
        form.control_of("rule_rate"),
        *size.fields,
    ]
    form.setFocus(Qt.FocusReason.OtherFocusReason)
    found = []
    for _ in wanted:
        form.focusNextChild()
        found.append(QApplication.focusWidget())
    assert found == wanted


def test_another_list_of_options_takes_the_place_of_the_last(form, qtbot) -> None:
    form.show_options((_INTEGER,), {})
    form.show_options((replace(_FLOAT, name="rate", label="Rate"),), {"rate": 0.5})
    with pytest.raises(KeyError):
        form.control_of(NAME)
    assert text_of(form.control_of("rate")) == "0.5"
    qtbot.waitUntil(lambda: not form.findChildren(QWidget, f"inspector.{NAME}"))
    form.show_options((), {})
    qtbot.waitUntil(lambda: not form.findChildren(QLineEdit))


def test_only_groups_with_other_options_are_made_anew(form) -> None:
    rate = replace(_FLOAT, name="rate", label="Rate", group="Rates")
    count = replace(_INTEGER, group="Counts")
    form.show_options((rate, count), {"rate": 0.5})
    kept, gone = form.control_of("rate"), form.control_of(NAME)
    kept.setFocus()
    retype("0.7x")(kept)
    form.show_options((replace(rate), replace(count, label="Another")), {"rate": 0.7})
    assert form.control_of("rate") is kept
    assert text_of(kept) == "0.7x"
    assert kept.hasFocus()
    assert form.control_of(NAME) is not gone
    form.show_options((replace(count, label="Another"), rate), {"rate": 0.5})
    QApplication.processEvents()
    above, below = form.control_of(NAME), form.control_of("rate")
    assert above.mapTo(form, QPoint()).y() < below.mapTo(form, QPoint()).y()


def test_a_value_of_the_wrong_kind_is_shown_as_it_is(form) -> None:
    options = (_SHAPE, replace(_FEW, name="choice", label="Choice"))
    form.show_options(options, {NAME: (1, 2, 3), "choice": "gone"}, {NAME: "2 numbers are needed."})
    assert text_of(form.control_of(NAME)) == "1 × 2 × 3"
    assert current_of(form.control_of("choice")) == "gone"
    form.show_options(options, {NAME: (1, 2)})
    assert text_of(form.control_of(NAME)) == "1 × 2"


def test_a_pair_that_gets_a_shape_it_cannot_show_is_made_anew(form) -> None:
    options = (_SHAPE,)
    form.show_options(options, {NAME: (1, 2)})
    assert isinstance(form.control_of(NAME), PairField)
    form.show_options(options, {NAME: (1, 2, 3)})
    assert text_of(form.control_of(NAME)) == "1 × 2 × 3"


def test_footers_stand_below_their_group_and_outlive_it(form) -> None:
    footer = Label("(8 - 3 + 2*0)/1 + 1 = 6", "formula")
    form.set_footer("Shape", footer)
    options = (replace(_INTEGER, group="Shape"), replace(_FLOAT, name="rate", group="Training"))
    form.show_options(options, {})
    assert footer.isVisible()
    QApplication.processEvents()
    y = footer.mapTo(form, footer.rect().topLeft()).y()
    above = form.control_of(NAME).mapTo(form, form.rect().topLeft()).y()
    below = form.control_of("rate").mapTo(form, form.rect().topLeft()).y()
    assert above < y < below
    form.show_options((replace(_FLOAT, name="rate", group="Training"),), {})
    assert not footer.isVisible()
    form.show_options(options, {})
    assert footer.isVisible()
    high = form.sizeHint().height()
    for _ in range(5):
        form.set_footer("Shape", None)
        assert not footer.isVisible()
        form.set_footer("Shape", footer)
        assert footer.isVisible()
    QApplication.processEvents()
    assert form.sizeHint().height() == high, "taken out and put in again, it needs no more room"
    footer.hide()
    QApplication.processEvents()
    assert form.sizeHint().height() == high - footer.sizeHint().height() - 8
    form.set_footer("Training", footer)
    form.set_footer("Shape", None)
    assert footer.isVisible(), "it has moved to the other group"


def test_pictures_of_choices_are_asked_for_and_renewed_in_a_new_theme(qtbot, qapp) -> None:
    asked: list[str] = []

    def picture(option: ChoiceOption, choice: Choice) -> QPixmap | None:
        asked.append(choice.value)
        made = QPixmap(24, 16)
        made.fill(Qt.GlobalColor.red)
        return made

    form = OptionForm("inspector", choice_picture=picture)
    qtbot.addWidget(form)
    form.show_options((_FEW,), {})
    combo = form.control_of(NAME)
    assert isinstance(combo, ComboBox), "a choice with pictures is a list, however few there are"
    assert combo.iconSize().width() == 24
    assert not combo.itemIcon(0).isNull()
    count = len(asked)
    apply_theme(qapp, DARK)
    assert len(asked) > count


def test_the_focus_can_be_sent_to_an_option(form) -> None:
    form.show_options((NEIGHBOUR, _FEW), {})
    form.focus_option(NAME)
    assert QApplication.focusWidget() is form.control_of(NAME).segments[0]
    form.focus_option("neighbour")
    assert form.control_of("neighbour").has_focus_ring()


def test_tab_goes_through_the_options_in_order(form) -> None:
    options = tuple(
        replace(option, name=name, label=name)
        for name, option in {"one": _INTEGER, "two": _SHAPE, "three": _FEW, "four": _MANY}.items()
    )
    form.show_options(options, {})
    form.control_of("one").setFocus()
    seen = []
    for _ in range(5):
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused.objectName().removeprefix("inspector."))
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert seen == ["one", "two.0", "two.1", "three.valid", "four"]


@pytest.mark.parametrize("kind", sorted(LAYER_KINDS))
def test_every_layer_of_the_catalog_has_its_form(form, kind) -> None:
    spec = LAYER_KINDS[kind]
    edits = edits_of(form)
    form.show_options(spec.options, {})
    names = []
    for option in spec.options:
        control = form.control_of(option.name)
        names.append(control.objectName())
        assert control.accessibleName()
    assert len(set(names)) == len(names)
    assert edits == []


def test_the_focus_stays_with_an_option_whose_choice_brings_another_list(form, qtbot) -> None:
    first = IntegerOption(name="units", label="Units", default=1, help="Units.")
    kind = ChoiceOption(
        name="kind",
        label="Kind",
        default="a",
        help="Kind.",
        choices=tuple(Choice(name, name * 3) for name in "abcdef"),
    )
    form.show_options((first, kind), {"units": 1, "kind": "a"})
    form.control_of("kind").setFocus()
    qtbot.waitUntil(lambda: form.control_of("kind").hasFocus())
    more = IntegerOption(name="more", label="More", default=2, help="More.")
    form.show_options((first, kind, more), {"units": 1, "kind": "b", "more": 2})
    assert form.control_of("kind").hasFocus()

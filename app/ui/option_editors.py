"""Which control edits which kind of option."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QWidget

from app.core.frozen import plain_value
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
)
from app.ui.controls import (
    CheckBox,
    ComboBox,
    FloatField,
    IntegerField,
    PairField,
    SegmentedControl,
    TextField,
)
from app.ui.controls.fields import text_width
from app.ui.controls.number_fields import format_float
from app.ui.controls.painting import px

FIELD_WIDTH = 160
MOST_SEGMENTS = 3
MOST_NUMBERS = 3
"""Shapes of more numbers than this are typed as one text."""
MOST_SHOWN = 10_000
"""Characters of a text that is only shown."""


@dataclass(frozen=True)
class Editor:
    """The control of one option, whatever its class.

    Attributes:
        show: shows a value without a signal; what is being typed stays if it means the value.
        show_error: shows or ends the error state of a control that has one, and emits
            `error_changed`; None for a control without.
        edited: emits the new value.
        can_show: whether a value fits this control.
        forget: drops what is being typed.
    """

    widget: QWidget
    show: Callable[[object], None]
    edited: SignalInstance
    show_error: Callable[[str], None] | None = None
    can_show: Callable[[object], bool] = lambda _: True
    forget: Callable[[], None] = lambda: None


def _text_of(option: Option) -> Callable[[object], str]:
    return lambda value: option.format(plain_value(value))


def _float_text(option: Option) -> Callable[[object], str]:
    return lambda value: option.none_label if value is None else format_float(value)


def _field_editor(field: TextField) -> Editor:
    return Editor(
        field,
        field.set_value,
        field.value_edited,
        field.set_given_error,
        forget=field.forget_typed,
    )


def _integer_editor(option: Option, value: object) -> Editor:
    assert isinstance(option, IntegerOption)
    field = IntegerField(
        None,
        minimum=option.minimum,
        maximum=option.maximum,
        parse=option.parse,
        to_text=_text_of(option),
    )
    field.set_unit(option.unit)
    return _field_editor(field)


def _float_editor(option: Option, value: object) -> Editor:
    assert isinstance(option, FloatOption)
    return _field_editor(
        FloatField(
            None,
            minimum=option.minimum,
            maximum=option.maximum,
            step=option.step,
            logarithmic=option.logarithmic,
            parse=option.parse,
            to_text=_float_text(option),
        )
    )


def _text_editor(option: Option, value: object) -> Editor:
    return _field_editor(TextField("", parse=option.parse, to_text=_text_of(option)))


def _text_shown(option: Option) -> Editor:
    """A text that can be read and copied, not edited."""

    def short(value: object) -> str:
        return text_of(value)[:MOST_SHOWN]

    text_of = _text_of(option)
    field = TextField("", to_text=short)
    field.setReadOnly(True)
    return _field_editor(field)


def _shape_editor(option: Option, value: object) -> Editor:
    assert isinstance(option, ShapeOption)
    length = option.length

    def fits(shape: object) -> bool:
        return (
            isinstance(shape, tuple)
            and len(shape) == length
            and all(type(number) is int for number in shape)
        )

    if option.optional or length is None or length > MOST_NUMBERS or not fits(value):
        return _text_editor(option, value)
    field = PairField(
        (0,) * length, minimum=option.minimum, maximum=option.maximum, check=option.check
    )
    return Editor(
        field,
        field.set_value,
        field.value_edited,
        field.set_given_error,
        fits,
        field.forget_typed,
    )


def _flag_editor(option: Option, value: object) -> Editor:
    if option.optional:
        entries = [(None, "Auto"), (True, "Yes"), (False, "No")]
        control = SegmentedControl(entries)
        return Editor(control, control.set_current, control.chosen)
    box = CheckBox()
    return Editor(box, lambda value: box.setChecked(value is True), box.chosen)


def _choice_editor(option: Option, value: object, pictures: bool = False) -> Editor:
    assert isinstance(option, ChoiceOption)
    entries: list[tuple[object, str]] = [(c.value, c.label) for c in option.choices]
    if option.optional:
        entries.insert(0, (None, option.label_of(None)))
    widest = max(text_width(text, "title") for _, text in entries) + px(16)
    if not pictures and len(entries) <= MOST_SEGMENTS and widest * len(entries) <= px(FIELD_WIDTH):
        control = SegmentedControl(entries)
        for choice in option.choices:
            control.set_segment_help(choice.value, choice.help)
        return Editor(control, control.set_current, control.chosen)
    combo = ComboBox(entries)
    for choice in option.choices:
        combo.set_choice_help(choice.value, choice.help)
    return Editor(
        combo,
        lambda value: combo.set_current(value, option.label_of(plain_value(value))),
        combo.chosen,
    )


_EDITORS: dict[type[Option], Callable[[Option, object], Editor]] = {
    IntegerOption: _integer_editor,
    FloatOption: _float_editor,
    ShapeOption: _shape_editor,
    FlagOption: _flag_editor,
    ChoiceOption: _choice_editor,
}
"""By kind of option; what is not here is typed as text."""


def editor_of(option: Option, value: object, pictures: bool = False) -> Editor:
    """The control for `option`, fit to show `value`; with `pictures` a choice is a list."""
    if option.read_only:
        return _text_shown(option)
    if pictures:
        return _choice_editor(option, value, pictures=True)
    made = next((_EDITORS[c] for c in type(option).__mro__ if c in _EDITORS), _text_editor)
    return made(option, value)

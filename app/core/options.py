"""The kinds of option: one field that a user can set, with its default, range, help and check.

Tables of layers, optimizers, losses and data sets are made of these. From an option come its
editor, its check, its place in the file and its test; nothing about an option is written down
twice.
"""

import math
import re
from dataclasses import dataclass

from app.core.frozen import FrozenMap, OptionValue
from app.core.short_names import quoted

MORE = "More"
"""The group of options that few need; forms keep it closed until it is asked for."""

Condition = tuple[str, tuple[OptionValue, ...]]
"""The name of an option, and values of which it must have one."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One field of a layer kind, an optimizer, a loss or a data set.

    Attributes:
        name: the keyword of the Keras or scikit-learn constructor.
        label: what stands before the field, in sentence case.
        default: the value of a new object; passes `check`.
        help: one or two sentences for a beginner, with the formula where there is one.
        group: title of the section of the form.
        optional: whether `None` ("automatic" or "none") is a value.
        none_label: what `None` means here, in lower case.
        applies_when: `(name, values)`: the field counts only while that other option has one of
            these values.
        also_when: a second condition of the same form; both must hold.
        companions: fields that stand right behind this one: the arguments of what it chooses.
        read_only: shown, but not to be edited by hand.
    """

    name: str
    label: str
    default: OptionValue
    help: str
    group: str = "Options"
    optional: bool = False
    none_label: str = "none"
    applies_when: Condition | None = None
    also_when: Condition | None = None
    companions: tuple["Option", ...] = ()
    read_only: bool = False

    def check(self, value: OptionValue) -> str | None:
        """Why `value` is not allowed, as a sentence for the user, or None."""
        if value is None:
            return None if self.optional else f"{self.label} needs a value."
        return self._check(value)

    def check_among(self, options: FrozenMap) -> str | None:
        """The same of the value in `options`, which hold every option of the table."""
        return self.check(options[self.name])

    def parse(self, text: str) -> OptionValue:
        """The value that a typed `text` means.

        Raises:
            ValueError: with a sentence for the user when the text means none, or one that
                `check` refuses.
        """
        text = text.strip()
        empty = self.optional and text.lower() in ("", "none", "auto", self.none_label.lower())
        value = None if empty else self._parse(text)
        error = self.check(value)
        if error:
            raise ValueError(error)
        return value

    def format(self, value: OptionValue) -> str:
        """`value` as text; `parse(format(value)) == value`."""
        if value is None:
            return self.none_label
        return self._format(value)

    def applies(self, options: FrozenMap) -> bool:
        """Whether the field counts, given the other `options`."""
        return _holds(self.applies_when, options) and _holds(self.also_when, options)

    def _check(self, value: OptionValue) -> str | None:
        raise TypeError(f"{type(self).__name__} checks nothing")

    def _parse(self, text: str) -> OptionValue:
        raise TypeError(f"{type(self).__name__} parses nothing")

    def _format(self, value: OptionValue) -> str:
        return str(value)


def _holds(condition: Condition | None, options: FrozenMap) -> bool:
    if condition is None:
        return True
    name, values = condition
    return name in options and options[name] in values


def _range_error(
    label: str, value: float, minimum: float | None, maximum: float | None, noun: str = ""
) -> str | None:
    if minimum is not None and value < minimum:
        return f"{label}: at least {_written(minimum)}{noun}, received {_written(value)}."
    if maximum is not None and value > maximum:
        return f"{label}: at most {_written(maximum)}{noun}, received {_written(value)}."
    return None


def _written(number: float) -> str:
    """1,000,000 or 1e-05; of a number of very many figures the first ones."""
    text = f"{number:,g}" if isinstance(number, float) else f"{number:,}"
    return text if len(text) <= 40 else f"{text[:32]}..."


def as_float(number: float | str) -> float:
    """`number` as a float; infinite for a whole number beyond 1e308."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if int(number) > 0 else -math.inf


@dataclass(frozen=True, kw_only=True)
class IntegerOption(Option):
    """A whole number from `minimum` to `maximum`, both allowed."""

    minimum: int | None = None
    maximum: int | None = None
    unit: str = ""

    def _check(self, value: OptionValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"{self.label}: a whole number is needed, received {quoted(value, 40)}."
        return _range_error(self.label, value, self.minimum, self.maximum)

    def _parse(self, text: str) -> OptionValue:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise ValueError(
                f"{self.label}: a whole number is needed, received {quoted(text, 40)}."
            )
        return int(text)


@dataclass(frozen=True, kw_only=True)
class FloatOption(Option):
    """A finite number within a range; `exclusive_minimum` and `exclusive_maximum` leave the ends
    out. `not_above` names an option of the same table whose value it may not exceed.
    """

    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    step: float = 0.1
    logarithmic: bool = False
    """Whether steps multiply (a learning rate) rather than add (a dropout rate)."""
    not_above: str | None = None

    def check_among(self, options: FrozenMap) -> str | None:
        value = options[self.name]
        error = self.check(value)
        high = None if self.not_above is None else options[self.not_above]
        if error is None and isinstance(high, (int, float)) and isinstance(value, (int, float)):
            return _range_error(self.label, as_float(value), None, as_float(high))
        return error

    def _check(self, value: OptionValue) -> str | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return f"{self.label}: a number is needed, received {quoted(value, 40)}."
        value = as_float(value)
        if not math.isfinite(value):
            return f"{self.label}: a finite number is needed, received {value}."
        if self.exclusive_minimum and value == self.minimum:
            return f"{self.label}: more than {self.minimum:g}, received {value:g}."
        if self.exclusive_maximum and value == self.maximum:
            return f"{self.label}: less than {self.maximum:g}, received {value:g}."
        return _range_error(self.label, value, self.minimum, self.maximum)

    def _parse(self, text: str) -> OptionValue:
        try:
            return float(text)
        except ValueError:
            raise ValueError(
                f"{self.label}: a number such as 0.01 or 1e-2 is needed, received "
                f"{quoted(text, 40)}."
            ) from None

    def _format(self, value: OptionValue) -> str:
        return repr(float(value)) if isinstance(value, (int, float)) else str(value)


@dataclass(frozen=True)
class Choice:
    """One entry of a `ChoiceOption`: the stored value, what is shown, one sentence of help."""

    value: str
    label: str
    help: str = ""


@dataclass(frozen=True, kw_only=True)
class ChoiceOption(Option):
    """One of a few named values; stored by name, never by position. `None` may be among them if
    `optional`.
    """

    choices: tuple[Choice, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(choice.value for choice in self.choices)

    def label_of(self, value: OptionValue) -> str:
        """The label of `value`; the value itself when it is unknown."""
        if value is None:
            return self.none_label[:1].upper() + self.none_label[1:]
        return next((c.label for c in self.choices if c.value == value), str(value))

    def _check(self, value: OptionValue) -> str | None:
        if value in self.values:
            return None
        known = ", ".join(self.values)
        return f"{self.label}: one of {known} is needed, received {quoted(value, 40)}."

    def _parse(self, text: str) -> OptionValue:
        by_label = {choice.label.lower(): choice.value for choice in self.choices}
        return by_label.get(text.lower(), text)


@dataclass(frozen=True, kw_only=True)
class FlagOption(Option):
    """Yes or no."""

    def _check(self, value: OptionValue) -> str | None:
        if isinstance(value, bool):
            return None
        return f"{self.label}: true or false is needed, received {quoted(value, 40)}."

    def _parse(self, text: str) -> OptionValue:
        known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
        if text.lower() not in known:
            raise ValueError(f"{self.label}: true or false is needed, received {quoted(text, 40)}.")
        return known[text.lower()]

    def _format(self, value: OptionValue) -> str:
        return "true" if value else "false"


@dataclass(frozen=True, kw_only=True)
class ShapeOption(Option):
    """Several whole numbers: a kernel size, strides, a target shape.

    Attributes:
        length: how many numbers, or None for any number from one to six.
        minimum, maximum: bounds of each number.
        between: what stands between the numbers: a list is no shape.
    """

    between: str = " × "
    length: int | None = 2
    minimum: int | None = 1
    maximum: int | None = 4096

    def _check(self, value: OptionValue) -> str | None:
        if not isinstance(value, tuple) or any(
            isinstance(v, bool) or not isinstance(v, int) for v in value
        ):
            return f"{self.label}: whole numbers are needed, received {quoted(value, 40)}."
        if self.length is not None and len(value) != self.length:
            return f"{self.label}: {self.length} numbers are needed, received {len(value)}."
        if self.length is None and not 1 <= len(value) <= 6:
            return f"{self.label}: one to six numbers are needed, received {len(value)}."
        for item in value:
            error = _range_error(self.label, int(item), self.minimum, self.maximum)
            if error:
                return error
        return None

    def _parse(self, text: str) -> OptionValue:
        parts = [part for part in re.split(r"[\s,x×()]+", text) if part]
        if not parts or not all(re.fullmatch(r"[+-]?[0-9]{1,18}", part) for part in parts):
            raise ValueError(
                f"{self.label}: whole numbers such as 3{self.between}3 are needed, received "
                f"{quoted(text, 40)}."
            )
        if len(parts) == 1 and self.length is not None:
            parts = parts * self.length
        return tuple(int(part) for part in parts)

    def _format(self, value: OptionValue) -> str:
        return self.between.join(str(v) for v in value) if isinstance(value, tuple) else str(value)


@dataclass(frozen=True, kw_only=True)
class TextOption(Option):
    """A short text on one line."""

    maximum_length: int = 200

    def _check(self, value: OptionValue) -> str | None:
        if not isinstance(value, str) or "\n" in value or not value.isprintable():
            return f"{self.label}: a text on one line is needed, received {quoted(value, 40)}."
        if len(value) > self.maximum_length:
            return f"{self.label}: at most {self.maximum_length} characters, received {len(value)}."
        return None

    def _parse(self, text: str) -> OptionValue:
        return text


def with_companions(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """`options`, each followed by those of its companions that are not among them yet."""
    there = {option.name for option in options}
    return tuple(
        one
        for option in options
        for one in (option, *(c for c in option.companions if c.name not in there))
    )


def defaults(options: tuple[Option, ...]) -> FrozenMap:
    """The default of every option, by name."""
    return FrozenMap({option.name: option.default for option in options})


def complete(options: tuple[Option, ...], given: FrozenMap) -> FrozenMap:
    """`given` with the defaults of those options that it does not name, in the order of the
    table.
    """
    if len(given) == len(options) and all(map(_is_called, options, given)):
        return given  # usual, and asked of every layer at every keystroke
    known = {option.name: given.get(option.name, option.default) for option in options}
    return FrozenMap({**known, **{k: v for k, v in given.items() if k not in known}})


def errors_in(options: tuple[Option, ...], given: FrozenMap) -> dict[str, str]:
    """The complaint about each wrong or unknown value of `given`, by option name; empty when all
    is well.
    """
    full = complete(options, given)
    found = {}
    for option in options:
        if option.applies(full):
            error = option.check_among(full)
            if error:
                found[option.name] = error
    if len(full) > len(options):
        table = {option.name for option in options}
        known = ", ".join(option.name for option in options) or "none"
        for name in full:
            if name not in table:
                found[name] = f"There is no option {quoted(name, 40)} here. Known: {known}."
    return found


def _is_called(option: Option, name: str) -> bool:
    return option.name == name

"""Every option of every table: help, label, a default that is allowed, a way back from text."""

import random
from collections.abc import Iterator

import pytest

from app.core.dataset_catalog import DATASETS
from app.core.frozen import OptionValue
from app.core.layer_catalog import LAYER_KINDS
from app.core.loss_catalog import LOSSES
from app.core.numbers_option import NumbersOption
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    TextOption,
    defaults,
    errors_in,
)
from app.core.schedule_catalog import SCHEDULES
from app.core.weight_rules import AxesOption, RuleOption

TABLES = {
    f"{table} {kind.name}": kind.options
    for table, kinds in (
        ("layer", LAYER_KINDS.values()),
        ("optimizer", OPTIMIZERS),
        ("loss", LOSSES),
        ("data set", DATASETS),
        ("schedule", SCHEDULES),
    )
    for kind in kinds
}


def values_of(option: Option) -> Iterator[OptionValue]:
    """Values that the option should allow: the ends of its range, some between, every choice."""
    chance = random.Random(option.name)
    if option.optional:
        yield None
    if isinstance(option, ChoiceOption):
        yield from option.values
    elif isinstance(option, FlagOption):
        yield from (True, False)
    elif isinstance(option, (IntegerOption, FloatOption)):
        low = option.minimum if option.minimum is not None else -1000
        high = option.maximum if option.maximum is not None else 1000
        ends = [low, high]
        if isinstance(option, FloatOption):
            if option.exclusive_minimum:
                ends.remove(low)
            if option.exclusive_maximum:
                ends.remove(high)
            ends += [low + (high - low) * chance.uniform(0.001, 0.999) for _ in range(5)]
            yield from (float(end) for end in ends)
        else:
            yield from ends
            yield from (chance.randint(int(low), int(high)) for _ in range(5))
    elif isinstance(option, ShapeOption):
        least = option.minimum if option.minimum is not None else -9
        most = option.maximum if option.maximum is not None else 9
        if isinstance(option, AxesOption):
            every = tuple(range(option.axes))
            yield from (every[:-1] or every, every[::-1], (-1,), (least,), (most,))
            return
        for length in [option.length] if option.length else range(1, 7):
            yield (least,) * length
            yield (most,) * length
            yield tuple(chance.randint(least, most) for _ in range(length))
    elif isinstance(option, NumbersOption):
        for length in [option.length] if option.length else (1, 2, 7):
            drawn = [chance.uniform(option.minimum, option.maximum) for _ in range(length)]
            yield tuple(sorted(drawn))
        if option.length == 2 or not option.increasing:
            yield (option.minimum,) * (option.length or 3)
            yield (option.maximum,) * (option.length or 3)
    elif isinstance(option, TextOption):
        yield from ("a", "b c", "x,y->z", "ü" * option.maximum_length)


@pytest.mark.parametrize("owner", TABLES)
def test_every_option_is_whole(owner: str) -> None:
    options = TABLES[owner]
    for option in options:
        assert option.name.isidentifier()
        assert option.label
        # Single letters are symbols of a formula.
        assert option.label[0].isupper() or len(option.label) == 1
        assert option.help.endswith(".")
        assert option.group
        assert option.check(option.default) is None
        assert option.parse(option.format(option.default)) == option.default
        for name, values in filter(None, (option.applies_when, option.also_when)):
            other = next(entry for entry in options if entry.name == name)
            assert all(other.check(value) is None for value in values)


@pytest.mark.parametrize("owner", TABLES)
def test_what_is_allowed_comes_back_from_its_text(owner: str) -> None:
    for option in TABLES[owner]:
        values = list(values_of(option))
        assert values
        for value in values:
            assert option.check(value) is None, (option.name, value)
            back = option.parse(option.format(value))
            assert back == value
            assert type(back) is type(value)


@pytest.mark.parametrize("owner", TABLES)
def test_what_is_wrong_is_refused_in_words(owner: str) -> None:
    wrong: tuple[OptionValue, ...] = (
        "no such value ever", (), ("a",), -(10**30), 10**400, True, 0.123456789, ("a", "b"),
    )  # fmt: skip
    for option in TABLES[owner]:
        assert option.optional == (option.check(None) is None)
        assert option.check(("a", "b")) is not None
        for error in filter(None, map(option.check, wrong)):
            assert error.endswith(".")
            assert option.label in error


@pytest.mark.parametrize("owner", TABLES)
def test_a_new_object_has_nothing_wrong(owner: str) -> None:
    options = TABLES[owner]
    assert errors_in(options, defaults(options)) == {}
    assert len({option.name for option in options}) == len(options)


@pytest.mark.parametrize("table", TABLES)
def test_no_value_is_told_in_words_that_can_be_typed(table: str) -> None:
    for option in TABLES[table]:
        if not option.optional:
            continue
        assert isinstance(option, RuleOption) or option.none_label != "none", option.name
        for text in ("", "none", "None", option.none_label, option.none_label.upper()):
            assert option.parse(text) is None, (option.name, text)
        assert option.format(None) == option.none_label
        if isinstance(option, ChoiceOption):
            assert option.label_of(None).lower() == option.none_label


@pytest.mark.parametrize("table", TABLES)
def test_weight_rules_are_called_what_keras_calls_them(table: str) -> None:
    for option in TABLES[table]:
        if isinstance(option, RuleOption):
            assert option.label.lower().endswith(option.rules.removesuffix("s")), option.label

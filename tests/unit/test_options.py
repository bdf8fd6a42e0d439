"""The kinds of option: check, parse and format, over drawn ranges and values."""

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.core.frozen import FrozenMap
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    TextOption,
    complete,
    defaults,
    errors_in,
    with_companions,
)

WORDS: Any = {"name": "size", "label": "Size", "help": "How large."}
whole = st.integers(-(10**17), 10**17)
finite = st.floats(allow_nan=False, allow_infinity=False)
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**400), 10**400),
    finite,
    st.text(max_size=8),
    st.lists(st.one_of(whole, finite, st.text(max_size=3)), max_size=8).map(tuple),
)
KINDS: tuple[Option, ...] = (
    IntegerOption(**WORDS, default=3, minimum=1, maximum=9),
    IntegerOption(**WORDS, default=None, optional=True),
    FloatOption(**WORDS, default=0.5, minimum=0.0, maximum=1.0, exclusive_maximum=True),
    FloatOption(**WORDS, default=0.5, minimum=0.0, exclusive_minimum=True),
    ChoiceOption(**WORDS, default="a", choices=(Choice("a", "First"), Choice("b", "Second"))),
    FlagOption(**WORDS, default=True),
    ShapeOption(**WORDS, default=(3, 3)),
    ShapeOption(**WORDS, default=None, optional=True, length=None, minimum=-1, maximum=None),
    TextOption(**WORDS, default="x"),
)


@given(whole, whole, whole)
def test_a_whole_number_is_allowed_exactly_within_its_range(a: int, b: int, value: int) -> None:
    low, high = sorted((a, b))
    option = IntegerOption(**WORDS, default=low, minimum=low, maximum=high)
    assert (option.check(value) is None) == (low <= value <= high)


@given(finite, finite, finite, st.booleans(), st.booleans())
def test_a_number_is_allowed_exactly_within_its_range(
    a: float, b: float, value: float, open_low: bool, open_high: bool
) -> None:
    low, high = sorted((a, b))
    option = FloatOption(
        **WORDS, default=low, minimum=low, maximum=high,
        exclusive_minimum=open_low, exclusive_maximum=open_high,
    )  # fmt: skip
    above = value > low if open_low else value >= low
    below = value < high if open_high else value <= high
    assert (option.check(value) is None) == (above and below)


@given(st.sampled_from(KINDS), anything)
def test_a_check_always_answers_and_what_it_allows_comes_back(option: Option, value: Any) -> None:
    error = option.check(value)
    if error is not None:
        assert error
        assert option.label in error
        return
    # A typed text loses the blanks at its ends; typed whole numbers have up to 18 digits.
    assume(value == value.strip() if isinstance(value, str) else True)
    assume(
        all(
            abs(n) < 10**18
            for n in (value if isinstance(value, tuple) else (value,))
            if isinstance(n, int)
        )
        or isinstance(option, FloatOption)
    )
    assert option.parse(option.format(value)) == value


@given(st.sampled_from(KINDS), st.text(max_size=30))
def test_any_text_is_a_value_or_a_sentence(option: Option, text: str) -> None:
    try:
        value = option.parse(text)
    except ValueError as error:
        sentence = str(error)
    else:
        assert option.check(value) is None
        return
    assert sentence.startswith("Size")
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "value"), [("3", (3, 3)), ("3x5", (3, 5)), ("3 × 5", (3, 5)), ("(3, 5)", (3, 5))]
)
def test_a_shape_is_typed_in_many_ways(text: str, value: tuple[int, int]) -> None:
    assert ShapeOption(**WORDS, default=(1, 1)).parse(text) == value


def test_a_shape_says_what_is_wrong() -> None:
    option = ShapeOption(**WORDS, default=(1, 1))
    assert option.check((3, 3, 3)) == "Size: 2 numbers are needed, received 3."
    assert option.check((0, 3)) == "Size: at least 1, received 0."
    assert option.check((True, 3)) is not None
    assert option.check((1.0, 3)) is not None


def test_a_whole_number_is_no_truth_value() -> None:
    option = IntegerOption(**WORDS, default=1, minimum=0, maximum=5)
    assert option.check(True) is not None
    assert option.check(1.0) is not None
    assert option.check(5) is None
    assert option.check(6) == "Size: at most 5, received 6."


def test_a_number_beyond_floats_is_refused_not_raised() -> None:
    option = FloatOption(**WORDS, default=1.0)
    assert option.check(10**400) == "Size: a finite number is needed, received inf."
    assert option.check(math.inf) is not None
    assert option.check(math.nan) is not None


def test_bounds_are_written_out() -> None:
    table = IntegerOption(name="every", label="Every", default=1, help="h", maximum=1_000_000)
    assert table.check(2_000_000) == "Every: at most 1,000,000, received 2,000,000."


def test_a_choice_is_typed_by_value_or_label() -> None:
    option = KINDS[4]
    assert isinstance(option, ChoiceOption)
    assert option.parse("b") == option.parse("Second") == option.parse(" second ") == "b"
    assert option.label_of("b") == "Second"
    assert option.label_of(None) == "None"
    assert option.label_of("c") == "c"
    assert option.check("c") == "Size: one of a, b is needed, received 'c'."


def test_nothing_is_a_value_only_where_it_may_be() -> None:
    assert KINDS[0].check(None) == "Size needs a value."
    assert KINDS[1].check(None) is None
    assert KINDS[1].parse("auto") is None
    assert KINDS[1].parse("") is None
    with pytest.raises(ValueError, match="whole number"):
        KINDS[0].parse("")


def test_a_table_fills_in_and_finds_fault() -> None:
    table = (
        FlagOption(name="bias", label="Bias", default=True, help="."),
        IntegerOption(
            name="steps", label="Steps", default=1, help=".", minimum=1,
            applies_when=("bias", (True,)),
        ),
    )  # fmt: skip
    assert defaults(table) == FrozenMap(bias=True, steps=1)
    assert complete(table, FrozenMap(other=2, steps=5)) == FrozenMap(bias=True, steps=5, other=2)
    assert list(complete(table, FrozenMap(other=2, steps=5))) == ["bias", "steps", "other"]
    assert errors_in(table, FrozenMap(steps=0)) == {"steps": "Steps: at least 1, received 0."}
    # A field that does not count may hold anything.
    assert errors_in(table, FrozenMap(bias=False, steps=0)) == {}
    assert "Known: bias, steps" in errors_in(table, FrozenMap(other=2))["other"]


def test_a_number_may_be_bounded_by_that_of_another_option() -> None:
    numbers: Any = {"minimum": 0.0, "maximum": 9.0, "help": "."}
    table = (
        FlagOption(name="both", label="Both", default=True, help="."),
        FloatOption(
            name="low", label="Low", default=0.0, not_above="high",
            applies_when=("both", (True,)), **numbers,
        ),
        FloatOption(name="high", label="High", default=2.0, **numbers),
    )  # fmt: skip
    assert errors_in(table, FrozenMap(low=2.0)) == {}
    assert errors_in(table, FrozenMap(low=3.0)) == {"low": "Low: at most 2, received 3."}
    assert errors_in(table, FrozenMap(low=3.0, high=3.5)) == {}
    assert errors_in(table, FrozenMap(low=3.0, both=False)) == {}
    assert errors_in(table, FrozenMap(low="3", high=2.0))["low"].startswith("Low: a number")


def test_a_second_condition_and_companions() -> None:
    rate = FloatOption(
        name="rule_rate", label="Rate", default=0.0, help=".",
        applies_when=("rule", ("a",)), also_when=("bias", (True,)),
    )  # fmt: skip
    rule = ChoiceOption(
        name="rule", label="Rule", default="a", help=".", companions=(rate,),
        choices=(Choice("a", "A"), Choice("b", "B")),
    )  # fmt: skip
    table = with_companions((FlagOption(name="bias", label="Bias", default=True, help="."), rule))
    assert [option.name for option in table] == ["bias", "rule", "rule_rate"]
    assert with_companions(table) == table
    assert errors_in(table, FrozenMap(rule_rate="x")).keys() == {"rule_rate"}
    assert errors_in(table, FrozenMap(rule_rate="x", bias=False)) == {}
    assert errors_in(table, FrozenMap(rule_rate="x", rule="b")) == {}
    given = complete(table, FrozenMap(rule="b"))
    assert complete(table, given) is given

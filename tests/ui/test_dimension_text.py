"""What is typed for a searched option: what it means, what stands there, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.numbers_option import NumbersOption
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    ShapeOption,
)
from app.core.search_settings import Dimension
from app.core.search_values import values_of
from app.ui.dimension_text import (
    count_words,
    dimension_words,
    parse_dimension,
    parse_step,
    tick_entries,
    value_count,
    value_words,
    with_each_copy,
    with_log,
    with_step,
    with_values,
)

UNITS = IntegerOption(
    name="units", label="Units", default=64, minimum=1, maximum=100_000, help="How many."
)
RATE = FloatOption(
    name="rate", label="Rate", default=0.5, minimum=0.0, maximum=1.0, help="How much."
)
STEPS = replace(RATE, name="learning_rate", label="Learning rate", logarithmic=True)
KERNEL = ShapeOption(name="kernel", label="Kernel", default=(3, 3), length=2, help="Size.")
BOUNDS = NumbersOption(name="bounds", label="Bounds", default=(0.1, 0.2), help="Ends.")
KIND = ChoiceOption(
    name="kind",
    label="Kind",
    default="a",
    help="Which.",
    choices=(Choice("a", "First"), Choice("b", "Second")),
)
BEFORE = Dimension(path="network.dense_1.units", low=1, high=9, step=2, each_copy=True)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("16..128", 16, 128),
        (" 16 .. 128 ", 16, 128),
        ("16 to 128", 16, 128),
        ("16TO128", None, None),
        ("16…128", 16, 128),
    ],
)
def test_a_range_has_many_spellings(text: str, low: int | None, high: int | None) -> None:
    if low is None:
        with pytest.raises(ValueError, match="whole number"):
            parse_dimension(text, UNITS, BEFORE)
        return
    found = parse_dimension(text, UNITS, BEFORE)
    assert (found.low, found.high, found.values) == (low, high, ())
    assert (found.path, found.each_copy, found.step) == (BEFORE.path, True, 2)
    assert type(found.low) is int


def test_what_is_shown_means_what_it_was_made_from() -> None:
    cases = [
        (UNITS, Dimension(path="p", low=16, high=128)),
        (UNITS, Dimension(path="p", values=(16, 32, 64))),
        (RATE, Dimension(path="p", low=1e-4, high=0.1)),
        (RATE, Dimension(path="p", values=(0.1 + 0.2, 1e-7, 0.00012345))),
        (KERNEL, Dimension(path="p", values=((1, 1), (3, 5)))),
        (BOUNDS, Dimension(path="p", values=((-0.1, 0.2), (0.0, 1.5)))),
        (replace(UNITS, optional=True), Dimension(path="p", values=(None, 8))),
    ]
    for option, dimension in cases:
        text = dimension_words(option, dimension)
        assert parse_dimension(text, option, dimension) == dimension, text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-4, "1e-4"), (0.1, "0.1"), (1.5e-5, "1.5e-5"), (0.05, "0.05"), (64.0, "64"), (0.0, "0")],
)
def test_numbers_are_as_short_as_they_can_be(value: float, text: str) -> None:
    assert value_words(RATE, value) == text
    assert float(text) == value


def test_lists_and_what_is_still_to_be_typed() -> None:
    assert parse_dimension("16, 32,64", UNITS, BEFORE).values == (16, 32, 64)
    assert parse_dimension("16, 8,", UNITS, BEFORE).values == (16, 8)
    assert parse_dimension("3×3, 5", KERNEL, BEFORE).values == ((3, 3), (5, 5))
    assert parse_dimension("0.1, 0.2; 0.3, 0.4", BOUNDS, BEFORE).values == ((0.1, 0.2), (0.3, 0.4))
    assert parse_dimension("none, 4", replace(UNITS, optional=True), BEFORE).values == (None, 4)
    assert parse_dimension("First, b", KIND, BEFORE).values == ("a", "b")


def test_log_as_on_the_command_line_and_where_it_is_usual() -> None:
    assert parse_dimension("1..8:log", UNITS, BEFORE).log
    assert parse_dimension("1 to 8, log", UNITS, BEFORE).log
    listed = Dimension(path="p", values=(0.1,))
    assert parse_dimension("1e-4..1e-1", STEPS, listed).log
    assert not parse_dimension("0..1", STEPS, listed).log
    assert not parse_dimension("0.1..1", RATE, listed).log
    assert not parse_dimension("1..8", UNITS, BEFORE).log


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "received nothing"),
        ("16", "a range such as 16..128 are needed, received one value"),
        ("16,", "received one value"),
        ("x", "whole number is needed, received 'x'"),
        ("16..", "a range has two ends"),
        ("1..2..3", "a range has two ends"),
        ("128..16", "smaller number comes first, received 128 to 16"),
        ("16..16", "two different ends"),
        ("0..16", "at least 1, received 0"),
        ("16..1000000", "at most 100,000"),
        ("16, 16", "16 is there twice"),
        ("16,,32", "a value is needed between two commas"),
        (", ".join(map(str, range(1, 1002))), "at most 1,000 values, received 1,001"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"^Units: ") as caught:
        parse_dimension(text, UNITS, BEFORE)
    assert words in str(caught.value)


def test_a_log_range_begins_above_0() -> None:
    before = Dimension(path="p", low=0.1, high=1.0, log=True)
    with pytest.raises(ValueError, match="begins above 0, received 0"):
        parse_dimension("0..1", RATE, before)
    with pytest.raises(ValueError, match="begins above 0"):
        parse_dimension("0..1:log", RATE, BEFORE)


def test_steps() -> None:
    found = Dimension(path="p", low=0.0, high=0.3)
    assert parse_step("", RATE, found) is None
    assert parse_step("0.3", RATE, found) == 0.3
    for text, words in (
        ("0", "more than 0"),
        ("-1", "more than 0"),
        ("0.31", "at most the width of the range, 0.3"),
        ("x", "a number such as 0.1"),
        ("nan", "a number such as 0.1"),
    ):
        with pytest.raises(ValueError, match=r"^Step: ") as caught:
            parse_step(text, RATE, found)
        assert words in str(caught.value)
    with pytest.raises(ValueError, match="whole number"):
        parse_step("1.5", UNITS, BEFORE)
    assert parse_dimension("1..2", UNITS, BEFORE).step is None, "it does not fit any more"


def test_edits_keep_what_they_do_not_name() -> None:
    assert with_log(BEFORE, True) == Dimension(
        path=BEFORE.path, low=1, high=9, log=True, each_copy=True
    )
    assert with_step(BEFORE, None).step is None
    assert with_values(BEFORE, (1, 2)) == Dimension(path=BEFORE.path, values=(1, 2), each_copy=True)
    assert not with_each_copy(BEFORE, False).each_copy


@pytest.mark.parametrize(
    ("option", "dimension"),
    [
        (UNITS, Dimension(path="p", low=16, high=128)),
        (UNITS, Dimension(path="p", low=1, high=10, step=4)),
        (UNITS, Dimension(path="p", values=(1, 5))),
        (RATE, Dimension(path="p", low=0.0, high=0.3, step=0.1)),
        (RATE, Dimension(path="p", low=0.0, high=1.0, step=0.3)),
        (KIND, Dimension(path="p", values=("a", "b"))),
    ],
)
def test_the_count_is_that_of_what_can_be_tried(option, dimension: Dimension) -> None:
    count = value_count(option, dimension)
    stepped = dimension if dimension.low is None or dimension.step else with_step(dimension, 1)
    assert count == len(values_of(stepped, option, 5))


def test_counts_in_words() -> None:
    assert count_words(UNITS, Dimension(path="p", low=1, high=2000)) == "2,000 values"
    assert count_words(UNITS, Dimension(path="p", values=(1,))) == "1 value"
    assert count_words(RATE, Dimension(path="p", low=0.0, high=1.0)) == "any between"


def test_all_there_is_to_tick() -> None:
    assert tick_entries(KIND) == (("a", "First"), ("b", "Second"))
    optional = replace(KIND, optional=True, default=None)
    assert tick_entries(optional)[0] == (None, "None")
    assert tick_entries(FlagOption(name="f", label="F", default=True, help="?")) == (
        (True, "Yes"),
        (False, "No"),
    )


@given(
    text=st.one_of(
        st.text(max_size=30),
        st.text("0123456789.,;to elog:-…x× ", max_size=20),
        st.builds("{}..{}".format, st.floats(), st.integers()),
    ),
    option=st.sampled_from([UNITS, RATE, KERNEL, BOUNDS, KIND, replace(STEPS, optional=True)]),
)
def test_any_text_means_a_dimension_or_is_answered(text: str, option) -> None:
    found, refusal = told(lambda: parse_dimension(text, option, BEFORE))
    if found is None:
        assert refusal.startswith(f"{option.label}: ")
        assert "\n" not in refusal
        return
    assert (found.path, found.each_copy) == (BEFORE.path, True)
    ends = [end for end in (found.low, found.high) if end is not None]
    assert all(option.check(value) is None for value in (*found.values, *ends))
    assert len(found.values) > 1 or found.low < found.high
    assert parse_dimension(dimension_words(option, found), option, found) == found
    assert value_count(option, found) is None or value_count(option, found) > 0


@given(text=st.text(max_size=12))
def test_any_text_is_a_step_or_is_answered(text: str) -> None:
    for option, dimension in ((UNITS, BEFORE), (RATE, Dimension(path="p", low=0.0, high=0.5))):
        step, refusal = told(lambda: parse_step(text, option, dimension))  # noqa: B023
        if refusal:
            assert refusal.startswith("Step: ")
        else:
            assert step is None or 0 < step <= dimension.high - dimension.low


def told(ask):
    """What is answered, or None and the sentence of the refusal."""
    try:
        return ask(), ""
    except ValueError as error:
        return None, str(error)

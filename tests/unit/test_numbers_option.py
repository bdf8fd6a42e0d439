"""Several numbers in one field: what is read, what is refused and in which words."""

import pytest

from app.core.frozen import OptionValue
from app.core.numbers_option import NumbersOption
from app.core.options import FloatOption


def bounds(**given: object) -> NumbersOption:
    made: dict[str, object] = {"minimum": -1.0, "maximum": 1.0, "increasing": True, **given}
    return NumbersOption(name="factor", label="Turns", default=(0.0, 0.1), help="H.", **made)  # type: ignore[arg-type]


LIST = NumbersOption(name="mean", label="Mean", default=(0.0,), help="H.", length=None, most=4)


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        (bounds(), "-0.1, 0.2", (-0.1, 0.2)),
        (bounds(), " (0.1 0.2) ", (0.1, 0.2)),
        (bounds(), "0.1", (-0.1, 0.1)),
        (bounds(), "-0.1", (-0.1, 0.1)),
        (bounds(minimum=0.0), "0.3", (0.0, 0.3)),
        (bounds(), "0.2 0.2", (0.2, 0.2)),
        (bounds(optional=True), "none", None),
        (LIST, "1; 2e-3; -4", (1.0, 0.002, -4.0)),
        (LIST, "5", (5.0,)),
    ],
)
def test_a_text_is_read(option: NumbersOption, text: str, value: OptionValue) -> None:
    assert option.parse(text) == value
    assert option.parse(option.format(value)) == value


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        (bounds(), "", "numbers such as"),
        (bounds(), "a b", "received 'a b'"),
        (bounds(), "1 2 3", "2 numbers are needed, received 3"),
        (bounds(), "0.2 0.1", "the smaller number comes first"),
        (bounds(), "0 1.5", "from -1 to 1 are needed, received 1.5"),
        (bounds(), "0 nan", "received nan"),
        (bounds(), "0 inf", "received inf"),
        (LIST, "1 2 3 4 5", "1 to 4 numbers are needed, received 5"),
    ],
)
def test_a_wrong_text_is_refused_in_words(option: NumbersOption, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"(Turns|Mean): ") as caught:
        option.parse(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("value", [0.1, (), (True, 1.0), ("a", "b"), (1.0, 10**400), None, "0.1"])
def test_a_wrong_value_is_refused(value: OptionValue) -> None:
    assert bounds().check(value) is not None


def test_whole_numbers_are_numbers() -> None:
    assert bounds().check((0, 1)) is None
    assert not isinstance(bounds(), FloatOption)


def test_boundaries_each_above_the_one_before() -> None:
    option = NumbersOption(
        name="bins", label="Bins", default=(0.0, 1.0), help="H.", length=None, increasing=True
    )
    assert option.check((0.0, 1.0, 2.0)) is None
    assert option.check((0.0, 0.0, 2.0)) is not None

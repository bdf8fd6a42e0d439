"""The sentence under the distributions says what is so of them."""

from collections.abc import Sequence

import pytest

from app.data.distributions import Distribution, Distributions
from app.ui.pages.data_scaling import scaling_sentence

NUMBER = ("income", 30_000.0)
AGE = ("age", 10.0)
FLAT = ("year", 0.0)
CITY = ("city = a", None)


def shown(*features: tuple[str, float | None]) -> Distributions:
    drawn = [
        Distribution(name, measures, measures, (), (), (), deviation is None)
        for name, deviation in features
        for measures in [(0.2, 0.4 if deviation is None else deviation, 0.0, 1.0)]
    ]
    return Distributions(tuple(drawn), (0.0, 1.0), (0.0, 1.0), 9, 9)


@pytest.mark.parametrize(
    ("features", "preprocessing", "words"),
    [
        (
            (NUMBER, AGE, CITY),
            "standardize",
            "As they come, income spreads 3,000 times as far as age: on one scale the small ones "
            "are a line. Standardized, all numbers have mean 0 and deviation 1 over the training "
            "part. Categories stay 0 and 1.",
        ),
        (
            (NUMBER, CITY),
            "standardize",
            "Standardized, income has mean 0 and deviation 1 over the training part. Categories "
            "stay 0 and 1.",
        ),
        ((CITY,), "standardize", "Categories stay 0 and 1."),
        ((CITY,), "min_max", "Categories stay 0 and 1."),
        (
            (AGE, FLAT),
            "standardize",
            "Standardized, age has mean 0 and deviation 1 over the training part. What never "
            "changes is only shifted to 0.",
        ),
        (
            (AGE, AGE),
            "standardize",
            "All features spread about alike as they come. Standardized, all have mean 0 and "
            "deviation 1 over the training part.",
        ),
        (
            (AGE, CITY),
            "none",
            "Nothing is done to them; the network has to learn from them as they are.",
        ),
    ],
)
def test_what_is_said_is_so(
    features: Sequence[tuple[str, float | None]], preprocessing: str, words: str
) -> None:
    assert scaling_sentence(shown(*features), preprocessing) == words

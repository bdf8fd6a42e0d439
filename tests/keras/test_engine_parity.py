"""The engine trains to the numbers of `model.fit`, over random networks and settings.

These are the first 60 cases; `python -m tests.benchmarks.engine_parity` does as many as wanted.
"""

from dataclasses import replace

import pytest

from tests.keras.random_trainings import (
    by_engine,
    by_fit,
    case,
    largest_difference,
    nothing_left,
)


@pytest.mark.parametrize("number", range(60))
def test_history_is_that_of_fit(number: int) -> None:
    one = case(number)
    with nothing_left():
        ours, _ = by_engine(one)
        theirs, _ = by_fit(one)
    assert largest_difference(ours, theirs) < 1e-4, one.text


def test_the_comparison_sees_another_order() -> None:
    one = case(3)  # several batches, shuffled
    with nothing_left():
        ours, _ = by_engine(one)
        theirs, _ = by_fit(replace(one, seed=one.seed + 1))
    assert largest_difference(ours, theirs) > 1e-4

"""The grid of a search space: every combination once, and counted without going through it."""

import itertools
import time

from hypothesis import given
from hypothesis import strategies as st

from app.core.search_settings import Dimension, Values
from app.core.search_space import grid, grid_size, parse_space, space_size, walk
from app.core.search_walk import Choose
from tests.unit.search_spaces import expected_settings, listed, project_with, spaces


@given(spaces())
def test_the_grid_is_what_going_through_all_combinations_gives(
    space: tuple[Dimension, ...],
) -> None:
    project = project_with(*space)
    found = [frozenset(values.items()) for values in grid(project)]
    expected = expected_settings(space)
    assert len(found) == len(set(found))
    assert set(found) == expected
    assert grid_size(project) == len(expected)
    assert space_size(project) == len(expected)


def _given(values: Values) -> Choose:
    return lambda path, _dimension, _option: values[path]


@given(spaces(), st.integers(1, 40))
def test_counting_ends_at_the_limit(space: tuple[Dimension, ...], limit: int) -> None:
    project = project_with(*space)
    assert grid_size(project, limit) == min(limit, grid_size(project))


@given(spaces())
def test_each_combination_is_a_trial(space: tuple[Dimension, ...]) -> None:
    project = project_with(*space)
    for values in itertools.islice(grid(project), 10):
        _, again = walk(project, _given(values))
        assert list(again.items()) == list(values.items())


def test_the_last_dimension_changes_fastest() -> None:
    project = project_with(
        listed("network.wide.units", 8, 4), listed("training.optimizer.learning_rate", 0.1, 0.01)
    )
    assert [tuple(values.values()) for values in grid(project)] == [
        (8, 0.1),
        (8, 0.01),
        (4, 0.1),
        (4, 0.01),
    ]


def test_ranges_take_as_many_points_as_the_grid_has() -> None:
    project = project_with(
        Dimension(path="training.optimizer.learning_rate", low=1e-4, high=1.0, log=True),
        Dimension(path="network.wide.units", low=1, high=3),
        grid_points=5,
        sampler="grid",
    )
    rates = dict.fromkeys(values["training.optimizer.learning_rate"] for values in grid(project))
    assert list(rates) == [1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    assert grid_size(project) == 15
    assert space_size(project) == 1_000_001  # a learning rate has no end of values


def test_a_grid_beyond_all_bounds_is_counted_at_once() -> None:
    project = project_with(
        *(
            parse_space(project_with(), text)
            for text in (
                "network.wide.copies=1..20",
                "network.wide[*].units=1..100",
                "network.deep.copies=1..20",
                "network.deep[*].units=1..100",
                "training.optimizer=SGD,Adam,RMSprop,Nadam",
                "training.optimizer.learning_rate=1e-5..1:log",
                "training.schedule=constant,step,cosine",
                "training.batch_size=1..1000",
            )
        ),
        grid_points=100,
    )
    began = time.process_time()
    assert grid_size(project) == 1_000_001
    assert grid_size(project, 10**80) == 10**80
    assert time.process_time() - began < 2.0


def test_the_size_of_a_large_conditional_grid_is_exact() -> None:
    """By hand: widths of 1 to 5 copies, 3 values each: 3 + 9 + 27 + 81 + 243; the momentum of SGD
    beside Adam: 10 + 1; everything times 7 rates.
    """
    project = project_with(
        listed("network.wide.copies", 1, 2, 3, 4, 5),
        listed("network.wide.units", 1, 2, 3, each_copy=True),
        listed("training.optimizer", "Adam", "SGD"),
        listed("training.optimizer.momentum", *(k / 10 for k in range(10))),
        listed("training.optimizer.learning_rate", *(10.0**-k for k in range(7))),
    )
    assert grid_size(project) == (3 + 9 + 27 + 81 + 243) * (10 + 1) * 7


def test_one_without_values_makes_an_empty_grid() -> None:
    project = project_with(listed("training.batch_size"), listed("network.wide.units", 1, 2))
    assert list(grid(project)) == []
    assert grid_size(project) == 0


def test_what_is_not_there_is_left_out() -> None:
    project = project_with(listed("network.gone.units", 1, 2), listed("network.wide.units", 1, 2))
    assert [dict(values) for values in grid(project)] == [
        {"network.wide.units": 1},
        {"network.wide.units": 2},
    ]
    assert grid_size(project) == 2


def test_an_empty_space_has_one_setting() -> None:
    assert [dict(values) for values in grid(project_with())] == [{}]
    assert grid_size(project_with()) == space_size(project_with()) == 1


def test_whole_numbers_are_counted_one_by_one_for_random_draws() -> None:
    project = project_with(
        Dimension(path="network.wide.units", low=10, high=29),
        Dimension(path="training.epochs", low=10, high=20, step=5),
        Dimension(path="network.deep.units", low=1, high=40, log=True),
    )
    assert space_size(project) == 20 * 3 * 40
    assert grid_size(project) == 5 * 3 * 5  # 1, 3, 6, 16, 40

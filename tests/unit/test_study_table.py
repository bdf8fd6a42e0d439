"""Finished trials as columns: who is in, in which order, where each value stands."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from app.core.frozen import OptionValue
from app.core.metric_catalog import limits_of
from app.core.search_settings import Dimension
from app.search.study_table import (
    StudyColumn,
    StudyTable,
    left_out_words,
    score_label,
    short_names,
    study_table,
    value_words,
)
from tests.studies import SPACE, study, trial

RATE = "training.optimizer.learning_rate"


def column(table: StudyTable, path: str) -> StudyColumn:
    return next(one for one in table.columns if one.path == path)


def table_of(values: Sequence[Any], dimension: Dimension) -> StudyTable:
    trials = [trial(n, 0.5, {} if v is ... else {dimension.path: v}) for n, v in enumerate(values)]
    return study_table(trials, (dimension,), "accuracy", True)


def test_only_finished_trials_with_a_finite_score_count() -> None:
    trials = (
        trial(0, 0.9),
        trial(1, 0.8, state="pruned"),
        trial(2, None, state="failed"),
        trial(3, math.inf),
        trial(4, 0.95),
        trial(5, None, state="running"),
    )
    table = study_table(trials, (), "accuracy", True)
    assert [one.number for one in table.trials] == [0, 4]
    assert table.scores == pytest.approx([0.9, 0.95])
    assert table.left_out == {"pruned": 1, "failed": 1, "finished": 1, "running": 1}
    assert left_out_words(table) == "1 pruned, 1 failed and 1 begun have no score"
    assert left_out_words(study_table(trials[:2], (), "accuracy", True)) == "1 pruned has no score"
    assert left_out_words(study_table(trials[:1], (), "accuracy", True)) == ""


def test_the_best_come_first_and_of_equal_ones_the_earlier() -> None:
    trials = [trial(number, score) for number, score in ((7, 0.5), (8, 0.9), (9, 0.5), (10, 0.1))]
    up = study_table(trials, (), "accuracy", True)
    down = study_table(trials, (), "loss", False)
    assert [up.trials[row].number for row in up.order] == [8, 7, 9, 10]
    assert [down.trials[row].number for row in down.order] == [10, 7, 9, 8]
    assert up.ranks.tolist() == [1, 0, 2, 3]
    assert up.rows == {7: 0, 8: 1, 9: 2, 10: 3}


def test_ranges_are_placed_by_differences_or_factors() -> None:
    log = column(
        table_of([1e-4, 1e-1, 1e-3, 1e-2], Dimension(path=RATE, low=1e-4, high=1e-1, log=True)),
        RATE,
    )
    assert log.places == pytest.approx([0, 1, 1 / 3, 2 / 3])
    assert log.value_at(1 / 3) == pytest.approx(1e-3)
    assert log.place_of(1e-2) == pytest.approx(2 / 3)
    whole = table_of([8, 32, 16, ...], Dimension(path="network.a.units", low=8, high=32)).columns[0]
    assert whole.places[:3] == pytest.approx([0, 1, 1 / 3])
    assert math.isnan(whole.places[3])
    assert (whole.missing, whole.points, whole.is_whole) == (1, 25, True)
    step = Dimension(path="network.a.rate", low=0.1, high=0.5, step=0.1)
    tenths = table_of([0.1, 0.5], step).columns[0]
    assert (tenths.points, tenths.is_whole) == (5, False)
    free = table_of([0.25], Dimension(path="network.a.rate", low=0.0, high=0.5)).columns[0]
    assert (free.points, free.places.tolist()) == (0, [0.5])


def test_a_value_outside_its_range_widens_it() -> None:
    wide = table_of([5, 64], Dimension(path="network.a.units", low=8, high=32)).columns[0]
    assert (wide.low, wide.high) == (5, 64)
    assert wide.places.tolist() == [0, 1]


def test_choices_stand_side_by_side() -> None:
    path = "training.optimizer"
    names = table_of(
        ["sgd", "adam", "other"], Dimension(path=path, values=("adam", "sgd"))
    ).columns[0]
    assert names.values == ("adam", "sgd", "other")
    assert names.places.tolist() == [0.5, 0, 1]
    numbers = table_of([64, 8], Dimension(path="network.a.units", values=(64, 8, 32))).columns[0]
    assert numbers.values == (8, 32, 64)
    assert numbers.places.tolist() == [1, 0]
    flags = table_of([True, False, 1], Dimension(path="network.a.use_bias", values=(False, True)))
    assert flags.columns[0].values == (False, True, 1)  # 1 is another value than true
    one = table_of([1.0, 1], Dimension(path="network.a.rate", values=(1,))).columns[0]
    assert one.values == (1,)
    assert one.places.tolist() == [0.5, 0.5]
    mixed = table_of([None, 2.0], Dimension(path="network.a.clipnorm", values=(None, 2.0)))
    assert mixed.columns[0].values == (None, 2.0)


def test_each_copy_has_a_column_of_its_own() -> None:
    table = study_table(study(30), SPACE, "accuracy", True)
    assert [one.label for one in table.columns] == [
        "Copies",
        "dense units",
        "dense[2] units",
        "dense[3] units",
        "Rate",
        "Learning rate",
        "Optimizer",
    ]
    third = column(table, "network.dense[3].units")
    copies = [int(str(one.settings["network.dense.copies"])) for one in table.trials]
    assert np.isnan(third.places).tolist() == [each < 3 for each in copies]
    named = study_table(study(3), SPACE, "accuracy", True, {RATE: "Step size"})
    assert column(named, RATE).label == "Step size"


def test_names_are_short_and_different() -> None:
    paths = ["network.a.units", "network.b.units", "training.batch_size", "name"]
    assert list(short_names(paths).values()) == ["a units", "b units", "Batch size", "Name"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (None, "none"),
        (1234, "1,234"),
        (-2, "−2"),
        (0.25, "0.25"),
        (1e-4, "0.0001"),
        (1.5e-5, "1.5e-5"),
        (-0.5, "−0.5"),
        ((3, 3), "3 × 3"),
        ("adam", "adam"),
    ],
)
def test_values_in_words(value: OptionValue, text: str) -> None:
    assert value_words(value) == text


def test_scores_have_names_and_limits() -> None:
    assert (score_label("accuracy"), score_label("loss"), score_label("mine")) == (
        "Accuracy",
        "Loss",
        "mine",
    )
    assert limits_of("accuracy") == (0, 1)
    assert limits_of("loss") == (-math.inf, math.inf)


def test_nothing_searched_and_nothing_done() -> None:
    empty = study_table((), SPACE, "accuracy", True)
    assert len(empty) == 0
    assert [one.places.size for one in empty.columns] == [0] * 5
    alone = study_table([trial(0, 0.5)], (), "accuracy", True)
    assert (len(alone), alone.columns) == (1, ())

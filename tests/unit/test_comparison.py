"""What a comparison says of runs whose histories are known."""

from collections.abc import Sequence

import pytest

from app.core.comparison import (
    ComparedResult,
    common_level,
    metric_words,
    places,
    reached,
    result_of,
    speed_words,
    verdict,
    with_and_without_standardization,
)
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import build_template, builtin_data

PROJECT = build_template("mlp", builtin_data("wine"))


def record(values: Sequence[float | None], name: str = "val_loss") -> RunRecord:
    rows = tuple(
        EpochRow(
            epoch=number,
            metrics=FrozenMap({} if value is None else {name: value}),
            seconds=0.5,
            learning_rate=0.001,
        )
        for number, value in enumerate(values, 1)
    )
    return RunRecord(project=PROJECT, rows=rows, steps_per_epoch=4)


def test_epochs_updates_and_seconds_of_each_epoch() -> None:
    run = record([3.0, 2.0, 1.0])
    assert places(run, "epochs") == (1.0, 2.0, 3.0)
    assert places(run, "updates") == (4.0, 8.0, 12.0)
    assert places(run, "seconds") == (0.5, 1.0, 1.5)


@pytest.mark.parametrize(
    ("name", "values", "best", "epoch", "steady"),
    [
        ("val_loss", [3.0, 1.0, 1.0, 2.0], 1.0, 2, 1.0),
        ("val_loss", [3.0, 0.1, 2.0, 1.5, 1.0], 0.1, 2, 1.5),
        ("val_accuracy", [0.3, 0.9, 0.5, 0.1], 0.9, 2, 0.5),
        ("val_loss", [None, 2.0, None], 2.0, 2, None),
    ],
)
def test_the_best_value_is_the_first_of_the_best(
    name: str, values: list[float | None], best: float, epoch: int, steady: float | None
) -> None:
    found = result_of("a", record(values, name), name)
    assert found == ComparedResult("a", best, epoch, 4 * epoch, 0.5 * epoch, steady)


def test_a_run_without_the_value_has_no_result() -> None:
    assert result_of("a", record([None]), "val_loss").value is None
    assert verdict([ComparedResult("a", None)], "val_loss") == "No run came to a result."


def test_the_verdict_names_the_better_run() -> None:
    good, bad = ComparedResult("good", 0.1, 5), ComparedResult("bad", 0.6, 9)
    text = verdict([bad, good], "val_loss")
    assert text == (
        "Best validation loss, each at its best epoch: 0.1 (good, epoch 5), against 0.6 (bad, "
        "epoch 9)."
    )
    assert verdict([bad, good], "val_accuracy").startswith(
        "Best validation accuracy, each at its best epoch: 0.6 (bad"
    )
    alike = ComparedResult("other", 0.1005, 7)
    assert "no difference to speak of" in verdict([good, alike], "val_loss")
    assert "No result: none." in verdict([good, ComparedResult("none", None)], "val_loss")


def test_the_variants_differ_in_their_preprocessing_alone() -> None:
    plain, standardized = with_and_without_standardization(PROJECT)
    assert plain.project.data.preprocessing == "none"
    assert standardized.project.data.preprocessing == "standardize"
    assert plain.project.model_copy(update={"data": PROJECT.data}) == PROJECT
    assert standardized.project.model_copy(update={"data": PROJECT.data}) == PROJECT


def test_speed_is_told_at_what_all_came_to() -> None:
    fast, slow = record([3.0, 0.8, 0.5]), record([3.0, 2.0, 1.0, 2.0])
    results = [result_of(name, run, "val_loss") for name, run in (("fast", fast), ("slow", slow))]
    level = common_level(results, "val_loss")
    assert level == 1.0
    found = [reached("fast", fast, "val_loss", level), reached("slow", slow, "val_loss", level)]
    assert found == [
        ComparedResult("fast", 0.8, 2, 8, 1.0),
        ComparedResult("slow", 1.0, 3, 12, 1.5),
    ]
    known = [one for one in found if one is not None]
    text = speed_words(known, "val_loss", level)
    assert text == (
        "All came to validation loss 1, the best of the one that got least far. Fewest epochs and "
        "updates: fast, 2 (slow: 3). Fewest seconds: fast, 1 s (slow: 1.5 s)."
    )
    assert reached("slow", slow, "val_loss", 0.9) is None
    assert common_level(results[:1], "val_loss") is None
    assert speed_words(known[:1], "val_loss", level) == ""
    some = speed_words(known, "val_loss", level, everyone=False)
    assert some == text.replace("All came", "All with a result came")


def test_of_what_is_to_grow_the_lowest_is_what_all_came_to() -> None:
    runs = [record(values, "val_accuracy") for values in ([0.5, 0.9], [0.7, 0.6])]
    results = [result_of(str(n), run, "val_accuracy") for n, run in enumerate(runs)]
    assert common_level(results, "val_accuracy") == 0.7
    first = reached("0", runs[0], "val_accuracy", 0.7)
    assert first is not None
    assert (first.epoch, first.value) == (2, 0.9)


def test_of_many_runs_the_first_and_the_last_are_named() -> None:
    results = [ComparedResult(f"run {n}", 0.1 * n, n, n, float(n)) for n in range(1, 8)]
    text = verdict(results, "val_loss")
    assert text.startswith(
        "Best validation loss, each at its best epoch: 0.1 (run 1, epoch 1), against 0.2 (run 2, "
        "epoch 2)"
    )
    assert "3 more and at last 0.7 (run 7, epoch 7)." in text
    assert speed_words(results, "val_loss", 0.7).endswith(
        "Fewest seconds: run 1, 1 s (run 2: 2 s; run 3: 3 s; 3 more; at last run 7: 7 s)."
    )


def test_each_axis_has_its_own_first_one() -> None:
    found = [
        ComparedResult("full", 0.5, 100, 100, 0.22),
        ComparedResult("mini", 0.5, 15, 135, 0.09),
        ComparedResult("stochastic", 0.5, 2, 560, 0.14),
    ]
    text = speed_words(found, "val_loss", 0.5)
    assert "Fewest epochs: stochastic, 2 (mini: 15; full: 100)." in text
    assert "Fewest updates: full, 100 (mini: 135; stochastic: 560)." in text
    assert "Fewest seconds: mini, 0.09 s (stochastic: 0.14 s; full: 0.22 s)." in text
    assert text.endswith("the updates of stochastic count in steps of 280.")
    level = [ComparedResult("a", 0.5, 2, 8, 1.0), ComparedResult("b", 0.5, 2, 6, 2.0)]
    assert "Fewest epochs: a and b, 2 each." in speed_words(level, "val_loss", 0.5)


def test_a_best_epoch_that_may_be_luck_is_told() -> None:
    jumping = result_of("jumping", record([3.0, 0.1, 2.0, 1.5, 1.5]), "val_loss")
    calm = result_of("calm", record([3.0, 1.1, 1.0, 1.0, 1.0]), "val_loss")
    assert verdict([jumping, calm], "val_loss").endswith(
        "That epoch may be luck: by the best median of 3 epochs in a row calm is ahead, 1 against "
        "1.5."
    )
    assert verdict([jumping], "val_loss").endswith(
        "the best median of 3 epochs in a row of jumping is 1.5."
    )
    assert "luck" not in verdict([calm], "val_loss")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("val_loss", "validation loss"),
        ("loss", "training loss"),
        ("val_accuracy", "validation accuracy"),
    ],
)
def test_metrics_have_words(name: str, words: str) -> None:
    assert metric_words(name) == words

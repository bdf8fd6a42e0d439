"""What a comparison says of runs whose histories are known."""

import pytest

from app.core.comparison import (
    ComparedResult,
    places,
    result_of,
    verdict,
    with_and_without_standardization,
)
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import build_template, builtin_data

PROJECT = build_template("mlp", builtin_data("wine"))


def record(values: list[float | None], name: str = "val_loss") -> RunRecord:
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
    ("name", "values", "best", "epoch"),
    [
        ("val_loss", [3.0, 1.0, 1.0, 2.0], 1.0, 2),
        ("val_accuracy", [0.3, 0.9, 0.9, 0.1], 0.9, 2),
        ("val_loss", [None, 2.0, None], 2.0, 2),
    ],
)
def test_the_best_value_is_the_first_of_the_best(
    name: str, values: list[float | None], best: float, epoch: int
) -> None:
    found = result_of("a", record(values, name), name)
    assert found == ComparedResult("a", best, epoch, 4 * epoch, 0.5 * epoch)


def test_a_run_without_the_value_has_no_result() -> None:
    assert result_of("a", record([None]), "val_loss").value is None
    assert verdict([ComparedResult("a", None)], "val_loss") == "No run came to a result."


def test_the_verdict_names_the_better_run() -> None:
    good, bad = ComparedResult("good", 0.1, 5), ComparedResult("bad", 0.6, 9)
    text = verdict([bad, good], "val_loss")
    assert text == "Best val_loss: 0.1 (good, epoch 5), against 0.6 (bad, epoch 9)."
    assert verdict([bad, good], "val_accuracy").startswith("Best val_accuracy: 0.6 (bad")
    alike = ComparedResult("other", 0.1005, 7)
    assert "no difference to speak of" in verdict([good, alike], "val_loss")
    assert "No result: none." in verdict([good, ComparedResult("none", None)], "val_loss")


def test_the_variants_differ_in_their_preprocessing_alone() -> None:
    plain, standardized = with_and_without_standardization(PROJECT)
    assert plain.project.data.preprocessing == "none"
    assert standardized.project.data.preprocessing == "standardize"
    assert plain.project.model_copy(update={"data": PROJECT.data}) == PROJECT
    assert standardized.project.model_copy(update={"data": PROJECT.data}) == PROJECT

"""Compared runs start at one point, bear their names at their ends, and fit a small window."""

import itertools
import math

import pytest
from pytestqt.qtbot import QtBot

from app.core.comparison import with_and_without_standardization
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import build_template, builtin_data
from app.ui.comparison_control import ComparisonState
from app.ui.comparison_view import ComparisonView
from app.ui.controls import CheckBox, EmptyState, Label
from app.ui.plots.comparison_plot import ComparisonPlot

PROJECT = build_template("mlp", builtin_data("wine"))
VARIANTS = with_and_without_standardization(PROJECT)
START = FrozenMap({"loss": 4.0, "val_loss": 5.0})


def record(*losses: float, steps: int = 4) -> RunRecord:
    rows = tuple(
        EpochRow(
            epoch=number,
            metrics=FrozenMap({"val_loss": loss, "loss": loss / 2}),
            seconds=0.1,
            learning_rate=0.001,
        )
        for number, loss in enumerate(losses, 1)
    )
    return RunRecord(project=PROJECT, rows=rows, steps_per_epoch=steps)


RUNS = [("slow", record(4.5, 4.0, 3.5, steps=1)), ("fast", record(2.0, 1.0, 3.4, steps=100))]


def test_all_lines_start_before_the_first_step(qtbot: QtBot) -> None:
    plot = ComparisonPlot()
    qtbot.addWidget(plot)
    plot.show_runs(RUNS, "loss", "updates", starts=[START, START])
    rows = plot.table().rows
    assert [row for row in rows if row[1] == 0.0] == [
        ("slow", 0.0, 5.0, 4.0),
        ("fast", 0.0, 5.0, 4.0),
    ]
    assert [row[1] for row in rows if row[0] == "fast"] == [0.0, 100.0, 200.0, 300.0]
    assert "slow: 3 epochs" in plot.accessibleDescription()
    plot.show_runs(RUNS, "loss", "updates")
    assert all(row[1] > 0 for row in plot.table().rows)


def test_before_the_first_step_stands_left_of_a_logarithmic_axis(qtbot: QtBot) -> None:
    plot = ComparisonPlot()
    qtbot.addWidget(plot)
    plot.show_runs(RUNS, "loss", "updates", log_across=True, starts=[START, START])
    low, high = plot.x_range
    assert low < 0.0  # the logarithm of the first update
    assert high == pytest.approx(math.log10(300))
    assert plot.x_ticks()[0] == (low, "0")
    assert (0.0, "1") in plot.x_ticks()
    head, rows = plot.reading(low)
    assert head.endswith(" 0")
    assert [row.text for row in rows] == [
        "slow  validation 5.000, training 4.000",
        "fast  validation 5.000, training 4.000",
    ]
    assert plot.reading(0.0)[1][0].text == "slow  validation 4.500, training 2.250"
    plot.show_runs(RUNS, "loss", "updates", log_across=True)
    assert plot.x_range[0] == 0.0
    assert plot.x_ticks()[0] == (0.0, "1")


def test_a_name_stands_beside_the_end_of_its_line(qtbot: QtBot) -> None:
    plot = ComparisonPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    plot.show_runs(RUNS, "loss", "epochs", starts=[START, START])
    names = plot.name_boxes()
    assert [line.label for line, _ in names] == ["slow", "fast"]
    assert not names[0][1].intersects(names[1][1])
    for (_, run), (_, box) in zip(RUNS, names, strict=True):
        last = run.rows[-1]
        end = plot.at(last.epoch, last.metrics["val_loss"])
        assert plot.frame().right() < box.left()
        assert box.right() <= plot.width()
        assert abs(box.center().y() - end.y()) <= 24


def test_a_run_without_validation_is_never_drawn_as_one(qtbot: QtBot) -> None:
    plot = ComparisonPlot()
    qtbot.addWidget(plot)
    plot.resize(600, 300)
    refit = record(4.0, 4.0, 4.0)
    rows = tuple(
        row.model_copy(update={"metrics": FrozenMap({"loss": row.metrics["loss"]})})
        for row in refit.rows
    )
    runs = [("run 1", record(3.0, 3.0, 3.0)), ("run 12", refit.model_copy(update={"rows": rows}))]
    plot.show_runs(runs, "loss", "epochs")
    assert [entry.text for entry in plot.legend] == ["validation", "training"]
    assert [row.text for row in plot.reading(2)[1]] == [
        "run 1  validation 3.000, training 1.500",
        "run 12  training only 2.000",
    ]
    assert [row for row in plot.table().rows if row[1] == 2.0] == [
        ("run 1", 2.0, 3.0, 1.5),
        ("run 12", 2.0, None, 2.0),
    ]
    assert [line.name for line, _ in plot.name_boxes()] == ["run 1", "run 12, training only"]
    assert "run 12, training only: 3 epochs" in plot.accessibleDescription()
    image = plot.grab().toImage()

    def darkness(value: float) -> int:  # of the line between two markers, summed across it
        place = plot.at(1.5, value).toPoint()
        around = [image.pixelColor(place.x(), place.y() + down) for down in range(-3, 4)]
        return sum(3 * 255 - sum(ink.getRgb()[:3]) for ink in around)

    assert darkness(2.0) < 0.7 * darkness(3.0)  # thin, as the training of run 1
    assert darkness(2.0) == pytest.approx(darkness(1.5), rel=0.4)
    plot.show_runs(runs[1:], "loss", "epochs")
    assert [entry.text for entry in plot.legend] == ["training"]


def test_names_stand_in_the_order_of_the_ends(qtbot: QtBot) -> None:
    plot = ComparisonPlot()
    qtbot.addWidget(plot)
    plot.resize(500, 220)
    lasts = {"run 1": 1.00, "run 2": 1.03, "run 3": 0.99, "run 4": 1.02, "run 5": 1.01}
    runs = [(name, record(*[3.0] * 29, last)) for name, last in lasts.items()]
    runs[0] = ("run 1", record(*[3.0] * 28, 1.0))  # an epoch less, as after early stopping
    plot.show_runs(runs, "loss", "epochs")
    boxes = {line.label: box for line, box in plot.name_boxes()}
    assert sorted(boxes, key=lambda name: boxes[name].top()) == sorted(
        lasts, key=lambda name: -lasts[name]
    )
    assert all(box.left() > plot.frame().right() for box in boxes.values())
    tops = sorted(box.top() for box in boxes.values())
    assert all(below - above >= 15 for above, below in itertools.pairwise(tops))


def test_a_small_place_is_asked_to_scroll(qtbot: QtBot) -> None:
    view = ComparisonView("race", "Start the race.")
    qtbot.addWidget(view)
    view.resize(500, 200)
    view.show_variants(VARIANTS)
    view.show_state(ComparisonState())
    view.show()
    empty = view.findChild(EmptyState, "race.empty")
    assert empty.isVisible()
    assert not view.plot.isVisible()
    records = tuple(run for _, run in RUNS)
    view.show_state(
        ComparisonState("idle", variants=VARIANTS, records=records, starts=(START,) * 2)
    )
    assert not empty.isVisible()
    view.resize(500, view.minimumSizeHint().height())
    sentence = view.findChild(Label, "race.sentence")
    assert sentence.height() >= sentence.heightForWidth(sentence.width())
    assert view.plot.height() >= 180
    name = view.findChild(Label, "race.0.0")
    assert name.width() >= 80


def test_updates_and_seconds_are_logarithmic_until_one_says_otherwise(qtbot: QtBot) -> None:
    view = ComparisonView("race")
    qtbot.addWidget(view)
    view.show_variants(VARIANTS)
    log = view.findChild(CheckBox, "race.log")
    assert not log.isChecked()
    for axis in ("updates", "seconds"):
        view.show_axis(axis)
        assert log.isChecked()
        assert "logarithmic" in view.plot.across
    log.click()
    assert "logarithmic" not in view.plot.across
    view.show_axis("updates")
    assert log.isChecked()
    view.show_axis("seconds")
    assert not log.isChecked()

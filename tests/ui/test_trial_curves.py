"""Curves of a trial fold by fold, and importances as bars."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from app.core.frozen import FrozenMap
from app.core.search_results import FitCurves, Trial
from app.search.importance import Importance, Importances
from app.ui.plots.importance_bars import TOGETHER, ImportanceBars
from app.ui.plots.trial_curves import LEFT_OUT, NONE_YET, TrialCurves
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT
from tests.studies import curves, trial

DONE = trial(7, 0.9)


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def plot(qtbot):
    plot = TrialCurves("curves")
    plot.resize(420, 220)
    qtbot.addWidget(plot)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def values(told, fold, name="val_accuracy"):
    return [row.metrics[name] for row in told[fold].rows]


def test_mean_and_sd_go_as_far_as_all_folds(plot):
    told = curves({0: 9, 1: 6, 2: 8})
    plot.show_curves(DONE, told, "accuracy")
    assert plot.common() == 6
    table = np.array([values(told, fold)[:6] for fold in range(3)])
    mean, sd = plot.mean_and_sd()
    assert mean == pytest.approx(table.mean(axis=0))
    assert sd == pytest.approx(table.std(axis=0))
    rows = plot.table().rows
    assert plot.table().headers == ("epoch", "mean", "sd", "fold 1", "fold 2", "fold 3")
    assert rows[5][:3] == (6, pytest.approx(mean[5]), pytest.approx(sd[5]))
    assert rows[7] == (8, None, None, values(told, 0)[7], None, values(told, 2)[7])
    assert "mean ± sd of 3 folds, as far as all went (epoch 6)" in plot.sentence()
    assert "over the validation part" in plot.sentence()
    plot.show_curves(DONE, told, "accuracy", part=LEFT_OUT)
    assert "over the left-out fold" in plot.sentence()


def test_perfect_folds_have_an_axis_that_ends_at_one(plot):
    whole = tuple(
        replace(
            one,
            rows=tuple(
                row.model_copy(update={"metrics": FrozenMap(val_accuracy=1.0)}) for row in one.rows
            ),
        )
        for one in curves({0: 4, 1: 4})
    )
    plot.show_curves(DONE, whole, "accuracy")
    assert plot.y_range[1] == 1.0


def test_folds_of_a_network_alone_are_not_called_a_trial(plot):
    told = curves({0: 4, 1: 4})
    plot.show_curves(Trial(0, "finished", FrozenMap({"network.dense_1.units": 4})), told)
    assert (plot.accessibleName(), plot.table().title) == ("Curves of trial 0", "Loss of trial 0")
    plot.show_curves(Trial(0, "finished", FrozenMap()), told)
    assert plot.accessibleName() == "Curves of the folds"
    assert plot.table().title == "Loss of the folds"


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_mean_is_drawn_strong(plot, qapp, tokens):
    apply_theme(qapp, tokens)
    plot.show_curves(DONE, curves({0: 10, 1: 10}), "accuracy")
    mean, _ = plot.mean_and_sd()
    place = plot.at(7.5, float((mean[6] + mean[7]) / 2))
    ink = plot.grab().toImage().pixelColor(place.toPoint())
    accent = QColor(tokens.accent)
    assert max(abs(a - b) for a, b in zip(ink.getRgb(), accent.getRgb(), strict=True)) < 60


def test_the_pointer_reads_all_folds(plot):
    told = curves({0: 9, 2: 6})
    plot.show_curves(DONE, told, "accuracy")
    head, rows = plot.reading(8.2)
    assert head == "epoch 8"
    assert [row.text for row in rows] == [f"fold 1  {values(told, 0)[7]:.3f}"]
    head, rows = plot.reading(3)
    assert [row.text.split()[0] for row in rows] == ["mean", "fold", "fold"]
    assert rows[2].text == f"fold 3  {values(told, 1)[2]:.3f}"
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert plot.accessibleDescription().startswith("epoch 1; mean ")


def test_one_fold_with_its_training_part(plot):
    told = curves({0: 8})
    plot.show_curves(DONE, told, "loss")
    assert plot.common() == 0
    assert "grey: the training part" in plot.sentence()
    assert plot.trained[0].tolist() == values(told, 0, "loss")
    assert not plot.grab().isNull()


def test_long_runs_show_where_the_folds_differ(plot):
    told = curves({0: 40, 1: 40})
    plot.show_curves(DONE, told, "accuracy")
    late = np.array([values(told, fold)[10:] for fold in range(2)])
    low, high = plot.y_range
    assert low <= late.min() <= late.max() <= high
    assert low > values(told, 0)[0]
    assert plot.sentence().endswith("Early epochs are off the axis.")
    plot.show_curves(DONE, curves({0: 10}), "accuracy")
    assert "off the axis" not in plot.sentence()


def test_without_validation_the_training_part_is_shown(plot):
    told = tuple(
        FitCurves(
            one.fold,
            tuple(
                row.model_copy(update={"metrics": type(row.metrics)({"loss": row.metrics["loss"]})})
                for row in one.rows
            ),
        )
        for one in curves({0: 5, 1: 5})
    )
    plot.show_curves(DONE, told, "loss")
    assert "over the training part" in plot.sentence()
    assert plot.values[0].tolist() == values(told, 0, "loss")


def test_nothing_and_nearly_nothing(plot):
    plot.show_curves(None, ())
    assert plot.accessibleDescription() == NONE_YET
    assert plot.table().rows == ()
    assert not plot.grab().isNull()
    plot.show_curves(DONE, (FitCurves(0, ()),), "accuracy")
    assert plot.is_empty
    plot.show_curves(DONE, curves({0: 1, 1: 1}), "accuracy")
    assert len(plot.table().rows) == 1
    assert not plot.grab().isNull()
    plot.show_curves(DONE, curves(dict.fromkeys(range(30), 20)), "accuracy")
    assert plot.reading(3)[1][-1].text.startswith("and ")
    assert not plot.grab().isNull()


def test_rings_mark_the_best_epochs(plot):
    plot.show_curves(DONE, curves({0: 9, 1: 9, 2: 9}), "accuracy")
    place = plot.at(2, float(plot.values[1, 1]))  # the second fold was best at epoch 2
    image = plot.grab().toImage()
    assert image.pixelColor(place.toPoint()) == QColor(LIGHT.panel)
    rim = image.pixelColor((place + QPointF(0, 3.5)).toPoint())
    assert rim.blue() > rim.green() + 30


def test_a_ring_is_named_by_what_chooses_the_epoch_and_is_whole_at_the_edge(plot):
    told = curves({0: 9, 1: 9, 2: 9})
    whole = tuple(
        FitCurves(
            one.fold,
            tuple(
                row.model_copy(
                    update={"metrics": FrozenMap(dict(row.metrics) | {"val_accuracy": 1.0})}
                )
                if row.epoch < 5
                else row
                for row in one.rows
            ),
        )
        for one in told
    )
    plot.show_curves(DONE, whole, "accuracy", "val_loss")
    assert "Rings: best epochs by val_loss." in plot.sentence()
    assert plot.y_range[1] == 1.0
    place = plot.at(3, 1.0)  # the third fold was best at epoch 3
    assert place.y() == pytest.approx(plot.frame().top())
    image = plot.grab().toImage()
    above = [image.pixelColor(round(place.x()), round(place.y()) - up) for up in (3, 4)]
    assert any(ink != QColor(LIGHT.panel) for ink in above)
    plot.show_curves(DONE, told[:1], "accuracy", "val_loss")
    assert "ring: the best epoch by val_loss" in plot.sentence()


@pytest.mark.parametrize("folds", [2, 3, 5, 8])
def test_every_fold_is_named_and_has_its_own_colour(plot, folds):
    told = curves({fold: 9 + fold % 3 for fold in range(folds)})
    plot.show_curves(DONE, told, "accuracy")
    names = plot.names()
    assert {name for name, _, _ in names} == {"mean", *(f"fold {n + 1}" for n in range(folds))}
    heights = [height for _, _, height in names]
    assert all(b - a >= 12.9 for a, b in itertools.pairwise(heights))
    ends = {
        f"fold {fold + 1}": plot.at(len(told[fold].rows), values(told, fold)[-1]).y()
        for fold in range(folds)
    }
    listed = [ends[name] for name, _, _ in names if name != "mean"]
    assert listed == sorted(listed)
    assert len({row.ink.name() for row in plot.reading(3)[1]}) == folds + 1
    assert len({row.marker for row in plot.reading(3)[1][1:]}) == folds


def test_of_folds_without_room_the_outermost_are_named(plot):
    plot.show_curves(DONE, curves(dict.fromkeys(range(30), 20)), "accuracy")
    assert len(plot.names()) == 3
    assert {row.ink.name() for row in plot.reading(3)[1][1:]} == {LIGHT.muted.lower()}


# ---- importances
RESULT = Importances(
    (
        Importance("training.a", "Learning rate", 0.46, 0.02, 63),
        Importance("network.b", "Units", 0.04, 0.01, 40),
        Importance("network.c", "Third", None, trials=4, why_not="4 trials have it"),
    ),
    63,
    0.5,
    0.8,
    "Over 63 trials.",
)


def test_bars_of_shares(qtbot):
    bars = ImportanceBars("bars")
    bars.resize(420, 180)
    qtbot.addWidget(bars)
    bars.show()
    bars.show_importance(RESULT)
    assert [(bar.name, bar.value) for bar in bars.bars()] == [
        ("Learning rate", 0.46),
        ("Units", 0.04),
        (TOGETHER, 0.5),
    ]
    assert bars.bars()[1].note.startswith("over 40 trials")
    assert bars.sentence.text() == bars.accessibleDescription() == "Over 63 trials."
    assert bars.table().rows[2] == ("Third", "network.c", None, None, 4)
    assert bars.table().rows[3] == (TOGETHER, None, 0.5, None, 63)
    line = bars.lines.line_rect(0)
    image = bars.lines.viewport().grab().toImage()
    inks = {image.pixelColor(x, round(line.center().y())).name() for x in range(image.width())}
    assert LIGHT.accent.lower() in inks
    assert LIGHT.track.lower() in inks
    blue, grey = (
        sum(
            image.pixelColor(x, round(line.center().y())).name() == token.lower()
            for x in range(image.width())
        )
        for token in (LIGHT.accent, LIGHT.track)
    )
    assert blue / (blue + grey) == pytest.approx(0.46, abs=0.03)  # the track is the whole
    bars.show_nothing("Not yet.")
    assert bars.bars() == ()
    assert bars.table().rows == ()
    assert not bars.lines.isVisible()
    assert bars.sentence.text() == "Not yet."

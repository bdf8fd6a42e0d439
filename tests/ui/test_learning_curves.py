"""The learning curves: what they show of a run, under mouse and keyboard, and as files."""

import math
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QTableView

from app.core.atomic_file import SaveError
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RateChange, RunRecord
from app.core.templates import handwritten_digits
from app.ui.plots.clear_place import crossings
from app.ui.plots.learning_curves import EMPTY, LearningCurves, metric_label
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def curves(qtbot):
    curves = LearningCurves()
    curves.resize(559, 364)
    qtbot.addWidget(curves)
    with qtbot.waitExposed(curves):
        curves.show()
    return curves


def metrics_at(epoch):
    """A history that falls and rises again; the best validation loss is that of epoch 28."""
    return {
        "loss": 2.0 / epoch,
        "accuracy": 1 - 0.5 / epoch,
        "val_loss": 0.1 + abs(epoch - 28) / 100,
        "val_accuracy": 0.97 - 0.3 / epoch,
    }


def run(
    epochs=37, best=28, reason=None, change=metrics_at, planned=200, restored=False, **stopping
):
    rows = tuple(
        EpochRow(epoch=n, metrics=FrozenMap(change(n)), seconds=0.5, learning_rate=0.001)
        for n in range(1, epochs + 1)
    )
    project = handwritten_digits()
    early = project.training.early_stopping.model_copy(
        update={"enabled": True, "monitor": "val_loss", "patience": 15} | stopping
    )
    training = project.training.model_copy(update={"early_stopping": early, "epochs": planned})
    project = project.model_copy(update={"training": training})
    return RunRecord(project=project, rows=rows, best_epoch=best, reason=reason, restored=restored)


def in_widget(curves, place):
    """A place of the plots' scene, in the widget."""
    return curves.view.mapTo(curves, curves.view.mapFromScene(place))


def colours_near(curves, place, reach=3):
    image = curves.grab().toImage()
    centre = in_widget(curves, place)
    around = QRect(centre - QPoint(reach, reach), centre + QPoint(reach, reach))
    return {
        image.pixelColor(x, y).name()
        for x in range(around.left(), around.right() + 1)
        for y in range(around.top(), around.bottom() + 1)
    }


def is_purple(curves, place):
    """Whether something of the accent's hue is there; a thin line between two pixels is paler."""
    found = map(QColor, colours_near(curves, place, 3))
    hue = QColor(LIGHT.accent).hue()
    return any(c.saturation() > 60 and abs(c.hue() - hue) < 12 for c in found)


def test_words_at_the_foot_stand_clear_of_the_curves_and_labels_over_the_axis(curves):
    def low(epoch):  # both curves of the metric lie where the words would stand
        return metrics_at(epoch) | {"accuracy": 0.01 * epoch / 170, "val_accuracy": 0.0}

    curves.show_history(run(170, 160, "stopped", low))
    metric = curves.view.plots[1]
    assert metric.marks.foot_text == "stopped by you at 170"
    place = metric.foot_place()
    assert metric.rect.contains(place)
    for curve in metric.curves:
        assert crossings(place, metric._drawn(curve)) == 0
    dashed = metric.at(metric.marks.patience[0], 0).x()
    assert not place.left() <= dashed <= place.right()
    heights = sorted(y for _, y in metric.end_labels())
    assert heights[-1] < metric.rect.bottom()
    assert heights[1] - heights[0] >= 16


def test_words_at_the_foot_go_over_the_plot_where_curves_are_everywhere(curves):
    def everywhere(epoch):
        return metrics_at(epoch) | {"accuracy": epoch % 2 / 2, "val_accuracy": 1 - epoch % 3 / 2}

    curves.show_history(run(60, 45, "early_stopping", everywhere))
    metric = curves.view.plots[1]
    place = metric.foot_place()
    assert metric.marks.foot_text == "stopped early at 60"
    assert place.bottom() <= metric.rect.top()
    assert place.left() > metric.rect.left() + metric.head_width
    assert place.top() > curves.view.plots[0].rect.bottom()


def test_beside_a_run_without_validation_earlier_ones_show_their_training(curves):
    def without(epoch):
        return {k: v for k, v in metrics_at(epoch).items() if not k.startswith("val_")}

    validated, refit = run(reason="finished"), run(20, 0, "finished", without, enabled=False)
    curves.show_history(refit, previous=(validated,))
    assert [entry.text for entry in curves.legend._entries] == ["training", "training of run 1"]
    earlier = curves.view.plots[0].curves[0]
    assert earlier.y.tolist() == [metrics_at(n)["loss"] for n in range(1, 38)]
    assert earlier.opacity < 1
    curves.show_history(validated, previous=(validated, refit))
    assert [entry.text for entry in curves.legend._entries][2:] == [
        "validation of run 1",
        "training of run 2",
    ]
    earlier = curves.view.plots[0].curves[:2]
    assert earlier[0].y[4] == metrics_at(5)["val_loss"]
    assert earlier[1].y[4] == metrics_at(5)["loss"]
    assert earlier[1].opacity < earlier[0].opacity == 1


def test_without_a_run_it_says_what_to_do(curves):
    assert curves.view.shown == 0
    assert curves.view.message == EMPTY
    assert curves.view.accessibleDescription() == EMPTY
    assert curves.table().rows == ()


def test_last_values_best_epoch_and_patience_are_written_out(curves):
    curves.show_history(run())
    loss, metric = curves.view.plots
    last = metrics_at(37)
    written = {curve.label for curve, _ in loss.end_labels()}
    assert written == {f"{last['loss']:.3f}", f"{last['val_loss']:.3f}"}
    assert {c.label for c, _ in metric.end_labels()} == {
        f"{last['accuracy']:.3f}",
        f"{last['val_accuracy']:.3f}",
    }
    assert loss.marks.best_text == "best: epoch 28, 0.100"
    assert loss.marks.best == (28, 0.1)
    assert metric.marks.best == (28, pytest.approx(0.97 - 0.3 / 28))
    assert loss.marks.patience == (28, 43)
    assert metric.marks.foot_text == "patience 9 of 15"
    assert (loss.title, metric.title) == ("Loss", "Accuracy")
    assert loss.box.viewRange()[0] == [1, 48]
    assert "best: epoch 28" in curves.view.accessibleDescription()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("early_stopping", "stopped early at 43"),
        ("stopped", "stopped by you at 43"),
        ("diverged", "diverged at 43"),
        ("finished", ""),
    ],
)
def test_the_end_is_told_in_words(curves, reason, words):
    curves.show_history(run(43, reason=reason))
    assert curves.view.plots[1].marks.foot_text == words
    assert (curves.view.plots[0].marks.patience is None) == (reason == "finished")


def test_without_early_stopping_nothing_is_shaded(curves):
    curves.show_history(run(enabled=False))
    assert curves.view.plots[0].marks.patience is None
    assert curves.view.plots[1].marks.foot_text == ""
    assert curves.view.plots[0].marks.best_text == "lowest: epoch 28, 0.100"


@pytest.mark.parametrize(
    ("reason", "restored", "stopping", "kept"),
    [
        (None, False, {}, True),  # its weights will be back
        ("finished", True, {}, True),
        ("early_stopping", True, {}, True),
        (None, False, {"enabled": False}, False),
        ("finished", False, {"enabled": False}, False),
        (None, False, {"restore_best_weights": False}, False),
        ("early_stopping", False, {"restore_best_weights": False}, False),
        ("stopped", False, {}, False),
        ("diverged", False, {}, False),
    ],
)
def test_a_line_through_the_best_epoch_only_where_the_model_has_its_weights(
    curves, reason, restored, stopping, kept
):
    curves.show_history(run(reason=reason, restored=restored, **stopping))
    loss, metric = curves.view.plots
    words = "best: epoch 28, 0.100" if kept else "lowest: epoch 28, 0.100"
    assert loss.marks.best_text == words
    assert words in curves.view.accessibleDescription()
    assert loss.marks.best == (28, 0.1)
    assert (metric.marks.best is not None) == kept
    for plot in curves.view.plots:
        x, top, height = plot.at(28, 0).x(), plot.rect.top(), plot.rect.height()
        places = [QPointF(x, top + share * height) for share in (0.1, 0.15)]
        assert any(is_purple(curves, place) for place in places) == kept
    ring = loss.at(28, math.log10(0.1))
    assert LIGHT.accent.lower() in colours_near(curves, ring, 5)
    assert LIGHT.panel.lower() in colours_near(curves, ring, 1)


def test_what_is_lowest_is_looked_for_in_the_curve(curves):
    """Early stopping overlooks what is better by less than its minimum change."""
    curves.show_history(run(best=20, reason="stopped", min_delta=0.2))
    assert curves.view.plots[0].marks.best_text == "lowest: epoch 28, 0.100"
    assert curves.view.plots[0].marks.patience[0] == 20
    highest = {"monitor": "val_accuracy", "enabled": False}
    curves.show_history(run(best=37, reason="finished", **highest))
    words = f"highest: epoch 37, {0.97 - 0.3 / 37:.3f}"
    loss, metric = curves.view.plots
    assert (loss.marks.best, metric.marks.best_text) == (None, words)

    def other(epoch):
        return metrics_at(epoch) | {"auc": 0.5, "val_auc": 0.9 - abs(epoch - 9) / 100}

    curves.show_history(run(best=9, reason="stopped", change=other, monitor="val_auc"))
    curves.set_metric("accuracy")
    assert loss.marks.best == (9, None)
    assert loss.marks.best_text == "highest: epoch 9, 0.900 AUC (ROC)"


@pytest.mark.parametrize(
    ("epochs", "best", "patience", "planned", "shade", "last"),
    [
        (37, 28, 15, 200, (28, 43), 48),
        (37, 28, 15, 40, (28, 40), 40),
        (37, 28, 400, 1000, (28, 428), 62),
        (1, 1, 15, 200, (1, 16), 18),
        (4, 4, 20, 4, (4, 4), 4),
        (40, 40, 15, 40, (40, 40), 40),
    ],
)
def test_the_axis_ends_behind_curves_and_patience(
    curves, epochs, best, patience, planned, shade, last
):
    curves.show_history(run(epochs, best=best, planned=planned, patience=patience))
    assert curves.view.plots[0].marks.patience == shade
    assert curves.view.plots[0].box.viewRange()[0] == [1, last]
    assert curves.view.plots[1].marks.foot_text == f"patience {epochs - best} of {patience}"


def test_a_monitor_of_the_second_plot_is_written_there(curves):
    curves.show_history(run(monitor="val_accuracy"))
    loss, metric = curves.view.plots
    assert loss.marks.best_text == ""
    assert metric.marks.best_text == f"best: epoch 28, {0.97 - 0.3 / 28:.3f}"


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_have_the_colours_of_the_theme(curves, qapp, tokens):
    apply_theme(qapp, tokens)
    curves.show_history(run())
    loss = curves.view.plots[0]
    for name, token in (("loss", tokens.muted), ("val_loss", tokens.accent)):
        for epoch in (7, 20):
            place = loss.at(epoch, math.log10(metrics_at(epoch)[name]))
            assert token.lower() in colours_near(curves, place)
    shaded = loss.at(41, math.log10(0.3))
    assert colours_near(curves, shaded, 1) == {tokens.shade.lower()}
    bare = loss.at(46, math.log10(0.6))
    assert colours_near(curves, bare, 1) == {tokens.panel.lower()}


def test_linear_and_logarithmic(curves, qtbot):
    curves.show_history(run())
    loss = curves.view.plots[0]
    assert loss.box.viewRange()[1] == pytest.approx([math.log10(0.05), math.log10(2)])
    curves._menu.log_action.trigger()
    assert not curves.log_scale
    low, high = loss.box.viewRange()[1]
    assert low == 0
    assert high >= 2.0
    curves.set_log_scale(True)
    assert curves.log_scale


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("lowest", "said"), [(0.0, "0"), (-0.5, "0 or less")])
def test_what_a_logarithmic_axis_has_no_place_for_stands_at_its_lower_edge(
    curves, qapp, tokens, lowest, said
):
    apply_theme(qapp, tokens)
    gone = (*range(10, 13), 20, *range(30, 38))

    def perfect(epoch):
        return metrics_at(epoch) | {"val_loss": lowest if epoch in gone else 0.3}

    curves.show_history(run(best=10, reason="stopped", change=perfect))
    loss = curves.view.plots[0]
    low = loss.box.viewRange()[1][0]
    assert low == pytest.approx(math.log10(0.05))  # by what can be seen: 2 / 37 and more
    edge = loss.rect.bottom()
    assert loss.at(0, low).y() == pytest.approx(edge)
    item = next(i for c, i in zip(loss.curves, loss._items, strict=True) if c.strong)
    x, y = item.getData()
    wanted = {n: low if n in gone else math.log10(0.3) for n in range(1, 38)}
    assert dict(zip(x.tolist(), y.tolist(), strict=True)) == pytest.approx(wanted)
    shown = next(curve for curve in loss.curves if curve.strong)
    assert loss.falls(shown) == [10, 20, 30]
    for epoch, drawn in ((10, True), (20, True), (30, True), (15, False), (25, False)):
        place = QPointF(loss.at(epoch, low).x(), edge - 5)
        assert (tokens.accent.lower() in colours_near(curves, place, 1)) == drawn, epoch
    labels = {curve.label: place for curve, place in loss.end_labels()}
    assert labels["0" if lowest == 0 else "−0.500"] == pytest.approx(edge - 2, abs=1)
    assert loss.below_text == f"{said}, below any log axis"
    text = f"A loss of {said} stands at the lower edge of the logarithmic axis."
    assert text in curves.view.accessibleDescription()
    curves.set_log_scale(False)
    assert (loss.below, loss.falls(shown)) == ("", [])
    assert "logarithmic" not in curves.view.accessibleDescription()


def test_a_loss_that_is_never_positive_is_seen_all_the_same(curves):
    """As the cosine similarity of a network that has learned it."""
    curves.show_history(run(change=lambda n: {"loss": -n / 50, "val_loss": -n / 60}))
    loss = curves.view.plots[0]
    assert loss.below == "0 or less"
    assert [loss.falls(curve) for curve in loss.curves] == [[1], [1]]
    assert {curve.label for curve, _ in loss.end_labels()} == {"−0.740", "−0.617"}
    assert not curves.grab().isNull()


def test_only_finite_values_reach_the_plot(curves):
    def broken(epoch):
        values = metrics_at(epoch)
        # A history from a file may hold anything that is a plain value.
        if epoch > 30:
            values = {"loss": "nan", "accuracy": 0.5, "val_loss": 0.0, "val_accuracy": None}
        return values

    record = run(36, change=broken)
    curves.show_history(record)
    curves.grab()
    for plot in curves.view.plots:
        for item in plot._items:
            x, y = item.getData()
            assert x is None or (np.isfinite(x).all() and np.isfinite(y).all())
    assert curves._series.column("loss")[0].max() == 30
    assert not curves.grab().isNull()


def test_growing_history_is_drawn_at_most_twenty_times_a_second(curves, qtbot, monkeypatch):
    curves.show_history(run(1, best=1))
    drawn = []
    draw = curves._draw

    def counted():
        drawn.append(1)
        draw()

    monkeypatch.setattr(curves, "_draw", counted)
    curves._later.timeout.disconnect()
    curves._later.timeout.connect(curves._draw)
    whole = run(200, best=28)
    start = time.perf_counter()
    for count in range(2, 201):
        curves.show_history(whole.model_copy(update={"rows": whole.rows[:count]}))
    qtbot.waitUntil(lambda: not curves._later.isActive())
    allowed = 2 + (time.perf_counter() - start) / 0.050
    assert 1 <= len(drawn) <= allowed
    assert len(curves._series) == 200
    assert curves.view.plots[0].end_labels()[0][0].x[-1] == 200


def test_ten_thousand_epochs_stay_fluid(curves):
    def noisy(epoch):
        return metrics_at(epoch) | {"loss": 1 + 0.5 * math.sin(epoch * 12.9898)}

    record = run(10_000, best=9_000, change=noisy, patience=1000, planned=20_000)
    curves.show_history(record)
    times = []
    for _ in range(5):
        start = time.process_time()
        curves._draw()
        times.append(time.process_time() - start)
    assert min(times) < 0.015
    for plot in curves.view.plots:
        for item in plot._items:
            assert len(item.getData()[0]) <= 4 * plot.rect.width()


def test_smoothing_is_drawn_over_the_raw_curve(curves, qtbot):
    curves.show_history(run())
    raw = [c for c in curves.view.plots[0].curves if len(c.x) == 37]
    slider = curves._menu.smoothing.slider
    slider.setValue(60)
    assert curves.smoothing == 0.6
    drawn = [c for c in curves.view.plots[0].curves if len(c.x) == 37]
    assert len(drawn) == 2 * len(raw)
    pale = [c for c in drawn if c.opacity < 1]
    assert all(any(np.array_equal(a.y, b.y) for b in pale) for a in raw)
    slider.setValue(0)
    assert len([c for c in curves.view.plots[0].curves if len(c.x) == 37]) == len(raw)


def test_losses_of_batches_are_drawn_while_epochs_are_few(curves):
    batches = tuple((n / 10, 2.0 - n / 20) for n in range(1, 26))
    curves.show_history(run(2, best=1), batch_losses=batches)
    loss = curves.view.plots[0]
    assert [len(c.x) for c in loss.curves] == [25, 2, 2]
    assert loss.box.viewRange()[0][0] == 0
    curves.show_history(run(), batch_losses=batches)
    curves._draw()
    assert [len(c.x) for c in loss.curves] == [37, 37]
    assert loss.box.viewRange()[0][0] == 1


def test_the_first_batches_are_seen_before_the_first_epoch(curves):
    curves.show_history(run(0, best=0), batch_losses=((0.1, 2.0), (0.2, 1.5)))
    assert curves.view.shown == 1
    assert len(curves.view.plots[0].curves[0].x) == 2


def test_earlier_runs_are_thin_and_have_markers(curves):
    before = (run(10, best=5), run(50, best=20))
    curves.show_history(run(), previous=before)
    thin = curves.view.plots[0].curves[:2]
    assert [curve.ink for curve in thin] == list(LIGHT.series[:2])
    assert [curve.marker for curve in thin] == ["square", "circle"]
    assert all(curve.width == 1.25 for curve in thin)
    assert [entry.text for entry in curves.legend._entries] == [
        "training",
        "validation",
        "validation of run 1",
        "run 2",
    ]
    assert curves.view.plots[0].box.viewRange()[0][1] >= 50


# ---------------------------------------------------------------- pointer and keys


def point_at(curves, place: QPoint) -> None:
    """By events of the window: whatever else lies where the real pointer would be."""
    view = curves.view.viewport()
    QTest.mouseMove(curves.windowHandle(), view.mapTo(curves, place))


def test_pointer_reads_the_values(curves):
    record = run()
    curves.show_history(record)
    place = curves.view.mapFromScene(curves.view.plots[0].at(12, -1))
    point_at(curves, place - QPoint(5, 0))
    point_at(curves, place)
    values = metrics_at(12)
    assert curves.view.readout == (
        "epoch 12",
        f"loss {values['loss']:.3f}",
        f"val_loss {values['val_loss']:.3f}",
        f"accuracy {values['accuracy']:.3f}",
        f"val_accuracy {values['val_accuracy']:.3f}",
    )
    outside = QPoint(curves.view.width() - 5, 5)
    point_at(curves, outside)
    assert curves.view.readout == ()


def test_keys_move_the_pointer(curves, qtbot):
    curves.show_history(run())
    qtbot.keyClick(curves.view, Qt.Key.Key_Left)
    assert curves.view.pointer() == 37
    qtbot.keyClick(curves.view, Qt.Key.Key_Left)
    assert curves.view.pointer() == 36
    qtbot.keyClick(curves.view, Qt.Key.Key_Right)
    assert curves.view.readout[0] == "epoch 37"
    qtbot.keyClick(curves.view, Qt.Key.Key_Escape)
    assert curves.view.pointer() is None


def test_double_click_shows_all_again(curves, qtbot):
    curves.show_history(run())
    box = curves.view.plots[0].box
    box.setXRange(10, 20, padding=0)
    box.sigRangeChangedManually.emit([True, True])
    assert curves.view.plots[1].box.viewRange()[0] == pytest.approx([10, 20])
    curves._draw()
    assert box.viewRange()[0] == pytest.approx([10, 20])  # what the user chose stays
    centre = curves.view.mapFromScene(curves.view.plots[0].rect.center())
    qtbot.mouseDClick(curves.view.viewport(), Qt.MouseButton.LeftButton, pos=centre)
    assert box.viewRange()[0] == [1, 48]


def test_one_of_several_metrics_is_chosen(curves, qtbot):
    def more(epoch):
        return metrics_at(epoch) | {"top_k": 0.9, "val_top_k": 0.8}

    curves.show_history(run())
    assert curves.metric_chooser.isHidden()
    curves.show_history(run(change=more))
    curves._draw()
    assert curves.metric_chooser.isVisible()
    assert curves.chosen_metric() == "accuracy"
    assert curves.metric_chooser.count() == 2
    curves.metric_chooser.setFocus()
    qtbot.keyClick(curves.metric_chooser, Qt.Key.Key_Down)
    assert curves.chosen_metric() == "top_k"
    assert {c.label for c, _ in curves.view.plots[1].end_labels()} == {"0.900", "0.800"}


def test_names_of_metrics():
    assert metric_label("accuracy") == "Accuracy"
    assert metric_label("my_own_metric") == "My own metric"


def test_without_metrics_there_is_one_plot(curves):
    curves.show_history(run(change=lambda n: {"loss": 1.0 / n}, monitor="loss"))
    assert curves.view.shown == 1
    assert curves.view.plots[0].marks.best_text.startswith("best: epoch 28, 0.036")
    assert curves.view.plots[0].rect.height() > 200


def test_clear_forgets_the_run(curves, qtbot):
    curves.show_history(run())
    curves.clear()
    qtbot.waitUntil(lambda: curves.view.shown == 0)
    assert curves.table().rows == ()


# ---------------------------------------------------------------- table and files


def test_table_and_csv_hold_every_value(curves, tmp_path):
    record = run()
    curves.show_history(record)
    table = curves.table()
    assert table.headers[:5] == ("epoch", *metrics_at(1))
    assert table.rows[11][:5] == (12, *metrics_at(12).values())
    curves._menu.write(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 38
    assert [float(cell) for cell in lines[12].split(",")[1:5]] == list(metrics_at(12).values())


def test_svg_holds_lines_and_texts(curves, tmp_path):
    curves.show_history(run())
    curves._menu.write(tmp_path / "curves.svg")
    root = ET.parse(tmp_path / "curves.svg").getroot()
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    assert "image" not in tags
    assert tags.count("text") >= 12
    assert "polyline" in tags or "path" in tags
    texts = {"".join(element.itertext()) for element in root.iter() if element.tag.endswith("text")}
    assert "best: epoch 28, 0.100" in texts
    assert curves.more_button.isVisible()


def test_png_is_the_picture_in_twice_the_size(curves, tmp_path):
    curves.show_history(run())
    curves._menu.write(tmp_path / "curves.png")
    image = QImage(str(tmp_path / "curves.png"))
    assert image.size() == curves.size() * 2
    place = in_widget(curves, curves.view.plots[0].at(41, math.log10(0.3)))
    assert image.pixelColor(place * 2) == QColor(LIGHT.shade)


def test_a_file_that_cannot_be_written_is_told(curves, tmp_path):
    curves.show_history(run())
    told: list[SaveError] = []
    curves.save_failed.connect(told.append)
    curves._menu.write(tmp_path / "no such folder" / "curves.png")
    assert len(told) == 1
    assert isinstance(told[0], SaveError)
    assert "curves.png was not saved" in told[0].happened
    (box,) = curves.window().findChildren(QMessageBox, "dialog.message")
    assert box.text() == told[0].happened
    box.close()


def test_copy_puts_a_picture_on_the_clipboard(curves):
    curves.show_history(run())
    curves._menu.copy_action.trigger()
    assert QGuiApplication.clipboard().image().size() == curves.size() * 2
    QGuiApplication.clipboard().clear()


def test_the_table_can_be_read(curves, qtbot):
    curves.show_history(run())
    curves._menu.table_action.trigger()
    dialog = curves.window().findChild(QTableView, "plot_table.rows").window()
    model = dialog.view.model()
    assert (model.rowCount(), model.columnCount()) == (37, 7)
    assert model.headerData(3, Qt.Orientation.Horizontal) == "val_loss"
    assert model.index(11, 3).data() == f"{metrics_at(12)['val_loss']:.6g}"
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == curves.table().csv()
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    QGuiApplication.clipboard().clear()


def test_the_menu_opens_below_its_button(curves, qtbot):
    qtbot.mouseClick(curves.more_button, Qt.MouseButton.LeftButton)
    assert curves._menu.isVisible()
    assert curves._menu.log_action.isChecked()
    names = [action.objectName() for action in curves._menu.actions() if action.text()]
    assert len(set(names)) == len(names)
    curves._menu.close()


def test_scene_coordinates_are_pixels(curves):
    curves.show_history(run())
    assert curves.view.mapFromScene(QPointF(100, 50)) == QPoint(100, 50)


def test_many_runs_do_not_widen_the_plot(curves):
    curves.show_history(run(), previous=tuple(run(5, best=2) for _ in range(7)))
    curves.resize(300, 300)
    assert curves.width() == 300
    assert curves.legend.accessibleName() == (
        "Lines: training, validation, validation of run 5, run 6, run 7"
    )
    assert not curves.grab().isNull()


# ---------------------------------------------------------------- what the record knows


def test_a_continued_run_has_its_whole_patience_anew(curves):
    record = run(epochs=45, best=20, planned=40).model_copy(
        update={"waited": 5, "planned": 80, "steps_per_epoch": 10}
    )
    curves.show_history(record)
    loss, metric = curves.view.plots
    assert loss.marks.patience == (20, 55)
    assert metric.marks.foot_text == "patience 5 of 15"
    assert loss.box.viewRange()[0][1] > 55


def test_changes_of_the_learning_rate_are_marked_where_they_were_made(curves, qtbot):
    changes = (
        RateChange(epoch=5, step=3, rate=0.01),
        RateChange(epoch=20, step=10, rate=2e-5, by="plateau"),
    )
    plain = run().model_copy(update={"planned": 200, "waited": 9, "steps_per_epoch": 10})
    curves.show_history(plain)
    before = curves.grab().toImage()
    curves.show_history(plain.model_copy(update={"rate_changes": changes}))
    loss, metric = curves.view.plots
    qtbot.waitUntil(lambda: loss.marks.changes != ())
    assert loss.marks.changes == ((4.3, "rate 0.01"), (20.0, "rate 2e-5"))
    assert metric.marks.changes == ()
    after = curves.grab().toImage()
    for epochs, _ in loss.marks.changes:
        foot = in_widget(curves, loss.at(epochs, 0))
        place = QPoint(foot.x(), in_widget(curves, loss.rect.bottomLeft()).y() - 5)
        assert after.pixelColor(place) == QColor(LIGHT.text)
        assert before.pixelColor(place) != after.pixelColor(place)
    row = dict(zip(curves.table().headers, curves.table().rows[4], strict=True))
    assert row["rate set to"] == "0.01 after step 3, by you"
    assert "2e-5 after step 10, on a plateau of epoch 20" in curves.view.accessibleDescription()


def test_hidden_curves_are_drawn_when_they_are_seen_again(curves):
    curves.show_history(run(epochs=3, best=3))
    drawn = len(curves.view.plots[0].curves[0].x)
    curves.hide()
    for epochs in (4, 5, 6):
        curves.show_history(run(epochs=epochs, best=3))
    assert len(curves.view.plots[0].curves[0].x) == drawn
    curves.show()
    assert len(curves.view.plots[0].curves[0].x) == drawn + 3

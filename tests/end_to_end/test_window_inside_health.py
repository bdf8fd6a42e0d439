"""Gradients, dead units and histograms through the whole window, against numbers found here."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, Network, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.core.run_findings import VANISHED_SHARE
from app.diagnostics.value_distributions import SHARES
from tests.end_to_end.conftest import close
from tests.end_to_end.window_user import CONTROL, Key, User, wait


def dense(name: str, activation: str, units: int = 12, **options: object) -> Layer:
    return Layer(
        id=name, kind="Dense", options=FrozenMap(units=units, activation=activation, **options)
    )


def network(hidden: list[Layer]) -> Network:
    return chain((Layer(id="data", kind="InputLayer"), *hidden, dense("output", "softmax", 10)))


def project(hidden: list[Layer], epochs: int) -> Project:
    training = TrainingSettings(
        loss="sparse_categorical_crossentropy",
        epochs=epochs,
        early_stopping=EarlyStoppingSettings(enabled=False),
    )
    source = DataSettings(source=BuiltinSource(name="digits"), preprocessing="standardize")
    first = Layer(id="flatten_1", kind="Flatten")
    return Project(name="health", data=source, network=network([first, *hidden]), training=training)


def trained(user: User, wanted: Project, tab: str) -> None:
    """Opened, the tab in front, and trained."""
    program = user.program
    program.files.leave = lambda then: then()
    program.files.show(wanted)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    user.click("rail.inside")
    user.click(f"inside.tabs.{tab}")
    assert "Press Train" in user.find(f"inside.{tab}.empty").accessibleName()
    user.click("run.train")
    wait(lambda: program.run.record is not None and program.run.record.project == wanted)
    wait(lambda: program.run.record.reason is not None and not program.run.state.active)


def weights_of(user: User) -> dict[str, list[np.ndarray]]:
    found: list[dict[str, list[np.ndarray]]] = []
    user.program.run.layer_weights(lambda result, error: found.append(result))
    wait(lambda: bool(found))
    return {name: [np.asarray(w, np.float64) for w in arrays] for name, arrays in found[0].items()}


def test_gradients_that_vanish_are_seen_and_told(user: User, tmp_path: Path) -> None:
    deep = [dense(f"sigmoid_{n}", "sigmoid") for n in range(1, 8)]
    trained(user, project(deep, 4), "gradients")
    program = user.program
    tab = program.inside.tabs["gradients"]
    wait(lambda: len(tab.norms.table().rows) == 4)

    # ---- the numbers are those of the engine, in the order of the network
    names = [*(layer.id for layer in deep), "output"]
    healths = program.run.healths
    assert tab.norms.table().headers == ("epoch", *names)
    for row, health in zip(tab.norms.table().rows, healths, strict=True):
        assert row == (health.epoch, *(health.gradient_norms[name] for name in names))
    for row, health in zip(tab.ratios.table().rows, healths, strict=True):
        assert row == (health.epoch, *(health.update_ratios[name] for name in names))
    last = healths[-1].gradient_norms
    assert [row[1:3] for row in tab.bars.table().rows] == [(name, last[name]) for name in names]

    # ---- the first layers stand in the zone, and a sentence warns
    middle = {name: np.median([one.gradient_norms[name] for one in healths]) for name in names}
    bad = [name for name in names if middle[name] < VANISHED_SHARE * middle["output"]]
    assert "sigmoid_1" in bad
    warning = user.find("inside.gradients.warning")
    assert f"{len(bad)} of 8 layers" in warning.accessibleName()
    assert min(names, key=middle.get) in warning.accessibleDescription()
    user.picture("inside_gradients")
    image = user.find("inside.gradients.norms").grab().toImage()
    plot = tab.norms
    zone = plot.at(2.5, np.log10(VANISHED_SHARE * last["output"]) - 0.3).toPoint()
    red, blue = image.pixelColor(zone).red(), image.pixelColor(zone).blue()
    assert red > blue, "the zone is shaded in the ground of errors"

    # ---- read by the keyboard
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Home)
    assert plot.accessibleDescription().startswith("epoch 1; sigmoid_1  ")

    # ---- as a table, and as a file
    user.click("inside.gradients.norms.more")
    user.pick(user.popup_menu(), "Show as table")
    wait(lambda: user.sees("plot_table.rows"))
    assert user.find("plot_table").windowTitle() == "Gradient norm"
    user.click("plot_table.close")
    path = tmp_path / "norms.csv"
    user.will_name_file(path, "inside.gradients.norms.panel.file")
    user.click("inside.gradients.norms.more")
    user.pick(user.popup_menu(), "Save as CSV")
    user.answered()
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == ",".join(["epoch", *names])
    assert float(lines[-1].split(",")[1]) == last["sigmoid_1"]

    # ---- none of these layers can die
    user.click("inside.tabs.dead_units")
    assert "can die" in user.find("inside.dead_units.empty").accessibleName()

    # ---- the outputs of a sigmoid layer, against a pass worked out here
    user.click("inside.tabs.histograms")
    histograms = program.inside.tabs["histograms"]
    wait(lambda: not histograms.page.is_empty)
    user.choose("inside.histograms.layer", "sigmoid_2")
    wait(lambda: "sigmoid_2" in histograms.fan.title)
    user.choose("inside.histograms.values", "outputs")
    wait(lambda: histograms.fan.title == "Percentiles of outputs of sigmoid_2")
    wait(lambda: not histograms.epochs.busy and histograms.epochs.missing == 0)
    weights = weights_of(user)
    flow = np.asarray(program.feed.prepared.validation.x, np.float64)
    flow = flow.reshape(len(flow), -1)
    for name in ("sigmoid_1", "sigmoid_2"):
        kernel, bias = weights[name]
        flow = 1 / (1 + np.exp(-(flow @ kernel + bias)))
    assert len(flow) <= 512
    rows = histograms.fan.table().rows
    np.testing.assert_allclose(rows[-1][1:], np.percentile(flow, SHARES), rtol=1e-5)
    counts = [row[3] for row in histograms.histogram.table().rows if row[0] == "epoch 4"]
    assert sum(counts) == flow.size
    expected = np.histogram(flow, len(counts))[0]
    assert np.abs(np.subtract(counts, expected)).sum() <= 4, "a value beside an edge may differ"
    words = user.find("inside.histograms.words").text()
    assert f"{flow.size:,} values, over {len(flow):,} validation samples" in words
    saturated = int(((flow < 0.01) | (flow > 0.99)).sum())
    assert (f"{saturated:,} of" if saturated else "None") in words.split("\n")[2]

    # ---- every epoch of the run was looked at, and the time machine moves what is shown
    user.choose("inside.histograms.values", "kernel")
    wait(lambda: histograms.fan.title == "Percentiles of kernel of sigmoid_2")
    wait(lambda: not histograms.epochs.busy and histograms.epochs.missing == 0)
    user.program.inside.page.time_bar.slider.setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Home)
    wait(lambda: histograms.histogram.table().rows[0][0] == "epoch 0")
    assert [row[0] for row in histograms.fan.table().rows] == [0, *program.run.kept_epochs]
    user.click("inside.tabs.gradients")
    assert "Before the first epoch" in user.find("inside.gradients.words").text()
    user.click(plot, plot.at(2, plot.y_range[0] + 0.1).toPoint())
    assert program.inside.looking.moment == 2
    expected = [healths[1].gradient_norms[name] for name in names]
    assert [row[2] for row in tab.bars.table().rows] == expected


def test_a_census_over_the_epochs_and_what_a_file_keeps_of_it(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user = start()
    relu = [dense("wide", "relu", 20, bias_initializer="zeros"), dense("second", "relu", 6)]
    trained(user, project(relu, 5), "dead_units")
    program = user.program
    tab = program.inside.tabs["dead_units"]
    wait(lambda: len(tab.shares.table().rows) == 5)
    healths = program.run.healths
    for row, health in zip(tab.shares.table().rows, healths, strict=True):
        assert row == (health.epoch, *(units.mean() for _, units in health.dead_units))

    # ---- which units, of the layer that is chosen
    user.choose("inside.dead_units.layer", "second")
    table = tab.strip.table()
    assert table.title == "Dead units of second"
    for row, health in zip(table.rows, healths, strict=True):
        dead = np.flatnonzero(dict(health.dead_units)["second"]) + 1
        assert row == (health.epoch, len(dead), " ".join(map(str, dead)))

    # ---- the last epoch's census and how often each unit is active, against a pass done here
    wait(lambda: bool(tab.census.rows.shares))
    weights = weights_of(user)
    flow = np.asarray(program.feed.prepared.validation.x, np.float64)
    samples = len(flow)
    flow = flow.reshape(samples, -1)
    total = 0
    for name in ("wide", "second"):
        kernel, bias = weights[name]
        flow = np.maximum(flow @ kernel + bias, 0)
        active = (flow != 0).mean(axis=0)
        np.testing.assert_allclose(tab.census.rows.shares[name], active, atol=1.5 / samples)
        assert (dict(tab.census.rows.census)[name] == (active == 0)).all()
        total += int((active == 0).sum())
    words = user.find("inside.dead_units.words").text()
    assert f"At epoch 5, {total} of 26 units are dead" in words
    assert f"the {samples:,} validation samples" in words
    assert "Cannot die: output (softmax)." in words
    user.picture("inside_dead_units")

    # ---- opened again, only the last epoch is known, and the tab says so
    path = tmp_path / "health.layerlab"
    user.will_name_file(path)
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: not program.files.saving)
    close(user)
    again = start()
    again.will_name_file(path)
    again.menu("File", "Open…")
    again.answered()
    other = again.program
    wait(lambda: other.run.has_model and not other.run.state.active)
    again.click("rail.inside")
    again.click("inside.tabs.dead_units")
    assert "Only the last epoch is known" in again.find("inside.dead_units.words").text()
    assert len(other.inside.tabs["dead_units"].shares.table().rows) == 1

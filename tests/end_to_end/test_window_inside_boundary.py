"""Boundary and samples on the page Inside, through the whole window with real clicks."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QPushButton

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.diagnostics.layer_outputs import PARTS
from app.diagnostics.neighbour_layout import neighbour_layout
from app.ui.inside import layout_work
from tests.end_to_end.window_user import Key, User, turn, wait


def layer(name: str, kind: str, **options: object) -> Layer:
    return Layer(id=name, kind=kind, options=FrozenMap(options))


def project(name: str, loss: str, epochs: int, *layers: Layer, **data: object) -> Project:
    return Project(
        name=name,
        data=DataSettings(
            source=BuiltinSource(name=name), preprocessing=str(data.get("preprocessing", "none"))
        ),
        network=chain((layer("data", "InputLayer"), *layers)),
        training=TrainingSettings(
            loss=loss,
            epochs=epochs,
            metrics=("mean_absolute_error",) if name == "sine" else ("accuracy",),
            early_stopping=EarlyStoppingSettings(enabled=False),
        ),
    )


MOONS = project(
    "moons",
    "binary_crossentropy",
    30,
    layer("dense_1", "Dense", units=5),
    layer("relu_1", "ReLU"),
    layer("dense_2", "Dense", units=3, activation="sigmoid"),
    layer("output", "Dense", units=1, activation="sigmoid"),
)
IRIS = project(
    "iris",
    "sparse_categorical_crossentropy",
    20,
    layer("dense_1", "Dense", units=6, activation="relu"),
    layer("output", "Dense", units=3, activation="softmax"),
    preprocessing="standardize",
)
SINE = project(
    "sine",
    "mean_squared_error",
    20,
    layer("dense_1", "Dense", units=4, activation="tanh"),
    layer("output", "Dense", units=1),
)
DIGITS = project(
    "digits",
    "sparse_categorical_crossentropy",
    3,
    layer("conv_1", "Conv2D", filters=4, kernel_size=(3, 3), activation="relu"),
    layer("flatten_1", "Flatten"),
    layer("output", "Dense", units=10, activation="softmax"),
    preprocessing="pixels",
)


def opened(user: User, wanted: Project, tab: str):
    """The project in the window, untrained, and a tab in front."""
    program = user.program
    program.files.leave = lambda then: then()
    program.files.show(wanted)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    user.click("rail.inside")
    user.click(f"inside.tabs.{tab}")
    return program.inside.tabs[tab]


def trained(user: User, tab) -> None:
    run, ended = user.program.run, []
    run.run_ended.connect(lambda: ended.append(True))
    user.click("run.train")
    wait(lambda: ended)
    wait(lambda: not run.state.active and not tab.page.is_empty)


def settled(*askers) -> None:
    wait(lambda: not any(asker.busy for asker in askers))
    turn()


def weights(user: User) -> dict[str, list[np.ndarray]]:
    """Of the trained network, by layer."""
    found: list[dict] = []
    user.program.run.layer_weights(lambda result, _error: found.append(result))
    wait(lambda: found)
    return found[0]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_the_boundary_of_two_moons_and_its_units(user: User) -> None:
    tab = opened(user, MOONS, "boundary")
    assert "Press Train" in user.find("inside.boundary.empty").accessibleName()
    user.picture("inside_boundary_empty")
    trained(user, tab)
    settled(tab._ask_boundary, tab._ask_units)
    user.picture("inside_boundary")
    boundary, data = tab.view.plot.boundary, user.program.feed.prepared
    w = {name: [np.asarray(v, float) for v in values] for name, values in weights(user).items()}
    xx, yy = np.meshgrid(boundary.x, boundary.y)
    points = np.stack([xx, yy], axis=-1)
    hidden = points @ w["dense_1"][0] + w["dense_1"][1]
    bent = np.maximum(hidden, 0)
    squeezed = sigmoid(bent @ w["dense_2"][0] + w["dense_2"][1])
    said = sigmoid(squeezed @ w["output"][0] + w["output"][1])
    np.testing.assert_allclose(boundary.values, said, rtol=1e-4)
    assert sum(len(part.places) for part in tab.view.plot.points) == len(data.training) + len(
        data.validation
    )
    assert "epoch 30, validation accuracy 0." in tab.panel.header.subtitle.text()

    # ---- the value under the pointer
    place = tab.view.plot.plot_rect().center().toPoint()
    user.move(tab.view.plot, place)
    wait(lambda: tab.view.caption.text().startswith("x "))

    # ---- a unit large, by a click; an activation layer has units too
    tiles = tab.grid.tiles
    user.click(tiles.viewport(), tiles.tile_rect(3).center())
    assert tab.panel.header.title.text() == "Unit 4 of dense_1"
    shown = tab.view.plot.boundary.values[..., 0]
    x, y = tab.view.plot.boundary.x, tab.view.plot.boundary.y
    at = np.array([x[5], y[40]])
    expected = at @ w["dense_1"][0][:, 3] + w["dense_1"][1][3]
    assert shown[40, 5] == pytest.approx(expected, rel=1e-4, abs=1e-5)
    assert tab.view.table().headers == ("x", "y", "unit 4 of dense_1")
    user.picture("inside_boundary_unit")
    user.choose("inside.boundary.layer", "relu_1")
    settled(tab._ask_units)
    assert tab.grid.responses.layer_id == "relu_1"
    assert tab.panel.header.title.text() == "Decision boundary"
    assert tab.grid.responses.values.min() == 0
    user.click("inside.boundary.units.tiles")
    user.key(Key.Key_Home)
    assert tab.panel.header.title.text() == "Unit 1 of relu_1"
    user.click("inside.boundary.scales.own")
    each = np.abs(tab.grid.responses.values).max(axis=(1, 2))
    assert tab.grid.limit_of(0) == pytest.approx(each[0] or 1.0)
    user.click("inside.boundary.large.network")
    assert tab.panel.header.title.text() == "Decision boundary"

    # ---- the time machine, and now beside it
    now = tab.view.plot.boundary.values
    looking = user.program.inside.looking
    user.choose("inside.boundary.compare", "Now beside")
    settled(tab._ask_beside)
    np.testing.assert_allclose(tab.other_view.plot.boundary.values, now, rtol=1e-6)
    user.program.inside.step(-1)
    wait(lambda: looking.moment is not None)
    looking.look_at(0)
    settled(tab._ask_boundary, tab._ask_units, tab._ask_beside)
    wait(lambda: tab.panel.header.subtitle.text() == "initial weights")
    assert not np.allclose(tab.view.plot.boundary.values, now, atol=0.01)
    np.testing.assert_allclose(tab.other_view.plot.boundary.values, now, rtol=1e-6)
    user.picture("inside_boundary_beside")
    looking.look_at(None)
    wait(lambda: tab.panel.header.subtitle.text() == "epoch 30")
    assert tab.note.text().startswith("Validation accuracy 0.")
    wait(lambda: tab.view.plot.height() == tab.other_view.plot.height())
    settled(tab._ask_units)
    limits = tab.grid.limit_of(0)
    looking.look_at(0)
    settled(tab._ask_units)
    looking.look_at(None)
    settled(tab._ask_boundary, tab._ask_units, tab._ask_beside)
    assert tab.grid.limit_of(0) == limits
    looking.look_at(None)

    # ---- the network is edited: what is shown is still that of the run
    user.program.document.edit(
        "Other units",
        MOONS.model_copy(update={"network": SINE.network}),
    )
    tab.refresh()
    settled(tab._ask_boundary)
    np.testing.assert_allclose(tab.view.plot.boundary.values, now, rtol=1e-6)
    assert tab.layers.current() == "relu_1"


def test_planes_through_four_features(user: User) -> None:
    tab = opened(user, IRIS, "boundary")
    trained(user, tab)
    settled(tab._ask_boundary, tab._ask_units)
    boundary = tab.view.plot.boundary
    assert boundary.plane.kind == "components"
    assert tab.view.plot.names[0].startswith("component 1 (")
    assert "slice through all 4 inputs" in tab.note.text()
    assert "most lie off this slice" in tab.note.text()
    user.choose("inside.boundary.plane", "Two features")
    settled(tab._ask_boundary, tab._ask_units)
    # The two that tell most of the class come first, not the first two of the table.
    assert set(tab.view.plot.names) == {"petal length", "petal width"}
    user.choose("inside.boundary.across", "petal length")
    user.choose("inside.boundary.up", "sepal width")
    settled(tab._ask_boundary, tab._ask_units)
    assert tab.view.plot.names == ("petal length", "sepal width")
    assert "held at the mean" in tab.note.text()
    user.choose("inside.boundary.hold", "others as in sample")
    user.click("inside.boundary.sample")
    user.retype("5")
    settled(tab._ask_boundary, tab._ask_units)
    wait(lambda: "as in sample 5 of the validation part" in tab.note.text())
    data = user.program.feed.prepared
    w = {name: [np.asarray(v, float) for v in values] for name, values in weights(user).items()}
    boundary = tab.view.plot.boundary
    raw = np.array(data.raw[data.validation.rows[4]], float)
    raw[2], raw[1] = boundary.x[10], boundary.y[20]
    training = data.raw[data.training.rows]
    x = (raw - training.mean(axis=0)) / training.std(axis=0)
    hidden = np.maximum(x @ w["dense_1"][0] + w["dense_1"][1], 0)
    scores = np.exp(hidden @ w["output"][0] + w["output"][1])
    np.testing.assert_allclose(boundary.values[20, 10], scores / scores.sum(), rtol=1e-4)
    # The same feature twice is no plane: the other axis steps aside.
    user.choose("inside.boundary.across", "sepal width")
    settled(tab._ask_boundary, tab._ask_units)
    assert tab.view.plot.names == ("sepal width", "petal width")
    user.picture("inside_boundary_features")


def test_a_fitted_curve_and_pictures(user: User) -> None:
    tab = opened(user, SINE, "boundary")
    trained(user, tab)
    settled(tab._ask_boundary, tab._ask_units)
    assert tab.panel.header.title.text() == "Fitted curve"
    assert not user.sees("inside.boundary.plane_row")
    user.click(tab.grid.tiles.viewport(), tab.grid.tiles.tile_rect(1).center())
    assert tab.view.table().headers == ("x", "unit 2 of dense_1")
    user.picture("inside_boundary_curve")

    tab = opened(user, DIGITS, "boundary")
    trained(user, tab)
    settled(tab._ask_boundary, tab._ask_units)
    assert tab.view.plot.boundary.plane.kind == "components"
    assert tab.panel.header.title.text() == "Decision boundary"  # no unit of the run before
    assert tab.layers.current() == "output"
    assert len(tab.grid.responses.values) == 10

    # ---- the same digits as a convolution sees them
    user.click("inside.tabs.samples")
    samples = user.program.inside.tabs["samples"]
    wait(lambda: not samples.page.is_empty)
    user.choose("inside.samples.layer", "conv_1")
    settled(samples._ask)
    outputs = samples._outputs
    assert [one.layer_id for one in outputs.layers] == ["", "conv_1", "output"]
    assert len(outputs.rows) == 500
    plot = samples.plots[1]
    user.move(plot, plot.at(7).toPoint())
    wait(lambda: plot.marked is not None)
    assert samples.picture.isVisible()
    assert [one.marked for one in samples.plots] == [plot.marked] * 3
    # What stands beside it anyway is not shown a second time.
    number = plot.marked
    user.choose("inside.samples.layer", "output")
    wait(samples.panels[2].isHidden)
    assert samples.plots[1].table().title == "Principal components of output"
    user.choose("inside.samples.layer", "input")
    wait(samples.panels[0].isHidden)
    assert samples.panels[2].isVisible()
    user.choose("inside.samples.layer", "conv_1")
    wait(lambda: all(panel.isVisible() for panel in samples.panels))
    user.move(plot, plot.at(number).toPoint() + QPoint(1, 0))
    wait(lambda: plot.marked is not None)
    part = PARTS[outputs.parts[plot.marked]]
    true = user.program.feed.prepared.part(part).y[outputs.rows[plot.marked]]
    assert f"Truth: {true}" in samples.reading.text()
    user.picture("inside_samples_digits")


def test_samples_by_components_and_by_neighbours(user: User, monkeypatch) -> None:
    gate = threading.Event()

    def held(scores, start, report, stopping):
        while not stopping() and not gate.wait(0.01):
            pass
        return neighbour_layout(scores, start, report, stopping)

    monkeypatch.setattr(layout_work, "neighbour_layout", held)
    tab = opened(user, IRIS, "samples")
    assert "Press Train" in user.find("inside.samples.empty").accessibleName()
    trained(user, tab)
    settled(tab._ask)
    user.picture("inside_samples")
    outputs, data = tab._outputs, user.program.feed.prepared
    w = {name: [np.asarray(v, float) for v in values] for name, values in weights(user).items()}
    x = np.concatenate(
        [data.part(name).x[outputs.rows[outputs.parts == n]] for n, name in enumerate(PARTS)]
    ).astype(float)
    hidden = np.maximum(x @ w["dense_1"][0] + w["dense_1"][1], 0)
    left, lengths, _ = np.linalg.svd(hidden - hidden.mean(axis=0), full_matrices=False)
    table = tab.plots[1].table()
    shown = np.array([row[-2:] for row in table.rows], float)
    expected = (left * lengths)[:, :2]
    signs = np.sign((shown * expected).sum(axis=0))
    np.testing.assert_allclose(shown, signs * expected, atol=1e-4)
    share = lengths[0] ** 2 / (lengths**2).sum()
    assert table.headers[-2] == f"component 1 ({share:.0%})"
    assert table.headers[:3] == ("part", "sample", "class")

    # ---- the picture does not flip from one epoch to the next
    before = shown
    user.program.inside.looking.look_at(user.program.inside.looking.moments[-2])
    settled(tab._ask)
    wait(lambda: "Epoch 20" not in tab.reading.text())
    after = np.array([row[-2:] for row in tab.plots[1].table().rows], float)
    assert ((after * before).sum(axis=0) > 0).all()
    user.program.inside.looking.look_at(None)
    settled(tab._ask)

    # ---- t-SNE in a job aside; cancelled, and then done
    user.click("inside.samples.method.neighbours")
    wait(lambda: tab.work.busy)
    assert user.find("inside.samples.doing").text().startswith("t-SNE of 127 samples, epoch 20")
    user.click("inside.samples.cancel")
    assert not tab.work.busy
    assert user.find("inside.samples.cancel", QPushButton).text() == "Compute again"
    gate.set()
    user.click("inside.samples.cancel")
    wait(lambda: tab.work.latest is not None)
    assert tab.plots[1].table().title == "t-SNE of dense_1"
    assert not user.sees("inside.samples.cancel")
    assert "perplexity 30" in tab.panels[1].header.subtitle.text()
    user.picture("inside_samples_neighbours")
    # Looked at again it is not worked out again; another moment goes on from it.
    user.click("inside.tabs.boundary")
    user.click("inside.tabs.samples")
    settled(tab._ask)
    assert not tab.work.busy
    first = tab.work.latest
    user.program.inside.looking.look_at(user.program.inside.looking.moments[-2])
    wait(lambda: tab.work.latest is not first)
    spread = np.ptp(first.found.places, axis=0).max()
    moved = np.linalg.norm(tab.work.latest.found.places - first.found.places, axis=1)
    assert np.median(moved) < 0.2 * spread

    # ---- keys, and what is read
    user.click("inside.samples.method.components")
    user.program.inside.looking.look_at(None)
    settled(tab._ask)
    tab.plots[1].setFocus()
    user.key(Key.Key_Home)
    assert tab.reading.text().startswith("Sample ")
    assert "Network: " in tab.reading.text()
    assert tab.values.isVisible()

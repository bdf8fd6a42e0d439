"""Filters, feature maps and the microscope through the whole window: three views of one network
that must agree, now and at the beginning.
"""

import numpy as np
from PySide6.QtCore import QPoint

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, Network, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from tests.end_to_end.window_user import Key, User, wait


def layer(layer_id: str, kind: str, **options: object) -> Layer:
    return Layer(id=layer_id, kind=kind, options=FrozenMap(options))


PICTURES = chain(
    (
        layer("data", "InputLayer"),
        layer("first", "Conv2D", filters=6, kernel_size=(3, 3), padding="same", activation="relu"),
        layer("pool", "MaxPooling2D"),
        layer("second", "Conv2D", filters=4, kernel_size=(3, 3), activation="tanh"),
        layer("flat", "Flatten"),
        layer("output", "Dense", units=10, activation="softmax"),
    )
)
FLAT = chain(
    (
        layer("data", "InputLayer"),
        layer("dense", "Dense", units=5, activation="relu"),
        layer("output", "Dense", units=1, activation="sigmoid"),
    )
)

OUT = np.array([[1, 1, 1], [0, 0, 1], [0, 0, 1]], bool)
"""What of a window of 3 x 3 at the upper right corner is outside of the picture."""


def trained(user: User, network: Network, name: str, loss: str, epochs: int) -> None:
    """Trained, and the page Inside in front."""
    training = TrainingSettings(
        loss=loss, epochs=epochs, early_stopping=EarlyStoppingSettings(enabled=False)
    )
    kind = "pixels" if name == "digits" else "standardize"
    data = DataSettings(source=BuiltinSource(name=name), preprocessing=kind)
    project = Project(name=name, data=data, network=network, training=training)
    program = user.program
    program.files.leave = lambda then: then()
    program.files.show(project)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    user.click("rail.inside")
    user.click("inside.tabs.maps")
    assert "Press Train" in user.find("inside.maps.empty").accessibleName()
    user.click("run.train")
    wait(lambda: program.run.record is not None and program.run.record.project == project)
    wait(lambda: not program.run.state.active and program.run.has_model)


def number_in(grid, tile: int, row: int, column: int) -> QPoint:
    rect, (height, width) = grid.tile_rect(tile), grid.values.shape[1:]
    return QPoint(
        rect.left() + (2 * column + 1) * rect.width() // (2 * width),
        rect.top() + (2 * row + 1) * rect.height() // (2 * height),
    )


def test_filters_maps_and_microscope_agree(user: User) -> None:
    tabs = user.program.inside.tabs
    filters, maps = tabs["filters"], tabs["maps"]
    trained(user, PICTURES, "digits", "sparse_categorical_crossentropy", 3)

    # ---- filters: now, at the beginning, what changed; another layer, all channels
    user.click("inside.tabs.filters")
    wait(lambda: filters._initial is not None and filters.wall.tiles.isVisible())
    wall = filters.wall
    learned = wall.tiles.values.copy()
    assert learned.shape == (6, 3, 3)
    user.picture("60_filters")
    user.click("inside.filters.times.initial")
    initial = wall.tiles.values.copy()
    assert np.abs(learned - initial).max() > 1e-3
    user.click("inside.filters.times.change")
    np.testing.assert_allclose(wall.tiles.values, learned - initial, atol=1e-7)
    user.click("inside.filters.times.now")
    user.choose("inside.filters.layer", "second")
    wait(lambda: filters._now is not None and filters._now.layer_id == "second")
    user.choose("inside.filters.channel", "all channels")
    assert len(wall.tiles.values) == 4 * 6
    user.choose("inside.filters.channel", "channel 5")
    assert wall.what(2) == (2, 4, "now")
    user.choose("inside.filters.layer", "output")
    wait(lambda: filters._now is not None and filters._now.layer_id == "output")
    assert wall.tiles.values.shape == (10, 2, 2)  # a dense layer behind flattened maps
    user.choose("inside.filters.layer", "first")
    wait(lambda: filters._now is not None and filters._now.layer_id == "first")

    # ---- the beginning is what the time machine shows at its left end
    slider = user.find("inside.slider")
    user.click(slider)
    user.key(Key.Key_Home)
    wait(lambda: np.array_equal(wall.tiles.values, initial))
    user.key(Key.Key_End)
    wait(lambda: np.array_equal(wall.tiles.values, learned))

    # ---- feature maps of the chosen sample
    user.click("inside.tabs.maps")
    wait(lambda: maps.wall.found is not None and maps.wall.tiles.isVisible())
    found = maps.wall.found
    data = user.program.feed.prepared
    np.testing.assert_array_equal(found.picture, data.raw[data.validation.rows[0]])
    user.click("inside.maps.sample.next")
    wait(
        lambda: np.array_equal(maps.wall.found.picture, data.raw[data.validation.rows[1]]),
        what="the maps of the next sample",
    )
    found = maps.wall.found
    assert found.layer_id == "first"
    user.click("inside.maps.own_scales")
    assert len(set(maps.wall.tiles.limits)) > 1
    user.click("inside.maps.own_scales")
    user.picture("61_maps")

    # ---- one number of a map under the microscope, against the picture and the filter
    user.click(maps.wall.tiles.viewport(), number_in(maps.wall.tiles, 3, 0, 7))
    wait(lambda: maps.microscope.found is not None and maps.microscope.isVisible())
    user.picture("62_microscope")
    seen = maps.microscope.found
    assert (seen.layer_id, seen.channel, seen.place) == ("first", 3, (0, 7))
    padded = np.pad(data.validation.x[1][:, :, 0].astype(float), 1)
    patch = padded[0:3, 7:10]
    np.testing.assert_array_equal(seen.patch[0], patch)
    np.testing.assert_array_equal(seen.outside[0], OUT)
    np.testing.assert_array_equal(seen.weighing.filter[0], learned[3].astype(float))
    before = (patch * learned[3]).sum() + seen.weighing.bias
    assert abs(max(before, 0.0) - found.maps[3, 0, 0, 7]) < 1e-6
    assert abs(seen.computed - found.maps[3, 0, 0, 7]) < 1e-6
    assert "relu(" in user.find("inside.microscope.arithmetic").text()

    # ---- the place moves by keys; the pooling behind it; back to the maps
    user.click("inside.microscope.map", maps.microscope.map.picture_rect().center() + QPoint(3, 3))
    wait(lambda: maps.microscope.found.place == (4, 4))
    user.key(Key.Key_Left)
    user.key(Key.Key_Up)
    wait(lambda: maps.microscope.found.place == (3, 3))
    assert maps.microscope.found.value == found.maps[3, 0, 3, 3]
    user.choose("inside.maps.layer", "pool")
    wait(lambda: maps.microscope.found.layer_id == "pool")
    pooled = maps.microscope.found
    row, column = pooled.place
    window = found.maps[0, 0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
    assert pooled.value == window.max()
    user.click("inside.maps.view.maps")
    wait(lambda: maps.wall.found.layer_id == "pool" and maps.wall.isVisible())
    assert maps.wall.found.maps[0, 0, row, column] == pooled.value
    user.choose("inside.maps.layer", "output")
    wait(lambda: maps.wall.found.layer_id == "output")
    assert abs(sum(bar.value for bar in maps.wall.bars.bars()) - 1) < 1e-5

    # ---- another run on a network without pictures: each view says what it needs
    trained(user, FLAT, "moons", "binary_crossentropy", 2)
    user.click("inside.tabs.maps")
    wait(lambda: maps.wall.isVisible() and len(maps.wall.bars.bars()) == 1)
    user.choose("inside.maps.layer", "dense")
    wait(lambda: maps.wall.found.layer_id == "dense")
    assert [bar.name for bar in maps.wall.bars.bars()] == [f"unit {n}" for n in range(1, 6)]
    assert not user.sees("inside.maps.view.one")
    assert "this network has neither" in user.find("inside.maps.sentence").text()
    user.click("inside.tabs.filters")
    # Nothing of the run before is shown, not even while the answer is on its way.
    assert user.sees("inside.filters.empty")
    wait(lambda: "Asking" not in user.find("inside.filters.empty").accessibleName())
    assert "no filters" in user.find("inside.filters.empty").accessibleName()

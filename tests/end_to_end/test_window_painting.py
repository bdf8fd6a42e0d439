"""Data of one's own hand: painted, erased, trained on, saved; pictures changed at random; features
on one scale.
"""

import math
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from app.core.augmentation import augmenting_layers
from app.core.data_settings import PaintedSource
from app.core.project_file import open_project
from app.core.templates import build_template, builtin_data
from app.ui.controls import TextField
from app.ui.pages.data_augmentation import COPIES, PICTURES, ChangedPictures
from app.ui.plots.distributions_plot import DistributionsPlot
from app.ui.plots.painting_sheet import PaintingSheet
from tests.end_to_end.window_user import CONTROL, Key, User, wait


def open_set(user: User, name: str) -> None:
    user.click(f"welcome.open.{name}")
    wait(lambda: user.program.feed.prepared is not None)
    user.click("rail.data")


def source(user: User) -> PaintedSource:
    found = user.program.document.project.data.source
    assert isinstance(found, PaintedSource)
    return found


def place(user: User, x: float, y: float) -> QPoint:
    return user.find("painting.sheet", PaintingSheet).at(x, y).toPoint()


def settled(user: User) -> None:
    feed = user.program.feed
    wait(lambda: not feed.reading and (feed.prepared is not None or feed.problem is not None))


@pytest.fixture
def painting(user: User) -> User:
    """The sheet with the points of the moons."""
    open_set(user, "moons")
    user.click("data.paint")
    wait(lambda: user.sees("painting.sheet"))
    settled(user)
    return user


def test_painting_begins_with_the_points_on_show(painting: User) -> None:
    user = painting
    painted = source(user)
    assert len(painted.x) == 400
    raw = user.program.feed.prepared.raw
    np.testing.assert_allclose(np.column_stack([painted.x, painted.y]), raw, rtol=1e-5)
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project.data.source.kind == "builtin"


def test_strokes_of_three_classes_are_painted_and_trained_on(
    painting: User, tmp_path: Path
) -> None:
    user = painting
    user.click("painting.clear")
    settled(user)
    assert user.program.feed.problem.title == "Not enough is painted"
    assert not user.sees("data.balance")  # nobody has classes any more
    assert user.program.document.resolved.problems == ()
    assert user.program.document.resolved.layers[0].output_shape == (2,)
    assert user.window.run_bar._detail.text().startswith("Not enough is painted: Nothing is")
    assert not user.find("run.train").isEnabled()
    user.click("painting.add_class")
    assert source(user).class_names == ("class 0", "class 1", "class 2")
    wait(lambda: user.sees("painting.class.2"))
    sheet = user.find("painting.sheet", PaintingSheet)
    for number, (x, y) in enumerate(((-2.0, -1.0), (0.0, 2.0), (1.5, -1.5))):
        user.click(f"painting.class.{number}")
        user.drag(sheet, place(user, x - 0.6, y), place(user, x + 0.6, y))
        settled(user)
        mine = [i for i, c in enumerate(source(user).classes) if c == number]
        assert len(mine) >= 12
        for index in mine:
            at = source(user).x[index], source(user).y[index]
            assert math.dist(at, (min(max(at[0], x - 0.65), x + 0.65), y)) <= 0.34
    user.picture("70_painted")
    summary = user.program.document.resolved.summary
    assert (summary.task, len(summary.class_names)) == ("multiclass", 3)
    assert not [p for p in user.program.document.resolved.problems if p.severity == "error"]
    total = len(source(user).x)

    user.click("painting.name")
    user.retype("above")
    assert source(user).class_names[2] == "above"
    user.click("painting.eraser")
    user.drag(sheet, place(user, 0.9, -1.5), place(user, 2.1, -1.5))
    settled(user)
    assert len(source(user).x) < total
    user.key(Key.Key_Z, CONTROL)
    settled(user)
    assert len(source(user).x) == total

    user.click("run.train")
    wait(lambda: user.program.run.record is not None and len(user.program.run.record.rows) > 3)
    user.click("run.stop")
    wait(lambda: not user.program.run.state.active)
    user.will_name_file(tmp_path / "painted.layerlab")
    user.key(Key.Key_S, CONTROL)
    wait(lambda: user.program.document.path is not None)
    assert open_project(tmp_path / "painted.layerlab").project.data.source == source(user)


def test_the_sheet_is_painted_by_keys(painting: User) -> None:
    user = painting
    user.find("painting.sheet").setFocus()
    before = len(source(user).x)
    for _ in range(4):
        user.key(Key.Key_Right)
    user.key(Key.Key_Up)
    user.key(Key.Key_Space)
    added = [(x, y) for x, y in zip(source(user).x, source(user).y, strict=True)][before:]
    assert added
    assert all(math.dist(point, (0.4, 0.1)) <= 0.31 for point in added)
    user.click("painting.class.1")
    assert not user.find("painting.remove_class").isEnabled()
    field = user.find("painting.name", TextField)
    user.click(field)
    user.retype("class 0")
    assert field.has_typed_error()
    assert source(user).class_names == ("class 0", "class")  # as far as it was another name
    user.key(Key.Key_Z, CONTROL)
    assert source(user).class_names == ("class 0", "class 1")
    assert field.text() == "class 1"
    assert not field.has_typed_error()


def test_pictures_are_changed_at_random_and_the_network_has_the_layers(user: User) -> None:
    open_set(user, "digits")
    user.click("data.view.augmentation")
    pictures = user.find("augmentation.pictures", ChangedPictures)
    wait(lambda: pictures.shown == PICTURES)
    user.click("augmentation.RandomRotation")
    user.click("augmentation.GaussianNoise")

    def kinds() -> list[str]:
        return [layer.kind for layer in augmenting_layers(user.program.document.project.network)]

    assert kinds() == ["RandomRotation", "GaussianNoise"]
    wait(lambda: f"{COPIES} changed ones" in pictures.accessibleDescription())
    user.click("augmentation.RandomRotation.strength")
    user.retype("90")
    (rotation, _) = augmenting_layers(user.program.document.project.network)
    assert rotation.options["factor"] == (-0.25, 0.25)
    user.picture("71_augmentation")
    user.click("augmentation.again")
    user.click("augmentation.GaussianNoise")
    assert kinds() == ["RandomRotation"]
    user.click("run.train")
    wait(lambda: user.program.run.record is not None and user.program.run.record.rows)
    user.click("rail.data")
    user.click("augmentation.RandomZoom")  # looked at while it trains
    wait(lambda: f"{COPIES} changed ones" in pictures.accessibleDescription())
    user.click("run.stop")
    wait(lambda: not user.program.run.state.active)
    assert not user.program.run.state.failure


def test_features_are_seen_before_and_after_and_trained_both_ways(user: User) -> None:
    user.program.files.show(build_template("mlp", builtin_data("wine")))
    settled(user)
    user.click("rail.data")
    user.click("data.view.scaling")
    plot = user.find("distributions", DistributionsPlot)
    rows = plot.table().rows
    assert len(rows) == 13
    data = user.program.feed.prepared
    raw = data.raw[data.training.rows]
    for row, before, after in zip(rows, raw.T, np.asarray(data.training.x).T, strict=True):
        wanted = [f(v) for v in (before, after) for f in (np.mean, np.std, np.min, np.max)]
        np.testing.assert_allclose(row[1:], wanted, rtol=1e-4, atol=1e-5)
    user.picture("72_scaling")
    user.will_press("dialog.comparison", "Close")
    user.click("scaling.compare")
    user.answered()
    wait(lambda: not user.program.jobs.busy("engine"))

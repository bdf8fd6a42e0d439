"""The map of the loss: numbers under the pointer, the table, what is not finite, keys."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.diagnostics.loss_surface import (
    LossSurface,
    Plane,
    WeightPath,
    grid_around,
    plane_of,
)
from app.ui.controls.painting import color
from app.ui.inside.surface_words import surface_words
from app.ui.plots.surface_plot import PathPoint, SurfacePlot

SIDE = 17


def bowl(paths: int = 1, stride: int = 1) -> LossSurface:
    """The loss x^2 + 2 y^2 + 0.5 over the plane of spirals into its middle."""
    turns = np.linspace(0, 5, 12)
    spiral = np.stack([np.cos(turns), 0.5 * np.sin(turns), 0 * turns], axis=1)
    walks = [
        WeightPath(
            tuple(range(12)),
            (spiral * (5 - turns)[:, None] * (1 + 0.3 * number)).astype(np.float32),
            np.zeros((12, 0), np.float32),
        )
        for number in range(paths)
    ]
    plane = plane_of(walks)
    assert isinstance(plane, Plane)
    grid = grid_around(plane.places, SIDE)
    x, y = np.meshgrid(grid.x, grid.y)
    losses = np.where(
        (np.arange(SIDE)[:, None] % stride == 0) & (np.arange(SIDE) % stride == 0),
        x**2 + 2 * y**2 + 0.5,
        np.nan,
    )
    own = tuple(np.linspace(9, 0.5, 12) for _ in walks)
    labels = ("the run", "mini-batch, 32", "stochastic")[:paths]
    return LossSurface(labels, tuple(walks), plane, grid, stride, losses, own, 400)


@pytest.fixture
def plot(qtbot: QtBot) -> SurfacePlot:
    made = SurfacePlot()
    qtbot.addWidget(made)
    made.resize(700, 500)
    return made


def test_under_the_pointer_stands_the_loss_of_the_place(plot: SurfacePlot) -> None:
    surface = bowl()
    plot.show_surface(surface)
    for row, column in ((0, 0), (3, 11), (SIDE - 1, SIDE - 1)):
        x, y = float(surface.grid.x[column]), float(surface.grid.y[row])
        assert plot.loss_at(x, y) == pytest.approx(x**2 + 2 * y**2 + 0.5)
        assert plot.point_at(plot.at(x, y)) == pytest.approx((x, y))
    assert plot.loss_at(surface.grid.x[-1] + 0.1, 0.0) is None
    head, lines = plot.reading(plot.at(float(surface.grid.x[0]), float(surface.grid.y[0])))
    corner = surface.grid.x[0] ** 2 + 2 * surface.grid.y[0] ** 2 + 0.5
    assert head == f"Loss {corner:.2f}"
    assert lines == ()


def test_on_a_path_stand_its_epoch_and_the_loss_of_the_network_itself(plot: SurfacePlot) -> None:
    surface = bowl(2)
    plot.show_surface(surface)
    spot = plot.at(*surface.plane.places[1][4])
    assert plot.near(spot + QPointF(2, 2)) == PathPoint(1, 4)
    head, lines = plot.reading(spot)
    assert head == "mini-batch, 32, epoch 4"
    assert lines[0] == f"loss of this network {surface.own[1][4]:.3f}"
    assert lines[2].startswith("distance from the plane")
    start = plot.reading(plot.at(*surface.plane.places[0][0]))[0]
    assert start == "the run, start"


def test_the_table_holds_the_paths_and_all_points_that_are_known(plot: SurfacePlot) -> None:
    surface = bowl(2, stride=4)
    plot.show_surface(surface)
    rows = plot.table().rows
    assert len(rows) == 2 * 12 + 5 * 5
    assert rows[3][:2] == ("the run", 3)
    assert rows[3][4] == surface.own[0][3]
    assert rows[-1][5] == pytest.approx(surface.losses[-1, -1])
    assert all(v is None or isinstance(v, (int, str)) or math.isfinite(v) for r in rows for v in r)
    plot.show_surface(None)
    assert plot.table().rows == ()


def test_where_the_loss_is_not_finite_the_map_is_cut(plot: SurfacePlot) -> None:
    surface = bowl()
    losses = surface.losses.copy()
    losses[:, 12:] = np.nan
    cut = replace(surface, losses=losses)
    plot.show_surface(cut)
    assert plot.cut_off
    outside = float(surface.grid.x[14]), float(surface.grid.y[14])
    assert plot.loss_at(*outside) is None
    assert plot.reading(plot.at(*outside))[0] == "Loss not finite"
    assert "Hatched" in surface_words(cut, cut_off=plot.cut_off)
    assert plot.table().rows[-1][5] is None
    picture = plot.grab().toImage()
    inside = colours(picture, plot.at(*(float(surface.grid.x[8]), float(surface.grid.y[14]))))
    hatched = colours(picture, plot.at(*outside))
    hatching = {color("panel").rgba(), color("control_border").rgba()}
    assert hatching <= hatched
    assert not hatching & inside
    plot.show_surface(replace(surface, losses=np.full_like(losses, np.nan)))
    everywhere = colours(plot.grab().toImage(), QPointF(plot.frame().left() + 30, 60))
    assert hatching <= everywhere


def colours(picture: QImage, at: QPointF) -> set[int]:
    middle = at.toPoint() * picture.devicePixelRatio()
    return {
        picture.pixel(middle.x() + dx, middle.y() + dy) for dx in range(-6, 7) for dy in (-4, 0, 4)
    }


def test_the_colours_are_logarithmic_where_the_losses_ask_for_it(plot: SurfacePlot) -> None:
    surface = bowl()
    plot.show_surface(surface)
    assert plot.is_logarithmic
    plot.set_scale("linear")
    assert not plot.is_logarithmic
    flat = replace(surface, losses=1 + surface.losses / surface.losses.max())
    plot.set_scale("auto")
    plot.show_surface(flat)
    assert not plot.is_logarithmic
    assert plot.can_be_logarithmic
    plot.set_scale("log")
    assert plot.is_logarithmic
    zero = replace(surface, losses=surface.losses - surface.losses.min())
    plot.show_surface(zero)  # a loss of 0 has no logarithm
    assert plot.is_logarithmic
    assert plot.loss_at(*(float(g[8]) for g in (zero.grid.x, zero.grid.y))) is not None
    plot.grab()
    below = replace(surface, losses=surface.losses - 5)
    plot.show_surface(below)
    assert not plot.can_be_logarithmic
    assert not plot.is_logarithmic
    plot.grab()


def test_keys_move_the_pointer_and_press(qtbot: QtBot, plot: SurfacePlot) -> None:
    surface = bowl()
    plot.show_surface(surface)
    plot.show()
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    qtbot.keyClick(plot, Qt.Key.Key_Left)  # back to the end of the path
    assert plot.accessibleDescription().startswith("the run, epoch 11")
    with qtbot.waitSignal(plot.epoch_pressed) as pressed:
        qtbot.keyClick(plot, Qt.Key.Key_Return)
    assert pressed.args == [11]
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    qtbot.mouseClick(
        plot, Qt.MouseButton.LeftButton, pos=plot.at(*surface.plane.places[0][2]).toPoint()
    )


def test_the_words_are_honest_about_the_plane() -> None:
    surface = bowl(2)
    words = surface_words(surface, ["tanh"], cut_off=False)
    assert "The run: loss 9.000 at the start, 0.500 after epoch 11." in words
    assert "hold 100% of the variance" in words
    assert "through the end of the run" in words
    assert "Not on this map: tanh." in words
    poor = replace(surface, plane=replace(surface.plane, shares=np.array([0.4, 0.2])))
    assert "much happened beside this plane" in surface_words(poor, cut_off=False)
    assert "moving averages" not in words
    for values, told in ((np.arange(24).reshape(12, 2), True), (np.ones((12, 2)), False)):
        moving = replace(surface.paths[0], moving=values.astype(np.float32))
        with_moving = replace(surface, paths=(moving, surface.paths[1]))
        assert ("moving averages" in surface_words(with_moving, cut_off=False)) is told

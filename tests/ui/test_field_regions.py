"""Where the regions of classes are, which have none, and pictures of one plain colour."""

import numpy as np
import pytest

from app.diagnostics.boundary import Boundary
from app.diagnostics.readings import read_outputs
from app.ui.plots.boundary_plot import BoundaryPlot
from app.ui.plots.field_regions import absent_words, alike_words, region_centres


def boundary(values, task="multiclass"):
    values = np.asarray(values, np.float32)
    middles = np.arange(values.shape[0]) + 0.5
    reading = "number" if task == "regression" else "probability"
    side = float(values.shape[0])
    bounds = (0.0, side, 0.0, side)
    return Boundary(task, bounds, middles, middles, read_outputs(values, reading, task))


def stripes():
    """Ten classes: 0 left, 8 right, both the same colour, 3 a speck."""
    values = np.zeros((32, 32, 10))
    values[:, :18, 0] = 1.0
    values[:, 18:, 8] = 1.0
    values[2, 2] = np.eye(10)[3]
    return boundary(values)


def test_a_region_is_named_where_it_is_widest():
    classes = np.zeros((9, 9), int)
    classes[:3, :] = 1
    classes[3:, 7:] = 1  # the second arm is thinner
    found = region_centres(classes)
    assert found[0] == (5, 3, 2)
    row, column, reach = found[1]
    assert (row, reach) == (1, 1)
    assert classes[row - 1 : row + 2, column - 1 : column + 2].min() == 1


def test_regions_of_the_same_colour_have_their_names_on_them(qtbot):
    plot = BoundaryPlot()
    qtbot.addWidget(plot)
    plot.resize(420, 400)
    plot.class_names = tuple("abcdefghij")
    plot.show_field(stripes())
    named = {name: place for name, place, _ in plot.region_names()}
    assert set(named) == {"a", "i"}
    middle = plot.plot_rect().center().x()
    assert named["a"].x() < middle < named["i"].x()
    with_names = plot.grab().toImage()
    plot.region_names = list
    assert plot.grab().toImage() != with_names


def test_few_classes_are_named_where_a_legend_has_no_room(qtbot):
    plot = BoundaryPlot()
    qtbot.addWidget(plot)
    plot.resize(520, 400)
    plot.class_names = ("setosa", "versicolor", "virginica")
    values = np.zeros((32, 32, 3))
    values[:, :10, 0] = values[:, 10:20, 1] = values[:, 20:, 2] = 1.0
    plot.show_field(boundary(values))
    assert plot.region_names() == []
    plot.names = ("a", "component 2 (23% of the variance)")
    plot.resize(300, 400)
    assert [name for name, _, _ in plot.region_names()] == list(plot.class_names)


def test_classes_without_a_region_are_told():
    names = ("setosa", "versicolor", "virginica")
    values = np.zeros((4, 4, 3))
    values[:, :2, 0] = values[:, 2:, 1] = 1.0
    assert absent_words(boundary(values), names) == (
        "virginica is nowhere the answer on this picture."
    )
    values[0, 0] = (0, 0, 1)
    assert absent_words(boundary(values), names) == ""
    told = absent_words(stripes(), tuple("0123456789"))
    assert told == "7 of the 10 classes are nowhere the answer on this picture."
    one = boundary(np.full((4, 4, 1), 0.2), "binary")
    assert absent_words(one, ("no", "yes")) == "yes is nowhere the answer on this picture."


@pytest.mark.parametrize(
    ("values", "task", "scale", "told"),
    [
        (
            np.linspace(0.49, 0.51, 16).reshape(4, 4, 1),
            "binary",
            (0.0, 1.0),
            "The network answers about 0.5 (between 0.49 and 0.51), the probability of yes, "
            "everywhere.",
        ),
        (
            np.full((4, 4, 1), 20.0),
            "regression",
            (0.0, 50.0),
            "The network answers 20, everywhere.",
        ),
        (
            np.broadcast_to([0.25, 0.75], (4, 4, 2)),
            "binary",
            (0.0, 1.0),
            "The network answers nearly the same everywhere: the probability of yes is 0.75.",
        ),
        (np.linspace(0.4, 0.6, 16).reshape(4, 4, 1), "binary", (0.0, 1.0), ""),
        (np.linspace(0, 50, 16).reshape(4, 4, 1), "regression", (0.0, 50.0), ""),
    ],
)
def test_a_plain_picture_says_what_the_network_answers(values, task, scale, told):
    assert alike_words(boundary(values, task), ("no", "yes"), scale) == told

"""Decision boundary and fitted curve: colours, points, values under the pointer."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor

from app.core.data_summary import DataSummary
from app.data.prepared import Part, PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.diagnostics.boundary import Boundary
from app.diagnostics.readings import Verdicts
from app.ui.plots.boundary_view import MOST_POINTS, BoundaryView, points_of
from app.ui.plots.sign_picture import rgb_of
from app.ui.plots.small_boundary import SmallBoundary
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, FIELD_LIMIT, LIGHT, sign_color


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


@pytest.fixture
def view(qtbot):
    view = BoundaryView()
    view.resize(367, 324)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    return view


def data_of(task, raw, y, names=("left", "right"), classes=2):
    raw = np.asarray(raw, float)
    count = len(raw)
    cut = count * 2 // 3
    y = np.asarray(y, np.float32 if task == "regression" else np.int32)

    def part(first, last):
        x = np.zeros((last - first, raw.shape[1]), np.float32)
        return Part(x, y[first:last], np.arange(first, last))

    regression = task == "regression"
    summary = DataSummary(
        title="test",
        task=task,
        input_shape=raw.shape[1:],
        target_names=("height",) if regression else ("class",),
        class_names=() if regression else tuple(f"kind {n}" for n in range(classes)),
        counts=(cut, count - cut, 0),
        feature_names=names[: raw.shape[1]],
    )
    nothing = FittedPreprocessing("none", raw.shape[1:], (), (), ())
    parts = (part(0, cut), part(cut, count), part(count, count))
    return PreparedData(summary, *parts, nothing, raw, y)


def boundary_of(task, values, bounds):
    values = np.asarray(values, np.float32)
    rows, columns = values.shape[:2]
    x0, x1 = bounds[:2]
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = np.empty(0)
    if len(bounds) == 4:
        y = bounds[2] + (np.arange(rows) + 0.5) * (bounds[3] - bounds[2]) / rows
    else:
        x = np.linspace(x0, x1, columns)
    if task == "regression":
        verdicts = Verdicts("number", values, None, None)
    elif values.shape[-1] == 1:
        sure = values[..., 0] > 0.5
        confidence = np.where(sure, values[..., 0], 1 - values[..., 0])
        verdicts = Verdicts("probability", values, sure.astype(np.int32), confidence)
    else:
        verdicts = Verdicts("probability", values, values.argmax(-1), values.max(-1))
    return Boundary(task, bounds, x, y, verdicts)


def plot_pixel(view, x, y):
    image = view.plot.grab().toImage()
    return image.pixelColor(view.plot.at(x, y).toPoint())


def near(a, b, reach=2):
    return all(abs(p - q) <= reach for p, q in zip(rgb_of(a), b, strict=True))


HALVES = np.repeat([[0.0] * 16 + [1.0] * 16], 32, axis=0)[..., None]
"""Probability 0 at the left, 1 at the right."""


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_two_classes_orange_to_blue(view, qapp, tokens, outputs):
    apply_theme(qapp, tokens)
    values = HALVES if outputs == 1 else np.concatenate([1 - HALVES, HALVES], axis=-1)
    data = data_of("binary", [[-5.0, 0.0], [5.0, 0.0], [0.0, 3.0]], [0, 1, 1])
    view.show_boundary(boundary_of("binary", values, (-10.0, 10.0, -4.0, 4.0)), data)
    assert near(plot_pixel(view, -8, 2), sign_color(-FIELD_LIMIT))
    assert near(plot_pixel(view, 8, -2), sign_color(FIELD_LIMIT))
    # Samples in the full colours of the ends: a training sample of each class.
    assert near(plot_pixel(view, -5, 0), sign_color(-1))
    assert near(plot_pixel(view, 5, 0), sign_color(1))
    # A validation sample is hollow.
    hollow = plot_pixel(view, 0, 3)
    assert not near(hollow, sign_color(1), 30)


def test_the_first_row_of_the_grid_is_at_the_bottom(view):
    values = np.zeros((32, 32, 1))
    values[:16] = 1.0
    data = data_of("binary", [[0.0, 0.0]] * 3, [0, 1, 1])
    view.show_boundary(boundary_of("binary", values, (-1.0, 1.0, -1.0, 1.0)), data)
    assert near(plot_pixel(view, 0.5, -0.7), sign_color(FIELD_LIMIT))
    assert near(plot_pixel(view, 0.5, 0.7), sign_color(-FIELD_LIMIT))


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_more_classes_have_series_colours(view, qapp, tokens):
    apply_theme(qapp, tokens)
    values = np.zeros((9, 9, 3))
    for column in range(9):
        values[:, column, column // 3] = 1.0
    places = [[1.5, 5.0], [4.5, 5.0], [7.5, 5.0], [8.5, 8.5], [8.5, 8.5]]
    data = data_of("multiclass", places, [0, 1, 2, 2, 2], classes=3)
    view.show_boundary(boundary_of("multiclass", values, (0.0, 9.0, 0.0, 9.0)), data)
    ground = rgb_of(QColor(tokens.panel))
    for number in range(3):
        ink = rgb_of(QColor(tokens.series[number]))
        mixed = [g + FIELD_LIMIT * (i - g) for g, i in zip(ground, ink, strict=True)]
        assert near(plot_pixel(view, 1.5 + 3 * number, 1.5), mixed)
        assert near(plot_pixel(view, 1.5 + 3 * number, 5.0), ink, 3)
    markers = {view.plot.point_style(view.plot.points[0], n)[0] for n in range(3)}
    assert markers == {"square", "circle", "diamond"}


def test_parts_can_be_hidden(view, qtbot):
    data = data_of("binary", [[-5.0, 0.0], [5.0, 0.0], [0.0, 3.0]], [0, 1, 1])
    view.show_boundary(boundary_of("binary", HALVES, (-10.0, 10.0, -4.0, 4.0)), data)
    assert near(plot_pixel(view, -5, 0), sign_color(-1))
    box = view.training_box
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(6, box.height() // 2))
    assert near(plot_pixel(view, -5, 0), sign_color(-FIELD_LIMIT))
    assert view.plot.shown_parts == {"validation"}


def test_the_test_part_is_never_shown():
    data = data_of("binary", np.zeros((9, 2)), [0] * 9)
    test = Part(np.zeros((2, 2), np.float32), np.zeros(2, np.int32), np.arange(2))
    points = points_of(replace(data, test=test))
    assert [part.name for part in points] == ["training", "validation"]
    assert sum(len(part.places) for part in points) == 9


def test_many_samples_are_thinned_evenly():
    raw = np.stack([np.arange(9000.0)] * 2, axis=1)
    training = points_of(data_of("binary", raw, [0] * 9000))[0]
    assert len(training.places) == MOST_POINTS
    steps = np.diff(training.places[:, 0])
    assert steps.min() >= 2
    assert steps.max() <= 4


def test_fitted_curve_runs_through_its_values(view):
    x = np.linspace(0, 10, 101)
    data = data_of("regression", x[::10, None], (x[::10] * 3)[:, None], names=("time",))
    curve = boundary_of("regression", (30 - 3 * x)[None, :, None], (0.0, 10.0))
    view.show_boundary(curve, data)
    assert view.plot.names == ("time", "height")
    assert view.plot.bounds() == (0.0, 10.0, 0.0, 30.0)
    image = view.plot.grab().toImage()
    for at in (1.5, 7.3):
        place = view.plot.at(at, 30 - 3 * at).toPoint()
        around = {image.pixelColor(place + QPoint(0, d)).name() for d in (-1, 0, 1)}
        assert LIGHT.accent.lower() in around
    assert near(plot_pixel(view, 2.0, 6.0), rgb_of(QColor(LIGHT.muted)), 12)


def test_fitted_surface_has_a_scale_of_its_own(view):
    values = np.repeat(np.linspace(10, 20, 40)[None, :, None], 40, axis=0)
    data = data_of("regression", [[0.0, 0.0]] * 6, np.full((6, 1), 15.0))
    view.show_boundary(boundary_of("regression", values, (-1.0, 1.0, -1.0, 1.0)), data)
    assert view.plot.value_range == (10, 20)
    assert near(plot_pixel(view, -0.97, 0.5), sign_color(-FIELD_LIMIT), 4)
    assert near(plot_pixel(view, 0.97, 0.5), sign_color(FIELD_LIMIT), 4)
    assert near(plot_pixel(view, 0.0, 0.5), sign_color(0), 4)


def test_pointer_and_keys_read_the_verdict(view, qtbot):
    data = data_of("binary", [[-5.0, 0.0], [5.0, 0.0], [0.0, 3.0]], [0, 1, 1])
    values = np.where(HALVES > 0, 0.9, 0.2)
    view.show_boundary(boundary_of("binary", values, (-10.0, 10.0, -4.0, 4.0)), data)
    place = view.plot.at(6.0, 1.0).toPoint()
    qtbot.mouseMove(view.plot, place - QPoint(1, 0))
    qtbot.mouseMove(view.plot, place)
    assert view.caption.text().startswith("left ")
    assert view.caption.text().endswith(": kind 1, 0.900")
    for _ in range(12):
        qtbot.keyClick(view.plot, Qt.Key.Key_Left)
    assert view.caption.text().endswith(": kind 0, 0.800")
    qtbot.mouseMove(view.plot, QPoint(2, 2))
    assert view.caption.text() == ""


def test_table_is_the_grid(view):
    values = np.arange(12.0).reshape(3, 4, 1) / 12
    data = data_of("binary", [[0.0, 0.0]] * 3, [0, 1, 1])
    view.show_boundary(boundary_of("binary", values, (0.0, 4.0, 0.0, 3.0)), data)
    table = view.table()
    assert table.headers == ("left", "right", "probability of kind 1")
    assert table.rows[5] == (1.5, 1.5, pytest.approx(5 / 12))
    assert len(table.rows) == 12


def test_one_feature_two_classes_is_a_curve_of_probability(view):
    x = np.linspace(-2, 2, 41)
    data = data_of("binary", [[-1.0], [1.0], [0.5]], [0, 1, 1], names=("width",))
    sure = 1 / (1 + np.exp(-4 * x))
    view.show_boundary(boundary_of("binary", sure[None, :, None], (-2.0, 2.0)), data)
    assert view.plot.names == ("width", "probability of kind 1")
    image = view.plot.grab().toImage()
    place = view.plot.at(0.0, 0.5).toPoint()
    assert LIGHT.accent.lower() in {
        image.pixelColor(place + QPoint(d, 0)).name() for d in range(-2, 3)
    }
    assert near(plot_pixel(view, -1.0, 0.0), sign_color(-1))


def test_the_small_picture_has_the_table_and_the_words_of_the_large_one(view, qtbot):
    values = np.linspace(-1, 1, 12).reshape(3, 4, 1)
    surface = boundary_of("regression", values, (0.0, 4.0, 0.0, 3.0))
    heights = [0.5, -2.0, 0.0]
    data = data_of("regression", [[1.0, 1.0], [2.0, 2.0], [3.0, 1.5]], heights)
    small = SmallBoundary("small")
    qtbot.addWidget(small)
    for one in (view, small):
        one.show_boundary(surface, data)
        assert one.table().title == "Fitted surface"
        assert one.table().headers == ("left", "right", "output 1")
        assert one.plot.accessibleName() == "Fitted surface, plot"
        assert one.plot.value_range[0] <= -2.0, "samples below what the network says have a colour"
    assert small.table().rows == view.table().rows
    assert small.table().rows[5] == (1.5, 1.5, float(np.float32(values[1, 1, 0])))
    chances = boundary_of("binary", np.full((2, 2, 1), 0.25), (0.0, 1.0, 0.0, 1.0))
    pair = data_of("binary", [[0.2, 0.2], [0.8, 0.8], [0.5, 0.5]], [0, 1, 0])
    for one in (view, small):
        one.show_boundary(chances, pair)
        assert one.table().headers[2] == "probability of kind 1"
        assert one.accessibleName() == "Decision boundary"
    assert small.reading(0.1, 0.1) == "kind 0, 0.750"

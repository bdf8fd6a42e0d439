"""Samples as points: markers, colours, pointer, keys, table."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.ui.plots.class_key import ClassKey
from app.ui.plots.projection_plot import Cloud, ProjectionPlot, class_look, painted_order
from app.ui.plots.sign_picture import rgb_of
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, sign_color

PLACES = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 5.0], [10.0, 5.0], [5.0, 2.5]])


@pytest.fixture
def plot(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    plot = ProjectionPlot("cloud")
    plot.resize(400, 320)
    qtbot.addWidget(plot)
    with qtbot.waitExposed(plot):
        plot.show()
    yield plot
    apply_theme(qapp, LIGHT)


def classes(**more):
    spoken = [("training", n + 1, "a") for n in range(5)]
    return Cloud(
        "PCA of dense_1",
        ("component 1", "component 2"),
        PLACES,
        np.array([False, False, False, False, True]),
        classes=np.array([0, 1, 2, 1, 1]),
        class_names=("a", "b", "c"),
        spoken=spoken,
        headers=("part", "sample", "class"),
        **more,
    )


def pixel(plot, number):
    image = plot.grab().toImage()
    return rgb_of(image.pixelColor(plot.at(number).toPoint()))


def near(a, b):
    return all(abs(p - q) <= 3 for p, q in zip(a, b, strict=True))


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_classes_have_markers_and_colours_and_validation_is_hollow(plot, qapp, tokens):
    apply_theme(qapp, tokens)
    plot.show_cloud(classes())
    looks = [class_look(number) for number in range(3)]
    assert len({marker for marker, _ in looks}) == 3
    for point, number in ((0, 0), (1, 1), (2, 2), (3, 1)):
        assert near(pixel(plot, point), rgb_of(looks[number][1]))
    assert not near(pixel(plot, 4), rgb_of(looks[1][1]))


def test_targets_are_colours_of_a_scale(plot):
    cloud = Cloud(
        "t",
        ("x", "y"),
        PLACES,
        np.zeros(5, bool),
        targets=np.array([-2.0, 2.0, 0.0, 1.0, 0.0]),
        target_range=(-2.0, 2.0),
    )
    plot.show_cloud(cloud)
    for point, share in ((0, -1.0), (1, 1.0), (2, 0.0), (3, 0.5)):
        assert near(pixel(plot, point), sign_color(share))


def test_the_nearest_sample_is_read_and_marked(plot, qtbot):
    told = []
    plot.pointed.connect(told.append)
    plot.show_cloud(classes())
    place = plot.at(3).toPoint()
    qtbot.mouseMove(plot, place)
    place.setX(place.x() - 6)
    qtbot.mouseMove(plot, place)
    assert told[-1] == 3
    assert plot.marked == 3
    assert "sample 4" in plot.accessibleDescription()
    place.setX(place.x() - 60)
    qtbot.mouseMove(plot, place)
    assert told[-1] is None
    assert plot.marked is None


def test_the_keys_go_from_left_to_right(plot, qtbot):
    told = []
    plot.pointed.connect(told.append)
    plot.show_cloud(classes())
    for key in (Qt.Key.Key_Right,) * 3 + (Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home):
        qtbot.keyClick(plot, key)
    assert told == [0, 2, 4, 3, 1, 0]
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert told[-1] is None


def test_the_table_has_a_row_for_each_sample(plot):
    plot.show_cloud(classes())
    table = plot.table()
    assert table.title == "PCA of dense_1"
    assert table.headers == ("part", "sample", "class", "component 1", "component 2")
    assert table.rows[1] == ("training", 2, "a", 10.0, 0.0)
    assert len(table.rows) == 5


def test_alike_samples_lie_on_one_another(plot):
    cloud = Cloud("t", ("x", "y"), np.ones((4, 2)), np.zeros(4, bool), classes=np.zeros(4, int))
    plot.show_cloud(cloud)
    assert plot.at(0) == plot.at(3)
    assert plot.frame().contains(plot.at(0))


def test_the_key_tells_how_many_classes_have_no_room(qtbot):
    key = ClassKey("key")
    qtbot.addWidget(key)
    names = tuple(f"a long name of a class {number}" for number in range(30))
    key.show_classes(names)
    key.resize(200, 20 * 12)
    key.grab()
    assert key.accessibleName() == "Classes: " + ", ".join(names)
    assert key.sizeHint().height() == 20 * 32
    key.show_classes(tuple("0123456789"))
    assert key.sizeHint().height() == 20 * 7  # two columns
    key.show_targets("price", -1.0, 3.0)
    assert "price from −1.000 to 3.000" in key.accessibleName()
    key.grab()


def test_parts_are_painted_mixed_and_an_axis_can_have_known_ends(plot):
    order = painted_order(500)
    assert sorted(order) == list(range(500))
    assert order == painted_order(500)
    last = np.array(order[400:])  # on top: the first 350 are training, say
    assert 60 <= (last < 350).sum() <= 80
    plot.show_cloud(replace(classes(), places=PLACES / 20 + 0.2, across=(0.0, 1.0)))
    assert plot._ranges[:2] == pytest.approx((-0.05, 1.05))


def test_the_key_keeps_its_names_where_room_is_short(qtbot):
    key = ClassKey("key")
    qtbot.addWidget(key)
    key.resize(200, 100)
    key.show_classes(tuple("0123456789"))
    assert key.minimumSizeHint().height() == key.sizeHint().height()

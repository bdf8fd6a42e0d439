"""What is written beside links and cards: only where there is room, and only what can be read."""

import random
from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF

from app.ui.canvas.card import CardItem
from app.ui.canvas.detail import FAR, READABLE, Detail, detail_at, shape_size, title_size
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH
from app.ui.canvas.label_places import Ground, LabelSize, with_labels
from app.ui.canvas.layout import place_network
from app.ui.canvas.link import label_size
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.theme import apply_theme, current_theme
from app.ui.tokens import LIGHT
from tests import topologies
from tests.ui.test_canvas import LOSS, resolved_of, with_network
from tests.ui.test_canvas_hands import middle, move, output, press, release, residual

GRAPHS = {
    name: getattr(topologies, name)()
    for name in ("residual", "dense", "squeeze_excite", "inception", "ladder")
}


def laid_out(graph, by_hand=False):
    names, edges = graph
    places = None
    if by_hand:
        rng = random.Random(3)
        spots = [(x * 200, y * 110) for x in range(20) for y in range(25)]
        places = {
            name: (x + rng.randrange(0, 24), y + rng.randrange(0, 24))
            for name, (x, y) in zip(names, rng.sample(spots, len(names)), strict=True)
        }
    return place_network(names, edges, width=913, places=places)


def label_box(course, size):
    """The ink of a label, from the texts' measures alone."""
    x, y = course.label
    if course.label_on_line:
        return QRectF(x - size.on_line / 2, y - 5, size.on_line, 10)
    more = 13 * (size.lines - 1)
    top = y - 5 - (0 if y > course.middle[1] else more)
    return QRectF(x - size.beside / 2, top, size.beside, 10 + more)


@pytest.mark.parametrize("by_hand", [False, True], ids=["arranged", "by hand"])
@pytest.mark.parametrize("name", GRAPHS)
def test_labels_cover_nothing(name, by_hand):
    layout = laid_out(GRAPHS[name], by_hand)
    sizes = {edge: LabelSize(48, 48, 1) for edge in layout.courses}
    cards = [QRectF(x, y, CARD_WIDTH, CARD_HEIGHT) for x, y in layout.places.values()]
    taken = [(r.left(), r.top(), r.right(), r.bottom()) for r in cards]
    courses = with_labels(layout.courses, sizes, Ground(layout.courses, taken))
    assert courses.keys() == layout.courses.keys()
    boxes = {e: label_box(c, sizes[e]) for e, c in courses.items() if c.labelled}
    assert len(boxes) > (0.05 if by_hand else 0.9) * len({e[0] for e in courses})
    ends = [QRectF(c.corners[0][0] - 4, c.corners[0][1] - 4, 8, 8) for c in courses.values()]
    ends += [QRectF(c.corners[-1][0] - 16, c.corners[-1][1] - 5, 20, 10) for c in courses.values()]
    for one, other in combinations(boxes.values(), 2):
        assert not one.intersects(other)
    for edge, box in boxes.items():
        assert not any(box.intersects(thing) for thing in (*cards, *ends)), edge
        for other, course in courses.items():
            for (x0, y0), (x1, y1) in pairwise(course.corners):
                line = QRectF(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0))
                if not box.intersects(line.adjusted(-0.5, -0.5, 0.5, 0.5)):
                    continue
                assert other[0] == edge[0], (edge, other)
                assert courses[edge].label_on_line
                # Its line is seen on both sides of it.
                gap = max(box.left() - line.left(), box.top() - line.top())
                assert gap > 10 or other != edge


def test_a_label_without_room_is_left_out_and_the_next_link_of_its_source_tells():
    names, edges = ["a", "b", "c"], [("a", "b", 0), ("a", "c", 0)]
    places = {"a": (0, 0), "b": (CARD_WIDTH + 20, 0), "c": (CARD_WIDTH + 200, 200)}
    layout = place_network(names, edges, width=913, places=places)
    sizes = dict.fromkeys(edges, LabelSize(40, 40, 1))
    taken = [(x, y, x + CARD_WIDTH, y + CARD_HEIGHT) for x, y in places.values()]
    courses = with_labels(layout.courses, sizes, Ground(layout.courses, taken))
    assert not courses["a", "b", 0].labelled
    assert courses["a", "c", 0].labelled


@pytest.fixture
def canvas(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    canvas = NetworkCanvas()
    qtbot.addWidget(canvas)
    canvas.resize(1100, 620)
    canvas.show_network(resolved_of(residual()), LOSS)
    with qtbot.waitExposed(canvas):
        canvas.show()
    return canvas


def test_a_link_without_room_for_its_label_shows_it_under_the_pointer(canvas):
    link = next(x for x in canvas._links.values() if x.label and x.course.label_on_line)
    assert label_size(link.label).on_line > 0
    link.set_course(type(link.course)(**{**vars(link.course), "labelled": False}), link.label)
    place = canvas.mapFromScene(link.middle())
    rect = QRect(place + QPoint(-40, -33), place + QPoint(40, -15))

    def ink():
        image = canvas.viewport().grab().toImage()
        muted = current_theme().color("muted")
        found = 0
        for x in range(rect.left(), rect.right()):
            for y in range(rect.top(), rect.bottom()):
                found += abs(image.pixelColor(x, y).lightness() - muted.lightness()) < 40
        return found

    before = ink()
    move(canvas, place)
    assert ink() > before + 10


# ---------------------------------------------------------------- level of detail


def test_one_level_of_detail_for_all_and_no_text_below_eight_pixels():
    for zoom in [n / 1000 for n in range(100, 2001)]:
        detail = detail_at(zoom)
        if detail == Detail.ALL:
            assert 11 * zoom >= 8 - 1e-3
        elif detail == Detail.LARGE:
            assert title_size(zoom) * zoom >= 8
            assert shape_size(zoom) * zoom >= 8
    assert detail_at(FAR - 1e-9) == detail_at(FAR) == detail_at(FAR + 1e-9) == Detail.LARGE
    assert detail_at(READABLE - 1e-9) == detail_at(1.0) == Detail.ALL


@pytest.mark.parametrize(
    ("zoom", "method"),
    [
        (FAR, "_paint_large_texts"),
        (0.6, "_paint_large_texts"),
        (READABLE, "_paint_texts"),
        (FAR - 0.01, "_paint_from_afar"),
    ],
)
def test_all_cards_show_as_much_wherever_they_stand(canvas, monkeypatch, zoom, method):
    canvas.set_zoom(zoom)
    painted = []
    for name in ("_paint_from_afar", "_paint_large_texts", "_paint_texts"):
        kept = getattr(CardItem, name)

        def paint(self, *args, name=name, kept=kept):
            painted.append((self.face.id, name))
            return kept(self, *args)

        monkeypatch.setattr(CardItem, name, paint)
    for n, card in enumerate(canvas._cards.values()):
        card.setPos(n * 231.37, n * 0.713)
    canvas.setSceneRect(0, 0, 4000, 1000)
    for value in (0, 333, 1001):
        canvas.horizontalScrollBar().setValue(value)
        canvas.viewport().grab()
    assert {name for name, _ in painted} == set(canvas._cards)
    assert {used for _, used in painted} == {method}


def test_what_cannot_be_read_cannot_be_pressed(canvas):
    project = residual()
    network = project.network.model_copy(update={"links": project.network.links[1:]})
    canvas.show_network(resolved_of(with_network(project, network)), LOSS)
    (name,) = [n for n, card in canvas._cards.items() if card.face.fix_label]
    assert canvas.fix_at(canvas.fix_rect(name).center())
    canvas.set_zoom(0.5)
    assert canvas.fix_at(canvas.fix_rect(name).center()) is None


# ---------------------------------------------------------------- why a link is refused


def test_the_reason_stands_beside_the_pointer_while_a_link_is_refused(canvas):
    def ink():
        image = canvas.viewport().grab().toImage()
        ground = current_theme().color("error_ground").rgb()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        return [QPoint(x, y) for x, y in places if image.pixel(x, y) == ground]

    press(canvas, output(canvas, "dense_1"))
    move(canvas, output(canvas, "dense_1") + QPoint(12, 12))
    before = len(ink())  # of badges
    move(canvas, middle(canvas, "input"))
    text, place = canvas._gesture.reason()
    assert "stands for the data" in text
    painted = ink()
    assert len(painted) > before + 1000
    nearest = min((point - place).manhattanLength() for point in painted)
    assert nearest < 60
    release(canvas, middle(canvas, "input"))
    assert len(ink()) == before

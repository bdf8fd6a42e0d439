"""What the mouse does on the canvas from press to release: one object for each kind of drag.

A gesture changes nothing of the project: it shows what would come, and when the button is let go
it sends the canvas's request.
"""

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QAbstractSlider, QApplication

from app.core.network import INPUT_KIND, Network, layers_behind, links_into
from app.core.network_edits import link_refusal, most_inputs, unlink
from app.core.place_edits import Point, snapped
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, Edge
from app.ui.canvas.link import CORNER_RADIUS, rounded_path
from app.ui.pens import make_pen
from app.ui.theme import current_theme

if TYPE_CHECKING:
    from app.ui.canvas.asking_view import AskingView

_ON_LINK = 20
"""How near to a link the middle of a dragged card goes on it."""


class Gesture:
    """From press to release; `begun` once the pointer went far enough to mean a drag."""

    def __init__(self, canvas: "AskingView", start: QPoint) -> None:
        self.canvas = canvas
        self.start = start
        self.begun = False

    def move(self, place: QPoint) -> None:
        """The pointer is at `place` of the viewport."""
        far = (place - self.start).manhattanLength() >= QApplication.startDragDistance()
        if not self.begun and far:
            self.begun = True
            self.begin()
        if self.begun:
            self.drag(place)
            self.canvas.viewport().update()

    def begin(self) -> None: ...

    def drag(self, place: QPoint) -> None: ...

    def finish(self, place: QPoint) -> None:
        """The button was let go."""

    def end(self) -> None:
        """Leave nothing behind; called after `finish`, and instead of it when given up."""

    def paint(self, painter: QPainter) -> None: ...

    def reason(self) -> tuple[str, QPoint]:
        """(why it cannot be let go where the pointer is, or "", that place of the viewport)"""
        return "", self.start


class CardsDrag(Gesture):
    """Cards move with the pointer; a single one may be let go on a link."""

    def __init__(self, canvas: "AskingView", name: str, start: QPoint) -> None:
        super().__init__(canvas, start)
        self.name = name
        self.names: tuple[str, ...] = ()
        self.on: Edge | None = None
        self._homes: dict[str, Point] = {}
        self._places: dict[str, Point] = {}

    def begin(self) -> None:
        canvas = self.canvas
        self.names = canvas.chosen() if self.name in canvas.chosen() else (self.name,)
        self._homes = canvas.present_places()
        canvas.show_dragged(self.names)
        canvas.setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag(self, place: QPoint) -> None:
        canvas = self.canvas
        way = canvas.mapToScene(place) - canvas.mapToScene(self.start)
        x, y = self._homes[self.name]
        goal = snapped((x + way.x(), y + way.y()))
        if abs(way.x()) + abs(way.y()) < 4:
            goal = (x, y)  # back home, which need not be on the grid
        self._places = {
            name: (a + goal[0] - x, b + goal[1] - y)
            for name in self.names
            for a, b in [self._homes[name]]
        }
        canvas.show_places({**self._homes, **self._places}, self.names)
        self.on = self._link_below(goal)
        canvas.show_target_link(self.on)
        canvas.tell(f"Put {self.name} on this link." if self.on else "")

    def _link_below(self, corner: Point) -> Edge | None:
        network = self.canvas.network()
        if len(self.names) != 1 or network.layer(self.name).kind == INPUT_KIND:
            return None
        sources = {link.source for link in links_into(network, self.name)}
        if len(sources) > 1 or most_inputs(network.layer(self.name)) == 0:
            return None
        middle = QPointF(corner[0] + CARD_WIDTH / 2, corner[1] + CARD_HEIGHT / 2)
        return self.canvas.nearest_link(middle, _ON_LINK, without=self.name)

    def finish(self, place: QPoint) -> None:
        if not self.begun:
            self.canvas.choose_clicked(self.name)
        elif self.on is not None:
            self.canvas.put_on_requested.emit(self.name, self.on)
        elif any(self._homes[name] != spot for name, spot in self._places.items()):
            self.canvas.places_requested.emit(dict(self._places))

    def end(self) -> None:
        if self.begun:
            self.canvas.tell("")
            self.canvas.show_dragged(())
            self.canvas.show_target_link(None)
            self.canvas.arrange()


class LinkDrag(Gesture):
    """A link whose one end follows the pointer: a new one, or an end of the link `old`.

    Attributes:
        source, target: the ends; the one that is None is at the pointer.
        port: which input of `target` is meant.
    """

    def __init__(
        self,
        canvas: "AskingView",
        start: QPoint,
        *,
        source: str | None = None,
        target: str | None = None,
        port: int | None = None,
        old: Edge | None = None,
    ) -> None:
        super().__init__(canvas, start)
        self.source, self.target, self.port, self.old = source, target, port, old
        self.over: str | None = None
        self.over_port: int | None = None
        self.refusal: str | None = None
        self._tip, self._place = canvas.mapToScene(start), start

    def begin(self) -> None:
        canvas = self.canvas
        network = canvas.network()
        if self.source is not None:
            canvas.show_faded(forbidden_targets(network, self.source) - {self.source})
        elif self.target is not None:
            canvas.show_faded(layers_behind(network, [self.target]) - {self.target})
        if self.old is not None:
            canvas.show_loose(self.old)
        canvas.setCursor(Qt.CursorShape.CrossCursor)

    def drag(self, place: QPoint) -> None:
        canvas = self.canvas
        self._tip, self._place = canvas.mapToScene(place), place
        self.over, self.over_port = canvas.input_at(place) if self.source else (None, None)
        if self.source is None:
            card = canvas.card_at(place)
            self.over = card.face.id if card else None
        self.refusal = self._refusal()
        meant = None if self.over == self._held else self.over
        canvas.show_drop(meant, self.refusal is None, self.over_port)
        canvas.tell(self.refusal or self._words())

    def reason(self) -> tuple[str, QPoint]:
        return self.refusal or "", self._place

    def _refusal(self) -> str | None:
        if self.over is None or self.over == self._held:
            return None
        network = self.canvas.network()
        if self.old is not None:
            network = unlink(network, [self.canvas.link_of(self.old)])
        if self.source is not None:
            return link_refusal(network, self.source, self.over, self.over_port)
        return link_refusal(network, self.over, str(self.target), self.port)

    @property
    def _held(self) -> str:
        """The end that does not move."""
        return str(self.source or self.target)

    def _words(self) -> str:
        if self.over is not None and self.over != self._held:
            ends = (self.source, self.over) if self.source else (self.over, self.target)
            return f"Link {ends[0]} to {ends[1]}."
        if self.old is not None:
            return "Let go on a layer to link it; on the ground to remove the link."
        if self.source is not None:
            return "Let go on a layer to link it; on the ground to add a new one."
        return f"Let go on the layer that is to feed {self.target}."

    def finish(self, place: QPoint) -> None:
        canvas = self.canvas
        if not self.begun:
            canvas.choose_clicked(self._held)
            return
        canvas.tell(self.refusal or "")
        outside = not canvas.viewport().rect().contains(place)
        if self.refusal is not None or self.over == self._held or outside:
            return
        if self.over is not None:
            self._ask_to_link(self.over)
        elif self.old is not None:
            canvas.unlink_requested.emit((self.old,))
        elif self.source is not None:
            canvas.grow_requested.emit(self.source, self._tip, canvas.viewport().mapToGlobal(place))

    def _ask_to_link(self, over: str) -> None:
        port = -1 if self.over_port is None else self.over_port
        if self.old is not None:
            source, target = (None, over) if self.source else (over, None)
            self.canvas.rewire_requested.emit(self.old, source, target, port)
        elif self.source is not None:
            self.canvas.link_requested.emit(self.source, over, port)
        else:
            kept = -1 if self.port is None else self.port
            self.canvas.link_requested.emit(over, str(self.target), kept)

    def end(self) -> None:
        self.canvas.show_faded(())
        self.canvas.show_drop(None)
        self.canvas.show_loose(None)
        if self.refusal is None:
            self.canvas.tell("")

    def paint(self, painter: QPainter) -> None:
        if not self.begun:
            return
        canvas = self.canvas
        fixed = (
            canvas.output_place(self.source)
            if self.source is not None
            else canvas.input_place(str(self.target), self.port)
        )
        tip = self._tip
        if self.over is not None and self.over != self._held and self.refusal is None:
            tip = (
                canvas.input_place(self.over, self.over_port)
                if self.source is not None
                else canvas.output_place(self.over)
            )
        start, end = (fixed, tip) if self.source is not None else (tip, fixed)
        paint_loose_link(painter, start, end, refused=self.refusal is not None)


class RubberBand(Gesture):
    """A rectangle; the cards that it touches are chosen, beside those chosen before if `more`."""

    def __init__(self, canvas: "AskingView", start: QPoint, more: bool) -> None:
        super().__init__(canvas, start)
        self._kept = canvas.chosen() if more else ()
        self._corner = canvas.mapToScene(start)
        self._rect = QRectF()

    def drag(self, place: QPoint) -> None:
        self._rect = QRectF(self._corner, self.canvas.mapToScene(place)).normalized()
        touched = self.canvas.cards_in(self._rect)
        self.canvas.choose_layers((*self._kept, *touched), quiet=True)

    def finish(self, place: QPoint) -> None:
        self.canvas.choose_layers(self.canvas.chosen() if self.begun else self._kept)

    def paint(self, painter: QPainter) -> None:
        if not self.begun:
            return
        theme = current_theme()
        shade = theme.color("accent")
        pen = make_pen(shade, 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        shade.setAlphaF(0.08)
        painter.setBrush(shade)
        painter.drawRect(self._rect)


class Pan(Gesture):
    """The ground moves with the pointer."""

    def __init__(self, canvas: "AskingView", start: QPoint) -> None:
        super().__init__(canvas, start)
        self._bars = (canvas.horizontalScrollBar(), canvas.verticalScrollBar())
        self._values = tuple(bar.value() for bar in self._bars)
        canvas.setCursor(Qt.CursorShape.ClosedHandCursor)

    def drag(self, place: QPoint) -> None:
        way = place - self.start
        for bar, value, moved in zip(self._bars, self._values, (way.x(), way.y()), strict=True):
            bar.setSliderPosition(value - moved)
            bar.triggerAction(QAbstractSlider.SliderAction.SliderMove)


class KeyboardLink(Gesture):
    """A new link drawn by keys: arrows step over the layers, Enter links, Escape gives up."""

    def __init__(self, canvas: "AskingView", source: str) -> None:
        super().__init__(canvas, QPoint())
        self.source = source
        network = canvas.network()
        forbidden = forbidden_targets(network, source)
        self.targets = [
            name
            for name in canvas.card_ids()
            if name not in forbidden and link_refusal(network, source, name) is None
        ]
        names = canvas.card_ids()
        here = names.index(source)
        later = [n for n, name in enumerate(self.targets) if names.index(name) > here]
        self._at = later[0] if later else 0
        canvas.show_faded(set(names) - set(self.targets) - {source})
        self._show()

    @property
    def target(self) -> str:
        return self.targets[self._at]

    def step(self, steps: int) -> None:
        self._at = (self._at + steps) % len(self.targets)
        self._show()
        self.tell()

    def _show(self) -> None:
        if self.targets:
            self.canvas.show_drop(self.target)
            self.canvas.show_card(self.target)

    def tell(self) -> None:
        """Say which layer Enter would link."""
        self.canvas.tell(
            f"Link {self.source} to {self.target}? Enter links, arrows step, Escape gives up.",
            spoken=True,
        )

    def move(self, place: QPoint) -> None: ...

    def finish(self, place: QPoint) -> None:
        self.canvas.link_requested.emit(self.source, self.target, -1)

    def end(self) -> None:
        self.canvas.show_faded(())
        self.canvas.show_drop(None)
        self.canvas.tell("")

    def paint(self, painter: QPainter) -> None:
        canvas = self.canvas
        start, end = canvas.output_place(self.source), canvas.input_place(self.target, None)
        paint_loose_link(painter, start, end, refused=False)


def forbidden_targets(network: Network, source: str) -> frozenset[str]:
    """Layers that no link from `source` may lead into: inputs, what leads to it, and itself."""
    feeders: dict[str, list[str]] = {layer.id: [] for layer in network.layers}
    for link in network.links:
        feeders[link.target].append(link.source)
    found, waiting = {source}, [source]
    while waiting:
        for name in feeders[waiting.pop()]:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return frozenset(found | {x.id for x in network.layers if x.kind == INPUT_KIND})


def paint_loose_link(painter: QPainter, start: QPointF, end: QPointF, *, refused: bool) -> None:
    """A link that is being drawn, from the output at `start` to `end`."""
    theme = current_theme()
    ink = theme.color("error" if refused else "accent")
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(make_pen(ink, 2, dashes=(4, 3) if refused else ()))
    x0, y0, x1, y1 = start.x(), start.y(), end.x(), end.y()
    middle = (x0 + x1) / 2 if x1 >= x0 else x0 + 16
    corners = [(x0, y0), (middle, y0), (middle, y1), (x1, y1)]
    if x1 < x0:
        level = (y0 + y1) / 2
        corners = [(x0, y0), (x0 + 16, y0), (x0 + 16, level), (x1 - 16, level), (x1 - 16, y1)]
        corners.append((x1, y1))
    kept = [*(p for p, q in pairwise(corners) if p != q), corners[-1]]
    if len(kept) > 1:
        painter.drawPath(rounded_path(kept, CORNER_RADIUS))
    painter.setBrush(ink)
    painter.drawEllipse(end, 3.5, 3.5)

"""The network as a picture: what its cards and links show, and the ground that they stand on."""

from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.ui.canvas.card import CardItem, CardMarks
from app.ui.canvas.detail import Detail, detail_at
from app.ui.canvas.face import face_of_layer, health_of, totals_text
from app.ui.canvas.geometry import CARD_WIDTH, MARGIN_LEFT, Edge
from app.ui.canvas.ground import paint_dots, paint_empty, paint_legend, paint_total
from app.ui.canvas.placed_view import PlacedView
from app.ui.canvas.searched import Sizes, dimensions_of, searched_sizes
from app.ui.plots.sign_picture import sign_picture
from app.ui.theme import current_theme

_SHOWN_PICTURES = 4


class CanvasView(PlacedView):
    """Shows a resolved project; knows which card is marked, not what marking means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sizes: Sizes = {}
        self._norms: Mapping[str, float] = {}
        self._dead: Mapping[str, tuple[int, int]] = {}
        self._diverged: str | None = None
        self._running = False
        self._focused: str | None = None
        self._hovered: str | None = None
        self._dragged: frozenset[str] = frozenset()
        self._faded: frozenset[str] = frozenset()
        self._marked_port: tuple[str, int | None] | None = None
        self._drop: tuple[str, Literal["allowed", "forbidden"]] | None = None
        self._hovered_link: Edge | None = None
        self._chosen_link: Edge | None = None

    # ------------------------------------------------------------ what is shown

    def show_network(self, resolved: ResolvedProject, loss_text: str) -> None:
        """Show a network; cards and links that stay the same are left alone."""
        before, self._resolved = self._resolved, resolved
        old = {x.id: x for x in before.layers} if before is not None else {}
        output = self.output_id()
        old_sizes, self._sizes = self._sizes, searched_sizes(resolved)
        for layer in resolved.layers:
            is_output = layer.id == output
            sizes = self._sizes
            card = self._cards.get(layer.id)
            if card is None:
                card = self._cards[layer.id] = CardItem(
                    face_of_layer(resolved, layer, is_output, sizes)
                )
                card.setZValue(1)
                self._scene.addItem(card)
            elif old_sizes.get(layer.id) != sizes.get(layer.id) or not self._unchanged(
                before, old.get(layer.id), resolved, layer, card, is_output
            ):
                card.set_face(face_of_layer(resolved, layer, is_output, sizes))
        for name in self._cards.keys() - {layer.id for layer in resolved.layers}:
            self._scene.removeItem(self._cards.pop(name))
        self._loss.set_text(loss_text)
        self._chosen = tuple(name for name in self._chosen if name in self._cards)
        if self._hovered not in self._cards:
            self._hovered = None
        edges = {(link.source, link.target, link.port) for link in resolved.project.network.links}
        if self._chosen_link not in edges:
            self._chosen_link = None
        self._show_healths()
        self._arrange()

    def show_health(self, norms: Mapping[str, float], dead: Mapping[str, tuple[int, int]]) -> None:
        """Show the strips: gradient norms, and (dead, all) units, by layer; two empty mappings
        clear them.
        """
        self._norms = dict(norms)
        self._dead = dict(dead)
        self._show_healths()
        self.viewport().update()

    def show_divergence(self, layer_id: str | None) -> None:
        """Mark the layer in which the first value that is not finite came up; None clears it."""
        self._diverged = layer_id
        self._show_healths()

    def show_unit_pictures(self, pictures: Mapping[str, NDArray[np.floating]]) -> None:
        """Draw the responses of the first units of a layer on its card.

        Args:
            pictures: by layer an array (units, height, width) in [-1, 1]; the first row is the
                lower edge of the plane.
                An empty mapping clears them.
        """
        for name, card in self._cards.items():
            fields = pictures.get(name)
            if fields is None:
                if card.pictures:
                    card.set_pictures((), 0)
                continue
            shown = tuple(sign_picture(field[::-1]) for field in fields[:_SHOWN_PICTURES])
            card.set_pictures(shown, len(fields))
        self._arrange()

    def select(self, layer_id: str | None) -> None:
        """Show `layer_id` alone as chosen; emits nothing."""
        self.select_layers([] if layer_id is None else [layer_id])

    def select_layers(self, names: Iterable[str], show: bool = True) -> None:
        """Show these layers as chosen, in the order given; emits nothing.

        Args:
            show: whether a single one is brought into view.
        """
        self._chosen = tuple(name for name in dict.fromkeys(names) if name in self._cards)
        self._chosen_link = None
        self._mark()
        if show and len(self._chosen) == 1:
            self.ensureVisible(self._cards[self._chosen[0]].sceneBoundingRect(), 4, 4)

    def selected(self) -> str | None:
        """The chosen layer, where it is one."""
        return self._chosen[0] if len(self._chosen) == 1 else None

    def chosen(self) -> tuple[str, ...]:
        """All chosen layers."""
        return self._chosen

    def set_running(self, running: bool) -> None:
        """While a training runs, layers with weights show their strips."""
        self._running = running
        self._mark()
        self.viewport().update()

    # ------------------------------------------------------------ marks

    def _unchanged(
        self,
        before: ResolvedProject | None,
        old: ResolvedLayer | None,
        after: ResolvedProject,
        new: ResolvedLayer,
        card: CardItem,
        is_output: bool,
    ) -> bool:
        if before is None or old is None or card.face.is_output != is_output:
            return False
        same_data = (
            before.summary.title == after.summary.title
            and before.project.data.preprocessing == after.project.data.preprocessing
        )
        spaces = before.project.search.space, after.project.search.space
        same_search = spaces[0] is spaces[1] or dimensions_of(
            before.project, new.id
        ) == dimensions_of(after.project, new.id)
        same = same_data and same_search and old == new
        return same and before.problems_of(new.id) == after.problems_of(new.id)

    def _show_healths(self) -> None:
        healths = health_of(self.card_ids(), self._norms, self._dead, self._diverged)
        for name, card in self._cards.items():
            card.set_health(healths.get(name))

    def _mark(self) -> None:
        chosen, port, drop = set(self._chosen), self._marked_port, self._drop
        for name, card in self._cards.items():
            card.set_marks(
                CardMarks(
                    selected=name in chosen,
                    hovered=name == self._hovered,
                    focused=name == self._focused,
                    disabled=not self.isEnabled(),
                    running=self._running,
                    dragged=name in self._dragged,
                    drop=drop[1] if drop is not None and drop[0] == name else "",
                    port=port[1] if port is not None and port[0] == name else None,
                    output_port=port is not None and port == (name, None),
                )
            )
            if name not in self._dragged:
                card.setOpacity(0.4 if name in self._faded else 1.0)
        for edge, link in self._links.items():
            link.set_hovered(edge == self._hovered_link)
            link.set_chosen(edge == self._chosen_link)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._apply_zoom()
            self._arrange()
            self._scene.update()
        elif event.type() == QEvent.Type.EnabledChange:
            self._mark()

    # ------------------------------------------------------------ ground, legend, total

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        painter.fillRect(rect, current_theme().color("canvas"))
        if self._zoom >= 0.5:
            paint_dots(painter, QRectF(rect))
        if self._resolved is None or not self._resolved.layers:
            paint_empty(painter, self.seen_rect())
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if detail_at(self._scene.scale) < Detail.ALL:
            return
        foot = self._loss.pos() + QPointF(CARD_WIDTH, 105)
        paint_total(painter, foot, totals_text(self._resolved))
        if any(card.shows_strip for card in self._cards.values()):
            paint_legend(painter, self._legend_corner())

    def _legend_corner(self) -> QPointF:
        place = self.legend_place()
        if place is not None:
            return place
        if self._by_hand:
            content = self.content_rect()
            return QPointF(content.left() + MARGIN_LEFT - 12, content.bottom() - 94)
        bottom = self._layout.height if self._layout else 0
        return QPointF(MARGIN_LEFT - 12, bottom - 94)

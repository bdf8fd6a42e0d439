"""The whole network small in a corner of the canvas, with the part that is seen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.pens import make_pen

if TYPE_CHECKING:
    from app.ui.canvas.canvas_view import CanvasView

_LARGEST = (136, 80)
_PADDING = 6
_FROM_EDGE = 12
_HARDLY = 0.1
"""The share of its size that another corner must be better by."""


class Overview(QWidget):
    """Shown while a part of the network is out of sight; a click or drag moves the view there.

    It stands in the corner where it covers least of the cards; in the one where it is while
    another is hardly better, and while it is held.
    """

    def __init__(self, canvas: "CanvasView") -> None:
        super().__init__(canvas)
        self.setObjectName("canvas.overview")
        self.setAccessibleName("Overview of the network")
        self.setToolTip("Overview: click or drag to move the view")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._canvas = canvas
        self._content = QRectF()
        self._corner = 0
        self._held = False
        self.hide()

    def refresh(self) -> None:
        """Show what there is now; hide when all of it is seen."""
        canvas = self._canvas
        cards = canvas.card_rects()
        seen = canvas.seen_rect().adjusted(-2, -2, 2, 2)
        if all(seen.contains(rect) for rect, _ in cards[:-1]):  # the last one is the loss
            self._held = False
            self.hide()
            return
        self._content = QRectF()
        for rect, _ in cards:
            self._content = self._content.united(rect)
        self._content.adjust(-24, -24, 24, 24)
        size = self.sizeHint()
        view = canvas.viewport().geometry()
        if size.width() > view.width() / 2 or size.height() > view.height() - 2 * px(_FROM_EDGE):
            self.hide()  # it would hide what it helps to find
            return
        self.resize(size)
        corners = self._corners(view, size)
        if not self._held:
            near = [rect for rect, _ in cards if rect.intersects(seen)]
            covered = [self._covered(place.translated(-view.topLeft()), near) for place in corners]
            least = min(covered)
            if covered[self._corner] > least + _HARDLY * size.width() * size.height():
                self._corner = covered.index(least)
        self.setGeometry(corners[self._corner])
        self.show()
        self.raise_()
        self.update()

    def _corners(self, view: QRect, size: QSize) -> list[QRect]:
        """Where it may stand in the canvas; the lower right comes first."""
        edge = px(_FROM_EDGE)
        right, bottom = view.right() - edge - size.width(), view.bottom() - edge - size.height()
        left, top = view.left() + edge, view.top() + edge
        places = ((right, bottom), (right, top), (left, bottom), (left, top))
        return [QRect(QPoint(x, y), size) for x, y in places]

    def _covered(self, place: QRect, cards: list[QRectF]) -> float:
        """How many pixels of the cards are below a place of the viewport."""
        canvas = self._canvas
        whole = QRectF(canvas.mapToScene(place.topLeft()), canvas.mapToScene(place.bottomRight()))
        parts = (rect.intersected(whole) for rect in cards)
        area = sum(part.width() * part.height() for part in parts)
        return area * place.width() * place.height() / (whole.width() * whole.height() or 1)

    def sizeHint(self) -> QSize:
        width, height = self._content.width() or 1, self._content.height() or 1
        factor = min(px(_LARGEST[0]) / width, px(_LARGEST[1]) / height)
        around = 2 * px(_PADDING)
        return QSize(
            max(px(48), round(width * factor)) + around,
            max(px(32), round(height * factor)) + around,
        )

    def _factor(self) -> float:
        around = 2 * px(_PADDING)
        return min(
            (self.width() - around) / (self._content.width() or 1),
            (self.height() - around) / (self._content.height() or 1),
        )

    def place_of(self, point: QPointF) -> QPointF:
        """Where a point of the drawing is in this widget."""
        middle = QPointF(self.width(), self.height()) / 2
        return middle + (point - self._content.center()) * self._factor()

    def _point_at(self, place: QPointF) -> QPointF:
        middle = QPointF(self.width(), self.height()) / 2
        return self._content.center() + (place - middle) / self._factor()

    def _small(self, rect: QRectF) -> QRectF:
        return QRectF(self.place_of(rect.topLeft()), self.place_of(rect.bottomRight()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = True
            self._canvas.centerOn(self._point_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._canvas.centerOn(self._point_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the canvas below has nothing to do with it
        self._held = False
        self.refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            paint_box(painter, whole, px(6), fill=color("panel"), line=color("border"))
            painter.setClipRect(whole.adjusted(2, 2, -2, -2))
            painter.setPen(Qt.PenStyle.NoPen)
            self._paint_cards(painter)
            seen = self._small(self._canvas.seen_rect())
            shade = color("accent")
            shade.setAlphaF(0.08)
            painter.setBrush(shade)
            painter.setPen(make_pen(color("accent"), 1.5))
            painter.drawRoundedRect(seen.intersected(whole.adjusted(2, 2, -2, -2)), 2, 2)

    def _paint_cards(self, painter: QPainter) -> None:
        """Hundreds of them in each frame of panning: the painter's transform places them."""
        by_token: dict[str, list[QRectF]] = {}
        for rect, token in self._canvas.card_rects():
            by_token.setdefault(token, []).append(rect)
        factor = self._factor()
        middle, center = QPointF(self.width(), self.height()) / 2, self._content.center()
        painter.save()
        painter.translate(middle)
        painter.scale(factor, factor)
        painter.translate(-center)
        for token, rects in by_token.items():
            painter.setBrush(color(token))
            if rects[0].width() * factor <= 2:  # cards as thin as that would not be seen
                grown = 0.5 / factor
                rects = [rect.adjusted(-grown, -grown, 2 * grown, 2 * grown) for rect in rects]
            painter.drawRects(rects)
        painter.restore()

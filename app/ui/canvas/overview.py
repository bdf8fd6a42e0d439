"""The whole network small in the corner of the canvas, with the part that is seen."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.pens import make_pen

if TYPE_CHECKING:
    from app.ui.canvas.canvas_view import CanvasView

_LARGEST = (136, 80)
_PADDING = 6
_FROM_EDGE = 12
_LINGERS = 2500  # milliseconds


class Overview(QWidget):
    """Shown while a part of the network is out of sight; a click or drag moves the view there.

    Where it covers a card it comes only while the view is moved, and a little longer, so that it is
    in nobody's way.
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
        self._linger = QTimer(self)
        self._linger.setSingleShot(True)
        self._linger.setInterval(_LINGERS)
        self._linger.timeout.connect(self.refresh)
        self.hide()

    def wake(self) -> None:
        """The user moves the view."""
        self._linger.start()
        self.refresh()

    def rest(self) -> None:
        """The user turns to the network."""
        self._linger.stop()
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now; hide when all of it is seen."""
        canvas = self._canvas
        cards = canvas.card_rects()
        seen = canvas.seen_rect().adjusted(-2, -2, 2, 2)
        if all(seen.contains(rect) for rect, _ in cards[:-1]):  # the last one is the loss
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
        edge = px(_FROM_EDGE)
        self.move(view.right() - edge - size.width(), view.bottom() - edge - size.height())
        mine = self.geometry().translated(-view.topLeft())
        covers = any(canvas.mapFromScene(rect).boundingRect().intersects(mine) for rect, _ in cards)
        if covers and not self._linger.isActive() and not self.underMouse():
            self.hide()
            return
        self.show()
        self.raise_()
        self.update()

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
            self._canvas.centerOn(self._point_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._canvas.centerOn(self._point_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._linger.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()  # the canvas below has nothing to do with it

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

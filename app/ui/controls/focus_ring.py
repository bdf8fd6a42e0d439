"""The ring around the control that a key gave the focus: 2 px wide, 2 px outside."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget
from shiboken6 import isValid

from app.ui.controls.painting import box_painter, color, paint_box, px

REACH = 4
"""How far the ring reaches outside the control, in px."""

_KEYBOARD = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
PASSING = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
"""The focus comes back by itself."""


class FocusRing(QWidget):
    """The ring around `target`: a child of its window that follows it; no mouse."""

    def __init__(self, target: QWidget, radius: float) -> None:
        super().__init__(target.window())
        self._target = target
        self._radius = radius
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._watched = self._ancestry(target)
        for widget in self._watched:
            widget.installEventFilter(self)
        self._follow()

    @staticmethod
    def _ancestry(target: QWidget) -> list[QWidget]:
        found = [target]
        while not found[-1].isWindow():
            parent = found[-1].parentWidget()
            assert parent is not None  # only a window has none
            found.append(parent)
        return found

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (
            QEvent.Type.Move,
            QEvent.Type.Resize,
            QEvent.Type.Show,
            QEvent.Type.Hide,
            QEvent.Type.LayoutRequest,
        ):
            self._follow()
        return False

    def _follow(self) -> None:
        target = self._target
        if not isValid(target):  # deleted without a word, in a window that is not active
            self.hide()
            self.deleteLater()
            return
        reach = px(REACH)
        origin = target.mapTo(target.window(), QPoint(0, 0))
        around = QRect(origin, target.size()).adjusted(-reach, -reach, reach, reach)
        window = target.window().rect()
        if window.contains(QRect(origin, target.size())):
            around = around.intersected(window)  # whole at the window's edge
        self.setGeometry(around)
        self.setVisible(target.isVisible())
        self.raise_()
        self.update()

    def _visible_part(self) -> QRect:
        part = self.geometry()
        for widget in self._watched[1:]:
            parent = widget.parentWidget()
            if isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget:
                corner = widget.mapTo(self._target.window(), QPoint(0, 0))
                part = part.intersected(QRect(corner, widget.size()))
        return part.translated(-self.pos())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not isValid(self._target):
            return
        with box_painter(self) as painter:
            painter.setClipRect(self._visible_part())
            radius = px(self._radius) + px(REACH) - 1
            paint_box(painter, QRectF(self.rect()), radius, line=color("accent"), width=px(2))


class KeyboardFocus:
    """Mixed into a control before its Qt class: the ring while the keyboard's focus is here."""

    ring_radius = 6.0
    _ring: FocusRing | None = None
    _left_ring = False

    def ring_target(self) -> QWidget:
        """The widget that the ring surrounds."""
        assert isinstance(self, QWidget)
        return self

    def has_focus_ring(self) -> bool:
        return self._ring is not None

    def had_focus_ring(self) -> bool:
        """Whether the ring was here when the focus was last given away."""
        return self._left_ring

    def drop_focus_ring(self) -> None:
        """The focus is here, but no key brought it."""
        self._drop_ring()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)  # type: ignore[misc]
        if event.reason() in _KEYBOARD and not self.ring_target().isWindow():
            self._drop_ring()
            self._ring = FocusRing(self.ring_target(), self.ring_radius)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)  # type: ignore[misc]
        if event.reason() not in PASSING:
            self._left_ring = self._ring is not None
            self._drop_ring()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._drop_ring()
        super().mousePressEvent(event)  # type: ignore[misc]

    def _drop_ring(self) -> None:
        if self._ring is not None:
            self._ring.hide()
            self._ring.deleteLater()
            self._ring = None

"""Buttons: the primary one, ordinary ones, those with an icon alone, and the items of the rail."""

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QPushButton, QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

ButtonKind = Literal["primary", "plain", "flat", "link"]

_GROUND: dict[ButtonKind, dict[str, tuple[str | None, str | None, str]]] = {
    "primary": {
        "rest": ("accent_fill", "accent_fill", "on_accent"),
        "hover": ("accent_fill_hover", "accent_fill", "on_accent"),
        "pressed": ("accent_fill_pressed", "accent_fill", "on_accent"),
        "on": ("accent_soft", "accent_soft", "accent"),
        "disabled": (None, "border", "control_border"),
    },
    "plain": {
        "rest": ("card", "control_border", "text"),
        "hover": ("hover", "control_border", "text"),
        "pressed": ("track", "control_border", "text"),
        "on": ("accent_soft", "accent_soft", "accent"),
        "disabled": (None, "border", "control_border"),
    },
    "flat": {
        "rest": (None, None, "text"),
        "hover": ("hover", None, "text"),
        "pressed": ("track", None, "text"),
        "on": ("accent_soft", None, "accent"),
        "disabled": (None, None, "control_border"),
    },
    "link": {
        "rest": (None, None, "accent"),
        "hover": ("hover", None, "accent"),
        "pressed": ("track", None, "accent"),
        "on": ("accent_soft", None, "accent"),
        "disabled": (None, None, "control_border"),
    },
}
"""Ground, line and text of each state, as tokens."""


_WRAPPED = (
    Qt.AlignmentFlag.AlignVCenter
    | Qt.AlignmentFlag.AlignLeft
    | Qt.TextFlag.TextShowMnemonic
    | Qt.TextFlag.TextWordWrap
)


class _PaintedButton(KeyboardFocus, QPushButton):
    """States and sizes of all buttons; `on` is apart from checked and enabled."""

    def __init__(
        self, kind: ButtonKind, text: str, icon: str | None, parent: QWidget | None
    ) -> None:
        super().__init__(text, parent)
        self._kind: ButtonKind = kind
        self._icon_name = icon
        self._on = False
        self.setAutoDefault(False)
        # A click leaves the focus where it is: a clicked button that is then disabled would hand it
        # on as if by the tab key, and the ring would appear somewhere else.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        if text:
            self.setAccessibleName(text.replace("&", ""))

    def icon_name(self) -> str | None:
        return self._icon_name

    def set_icon_name(self, name: str | None) -> None:
        self._icon_name = name
        self.updateGeometry()
        self.update()

    def is_on(self) -> bool:
        return self._on or self.isChecked()

    def set_on(self, on: bool) -> None:
        """Show that what the button started is going on: accent on a soft ground."""
        if on != self._on:
            self._on = on
            self.update()

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text."""
        super().setToolTip(plain_tool_tip(text))

    def state(self) -> str:
        """Which state is drawn: rest, hover, pressed, on or disabled."""
        if not self.isEnabled():
            return "disabled"
        if self.is_on() and not self.isDown():
            return "on"
        if self.isDown():
            return "pressed"
        return "hover" if self.underMouse() else "rest"

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.updateGeometry()
            self.update()

    def _ink(self) -> str:
        return _GROUND[self._kind][self.state()][2]

    def _paint_ground(self, painter: QPainter) -> None:
        fill, line, _ = _GROUND[self._kind][self.state()]
        paint_box(
            painter,
            QRectF(self.rect()),
            px(6),
            fill=None if fill is None else color(fill),
            line=None if line is None else color(line),
        )


class Button(_PaintedButton):
    """A button with a text and, if wished, an icon before it.

    Args:
        kind: "plain" has a line; "flat" shows its ground only under the pointer;
            "link" is a flat one in accent.
        small: 28 px high instead of 32.
        wrap: where there is no room for the text it goes on in further lines.
        elide: where there is no room for the text it has dots in its middle.
    """

    _LEAST = 64
    """Least width in px of a button whose text wraps or has dots."""

    def __init__(
        self,
        text: str,
        icon: str | None = None,
        parent: QWidget | None = None,
        *,
        kind: ButtonKind = "plain",
        small: bool = False,
        wrap: bool = False,
        elide: bool = False,
    ) -> None:
        super().__init__(kind, text, icon, parent)
        self._small = small
        self._elide = elide
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._wrap = wrap and icon is None
        if self._wrap:
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)

    def _flags(self, room: float) -> int:
        """How a text in several lines is drawn: a word too long for a line is broken anywhere."""
        metrics = QFontMetricsF(current_theme().font("control"))
        longest = max(map(metrics.horizontalAdvance, self.text().split()), default=0.0)
        anywhere = Qt.TextFlag.TextWrapAnywhere if longest > room else Qt.TextFlag(0)
        return int(_WRAPPED) | int(anywhere)

    def heightForWidth(self, width: int) -> int:
        one = self.sizeHint()
        if not self._wrap or width >= one.width():
            return one.height()
        metrics = QFontMetricsF(current_theme().font("control"))
        room = QRectF(0, 0, width - 2 * px(13), 10_000)
        text = metrics.boundingRect(room, self._flags(room.width()), self.text())
        return one.height() + round(text.height() - metrics.height())

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(current_theme().font("control"))
        width = metrics.horizontalAdvance(_seen(self.text()))
        width += 2 * px(13) if self._icon_name is None else 2 * px(10) + px(16) + px(8)
        return QSize(round(width), px(28 if self._small else 32))

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        gives_way = self._wrap or self._elide
        return QSize(min(hint.width(), px(self._LEAST)), hint.height()) if gives_way else hint

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = color(self._ink())
        with box_painter(self) as painter:
            self._paint_ground(painter)
            font = current_theme().font("control")
            if self._wrap and self.width() < self.sizeHint().width():
                painter.setFont(font)
                painter.setPen(ink)
                inner = QRectF(self.rect()).adjusted(px(13), 0, -px(13), 0)
                painter.drawText(inner, self._flags(inner.width()), self.text())
                return
            text = self.text()
            beyond = self.sizeHint().width() - self.width()
            if self._elide and beyond > 0:
                metrics, dots = QFontMetricsF(font), Qt.TextElideMode.ElideMiddle
                room = metrics.horizontalAdvance(_seen(text)) - beyond
                text = metrics.elidedText(_seen(text), dots, room).replace("&", "&&")
            width = QFontMetricsF(font).horizontalAdvance(_seen(text))
            left = (self.width() - width) / 2
            if self._icon_name is not None:
                size = px(16)
                room = self.width() - width - size - px(8)
                left = px(9) if self._elide else room / 2 - px(1)
                top = (self.height() - size) / 2
                paint_icon(painter, self._icon_name, round(left), round(top), ink, size)
                left += size + px(6)
            painter.setFont(font)
            painter.setPen(ink)
            painter.drawText(
                QRectF(left, 0, width + 2, self.height()),
                Qt.AlignmentFlag.AlignVCenter
                | Qt.AlignmentFlag.AlignLeft
                | Qt.TextFlag.TextShowMnemonic
                | Qt.TextFlag.TextSingleLine,
                text,
            )


def _seen(text: str) -> str:
    """`text` without the marks of keys: "&" before a letter is not seen, "&&" is seen as one."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


class PrimaryButton(Button):
    """The one button of a view that does what the view is for."""

    def __init__(
        self,
        text: str,
        icon: str | None = None,
        parent: QWidget | None = None,
        *,
        small: bool = False,
    ) -> None:
        super().__init__(text, icon, parent, kind="primary", small=small)


class IconButton(_PaintedButton):
    """A flat button showing an icon alone; its `label` is its accessible name and its tool tip."""

    def __init__(
        self,
        icon: str,
        label: str,
        parent: QWidget | None = None,
        *,
        size: int = 28,
        icon_size: int = 20,
        tone: str = "text",
    ) -> None:
        super().__init__("flat", "", icon, parent)
        self._size = size
        self._icon_size = icon_size
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(label)
        self.setToolTip(label)

    def sizeHint(self) -> QSize:
        return QSize(px(self._size), px(self._size))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = self._ink()
        with box_painter(self) as painter:
            self._paint_ground(painter)
            size = px(self._icon_size)
            paint_icon(
                painter,
                self._icon_name or "layer-generic",
                (self.width() - size) // 2,
                (self.height() - size) // 2,
                color(self._tone if ink == "text" else ink),
                size,
            )


class RailButton(KeyboardFocus, QAbstractButton):
    """A page of the rail: icon above label; the current one on a soft ground with an edge line.

    It is checkable; put the rail's buttons in one exclusive `QButtonGroup`.
    """

    ring_radius = 8.0
    EDGE = 4
    """Room at the left for the edge line, in px; the ground begins there."""

    def __init__(self, icon: str, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self.setText(text)
        self.setCheckable(True)
        self.setAccessibleName(text.replace("&", ""))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text."""
        super().setToolTip(plain_tool_tip(text))

    def sizeHint(self) -> QSize:
        return QSize(px(64) - 1, px(56))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        edge = px(self.EDGE)
        ground = QRectF(edge, 0, self.width() - 2 * edge, self.height())
        ink = color("control_border" if not self.isEnabled() else "muted")
        with box_painter(self) as painter:
            if self.isChecked():
                ink = color("accent")
                paint_box(painter, ground, px(8), fill=color("accent_soft"))
                line = QRectF(-px(3), px(16), 2 * px(3), px(24))
                paint_box(painter, line, px(2), fill=ink)
            elif self.isEnabled() and (self.underMouse() or self.isDown()):
                paint_box(painter, ground, px(8), fill=color("hover"))
            size = px(20)
            left = (self.width() + 1 - size) // 2  # the rail is 1 px wider: its line
            paint_icon(painter, self._icon_name, left, px(9), ink, size)
            painter.setFont(
                current_theme().font("caption_strong" if self.isChecked() else "caption")
            )
            painter.setPen(ink)
            painter.drawText(
                QRectF(0, px(33), self.width(), px(16)),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic,
                self.text(),
            )

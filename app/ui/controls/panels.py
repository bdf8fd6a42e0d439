"""What groups things: panels and their headers, notices, empty places, badges, lines."""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls.buttons import Button
from app.ui.controls.labels import Label, Tone, plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

Severity = Literal["error", "warning", "info"]
BadgeKind = Literal["warning", "error", "info", "neutral", "accent"]


class IconMark(QWidget):
    """An icon that is no button."""

    def __init__(
        self, icon: str, tone: Tone = "muted", size: int = 16, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._tone: Tone = tone
        self._size = size
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_mark(self, icon: str, tone: Tone) -> None:
        self._icon_name, self._tone = icon, tone
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(self._size), px(self._size))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            tone = self._tone if self.isEnabled() else "control_border"
            paint_icon(painter, self._icon_name, 0, 0, color(tone), px(self._size))


class Line(QWidget):
    """A line 1 px wide in the border colour, across or (with `vertical`) upright."""

    def __init__(
        self, parent: QWidget | None = None, *, vertical: bool = False, length: int | None = None
    ) -> None:
        super().__init__(parent)
        fixed, grow = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding
        self.setSizePolicy(fixed if vertical else grow, grow if vertical else fixed)
        if vertical:
            self.setFixedWidth(1)
            if length is not None:
                self.setFixedHeight(px(length))
        else:
            self.setFixedHeight(1)
            if length is not None:
                self.setFixedWidth(px(length))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("border"))


class Badge(QWidget):
    """A short text, mostly a count, on a round ground."""

    _COLORS = {
        "warning": ("warning_ground", "warning"),
        "error": ("error_ground", "error"),
        "info": ("hover", "muted"),
        "neutral": ("hover", "muted"),
        "accent": ("accent_soft", "accent"),
    }

    def __init__(
        self,
        text: str = "",
        kind: BadgeKind = "warning",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._kind: str = kind
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str, kind: str | None = None) -> None:
        self._text = text
        self._kind = kind or self._kind
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(current_theme().font("caption_strong")).horizontalAdvance(self._text)
        return QSize(max(px(21), round(width) + 2 * px(7)), px(16))

    def paintEvent(self, event: QPaintEvent) -> None:
        ground, ink = self._COLORS[self._kind]
        with box_painter(self) as painter:
            paint_box(painter, QRectF(self.rect()), self.height() / 2, fill=color(ground))
            painter.setFont(current_theme().font("caption_strong"))
            painter.setPen(color(ink))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._text)


class PanelHeader(QWidget):
    """The head of a panel, 40 px high: title, muted subtitle, badges, widgets at the right.

    Args:
        line: whether a line closes it below.
        margin: room at the left and right, in px.
    """

    def __init__(
        self,
        title: str,
        subtitle: str = "",
        parent: QWidget | None = None,
        *,
        line: bool = False,
        margin: int = 16,
    ) -> None:
        super().__init__(parent)
        self._line = line
        self.title = Label(title, "title")
        self.subtitle = Label(subtitle, "body", "muted", elide=True)
        if not subtitle:
            self.subtitle.hide()  # never shown before it has a parent: it would flash as a window
        titles = QHBoxLayout()
        titles.setSpacing(px(7))
        titles.addWidget(self.title)
        titles.addWidget(self.subtitle)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(px(margin), 0, px(margin), 0)
        self._row.setSpacing(px(8))
        self._row.addLayout(titles)
        self._row.addStretch(1)
        self._left_count = 1
        self.setFixedHeight(px(40) + (1 if line else 0))

    def add_after_title(self, widget: QWidget) -> None:
        """Put `widget` behind title and subtitle, a badge for example."""
        self._row.insertWidget(self._left_count, widget)
        self._left_count += 1

    def add_corner(self, widget: QWidget) -> None:
        """Put `widget` at the right, behind those already there."""
        self._row.addWidget(widget)

    def set_title(self, text: str) -> None:
        self.title.setText(text)

    def set_subtitle(self, text: str) -> None:
        self.subtitle.setText(text)
        self.subtitle.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line:
            with box_painter(self) as painter:
                painter.fillRect(0, self.height() - 1, self.width(), 1, color("border"))


class Panel(QWidget):
    """A panel: rounded ground with a line, a header, and the `body` layout.

    Args:
        title: no header without one.
        flush: without rounding and line, for panels that meet at lines, as on the bench.
        padding: room around the body, in px.
    """

    def __init__(
        self,
        title: str = "",
        subtitle: str = "",
        parent: QWidget | None = None,
        *,
        line: bool = False,
        flush: bool = False,
        padding: int = 16,
    ) -> None:
        super().__init__(parent)
        self._flush = flush
        column = QVBoxLayout(self)
        edge = 0 if flush else 1
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(0)
        self.header: PanelHeader | None = None
        if title:
            self.header = PanelHeader(title, subtitle, line=line, margin=16 - edge)
            column.addWidget(self.header)
        self.body = QVBoxLayout()
        inner = px(padding)
        above = 0 if title and not line else inner
        self.body.setContentsMargins(inner - edge, above, inner - edge, inner - edge)
        self.body.setSpacing(px(8))
        column.addLayout(self.body, 1)

    def add_corner(self, widget: QWidget) -> None:
        """Put `widget` at the right of the header.

        Raises:
            ValueError: for a panel without a title.
        """
        if self.header is None:
            raise ValueError("A panel without a title has no header: give it a title.")
        self.header.add_corner(widget)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            if self._flush:
                painter.fillRect(self.rect(), color("panel"))
            else:
                paint_box(
                    painter,
                    QRectF(self.rect()),
                    px(8),
                    fill=color("panel"),
                    line=color("border"),
                )


BUTTON_ROOM = 206
"""So wide the buttons of a notice may be side by side, in px; else they stand one below another."""


class NoticeCard(QWidget):
    """A warning, an error or a piece of advice: title, text, and buttons for what to do.

    The first action has a line, the others are flat. They get the object names `NAME.action.0`, ...

    Args:
        compact: 8 px above and below, as in the bench's inspector, instead of 12.

    Signals:
        action_triggered(number): the user pressed that button.
    """

    action_triggered = Signal(int)

    _LOOK: dict[str, tuple[str, Tone, str, str]] = {
        "warning": ("warning", "warning", "warning_ground", "warning_line"),
        "error": ("error", "error", "error_ground", "error"),
        "info": ("info", "muted", "panel", "border"),
    }

    def __init__(
        self,
        severity: Severity,
        title: str,
        text: str = "",
        actions: Sequence[str] = (),
        parent: QWidget | None = None,
        *,
        compact: bool = False,
    ) -> None:
        super().__init__(parent)
        self.severity: Severity = severity
        icon, tone, self._ground, self._line = self._LOOK[severity]
        self.title = Label(title, "title", wrap=True)
        self.text = Label(text, "caption", wrap=True)
        if not text:
            self.text.hide()
        self.buttons = [
            Button(label, kind="flat" if number else "plain", small=True, wrap=True)
            for number, label in enumerate(actions)
        ]
        self.setAccessibleName(f"{severity}: {title}")
        self.setAccessibleDescription(text)
        row = QHBoxLayout(self)
        edge = px(8 if compact else 12)
        row.setContentsMargins(px(12), edge, px(12), edge)
        row.setSpacing(px(8))
        beside = QVBoxLayout()
        beside.addSpacing(px(2))
        beside.addWidget(IconMark(icon, tone))
        beside.addStretch(1)
        row.addLayout(beside)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.title)
        column.addSpacing(px(2 if compact else 4))
        column.addWidget(self.text)
        if self.buttons:
            column.addSpacing(px(8))
            width = sum(button.sizeHint().width() + px(8) for button in self.buttons)
            strip = QHBoxLayout() if width <= px(BUTTON_ROOM) else QVBoxLayout()
            strip.setSpacing(px(8 if width <= px(BUTTON_ROOM) else 4))
            for number, button in enumerate(self.buttons):
                strip.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                button.clicked.connect(lambda _=False, n=number: self.action_triggered.emit(n))
            strip.addStretch(1)
            column.addLayout(strip)
        column.addStretch(1)
        row.addLayout(column, 1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)

    def set_texts(self, title: str, text: str) -> None:
        """Show another title and text."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{self.severity}: {title}")
        self.setAccessibleDescription(text)

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text."""
        super().setToolTip(plain_tool_tip(text))

    def setObjectName(self, name: str) -> None:
        """Name the card and its buttons."""
        super().setObjectName(name)
        for number, button in enumerate(self.buttons):
            button.setObjectName(f"{name}.action.{number}")

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            paint_box(
                painter,
                QRectF(self.rect()),
                px(6),
                fill=color(self._ground),
                line=color(self._line),
            )


class EmptyState(QWidget):
    """A place where nothing is yet: what it is, what to do next, and a button that does it.

    Args:
        hint: a second, smaller line, the kinds of file for example.
        dashed: with a dashed outline, for a place to drop things on.

    Signals:
        triggered(): the button was pressed.
    """

    triggered = Signal()

    def __init__(
        self,
        icon: str,
        sentence: str,
        action: str = "",
        parent: QWidget | None = None,
        *,
        hint: str = "",
        dashed: bool = False,
    ) -> None:
        super().__init__(parent)
        self._dashed = dashed
        self.sentence = Label(sentence, "body", wrap=True)
        self.hint = Label(hint, "caption", "muted", wrap=True)
        if not hint:
            self.hint.hide()
        self.button: Button | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(px(10))
        column.addStretch(1)
        center = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconMark(icon, "muted", 20), 0, center)
        for label in (self.sentence, self.hint):
            label.setAlignment(center)
            column.addWidget(label)
        if action:
            self.button = Button(action, small=True)
            self.button.clicked.connect(self.triggered)
            column.addWidget(self.button, 0, center)
        column.addStretch(1)
        self.setAccessibleName(sentence)

    def setObjectName(self, name: str) -> None:
        """Name the place and its button `NAME.action`."""
        super().setObjectName(name)
        if self.button is not None:
            self.button.setObjectName(f"{name}.action")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._dashed:
            with box_painter(self) as painter:
                paint_box(
                    painter,
                    QRectF(self.rect()),
                    px(8),
                    line=color("control_border"),
                    dashed=True,
                )

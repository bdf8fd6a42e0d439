"""Text on the screen. It is always plain: nothing that a file holds is read as markup."""

import html
from typing import Literal

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.theme import FONT_ROLES, current_theme

Tone = Literal["text", "muted", "accent", "good", "warning", "error", "control_border"]

NARROWEST = 48
"""Least width in px of a text that wraps."""
_MOST_REMEMBERED = 16


def plain_tool_tip(text: str) -> str:
    """`text` so that a tool tip shows it as it stands and breaks its lines."""
    lines = html.escape(text).replace("\n", "<br>")
    return f"<qt>{lines}</qt>" if text else ""


class Label(QLabel):
    """Plain text in one of the theme's `FONT_ROLES` and tones, with its line height.

    Args:
        wrap: break the text into as many lines as its width asks for.
        elide: in a narrow place end with three dots; the whole text is the tool tip then.
    """

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        tone: Tone = "text",
        parent: QWidget | None = None,
        *,
        wrap: bool = False,
        elide: bool = False,
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self._role = role
        self._tone: Tone = tone
        self._dressing = False
        self._lines: dict[tuple[str, int], int] = {}
        """How many lines a text takes in a width: layouts ask for it a hundred times a change."""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self._dress()

    def role(self) -> str:
        return self._role

    def tone(self) -> Tone:
        return self._tone

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self._dress()

    def set_role(self, role: str) -> None:
        self._role = role
        self._dress()

    def line_height(self) -> int:
        """Height of one line in px."""
        return current_theme().px(FONT_ROLES[self._role].line)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if self.wordWrap():
            return QSize(hint.width(), self.heightForWidth(hint.width()))
        return QSize(hint.width(), max(hint.height(), self.line_height()))

    def minimumSizeHint(self) -> QSize:
        if self.wordWrap():
            return QSize(current_theme().px(NARROWEST), self.line_height())
        hint = super().minimumSizeHint()
        if self._elide:
            return QSize(0, max(hint.height(), self.line_height()))
        return QSize(hint.width(), max(hint.height(), self.line_height()))

    def heightForWidth(self, width: int) -> int:
        if not self.wordWrap():
            return -1
        margins = self.contentsMargins()
        inner = width - margins.left() - margins.right()
        key = (self.text(), inner)
        if key not in self._lines:
            if len(self._lines) >= _MOST_REMEMBERED:
                self._lines.clear()
            self._lines[key] = self._laid_out(inner).lineCount()
        return max(1, self._lines[key]) * self.line_height() + margins.top() + margins.bottom()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange)
        if event.type() in kinds and not self._dressing:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._elide and self.fontMetrics().horizontalAdvance(self.text()) > self.width():
            dots = Qt.TextElideMode.ElideRight
            with QPainter(self) as painter:
                painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
                painter.drawText(
                    self.contentsRect(),
                    self.alignment(),
                    self.fontMetrics().elidedText(self.text(), dots, self.width()),
                )
            return
        if not self.wordWrap():
            super().paintEvent(event)
            return
        inner = self.contentsRect()
        layout = self._laid_out(inner.width())
        high = layout.lineCount() * self.line_height()
        top = inner.top()
        if self.alignment() & Qt.AlignmentFlag.AlignVCenter:
            top += max(0, (inner.height() - high) // 2)
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
            layout.draw(painter, QPointF(inner.left(), top))

    def _laid_out(self, width: int) -> QTextLayout:
        """The text in lines of `width` px, each `line_height` high."""
        layout = QTextLayout(self.text().replace("\n", "\u2028"), self.font())
        option = QTextOption(self.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask)
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        top = 0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, width))
            line.setPosition(QPointF(0, top + (self.line_height() - line.height()) / 2))
            top += self.line_height()
        layout.endLayout()
        return layout

    def _dress(self) -> None:
        self._dressing = True
        font = current_theme().font(self._role)
        if self.font() != font:
            self.setFont(font)
            self._lines.clear()
        wanted = current_theme().color(self._tone)
        palette = self.palette()
        if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText) != wanted:
            palette.setColor(QPalette.ColorRole.WindowText, wanted)
            disabled = current_theme().color("control_border")
            palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, disabled)
            self.setPalette(palette)
        self._dressing = False

"""Text on the screen. It is always plain: nothing that a file holds is read as markup."""

import html
from typing import Literal

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QWidget

from app.ui.theme import current_theme

Tone = Literal["text", "muted", "accent", "good", "warning", "error", "control_border"]


def plain_tool_tip(text: str) -> str:
    """`text` so that a tool tip shows it as it stands and breaks its lines."""
    return f"<qt>{html.escape(text)}</qt>" if text else ""


class Label(QLabel):
    """Plain text in one of the theme's `FONT_ROLES` and tones; follows the theme."""

    def __init__(
        self,
        text: str = "",
        role: str = "body",
        tone: Tone = "text",
        parent: QWidget | None = None,
        *,
        wrap: bool = False,
    ) -> None:
        super().__init__(parent)
        self._role = role
        self._tone: Tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)
        self._dress()

    def set_tone(self, tone: Tone) -> None:
        self._tone = tone
        self._dress()

    def set_role(self, role: str) -> None:
        self._role = role
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._dress()

    def _dress(self) -> None:
        font = current_theme().font(self._role)
        if self.font() != font:
            self.setFont(font)
        wanted = current_theme().color(self._tone)
        palette = self.palette()
        if palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.WindowText) != wanted:
            palette.setColor(QPalette.ColorRole.WindowText, wanted)
            disabled = current_theme().color("control_border")
            palette.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText, disabled)
            self.setPalette(palette)

"""A field for notes of several lines."""

from PySide6.QtCore import QEvent, QRectF, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.ui.controls.painting import color, paint_box, px
from app.ui.theme import current_theme

REST_MS = 800
"""What was typed is told after so long without a key, and at once when the field is left."""
MOST = 20_000


class _Text(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class NotesField(QWidget):
    """Signals:
    edited(str): what stands there now.
    """

    edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = _Text()
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setMinimumHeight(px(24))
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("Notes")
        self.text.textChanged.connect(self._typed)
        self.text.left.connect(self._tell)
        self._told = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._tell)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(6), px(4), px(6), px(4))
        column.addWidget(self.text)
        self.setFocusProxy(self.text)
        self._dress()

    def show_notes(self, text: str) -> None:
        """Show other notes; what was typed before is told first."""
        self._tell()
        if text != self._told:
            self._told = text
            self.text.setPlainText(text)
        self._rest.stop()

    def tell_now(self) -> None:
        """Tell what was typed, without waiting for a rest."""
        self._tell()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = "accent" if self.text.hasFocus() else "control_border"
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        paint_box(painter, box, px(6), fill=color("card"), line=color(line))
        painter.end()

    def _typed(self) -> None:
        self._rest.start()
        self.update()

    def _tell(self) -> None:
        self._rest.stop()
        text = self.text.toPlainText()[:MOST]
        if text != self._told:
            self._told = text
            self.edited.emit(text)
        self.update()

    def _dress(self) -> None:
        font = current_theme().font("body")
        if self.text.font() != font:
            self.text.setFont(font)
        palette = self.text.palette()
        if palette.color(QPalette.ColorRole.Text) != color("text"):
            palette.setColor(QPalette.ColorRole.Base, color("card"))
            palette.setColor(QPalette.ColorRole.Text, color("text"))
            palette.setColor(QPalette.ColorRole.PlaceholderText, color("muted"))
            self.text.setPalette(palette)

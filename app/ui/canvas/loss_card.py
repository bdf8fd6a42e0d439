"""The loss, as the dashed card at the end of the network."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.ui.canvas.detail import Detail, detail_at, scale_of, title_size
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, PORT_RADIUS, PORT_Y
from app.ui.canvas.texts import drawing_font, paint_far_icon
from app.ui.icons import paint_icon
from app.ui.pens import make_pen
from app.ui.theme import current_theme

RADIUS = 8
PADDING = 12


class LossItem(QGraphicsItem):
    """The dashed card at the end of the network."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def set_text(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.update()

    def card_rect(self) -> QRectF:
        return QRectF(0, 0, CARD_WIDTH, CARD_HEIGHT)

    def boundingRect(self) -> QRectF:
        return self.card_rect().adjusted(-6, -6, 6, 6)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        theme = current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(make_pen(theme.color("control_border"), 1, dashes=(4, 4)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self.card_rect().adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        scale = scale_of(self)
        if detail_at(scale) < Detail.ALL:
            paint_far_icon(painter, "layer-loss", PADDING, 8, theme.color("muted"), 32)
            painter.setFont(drawing_font("title", title_size(scale)))
            painter.setPen(theme.color("text"))
            painter.drawText(QPointF(PADDING, 70), "Loss")
            return
        paint_icon(painter, "layer-loss", PADDING, 10, theme.color("muted"), 16)
        painter.setFont(drawing_font("title"))
        painter.setPen(theme.color("text"))
        painter.drawText(QPointF(36, 23), "Loss")
        painter.setFont(drawing_font("caption"))
        painter.setPen(theme.color("muted"))
        metrics = QFontMetricsF(drawing_font("caption"))
        for index, line in enumerate(_two_lines(self.text, metrics, CARD_WIDTH - 2 * PADDING)):
            painter.drawText(QPointF(PADDING, 47 + 16 * index), line)
        painter.setPen(make_pen(theme.color("control_border"), 1.5))
        painter.setBrush(theme.color("canvas"))
        painter.drawEllipse(QPointF(0, PORT_Y), PORT_RADIUS, PORT_RADIUS)


def _two_lines(text: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """`text` broken at a space into at most two lines; the last is cut if it must."""
    words = text.split()
    first: list[str] = []
    while words and metrics.horizontalAdvance(" ".join([*first, words[0]])) <= room:
        first.append(words.pop(0))
    lines = [" ".join(first), " ".join(words)]
    return [metrics.elidedText(x, Qt.TextElideMode.ElideRight, room) for x in lines if x]

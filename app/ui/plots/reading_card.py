"""What is read under the pointer of a map, on a card beside it."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter

from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.theme import current_theme


def paint_reading_card(
    painter: QPainter, frame: QRectF, place: QPointF, head: str, lines: Sequence[str]
) -> None:
    """A card with a strong first line beside `place`, within `frame`."""
    theme = current_theme()
    strong = QFontMetricsF(theme.font("caption_strong"))
    plain = QFontMetricsF(theme.font("caption"))
    widest = max([strong.horizontalAdvance(head), *(plain.horizontalAdvance(x) for x in lines)])
    width, height = widest + px(16), px(16) * (1 + len(lines)) + px(8)
    left = place.x() + px(14)
    if left + width > frame.right():
        left = max(frame.left(), place.x() - px(14) - width)
    top = min(max(frame.top(), place.y() - height / 2), frame.bottom() - height)
    card = QRectF(left, top, width, height)
    ground = color("card")
    ground.setAlphaF(0.94)
    painter.setBrush(ground)
    painter.setPen(make_pen(color("border"), 1))
    painter.drawRoundedRect(card, px(4), px(4))
    baseline = card.top() + px(16)
    painter.setFont(theme.font("caption_strong"))
    painter.setPen(color("text"))
    painter.drawText(QPointF(card.left() + px(8), baseline), head)
    painter.setFont(theme.font("caption"))
    for line in lines:
        baseline += px(16)
        painter.drawText(QPointF(card.left() + px(8), baseline), line)

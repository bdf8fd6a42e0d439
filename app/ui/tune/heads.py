"""The heads of a table's columns, on two lines where one is too long for all of them."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget

from app.ui.controls.painting import color, px
from app.ui.theme import current_theme

ONE_LINE, TWO_LINES = 28, 40
ROOM = 8
"""Before and behind the words, in px."""
TICK = 4


class Heads(QHeaderView):
    """Titles in full in the model; here they are broken at a space and cut where they must be.

    Args:
        axis: the section whose title "0.96 to 1.00" is drawn as a scale; -1 for none.
    """

    def __init__(self, parent: QWidget | None = None, axis: int = -1) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._axis = axis
        self._two_lines = False
        self.setTextElideMode(Qt.TextElideMode.ElideNone)

    def set_two_lines(self, two: bool) -> None:
        """Whether titles may take two lines."""
        if two != self._two_lines:
            self._two_lines = two
            self.updateGeometry()
            self.headerDataChanged(Qt.Orientation.Horizontal, 0, max(0, self.count() - 1))

    def sizeHint(self) -> QSize:
        height = px(TWO_LINES if self._two_lines else ONE_LINE)
        return QSize(super().sizeHint().width(), height)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:
        super().initStyleOptionForIndex(option, section)
        if self._ends(section):
            option.text = ""
            return
        metrics = QFontMetricsF(option.fontMetrics)
        room = self.sectionSize(section) - 2 * px(ROOM) + 1
        whole = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        fits = metrics.horizontalAdvance(whole) <= room
        lines = [whole] if fits or not self._two_lines else broken(whole, metrics)
        dots = Qt.TextElideMode.ElideRight
        option.text = "\n".join(metrics.elidedText(line, dots, room) for line in lines)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        ends = self._ends(section)
        if not ends:
            return
        inner = QRectF(rect).adjusted(px(ROOM), 0, -px(ROOM), -px(2))
        painter.save()
        painter.setFont(current_theme().font("caption"))
        painter.setPen(color("muted"))
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
        above = inner.adjusted(0, 0, 0, -px(TICK))
        for text, side in zip(ends, sides, strict=True):
            painter.drawText(above, side | Qt.AlignmentFlag.AlignVCenter, text)
        ink = color("control_border")
        painter.fillRect(QRectF(inner.left(), inner.bottom() - 1, inner.width(), 1), ink)
        for x in (inner.left(), inner.center().x() - 0.5, inner.right() - 1):
            painter.fillRect(QRectF(x, inner.bottom() - px(TICK), 1, px(TICK)), ink)
        painter.restore()

    def _ends(self, section: int) -> list[str]:
        """Of the scale in this section; none where there is none, or not room enough."""
        if section != self._axis:
            return []
        ends = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "").split(" to ")
        metrics = QFontMetricsF(current_theme().font("caption"))
        room = self.sectionSize(section) - 2 * px(ROOM)
        fits = sum(map(metrics.horizontalAdvance, ends)) + px(ROOM) <= room
        return ends if len(ends) == 2 and fits else []


def broken(title: str, metrics: QFontMetricsF) -> list[str]:
    """On one or two lines, of which the longer is as short as can be."""
    words = title.split()
    ways = [[" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words))]
    return min(ways, key=lambda lines: widest(lines, metrics)) if ways else [title]


def widest(lines: list[str], metrics: QFontMetricsF) -> float:
    return max(map(metrics.horizontalAdvance, lines), default=0.0)

"""The heads of a table's columns, on two lines where one is too long for all of them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget

from app.ui.controls.painting import px

ONE_LINE, TWO_LINES = 28, 40
ROOM = 8
"""Before and behind the words, in px."""


class Heads(QHeaderView):
    """Titles in full in the model; here they are broken at a space and cut where they must be."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
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
        metrics = QFontMetricsF(option.fontMetrics)
        room = self.sectionSize(section) - 2 * px(ROOM) + 1
        whole = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        fits = metrics.horizontalAdvance(whole) <= room
        lines = [whole] if fits or not self._two_lines else broken(whole, metrics)
        dots = Qt.TextElideMode.ElideRight
        option.text = "\n".join(metrics.elidedText(line, dots, room) for line in lines)


def broken(title: str, metrics: QFontMetricsF) -> list[str]:
    """On one or two lines, of which the longer is as short as can be."""
    words = title.split()
    ways = [[" ".join(words[:n]), " ".join(words[n:])] for n in range(1, len(words))]
    return min(ways, key=lambda lines: widest(lines, metrics)) if ways else [title]


def widest(lines: list[str], metrics: QFontMetricsF) -> float:
    return max(map(metrics.horizontalAdvance, lines), default=0.0)

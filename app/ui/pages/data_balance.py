"""How many samples each class has, in all and in each part."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QToolTip, QVBoxLayout

from app.core.data_summary import DataSummary
from app.ui.controls import ComboBox, Panel, plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.controls.scrolling import scroll_area
from app.ui.pages.data_numbers import class_color, names_apart, share_text
from app.ui.plots.markers import paint_marker, series_style
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_table import PlotTable
from app.ui.theme import current_theme
from app.ui.window.surface import Surface

PARTS = ("training", "validation", "test")
LONGEST_NAME = 16
MOST_HEIGHT = 200
"""In px; more classes are scrolled."""


class ClassBalance(Plot):
    """A bar for each class with its count and share."""

    ROW = 33

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.balance")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Class balance")
        self._table = PlotTable("Class balance", (), ())
        self._rows: list[tuple[str, int, float]] = []
        self._short: list[str] = []
        self._details: list[str] = []

    def show_counts(
        self, names: Sequence[str], counts: Sequence[int], parts: Sequence[Sequence[int]]
    ) -> None:
        """Show how often each class occurs; `parts` says it of each of the three parts."""
        total = max(sum(counts), 1)
        self._short = names_apart(names, LONGEST_NAME)
        self._rows = [(n, c, c / total) for n, c in zip(names, counts, strict=True)]
        self._details = [
            f"{name}: " + ", ".join(f"{c:,} {p}" for c, p in zip(each, PARTS, strict=True))
            for name, each in zip(names, parts, strict=True)
        ]
        rows = [(n, *each, sum(each)) for n, each in zip(names, parts, strict=True)]
        self._table = PlotTable("Class balance", ("class", *PARTS, "all"), tuple(rows))
        self.setAccessibleDescription(", ".join(f"{n}: {c:,}" for n, c, _ in self._rows[:100]))
        self.updateGeometry()
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def table(self) -> PlotTable:
        """How many samples of each class are in each part."""
        return self._table

    def sizeHint(self) -> QSize:
        row = self.ROW if len(self._rows) <= 5 else 20
        return QSize(px(246), px(row) * len(self._rows))

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._rows:
            number = event.pos().y() * len(self._rows) // max(self.height(), 1)
            if 0 <= number < len(self._details):
                QToolTip.showText(event.globalPos(), plain_tool_tip(self._details[number]), self)
                return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max((count for _, count, _ in self._rows), default=1) or 1
        row = self.height() / max(len(self._rows), 1)
        theme = current_theme()
        first = max(int(event.rect().top() / max(row, 1)), 0)
        last = min(int(event.rect().bottom() / max(row, 1)) + 1, len(self._rows))
        with box_painter(self) as painter:
            painter.setFont(theme.font("cell"))
            widest = painter.fontMetrics().horizontalAdvance
            figures = [
                f"{count:,} ({share_text(share)})" for _, count, share in self._rows[first:last]
            ]
            right = max([px(62), *(widest(text) for text in figures)]) + px(8)
            left = min(max([px(44), *(widest(n) for n in self._short[:100])]), px(96)) + px(28)
            for number in range(first, last):
                name, count = self._short[number], self._rows[number][1]
                line = QRectF(0, number * row, self.width(), row)
                painter.setPen(color("text"))
                short = painter.fontMetrics().elidedText(
                    name, Qt.TextElideMode.ElideMiddle, left - px(24)
                )
                words = line.adjusted(px(16), 0, 0, 0)
                painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, short)
                centre = QPointF(px(5), line.center().y())
                marker = series_style(number)[1]
                paint_marker(painter, marker, centre, px(4), class_color(number))
                height = min(px(20), row - px(4))
                track = QRectF(
                    left, line.center().y() - height / 2, line.width() - left - right, height
                )
                paint_box(painter, track, px(3), fill=color("track"))
                bar = QRectF(
                    track.left(), track.top(), track.width() * count / most, track.height()
                )
                paint_box(painter, bar, px(3), fill=class_color(number))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.setPen(color("text"))
                painter.drawText(line, flags, figures[number - first])


class BalancePanel(Panel):
    """The class balance of all samples, or of one part."""

    def __init__(self) -> None:
        super().__init__("Class balance")
        self._summary: DataSummary | None = None
        self._part = ComboBox([("all", "of all"), *((p, f"of {p}") for p in PARTS)], small=True)
        self._part.setFixedWidth(px(108))
        self._part.setObjectName("data.balance_of")
        self._part.setAccessibleName("Class balance of which part")
        self._part.chosen.connect(lambda _part: self._show())
        self._balance = ClassBalance()
        inner = Surface("panel")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._balance)
        area = scroll_area(inner, "data.balance_scroll", "Class balance")
        self._area = area
        self.body.addWidget(area)
        self.add_corner(self._part)

    def order_by_tab(self) -> None:
        """The list of parts stands above the bars: the Tab key comes to it first."""
        self.setTabOrder(self._part, self._balance)

    def show_summary(self, summary: DataSummary) -> None:
        """Show the balance; data without classes, or whose classes nobody has counted, hide the
        panel.
        """
        self._summary = summary
        self.setVisible(bool(summary.class_counts))
        self._show()

    def _show(self) -> None:
        summary = self._summary
        if summary is None or not summary.class_counts:
            return
        part = str(self._part.current())
        counts = [
            sum(each) if part == "all" else each[PARTS.index(part)] for each in summary.class_counts
        ]
        self._balance.show_counts(summary.class_names, counts, summary.class_counts)
        wanted = self._balance.sizeHint().height()
        self._area.setFixedHeight(min(wanted, px(MOST_HEIGHT)))

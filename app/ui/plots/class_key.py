"""What markers and colours of samples mean: classes one below another, or a scale of targets."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls import plain_tool_tip
from app.ui.controls.painting import box_painter, color, px
from app.ui.plots.axis import value_text
from app.ui.plots.markers import paint_marker
from app.ui.plots.projection_plot import class_look
from app.ui.plots.sign_picture import paint_scale
from app.ui.theme import current_theme

_LINE, _SCALE = 20, 96
MOST_LINES = 64
"""So many lines it keeps where room is short: it lies in a place that scrolls."""


class ClassKey(QWidget):
    """Passive. Where there is no room for all classes, how many are left is told at the end."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._names: tuple[str, ...] = ()
        self._range: tuple[float, float] | None = None
        self._title = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def show_classes(self, names: tuple[str, ...]) -> None:
        self._names, self._range = names, None
        self._changed("Classes: " + ", ".join(names))

    def show_targets(self, title: str, low: float, high: float) -> None:
        """A scale from `low` to `high`."""
        self._names, self._range, self._title = (), (low, high), title
        self._changed(f"{title} from {value_text(low)} to {value_text(high)}")

    def _changed(self, spoken: str) -> None:
        self.setAccessibleName(spoken)
        self.setToolTip(plain_tool_tip(spoken) if len(self._names) > 10 else "")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        if self._range is not None:
            return QSize(px(180), px(_SCALE + 28))
        lines = -(-len(self._names) // self._columns())
        return QSize(px(180), px(_LINE) * (lines + 2))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(100), min(self.sizeHint().height(), px(_LINE) * MOST_LINES))

    def paintEvent(self, event: QPaintEvent) -> None:
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        with box_painter(self) as painter:
            painter.setFont(font)
            if self._range is not None:
                low, high = self._range
                painter.setPen(color("muted"))
                title = metrics.elidedText(
                    self._title, Qt.TextElideMode.ElideRight, self.width() - px(4)
                )
                painter.drawText(QPointF(0, px(12)), title)
                bar = QRectF(1, px(22), px(13), px(_SCALE))
                places = ((1, high), (0, (low + high) / 2), (-1, low))
                paint_scale(painter, bar, [(p, _end(v)) for p, v in places])
                return
            names, columns = self._names, self._columns()
            lines = max(1, self.height() // px(_LINE) - 2)
            room = lines * columns
            shown = len(names) if len(names) <= room else (lines - 1) * columns
            width = self.width() // columns
            for number, name in enumerate(names[:shown]):
                marker, ink = class_look(number)
                line, column = divmod(number, columns)
                left = column * width
                self._line(painter, metrics, (left, line, width), marker, ink, name, hollow=False)
            line = -(-shown // columns)
            if shown < len(names):
                painter.setPen(color("muted"))
                text = f"and {len(names) - shown:,} more"
                painter.drawText(QPointF(px(18), (line + 0.5) * px(_LINE) + px(4)), text)
                line += 1
            for text, hollow in (("training", False), ("validation", True)):
                place = (0, line, self.width())
                self._line(painter, metrics, place, "circle", color("muted"), text, hollow=hollow)
                line += 1

    def _columns(self) -> int:
        """Two where there are many classes with short names."""
        metrics = QFontMetricsF(current_theme().font("caption"))
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        return 2 if len(self._names) > 5 and widest + px(24) < self.width() / 2 else 1

    def _line(self, painter, metrics, place, marker: str, ink, text: str, *, hollow: bool):
        left, line, width = place
        middle = line * px(_LINE) + px(_LINE) / 2
        paint_marker(painter, marker, QPointF(left + px(6), middle), px(3.5), ink, hollow=hollow)
        painter.setPen(color("text"))
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - px(20))
        painter.drawText(QPointF(left + px(18), middle + metrics.capHeight() / 2), shown)


def _end(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")

"""The list of activations: one is looked at, those that are ticked are compared with it."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.core.activation_forms import ActivationForm
from app.ui.canvas.glyph import GLYPH_HEIGHT, GLYPH_WIDTH, activation_glyph, paint_glyph
from app.ui.controls.painting import color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.plots.markers import paint_marker, series_style
from app.ui.theme import current_theme

NAME = Qt.ItemDataRole.UserRole
SERIES = Qt.ItemDataRole.UserRole + 1
"""The number of the series that the row is drawn with, or None."""

_GLYPHS = {"prelu": "leaky_relu", "randomized_leaky_relu": "leaky_relu"}
Index = QModelIndex | QPersistentModelIndex


class _Row(QStyledItemDelegate):
    """Tick, curve, name, marker of the series."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(px(200), px(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme = current_theme()
        rect = QRectF(option.rect)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or over:
            painter.fillRect(rect, color("accent_soft" if chosen else "hover"))
        box = QRectF(rect.left() + px(8), rect.center().y() - px(8), px(16), px(16))
        ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        if ticked:
            paint_box(painter, box, px(3), fill=color("accent_fill"))
            paint_icon(
                painter, "check", box.left() + px(2), box.top() + px(2), color("on_accent"), px(12)
            )
        else:
            paint_box(painter, box, px(3), fill=color("card"), line=color("control_border"))
        glyph = activation_glyph(_GLYPHS.get(index.data(NAME), index.data(NAME)))
        left = box.right() + px(8)
        if glyph is not None:
            painter.save()
            painter.translate(left, rect.center().y() - GLYPH_HEIGHT / 2 + 1)
            paint_glyph(painter, 0, 0, glyph, color("accent"), color("border"))
            painter.restore()
        left += GLYPH_WIDTH + px(8)
        series = index.data(SERIES)
        room = rect.adjusted(left - rect.left(), 0, -px(28), 0)
        font = theme.font("title" if chosen else "body")
        painter.setFont(font)
        painter.setPen(color("text"))
        text = option.fontMetrics.elidedText(
            index.data(), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        if series is not None:
            number, marker = series_style(series)
            ink = QColor(theme.tokens.series[number])
            middle = QPointF(rect.right() - px(14), rect.center().y())
            painter.setPen(ink)
            painter.drawLine(middle - QPointF(px(9), 0), middle + QPointF(px(9), 0))
            paint_marker(painter, marker, middle, 4, ink)
        painter.restore()

    def editorEvent(self, event, model, option, index) -> bool:
        """A click on the tick, and the space key, turn it over."""
        if event.type() == QEvent.Type.MouseButtonRelease:
            inside = event.position().x() < option.rect.left() + px(28)
            if not inside or event.button() != Qt.MouseButton.LeftButton:
                return False
        elif event.type() == QEvent.Type.KeyPress:
            if event.key() not in (Qt.Key.Key_Space, Qt.Key.Key_Select):
                return False
        else:
            return False
        model.itemFromIndex(index).toggled_by_user()
        return True


class _Item(QStandardItem):
    def __init__(self, owner: "ActivationList", form: ActivationForm) -> None:
        super().__init__(form.label)
        self._owner = owner
        self.name = form.name
        self.setData(form.name, NAME)
        self.setEditable(False)
        self.setCheckState(Qt.CheckState.Unchecked)
        self.setCheckable(True)
        self.setToolTip(f"{form.help}")
        self.setAccessibleText(form.label)

    def toggled_by_user(self) -> None:
        self._owner.tick_toggled.emit(self.name)


class ActivationList(QListView):
    """Passive.

    Signals:
        looked_at(str): the row of this name is the current one now.
        tick_toggled(str): the tick of this row was pressed.
    """

    looked_at = Signal(str)
    tick_toggled = Signal(str)

    def __init__(self, forms: Sequence[ActivationForm], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lab.list")
        self.setAccessibleName("Activations; space ticks one for comparison")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(px(112))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        model = QStandardItemModel(self)
        self._items: dict[str, _Item] = {}
        for form in forms:
            self._items[form.name] = _Item(self, form)
            model.appendRow(self._items[form.name])
        self.setModel(model)
        self.setItemDelegate(_Row(self))
        self.selectionModel().currentChanged.connect(self._current_changed)

    def row_rect(self, name: str) -> QRectF:
        """Where the row of `name` stands in the viewport."""
        return QRectF(self.visualRect(self._items[name].index()))

    def show_rows(self, current: str, series: Mapping[str, int], ticked: Sequence[str]) -> None:
        """Mark the current row, the ticks, and the series that rows are drawn with."""
        for name, item in self._items.items():
            state = Qt.CheckState.Checked if name in ticked else Qt.CheckState.Unchecked
            if item.checkState() != state:
                item.setCheckState(state)
            if item.data(SERIES) != series.get(name):
                item.setData(series.get(name), SERIES)
        index = self._items[current].index()
        if self.currentIndex() != index:
            self.selectionModel().blockSignals(True)
            self.setCurrentIndex(index)
            self.selectionModel().blockSignals(False)
            self.scrollTo(index)
            self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(px(240), px(300))

    def _current_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            self.looked_at.emit(now.data(NAME))

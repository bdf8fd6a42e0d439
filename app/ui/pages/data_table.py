"""The sample rows of a table under the distributions of its columns."""

from collections.abc import Mapping

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.data.preview import ColumnView, Preview
from app.data.raw_data import PART_NAMES
from app.ui.column_entries import ColumnEntry
from app.ui.controls import ComboBox, IconButton, plain_tool_tip
from app.ui.controls.painting import color, px
from app.ui.pages.data_columns import ALSO, LEFT_OUT, ROLE_WORDS
from app.ui.pages.data_numbers import class_color, number_text, range_text
from app.ui.plots.markers import paint_marker, series_style
from app.ui.theme import current_theme

HEADER_HEIGHT = 146
UNUSED = {"ignored": "not used", "weight": "weight of the row", "time": "time of the row"}
"""What is said of a column that the network does not get, by its role."""
GAPS_HEIGHT = 16
"""One line more, where a column has gaps."""

ANOTHER = "another"
"""Stands in a cell for a category that the training part does not hold."""
NO_ENTRIES: Mapping[str, ColumnEntry] = {}

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class TableModel(QAbstractTableModel):
    """The sample rows of a preview."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview: Preview | None = None
        self.entries = NO_ENTRIES

    def show(
        self, preview: Preview | None, entries: Mapping[str, ColumnEntry] = NO_ENTRIES
    ) -> None:
        self.beginResetModel()
        self.preview, self.entries = preview, entries
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if self.preview is None or parent.isValid() else len(self.preview.rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if self.preview is None or parent.isValid() else len(self.preview.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if self.preview is None or not index.isValid():
            return None
        column = self.preview.columns[index.column()]
        value = float(self.preview.cells[index.row(), index.column()])
        beside = self.preview.beside.get(column.name)
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell_text(column, value) if beside is None else beside[index.row()] or "–"
        if role == Qt.ItemDataRole.ToolTipRole and beside is not None:
            return plain_tool_tip(beside[index.row()])
        if role == Qt.ItemDataRole.ToolTipRole and column.classes and value < 0:
            return plain_tool_tip(
                f"{column.name} is here what it is in no row of the training part. The network "
                "gets 0 for each category of this column."
            )
        if role == Qt.ItemDataRole.UserRole:
            return int(value) if column.classes and value >= 0 else None
        return None

    def is_beside(self, column: int) -> bool:
        """Whether the network does not get it."""
        preview = self.preview
        return preview is not None and preview.columns[column].name in preview.beside

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if self.preview is None:
            return None
        across = orientation == Qt.Orientation.Horizontal
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(self._column_help(section) if across else self._row_help(section))
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if across:
            return self.preview.columns[section].name
        return str(self.preview.numbers[section]) if self.preview.numbers else ""

    def _column_help(self, section: int) -> str:
        assert self.preview is not None
        column = self.preview.columns[section]
        if not column.counts:
            return column.name
        figures = "Counts" if column.classes else "Mean ± deviation, and range"
        of_rows = f"{figures} of all rows used; Statistics is of the training part."
        entry = self.entries.get(column.name)
        gaps = f"{entry.gaps_of}." if entry is not None and entry.gaps else ""
        unknown = column.classes and bool((self.preview.cells[:, section] < 0).any())
        others = f"“{ANOTHER}”: what no row of the training part has." if unknown else ""
        return "\n".join(filter(None, (column.name, of_rows, gaps, others)))

    def _row_help(self, section: int) -> str:
        assert self.preview is not None
        place = self.preview.places[section] if self.preview.places else ""
        return f"{place}, {PART_NAMES[int(self.preview.parts[section])]} part"


class _Cells(QStyledItemDelegate):
    """Numbers to the right, classes with their marker; the target's column on its own ground."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        number = index.data(Qt.ItemDataRole.UserRole)
        rect = QRectF(option.rect)
        model = index.model()
        if (
            isinstance(model, TableModel)
            and model.preview
            and model.preview.columns[index.column()].role == "target"
        ):
            painter.fillRect(rect, color("shade"))
        painter.setFont(current_theme().font("cell"))
        text = str(index.data())
        if number is None:
            unused = isinstance(model, TableModel) and model.is_beside(index.column())
            painter.setPen(color("muted" if unused else "text"))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            if unused:
                dots = Qt.TextElideMode.ElideMiddle
                text = painter.fontMetrics().elidedText(text, dots, int(rect.width()) - px(20))
            painter.drawText(rect.adjusted(0, 0, -px(12), 0), flags, text)
        else:
            centre = QPointF(rect.left() + px(16), rect.center().y())
            paint_marker(painter, series_style(number)[1], centre, px(4), class_color(number))
            painter.setPen(color("text"))
            painter.drawText(
                rect.adjusted(px(26), 0, -px(4), 0),
                Qt.AlignmentFlag.AlignVCenter,
                painter.fontMetrics().elidedText(
                    text, Qt.TextElideMode.ElideMiddle, int(rect.width()) - px(30)
                ),
            )
        painter.fillRect(QRectF(rect.left(), rect.bottom(), rect.width(), 1), color("border"))
        painter.restore()


class _Head:
    """What can be used in the header of one column: its role and the rest of its settings."""

    def __init__(self, slot: int, header: "DistributionHeader") -> None:
        parent = header.viewport()
        self.role = ComboBox(parent=parent, small=True)
        self.role.setObjectName(f"data.role.{slot}")
        self.more = IconButton("more", "", parent, size=20, icon_size=16, tone="muted")
        self.more.setObjectName(f"data.more.{slot}")
        self.column: int | None = None

    def show(self, number: int, entry: ColumnEntry, several: bool) -> None:
        choices = [(role, words[0]) for role, words in ROLE_WORDS.items()]
        if several and entry.role != "target":
            choices.insert(2, (ALSO, "target, too"))
        self.role.set_options(choices)
        self.role.set_current(*(("", LEFT_OUT) if entry.left_out else (entry.role,)))
        self.role.set_accented(entry.role == "target")
        self.role.setAccessibleName(f"Role of {entry.name}")
        for role, words in ROLE_WORDS.items():
            self.role.set_choice_help(role, words[1])
        self.more.setAccessibleName(f"Type and gaps of {entry.name}")
        self.more.setToolTip(f"Role, type and gaps of {entry.name}")
        self.column = number

    def place(self, left: int, width: int) -> None:
        self.role.setGeometry(left + px(8), px(32), width - px(16), px(25))
        self.more.move(left + width - px(24), px(9))
        self.role.show()
        self.more.show()

    def hide(self) -> None:
        self.role.hide()
        self.more.hide()


class DistributionHeader(QHeaderView):
    """Name, role, histogram and statistics of each column. Where they can be changed a column has
    a list of roles and a menu; only the columns in view have these.

    Signals:
        role_chosen(str, str): column, role.
        menu_requested(str, QPoint): the menu of a column is wanted at this place of the screen.
    """

    role_chosen = Signal(str, str)
    menu_requested = Signal(str, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("data.columns")
        self.setAccessibleName("Columns")
        self._columns: tuple[ColumnView, ...] = ()
        self._entries: Mapping[str, ColumnEntry] = {}
        self._beside: Mapping[str, tuple[str, ...]] = {}
        self._heads: list[_Head] = []
        self._has_gaps = self._has_target = False
        self.arranging = False
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.sectionResized.connect(self.place_editors)

    def show_columns(self, preview: Preview, entries: Mapping[str, ColumnEntry]) -> None:
        """Show the columns of `preview`; those among `entries`, by name, can be changed."""
        columns, self._entries, self._beside = preview.columns, entries, preview.beside
        self._columns = columns
        self._has_gaps = any(c.name in entries and entries[c.name].gaps for c in columns)
        self._has_target = any(entry.role == "target" for entry in entries.values())
        for head in self._heads:
            head.column = None
        self.updateGeometry()
        self.place_editors()
        self.viewport().update()

    def wanted_width(self, number: int) -> int:
        """How wide a column is to be for its name, statistics and categories, within bounds."""
        column = self._columns[number]
        metrics = QFontMetrics(current_theme().font("caption"))
        widest = max(metrics.horizontalAdvance(text) for text in self._lines(column)) + px(18)
        strong = QFontMetrics(current_theme().font("cell_strong"))
        menu = px(18) if column.name in self._entries else 0
        widest = max(widest, strong.horizontalAdvance(column.name) + menu + px(18))
        cells = QFontMetrics(current_theme().font("cell"))
        beside = self._beside.get(column.name, ())[:50]
        widest = max([widest, *(cells.horizontalAdvance(text) + px(22) for text in beside)])
        marked = column.classes[:50]
        widest = max([widest, *(cells.horizontalAdvance(text) + px(32) for text in marked)])
        return min(max(widest, px(104 if column.role == "target" else 92)), px(168))

    def sizeHint(self) -> QSize:
        height = px(HEADER_HEIGHT + GAPS_HEIGHT * self._has_gaps)
        return QSize(super().sizeHint().width(), height)

    def place_editors(self) -> None:
        """Put lists and menus over the columns in view, wherever these are scrolled to."""
        if self.arranging:
            return
        wanted = [n for n in self._in_view() if self._columns[n].name in self._entries]
        by_column = {head.column: head for head in self._heads}
        free = [head for head in self._heads if head.column not in wanted]
        for number in wanted:
            head = by_column.get(number)
            if head is None:
                head = free.pop() if free else self._new_head()
                entry = self._entries[self._columns[number].name]
                head.show(number, entry, self._has_target)
            head.place(self.sectionViewportPosition(number), self.sectionSize(number))
        for head in free:
            head.column = None
            head.hide()

    def _new_head(self) -> _Head:
        head = _Head(len(self._heads), self)
        before = self._heads[-1].more if self._heads else self.parentWidget()
        assert before is not None  # a header stands in its table
        QWidget.setTabOrder(before, head.role)
        QWidget.setTabOrder(head.role, head.more)
        self._heads.append(head)
        head.role.chosen.connect(lambda role: self._chosen(head, str(role)))
        head.more.clicked.connect(lambda: self._ask_for_menu(head))
        return head

    def _chosen(self, head: _Head, role: str) -> None:
        if head.column is not None:
            name = self._columns[head.column].name
            self.role_chosen.emit(name, role)

    def _ask_for_menu(self, head: _Head) -> None:
        if head.column is not None:
            place = head.more.mapToGlobal(head.more.rect().bottomLeft())
            self.menu_requested.emit(self._columns[head.column].name, place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        number = self.logicalIndexAt(event.pos())
        if 0 <= number < len(self._columns) and self._columns[number].name in self._entries:
            self.menu_requested.emit(self._columns[number].name, event.globalPos())

    def _in_view(self) -> range:
        count = min(len(self._columns), self.count())
        if not count:
            return range(0)
        first = max(self.logicalIndexAt(0), 0)
        last = self.logicalIndexAt(self.viewport().width() - 1)
        return range(first, count if last < 0 else min(last + 1, count))

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.place_editors()

    def _lines(self, column: ColumnView) -> tuple[str, ...]:
        entry = self._entries.get(column.name)
        gaps = entry.gaps_text if entry is not None and column.role != "ignored" else ""
        lines = _statistics_lines(column)
        if not column.counts and entry is not None:
            lines = (UNUSED.get(entry.role, LEFT_OUT), "")
        return (*lines, *filter(None, (gaps,)))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if logicalIndex >= len(self._columns):
            return
        column = self._columns[logicalIndex]
        editable = column.name in self._entries
        theme = current_theme()
        target = column.role == "target"
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(rect, color("shade" if target else "canvas"))
        painter.fillRect(QRect(rect.right(), rect.top(), 1, rect.height()), color("border"))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), color("border"))
        inner = rect.adjusted(px(8), px(10), -px(8), -px(8))
        painter.setFont(theme.font("cell_strong"))
        painter.setPen(color("text"))
        room = inner.width() - (px(18) if editable else 0)
        name = painter.fontMetrics().elidedText(column.name, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(
            QRect(inner.left(), inner.top(), room, px(18)), Qt.AlignmentFlag.AlignVCenter, name
        )
        painter.setFont(theme.font("caption"))
        if not editable:
            painter.setPen(color("accent" if target else "muted"))
            painter.drawText(
                QRect(inner.left(), rect.top() + px(34), inner.width(), px(20)),
                Qt.AlignmentFlag.AlignVCenter,
                column.role,
            )
        self._paint_bars(
            painter, QRectF(inner.left(), rect.top() + px(66), inner.width(), px(36)), column
        )
        for line, text in enumerate(self._lines(column)):
            painter.setPen(color("muted" if line < 2 else "warning"))
            painter.drawText(
                QRect(inner.left(), rect.top() + px(103) + line * px(16), inner.width(), px(16)),
                Qt.AlignmentFlag.AlignVCenter,
                painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, inner.width()),
            )
        painter.restore()

    def _paint_bars(self, painter: QPainter, rect: QRectF, column: ColumnView) -> None:
        most = max(column.counts, default=0)
        if not most:
            return
        width = rect.width() / len(column.counts)
        for number, count in enumerate(column.counts):
            height = rect.height() * count / most
            tint = class_color(number) if column.classes else color("control_border")
            gap = min(px(4) if column.classes else px(1), width / 3)
            painter.fillRect(
                QRectF(rect.left() + number * width, rect.bottom() - height, width - gap, height),
                tint,
            )
        painter.fillRect(
            QRectF(rect.left(), rect.bottom(), rect.width(), 1), color("control_border")
        )


def _cell_text(column: ColumnView, value: float) -> str:
    if value != value:
        return "–"
    if not column.classes:
        return number_text(value, column.whole)
    return column.classes[int(value)] if value >= 0 else ANOTHER


def _names(preview: Preview) -> frozenset[str]:
    return frozenset(column.name for column in preview.columns)


def _statistics_lines(column: ColumnView) -> tuple[str, str]:
    if not column.counts:
        return "not used", ""
    if column.classes:
        noun = "classes" if column.role == "target" else "categories"
        return f"{len(column.classes)} {noun}", "categorical"
    rounded = column.whole and abs(column.mean) >= 10
    return (
        f"{number_text(column.mean, rounded)} ± {number_text(column.deviation, rounded)}",
        f"{range_text(column.minimum, column.whole)} to {range_text(column.maximum, column.whole)}",
    )


class SampleTable(QTableView):
    """Rows of the data drawn at random.

    Signals:
        role_chosen(str, str), menu_requested(str, QPoint): as of the header.
    """

    role_chosen = Signal(str, str)
    menu_requested = Signal(str, QPoint)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.table")
        self.setAccessibleName("Sample rows")
        self.setStyleSheet("QTableView { background: transparent; }")  # that of the panel
        self._model = TableModel(self)
        self.setModel(self._model)
        self._header = DistributionHeader(self)
        self._header.role_chosen.connect(self.role_chosen)
        self._header.menu_requested.connect(self.menu_requested)
        self.setHorizontalHeader(self._header)
        self.horizontalScrollBar().valueChanged.connect(self._header.place_editors)
        self.setItemDelegate(_Cells(self))
        self.setShowGrid(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        numbers = self.verticalHeader()
        numbers.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        numbers.setDefaultSectionSize(px(24))
        numbers.setMinimumWidth(px(48))
        numbers.setFont(current_theme().font("cell"))
        numbers.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_preview(self, preview: Preview, entries: Mapping[str, ColumnEntry]) -> None:
        """Show sample rows, of other columns from the first on; the columns among `entries`, by
        name, can be changed.
        """
        before = self._model.preview
        same = before is not None and _names(before) == _names(preview)
        self._model.show(preview, entries)
        self._header.show_columns(preview, entries)
        self._header.arranging = True
        for number in range(len(preview.columns)):
            self._header.resizeSection(number, self._header.wanted_width(number))
        self._header.arranging = False
        if not same:
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)
        self._header.place_editors()

    def show_column(self, name: str) -> None:
        """Bring a column into view."""
        columns = self._model.preview.columns if self._model.preview is not None else ()
        for number, column in enumerate(columns):
            if column.name == name:
                hint = QAbstractItemView.ScrollHint.PositionAtCenter
                self.scrollTo(self._model.index(0, number), hint)

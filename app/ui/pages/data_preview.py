"""The preview of the data: a table under its distributions, pictures, a scatter, statistics."""

import numpy as np
import pyqtgraph
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.data_summary import DataSummary
from app.data.preview import ColumnView, Preview
from app.ui.controls import ComboBox, EmptyState, Label, Panel, SegmentedControl
from app.ui.controls.painting import box_painter, color, px
from app.ui.theme import current_theme
from app.ui.tokens import MARKERS, PLOT_SYMBOLS

HEADER_HEIGHT = 146

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


def class_color(index: int) -> QColor:
    """The colour of class `index`, as everywhere in the program."""
    series = current_theme().tokens.series
    return QColor(series[index % len(series)])


def number_text(value: float, whole: bool = False) -> str:
    """A number in a table: two decimals, fewer for large ones, two figures for tiny ones.

    `whole`: of a column that holds whole numbers only.
    """
    size = abs(value)
    if whole or size >= 1000:
        return f"{value:,.0f}"
    if size >= 0.01 or value == 0:
        return f"{value:.2f}"
    return f"{value:.1e}"


def range_text(value: float, whole: bool) -> str:
    """An end of a range, with less room: "11.0", "0.74", "1,680"."""
    return f"{value:.1f}" if 10 <= abs(value) < 1000 and not whole else number_text(value, whole)


def paint_marker(painter: QPainter, kind: str, rect: QRectF, tint: QColor) -> None:
    """One of the eight markers in a small box."""
    path = pyqtgraph.graphicsItems.ScatterPlotItem.Symbols[PLOT_SYMBOLS[kind]]
    painter.save()
    painter.translate(rect.center())
    painter.scale(rect.width(), rect.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(tint)
    painter.drawPath(path)
    painter.restore()


class TableModel(QAbstractTableModel):
    """The sample rows of a preview."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview: Preview | None = None

    def show(self, preview: Preview | None) -> None:
        self.beginResetModel()
        self.preview = preview
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
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell_text(column, value)
        if role == Qt.ItemDataRole.UserRole:
            return int(value) if column.classes and value >= 0 else None
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or self.preview is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(int(self.preview.rows[section]) + 1)
        return self.preview.columns[section].name


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
            painter.setPen(color("text"))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(rect.adjusted(0, 0, -px(12), 0), flags, text)
        else:
            side = px(8)
            marker = QRectF(rect.left() + px(12), rect.center().y() - side / 2, side, side)
            paint_marker(painter, MARKERS[number % len(MARKERS)], marker, class_color(number))
            painter.setPen(color("text"))
            painter.drawText(
                rect.adjusted(px(26), 0, -px(4), 0),
                Qt.AlignmentFlag.AlignVCenter,
                option.fontMetrics.elidedText(
                    text, Qt.TextElideMode.ElideRight, int(rect.width()) - px(30)
                ),
            )
        painter.fillRect(QRectF(rect.left(), rect.bottom(), rect.width(), 1), color("border"))
        painter.restore()


class DistributionHeader(QHeaderView):
    """Name, role, histogram and statistics of each column. Roles that can be changed have a list.

    Signals:
        role_chosen(str, str): column, role.
    """

    role_chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("data.columns")
        self.setAccessibleName("Columns")
        self._columns: tuple[ColumnView, ...] = ()
        self._editors: list[ComboBox] = []
        self.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.sectionResized.connect(self.place_editors)

    def show_columns(self, columns: tuple[ColumnView, ...], editable: bool) -> None:
        self._columns = columns
        for editor in self._editors:
            editor.hide()
            editor.deleteLater()
        self._editors = []
        if editable:
            for number, column in enumerate(columns):
                editor = ComboBox(
                    [("feature", "feature"), ("target", "target"), ("ignored", "ignored")],
                    small=True,
                    parent=self.viewport(),
                )
                editor.setObjectName(f"data.role.{number}")
                editor.setAccessibleName(f"Role of {column.name}")
                editor.set_current(column.role)
                editor.chosen.connect(
                    lambda role, n=column.name: self.role_chosen.emit(n, str(role))
                )
                editor.show()
                self._editors.append(editor)
        self.place_editors()
        self.viewport().update()

    def wanted_width(self, number: int) -> int:
        """How wide a column is to be for its statistics and its categories, within bounds."""
        column = self._columns[number]
        metrics = QFontMetrics(current_theme().font("caption"))
        texts = [*_statistics_lines(column), *column.classes[:20]]
        widest = max(metrics.horizontalAdvance(text) for text in texts) + px(18)
        return min(max(widest, px(104 if column.role == "target" else 92)), px(168))

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), px(HEADER_HEIGHT))

    def place_editors(self) -> None:
        """Put the lists of roles over their columns, wherever these are scrolled to."""
        for number, editor in enumerate(self._editors):
            left = self.sectionViewportPosition(number)
            editor.setGeometry(left + px(8), px(32), self.sectionSize(number) - px(16), px(25))

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        if logicalIndex >= len(self._columns):
            return
        column = self._columns[logicalIndex]
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
        name = painter.fontMetrics().elidedText(
            column.name, Qt.TextElideMode.ElideRight, inner.width()
        )
        painter.drawText(
            QRect(inner.left(), inner.top(), inner.width(), px(18)),
            Qt.AlignmentFlag.AlignVCenter,
            name,
        )
        painter.setFont(theme.font("caption"))
        if not self._editors:
            painter.setPen(color("accent" if target else "muted"))
            painter.drawText(
                QRect(inner.left(), rect.top() + px(34), inner.width(), px(20)),
                Qt.AlignmentFlag.AlignVCenter,
                column.role,
            )
        self._paint_bars(
            painter, QRectF(inner.left(), rect.top() + px(66), inner.width(), px(36)), column
        )
        painter.setPen(color("muted"))
        for line, text in enumerate(_statistics_lines(column)):
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
            gap = px(4) if column.classes else px(1)
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
    return column.classes[int(value)] if value >= 0 else "another"


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


class PictureGrid(QWidget):
    """Sample pictures with their class below."""

    SIDE, GAP, LABEL = 56, 12, 16

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.pictures")
        self.setAccessibleName("Sample pictures")
        self._images: list[QImage] = []
        self._labels: list[str] = []

    def show_pictures(self, pictures: np.ndarray, labels: list[str]) -> None:
        low, high = (float(pictures.min()), float(pictures.max())) if pictures.size else (0.0, 1.0)
        scaled = np.clip((pictures - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
        self._images = []
        for picture in scaled:
            height, width, channels = picture.shape
            if channels >= 3:
                packed = np.ascontiguousarray(picture[..., :3])
                image = QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            else:
                packed = np.ascontiguousarray(picture[..., 0])
                image = QImage(packed.data, width, height, width, QImage.Format.Format_Grayscale8)
            self._images.append(image.copy())
        self._labels = labels
        self.setAccessibleDescription(f"{len(labels)} pictures")
        self._resize()
        self.update()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._resize()

    def _columns(self) -> int:
        return max(1, (self.width() - px(32) + px(self.GAP)) // px(self.SIDE + self.GAP))

    def _resize(self) -> None:
        rows = -(-len(self._images) // self._columns())
        self.setMinimumHeight(rows * px(self.SIDE + self.LABEL + self.GAP) + px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = current_theme()
        columns = self._columns()
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.setFont(theme.font("caption"))
            for number, (image, label) in enumerate(zip(self._images, self._labels, strict=True)):
                x = px(16) + number % columns * px(self.SIDE + self.GAP)
                y = px(12) + number // columns * px(self.SIDE + self.LABEL + self.GAP)
                painter.fillRect(
                    QRectF(x - 1, y - 1, px(self.SIDE) + 2, px(self.SIDE) + 2), color("border")
                )
                painter.drawImage(QRectF(x, y, px(self.SIDE), px(self.SIDE)), image)
                painter.setPen(color("muted"))
                painter.drawText(
                    QRectF(x - px(4), y + px(self.SIDE), px(self.SIDE) + px(8), px(self.LABEL)),
                    Qt.AlignmentFlag.AlignCenter,
                    painter.fontMetrics().elidedText(
                        label, Qt.TextElideMode.ElideRight, px(self.SIDE) + px(8)
                    ),
                )


class ScatterView(QWidget):
    """Two columns against each other, coloured by class."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: Preview | None = None
        self._across, self._up = ComboBox([("0", "")]), ComboBox([("0", "")])
        for box, name in ((self._across, "across"), (self._up, "up")):
            box.setObjectName(f"data.scatter.{name}")
            box.setAccessibleName(f"Column drawn {name}")
            box.chosen.connect(lambda _value: self._draw())
        self._plot = pyqtgraph.PlotWidget(background=None)
        self._plot.setObjectName("data.scatter")
        self._plot.setAccessibleName("Scatter plot")
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        row = QHBoxLayout()
        row.setContentsMargins(px(16), px(8), px(16), 0)
        row.addWidget(Label("across", "body", "muted"))
        row.addWidget(self._across)
        row.addSpacing(px(12))
        row.addWidget(Label("up", "body", "muted"))
        row.addWidget(self._up)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(8))
        column.addLayout(row)
        column.addWidget(self._plot, 1)

    def show_preview(self, preview: Preview) -> None:
        self._preview = preview
        entries = [(str(n), c.name) for n, c in enumerate(preview.columns) if not c.classes]
        for box, wanted in ((self._across, 0), (self._up, min(1, len(entries) - 1))):
            before = box.current()
            box.set_options(entries)
            known = [value for value, _ in entries]
            box.set_current(before if before in known else known[wanted])
        if len(entries) > 1 and self._across.current() == self._up.current():
            self._up.set_current(entries[1][0])
        self._draw()

    def changeEvent(self, event) -> None:
        super().changeEvent(event)
        if event.type() == event.Type.PaletteChange and hasattr(self, "_plot"):
            self._draw()

    def _draw(self) -> None:
        preview, item = self._preview, self._plot.getPlotItem()
        item.clear()
        if preview is None or not preview.columns:
            return
        first, second = int(str(self._across.current())), int(str(self._up.current()))
        for side, number in (("bottom", first), ("left", second)):
            axis = item.getAxis(side)
            axis.setPen(color("control_border"))
            axis.setTextPen(color("muted"))
            axis.setLabel(preview.columns[number].name)
        classes = preview.columns[0].classes
        for number in range(max(len(classes), 1)):
            chosen = preview.labels == number if classes else np.ones(len(preview.rows), bool)
            item.addItem(
                pyqtgraph.ScatterPlotItem(
                    x=preview.cells[chosen, first],
                    y=preview.cells[chosen, second],
                    symbol=PLOT_SYMBOLS[MARKERS[number % len(MARKERS)]],
                    size=px(8),
                    brush=class_color(number),
                    pen=pyqtgraph.mkPen("w", width=1),
                )
            )


class DataPreview(Panel):
    """Table, pictures, scatter and statistics, one at a time.

    Signals:
        role_chosen(str, str): another role for a column of a file.
    """

    role_chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__("Preview", " ", line=True, padding=0)
        self.chooser = SegmentedControl(
            [("table", "Table"), ("scatter", "Scatter"), ("statistics", "Statistics")]
        )
        self.chooser.setObjectName("data.view")
        self.chooser.setAccessibleName("What of the data is shown")
        self.chooser.chosen.connect(self._choose)
        self.add_corner(self.chooser)
        self._preview: Preview | None = None
        self._model = TableModel(self)
        self._table = QTableView()
        self._table.setObjectName("data.table")
        self._table.setAccessibleName("Sample rows")
        self._table.setModel(self._model)
        self._header = DistributionHeader(self._table)
        self._header.role_chosen.connect(self.role_chosen)
        self._table.setHorizontalHeader(self._header)
        self._table.horizontalScrollBar().valueChanged.connect(self._header.place_editors)
        self._table.setItemDelegate(_Cells(self._table))
        self._table.setShowGrid(False)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._table.verticalHeader().setDefaultSectionSize(px(24))
        self._table.verticalHeader().setMinimumWidth(px(48))
        self._table.verticalHeader().setFont(current_theme().font("cell"))
        self._table.verticalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        self._pictures = PictureGrid()
        pictures = QScrollArea()
        pictures.setObjectName("data.pictures_scroll")
        pictures.setAccessibleName("Sample pictures")
        pictures.setWidgetResizable(True)
        pictures.setFrameShape(QScrollArea.Shape.NoFrame)
        pictures.setWidget(self._pictures)
        self._pictures_area = pictures
        self._scatter = ScatterView()
        self._statistics = StatisticsTable()
        self._empty = EmptyState("data", "Reading the data…")
        self._stack = QStackedWidget()
        self._stack.setObjectName("data.stack")
        for widget in (self._table, pictures, self._scatter, self._statistics, self._empty):
            self._stack.addWidget(widget)
        self.body.addWidget(self._stack, 1)
        self.body.setContentsMargins(1, 0, 1, px(8))

    def show_preview(self, preview: Preview, summary: DataSummary, editable: bool) -> None:
        self._preview = preview
        pictures = bool(len(preview.pictures))
        noun = "pictures" if pictures else "rows"
        size = " × ".join(map(str, summary.input_shape)) if pictures else ""
        columns = (
            f", {len(preview.columns) + preview.left_out} columns"
            if not pictures
            else f" of {size}"
        )
        shown = (
            f"; {len(preview.rows):,} shown at random"
            if len(preview.rows) < summary.samples
            else ""
        )
        hidden = f", first {len(preview.columns)} shown" if preview.left_out else ""
        if self.header is not None:
            self.header.set_subtitle(f"{summary.samples:,} {noun}{columns}{hidden}{shown}")
        self.chooser.segments[1].setVisible(not pictures)
        self.chooser.set_text("table", "Pictures" if pictures else "Table")
        self._model.show(preview)
        self._header.show_columns(preview.columns, editable)
        for number in range(len(preview.columns)):
            self._header.resizeSection(number, self._header.wanted_width(number))
        if pictures:
            names = summary.class_names
            labels = [names[int(v)] if names else number_text(float(v)) for v in preview.labels]
            if summary.reconstructs:
                labels = ["" for _ in labels]
            self._pictures.show_pictures(preview.pictures, labels)
        elif any(not column.classes for column in preview.columns):
            self._scatter.show_preview(preview)
        self._statistics.show_statistics(summary)
        if pictures and self.chooser.current() == "scatter":
            self.chooser.set_current("table")
        self._choose(self.chooser.current())

    def show_waiting(self, sentence: str) -> None:
        self._preview = None
        self._empty.sentence.setText(sentence)
        self._stack.setCurrentWidget(self._empty)
        if self.header is not None:
            self.header.set_subtitle("")

    def _choose(self, view: object) -> None:
        if self._preview is None:
            return
        first = self._pictures_area if len(self._preview.pictures) else self._table
        views = {"table": first, "scatter": self._scatter, "statistics": self._statistics}
        self._stack.setCurrentWidget(views[str(view)])


class StatisticsTable(QTableView):
    """Mean, deviation, minimum and maximum of each feature over the training part, before and
    after preprocessing.
    """

    TITLES = (
        "feature",
        "mean",
        "deviation",
        "min",
        "max",
        "mean after",
        "deviation after",
        "min after",
        "max after",
    )

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.statistics")
        self.setAccessibleName("Statistics of the training part before and after preprocessing")
        self._model = _StatisticsModel(self)
        self.setModel(self._model)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(px(24))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )

    def show_statistics(self, summary: DataSummary) -> None:
        self._model.show(summary)
        self.setColumnWidth(0, px(168))
        for column in range(1, len(self.TITLES)):
            self.setColumnWidth(column, px(104 if column > 4 else 86))  # "deviation after"


def _rounded(measures: tuple[float, float, float, float]) -> tuple[float, ...]:
    """A mean that is 0 but for rounding as 0."""
    mean, deviation, low, high = measures
    return (0.0 if abs(mean) < 1e-6 * deviation else mean, deviation, low, high)


class _StatisticsModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, ...]] = []

    def show(self, summary: DataSummary) -> None:
        self.beginResetModel()
        self._rows = [
            (s.name, *map(number_text, (*_rounded(s.before), *_rounded(s.after))))
            for s in summary.statistics
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(StatisticsTable.TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column():
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return StatisticsTable.TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section == 0:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

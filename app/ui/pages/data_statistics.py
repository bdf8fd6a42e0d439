"""The statistics of each column as a table."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from app.core.data_summary import DataSummary, FeatureStatistics
from app.data.preview import Preview
from app.ui.column_entries import ColumnEntry
from app.ui.controls.painting import px
from app.ui.pages.data_columns import LEFT_OUT
from app.ui.pages.data_numbers import number_text

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
NONE = "–"

Measures = tuple[float, float, float, float]
"""Mean, deviation, minimum, maximum."""
Row = tuple[str | float, ...]
"""What stands in a row: texts, and numbers that are put into words when they are seen."""


class StatisticsTable(QTableView):
    """Of each column what is missing and how many values are different, over all samples; mean,
    deviation, minimum and maximum of each feature over the training part, before and after
    preprocessing.
    """

    TITLES = (
        "column",
        "role",
        "missing",
        "distinct",
        "mean",
        "deviation",
        "min",
        "max",
        "mean after",
        "deviation after",
        "min after",
        "max after",
    )
    WIDTHS = (122, 64, 70, 68, 66, 76, 66, 66, 66, 76, 66, 66)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.statistics")
        self.setAccessibleName("Statistics of the training part before and after preprocessing")
        self._model = _StatisticsModel(self)
        self._wanted: Callable[[], Iterator[Row]] | None = None
        self.setModel(self._model)
        self.setShowGrid(False)
        self.setWordWrap(False)  # else only whole words are left out
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # long names often differ at their ends
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(px(24))
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.horizontalHeader().setDefaultAlignment(
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        )
        for column, width in enumerate(self.WIDTHS):
            self.setColumnWidth(column, px(width))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fill()

    def _fill(self) -> None:
        """Not before it is seen: there may be thousands of rows."""
        if self._wanted is not None:
            self._model.show(list(self._wanted()))
            self._wanted = None

    def show_statistics(
        self,
        summary: DataSummary,
        preview: Preview,
        entries: Mapping[str, ColumnEntry],
        distincts: Mapping[str, int],
    ) -> None:
        """Show the statistics of all columns; for pictures of all pixels together.

        Args:
            entries: of a table of the user's own its columns, by name.
            distincts: how many different values a column has, as far as they are counted.
        """
        self._wanted = partial(_rows, summary, preview, entries, distincts)
        if self.isVisible():
            self._fill()
        for number in (2, 3):
            self.setColumnHidden(number, summary.pictures)


def _rows(
    summary: DataSummary,
    preview: Preview,
    entries: Mapping[str, ColumnEntry],
    distincts: Mapping[str, int],
) -> Iterator[Row]:
    """Targets first, then the features as the network gets them, then what is not used."""

    def facts(name: str) -> tuple[str, str]:
        return _facts(name, entries, distincts)

    names = {column.name for column in preview.columns} | distincts.keys()
    for column in preview.columns:
        if column.role == "target" and column.classes:
            yield (column.name, "target", *facts(column.name), *(NONE,) * 8)
    if not summary.reconstructs:
        for item in summary.target_statistics:
            yield (item.name, "target", *facts(item.name), *_tidy(item.before), *(NONE,) * 4)
    for item in summary.statistics:
        source = item.name if item.name in names else item.name.partition(" = ")[0]
        yield (item.name, "feature", *facts(source), *_tidy(item.before), *_tidy(_after(item)))
    for entry in entries.values():
        if entry.left_out or entry.role in ("ignored", "weight", "time"):
            gaps = NONE if entry.gaps is None else f"{entry.gaps:,}"
            role = LEFT_OUT if entry.left_out else entry.role
            yield (entry.name, role, gaps, *(NONE,) * 9)


def _facts(
    name: str, entries: Mapping[str, ColumnEntry], distincts: Mapping[str, int]
) -> tuple[str, str]:
    """Missing and different values of a column. Sets that are built in lack nothing."""
    missing = entries[name].gaps if name in entries else 0
    distinct = distincts.get(name)
    return (
        NONE if missing is None else f"{missing:,}",
        NONE if distinct is None else f"{distinct:,}",
    )


def _after(item: FeatureStatistics) -> Measures:
    """What the network gets. It has less digits: where nothing was done but to leave some out, the
    numbers are the same.
    """
    slack = 1e-6 * item.before[1]
    pairs = zip(item.before, item.after, strict=True)
    same = all(math.isclose(a, b, rel_tol=1e-6, abs_tol=slack) for a, b in pairs)
    return item.before if same else item.after


def _tidy(measures: Measures) -> tuple[float, ...]:
    """A mean that is 0 but for rounding as 0."""
    mean, deviation, low, high = measures
    return (0.0 if abs(mean) < 1e-6 * deviation else mean, deviation, low, high)


class _StatisticsModel(QAbstractTableModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []

    def show(self, rows: list[Row]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(StatisticsTable.TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            value = self._rows[index.row()][index.column()]
            return value if isinstance(value, str) else number_text(value)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 1:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return StatisticsTable.TITLES[section].replace(" after", "\nafter")
        if role == Qt.ItemDataRole.TextAlignmentRole and section < 2:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

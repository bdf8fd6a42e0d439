"""The list of runs: sorted by a click on a column, filtered by words, kind and data."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.journal.entries import KINDS, Entry
from app.ui.controls import ComboBox, Label, LineEdit, Panel
from app.ui.controls.numbered_rows import Index
from app.ui.controls.painting import color, px
from app.ui.controls.sort_menu import SortKey, SortMenu
from app.ui.controls.table_rows import paint_row_ground
from app.ui.runs.run_words import KIND_WORDS
from app.ui.runs.runs_model import COLUMNS, ENTRY, PLACES, RunsModel
from app.ui.theme import current_theme

ROW_HEIGHT = 28
WIDTHS = {
    "number": 60,
    "name": 132,
    "kind": 64,
    "data": 84,
    "score": 108,
    "metric": 76,
    "epochs": 64,
    "seconds": 60,
    "ending": 80,
    "started": 136,
    "notes": 160,
}
"""At least."""
WIDEST = {"kind": 124, "data": 140, "metric": 140, "ending": 100}
"""These are as wide as what stands in them, up to so much."""
WHOLE_NAME = "whole name"
IMPORTANCE = (
    *("number", "name", "score", "ending", WHOLE_NAME, "data", "metric", "seconds", "kind"),
    *("started", "epochs", "notes"),
)
"""Which columns stay where there is no room for all; what is known of the chosen run says the
rest. From `WHOLE_NAME` on the names have the room that they need.
"""
MOST_NAME = 280
LEAST_NAME = 60
"""So much of a project's name is seen before what tells its runs apart is cut."""
_BAD = ("diverged", "failed", "interrupted")
_STRONG = ("name", "score")


class _Cells(QStyledItemDelegate):
    """Name and score strong; what went wrong in the colour of errors."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(ENTRY)
        if not isinstance(entry, Entry):
            return
        painter.save()
        box: QRect = option.rect
        paint_row_ground(painter, option, index)
        name = COLUMNS[index.column()].name
        strong = name in _STRONG
        font = current_theme().font("cell_strong" if strong else "cell")
        bad = name == "ending" and entry.ending in _BAD
        painter.setFont(font)
        painter.setPen(color("error" if bad else "text" if strong else "muted"))
        inner = QRectF(box).adjusted(px(8), 0, -px(8), -1)
        metrics = QFontMetricsF(font)
        if name == "name":
            text = title_in(entry, metrics, inner.width())
        else:
            dots = Qt.TextElideMode.ElideRight
            text = metrics.elidedText(str(index.data() or ""), dots, inner.width())
        painter.drawText(
            inner, Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole)), text
        )
        painter.restore()


def title_in(entry: Entry, metrics: QFontMetricsF, room: float) -> str:
    """The title in so many px. Its end tells runs of a project apart: the name gives way first,
    then what stands before the end.
    """
    if not entry.which or metrics.horizontalAdvance(entry.title) <= room:
        return metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, room)
    which = f", {entry.which}"
    left = room - metrics.horizontalAdvance(which)
    if left >= min(px(LEAST_NAME), metrics.horizontalAdvance(entry.name)):
        return metrics.elidedText(entry.name, Qt.TextElideMode.ElideRight, left) + which
    return metrics.elidedText(entry.which, Qt.TextElideMode.ElideLeft, room)


class _Table(QTableView):
    """Signals:
    delete_pressed(): the key Delete.
    resized(): there is more or less room.
    """

    delete_pressed = Signal()
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
            return
        super().keyPressEvent(event)


class RunsTable(Panel):
    """Passive.

    Signals:
        chosen(object): numbers of the runs whose rows are chosen, in the order of the table.
        opened(int): a row was pressed twice, or Enter.
        delete_pressed(): the key Delete.
    """

    chosen = Signal(object)
    opened = Signal(int)
    delete_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Runs", " ", parent, padding=1)
        self.model = RunsModel(self)
        self.filter = LineEdit(icon="search")
        self.filter.setObjectName("runs.filter")
        self.filter.setAccessibleName("Filter the runs")
        self.filter.setPlaceholderText("Filter by words")
        self.filter.setToolTip("Words in name, data, notes, settings of a trial: iris adam slow")
        self.filter.setClearButtonEnabled(False)
        self.kind = ComboBox([("", "From anywhere"), *((kind, KIND_WORDS[kind]) for kind in KINDS)])
        self.kind.setObjectName("runs.kind")
        self.kind.setAccessibleName("Where the runs come from")
        self.data_of = ComboBox([("", "On any data")])
        self.data_of.setObjectName("runs.data")
        self.data_of.setAccessibleName("The data of the runs")
        self._titles: tuple[str, ...] = ()
        self._kind, self._data = "", ""
        self._told: tuple[int, ...] = ()
        self._needs: dict[str, int] = {}
        self.filter.textChanged.connect(lambda _text: self._filtered())
        self.kind.chosen.connect(self._kind_chosen)
        self.data_of.chosen.connect(self._data_chosen)
        self.table = _Table()
        self._dress_table()
        self._nothing = Label("No run has all of that.", "body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setObjectName("runs.nothing")
        self._nothing.setMinimumHeight(px(40))
        self._nothing.hide()
        row = QHBoxLayout()
        row.setContentsMargins(px(15), 0, px(15), px(8))
        row.setSpacing(px(8))
        row.addWidget(self.filter, 2)
        row.addWidget(self.kind, 1)
        row.addWidget(self.data_of, 1)
        self.body.setSpacing(0)
        self.body.addLayout(row)
        self.body.addWidget(self._nothing)
        self.body.addWidget(self.table, 1)

    # ---- what is shown
    def show_runs(self, entries: Sequence[Entry]) -> None:
        """Show these runs; those that were chosen stay chosen."""
        titles = tuple(sorted({entry.data for entry in entries}))
        if titles != self._titles:
            self._titles = titles
            self.data_of.set_options([("", "On any data"), *((title, title) for title in titles)])
            if self._data not in titles:
                self._data = ""
            self.data_of.set_current(self._data)
        self.model.show(entries)
        self._measure()
        self._filtered()

    def show_counts(self, text: str) -> None:
        """How many there are, beside the title."""
        if self.header is not None:
            self.header.set_subtitle(text)

    def choose(self, number: int) -> None:
        """Choose one row, when it is there."""
        row = self.model.row_of(number)
        if row is not None:
            self.table.selectRow(row)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The runs whose rows are chosen, in the order of the table."""
        # By ranges: to be asked row by row takes seconds where all of 10,000 are chosen.
        ranges = self.table.selectionModel().selection()
        parts = [ranges.at(place) for place in range(ranges.count())]
        rows = {row for one in parts for row in range(one.top(), one.bottom() + 1)}
        return tuple(self.model.number_at(row) for row in sorted(rows))

    # ---- inside
    def _measure(self) -> None:
        """How wide the columns with few different texts have to be."""
        metrics = QFontMetricsF(current_theme().font("cell"))
        needs = {name: px(width) for name, width in WIDTHS.items()}
        for name, widest in WIDEST.items():
            text = COLUMNS[PLACES[name]].text
            texts = {text(entry) for entry in self.model.entries.values()}
            long = max(map(metrics.horizontalAdvance, texts), default=0.0)
            needs[name] = min(max(needs[name], round(long) + px(18)), px(widest))
        strong = QFontMetricsF(current_theme().font("cell_strong"))
        # One trial of each search: of 10,000 runs each title would take too long.
        ones = {(e.name, e.begun_at, e.part): e for e in self.model.entries.values()}
        long = max((strong.horizontalAdvance(one.title) for one in ones.values()), default=0.0)
        needs[WHOLE_NAME] = min(max(needs["name"], round(long) + px(24)), px(MOST_NAME))
        if needs != self._needs:
            self._needs = needs
            self._fit_columns()

    def _fit_columns(self) -> None:
        """As many columns as there is room for; names and notes take what is left."""
        needs = {name: px(width) for name, width in WIDTHS.items()}
        needs |= {WHOLE_NAME: needs["name"], **self._needs}
        left = self.table.viewport().width()
        shown: list[str] = []
        widths = dict(needs)
        for name in sorted(IMPORTANCE, key=lambda name: PLACES.get(name) != self.model.column):
            if name == WHOLE_NAME:
                grown = min(max(left, 0), needs[WHOLE_NAME] - needs["name"])
                widths["name"] += grown
                left -= grown
            elif needs[name] <= left or len(shown) <= 2:
                shown.append(name)
                left -= needs[name]
        rest = max(left, 0)
        more = min(rest, px(MOST_NAME) - widths["name"]) if "notes" in shown else rest
        widths["name"] += more
        widths["notes"] += rest - more
        for name, place in PLACES.items():
            self.table.setColumnHidden(place, name not in shown)
            self.table.setColumnWidth(place, widths[name])

    def _dress_table(self) -> None:
        table = self.table
        table.setObjectName("runs.table")
        table.setAccessibleName("Runs")
        table.setModel(self.model)
        table.setItemDelegate(_Cells(table))
        table.setStyleSheet("QTableView { background: transparent; }")  # that of the panel
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setMouseTracking(True)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(px(ROW_HEIGHT))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(px(24))
        header.setAccessibleName("Columns; press one to sort by it")
        header.sectionClicked.connect(self._sort)
        SortMenu(table, self._sort_keys, self._sort)
        table.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        table.activated.connect(lambda index: self.opened.emit(self.model.number_at(index.row())))
        table.resized.connect(self._fit_columns)
        table.delete_pressed.connect(self.delete_pressed)

    def _sort_keys(self) -> list[SortKey]:
        return [
            SortKey(place, column.title, place == self.model.column)
            for place, column in enumerate(COLUMNS)
        ]

    def _sort(self, column: int) -> None:
        again = column == self.model.column
        first = COLUMNS[column].right or COLUMNS[column].name == "started"
        self.model.sort_by(column, not self.model.descending if again else first)

    def _kind_chosen(self, kind: object) -> None:
        self._kind = str(kind)
        self._filtered()

    def _data_chosen(self, data: object) -> None:
        self._data = str(data)
        self._filtered()

    def _filtered(self) -> None:
        self.model.filter_by(self.filter.text(), self._kind, self._data)
        self._nothing.setVisible(bool(self.model.entries) and not self.model.order)
        self._tell()  # what is out of sight is not chosen any more, and no signal of Qt says so

    def _tell(self) -> None:
        numbers = self.numbers
        if numbers != self._told:
            self._told = numbers
            self.chosen.emit(numbers)

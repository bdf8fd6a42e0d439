"""The preview of the data: a table under its distributions, pictures, a scatter, statistics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.core.data_summary import DataSummary
from app.core.number_words import counted
from app.core.problems import Problem
from app.data.preview import Preview
from app.data.progress import LoadingProgress
from app.ui.column_entries import ColumnEntry, rows_read
from app.ui.controls import Button, EmptyState, Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.scrolling import scroll_area
from app.ui.pages.data_numbers import number_text
from app.ui.pages.data_pictures import PictureGrid
from app.ui.pages.data_scatter import ScatterView
from app.ui.pages.data_statistics import StatisticsTable
from app.ui.pages.data_table import SampleTable
from app.ui.pages.data_waiting import ProblemView, ReadingStrip


@dataclass(frozen=True)
class PreviewView:
    """One more way to look at the data.

    Attributes:
        name: of the segment that chooses it: `data.view.NAME`.
        label: on the segment.
        widget: shown for it.
        show: hands the data to the widget.
        fits: whether these data can be looked at so; the segment is hidden otherwise.
    """

    name: str
    label: str
    widget: QWidget
    show: Callable[[Preview, DataSummary], None]
    fits: Callable[[Preview, DataSummary], bool] = lambda preview, summary: True


class DataPreview(Panel):
    """One view at a time: table or pictures, scatter, statistics, and those of `more`.

    Signals:
        role_chosen(str, str): another role for a column of a file.
        menu_requested(str, QPoint): the menu of a column is wanted at this place of the screen.
        list_requested(): the list of all columns is wanted.
        cancelled(), again_requested(), source_requested(), fix_chosen(int): as of `ReadingStrip`,
            `ProblemView`.
    """

    role_chosen = Signal(str, str)
    menu_requested = Signal(str, QPoint)
    list_requested = Signal()
    cancelled = Signal()
    again_requested = Signal()
    source_requested = Signal()
    fix_chosen = Signal(int)

    def __init__(self, more: Sequence[PreviewView] = ()) -> None:
        super().__init__("Preview", " ", line=True, padding=0)
        self._preview: Preview | None = None
        self._table = SampleTable()
        self._table.role_chosen.connect(self.role_chosen)
        self._table.menu_requested.connect(self.menu_requested)
        self._entries: Mapping[str, ColumnEntry] = {}
        self._distincts: Mapping[str, int] = {}
        self._summary: DataSummary | None = None
        self._pictures = PictureGrid()
        self._pictures_area = scroll_area(
            self._pictures, "data.pictures_scroll", "Sample pictures", by_key=True, sideways=True
        )
        self._scatter, self._statistics = ScatterView(), StatisticsTable()
        self._of_what = Label("", "caption", "muted", wrap=True)
        self._of_what.setObjectName("data.statistics_of")
        self._views = (
            PreviewView("table", "Table", self._table, self._show_table, _is_table),
            PreviewView(
                "pictures", "Pictures", self._pictures_area, self._show_pictures, _is_pictures
            ),
            PreviewView("scatter", "Scatter", self._scatter, self._show_scatter, _has_numbers),
            PreviewView(
                "statistics",
                "Statistics",
                _under(self._of_what, self._statistics),
                self._show_statistics,
            ),
            *more,
        )
        self._columns = Button("Columns…", "grid", kind="flat", small=True)
        self._columns.setObjectName("data.columns_list")
        self._columns.setToolTip("All columns in a list: roles, types and gaps of many at once")
        self._columns.clicked.connect(self.list_requested)
        self._columns.hide()
        self.add_corner(self._columns)
        self.chooser = SegmentedControl([(view.name, view.label) for view in self._views])
        self.chooser.setObjectName("data.view")
        self.chooser.setAccessibleName("What of the data is shown")
        self.chooser.chosen.connect(self._choose)
        self.add_corner(self.chooser)
        self._strip = ReadingStrip()
        self._strip.cancelled.connect(self.cancelled)
        self._strip.hide()
        self._trouble = ProblemView()
        self._trouble.again_requested.connect(self.again_requested)
        self._trouble.source_requested.connect(self.source_requested)
        self._trouble.fix_chosen.connect(self.fix_chosen)
        self._empty = EmptyState("data", "Reading the data…")
        self._stack = QStackedWidget()
        self._stack.setObjectName("data.stack")
        for widget in (*(view.widget for view in self._views), self._trouble, self._empty):
            self._stack.addWidget(widget)
        self.body.setSpacing(0)
        self.body.addWidget(self._strip)
        self.body.addWidget(self._stack, 1)
        self.body.setContentsMargins(1, 0, 1, px(8))
        self._fitting: tuple[PreviewView, ...] = self._views[:1]
        self._stale: set[str] = set()

    @property
    def empty(self) -> bool:
        """Whether no data are on show."""
        return self._preview is None

    # ---- shown
    def show_preview(
        self, preview: Preview, summary: DataSummary, entries: Mapping[str, ColumnEntry]
    ) -> None:
        """Show the data; the columns among `entries`, by name, can be changed."""
        self._preview, self._entries, self._summary = preview, entries, summary
        self._distincts = {}
        if self.header is not None:
            self.header.set_subtitle(_size_text(preview, summary, entries))
        self._columns.setVisible(bool(entries))
        self.chooser.setEnabled(True)
        self._fitting = tuple(view for view in self._views if view.fits(preview, summary))
        names = [view.name for view in self._fitting]
        for segment in self.chooser.segments:
            segment.setVisible(segment.value in names)
        self._stale = {view.name for view in self._fitting}
        if self.chooser.current() not in names:
            self.chooser.set_current(names[0])
        self._choose(self.chooser.current())

    def show_distincts(self, distincts: Mapping[str, int]) -> None:
        """How many different values each column of the data on show has."""
        self._distincts = distincts
        self._stale.add("statistics")
        if self._preview is not None:
            self._choose(self.chooser.current())

    def show_waiting(self, sentence: str) -> None:
        """There is nothing to show yet."""
        self._preview = None
        self._offer_nothing()
        self._empty.sentence.setText(sentence)
        self._stack.setCurrentWidget(self._empty)
        self._columns.hide()
        if self.header is not None:
            self.header.set_subtitle("")

    def show_alone(self, name: str) -> None:
        """Show a view that needs no data, and none beside it."""
        (view,) = (view for view in self._views if view.name == name)
        self._preview = None
        self._fitting = (view,)
        for segment in self.chooser.segments:
            segment.setVisible(segment.value == name)
        self.chooser.set_current(name)
        self._columns.hide()
        self._stack.setCurrentWidget(view.widget)
        if self.header is not None:
            self.header.set_subtitle("")

    def show_problem(self, problem: Problem, correctable: bool) -> None:
        """Why there is nothing to show."""
        self._preview = None
        self._offer_nothing()
        self._columns.hide()
        self._trouble.show_problem(problem, correctable)
        self._stack.setCurrentWidget(self._trouble)
        if self.header is not None:
            self.header.set_subtitle("")

    def _offer_nothing(self) -> None:
        """There are no data that could be looked at in one way or another."""
        self.chooser.setEnabled(False)
        self._fitting = self._views[:1]
        for segment in self.chooser.segments:
            segment.hide()

    def show_reading(self, subject: str, progress: LoadingProgress | None) -> None:
        """Tell how far the reading is, above what is shown."""
        self._strip.show_progress(subject, progress)
        self._strip.show()

    def hide_reading(self) -> None:
        """Nothing is being read any more."""
        self._strip.hide()

    def choose_view(self, name: str) -> None:
        """Bring a view to the front, where these data have it."""
        if any(view.name == name for view in self._fitting):
            self.chooser.set_current(name)
            self._choose(name)

    def show_column(self, name: str) -> None:
        """A column of the table, where these data are one."""
        self.choose_view("table")
        self._table.show_column(name)

    def show_scatter_of(self, across: str, up: str) -> None:
        """The scatter of two columns, by name."""
        self.choose_view("scatter")
        self._scatter.choose(across, up)

    # ---- parts
    def _show_table(self, preview: Preview, _summary: DataSummary) -> None:
        self._table.show_preview(preview, self._entries)

    def _show_pictures(self, preview: Preview, summary: DataSummary) -> None:
        names = summary.class_names
        labels = [names[int(v)] if names else number_text(float(v)) for v in preview.labels]
        if summary.reconstructs:
            labels = ["" for _ in labels]
        self._pictures.show_pictures(preview.pictures, labels)

    def _show_scatter(self, preview: Preview, _summary: DataSummary) -> None:
        self._scatter.show_preview(preview)

    def _show_statistics(self, preview: Preview, summary: DataSummary) -> None:
        self._statistics.show_statistics(summary, preview, self._entries, self._distincts)
        self._of_what.setText(_statistics_words(summary, rows_read(self._entries.values())))

    def _choose(self, name: object) -> None:
        """Bring a view to the front; it is handed the data when it is first seen with them."""
        if self._preview is None or self._summary is None:
            return
        view = next((view for view in self._fitting if view.name == name), self._fitting[0])
        if view.name in self._stale:
            self._stale.remove(view.name)
            view.show(self._preview, self._summary)
        self._stack.setCurrentWidget(view.widget)


def _under(caption: Label, table: StatisticsTable) -> QWidget:
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, px(8), 0, 0)
    column.setSpacing(px(8))
    beside = QHBoxLayout()
    beside.setContentsMargins(px(16), 0, px(16), 0)
    beside.addWidget(caption)
    column.addLayout(beside)
    column.addWidget(table, 1)
    return both


def _statistics_words(summary: DataSummary, read: int) -> str:
    """What the figures are of; `read`: rows of a table of the user's own."""
    noun = "picture" if summary.pictures else "row"
    measures = "mean, deviation, minimum and maximum"
    trained = f"the {counted(summary.counts[0], noun)} that train, before and after preprocessing."
    if summary.pictures:
        return f"{measures.capitalize()} are of {trained}"
    used = f"Missing and distinct are of all {counted(summary.samples, noun)}"
    if read > summary.samples:
        used = f"Missing is of all {read:,} rows read, distinct of the {summary.samples:,} used"
    return f"{used}; {measures} of {trained}"


def _is_pictures(_preview: Preview, summary: DataSummary) -> bool:
    return summary.pictures


def _is_table(_preview: Preview, summary: DataSummary) -> bool:
    return not summary.pictures


def _has_numbers(preview: Preview, summary: DataSummary) -> bool:
    return not summary.pictures and any(_is_drawn(column) for column in preview.columns)


def _is_drawn(column: object) -> bool:
    return not getattr(column, "classes", ()) and bool(getattr(column, "counts", ()))


def _size_text(preview: Preview, summary: DataSummary, entries: Mapping[str, ColumnEntry]) -> str:
    """How many there are of what, what is missing, and how many of them are shown."""
    if summary.pictures:
        size = " × ".join(map(str, summary.input_shape))
        text = f"{summary.samples:,} pictures of {size}" + ", on disk" * summary.streamed
    elif len(summary.input_shape) == 2:
        steps, features = summary.input_shape
        text = f"{summary.samples:,} sequences of {counted(steps, 'step')} with "
        text += counted(features, "feature")
    else:
        columns = len(preview.columns) + preview.left_out
        read = max(rows_read(entries.values()), summary.samples)
        text = f"{read:,} rows, "
        if read > summary.samples:
            text += f"{read - summary.samples:,} left out, "
        shown = f"{len(preview.columns)} of {columns:,} columns"
        text += shown if preview.left_out else counted(columns, "column")
        if entries:
            gaps = sum(entry.gaps or 0 for entry in entries.values())
            text += f", {counted(gaps, 'cell')} missing" if gaps else ", nothing missing"
    if len(preview.rows) < summary.samples:
        text += f"; {len(preview.rows):,} at random"
    return text

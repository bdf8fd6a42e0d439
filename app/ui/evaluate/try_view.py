"""Try it: a drawing, a typed row, or a file; and what the network says of it."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTableView, QVBoxLayout, QWidget

from app.data.prepared import PreparedData
from app.ui.controls import Button, EmptyState, Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.inside.drawn_sample import DrawnSampleView, value_range
from app.ui.inside.row_values import columns_of
from app.ui.inside.typed_sample import MOST_COLUMNS, TypedSampleView
from app.ui.plots.named_bars import Bar, NamedBars
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.plot_table import PlotTable, PlotTableModel
from app.ui.plots.sample_picture import SamplePicture

DRAW = "Draw on the sheet: the network answers while you draw."
DROP = "Drop a file here, or choose one."
KINDS = "A table (CSV, TSV, Excel, Parquet) or an array (.npy)"
OF_PICTURES = f"A picture, a folder of pictures, {KINDS[0].lower()}{KINDS[1:]}"
FILLED = "Filled in at first: sample 1 of the training part. Type other values over it."
DRAWN_WIDE, TYPED_WIDE, NAMES = 340, 440, 210
"""Width of the panel of the sample, for pictures and for rows, and of the names of columns there at
most.
"""
MOST_LINES = 1000
"""So many predictions are shown; all are saved."""


class TryView(QWidget):
    """Passive about everything but which way a sample is given.

    Signals:
        changed(): another drawing, row or way.
        file_wanted(), folder_wanted(): a file, or a folder, is to be chosen.
        save_wanted(): the predictions for the file are to be saved.
    """

    changed = Signal()
    file_wanted = Signal()
    folder_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: PreparedData | None = None
        self.mode = SegmentedControl(
            [("draw", "Draw"), ("type", "Type"), ("file", "File")], small=True
        )
        self.mode.setObjectName("evaluate.try.mode")
        self.mode.setAccessibleName("Where the sample comes from")
        self.mode.chosen.connect(lambda _mode: self._show_mode(tell=True))
        self.drawing = DrawnSampleView("evaluate.try")
        self.drawing.chosen.connect(self.changed)
        self.drawing.upon.hide()
        self.typing = TypedSampleView("evaluate.try", names_width=NAMES)
        self.typing.chosen.connect(self.changed)
        self.typing.upon.hide()
        self.drop = EmptyState("open", DROP, "Choose file…", hint=KINDS, dashed=True)
        self.drop.setObjectName("evaluate.try.file")
        self.drop.triggered.connect(self.file_wanted)
        self.folder = Button("Choose folder of pictures…", kind="link", small=True)
        self.folder.setObjectName("evaluate.try.folder")
        self.folder.clicked.connect(self.folder_wanted)
        of_file = QWidget()
        column = QVBoxLayout(of_file)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.drop, 1)
        column.addWidget(self.folder)
        self._inputs = QStackedWidget()
        of_row = QWidget()
        column = QVBoxLayout(of_row)
        column.setContentsMargins(0, 0, 0, 0)
        filled = Label(FILLED, "caption", "muted", wrap=True)
        filled.setObjectName("evaluate.try.filled")
        column.addWidget(filled)
        column.addWidget(self.typing, 1)
        self._pages = {"draw": self.drawing, "type": of_row, "file": of_file}
        for page in self._pages.values():
            self._inputs.addWidget(page)
        giving = Panel("Sample")
        giving.setObjectName("evaluate.try.sample")
        giving.setFixedWidth(px(DRAWN_WIDE))
        self._giving = giving
        giving.add_corner(self.mode)
        giving.body.addWidget(self._inputs, 1)
        # ---- what the network says
        self.answer = Label("", "subject", wrap=True)
        self.answer.setObjectName("evaluate.try.answer")
        self.notes = Label("", "caption", "muted", wrap=True)
        self.notes.setObjectName("evaluate.try.notes")
        self.picture = SamplePicture("evaluate.try.picture", 160)
        self.picture.setAccessibleName("The picture as the network gets it")
        self.picture.setFixedHeight(px(160))
        self.bars = NamedBars("evaluate.try.bars", "What the network says")
        self.table = QTableView()
        self.table.setObjectName("evaluate.try.table")
        self.table.setAccessibleName("Predictions")
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(px(24))
        self.save = Button("Save as CSV…", small=True)
        self.save.setObjectName("evaluate.try.save")
        self.save.clicked.connect(self.save_wanted)
        self.answer_panel = PlotPanel("The network says", " ", self.bars)
        self.answer_panel.add_corner(self.save)
        for place, widget in enumerate((self.answer, self.notes, self.picture)):
            self.answer_panel.body.insertWidget(place, widget)
        self.answer_panel.body.addWidget(self.table, 1)
        self._space = QWidget()  # what is said stands above, where nothing else is shown
        self.answer_panel.body.addWidget(self._space, 1)
        self._table_model: PlotTableModel | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(16))
        row.addWidget(giving)
        row.addWidget(self.answer_panel, 1)
        self.show_words("")

    # ---- what there is to give
    def show_data(self, data: PreparedData) -> None:
        """Give samples as these; the same data again change nothing."""
        if data is self._data:
            return
        before, self._data = self._data, data
        if before is not None and before.fingerprint == data.fingerprint:
            return
        shape = data.preprocessing.input_shape
        typable = len(shape) == 1 and len(columns_of(data)) <= MOST_COLUMNS
        offered = {"draw": len(shape) == 3, "type": typable, "file": True}
        for segment in self.mode.segments:
            segment.setVisible(offered[str(segment.value)])
        if offered["draw"]:
            self.drawing.show_data(data)
            digits = tuple(data.summary.class_names or ()) == tuple("0123456789")
            self.drawing.pad.hint = f"Draw a {'digit' if digits else 'picture'} here."
        self._giving.setFixedWidth(px(TYPED_WIDE if offered["type"] else DRAWN_WIDE))
        if offered["type"]:
            self.typing.show_data(data)
            self.typing.fill(np.asarray(data.raw[data.training.rows[:1]][0]))
        self.folder.setVisible(len(shape) == 3)
        self.drop.hint.setText(OF_PICTURES if len(shape) == 3 else KINDS)
        self.mode.set_current(next(name for name, there in offered.items() if there))
        self.show_words("")
        self._show_mode(tell=False)

    def _show_mode(self, *, tell: bool) -> None:
        self._inputs.setCurrentWidget(self._pages[str(self.mode.current())])
        if tell:
            self.changed.emit()

    def choose_mode(self, mode: str) -> None:
        self.mode.set_current(mode)
        self._show_mode(tell=False)

    def sample(self) -> np.ndarray | None:
        """What was drawn or typed, raw in the shape of a sample; None when there is nothing, or
        something is no number (`missing`).
        """
        if self._data is None or self.missing():
            return None
        made: np.ndarray | None = None
        if self.mode.current() == "draw" and not self.drawing.pad.empty:
            made = self.drawing.pad.picture()
        elif self.mode.current() == "type":
            made = self.typing.features()
        if made is not None:
            made.setflags(write=False)
        return made

    def missing(self) -> str:
        """What is to be done before there is a sample; "" where it can be seen."""
        if self._data is None:
            return ""
        if self.mode.current() == "draw" and self.drawing.pad.empty:
            return DRAW
        return self.typing.problem() if self.mode.current() == "type" else ""

    # ---- what is shown
    def show_words(self, text: str, notes: str = "") -> None:
        """A sentence in place of an answer."""
        self._show(text, notes, bars=False, table=False)

    def show_answer(
        self, text: str, bars: Sequence[Bar], chosen: int, *, shares: bool, notes: str = ""
    ) -> None:
        """The answer to one sample; `chosen` is the bar of the class decided for, or -1."""
        self._show(text, notes, bars=True, table=False)
        self.bars.show_bars(
            "What the network says",
            "probability" if shares else "value",
            tuple(bars),
            current=chosen,
            reach=1.0 if shares else None,
            signed=not shares,
            shares=shares,
        )

    def show_picture(self, raw: np.ndarray | None) -> None:
        """The one picture of a file, as the network gets it."""
        self.picture.setVisible(raw is not None)
        if raw is not None and self._data is not None:
            self.picture.show_picture(raw, *value_range(self._data))

    def show_table(self, text: str, lines: Sequence[Sequence[object]], notes: str) -> None:
        """The answers to many samples; the first of `lines` names the columns."""
        self._show(text, notes, bars=False, table=True)
        head, rows = lines[0], lines[1 : MOST_LINES + 1]
        shown = PlotTable(text, tuple(map(str, head)), tuple(map(tuple, rows)))
        model = PlotTableModel(shown)
        model.setParent(self.table)
        self.table.setModel(model)
        if self._table_model is not None:
            self._table_model.deleteLater()
        self._table_model = model
        self.table.resizeColumnsToContents()

    def _show(self, text: str, notes: str, *, bars: bool, table: bool) -> None:
        self.answer.setText(text)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self.picture.hide()
        self.bars.setVisible(bars)
        self.answer_panel.more_button.setVisible(bars)
        self.table.setVisible(table)
        self._space.setVisible(not bars and not table)
        self.save.setVisible(table)

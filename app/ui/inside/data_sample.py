"""Choosing a sample of the data: by number, class or chance, or one that was answered wrongly."""

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.number_words import counted
from app.core.short_names import shortened
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics.chosen_sample import OFFERED
from app.ui.controls import CheckBox, ComboBox, IconButton, IntegerField, Label, SegmentedControl
from app.ui.controls.painting import px

if TYPE_CHECKING:
    from app.diagnostics.probes import Predictions

ANY = -1
"""Among the classes to choose from: all of them."""


class DataSampleView(QWidget):
    """Passive about everything but which sample is chosen; `name` begins the object names.

    Signals:
        chosen(): another sample was chosen by hand.
    """

    chosen = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: PreparedData | None = None
        self._wrong: dict[str, np.ndarray] = {}
        self._looked_at: dict[str, np.ndarray] = {}
        self._random = random.Random()
        self._order = np.zeros(0, np.int64)
        self.part, self.row = "", 0
        self.parts = SegmentedControl(
            [("validation", "Validation"), ("training", "Training")], small=True
        )
        self.parts.setObjectName(f"{name}.part")
        self.parts.setAccessibleName("Part of the data")
        self.parts.chosen.connect(self._part_chosen)
        self.classes = ComboBox(small=True)
        self.classes.setObjectName(f"{name}.class")
        self.classes.setAccessibleName("Samples of this class only")
        self.classes.chosen.connect(lambda _value: self._filtered())
        self.number = IntegerField(1, minimum=1, parse=self._parse_number)
        self.number.setObjectName(f"{name}.number")
        self.number.setAccessibleName("Number of the sample within its part")
        self.number.value_edited.connect(lambda value: self._choose(int(str(value)) - 1))
        self.of = Label("", "caption", "muted", wrap=True)
        self.previous = IconButton("chevron-left", "Previous sample", icon_size=16)
        self.next = IconButton("chevron-right", "Next sample", icon_size=16)
        self.random = IconButton("seed", "A sample at random", icon_size=16)
        for button, what, act in (
            (self.previous, "previous", lambda: self.step(-1)),
            (self.next, "next", lambda: self.step(1)),
            (self.random, "random", self._any),
        ):
            button.setObjectName(f"{name}.{what}")
            button.clicked.connect(lambda _checked=False, do=act: do())
        self.wrong_first = CheckBox("Wrong answers first")
        self.wrong_first.setObjectName(f"{name}.wrong_first")
        self.wrong_first.chosen.connect(lambda _on: self._filtered())
        self.wrong_first.hide()
        steps = QHBoxLayout()
        steps.setSpacing(px(2))
        steps.addWidget(self.previous)
        steps.addWidget(self.number, 1)
        steps.addWidget(self.next)
        steps.addSpacing(px(4))
        steps.addWidget(self.random)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(8))
        column.addWidget(self.parts)
        column.addLayout(steps)
        column.addWidget(self.of)
        column.addWidget(self.classes)
        column.addWidget(self.wrong_first)

    # ---- what there is to choose from
    def show_data(self, data: PreparedData | None) -> None:
        """Choose among the samples of `data`; the place stays where the new data have it too."""
        self._data = data
        self._wrong = {}
        self.wrong_first.hide()
        self.wrong_first.setChecked(False)
        if data is None:
            self.part, self.row, self._order = "", 0, np.zeros(0, np.int64)
            return
        names = list(enumerate(data.summary.class_names))
        self.classes.set_options([(ANY, "All classes"), *names])
        self.classes.set_current(ANY)
        self.classes.setVisible(len(names) > 1)
        full = [name for name in OFFERED if len(data.part(name))]
        for segment in self.parts.segments:
            segment.setEnabled(segment.value in full)
        if self.part not in full:
            self.part, self.row = (full or [""])[0], 0
        self.parts.set_current(self.part)
        self._sort()
        self.row = min(self.row, max(0, self._count() - 1))
        self._show()

    def show_predictions(self, predictions: "Predictions | None") -> None:
        """What the network says of samples of one part: lets wrong answers come first.
        None: what it said of any part is not true any more.
        """
        data = self._data
        if predictions is None:
            self._wrong = {}
            self._sort()
            self._show()
        if data is None or predictions is None or predictions.verdicts.classes is None:
            return
        wrong = np.zeros(len(data.part(predictions.part)), bool)
        looked_at = np.zeros(len(wrong), bool)
        looked_at[predictions.rows] = True
        truth = data.part(predictions.part).y[predictions.rows]
        wrong[predictions.rows] = predictions.verdicts.classes != truth.reshape(-1)
        self._wrong[predictions.part], self._looked_at[predictions.part] = wrong, looked_at
        self._sort()
        self._show()

    def _count(self) -> int:
        return len(self._data.part(self.part)) if self._data is not None and self.part else 0

    def _sort(self) -> None:
        """The places in the part, in the order of "previous" and "next"."""
        order = np.arange(self._count())
        wanted = self.classes.current()
        data = self._data
        if data is not None and self.part and isinstance(wanted, int) and wanted != ANY:
            order = order[data.part(self.part).y.reshape(-1) == wanted]
        wrong = self._wrong.get(self.part)
        if wrong is not None and self.wrong_first.isChecked():
            order = order[np.argsort(~wrong[order], kind="stable")]
        self._order = order

    # ---- what is chosen
    def raw(self) -> np.ndarray | None:
        """The chosen sample before preprocessing; None without one, or when it cannot be read."""
        data = self._data
        if data is None or not self._count():
            return None
        rows = data.part(self.part).rows[self.row : self.row + 1]
        try:
            return np.asarray(data.raw[rows][0])
        except DataError:
            return None

    def truth(self) -> str:
        """What is right for the chosen sample, in words."""
        data = self._data
        if data is None or not self._count():
            return ""
        target = data.part(self.part).y[self.row]
        names = data.summary.class_names
        if names:
            return f"true class: {names[int(target)]}"
        if data.summary.reconstructs:
            return "to be put out: itself"
        return f"true value: {_numbers(target.reshape(-1))}"

    def step(self, by: int) -> None:
        """Choose the next or the previous in the order, around its ends."""
        if len(self._order) == 0:
            return
        places = np.flatnonzero(self._order == self.row)
        if len(places):
            at = (int(places[0]) + by) % len(self._order)
        else:
            at = 0 if by > 0 else -1
        self._choose(int(self._order[at]))

    def show_place(self, part: str, row: int) -> None:
        """Choose the sample at `row` of `part`, if there is one; without a signal."""
        if self._data is None or part not in OFFERED or (part, row) == (self.part, self.row):
            return
        if 0 <= row < len(self._data.part(part)):
            self.part, self.row = part, row
            self.parts.set_current(part)
            self._sort()
            self._show()

    def _any(self) -> None:
        others = self._order[self._order != self.row]
        if len(others):
            self._choose(int(others[self._random.randrange(len(others))]))

    def _choose(self, row: int) -> None:
        if row != self.row and 0 <= row < self._count():
            self.row = row
            self._show()
            self.chosen.emit()

    def _part_chosen(self, part: object) -> None:
        self.part, self.row = str(part), 0
        self._sort()
        if len(self._order):
            self.row = int(self._order[0])
        self._show()
        self.chosen.emit()

    def _filtered(self) -> None:
        """Class or order is another one: on with the first."""
        self._sort()
        self._show()
        if len(self._order):
            self._choose(int(self._order[0]))

    def _parse_number(self, text: str) -> int:
        count = self._count()
        digits = text.strip().replace(",", "")
        if not digits.isascii() or not digits.isdigit() or not 1 <= int(digits[:12]) <= count:
            raise ValueError(f"A whole number from 1 to {count:,} is needed.")
        return int(digits)

    def _show(self) -> None:
        count = self._count()
        self.number.set_value(self.row + 1)
        self.setEnabled(count > 0)
        text = f"of {counted(count, 'sample')}"
        if len(self._order) != count:
            name = self.classes.currentText()
            text += f", {len(self._order):,} of class {shortened(name, 24)}"
        wrong = self._wrong.get(self.part)
        self.wrong_first.setVisible(wrong is not None)
        if wrong is not None:
            seen = int(self._looked_at[self.part][self._order].sum())
            some = f" of {seen:,} looked at" if seen < len(self._order) else ""
            text += f"; {int(wrong[self._order].sum()):,}{some} answered wrongly"
        self.of.setText(text)
        for button in (self.previous, self.next, self.random):
            button.setEnabled(len(self._order) > 0)


def _numbers(values: Sequence[float] | np.ndarray, most: int = 4) -> str:
    texts = [f"{float(value):.4g}".replace("-", "−") for value in values[:most]]
    return ", ".join(texts) + (", …" if len(values) > most else "")

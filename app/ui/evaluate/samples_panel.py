"""The samples behind the figures: the worst first, or those of one cell of the matrix."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.core.number_words import counted
from app.data.errors import DataError
from app.data.prepared import PreparedData
from app.diagnostics.evaluation.judgement import Judgement, scores_of
from app.ui.controls import Button, Label, Panel
from app.ui.controls.painting import px
from app.ui.evaluate.sample_list import Said, SampleList
from app.ui.inside.drawn_sample import value_range
from app.ui.inside.row_values import cell_texts, cells_of, columns_of
from app.ui.pages.data_numbers import short_name
from app.ui.plots.axis import figures_text
from app.ui.plots.pixel_images import pixel_images
from app.ui.plots.sample_picture import SampleValues

WIDTH = 356
LETTERS = 40
"""Of a name in a sentence, at most."""


class SamplesPanel(Panel):
    """Passive about everything but which sample of the list is looked at.

    Signals:
        all_wanted(): the samples of all cells are to be shown again.
        chosen(place): this sample is looked at, by its place in the part.
    """

    all_wanted = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Worst first", " ", parent)
        self.setObjectName("evaluate.samples")
        self.setMinimumWidth(px(228))
        self.setMaximumWidth(px(WIDTH + 120))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._data: PreparedData | None = None
        self._found: Judgement | None = None
        self._range = (0.0, 1.0)
        self.all_button = Button("All samples", kind="link", small=True)
        self.all_button.setObjectName("evaluate.samples.all")
        self.all_button.clicked.connect(self.all_wanted)
        self.add_corner(self.all_button)
        self.list = SampleList("evaluate.samples.list")
        self.list.chosen.connect(self._chosen)
        self.which = Label("", "body", wrap=True)
        self.which.setObjectName("evaluate.samples.which")
        self.which.hide()
        self.detail = Label("", "body", wrap=True)
        self.detail.setObjectName("evaluate.samples.detail")
        self.values = SampleValues("evaluate.samples.values")
        self.values.setAccessibleName("Values of the sample")
        self.body.addWidget(self.which)
        self.body.addWidget(self.list, 3)
        self.body.addWidget(self.detail)
        self.body.addWidget(self.values, 2)

    def show_samples(
        self,
        data: PreparedData,
        found: Judgement,
        places: np.ndarray,
        title: str,
        *,
        some: bool,
    ) -> None:
        """Show those at `places`, in this order.

        Args:
            title: which they are.
            some: whether others can be shown too; then `title` stands below their number, where it
                has room.
        """
        assert self.header is not None
        if data is not self._data:
            shape = data.preprocessing.input_shape
            self._range = value_range(data) if 1 < len(shape) <= 3 else (0.0, 1.0)
        self._data, self._found = data, found
        number = counted(len(places), "sample")
        self.header.set_title(number if some else title)
        self.header.set_subtitle("" if some else number)
        self.which.setText(title)
        self.which.setVisible(some)
        self.all_button.setVisible(some)
        pictures = 1 < len(data.preprocessing.input_shape) <= 3
        self.values.setVisible(len(data.preprocessing.input_shape) == 1)
        self.list.show_samples(places, self._words, self._picture if pictures else None)
        if len(places):
            self._detail(int(places[0]))
        else:
            self.detail.setText("There is no such sample.")
            self.values.show_values([])

    def _chosen(self, place: int) -> None:
        self._detail(place)
        self.chosen.emit(place)

    # ---- words
    def _words(self, place: int) -> Said:
        found, data = self._found, self._data
        if found is None or data is None:
            return ("", "")
        loss = f"loss {figures_text(float(found.losses[place]))}"
        names = data.summary.class_names
        if found.verdicts.classes is not None:
            truth = names[int(found.truth[place])]
            said = names[int(found.verdicts.classes[place])]
            if len(data.preprocessing.input_shape) > 1:
                return (truth if truth == said else f"{truth} → {said}", loss)
            right = "rightly " if truth == said else ""
            return (f"{truth} {right}taken for {said}", f"{self._place_words(place)}, {loss}")
        wanted, told = found.truth[place], found.verdicts.values[place].reshape(-1)
        if len(wanted) > 1:
            return (f"sample {place + 1}", loss)
        words = f"{figures_text(float(told[0]))}, is {figures_text(float(wanted[0]))}"
        if len(data.preprocessing.input_shape) > 1:
            return (words, loss)
        return (f"predicted {words}", f"{self._place_words(place)}, {loss}")

    def _place_words(self, place: int) -> str:
        return f"sample {place + 1:,}"

    def _detail(self, place: int) -> None:
        found, data = self._found, self._data
        if found is None or data is None:
            return
        head = f"Sample {place + 1:,} of the {found.part} part"
        names = data.summary.class_names
        if found.verdicts.classes is not None:
            scores = scores_of(found.verdicts)[place]
            best = np.argsort(-scores, kind="stable")[:3]
            short = [short_name(name, LETTERS) for name in names]
            told = ", ".join(f"{short[int(k)]}: {float(scores[k]):.3f}" for k in best)
            text = f"{head}: true {short[int(found.truth[place])]}. The network says {told}."
        else:
            wanted, told_values = found.truth[place], found.verdicts.values[place].reshape(-1)
            targets = [short_name(name, LETTERS) for name in data.summary.target_names]
            parts = [
                f"{name}: {figures_text(float(a))}, is {figures_text(float(b))}"
                for name, a, b in zip(targets[:4], told_values, wanted, strict=False)
            ]
            more = f"; {len(targets) - 4} more" if len(targets) > 4 else ""
            text = f"{head}. The network says {'; '.join(parts)}{more}."
        self.detail.setText(text)
        raw = self._raw(place)
        if raw is not None and raw.ndim == 1:
            cells = cells_of(data.preprocessing, raw)
            self.values.show_values(cell_texts(columns_of(data), cells))

    # ---- the sample itself
    def _raw(self, place: int) -> np.ndarray | None:
        """(*input_shape), before preprocessing; None when it can no longer be read."""
        if self._data is None or self._found is None:
            return None
        rows = self._data.part(self._found.part).rows[place : place + 1]
        try:
            return np.asarray(self._data.raw[rows][0])
        except DataError:
            return None

    def _picture(self, place: int) -> QImage | None:
        raw = self._raw(place)
        if raw is None or raw.ndim > 3:
            return None
        return pixel_images(np.atleast_3d(raw)[None], *self._range)[0]

"""What is done to the data: preprocessing, missing values, weights of classes."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal

from app.core.number_words import counted
from app.ui.column_entries import ColumnEntry, rows_read
from app.ui.controls import ComboBox, Label, Panel
from app.ui.pages.data_class_weights import WeightsTable
from app.ui.pages.data_columns import MISSING_WORDS
from app.ui.pages.data_numbers import short_name

PREPROCESSING = (
    ("none", "None", "The values go in as they are."),
    (
        "standardize",
        "Standardize",
        "Each feature minus its mean, divided by its standard deviation.",
    ),
    ("min_max", "Min-max", "Each feature is stretched to 0 to 1."),
    ("pixels", "Pixels 0 to 1", "All values divided by the largest that a pixel can have."),
)
WEIGHTINGS = (
    ("none", "None", "Each sample counts alike."),
    (
        "balanced",
        "Balanced",
        "samples / (classes × samples of the class), over the training part: all classes count "
        "alike together.",
    ),
    ("chosen", "Own numbers", "Each class counts as often as you say."),
)


def label_of(kind: str) -> str:
    """The words for a preprocessing or a weighting."""
    return next((label for name, label, _ in (*PREPROCESSING, *WEIGHTINGS) if name == kind), kind)


class PreprocessingPanel(Panel):
    """Signals:
    preprocessing_chosen(str).
    """

    preprocessing_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Preprocessing")
        self.kind = ComboBox([(name, label) for name, label, _ in PREPROCESSING])
        self.kind.setObjectName("data.preprocessing")
        self.kind.setAccessibleName("Preprocessing")
        for name, _, text in PREPROCESSING:
            self.kind.set_choice_help(name, text)
        self.kind.chosen.connect(lambda kind: self.preprocessing_chosen.emit(str(kind)))
        self._text = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(self.kind)
        self.body.addWidget(self._text)

    def show_preprocessing(self, kind: str, sentence: str) -> None:
        """Show what is done, and a sentence on it."""
        self.kind.set_current(kind)
        self._text.setText(sentence)


class GapsPanel(Panel):
    """What becomes of missing values, for all columns at once.

    Signals:
        missing_chosen(str): for all columns for which it makes sense.
    """

    missing_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__("Missing values")
        self._way = ComboBox(list(MISSING_WORDS.items()))
        self._way.setObjectName("data.missing")
        self._way.setAccessibleName("What becomes of the gaps of all columns")
        self._way.chosen.connect(lambda way: self.missing_chosen.emit(str(way)))
        self._text = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(self._way)
        self.body.addWidget(self._text)

    def show_gaps(self, entries: Sequence[ColumnEntry]) -> None:
        """Show what becomes of gaps; without any the panel says so."""
        used = [entry for entry in entries if entry.role != "ignored" and not entry.left_out]
        with_gaps = [entry for entry in used if entry.gaps]
        self.setVisible(bool(entries))
        subject = with_gaps or used
        ways = {entry.missing for entry in subject}
        self._way.set_current(
            ways.pop() if len(ways) == 1 else None, "set for each column" if ways else None
        )
        self._way.setEnabled(bool(with_gaps))
        if not with_gaps:
            counted_all = all(entry.gaps is not None for entry in used)
            self._text.setText(
                "Nothing is missing in the columns that are used."
                if counted_all
                else "Gaps are counted when the data are read."
            )
            return
        count = sum(entry.gaps or 0 for entry in with_gaps)
        names = ", ".join(short_name(entry.name) for entry in with_gaps[:4])
        more = f" and {len(with_gaps) - 4:,} more" if len(with_gaps) > 4 else ""
        self._text.setText(
            f"{counted(count, 'gap')} in {counted(len(with_gaps), 'column')}: {names}{more}; "
            f"counted in all {rows_read(with_gaps):,} rows read. "
            + (
                "What they are filled with is measured in the training part alone."
                if any(entry.missing != "drop" for entry in with_gaps)
                else "Their rows are left out."
            )
        )


class WeightsPanel(Panel):
    """How much each class counts in the training loss.

    Signals:
        weighting_chosen(str), weight_edited(str, float): a class and its weight.
        refused(str): what was typed for a weight is none, in a sentence.
    """

    weighting_chosen = Signal(str)
    weight_edited = Signal(str, float)
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__("Class weights")
        self._kind = ComboBox([(name, label) for name, label, _ in WEIGHTINGS])
        self._kind.setObjectName("data.class_weighting")
        self._kind.setAccessibleName("Class weights")
        for name, _, text in WEIGHTINGS:
            self._kind.set_choice_help(name, text)
        self._kind.chosen.connect(lambda kind: self.weighting_chosen.emit(str(kind)))
        self._table = WeightsTable()
        self._table.weight_edited.connect(self.weight_edited)
        self._table.refused.connect(self.refused)
        self._text = Label("", "caption", "muted", wrap=True)
        self.body.addWidget(self._kind)
        self.body.addWidget(self._table)
        self.body.addWidget(self._text)

    def show_weights(
        self,
        kind: str,
        names: Sequence[str],
        counts: Sequence[int],
        resulting: Sequence[float],
        chosen: Mapping[str, object],
        weighted: bool,
    ) -> None:
        """Show the weights.

        Args:
            names: of the classes; empty for regression.
            counts: samples of each class in the training part; empty when nobody knows.
            resulting: what each class counts in the training loss; empty: all alike.
            chosen: what the user gave, by class name.
            weighted: whether each sample has a weight of its own.
        """
        self.setVisible(bool(names) or weighted)
        self._kind.setVisible(bool(names))
        self._kind.set_current(kind)
        if self.header is not None:
            self.header.set_title("Class weights" if names else "Sample weights")
        own = "Each sample also has the weight of its column." * weighted
        if not names:
            self._text.setText("Each sample counts as often as its weight column says.")
        elif kind == "none":
            self._text.setText(f"All classes count alike. {own}".strip())
        else:
            words = next(text for name, _, text in WEIGHTINGS if name == kind)
            self._text.setText(f"{words[0].upper()}{words[1:]} {own}".strip())
        self._table.setVisible(kind != "none" and bool(names))
        if kind != "none" and names:
            values = [
                _number(chosen.get(name, 1.0)) if kind == "chosen" else None for name in names
            ]
            shown = [
                value if value is not None else (resulting[n] if n < len(resulting) else None)
                for n, value in enumerate(values)
            ]
            self._table.show_weights(names, counts, shown, editable=kind == "chosen")


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 1.0

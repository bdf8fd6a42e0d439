"""Standardization seen: how the features are distributed before and after preprocessing."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.data.distributions import Distributions
from app.ui.controls import Button, Label
from app.ui.controls.painting import px
from app.ui.controls.scrolling import scroll_area
from app.ui.plots.axis import value_text
from app.ui.plots.distributions_plot import DistributionsPlot

AFTER = {
    "none": "nothing is done",
    "standardize": "standardized",
    "min_max": "stretched to 0 to 1",
    "pixels": "pixels from 0 to 1",
}
_LIKE = 3.0
"""Below this ratio deviations are said to be alike."""


class ScalingView(QWidget):
    """The distributions, a sentence on them, and a button that trains both ways.

    Signals:
        compare_requested(): train with and without standardized inputs.
    """

    compare_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scaling")
        self.plot = DistributionsPlot()
        self._sentence = Label("", "caption", "muted", wrap=True)
        self._sentence.setObjectName("scaling.sentence")
        compare = Button("Train both ways…", small=True)
        compare.setObjectName("scaling.compare")
        compare.setToolTip("Train with and without standardized inputs, from the same weights")
        compare.clicked.connect(self.compare_requested)
        scroll = scroll_area(
            self.plot, "scaling.scroll", "Distributions of the features", by_key=True
        )
        below = QHBoxLayout()
        below.setContentsMargins(px(16), px(8), px(16), px(4))
        below.setSpacing(px(16))
        below.addWidget(self._sentence, 1)
        below.addWidget(compare)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(8), 0, 0)
        column.setSpacing(0)
        column.addWidget(scroll, 1)
        column.addLayout(below)

    def show_distributions(self, shown: Distributions, preprocessing: str) -> None:
        """Show them; `preprocessing` as in the settings."""
        self.plot.show_distributions(shown, AFTER[preprocessing])
        self._sentence.setText(scaling_sentence(shown, preprocessing))


def scaling_sentence(shown: Distributions, preprocessing: str) -> str:
    """What one sees and why it matters, with how much was measured."""
    numbers = [f for f in shown.features if not f.category]
    categories = len(shown.features) - len(numbers)
    spread = sorted((f.before[1], f.name) for f in numbers if f.before[1] > 0)
    words = []
    if len(spread) > 1:
        (small, narrow), (large, wide) = spread[0], spread[-1]
        if large < _LIKE * small:
            words.append("All features spread about alike as they come.")
        else:
            words.append(
                f"As they come, {wide} spreads {value_text(large / small)} times as far as "
                f"{narrow}: on one scale the small ones are a line."
            )
    if preprocessing == "none":
        words.append("Nothing is done to them; the network has to learn from them as they are.")
    elif preprocessing != "standardize":
        words.append(f"Now they are {AFTER[preprocessing]}." if numbers else "")
    elif spread:
        who = spread[0][1] if len(spread) == 1 else "all numbers" if categories else "all"
        have = "has" if len(spread) == 1 else "have"
        words.append(f"Standardized, {who} {have} mean 0 and deviation 1 over the training part.")
    if preprocessing == "standardize" and len(spread) < len(numbers):
        words.append("What never changes is only shifted to 0.")
    if categories and preprocessing != "none":
        words.append("Categories stay 0 and 1.")
    if shown.samples < shown.of:
        words.append(f"Bars of {shown.samples:,} of {shown.of:,} training samples.")
    if shown.left_out:
        words.append(f"{shown.left_out:,} further features are not drawn.")
    return " ".join(filter(None, words))

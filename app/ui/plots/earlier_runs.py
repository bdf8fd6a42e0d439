"""Earlier runs beside the one on show in the learning curves: thin, and like beside like."""

from collections.abc import Sequence

from app.core.run_record import RunRecord
from app.ui.plots.curve_plot import Curve
from app.ui.plots.history_series import HistorySeries
from app.ui.plots.legend import LegendEntry
from app.ui.plots.markers import series_style
from app.ui.theme import current_theme

WIDTH = 1.25
TRAINING_OPACITY = 0.6
"""Of a training part; a validation part is drawn in full."""
NAMED = 3
"""So many of the last are in the legend."""


def is_validated(series: HistorySeries) -> bool:
    """Whether a run was measured over a validation part; one without an epoch counts as such."""
    return not len(series) or any(name.startswith("val_") for name in series.names)


class EarlierRuns:
    """Of each its validation part, but its training part where it has no other or where the run on
    show has none to compare it with.
    """

    def __init__(self) -> None:
        self.runs: tuple[RunRecord, ...] = ()
        self._series: tuple[HistorySeries, ...] = ()

    def show(self, runs: Sequence[RunRecord]) -> None:
        """Hold these, oldest first; those that are there already cost nothing."""
        if tuple(runs) != self.runs:
            known = dict(zip(map(id, self.runs), self._series, strict=True))
            self.runs = tuple(runs)
            self._series = tuple(known.get(id(run)) or _series_of(run) for run in runs)

    @property
    def last_epoch(self) -> int:
        """Of the longest; 0 without any."""
        return max((one.rows[-1].epoch for one in self._series if one.rows), default=0)

    def curves(self, name: str, beside: HistorySeries) -> list[Curve]:
        """Metric `name` of each, beside the run on show."""
        found = []
        for number, series in enumerate(self._series):
            ink, marker, opacity = self._style(number, beside)
            validates = self._part(series, beside) == "validation"
            x, y = series.column(f"val_{name}" if validates else name)
            found.append(
                Curve(x, y, ink, WIDTH, marker=marker, opacity=opacity, counts_for_range=False)
            )
        return found

    def legend(self, beside: HistorySeries) -> list[LegendEntry]:
        """Which part of which run: "validation of run 1", "run 2", "training of run 3"."""
        entries, before = [], ""
        for number, series in list(enumerate(self._series))[-NAMED:]:
            ink, marker, opacity = self._style(number, beside)
            part, run = self._part(series, beside), f"run {number + 1}"
            words = run if part == before else f"{part} of {run}"
            entries.append(LegendEntry(words, ink, WIDTH, marker, opacity))
            before = part
        return entries

    def _part(self, series: HistorySeries, beside: HistorySeries) -> str:
        both = is_validated(series) and is_validated(beside)
        return "validation" if both else "training"

    def _style(self, number: int, beside: HistorySeries) -> tuple[str, str, float]:
        """Colour, marker and opacity."""
        index, marker = series_style(number)
        validates = self._part(self._series[number], beside) == "validation"
        return (
            current_theme().tokens.series[index],
            marker,
            1.0 if validates else TRAINING_OPACITY,
        )


def _series_of(run: RunRecord) -> HistorySeries:
    series = HistorySeries()
    series.show(run.rows)
    return series

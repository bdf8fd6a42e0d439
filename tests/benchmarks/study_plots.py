"""What looking at a large study costs: `python -m tests.benchmarks.study_plots [--trials 10000]`.

Offscreen, in one process; CPU time in ms, medians and worsts. Importances are worked out beside the
window and are timed once. Nothing here fails; it prints.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from app.search.importance import importances_of
from app.search.study_table import study_table
from app.ui.plots.parallel_coordinates import ParallelCoordinates
from app.ui.plots.study_plot import StudyPlot
from app.ui.plots.trial_curves import TrialCurves
from app.ui.plots.two_parameter_map import SCORE, TwoParameterMap
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.studies import SPACE, curves, study, trial

RATE, DROP = "training.optimizer.learning_rate", "network.dropout.rate"


def report(what: str, work: Callable[[], object], turns: int = 9) -> None:
    times = []
    for _ in range(turns):
        began = time.process_time()
        work()
        times.append(1000 * (time.process_time() - began))
    print(f"  {what:44} {statistics.median(times):8.1f} ms, worst {max(times):.1f}", flush=True)


def drawn_anew(plot: StudyPlot) -> None:
    plot.refresh()
    plot.grab()


def measure(count: int) -> None:
    print(f"{count:,} trials")
    trials = study(count, folds=5)
    report("columns of the table", lambda: study_table(trials, SPACE, "accuracy", True))
    table = study_table(trials, SPACE, "accuracy", True)
    report("importances", lambda: importances_of(table, 0), 1)
    lines, map_ = ParallelCoordinates("lines"), TwoParameterMap("map")
    for plot in (lines, map_):
        plot.resize(448, 280)
        plot.show()
        plot.show_study(table)
    QApplication.processEvents()
    map_.show_axes(RATE, DROP)
    report("parallel coordinates drawn anew", lambda: drawn_anew(lines))
    report("map drawn anew", lambda: drawn_anew(map_))
    map_.show_axes(RATE, SCORE)
    report("map against the score drawn anew", lambda: drawn_anew(map_))
    map_.show_axes("training.optimizer", "network.dense.units")
    report("map of cells drawn anew", lambda: drawn_anew(map_))
    map_.show_axes(RATE, DROP)
    for name, plot in (("line", lines), ("point", map_)):
        place = QPointF(plot.width() / 2, plot.height() / 2)

        def read(plot: StudyPlot = plot, place: QPointF = place) -> None:
            plot.point(plot.row_at(place))
            plot.grab()
            plot.point(None)

        plot.grab()
        report(f"reading the {name} under the pointer", read)
        report(f"marking the {name} of a chosen trial", partial(marked, plot))
    report("their table", lines.table, 3)


def marked(plot: StudyPlot) -> None:
    plot.show_selected(0 if plot.selected else 5)
    plot.grab()


def measure_curves(folds: int, epochs: int) -> None:

    plot = TrialCurves("curves")
    plot.resize(448, 200)
    plot.show()
    QApplication.processEvents()
    told, one = curves(dict.fromkeys(range(folds), epochs)), trial(0, 0.9, folds=folds)
    print(f"{folds} folds of {epochs:,} epochs")

    def show() -> None:
        plot.show_curves(one, told, "accuracy")
        plot.grab()

    report("curves of a trial taken up and drawn", show)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="*", default=[100, 1000, 10_000])
    told = parser.parse_args()
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    apply_theme(application, LIGHT)
    for count in told.trials:
        measure(count)
    measure_curves(5, 200)
    measure_curves(10, 2000)


if __name__ == "__main__":
    main()

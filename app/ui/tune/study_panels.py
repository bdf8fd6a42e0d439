"""Looking at a study: its trials as lines or on a map, what matters, curves of one trial."""

from collections.abc import Mapping, Sequence
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollBar, QStackedWidget, QVBoxLayout, QWidget

from app.core.search_results import FitCurves, Trial
from app.core.search_settings import Dimension
from app.search.importance import LEAST_TRIALS, Importances, importances_of
from app.search.study_table import StudyTable, Words, study_table, trials_words
from app.ui.controls import ComboBox, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.plots.importance_bars import ImportanceBars
from app.ui.plots.parallel_coordinates import ParallelCoordinates
from app.ui.plots.plot_panel import PlotPanel
from app.ui.plots.trial_curves import LEFT_OUT, VALIDATION, TrialCurves
from app.ui.plots.two_parameter_map import SCORE, TwoParameterMap

Upper = Literal["lines", "map"]
Lower = Literal["importance", "curves"]

MONITOR = "training.early_stopping.monitor"
MANY = 1000
"""More trials are taken up twice a second at most."""
PAUSE = 500
"""Milliseconds."""
GROWTH = 1.1
"""So many times as many trials are worth another look at what matters, while a search runs."""


class StudyPanels(QWidget):
    """Passive: two panels, each with a choice of two plots. Where nothing is searched there is
    one trial, and only its curves are shown.

    Signals:
        trial_chosen(int): a line, point or cell was pressed.
        importance_wanted(): to be worked out beside the window by `importance.importances` and
            handed to `show_importance`; asked again only when that has come.
        curves_wanted(int): the curves of this trial, for `show_curves`.
    """

    trial_chosen = Signal(int)
    importance_wanted = Signal()
    curves_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tune.plots")
        self.study: StudyTable | None = None
        self._space: tuple[Dimension, ...] = ()
        self._words: Words | None = None
        self._monitor, self._part = "", VALIDATION
        self._given: tuple[tuple[Trial, ...], str, bool, Mapping[str, str] | None] | None = None
        self._selected: int | None = None
        self._under_way = False
        self._judged = 0
        self._axes_chosen = False
        self._curves: tuple[Trial, tuple[FitCurves, ...]] | None = None
        self._curves_asked: int | None = None
        self._alone = False
        self._taken: object = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE)
        self._later.timeout.connect(self._take)
        self.lines = ParallelCoordinates("tune.lines")
        self.map = TwoParameterMap("tune.map")
        self.bars = ImportanceBars("tune.importance")
        self.curves = TrialCurves("tune.curves")
        for plot in (self.lines, self.map):
            plot.trial_chosen.connect(self._chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        column.addWidget(self._upper_panel(), 332)
        column.addWidget(self._lower_panel(), 232)
        self.show_upper("lines")
        self.show_lower("importance")
        self.clear()

    # ---- what is shown
    def show_study(
        self,
        trials: Sequence[Trial],
        space: Sequence[Dimension],
        score: str,
        greater_is_better: bool,
        *,
        names: Mapping[str, str] | None = None,
        words: Words | None = None,
        monitor: str = "",
        in_folds: bool = False,
    ) -> None:
        """Show these trials, all of them, in whatever state they are; while nobody sees the panels
        it costs nothing.

        Args:
            names: of paths, for axes and bars; the others are named by their last part.
            words: write the values of options.
            monitor: by which the best epoch of a training is told; "" where it is not known.
            in_folds: whether folds score them, and not the validation part.
        """
        if tuple(space) != self._space:
            self._judged, self._axes_chosen = 0, False
        self._space, self._words, self._monitor = tuple(space), words, monitor
        self._part = LEFT_OUT if in_folds else VALIDATION
        self._given = (tuple(trials), score, greater_is_better, names)
        if self.isVisible() and not self._later.isActive():
            self._take()

    def clear(self) -> None:
        """There is no study, or another one begins."""
        self._given, self._judged, self._under_way = None, 0, False
        self._curves, self._curves_asked, self._selected = None, None, None
        self.lines.show_selected(None)
        self.map.show_selected(None)
        self._show_table(study_table((), (), "", True))
        self.curves.show_curves(None, ())
        self._curves_words()

    def show_selected(self, number: int | None) -> None:
        """Mark a trial as the chosen one; says nothing but which curves are wanted."""
        if number != self._selected:
            self._selected = number
            self.lines.show_selected(number)
            self.map.show_selected(number)
            self._want_curves()

    def show_importance(self, result: Importances) -> None:
        """What `importance_wanted` asked for."""
        self._under_way, self._judged = False, result.trials
        self.bars.show_importance(result)
        if not self._axes_chosen and self.study is not None:
            self._choose_axes([row.path for row in result.rows if row.share is not None])
        self._want_importance()

    def show_no_importance(self, sentence: str) -> None:
        """It could not be worked out; `sentence` says why."""
        self._under_way = False
        self._judged = 0 if self.study is None else len(self.study)
        self.bars.show_nothing(sentence)

    def show_curves(self, trial: Trial, curves: Sequence[FitCurves]) -> None:
        """What `curves_wanted` asked for; also again when there are more of them."""
        self._curves = (trial, tuple(curves))
        self._draw_curves()

    @property
    def curves_of(self) -> int | None:
        """The trial whose curves are to be seen: the chosen one, without one the best; None while
        no curves are on show.
        """
        if self.lower_choice.current() != "curves":
            return None
        if self._selected is not None:
            return self._selected
        if self.study is not None and len(self.study):
            return self.study.trials[int(self.study.order[0])].number
        if self._given is not None and len(self._given[0]) == 1:  # cross-validation alone
            return self._given[0][0].number
        return None

    def show_upper(self, which: Upper) -> None:
        """Show lines or the map."""
        self.upper_choice.set_current(which)
        self._upper.setCurrentIndex(("lines", "map").index(which))
        plot = {"lines": self.lines, "map": self.map}[which]
        self.upper_panel.set_plot(plot)
        self.upper_panel.set_title({"lines": "Parallel coordinates", "map": "Two options"}[which])

    def show_lower(self, which: Lower) -> None:
        """Show what matters, or the curves of a trial."""
        self.lower_choice.set_current(which)
        self._lower.setCurrentIndex(("importance", "curves").index(which))
        self.lower_panel.set_plot({"importance": self.bars, "curves": self.curves}[which])
        self._title_lower()
        self._want_importance()
        self._want_curves()

    # ---- inside
    def _upper_panel(self) -> PlotPanel:
        self.upper_panel = PlotPanel("Parallel coordinates", " ", self.lines)
        self.upper_panel.setObjectName("tune.upper")
        self.upper_choice = SegmentedControl([("lines", "Lines"), ("map", "Map")], small=True)
        self.upper_choice.setObjectName("tune.upper.choice")
        self.upper_choice.setAccessibleName("How the trials are drawn")
        self.upper_choice.chosen.connect(self.show_upper)
        self.upper_panel.add_corner(self.upper_choice)
        scroll = ClearScroll()
        scroll.setObjectName("tune.lines.scroll")
        scroll.setAccessibleName("Parallel coordinates")
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.lines)
        _stay_at_the_end(scroll.horizontalScrollBar())
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(6))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        self.across, self.up = ComboBox(small=True), ComboBox(small=True)
        for chooser, name, told in (
            (self.across, "tune.map.across", "Option across"),
            (self.up, "tune.map.up", "Option up"),
        ):
            chooser.setObjectName(name)
            chooser.setAccessibleName(told)
            chooser.setToolTip(told)
            chooser.chosen.connect(self._axis_chosen)
        for widget, stretch in (
            (self.across, 1),
            (Label("across,", "caption", "muted"), 0),
            (self.up, 1),
            (Label("up", "caption", "muted"), 0),
        ):
            row.addWidget(widget, stretch)
        column.addLayout(row)
        column.addWidget(self.map, 1)
        self._upper = QStackedWidget()
        self._upper.addWidget(scroll)
        self._upper.addWidget(page)
        self.upper_panel.body.removeWidget(self.lines)
        self.upper_panel.body.addWidget(self._upper, 1)
        return self.upper_panel

    def _lower_panel(self) -> PlotPanel:
        self.lower_panel = PlotPanel("Importance", " ", self.bars)
        self.lower_panel.setObjectName("tune.lower")
        self.lower_choice = SegmentedControl(
            [("importance", "Shares"), ("curves", "Curves")], small=True
        )
        self.lower_choice.setObjectName("tune.lower.choice")
        self.lower_choice.setAccessibleName("What is shown of the trials")
        self.lower_choice.chosen.connect(self.show_lower)
        self.measure = SegmentedControl([("score", "Score"), ("loss", "Loss")], small=True)
        self.measure.setObjectName("tune.curves.metric")
        self.measure.setAccessibleName("What the curves show")
        self.measure.chosen.connect(lambda _value: self._draw_curves())
        self.lower_panel.add_corner(self.measure)
        self.lower_panel.add_corner(self.lower_choice)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        self.curves_sentence = Label("", "caption", "muted", wrap=True)
        self.curves_sentence.setObjectName("tune.curves.sentence")
        column.addWidget(self.curves, 1)
        column.addWidget(self.curves_sentence)
        self._lower = QStackedWidget()
        self.lower_panel.body.removeWidget(self.bars)
        self._lower.addWidget(self.bars)
        self._lower.addWidget(page)
        self.lower_panel.body.addWidget(self._lower, 1)
        return self.lower_panel

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._take()

    def _take(self) -> None:
        """Take up what was given last."""
        if self._given is None or not self.isVisible():
            return
        trials, score, greater_is_better, names = self._given
        if self._taken is self._given:
            return
        self._taken = self._given
        self._show_table(study_table(trials, self._space, score, greater_is_better, names))
        if len(trials) > MANY:
            self._later.start()

    def _show_table(self, study: StudyTable) -> None:
        self.study = study
        alone = self._given is not None and not study.columns
        self.upper_panel.setVisible(not alone)
        self.lower_choice.setVisible(not alone)
        if alone != self._alone:
            self._alone = alone
            self.show_lower("curves" if alone else "importance")
        self.upper_panel.set_subtitle(_which(study) if self._given is not None else "")
        self.lines.show_study(study, self._words)
        self.map.show_study(study, self._words)
        self._offer_axes(study)
        self.measure.set_text("score", study.score_label or "Score")
        self._title_lower()
        self._want_importance()
        self._want_curves()

    # ---- the map's axes
    def _offer_axes(self, study: StudyTable) -> None:
        options = [(column.path, column.label) for column in study.columns]
        both = [*options, (SCORE, study.score_label)]
        for chooser, offered in ((self.across, options), (self.up, both)):
            now = [(chooser.itemData(n), chooser.itemText(n)) for n in range(chooser.count())]
            if now != offered:
                chooser.set_options(offered)
        known = {path for path, _ in both}
        if self.across.current() not in known or self.up.current() not in known:
            self._axes_chosen = False
        if not self._axes_chosen and options:
            told = self.bars.result.rows if self.bars.result is not None else ()
            self._choose_axes([row.path for row in told if row.share is not None])

    def _choose_axes(self, ranked: Sequence[str]) -> None:
        """The two that matter most, else the first two; of a single one the score is up."""
        assert self.study is not None
        known = [column.path for column in self.study.columns]
        paths = [*(path for path in ranked if path in known), *known]
        paths = [*dict.fromkeys(paths), SCORE][:2]
        if len(known) >= 1:
            self.across.set_current(paths[0])
            self.up.set_current(paths[1])
            self.map.show_axes(paths[0], paths[1])

    def _axis_chosen(self, _value: object) -> None:
        self._axes_chosen = True
        self.map.show_axes(str(self.across.current()), str(self.up.current()))

    # ---- what matters
    def _want_importance(self) -> None:
        study = self.study
        if study is None or self.lower_choice.current() != "importance":
            return
        if not study.columns or len(study) < LEAST_TRIALS:
            if self._given is None:
                self.bars.show_nothing("What matters is told when trials are finished.")
            else:
                self.bars.show_importance(importances_of(study, 0))
            return
        going_on = study.left_out.get("running", 0) + study.left_out.get("waiting", 0) > 0
        enough = len(study) >= GROWTH * self._judged if going_on else len(study) != self._judged
        if enough and not self._under_way and self.isVisible():
            self._under_way = True
            if self.bars.result is None or not self.bars.bars():
                self.bars.show_nothing("What matters is being worked out.")
            self.importance_wanted.emit()

    def _title_lower(self) -> None:
        score = "" if self.study is None else self.study.score
        curves = self.lower_choice.current() == "curves" and self._curves is not None
        self.measure.setVisible(curves and score not in ("", "loss"))
        if self.lower_choice.current() == "importance":
            self.lower_panel.set_title("Importance")
            self.lower_panel.set_subtitle("share of variance explained")
            return
        number = self._curves[0].number if self._curves is not None else None
        title = "Folds" if self._alone else f"Trial {number}"
        self.lower_panel.set_title("Curves" if number is None else title)
        self.lower_panel.set_subtitle("")

    # ---- curves
    def _want_curves(self) -> None:
        wanted = self.curves_of
        if wanted is not None and wanted != self._curves_asked and self.isVisible():
            self._curves_asked = wanted
            self.curves_wanted.emit(wanted)

    def _draw_curves(self) -> None:
        if self._curves is None:
            return
        trial, curves = self._curves
        score = self.study.score if self.study is not None else ""
        metric = score if score and self.measure.current() == "score" else "loss"
        monitor = str(trial.settings.get(MONITOR, self._monitor))
        self.curves.show_curves(trial, curves, metric, monitor, self._part)
        self._curves_words()
        self._title_lower()

    def _curves_words(self) -> None:
        sentence = self.curves.sentence()
        self.curves_sentence.setText(sentence)
        self.curves_sentence.setToolTip(plain_tool_tip(sentence))

    def _chosen(self, number: int) -> None:
        self.show_selected(number)
        self.trial_chosen.emit(number)


def _which(study: StudyTable) -> str:
    """That the plots do not follow a filter of the table."""
    if not len(study):
        return "none with a score"
    if sum(study.left_out.values()):
        return f"{trials_words(study)} with a score"
    return f"all {trials_words(study)}" if len(study) > 1 else trials_words(study)


def _stay_at_the_end(bar: QScrollBar) -> None:
    """Where there is more than fits, the last axis, that of the score, is seen until somebody
    scrolls.
    """
    stays = True

    def scrolled(_action: int) -> None:
        nonlocal stays
        stays = bar.sliderPosition() >= bar.maximum()

    def another_range(_least: int, most: int) -> None:
        if stays:
            bar.setValue(most)

    bar.actionTriggered.connect(scrolled)
    bar.rangeChanged.connect(another_range)

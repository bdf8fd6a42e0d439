"""Fills the page Tune and turns what is asked there into edits and orders."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.frozen import OptionValue
from app.core.metric_catalog import limits_of
from app.core.number_words import counted
from app.core.options import Option
from app.core.resolved_project import ResolvedProject
from app.core.search_options import (
    score_label,
)
from app.core.search_paths import place_anywhere
from app.search.importance import Importances, importances_of
from app.ui.controls.refused_input import refused_input
from app.ui.dialogs import Dialogs
from app.ui.failures import failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.search_control import SearchControl
from app.ui.tune.fold_table import fold_summary
from app.ui.tune.search_words import (
    STANDARD_ERROR,
    HeaderView,
    count_words,
    flattered_words,
    header_view,
    opened_words,
    others_words,
    told_apart_words,
)
from app.ui.tune.setup_presenter import SetupPresenter, planned_of
from app.ui.tune.space_list import SpacePresenter
from app.ui.tune.study_panels import StudyPanels
from app.ui.tune.trial_rows import STATE_WORDS, paths_of
from app.ui.tune.tune_page import TunePage
from app.ui.tune.value_words import base_path, column_titles, value_text
from app.ui.tune.winner_presenter import WinnerPresenter

IMPORTANCE_SEED = 0
VIEWS_MS, VIEWS_LARGE_MS, LARGE = 500, 4000, 2000
"""So often the views at the right are drawn anew while trials come in; more seldom of many."""


class TunePresenter(QObject):
    """Signals:
    command(str): id of a command of the window that a button of the page gives.
    page_requested(str): another page is to be seen.
    place_asked(path): a searched option is to be shown where it stands.
    message(str): one line for the status row.
    """

    command = Signal(str)
    page_requested = Signal(str)
    place_asked = Signal(str)
    message = Signal(str)

    def __init__(
        self,
        page: TunePage,
        panels: StudyPanels,
        space: SpacePresenter,
        setup: SetupPresenter,
        winner: WinnerPresenter,
        document: ProjectDocument,
        control: SearchControl,
        run: RunControl,
        jobs: JobCenter,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.page = page
        self._panels = panels
        self._document = document
        self.control = control
        self._jobs = jobs
        self._dialogs = dialogs
        self._setup = setup
        self.winner = winner
        self._options: dict[str, Option] = {}
        self._titles: dict[str, str] = {}
        self._view = HeaderView("")
        self._alike = ""
        """How many trials are as good as the best."""
        self._views = QTimer(self)
        self._views.setSingleShot(True)
        self._views.timeout.connect(self._show_views)
        page.header.pressed.connect(lambda name: self._ORDERS[name](self))
        page.header.view_chosen.connect(self._choose_view)
        page.leaderboard.trial_chosen.connect(self._trial_chosen)
        page.leaderboard.trial_opened.connect(lambda _number: winner.use_best())
        page.seen.connect(self._seen)
        space.place_asked.connect(self.place_asked)
        winner.command.connect(self.command)
        winner.page_requested.connect(self.page_requested)
        winner.message.connect(self.message)
        panels.trial_chosen.connect(self.choose)
        panels.curves_wanted.connect(self._show_curves)
        panels.importance_wanted.connect(self._judge)
        document.changed.connect(self._project_changed)
        run.state_changed.connect(self._show_words)
        control.changed.connect(self._show_words)
        refused_input().changed.connect(self._show_words)
        control.study_changed.connect(self._show_study)
        control.trials_changed.connect(self._trials_changed)
        control.curves_changed.connect(self._curves_changed)
        control.ended.connect(self._search_ended)
        self._show_study()

    # ---- orders
    def search(self) -> None:
        """Begin a new search, once what it takes the place of may go."""
        refused = refused_input().sentence(for_search=True)
        if self._setup.refused.get("search") or self.control.why_not() or refused:
            self._choose_view("setup")
            return
        self.control.replaced_by_a_search(self._begin)

    def _begin(self, trials: int | None) -> None:
        """Begin in the place of a study with so many trials, None of one that cannot be read."""
        before = f"the study of before, with {counted(trials, 'trial')}" if trials else ""
        if trials is None:
            before = "the study that could not be read"
        if self.control.why_not():
            return
        if before and not self._dialogs.confirm(
            "Begin a new search?",
            f"It takes the place of {before}; its file, {self.control.studies.path.name}, is kept "
            "beside the new one, with a ~ at its end, until the next time.",
            "Begin anew",
            "Cancel",
        ):
            return
        self.control.start()

    def go_on(self) -> None:
        self.control.start(resume=True)

    def why_no_going_on(self) -> str:
        """Why the search on show cannot go on now, as a sentence; "" when it can."""
        if self.control.state.active:
            return "A search is running."
        if "go_on" not in self._view.buttons:
            return "There is no search to go on with."
        return self._view.disabled or self._view.refused.get("go_on", "")

    def data_words(self) -> str:
        """How the search that runs shares the samples out; "" when none does."""
        control, resolved = self.control, self._document.resolved
        if not control.state.active or control.project is None or resolved is None:
            return ""
        train, validation, test = resolved.summary.counts
        if control.project.search.scored_by != "folds":
            return ""
        folds = control.project.search.folds
        return f"{train + validation:,} samples in {folds} folds, {test:,} in the vault"

    _ORDERS = {
        "search": search,
        "go_on": go_on,
        "cross_validate": lambda self: self.control.cross_validate(),
        "study": lambda self: self.control.look_again(),
        "pause": lambda self: self.control.pause(),
        "resume": lambda self: self.control.resume(),
        "cancel": lambda self: self.control.cancel(),
    }

    # ---- what changed
    def _project_changed(self, _before: object, after: ResolvedProject | None) -> None:
        if after is None:
            return
        if self.page.isVisible() or not self._setup.shows(after.project):
            self._setup.show()
        self._show_words()

    def _seen(self, seen: bool) -> None:
        if seen:
            self._setup.show()
            self._show_words()
            self._show_views()

    def _choose_view(self, view: str) -> None:
        self.page.show_view(view)
        self._show_words()

    def _show_study(self) -> None:
        """Other trials altogether."""
        control, state = self.control, self.control.state
        self.winner.chosen = None
        paths = paths_of(tuple(control.trials.values()), [d.path for d in control.space])
        self._options = self._options_of(paths)
        self._titles = column_titles(paths, self._options)
        self.page.leaderboard.model.show_study(
            score_label(state.score),
            state.greater_is_better,
            state.folds,
            self._titles,
            self._value_text,
            control.trials.values(),
            control.running,
            limits_of(state.score),
        )
        self._show_remark()
        self.page.show_alone(state.alone)
        there = bool(control.trials) or state.active
        self.page.show_view("results" if there else "setup")
        self._show_alone()
        self._show_views()
        self._show_words()

    def _trials_changed(self, numbers: frozenset[int]) -> None:
        control, model = self.control, self.page.leaderboard.model
        trials = [control.trials[n] for n in sorted(numbers) if n in control.trials]
        if any(path not in model.paths for trial in trials for path in trial.settings):
            self._show_study()
            return
        model.show_trials(trials, control.running)
        self._show_remark()
        self._show_alone()
        if not self._views.isActive() and self.page.isVisible():
            self._views.start(VIEWS_LARGE_MS if len(control.trials) > LARGE else VIEWS_MS)

    def _curves_changed(self, number: int) -> None:
        shown = 0 if self.control.state.alone else self.winner.chosen
        if number in (shown, self._panels.curves_of):
            self._show_curves(number)

    def _judge(self) -> None:
        """Work out what matters, beside the window."""
        table = self._panels.study
        if table is None:
            return

        def ended(result: object, error: BaseException | None) -> None:
            if isinstance(result, Importances):
                self._panels.show_importance(result)
            elif error is not None:
                failure = failure_of(error, "Telling what matters")
                self._panels.show_no_importance(failure.happened)

        self._jobs.start(
            "data", lambda report, control: importances_of(table, IMPORTANCE_SEED), _ignore, ended
        )

    def _search_ended(self) -> None:
        state = self.control.state
        self._show_views()
        if state.alone and state.best is not None:
            trial = self.control.trials[state.best]
            summary = fold_summary(trial, state.folds, score_label(state.score))
            self.message.emit(f"Cross-validated: {summary}")
        elif state.failure is None and state.sentence:
            self.message.emit(state.sentence)

    def _trial_chosen(self, number: int | None) -> None:
        self.winner.chosen = number
        self._panels.show_selected(number)
        self._show_remark()
        self.winner.show()

    def choose(self, number: int) -> None:
        """Choose a trial, as one of the views at the right asks."""
        self.page.leaderboard.choose(number)
        self._trial_chosen(number)

    # ---- showing
    def _show_curves(self, number: int) -> None:
        trial = self.control.trials.get(number)
        if trial is not None:
            self.control.curves_of(number, partial(self._panels.show_curves, trial))

    def _show_views(self) -> None:
        """The views at the right, from all trials."""
        self._views.stop()
        control, state = self.control, self.control.state
        best = None if state.best is None else control.trials.get(state.best)
        self._alike = told_apart_words(best, control.trials.values())
        self._show_note()
        if not control.trials:
            self._panels.clear()
            return
        self._panels.show_study(
            tuple(control.trials[number] for number in sorted(control.trials)),
            control.space,
            state.score,
            state.greater_is_better,
            names=self._titles,
            words=self._value_text,
            monitor=control.project.training.early_stopping.monitor if control.project else "",
            in_folds=state.folds > 1,
        )
        self._panels.show_selected(self.winner.chosen)

    def _show_remark(self) -> None:
        """Why the chosen trial came to nothing; without one, why one that failed did."""
        trials = self.control.trials
        trial = trials.get(self.winner.chosen) if self.winner.chosen is not None else None
        if trial is None and self.control.state.counts.get("failed"):
            trial = next((t for t in reversed(list(trials.values())) if t.state == "failed"), None)
        text = ""
        if trial is not None and trial.sentence:
            text = f"Trial {trial.number:,} {STATE_WORDS[trial.state]}. {trial.sentence}"
        self.page.leaderboard.show_remark(text)

    def _show_alone(self) -> None:
        state = self.control.state
        if not state.alone:
            return
        trial = self.control.trials.get(0)
        running = self.control.running.get(0, ())
        self.page.folds.show_trial(trial, state.folds, score_label(state.score), running)

    def _show_words(self) -> None:
        state, project = self.control.state, self._document.project
        control = self.control
        settings = None if control.project is None else control.project.search
        why_not = control.why_not() or refused_input().sentence(for_search=True)
        others, planned = "", self._setup.planned
        begun = None if state.active else control.project  # while it runs this would be often
        if project is not None and begun is not None and not control.fits:
            others = others_words(begun, project)
            planned = planned_of(control.gone_on_with or project)
        view = header_view(project, state, why_not, others, settings, planned)
        if self._setup.refused and not why_not and not state.active:
            first = next(iter(self._setup.refused.values()))
            view = replace(view, refused=self._setup.refused, note=view.note or first)
        there = bool(self.control.trials) or state.active
        self._view = view
        self.page.header.show_view(view, self.page.view if there else None)
        self.page.leaderboard.show_counts(count_words(state) or " ")
        self.page.folds.show_note(flattered_words(control.project))
        self._show_note()
        self.winner.show()

    def _show_note(self) -> None:
        """What is to be known of all scores."""
        told = (
            opened_words(self.control.state),
            self._alike,
            flattered_words(self.control.project),
        )
        about = STANDARD_ERROR if self._alike else ""
        self.page.leaderboard.show_note(" ".join(filter(None, told)), about)

    def _options_of(self, paths: tuple[str, ...]) -> dict[str, Option]:
        """The option of each path, from the project with which the search was begun."""
        project = self.control.project
        found: dict[str, Option] = {}
        if project is None:
            return found
        for path in paths:
            place = place_anywhere(project, path) or place_anywhere(project, base_path(path))
            if place is not None:
                found[path] = place.option
        return found

    def _value_text(self, path: str, value: OptionValue) -> str:
        return value_text(value, self._options.get(path))


def _ignore(_event: object) -> None:
    pass

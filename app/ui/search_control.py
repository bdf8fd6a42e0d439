"""The search that runs beside the bench: starts it, steers it, keeps what its trials have come
to.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.core.project import Project
from app.core.search_results import DONE, Trial
from app.core.search_settings import Dimension
from app.core.vault_openings import StudyLook, same_test_part
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search import events
from app.search.events import FoldRunning, SearchRequest
from app.search.study_file import searched_alike
from app.search.study_opening import greater_is_better, score_of
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.search_state import FoundStudy, Progress, SearchState
from app.ui.studies import Curves, Studies
from app.ui.trials_on_show import TrialsOnShow

Search = Callable[[SearchRequest, Report, JobControl], object]
"""Does a search in the thread that calls it; reports the values of `app.search.events`."""


class SearchControl(QObject):
    """Owns the search: one at a time, its trials in processes of their own.

    Attributes:
        state: where it stands.
        space: the dimensions of these trials.
        project: with which this search was begun.

    Signals:
        changed(): `state` is another value.
        study_changed(): other trials altogether are on show, or none.
        trials_changed(numbers): these are new or have come on; told once for all that came
            together.
        curves_changed(number): a fold of this trial has ended.
        ended(): the search is over.
        message(str): one line for the status row.
    """

    changed = Signal()
    study_changed = Signal()
    trials_changed = Signal(object)
    curves_changed = Signal(int)
    ended = Signal()
    message = Signal(str)

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        jobs: JobCenter,
        run: RunControl,
        search: Search,
        studies: Studies,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Args:
        search: does one, in the thread for searches.
        studies: of the project.
        """
        super().__init__(parent)
        self._document = document
        self._feed = feed
        self._jobs = jobs
        self._run = run
        self._search = search
        self.studies = studies
        self._clock = clock
        self._control: JobControl | None = None
        self._number = 0
        self._turn = 0
        """Of the search that is wanted: what was begun for an earlier one is not heard."""
        self._progress = Progress(clock, 0)
        """Since the first training: tells how long it still takes."""
        self._shown = TrialsOnShow()
        self._untold = False
        self._moves = False
        """Whether the study is on its way to where the project was saved."""
        self.state = SearchState()
        self.space: tuple[Dimension, ...] = ()
        self.project: Project | None = None
        self._questions = 0
        self._looked_at: Path | None = None
        """Where a study of the project was looked for."""
        self._kept_in: Path | None = None
        """The study of the project's search, also while a cross-validation is on show."""
        jobs.delivered.connect(self._tell)
        document.saved.connect(self._saved)

    # ---- what is known
    @property
    def trials(self) -> Mapping[int, Trial]:
        """By number, of the search that runs or ran last."""
        return self._shown.trials

    @property
    def running(self) -> Mapping[int, tuple[FoldRunning, ...]]:
        """The folds that are being trained, by trial."""
        return self._shown.running

    def why_not(self) -> str:
        """Why no search can begin now, as a sentence; "" when it can."""
        resolved = self._document.resolved
        if resolved is None:
            return "Open a project first."
        if self.state.active:
            return "A search is running."
        if self._moves:
            return "The search is being saved beside the project."
        if self._run.state.trains:
            return "The bench is training: a search can begin when that has ended."
        if self._feed.problem is not None:
            return "The data could not be read; see the page Data."
        errors = [p for p in resolved.problems if p.severity == "error"]
        if errors:
            return f"The network cannot train yet: {errors[0].title.lower()}; see the bench."
        return ""

    @property
    def fits(self) -> bool:
        """Whether the search on show was begun with the settings of the project."""
        now = self._document.project
        return now is not None and self.project is not None and searched_alike(self.project, now)

    @property
    def unsaved(self) -> bool:
        """Whether there is a search that only saving the project keeps: it was begun while the
        project was in no file, and is in none now.
        """
        state = self.state
        there = state.before if state.alone else state.active or state.total > 0
        return there and self._kept_in is not None and self._document.path is None

    @property
    def gone_on_with(self) -> Project | None:
        """The project with which the search on show goes on: where the one at hand has other
        settings by now, its own, with as many trials and workers as are asked for.
        """
        now, own = self._document.project, self.project
        if now is None or own is None or self.fits:
            return now
        asked = {name: getattr(now.search, name) for name in ("trials", "workers", "cluster")}
        search = own.search.model_copy(update=asked)
        return own.model_copy(update={"name": now.name, "search": search})

    # ---- orders
    def start(self, *, resume: bool = False, trials: int | None = None) -> None:
        """Search with the settings of the project: anew; or, with `gone_on_with`, on with the
        trials of the study on show.

        Args:
            trials: how many there are to be in all, in place of those of the settings.
        """
        project = self.gone_on_with if resume else self._document.project
        if project is not None and not self.why_not():
            study = self.state.study if resume and self.state.study else self.studies.path
            self._begin(project, study, resume, trials, alone=False)

    def replaced_by_a_search(self, then: Callable[[int | None], None]) -> None:
        """Call `then` with the number of trials in whose place a new search would come: of the
        study in the file where it is kept, whoever put it there, else of the one on show; None:
        of a study that cannot be read. Not at all when it is asked again, or another project is
        open, before that is known.
        """
        self._questions += 1
        question, turn = self._questions, self._turn
        shown = 0 if self.state.alone else self.state.done or self.state.total

        def looked(found: FoundStudy | None, error: BaseException | None) -> None:
            if (question, turn) != (self._questions, self._turn):
                return
            if error is not None:
                then(None)
            elif found is not None:
                over = sum(trial.state in DONE for trial in found.trials)
                then(over or len(found.trials))
            else:
                then(shown)

        if self.studies.path.exists():
            self.studies.find_in_its_file(looked)
        else:
            then(shown)

    def cross_validate(self) -> None:
        """Train the network at hand once for each fold."""
        project = self._document.project
        if project is None or self.why_not():
            return
        settings = project.search.model_copy(
            update={
                "space": (),
                "sampler": "random",
                "trials": 1,
                "scored_by": "folds",
                "pruner": "none",
            }
        )
        project = project.model_copy(update={"search": settings})
        study = self.studies.path_of_folds
        self._begin(project, study, False, None, alone=True)

    def pause(self) -> None:
        """Begin no further fit; those under way end."""
        if self._control is not None and self.state.phase == "running":
            self._control.pause()

    def resume(self) -> None:
        if self._control is not None and self.state.phase == "paused":
            self._control.resume()

    def cancel(self) -> None:
        """End the search soon; what is finished stays."""
        if self._control is not None:
            self._control.stop()
            self._change(phase="stopping", doing="ending the trainings under way")
        elif self.state.active:
            self._turn += 1
            self._change(phase="idle", doing="", reason="cancelled")
        self._tell()

    def look_again(self) -> None:
        """Show the trials of the project's study file, in place of a cross-validation."""
        if not self.state.active:
            self.project_opened()

    def project_opened(self) -> None:
        """Another project is open: nothing of the old search is heard any more; a study of this
        one is looked for.
        """
        self._forget()
        self._show((), None, SearchState())
        turn, self._looked_at = self._turn, self.studies.path
        self.studies.find(lambda found, error: self._found(turn, found, error))
        self._tell()

    def note_look(self, date: str) -> None:
        """The test part was looked at: the study says so, with the trials that were done by then.

        Args:
            date: when, ISO 8601.
        """
        state, now = self.state, self._document.project
        if state.study is None or state.alone or not self.trials or self.project is None:
            return
        if now is None or not same_test_part(self.project.data, now.data):
            return
        look, study, turn = StudyLook(date, state.done), state.study, self._turn
        self._change(looks=(*state.looks, look))
        self._tell()

        def ended(_result: object, error: BaseException | None) -> None:
            if turn == self._turn and error is not None:
                self._change(failure=failure_of(error, "Noting the look at the test part"))
                self._tell()

        self.studies.keep_look(study, look, ended)

    def curves_of(self, number: int, then: Callable[[Curves], None]) -> None:
        """Call `then` with the curves of the folds of a trial that have ended: now, or when they
        are read.
        """
        study = self.state.study
        kept = self._shown.curves_of(number) if number in self.trials else ()
        if study is None or kept is not None:
            then(kept or ())
            return
        turn = self._turn

        def read(curves: Curves) -> None:
            if turn == self._turn:
                then(curves)

        self.studies.curves_of(study, number, read)

    # ---- starting
    def _begin(
        self, project: Project, study: Path, resume: bool, trials: int | None, *, alone: bool
    ) -> None:
        self._turn += 1
        turn = self._turn
        score = score_of(project)
        self._show(
            tuple(self.trials.values()) if resume else (),
            project,
            replace(
                self.state if resume else SearchState(),
                phase="reading",
                doing="reading the data",
                folds=project.search.folds if project.search.scored_by == "folds" else 1,
                score=score,
                greater_is_better=greater_is_better(score),
                alone=alone,
                before=alone and self._has_study(),
                study=study,
                failure=None,
                reason="",
                sentence="",
            ),
        )

        def read(raw: RawData | None, error: BaseException | None) -> None:
            if turn != self._turn:
                return
            if raw is None:
                failure = None if error is None else failure_of(error, "Reading the data")
                self._change(phase="idle", doing="", failure=failure, reason="failed")
                self._tell()
                return
            kept = self._document.kept.of(project.network)
            request = SearchRequest(project, raw, study, resume, kept, trials)
            self._change(phase="preparing", doing="starting the workers")
            self._number, self._control = self._jobs.start(
                "search",
                lambda report, control: self._search(request, report, control),
                self._event,
                self._search_ended,
            )
            self._tell()

        self._feed.read_raw(project.data, read)
        self._tell()

    def _has_study(self) -> bool:
        """Whether there is a search of this project that a new one would take the place of."""
        shown = self.state.before or (self.state.total > 0 and not self.state.alone)
        return self.studies.path.exists() and (shown or self._document.path is not None)

    def _found(self, turn: int, found: FoundStudy | None, error: BaseException | None) -> None:
        if turn != self._turn:
            return
        if error is not None:
            self._change(failure=failure_of(error, "Reading the study beside the project"))
        elif found is not None:
            self._show_found(found)
            reason = "interrupted" if self.state.done < found.planned else "finished"
            self._change(reason=reason)
            self._follow_the_project()
        self._tell()

    def _show_found(self, found: FoundStudy) -> None:
        state = SearchState(
            planned=found.planned,
            folds=found.folds,
            score=found.score,
            greater_is_better=found.greater_is_better,
            study=found.path,
            looks=found.looks,
        )
        self._show(found.trials, found.project, state)

    def _look_after_failure(self) -> None:
        """A search that could not begin has left the study of before where it was: show it."""
        turn = self._turn

        def ended(found: FoundStudy | None, _error: BaseException | None) -> None:
            if turn == self._turn and found is not None:
                failure = self.state.failure
                self._show_found(found)
                self._change(failure=failure, reason="failed")
                self._tell()

        self.studies.find(ended)

    def _saved(self) -> None:
        """Where there was no study, one may lie beside the file that the project is in now."""
        if self.state.study is None and self.studies.path != self._looked_at:
            turn, self._looked_at = self._turn, self.studies.path

            def ended(found: FoundStudy | None, error: BaseException | None) -> None:
                if self.state.study is None and (found is not None or error is not None):
                    self._found(turn, found, error)

            self.studies.find_in_its_file(ended)
        if self._kept_in is not None and self._kept_in.parent == self.studies.folder:
            self.studies.note_place(self._kept_in, self.studies.path)  # until it can be moved there
        self._follow_the_project()

    def _follow_the_project(self) -> None:
        """The project was saved: its study comes beside it."""
        study, place, turn = self.state.study, self.studies.path, self._turn
        if (
            study in (None, place)
            or self._document.path is None
            or self._moves
            or self.state.active
            or self.state.alone
        ):
            return
        assert study is not None

        def ended(aside: object, error: BaseException | None) -> None:
            self._moves = False
            if aside:
                self.message.emit(f"The search that lay there is kept as {aside}")
            if turn == self._turn and error is not None:
                failure = failure_of(error, "Saving the search beside the project")
                self._change(failure=failure)
            elif turn == self._turn:
                self._change(study=place)
                self._kept_in = place
            self._untold = True
            self._tell()

        self._moves = self._untold = True
        self.studies.take_along(study, place, ended)
        self._tell()

    def _forget(self) -> None:
        self._turn += 1
        if self._control is not None:
            self._control.stop()
            self._jobs.forget("search", self._number)
            self._control = None

    def _show(self, trials: tuple[Trial, ...], project: Project | None, state: SearchState) -> None:
        self._shown = TrialsOnShow(trials, greater_is_better=state.greater_is_better)
        self.project = project
        self.space = project.search.space if project is not None else ()
        self.state = state
        if not state.alone:
            self._kept_in = state.study
        self._count()
        self._untold = True
        self.study_changed.emit()

    # ---- what the search says
    def _event(self, event: object) -> None:
        handler = self._HANDLERS.get(type(event))
        if handler is not None:
            handler(self, event)

    def _started(self, event: events.SearchStarted) -> None:
        trials = {**self.trials, **{trial.number: trial for trial in event.trials}}
        self._show(
            tuple(trials.values()) if event.trials else (),
            self.project,
            replace(
                self.state,
                phase="stopping" if self.state.phase == "stopping" else "running",
                doing="",
                planned=event.planned,
                folds=event.folds,
                score=event.score,
                greater_is_better=event.greater_is_better,
                workers=event.workers,
                note="",
                seconds_left=None,
            ),
        )
        self._progress = Progress(self._clock, event.planned)

    def _trial_changed(self, event: events.TrialChanged) -> None:
        trained = self._shown.take(event, self.state.folds)
        self._count()
        if self.state.phase == "running" and trained:
            self._progress.begin(self._done())

    def _count(self) -> None:
        """Take into the state what the trials have come to."""
        shown = self._shown
        best = shown.best
        self._change(
            counts=shown.counts,
            training=shown.training,
            starting=self.state.active and not shown.trained,
            best=None if best is None else best.number,
            best_mean=None if best is None else best.mean,
            seconds=float(int(shown.seconds)),  # not another value 30 times a second
        )

    def _fit_ended(self, event: events.FitEnded) -> None:
        self._shown.take_curves(event)

    def _workers_changed(self, event: events.WorkersChanged) -> None:
        self._change(workers=event.workers, note=event.sentence or self.state.note)

    def _paused(self, event: events.SearchPaused) -> None:
        self._progress.hold()
        if self.state.phase == "running":
            self._change(phase="paused", seconds_left=None)

    def _resumed(self, event: events.SearchResumed) -> None:
        if self.state.phase == "paused":
            self._change(phase="running")

    def _search_ended(self, result: object, error: BaseException | None) -> None:
        self._control = None
        self._progress.hold()
        self._shown.leave_open()
        changes: dict[str, Any] = {"phase": "idle", "doing": "", "seconds_left": None}
        if error is not None:
            changes |= {"failure": failure_of(error, "The search"), "reason": "failed"}
            if not self.trials and not self.state.alone:
                self._look_after_failure()
        elif isinstance(result, events.SearchEnded):
            changes |= {"reason": result.reason, "sentence": result.sentence}
            if result.reason == "failed":
                changes["failure"] = Failure(
                    result.sentence,
                    "What is finished is kept in the study.",
                    "Mend what is said here, then go on with the search.",
                )
            if result.best is not None and result.best in self.trials:
                self._shown.best = self.trials[result.best]
        self._count()
        self._change(**changes)
        self._follow_the_project()
        self._tell()
        self.ended.emit()

    _HANDLERS: dict[type, Callable[["SearchControl", Any], None]] = {
        events.SearchStarted: _started,
        events.TrialChanged: _trial_changed,
        events.FitEnded: _fit_ended,
        events.WorkersChanged: _workers_changed,
        events.SearchPaused: _paused,
        events.SearchResumed: _resumed,
    }

    # ---- telling
    def _done(self) -> float:
        return self.state.done + self._shown.parts

    def _change(self, **changes: Any) -> None:
        state = replace(self.state, **changes)
        self._untold = self._untold or state != self.state
        self.state = state

    def _tell(self) -> None:
        """Once for all that came together."""
        if self.state.planned:
            done = self._done()
            left = self._progress.left(done) if self.state.phase == "running" else None
            self._change(
                progress=min(1.0, done / max(self.state.planned, 1)),
                seconds_left=None if left is None else float(round(left)),
            )
        shown = self._shown
        fresh, shown.fresh = shown.fresh, set()
        if fresh:
            self.trials_changed.emit(frozenset(fresh))
        if self._untold:
            self._untold = False
            self.changed.emit()
        with_curves, shown.with_curves = shown.with_curves, set()
        for number in with_curves:
            self.curves_changed.emit(number)

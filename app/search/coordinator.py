"""The search itself: draws trials, has their folds trained, keeps what came of them.

One thread owns everything here. Fits are done elsewhere, behind `FitExecutor`; what they tell
arrives in one queue, which is the only thing that this thread waits for.
"""

import functools
import logging
import queue
import statistics
import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Literal

from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.search_results import FitCurves, FoldResult, Trial, TrialState
from app.core.short_names import shortened
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search.data_reference import DataReference
from app.search.draws import drawn
from app.search.events import (
    FitEnded,
    FoldRunning,
    SearchEnded,
    SearchPaused,
    SearchRequest,
    SearchResumed,
    SearchStarted,
    TrialChanged,
    WorkersChanged,
)
from app.search.fit import run_fit
from app.search.fit_executor import ExecutorFactory, FitExecutor
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from app.search.open_trial import OpenTrial
from app.search.pruning import Pruner, pruner_of
from app.search.sampling import Sampler, sampler_of
from app.search.sole_writer import SoleWriter
from app.search.study_file import StudyError, StudyFile
from app.search.study_opening import opened_study, trials_planned
from app.search.tally import Tally

logger = logging.getLogger(__name__)

LISTEN_SECONDS = 0.1
"""So often it is looked at whether to stop or to pause."""
TELL_SECONDS = 0.1
"""Between two events about the epochs of one trial."""


@dataclass(frozen=True)
class _Came:
    """A fit is over."""

    trial: int
    fold: int
    future: Future[FitResult]


def search(
    request: SearchRequest,
    report: Report,
    control: JobControl,
    executor_factory: ExecutorFactory,
) -> SearchEnded:
    """Do the trials of `request.project.search`, until all that were asked for are done.

    What is told: `SearchStarted` first; `TrialChanged` when a trial was drawn, a fold of it began
    or ended, and ten times a second at most while epochs pass; `FitEnded` with the curves of each
    fold; `WorkersChanged`; `SearchPaused` and `SearchResumed`; `SearchEnded` last, which is the
    result. Trials that fail, diverge or are ended early count among those asked for.

    Args:
        control: with `pause` no further fit is begun; with `stop` those under way are ended, and
            what they had done of their folds is lost.
        executor_factory: makes what does the fits; it is shut down at the end.

    Raises:
        ExplainedError: before the first trial: the study cannot be begun, or not be gone on with.
            What prevents the search later on is the sentence of `SearchEnded`.
    """
    with SoleWriter(request.study), opened_study(request) as study:
        running = _Search(request, study, report, control)
        ended = running.run(executor_factory)
    report(ended)
    return ended


class _Search:
    """The state of one search; lives as long as `search` runs."""

    def __init__(
        self, request: SearchRequest, study: StudyFile, report: Report, control: JobControl
    ) -> None:
        self._request = request
        self._project = request.project
        self._study = study
        self._report = report
        self._control = control
        head = study.head
        self._folds = head.folds
        self._planned = trials_planned(self._project, request.trials)
        self._data = DataReference(request.raw, request.kept or {})
        self._sampler: Sampler = sampler_of(self._project, head.greater_is_better)
        self._pruner: Pruner | None = pruner_of(self._project, head.score, head.greater_is_better)
        self._inbox: queue.SimpleQueue[_Came | FitProgress | WorkersChanged] = queue.SimpleQueue()
        self._open: dict[int, OpenTrial] = {}
        self._next = 0
        self._exhausted = False
        self._paused = False
        self._tally = Tally(head.greater_is_better)
        self._executor: FitExecutor | None = None

    # ---- from beginning to end
    def run(self, executor_factory: ExecutorFactory) -> SearchEnded:
        before = self._taken_up()
        executor = executor_factory(self._data, self._inbox.put, self._workers_changed)
        self._executor = executor
        head = self._study.head
        try:
            self._report(
                SearchStarted(
                    max(self._planned, len(before)),
                    self._folds,
                    head.score,
                    head.greater_is_better,
                    executor.workers,
                    before,
                    *self._study.identity(),
                    self._study.elsewhere(),
                )
            )
            while not self._control.stopping and self._begin_fits():
                self._listen()
            if self._control.stopping:
                self._cancel()
                return self._ended("cancelled")
            return self._ended("finished")
        except ExplainedError as error:
            logger.info("the search failed", exc_info=True)
            return self._ended("failed", str(error))
        finally:
            executor.shutdown(cancel_futures=True)

    def _taken_up(self) -> tuple[Trial, ...]:
        """Go on with the trials of before: those that are open come first."""
        if not self._request.resume:
            return ()
        trials = self._study.trials()
        curves = self._first_curves()
        for trial in trials:
            if self._control.stopping:
                break
            self._sampler.again(trial)
            if trial.state in ("waiting", "cancelled"):
                draw = drawn(self._project, trial.settings)
                if draw.project is None:
                    raise StudyError(
                        f"Trial {trial.number} of the study cannot be set: {draw.sentence}",
                        "Its settings fit the project.",
                        "Begin a new study.",
                    )
                self._study.drop_folds(trial.number)
                results = {f.fold: f for f in trial.folds if f.state == "finished"}
                self._open[trial.number] = OpenTrial(
                    trial.number, trial.settings, draw.project, results
                )
                continue
            self._tally.add(trial)
            self._sampler.tell(trial, self._reached(trial, curves.get(trial.number)))
            if self._pruner is not None:
                self._pruner.again(trial, curves.get(trial.number))
        self._next = len(trials)
        return tuple(
            self._open[t.number].seen("waiting") if t.number in self._open else t for t in trials
        )

    def _first_curves(self) -> dict[int, FitCurves]:
        found: dict[int, FitCurves] = {}
        if self._pruner is not None:
            for number, curves in self._study.first_curves():
                if self._control.stopping:
                    break
                found[number] = curves
        return found

    def _reached(self, trial: Trial, first: FitCurves | None) -> tuple[int, float] | None:
        """How far a trial came that was ended early, on one axis: the epochs of its first fold,
        then its further folds, and the score there.
        """
        if trial.state != "pruned":
            return None
        if trial.scores:
            last = max(fold.fold for fold in trial.folds if fold.score is not None)
            return self._project.training.epochs + last, statistics.fmean(trial.scores)
        rows = first.rows if first is not None else ()
        score = rows[-1].metrics.get(f"val_{self._study.head.score}") if rows else None
        return (rows[-1].epoch, score) if isinstance(score, float) else None

    def _ended(
        self, reason: Literal["finished", "cancelled", "failed"], sentence: str = ""
    ) -> SearchEnded:
        said = self._tally.words
        if reason == "finished" and self._exhausted:
            said = f"Every setting of the space was tried: {said}"
        return SearchEnded(reason, f"{sentence} {said}".lstrip(), self._tally.best)

    # ---- what to do next
    def _begin_fits(self) -> bool:
        """Begin fits as long as workers are free; whether anything is left to wait for."""
        self._heed_pause()
        assert self._executor is not None
        while not self._paused and not self._control.stopping:
            if sum(len(trial.running) for trial in self._open.values()) >= max(
                1, self._executor.workers
            ):
                return True
            if not self._begin_one():
                break
        return bool(self._open) or (self._paused and self._next < self._planned)

    def _begin_one(self) -> bool:
        """Whether a fit was begun, or a trial was drawn that cannot be."""
        ready = [trial for trial in self._open.values() if trial.ending is None]
        for trial in ready:  # the next fold of a trial, in the worker that has its network
            if len(trial.results) == self._folds:  # of before; it only was not noted any more
                self._end(trial, "finished")
                return True
            if not trial.running:
                self._begin_fold(trial)
                return True
        if self._next < self._planned and not self._exhausted:
            return self._draw()
        for trial in ready:  # the last ones: what is left is shared out
            if len(trial.results) + len(trial.running) < self._folds:
                self._begin_fold(trial)
                return True
        return False

    def _draw(self) -> bool:
        draw = self._sampler.draw(self._next, lambda: self._control.stopping)
        if draw is None:
            self._exhausted = not self._control.stopping
            return not self._control.stopping
        trial = OpenTrial(self._next, draw.values, draw.project)
        self._next += 1
        if draw.project is None:
            self._end(trial, "failed", draw.sentence)
            return True
        self._open[trial.number] = trial
        self._study.put_trial(trial.seen("running"))
        self._begin_fold(trial)
        return True

    def _begin_fold(self, trial: OpenTrial) -> None:
        missing = (n for n in range(self._folds) if n not in trial.results | trial.running)
        fold = next(missing)
        project = trial.project
        assert project is not None
        assert self._executor is not None
        request = FitRequest(
            trial.number,
            project,
            fold,
            (project.training.seed + fold) % 2**31,
            self._data.key,
            self._study.head.score,
        )
        if fold == 0 and self._pruner is not None:
            self._pruner.begin(trial.number)
        future = self._executor.submit(run_fit, request)
        trial.running[fold] = FoldRunning(fold, 0, project.training.epochs)
        self._tell(trial)
        future.add_done_callback(functools.partial(self._came, trial.number, fold))

    def _heed_pause(self) -> None:
        """With `pause` hold until what is under way has ended; then wait for what the user says."""
        control = self._control
        control.take_messages()
        control.take_step()
        if control.paused != self._paused:
            self._paused = control.paused
            self._report(SearchPaused() if self._paused else SearchResumed())
        while self._paused and not control.stopping and not self._under_way():
            control.wait()
            control.take_messages()
            control.take_step()
            if not control.paused:
                self._paused = False
                self._report(SearchResumed())

    def _under_way(self) -> bool:
        return any(trial.running for trial in self._open.values())

    # ---- what comes
    def _came(self, trial: int, fold: int, future: Future[FitResult]) -> None:
        """In any thread."""
        self._inbox.put(_Came(trial, fold, future))

    def _workers_changed(self, workers: int, sentence: str) -> None:
        """In any thread."""
        self._inbox.put(WorkersChanged(workers, sentence))

    def _listen(self) -> None:
        """Wait for something, a moment at most, and see to what is there, no longer than that."""
        latest: dict[int, OpenTrial] = {}
        deadline = time.monotonic() + LISTEN_SECONDS
        try:
            message = self._inbox.get(timeout=LISTEN_SECONDS)
            self._hear(message, latest)
            while time.monotonic() < deadline:
                self._hear(self._inbox.get_nowait(), latest)
        except queue.Empty:
            pass
        now = time.monotonic()
        for trial in latest.values():
            if trial.number in self._open and now - trial.told >= TELL_SECONDS:
                self._tell(trial)

    def _hear(
        self, message: _Came | FitProgress | WorkersChanged, latest: dict[int, OpenTrial]
    ) -> None:
        if isinstance(message, WorkersChanged):
            self._report(message)
        elif isinstance(message, FitProgress):
            trial = self._open.get(message.trial)
            if trial is not None and message.fold in trial.running:
                self._progress(trial, message)
                latest[trial.number] = trial
        else:
            trial = self._open[message.trial]
            del trial.running[message.fold]
            self._fit_over(trial, message)

    def _progress(self, trial: OpenTrial, told: FitProgress) -> None:
        trial.running[told.fold] = FoldRunning(told.fold, told.epoch, told.epochs)
        if told.fold != 0 or trial.ending is not None or self._pruner is None:
            return
        if self._pruner.poor_after_epoch(trial.number, told.epoch, told.value):
            self._end_early(
                trial,
                "pruned",
                f"Ended after epoch {told.epoch} of the first fold: others were better by then.",
            )

    def _fit_over(self, trial: OpenTrial, came: _Came) -> None:
        found = self._result_of(trial, came)
        if found is not None:
            result = found.result
            trial.results[result.fold] = result
            if result.fold == 0 and self._pruner is not None:
                trial.first = found.curves
            self._heed_result(trial, result)
        over = not trial.running and (trial.ending is not None or len(trial.results) == self._folds)
        # One that was to end early and got done all the same is finished.
        state: TrialState = "finished" if over else "running"
        sentence = ""
        if over and trial.ending is not None and len(trial.scores) < self._folds:
            state, sentence = trial.ending
        if found is not None:
            self._study.put_fold(trial.seen(state, sentence), found.result, found.curves)
            self._report(FitEnded(trial.number, found.curves))
        if over:
            self._end(trial, state, sentence, kept=found is not None)
        else:
            self._tell(trial)

    def _heed_result(self, trial: OpenTrial, result: FoldResult) -> None:
        if result.state in ("failed", "diverged"):
            if trial.ending is None or trial.ending[0] == "pruned":
                word = "failed" if result.state == "failed" else "diverged"
                name = f"Fold {result.fold + 1} {word}" if self._folds > 1 else word.title()
                self._end_early(trial, "failed", f"{name}: {result.sentence}")
        elif result.state == "pruned" and trial.ending is None:
            trial.ending = ("failed", result.sentence or "A fit ended before it was done.")
        elif result.state == "finished" and trial.ending is None:
            self._judge_folds(trial)

    def _result_of(self, trial: OpenTrial, came: _Came) -> FitResult | None:
        """None of a fit that was not begun. Raises ExplainedError where no worker is left."""
        try:
            return came.future.result()
        except CancelledError:
            if trial.ending is None:
                raise StudyError(
                    "The workers gave a fit back.",
                    "They do the fits that they are given.",
                    "Go on with the search; its study is kept.",
                ) from None
            return None
        except ExplainedError:
            raise
        except Exception as error:
            logger.info("a fit was lost", exc_info=True)
            raise StudyError(
                f"The workers are gone: {type(error).__name__}: {shortened(error, 200)}.",
                "Workers that do the fits.",
                "Go on with the search once they are there again; its study is kept.",
            ) from error

    def _judge_folds(self, trial: OpenTrial) -> None:
        scores = trial.scores
        if self._pruner is not None and self._pruner.poor_after_fold(scores):
            self._end_early(
                trial,
                "pruned",
                f"Ended after {counted(len(scores), 'fold')} of {self._folds}: others were better.",
            )

    # ---- the end of a trial
    def _end_early(self, trial: OpenTrial, state: TrialState, sentence: str) -> None:
        """End what is under way of it; it is over when that has ended."""
        trial.ending = (state, sentence)
        assert self._executor is not None
        for fold in trial.running:
            self._executor.cancel(trial.number, fold)

    def _end(
        self, trial: OpenTrial, state: TrialState, sentence: str = "", *, kept: bool = False
    ) -> None:
        """`kept`: whether the study knows already."""
        self._open.pop(trial.number, None)
        ended = trial.seen(state, sentence)
        if not kept:
            self._study.put_trial(ended)
        self._tally.add(ended)
        self._sampler.tell(ended, self._reached(ended, trial.first))
        if self._pruner is not None:
            self._pruner.end(ended)
        self._report(TrialChanged(ended))

    def _cancel(self) -> None:
        """Everything under way ends now; finished folds are kept for a search that goes on."""
        assert self._executor is not None
        for trial in self._open.values():
            trial.ending = ("cancelled", "The search was cancelled.")
        self._executor.shutdown(cancel_futures=True)
        while self._under_way() and not self._inbox.empty():
            self._listen()
        for trial in list(self._open.values()):
            trial.results = {n: f for n, f in trial.results.items() if f.state == "finished"}
            self._study.drop_folds(trial.number)
            self._end(trial, "cancelled", "The search was cancelled.")

    def _tell(self, trial: OpenTrial) -> None:
        trial.told = time.monotonic()
        running = tuple(trial.running[fold] for fold in sorted(trial.running))
        self._report(TrialChanged(trial.seen("running"), running))

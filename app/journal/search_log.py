"""The trials of a search, kept as they end."""

import secrets
from collections.abc import Callable, Iterable, Sequence

from app.core.explained_error import ExplainedError
from app.core.project import Project
from app.core.search_results import OVER, FitCurves, Trial
from app.core.search_settings import Values
from app.journal.journal import Journal


class SearchLog:
    """Keeps each trial of one search, with the curves of its folds, once it is over.

    A journal that cannot be used is no reason to end a search: what went wrong stands in
    `problem`, and the trials are in the study. Hand it what the search tells: `begun` at its
    start, `fit_ended` and `trial_changed` as they come. Writes in the thread that calls.
    """

    def __init__(
        self,
        journal: Journal,
        project: Project,
        with_values: Callable[[Project, Values], Project],
        *,
        study: str,
        data: str,
        fingerprint: str = "",
        file: str = "",
    ) -> None:
        """Args:
        with_values: gives the settings of a trial, see `app.core.search_space`.
        study: the file of the study.
        data: title of the data.
        file: the project file, "" for none.
        """
        self._journal, self._project, self._with_values = journal, project, with_values
        self._about = {"study": study, "data": data, "fingerprint": fingerprint, "file": file}
        self._key = secrets.token_hex(8)
        self._score = "loss"
        self._kept: set[int] = set()
        self._curves: dict[int, dict[int, FitCurves]] = {}
        self.problem: ExplainedError | None = None

    def begun(
        self,
        score: str,
        trials: Sequence[Trial] = (),
        curves_of: Callable[[int], Sequence[FitCurves]] = lambda _number: (),
        *,
        key: str = "",
        begun_at: str = "",
        elsewhere: Iterable[int] = (),
    ) -> None:
        """The search begins, or goes on.

        Args:
            score: name of the metric that decides, without "val_".
            trials: of a study that goes on, those of before; those that the journal lacks because
                the program was killed are kept now.
            curves_of: gives what the study knows of the curves of a trial.
            key: names the study, the same wherever its file lies and whenever it goes on; "": one
                of its own.
            begun_at: when the study began, ISO 8601; "" where that is not known.
            elsewhere: trials that are kept under another name.
        """
        self._score = score
        self._key = key or secrets.token_hex(8)
        self._about["begun_at"] = begun_at
        with self._excused():
            self._kept = {*elsewhere, *self._journal.kept_trials(self._key)}
            about = self._about
            self._journal.study_is_at(self._key, about["study"], about["file"])
        for trial in trials:
            if trial.number in self._kept:
                continue
            if trial.folds:  # also of one that goes on: these folds are not done again
                self._curves[trial.number] = {one.fold: one for one in curves_of(trial.number)}
            self.trial_changed(trial)

    def fit_ended(self, trial: int, curves: FitCurves) -> None:
        """A fold of a trial ended."""
        self._curves.setdefault(trial, {})[curves.fold] = curves

    def trial_changed(self, trial: Trial) -> None:
        """A trial was drawn, came on, or ended; kept when it is over."""
        if trial.state not in OVER or trial.number in self._kept:
            return
        curves = self._curves.pop(trial.number, {})
        with self._excused():
            self._journal.keep_trial(
                trial,
                self._with_values(self._project, trial.settings),
                [curves[one.fold] for one in trial.folds if one.fold in curves],
                key=self._key,
                score=self._score,
                **self._about,
            )
            self._kept.add(trial.number)

    def _excused(self) -> "_Excused":
        return _Excused(self)


class _Excused:
    """Notes an explained error with the log, and lets the search go on."""

    def __init__(self, log: SearchLog) -> None:
        self._log = log

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _trace: object) -> bool:
        if isinstance(error, ExplainedError):
            self._log.problem = error
            return True
        return False

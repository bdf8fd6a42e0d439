"""What the journal tells of a run: the row of a list, and the whole."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from app.core.process_identity import ProcessIdentity
from app.core.project import Project
from app.core.run_record import EpochRow, RunRecord
from app.core.search_results import FitCurves, Trial
from app.core.short_names import shortened
from app.core.vault_openings import Openings

Kind = Literal["bench", "race", "trial", "command line"]
KINDS: tuple[Kind, ...] = ("bench", "race", "trial", "command line")
Ending = Literal[
    "running",
    "interrupted",
    "finished",
    "early_stopping",
    "stopped",
    "diverged",
    "pruned",
    "failed",
    "cancelled",
]
"""How a run stands. "interrupted": the program that trained it is gone, and it never ended."""

ENDING_WORDS: dict[Ending, str] = {
    "running": "running",
    "interrupted": "interrupted",
    "finished": "finished",
    "early_stopping": "stopped early",
    "stopped": "stopped",
    "diverged": "diverged",
    "pruned": "pruned",
    "failed": "failed",
    "cancelled": "cancelled",
}


LEAST_NAME = 8
"""So many characters of a name are shown, however little room there is."""


class Entry(NamedTuple):
    """A row of the list: cheap to have by the thousand.

    Attributes:
        number: of the run in the journal, from 1; never given twice.
        key: names the run elsewhere, in a project file for example.
        name: of the project.
        started_at: ISO 8601 with the offset from UTC.
        seconds: of training.
        ending: how it stands.
        sentence: the same in words.
        epochs: done; of a trial in all its folds.
        best_epoch: by early stopping's monitor; 0 where there is none, or several folds.
        data: title of the data.
        fingerprint: SHA-256 of the arrays; "" where it is not known.
        score_name: what `score` is, named as `model.fit` names it: "val_accuracy".
        score: at the best epoch; of a trial the mean of its folds; None where there is none.
        sd: of the folds' scores; None of a single one.
        study: of a trial, the file of its study.
        trial: its number there, from 0; -1 of others, and where only the network at hand was
            cross-validated.
        openings: how often the test vault was opened in the run, with earlier weights too.
        file: the project file that it belonged to when it began; "" for none.
        notes: what the user wrote.
        begun_at: of a trial, when its search began, ISO 8601; "" where that is not known.
        part: of a refit or a race, which of the project's runs it is, in words.
    """

    number: int
    key: str
    kind: Kind
    name: str
    started_at: str
    seconds: float
    ending: Ending
    sentence: str
    epochs: int
    best_epoch: int
    seed: int
    data: str
    fingerprint: str
    score_name: str
    score: float | None
    sd: float | None
    study: str
    trial: int
    openings: int
    file: str
    notes: str
    begun_at: str = ""
    part: str = ""

    @property
    def which(self) -> str:
        """What tells it from other runs of the project; "" of a training on the bench.

        Of a trial that is its number and its search, so that searches are told apart.
        """
        if self.kind != "trial":
            return self.part
        if self.trial < 0:
            return "cross-validation"
        search = f"search {begun}, " if (begun := _moment(self.begun_at)) else ""
        return f"{search}trial {self.trial}"

    @property
    def title(self) -> str:
        """The name, and which run of that name it is."""
        return ", ".join(filter(None, (self.name, self.which)))

    def short_title(self, most: int) -> str:
        """The title in about `most` characters: the name gives way, for what is left of it is that
        of many runs.
        """
        which = f", {self.which}" if self.which else ""
        return f"{shortened(self.name, max(most - len(which), LEAST_NAME))}{which}"


@dataclass(frozen=True)
class KeptRun:
    """All that is kept of a run. Its weights are not: its settings and its seed give them again.

    Attributes:
        project: the settings.
        curves: of each fold; one of a run without folds.
        record: of a run that is no trial, its rows included.
        trial: of a trial.
        openings: of the test vault with the weights that the run ended with; those before stand in
            `record`.
    """

    entry: Entry
    project: Project
    curves: tuple[FitCurves, ...]
    record: RunRecord | None = None
    trial: Trial | None = None
    openings: Openings = ()

    @property
    def unvalidated(self) -> EpochRow | None:
        """Of a run whose score is missing because there was no validation part, the epoch of the
        weights that it ended with.
        """
        record = self.record
        if record is None or not record.rows or record.validated:
            return None
        kept = (row for row in record.rows if record.restored and row.epoch == record.best_epoch)
        return next(kept, record.rows[-1])

    def records(self) -> tuple[tuple[str, RunRecord], ...]:
        """(words, record) of each fold as a run of its own, for what draws or writes runs; the
        words are "" where there is one.
        """
        if self.record is not None:
            return (("", self.record),)
        best = {fold.fold: fold.best_epoch for fold in self.trial.folds} if self.trial else {}
        return tuple(
            (
                f"fold {curves.fold + 1}" if len(self.curves) > 1 else "",
                RunRecord(
                    project=self.project, rows=curves.rows, best_epoch=best.get(curves.fold, 0)
                ),
            )
            for curves in self.curves
        )


def _moment(text: str) -> str:
    """Month, day and minute in local time, "11-23 02:40"; "" of what is none."""
    try:
        return datetime.fromisoformat(text).astimezone().strftime("%m-%d %H:%M")
    except (ValueError, OSError, OverflowError):
        return ""


_OWN = ProcessIdentity.own


def ending_of(reason: str, owners: dict[str, bool], owner: str) -> Ending:
    """How a run stands whose `reason` is kept; "" for one that has not ended.

    Args:
        owners: whether a process still runs, by its text; filled here.
    """
    if reason:
        return reason  # type: ignore[return-value]
    if owner not in owners:
        owners[owner] = _runs(owner)
    return "running" if owners[owner] else "interrupted"


def own_text() -> str:
    """This process, as a text that `ending_of` understands."""
    own = _OWN()
    return f"{own.pid}|{own.host}|{own.started}"


def _runs(owner: str) -> bool:
    pid, _, rest = owner.partition("|")
    host, _, started = rest.partition("|")
    return pid.isdigit() and ProcessIdentity(int(pid), host, started).running

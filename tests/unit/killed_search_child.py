"""What a child process does for the tests of kills: a search whose process is killed, once for each
of its writes.

    python -m tests.unit.killed_search_child FOLDER [forgetful]

For the n-th kill there is afterwards the folder `FOLDER/n` with the study, the journal and, in
`told`, one line for each fold and each trial that was told to have ended. Each of them was begun as
a process of its own, which is ended by SIGKILL right before or right after its n-th commit.
"""

import functools
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.journal import Journal
from app.search.coordinator import search
from app.search.events import FitEnded, SearchRequest, TrialChanged
from app.search.kept_trials import keeping_trials
from app.search.study_file import StudyFile
from tests.unit.made_up_fits import BATCH, RATE, ThreadFits, fine, searched, some_data

PROJECT = searched(RATE, BATCH, trials=2, sampler="random", workers=1)
STUDY, JOURNAL, TOLD = "p.layerlab-study", "journal.db", "told"


class Mortal(sqlite3.Connection):
    """Dies at a commit."""

    left = 0
    """Half steps to live: one ends before a commit, one after it."""

    def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
        commits = statement == "COMMIT"
        if commits:
            self._step()
        result = super().execute(statement, *values)
        if commits:
            self._step()
        return result

    def _step(self) -> None:
        Mortal.left -= 1
        if not Mortal.left:
            os.kill(os.getpid(), signal.SIGKILL)


def searched_in(folder: Path, tell: Callable[[str], None], *, resume: bool = False) -> list[Any]:
    """Search, keep the trials in the journal; the fits that were done, in their order."""
    journal = Journal(folder / JOURNAL)
    made: list[ThreadFits] = []

    def job(request: SearchRequest, report: Report, control: JobControl) -> object:
        def factory(*about: Any) -> ThreadFits:
            made.append(ThreadFits(1, fine, *about))
            return made[0]

        return search(request, report, control, factory)

    def heard(event: object) -> None:
        if isinstance(event, FitEnded):
            tell(f"{event.trial} {event.curves.fold}")
        elif isinstance(event, TrialChanged) and event.trial.state == "finished":
            tell(f"{event.trial.number}")

    def problem(error: Exception) -> None:
        raise error

    request = SearchRequest(PROJECT, some_data(), folder / STUDY, resume)
    try:
        keeping_trials(job, journal, None, problem)(request, heard, JobControl())
    finally:
        journal.close()
    return made[0].begun


def main(folder: Path, forgetful: bool) -> None:
    if forgetful:
        StudyFile.put_fold = lambda study, trial, *_: study.put_trial(trial)  # type: ignore[method-assign]
    connect = sqlite3.connect
    sqlite3.connect = functools.partial(connect, factory=Mortal)  # type: ignore[assignment]
    for number in range(1, 1000):
        place = folder / str(number)
        place.mkdir(parents=True)
        child = os.fork()
        if not child:
            Mortal.left = number
            with (place / TOLD).open("w", buffering=1) as told:
                searched_in(place, lambda line, to=told: print(line, file=to))  # type: ignore[misc]
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return  # it lived to its end
        if os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"the search ended by itself: {status}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), "forgetful" in sys.argv[2:])

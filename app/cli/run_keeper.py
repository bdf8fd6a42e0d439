"""Puts a training of the command line into the journal while it goes on."""

import time
from pathlib import Path

from app.cli.console import note
from app.core.explained_error import ExplainedError
from app.core.run_record import RunRecord
from app.journal.journal import Journal

EVERY_SECONDS = 3.0
"""So often a run that trains is written down: a kill costs no more."""


class RunKeeper:
    """Call it with the record as it grows. A journal that cannot be used is said in a note at the
    end, and stops nothing.
    """

    def __init__(self, journal: Journal, project: Path) -> None:
        self._journal = journal
        self._file = str(project.resolve())
        self._rows = 0
        self._next = 0.0
        self._problem: ExplainedError | None = None

    def __call__(self, record: RunRecord) -> None:
        now = time.monotonic()
        if self._problem is not None or (record.reason is None and now < self._next):
            return
        self._next = now + EVERY_SECONDS
        try:
            # At the end as a whole: one piece instead of many.
            rows = self._rows if record.reason is None else 0
            self._journal.keep(record, "command line", file=self._file, rows_from=rows)
            self._rows = len(record.rows)
        except ExplainedError as error:
            self._problem = error

    def close(self) -> None:
        """The training is over."""
        self._journal.close()
        if self._problem is not None:
            note(f"The run is not kept in the journal. {self._problem}")

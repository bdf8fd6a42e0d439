"""Where fits are done, as the coordinator of a search sees it: here, in processes, on a cluster."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from app.search.events import SearchRequest, WorkersChanged
from app.search.fit_unit import FitProgress, FitRequest, FitResult

Tell = Callable[[FitProgress | WorkersChanged], None]
"""Takes what comes from a fit under way, from any thread; returns at once."""


class FitExecutor(Protocol):
    """Does fits, one at a time in each worker."""

    @property
    def workers(self) -> int:
        """How many fits it does at once now; may change."""

    @property
    def data(self) -> str:
        """What `FitRequest.data` has to be."""

    def start(self, request: FitRequest) -> Future[FitResult]:
        """Do a fit; returns at once, from the coordinator's thread alone.

        The future gives a result for whatever befalls the fit itself ("failed" with a sentence
        where it raised, ran out of memory, or its worker died too often); it has an exception only
        where no worker is left that could do it.
        """

    def end_early(self, request: FitRequest) -> None:
        """End this fit soon, because its trial is poor or cancelled; returns at once.

        Its future gives a result "pruned", or is cancelled where it had not begun; one that ended
        meanwhile keeps its result.
        """

    def shutdown(self) -> None:
        """End every fit and every worker; returns within 3 s."""


ExecutorFactory = Callable[[SearchRequest, Tell], FitExecutor]
"""Makes the executor of a search; raises ExplainedError where that is not possible. It may return
before its first worker has started.
"""

"""Where fits are done, as the coordinator of a search sees it: processes here, or a cluster."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

from app.search.data_reference import DataReference
from app.search.fit_unit import FitProgress, FitRequest, FitResult

Fit = Callable[[FitRequest], FitResult]
OnProgress = Callable[[FitProgress], None]
OnWorkers = Callable[[int, str], None]
"""So many workers there are, and what happened to one, "" where all is well."""


class FitExecutor(Protocol):
    """Does fits, one at a time in each worker; what it is told it passes on from any thread."""

    @property
    def workers(self) -> int:
        """How many fits it does at once; that of a cluster changes."""

    def submit(self, fit: Fit, request: FitRequest, /) -> Future[FitResult]:
        """Do `fit(request)`; returns at once.

        Whatever befalls the fit itself is in its result. The future has an exception where no
        worker is left that could do it. Raises where nothing can be begun any more.
        """

    def cancel(self, trial: int, fold: int) -> bool:
        """End this fit soon, whether it is under way or not; returns at once.

        Its future gives a result "pruned", or is cancelled where it had not begun. Whether there
        was one.
        """

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End every fit and every worker; with `cancel_futures` within 3 s."""


ExecutorFactory = Callable[[DataReference, OnProgress, OnWorkers], FitExecutor]
"""Makes the executor of a search, such as `functools.partial(LocalWorkers, 4)`; raises
ExplainedError where that is not possible. It may return before its first worker has started.
"""

"""Fits that need no network, for tests of the processes that do them; each is a function that a
worker process can import.
"""

import os
import signal
import sys
import threading
from pathlib import Path

import numpy as np

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.search_results import FitCurves, FoldResult
from app.core.templates import start_from
from app.search import fit as fits
from app.search.data_reference import DataReference
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from tests.unit.small_sources import table

PROJECT = start_from("breast_cancer")


def data() -> DataReference:
    generator = np.random.default_rng(0)
    return DataReference(table(generator.normal(size=(60, 3)), generator.integers(0, 2, 60)))


def request(trial: int = 0, fold: int = 0, project: Project = PROJECT, **more: str) -> FitRequest:
    return FitRequest(
        trial=trial,
        project=project,
        fold=fold,
        seed=fold,
        data=more.get("data", "none"),
        score=more.get("score", "accuracy"),
    )


def result(request: FitRequest, **metrics: object) -> FitResult:
    found = FoldResult(request.fold, "finished", score=1.0, metrics=FrozenMap(metrics))
    return FitResult(request.trial, found, FitCurves(request.fold, ()))


def about_the_process(request: FitRequest) -> FitResult:
    """Number of the process, and whether it has loaded what it must not."""
    return result(request, process=os.getpid(), modules=tuple(sorted(_packages())))


def _packages() -> set[str]:
    return {name.split(".")[0] for name in sys.modules}


def failing(request: FitRequest) -> FitResult:
    raise ValueError(f"the fit of fold {request.fold} went wrong")


def killed(request: FitRequest) -> FitResult:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def killed_once(request: FitRequest) -> FitResult:
    """Ends its process, but not when it is done again; `data` names a file that remembers."""
    mark = Path(request.data)
    if not mark.exists():
        mark.touch()
        killed(request)
    return about_the_process(request)


def until_stopped(request: FitRequest) -> FitResult:
    """Tells that it is under way, then waits to be stopped."""
    place = fits._workplaces[0]
    control = place.control()
    place.tell(FitProgress(request.trial, request.fold, 1, 2, 0.5))
    control.pause()
    while not control.stopping:
        control.wait()
    return result(request, stopped=True)


def deaf(request: FitRequest) -> FitResult:
    """Hears nothing, as a fit in the middle of tracing."""
    fits._workplaces[0].tell(FitProgress(request.trial, request.fold, 1, 2, 0.5))
    threading.Event().wait()
    raise AssertionError


def chatty(request: FitRequest) -> FitResult:
    """Tells more than any pipe holds."""
    place = fits._workplaces[0]
    for epoch in range(1, 20_001):
        place.tell(FitProgress(request.trial, request.fold, epoch, 20_000, 0.5))
    return result(request)


def never_ready(_pipe: object, _folder: Path) -> None:
    """In place of what a worker process does: it ends at once."""
    sys.exit(3)


def about_tensorflow(request: FitRequest) -> FitResult:
    """Does the fit, then tells how TensorFlow is set up, and what is loaded."""
    found = fits.run_fit(request)
    import tensorflow as tf

    return result(
        request,
        state=found.result.state,
        threads=tf.config.threading.get_intra_op_parallelism_threads(),
        interrupts=signal.getsignal(signal.SIGINT) == signal.SIG_IGN,
        modules=tuple(sorted(_packages())),
    )

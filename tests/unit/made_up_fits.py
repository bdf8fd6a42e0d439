"""Studies without TensorFlow: fits that are made up, done in threads."""

import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.run_record import EpochRow
from app.core.search_results import FitCurves, FoldResult
from app.core.search_settings import Dimension
from app.core.templates import start_from
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.search.coordinator import search
from app.search.data_reference import DataReference
from app.search.events import SearchEnded, SearchRequest
from app.search.fit_executor import Fit, OnProgress, OnWorkers
from app.search.fit_unit import FitProgress, FitRequest, FitResult

RATE = Dimension(path="training.optimizer.learning_rate", low=1e-4, high=1e-1, log=True)
BATCH = Dimension(path="training.batch_size", values=(16, 32, 64))
SHUFFLE = Dimension(path="training.shuffle", values=(True, False))


def searched(*space: Dimension, epochs: int = 4, **settings: Any) -> Project:
    """A small project that searches `space`."""
    project = start_from("breast_cancer", "mlp")
    training = project.training.model_copy(update={"epochs": epochs})
    search = project.search.model_copy(update={"space": space, "folds": 3, **settings})
    return project.model_copy(update={"search": search, "training": training})


def some_data(seed: int = 0) -> RawData:
    chance = np.random.default_rng(seed)
    return RawData(
        title="made up",
        task="binary",
        x=chance.normal(size=(60, 30)),
        y=(np.arange(60) % 2).astype(np.int32),
        columns=(),
        class_names=("a", "b"),
        target_names=("class",),
    )


def goodness(project: Project) -> float:
    """Best at a learning rate of 0.01 and a batch of 32; from 0 to 1."""
    rate = project.training.optimizer.options["learning_rate"]
    assert isinstance(rate, float)
    distance = abs(math.log10(rate) + 2) + abs(math.log2(project.training.batch_size) - 5)
    return math.exp(-distance)


Judge = Callable[[FitRequest, int], float | str]
"""The score after an epoch, or the state in which the fit ends there."""


def fine(request: FitRequest, epoch: int) -> float | str:
    return goodness(request.project) * (1 - 0.5**epoch) - 0.01 * request.fold


class ThreadFits:
    """Does fits by `judge`, so many at once, in threads of this process."""

    def __init__(
        self,
        workers: int,
        judge: Judge,
        data: DataReference,
        on_progress: OnProgress,
        on_workers: OnWorkers,
    ) -> None:
        self.workers = workers
        self._judge = judge
        self._data = data
        self._on_progress = on_progress
        self._pool = ThreadPoolExecutor(workers, "made up fits")
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._cancelled: set[tuple[int, int]] = set()
        self.under_way: dict[tuple[int, int], Future[FitResult]] = {}
        self.begun: list[tuple[int, int]] = []
        self.most_at_once = 0
        self.deaf = False
        """Whether a fit that is to end goes on to its end all the same."""
        on_workers(workers, "")

    def submit(self, fit: Fit, request: FitRequest, /) -> Future[FitResult]:
        assert request.data == self._data.key
        key = (request.trial, request.fold)
        with self._lock:
            self.begun.append(key)
            future = self._pool.submit(self._fit, request)
            self.under_way[key] = future
            self.most_at_once = max(self.most_at_once, len(self.under_way))
        future.add_done_callback(lambda _future: self.under_way.pop(key, None))
        return future

    def cancel(self, trial: int, fold: int) -> bool:
        if self.deaf:
            return False
        with self._lock:
            self._cancelled.add((trial, fold))
            future = self.under_way.get((trial, fold))
        return future is not None and not future.cancel()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.ended.set()
        self._pool.shutdown(wait, cancel_futures=cancel_futures)

    def _fit(self, request: FitRequest) -> FitResult:
        epochs = request.project.training.epochs
        rows: list[EpochRow] = []
        state, score = "finished", None
        for epoch in range(1, epochs + 1):
            if self.ended.is_set() or (request.trial, request.fold) in self._cancelled:
                state = "pruned"
                break
            value = self._judge(request, epoch)
            if isinstance(value, str):
                state = value
                break
            score = value
            metrics = FrozenMap({"loss": 1.0, f"val_{request.score}": value})
            rows.append(EpochRow(epoch=epoch, metrics=metrics, seconds=0.1, learning_rate=0.1))
            self._on_progress(FitProgress(request.trial, request.fold, epoch, epochs, value))
        result = FoldResult(
            request.fold,
            state,  # type: ignore[arg-type]
            score if state == "finished" else None,
            FrozenMap({"loss": 1.0}),
            len(rows),
            len(rows),
            0.1 * len(rows),
            f"It {state}.",
        )
        return FitResult(request.trial, result, FitCurves(request.fold, tuple(rows)), "")


class Study:
    """A search, what it told, and how it ended."""

    def __init__(
        self,
        project: Project,
        path: Path,
        judge: Judge = fine,
        workers: int = 1,
        hear: Callable[["Study", object], None] = lambda _study, _event: None,
        **request: Any,
    ) -> None:
        self.events: list[object] = []
        self.control = JobControl()
        self.executor: ThreadFits | None = None

        def make(data: DataReference, progress: OnProgress, changed: OnWorkers) -> ThreadFits:
            self.executor = ThreadFits(workers, judge, data, progress, changed)
            return self.executor

        def report(event: object) -> None:
            self.events.append(event)
            hear(self, event)

        wanted = SearchRequest(project, request.pop("raw", some_data()), path, **request)
        self.ended: SearchEnded = search(wanted, report, self.control, make)

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

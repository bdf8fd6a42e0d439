"""A search with real fits: what comes out does not depend on where they are done."""

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from app.core.project import Project
from app.core.project_edits import set_training
from app.core.search_results import Trial
from app.core.search_settings import Dimension, SearchSettings
from app.core.templates import start_from
from app.data.loading import load_source
from app.jobs.control import JobControl
from app.search.coordinator import search
from app.search.data_reference import DataReference
from app.search.events import FitEnded, SearchEnded, SearchRequest, WorkersChanged
from app.search.fit import FitRoom
from app.search.fit_executor import ExecutorFactory, Fit, OnProgress, OnWorkers
from app.search.fit_unit import FitRequest, FitResult
from app.search.study_file import read_curves, read_study
from app.search.workers import LocalWorkers


class InlineFits:
    """Does fits in one thread of this process."""

    workers = 1

    def __init__(
        self, data: DataReference, on_progress: OnProgress, _on_workers: OnWorkers
    ) -> None:
        self._room = FitRoom(lambda _key: data)
        self._on_progress = on_progress
        self._control = JobControl()
        self._pool = ThreadPoolExecutor(1, "inline fits")

    def submit(self, _fit: Fit, request: FitRequest, /) -> Future[FitResult]:
        return self._pool.submit(self._room.run, request, self._on_progress, self._control)

    def cancel(self, _trial: int, _fold: int) -> bool:
        return False

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._control.stop()
        self._pool.submit(self._room.close)
        self._pool.shutdown(wait)


def searched() -> Project:
    project = set_training(start_from("iris", "mlp"), epochs=3)
    space = (
        Dimension(path="network.dense_1.units", values=(4, 8)),
        Dimension(path="training.batch_size", values=(16, 32)),
        Dimension(path="training.optimizer.learning_rate", low=1e-3, high=1e-1, log=True),
    )
    settings = SearchSettings(space=space, trials=4, folds=2)
    return project.model_copy(update={"search": settings})


def run(
    path: Path, make: ExecutorFactory, events: list[object]
) -> tuple[SearchEnded, tuple[Trial, ...]]:
    project = searched()
    request = SearchRequest(project, load_source(project.data), path)
    ended = search(request, events.append, JobControl(), make)
    return ended, read_study(path)[1]


@pytest.mark.skipif(os.name == "nt", reason="no kill -9 there")
def test_workers_that_are_killed_change_no_number(tmp_path: Path) -> None:
    told: list[object] = []
    made: list[LocalWorkers] = []
    killed: list[bool] = []

    class Killing(list[object]):
        def append(self, event: object) -> None:
            told.append(event)
            if isinstance(event, FitEnded) and event.trial == 1 and not killed:
                killed.append(True)
                os.kill(made[0].process_ids[0], signal.SIGKILL)

    def make(data: DataReference, progress: OnProgress, changed: OnWorkers) -> LocalWorkers:
        made.append(LocalWorkers(2, data, progress, changed))
        return made[0]

    ended, trials = run(tmp_path / "processes.layerlab-study", make, Killing())
    here, expected = run(tmp_path / "here.layerlab-study", InlineFits, [])
    assert ended == here
    assert ended.sentence == "4 trials done, 4 finished."
    assert any(e.sentence for e in told if isinstance(e, WorkersChanged))
    for trial, other in zip(trials, expected, strict=True):
        assert trial.settings == other.settings
        assert trial.scores == pytest.approx(other.scores, rel=1e-6)
        for fold, same in zip(trial.folds, other.folds, strict=True):
            assert (fold.fold, fold.epochs, fold.best_epoch) == (
                same.fold,
                same.epochs,
                same.best_epoch,
            )
    for number in (0, 2):
        curves = read_curves(tmp_path / "processes.layerlab-study", number)
        assert [len(each.rows) for each in curves] == [f.epochs for f in trials[number].folds]

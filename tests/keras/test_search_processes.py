"""Fits in worker processes come to the same numbers whichever process does them, in whatever order,
and when a process is killed in the middle.
"""

import os
import queue
import signal

import pytest

from app.core.project_edits import set_layer_option
from app.search.data_reference import DataReference
from app.search.fit import FitRoom, run_fit
from app.search.fit_unit import FitProgress
from app.search.workers import LocalWorkers
from tests.keras.test_search_fits import cancer, done, numbers, request, small
from tests.unit import search_fits as fits

PATIENCE = 90.0


def test_numbers_are_the_same_in_every_process_and_order_and_after_a_kill() -> None:
    data = DataReference(cancer()[0])
    wide = set_layer_option(small(), "dense_1", "units", 9)
    asked = [
        request(project, data, fold, trial=trial)
        for trial, project in enumerate((small(), wide))
        for fold in range(3)
    ]
    told: queue.SimpleQueue[FitProgress] = queue.SimpleQueue()
    sentences: list[str] = []
    with LocalWorkers(
        2, data, told.put, lambda _count, sentence: sentences.append(sentence)
    ) as workers:
        futures = [workers.submit(run_fit, one) for one in asked]
        told.get(timeout=PATIENCE)
        busy = workers.process_ids[0]
        os.kill(busy, signal.SIGKILL)
        there = [future.result(PATIENCE) for future in futures]
        first = [numbers(found) for found in there]
        futures = [workers.submit(run_fit, one) for one in reversed(asked)]
        second = [numbers(future.result(PATIENCE)) for future in reversed(futures)]
        about = workers.submit(fits.about_tensorflow, asked[0]).result(PATIENCE).result.metrics
    assert first == second
    assert any("SIGKILL" in sentence for sentence in sentences)
    assert (about["state"], about["threads"], about["interrupts"]) == ("finished", 1, True)
    loaded = about["modules"]
    assert isinstance(loaded, tuple)
    assert "tensorflow" in loaded
    assert not {"PySide6", "shiboken6", "pyqtgraph", "optuna"} & set(loaded)
    room = FitRoom(lambda _key: data)
    here = done(room, asked[4])
    room.close()
    # this process may compute with more threads than one
    assert here.result.metrics.keys() == there[4].result.metrics.keys()
    for name, value in here.result.metrics.items():
        assert there[4].result.metrics[name] == pytest.approx(value, rel=1e-5)

"""The same seed gives the same numbers, bit for bit, wherever and in whatever portions they are
computed.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.core.project import Project
from app.training import pace
from app.training.batches import Batches
from app.training.engine_room import EngineRoom
from app.training.events import EpochEnded
from tests.keras.small_runs import DROPOUT, Run, digits, do, moons, request

PROJECTS: dict[str, Callable[[], Project]] = {
    "dense": lambda: moons(epochs=4),
    "dropout": lambda: moons(DROPOUT, epochs=4, batch_size=7),
    "convolution": lambda: digits(epochs=2),
}


def fingerprint(project: Project) -> str:
    """Of the history and of the whole state after it: weights, optimizer, seeds."""
    room = EngineRoom()
    run = Run()
    run.do(room.train(request(project)))
    history = [sorted(event.metrics.items()) for event in run.of(EpochEnded)]
    assert len(history) == project.training.epochs
    digest = hashlib.sha256(json.dumps(history).encode())
    digest.update(do(room.checkpoint()))
    return digest.hexdigest()


@pytest.fixture(scope="module")
def here() -> dict[str, str]:
    return {name: fingerprint(make()) for name, make in PROJECTS.items()}


@pytest.mark.parametrize("name", PROJECTS)
def test_again_in_this_process(name: str, here: dict[str, str]) -> None:
    assert fingerprint(PROJECTS[name]()) == here[name]


def test_in_a_new_process(here: dict[str, str]) -> None:
    program = (
        "import json; from tests.keras.test_engine_repeat import *;"
        "print(json.dumps({name: fingerprint(make()) for name, make in PROJECTS.items()}))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert json.loads(done.stdout) == here


def test_another_seed_gives_other_numbers(here: dict[str, str]) -> None:
    assert fingerprint(moons(epochs=4, seed=8)) != here["dense"]


@pytest.mark.parametrize("seconds", [0.0, 1e-3])
def test_the_size_of_the_chunks_changes_no_number(
    seconds: float, here: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "CHUNK_SECONDS", seconds)
    assert fingerprint(PROJECTS["dropout"]()) == here["dropout"]


def test_diagnostics_change_no_number() -> None:
    histories = []
    for diagnostics in (True, False):
        run = Run()
        run.do(EngineRoom().train(request(moons(DROPOUT), diagnostics=diagnostics)))
        histories.append([event.metrics for event in run.of(EpochEnded)])
    assert histories[0] == histories[1]


def test_every_epoch_has_an_order_of_its_own() -> None:
    batches = Batches(8, shuffle=True, seed=3)
    orders = [batches.order(epoch, 50) for epoch in range(1, 40)]
    assert len({order.tobytes() for order in orders}) == len(orders)
    assert all((np.sort(order) == np.arange(50)).all() for order in orders)
    assert (batches.order(5, 50) == orders[4]).all()
    assert not np.array_equal(Batches(8, shuffle=True, seed=4).order(1, 50), orders[0])


def test_unshuffled_epochs_keep_the_order_of_the_data() -> None:
    assert Batches(8, shuffle=False, seed=3).order(2, 5).tolist() == [0, 1, 2, 3, 4]

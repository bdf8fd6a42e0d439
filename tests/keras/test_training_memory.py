"""Many trainings in one process: memory stays level. The one with a hundred is a benchmark."""

from pathlib import Path

import pytest

from app.training.engine_room import EngineRoom
from tests.keras.small_runs import DENSE, do, layer, moons, request


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_twenty_trainings_of_new_networks() -> None:
    room = EngineRoom()
    at: list[float] = []
    for number in range(20):
        network = DENSE.model_copy(
            update={
                "layers": (
                    *DENSE.layers[:1],
                    layer("dense_1", "Dense", units=9 + number, activation="relu"),
                    *DENSE.layers[2:],
                )
            }
        )
        do(room.train(request(moons(network, epochs=1))))
        at.append(resident_megabytes())
    # `fit` adds 5 MB with each of these; a little noise of the allocator is left.
    assert at[-1] - at[9] < 10 * 1.0

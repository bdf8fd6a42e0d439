"""Memory of the computer and of the process, against what the system says elsewhere."""

import sys

import pytest

from app.core.memory_size import memory_limit, physical_memory, resident_memory


def test_the_limit_is_a_share_of_the_memory() -> None:
    assert 2**28 < memory_limit() < physical_memory()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
def test_resident_memory_grows_with_what_is_held_and_stays_below_the_peak() -> None:
    import resource  # not on Windows

    before = resident_memory()
    assert before is not None
    held = bytearray(64 * 2**20)
    held[:: 2**12] = b"x" * len(held[:: 2**12])
    after = resident_memory()
    assert after is not None
    assert after - before > 56 * 2**20
    assert after <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 + 2**20
    del held

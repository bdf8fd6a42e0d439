"""What the last digits of a run depend on, told without loading any of it."""

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.core.frozen import FrozenMap
from app.core.processors import processors

INTER_OP_THREADS = 1
"""The operations of one step run one after the other: most are too short to be worth handing to
another thread.
"""


_threads: list[int] = []


def set_intra_op_threads(count: int) -> None:
    """Give one large operation `count` threads; to be called before TensorFlow is loaded."""
    _threads[:] = [count]


def intra_op_threads() -> int:
    """Threads that share one large operation: those set, else half of the processors that this
    process may use.

    On two processors one thread trained digits 64-64-10 1.6 times and two convolutions on 28x28
    1.4 times as fast as two threads, which wait for each other more than they help; and the
    window has a processor of its own.
    """
    return _threads[0] if _threads else max(1, processors() // 2)


@cache
def software_versions() -> FrozenMap:
    """Versions of TensorFlow, Keras, NumPy and Python, the processor, and the threads that
    TensorFlow is given.
    """
    return FrozenMap(
        {name: _version_of(name) for name in ("tensorflow", "keras", "numpy")},
        python=platform.python_version(),
        system=platform.system(),
        processor=_processor(),
        intra_op_threads=intra_op_threads(),
        inter_op_threads=INTER_OP_THREADS,
    )


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _processor() -> str:
    try:
        for line in (
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        ):
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()

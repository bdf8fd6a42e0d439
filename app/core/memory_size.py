"""How much memory this computer has."""

import contextlib
import os
import sys
from functools import cache
from pathlib import Path

FALLBACK_BYTES = 4 * 2**30
"""Taken for the memory of a computer that does not tell."""

SHARE = 0.6
"""What one network may take of it."""


@cache
def physical_memory() -> int:
    """Bytes of memory that this process can have: the computer's, or its container's if that is
    less.
    """
    sizes = [size for size in (_by_sysconf(), _by_windows(), _by_container()) if size]
    return min(sizes, default=FALLBACK_BYTES)


def memory_limit() -> int:
    """Bytes that one network may take."""
    return int(SHARE * physical_memory())


def resident_memory() -> int | None:
    """Bytes of memory that this process holds now; None where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError, AttributeError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return None


def _by_sysconf() -> int:
    with contextlib.suppress(AttributeError, ValueError, OSError):
        return max(0, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return 0


def _by_windows() -> int:
    if sys.platform == "win32":
        import ctypes

        class Status(ctypes.Structure):
            _fields_ = (
                ("length", ctypes.c_ulong),
                ("load", ctypes.c_ulong),
                ("total", ctypes.c_ulonglong),
                ("rest", ctypes.c_ulonglong * 6),
            )

        status = Status(length=ctypes.sizeof(Status))
        if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            return int(status.total)
    return 0


def _by_container() -> int:
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            return int(Path("/sys/fs/cgroup", name).read_text(encoding="ascii"))
    return 0

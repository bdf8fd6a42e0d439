"""Telling whether the process that wrote something is still running."""

import contextlib
import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ProcessIdentity:
    """A process: its number, its computer, and when it started, since numbers are given out again.

    `started` is comparable only on the same computer; "" when it can't be told.
    """

    pid: int
    host: str
    started: str

    @classmethod
    def own(cls) -> "ProcessIdentity":
        """That of the running process."""
        pid = os.getpid()
        return cls(pid, socket.gethostname(), _start_of(pid))

    @property
    def here(self) -> bool:
        """Whether it runs, or ran, on this computer."""
        return self.host == socket.gethostname()

    @property
    def running(self) -> bool:
        """Whether it is still running; True for a process of another computer, of which nothing is
        known.
        """
        if not self.here:
            return True
        if not _exists(self.pid):
            return False
        now = _start_of(self.pid)
        return not (self.started and now) or now == self.started


def _exists(pid: int) -> bool:
    if not 0 < pid < 2**31:
        return False
    if sys.platform == "win32":
        return bool(_windows_start(pid))
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return not _zombie(pid)


def _stat_fields(pid: int) -> list[str]:
    """The fields of Linux's /proc/PID/stat behind the name, which may hold blanks; empty where
    there is none.
    """
    with contextlib.suppress(OSError, ValueError):
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()
    return []


def _zombie(pid: int) -> bool:
    fields = _stat_fields(pid)
    return bool(fields) and fields[0] in ("Z", "X")


def _start_of(pid: int) -> str:
    if sys.platform == "win32":
        return _windows_start(pid)
    fields = _stat_fields(pid)
    if len(fields) > 19:
        boot = ""
        with contextlib.suppress(OSError):
            boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {fields[19]}"
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(
            ["ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
            env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"},
        )
        return told.stdout.strip()
    return ""


def _windows_start(pid: int) -> str:
    """When a running process was created; "" when there is none."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(0x1000, False, pid)  # PROCESS_QUERY_LIMITED_INFORMATION
        if not handle:
            return ""
        try:
            code = wintypes.DWORD()
            if kernel.GetExitCodeProcess(handle, ctypes.byref(code)) and code.value != 259:
                return ""
            times = [wintypes.FILETIME() for _ in range(4)]
            if kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times)):
                return str(times[0].dwHighDateTime * 2**32 + times[0].dwLowDateTime)
            return "unknown"
        finally:
            kernel.CloseHandle(handle)
    return ""

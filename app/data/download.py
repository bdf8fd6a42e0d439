"""Fetching a file through the internet: in a process of its own, that can be stopped at any time,
and put in its place in one step.
"""

import contextlib
import http.client
import os
import shutil
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.jobs.process_runner import ProcessLimits, run_in_process

LIMITS = ProcessLimits(seconds=3600.0)
PATIENCE_SECONDS = 30.0
"""How long a server may be silent."""

_PIECE = 2**16
_ARRIVING = "arriving"
_PREFIX = ".layerlab-"


class FetchError(Exception):
    """A file could not be fetched; says why in a few words. Travels between processes."""


def bring(
    fetch: Callable[..., None],
    *arguments: Any,
    arriving: str,
    target: Path,
    progress: Callable[[int], None],
    stopping: Callable[[], bool],
    check: Callable[[Path], None] = lambda _path: None,
) -> None:
    """Let `fetch(*arguments, folder)` put a file called `arriving` into a folder, and move it to
    `target`; it is there whole or not at all.

    Args:
        fetch: a function of a module's top level; it works in a process of its own.
        progress: called with the bytes that are there, each time there are more.
        stopping: looked at all the while; True gives it up.
        check: called with the file before it is moved; what it raises keeps it from its place.

    Raises:
        ChildStoppedError: `stopping` said so.
        ChildError: the process gave no answer.
        OSError: the target may not be written.
        Exception: what `fetch` or `check` raised.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(target.parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=target.parent) as folder:
        path = Path(folder, arriving)
        told = -1

        def look() -> bool:
            nonlocal told
            with contextlib.suppress(OSError):
                size = path.stat().st_size
                if size != told:
                    told = size
                    progress(size)
            return stopping()

        run_in_process(fetch, *arguments, folder, limits=LIMITS, stopping=look)
        check(path)
        path.replace(target)


def _remove_abandoned(folder: Path) -> None:
    """Remove what a program left that was killed while it fetched: older than any work lasts."""
    for left in folder.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > 2 * LIMITS.seconds and not left.is_symlink():
                shutil.rmtree(left)


def fetch_file(
    address: str,
    target: Path,
    most: int,
    progress: Callable[[int], None],
    stopping: Callable[[], bool],
    check: Callable[[Path], None],
) -> None:
    """Fetch what is at `address` to `target`.

    Args:
        most: bytes that it may have.
        progress, stopping, check: as of `bring`.

    Raises:
        FetchError: there is no connection, or the server does not give the file.
        others: as `bring`.
    """
    bring(
        _fetch,
        address,
        most,
        arriving=_ARRIVING,
        target=target,
        progress=progress,
        stopping=stopping,
        check=check,
    )


def _fetch(address: str, most: int, folder: str) -> None:
    """In the child: write what is at `address` into `folder`."""
    try:
        with (
            urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as response,
            Path(folder, _ARRIVING).open("wb") as file,
        ):
            expected = response.headers.get("Content-Length", "")
            received = 0
            while piece := response.read(_PIECE):
                received += len(piece)
                if received > most:
                    raise FetchError(f"the server sends more than {most:,} bytes")
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    except urllib.error.HTTPError as error:
        raise FetchError(f"the server answered {error.code} {error.reason}") from None
    except urllib.error.URLError as error:
        reason = getattr(error.reason, "strerror", None) or error.reason
        raise FetchError(str(reason)) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise FetchError(str(reason)) from None
    if expected.isascii() and expected.isdigit() and received != int(expected):
        raise FetchError(f"the connection broke off after {received:,} of {int(expected):,} bytes")

"""Many pictures read by several threads, handed over in order."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass

import numpy as np

from app.core.processors import processors
from app.data.errors import LoadingStopped
from app.data.picture_decoding import (
    Trait,
    UnreadableError,
    UnusableError,
    decode,
    read_picture_file,
)
from app.data.picture_form import PictureForm
from app.data.picture_walk import PictureFile
from app.data.progress import LoadingProgress, Stop, Tell, seldom

MOST_THREADS = 8
LISTEN_SECONDS = 0.05
"""So long at most until `stop` is asked again."""
_CHUNK_BYTES = 2**20
_AHEAD_BYTES = 2**27
_CHUNK = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one file: its traits, or why it cannot be used."""

    traits: Trait = Trait.NONE
    why: str = ""


ReadOne = Callable[[PictureFile], tuple[np.ndarray | None, Finding]]
"""(height, width, channels) uint8, or None with the reason. Called in several threads."""
Take = Callable[[np.ndarray], None]
"""Takes (n, height, width, channels) uint8: the next pictures that can be used."""


def decoding(form: PictureForm) -> ReadOne:
    """How a file is read when nothing is known of it."""

    def read(file: PictureFile) -> tuple[np.ndarray | None, Finding]:
        try:
            pixels, traits = decode(read_picture_file(file.path), form)
        except UnusableError as error:
            again = isinstance(error, UnreadableError)
            return None, Finding(Trait.AGAIN if again else Trait.NONE, str(error))
        return pixels, Finding(traits)

    return read


def read_all(
    files: Sequence[PictureFile],
    form: PictureForm,
    read: ReadOne,
    take: Take,
    stop: Stop,
    tell: Tell,
) -> list[Finding]:
    """Read `files`; the threads end with the call.

    Args:
        form: of what `read` gives.
        take: called in this thread, in the order of the files.

    Returns:
        a finding for each file.

    Raises:
        LoadingStopped: `stop()` was true.
        Exception: what `take` raised.
    """
    threads = min(MOST_THREADS, processors())
    picture = int(np.prod(form.shape))  # bytes
    size = max(1, min(_CHUNK, _CHUNK_BYTES // picture))
    ahead = max(1, min(2 * threads, _AHEAD_BYTES // (size * picture)))
    chunks = iter([files[start : start + size] for start in range(0, len(files), size)])
    over = threading.Event()
    findings: list[Finding] = []
    tell = seldom(tell)

    def work(chunk: Sequence[PictureFile]) -> tuple[list[np.ndarray], list[Finding]]:
        pictures: list[np.ndarray] = []
        found: list[Finding] = []
        for file in chunk:
            if over.is_set():
                break
            pixels, finding = read(file)
            found.append(finding)
            if pixels is not None:
                pictures.append(pixels)
        return pictures, found

    pool = ThreadPoolExecutor(threads, thread_name_prefix="reading pictures")
    waiting: deque[Future[tuple[list[np.ndarray], list[Finding]]]] = deque()
    try:
        while True:
            while len(waiting) < ahead and (chunk := next(chunks, None)) is not None:
                waiting.append(pool.submit(work, chunk))
            if not waiting:
                return findings
            if stop():
                raise LoadingStopped
            done, of = len(findings), len(files)
            tell(LoadingProgress(f"Reading pictures, {done:,} of {of:,}", done / of))
            try:
                pictures, found = waiting[0].result(LISTEN_SECONDS)
            except FutureTimeout:
                continue
            waiting.popleft()
            findings += found
            if pictures:
                take(np.stack(pictures))
    finally:
        over.set()
        pool.shutdown(wait=True, cancel_futures=True)

"""Folders of pictures, measured: `python -m tests.benchmarks.pictures [--count N] [--folder FOLDER]
[--budget MIB] [--json FILE]`.

Without a folder, one of generated pictures of 64x64 pixels is made, half of them PNG and half JPEG
files, and removed at the end. Each opening runs in a process of its own, so that its peak of memory
is its own. Nothing here fails; it prints.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 64
CLASSES = 10
BATCH = 256
MIB = 2**20
Result = dict[str, Any]


# ---------------------------------------------------------------- what is opened


def make_pictures(folder: Path, count: int, seed: int = 0) -> None:
    """Waves with noise, one frequency a class."""
    from PIL import Image

    generator = np.random.default_rng(seed)
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    noise = generator.normal(0, 12, (64, SIDE, SIDE, 3))
    for number in range(CLASSES):
        (folder / f"class {number}").mkdir(parents=True)
    for number in range(count):
        kind = number % CLASSES
        shift = generator.uniform(0, 2 * np.pi, 2)
        waves = [
            np.sin(across * (kind + 1) * 3 + shift[0]),
            np.cos(down * (kind + 1) * 2 + shift[1]),
            across * down,
        ]
        pixels = np.stack(waves, -1) * 80 + 120 + noise[generator.integers(64)]
        picture = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
        name = folder / f"class {kind}" / str(number)
        if number % 4 < 2:
            picture.save(f"{name}.png", compress_level=1)
        else:
            picture.save(f"{name}.jpg", quality=85)


# ---------------------------------------------------------------- one opening, in a child process


def opening(folder: str, budget: int) -> Result:
    """Seconds and MiB of opening `folder` with `budget` MiB, and of reading all of it at random."""
    from app.core.data_settings import PictureSource
    from app.data.picture_source import load_pictures
    from app.data.samples import is_streamed

    before = peak()
    told = 0
    begin = time.perf_counter()

    def tell(progress: object) -> None:
        nonlocal told
        told += 1

    raw = load_pictures(PictureSource(path=folder), budget, tell=tell)
    opened = time.perf_counter() - begin
    rows = np.random.default_rng(0).permutation(len(raw))
    begin = time.perf_counter()
    for start in range(0, len(rows), BATCH):
        raw.x[rows[start : start + BATCH]]
    return {
        "pictures": len(raw),
        "shape": raw.x.shape,
        "streamed": is_streamed(raw.x),
        "set as float32, MiB": int(np.prod(raw.x.shape)) * 4 / MIB,
        "opening, s": opened,
        "told": told,
        "every picture once in random batches, s": time.perf_counter() - begin,
        "peak before, MiB": before,
        "peak, MiB": peak(),
    }


def peak() -> float:
    """The most memory that this process ever held, in MiB."""
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (MIB if sys.platform == "darwin" else 1024)


def stopping(folder: str, budget: int) -> Result:
    """Seconds from the wish to stop, while pictures are read, to the end of all threads."""
    from app.core.data_settings import PictureSource
    from app.data.errors import LoadingStopped
    from app.data.picture_source import load_pictures
    from app.data.progress import LoadingProgress

    waits: list[float] = []
    for share in (0.1, 0.2, 0.3, 0.4, 0.5):
        wished: list[float] = []

        def tell(
            progress: LoadingProgress, share: float = share, wished: list[float] = wished
        ) -> None:
            if not wished and (progress.share or 0.0) >= share:
                wished.append(time.perf_counter())

        try:
            load_pictures(PictureSource(path=folder), budget, partial(bool, wished), tell)
        except LoadingStopped:
            waits.append(time.perf_counter() - wished[0])
    return {"stopped after, s": max(waits, default=None)}


_SELF = (sys.executable, "-m", "tests.benchmarks.pictures")


def training(folder: str, budget: int) -> Result:
    """How soon a training from disk begins, and its peak of memory."""
    from tests.benchmarks import picture_training

    return picture_training.training(folder, budget)


def throughput(folder: str, budget: int) -> Result:
    """Epochs from disk against the same from memory."""
    from tests.benchmarks import picture_training

    return picture_training.throughput(folder, budget)


_JOBS = {
    "opening": opening,
    "stopping": stopping,
    "training": training,
    "throughput": throughput,
}


def in_child(job: str, folder: Path, budget: int, cache: Path) -> Result:
    """What `job` gives in a process of its own."""
    done = subprocess.run(
        [*_SELF, "--child", job, str(folder), "--budget", str(budget)],
        env={**os.environ, "LAYERLAB_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=True,
    )
    result: Result = json.loads(done.stdout)
    return result


# ---------------------------------------------------------------- the figures


def data_figures(folder: Path, budget: int, cache: Path) -> dict[str, Result]:
    """Openings of `folder` by name; nothing is in `cache` before."""
    return {
        "stopped in the middle": in_child("stopping", folder, budget, cache),
        "first opening, on disk": in_child("opening", folder, budget, cache),
        "second opening, on disk": in_child("opening", folder, budget, cache),
        "into memory": in_child("opening", folder, 1_000_000, cache / "other"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--budget", type=int, default=256, help="MiB, less than the set needs")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--child", nargs=2, metavar=("JOB", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        job, folder = arguments.child
        print(json.dumps(_JOBS[job](folder, arguments.budget)))
        return
    with tempfile.TemporaryDirectory(prefix="layerlab-pictures-") as scratch:
        folder = arguments.folder or Path(scratch) / "pictures"
        if arguments.folder is None:
            make_pictures(folder, arguments.count)
        cache = Path(scratch) / "cache"
        figures = data_figures(folder, arguments.budget, cache)
        for job in ("training", "throughput"):
            figures[job] = in_child(job, folder, arguments.budget, cache)
    for name, result in figures.items():
        print(f"\n{name}")
        for what, value in result.items():
            print(
                f"  {what:45} {value:,.2f}" if isinstance(value, float) else f"  {what:45} {value}"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()

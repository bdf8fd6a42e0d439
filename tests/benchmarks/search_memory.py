"""Memory of a search: after 200 trials the program and each of its worker processes hold at most
10 % more than after 20.

    python -m tests.benchmarks.search_memory [--trials N] [--workers N]

Each trial has a network of its own, so that nothing traced is used again, and three folds. The
search is the real one, with its study file; memory is what is resident (Linux).
"""

import argparse
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from app.core.project_edits import set_layer_option, set_training
from app.core.search_settings import Dimension, SearchSettings
from app.core.templates import start_from
from app.data.loading import load_source
from app.jobs.control import JobControl
from app.search.coordinator import search
from app.search.data_reference import DataReference
from app.search.events import SearchRequest, TrialChanged
from app.search.fit_unit import FitProgress
from app.search.workers import LocalWorkers

EARLY = 20
MOST_MORE = 0.10


def main(argv: Sequence[str] | None = None) -> int:
    """0 when memory stays level."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args(argv)
    project = set_training(start_from("breast_cancer"), epochs=10)
    project = set_layer_option(project, "dense_1", "kernel_regularizer", None)
    project = project.model_copy(
        update={
            "search": SearchSettings(
                space=(Dimension(path="network.dense_1.units", low=1, high=400),),
                trials=arguments.trials,
                folds=3,
            )
        }
    )
    watch = _Watch(arguments.trials)
    with TemporaryDirectory() as folder:
        request = SearchRequest(
            project, load_source(project.data), Path(folder) / "study.layerlab-study"
        )
        ended = search(request, watch.hear, JobControl(), partial(watch.workers, arguments.workers))
    print(ended.sentence)
    return watch.judge()


class _Watch:
    """Reads the memory of all processes when so many trials have ended."""

    def __init__(self, trials: int) -> None:
        self._at = sorted({EARLY, *range(50, trials, 50), trials})
        self._ended: set[int] = set()
        self._local: LocalWorkers | None = None
        self._found: dict[int, dict[str, float]] = {}
        self._lock = threading.Lock()

    def workers(
        self,
        count: int,
        data: DataReference,
        on_progress: Callable[[FitProgress], None],
        on_workers: Callable[[int, str], None],
    ) -> LocalWorkers:
        self._local = LocalWorkers(count, data, on_progress, on_workers)
        return self._local

    def hear(self, event: object) -> None:
        if not isinstance(event, TrialChanged) or event.trial.state in ("waiting", "running"):
            return
        with self._lock:
            self._ended.add(event.trial.number)
            count = len(self._ended)
            if count in self._at and count not in self._found and self._local is not None:
                processes = {f"worker {pid}": pid for pid in self._local.process_ids}
                self._found[count] = {
                    name: resident_megabytes(pid)
                    for name, pid in {"program": os.getpid(), **processes}.items()
                }
                shown = ", ".join(f"{n} {mb:.0f} MB" for n, mb in self._found[count].items())
                print(f"after {count} trials: {shown}", flush=True)

    def judge(self) -> int:
        early, late = self._found[min(self._found)], self._found[max(self._found)]
        more = {name: late[name] / early[name] - 1 for name in early if name in late}
        for name, share in more.items():
            print(f"{name}: {share:+.1%}")
        return int(set(early) != set(late) or max(more.values()) > MOST_MORE)


def resident_megabytes(process: int) -> float:
    """What a process has in memory."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    sys.exit(main())

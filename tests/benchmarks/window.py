"""The promises of the window, measured: `python -m tests.benchmarks.window [--json FILE]
[--starts 5]`.

The start is measured in child processes, from their start to a key answered; all else in one
process, offscreen, with clicks on the real buttons. Gaps are those between turns of the event
loop, seen by a timer of 1 ms. Nothing here fails; it prints.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.core.project import Project
from app.core.templates import handwritten_digits, start_from, two_moons
from tests.end_to_end.patience import wait
from tests.end_to_end.window_user import User, make_program

CHECKOUT = Path(__file__).parents[2]
TRAINED: tuple[tuple[str, Callable[[], Project]], ...] = (
    ("moons", two_moons),
    ("digits, dense", lambda: start_from("digits", "mlp")),
    ("digits, convolution", handwritten_digits),
)


class Heartbeat:
    """Notes when the event loop turns."""

    def __init__(self) -> None:
        self._beats: list[float] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._beats.append(time.perf_counter()))
        self._timer.start(1)

    def gaps(self) -> dict[str, float]:
        """Worst gap and the 99th of a hundred, in ms, since the last call."""
        gaps = np.diff(self._beats) * 1000
        self._beats = self._beats[-1:]
        if not len(gaps):
            return {"worst": 0.0, "p99": 0.0}
        return {
            "worst": round(float(gaps.max()), 1),
            "p99": round(float(np.quantile(gaps, 0.99)), 1),
        }


def start_once() -> tuple[float, bool]:
    """Seconds from the start of a process to a key answered, and whether TensorFlow was loaded
    by then.
    """
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {
            "HOME": home,
            "QT_QPA_PLATFORM": "offscreen",
            **{
                f"XDG_{name}_HOME": f"{home}/{name}"
                for name in ("CONFIG", "CACHE", "STATE", "DATA")
            },
        }
        began = time.time()
        done = subprocess.run(
            [sys.executable, "-m", "tests.end_to_end.window_child", "stand"],
            cwd=CHECKOUT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    _, details = json.loads(done.stdout.splitlines()[0])
    return details["at"] - began, details["tensorflow"]


def starts(count: int) -> dict[str, object]:
    measured = [start_once() for _ in range(count)]
    seconds = [second for second, _ in measured]
    return {
        "median": round(statistics.median(seconds), 2),
        "all": [round(second, 2) for second in seconds],
        "tensorflow loaded": any(loaded for _, loaded in measured),
    }


class Bench:
    """The window, and someone with a clock who uses it."""

    def __init__(self, home: Path) -> None:
        self._app = QApplication.instance() or QApplication([])
        self._program = make_program(home)
        self._program.window.show()
        self._program.window.activateWindow()
        self._user = User(self._program)
        wait(self._program.window.isActiveWindow)
        self._heartbeat = Heartbeat()

    def importing(self) -> dict[str, float]:
        """Gaps while TensorFlow is imported."""
        self._heartbeat.gaps()
        began = time.perf_counter()
        self._program.run.load_tensorflow()
        wait(lambda: not self._program.jobs.busy("engine"), 120)
        return {"seconds": round(time.perf_counter() - began, 1), **self._heartbeat.gaps()}

    def training(self, project: Project, seconds: float) -> dict[str, object]:
        """From the click on Train to the first points; gaps while it trains; from Stop to rest."""
        run, page = self._program.run, self._program.bench._page
        stopping = project.training.early_stopping.model_copy(update={"enabled": False})
        training = project.training.model_copy(
            update={"epochs": 1_000_000, "early_stopping": stopping}
        )
        self._program.files.show(project.model_copy(update={"training": training}))
        wait(lambda: self._program.feed.prepared is not None)
        plots = page.curves.view.plots
        figures: dict[str, object] = {}
        for label in ("first", "again"):
            self._heartbeat.gaps()
            began = time.perf_counter()
            self._user.click("run.train")
            wait(lambda: plots[0].curves and any(len(curve.x) for curve in plots[0].curves))
            figures[f"{label} point"] = round(time.perf_counter() - began, 2)
            wait(lambda: run.record is not None and len(run.record.rows) >= 1)
            figures[f"{label} epoch"] = round(time.perf_counter() - began, 2)
            figures[f"gaps before, {label}"] = self._heartbeat.gaps()
            until = time.perf_counter() + seconds
            wait(partial(_is_past, until), seconds + 10)
            figures[f"gaps in training, {label}"] = self._heartbeat.gaps()
            figures[f"epochs, {label}"] = run.state.epoch
            stops = time.perf_counter()
            self._user.click("run.stop")
            wait(lambda: not run.state.active)
            figures[f"stop, {label}, ms"] = round((time.perf_counter() - stops) * 1000)
        shown = self._program.document.project
        if shown is not None:
            self._program.document.mark_saved(Path("none"), shown)
        return figures

    def close(self) -> None:
        self._user.leave()
        self._program.close_now()


def _is_past(moment: float) -> bool:
    return time.perf_counter() > moment


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each training")
    given = parser.parse_args(arguments)
    figures: dict[str, object] = {"start, seconds": starts(given.starts)}
    print("start, seconds", figures["start, seconds"], flush=True)
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(Path(home))
        figures["import of TensorFlow"] = bench.importing()
        print("import of TensorFlow", figures["import of TensorFlow"], flush=True)
        for name, project in TRAINED:
            figures[name] = bench.training(project(), given.seconds)
            print(name, json.dumps(figures[name], indent=2), flush=True)
        bench.close()
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()

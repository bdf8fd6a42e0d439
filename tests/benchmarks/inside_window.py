"""What the views of the page Inside cost a training: `python -m tests.benchmarks.inside_window`.

One training goes on and on in the real window (offscreen) while the page in front changes in turns:
a page that asks for nothing, then each tab. Epochs a second of each, and how many times slower than
with the other page right before and after it; medians. Nothing here fails; it prints.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.project import EarlyStoppingSettings, Project
from app.core.templates import build_template
from app.ui.application import Program
from tests.end_to_end.patience import wait
from tests.end_to_end.window_user import make_program

NETWORKS = {"moons": "mlp", "digits": "small_cnn", "v_shapes": "small_cnn"}
NOT_LIVE = ("race",)
"""It has nothing to do with the run."""


def live(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def endless(name: str) -> Project:
    data = DataSettings(source=BuiltinSource(name=name))
    project = build_template(NETWORKS[name], data)
    training = project.training.model_copy(
        update={"epochs": 100_000, "early_stopping": EarlyStoppingSettings(enabled=False)}
    )
    return project.model_copy(update={"training": training})


def speed(program: Program, seconds: float) -> float:
    """Epochs a second while the event loop runs."""

    def steps() -> float:
        state = program.run.state
        return state.epoch + state.step / max(1, state.steps_per_epoch)

    before, began = steps(), time.perf_counter()
    live(seconds)
    return (steps() - before) / (time.perf_counter() - began)


def measure(program: Program, name: str, turns: int, seconds: float) -> None:
    program.files.leave = lambda then: then()  # type: ignore[method-assign]
    program.files.show(endless(name))
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    program.run.train()
    wait(lambda: program.run.state.epoch > 5)
    tabs = [tab for tab in program.inside.tabs if tab not in NOT_LIVE]
    for tab in tabs:  # first answers trace
        program.workbench.give("show_inside")
        program.inside.show_tab(tab)
        live(1.0)
    slower: dict[str, list[float]] = {tab: [] for tab in tabs}
    for _ in range(turns):
        program.run.stop()  # each turn begins anew: nobody trains these for 40,000 epochs
        wait(lambda: not program.run.state.active)
        program.run.train()
        wait(lambda: program.run.state.epoch > 5)
        program.workbench.give("show_lab")
        live(0.3)
        before = speed(program, seconds)
        for tab in tabs:
            program.workbench.give("show_inside")
            program.inside.show_tab(tab)
            live(0.3)
            seen = speed(program, seconds)
            program.workbench.give("show_lab")
            live(0.3)
            after = speed(program, seconds)
            slower[tab].append((before + after) / 2 / max(seen, 1e-9))
            before = after
    print(f"{name}, {NETWORKS[name]}: {before:.1f} epochs a second without a view")
    for tab, found in slower.items():
        spread = ", ".join(f"{value:.2f}" for value in sorted(found))
        print(f"  {tab:12} {statistics.median(found):5.2f} times as long ({spread})")
    every = [value for found in slower.values() for value in found]
    print(f"  {'all':12} {statistics.median(every):5.2f} times as long", flush=True)
    program.run.stop()
    wait(lambda: not program.run.state.active)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--networks", nargs="*", default=["moons", "digits"], choices=NETWORKS)
    told = parser.parse_args()
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory() as folder:
        program = make_program(Path(folder))
        sys.setswitchinterval(0.001)  # as in the program
        program.window.resize(1280, 800)
        program.window.show()
        program.run.load_tensorflow()
        for name in told.networks:
            measure(program, name, told.turns, told.seconds)
        program.close_now()
        sys.stdout.flush()
        os._exit(0)


if __name__ == "__main__":
    main()

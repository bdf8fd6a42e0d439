"""Pictures of every page, with a real training behind them.

    python -m tests.screenshots [--folder resources/screenshots] [--size 1280x800]

Written are `welcome`, `data`, `bench` (in the middle of a training), `boundary`, `inside` and
`lab`, each `-light` and `-dark`.
"""

import argparse
import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QSettings, QSize, QTimer
from PySide6.QtWidgets import QApplication

from app.core.project import Project
from app.core.templates import handwritten_digits, start_from, two_moons
from app.ui.application import Program
from app.ui.preferences import Preferences
from app.ui.theme import current_theme

FOLDER = Path(__file__).parents[2] / "resources" / "screenshots"
PATIENCE_MS = 120_000


class Photographer:
    """Drives the real window and saves pictures of it."""

    def __init__(self, folder: Path, size: QSize, state_folder: Path) -> None:
        self._folder = folder
        self._app = QApplication.instance() or QApplication([])
        self._theme = current_theme()
        settings = QSettings(str(state_folder / "preferences.ini"), QSettings.Format.IniFormat)
        self.program = Program(Preferences(settings), state_folder, self._theme)
        self.program.window.resize(size)
        self.program.window.show()

    def wait(self, reached: Callable[[], bool]) -> None:
        """Let the window live until `reached()`."""
        loop = QEventLoop()
        watch = QTimer()
        watch.timeout.connect(lambda: loop.quit() if reached() else None)
        watch.start(10)
        limit = QTimer()
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        limit.start(PATIENCE_MS)
        loop.exec()
        watch.stop()
        limit.stop()
        if not reached():
            raise SystemExit("The window did not reach the state that was to be photographed.")

    def open(self, project: Project) -> None:
        self.program.files.show(project)
        self.wait(lambda: self.program.feed.prepared is not None)

    def train_until(self, epoch: int) -> None:
        """Train and hold at `epoch`, or at its end if that comes first."""
        run = self.program.run
        self.program.workbench.give("train")
        self.wait(
            lambda: bool(run.record and len(run.record.rows) >= epoch) or not run.state.active
        )

    def save(self, name: str) -> None:
        """Both themes."""
        for scheme in ("light", "dark"):
            self._theme.set_scheme(scheme)
            settled = QTimer()
            settled.setSingleShot(True)
            settled.start(150)
            self.wait(partial(_is_over, settled))
            path = self._folder / f"{name}-{scheme}.png"
            self.program.window.grab().save(str(path))
            print(path.name)

    def stop(self) -> None:
        self.program.workbench.give("stop")
        self.wait(lambda: not self.program.run.state.active)


def _is_over(timer: QTimer) -> bool:
    return not timer.isActive()


def take_all(folder: Path, size: QSize) -> None:
    """Every page."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as state:
        photographer = Photographer(folder, size, Path(state))
        program = photographer.program
        photographer.save("welcome")
        photographer.open(handwritten_digits())
        program.bench.select("conv2d_1")
        photographer.train_until(37)
        photographer.save("bench")
        photographer.stop()
        photographer.open(two_moons())
        photographer.train_until(10_000)
        photographer.save("boundary")
        photographer.open(start_from("moons", "deep_sigmoid"))
        program.workbench.give("show_inside")
        photographer.train_until(10_000)
        photographer.save("inside")
        photographer.open(start_from("wine"))
        program.workbench.give("show_data")
        photographer.save("data")
        photographer.open(two_moons())
        program.lab.compare("dense_1")
        photographer.save("lab")
        program.close_now()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--size", default="1280x800")
    arguments = parser.parse_args()
    width, height = (int(part) for part in arguments.size.split("x"))
    take_all(arguments.folder, QSize(width, height))


if __name__ == "__main__":
    main()

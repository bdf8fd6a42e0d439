"""The window's controls without a window and TensorFlow: an engine whose jobs are scripted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QObject, QSettings

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.resolve import resolve
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.training import events
from app.ui.data_feed import DataFeed
from app.ui.failures import Failure
from app.ui.file_control import FileControl
from app.ui.job_center import JobCenter
from app.ui.model_files import ModelFiles
from app.ui.preferences import Preferences
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.search_state import AtStake


def epoch_ended(epoch: int, seconds: float = 0.01) -> events.EpochEnded:
    return events.EpochEnded(epoch, FrozenMap(loss=1.0 / epoch), seconds, 0.001, epoch, 0)


class ScriptedRoom:
    """Stands for `EngineRoom`. A training does an epoch each time `epochs` is granted one, and is
    over at `stop` or when `finish` was called; `checkpoint` names whose state it is.

    Attributes:
        gate: set while resting jobs may go on.
        error: raised by the next training, or restore, before it begins.
    """

    def __init__(self) -> None:
        self.model = ""
        self.gate = Event()
        self.gate.set()
        self.error: Exception | None = None
        self.restored: list[bytes | None] = []
        self.tested: list[tuple[Any, Any]] = []

    def train(self, request: Any) -> Job:
        return self._training(request.project.name, request.project.training.epochs, first=1)

    def continue_training(self, more: int) -> Job:
        return self._training("", more, first=1)

    def start_over(self) -> Job:
        return self._training("", 1000, first=1)

    def _training(self, name: str, epochs: int, first: int) -> Job:
        def job(report: Report, control: JobControl) -> None:
            report(events.Preparing("building"))
            if self.error is not None:
                raise self.error
            self.model = name or self.model
            report(events.TrainingStarted(first, epochs, 1, 10, 10, 1, 5))
            epoch = first - 1
            control.pause()
            while not control.stopping:
                for message in control.take_messages():
                    if isinstance(message, events.CheckpointRequest):
                        report(events.CheckpointTaken(message.number, self._state(epoch)))
                    elif isinstance(message, events.ProbeRequest):
                        report(events.ProbeAnswer(message.number, message.subject, epoch, epoch))
                    elif isinstance(message, events.ChangeLearningRate):
                        report(events.LearningRateChanged(epoch + 1, 0, message.rate, "you", 1))
                    elif isinstance(message, int):
                        for _ in range(message):
                            epoch += 1
                            report(events.StepsDone(epoch, 1, (0.5,), 100.0))
                            report(epoch_ended(epoch))
                control.wait()
            report(events.TrainingEnded("stopped", "Stopped by you.", epoch, epoch, False, 1.0))

        return job

    def _state(self, epoch: int) -> bytes:
        return f"{self.model} {epoch}".encode()

    def checkpoint(self) -> Job:
        return lambda report, control: (self.gate.wait(10), self._state(0))[1]

    def restore(self, request: Any) -> Job:
        def job(report: Report, control: JobControl) -> None:
            self.gate.wait(10)
            if self.error is not None:
                raise self.error
            self.restored.append(request.checkpoint)
            self.model = request.project.name

        return job

    def find_learning_rate(self, request: Any, test: Any) -> Job:
        """A loss that falls around a rate of 0.001 and leaves around 1; waits at the gate."""

        def job(report: Report, control: JobControl) -> events.RangeTestEnded:
            self.tested.append((request.project, test))
            report(events.Preparing("building the network"))
            if self.error is not None:
                raise self.error
            rates = test.rates()
            losses = tuple(1 / (1 + (r / 1e-3) ** 2) + r**2 for r in rates)
            report(events.RangeTestSteps(rates[:5], losses[:5]))
            self.gate.wait(10)
            if control.stopping:
                return events.RangeTestEnded("stopped", rates[:5], losses[:5])
            report(events.RangeTestSteps(rates[5:], losses[5:]))
            return events.RangeTestEnded("finished", rates, losses)

        return job

    def probe(self, request: Any) -> Job:
        def job(report: Report, control: JobControl) -> None:
            self.gate.wait(10)
            report(events.ProbeAnswer(request.number, request.subject, 0, "rest"))

        return job

    def read_model(self, path: Path, shape: object = None) -> Job:
        return lambda report, control: self.gate.wait(10) and None


class ScriptedDialogs:
    """Answers what is asked as it was told to.

    Attributes:
        told: the failures that were shown.
        asked: names of the projects whose changes were asked about, titles of other questions.
        stakes: whether a training ran then, and what would become of a search.
    """

    def __init__(self) -> None:
        self.told: list[Failure] = []
        self.asked: list[str] = []
        self.stakes: list[tuple[bool, AtStake]] = []
        self.answer = "discard"
        self.confirms = False
        self.file: Path | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def save_changes(self, name: str, *, training: bool, search: AtStake) -> str:
        self.asked.append(name)
        self.stakes.append((training, search))
        return self.answer

    def tell(self, title: str, failure: Failure) -> None:
        self.told.append(failure)
        self.meanwhile()

    def save_file(self, *_: object) -> Path | None:
        return self.file

    def open_file(self, *_: object) -> Path | None:
        return self.file

    def confirm(self, title: str, *_: object) -> bool:
        self.asked.append(title)
        return self.confirms


class Scripted:
    """Document, data, run and files put together as the program does it."""

    def __init__(self, home: Path, room: ScriptedRoom | None = None) -> None:
        self.room = room or ScriptedRoom()
        self.dialogs = ScriptedDialogs()
        settings = QSettings(str(home / "preferences.ini"), QSettings.Format.IniFormat)
        self.root = QObject()
        self.jobs = JobCenter(self.root)
        self.document = ProjectDocument(resolve, summary_of, self.root)
        self.feed = DataFeed(self.document, self.jobs, self.root)
        self.run = RunControl(
            self.document,
            self.feed,
            self.jobs,
            self.room,  # type: ignore[arg-type]
            self.root,
        )
        self.models = ModelFiles(self.document, self.run, self.jobs, self.room)  # type: ignore[arg-type]
        self.files = FileControl(
            self.document,
            self.feed,
            self.run,
            self.models,
            self.jobs,
            self.dialogs,  # type: ignore[arg-type]
            Preferences(settings),
            self.root,
        )

    def epochs(self, count: int) -> None:
        """Let the training do so many epochs."""
        assert self.run._control is not None
        self.run._control.post(count)

    @property
    def path(self) -> Path | None:
        return self.document.path


S = TypeVar("S", bound=Scripted)


def scripted(home: Path, room: ScriptedRoom | None = None) -> Iterator[Scripted]:
    yield from ended(Scripted(home, room))


def ended(program: S) -> Iterator[S]:
    """Gives `program`, and ends its threads after the test."""
    yield program
    program.room.gate.set()
    program.document.close()
    program.files.close()
    assert program.jobs.close(10.0)
    # Left to Python's collector they would go in any order, now and then to a crash of Qt.
    shiboken6.delete(program.root)

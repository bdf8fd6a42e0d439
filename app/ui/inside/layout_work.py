"""t-SNE, worked out aside: progress, cancel, and no more often than a training can bear."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.diagnostics.layer_outputs import LayerOutputs
from app.diagnostics.neighbour_layout import NeighbourLayout, PieceDone, neighbour_layout
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.ui.controls import Button, Label, ProgressStrip
from app.ui.controls.painting import px
from app.ui.failures import failure_of
from app.ui.inside.sample_clouds import same_samples
from app.ui.job_center import JobCenter

REST = 3.0
"""While the network trains, it rests so many times as long as it has worked."""


@dataclass(frozen=True)
class Layout:
    """A t-SNE that is finished: of which outputs, with which weights."""

    outputs: LayerOutputs
    when: str
    found: NeighbourLayout

    @property
    def layer_id(self) -> str:
        return self.outputs.layers[0].layer_id

    def is_of(self, answer: LayerOutputs) -> bool:
        """Whether it is the layout of these very outputs."""
        mine, seen = self.outputs.layers[0], answer.layers[0]
        return self.goes_on_to(answer) and np.array_equal(mine.scores, seen.scores)

    def goes_on_to(self, answer: LayerOutputs) -> bool:
        """Whether it has the samples and the layer of `answer`, perhaps at another epoch."""
        return self.layer_id == answer.layers[0].layer_id and same_samples(self.outputs, answer)


class LayoutWork(QWidget):
    """One layout at a time, in the data thread. Seen while there is something to say.

    Signals:
        finished(): `layout` is another.
        again(): the user wants one after all.
    """

    finished = Signal()
    again = Signal()

    def __init__(self, jobs: JobCenter, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.latest: Layout | None = None
        self._job: tuple[int, JobControl] | None = None
        self._waiting: tuple[LayerOutputs, str, bool] | None = None
        self._halted = False
        self._rest_until = 0.0
        self.words = Label("", "caption", "muted", wrap=True)
        self.words.setObjectName(f"{name}.doing")
        self.progress = ProgressStrip()
        self.progress.setObjectName(f"{name}.progress")
        self.button = Button("Cancel", small=True)
        self.button.setObjectName(f"{name}.cancel")
        self.button.clicked.connect(self._pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        for widget in (self.words, self.progress, self.button):
            column.addWidget(widget)
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether a layout is under way."""
        return self._job is not None

    def wish(self, answer: LayerOutputs, when: str, training: bool) -> None:
        """Lay out the first layer of `answer`, now or behind what is under way; the newest wish
        counts. While the network trains, some wishes are left out: newer ones come.
        """
        if self._halted or (self.latest is not None and self.latest.is_of(answer)):
            return
        if self._job is not None:
            self._waiting = (answer, when, training)
        elif not (training and time.monotonic() < self._rest_until):
            self._start(answer, when)

    def stop(self) -> None:
        """Nobody waits for a layout any more."""
        if self._job is not None:
            number, control = self._job
            control.stop()
            self._jobs.forget("data", number)
        self._job = self._waiting = None
        self._halted = False
        self.hide()

    def forget(self) -> None:
        """What was laid out belongs to another run."""
        self.stop()
        self.latest = None

    def _start(self, answer: LayerOutputs, when: str) -> None:
        latest = self.latest
        goes_on = latest is not None and latest.goes_on_to(answer)
        start = latest.found.places if latest is not None and goes_on else None
        began = time.monotonic()
        doing = f"t-SNE of {len(answer.rows):,} samples, {when}"
        self._waiting = None

        def told(event: object) -> None:
            if isinstance(event, PieceDone):
                self._say(doing, event.done / event.of, "Cancel")

        def ended(result: object, error: BaseException | None) -> None:
            self._job = None
            now = time.monotonic()
            self._rest_until = now + REST * (now - began)
            if error is not None:
                self._halted = True
                self._say(failure_of(error, "t-SNE").happened, None, "Try again")
            elif isinstance(result, NeighbourLayout):
                self.hide()
                self.latest = Layout(answer, when, result)
                self.finished.emit()
                waiting, self._waiting = self._waiting, None
                if waiting is not None:
                    self.wish(*waiting)

        self._say(doing, 0.0, "Cancel")
        job = _job(answer.layers[0].scores, start)
        self._job = self._jobs.start("data", job, told, ended)

    def _say(self, words: str, share: float | None, button: str) -> None:
        self.words.setText(words)
        self.progress.show_progress(share or 0.0, spoken=words)
        self.progress.setVisible(share is not None)
        self.button.setText(button)
        self.button.setAccessibleName(f"{button}: t-SNE")
        self.show()

    def _pressed(self) -> None:
        if self._job is not None:
            self.stop()
            self._halted = True
            self._say("t-SNE was cancelled.", None, "Compute again")
        else:
            self._halted = False
            self._rest_until = 0.0
            self.hide()
            self.again.emit()


def _job(
    scores: np.ndarray, start: np.ndarray | None
) -> Callable[[Report, JobControl], NeighbourLayout | None]:
    def job(report: Report, control: JobControl) -> NeighbourLayout | None:
        return neighbour_layout(scores, start, report, lambda: control.stopping)

    return job

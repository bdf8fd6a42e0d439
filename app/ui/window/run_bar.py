"""The run bar: undo, the four orders of a training, and where it stands. The same on all pages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from app.core.best_epoch import best_mark
from app.core.comparison import metric_words
from app.core.number_words import counted
from app.core.problems import Problem
from app.core.project import EarlyStoppingSettings, Project
from app.core.range_test import short
from app.core.resolved_project import ResolvedProject
from app.core.run_record import RunRecord
from app.core.schedule_catalog import PLATEAU
from app.ui.controls.buttons import Button, IconButton, PrimaryButton
from app.ui.controls.labels import Label
from app.ui.controls.labels import plain_tool_tip as plain
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip
from app.ui.number_text import duration, rate
from app.ui.run_state import RunState
from app.ui.window.rate_field import RateField
from app.ui.window.surface import Surface


@dataclass(frozen=True)
class RunBarView:
    """What the run bar shows, all in words.

    `progress` is the share done; None hides the strip. `mark` is the share at which early
    stopping would end it. `learning_rate` is that of the training that runs, and can be changed;
    None while none runs.
    """

    train_text: str = "Train"
    train_on: bool = False
    pause_on: bool = False
    title: str = ""
    detail: str = ""
    caption: str = ""
    explanation: str = ""
    failed: bool = False
    progress: float | None = None
    mark: float | None = None
    left: str = ""
    speed: str = ""
    speed_detail: str = ""
    seed: int | None = None
    learning_rate: float | None = None


def _edited(trained: Project, shown: Project) -> bool:
    """Whether a training of the project on show would be another one."""
    return (trained.data, trained.network, trained.training) != (
        shown.data,
        shown.network,
        shown.training,
    )


def _ready(resolved: ResolvedProject, *, edited: bool = False) -> RunBarView:
    training, seed = resolved.summary.counts[0], resolved.project.training.seed
    if not resolved.can_train:
        errors = sum(problem.severity == "error" for problem in resolved.problems)
        return RunBarView(
            title="Not ready",
            detail=f"{counted(errors, 'problem')} to mend before it can train; see the bench",
            seed=seed,
        )
    if not resolved.summary.known:
        return RunBarView(title="Not ready yet", detail="The data are not read yet", seed=seed)
    noun = "picture" if resolved.summary.pictures else "row"
    steps = counted(resolved.steps_per_epoch, "step")
    return RunBarView(
        title="Ready",
        detail=f"{counted(training, f'training {noun}')}, batch {resolved.batch_size:,}: "
        f"{steps} per epoch{'; edited since the last run' if edited else ''}",
        seed=seed,
    )


_ENDED = {
    "finished": "Finished",
    "early_stopping": "Stopped early",
    "stopped": "Stopped",
    "diverged": "Diverged",
}


def _ended(record: RunRecord, seed: int) -> RunBarView:
    planned = record.planned or record.project.training.epochs
    done = record.rows[-1].epoch if record.rows else 0
    epochs = f"{done} of {planned} epochs" if done <= planned else counted(done, "epoch")
    more = "; Ctrl+F5 goes on" if record.reason == "stopped" and record.rows else ""
    return RunBarView(
        title=_ENDED.get(record.reason or "", "Ended"),
        detail=f"{epochs}{_best(record, done)}{more}",
        explanation=record.sentence,
        failed=record.reason == "diverged",
        seed=seed,
    )


def _best(record: RunRecord, done: int) -> str:
    """The epoch that the curves mark, in their words."""
    mark = best_mark(record)
    if mark is None:
        return ""
    if not mark.kept:
        return f", {mark.word} {metric_words(mark.monitor)} at epoch {mark.epoch:,}"
    back = ", its weights are back" if done != mark.epoch else ""
    return f", best was {mark.epoch:,}{back}"


def rate_note(record: RunRecord | None) -> str:
    """What is to be known of the learning rate before a run is continued; often nothing."""
    if record is None or not record.rows:
        return ""
    kind, done = record.project.training.schedule.kind, record.rows[-1].epoch
    if kind in ("constant", PLATEAU, "warmup") or done < record.project.training.epochs:
        return ""
    planned = counted(record.project.training.epochs, "epoch")
    return (
        f"The schedule has done its {planned}; the last rate was "
        f"{short(record.rows[-1].learning_rate)}. While it trains another one can be set above."
    )


def run_bar_view(
    resolved: ResolvedProject | None,
    state: RunState,
    record: RunRecord | None = None,
    unreadable: Problem | None = None,
    *,
    searching: str = "",
) -> RunBarView:
    """What the run bar shows of a project, its training, and the record of the last run.

    `unreadable`: why its data could not be read; `searching`: "search is running", "" for none.
    """
    if resolved is None:
        return RunBarView(detail="Choose an example or data to begin.")
    if searching and not state.active:
        return RunBarView(
            title=f"{searching[:1].upper()}{searching[1:]}",
            detail="training on the bench waits until it ends",
            seed=resolved.project.training.seed,
        )
    if state.failure is not None and not state.active:
        return RunBarView(
            title=state.failed,
            detail=f"{state.failure.happened} {state.failure.how_to_fix}",
            failed=True,
            seed=resolved.project.training.seed,
        )
    if not state.active:
        ended = record is not None and record.reason is not None
        edited = record is not None and _edited(record.project, resolved.project)
        if record is not None and ended and not edited:
            return _ended(record, resolved.project.training.seed)
        if unreadable is not None:
            return RunBarView(
                title="Not ready",
                detail=f"{unreadable.title}: {unreadable.happened}",
                explanation=f"{unreadable.happened} {unreadable.how_to_fix}",
                seed=resolved.project.training.seed,
            )
        return _ready(resolved, edited=ended)
    seed = record.project.training.seed if record is not None else None
    if not state.epochs or state.phase in ("waiting", "preparing"):
        return RunBarView(
            train_text="Training" if state.trains else "Train",
            train_on=state.trains,
            title="Preparing" if state.trains else "Not ready yet",
            detail=state.doing,
            seed=seed,
        )
    project = record.project if record is not None else resolved.project
    if record is not None and record.rows and not record.chooses_best:
        state = replace(state, best_epoch=0)
    return _under_way(project.training.early_stopping, state, seed)


def _under_way(stopping: EarlyStoppingSettings, state: RunState, seed: int | None) -> RunBarView:
    said = [f"best {state.best_epoch}"] if state.best_epoch and stopping.brings_back else []
    mark = None
    if state.best_epoch and stopping.enabled:
        # Not counted from the best epoch: a run that is continued gets its whole patience anew.
        last = state.epoch + max(stopping.patience, 1) - state.waited
        if last < state.epochs:
            said.append(f"stops at {last} if no better")
            mark = last / state.epochs
    within = state.step / state.steps_per_epoch if state.steps_per_epoch else 0.0
    paused = state.phase == "paused"
    step = f", step {state.step} of {state.steps_per_epoch}" if paused and state.step else ""
    return RunBarView(
        train_text="Resume" if paused else "Training",
        train_on=not paused,
        pause_on=paused,
        title=f"Epoch {state.epoch if not within else state.epoch + 1}",
        detail=f"of {state.epochs}{step}",
        caption="" if paused else " · ".join(said),
        progress=min((state.epoch + within) / max(state.epochs, 1), 1.0),
        mark=mark,
        left="stopping" if state.phase == "stopping" else duration(state.seconds_left),
        speed=rate(state.epochs_per_second, "epoch"),
        speed_detail=rate(state.samples_per_second, "sample"),
        seed=seed,
        learning_rate=None if state.phase == "stopping" else state.learning_rate,
    )


_HELP = {
    "undo": "Undo",
    "redo": "Redo",
    "step": "One batch; Train menu: one epoch",
    "stop": "Stop and keep the model",
}


class RunBar(Surface):
    """Passive: shows a `RunBarView` and asks.

    Signals:
        command(str): id of the command whose button was pressed.
        rate_chosen(float): the training that runs is to go on with this learning rate.
    """

    command = Signal(str)
    rate_chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", ("bottom",), parent)
        self.setObjectName("run_bar")
        self.setFixedHeight(px(48))
        self._buttons = {
            "undo": IconButton("undo", "Undo"),
            "redo": IconButton("redo", "Redo"),
            "train": PrimaryButton("Train", "train"),
            "pause": Button("Pause", "pause"),
            "step": Button("Step", "step"),
            "stop": Button("Stop", "stop"),
        }
        for name, button in self._buttons.items():
            button.setObjectName(f"run.{name}")
            button.clicked.connect(lambda _checked=False, n=name: self.command.emit(n))
        self._buttons["train"].setFixedWidth(px(104))
        self._title = Label("", "title")
        self._detail = Label("", "body", "muted", elide=True)
        self._detail.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption = Label("", "caption", "muted")
        self._strip = ProgressStrip()
        self._strip.setObjectName("run.progress")
        self._strip.setAccessibleName("Progress of the training")
        self._left = Label("")
        self._speed = Label("")
        self._seed_icon = IconButton(
            "seed", "Seed of the next run", size=24, icon_size=16, tone="muted"
        )
        self._seed_icon.setObjectName("run.seed")
        self._seed_icon.clicked.connect(lambda: self.command.emit("settings"))
        self._seed_word = Label("seed", "body", "muted")
        self._seed = Label("")
        self._rate_word = Label("learning rate", "body", "muted")
        self._rate = RateField()
        self._rate.setObjectName("run.learning_rate")
        self._rate.setAccessibleName("Learning rate of the training that runs")
        self._rate.setToolTip(
            "Applies at once, from the next step on; a schedule is scaled by as much. "
            "The run keeps where it was done; started over, it runs without it."
        )
        self._rate.setFixedWidth(px(92))
        self._rate.rate_chosen.connect(self.rate_chosen)
        self._rate.error_changed.connect(lambda _text: self._show_words())
        self._rate_word.setBuddy(self._rate)
        self._view = RunBarView()
        self._lay_out()
        self.show_view(self._view)

    @property
    def resting_place(self) -> QWidget:
        """Where the focus goes when the control that has it vanishes."""
        return self._buttons["train"]

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(px(14), 0, px(16), 1)
        row.setSpacing(px(4))
        row.addWidget(self._buttons["undo"])
        row.addWidget(self._buttons["redo"])
        row.addSpacing(px(8))
        row.addWidget(self._line())
        row.addSpacing(px(8))
        for name in ("train", "pause", "step", "stop"):
            row.addWidget(self._buttons[name])
            row.addSpacing(px(4))
        row.addSpacing(px(12))
        row.addWidget(self._line())
        row.addSpacing(px(16))
        self._status = QWidget()
        grid = QGridLayout(self._status)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(px(7))
        grid.setVerticalSpacing(px(5))
        grid.addWidget(self._title, 0, 0)
        grid.addWidget(self._detail, 0, 1)
        grid.addWidget(self._caption, 0, 2)
        grid.addWidget(self._strip, 1, 0, 1, 3)
        grid.setColumnStretch(1, 1)
        row.addWidget(self._status, 1, Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(px(20))
        row.addWidget(self._left)
        row.addSpacing(px(28))
        row.addWidget(self._speed)
        row.addSpacing(px(12))
        row.addWidget(self._seed_icon)
        row.addWidget(self._seed_word)
        row.addWidget(self._seed)
        row.addSpacing(px(12))
        row.addWidget(self._rate_word)
        row.addSpacing(px(2))
        row.addWidget(self._rate)
        self._tail = QWidget()
        self._tail.setFixedWidth(px(152))
        row.addWidget(self._tail)

    def show_enabled(self, why_not: Mapping[str, str], running: bool) -> None:
        """Enable the buttons but those of which `why_not` tells what is in the way; Train stays
        bright while it trains.
        """
        for name, button in self._buttons.items():
            why = "" if name == "train" and running else why_not.get(name, "")
            button.setEnabled(not why)
            tip = why or _HELP.get(name, "")
            if button.toolTip() != tip:
                button.setToolTip(tip)

    def show_view(self, view: RunBarView) -> None:
        self._view = view
        train = self._buttons["train"]
        train.setText(view.train_text)
        train.setAccessibleName(view.train_text)
        train.set_on(view.train_on)
        pause = self._buttons["pause"]
        pause.setText("Paused" if view.pause_on else "Pause")
        pause.set_on(view.pause_on)
        self._title.setText(view.title)
        self._title.setVisible(bool(view.title))
        self._title.set_tone("error" if view.failed else "text")
        self._strip.setVisible(view.progress is not None)
        if view.progress is not None:
            self._strip.show_progress(view.progress, view.mark, view.title + " " + view.detail)
        self._left.setText(view.left)
        self._speed.setText(view.speed)
        self._speed.setToolTip(plain(view.speed_detail))
        live = view.learning_rate is not None
        wide = self.width() >= px(1200)
        self._tail.setVisible(view.progress is not None and wide and not live)
        self._rate.setVisible(live)
        self._rate_word.setVisible(live and wide)
        if view.learning_rate is not None:
            self._rate.show_rate(view.learning_rate)
        for widget in (self._seed_icon, self._seed_word, self._seed):
            widget.setVisible(view.seed is not None)
        self._seed.setText("" if view.seed is None else str(view.seed))
        self._show_words()

    def _show_words(self) -> None:
        """Where the training stands; why a typed learning rate is none, as long as it stands."""
        view = self._view
        wrong = "" if view.learning_rate is None else self._rate.error()
        words = wrong.removeprefix("Learning rate: ")  # that stands beside the field
        self._detail.setText(words[:1].upper() + words[1:] or view.detail)
        self._detail.set_tone("error" if wrong else "muted")
        self._detail.setToolTip(plain(wrong or view.explanation or view.detail))
        self._caption.setText("" if wrong else view.caption)
        self._left.setVisible(bool(view.left) and not wrong)  # room for the words
        self._speed.setVisible(bool(view.speed) and not wrong)

    def _line(self) -> Surface:
        line = Surface("border")
        line.setFixedSize(1, px(24))
        return line

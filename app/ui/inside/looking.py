"""What every tab of the page Inside may know: the run on show, the moment looked at, the way to
ask.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.branch_settings import differences
from app.core.frozen import FrozenMap
from app.core.network import Network
from app.core.project import Project
from app.core.run_record import RunRecord
from app.data.prepared import PreparedData
from app.training.engine_room import EngineRoom
from app.training.events import LayerHealth
from app.ui.comparison_control import ComparisonControl
from app.ui.data_feed import DataFeed
from app.ui.job_center import JobCenter
from app.ui.pacing import Pacing
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

WHILE_TRAINING_MS, SHARE = 160, 0.03
"""So far apart are two tellings of a training, and so much of the time of the window's thread goes
into what they bring about: drawing must not take its processors from it.
"""
MOST_REMEMBERED = 128
"""So many answers about fixed moments are kept, for the slider."""

NO_RUN = "Press Train: what happens inside the network appears here, and changes while it learns."
PREPARING = "The training is being prepared…"
COMES_BACK = "The saved training is being brought back…"
NOT_BACK = "The saved training is not back yet; see Problems on the bench."
OTHER_DATA = (
    "The data were changed since this run. Press Train to see this with the data as they are now."
)

REFITTED = (
    "This run was a refit: it was trained on the validation part too, which the project now keeps "
    "apart again. Press Redo until the refit is back, or Train for a run with these settings."
)
TO_REFIT = (
    "The project is set up for a refit, which trains on the validation part too; this run did not. "
    "Press Train for the refit, or Undo until the settings of this run are back."
)


@dataclass(frozen=True)
class Wish:
    """What is to be asked."""

    subject: str
    layer_id: str | None
    options: FrozenMap
    epoch: int | None


class Looking(QObject):
    """The run on show and the moment of it that is looked at.

    Signals:
        changed(): there is something newer to see, or another moment or run; silent while the page
            is hidden, and once when it comes to the front.
        moment_changed(): `moment` is another.
    """

    changed = Signal()
    moment_changed = Signal()

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        jobs: JobCenter,
        room: EngineRoom,
        comparison: ComparisonControl,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.feed = feed
        self.run = run
        self.jobs = jobs
        self.room = room
        self.comparison = comparison
        self.moment: int | None = None
        self.sample: tuple[str, int] | None = None
        """Part and place in it of the sample of the data that was chosen last, in whichever tab."""
        self._front = False
        self.pacing = Pacing(self._show, WHILE_TRAINING_MS, SHARE, self)
        self._stood: tuple[bool, bool, int] = (False, False, 0)
        self._remembered: OrderedDict[Wish, object] = OrderedDict()
        for signal in (run.history_changed, run.health_changed):
            signal.connect(self._tell_in_time)
        for signal in (run.run_ended, feed.changed, document.changed):
            signal.connect(self._tell)
        run.kept_changed.connect(self._kept_changed)
        run.state_changed.connect(self._state_changed)

    # ---- what is known
    @property
    def record(self) -> RunRecord | None:
        """Of the run on show; None before the first."""
        return self.run.record

    @property
    def project(self) -> Project | None:
        """The settings of the run on show, whatever was edited since."""
        return None if self.record is None else self.record.project

    @property
    def network(self) -> Network | None:
        """That of the run on show."""
        return None if self.project is None else self.project.network

    @property
    def edits(self) -> tuple[str, ...]:
        """What on the bench is not that of the run on show any more, as far as a branch of it could
        not have it; in words.
        """
        run, bench = self.project, self.document.project
        if run is None or bench is None or run is bench:
            return ()
        return (*differences(run, bench), *(() if run.data == bench.data else ("data",)))

    @property
    def data(self) -> PreparedData | None:
        """The data of the run on show; None when those of the project are others by now."""
        data, record = self.feed.prepared, self.record
        if data is None or record is None or data.fingerprint != record.data_fingerprint:
            return None
        return data

    @property
    def healths(self) -> tuple[LayerHealth, ...]:
        """How the layers did, epoch by epoch, as far as it is known."""
        return self.run.healths

    @property
    def epochs(self) -> int:
        """Epochs done."""
        record = self.record
        return record.rows[-1].epoch if record is not None and record.rows else 0

    @property
    def shown_epoch(self) -> int:
        """After which epoch the network has the weights that are looked at."""
        return self.epoch_now if self.moment is None else self.moment

    @property
    def within_epoch(self) -> str:
        """`within_now` where now is looked at; "" at every other moment."""
        return self.within_now if self.moment is None else ""

    @property
    def epoch_now(self) -> int:
        """After which epoch the network has the weights of now."""
        record = self.record
        return record.best_epoch if record is not None and record.restored else self.epochs

    @property
    def within_now(self) -> str:
        """Where within an epoch the weights of now are, "epoch 13, step 4 of 8", as in a run that
        is held or was stopped on the way, or is in its first epoch; "" at the end of one. Those of
        a run under way are said to be of the last epoch done.
        """
        state, record = self.run.state, self.record
        if record is None or record.restored or not state.step:
            return ""
        if state.phase == "running" and self.epochs:
            return ""
        return f"epoch {self.epochs + 1:,}, step {state.step:,} of {state.steps_per_epoch:,}"

    @property
    def moments(self) -> tuple[int, ...]:
        """The epochs that can be looked at, beside now: 0 for the initial weights."""
        return (0, *self.run.kept_epochs) if self.run.has_model else ()

    def why_nothing(self) -> str:
        """Why there is no network to look into; "" when there is one."""
        run = self.run
        if run.record is not None and run.has_model:
            return ""
        if run.state.trains:
            return PREPARING
        if run.comes_back:
            return COMES_BACK if run.state.active else NOT_BACK
        return NO_RUN

    def why_no_data(self) -> str:
        """`why_nothing`, or why there are no data to show beside the network's answers."""
        return self.why_nothing() or ("" if self.data is not None else self._other_data())

    def _other_data(self) -> str:
        """In what the data of the project are others than those of the run."""
        run, now = self.project, self.document.project
        if run is None or now is None:
            return OTHER_DATA
        split, trains = run.data.split, now.data.split.validation_trains
        alike = split.model_copy(update={"validation_trains": trains})
        if split == alike or run.data.model_copy(update={"split": alike}) != now.data:
            return OTHER_DATA
        return TO_REFIT if trains else REFITTED

    # ---- what is looked at
    def look_at(self, moment: int | None) -> None:
        """Look at the network after an epoch that was kept (0: before the first), or as it is now
        (None).
        """
        if moment != self.moment and (moment is None or moment in self.moments):
            self.moment = moment
            self.moment_changed.emit()
            self._tell()

    def look_near(self, epoch: int) -> None:
        """Look at the kept epoch nearest to `epoch`; at the newest one, as it is now, unless now
        has the weights of the best one.
        """
        if epoch >= self.epochs == self.epoch_now:
            self.look_at(None)
        elif self.moments:
            self.look_at(min(self.moments, key=lambda moment: abs(moment - epoch)))

    def come_to_front(self, front: bool) -> None:
        """Whether the page is seen."""
        if front != self._front:
            self._front = front
            self._tell()

    # ---- answers about fixed moments stay true
    def remembered(self, wish: Wish) -> object:
        """The answer to `wish` from before, or None."""
        if wish in self._remembered:
            self._remembered.move_to_end(wish)
        return self._remembered.get(wish)

    def remember(self, wish: Wish, answer: object) -> None:
        if wish.epoch is not None and answer is not None:
            self._remembered[wish] = answer
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)

    # ---- what changed
    def _tell(self, *_what: object) -> None:
        """Something is new."""
        self.pacing.wake()
        self._show()

    def _show(self) -> None:
        if self._front:
            self.changed.emit()

    def _tell_in_time(self) -> None:
        """The training has gone on: told now and then."""
        if self.run.state.trains:
            self.pacing.ask()
        else:
            self._tell()

    def _kept_changed(self) -> None:
        if self.moment is not None and self.moment not in self.moments:
            earlier = [epoch for epoch in self.moments if epoch < self.moment]
            self.moment = earlier[-1] if earlier else None
            self.moment_changed.emit()
        self._tell_in_time()

    def _state_changed(self) -> None:
        begins = self.run.state.phase == "preparing"
        if begins:
            self._remembered.clear()
        if self.moment is not None and (begins or not self.run.has_model):
            self.moment = None
            self.moment_changed.emit()
        # A model is there, or one that is held after some steps: no epoch has ended to tell of it.
        held = self.run.state.phase == "paused"
        before = self._stood
        self._stood = (self.run.has_model, held, self.run.state.step if held else 0)
        if self._stood != before or not self.run.has_model:
            self._tell()


class Asker(QObject):
    """Asks one kind of question: one at a time is under way, and the newest wish waits.

    Args:
        on_answer: gets a frozen result of `app.diagnostics`, a `NoAnswer`, or None; never that to
            another wish or moment than the present one.
        moment: which moment is asked about; that which is looked at when left out.
    """

    def __init__(
        self,
        looking: Looking,
        subject: str,
        on_answer: Callable[[object], None],
        moment: Callable[[], int | None] | None = None,
    ) -> None:
        super().__init__(looking)
        self._moment = moment or (lambda: looking.moment)
        self._looking = looking
        self._subject = subject
        self._on_answer = on_answer
        self._wish: Wish | None = None
        self._sample: np.ndarray | None = None
        self._sent: tuple[Wish, np.ndarray | None] | None = None
        self._again = False
        looking.run.state_changed.connect(self._state_changed)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._sent is not None

    def ask(
        self,
        layer_id: str | None = None,
        options: FrozenMap | None = None,
        sample: np.ndarray | None = None,
    ) -> None:
        """Ask about the moment that is meant; the answer comes at once when it is known from
        before.
        """
        wish = Wish(self._subject, layer_id, options or FrozenMap(), self._moment())
        self._wish, self._sample = wish, sample
        known = None if sample is not None else self._looking.remembered(wish)
        if known is not None:
            self._again = False
            self._on_answer(known)
        elif self._sent is not None:
            self._again = True
        else:
            self._send()

    def forget(self) -> None:
        """No answer is awaited any more."""
        self._wish = self._sent = None
        self._again = False

    def _send(self) -> None:
        wish, sample = self._wish, self._sample
        if wish is None:
            return
        self._again = False
        sent = (wish, sample)
        self._sent = sent
        self._looking.run.questions.ask(
            wish.subject,
            lambda result: self._came(sent, result),
            wish.layer_id,
            wish.options,
            epoch=wish.epoch,
            sample=sample,
        )

    def _came(self, sent: tuple[Wish, np.ndarray | None], result: object) -> None:
        wish, sample = sent
        self._looking.pacing.count()
        if sample is None:
            self._looking.remember(wish, result)
        if self._sent is not sent:
            return
        self._sent = None
        wanted = wish == self._wish and sample is self._sample
        if wanted:
            self._on_answer(result)
        # What was asked for meanwhile, unless the answer was to the same fixed moment.
        if self._again and self._sent is None and not (wanted and wish.epoch is not None):
            self._send()

    def _state_changed(self) -> None:
        # Questions that were open when a run began or ended are not answered any more.
        if self._looking.run.state.phase in ("idle", "preparing"):
            self._sent = None

"""Has the engine judge the network on the parts of the data, and keeps what it found while the
network has the same weights.
"""

from collections.abc import Callable
from typing import Literal, get_args

from PySide6.QtCore import QObject, Signal

from app.diagnostics.evaluation.judgement import Judgement
from app.diagnostics.no_answer import NoAnswer
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom
from app.ui.failures import failure_of
from app.ui.inside.looking import Looking
from app.ui.job_center import JobCenter

PartName = Literal["training", "validation", "test"]
PARTS: tuple[PartName, ...] = get_args(PartName)

TRAINS = (
    "The network is in training: its figures are on the learning curves. It is evaluated as soon "
    "as the training ends."
)
Found = Judgement | NoAnswer


class Judging(QObject):
    """One question at a time is with the engine; a training that begins ends it.

    Signals:
        changed(): there is something newer to see, or nothing any more.
    """

    changed = Signal()

    def __init__(
        self, looking: Looking, jobs: JobCenter, room: EngineRoom, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._looking, self._jobs, self._room = looking, jobs, room
        self._found: dict[str, Found] = {}
        self._asked: tuple[str, int, JobControl] | None = None
        self._then: Callable[[Found], None] | None = None
        self.sealed: Callable[[], bool] = lambda: True
        """Whether nothing may be known of the test part; the vault sets it."""
        looking.run.state_changed.connect(self._run_changed)
        looking.run.run_ended.connect(self.changed)
        looking.feed.changed.connect(self.changed)
        looking.document.changed.connect(self.changed)

    def why_not(self) -> str:
        """Why there is nothing to judge now; "" when there is."""
        if self._looking.run.state.trains and self._looking.run.has_model:
            return TRAINS
        return self._looking.why_no_data()

    @property
    def asked(self) -> str:
        """The part that is being judged; "" for none."""
        return "" if self._asked is None else self._asked[0]

    def found(self, part: str) -> Found | None:
        """What is known of `part`; of the test part nothing while the vault is sealed."""
        return None if self._hidden(part) or self.why_not() else self._found.get(part)

    def want(self, part: PartName) -> None:
        """Have `part` judged, unless that is known or under way, or the vault is sealed."""
        if part not in self._found and not self._hidden(part):
            self._ask(part, None)

    def open_test(self, then: Callable[[Found], None]) -> None:
        """Judge the test part, sealed as it may be; for the vault alone, which records it."""
        self._ask("test", then)

    def _hidden(self, part: str) -> bool:
        return part == "test" and self.sealed()

    def _ask(self, part: PartName, then: Callable[[Found], None] | None) -> None:
        if self.why_not() or self.asked == part:
            return
        self._drop()
        self._then = then
        number, control = self._jobs.start(
            "engine", self._room.judge(part), lambda _event: None, self._ended
        )
        self._asked = part, number, control
        self.changed.emit()

    def _ended(self, result: object, error: BaseException | None) -> None:
        if self._asked is None:
            return
        part, then = self._asked[0], self._then
        self._asked = self._then = None
        if error is not None:
            failure = failure_of(error, "Evaluating the network")
            result = NoAnswer(f"{failure.happened} {failure.expected} {failure.how_to_fix}")
        if isinstance(result, Judgement | NoAnswer):
            self._found[part] = result  # before `then`, which opens the vault: all look at once
            if then is not None:
                then(result)
            if self._hidden(part):
                self._found.pop(part, None)
        self.changed.emit()

    def _drop(self) -> None:
        """Wait for no answer any more."""
        if self._asked is not None:
            _, number, control = self._asked
            control.stop()
            self._jobs.forget("engine", number)
            self._asked = self._then = None

    def _run_changed(self) -> None:
        run = self._looking.run
        if run.state.active or not run.has_model:
            had = bool(self._found) or self._asked is not None
            self._found.clear()
            self._drop()
            if had:
                self.changed.emit()
        else:
            self.changed.emit()

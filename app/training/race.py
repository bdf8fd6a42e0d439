"""Several settings trained one after the other, to be compared."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.frozen import FrozenMap, OptionValue
from app.core.range_test import RangeTest
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.events import (
    BeforeFirstStep,
    EpochEnded,
    RaceEvent,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from app.training.session import Session
from app.training.weight_paths import PathRecorder

if TYPE_CHECKING:
    from app.training.engine_room import TrainingRequest


def race(
    contestants: Sequence["TrainingRequest"],
    report: Report,
    control: JobControl,
    seconds: float | None = None,
    *,
    keep_paths: bool = False,
) -> tuple[TrainingEnded, ...]:
    """Train each from its beginning to its end; the traced functions of one serve the next where
    only values differ. Seeds decide the initial weights: equal ones for equal networks.

    Of each it reports first a `BeforeFirstStep`, then what its training tells.

    Args:
        seconds: each trains for so long at most, from its first step.
        keep_paths: whether the `WeightPath` of each is reported when it has ended.

    Raises:
        ExplainedError: a contestant cannot be trained.
    """
    endings: list[TrainingEnded] = []
    session: Session | None = None
    try:
        for number, request in enumerate(contestants):
            if control.stopping:
                break

            def tell(event: object, number: int = number) -> None:
                report(RaceEvent(number, event))

            session = _session_for(request, session, tell, control)
            tell(_before_first_step(session, control))
            path = PathRecorder(session.model) if keep_paths else None
            lap = _Lap(control, seconds, tell, path)
            endings.append(session.train(lap.hear, lap, lambda _message, _epoch: None))
            if path is not None and not control.stopping:
                tell(path.path())
    finally:
        if session is not None:
            session.close()
    return tuple(endings)


def _before_first_step(session: Session, control: JobControl) -> BeforeFirstStep:
    """What the initial weights come to; this is not the contestant's time."""
    found: dict[str, OptionValue] = {}
    for part, prefix in (("training", ""), ("validation", "val_")):
        metrics = session.evaluate(part, control)
        if metrics is not None:
            found |= {f"{prefix}{name}": value for name, value in metrics.items()}
    return BeforeFirstStep(FrozenMap(found))


class _Lap(JobControl):
    """What one contestant is told: to stop when the race stops, or when its time is over.

    It hears what the training reports and passes it on, once the weights are noted.
    """

    def __init__(
        self, race: JobControl, seconds: float | None, tell: Report, path: PathRecorder | None
    ) -> None:
        super().__init__()
        self._race = race
        self._seconds = seconds
        self._tell = tell
        self._path = path
        self._began: float | None = None
        self._noting = 0.0

    @property
    def stopping(self) -> bool:
        return self._race.stopping or self._time_is_over

    @property
    def _time_is_over(self) -> bool:
        if self._seconds is None or self._began is None:
            return False
        return time.perf_counter() - self._began - self._noting >= self._seconds

    def hear(self, event: object) -> None:
        if isinstance(event, TrainingStarted):
            self._note(event.first_epoch - 1)
            self._began, self._noting = time.perf_counter(), 0.0
        elif isinstance(event, EpochEnded):
            self._note(event.epoch)
        elif isinstance(event, TrainingEnded):
            event = self._explained(event)
        if not isinstance(event, StepsDone):  # nobody looks at single steps here
            self._tell(event)

    def _note(self, epoch: int) -> None:
        """Keep the weights; what that takes is not the contestant's time."""
        if self._path is not None:
            began = time.perf_counter()
            self._path.note(epoch)
            self._noting += time.perf_counter() - began

    def _explained(self, event: TrainingEnded) -> TrainingEnded:
        if event.reason != "stopped" or self._race.stopping:
            return event
        epochs = f"{event.epoch:,} epoch{'s' if event.epoch != 1 else ''}"
        return replace(event, sentence=f"Its {self._seconds:g} seconds were over after {epochs}.")


_WARM_UP = RangeTest(1e-8, 1e-7, 2)


def _session_for(
    request: "TrainingRequest", present: Session | None, report: Report, control: JobControl
) -> Session:
    project, data, kept = request.project, request.data, request.kept
    if present is not None and present.fits(project, data, diagnostics=False):
        present.begin(project, data, kept)
        return present
    made = Session(project, data, report, diagnostics=False, kept=kept)
    if present is not None:
        present.close()
    # The first steps of traced functions take longer: that is not the first contestant's fault.
    made.range_test(project, data, kept, _WARM_UP, lambda _event: None, control)
    made.evaluate("validation", control)
    return made

"""Several settings trained one after the other, to be compared."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.range_test import RangeTest
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.events import RaceEvent, TrainingEnded
from app.training.session import Session

if TYPE_CHECKING:
    from app.training.engine_room import TrainingRequest


def race(
    contestants: Sequence["TrainingRequest"], report: Report, control: JobControl
) -> tuple[TrainingEnded, ...]:
    """Train each from its beginning to its end; the traced functions of one serve the next where
    only values differ. Seeds decide the initial weights: equal ones for equal networks.

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
            endings.append(session.train(tell, control, lambda _message, _epoch: None))
    finally:
        if session is not None:
            session.close()
    return tuple(endings)


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

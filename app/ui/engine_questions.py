"""Asks the engine about its model: between two steps of a training, else in a job."""

from collections.abc import Callable

import numpy as np

from app.core.frozen import FrozenMap
from app.core.network import Layer
from app.jobs.control import JobControl
from app.training import events
from app.training.engine_room import EngineRoom
from app.ui.failures import failure_of
from app.ui.job_center import JobCenter

OnAnswer = Callable[[object], None]


class EngineQuestions:
    """Answers come in the window's thread, unless a run begins or ends first.

    Args:
        jobs: where the engine's thread is.
        room: what it can do.
        control: of what has the model now, a training for example; None when nothing has.
        has_model: whether there is a model.
    """

    def __init__(
        self,
        jobs: JobCenter,
        room: EngineRoom,
        control: Callable[[], JobControl | None],
        has_model: Callable[[], bool],
    ) -> None:
        self._jobs, self._room = jobs, room
        self._control, self._has_model = control, has_model
        self._asked = 0
        self._waiting: dict[int, OnAnswer] = {}

    def ask(
        self,
        subject: str,
        on_answer: OnAnswer,
        layer_id: str | None = None,
        options: FrozenMap | None = None,
        *,
        epoch: int | None = None,
        sample: np.ndarray | None = None,
    ) -> None:
        """Ask something of the model, see `events.ProbeRequest`; `on_answer` gets the result."""
        self._asked += 1
        request = events.ProbeRequest(
            self._asked, subject, layer_id, options or FrozenMap(), epoch, sample
        )
        self._waiting[request.number] = on_answer
        control = self._control()
        if control is not None:
            control.post(request)
        elif self._has_model():
            self._jobs.start("engine", self._room.probe(request), self.hear, self._ended)

    def augment(
        self,
        layers: tuple[Layer, ...],
        pictures: np.ndarray,
        seed: int,
        copies: int,
        on_answer: OnAnswer,
    ) -> None:
        """Have `layers` change `pictures` as in training; `on_answer` gets `AugmentedPictures`, or
        what kept them from coming.
        """
        self._asked += 1
        number, control = self._asked, self._control()
        if control is not None:
            self._waiting[number] = on_answer
            control.post(events.AugmentationRequest(number, layers, pictures, seed, copies))
        else:
            self._jobs.start(
                "engine",
                self._room.augment(layers, pictures, seed, copies),
                self.hear,
                lambda result, error: on_answer(error or result),
            )

    def hear(self, event: object) -> None:
        """Pass an answer on, once."""
        if isinstance(event, (events.ProbeAnswer, events.AugmentationAnswer)):
            on_answer = self._waiting.pop(event.number, None)
            if on_answer is not None:
                on_answer(_found(event))

    def forget(self) -> None:
        """No answer is wanted any more."""
        self._waiting.clear()

    def _ended(self, _result: object, error: BaseException | None) -> None:
        if error is not None:
            failure_of(error, "Looking into the network")


def _found(answer: events.ProbeAnswer | events.AugmentationAnswer) -> object:
    if isinstance(answer, events.AugmentationAnswer):
        return answer.error or answer.result
    return answer.result

"""The answers to one question about many epochs, gathered one after another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject

from app.core.frozen import FrozenMap
from app.ui.inside.looking import Looking

MOST_EPOCHS = 65
"""About so many epochs are asked about, evenly spread over those that were kept."""


@dataclass(frozen=True)
class Topic:
    """What is asked about each epoch."""

    subject: str
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)


class EpochAnswers(QObject):
    """Asks about one epoch at a time, so that a training is never held up for long, and remembers
    what it got. Questions about another topic wait for nothing: the newest topic is asked about.

    Args:
        wanted: whether to go on asking, looked at before each question.
        on_answer: there is one more answer.
    """

    def __init__(
        self, looking: Looking, wanted: Callable[[], bool], on_answer: Callable[[], None]
    ) -> None:
        super().__init__(looking)
        self._looking = looking
        self._wanted = wanted
        self._on_answer = on_answer
        self._topic: Topic | None = None
        self._epochs: tuple[int, ...] = ()
        self._found: dict[Topic, dict[int, object]] = {}
        self._sent: object = None
        looking.run.state_changed.connect(self._state_changed)

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._sent is not None

    @property
    def missing(self) -> int:
        """How many epochs are still to be asked about."""
        found = self.found
        return sum(epoch not in found for epoch in self._epochs)

    @property
    def found(self) -> Mapping[int, object]:
        """The answers to the present topic, by epoch."""
        return {} if self._topic is None else self._found.get(self._topic, {})

    def gather(self, topic: Topic, epochs: Sequence[int]) -> None:
        """Ask about `topic` at `epochs`, as far as that was not done before."""
        self._topic = topic
        self._epochs = in_turn(thinned_epochs(epochs))
        self._ask_next()

    def _ask_next(self) -> None:
        topic = self._topic
        if self._sent is not None or topic is None or not self._wanted():
            return
        found = self._found.setdefault(topic, {})
        epoch = next((epoch for epoch in self._epochs if epoch not in found), None)
        if epoch is None:
            return
        sent = self._sent = object()
        self._looking.run.ask(
            topic.subject,
            lambda answer: self._came(sent, topic, epoch, answer),
            topic.layer_id,
            topic.options,
            epoch=epoch,
        )

    def _came(self, sent: object, topic: Topic, epoch: int, answer: object) -> None:
        if sent is not self._sent:
            return  # of a run before
        self._sent = None
        self._found.setdefault(topic, {})[epoch] = answer
        if topic == self._topic:
            self._on_answer()
        self._ask_next()

    def _state_changed(self) -> None:
        # Questions that were open when a run began or ended are not answered any more.
        phase = self._looking.run.state.phase
        if phase in ("idle", "preparing"):
            self._sent = None
        if phase == "preparing":  # another run, or the same that goes on from an earlier epoch
            self._found.clear()


def thinned_epochs(epochs: Sequence[int], most: int = MOST_EPOCHS) -> tuple[int, ...]:
    """The first, the last, and between them those divisible by the smallest power of two that
    leaves few enough: what was asked while there were fewer epochs stays of use.
    """
    kept = tuple(epochs)
    stride = 1
    while len(kept) > most:
        stride *= 2
        inner = tuple(epoch for epoch in epochs[1:-1] if epoch % stride == 0)
        kept = (epochs[0], *inner, epochs[-1])
    return kept


def in_turn(epochs: Sequence[int]) -> tuple[int, ...]:
    """`epochs` ordered so that the picture is coarse at first, then ever finer: both ends, the
    middle, the quarters, and so on.
    """
    count = len(epochs)
    order = list(dict.fromkeys((0, count - 1))) if count else []
    parts = 2
    while len(order) < count:
        for part in range(parts + 1):
            place = (count - 1) * part // parts
            if place not in order:
                order.append(place)
        parts *= 2
    return tuple(epochs[place] for place in order)

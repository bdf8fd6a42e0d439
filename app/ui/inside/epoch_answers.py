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
        growing = self._looking.run.state.active
        self._epochs = in_turn(thinned_epochs(epochs, growing=growing), growing=growing)
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
        self._looking.run.questions.ask(
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
        if self._looking.run.state.phase != "running":  # else with the next `gather`, not at once
            self._ask_next()

    def _state_changed(self) -> None:
        # Questions that were open when a run began or ended are not answered any more.
        phase = self._looking.run.state.phase
        if phase in ("idle", "preparing"):
            self._sent = None
        if phase == "preparing":  # another run, or the same that goes on from an earlier epoch
            self._found.clear()


def thinned_epochs(
    epochs: Sequence[int], most: int = MOST_EPOCHS, *, growing: bool = False
) -> tuple[int, ...]:
    """The first, the last, and between them those divisible by the smallest power of two that
    leaves few enough: what was asked while there were fewer epochs stays of use.

    Args:
        growing: while the last one is another again and again, it is not among them for its own
            sake.
    """
    kept = tuple(epochs)
    stride = 1
    while len(kept) > most:
        stride *= 2
        between = tuple(epoch for epoch in epochs[1:-1] if epoch % stride == 0)
        kept = (epochs[0], *between, epochs[-1])
    if growing and stride > 1 and kept[-1] % stride:
        kept = kept[:-1]
    return kept


def in_turn(epochs: Sequence[int], *, growing: bool = False) -> tuple[int, ...]:
    """`epochs` ordered so that the picture is coarse at first, then ever finer: both ends, then
    those divisible by the largest powers of two. That order holds while the epochs grow.
    """
    ends = tuple(epochs[:1]) if growing else tuple(dict.fromkeys((*epochs[:1], *epochs[-1:])))
    between = (epoch for epoch in epochs if epoch not in ends)
    return (*ends, *sorted(between, key=lambda epoch: (-(epoch & -epoch), epoch)))

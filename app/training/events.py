"""What the engine tells: frozen, picklable values. Importing this module loads neither TensorFlow
nor Keras.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.network import Layer

StopReason = Literal["finished", "early_stopping", "stopped", "diverged"]


@dataclass(frozen=True)
class Preparing:
    """A wait begins: "loading TensorFlow", "building the network", "tracing the training step"."""

    what: str


@dataclass(frozen=True)
class TrainingStarted:
    """The first step is about to be done.

    `first_epoch` counts from 1; it is more than 1 when a run is continued. `epochs` is the last
    epoch planned. `learning_rate` is that of this step; 0 when nobody knows it. `chooses_best`:
    whether a best epoch means anything; over the training part alone, without early stopping,
    nothing chooses one.
    """

    first_epoch: int
    epochs: int
    steps_per_epoch: int
    samples: int
    batch_size: int
    seed: int
    parameters: int
    learning_rate: float = 0.0
    chooses_best: bool = True


@dataclass(frozen=True)
class ReadingSamples:
    """After `step` steps of `epoch` the training waits for samples that are read from disk; what it
    reports next ends the wait.
    """

    epoch: int
    step: int


@dataclass(frozen=True)
class StepsDone:
    """A chunk of steps was done.

    `step` counts from 1 within `epoch`; `losses` holds the loss of each batch of the chunk
    (regularization included). `learning_rate` is that of the last step; 0 when nobody knows it.
    """

    epoch: int
    step: int
    losses: tuple[float, ...]
    samples_per_second: float
    learning_rate: float = 0.0


@dataclass(frozen=True)
class EpochEnded:
    """One row of the history. `metrics` holds loss, val_loss and so on, named as `model.fit` names
    them.

    `best_epoch` and `waited` are those of early stopping's monitor so far (also while it is
    switched off). `learning_rate` is that of the last step of the epoch.
    """

    epoch: int
    metrics: FrozenMap
    seconds: float
    learning_rate: float
    best_epoch: int
    waited: int


@dataclass(frozen=True)
class LayerHealth:
    """How the layers do after an epoch, measured along the way.

    `gradient_norms`: layer id to the L2 norm of the gradient of all its weights at the last step of
    the epoch. `dead_units`: layer id to a read-only bool array, one entry a unit or channel, True
    where it was never active on the validation part (on the training part when there is none). Only
    layers with an activation that can die.

    `weight_norms`: layer id to the L2 norm of all its trainable weights before that last step.
    `update_ratios`: layer id to the L2 norm of what that step added to them, divided by it; layers
    whose weights were all 0 are left out.
    """

    epoch: int
    gradient_norms: FrozenMap
    dead_units: tuple[tuple[str, np.ndarray], ...]
    update_ratios: FrozenMap = field(default_factory=FrozenMap)
    weight_norms: FrozenMap = field(default_factory=FrozenMap)


@dataclass(frozen=True)
class EpochsKept:
    """The epochs, in their order, whose weights are kept: a `ProbeRequest` may name them.

    `for_branch`: whether their optimizer's state is kept too, so that one may go on from them.
    """

    epochs: tuple[int, ...]
    for_branch: bool = True


@dataclass(frozen=True)
class Branched:
    """The run now stands at the end of `epoch` again, and goes on from there.

    `best_epoch` and `waited`: as they were then, see `EpochEnded`.
    """

    epoch: int
    best_epoch: int
    waited: int


@dataclass(frozen=True)
class Paused:
    epoch: int
    step: int


@dataclass(frozen=True)
class Resumed:
    epoch: int


@dataclass(frozen=True)
class Divergence:
    """The first value that was not finite: what it was, in which layer, at which epoch and step
    (from 1).
    """

    what: str
    layer_id: str | None
    epoch: int
    step: int
    how_to_fix: str


@dataclass(frozen=True)
class TrainingEnded:
    """The last event of a training. `sentence` says the reason in words for the screen.

    `restored` tells whether the weights are those of `best_epoch`.
    """

    reason: StopReason
    sentence: str
    epoch: int
    best_epoch: int
    restored: bool
    seconds: float
    divergence: Divergence | None = None


@dataclass(frozen=True)
class ChangeLearningRate:
    """Posted to a training: do the next step with `rate` (finite, above 0), and scale the schedule
    by as much from there on.
    """

    rate: float


@dataclass(frozen=True)
class LearningRateChanged:
    """From after `step` of the `steps_per_epoch` steps of `epoch` the learning rate is `rate`.

    `by` whom: "you", or "plateau", the schedule that waits for one.
    """

    epoch: int
    step: int
    rate: float
    by: Literal["you", "plateau"]
    steps_per_epoch: int


@dataclass(frozen=True)
class RangeTestSteps:
    """Steps of a learning-rate range test: the rate of each, and the loss of its batch before the
    update.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True)
class RangeTestEnded:
    """All of them; the last loss of one that "diverged" may not be finite."""

    reason: Literal["finished", "diverged", "stopped"]
    rates: tuple[float, ...]
    losses: tuple[float, ...]


@dataclass(frozen=True)
class BeforeFirstStep:
    """Loss and metrics with the initial weights, named as those of an epoch ("loss", "val_loss");
    both parts are measured as the validation part is, without dropout.
    """

    metrics: FrozenMap


@dataclass(frozen=True)
class RaceEvent:
    """What the training of one contestant of a race told; contestants are counted from 0."""

    contestant: int
    event: object


@dataclass(frozen=True)
class ProbeRequest:
    """A question about the model, answered between two chunks.

    Attributes:
        number: comes back with the answer; answers to old questions are dropped by the asker.
        subject: a row of `app.diagnostics.probes.SUBJECTS`.
        epoch: of whose end; 0 asks about the network with the weights that the run began with, None
            about the network as it is now.
        sample: one that a person drew or typed, in the shape of a raw sample.
    """

    number: int
    subject: str
    layer_id: str | None = None
    options: FrozenMap = field(default_factory=FrozenMap)
    epoch: int | None = None
    sample: np.ndarray | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ProbeAnswer:
    """`result` is a frozen result of `diagnostics` (plain read-only arrays), or None when the
    question has no answer.
    """

    number: int
    subject: str
    epoch: int
    result: object


@dataclass(frozen=True)
class AugmentationRequest:
    """Posted to a running training: what `EngineRoom.augment` does, between two chunks."""

    number: int
    layers: tuple[Layer, ...]
    pictures: np.ndarray
    seed: int
    copies: int


@dataclass(frozen=True)
class AugmentedPictures:
    """What layers make of pictures in training.

    Attributes:
        pictures: (pictures, copies, height, width, channels) float32, read-only.
    """

    pictures: np.ndarray


@dataclass(frozen=True)
class AugmentationAnswer:
    """The answer to an `AugmentationRequest`, or why there is none."""

    number: int
    result: AugmentedPictures | None
    error: ExplainedError | None = None


@dataclass(frozen=True)
class CheckpointRequest:
    """Posted to a running training: give its state, between two chunks, to be saved."""

    number: int


@dataclass(frozen=True)
class CheckpointTaken:
    """The answer: what `EngineRoom.checkpoint` gives when nothing runs, or why there is none."""

    number: int
    data: bytes | None
    error: ExplainedError | None = None

"""Where the training stands, and a training as it can be saved: values that `RunControl` hands
out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app.core.run_record import RunRecord
from app.ui.failures import Failure

Phase = Literal["idle", "waiting", "preparing", "running", "paused", "stopping"]
NOT_BACK = "The saved training could not be brought back yet"
NO_DATA = "The training has no data"


@dataclass(frozen=True)
class RunState:
    """Where the training stands, in the words and numbers of the run bar.

    `phase` is "waiting" while the data are still being read. `epochs_per_second` and
    `samples_per_second` are 0 while unknown; `seconds_left` and `learning_rate` (that of the last
    step) are None while unknown. `training` says that what is waited for, or prepared, is a
    training, no model that is brought back or built; `failed` is the title of `failure`.
    """

    phase: Phase = "idle"
    doing: str = ""
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    best_epoch: int = 0
    waited: int = 0
    epochs_per_second: float = 0.0
    samples_per_second: float = 0.0
    seconds_left: float | None = None
    learning_rate: float | None = None
    failure: Failure | None = None
    failed: str = "Training failed"
    training: bool = False

    @property
    def active(self) -> bool:
        return self.phase != "idle"

    @property
    def trains(self) -> bool:
        """Whether a training is under way, or is being prepared."""
        return self.active and (self.training or self.phase in ("running", "paused", "stopping"))


@dataclass(frozen=True)
class Taken:
    """A training as it can be saved, all of one moment.

    Attributes:
        record: what is known of the run; None before the first.
        checkpoint: where it can go on; None when there is no model.
        changes: `ProjectDocument.run_changes` then.
        error: why there is no checkpoint although there is a model.
    """

    record: RunRecord | None
    checkpoint: bytes | None
    changes: int
    error: BaseException | None = None


TakenBy = Callable[[Taken | None], None]
"""Gets None when another project was opened before the training could answer."""

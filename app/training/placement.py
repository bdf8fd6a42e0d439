"""Where a model lives and computes: as TensorFlow chooses, on one device, or on several at once."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

from app.core.short_names import quoted
from app.training.errors import TrainingError

AUTOMATIC = "auto"
MIRRORED = "mirrored"


class Placement:
    """How variables are made and steps are run.

    On several devices each has a copy of the variables and works on its share of every batch; the
    gradients are added up, so that a step is the same as on one (`tf.distribute.MirroredStrategy`).

    Attributes:
        devices: how many work on a batch.
    """

    def __init__(self, strategy: Any = None) -> None:
        self._strategy = strategy
        self.devices = 1 if strategy is None else int(strategy.num_replicas_in_sync)

    def scope(self) -> AbstractContextManager[Any]:
        """Variables are made, and functions traced, inside this."""
        if self._strategy is None:
            return nullcontext()
        made: AbstractContextManager[Any] = self._strategy.scope()
        return made

    def run(self, step: Callable[[Any], Any], rows: Any) -> None:
        """Call `step(rows)` on every device with its share of `rows`, (samples,) int32."""
        if self._strategy is None:
            step(rows)
        else:
            self._strategy.run(lambda: step(self._share(rows)))

    def run_once(self, step: Callable[[], Any]) -> None:
        """Call `step()` on every device, now."""
        if self._strategy is None:
            step()
        else:
            tf.function(lambda: self._strategy.run(step), autograph=False)()

    def loss(self, values: list[Any], samples: Any) -> Any:
        """The mean loss of `samples` rows from the losses that each device found for its share;
        Keras has divided them by the number of devices.
        """
        if len(values) == 1:
            return values[0]
        first = self._largest_share(samples)
        sizes = [
            tf.clip_by_value(samples - number * first, 0, first) for number in range(self.devices)
        ]
        total = tf.add_n(
            [
                tf.cast(v, tf.float32) * tf.cast(n, tf.float32)
                for v, n in zip(values, sizes, strict=True)
            ]
        )
        return total * self.devices / tf.cast(samples, tf.float32)

    def test_size(self, wanted: int, samples: int) -> int:
        """A size of batches near `wanted` that leaves a sample for each device in the last one."""
        size = max(wanted, self.devices)
        while 0 < samples % size < self.devices:
            size += 1
        return size

    def check(self, samples: int, batch_size: int) -> None:
        """Raise TrainingError when a batch of an epoch has fewer samples than there are devices."""
        last = samples % batch_size or batch_size
        if last < self.devices:
            raise TrainingError(
                f"The last batch of an epoch has {last} of {samples} samples.",
                f"At least one sample for each of the {self.devices} devices in every batch.",
                "Choose another batch size, or one device.",
            )

    def _share(self, rows: Any) -> Any:
        replica = tf.distribute.get_replica_context().replica_id_in_sync_group
        size = self._largest_share(tf.shape(rows)[0])
        return rows[replica * size : (replica + 1) * size]

    def _largest_share(self, samples: Any) -> Any:
        return (samples + self.devices - 1) // self.devices


ANYWHERE = Placement()


def placement_of(device: str) -> Placement:
    """The placement that `TrainingSettings.device` asks for.

    Raises:
        TrainingError: there is no such device.
    """
    if device == AUTOMATIC:
        return ANYWHERE
    names = device_names()
    if device == MIRRORED:
        graphics = tuple(name for name in names if name.startswith("GPU"))
        # Collective reductions of several tensors in a loop inside the graph lose their order and
        # fail; adding up on one device does not.
        adding = tf.distribute.ReductionToOneDevice()
        strategy = tf.distribute.MirroredStrategy(list(graphics or names), adding)
        return Placement(strategy)
    if device not in names:
        raise TrainingError(
            f"There is no device {quoted(device, 40)} here.",
            f"One of {', '.join(names)}.",
            "Choose another device in the settings of the training, or automatic.",
        )
    return Placement(tf.distribute.OneDeviceStrategy(f"/{device}"))


def device_names() -> tuple[str, ...]:
    """The devices that TensorFlow computes with, such as ("CPU:0", "GPU:0")."""
    devices = [d for kind in ("CPU", "GPU") for d in tf.config.list_logical_devices(kind)]
    return tuple(device.name.removeprefix("/device:") for device in devices)

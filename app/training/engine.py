"""Trains one Keras model on one set of arrays: chunk by chunk in the graph, to the same numbers as
`model.fit`.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.project import EarlyStoppingSettings, ScheduleSettings
from app.data.errors import DataError
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training import early_stopping
from app.training.batches import Batches
from app.training.divergence import Rewind, Suspect, examine_outputs, examine_step, remedy
from app.training.early_stopping import EarlyStoppingState
from app.training.events import (
    Divergence,
    EpochEnded,
    EpochsKept,
    LearningRateChanged,
    StepsDone,
    StopReason,
    TrainingEnded,
    TrainingStarted,
)
from app.training.feed import DEFAULT_MEMORY, Arrays, Block, Feed, feed_of, largest, step_within
from app.training.layer_health import layer_health
from app.training.model_state import StateVariables
from app.training.pace import Pace
from app.training.plateau import PlateauState, plateau_of, plateau_state, set_plateau_state
from app.training.rates import Rates, RateState
from app.training.sentences import ending_sentence
from app.training.snapshots import Snapshot, Snapshots
from app.training.state_reader import StateReader
from app.training.steering import Answer, Steering
from app.training.testing import in_order_of, inputs_of, tested
from app.training.traced_model import TracedModel, TrainedChunk
from app.training.waiting import Waiting

logger = logging.getLogger(__name__)

CONSTANT = ScheduleSettings()


@dataclass
class Progress:
    """Where a training stands.

    Attributes:
        epochs: epochs that are complete, validation included.
        steps: steps done of the epoch after those.
        metrics: results over these steps, by name.
        over: why it ended, when it went as far as was planned.
    """

    epochs: int = 0
    steps: int = 0
    metrics: dict[str, float] | None = None
    over: StopReason | None = None


class Engine:
    """One training that can be stopped, continued and started over.

    Args:
        traced: the model; its weights are trained in place.
        training, validation: the samples; without validation there are no val_ metrics.
        callbacks: further Keras callbacks; they are called as `fit` calls them, those of batches
            once a chunk.
        schedule: how the learning rate changes from that which the optimizer has now.
        planned: the epochs of the settings, over which the schedule is spread.
        memory: bytes that may be taken by samples that are read from disk.
        snapshots: keeps the state after each epoch, which `reader` reads; None keeps nothing.
    """

    def __init__(
        self,
        traced: TracedModel,
        training: Arrays,
        validation: Arrays | None,
        batches: Batches,
        stopping: EarlyStoppingSettings,
        callbacks: Sequence[keras.callbacks.Callback] = (),
        *,
        schedule: ScheduleSettings = CONSTANT,
        planned: int = 1,
        memory: int = DEFAULT_MEMORY,
        snapshots: Snapshots | None = None,
        reader: StateReader | None = None,
    ) -> None:
        self.traced = traced
        self.model = traced.model
        self.progress = Progress()
        self.state = StateVariables(self.model)
        self._batches = batches
        self._feed = feed_of(training, batches, memory)
        self._size = self._feed.size
        traced.placement.check(self._feed.samples, self._size)
        self.steps_per_epoch = self._feed.steps
        self._validates = validation is not None and len(validation[0]) > 0
        self._tests = self._test_feed(training, validation, memory)
        names = list(traced.metric_names)
        if self._validates:
            names += [f"val_{name}" for name in names]
        self._stopping = early_stopping.early_stopping(stopping, names)
        self._chooses = stopping.enabled or self._validates
        """`TrainingStarted.chooses_best`."""
        self._known = EarlyStoppingState()
        self._plateau = plateau_of(schedule, names)
        self._plateau_known = PlateauState()
        self._rates = Rates(self.model.optimizer, schedule, self.steps_per_epoch, planned)
        callbacks = [*([self._plateau] if self._plateau else []), *callbacks]
        self._last_chunk: TrainedChunk | None = None
        self._callbacks = keras.callbacks.CallbackList(
            [self._stopping, *callbacks], model=self.model
        )
        self._has_callbacks = bool(callbacks)
        self._wants_batches = any(
            getattr(type(callback), name) is not getattr(keras.callbacks.Callback, name)
            for callback in callbacks
            for name in (
                "on_train_batch_begin",
                "on_train_batch_end",
                "on_batch_begin",
                "on_batch_end",
            )
        )
        self._rewind = Rewind(self.state.all, self._again)
        self._waiting = Waiting()
        self._snapshots = snapshots
        self._reader = reader or StateReader(self.state, one_device=traced.placement.devices == 1)
        self._told_kept: tuple[int, ...] = ()
        self._planned = planned
        self._pace = Pace()
        self._test_pace = Pace()

    def _test_feed(self, training: Arrays, validation: Arrays | None, memory: int) -> Feed | None:
        """Of the validation part; without one, of the training part when it is to be asked which
        units are alive.
        """
        if not self._validates and not self.traced.watches_activity:
            return None
        arrays = validation if validation is not None and self._validates else training
        wanted = step_within(arrays[0], self._batches.test_size, memory)
        size = self.traced.placement.test_size(wanted, len(arrays[0]))
        return in_order_of(arrays, size, memory, self._feed if arrays is training else None)

    # ---- what early stopping knows, to be kept with a checkpoint
    @property
    def early_stopping_state(self) -> EarlyStoppingState:
        """After the last complete epoch."""
        return self._known

    @early_stopping_state.setter
    def early_stopping_state(self, state: EarlyStoppingState) -> None:
        self._known = state

    @property
    def plateau_state(self) -> PlateauState:
        """After the last complete epoch."""
        return self._plateau_known

    @plateau_state.setter
    def plateau_state(self, state: PlateauState) -> None:
        self._plateau_known = state

    @property
    def rate_state(self) -> RateState:
        """What the schedule was scaled by."""
        return self._rates.state

    @rate_state.setter
    def rate_state(self, state: RateState) -> None:
        self._rates.state = state

    def set_learning_rate(self, rate: float) -> LearningRateChanged:
        """Do the next step with `rate`, and scale the schedule by as much from there on.

        Args:
            rate: finite and above 0.
        """
        self._rates.change(self._next_step, rate)
        self._rewind.hold(self.progress.epochs + 1, self.progress.steps)
        return LearningRateChanged(
            self.progress.epochs + 1, self.progress.steps, rate, "you", self.steps_per_epoch
        )

    @property
    def _next_step(self) -> int:
        """Steps done in all epochs, each counted as whole."""
        return self.progress.epochs * self.steps_per_epoch + self.progress.steps

    @property
    def monitor(self) -> str:
        return str(self._stopping.monitor)

    # ---- training
    def train(
        self, epochs: int, report: Report, control: JobControl, answer: Answer, seed: int
    ) -> TrainingEnded:
        """Train on until `epochs` epochs are complete, or early stopping, `control.stop()` or a
        divergence ends it.

        Early stopping and the last epoch bring the best weights back when it is set so, as in
        `fit`. Stop keeps the weights as they are, in the middle of an epoch too; a later call goes
        on with the very next step. A divergence keeps the last good weights.

        After the planned end a further call gives early stopping its whole patience anew; it keeps
        the best epoch.
        """
        started = time.perf_counter()
        steering = Steering(control, report, answer)
        self._begin(epochs)
        report(
            TrainingStarted(
                first_epoch=self.progress.epochs + 1,
                epochs=epochs,
                steps_per_epoch=self.steps_per_epoch,
                samples=self._feed.samples,
                batch_size=self._size,
                seed=seed,
                parameters=sum(int(np.prod(v.shape)) for v in self.model.trainable_variables),
                learning_rate=self._rates.at(self._next_step),
                chooses_best=self._chooses,
            )
        )
        self._tell_kept(report)
        reason: StopReason = "finished"
        divergence: Divergence | None = None
        try:
            while self.progress.epochs < epochs:
                outcome = self._epoch(report, steering)
                if outcome is not None:
                    reason, divergence = outcome
                    break
        except (tf.errors.ResourceExhaustedError, MemoryError):
            self._back_to_hold()
            raise
        finally:
            self._feed.rest()
            if self._tests is not None:
                self._tests.rest()
        restored = self._finish(reason)
        best = self._known.best_epoch
        ended = TrainingEnded(
            reason=reason,
            sentence=ending_sentence(
                reason,
                epoch=self.progress.epochs,
                steps=self.progress.steps,
                steps_per_epoch=self.steps_per_epoch,
                best_epoch=best if self._chooses else 0,
                waited=self._known.waited,
                monitor=self.monitor,
                restored=restored,
                divergence=divergence,
            ),
            epoch=self.progress.epochs,
            best_epoch=best,
            restored=restored,
            seconds=time.perf_counter() - started - steering.held_seconds,
            divergence=divergence,
        )
        report(ended)
        return ended

    def _begin(self, epochs: int) -> None:
        known, over = self._known, self.progress.over
        if over is not None:
            known = EarlyStoppingState(known.best, known.best_epoch, 0, known.best_weights)
        self.progress.over = None
        self.model.stop_training = False
        self._callbacks.set_params({"epochs": epochs, "steps": self.steps_per_epoch, "verbose": 0})
        self._callbacks.on_train_begin()
        early_stopping.set_state(self._stopping, known)
        self._known = early_stopping.state_of(self._stopping)
        set_plateau_state(self._plateau, self._plateau_known)
        self._rewind.hold(self.progress.epochs + 1, self.progress.steps)
        self._planned = epochs
        if self._snapshots is not None:
            self._snapshots.drop_after(self.progress.epochs)
            if over is not None and self.progress.steps == 0:
                self._keep_onward(self._snapshots, over)

    def _keep_onward(self, snapshots: Snapshots, over: StopReason) -> None:
        """Note with what the training goes on after its end: a branch from there does so too."""
        kept = snapshots.at(self.progress.epochs)
        if kept is None:
            return
        now = self._reader.read().weights
        pairs = zip(now.arrays, kept.weights.arrays, strict=True)
        same = all(np.array_equal(array, then) for array, then in pairs)
        snapshots.add(replace(kept, over=over, onward=None if same else now))

    def _finish(self, reason: StopReason) -> bool:
        """Whether the weights are now those of the best epoch."""
        completed = reason in ("finished", "early_stopping")
        restores = self._stopping.restore_best_weights
        if completed:
            self.progress.over = reason
            self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        elif reason == "diverged":
            self.progress.over = reason
        # Keras would bring the best weights back whatever the reason.
        self._stopping.restore_best_weights = restores and completed
        self._callbacks.on_train_end()
        self._stopping.restore_best_weights = restores
        return bool(restores and completed and self._stopping.best_weights is not None)

    # ---- one epoch
    def _epoch(
        self, report: Report, steering: Steering
    ) -> tuple[StopReason, Divergence | None] | None:
        """Do what is left of the epoch under way; None when the training goes on after it."""
        began = time.perf_counter()
        held = steering.held_seconds
        epoch = self.progress.epochs + 1
        if self.progress.steps == 0:
            self._call(lambda: self._callbacks.on_epoch_begin(epoch - 1))
        chunk = self._last_chunk if self.progress.steps else None
        while self.progress.steps < self.steps_per_epoch:
            order = steering.before_steps(epoch, self.progress.steps)
            if order == "stop":
                return "stopped", None
            at = (epoch, self.progress.steps)
            block = self._waiting.block(self._feed, self.progress.steps, report, steering, at)
            if block is None:
                return "stopped", None
            most = 1 if order == "one batch" else block.last - self.progress.steps
            chunk, finite = self._chunk(block, epoch, self._pace.steps(most), report)
            if not finite:
                return "diverged", self._diverged(validation=False)
            self._last_chunk = chunk
        learning_rate = self.learning_rate
        validated = self._validate(epoch, report, steering)
        if validated is None:
            return "stopped", None
        metrics, active = validated
        if "val_loss" in metrics and not np.isfinite(metrics["val_loss"]):
            return "diverged", self._diverged(validation=True)
        logs = {**(self.progress.metrics or {}), **metrics}
        self.progress = Progress(epochs=epoch)
        changed = self._call(lambda: self._callbacks.on_epoch_end(epoch - 1, dict(logs)))
        self._known = early_stopping.state_of(self._stopping)
        self._plateau_known = plateau_state(self._plateau)
        report(
            EpochEnded(
                epoch=epoch,
                metrics=FrozenMap({n: v for n, v in logs.items() if np.isfinite(v)}),
                seconds=max(0.0, time.perf_counter() - began - (steering.held_seconds - held)),
                learning_rate=learning_rate,
                best_epoch=self._known.best_epoch,
                waited=self._known.waited,
            )
        )
        if changed and self._plateau is not None:
            steps, rate = self.steps_per_epoch, self.learning_rate
            report(LearningRateChanged(epoch, steps, rate, "plateau", steps))
        if self.traced.diagnostics:
            report(layer_health(epoch, chunk, active))
        self._keep(epoch, chunk)
        self._tell_kept(report)
        return ("early_stopping", None) if self.model.stop_training else None

    def _keep(self, epoch: int, last: TrainedChunk | None) -> None:
        """Take a snapshot of the state after `epoch`."""
        if self._snapshots is None:
            return
        now = self._reader.read(last.carried if last is not None and last.carried else None)
        if self._known.best_epoch == epoch and self._known.best_weights is not None:
            # They are those of now: one copy is enough.
            self._stopping.best_weights = now.weights.values()
            self._known = early_stopping.state_of(self._stopping)
        self._snapshots.add(
            Snapshot(
                epoch,
                now.weights,
                now.seeds,
                now.optimizer,
                self._known,
                self._plateau_known,
                self._rates.state,
                self._planned,
                "early_stopping" if self.model.stop_training else None,
            )
        )

    def _tell_kept(self, report: Report) -> None:
        if self._snapshots is not None and self._snapshots.epochs != self._told_kept:
            self._told_kept = self._snapshots.epochs
            report(EpochsKept(self._told_kept, self._snapshots.for_branch))

    def _call(self, callbacks: Callable[[], None]) -> bool:
        """Call them; whether one has set another learning rate, which then holds from the next step
        on.
        """
        if not self._has_callbacks:
            callbacks()
            return False
        before = self.learning_rate
        callbacks()
        after = self.learning_rate
        if after == before:
            return False
        self._rates.change(self._next_step, after)
        # Not among the steps to repeat.
        self._rewind.hold(self.progress.epochs + 1, self.progress.steps)
        return True

    def _chunk(
        self, block: Block, epoch: int, steps: int, report: Report
    ) -> tuple[TrainedChunk, bool]:
        first = self.progress.steps
        if self._wants_batches:
            self._call(lambda: self._callbacks.on_train_batch_begin(first))
        began = time.perf_counter()
        chunk = self._train(block, epoch, first, first + steps)
        seconds = time.perf_counter() - began
        self._pace.took(chunk.done - first, seconds)
        self._rewind.note(epoch, first, chunk.done)
        if not chunk.finite:
            return chunk, False
        self.progress.steps = chunk.done
        self.progress.metrics = chunk.metrics
        self._rewind.hold_when_due(epoch, chunk.done)
        if self._wants_batches:
            logs = dict(chunk.metrics)
            self._call(lambda: self._callbacks.on_train_batch_end(chunk.done - 1, logs))
        samples = min(chunk.done * self._size, self._feed.samples) - first * self._size
        seconds += self._waiting.take_seconds()
        losses = tuple(chunk.losses.tolist())
        rate = self._rates.at((epoch - 1) * self.steps_per_epoch + chunk.done - 1)
        report(StepsDone(epoch, chunk.done, losses, samples / max(seconds, 1e-9), rate))
        return chunk, True

    def _train(self, block: Block, epoch: int, first: int, last: int) -> TrainedChunk:
        rates = self._rates.of_epoch(epoch)
        ends = last == self.steps_per_epoch
        return self.traced.train(
            block.data, block.order, rates, self._size, first, last, block.first, norms=ends
        )

    def _validate(
        self, epoch: int, report: Report, steering: Steering
    ) -> tuple[dict[str, float], dict[str, np.ndarray]] | None:
        """The val_ metrics, and what was active by layer; None when stopped."""
        feed = self._tests
        if feed is None:
            return {}, {}
        at = (epoch, self.progress.steps)

        def awaited(done: int) -> Block | None:
            if done and steering.meanwhile(*at) == "stop":
                return None
            return self._waiting.block(feed, done, report, steering, at)

        found = tested(self.traced, feed, self._test_pace, awaited)
        self._waiting.take_seconds()
        if found is None:
            return None
        if not self._validates:
            return {}, found.active
        return {f"val_{name}": value for name, value in found.metrics.items()}, found.active

    # ---- divergence
    def _diverged(self, *, validation: bool) -> Divergence:
        """Bring the last good weights back and say what happened."""
        self._last_chunk = None
        learning_rate = self.learning_rate

        def examine(epoch: int, step: int) -> Suspect:
            self._rates.set(self._rates.at((epoch - 1) * self.steps_per_epoch + step))
            return examine_step(self.model, self._batch(epoch, step))

        bad_epoch, bad_step = self.progress.epochs + 1, self.progress.steps
        suspect = None
        if validation and self._tests is not None:
            suspect = examine_outputs(self.model, inputs_of(self._tests))
        try:
            where, bad, found = self._rewind.to_last_good(examine)
        except DataError:  # a sample that was there before has vanished
            self._back_to_hold()
            raise
        self.progress.epochs, self.progress.steps = where[0] - 1, where[1]
        if bad is not None:
            bad_epoch, bad_step = bad[0], bad[1] + 1
        suspect = found or suspect or Suspect("loss", None)
        inputs = self._block(bad_epoch, bad_step - 1).data[0]
        return Divergence(
            what=suspect.what,
            layer_id=suspect.layer,
            epoch=bad_epoch,
            step=bad_step,
            how_to_fix=remedy(suspect, learning_rate, largest(inputs)),
        )

    def _back_to_hold(self) -> None:
        where = self._rewind.back_to_hold()
        self.progress.epochs, self.progress.steps = where[0] - 1, where[1]

    def _again(self, epoch: int, first: int, last: int) -> bool:
        finite = True
        while first < last and finite:
            block = self._block(epoch, first)
            chunk = self._train(block, epoch, first, min(last, block.last))
            self.progress.metrics = chunk.metrics
            first, finite = chunk.done, chunk.finite
        return finite

    def _block(self, epoch: int, step: int) -> Block:
        block = self._feed.block(epoch, step)
        assert block is not None  # without a timeout it waits
        return block

    def _batch(self, epoch: int, step: int) -> tuple[tf.Tensor, ...]:
        block = self._block(epoch, step)
        first = (step - block.first) * self._size
        rows = block.order[first : first + self._size]
        return tuple(tf.gather(array, rows) for array in block.data)

    @property
    def learning_rate(self) -> float:
        """Of the last step; that which is set before the first."""
        return self._rates.present

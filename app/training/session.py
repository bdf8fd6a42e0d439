"""A network in training with everything that belongs to it. Lives in the engine thread; loads
TensorFlow.
"""

import gc
import logging
import math
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.loss_catalog import LOSSES_BY_NAME, output_reading
from app.core.number_words import counted
from app.core.project import Project
from app.core.range_test import RangeTest
from app.core.run_record import settings_of_branch
from app.core.transfer import forget_weights
from app.data.kept_weights import NOTHING_KEPT, Arrays
from app.data.prepared import Part, PreparedData
from app.data.samples import Samples
from app.diagnostics.evaluation.judgement import Judgement, judged
from app.diagnostics.evaluation.sample_losses import losses_of
from app.diagnostics.no_answer import NoAnswer
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.modeling.build import build_model
from app.modeling.compile import compile_model, encode_targets, learning_rate_of
from app.modeling.given_weights import take_weights_anew
from app.modeling.kept_weights import begin_with_kept
from app.training import checkpoint as checkpoints
from app.training import gradient_registry
from app.training.batches import Batches
from app.training.branching import (
    does_not_fit,
    not_kept,
    planned_under,
    rates_under,
    stopping_under,
    without_optimizer,
)
from app.training.checkpoint import About, Checkpoint
from app.training.early_stopping import EarlyStoppingState
from app.training.engine import Engine, Progress
from app.training.errors import TrainingError
from app.training.events import (
    Branched,
    LearningRateChanged,
    Preparing,
    RangeTestEnded,
    TrainingEnded,
)
from app.training.feed import MIB, Block, block_when, feed_of, step_within
from app.training.model_state import StateVariables, held_values, set_values, values_of
from app.training.pace import Pace
from app.training.placement import placement_of
from app.training.plateau import PlateauState
from app.training.range_test import run_range_test
from app.training.rates import RateState
from app.training.snapshots import Snapshot, Snapshots
from app.training.state_reader import StateReader, packed
from app.training.steering import Answer
from app.training.testing import in_order_of, tested
from app.training.traced_model import TracedModel
from app.training.viewer import Viewer

logger = logging.getLogger(__name__)

_RESTING_BATCH = 256
"""Samples that are evaluated or predicted at once."""
_DRAWN_BYTES = 32 * MIB
"""What is kept of weights that were drawn for other seeds."""


class Session:
    """One network with its weights, its data and its training.

    Args:
        diagnostics: whether gradient norms and dead units are reported after each epoch.
        kept: the kept weights that the layers of `project` name, by key.

    Raises:
        ModelingError: when the project cannot be made into a model.
        TrainingError: when its parts do not go together.
    """

    def __init__(
        self,
        project: Project,
        data: PreparedData,
        report: Report,
        *,
        diagnostics: bool,
        kept: Mapping[str, Arrays] = NOTHING_KEPT,
    ) -> None:
        self._entries_before = gradient_registry.custom_gradients()
        report(Preparing("building the network"))
        self._placement = placement_of(project.training.device)
        with self._placement.scope():
            model = _fresh_model(project, data, kept)
            compile_model(model, project.training, data.summary)
        self.model = model
        self._diagnostics = diagnostics
        self._key = _traced_for(project, data, diagnostics)
        training = arrays_of(project, data, data.training)
        self._traced = TracedModel(
            model, training, diagnostics=diagnostics, placement=self._placement
        )
        self._state = StateVariables(model)
        self._reader = StateReader(self._state, one_device=self._placement.devices == 1)
        if self._traced.diagnostics:
            self._traced.carries = self._reader.small_together
        self._begin_with(values_of(self._lasting))
        self._begins_with: Hashable = _beginning(project, kept)
        self._drawn: dict[Hashable, list[np.ndarray]] = {}
        self._viewer: Viewer | None = None
        self._pace = Pace()
        self._take(project, data, Snapshots())

    def fits(self, project: Project, data: PreparedData, *, diagnostics: bool) -> bool:
        """Whether the traced functions serve this project too, as only values differ."""
        return self._key == _traced_for(project, data, diagnostics)

    @property
    def held_bytes(self) -> int:
        """What it holds in memory: weights and the optimizer's state, and the samples."""
        parts = (self.data.training, self.data.validation)
        samples = (part.x for part in parts if isinstance(part.x, np.ndarray))
        return sum(array.nbytes for array in (*self._initial, *samples))

    def close(self, spared: frozenset[str] = frozenset()) -> None:
        """Drop the model and what it left in TensorFlow's registry. The session is not used after
        this.

        Args:
            spared: entries of the registry that belong to other sessions, made later and still in
                use.
        """
        added = gradient_registry.custom_gradients() - self._entries_before - spared
        del self.model, self._traced, self._engine, self._state, self._reader, self._viewer
        gradient_registry.remove_custom_gradients(added)
        gc.collect()

    # ---- beginning
    def begin(
        self, project: Project, data: PreparedData, kept: Mapping[str, Arrays] = NOTHING_KEPT
    ) -> None:
        """Set everything to the beginning of a run of `project`, for which `fits` holds."""
        self._begin_with(self._values_to_begin_with(project, data, kept))
        self._begins_with = _beginning(project, kept)
        # Made anew each time it would leave in the registry what was traced of it.
        if self._viewer is not None and not self._viewer.serves_other_runs:
            self._viewer = None
        self._reset(project, data)

    def draw_ahead(
        self, projects: Iterable[Project], data: PreparedData, kept: Mapping[str, Arrays]
    ) -> None:
        """Draw the weights with which trainings of these projects, which differ in values, will
        `begin`. To draw them later takes longer: setting a seed makes TensorFlow forget what it has
        compiled, and the next training compiles it again. Nothing is done where those of the first
        are there, or where they are large.
        """
        size = sum(value.nbytes for value in self._initial)
        for number, project in enumerate(projects):
            key = _beginning(project, kept)
            if (number == 0 and key in self._drawn) or size * (number + 1) > _DRAWN_BYTES:
                break
            if (len(self._drawn) + 1) * size > _DRAWN_BYTES:
                self._drawn.clear()
            if key not in self._drawn:
                self._drawn[key] = self._values_to_begin_with(project, data, kept)

    def _begin_with(self, values: list[np.ndarray]) -> None:
        self._initial = values
        weights = self._state.weights
        self._initial_weights = packed(weights, values[: len(weights)])

    def _values_to_begin_with(
        self, project: Project, data: PreparedData, kept: Mapping[str, Arrays]
    ) -> list[np.ndarray]:
        key = _beginning(project, kept)
        if key == self._begins_with:
            return self._initial
        if key in self._drawn:
            return self._drawn[key]
        fresh = _fresh_model(project, data, kept)
        values = values_of([*fresh.weights, *_seeds(fresh)])
        return [*values, *self._initial[len(values) :]]

    def start_over(self) -> None:
        """Set everything to the beginning of the same run: the same initial weights."""
        self._reset(self.project, self.data)

    def _reset(self, project: Project, data: PreparedData) -> None:
        set_values(self._lasting, self._initial)
        self._take(project, data, Snapshots())

    def _take(self, project: Project, data: PreparedData, snapshots: Snapshots) -> None:
        self._engine = self._engine_at_rate_of(project, data, snapshots)
        self._snapshots = snapshots
        self.project = project
        self.data = data
        self._planned = project.training.epochs

    def _engine_for(self, project: Project, data: PreparedData, snapshots: Snapshots) -> Engine:
        training = project.training
        if not len(data.training):
            raise TrainingError(
                "The training part of the data is empty.",
                "At least one sample to train on.",
                "Give the training part a larger share on the data page.",
            )
        return Engine(
            self._traced,
            arrays_of(project, data, data.training),
            arrays_of(project, data, data.validation) if len(data.validation) else None,
            _batches(project, data),
            training.early_stopping,
            schedule=training.schedule,
            planned=training.epochs,
            memory=memory_of(project),
            snapshots=snapshots if self._diagnostics else None,
            reader=self._reader,
        )

    @property
    def _lasting(self) -> list[Any]:
        return [*self._state.weights, *self._state.seeds, *self._state.optimizer]

    def branch(self, epoch: int, project: Project, data: PreparedData) -> Branched:
        """Set everything as it was after `epoch` complete epochs, to go on from there with the
        settings of `project`; 0 is the beginning of the run. What is kept of later epochs is
        dropped.

        With the settings of the run the training does what it did then, bit for bit, but without
        the changes of the learning rate that somebody made. `branching` tells what else may differ
        and what follows from it; the seed stays that of the run.

        Raises:
            TrainingError: the epoch is not kept, or the network, the data, or how it is compiled
                differ from the run's. Nothing is changed then.
        """
        run, kept = self.project, self._snapshots
        project = settings_of_branch(run, project)
        same_data = data.fingerprint == self.data.fingerprint
        if not same_data or not self.fits(project, data, diagnostics=self._diagnostics):
            raise does_not_fit(run, project, same_data=same_data)
        snapshot = kept.at(epoch) or (self._beginning_of_run() if epoch == 0 else None)
        if snapshot is None:
            raise not_kept(epoch, kept.epochs)
        if snapshot.optimizer is None:
            raise without_optimizer(epoch)
        engine = self._engine_at_rate_of(project, data, kept)
        state = (snapshot.onward or snapshot.weights, snapshot.seeds, snapshot.optimizer)
        set_values(self._lasting, [value for group in state for value in group.values()])
        take_weights_anew(self.model)
        engine.progress = Progress(epochs=epoch, over=snapshot.over)
        known = stopping_under(run, project, snapshot, kept)
        engine.early_stopping_state = known
        engine.rate_state, engine.plateau_state = rates_under(run, project, snapshot)
        kept.drop_after(epoch)
        self._engine, self.project, self.data = engine, project, data
        self._planned = planned_under(run, project, snapshot)
        return Branched(epoch, known.best_epoch, known.waited)

    def _beginning_of_run(self) -> Snapshot:
        values = iter(self._initial)
        weights, seeds, optimizer = (
            packed(group, [next(values) for _ in group])
            for group in (self._state.weights, self._state.seeds, self._state.optimizer)
        )
        return Snapshot(
            epoch=0,
            weights=weights,
            seeds=seeds,
            optimizer=optimizer,
            stopping=EarlyStoppingState(),
            plateau=PlateauState(),
            rates=RateState(),
            planned=self.project.training.epochs,
        )

    def _engine_at_rate_of(
        self, project: Project, data: PreparedData, snapshots: Snapshots
    ) -> Engine:
        """An engine whose schedule begins with the learning rate of `project`."""
        optimizer = self.model.optimizer
        before = float(_learning_rate(optimizer))
        optimizer.learning_rate = learning_rate_of(project.training.optimizer)
        try:
            return self._engine_for(project, data, snapshots)
        except Exception:
            optimizer.learning_rate = before
            raise

    # ---- training
    def train(self, report: Report, control: JobControl, answer: Answer) -> TrainingEnded:
        """Train to the last planned epoch."""
        if not self._traced.is_traced and not control.stopping:
            report(Preparing("tracing the training step"))
            self._traced.trace_training()
            if not control.stopping:
                self._traced.trace_testing(weighted=self.data.validation.weights is not None)
        seed = self.project.training.seed
        return self._engine.train(self._planned, report, control, answer, seed)

    def set_learning_rate(self, rate: float) -> LearningRateChanged | None:
        """Change the learning rate from the next step on; None for what cannot be one."""
        if not (math.isfinite(rate) and 0 < rate <= 1000):
            logger.info("%s was asked for as learning rate", rate)
            return None
        return self._engine.set_learning_rate(rate)

    def plan(self, more_epochs: int | None) -> None:
        """Plan so many epochs after those complete; None: those still planned, or as many as the
        settings say.
        """
        done = self._engine.progress.epochs
        if more_epochs is not None:
            self._planned = done + more_epochs
        elif self._planned <= done or self._engine.progress.over is not None:
            self._planned = done + self.project.training.epochs

    def model_at(self, epoch: int | None) -> Any:
        """The network as it is now (None), with the weights that this run began with (0), or with
        those after an epoch that was kept. All but that of now are one model, whose weights stay
        until the next call.

        Raises:
            TrainingError: the weights of this epoch are not kept.
        """
        if epoch is None:
            return self.model
        kept = self._snapshots.at(epoch)
        if kept is None and epoch != 0:
            raise not_kept(epoch, self._snapshots.epochs)
        if self._viewer is None:
            self._viewer = Viewer(self.project, self.data)
        return self._viewer.model_with(self._initial_weights if kept is None else kept.weights)

    @property
    def epoch(self) -> int:
        """Epochs complete."""
        return self._engine.progress.epochs

    # ---- questions to the resting model
    def evaluate(self, part: str, control: JobControl) -> FrozenMap | None:
        """The loss and metrics over a part; None when stopped before the end, or when the part is
        empty.
        """
        samples = self.data.part(part)
        if not len(samples):
            return None
        arrays, memory = arrays_of(self.project, self.data, samples), memory_of(self.project)
        wanted = step_within(samples.x, _RESTING_BATCH, memory)
        feed = in_order_of(arrays, self._placement.test_size(wanted, len(samples)), memory)

        def awaited(step: int) -> Block | None:
            if control.stopping:
                return None
            return block_when(lambda: not control.stopping, feed, 1, step)

        # The metrics of an epoch that was stopped in its middle must not be lost.
        held = held_values(self._state.metrics)
        try:
            found = tested(self._traced, feed, self._pace, awaited)
        finally:
            feed.rest()
            set_values(self._state.metrics, held)
        if found is None:
            return None
        finite = {n: value for n, value in found.metrics.items() if math.isfinite(value)}
        return FrozenMap(finite)

    def predict(self, x: Samples, control: JobControl) -> np.ndarray | None:
        """The outputs for `x`, (samples, *input_shape) and preprocessed; None when stopped before
        the end.

        Raises:
            TrainingError: for samples of another shape.
        """
        expected = self.data.summary.input_shape
        if x.shape[1:] != expected:
            raise TrainingError(
                f"The samples have the shape {x.shape[1:]}.",
                f"This network was made for {expected}.",
                "Bring the samples into the form of the training data.",
            )
        pieces: list[np.ndarray] = []
        for first in range(0, len(x), _RESTING_BATCH):
            if control.stopping:
                return None
            batch = tf.constant(np.asarray(x[first : first + _RESTING_BATCH], dtype=np.float32))
            pieces.append(self._traced.predict(batch))
        outputs = self.model.output.shape[1:]
        predicted = np.concatenate(pieces) if pieces else np.zeros((0, *outputs), np.float32)
        predicted.flags.writeable = False
        return predicted

    def judge(self, part: str, control: JobControl) -> Judgement | NoAnswer | None:
        """How good the network is on a part; None when stopped before the end, or when the part is
        empty.
        """
        metrics = self.evaluate(part, control)
        if metrics is None:
            return None
        samples = self.data.part(part)
        outputs = self.predict(samples.x, control)
        if outputs is None:
            return None
        summary, training = self.data.summary, self.project.training
        classes = len(summary.class_names)
        wanted = encode_targets(samples.y, training.loss, summary.task, classes)
        reading = output_reading(LOSSES_BY_NAME[training.loss], summary.task, training.loss_options)
        return judged(
            part,
            np.asarray(outputs, np.float32),
            samples.y,
            losses_of(self.model, wanted, outputs),
            metrics,
            reading,
            summary.task,
            classes,
            lambda: control.stopping,
        )

    # ---- looking for a learning rate
    def range_test(
        self,
        project: Project,
        data: PreparedData,
        kept: Mapping[str, Arrays],
        test: RangeTest,
        report: Report,
        control: JobControl,
    ) -> RangeTestEnded:
        """Do the range test from where a training of `project`, for which `fits` holds, would
        begin. Everything is as before after it.
        """
        held = held_values(self._state.all)
        arrays = arrays_of(project, data, data.training)
        feed = feed_of(arrays, _batches(project, data), memory_of(project))
        try:
            set_values(self._lasting, self._values_to_begin_with(project, data, kept))
            return run_range_test(self._traced, feed, test, report, control)
        finally:
            feed.rest()
            set_values(self._state.all, held)

    # ---- checkpoints
    def checkpoint(self) -> bytes:
        """Everything that is needed to go on later as if nothing had been in between."""
        engine, known = self._engine, self._engine.early_stopping_state
        progress = engine.progress
        rates, plateau = engine.rate_state, engine.plateau_state

        def finite(value: float | None) -> float | None:
            return value if value is not None and math.isfinite(value) else None

        best = finite(known.best)
        metrics = progress.metrics or {}
        about = About(
            epochs=progress.epochs,
            steps=progress.steps,
            metrics=FrozenMap({n: v for n, v in metrics.items() if math.isfinite(v)}),
            over=progress.over,
            planned=self._planned,
            best=best,
            best_epoch=known.best_epoch if best is not None else 0,
            waited=known.waited,
            has_best_weights=known.best_weights is not None,
            seed=self.project.training.seed,
            data_fingerprint=self.data.fingerprint,
            rate_factor=rates.factor,
            rate_fixed=rates.fixed,
            plateau_best=finite(plateau.best),
            plateau_waited=plateau.waited,
            plateau_cooldown=plateau.cooldown,
        )
        return checkpoints.to_bytes(self._checkpoint(about, known.best_weights or ()))

    def restore(self, content: bytes) -> None:
        """Set everything as it was when `content` was made by `checkpoint` in a session of the same
        project.

        With other data than then, an epoch that was stopped in its middle begins anew.

        Raises:
            TrainingError: when `content` is damaged or of another network; the session is unchanged
                then.
        """
        # The best weights, when they are there, are like the weights.
        like = self._checkpoint(None, tuple(values_of(self._state.weights)))
        read = checkpoints.from_bytes(content, like)
        about, engine = read.about, self._engine
        same_data = about.data_fingerprint == self.data.fingerprint
        if same_data and about.steps > engine.steps_per_epoch:
            raise TrainingError(
                f"The saved training stands at step {about.steps} of its epoch.",
                f"An epoch of this project has {counted(engine.steps_per_epoch, 'step')}.",
                "Restore the batch size and the split of the saved run, or train anew.",
            )
        set_values(self._lasting, [*read.weights, *read.seeds, *read.optimizer])
        take_weights_anew(self.model)
        set_values(self._state.metrics, read.metrics)
        self._begin_with(list(read.initial))
        self._begins_with = None  # what the file says is believed for this run only
        self._snapshots.clear()
        self._viewer = None
        engine.progress = Progress(
            epochs=about.epochs,
            steps=about.steps if same_data else 0,
            metrics={n: float(v) for n, v in about.metrics.items() if isinstance(v, (int, float))},
            over=about.over,
        )
        engine.early_stopping_state = EarlyStoppingState(
            best=about.best,
            best_epoch=about.best_epoch,
            waited=about.waited,
            best_weights=read.best if about.has_best_weights else None,
        )
        engine.rate_state = RateState(about.rate_factor, about.rate_fixed)
        engine.plateau_state = PlateauState(
            about.plateau_best, about.plateau_waited, about.plateau_cooldown
        )
        self._planned = about.planned

    def _checkpoint(self, about: Any, best: tuple[np.ndarray, ...]) -> Checkpoint:
        state = self._state
        return Checkpoint(
            about=about,
            weights=tuple(values_of(state.weights)),
            seeds=tuple(values_of(state.seeds)),
            optimizer=tuple(values_of(state.optimizer)),
            metrics=tuple(values_of(state.metrics)),
            initial=tuple(self._initial),
            best=best,
        )


def _traced_for(project: Project, data: PreparedData, diagnostics: bool) -> Hashable:
    """What the traced functions depend on; everything else is a value that they are given."""
    training = project.training
    network = forget_weights(project).network  # which weights it begins with is a value
    options = {n: v for n, v in training.optimizer.options.items() if n != "learning_rate"}
    return (
        network,
        data.summary.input_shape,
        data.summary.task,
        data.summary.outputs,
        training.loss,
        training.loss_options,
        training.metrics,
        training.optimizer.kind,
        FrozenMap(options),
        training.precision,
        training.device,
        diagnostics,
        data.training.weights is not None,
    )


def _batches(project: Project, data: PreparedData) -> Batches:
    training = project.training
    size = {"full_batch": len(data.training), "stochastic": 1}
    return Batches(
        size=size.get(training.batch_mode, training.batch_size),
        shuffle=training.shuffle,
        seed=training.seed,
    )


def _fresh_model(project: Project, data: PreparedData, kept: Mapping[str, Arrays]) -> Any:
    """The network with the weights that a training of it begins with."""
    network, seed = project.network, project.training.seed
    shape = data.summary.input_shape
    model = build_model(network, shape, seed, project.training.precision)
    drawn = begin_with_kept(model, network, kept)
    if drawn:
        logger.info("kept weights do not fit, and are drawn: %s", ", ".join(drawn))
    return model


def _beginning(project: Project, kept: Mapping[str, Arrays]) -> Hashable:
    """What the initial weights depend on, beside `_traced_for`."""
    named = ((layer.id, layer.kept_weights) for layer in project.network.layers)
    return project.training.seed, tuple((name, key) for name, key in named if key in kept)


def arrays_of(project: Project, data: PreparedData, part: Part) -> tuple[Samples, ...]:
    """(x, y), or (x, y, sample_weight) where the samples of `part` count differently."""
    summary = data.summary
    y = encode_targets(part.y, project.training.loss, summary.task, len(summary.class_names))
    return (part.x, y) if part.weights is None else (part.x, y, part.weights)


def memory_of(project: Project) -> int:
    """Bytes that samples on disk may take while they are worked on."""
    return project.data.memory_mib * MIB


def _seeds(model: Any) -> list[Any]:
    weights = {id(variable) for variable in model.weights}
    return [v for v in model.variables if id(v) not in weights]


def _learning_rate(optimizer: Any) -> Any:
    return optimizer.learning_rate.numpy()

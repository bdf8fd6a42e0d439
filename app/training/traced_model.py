"""A compiled Keras model whose training and test steps run in loops inside the graph, each traced
once.

The step itself is Keras's: `keras.Model.train_step` and `test_step` compute the forward pass, the
loss with its regularization, the gradients, the update, the metrics and the moving averages.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import tensorflow as tf

from app.data.samples import Samples
from app.diagnostics.dead_units import mortal_layers
from app.modeling.random_state import python_random_fixed, random_state_kept
from app.training.placement import ANYWHERE, Placement
from app.training.rates import rate_variable
from app.training.taps import tapped_gradients, tapped_loss, tapped_outputs


@dataclass(frozen=True)
class TrainedChunk:
    """What a call of the training loop did.

    Attributes:
        done: number of steps of the epoch that are done after it.
        losses: (steps,) float32, the loss of each batch before its update; all but the last are
            finite.
        finite: whether the last of them and all weights after it are finite.
        metrics: the results of the metrics since the epoch began, by name.
        gradient_norms: name of the Keras layer to the L2 norm of the last step's gradient of all
            its weights.
        update_norms: the same of what the last step added to its weights.
        weight_norms: the same of these weights before that step.
        carried: what `TracedModel.carries` gave after the last step.
    """

    done: int
    losses: np.ndarray
    finite: bool
    metrics: dict[str, float]
    gradient_norms: dict[str, float]
    update_norms: dict[str, float]
    weight_norms: dict[str, float]
    carried: Sequence[Any]


@dataclass(frozen=True)
class TestedChunk:
    """What a call of the test loop found; `active` as in `TracedModel.test`."""

    metrics: dict[str, float]
    active: dict[str, np.ndarray]


_SPAN = tf.TensorSpec([5], tf.int32)
_WEIGHTS = tf.TensorSpec([None], tf.float32)
_ORDER = tf.TensorSpec([None], tf.int32)
_RATES = tf.TensorSpec([None], tf.float32)


class TracedModel:
    """Runs steps of `model` in the graph. Values may change between calls (weights, data, order,
    batch size, learning rate): nothing is traced anew for them.

    Args:
        model: built and compiled; its optimizer may be built or not.
        example: (x, y) or (x, y, sample_weight), of any length, which show shapes and types of what
            is trained on; whether there are weights may differ in tests.
        diagnostics: whether norms of gradients and updates, and activity, are looked at along the
            way; on several devices they are not.
        placement: where the model was made.

    Raises:
        ValueError and the like of Keras when shapes, targets, loss and metrics do not go together.
    """

    def __init__(
        self,
        model: Any,
        example: Sequence[Samples],
        *,
        diagnostics: bool,
        placement: Placement = ANYWHERE,
    ) -> None:
        self.model = model
        self.placement = placement
        self.diagnostics = diagnostics and placement.devices == 1
        self._specs = tuple(
            tf.TensorSpec([None, *array.shape[1:]], tf.as_dtype(array.dtype)) for array in example
        )
        with placement.scope():
            if not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
            # Metrics make their variables in their first update, which must not happen in a loop.
            blank = tuple(tf.zeros([2, *spec.shape[1:]], spec.dtype) for spec in self._specs)
            with random_state_kept(model):
                placement.run_once(lambda: model.test_step(blank))
        self.metric_names = tuple(
            name
            for name, value in model.get_metrics_result().items()
            if tf.convert_to_tensor(value).shape.rank == 0
        )
        model.reset_metrics()
        self._weighted_layers = [layer for layer in model.layers if layer.trainable_variables]
        self._seen = [
            variable
            for layer in self._weighted_layers
            for variable in layer.trainable_variables
            if self.diagnostics
        ]
        self._counts = {
            layer.name: len(layer.trainable_variables)
            for layer in self._weighted_layers
            if self.diagnostics
        }
        self._mortal = mortal_layers(model)
        behind = {shown for _, shown in self._mortal}
        self._watched = [
            layer for layer in model.layers if self.diagnostics and layer.name in behind
        ]
        self.carries: Callable[[], list[Any]] = list
        """Tensors that each chunk brings along from its end; to be set before it is traced."""
        self._train: Any = None
        self._tests: dict[int, Any] = {}
        self._predict: Any = None

    @property
    def watches_activity(self) -> bool:
        """Whether the test loop looks for dead units."""
        return bool(self._watched)

    # ---- training
    def train(
        self,
        data: Sequence[tf.Tensor],
        order: tf.Tensor,
        rates: tf.Tensor,
        batch_size: int,
        first: int,
        last: int,
        begin: int = 0,
        *,
        norms: bool = True,
    ) -> TrainedChunk:
        """Do steps `first` up to, not including, `last` of an epoch; ends early at a loss that is
        not finite.

        Args:
            data: (x, y) or (x, y, sample_weight), as in the example.
            order: (samples,) int32, where in `data` the samples of step `begin` and those after it
                stand; the last batch of an epoch may be smaller.
            rates: (steps of the epoch,) float32, the learning rate of each step; not looked at when
                the optimizer has a schedule of Keras.
            norms: whether those of the last step are wanted, else they are 0: where each step is a
                chunk of its own, to have them of all costs too much.

        Step 0 resets the metrics.
        """
        if self._train is None:
            self.trace_training()
        if begin:
            rates = rates[begin:]
        done, loss_finite, weights_finite, losses, metrics, squares, carried = self._train(
            *data, order, rates, _span(batch_size, first, last, begin, norms)
        )
        steps = int(done) + begin
        gradients, updates, weights = self._norms(squares.numpy().tolist())
        return TrainedChunk(
            done=steps,
            losses=losses.numpy()[: steps - first],
            finite=bool(loss_finite) and bool(weights_finite),
            metrics=_named(self.metric_names, metrics),
            gradient_norms=gradients,
            update_norms=updates,
            weight_norms=weights,
            carried=carried,
        )

    @property
    def is_traced(self) -> bool:
        """Whether the training loop is traced."""
        return self._train is not None

    def trace_training(self) -> None:
        """Trace the training loop, unless it is traced already."""
        if self._train is None:
            with self.placement.scope(), python_random_fixed():
                self._train = tf.function(
                    self._training_loop,
                    input_signature=[*self._specs, _ORDER, _RATES, _SPAN],
                    autograph=False,
                ).get_concrete_function()

    def _training_loop(self, *arguments: Any) -> Any:
        *data, order, rates, span = arguments
        batch_size, first, last, fresh, looks = tf.unstack(span)
        looked_at = tf.where(looks > 0, last - 1, -1)
        rate = rate_variable(self.model.optimizer)
        self._reset_metrics_when(tf.not_equal(fresh, 0))

        def one_step(rows: Any) -> None:
            self.model.train_step(tuple(tf.gather(array, rows) for array in data))

        def step(number: Any, finite: Any, losses: Any, gradients: Any, weights: Any) -> Any:
            rows = order[number * batch_size : (number + 1) * batch_size]
            if rate is not None:
                rate.assign(rates[number])
            # What is seen of the last step only: at each it would cost too much. A branch costs
            # time for each of its nodes at each step, taken or not, so little is done there.
            is_last = tf.equal(number, looked_at)
            if self.diagnostics:
                weights = tf.cond(is_last, self._weights, lambda: weights)
            with (
                tapped_loss(self.model) as found,
                tapped_gradients(self.model.optimizer) as pairs,
            ):
                self.placement.run(one_step, rows)
            loss = tf.cast(self.placement.loss(found, tf.shape(rows)[0]), tf.float32)
            losses = losses.write(number - first, loss)
            finite = tf.math.is_finite(loss)
            if self.diagnostics:
                gradients = tf.cond(is_last, lambda: self._half_squares(pairs), lambda: gradients)
            return number + 1, finite, losses, gradients, weights

        counts = [int(np.prod(variable.shape)) for variable in self._seen]
        blank = tf.zeros([len(counts)]), tf.fill([0 * first], 0.0)
        losses = tf.TensorArray(tf.float32, size=last - first, element_shape=[])
        done, finite, losses, gradients, weights = tf.while_loop(
            lambda number, finite, *_: tf.logical_and(number < last, finite),
            step,
            (first, tf.constant(True), losses, *blank),
        )
        return (
            done,
            finite,
            self._weights_are_finite(),
            losses.stack(),
            self._metric_results(),
            tf.concat([gradients, self._changes(weights, tf.equal(done - 1, looked_at))], axis=0),
            self.carries(),
        )

    def _half_squares(self, pairs: Sequence[tuple[Any, Any]]) -> Any:
        """(variables,) float32: half the sums of the squared gradients, 0 without one."""
        known = {
            id(variable): tf.nn.l2_loss(tf.cast(tf.convert_to_tensor(gradient), tf.float32))
            for gradient, variable in pairs
            if gradient is not None
        }
        found = [known.get(id(variable), 0.0) for variable in self._seen]
        return tf.stack(found) if found else tf.zeros([0])

    def _weights(self) -> Any:
        """(n,) float32: all trainable weights in a row, layer by layer."""
        values = [variable.value.read_value() for variable in self._seen]
        flat = [tf.reshape(tf.cast(value, tf.float32), [-1]) for value in values]
        return tf.concat(flat, axis=0) if flat else tf.zeros([0])

    def _changes(self, before: Any, were_read: Any) -> Any:
        """(2 * layers,) float32: half the sums of squares of what changed the weights of each layer
        since they were read, and of these weights before; 0 where they were not read.
        """
        counts = [
            sum(int(np.prod(variable.shape)) for variable in layer.trainable_variables)
            for layer in self._weighted_layers
        ]
        if not self._seen:
            return tf.zeros([0])

        def changes() -> Any:
            flats = (self._weights() - before, before)
            return tf.stack(
                [tf.nn.l2_loss(part) for flat in flats for part in tf.split(flat, counts)]
            )

        return tf.cond(were_read, changes, lambda: tf.zeros([2 * len(counts)]))

    def _norms(self, half_squares: list[float]) -> Iterator[dict[str, float]]:
        """The L2 norms of gradients, updates and weights, by layer."""
        rest = iter(half_squares)
        yield {
            layer: math.sqrt(2.0 * sum(islice(rest, count)))
            for layer, count in self._counts.items()
        }
        for _ in ("updates", "weights"):
            yield {layer: math.sqrt(2.0 * next(rest)) for layer in self._counts}

    def _weights_are_finite(self) -> Any:
        # Sums need no memory; one is not finite when an entry is not, or when the weights are past
        # all use.
        sums = [
            tf.cast(tf.reduce_sum(variable.value), tf.float32)
            for variable in self.model.weights
            if tf.as_dtype(variable.dtype).is_floating
        ]
        return tf.reduce_all(tf.math.is_finite(tf.stack(sums))) if sums else tf.constant(True)

    # ---- testing
    def test(
        self, data: Sequence[tf.Tensor], batch_size: int, first: int, last: int, begin: int = 0
    ) -> TestedChunk:
        """Test batches `first` up to, not including, `last`, in order; `data`, (x, y) or
        (x, y, sample_weight), holds batch `begin` and those after it. Batch 0 resets the metrics.

        `TestedChunk.active` tells, by name of a layer that can die (`diagnostics.dead_units`),
        of each unit whether it put out anything but 0 for any of these samples; empty
        without diagnostics.
        """
        self.trace_testing(weighted=len(data) > 2)
        metrics, *active = self._tests[len(data)](*data, _span(batch_size, first, last, begin))
        found = {
            layer.name: units.numpy() for layer, units in zip(self._watched, active, strict=True)
        }
        return TestedChunk(
            metrics=_named(self.metric_names, metrics),
            active={name: found[behind] for name, behind in self._mortal if behind in found},
        )

    def trace_testing(self, *, weighted: bool) -> None:
        """Trace the test loop for data with or without weights, unless it is traced already."""
        specs = [*self._specs[:2], _WEIGHTS] if weighted else [*self._specs[:2]]
        if len(specs) not in self._tests:
            with self.placement.scope():
                self._tests[len(specs)] = tf.function(
                    self._test_loop, input_signature=[*specs, _SPAN], autograph=False
                ).get_concrete_function()

    def _test_loop(self, *arguments: Any) -> Any:
        *data, span = arguments
        batch_size, first, last, fresh, _ = tf.unstack(span)
        self._reset_metrics_when(tf.not_equal(fresh, 0))

        def one_test(rows: Any) -> None:
            self.model.test_step(tuple(tf.gather(array, rows) for array in data))

        def step(number: Any, *active: Any) -> Any:
            with tapped_outputs(self._watched) as outputs:
                if self.placement.devices == 1:
                    rows = slice(number * batch_size, (number + 1) * batch_size)
                    self.model.test_step(tuple(array[rows] for array in data))
                else:
                    last = tf.minimum((number + 1) * batch_size, tf.shape(data[0])[0])
                    self.placement.run(one_test, tf.range(number * batch_size, last))
            found = [
                tf.logical_or(before, _any_active(outputs[layer.name]))
                for layer, before in zip(self._watched, active, strict=True)
            ]
            return (number + 1, *found)

        units = [int(layer.output.shape[-1]) for layer in self._watched]
        _, *active = tf.while_loop(
            lambda number, *_: number < last,
            step,
            (first, *(tf.zeros([n], tf.bool) for n in units)),
        )
        return (self._metric_results(), *active)

    # ---- predicting
    def predict(self, x: tf.Tensor) -> np.ndarray:
        """The outputs for `x`, all in one batch."""
        if self._predict is None:
            self._predict = tf.function(
                self._forward, input_signature=[self._specs[0]], autograph=False
            ).get_concrete_function()
        predicted: np.ndarray = self._predict(x).numpy()
        return predicted

    def _forward(self, batch: Any) -> Any:
        with random_state_kept(self.model):
            return self.model(batch, training=False)

    # ---- metrics
    def _reset_metrics_when(self, condition: Any) -> None:
        def reset() -> Any:
            self.model.reset_metrics()
            return tf.constant(0)

        tf.cond(condition, reset, lambda: tf.constant(0))

    def _metric_results(self) -> Any:
        results = self.model.get_metrics_result()
        return tf.stack([tf.cast(results[name], tf.float32) for name in self.metric_names])


def _any_active(outputs: Sequence[Any]) -> Any:
    found = [
        tf.reduce_any(tf.not_equal(output, 0), axis=list(range(output.shape.rank - 1)))
        for output in outputs
    ]
    return found[0] if len(found) == 1 else tf.reduce_any(tf.stack(found), axis=0)


def _span(batch_size: int, first: int, last: int, begin: int, norms: bool = False) -> Any:
    # One tensor instead of five: handing over an argument costs more than some steps.
    span = (batch_size, first - begin, last - begin, int(first == 0), int(norms))
    return tf.constant(span, tf.int32)


def _named(names: Sequence[str], values: Any) -> dict[str, float]:
    return dict(zip(names, values.numpy().tolist(), strict=False))

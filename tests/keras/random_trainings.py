"""Random small networks and settings, for comparing the engine with `model.fit`.

Each case follows from its number alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.project import EarlyStoppingSettings, ScheduleSettings
from app.core.schedule_catalog import PLATEAU, SCHEDULES, SCHEDULES_BY_NAME, keras_arguments
from app.jobs.control import JobControl
from app.modeling.layers import RandomizedLeakyReLU
from app.modeling.random_state import python_random_fixed
from app.training import gradient_registry
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.events import EpochEnded
from app.training.traced_model import TracedModel
from tests.keras.ready_to_fit import ready_to_fit

EPOCHS = 5

OPTIMIZERS = (
    "SGD",
    "Momentum",
    "Nesterov",
    "RMSprop",
    "Adam",
    "AMSGrad",
    "AdamW",
    "Adadelta",
    "Adagrad",
    "Adamax",
    "Adafactor",
    "Nadam",
    "Ftrl",
    "Lion",
    "Lamb",
    "Muon",
)
_MADE: dict[str, Callable[..., Any]] = {
    "Momentum": lambda **k: keras.optimizers.SGD(momentum=0.9, **k),
    "Nesterov": lambda **k: keras.optimizers.SGD(momentum=0.9, nesterov=True, **k),
    "AMSGrad": lambda **k: keras.optimizers.Adam(amsgrad=True, **k),
    "Muon": lambda **k: keras.optimizers.Muon(exclude_layers=["out"], **k),
}
_CLIPPING: tuple[dict[str, float], ...] = (
    {},
    {},
    {"clipnorm": 0.5},
    {"clipvalue": 0.1},
    {"global_clipnorm": 0.5},
)
_TASKS: dict[str, tuple[str, ...]] = {
    "binary": ("binary_crossentropy", "hinge", "mean_squared_error", "binary_focal_crossentropy"),
    "multiclass": ("sparse_categorical_crossentropy",),
    "one_hot": ("categorical_crossentropy", "kl_divergence", "categorical_hinge"),
    "regression": ("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"),
}
_METRICS: dict[str, Callable[[], list[Any]]] = {
    "binary": lambda: [
        "accuracy",
        keras.metrics.AUC(name="auc"),
        keras.metrics.Precision(name="p"),
    ],
    "multiclass": lambda: [
        "accuracy",
        keras.metrics.SparseTopKCategoricalAccuracy(k=2, name="top"),
    ],
    "one_hot": lambda: ["accuracy", keras.metrics.F1Score(average="macro", name="f1")],
    "regression": lambda: ["mean_absolute_error", keras.metrics.R2Score(name="r2")],
}
_ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "gelu", "selu", "softplus", "leaky_relu", "silu")


@dataclass(frozen=True)
class Case:
    """One network with its data and settings.

    Attributes:
        text: what is special about it.
        compiled: makes the compiled model anew, with the same weights each time; with True its
            optimizer has the schedule of Keras in it.
        schedule: how the learning rate changes.
    """

    text: str
    compiled: Callable[[bool], Any]
    schedule: ScheduleSettings
    rate: float
    training: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray] | None
    class_weight: dict[int, float] | None
    batch_size: int
    shuffle: bool
    seed: int


def case(number: int) -> Case:
    """Case `number`. Every run of 16 in a row has every optimizer."""
    rng = np.random.default_rng((20, number))

    def pick(choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    task = pick(tuple(_TASKS))
    loss = pick(_TASKS[task])
    pictures = bool(rng.random() < 0.3)
    samples = int(rng.integers(17, 60))
    shape: tuple[int, ...] = (
        (6, 6, int(rng.integers(1, 3))) if pictures else (int(rng.integers(2, 6)),)
    )
    x = rng.normal(size=(samples + 20, *shape)).astype(np.float32)
    score = x.reshape(len(x), -1)[:, 0] + 0.3 * rng.normal(size=len(x))
    classes = np.digitize(score, (-0.5, 0.5)).astype(np.int32)
    targets: dict[str, np.ndarray] = {
        "binary": (score > 0).astype(np.float32)[:, None],
        "multiclass": classes,
        "one_hot": np.eye(3, dtype=np.float32)[classes],
        "regression": np.stack([score, -2.0 * score], axis=1).astype(np.float32),
    }
    y = targets[task]
    seed = int(rng.integers(2**31))
    name = OPTIMIZERS[number % len(OPTIMIZERS)]
    layer_seed = int(rng.integers(2**31))
    clipping = pick(_CLIPPING)
    decay = bool(rng.random() < 0.2)
    scheduled = bool(rng.random() < 0.25)
    rate = float(10.0 ** rng.uniform(-3.5, -2))
    average = bool(rng.random() < 0.1)
    weighted = bool(rng.random() < 0.3) and task in ("binary", "multiclass")
    batch_size = int(pick((1, 5, 7, 8, 13, 16, 32, samples)))
    if batch_size == 1:
        samples = min(samples, 12)

    kind = "constant" if scheduled else _schedule(number)
    schedule = ScheduleSettings(kind=kind, options=_schedule_options(number, kind))

    def compiled(by_keras: bool) -> Any:
        keras.utils.set_random_seed(seed)
        model = _network(np.random.default_rng(layer_seed), shape, task)
        given: dict[str, Any] = {**clipping}
        given["learning_rate"] = (
            keras.optimizers.schedules.ExponentialDecay(rate, 7, 0.9) if scheduled else rate
        )
        if by_keras and not scheduled:
            given["learning_rate"] = keras_schedule(schedule, rate, -(-samples // batch_size))
        if decay:
            given["weight_decay"] = 0.01
        if average:
            given |= {"use_ema": True, "ema_momentum": 0.9}
        made = _MADE.get(name) or getattr(keras.optimizers, name)
        model.compile(
            optimizer=made(**given), loss=loss, metrics=_METRICS[task](), jit_compile=False
        )
        return model

    return Case(
        text=f"{number}: {'conv' if pictures else 'dense'} {name} {loss} "
        f"batch {batch_size}/{samples} {clipping} decay={decay} "
        f"schedule={scheduled or kind} average={average} weights={weighted}",
        compiled=compiled,
        schedule=schedule,
        rate=rate,
        training=(x[:samples], y[:samples]),
        validation=(x[-20:], y[-20:]) if rng.random() < 0.85 else None,
        class_weight={0: 1.0, 1: 2.5, 2: 0.5} if weighted else None,
        batch_size=batch_size,
        shuffle=bool(rng.random() < 0.8),
        seed=int(rng.integers(1000)),
    )


def _schedule(number: int) -> str:
    """Every second case has a schedule, each kind in its turn."""
    return SCHEDULES[number // 2 % len(SCHEDULES)].name if number % 2 else "constant"


def _schedule_options(number: int, kind: str) -> FrozenMap:
    rng = np.random.default_rng((21, number))
    epochs = [int(e) for e in rng.integers(1, 4, 6)]
    values = FrozenMap(
        every=epochs[0],
        factor=float(rng.uniform(0.1, 0.9)),
        decay_rate=float(rng.uniform(0.2, 2.0)),
        milestones=(1, 1 + epochs[1]),
        epochs=(None, 2, 3, 4)[epochs[2]],
        alpha=float(rng.uniform(0.0, 0.3)),
        power=float(rng.uniform(0.5, 2.0)),
        first=1 + epochs[3] % 2,
        t_mul=1 + epochs[4] % 3,
        m_mul=float(rng.uniform(0.5, 1.0)),
        warmup=epochs[5],
        start=float(rng.uniform(0.0, 0.5)),
        monitor="loss",
        patience=1,
        min_delta=float(rng.choice([0.0, 0.02, 10.0])),
        cooldown=int(rng.integers(0, 2)),
        min_lr=1e-5,
    )
    return FrozenMap({o.name: values[o.name] for o in SCHEDULES_BY_NAME[kind].options})


def keras_schedule(schedule: ScheduleSettings, rate: float, steps_per_epoch: int) -> Any:
    """What Keras's optimizer is given in place of `rate`."""
    kind = SCHEDULES_BY_NAME[schedule.kind]
    if kind.keras_class is None or kind.name == PLATEAU:
        return rate
    arguments = keras_arguments(schedule, rate, steps_per_epoch, EPOCHS)
    return getattr(keras.optimizers.schedules, kind.keras_class)(**arguments)


def _callbacks(schedule: ScheduleSettings) -> list[Any]:
    if schedule.kind != PLATEAU:
        return []
    return [keras.callbacks.ReduceLROnPlateau(**keras_arguments(schedule, 1.0, 1, 1))]


def _network(rng: np.random.Generator, shape: tuple[int, ...], task: str) -> Any:
    # No bias before batch normalization: its true gradient is 0, and Adam and the like would blow
    # up what rounding makes of it.
    def pick(choices: Any) -> Any:
        return choices[int(rng.integers(len(choices)))]

    inputs = keras.Input(shape)
    flow = inputs
    if len(shape) == 3:
        normalized = rng.random() < 0.4
        flow = keras.layers.Conv2D(
            int(rng.integers(2, 5)), 3, padding="same", use_bias=not normalized, name="conv"
        )(flow)
        if normalized:
            flow = keras.layers.BatchNormalization()(flow)
        flow = keras.layers.Activation(pick(_ACTIVATIONS))(flow)
        flow = pick((keras.layers.MaxPooling2D, keras.layers.AveragePooling2D))(2)(flow)
        flow = pick((keras.layers.Flatten, keras.layers.GlobalAveragePooling2D))()(flow)
    for number in range(int(rng.integers(1, 3))):
        regularizer = pick((None, None, keras.regularizers.L2(0.01), keras.regularizers.L1(0.003)))
        width = int(rng.integers(3, 9))
        normalized = rng.random() < 0.3
        flow = keras.layers.Dense(
            width,
            use_bias=not normalized,
            kernel_regularizer=regularizer,
            name=f"dense_{number}",
        )(flow)
        if normalized:
            flow = keras.layers.BatchNormalization(momentum=0.8)(flow)
        if rng.random() < 0.2:
            flow = RandomizedLeakyReLU()(flow)
        else:
            flow = keras.layers.Activation(pick(_ACTIVATIONS))(flow)
        if rng.random() < 0.4:
            flow = pick((keras.layers.Dropout, keras.layers.AlphaDropout))(0.3)(flow)
    units, activation = {
        "binary": (1, "sigmoid"),
        "multiclass": (3, "softmax"),
        "one_hot": (3, "softmax"),
        "regression": (2, None),
    }[task]
    outputs = keras.layers.Dense(units, activation=activation, name="out")(flow)
    return keras.Model(inputs, outputs)


History = list[dict[str, float]]


def _batches_in_engine_order(one: Case) -> Iterator[tuple[np.ndarray, ...]]:
    batches = Batches(one.batch_size, one.shuffle, one.seed)
    samples = len(one.training[0])
    for epoch in range(1, EPOCHS + 1):
        order = batches.order(epoch, samples)
        for first in range(0, samples, one.batch_size):
            yield tuple(array[order[first : first + one.batch_size]] for array in one.training)


@contextmanager
def nothing_left() -> Iterator[None]:
    """Drops what tracing in the block leaves in TensorFlow; its models are not used after it."""
    before = gradient_registry.custom_gradients()
    yield
    added = gradient_registry.custom_gradients() - before
    gradient_registry.remove_custom_gradients(added)


def by_fit(one: Case) -> tuple[History, list[np.ndarray]]:
    """The history of `fit(shuffle=False)` fed the order of the engine, and the weights after it."""
    model = ready_to_fit(one.compiled(True), *one.training)
    batches = tf.data.Dataset.from_generator(
        lambda: _batches_in_engine_order(one),
        output_signature=tuple(
            tf.TensorSpec([None, *array.shape[1:]], array.dtype) for array in one.training
        ),
    )
    with python_random_fixed():  # AugMix chooses what it does while it is traced
        found = model.fit(
            batches,
            steps_per_epoch=-(-len(one.training[0]) // one.batch_size),
            epochs=EPOCHS,
            shuffle=False,
            verbose=0,
            validation_data=one.validation,
            validation_batch_size=32,
            class_weight=one.class_weight,
            callbacks=_callbacks(one.schedule),
        ).history
    found.pop("learning_rate", None)  # the plateau's callback adds it to the logs
    history = [{name: found[name][epoch] for name in found} for epoch in range(EPOCHS)]
    return history, model.get_weights()


def by_engine(one: Case) -> tuple[History, list[np.ndarray]]:
    """The same by the engine."""
    model = one.compiled(False)
    training: tuple[np.ndarray, ...] = one.training
    validation: tuple[np.ndarray, ...] | None = one.validation
    if one.class_weight is not None:
        table = np.array([one.class_weight[c] for c in sorted(one.class_weight)], np.float32)
        training = (*training, table[training[1].reshape(-1).astype(int)])
        if validation is not None:
            validation = (*validation, np.ones(len(validation[0]), np.float32))
    engine = Engine(
        TracedModel(model, training, diagnostics=True),
        training,
        validation,
        Batches(one.batch_size, one.shuffle, one.seed),
        EarlyStoppingSettings(enabled=False),
        schedule=one.schedule,
        planned=EPOCHS,
    )
    events: list[object] = []
    engine.train(EPOCHS, events.append, JobControl(), lambda _message, _epoch: None, one.seed)
    history = [dict(e.metrics) for e in events if isinstance(e, EpochEnded)]
    return history, model.get_weights()  # type: ignore[return-value]


def largest_difference(ours: History, theirs: History) -> float:
    """Over all columns of all epochs, relative to the larger of the value and 1e-3.

    Raises:
        AssertionError: when the columns differ.
    """
    worst = 0.0
    assert len(ours) == len(theirs)
    for mine, fits in zip(ours, theirs, strict=True):
        finite = {name: value for name, value in fits.items() if np.isfinite(value)}
        assert set(mine) == set(finite)
        for name, value in finite.items():
            # R2 is 1 minus a ratio: near 0 its rounding is that of the ratio.
            scale = max(abs(value), abs(1 - value) if name.endswith("r2") else 1e-3)
            worst = max(worst, abs(mine[name] - value) / scale)
    return worst

"""Schedules in the engine: the rates of Keras, the numbers of `fit`, traced once for all kinds."""

from collections.abc import Sequence

import keras
import numpy as np
import pytest
import tensorflow as tf

from app.core.frozen import FrozenMap, OptionValue
from app.core.project import EarlyStoppingSettings, Project, ScheduleSettings
from app.core.schedule_catalog import (
    PLATEAU,
    SCHEDULES,
    SCHEDULES_BY_NAME,
    keras_arguments,
    share_of,
)
from app.training import pace
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import (
    ChangeLearningRate,
    EpochEnded,
    LearningRateChanged,
    Paused,
    StepsDone,
)
from app.training.model_state import StateVariables, set_values, values_of
from app.training.traced_model import TracedModel
from tests.keras.ready_to_fit import ready_to_fit
from tests.keras.small_runs import Run, do, moons, optimizer, request

RNG = np.random.default_rng(5)
X = RNG.normal(size=(53, 3)).astype(np.float32)
Y = (X[:, :1] * 2 - X[:, 1:2] + 0.3 * RNG.normal(size=(53, 1))).astype(np.float32)
VALIDATION = (X[40:], Y[40:])
X, Y = X[:40], Y[:40]
EPOCHS = 6

OPTIONS: dict[str, Sequence[dict[str, object]]] = {
    "constant": [{}],
    "step": [{"every": 2, "factor": 0.3}, {"every": 1, "factor": 1.0}],
    "milestones": [{"milestones": (2, 4), "factor": 0.2}, {"milestones": (3,), "factor": 0.5}],
    "exponential": [{"every": 3, "factor": 0.4}],
    "inverse_time": [{"every": 2, "decay_rate": 1.5}],
    "polynomial": [{}, {"epochs": 4, "alpha": 0.1, "power": 2.0}],
    "cosine": [{}, {"epochs": 3, "alpha": 0.05}],
    "cosine_restarts": [
        {"first": 1, "t_mul": 2, "m_mul": 0.8, "alpha": 0.1},
        {"first": 2, "t_mul": 1},
        {"first": 1, "t_mul": 3},
    ],
    "warmup": [{"warmup": 2, "start": 0.0}, {"warmup": 3, "start": 0.2}],
    "warmup_cosine": [{"warmup": 2, "start": 0.1}, {"warmup": 1, "start": 0.0, "alpha": 0.2}],
    "plateau": [
        {"monitor": "val_loss", "patience": 1, "min_delta": 0.05, "factor": 0.3},
        {"monitor": "loss", "patience": 1, "min_delta": 1.0, "cooldown": 1, "min_lr": 0.004},
    ],
}
CASES = [
    ScheduleSettings(kind=kind, options=FrozenMap(options))
    for kind, several in OPTIONS.items()
    for options in several
]


def named(schedule: ScheduleSettings) -> str:
    return f"{schedule.kind} {dict(schedule.options)}"


def test_every_kind_is_among_the_cases() -> None:
    assert list(OPTIONS) == [kind.name for kind in SCHEDULES]


KERAS_CLASSES = {
    kind.name: kind.keras_class
    for kind in SCHEDULES
    if kind.keras_class is not None and kind.name != PLATEAU  # that one is a callback
}


@pytest.mark.parametrize("schedule", [x for x in CASES if x.kind in KERAS_CLASSES], ids=named)
def test_the_rate_of_each_step_is_that_of_keras(schedule: ScheduleSettings) -> None:
    for steps in (1, 7):
        theirs = getattr(keras.optimizers.schedules, KERAS_CLASSES[schedule.kind])(
            **keras_arguments(schedule, 0.04, steps, EPOCHS)
        )
        ours = share_of(schedule, steps, EPOCHS)
        for step in range(steps * (EPOCHS + 2)):
            assert 0.04 * ours(step) == pytest.approx(float(theirs(step)), rel=2e-5, abs=1e-9)


# ---------------------------------------------------------------- as `fit`


def compiled(name: str, rate: object) -> keras.Model:
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(5, "tanh"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(1),
        ]
    )
    given = {"weight_decay": 0.01} if name == "AdamW" else {}
    made = getattr(keras.optimizers, name)(learning_rate=rate, **given)
    model.compile(made, "mean_squared_error", metrics=["mean_absolute_error"], jit_compile=False)
    return model


class Traced:
    """One traced model that is set back to its beginning for each schedule."""

    def __init__(self, name: str) -> None:
        model = compiled(name, 0.02)
        self.traced = TracedModel(model, (X, Y), diagnostics=True)
        state = StateVariables(model)
        self.variables = [*state.weights, *state.seeds, *state.optimizer]
        self.initial = values_of(self.variables)

    def engine(self, schedule: ScheduleSettings, size: int) -> Engine:
        set_values(self.variables, self.initial)
        return Engine(
            self.traced,
            (X, Y),
            VALIDATION,
            Batches(size, shuffle=False),
            EarlyStoppingSettings(enabled=False),
            schedule=schedule,
            planned=EPOCHS,
        )


@pytest.fixture(scope="module", params=["SGD", "AdamW"])
def optimizer_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def traced(optimizer_name: str) -> Traced:
    return Traced(optimizer_name)


def trained(engine: Engine, epochs: int = EPOCHS) -> Run:
    run = Run()
    engine.train(epochs, run.report, run.control, lambda _message, _epoch: None, 0)
    return run


def by_fit(name: str, schedule: ScheduleSettings, size: int) -> list[dict[str, float]]:
    kind = SCHEDULES_BY_NAME[schedule.kind]
    steps = -(-len(X) // size)
    given = keras_arguments(schedule, 0.02, steps, EPOCHS)
    rate: object = 0.02
    callbacks = []
    if kind.name == PLATEAU:
        callbacks = [keras.callbacks.ReduceLROnPlateau(**given)]
    elif kind.keras_class is not None:
        rate = getattr(keras.optimizers.schedules, kind.keras_class)(**given)
    history = ready_to_fit(compiled(name, rate), X, Y).fit(
        X,
        Y,
        batch_size=size,
        epochs=EPOCHS,
        shuffle=False,
        verbose=0,
        validation_data=VALIDATION,
        validation_batch_size=32,
        callbacks=callbacks,
    )
    found = history.history
    return [{name: found[name][epoch] for name in found} for epoch in range(EPOCHS)]


@pytest.mark.parametrize("schedule", CASES, ids=named)
def test_the_history_is_that_of_fit(
    schedule: ScheduleSettings, traced: Traced, optimizer_name: str
) -> None:
    size = 40 if schedule.kind == "cosine" else 7 if len(schedule.options) % 2 else 13
    ours = trained(traced.engine(schedule, size)).of(EpochEnded)
    theirs = by_fit(optimizer_name, schedule, size)
    assert len(ours) == EPOCHS
    for event, row in zip(ours, theirs, strict=True):
        rate = row.pop("learning_rate", None)
        if rate is not None:  # the callback notes it, before it changes it
            assert event.learning_rate == rate
        assert set(event.metrics) == set(row)
        for name, value in row.items():
            assert event.metrics[name] == pytest.approx(value, rel=1e-4, abs=1e-7), name


def test_the_comparison_sees_another_schedule(traced: Traced, optimizer_name: str) -> None:
    ours = trained(traced.engine(CASES[1], 7)).of(EpochEnded)
    theirs = by_fit(optimizer_name, CASES[3], 7)
    assert ours[-1].metrics["loss"] != pytest.approx(theirs[-1]["loss"], rel=1e-4)


# ---------------------------------------------------------------- in a session

COSINE = ScheduleSettings(kind="cosine", options=FrozenMap(alpha=0.1))
REDUCED = ScheduleSettings(
    kind="plateau", options=FrozenMap(monitor="loss", patience=2, min_delta=10.0, cooldown=1)
)


def project(schedule: ScheduleSettings = COSINE, epochs: int = 8) -> Project:
    return moons(batch_size=8, epochs=epochs, schedule=schedule, optimizer=optimizer("Adam"))


@pytest.fixture(scope="module")
def room() -> EngineRoom:
    return EngineRoom()


def rows(run: Run) -> list[tuple[int, float, OptionValue]]:
    return [(e.epoch, e.learning_rate, e.metrics["loss"]) for e in run.of(EpochEnded)]


def test_another_schedule_is_not_traced_again(
    room: EngineRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    do(room.train(request(project(epochs=1))))

    def traced_again(*_args: object, **_more: object) -> None:
        raise AssertionError("traced again")

    monkeypatch.setattr(tf, "function", traced_again)
    for schedule in (CASES[0], CASES[1], REDUCED, CASES[-3]):
        do(room.train(request(project(schedule, epochs=2))))


def test_each_chunk_tells_the_rate_of_its_last_step(room: EngineRoom) -> None:
    run = Run()
    run.do(room.train(request(project())))
    share = share_of(COSINE, 11, 8)
    for event in run.of(StepsDone):
        expected = 0.001 * share((event.epoch - 1) * 11 + event.step - 1)
        assert event.learning_rate == pytest.approx(expected, rel=1e-6)
    assert run.of(EpochEnded)[-1].learning_rate == pytest.approx(0.001 * share(87), rel=1e-6)


@pytest.mark.parametrize("schedule", [COSINE, REDUCED], ids=["cosine", "plateau"])
def test_interrupted_anywhere_it_goes_on_at_its_place(
    room: EngineRoom, schedule: ScheduleSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Run()
    whole.do(room.train(request(project(schedule))))
    monkeypatch.setattr(pace, "CHUNK_SECONDS", 0.0)

    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (5, 4):
            first.control.stop()

    first = Run(on)
    first.do(room.train(request(project(schedule))))
    saved = do(room.checkpoint())
    then = Run()
    then.do(EngineRoom().train(request(project(schedule), saved)))
    assert rows(first) + rows(then) == rows(whole)
    changes = [c for run in (first, then) for c in run.of(LearningRateChanged)]
    assert changes == whole.of(LearningRateChanged)
    assert bool(changes) == (schedule is REDUCED)


def test_plateau_reductions_are_told_with_their_place(room: EngineRoom) -> None:
    run = Run()
    run.do(room.train(request(project(REDUCED))))
    # The first epoch is the best; two more wait, then one is left out after each reduction.
    told = [(c.epoch, c.step, c.by) for c in run.of(LearningRateChanged)]
    assert told == [(3, 11, "plateau"), (5, 11, "plateau"), (7, 11, "plateau")]
    assert [c.rate for c in run.of(LearningRateChanged)] == pytest.approx([1e-4, 1e-5, 1e-6])
    assert [r for _, r, _ in rows(run)] == pytest.approx(
        [1e-3] * 3 + [1e-4] * 2 + [1e-5] * 2 + [1e-6]
    )


def test_continued_beyond_its_plan_the_schedule_stays_at_its_end(room: EngineRoom) -> None:
    do(room.train(request(project())))
    more = Run()
    more.do(room.continue_training(2))
    assert [rate for _, rate, _ in rows(more)] == pytest.approx([1e-4, 1e-4])


def test_a_plateau_without_its_monitor_is_refused_in_words(room: EngineRoom) -> None:
    wrong = ScheduleSettings(kind="plateau", options=FrozenMap(monitor="val_recall"))
    with pytest.raises(TrainingError, match="val_recall"):
        do(room.train(request(project(wrong))))
    with pytest.raises(TrainingError, match="nonsense"):
        do(room.train(request(project(ScheduleSettings(kind="nonsense")))))


# ---------------------------------------------------------------- changed while it trains


def changed_at(
    room: EngineRoom, schedule: ScheduleSettings, changes: dict[tuple[int, int], float]
) -> Run:
    """The training of `schedule` in single steps, with the rate changed after each of these."""

    def on(event: object) -> None:
        if isinstance(event, Paused):
            rate = changes.get((event.epoch, event.step))
            if rate is not None:
                run.control.post(ChangeLearningRate(rate))
            run.control.step("batch")

    run = Run(on)
    run.control.pause()
    run.do(room.train(request(project(schedule, epochs=3))))
    return run


def by_hand(schedule: ScheduleSettings, changes: dict[tuple[int, int], float]) -> list[float]:
    """The rate of each of 33 steps, worked out from the rule in words."""
    share = share_of(schedule, 11, 3)
    factor, found = 1.0, []
    for step in range(33):
        wanted = changes.get((step // 11 + 1, step % 11))
        if wanted is not None:
            factor = wanted / (0.001 * share(step))
        found.append(0.001 * factor * share(step))
    return found


CHANGES = {(1, 3): 0.01, (2, 0): 0.004, (3, 10): 0.02}


@pytest.mark.parametrize("schedule", [ScheduleSettings(), COSINE], ids=["constant", "cosine"])
def test_a_change_scales_the_rest_of_the_schedule(
    room: EngineRoom, schedule: ScheduleSettings
) -> None:
    run = changed_at(room, schedule, CHANGES)
    expected = by_hand(schedule, CHANGES)
    assert [e.learning_rate for e in run.of(StepsDone)] == pytest.approx(expected, rel=1e-6)
    assert [(c.epoch, c.step, c.rate, c.by) for c in run.of(LearningRateChanged)] == [
        (*where, rate, "you") for where, rate in CHANGES.items()
    ]
    assert all(c.steps_per_epoch == 11 for c in run.of(LearningRateChanged))


def test_the_numbers_are_those_of_a_loop_by_hand(room: EngineRoom) -> None:
    run = changed_at(room, COSINE, CHANGES)
    session = room._session
    assert session is not None
    arrays = session.data.training.x, session.data.training.y.astype(np.float32)[:, None]
    order = session._engine._batches
    session.start_over()
    model = session.model
    losses = []
    rates = iter(by_hand(COSINE, CHANGES))
    for epoch in (1, 2, 3):
        permutation = order.order(epoch, 84)
        for first in range(0, 84, 8):
            batch = permutation[first : first + 8]
            model.optimizer.learning_rate = next(rates)
            x, y = (np.asarray(array)[batch] for array in arrays)
            losses.append(float(model.train_on_batch(x, y, return_dict=True)["loss"]))
            model.reset_metrics()
    told = [loss for event in run.of(StepsDone) for loss in event.losses]
    assert told == pytest.approx(losses, rel=1e-4)


def test_the_same_changes_give_the_same_bits_and_start_over_is_without(room: EngineRoom) -> None:
    first, again = changed_at(room, COSINE, CHANGES), changed_at(room, COSINE, CHANGES)
    assert rows(first) == rows(again)
    plain, over = Run(), Run()
    plain.do(room.train(request(project(epochs=3))))
    assert rows(plain) != rows(first)
    changed_at(room, COSINE, CHANGES)
    over.do(room.start_over())
    assert rows(over) == rows(plain)
    assert not over.of(LearningRateChanged)


def test_a_change_survives_a_checkpoint(room: EngineRoom) -> None:
    whole = changed_at(room, COSINE, CHANGES)

    def on(event: object) -> None:
        if isinstance(event, Paused):
            rate = CHANGES.get((event.epoch, event.step))
            if rate is not None:
                run.control.post(ChangeLearningRate(rate))
            if (event.epoch, event.step) == (2, 5):
                run.control.stop()
            run.control.step("batch")

    run = Run(on)
    run.control.pause()
    run.do(room.train(request(project(epochs=3))))
    saved = do(room.checkpoint())

    def on_later(event: object) -> None:
        if isinstance(event, Paused):
            if (event.epoch, event.step) == (3, 10):
                later.control.post(ChangeLearningRate(0.02))
            later.control.step("batch")

    later = Run(on_later)
    later.control.pause()
    later.do(EngineRoom().train(request(project(epochs=3), saved)))
    assert rows(run) + rows(later) == rows(whole)


def test_where_the_schedule_is_at_nothing_the_rate_stays(room: EngineRoom) -> None:
    to_zero = ScheduleSettings(kind="cosine", options=FrozenMap(epochs=1))
    run = changed_at(room, to_zero, {(2, 4): 0.005})
    rates = [event.learning_rate for event in run.of(StepsDone)]
    assert rates[11:15] == pytest.approx([0.0] * 4, abs=1e-12)
    assert rates[15:] == pytest.approx([0.005] * 18)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 1e9])
def test_what_is_no_rate_changes_nothing(room: EngineRoom, rate: float) -> None:
    run = Run()
    run.control.post(ChangeLearningRate(rate))
    run.do(room.train(request(project(ScheduleSettings(), epochs=1))))
    assert not run.of(LearningRateChanged)
    assert {e.learning_rate for e in run.of(StepsDone)} == {0.0010000000474974513}


def test_changed_after_the_last_step_it_holds_from_the_next_epoch(room: EngineRoom) -> None:
    def on(event: object) -> None:
        if isinstance(event, StepsDone) and (event.epoch, event.step) == (1, 11):
            run.control.post(ChangeLearningRate(0.05))

    run = Run(on)
    run.do(room.train(request(project(ScheduleSettings(), epochs=3))))
    assert [r for _, r, _ in rows(run)] == pytest.approx([0.001, 0.05, 0.05])

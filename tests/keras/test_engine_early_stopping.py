"""Early stopping is Keras's own: it stops when `fit` would, and brings the best weights back."""

import keras
import numpy as np
import pytest

from app.core.project import EarlyStoppingSettings
from app.jobs.control import JobControl
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import EpochEnded, TrainingEnded, TrainingStarted
from app.training.traced_model import TracedModel
from tests.keras.ready_to_fit import ready_to_fit
from tests.keras.small_runs import Run, do, moons, request


def noisy() -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Little to learn from and much noise: the validation loss soon rises."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(60, 6)).astype(np.float32)
    y = (x[:, :1] + 1.5 * rng.normal(size=(60, 1)) > 0).astype(np.float32)
    return (x[:30], y[:30]), (x[30:], y[30:])


def compiled() -> keras.Model:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.BatchNormalization(momentum=0.7),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.02), "binary_crossentropy", metrics=["accuracy"])
    return model


class Keeper(keras.callbacks.Callback):  # type: ignore[misc]
    """Keeps the weights of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.weights: list[list[np.ndarray]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        self.weights.append(self.model.get_weights())


def engine_with(settings: EarlyStoppingSettings, keeper: Keeper) -> Engine:
    training, validation = noisy()
    return Engine(
        TracedModel(compiled(), training, diagnostics=False),
        training,
        validation,
        Batches(8, shuffle=False),
        settings,
        [keeper],
    )


def train(engine: Engine, epochs: int) -> tuple[TrainingEnded, Run]:
    run = Run()
    ended = engine.train(epochs, run.report, JobControl(), lambda _m, _e: None, 0)
    return ended, run


def column(run: Run, name: str) -> list[float]:
    """One column of the history."""
    values = [event.metrics[name] for event in run.of(EpochEnded)]
    return [value for value in values if isinstance(value, float)]


@pytest.mark.parametrize(
    "settings",
    [
        EarlyStoppingSettings(patience=4),
        EarlyStoppingSettings(patience=3, monitor="val_accuracy", min_delta=0.01),
        EarlyStoppingSettings(patience=2, monitor="loss", min_delta=0.05),
        EarlyStoppingSettings(patience=4, restore_best_weights=False),
        EarlyStoppingSettings(patience=100),
    ],
    ids=["val_loss", "val_accuracy", "loss", "not restored", "never"],
)
def test_it_stops_where_fit_stops(settings: EarlyStoppingSettings) -> None:
    training, validation = noisy()
    callback = keras.callbacks.EarlyStopping(
        monitor=settings.monitor,
        patience=settings.patience,
        min_delta=settings.min_delta,
        restore_best_weights=settings.restore_best_weights,
    )
    model = ready_to_fit(compiled(), *training)
    epochs = 25
    found = model.fit(
        *training,
        batch_size=8,
        epochs=epochs,
        shuffle=False,
        verbose=0,
        validation_data=validation,
        callbacks=[callback],
    ).history
    keeper = Keeper()
    engine = engine_with(settings, keeper)
    ended, run = train(engine, epochs)
    assert ended.epoch == len(found["loss"])
    assert ended.best_epoch == callback.best_epoch + 1
    assert (ended.reason == "early_stopping") == (callback.stopped_epoch > 0)
    assert ended.restored == settings.restore_best_weights
    rows = [event.metrics["val_loss"] for event in run.of(EpochEnded)]
    assert rows == pytest.approx(found["val_loss"], rel=1e-4)
    for ours, theirs in zip(engine.model.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)
    wanted = keeper.weights[ended.best_epoch - 1 if ended.restored else -1]
    for ours, kept in zip(engine.model.get_weights(), wanted, strict=True):
        np.testing.assert_array_equal(ours, kept)


def test_what_is_said_along_the_way_and_at_the_end() -> None:
    ended, run = train(engine_with(EarlyStoppingSettings(patience=4), Keeper()), 60)
    losses = column(run, "val_loss")
    for number, event in enumerate(run.of(EpochEnded), start=1):
        best = int(np.argmin(losses[:number])) + 1
        assert (event.best_epoch, event.waited) == (best, number - best)
    assert ended.sentence == (
        f"Stopped at epoch {ended.epoch}: val_loss has not improved for 4 epochs; "
        f"the weights of epoch {ended.best_epoch} are back."
    )


def test_switched_off_it_still_notes_the_best_epoch() -> None:
    ended, run = train(engine_with(EarlyStoppingSettings(enabled=False), Keeper()), 20)
    losses = column(run, "val_loss")
    assert ended.reason == "finished"
    assert not ended.restored
    assert ended.best_epoch == int(np.argmin(losses)) + 1
    assert "the best was epoch" in ended.sentence
    assert [one.chooses_best for one in run.of(TrainingStarted)] == [True]


def test_without_a_validation_part_no_epoch_is_called_the_best_unless_it_is_chosen() -> None:
    training, _ = noisy()
    for stopping, said in (
        (EarlyStoppingSettings(enabled=False), "Finished after 3 epochs."),
        (
            EarlyStoppingSettings(monitor="loss", restore_best_weights=False, patience=9),
            "Finished after 3 epochs; the last is the best by loss.",
        ),
    ):
        model = TracedModel(compiled(), training, diagnostics=False)
        ended, run = train(Engine(model, training, None, Batches(8, shuffle=False), stopping), 3)
        assert column(run, "loss")[2] == min(column(run, "loss"))
        assert (ended.best_epoch, ended.sentence) == (3, said)
        assert [one.chooses_best for one in run.of(TrainingStarted)] == [stopping.enabled]


def test_after_the_end_it_goes_on_from_the_restored_weights_with_its_whole_patience() -> None:
    keeper = Keeper()
    engine = engine_with(EarlyStoppingSettings(patience=4), keeper)
    first, _ = train(engine, 60)
    best = float(engine.early_stopping_state.best or np.nan)
    second, run = train(engine, 120)
    # Four epochs without a better one than ever before, or more when there was a better one.
    assert second.epoch >= first.epoch + 4
    assert run.of(EpochEnded)[0].epoch == first.epoch + 1
    if second.epoch == first.epoch + 4:
        assert second.best_epoch == first.best_epoch
    assert float(engine.early_stopping_state.best or np.nan) <= best
    for ours, kept in zip(
        engine.model.get_weights(), keeper.weights[second.best_epoch - 1], strict=True
    ):
        np.testing.assert_array_equal(ours, kept)


def test_stop_keeps_the_weights_as_they_are() -> None:
    keeper = Keeper()
    engine = engine_with(EarlyStoppingSettings(patience=50), keeper)
    control = JobControl()

    def report(event: object) -> None:
        if isinstance(event, EpochEnded) and event.waited >= 3:
            control.stop()

    ended = engine.train(200, report, control, lambda _m, _e: None, 0)
    assert (ended.reason, ended.restored) == ("stopped", False)
    assert ended.best_epoch < ended.epoch
    for ours, kept in zip(engine.model.get_weights(), keeper.weights[-1], strict=True):
        np.testing.assert_array_equal(ours, kept)
    assert f"The best was epoch {ended.best_epoch}" in ended.sentence


def test_stopped_and_restored_it_waits_on_where_it_was() -> None:
    settings = EarlyStoppingSettings(patience=3)
    project = moons(epochs=40, early_stopping=settings, seed=2, batch_size=8)
    whole = Run()
    whole.do(EngineRoom().train(request(project)))
    halt = max(1, whole.of(TrainingEnded)[0].epoch - 2)
    first = Run(
        lambda e: first.control.stop() if isinstance(e, EpochEnded) and e.epoch == halt else None
    )
    room, other, then = EngineRoom(), EngineRoom(), Run()
    first.do(room.train(request(project)))
    do(other.restore(request(project, do(room.checkpoint()))))
    then.do(other.continue_training())
    assert then.of(TrainingEnded)[0].epoch == whole.of(TrainingEnded)[0].epoch
    assert then.of(TrainingEnded)[0].best_epoch == whole.of(TrainingEnded)[0].best_epoch
    assert then.of(EpochEnded) == [] or (
        then.of(EpochEnded)[-1].metrics == whole.of(EpochEnded)[-1].metrics
    )


def test_a_monitor_that_is_not_measured_is_said() -> None:
    project = moons(early_stopping=EarlyStoppingSettings(monitor="val_auc"))
    with pytest.raises(TrainingError, match="val_auc"):
        do(EngineRoom().train(request(project)))


def test_callbacks_of_keras_work_as_with_fit() -> None:
    training, validation = noisy()
    ours = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=0.01)
    theirs = keras.callbacks.ReduceLROnPlateau(patience=1, factor=0.5, min_delta=0.01)
    counted: list[int] = []

    class Counts(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
            assert logs is not None
            assert set(logs) == {"loss", "accuracy"}
            counted.append(batch)

    engine = Engine(
        TracedModel(compiled(), training, diagnostics=False),
        training,
        validation,
        Batches(8, shuffle=False),
        EarlyStoppingSettings(enabled=False),
        [ours, Counts()],
    )
    _, run = train(engine, 15)
    model = ready_to_fit(compiled(), *training)
    found = model.fit(
        *training,
        batch_size=8,
        epochs=15,
        shuffle=False,
        verbose=0,
        validation_data=validation,
        callbacks=[theirs],
    ).history
    rates = [event.learning_rate for event in run.of(EpochEnded)]
    assert rates[-1] < rates[0]
    assert rates == pytest.approx(found["learning_rate"])
    assert engine.learning_rate == pytest.approx(float(model.optimizer.learning_rate.numpy()))
    assert max(counted) == 3

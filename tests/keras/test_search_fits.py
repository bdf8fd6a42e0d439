"""What a fit of a search comes to: that of scikit-learn's folds and a hand-written loop of
`model.fit`, whatever the same process did before.
"""

import statistics
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.preprocessing import StandardScaler

from app.core.data_settings import DataSettings
from app.core.network import Layer, Network, chain
from app.core.project import EarlyStoppingSettings, Project, ScheduleSettings
from app.core.project_edits import set_training
from app.core.search_results import Trial
from app.core.search_settings import SearchSettings
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.search.data_reference import DataReference
from app.search.fit import FitRoom, Workplace, run_fit, traced_for, work_at
from app.search.fit_unit import FitProgress, FitRequest, FitResult
from app.training.gradient_registry import custom_gradients
from tests.keras.small_runs import _training, layer, optimizer
from tests.unit.small_sources import Stream, pictures, settings, table

SPLIT = {"validation_share": 0.2, "test_share": 0.2, "seed": 3, "stratified": True}


def unheard(_event: object) -> None:
    """Nobody listens."""


def project(
    network: Network, loss: str, data: DataSettings, folds: int = 3, **training: Any
) -> Project:
    return Project(
        data=data,
        network=network,
        training=_training(loss, {"epochs": 4, "seed": 11, **training}),
        search=SearchSettings(folds=folds, seed=5),
    )


def dense(units: int, outputs: int, activation: str, *between: Layer) -> Network:
    return chain(
        (
            layer("data", "InputLayer"),
            layer("dense_1", "Dense", units=units, activation="relu"),
            *between,
            layer("output", "Dense", units=outputs, activation=activation),
        )
    )


def request(
    project: Project, data: DataReference, fold: int, score: str = "accuracy", trial: int = 0
) -> FitRequest:
    return FitRequest(trial, project, fold, project.training.seed + fold, data.key, score)


def done(room: FitRoom, asked: FitRequest) -> FitResult:
    return room.run(asked, unheard, JobControl())


def numbers(found: FitResult) -> object:
    """All of it but how long it took."""
    rows = tuple(row.model_copy(update={"seconds": 0.0}) for row in found.curves.rows)
    return replace(found.result, seconds=0.0), rows


# ---------------------------------------------------------------- the same as by hand


def by_hand(
    x: np.ndarray,
    y: np.ndarray,
    build: Callable[[], keras.Model],
    *,
    classes: bool,
    epochs: int,
    batch_size: int,
    patience: int | None = None,
) -> list[dict[str, float]]:
    """Metrics over each fold's validation samples, with scikit-learn and `model.fit` alone; the
    order of the samples in each epoch is what the engine documents.
    """
    if classes:
        rest, _ = train_test_split(
            np.arange(len(y)), test_size=-(-len(y) // 5), random_state=3, stratify=y
        )
        splitter: Any = StratifiedKFold(3, shuffle=True, random_state=5)
    else:
        rest = np.arange(len(y))
        splitter = KFold(3, shuffle=True, random_state=5)
    rest = np.sort(rest)
    found = []
    for fold, (training, validation) in enumerate(splitter.split(rest, y[rest])):
        seed = 11 + fold
        scaler = StandardScaler().fit(x[rest[training]])
        x_train = scaler.transform(x[rest[training]]).astype(np.float32)
        x_test = scaler.transform(x[rest[validation]]).astype(np.float32)
        y_train, y_test = (y[rest[rows]].astype(np.float32) for rows in (training, validation))
        keras.utils.set_random_seed(seed)
        model = build()
        best, waited, weights = np.inf, 0, model.get_weights()
        for epoch in range(1, epochs + 1):
            order = np.random.default_rng((seed, epoch)).permutation(len(x_train))
            model.fit(x_train[order], y_train[order], batch_size, shuffle=False, verbose=0)
            if patience is not None:
                loss = model.evaluate(x_test, y_test, verbose=0, return_dict=True)["loss"]
                waited += 1
                if loss < best:
                    best, waited, weights = loss, 0, model.get_weights()
                if waited >= patience:
                    break
        if patience is not None:
            model.set_weights(weights)
        found.append(model.evaluate(x_test, y_test, verbose=0, return_dict=True))
    return found


def cancer() -> tuple[RawData, np.ndarray, np.ndarray]:
    x, y = load_breast_cancer(return_X_y=True)
    return table(x[:243], y[:243].astype(np.int32)), x[:243], y[:243]


def wine() -> tuple[RawData, np.ndarray, np.ndarray]:
    x, y = load_wine(return_X_y=True)
    return table(x, y.astype(np.int32)), x, y


def diabetes() -> tuple[RawData, np.ndarray, np.ndarray]:
    x, y = load_diabetes(return_X_y=True)
    return table(x[:201], y[:201] / 100.0), x[:201], y[:201] / 100.0


def compiled(*layers: Any, size: int, loss: str, optimizer: Any, metrics: list[str]) -> Any:
    model = keras.Sequential([keras.Input((size,)), *layers])
    model.compile(optimizer, loss, metrics=metrics)
    return model


def binary() -> tuple[Any, ...]:
    network = dense(8, 1, "sigmoid", layer("dropout_1", "Dropout", rate=0.3))
    return (
        cancer(),
        project(network, "binary_crossentropy", settings("standardize", split=SPLIT)),
        lambda: compiled(
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(1, activation="sigmoid"),
            size=30,
            loss="binary_crossentropy",
            optimizer="adam",
            metrics=["accuracy"],
        ),
        {"classes": True, "epochs": 4, "batch_size": 32},
        "accuracy",
    )


def multiclass() -> tuple[Any, ...]:
    network = dense(6, 3, "softmax", layer("norm_1", "BatchNormalization"))
    sgd = optimizer("SGD", learning_rate=0.05, momentum=0.9)
    return (
        wine(),
        project(
            network,
            "sparse_categorical_crossentropy",
            settings("standardize", split=SPLIT),
            optimizer=sgd,
            batch_size=17,
        ),
        lambda: compiled(
            keras.layers.Dense(6, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(3, activation="softmax"),
            size=13,
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.SGD(0.05, momentum=0.9),
            metrics=["accuracy"],
        ),
        {"classes": True, "epochs": 4, "batch_size": 17},
        "loss",
    )


def regression() -> tuple[Any, ...]:
    split = {**SPLIT, "test_share": 0.0}
    return (
        diabetes(),
        project(
            dense(7, 1, "linear"),
            "mean_squared_error",
            settings("standardize", split=split),
            metrics=("mean_absolute_error",),
            batch_size=25,
            optimizer=optimizer("RMSprop", learning_rate=0.02),
        ),
        lambda: compiled(
            keras.layers.Dense(7, activation="relu"),
            keras.layers.Dense(1),
            size=10,
            loss="mse",
            optimizer=keras.optimizers.RMSprop(0.02),
            metrics=[keras.metrics.MeanAbsoluteError()],
        ),
        {"classes": False, "epochs": 4, "batch_size": 25},
        "mean_absolute_error",
    )


def stopped_early() -> tuple[Any, ...]:
    data, asked, build, how, _ = binary()
    asked = set_training(
        asked,
        epochs=15,
        optimizer=optimizer("Adam", learning_rate=0.1),
        early_stopping=EarlyStoppingSettings(patience=1),
    )

    def build_faster() -> Any:
        model = build()
        model.optimizer.learning_rate = 0.1
        return model

    return data, asked, build_faster, {**how, "epochs": 15, "patience": 1}, "loss"


@pytest.mark.parametrize("case", [binary, multiclass, regression, stopped_early])
def test_folds_come_to_what_scikit_learn_and_fit_come_to(
    case: Callable[[], tuple[Any, ...]],
) -> None:
    (raw, x, y), asked, build, how, score = case()
    data = DataReference(raw)
    room = FitRoom(lambda _key: data)
    found = [done(room, request(asked, data, fold, score)) for fold in range(3)]
    room.close()
    assert [entry.result.state for entry in found] == ["finished"] * 3
    wanted = by_hand(x, y, build, **how)
    for ours, theirs in zip(found, wanted, strict=True):
        assert set(ours.result.metrics) == set(theirs)
        for name, value in theirs.items():
            assert ours.result.metrics[name] == pytest.approx(value, rel=1e-4, abs=1e-6)
    trial = Trial(0, "finished", asked.training.optimizer.options, tuple(f.result for f in found))
    scores = [theirs[score] for theirs in wanted]
    assert trial.mean == pytest.approx(np.mean(scores), rel=1e-4)
    assert trial.sd == pytest.approx(np.std(scores), rel=1e-3, abs=1e-6)
    assert trial.sd == pytest.approx(statistics.pstdev(trial.scores))
    if "patience" in how:
        assert any(ours.result.epochs < 15 for ours in found)
        assert all(0 <= ours.result.epochs - ours.result.best_epoch <= 1 for ours in found)
    for ours in found:  # the epoch that is named is the one that the figures are of
        chosen = ours.result.best_epoch
        assert bool(chosen) == ("patience" in how)
        row = ours.curves.rows[(chosen or ours.result.epochs) - 1]
        assert ours.result.score == pytest.approx(row.metrics[f"val_{score}"], rel=1e-4)


# ---------------------------------------------------------------- the same whatever was before


def small(**training: Any) -> Project:
    network = dense(5, 1, "sigmoid", layer("dropout_1", "Dropout", rate=0.2))
    return project(network, "binary_crossentropy", settings("standardize", split=SPLIT), **training)


def test_a_fit_comes_to_the_same_bits_whatever_the_process_did_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.search.fit.MOST_NETWORKS", 2)
    entries = custom_gradients()
    data = DataReference(cancer()[0])
    network = dense(5, 1, "sigmoid", layer("norm_1", "BatchNormalization"))
    cosine = ScheduleSettings(kind="cosine")
    trials = [
        small(),
        small(optimizer=optimizer(learning_rate=0.03), batch_size=13, schedule=cosine),
        small(optimizer=optimizer("Nadam"), precision="mixed_float16"),
        small(metrics=("auc", "accuracy")).model_copy(update={"network": network}),
    ]
    assert len({traced_for(one) for one in trials}) == 3
    asked = [
        request(one, data, fold, trial=trial) for trial, one in enumerate(trials) for fold in (0, 2)
    ]
    room = FitRoom(lambda _key: data)
    found = [numbers(done(room, one)) for one in asked]
    assert len({repr(entry) for entry in found}) == len(asked)
    # a network is used again, dropped, and made anew
    for place in (3, 0, 6, 5, 1, 2):
        assert numbers(done(room, asked[place])) == found[place]
    room.close()
    for place in (1, 4):
        alone = FitRoom(lambda _key: data)
        assert numbers(done(alone, asked[place])) == found[place]
        alone.close()
    assert custom_gradients() == entries


def test_weights_drawn_ahead_are_those_drawn_when_they_are_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = DataReference(cancer()[0])
    ahead = FitRoom(lambda _key: data)
    asked = [request(small(), data, fold) for fold in range(3)]
    found = [numbers(done(ahead, one)) for one in asked]
    ahead.close()
    monkeypatch.setattr("app.training.session._DRAWN_BYTES", 0)
    later = FitRoom(lambda _key: data)
    assert [numbers(done(later, one)) for one in asked] == found
    later.close()


# ---------------------------------------------------------------- what else may happen


def test_each_epoch_is_told_and_stop_ends_the_fit_soon() -> None:
    data = DataReference(cancer()[0])
    asked = request(small(epochs=1000), data, 1)
    told: list[FitProgress] = []
    control = JobControl()

    def hear(event: FitProgress) -> None:
        told.append(event)
        if event.epoch == 3:
            control.stop()

    room = FitRoom(lambda _key: data)
    found = room.run(asked, hear, control)
    assert found.result.state == "pruned"
    assert found.result.score is None
    assert found.result.epochs == len(found.curves.rows) == 3
    assert [(e.trial, e.fold, e.epoch, e.epochs) for e in told] == [
        (0, 1, epoch, 1000) for epoch in (1, 2, 3)
    ]
    values = [row.metrics["val_accuracy"] for row in found.curves.rows]
    assert [event.value for event in told] == values
    stopped = JobControl()
    stopped.stop()
    before = room.run(replace(asked, fold=2), unheard, stopped)
    assert (before.result.state, before.result.epochs) == ("pruned", 0)
    room.close()


def test_what_diverges_says_so_and_the_next_fit_is_unharmed() -> None:
    data = DataReference(cancer()[0])
    room = FitRoom(lambda _key: data)
    good = done(room, request(small(), data, 0))
    wild = set_training(
        small(),
        loss="mean_squared_error",
        metrics=(),
        optimizer=optimizer("SGD", learning_rate=1e30),
    )
    linear = dense(5, 1, "linear")
    found = done(room, request(wild.model_copy(update={"network": linear}), data, 0, "loss"))
    assert found.result.state == "diverged"
    assert found.result.score is None
    assert "not finite" in found.result.sentence
    assert "learning rate" in found.result.sentence
    assert numbers(done(room, request(small(), data, 0))) == numbers(good)
    room.close()


def test_what_fails_says_why_and_the_next_fit_is_unharmed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = DataReference(cancer()[0])
    room = FitRoom(lambda _key: data)
    good = done(room, request(small(), data, 0))
    many = small().model_copy(update={"search": SearchSettings(folds=100, stratified=True)})
    unmeasured = request(small(), data, 0, "auc")
    unknown = small().model_copy(update={"network": dense(5, 2, "sigmoid")})
    for asked, words in (
        (request(many, data, 0), "No class has more than"),
        (unmeasured, "The score 'auc' is not measured. One of loss, accuracy."),
        (request(unknown, data, 0), "Keras refused"),
    ):
        found = done(room, asked)
        assert found.result.state == "failed"
        assert words in found.result.sentence
        assert found.curves.rows == ()

    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as short:
        short.setattr("app.training.engine.Engine.train", exhausted)
        found = done(room, request(small(), data, 1))
    assert found.result.state == "failed"
    assert "memory of this computer did not suffice" in found.result.sentence
    assert numbers(done(room, request(small(), data, 0))) == numbers(good)
    room.close()


def test_a_fold_without_a_class_is_said_and_has_no_area_under_a_curve() -> None:
    generator = np.random.default_rng(0)
    y = np.zeros(60, np.int32)
    y[:3] = 1
    raw = table(generator.normal(size=(60, 3)), y)
    asked = small(metrics=("accuracy", "auc"), epochs=1)
    without_test = settings(split={**SPLIT, "test_share": 0.0, "stratified": False})
    asked = asked.model_copy(
        update={"data": without_test, "search": SearchSettings(folds=20, stratified=False)}
    )
    data = DataReference(raw)
    room = FitRoom(lambda _key: data)
    folds = [done(room, request(asked, data, fold)).result for fold in range(20)]
    lacking = [fold for fold in folds if "no sample of class 'b' to validate" in fold.sentence]
    assert 17 <= len(lacking) < 20
    assert all(fold.state == "finished" for fold in folds)
    assert {"auc" in fold.metrics for fold in lacking} == {False}
    assert {"auc" in fold.metrics for fold in folds if fold not in lacking} == {True}
    by_area = done(room, request(asked, data, lacking[0].fold, "auc")).result
    assert by_area.state == "failed"
    assert "for which auc is not defined" in by_area.sentence
    room.close()


def test_scored_by_the_validation_part_it_is_the_run_of_the_bench() -> None:
    from app.data.loading import load_source
    from app.training.engine_room import EngineRoom
    from app.training.events import EpochEnded
    from tests.keras.small_runs import Run, moons
    from tests.keras.small_runs import request as training_request

    asked = moons(epochs=3).model_copy(update={"search": SearchSettings(scored_by="validation")})
    data = DataReference(load_source(asked.data))
    room = FitRoom(lambda _key: data)
    found = done(room, request(asked, data, 0))
    room.close()
    bench, run = EngineRoom(), Run()
    run.do(bench.train(training_request(asked, diagnostics=False)))
    assert [row.metrics for row in found.curves.rows] == [e.metrics for e in run.of(EpochEnded)]
    judged = run.do(bench.evaluate("validation"))
    assert judged is not None
    assert found.result.metrics == judged.metrics
    assert found.result.score == judged.metrics["accuracy"]


def test_pictures_on_disk_come_to_the_same_as_in_memory() -> None:
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (90, 6, 6, 1)).astype(np.uint8)
    y = (x.mean(axis=(1, 2, 3)) > 127).astype(np.int32)
    network = chain(
        (
            layer("data", "InputLayer"),
            layer("flatten_1", "Flatten"),
            layer("output", "Dense", units=1, activation="sigmoid"),
        )
    )
    asked = project(network, "binary_crossentropy", settings("pixels", split=SPLIT))
    found = []
    for samples in (x.astype(np.float32), Stream(x)):
        data = DataReference(pictures(samples, y))
        room = FitRoom({data.key: data}.__getitem__)
        found.append([numbers(done(room, request(asked, data, fold))) for fold in range(3)])
        room.close()
    assert found[0] == found[1]


def test_kept_weights_are_what_a_fit_begins_with() -> None:
    from app.core.transfer import keep_weights
    from app.data.kept_weights import KeptWeights

    data = DataReference(cancer()[0])
    store = KeptWeights()
    generator = np.random.default_rng(1)
    key = store.keep([generator.normal(size=(30, 5)).astype(np.float32), np.ones(5, np.float32)])
    asked = keep_weights(small(optimizer=optimizer(learning_rate=1e-9)), {"dense_1": key})
    known = DataReference(data.raw, store.of(asked.network))
    assert traced_for(asked) == traced_for(small())
    room = FitRoom({data.key: data, known.key: known}.__getitem__)
    drawn = done(room, request(small(optimizer=optimizer(learning_rate=1e-9)), data, 0))
    kept = done(room, request(asked, known, 0))
    missing = done(room, request(asked, data, 0))
    assert numbers(missing) == numbers(drawn)
    assert kept.result.metrics["loss"] != drawn.result.metrics["loss"]
    assert numbers(done(room, request(asked, known, 0))) == numbers(kept)
    room.close()


def test_a_process_without_a_workplace_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    data = DataReference(cancer()[0])
    monkeypatch.setattr("app.search.fit._workplaces", [])
    with pytest.raises(RuntimeError, match="work_at"):
        run_fit(request(small(), data, 0))
    told: list[FitProgress] = []
    room = FitRoom(lambda _key: data)
    work_at(Workplace(room, told.append, JobControl))
    assert run_fit(request(small(), data, 0)).result.state == "finished"
    assert len(told) == 4
    room.close()

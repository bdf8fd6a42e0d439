"""What the engine tells of a part, sample by sample, against Keras."""

from typing import Literal, TypeVar

import keras
import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import chain
from app.core.project import Project
from app.diagnostics.evaluation.judgement import Judgement
from app.diagnostics.evaluation.sample_losses import losses_of
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import Verdicts
from app.training.engine_room import EngineRoom
from app.training.events import ProbeRequest
from tests.keras.small_runs import Run, data_of, digits, do, layer, moons, request

T = TypeVar("T")


def known(value: T | None) -> T:
    assert value is not None
    return value


def judged(
    project: Project, part: Literal["training", "validation"]
) -> tuple[EngineRoom, Judgement]:
    room = EngineRoom()
    do(room.train(request(project)))
    found = do(room.judge(part))
    assert isinstance(found, Judgement)
    return room, found


def numbers() -> Project:
    layers = (layer("data", "InputLayer"), layer("output", "Dense", units=1))
    return Project(
        data=DataSettings(source=BuiltinSource(name="diabetes")),
        network=chain(layers),
        training=moons(loss="mean_squared_error", epochs=2, metrics=("r2_score",)).training,
    )


@pytest.mark.parametrize(
    "project",
    [
        moons(metrics=("accuracy",)),
        moons(metrics=("accuracy",), loss="hinge"),
        digits(metrics=("accuracy",), epochs=1),
        numbers(),
    ],
    ids=["binary", "hinge", "classes", "numbers"],
)
def test_a_judgement_agrees_with_keras(project: Project) -> None:
    room, found = judged(project, "validation")
    part = data_of(project).validation
    assert found.samples == len(part)
    assert found.metrics == known(do(room.evaluate("validation"))).metrics
    outputs = known(do(room.predict(part.x)))
    told = {one.name: one.value for one in found.figures}
    # without regularization the loss is the mean over the samples
    assert told["Mean loss"] == pytest.approx(found.metrics["loss"], rel=1e-4)
    assert found.losses.shape == (len(part),)
    if found.numbers is not None:
        errors = outputs[:, 0] - part.y[:, 0]
        np.testing.assert_allclose(found.losses, errors.astype(float) ** 2, rtol=1e-4)
        assert told["R2"] == pytest.approx(found.metrics["r2_score"], abs=1e-4)
        assert found.worst[0] == np.argmax(np.abs(errors))
    else:
        assert told["Accuracy"] == pytest.approx(found.metrics["accuracy"], abs=1e-6)
        assert known(found.classes).confusion.sum() == len(part)
        wrong = known(found.verdicts.classes) != np.asarray(part.y)
        # what was taken for another class costs more than any right answer near certainty
        assert wrong[found.worst[0]] or not wrong.any()


@pytest.mark.parametrize("samples", [7, 9000])
def test_losses_of_samples_are_those_of_keras(samples: int) -> None:
    generator = np.random.default_rng(samples)
    outputs = generator.random((samples, 4)).astype(np.float32)
    outputs /= outputs.sum(axis=1, keepdims=True)
    wanted = generator.integers(0, 4, samples).astype(np.int32)

    class Compiled:
        loss = keras.losses.SparseCategoricalCrossentropy()

    found = losses_of(Compiled(), wanted, outputs)
    np.testing.assert_allclose(found, -np.log(outputs[np.arange(samples), wanted]), rtol=1e-4)


def test_an_empty_part_and_a_stop_give_nothing_and_the_metrics_of_an_epoch_stay() -> None:
    project = moons()
    project = project.model_copy(
        update={
            "data": project.data.model_copy(
                update={"split": project.data.split.model_copy(update={"test_share": 0.0})}
            )
        }
    )
    room, _ = judged(project, "training")
    assert do(room.judge("test")) is None
    stopped = Run()
    stopped.control.stop()
    assert stopped.do(room.judge("training")) is None
    before = known(do(room.evaluate("validation"))).metrics
    do(room.judge("training"))
    assert known(do(room.evaluate("validation"))).metrics == before


def test_one_sample_is_answered_as_the_whole_is() -> None:
    room, _ = judged(moons(), "validation")
    data = data_of(moons())
    raw = np.asarray(data.raw[data.validation.rows[:1]][0])
    answer = do(room.probe(ProbeRequest(1, "sample_answer", sample=raw))).result
    assert isinstance(answer, Verdicts)
    np.testing.assert_allclose(
        answer.values, known(do(room.predict(data.validation.x[:1]))), rtol=1e-5
    )
    sealed = do(room.probe(ProbeRequest(2, "sample_answer", options=FrozenMap(part="test"))))
    assert isinstance(sealed.result, NoAnswer)

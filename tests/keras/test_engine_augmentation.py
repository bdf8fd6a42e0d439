"""Layers that change pictures at random: in training only, the same with the same seed; and a look
at what they do.
"""

import random
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.network import Layer, chain
from app.core.project import EarlyStoppingSettings
from app.modeling.build import build_model
from app.training.batches import Batches
from app.training.engine import Engine
from app.training.engine_room import EngineRoom
from app.training.events import (
    AugmentationAnswer,
    AugmentationRequest,
    EpochEnded,
    StepsDone,
)
from app.training.feed import tensors
from app.training.traced_model import TracedModel
from tests.keras.small_runs import CONVOLUTION, Run, digits, do, layer, request

KINDS = tuple(name for name, kind in LAYER_KINDS.items() if kind.family == "Augmentation")
RNG = np.random.default_rng(5)
PICTURES = RNG.uniform(0.0, 1.0, (12, 8, 8, 3)).astype(np.float32)
TARGETS = RNG.normal(size=(12, 1)).astype(np.float32)
STRONG = {
    "Solarization": {"addition_factor": (0.1, 0.3), "threshold_factor": (0.2, 0.4)},
    "RandomInvert": {"factor": (0.5, 0.5)},
}


def augmentation(kind: str) -> Layer:
    return layer("change", kind, **STRONG.get(kind, {}))


@dataclass(frozen=True)
class Trained:
    """Losses of the steps, metrics of the epochs, weights, and the loss that weights of 0.1 have
    in a test.
    """

    losses: list[float]
    rows: list[FrozenMap]
    weights: list[bytes]
    tested: float


def run_of(*changes: Layer) -> Trained:
    network = chain(
        (
            layer("data", "InputLayer"),
            *changes,
            layer("flat", "Flatten"),
            layer("output", "Dense", units=1),
        )
    )
    model = build_model(network, PICTURES.shape[1:], 3)
    model.compile("sgd", "mean_squared_error", jit_compile=False)
    parts = (PICTURES, TARGETS)
    engine = Engine(
        TracedModel(model, parts, diagnostics=False),
        parts,
        parts,
        Batches(5, seed=1),
        EarlyStoppingSettings(enabled=False),
    )
    run = Run()
    before = random.getstate()
    engine.train(2, run.report, run.control, lambda _m, _e: None, 0)
    assert random.getstate() == before
    losses = [loss for event in run.of(StepsDone) for loss in event.losses]
    weights = [weight.tobytes() for weight in model.get_weights()]
    model.set_weights([np.zeros_like(weight) + 0.1 for weight in model.get_weights()])
    tested = engine.traced.test(tensors(parts), 12, 0, 1).metrics["loss"]
    return Trained(losses, [event.metrics for event in run.of(EpochEnded)], weights, tested)


@pytest.fixture(scope="module")
def plain() -> Trained:
    return run_of()


@pytest.mark.parametrize("kind", KINDS)
def test_in_training_only_and_the_same_again(kind: str, plain: Trained) -> None:
    first = run_of(augmentation(kind))
    random.random()  # nobody else's numbers matter
    assert run_of(augmentation(kind)) == first
    assert first.losses != plain.losses
    assert first.tested == pytest.approx(plain.tested, rel=1e-5)


# ---------------------------------------------------------------- the look
def random_states() -> tuple[Any, bytes]:
    """Of Python's and NumPy's own generators, which others may use."""
    state: Any = np.random.get_state()  # noqa: NPY002 - it is looked at only
    return random.getstate(), state[1].tobytes()


@pytest.mark.parametrize("kind", KINDS)
def test_each_copy_is_changed_anew(kind: str) -> None:
    room = EngineRoom()
    before = random_states()
    made = [
        do(room.augment((augmentation(kind),), PICTURES[:3], seed, 6)).pictures
        for seed in (1, 1, 2)
    ]
    after = random_states()
    assert before == after
    assert made[0].shape == (3, 6, 8, 8, 3)
    assert made[0].dtype == np.float32
    assert not made[0].flags.writeable
    assert made[0].tobytes() == made[1].tobytes()
    assert made[0].tobytes() != made[2].tobytes()
    assert any((copies != copies[0]).any() for copies in made[0])
    assert (made[0] != PICTURES[:3, None]).any()


def test_layers_act_one_after_the_other_and_may_change_the_size() -> None:
    layers = (
        layer("half", "Resizing", height=4, width=4),
        layer("flip", "RandomFlip", mode="horizontal"),
        layer("scale", "Rescaling", scale=2.0, offset=1.0),
    )
    found = do(EngineRoom().augment(layers, PICTURES[:2], 0, 8)).pictures
    assert found.shape == (2, 8, 4, 4, 3)
    resized = do(EngineRoom().augment(layers[:1], PICTURES[:2], 0, 1)).pictures[:, 0]
    for picture, copies in zip(resized, found, strict=True):
        flipped = [np.allclose(copy, 2 * picture[:, ::-1] + 1) for copy in copies]
        straight = [np.allclose(copy, 2 * picture + 1) for copy in copies]
        assert all(a != b for a, b in zip(flipped, straight, strict=True))
    assert len({copy.tobytes() for copies in found for copy in copies}) == 4


def test_what_cannot_be_changed_is_told() -> None:
    grey = PICTURES[:2, ..., :1]
    with pytest.raises(ExplainedError):
        do(EngineRoom().augment((layer("mix", "AugMix"),), grey, 0, 2))
    with pytest.raises(ExplainedError):
        do(EngineRoom().augment((layer("what", "Unheard"),), grey, 0, 2))


def test_a_training_does_not_notice_it() -> None:
    """Neither one that rests nor one that runs; a refusal does not end it."""
    network = CONVOLUTION.model_copy(
        update={
            "layers": (
                CONVOLUTION.layers[0],
                layer("turn", "RandomRotation", factor=(-0.2, 0.2)),
                *CONVOLUTION.layers[1:],
            )
        }
    )
    network = chain(network.layers)
    project = digits(epochs=3).model_copy(update={"network": network})
    plain, asked = Run(), Run()
    plain.do(EngineRoom().train(request(project)))

    grey = PICTURES[:2, ..., :1]
    good = AugmentationRequest(1, (layer("a", "RandomErasing"),), grey, 4, 3)
    bad = AugmentationRequest(2, (layer("b", "RandomHue"),), grey, 4, 3)

    def ask(event: object) -> None:
        if isinstance(event, EpochEnded):
            asked.control.post(good)
            asked.control.post(bad)

    asked._on = ask
    room = EngineRoom()
    asked.do(room.train(request(project)))
    assert [e.metrics for e in asked.of(EpochEnded)] == [e.metrics for e in plain.of(EpochEnded)]
    answers = asked.of(AugmentationAnswer)
    assert [answer.number for answer in answers] == [1, 2, 1, 2]
    first, refused = answers[:2]
    assert first.result is not None
    resting = do(room.augment(good.layers, grey, 4, 3))
    assert first.result.pictures.tobytes() == resting.pictures.tobytes()
    assert (refused.result, refused.error is None) == (None, False)

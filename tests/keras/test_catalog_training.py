"""Every kind trains in the engine, inside the graph, to the numbers of `model.fit`.

Kinds that take the same shape stand side by side in one network: each branch is the kind, a
Flatten and a Dense of one unit, and all branches are added.
"""

from collections import defaultdict

import numpy as np
import pytest
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.network import INPUT_KIND, Layer, Link, Network
from app.core.project import ScheduleSettings
from app.core.shape_inference import infer_network
from app.diagnostics.forward import outputs
from app.modeling.build import build_model
from app.training.traced_model import TracedModel
from tests.keras.random_trainings import Case, by_engine, by_fit, largest_difference, nothing_left

Shape = tuple[int, ...]

SHAPES: dict[str, Shape] = {
    "row": (36,),
    "numbers": (4,),
    "series": (20, 4),
    "picture": (8, 8, 3),
    "volume": (4, 5, 5, 2),
    "films": (2, 3, 3, 3, 1),
}
BY_RANK = {1: "row", 2: "series", 3: "picture", 4: "volume", 5: "films", None: "series"}
ENDS = {"Masking": "GlobalAveragePooling1D"}
"""What takes the place of Flatten, which makes Keras warn of a mask."""
OPTIONS: dict[str, dict[str, object]] = {
    "Reshape": {"target_shape": (16, 5)},
    "Resizing": {"height": 5, "width": 7},
    "CenterCrop": {"height": 5, "width": 7},
    "UpSampling3D": {"size": (1, 2, 1)},
    "RepeatVector": {"n": 2},
    "GroupNormalization": {"groups": 2},
    "CategoryEncoding": {"num_tokens": 6},
    "Embedding": {"input_dim": 6},
    "Discretization": {"output_mode": "one_hot", "bin_boundaries": (1.5, 3.0)},
    "MelSpectrogram": {"sequence_stride": 5},
    "Conv3D": {"kernel_size": (2, 2, 2)},
    "ConvLSTM3D": {"kernel_size": (2, 2, 2), "filters": 2},
    "Dropout": {"rate": 0.3},
    "LSTM": {"units": 4, "dropout": 0.2, "recurrent_dropout": 0.2},
    "GRU": {"units": 4, "return_sequences": True, "dropout": 0.2},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3, "dropout": 0.2},
    "RandAugment": {"num_ops": 1},
    "AugMix": {"num_chains": 1, "chain_depth": 1},
}
RATE = 1e-4
HALVES = 2
"""Large groups are trained in so many networks."""


def group_of(kind: LayerKind) -> str:
    if kind.family == "Encoding" and kind.name != "Masking":
        return "numbers"
    return BY_RANK[kind.rank]


def groups() -> dict[str, list[LayerKind]]:
    found: dict[str, list[LayerKind]] = defaultdict(list)
    for number, kind in enumerate(LAYER_KINDS.values()):
        if kind.name != INPUT_KIND:
            name = group_of(kind) if kind.name != "Identity" else "films"
            part = f" {number % HALVES + 1}" if name in ("series", "picture", "volume") else ""
            found[name + part].append(kind)
    return found


GROUPS = groups()


def side_by_side(kinds: list[LayerKind]) -> Network:
    layers, links = [Layer(id="data", kind=INPUT_KIND)], []
    for number, kind in enumerate(kinds):
        names = [f"{part}_{number}" for part in ("kind", "flat", "unit")]
        given = FrozenMap(OPTIONS.get(kind.name, {}))
        layers += [
            Layer(id=names[0], kind=kind.name, options=given),
            Layer(id=names[1], kind=ENDS.get(kind.name, "Flatten")),
            Layer(id=names[2], kind="Dense", options=FrozenMap(units=1, activation="linear")),
        ]
        links += [Link(source="data", target=names[0], port=p) for p in range(kind.inputs[0])]
        links += [
            Link(source=names[0], target=names[1]),
            Link(source=names[1], target=names[2]),
            Link(source=names[2], target="sum", port=number),
        ]
    return Network(layers=(*layers, Layer(id="sum", kind="Add")), links=tuple(links))


def case_of(name: str) -> Case:
    network, shape = side_by_side(GROUPS[name]), SHAPES[name.partition(" ")[0]]
    rng = np.random.default_rng(7)
    count = 17
    x = rng.uniform(0.0, 1.0, (count, *shape)).astype("float32")
    if name == "numbers":
        x = rng.integers(0, 6, (count, *shape)).astype("float32")
    y = rng.normal(size=(count, 1)).astype("float32")

    def compiled(by_keras: bool) -> object:
        model = build_model(network, shape, 11)
        model.compile(optimizer="sgd", loss="mean_squared_error", jit_compile=False)
        model.optimizer.learning_rate = RATE
        return model

    return Case(
        text=name,
        compiled=compiled,
        schedule=ScheduleSettings(),
        rate=RATE,
        training=(x[:12], y[:12]),
        validation=(x[12:], y[12:]),
        class_weight=None,
        batch_size=5,
        shuffle=True,
        seed=3,
    )


def test_every_kind_is_in_one_group() -> None:
    names = [kind.name for kinds in GROUPS.values() for kind in kinds]
    assert sorted(names) == sorted(set(LAYER_KINDS) - {INPUT_KIND})


def test_a_look_at_a_model_does_not_change_what_it_draws() -> None:
    """A recurrent layer with dropout draws in use too, and RandomHue does."""
    network = side_by_side([LAYER_KINDS["LSTM"], LAYER_KINDS["Identity"]])
    model = build_model(network, SHAPES["series"], 5)
    model.compile(optimizer="sgd", loss="mean_squared_error")
    x = np.ones((3, *SHAPES["series"]), np.float32)
    (state,) = (v for v in model.variables if v.name == "seed_generator_state")
    before = state.numpy().tolist()
    traced = TracedModel(model, (x, np.ones((3, 1), np.float32)), diagnostics=True)
    for _ in range(2):
        traced.predict(tf.constant(x))
        outputs(model, x, ("kind_0",))
    assert state.numpy().tolist() == before
    model(x, training=False)
    assert state.numpy().tolist() != before, "Keras mended it: keeping the state is not needed"


@pytest.mark.parametrize("name", sorted(GROUPS))
def test_a_network_of_every_kind_trains_as_by_fit(name: str) -> None:
    one = case_of(name)
    network = side_by_side(GROUPS[name])
    problems = infer_network(network, SHAPES[name.partition(" ")[0]])[1]
    assert [p.title for p in problems if p.severity == "error"] == []
    with nothing_left():
        ours, weights = by_engine(one)
        theirs, _ = by_fit(one)
    assert all(np.isfinite(value) for epoch in ours for value in epoch.values())
    assert all(np.isfinite(array).all() for array in weights)
    assert largest_difference(ours, theirs) < 1e-4

"""Models that others made: into a network with their weights, saved again, the same numbers to the
last bit; what cannot be is told by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers as L  # noqa: N812 - as is usual
from keras import ops
from keras.src.applications import convnext

from app.core.frozen import FrozenMap
from app.core.layer_kinds.closed import CLOSED_KIND, LONGEST_CONFIG
from app.core.network import Layer, Network
from app.core.shape_inference import infer_network
from app.jobs.control import JobControl
from app.modeling.build import build_model
from app.modeling.errors import ModelFileError, ModelingError
from app.modeling.model_files import open_model_file, read_weights_file, save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)
from app.training.engine_room import EngineRoom
from tests.keras.foreign_models import again, kinds_of, output_of, sample_of
from tests.keras.small_runs import moons, request

Made = Callable[[], keras.Model]


# ---- what opens


def _residual() -> keras.Model:
    x = keras.Input((6,), name="The Data")
    y = L.Add(name="Conv1_relu")([L.Dense(6, activation="relu")(x), x])
    y = L.Concatenate()([L.Dense(3, name="a b.c")(y), L.Dropout(0.5)(y), x])
    return keras.Model(x, L.Dense(2, name="9")(y))


def _nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((None, None, 3)), L.Conv2D(4, 3), L.ReLU()], name="Base")
    deeper = keras.Input((4, 4, 4))
    deeper_model = keras.Model(deeper, L.Add()([L.Conv2D(4, 1, name="conv2d")(deeper), deeper]))
    x = keras.Input((6, 6, 3))
    y = deeper_model(inner(x, training=False))
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(y)))


def _attention() -> keras.Model:
    x = keras.Input((8, 6))
    y = L.MultiHeadAttention(2, 3)(query=x, key=L.Dense(4)(x), value=x)
    y = L.MultiHeadAttention(2, 3)(y, x, use_causal_mask=True)
    return keras.Model(x, L.GlobalAveragePooling1D()(y))


def _operations() -> keras.Model:
    x = keras.Input((8, 6))
    y = ops.mean(x * 2.0 + 1, axis=1, keepdims=True)
    y = ops.concatenate([y, x[:, 1:4], x[:, ::2]], axis=1)
    return keras.Model(x, L.Dense(2)(ops.reshape(y, (-1, 48))))


def _of_applications() -> keras.Model:
    """What ConvNeXt is made of; its layers are no public ones of Keras."""
    x = keras.Input((4, 4, 3))
    y = convnext.LayerScale(0.5, 3)(L.Conv2D(3, 3, padding="same")(x))
    y = L.Add()([x, convnext.StochasticDepth(0.2)(y)])
    y = keras.activations.relu(y, max_value=2.0)
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(y)))


def _masked() -> keras.Model:
    x = keras.Input((6,))
    y = L.LSTM(3, return_sequences=True)(L.Embedding(9, 4, mask_zero=True)(x))
    return keras.Model(x, L.GRU(2)(y))


def _weightless_twice() -> keras.Model:
    x, relu = keras.Input((6,)), L.ReLU(name="relu")
    return keras.Model(x, relu(L.Dense(3)(relu(L.Dense(4)(x)))))


def _shared_inside() -> keras.Model:
    inner, shared = keras.Input((6,)), L.Dense(6, name="twice")
    model = keras.Model(inner, L.Add()([shared(inner), shared(shared(inner))]), name="siamese")
    x = keras.Input((6,))
    return keras.Model(x, L.Dense(2)(model(x)))


def _state_inside() -> keras.Model:
    inner = keras.Input((5, 4))
    y, state, _ = L.LSTM(3, return_state=True)(inner)
    model = keras.Model(inner, L.Concatenate()([y, state]), name="with_state")
    x = keras.Input((5, 4))
    return keras.Model(x, L.Dense(2)(model(x)))


def _half() -> keras.Model:
    return keras.Sequential(
        [keras.Input((6,)), L.Dense(3, dtype="mixed_float16"), L.Dense(1, dtype="float32")]
    )


def _frozen() -> keras.Model:
    inner = keras.Sequential([keras.Input((6,)), L.Dense(5), L.BatchNormalization()])
    inner.trainable = False
    box = L.Dense(4, dtype="float64", trainable=False, name="box")
    return keras.Sequential([keras.Input((6,)), inner, box, L.Dense(2)])


def _cells() -> keras.Model:
    cells = L.RNN([L.LSTMCell(3), L.GRUCell(2)])
    return keras.Sequential([keras.Input((5, 4)), cells, L.Dense(1)])


def _wrapped() -> keras.Model:
    part = keras.Sequential([keras.Input((6,)), L.Dense(3), L.ReLU()])
    return keras.Sequential(
        [keras.Input((5, 6)), L.TimeDistributed(part), L.Bidirectional(L.LSTM(2)), L.Dense(1)]
    )


def _adapted() -> keras.Model:
    """`Normalization` that learned its mean and variance: open, and within a closed box."""
    rows = np.random.default_rng(1).normal((3, -7, 40), (2, 0.1, 9), (50, 3)).astype("float32")
    plain, inner = L.Normalization(), L.Normalization()
    plain.adapt(rows)
    inner.adapt(rows[:10])
    part = keras.Sequential([keras.Input((3,)), inner, L.Dense(2)])
    return keras.Sequential(
        [keras.Input((4, 3)), plain, L.TimeDistributed(part), L.Flatten(), L.Dense(1)]
    )


OPEN: dict[str, tuple[Made, list[str]]] = {
    "adapted": (_adapted, ["Normalization", "[TimeDistributed]", "Flatten", "Dense"]),
    "residual": (_residual, ["Dense", "Add", "Dense", "Dropout", "Concatenate", "Dense"]),
    "nested": (
        _nested,
        ["Conv2D", "ReLU", "Conv2D", "Add", "GlobalAveragePooling2D", "Dense"],
    ),
    "attention": (
        _attention,
        ["Dense", "MultiHeadAttention", "[MultiHeadAttention]", "GlobalAveragePooling1D"],
    ),
    "operations": (
        _operations,
        [
            *("[Multiply]", "[GetItem]", "[GetItem]", "[Add]", "[Mean]", "[Concatenate]"),
            *("[Reshape]", "Dense"),
        ],
    ),
    "of applications": (
        _of_applications,
        [
            *("Conv2D", "[LayerScale]", "[StochasticDepth]", "Add", "[ReLU]"),
            *("GlobalAveragePooling2D", "Dense"),
        ],
    ),
    "masked": (_masked, ["Embedding", "LSTM", "GRU"]),
    "a layer without weights used twice": (_weightless_twice, ["Dense", "ReLU", "Dense", "ReLU"]),
    "weights shared in a model inside": (_shared_inside, ["[Functional]", "Dense"]),
    "two outputs in a model inside": (_state_inside, ["[Functional]", "Dense"]),
    "half precision": (_half, ["[Dense]", "Dense"]),
    "frozen": (_frozen, ["Dense", "BatchNormalization", "[Dense]", "Dense"]),
    "stacked cells": (_cells, ["[RNN]", "Dense"]),
    "model in a wrapper": (_wrapped, ["[TimeDistributed]", "BidirectionalLSTM", "Dense"]),
    "unusual options": (
        lambda: keras.Sequential(
            [
                keras.Input((8, 8, 3)),
                L.ZeroPadding2D(((0, 1), (2, 3))),
                L.Conv2D(4, 3, kernel_initializer=keras.initializers.HeNormal(None, [0], [1])),
                L.BatchNormalization(axis=3, epsilon=1.001e-5, momentum=0.9),
                L.BatchNormalization(axis=1),
                L.Dropout(0.2, noise_shape=(None, 1, 1, 1)),
                L.Flatten(),
                L.Dense(2, kernel_regularizer=keras.regularizers.L1L2(0.1, 2e3)),
            ]
        ),
        [
            *("ZeroPadding2D", "[Conv2D]", "BatchNormalization", "[BatchNormalization]"),
            *("[Dropout]", "Flatten", "[Dense]"),
        ],
    ),
    "small mobile network": (
        lambda: keras.applications.MobileNetV2(
            input_shape=(32, 32, 3), alpha=0.35, weights=None, classes=3
        ),
        [],
    ),
}


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize("name", OPEN)
def test_a_foreign_model_opens_trains_and_is_saved_unharmed(name: str, tmp_path: Path) -> None:
    make, kinds = OPEN[name]
    keras.utils.set_random_seed(3)
    network = again(make(), tmp_path)
    if kinds:
        assert sorted(kinds_of(network)) == sorted(kinds)


def test_names_become_ids() -> None:
    network, shape = network_from_model(_residual())
    assert shape == (6,)
    ids = [layer.id for layer in network.layers]
    assert ids[0] == "The_Data"
    assert {"Conv1_relu", "a_b.c", "9"} < set(ids)
    assert len(set(ids)) == len(ids)
    nested, _ = network_from_model(_nested())
    assert len({layer.id for layer in nested.layers}) == len(nested.layers)
    long = keras.Sequential([keras.Input((2,)), L.Dense(1, name="Ab" * 99), L.Dense(1)])
    assert network_from_model(long)[0].layers[1].id == "Ab" * 32


def test_frozen_layers_stay_frozen_and_can_be_thawed(tmp_path: Path) -> None:
    network = again(_frozen(), tmp_path)
    assert [layer.trainable for layer in network.layers] == [True, False, False, False, True]
    thawed = network.model_copy(
        update={"layers": tuple(la.model_copy(update={"trainable": True}) for la in network.layers)}
    )
    assert len(build_model(thawed, (6,), 1).trainable_weights) == 2 + 2 + 2 + 2


def test_a_closed_box_is_trained(tmp_path: Path) -> None:
    network = again(_shared_inside(), tmp_path)
    model = build_model(network, (6,), seed=1)
    before = [w.copy() for w in model.get_weights()]
    model.compile("sgd", "mse", run_eagerly=True)
    model.train_on_batch(sample_of((6,)), np.ones((3, 2), "float32"))
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))


def test_any_size_of_input_takes_that_of_the_data(tmp_path: Path) -> None:
    x = keras.Input((None, None, 3))
    y = L.Dropout(0.1, noise_shape=(None, 1, 1, 1))(L.Conv2D(4, 3)(x))
    model = keras.Model(x, L.Dense(2)(L.GlobalMaxPooling2D()(y)))
    network = again(model, tmp_path, (7, 9, 3))
    assert network.layers[0].options["shape"] == (7, 9, 3)
    box = next(layer for layer in network.layers if layer.kind == CLOSED_KIND)
    assert box.options["output_shape"] == (5, 7, 4)
    for shape, match in ((None, "any size"), ((7, 9, 1), "the data have"), ((7,), "the data have")):
        with pytest.raises(ModelingError, match=match) as told:
            network_from_model(model, shape)
        assert told.value.how_to_fix


# ---- what does not


class _OwnProgram(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.inner = L.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.inner(inputs)


def _inputs() -> keras.Model:
    a, b = keras.Input((6,), name="left"), keras.Input((6,), name="right")
    return keras.Model([a, b], L.Add()([a, b]))


def _outputs() -> keras.Model:
    x = keras.Input((6,))
    return keras.Model(x, [L.Dense(1, name="up")(x), L.Dense(2, name="down")(x)])


def _lambda() -> keras.Model:
    return keras.Sequential([keras.Input((6,)), L.Lambda(ops.sin, name="code"), L.Dense(1)])


REFUSED: dict[str, tuple[Made, str]] = {
    "two inputs": (_inputs, r"2 inputs \(left, right\)"),
    "two outputs": (_outputs, r"2 outputs \(up, down\)"),
    "subclassed": (_OwnProgram, "a program of its own"),
    "not built": (lambda: keras.Sequential([L.Dense(2)]), "what shape comes in"),
    "no layer": (lambda: keras.Model(*[keras.Input((6,))] * 2), "hands its input on"),
    "texts": (
        lambda: keras.Sequential([keras.Input((1,), dtype="string"), L.Identity()]),
        "its input is texts",
    ),
    "code": (_lambda, "code, a Lambda, cannot be carried along .*runs code"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_network_is_refused_with_its_name(name: str) -> None:
    make, match = REFUSED[name]
    with pytest.raises(ModelingError, match=match) as told:
        network_from_model(make())
    assert told.value.expected
    assert told.value.how_to_fix


@pytest.mark.parametrize("name", ["code", "subclassed"])
@pytest.mark.filterwarnings("ignore")
def test_a_file_of_such_a_model_is_refused(name: str, tmp_path: Path) -> None:
    model = REFUSED[name][0]()
    model(np.ones((1, 6), "float32"))
    path = tmp_path / "model.keras"
    model.save(path)
    with pytest.raises(ModelFileError, match=r"runs code|does not describe"):
        open_model_file(path)


# ---- closed boxes in the hands of a stranger


def _boxed() -> tuple[Network, Layer]:
    network, _ = network_from_model(
        keras.Sequential([keras.Input((6,)), L.Dense(3, dtype="float64", name="box")])
    )
    return network, network.layers[1]


def _with(network: Network, **options: Any) -> Network:
    box = network.layers[1]
    box = box.model_copy(update={"options": FrozenMap({**box.options, **options})})
    return network.model_copy(update={"layers": (network.layers[0], box)})


def _config(box: Layer, **changes: Any) -> str:
    made = json.loads(str(box.options["config"]))
    made["config"] |= changes
    return json.dumps(made)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda box: {"config": "{}"}, "has no class"),
        (lambda box: {"config": "{" * 9000}, "damaged|nested"),
        (lambda box: {"config": _config(box, units=10**9)}, "it needs .* weights, but says"),
        (
            lambda box: {"config": str(box.options["config"]).replace('"Dense"', '"Lambda"')},
            "runs code",
        ),
        (
            lambda box: {"config": str(box.options["config"]).replace("keras.layers", "os")},
            "names os.Dense",
        ),
        (lambda box: {"config": _config(box, name="<b>")}, "path or markup"),
        (lambda box: {"config": _config(box, units="x")}, "not a whole number"),
        (lambda box: {"config": _config(box, strange=1)}, "could not be deserialized"),
        (
            lambda box: {
                "config": _config(
                    box,
                    activation={
                        "module": "keras.config",
                        "class_name": "function",
                        "config": "set_floatx",
                        "registered_name": "set_floatx",
                    },
                )
            },
            "function keras.config.set_floatx",
        ),
        (lambda box: {"config": "x" * (LONGEST_CONFIG + 1)}, "at most 1048576 characters"),
        (lambda box: {"call": "[]"}, "its call is damaged"),
        (lambda box: {"call": '{"args": [{"port": 7}], "kwargs": {}}'}, "cannot be built"),
        (lambda box: {"call": '{"args": [{"class_name": "Lambda"}], "kwargs": {}}'}, "names"),
        (lambda box: {"call": '{"args": [], "kwargs": {}}'}, "box"),
        (lambda box: {"input_shapes": "[[7]]"}, "6 comes in"),
        (lambda box: {"input_shapes": "what"}, "cannot be read"),
        (lambda box: {"input_shapes": '[["a"]]'}, "cannot be read"),
        (lambda box: {"output_shape": (4,)}, "was foretold"),
    ],
)
def test_a_damaged_or_hostile_closed_box_is_refused(
    change: Callable[[Layer], dict[str, Any]], match: str
) -> None:
    network, box = _boxed()
    with pytest.raises(ModelingError, match=match) as told:
        build_model(_with(network, **change(box)), (6,), seed=1)
    assert told.value.how_to_fix
    assert keras.config.floatx() == "float32"


def test_a_closed_box_says_what_it_was_made_for() -> None:
    network, _ = _boxed()
    layers, problems = infer_network(
        network.model_copy(
            update={
                "layers": (
                    network.layers[0].model_copy(update={"options": FrozenMap(shape=(4,))}),
                    network.layers[1],
                )
            }
        ),
        (4,),
    )
    (problem,) = [p for p in problems if p.severity == "error"]
    assert problem.where == "box"
    assert "6" in problem.expected
    assert layers[1].output_shape is None


# ---- other forms of file


@pytest.mark.parametrize("make", [_residual, _nested, _attention, _frozen, _cells])
@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
def test_old_files_of_foreign_models_open(make: Made, tmp_path: Path) -> None:
    model = make()
    path = tmp_path / "model.h5"
    save_model_file(model, path)
    opened = open_model_file(path)
    network, shape = network_from_model(opened)
    built = build_model(network, shape, seed=1)
    set_weights_by_layer(built, weights_by_layer(opened))
    x = sample_of(shape)
    np.testing.assert_array_equal(output_of(built, x), output_of(model, x))


def test_operations_do_not_go_into_old_files(tmp_path: Path) -> None:
    with pytest.raises(ModelingError, match="is an operation and no layer") as told:
        save_model_file(_operations(), tmp_path / "model.h5")
    assert "Save it as .keras" in told.value.how_to_fix
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layers", [1, 3])
def test_an_old_file_that_asks_for_too_much_is_refused_before_it_is_made(
    layers: int, tmp_path: Path
) -> None:
    model = keras.Sequential([keras.Input((4,)), *(L.Dense(8) for _ in range(layers))])
    path = tmp_path / "model.h5"
    save_model_file(model, path)
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for node in config["config"]["layers"][1:]:
            node["config"]["units"] = 10**9 if layers == 1 else 10**5
        file.attrs["model_config"] = json.dumps(config)
    with pytest.raises(ModelFileError, match=r"weights, but it holds"):
        open_model_file(path)


def test_weights_alone_go_into_the_network_at_hand(tmp_path: Path) -> None:
    model, path = _nested(), tmp_path / "my.weights.h5"
    network, shape = network_from_model(model)
    built = build_model(network, shape, seed=1)
    save_model_file(built, path)
    other = build_model(network, shape, seed=2)
    read_weights_file(path, other)
    for one, two in zip(built.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    assert [entry.name for entry in tmp_path.iterdir()] == ["my.weights.h5"]


def test_weights_of_another_network_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    save_model_file(_residual(), path)
    model = build_model(*network_from_model(_nested()), seed=1)
    before = model.get_weights()
    with pytest.raises(ModelFileError, match="not of this network"):
        read_weights_file(path, model)
    whole = tmp_path / "whole.keras"
    save_model_file(model, whole)
    with pytest.raises(ModelFileError, match="holds a whole model"):
        read_weights_file(whole, model)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ModelFileError, match="damaged"):
        read_weights_file(path, model)
    for one, two in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    save_model_file(model, path)
    with pytest.raises(ModelFileError, match="holds weights or other data, but no model"):
        open_model_file(path)


def test_the_engine_reads_models_and_weights_alone(tmp_path: Path) -> None:
    room = EngineRoom()
    told: list[object] = []
    model, path = _operations(), tmp_path / "model.keras"
    save_model_file(model, path)
    opened = room.read_model(path)(told.append, JobControl())
    assert opened.input_shape == (8, 6)
    weights = tmp_path / "my.weights.h5"
    room.save_network(opened.network, (8, 6), 1, opened.kept, weights)(told.append, JobControl())
    bare = forget_weights_of(opened.network)
    again = room.read_weights(bare, (8, 6), 2, weights)(told.append, JobControl())
    assert again.network == opened.network
    assert again.kept.keys() == opened.kept.keys()


def forget_weights_of(network: Network) -> Network:
    layers = (layer.model_copy(update={"kept_weights": None}) for layer in network.layers)
    return network.model_copy(update={"layers": tuple(layers)})


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
def test_the_engine_trains_and_saves_a_network_of_closed_boxes(tmp_path: Path) -> None:
    inner, twice = keras.Input((2,)), L.Dense(2, activation="tanh", name="twice")
    box = keras.Model(inner, L.Add()([twice(inner), twice(twice(inner))]), name="siamese")
    x = keras.Input((2,))
    y = ops.concatenate([box(x) * 0.5, L.Dense(3, dtype="float64", name="double")(x)], axis=1)
    foreign = keras.Model(x, L.Dense(1, activation="sigmoid")(y))
    path = tmp_path / "foreign.keras"
    save_model_file(foreign, path)
    room, told = EngineRoom(), list[object]()
    opened = room.read_model(path)(told.append, JobControl())
    kinds = kinds_of(opened.network)
    assert sorted(kinds) == ["Dense", "[Concatenate]", "[Dense]", "[Functional]", "[Multiply]"]
    project = moons(opened.network, epochs=3)
    asked = replace(request(project), kept=opened.kept)
    room.prepare(asked)(told.append, JobControl())
    saved = tmp_path / "saved.keras"
    room.save_model(saved)(told.append, JobControl())
    sample = sample_of((2,))
    np.testing.assert_array_equal(
        output_of(open_model_file(saved), sample), output_of(foreign, sample)
    )
    ended = room.train(asked)(told.append, JobControl())
    assert ended.epoch == 3
    room.save_model(saved)(told.append, JobControl())
    before = weights_by_layer(foreign)
    after = weights_by_layer(open_model_file(saved))
    assert after.keys() == before.keys()
    assert all(
        (a != b).any() for name in before for a, b in zip(before[name], after[name], strict=True)
    )

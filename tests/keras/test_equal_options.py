"""Layers of strangers that say in other words what the catalog can express are not closed boxes,
those that say something else are; files of Keras 2 open though they say what Keras 3 refuses.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers as L  # noqa: N812 - as is usual
from keras import ops

from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Network
from app.modeling.build import build_model
from app.modeling.errors import ModelFileError
from app.modeling.model_files import open_model_file, save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)
from tests.keras.foreign_models import kinds_of, output_of, sample_of

ROW, SERIES, PICTURE = (6,), (6, 4), (8, 8, 4)
Made = Callable[[Any], Any]
"""What is done to the input."""


def _model(shape: tuple[int, ...], make: Made) -> keras.Model:
    x = keras.Input(shape)
    return keras.Model(x, make(x))


def _twice(layer: L.Layer) -> Made:
    return lambda x: layer([x, L.Identity()(x)])


def _masked_sum(x: Any) -> Any:
    """What comes behind would see a mask if the sum were a layer."""
    return L.GRU(3)(x + x)


EQUAL: dict[str, tuple[tuple[int, ...], Callable[[], Made]]] = {
    "normalization, axis 3": (PICTURE, lambda: L.BatchNormalization(axis=3)),
    "normalization, axis 2": (SERIES, lambda: L.BatchNormalization(axis=2)),
    "normalization, axis 1": (ROW, lambda: L.BatchNormalization(axis=1)),
    "layer normalization, axis 3": (PICTURE, lambda: L.LayerNormalization(axis=3)),
    "layer normalization, axis [3]": (PICTURE, lambda: L.LayerNormalization(axis=[3])),
    "layer normalization, axis (-1)": (PICTURE, lambda: L.LayerNormalization(axis=(-1,))),
    "group normalization, axis 3": (PICTURE, lambda: L.GroupNormalization(2, axis=3)),
    "root mean square, axis 3": (PICTURE, lambda: L.RMSNormalization(axis=3)),
    "unit normalization, axis [3]": (PICTURE, lambda: L.UnitNormalization(axis=[3])),
    "normalization by data, axis 3": (
        PICTURE,
        lambda: L.Normalization(axis=3, mean=0.5, variance=2.0),
    ),
    "softmax, axis 3": (PICTURE, lambda: L.Softmax(axis=3)),
    "concatenate, axis 3": (PICTURE, lambda: _twice(L.Concatenate(axis=3))),
    "dot, one axis": (ROW, lambda: _twice(L.Dot(axes=1))),
    "dot, the last axis": (SERIES, lambda: _twice(L.Dot(axes=-1, normalize=True))),
    "noise of no shape": (PICTURE, lambda: L.Dropout(0.5, noise_shape=None)),
    "noise of the whole shape": (PICTURE, lambda: L.Dropout(0.5, noise_shape=(None, 8, 8, 4))),
    "lists for tuples": (
        PICTURE,
        lambda: L.Conv2D(4, [3, 3], strides=[1, 1], dilation_rate=[1, 1]),
    ),
    "words in capitals": (PICTURE, lambda: L.Conv2D(4, 3, padding="SAME")),
    "a policy": (PICTURE, lambda: L.Conv2D(4, 3, dtype=keras.DTypePolicy("float32"))),
    "no penalty": (ROW, lambda: L.Dense(3, kernel_constraint=None, kernel_regularizer=None)),
    "a function": (ROW, lambda: L.Dense(3, activation=keras.activations.gelu)),
    "another name of silu": (ROW, lambda: L.Dense(3, activation="swish")),
    "a seed": (ROW, lambda: L.Dense(3, kernel_initializer=keras.initializers.HeNormal(seed=5))),
    "cells as they are": (
        SERIES,
        lambda: L.LSTM(3, stateful=False, unroll=False, go_backwards=False),
    ),
    "padding in pairs": (PICTURE, lambda: L.ZeroPadding2D([[1, 1], [1, 1]])),
    "a zoom both ways": (PICTURE, lambda: L.RandomZoom(0.1)),
    "a shift both ways": (PICTURE, lambda: L.RandomTranslation(0.1, 0.2)),
    "sizes left open": (
        SERIES,
        lambda: L.EinsumDense("abc,cd->abd", output_shape=(None, 5), bias_axes="d"),
    ),
    "flags of a call": (
        SERIES,
        lambda: (
            lambda x: L.MultiHeadAttention(2, 3)(
                x, x, use_causal_mask=False, return_attention_scores=False
            )
        ),
    ),
    "a sum": (ROW, lambda: lambda x: x + L.ReLU()(x)),
    "a difference": (ROW, lambda: lambda x: x - L.Dense(6)(x)),
    "a product with itself": (SERIES, lambda: lambda x: x * x),
    "the larger": (ROW, lambda: lambda x: ops.maximum(x, L.Dense(6)(x))),
    "the smaller": (ROW, lambda: lambda x: ops.minimum(L.Dense(6)(x), x)),
    "what comes in by name": (ROW, lambda: lambda x: L.Dense(3)(inputs=x)),
}

OTHER: dict[str, tuple[tuple[int, ...], Callable[[], Made]]] = {
    "normalization of rows": (PICTURE, lambda: L.BatchNormalization(axis=1)),
    "layer normalization of all": (PICTURE, lambda: L.LayerNormalization(axis=[1, 2, 3])),
    "noise in one piece": (PICTURE, lambda: L.Dropout(0.5, noise_shape=(None, 1, 1, 4))),
    "noise of one sample for all": (PICTURE, lambda: L.Dropout(0.5, noise_shape=(2, 8, 8, 4))),
    "double precision": (PICTURE, lambda: L.Conv2D(4, 3, dtype="float64")),
    "causal attention": (
        SERIES,
        lambda: lambda x: L.MultiHeadAttention(2, 3)(x, x, use_causal_mask=True),
    ),
    "a sum of other sizes": (
        PICTURE,
        lambda: lambda x: x + L.GlobalAveragePooling2D(keepdims=True)(x),
    ),
    "a sum with a number": (ROW, lambda: lambda x: x + 1.0),
    "a sum that ends a mask": (
        ROW,
        lambda: lambda x: _masked_sum(L.Embedding(9, 4, mask_zero=True)(x)),
    ),
    "a sum in double precision": (
        ROW,
        lambda: lambda x: L.Dense(3)(ops.cast(x, "float64") + ops.cast(x, "float64")),
    ),
    "always training": (ROW, lambda: lambda x: L.Dropout(0.5)(x, training=True)),
}


def _rebuilt(model: keras.Model) -> tuple[Network, keras.Model]:
    network, shape = network_from_model(model)
    built = build_model(network, shape, seed=3)
    set_weights_by_layer(built, weights_by_layer(model))
    return network, built


@pytest.mark.parametrize("name", EQUAL)
def test_the_same_in_other_words_is_no_closed_box(name: str) -> None:
    shape, make = EQUAL[name]
    model = _model(shape, make())
    network, built = _rebuilt(model)
    assert CLOSED_KIND not in [layer.kind for layer in network.layers]
    x = sample_of(shape)
    np.testing.assert_array_equal(output_of(built, x), output_of(model, x))


@pytest.mark.parametrize("name", OTHER)
def test_what_means_something_else_is_a_closed_box(name: str) -> None:
    shape, make = OTHER[name]
    network, _ = network_from_model(_model(shape, make()))
    assert CLOSED_KIND in [layer.kind for layer in network.layers]


# ---- files of Keras 2


def _of_keras_2() -> keras.Model:
    """Layers of which Keras 2 said more than Keras 3 takes, with names of that time."""
    x = keras.Input((8, 8, 3), name="Input_1")
    y = L.DepthwiseConv2D(3, padding="same", name="Conv_dw_1")(x)
    y = L.BatchNormalization(name="Conv_dw_1_bn")(y)
    y = L.LeakyReLU(0.3, name="leaky")(L.SeparableConv2D(4, 3, name="sep")(y))
    y = L.Conv2DTranspose(4, 3, strides=2, name="up.1")(y)
    y = L.Reshape((13, 52), name="rows")(y)
    y = L.LSTM(5, return_sequences=True, name="LSTM-1")(y)
    y = L.Bidirectional(L.GRU(3, return_sequences=True), name="both")(y)
    y = L.MultiHeadAttention(2, 3, name="heads")(y, y)
    return keras.Model(x, L.Dense(2, name="Out")(L.GlobalAveragePooling1D(name="gap")(y)))


def _as_keras_2_said(node: Any) -> None:
    """Rewrite a configuration as Keras 2 would have written it, in place."""
    if isinstance(node, list):
        for inner in node:
            _as_keras_2_said(inner)
    if not isinstance(node, dict):
        return
    for inner in node.values():
        _as_keras_2_said(inner)
    kind, config = node.get("class_name"), node.get("config") or {}
    if kind == "InputLayer":
        config["batch_input_shape"] = config.pop("batch_shape")
        config |= {"sparse": False, "ragged": False}
    elif kind in ("DepthwiseConv2D", "Conv2DTranspose"):
        config["groups"] = 1
    elif kind == "SeparableConv2D":
        config |= {
            "groups": 1,
            "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
            "kernel_regularizer": None,
            "kernel_constraint": None,
        }
    elif kind == "BatchNormalization":
        config["axis"] = [3]
    elif kind == "LeakyReLU":
        config["alpha"] = config.pop("negative_slope")
    elif kind in ("LSTM", "GRU"):
        config |= {"time_major": False, "implementation": 2}
    elif kind == "MultiHeadAttention":
        config |= {"query_shape": [None, 13, 6], "key_shape": None, "value_shape": None}


def _rewritten(path: Path, change: Callable[[Any], None]) -> None:
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)


@pytest.mark.filterwarnings("ignore:Argument `alpha` is deprecated:UserWarning")
def test_a_file_of_keras_2_opens_with_open_layers_and_keeps_its_names(tmp_path: Path) -> None:
    model, path = _of_keras_2(), tmp_path / "old.h5"
    save_model_file(model, path)
    _rewritten(path, _as_keras_2_said)
    with pytest.raises((TypeError, ValueError), match="nrecognized keyword"):
        keras.saving.load_model(path, compile=False)
    content = path.read_bytes()
    network, built = _rebuilt(open_model_file(path))
    assert path.read_bytes() == content
    assert [kind for kind in kinds_of(network) if kind.startswith("[")] == []
    x = sample_of((8, 8, 3))
    np.testing.assert_array_equal(output_of(built, x), output_of(model, x))
    saved = tmp_path / "again.keras"
    save_model_file(built, saved)
    again = keras.saving.load_model(saved, compile=False)
    names = {layer.name for layer in model.layers}
    assert {layer.name for layer in again.layers} == names
    np.testing.assert_array_equal(output_of(again, x), output_of(model, x))


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [
        ("LSTM", "time_major", True),
        ("DepthwiseConv2D", "groups", 3),
        ("SeparableConv2D", "kernel_constraint", {"class_name": "NonNeg", "config": {}}),
    ],
)
def test_what_has_an_effect_is_not_taken_out(
    kind: str, argument: str, value: object, tmp_path: Path
) -> None:
    def change(config: Any) -> None:
        for layer in config["config"]["layers"]:
            if layer["class_name"] == kind:
                layer["config"][argument] = value

    path = tmp_path / "old.h5"
    save_model_file(_of_keras_2(), path)
    _rewritten(path, change)
    with pytest.raises(ModelFileError, match="Keras cannot open"):
        open_model_file(path)


# ---- names


def test_odd_names_train_predict_and_go_through_files(tmp_path: Path) -> None:
    names = ["Conv1", "conv1", "9", "a.b-c", "tf.math.add_3", "x" * 64]
    layers = [L.Dense(3, name=name) for name in names]
    model = keras.Sequential([keras.Input((4,), name="Pixels"), *layers])
    network, built = _rebuilt(model)
    assert [layer.id for layer in network.layers] == ["Pixels", *names]
    built.compile("sgd", "mse")
    built.fit(sample_of((4,)), np.zeros((3, 3)), verbose=0)
    for ending in (".keras", ".h5"):
        path = tmp_path / f"model{ending}"
        save_model_file(built, path)
        opened = open_model_file(path, compiled=False)
        assert [layer.name for layer in opened.layers] == ["Pixels", *names]
        np.testing.assert_array_equal(
            opened.predict(sample_of((4,)), verbose=0), built.predict(sample_of((4,)), verbose=0)
        )


def test_names_that_keras_or_tensorflow_refuses_become_others() -> None:
    layers = [L.Dense(3, name=name) for name in ("a b", "a_b", "_c", "ä", "...", "d:0")]
    network, _ = network_from_model(keras.Sequential([keras.Input((4,)), *layers]))
    assert [layer.id for layer in network.layers] == [
        *("input", "a_b_2", "a_b", "c", "layer", "layer_2", "d_0")
    ]

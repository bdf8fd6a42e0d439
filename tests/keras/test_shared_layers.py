"""Models that use a layer in several places, or a layer that gives several tensors: only the part
that needs it is closed, it opens, trains and is saved with the same numbers to the last bit.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers as L  # noqa: N812 - as is usual

from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Network
from app.jobs.control import JobControl
from app.modeling.build import build_model
from app.modeling.errors import ModelingError
from app.modeling.model_files import open_model_file, save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)
from app.training.engine_room import EngineRoom
from tests.keras.foreign_models import again, kinds_of, output_of, sample_of
from tests.keras.small_runs import moons, request

Made = Callable[[], keras.Model]


def _chain() -> keras.Model:
    x, shared = keras.Input((6,)), L.Dense(6, activation="tanh", name="twice")
    y = shared(shared(L.Dense(6, name="before")(x)))
    return keras.Model(x, L.Dense(2, name="after")(y))


def _siamese() -> keras.Model:
    x, shared = keras.Input((6,)), L.Dense(4, activation="tanh", name="Twin")
    left, right = L.Dense(5, name="left")(x), L.Dense(5, name="right")(x)
    y = L.Subtract()([shared(left), L.LeakyReLU()(shared(right))])
    return keras.Model(x, L.Dense(1)(L.LeakyReLU()(y)))


def _residual() -> keras.Model:
    x, shared = keras.Input((6,)), L.Dense(6, name="shared")
    norm = L.BatchNormalization(name="norm")
    y = L.Add()([norm(shared(x)), x])
    y = L.Add()([norm(shared(y)), y, L.Dense(6, name="beside")(x)])
    return keras.Model(x, L.Dense(2)(y))


def _nested_twice() -> keras.Model:
    inner = keras.Sequential([keras.Input((3,)), L.Dense(4), L.ReLU(), L.Dense(2)], name="Tower")
    x = keras.Input((6,))
    y = L.Concatenate()([inner(L.Dense(3)(x)), inner(L.Dense(3)(x))])
    return keras.Model(x, L.Dense(2)(y))


def _within_a_model() -> keras.Model:
    inner, shared = keras.Input((6,)), L.Dense(5, name="shared")
    y = L.Add()([shared(inner), shared(L.ReLU()(inner))])
    model = keras.Model(inner, L.Dense(4, name="own")(y), name="inner")
    x = keras.Input((6,))
    return keras.Model(x, L.Dense(2)(model(L.Dense(6)(x))))


def _inside_and_outside() -> keras.Model:
    inner, shared = keras.Input((6,)), L.Dense(6, name="dense")
    model = keras.Model(inner, L.Dense(6, name="other")(shared(inner)))
    x = keras.Input((6,))
    y = L.Add()([model(x), L.Dense(6, name="other")(shared(x))])
    return keras.Model(x, L.Dense(2)(y))


def _wrapped_and_beside() -> keras.Model:
    x, shared = keras.Input((5, 4)), L.Dense(4, name="shared")
    y = L.Add()([L.TimeDistributed(shared, name="each")(x), shared(L.ReLU()(x))])
    return keras.Model(x, L.Dense(2)(L.Flatten()(y)))


def _two_apart() -> keras.Model:
    x, one, two = keras.Input((6,)), L.Dense(6, name="one"), L.Dense(5, name="two")
    y = L.Dense(5, name="between")(one(L.ReLU()(one(x))))
    return keras.Model(x, L.Dense(2)(two(two(y))))


def _interlocked() -> keras.Model:
    x, one, two = keras.Input((6,)), L.Dense(6, name="one"), L.Dense(6, name="two")
    return keras.Model(x, L.Dense(2)(two(one(two(one(x))))))


def _to_the_end() -> keras.Model:
    x, shared = keras.Input((6,)), L.Dense(6, name="siamese")
    return keras.Model(x, shared(shared(x)))


def _states() -> keras.Model:
    x = keras.Input((5, 4))
    whole, state = L.GRU(3, return_sequences=True, return_state=True, name="coder")(x)
    y = L.GRU(3, name="reader")(whole, initial_state=state)
    return keras.Model(x, L.Dense(2)(y))


def _first_of_three() -> keras.Model:
    x = keras.Input((5, 4))
    return keras.Model(x, L.Dense(1)(L.LSTM(3, return_state=True, name="long")(x)[0]))


def _masked() -> keras.Model:
    x, shared = keras.Input((6,)), L.LSTM(4, return_sequences=True, name="twice")
    y = L.Embedding(5, 4, mask_zero=True)(x)
    y = L.Add()([shared(y), shared(shared(y))])
    return keras.Model(x, L.Dense(2)(L.GRU(3)(y)))


def _partly_frozen() -> keras.Model:
    x, shared = keras.Input((6,)), L.Dense(6, name="twice", trainable=False)
    y = shared(L.Dense(6, name="free")(L.ReLU()(shared(x))))
    return keras.Model(x, L.Dense(2)(y))


def _of_any_size() -> keras.Model:
    inner, shared = keras.Input((None, None, 3)), L.Conv2D(3, 3, padding="same", name="conv")
    model = keras.Model(inner, shared(shared(L.MaxPooling2D()(inner))))
    x = keras.Input((8, 8, 3))
    return keras.Model(x, L.Dense(2)(L.GlobalAveragePooling2D()(model(x))))


OPEN: dict[str, tuple[Made, list[str]]] = {
    "chain": (_chain, ["Dense", "[Functional]", "Dense"]),
    "siamese": (_siamese, ["Dense", "Dense", "[Functional]", "LeakyReLU", "Dense"]),
    "residual": (_residual, ["Dense", "[Functional]", "Dense"]),
    "a model twice": (_nested_twice, ["Dense", "Dense", "[Functional]", "Dense"]),
    "within a model": (_within_a_model, ["Dense", "ReLU", "[Functional]", "Dense", "Dense"]),
    "two apart": (_two_apart, ["[Functional]", "Dense", "[Functional]", "Dense"]),
    "interlocked": (_interlocked, ["[Functional]", "Dense"]),
    "to the end": (_to_the_end, ["[Functional]"]),
    "states": (_states, ["[Functional]", "Dense"]),
    "the first of three outputs": (_first_of_three, ["[Functional]", "Dense"]),
    "masked": (_masked, ["Embedding", "[Functional]", "GRU", "Dense"]),
    "partly frozen": (_partly_frozen, ["[Functional]", "Dense"]),
    "of any size": (
        _of_any_size,
        ["MaxPooling2D", "[Functional]", "GlobalAveragePooling2D", "Dense"],
    ),
}


def _boxes(network: Network) -> list[str]:
    return [layer.id for layer in network.layers if layer.kind == CLOSED_KIND]


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize("name", OPEN)
def test_only_what_belongs_together_is_closed_and_it_trains_as_before(
    name: str, tmp_path: Path
) -> None:
    make, kinds = OPEN[name]
    keras.utils.set_random_seed(4)
    model = make()
    network = again(model, tmp_path)
    assert sorted(kinds_of(network)) == sorted(kinds)
    shape = model.input_shape[1:]
    built = build_model(network, shape, seed=9)
    before = weights_by_layer(model)
    set_weights_by_layer(built, before)
    assert built.count_params() == model.count_params()
    x = sample_of(shape)
    for one in (model, built):
        one.compile(keras.optimizers.SGD(0.1), "mse", run_eagerly=True)
        one.train_on_batch(x, np.ones((3, *model.output_shape[1:]), "float32"))
    theirs, ours = weights_by_layer(model), weights_by_layer(built)
    assert theirs.keys() == ours.keys()
    for layer, arrays in theirs.items():
        for one, other in zip(arrays, ours[layer], strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    moved = [(a != b).any() for n in ours for a, b in zip(before[n], ours[n], strict=True)]
    assert sum(moved) == len(built.trainable_weights) + len(_statistics(built))
    path = tmp_path / "trained.keras"
    save_model_file(built, path)
    np.testing.assert_array_equal(
        output_of(keras.saving.load_model(path, compile=False), x), output_of(built, x)
    )


def _statistics(model: keras.Model) -> list[keras.Variable]:
    return [w for w in model.weights if w.name.startswith("moving_")]


def test_a_layer_inside_a_model_and_outside_of_it_is_one_layer(tmp_path: Path) -> None:
    """Keras writes such a model into a file that it cannot read; in memory it opens."""
    model = _inside_and_outside()
    network, shape = network_from_model(model)
    assert kinds_of(network) == ["[Functional]", "Dense"]
    built = build_model(network, shape, seed=2)
    set_weights_by_layer(built, weights_by_layer(model))
    assert built.count_params() == model.count_params()
    x = sample_of(shape)
    np.testing.assert_array_equal(output_of(built, x), output_of(model, x))
    assert again(built, tmp_path) == network


def test_different_layers_with_the_same_weights_are_refused() -> None:
    with pytest.raises(ModelingError, match="layers each and shared are different, but use"):
        network_from_model(_wrapped_and_beside())


def test_what_shares_is_called_after_its_first_layer() -> None:
    assert _boxes(network_from_model(_two_apart())[0]) == ["one_part", "two_part"]
    assert _boxes(network_from_model(_nested_twice())[0]) == ["Tower_part"]


def test_the_engine_opens_trains_and_saves_a_model_that_shares(tmp_path: Path) -> None:
    x, shared = keras.Input((2,), name="Points"), L.Dense(3, activation="tanh", name="Twin")
    y = L.Concatenate()([shared(x), shared(L.Dense(2, name="Turn")(x))])
    foreign = keras.Model(x, L.Dense(1, activation="sigmoid", name="Out")(y))
    path, saved = tmp_path / "foreign.keras", tmp_path / "saved.keras"
    save_model_file(foreign, path)
    room, told = EngineRoom(), list[object]()
    opened = room.read_model(path)(told.append, JobControl())
    assert {layer.id for layer in opened.network.layers} == {"Points", "Turn", "Twin_part", "Out"}
    asked = replace(request(moons(opened.network, epochs=2)), kept=opened.kept)
    room.prepare(asked)(told.append, JobControl())
    room.save_model(saved)(told.append, JobControl())
    sample = sample_of((2,))
    np.testing.assert_array_equal(
        output_of(keras.saving.load_model(saved), sample), output_of(foreign, sample)
    )
    assert room.train(asked)(told.append, JobControl()).epoch == 2
    room.save_model(saved)(told.append, JobControl())
    before, after = weights_by_layer(foreign), weights_by_layer(open_model_file(saved))
    assert after.keys() == before.keys() == {"Turn", "Twin_part", "Out"}
    assert all(
        (a != b).any() for name in before for a, b in zip(before[name], after[name], strict=True)
    )

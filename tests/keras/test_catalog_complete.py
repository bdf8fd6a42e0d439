"""Every layer of the installed Keras is in the catalog, or left out for a reason that holds."""

import inspect

import keras
import numpy as np
import pytest

from app.core.layer_catalog import FAMILIES, LAYER_KINDS
from app.core.layer_kinds.left_out import LEFT_OUT
from app.modeling.build import keras_class


def test_every_layer_of_keras_is_a_kind_or_left_out_for_a_reason() -> None:
    known = {keras_class(name) for name in LAYER_KINDS}
    missing = {
        name
        for name, found in vars(keras.layers).items()
        if inspect.isclass(found) and found not in known
    }
    assert missing == set(LEFT_OUT)
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())


def test_there_are_more_kinds_than_asked_for_and_families_stand_together() -> None:
    assert len(LAYER_KINDS) > 120
    order = [FAMILIES.index(kind.family) for kind in LAYER_KINDS.values()]
    assert order == sorted(order)
    assert set(order) == set(range(len(FAMILIES)))


PICTURES = np.random.default_rng(1).uniform(size=(16, 8, 8, 3)).astype("float32")


def test_random_crop_is_left_out_as_long_as_its_shape_depends_on_training() -> None:
    crop = keras.layers.RandomCrop(5, 6)
    assert crop(keras.Input((8, 8, 3))).shape == (None, 5, 6, 3)
    assert crop(PICTURES, training=True).shape == (16, 5, 6, 3)
    assert crop(PICTURES, training=False).shape == (16, 8, 8, 3)


def test_equalization_is_left_out_as_long_as_no_model_can_hold_it() -> None:
    data = keras.Input((8, 8, 3))
    with pytest.raises(ValueError, match="cycle"):
        keras.Model(data, keras.layers.Equalization((0, 1))(keras.layers.Rescaling(1.0)(data)))


def test_hashed_crossing_is_left_out_as_long_as_it_refuses_floats() -> None:
    crossing = keras.layers.HashedCrossing(4)
    with pytest.raises(ValueError, match="integer or string dtype"):
        crossing((np.ones((2, 1), "float32"), np.ones((2, 1), "float32")))


@pytest.mark.parametrize("name", ["MixUp", "CutMix"])
def test_mixing_is_left_out_since_it_changes_samples_and_not_their_labels(name: str) -> None:
    mixed = getattr(keras.layers, name)(seed=3)(PICTURES, training=True)
    assert mixed.shape == PICTURES.shape
    assert not np.allclose(mixed, PICTURES)

"""Backbones: networks of `keras.applications` without their top, with weights from a file."""

from collections.abc import Callable
from pathlib import Path

import keras

from app.core.backbone_catalog import Backbone
from app.core.short_names import quoted
from app.modeling.build import settle_keras
from app.modeling.errors import ModelFileError, ModelingError, first_line
from app.modeling.given_weights import give_weights
from app.modeling.model_files import open_model_file, read_weights_file


def build_backbone(backbone: Backbone, side: int) -> keras.Model:
    """The network of `backbone` for pictures of `side`×`side`×3 up to its global average pooling,
    with random weights.

    Raises:
        ModelingError: when Keras cannot build it.
    """
    settle_keras()
    make = getattr(keras.applications, backbone.name)
    try:
        model: keras.Model = make(
            include_top=False, weights=None, input_shape=(side, side, 3), pooling="avg"
        )
    except (TypeError, ValueError, MemoryError) as error:
        raise ModelingError(
            f"Keras cannot build {backbone.name} for pictures of {side}×{side}: "
            f"{first_line(error)}",
            f"Pictures of at least {backbone.smallest}×{backbone.smallest}×3, and enough memory.",
            "Choose a larger picture, or a smaller network.",
        ) from error
    finally:
        settle_keras()
    return model


def read_backbone_weights(
    model: keras.Model, path: Path, *, stopping: Callable[[], bool] = lambda: False
) -> None:
    """Give `model` the weights in the file at `path`: weights alone (`.weights.h5`, or the `.h5` of
    `keras.applications` without the top), or a whole model (`.keras`, `.h5`) that has its layers.

    Raises:
        ModelFileError: when there is no such file, it is not safe, or the weights do not fit; the
            model is then as it was.
    """
    if path.suffix == ".keras":
        whole = open_model_file(path, compiled=False, stopping=stopping)
        _take_by_name(model, whole, path.name)
    else:
        read_weights_file(path, model, stopping=stopping)


def _take_by_name(model: keras.Model, whole: keras.Model, name: str) -> None:
    found = {layer.name: layer for layer in whole.layers}
    pairs = [(layer, found.get(layer.name)) for layer in model.layers if layer.weights]
    for layer, source in pairs:
        wanted = [tuple(w.shape) for w in layer.weights]
        if source is None or [tuple(w.shape) for w in source.weights] != wanted:
            raise ModelFileError(
                f"The weights in {quoted(name, 120)} do not fit: {layer.name} is "
                f"{'missing' if source is None else 'of another shape'}.",
                "Weights of the very same network.",
                "Choose the file of this network, or another network.",
            )
    for layer, source in pairs:
        if source is not None:
            give_weights(layer, source.get_weights())

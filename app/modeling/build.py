"""From a network to a Keras model."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, layer_kind
from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Layer, Network
from app.core.resolved_project import ResolvedLayer
from app.core.shape_inference import infer_network
from app.core.short_names import quoted
from app.modeling.closed_box import build_closed, call_closed
from app.modeling.errors import ModelingError, first_line
from app.modeling.keras_objects import arguments_from_options
from app.modeling.layers import RandomizedLeakyReLU

OWN_LAYERS: dict[str, type[keras.layers.Layer]] = {"RandomizedLeakyReLU": RandomizedLeakyReLU}
"""Our own layers by the name of their class."""


def keras_class(kind: str) -> type[keras.layers.Layer]:
    """The class of a kind of the layer catalog. Raises KeyError for an unknown kind."""
    module, _, name = LAYER_KINDS[kind].keras_class.rpartition(".")
    found: type[keras.layers.Layer]
    found = getattr(keras.layers, name) if module == "keras.layers" else OWN_LAYERS[name]
    return found


def keras_arguments(kind: str, given: FrozenMap) -> dict[str, Any]:
    """The keyword arguments of the layer's constructor, those not given with their defaults.

    Options are named as the arguments are, unless the kind translates them; an option that does
    not apply counts with its default (`app.modeling.keras_objects`).
    """
    arguments = arguments_from_options(LAYER_KINDS[kind].options, given)
    translate = LAYER_KINDS[kind].arguments
    return translate(arguments) if translate else arguments


def keras_layer(layer: Layer) -> keras.layers.Layer:
    """A new Keras layer, called `layer.id`, with the options of `layer`.

    Raises:
        ModelingError: for an unknown kind, or options that Keras refuses.
    """
    if layer.kind not in LAYER_KINDS:
        raise ModelingError(
            f"There is no kind of layer called {quoted(layer.kind)}.",
            "A network consists of the kinds in the list of layers.",
            f"Replace the layer {layer.id}.",
        )
    try:
        made = _made(layer)
        made.trainable = layer.trainable
        return made
    except (TypeError, ValueError, KeyError) as error:
        raise ModelingError(
            f"Keras refused the options of {layer.id}: {first_line(error)}",
            f"Options that a {layer.kind} layer takes.",
            f"Change the options of {layer.id}.",
        ) from error


def _made(layer: Layer) -> keras.layers.Layer:
    arguments = keras_arguments(layer.kind, layer.options)
    kind = LAYER_KINDS[layer.kind]
    if not kind.wraps:
        return keras_class(layer.kind)(name=layer.id, **arguments)
    own = {name: arguments.pop(name) for name in kind.wrapper_options}
    inside = keras_class(kind.wraps)(name=layer.id, **arguments)
    return keras_class(layer.kind)(inside, name=layer.id, **own)


def build_model(
    network: Network, input_shape: tuple[int, ...], seed: int, precision: str = "float32"
) -> keras.Model:
    """The functional Keras model of `network`; the names of its layers are the ids.

    The same network, shape and seed give bit-identical weights, and the same random numbers in
    layers that draw some. Seeds Python's, NumPy's and TensorFlow's random numbers.

    Args:
        input_shape: of one sample, without the batch axis.
        precision: a Keras dtype policy, such as "mixed_float16"; weights are float32 all the same,
            and so is what the network puts out.

    Raises:
        ModelingError: when the network cannot be built, or when Keras's shapes are not those that
            `app.core.shape_inference` foretold.
    """
    resolved, problems = infer_network(network, input_shape)
    for problem in problems:
        if problem.severity == "error":
            raise ModelingError(problem.happened, problem.expected, problem.how_to_fix)
    settle_keras()
    keras.utils.set_random_seed(seed)
    (end,) = (entry.id for entry in resolved if not network.outputs_of(entry.id))
    (source,) = (entry.id for entry in resolved if _makes_input(entry.layer))
    tensors: dict[str, Any] = {}
    for entry in resolved:
        feeding = [tensors[source] for source in network.inputs_of(entry.id)]
        with _dtype_policy("float32" if entry.id == end else precision):
            tensors[entry.id] = _output_of(entry, feeding)
        received = tuple(tensors[entry.id].shape[1:])
        if received != entry.output_shape:
            raise ModelingError(
                f"The output of {entry.id} has the shape {received} in Keras.",
                f"The shape {entry.output_shape} was foretold.",
                "Please report this: it is an error of LayerLab.",
            )
    with _dtype_policy(precision):  # a model of float16 gets an optimizer that scales its loss
        return keras.Model(tensors[source], tensors[end], name="network")


@contextmanager
def _dtype_policy(name: str) -> Iterator[None]:
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


def settle_keras() -> None:
    """Undo what a user's keras.json or an earlier job may have set; the policy is thread-local."""
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_dtype_policy("float32")


def _makes_input(layer: Layer) -> bool:
    kind = layer_kind(layer.kind)
    return kind is not None and kind.makes_input


def _output_of(entry: ResolvedLayer, feeding: list[Any]) -> Any:
    """The symbolic output of a new Keras layer fed by the tensors `feeding`."""
    layer = entry.layer
    if _makes_input(layer):
        return keras.Input(shape=entry.output_shape, name=layer.id)
    made = build_closed(layer) if layer.kind == CLOSED_KIND else keras_layer(layer)
    try:
        if layer.kind == CLOSED_KIND:
            return call_closed(made, layer, feeding)
        ports = LAYER_KINDS[layer.kind].ports
        if ports:
            return made(**dict(zip(ports, feeding, strict=False)))
        return made(feeding[0] if len(feeding) == 1 else feeding)
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise ModelingError(
            f"There is not enough memory for the weights of {layer.id}.",
            "All weights of a network must fit into memory.",
            f"Make {layer.id} smaller, or what feeds it.",
        ) from error
    except (TypeError, ValueError, tf.errors.OpError) as error:
        raise ModelingError(
            f"Keras cannot build {layer.id}: {first_line(error)}",
            f"An input shape and options that go together in a {layer.kind} layer.",
            f"Change the options of {layer.id}, or the layer before it.",
        ) from error

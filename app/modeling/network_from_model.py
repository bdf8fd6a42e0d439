"""From a Keras model back to a network, and the weights to go with it."""

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import keras
import numpy as np

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.layer_kinds.kind import LayerKind
from app.core.network import INPUT_KIND, Layer, Link, Network
from app.core.options import defaults
from app.core.shape_inference import infer_layer
from app.modeling.build import keras_class, keras_layer
from app.modeling.closed_box import closed_layer
from app.modeling.equal_configs import differences, settled
from app.modeling.errors import ModelingError, unsuited
from app.modeling.given_weights import give_weights
from app.modeling.keras_objects import options_from_config
from app.modeling.model_graph import Call, ModelGraph, graph_of
from app.modeling.model_steps import PartialShape, Port

Weights = Mapping[str, Sequence[np.ndarray]]
"""For each layer's id its arrays, in the order of `keras.layers.Layer.get_weights`."""

Shape = tuple[int, ...]


def network_from_model(
    model: keras.Model, input_shape: Shape | None = None
) -> tuple[Network, Shape]:
    """The network that `model` is, and the shape of one sample.

    Models inside it are taken apart. A layer that the catalog has no kind for, or whose options
    it cannot express, is a closed box. The ids are the names as far as they can be.

    Args:
        input_shape: of one sample, for a model that takes samples of any size; what the model
            says is stronger.

    Raises:
        ModelingError: says what in the model LayerLab cannot show.
    """
    graph = graph_of(model)
    shape = _input_shape(graph, input_shape)
    shapes = {graph.input_id: shape}
    first = Layer(id=graph.input_id, kind=INPUT_KIND, options=FrozenMap(shape=shape))
    layers, links = [first], []
    masked = any(call.masked for call in graph.calls)
    for call in graph.calls:
        coming = tuple(shapes[source] for source in call.sources)
        layer, ports = _merge(call, coming, masked) or _layer(call, coming)
        layers.append(layer)
        coming = tuple(coming[port] for port in ports)
        effect, problems = infer_layer(layer, coming)
        if effect.output_shape is None:
            what = problems[0].happened.rstrip(".") if problems else "nothing comes out"
            raise unsuited(f"{call.operation.name}: {what}", "Layers whose shapes meet.")
        shapes[layer.id] = effect.output_shape
        for number, port in enumerate(ports):
            links.append(Link(source=call.sources[port], target=layer.id, port=number))
    return Network(layers=tuple(layers), links=tuple(links)), shape


def weights_by_layer(model: keras.Model) -> dict[str, tuple[np.ndarray, ...]]:
    """Copies of the weights of each layer that has some, by the ids of `network_from_model`.

    Raises:
        ModelingError: when the model is no graph.
    """
    return {name: tuple(layer.get_weights()) for name, layer in _layers_with_weights(model)}


def set_weights_by_layer(model: keras.Model, weights: Weights) -> None:
    """Give the layers of `model` these weights: all of them, or none when one does not fit.

    Raises:
        ModelingError: when a layer with weights is missing, or is too many, or a shape differs.
    """
    targets = dict(_layers_with_weights(model))
    strangers = targets.keys() ^ weights.keys()
    if strangers:
        raise _misfit(f"only one of them has weights for {min(strangers)}")
    for name, layer in targets.items():
        wanted = [tuple(w.shape) for w in layer.weights]
        given = [tuple(w.shape) for w in weights[name]]
        if wanted != given:
            raise _misfit(f"{name} has weights of the shapes {wanted}, not {given}")
    for name, layer in targets.items():
        give_weights(layer, weights[name])


def _layers_with_weights(model: keras.Model) -> Iterator[tuple[str, keras.layers.Layer]]:
    return ((call.id, call.operation) for call in graph_of(model).calls if call.weighty)


def _misfit(what: str) -> ModelingError:
    return ModelingError(
        f"The weights do not go with the network: {what}.",
        "Weights of the very same network.",
        "Open the model together with its network.",
    )


def _input_shape(graph: ModelGraph, wished: Shape | None) -> Shape:
    said = graph.input_shape
    if not said:
        raise unsuited("its input is a single number", "An input with one axis at least.")
    if all(size is not None for size in said):
        return tuple(size or 0 for size in said)
    if wished is None:
        raise unsuited(
            f"its input may be of any size: {said}",
            "A fixed size of input.",
            "Choose data first; the model is then opened for samples of their shape.",
        )
    if len(wished) != len(said) or any(
        a is not None and a != b for a, b in zip(said, wished, strict=True)
    ):
        raise unsuited(
            f"it takes samples of the shape {said}, and the data have {wished}",
            "Data of a shape that the model takes.",
            "Choose data that go with the model.",
        )
    return wished


# ---- one layer


def _layer(call: Call, shapes: tuple[Shape, ...]) -> tuple[Layer, tuple[int, ...]]:
    """The layer of the network for a call, and for each of its ports the call's port."""
    for kind in _kinds().get(type(call.operation), ()):
        ports = _plain_ports(kind, call)
        if ports is None:
            continue
        coming = tuple(shapes[port] for port in ports)
        layer = _open_layer(kind, call, coming[0])
        if layer is not None and _foretold(layer, call, coming, shapes):
            return layer, ports
    return closed_layer(call, shapes), tuple(range(len(shapes)))


_MERGES = ("Add", "Subtract", "Multiply", "Maximum", "Minimum")
"""Operations on two tensors (keras.ops) that kinds of the catalog do too, under the same name."""


def _merge(
    call: Call, shapes: tuple[Shape, ...], masked: bool
) -> tuple[Layer, tuple[int, ...]] | None:
    """The layer that does what an operation does, such as x + y, and the call's ports; None when
    there is none.

    Args:
        masked: whether there are masks anywhere; a layer hands them on, an operation does not.
    """
    name, operation = type(call.operation).__name__, call.operation
    if name not in _MERGES or type(operation).__module__ != "keras.src.ops.numpy":
        return None
    ports = tuple(port.number for port in call.args if isinstance(port, Port))
    plain = len(ports) == len(call.args) == 2 and not call.kwargs and not masked
    if not plain or len(set(shapes)) > 1 or set(call.input_dtypes) != {"float32"}:
        return None
    options = defaults(LAYER_KINDS[name].options)
    return Layer(id=call.id, kind=name, options=options), ports


def _foretold(
    layer: Layer, call: Call, coming: tuple[Shape, ...], shapes: tuple[Shape, ...]
) -> bool:
    """Whether the rule of the layer's kind says of shape and weights what Keras says."""
    effect, _ = infer_layer(layer, coming)
    if effect.output_shape is None:
        return False
    if shapes == call.input_shapes and not _fits(effect.output_shape, call.output_shape):
        return False
    held = sum(math.prod(w.shape) for w in getattr(call.operation, "weights", ()))
    return bool((effect.parameters or 0) + effect.fixed_parameters == held)


def _fits(shape: Shape, said: PartialShape) -> bool:
    return len(shape) == len(said) and all(b in (None, a) for a, b in zip(shape, said, strict=True))


@cache
def _kinds() -> dict[type, tuple[LayerKind, ...]]:
    """By Keras's class; a wrapper has a kind for each that it may hold."""
    found: dict[type, tuple[LayerKind, ...]] = {}
    for name, kind in LAYER_KINDS.items():
        if not kind.makes_input:
            made = keras_class(name)
            found[made] = (*found.get(made, ()), kind)
    return found


def _plain_ports(kind: LayerKind, call: Call) -> tuple[int, ...] | None:
    """For each input of a layer of `kind` the port of the call that feeds it.

    None when the call says more than what comes in.
    """
    if kind.ports:
        return _named_ports(kind, call)
    if call.kwargs or len(call.args) != 1:
        return None
    (given,) = call.args
    if isinstance(given, Port) and kind.merge is None:
        return (given.number,)
    if isinstance(given, list | tuple) and kind.merge is not None:
        numbers = tuple(port.number for port in given if isinstance(port, Port))
        fewest, most = kind.inputs
        if len(numbers) == len(given) and fewest <= len(numbers) <= most:
            return numbers
    return None


def _named_ports(kind: LayerKind, call: Call) -> tuple[int, ...] | None:
    names = kind.ports
    if len(call.args) > len(names):
        return None
    given = dict(zip(names, call.args, strict=False)) | call.kwargs
    taken = names[: len(given)]
    if given.keys() != set(taken) or not kind.inputs[0] <= len(taken) <= kind.inputs[1]:
        return None
    ports = [given[name] for name in taken]
    if not all(isinstance(port, Port) for port in ports):
        return None
    return tuple(port.number for port in ports)


def _open_layer(kind: LayerKind, call: Call, shape: Shape) -> Layer | None:
    """The layer of `kind` that does the same with samples of `shape`, those of its first input;
    None when no options say all.
    """
    made = call.operation
    config = settled(kind, made.get_config(), shape)
    try:
        told = _inside(kind, config) if kind.wraps else config
        told = kind.options_from(told) if kind.options_from else told
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    options, strange = options_from_config(kind.options, told)
    if strange:
        return None
    layer = Layer(id=call.id, kind=kind.name, options=options, trainable=made.trainable)
    try:
        again = settled(kind, keras_layer(layer).get_config(), shape)
    except ModelingError:
        return None
    layer = layer.model_copy(update={"trainable": call.trainable})
    idle = {option.name for option in kind.options if not option.applies(options)}
    return layer if differences(config, again) <= idle else None


def _inside(kind: LayerKind, config: Mapping[str, Any]) -> dict[str, Any]:
    """What a wrapper's configuration says of itself and of the layer in it.

    Raises:
        ValueError: it holds a layer of another class than `kind` does.
        KeyError, TypeError: it holds none.
    """
    inner = config["layer"]
    if inner["class_name"] != keras_class(kind.wraps).__name__:
        raise ValueError("another layer inside")
    return {**inner["config"], **{name: config[name] for name in kind.wrapper_options}}

"""Closed boxes: layers and operations of Keras's own that are carried as what Keras wrote of them.

What a project or a model file says of one is weighed by the check of strangers' files each time
before Keras builds it.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

import keras

from app.core.frozen import FrozenMap
from app.core.layer_kinds.closed import CLOSED_KIND, LONGEST_CONFIG, shapes_text
from app.core.network import Layer
from app.modeling.errors import ModelingError, Refusal, first_line, unsuited
from app.modeling.model_file_config import check_call, check_layer
from app.modeling.model_graph import Call
from app.modeling.model_steps import Port

_MOST_INPUTS = 64
_SPARE_WEIGHTS = 2**20
"""The check's count of a layer's weights is an upper bound; by so many it may exceed them."""


def closed_layer(call: Call, input_shapes: Sequence[tuple[int, ...]]) -> Layer:
    """The layer of a network that carries what is called by `call` as a closed box.

    Raises:
        ModelingError: it is not Keras's own, or gives an output of no certain size.
    """
    operation = call.operation
    name = f"{operation.name}, a {type(operation).__name__},"
    if len(input_shapes) > _MOST_INPUTS:
        raise unsuited(f"{name} has {len(input_shapes)} inputs", f"At most {_MOST_INPUTS} inputs.")
    config, counts = _written(call)
    arguments = _plain({"args": list(call.args), "kwargs": call.kwargs})
    try:
        text = _json(config)
        called = _json(arguments)
        check_layer(text.encode())
        check_call(called.encode())
    except (Refusal, TypeError, ValueError) as error:
        why = error.why if isinstance(error, Refusal) else first_line(error)
        raise unsuited(
            f"{name} cannot be carried along ({why})", "Layers and operations of Keras's own."
        ) from None
    if len(text) > LONGEST_CONFIG:
        raise unsuited(f"{name} is described by {len(text):,} characters", "Smaller parts.")
    return Layer(
        id=call.id,
        kind=CLOSED_KIND,
        options=FrozenMap(
            class_name=type(operation).__name__,
            config=text,
            call=called,
            input_shapes=shapes_text(tuple(input_shapes)),
            output_shape=_output_shape(call, tuple(input_shapes), name),
            parameters=counts[0],
            fixed_parameters=counts[1],
        ),
        trainable=call.trainable,
    )


def build_closed(layer: Layer) -> Any:
    """A new Keras layer or operation from a closed box, called `layer.id`.

    Raises:
        ModelingError: the box is damaged or hostile, or Keras refuses it.
    """
    text, options = str(layer.options["config"]), layer.options
    try:
        facts = check_layer(text.encode("utf-8", "surrogatepass"))
        told = _number(options, "parameters") + _number(options, "fixed_parameters")
        if facts.weights is not None and facts.weights > 4 * told + _SPARE_WEIGHTS:
            raise Refusal(f"it needs {facts.weights:,} weights, but says {told:,}")
        config = json.loads(text)
        config["config"]["name"] = layer.id
        if not layer.trainable and "trainable" in config["config"]:
            config["config"]["trainable"] = False
        made = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Refusal as refusal:
        raise _damaged(layer, refusal.why) from None
    except Exception as error:  # whatever Keras stumbles over, the box is at fault
        raise _damaged(layer, first_line(error)) from error
    if not isinstance(made, keras.Operation):
        raise _damaged(layer, f"it holds a {type(made).__name__}")
    return made


def call_closed(made: Any, layer: Layer, feeding: Sequence[Any]) -> Any:
    """The symbolic output of a closed box fed by the tensors `feeding`.

    Raises:
        ModelingError: what it says of its call is damaged.
    """
    text = str(layer.options["call"])
    try:
        check_call(text.encode("utf-8", "surrogatepass"))
        arguments = _with_tensors(json.loads(text), feeding)
        args, kwargs = list(arguments["args"]), dict(arguments["kwargs"])
    except Refusal as refusal:
        raise _damaged(layer, refusal.why) from None
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise _damaged(layer, first_line(error)) from error
    return made(*args, **kwargs)


def _number(options: FrozenMap, name: str) -> int:
    value = options.get(name, 0)
    return value if isinstance(value, int) else 0


def _damaged(layer: Layer, why: str) -> ModelingError:
    return ModelingError(
        f"The closed box {layer.id} cannot be built: {why}.",
        "A layer of Keras's own, as it was written when the model's file was opened.",
        f"Remove {layer.id}, or open the model's file again.",
    )


# ---- what is carried


def _written(call: Call) -> tuple[dict[str, Any], tuple[int, int]]:
    """What Keras writes of the operation, and its weights: (trained, fixed).

    A frozen layer is described as if it were not: the network tells that it is, and its layer may
    be unfrozen.
    """
    operation = call.operation
    frozen = isinstance(operation, keras.layers.Layer) and not operation.trainable
    if frozen:
        operation.trainable = True
    try:
        config = keras.saving.serialize_keras_object(operation)
        trained = _count(getattr(operation, "trainable_weights", ()))
        fixed = _count(getattr(operation, "non_trainable_weights", ()))
    finally:
        if frozen:
            operation.trainable = False
    config.pop("compile_config", None)
    return config, (trained, fixed)


def _count(weights: Sequence[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _output_shape(
    call: Call, input_shapes: tuple[tuple[int, ...], ...], name: str
) -> tuple[int, ...]:
    shape = call.output_shape
    if call.input_shapes != input_shapes:
        tensors = [keras.KerasTensor((None, *shape)) for shape in input_shapes]
        arguments = _with_tensors({"args": list(call.args), "kwargs": call.kwargs}, tensors)
        try:
            spec = call.operation.compute_output_spec(*arguments["args"], **arguments["kwargs"])
            shape = tuple(spec.shape[1:])
        except Exception as error:
            raise unsuited(
                f"{name} does not take {' and '.join(map(str, input_shapes))} "
                f"({first_line(error, 120)})",
                "An input of the size that the model was made for.",
            ) from error
    if not shape or any(size is None for size in shape):
        raise unsuited(f"{name} gives an output of the shape {shape}", "Outputs of certain sizes.")
    return tuple(int(size or 0) for size in shape)


# ---- calls as JSON


def _plain(value: Any) -> Any:
    """A call's arguments with each port as {"port": number}, the rest as Keras writes it."""
    if isinstance(value, Port):
        return {"port": value.number}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return keras.saving.serialize_keras_object(value)


def _with_tensors(value: Any, tensors: Sequence[Any]) -> Any:
    """The arguments again, from ports or from JSON, with `tensors` in their places."""
    if isinstance(value, Port):
        return tensors[value.number]
    if isinstance(value, dict):
        if value.keys() == {"port"}:
            return tensors[value["port"]]
        if "class_name" in value:
            return keras.saving.deserialize_keras_object(value, safe_mode=True)
        return {name: _with_tensors(item, tensors) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_tensors(item, tensors) for item in value]
    return tuple(_with_tensors(item, tensors) for item in value) if type(value) is tuple else value

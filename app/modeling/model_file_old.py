"""How many weights the chain of layers in an old `.h5` file has."""

from collections.abc import Iterator
from typing import Any

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.network import INPUT_KIND, Layer, chain
from app.core.options import FlagOption, IntegerOption, Option, ShapeOption
from app.core.shape_inference import infer_network
from app.modeling.errors import Refusal
from app.modeling.keras_values import option_value

_ELSEWHERE = "; save it as .keras with Keras 3"


def weights_of_chain(root: dict[str, Any]) -> int:
    """The weights of all layers, by the rules of the catalog.

    Args:
        root: the parsed `model_config`, already weighed.

    Raises:
        Refusal: when the layers are no chain, or a kind or an option is not in the catalog.
    """
    config = root.get("config")
    nodes = config.get("layers") if isinstance(config, dict) else None
    if not isinstance(nodes, list) or not all(_is_layer(node) for node in nodes) or not nodes:
        raise Refusal("it has no list of layers")
    shape = _input_shape(nodes[0])
    layers = [Layer(id="input", kind=INPUT_KIND)]
    before: object = None
    for number, node in enumerate(nodes):
        sources = list(_sources(node.get("inbound_nodes")))
        if any(source != before for source in sources) or len(sources) > 1:
            raise Refusal(f"its layers are not one chain{_ELSEWHERE}")
        before = node["config"].get("name")
        if number > 0 or node["class_name"] != INPUT_KIND:
            layers.append(_layer(node, f"layer_{number}"))
    resolved, problems = infer_network(chain(layers), shape)
    for problem in problems:
        if problem.severity == "error":
            raise Refusal(f"its layers do not fit: {problem.title}"[:200])
    return sum((entry.parameters or 0) + entry.fixed_parameters for entry in resolved)


def _is_layer(node: object) -> bool:
    return (
        isinstance(node, dict)
        and isinstance(node.get("class_name"), str)
        and isinstance(node.get("config"), dict)
    )


def _input_shape(node: dict[str, Any]) -> tuple[int, ...]:
    config = node["config"]
    shape = config.get("batch_shape", config.get("batch_input_shape"))
    if not isinstance(shape, list) or not 2 <= len(shape) <= 8:
        raise Refusal(f"it does not say what shape comes in{_ELSEWHERE}")
    sizes = tuple(size for size in shape[1:] if isinstance(size, int) and size > 0)
    if len(sizes) != len(shape) - 1:
        raise Refusal(f"it takes input of any size{_ELSEWHERE}")
    return sizes


def _sources(value: object) -> Iterator[object]:
    """The names of the layers that `inbound_nodes` name, as Keras 2 and 3 write them."""
    if isinstance(value, dict):
        history = value.get("keras_history")
        if isinstance(history, list) and history:
            yield history[0]
        else:
            for inner in value.values():
                yield from _sources(inner)
    elif isinstance(value, list):
        if len(value) >= 3 and isinstance(value[0], str):
            yield value[0]
        else:
            for inner in value:
                yield from _sources(inner)


def _layer(node: dict[str, Any], layer_id: str) -> Layer:
    name = node["class_name"].rpartition(">")[2]
    kind = LAYER_KINDS.get(name)
    if kind is None:
        raise Refusal(f"it has the layer {name!r:.60}, not one of LayerLab's list{_ELSEWHERE}")
    config = node["config"]
    if config.get("data_format", "channels_last") not in (None, "channels_last"):
        raise Refusal(f"its pictures have their channels first{_ELSEWHERE}")
    options = {}
    for option in kind.options:
        if option.name in config and _counts(option):
            value = option_value(option, config[option.name])
            complaint = option.check(value)
            if complaint:
                raise Refusal(f"a {name} in it is odd: {complaint.rstrip('.')}"[:200])
            options[option.name] = value
    return Layer(id=layer_id, kind=name, options=FrozenMap(options))


def _counts(option: Option) -> bool:
    """Whether shapes or weights depend on it."""
    return isinstance(option, IntegerOption | ShapeOption | FlagOption) or option.name == "padding"

"""The configuration of a model in a file: read as JSON, and every word of it weighed."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from app.core.short_names import quoted
from app.modeling.errors import Refusal
from app.modeling.model_file_classes import (
    APPLICATION_LAYERS,
    COMPILED_PARTS,
    CONTAINERS,
    COUNTS,
    FUNCTIONS,
    LAYER_MODULE,
    LAYERS_LEFT_OUT,
    OPERATIONS,
    OWN_LAYERS,
    OWN_PACKAGE,
    PARTS,
    WEIGHTLESS,
    Shape,
    words,
)
from app.modeling.model_file_crashes import refuse_what_ends_the_process
from app.modeling.model_file_graph import check_graph

MOST_LAYERS = 1000
LARGEST_LAYER = 2**20
"""Bytes of the configuration of one layer, those inside it included."""
LONGEST_CALL = 10_000
MOST_VALUES = 400_000
DEEPEST = 60
LONGEST_TEXT = 256
LARGEST_INTEGER = 2**31 - 1
LARGEST_NUMBER = 3.4e38
MOST_METRIC_ENTRIES = 10_000_000
"""What the whole numbers of a metric may multiply to: they make tables of thresholds."""

_INDICES = {"__slice__": {"start", "stop", "step"}, "__ellipsis__": set[str]()}
"""Parts of an index, and what they consist of."""
_NODE_KEYS = words("""
    module class_name config registered_name build_config compile_config name inbound_nodes
    shared_object_id
""")
_FREE_INTEGERS = words("seed shared_object_id random_seed")
_FILE_KEYS = words("filepath file filename path url origin vocabulary cache_dir cache_subdir")
_POLICIES = [
    {"name": name}
    for name in (
        *("float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16"),
        *("int32", "int64"),
    )
]
_OLD_NAMES = {"GroupedQueryAttention": "GroupQueryAttention"}
"""Layers that have another name in old files."""
_OWN_NAMES = frozenset(f"{OWN_PACKAGE}>{name}" for name in OWN_LAYERS)
_PLAIN = re.compile(r"[ -~]*")
_FORBIDDEN = re.compile(r"[/\\<>]")
_EQUATION = re.compile(r"[a-zA-Z.,>\-]{1,64}")
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")


@dataclass(frozen=True)
class ConfigFacts:
    """What is known of a checked configuration.

    Attributes:
        layers: number of layers, those inside others included.
        weights: how many numbers Keras will make for them, at most; None where an old file does not
            tell.
        compiled: whether what it says of loss, metrics and optimizer may be used. A loss of its
            maker's own, say, is no reason to refuse the layers: they are opened without it.
    """

    layers: int
    weights: int | None
    compiled: bool = False


def check_metadata(content: bytes) -> None:
    """Refuse a `metadata.json` that is not a few short texts. Raises Refusal."""
    metadata = _parse(content, "metadata.json")
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise Refusal("its metadata.json is not a list of texts")
    for text in (*metadata, *metadata.values()):
        if len(text) > LONGEST_TEXT or not _PLAIN.fullmatch(text):
            raise Refusal("its metadata.json holds odd characters")


def check_config(content: bytes) -> ConfigFacts:
    """Weigh a `config.json` as Keras 3 writes it.

    Raises:
        Refusal: names the first thing in it that is not allowed.
    """
    root = _parse(content, "config.json")
    compiled = root.pop("compile_config", None) if isinstance(root, dict) else None
    walk = _Walk()
    walk.node(_model(root), compiled=False)
    return ConfigFacts(walk.layers, walk.weights, compiled is not None and _harmless(compiled))


def _harmless(compiled: object) -> bool:
    try:
        check_values(compiled)
        _Walk()._values(compiled, compiled=True)
    except Refusal:
        return False
    return True


def check_layer(content: bytes) -> ConfigFacts:
    """Weigh what Keras wrote of one layer or operation.

    Raises:
        Refusal: names the first thing in it that is not allowed.
    """
    if len(content) > LARGEST_LAYER:
        raise Refusal("its configuration is longer than that of any sensible layer")
    root = _parse(content, "configuration")
    check_values(root)
    walk = _Walk()
    if not isinstance(root, dict):
        raise Refusal("it does not describe a layer")
    walk.node(root, compiled=False)
    if not walk.is_operation(root):
        raise Refusal("it does not describe a layer")
    return ConfigFacts(walk.layers, walk.weights)


def check_call(content: bytes) -> None:
    """Weigh the arguments of a call: plain values, slices, and ports in the place of tensors.

    Raises:
        Refusal: names the first thing in it that is not allowed.
    """
    if len(content) > LONGEST_CALL:
        raise Refusal("its call is longer than any sensible one")
    root = _parse(content, "call")
    check_values(root)
    if not isinstance(root, dict) or root.keys() != {"args", "kwargs"}:
        raise Refusal("its call is damaged")
    for value in _every_dict(root):
        if "class_name" in value:
            _check_index(value)


def check_old_config(content: bytes) -> ConfigFacts:
    """Weigh the `model_config` of an `.h5` file, which does not tell the shapes of its layers.

    So the weights are not counted here, but by Keras before it makes them (`model_files`).

    Raises:
        Refusal: names the first thing in it that is not allowed.
    """
    root = _model(_parse(content, "model_config"))
    walk = _Walk(old=True)
    walk.node(root, compiled=False)
    return ConfigFacts(walk.layers, None)


def _model(root: object) -> dict[str, Any]:
    check_values(root)
    if isinstance(root, dict):
        kind = root.get("class_name")
        if isinstance(kind, str) and kind in CONTAINERS["keras"]:
            return root
    raise Refusal("it does not describe a Sequential or functional model")


def _parse(content: bytes, name: str) -> Any:
    """The JSON in `content`, as Keras's own reader would see it, and unambiguous."""
    if b"\0" in content or content.startswith(b"\xef\xbb\xbf"):
        raise Refusal(f"its {name} is not plain UTF-8")
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_int=_short_integer,
        )
    except UnicodeDecodeError:
        raise Refusal(f"its {name} is not plain UTF-8") from None
    except RecursionError:
        raise Refusal(f"its {name} is nested too deeply") from None
    except ValueError:
        raise Refusal(f"its {name} is damaged") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Refusal("its configuration says two things under one name")
    return made


def _no_constant(text: str) -> NoReturn:
    raise Refusal(f"its configuration holds {text}, which is no number")


def _short_integer(text: str) -> int:
    if len(text) > 20:
        raise Refusal("its configuration holds a number out of bounds")
    return int(text)


def check_values(root: object) -> None:
    """Every text, number and nesting of a parsed JSON within bounds. Raises Refusal."""
    waiting: list[tuple[str, object, int]] = [("", root, 0)]
    count = 0
    while waiting:
        key, value, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise Refusal("its configuration is nested too deeply")
        if count > MOST_VALUES:
            raise Refusal("its configuration is longer than that of any sensible model")
        if isinstance(value, str):
            _check_text(key, value)
        elif isinstance(value, (int, float)):
            _check_number(key, value)
        elif isinstance(value, dict):
            _check_not_left_out(value)
            for name, inner in value.items():
                _check_text("", name)
                waiting.append((name, inner, depth + 1))
        elif isinstance(value, list):
            waiting += ((key, inner, depth + 1) for inner in value)


def _check_not_left_out(node: dict[str, Any]) -> None:
    """Refuse a layer that runs code or reads files, or one of somebody else's, for this reason and
    not for a text within it.
    """
    name, package = node.get("class_name"), node.get("registered_name")
    if not isinstance(name, str):
        return
    if name in LAYERS_LEFT_OUT and node.get("module", LAYER_MODULE) == LAYER_MODULE:
        raise Refusal(f"it names {LAYER_MODULE}.{name}, which {LAYERS_LEFT_OUT[name]}")
    foreign = next((t for t in (package, name) if isinstance(t, str) and ">" in t), None)
    if foreign is not None and foreign not in _OWN_NAMES:
        raise Refusal(
            f"it names {foreign!a:.80}, a class of its maker's own, whose code is not in it"
        )


def _check_text(key: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise Refusal(f"a text in its configuration has {len(text):,} characters")
    if not _PLAIN.fullmatch(text):
        raise Refusal(f"a text in its configuration has odd characters: {text!a:.60}")
    if key in _FILE_KEYS:
        raise Refusal(f"its configuration names a file: {quoted(text)}")
    allowed = (key == "equation" and _EQUATION.fullmatch(text)) or (
        key in ("registered_name", "class_name") and text in _OWN_NAMES
    )
    if _FORBIDDEN.search(text) and not allowed:
        raise Refusal(f"a text in its configuration is a path or markup: {quoted(text)}")


def _check_number(key: str, value: int | float) -> None:
    if isinstance(value, float):
        if not math.isfinite(value) or abs(value) > LARGEST_NUMBER:
            raise Refusal(f"{quoted(key, 40)} in its configuration is {value:g}, out of bounds")
    elif abs(value) > LARGEST_INTEGER and (key not in _FREE_INTEGERS or abs(value) > 2**63):
        raise Refusal(f"{quoted(key, 40)} in its configuration is {value:,}, out of bounds")


class _Walk:
    """Goes through the objects of a configuration and adds up layers and weights.

    `old`: whether modules may be missing and weights cannot be counted, as in an `.h5` file.
    """

    def __init__(self, old: bool = False) -> None:
        self._old = old
        self.layers = 0
        self.weights = 0
        self.calls = 0

    def node(self, node: dict[str, Any], compiled: bool) -> None:
        """One object: a model, a layer, an initializer, an optimizer ...

        `compiled`: whether it stands in the part that says how the model was compiled.
        """
        unknown = node.keys() - _NODE_KEYS
        if unknown:
            raise Refusal(f"an object in it has the unknown part {quoted(min(unknown))}")
        module, name = node.get("module"), node.get("class_name")
        if not isinstance(name, str):
            raise Refusal("an object in it has no class")
        if self._old and "module" not in node:
            module, name, node = _completed(name, node)
        if name in _INDICES:
            _check_index(node)
        elif name == "function":
            self._function(node)
        elif name == "__keras_tensor__":
            self._values(node.get("config"), compiled)
        elif not isinstance(module, str):
            raise Refusal(f"the object {quoted(name)} in it does not say where its class is from")
        elif self._is_layer(module, name, node.get("registered_name")):
            self._layer(node, name)
        elif self._is_plain_operation(node):
            self._layer(node, name, counted=False)
        elif name in (COMPILED_PARTS if compiled else PARTS).get(module, ()):
            self._part(node, module, name, compiled)
        else:
            raise Refusal(
                f"it names {module}.{name}"[:160] + ", which is no layer of Keras or LayerLab"
            )

    def is_operation(self, node: dict[str, Any]) -> bool:
        """Whether it is a layer, a model or an operation, all of them allowed."""
        module, name = node.get("module"), node.get("class_name")
        if not isinstance(module, str) or not isinstance(name, str):
            return False
        known = self._is_layer(module, name, node.get("registered_name"))
        return known or self._is_plain_operation(node)

    def _is_plain_operation(self, node: dict[str, Any]) -> bool:
        module, name = str(node.get("module")), node.get("class_name")
        plain = name in OPERATIONS.get(module, ()) and node.get("registered_name") in (None, name)
        if plain and node.keys() & {"build_config", "compile_config"}:
            raise Refusal(f"the operation {name} in it pretends to be a layer")
        return plain

    def _is_layer(self, module: str, name: str, registered: object) -> bool:
        if name in CONTAINERS.get(module, ()):
            return True
        if module == LAYER_MODULE and registered in (None, name):
            return name in COUNTS or name in WEIGHTLESS
        if name in APPLICATION_LAYERS.get(module, ()) and registered in (None, name):
            return True
        return (
            name in OWN_LAYERS
            and registered == f"{OWN_PACKAGE}>{name}"
            and _MODULE.fullmatch(module) is not None
        )

    def _function(self, node: dict[str, Any]) -> None:
        name, module = node.get("config"), node.get("module")
        known = name in FUNCTIONS if isinstance(name, str) else False
        if not known or module not in (
            "builtins",
            "keras.activations",
            "keras.losses",
            "keras.metrics",
        ):
            raise Refusal(f"it names the function {module}.{name}"[:160])
        if node.get("registered_name") not in (None, "function", name):
            raise Refusal(f"it names the function {quoted(node['registered_name'], 80)}")

    def _layer(self, node: dict[str, Any], name: str, counted: bool = True) -> None:
        self.layers += 1
        if self.layers > MOST_LAYERS:
            raise Refusal(f"it has more than {MOST_LAYERS:,} layers")
        config = node.get("config")
        if not isinstance(config, dict):
            raise Refusal(f"a {name} in it has no configuration")
        calls = node.get("inbound_nodes") or []
        if not isinstance(calls, list):
            raise Refusal(f"a {name} in it is used in an odd way")
        self.calls += len(calls)
        if self.calls > 2 * MOST_LAYERS:
            raise Refusal("its layers are used too many times")
        refuse_what_ends_the_process(name, node)
        self._values(config, compiled=False)
        self._values(calls, compiled=False)
        self._values(node.get("build_config"), compiled=False)
        self._values(node.get("compile_config"), compiled=True)
        if name in CONTAINERS["keras"] and counted:
            check_graph(config)
        count = APPLICATION_LAYERS.get(str(node.get("module")), COUNTS).get(name)
        if count is not None and counted and not self._old:
            counts = [count(config, shape) for shape in _shapes(node.get("build_config"))]
            if not counts:
                raise Refusal(f"a {name} in it does not say for which shape it was made")
            self.weights += max(counts)

    def _part(self, node: dict[str, Any], module: str, name: str, compiled: bool) -> None:
        if node.get("registered_name") not in (None, name):
            raise Refusal(f"it names the foreign class {quoted(node['registered_name'], 80)}")
        if node.keys() & {"build_config", "compile_config", "inbound_nodes"}:
            raise Refusal(f"the {name} in it pretends to be a layer")
        config = node.get("config")
        self._values(config, compiled)
        if name.endswith("DTypePolicy") and config not in _POLICIES:
            raise Refusal("it computes with numbers of an unusual kind")
        if module == "keras.metrics":
            sizes = [v for v in _integers(config) if v > 1]
            if math.prod(sizes) > MOST_METRIC_ENTRIES:
                raise Refusal(f"the metric {name} in it is too large")

    def _values(self, value: object, compiled: bool) -> None:
        """Whatever a configuration holds; the objects in it are weighed."""
        if isinstance(value, dict):
            if "class_name" in value:
                self.node(value, compiled)
            else:
                for inner in value.values():
                    self._values(inner, compiled)
        elif isinstance(value, list):
            for inner in value:
                self._values(inner, compiled)


def _completed(name: str, node: dict[str, Any]) -> tuple[str | None, str, dict[str, Any]]:
    """Where a class of an old file is from, which does not say so."""
    package, _, bare = name.rpartition(">")
    if package == OWN_PACKAGE and bare in OWN_LAYERS:
        return OWN_PACKAGE, bare, {**node, "registered_name": name}
    name = _OLD_NAMES.get(name, name)
    if name in COUNTS or name in WEIGHTLESS:
        return LAYER_MODULE, name, node
    homes = (module for module, names in (CONTAINERS | PARTS).items() if name in names)
    return next(homes, None), name, node


def _check_index(node: dict[str, Any]) -> None:
    """A slice or an ellipsis. Raises Refusal when it is something else."""
    name, config = node.get("class_name"), node.get("config")
    parts = _INDICES.get(name) if isinstance(name, str) else None
    if parts is None:
        raise Refusal(f"its call names {quoted(name)}")
    plain = isinstance(config, dict) and config.keys() == parts
    numbers = config.values() if isinstance(config, dict) else ()
    if (
        not plain
        or node.keys() - {"class_name", "config"}
        or not all(value is None or type(value) is int for value in numbers)
    ):
        raise Refusal("an index in it is damaged")


def _every_dict(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _every_dict(one)


def _integers(value: object) -> Iterator[int]:
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _integers(inner)


def _shapes(build_config: object) -> Iterator[Shape]:
    """The shapes that a layer is built with."""
    if not isinstance(build_config, dict):
        return
    shapes = [build_config.get("input_shape")]
    if shapes == [None]:
        named = build_config.get("shapes_dict")
        shapes = list(named.values()) if isinstance(named, dict) else []
    for shape in shapes:
        if isinstance(shape, list) and shape and all(isinstance(s, list) for s in shape):
            yield from map(_shape, shape)
        else:
            yield _shape(shape)


def _shape(shape: object) -> Shape:
    if not isinstance(shape, list) or not 1 <= len(shape) <= 8:
        raise Refusal("a layer in it was made for something that is no shape")
    for size in shape:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
            raise Refusal("a layer in it was made for something that is no shape")
    return tuple(shape)

"""Model files made by hand, byte by byte, without Keras: one honest, the others hostile or broken.

`HOSTILE` and `HOSTILE_OLD` hold for each name a function that makes the bytes, and what the
refusal has to say.
"""

import copy
import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import h5py
import numpy as np

Json = dict[str, Any]
Members = list[tuple[str, bytes]]
Change = Callable[[h5py.File], object]
Maker = tuple[Callable[[], bytes], str]

# ---- the honest model, as Keras 3.15 writes it


def part(module: str, class_name: str, /, **config: Any) -> Json:
    return {"module": module, "class_name": class_name, "config": config} | {
        "registered_name": None
    }


def layer(class_name: str, built: Any = None, /, **config: Any) -> Json:
    policy = part("keras", "DTypePolicy", name="float32") | {"shared_object_id": 140012510380240}
    made = part("keras.layers", class_name, **({"trainable": True, "dtype": policy} | config))
    return made if built is None else made | {"build_config": {"input_shape": built}}


def dense(inputs: int = 4, units: Any = 8, **config: Any) -> Json:
    plain: Json = {
        "name": f"dense_{inputs}",
        "units": units,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": part("keras.initializers", "GlorotUniform", seed=None),
        "bias_initializer": part("keras.initializers", "Zeros"),
        "kernel_regularizer": part("keras.regularizers", "L2", l2=0.01),
    }
    return layer("Dense", [None, inputs], **(plain | config))


def own_layer() -> Json:
    made = part("app.modeling.layers", "RandomizedLeakyReLU", name="r", lower=0.1, upper=0.3)
    return made | {"registered_name": "LayerLab>RandomizedLeakyReLU"}


def function(module: str, name: str) -> Json:
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def config(*layers: Any, **changes: Any) -> Json:
    chosen = layers or (dense(), own_layer(), dense(8, 2))
    first = part("keras.layers", "InputLayer", batch_shape=[None, 4], dtype="float32", name="i")
    made: Json = {
        "module": "keras",
        "class_name": "Sequential",
        "config": {"name": "m", "trainable": True, "layers": [first, *chosen]},
        "registered_name": None,
        "build_config": {"input_shape": [None, 4]},
        "compile_config": {
            "optimizer": part("keras.optimizers", "Adam", learning_rate=0.001, name="adam"),
            "loss": function("builtins", "mean_squared_error"),
            "metrics": ["mae", part("keras.metrics", "AUC", num_thresholds=200)],
        },
    }
    return made | changes


def _arrays(file: h5py.File, root: str) -> None:
    for name, shape in (("dense", (4, 8)), ("dense_1", (8, 2))):
        variables = file.create_group(f"{root}/{name}/vars")
        variables.attrs["name"] = name
        variables["0"] = np.linspace(-1.0, 1.0, shape[0] * shape[1], dtype="f4").reshape(shape)
        variables["1"] = np.zeros(shape[1:], "f4")


def weights(change: Change | None = None, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", **options) as file:
        _arrays(file, "layers")
        file["optimizer/vars/0"] = np.int64(3)
        if change is not None:
            change(file)
    return buffer.getvalue()


METADATA = json.dumps({"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}).encode()


def members(
    text: Json | bytes | None = None, stored: bytes | None = None, metadata: bytes = METADATA
) -> Members:
    content = text if isinstance(text, bytes) else json.dumps(text or config()).encode()
    return [
        ("metadata.json", metadata),
        ("config.json", content),
        ("model.weights.h5", weights() if stored is None else stored),
    ]


def packed(parts: Members, compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", compression) as archive:
        warnings.simplefilter("ignore")  # of zipfile, that a name is there twice
        for name, content in parts:
            archive.writestr(name, content)
    return buffer.getvalue()


def model(text: Json | bytes | None = None, change: Change | None = None) -> bytes:
    return packed(members(text, weights(change) if change else None))


def old_model(
    *layers: Any, change: Change | None = None, made: Json | None = None, **changes: Any
) -> bytes:
    """An `.h5` file as Keras writes it still: its layers tell neither module nor shape."""
    chosen = copy.deepcopy(made or config(*layers, **changes))
    inner = chosen.get("config")
    nodes = inner.get("layers") if isinstance(inner, dict) else None
    for node in nodes if isinstance(nodes, list) else ():
        if not isinstance(node, dict):
            continue
        for name in ("module", "build_config"):
            node.pop(name, None)
        if node.get("registered_name"):
            node["class_name"] = node["registered_name"]
        node.pop("registered_name", None)
    for name in ("module", "registered_name", "build_config", "compile_config"):
        chosen.pop(name, None)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["model_config"] = json.dumps(chosen)
        file.attrs["keras_version"] = "3.15.1"
        _arrays(file, "model_weights")
        if change is not None:
            change(file)
    return buffer.getvalue()


# ---- configurations


def _node(module: Any, name: Any, inner: Any = None) -> Json:
    return {"module": module, "class_name": name, "config": {} if inner is None else inner} | {
        "registered_name": None
    }


def _lambda(code: Any) -> Json:
    return layer("Lambda", name="l", function=code, arguments={})


CODE = _node("builtins", "__lambda__", {"value": "4wEAAAAAAAAA", "defaults": None})
LONG_CODE = _node("builtins", "__lambda__", {"value": "4wEAAA//\n" * 60, "defaults": None})
DEEP = json.dumps(config()).replace('"m"', "[" * 100 + "]" * 100).encode()
VERY_DEEP = b"[" * 100_000 + b"]" * 100_000
WIDE = json.dumps(config(layer("Softmax", name="s", axis=[1] * 500_000))).encode()


def _text(old: str, new: str) -> bytes:
    before = json.dumps(config())
    assert old in before
    return before.replace(old, new).encode()


def _without_shape() -> Json:
    made = dense()
    del made["build_config"]
    return made


def _calls() -> Json:
    node: Json = {"args": [], "kwargs": {}}
    return layer("ReLU", name="r") | {"inbound_nodes": [node] * 5000}


def _fed(name: str, *sources: str) -> Json:
    """A layer of a functional model that is fed by others."""
    histories = [
        {
            "class_name": "__keras_tensor__",
            "config": {"shape": [None, 4], "dtype": "float32", "keras_history": [source, 0, 0]},
        }
        for source in sources
    ]
    made = layer("Add", name=name) | {"name": name}
    return made | {"inbound_nodes": [{"args": [histories], "kwargs": {}}]}


def graph(*layers: Json, **changes: Any) -> Json:
    """A functional model of these layers, from the input `i` to the last one."""
    made = config(*layers)
    made["class_name"], made["module"] = "Functional", "keras.src.models.functional"
    for node in made["config"]["layers"]:
        node.setdefault("name", node["config"]["name"])
        node.setdefault("inbound_nodes", [])
    last = made["config"]["layers"][-1]["name"]
    made["config"] |= {"input_layers": ["i", 0, 0], "output_layers": [last, 0, 0]}
    return made | {"registered_name": "Functional"} | changes


def _nested(depth: int) -> Any:
    """Models inside models, so many of them."""
    made: Any = dense(name="innermost")
    for number in range(depth):
        made = config(made)
        made["config"]["name"] = f"m{number}"
    return made


def operation(module: str, name: str, /, *arguments: Any, **inner: Any) -> Json:
    """An operation on the input of a functional model."""
    fed = _fed("o", "i")["inbound_nodes"][0]["args"][0]
    made = part(f"keras.src.ops.{module}", name, name="o", **inner)
    made |= {"registered_name": name, "name": "o"}
    return made | {"inbound_nodes": [{"args": [*fed, *arguments], "kwargs": {}}]}


def index(**parts: Any) -> Json:
    return {"class_name": "__slice__", "config": {"start": None, "stop": 1, "step": None} | parts}


GRAPHS: dict[str, tuple[Callable[[], Json | bytes], str]] = {
    "circle of calls": (lambda: graph(_fed("a", "i", "b"), _fed("b", "a")), "in a circle"),
    "layer that feeds itself": (lambda: graph(_fed("a", "i", "a")), "in a circle"),
    "circle of a thousand": (
        lambda: graph(*(_fed(f"l{n}", f"l{(n + 1) % 900}") for n in range(900))),
        "in a circle",
    ),
    "fed by a layer that is not there": (lambda: graph(_fed("a", "ghost")), "fed by 'ghost'"),
    "fed by a layer of another model": (
        lambda: graph(graph(_fed("inner", "i")), _fed("a", "inner")),
        "fed by 'inner'",
    ),
    "two layers of one name": (
        lambda: graph(_fed("a", "i"), _fed("a", "i")),
        "two layers called 'a'",
    ),
    "two layers of one name inside": (
        lambda: config(config(dense(name="a"), dense(8, 8, name="a"))),
        "two layers called 'a'",
    ),
    "models forty deep": (lambda: json.dumps(_nested(40)).encode(), "nested too deeply"),
    "models a thousand deep": (
        lambda: (
            b'{"module":"keras","class_name":"Sequential","config":{"name":"m","layers":[' * 1000
            + json.dumps(dense()).encode()
            + b']},"registered_name":null}' * 1000
        ),
        "nested too deeply",
    ),
    "model without a list of layers": (
        lambda: graph() | {"config": {"name": "m", "layers": {"a": 1}}},
        "no list of layers",
    ),
    "layer without a name": (
        lambda: config(part("keras.layers", "ReLU")),
        "no name",
    ),
    "operation that runs code": (
        lambda: graph(operation("core", "Map", function("builtins", "relu"))),
        "keras.src.ops.core.Map",
    ),
    "operation that loops": (
        lambda: graph(operation("core", "WhileLoop")),
        "keras.src.ops.core.WhileLoop",
    ),
    "operation from elsewhere": (
        lambda: graph(part("keras.src.ops.evil", "Add", name="o") | {"registered_name": "Add"}),
        "keras.src.ops.evil.Add",
    ),
    "operation under a foreign name": (
        lambda: graph(operation("numpy", "Add", 1) | {"registered_name": "Payload"}),
        "keras.src.ops.numpy.Add",
    ),
    "operation that pretends to be a layer": (
        lambda: graph(operation("numpy", "Add", 1) | {"build_config": {"input_shape": [1, 4]}}),
        "pretends to be a layer",
    ),
    "array as an argument": (
        lambda: graph(
            operation("numpy", "Add", _node("numpy", "__numpy__", {"value": [1], "dtype": "O"}))
        ),
        "numpy.__numpy__",
    ),
    "text for an index": (
        lambda: graph(operation("numpy", "GetItem", index(stop="1"))),
        "index in it is damaged",
    ),
    "object for an index": (
        lambda: graph(operation("numpy", "GetItem", index(stop=_lambda(CODE)))),
        "runs code",
    ),
    "layer for an index": (
        lambda: graph(operation("numpy", "GetItem", index(stop=dense()))),
        "index in it is damaged",
    ),
    "index with more in it": (
        lambda: graph(operation("numpy", "GetItem", index(code="x"))),
        "index in it is damaged",
    ),
    "huge cells": (
        lambda: config(
            layer(
                "RNN",
                [None, 4, 4],
                name="r",
                cell=layer(
                    "StackedRNNCells",
                    [None, 4],
                    name="s",
                    cells=[
                        layer("LSTMCell", [None, 4], name="c", units=10),
                        layer("GRUCell", [None, 10], name="d", units=10**8),
                    ],
                ),
            )
        ),
        "weights, but it holds",
    ),
}


CONFIGS: dict[str, tuple[Callable[[], Json | bytes], str]] = {
    "lambda with code": (lambda: config(_lambda(CODE)), "runs code"),
    "lambda as Keras writes it": (lambda: config(_lambda(LONG_CODE)), "runs code"),
    "lambda that sets floatx": (
        lambda: config(_lambda(function("keras.config", "set_floatx"))),
        "runs code",
    ),
    "lambda that allocates": (
        lambda: config(_lambda(function("keras.ops", "zeros"))),
        "runs code",
    ),
    "set_floatx as activation": (
        lambda: config(dense(activation=function("keras.config", "set_floatx"))),
        "function keras.config.set_floatx",
    ),
    "set_floatx as builtin": (
        lambda: config(dense(activation=function("builtins", "set_floatx"))),
        "function builtins.set_floatx",
    ),
    "get_file": (
        lambda: config(dense(activation=function("keras.utils", "get_file"))),
        "function keras.utils.get_file",
    ),
    "known function from elsewhere": (
        lambda: config(dense(activation=function("os", "relu"))),
        "function os.relu",
    ),
    "known function of a foreign name": (
        lambda: config(
            dense(activation=function("builtins", "relu") | {"registered_name": "Evil"})
        ),
        "function 'Evil'",
    ),
    "data set": (
        lambda: config(_node("keras.datasets.mnist", "load_data")),
        "keras.datasets.mnist.load_data",
    ),
    "TFSMLayer": (
        lambda: config(layer("TFSMLayer", name="t", filepath="saved", call_endpoint="serve")),
        "runs a program from another file",
    ),
    "a file's name": (lambda: config(dense(filepath="saved")), "names a file"),
    "TFSMLayer without a path": (
        lambda: config(layer("TFSMLayer", name="t")),
        "runs a program from another file",
    ),
    "JaxLayer": (lambda: config(layer("JaxLayer", name="j")), "another library"),
    "TorchModuleWrapper": (
        lambda: config(layer("TorchModuleWrapper", name="j", module="x")),
        "another library",
    ),
    "vocabulary file": (
        lambda: config(layer("StringLookup", name="s", vocabulary="words.txt")),
        "may name a file",
    ),
    "text vectorization": (lambda: config(layer("TextVectorization", name="t")), "may name a file"),
    "base class": (lambda: config(layer("Layer", name="l")), "base class"),
    "unknown layer": (lambda: config(layer("Backdoor", name="l")), "no layer of Keras"),
    "foreign package": (
        lambda: config(_node("evil", "Payload") | {"registered_name": "Evil>Payload"}),
        "Evil>Payload', a class of its maker's own",
    ),
    "our layer's name in a foreign package": (
        lambda: config(own_layer() | {"registered_name": "Evil>RandomizedLeakyReLU"}),
        "a class of its maker's own",
    ),
    "our layer unregistered": (
        lambda: config(own_layer() | {"registered_name": None}),
        "app.modeling.layers.RandomizedLeakyReLU",
    ),
    "Keras's layer under a foreign name": (
        lambda: config(dense() | {"registered_name": "Payload"}),
        "keras.layers.Dense",
    ),
    "initializer under a foreign name": (
        lambda: config(
            dense(
                bias_initializer=part("keras.initializers", "Zeros")
                | {"registered_name": "Payload"}
            )
        ),
        "foreign class 'Payload'",
    ),
    "os.system": (lambda: config(_node("os", "system")), "os.system"),
    "exec": (lambda: config(_node("builtins", "exec")), "builtins.exec"),
    "keras_hub": (lambda: config(_node("keras_hub.models", "Backbone")), "keras_hub"),
    "Keras's own machinery": (
        lambda: config(_node("keras.src.saving.saving_lib", "H5IOStore")),
        "H5IOStore",
    ),
    "module of a wrong type": (lambda: config(_node(["keras"], "Dense")), "where its class"),
    "class of a wrong type": (lambda: config(_node("keras", {"a": 1})), "no class"),
    "class without a module": (
        lambda: config({"class_name": "Dense", "config": {}}),
        "where its class",
    ),
    "layer without configuration": (lambda: config(_node("keras.layers", "ReLU", [])), "no config"),
    "numpy array": (
        lambda: config(dense(x=_node("numpy", "__numpy__", {"value": [1], "dtype": "O"}))),
        "numpy.__numpy__",
    ),
    "tensor": (
        lambda: config(dense(x=_node("builtins", "__tensor__", {"value": 1, "dtype": "f4"}))),
        "builtins.__tensor__",
    ),
    "type specification": (
        lambda: config(dense(x=_node("tensorflow", "__typespec__") | {"spec_name": "TensorSpec"})),
        "unknown part 'spec_name'",
    ),
    "bytes": (
        lambda: config(dense(x=_node("builtins", "__bytes__", {"value": "x"}))),
        "__bytes__",
    ),
    "adaptive pooling into one window": (
        lambda: config(layer("AdaptiveMaxPooling2D", [None, 4, 4, 1], output_size=[2, 1])),
        "Keras ends the program",
    ),
    "adaptive pooling of one place": (
        lambda: config(layer("AdaptiveMaxPooling1D", [None, 1, 3], output_size=2)),
        "Keras ends the program",
    ),
    "adaptive pooling in a wrapper": (
        lambda: config(
            layer(
                "TimeDistributed",
                [None, 3, 4, 1],
                layer=layer("AdaptiveMaxPooling1D", [None, 4, 1], output_size=1),
            )
        ),
        "Keras ends the program",
    ),
    "initializer that pretends to be a layer": (
        lambda: config(
            dense(
                bias_initializer=part("keras.initializers", "Zeros")
                | {"build_config": {"input_shape": [1]}}
            )
        ),
        "pretends to be a layer",
    ),
    "optimizer inside a layer": (
        lambda: config(dense(bias_initializer=part("keras.optimizers", "SGD"))),
        "keras.optimizers.SGD",
    ),
    "quantized": (
        lambda: config(dense(dtype=part("keras", "DTypePolicy", name="int8_from_float32"))),
        "numbers of an unusual kind",
    ),
    "quantized policy": (
        lambda: config(dense(dtype=part("keras", "QuantizedDTypePolicy", name="int8"))),
        "QuantizedDTypePolicy",
    ),
    "path": (lambda: config(dense(note="/etc/passwd")), "path or markup"),
    "path of Windows": (lambda: config(dense(note="C:\\autoexec.bat")), "path or markup"),
    "address": (lambda: config(dense(note="https://example.org")), "path or markup"),
    "file option": (lambda: config(dense(filename="weights")), "names a file"),
    "markup as a name": (lambda: config(dense(name="<img src=x>")), "path or markup"),
    "bidirectional marks": (lambda: config(dense(name="a\u202egpj.")), "odd characters"),
    "invisible characters": (lambda: config(dense(name="a\u200b\ufeffb")), "odd characters"),
    "Cyrillic look-alike": (lambda: config(layer("D\u0435nse", name="d")), "odd characters"),
    "look-alike as a key": (lambda: config(dense(unitѕ=3)), "odd characters"),
    "terminal escape": (lambda: config(dense(name="a\x1b[2J")), "odd characters"),
    "NUL in a name": (lambda: config(dense(name="a\0b")), "odd characters"),
    "lone surrogate": (lambda: _text('"m"', '"\\ud800"'), "odd characters"),
    "long text": (lambda: config(dense(name="a" * 10_000)), "10,000 characters"),
    "1e9 units": (lambda: config(dense(units=10**9)), "weights, but it holds"),
    "1e9 filters": (
        lambda: config(
            layer("Conv2D", [None, 8, 8, 3], name="c", kernel_size=[3, 3], filters=10**9)
        ),
        "weights, but it holds",
    ),
    "huge kernel": (
        lambda: config(
            layer("Conv2D", [None, 8, 8, 3], name="c", kernel_size=[40_000, 40_000], filters=1)
        ),
        "weights, but it holds",
    ),
    "huge embedding": (
        lambda: config(layer("Embedding", [None, 4], name="e", input_dim=2**30, output_dim=2**30)),
        "weights, but it holds",
    ),
    "built for a huge shape": (
        lambda: config(layer("PReLU", [None, 10**6, 10**6], name="p")),
        "weights, but it holds",
    ),
    "huge layer inside a wrapper": (
        lambda: config(layer("TimeDistributed", [None, 4, 4], name="t", layer=dense(units=10**9))),
        "weights, but it holds",
    ),
    "wrapper with a huge shape": (
        lambda: config(
            layer(
                "Bidirectional",
                [None, 4, 10**8],
                name="b",
                layer=layer("LSTM", [None, 4, 4], name="l", units=8),
            )
        ),
        "weights, but it holds",
    ),
    "huge model inside the model": (
        lambda: config(config(dense(units=10**9))),
        "weights, but it holds",
    ),
    "no shape": (lambda: config(_without_shape()), "for which shape"),
    "shape that is none": (
        lambda: config(layer("Dense", ["x", 4], name="d", units=1)),
        "no shape",
    ),
    "shape of many axes": (lambda: config(layer("Dense", [1] * 40, name="d", units=1)), "no shape"),
    "negative size": (lambda: config(layer("Dense", [None, -4], name="d", units=1)), "no shape"),
    "negative units": (lambda: config(dense(units=-(10**9))), "not a whole number"),
    "units as text": (lambda: config(dense(units="100")), "not a whole number"),
    "units as a fraction": (lambda: config(dense(units=1e9)), "not a whole number"),
    "5000 layers": (lambda: config(*[layer("ReLU", name="r")] * 5000), "more than 1,000 layers"),
    "5000 calls of a layer": (lambda: config(_calls()), "used too many times"),
    "deep": (lambda: DEEP, "nested too deeply"),
    "very deep": (lambda: VERY_DEEP, "nested too deeply"),
    "wide": (lambda: WIDE, "longer than that of any sensible model"),
    "NaN in it": (lambda: _text("0.001", "NaN"), "no number"),
    "infinity in it": (lambda: _text("0.001", "-Infinity"), "no number"),
    "number beyond floats": (lambda: _text("0.01", "1e999"), "out of bounds"),
    "number beyond float32": (lambda: _text("0.01", "1e300"), "out of bounds"),
    "number of 5000 digits": (lambda: _text("0.001", "9" * 5000), "out of bounds"),
    "whole number out of bounds": (lambda: config(dense(x=2**40)), "out of bounds"),
    "one key twice": (
        lambda: _text('"trainable": true', '"trainable": true, "trainable": false'),
        "two things under one name",
    ),
    "UTF-16": (lambda: json.dumps(config()).encode("utf-16"), "not plain UTF-8"),
    "UTF-8 with a mark": (lambda: json.dumps(config()).encode("utf-8-sig"), "not plain UTF-8"),
    "Latin-1": (lambda: _text('"m"', '"m\\u00e4"').replace(b"\\u00e4", b"\xe4"), "not plain UTF-8"),
    "empty configuration": (lambda: b"", "damaged"),
    "half a configuration": (lambda: json.dumps(config()).encode()[:-100], "damaged"),
    "two configurations": (lambda: b"{}" + json.dumps(config()).encode(), "damaged"),
    "a list": (lambda: b"[]", "does not describe"),
    "a text": (lambda: b'"Sequential"', "does not describe"),
    "a program of its own": (lambda: config(class_name="MyModel"), "does not describe"),
    "extra part of a layer": (lambda: config(dense() | {"callback": "x"}), "unknown part"),
}

HOSTILE_COMPILED: dict[str, Json] = {
    "metric of 1e9 thresholds": {"metrics": [part("keras.metrics", "AUC", num_thresholds=10**9)]},
    "lambda as loss": {"loss": CODE},
    "lambda layer as loss": {"loss": _lambda(CODE)},
    "get_file as loss": {"loss": function("keras.utils", "get_file")},
    "loss of its maker's own": {"loss": function("builtins", "my_loss")},
    "class of its maker's own": {
        "loss": _node("losses", "Mine") | {"registered_name": "Package>Mine"}
    },
    "unknown optimizer": {"optimizer": part("keras.optimizers", "Optimizer")},
    "path": {"loss": "/etc/passwd"},
    "nested deeply": json.loads('{"a":' * 100 + "1" + "}" * 100),
}
"""What a file may say of how its model was compiled and Keras must not see."""

# ---- archives


def _patched(content: bytes, old: bytes, new: bytes, last: bool = False) -> bytes:
    at = content.rfind(old) if last else content.find(old)
    assert at >= 0
    assert len(old) == len(new)
    return content[:at] + new + content[at + len(old) :]


def _directory_change(offset: int, form: str, value: int, name: bytes = b"config.json") -> bytes:
    """An honest archive in which one field of the directory's entry `name` says `value`."""
    content = bytearray(model())
    at = content.rfind(name) - 46
    assert content[at : at + 4] == b"PK\x01\x02"
    struct.pack_into(form, content, at + offset, value)
    return bytes(content)


def _end_change(offset: int, form: str, value: int) -> bytes:
    content = bytearray(model())
    struct.pack_into(form, content, len(content) - 22 + offset, value)
    return bytes(content)


def _with_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members():
            entry = zipfile.ZipInfo(name)
            if name == "metadata.json":
                entry.external_attr = 0o120777 << 16
                content = b"/etc/passwd"
            archive.writestr(entry, content)
    return buffer.getvalue()


def _longer_than_it_says() -> bytes:
    """A compressed configuration whose header tells of 1000 bytes and that holds 4 million."""
    parts = members()
    parts[1] = ("config.json", b" " * 4_000_000)
    content = bytearray(packed(parts, zipfile.ZIP_DEFLATED))
    for at in (content.find(b"config.json") - 30 + 22, content.rfind(b"config.json") - 46 + 24):
        struct.pack_into("<L", content, at, 1000)
    return bytes(content)


def _bomb() -> bytes:
    """A configuration of 3 GB in 3 MB, its checksum right."""
    piece, count = b" " * 2**20, 3 * 2**10
    squeezed, checksum = [], 0
    squeezer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = squeezer.compress(piece) + squeezer.flush(zlib.Z_FULL_FLUSH)
    again = squeezer.compress(piece) + squeezer.flush(zlib.Z_FULL_FLUSH)
    squeezed = [first, *[again] * (count - 1), squeezer.flush()]
    body = b"".join(squeezed)
    parts = members()
    parts[1] = ("config.json", b"{}")
    content = bytearray(packed(parts, zipfile.ZIP_DEFLATED))
    end = content.find(b"PK\x03\x04", content.find(b"config.json"))
    start = content.find(b"config.json") - 30
    header = bytearray(content[start : start + 41])
    struct.pack_into("<3L", header, 14, checksum, len(body), len(piece) * count)
    shift = start + 41 + len(body) - end
    tail = content[end:]
    directory = tail.find(b"PK\x01\x02")
    at = tail.find(b"config.json", directory) - 46
    struct.pack_into("<3L", tail, at + 16, checksum, len(body), len(piece) * count)
    at = tail.find(b"model.weights.h5", directory) - 46
    old = struct.unpack_from("<L", tail, at + 42)[0]
    struct.pack_into("<L", tail, at + 42, old + shift)
    old = struct.unpack_from("<L", tail, len(tail) - 6)[0]
    struct.pack_into("<L", tail, len(tail) - 6, old + shift)
    return bytes(content[:start] + header + body + tail)


def _renamed(old: bytes, new: bytes) -> bytes:
    return model().replace(old, new)


def _moved_behind(prefix: bytes) -> bytes:
    """An archive behind other bytes, its offsets corrected: `zipfile` opens it."""
    buffer = io.BytesIO(prefix)
    with zipfile.ZipFile(buffer, "a") as archive:
        for name, content in members():
            archive.writestr(name, content)
    return buffer.getvalue()


def _extra(*names: str) -> bytes:
    return packed([*members(), *((name, b"\0" * 1000) for name in names)])


def _only(*names: str) -> bytes:
    return packed([part for part in members() if part[0] in names])


ARCHIVES: dict[str, Maker] = {
    "second config.json": (
        lambda: packed([*members()[:2], *members()[1:]]),
        "4 parts",
    ),
    "second config.json, no metadata": (
        lambda: packed([*members()[1:], members()[1]]),
        "two parts called config.json",
    ),
    "assets": (lambda: _extra(*(f"assets/{i}.bin" for i in range(20))), "23 parts"),
    "one asset instead of metadata": (
        lambda: packed([*members()[1:], ("assets/a.bin", bytes(1000))]),
        "not a model's",
    ),
    "program": (lambda: packed([*members()[1:], ("evil.py", b"import os")]), "not a model's"),
    "way out of the folder": (
        lambda: packed([*members()[1:], ("../../.bashrc", b"evil")]),
        "not a model's",
    ),
    "absolute path": (lambda: packed([*members()[1:], ("/etc/cron.d/x", b"")]), "not a model's"),
    "other case": (lambda: packed([*members()[1:], ("Config.json", b"{}")]), "not a model's"),
    "NUL in a member's name": (
        lambda: _renamed(b"metadata.json", b"config.json\0\0"),
        "not a model's",
    ),
    "weights as npz": (lambda: _renamed(b"model.weights.h5", b"model.weight.npz"), "not a model's"),
    "no configuration": (lambda: _only("metadata.json", "model.weights.h5"), "lacks config.json"),
    "no weights": (lambda: _only("metadata.json", "config.json"), "lacks model.weights.h5"),
    "one member": (lambda: _only("config.json"), "1 parts"),
    "no member": (lambda: b"PK\x03\x04" + packed([]), "0 parts"),
    "configuration of 3 GB": (_bomb, "would expand to 3,221,225,472 bytes"),
    "configuration of 40 MB": (lambda: packed(members(b" " * 40_000_000)), "40,000,000 bytes"),
    "metadata of 1 MB": (
        lambda: packed(members(metadata=b'"' + b" " * 10**6 + b'"')),
        "1,000,002 bytes",
    ),
    "metadata that is no list": (lambda: packed(members(metadata=b"[1]")), "metadata.json"),
    "metadata with odd characters": (
        lambda: packed(members(metadata=b'{"keras_version": "3\\u202e"}')),
        "metadata.json",
    ),
    "weights of zeros, squeezed": (
        lambda: packed(members(stored=bytes(60_000_000)), zipfile.ZIP_DEFLATED),
        "would expand to 60,000,000 bytes",
    ),
    "longer than it says": (_longer_than_it_says, "damaged|as long as it says"),
    "size that lies": (lambda: _directory_change(24, "<L", 99_999_999), "as long as it says"),
    "encrypted": (lambda: _directory_change(8, "<H", 1), "encrypted"),
    "a link": (_with_link, "not an ordinary file"),
    "bzip2": (lambda: packed(members(), zipfile.ZIP_BZIP2), "unusual way"),
    "LZMA": (lambda: packed(members(), zipfile.ZIP_LZMA), "unusual way"),
    "overlapping": (lambda: _directory_change(42, "<L", 0), "overlap|two things"),
    "overlapping weights": (
        lambda: _directory_change(42, "<L", 0, b"model.weights.h5"),
        "overlap|two things",
    ),
    "offset behind the end": (lambda: _directory_change(42, "<L", 2**31), "damaged|overlap"),
    "two names for one": (
        lambda: _patched(model(), b"config.json", b"confiG.json"),
        "two things about config.json",
    ),
    "two methods for one": (lambda: _directory_change(10, "<H", 8), "two things|damaged"),
    "wrong checksum": (lambda: _patched(model(), b"Sequential", b"Sequentiam"), "damaged"),
    "wrong checksum of the weights": (
        lambda: _patched(model(), b"\x89HDF", b"\x89HDG"),
        "damaged",
    ),
    "something behind the end": (lambda: model() + b"#!/bin/sh", "behind its end"),
    "a comment": (lambda: _end_change(20, "<H", 5) + b"hello", "behind its end"),
    "something in front": (
        lambda: _moved_behind(b"PK\x03\x04 and more"),
        "hidden between",
    ),
    "many entries": (lambda: _end_change(10, "<H", 65535), "one part of several"),
    "more entries than there are": (
        lambda: (
            bytes(bytearray(_end_change(10, "<H", 2))[:-14] + struct.pack("<H", 2))
            + _end_change(10, "<H", 2)[-12:]
        ),
        "another number of parts",
    ),
    "directory elsewhere": (lambda: _end_change(16, "<L", 10), "not where it should be"),
    "long directory": (lambda: _end_change(12, "<L", 100_000), "not where it should be"),
    "several disks": (lambda: _end_change(4, "<H", 3), "one part of several"),
    "for very large files": (
        lambda: model()[:-22] + b"PK\x06\x07" + bytes(16) + model()[-22:],
        "very large files|not where",
    ),
    "only the beginning": (lambda: b"PK\x03\x04", "cut off"),
    "nonsense behind the magic": (lambda: b"PK\x03\x04" + b"x" * 5000, "cut off"),
    "old model inside": (lambda: packed(members(stored=b"PK\x03\x04" * 99)), "not an HDF5 file"),
    "empty weights": (lambda: packed(members(stored=b"")), "not an HDF5 file"),
}

# ---- weights


def _claim(size: int, **options: Any) -> Change:
    return lambda file: file.create_dataset("layers/dense/vars/9", (size,), "f4", **options)


def _virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((10,), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (10,))
    file.create_virtual_dataset("layers/dense/vars/9", layout)


def _low_level(file: h5py.File, kind: Any, shape: tuple[int, ...] = (3,)) -> None:
    h5py.h5d.create(file["layers/dense/vars"].id, b"9", kind, h5py.h5s.create_simple(shape))


def _assign(path: str, value: Any) -> Change:
    return lambda file: file.__setitem__(path, value)


def _deep_groups(file: h5py.File) -> None:
    file.create_group("layers/" + "x/" * 200)


def _many_notes(file: h5py.File) -> None:
    for number in range(100):
        file["layers"].attrs[f"note{number}"] = 1


def _note(value: Any, dtype: Any = None) -> Change:
    return lambda file: file["layers"].attrs.create("note", value, dtype=dtype)


def _shared_bytes(file: h5py.File) -> None:
    """Twenty compressed arrays, each of which claims much and holds little."""
    for number in range(20):
        file.create_dataset(f"z{number}", (2_000_000,), "f4", compression="gzip", fillvalue=0)
        file[f"z{number}"][:] = 0


WEIGHTS: dict[str, tuple[Change, str]] = {
    "external link": (
        lambda f: f.__setitem__("layers/c", h5py.ExternalLink("/etc/passwd", "/")),
        "link to another place",
    ),
    "soft link": (lambda f: f.__setitem__("layers/c", h5py.SoftLink("/layers/dense")), "link"),
    "dangling link": (lambda f: f.__setitem__("layers/c", h5py.SoftLink("/nowhere")), "link"),
    "linked twice": (lambda f: f.__setitem__("layers/c", f["layers/dense"]), "in two places"),
    "linked in a circle": (
        lambda f: f.__setitem__("layers/dense/up", f["layers"]),
        "in two places",
    ),
    "array linked twice": (
        lambda f: f.__setitem__("layers/dense/vars/7", f["layers/dense/vars/0"]),
        "in two places",
    ),
    "array in another file": (
        _claim(10, external=[("/etc/passwd", 0, 40)]),
        "in another file|claims",
    ),
    "virtual array": (_virtual, "in another file"),
    "claims 3.9 GB": (_claim(975_000_000), "claims 3,900,000,000 bytes and holds 0"),
    "claims 3.9 GB in pieces": (
        _claim(975_000_000, chunks=(1_000_000,)),
        "claims 3,900,000,000 bytes",
    ),
    "claims 3.9 GB, compressed": (
        _claim(975_000_000, chunks=(1_000_000,), compression="gzip"),
        "claims 3,900,000,000 bytes",
    ),
    "zeros, compressed": (_shared_bytes, "claims 8,000,000 bytes"),
    "pieces larger than itself": (
        _claim(10, chunks=(200_000_000,), maxshape=(None,)),
        "pieces larger than itself",
    ),
    "texts": (_assign("layers/dense/vars/9", ["a", "b"]), "plain numbers"),
    "objects": (_assign("layers/dense/vars/9", np.void(b"\x80\x04N.")), "plain numbers"),
    "records": (_assign("layers/dense/vars/9", np.zeros(2, "f4,i4")), "plain numbers"),
    "references": (
        lambda f: f.create_dataset("r", data=[f.ref], dtype=h5py.ref_dtype),
        "plain numbers",
    ),
    "arrays of any length": (
        lambda f: f.create_dataset("v", (3,), h5py.vlen_dtype("f4")),
        "plain numbers",
    ),
    "numbers of the other byte order": (_assign("layers/dense/vars/9", np.ones(3, ">f4")), "plain"),
    "numbers of 16 bytes": (
        lambda f: _low_level(f, h5py.h5t.NATIVE_LDOUBLE),
        "plain numbers",
    ),
    "complex numbers": (_assign("layers/dense/vars/9", np.ones(3, "c8")), "plain numbers"),
    "NaN": (_assign("layers/dense/vars/9", np.array([1, np.nan], "f4")), "not finite"),
    "infinity in the optimizer": (
        _assign("optimizer/vars/9", np.array([1, -np.inf], "f8")),
        "not finite",
    ),
    "NaN at the end of a large array": (
        _assign("layers/dense/vars/9", np.r_[np.zeros(1_500_000, "f4"), np.float32("nan")]),
        "not finite",
    ),
    "many axes": (_assign("layers/dense/vars/9", np.zeros((1,) * 20, "f4")), "too many axes"),
    "named type": (_assign("layers/t", np.dtype("f4")), "no array"),
    "unusual filter": (
        lambda f: f.create_dataset("z", data=np.arange(99), compression="lzf"),
        "packed in an unusual way",
    ),
    "unusual packing": (
        lambda f: f.create_dataset("z", data=np.arange(99), scaleoffset=3),
        "packed in an unusual way",
    ),
    "deep groups": (_deep_groups, "nested too deeply"),
    "name of a path": (lambda f: f.create_group("a\u202eb"), "odd name"),
    "name with control characters": (lambda f: f.create_group("a\nb"), "odd name"),
    "many notes": (_many_notes, "too many notes"),
    "note that is a reference": (
        lambda f: f["layers"].attrs.create("note", f.ref, dtype=h5py.ref_dtype),
        "odd note",
    ),
    "note that is a table": (_note(np.zeros((3, 3))), "odd note"),
    "note that is an object": (_note(np.void(b"\x80\x04N.")), "odd note"),
}


def _user_block() -> bytes:
    return bytes(512) + weights()


HOSTILE: dict[str, Maker] = {
    **{
        f"config: {name}": ((lambda make=make: model(make())), match)  # type: ignore[misc]
        for name, (make, match) in (CONFIGS | GRAPHS).items()
    },
    **{f"archive: {name}": maker for name, maker in ARCHIVES.items()},
    **{
        f"weights: {name}": ((lambda change=change: model(change=change)), match)  # type: ignore[misc]
        for name, (change, match) in WEIGHTS.items()
    },
    "weights: too few": (
        lambda: model(config(dense(3000, 3000))),
        "need 9,003,000 weights, but it holds 58",
    ),
    "weights: behind other bytes": (
        lambda: packed(members(stored=_user_block())),
        "not an HDF5 file",
    ),
    "weights: cut off": (lambda: packed(members(stored=weights()[:-4000])), "damaged"),
    "weights: half of them": (lambda: packed(members(stored=weights()[:3000])), "damaged"),
    "weights: zeros": (
        lambda: packed(members(stored=weights()[:8] + bytes(4000))),
        "damaged",
    ),
}


def _remove_config(file: h5py.File) -> None:
    del file.attrs["model_config"]


HOSTILE_OLD: dict[str, Maker] = {
    "lambda": (
        lambda: old_model({"class_name": "Lambda", "config": _lambda(LONG_CODE)["config"]}),
        "runs code",
    ),
    "TFSMLayer": (lambda: old_model(layer("TFSMLayer", name="t")), "TFSMLayer"),
    "function": (
        lambda: old_model(dense(activation=function("keras.utils", "get_file"))),
        "get_file",
    ),
    "foreign package": (
        lambda: old_model(own_layer() | {"registered_name": "Evil>Payload"}),
        "a class of its maker's own",
    ),
    "no model": (lambda: old_model(change=_remove_config), "no model"),
    "model of another kind": (
        lambda: old_model(change=lambda f: f.attrs.__setitem__("model_config", 3)),
        "no model",
    ),
    "no layers": (lambda: old_model(config={"name": "m", "layers": []}), "no list of layers"),
    "circle": (lambda: old_model(_fed("a", "b"), _fed("b", "a")), "in a circle"),
    "two layers of one name": (
        lambda: old_model(dense(name="a"), dense(8, 8, name="a")),
        "two layers called 'a'",
    ),
    "fed by nothing that is there": (lambda: old_model(_fed("a", "z")), "fed by 'z'"),
    "models inside models": (lambda: old_model(_nested(40)), "nested too deeply"),
    "soft link": (
        lambda: old_model(change=lambda f: f.__setitem__("x", h5py.SoftLink("/model_weights"))),
        "link",
    ),
    "claims 3.9 GB": (
        lambda: old_model(change=lambda f: f.create_dataset("x", (975_000_000,), "f4")),
        "claims 3,900,000,000",
    ),
    "NaN": (
        lambda: old_model(change=lambda f: f.__setitem__("x", np.float32("nan"))),
        "not finite",
    ),
    "cut off": (lambda: old_model()[:-3000], "damaged"),
    "only the magic": (lambda: b"\x89HDF\r\n\x1a\n", "damaged"),
    "nonsense behind the magic": (lambda: b"\x89HDF\r\n\x1a\n" + b"\xff" * 5000, "damaged"),
}

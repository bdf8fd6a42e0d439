"""The networks of the templates, made to fit a shape of sample."""

import math
from collections.abc import Callable, Iterable

from app.core.data_summary import DataSummary
from app.core.layer_catalog import new_layer
from app.core.network import INPUT_KIND, Layer, Link, Network, chain

Spec = tuple[str, dict[str, object]]
"""Kind and options of a layer that a template adds."""

Hidden = Callable[[DataSummary], Iterable[Spec]]
"""The layers between input and output."""


def network_of(specs: Iterable[Spec]) -> Network:
    """A chain of the data and layers of these kinds and options; every option is filled in."""
    layers: list[Layer] = [Layer(id="input", kind=INPUT_KIND)]
    for kind, options in specs:
        layers.append(new_layer(Network(layers=tuple(layers)), kind, **options))
    return chain(layers)


class GraphBuilder:
    """A network put together layer by layer, each fed by layers that are there already."""

    def __init__(self) -> None:
        self.network = Network(layers=(Layer(id="input", kind=INPUT_KIND),))
        self.last = "input"

    def add(self, kind: str, *sources: str, **options: object) -> str:
        """Add a layer behind `sources`, by default behind the last one; its id."""
        layer = new_layer(self.network, kind, **options)
        links = tuple(
            Link(source=source, target=layer.id, port=port)
            for port, source in enumerate(sources or (self.last,))
        )
        self.network = Network(
            layers=(*self.network.layers, layer), links=(*self.network.links, *links)
        )
        self.last = layer.id
        return layer.id


def dense(units: int, **options: object) -> Spec:
    """A dense layer, with ReLU unless told."""
    return "Dense", {"units": units, "activation": "relu", **options}


def convolution(filters: int, size: int = 3, **options: object) -> Spec:
    """A convolution over pictures, with ReLU unless told."""
    given = {"filters": filters, "kernel_size": (size, size), "activation": "relu"}
    return "Conv2D", {**given, **options}


def flat(summary: DataSummary) -> tuple[Spec, ...]:
    """What makes a row of a sample that is none."""
    return () if len(summary.input_shape) == 1 else (("Flatten", {}),)


def series(summary: DataSummary) -> tuple[Spec, ...]:
    """What makes a series (steps, numbers) of a sample: a row is read number by number, a picture
    row by row.
    """
    shape = summary.input_shape
    if len(shape) == 2:
        return ()
    steps, numbers = (shape[0], 1) if len(shape) == 1 else (shape[0], math.prod(shape[1:]))
    return (("Reshape", {"target_shape": (steps, numbers)}),)


def no_hidden(summary: DataSummary) -> Iterable[Spec]:
    return flat(summary)


def mlp(summary: DataSummary) -> Iterable[Spec]:
    if len(summary.input_shape) == 1 and summary.input_shape[0] <= 2:
        yield dense(16)
        yield dense(16)
    elif summary.task == "regression":
        yield from flat(summary)
        yield dense(64)
        yield "Dropout", {"rate": 0.5}
    elif len(summary.input_shape) == 1:
        yield dense(64, kernel_regularizer="l2", kernel_regularizer_factor=0.01)
        yield "Dropout", {"rate": 0.2}
    else:
        yield "Flatten", {}
        yield dense(64)
        yield "Dropout", {"rate": 0.3}
        yield dense(64)


def deep_sigmoid(summary: DataSummary) -> Iterable[Spec]:
    yield from flat(summary)
    for _ in range(6):
        yield dense(16, activation="sigmoid")


def small_cnn(summary: DataSummary) -> Iterable[Spec]:
    if min(summary.input_shape[:2]) < 20:  # too small for the third convolution
        yield convolution(16)
        yield "MaxPooling2D", {}
        yield "Flatten", {}
    else:
        yield convolution(16, 5)
        yield "MaxPooling2D", {}
        yield convolution(32)
        yield "MaxPooling2D", {}
        yield convolution(64)
        yield "GlobalMaxPooling2D", {}
    yield dense(64)
    yield "Dropout", {"rate": 0.3}


def lenet5(summary: DataSummary) -> Iterable[Spec]:
    side = min(summary.input_shape[:2])
    if side < 28:  # it was made for pictures of 32×32
        times = math.ceil(28 / side)
        yield "UpSampling2D", {"size": (times, times)}
        side *= times
    same = side < 32
    yield convolution(6, 5, activation="tanh", padding="same" if same else "valid")
    yield "AveragePooling2D", {}
    yield convolution(16, 5, activation="tanh")
    yield "AveragePooling2D", {}
    yield convolution(120, 5, activation="tanh")
    yield "Flatten", {}
    yield dense(84, activation="tanh")


def small_vgg(summary: DataSummary) -> Iterable[Spec]:
    side = min(summary.input_shape[:2])
    for filters in (16, 32, 64):
        if side < 4:
            break
        yield convolution(filters, padding="same")
        yield convolution(filters, padding="same")
        yield "MaxPooling2D", {}
        side //= 2
    yield "Flatten", {}
    yield dense(64)
    yield "Dropout", {"rate": 0.5}


def cnn_1d(summary: DataSummary) -> Iterable[Spec]:
    """Two convolutions along the series; the series is halved between them where it is long."""
    steps = summary.input_shape[0]
    yield from series(summary)
    yield "Conv1D", {"filters": 32, "kernel_size": 3, "padding": "same", "activation": "relu"}
    if steps >= 8:
        yield "MaxPooling1D", {}
    yield "Conv1D", {"filters": 64, "kernel_size": 3, "padding": "same", "activation": "relu"}
    yield "Flatten", {}
    yield dense(64)
    yield "Dropout", {"rate": 0.3}


def lstm(summary: DataSummary) -> Iterable[Spec]:
    yield from series(summary)
    yield "LSTM", {"units": 32}
    yield "Dropout", {"rate": 0.2}


def autoencoder(summary: DataSummary) -> Iterable[Spec]:
    """Down to a narrow code and up again; half as many numbers at each turn."""
    numbers = math.prod(summary.input_shape)
    code = max(2, min(16, numbers // 4))
    wide = max(8, min(128, 4 * code))
    yield from flat(summary)
    yield dense(wide)
    yield dense(code)
    yield dense(wide)


_BEFORE_NORMALIZATION: dict[str, object] = {
    "padding": "same",
    "activation": "linear",
    "use_bias": False,
}
_NORMALIZED: dict[str, object] = {"momentum": 0.9}
"""With Keras's 0.99 the moving averages need some 500 steps, and small data give few an epoch."""


def small_resnet(summary: DataSummary, output: Spec) -> Network:
    """Residual blocks (He and others 2016): two 3×3 convolutions and a shortcut around them; a 1×1
    convolution on the shortcut where the shape changes.
    """
    net = GraphBuilder()
    net.add("Conv2D", filters=16, kernel_size=(3, 3), **_BEFORE_NORMALIZATION)
    net.add("BatchNormalization", **_NORMALIZED)
    net.add("ReLU")
    side, filters = min(summary.input_shape[:2]), 16
    for wanted in (16, 32, 64):
        if wanted > 16 and side < 8:
            break
        stride = 1 if wanted == filters else 2
        side //= stride
        _residual_block(net, wanted, stride)
        filters = wanted
    net.add("GlobalAveragePooling2D")
    kind, options = output
    net.add(kind, **options)
    return net.network


def _residual_block(net: GraphBuilder, filters: int, stride: int) -> None:
    start = net.last
    plain: dict[str, object] = {"filters": filters, **_BEFORE_NORMALIZATION}
    net.add("Conv2D", kernel_size=(3, 3), strides=(stride, stride), **plain)
    net.add("BatchNormalization", **_NORMALIZED)
    net.add("ReLU")
    net.add("Conv2D", kernel_size=(3, 3), **plain)
    end = net.add("BatchNormalization", **_NORMALIZED)
    shortcut = start
    if stride > 1:
        net.add("Conv2D", start, kernel_size=(1, 1), strides=(stride, stride), **plain)
        shortcut = net.add("BatchNormalization", **_NORMALIZED)
    net.add("Add", end, shortcut)
    net.add("ReLU")

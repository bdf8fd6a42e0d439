"""Graphs of the kinds that networks have, as names and links, and a residual network of layers."""

from collections.abc import Callable, Iterable

from app.core.layer_catalog import layer_kind
from app.core.network import INPUT_KIND, Layer, Link, Network
from app.core.options import defaults
from app.core.project import Project
from app.core.templates import start_from

Graph = tuple[list[str], list[tuple[str, str, int]]]
"""Names in topological order; links as (source, target, port)."""


class _Builder:
    def __init__(self) -> None:
        self.names: list[str] = []
        self.edges: list[tuple[str, str, int]] = []

    def add(self, stem: str, *sources: str) -> str:
        name = f"{stem}{len(self.names)}"
        self.names.append(name)
        self.edges += [(source, name, port) for port, source in enumerate(sources)]
        return name

    def path(self, stems: Iterable[str], source: str) -> str:
        for stem in stems:
            source = self.add(stem, source)
        return source


def _graph(build: Callable[[_Builder, str], str]) -> Graph:
    builder = _Builder()
    end = build(builder, builder.add("input"))
    builder.add("dense", builder.add("pool", end))
    return builder.names, builder.edges


def residual(blocks: int = 16) -> Graph:
    """As ResNet50: three convolutions beside an identity, or beside a projection in every
    fourth block.
    """

    def build(graph: _Builder, end: str) -> str:
        for block in range(blocks):
            skip = end if block % 4 else graph.path(("conv", "norm"), end)
            inner = graph.path(("conv", "norm", "relu") * 2 + ("conv", "norm"), end)
            end = graph.add("relu", graph.add("add", skip, inner))
        return end

    return _graph(build)


def dense(units: tuple[int, ...] = (6, 12, 24, 16)) -> Graph:
    """As DenseNet121: each unit's output is put beside all before it."""

    def build(graph: _Builder, end: str) -> str:
        for count in units:
            for _ in range(count):
                inner = graph.path(("norm", "relu", "conv") * 2, end)
                end = graph.add("concat", end, inner)
            end = graph.path(("norm", "relu", "conv", "pool"), end)
        return end

    return _graph(build)


def squeeze_excite(blocks: int = 16) -> Graph:
    """As EfficientNetB0: channels are scaled by a side branch, inside a residual block."""

    def build(graph: _Builder, end: str) -> str:
        for _ in range(blocks):
            inner = graph.path(("conv", "norm", "act", "depth", "norm", "act"), end)
            gate = graph.path(("pool", "reshape", "conv", "conv"), inner)
            inner = graph.path(("conv", "norm", "drop"), graph.add("mul", inner, gate))
            end = graph.add("add", inner, end)
        return end

    return _graph(build)


def inception(blocks: int = 11) -> Graph:
    """As InceptionV3: four branches side by side, one of them parted once more."""

    def build(graph: _Builder, end: str) -> str:
        unit = ("conv", "norm", "relu")
        for _ in range(blocks):
            one, two = graph.path(unit, end), graph.path(unit * 2, end)
            stem = graph.path(unit * 2, end)
            parted = graph.add("concat", graph.path(unit, stem), graph.path(unit, stem))
            four = graph.path(("pool", *unit), end)
            end = graph.add("concat", one, two, parted, four)
        return end

    return _graph(build)


def ladder(steps: int = 5) -> Graph:
    """As U-Net: what goes down is put beside what comes up at the same level."""

    def build(graph: _Builder, end: str) -> str:
        skips = []
        for _ in range(steps):
            end = graph.path(("conv", "conv"), end)
            skips.append(end)
            end = graph.add("pool", end)
        end = graph.path(("conv", "conv"), end)
        for skip in reversed(skips):
            end = graph.add("concat", skip, graph.add("up", end))
            end = graph.path(("conv", "conv"), end)
        return end

    return _graph(build)


def residual_project(blocks: int = 43) -> Project:
    """Digits into a residual network of 7 layers a block and 5 more."""
    layers: list[Layer] = []
    links: list[Link] = []

    def add(kind_name: str, *sources: str, **options: object) -> str:
        kind = layer_kind(kind_name)
        assert kind is not None
        values = defaults(kind.options)
        for name, value in options.items():
            values = values.set(name, value)
        name = f"layer_{len(layers)}"
        layers.append(Layer(id=name, kind=kind_name, options=values))
        links.extend(Link(source=s, target=name, port=port) for port, s in enumerate(sources))
        return name

    convolution = {"filters": 16, "kernel_size": (3, 3), "padding": "same"}
    end = add("Conv2D", add(INPUT_KIND), **convolution)
    for _ in range(blocks):
        inner = add("BatchNormalization", add("Conv2D", end, **convolution))
        inner = add("Conv2D", add("Activation", inner), **convolution)
        inner = add("BatchNormalization", inner)
        end = add("Activation", add("Add", end, inner))
    end = add("GlobalAveragePooling2D", end)
    add("Dense", add("Dropout", end), units=10, activation="softmax")
    network = Network(layers=tuple(layers), links=tuple(links))
    return start_from("digits").model_copy(update={"network": network})

"""Random networks over the whole catalog: chains, skips, merges, all options. The same number gives
the same network."""

import math
import random

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.network import INPUT_KIND, Layer, Link, Network
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
)
from app.core.shape_inference import infer_layer, infer_network

Shape = tuple[int, ...]

INPUT_SHAPES: tuple[Shape, ...] = (
    (6,),
    (12,),
    (5, 4),
    (8, 6),
    (8, 8, 3),
    (7, 6, 2),
    (4, 4, 4, 2),
    (3, 4, 4, 4, 2),
)
MOST_WEIGHTS = 40_000
MOST_NUMBERS = 4_000
TRIES = 12
MOST_ATTEMPTS = 200

LEFT_ALONE = {
    ("STFTSpectrogram", "frame_length"): "a window of two numbers is all zeros, and divided by",
}

KINDS = tuple(kind for kind in LAYER_KINDS.values() if not kind.makes_input)


def drawn_value(option: Option, chance: random.Random) -> OptionValue:
    """A small value of `option`; not always one that its check allows."""
    if option.optional and chance.random() < 0.4:
        return None
    if isinstance(option, ChoiceOption):
        return chance.choice(option.values) if option.values else option.default
    if isinstance(option, FlagOption):
        return chance.random() < 0.5
    if isinstance(option, FloatOption):
        low = -2.0 if option.minimum is None else option.minimum
        width = min((2.0 if option.maximum is None else option.maximum) - low, 2.0)
        return round(chance.uniform(low + 0.01 * width, low + 0.95 * width), 6)
    if isinstance(option, IntegerOption):
        return chance.randint(1 if option.minimum is None else option.minimum, 5)
    if isinstance(option, ShapeOption):
        low_end = 1 if option.minimum is None else option.minimum
        length = option.length or chance.randint(1, 3)
        if chance.random() < 0.5:
            return (chance.randint(low_end, 3),) * length
        return tuple(chance.randint(low_end, 3) for _ in range(length))
    return option.default


def drawn_layer(
    kind: LayerKind, layer_id: str, shapes: tuple[Shape, ...], chance: random.Random
) -> tuple[Layer, Shape, bool] | None:
    """A layer of `kind` that takes `shapes`, with some options changed, what it puts out, and
    whether it has weights.

    None when it does not take them, or is too large.
    """
    options: dict[str, OptionValue] = {option.name: option.default for option in kind.options}
    found = _tried(kind, layer_id, options, shapes)
    applying = _applying(kind, options)
    for _ in range(chance.randint(0, 6) if kind.options else 0):
        option = chance.choice(applying)
        value = drawn_value(option, chance)
        if option.check(value) is None:
            made = _tried(kind, layer_id, {**options, option.name: value}, shapes)
            if made is not None:
                found, options = made, {**options, option.name: value}
                applying = _applying(kind, options)
    return found


def _applying(kind: LayerKind, options: dict[str, OptionValue]) -> list[Option]:
    full = FrozenMap(options)
    return [
        option
        for option in kind.options
        if option.applies(full) and (kind.name, option.name) not in LEFT_ALONE
    ]


def _tried(
    kind: LayerKind, layer_id: str, options: dict[str, OptionValue], shapes: tuple[Shape, ...]
) -> tuple[Layer, Shape, bool] | None:
    layer = Layer(id=layer_id, kind=kind.name, options=FrozenMap(options))
    if kind.name == "Masking" and len(shapes[0]) != 2:  # Keras knows masks of steps only
        return None
    entry, problems = infer_layer(layer, shapes)
    shape = entry.output_shape
    if shape is None or any(problem.severity == "error" for problem in problems):
        return None
    weights = (entry.parameters or 0) + entry.fixed_parameters
    # TensorFlow's kernels take five axes at most, that of the samples among them.
    deep = len(shape) > 4 and kind.rank != 5
    if weights > MOST_WEIGHTS or not 0 < math.prod(shape) <= MOST_NUMBERS or deep:
        return None
    return layer, shape, weights > 0


def random_network(number: int, kinds: tuple[LayerKind, ...] = KINDS) -> tuple[Network, Shape]:
    """Network number `number`, and the shape of its input, which stands in its input layer too.

    One output, of one axis. Some of its layers are frozen. Each of `kinds` comes up in turn.
    """
    chance = random.Random(f"network {number}")
    for _ in range(MOST_ATTEMPTS):
        made = _grown(chance, kinds[number % len(kinds)], kinds)
        if made is not None:
            _, problems = infer_network(made.network(), None)
            if all(problem.severity != "error" for problem in problems):
                return made.network(), made.shapes["data"]
    raise AssertionError(f"no network with {kinds[number % len(kinds)].name} came about")


def _grown(
    chance: random.Random, first: LayerKind, kinds: tuple[LayerKind, ...]
) -> "_Growing | None":
    merges = tuple(kind for kind in kinds if kind.merge is not None)
    others = tuple(kind for kind in kinds if kind.merge is None)
    made = _Growing(chance, chance.choice(INPUT_SHAPES))
    if not made.add(first):
        return None
    for _ in range(chance.randint(1, 6)):
        made.add(chance.choice(merges if merges and chance.random() < 0.35 else others))
    made.finish()
    return made


class _Growing:
    """A network in the making."""

    def __init__(self, chance: random.Random, shape: Shape) -> None:
        self._chance = chance
        self.shapes = {"data": shape}
        self._layers = [
            Layer(id="data", kind=INPUT_KIND, options=FrozenMap(shape=shape)),
        ]
        self._links: list[Link] = []
        self._hidden: set[str] = set()

    def add(self, kind: LayerKind) -> bool:
        """Put a layer of `kind` behind some of those there, if it takes what they put out."""
        for _ in range(TRIES):
            fewest, most = kind.inputs
            count = self._chance.randint(fewest, min(most, fewest + 2))
            sources = self._sources(count)
            name = f"{kind.name.lower()}_{len(self._layers)}"
            shapes = tuple(self.shapes[source] for source in sources)
            made = drawn_layer(kind, name, shapes, self._chance)
            if made is not None:
                self._put(*made, sources)
                if kind.blocks_gradient:  # it gives whole numbers, which not all of Keras takes
                    self._hidden.add(name)
                    self._plain("Rescaling", f"float_{len(self._layers)}", [name], scale=0.5)
                return True
        return False

    def _sources(self, count: int) -> list[str]:
        """The last layer mostly; for the others those of a shape that is there already, often."""
        names = [name for name in self.shapes if name not in self._hidden]
        first = names[-1] if self._chance.random() < 0.7 else self._chance.choice(names)
        alike = [name for name in names if self.shapes[name] == self.shapes[first]]
        more = (
            self._chance.choice(alike if self._chance.random() < 0.7 else names)
            for _ in range(count - 1)
        )
        return [first, *more]

    def _put(self, layer: Layer, shape: Shape, weighty: bool, sources: list[str]) -> None:
        if weighty and self._chance.random() < 0.15:
            layer = layer.model_copy(update={"trainable": False})
        self._layers.append(layer)
        self.shapes[layer.id] = shape
        self._links += (
            Link(source=source, target=layer.id, port=port) for port, source in enumerate(sources)
        )

    def _plain(self, kind: str, name: str, sources: list[str], **options: OptionValue) -> str:
        layer = Layer(id=name, kind=kind, options=FrozenMap(options))
        entry, problems = infer_layer(layer, tuple(self.shapes[s] for s in sources))
        assert entry.output_shape is not None, problems
        self._layers.append(layer)
        self.shapes[name] = entry.output_shape
        self._links += (Link(source=s, target=name, port=p) for p, s in enumerate(sources))
        return name

    def finish(self) -> None:
        """Bring all loose ends together in one output."""
        fed = {link.source for link in self._links}
        ends = [name for name in self.shapes if name not in fed]
        flat = [
            name
            if len(self.shapes[name]) == 1
            else self._plain("Flatten", f"flat_{number}", [name])
            for number, name in enumerate(ends)
        ]
        end = flat[0] if len(flat) == 1 else self._plain("Concatenate", "together", flat)
        self._plain("Dense", "out", [end], units=3, activation="softmax")

    def network(self) -> Network:
        return Network(layers=tuple(self._layers), links=tuple(self._links))

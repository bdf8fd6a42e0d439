"""What a layer kind is: options, and the rule for output shape, parameters and work."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.frozen import FrozenMap, OptionValue
from app.core.options import Option, as_float, with_companions
from app.core.resolved_project import ArithmeticLine

Shape = tuple[int, ...]
"""Sizes of the axes of one sample, channels last, without the batch axis."""


NO_OPTIONS = FrozenMap()


@dataclass(frozen=True)
class InsertBefore:
    """Remedy: put a new layer of `kind`, with these options, on the link into `port`."""

    kind: str
    options: FrozenMap = NO_OPTIONS
    label: str = ""
    port: int = 0


@dataclass(frozen=True)
class SetOptions:
    """Remedy: give options of the layer these values."""

    values: FrozenMap
    label: str


@dataclass(frozen=True)
class RemoveLayer:
    """Remedy: take the layer out."""

    label: str = "Remove the layer"


Remedy = InsertBefore | SetOptions | RemoveLayer


class ShapeError(Exception):
    """Raised by a rule when options and input shape do not go together.

    The texts are those of `Problem`.
    """

    def __init__(
        self,
        title: str,
        happened: str,
        expected: str,
        how_to_fix: str,
        *,
        option: str | None = None,
        remedies: tuple[Remedy, ...] = (),
    ) -> None:
        super().__init__(title)
        self.title = title
        self.happened = happened
        self.expected = expected
        self.how_to_fix = how_to_fix
        self.option = option
        self.remedies = remedies


@dataclass(frozen=True)
class Effect:
    """What a layer does to one sample.

    Attributes:
        output_shape: without the batch axis.
        parameters: trainable weights.
        fixed_parameters: weights that training moves otherwise or not at all (moving averages).
        multiply_adds: multiplications with an addition in one sample's forward pass; biases,
            comparisons, sums without a product and activation functions are not counted. None: not
            known.
        arithmetic: how shape and parameters come about.
    """

    output_shape: Shape
    parameters: int = 0
    fixed_parameters: int = 0
    multiply_adds: int | None = 0
    arithmetic: tuple[ArithmeticLine, ...] = ()


class Values:
    """The checked options of a layer, read with their types."""

    def __init__(self, options: FrozenMap) -> None:
        self._options = options

    def __getitem__(self, name: str) -> OptionValue:
        return self._options[name]

    def __contains__(self, name: str) -> bool:
        return name in self._options

    def integer(self, name: str) -> int:
        value = self._options[name]
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} is {value!r}, not a whole number")
        return value

    def number(self, name: str) -> float:
        value = self._options[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{name} is {value!r}, not a number")
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        """A shape option, or an integer option as a tuple of one."""
        value = self._options[name]
        if isinstance(value, tuple):
            return tuple(int(item) for item in value)
        return (self.integer(name),)

    def shown(self, name: str) -> str:
        """The value for a card's line; works for wrong values too."""
        value = self._options.get(name)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return "×".join(str(item) for item in value)
        if isinstance(value, int):
            return f"{value:,}"
        if isinstance(value, float):
            return f"{value:g}"
        return str(value)


Rule = Callable[[Values, Shape], Effect]
"""Options and input shape (of the kind's rank) in, effect out; raises ShapeError."""

MergeRule = Callable[[Values, tuple[Shape, ...]], Effect]
"""The same for a kind with several inputs: their shapes by port."""


@dataclass(frozen=True, kw_only=True)
class LayerKind:
    """One entry of the catalog of layers.

    Attributes:
        name: the name of the Keras class; it is stored in files.
        label: what cards and lists show.
        family: title of the section of the list of layers.
        icon: name of the icon.
        help: two plain sentences.
        keras_class: where the class is found, such as "keras.layers.Conv2D". Options are its
            constructor's keywords; the arguments of an initializer, regularizer or constraint
            stand behind it, named as it and they are (`kernel_initializer_stddev`).
        options: in the order of the form; their companions are put behind them.
        rank: number of axes that a sample of the input must have; None: any number.
        over_steps: whether the first of those axes is that of steps in time.
        rule: what the layer does to a sample; None where `merge` tells it.
        merge: what a layer with several inputs does.
        inputs: the fewest and the most links into it.
        ports: what the inputs are called where they differ, such as ("query", "value", "key"); the
            Keras layer is then called with these keywords.
        summarize: the card's line from the options.
        arguments: from options to the constructor's keywords where they differ; plain values only.
        options_from: the way back: from what the Keras layer's `get_config` holds to options.
        wraps: name of the kind inside, for a Keras wrapper such as TimeDistributed; `name` then is
            not that of the class.
        wrapper_options: names of those options that are the wrapper's own; the others are those of
            the layer inside.
        blocks_gradient: whether what stands before it cannot learn through it.
        glyph: name of the activation whose curve the card shows when there is no option
            `activation`.
        makes_input: whether the layer stands for the data and takes no link.
    """

    name: str
    family: str
    icon: str
    help: str
    keras_class: str
    rule: Rule | None = None
    summarize: Callable[[Values], str]
    options: tuple[Option, ...] = ()
    rank: int | None = None
    over_steps: bool = False
    label: str = ""
    glyph: str | None = None
    makes_input: bool = False
    merge: MergeRule | None = None
    inputs: tuple[int, int] = (1, 1)
    ports: tuple[str, ...] = ()
    arguments: Callable[[Mapping[str, object]], dict[str, object]] | None = None
    options_from: Callable[[Mapping[str, object]], dict[str, object]] | None = None
    wraps: str = ""
    wrapper_options: tuple[str, ...] = ()
    blocks_gradient: bool = False

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name)
        object.__setattr__(self, "options", with_companions(self.options))

    def effect(self, values: Values, shapes: tuple[Shape, ...]) -> Effect:
        """What the layer does to samples of these `shapes`, by port.

        Raises:
            ShapeError: options and shapes do not go together.
        """
        if self.merge is not None:
            return self.merge(values, shapes)
        if self.rule is None:
            raise TypeError(f"{self.name} has no rule")
        (shape,) = shapes
        return self.rule(values, shape)

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if option.name == name), None)

    @property
    def has_activation(self) -> bool:
        return self.option("activation") is not None

    def activation_of(self, options: FrozenMap) -> str | None:
        """Name of the activation whose curve stands on the card, or None."""
        if not self.has_activation:
            return self.glyph
        value = options.get("activation")
        return value if isinstance(value, str) else None


def shape_text(shape: Shape) -> str:
    """(3, 3, 16) as "3×3×16"."""
    return "×".join(str(size) for size in shape)


def short(value: object) -> str:
    """A number in three figures for a card's line; works for wrong values too."""
    return f"{as_float(value):.3g}" if isinstance(value, (int, float)) else str(value)


def line(expression: str, result: int, label: str) -> ArithmeticLine:
    """`(144 + 1)*64 = 9,280`: an expression in plain numbers and its result."""
    return ArithmeticLine(f"{expression} = {result:,}", label)


def product_line(shape: Shape, label: str = "values") -> ArithmeticLine:
    """`3*3*16 = 144`"""
    return line("*".join(str(size) for size in shape), math.prod(shape), label)


def joined(*parts: str) -> str:
    """The parts of a card's line that are not empty."""
    return ", ".join(part for part in parts if part)

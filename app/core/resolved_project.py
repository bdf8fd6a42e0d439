"""What follows from a project and its data: shapes, counts, problems. Pure, milliseconds."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from app.core.data_summary import DataSummary
from app.core.network import Layer
from app.core.number_words import counted
from app.core.problems import Problem
from app.core.project import Project


@dataclass(frozen=True)
class ArithmeticLine:
    """One line of the arithmetic shown under a layer's options: `(8 - 3 + 2*0)/1 + 1 = 6` and
    what it is ("side").
    """

    text: str
    label: str


@dataclass(frozen=True)
class ResolvedLayer:
    """What follows for one layer.

    Attributes:
        layer: the layer with all options filled in.
        input_shapes: shapes that come in, by port, without the batch axis; None where one is
            unknown.
        output_shape: without the batch axis, or None when it can't be told.
        parameters: number of trainable weights, or None when unknown.
        fixed_parameters: number of weights that are not trained (moving averages).
        multiply_adds: of one sample's forward pass.
        output_bytes: memory of one sample's output in float32.
        arithmetic: how shape and parameters come about.
        summary: the card's line: "16 filters, 3×3, ReLU".
    """

    layer: Layer
    input_shapes: tuple[tuple[int, ...] | None, ...]
    output_shape: tuple[int, ...] | None
    parameters: int | None
    fixed_parameters: int
    multiply_adds: int | None
    output_bytes: int | None
    arithmetic: tuple[ArithmeticLine, ...]
    summary: str

    @property
    def id(self) -> str:
        return self.layer.id


@dataclass(frozen=True)
class ResolvedProject:
    """A project with everything that follows from it.

    Attributes:
        layers: in topological order; layers in a cycle come last, with unknown shapes.
        problems: errors first; each names the layer or setting that causes it.
        parameters: trainable weights of the whole network, or None when unknown.
        weight_bytes: memory of all weights in float32.
        training_bytes: an estimate of the memory that a training step takes at this batch size.
        batch_size: samples in a full step, whatever the batch mode.
        steps_per_epoch: ceil(training samples / batch_size).
    """

    project: Project
    summary: DataSummary
    layers: tuple[ResolvedLayer, ...]
    problems: tuple[Problem, ...]
    parameters: int | None
    weight_bytes: int | None
    training_bytes: int | None
    batch_size: int
    steps_per_epoch: int

    @property
    def fixed_parameters(self) -> int:
        """Weights that are not trained: of frozen layers, and moving averages."""
        return sum(layer.fixed_parameters for layer in self.layers)

    @property
    def parameters_text(self) -> str:
        """All weights in words: "10,090 parameters, 160 fixed"."""
        if self.parameters is None:
            return "parameters unknown"
        fixed = self.fixed_parameters
        return counted(self.parameters + fixed, "parameter") + (f", {fixed:,} fixed" * (fixed > 0))

    @property
    def can_train(self) -> bool:
        return not any(problem.severity == "error" for problem in self.problems)

    def layer(self, layer_id: str) -> ResolvedLayer:
        """The resolved layer called `layer_id`. Raises KeyError when there is none."""
        return self._layers_by_id[layer_id]

    def problems_of(self, where: str) -> tuple[Problem, ...]:
        return self._problems_by_place.get(where, ())

    @cached_property
    def _layers_by_id(self) -> Mapping[str, ResolvedLayer]:
        return {layer.id: layer for layer in self.layers}

    @cached_property
    def _problems_by_place(self) -> Mapping[str, tuple[Problem, ...]]:
        found: dict[str, list[Problem]] = defaultdict(list)
        for problem in self.problems:
            found[problem.where].append(problem)
        return {where: tuple(group) for where, group in found.items()}

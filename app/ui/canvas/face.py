"""What a card says, as a plain value: texts, icon and curve of one layer, taken from a resolved
project.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.core.layer_catalog import LAYER_KINDS, layer_kind
from app.core.layer_kinds.kind import LayerKind
from app.core.network import INPUT_KIND
from app.core.number_words import bytes_text
from app.core.problems import Problem
from app.core.resolved_project import ResolvedLayer, ResolvedProject
from app.core.short_names import in_sentence
from app.ui.canvas.glyph import Glyph, activation_glyph
from app.ui.canvas.searched import Sizes, searched_sizes, searched_words
from app.ui.icons import icon_names

LOSS_CARD = "loss:"
"""Stands for the loss among the cards; no layer can be called so."""

UNKNOWN = "unknown"
NORM_RANGE = (1e-4, 1.0)
"""The ends of the bar of the gradient norm."""
LOW_SHARE = 1e-3
"""A gradient below this share of the last layer's is a vanishing one."""

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class CardFace:
    """One card. `message` and `fix_label` stand below it; `parameters_short` is used where room is
    short.

    Attributes:
        is_frozen: whether it has weights and training leaves them alone.
        keeps_weights: whether a training begins with weights that are kept in the project.
        searched: what is searched of it, dimension by dimension.
        ranges: shape and number of weights from the least to the most that is searched, in words
            that get shorter; empty where they are the same or cannot be told.
        ports: how many inputs it shows, of which the first `links` are taken.
    """

    id: str
    title: str
    icon: str
    options: str
    shape: str
    parameters: str
    parameters_short: str
    glyph: Glyph | None = None
    has_weights: bool = False
    is_output: bool = False
    is_frozen: bool = False
    keeps_weights: bool = False
    searched: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    ports: int = 1
    links: int = 1
    severity: Severity | None = None
    message: str = ""
    fix_label: str = ""
    fix_index: int = -1
    tool_tip: str = ""

    def spoken(self) -> str:
        """The card in words for a screen reader."""
        shape, parameters = self.shape, self.parameters
        if self.ranges:
            shape, parameters = self.ranges[0]
            parameters += "" if parameters.endswith(("param", "params")) else " params"
        parts = [self.title, self.id, self.options, f"output {shape}", parameters]
        parts += ["frozen"] if self.is_frozen else []
        parts += ["begins with kept weights"] if self.keeps_weights else []
        parts += [f"searched: {line}" for line in self.searched]
        parts += [f"{self.links} inputs"] if self.links > 1 else []
        if self.message:
            parts.append(f"{self.severity}: {self.message}")
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True)
class CardHealth:
    """The strip at the foot of a card while it trains.

    Attributes:
        norm: L2 norm of the gradient of the layer's weights; None while it is not known; may be
            nan.
        low: whether the gradient is below a thousandth of the last layer's.
        dead: units that never fire, and all units; None for a layer that has none that could die.
        diverged: whether the first value that is not finite came up here.
    """

    norm: float | None = None
    low: bool = False
    dead: tuple[int, int] | None = None
    diverged: bool = False

    @property
    def stopped(self) -> bool:
        return self.diverged or (self.norm is not None and not math.isfinite(self.norm))


def shape_text(shape: tuple[int, ...] | None, separator: str = " × ") -> str:
    """A shape as it is written on a card: "6 × 6 × 16"; "1" for a single number; "unknown" for
    None.
    """
    if shape is None:
        return UNKNOWN
    return separator.join(str(size) for size in shape) or "1"


def short_count(count: int) -> str:
    """`count` with three figures and a unit: 1,234,567 is "1.23M"; exact below ten thousand."""
    for size, unit in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= (10_000 if unit == "k" else size):
            figures = count / size
            decimals = max(0, 2 - int(math.log10(figures)))
            return f"{figures:.{decimals}f}{unit}"
    return f"{count:,}"


def norm_text(norm: float) -> str:
    """Two figures, one when tiny: 0.49, 0.012, 4e-3, 35; nan and inf in words."""
    if math.isnan(norm):
        return "nan"
    if math.isinf(norm):
        return "inf"
    if norm == 0:
        return "0"
    if norm < 0.00995 or norm >= 9999.5:
        mantissa, exponent = f"{norm:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    decimals = max(0, 1 - math.floor(math.log10(norm)))
    return f"{norm:.{max(decimals, 2) if norm < 1 else decimals}f}"


def norm_share(norm: float | None) -> float:
    """How much of the bar is filled, from 0 to 1: logarithmic over `NORM_RANGE`."""
    if norm is None or not math.isfinite(norm) or norm <= 0:
        return 0.0
    low, high = (math.log10(end) for end in NORM_RANGE)
    return min(1.0, max(0.0, (math.log10(norm) - low) / (high - low)))


def totals_text(resolved: ResolvedProject) -> str:
    """The line below the loss: "10,090 parameters, 160 fixed · 39 KiB", of all weights."""
    if resolved.weight_bytes is None:
        return resolved.parameters_text
    return f"{resolved.parameters_text} · {bytes_text(resolved.weight_bytes)}"


def sentence_start_lower(text: str) -> str:
    """`text` as it goes on behind a colon; names such as "ReLU" or "LSTM" stay as they are."""
    first, _, rest = text.partition(" ")
    if first in LAYER_KINDS and rest.startswith("of "):  # "Dense of 32 units", not "Add a layer"
        return text
    return in_sentence(text)


def icon_of_kind(kind: LayerKind | None) -> str:
    """Name of the icon of a layer kind; a plain box for kinds outside the catalog."""
    name = f"layer-{kind.icon}" if kind else ""
    return name if name in icon_names() else "layer-generic"


def port_count(layer: ResolvedLayer, links: int) -> int:
    """How many inputs a card shows: those that have links, and a free one where it takes more."""
    if layer.layer.kind == INPUT_KIND:
        return 0
    kind = layer_kind(layer.layer.kind)
    fewest, most = kind.inputs if kind else (1, 1)
    return max(1, links, min(most, max(fewest, links + 1)))


def _tool_tip(
    layer: ResolvedLayer, problems: tuple[Problem, ...], searched: tuple[str, ...]
) -> str:
    lines = [f"{layer.layer.kind} {layer.id}: {layer.summary}"]
    if layer.parameters is not None:
        lines.append(f"{layer.parameters:,} trainable parameters, {layer.fixed_parameters:,} fixed")
    kind = layer_kind(layer.layer.kind)
    if kind is not None and kind.ports:
        lines.append(f"Inputs from above to below: {', '.join(kind.ports)}")
    if not layer.layer.trainable:
        lines.append("Frozen: training leaves its weights as they are.")
    if layer.layer.kept_weights is not None:
        lines.append("Training begins with the weights that are kept in the project.")
    lines += searched
    lines += [f"{p.happened} {p.expected} {p.how_to_fix}" for p in problems]
    return "\n".join(lines)


def _ranges(least: ResolvedLayer, most: ResolvedLayer) -> tuple[tuple[str, str], ...]:
    """ "6 × 6 × 8 to 32" and "80 to 320"."""
    low, high = least.output_shape, most.output_shape
    few, many = least.parameters, most.parameters
    if low is None or high is None or few is None or many is None or len(low) != len(high):
        return ()
    if (low, few) == (high, many) or not least.layer.trainable:
        return ()
    sides = [str(a) if a == b else f"{a} to {b}" for a, b in zip(low, high, strict=True)]
    long, tight = " × ".join(sides), "×".join(sides)
    if few == many:
        exact = short = f"{short_count(few)} {'param' if few == 1 else 'params'}"
    else:
        exact, short = f"{few:,} to {many:,}", f"{short_count(few)} to {short_count(many)}"
    return ((long, exact), (long, short), (tight, short))


def face_of_layer(
    resolved: ResolvedProject, layer: ResolvedLayer, is_output: bool, sizes: Sizes | None = None
) -> CardFace:
    """The card of one layer; `sizes` are those of `searched_sizes`, worked out here without."""
    problems = tuple(p for p in resolved.problems_of(layer.id) if p.severity != "info")
    worst = next((p for p in problems if p.severity == "error"), next(iter(problems), None))
    fix_label, fix_index = "", -1
    if worst is not None and worst.fixes:
        # Fixes are counted over all problems of the layer, in their order.
        fix_label = worst.fixes[0].label
        fix_index = 0
        for problem in resolved.problems_of(layer.id):
            if problem is worst:
                break
            fix_index += len(problem.fixes)
    kind = layer_kind(layer.layer.kind)
    links = 0 if layer.layer.kind == INPUT_KIND else len(layer.input_shapes)
    activation = kind.activation_of(layer.layer.options) if kind else None
    trainable, fixed = layer.parameters, layer.fixed_parameters
    frozen = not layer.layer.trainable and (trainable is None or fixed > 0)
    if trainable is None:
        long = short = UNKNOWN
    else:
        count = fixed if frozen else trainable
        noun = "fixed" if frozen else ("param" if count == 1 else "params")
        long, short = f"{count:,} {noun}", f"{short_count(count)} {noun}"
    searched = searched_words(resolved.project, layer.layer, layer.summary)
    if searched.lines and sizes is None:
        sizes = searched_sizes(resolved)
    ends = sizes.get(layer.id) if sizes and searched.lines else None
    return CardFace(
        id=layer.id,
        title=kind.label if kind else layer.layer.kind,
        icon=icon_of_kind(kind),
        options=_input_words(resolved)
        if layer.layer.kind == INPUT_KIND
        else searched.options or layer.summary,
        shape=shape_text(layer.output_shape),
        parameters=long,
        parameters_short=short,
        glyph=activation_glyph(activation) if activation else None,
        has_weights=bool(trainable) and not frozen,
        is_output=is_output and layer.layer.kind != INPUT_KIND,
        is_frozen=frozen,
        keeps_weights=layer.layer.kept_weights is not None,
        searched=searched.lines,
        ranges=_ranges(*ends) if ends is not None else (),
        ports=port_count(layer, links),
        links=links,
        severity=None if worst is None else ("error" if worst.severity == "error" else "warning"),
        message="" if worst is None else worst.title,
        fix_label=fix_label,
        fix_index=fix_index,
        tool_tip=_tool_tip(layer, problems, searched.tips),
    )


_PREPROCESSED = {
    "none": "",
    "standardize": ", standardized",
    "min_max": ", scaled 0 to 1",
    "pixels": ", pixels 0 to 1",
}


def _input_words(resolved: ResolvedProject) -> str:
    """What comes in: "digits 8×8, pixels 0 to 1"."""
    return f"{resolved.summary.title}{_PREPROCESSED[resolved.project.data.preprocessing]}"


def health_of(
    layer_ids: tuple[str, ...],
    norms: Mapping[str, float],
    dead: Mapping[str, tuple[int, int]],
    diverged: str | None,
) -> dict[str, CardHealth]:
    """The strips of all layers that have something to show; `layer_ids` in the order of the
    network.
    """
    last = next((norms[i] for i in reversed(layer_ids) if i in norms), None)
    healths = {}
    for name in layer_ids:
        if name not in norms and name not in dead and name != diverged:
            continue
        norm = norms.get(name)
        low = norm is not None and last is not None and norm < LOW_SHARE * last
        healths[name] = CardHealth(norm, low, dead.get(name), name == diverged)
    return healths

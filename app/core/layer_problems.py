"""Complaints about a single layer, with the edits that mend them."""

from app.core.activation_catalog import Activation
from app.core.axes_check import inserts
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS
from app.core.layer_kinds.kind import LayerKind, Shape, ShapeError, shape_text
from app.core.network import Layer
from app.core.network_fixes import drop_layer_option, fix, fix_for, remove_layer, set_layer_options
from app.core.options import FloatOption, IntegerOption, Option, ShapeOption
from app.core.problems import Problem
from app.core.short_names import quoted


def shape_problem(layer: Layer, error: ShapeError) -> Problem:
    """Options and input shape do not go together."""
    return Problem(
        where=layer.id,
        severity="error",
        title=error.title,
        happened=error.happened,
        expected=error.expected,
        how_to_fix=error.how_to_fix,
        option=error.option,
        fixes=tuple(fix_for(remedy, layer.id) for remedy in error.remedies),
    )


def lonely_softmax(layer: Layer, activation: Activation, is_option: bool) -> Problem:
    """Softmax or a relative of it over a last axis of size 1, in the middle of the network."""
    better = FrozenMap(activation="sigmoid")
    return Problem(
        where=layer.id,
        severity="warning",
        title=f"{activation.label} over one number",
        happened=f"{activation.label} compares the numbers of an axis, and here it has one.",
        expected="At least two numbers; over one the result is always the same.",
        how_to_fix="Use sigmoid instead." if is_option else "Remove the layer.",
        option="activation" if is_option else None,
        fixes=(
            fix("Use sigmoid", set_layer_options, layer_id=layer.id, values=better)
            if is_option
            else fix("Remove the layer", remove_layer, layer_id=layer.id),
        ),
    )


def dense_at_each_place(layer: Layer, shape: Shape) -> Problem:
    """A dense layer over a picture: Keras puts it on the channels of each pixel."""
    return Problem(
        where=layer.id,
        severity="warning",
        title=f"Dense at each place of {shape_text(shape)}"[:46],
        happened=f"{shape_text(shape)} comes in, and {layer.id} works on the {shape[-1]} channels"
        " of each place by itself.",
        expected="A row of numbers, if every unit is to see the whole picture.",
        how_to_fix="Insert Flatten before it; or leave it, if that is meant.",
        fixes=tuple(fix_for(remedy, layer.id) for remedy in inserts(shape, 1)),
    )


def unknown_kind(layer: Layer) -> Problem:
    """The kind is not in the catalog."""
    return Problem(
        where=layer.id,
        severity="error",
        title="Unknown kind of layer",
        happened=f"The layer {layer.id} is a {quoted(layer.kind, 40)}, which is not in the "
        "catalog.",
        expected=f"One of the {len(LAYER_KINDS)} kinds of the catalog, such as Dense or Conv2D.",
        how_to_fix="Remove the layer, or put a known one in its place.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=layer.id),),
    )


def option_problem(layer: Layer, kind: LayerKind, name: str, error: str) -> Problem:
    """The option `name` is unknown or its value refused, as `error` says."""
    option = kind.option(name)
    if option is None:
        return Problem(
            where=layer.id,
            severity="error",
            title=f"Unknown option {quoted(name, 20)}",
            happened=error,
            expected=f"Only options that {kind.label} has.",
            how_to_fix=f"Remove the option {quoted(name, 40)}.",
            option=name,
            fixes=(fix("Remove the option", drop_layer_option, layer_id=layer.id, name=name),),
        )
    allowed = nearest_allowed(option, layer.options[name])
    values = {name: allowed}
    limit = kind.option(option.not_above or "") if isinstance(option, FloatOption) else None
    if limit is not None:
        highest = layer.options[limit.name]
        if limit.check(highest) is not None or option.check(highest) is not None:
            allowed = option.default  # both are out of range
            values = {name: allowed, limit.name: limit.default}
        elif isinstance(allowed, (int, float)) and isinstance(highest, (int, float)):
            allowed = min(allowed, highest)
            values = {name: allowed}
    text = option.format(allowed) if allowed is not None else f"“{option.format(None)}”"
    owner = next((o for o in kind.options if name in [c.name for c in o.companions]), None)
    if owner is not None:  # a layer may have several factors, deviations and axes
        error = f"{owner.label}, {error[0].lower()}{error[1:]}"
    label = option.label if owner is None else f"{owner.label}, {option.label.lower()}"
    short = label if len(label) <= 33 else option.label
    remedy = f"Set {option.label.lower()} to {text}"
    if len(remedy) > 40:
        remedy = f"Reset {short.lower()}"
    return Problem(
        where=layer.id,
        severity="error",
        title=error.rstrip(".") if len(error) <= 40 else f"{short}: not allowed",
        happened=error,
        expected=option.help,
        how_to_fix=f"Set {option.label.lower()} to {text}.",
        option=name,
        fixes=(
            fix(
                remedy,
                set_layer_options,
                layer_id=layer.id,
                values=FrozenMap(values),
            ),
        ),
    )


def nearest_allowed(option: Option, value: OptionValue) -> OptionValue:
    """The allowed value nearest to a number out of range, else the default."""
    candidate: OptionValue = value
    if isinstance(option, (IntegerOption, FloatOption)) and isinstance(value, (int, float)):
        candidate = _clamp(value, option.minimum, option.maximum)
    elif isinstance(option, ShapeOption) and isinstance(value, tuple):
        candidate = tuple(
            int(_clamp(item, option.minimum, option.maximum)) if isinstance(item, int) else item
            for item in value
        )
    return candidate if option.check(candidate) is None else option.default


def _clamp(value: float, low: float | None, high: float | None) -> float:
    if low is not None and value < low:
        return low
    return high if high is not None and value > high else value

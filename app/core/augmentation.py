"""Augmentation: random changes of the training pictures, as Keras layers behind the input.

They are part of the network, so they are trained with, saved with it and do nothing in use.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import layer_kind, new_layer
from app.core.network import INPUT_KIND, Layer, Network, insert_after, with_layer, without_layer
from app.core.options import complete
from app.core.problems import Fix, Problem
from app.core.project import Project


@dataclass(frozen=True)
class Augmentation:
    """One change, with one number that says how strong it is.

    Attributes:
        kind: the layer kind.
        label: on the screen; `help`: what it does, and for what it is not.
        unit: of the strength ("degrees"); `low`, `high`, `default`: of the strength.
        options: of the layer for a strength.
        strength: of a layer's options; of one that was set otherwise, about as much.
        choices: where the strength is one of a few: their names.
    """

    kind: str
    label: str
    help: str
    unit: str
    low: float
    high: float
    default: float
    options: Callable[[float], dict[str, object]]
    strength: Callable[[FrozenMap], float]
    choices: tuple[str, ...] = ()


def _far(value: OptionValue) -> float:
    """The end of a range that is farther from 0."""
    if isinstance(value, tuple):
        return max((abs(float(v)) for v in value), default=0.0)
    return abs(float(value)) if isinstance(value, (int, float)) else 0.0


def _around(share: float) -> tuple[float, float]:
    return (-round(share, 9), round(share, 9))


_FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")

AUGMENTATIONS: tuple[Augmentation, ...] = (
    Augmentation(
        "RandomFlip",
        "Flip",
        "Mirrors every other picture, at random. Not for letters and digits: mirrored they are "
        "others.",
        "",
        0,
        2,
        0,
        lambda strength: {"mode": _FLIPS[round(strength)]},
        lambda options: float(_FLIPS.index(str(options.get("mode", "horizontal")))),
        ("left and right", "top and bottom", "both"),
    ),
    Augmentation(
        "RandomRotation",
        "Rotate",
        "Turns each picture by an angle up to this one, either way.",
        "degrees",
        0,
        180,
        15,
        lambda strength: {"factor": _around(strength / 360)},
        lambda options: 360 * _far(options.get("factor")),
    ),
    Augmentation(
        "RandomTranslation",
        "Shift",
        "Shifts each picture by up to this share of its height and width.",
        "%",
        0,
        50,
        10,
        lambda strength: {
            "height_factor": _around(strength / 100),
            "width_factor": _around(strength / 100),
        },
        lambda options: (
            100 * max(_far(options.get("height_factor")), _far(options.get("width_factor")))
        ),
    ),
    Augmentation(
        "RandomZoom",
        "Zoom",
        "Shows up to this share more or less of each picture.",
        "%",
        0,
        50,
        10,
        lambda strength: {"height_factor": _around(strength / 100), "width_factor": None},
        lambda options: 100 * _far(options.get("height_factor")),
    ),
    Augmentation(
        "RandomContrast",
        "Contrast",
        "Makes the contrast of each picture up to this share stronger or weaker.",
        "%",
        0,
        100,
        20,
        lambda strength: {"factor": (0.0, round(strength / 100, 9))},
        lambda options: 100 * _far(options.get("factor")),
    ),
    Augmentation(
        "GaussianNoise",
        "Noise",
        "Adds normal noise of this deviation to each number that goes into the network.",
        "deviation",
        0,
        1,
        0.1,
        lambda strength: {"stddev": strength},
        lambda options: _far(options.get("stddev")),
    ),
)
"""In the order in which they stand behind the input."""

AUGMENTATIONS_BY_KIND = {one.kind: one for one in AUGMENTATIONS}


def augmenting_layers(network: Network) -> tuple[Layer, ...]:
    """The layers of the table among `augmenting_chain`."""
    return tuple(
        layer for layer in augmenting_chain(network) if layer.kind in AUGMENTATIONS_BY_KIND
    )


def augmenting_chain(network: Network) -> tuple[Layer, ...]:
    """The layers that augment and follow the input, one behind the other."""
    place = next((layer for layer in network.layers if layer.kind == INPUT_KIND), None)
    found: list[Layer] = []
    seen: set[str] = set()
    while place is not None and place.id not in seen:
        seen.add(place.id)
        targets = network.outputs_of(place.id)
        if len(targets) != 1:
            break
        place = network.layer(targets[0])
        kind = layer_kind(place.kind)
        augments = kind is not None and kind.family == "Augmentation"
        if not augments and place.kind not in AUGMENTATIONS_BY_KIND:
            break
        found.append(place)
    return tuple(found)


def with_augmentation(project: Project, kind: str, summary: DataSummary) -> Project:
    """`project` with a layer of `kind` more behind the input, at its place in the table, with its
    default strength. As it was when there is one, or no input.

    Raises KeyError when the table has no such kind.
    """
    network = project.network
    entry = AUGMENTATIONS_BY_KIND[kind]
    present = augmenting_layers(network)
    source = next((layer for layer in network.layers if layer.kind == INPUT_KIND), None)
    if source is None or any(layer.kind == kind for layer in present):
        return project
    order = [one.kind for one in AUGMENTATIONS]
    before = [layer for layer in present if order.index(layer.kind) < order.index(kind)]
    options = {**entry.options(entry.default), **_value_range(kind, summary)}
    layer = new_layer(network, kind, **options)
    after = before[-1].id if before else source.id
    return project.model_copy(update={"network": insert_after(network, layer, after)})


def without_augmentation(project: Project, kind: str) -> Project:
    """`project` without the layer of `kind` behind the input."""
    network = project.network
    for layer in augmenting_layers(network):
        if layer.kind == kind:
            network = without_layer(network, layer.id)
    return project.model_copy(update={"network": network})


def set_strength(project: Project, kind: str, strength: float) -> Project:
    """`project` in which the layer of `kind` behind the input changes pictures so strongly."""
    entry = AUGMENTATIONS_BY_KIND[kind]
    strength = min(entry.high, max(entry.low, strength))
    network = project.network
    for layer in augmenting_layers(network):
        if layer.kind == kind:
            known = layer_kind(kind)
            values = complete(known.options, layer.options) if known else layer.options
            options = FrozenMap({**values, **entry.options(strength)})
            network = with_layer(network, layer.model_copy(update={"options": options}))
    return project.model_copy(update={"network": network})


def strength_of(layer: Layer) -> float:
    """How strongly a layer of the table changes pictures, in the unit of its entry."""
    return AUGMENTATIONS_BY_KIND[layer.kind].strength(layer.options)


def range_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    """Layers that augment behind the input, and take pixels to lie between other values than they
    do: most of Keras's cut off what leaves their `value_range`, others compute with it.
    """
    if not summary.pictures or not summary.statistics:
        return
    low, high = _extremes(summary)
    little = 1e-6 * (high - low)
    for layer in augmenting_chain(project.network):
        values = _values_of(layer)
        if values is None or (values[0] <= low + little and high - little <= values[1]):
            continue
        least, most = fitting = _fitting_range(low, high)
        yield Problem(
            where=layer.id,
            option="value_range",
            severity="warning",
            title="Pixels leave its range",
            happened=f"Pixels come in from {low:.4g} to {high:.4g}, and in training this layer "
            f"takes them to lie from {values[0]:g} to {values[1]:g}: what lies beyond is cut off "
            "or changed wrongly.",
            expected="In training the network should see pixels of the size that they have in use.",
            how_to_fix=f"Set its values to {least:g}, {most:g}.",
            fixes=(
                Fix(
                    f"Set to {least:g}, {most:g}",
                    partial(set_value_range, layer_id=layer.id, values=fitting),
                ),
            ),
        )


def set_value_range(project: Project, *, layer_id: str, values: tuple[float, float]) -> Project:
    """`project` in which pixels lie between `values` for this layer."""
    layer = project.network.layer(layer_id)
    options = FrozenMap({**layer.options, "value_range": values})
    network = with_layer(project.network, layer.model_copy(update={"options": options}))
    return project.model_copy(update={"network": network})


def _values_of(layer: Layer) -> tuple[float, float] | None:
    """Between which values a layer takes pixels to be; None when it does not care."""
    known = layer_kind(layer.kind)
    if known is None or all(option.name != "value_range" for option in known.options):
        return None
    match complete(known.options, layer.options)["value_range"]:
        case (int() | float() as low, int() | float() as high):
            return float(low), float(high)
    return None


def _value_range(kind: str, summary: DataSummary) -> dict[str, object]:
    """Between which values pictures are when they come in: Keras cuts off what leaves them."""
    known = layer_kind(kind)
    if known is None or all(option.name != "value_range" for option in known.options):
        return {}
    if not summary.statistics:
        return {}
    return {"value_range": _fitting_range(*_extremes(summary))}


def _extremes(summary: DataSummary) -> tuple[float, float]:
    """The least and the largest number that goes into the network, of the training part."""
    return (
        min(statistics.after[2] for statistics in summary.statistics),
        max(statistics.after[3] for statistics in summary.statistics),
    )


def _fitting_range(low: float, high: float) -> tuple[float, float]:
    if low >= 0 and high <= 1:
        return 0.0, 1.0
    if low >= 0 and high <= 255:
        return 0.0, 255.0 if high > 16 else math.ceil(high)
    return math.floor(low), math.ceil(high)

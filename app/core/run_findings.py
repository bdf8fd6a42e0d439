"""What a training has shown to be wrong, as problems with remedies that are ordinary edits."""

from collections.abc import Sequence
from functools import partial

from app.core.frozen import FrozenMap
from app.core.layer_catalog import new_layer
from app.core.network import with_layer
from app.core.network_fixes import set_layer_options
from app.core.optimizer_catalog import CLIPPING, OPTIMIZERS_BY_NAME
from app.core.options import complete
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.training_options import with_training_value

VANISHED_SHARE = 1e-3
"""A first layer whose gradient is below this share of the last one's hardly learns."""

SATURATING = ("sigmoid", "tanh", "hard_sigmoid", "softsign", "hard_tanh")

DEAD_SHARE = 0.1
"""From which share of dead units on a layer is warned of; it still learns."""
SICK_SHARE = 0.5
"""From which share of dead units on the advisor calls it an illness."""

GOOD_RATIO = 1e-3
"""Norm of an update by norm of the weights that is about right, a rule of thumb of CS231n's notes
("Ratio of weights:updates").
"""
LOW_RATIO, HIGH_RATIO = 0.1 * GOOD_RATIO, 10 * GOOD_RATIO
RATIO_WORDS = "about right: 1e-4 to 0.01"


def is_worth_a_warning(dead: int, units: int) -> bool:
    """Whether so many dead units of a layer are warned of."""
    return dead > 0 and dead >= DEAD_SHARE * units


def is_a_sick_layer(dead: int, units: int) -> bool:
    """Whether so many dead units of a layer keep it from learning much."""
    return dead > 0 and dead >= SICK_SHARE * units


def dead_units_words(layer_id: str, dead: int, units: int) -> str:
    """What is told of dead units of a layer wherever they are told of."""
    noun, verb = ("unit", "is") if units == 1 else ("units", "are")
    told = f"{dead:,} of {units:,} {noun} of {layer_id} {verb} dead"
    if is_a_sick_layer(dead, units):
        return f"{told}: half of the layer or more"
    return f"{told}: fewer than half, it still learns"


def gradient_vanishes(norms: Sequence[tuple[str, float]], share: float = VANISHED_SHARE) -> bool:
    """Whether the first of these layers gets less than `share` of the gradient of the last one; of
    three layers at least.

    `norms`: (layer id, L2 norm of its gradient) from the input to the output.
    """
    return len(norms) >= 3 and norms[0][1] < share * norms[-1][1]


def dead_unit_problem(
    project: Project, layer_id: str, dead: int, units: int, samples: int, part: str
) -> Problem | None:
    """The warning about units of a layer that were not active on any of the `samples` of `part`,
    or None.
    """
    if not is_worth_a_warning(dead, units) or not project.network.has(layer_id):
        return None
    layer = project.network.layer(layer_id)
    if layer.options.get("activation") == "relu":
        remedy = Fix(
            "Leaky ReLU",
            partial(
                set_layer_options, layer_id=layer_id, values=FrozenMap(activation="leaky_relu")
            ),
        )
        fixes: tuple[Fix, ...] = (remedy,)
    elif layer.kind == "ReLU":
        fixes = (Fix("Leaky ReLU", partial(replace_layer, layer_id=layer_id, kind="LeakyReLU")),)
    else:
        fixes = ()
    noun = "unit" if units == 1 else "units"
    return Problem(
        where=layer_id,
        severity="warning",
        title=f"{dead:,} of {units:,} {noun} never fire{'s' if units == 1 else ''}",
        happened=f"{layer.kind}, on all {samples:,} {part} samples.",
        expected="A unit that is 0 for every sample gets no gradient: its weights are not updated "
        "while that lasts.",
        how_to_fix="Use leaky ReLU, a smaller learning rate, or fewer units.",
        fixes=fixes,
    )


def vanishing_gradient_problem(
    project: Project, norms: tuple[tuple[str, float], ...]
) -> Problem | None:
    """The warning that the first layer gets hardly any gradient, or None.

    `norms`: (layer id, L2 norm of its gradient) from the input to the output.
    """
    known = [(name, norm) for name, norm in norms if project.network.has(name)]
    if not gradient_vanishes(known):
        return None
    (first, small), (_, large) = known[0], known[-1]
    saturating = tuple(
        name
        for name, _ in known[:-1]
        if project.network.layer(name).options.get("activation") in SATURATING
    )
    noun = "layer" if len(saturating) == 1 else "layers"
    fix = Fix(f"Use ReLU in {len(saturating)} {noun}", partial(use_relu, layer_ids=saturating))
    return Problem(
        where=first,
        severity="warning",
        title="Vanishing gradient",
        happened=f"{first} gets a gradient of {_short(small)}, the output layer {large:.2g}: "
        "the first layers hardly learn.",
        expected="Going back through each sigmoid multiplies the gradient by 0.25 or less; the "
        "first layer is to get more than a thousandth of the last.",
        how_to_fix="Use ReLU, batch normalization or fewer layers.",
        fixes=(fix,) if saturating else (),
    )


def _short(number: float) -> str:
    """One figure, as the card writes it: 7e-5."""
    return f"{number:.1g}".replace("e-0", "e-")


def use_relu(project: Project, layer_ids: tuple[str, ...]) -> Project:
    """`project` with ReLU and the He initializer that suits it in these layers."""
    values = FrozenMap(activation="relu", kernel_initializer="he_normal")
    for layer_id in layer_ids:
        project = set_layer_options(project, layer_id, values)
    return project


def replace_layer(project: Project, layer_id: str, kind: str) -> Project:
    """`project` in which a layer is one of `kind` with its default options; it keeps its id and
    links.
    """
    network = project.network
    if not network.has(layer_id):
        return project
    layer = new_layer(network, kind).model_copy(update={"id": layer_id})
    return project.model_copy(update={"network": with_layer(network, layer)})


def divergence_problem(
    project: Project, layer_id: str | None, sentence: str, how_to_fix: str
) -> Problem:
    """The error that a training ended with when a value was no longer finite."""
    fixes = []
    optimizer = project.training.optimizer
    kind = OPTIMIZERS_BY_NAME.get(optimizer.kind)
    options = complete(kind.options if kind else (), optimizer.options)
    rate = options.get("learning_rate")
    if isinstance(rate, float) and rate > 1e-6:
        lower = float(f"{rate / 10:.3g}")
        fixes.append(
            Fix(
                f"learning rate {lower:g}",
                partial(set_training, name="optimizer.learning_rate", value=lower),
            )
        )
    if all(options.get(name) is None for name in CLIPPING):  # Keras takes one of them at most
        fixes.append(
            Fix("Clip gradients", partial(set_training, name="optimizer.clipnorm", value=1.0))
        )
    return Problem(
        where=layer_id if layer_id and project.network.has(layer_id) else "training.optimizer",
        severity="warning",
        title="The training diverged",
        happened=sentence,
        expected="Loss, gradients and weights stay finite numbers.",
        how_to_fix=how_to_fix,
        fixes=tuple(fixes),
    )


def set_training(project: Project, name: str, value: float) -> Project:
    """`project` in which the option `name` of `training_options` holds `value`."""
    return project.model_copy(
        update={"training": with_training_value(project.training, name, value)}
    )

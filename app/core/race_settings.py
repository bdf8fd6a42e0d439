"""What can race against what: a table of variations of a project, and how long a race may last.

Every variation is a pure edit of a project. A race trains the project so varied, without early
stopping and within its limits; the settings that a winner gives to the bench are the edit alone.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from app.core.activation_catalog import activation_label
from app.core.activation_forms import FORMS
from app.core.activation_use import ACTIVATION_KINDS, takes_activation, use_activation
from app.core.comparison import Variant
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.core.input_scale import set_preprocessing
from app.core.layer_catalog import layer_kind
from app.core.network import INPUT_KIND, Network, with_layer
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.options import complete
from app.core.output_end import output_end
from app.core.project import Project
from app.core.project_edits import (
    set_early_stopping,
    set_network,
    set_optimizer,
    set_optimizer_option,
    set_training,
)
from app.core.weight_rules import INITIALIZERS

Edit = Callable[[Project], Project]

MOST_CONTESTANTS = 8
"""So many series can be told apart by colour and marker alike."""


@dataclass(frozen=True)
class RaceLimits:
    """How long each contestant trains: until the first of the two.

    Attributes:
        epochs: at most.
        seconds: of training at most, from its first step; the epoch under way is not finished.
    """

    epochs: int = 100
    seconds: float = 20.0


@dataclass(frozen=True)
class Variation:
    """One contestant's difference from the project.

    Attributes:
        name: stable and unique, "batch.stochastic"; before the dot stands its group.
        label: on the plot.
        edit: the pure edit; one that changes nothing is the project as it is.
        other_beginning: whether the initial weights are not those of the project, though the seed
            is.
    """

    name: str
    label: str
    edit: Edit
    other_beginning: bool = False

    @property
    def group(self) -> str:
        return self.name.partition(".")[0]


GROUPS: dict[str, str] = {
    "batch": "Batch size",
    "rate": "Learning rate",
    "optimizer": "Optimizer",
    "activation": "Activation of the hidden layers",
    "initializer": "Initial weights",
    "seed": "Seed",
    "scaling": "Preprocessing",
}
"""Label of each group of variations, in the order of the menu."""

PRESETS: dict[str, tuple[str, ...]] = {
    "batch": ("batch.full", "batch.mini", "batch.stochastic"),
    "rate": ("rate.tenth", "rate.same", "rate.tenfold"),
    "optimizer": ("optimizer.SGD", "optimizer.momentum", "optimizer.RMSprop", "optimizer.Adam"),
    "activation": ("activation.sigmoid", "activation.tanh", "activation.relu"),
    "initializer": ("initializer.he_normal", "initializer.glorot_uniform", "initializer.zeros"),
}
"""Names of the contestants of each race that is ready to start."""

EXPECTED: dict[str, str] = {
    "batch": "One epoch is {full} of full batch, {mini} of mini-batch, {stochastic} of stochastic "
    "gradient descent. What theory says of the beginning, far from the minimum: by epochs "
    "stochastic is ahead, as it steps the most often; by updates full batch is ahead or level, as "
    "its steps have no noise, yet early the gradients of all batches point much the same way; by "
    "seconds mini-batch is, as many samples at once take hardly longer than one. Later the noise "
    "of small batches makes a loss jump. A race may show it otherwise: the sentences below the "
    "chart say what was measured. Keras averages the gradient over the batch where the lecture "
    "sums it, so one learning rate serves all three.",
    "rate": "A rate ten times lower learns as surely and ten times slower; one ten times higher "
    "may be faster, or jump over the valley and end worse than it began.",
    "optimizer": "Plain gradient descent takes the same rate for every weight. Momentum keeps "
    "rolling; RMSprop and Adam scale each weight's step by its past gradients. Each begins with "
    "its own usual learning rate.",
    "activation": "The deeper the network, the further sigmoid falls behind: each of its layers "
    "multiplies the gradient by 0.25 at most. The initial weights are the same for all.",
    "initializer": "Zeros never part: all units of a layer get the same gradient and stay copies "
    "of one another. He and Glorot differ little in shallow networks. These begin with other "
    "weights, as that is what is compared.",
}
"""What a ready-made race is expected to show."""

_ACTIVATIONS = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "softsign")
_INITIALIZERS = (
    "he_normal",
    "he_uniform",
    "glorot_uniform",
    "glorot_normal",
    "lecun_normal",
    "orthogonal",
    "random_normal",
    "zeros",
)
_OPTIMIZERS = ("SGD", "RMSprop", "Adam", "AdamW", "Nadam", "Adagrad", "Adadelta", "Lion")


def variations(project: Project, *, mini_batch: int | None = None) -> tuple[Variation, ...]:
    """All that `project` can race with, in the order of the menu.

    Args:
        mini_batch: size of a mini-batch; None takes the project's.
    """
    return tuple(_variations(project, mini_batch or project.training.batch_size))


def _variations(project: Project, mini: int) -> Iterator[Variation]:
    yield Variation("batch.full", "full batch", partial(_batch, mode="full_batch"))
    yield Variation(
        "batch.mini", f"mini-batch, {mini}", partial(_batch, mode="mini_batch", size=mini)
    )
    yield Variation("batch.stochastic", "stochastic", partial(_batch, mode="stochastic"))
    rate = learning_rate(project)
    if rate is not None:
        for name, factor in (("tenth", 0.1), ("third", 0.3), ("same", 1.0), ("triple", 3.0),
                             ("tenfold", 10.0)):  # fmt: skip
            value = float(f"{rate * factor:.3g}")
            edit = partial(set_optimizer_option, name="learning_rate", value=value)
            yield Variation(f"rate.{name}", f"rate {value:g}", edit if factor != 1 else _as_it_is)
    for kind in _OPTIMIZERS:
        if kind in OPTIMIZERS_BY_NAME:
            label = OPTIMIZERS_BY_NAME[kind].label
            yield Variation(f"optimizer.{kind}", label, partial(_optimizer, kind=kind))
            if kind == "SGD":
                yield Variation("optimizer.momentum", f"{label}, momentum 0.9", _momentum)
    if hidden_layers(project.network):
        for name in _ACTIVATIONS:
            if name in FORMS:
                edit = partial(set_hidden_activation, name=name)
                yield Variation(f"activation.{name}", activation_label(name), edit)
    if initialized_layers(project.network):
        for name in _INITIALIZERS:
            if name in INITIALIZERS:
                label, edit = INITIALIZERS[name].label, partial(set_initializer, name=name)
                yield Variation(f"initializer.{name}", label, edit, other_beginning=True)
    for step in (1, 2, 3):
        seed = (project.training.seed + step) % 2**31
        edit = partial(set_training, seed=seed)
        yield Variation(f"seed.{step}", f"seed {seed}", edit, other_beginning=True)
    for name, label in (("none", "inputs as they come"), ("standardize", "standardized inputs")):
        yield Variation(f"scaling.{name}", label, partial(set_preprocessing, preprocessing=name))


def chosen(
    project: Project, names: tuple[str, ...], *, mini_batch: int | None = None
) -> tuple[Variation, ...]:
    """Those of `names` that this project has, in their order; "own" is the project as it is."""
    known = {one.name: one for one in variations(project, mini_batch=mini_batch)}
    known["own"] = Variation("own", "as on the bench", _as_it_is)
    return tuple(known[name] for name in names if name in known)[:MOST_CONTESTANTS]


def contestant(project: Project, variation: Variation, limits: RaceLimits) -> Variant:
    """What is trained: the project so varied, without early stopping, for `limits.epochs`."""
    varied = set_early_stopping(variation.edit(project), enabled=False)
    return Variant(variation.label, set_training(varied, epochs=limits.epochs))


def expectation(preset: str, summary: DataSummary, batch_size: int) -> str:
    """What the ready-made race is expected to show on these data; "" for one's own."""
    samples = max(1, summary.counts[0])
    updates = {
        "full": _updates(1),
        "mini": _updates(math.ceil(samples / batch_size)),
        "stochastic": _updates(samples),
    }
    text = EXPECTED.get(preset, "")
    return text.format(**updates) if preset == "batch" else text


def beginnings(variations: tuple[Variation, ...]) -> str:
    """Who cannot begin with the same weights, as a sentence; "" when all can."""
    others = [one.label for one in variations if one.other_beginning]
    if not others:
        return ""
    return f"Not from the same initial weights: {', '.join(others)}."


def learning_rate(project: Project) -> float | None:
    """That which the optimizer begins with; None for one that has none of its own."""
    settings = project.training.optimizer
    kind = OPTIMIZERS_BY_NAME.get(settings.kind)
    value = complete(kind.options if kind else (), settings.options).get("learning_rate")
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def hidden_layers(network: Network) -> tuple[str, ...]:
    """Ids of the layers that apply an activation before the end of the network."""
    end = output_end(network)
    last = set() if end is None else {end.last.id, *end.behind}
    if end is not None and end.activation_layer is not None:
        last.add(end.activation_layer.id)
    if end is not None and end.units_layer is not None:
        last.add(end.units_layer.id)
    found = []
    for layer in network.layers:
        if layer.kind == INPUT_KIND or layer.id in last or not takes_activation(layer):
            continue
        is_activation = layer.kind == "Activation" or layer.kind in ACTIVATION_KINDS
        if is_activation or layer.options.get("activation") not in (None, "linear"):
            found.append(layer.id)
    return tuple(found)


def set_hidden_activation(project: Project, *, name: str) -> Project:
    """`project` whose hidden layers apply the activation `name`; initializers stay."""
    network = project.network
    for layer_id in hidden_layers(network):
        network = use_activation(network, layer_id, FORMS[name], {})
    return set_network(project, network)


def initialized_layers(network: Network) -> tuple[str, ...]:
    """Ids of the layers whose kernel is drawn by an initializer, and not kept from before."""
    return tuple(
        layer.id
        for layer in network.layers
        if layer.kept_weights is None
        and (kind := layer_kind(layer.kind)) is not None
        and kind.option("kernel_initializer") is not None
    )


def set_initializer(project: Project, *, name: str) -> Project:
    """`project` all of whose kernels are drawn by the initializer `name`, with its defaults."""
    network = project.network
    for layer_id in initialized_layers(network):
        layer = network.layer(layer_id)
        rest = {
            key: value
            for key, value in layer.options.items()
            if not key.startswith("kernel_initializer")
        }
        options = FrozenMap({**rest, "kernel_initializer": name})
        network = with_layer(network, layer.model_copy(update={"options": options}))
    return set_network(project, network)


def _as_it_is(project: Project) -> Project:
    return project


def _batch(project: Project, *, mode: str, size: int | None = None) -> Project:
    changes: dict[str, object] = {"batch_mode": mode}
    if size is not None:
        changes["batch_size"] = size
    return set_training(project, **changes)


def _optimizer(project: Project, *, kind: str) -> Project:
    """Another optimizer begins with its usual rate; the project's own stays as it is, without
    momentum.
    """
    changed = set_optimizer(project, kind=kind)
    if kind == "SGD":
        return set_optimizer_option(changed, name="momentum", value=0.0)
    return changed


def _momentum(project: Project) -> Project:
    changed = set_optimizer(project, kind="SGD")
    return set_optimizer_option(changed, name="momentum", value=0.9)


def _updates(count: int) -> str:
    return f"{count:,} update{'s' if count != 1 else ''}"

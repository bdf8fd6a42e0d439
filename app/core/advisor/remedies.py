"""The edits that the advisor offers: pure, picklable, harmless when a layer is gone."""

from functools import partial

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_kinds.kind import NO_OPTIONS
from app.core.network import Layer, without_layer
from app.core.network_fixes import insert_layer_after, insert_layer_before, set_layer_options
from app.core.number_words import counted
from app.core.problems import Fix
from app.core.project import Project
from app.core.run_findings import replace_layer, use_relu
from app.core.training_options import with_training_value

DEEP_ENOUGH = 2
"""So many hidden layers are left by "fewer layers"."""
WIDE_ENOUGH = 32
"""A hidden layer that is too small gets at least so many units."""
SIGNED = ("relu", "leaky_relu", "elu", "gelu", "silu", "selu")
"""Activations that the He initializer suits."""


def use_relu_in(layers: tuple[str, ...]) -> Fix:
    """ReLU and the He initializer in `layers`."""
    return Fix(f"Use ReLU in {counted(len(layers), 'layer')}", partial(use_relu, layer_ids=layers))


def use_he_in(layers: tuple[str, ...]) -> Fix:
    """The He initializer in `layers`."""
    return Fix(
        f"He initializer in {counted(len(layers), 'layer')}",
        partial(set_in_layers, layer_ids=layers, values=FrozenMap(kernel_initializer="he_normal")),
    )


def set_in_layers(project: Project, layer_ids: tuple[str, ...], values: FrozenMap) -> Project:
    """`project` in which options of several layers hold `values`."""
    for layer_id in layer_ids:
        project = set_layer_options(project, layer_id, values)
    return project


def normalize_behind(layers: tuple[str, ...]) -> Fix:
    """Batch normalization behind each of `layers`."""
    return Fix("Batch normalization", partial(insert_behind_each, layer_ids=layers))


def insert_behind_each(
    project: Project,
    layer_ids: tuple[str, ...],
    kind: str = "BatchNormalization",
    options: FrozenMap = NO_OPTIONS,
) -> Project:
    """`project` with a new layer of `kind` behind each of these layers."""
    for layer_id in layer_ids:
        project = insert_layer_after(project, layer_id, kind, options)
    return project


def fewer_layers(layers: tuple[str, ...]) -> Fix | None:
    """All but the first hidden `layers` away; None where there are few already."""
    return (
        Fix("Fewer layers", partial(remove_layers, layer_ids=layers[DEEP_ENOUGH:]))
        if len(layers) > DEEP_ENOUGH
        else None
    )


def remove_layers(project: Project, layer_ids: tuple[str, ...]) -> Project:
    """`project` without these layers; what fed each feeds what it fed."""
    network = project.network
    for layer_id in layer_ids:
        if network.has(layer_id):
            network = without_layer(network, layer_id)
    return project.model_copy(update={"network": network})


def use_leaky_relu(layers: tuple[Layer, ...]) -> Fix:
    """Leaky ReLU in place of what dies, with biases that begin at 0 where they began elsewhere."""
    ids = tuple(layer.id for layer in layers)
    return Fix(
        f"Use leaky ReLU in {counted(len(ids), 'layer')}",
        partial(leaky_with_zero_biases, layer_ids=ids),
    )


def leaky_with_zero_biases(project: Project, layer_ids: tuple[str, ...]) -> Project:
    """`project` with leaky ReLU in these layers and biases that begin at 0."""
    for layer_id in layer_ids:
        if not project.network.has(layer_id):
            continue
        layer = project.network.layer(layer_id)
        if layer.kind == "ReLU":
            project = replace_layer(project, layer_id, "LeakyReLU")
            continue
        values: dict[str, OptionValue] = {"activation": "leaky_relu"}
        if biased(layer):
            values["bias_initializer"] = "zeros"
        project = set_layer_options(project, layer_id, FrozenMap(values))
    return project


def biased(layer: Layer) -> bool:
    """Whether its biases begin anywhere but at 0."""
    return layer.options.get("bias_initializer", "zeros") != "zeros"


def set_rate(rate: float) -> Fix:
    """Another learning rate."""
    return set_training(f"Learning rate {rate:g}", "optimizer.learning_rate", rate)


def set_training(label: str, name: str, value: OptionValue) -> Fix:
    return Fix(label, partial(with_training, values=FrozenMap({name: value})))


def with_training(project: Project, values: FrozenMap) -> Project:
    """`project` in which several options of `training_options` hold `values`."""
    training = project.training
    for name, value in values.items():
        training = with_training_value(training, name, value)
    return project.model_copy(update={"training": training})


def stop_early(patience: int) -> Fix:
    """Early stopping with the best weights brought back."""
    values = FrozenMap(
        {
            "early_stopping.enabled": True,
            "early_stopping.monitor": "val_loss",
            "early_stopping.patience": patience,
            "early_stopping.restore_best_weights": True,
        }
    )
    return Fix("Stop early, keep the best", partial(with_training, values=values))


def drop_out(layers: tuple[str, ...], rate: float = 0.3) -> Fix:
    """Dropout behind each of `layers`."""
    options = FrozenMap(rate=rate)
    return Fix(
        f"Dropout {rate:g}",
        partial(insert_behind_each, layer_ids=layers, kind="Dropout", options=options),
    )


def decay_weights(layers: tuple[str, ...]) -> Fix:
    """L2 regularization in `layers`, with Keras's default factor."""
    return Fix(
        "Weight decay (L2)",
        partial(set_in_layers, layer_ids=layers, values=FrozenMap(kernel_regularizer="l2")),
    )


def larger_network(hidden: tuple[Layer, ...], output_id: str | None) -> Fix | None:
    """Twice the units and one more layer; two layers where there is none."""
    if output_id is None:
        return None
    if not hidden:
        return Fix("Add two hidden layers", partial(add_hidden, output_id=output_id))
    return Fix(
        "More units, one more layer",
        partial(widen, layer_ids=tuple(layer.id for layer in hidden), output_id=output_id),
    )


def add_hidden(project: Project, output_id: str, count: int = 2) -> Project:
    """`project` with dense ReLU layers before its output."""
    options = FrozenMap(units=WIDE_ENOUGH, activation="relu", kernel_initializer="he_normal")
    for _ in range(count):
        project = insert_layer_before(project, output_id, "Dense", options)
    return project


def widen(project: Project, layer_ids: tuple[str, ...], output_id: str) -> Project:
    """`project` with twice the units and filters in these layers, at least `WIDE_ENOUGH` units, and
    one more dense layer before the output.
    """
    for layer_id in layer_ids:
        if not project.network.has(layer_id):
            continue
        options = project.network.layer(layer_id).options
        for name, least in (("units", WIDE_ENOUGH), ("filters", 8)):
            size = options.get(name)
            if isinstance(size, int) and not isinstance(size, bool):
                values = FrozenMap({name: max(least, 2 * size)})
                project = set_layer_options(project, layer_id, values)
    return add_hidden(project, output_id, 1)

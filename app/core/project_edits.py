"""Pure edits of the project: what fixes, presenters and the command line do to it.

All can be pickled.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS_BY_NAME, dataset_of, summary_of
from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import new_layer
from app.core.network import INPUT_KIND, Network, insert_after, with_option
from app.core.network_problems import given_shape
from app.core.optimizer_catalog import OPTIMIZERS_BY_NAME
from app.core.output_advisor import advise
from app.core.project import (
    EarlyStoppingSettings,
    OptimizerSettings,
    Project,
    TrainingSettings,
)
from app.core.project_names import name_after
from app.core.shape_inference import infer_network
from app.core.templates import build_template, default_template, names_of_examples
from app.core.training_options import other_schedule

_Settings = TypeVar("_Settings", TrainingSettings, EarlyStoppingSettings, SplitSettings)


def set_layer_option(project: Project, layer_id: str, name: str, value: OptionValue) -> Project:
    """`project` in which option `name` of a layer holds `value`.

    Raises KeyError when there is no such layer.
    """
    return project.model_copy(
        update={"network": with_option(project.network, layer_id, name, value)}
    )


def set_network(project: Project, network: Network) -> Project:
    """`project` with another network."""
    return project.model_copy(update={"network": network})


def set_training(project: Project, **changes: Any) -> Project:
    """`project` with other training settings, such as `batch_size=64`.

    Raises:
        pydantic.ValidationError: for an unknown setting or a value that it refuses.
    """
    training = _changed(TrainingSettings, project.training, changes)
    return project.model_copy(update={"training": training})


def set_early_stopping(project: Project, **changes: Any) -> Project:
    """`project` with other settings of early stopping, such as `patience=5`; raises as
    `set_training`.
    """
    stopping = _changed(EarlyStoppingSettings, project.training.early_stopping, changes)
    return set_training(project, early_stopping=stopping)


def set_optimizer(project: Project, *, kind: str) -> Project:
    """`project` with another optimizer.

    Clipping, weight averaging and the like stay as they were set; the rest, the learning rate too,
    gets the new optimizer's defaults, since what suits one does not suit another.
    """
    before = project.training.optimizer
    if kind == before.kind:
        return project
    known = OPTIMIZERS_BY_NAME.get(kind)
    kept = {
        option.name: before.options[option.name]
        for option in (known.options if known else ())
        if option.name in _KEPT and option.name in before.options
    }
    return set_training(project, optimizer=OptimizerSettings(kind=kind, options=FrozenMap(kept)))


_KEPT = {
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
    "use_ema",
    "ema_momentum",
    "ema_overwrite_frequency",
    "gradient_accumulation_steps",
}


def set_optimizer_option(project: Project, *, name: str, value: OptionValue) -> Project:
    """`project` in which option `name` of the optimizer holds `value`."""
    settings = project.training.optimizer
    changed = settings.model_copy(update={"options": settings.options.set(name, value)})
    return set_training(project, optimizer=changed)


def reset_optimizer_option(project: Project, *, name: str) -> Project:
    """`project` in which option `name` of the optimizer has its default again."""
    settings = project.training.optimizer
    changed = settings.model_copy(update={"options": _without(settings.options, name)})
    return set_training(project, optimizer=changed)


def set_schedule(project: Project, *, kind: str) -> Project:
    """`project` with another learning-rate schedule; options that both have are kept, others are
    such that the rate moves within the planned epochs.
    """
    training = project.training
    return set_training(project, schedule=other_schedule(training.schedule, kind, training.epochs))


def set_schedule_option(project: Project, *, name: str, value: OptionValue) -> Project:
    """`project` in which option `name` of the schedule holds `value`."""
    before = project.training.schedule
    changed = before.model_copy(update={"options": before.options.set(name, value)})
    return set_training(project, schedule=changed)


def reset_schedule_option(project: Project, *, name: str) -> Project:
    """`project` in which option `name` of the schedule has its default again."""
    before = project.training.schedule
    changed = before.model_copy(update={"options": _without(before.options, name)})
    return set_training(project, schedule=changed)


def set_loss(project: Project, *, loss: str) -> Project:
    """`project` with another loss, its options at their defaults."""
    if loss == project.training.loss:
        return project
    return set_training(project, loss=loss, loss_options=FrozenMap())


def set_loss_option(project: Project, *, name: str, value: OptionValue) -> Project:
    """`project` in which option `name` of the loss holds `value`."""
    return set_training(project, loss_options=project.training.loss_options.set(name, value))


def reset_loss_option(project: Project, *, name: str) -> Project:
    """`project` in which option `name` of the loss has its default again."""
    return set_training(project, loss_options=_without(project.training.loss_options, name))


def with_metric(project: Project, *, name: str) -> Project:
    """`project` that measures metric `name` too."""
    metrics = project.training.metrics
    return project if name in metrics else set_training(project, metrics=(*metrics, name))


def without_metric(project: Project, *, name: str, keep_first: bool = False) -> Project:
    """`project` that does not measure metric `name`, or no longer twice.

    Early stopping, or a schedule, that watched it watches val_loss instead.
    """
    rest = [metric for metric in project.training.metrics if metric != name]
    if keep_first and name in project.training.metrics:
        rest.insert(project.training.metrics.index(name), name)
    project = set_training(project, metrics=tuple(rest))
    watched = project.training.schedule.options.get("monitor")
    if name not in rest and isinstance(watched, str) and watched.removeprefix("val_") == name:
        project = set_schedule_option(project, name="monitor", value="val_loss")
    if name not in rest and project.training.early_stopping.monitor.removeprefix("val_") == name:
        return set_early_stopping(project, monitor="val_loss")
    return project


def set_split(project: Project, **changes: Any) -> Project:
    """`project` with other shares, such as `validation_share=0.2`; raises as `set_training`.

    A share that leaves too little to train on takes it from the other one; another share to
    validate on is meant to validate, so that part no longer trains.
    """
    before = project.data.split
    if changes.get("validation_share", before.validation_share) != before.validation_share:
        changes = {"validation_trains": False, **changes}
    validation = changes.get("validation_share", before.validation_share)
    test = changes.get("test_share", before.test_share)
    if validation + test > 0.95 and len({"validation_share", "test_share"} & set(changes)) == 1:
        other = "test_share" if "validation_share" in changes else "validation_share"
        given = validation if other == "test_share" else test
        changes = {**changes, other: round(max(0.0, 0.95 - given), 10)}
    data = project.data.model_copy(update={"split": _changed(SplitSettings, before, changes)})
    return project.model_copy(update={"data": data})


def set_data_option(project: Project, *, name: str, value: OptionValue) -> Project:
    """`project` in which option `name` of its built-in data set holds `value`; unchanged for a
    file.
    """
    source = project.data.source
    if not isinstance(source, BuiltinSource):
        return project
    return _with_source(project, source.options.set(name, value))


def reset_data_option(project: Project, *, name: str) -> Project:
    """`project` in which option `name` of its built-in data set has its default again."""
    source = project.data.source
    if not isinstance(source, BuiltinSource):
        return project
    return _with_source(project, _without(source.options, name))


def _with_source(project: Project, options: FrozenMap) -> Project:
    source = project.data.source.model_copy(update={"options": options})
    data = project.data.model_copy(update={"source": source})
    return project.model_copy(update={"data": data})


def fit_output(project: Project, *, summary: DataSummary) -> Project:
    """`advise` with names, for buttons."""
    return advise(project, summary)


def choose_data(
    project: Project, data: DataSettings, summary: DataSummary | None = None
) -> Project:
    """`project` on other data, as one edit: output layer, loss, metrics and preprocessing are set
    right for them.

    Hidden layers and training settings stay where they can; over pictures dense layers get a
    Flatten. A network that can't take the new data,
    such as convolutions over a table, gives way to the template that suits the data.

    Args:
        data: the new settings. When they differ from the old ones in their source, preprocessing
            "none" of a built-in set is replaced by what suits it.
        summary: what is known of the data; not needed for a built-in set.

    Raises:
        ValueError: no summary was given for data that are not built in.
    """
    project = keep_network(project, data)
    summary = summary or summary_of(project.data)
    changed = _taking(project, summary)
    if changed is None:
        fresh = build_template(default_template(summary), project.data, summary)
        changed = advise(set_network(project, fresh.network), summary)
    stopping = changed.training.early_stopping
    if stopping.enabled and summary.counts[1] == 0:
        changed = set_early_stopping(changed, enabled=False)
    return changed


def keep_network(project: Project, data: DataSettings) -> Project:
    """`project` on other data with its network as it is, whether it can take them or not.

    Preprocessing as in `choose_data`.
    """
    kind = dataset_of(data)
    if kind is not None and data.source != project.data.source and data.preprocessing == "none":
        data = DataSettings.model_validate({**dict(data), "preprocessing": kind.preprocessing})
    return project.model_copy(update={"data": data})


def can_take(project: Project, data: DataSettings, summary: DataSummary | None = None) -> bool:
    """Whether `choose_data` keeps the network of `project`: it is fit for `data`, or can be made
    so.
    """
    project = keep_network(project, data)
    return _taking(project, summary or summary_of(project.data)) is not None


def begin_anew(project: Project, data: DataSettings, summary: DataSummary | None = None) -> Project:
    """`choose_data` for a network that cannot take the data."""
    return choose_data(project, data, summary).model_copy(update={"places": FrozenMap()})


def called_after_its_data(before: Project, after: Project) -> Project:
    """`after`, called after its data where `before` has other ones and a name that nobody chose:
    that of its data, or of an example.
    """
    name = name_after(after.data)
    if name == name_after(before.data) or after.name != before.name:
        return after
    if before.name != name_after(before.data) and before.name not in names_of_examples():
        return after
    return after.model_copy(update={"name": name})


MOST_UNASKED = 12
"""Layers of a network that gives way without a question."""


def is_valuable(network: Network) -> bool:
    """Whether a network is more than can be put together again in a minute: it comes from a file,
    has trained weights or many layers.
    """
    return len(network.layers) > MOST_UNASKED or any(
        layer.kept_weights is not None
        or (layer.kind == INPUT_KIND and given_shape(layer) is not None)
        for layer in network.layers
    )


def _taking(project: Project, summary: DataSummary) -> Project | None:
    """`project` with its network and all else set right for its data; None when it cannot be."""
    for network in _adapted(project.network):
        changed = advise(set_network(project, network), summary)
        layers, problems = infer_network(changed.network, summary.input_shape)
        # Dense layers take pictures too, each pixel by itself; a row of numbers is what is wanted.
        row = bool(layers) and len(layers[-1].output_shape or ()) == 1
        if row and all(problem.severity != "error" for problem in problems):
            return changed
    return None


def _adapted(network: Network) -> Iterator[Network]:
    """`network`, and what it could be on data of another shape."""
    yield network
    start = next((layer for layer in network.layers if layer.kind == INPUT_KIND), None)
    if start is not None:
        yield insert_after(network, new_layer(network, "Flatten"), start.id)


def choose_dataset(project: Project, *, name: str) -> Project:
    """`choose_data` with a built-in set and its defaults; the split stays.

    Raises KeyError for an unknown set.
    """
    return choose_data(project, dataset_settings(project, name))


def split_of_other_data(split: SplitSettings) -> SplitSettings:
    """`split` for data that come in the place of others: drawn at random, as nobody knows whether
    their order means anything.
    """
    return split.model_copy(update={"by": "random"})


def dataset_settings(project: Project, name: str) -> DataSettings:
    """Those of a built-in set with its defaults; the split is that of `project`, drawn at random.

    Raises KeyError for an unknown set.
    """
    kind = DATASETS_BY_NAME[name]
    return DataSettings.model_validate(
        {
            "source": BuiltinSource(name=kind.name),
            "split": split_of_other_data(project.data.split),
            "preprocessing": kind.preprocessing,
        }
    )


def _changed(kind: type[_Settings], before: _Settings, changes: dict[str, Any]) -> _Settings:
    fields = {name: getattr(before, name) for name in kind.model_fields}
    return kind.model_validate({**fields, **changes})


def _without(options: FrozenMap, name: str) -> FrozenMap:
    return FrozenMap({key: value for key, value in options.items() if key != name})

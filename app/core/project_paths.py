"""Setting one thing of a project by its path and a text: `training.batch_size` `64`.

For the command line.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from pydantic import ValidationError

from app.core.data_settings import DataSettings, SplitSettings, TableSource
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import dataset_of, summary_of
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap, OptionValue
from app.core.input_scale import set_preprocessing
from app.core.layer_catalog import layer_kind
from app.core.loss_catalog import LOSSES
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.near_names import nearest
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    TextOption,
)
from app.core.project import Project
from app.core.project_edits import (
    set_data_option,
    set_layer_option,
    set_loss,
    set_loss_option,
    set_optimizer,
    set_optimizer_option,
    set_training,
)
from app.core.training_options import training_options, training_values, with_training_value
from app.core.validation_words import plain_errors

Setter = Callable[[Project, OptionValue], Project]


class ProjectPathError(ExplainedError):
    """A path does not exist in this project, or its new value is refused."""


@dataclass(frozen=True)
class PathEntry:
    """One thing that can be set: its option (which reads and checks texts), its value now, and the
    edit.
    """

    option: Option
    value: OptionValue
    set: Setter


def set_path(project: Project, path: str, text: str) -> Project:
    """`project` in which the thing called `path` holds what `text` means.

    Paths: `name`; `data.noise` and other options of the data, `data.target`, `data.learns`,
    `data.preprocessing`,
    `data.split.test_share`; `network.dense_1.units`; `training.loss`, `training.loss.from_logits`,
    `training.metrics` (with commas), `training.optimizer`, `training.optimizer.learning_rate`,
    `training.batch_size`, `training.early_stopping.patience`.

    Raises:
        ProjectPathError: for an unknown path (names the nearest valid ones) or a value that is
            refused.
    """
    paths = known_paths(project)
    entry = paths.get(path.strip())
    if entry is None:
        raise _unknown_path(path, paths)
    try:
        return entry.set(project, entry.option.parse(text))
    except ValidationError as error:
        reason = "; ".join(plain_errors(error))
    except ValueError as error:
        reason = str(error)
    raise ProjectPathError(
        f"{path} can't be set to {text!r:.60}.", _sentence(reason), f"{entry.option.help}"
    )


def known_paths(project: Project) -> dict[str, PathEntry]:
    """Everything that can be set in this project, by path."""
    paths = {
        "name": PathEntry(
            TextOption(
                name="name",
                label="Name",
                default="untitled",
                maximum_length=120,
                help="The name of the project, 1 to 120 characters.",
            ),
            project.name,
            _set_name,
        )
    }
    paths.update(_data_paths(project))
    paths.update(_network_paths(project))
    paths.update(_training_paths(project))
    return paths


def _unknown_path(path: str, paths: dict[str, PathEntry]) -> ProjectPathError:
    near = nearest(path, paths)
    head = path.rpartition(".")[0]
    below = [known for known in paths if head and known.startswith(f"{head}.")]
    shown = near or below[:8] or sorted({known.split(".")[0] for known in paths})
    how = "Did you mean" if near else "Below it there are" if below else "Paths begin with"
    return ProjectPathError(
        f"This project has nothing called {path!r:.80}.",
        "A path names a thing that is there, such as training.batch_size.",
        f"{how} {', '.join(shown)}?" if near else f"{how} {', '.join(shown)}.",
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _set_name(project: Project, value: OptionValue) -> Project:
    fields = {name: getattr(project, name) for name in Project.model_fields}
    return Project.model_validate({**fields, "name": value})


# ---------------------------------------------------------------- data


def _data_paths(project: Project) -> dict[str, PathEntry]:
    data = project.data
    paths: dict[str, PathEntry] = {}
    kind = dataset_of(data)
    if kind is not None and data.source.kind == "builtin":
        for option in kind.options:
            paths[f"data.{option.name}"] = PathEntry(
                option, data.source.options.get(option.name, option.default), _data_setter(option)
            )
    if isinstance(data.source, TableSource):
        for option in _CSV_OPTIONS:
            value = getattr(data.source, option.name)
            paths[f"data.{option.name}"] = PathEntry(option, value, _csv_setter(option))
        targets = [name for name, role in data.source.roles.items() if role == "target"]
        paths["data.target"] = PathEntry(_TARGET, targets[0] if targets else None, _set_target)
    paths["data.preprocessing"] = PathEntry(
        _PREPROCESSING, data.preprocessing, lambda p, v: set_preprocessing(p, preprocessing=str(v))
    )
    paths["data.learns"] = PathEntry(_LEARNS, data.learns, lambda p, v: _with_data(p, learns=v))
    for option in _SPLIT_OPTIONS:
        value = getattr(data.split, option.name)
        paths[f"data.split.{option.name}"] = PathEntry(option, value, _split_setter(option))
    return paths


def _data_setter(option: Option) -> Setter:
    return lambda project, value: set_data_option(project, name=option.name, value=value)


def _csv_setter(option: Option) -> Setter:
    def change(project: Project, value: OptionValue) -> Project:
        before = project.data.source
        fields = {name: getattr(before, name) for name in TableSource.model_fields}
        source = TableSource.model_validate({**fields, option.name: value})
        return _with_data(project, source=source)

    return change


def _set_target(project: Project, value: OptionValue) -> Project:
    """The column `value` is the only target; None: the last one of the file."""
    source = project.data.source
    assert isinstance(source, TableSource)
    roles = {name: role for name, role in source.roles.items() if role != "target"}
    if value is not None:
        roles[str(value)] = "target"
    return _with_data(project, source=source.model_copy(update={"roles": FrozenMap(roles)}))


def _split_setter(option: Option) -> Setter:
    def change(project: Project, value: OptionValue) -> Project:
        before = project.data.split
        fields = {name: getattr(before, name) for name in SplitSettings.model_fields}
        split = SplitSettings.model_validate({**fields, option.name: value})
        return _with_data(project, split=split)

    return change


def _with_data(project: Project, **changes: object) -> Project:
    fields = {name: getattr(project.data, name) for name in DataSettings.model_fields}
    data = DataSettings.model_validate({**fields, **changes})
    return project.model_copy(update={"data": data})


def _share(name: str, label: str, what: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=0.15,
        minimum=0.0,
        maximum=0.9,
        step=0.05,
        help=f"Share of the samples that {what}, from 0 to 0.9; both shares together at most 0.95.",
    )


_SPLIT_OPTIONS: tuple[Option, ...] = (
    _share("validation_share", "Validation share", "decide when to stop"),
    _share("test_share", "Test share", "are kept for the end"),
    FlagOption(
        name="stratified",
        label="Stratified",
        default=True,
        help="Whether each part gets the classes in the proportions of the whole.",
    ),
    IntegerOption(
        name="seed",
        label="Seed",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
        help="The same seed makes the same split.",
    ),
)

_LEARNS = ChoiceOption(
    name="learns",
    label="Learns",
    default="target",
    help="What is learned: the target of the data, or the input itself (an autoencoder).",
    choices=(Choice("target", "The target"), Choice("input", "The input itself")),
)

_PREPROCESSING = ChoiceOption(
    name="preprocessing",
    label="Preprocessing",
    default="none",
    help="What is done to the inputs: none, standardize, min_max or pixels.",
    choices=(
        Choice("none", "None"),
        Choice("standardize", "Standardize"),
        Choice("min_max", "Min-max"),
        Choice("pixels", "Pixels to 0..1"),
    ),
)

_TARGET = TextOption(
    name="target",
    label="Target",
    default=None,
    optional=True,
    none_label="last column",
    help="The column that is to be predicted, by its name; none: the last one.",
)

_CSV_OPTIONS: tuple[Option, ...] = (
    TextOption(
        name="path", label="File", default="", maximum_length=4096, help="Where the table is."
    ),
    TextOption(
        name="separator",
        label="Separator",
        default=None,
        optional=True,
        none_label="guessed",
        maximum_length=1,
        help="The character between two columns; none: guessed.",
    ),
    ChoiceOption(
        name="decimal",
        label="Decimal mark",
        default=None,
        optional=True,
        none_label="guessed",
        help="Point or comma; none: guessed.",
        choices=(Choice(".", "point"), Choice(",", "comma")),
    ),
    TextOption(
        name="encoding",
        label="Encoding",
        default=None,
        optional=True,
        none_label="guessed",
        maximum_length=64,
        help="How characters are stored, for example utf-8; none: guessed.",
    ),
    ChoiceOption(
        name="task",
        label="Task",
        default=None,
        optional=True,
        none_label="guessed",
        help="binary, multiclass or regression; none: guessed from the target.",
        choices=(
            Choice("binary", "Two classes"),
            Choice("multiclass", "Several classes"),
            Choice("regression", "Regression"),
        ),
    ),
)


# ---------------------------------------------------------------- network


def _network_paths(project: Project) -> dict[str, PathEntry]:
    paths = {}
    for layer in project.network.layers:
        kind = layer_kind(layer.kind)
        for option in kind.options if kind else ():
            value = layer.options.get(option.name, option.default)
            setter = _layer_setter(layer.id, option.name)
            paths[f"network.{layer.id}.{option.name}"] = PathEntry(option, value, setter)
    return paths


def _layer_setter(layer_id: str, name: str) -> Setter:
    return lambda project, value: set_layer_option(project, layer_id, name, value)


# ---------------------------------------------------------------- training


_METRICS = TextOption(
    name="metrics",
    label="Metrics",
    default="accuracy",
    maximum_length=1000,
    help="Names of metrics with commas between them.",
)
_LOSS = ChoiceOption(
    name="loss",
    label="Loss",
    default="mean_squared_error",
    help="What the training makes small.",
    choices=tuple(Choice(kind.name, kind.label) for kind in LOSSES),
)
_MONITOR = TextOption(
    name="monitor",
    label="Monitor",
    default="val_loss",
    help="The value that decides which epoch is best, for example val_loss or val_accuracy.",
)


def _training_paths(project: Project) -> dict[str, PathEntry]:
    training = project.training
    options = training_options(training, _some_summary(project))
    values = training_values(training, options)
    paths: dict[str, PathEntry] = {}
    for option in options:
        if option.name == "loss":
            option = _LOSS
        elif option.name == "early_stopping.monitor":
            option = replace(_MONITOR, name=option.name)
        if not option.name.startswith("metric."):
            paths[f"training.{option.name}"] = PathEntry(
                option, values.get(option.name), _training_setter(option.name)
            )
    paths["training.metrics"] = PathEntry(_METRICS, ", ".join(training.metrics), _set_metrics)
    return paths


def _training_setter(name: str) -> Setter:
    head, _, rest = name.partition(".")

    def change(project: Project, value: OptionValue) -> Project:
        if name == "loss":
            return set_loss(project, loss=str(value))
        if name == "optimizer":
            return set_optimizer(project, kind=str(value))
        if head == "loss":
            return set_loss_option(project, name=rest, value=value)
        if head == "optimizer":
            return set_optimizer_option(project, name=rest, value=value)
        training = with_training_value(project.training, name, value)
        return project.model_copy(update={"training": training})

    return change


def _set_metrics(project: Project, value: OptionValue) -> Project:
    names = tuple(part.strip() for part in str(value).split(",") if part.strip())
    for name in names:
        if name not in METRICS_BY_NAME:
            near = ", ".join(nearest(name, METRICS_BY_NAME) or METRICS_BY_NAME)
            raise ValueError(f"There is no metric {name!r:.40}; known are {near}.")
    return set_training(project, metrics=names)


def _some_summary(project: Project) -> DataSummary:
    """The summary of built-in data; for a file one that hides no option, since nobody has read the
    file yet.
    """
    try:
        return summary_of(project.data)
    except ValueError:
        return DataSummary(
            title="",
            task="multiclass",
            input_shape=(1,),
            target_names=("target",),
            class_names=("a", "b", "c"),
            counts=(1, 1, 1),
        )

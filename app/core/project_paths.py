"""Setting one thing of a project by its path and a text: `training.batch_size` `64`.

For the command line.
"""

from dataclasses import replace

from pydantic import ValidationError

from app.core.data_paths import data_paths, named_data_path
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import summary_of
from app.core.explained_error import ExplainedError
from app.core.frozen import OptionValue
from app.core.layer_catalog import layer_kind
from app.core.loss_catalog import LOSSES
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.near_names import nearest
from app.core.options import (
    Choice,
    ChoiceOption,
    TextOption,
)
from app.core.path_entry import PathEntry, Setter
from app.core.project import Project
from app.core.project_edits import (
    set_layer_option,
    set_loss,
    set_loss_option,
    set_optimizer,
    set_optimizer_option,
    set_training,
)
from app.core.short_names import quoted
from app.core.training_options import training_options, training_values, with_training_value
from app.core.validation_words import plain_errors


class ProjectPathError(ExplainedError):
    """A path does not exist in this project, or its new value is refused."""


def set_path(project: Project, path: str, text: str) -> Project:
    """`project` in which the thing called `path` holds what `text` means.

    Paths: `name`; `data.noise` and other options of the data, `data.target`, `data.roles.COLUMN`,
    `data.missing.COLUMN`, `data.learns`, `data.preprocessing`, `data.class_weights.CLASS`,
    `data.split.test_share`; `network.dense_1.units`; `training.loss`, `training.loss.from_logits`,
    `training.metrics` (with commas), `training.optimizer`, `training.optimizer.learning_rate`,
    `training.batch_size`, `training.early_stopping.patience`.

    Raises:
        ProjectPathError: for an unknown path (names the nearest valid ones) or a value that is
            refused.
    """
    paths = known_paths(project)
    entry = paths.get(path.strip()) or named_data_path(project, path.strip())
    if entry is None:
        raise _unknown_path(path, paths)
    try:
        return entry.set(project, entry.option.parse(text))
    except ValidationError as error:
        reason = "; ".join(plain_errors(error))
    except ValueError as error:
        reason = str(error)
    raise ProjectPathError(
        f"{path} can't be set to {quoted(text)}.", _sentence(reason), f"{entry.option.help}"
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
    paths.update(data_paths(project))
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
        f"This project has nothing called {quoted(path, 80)}.",
        "A path names a thing that is there, such as training.batch_size.",
        f"{how} {', '.join(shown)}?" if near else f"{how} {', '.join(shown)}.",
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _set_name(project: Project, value: OptionValue) -> Project:
    fields = {name: getattr(project, name) for name in Project.model_fields}
    return Project.model_validate({**fields, "name": value})


# ---------------------------------------------------------------- network


def _network_paths(project: Project) -> dict[str, PathEntry]:
    paths = {}
    for layer in project.network.layers:
        kind = layer_kind(layer.kind)
        for option in kind.options if kind else ():
            value = layer.options.get(option.name, option.default)
            setter = layer_setter(layer.id, option.name)
            paths[f"network.{layer.id}.{option.name}"] = PathEntry(option, value, setter)
    return paths


def layer_setter(layer_id: str, name: str) -> Setter:
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
                option, values.get(option.name), training_setter(option.name)
            )
    paths["training.metrics"] = PathEntry(_METRICS, ", ".join(training.metrics), _set_metrics)
    return paths


def training_setter(name: str) -> Setter:
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
            raise ValueError(f"There is no metric {quoted(name, 40)}; known are {near}.")
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

"""Projects and their data, as the commands get at them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.result_file import exists
from app.core.data_settings import DataSettings, TableSource
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS_BY_NAME, dataset_of, summary_of
from app.core.explained_error import ExplainedError
from app.core.near_names import nearest
from app.core.project import Project
from app.core.templates import builtin_data

if TYPE_CHECKING:
    from app.data.prepared import PreparedData


def data_settings(name: str) -> DataSettings:
    """The settings of a built-in data set, or of the CSV file with this path.

    Raises:
        ExplainedError: it is neither.
    """
    if name in DATASETS_BY_NAME:
        return builtin_data(name)
    path = Path(name).expanduser()
    if not path.suffix and path.name == name and not exists(path):
        near = nearest(name, DATASETS_BY_NAME)
        raise ExplainedError(
            f"There is no built-in data set {name!r:.60}, and no file of this name here.",
            f"Built-in data sets: {', '.join(DATASETS_BY_NAME)}.",
            f"Did you mean {' or '.join(near)}?" if near else "Choose one, or name a CSV file.",
        )
    try:
        source = TableSource(path=str(path.absolute()))
    except ValueError:
        raise ExplainedError(
            f"{name!r:.60} cannot be the path of a file: it has {len(name):,} characters.",
            "A path has 1 to 4,096 characters.",
            "Name a built-in data set or a CSV file.",
        ) from None
    return DataSettings(source=source, preprocessing="standardize")


def load_data(project: Project, stop: Callable[[], bool] = lambda: False) -> "PreparedData":
    """The arrays of the project; raises as `app.data.loading.load`."""
    from app.data.loading import load

    return load(project.data, stop)


def known_summary(data: DataSettings) -> DataSummary:
    """What can be told of the data without loading much.

    A file is read, and so are built-in data that are not prepared as suits them: whether their
    columns are of one size stands in the numbers alone.

    Raises:
        DataError: the data cannot be read.
    """
    kind = dataset_of(data)
    if kind is not None and (kind.generated or data.preprocessing == kind.preprocessing):
        return summary_of(data)
    from app.data.loading import load

    return load(data).summary


def data_facts(summary: DataSummary) -> dict[str, object]:
    """The data in a few numbers, for JSON."""
    training, validation, test = summary.counts
    return {
        "title": summary.title,
        "task": summary.task,
        "input_shape": list(summary.input_shape),
        "training": training,
        "validation": validation,
        "test": test,
    }


def data_line(summary: DataSummary) -> str:
    """digits 8×8: 1,797 samples (1,257 training, 270 validation, 270 test), 10 classes"""
    training, validation, test = summary.counts
    aim = (
        "the target is the input itself"
        if summary.reconstructs
        else f"{len(summary.target_names)} target{'s' if len(summary.target_names) != 1 else ''}"
        if summary.task == "regression"
        else f"{len(summary.class_names)} classes"
    )
    return (
        f"{summary.title}: {summary.samples:,} samples ({training:,} training, "
        f"{validation:,} validation, {test:,} test), {aim}"
    )

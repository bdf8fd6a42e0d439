"""Projects and their data, as the commands get at them."""

from typing import TYPE_CHECKING

from app.cli.console import note
from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary, left_out_sentences
from app.core.dataset_catalog import dataset_of, summary_of
from app.core.project import Project
from app.core.project_file import SavedProject
from app.core.public_datasets import missing_files
from app.data.progress import Stop, Tell, never, silent

if TYPE_CHECKING:
    from app.data.prepared import PreparedData


def load_data(project: Project, stop: Stop = never, tell: Tell = silent) -> "PreparedData":
    """The arrays of the project; raises as `app.data.loading.load`."""
    from app.data.loading import load

    return load(project.data, stop, tell)


def known_summary(
    data: DataSettings, stop: Stop = never, tell: Tell = silent, *, reads_tables: bool = False
) -> DataSummary:
    """What can be told of the data without loading much.

    A file is read, and so are built-in data that are not prepared as suits them: whether their
    columns are of one size stands in the numbers alone. Nothing is fetched.

    Args:
        data: where the samples come from.
        stop, tell: as of `load_data`.
        reads_tables: whether built-in tables are read in any case: what is remarkable in their
            columns stands in the numbers alone too. It takes a second.

    Raises:
        DataError: the data cannot be read.
        LoadingStopped: `stop()` was true.
    """
    kind = dataset_of(data)
    if kind is not None:
        absent = kind.fetched and bool(missing_files(kind.name))
        is_table = len(kind.input_shape) == 1 and not kind.fetched
        as_suits = data.preprocessing == kind.preprocessing
        if kind.generated or absent or (as_suits and not (reads_tables and is_table)):
            return summary_of(data)
    from app.data.loading import load

    return load(data, stop, tell).summary


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


def note_data(summary: DataSummary) -> None:
    """What there is to remark on the data, and what of them could not be used."""
    for text in (*summary.notes, *left_out_sentences(summary.left_out)):
        note(text)


def note_other_data(saved: SavedProject, data: "PreparedData") -> None:
    """A remark when the files hold other data than those that the saved run was trained on: from
    them follows what is done to the samples before the network sees them.
    """
    run = saved.run
    if run is None or run.project.data != saved.project.data:
        return
    if run.data_fingerprint not in ("", data.fingerprint):
        note(
            "The data have changed since the saved run was trained on them, so samples may be "
            "prepared otherwise than the model expects. Train anew, or bring the former data back."
        )


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

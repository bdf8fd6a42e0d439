"""Which data a file or a folder holds, told by its name alone."""

from pathlib import Path

from app.core.data_settings import (
    ArraySource,
    DataSettings,
    DataSource,
    PictureSource,
    SplitSettings,
    TableSource,
)
from app.core.data_summary import DataSummary
from app.core.project import Project
from app.core.project_edits import split_of_other_data
from app.core.templates import build_template, default_template
from app.data.errors import DataError
from app.ui.failures import Failure
from app.ui.project_document import UNREAD

TABLE_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".parquet", ".xlsx")
ARRAY_SUFFIXES = (".npz", ".npy")
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def endings(suffixes: tuple[str, ...]) -> str:
    """As a file dialog wants them: "*.npz *.npy"."""
    return " ".join(f"*{suffix}" for suffix in suffixes)


TABLE_FILTER = f"Table ({endings(TABLE_SUFFIXES)})"
ARRAY_FILTER = f"Arrays ({endings(ARRAY_SUFFIXES)})"
DATA_FILTER = (
    f"Tables and arrays ({endings(TABLE_SUFFIXES + ARRAY_SUFFIXES)});;{TABLE_FILTER};;"
    f"{ARRAY_FILTER};;All files (*)"
)


def source_at(path: Path) -> DataSource | None:
    """The source that `path` is: pictures for a folder; None for a file that holds no data."""
    where, suffix = str(path.absolute()), path.suffix.lower()
    if path.is_dir():
        return PictureSource(path=where)
    if suffix in TABLE_SUFFIXES:
        return TableSource(path=where)
    return ArraySource(path=where) if suffix in ARRAY_SUFFIXES else None


def no_data(path: Path) -> Failure:
    """Why nothing can be read from `path`."""
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return Failure(
            f"{path.name} is one picture.",
            "Pictures come as a folder that has a sub-folder for each class.",
            "Open the folder that holds the sub-folders.",
        )
    return Failure(
        f"{path.name} is no kind of data that LayerLab reads.",
        f"Tables ({', '.join(TABLE_SUFFIXES)}), arrays ({', '.join(ARRAY_SUFFIXES)}), and folders "
        "of pictures can be read.",
        "Save the data as one of these, and open that.",
    )


SET_HOW = "Set how it is read…"
"""On the button that takes a file which cannot be read as it was guessed."""


def can_be_read_otherwise(error: BaseException, source: DataSource) -> bool:
    """Whether it is what is in a file that cannot be read: other settings may help."""
    if not isinstance(error, DataError) or not isinstance(source, TableSource | ArraySource):
        return False
    return Path(source.path).is_file()


def unread_project(data: DataSettings) -> Project:
    """A project on data that could not be read yet; its network makes room for another once they
    are.
    """
    return build_template(default_template(UNREAD), data, UNREAD)


def is_of_unread(project: Project) -> bool:
    """Whether nobody has changed the network of `unread_project`."""
    return project.network == unread_project(project.data).network


def settings_for(source: DataSource, split: SplitSettings | None = None) -> DataSettings:
    """How data from a file are prepared at first, as far as that can be told before reading; shared
    out as the data before them in `split`, but drawn at random.
    """
    usual = {"table": "standardize", "pictures": "pixels"}
    return DataSettings.model_validate(
        {
            "source": source,
            "split": split_of_other_data(split or SplitSettings()),
            "preprocessing": usual.get(source.kind, "none"),
        }
    )


def suited(data: DataSettings, summary: DataSummary) -> DataSettings:
    """`data` prepared as suits what was read: of arrays nobody knows before. Pictures whose values
    are from 0 to 1 already stay as they are.
    """
    if not isinstance(data.source, ArraySource) or data.preprocessing != "none":
        return data
    if not summary.pictures:
        return data.model_copy(update={"preprocessing": "standardize"})
    bright = any(statistics.before[3] > 1 for statistics in summary.statistics)
    return data.model_copy(update={"preprocessing": "pixels"}) if bright else data

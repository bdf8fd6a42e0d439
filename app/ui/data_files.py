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
from app.ui.failures import Failure

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


def settings_for(source: DataSource, split: SplitSettings | None = None) -> DataSettings:
    """How data from a file are prepared at first, as far as that can be told before reading."""
    usual = {"table": "standardize", "pictures": "pixels"}
    return DataSettings.model_validate(
        {
            "source": source,
            "split": split or SplitSettings(),
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

"""From what is typed after --data to settings of data."""

from pathlib import Path

from app.cli.result_file import exists, same_file
from app.core.data_settings import ArraySource, DataSettings, PictureSource, TableSource
from app.core.dataset_catalog import DATASETS_BY_NAME
from app.core.explained_error import ExplainedError
from app.core.near_names import nearest
from app.core.short_names import quoted
from app.core.templates import builtin_data

ARRAY_SUFFIXES = (".npy", ".npz")
PATH_SETTINGS = frozenset({"data.path", "data.test_path", "data.target_path"})
"""Settings that name a file of the user's."""


def data_settings(name: str) -> DataSettings:
    """The settings of a built-in data set, or of the table, the arrays or the folder of pictures
    with this path; of arrays without preprocessing.

    Raises:
        ExplainedError: it is none of these.
    """
    if name in DATASETS_BY_NAME:
        return builtin_data(name)
    path = Path(name).expanduser()
    there = exists(path)
    if not path.suffix and path.name == name and not there:
        near = nearest(name, DATASETS_BY_NAME)
        raise ExplainedError(
            f"There is no built-in data set {quoted(name)}, and no file of this name here.",
            f"Built-in data sets: {', '.join(DATASETS_BY_NAME)}.",
            f"Did you mean {' or '.join(near)}?"
            if near
            else "Choose one, or name a table, a file of arrays or a folder of pictures.",
        )
    try:
        where = absolute(name)
        if there and path.is_dir():
            return DataSettings(source=PictureSource(path=where), preprocessing="pixels")
        if path.suffix.lower() in ARRAY_SUFFIXES:
            return DataSettings(source=ArraySource(path=where))
        return DataSettings(source=TableSource(path=where), preprocessing="standardize")
    except ValueError:
        raise ExplainedError(
            f"{quoted(name)} cannot be the path of a file: it has {len(name):,} characters.",
            "A path has 1 to 4,096 characters.",
            "Name a built-in data set, a table, a file of arrays or a folder of pictures.",
        ) from None


def files_of(data: DataSettings) -> tuple[Path, ...]:
    """The files and folders of the user's that the data are read from."""
    named = (getattr(data.source, field, None) for field in ("path", "test_path", "target_path"))
    return tuple(Path(path) for path in named if path is not None)


def require_data_kept(data: DataSettings, **places: Path | None) -> None:
    """Raises ExplainedError when a result, by the name of its option, would replace the data."""
    for option, place in places.items():
        if place is not None and any(same_file(place, path) for path in files_of(data)):
            raise ExplainedError(
                f"{place.name}, given as {option}, is the project's data.",
                "A result goes into a file of its own.",
                f"Choose another name for {option}.",
            )


def absolute(path: str) -> str:
    """Where `path` leads from here: the project file may be opened elsewhere."""
    return str(Path(path).expanduser().absolute())


def suited(data: DataSettings) -> DataSettings:
    """`data` with the preprocessing that suits them, which of arrays only the file tells.

    Raises:
        DataError: the file cannot be read.
    """
    if not isinstance(data.source, ArraySource):
        return data
    from app.data.array_source import usual_preprocessing

    return data.model_copy(update={"preprocessing": usual_preprocessing(data.source)})

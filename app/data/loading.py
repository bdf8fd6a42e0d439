"""From data settings to arrays: a source is read, then prepared."""

from app.core.data_settings import (
    ArraySource,
    DataSettings,
    PaintedSource,
    PictureSource,
    TableSource,
)
from app.core.dataset_catalog import dataset_of
from app.data.builtin_sets import load_builtin
from app.data.errors import DataError, LoadingStopped
from app.data.preparation import prepare
from app.data.prepared import PreparedData
from app.data.progress import Stop, Tell, never, silent
from app.data.raw_data import RawData

__all__ = ["DataError", "LoadingStopped", "RawData", "load", "load_source", "prepare"]


def load(settings: DataSettings, stop: Stop = never, tell: Tell = silent) -> PreparedData:
    """Everything at once: `prepare(load_source(settings), settings)`.

    Args:
        settings: what to load and what to do with it.
        stop: asked from time to time whether to give up.
        tell: told how far it is.

    Raises:
        DataError: the data cannot be used; says why and what to do.
        LoadingStopped: `stop()` was true.
    """
    return prepare(load_source(settings, stop, tell), settings, stop, tell)


def load_source(settings: DataSettings, stop: Stop = never, tell: Tell = silent) -> RawData:
    """Read the source of `settings`. The result serves every split and preprocessing; raises as
    `load` does.
    """
    raw = _read(settings, stop, tell)
    if stop():
        raise LoadingStopped
    return raw


def _read(settings: DataSettings, stop: Stop, tell: Tell) -> RawData:
    source = settings.source
    if isinstance(source, TableSource):
        from app.data.table_source import load_table

        return load_table(source, stop, tell)
    if isinstance(source, PictureSource):
        from app.data.picture_source import load_pictures

        return load_pictures(source, settings.memory_mib, stop, tell)
    if isinstance(source, ArraySource):
        from app.data.array_source import load_arrays

        return load_arrays(source, stop, tell)
    if isinstance(source, PaintedSource):
        from app.data.painted_source import load_painted

        return load_painted(source)
    kind = dataset_of(settings)
    if kind is not None and kind.fetched:
        from app.data.public_sets import load_public

        return load_public(source, stop, tell)
    return load_builtin(source)

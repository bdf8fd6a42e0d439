"""From data settings to arrays: read, split, preprocess as fitted on the training part."""

import hashlib
from dataclasses import replace

import numpy as np

from app.core.data_settings import (
    ArraySource,
    DataSettings,
    PaintedSource,
    PictureSource,
    TableSource,
)
from app.core.data_summary import DataSummary, FeatureStatistics, reconstructing
from app.core.dataset_catalog import dataset_of
from app.data.builtin_sets import load_builtin
from app.data.errors import DataError, LoadingStopped
from app.data.prepared import Part, PreparedData
from app.data.preprocessing import (
    BYTE_MAXIMUM,
    FittedPreprocessing,
    feature_names,
    fit,
    one_hot,
    seen_in,
)
from app.data.progress import Stop, Tell, never, silent
from app.data.raw_data import Column, RawData
from app.data.splitting import split_rows, target_fifths

__all__ = ["DataError", "LoadingStopped", "RawData", "load", "load_source", "prepare"]

_LARGEST = float(np.finfo(np.float32).max)


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
    return prepare(load_source(settings, stop, tell), settings)


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


def prepare(raw: RawData, settings: DataSettings) -> PreparedData:
    """Split and preprocess a source that is read; the same input gives the same bits.

    Raises:
        DataError: the split leaves nothing to train on, or a class has too few samples.
    """
    classes = raw.y if raw.class_names else target_fifths(raw.y, settings.split)
    training, validation, test, notes = split_rows(
        len(raw), classes, settings.split, raw.class_names
    )
    columns, unseen_notes = _seen_categories(raw, training)
    features = one_hot(seen_in(raw.columns, columns, raw.x), columns) if columns else raw.x
    features.setflags(write=False)
    fitted = fit(settings.preprocessing, features[training], columns, raw.maximum)
    rebuilt = settings.learns == "input"
    parts = tuple(
        _part(fitted, features, raw.y, rows, rebuilt) for rows in (training, validation, test)
    )
    summary = DataSummary(
        title=raw.title,
        task=raw.task,
        input_shape=features.shape[1:],
        target_names=raw.target_names,
        class_names=raw.class_names,
        counts=(len(training), len(validation), len(test)),
        class_counts=_class_counts(raw, (training, validation, test)),
        feature_names=feature_names(columns) or ("pixels",),
        statistics=_statistics(features[training], parts[0].x, columns),
        target_statistics=() if rebuilt else _target_statistics(raw, parts[0].y),
        loaded=True,
        notes=(*raw.notes, *notes, *unseen_notes, *_scale_notes(raw, settings, features[training])),
    )
    if rebuilt:
        summary = _of_input(summary, parts[0].y)
    return PreparedData(
        summary=summary,
        training=parts[0],
        validation=parts[1],
        test=parts[2],
        preprocessing=fitted,
        raw=features,
        targets=raw.y,
        fingerprint=_fingerprint(parts),
    )


def _of_input(summary: DataSummary, targets: np.ndarray) -> DataSummary:
    """The summary when the target is the input: statistics of each of its numbers."""
    rebuilt = reconstructing(summary)
    statistics = tuple(
        FeatureStatistics(name, measures, measures)
        for name, measures in zip(rebuilt.target_names, _measures(targets, 0), strict=True)
    )
    return replace(rebuilt, target_statistics=statistics)


def _part(
    fitted: FittedPreprocessing,
    features: np.ndarray,
    y: np.ndarray,
    rows: np.ndarray,
    rebuilt: bool,
) -> Part:
    """One part; with `rebuilt` its targets are its own inputs, (samples, numbers of a sample)."""
    rows = rows.astype(np.int64)
    x = fitted.transform(features[rows])
    part = Part(x=x, y=x.reshape(len(x), -1) if rebuilt else y[rows], rows=rows)
    for array in (part.x, part.y, part.rows):
        array.setflags(write=False)
    if not np.isfinite(part.x).all():
        raise DataError(
            "Some features are too large for the network's numbers.",
            f"After preprocessing, values from -{_LARGEST:.2g} to {_LARGEST:.2g} fit into 32 bits.",
            "Choose the preprocessing standardize, or leave the column with the large numbers out.",
        )
    return part


def _seen_categories(raw: RawData, training: np.ndarray) -> tuple[tuple[Column, ...], list[str]]:
    """The columns with the categories that the training part holds, and notes on the others."""
    columns: list[Column] = []
    notes: list[str] = []
    for index, column in enumerate(raw.columns):
        if column.categories:
            present = set(np.unique(raw.x[training, index]).astype(int).tolist())
            kept = tuple(c for place, c in enumerate(column.categories) if place in present)
            notes += [
                f"{column.name} = {missing} does not occur in the training part; "
                "where it occurs, all categories of this column are 0."
                for missing in column.categories
                if missing not in kept
            ]
            column = Column(column.name, kept)
        columns.append(column)
    return tuple(columns), notes


def _class_counts(raw: RawData, parts: tuple[np.ndarray, ...]) -> tuple[tuple[int, int, int], ...]:
    if not raw.class_names:
        return ()
    counted = [np.bincount(raw.y[rows], minlength=len(raw.class_names)) for rows in parts]
    return tuple((int(a), int(b), int(c)) for a, b, c in zip(*counted, strict=True))


def _statistics(
    before: np.ndarray, after: np.ndarray, columns: tuple[Column, ...]
) -> tuple[FeatureStatistics, ...]:
    if not columns:
        return (FeatureStatistics("pixels", _measures(before)[0], _measures(after)[0]),)
    return tuple(
        FeatureStatistics(name, first, second)
        for name, first, second in zip(
            feature_names(columns), _measures(before, 0), _measures(after, 0), strict=True
        )
    )


def _target_statistics(raw: RawData, targets: np.ndarray) -> tuple[FeatureStatistics, ...]:
    """Of each target of a regression over the training part, (samples, targets); nothing is done to
    them before.
    """
    if raw.class_names:
        return ()
    return tuple(
        FeatureStatistics(name, measures, measures)
        for name, measures in zip(raw.target_names, _measures(targets, 0), strict=True)
    )


def _measures(
    values: np.ndarray, axis: int | None = None
) -> list[tuple[float, float, float, float]]:
    """(mean, standard deviation, minimum, maximum) of each column, or of everything."""
    table = values.astype(np.float64).reshape(len(values), -1 if axis is None else values.shape[-1])
    columns = table.reshape(-1, 1) if axis is None else table
    measured = zip(
        columns.mean(axis=0),
        columns.std(axis=0),
        columns.min(axis=0),
        columns.max(axis=0),
        strict=True,
    )
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in measured]


def _scale_notes(raw: RawData, settings: DataSettings, training: np.ndarray) -> tuple[str, ...]:
    if settings.preprocessing != "pixels":
        return ()
    maximum = raw.maximum or BYTE_MAXIMUM
    low, high = float(training.min()), float(training.max())
    if low >= 0.0 and high <= maximum:
        return ()
    return (
        f"Pixels divides by {maximum:g}, but the values run from {low:g} to {high:g}; "
        "standardize suits them better.",
    )


def _fingerprint(parts: tuple[Part, ...]) -> str:
    """SHA-256 of shapes, types and bytes of the three parts, little-endian."""
    digest = hashlib.sha256()
    for part in parts:
        for array in (part.x, part.y):
            digest.update(f"{array.dtype.str[1:]}{array.shape}".encode())
            digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
    return digest.hexdigest()

"""From a source that is read to data ready to train on: split, preprocessed as fitted on the
training part, measured.
"""

import hashlib
import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial, reduce

import numpy as np

from app.core.data_settings import DataSettings, PictureSource
from app.core.data_summary import DataSummary, FeatureStatistics, reconstructing
from app.data.block_room import BlockReader, BlockRoom
from app.data.column_fit import fit_columns, refuse_gaps
from app.data.errors import DataError, LoadingStopped
from app.data.findings import Prepared, findings_of
from app.data.moments import Moments, block_step, blocks, in_blocks, joined, moments_of, of_block
from app.data.prepared import Part, PreparedData
from app.data.preprocessed_samples import PreprocessedSamples
from app.data.preprocessing import (
    BYTE_MAXIMUM,
    FittedPreprocessing,
    encoded,
    feature_names,
    fit,
)
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.raw_data import Column, RawData
from app.data.sample_keys import keys_of
from app.data.sample_places import place_of
from app.data.sample_weights import class_weights, weights_of
from app.data.samples import Samples, in_memory, is_streamed
from app.data.splitting import SharedOut, in_order, share_out

_LARGEST = float(np.finfo(np.float32).max)
_LARGEST_SQUARED = 1e150  # the sum of squares of so large numbers still fits into 64 bits


def prepare(
    raw: RawData, settings: DataSettings, stop: Stop = never, tell: Tell = silent
) -> PreparedData:
    """Split and preprocess a source that is read; the same input gives the same bits.

    Samples on disk stay there: the parts read and preprocess them when asked.

    Args:
        raw: the source.
        settings: how to share out and preprocess it.
        stop: asked from time to time whether to give up.
        tell: told how far it is.

    Raises:
        DataError: the split leaves nothing to train on, or the data cannot be used this way.
        LoadingStopped: `stop()` was true.
    """
    tell(LoadingProgress("Sharing out the samples"))
    return prepare_shared(raw, settings, share_out(raw, settings.split), stop, tell)


def prepare_shared(
    raw: RawData,
    settings: DataSettings,
    shared: SharedOut,
    stop: Stop = never,
    tell: Tell = silent,
    *,
    findings: bool = True,
) -> PreparedData:
    """`prepare` with the samples shared out already; the split of `settings` is not looked at.

    Args:
        findings: whether it is looked for what is remarkable; without, the summary has none.
    """
    # in order: quicker to read, and the numbers do not depend on the draw
    seen = in_order(shared.training, len(raw))
    columns = fit_columns(raw, seen)
    features = _features(raw, columns.columns, columns.fill)
    _ask(stop)
    keys = np.empty(len(seen), np.uint64)
    before = moments_of(
        features, seen, stop, tell, "Measuring the training part", partial(_note_keys, keys)
    )
    _refuse_infinite(raw, features, before, seen)
    fitted = fit(
        settings.preprocessing,
        before,
        features.shape[1:],
        columns.columns,
        columns.fill,
        raw.maximum,
        settings.source.fit if isinstance(settings.source, PictureSource) else "stretch",
    )
    rebuilt = settings.learns == "input"
    weighting = class_weights(settings, raw, shared.training)
    tell(LoadingProgress("Preprocessing"))
    made = tuple(
        _part(
            raw,
            features,
            fitted,
            rows,
            name == "training",
            rebuilt,
            stop,
            weights_of(raw, rows, name, of_classes),
        )
        for name, rows, of_classes in (
            ("training", shared.training, weighting),
            ("validation", shared.validation, ()),
            ("test", shared.test, ()),
        )
    )
    parts = tuple(part for part, _ in made)
    after = _after(fitted, before, made[0][1])
    summary = replace(
        _summary(raw, parts, _statistics(fitted, before, after), rebuilt),
        feature_names=feature_names(columns.columns) or _all_alike(features.shape[1:]),
        notes=(*raw.notes, *shared.notes, *columns.notes, *_scale_notes(raw, settings, before)),
        class_weights=weighting,
        own_parts=shared.own_parts,
    )
    if rebuilt:
        named = reconstructing(summary)
        summary = replace(named, target_statistics=_unchanged(named.target_names, parts[0].y))
    if findings:
        tell(LoadingProgress("Looking for what is remarkable"))
    rows = (shared.training, shared.validation, shared.test)
    others = None if is_streamed(features) else (_keys(made[1][1]), _keys(made[2][1]))
    sought = Prepared(raw, features, columns.columns, rows, before, keys, summary, others)
    with ThreadPoolExecutor(1, "fingerprint") as pool:  # hashing lets others work meanwhile
        fingerprint = pool.submit(_fingerprint, parts)
        if findings:
            summary = replace(summary, findings=findings_of(sought, settings.split, stop))
    return PreparedData(
        summary=summary,
        training=parts[0],
        validation=parts[1],
        test=parts[2],
        preprocessing=fitted,
        raw=features,
        targets=raw.y,
        fingerprint=fingerprint.result(),
    )


def _ask(stop: Stop) -> None:
    if stop():
        raise LoadingStopped


def _note_keys(keys: np.ndarray, place: slice, block: np.ndarray) -> None:
    keys[place] = keys_of(block)


def _features(raw: RawData, columns: tuple[Column, ...], fill: tuple[float | None, ...]) -> Samples:
    """All samples before preprocessing, gaps filled and categories encoded."""
    if not columns:
        return raw.x
    features = encoded(in_memory(raw.x), raw.columns, columns, fill)
    features.setflags(write=False)
    return features


# ---------------------------------------------------------------- parts


def _part(
    raw: RawData,
    features: Samples,
    fitted: FittedPreprocessing,
    rows: np.ndarray,
    training: bool,
    rebuilt: bool,
    stop: Stop,
    weights: np.ndarray | None,
) -> tuple[Part, list["_Seen"]]:
    """One part; with `rebuilt` its targets are its own inputs, (samples, numbers of a sample)."""
    rows = rows.astype(np.int64)
    x: Samples
    seen: list[_Seen] = []
    if is_streamed(features):
        if rebuilt:
            raise DataError(
                "These pictures need more memory than was set aside, so they stay on disk, "
                "and the target is to be the input.",
                "As targets, the pictures are needed in memory.",
                "Set more memory aside for the data, or bring the pictures to a smaller size.",
            )
        x = PreprocessedSamples(features, rows, fitted)
        y = raw.y[rows]
    else:
        x, seen = _transformed(raw, in_memory(features), fitted, rows, training, stop)
        x.setflags(write=False)
        y = x.reshape(len(x), math.prod(x.shape[1:])) if rebuilt else raw.y[rows]
    for array in (y, rows, weights):
        if array is not None:
            array.setflags(write=False)
    return Part(x=x, y=y, rows=rows, weights=weights), seen


@dataclass(frozen=True)
class _Seen:
    """What is noted of a block while it is at hand: of the training part its moments as the network
    sees it, of the others its keys as it came.
    """

    moments: Moments | None = None
    keys: np.ndarray | None = None


def _transformed(
    raw: RawData,
    features: np.ndarray,
    fitted: FittedPreprocessing,
    rows: np.ndarray,
    training: bool,
    stop: Stop,
) -> tuple[np.ndarray, list[_Seen]]:
    x = np.empty((len(rows), *fitted.input_shape), np.float32)
    step = block_step(features)
    reader = BlockReader(features, step)
    room = BlockRoom((step, *fitted.input_shape))

    def transform(place: slice) -> _Seen:
        with reader.block(rows[place]) as block, room.lent(len(block)) as values:
            made = x[place]
            fitted.transform_into(made, block, values)
            if not np.isfinite(made).all():
                bad = ~np.isfinite(made.reshape(len(block), -1)).all(axis=1)
                first = int(np.argmax(bad))
                refuse_gaps(raw)
                raise _unfit(raw, int(rows[place][first]), block[first])
            if not training:
                return _Seen(keys=keys_of(block))
            values[...] = made
            return _Seen(of_block(values.reshape(-1, features.shape[-1])))

    return x, list(in_blocks(transform, len(rows), step, stop))


def _refuse_infinite(raw: RawData, features: Samples, before: Moments, rows: np.ndarray) -> None:
    """The moments of the training part tell whether any of it is missing, infinite, or so large
    that its square is.
    """

    def usable(values: np.ndarray) -> np.ndarray:
        return np.asarray(np.abs(values) < _LARGEST_SQUARED)  # False where it is missing

    if usable(before.minimum).all() and usable(before.maximum).all():
        return
    refuse_gaps(raw)
    for place, block in blocks(features, rows):
        bad = ~usable(block.reshape(len(block), -1)).all(axis=1)
        if bad.any():
            first = int(np.argmax(bad))
            raise _unfit(raw, int(rows[place][first]), block[first])


def _unfit(raw: RawData, row: int, sample: np.ndarray) -> DataError:
    place = place_of(raw, row)
    if not np.isfinite(sample).all():
        kind = "missing" if np.isnan(sample).any() else "infinite"
        return DataError(
            f"{place} holds a value that is {kind}.",
            "Finite numbers are needed.",
            "Mend this sample, or leave it out.",
        )
    return DataError(
        f"Some features are too large for the network's numbers, first in "
        f"{place[0].lower()}{place[1:]}.",
        f"After preprocessing, values from -{_LARGEST:.2g} to {_LARGEST:.2g} fit into 32 bits.",
        "Choose the preprocessing standardize, or leave the column with the large numbers out.",
    )


# ---------------------------------------------------------------- numbers


def _after(fitted: FittedPreprocessing, before: Moments, seen: list[_Seen]) -> Moments:
    """Of the training part as the network sees it; of samples on disk as the formula gives it."""
    if not seen:
        return before.scaled(np.asarray(fitted.offset), np.asarray(fitted.scale))
    return reduce(joined, (block.moments for block in seen if block.moments is not None))


def _keys(seen: list[_Seen]) -> np.ndarray:
    keys = (block.keys for block in seen if block.keys is not None)
    return np.concatenate([np.empty(0, np.uint64), *keys])


def _statistics(
    fitted: FittedPreprocessing, before: Moments, after: Moments
) -> tuple[FeatureStatistics, ...]:
    names = fitted.feature_names
    if not names:
        before, after = before.pooled(), after.pooled()
        names = _all_alike(fitted.input_shape)
    return tuple(map(FeatureStatistics, names, before.tuples(), after.tuples()))


def _all_alike(shape: tuple[int, ...]) -> tuple[str]:
    """What the numbers of a sample are called where they have no names."""
    return ("pixels",) if len(shape) == 3 else ("values",)


def _summary(
    raw: RawData,
    parts: tuple[Part, ...],
    statistics: tuple[FeatureStatistics, ...],
    rebuilt: bool,
) -> DataSummary:
    """What the source and the parts tell."""
    training, validation, test = parts
    numbers = not rebuilt and not raw.class_names
    return DataSummary(
        title=raw.title,
        task=raw.task,
        input_shape=training.x.shape[1:],
        target_names=raw.target_names,
        class_names=raw.class_names,
        counts=(len(training), len(validation), len(test)),
        class_counts=_class_counts(raw, parts),
        statistics=statistics,
        target_statistics=_unchanged(raw.target_names, training.y) if numbers else (),
        loaded=True,
        left_out=raw.left_out,
        weighted=raw.weights is not None,
        streamed=is_streamed(training.x),
        timed=raw.times is not None,
    )


def _unchanged(names: Sequence[str], targets: np.ndarray) -> tuple[FeatureStatistics, ...]:
    """Of targets, (samples, targets), to which nothing is done."""
    measures = moments_of(targets).tuples()
    return tuple(map(FeatureStatistics, names, measures, measures))


def _class_counts(raw: RawData, parts: tuple[Part, ...]) -> tuple[tuple[int, int, int], ...]:
    if not raw.class_names:
        return ()
    counted = [np.bincount(raw.y[part.rows], minlength=len(raw.class_names)) for part in parts]
    return tuple((int(a), int(b), int(c)) for a, b, c in zip(*counted, strict=True))


def _scale_notes(raw: RawData, settings: DataSettings, before: Moments) -> tuple[str, ...]:
    if settings.preprocessing != "pixels":
        return ()
    maximum = raw.maximum or BYTE_MAXIMUM
    low, high = float(before.minimum.min()), float(before.maximum.max())
    if low >= 0.0 and high <= maximum:
        return ()
    return (
        f"Pixels divides by {maximum:g}, but the values run from {low:g} to {high:g}; "
        "standardize suits them better.",
    )


def _fingerprint(parts: tuple[Part, ...]) -> str:
    """SHA-256 of shapes, types and bytes of the three parts, little-endian; for samples on disk
    stands their digest.
    """
    digest = hashlib.sha256()
    for part in parts:
        if is_streamed(part.x):
            digest.update(part.x.digest.encode())
        for array in (part.x, part.y, part.weights):
            if isinstance(array, np.ndarray):
                digest.update(f"{array.dtype.str[1:]}{array.shape}".encode())
                digest.update(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).data)
    return digest.hexdigest()

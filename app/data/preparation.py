"""From a source that is read to data ready to train on: split, preprocessed as fitted on the
training part, measured.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from app.core.data_settings import DataSettings, PictureSource, SplitSettings
from app.core.data_summary import DataSummary, FeatureStatistics, reconstructing
from app.data.block_room import BlockReader, BlockRoom
from app.data.column_fit import fit_columns, refuse_gaps
from app.data.errors import DataError, LoadingStopped
from app.data.findings import Prepared, findings_of
from app.data.moments import Moments, block_step, blocks, in_blocks, moments_of, nothing
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

SEEKING = "Looking for what is remarkable"
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
    made = prepare_at_once(raw, settings, stop, tell)
    tell(LoadingProgress(SEEKING))
    return made.with_findings(stop)


def prepare_at_once(
    raw: RawData, settings: DataSettings, stop: Stop = never, tell: Tell = silent
) -> "Preparation":
    """What a training needs at once; what is remarkable in the data can be looked for while it
    trains.

    Raises as `prepare` does.
    """
    tell(LoadingProgress("Sharing out the samples"))
    return _prepared(raw, settings, share_out(raw, settings.split), stop, tell)


@dataclass(frozen=True)
class Preparation:
    """Data ready to train on, and what findings are sought in.

    Attributes:
        data: their summary has no findings, and what the features are after preprocessing is not
            measured yet but follows from the formula.
    """

    data: PreparedData
    sought: Prepared
    split: SplitSettings

    def with_findings(self, stop: Stop = never) -> PreparedData:
        """`data` with the whole summary; their fingerprint is worked out too.

        Raises:
            LoadingStopped: `stop()` was true.
            DataError: a sample can no longer be read.
        """
        with ThreadPoolExecutor(1, "fingerprint") as pool:  # hashing lets others work meanwhile
            pool.submit(lambda: self.data.fingerprint)
            statistics = self._measured(stop)
            summary = replace(self.data.summary, statistics=statistics)
            found = findings_of(replace(self.sought, summary=summary), self.split, stop)
        made = replace(self.data, summary=replace(summary, findings=found))
        vars(made)["fingerprint"] = self.data.fingerprint  # of the same parts
        return made

    def _measured(self, stop: Stop) -> tuple[FeatureStatistics, ...]:
        """Of the training part as it came and as the network sees it; of samples on disk the
        latter as the formula gives it.
        """
        data, sought = self.data, self.sought
        if is_streamed(data.training.x):
            return data.summary.statistics
        after = moments_of(data.training.x, stop=stop)
        return _statistics(data.preprocessing, sought.moments, after)


def prepare_shared(
    raw: RawData, settings: DataSettings, shared: SharedOut, stop: Stop = never
) -> PreparedData:
    """`prepare` with the samples shared out already; the split of `settings` is not looked at, and
    nothing remarkable is looked for.
    """
    return _prepared(raw, settings, shared, stop, silent).data


def _prepared(
    raw: RawData, settings: DataSettings, shared: SharedOut, stop: Stop, tell: Tell
) -> Preparation:
    # in order: quicker to read, and the numbers do not depend on the draw
    seen = in_order(shared.training, len(raw))
    columns = fit_columns(raw, seen)
    features = _features(raw, columns.columns, columns.fill)
    _ask(stop)
    keys = np.empty(len(seen), np.uint64) if is_streamed(features) else None
    watch = nothing if keys is None else partial(_note_keys, keys)
    before = moments_of(features, seen, stop, tell, "Measuring the training part", watch)
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
    parts = tuple(
        _part(raw, features, fitted, rows, rebuilt, stop, weights_of(raw, rows, name, of_classes))
        for name, rows, of_classes in (
            ("training", shared.training, weighting),
            ("validation", shared.validation, ()),
            ("test", shared.test, ()),
        )
    )
    after = before.scaled(np.asarray(fitted.offset), np.asarray(fitted.scale))
    summary = replace(
        _summary(raw, parts, _statistics(fitted, before, after), rebuilt),
        feature_names=_names(columns.columns, features.shape[1:]),
        notes=(*raw.notes, *shared.notes, *columns.notes, *_scale_notes(raw, settings, before)),
        class_weights=weighting,
        own_parts=shared.own_parts,
    )
    if rebuilt:
        named = reconstructing(summary)
        summary = replace(named, target_statistics=_unchanged(named.target_names, parts[0].y))
    data = PreparedData(
        summary=summary,
        training=parts[0],
        validation=parts[1],
        test=parts[2],
        preprocessing=fitted,
        raw=features,
        targets=raw.y,
    )
    rows = (shared.training, shared.validation, shared.test)
    sought = Prepared(raw, features, columns.columns, rows, before, keys, summary)
    return Preparation(data, sought, settings.split)


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
    rebuilt: bool,
    stop: Stop,
    weights: np.ndarray | None,
) -> Part:
    """One part; with `rebuilt` its targets are its own inputs, (samples, numbers of a sample)."""
    rows = rows.astype(np.int64)
    x: Samples
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
        x = _transformed(raw, in_memory(features), fitted, rows, stop)
        x.setflags(write=False)
        y = x.reshape(len(x), math.prod(x.shape[1:])) if rebuilt else raw.y[rows]
    for array in (y, rows, weights):
        if array is not None:
            array.setflags(write=False)
    return Part(x=x, y=y, rows=rows, weights=weights)


def _transformed(
    raw: RawData,
    features: np.ndarray,
    fitted: FittedPreprocessing,
    rows: np.ndarray,
    stop: Stop,
) -> np.ndarray:
    x = np.empty((len(rows), *fitted.input_shape), np.float32)
    step = block_step(features)
    reader = BlockReader(features, step)
    room = BlockRoom((step, *fitted.input_shape))

    def transform(place: slice) -> None:
        with reader.block(rows[place]) as block, room.lent(len(block)) as values:
            made = x[place]
            fitted.transform_into(made, block, values)
            if not np.isfinite(made).all():
                bad = ~np.isfinite(made.reshape(len(block), -1)).all(axis=1)
                first = int(np.argmax(bad))
                refuse_gaps(raw)
                raise _unfit(raw, int(rows[place][first]), block[first])

    for _ in in_blocks(transform, len(rows), step, stop):
        pass
    return x


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


def _statistics(
    fitted: FittedPreprocessing, before: Moments, after: Moments
) -> tuple[FeatureStatistics, ...]:
    names = _names(fitted.columns, fitted.input_shape)
    if len(names) < fitted.input_shape[-1]:
        before, after = before.pooled(), after.pooled()
    return tuple(map(FeatureStatistics, names, before.tuples(), after.tuples()))


def _names(columns: tuple[Column, ...], shape: tuple[int, ...]) -> tuple[str, ...]:
    """Of the features of a table or of sequences; one for all channels of pictures."""
    if columns:
        return feature_names(columns)
    if len(shape) == 3:
        return ("pixels",)
    features = shape[-1]
    return tuple(f"feature {n}" for n in range(1, features + 1)) if features > 1 else ("values",)


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

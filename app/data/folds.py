"""The data of one fold of a cross-validation, or of the project's own validation, without the test
part: what a search trains and scores on.
"""

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.core.data_settings import DataSettings, SplitSettings
from app.core.data_summary import DataSummary
from app.core.number_words import counted
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.preparation import prepare_shared
from app.data.prepared import PreparedData
from app.data.progress import Stop, never
from app.data.raw_data import RawData
from app.data.samples import Rows, Samples, StreamedSamples, is_streamed
from app.data.splitting import SharedOut, share_out

SPLIT_NAME = "The split"
"""How sentences call the project's own split."""


@dataclass(frozen=True)
class OpenSamples:
    """The samples of a source but for its test part, which a search never sees.

    Attributes:
        raw: these samples alone, in the order of the source. `Part.rows` of what is prepared from
            it are positions in it.
        training, validation: their positions in `raw`, as the project's split draws them.
        notes: what is to be said of the split.
    """

    raw: RawData
    training: np.ndarray
    validation: np.ndarray
    notes: tuple[str, ...] = ()


def without_test_part(raw: RawData, split: SplitSettings) -> OpenSamples:
    """The samples that are not in the test part that `split` draws. From then on nothing can be
    computed from those of the test part: they are not there.

    Raises:
        DataError: as `share_out` does.
    """
    shared = share_out(raw, split)
    free = np.zeros(len(raw), bool)
    free[shared.training] = True
    free[shared.validation] = True
    rows = np.flatnonzero(free)
    place = np.cumsum(free) - 1
    return OpenSamples(
        _only(raw, rows), place[shared.training], place[shared.validation], shared.notes
    )


def prepare_fold(
    raw: RawData,
    settings: DataSettings,
    fold: int,
    folds: int,
    seed: int,
    stratified: bool = True,
    stop: Stop = never,
) -> PreparedData:
    """The data of one fold, see `prepare_open_fold`, from all samples of a source."""
    opened = without_test_part(raw, settings.split)
    return prepare_open_fold(opened, settings, fold, folds, seed, stratified, stop)


def prepare_open_fold(
    samples: OpenSamples,
    settings: DataSettings,
    fold: int,
    folds: int,
    seed: int,
    stratified: bool = True,
    stop: Stop = never,
) -> PreparedData:
    """The data of one of the folds over all `samples`: shared out as scikit-learn's
    `StratifiedKFold` or (regression, or not `stratified`) `KFold` with `shuffle=True,
    random_state=seed` does, in a split by time as `TimeSeriesSplit`. Gaps, categories, scaling and
    weights of classes are fitted on the fold's training part; the test part is empty.

    Args:
        fold: from 0, of `folds`.

    Raises:
        DataError: there are too few samples for so many folds, the fold would train on one class
            alone, or `prepare` raises it.
        LoadingStopped: `stop()` was true.
    """
    raw = samples.raw
    training, validation = fold_rows(raw, settings.split, fold, folds, seed, stratified)
    name = fold_name(fold, folds)
    return _prepared(raw, settings, training, validation, name, (), stop)


def prepare_open_validation(
    samples: OpenSamples, settings: DataSettings, stop: Stop = never
) -> PreparedData:
    """The data of the project's own split, the test part empty.

    Raises:
        DataError: the validation part is empty, or `prepare` raises it.
        LoadingStopped: `stop()` was true.
    """
    if not len(samples.validation):
        raise DataError(
            "The validation part is empty.",
            "Trials are scored over the validation part.",
            "Give the validation part a share on the data page, or score by folds.",
        )
    training, validation = samples.training, samples.validation
    return _prepared(samples.raw, settings, training, validation, SPLIT_NAME, samples.notes, stop)


def fold_name(fold: int, folds: int) -> str:
    """How sentences call it."""
    return f"Fold {fold + 1} of {folds}"


def fold_rows(
    raw: RawData, split: SplitSettings, fold: int, folds: int, seed: int, stratified: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of `raw` that train and those that validate in `fold` of `folds`.

    Raises:
        DataError: there are too few samples for so many folds.
    """
    from sklearn.model_selection import KFold, StratifiedKFold, TimeSeriesSplit

    in_time = split.by == "time"
    _refuse_too_few(len(raw), folds + 1 if in_time else folds, folds)
    rows = np.arange(len(raw), dtype=np.int64)
    classes: np.ndarray | None = None
    splitter: Any
    if in_time:
        if raw.times is not None:
            rows = np.argsort(raw.times, kind="stable")
        splitter = TimeSeriesSplit(n_splits=folds)
    elif stratified and raw.class_names:
        classes = raw.y
        largest = int(np.bincount(raw.y).max())
        if largest < folds:
            raise DataError(
                f"No class has more than {counted(largest, 'sample')}, and there are {folds} "
                "folds.",
                "With stratified folds at least one class has a sample for each of them.",
                "Choose fewer folds, or folds that are not stratified.",
            )
        splitter = StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)
    else:
        splitter = KFold(n_splits=folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        # That a class is too small for so many folds is said of the folds that lack it.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        pairs = list(splitter.split(rows, classes))
    training, validation = pairs[fold]
    return rows[training], rows[validation]


def _refuse_too_few(samples: int, needed: int, folds: int) -> None:
    if samples < needed:
        raise DataError(
            f"{counted(samples, 'sample')} cannot be shared out among {folds} folds.",
            f"Without the test part at least {needed} are needed.",
            "Choose fewer folds, use more samples, or make the test part smaller.",
        )


def _prepared(
    raw: RawData,
    settings: DataSettings,
    training: np.ndarray,
    validation: np.ndarray,
    name: str,
    notes: tuple[str, ...],
    stop: Stop,
) -> PreparedData:
    if raw.class_names and settings.learns == "target":
        _refuse_one_class(raw.y[training], name)
    shared = SharedOut(training, validation, np.empty(0, np.int64), notes)
    data = prepare_shared(raw, settings, shared, stop)
    lacking = lacking_classes(data.summary, name)
    return replace(data, summary=replace(data.summary, notes=(*data.summary.notes, *lacking)))


def _refuse_one_class(classes: np.ndarray, name: str) -> None:
    if len(np.unique(classes)) < 2:
        raise DataError(
            f"{name} has samples of one class alone to train on.",
            "A network learns to tell classes apart: samples of at least two are needed.",
            "Choose other folds: fewer, stratified, or not by time.",
        )


def lacking_classes(summary: DataSummary, name: str) -> tuple[str, ...]:
    """Sentences on the classes of which a part has no sample; `name` is that of the fold."""
    found = []
    for number, doing in ((0, "train on"), (1, "validate with")):
        absent = [
            class_name
            for class_name, counts in zip(summary.class_names, summary.class_counts, strict=False)
            if not counts[number]
        ]
        if absent:
            found.append(f"{name} has no sample of {_listed(absent)} to {doing}.")
    return tuple(found)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(quoted(name, 40) for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{'class' if len(names) == 1 else 'the classes'} {shown}{more}"


# ---------------------------------------------------------------- a source of fewer samples


def _only(raw: RawData, rows: np.ndarray) -> RawData:
    """`raw` with these samples alone; `rows` ascend."""
    if len(rows) == len(raw):
        return raw

    def of(array: np.ndarray | None) -> np.ndarray | None:
        return None if array is None else array[rows]

    x: Samples = ChosenSamples(raw.x, rows) if is_streamed(raw.x) else np.asarray(raw.x)[rows]
    return replace(
        raw,
        x=x,
        y=raw.y[rows],
        weights=of(raw.weights),
        times=of(raw.times),
        parts=of(raw.parts),
        row_numbers=rows + 1 if raw.row_numbers is None else of(raw.row_numbers),
        row_word="row" if raw.row_numbers is None else raw.row_word,
    )


class ChosenSamples:
    """Some samples of a stream, as `StreamedSamples` says."""

    def __init__(self, source: StreamedSamples, rows: np.ndarray) -> None:
        self._source, self._rows = source, rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._rows), *self._source.shape[1:])

    @property
    def dtype(self) -> "np.dtype[Any]":
        return self._source.dtype

    @property
    def digest(self) -> str:
        return f"{self._source.digest} {_digest_of(self._rows)}"

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Rows) -> np.ndarray:
        return self._source[self._rows[rows]]


def _digest_of(rows: np.ndarray) -> str:
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()

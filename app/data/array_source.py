"""From `.npy` and `.npz` files to samples: tables, pictures and sequences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from app.core.data_settings import ArraySource
from app.core.memory_size import memory_limit
from app.core.number_words import bytes_text, counted
from app.core.short_names import quoted, shortened
from app.data.array_file import (
    LARGEST_SOURCE,
    ZIP_MAGIC,
    ArrayHead,
    arrays_of,
    heads_of,
    plain_array,
)
from app.data.array_names import PICTURE_WORDS, ArrayPair, guess_pairs, read_name
from app.data.array_targets import read_targets
from app.data.errors import DataError, LoadingStopped
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.raw_data import ANY, Column, RawData
from app.data.regular_file import open_regular_file, read_regular_file

FEWEST_SAMPLES = 2
MOST_FEATURES = 20_000
MOST_SIDES = 3
"""Axes of a sample."""
_FEWEST_PIXELS = 8
_CHANNELS = (1, 3, 4)
_LAST_COLUMN = "the last column"


@dataclass(frozen=True)
class ArrayDescription:
    """What is known of a file of arrays without reading their numbers.

    Attributes:
        arrays: all of them, in the order of the file.
        pairs: which are taken for inputs and targets; empty when that cannot be guessed. Of a
            single array the name of the targets is empty: they are its last column.
        archive: whether it is an `.npz` file.
    """

    arrays: tuple[ArrayHead, ...]
    pairs: tuple[ArrayPair, ...]
    archive: bool


def describe_arrays(path: str) -> ArrayDescription:
    """What an `.npy` or `.npz` file holds, and what of it is taken for inputs and targets.

    Raises:
        DataError: it cannot be read, or is neither.
    """
    with open_regular_file(path, LARGEST_SOURCE) as (file, _):
        archive = file.read(len(ZIP_MAGIC)) == ZIP_MAGIC
        file.seek(0)
        heads = heads_of(file, path)
    pairs = guess_pairs(heads) if len(heads) != 1 else (ArrayPair(heads[0].name, ""),)
    return ArrayDescription(heads, pairs, archive)


def usual_preprocessing(source: ArraySource) -> Literal["pixels", "standardize"]:
    """What suits the inputs: pictures of bytes are divided by 255. Raises as `describe_arrays`."""
    described = describe_arrays(source.path)
    pairs = guess_pairs(described.arrays, source.inputs, source.targets)
    name = pairs[0].inputs if pairs and described.archive else source.inputs
    heads = [h for h in described.arrays if h.name == name or len(described.arrays) == 1]
    bytes_only = all(h.dtype == np.uint8 and len(h.shape) > 2 for h in heads)
    return "pixels" if heads and bytes_only else "standardize"


def load_arrays(source: ArraySource, stop: Stop = never, tell: Tell = silent) -> RawData:
    """Read arrays; what the source leaves open is guessed from names and shapes.

    (samples, columns) is a table, (samples, height, width, channels) pictures; (samples, height,
    width) pictures or, when it does not look like them, sequences of (samples, steps, features).

    Raises:
        DataError: the files cannot be used; says why.
        LoadingStopped: `stop()` was true.
    """
    shown = Path(source.path).name
    tell(LoadingProgress(f"Reading {shown}"))
    described = describe_arrays(source.path)
    pairs = _pairs(source, described, shown)
    _refuse_too_large(described, {pair.inputs for pair in pairs}, shown)
    names = {name for pair in pairs for name in (pair.inputs, pair.targets)}
    found = _read(source.path, described.archive, names)
    if stop():
        raise LoadingStopped
    notes: list[str] = []
    alone = len(described.arrays) == 1
    if not alone and (source.inputs is None or source.targets is None):
        notes.append(_pairs_note(pairs))
    if source.target_path is not None:
        targets, target_name = _targets_of(source, source.target_path)
        parts = [(pairs[0].part, found[pairs[0].inputs], targets)]
    elif not alone:
        target_name = pairs[0].targets
        parts = [(pair.part, found[pair.inputs], found[pair.targets]) for pair in pairs]
    else:
        inputs, targets = _last_column(found[pairs[0].inputs], shown)
        target_name, parts = _LAST_COLUMN, [(ANY, inputs, targets)]
        notes.append("The last column of the array was taken for the target.")
    if stop():
        raise LoadingStopped
    x, y, numbers = _together(parts, pairs, shown)
    tell(LoadingProgress(f"Preparing {shown}"))
    x, columns, form_notes = _samples(x, pairs[0].inputs, shown)
    called = "target" if target_name == _LAST_COLUMN else read_name(target_name).base or "target"
    told = f"The array {quoted(target_name)}" if target_name != _LAST_COLUMN else "The last column"
    wanted = read_targets(y, source.task, f"{told} of {quoted(shown, 120)}")
    many = 1 if wanted.class_names else wanted.y.shape[1]
    return RawData(
        title=shown,
        task=wanted.task,
        x=x,
        y=wanted.y,
        columns=columns,
        class_names=wanted.class_names,
        target_names=(called,)
        if many == 1
        else tuple(f"{called} {number}" for number in range(1, many + 1)),
        maximum=_maximum([part[1] for part in parts]),
        notes=(*notes, *form_notes, *wanted.notes),
        parts=numbers,
    )


# ---------------------------------------------------------------- which arrays


def _pairs(source: ArraySource, described: ArrayDescription, shown: str) -> tuple[ArrayPair, ...]:
    for head in described.arrays:
        if head.obstacle and (
            len(described.arrays) == 1 or head.name in (source.inputs, source.targets)
        ):
            raise DataError(
                head.obstacle,
                "Arrays of numbers are needed, as targets also texts.",
                "Save it as numbers (with allow_pickle=False), or choose another array.",
            )
    if not described.archive:
        return described.pairs
    known = [head.name for head in described.arrays]
    for chosen in (source.inputs, None if source.target_path else source.targets):
        if chosen is not None and chosen not in known:
            raise DataError(
                f"The archive {quoted(shown, 120)} has no array {quoted(chosen)}.",
                f"Its arrays are: {shortened(', '.join(known) or 'none', 400)}.",
                "Choose one of these.",
            )
    if source.target_path is not None:
        inputs = source.inputs or _only_inputs(described, shown)
        return (ArrayPair(inputs, inputs),)
    if len(known) == 1:
        return described.pairs
    pairs = guess_pairs(described.arrays, source.inputs, source.targets)
    if not pairs:
        raise DataError(
            f"It cannot be told which arrays of {quoted(shown, 120)} are inputs and which targets.",
            f"Its arrays are: {_list(described.arrays)}; usual names are x and y.",
            "Choose inputs and targets by name.",
        )
    return pairs


def _only_inputs(described: ArrayDescription, shown: str) -> str:
    if described.pairs:
        return described.pairs[0].inputs
    if len(described.arrays) == 1:
        return described.arrays[0].name
    raise DataError(
        f"It cannot be told which array of {quoted(shown, 120)} holds the inputs.",
        f"Its arrays are: {_list(described.arrays)}.",
        "Choose the inputs by name.",
    )


def _list(heads: Sequence[ArrayHead]) -> str:
    words = (
        f"{head.name} {_shape(head.shape)}"
        + (f" of {shortened(head.dtype, 40)}, which cannot be used" if head.obstacle else "")
        for head in heads
    )
    return shortened(", ".join(words) or "none", 400)


def _pairs_note(pairs: tuple[ArrayPair, ...]) -> str:
    names = "; ".join(f"{pair.inputs} with {pair.targets}" for pair in pairs)
    return f"Inputs and targets were guessed from the names of the arrays: {shortened(names, 300)}."


def _refuse_too_large(described: ArrayDescription, inputs: set[str], shown: str) -> None:
    """Before anything is read: inputs become numbers of 32 bits, those of tables of 64."""
    heads = [head for head in described.arrays if head.name in inputs]
    counts = [(math.prod(head.shape), len(head.shape)) for head in heads]
    needed = sum(count * (8 if axes <= 2 else 4) for count, axes in counts)
    if needed > memory_limit():
        raise DataError(
            f"The inputs of {quoted(shown, 120)} need {bytes_text(needed)} of memory: "
            f"{_list(heads)}.",
            f"At most {bytes_text(memory_limit())} can be used on this computer.",
            "Save a part of the samples.",
        )


def _read(path: str, archive: bool, names: set[str]) -> dict[str, np.ndarray]:
    data = read_regular_file(path, LARGEST_SOURCE)
    return arrays_of(data, path, names) if archive else {"": plain_array(data, path)}


def _targets_of(source: ArraySource, path: str) -> tuple[np.ndarray, str]:
    """The array of targets in a file of its own, and what it is called."""
    described = describe_arrays(path)
    shown = Path(path).name
    if not described.archive:
        return _read(path, False, set())[""], Path(path).stem
    known = [head.name for head in described.arrays]
    name = source.targets or (known[0] if len(known) == 1 else None)
    if name is None or name not in known:
        raise DataError(
            f"The archive {quoted(shown, 120)} has "
            + (f"no array {quoted(name)}." if name else "several arrays."),
            f"Its arrays are: {_list(described.arrays)}.",
            "Choose the targets by name.",
        )
    return _read(path, True, {name})[name], name


def _last_column(array: np.ndarray, shown: str) -> tuple[np.ndarray, np.ndarray]:
    if array.ndim != 2 or array.shape[1] < 2:
        raise DataError(
            f"The array in {quoted(shown, 120)} has the shape {_shape(array.shape)}, and no "
            "targets come with it.",
            "An array without targets is a table of at least two columns, of which the last is "
            "the target.",
            "Choose a second file with the targets, or save both with numpy.savez(file, x=..., "
            "y=...).",
        )
    return array[:, :-1], array[:, -1]


# ---------------------------------------------------------------- samples


Piece = tuple[int, np.ndarray, np.ndarray]
"""(part, inputs, targets)"""


def _together(
    pieces: Sequence[Piece], pairs: Sequence[ArrayPair], shown: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """(inputs, targets, part of each sample or None) of all parts, one after the other."""
    for (_, x, y), pair in zip(pieces, pairs, strict=True):
        if x.dtype.kind not in "biuf" or x.ndim == 0:
            raise DataError(
                f"The inputs {quoted(pair.inputs)} of {quoted(shown, 120)} are "
                f"{'texts' if x.ndim else 'a single value'}.",
                "Inputs are arrays of numbers, one row for each sample.",
                "Choose another array, or open a table with categories as a text file.",
            )
        if y.ndim == 0 or len(x) != len(y):
            raise DataError(
                f"There are {len(x):,} inputs, but {len(y) if y.ndim else 1:,} targets in "
                f"{quoted(shown, 120)}"
                f"{f' ({pair.inputs}, {pair.targets})' if pair.inputs else ''}.",
                "Each sample needs a target.",
                "Choose arrays that belong together.",
            )
    first_x, first_y = pieces[0][1], pieces[0][2]
    for (_, x, y), pair in zip(pieces, pairs, strict=True):
        if x.shape[1:] != first_x.shape[1:] or y.shape[1:] != first_y.shape[1:]:
            raise DataError(
                f"The arrays of {quoted(shown, 120)} differ in shape: {pairs[0].inputs} "
                f"{_shape(first_x.shape)} and {pair.inputs} {_shape(x.shape)}, "
                f"{pairs[0].targets} {_shape(first_y.shape)} and {pair.targets} {_shape(y.shape)}.",
                "Samples of all parts have the same shape.",
                "Choose inputs and targets by name, or save the arrays again.",
            )
    x = first_x if len(pieces) == 1 else np.concatenate([piece[1] for piece in pieces])
    y = first_y if len(pieces) == 1 else np.concatenate([piece[2] for piece in pieces])
    if len(x) < FEWEST_SAMPLES:
        raise DataError(
            f"There {'is 1 sample' if len(x) else 'are no samples'} in {quoted(shown, 120)}.",
            f"At least {FEWEST_SAMPLES} samples are needed.",
            "Choose a file with more samples.",
        )
    if len(pieces) == 1:
        return x, y, None
    return x, y, np.concatenate([np.full(len(x), part, np.int8) for part, x, _ in pieces])


def _samples(
    x: np.ndarray, name: str, shown: str
) -> tuple[np.ndarray, tuple[Column, ...], list[str]]:
    """(samples as `RawData.x`, columns of a table, notes)."""
    if 0 in x.shape or x.ndim - 1 > MOST_SIDES:
        raise DataError(
            f"The inputs of {quoted(shown, 120)} have the shape {_shape(x.shape)}.",
            "Tables are (samples, columns), pictures (samples, height, width, channels), sequences "
            "(samples, steps, features).",
            "Reshape the array, or choose another one.",
        )
    if x.ndim <= 2:
        table = x.reshape(len(x), -1)
        if table.shape[1] > MOST_FEATURES:
            raise DataError(
                f"The inputs of {quoted(shown, 120)} have {table.shape[1]:,} columns.",
                f"At most {MOST_FEATURES:,} features are possible.",
                "Leave columns out, or save pictures as (samples, height, width).",
            )
        values = table.astype(np.float64)
        _require_finite(values, table, shown)
        return values, tuple(Column(f"x{i}") for i in range(1, table.shape[1] + 1)), []
    notes = []
    form = x
    if x.ndim == 3 and _look_like_pictures(x, name):
        form = x[..., np.newaxis]
        notes.append(
            f"The inputs were taken for grey pictures of {x.shape[1]} × {x.shape[2]} pixels."
        )
    elif x.ndim == 3:
        notes.append(
            f"The inputs were taken for sequences of {counted(x.shape[1], 'step')} with "
            f"{counted(x.shape[2], 'feature')} each."
        )
    elif x.shape[1] in _CHANNELS and x.shape[3] not in _CHANNELS and x.shape[3] > x.shape[1]:
        form = x.transpose(0, 2, 3, 1)
        notes.append(
            f"The pictures come channels first, {_shape(x.shape)}; they were turned to "
            f"{_shape(form.shape)}."
        )
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(form, np.float32)
    _require_finite(values, form, shown)
    return values, (), notes


def _look_like_pictures(x: np.ndarray, name: str) -> bool:
    """Of (samples, a, b): bytes, or called so, or squares of grey values."""
    if x.dtype.kind == "b" or x.dtype == np.uint8 or read_name(name).base in PICTURE_WORDS:
        return True
    side = x.shape[1]
    if side != x.shape[2] or side < _FEWEST_PIXELS:
        return False
    low, high = float(x.min()), float(x.max())
    return low >= 0 and high <= 255 and (high <= 1 or bool((x == np.rint(x)).all()))


def _require_finite(values: np.ndarray, given: np.ndarray, shown: str) -> None:
    """`values` are `given` as the program's own numbers."""
    if np.isfinite(values).all():
        return
    bad = ~np.isfinite(values)
    row = int(np.argmax(bad.reshape(len(bad), -1).any(axis=1)))
    too_large = bool(np.isfinite(given[row]).all())
    count = int(bad.sum())
    what = "too large for 32 bits" if too_large else "missing or infinite"
    raise DataError(
        f"{counted(count, 'value')} among the inputs of {quoted(shown, 120)} "
        f"{'is' if count == 1 else 'are'} {what}, first in sample {row + 1}.",
        "Finite numbers are needed.",
        "Mend these samples or leave them out; the gaps of a text table can be filled here.",
    )


def _maximum(inputs: Sequence[np.ndarray]) -> float | None:
    """The largest value that the type of bytes and truth values knows."""
    if all(x.dtype == np.uint8 for x in inputs):
        return 255.0
    return 1.0 if all(x.dtype.kind == "b" for x in inputs) else None


def _shape(shape: Sequence[int]) -> str:
    return f"({', '.join(f'{side:,}' for side in shape)})"

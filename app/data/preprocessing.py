"""What is done to the features before the network sees them, fitted on the training part alone."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from app.core.short_names import quoted, shortened
from app.data.errors import DataError
from app.data.moments import Moments, block_step, in_blocks
from app.data.picture_form import Fit
from app.data.raw_data import Column, Missing

Kind = Literal["none", "standardize", "min_max", "pixels"]

BYTE_MAXIMUM = 255.0
"""What "pixels" divides by where the source does not say how large its values can get."""


@dataclass(frozen=True)
class FittedPreprocessing:
    """`(x - offset) / scale` for each feature, as it was fitted; plain values, to be kept as JSON.

    A feature is a column of a table; the features of pictures are their channels, over all pixels.

    Attributes:
        kind: as in `DataSettings.preprocessing`.
        input_shape: of one sample, without the batch axis.
        columns: the columns of the source that a table is made of, with the categories seen in the
            training part; empty for pictures.
        offset, scale: one number a feature, along the last axis of `input_shape`.
        fill: what a gap in each column becomes: a number; of a column of categories the place of
            one, or -1 for none of them; None where a gap is not filled. Empty: nowhere.
        maximum: the largest value that the source can hold, white in pictures; None when unknown.
        picture_fit: how a picture of another shape is brought to `input_shape`, as in
            `PictureSource`.
    """

    kind: Kind
    input_shape: tuple[int, ...]
    columns: tuple[Column, ...]
    offset: tuple[float, ...]
    scale: tuple[float, ...]
    fill: tuple[float | None, ...] = ()
    maximum: float | None = None
    picture_fit: Fit = "stretch"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """One name for each feature of a table; a column of categories gives one for each."""
        return feature_names(self.columns)

    def transform(self, raw: np.ndarray) -> np.ndarray:
        """`raw` (samples, *input_shape), categories already encoded, as float32 for the network.

        Raises:
            ValueError: the shape is another one.
        """
        raw = np.asarray(raw)
        if raw.shape[1:] != self.input_shape:
            raise ValueError(
                f"expected samples of shape {self.input_shape}, received {raw.shape[1:]}"
            )
        x = np.empty(raw.shape, np.float32)
        self.transform_into(x, raw, np.empty(raw.shape))
        return x

    def transform_into(self, x: np.ndarray, raw: np.ndarray, room: np.ndarray) -> None:
        """`transform` of `raw` in `x`; both and `room`, float64 that is spent, are of one shape."""
        with np.errstate(over="ignore"):  # what is too large becomes infinite; callers look
            if self.kind == "none":
                x[...] = raw
                return
            np.subtract(raw, np.asarray(self.offset), out=room, dtype=np.float64)
            room /= np.asarray(self.scale)
            x[...] = room

    def encode(self, columns: np.ndarray) -> np.ndarray:
        """Columns of the source (samples, columns), categories as places in those of
        `self.columns`, as features (samples, *input_shape); gaps are filled.
        """
        if not self.columns:
            return columns
        return encoded(columns, self.columns, self.columns, self.fill)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "FittedPreprocessing":
        """The value that `to_json` wrote.

        Raises:
            DataError: `text` is not such a value.
        """
        try:
            plain = json.loads(text)
            return _checked(plain)
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DataError(
                f"The saved preprocessing cannot be read: {shortened(error, 200)}.",
                "A description is needed as the program writes it.",
                "Train the network again, or open an undamaged copy of the file.",
            ) from None


def _checked(plain: Any) -> FittedPreprocessing:
    known = set(FittedPreprocessing.__dataclass_fields__)
    newer = {"fill", "maximum", "picture_fit"}  # older files lack them
    if not isinstance(plain, dict) or set(plain) | newer != known:
        raise ValueError("its fields are not the known ones")
    if plain["kind"] not in ("none", "standardize", "min_max", "pixels"):
        raise ValueError(f"the kind {quoted(plain['kind'], 40)} is unknown")
    shape = tuple(plain["input_shape"])
    if not 1 <= len(shape) <= 4 or any(type(n) is not int or not 1 <= n <= 10**6 for n in shape):
        raise ValueError(f"the shape {quoted(shape, 40)} is none")
    columns = tuple(
        Column(
            c["name"],
            tuple(c["categories"]),
            c.get("missing", "drop"),
            c.get("day_first"),
            c.get("grouped"),
        )
        for c in plain["columns"]
    )
    if any(not isinstance(text, str) for c in columns for text in (c.name, *c.categories)):
        raise ValueError("a name is not a text")
    if any(c.missing not in get_args(Missing) for c in columns):
        raise ValueError("what becomes of a gap is unknown")
    if any(c.day_first not in (None, True, False) for c in columns):
        raise ValueError("the order of day and month is unknown")
    if any(c.grouped not in (None, ".", ",") for c in columns):
        raise ValueError("the decimal mark is unknown")
    numbers: dict[str, tuple[float, ...]] = {}
    for name in ("offset", "scale"):
        values = plain[name]
        if not isinstance(values, list) or len(values) != shape[-1]:
            raise ValueError(f"{name} needs {shape[-1]} numbers")
        if any(type(v) not in (int, float) or not math.isfinite(v) for v in values):
            raise ValueError(f"{name} holds something that is not a finite number")
        numbers[name] = tuple(float(v) for v in values)
    if any(v == 0.0 for v in numbers["scale"]):
        raise ValueError("scale holds a zero")
    if columns and len(feature_names(columns)) != shape[-1]:
        raise ValueError("columns and shape do not agree")
    fill = _checked_fill(plain.get("fill", []), columns)
    maximum, picture_fit = plain.get("maximum"), plain.get("picture_fit", "stretch")
    if maximum is not None and (type(maximum) is not float or not 0 < maximum <= 1e9):
        raise ValueError("maximum is not a number above zero")
    if picture_fit not in get_args(Fit):
        raise ValueError("how a picture is fitted is unknown")
    return FittedPreprocessing(
        kind=plain["kind"],
        input_shape=shape,
        columns=columns,
        offset=numbers["offset"],
        scale=numbers["scale"],
        fill=fill,
        maximum=maximum,
        picture_fit=picture_fit,
    )


def _checked_fill(values: Any, columns: tuple[Column, ...]) -> tuple[float | None, ...]:
    if not isinstance(values, list) or len(values) not in (0, len(columns)):
        raise ValueError(f"fill needs {len(columns)} entries")
    fill: list[float | None] = []
    for value, column in zip(values, columns if values else (), strict=True):
        if value is not None and (type(value) not in (int, float) or not math.isfinite(value)):
            raise ValueError("fill holds something that is not a finite number")
        if value is not None and column.categories:
            if value not in range(-1, len(column.categories)):
                raise ValueError("fill names a category that there is not")
        fill.append(None if value is None else float(value))
    return tuple(fill)


def feature_names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """`alcohol`, `island = Dream`, `island = Biscoe`, ..."""
    names: list[str] = []
    for column in columns:
        if column.categories:
            names.extend(f"{column.name} = {category}" for category in column.categories)
        else:
            names.append(column.name)
    return tuple(names)


def encoded(
    x: np.ndarray,
    read: tuple[Column, ...],
    known: tuple[Column, ...],
    fill: tuple[float | None, ...] = (),
) -> np.ndarray:
    """Columns as features: gaps filled, a category as a 1 among 0s, and all 0 where it is none that
    is known.

    Args:
        x: (samples, columns), of categories their places in those of `read`, or -1; not a number
            in a gap.
        read: the columns of `x`.
        known: the same with the categories that make features.
        fill: what a gap becomes, as in `FittedPreprocessing`; a place is one in `known`.

    Returns:
        (samples, features) float64; `x` itself when there is nothing to do.
    """
    fill = fill or (None,) * len(known)
    texts = any(column.categories for column in known)
    if not texts and not any(v is not None and np.isnan(x[:, i]).any() for i, v in enumerate(fill)):
        return x
    starts = np.cumsum([0] + [len(column.categories) or 1 for column in known]).tolist()
    tables = [_places_in(old, new) for old, new in zip(read, known, strict=True)]
    numbers = [index for index, column in enumerate(known) if not column.categories]
    targets = [starts[index] for index in numbers]
    result = np.zeros((len(x), starts[-1]))

    def encode(place: slice) -> None:
        block, part = x[place], result[place]
        part[:, targets] = block[:, numbers]
        for index, value in enumerate(fill):
            if not known[index].categories:
                if value is not None:
                    column = part[:, starts[index]]
                    column[np.isnan(column)] = value
                continue
            gaps = np.isnan(block[:, index])
            # The last entry of a table is that of -1, the unknown.
            places = tables[index][np.where(gaps, -1.0, block[:, index]).astype(np.int64)]
            places[gaps] = -1 if value is None else int(value)
            rows = np.flatnonzero(places >= 0)
            part[rows, starts[index] + places[rows]] = 1.0

    for _ in in_blocks(encode, len(x), block_step(x)):
        pass
    return result


def _places_in(read: Column, known: Column) -> np.ndarray:
    """For each category of `read`, and -1 at the end, its place in `known` or -1."""
    places = {name: place for place, name in enumerate(known.categories)}
    return np.array([places.get(name, -1) for name in read.categories] + [-1], np.int64)


def fit(
    kind: Kind,
    moments: Moments,
    input_shape: tuple[int, ...],
    columns: tuple[Column, ...] = (),
    fill: tuple[float | None, ...] = (),
    maximum: float | None = None,
    picture_fit: Fit = "stretch",
) -> FittedPreprocessing:
    """Fit on the training part, of which no more than `moments` is needed.

    "standardize" subtracts the mean and divides by the standard deviation (by N), "min_max" maps
    the smallest to 0 and the largest value to 1, "pixels" divides by `maximum`. A constant feature
    is only shifted; the 0s and 1s of categories stay as they are.

    Args:
        kind: as in `DataSettings.preprocessing`.
        moments: of the features of the training part, categories encoded and gaps filled.
        input_shape: of one sample.
        columns: of the table, with the categories seen in the training part; empty for pictures.
        fill: what becomes of gaps in each column.
        maximum: the largest value that the source can hold, or None when unknown.
        picture_fit: as in `PictureSource`.
    """
    features = input_shape[-1]
    offset, scale = np.zeros(features), np.ones(features)
    if kind == "standardize":
        offset, scale = moments.mean, np.where(moments.varies, moments.deviation, 1.0)
    elif kind == "min_max":
        spread = moments.maximum - moments.minimum
        offset, scale = moments.minimum, np.where(spread > 0, spread, 1.0)
    elif kind == "pixels":
        scale = np.full(features, maximum or BYTE_MAXIMUM)
    categorical = np.array(
        [bool(column.categories) for column in columns for _ in column.categories or (None,)], bool
    )
    if categorical.any():
        offset = np.where(categorical, 0.0, offset)
        scale = np.where(categorical, 1.0, scale)
    return FittedPreprocessing(
        kind=kind,
        input_shape=input_shape,
        columns=columns,
        offset=tuple(float(v) for v in offset),
        scale=tuple(float(v) for v in scale),
        fill=fill,
        maximum=maximum,
        picture_fit=picture_fit,
    )

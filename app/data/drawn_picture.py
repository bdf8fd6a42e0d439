"""What a drawing becomes so that it looks like the pictures of the data. Pure NumPy."""

from dataclasses import dataclass

import numpy as np

LOOKED_AT = 256
"""So many pictures tell how all of them look."""

COARSE = 32
"""Where things stand is told from pictures of about so many pixels along a side."""
COUNTED = 64
"""In so many it is counted how many things they show."""

_INKED = 0.25
"""A pixel belongs to what is drawn when it differs from the ground by this share of the range."""
_STEADY = 0.09
"""The places of what is drawn count as centred while they scatter less than this share of a side.
"""


@dataclass(frozen=True)
class PictureLook:
    """How the pictures of a data set look, in raw values.

    Attributes:
        low, high: black and white.
        ground: (channels,) what is mostly at the edge.
        ink: (channels,) the end of the range that is farther from the ground.
        whole: whether all values are whole numbers.
        centre: (down, across) where the middle of what is drawn lies, in shares of the sides; None
            where pictures are not centred.
        size: the longer side of what is drawn, as a share of the picture's; None likewise.
    """

    low: float
    high: float
    ground: np.ndarray
    ink: np.ndarray
    whole: bool
    centre: tuple[float, float] | None = None
    size: float | None = None


def look_of(pictures: np.ndarray, low: float, high: float) -> PictureLook:
    """The look of some pictures (samples, height, width, channels) with values from `low` to
    `high`.
    """
    ground = np.median(_edges(pictures), axis=(0, 1))
    ink = np.where(high - ground >= ground - low, high, low)
    whole = bool((pictures == np.rint(pictures)).all())
    spread = high - low
    coarse = max(1, max(pictures.shape[1:3]) // COARSE)
    pictures = pictures[:, ::coarse, ::coarse]
    boxes = [box for box in (_box(_inked(one, ground, spread)) for one in pictures) if box]
    centre = size = None
    if len(boxes) >= max(2, len(pictures) * 3 // 4) and _one_thing_each(pictures, ground, spread):
        sides = np.array(pictures.shape[1:3], float)
        starts = np.array([(top, left) for top, left, _, _ in boxes]) / sides
        ends = np.array([(bottom, right) for _, _, bottom, right in boxes]) / sides
        middles, lengths = (starts + ends) / 2, (ends - starts).max(axis=1)
        if middles.std(axis=0).max() < _STEADY and lengths.std() < 2 * _STEADY:
            down, across = np.median(middles, axis=0)
            centre, size = (float(down), float(across)), float(np.median(lengths))
    return PictureLook(low, high, ground, np.asarray(ink, float), whole, centre, size)


def picture_of(
    sheet: np.ndarray, look: PictureLook, shape: tuple[int, int, int], *, centred: bool
) -> np.ndarray:
    """A fine drawing as a picture of the data: each pixel is the mean of what it covers.

    Args:
        sheet: (height * k, width * k, 1 or 3) shares of the range from `look.low` to `look.high`.
        look: of the data.
        shape: (height, width, channels) wanted.
        centred: move and size what is drawn as the pictures of the data are; where those are not
            centred it stays as it is.

    Returns:
        (height, width, channels) float64, raw values.
    """
    ground = (look.ground - look.low) / ((look.high - look.low) or 1.0)
    drawn = sheet - ground[: sheet.shape[-1]]
    if centred:
        drawn = _framed(drawn, look)
    height, width, _ = shape
    fine = drawn.reshape(height, len(sheet) // height, width, sheet.shape[1] // width, -1)
    shares = np.clip(fine.mean(axis=(1, 3)) + ground[: sheet.shape[-1]], 0.0, 1.0)
    values = look.low + np.broadcast_to(shares, shape) * (look.high - look.low)
    return np.asarray(np.rint(values) if look.whole else values, np.float64)


def _framed(drawn: np.ndarray, look: PictureLook) -> np.ndarray:
    """(height, width, channels), differences from the ground, moved and sized; bilinear between the
    pixels.
    """
    box = _box(np.abs(drawn).max(axis=-1) > _INKED)
    if look.centre is None or look.size is None or box is None:
        return drawn
    sides = np.array(drawn.shape[:2], float)
    starts, ends = np.array(box[:2]), np.array(box[2:])
    grow = look.size / float(((ends - starts) / sides).max())
    middle, goal = (starts + ends) / 2, np.array(look.centre) * sides
    for axis, side in enumerate(drawn.shape[:2]):
        places = (np.arange(side) + 0.5 - goal[axis]) / grow + middle[axis] - 0.5
        drawn = _sampled(drawn, places, axis)
    return drawn


def _edges(pictures: np.ndarray) -> np.ndarray:
    """(samples, pixels, channels) at the edge."""
    upper, lower = pictures[:, 0], pictures[:, -1]
    return np.concatenate([upper, lower, pictures[:, :, 0], pictures[:, :, -1]], axis=1)


def _inked(picture: np.ndarray, ground: np.ndarray, spread: float) -> np.ndarray:
    return np.asarray((np.abs(picture - ground) > _INKED * spread).any(axis=-1))


def _one_thing_each(pictures: np.ndarray, ground: np.ndarray, spread: float) -> bool:
    """Whether most pictures show a single thing: what is drawn hangs together, corners included."""
    inked = _inked(pictures[:COUNTED], ground, spread)
    count, height, width = inked.shape
    numbers = np.arange(1, height * width + 1).reshape(height, width) * inked
    while True:  # every piece ends up with its highest number
        wide = np.pad(numbers, ((0, 0), (1, 1), (1, 1)))
        around = [wide[:, i : i + height, j : j + width] for i in range(3) for j in range(3)]
        spreading = np.max(around, axis=0) * inked
        if np.array_equal(spreading, numbers):
            break
        numbers = spreading
    pieces = [len(np.unique(one[one > 0])) for one in numbers.reshape(count, -1)]
    return bool(np.median(pieces) == 1.0)


def _box(inked: np.ndarray) -> tuple[int, int, int, int] | None:
    """Top, left, bottom and right of what is drawn; None when nothing is."""
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    if len(rows) == 0:
        return None
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def _sampled(values: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """`values` at fractional places along an axis, linear between; nothing beyond its ends."""
    count = values.shape[axis]
    low = np.floor(places).astype(np.int64)
    share = places - low
    shape = [-1 if a == axis else 1 for a in range(values.ndim)]

    def at(index: np.ndarray) -> np.ndarray:
        inside = ((index >= 0) & (index < count)).reshape(shape)
        return np.asarray(np.take(values, np.clip(index, 0, count - 1), axis) * inside)

    upper = share.reshape(shape)
    return np.asarray(at(low) * (1 - upper) + at(low + 1) * upper)

"""To what size and color pictures are brought."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Literal

Color = Literal["rgb", "grayscale"]
Fit = Literal["stretch", "crop", "pad"]

LARGEST_GUESS = 128
"""Pixels of a side that nobody chose: a small network trains on such pictures in minutes."""
_SQUARES = (32, 48, 64, 96, 128)


@dataclass(frozen=True)
class PictureForm:
    """What all pictures of a set have in common once they are read.

    Attributes:
        height, width: in pixels.
        color: three channels or one.
        fit: as in `PictureSource`.
    """

    height: int
    width: int
    color: Color
    fit: Fit = "stretch"

    @property
    def channels(self) -> int:
        return 3 if self.color == "rgb" else 1

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        return (self.height, self.width, self.channels)


def guess_size(
    sizes: Sequence[tuple[int, int]], height: int | None, width: int | None
) -> tuple[int, int, str]:
    """(height, width, why in a sentence or "") for pictures of different sizes.

    When most have the same size it is that one, made smaller in proportion when a side is above
    `LARGEST_GUESS`; otherwise a square that is not above the middle one of the shorter sides.

    Args:
        sizes: (height, width) of at least one picture.
        height, width: what was chosen already; one alone keeps the proportions.
    """
    if height is not None and width is not None:
        return height, width, ""
    common, count = Counter(sizes).most_common(1)[0]
    if 2 * count <= len(sizes):
        middle = median_low(sorted(min(size) for size in sizes))
        side = max((s for s in _SQUARES if s <= middle), default=middle)
        common, why = (side, side), f"The pictures have different sizes; {side}×{side} was chosen."
    else:
        most = "All" if count == len(sizes) else "Most"
        why = f"{most} pictures looked at have {common[0]}×{common[1]} pixels"
    tall, wide = common
    if height is not None:
        return height, _share(wide, height, tall), ""
    if width is not None:
        return _share(tall, width, wide), width, ""
    if max(common) > LARGEST_GUESS:
        longest = max(common)
        tall, wide = _share(tall, LARGEST_GUESS, longest), _share(wide, LARGEST_GUESS, longest)
        return tall, wide, f"{why}; {tall}×{wide} was chosen. Larger ones can be set."
    if count == len(sizes):
        return tall, wide, ""
    return tall, wide, why if why.endswith(".") else f"{why}; this size was chosen."


def _share(side: int, new: int, old: int) -> int:
    """`side` times `new` / `old`, at least 1."""
    return max(1, round(side * new / old))

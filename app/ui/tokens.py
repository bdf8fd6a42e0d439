"""The colours of both themes and the colour scales of the plots, as plain values without Qt."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

MARKERS = ("square", "circle", "diamond", "triangle", "plus", "cross", "star", "bar")
"""One for each series colour, so that a series is never told by colour alone."""

PLOT_SYMBOLS = {
    "square": "s",
    "circle": "o",
    "diamond": "d",
    "triangle": "t1",
    "plus": "+",
    "cross": "x",
    "star": "star",
    "bar": "|",
}
"""The names of the markers in pyqtgraph."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """The colours of one theme, as `#RRGGBB`; named by use.

    Attributes:
        window: ground of menu, rail, status bar and page.
        panel: ground of panels and run bar.
        canvas: ground of the network and of table headers.
        card: ground of cards, fields and buttons.
        border: decoration only.
        control_border: outline of controls, axes, text of disabled controls.
        muted: labels, units, secondary columns.
        accent: selection, focus, validation, progress.
        accent_fill: the primary button under `on_accent` text.
        accent_soft: ground of what is chosen; shade: patience, target column.
        grid: grid lines of plots.
        series: colours of classes beyond two and of compared runs, in this order, with `MARKERS`.
    """

    name: str
    window: str
    panel: str
    canvas: str
    card: str
    border: str
    control_border: str
    hover: str
    track: str
    text: str
    muted: str
    accent: str
    accent_fill: str
    accent_fill_hover: str
    accent_fill_pressed: str
    on_accent: str
    accent_soft: str
    shade: str
    good: str
    warning: str
    warning_ground: str
    warning_line: str
    error: str
    error_ground: str
    grid: str
    series: tuple[str, ...]

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"


LIGHT = Tokens(
    name="light",
    window="#F1F2F5",
    panel="#FFFFFF",
    canvas="#F7F8FA",
    card="#FFFFFF",
    border="#DADDE3",
    control_border="#828995",
    hover="#E8EAEF",
    track="#E1E4EA",
    text="#1A1D23",
    muted="#5A6270",
    accent="#5B45D1",
    accent_fill="#5B45D1",
    accent_fill_hover="#4E3BB5",
    accent_fill_pressed="#423299",
    on_accent="#FFFFFF",
    accent_soft="#ECE9FB",
    shade="#F3F1FD",
    good="#1B7A43",
    warning="#8A5600",
    warning_ground="#FFF3DA",
    warning_line="#E3B75C",
    error="#B3261E",
    error_ground="#FDECEA",
    grid="#E6E8ED",
    series=(
        "#C2570C",
        "#1668AD",
        "#1B7F5C",
        "#A23B84",
        "#7A6A00",
        "#22808F",
        "#6B6F7A",
        "#B3261E",
    ),
)

DARK = Tokens(
    name="dark",
    window="#17191D",
    panel="#1F2227",
    canvas="#1A1C20",
    card="#272B31",
    border="#3A4048",
    control_border="#79818E",
    hover="#30353D",
    track="#3A4048",
    text="#E8EAED",
    muted="#A6ADB8",
    accent="#AC9FFF",
    accent_fill="#6B57DB",
    accent_fill_hover="#5C4BBD",
    accent_fill_pressed="#4E3FA0",
    on_accent="#FFFFFF",
    accent_soft="#332E58",
    shade="#292640",
    good="#5CC98A",
    warning="#F0B64C",
    warning_ground="#3A2F17",
    warning_line="#7A6128",
    error="#FF8A80",
    error_ground="#45211F",
    grid="#2F343B",
    series=(
        "#F29A52",
        "#6CB2EE",
        "#55C59B",
        "#E08AC6",
        "#CDBB4A",
        "#6CCBDD",
        "#A7ADB8",
        "#FF8A80",
    ),
)

SIGN_STOPS = (
    (-1.0, (179, 88, 6)),
    (-0.5, (241, 160, 80)),
    (0.0, (247, 247, 247)),
    (0.5, (111, 168, 216)),
    (1.0, (15, 90, 156)),
)
"""Sign and class in both themes: negative and class 0 orange, positive and class 1 blue."""

FIELD_LIMIT = 0.53
"""Where the scale ends under data points, so that points in the full end colours stay readable."""


def sign_image(values: ArrayLike) -> NDArray[np.uint8]:
    """The colours of `values` in [-1, 1] (clipped to it), linear between the stops.

    Args:
        values: numbers of any shape; not-a-number gives the middle.

    Returns:
        An array of that shape and a last axis of red, green, blue.
    """
    places = [place for place, _ in SIGN_STOPS]
    numbers = np.nan_to_num(np.asarray(values, dtype=float), nan=0.0, posinf=1.0, neginf=-1.0)
    channels = [
        np.interp(numbers, places, [color[channel] for _, color in SIGN_STOPS])
        for channel in range(3)
    ]
    return np.rint(np.stack(channels, axis=-1)).astype(np.uint8)


@lru_cache(maxsize=512)
def sign_color(value: float) -> tuple[int, int, int]:
    """The red, green and blue of one value in [-1, 1]."""
    red, green, blue = (int(channel) for channel in sign_image(value))
    return red, green, blue


def sign_table() -> list[list[int]]:
    """256 colours from -1 to 1, for a plot's lookup table."""
    return [[int(channel) for channel in color] for color in sign_image(np.linspace(-1, 1, 256))]

"""What is drawn as evidence: plain numbers with the words beside them. Drawing is the window's."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["plain", "bad", "strong", "training", "validation", "good"]
"""How a line is drawn: "bad" in the colour of errors, "strong" in accent, the others quietly."""

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Curve:
    """A line of points (epoch, value), named at its end."""

    label: str
    points: Points
    role: Role = "plain"


MOST_CURVES = 8
"""Of more layers only those that matter are drawn: their names would not be legible."""


def few(curves: tuple[Curve, ...]) -> tuple[Curve, ...]:
    """All of few `curves`; of many those that stand out by their role, and of the last values the
    least, the middle one and the largest.
    """
    if len(curves) <= MOST_CURVES:
        return curves
    ranked = sorted((curve for curve in curves if curve.points), key=lambda one: one.points[-1][1])
    kept = {ranked[place].label for place in (0, len(ranked) // 2, -1)} if ranked else set()
    return tuple(curve for curve in curves if curve.role != "plain" or curve.label in kept)


def few_words(layers: int) -> str:
    """What `few` leaves out, for the note of a figure."""
    return f"some of {layers} layers, " if layers > MOST_CURVES else ""


@dataclass(frozen=True)
class Band:
    """A stretch of the value axis that is shaded, with its words."""

    low: float
    high: float
    words: str


@dataclass(frozen=True)
class CurvesFigure:
    """Curves over epochs.

    Attributes:
        note: what the axes are, for the corner.
        logarithmic: whether the value axis is; values at or below 0 are left out then.
        gap: places of two curves in `curves` between which is shaded.
        mark: an epoch with a word, drawn as a line upright.
    """

    title: str
    note: str
    curves: tuple[Curve, ...]
    logarithmic: bool = False
    band: Band | None = None
    gap: tuple[int, int] | None = None
    mark: tuple[int, str] | None = None


@dataclass(frozen=True)
class Span:
    """One row of a figure of spans: from `low` to `high`, with a mark at `middle`."""

    label: str
    low: float
    middle: float
    high: float
    bad: bool = False


@dataclass(frozen=True)
class SpansFigure:
    """Spans of numbers, one below the other, on one axis that is logarithmic on both sides of 0."""

    title: str
    note: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class ActivationFigure:
    """An activation and its derivative against the derivative of another one.

    Attributes:
        name, other: as Keras calls them; `other` is "" when there is none.
        words: a sentence below.
    """

    title: str
    note: str
    name: str
    other: str
    words: str


Figure = CurvesFigure | SpansFigure | ActivationFigure

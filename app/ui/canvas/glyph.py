"""The little picture of an activation function: a curve, or bars where it works on the whole
vector.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from app.core.activation_catalog import ACTIVATIONS, sample_curve
from app.ui.pens import make_pen

GLYPH_WIDTH, GLYPH_HEIGHT = 32, 20
_BASE = 19.5
_ZERO = 18.0
_TOP = 0.5
_REACH = 3.0
"""The curve is drawn from -3 to 3."""
_SCORES = (-0.85, -0.15, 1.0, -0.335, -1.25)
"""What the bars show: one score stands out, as at the output of a classifier."""


@dataclass(frozen=True)
class Glyph:
    """Curve (points in a box of 32 x 20) or bars (heights), of the activation called `name`."""

    name: str
    points: tuple[tuple[float, float], ...] = ()
    bars: tuple[float, ...] = ()


def _bars(name: str) -> tuple[float, ...]:
    """Shares of the five scores; those of log softmax and sparsemax are drawn from their own
    formula.
    """
    if name == "sparsemax":
        kept = sorted(_SCORES, reverse=True)
        size = max(k for k in range(1, 6) if 1 + k * kept[k - 1] > sum(kept[:k]))
        threshold = (sum(kept[:size]) - 1) / size
        return tuple(max(0.0, score - threshold) for score in _SCORES)
    total = sum(math.exp(score) for score in _SCORES)
    shares = tuple(math.exp(score) / total for score in _SCORES)
    if name == "log_softmax":
        logs = [math.log(share) for share in shares]
        return tuple(log - min(logs) + 0.2 for log in logs)
    return shares


@lru_cache(maxsize=64)
def activation_glyph(name: str) -> Glyph | None:
    """The picture of the activation called `name`; None when there is none of that name."""
    entry = ACTIVATIONS.get(name)
    if entry is None:
        return None
    if entry.over_vector:
        bars = _bars(name)
        return Glyph(name, bars=tuple(19.0 * bar / max(bars) for bar in bars))
    samples = sample_curve(name, -_REACH, _REACH, 65)
    lowest = min(0.0, *(y for _, y, _ in samples))
    highest = min(max(y for _, y, _ in samples), _REACH)
    span = max(highest - lowest, 1e-9)
    points = tuple(
        (
            (x + _REACH) / (2 * _REACH) * GLYPH_WIDTH,
            _ZERO - (min(y, highest) - lowest) / span * (_ZERO - _TOP),
        )
        for x, y, _ in samples
    )
    return Glyph(name, points=points)


@lru_cache(maxsize=64)
def _polygon(name: str) -> QPolygonF:
    glyph = activation_glyph(name)
    return QPolygonF([QPointF(x, y) for x, y in glyph.points] if glyph else [])


def paint_glyph(
    painter: QPainter, x: float, y: float, glyph: Glyph, ink: QColor, ground: QColor
) -> None:
    """Draw `glyph` in `ink` with its upper left corner at (x, y); `ground` is the colour of the
    base line.
    """
    painter.save()
    painter.translate(x, y)
    painter.setPen(make_pen(ground, 1))
    painter.drawLine(QLineF(0, _BASE, GLYPH_WIDTH, _BASE))
    if glyph.bars:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        for index, height in enumerate(glyph.bars):
            painter.drawRect(QRectF(2 + 6 * index, GLYPH_HEIGHT - height, 4, height))
    else:
        faint = QColor(ground)
        faint.setAlphaF(0.9)
        painter.setPen(make_pen(faint, 1))
        painter.drawLine(QLineF(GLYPH_WIDTH / 2, 0, GLYPH_WIDTH / 2, _BASE))
        painter.setPen(make_pen(ink, 1.75, cap=Qt.PenCapStyle.SquareCap))
        painter.drawPolyline(_polygon(glyph.name))
    painter.restore()

"""The regions of the classes in a picture of a network's answers: where each is widest, which have
none, and whether the network says the same everywhere.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from app.diagnostics.boundary import Boundary
from app.ui.controls.painting import color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import figures_text
from app.ui.plots.boundary_words import class_name, meaning_of
from app.ui.theme import current_theme

ALIKE = 0.05
"""Answers that differ by no more, of a scale of length 1, look like one plain colour."""


def region_centres(classes: np.ndarray) -> dict[int, tuple[int, int, int]]:
    """{class: (row, column, reach)} of each class in `classes` (rows, columns): the point from
    which the region goes on farthest on all sides, by `reach` points and itself.

    A region loses its rim again and again, what is left last is its inside.
    """
    found = {}
    for number in np.unique(classes).tolist():
        inside = np.pad(classes == number, 1)
        reach = 0
        while inside.any():
            last, reach = inside, reach + 1
            for axis in (0, 1):
                inside = inside & np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
        places = np.argwhere(last) - 1
        away = ((places - places.mean(axis=0)) ** 2).sum(axis=1)
        row, column = places[away.argmin()].tolist()
        found[int(number)] = (row, column, reach - 1)
    return found


def paint_region_names(
    painter: QPainter, rect: QRectF, names: Sequence[tuple[str, QPointF, float]]
) -> None:
    """Paint (name, place, room across) of each region, on a plate within `rect`; where there are
    more classes than colours nothing else tells two regions apart.
    """
    painter.setFont(current_theme().font("caption_strong"))
    metrics = QFontMetricsF(painter.font())
    for name, place, room in names:
        text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, max(room, px(40)))
        plate = QRectF(0, 0, metrics.horizontalAdvance(text) + px(10), px(18))
        plate.moveCenter(place)
        plate.moveLeft(min(max(plate.left(), rect.left() + 2), rect.right() - plate.width() - 2))
        plate.moveTop(min(max(plate.top(), rect.top() + 2), rect.bottom() - plate.height() - 2))
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(color("panel"))
        painter.drawRoundedRect(plate, px(4), px(4))
        painter.setPen(color("text"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def absent_words(boundary: Boundary, names: Sequence[str]) -> str:
    """Which classes are nowhere the answer, in a sentence; "" when each is somewhere."""
    if boundary.classes is None or boundary.values.shape[-1] == 0:
        return ""
    count = max(2, boundary.values.shape[-1])
    shown = set(np.unique(boundary.classes).tolist())
    absent = [class_name(names, number) for number in range(count) if number not in shown]
    if not absent:
        return ""
    where = "slice" if boundary.plane is not None and boundary.plane.note else "picture"
    if len(absent) == 1:
        return f"{absent[0]} is nowhere the answer on this {where}."
    if len(absent) > 6:
        return f"{len(absent):,} of the {count:,} classes are nowhere the answer on this {where}."
    listed = f"{', '.join(absent[:-1])} and {absent[-1]}"
    return f"{listed} are nowhere the answer on this {where}."


def alike_words(boundary: Boundary, names: Sequence[str], scale: tuple[float, float]) -> str:
    """What the network says everywhere, where its answers hardly differ; "" where they do.

    Args:
        scale: the ends of the scale of the colours.
    """
    values = boundary.values
    low, high = values.min(axis=(0, 1)), values.max(axis=(0, 1))
    length = (scale[1] - scale[0]) or 1.0
    if (high - low).max(initial=0.0) > ALIKE * length or values.shape[-1] == 0:
        return ""
    middle = values.mean(axis=(0, 1), dtype=np.float64)
    if boundary.task == "regression" or values.shape[-1] == 1:
        told = [_between(float(middle[0]), float(low[0]), float(high[0]))]
        what = ""
        if boundary.task != "regression":
            what = f", the {meaning_of(boundary)} of {class_name(names, 1)}"
        return f"The network answers {told[0]}{what}, everywhere."
    top = int(middle.argmax())
    said = _between(float(middle[top]), float(low[top]), float(high[top]))
    return (
        f"The network answers nearly the same everywhere: the {meaning_of(boundary)} of "
        f"{class_name(names, top)} is {said}."
    )


def _between(middle: float, low: float, high: float) -> str:
    at, least, most = figures_text(middle), figures_text(low), figures_text(high)
    return at if least == most else f"about {at} (between {least} and {most})"

"""Pens by their properties."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen


def make_pen(
    color: QColor | str,
    width: float = 1.0,
    *,
    cap: Qt.PenCapStyle = Qt.PenCapStyle.FlatCap,
    join: Qt.PenJoinStyle = Qt.PenJoinStyle.RoundJoin,
    dashes: Sequence[float] = (),
) -> QPen:
    """A pen; `dashes` are lengths of line and gap in px (Qt itself counts them in widths of the
    pen).
    """
    pen = QPen(QColor(color), width)
    pen.setCapStyle(cap)
    pen.setJoinStyle(join)
    if dashes:
        pen.setDashPattern([length / width for length in dashes])
    return pen

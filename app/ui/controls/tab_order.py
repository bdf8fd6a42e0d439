"""The way of the tab key."""

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def order_by_tab(parts: Iterable[QWidget]) -> None:
    """The tab key goes from each of `parts` to the next."""
    for before, after in pairwise(parts):
        QWidget.setTabOrder(before, after)


def tab_stops(part: QWidget) -> list[QWidget]:
    """Where the tab key rests within `part`."""
    parts = part.findChildren(QWidget)
    return [each for each in parts if each.focusPolicy() & Qt.FocusPolicy.TabFocus]

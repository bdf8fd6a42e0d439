"""Areas that scroll what is too large for its place."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget


def scroll_area(
    widget: QWidget,
    name: str,
    spoken: str,
    *,
    by_key: bool = False,
    sideways: bool = False,
) -> QScrollArea:
    """An area without a frame, in which `widget` is as wide as there is room.

    Args:
        widget: what scrolls.
        name: the object's name.
        spoken: what a screen reader says.
        by_key: whether the tab key rests on it, where nothing within takes the focus.
        sideways: whether it scrolls to the side, too.
    """
    area = QScrollArea()
    area.setWidget(widget)
    _prepare(area, name, spoken, by_key=by_key, sideways=sideways)
    return area


class ClearScroll(QScrollArea):
    """Scrolls up and down on the ground of the panel that it is in."""

    def __init__(self, name: str = "", spoken: str = "", *, by_key: bool = False) -> None:
        super().__init__()
        _prepare(self, name, spoken, by_key=by_key, sideways=False)
        self.viewport().setAutoFillBackground(False)

    def needed_width(self) -> int:
        """What is in it needs so many px."""
        widget = self.widget()
        return 0 if widget is None else widget.minimumSizeHint().width()

    def setWidget(self, widget: QWidget) -> None:
        """Show `widget` in place of the one before."""
        super().setWidget(widget)
        widget.setAutoFillBackground(False)


def _prepare(area: QScrollArea, name: str, spoken: str, *, by_key: bool, sideways: bool) -> None:
    area.setObjectName(name)
    area.setAccessibleName(spoken)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    if not by_key:
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)

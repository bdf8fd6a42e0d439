"""Panels that keep a height at which they can be read, and scroll where there is no room."""

from PySide6.QtWidgets import QLayout, QWidget

from app.ui.controls.scrolling import ClearScroll


def scrolled(layout: QLayout, spoken: str) -> ClearScroll:
    """A place that shows `layout`; `spoken` is its accessible name."""
    inner = QWidget()
    layout.setContentsMargins(0, 0, 0, 0)
    inner.setLayout(layout)
    scroll = ClearScroll()
    scroll.setAccessibleName(spoken)
    scroll.setWidget(inner)
    return scroll

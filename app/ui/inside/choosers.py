"""Choosers and buttons as the tabs have them: of a layer, of a channel, of a size."""

from collections.abc import Sequence

from app.ui.controls import ComboBox, IconButton
from app.ui.controls.painting import px


def small_chooser(name: str, told: str) -> ComboBox:
    """A chooser among the controls of a tab or a panel; `told` is its accessible name."""
    chooser = ComboBox(small=True)
    chooser.setObjectName(name)
    chooser.setAccessibleName(told)
    chooser.setMinimumWidth(px(116))
    chooser.setMaximumWidth(px(180))
    return chooser


def offer(chooser: ComboBox, options: Sequence[tuple[object, str]]) -> None:
    """Offer `options`; the same again change nothing."""
    values = [chooser.itemData(row) for row in range(chooser.count())]
    if values != [value for value, _ in options]:
        chooser.set_options(options)


def show_choices(
    chooser: ComboBox, options: Sequence[tuple[object, str]], current: object, least: int = 2
) -> None:
    """Offer `options`, and hide the chooser where there is nothing to choose."""
    offer(chooser, options)
    chooser.set_current(current)
    chooser.setVisible(len(options) >= least)


def zoom_button(icon: str, label: str, name: str) -> IconButton:
    """A button for larger or smaller pictures."""
    button = IconButton(icon, label, size=24, icon_size=16)
    button.setObjectName(name)
    return button

"""A panel around a plot, and the button that opens the menu of a plot."""

from PySide6.QtWidgets import QWidget

from app.ui.controls import IconButton, Panel
from app.ui.plots.plot_menu import Plot, PlotMenu

OFFERS = "Table, pictures, copy"


class PlotButton(IconButton):
    """The button with dots: table, pictures and copy of the plot that it was given last."""

    def __init__(self, name: str, *, size: int = 24, icon_size: int = 16) -> None:
        """`name` begins the object names; the actions are called `NAME.panel.save_png` and so
        on.
        """
        super().__init__("more", OFFERS, size=size, icon_size=icon_size)
        self.setObjectName(f"{name}.more")
        self._name = name
        self._plot: Plot | None = None
        self._menu: PlotMenu | None = None
        self.clicked.connect(self._open)

    def set_plot(self, plot: Plot | None) -> None:
        """Offer the menu of `plot` from now on."""
        self._plot = plot

    def set_subject(self, title: str) -> None:
        """Let a screen reader tell what it belongs to."""
        self.setAccessibleName(f"{title}: {OFFERS[0].lower()}{OFFERS[1:]}")

    def _open(self) -> None:
        if self._menu is not None:
            self._menu.deleteLater()
            self._menu = None
        if self._plot is not None:
            self._menu = PlotMenu(self._plot, f"{self._name}.panel")
            self._menu.add_saving()
            self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))


class PlotPanel(Panel):
    """Title, subtitle, the plot, and at the very right the button with dots."""

    def __init__(
        self, title: str, subtitle: str, plot: Plot, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, subtitle, parent)
        self.more_button = PlotButton(plot.objectName())
        self.more_button.set_subject(title)
        super().add_corner(self.more_button)
        self.set_plot(plot)
        self.body.addWidget(plot, 1)

    def add_corner(self, widget: QWidget) -> None:
        super().add_corner(widget)
        super().add_corner(self.more_button)  # the last one

    def set_plot(self, plot: Plot) -> None:
        """Offer the menu of another plot, which the caller shows."""
        self.plot = plot
        self.more_button.set_plot(plot)

    def set_title(self, text: str) -> None:
        """Show another title."""
        assert self.header is not None
        self.header.set_title(text)
        self.more_button.set_subject(text)

    def set_subtitle(self, text: str) -> None:
        """Show another subtitle beside the title."""
        assert self.header is not None
        self.header.set_subtitle(text)

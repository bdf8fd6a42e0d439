"""A panel around a plot, with the button that opens the plot's menu."""

from PySide6.QtWidgets import QWidget

from app.ui.controls import IconButton, Panel
from app.ui.plots.plot_menu import Plot, PlotMenu


class PlotPanel(Panel):
    """Title, subtitle, the plot, and a button with dots: table, pictures, copy."""

    def __init__(
        self, title: str, subtitle: str, plot: Plot, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, subtitle, parent)
        self.plot = plot
        self._menu: PlotMenu | None = None
        self.more_button = IconButton("more", "Table, pictures, copy", size=24, icon_size=16)
        self.more_button.setObjectName(f"{plot.objectName()}.more")
        self.more_button.setAccessibleName(f"{title}: table, pictures, copy")
        self.more_button.clicked.connect(self._open_menu)
        self.add_corner(self.more_button)
        self.body.addWidget(plot, 1)

    def set_plot(self, plot: Plot) -> None:
        """Offer the menu of another plot, which the caller shows."""
        if plot is not self.plot:
            self.plot = plot
            if self._menu is not None:
                self._menu.deleteLater()
                self._menu = None

    def set_subtitle(self, text: str) -> None:
        """Show another subtitle beside the title."""
        assert self.header is not None
        self.header.set_subtitle(text)

    def _open_menu(self) -> None:
        if self._menu is None:
            self._menu = PlotMenu(self.plot, f"{self.plot.objectName()}.panel")
            self._menu.add_saving()
        below = self.more_button.rect().bottomLeft()
        self._menu.popup(self.more_button.mapToGlobal(below))

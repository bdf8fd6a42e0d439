"""What every plot offers: save as picture or table, copy, show as table."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox, QWidget

from app.core.atomic_file import SaveError
from app.ui.plots.picture_files import copy_picture, save_picture, save_table
from app.ui.plots.plot_table import PlotTable, TableDialog

_FILTERS = {
    "png": "Picture (*.png)",
    "svg": "Vector picture (*.svg)",
    "csv": "Table (*.csv)",
}


class SavingNews(QObject):
    """Child of a window: told what was saved and copied of its plots.

    Signals:
        said(text): "Saved curves.csv".
    """

    said = Signal(str)


class Plot(QWidget):
    """A widget that shows numbers and can be read as a table; its menu offers that.

    Signals:
        save_failed(error): a picture or table could not be written; `error` is a `SaveError`.
    """

    save_failed = Signal(object)
    _plain_menu: "PlotMenu | None" = None

    def table(self) -> PlotTable:
        """What is shown, as numbers."""
        raise NotImplementedError

    def undisturbed(self) -> AbstractContextManager[None]:
        """While a picture is taken: without what belongs to pointing and pressing."""
        return nullcontext()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._plain_menu is None:
            self._plain_menu = PlotMenu(self, self.objectName())
            self._plain_menu.add_saving()
        self._plain_menu.popup(event.globalPos())


class PlotMenu(QMenu):
    """The menu of a plot; its actions are called `NAME.save_png` and so on."""

    def __init__(self, plot: Plot, name: str) -> None:
        super().__init__(plot)
        self.setObjectName(f"{name}.menu")
        self._plot = plot
        self._name = name
        plot.save_failed.connect(self._tell)

    def add_saving(self) -> None:
        """Add the actions that all plots have."""
        for kind, text in (("png", "&PNG"), ("svg", "&SVG"), ("csv", "&CSV")):
            action = self.addAction(f"Save as {text}...")
            action.setObjectName(f"{self._name}.save_{kind}")
            action.triggered.connect(lambda _=False, k=kind: self.save_as(k))
        self.copy_action = self.addAction("Copy p&icture")
        self.copy_action.setObjectName(f"{self._name}.copy")
        self.copy_action.triggered.connect(self.copy)
        self.addSeparator()
        self.table_action = self.addAction("Show as &table")
        self.table_action.setObjectName(f"{self._name}.table")
        self.table_action.triggered.connect(self.show_table)

    def copy(self) -> None:
        """Put a picture of the plot on the clipboard."""
        with self._plot.undisturbed():
            copy_picture(self._plot)
        self._say("Copied the picture")

    def show_table(self) -> None:
        """Open the plot's table."""
        TableDialog(self._plot.table(), self._plot.window()).show()

    def save_as(self, kind: str) -> None:
        """Ask for a file and write it."""
        title = self._plot.table().title
        dialog = QFileDialog(self._plot.window(), f"Save: {title}", "", _FILTERS[kind])
        dialog.setObjectName(f"{self._name}.file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(f"{title.lower().replace(' ', '-')}.{kind}")
        if dialog.exec() and dialog.selectedFiles():
            self.write(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def write(self, path: Path) -> None:
        """Write picture or table, by the ending of `path`; failing is told by `save_failed`."""
        plot = self._plot
        try:
            if path.suffix.lower() == ".csv":
                save_table(plot.table(), path)
            else:
                with self._plot.undisturbed():
                    save_picture(plot, path, plot.table().title)
        except SaveError as error:
            plot.save_failed.emit(error)
            return
        self._say(f"Saved {path.name}")

    def _say(self, text: str) -> None:
        news = self._plot.window().findChild(SavingNews)
        if news is not None:
            news.said.emit(text)

    def _tell(self, error: SaveError) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning, "LayerLab", error.happened, parent=self._plot.window()
        )
        box.setObjectName("dialog.message")
        box.setInformativeText(error.how_to_fix)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

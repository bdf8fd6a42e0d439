"""The menu of the learning curves: scale, smoothing, saving, table."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QSlider, QWidget, QWidgetAction

from app.core.atomic_file import SaveError
from app.ui.controls import Label
from app.ui.controls.painting import px
from app.ui.plots.picture_files import copy_picture, save_picture, save_table
from app.ui.plots.plot_table import TableDialog

if TYPE_CHECKING:
    from app.ui.plots.learning_curves import LearningCurves

_FILTERS = {
    "png": "Picture (*.png)",
    "svg": "Vector picture (*.svg)",
    "csv": "Table (*.csv)",
}


class SmoothingRow(QWidget):
    """The slider of the moving average, as a row of the menu."""

    def __init__(self, curves: "LearningCurves") -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("curves.smoothing")
        self.slider.setAccessibleName("Smoothing, drawn over the raw curves, in per cent")
        self.slider.setRange(0, 99)
        self.slider.setMinimumWidth(px(120))
        value = Label("off", "caption", "muted")
        value.setMinimumWidth(px(28))

        def moved(percent: int) -> None:
            value.setText(f"{percent / 100:.2f}" if percent else "off")
            curves.set_smoothing(percent / 100)

        self.slider.valueChanged.connect(moved)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(24), px(4), px(16), px(4))
        row.addWidget(Label("Smoothing"))
        row.addWidget(self.slider, 1)
        row.addWidget(value)
        self.setFocusProxy(self.slider)


class CurvesMenu(QMenu):
    """What one can do with the curves."""

    def __init__(self, curves: "LearningCurves") -> None:
        super().__init__(curves)
        self.setObjectName("curves.menu")
        self._curves = curves
        self.log_action = self.addAction("&Logarithmic loss")
        self.log_action.setObjectName("curves.log_scale")
        self.log_action.setCheckable(True)
        self.log_action.triggered.connect(curves.set_log_scale)
        self.smoothing = SmoothingRow(curves)
        smoothing = QWidgetAction(self)
        smoothing.setDefaultWidget(self.smoothing)
        self.addAction(smoothing)
        self.all_action = self.addAction("Show &all epochs")
        self.all_action.setObjectName("curves.show_all")
        self.all_action.triggered.connect(curves.show_all)
        self.addSeparator()
        for kind, text in (
            ("png", "Save as &PNG..."),
            ("svg", "Save as &SVG..."),
            ("csv", "Save as &CSV..."),
        ):
            action = self.addAction(text)
            action.setObjectName(f"curves.save_{kind}")
            action.triggered.connect(lambda _=False, k=kind: self.save_as(k))
        self.copy_action = self.addAction("Copy p&icture")
        self.copy_action.setObjectName("curves.copy")
        self.copy_action.triggered.connect(self.copy)
        self.addSeparator()
        self.table_action = self.addAction("Show as &table")
        self.table_action.setObjectName("curves.table")
        self.table_action.triggered.connect(self.show_table)

    def open_below(self, button: QWidget) -> None:
        """Open at the lower right corner of `button`."""
        self.log_action.setChecked(self._curves.log_scale)
        self.popup(
            button.mapToGlobal(QPoint(button.width() - self.sizeHint().width(), button.height()))
        )

    def copy(self) -> None:
        with self._curves.undisturbed():
            copy_picture(self._curves)

    def show_table(self) -> None:
        TableDialog(self._curves.table(), self._curves.window()).show()

    def save_as(self, kind: str) -> None:
        """Ask for a file and write it."""
        dialog = QFileDialog(self._curves.window(), "Save the learning curves", "", _FILTERS[kind])
        dialog.setObjectName("curves.file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.selectFile(f"learning-curves.{kind}")
        if dialog.exec() and dialog.selectedFiles():
            self.write(Path(dialog.selectedFiles()[0]))
        dialog.deleteLater()

    def write(self, path: Path) -> None:
        """Write picture or table, by the ending of `path`; failing is told by `save_failed`."""
        curves = self._curves
        try:
            if path.suffix.lower() == ".csv":
                save_table(curves.table(), path)
            else:
                with curves.undisturbed():
                    save_picture(curves, path, "Learning curves")
        except SaveError as error:
            curves.save_failed.emit(error)

"""The menu of the learning curves: scale and smoothing before what every plot offers."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget, QWidgetAction

from app.ui.controls import Label
from app.ui.controls.painting import px
from app.ui.plots.plot_menu import PlotMenu

if TYPE_CHECKING:
    from app.ui.plots.learning_curves import LearningCurves


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


class CurvesMenu(PlotMenu):
    """What one can do with the curves."""

    def __init__(self, curves: "LearningCurves") -> None:
        super().__init__(curves, "curves")
        self._curves = curves
        self.log_action = self.addAction("&Logarithmic loss")
        self.log_action.setObjectName("curves.log_scale")
        self.log_action.setCheckable(True)
        self.log_action.setChecked(curves.log_scale)
        self.log_action.triggered.connect(curves.set_log_scale)
        self.smoothing = SmoothingRow(curves)
        smoothing = QWidgetAction(self)
        smoothing.setDefaultWidget(self.smoothing)
        self.addAction(smoothing)
        self.all_action = self.addAction("Show &all epochs")
        self.all_action.setObjectName("curves.show_all")
        self.all_action.triggered.connect(curves.show_all)
        self.addSeparator()
        self.add_saving()

    def open_below(self, button: QWidget) -> None:
        """Open at the lower right corner of `button`."""
        left = button.width() - self.sizeHint().width()
        self.popup(button.mapToGlobal(QPoint(left, button.height())))

"""A comparison as it grows: the runs on one plot, what came of each, what it says."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.core.comparison import Variant
from app.ui.comparison_control import ComparisonControl
from app.ui.comparison_view import ComparisonView
from app.ui.controls import Button, Label
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip


class ComparisonDialog(QDialog):
    """Begins at once; ends its trainings when it is left.

    Args:
        title: of the window; `explanation`: what is compared, and why.
        use: called with the variant whose settings are to be the project's.
    """

    def __init__(
        self,
        control: ComparisonControl,
        variants: Sequence[Variant],
        title: str,
        explanation: str,
        use: Callable[[Variant], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.comparison")
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._control = control
        self._variants = tuple(variants)
        self._use_variant = use
        self._left = False
        self._view = ComparisonView("comparison")
        self._view.show_variants(self._variants)
        self._view.use_requested.connect(lambda number: self._use(self._variants[number]))
        self.plot = self._view.plot
        self._explanation = Label(explanation, "body", "muted", wrap=True)
        self._strip = ProgressStrip()
        self._strip.setObjectName("comparison.progress")
        self._strip.setAccessibleName("Progress of the comparison")
        policy = self._strip.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._strip.setSizePolicy(policy)
        self._start = Button("Stop")
        self._start.setObjectName("comparison.start")
        self._start.clicked.connect(self._start_pressed)
        close = Button("Close")
        close.setObjectName("comparison.close")
        close.clicked.connect(self.close)
        self._lay_out(close)
        control.changed.connect(self._show)
        control.start(self._variants)
        self._show()

    def _lay_out(self, close: Button) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self._strip, 1)
        buttons.addSpacing(px(8))
        buttons.addWidget(self._start)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(self._explanation)
        column.addWidget(self._view, 1)
        column.addLayout(buttons)
        self.resize(px(820), px(640))

    # ---- what is shown
    def _show(self) -> None:
        state = self._control.state
        self._view.show_state(state)
        self._start.setText("Stop" if state.active else "Again")
        self._start.setEnabled(state.phase != "stopping")
        self._strip.setVisible(state.active)
        self._strip.show_progress(state.share, spoken=f"{state.share:.0%} done")

    # ---- what is asked
    def _start_pressed(self) -> None:
        if self._control.state.active:
            self._control.stop()
        else:
            self._control.start(self._variants)

    def _use(self, variant: Variant) -> None:
        self._use_variant(variant)
        self.close()

    def done(self, result: int) -> None:
        """However it is left, the trainings end."""
        if not self._left:
            self._left = True
            self._control.changed.disconnect(self._show)
            self._control.forget()
        super().done(result)

"""Find a learning rate: the range test live, and what it suggests."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.core.range_test import OPTIONS, RangeTest, range_error, rounded, short
from app.ui.controls import Button, Label, PrimaryButton
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip
from app.ui.option_editors import editor_of
from app.ui.plots.range_plot import RangePlot
from app.ui.range_test_control import RangeTestControl, RangeTestState

_EXPLANATION = (
    "A few steps from the weights that Train begins with{kept}, each with a higher rate than the "
    "one before (Smith, 2015). A good rate is where the loss falls most steeply, or a tenth of "
    "that at its minimum. A trained network is left as it is."
)


class RangeTestDialog(QDialog):
    """Begins at once; stays beside the window until it is closed."""

    def __init__(self, control: RangeTestControl, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.range")
        self.setWindowTitle("Find a learning rate")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._control = control
        self._left = False
        self._values: dict[str, object] = {o.name: o.default for o in OPTIONS}
        self._start = Button("Start", "train")
        self._start.setObjectName("range.start")
        self._start.clicked.connect(self._start_pressed)
        self.plot = RangePlot()
        self.plot.setObjectName("range.plot")
        self._strip = ProgressStrip()
        self._strip.setObjectName("range.progress")
        self._strip.setAccessibleName("Progress of the range test")
        kept = self._strip.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # else the buttons grow into its place
        self._strip.setSizePolicy(kept)
        self._explanation = Label("", "body", "muted", wrap=True)
        self._explanation.setObjectName("range.explanation")
        self._sentence = Label("", "body", wrap=True)
        self._sentence.setObjectName("range.sentence")
        self._sentence.setMinimumHeight(px(44))
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._steepest, self._tenth = PrimaryButton("Use"), Button("Use")
        self._careful = PrimaryButton("Use")
        for button, name, attribute in (
            (self._steepest, "range.use_steepest", "steepest"),
            (self._tenth, "range.use_tenth", "tenth"),
            (self._careful, "range.use_careful", "careful"),
        ):
            button.setObjectName(name)
            button.clicked.connect(lambda _checked=False, a=attribute: self._use(a))
        self._close = Button("Close")
        self._close.setObjectName("range.close")
        self._close.clicked.connect(self.close)
        self._lay_out()
        control.changed.connect(self._show)
        control.start(RangeTest())
        self._show()

    def _lay_out(self) -> None:
        fields = QHBoxLayout()
        fields.setSpacing(px(8))
        for option in OPTIONS:
            editor = editor_of(option, option.default)
            editor.show(option.default)
            editor.widget.setObjectName(f"range.{option.name}")
            editor.widget.setAccessibleName(option.label)
            editor.widget.setToolTip(option.help)
            editor.widget.setFixedWidth(px(96))
            editor.edited.connect(lambda value, n=option.name: self._value_edited(n, value))
            label = Label(option.label, "body", "muted")
            label.setBuddy(editor.widget)
            fields.addWidget(label)
            fields.addWidget(editor.widget)
            fields.addSpacing(px(8))
        fields.addStretch(1)
        fields.addWidget(self._start)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self._strip, 1)
        buttons.addSpacing(px(8))
        buttons.addWidget(self._close)
        buttons.addWidget(self._tenth)
        buttons.addWidget(self._steepest)
        buttons.addWidget(self._careful)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(16), px(24), px(16))
        column.setSpacing(px(12))
        column.addWidget(self._explanation)
        column.addLayout(fields)
        column.addWidget(self.plot, 1)
        column.addWidget(self._sentence)
        column.addLayout(buttons)
        self.resize(px(720), px(560))

    # ---- what is shown
    def _show(self) -> None:
        state = self._control.state
        self.plot.show_range(state.test.low, state.test.high)
        self.plot.show_steps(state.rates, state.losses, state.suggestion, self._message(state))
        self._start.setText("Stop" if state.active else "Start")
        self._start.setEnabled(state.phase != "stopping")
        self._strip.setVisible(state.active)
        done = len(state.rates)
        self._strip.show_progress(
            done / state.test.steps, spoken=f"step {done} of {state.test.steps}"
        )
        kept = ", the kept ones among them" if state.kept else ""
        self._explanation.setText(_EXPLANATION.format(kept=kept))
        self._show_sentence(state)
        found = state.suggestion
        steepest = found.steepest if found is not None else None
        tenth = found.tenth if found is not None else None
        if steepest is not None and tenth is not None and rounded(steepest) == rounded(tenth):
            tenth = None  # both rules say the same: one button
        self._show_use(self._steepest, steepest, "steepest")
        self._show_use(self._tenth, tenth, "a tenth of the minimum")
        careful = found.careful if found is not None else None
        self._show_use(self._careful, careful, "a tenth of where the loss begins to grow")

    def _show_use(self, button: Button, rate: float | None, words: str) -> None:
        button.setVisible(rate is not None)
        if rate is not None:
            button.setText(f"Use {short(rounded(rate))}")
            button.setAccessibleName(f"Use the learning rate {short(rounded(rate))}: {words}")
            button.setToolTip(f"Make this the learning rate of the project ({words}).")

    def _show_sentence(self, state: RangeTestState) -> None:
        text = ""
        if state.failure is not None:
            text = f"{state.failure.happened} {state.failure.how_to_fix}"
        elif state.active:
            text = state.doing or f"Step {len(state.rates)} of {state.test.steps}"
        elif state.suggestion is not None:
            stopped = "Stopped by you. " if state.stopped else ""
            text = f"{stopped}{state.suggestion.sentence}"
        self._sentence.setText(text[:1].upper() + text[1:])
        self._sentence.set_tone("text" if state.failure is None else "error")

    def _message(self, state: RangeTestState) -> str:
        if state.failure is not None:
            return "No step was done."
        return (
            f"{state.doing[:1].upper()}{state.doing[1:]}…" if state.active else "No step was done."
        )

    # ---- what is asked
    def _value_edited(self, name: str, value: object) -> None:
        self._values[name] = value

    def _start_pressed(self) -> None:
        if self._control.state.active:
            self._control.stop()
            return
        test = RangeTest(**self._values)  # type: ignore[arg-type]
        error = range_error(test)
        if error is None:
            self._control.start(test)
        else:
            self._sentence.setText(error)
            self._sentence.set_tone("error")

    def _use(self, attribute: str) -> None:
        found = self._control.state.suggestion
        rate = getattr(found, attribute) if found is not None else None
        if rate is not None:
            self._control.use(rate)
        self.close()

    def done(self, result: int) -> None:
        """However it is left, the test ends."""
        if not self._left:
            self._left = True
            self._control.changed.disconnect(self._show)
            self._control.forget()
        super().done(result)

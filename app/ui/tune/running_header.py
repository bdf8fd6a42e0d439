"""The head of the page Tune: how far the search is, how it goes on, and its buttons."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls import (
    Button,
    Label,
    PrimaryButton,
    ProgressStrip,
    SegmentedControl,
    plain_tool_tip,
)
from app.ui.controls.painting import px
from app.ui.tune.search_words import HeaderView
from app.ui.window.surface import Surface

HEIGHT = 88
WIDE = 1000
BUTTONS = {
    "study": ("Show the search", None),
    "cross_validate": ("Cross-validate", None),
    "go_on": ("Go on", "train"),
    "search": ("Search", "train"),
    "pause": ("Pause", "pause"),
    "resume": ("Resume", "train"),
    "cancel": ("Cancel", "stop"),
}
"""Name: (text, icon), in their order from left to right."""
HELP = {
    "study": "The trials of the search of before, if there was one",
    "cross_validate": "Train the network at hand once for each fold, with no option searched",
    "go_on": "Do the trials that are missing; those that are finished stay",
    "search": "Begin a new search with the settings as they are now",
    "pause": "Begin no further training; those under way are finished",
    "cancel": "End the search; finished trials stay, and it can go on later",
}


class RunningHeader(Surface):
    """Passive.

    Signals:
        pressed(str): name of the button of `BUTTONS` that was pressed.
        view_chosen(str): "setup" or "results" is to be seen.
    """

    pressed = Signal(str)
    view_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", ("bottom",), parent)
        self.setObjectName("tune.header")
        self.setMinimumHeight(px(HEIGHT))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.title = Label("", "subject", elide=True)
        self.title.setObjectName("tune.title")
        self.facts = Label("", "body", "muted", elide=True)
        self.facts.setObjectName("tune.facts")
        self.facts.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.best = Label("", "body", "muted")
        self.best.setObjectName("tune.best")
        self.strip = ProgressStrip()
        self.strip.setObjectName("tune.progress")
        self.strip.setAccessibleName("Progress of the search")
        self.note = Label("", "caption", "muted", wrap=True)
        self.note.setObjectName("tune.note")
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.how = Label("", "body", "muted")
        self.how.setObjectName("tune.how")
        self.how.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.views = SegmentedControl([("setup", "Set up"), ("results", "Results")], small=True)
        self.views.setObjectName("tune.view")
        self.views.setAccessibleName("What is seen")
        self.views.chosen.connect(lambda view: self.view_chosen.emit(str(view)))
        self.buttons: dict[str, Button] = {}
        self._primary = ""
        self._row = QHBoxLayout()
        self._row.setSpacing(px(8))
        self._places: dict[str, tuple[Button, Button]] = {}
        for name, (text, icon) in BUTTONS.items():
            plain, strong = Button(text, icon), PrimaryButton(text, icon)
            for button in (plain, strong):
                button.clicked.connect(lambda _=False, n=name: self.pressed.emit(n))
                button.setToolTip(HELP.get(name, ""))
                self._row.addWidget(button)
                button.hide()
            self._places[name] = (plain, strong)
        self._lay_out()
        self.show_view(HeaderView(""), None)

    @property
    def resting_place(self) -> QWidget:
        return self.views.segments[0]

    def show_view(self, view: HeaderView, shown: str | None) -> None:
        """`shown`: "setup" or "results"; None where there is no choice."""
        self.title.setText(view.title)
        self.title.set_tone("error" if view.failed else "text")
        self.facts.setText("    ".join(view.facts))
        self.facts.setVisible(bool(view.facts))
        self.best.setText(view.best)
        self.best.setVisible(bool(view.best))
        self.strip.setVisible(view.progress is not None)
        if view.progress is not None:
            spoken = ", ".join((view.title, *view.facts))
            self.strip.show_progress(view.progress, None, spoken)
        self.note.setText(view.note)
        self.note.setToolTip(plain_tool_tip(view.note))
        self.note.set_tone("error" if view.failed else "muted")
        self.note.setVisible(bool(view.note))
        self.how.setText("\n".join(view.how))
        self._show_how()
        self.views.setVisible(shown is not None)
        if shown is not None:
            self.views.set_current(shown)
        self.buttons = {}
        for name, (plain, strong) in self._places.items():
            there = name in view.buttons
            button = strong if name == view.primary else plain
            other = plain if button is strong else strong
            other.setObjectName(f"tune.{name}.other")
            other.hide()
            button.setObjectName(f"tune.{name}")
            anew = name == "search" and "go_on" in view.buttons
            text = view.texts.get(name) or ("Begin anew" if anew else BUTTONS[name][0])
            if button.text() != text:
                button.setText(text)
                button.setAccessibleName(text)
            begins = name in ("search", "go_on", "cross_validate")
            why_not = view.disabled if begins and view.disabled else view.refused.get(name, "")
            button.setEnabled(not why_not)
            button.setToolTip(why_not or HELP.get(name, ""))
            button.setVisible(there)
            if there:
                self.buttons[name] = button

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_how()

    def _show_how(self) -> None:
        """Where there is little room, what the set-up says too is left out."""
        self.how.setVisible(bool(self.how.text()) and self.width() >= px(WIDE))

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(px(16))
        top.addWidget(self.title)
        top.addWidget(self.facts, 1)
        top.addWidget(self.best)
        left = QVBoxLayout()
        left.setSpacing(px(4))
        left.addStretch(1)
        left.addLayout(top)
        left.addWidget(self.strip)
        left.addWidget(self.note)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), 1)
        row.setSpacing(px(16))
        row.addLayout(left, 1)
        row.addWidget(self.views)
        row.addWidget(self.how)
        row.addLayout(self._row)

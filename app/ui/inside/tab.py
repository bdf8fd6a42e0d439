"""One tab of the page Inside: a passive page, and the presenter that fills it."""

from typing import ClassVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.core.project import Project
from app.ui.controls import EmptyState, Label
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.inside.looking import Looking
from app.ui.plots.plot_menu import Plot
from app.ui.plots.plot_panel import PlotButton
from app.ui.window.surface import Surface

ASKING = "Asking the network…"
"""Said in place of what belongs to the run before, until the first answer."""


class _Panels(QWidget):
    """Takes the height that there is: only below the least that its panels need it scrolls, not, as
    Qt has it where texts wrap, below what they would like best.
    """

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return -1 if layout is None else layout.totalMinimumHeightForWidth(width)


class TabPage(Surface):
    """Passive: a sentence with the controls beside it, and below the body, or the reason why it is
    empty.
    """

    def __init__(self, name: str, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName(f"inside.{name}")
        self.sentence = Label(sentence, "body", "muted", wrap=True)
        self.sentence.setObjectName(f"inside.{name}.sentence")
        self.more_button = PlotButton(f"inside.{name}", size=28, icon_size=20)
        self.more_button.hide()
        self._controls = QHBoxLayout()
        self._controls.setSpacing(px(8))
        head = QHBoxLayout()
        head.setSpacing(px(16))
        head.addWidget(self.sentence, 1)
        head.addLayout(self._controls)
        head.addWidget(self.more_button)
        self.content = _Panels()
        self.body = QVBoxLayout(self.content)
        """Where the panels go."""
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(px(16))
        self.empty = EmptyState("inside", "")
        self.empty.setObjectName(f"inside.{name}.empty")
        self._stack = QStackedWidget()
        self._scroll = ClearScroll()
        """In a window that is too small for the panels they are scrolled, not squeezed."""
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._scroll.setObjectName(f"inside.{name}.scroll")
        self._scroll.setAccessibleName("Panels")
        self._scroll.setWidget(self.content)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(16), px(12), px(16), px(16))
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addWidget(self._stack, 1)

    def add_control(self, widget: QWidget) -> None:
        """Put a control at the right of the sentence."""
        self._controls.addWidget(widget)

    def set_plot(self, plot: Plot | None) -> None:
        """The plot whose table and pictures the button with the dots offers."""
        self.more_button.set_plot(plot)
        self.more_button.setVisible(plot is not None)

    def show_empty(self, text: str) -> None:
        """Show what is needed in place of the body."""
        self.empty.sentence.setText(text)
        self.empty.setAccessibleName(text)
        self.more_button.setEnabled(False)
        self._stack.setCurrentWidget(self.empty)

    def show_body(self) -> None:
        self.more_button.setEnabled(True)
        self._stack.setCurrentWidget(self._scroll)

    @property
    def is_empty(self) -> bool:
        """Whether it says what is needed."""
        return self._stack.currentWidget() is self.empty


class Tab(QObject):
    """The presenter of one tab; a subclass says what it shows and how it is asked for.

    Attributes:
        name: id, part of object names.
        label: on the row of tabs.
        sentence: what one sees, and why it matters.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    sentence: ClassVar[str]

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.looking = looking
        self.page = TabPage(self.name, self.sentence)
        self._seen: tuple[Project | None, int] = (None, 0)

    def look(self) -> None:
        """As `refresh`; of another run than the last time, what is known is forgotten before."""
        project, number = self.looking.project, self.looking.run.run_number
        if project is not self._seen[0] or number != self._seen[1]:
            self._seen = project, number
            self.forget()
        self.refresh()

    def forget(self) -> None:
        """What is shown belongs to another run: not to be seen until there is an answer."""

    def refresh(self) -> None:
        """It is in front and there is something newer, or another moment to show."""
        raise NotImplementedError

    def marks(self) -> tuple[tuple[int, str], ...]:
        """Epochs of the run with a word about each, for the time machine."""
        return ()

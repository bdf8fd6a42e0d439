"""What a search is to be: what is searched, how, and by which score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.core.frozen import OptionValue
from app.core.options import Option
from app.core.problems import Problem
from app.ui.controls import Button, EmptyState, Label, NoticeCard, Panel
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.option_form import OptionForm

EMPTY = (
    "Nothing is searched yet. On the page Bench press the dot before an option, of a layer or of "
    "the training: it then takes several values, and each trial trains the network with some of "
    "them."
)


@dataclass(frozen=True)
class SetupView:
    """What is set up.

    Attributes:
        searched: how many options.
        options, values: of how it is searched.
        plan: how much work that is, line by line; the size of the grid first.
        problems: what is wrong with it.
        can_suggest: whether there is anything that could be suggested.
    """

    searched: int = 0
    options: Sequence[Option] = ()
    values: Mapping[str, OptionValue] = field(default_factory=dict)
    plan: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    can_suggest: bool = True


class SetupPanel(QWidget):
    """Passive.

    Signals:
        option_edited(name, value): of how it is searched.
        suggest_pressed(): the search that is usual is wanted.
        fix_chosen(problem, number): this remedy of a problem is wanted.
    """

    option_edited = Signal(str, object)
    suggest_pressed = Signal()
    fix_chosen = Signal(object, int)

    def __init__(self, space_list: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tune.setup")
        self.space_list = space_list
        self.space = Panel("What is searched", " ")
        self.space.setObjectName("tune.space")
        self.suggest = Button("Suggest more", small=True)
        self.suggest.setObjectName("tune.suggest_more")
        self.suggest.setToolTip("Mark what most often matters and is not searched yet")
        self.suggest.clicked.connect(self.suggest_pressed)
        self.space.add_corner(self.suggest)
        self.empty = EmptyState(
            "tune",
            EMPTY,
            "Suggest a search",
            hint="“Suggest a search” marks the learning rate, the optimizer, the widths of the "
            "first layers and the rate of the first dropout. Undo takes it back.",
        )
        self.empty.setObjectName("tune.empty")
        self.empty.triggered.connect(self.suggest_pressed)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(space_list)
        self.space.body.addWidget(self._stack, 1)
        self.form = OptionForm("tune")
        self.form.option_edited.connect(self.option_edited)
        self.plan = Label("", "body", wrap=True)
        self.plan.setObjectName("tune.plan")
        self._notices = QVBoxLayout()
        self._notices.setSpacing(px(8))
        self._problems: tuple[Problem, ...] = ()
        self.how = Panel("How it is searched")
        self.how.setObjectName("tune.how_panel")
        self.how.body.addWidget(self._scrolled())
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(16), px(16), px(16))
        row.setSpacing(px(16))
        row.addWidget(self.space, 3)
        row.addWidget(self.how, 2)
        self.how.setMinimumWidth(px(320))
        self.how.setMaximumWidth(px(560))

    def show_setup(self, view: SetupView) -> None:
        """Show what is set up."""
        self._stack.setCurrentWidget(self.space_list if view.searched else self.empty)
        if self.space.header is not None:
            words = f"{view.searched:,}" if view.searched else ""
            self.space.header.set_subtitle(words)
        self.suggest.setVisible(bool(view.searched) and view.can_suggest)
        if view.options:
            self.form.show_options(view.options, view.values)
        self.plan.setText("\n".join(line[:1].upper() + line[1:] for line in view.plan))
        self.plan.setVisible(bool(view.plan))
        self._show_problems(view.problems)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        if problems == self._problems:
            return
        self._problems = problems
        while (item := self._notices.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for place, problem in enumerate(problems):
            text = f"{problem.happened} {problem.how_to_fix}"
            fixes = [fix.label for fix in problem.fixes]
            card = NoticeCard(problem.severity, problem.title, text, fixes)
            card.setObjectName(f"tune.problem.{place}")
            card.action_triggered.connect(
                lambda number, chosen=problem: self.fix_chosen.emit(chosen, number)
            )
            self._notices.addWidget(card)

    def _scrolled(self) -> ClearScroll:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(px(12))
        column.addWidget(self.plan)
        column.addLayout(self._notices)
        column.addWidget(self.form)
        column.addStretch(1)
        area = ClearScroll()
        area.setObjectName("tune.form")
        area.setWidget(inside)
        return area

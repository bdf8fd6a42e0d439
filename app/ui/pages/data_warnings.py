"""What a statistician would warn of: cards with their remedies."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from app.core.number_words import counted
from app.core.problems import Problem
from app.ui.canvas.face import sentence_start_lower
from app.ui.controls import Badge, Button, Label, NoticeCard, Panel
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import px
from app.ui.controls.scrolling import scroll_area
from app.ui.controls.tab_order import order_by_tab
from app.ui.window.surface import Surface

MOST_CARDS = 12
"""More of a kind are not shown on cards, but in a list."""
MOST_COUNTED = 99


def _counts(warnings: int, others: int) -> str:
    """What the badge counts, and what it does not."""
    more = f"; {others:,} more: advice and notes" * bool(others)
    return f"{counted(warnings, 'warning')}{more}"


class WarningsPanel(Panel):
    """Problems, then the loader's remarks in one card. The badge counts warnings and errors.

    Signals:
        fix_chosen(int, int): number of the problem and of its remedy.
        look_chosen(int): what the problem tells of is to be seen: number of the problem.
        left_out_requested(): the list of what was left out is wanted.
        all_requested(): the list of everything is wanted.
    """

    fix_chosen = Signal(int, int)
    look_chosen = Signal(int)
    left_out_requested = Signal()
    all_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Warnings", padding=0)
        self._shown: object = None
        self._of_problems: list[NoticeCard] = []
        self._badge = Badge("0", "neutral")
        if self.header is not None:
            self.header.subtitle.hide()
            self.header.add_after_title(self._badge)
        inner = Surface("panel")
        self._cards = QVBoxLayout(inner)
        self._cards.setContentsMargins(px(15), 0, px(15), px(15))
        self._cards.setSpacing(px(8))
        scroll = scroll_area(inner, "data.warnings_scroll", "Warnings", by_key=True)
        self.body.setContentsMargins(0, 0, 0, px(8))
        self.body.addWidget(scroll, 1)
        self._scroll = scroll

    def show_card(self, number: int) -> None:
        """Bring the card of a problem into view; keys go to its first button."""
        if number < len(self._of_problems):
            card = self._of_problems[number]
            inner = self._scroll.widget()
            if inner is not None and (layout := inner.layout()):
                layout.activate()
            self._scroll.ensureWidgetVisible(card)
            if card.buttons:
                card.buttons[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def show_problems(
        self,
        problems: Sequence[Problem],
        notes: Sequence[str],
        left_out: int = 0,
        looks: Sequence[str] = (),
        noun: str = "row",
    ) -> None:
        """Show the cards.

        Args:
            notes: the loader's remarks.
            left_out: how many could not be used; each is a `noun`.
            looks: for each problem the words of a button that shows what it tells of, or "".
        """
        wanted = (tuple(problems), tuple(notes), left_out, tuple(looks), noun)
        if wanted == self._shown:
            return
        self._shown = wanted
        clear_layout(self._cards)
        self._of_problems = []
        count = len(problems) + len(notes) + (left_out > 0)
        severe = [p.severity for p in problems if p.severity != "info"]
        words = str(len(severe)) if len(severe) <= MOST_COUNTED else f"{MOST_COUNTED}+"
        self._badge.set_text(words, severe[0] if severe else "neutral")
        self._badge.setToolTip(_counts(len(severe), count - len(severe)))
        for number, problem in enumerate(problems[:MOST_CARDS]):
            self._add_problem(number, problem, looks[number] if number < len(looks) else "")
        if left_out:
            title = f"{counted(left_out, noun)} left out"
            one = left_out == 1
            words = "It could not be used." if one else "They could not be used."
            card = NoticeCard("info", title, words, ["Show it" if one else "Show them"])
            card.setObjectName("data.left_out")
            card.action_triggered.connect(lambda _number: self.left_out_requested.emit())
            self._cards.addWidget(card)
        if notes:
            title = "How the data were read" if len(notes) > 1 else "Note on the data"
            card = NoticeCard("info", title, "\n".join(notes[:MOST_CARDS]))
            card.setObjectName("data.notes")
            self._cards.addWidget(card)
        hidden = max(len(problems) - MOST_CARDS, 0) + max(len(notes) - MOST_CARDS, 0)
        if hidden:
            more = Button(f"Show all {count:,}…", small=True)
            more.setObjectName("data.all_remarks")
            more.clicked.connect(self.all_requested)
            self._cards.addWidget(more)
        if not count:
            self._cards.addWidget(Label("Nothing conspicuous.", "body", "muted"))
        self._cards.addStretch(1)
        self._order_by_tab()

    def _order_by_tab(self) -> None:
        """Cards that come later would be last of the whole page for the Tab key."""
        items = (self._cards.itemAt(place) for place in range(self._cards.count()))
        widgets = (item.widget() for item in items if item is not None)
        stops = [
            button
            for widget in widgets
            if widget is not None
            for button in ([widget] if isinstance(widget, Button) else widget.findChildren(Button))
        ]
        order_by_tab((self._scroll, *stops))

    def _add_problem(self, number: int, problem: Problem, look: str) -> None:
        labels = [
            f"Fix: {sentence_start_lower(f.label)}" if n == 0 else f.label
            for n, f in enumerate(problem.fixes[:2])
        ]
        text = problem.happened if labels else f"{problem.happened} {problem.how_to_fix}"
        actions = [*labels, *filter(None, (look,))]
        card = NoticeCard(problem.severity, problem.title, text, actions)
        card.setObjectName(f"data.problem.{number}")

        def act(action: int) -> None:
            if action < len(labels):
                self.fix_chosen.emit(number, action)
            else:
                self.look_chosen.emit(number)

        card.action_triggered.connect(act)
        self._cards.addWidget(card)
        self._of_problems.append(card)

"""The problems below the inspector, each with its remedies."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.problems import Problem
from app.ui.canvas.face import sentence_start_lower
from app.ui.controls import Badge, Label, Line, NoticeCard
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import px
from app.ui.controls.scrolling import scroll_area
from app.ui.controls.tab_order import order_by_tab, tab_stops
from app.ui.window.surface import Surface

BESIDE = 2 * 16 + 10
"""Margins and scroll bar, which a card leaves of the width."""


class ProblemList(QWidget):
    """The problems, each with the buttons that mend it.

    Args:
        width: how wide the list is at least, in pixels at 100 %.

    Signals:
        fix_chosen(int, int): number of the problem, number of its remedy.
        show_chosen(int): number of the problem whose place is wanted.
    """

    fix_chosen = Signal(int, int)
    show_chosen = Signal(int)

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width
        self._problems: tuple[Problem, ...] = ()
        self._notices: list[NoticeCard] = []
        self._badge = Badge("0", "neutral")
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(16), px(8))
        head.addWidget(Label("Problems", "title"))
        head.addSpacing(px(4))
        head.addWidget(self._badge)
        head.addStretch(1)
        self._cards = QVBoxLayout()
        self._cards.setContentsMargins(px(16), 0, px(16), px(16))
        self._cards.setSpacing(px(8))
        inner = Surface("panel")
        inner.setLayout(self._cards)
        self._scroll = scroll_area(inner, "problems.scroll", "Problems")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Line())
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self._show_cards()

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show `problems`. Cards stay where only numbers in their texts are others."""
        problems = tuple(problems)
        if problems == self._problems:
            return
        same = [_frame(p) for p in problems] == [_frame(p) for p in self._problems]
        self._problems = problems
        if not same:
            self._show_cards()
            return
        for notice, problem in zip(self._notices, problems, strict=True):
            notice.set_texts(problem.title, _text_of(problem))

    @property
    def wanted_height(self) -> int:
        """Height at which the first problem is seen whole."""
        if not self._notices:
            return px(84)
        card = self._notices[0]
        return px(60) + max(card.sizeHint().height(), card.heightForWidth(px(self._width - BESIDE)))

    def _show_cards(self) -> None:
        clear_layout(self._cards)
        self._notices = []
        worst = next((p.severity for p in self._problems if p.severity != "info"), "neutral")
        self._badge.set_text(str(len(self._problems)), worst)
        if not self._problems:
            self._cards.addWidget(Label("None. The network can be trained.", "body", "muted"))
        for number, problem in enumerate(self._problems):
            labels = [
                f"Fix: {sentence_start_lower(fix.label)}" if n == 0 else fix.label
                for n, fix in enumerate(problem.fixes)
            ]
            card = NoticeCard(
                problem.severity,
                problem.title,
                _text_of(problem),
                [*labels[:2], "Show"],
                compact=True,
            )
            card.setObjectName(f"problem.{number}")
            self._notices.append(card)
            card.setToolTip(f"{problem.happened} {problem.expected} {problem.how_to_fix}")
            card.action_triggered.connect(
                lambda action, n=number, p=problem: self._pressed(n, action, len(p.fixes[:2]))
            )
            self._cards.addWidget(card)
        self._cards.addStretch(1)
        self.setMinimumHeight(self.wanted_height)
        self.order_by_tab()

    def order_by_tab(self) -> None:
        """The tab key goes through the problems in their order, after what stands above them."""
        order_by_tab((self, *(stop for card in self._notices for stop in tab_stops(card))))

    def _pressed(self, number: int, action: int, fixes: int) -> None:
        if action < fixes:
            self.fix_chosen.emit(number, action)
        else:
            self.show_chosen.emit(number)


def _text_of(problem: Problem) -> str:
    return problem.happened if problem.fixes else f"{problem.happened} {problem.how_to_fix}"


def _frame(problem: Problem) -> tuple[object, ...]:
    """What a card is built from, apart from its texts."""
    return problem.severity, problem.where, tuple(fix.label for fix in problem.fixes)

"""The page Evaluate: tabs and parts above, what is known of them below."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ui.controls import EmptyState, Label, SegmentedControl, plain_tool_tip
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.evaluate.curves_view import CurvesView
from app.ui.evaluate.judging import PARTS
from app.ui.evaluate.result_view import ResultView
from app.ui.evaluate.try_view import TryView
from app.ui.evaluate.vault_card import VaultCard
from app.ui.inside.tab_row import HEIGHT, TabRow
from app.ui.window.surface import Surface

EMPTY = "The {} part is empty: give it a share on the page Data."
REFITTED = "The validation part is empty: this run is a refit, which trains on its samples too."
TABS = (("result", "Result"), ("curves", "Curves"), ("try", "Try it"))


class _Panels(QWidget):
    """Takes the height that there is, down to the least that its panels need."""

    def __init__(self, view: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(view)

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return -1 if layout is None else layout.totalMinimumHeightForWidth(width)


class _Scroll(ClearScroll):
    """In a window that is too small for the panels they are scrolled both ways, not squeezed."""

    def __init__(self, view: QWidget, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName("Panels")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setWidget(_Panels(view))


class EvaluatePage(Surface):
    """Passive.

    Signals:
        tab_chosen(str): id of the tab that was pressed.
        part_chosen(str): the part whose figures are wanted.
        seen(): the page came to the front.
    """

    tab_chosen = Signal(str)
    part_chosen = Signal(str)
    seen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.evaluate")
        self.tab_row = TabRow(TABS, "evaluate.tabs")
        self.tab_row.chosen.connect(self.tab_chosen)
        self.parts = SegmentedControl([(name, name.capitalize()) for name in PARTS], "validation")
        self.parts.setObjectName("evaluate.part")
        self.parts.setAccessibleName("Part of the data")
        self.parts.chosen.connect(lambda part: self.part_chosen.emit(str(part)))
        self.sentence = Label("", "body", "muted", wrap=True)
        self.sentence.setObjectName("evaluate.sentence")
        self.result, self.curves, self.trying = ResultView(), CurvesView(), TryView()
        self.vault = VaultCard()
        self.empty = EmptyState("evaluate", "")
        self.empty.setObjectName("evaluate.empty")
        self._stack = QStackedWidget()
        self._stack.setObjectName("evaluate.stack")
        self._views: dict[str, QWidget] = {
            "result": _Scroll(self.result, "evaluate.result.scroll"),
            "curves": _Scroll(self.curves, "evaluate.curves.scroll"),
            "try": _Scroll(self.trying, "evaluate.try.scroll"),
            "vault": self.vault,
            "empty": self.empty,
        }
        for view in self._views.values():
            self._stack.addWidget(view)
        head = Surface("panel", ("bottom",))
        head.setFixedHeight(px(HEIGHT + 1))
        row = QHBoxLayout(head)
        row.setContentsMargins(px(12), 0, px(16), 1)
        row.setSpacing(px(12))
        row.addWidget(self.tab_row, 1)
        row.addWidget(self.parts)
        below = QVBoxLayout()
        below.setContentsMargins(px(16), px(12), px(16), px(16))
        below.setSpacing(px(12))
        below.addWidget(self.sentence)
        below.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addLayout(below, 1)
        self.resting_place = self.tab_row
        self.tab_row.set_current("result")

    @property
    def tab(self) -> str:
        """Id of the tab in front."""
        return self.tab_row.current

    @property
    def view(self) -> str:
        """What is shown below: a tab's id, "vault" or "empty"."""
        current = self._stack.currentWidget()
        return next(name for name, view in self._views.items() if view is current)

    def show_tab(self, name: str, *, has_parts: bool, has_curves: bool) -> None:
        """Bring a tab to the front; `has_curves`: whether that of the curves can be chosen."""
        self.tab_row.set_current(name)
        self.tab_row.button("curves").setVisible(has_curves)
        self.parts.setVisible(has_parts)

    def show_view(self, name: str) -> None:
        """Show the view of a tab, "vault" or "empty"."""
        self._stack.setCurrentWidget(self._views[name])

    def show_empty(self, text: str) -> None:
        """Say what is needed in place of figures."""
        self.empty.sentence.setText(text)
        self.empty.setAccessibleName(text)
        self.show_view("empty")

    def show_parts(
        self,
        current: str,
        sealed: bool,
        counts: tuple[int, int, int],
        *,
        validation_trains: bool = False,
    ) -> None:
        """Which parts there are, whether the last one is sealed, and whether the samples of the
        validation part were trained on.
        """
        self.parts.set_current(current)
        self.parts.set_text("test", "Test, sealed" if sealed else "Test")
        for segment, count in zip(self.parts.segments, counts, strict=True):
            segment.setEnabled(count > 0)
            empty = EMPTY.format(segment.value)
            if segment.value == "validation" and validation_trains:
                empty = REFITTED
            segment.setToolTip(plain_tool_tip("" if count else empty))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.seen.emit()

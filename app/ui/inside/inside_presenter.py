"""Fills the page Inside: which tab is in front, which moment is looked at."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from app.core.branch_settings import differ
from app.ui.inside.inside_page import InsidePage
from app.ui.inside.looking import Looking
from app.ui.inside.tab import Tab
from app.ui.inside.tabs import TABS
from app.ui.inside.time_bar import Mark

BRANCH_HELP = (
    "Start a new run from this epoch, with its weights and the optimizer's state, and the training "
    "settings as they are now"
)
TRAIN_FIRST = "Press Train first; later a new run can begin at an epoch whose weights were kept"


class InsidePresenter(QObject):
    """Owns the tabs; gives the one in front its turn when there is something newer.

    Signals:
        branch_requested(int): a new run from the end of this epoch is wanted.
    """

    branch_requested = Signal(int)

    def __init__(
        self,
        looking: Looking,
        tabs: Sequence[type[Tab]] = TABS,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.looking = looking
        self.tabs = {tab.name: tab(looking) for tab in tabs}
        self.page = InsidePage([(tab.name, tab.label, tab.page) for tab in self.tabs.values()])
        self.page.tab_chosen.connect(self.show_tab)
        self.page.seen.connect(looking.come_to_front)
        self.page.time_bar.moved.connect(looking.look_at)
        self.page.time_bar.branch_pressed.connect(self.branch)
        looking.changed.connect(self._refresh)
        looking.moment_changed.connect(self._show_time)
        self.page.show_tab(next(iter(self.tabs)))
        self._show_time()

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self.page.show_tab(name)
        self._refresh()

    def step(self, by: int) -> None:
        """Look at an earlier (below 0) or later kept epoch."""
        self.page.time_bar.slider.step(by)

    @property
    def can_branch(self) -> bool:
        """Whether a new run can begin where the time machine stands."""
        looking = self.looking
        return (
            looking.moment is not None
            and looking.moment > 0
            and looking.run.can_continue
            and looking.run.kept_for_branch
            and not looking.why_nothing()
            and not looking.edits
        )

    def branch(self) -> None:
        """Ask for a new run from the shown epoch."""
        moment = self.looking.moment
        if self.can_branch and moment is not None:
            self.branch_requested.emit(moment)

    def _refresh(self) -> None:
        self._show_time()
        if self.page.isVisible():
            self.tabs[self.page.current].look()

    def _show_time(self) -> None:
        looking, bar = self.looking, self.page.time_bar
        record = looking.record
        if record is None or looking.why_nothing():
            bar.slider.show_moments((), 0, None)
            bar.show_words("No run yet", "")
            bar.show_branch(False, TRAIN_FIRST)
            self.page.show_run("")
            return
        epochs, moment = looking.epochs, looking.moment
        best = record.best_epoch if record.restored else 0
        bar.slider.show_moments(
            looking.moments, epochs, moment, self._marks(), best, record.branched_from
        )
        if moment == 0:
            bar.show_words("Initial weights", f"before epoch 1 of {epochs:,}")
        elif moment is not None:
            bar.show_words(f"Epoch {moment:,} of {epochs:,}", "")
        elif record.restored:
            bar.show_words(
                f"Epoch {record.best_epoch:,} of {epochs:,}", "the best weights are back"
            )
        else:
            within = looking.within_epoch
            words = f"{within[:1].upper()}{within[1:]}" or f"Epoch {epochs:,} of {epochs:,}"
            bar.show_words(words, "live" if looking.run.state.active else "")
        bar.show_branch(self.can_branch, self._branch_help())
        number = looking.run.run_number
        told = [f"Run {number} of this session"]
        told += [f"from epoch {record.branched_from:,}"] if record.branched_from else []
        told += ["before your edits"] if looking.edits else []
        self.page.show_run(", ".join(told))

    def _branch_help(self) -> str:
        looking = self.looking
        if looking.run.state.active:
            return "Stop the training first: a branch takes its place"
        if looking.moment is None or looking.moment == 0:
            return "Move the time machine to an earlier epoch: a new run can begin there"
        if not looking.run.kept_for_branch:
            return (
                "The optimizer's state of earlier epochs was not kept: it is too large for the "
                "memory set aside"
            )
        if looking.edits:
            return f"{differ(looking.edits)} A branch goes on with the run's own"
        return BRANCH_HELP

    def _marks(self) -> tuple[Mark, ...]:
        """What the tabs have found, for the slider."""
        return tuple(mark for tab in self.tabs.values() for mark in tab.marks())

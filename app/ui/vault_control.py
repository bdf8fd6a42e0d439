"""The test vault: closed while one chooses, opened by one deliberate act, which the run records."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import DataSettings
from app.core.frozen import FrozenMap
from app.core.number_words import counted, day
from app.core.vault_openings import (
    Looks,
    Openings,
    VaultOpening,
    looks_at,
    times_opened,
    under_one_name,
)
from app.data.prepared import PreparedData
from app.data.test_vault import older_vault_key, vault_key
from app.diagnostics.evaluation.judgement import Judgement
from app.ui.dialogs import Dialogs
from app.ui.evaluate.judging import Found, Judging
from app.ui.failures import Failure
from app.ui.inside.looking import NO_RUN, Looking
from app.ui.journal_control import JournalControl
from app.ui.search_state import SearchState

COUNTING = "It is being counted how often these samples were looked at."
REFIT_FIRST = "Refit the chosen trial first: the vault measures a trained network."
TRAIN_FIRST = "Train a network first: the vault measures it on the test part."
NOTHING_TO_OPEN = "The data have no test part: give it a share on the data page."


@dataclass(frozen=True)
class VaultState:
    """What the vault card shows.

    Attributes:
        sealed: whether the test part was not looked at with the weights that the network has now.
        samples: in the test part.
        opened: how often these samples were looked at with any network, as far as this project
            and the journal know; None until it is known, or which samples these are.
        last: when for the last time, ISO 8601; "" for never.
        others: how often another test part of the same data was looked at.
        metrics: what was seen of it the last time with the weights of now; empty while sealed.
    """

    sealed: bool = True
    samples: int = 0
    opened: int | None = None
    last: str = ""
    others: int = 0
    metrics: FrozenMap = field(default_factory=FrozenMap)


class VaultControl(QObject):
    """Opens the vault, and knows how often that was done; `app.data.test_vault` tells why.

    Signals:
        changed(): `state` may be another value, or `why_not`.
        opened(): the test part has been judged and is to be shown.
        recorded(date): it was looked at then, ISO 8601.
    """

    changed = Signal()
    opened = Signal()
    recorded = Signal(str)

    def __init__(
        self,
        looking: Looking,
        judging: Judging,
        dialogs: Dialogs,
        journal: JournalControl,
        search: Callable[[], SearchState],
        parent: QObject | None = None,
    ) -> None:
        """`search`: where the search on the page Tune stands."""
        super().__init__(parent)
        self._search = search
        self._searches = False
        self._looking, self._judging, self._dialogs = looking, judging, dialogs
        self._journal = journal
        self._known: tuple[PreparedData, DataSettings, tuple[str, str]] | None = None
        self._told: tuple[str, Looks] | None = None
        self._asked: tuple[str, str, Openings] = "", "", ()
        judging.sealed = lambda: self.state.sealed
        judging.changed.connect(self.changed)
        looking.run.history_changed.connect(self.changed)
        self.changed.connect(self._ask)
        journal.changed.connect(self._ask_again)

    @property
    def state(self) -> VaultState:
        """Of the data of the run on show, or of the project when it has none or other data."""
        (key, older), samples = self._names(), self._samples()
        record = self._looking.record
        now = () if record is None else under_one_name(record.openings, key, older)
        sealed = not key or not times_opened(now, key)
        mine = [opening for opening in now if key and opening.vault == key]
        metrics = mine[-1].metrics if mine else FrozenMap()
        if self._told is None or not key or self._told[0] != key:
            return VaultState(sealed, samples, metrics=metrics)
        looks = looks_at(self._openings(), key, self._told[1])
        return VaultState(
            sealed=sealed,
            samples=samples,
            opened=looks.times,
            last=looks.last,
            others=looks.others,
            metrics=metrics,
        )

    def show_figures(self) -> None:
        """Show again what was seen with the weights of now."""
        if not self.state.sealed:
            self.opened.emit()

    def why_not(self) -> str:
        """Why the vault cannot be opened now; "" when it can."""
        search = self._search()
        why = searching_words(search) or self._judging.why_not()
        if why == NO_RUN:  # that tells of the page Inside
            chosen = search.best is not None and not search.alone
            return REFIT_FIRST if chosen else TRAIN_FIRST
        if why:
            return why
        if not self._samples():
            return NOTHING_TO_OPEN
        state = self.state
        if not state.sealed:
            return "The vault is open for this network."
        return COUNTING if state.opened is None else ""

    def open(self) -> None:
        """Ask whether it is meant; then judge the test part, once, and record it in the run."""
        state = self.state
        if self.why_not():
            return
        project = self._looking.project
        refitted = project is not None and project.data.split.validation_trains
        warning = warning_of(state, self._search(), refitted=refitted)
        if self._dialogs.open_vault(state.samples, warning) and not self.why_not():
            self._judging.open_test(self._judged)

    def search_changed(self) -> None:
        """The search may have begun or ended."""
        if self._search().active != self._searches:
            self._searches = not self._searches
            self.changed.emit()

    def _judged(self, found: Found) -> None:
        if not isinstance(found, Judgement):
            self._dialogs.tell(
                "The vault stays sealed",
                Failure(found.needs, "A network that answers each sample of the test part.", ""),
            )
            return
        now = datetime.now().astimezone().isoformat(timespec="seconds")
        self._looking.run.note_opening(
            VaultOpening(
                date=now,
                number=(self.state.opened or 0) + 1,
                samples=found.samples,
                metrics=found.metrics,
                vault=self._names()[0],
            )
        )
        self.recorded.emit(now)
        self.changed.emit()
        self.opened.emit()

    # ---- what the journal knows of these samples, from other projects too
    def _ask(self) -> None:
        asked = *self._names(), self._openings()
        if asked[0] and asked != self._asked:
            self._asked = asked
            self._ask_again()

    def _ask_again(self) -> None:
        asked = key, older, known = self._asked

        def answered(looks: Looks | None, _failure: Failure | None) -> None:
            if asked != self._asked:
                return
            if looks is None:  # without the journal the project counts by itself
                looks = self._told[1] if self._told and self._told[0] == key else Looks()
            if self._told != (key, looks):
                self._told = key, looks
                self.changed.emit()

        if key:
            self._journal.ask(
                lambda kept: kept.looks(key, known, older), answered, "Counting looks at the test"
            )

    def _openings(self) -> Openings:
        """All that the project knows of."""
        record = self._looking.record
        if record is None:
            return ()
        return under_one_name((*record.opened_before, *record.openings), *self._names())

    def _samples(self) -> int:
        data = self._looking.feed.prepared
        if data is not None:
            return data.summary.counts[2]
        resolved = self._looking.document.resolved
        return 0 if resolved is None else resolved.summary.counts[2]

    def _names(self) -> tuple[str, str]:
        """Which samples the test part holds, and how earlier versions called them; "" twice while
        the data are not there.
        """
        looking = self._looking
        data = looking.feed.prepared
        project = looking.project if looking.data is not None else looking.document.project
        if data is None or project is None:
            return "", ""
        settings, known = project.data, self._known
        if known is None or known[0] is not data or known[1] is not settings:
            names = vault_key(settings, data), older_vault_key(settings, data)
            self._known = known = data, settings, names
        return known[2]


LOOK_LATER = "look at the test part once all is chosen."


def searching_words(search: SearchState, then: str = LOOK_LATER) -> str:
    """What cannot be done, like opening the vault, because of a search, and what to do `then`; ""
    where none is under way.
    """
    return f"A {search.standing}: {then}" if search.active else ""


def warning_of(
    state: VaultState, search: SearchState | None = None, *, refitted: bool = True
) -> str:
    """What opening the vault means, also for a search that has trials left, or whose best trial is
    not `refitted`.
    """
    seen = "no training" if state.opened else "no training and no choice"
    texts = [
        f"The network is evaluated on {counted(state.samples, 'test sample')} that {seen} has "
        "seen. What it shows is an honest estimate once: whoever then changes the network or its "
        "settings and looks again chooses by the test part, and the figure flatters."
    ]
    if state.opened:
        texts.append(
            f"These samples were looked at {times(state.opened)} before, the last time on "
            f"{day(state.last)}. The figure is honest only if nothing was chosen by it."
        )
    elif state.opened == 0 and not state.others:
        texts.append("They were never looked at, as far as this project and the journal know.")
    if state.others:
        texts.append(f"{others(state)} What was chosen by that is no longer unseen here.")
    if search is not None and search.unfinished:
        texts.append(
            f"The search on the page Tune is not at its end: {search.done:,} of "
            f"{counted(search.planned, 'trial')} are done. The vault is meant for after it. If the "
            "search goes on, its study will say that you have looked before."
        )
    elif search is not None and search.best is not None and not search.alone and not refitted:
        texts.append(
            "There was a search, and the network on the bench is no refit: it was trained without "
            "the validation part. If you mean a trial of that search, press Refit… on the page "
            "Tune first."
        )
    texts.append("Date, count and figures are recorded in the run and saved with the project.")
    return "\n\n".join(texts)


def others(state: VaultState) -> str:
    """That another test part was looked at; "" for never."""
    if not state.others:
        return ""
    return (
        f"Another test part of the same data was looked at {times(state.others)}; some of these "
        "samples may have been in it."
    )


def times(number: int) -> str:
    """ "once", "twice", "3 times"."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")

"""Leads the page Runs: reads the journal, compares, notes, brings back, deletes, exports."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.number_words import counted
from app.core.run_record import RunRecord
from app.journal.differences import differences
from app.journal.entries import Entry, KeptRun
from app.journal.journal import Journal
from app.journal.tensorboard import write_event_files
from app.ui.dialogs import Dialogs
from app.ui.failures import Failure
from app.ui.file_control import FileControl
from app.ui.journal_control import JournalControl
from app.ui.project_document import ProjectDocument
from app.ui.runs.run_words import score_text, size_text, when_text
from app.ui.runs.runs_page import RunsPage

MOST_LINES = 8
"""So many curves are drawn on one plot: as many as there are colours."""
MOST_REMEMBERED = 64
MOST_NAMED = 8
"""So many runs are named before they are deleted."""


@dataclass(frozen=True)
class _Listed:
    entries: tuple[Entry, ...]
    size: int


class RunsPresenter(QObject):
    """Signals:
    message(str): one line for the status row.
    brought_back(): the settings of a run are on the bench.
    """

    message = Signal(str)
    brought_back = Signal()

    def __init__(
        self,
        page: RunsPage,
        journal: JournalControl,
        document: ProjectDocument,
        files: FileControl,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.page = page
        self._journal, self._document, self._files = journal, document, files
        self._dialogs = dialogs
        self._seen = False
        self._stale = True
        self._reading = False
        self._numbers: tuple[int, ...] = ()
        self._entries: dict[int, Entry] = {}
        self._kept: OrderedDict[Entry, KeptRun] = OrderedDict()
        self._noted: int | None = None
        page.seen.connect(self._page_seen)
        page.again_pressed.connect(self._read)
        page.list.chosen.connect(self._chosen)
        page.list.opened.connect(lambda _number: self._bring_back())
        page.list.delete_pressed.connect(self._delete)
        page.details.bring_back_pressed.connect(self._bring_back)
        page.details.delete_pressed.connect(self._delete)
        page.details.tensorboard_pressed.connect(self._export)
        page.details.notes_edited.connect(self._note)
        journal.changed.connect(self._journal_changed)
        journal.not_kept.connect(self.message)
        journal.closing.connect(page.details.notes.tell_now)

    # ---- the list
    def _page_seen(self, seen: bool) -> None:
        self._seen = seen
        if seen:
            self._read()  # another window, or the command line, may have written
        else:
            self.page.details.notes.tell_now()

    def _journal_changed(self) -> None:
        self._stale = True
        if self._seen:
            self._read()

    def _read(self) -> None:
        if self._reading:
            self._stale = True
            return
        self._reading, self._stale = True, False

        def listed(journal: Journal) -> _Listed:
            return _Listed(tuple(journal.entries()), journal.size())

        self._journal.ask(listed, self._show, "Reading the journal")

    def _show(self, found: _Listed | None, failure: Failure | None) -> None:
        self._reading = False
        if found is None:
            if failure is not None:
                self.page.show_failure(failure)
            return
        self._entries = {entry.number: entry for entry in found.entries}
        counts = f"{counted(len(found.entries), 'run')} · {size_text(found.size)}"
        if len(found.entries) > 1:
            counts += " · Ctrl+click another to compare"
        self.page.show_runs(found.entries, counts)
        if found.entries and not self._numbers:
            self.page.list.choose(
                self.page.list.model.order[0] if self.page.list.model.order else 0
            )
        self._refresh()
        if self._stale and self._seen:
            self._read()

    # ---- what is chosen
    def _chosen(self, numbers: tuple[int, ...]) -> None:
        if numbers != self._numbers:
            self.page.details.notes.tell_now()
            self._numbers = numbers
            self._refresh()

    @property
    def _chosen_entries(self) -> list[Entry]:
        """The older ones first."""
        return [
            self._entries[number] for number in sorted(self._numbers) if number in self._entries
        ]

    def _refresh(self) -> None:
        entries = self._chosen_entries
        if not entries:
            self._noted = None
            self.page.details.show_nothing()
            self.page.show_curves((), "")
            return
        self.page.details.show_reading(entries)
        if len(entries) == 1:
            if self._noted != entries[0].number:
                self.page.details.notes.show_notes(entries[0].notes)
            self._noted = entries[0].number
        else:
            self._noted = None
        wanted = [entry for entry in entries[:MOST_LINES] if entry not in self._kept]
        if not wanted:
            self._show_chosen()
            return
        numbers = tuple(entry.number for entry in wanted)

        def read(journal: Journal) -> tuple[KeptRun, ...]:
            return tuple(journal.run(number) for number in numbers)

        self._journal.ask(read, self._take, "Reading a run of the journal")

    def _take(self, found: tuple[KeptRun, ...] | None, failure: Failure | None) -> None:
        if found is None:
            if failure is not None:
                self.page.show_curves((), "")
                self.page.details.show_problem(f"{failure.happened} {failure.how_to_fix}")
            return
        for kept in found:
            self._kept[kept.entry] = kept
            known = self._entries.get(kept.entry.number)
            if known is not None:  # it may have come on meanwhile; the list will tell
                self._kept[known] = kept
        while len(self._kept) > MOST_REMEMBERED:
            self._kept.popitem(last=False)
        self._show_chosen()

    def _show_chosen(self) -> None:
        entries = self._chosen_entries
        runs = [self._kept[entry] for entry in entries[:MOST_LINES] if entry in self._kept]
        if not runs or len(runs) < min(len(entries), MOST_LINES):
            return
        curves, left_out = lines_of(runs)
        more = len(entries) - len(runs)
        told = [f"{more:,} more runs are not drawn"] if more else []
        told += ["the first fold of each"] if left_out else []
        self.page.show_curves(curves, "; ".join(told))
        details = self.page.details
        if len(entries) == 1:
            details.show_run(runs[0])
        elif len(entries) == 2:
            prints = [entry.fingerprint for entry in entries]
            same = prints[0] == prints[1] if all(prints) else None
            found = differences(runs[0].project, runs[1].project, in_words=True)
            details.show_differences(entries, found, same)

    # ---- what is done with them
    def _note(self, text: str) -> None:
        number = self._noted
        if number is None:
            return
        if number in self._entries:
            self._entries[number] = self._entries[number]._replace(notes=text)
        self._journal.ask(
            lambda journal: journal.set_notes(number, text), self._written, "Keeping the notes"
        )

    def _written(self, _result: None, failure: Failure | None) -> None:
        if failure is not None:
            self._dialogs.tell("The notes are not kept", failure)
        self._journal.changed_by_hand()

    def _bring_back(self) -> None:
        """Put the settings of the chosen run on the bench; what is marked to be searched stays."""
        entries = self._chosen_entries
        if len(entries) != 1 or entries[0] not in self._kept:
            return
        entry, project = entries[0], self._kept[entries[0]].project
        current = self._document.project
        if current is None:
            self._files.show(project)
        else:
            search = current.search if current.search.space else project.search
            named = project.model_copy(update={"name": current.name, "search": search})
            if named == current:
                self.message.emit(f"The settings of run {entry.number} are those on the bench")
                self.brought_back.emit()
                return
            self._document.edit(f"Bring back run {entry.number}", named)
        self.message.emit(f"The settings of run {entry.number} are on the bench")
        self.brought_back.emit()

    def _delete(self) -> None:
        entries = self._chosen_entries
        if not entries:
            return
        named = [
            f"{entry.number}  {entry.title}, {when_text(entry.started_at)}, {score_text(entry)}"
            for entry in entries[:MOST_NAMED]
        ]
        if len(entries) > MOST_NAMED:
            named.append(f"and {len(entries) - MOST_NAMED:,} more")
        text = "\n".join(named)
        running = sum(entry.ending == "running" for entry in entries)
        whose = "Its" if len(entries) == 1 else "Their"
        text += f"\n\n{whose} settings, curves and notes are gone for good."
        text += " What still trains is kept anew as it goes on." if running else ""
        title = f"Delete {counted(len(entries), 'run')} from the journal?"
        if not self._dialogs.confirm(title, text, "Delete", "Keep", keeps=True):
            return
        numbers = tuple(entry.number for entry in entries)
        self._noted = None

        def deleted(count: int | None, failure: Failure | None) -> None:
            if failure is not None:
                self._dialogs.tell("Nothing was deleted", failure)
            elif count is not None:
                self.message.emit(f"{counted(count, 'run')} deleted from the journal")
            self._journal.changed_by_hand()

        self._journal.ask(
            lambda journal: journal.delete(numbers), deleted, "Deleting runs of the journal"
        )

    def _export(self) -> None:
        numbers = tuple(entry.number for entry in self._chosen_entries)
        if not numbers:
            return
        folder = self._dialogs.folder_for("Write event files for TensorBoard", "Write here")
        if folder is None:
            return

        def write(journal: Journal) -> list[Path]:
            return write_event_files(folder, [journal.run(number) for number in numbers])

        def written(paths: list[Path] | None, failure: Failure | None) -> None:
            if failure is not None:
                self._dialogs.tell("The event files are not written", failure)
            elif paths is not None:
                told = counted(len(paths), "event file")
                self.message.emit(f"{told} written; tensorboard --logdir {folder}")

        self._journal.ask(write, written, "Writing event files")


def lines_of(runs: Sequence[KeptRun]) -> tuple[list[tuple[str, RunRecord]], bool]:
    """What is drawn of these runs, with names: all folds where there is room, else the first of
    each; whether folds were left out.
    """
    lines = [
        (f"run {kept.entry.number}{f', {label}' if label else ''}", record)
        for kept in runs
        for label, record in kept.records()
    ]
    if len(lines) <= MOST_LINES:
        return lines, False
    firsts = [(f"run {kept.entry.number}", kept.records()[:1]) for kept in runs]
    return [(label, record) for label, records in firsts for _, record in records], True

"""The one mutable thing of the window: the current project, with undo and what follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.core.data_settings import BuiltinSource, DataSettings, PaintedSource
from app.core.data_summary import DataSummary, reconstructing
from app.core.painting import painted_summary, why_not_ready
from app.core.place_edits import settled
from app.core.project import Project
from app.core.project_edits import called_after_its_data
from app.core.resolved_project import ResolvedProject
from app.core.search_space import following_the_network
from app.data.kept_weights import NOTHING_KEPT, Arrays, KeptWeights, Shapes


class Resolver(Protocol):
    """`app.core.resolve.resolve`."""

    def __call__(
        self, project: Project, summary: DataSummary, *, kept: Mapping[str, Shapes]
    ) -> ResolvedProject: ...


Summarizer = Callable[[DataSettings], DataSummary]


UNREAD = DataSummary(
    title="not read yet",
    task="regression",
    input_shape=(1,),
    target_names=("target",),
    class_names=(),
    counts=(1, 0, 0),
    known=False,
)
"""Stands for a file that could not be read yet."""


def is_known(resolved: ResolvedProject) -> bool:
    """Whether the summary tells of these very data; of a file only once it was read."""
    return resolved.summary.loaded or isinstance(resolved.project.data.source, BuiltinSource)


def _place_of(settings: DataSettings) -> tuple[str, str]:
    """Where data come from; of the same place what was known last is not far from the truth."""
    source = settings.source
    return source.kind, str(getattr(source, "path", getattr(source, "name", "")))


def _painted(settings: DataSettings, source: PaintedSource, last: DataSummary) -> DataSummary:
    """What is known of points that are not shared out yet: a stroke more of the same classes
    changes little of it; a sheet from which nothing can be learned has no parts.
    """
    known = painted_summary(settings)
    if why_not_ready(source) is not None:
        return replace(known, counts=(0, 0, 0))
    return last if last.known and last.class_names == known.class_names else known


class ReplaceProject(QUndoCommand):
    """The only undo command: one whole value in place of another."""

    def __init__(
        self,
        text: str,
        before: Project,
        after: Project,
        assign: Callable[[Project], None],
        merge_key: tuple[str, int] | None,
    ) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._assign = assign
        self._merge_key = merge_key

    def id(self) -> int:
        return 1 if self._merge_key else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ReplaceProject) or other._merge_key != self._merge_key:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._assign(self._after)

    def undo(self) -> None:
        self._assign(self._before)


class ProjectDocument(QObject):
    """Holds the project that is open; edits come in whole, one signal goes out.

    Attributes:
        kept: the weights that layers of the project, or of one that can be undone to, begin with.
        path: of the file that it was opened from or saved in.
        run_changes: how often the training has changed what a file could hold of it.

    Signals:
        changed(before, after): the `ResolvedProject` before (or None) and now; once for each
        edit, undo, redo, opening
            and arrival of data.
        file_changed(): path, modified mark or name changed.
        saved(): the project stands in a file now, perhaps in another than before.
    """

    changed = Signal(object, object)
    file_changed = Signal()
    saved = Signal()

    def __init__(
        self, resolve: Resolver, summarize: Summarizer, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._resolve = resolve
        self._summarize = summarize
        self._resolved: ResolvedProject | None = None
        self.kept = KeptWeights()
        self._loaded: tuple[DataSettings | None, DataSummary] | None = None
        self._place: tuple[str, str] | None = None
        self._expected: tuple[tuple[str, str], DataSummary] | None = None
        self.run_changes = 0
        self._run_changes_saved = 0
        self._open_step: str | None = None
        self._steps = 0
        self.path: Path | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._clean_changed)

    @property
    def resolved(self) -> ResolvedProject | None:
        """The project with all that follows from it; None while none is open."""
        return self._resolved

    @property
    def project(self) -> Project | None:
        return self._resolved.project if self._resolved else None

    @property
    def title(self) -> str:
        """What the project is called on the screen: as its file, else by its own name."""
        if self.path is not None:
            return self.path.name
        return self._resolved.project.name if self._resolved else ""

    @property
    def name(self) -> str:
        """The same without the ending of a file: also what files of it are called at first."""
        if self.path is not None:
            return self.path.stem
        return self._resolved.project.name if self._resolved else ""

    @property
    def modified(self) -> bool:
        """Whether there is anything to lose: edits since the last save, or a training that was
        not saved.
        """
        return self._resolved is not None and (
            not self.undo_stack.isClean() or self.run_changes != self._run_changes_saved
        )

    @property
    def run_unsaved(self) -> bool:
        """Whether a training would be lost if it were dropped now."""
        return self.run_changes != self._run_changes_saved

    def open(
        self,
        project: Project,
        path: Path | None,
        summary: DataSummary | None = None,
        kept: Mapping[str, Arrays] = NOTHING_KEPT,
    ) -> None:
        """Show another project; the undo history begins anew.

        Args:
            summary: what is known of its data already.
            kept: the weights that its layers begin with, by key.
        """
        self.kept.replace(kept)
        self.path = path
        self._run_changes_saved = self.run_changes
        self._loaded = None if summary is None else (project.data, summary)
        self._place = None if summary is None else _place_of(project.data)
        self._expected = None
        self.undo_stack.clear()
        self._assign(project)
        self.file_changed.emit()

    def edit(self, text: str, project: Project, merge_key: str | None = None) -> None:
        """Replace the project by `project` in one undoable step called `text`; cards without a
        place get one, and what is searched follows layers that are gone or called otherwise. A
        project that is in no file is called after its data, unless it was given a name.

        Steps in a row with the same `merge_key` become one, until something is undone or saved.
        An equal project is no step at all.
        """
        before = self.project
        if before is None:
            return
        project = following_the_network(before, settled(before, project))
        if self.path is None:
            project = called_after_its_data(before, project)
        if project == before:
            return
        if merge_key is None or merge_key != self._open_step:
            self._steps += 1
        key = None if merge_key is None else (merge_key, self._steps)
        self.undo_stack.push(ReplaceProject(text, before, project, self._assign, key))
        self._open_step = merge_key

    def set_summary(self, settings: DataSettings, summary: DataSummary) -> None:
        """What was learned of the data of `settings`; ignored when the project has moved on."""
        self._loaded = (settings, summary)
        self._place = _place_of(settings)
        if self.project is not None and self.project.data == settings:
            self._assign(self.project)

    def expect(self, settings: DataSettings, summary: DataSummary) -> None:
        """What is known of data that the project may take: its network is judged by it until they
        are read for the project.
        """
        self._expected = (_place_of(settings), replace(summary, loaded=False))

    def forget_summary(self) -> None:
        """The data could not be read: of those known before only the shapes stay, so that the
        network is judged as it was.
        """
        if self.project is None:
            return
        if self._loaded is not None:
            known = self._loaded[1]
            light = DataSummary(
                title=known.title,
                task=known.task,
                input_shape=known.input_shape,
                target_names=known.target_names,
                class_names=known.class_names,
                counts=known.counts,
                reconstructs=known.reconstructs,
            )
            self._loaded = (None, light)
        self._assign(self.project)

    def mark_run_unsaved(self) -> None:
        """A training has produced something that is in no file yet."""
        self.run_changes += 1
        if self.run_changes == self._run_changes_saved + 1:
            self.file_changed.emit()

    def mark_saved(self, path: Path, project: Project, run_changes: int | None = None) -> None:
        """`project` and the run now stand in the file at `path`; edits made meanwhile stay
        unsaved, and so does what the training did after `run_changes`.
        """
        self.path = path
        self._run_changes_saved = self.run_changes if run_changes is None else run_changes
        self._open_step = None
        if project == self.project:
            self.undo_stack.setClean()
        self.file_changed.emit()
        self.saved.emit()

    def close(self) -> None:
        """Say nothing more: a stack that is taken down tells of its emptiness."""
        self.undo_stack.blockSignals(True)

    def _clean_changed(self, _clean: bool) -> None:
        self.file_changed.emit()

    def _assign(self, project: Project) -> None:
        self._open_step = None
        before = self._resolved
        summary = self._summary_for(project.data)
        self._resolved = self._resolve(project, summary, kept=self.kept.shapes)
        self.changed.emit(before, self._resolved)

    def _summary_for(self, settings: DataSettings) -> DataSummary:
        if self._loaded is not None and self._loaded[0] == settings:
            return self._loaded[1]
        if isinstance(settings.source, BuiltinSource):
            return self._summarize(settings)
        # Nobody knows a file before it is read: until then what was known of it last, or nothing.
        place = _place_of(settings)
        known = UNREAD
        if self._loaded is not None and self._place == place:
            known = self._loaded[1]
        elif self._expected is not None and self._expected[0] == place:
            known = self._expected[1]
        if isinstance(settings.source, PaintedSource):
            known = _painted(settings, settings.source, known)
        if settings.learns == "input" and not known.reconstructs:
            known = reconstructing(known)
        return replace(known, loaded=False)

"""Keeps a copy of the open project that survives a crash, and offers it at the next start."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.core.autosave import Autosave, Recoverable, find_recoverable
from app.core.project_file import ProjectFileError, ProjectLock, SavedProject
from app.data.errors import DataError
from app.data.kept_file import kept_of, with_kept
from app.jobs.thread_runner import Job
from app.ui.dialogs import Dialogs
from app.ui.failures import Failure, failure_of
from app.ui.file_control import FileControl, as_copy
from app.ui.job_center import JobCenter
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.run_state import Taken

WAIT_MS = 2_000
"""From a change to the copy; changes within this time are kept together."""
RUN_WAIT_MS = 30_000
"""The same for the progress of a training: writing its whole state costs it time."""


class AutosaveControl(QObject):
    """Writes the copy in the thread for files, a moment after each change, one at a time."""

    def __init__(
        self,
        folder: Path,
        document: ProjectDocument,
        run: RunControl,
        jobs: JobCenter,
        files: FileControl,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._folder = folder
        self._document = document
        self._run = run
        self._jobs = jobs
        self._files = files
        self._dialogs = dialogs
        self._autosave = Autosave(folder)
        self._recovered: Recoverable | None = None
        self._writing = False
        self._after: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write)
        document.changed.connect(self._changed)
        document.file_changed.connect(self._changed)
        run.run_ended.connect(self._changed)
        run.history_changed.connect(self._run_changed)

    def offer_recovery(self) -> None:
        """Ask about the copy of a session that ended without saying goodbye, if there is one."""
        for found in find_recoverable(self._folder):
            answer = self._dialogs.recover(recovery_words(found))
            if answer == "discard":
                found.discard()
            elif answer == "recover" and self._recover(found):
                return

    def _recover(self, found: Recoverable) -> bool:
        try:
            saved = found.open()
            kept = kept_of(saved)
        except (ProjectFileError, DataError, OSError) as error:
            self._dialogs.tell("The copy could not be read", failure_of(error, "Recovering"))
            return False
        lock, remark = self._file_of(found)
        path = None if lock is None else found.original_path
        own_name = path is not None or found.original_path is None
        project = saved.project if own_name else as_copy(saved.project)
        self._files.show(project, path, saved, lock=lock, kept=kept)
        self._document.mark_run_unsaved()
        self._recovered = found  # kept until there is a copy of this process's own
        self.write()
        if remark is not None:
            self._dialogs.tell("The work is recovered", remark)
        return True

    def _file_of(self, found: Recoverable) -> tuple[ProjectLock | None, Failure | None]:
        """The lock of the file that the copy belongs to, held; None where it shall not be written.
        And what is to be said of it, if anything.
        """
        path = found.original_path
        if path is None:
            return None, None
        if not path.parent.is_dir():
            return None, Failure(
                f"The folder of {path.name} is gone: {path.parent}.",
                "A project is saved where it came from, and its search lies beside it.",
                "The recovered work is a copy without a file: save it where you want it.",
            )
        if _saved_later(path, found.saved_at):
            return None, Failure(
                f"{path.name} was saved again after this copy was made.",
                "Saving the copy there would replace what is newer.",
                "The recovered work is a copy without a file: save it under a name of its own. "
                f"A search stays with {path.name}.",
            )
        lock = self._files.locked(path)
        if lock is None:
            return None, Failure(
                f"{path.name} is open in another window of LayerLab.",
                "A file can be open in one window only.",
                "The recovered work is a copy without a file: save it under a name of its own. "
                f"A search stays with {path.name}.",
            )
        if not path.exists():
            return lock, Failure(
                f"{path.name} is not in its folder any more.",
                "The recovered work belongs there.",
                "Save writes it there again; Save as writes it elsewhere.",
            )
        return lock, None

    def discard(self) -> None:
        """Nothing is unsaved any more."""
        self._timer.stop()
        self._autosave.discard()
        self._drop_recovered()

    def keep(self, then: Callable[[], None]) -> None:
        """Call `then` once all that is unsaved stands in the copy."""
        if not self._document.modified:
            then()
        elif self._writing:
            self._after = lambda: self.keep(then)
        else:
            self._after = then
            self.write()

    def write(self) -> None:
        """Write the copy now; when one is being written, a moment after it is done."""
        project = self._document.project
        if project is None:
            return
        if self._writing:
            self._changed()
            return
        self._writing = True
        if not self._document.modified:
            self._start(lambda report, control: self._autosave.discard())
            return
        path = self._document.path

        def write(taken: Taken | None) -> None:
            if taken is None:  # another project is open now
                self._writing = False
                return
            saved = SavedProject(project, taken.record, taken.checkpoint)
            kept = self._document.kept.of(project.network)
            self._start(lambda report, control: self._autosave.write(with_kept(saved, kept), path))

        self._run.take_checkpoint(write)

    def _start(self, job: Job) -> None:
        self._jobs.start("files", job, _ignore, self._written)

    def _changed(self, *_values: object) -> None:
        self._write_within(WAIT_MS)

    def _run_changed(self) -> None:
        self._write_within(RUN_WAIT_MS)

    def _write_within(self, milliseconds: int) -> None:
        if not self._timer.isActive() or self._timer.remainingTime() > milliseconds:
            self._timer.start(milliseconds)

    def _written(self, _result: object, error: BaseException | None) -> None:
        self._writing = False
        if error is not None:
            failure_of(error, "Writing the recovery copy")
        else:
            self._drop_recovered()
        after, self._after = self._after, None
        if after is not None:
            after()

    def _drop_recovered(self) -> None:
        if self._recovered is not None:
            self._recovered.discard()
            self._recovered = None


def recovery_words(found: Recoverable) -> str:
    """What is left of which work, and since when."""
    path, made = found.original_path, datetime.fromtimestamp(found.saved_at).astimezone()
    name = found.name if path is None else path.name
    where = "It was in no file yet." if path is None else f"Its file: {path}"
    words = (
        f"LayerLab ended while {name} had changes that were not saved. The copy is of "
        f"{made:%Y-%m-%d, %H:%M}.\n\n{where}"
    )
    if path is not None and _saved_later(path, found.saved_at):
        words += "\nThe file was saved again since: the copy comes back without a file."
    return words


def _saved_later(path: Path, time: float) -> bool:
    """Whether the file is from after `time`, in seconds since 1970."""
    try:
        return path.stat().st_mtime > time
    except OSError:
        return False


def _ignore(_event: object) -> None:
    pass

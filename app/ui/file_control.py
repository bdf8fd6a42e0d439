"""Opening and saving, off the window's thread; asks before anything is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.data_summary import DataSummary
from app.core.frozen import FrozenMap
from app.core.network import Network
from app.core.project import Project
from app.core.project_file import ProjectLock, SavedProject, open_project, save_project
from app.core.short_names import shortened
from app.core.templates import build_template, default_template
from app.core.transfer import project_for_network, with_input_shape
from app.data.errors import DataError
from app.data.kept_file import kept_of, with_kept
from app.data.kept_weights import NOTHING_KEPT, Arrays
from app.data.prepared import PreparedData
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job
from app.training.engine_room import OpenedModel
from app.ui.data_feed import DataFeed
from app.ui.data_files import (
    PICTURE_SUFFIXES,
    SET_HOW,
    can_be_read_otherwise,
    no_data,
    settings_for,
    source_at,
    suited,
    unread_project,
)
from app.ui.dialogs import MODEL_FILTER, PROJECT_FILTER, SAVED_MODEL_FILTERS, Answer, Dialogs
from app.ui.failures import Failure, failure_of
from app.ui.job_center import JobCenter
from app.ui.model_files import ModelFiles, is_weights_alone
from app.ui.preferences import Preferences
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.run_state import Taken
from app.ui.search_state import AtStake

MODEL_SUFFIXES = {".keras", ".h5", ".hdf5"}

Then = Callable[[], None]
Edit = Callable[[Project, DataSummary], Project]


@dataclass(frozen=True)
class _Opened:
    """A project file that was read; `damage` says why its kept weights could not be."""

    saved: SavedProject
    kept: Mapping[str, Arrays]
    damage: DataError | None = None


@dataclass(frozen=True)
class _Leavable:
    """What a project may be left with, by the last answer."""

    project: Project | None = None
    unsaved: bool = False
    searching: bool = False

    def no_more_than(self, other: "_Leavable") -> bool:
        """Whether whoever may leave `other` may leave this, too."""
        same = self.project is other.project
        return same and self.unsaved <= other.unsaved and self.searching <= other.searching


def _same_layers(one: Network, other: Network) -> bool:
    return [layer.id for layer in one.layers] == [layer.id for layer in other.layers]


def as_copy(project: Project) -> Project:
    """The project under another name: its file belongs to somebody else now."""
    return project.model_copy(update={"name": f"{shortened(project.name, 115)} copy"})


def _opened(path: Path) -> _Opened:
    saved = open_project(path)
    try:
        return _Opened(saved, kept_of(saved))
    except DataError as error:
        return _Opened(saved, NOTHING_KEPT, error)


class FileControl(QObject):
    """Files in and out of the document.

    Signals:
        opened(): another project is open now.
        message(str): one line for the status row, of what was done.
        doing(str): what is being done; "" when it is over.
        remembered(): the list of recent files has another first one.
        saved_at(str): time of the last save.
        source_wanted(): how the data of the project are read is to be set.
    """

    opened = Signal()
    message = Signal(str)
    doing = Signal(str)
    remembered = Signal()
    saved_at = Signal(str)
    source_wanted = Signal()

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        models: ModelFiles,
        jobs: JobCenter,
        dialogs: Dialogs,
        preferences: Preferences,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._feed = feed
        self._run = run
        self._models = models
        self._jobs = jobs
        self._dialogs = dialogs
        self._preferences = preferences
        self._lock: ProjectLock | None = None
        self._opening: tuple[int, JobControl] | None = None
        self._answered = _Leavable()
        self._shown = 0
        self._again: Then | None = None
        self.saving = False
        self.at_stake: Callable[[], AtStake] = AtStake
        """What becomes of searches when the project is left; set by whoever knows them."""

    # ---- into the window
    def show(
        self,
        project: Project,
        path: Path | None = None,
        saved: SavedProject | None = None,
        summary: DataSummary | None = None,
        lock: ProjectLock | None = None,
        kept: Mapping[str, Arrays] = NOTHING_KEPT,
    ) -> None:
        """Open `project` in the window, with the run of `saved` when there is one.

        Args:
            kept: the weights that its layers begin with, by key.
            lock: of the file at `path`, held.
        """
        self._give_up_opening()
        self._hold(lock)
        self._shown += 1
        self._again = None
        self.saving = False  # what is still being saved is of the project before
        self._run.forget()
        self._document.open(project, path, summary, kept)
        if saved is not None and saved.run is not None:
            self._run.show_saved(saved.run, saved.checkpoint)
        self.opened.emit()

    def leave(self, then: Then) -> None:
        """Call `then` once nothing of the open project would be lost by it; not at all when the
        user cancels.
        """
        self._leave(then, self.at_stake())

    def _leave(self, then: Then, search: AtStake) -> None:
        left_with = self._leavable(search)

        def go() -> None:
            self._answered = replace(left_with, project=self._document.project)
            then()

        self._answered = _Leavable()  # nothing that is under way may replace the project unasked
        answer = self._ask(search)
        if answer == "save":
            self.save(go)
        elif answer == "discard":
            go()

    def _ask(self, search: AtStake) -> Answer:
        """One question, with all that is at stake; none where nothing is."""
        document = self._document
        if document.project is None:
            return "discard"
        if document.modified or search.unsaved:
            training = self._run.state.trains
            return self._dialogs.save_changes(document.title, training=training, search=search)
        if not search.ends:
            return "discard"
        title = f"End the {search.ends} that is running?"
        ends = self._dialogs.confirm(title, search.words, "End it", "Cancel")
        return "discard" if ends else "cancel"

    def _leavable(self, search: AtStake) -> _Leavable:
        unsaved = self._document.modified or search.unsaved
        return _Leavable(self._document.project, unsaved, bool(search.ends))

    def open_any(self, path: Path | None = None) -> None:
        """Open a project, a model or data, whichever the file or folder holds."""
        path = path or self._dialogs.open_file()
        if path is None:
            return
        path = path.absolute()
        if path.suffix.lower() in MODEL_SUFFIXES:
            self.open_model(path)
        elif source_at(path) is not None:
            self.leave(lambda: self.open_data(path))
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            self._dialogs.tell(f"{path.name} could not be opened", no_data(path))
        else:
            self.leave(lambda: self._read(path))

    def open_folder(self) -> None:
        """A new project on a folder of pictures that the user chooses."""
        path = self._dialogs.open_folder()
        if path is not None:
            self.leave(lambda: self.open_data(path))

    def open_data(self, path: Path) -> None:
        """A new project on the table, the arrays or the folder of pictures at `path`."""
        source = source_at(path)
        if source is None:
            self._dialogs.tell(f"{path.name} could not be opened", no_data(path))
            return
        data = settings_for(source)
        self._give_up_opening()
        self.doing.emit(f"Reading {path.name}")

        def ended(prepared: PreparedData | None, error: BaseException | None) -> None:
            self.doing.emit("")
            if error is not None:
                noun = {"table": "The table", "pictures": "The folder"}.get(source.kind, "The file")
                title = f"{noun} could not be opened"
                failure = failure_of(error, f"Reading {path.name}")
                if not can_be_read_otherwise(error, source):
                    self._dialogs.tell(title, failure)
                elif self._dialogs.offer(title, failure, SET_HOW):
                    self._unless_edited(lambda: self._show_unread(data, path))
            elif prepared is not None:
                summary = prepared.summary
                self._unless_edited(lambda: self._show_data(data, summary, path))

        self._feed.read(data, path.name, ended)

    def _show_data(self, read: DataSettings, summary: DataSummary, path: Path) -> None:
        data = suited(read, summary)
        known = summary if data == read else replace(summary, loaded=False, statistics=())
        project = build_template(default_template(known), data, known)
        self._remember(path)
        self.show(project, summary=known)

    def _show_unread(self, data: DataSettings, path: Path) -> None:
        self._remember(path)
        self.show(unread_project(data))
        self.source_wanted.emit()

    def open_model(self, path: Path | None = None) -> None:
        """Put the network of a model file, weights included, into the open project, or into a new
        one on data that it could be for.
        """
        if self._refuse_while_training():
            return
        path = path or self._dialogs.open_file(MODEL_FILTER)
        if path is None:
            return
        self.doing.emit(f"Checking {path.name}")
        shown = self._shown
        self._models.read(path, lambda opened, error: self._model_read(path, shown, opened, error))

    def _refuse_while_training(self) -> bool:
        if self._run.state.active:
            self._dialogs.tell(
                "The model cannot be opened now",
                Failure(
                    "The open project is in training.",
                    "A model that is opened takes the place of the one in training.",
                    "Stop the training first, then open the model.",
                ),
            )
        return self._run.state.active

    def _model_read(
        self, path: Path, shown: int, opened: object, error: BaseException | None
    ) -> None:
        self.doing.emit("")
        if shown != self._shown:
            return  # it was wanted for a project that is not open any more
        if error is None and self._refuse_while_training():
            return
        if error is not None:
            self._dialogs.tell(
                "The model could not be opened", failure_of(error, "Opening the model")
            )
        elif isinstance(opened, OpenedModel):
            if not is_weights_alone(path):
                self._remember(path)
            if self._document.project is None:
                self.show(project_for_network(opened.network, opened.input_shape, path.stem))
            self.leave_training(lambda: self.take_model(f"Open {path.name}", opened))

    def leave_training(self, then: Then) -> None:
        """Call `then`, which drops the training on show, once nothing would be lost by it."""
        if self._document.run_unsaved:
            self._leave(then, AtStake())  # searches stay
        else:
            then()

    def take_model(self, text: str, opened: OpenedModel, edit: Edit | None = None) -> None:
        """Put an opened network into the project as one step called `text`, and build it with its
        weights when it can be.

        Args:
            edit: from the project and what is known of its data to the project with the network;
                without it the network replaces the present one.
        """
        resolved = self._document.resolved
        if resolved is None:
            return
        self._document.kept.add(opened.kept)
        summary = resolved.summary
        if edit is not None:
            project = edit(resolved.project, summary)
        else:
            alike = summary.known and opened.input_shape == summary.input_shape
            own = None if alike else opened.input_shape
            network = with_input_shape(opened.network, own)
            project = resolved.project.model_copy(update={"network": network})
            if not _same_layers(network, resolved.project.network):
                project = project.model_copy(update={"places": FrozenMap()})
        self._document.edit(text, project)
        now = self._document.resolved
        if now is not None and now.can_train:
            self._run.prepare()
            self.message.emit("The network is here with its weights; Train goes on from them")
        else:
            self._run.forget()
            self.message.emit("The network is here with its weights; see what does not fit yet")

    def _read(self, path: Path) -> None:
        self._start(
            lambda report, control: _opened(path),
            lambda opened: self._read_data(path, opened),
            "The project could not be opened",
            f"Opening {path.name}",
        )

    def _read_data(self, path: Path, opened: _Opened) -> None:
        """The file that a project's data are in is read first, so that shapes are known."""
        data = opened.saved.project.data
        if isinstance(data.source, BuiltinSource):
            self._unless_edited(lambda: self._show_read(path, opened, None))
            return

        def ended(prepared: PreparedData | None, error: BaseException | None) -> None:
            self.doing.emit("")
            if prepared is not None or error is not None:
                summary = prepared.summary if prepared is not None else None
                self._unless_edited(lambda: self._show_read(path, opened, summary))

        self.doing.emit(f"Reading the data of {opened.saved.project.name}")
        self._feed.read(data, opened.saved.project.name, ended)

    def _show_read(self, path: Path, opened: _Opened, summary: DataSummary | None) -> None:
        lock = self.locked(path)
        saved, kept = opened.saved, opened.kept
        if lock is not None:
            self._remember(path)
            self.show(saved.project, path, saved, summary, lock, kept)
            if opened.damage is not None:
                self._dialogs.tell(
                    "Kept weights could not be read",
                    failure_of(opened.damage, "Reading the kept weights"),
                )
        elif self._dialogs.confirm(
            f"{path.name} is open in another window",
            "Two windows on one file would overwrite each other. You can open a copy, which is "
            "saved under a name of its own.",
            "Open a copy",
            "Cancel",
        ):
            self.show(as_copy(saved.project), None, saved, summary, kept=kept)

    def _unless_edited(self, then: Then) -> None:
        """Call `then`, which shows another project; ask once more when more is at stake than when
        it was asked.
        """
        if self._leavable(self.at_stake()).no_more_than(self._answered):
            then()
        else:
            self.leave(then)

    def _give_up_opening(self) -> None:
        """Something else is wanted now."""
        if self._feed.subject:
            self.doing.emit("")
        self._feed.give_up()
        if self._opening is not None:
            number, control = self._opening
            control.stop()
            self._jobs.forget("files", number)
            self._opening = None
            self.doing.emit("")

    # ---- out of the window
    def save(self, then: Then | None = None) -> None:
        """Save where the project came from, or ask where."""
        if self.saving:
            self._again = lambda: self.save(then)
        elif self._document.path is None:
            self.save_as(then)
        else:
            self._write(self._document.path, then)

    def save_as(self, then: Then | None = None) -> None:
        project = self._document.project
        if project is None:
            return
        if self.saving:
            self._again = lambda: self.save_as(then)
            return
        path = self._dialogs.save_file(
            "Save the project", PROJECT_FILTER, "layerlab", f"{self._document.name}.layerlab"
        )
        if path is None:
            return
        lock = self.locked(path)
        if lock is None:
            self._dialogs.tell(
                "The project could not be saved",
                Failure(
                    f"{path.name} is open in another window of LayerLab.",
                    "A file can be open in one window only.",
                    "Choose another name, or close the other window first.",
                ),
            )
            return
        self._write(path, then, lock)

    def save_model(self) -> None:
        """Save the trained model alone."""
        project = self._document.project
        if project is None:
            return
        path = self._dialogs.save_file(
            "Save the model", SAVED_MODEL_FILTERS, "keras", f"{self._document.name}.keras"
        )
        if path is not None:
            self.doing.emit(f"Saving {path.name}")
            self._models.save(path, lambda _result, error: self._model_saved(path, error))

    def _model_saved(self, path: Path, error: BaseException | None) -> None:
        self.doing.emit("")
        if error is not None:
            self._dialogs.tell(
                "The model could not be saved", failure_of(error, "Saving the model")
            )
        else:
            if not is_weights_alone(path):
                self._remember(path)
            self.message.emit(f"Model saved as {path.name}")

    def _remember(self, path: Path) -> None:
        self._preferences.add_recent_file(path)
        self.remembered.emit()

    def close(self) -> None:
        """Let go of the file."""
        self._hold(None)

    def _write(self, path: Path, then: Then | None, lock: ProjectLock | None = None) -> None:
        """Save to `path`; `lock`, when it is another than the one held, takes its place then."""
        project = self._document.project
        if project is None:
            return
        self.saving = True
        self.doing.emit("Saving")
        shown = self._shown

        def ended(error: BaseException | None, taken: Taken | None = None) -> None:
            still_open = shown == self._shown
            if still_open:
                self.saving = False
            self.doing.emit("")
            if still_open and error is None and taken is not None:
                self._written(path, project, taken.changes, lock, then)
                return
            self._let_go(lock)
            if error is not None:
                self._again = None
                failure = failure_of(error, "Saving")
                self._dialogs.tell("The project could not be saved", failure)

        def write(taken: Taken | None) -> None:
            if taken is None or taken.error is not None:
                ended(taken.error if taken is not None else None)
                return
            saved = SavedProject(project, taken.record, taken.checkpoint)
            kept = self._document.kept.of(project.network)
            self._jobs.start(
                "files",
                lambda report, control: save_project(path, with_kept(saved, kept)),
                _ignore,
                lambda _result, error: ended(error, taken),
            )

        self._run.take_checkpoint(write)

    def _written(
        self,
        path: Path,
        project: Project,
        run_changes: int,
        lock: ProjectLock | None,
        then: Then | None,
    ) -> None:
        if lock is not None:
            self._hold(lock)
        self._document.mark_saved(path, project, run_changes)
        self._remember(path)
        self.saved_at.emit(f"Saved {datetime.now().astimezone():%H:%M}")
        again, self._again = self._again, None
        if then is not None and self._document.project == project:
            then()
        elif then is not None:  # edited meanwhile
            self.leave(then)
        elif again is not None:
            again()

    def locked(self, path: Path) -> ProjectLock | None:
        """The lock of `path`, held; the present one when it is of the same file. None when another
        window has it.
        """
        lock = ProjectLock(path)
        if self._lock is not None and self._lock.lock_path == lock.lock_path:
            return self._lock
        return lock if lock.acquire() else None

    def _hold(self, lock: ProjectLock | None) -> None:
        """Hold `lock` from now on, and not the one before."""
        before, self._lock = self._lock, lock
        if before is not None and before is not lock:
            before.release()

    def _let_go(self, lock: ProjectLock | None) -> None:
        if lock is not None and lock is not self._lock:
            lock.release()

    def _start(self, job: Job, on_result: Callable[..., None], title: str, doing: str) -> None:
        self._give_up_opening()
        self.doing.emit(doing)

        def ended(result: object, error: BaseException | None) -> None:
            self._opening = None
            self.doing.emit("")
            if error is not None:
                self._dialogs.tell(title, failure_of(error, doing))
            elif result is not None:
                on_result(result)

        self._opening = self._jobs.start("files", job, _ignore, ended)


def _ignore(_event: object) -> None:
    pass

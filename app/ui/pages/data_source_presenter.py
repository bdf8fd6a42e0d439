"""What is read, and how: the part of the data page that asks for other data."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QPoint

from app.core.data_settings import (
    BuiltinSource,
    DataSettings,
    DataSource,
    PictureSource,
    TableSource,
)
from app.core.dataset_catalog import DATASETS_BY_NAME
from app.core.dataset_kind import DatasetKind
from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.project_edits import dataset_settings
from app.data.prepared import PreparedData
from app.data.table_description import TableDescription
from app.ui.column_entries import ColumnEntry, with_columns
from app.ui.data_choice import DataChoice
from app.ui.data_feed import DataFeed
from app.ui.data_files import (
    ARRAY_FILTER,
    DATA_FILTER,
    SET_HOW,
    TABLE_FILTER,
    can_be_read_otherwise,
    is_of_unread,
    no_data,
    settings_for,
    source_at,
    suited,
)
from app.ui.dialogs import Dialogs
from app.ui.failures import failure_of
from app.ui.pages.data_columns import ALSO, ColumnMenu, lost_fills
from app.ui.pages.data_page import DataPage
from app.ui.project_document import ProjectDocument
from app.ui.table_again import chosen_again, dropped_words, file_name, fits

NOTE = "It takes the place of this project's data; Undo brings these back."


_WORDS = {"skip_rows": "skipped rows"}
"""What a field of a source is called in the words of an edit, where it is not its own name."""


class DataSourcePresenter(QObject):
    """Other data, and the same data read otherwise, are read aside while the page stays as it is;
    then they and what the network needs for them become one undoable step. Data that cannot be read
    as is wished become the project's all the same when it is the wish that has to be mended.
    """

    def __init__(
        self,
        page: DataPage,
        document: ProjectDocument,
        feed: DataFeed,
        dialogs: Dialogs,
        choice: DataChoice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page, self._document, self._feed = page, document, feed
        self._dialogs, self._choice = dialogs, choice
        self._pending: DataSource | None = None
        self._unread = False
        self.entries: tuple[ColumnEntry, ...] = ()
        self._menu = ColumnMenu(self)
        self._menu.role_chosen.connect(self.choose_role)
        self._menu.type_chosen.connect(self._choose_type)
        self._menu.missing_chosen.connect(self._choose_missing)
        self._menu.list_requested.connect(self.list_columns)
        page.head.open_file_requested.connect(self.open_file)
        page.head.open_folder_requested.connect(self.open_folder)
        page.head.sets_requested.connect(self.choose_set)
        page.preview.role_chosen.connect(self.choose_role)
        page.preview.menu_requested.connect(self._open_menu)
        page.preview.list_requested.connect(self.list_columns)
        page.table.list_requested.connect(self.list_columns)
        page.table.edited.connect(self._edit_field)
        page.table.test_file_requested.connect(self._choose_test_file)
        page.pictures.edited.connect(self._edit_field)
        page.pictures.size_edited.connect(self._edit_size)
        page.arrays.edited.connect(self._edit_field)
        page.arrays.target_file_requested.connect(self._choose_target_file)
        page.gaps.missing_chosen.connect(self._fill_all)
        page.preview.fix_chosen.connect(self.mend)
        feed.changed.connect(self._data_arrived)

    # ---- other data
    def open_file(self) -> None:
        """Ask for a file that takes the place of the data."""
        path = self._dialogs.open_file(DATA_FILTER)
        if path is not None:
            self.choose_path(path)

    def open_folder(self) -> None:
        """Ask for a folder of pictures that takes the place of the data."""
        path = self._dialogs.open_folder()
        if path is not None:
            self.choose_path(path)

    def choose_path(self, path: Path) -> None:
        """Put what is in a file or folder in the place of the data."""
        source = source_at(path)
        project = self._document.project
        if source is None or project is None:
            self._dialogs.tell(f"{path.name} could not be opened", no_data(path))
            return
        self._pending = None
        before = project.data
        fresh = settings_for(source, before.split).model_copy(
            update={"memory_mib": before.memory_mib}
        )
        if not isinstance(source, TableSource) or not isinstance(before.source, TableSource):
            self._read_path(path, fresh)
            return
        table = chosen_again(before.source, path)
        again = before.model_copy(update={"source": table})
        known = [entry.name for entry in self.entries]

        def seen(described: TableDescription | None) -> None:
            now = self._document.project
            if now is not None and now.data == again:
                self._feed.reload()
            else:
                self._read_path(path, again if fits(table, known, path, described) else fresh)

        self._feed.look(table, path.name, seen)

    def _read_path(self, path: Path, data: DataSettings) -> None:
        def ended(prepared: PreparedData | None, error: BaseException | None) -> None:
            now = self._document.project
            if error is not None:
                self._tell_or_mend(path, data, error)
            elif prepared is not None and now is not None:
                fitting = suited(_shared_out(data, now), prepared.summary)
                self._choice.take(f"Use {path.name}", fitting, prepared.summary)
                self._tell_dropped(now.data.source, data.source)
                self._page.preview.choose_view("table")

        self._feed.read(data, path.name, ended)

    def _tell_dropped(self, before: DataSource, now: DataSource) -> None:
        """Say what of the settings of a table another one does not have."""
        if isinstance(before, TableSource) and isinstance(now, TableSource):
            words = dropped_words(before, now)
            if words:
                self._choice.message.emit(words)

    def _tell_or_mend(self, path: Path, data: DataSettings, error: BaseException) -> None:
        """What is wrong with a file; one that is perhaps read wrongly can be taken all the same."""
        title, failure = f"{path.name} could not be opened", failure_of(error, "Reading the data")
        before = self._document.project
        if not can_be_read_otherwise(error, data.source):
            self._dialogs.tell(title, failure)
        elif self._dialogs.offer(title, failure, SET_HOW):
            project = self._document.project
            if project is not None and project is before:
                changed = _shared_out(data, project)
                self._page.side.show_tab("source")
                self._document.edit(
                    f"Use {path.name}", project.model_copy(update={"data": changed})
                )
                self._tell_dropped(project.data.source, changed.source)

    def choose_set(self) -> None:
        """Ask for a set that takes the place of the data."""
        project = self._document.project
        source = project.data.source if project is not None else None
        name = self._dialogs.data_set(
            NOTE, source.name if isinstance(source, BuiltinSource) else ""
        )
        if name is not None:
            self.choose_dataset(name)

    def choose_dataset(self, name: str) -> None:
        """Put a set that is built in, or public, in the place of the data."""
        project = self._document.project
        if project is None:
            return
        self._forget_pending()
        kind, data = DATASETS_BY_NAME[name], dataset_settings(project, name)
        if kind.fetched:
            self._fetch_set(kind, data)
        else:
            self._choice.take(f"Choose {kind.label}", data)

    def _fetch_set(self, kind: DatasetKind, data: DataSettings) -> None:
        """Have a public set before it takes the place of the data: that may fail."""

        def ended(prepared: PreparedData | None, error: BaseException | None) -> None:
            now = self._document.project
            if error is not None:
                failure = failure_of(error, f"Fetching {kind.label}")
                stays = f"{failure.expected} The data of this project stay as they are."
                title = f"{kind.label} could not be opened"
                self._dialogs.tell(title, replace(failure, expected=stays.strip()))
            elif prepared is not None and now is not None:
                self._choice.take(f"Choose {kind.label}", _shared_out(data, now), prepared.summary)

        self._feed.read(data, kind.label, ended)

    # ---- the same data, read otherwise
    def show_settings(self) -> None:
        """Bring the settings of how the data are read to the front."""
        self._page.side.show_tab("source")

    @property
    def source(self) -> DataSource | None:
        """As the user wants it: what is being read, else the project's."""
        project = self._document.project
        if self._pending is not None and self._feed.aside and not self._feed.subject:
            return self._pending
        return project.data.source if project is not None else None

    def read_as(self, text: str, source: DataSource, refusal: str = "") -> None:
        """Read the data with other settings, and take them as one step called `text`.

        Args:
            refusal: title of the message when they cannot be read so; without one they are taken
                all the same.
        """
        project = self._document.project
        if project is None or source == project.data.source:
            self._forget_pending()
            return
        wanted = project.data.model_copy(update={"source": source})
        self._pending = source

        def ended(prepared: PreparedData | None, error: BaseException | None) -> None:
            self._pending = None
            now = self._document.project
            if now is None or (prepared is None and error is None):
                self._choice.declined.emit()
                return
            data = now.data.model_copy(update={"source": source})
            if prepared is not None:
                if is_of_unread(now):
                    data = suited(data, prepared.summary)
                self._choice.take(text, data, prepared.summary)
                if lost := lost_fills(now.data.source, source):
                    self._choice.message.emit(lost)
            elif refusal and error is not None:
                self._choice.declined.emit()
                self._dialogs.tell(refusal, failure_of(error, text))
            else:
                self._document.edit(text, now.model_copy(update={"data": data}))

        self._feed.read(wanted, "", ended, anew=False)

    def mend(self, number: int) -> None:
        """Take one of the remedies of data that could not be read, and read on."""
        problem, project = self._feed.problem, self._document.project
        if problem is not None and project is not None and number < len(problem.fixes):
            fix = problem.fixes[number]
            self.read_as(fix.label, fix.edit(project).data.source)

    def _data_arrived(self) -> None:
        """Data that could not be read when they were opened can be now."""
        feed, project = self._feed, self._document.project
        if feed.problem is not None:
            self._unread = True
        elif self._unread and feed.prepared is not None and project is not None:
            self._unread = False
            if is_of_unread(project):
                summary = feed.prepared.summary
                self._choice.take("Use the data", suited(project.data, summary), summary)

    def _forget_pending(self) -> None:
        if self._pending is not None:
            self._pending = None
            self._feed.give_up()

    def _edit_field(self, field: str, value: object) -> None:
        source = self.source
        if source is not None and field in type(source).model_fields:
            words = _WORDS.get(field, field.replace("_", " ").removesuffix(" path"))
            self.read_as(f"Set the {words} of the data", source.model_copy(update={field: value}))

    def _edit_size(self, size: object) -> None:
        source = self.source
        if isinstance(source, PictureSource):
            height, width = size if isinstance(size, tuple) else (None, None)
            changed = source.model_copy(update={"height": height, "width": width})
            self.read_as("Set the size of the pictures", changed)

    def _choose_test_file(self) -> None:
        path = self._dialogs.open_file(TABLE_FILTER)
        if path is not None:
            self._add_file(path, "test file", "test_path")

    def _choose_target_file(self) -> None:
        path = self._dialogs.open_file(ARRAY_FILTER)
        if path is not None:
            self._add_file(path, "file of targets", "target_path")

    def _add_file(self, path: Path, what: str, field: str) -> None:
        """Read a second file beside the data. One that does not fit is told of and not taken,
        unless something is wrong with the data without it.
        """
        if self.source is not None:
            changed = self.source.model_copy(update={field: str(path.absolute())})
            title = f"{path.name} could not be used as the {what}"
            self.read_as(f"Set the {what}", changed, "" if self._feed.problem else title)

    # ---- columns
    def choose_role(self, column: str, role: str) -> None:
        """Give a column a role. A new target takes the place of those there are, unless it is to
        be one beside them (`ALSO`).
        """
        source = self.source
        if not isinstance(source, TableSource):
            return
        roles = dict(source.roles)
        targets = [e.name for e in self.entries if e.role == "target"]
        if role == ALSO:
            roles |= dict.fromkeys(targets, "target")
        if role == "target":
            roles = {k: v for k, v in roles.items() if v != "target"}
        if role in ("weight", "time"):
            roles = {k: v for k, v in roles.items() if v != role}
        roles[column] = "target" if role == ALSO else role
        changed = source.model_copy(update={"roles": FrozenMap(roles)})
        if "target" in (role, source.roles.get(column)) or column in targets or role == ALSO:
            changed = changed.model_copy(update={"task": None})
        self.read_as(f"Make {column} {roles[column]}", changed)

    def _choose_type(self, column: str, kind: str) -> None:
        source = self.source
        if isinstance(source, TableSource):
            types = {k: v for k, v in source.types.items() if k != column}
            if kind:
                types[column] = kind
            changed = source.model_copy(update={"types": FrozenMap(types)})
            self.read_as(f"Set the type of {column}", self._without_wrong_gaps(changed))

    def _choose_missing(self, column: str, way: str) -> None:
        source = self.source
        if isinstance(source, TableSource):
            changed = source.model_copy(update={"missing": source.missing.set(column, way)})
            self.read_as(f"Fill the gaps of {column}", changed)

    def _fill_all(self, way: str) -> None:
        source = self.source
        if not isinstance(source, TableSource):
            return
        used = [e for e in self.entries if e.role in ("feature", "target") and not e.left_out]
        gaps = [e for e in used if e.gaps != 0]
        fitting = {e.name: way for e in gaps if way in e.choices and _can_fill(e, way)}
        changed = source.model_copy(
            update={"missing": FrozenMap({**dict(source.missing), **fitting})}
        )
        self.read_as("Fill all gaps", changed)

    def _without_wrong_gaps(self, source: TableSource) -> TableSource:
        """Ways to fill gaps that a column's type does not have are left out."""
        kept = {}
        for entry in self.entries:
            kind = str(source.types.get(entry.name) or entry.guessed or entry.type)
            way = source.missing.get(entry.name)
            if way in replace(entry, type=kind).choices:
                kept[entry.name] = way
        return source.model_copy(update={"missing": FrozenMap(kept)})

    def _open_menu(self, column: str, place: QPoint) -> None:
        source = self.source
        entry = next((e for e in self.entries if e.name == column), None)
        if isinstance(source, TableSource) and entry is not None:
            several = any(e.role == "target" and e.name != column for e in self.entries)
            given = source.types.get(column)
            self._menu.open(entry, several, str(given) if given else None, place, self._page)

    def list_columns(self) -> None:
        """Ask about all columns at once."""
        source = self.source
        if not isinstance(source, TableSource) or not self.entries:
            return
        title, given = file_name(source.path), tuple(map(str, source.types))
        answer = self._dialogs.columns(title, self.entries, given)
        now = self.source
        if answer is None or not isinstance(now, TableSource) or now.path != source.path:
            return
        entries, typed = answer
        changed = with_columns(now, self.entries, entries, typed)
        self.read_as("Set the columns", changed)


def _shared_out(data: DataSettings, project: Project) -> DataSettings:
    """`data` in the shares that `project` has by now; in the order that was meant for them."""
    split = project.data.split.model_copy(update={"by": data.split.by})
    return data.model_copy(update={"split": split})


def _can_fill(entry: ColumnEntry, way: str) -> bool:
    """A target is told as it was measured: a gap in it can only be left out."""
    return entry.role != "target" or way == "drop"

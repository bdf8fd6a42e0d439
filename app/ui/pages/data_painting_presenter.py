"""What a stroke on the sheet does to the project: each is one undoable step."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import DataSettings, PaintedSource
from app.core.data_summary import DataSummary
from app.core.number_words import counted
from app.core.painting import (
    Brush,
    PaintingError,
    Place,
    add_class,
    clear,
    erase,
    painted_summary,
    reach_of,
    remove_class,
    rename_class,
    stroke,
    used_names,
    with_points,
)
from app.core.resolved_project import ResolvedProject
from app.data.errors import DataError
from app.data.painted_source import painted_from
from app.data.samples import in_memory, is_streamed
from app.ui.data_choice import DataChoice
from app.ui.data_feed import DataFeed
from app.ui.pages.data_painting import PaintingView
from app.ui.project_document import ProjectDocument


class PaintingPresenter(QObject):
    """Signals:
    message(str): one line for the status row.
    begun(): the project's data are painted points now; the sheet is wanted in front.
    """

    message = Signal(str)
    begun = Signal()

    def __init__(
        self,
        view: PaintingView,
        document: ProjectDocument,
        feed: DataFeed,
        choice: DataChoice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._document, self._feed, self._choice = view, document, feed, choice
        view.painted.connect(self._paint)
        view.erased.connect(self._erase)
        view.cleared.connect(lambda: self._change("Clear the sheet", clear))
        view.class_added.connect(lambda: self._change("Add a class", add_class))
        view.class_removed.connect(self._remove_class)
        view.class_renamed.connect(self._rename_class)
        document.changed.connect(self._project_changed)

    @property
    def source(self) -> PaintedSource | None:
        """The painted points of the project; None when its data are others."""
        project = self._document.project
        source = project.data.source if project is not None else None
        return source if isinstance(source, PaintedSource) else None

    def begin(self) -> None:
        """Paint: on the points of the data on show, where they are points of classes in the plane,
        else on an empty sheet.
        """
        project = self._document.project
        if project is None:
            return
        if self.source is None:
            source = self._points_of_the_data()
            data = DataSettings(source=source, split=project.data.split)
            self._choice.take("Paint data", data, _for_the_network(data))
        if self.source is not None:
            self.begun.emit()

    def _points_of_the_data(self) -> PaintedSource:
        data = self._feed.prepared
        if data is None or data.summary.reconstructs or is_streamed(data.raw):
            return PaintedSource()
        try:
            raw = in_memory(data.raw)
            return painted_from(raw, data.targets, data.summary.class_names)
        except DataError:
            return PaintedSource()

    # ---- showing
    def _project_changed(self, _before: object, after: ResolvedProject) -> None:
        source = after.project.data.source
        if isinstance(source, PaintedSource):
            self._view.show_painting(source)

    # ---- strokes
    def _paint(self, path: tuple[Place, ...], number: int, brush: Brush) -> None:
        source = self.source
        if source is None:
            return
        points = stroke(path, brush, len(source.x), reach_of(source))
        name = source.class_names[number]
        self._change(f"Paint {name}", lambda before: with_points(before, points, number))

    def _erase(self, path: tuple[Place, ...], radius: float) -> None:
        self._change("Erase points", lambda before: erase(before, path, radius))

    def _remove_class(self, number: int) -> None:
        source = self.source
        if source is not None:
            lost = source.classes.count(number)
            self._change("Remove a class", lambda before: remove_class(before, number))
            if lost:
                self.message.emit(
                    f"{counted(lost, 'point')} went with the class; Undo brings them back"
                )

    def _rename_class(self, number: int, name: str) -> None:
        self._change(
            "Rename a class",
            lambda before: rename_class(before, number, name),
            f"painting.name.{number}",
        )

    def _change(
        self,
        text: str,
        edit: Callable[[PaintedSource], PaintedSource],
        merge_key: str | None = None,
    ) -> None:
        project, before = self._document.project, self.source
        if project is None or before is None:
            return
        try:
            after = edit(before)
        except PaintingError as error:
            self.message.emit(f"{error.happened} {error.how_to_fix}")
            self._view.show_painting(before)
            return
        if after == before:
            return
        data = project.data.model_copy(update={"source": after})
        if len(used_names(after)) == len(used_names(before)) or not after.x:
            self._document.edit(text, project.model_copy(update={"data": data}), merge_key)
        else:  # the network has to tell other classes apart
            self._choice.take(text, data, _for_the_network(data))


def _for_the_network(data: DataSettings) -> DataSummary:
    """What a network has to be fit for; of parts that are still empty it knows nothing."""
    return replace(painted_summary(data), counts=(1, 1, 1))

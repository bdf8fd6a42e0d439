"""The marks of what can be searched on the data page, at the head of their panels."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from app.core.resolved_project import ResolvedProject
from app.core.search_paths import place_of
from app.ui.controls import ComboBox, Panel
from app.ui.controls.tab_order import order_by_tab
from app.ui.pages.search_marking import SearchMarking
from app.ui.project_document import ProjectDocument
from app.ui.search_marks import DimensionEditor, MarkButton

WEIGHTING = "data.class_weighting"


class PanelMark(QObject):
    """A mark at the head of a panel and, while it is searched, the editor below its first row."""

    def __init__(self, path: str, panel: Panel, marking: SearchMarking, parent: QObject) -> None:
        super().__init__(parent)
        self._path = path
        self._panel = panel
        self._marking = marking
        self._editor: DimensionEditor | None = None
        title = panel.header.title.text() if panel.header is not None else path
        self._button = MarkButton(title.lower())
        self._button.setObjectName(f"{path}.mark")
        self._button.set_near(True)
        self._button.clicked.connect(self._ask)
        panel.add_corner(self._button)
        self._order_by_tab(self._button)

    def show_mark(self, resolved: ResolvedProject | None) -> None:
        """Show how the setting stands with the search."""
        place = None
        if resolved is not None and (self._path != WEIGHTING or resolved.summary.class_names):
            place = place_of(resolved.project, self._path)
        self._button.setVisible(place is not None)
        if place is None:
            if self._editor is not None:
                self._editor.hide()
            return
        head, _, _ = self._path.rpartition(".")
        mark = self._marking.marks(f"{head}.", (place.option,))[place.option.name]
        self._button.setChecked(mark.dimension is not None)
        if mark.dimension is None:
            if self._editor is not None:
                self._editor.hide()
            return
        if self._editor is None:
            self._editor = DimensionEditor(place.option, f"{self._path}.search", 0, self._panel)
            self._editor.edited.connect(self._marking.change)
            self._panel.body.insertWidget(1, self._editor)
            stops = self._editor.findChildren(QWidget)
            self._order_by_tab(
                self._button, *(w for w in stops if w.focusPolicy() & Qt.FocusPolicy.TabFocus)
            )
        self._editor.show_mark(mark)
        self._editor.show()

    def _order_by_tab(self, *stops: QWidget) -> None:
        """The tab key goes from the choice to its mark and on to what is searched."""
        choice = self._panel.findChild(ComboBox)
        order_by_tab(filter(None, (choice, *stops)))

    def _ask(self) -> None:
        self._marking.ask(self._path)


class DataMarks(QObject):
    """Marks the settings of the data that can be searched.

    Args:
        panels: by the path of the setting that each holds.
    """

    def __init__(
        self, document: ProjectDocument, panels: Mapping[str, Panel], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        marking = SearchMarking(document)
        self._marks = [PanelMark(path, panel, marking, self) for path, panel in panels.items()]
        document.changed.connect(self.show_marks)

    def show_marks(self, *_changed: object) -> None:
        for mark in self._marks:
            mark.show_mark(self._document.resolved)

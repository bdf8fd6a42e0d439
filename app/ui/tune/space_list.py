"""What is searched, one row for each option: where it is, its values, to edit and to take away."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.search_settings import Dimension
from app.ui.controls import Button, IconButton, Label, Line
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.dimension_text import count_words, value_count
from app.ui.pages.search_marking import Searched, SearchMarking
from app.ui.project_document import ProjectDocument
from app.ui.search_marks import DimensionEditor, grid_words

NAMES_WIDTH, EDITOR_WIDTH = 168, 240
NARROW_NAMES, NARROW_EDITOR = 120, 160
ROOM = 600
"""In a row of fewer px the words stand below the editor."""


class SpaceRow(QWidget):
    """One dimension: a link to its place, its values, a button that takes it away.

    Signals:
        place_asked(), removed(), edited(Dimension).
    """

    place_asked = Signal()
    removed = Signal()
    edited = Signal(object)

    def __init__(self, entry: Searched) -> None:
        super().__init__()
        self.entry = entry
        name = f"space.{entry.dimension.path}"
        self.setObjectName(name)
        self._title = Button(entry.title, kind="link", small=True, elide=True)
        self._title.setObjectName(f"{name}.place")
        self._title.setToolTip("Show it where it stands")
        self._title.setAccessibleName(f"{entry.title}, {entry.owner}".strip(", "))
        self._title.clicked.connect(self.place_asked)
        owner = Label(entry.owner, "caption", "muted", elide=True)
        owner.setContentsMargins(px(13), 0, 0, 0)
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(self._title, 0, Qt.AlignmentFlag.AlignLeft)
        names.addWidget(owner)
        names.addStretch(1)
        self._names = QWidget()
        self._names.setLayout(names)
        names.setContentsMargins(0, 0, 0, 0)
        self.editor: DimensionEditor | None = None
        self._words = Label("", "caption", "muted", wrap=True)
        self._words.setObjectName(f"{name}.words")
        remove = IconButton(
            "close",
            f"Do not search {entry.title} {entry.owner}".strip(),
            size=28,
            icon_size=16,
            tone="muted",
        )
        remove.setObjectName(f"{name}.remove")
        remove.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, px(8), 0, px(4))
        row.setSpacing(px(12))
        row.addWidget(self._names, 0, Qt.AlignmentFlag.AlignTop)
        self._beside = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._beside.setSpacing(px(12))
        if entry.option is None:
            self._words.set_tone("error")
        else:
            self.editor = DimensionEditor(entry.option, name, counts=False)
            self.editor.setMaximumWidth(px(EDITOR_WIDTH))
            self.editor.setMinimumWidth(px(NARROW_EDITOR))
            self.editor.edited.connect(self.edited)
            self.editor.refused.connect(lambda _refused: self._show_words())
            self._beside.addWidget(self.editor, 3, Qt.AlignmentFlag.AlignTop)
        self._beside.addWidget(self._words, 2, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._beside, 1)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        wide = self.width() >= px(ROOM)
        side, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._beside.setDirection(side if wide else down)
        self._beside.setSpacing(px(12 if wide else 0))
        self._words.setContentsMargins(0, px(6 if wide else 0), 0, px(0 if wide else 6))
        self._names.setFixedWidth(px(NAMES_WIDTH if wide else NARROW_NAMES))

    def show_entry(self, entry: Searched) -> None:
        """Show other values of the same dimension."""
        self.entry = entry
        mark, option = entry.mark, entry.option
        if self.editor is None or option is None or mark.dimension is None:
            self._words.setText(mark.error)
            return
        self.editor.show_mark(mark)
        self._show_words()

    def _show_words(self) -> None:
        """How many values there are; nothing while something is typed that means none."""
        mark, option = self.entry.mark, self.entry.option
        if self.editor is None or option is None or mark.dimension is None:
            return
        if self.editor.is_refused():
            self._words.setText("")
            return
        count = count_words(option, mark.dimension).capitalize()
        whole = value_count(option, mark.dimension) == len(mark.grid)
        self._words.setText(count if whole else f"{count}. {grid_words(option, mark.grid)}")


class SpaceList(QWidget):
    """Passive; one row for each dimension, in the order of the space.

    Signals:
        place_asked(path): the option is to be shown where it stands.
        removed(path): it is not to be searched any more.
        dimension_edited(Dimension): at each keystroke.
    """

    place_asked = Signal(str)
    removed = Signal(str)
    dimension_edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("space")
        self._rows: list[SpaceRow] = []
        self._lines: list[Line] = []
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, px(8), 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        area = ClearScroll()
        area.setObjectName("space.scroll")
        area.setAccessibleName("What is searched")
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)

    def show_space(self, entries: Sequence[Searched]) -> None:
        """Show `entries`; rows of the same dimensions stay, with what is being typed in them."""
        kept = {_kind_of(row.entry): row for row in self._rows}
        wanted = []
        for entry in entries:
            row = kept.pop(_kind_of(entry)) if _kind_of(entry) in kept else self._make_row(entry)
            wanted.append(row)
        for gone in kept.values():
            self._drop(gone)
        if wanted != self._rows:
            self._rows = wanted
            self._order()
        for row, entry in zip(self._rows, entries, strict=True):
            row.show_entry(entry)

    @property
    def rows(self) -> tuple[SpaceRow, ...]:
        return tuple(self._rows)

    def _make_row(self, entry: Searched) -> SpaceRow:
        row = SpaceRow(entry)
        row.place_asked.connect(lambda: self.place_asked.emit(row.entry.dimension.path))
        row.removed.connect(lambda: self.removed.emit(row.entry.dimension.path))
        row.edited.connect(self.dimension_edited)
        return row

    def _order(self) -> None:
        for line in self._lines:
            self._drop(line)
        self._lines = []
        for number, row in enumerate(self._rows):
            if number:
                self._lines.append(Line())
                self._column.insertWidget(2 * number - 1, self._lines[-1])
            self._column.insertWidget(2 * number, row)
        before: QWidget | None = None
        for row in self._rows:
            for part in row.findChildren(QWidget):
                if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    if before is not None:
                        QWidget.setTabOrder(before, part)
                    before = part

    def _drop(self, widget: QWidget) -> None:
        self._column.removeWidget(widget)
        widget.hide()
        widget.deleteLater()


class SpacePresenter(QObject):
    """Shows what a document's project searches in a `SpaceList`, and turns what is asked there
    into edits.

    Signals:
        place_asked(path): the option is to be shown where it stands.
    """

    place_asked = Signal(str)

    def __init__(
        self, shown: SpaceList, document: ProjectDocument, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._list = shown
        self._document = document
        self._marking = SearchMarking(document)
        shown.place_asked.connect(self.place_asked)
        shown.removed.connect(self._marking.remove)
        shown.dimension_edited.connect(self._change)
        document.changed.connect(self.show_space)

    def show_space(self, *_changed: object) -> None:
        """Show the space of the project as it is now."""
        self._list.show_space(self._marking.space())

    def _change(self, dimension: Dimension) -> None:
        self._marking.change(dimension)


def _kind_of(entry: Searched) -> tuple[object, ...]:
    """What a row is made from."""
    return entry.dimension.path, entry.title, entry.owner, entry.option

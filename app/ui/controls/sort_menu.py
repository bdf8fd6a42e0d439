"""The menu of a table that sorts it, for those who cannot press its heads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QActionGroup, QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QMenu, QTableView


@dataclass(frozen=True)
class SortKey:
    """A column by which a table can be sorted, with its title."""

    column: int
    title: str
    current: bool


class SortMenu(QObject):
    """Opens by the Menu key or Shift+F10 in the table, or by the other mouse button there or on its
    heads. Its entries do what a press on a head does; the current one turns the order round.

    Args:
        keys: gives the columns, asked each time.
        sort: takes the column that was chosen.
    """

    def __init__(
        self,
        table: QTableView,
        keys: Callable[[], Sequence[SortKey]],
        sort: Callable[[int], None],
    ) -> None:
        super().__init__(table)
        self._table, self._keys, self._sort = table, keys, sort
        self._heads = table.horizontalHeader()
        for watched in (table, table.viewport(), self._heads.viewport()):
            watched.installEventFilter(self)
        table.setAccessibleDescription("The Menu key, or Shift+F10, sorts by a column.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
            asked = event.key() == Qt.Key.Key_Menu or (event.key() == Qt.Key.Key_F10 and shifted)
            if asked and watched is self._table:
                self._open(self._heads.viewport().mapToGlobal(QPoint(0, self._heads.height())))
                return True
        elif isinstance(event, QContextMenuEvent):
            self._open(event.globalPos())
            return True
        return False

    def _open(self, place: QPoint) -> None:
        keys = self._keys()
        if not keys:
            return
        menu = QMenu(self._table)
        menu.setObjectName("sort_menu")
        menu.setAccessibleName("Sort by a column")
        group = QActionGroup(menu)
        for key in keys:
            action = QAction(f"Sort by {key.title}".replace("&", "&&"), menu)
            action.setCheckable(True)
            action.setChecked(key.current)
            action.triggered.connect(lambda _checked=False, column=key.column: self._sort(column))
            group.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        current = next((key.column for key in keys if key.current), None)
        turn = menu.addAction("The other way round")
        turn.setEnabled(current is not None)
        turn.triggered.connect(lambda: None if current is None else self._sort(current))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.setActiveAction(group.checkedAction() or menu.actions()[0])
        menu.popup(place)

"""Table models whose rows are things with numbers, shown in an order that changes."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class NumberedRows(QAbstractTableModel):
    """Rows stay chosen when their order changes; a subclass says what stands in them.

    Attributes:
        order: the number of the thing in each row.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.order: list[int] = []
        self._places: dict[int, int] = {}

    def number_at(self, row: int) -> int:
        return self.order[row]

    def row_of(self, number: int) -> int | None:
        return self._places.get(number)

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.order)

    def put_in_order(self, order: Sequence[int]) -> None:
        """While the model is reset."""
        self.order = list(order)
        self._places = {number: place for place, number in enumerate(self.order)}

    def reorder(self, order: Sequence[int], first: int | None, last: int) -> None:
        """Show the rows in this order. Where it is that of before, the rows from `first` to `last`
        have changed, none where that is None.
        """
        if list(order) == self.order:
            if first is not None:
                across = self.columnCount() - 1
                self.dataChanged.emit(self.index(first, 0), self.index(last, across))
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        numbers = [self.order[index.row()] for index in before]
        self.put_in_order(order)
        after = [
            self.index(self._places[number], index.column())
            if number in self._places
            else QModelIndex()
            for index, number in zip(before, numbers, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

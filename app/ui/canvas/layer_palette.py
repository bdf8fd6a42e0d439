"""The list of layer kinds to add, with a field that filters it by part of a name."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.ui.canvas.face import icon_of_kind
from app.ui.canvas.glyph import GLYPH_WIDTH, activation_glyph, paint_glyph
from app.ui.canvas.palette_drag import kind_data
from app.ui.controls import LineEdit
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

WIDTH, HEIGHT = 360, 440
ROW_HEIGHT, SECTION_HEIGHT = 44, 28
_KIND_ROLE = Qt.ItemDataRole.UserRole
_NO_PARENT = QModelIndex()


def matching_kinds(text: str, kinds: Sequence[LayerKind]) -> tuple[LayerKind, ...]:
    """The kinds that `text` may mean: each of its words in name, family or help.

    Those whose name begins so come first, then those whose name holds it, then the rest; the order
    of the catalog
    decides among equals.
    """
    words = text.lower().split()
    if not words:
        return tuple(kinds)
    found = []
    for index, kind in enumerate(kinds):
        name = f"{kind.label} {kind.name}".lower()
        everything = f"{name} {kind.family} {kind.help}".lower()
        if all(word in everything for word in words):
            begins = kind.name.lower().startswith(words[0]) or kind.label.lower().startswith(
                words[0]
            )
            holds = all(word in name for word in words)
            found.append((not begins, not holds, index, kind))
    return tuple(kind for *_, kind in sorted(found, key=lambda item: item[:3]))


class _KindModel(QAbstractListModel):
    """Titles of families, which can't be chosen, and kinds; a search leaves the titles out."""

    def __init__(self, kinds: Sequence[LayerKind]) -> None:
        super().__init__()
        self._kinds = tuple(kinds)
        self.rows: list[LayerKind | str] = []
        self.filter("")

    def filter(self, text: str) -> None:
        self.beginResetModel()
        self.rows = []
        family = ""
        for kind in matching_kinds(text, self._kinds):
            if not text.strip() and kind.family != family:
                family = kind.family
                self.rows.append(family)
            self.rows.append(kind)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        entry = self.rows[index.row()]
        if role == _KIND_ROLE:
            return entry if isinstance(entry, LayerKind) else None
        if isinstance(entry, str):
            return entry if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{entry.label}, {entry.family}. {entry.help}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tool_tip(entry.help)
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsDragEnabled


class _KindDelegate(QStyledItemDelegate):
    """Icon, name, one line of help, and the curve of an activation."""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        title = index.data(_KIND_ROLE) is None
        return QSize(px(200), px(SECTION_HEIGHT if title else ROW_HEIGHT))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        theme = current_theme()
        rect = QRectF(option.rect)
        kind = index.data(_KIND_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if kind is None:
            painter.setFont(theme.font("caption_strong"))
            painter.setPen(color("muted"))
            painter.drawText(
                rect.adjusted(px(8), px(4), 0, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                str(index.data(Qt.ItemDataRole.DisplayRole)),
            )
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or hovered:
            paint_box(painter, rect, px(6), fill=color("accent_soft" if chosen else "hover"))
        ink = color("accent" if chosen else "muted")
        paint_icon(
            painter, icon_of_kind(kind), rect.left() + px(8), rect.top() + px(14), ink, px(16)
        )
        room = rect.width() - px(40)
        glyph = activation_glyph(kind.glyph) if kind.glyph else None
        if glyph is not None:
            scale = theme.scale
            painter.save()
            painter.translate(rect.right() - px(8) - GLYPH_WIDTH * scale, rect.top() + px(12))
            painter.scale(scale, scale)
            paint_glyph(painter, 0, 0, glyph, color("accent"), color("border"))
            painter.restore()
            room -= GLYPH_WIDTH * scale + px(16)
        painter.setFont(theme.font("title"))
        painter.setPen(color("text"))
        painter.drawText(
            QRectF(rect.left() + px(32), rect.top() + px(5), room, px(18)), 0, kind.label
        )
        caption = theme.font("caption")
        text = QFontMetricsF(caption).elidedText(
            kind.help.partition(". ")[0].rstrip(".") + ".", Qt.TextElideMode.ElideRight, room
        )
        painter.setFont(caption)
        painter.setPen(color("muted"))
        painter.drawText(QRectF(rect.left() + px(32), rect.top() + px(23), room, px(16)), 0, text)
        painter.restore()


class _KindList(QListView):
    """A list whose kinds can be dragged to the canvas; the popup around it goes then."""

    def startDrag(self, supported: Qt.DropAction) -> None:
        kind = self.currentIndex().data(_KIND_ROLE)
        if not isinstance(kind, LayerKind):
            return
        drag = QDrag(self)
        drag.setMimeData(kind_data(kind.name))
        drag.setPixmap(_picture(kind, self.devicePixelRatioF()))
        drag.setHotSpot(QPoint(px(16), px(16)))
        self.window().hide()
        drag.exec(Qt.DropAction.CopyAction)


def _picture(kind: LayerKind, ratio: float) -> QPixmap:
    """What hangs on the pointer while a kind is dragged."""
    font = current_theme().font("title")
    width = round(QFontMetricsF(font).horizontalAdvance(kind.label)) + px(48)
    picture = QPixmap(round(width * ratio), round(px(36) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    rect = QRectF(0.5, 0.5, width - 1, px(36) - 1)
    paint_box(painter, rect, px(8), fill=color("card"), line=color("accent"))
    paint_icon(painter, icon_of_kind(kind), px(12), px(10), color("accent"), px(16))
    painter.setFont(font)
    painter.setPen(color("text"))
    painter.drawText(rect.adjusted(px(36), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, kind.label)
    painter.end()
    return picture


class LayerPalette(QFrame):
    """A popup. Typing filters, up and down choose, Enter adds, Escape closes; a kind can be dragged
    from it to the canvas.

    Signals:
        chosen(kind_name): the user wants a layer of this kind; the popup has closed.
    """

    chosen = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, kinds: Sequence[LayerKind] | None = None
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("palette")
        self.setAccessibleName("Add a layer")
        if kinds is None:
            kinds = [kind for kind in LAYER_KINDS.values() if not kind.makes_input]
        self.search = LineEdit(parent=self)
        self.search.setObjectName("palette.search")
        self.search.setAccessibleName("Part of a layer's name")
        self.search.setPlaceholderText("Type a part of a name")
        self.list = _KindList(self)
        self.list.setDragEnabled(True)
        self.list.setObjectName("palette.list")
        self.list.setAccessibleName("Kinds of layer")
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = _KindModel(kinds)
        self._model.setParent(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_KindDelegate(self.list))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(8), px(8), px(8), px(8))
        column.setSpacing(px(8))
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.clicked.connect(self._take)
        self._choose_first()

    def open_at(self, place: QPoint, text: str = "") -> None:
        """Open at a place of the screen, with `text` typed already."""
        self.resize(px(WIDTH), px(HEIGHT))
        screen = self.screen().availableGeometry()
        frame = QRect(place, self.size())
        x = min(frame.left(), screen.right() - frame.width())
        y = min(frame.top(), screen.bottom() - frame.height())
        self.move(max(screen.left(), x), max(screen.top(), y))
        self.search.setText(text)
        self._filter(text)
        self.show()
        self.search.setFocus(Qt.FocusReason.PopupFocusReason)

    def shown_kinds(self) -> tuple[str, ...]:
        """Names of the kinds in the list, from top to bottom."""
        return tuple(row.name for row in self._model.rows if isinstance(row, LayerKind))

    def current_kind(self) -> str | None:
        """Name of the kind that Enter would add."""
        kind = self.list.currentIndex().data(_KIND_ROLE)
        return kind.name if isinstance(kind, LayerKind) else None

    def row_rect(self, kind_name: str) -> QRect:
        """Where a kind stands in the list's viewport, scrolled into view.

        Raises:
            KeyError: when the list does not show it.
        """
        for row, entry in enumerate(self._model.rows):
            if isinstance(entry, LayerKind) and entry.name == kind_name:
                index = self._model.index(row)
                self.list.scrollTo(index)
                return self.list.visualRect(index)
        raise KeyError(kind_name)

    def _filter(self, text: str) -> None:
        self._model.filter(text)
        self._choose_first()

    def _choose_first(self) -> None:
        self._choose(0, 1)

    def _choose(self, row: int, direction: int) -> None:
        """The kind at `row`, or the next one in `direction`."""
        rows = self._model.rows
        while 0 <= row < len(rows):
            if isinstance(rows[row], LayerKind):
                index = self._model.index(row)
                self.list.setCurrentIndex(index)
                if direction > 0 and row == 1:
                    self.list.scrollToTop()
                return
            row += direction

    def _move(self, steps: int) -> None:
        row = self.list.currentIndex().row() + steps
        direction = 1 if steps > 0 else -1
        self._choose(min(max(row, 0), len(self._model.rows) - 1), direction)

    def _take(self, index: QModelIndex) -> None:
        kind = index.data(_KIND_ROLE)
        if isinstance(kind, LayerKind):
            self.close()
            self.chosen.emit(kind.name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Down: lambda: self._move(1),
            Qt.Key.Key_Up: lambda: self._move(-1),
            Qt.Key.Key_PageDown: lambda: self._move(8),
            Qt.Key.Key_PageUp: lambda: self._move(-8),
            Qt.Key.Key_Return: lambda: self._take(self.list.currentIndex()),
            Qt.Key.Key_Enter: lambda: self._take(self.list.currentIndex()),
        }
        action = keys.get(event.key())
        if action is not None:
            action()
            return True
        if watched is self.list and event.text().isprintable() and event.text():
            self.search.setFocus()
            self.search.insert(event.text())
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            painter.fillRect(self.rect(), color("panel"))
            painter.setPen(color("control_border"))
            painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))

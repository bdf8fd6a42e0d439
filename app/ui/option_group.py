"""A group of an option form: a title over its rows, or a header that folds them away."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.options import MORE
from app.ui.controls import Label
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.icons import paint_icon
from app.ui.option_row import OptionRow
from app.ui.theme import current_theme

_TITLE_HEIGHT = 20
_CHEVRON = 14


class FoldHeader(KeyboardFocus, QAbstractButton):
    """The title of a group that can be folded; checked while it is open.

    A chevron before the title shows the state; a note behind it tells what is folded away.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._note = ""
        self.setText(title)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._describe)
        self._describe()

    def set_note(self, note: str) -> None:
        if note != self._note:
            self._note = note
            self._describe()

    def note(self) -> str:
        return self._note

    def _describe(self) -> None:
        state = "open" if self.isChecked() else "closed"
        self.setAccessibleName(", ".join(filter(None, (self.text(), self._note, state))))
        self.setToolTip("Fold away" if self.isChecked() else "Show what few need")
        self.update()

    def sizeHint(self) -> QSize:
        width = QFontMetricsF(current_theme().font("title")).horizontalAdvance(self.text())
        return QSize(round(width) + px(_CHEVRON + 6), px(_TITLE_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.updateGeometry()
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        hovered = self.underMouse() or self.isDown()
        with box_painter(self) as painter:
            size = px(_CHEVRON)
            icon = "chevron-down" if self.isChecked() else "chevron-right"
            tone = color("text" if hovered else "muted")
            paint_icon(painter, icon, 0, (self.height() - size) // 2, tone, size)
            left: float = size + px(4)
            font = current_theme().font("title")
            align = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
            painter.setFont(font)
            painter.setPen(color("text"))
            painter.drawText(
                QRectF(left, 0, self.width() - left, self.height()), align, self.text()
            )
            if self._note and not self.isChecked():
                left += QFontMetricsF(font).horizontalAdvance(self.text()) + px(8)
                painter.setFont(current_theme().font("caption"))
                painter.setPen(color("muted"))
                painter.drawText(
                    QRectF(left, 0, self.width() - left, self.height()), align, self._note
                )


class OptionGroup(QWidget):
    """Title, rows and footer. The group called More can be folded and begins closed.

    Args:
        gutter: room at the left of all but the rows, which have it themselves, in px.

    Signals:
        folded(bool): the user opened (True) or closed the group.
    """

    folded = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None, *, gutter: int = 0) -> None:
        super().__init__(parent)
        self.title = title
        self.rows: list[OptionRow] = []
        self.header: FoldHeader | None = None
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.setSpacing(px(8))  # above the footer, while it is seen
        self._outer.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        column = QVBoxLayout()
        column.setSpacing(0)
        self._outer.addLayout(column)
        head = QVBoxLayout()
        head.setContentsMargins(px(gutter), 0, 0, px(4))
        head.setSpacing(0)
        column.addLayout(head)
        if title == MORE:
            self.header = FoldHeader(title)
            self.header.clicked.connect(self.folded)
            head.addWidget(self.header)
        else:
            label = Label(title, "title")
            label.setFixedHeight(px(_TITLE_HEIGHT))
            head.addWidget(label)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(px(gutter), 0, 0, 0)
        self._outer.addLayout(self._below)

    @property
    def is_open(self) -> bool:
        return self.header is None or self.header.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Show whether the group is open; the rows are shown and hidden by the form."""
        if self.header is not None:
            self.header.setChecked(is_open)

    def insert(self, row: OptionRow, place: int) -> None:
        """Put in a row as the one of that `place`."""
        self.rows.insert(place, row)
        self._rows.insertWidget(place, row)

    def add_footer(self, footer: QWidget) -> None:
        self._below.addWidget(footer)

    def remove_footer(self, footer: QWidget) -> None:
        self._below.removeWidget(footer)

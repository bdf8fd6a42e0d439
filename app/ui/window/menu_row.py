"""The topmost row: menus, the name of the project, the way to the command palette."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QMenu,
    QMenuBar,
    QProxyStyle,
    QStyle,
    QStyleHintReturn,
    QStyleOption,
    QWidget,
)

from app.ui.actions import COMMANDS, MENUS
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.labels import Label
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.theme import current_theme
from app.ui.window.surface import Surface


class PlainTitles(QProxyStyle):
    """Menu titles without underlined letters; Alt with the letter opens the menu all the same."""

    def styleHint(
        self,
        hint: QStyle.StyleHint,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
        returned: QStyleHintReturn | None = None,
    ) -> int:
        if hint == QStyle.StyleHint.SH_UnderlineShortcut:
            return 0
        return super().styleHint(hint, option, widget, returned)


class FindCommand(KeyboardFocus, QAbstractButton):
    """`Find a command  Ctrl+K` at the right end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("menu.find_command")
        self.setText("Find a command  Ctrl+K")
        self.setAccessibleName("Find a command")
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        return QSize(px(146), px(22))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            if self.underMouse():
                paint_box(painter, self.rect().toRectF(), px(6), fill=color("hover"))
            painter.setFont(current_theme().font("caption"))
            painter.setPen(color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())


LEAST_TITLE = 120
"""With less room than this in the middle of the window, a title gives the middle up."""


class MenuRow(Surface):
    """Menus made from the table of commands; the title stands in the middle of the window, or as
    near to it as the menus let it.

    Signals:
        find_requested(): the command palette is wanted.
    """

    find_requested = Signal()

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__("window", ("bottom",), parent)
        self.setFixedHeight(px(29))
        self.bar = QMenuBar(self)
        self.bar.setObjectName("menu.bar")
        self.bar.setAccessibleName("Menus")
        self._plain_titles = PlainTitles("Fusion")
        self._plain_titles.setParent(self)
        self.bar.setStyle(self._plain_titles)
        self.menus = {title: self._menu(title, actions) for title in MENUS}
        self.find_button = FindCommand(self)
        self.find_button.clicked.connect(self.find_requested)
        self._whole_title = "LayerLab"
        self._title = Label(self._whole_title, "body", "muted", self)
        self._title.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(10), px(2), px(13), px(1))
        row.addWidget(self.bar)
        row.addStretch(1)
        row.addWidget(self.find_button)

    def show_title(self, title: str) -> None:
        """Show the name of what is open, with dots in its middle where there is no room for it."""
        self._whole_title = title
        self._place_title()

    def add_recent_menu(self, after: QAction) -> QMenu:
        """An empty submenu "Recent" behind the action `after` in the File menu."""
        menu = QMenu("&Recent", self)
        menu.setObjectName("menu.recent")
        entries = self.menus["&File"].actions()
        place = entries[entries.index(after) + 1]
        self.menus["&File"].insertMenu(place, menu)
        return menu

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_title()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setFixedHeight(px(29))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.ignore()

    def _place_title(self) -> None:
        row = self.layout()
        assert row is not None
        margins = row.contentsMargins()
        left = margins.left() + self.bar.sizeHint().width() + px(16)
        right = self.width() - margins.right() - self.find_button.sizeHint().width() - px(16)
        room = self.width() - 2 * max(left, self.width() - right)
        if room < px(LEAST_TITLE):  # not in the middle, then: all that is left beside the menus
            room = max(0, right - left)
        metrics, dots = self._title.fontMetrics(), Qt.TextElideMode.ElideMiddle
        self._title.setText(metrics.elidedText(self._whole_title, dots, room))
        self._title.adjustSize()
        self._title.setVisible(self._title.width() <= right - left)
        middle = (self.width() - self._title.width()) // 2
        self._title.move(
            max(left, min(middle, right - self._title.width())),
            (self.height() - self._title.height()) // 2,
        )

    def _menu(self, title: str, actions: Mapping[str, QAction]) -> QMenu:
        menu = self.bar.addMenu(title)
        menu.setObjectName(f"menu.{title.replace('&', '').lower()}")
        menu.setToolTipsVisible(True)  # why a command cannot be given
        group = 0
        for command in COMMANDS:
            if command.menu != title:
                continue
            if command.group != group:
                menu.addSeparator()
                group = command.group
            menu.addAction(actions[command.id])
        return menu

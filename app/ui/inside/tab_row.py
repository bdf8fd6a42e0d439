"""The row of tabs: texts, the chosen one bold with a line below it."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.theme import current_theme

HEIGHT = 47
LINE = 2


class _TabButton(KeyboardFocus, QAbstractButton):
    """One tab."""

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(label)
        self.setAccessibleName(label)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(self._text_width() + px(24), px(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._text_width() + px(8), px(HEIGHT))

    def _text_width(self) -> int:
        return QFontMetrics(current_theme().font("title")).horizontalAdvance(self.text())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self.updateGeometry()
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # The arrows choose in the group; QAbstractButton only moves the focus.
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        row = self.parentWidget()
        if step is None or not isinstance(row, TabRow):
            super().keyPressEvent(event)
            return
        row.step(step)

    def paintEvent(self, event: QPaintEvent) -> None:
        chosen, hovered = self.isChecked(), self.underMouse()
        with box_painter(self) as painter:
            painter.setFont(current_theme().font("title" if chosen else "body"))
            ink = "accent" if chosen else "text" if hovered else "muted"
            painter.setPen(color(ink))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
            if chosen:
                line = QRectF(0, self.height() - px(LINE), self.width(), px(LINE))
                painter.fillRect(line, color("accent"))


class TabRow(QWidget):
    """Passive.

    Signals:
        chosen(str): id of the tab that was pressed.
    """

    chosen = Signal(str)

    def __init__(
        self, tabs: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None
    ) -> None:
        """`tabs`: (id, label) from left to right; `name` begins the object names."""
        super().__init__(parent)
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, _TabButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for each, label in tabs:
            button = _TabButton(label, self)
            button.setObjectName(f"{name}.{each}")
            button.clicked.connect(lambda _checked=False, n=each: self.chosen.emit(n))
            self._group.addButton(button)
            self._buttons[each] = button
            row.addWidget(button)
        row.addStretch(1)

    @property
    def current(self) -> str:
        """Id of the chosen tab; "" before one is."""
        return next((name for name, b in self._buttons.items() if b.isChecked()), "")

    def button(self, name: str) -> QAbstractButton:
        """The tab of that id."""
        return self._buttons[name]

    def set_current(self, name: str) -> None:
        for each, button in self._buttons.items():
            button.setFocusPolicy(
                Qt.FocusPolicy.TabFocus if each == name else Qt.FocusPolicy.ClickFocus
            )
        self._buttons[name].setChecked(True)

    def step(self, by: int) -> None:
        """Choose the next tab, or the one before."""
        names = list(self._buttons)
        name = names[(names.index(self.current) + by) % len(names)]
        self.chosen.emit(name)
        self._buttons[name].setFocus(Qt.FocusReason.TabFocusReason)

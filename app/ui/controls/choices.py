"""One of several: segments, combo box; yes or no: check box."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QIcon,
    QPainterPath,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QRadioButton,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

Entry = tuple[object, str]
"""The value of a choice and the text shown for it."""


def _entries(options: Sequence[str | Entry]) -> list[Entry]:
    return [(option, option) if isinstance(option, str) else option for option in options]


class _Segment(KeyboardFocus, QRadioButton):
    """One part of a `SegmentedControl`."""

    def __init__(self, value: object, text: str, control: "SegmentedControl") -> None:
        super().__init__(text.replace("&", "&&"), control)
        self.value = value
        self._control = control
        self._text = text
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        self._text = text
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def ring_target(self) -> QWidget:
        return self._control

    def hitButton(self, place: QPoint) -> bool:
        return self.rect().contains(place)

    def _fonts(self) -> tuple[str, str]:
        return ("caption_medium", "caption_strong") if self._control.small else ("control", "title")

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(current_theme().font(self._fonts()[1]))
        height = 24 if self._control.small else 28
        return QSize(metrics.horizontalAdvance(self._text) + 2 * px(10), px(height))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        rest, strong = self._fonts()
        chosen = self.isChecked()
        ground = "accent_soft" if chosen else None
        ink = "accent" if chosen else "muted"
        if not self.isEnabled():
            ground, ink = ("hover" if chosen else None), "control_border"
        elif not chosen and (self.underMouse() or self.isDown()):
            ground = "track" if self.isDown() else "hover"
        with box_painter(self) as painter:
            if ground is not None:
                painter.save()
                painter.setClipPath(self._inside())
                painter.fillRect(self.rect(), color(ground))
                painter.restore()
            painter.setFont(current_theme().font(strong if chosen else rest))
            painter.setPen(color(ink))
            painter.drawText(
                QRectF(self.rect()),
                Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextSingleLine,
                self._text,
            )

    def _inside(self) -> QPainterPath:
        """The inside of the control's outline, seen from this segment."""
        whole = QRectF(self._control.rect()).translated(-self.x(), -self.y())
        path = QPainterPath()
        path.addRoundedRect(whole.adjusted(0.5, 0.5, -0.5, -0.5), px(6) - 0.5, px(6) - 0.5)
        return path


class _Outline(QWidget):
    """The line around the segments, above their grounds."""

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            line = "control_border" if self.isEnabled() else "border"
            paint_box(painter, QRectF(self.rect()), px(6), line=color(line))


class SegmentedControl(QWidget):
    """A few short choices side by side, one of them chosen. Left and right keys move the choice.

    The segments get the object names `NAME.VALUE`.

    Args:
        options: texts, or pairs of value and text.
        current: the value chosen at first, by default the first.
        small: 24 px high with caption type, as in a panel's header.

    Signals:
        chosen(value): the user chose another value.
    """

    chosen = Signal(object)

    def __init__(
        self,
        options: Sequence[str | Entry],
        current: object = None,
        parent: QWidget | None = None,
        *,
        small: bool = False,
    ) -> None:
        super().__init__(parent)
        self.small = small
        self._group = QButtonGroup(self)
        self.segments: list[_Segment] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        entries = _entries(options)
        for value, text in entries:
            segment = _Segment(value, text, self)
            self._group.addButton(segment)
            self.segments.append(segment)
            row.addWidget(segment)
        self._helped: set[object] = set()
        self._outline = _Outline(self)
        self._current = entries[0][0] if current is None else current
        self.set_current(self._current)
        self._group.buttonToggled.connect(self._toggled)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)

    def current(self) -> object:
        return self._current

    def set_current(self, value: object) -> None:
        """Choose `value` without a signal; an unknown value leaves no segment chosen."""
        self._current = value
        self._group.blockSignals(True)
        self._group.setExclusive(False)
        for segment in self.segments:
            segment.setChecked(segment.value == value)
        self._group.setExclusive(True)
        self._group.blockSignals(False)

    def set_text(self, value: object, text: str) -> None:
        """Show another text for the choice `value`."""
        for segment in self.segments:
            if segment.value == value:
                segment.set_text(text)

    def set_segment_help(self, value: object, text: str) -> None:
        """A tool tip of plain text on one segment."""
        for segment in self.segments:
            if text and segment.value == value:
                self._helped.add(value)
                segment.setToolTip(plain_tool_tip(text))

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text on every segment that has none of its own."""
        self.setAccessibleDescription(text)
        for segment in self.segments:
            if segment.value not in self._helped:
                segment.setToolTip(plain_tool_tip(text))

    def setObjectName(self, name: str) -> None:
        """Name the control and its segments."""
        super().setObjectName(name)
        for segment in self.segments:
            segment.setObjectName(f"{name}.{segment.value}")

    def setAccessibleName(self, name: str) -> None:
        """Name the control, and each segment by it."""
        super().setAccessibleName(name)
        for segment in self.segments:
            segment.setAccessibleName(f"{name}: {segment._text}")

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.isEnabled():
            with box_painter(self) as painter:
                paint_box(painter, QRectF(self.rect()), px(6), fill=color("card"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._outline.setGeometry(self.rect())
        self._outline.raise_()

    def _toggled(self, segment: _Segment, checked: bool) -> None:
        if checked and segment.value != self._current:
            self._current = segment.value
            self.chosen.emit(segment.value)


class _RowDelegate(QStyledItemDelegate):
    """Rows 28 px high in a combo box's list."""

    def sizeHint(self, option: QStyleOptionViewItem, index) -> QSize:
        size = super().sizeHint(option, index)
        return QSize(size.width(), px(28))


class ComboBox(KeyboardFocus, QComboBox):
    """One of several choices, each with an icon or a picture if wished.

    Signals:
        chosen(value): the user chose another value.
    """

    chosen = Signal(object)

    def __init__(
        self,
        options: Sequence[str | Entry] = (),
        current: object = None,
        parent: QWidget | None = None,
        *,
        small: bool = False,
        accented: bool = False,
    ) -> None:
        super().__init__(parent)
        self._small = small
        self._accented = accented
        self._current: object = None
        self._missing = ""
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMaxVisibleItems(16)
        self._list_is_dressed = False
        self._wide = 0
        self.set_options(options)
        entries = _entries(options)
        self.set_current(current if current is not None or not entries else entries[0][0])
        self.activated.connect(self._activated)

    def set_options(self, options: Sequence[str | Entry]) -> None:
        """Other choices; the current value stays if it is among them."""
        current = self._current
        self.clear()
        for value, text in _entries(options):
            self.addItem(text, value)
        self._wide = 0
        self.set_current(current)

    def set_accented(self, accented: bool) -> None:
        """Show the choice in accent on a soft ground, as one that stands out among others."""
        if accented != self._accented:
            self._accented = accented
            self._wide = 0
            self.update()

    def set_picture(self, value: object, picture: QPixmap | QIcon) -> None:
        """The picture before the text of one choice."""
        row = self._row_of(value)
        if row >= 0:
            icon = picture if isinstance(picture, QIcon) else QIcon(picture)
            self.setItemIcon(row, icon)
            if isinstance(picture, QPixmap):
                self.setIconSize(picture.deviceIndependentSize().toSize())
            self._wide = 0

    def set_choice_help(self, value: object, text: str) -> None:
        """A tool tip of plain text on one choice."""
        row = self._row_of(value)
        if row >= 0:
            self.setItemData(row, plain_tool_tip(text), Qt.ItemDataRole.ToolTipRole)

    def current(self) -> object:
        return self._current

    def set_current(self, value: object, missing_text: str | None = None) -> None:
        """Choose `value` without a signal; a value that is no choice is shown by `missing_text`."""
        row = self._row_of(value)
        self._current = value
        self._missing = "" if row >= 0 else (missing_text or ("" if value is None else str(value)))
        self.setCurrentIndex(row)
        self.update()

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text."""
        super().setToolTip(plain_tool_tip(text))
        self.setAccessibleDescription(text)

    def showPopup(self) -> None:
        if not self._list_is_dressed:  # not before: Qt makes the list when it is first asked for
            self._list_is_dressed = True
            self.setItemDelegate(_RowDelegate(self))
        super().showPopup()

    def sizeHint(self) -> QSize:
        if self._wide == 0:
            metrics = QFontMetrics(self._text_font())
            rows = range(self.count())
            texts = (metrics.horizontalAdvance(self.itemText(row)) for row in rows)
            pictured = any(not self.itemIcon(row).isNull() for row in rows)
            picture = self.iconSize().width() + px(8) if pictured else 0
            self._wide = max(texts, default=0) + picture + px(10) + px(28)
        return QSize(self._wide, px(24 if self._small else 28))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(64), px(24 if self._small else 28))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationFontChange):
            self._wide = 0
            self.updateGeometry()
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the wheel scrolls the form; it must not change a value on the way

    def paintEvent(self, event: QPaintEvent) -> None:
        accented = self._accented and self.isEnabled()
        fill, line = ("accent_soft", "accent") if accented else ("card", "control_border")
        ink = "accent" if accented else "text"
        if not self.isEnabled():
            fill, line, ink = "card", "border", "control_border"
        elif self.underMouse() and not accented:
            fill = "hover"
        with box_painter(self) as painter:
            rect = QRectF(self.rect())
            paint_box(painter, rect, px(6), fill=color(fill), line=color(line))
            left = px(8 if self._small else 9)
            icon = self.itemIcon(self.currentIndex())
            if not icon.isNull():
                size = self.iconSize()
                place = QRect(
                    px(8), (self.height() - size.height()) // 2, size.width(), size.height()
                )
                icon.paint(painter, place)
                left = place.right() + 1 + px(5)
            arrow = px(12)
            right = self.width() - px(15) - arrow // 2
            paint_icon(
                painter,
                "chevron-down",
                right,
                (self.height() - arrow) // 2,
                color(ink if accented or not self.isEnabled() else "muted"),
                arrow,
            )
            font = self._text_font()
            painter.setFont(font)
            painter.setPen(color(ink))
            room = right - px(2) - left
            text = QFontMetrics(font).elidedText(
                self.currentText() or self._missing, Qt.TextElideMode.ElideRight, room
            )
            painter.drawText(
                QRectF(left, 0, room, self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
                text,
            )

    def _text_font(self):
        role = "body"
        if self._small:
            role = "caption_strong" if self._accented else "caption"
        return current_theme().font(role)

    def _row_of(self, value: object) -> int:
        for row in range(self.count()):
            stored = self.itemData(row)
            if stored == value and type(stored) is type(value):
                return row
        return -1

    def _activated(self, row: int) -> None:
        value = self.itemData(row)
        if value != self._current:
            self._current = value
            self._missing = ""
            self.chosen.emit(value)


class CheckBox(KeyboardFocus, QCheckBox):
    """Yes or no.

    Signals:
        chosen(bool): the user ticked the box or took the tick away.
    """

    chosen = Signal(object)
    ring_radius = 4.0

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        if text:
            self.setAccessibleName(text.replace("&", ""))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        self.chosen.emit(self.isChecked())

    def setToolTip(self, text: str) -> None:
        """A tool tip of plain text."""
        super().setToolTip(plain_tool_tip(text))
        self.setAccessibleDescription(text)

    def hitButton(self, place: QPoint) -> bool:
        return self.rect().contains(place)

    def sizeHint(self) -> QSize:
        width = px(16)
        if self.text():
            metrics = QFontMetrics(current_theme().font("body"))
            width += px(7) + metrics.horizontalAdvance(self.text().replace("&", "")) + 1
        return QSize(width, px(20))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        side = px(16)
        box = QRectF(0, (self.height() - side) // 2, side, side)
        enabled, checked = self.isEnabled(), self.isChecked()
        hovered = enabled and self.underMouse()
        with box_painter(self) as painter:
            if checked and enabled:
                ground = "accent_fill_hover" if hovered else "accent_fill"
                paint_box(painter, box, px(3), fill=color(ground))
            else:
                paint_box(
                    painter,
                    box,
                    px(3),
                    fill=color("hover" if hovered else "card"),
                    line=color("control_border" if enabled else "border"),
                )
            if checked:
                mark = px(12)
                ink = color("on_accent" if enabled else "control_border")
                offset = (side - mark) // 2
                paint_icon(painter, "check", box.x() + offset, box.y() + offset, ink, mark)
            painter.setFont(current_theme().font("body"))
            painter.setPen(color("text" if enabled else "control_border"))
            painter.drawText(
                QRectF(side + px(7), 0, self.width(), self.height()),
                Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic,
                self.text(),
            )

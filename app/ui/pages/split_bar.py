"""The split: one bar, two handles."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.labels import plain_tool_tip
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon
from app.ui.theme import current_theme

STEP = 0.01
LEAST_TRAINING = 0.05
LARGEST_SHARE = 0.9
SHORT = {"Training": "Train", "Validation": "Valid."}
"""Names of parts where there is little room."""


def whole_percent(shares: Sequence[float]) -> list[int]:
    """Shares that are 1 together in per cent, rounded so that they are 100 together: those that
    lose most by rounding down are rounded up.
    """
    floors = [math.floor(round(100 * share, 6)) for share in shares]
    lost = [floor - 100 * share for floor, share in zip(floors, shares, strict=True)]
    order = sorted(range(len(shares)), key=lambda number: lost[number])
    for number in order[: 100 - sum(floors)]:
        floors[number] += 1
    return floors


class SplitBar(KeyboardFocus, QWidget):
    """Training, validation and test shares of all samples; the handles are dragged or moved with
    the arrow keys.

    The up and down keys choose the handle. A part that the source itself gives has a lock
    in place of a handle; shares are then of the other samples. Passive: it shows what it is told.

    Signals:
        shares_edited(validation, test): the shares that are wanted, multiples of one per cent; -1
            for that of a part that the source gives.
    """

    shares_edited = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("data.split")
        self.setAccessibleName("Split into training, validation and test part")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._validation = 0.15
        self._test = 0.15
        self._counts: tuple[int, int, int] | None = None
        self._noun = "rows"
        self._locked: frozenset[int] = frozenset()
        self._handle = 0
        self._dragging: int | None = None
        self._others = 1.0

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(48))

    def show_split(
        self,
        validation: float,
        test: float,
        counts: tuple[int, int, int] | None,
        noun: str,
        own: Sequence[str] = (),
    ) -> None:
        """Show the shares and, where they are known, the counts.

        Args:
            own: which of "validation" and "test" the source itself gives.
        """
        self._locked = frozenset(n for n, p in enumerate(("validation", "test")) if p in own)
        self._others = 1.0
        if self._locked and counts is not None and sum(counts):
            given = [counts[1 + n] / sum(counts) for n in (0, 1)]
            self._others = 1.0 - sum(given[n] for n in self._locked)
            wanted = (validation * self._others, test * self._others)
            validation, test = (given[n] if n in self._locked else wanted[n] for n in (0, 1))
        if self._handle in self._locked:
            self._handle = 1 - self._handle
        self._validation, self._test, self._noun = validation, test, noun
        self._counts = counts
        names, shares = ("training", "validation", "test"), self._shares()
        words = [f"{n} {share}%" for n, share in zip(names, whole_percent(shares), strict=True)]
        if counts is not None:
            words = [f"{w}, {count:,} {noun}" for w, count in zip(words, counts, strict=True)]
        if self._locked:
            fixed = " and ".join(("validation", "test")[n] for n in sorted(self._locked))
            words.append(f"{fixed} given by the source")
        self.setAccessibleDescription(", ".join(words))
        self.setToolTip(plain_tool_tip(self._help()))
        self.update()

    def _help(self) -> str:
        """How the handles are moved."""
        if not self._locked:
            return (
                "Drag a handle, or move it with the keys Left and Right. "
                "Up and Down change to the other handle."
            )
        names = [("validation", "test")[handle] for handle in sorted(self._locked)]
        if len(names) == 2:
            return "Validation and test part are given by the source."
        return (
            f"Drag the handle, or move it with the keys Left and Right. The {names[0]} part is "
            "given by the source."
        )

    def handle_position(self, handle: int) -> QPoint:
        """Where handle 0 (training | validation) or 1 (validation | test) stands, in px of the
        widget.
        """
        return QPoint(round(self._x(handle)), self.height() // 2)

    def _shares(self) -> tuple[float, float, float]:
        return 1 - self._validation - self._test, self._validation, self._test

    def _x(self, handle: int) -> float:
        training, validation, _ = self._shares()
        return self.width() * (training if handle == 0 else training + validation)

    def _move(self, handle: int, place: float) -> None:
        if handle in self._locked:
            return
        if self._locked:
            self._move_free(handle, place)
            return
        place = round(place / STEP) * STEP
        if handle == 0:
            test = self._test
            validation = min(max(1 - place - test, 0.0), 1 - LEAST_TRAINING - test, LARGEST_SHARE)
        else:
            training = 1 - self._validation - self._test
            test = min(max(1 - place, 0.0), 1 - training, LARGEST_SHARE)
            validation = 1 - training - test
        wanted = round(validation, 2), round(test, 2)
        if wanted != (round(self._validation, 2), round(self._test, 2)):
            self.shares_edited.emit(*wanted)

    def _move_free(self, handle: int, place: float) -> None:
        """Move the one handle that is free; what is asked for is a share of the other samples."""
        end = 1.0 if handle == 1 else 1 - self._test
        share = (end - place) / max(self._others, 1e-9)
        share = round(min(max(share, 0.0), LARGEST_SHARE), 2)
        before = (self._validation, self._test)[handle] / max(self._others, 1e-9)
        if share != round(before, 2):
            self.shares_edited.emit(*((share, -1.0) if handle == 0 else (-1.0, share)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        x = event.position().x()
        free = [handle for handle in (0, 1) if handle not in self._locked]
        if not free:
            return
        near = min(free, key=lambda handle: abs(self._x(handle) - x))
        if self._x(0) == self._x(1) and not self._locked:
            near = 1 if x > self._x(1) else 0
        if abs(self._x(near) - x) <= px(14):
            self._dragging = self._handle = near
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._dragging is not None:
            self._move(self._dragging, x / max(self.width(), 1))
        near = any(abs(self._x(h) - x) <= px(8) for h in (0, 1) if h not in self._locked)
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}.get(Qt.Key(event.key()))
        if step is not None:
            self._move(self._handle, self._x(self._handle) / max(self.width(), 1) + step)
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            if 1 - self._handle not in self._locked:
                self._handle = 1 - self._handle
            self.update()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        first, second = self._x(0), self._x(1)
        top, height = px(4), self.height() - 2 * px(4)
        with box_painter(self) as painter:
            paint_box(painter, QRectF(0, top, first, height), px(6), fill=color("track"))
            painter.fillRect(QRectF(first, top, second - first, height), color("accent_soft"))
            rest = QRectF(second, top, self.width() - second, height)
            if rest.width() > 2:
                paint_box(painter, rest, px(6), line=color("control_border"), dashed=True)
            names = ("Training", "Validation", "Test")
            spans = ((0.0, first), (first, second), (second, float(self.width())))
            percents = whole_percent(self._shares())
            for number, ((left, right), share) in enumerate(zip(spans, percents, strict=True)):
                self._paint_words(painter, left, right, names[number], share, number)
            for handle in (0, 1):
                self._paint_handle(painter, handle)

    def _paint_words(
        self, painter: QPainter, left: float, right: float, name: str, share: int, number: int
    ) -> None:
        theme = current_theme()
        edge = px(16) if right - left > px(112) else px(10)
        room = right - left - edge - px(8)
        if room < px(30):
            return
        painter.setFont(theme.font("cell_strong"))
        painter.setPen(color("accent" if number == 1 else "text"))
        box = QRectF(left + edge, px(7), room, px(18))
        flags = Qt.AlignmentFlag.AlignVCenter
        title = f"{name} {share}%"
        if painter.fontMetrics().horizontalAdvance(title) > room:
            title = f"{SHORT.get(name, name)} {share}%"
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(box, flags, title)
        if self._counts is None:
            return
        painter.setFont(theme.font("caption"))
        painter.setPen(color("text" if number == 0 else "muted"))
        text = f"{self._counts[number]:,} {self._noun}"
        if number == 2 and self._counts[2]:
            sealed = f"{text}, sealed"
            text = sealed if painter.fontMetrics().horizontalAdvance(sealed) < room else text
        text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(box.translated(0, px(17)), flags, text)

    def _paint_handle(self, painter: QPainter, handle: int) -> None:
        width = px(13)
        x = min(max(self._x(handle) - width / 2, 0), self.width() - width)
        chosen = self.has_focus_ring() and handle == self._handle
        box = QRectF(x, 0, width, self.height())
        paint_box(
            painter,
            box,
            px(4),
            fill=color("card"),
            line=color("accent" if chosen else "control_border"),
            width=2 if chosen else 1.5,
        )
        middle = box.center()
        if handle in self._locked:
            size = px(11)
            left, top = round(middle.x() - size / 2), round(middle.y() - size / 2)
            paint_icon(painter, "lock", left, top, color("muted"), size)
            return
        for offset in (-2, 2):
            painter.fillRect(
                QRectF(middle.x() + offset - 0.5, middle.y() - px(5), 1, px(10)), color("muted")
            )

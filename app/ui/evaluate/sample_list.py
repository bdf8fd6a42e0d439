"""Samples of one part in an order of their own: pictures as tiles, rows as lines."""

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.pixel_images import fitted
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.theme import current_theme

TILE, GAP, NOTE = 72, 12, 32
LINE = 44
MOST_KEPT = 400
"""So many pictures are kept once they are made."""

Said = tuple[str, str]
"""Two short lines about a sample."""


class SampleList(ScrolledDrawing):
    """Only what is in view is read and made.

    Signals:
        chosen(place): this sample, by its place in the part.
    """

    chosen = Signal(int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Samples")
        self.places = np.zeros(0, np.int64)
        self.current = -1
        self._words: Callable[[int], Said] = lambda place: ("", "")
        self._picture: Callable[[int], QImage | None] | None = None
        self._images: OrderedDict[int, QImage | None] = OrderedDict()

    def show_samples(
        self,
        places: np.ndarray,
        words: Callable[[int], Said],
        picture: Callable[[int], QImage | None] | None,
    ) -> None:
        """Show the samples at `places` of their part, in this order.

        Args:
            words: what is written beside, or below a picture.
            picture: of a sample; None where samples are rows.
        """
        self.places, self._words, self._picture = places, words, picture
        self._images.clear()
        self.current = 0 if len(places) else -1
        self.verticalScrollBar().setValue(0)
        self._tell()
        self.arrange()

    # ---- places
    def _columns(self) -> int:
        if self._picture is None:
            return 1
        return max(1, (self.viewport().width() + px(GAP)) // px(TILE + GAP))

    def _pitch(self) -> int:
        return px(LINE) if self._picture is None else px(TILE + NOTE + GAP)

    def arrange(self) -> None:
        rows = -(-len(self.places) // self._columns())
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, rows * self._pitch() - height))
        bar.setPageStep(max(1, height))
        bar.setSingleStep(self._pitch())
        self.viewport().update()

    def entry_rect(self, number: int) -> QRectF:
        """Where an entry of the list lies in the viewport."""
        row, column = divmod(number, self._columns())
        top = row * self._pitch() - self.verticalScrollBar().value()
        if self._picture is None:
            return QRectF(0, top, self.viewport().width(), px(LINE))
        return QRectF(column * px(TILE + GAP), top, px(TILE), px(TILE + NOTE))

    def choose(self, number: int) -> None:
        """Choose an entry of the list, from 0, and bring it into view."""
        if not 0 <= number < len(self.places):
            return
        self.current = number
        rect, bar = self.entry_rect(number), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + round(rect.top()))
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + round(rect.bottom()) - self.viewport().height())
        self._tell()
        self.viewport().update()
        self.chosen.emit(int(self.places[number]))

    def choose_place(self, place: int) -> None:
        """Choose the sample at `place` of the part, if it is in the list."""
        found = np.flatnonzero(self.places == place)
        if len(found):
            self.choose(int(found[0]))

    def _tell(self) -> None:
        if self.current < 0:
            self.setAccessibleDescription("none")
            return
        place = int(self.places[self.current])
        words = ", ".join(self._words(place))
        self.setAccessibleDescription(f"{self.current + 1} of {len(self.places):,}: {words}")

    # ---- hands
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        spot = event.position()
        first = int((spot.y() + self.verticalScrollBar().value()) // self._pitch())
        for number in range(first * self._columns(), (first + 1) * self._columns()):
            if number < len(self.places) and self.entry_rect(number).contains(spot):
                self.choose(number)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, columns = Qt.Key(event.key()), self._columns()
        page = columns * max(1, self.viewport().height() // self._pitch())
        goals = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Up: self.current - columns,
            Qt.Key.Key_Down: self.current + columns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self.places) - 1,
            Qt.Key.Key_PageUp: max(0, self.current - page),
            Qt.Key.Key_PageDown: min(len(self.places) - 1, self.current + page),
        }
        if key in goals:
            self.choose(goals[key])
        else:
            event.ignore()

    def sizeHint(self) -> QSize:
        return QSize(px(4 * TILE + 3 * GAP), px(260))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(180), px(140))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            scrolled, pitch = self.verticalScrollBar().value(), self._pitch()
            first = scrolled // pitch * self._columns()
            last = ((scrolled + self.viewport().height()) // pitch + 1) * self._columns()
            for number in range(first, min(last, len(self.places))):
                if self._picture is None:
                    self._paint_line(painter, number)
                else:
                    self._paint_tile(painter, number)

    def _image(self, place: int) -> QImage | None:
        assert self._picture is not None
        if place not in self._images:
            self._images[place] = self._picture(place)
            while len(self._images) > MOST_KEPT:
                self._images.popitem(last=False)
        return self._images[place]

    def _paint_tile(self, painter: QPainter, number: int) -> None:
        theme, rect = current_theme(), self.entry_rect(number)
        place = int(self.places[number])
        box = QRectF(rect.left() + 2, rect.top() + 2, px(TILE) - 4, px(TILE) - 4)
        image = self._image(place)
        if image is not None:
            shown = fitted(box, image)
            smaller = shown.width() < image.width()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
            painter.drawImage(shown, image)
            box = shown
        chosen = number == self.current
        painter.setBrush(Qt.BrushStyle.NoBrush)
        ink = "accent" if chosen else "border"
        painter.setPen(make_pen(color(ink), 2 if chosen else 1))
        painter.drawRect(box.adjusted(-1, -1, 1, 1))
        metrics = QFontMetricsF(theme.font("caption"))
        for line, (text, tone) in enumerate(
            zip(self._words(place), ("text", "muted"), strict=True)
        ):
            painter.setFont(theme.font("caption"))
            painter.setPen(color(tone))
            below = QRectF(
                rect.left(), rect.top() + px(TILE) + line * px(NOTE / 2), rect.width(), px(NOTE / 2)
            )
            middle = Qt.TextElideMode.ElideMiddle
            painter.drawText(
                below,
                Qt.AlignmentFlag.AlignCenter,
                metrics.elidedText(text, middle, rect.width()),
            )

    def _paint_line(self, painter: QPainter, number: int) -> None:
        theme, rect = current_theme(), self.entry_rect(number)
        if number == self.current:
            painter.fillRect(rect, color("accent_soft"))
        flags = Qt.AlignmentFlag.AlignVCenter
        room = rect.width() - px(16)
        upper, lower = self._words(int(self.places[number]))
        for text, role, tone, top in (
            (upper, "cell", "text", px(4)),
            (lower, "caption", "muted", px(22)),
        ):
            metrics = QFontMetricsF(theme.font(role))
            painter.setFont(theme.font(role))
            painter.setPen(color(tone))
            painter.drawText(
                QRectF(rect.left() + px(8), rect.top() + top, room, px(18)),
                flags,
                metrics.elidedText(text, Qt.TextElideMode.ElideRight, room),
            )
        painter.fillRect(QRectF(rect.left(), rect.bottom() - 1, rect.width(), 1), color("border"))

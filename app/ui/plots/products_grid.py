"""Patch times filter gives products, plane by plane: the rows of the microscope."""

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QFontMetricsF,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QWidget

from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.filter_grid import round_up
from app.ui.plots.map_figures import figure, figures
from app.ui.plots.number_cells import cell_rect, paint_mark, paint_numbers, widest
from app.ui.plots.scrolled_drawing import ScrolledDrawing
from app.ui.plots.sign_picture import sign_picture
from app.ui.plots.written_out import Digits
from app.ui.theme import current_theme
from app.ui.tokens import SIGN_STOPS

if TYPE_CHECKING:
    from app.diagnostics.microscope import Workings

HEAD = 44
NAME, SIGN, SUM = 92, 28, 92
"""Room in px for the name of a plane, a sign between two pictures, the sum."""
CELL = (60, 26)
"""Most room of one number in px."""
LEAST = 104
"""A column is at least so wide in px: its scale is above it."""
SMALLEST = 3
FILTER = 1
"""The column of the filters."""
GAP = 16
MOST_WRITTEN = 2000
"""Of more numbers it is not found out whether they fit with all their digits."""


class ProductsGrid(ScrolledDrawing):
    """Passive. A plane is a row; of pooling there is the patch alone.

    Signals:
        chosen(plane): another plane was chosen, from 0.
        pointed(plane, row, column): the pointer is on this number of one of the pictures; -1, -1,
            -1 when on none.
    """

    chosen = Signal(int)
    pointed = Signal(int, int, int)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Patch, filter and products")
        self.current = 0
        self._found: Workings | None = None
        self._pictures: list[tuple[str, np.ndarray, float]] = []
        self._digits = Digits()
        self._whole: list[bool] = []

    def show_workings(self, found: "Workings") -> None:
        self._found = found
        self.current = min(self.current, len(found.patch) - 1)
        columns = [("Patch of the input", found.patch)]
        if found.weighing is not None:
            columns += [("Filter", found.weighing.filter), ("Products", found.weighing.products)]
        # One scale for the input wherever the window stands; the others follow their numbers.
        reach = [found.inputs, *(array for _, array in columns[1:])]
        limits = [round_up(float(np.abs(array).max())) for array in reach]
        self._pictures = [(*column, limit) for column, limit in zip(columns, limits, strict=True)]
        planes, height, _ = found.patch.shape
        self.setMaximumHeight(px(HEAD) + planes * (height * px(CELL[1]) + px(GAP)))
        self.arrange()

    def show_digits(self, digits: Digits) -> None:
        """Write the numbers as they are written in the sum of the chosen plane."""
        self._digits = digits
        self.arrange()

    def _written(self, column: int, value: float) -> str:
        """A number of a picture with all the digits that it has in the sum."""
        return figures(value, self._digits.terms - (column > FILTER))

    def _fits(self, column: int) -> bool:
        """Whether the numbers of a picture can be written so; else they are rounded."""
        _, values, _ = self._pictures[column]
        if values.size > MOST_WRITTEN:
            return False
        texts = [self._written(column, value) for value in values.ravel().tolist()]
        return widest(texts) <= self._cell()[0]

    # ---- places
    def _cell(self) -> tuple[int, int]:
        """Width and height of one number in px."""
        assert self._found is not None
        _, height, width = self._found.patch.shape
        count = len(self._pictures)
        taken = px(NAME) + px(SUM) + (count - 1) * px(SIGN) + px(16)
        across = (self.viewport().width() - taken) // (count * width)
        room = max(px(40), self.viewport().height() - px(HEAD) - px(GAP))
        down = min(px(CELL[1]), room // height)
        across = min(px(CELL[0]), across)
        if height > 1 and (across < px(24) or down < px(14)):  # no numbers: square cells
            across = down = min(across, down)
        return max(SMALLEST, across), max(SMALLEST, down)

    def arrange(self) -> None:
        found = self._found
        if found is None:
            return
        self._whole = [self._fits(column) for column in range(len(self._pictures))]
        pitch = self._pitch()
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, px(HEAD) + len(found.patch) * pitch - height))
        bar.setPageStep(height - px(HEAD))
        bar.setSingleStep(min(pitch, height // 3 + 1))
        self.viewport().update()

    def _pitch(self) -> int:
        assert self._found is not None
        return self._found.patch.shape[1] * self._cell()[1] + px(GAP)

    def picture_rect(self, column: int, plane: int) -> QRect:
        """Where a picture lies in the viewport: 0 the patch, 1 the filter, 2 the products."""
        assert self._found is not None
        across, down = self._cell()
        _, height, width = self._found.patch.shape
        left = px(NAME) + column * (max(width * across, px(LEAST)) + px(SIGN))
        top = px(HEAD) + plane * self._pitch() - self.verticalScrollBar().value()
        return QRect(left, top, width * across, height * down)

    def number_at(self, place: QPoint) -> tuple[int, int, int]:
        """(plane, row, column) under a point of the viewport; -1, -1, -1 for none."""
        plane = self._plane_at(place)
        if plane >= 0 and self._found is not None:
            across, down = self._cell()
            for column in range(len(self._pictures)):
                rect = self.picture_rect(column, plane)
                if rect.contains(place):
                    row = (place.y() - rect.top()) // down
                    return plane, row, (place.x() - rect.left()) // across
        return -1, -1, -1

    def _plane_at(self, place: QPoint) -> int:
        if self._found is None or place.y() < px(HEAD):
            return -1
        plane = (place.y() - px(HEAD) + self.verticalScrollBar().value()) // self._pitch()
        return plane if plane < len(self._found.patch) else -1

    def choose(self, plane: int) -> None:
        """Choose a plane and bring it into view."""
        if self._found is None or not 0 <= plane < len(self._found.patch):
            return
        self.current = plane
        rect, bar = self.picture_rect(0, plane), self.verticalScrollBar()
        if rect.top() < px(HEAD):
            bar.setValue(bar.value() + rect.top() - px(HEAD))
        elif rect.bottom() + px(GAP) > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() + px(GAP) - self.viewport().height())
        self.viewport().update()
        self.chosen.emit(plane)

    # ---- events
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self._plane_at(event.position().toPoint()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointed.emit(*self.number_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(-1, -1, -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = len(self._found.patch) - 1 if self._found is not None else -1
        goals = {
            Qt.Key.Key_Up: self.current - 1,
            Qt.Key.Key_Down: self.current + 1,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
            Qt.Key.Key_PageUp: max(0, self.current - 5),
            Qt.Key.Key_PageDown: min(last, self.current + 5),
        }
        if Qt.Key(event.key()) in goals:
            self.choose(goals[Qt.Key(event.key())])
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # the menu of the plot that it is part of

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self.viewport()) as painter:
            painter.fillRect(self.viewport().rect(), color("panel"))
            if self._found is None:
                return
            pitch, scrolled = self._pitch(), self.verticalScrollBar().value()
            first = scrolled // pitch
            last = (scrolled + self.viewport().height()) // pitch
            for plane in range(first, min(last + 1, len(self._found.patch))):
                self._paint_plane(painter, plane)
            painter.fillRect(0, 0, self.viewport().width(), px(HEAD - 2), color("panel"))
            for column in range(len(self._pictures)):
                self._paint_head(painter, column)

    def _paint_head(self, painter: QPainter, column: int) -> None:
        title, _, limit = self._pictures[column]
        rect, theme = self.picture_rect(column, 0), current_theme()
        if not self._whole[column]:
            title = f"{title.split(' of')[0]}, rounded"
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        room = QRectF(rect.left() - 1, 0, max(rect.width(), px(LEAST)) + px(SIGN) - 2, px(16))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, title)
        ends = [f"−{figure(limit)}", f"+{figure(limit)}"]
        metrics = QFontMetricsF(theme.font("filter_number"))
        painter.setFont(theme.font("filter_number"))
        room_left = max(rect.width(), px(LEAST)) - 2 * metrics.horizontalAdvance(ends[1]) - 8
        wide = max(px(16), min(px(64), room_left))
        bar = QRectF(rect.left() + metrics.horizontalAdvance(ends[0]) + 4, px(22), wide, px(8))
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for place, rgb in SIGN_STOPS:
            gradient.setColorAt((place + 1) / 2, QColor(*rgb))
        painter.fillRect(bar, gradient)
        painter.setPen(color("muted"))
        painter.drawText(QRectF(rect.left(), px(19), bar.left(), px(14)), 0, ends[0])
        painter.drawText(QRectF(bar.right() + 4, px(19), px(80), px(14)), 0, ends[1])

    def _paint_plane(self, painter: QPainter, plane: int) -> None:
        found, theme = self._found, current_theme()
        assert found is not None
        rect = self.picture_rect(0, plane)
        chosen = plane == self.current
        if chosen:
            ground = QRectF(0, rect.top() - px(6), self.viewport().width(), rect.height() + px(12))
            painter.fillRect(ground, color("shade"))
            if self.hasFocus():
                painter.setPen(make_pen(color("accent"), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(ground.adjusted(0.5, 0.5, -1, -0.5))
        painter.setFont(theme.font("caption_strong" if chosen else "caption"))
        painter.setPen(color("text" if chosen else "muted"))
        name = QRectF(px(8), rect.top(), px(NAME - 12), rect.height())
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(name, int(flags), found.planes[plane].replace(", ", "\n"))
        for column, (_, arrays, limit) in enumerate(self._pictures):
            box = self.picture_rect(column, plane)
            self._paint_picture(painter, box, column, arrays[plane], limit)
            if column != FILTER:
                for row, place in np.argwhere(found.outside[plane]).tolist():
                    paint_outside(painter, cell_rect(box, found.patch.shape[1:], row, place))
            if column:
                self._paint_sign(painter, box, "×" if column == 1 else "=")
        if found.winner is not None and found.winner[0] == plane:
            paint_mark(painter, cell_rect(rect, found.patch.shape[1:], *found.winner[1:]))
        if found.weighing is not None:
            box = self.picture_rect(2, plane)
            painter.setFont(theme.font("formula_strong" if chosen else "formula"))
            painter.setPen(color("text"))
            text = f"Σ = {self._digits.sum(float(found.weighing.sums[plane]))}"
            room = QRectF(box.right() + px(10), box.top(), px(SUM + 8), box.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_sign(self, painter: QPainter, box: QRect, sign: str) -> None:
        painter.setFont(current_theme().font("subject"))
        painter.setPen(color("muted"))
        room = QRectF(box.left() - px(SIGN), box.top(), px(SIGN), box.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, sign)

    def _paint_picture(
        self, painter: QPainter, rect: QRect, column: int, values: np.ndarray, limit: float
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(rect, sign_picture(values, limit))
        written = partial(self._written, column) if self._whole[column] else None
        paint_numbers(painter, rect, values, limit, written)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(make_pen(color("border"), 1))
        painter.drawRect(QRectF(rect).adjusted(-0.5, -0.5, 0.5, 0.5))


def paint_outside(painter: QPainter, cell: QRectF) -> None:
    """A number that is not part of the input: hatched."""
    painter.fillRect(cell, color("panel"))
    painter.fillRect(cell, QBrush(color("control_border"), Qt.BrushStyle.BDiagPattern))
    if cell.width() >= px(14) and cell.height() >= px(12):
        painter.setFont(current_theme().font("filter_number_strong"))
        painter.setPen(color("text"))
        metrics = QFontMetricsF(painter.font())
        ground = QRectF(0, 0, metrics.horizontalAdvance("0") + 4, metrics.height() - 1)
        ground.moveCenter(cell.center())
        painter.fillRect(ground, color("panel"))
        painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, "0")

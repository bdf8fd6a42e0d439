"""The map of a loss surface: its colours with a scale, contours and axes."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFontMetricsF,
    QImage,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.diagnostics.loss_surface import LossSurface
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, px
from app.ui.pens import make_pen
from app.ui.plots.axis import Tick, linear_ticks, log_ticks, power_text, value_text
from app.ui.plots.contours import contour, height_at, smooth
from app.ui.plots.kept_picture import KeptPicture
from app.ui.plots.plot_menu import Plot
from app.ui.theme import current_theme

LEFT, RIGHT, ABOVE, BELOW = 52, 92, 28, 40
"""Room around the map, in px."""
FINE = 192
"""Cells along each side of the picture of the map."""
LINES = 9
"""About so many contours."""
DEPTH = 0.5
"""How much of the text's colour the highest loss has on the ground."""
LOG_FROM = 20.0
"""From this ratio of the highest to the lowest loss the colours are logarithmic by themselves."""
_FACTORS = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3))
"""Contours of a logarithmic map, from a narrow range of losses to a wide one."""
DECADES = 6.0
"""So many powers of ten below the highest loss have colours of their own."""


class SurfaceMap(KeyboardFocus, Plot):
    """What is painted on it and read from it is a subclass's matter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.surface: LossSurface | None = None
        self.scale = "auto"
        self._heights = np.zeros((2, 2))
        self._range = (0.0, 1.0)
        self._floored = False
        self._key: object = None
        self._image: QImage | None = None
        self._kept = KeptPicture(self, self._paint_all)
        self._lines: list[np.ndarray] = []
        self._cursor: QPointF | None = None

    # ---- for those who draw
    def paint_on_map(self, painter: QPainter) -> None:
        """Draw what lies on the map; the painter is clipped to it."""
        raise NotImplementedError

    def paint_reading(self, painter: QPainter, place: QPointF) -> None:
        """Draw what is read at a place of the widget."""
        raise NotImplementedError

    # ---- what is shown
    def take(self, surface: LossSurface | None) -> bool:
        """Take another surface; whether the map looks different."""
        key = None if surface is None else _seen_of(surface)
        changed = key != self._key
        self.surface, self._key = surface, key
        if changed:
            self._draw_map()
        return changed

    def refresh(self) -> None:
        """Draw everything anew: what is shown is another."""
        self._kept.forget()
        self.update()

    def set_scale(self, scale: str) -> None:
        """Colours "linear", "log", or "auto": logarithmic where the losses ask for it."""
        self.scale = scale
        self._draw_map()
        self.refresh()

    @property
    def is_logarithmic(self) -> bool:
        """Whether equal steps of colour are equal ratios of the loss."""
        known = self._known()
        if not self.can_be_logarithmic or self.scale == "linear":
            return False
        return self.scale == "log" or bool(known.max() > LOG_FROM * known.min())

    @property
    def can_be_logarithmic(self) -> bool:
        """Whether no loss is below 0."""
        known = self._known()
        return bool(len(known)) and bool(known.min() >= 0) and bool(known.max() > 0)

    def _known(self) -> np.ndarray:
        if self.surface is None or not self.surface.stride:
            return np.zeros(0)
        losses = self.surface.coarse()[2]
        return losses[np.isfinite(losses)]

    @property
    def cut_off(self) -> bool:
        """Whether the loss is not finite somewhere."""
        surface = self.surface
        return (
            surface is not None
            and bool(surface.stride)
            and not np.isfinite(surface.coarse()[2]).all()
        )

    def loss_at(self, x: float, y: float) -> float | None:
        """The loss at a point of the plane, linear between those that are known; None where it is
        not known, or not finite.
        """
        surface = self.surface
        if surface is None or not surface.stride:
            return None
        across, up, losses = surface.coarse()
        column = (x - across[0]) / (across[-1] - across[0] or 1) * (len(across) - 1)
        row = (y - up[0]) / (up[-1] - up[0] or 1) * (len(up) - 1)
        if not (-1e-9 <= column <= len(across) - 1 + 1e-9 and -1e-9 <= row <= len(up) - 1 + 1e-9):
            return None
        return finite_or_none(height_at(losses, max(0.0, column), max(0.0, row)))

    # ---- the map
    def _draw_map(self) -> None:
        self._image, self._lines = None, []
        known = self._known()
        if self.surface is None or not len(known):
            return
        losses = self.surface.coarse()[2]
        logarithmic = self.is_logarithmic
        with np.errstate(invalid="ignore", divide="ignore"):
            self._heights = np.log10(losses) if logarithmic else losses
        low, high = (float(v) for v in (known.min(), known.max()))
        self._floored = False
        if logarithmic:  # a loss of 0 has no logarithm, and all below the floor looks the same
            top = math.log10(high)
            bottom = top - DECADES
            self._floored = low < 10.0**bottom
            low, high = bottom if self._floored else math.log10(low), top
            self._heights = np.maximum(self._heights, low)
        self._range = (low, high)
        for level, _ in self._levels():
            self._lines.append(contour(self._heights, level))

    def _map(self) -> QImage | None:
        """The picture of the map in the colours of the theme; None before anything is known."""
        if self._image is None and self._known_any:
            low, high = self._range
            self._image = _picture((smooth(self._heights, FINE) - low) / (high - low or 1.0))
        return self._image

    @property
    def _known_any(self) -> bool:
        return bool(len(self._known()))

    def _levels(self) -> list[Tick]:
        """Heights of the contours and what stands beside them on the scale."""
        low, high = self._range
        if high <= low:
            return []
        if not self.is_logarithmic:
            return linear_ticks(low, high, LINES)
        powers = range(math.floor(low), math.ceil(high) + 1)
        for factors in _FACTORS:
            values = [factor * 10.0**power for power in powers for factor in factors]
            inside = [v for v in values if low <= math.log10(v) <= high]
            if len(inside) <= 1.5 * LINES:
                return [(math.log10(v), _level_text(v)) for v in inside]
        return log_ticks(low, high, LINES)

    # ---- places
    def frame(self) -> QRectF:
        """The box of the map, in px."""
        return QRectF(
            px(LEFT),
            px(ABOVE),
            max(1, self.width() - px(LEFT) - px(RIGHT)),
            max(1, self.height() - px(ABOVE) - px(BELOW)),
        )

    def at(self, x: float, y: float) -> QPointF:
        """Where a point of the plane lies in the widget."""
        box, (x0, x1, y0, y1) = self.frame(), self._bounds()
        return QPointF(
            box.left() + (x - x0) / ((x1 - x0) or 1) * box.width(),
            box.bottom() - (y - y0) / ((y1 - y0) or 1) * box.height(),
        )

    def point_at(self, place: QPointF) -> tuple[float, float]:
        """The point of the plane at a place of the widget."""
        box, (x0, x1, y0, y1) = self.frame(), self._bounds()
        return (
            x0 + (place.x() - box.left()) / box.width() * (x1 - x0),
            y0 + (box.bottom() - place.y()) / box.height() * (y1 - y0),
        )

    def _bounds(self) -> tuple[float, float, float, float]:
        assert self.surface is not None
        x, y = self.surface.grid.x, self.surface.grid.y
        return float(x[0]), float(x[-1]), float(y[0]), float(y[-1])

    def sizeHint(self) -> QSize:
        return QSize(px(560), px(420))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(280), px(200))

    # ---- painting
    @contextmanager
    def undisturbed(self) -> Iterator[None]:
        """Without the cursor."""
        cursor, self._cursor = self._cursor, None
        try:
            with self._kept.line_by_line():
                yield
        finally:
            self._cursor = cursor

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            self._kept.draw(painter)
            if self._cursor is not None and self.surface is not None:
                self.paint_reading(painter, self._cursor)

    def _paint_all(self, painter: QPainter) -> None:
        painter.fillRect(self.rect(), color("panel"))
        if self.surface is None:
            return
        box = self.frame()
        painter.fillRect(box, QBrush(color("control_border"), Qt.BrushStyle.BDiagPattern))
        picture = self._map()
        if picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(box, picture)
        elif not self.surface.stride:
            painter.fillRect(box, color("canvas"))
        painter.save()
        painter.setClipRect(box)
        self._paint_contours(painter)
        self.paint_on_map(painter)
        painter.restore()
        self._paint_axes(painter)
        if picture is not None:
            self._paint_scale(painter)

    def _paint_contours(self, painter: QPainter) -> None:
        ink = color("text")
        ink.setAlphaF(0.35)
        painter.setPen(make_pen(ink, 1))
        box = self.frame()
        rows, columns = self._heights.shape
        for pieces in self._lines:
            x = box.left() + pieces[..., 0] / (columns - 1) * box.width()
            y = box.bottom() - pieces[..., 1] / (rows - 1) * box.height()
            ends = np.stack([x, y], axis=-1).reshape(-1, 4).tolist()
            painter.drawLines([QLineF(*piece) for piece in ends])

    def _paint_axes(self, painter: QPainter) -> None:
        assert self.surface is not None
        theme, box = current_theme(), self.frame()
        x0, x1, y0, y1 = self._bounds()
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        painter.setPen(color("muted"))
        for value, text in linear_ticks(y0, y1, 5):
            y = self.at(x0, value).y() + metrics.capHeight() / 2
            left = box.left() - px(6) - metrics.horizontalAdvance(text)
            painter.drawText(QPointF(left, y), text)
        foot = box.bottom() + px(4) + metrics.ascent()
        for value, text in linear_ticks(x0, x1, 6):
            x = self.at(value, y0).x() - metrics.horizontalAdvance(text) / 2
            painter.drawText(QPointF(x, foot), text)
        first, second = (f"{share:.0%}" for share in self.surface.plane.shares)
        across = f"first direction, {first} of the variance"
        painter.drawText(
            QPointF(box.right() - metrics.horizontalAdvance(across), foot + px(15)), across
        )
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box.adjusted(-0.5, -0.5, 0.5, 0.5))
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        painter.drawText(
            QPointF(px(4), box.top() - px(10)), f"Second direction, {second} of the variance"
        )

    def scale_box(self) -> QRectF:
        """Where the scale of the colours stands."""
        box = self.frame()
        return QRectF(box.right() + px(16), box.top(), px(13), box.height())

    def _paint_scale(self, painter: QPainter) -> None:
        bar, theme = self.scale_box(), current_theme()
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for share in np.linspace(0, 1, 17):
            gradient.setColorAt(float(share), QColor(*_shades(np.array(share)).tolist()))
        painter.fillRect(bar, gradient)
        painter.setPen(make_pen(color("control_border"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))
        metrics = QFontMetricsF(theme.font("caption"))
        painter.setFont(theme.font("caption"))
        low, high = self._range
        last = math.inf
        levels = self._levels() or [(low, value_text(self._shown(low)))]
        if self._floored:
            levels = [(low, f"≤ {power_text(10.0**low)}"), *levels]
        for level, text in levels:
            y = bar.bottom() - (level - low) / ((high - low) or 1.0) * bar.height()
            painter.setPen(make_pen(color("text"), 1))
            painter.drawLine(QLineF(bar.left(), y, bar.right(), y))
            if abs(last - y) >= px(13):
                painter.setPen(color("muted"))
                painter.drawText(QPointF(bar.right() + px(5), y + metrics.capHeight() / 2), text)
                last = y
        painter.setFont(theme.font("caption_strong"))
        painter.setPen(color("text"))
        words = "Loss, log" if self.is_logarithmic else "Loss"
        painter.drawText(QPointF(bar.left(), bar.top() - px(10)), words)

    def _shown(self, height: float) -> float:
        return 10.0**height if self.is_logarithmic else height

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._image = None
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.refresh()


def _seen_of(surface: LossSurface) -> tuple[object, ...]:
    """What the map shows; nothing is seen of a step of refinement that is under way."""
    heights = surface.coarse()[2].tobytes() if surface.stride else b""
    return surface.plane, surface.grid, surface.stride, heights


def _shades(shares: np.ndarray) -> np.ndarray:
    """Red, green and blue for shares from 0, the lowest loss, to 1."""
    ends = np.array([[c.red(), c.green(), c.blue()] for c in (color("panel"), color("text"))])
    depth = DEPTH * np.clip(shares, 0, 1)[..., None]
    return np.rint(ends[0] + depth * (ends[1] - ends[0])).astype(np.uint8)


def _picture(shares: np.ndarray) -> QImage:
    """The map, the first row below; clear where it is not finite."""
    known = np.isfinite(shares)
    pixels = np.zeros((*shares.shape, 4), np.uint8)
    pixels[..., :3] = _shades(np.where(known, shares, 0.0))
    pixels[..., 3] = np.where(known, 255, 0)
    pixels = np.ascontiguousarray(pixels[::-1])
    side = shares.shape[0]
    return QImage(pixels.data, side, side, 4 * side, QImage.Format.Format_RGBA8888).copy()


def _level_text(level: float) -> str:
    """A level of a contour, without digits that say nothing."""
    return f"{level:,.6g}" if 1e-3 <= level < 1e6 else power_text(level)


def finite_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None

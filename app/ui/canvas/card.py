"""One card of the canvas: a layer."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.core.run_findings import is_worth_a_warning
from app.ui.canvas.detail import Detail, detail_at, scale_of, shape_size, title_size
from app.ui.canvas.face import CardFace, CardHealth, norm_share, norm_text, sentence_start_lower
from app.ui.canvas.geometry import (
    CARD_HEIGHT,
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    PORT_RADIUS,
    input_port,
    output_port,
)
from app.ui.canvas.glyph import paint_glyph
from app.ui.canvas.loss_card import PADDING, RADIUS
from app.ui.canvas.texts import ENDLESS, drawing_font, fitted, paint_far_icon
from app.ui.controls.labels import plain_tool_tip
from app.ui.icons import paint_icon
from app.ui.pens import make_pen
from app.ui.theme import current_theme

MARK_SIZE = 12
PICTURE_SIZE = 24
PICTURE_BAND = 34
"""Height that a card grows by when it shows its units' own pictures."""


@dataclass(frozen=True)
class CardMarks:
    """How the card is shown just now."""

    selected: bool = False
    hovered: bool = False
    focused: bool = False
    disabled: bool = False
    running: bool = False
    dragged: bool = False
    drop: Literal["", "allowed", "forbidden"] = ""
    """Whether what is being dragged over it may be dropped on it."""
    port: int | None = None
    """The input under the pointer, or that a link is about to go into."""
    output_port: bool = False
    """Whether the pointer is on the output, or a link is being drawn from it."""


class CardItem(QGraphicsItem):
    """Paints a `CardFace` with its health and marks; asks for a repaint only when one of them
    changed.
    """

    def __init__(self, face: CardFace) -> None:
        super().__init__()
        self.face = face
        self.setToolTip(plain_tool_tip(face.tool_tip))
        self.health: CardHealth | None = None
        self.marks = CardMarks()
        self.pictures: tuple[QImage, ...] = ()
        self.picture_count = 0
        self.paints = 0

    # ------------------------------------------------------------ what is shown

    def set_face(self, face: CardFace) -> None:
        if face != self.face:
            self.prepareGeometryChange()
            self.face = face
            self.setToolTip(plain_tool_tip(face.tool_tip))
            self.update()

    def set_health(self, health: CardHealth | None) -> None:
        if repr(health) != repr(self.health):  # nan differs from itself
            self.prepareGeometryChange()
            self.health = health
            self.update()

    def set_marks(self, marks: CardMarks) -> None:
        if marks != self.marks:
            self.prepareGeometryChange()
            self.marks = marks
            self.setZValue(2 if marks.dragged else 1)
            self.setOpacity(0.6 if marks.dragged else 1.0)
            self.update()

    def set_pictures(self, pictures: tuple[QImage, ...], count: int) -> None:
        """`pictures` are those drawn, of `count` units."""
        self.prepareGeometryChange()
        self.pictures = pictures
        self.picture_count = count
        self.update()

    # ------------------------------------------------------------ geometry

    @property
    def shows_strip(self) -> bool:
        return self.health is not None or (self.marks.running and self.face.has_weights)

    @property
    def warns(self) -> bool:
        """Whether it wears the warning line and badge."""
        if self.shows_error:
            return False
        dead, units = (self.health.dead if self.health else None) or (0, 0)
        return self.face.severity == "warning" or is_worth_a_warning(dead, units)

    @property
    def shows_error(self) -> bool:
        return self.face.severity == "error" or (self.health is not None and self.health.stopped)

    def shows_texts(self) -> bool:
        """Whether the texts below the card are large enough to be read, and so painted."""
        return detail_at(scale_of(self)) == Detail.ALL

    @property
    def height(self) -> float:
        base = CARD_HEIGHT_WITH_STRIP if self.shows_strip else CARD_HEIGHT
        return base + (PICTURE_BAND if self.pictures else 0)

    def card_rect(self) -> QRectF:
        return QRectF(0, 0, CARD_WIDTH, self.height)

    def message_rect(self) -> QRectF:
        """The complaint below the card; empty when there is none."""
        if self.face.severity != "error" or not self.face.message:
            return QRectF()
        return QRectF(0, self.height + 8, CARD_WIDTH + 56, 16)

    def fix_rect(self) -> QRectF:
        """The link below the complaint; empty when there is none."""
        if self.message_rect().isEmpty() or not self.face.fix_label:
            return QRectF()
        width = QFontMetricsF(drawing_font("caption_strong")).horizontalAdvance(self.fix_text())
        return QRectF(0, self.height + 24, width + 4, 16)

    def fix_text(self) -> str:
        return f"Fix: {sentence_start_lower(self.face.fix_label)}"

    def boundingRect(self) -> QRectF:
        below = 44 if self.face.severity == "error" else 6
        return QRectF(-8, -14, CARD_WIDTH + 72, self.height + 14 + below)

    # ------------------------------------------------------------ painting

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        self.paints += 1
        scale = scale_of(self)
        detail = detail_at(scale)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if detail < Detail.LARGE:
            self._paint_from_afar(painter, scale)
            return
        self._paint_box(painter)
        if detail < Detail.ALL:
            self._paint_large_texts(painter, scale)
        else:
            self._paint_texts(painter)
        if self.pictures:
            self._paint_pictures(painter)
        if self.shows_strip:
            self._paint_strip(painter, with_texts=detail == Detail.ALL)
        self._paint_ports(painter)
        if self.warns or self.face.severity == "error":
            self._paint_badge(painter)
        if not self.message_rect().isEmpty() and detail == Detail.ALL:
            self._paint_message(painter)

    def _paint_from_afar(self, painter: QPainter, scale: float) -> None:
        """Box, icon and title alone, so large that they can still be read; lines of 1 px or more
        on the screen.
        """
        theme = current_theme()
        token, width = self._line()
        resting = "control_border" if token == "border" else token
        painter.setBrush(theme.color("card"))
        painter.setPen(make_pen(theme.color(resting), max(width, width / (1.6 * scale))))
        as_icon = detail_at(scale) == Detail.ICON
        if as_icon:
            painter.drawRect(self.card_rect())
        else:
            painter.drawRoundedRect(self.card_rect(), RADIUS, RADIUS)
        wrong = self.warns or self.shows_error
        icon = "warning" if wrong else self.face.icon
        ink = self._ink(token if wrong or self.marks.selected else "muted")
        if as_icon:
            paint_far_icon(painter, icon, CARD_WIDTH / 2 - 28, CARD_HEIGHT / 2 - 28, ink, 56)
            return
        paint_far_icon(painter, icon, PADDING, 8, ink, 32)
        if self.face.is_frozen:
            muted = self._ink("muted")
            paint_far_icon(painter, "lock", CARD_WIDTH - PADDING - 24, 12, muted, 24)
        if self.face.searched:
            right = CARD_WIDTH - PADDING - 24 - 28 * self.face.is_frozen
            paint_far_icon(painter, "tune", right, 12, self._ink("accent"), 24)
        self._paint_large_title(painter, scale)

    def _paint_large_title(self, painter: QPainter, scale: float) -> None:
        """Cut in the middle where it must be: kinds differ at their ends."""
        size, room = title_size(scale), CARD_WIDTH - 2 * PADDING
        title, _ = fitted(self.face.title, "title", room, size, Qt.TextElideMode.ElideMiddle)
        painter.setFont(drawing_font("title", size))
        painter.setPen(self._ink("text"))
        painter.drawText(QPointF(PADDING, 70), title)

    def _paint_large_texts(self, painter: QPainter, scale: float) -> None:
        """Icon, kind, and the shape where it fits."""
        ink = self._ink("accent" if self.marks.selected else "muted")
        paint_far_icon(painter, self.face.icon, PADDING, 11, ink, 24)
        self._paint_large_title(painter, scale)
        left = PADDING + 32.0
        if self.face.is_frozen:
            paint_far_icon(painter, "lock", left, 13, self._ink("muted"), 20)
            left += 24
        if self.face.searched:
            paint_far_icon(painter, "tune", left, 13, self._ink("accent"), 20)
            left += 24
        size, shape = shape_size(scale), self.face.shape.replace(" ", "")
        _, width = fitted(shape, "cell_medium", ENDLESS, size)
        if left + width <= CARD_WIDTH - PADDING:
            painter.setFont(drawing_font("cell_medium", size))
            painter.setPen(self._ink("muted"))
            painter.drawText(QPointF(CARD_WIDTH - PADDING - width, 30), shape)

    def _ink(self, token: str) -> QColor:
        return current_theme().color("control_border" if self.marks.disabled else token)

    def _line(self) -> tuple[str, float]:
        if self.marks.disabled:
            return "border", 1.0
        if self.marks.drop:
            return ("accent" if self.marks.drop == "allowed" else "error"), 2.0
        if self.shows_error:
            return "error", 2.0
        if self.marks.selected:
            return "accent", 2.0
        if self.warns:
            return "warning_line", 1.0
        return ("control_border" if self.marks.hovered else "border"), 1.0

    def _paint_box(self, painter: QPainter) -> None:
        theme = current_theme()
        rect = self.card_rect().adjusted(0.5, 0.5, -0.5, -0.5)
        token, width = self._line()
        painter.setBrush(theme.color("accent_soft" if self.marks.drop == "allowed" else "card"))
        dashes = (4, 4) if self.marks.drop == "forbidden" else ()
        painter.setPen(make_pen(theme.color(token), width, dashes=dashes))
        painter.drawRoundedRect(rect, RADIUS, RADIUS)
        if self.marks.focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(make_pen(theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(-4.5, -4.5, 4.5, 4.5), RADIUS + 4, RADIUS + 4)
        if self.marks.selected and self.shows_error and not self.marks.focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(make_pen(theme.color("accent"), 2))
            painter.drawRoundedRect(rect.adjusted(-3, -3, 3, 3), RADIUS + 3, RADIUS + 3)

    def _paint_texts(self, painter: QPainter) -> None:
        face = self.face
        icon_ink = "accent" if self.marks.selected else "muted"
        paint_icon(painter, face.icon, PADDING, 10, self._ink(icon_ink), 16)
        room = (124 if face.glyph else CARD_WIDTH - PADDING) - 36 - 4
        self._paint_title(painter, room)
        if face.glyph:
            ink = self._ink("accent")
            paint_glyph(painter, 124, 9, face.glyph, ink, current_theme().color("border"))
        self._text(painter, PADDING, 47, face.options, "caption", "muted", CARD_WIDTH - 2 * PADDING)
        shown_marks = [
            (mark, ink)
            for mark, ink, shown in (
                ("lock", "muted", face.is_frozen),
                ("kept", "muted", face.keeps_weights),
                ("tune", "accent", bool(face.searched)),
            )
            if shown
        ]
        if self._paint_ranges(painter):
            return
        room = CARD_WIDTH - 2 * PADDING - (MARK_SIZE + 4) * len(shown_marks)
        shape, count = face.shape, face.parameters
        for shape, count in (
            (face.shape, face.parameters),
            (face.shape, face.parameters_short),
            (face.shape.replace(" ", ""), face.parameters_short),
            (face.shape.replace(" ", ""), face.parameters_short.partition(" ")[0]),
        ):
            left = room - 8 - fitted(count, "caption", ENDLESS)[1]
            if fitted(shape, "cell_medium", ENDLESS)[1] <= left:
                break
        right = float(CARD_WIDTH - PADDING)
        self._text(painter, PADDING, 70, shape, "cell_medium", "text", left)
        right -= self._text(painter, right, 70, count, "caption", "muted", room, right=True)
        for mark, name in shown_marks:
            right -= MARK_SIZE + 4
            paint_icon(painter, mark, right, 60, self._ink(name), MARK_SIZE)

    def _paint_ranges(self, painter: QPainter) -> bool:
        """What is searched, in figures, where there is room for it."""
        if self.face.keeps_weights:
            return False
        room = CARD_WIDTH - 2 * PADDING - 8
        for shape, count in self.face.ranges:
            left = room - fitted(count, "caption", ENDLESS)[1]
            if fitted(shape, "cell_medium", ENDLESS)[1] <= left:
                self._text(painter, PADDING, 70, shape, "cell_medium", "text", left)
                right = CARD_WIDTH - PADDING
                self._text(painter, right, 70, count, "caption", "muted", room, right=True)
                return True
        return False

    def _paint_title(self, painter: QPainter, room: float) -> None:
        """Smaller where it does not fit, then cut in the middle: kinds differ at their ends."""
        title, role, size = self.face.title, "title", 0
        if fitted(title, role, ENDLESS)[1] > room:
            size = 12
            title, _ = fitted(title, role, room + 4, size, Qt.TextElideMode.ElideMiddle)
        painter.setFont(drawing_font(role, size))
        painter.setPen(self._ink("text"))
        painter.drawText(QPointF(36, 23), title)

    def _text(
        self,
        painter: QPainter,
        x: float,
        baseline: float,
        text: str,
        role: str,
        token: str,
        room: float,
        *,
        right: bool = False,
    ) -> float:
        """Draw `text` from x, or up to x; cut to `room`. Returns its width."""
        text, width = fitted(text, role, room)
        painter.setFont(drawing_font(role))
        painter.setPen(self._ink(token))
        painter.drawText(QPointF(x - width if right else x, baseline), text)
        return width

    def _paint_strip(self, painter: QPainter, with_texts: bool) -> None:
        theme = current_theme()
        health = self.health or CardHealth()
        top = self.height - CARD_HEIGHT_WITH_STRIP
        painter.setPen(make_pen(theme.color("border"), 1))
        painter.drawLine(QLineF(1, top + 83.5, CARD_WIDTH - 1, top + 83.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("track"))
        painter.drawRoundedRect(QRectF(PADDING, top + 96, 40, 4), 2, 2)
        share = norm_share(health.norm)
        if share > 0 or health.low:
            painter.setBrush(theme.color("warning" if health.low else "good"))
            width = max(3.0, 40 * share)
            painter.drawRoundedRect(QRectF(PADDING, top + 96, width, 4), min(2, width / 2), 2)
        if not with_texts:
            return
        baseline = top + 102
        if health.norm is not None:
            self._text(painter, 58, baseline, norm_text(health.norm), "caption", "text", 48)
        right, token, role = "", "muted", "caption"
        if health.stopped:
            right, token, role = "stopped", "error", "caption_strong"
        elif health.dead is not None:
            right = f"{health.dead[0]}/{health.dead[1]} dead"
            if health.dead[0]:
                token, role = "warning", "caption_strong"
        elif self.face.is_output:
            right = "output"
        self._text(painter, CARD_WIDTH - PADDING, baseline, right, role, token, 80, right=True)

    def _paint_pictures(self, painter: QPainter) -> None:
        theme = current_theme()
        x = float(PADDING)
        for picture in self.pictures:
            rect = QRectF(x, CARD_HEIGHT - 1, PICTURE_SIZE, PICTURE_SIZE)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, picture)
            painter.setPen(make_pen(theme.color("border"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
            x += PICTURE_SIZE + 4
        hidden = self.picture_count - len(self.pictures)
        if hidden > 0:
            self._text(painter, x, CARD_HEIGHT + 15, f"+{hidden}", "caption", "muted", 36)

    def _paint_ports(self, painter: QPainter) -> None:
        face, marks = self.face, self.marks
        count = max(face.ports, -1 if marks.port is None else marks.port + 1)
        for number in range(count):
            x, y = input_port(number, face.ports)
            taken = face.ports == 1 or number < face.links
            self._paint_port(painter, x, y, PORT_RADIUS if taken else 2.5, number == marks.port)
        self._paint_port(painter, *output_port(), PORT_RADIUS, marks.output_port)

    def _paint_port(
        self, painter: QPainter, x: float, y: float, radius: float, marked: bool
    ) -> None:
        theme = current_theme()
        accent = marked or (self.marks.selected and not self.shows_error)
        token = "accent" if accent else "control_border"
        if marked and self.marks.drop == "forbidden":
            token = "error"
        painter.setPen(make_pen(theme.color(token), 1.5))
        painter.setBrush(theme.color(token if marked else "card"))
        radius = 5.0 if marked else radius
        painter.drawEllipse(QPointF(x, y), radius, radius)

    def _paint_badge(self, painter: QPainter) -> None:
        theme = current_theme()
        error = self.face.severity == "error"
        ground, line = ("error_ground", "error") if error else ("warning_ground", "warning_line")
        painter.setPen(make_pen(theme.color(line), 1))
        painter.setBrush(theme.color(ground))
        painter.drawEllipse(QPointF(CARD_WIDTH, 0), 10, 10)
        ink = theme.color("error" if error else "warning")
        paint_icon(painter, "warning", CARD_WIDTH - 6, -6, ink, 12)

    def _paint_message(self, painter: QPainter) -> None:
        text = self.face.message.rstrip(".") + "."
        room = self.message_rect().width()
        # A link that runs below the card must not strike the words through.
        ground = self.message_rect()
        ground.setWidth(min(room, fitted(text, "caption_medium", ENDLESS)[1] + 2))
        painter.fillRect(ground, current_theme().color("canvas"))
        painter.fillRect(self.fix_rect(), current_theme().color("canvas"))
        self._text(painter, 0, self.height + 20, text, "caption_medium", "error", room)
        if not self.fix_rect().isEmpty():
            font_token = "caption_strong"
            self._text(painter, 0, self.height + 36, self.fix_text(), font_token, "accent", room)

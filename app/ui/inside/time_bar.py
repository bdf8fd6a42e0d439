"""The time machine: a slider over the epochs of a run, and a branch from the one that is shown."""

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui.controls import Button, Label
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.pens import make_pen
from app.ui.theme import current_theme
from app.ui.window.surface import Surface

KNOB = 7.5
TRACK = 4
SIDE = 12
"""Room at both ends of the track, in px."""

Mark = tuple[int, str]
"""An epoch, and in few words what was found there."""


class TimeSlider(KeyboardFocus, QWidget):
    """Passive; moves among the epochs that were kept, and at the right end to now.

    Signals:
        moved(moment): an epoch, or None for now, is wanted.
    """

    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inside.slider")
        self.setAccessibleName("Time machine")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(px(120))
        self._moments: tuple[int, ...] = ()
        self._last = 0
        self._moment: int | None = None
        self._marks: tuple[Mark, ...] = ()
        self._best = 0
        self._branch = 0

    def sizeHint(self) -> QSize:
        return QSize(px(480), px(44))

    def show_moments(
        self,
        moments: Sequence[int],
        last: int,
        moment: int | None,
        marks: Sequence[Mark] = (),
        best: int = 0,
        branch: int = 0,
    ) -> None:
        """Show the epochs that can be looked at, from 0 to `last`, and the one that is (None: now).

        Args:
            moments: in their order.
            marks: epochs with a word about each; where there is no room for two, the first stays.
            best: the epoch whose weights came back at the end, where now stands then; 0 for none.
            branch: the epoch from which the run went on as a branch; 0 for none.
        """
        self._moments, self._last, self._moment = tuple(moments), last, moment
        self._marks, self._best, self._branch = tuple(marks), best, branch
        self.setEnabled(bool(self._moments) and last > 0)
        where = (
            f"now, epoch {best or last:,}" if moment is None else f"epoch {moment:,} of {last:,}"
        )
        words = [where, *([f"best epoch {best:,}"] if best else [])]
        words += [f"branched from epoch {branch:,}"] if branch else []
        words += [f"epoch {epoch:,}: {text}" for epoch, text in self._marks]
        self.setAccessibleDescription("; ".join(words))
        self.update()

    # ---- places
    def _track(self) -> QRectF:
        side = px(SIDE)
        return QRectF(side, px(14) - px(TRACK) / 2, max(1, self.width() - 2 * side), px(TRACK))

    def x_of(self, epoch: float) -> float:
        """Where an epoch stands, in px of the widget."""
        track = self._track()
        return track.left() + track.width() * epoch / max(1, self._last)

    @property
    def _now(self) -> int:
        """Where now stands: at the end, or at the best epoch whose weights came back."""
        return self._best or self._last

    def _places(self) -> list[int]:
        """Where the knob can stand."""
        return sorted({*self._moments, self._now})

    def _moment_at(self, place: int) -> int | None:
        return None if place == self._now else place

    def _nearest(self, x: float) -> int | None:
        """The moment nearest to a place; None for now."""
        track = self._track()
        epoch = (x - track.left()) / track.width() * max(1, self._last)
        return self._moment_at(min(self._places(), key=lambda p: (abs(p - epoch), -p)))

    # ---- mouse and keys
    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self._move(self._nearest(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move(self._nearest(event.position().x()))

    def _move(self, moment: int | None) -> None:
        if moment != self._moment:
            self.moved.emit(moment)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        far = max(1, len(self._moments) // 10)
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageDown: -far,
            Qt.Key.Key_PageUp: far,
            Qt.Key.Key_Home: -len(self._moments) - 1,
            Qt.Key.Key_End: len(self._moments) + 1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.step(step)

    def step(self, by: int) -> None:
        """Move by so many of the epochs that were kept."""
        places = self._places()
        at = bisect_left(places, self._now if self._moment is None else self._moment)
        self._move(self._moment_at(places[min(max(at + by, 0), len(places) - 1)]))

    # ---- painting
    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            track = self._track()
            at = self.x_of(self._now if self._moment is None else self._moment)
            paint_box(painter, track, px(2), fill=color("track"))
            if not self.isEnabled():
                return
            done = QRectF(track)
            done.setRight(at)
            paint_box(painter, done, px(2), fill=color("accent"))
            taken = self._paint_marks(painter)
            self._paint_epochs(painter, taken)
            if self._best:  # a ring, as on the curves
                painter.setBrush(color("panel"))
                painter.setPen(make_pen(color("accent"), px(1.5)))
                painter.drawEllipse(
                    QPointF(self.x_of(self._best), track.center().y()), px(5), px(5)
                )
            painter.setBrush(color("panel"))
            painter.setPen(make_pen(color("accent"), px(2)))
            painter.drawEllipse(QPointF(at, track.center().y()), px(KNOB), px(KNOB))

    def _paint_marks(self, painter: QPainter) -> list[QRectF]:
        """The marks; the room that their words take."""
        font = current_theme().font("caption")
        metrics, taken = QFontMetricsF(font), list[QRectF]()
        painter.setFont(font)
        middle = self._track().center().y()
        marks = [(epoch, text, "error") for epoch, text in self._marks]
        marks += [(self._branch, "branched", "muted")] if self._branch else []
        marks += [(self._best, "best", "accent")] if self._best else []
        for epoch, text, token in marks:
            x = self.x_of(epoch)
            painter.setPen(make_pen(color(token), px(2)))
            painter.drawLine(QPointF(x, middle - px(8)), QPointF(x, middle + px(8)))
            words = f"{epoch:,}: {text}"
            place = self._text_place(metrics.horizontalAdvance(words), x)
            if not any(place.intersects(other) for other in taken):
                painter.setPen(color(token))
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)
                taken.append(place.adjusted(-px(8), 0, px(8), 0))
        return taken

    def _paint_epochs(self, painter: QPainter, taken: list[QRectF]) -> None:
        """First, middle and last epoch, where there is room."""
        font = current_theme().font("caption")
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(color("muted"))
        for epoch in dict.fromkeys((0, self._last // 2, self._last)):
            words = f"{epoch:,}" if epoch else "start"
            place = self._text_place(metrics.horizontalAdvance(words), self.x_of(epoch))
            if not any(place.intersects(other) for other in taken):
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft, words)
                taken.append(place.adjusted(-px(8), 0, px(8), 0))

    def _text_place(self, width: float, x: float) -> QRectF:
        """Centred below `x`, moved inwards at the ends."""
        left = min(max(0.0, x - width / 2), max(0.0, self.width() - width - 1))
        return QRectF(left, px(26), width + 1, px(16))


class TimeBar(Surface):
    """Passive.

    Signals:
        moved(moment): as `TimeSlider`.
        branch_pressed(): a new run from the shown epoch is wanted.
    """

    moved = Signal(object)
    branch_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", ("top",), parent)
        self.setObjectName("inside.time")
        self.setFixedHeight(px(64))
        title = Label("Time machine", "title")
        self.slider = TimeSlider()
        self.slider.moved.connect(self.moved)
        self.epoch = Label("", "title")
        self.epoch.setObjectName("inside.epoch")
        self.note = Label("", "caption", "muted", elide=True)
        self.note.setObjectName("inside.time_note")
        self.branch_button = Button("Branch from here", small=False)
        self.branch_button.setObjectName("inside.branch")
        self.branch_button.clicked.connect(self.branch_pressed)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch(1)
        words.addWidget(self.epoch)
        words.addWidget(self.note)
        words.addStretch(1)
        told = QWidget()
        told.setFixedWidth(px(200))
        told.setLayout(words)
        words.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(24), px(8), px(24), px(8))
        row.setSpacing(px(16))
        row.addWidget(title)
        row.addWidget(self.slider, 1)
        row.addWidget(told)
        row.addWidget(self.branch_button)

    def show_words(self, epoch: str, note: str) -> None:
        """What is looked at, and a remark on it."""
        self.epoch.setText(epoch)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def show_branch(self, enabled: bool, help_text: str) -> None:
        self.branch_button.setEnabled(enabled)
        self.branch_button.setToolTip(help_text)

"""The templates as pictures to choose from, with what each is for and why one does not fit."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.core.number_words import counted
from app.core.template_offers import TemplateOffer
from app.ui.canvas.miniature import paint_miniature
from app.ui.controls import Button, Label, NoticeCard
from app.ui.controls.focus_ring import KeyboardFocus
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.controls.scrolling import scroll_area
from app.ui.icons import paint_icon
from app.ui.theme import current_theme
from app.ui.window.surface import Surface

COLUMNS = 3
WIDTH, HEIGHT, PICTURE = 190, 138, 88


class TemplateCard(KeyboardFocus, QAbstractButton):
    """Picture, name, size or why not; one of them is chosen.

    Signals:
        taken(): a double click: this one, now.
    """

    taken = Signal()
    ring_radius = 8.0

    def __init__(self, offer: TemplateOffer) -> None:
        super().__init__()
        self.offer = offer
        self.setObjectName(f"templates.card.{offer.name}")
        self.setText(offer.label)
        fits = offer.obstacle or offer.parameters
        self.setAccessibleName(offer.label)
        self.setAccessibleDescription(f"{offer.help} {fits}")
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(px(WIDTH), px(HEIGHT))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.offer.obstacle:
            self.taken.emit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, offer = current_theme(), self.offer
        with box_painter(self) as painter:
            whole = QRectF(self.rect())
            over = self.underMouse() and not self.isChecked()
            paint_box(painter, whole, px(8), fill=color("card"))
            picture = QRectF(px(1), px(1), whole.width() - px(2), px(PICTURE))
            painter.save()
            painter.setClipRect(picture)
            paint_box(painter, picture.adjusted(0, 0, 0, px(12)), px(7), fill=color("canvas"))
            if offer.obstacle:
                painter.setOpacity(0.45)
            inner = picture.adjusted(px(10), px(8), -px(10), -px(8))
            paint_miniature(painter, inner, offer.network)
            painter.restore()
            painter.fillRect(QRectF(1, px(PICTURE), whole.width() - 2, 1), color("border"))
            painter.setFont(theme.font("title"))
            painter.setPen(color("muted" if offer.obstacle else "text"))
            line = QRectF(px(12), px(PICTURE + 5), whole.width() - px(24), px(20))
            label = painter.fontMetrics().elidedText(
                offer.label, Qt.TextElideMode.ElideRight, int(line.width())
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, label)
            painter.setFont(theme.font("caption"))
            painter.setPen(color("muted"))
            below = line.translated(0, px(20))
            if offer.obstacle:
                paint_icon(painter, "info", below.left(), below.top() + px(4), color("muted"), 12)
                painter.drawText(
                    below.adjusted(px(18), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, offer.refusal
                )
            else:
                words = f"your own, {offer.parameters}" if offer.own else offer.parameters
                painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, words)
            if self.isChecked():
                paint_box(painter, whole, px(8), line=color("accent"), width=px(2))
            else:
                paint_box(painter, whole, px(8), line=color("control_border" if over else "border"))


class TemplateGallery(QWidget):
    """Passive: cards at the left, what the chosen one is for at the right.

    Signals:
        chosen(str): name of the offer that was chosen.
        taken(): the chosen offer is wanted now.
        rename_requested(str), delete_requested(str): of one's own.
    """

    chosen = Signal(str)
    taken = Signal()
    rename_requested = Signal(str)
    delete_requested = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[TemplateCard] = []
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._group.buttonToggled.connect(self._toggled)
        self._current: str | None = None
        self._data = ""
        self._inner = Surface("window")
        self._grid = QGridLayout(self._inner)
        self._grid.setContentsMargins(px(6), px(6), px(10), px(6))
        self._grid.setSpacing(px(12))
        scroll = scroll_area(self._inner, "templates.scroll", "Templates")
        scroll.setMinimumWidth(COLUMNS * px(WIDTH) + px(60))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(16))
        row.addWidget(scroll, 1)
        row.addWidget(self._details())

    @property
    def current(self) -> TemplateOffer | None:
        """The offer that is chosen."""
        return next((c.offer for c in self._cards if c.offer.name == self._current), None)

    def card(self, name: str) -> TemplateCard:
        """The card of the offer `name`. Raises KeyError when there is none."""
        for card in self._cards:
            if card.offer.name == name:
                return card
        raise KeyError(name)

    def show_offers(
        self, offers: Sequence[TemplateOffer], data: str, current: str | None = None
    ) -> None:
        """Show `offers` for the data of that title. `current`, else the one chosen before, else
        the first is chosen.
        """
        self._data = data
        wanted = current or self._current
        focus = any(card.hasFocus() for card in self._cards)
        for card in self._cards:
            self._group.removeButton(card)
            self._grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._cards = [TemplateCard(offer) for offer in offers]
        for number, card in enumerate(self._cards):
            self._group.addButton(card)
            self._grid.addWidget(card, number // COLUMNS, number % COLUMNS)
            card.taken.connect(self.taken)
        self._grid.setRowStretch(len(self._cards) // COLUMNS + 1, 1)
        names = [offer.name for offer in offers if not offer.obstacle]
        self._current = None
        if names:
            chosen = self.card(wanted if wanted in names else names[0])
            chosen.setChecked(True)
            if focus:
                chosen.setFocus()
        else:
            self._show_details()

    def _toggled(self, card: TemplateCard, checked: bool) -> None:
        if checked:
            self._current = card.offer.name
            self._show_details()
            self.chosen.emit(card.offer.name)

    def _details(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(px(264))
        column = QVBoxLayout(side)
        column.setContentsMargins(0, px(6), 0, 0)
        column.setSpacing(px(8))
        self._title = Label("", "subject", wrap=True)
        self._help = Label("", "body", wrap=True)
        self._size = Label("", "body", "muted", wrap=True)
        self._trained = Label("", "body", "muted", wrap=True)
        self._obstacle = NoticeCard("info", "Does not fit", "-", compact=True)
        self._obstacle.setObjectName("templates.obstacle")
        self._rename = Button("Rename…", small=True)
        self._rename.setObjectName("templates.rename")
        self._rename.clicked.connect(lambda: self.rename_requested.emit(self._own_name()))
        self._delete = Button("Delete", "trash", small=True)
        self._delete.setObjectName("templates.delete")
        self._delete.clicked.connect(lambda: self.delete_requested.emit(self._own_name()))
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self._rename)
        buttons.addWidget(self._delete)
        buttons.addStretch(1)
        for widget in (self._title, self._help, self._size, self._trained, self._obstacle):
            column.addWidget(widget)
        column.addLayout(buttons)
        column.addStretch(1)
        return side

    def _own_name(self) -> str:
        return (self._current or "").removeprefix("own:")

    def _show_details(self) -> None:
        offer = self.current
        own = offer is not None and offer.own
        self._rename.setVisible(own)
        self._delete.setVisible(own)
        for widget in (self._title, self._help, self._size, self._trained, self._obstacle):
            widget.setVisible(offer is not None)
        if offer is None:
            return
        self._title.setText(offer.label)
        self._help.setText(offer.help)
        self._obstacle.setVisible(bool(offer.obstacle))
        self._obstacle.set_texts(f"Does not fit {self._data}", offer.obstacle)
        fits = offer.project is not None
        self._size.setVisible(fits)
        self._trained.setVisible(fits)
        if offer.project is not None:
            network, training = offer.project.network, offer.project.training
            self._size.setText(
                f"For {self._data}: {counted(len(network.layers), 'layer')}, {offer.parameters}."
            )
            rate = training.optimizer.options.get("learning_rate")
            speed = f", learning rate {rate:g}" if isinstance(rate, float) else ""
            self._trained.setText(
                f"Trains with {training.optimizer.kind}{speed}, at most "
                f"{counted(training.epochs, 'epoch')}."
            )

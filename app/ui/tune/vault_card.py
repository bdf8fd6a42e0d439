"""The card of the winner and of the test vault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.core.number_words import counted
from app.ui.controls import Button, Label, Panel
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.icons import paint_icon

NARROW = 640
BUTTONS = (
    ("use_best", "Use best on the bench", "Put the settings of {} into the project"),
    ("refit", "Refit…", "Train the network of {} on the training and the validation part together"),
    ("open_vault", "Open vault…", "Measure the trained model on the test part"),
    ("figures", "See the figures", "What the network says of the test samples: the page Evaluate"),
)


@dataclass(frozen=True)
class VaultView:
    """Attributes:
    samples: in the test part; None as long as nobody knows.
    openings: how often its numbers were looked at, with any network; None as long as nobody knows.
    chosen: number of the trial that the buttons mean; None for the best.
    why_not: name of a button to the reason why it cannot be pressed; the others can.
    kept_apart: whether the test part of the trials is that of the data as they are now.
    refit: how far the refit is; "" before.
    sealed: whether the network on the bench was not measured on the test part.
    figure: what it came to there, "accuracy 0.953".
    """

    samples: int | None
    openings: int | None = None
    chosen: int | None = None
    why_not: Mapping[str, str] = field(default_factory=dict)
    kept_apart: bool = True
    refit: str = ""
    sealed: bool = True
    figure: str = ""


class _Lock(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.icon = "lock"

    def show_sealed(self, sealed: bool) -> None:
        self.icon = "lock" if sealed else "lock-open"
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(px(48), px(48))

    def paintEvent(self, event: QPaintEvent) -> None:
        with box_painter(self) as painter:
            paint_box(painter, QRectF(self.rect()), px(6), fill=color("window"))
            size = px(20)
            place = (self.width() - size) // 2
            paint_icon(painter, self.icon, place, (self.height() - size) // 2, color("text"), size)


class VaultCard(Panel):
    """Passive.

    Signals:
        pressed(str): "use_best", "refit", "open_vault" or "figures".
    """

    pressed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setObjectName("tune.vault")
        self.title = Label("", "title", wrap=True)
        self.text = Label("", "body", "muted", wrap=True)
        self.text.setObjectName("tune.vault.text")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.text)
        self.buttons: dict[str, Button] = {}
        beside = QHBoxLayout()
        beside.setSpacing(px(16))
        self.lock = _Lock()
        beside.addWidget(self.lock)
        beside.addLayout(words, 1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(px(12))
        self._row.addLayout(beside, 1)
        strip = QHBoxLayout()
        strip.setSpacing(px(8))
        for name, text, help_text in BUTTONS:
            button = Button(text)
            button.setObjectName(f"tune.{name}")
            button.setToolTip(help_text.format("the best trial"))
            button.clicked.connect(lambda _=False, n=name: self.pressed.emit(n))
            self.buttons[name] = button
            strip.addWidget(button)
        self._row.addLayout(strip)
        self.body.addLayout(self._row)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the buttons stand below the words."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if self.width() < px(NARROW) else ways.LeftToRight)

    def show_vault(self, view: VaultView) -> None:
        self.title.setText(vault_title(view))
        self.text.setText("\n".join(vault_words(view)))
        self.lock.show_sealed(view.sealed)
        self.buttons["open_vault"].setVisible(view.sealed)
        self.buttons["figures"].setVisible(not view.sealed)
        word = "best" if view.chosen is None else f"trial {view.chosen:,}"
        whose = "the best trial" if view.chosen is None else word
        button = self.buttons["use_best"]
        text = f"Use {word} on the bench"
        if button.text() != text:
            button.setText(text)
            button.setAccessibleName(text)
        for name, each in self.buttons.items():
            each.setEnabled(name not in view.why_not)
            each.setToolTip(view.why_not.get(name) or _HELP[name].format(whose))


_HELP = {name: help_text for name, _, help_text in BUTTONS}


def vault_title(view: VaultView) -> str:
    """What it holds, or whether it is sealed, once it is known how often it was opened."""
    if view.openings is None:
        return "Test vault"
    if not view.sealed:
        return f"Test vault: {view.figure or 'open'}"
    return "Test vault: sealed" if view.openings else "Test vault: sealed, opened 0 times"


def vault_words(view: VaultView) -> Sequence[str]:
    """Two short sentences."""
    if view.samples is None:
        return ("The data are not read yet.",)
    if not view.samples:
        return (
            "These data have no test part.",
            "Share one out on the page Data to have an honest last word.",
        )
    seen = f"{counted(view.samples, 'sample')} no trial has seen."
    if not view.kept_apart:
        seen = (
            f"{counted(view.samples, 'sample')}; the data were changed since, so trials may have "
            "seen some."
        )
    if view.openings:
        others = ", by another run" if view.openings == 1 else ", by other runs"
        opened = f"Opened {counted(view.openings, 'time')}{others if view.sealed else ''}"
        return (seen, f"{opened}; more looks count less.")
    if view.refit:
        return (seen, view.refit)
    if "use_best" in view.why_not:
        return (seen, "Choose first, by a search or by hand; then open it once.")
    return (seen, "Refit the chosen trial, then open it once.")

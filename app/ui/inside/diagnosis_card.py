"""The card that says what is wrong: when it was found, why, by which numbers, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.advisor.diagnosis import Diagnosis
from app.ui.controls import Button, ComboBox, IconMark, Label, Line, Panel, PrimaryButton
from app.ui.controls.labels import Tone
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll

BUTTON_ROOM = 280
"""Px that two buttons side by side may take."""
ICONS = {"error": "error", "warning": "warning"}


@dataclass(frozen=True)
class Verdict:
    """What the card says where it is no diagnosis.

    Attributes:
        icon, tone: of the first line.
        first: the first line.
        looked_at: what was looked at, a line each.
        noticed: what was seen and is no illness, a phrase each.
    """

    icon: str
    tone: Tone
    first: str
    title: str
    words: str
    looked_at: tuple[str, ...] = ()
    noticed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a remedy.

    Attributes:
        tone: "good", "warning" or "muted".
        words: "Run 12: accuracy 0.98, was 0.50."
    """

    icon: str
    tone: Tone
    words: str


class DiagnosisCard(Panel):
    """Passive.

    Signals:
        remedy_chosen(int): a remedy of the shown diagnosis was pressed, from 0.
        diagnosis_chosen(int): another of the diagnoses was chosen, from 0.
    """

    remedy_chosen = Signal(int)
    diagnosis_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent, padding=0)
        self.setObjectName("advisor.card")
        self.setAccessibleName("Diagnosis")
        self._shown: object = None
        self.chooser = ComboBox([])
        self.chooser.setObjectName("advisor.chooser")
        self.chooser.setAccessibleName("Which diagnosis is shown")
        self.chooser.chosen.connect(lambda value: self.diagnosis_chosen.emit(int(str(value))))
        self.mark = IconMark("check", "good")
        self.found = Label("", "caption_strong", "good", wrap=True)
        self.found.setObjectName("advisor.found")
        self.title = Label("", "diagnosis", wrap=True)
        self.title.setObjectName("advisor.title")
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("advisor.words")
        self.outcome_mark = IconMark("info", "muted")
        self.outcome = Label("", "body", wrap=True)
        self.outcome.setObjectName("advisor.outcome")
        self.evidence_title = Label("", "title")
        self.remedy_title = Label("Remedy", "title")
        self.note = Label("", "caption", "muted", wrap=True)
        self.note.setObjectName("advisor.note")
        self.source = Label("", "caption", "muted", wrap=True)
        self.source.setObjectName("advisor.source")
        self.remedies: list[Button] = []
        self._rows = QVBoxLayout()
        self._others = QGridLayout()
        self._main = QVBoxLayout()
        self._arrange()

    def _arrange(self) -> None:
        inside = QWidget()
        inside.setObjectName("advisor.inside")
        column = QVBoxLayout(inside)
        column.setContentsMargins(px(16), px(16), px(16), px(16))
        column.setSpacing(0)
        column.addWidget(self.chooser)
        self._below_chooser = QWidget()
        self._below_chooser.setFixedHeight(px(12))
        column.addWidget(self._below_chooser)
        column.addLayout(_beside(self.mark, self.found))
        column.addSpacing(px(8))
        column.addWidget(self.title)
        column.addSpacing(px(8))
        column.addWidget(self.words)
        self._outcome_row = QWidget()
        beside = _beside(self.outcome_mark, self.outcome)
        beside.setContentsMargins(0, px(10), 0, 0)
        self._outcome_row.setLayout(beside)
        column.addWidget(self._outcome_row)
        column.addSpacing(px(14))
        column.addWidget(self.evidence_title)
        column.addSpacing(px(4))
        self._rows.setSpacing(0)
        column.addLayout(self._rows)
        column.addSpacing(px(14))
        column.addWidget(self.remedy_title)
        column.addSpacing(px(6))
        self._main.setSpacing(px(8))
        column.addLayout(self._main)
        column.addSpacing(px(6))
        column.addWidget(self.note)
        column.addSpacing(px(6))
        self._others.setSpacing(px(8))
        column.addLayout(self._others)
        column.addSpacing(px(12))
        column.addWidget(self.source)
        column.addStretch(1)
        area = ClearScroll("inside.diagnosis.scroll", "Diagnosis")
        area.setWidget(inside)
        self.body.addWidget(area, 1)

    # ---- what is shown
    def show_diagnosis(
        self,
        diagnoses: Sequence[Diagnosis],
        number: int,
        outcome: Outcome | None = None,
        applied: str = "",
    ) -> None:
        """Show `diagnoses[number]`.

        Args:
            outcome: what became of a remedy before.
            applied: label of the remedy that is applied and not yet tried.
        """
        key = (tuple(diagnoses), number, outcome, applied)
        if key == self._shown:
            return
        self._shown = key
        one = diagnoses[number]
        tone = one.severity
        self.chooser.setVisible(len(diagnoses) > 1)
        self._below_chooser.setVisible(len(diagnoses) > 1)
        titles = [
            (place, f"{place + 1} of {len(diagnoses)}: {each.title}")
            for place, each in enumerate(diagnoses)
        ]
        self.chooser.set_options(titles)
        self.chooser.set_current(number)
        self._head(ICONS[tone], tone, one.found, one.title, one.explanation)
        self._show_outcome(outcome)
        self.evidence_title.setText(f"Evidence at epoch {one.until:,}")
        self._show_rows(one.rows)
        self._show_remedies(one, applied)
        self.source.setText(one.source)
        for label in (self.remedy_title, self.note, self.source):
            label.show()
        self.setAccessibleDescription(f"{one.title}. {one.found}. {one.explanation}")

    def show_verdict(self, verdict: Verdict, outcome: Outcome | None = None) -> None:
        """Show that nothing is wrong, or can't be told yet."""
        if (verdict, outcome) == self._shown:
            return
        self._shown = (verdict, outcome)
        self.chooser.hide()
        self._below_chooser.hide()
        also = f"Also noticed: {'; '.join(verdict.noticed)}." if verdict.noticed else ""
        words = f"{verdict.words} {also}".rstrip()
        self._head(verdict.icon, verdict.tone, verdict.first, verdict.title, words)
        self._show_outcome(outcome)
        self.evidence_title.setText("Looked at" if verdict.looked_at else "")
        self._show_rows(tuple((what, "") for what in verdict.looked_at))
        self._clear_remedies()
        for label in (self.remedy_title, self.note, self.source):
            label.hide()
        self.setAccessibleDescription(f"{verdict.title}. {words}")

    def _head(self, icon: str, tone: Tone, first: str, title: str, words: str) -> None:
        self.mark.set_mark(icon, tone)
        self.found.set_tone(tone)
        self.found.setText(first)
        self.title.setText(title)
        self.words.setText(words)

    def _show_outcome(self, outcome: Outcome | None) -> None:
        self._outcome_row.setVisible(outcome is not None)
        if outcome is not None:
            self.outcome_mark.set_mark(outcome.icon, outcome.tone)
            self.outcome.setText(outcome.words)

    def _show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        clear_layout(self._rows)
        for what, value in rows:
            self._rows.addWidget(Line())
            left = Label(what, "body", "muted", wrap=not value, elide=bool(value))
            left.setMinimumHeight(px(27))
            left.setToolTip(what)
            row = QWidget()
            beside = QHBoxLayout(row)
            beside.setContentsMargins(0, 0, 0, 0)
            beside.addWidget(left, 1)
            if value:
                beside.addWidget(Label(value, "title"))
            self._rows.addWidget(row)
            left.setAccessibleName(f"{what}: {value}" if value else what)

    def _show_remedies(self, one: Diagnosis, applied: str) -> None:
        self._clear_remedies()
        for place, fix in enumerate(one.remedies):
            button = Button(fix.label) if place else PrimaryButton(fix.label)
            button.setObjectName(f"advisor.remedy.{place}")
            button.setEnabled(not applied)
            button.clicked.connect(lambda _=False, n=place: self.remedy_chosen.emit(n))
            self.remedies.append(button)
            if place == 0:
                self._main.addWidget(button)
        self._arrange_others(self.remedies[1:])
        self.remedy_title.setText("Remedy")
        self.note.setText(f"{applied}: applied. Train again, or undo." if applied else one.note)

    def _arrange_others(self, buttons: Sequence[Button]) -> None:
        """Two abreast where their words allow it."""
        row, column = 0, 0
        for place, button in enumerate(buttons):
            pair = buttons[place : place + 2] if column == 0 else buttons[place - 1 : place + 1]
            wide = sum(each.sizeHint().width() for each in pair) + px(8) > px(BUTTON_ROOM)
            if column == 0 and (len(pair) == 1 or wide):
                self._others.addWidget(button, row, 0, 1, 2)
                row += 1
            else:
                self._others.addWidget(button, row, column)
                row, column = row + column, 1 - column

    def _clear_remedies(self) -> None:
        self.remedies = []
        clear_layout(self._main)
        clear_layout(self._others)


def _beside(mark: IconMark, label: Label) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(px(6))
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label, 1)
    return row

"""What is known of the chosen run, or what differs between the two that are chosen."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.core.frozen import OptionValue
from app.core.number_words import counted
from app.core.project import Project
from app.core.search_paths import place_anywhere
from app.core.short_names import in_sentence
from app.journal.differences import Difference
from app.journal.entries import Entry, KeptRun
from app.ui.controls import Button, Label, Panel, PrimaryButton
from app.ui.controls.labels import Tone
from app.ui.controls.painting import px
from app.ui.controls.scrolling import ClearScroll
from app.ui.plots.axis import value_text
from app.ui.runs.notes_field import NotesField
from app.ui.runs.run_words import (
    ending_text,
    kind_text,
    metric_text,
    score_text,
    seconds_text,
    when_text,
)
from app.ui.tune.value_words import base_path, column_titles
from app.ui.tune.value_words import value_text as option_text

MOST_ROWS = 300
"""So many differences are drawn; more are counted."""
WEIGHTS = "Weights are not kept here: settings and seed give the same numbers again."

_BRING_BACK = {
    0: "Choose a run to bring its settings back.",
    1: "Put the settings of this run on the bench; undo takes them back.",
}
Row = tuple[str, str]


class RunDetails(Panel):
    """Passive.

    Signals:
        bring_back_pressed(), delete_pressed(), tensorboard_pressed(): of the chosen runs.
        notes_edited(str): of the one that is shown.
    """

    bring_back_pressed = Signal()
    delete_pressed = Signal()
    tensorboard_pressed = Signal()
    notes_edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Run", " ", parent)
        self.setObjectName("runs.details")
        self._rows: tuple[tuple[str, ...], ...] | None = None
        self.notes = NotesField()
        self.notes.setObjectName("runs.notes")
        self.notes.text.setObjectName("runs.notes.text")
        self.notes.text.setAccessibleName("Notes on this run")
        self.notes.edited.connect(self.notes_edited)
        self.notes.setMinimumHeight(px(36))
        self.notes.setMaximumHeight(px(72))
        self.bring_back = PrimaryButton("Bring back")
        self.bring_back.setObjectName("runs.bring_back")
        self.bring_back.clicked.connect(self.bring_back_pressed)
        self.tensorboard = Button("TensorBoard…")
        self.tensorboard.setObjectName("runs.tensorboard")
        self.tensorboard.clicked.connect(self.tensorboard_pressed)
        self.delete = Button("Delete…", "trash")
        self.delete.setObjectName("runs.delete")
        self.delete.clicked.connect(self.delete_pressed)
        self._hint = Label("", "body", "muted", wrap=True)
        self._hint.setObjectName("runs.hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._scroll = ClearScroll()
        self._scroll.setObjectName("runs.facts")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        self._stack.addWidget(self._scroll)
        buttons = QHBoxLayout()
        buttons.setSpacing(px(8))
        buttons.addWidget(self.bring_back)
        buttons.addStretch(1)
        buttons.addWidget(self.tensorboard)
        buttons.addWidget(self.delete)
        self._stack.setMinimumHeight(px(40))
        self.body.addWidget(self._stack, 3)
        self.body.addWidget(self.notes, 2)
        self.body.addLayout(buttons)
        self.show_nothing()

    # ---- what is shown
    def show_nothing(self) -> None:
        """No run is chosen."""
        self._head("Run", " ")
        self._say("Choose a run to see what is known of it, two to see what differs.")
        self._offer(0)

    def show_reading(self, entries: Sequence[Entry]) -> None:
        """These are chosen, and are being read."""
        count = len(entries)
        if count == 1:
            self._head_of(entries[0])
        elif count == 2:
            self._head("What differs", f"{_name(entries[0])} and {_name(entries[1])}")
        else:
            self._head(f"{count:,} runs", " ")
            self._say("Choose two runs to see what differs between them.")
        self.notes.setVisible(count == 1)
        self._offer(count)

    def show_problem(self, text: str) -> None:
        """It could not be read."""
        self._say(text)

    def show_run(self, kept: KeptRun) -> None:
        """All that is known of one run."""
        entry = kept.entry
        self._head_of(entry)
        self._show_rows(tuple(_facts(kept)), WEIGHTS)
        self.notes.show()
        self._offer(1)

    def show_differences(
        self, entries: Sequence[Entry], found: Sequence[Difference], same_data: bool | None
    ) -> None:
        """What differs between two runs.

        Args:
            same_data: whether both had the same arrays; None where that is not known.
        """
        heads = ("", _name(entries[0]), _name(entries[1]))
        score = ("Score", *(score_text(entry) for entry in entries))
        rows = [
            heads,
            score,
            *((_path_words(one), one.first, one.second) for one in found[:MOST_ROWS]),
        ]
        data = {None: "", True: "Both had the same data.", False: "They had different data."}
        told = "Their settings are the same. " if not found else ""
        more = f"{len(found) - MOST_ROWS:,} more. " if len(found) > MOST_ROWS else ""
        self._head("What differs", f"{heads[1]} and {heads[2]}")
        self._show_rows(tuple(rows), f"{more}{told}{data[same_data]}".strip())
        self.notes.hide()
        self._offer(2)

    @property
    def shown_rows(self) -> tuple[tuple[str, ...], ...]:
        """The texts of the table on show."""
        return self._rows or ()

    # ---- inside
    def _offer(self, count: int) -> None:
        self.bring_back.setEnabled(count == 1)
        self.bring_back.setToolTip(_BRING_BACK.get(count, "Choose one run alone to bring it back."))
        self.delete.setEnabled(count > 0)
        self.delete.setToolTip("" if count else "Choose a run to delete it.")
        self.tensorboard.setEnabled(count > 0)
        self.tensorboard.setToolTip(
            "Write the curves as event files that TensorBoard draws."
            if count
            else "Choose a run to write its curves as event files."
        )
        self.notes.setVisible(count == 1)

    def _head(self, title: str, subtitle: str) -> None:
        if self.header is not None:
            self.header.set_title(title)
            self.header.set_subtitle(subtitle)

    def _head_of(self, entry: Entry) -> None:
        """Which run it is in full; the name of the project takes what room is left."""
        self._head(", ".join(filter(None, (f"Run {entry.number}", entry.which))), entry.name)

    def _say(self, text: str) -> None:
        self._rows = None
        self._hint.setText(text)
        self._stack.setCurrentWidget(self._hint)

    def _show_rows(self, rows: tuple[tuple[str, ...], ...], below: str) -> None:
        self._stack.setCurrentWidget(self._scroll)
        if rows == self._rows:
            return
        self._rows = rows
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, px(8), 0)
        column.setSpacing(px(8))
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(3))
        for place, row in enumerate(rows):
            for cell, text in enumerate(row):
                head = not row[0] and cell
                tone: Tone = "muted" if not cell else "text"
                role = "caption_strong" if head else "body"
                label = Label(text, role, tone, wrap=True)
                label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
                grid.addWidget(label, place, cell)
        grid.setColumnStretch(0, 4)
        for cell in range(1, max(map(len, rows), default=1)):
            grid.setColumnStretch(cell, 4 if len(rows[0]) > 2 else 7)
        column.addLayout(grid)
        column.addWidget(Label(below, "caption", "muted", wrap=True))
        column.addStretch(1)
        self._scroll.setWidget(page)


def _name(entry: Entry) -> str:
    return f"run {entry.number}"


def _path_words(one: Difference) -> str:
    """ "Units, dense_1" of "network.dense_1.units"."""
    parts = one.path.split(".")
    return f"{one.label}, {parts[1]}" if parts[0] == "network" and len(parts) > 2 else one.label


def _how_it_ended(entry: Entry) -> str:
    words = ending_text(entry)
    told = entry.sentence if entry.kind != "trial" or entry.ending == "failed" else ""
    return told or f"{words[:1].upper()}{words[1:]}."


def _score_words(entry: Entry) -> str:
    return f"Validation {in_sentence(metric_text(entry))}".strip()


def _over_folds(kept: KeptRun) -> str:
    folds = len(kept.trial.folds) if kept.trial is not None else 0
    return f", {folds} folds together" if folds > 1 else ""


def _score_row(kept: KeptRun) -> list[Row]:
    """The score; where there was no validation part that is said, and what the training showed."""
    entry, row = kept.entry, kept.unvalidated
    if row is None or entry.score is not None:
        return [(_score_words(entry), score_text(entry))]
    name = entry.score_name.removeprefix("val_")
    figure = row.metrics.get(name)
    told = [(_score_words(entry), "no validation part")]
    if isinstance(figure, (int, float)):
        label = f"Training {in_sentence(metric_text(entry))}, epoch {row.epoch:,}"
        told.append((label, f"{value_text(figure)} (no score)"))
    return told


def _settings(project: Project, settings: Mapping[str, OptionValue]) -> list[Row]:
    """What a trial was given, named as on the page Tune."""
    options = {}
    for path in settings:
        place = place_anywhere(project, path) or place_anywhere(project, base_path(path))
        if place is not None:
            options[path] = place.option
    titles = column_titles(tuple(settings), options)
    return [
        (titles[path], option_text(value, options.get(path))) for path, value in settings.items()
    ]


def _facts(kept: KeptRun) -> list[Row]:
    entry = kept.entry
    rows: list[Row] = [
        ("Started", f"{when_text(entry.started_at)}, {kind_text(entry).lower()}"),
        ("Data", entry.data),
        ("Seed", str(entry.seed)),
        *_score_row(kept),
        ("Epochs", f"{entry.epochs:,} in {seconds_text(entry.seconds)}{_over_folds(kept)}"),
        ("Ended", _how_it_ended(entry)),
    ]
    if entry.best_epoch:
        rows.insert(-2, ("Best epoch", str(entry.best_epoch)))
    if kept.trial is not None:
        rows += [
            (
                f"Fold {fold.fold + 1}",
                value_text(fold.score) if fold.score is not None else fold.state,
            )
            for fold in kept.trial.folds
        ]
        rows += _settings(kept.project, kept.trial.settings)
    if entry.fingerprint:
        rows.append(("Fingerprint of the data", entry.fingerprint[:16]))
    for opening in kept.openings:
        metrics = ", ".join(
            f"{name} {value_text(value)}"
            for name, value in opening.metrics.items()
            if isinstance(value, (int, float))
        )
        many = counted(opening.samples, "sample")
        told = f"{when_text(opening.date)}, opening {opening.number}, {many}"
        rows.append(("Test vault", f"{told}: {metrics}" if metrics else told))
    before = len(kept.record.opened_before) if kept.record is not None else 0
    if before:
        rows.append(("Before that", f"the test part had been looked at {counted(before, 'time')}"))
    if entry.study:
        rows.append(("Study", entry.study))
    if entry.file:
        rows.append(("Project", entry.file))
    return rows

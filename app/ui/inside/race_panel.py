"""What races: the ready-made choices, the contestants, and how long each may train."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.core.race_settings import GROUPS, MOST_CONTESTANTS, PRESETS, RaceLimits, Variation
from app.ui.controls import (
    Button,
    ComboBox,
    FloatField,
    IconButton,
    IntegerField,
    Label,
    Panel,
    PrimaryButton,
)
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip
from app.ui.controls.scrolling import ClearScroll
from app.ui.plots.series_mark import SeriesMark

WIDTH = 304
ROWS = 5
"""So many contestants are seen at once."""
MOST_SECONDS = 3600.0


class RacePanel(Panel):
    """Passive.

    Signals:
        preset_chosen(name): a ready-made race is wanted.
        add_requested(str), remove_requested(str): a variation, by its name.
        edited(str): the number in the field of this name was changed.
        start_pressed(): start, or stop.
    """

    preset_chosen = Signal(object)
    add_requested = Signal(str)
    remove_requested = Signal(str)
    edited = Signal(str)
    start_pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Race", "from the same weights", parent)
        self.setFixedWidth(px(WIDTH))
        self._all: tuple[Variation, ...] = ()
        self._chosen: tuple[str, ...] = ()
        self._labels: tuple[str, ...] | None = None
        self._menu: QMenu | None = None
        self.presets = ComboBox(
            [*((name, GROUPS[name]) for name in PRESETS), ("own", "My own choice")]
        )
        self.presets.setObjectName("race.preset")
        self.presets.setAccessibleName("What the contestants differ in")
        self.presets.chosen.connect(self.preset_chosen)
        self._list = ClearScroll()
        self._list.setObjectName("race.contestants")
        self._add = Button("Add a contestant", "plus", small=True)
        self._add.setObjectName("race.add")
        self._add.clicked.connect(self._open_menu)
        self.batch = IntegerField(32, minimum=1, maximum=1_000_000)
        self.epochs = IntegerField(RaceLimits().epochs, minimum=1, maximum=1_000_000)
        self.seconds = FloatField(RaceLimits().seconds, minimum=0.1, maximum=MOST_SECONDS, step=5.0)
        self._batch_label = Label("Mini-batch", "body", "muted")
        self.expected = Label("", "caption", "muted", wrap=True)
        self.expected.setObjectName("race.expected")
        self.start = PrimaryButton("Start the race")
        self.start.setObjectName("race.start")
        self.start.clicked.connect(self.start_pressed)
        self.strip = ProgressStrip()
        self.strip.setObjectName("race.progress")
        self.strip.setAccessibleName("Progress of the race")
        policy = self.strip.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.strip.setSizePolicy(policy)
        self.strip.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        fields = QGridLayout()
        fields.setHorizontalSpacing(px(8))
        fields.setVerticalSpacing(px(4))
        rows = (
            (self._batch_label, self.batch, "samples", "race.batch"),
            (Label("Each at most", "body", "muted"), self.epochs, "epochs", "race.epochs"),
            (Label("and at most", "body", "muted"), self.seconds, "seconds", "race.seconds"),
        )
        for row, (label, field, unit, name) in enumerate(rows):
            field.setObjectName(name)
            field.setAccessibleName(f"{label.text()}, {unit}")
            field.setFixedWidth(px(72))
            field.value_edited.connect(lambda _value, n=name: self.edited.emit(n))
            label.setBuddy(field)
            fields.addWidget(label, row, 0)
            fields.addWidget(field, row, 1)
            unit_label = Label(unit, "body", "muted")
            fields.addWidget(unit_label, row, 2)
            if field is self.batch:
                self._batch_unit = unit_label
        fields.setColumnStretch(2, 1)
        explained = ClearScroll()
        explained.setObjectName("race.explained")
        explained.setMinimumHeight(px(96))
        self.expected.setAlignment(Qt.AlignmentFlag.AlignTop)
        explained.setWidget(self.expected)
        self.body.addWidget(self.presets)
        self.body.addWidget(self._list)
        self.body.addWidget(self._add)
        self.body.addLayout(fields)
        self.body.addWidget(self.start)
        self.body.addWidget(self.strip)
        self.body.addWidget(explained, 1)

    # ---- what is shown
    def show_contestants(
        self, preset: str, everything: Sequence[Variation], chosen: Sequence[Variation]
    ) -> None:
        """Show who races, of all that can."""
        names = tuple(one.name for one in chosen)
        self.presets.set_current(preset)
        self._all, self._chosen = tuple(everything), names
        labels = tuple(one.label for one in chosen)
        if labels == self._labels:
            return  # what has the focus keeps it
        self._labels = labels
        page = QWidget()
        rows = QVBoxLayout(page)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(px(2))
        for number, one in enumerate(chosen):
            rows.addLayout(self._row(number, one, removable=len(chosen) > 1))
        rows.addStretch(1)
        self._list.setWidget(page)
        self._list.setFixedHeight(px(30) * min(ROWS, max(1, len(chosen))))
        self._add.setEnabled(len(chosen) < MOST_CONTESTANTS)
        has_batch = "batch.mini" in names
        for widget in (self._batch_label, self.batch, self._batch_unit):
            widget.setVisible(has_batch)

    def _row(self, number: int, one: Variation, *, removable: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(px(6))
        row.addWidget(SeriesMark(number))
        label = Label(one.label, "body", elide=True)
        label.setObjectName(f"race.contestant.{number}")
        row.addWidget(label, 1)
        remove = IconButton("close", f"Take {one.label} out of the race")
        remove.setObjectName(f"race.remove.{one.name}")
        remove.setEnabled(removable)
        remove.clicked.connect(lambda _checked=False, n=one.name: self.remove_requested.emit(n))
        row.addWidget(remove)
        return row

    def show_running(self, active: bool, stopping: bool, share: float, obstacle: str) -> None:
        """Show how far it is; `obstacle` tells why it cannot be started, "" when it can."""
        self.start.setText("Stop the race" if active else "Start the race")
        self.start.setEnabled(not stopping if active else not obstacle)
        self.start.setToolTip("" if active else obstacle)
        self.strip.setVisible(active)
        self.strip.show_progress(share, spoken=f"{share:.0%} done")

    @property
    def limits(self) -> RaceLimits:
        epochs, seconds = self.epochs.value(), self.seconds.value()
        return RaceLimits(int(str(epochs)), float(str(seconds)))

    # ---- the menu
    def _open_menu(self) -> None:
        if self._menu is not None:
            self._menu.deleteLater()
        self._menu = menu = QMenu(self)
        menu.setObjectName("race.menu")
        self._entry(menu, "own", "As on the bench")
        for group, title in GROUPS.items():
            entries = [one for one in self._all if one.group == group]
            if entries:
                below = menu.addMenu(title)
                below.setObjectName(f"race.menu.{group}")
                for one in entries:
                    self._entry(below, one.name, one.label)
        menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))

    def _entry(self, menu: QMenu, name: str, text: str) -> None:
        action = menu.addAction(text[:1].upper() + text[1:])
        action.setObjectName(f"race.add.{name}")
        action.setEnabled(name not in self._chosen)
        action.triggered.connect(lambda _checked=False: self.add_requested.emit(name))

"""Several settings from the same initial weights on one plot."""

from PySide6.QtWidgets import QHBoxLayout

from app.core.comparison import Variant
from app.core.data_summary import DataSummary
from app.core.race_settings import (
    MOST_CONTESTANTS,
    PRESETS,
    Variation,
    beginnings,
    chosen,
    contestant,
    expectation,
    variations,
)
from app.ui.comparison_control import ComparisonState
from app.ui.comparison_view import ComparisonView
from app.ui.controls import Label, Panel
from app.ui.controls.painting import px
from app.ui.inside.looking import Looking
from app.ui.inside.race_panel import RacePanel
from app.ui.inside.tab import Tab

NO_PROJECT = "Open or make a project first: a race varies its settings."
CANNOT_TRAIN = (
    "This project cannot be trained as it stands, so nothing can race. See Problems on the bench."
)
TRAINING_FIRST = "The training goes first: wait for its end, or stop it"
EDITED = "The settings on the bench were changed since this race."
CHANGED = "The contestants were changed: start the race to see how they do."
NOTHING_RACED = (
    "Nothing has raced yet. Start the race: the contestants on the left are trained one after the "
    "other, and their losses are drawn here against epochs, updates and seconds."
)
TOO_FEW = "A race needs two contestants at least"


class RaceTab(Tab):
    """Who races, and how they did."""

    name = "race"
    label = "Race"
    sentence = (
        "The same network from the same initial weights, trained in several ways: what is gained "
        "by epochs may be lost by seconds. Your own run is left as it is."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.control = looking.comparison
        self.panel = RacePanel()
        self.view = ComparisonView("race", NOTHING_RACED)
        self._preset = "batch"
        self._names: tuple[str, ...] = PRESETS["batch"]
        self._raced: tuple[Variation, ...] = ()
        self._touched = False
        self._own_batch = False
        self._arrange()
        self.page.set_plot(self.view.plot)
        self.panel.preset_chosen.connect(self._choose_preset)
        self.panel.add_requested.connect(self._add)
        self.panel.remove_requested.connect(self._remove)
        self.panel.edited.connect(self._number_edited)
        self.panel.start_pressed.connect(self._start_or_stop)
        self.view.use_requested.connect(self._use)
        self.control.changed.connect(self._race_changed)
        looking.document.changed.connect(self._changed)
        looking.run.state_changed.connect(self._run_changed)

    def _arrange(self) -> None:
        self.note = Label("", "body", "muted", wrap=True)
        self.note.setObjectName("race.note")
        result = Panel()
        result.body.addWidget(self.view, 1)
        result.body.addWidget(self.note)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(self.panel)
        row.addWidget(result, 1)
        self.page.body.addLayout(row, 1)

    # ---- what is shown
    def refresh(self) -> None:
        project, resolved = self.looking.document.project, self.looking.document.resolved
        state = self.control.state
        if project is None or resolved is None:
            self.page.show_empty(NO_PROJECT)
            return
        if not resolved.can_train and not state.records:
            self.page.show_empty(CANNOT_TRAIN)
            return
        if not self._own_batch:
            self.panel.batch.set_value(project.training.batch_size)
        those = self._chosen()
        self.panel.show_contestants(self._preset, variations(project), those)
        obstacle = "" if resolved.can_train else CANNOT_TRAIN
        if self.looking.run.state.active:
            obstacle = TRAINING_FIRST
        elif len(those) < 2:
            obstacle = TOO_FEW
        stopping = state.phase == "stopping"
        self.panel.show_running(state.active, stopping, state.share, obstacle)
        self.panel.expected.setText("\n\n".join(filter(None, self._expected(resolved.summary))))
        self._show_view(state)
        self.page.show_body()

    def _expected(self, summary: DataSummary) -> tuple[str, ...]:
        """How long it may take, what will be seen, and who begins elsewhere."""
        those = self._chosen()
        seconds = self.panel.limits.seconds * len(those)
        least = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        return (
            f"{len(those)} trainings, {least} at most together.",
            expectation(self._preset, summary, self._mini_batch),
            beginnings(those),
        )

    def _show_view(self, state: ComparisonState) -> None:
        shown = state.variants if state.variants and not self._touched else self._variants()
        self.view.show_variants(shown)
        self.view.show_state(state)
        note = ""
        if state.records and not state.active:
            if self._touched:
                note = CHANGED
            elif self._variants() != state.variants:
                note = EDITED
        self.note.setText(note)
        self.note.setVisible(bool(note))

    @property
    def raced(self) -> tuple[Variation, ...]:
        """The contestants of the last race."""
        return self._raced

    @property
    def _mini_batch(self) -> int:
        value = self.panel.batch.value()
        return value if isinstance(value, int) else 32

    def _chosen(self) -> tuple[Variation, ...]:
        project = self.looking.document.project
        if project is None:
            return ()
        return chosen(project, self._names, mini_batch=self._mini_batch)

    def _variants(self) -> tuple[Variant, ...]:
        project = self.looking.document.project
        if project is None:
            return ()
        return tuple(contestant(project, one, self.panel.limits) for one in self._chosen())

    # ---- what is asked
    def _choose_preset(self, preset: object) -> None:
        self._preset = str(preset)
        if self._preset in PRESETS:
            self._names = PRESETS[self._preset]
        self._edited()

    def _add(self, name: str) -> None:
        if name not in self._names and len(self._chosen()) < MOST_CONTESTANTS:
            self._preset = "own"
            self._names = (*(one.name for one in self._chosen()), name)
            self._edited()

    def _remove(self, name: str) -> None:
        self._preset = "own"
        self._names = tuple(one.name for one in self._chosen() if one.name != name)
        self._edited()

    def _number_edited(self, name: str) -> None:
        self._own_batch = self._own_batch or name == self.panel.batch.objectName()
        self._edited()

    def _edited(self) -> None:
        self._touched = True
        self.refresh()

    def _start_or_stop(self) -> None:
        if self.control.state.active:
            self.control.stop()
            return
        variants = self._variants()
        if len(variants) < 2:
            return
        self._touched = False
        self._raced = self._chosen()
        self.control.start(variants, self.panel.limits.seconds, keep_paths=True)

    def _use(self, number: int) -> None:
        """Put what was varied on the bench; all else there stays as it is by now."""
        project = self.looking.document.project
        if project is not None and number < len(self._raced):
            one = self._raced[number]
            self.looking.document.edit(f"Use {one.label}", one.edit(project))

    # ---- what happens elsewhere
    def _race_changed(self) -> None:
        if not self.control.state.variants:  # another project was opened
            self._raced, self._touched, self._own_batch = (), False, False
        self._changed()

    def _changed(self, *_what: object) -> None:
        if self.page.isVisible():
            self.refresh()

    def _run_changed(self) -> None:
        """A training that is begun goes first."""
        if self.looking.run.state.active and self.control.state.active:
            self.control.stop()
        self._changed()

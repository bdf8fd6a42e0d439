"""The loss around the path of the run, or around those of all contestants of a race."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from app.core.landscapes import landscapes
from app.diagnostics.loss_surface import ONE_POINT
from app.training.engine_room import TrainingRequest
from app.ui.controls import Button, ComboBox, Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.controls.progress import ProgressStrip
from app.ui.controls.scrolling import ClearScroll
from app.ui.inside.looking import Looking
from app.ui.inside.surface_words import surface_words
from app.ui.inside.tab import Tab
from app.ui.plots.surface_plot import SurfacePlot
from app.ui.surface_control import SurfaceControl

COARSE, FINE = 33, 65
"""Points along each side of the grid, at first and when one asks for more."""
RUN = "run"
TRAINS = (
    "While it trains the path is not at its end: the surface is worked out as soon as the training "
    "rests. Stop keeps the model as it is."
)
NOT_KEPT = (
    "The weights of the epochs are not known: they are not part of a project file. Train anew to "
    "see the path."
)
OR_RACE = "Or let several settings race: their paths then share a surface."
RACES = "The race is not over yet: the paths of all contestants are shown when it has ended."


class SurfaceTab(Tab):
    """A map of the loss with the paths of optimizers on it."""

    name = "surface"
    label = "Loss surface"
    sentence = (
        "The loss around the way that the optimizer took, on the plane that shows this way best: "
        "where it is steep, where it is flat, and why another optimizer ends elsewhere."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.control = SurfaceControl(looking.jobs, looking.room, self)
        self.plot = SurfacePlot()
        self.plot.setObjectName("inside.surface.plot")
        self._source = RUN
        self._side = COARSE
        self._key: object = None
        self._offered: list[tuple[str, str]] = []
        self._make_controls()
        self._arrange()
        self.page.set_plot(self.plot)
        self.plot.epoch_pressed.connect(self._epoch_pressed)
        looking.run.state_changed.connect(self._run_changed)
        for signal in (
            self.control.changed,
            looking.comparison.changed,
            looking.moment_changed,
        ):
            signal.connect(self._changed)

    def _make_controls(self) -> None:
        self.sources = ComboBox([(RUN, "This run")])
        self.sources.setObjectName("inside.surface.source")
        self.sources.setAccessibleName("Whose paths are shown")
        self.sources.setFixedWidth(px(232))
        self.sources.chosen.connect(self._source_chosen)
        self.reach = SegmentedControl([(1.0, "Near"), (2.5, "Wide")], small=True)
        self.reach.setObjectName("inside.surface.reach")
        self.reach.setAccessibleName("How far around the paths")
        self.reach.chosen.connect(lambda _value: self.refresh())
        self.colours = SegmentedControl(
            [("linear", "Linear"), ("log", "Log")], "linear", small=True
        )
        self.colours.setObjectName("inside.surface.colours")
        self.colours.setAccessibleName("Colours of the loss")
        self.colours.chosen.connect(self._colours_chosen)
        for control in (self.sources, self.reach, self.colours):
            self.page.add_control(control)

    def _arrange(self) -> None:
        self.words = Label("", "body", wrap=True)
        self.words.setObjectName("inside.surface.words")
        self.words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.doing = Label("", "body", "muted", wrap=True)
        self.doing.setObjectName("inside.surface.doing")
        self.strip = ProgressStrip()
        self.strip.setObjectName("inside.surface.progress")
        self.strip.setAccessibleName("Progress of the loss surface")
        self.strip.hide()
        self.button = Button("Stop", small=True)
        self.button.setObjectName("inside.surface.start")
        self.button.clicked.connect(self._pressed)
        scroll = ClearScroll()
        scroll.setObjectName("inside.surface.scroll")
        scroll.setWidget(self.words)
        told = Panel("What this says")
        told.setFixedWidth(px(288))
        told.body.addWidget(scroll, 1)
        told.body.addWidget(self.doing)
        told.body.addWidget(self.strip)
        told.body.addWidget(self.button)
        shown = Panel()
        shown.body.addWidget(self.plot, 1)
        row = QHBoxLayout()
        row.setSpacing(px(16))
        row.addWidget(shown, 1)
        row.addWidget(told)
        self.page.body.addLayout(row, 1)

    # ---- what is shown
    def refresh(self) -> None:
        self._offer_sources()
        why = self._why_nothing()
        if why:
            self.page.show_empty(why)
            return
        key = self._wanted()
        state = self.control.state
        if key != self._key:
            if state.active:
                self.control.stop()  # what comes next begins when it has ended
            else:
                self._key, self._side = key, COARSE
                self._begin()
                return  # `changed` leads here again
        if state.needs:
            self.page.show_empty(state.needs)
            return
        self._show()
        self.page.show_body()

    def _show(self) -> None:
        state, surface = self.control.state, self.control.state.surface
        fresh = surface is not None and surface is not self.plot.surface
        race = self._group
        moment = self.looking.shown_epoch if race is None else None
        self.plot.show_surface(surface, moment, race)
        if fresh:
            self.colours.set_current("log" if self.plot.is_logarithmic else "linear")
            self.colours.setEnabled(self.plot.can_be_logarithmic)
        words = ""
        if surface is not None:
            words = surface_words(surface, self._left_out(), cut_off=self.plot.cut_off)
        if words != self.words.text():  # to lay it out takes a while
            self.words.setText(words)
        stopped = "Stopped by you: the map is as fine as it got." if state.stopped else ""
        self.doing.setText(state.words or ("Refining…" if state.active else stopped))
        self.doing.set_tone("muted" if state.failure is None else "error")
        self.doing.setVisible(bool(self.doing.text()))
        self.strip.setVisible(state.active)
        self.strip.show_progress(state.share, spoken=f"{state.share:.0%} done")
        again = state.stopped or state.failure is not None or surface is None
        idle = "Work it out again" if again else f"Finer: {FINE} × {FINE} points"
        self.button.setText("Stop" if state.active else idle)
        self.button.setEnabled(state.phase != "stopping")
        self.button.setVisible(state.active or again or self._side < FINE)

    # ---- of what
    @property
    def _group(self) -> tuple[int, ...] | None:
        """The contestants that are shown; None for the run."""
        return None if self._source == RUN else tuple(map(int, self._source.split(",")))

    def _groups(self) -> tuple[tuple[int, ...], ...]:
        """Contestants of the last race that share a surface, of those whose path is known."""
        state = self.looking.comparison.state
        if state.active:
            return ()
        known = [number for number, path in enumerate(state.paths) if path is not None]
        groups = landscapes([state.variants[number].project for number in known])
        return tuple(tuple(known[place] for place in group) for group in groups)

    def _offer_sources(self) -> None:
        variants = self.looking.comparison.state.variants
        offered = [(RUN, "This run")]
        for group in self._groups():
            names = ", ".join(variants[number].label for number in group)
            offered.append((",".join(map(str, group)), f"Race: {names}"))
        ids = [entry for entry, _ in offered]
        if offered != self._offered:
            self._offered = offered
            self.sources.set_options(offered)
        racing = self.looking.comparison.state.active
        if self._source not in ids and not racing:
            self._source = RUN
        if self._source == RUN and self.looking.record is None and len(ids) > 1:
            self._source = ids[1]  # what there is to see
        self.sources.set_current(self._source)
        self.sources.setEnabled(len(offered) > 1)

    def _why_nothing(self) -> str:
        looking = self.looking
        if self._group is not None:
            return RACES if looking.comparison.state.active else ""
        why = looking.why_no_data()
        if why:
            return f"{why} {OR_RACE}" if looking.record is None else why
        if looking.run.state.active:
            return TRAINS
        if len(looking.moments) < 2:
            return NOT_KEPT if looking.epochs > 1 else ONE_POINT
        return ""

    def _wanted(self) -> object:
        """What decides the surface: of another value another one is worked out."""
        looking, reach = self.looking, self.reach.current()
        if self._group is not None:
            paths = looking.comparison.state.paths
            return (self._source, tuple(id(paths[number]) for number in self._group), reach)
        record = looking.record
        number = looking.run.run_number
        return (RUN, number, record.data_fingerprint if record else "", looking.moments, reach)

    def _left_out(self) -> Sequence[str]:
        """Contestants that have another surface."""
        group = self._group
        if group is None:
            return ()
        variants = self.looking.comparison.state.variants
        return [v.label for n, v in enumerate(variants) if n not in group]

    def _begin(self) -> None:
        looking, reach = self.looking, float(str(self.reach.current()))
        race = looking.comparison
        chosen = self._group
        if chosen is not None:
            paths = [path for n in chosen if (path := race.state.paths[n]) is not None]
            base = min(range(len(chosen)), key=lambda place: self._last_loss(chosen[place]))
            labels = [race.state.variants[number].label for number in chosen]
            request = race.request(chosen[base])
            self.control.start_race(chosen, request, labels, paths, base, self._side, reach)
        elif looking.project is not None and looking.data is not None:
            kept = looking.document.kept.of(looking.project.network)
            request = TrainingRequest(looking.project, looking.data, kept=kept)
            self.control.start_run(request, "the run", looking.moments, self._side, reach)

    def _last_loss(self, number: int) -> float:
        record = self.looking.comparison.state.records[number]
        value = record.rows[-1].metrics.get("loss") if record is not None and record.rows else None
        return float(value) if isinstance(value, (int, float)) else float("inf")

    # ---- what is asked
    def _source_chosen(self, source: object) -> None:
        self._source = str(source)
        self.refresh()

    def _colours_chosen(self, value: object) -> None:
        self.plot.set_scale(str(value))

    def _pressed(self) -> None:
        if self.control.state.active:
            self.control.stop()
        else:
            state = self.control.state
            if state.surface is not None and not state.stopped and state.failure is None:
                self._side = FINE
            self._key = self._wanted()
            self._begin()

    def _epoch_pressed(self, epoch: int) -> None:
        if self._source == RUN:
            self.looking.look_at(epoch)

    def _run_changed(self) -> None:
        if self._source == RUN and self.looking.run.state.phase == "preparing":
            self._key = None  # what is known is of another run now
        self._changed()

    def _changed(self) -> None:
        if self.page.isVisible():
            self.refresh()

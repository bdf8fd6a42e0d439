"""The lecture's experiment in the window: three batch sizes race, their paths lie on one surface,
and the winner's settings go to the bench.
"""

import numpy as np

from app.core.comparison import result_of
from app.core.project_edits import set_training
from app.core.race_settings import PRESETS
from app.jobs.control import JobControl
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded
from app.ui.controls import Label
from app.ui.inside.race_tab import CHANGED, EDITED, NOTHING_RACED, RaceTab
from app.ui.inside.surface_tab import OR_RACE, SurfaceTab
from app.ui.plots.surface_plot import SurfacePlot
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, wait


def race_tab(user: User) -> RaceTab:
    found = user.program.inside.tabs["race"]
    assert isinstance(found, RaceTab)
    return found


def surface_tab(user: User) -> SurfaceTab:
    found = user.program.inside.tabs["surface"]
    assert isinstance(found, SurfaceTab)
    return found


def open_inside(user: User, tab: str) -> None:
    user.click("rail.inside")
    user.click(f"inside.tabs.{tab}")


def test_three_batch_sizes_race_and_their_paths_share_a_surface(user: User) -> None:
    program = user.program
    user.click("welcome.open.moons")
    wait(lambda: program.feed.prepared is not None)
    project = program.document.project
    open_inside(user, "surface")
    assert surface_tab(user).page.is_empty
    assert OR_RACE in user.find("inside.surface.empty").accessibleName()
    user.click("inside.tabs.race")
    user.click("race.epochs")
    user.retype("6")
    user.click("race.batch")
    user.retype("16")
    assert user.find("race.contestant.1", Label).text() == "mini-batch, 16"
    words = user.find("race.expected", Label).text()
    samples = len(program.feed.prepared.training)
    assert f"{samples} updates of stochastic" in words
    assert "3 trainings, 60 s at most together." in words
    user.click("race.start")
    control = race_tab(user).control
    wait(lambda: control.state.active)
    wait(lambda: not control.state.active)
    user.picture("70_race")

    # ---- the figures on show are those of the records
    state = control.state
    assert state.failure is None
    records = [record for record in state.records if record is not None]
    assert [len(record.rows) for record in records] == [6, 6, 6]
    assert [record.steps_per_epoch for record in records] == [1, -(-samples // 16), samples]
    for number, record in enumerate(records):
        found = result_of("", record, "val_loss")
        shown = [user.find(f"race.{number}.{column}", Label).text() for column in (1, 2, 3)]
        assert shown == [f"{found.value:.4g}", f"{found.epoch:,}", f"{found.updates:,}"]
    plot = race_tab(user).view.plot
    assert "logarithmic" not in plot.across
    beginnings = {row[2:] for row in plot.table().rows if row[1] == 0.0}
    assert len(beginnings) == 1  # all lines start at one point: the loss of the initial weights
    # Full batch: the loss of the first epoch is that before its one update.
    assert abs(beginnings.pop()[1] - records[0].rows[0].metrics["loss"]) < 1e-5
    user.click("race.axis.updates")
    assert "logarithmic" in plot.across
    assert {row[1] for row in plot.table().rows} == {0.0} | {
        float(record.steps_per_epoch * row.epoch) for record in records for row in record.rows
    }
    user.click("race.log")
    assert "logarithmic" not in plot.across
    words = user.find("race.sentence", Label).text()
    assert all(f"Fewest {axis}: " in words for axis in ("epochs", "updates", "seconds"))
    # ---- and what each does alone
    alone: list[object] = []
    variant = state.variants[0].project
    request = TrainingRequest(variant, program.feed.prepared, diagnostics=False)
    EngineRoom().train(request)(
        lambda event: alone.append(event.metrics) if isinstance(event, EpochEnded) else None,
        JobControl(),
    )
    assert [row.metrics for row in records[0].rows] == alone

    # ---- one surface for all
    user.click("inside.tabs.surface")
    surfaces = surface_tab(user).control
    wait(lambda: surfaces.state.surface is not None and not surfaces.state.active)
    user.picture("71_surface_of_race")
    surface = surfaces.state.surface
    assert surface.labels == tuple(v.label for v in state.variants)
    starts = np.array([places[0] for places in surface.plane.places])
    assert np.allclose(starts, starts[0])
    for number, record in enumerate(records):
        whole = surface.own[number][-1]
        assert np.isfinite(whole)
        assert surface.paths[number].epochs == tuple(range(7))
        if number == 0:  # all samples in one batch: the loss before the next update
            assert abs(surface.own[0][4] - record.rows[4].metrics["loss"]) < 1e-5 * whole
    map_ = user.find("inside.surface.plot", SurfacePlot)
    end = surface.plane.places[surface.plane.base][-1]
    assert abs(map_.loss_at(*end) - surface.own[surface.plane.base][-1]) < 0.05
    assert user.find("inside.surface.words", Label).text().startswith("Full batch: loss ")

    # ---- the winner's settings are one step on the bench
    user.click("inside.tabs.race")
    user.click("race.use.2")
    assert program.document.project.training.batch_mode == "stochastic"
    assert program.document.project.training.epochs == project.training.epochs
    assert not user.sees("race.note")  # who races overrules the batches of the bench
    user.key(Key.Key_Z, CONTROL)
    assert program.document.project == project
    assert program.run.record is None
    program.document.edit("Seed", set_training(project, seed=99))
    assert user.find("race.note", Label).text() == EDITED
    assert user.find("race.0.1", Label).text()  # the figures of that race stay
    user.click("race.remove.batch.full")
    assert user.find("race.note", Label).text() == CHANGED
    assert NOTHING_RACED in user.find("race.empty").accessibleName()
    assert not user.sees("race.plot")


def test_contestants_of_ones_own_and_a_race_that_is_stopped(user: User) -> None:
    program = user.program
    user.click("welcome.open.moons")
    wait(lambda: program.feed.prepared is not None)
    open_inside(user, "race")
    tab = race_tab(user)
    user.choose("race.preset", "Optimizer")
    assert user.find("race.contestant.0", Label).text() == "SGD"
    assert not user.sees("race.batch")
    user.click("race.remove.optimizer.momentum")
    user.click("race.add")
    menu = user.popup_menu()
    initial = next(a for a in menu.actions() if a.text() == "Initial weights")
    user.click(menu, menu.actionGeometry(initial).center())
    user.pick(initial.menu(), "Zeros")
    assert "Not from the same initial weights: Zeros." in tab.panel.expected.text()
    assert [one.name for one in tab._chosen()] == [
        *(n for n in PRESETS["optimizer"] if n != "optimizer.momentum"),
        "initializer.zeros",
    ]
    user.click("race.start")
    wait(lambda: any(record is not None and record.rows for record in tab.control.state.records))
    user.click("race.start")  # it says Stop now
    wait(lambda: not tab.control.state.active)
    assert tab.control.state.stopped
    assert user.find("race.sentence", Label).text().startswith("Stopped by you.")
    # A training that is begun while they race goes first.
    user.click("race.start")
    wait(lambda: tab.control.state.phase == "running")
    user.key(Key.Key_F5)
    wait(lambda: program.run.record is not None and program.run.record.rows)
    assert not tab.control.state.active
    assert not user.find("race.start").isEnabled()
    user.key(Key.Key_F5, SHIFT)
    wait(lambda: not program.run.state.active)
    assert user.find("race.start").isEnabled()
    # What was compared is kept until another race; another project has nothing to do with it.
    program.files.leave = lambda then: then()
    user.menu("View", "Welcome")
    user.click("welcome.open.digits")
    wait(lambda: program.document.project.name != "moons")
    assert tab.control.state.records == ()


def test_the_path_of_the_run_follows_the_time_machine(user: User) -> None:
    program = user.program
    user.click("welcome.open.moons")
    wait(lambda: program.feed.prepared is not None)
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype("12")
    user.key(Key.Key_F5)
    wait(lambda: program.run.record is not None and len(program.run.record.rows) == 12)
    wait(lambda: not program.run.state.active)
    history = [row.metrics for row in program.run.record.rows]
    open_inside(user, "surface")
    control = surface_tab(user).control
    wait(lambda: control.state.surface is not None and not control.state.active)
    user.picture("72_surface_of_run")
    surface = control.state.surface
    assert surface.paths[0].epochs == tuple(range(13))
    assert np.allclose(surface.plane.places[0][-1], 0, atol=1e-9)
    plot = user.find("inside.surface.plot", SurfacePlot)
    assert abs(plot.loss_at(0.0, 0.0) - surface.own[0][-1]) < 0.02
    x, y = surface.plane.places[0][5]
    user.click(plot, plot.at(float(x), float(y)).toPoint())
    assert program.inside.looking.moment == 5
    assert plot.moment == 5
    assert surface_tab(user).control.state.surface is surface  # the same map
    user.click("inside.surface.reach.2.5")
    wait(lambda: control.state.surface is not surface and control.state.surface is not None)
    wait(lambda: not control.state.active)
    assert np.ptp(control.state.surface.grid.x) > 2 * np.ptp(surface.grid.x)
    # Looking on has changed nothing.
    assert [row.metrics for row in program.run.record.rows] == history
    # Another run has a surface of its own, and until it is over none is shown.
    before = control.state.surface
    user.key(Key.Key_F5)
    wait(lambda: program.run.state.active)
    assert surface_tab(user).page.is_empty
    wait(lambda: not program.run.state.active)
    wait(lambda: control.state.surface is not before and not control.state.active)
    assert not surface_tab(user).page.is_empty

"""A branch from an earlier epoch: a run of its own that begins with what was known by then."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.project import Project
from app.core.templates import start_from
from app.jobs.control import JobControl
from app.jobs.thread_runner import Job, Report
from app.training import events
from app.training.errors import TrainingError
from app.ui.run_control import RunControl
from tests.ui.scripted_program import FrozenMap, Scripted, ScriptedRoom, epoch_ended, scripted


class BranchingRoom(ScriptedRoom):
    """Tells of kept epochs and of health after each epoch; a branch does three epochs."""

    def __init__(self) -> None:
        super().__init__()
        self.branches: list[tuple[int, Any]] = []

    def _training(self, name: str, epochs: int, first: int) -> Job:
        inner = super()._training(name, epochs, first)

        def job(report: Report, control: JobControl) -> None:
            kept: list[int] = []

            def telling(event: object) -> None:
                report(event)
                if isinstance(event, events.EpochEnded):
                    kept.append(event.epoch)
                    report(health(event.epoch))
                    report(events.EpochsKept(tuple(kept)))

            inner(telling, control)

        return job

    def branch(self, epoch: int, request: Any = None) -> Job:
        def job(report: Report, control: JobControl) -> events.TrainingEnded:
            self.branches.append((epoch, request))
            if self.error is not None:
                raise self.error
            report(events.Branched(epoch, max(1, epoch - 1), 1))
            report(events.TrainingStarted(epoch + 1, epoch + 3, 1, 10, 10, 1, 5))
            for done in range(epoch + 1, epoch + 4):
                report(events.StepsDone(done, 1, (0.25,), 100.0))
                report(epoch_ended(done, seconds=2.0))
                report(health(done, norm=2.0))
                report(events.EpochsKept(tuple(range(1, done + 1))))
            ended = events.TrainingEnded(
                "finished", "All epochs are done.", epoch + 3, epoch + 3, False, 6.5
            )
            report(ended)
            return ended

        return job


def health(epoch: int, norm: float = 1.0) -> events.LayerHealth:
    return events.LayerHealth(epoch, FrozenMap(dense=norm), (), FrozenMap(dense=norm / 100))


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home, BranchingRoom())


def moons(**training: object) -> Project:
    project = start_from("moons")
    settings = project.training.model_copy(update={"epochs": 100, **training})
    return project.model_copy(update={"name": "moons", "training": settings})


def trained(qtbot, program: Scripted, epochs: int) -> RunControl:
    program.files.show(moons())
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    run = program.run
    run.train()
    qtbot.waitUntil(lambda: run.state.phase == "running")
    program.epochs(epochs)
    qtbot.waitUntil(lambda: run.record is not None and len(run.record.rows) == epochs)
    run.stop()
    qtbot.waitUntil(lambda: not run.state.active)
    return run


def branch(qtbot, run: RunControl, epoch: int) -> None:
    run.branch(epoch)
    assert run.state.active
    qtbot.waitUntil(lambda: not run.state.active)


def test_health_and_kept_epochs_grow_and_begin_anew_with_a_run(qtbot, program):
    told: list[tuple[int, ...]] = []
    program.run.kept_changed.connect(lambda: told.append(program.run.kept_epochs))
    run = trained(qtbot, program, 4)
    assert run.kept_epochs == told[-1] == (1, 2, 3, 4)
    assert [one.epoch for one in run.healths] == [1, 2, 3, 4]
    assert run.health == run.healths[-1]
    run.train()
    qtbot.waitUntil(lambda: run.state.phase == "running")
    assert run.kept_epochs == told[-1] == ()
    assert run.healths == ()
    assert run.health is None
    run.stop()
    qtbot.waitUntil(lambda: not run.state.active)


def test_a_branch_is_a_run_of_its_own(qtbot, program):
    run = trained(qtbot, program, 6)
    before = run.record
    branch(qtbot, run, 2)
    assert program.room.branches == [(2, None)]  # nothing was changed: no settings are needed
    assert run.previous[-1] == before
    record = run.record
    assert record is not None
    assert [row.epoch for row in record.rows] == [1, 2, 3, 4, 5]
    assert record.rows[:2] == before.rows[:2]
    assert [row.seconds for row in record.rows[2:]] == [2.0, 2.0, 2.0]
    assert record.seconds == pytest.approx(sum(row.seconds for row in before.rows[:2]) + 6.5)
    assert record.branched_from == 2
    assert record.reason == "finished"
    assert record.best_epoch == 5
    assert run.kept_epochs == (1, 2, 3, 4, 5)
    assert [one.gradient_norms["dense"] for one in run.healths] == [1.0, 1.0, 2.0, 2.0, 2.0]
    assert [epochs for epochs, _ in run.batch_losses] == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert run.state.epoch == 5
    assert run.can_continue


def test_settings_on_the_bench_hold_but_not_another_seed(qtbot, program):
    run = trained(qtbot, program, 3)
    seed = run.record.project.training.seed
    wanted = moons(batch_size=7, seed=seed + 1)
    program.document.edit("Change the batch size", wanted)
    branch(qtbot, run, 1)
    ((epoch, request),) = program.room.branches
    assert epoch == 1
    assert request.project == wanted
    assert run.record.project.training.batch_size == 7
    assert run.record.project.training.seed == seed
    assert run.previous[-1].project.training.batch_size == 32


def test_a_branch_that_cannot_be_leaves_the_run_on_show(qtbot, program):
    run = trained(qtbot, program, 3)
    before, kept, healths = run.record, run.kept_epochs, run.healths
    program.room.error = TrainingError("The network is not.", "The same.", "Undo.")
    program.document.edit("Change the batch size", moons(batch_size=7))
    branch(qtbot, run, 2)
    assert run.state.failure is not None
    assert run.state.failure.happened == "The network is not."
    assert run.state.epoch == 3
    assert (run.record, run.kept_epochs, run.healths) == (before, kept, healths)
    assert run.previous == ()
    assert run.can_continue


def test_nothing_happens_without_a_model_or_while_it_trains(qtbot, program):
    program.run.branch(1)
    assert not program.run.state.active
    run = trained(qtbot, program, 1)
    run.continue_training(5)
    qtbot.waitUntil(lambda: run.state.phase == "running")
    run.branch(1)
    run.stop()
    qtbot.waitUntil(lambda: not run.state.active)
    assert program.room.branches == []


def test_runs_are_counted_beyond_those_that_are_kept(qtbot, program):
    run = trained(qtbot, program, 3)
    assert run.run_number == 1
    for number in range(2, 12):
        branch(qtbot, run, 1)
        assert run.run_number == number
    assert len(run.previous) == 7
    program.files.show(moons())
    assert run.run_number == 1

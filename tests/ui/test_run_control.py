"""The run: what comes together is told once; states that end; nothing of one run in another."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.project import Project
from app.core.project_file import SavedProject
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import start_from
from app.training.errors import TrainingError
from app.ui.actions import WindowFacts, enabled_commands
from app.ui.run_state import Taken
from tests.ui.scripted_program import FrozenMap, Scripted, scripted


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


def moons(name: str = "moons", epochs: int = 100) -> Project:
    project = start_from("moons")
    training = project.training.model_copy(update={"epochs": epochs})
    return project.model_copy(update={"name": name, "training": training})


def show(qtbot, program: Scripted, project: Project) -> None:
    program.files.show(project)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)


def train(qtbot, program: Scripted) -> None:
    program.run.train()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")


def rows(program: Scripted) -> int:
    record = program.run.record
    return len(record.rows) if record else -1


def wait_idle(qtbot, program: Scripted) -> None:
    qtbot.waitUntil(lambda: not program.run.state.active)


def test_a_burst_of_epochs_is_told_once(qtbot, program):
    show(qtbot, program, moons())
    train(qtbot, program)
    told: list[int] = []
    program.run.history_changed.connect(lambda: told.append(rows(program)))
    program.epochs(3000)
    qtbot.waitUntil(lambda: rows(program) == 3000)
    assert told[-1] == 3000
    assert len(told) < 300
    assert program.run.state.epochs_per_second == pytest.approx(100.0)
    assert program.run.state.seconds_left == pytest.approx((100 - 3000) / 100)
    assert len(program.run.batch_losses) == 3000


def test_a_second_training_that_fails_leaves_no_model_of_the_first_under_its_name(qtbot, program):
    show(qtbot, program, moons())
    train(qtbot, program)
    program.epochs(2)
    program.run.stop()
    wait_idle(qtbot, program)
    assert program.run.can_continue
    program.room.error = TrainingError("No memory.", "Enough.", "Smaller.")
    program.run.train()
    wait_idle(qtbot, program)
    assert program.run.state.failure is not None
    assert not program.run.can_continue
    taken: list[Taken | None] = []
    program.run.take_checkpoint(taken.append)
    assert taken[0] is not None
    assert taken[0].checkpoint is None


def test_questions_left_open_by_a_new_run_do_not_silence_the_next_ones(qtbot, program):
    from app.ui.pages.live_presenter import LivePresenter
    from app.ui.pages.live_view import LiveView

    view = LiveView()
    qtbot.addWidget(view)
    live = LivePresenter(
        view, program.document, program.feed, program.run, lambda pictures: None, view
    )
    show(qtbot, program, moons())
    view.show()
    asked: list[str] = []
    ask = program.run.questions.ask

    def counting(subject, *rest):
        asked.append(program.run.state.phase)
        ask(subject, *rest)

    program.run.questions.ask = counting
    live.choose("boundary")
    train(qtbot, program)
    program.epochs(1)
    program.run.stop()
    wait_idle(qtbot, program)
    program.room.gate.clear()  # the resting model answers only after the next run began
    live.refresh()
    program.run.start_over()
    program.room.gate.set()
    qtbot.waitUntil(lambda: program.run.state.phase == "running")
    asked.clear()
    program.epochs(1)
    qtbot.waitUntil(lambda: "running" in asked)
    # While another page is in front nothing is asked, and once when the bench is back.
    view.hide()
    asked.clear()
    program.epochs(1)
    qtbot.waitUntil(lambda: len(program.run.record.rows) == 2)
    assert not asked
    view.show()
    assert asked == ["running"]


def test_the_saved_training_is_not_lost_by_saving_before_it_is_back(qtbot, program):
    project = moons()
    row = EpochRow(epoch=1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
    record = RunRecord(project=project, rows=(row,))
    show(qtbot, program, project)
    program.room.gate.clear()
    taken: list[Taken | None] = []
    program.run.show_saved(record, b"weights")
    assert program.run.state.phase == "preparing"
    program.run.take_checkpoint(taken.append)
    assert taken == [Taken(record, b"weights", program.document.run_changes)]
    program.room.error = TrainingError("Damaged.", "Whole.", "Train anew.")
    program.room.gate.set()
    wait_idle(qtbot, program)
    assert not program.run.has_model
    program.run.take_checkpoint(taken.append)
    assert taken[1] is not None
    assert taken[1].checkpoint == b"weights"


def test_a_saved_run_comes_back_on_the_data_that_it_had(qtbot, program):
    project = moons()
    source = project.data.source.model_copy(
        update={"options": project.data.source.options.set("noise", 0.01)}
    )
    record = RunRecord(
        project=project.model_copy(
            update={"data": project.data.model_copy(update={"source": source})}
        )
    )
    show(qtbot, program, project)
    seen = []
    restore = program.room.restore
    program.room.restore = lambda request: (seen.append(request), restore(request))[1]
    program.run.show_saved(record, b"weights")
    qtbot.waitUntil(lambda: program.run.has_model)
    assert seen[0].data.fingerprint != program.feed.prepared.fingerprint


def test_data_changed_while_a_training_waits_for_them_end_the_waiting(qtbot, program):
    project = moons()
    program.files.show(project)
    program.run.train()
    assert program.run.state.phase == "waiting"
    split = project.data.split.model_copy(update={"seed": 99})
    data = project.data.model_copy(update={"split": split})
    program.document.edit("Split", project.model_copy(update={"data": data}))
    assert program.run.state.phase == "idle"
    assert "data were changed" in program.run.state.failure.happened
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    assert program.run.record is None


@pytest.mark.parametrize("phase", ["waiting", "preparing", "running", "paused"])
def test_stop_ends_every_phase(qtbot, program, phase):
    program.files.show(moons())
    if phase != "waiting":
        qtbot.waitUntil(lambda: program.feed.prepared is not None)
    program.run.train()
    if phase in ("running", "paused"):
        qtbot.waitUntil(lambda: program.run.state.phase == "running")
    program.run.stop()
    program.run.stop()
    wait_idle(qtbot, program)
    qtbot.waitUntil(lambda: not program.jobs.busy("engine") and not program.jobs.busy("data"))
    assert program.run.state.phase == "idle"
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    train(qtbot, program)


def test_what_a_training_does_after_a_save_is_unsaved(qtbot, program, tmp_path):
    show(qtbot, program, moons())
    train(qtbot, program)
    program.epochs(2)
    program.dialogs.file = tmp_path / "a.layerlab"
    qtbot.waitUntil(lambda: rows(program) == 2)
    program.files.save_as()
    qtbot.waitUntil(lambda: not program.files.saving)
    assert not program.document.modified
    program.epochs(1)
    qtbot.waitUntil(lambda: program.document.modified)


def test_another_project_answers_questions_of_the_old_one_with_nothing(qtbot, program):
    show(qtbot, program, moons())
    train(qtbot, program)
    taken: list[Taken | None] = []
    program.run.take_checkpoint(taken.append)
    program.files.show(moons("other"))
    assert taken == [None]
    qtbot.waitUntil(lambda: not program.jobs.busy("engine"))
    assert taken == [None]
    assert program.run.record is None
    assert program.run.state.phase == "idle"


def test_the_preview_is_made_in_the_data_thread(qtbot, program, monkeypatch):
    from app.ui import data_feed

    made: list[str] = []
    make = data_feed.preview_of
    monkeypatch.setattr(
        data_feed,
        "preview_of",
        lambda *a: (made.append(threading.current_thread().name), make(*a))[1],
    )
    show(qtbot, program, moons())
    assert made == ["data"]
    assert program.feed.preview is not None
    assert len(program.feed.preview.columns) == 3


def test_a_paused_run_can_go_on_though_the_project_has_an_error_by_now():
    paused = WindowFacts(project_open=True, can_train=False, phase="paused", has_model=True)
    assert {"train", "pause", "step", "step_epoch", "stop"} <= enabled_commands(paused)
    idle = WindowFacts(project_open=True, can_train=False, phase="idle")
    assert not {"train", "step", "step_epoch"} & enabled_commands(idle)


def test_a_refit_names_its_trial_while_the_settings_are_those(qtbot, program, tmp_path):
    show(qtbot, program, moons())
    run = program.run
    run.note_refit(moons(epochs=7), 12)

    def trial() -> int | None:
        train(qtbot, program)
        run.stop()
        wait_idle(qtbot, program)
        return run.record.refit_of

    assert trial() is None
    program.document.edit("Refit trial 12", moons("another name", epochs=7))
    assert trial() == 12
    run.start_over()
    assert run.record.refit_of == 12
    run.stop()
    wait_idle(qtbot, program)
    saved = run.record
    program.document.edit("Epochs", moons(epochs=8))
    assert trial() is None
    # Another day, with what stands in the file; and another project has another.
    program.files.show(saved.project, tmp_path / "a.layerlab", SavedProject(saved.project, saved))
    qtbot.waitUntil(lambda: program.feed.prepared is not None)
    assert trial() == 12
    show(qtbot, program, moons(epochs=7))
    assert trial() is None

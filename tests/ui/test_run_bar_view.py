"""What the run bar says in each state, as words."""

from dataclasses import replace

import pytest

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.number_words import bytes_text, counted
from app.core.problems import Problem
from app.core.project import EarlyStoppingSettings, ScheduleSettings
from app.core.resolve import resolve
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import handwritten_digits, start_from
from app.ui.failures import Failure
from app.ui.number_text import duration, rate
from app.ui.run_state import RunState
from app.ui.search_state import SearchState
from app.ui.window.run_bar import rate_note, run_bar_view


def resolved_digits():
    project = handwritten_digits()
    return resolve(project, summary_of(project.data))


def test_nothing_open():
    assert run_bar_view(None, RunState()).detail == "Choose an example or data to begin."


def test_ready_counts_steps():
    resolved = resolved_digits()
    view = run_bar_view(resolved, RunState())
    steps = -(-1257 // resolved.project.training.batch_size)
    assert view.title == "Ready"
    assert view.detail == (
        f"1,257 training pictures, batch {resolved.project.training.batch_size}: "
        f"{steps} steps per epoch"
    )


def test_errors_are_counted_before_it_can_train():
    project = start_from("moons")
    broken = project.model_copy(
        update={"training": project.training.model_copy(update={"loss": "no_such_loss"})}
    )
    view = run_bar_view(resolve(broken, summary_of(broken.data)), RunState())
    assert view.title == "Not ready"
    assert "1 problem " in view.detail


def test_running_tells_best_and_last_epoch():
    state = RunState(
        phase="running",
        epoch=36,
        epochs=200,
        step=20,
        steps_per_epoch=40,
        best_epoch=28,
        waited=8,
        epochs_per_second=412.2,
        seconds_left=0.4,
    )
    project = handwritten_digits()
    training = project.training.model_copy(update={"seed": 2})
    record = RunRecord(project=project.model_copy(update={"training": training}))
    view = run_bar_view(resolved_digits(), state, record)
    assert (view.title, view.detail) == ("Epoch 37", "of 200")
    assert view.caption == "best 28 · stops at 43 if no better"
    assert view.progress == (36 + 0.5) / 200
    assert view.mark == 43 / 200
    assert (view.left, view.speed, view.seed) == ("< 1 s left", "412 epochs/s", 2)
    assert view.train_on


def test_the_patience_is_that_of_the_run_and_begins_anew_when_it_is_continued():
    project = start_from("moons")

    def patient(epochs: int):
        stopping = project.training.early_stopping.model_copy(
            update={"enabled": True, "patience": epochs}
        )
        training = project.training.model_copy(update={"early_stopping": stopping})
        return project.model_copy(update={"training": training})

    edited = resolve(patient(99), summary_of(project.data))
    # best at 28, stopped early at 43, continued: three epochs of the new patience are waited
    state = RunState(phase="running", epoch=46, epochs=200, best_epoch=28, waited=3)
    view = run_bar_view(edited, state, RunRecord(project=patient(15)))
    assert view.caption == "best 28 · stops at 58 if no better"


@pytest.mark.parametrize(
    ("settings", "caption"),
    [
        ({"restore_best_weights": False, "patience": 15}, "stops at 43 if no better"),
        ({"enabled": False}, ""),
    ],
)
def test_no_epoch_is_called_best_whose_weights_will_not_be_back(settings, caption):
    project = start_from("moons")
    stopping = project.training.early_stopping.model_copy(update=settings)
    training = project.training.model_copy(update={"early_stopping": stopping})
    record = RunRecord(project=project.model_copy(update={"training": training}))
    state = RunState(phase="running", epoch=36, epochs=200, best_epoch=28, waited=8)
    resolved = resolve(project, summary_of(project.data))
    assert run_bar_view(resolved, state, record).caption == caption


def test_stopping_before_the_first_step_counts_no_epochs():
    state = RunState(phase="stopping", doing="stopping")
    view = run_bar_view(resolved_digits(), state)
    assert (view.title, view.detail, view.progress) == ("Preparing", "stopping", None)


def test_paused_offers_to_resume():
    state = RunState(phase="paused", epoch=3, epochs=10, step=2, steps_per_epoch=5)
    view = run_bar_view(resolved_digits(), state)
    assert view.train_text == "Resume"
    assert not view.train_on
    assert view.pause_on
    assert "step 2 of 5" in view.detail


def test_an_early_stop_is_told_with_its_best_epoch():
    rows = tuple(
        EpochRow(epoch=n, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
        for n in range(1, 64)
    )
    record = RunRecord(
        project=handwritten_digits(),
        rows=rows,
        best_epoch=48,
        reason="early_stopping",
        sentence="Why.",
        restored=True,
    )
    view = run_bar_view(resolved_digits(), RunState(), record)
    assert view.title == "Stopped early"
    assert view.detail == "63 of 200 epochs, best was 48, its weights are back"
    assert view.explanation == "Why."


def test_no_epoch_is_called_best_where_nothing_chooses_one():
    project = handwritten_digits()
    off = project.training.model_copy(
        update={"early_stopping": EarlyStoppingSettings(enabled=False)}
    )
    free = project.model_copy(update={"training": off})
    row = EpochRow(epoch=1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1)
    rows = (row, row.model_copy(update={"epoch": 2, "metrics": FrozenMap(loss=2.0)}))
    record = RunRecord(project=free, rows=rows, best_epoch=1, reason="finished")
    resolved = resolve(free, summary_of(free.data))
    assert run_bar_view(resolved, RunState(), record).detail == "2 of 200 epochs"
    state = RunState(phase="training", epoch=2, epochs=10, best_epoch=1)
    trains = record.model_copy(update={"reason": None})
    assert "best" not in run_bar_view(resolved, state, trains).caption
    measured = FrozenMap(loss=2.0, val_loss=3.0)
    better = FrozenMap(loss=1.0, val_loss=2.0)
    validated = tuple(
        one.model_copy(update={"metrics": metrics})
        for one, metrics in zip(rows, (better, measured), strict=True)
    )
    record = record.model_copy(update={"rows": validated})
    lowest = (
        "2 of 200 epochs, lowest validation loss at epoch 1"  # the weights are those of epoch 2
    )
    assert run_bar_view(resolved, RunState(), record).detail == lowest


def test_a_failure_is_said_with_its_remedy():
    failed = replace(RunState(), failure=Failure("It broke.", "It should not.", "Mend it."))
    view = run_bar_view(resolved_digits(), failed)
    assert view.failed
    assert "It broke. Mend it." in view.detail


def test_number_texts():
    assert counted(1, "epoch") == "1 epoch"
    assert counted(1257, "row") == "1,257 rows"
    assert [duration(x) for x in (None, 0.2, 12.4, 200.0, 7200.0)] == [
        "",
        "< 1 s left",
        "12 s left",
        "3 min left",
        "2.0 h left",
    ]
    assert [rate(x, "epoch") for x in (0.0, 0.25, 3.14159, 412.0)] == [
        "",
        "0.25 epochs/s",
        "3.1 epochs/s",
        "412 epochs/s",
    ]
    assert [bytes_text(x) for x in (12, 40360, 3 * 1024**3)] == ["12 B", "39 KiB", "3.0 GiB"]


def test_a_schedule_that_is_over_is_said_before_a_run_goes_on():
    project = start_from("moons")

    def record(kind: str, done: int) -> RunRecord:
        training = project.training.model_copy(
            update={"epochs": 5, "schedule": ScheduleSettings(kind=kind)}
        )
        rows = tuple(
            EpochRow(epoch=n, metrics=FrozenMap(), seconds=1.0, learning_rate=2.5e-5)
            for n in range(1, done + 1)
        )
        return RunRecord(project=project.model_copy(update={"training": training}), rows=rows)

    assert rate_note(None) == ""
    assert rate_note(record("cosine", 0)) == ""
    assert rate_note(record("cosine", 4)) == ""
    assert rate_note(record("constant", 5)) == ""
    assert "5 epochs; the last rate was 2.5e-5" in rate_note(record("cosine", 5))


def test_what_is_brought_back_is_no_training():
    record = RunRecord(project=handwritten_digits())
    back = RunState(phase="preparing", doing="bringing the saved training back", epoch=7)
    view = run_bar_view(resolved_digits(), back, record)
    assert (view.train_text, view.train_on) == ("Train", False)
    assert view.detail == "bringing the saved training back"
    view = run_bar_view(resolved_digits(), replace(back, training=True), record)
    assert (view.train_text, view.train_on, view.title) == ("Training", True, "Preparing")


def test_data_that_cannot_be_learned_from_are_told_as_they_are():
    nothing = Problem("data", "error", "Not enough is painted", "Nothing is painted yet.", "", "")
    view = run_bar_view(resolved_digits(), RunState(), unreadable=nothing)
    assert view.title == "Not ready"
    assert view.detail == "Not enough is painted: Nothing is painted yet."


def test_of_a_run_that_is_over_the_epochs_are_those_that_it_planned():
    """Also when it was opened from a file, and when it was continued."""
    resolved = resolved_digits()
    project = resolved.project
    rows = tuple(
        EpochRow(epoch=n, metrics=FrozenMap(), seconds=1.0, learning_rate=0.001)
        for n in range(1, 8)
    )
    record = RunRecord(project=project, rows=rows, planned=9, reason="stopped")
    for state in (RunState(), RunState(epochs=9), RunState(epochs=500)):
        assert run_bar_view(resolved, state, record).detail.startswith("7 of 9 epochs")
    before = record.model_copy(update={"planned": 0})
    epochs = project.training.epochs
    assert run_bar_view(resolved, RunState(), before).detail.startswith(f"7 of {epochs} epochs")


@pytest.mark.parametrize(
    ("search", "title"),
    [
        (SearchState(phase="preparing"), "Search is running"),
        (SearchState(phase="paused"), "Search is paused"),
        (SearchState(phase="stopping"), "Search is ending"),
        (SearchState(phase="running", alone=True), "Cross-validation is running"),
        (SearchState(phase="paused", alone=True), "Cross-validation is paused"),
    ],
)
def test_what_training_waits_for_is_called_what_it_is(search, title):
    view = run_bar_view(resolved_digits(), RunState(), searching=search.standing)
    assert (view.title, view.detail) == (title, "training on the bench waits until it ends")
    assert run_bar_view(resolved_digits(), RunState(), searching=SearchState().standing).title == (
        "Ready"
    )

"""The record of a run, grown from events."""

import json

import numpy as np

from app.core.frozen import FrozenMap
from app.core.run_record import RateChange, RunRecord
from app.training.engine_room import EngineRoom
from app.training.events import (
    Branched,
    EpochEnded,
    LayerHealth,
    LearningRateChanged,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from app.training.run_recorder import RunRecorder, health_of
from app.training.versions import software_versions
from tests.keras.small_runs import Run, data_of, moons, request


def started(first: int = 1, epochs: int = 3) -> TrainingStarted:
    return TrainingStarted(first, epochs, 4, 30, 8, 7, 100)


def ended(epoch: int, best: int, loss: float = 0.5) -> EpochEnded:
    return EpochEnded(epoch, FrozenMap(loss=loss), 0.25, 0.01, best, epoch - best)


def over(epoch: int, best: int, seconds: float) -> TrainingEnded:
    return TrainingEnded("finished", "Finished.", epoch, best, True, seconds)


def test_of_a_training() -> None:
    project = moons(epochs=3)
    run = Run()
    recorder = RunRecorder(project, data_of(project).fingerprint)
    result = run.do(EngineRoom().train(request(project)))
    for event in run.events:
        recorder.add(event)
    record = recorder.record
    assert [row.metrics for row in record.rows] == [e.metrics for e in run.of(EpochEnded)]
    assert [row.epoch for row in record.rows] == [1, 2, 3]
    assert (record.reason, record.sentence) == (result.reason, result.sentence)
    assert (record.best_epoch, record.restored) == (result.best_epoch, result.restored)
    assert record.seconds == result.seconds
    assert record.project == project
    assert record.versions == software_versions()
    assert RunRecord.model_validate_json(record.model_dump_json()) == record


def test_while_it_runs() -> None:
    recorder = RunRecorder(moons(), "f")
    recorder.add(started())
    recorder.add(ended(1, 1))
    before = recorder.record
    recorder.add(StepsDone(2, 1, (0.5,), 10.0))
    assert recorder.record is before
    recorder.add(ended(2, 1))
    assert (len(before.rows), len(recorder.record.rows)) == (1, 2)
    assert recorder.record.reason is None
    assert recorder.record.best_epoch == 1
    assert recorder.record.seconds == 0.5


def test_continued() -> None:
    recorder = RunRecorder(moons(), "f")
    for event in (started(), ended(1, 1), ended(2, 2), ended(3, 2), over(3, 2, 2.0)):
        recorder.add(event)
    again = RunRecorder.of(recorder.record)
    again.add(started(first=4, epochs=5))
    assert again.record.reason is None
    assert again.record.best_epoch == 2
    assert not again.record.restored
    again.add(ended(4, 2))
    again.add(over(4, 2, 1.5))
    assert [row.epoch for row in again.record.rows] == [1, 2, 3, 4]
    assert again.record.seconds == 3.5
    assert len(recorder.record.rows) == 3


def test_epochs_that_are_done_anew_replace_the_old_ones() -> None:
    recorder = RunRecorder(moons(), "f")
    for event in (started(), ended(1, 1), ended(2, 2), over(2, 2, 2.0), started(first=2)):
        recorder.add(event)
    assert [row.epoch for row in recorder.record.rows] == [1]
    assert recorder.record.best_epoch == 0
    recorder.add(started(first=1))
    assert recorder.record.rows == ()


def test_changes_of_the_learning_rate_are_kept_with_their_place() -> None:
    recorder = RunRecorder(moons(), "f")
    recorder.add(started(epochs=9))
    recorder.add(ended(1, 1))
    recorder.add(LearningRateChanged(2, 3, 0.5, "you", 4))
    recorder.add(ended(2, 1))
    recorder.add(LearningRateChanged(2, 4, 0.05, "plateau", 4))
    record = recorder.record
    assert (record.planned, record.steps_per_epoch, record.waited) == (9, 4, 1)
    first, second = record.rate_changes
    assert first == RateChange(epoch=2, step=3, rate=0.5)
    assert second == RateChange(epoch=2, step=4, rate=0.05, by="plateau")
    assert RunRecord.model_validate_json(record.model_dump_json()) == record
    recorder.add(started(first=2))  # goes on in the middle of epoch 2
    assert recorder.record.rate_changes == (first, second)
    recorder.add(started(first=1))
    assert not recorder.record.rate_changes


def test_a_continued_run_waits_anew() -> None:
    recorder = RunRecorder(moons(), "f")
    for event in (started(), ended(1, 1), ended(2, 1), over(2, 1, 2.0), started(first=3, epochs=8)):
        recorder.add(event)
    recorder.add(EpochEnded(3, FrozenMap(loss=1.0), 0.25, 0.01, 1, 1))
    assert (recorder.record.best_epoch, recorder.record.waited) == (1, 1)


def test_versions_are_plain_and_complete() -> None:
    versions = software_versions()
    assert {"tensorflow", "keras", "numpy", "python", "processor"} <= set(versions)
    assert isinstance(versions["intra_op_threads"], int)
    assert versions["intra_op_threads"] >= 1


def test_the_health_of_the_last_epoch_is_kept_with_the_record() -> None:
    project = moons(epochs=2)
    run = Run()
    recorder = RunRecorder(project, data_of(project).fingerprint)
    run.do(EngineRoom().train(request(project)))
    for event in run.events:
        recorder.add(event)
    last = run.of(LayerHealth)[-1]
    read = RunRecord.model_validate_json(recorder.record.model_dump_json())
    kept = health_of(read)
    assert kept is not None
    assert (kept.epoch, kept.gradient_norms) == (2, last.gradient_norms)
    assert [name for name, _ in kept.dead_units] == [name for name, _ in last.dead_units]
    for (_, ours), (_, theirs) in zip(kept.dead_units, last.dead_units, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert health_of(RunRecord(project=project)) is None


def test_a_record_of_before_there_were_schedules_can_be_read() -> None:
    recorder = RunRecorder(moons(), "f")
    for event in (started(), ended(1, 1), over(1, 1, 1.0)):
        recorder.add(event)
    written = json.loads(recorder.record.model_dump_json())
    for name in ("waited", "planned", "steps_per_epoch", "rate_changes"):
        del written[name]
    del written["project"]["training"]["schedule"]
    read = RunRecord.model_validate_json(json.dumps(written))
    assert read.rows == recorder.record.rows
    assert (read.planned, read.rate_changes) == (0, ())
    assert read.project.training.schedule.kind == "constant"


def test_a_branch_of_a_refit_is_one_with_the_same_settings_only() -> None:
    project = moons()
    record = RunRecord(project=project, refit_of=12)
    other = moons(epochs=99)
    for settings, trial in ((project, 12), (other, None)):
        branch = RunRecorder.branched(record, settings, Branched(0, 0, 0)).record
        assert branch.refit_of == trial

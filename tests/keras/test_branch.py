"""Going on from an earlier epoch. Untouched it gives the same numbers again, bit for bit; with
other settings those hold; what cannot be is refused in words, and nothing is changed then.
"""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.project import EarlyStoppingSettings, Project, ScheduleSettings
from app.core.run_record import RunRecord
from app.training import snapshots
from app.training.engine_room import EngineRoom
from app.training.errors import TrainingError
from app.training.events import (
    Branched,
    EpochEnded,
    EpochsKept,
    LayerHealth,
    LearningRateChanged,
    StepsDone,
    TrainingEnded,
    TrainingStarted,
)
from app.training.run_recorder import RunRecorder
from tests.keras.small_runs import (
    DENSE,
    DROPOUT,
    Run,
    data_of,
    digits,
    do,
    moons,
    optimizer,
    request,
)

PATIENT = EarlyStoppingSettings(enabled=True, patience=3, min_delta=0.0, restore_best_weights=True)


@dataclass(frozen=True)
class Trained:
    """A whole run, and its state after it."""

    room: EngineRoom
    run: Run
    ended: TrainingEnded
    checkpoint: bytes


def trained(project: Project) -> Trained:
    room, run = EngineRoom(), Run()
    ended = run.do(room.train(request(project)))
    return Trained(room, run, ended, do(room.checkpoint()))


def history(run: Run, after: int = 0) -> list[tuple[object, ...]]:
    """All that does not depend on a clock."""
    return [
        (e.epoch, e.metrics, e.learning_rate, e.best_epoch, e.waited)
        for e in run.of(EpochEnded)
        if e.epoch > after
    ]


def losses(run: Run, after: int = 0) -> list[float]:
    return [loss for e in run.of(StepsDone) if e.epoch > after for loss in e.losses]


def norms(run: Run, after: int = 0) -> list[object]:
    return [(h.gradient_norms, h.update_ratios) for h in run.of(LayerHealth) if h.epoch > after]


PLATEAU = ScheduleSettings(
    kind="plateau",
    options=FrozenMap(monitor="val_loss", factor=0.5, patience=1, min_delta=0.01, cooldown=1),
)
UNTOUCHED = {
    "dropout, noise, shuffled, Adam": (moons(DROPOUT, batch_size=16, epochs=8), (1, 3, 7)),
    "batch norm, dropout, momentum": (
        digits(batch_size=64, epochs=4, optimizer=optimizer("SGD", momentum=0.9)),
        (2,),
    ),
    "cosine": (
        moons(batch_size=32, epochs=8, schedule=ScheduleSettings(kind="cosine")),
        (3,),
    ),
    "plateau": (
        moons(
            epochs=14,
            batch_size=16,
            schedule=PLATEAU,
            optimizer=optimizer("Adam", learning_rate=0.05),
        ),
        (4, 9),
    ),
    "early stopping, best weights back": (
        moons(
            DROPOUT,
            batch_size=16,
            epochs=200,
            early_stopping=PATIENT,
            optimizer=optimizer("RMSprop", learning_rate=0.05),
        ),
        (1, 2),
    ),
    "one batch, in order": (moons(batch_mode="full_batch", shuffle=False, epochs=5), (3,)),
    "Nadam in half precision": (
        moons(epochs=4, precision="mixed_float16", optimizer=optimizer("Nadam")),
        (2,),
    ),
    "averaged weights": (
        moons(epochs=6, optimizer=optimizer("AdamW", use_ema=True, ema_momentum=0.9)),
        (2,),
    ),
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_untouched_it_does_the_same_again(name: str) -> None:
    project, epochs = UNTOUCHED[name]
    whole = trained(project)
    last = whole.ended.epoch
    if project.training.early_stopping.enabled:
        assert whole.ended.reason == "early_stopping"
        assert whole.ended.restored
        epochs = (*epochs, last - 1)
    if project.training.schedule.kind == "plateau":
        assert len(whole.run.of(LearningRateChanged)) >= 2
    for epoch in epochs:
        run = Run()
        ended = run.do(whole.room.branch(epoch))
        expected = next(e for e in whole.run.of(EpochEnded) if e.epoch == epoch)
        assert run.of(Branched) == [Branched(epoch, expected.best_epoch, expected.waited)]
        assert run.of(TrainingStarted)[0].first_epoch == epoch + 1
        assert history(run) == history(whole.run, epoch) != []
        assert losses(run) == losses(whole.run, epoch)
        assert norms(run) == norms(whole.run, epoch)
        assert replace(ended, seconds=0.0) == replace(whole.ended, seconds=0.0)
        assert do(whole.room.checkpoint()) == whole.checkpoint
        assert run.of(EpochsKept)[-1] == whole.run.of(EpochsKept)[-1]


CONTINUED = {
    "best weights back, last epoch": {
        "epochs": 6,
        "early_stopping": PATIENT,
        "optimizer": optimizer("RMSprop", learning_rate=0.08),
    },
    "best weights back, stopped early": {
        "epochs": 60,
        "early_stopping": PATIENT.model_copy(update={"patience": 2}),
        "optimizer": optimizer("RMSprop", learning_rate=0.08),
    },
    "patience anew": {
        "epochs": 60,
        "early_stopping": PATIENT.model_copy(update={"patience": 2, "restore_best_weights": False}),
        "optimizer": optimizer("RMSprop", learning_rate=0.08),
    },
    "averaged weights": {
        "epochs": 4,
        "optimizer": optimizer("AdamW", use_ema=True, ema_momentum=0.9, learning_rate=0.05),
    },
}


@pytest.mark.parametrize("name", CONTINUED)
def test_where_a_run_was_continued_a_branch_goes_on_as_it_did(name: str) -> None:
    """From the weights that the first part ended with, not from those of its last epoch; these
    are what one sees of that epoch all the same.
    """
    first = trained(moons(DROPOUT, 120, batch_size=16, **CONTINUED[name]))
    end, then = first.ended.epoch, Run()
    session = first.room._session
    assert session is not None
    seen = session.model_at(end).get_weights()
    then.do(first.room.continue_training(3))
    for now, before in zip(session.model_at(end).get_weights(), seen, strict=True):
        np.testing.assert_array_equal(now, before)
    for _ in range(2):
        branch = Run()
        branch.do(first.room.branch(end))
        assert history(branch)[:3] == history(then)
        assert losses(branch)[: len(losses(then))] == losses(then) != []


@pytest.fixture(scope="module")
def whole() -> Trained:
    return trained(PROJECT)


PROJECT = moons(DROPOUT, batch_size=16, epochs=6, optimizer=optimizer("Adam", learning_rate=0.01))


def changed(**training: object) -> Project:
    settings = PROJECT.training.model_copy(update=training)
    return PROJECT.model_copy(update={"training": settings})


def test_from_the_beginning_it_is_the_run_itself(whole: Trained) -> None:
    run = Run()
    run.do(whole.room.branch(0))
    assert history(run) == history(whole.run)
    assert do(whole.room.checkpoint()) == whole.checkpoint


def test_a_branch_of_a_branch_and_epochs_behind_it_are_gone(whole: Trained) -> None:
    first, second = Run(), Run()
    first.control.stop()
    do(whole.room.train(request(PROJECT)))
    first.do(whole.room.branch(4))
    assert first.of(EpochsKept)[-1].epochs == (1, 2, 3, 4)
    with pytest.raises(TrainingError, match="epoch 5 are not kept"):
        do(whole.room.branch(5))
    second.do(whole.room.branch(2))
    assert history(second) == history(whole.run, 2)
    assert do(whole.room.checkpoint()) == whole.checkpoint


def test_another_learning_rate_holds_from_there_on(whole: Trained) -> None:
    """Against the same thing done by hand: the rate changed as the epoch was over."""
    wanted = changed(optimizer=optimizer("Adam", learning_rate=0.002))
    branch, by_hand = Run(), Run()
    do(whole.room.train(request(PROJECT)))
    branch.do(whole.room.branch(3, request(wanted)))
    other = EngineRoom()
    do(other.train(request(changed(epochs=3))))
    session = other._session
    assert session is not None
    session.set_learning_rate(0.002)
    by_hand.do(other.continue_training(3))
    assert [e.metrics for e in branch.of(EpochEnded)] == [e.metrics for e in by_hand.of(EpochEnded)]
    assert [e.learning_rate for e in branch.of(EpochEnded)] == pytest.approx([0.002] * 3)
    assert history(branch) != history(whole.run, 3)


def test_other_batches_more_epochs_and_early_stopping(whole: Trained) -> None:
    wanted = changed(batch_size=50, epochs=9, seed=4711, early_stopping=PATIENT)
    run = Run()
    do(whole.room.train(request(PROJECT)))
    ended = run.do(whole.room.branch(4, request(wanted)))
    started = run.of(TrainingStarted)[0]
    assert (started.first_epoch, started.epochs, started.batch_size) == (5, 9, 50)
    assert started.seed == PROJECT.training.seed
    session = whole.room._session
    assert session is not None
    assert session.project.training.seed == PROJECT.training.seed
    # The best weights are there although nobody kept them before.
    best = ended.best_epoch
    assert ended.restored
    kept = session._snapshots.at(best)
    assert kept is not None
    for now, then in zip(session.model.get_weights(), kept.weights.values(), strict=True):
        np.testing.assert_array_equal(now, then)


def test_planned_epochs_that_are_done_already_are_added(whole: Trained) -> None:
    run = Run()
    do(whole.room.train(request(PROJECT)))
    ended = run.do(whole.room.branch(5, request(changed(epochs=2))))
    assert (run.of(TrainingStarted)[0].first_epoch, ended.epoch) == (6, 7)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (PROJECT.model_copy(update={"network": DENSE}), "The network is not"),
        (changed(optimizer=optimizer("SGD", learning_rate=0.01)), "The optimizer is not"),
        (
            changed(optimizer=optimizer("Adam", weight_decay=0.1)),
            "The options of the optimizer are",
        ),
        (changed(loss="mean_squared_error", metrics=()), "The loss and metrics are not"),
        (moons(DROPOUT, samples=150, batch_size=16, epochs=6), "The data are not"),
    ],
)
def test_what_cannot_go_on_is_refused_and_changes_nothing(
    whole: Trained, wanted: Project, words: str
) -> None:
    do(whole.room.train(request(PROJECT)))
    with pytest.raises(TrainingError, match=words) as told:
        do(whole.room.branch(3, request(wanted)))
    assert "press Train" in told.value.how_to_fix
    assert do(whole.room.checkpoint()) == whole.checkpoint
    run = Run()
    run.do(whole.room.branch(3))
    assert history(run) == history(whole.run, 3)


def test_settings_that_cannot_be_trained_change_nothing(whole: Trained) -> None:
    do(whole.room.train(request(PROJECT)))
    watching = EarlyStoppingSettings(enabled=True, monitor="val_precision")
    with pytest.raises(TrainingError, match="val_precision"):
        do(whole.room.branch(3, request(changed(early_stopping=watching))))
    assert do(whole.room.checkpoint()) == whole.checkpoint


def test_weights_alone_are_not_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots.Snapshots.__init__, "__defaults__", (1500, 128))
    room, run = EngineRoom(), Run()
    run.do(room.train(request(moons(epochs=3))))
    kept = run.of(EpochsKept)[-1]
    assert kept.epochs == (1, 2, 3)
    assert not kept.for_branch
    with pytest.raises(TrainingError, match="only the weights are kept"):
        do(room.branch(2))


def test_without_a_run_there_is_nothing_to_branch_from() -> None:
    with pytest.raises(TrainingError, match="no trained network"):
        do(EngineRoom().branch(1))


def test_a_branch_of_a_saved_run_goes_on_when_opened_again(whole: Trained) -> None:
    """Its checkpoint is like any other."""

    def stop(event: object) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 4:
            run.control.stop()

    run, then = Run(stop), Run()
    do(whole.room.train(request(PROJECT)))
    run.do(whole.room.branch(2))
    saved = do(whole.room.checkpoint())
    other = EngineRoom()
    do(other.restore(request(PROJECT, saved)))
    then.do(other.continue_training())
    assert history(then) == history(whole.run, 4)


# ---------------------------------------------------------------- its record


def recorded(run: Run, recorder: RunRecorder) -> RunRecord:
    for event in run.events:
        recorder.add(event)
    return recorder.record


def test_its_record_begins_with_the_rows_up_to_the_epoch(whole: Trained) -> None:
    data = data_of(PROJECT)
    before = recorded(whole.run, RunRecorder(PROJECT, data.fingerprint, data.trained_on))
    do(whole.room.train(request(PROJECT)))
    wanted = changed(optimizer=optimizer("Adam", learning_rate=0.002), epochs=5)
    run = Run()
    run.do(whole.room.branch(3, request(wanted)))
    (event,) = run.of(Branched)
    recorder = RunRecorder.branched(before, wanted, event)
    first = recorder.record
    assert first.rows == before.rows[:3]
    assert first.branched_from == 3
    assert first.project == wanted
    assert first.seconds == pytest.approx(sum(row.seconds for row in before.rows[:3]))
    third = whole.run.of(EpochEnded)[2]
    assert (first.best_epoch, first.waited) == (third.best_epoch, third.waited)
    assert (first.reason, first.sentence, first.restored) == (None, "", False)
    after = recorded(run, recorder)
    assert [row.epoch for row in after.rows] == [1, 2, 3, 4, 5]
    assert after.rows[:3] == before.rows[:3]
    assert after.reason == "finished"
    assert after.branched_from == 3
    assert RunRecord.model_validate_json(after.model_dump_json()) == after

"""A training steered by its buttons: step, resume, pause, stop, continue, start over; and
repeated.
"""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton, QSpinBox

from tests.end_to_end.window_user import Key, User, wait


@pytest.fixture
def moons(user: User) -> User:
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    return user


def rows(user: User) -> tuple:
    record = user.program.run.record
    return record.rows if record else ()


def history(user: User) -> list[tuple]:
    return [(row.epoch, dict(row.metrics), row.learning_rate) for row in rows(user)]


def phase(user: User) -> str:
    return user.program.run.state.phase


def set_epochs(user: User, epochs: int) -> None:
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype(str(epochs))


def rest(user: User) -> None:
    wait(lambda: phase(user) == "idle")


def run_through(user: User, start: Callable[[], None]) -> None:
    """Start a training and wait for its end; a small one may be over before the next line is
    reached.
    """
    ended: list[bool] = []
    user.program.run.run_ended.connect(lambda: ended.append(True))
    start()
    wait(lambda: ended)


def title(user: User) -> str:
    bar = user.window.run_bar
    return f"{bar._title.text()} {bar._detail.text()}"


def test_a_run_is_stepped_resumed_paused_stopped_continued_and_started_over(moons: User) -> None:
    user, run = moons, moons.program.run
    set_epochs(user, 20_000)  # so many that none of the orders below comes too late
    user.click("inspector.early_stopping.patience")
    user.retype("20000")

    # one batch from rest
    user.click("run.step")
    wait(lambda: phase(user) == "paused")
    assert run.state.step == 1
    assert not rows(user)
    assert len(run.batch_losses) == 1
    assert title(user) == f"Epoch 1 of 20000, step 1 of {run.state.steps_per_epoch}"
    assert user.find("run.train", QPushButton).text() == "Resume"
    assert user.find("run.pause", QPushButton).text() == "Paused"
    user.picture("20_one_step")
    user.click("run.step")
    wait(lambda: phase(user) == "paused" and run.state.step == 2)

    # to the end of the epoch, and one epoch more
    user.key(Key.Key_F11)
    wait(lambda: phase(user) == "paused" and len(rows(user)) == 1)
    user.menu("Train", "Step one epoch")
    wait(lambda: phase(user) == "paused" and len(rows(user)) == 2)
    user.picture("21_two_epochs")

    # resume, pause, resume by the keyboard
    user.click("run.train")
    wait(lambda: phase(user) == "running" and len(rows(user)) > 4)
    user.picture("22_running")
    user.click("run.pause")
    wait(lambda: phase(user) == "paused")
    done = len(rows(user))
    assert user.find("run.step", QPushButton).isEnabled()
    user.picture("23_paused")
    user.key(Key.Key_F6)
    wait(lambda: phase(user) == "running" and len(rows(user)) > done)

    # stop keeps the model
    user.click("run.stop")
    rest(user)
    stopped = len(rows(user))
    assert stopped < 20_000
    assert run.has_model
    assert run.record.reason == "stopped"
    assert title(user).startswith(f"Stopped {stopped} of 20000 epochs")
    user.picture("24_stopped")
    first = history(user)
    assert [epoch for epoch, *_ in first] == list(range(1, stopped + 1))

    # continue with more epochs, and cancel first
    user.will_press("dialog.more_epochs", "Cancel")
    user.menu("Train", "Continue")
    user.answered()
    assert phase(user) == "idle"
    assert len(rows(user)) == stopped

    def three(dialog) -> None:
        box = dialog.findChild(QSpinBox)
        user.click(box)
        user.retype("3")
        user.key(Key.Key_Return)

    user.will("dialog.more_epochs", three)
    run_through(user, lambda: user.menu("Train", "Continue"))
    user.answered()
    assert len(rows(user)) == stopped + 3
    assert history(user)[:stopped] == first
    user.picture("25_continued")

    # start over: the same history from the first epoch on, bit for bit
    whole = history(user)
    user.menu("Train", "Start over")
    wait(lambda: len(rows(user)) > stopped)
    user.click("run.stop")
    rest(user)
    assert history(user)[:stopped] == whole[:stopped]
    assert len(run.previous) == 1
    user.picture("26_started_over")


def validation_loss_of_the_model(user: User) -> float:
    """Of the network of dense layers as it is now, worked out here."""
    part = user.program.feed.prepared.validation
    values = np.asarray(part.x, float)
    layers = [layer for layer in user.program.run._room._session.model.layers if layer.weights]
    for layer in layers:
        kernel, bias = map(np.asarray, layer.get_weights())
        values = values @ kernel + bias
        values = np.maximum(values, 0) if layer is not layers[-1] else 1 / (1 + np.exp(-values))
    right = np.where(np.asarray(part.y).reshape(-1, 1) == 1, values, 1 - values)
    return float(-np.log(right).mean())


def test_the_curves_mark_the_best_epoch_only_where_the_model_has_its_weights(moons: User) -> None:
    """With early stopping off the lowest loss is marked as what it is, without the dashed line."""
    user, run = moons, moons.program.run
    loss, metric = user.program.bench._page.curves.view.plots
    set_epochs(user, 80)
    user.click("inspector.optimizer.learning_rate")
    user.retype("0.1")  # so much that the last epoch is not the best one

    def marked() -> dict[int, float]:
        run_through(user, lambda: user.click("run.train"))
        losses = {row.epoch: row.metrics["val_loss"] for row in rows(user)}
        wait(lambda: loss.marks.best is not None and loss.marks.best[0] in losses)
        wait(lambda: run.state.phase == "idle" and not user.program.jobs.busy("engine"))
        return losses

    losses = marked()
    lowest = min(losses, key=losses.get)
    assert lowest < len(losses)
    assert run.record.restored
    assert validation_loss_of_the_model(user) == pytest.approx(losses[lowest], rel=1e-3)
    assert loss.marks.best == (lowest, losses[lowest])
    assert loss.marks.best_kept
    assert metric.marks.best[0] == lowest
    assert loss.marks.best_text.startswith(f"best: epoch {lowest}, ")
    user.picture("97_best_is_back")

    user.click("inspector.early_stopping.enabled")
    assert not user.program.document.project.training.early_stopping.enabled
    losses = marked()
    lowest = min(losses, key=losses.get)
    assert len(losses) == 80
    assert lowest < 80
    assert validation_loss_of_the_model(user) == pytest.approx(losses[80], rel=1e-3)
    assert losses[lowest] != pytest.approx(losses[80], rel=1e-2)
    assert loss.marks.best == (lowest, losses[lowest])
    assert not loss.marks.best_kept
    assert metric.marks.best is None
    assert loss.marks.best_text.startswith(f"lowest: epoch {lowest}, ")
    user.picture("98_lowest_is_not_back")
    user.menu("View", "Theme: dark")
    user.picture("98_lowest_is_not_back_dark")


def test_the_same_seed_gives_the_same_history_and_another_seed_another(moons: User) -> None:
    user = moons
    set_epochs(user, 4)
    run_through(user, lambda: user.click("run.train"))
    once = history(user)
    assert user.program.run.record.reason == "finished"
    assert title(user).startswith("Finished 4 of 4 epochs")
    run_through(user, lambda: user.key(Key.Key_F5))
    assert history(user) == once
    user.click("run.seed")
    user.click("inspector.seed")
    user.retype("8")
    run_through(user, lambda: user.click("run.train"))
    assert len(rows(user)) == 4
    assert [e for e, *_ in history(user)] == [1, 2, 3, 4]
    assert history(user) != once
    assert len(user.program.run.previous) == 2
    user.picture("27_three_runs")


def test_the_live_views_follow_the_run(moons: User) -> None:
    user = moons
    live = user.program.bench._page.live
    set_epochs(user, 30)
    run_through(user, lambda: user.click("run.train"))
    assert live._stack.currentWidget() is live.boundary
    user.picture("28_boundary")
    user.click("live.view.dead_units")
    assert live._stack.currentWidget() is live.dead_units
    user.picture("29_dead_units")
    user.click("live.view.filters")
    wait(lambda: live._stack.currentWidget() is live._empty)
    wait(lambda: "no filters" in live._empty.sentence.text())
    user.picture("29_no_filters")


def test_stop_before_the_first_epoch_leaves_the_window_ready(user: User) -> None:
    user.click("welcome.open.digits")
    user.click("run.train")
    assert phase(user) in ("waiting", "preparing")
    user.click("run.stop")
    rest(user)
    assert not rows(user)
    user.picture("30_stopped_early")
    assert user.find("run.train", QPushButton).isEnabled()

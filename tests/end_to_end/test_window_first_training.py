"""Three clicks: an example opened, trained, and watched."""

import numpy as np
from PySide6.QtWidgets import QPushButton

from app.core.frozen import FrozenMap
from tests.end_to_end.window_user import User, wait


def shown_curve(user: User, plot: int, curve: int) -> tuple[list[float], list[float]]:
    found = user.program.bench._page.curves.view.plots[plot].curves[curve]
    return found.x.tolist(), found.y.tolist()


def test_three_clicks_train_digits_while_curves_and_filters_grow(user: User) -> None:
    run, page = user.program.run, user.program.bench._page
    user.picture("01_welcome")
    user.click("welcome.open.digits")
    assert user.window.page == "bench"
    user.picture("02_bench_at_rest")
    assert user.find("run.train", QPushButton).text() == "Train"
    user.click("run.train")
    assert run.state.phase in ("waiting", "preparing")
    user.picture("03_preparing")
    wait(lambda: run.record is not None and len(run.record.rows) >= 3)
    assert user.find("run.train", QPushButton).text() == "Training"
    wait(lambda: page.live.filters.bank() is not None)
    early = page.live.filters.bank().kernels.copy()
    user.picture("04_training")
    wait(lambda: not run.state.active, 120)
    record = run.record
    assert record is not None
    assert record.reason == "early_stopping"
    losses = [row.metrics["val_loss"] for row in record.rows]
    best = 1 + int(np.argmin(losses))
    assert record.best_epoch == best
    assert record.restored
    assert len(record.rows) == best + 15

    # the curves are the record, row for row
    wait(lambda: len(shown_curve(user, 0, 1)[0]) == len(record.rows))
    for plot, name in ((0, "loss"), (1, "accuracy")):
        for curve, key in ((0, name), (1, f"val_{name}")):
            x, y = shown_curve(user, plot, curve)
            assert x == [row.epoch for row in record.rows]
            assert y == [row.metrics[key] for row in record.rows]
    assert page.curves.table().rows == tuple(
        (
            row.epoch,
            *(row.metrics[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")),
            row.learning_rate,
            row.seconds,
        )
        for row in record.rows
    ) or set(page.curves.table().headers) >= {"loss", "accuracy", "val_loss", "val_accuracy"}

    # the filters are the restored model's
    answers: list[object] = []
    wait(lambda: not user.program.jobs.busy("engine"))
    shown = page.live.filters.bank()
    run.questions.ask("filters", answers.append, "conv2d_1", FrozenMap(channel=0))
    wait(lambda: answers)
    model = user.program.run._room._session.model
    weights = model.get_layer("conv2d_1").get_weights()[0]
    assert shown.layer_id == "conv2d_1"
    np.testing.assert_array_equal(shown.kernels, np.moveaxis(weights[:, :, 0, :], -1, 0))
    np.testing.assert_array_equal(shown.kernels, answers[0].kernels)
    assert not np.array_equal(shown.kernels, early)
    user.picture("05_trained")
    bar = user.window.run_bar
    assert bar._title.text() == "Stopped early"
    assert bar._detail.text() == (
        f"{len(record.rows)} of 200 epochs, best was {best}, its weights are back"
    )
    assert "validation" in record.sentence.lower() or "val_loss" in record.sentence
    assert user.find("run.train", QPushButton).text() == "Train"

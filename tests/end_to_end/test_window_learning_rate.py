"""A learning rate is looked for, scheduled, changed while it trains, saved and opened again."""

from pathlib import Path

from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget

from app.core.schedule_catalog import share_of
from app.ui.range_test_dialog import RangeTestDialog
from tests.end_to_end.window_user import CONTROL, Key, User, wait


def number(user: User, name: str, text: str) -> None:
    user.click(name)
    user.retype(text)


def rates(user: User) -> list[float]:
    record = user.program.run.record
    return [row.learning_rate for row in record.rows] if record else []


def phase(user: User) -> str:
    return user.program.run.state.phase


def open_moons(user: User) -> None:
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    user.click("bench.settings")


def test_a_learning_rate_is_found_and_used(user: User) -> None:
    open_moons(user)
    before = user.program.document.project
    found: list[str] = []

    def use(dialog: RangeTestDialog) -> None:
        wait(dialog._steepest.isVisible)
        user.picture("40_range_test", dialog)
        found.append(dialog._steepest.text().removeprefix("Use "))
        assert len(dialog.plot.table().rows) > 40
        user.click(dialog._steepest)

    user.will("dialog.range", use)
    user.click("inspector.find_rate")
    user.answered()
    field = user.find("inspector.optimizer.learning_rate", QLineEdit)
    wait(lambda: float(field.text()) == float(found[0]))
    assert user.program.document.project.network == before.network
    assert not user.program.run.has_model
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before

    # and by the menu, left without a choice
    user.will_press("dialog.range", "Close")
    user.menu("Train", "Find a learning rate")
    user.answered()
    assert user.program.document.project == before
    wait(lambda: not user.program.jobs.busy("engine"))


def test_a_schedule_is_set_changed_live_saved_and_opened(user: User, tmp_path: Path) -> None:
    open_moons(user)
    run = user.program.run
    number(user, "inspector.epochs", "20000")
    number(user, "inspector.early_stopping.patience", "20000")
    user.choose("inspector.schedule", "Warm-up, cosine")
    assert user.find("inspector.schedule_curve").isVisible()
    number(user, "inspector.schedule.warmup", "30000")
    wait(lambda: "Warm-up outlasts the training" in _problems(user))
    user.click(_fix(user, "Warm-up outlasts the training"))
    wait(lambda: "Warm-up outlasts the training" not in _problems(user))
    assert user.program.document.project.training.schedule.options["warmup"] == 2000
    user.picture("41_schedule")
    assert not user.sees("run.learning_rate")
    assert user.find("inspector.find_rate").isEnabled()

    user.click("run.train")
    wait(lambda: phase(user) == "running" and len(rates(user)) > 5)
    assert not user.find("inspector.find_rate").isEnabled()
    schedule = user.program.document.project.training.schedule
    steps = run.record.steps_per_epoch
    share, rate = share_of(schedule, steps, 20000), rates(user)[0] / 0.1
    for epoch, found in enumerate(rates(user)[:5], 1):
        expected = share(epoch * steps - 1) / share(steps - 1) * rates(user)[0]
        assert abs(found - expected) < 1e-6 * rate

    # changed while it trains, with Enter
    number(user, "run.learning_rate", "0.03")
    assert run.record.rate_changes == ()
    user.key(Key.Key_Return)
    wait(lambda: len(run.record.rate_changes) == 1)
    first = run.record.rate_changes[0]
    wait(lambda: len(rates(user)) > first.epoch + 1)
    assert rates(user)[first.epoch] >= 0.03
    user.click("run.pause")
    wait(lambda: phase(user) == "paused")

    # and while it is held
    number(user, "run.learning_rate", "0.002")
    user.key(Key.Key_Return)
    wait(lambda: len(run.record.rate_changes) == 2)
    assert user.find("run.learning_rate", QLineEdit).text() == "0.002"
    user.click("run.step")
    wait(lambda: phase(user) == "paused" and run.state.learning_rate < 0.0021)
    user.picture("42_changed_live")
    loss = user.program.bench._page.curves.view.plots[0]
    wait(lambda: [words for _, words in loss.marks.changes] == ["rate 0.03", "rate 0.002"])
    user.click("run.stop")
    wait(lambda: phase(user) == "idle")
    assert not user.sees("run.learning_rate")

    # saved, and opened again: the changes are there, and their marks
    saved = run.record
    user.will_name_file(tmp_path / "rates.layerlab")
    user.key(Key.Key_S, CONTROL)
    user.answered()
    wait(lambda: not user.program.files.saving)
    user.will_name_file(tmp_path / "rates.layerlab")
    user.menu("File", "Open…")
    user.answered()
    wait(lambda: run.record is not None and run.record is not saved)
    wait(lambda: run.has_model and phase(user) == "idle")
    assert run.record == saved
    curves = user.program.bench._page.curves
    wait(lambda: len(curves.view.plots[0].marks.changes) == 2)

    # started over it runs without them
    user.menu("Train", "Start over")
    wait(lambda: phase(user) == "running" and len(rates(user)) > 3)
    assert run.record.rate_changes == ()
    assert max(rates(user)[:3]) < 0.01
    user.click("run.stop")
    wait(lambda: phase(user) == "idle")


def _problems(user: User) -> list[str]:
    return [problem.title for problem in user.program.bench.problems.problems]


def _fix(user: User, title: str) -> QWidget:
    card = user.find(f"problem.{_problems(user).index(title)}")
    return next(b for b in card.findChildren(QAbstractButton) if b.text().startswith("Fix"))

"""The advisor in the real window: a deep sigmoid network is diagnosed, treated, and learns."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel

from app.core.run_record import RunRecord
from app.core.templates import build_template, builtin_data
from app.ui.inside.advisor_tab import AdvisorTab
from tests.end_to_end.window_user import CONTROL, User, wait

EPOCHS = 40


def advisor(user: User) -> AdvisorTab:
    tab = user.program.inside.tabs["advisor"]
    assert isinstance(tab, AdvisorTab)
    return tab


def text(user: User, name: str) -> str:
    return user.find(name, QLabel).text()


def kept_accuracy(record: RunRecord) -> float:
    """Of the epoch whose weights are kept."""
    kept = record.best_epoch if record.restored else len(record.rows)
    return float(record.rows[kept - 1].metrics["accuracy"])


def ended(user: User, runs: int) -> bool:
    run = user.program.run
    record = run.record
    return (
        len(run.previous) == runs - 1
        and record is not None
        and record.reason is not None
        and not run.state.active
    )


def test_deep_sigmoid_is_diagnosed_treated_and_learns(user: User) -> None:
    program = user.program
    project = build_template("deep_sigmoid", builtin_data("moons"))
    training = project.training.model_copy(update={"epochs": EPOCHS})
    program.files.show(project.model_copy(update={"training": training}))
    wait(lambda: program.feed.prepared is not None)
    user.click("rail.inside")
    wait(lambda: user.sees("page.inside"))
    user.click(user.find("inside.tabs.advisor"))
    assert "Press Train" in user.find("inside.advisor.empty").accessibleName()

    user.click("run.train")
    wait(lambda: ended(user, 1), what="the first training did not end")
    wait(lambda: text(user, "advisor.title") == "Vanishing gradient")
    assert text(user, "advisor.found") == f"Found at epoch 1, still there at {EPOCHS}"
    assert "multiplies the gradient by 0.25 or less" in text(user, "advisor.words")
    assert advisor(user).marks() == ((1, "gradient vanishes"),)
    program.inside.looking.look_at(0)
    wait(lambda: text(user, "advisor.title") == "Nothing to judge by yet")
    assert advisor(user).marks() == ((1, "gradient vanishes"),)
    program.inside.looking.look_at(None)
    wait(lambda: text(user, "advisor.title") == "Vanishing gradient")
    norms = advisor(user).panels[0].plot.table()
    assert len(norms.rows) == EPOCHS
    first, last = norms.headers.index("dense_1"), norms.headers.index("dense_7")
    assert norms.rows[-1][first] < 1e-3 * norms.rows[-1][last]
    wait(lambda: advisor(user).plane.now.view.boundary is not None, what="no boundary came")
    before = kept_accuracy(program.run.record)
    assert before < 0.6
    user.picture("advisor_vanishing")

    was = program.document.project
    user.click("advisor.remedy.0")
    wait(lambda: program.document.project is not was)
    treated = program.document.project
    assert [x.options.get("activation") for x in treated.network.layers][1:-1] == ["relu"] * 6
    assert not user.find("advisor.remedy.0").isEnabled()
    assert "Train again, or undo" in text(user, "advisor.note")
    user.key(Qt.Key.Key_Z, CONTROL)
    wait(lambda: program.document.project == was)
    wait(lambda: user.find("advisor.remedy.0").isEnabled())
    user.click("advisor.remedy.0")
    wait(lambda: program.document.project == treated)

    user.click("run.train")
    wait(lambda: ended(user, 2), what="the second training did not end")
    wait(lambda: text(user, "advisor.title") != "Vanishing gradient")
    assert "vanishing_gradient" not in [one.kind for one in advisor(user).diagnoses]
    accuracy = kept_accuracy(program.run.record)
    assert accuracy > 0.9
    outcome = text(user, "advisor.outcome")
    assert outcome.startswith(f"Run 2: accuracy {accuracy:.2f}, was {before:.2f}"), outcome
    assert "Vanishing gradient is gone" in outcome
    wait(lambda: user.sees("advisor.boundary.before"))
    user.picture("advisor_after")


def test_several_diagnoses_and_a_card_on_the_bench(user: User) -> None:
    program = user.program
    project = build_template("mlp", builtin_data("moons"))
    optimizer = project.training.optimizer.model_copy(
        update={
            "kind": "SGD",
            "options": project.training.optimizer.options.set("learning_rate", 10.0),
        }
    )
    training = project.training.model_copy(update={"epochs": 25, "optimizer": optimizer})
    program.files.show(project.model_copy(update={"training": training}))
    wait(lambda: program.feed.prepared is not None)
    user.click("rail.inside")
    user.click("run.train")
    wait(lambda: ended(user, 1), what="the training did not end")
    kinds = [one.kind for one in advisor(user).diagnoses]
    assert kinds == ["dead_units", "learning_rate_high"]
    user.choose(user.find("advisor.chooser", QComboBox), "2 of 2: Learning rate too high")
    wait(lambda: text(user, "advisor.title") == "Learning rate too high")
    user.click("rail.bench")
    titles = [
        label.text()
        for label in program.window.findChildren(QLabel)
        if label.isVisible() and label.text() == "Learning rate too high"
    ]
    assert titles == ["Learning rate too high"]

"""The journal in the window: two trainings are kept, compared, noted, brought back, exported and
deleted.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QTableView

from app.core.project import Project
from app.journal.entries import Entry
from app.journal.journal import Journal
from app.ui.runs.runs_model import PLACES
from app.ui.runs.runs_page import RunsPage
from tests.end_to_end.conftest import close
from tests.end_to_end.window_user import CONTROL, PLAIN, Key, User, wait


def page(user: User) -> RunsPage:
    found = user.window.pages["runs"]
    assert isinstance(found, RunsPage)
    return found


def listed(user: User) -> list[str]:
    """Numbers in the order of the table."""
    model = page(user).list.table.model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def cell(user: User, number: int, column: str) -> str:
    model = page(user).list.model
    row = model.row_of(number)
    assert row is not None
    return str(model.index(row, PLACES[column]).data())


def press(user: User, number: int, modifiers=PLAIN) -> None:
    """Click the row of a run."""
    table = user.find("runs.table", QTableView)
    index = table.model().index(page(user).list.model.row_of(number), 1)
    table.scrollTo(index)
    user.click(table.viewport(), table.visualRect(index).center(), modifiers)


def settled(user: User, number: int) -> None:
    wait(lambda: str(number) in listed(user), what=f"run {number} is not in the list")
    wait(lambda: cell(user, number, "ending") != "running", what="it never ended")


def facts(user: User) -> dict[str, tuple[str, ...]]:
    return {row[0]: row[1:] for row in page(user).details.shown_rows}


def train(user: User, epochs: int, units: int | None = None) -> Project:
    user.click("rail.bench")
    user.click("bench.settings")
    user.click("inspector.epochs")
    user.retype(str(epochs))
    user.key(Key.Key_Tab)
    ended: list[bool] = []
    user.program.run.run_ended.connect(lambda: ended.append(True))
    user.click("run.train")
    wait(lambda: ended)
    project = user.program.document.project
    assert project is not None
    assert project.training.epochs == epochs
    return project


def kept(user: User) -> dict[int, Entry]:
    """What another program finds in the journal."""
    journal = Journal(user.program.journal._journal.path)
    found = {entry.number: entry for entry in journal.entries()}
    journal.close()
    return found


def test_two_trainings_are_kept_compared_noted_brought_back_and_deleted(
    start: Callable[[], User], tmp_path: Path
) -> None:
    user = start()
    user.click("rail.runs")
    wait(lambda: user.sees("runs.empty"))
    user.picture("80_runs_empty")
    user.window.show_page("welcome")
    user.click("welcome.open.moons")
    wait(lambda: user.program.feed.prepared is not None)
    first = train(user, 6)
    records = [user.program.run.record]
    second = train(user, 9)
    records.append(user.program.run.record)
    assert first != second

    # both are there, the newest first and chosen, with figures of the record
    user.click("rail.runs")
    wait(lambda: listed(user) == ["2", "1"])
    settled(user, 2)
    wait(lambda: facts(user))
    for number, record in ((1, records[0]), (2, records[1])):
        assert record is not None
        best = next(row for row in record.rows if row.epoch == record.best_epoch)
        assert cell(user, number, "metric") == "Accuracy"
        assert float(cell(user, number, "score")) == round(best.metrics["val_accuracy"], 3)
        assert cell(user, number, "epochs") == str(len(record.rows))
    assert facts(user)["Seed"] == ("7",)
    assert facts(user)["Ended"] == (records[1].sentence,)
    drawn = page(user).plot.table().rows
    assert [row[2] for row in drawn] == [row.metrics["val_loss"] for row in records[1].rows]
    user.choose("runs.metric", "Accuracy")
    drawn = page(user).plot.table().rows
    assert [row[2] for row in drawn] == [row.metrics["val_accuracy"] for row in records[1].rows]
    user.picture("81_runs_one")

    # notes, found by their words
    press(user, 1)
    wait(lambda: page(user).list.numbers == (1,))
    user.click("runs.notes.text")
    user.type("too short")
    user.click("runs.filter")
    wait(lambda: kept(user)[1].notes == "too short")
    user.type("SHORT")
    wait(lambda: listed(user) == ["1"])
    user.retype("nothing such")
    wait(lambda: listed(user) == [])
    assert user.sees("runs.nothing")
    user.key(Key.Key_A, CONTROL)
    user.key(Key.Key_Delete)
    wait(lambda: listed(user) == ["2", "1"])

    # what differs, and both curves on one plot
    press(user, 1)
    press(user, 2, CONTROL)
    wait(lambda: facts(user).get("Epochs") == ("6", "9"))
    assert set(facts(user)) == {"", "Score", "Epochs"}
    assert {row[0] for row in page(user).plot.table().rows} == {"run 1", "run 2"}
    assert not user.find("runs.bring_back").isEnabled()
    assert "Choose one run alone" in user.find("runs.bring_back").toolTip()
    user.picture("82_runs_two")

    # brought back, as one step that can be undone
    press(user, 1)
    wait(lambda: user.find("runs.bring_back").isEnabled() and "Seed" in facts(user))
    user.click("runs.bring_back")
    wait(lambda: user.window.page == "bench")
    assert user.program.document.project == first
    user.key(Key.Key_Z, CONTROL)
    wait(lambda: user.program.document.project == second)

    # event files
    user.click("rail.runs")
    press(user, 1)
    press(user, 2, CONTROL)

    def name_folder(dialog: QFileDialog) -> None:
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        user.click(field)
        user.retype(str(tmp_path))
        user.key(Key.Key_Return)

    user.will("dialog.folder", name_folder)
    user.click("runs.tensorboard")
    user.answered()
    wait(lambda: len(list(tmp_path.rglob("events.out.tfevents*"))) == 4)

    # deleted only when it is said twice
    press(user, 1)
    user.will_press("dialog.confirm", "Keep")
    user.click("runs.delete")
    user.answered()
    assert len(kept(user)) == 2
    user.will_press("dialog.confirm", "Delete")
    press(user, 1)
    user.key(Key.Key_Delete)
    user.answered()
    assert "1  two-moons, " in user.met[-1].text
    wait(lambda: listed(user) == ["2"])
    assert set(kept(user)) == {2}

    # another window finds it, too
    close(user)
    user = start()
    user.click("rail.runs")
    wait(lambda: listed(user) == ["2"])
    assert user.find("runs.curves").isVisible()
    wait(lambda: facts(user).get("Seed") == ("7",))

"""The test vault through all that chooses: a search, its winner, what races and is compared, what
is looked at. Nothing of it touches the test part, and openings are counted beyond one project.
"""

import functools
import math
import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QDialog, QSpinBox, QTableView
from sklearn import metrics

from app.core.project_edits import set_split
from app.core.project_file import open_project
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search import executors
from app.search.coordinator import search
from app.search.events import SearchEnded, SearchRequest
from app.search.fit_unit import FitRequest
from app.training.engine_room import EngineRoom
from app.ui.comparison_dialog import ComparisonDialog
from app.ui.inside.looking import Asker
from app.ui.range_test_dialog import RangeTestDialog
from app.ui.tune.leaderboard import Leaderboard
from tests.end_to_end.sealed_data import Seal, seal_what_is_read
from tests.end_to_end.test_window_evaluate import judged, trained
from tests.end_to_end.test_window_files import open_file, open_moons, save, set_epochs
from tests.end_to_end.test_window_tune import idle, set_number, set_up
from tests.end_to_end.window_user import CONTROL, Key, User, wait
from tests.unit.made_up_fits import ThreadFits, fine


def look_into_everything(user: User) -> None:
    program = user.program
    user.click("rail.inside")
    for name, tab in program.inside.tabs.items():
        program.inside.show_tab(name)
        wait(lambda tab=tab: not any(asker.busy for asker in tab.findChildren(Asker)))
        wait(lambda: not program.jobs.busy("engine"))


def open_vault(user: User) -> str:
    """Open it from the page Evaluate; what the dialog said."""
    user.will_press("dialog.open_vault", "Open the vault")
    user.click("evaluate.vault.open")
    user.answered()
    return user.met[-1].text


def test_a_search_and_its_winner_leave_the_test_part_alone(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = Seal()
    seal_what_is_read(monkeypatch, seal)
    asked: list[str] = []
    judge = EngineRoom.judge
    monkeypatch.setattr(
        EngineRoom, "judge", lambda room, part: asked.append(part) or judge(room, part)
    )
    program = user.program
    run, search = program.run, program.search
    set_up(user)
    set_number(user, "tune.trials", 2)
    path = tmp_path / "moons.layerlab"
    save(user, path)

    # ---- in its worker processes the test samples are not numbers at all
    user.click("tune.search")
    wait(lambda: search.state.done == 2 and idle(user))
    assert search.state.reason == "finished", search.state.sentence
    trials = search.trials.values()
    assert {trial.state for trial in trials} == {"finished"}
    assert all(math.isfinite(score) for trial in trials for score in trial.scores)

    tip = user.find("tune.open_vault").toolTip()
    assert "Refit the chosen trial first: the vault measures a trained network." in tip

    # ---- the winner, and the winner with all that is not kept for the test
    user.click("tune.use_best")
    test_rows = program.feed.prepared.test.rows
    trained(user)
    look_into_everything(user)
    user.click("rail.tune")
    user.will_press("dialog.confirm", "Refit")
    before = run.record
    user.click("tune.refit")
    user.answered()
    wait(lambda: run.record is not before and not run.state.active and run.has_model)
    assert run.record.project.data.split.validation_trains
    of_trial = f"refit of trial {search.state.best}"
    user.click("rail.runs")
    wait(lambda: user.sees("runs.details"))
    wait(lambda: user.find("runs.details").header.title.text().endswith(f", {of_trial}"))
    name = user.find("runs.table", QTableView).indexAt(QPoint(100, 10))
    assert name.data() == f"{run.record.project.name}, {of_trial}"
    user.click("rail.tune")
    text = user.find("tune.vault.text").text()
    assert text.endswith(f"Trial {search.state.best} is refitted: open the vault once.")
    assert "it goes on with" not in user.find("tune.note").text()
    data = program.feed.prepared
    np.testing.assert_array_equal(data.test.rows, test_rows)
    assert not len(data.validation)
    look_into_everything(user)
    user.click("rail.evaluate")
    judged(user, "training")
    assert "this run is a refit" in user.find("evaluate.part.validation").toolTip()

    # ---- what else is trained to choose by it
    def watch(_dialog: ComparisonDialog) -> None:
        wait(lambda: program.comparison.state.active)
        wait(lambda: not program.comparison.state.active)
        assert program.comparison.state.failure is None
        user.click("comparison.close")

    user.click("rail.bench")
    user.will("dialog.comparison", watch)
    user.menu("Train", "Compare with and without standardized inputs")
    user.answered()

    def find(dialog: RangeTestDialog) -> None:
        wait(dialog._steepest.isVisible)
        dialog.close()

    user.will("dialog.range", find)
    user.click("bench.settings")
    user.click("inspector.find_rate")
    user.answered()
    user.click("rail.inside")
    user.click("inside.tabs.race")
    user.click("race.start")
    race = program.inside.tabs["race"].control
    wait(lambda: race.state.active)
    wait(lambda: not race.state.active)
    assert all(record is not None for record in race.state.records)
    user.key(Key.Key_S, CONTROL)
    wait(lambda: not program.document.modified)
    user.click("rail.runs")
    user.click("rail.evaluate")
    user.click("evaluate.part.test")
    assert user.sees("evaluate.vault")
    assert seal.broken == []
    assert seal.looks == 0
    assert run.record.openings == run.record.opened_before == ()

    # ---- opened, once
    seal.is_open = True
    assert "never looked at" in open_vault(user)
    found = judged(user, "test")
    assert seal.looks > 0
    truth = np.asarray(data.test.y)
    (opening,) = run.record.openings
    accuracy = metrics.accuracy_score(truth, found.verdicts.classes)
    assert opening.metrics["accuracy"] == pytest.approx(accuracy)

    # ---- the card tells it, and the way back to all figures
    user.click("evaluate.part.training")
    judged(user, "training")
    user.click("rail.tune")
    wait(lambda: program.vault.state.opened == 1)
    card = program.tune.page.vault
    assert card.title.text() == f"Test vault: accuracy {accuracy:.3f}"
    assert "Opened 1 time;" in card.text.text()
    assert not user.sees("tune.open_vault")
    user.picture("vault_opened")
    user.click("tune.figures")
    assert judged(user, "test") is found
    assert asked.count("test") == 1


def test_while_a_search_has_trials_left_the_vault_is_no_innocent_matter(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fits of the search are made up; the network on the bench is trained."""

    def here(request: SearchRequest, report: Report, control: JobControl) -> SearchEnded:
        def judge(fit: FitRequest, epoch: int) -> float | str:
            if fit.trial == 2 and not gate.is_set():
                gate.wait(30)
            return fine(fit, epoch)

        return search(request, report, control, functools.partial(ThreadFits, 1, judge))

    gate = threading.Event()
    monkeypatch.setattr(executors, "search_where_set", here)
    program = user.program
    control, window = program.search, user.window
    set_up(user)
    set_number(user, "tune.trials", 4)
    path = tmp_path / "moons.layerlab"
    save(user, path)
    user.click("rail.bench")
    trained(user)
    wait(lambda: not program.vault.why_not())

    def can_be_opened() -> set[bool]:
        """By the menu (the palette gives the same commands), and on both pages."""
        wait(lambda: program.vault.state.opened is not None)
        found = {window.actions_by_id["open_vault"].isEnabled()}
        user.click("rail.evaluate")
        user.click("evaluate.part.test")
        found.add(user.find("evaluate.vault.open").isEnabled())
        user.click("rail.tune")
        return found | {user.find("tune.open_vault").isEnabled()}

    user.click("rail.tune")
    user.click("tune.search")
    wait(lambda: control.state.done == 2)
    assert can_be_opened() == {False}
    user.click("tune.pause")
    wait(lambda: control.state.phase == "paused")
    assert can_be_opened() == {False}
    user.click("rail.evaluate")
    assert "A search is paused" in user.find("evaluate.vault.why").text()
    user.click("rail.tune")
    assert "A search is paused" in user.find("tune.open_vault").toolTip()
    program.workbench.give("open_vault")  # whoever gives the command all the same
    assert program.run.record.openings == ()
    user.click("tune.cancel")
    gate.set()
    wait(lambda: idle(user))
    assert (control.state.done, control.state.planned) == (2, 4)
    assert can_be_opened() == {True}
    assert "opened on" not in user.find("tune.leaderboard", Leaderboard).note.text()

    # ---- it is said before, and after
    user.will_press("dialog.open_vault", "Open the vault")
    user.click("tune.open_vault")
    user.answered()
    assert "2 of 4 trials are done. The vault is meant for after it" in user.met[-1].text
    judged(user, "test")
    user.click("rail.tune")
    note = user.find("tune.flattered")
    assert "opened on" in note.text()
    assert "when 2 of 4 trials were done; what goes on from here may" in note.text()
    wait(lambda: not program.jobs.busy("files"))
    user.click("tune.go_on")
    wait(lambda: control.state.done == 4 and idle(user))
    assert "when 2 of 4 trials were done: the later ones may" in note.text()

    # ---- and it stays with the study
    save(user)
    user.click("rail.bench")
    open_file(user, path)
    wait(lambda: control.state.reason == "finished" and len(control.state.looks) == 1)
    user.click("rail.tune")
    assert "the later ones may have been chosen" in user.find("tune.flattered").text()


def test_openings_are_counted_beyond_one_project(user: User, tmp_path: Path) -> None:
    program = user.program
    run = program.run
    program.files.leave = lambda then: then()
    open_moons(user)
    trained(user)
    user.click("rail.evaluate")
    user.click("evaluate.part.test")
    open_vault(user)
    judged(user, "test")
    first = run.record
    journal = program.journal._journal
    wait(lambda: not program.jobs.busy("journal"))
    (entry,) = journal.entries()
    assert entry.openings == 1
    assert journal.run(entry.number).openings == first.openings

    # ---- of data that no training of is at hand the count is known, or nothing is said
    card = program.tune.page.vault
    opened = f"Test vault: accuracy {first.openings[0].metrics['accuracy']:.3f}"
    shown = []
    for edit in (
        lambda: program.document.edit(
            "Refit", set_split(program.document.project, validation_trains=True)
        ),
        program.document.undo_stack.undo,
    ):
        edit()
        shown.append(card.title.text())
        wait(lambda: program.feed.prepared is not None and not program.feed.reading)
        wait(lambda: program.vault.state.opened is not None)
        assert program.vault.state.opened == 1
        assert card.title.text() == opened
    assert set(shown) <= {"Test vault", opened}

    # ---- trained on: sealed again, and still told of in the journal

    def more(dialog: QDialog) -> None:
        user.click(dialog.findChild(QSpinBox))
        user.retype("2")
        user.key(Key.Key_Return)

    user.will("dialog.more_epochs", more)
    user.menu("Train", "Continue")
    user.answered()
    wait(lambda: len(run.record.rows) > len(first.rows) and not run.state.active)
    wait(lambda: not program.jobs.busy("journal"))
    assert run.record.openings == ()
    assert run.record.opened_before == first.openings
    assert program.vault.state.sealed
    path = tmp_path / "moons.layerlab"
    save(user, path)
    assert open_project(path).run.opened_before == first.openings

    # ---- the same data in a project of its own, that knows of nothing
    user.menu("View", "Welcome")
    user.click("welcome.open.moons")
    wait(lambda: program.document.path is None and program.feed.prepared is not None)
    set_epochs(user, 3)
    trained(user)
    assert run.record.opened_before == ()
    user.click("rail.evaluate")
    user.click("evaluate.part.test")
    wait(lambda: program.vault.state.opened == 1)
    assert card.title.text() == "Test vault: sealed"
    assert "Opened 1 time, by another run;" in card.text.text()
    assert "Opened once" in user.find("evaluate.vault.words").text()
    assert "looked at once before" in open_vault(user)
    judged(user, "test")
    assert run.record.openings[0].number == 2

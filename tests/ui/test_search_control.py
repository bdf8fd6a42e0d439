"""The search as the window runs it: what it is told, what it counts, what it asks of the study."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest

from app.core.database import Database
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.project import Project
from app.core.project_edits import set_split
from app.core.project_file import SavedProject, save_project
from app.core.run_record import EpochRow
from app.core.search_results import FitCurves, FoldResult, Trial
from app.core.search_settings import Dimension, SearchSettings
from app.core.search_suggestion import suggested
from app.core.search_walk import walk
from app.core.templates import start_from
from app.core.vault_openings import StudyLook
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.search import events
from app.search.events import FoldRunning, SearchRequest
from app.search.study_file import KIND, StudyFile, StudyHead, searched_alike, study_path
from app.ui import file_control
from app.ui.search_control import SearchControl
from app.ui.search_state import AtStake, FoundStudy, Progress
from app.ui.search_studies import left_behind, look, note_place, set_aside, take_along
from app.ui.studies import Studies
from app.ui.tune.search_words import at_stake
from tests.end_to_end.window_user import wait
from tests.ui.scripted_program import Scripted, ended

UNITS = "network.dense_1.units"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class ScriptedSearch:
    """A search that says what it is told to say: events by `says`."""

    def __init__(self) -> None:
        self.requests: list[SearchRequest] = []
        self.says: SimpleQueue[object] = SimpleQueue()
        self.error: Exception | None = None

    def __call__(self, request: SearchRequest, report: Report, control: JobControl) -> object:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        paused = False
        while not control.stopping:
            if control.paused != paused:
                paused = control.paused
                report(events.SearchPaused() if paused else events.SearchResumed())
            with suppress(Empty):
                said = self.says.get(timeout=0.005)
                if isinstance(said, events.SearchEnded):
                    return said
                report(said)
        return events.SearchEnded("cancelled", "Cancelled.", None)


class Searched(Scripted):
    """A window's controls with a search of events made by hand."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.search, self.clock = ScriptedSearch(), Clock()
        self.found: FoundStudy | None = None
        self.looks: list[StudyLook] = []
        self.read: list[int] = []
        self.control = SearchControl(
            self.document,
            self.feed,
            self.jobs,
            self.run,
            self.search,
            Studies(
                self.document,
                self.jobs,
                home / "studies",
                lambda _path, _project: self.found,
                lambda _path, number: (self.read.append(number), ())[1],
                take_along,
                lambda _study, look: self.looks.append(look),
                note_place,
            ),
            self.root,
            clock=self.clock,
        )
        self.told: list[frozenset[int]] = []
        self.control.trials_changed.connect(self.told.append)

    def open(self, **settings: object) -> Project:
        space = (Dimension(path=UNITS, values=(4, 8, 16)),)
        project = start_from("moons")
        search = SearchSettings(space=space, **settings)
        project = project.model_copy(update={"search": search})
        self.files.show(project)
        wait(lambda: self.feed.prepared is not None)
        return project

    def post(self, *messages: object) -> None:
        for message in messages:
            self.search.says.put(message)

    def begun(self, planned: int = 4, folds: int = 2) -> None:
        self.control.start()
        wait(lambda: self.control.state.phase == "preparing" and self.search.requests)
        self.post(events.SearchStarted(planned, folds, "accuracy", True, 2))
        wait(lambda: self.control.state.phase == "running")


@pytest.fixture
def searched(qapp, home: Path) -> Iterator[Searched]:
    yield from ended(Searched(home))


def trial(number: int, *scores: float, state: str = "finished", units: int = 4) -> Trial:
    folds = tuple(FoldResult(k, "finished", score) for k, score in enumerate(scores))
    return Trial(number, state, FrozenMap({UNITS: units}), folds)


def test_the_search_gets_the_raw_data_and_the_project_as_it_stands(searched: Searched) -> None:
    project = searched.open(trials=4)
    searched.begun()
    (request,) = searched.search.requests
    assert request.project == project
    assert request.raw.x.shape == (400, 2)
    assert not request.resume
    assert request.study.parent.name == "studies"
    assert request.study.suffix == ".layerlab-study"


def test_trials_are_counted_by_their_state_and_the_best_is_known_at_once(
    searched: Searched,
) -> None:
    searched.open()
    searched.begun()
    searched.post(
        events.TrialChanged(trial(0, 0.7, 0.8)),
        events.TrialChanged(trial(1, 0.9, 0.9)),
        events.TrialChanged(trial(2, state="failed")),
        events.TrialChanged(trial(3, 0.5, state="running"), (FoldRunning(1, 5, 10),)),
    )
    wait(lambda: len(searched.control.trials) == 4)
    wait(lambda: searched.control.state.counts == {"finished": 2, "failed": 1, "running": 1})
    state = searched.control.state
    assert (state.best, state.best_mean) == (1, pytest.approx(0.9))
    assert state.done == 3
    assert state.progress == pytest.approx(3.75 / 4)
    assert set().union(*searched.told) == {0, 1, 2, 3}
    searched.post(events.TrialChanged(trial(3, 0.5, 0.6)))
    wait(lambda: searched.control.state.counts["running"] == 0)
    assert 3 not in searched.control.running


def test_of_a_loss_the_smallest_is_best(searched: Searched) -> None:
    searched.open()
    searched.control.start()
    searched.post(
        events.SearchStarted(4, 2, "loss", False, 1),
        events.TrialChanged(trial(0, 0.3, 0.3)),
        events.TrialChanged(trial(1, 0.2, 0.2)),
        events.TrialChanged(trial(2, 0.4, 0.4)),
    )
    wait(lambda: len(searched.control.trials) == 3)
    assert searched.control.state.best == 1


def test_pause_cancel_and_how_it_ended(searched: Searched) -> None:
    searched.open()
    searched.begun()
    searched.post(events.TrialChanged(trial(0, 0.7, 0.8)))
    wait(lambda: searched.control.trials)
    searched.control.pause()
    wait(lambda: searched.control.state.phase == "paused")
    assert searched.control.state.seconds_left is None
    searched.control.resume()
    wait(lambda: searched.control.state.phase == "running")
    searched.control.cancel()
    assert searched.control.state.phase == "stopping"
    wait(lambda: not searched.control.state.active)
    assert searched.control.state.reason == "cancelled"
    assert searched.control.state.unfinished
    assert list(searched.control.trials) == [0]


def timed(number: int, *seconds: float, state: str = "finished") -> Trial:
    folds = tuple(FoldResult(k, "finished", 0.5, seconds=s) for k, s in enumerate(seconds))
    return Trial(number, state, FrozenMap({UNITS: 4}), folds, sum(seconds))


def test_the_time_is_that_of_all_trainings_those_of_before_among_them(searched: Searched) -> None:
    project = searched.open(trials=4)
    found = (timed(0, 30.0, 10.0), timed(1, 5.0, 5.5))
    searched.found = FoundStudy(Path("a.layerlab-study"), project, 4, 2, "accuracy", True, found)
    searched.control.project_opened()
    wait(lambda: searched.control.state.total == 2)
    assert searched.control.state.seconds == 50
    searched.control.start(resume=True)
    searched.post(
        events.SearchStarted(4, 2, "accuracy", True, 2, found),
        events.TrialChanged(timed(2, 4.0, state="running"), (FoldRunning(1, 2, 9),)),
        events.TrialChanged(timed(2, 4.0, 4.0)),
        events.SearchEnded("finished", "3 trials."),
    )
    wait(lambda: searched.control.state.reason == "finished")
    assert searched.control.state.seconds == 58


def test_the_time_of_a_cross_validation_is_not_that_of_the_search(searched: Searched) -> None:
    project = searched.open(trials=1)
    found = (timed(0, 30.0, 10.0),)
    searched.found = FoundStudy(Path("a.layerlab-study"), project, 1, 2, "accuracy", True, found)
    searched.control.cross_validate()
    searched.clock.now = 1000.0
    searched.post(
        events.SearchStarted(1, 2, "accuracy", True, 2),
        events.TrialChanged(timed(0, 3.0, 4.0)),
        events.SearchEnded("finished", "."),
    )
    wait(lambda: searched.control.state.reason == "finished")
    assert searched.control.state.seconds == 7
    searched.control.look_again()
    wait(lambda: searched.control.state.total == 1 and not searched.control.state.alone)
    assert searched.control.state.seconds == 40


def test_on_hold_it_is_known_when_nothing_trains_any_more(searched: Searched) -> None:
    searched.open()
    searched.begun()
    begun = trial(0, 0.5, state="running")
    searched.post(events.TrialChanged(begun, (FoldRunning(1, 5, 10), FoldRunning(2, 5, 10))))
    wait(lambda: searched.control.state.training == 2)
    searched.control.pause()
    wait(lambda: searched.control.state.phase == "paused")
    searched.post(events.TrialChanged(begun))
    wait(lambda: searched.control.state.training == 0)
    assert searched.control.state.counts == {"running": 1}


def test_what_decides_is_known_before_the_first_trial(searched: Searched) -> None:
    searched.open(folds=3)
    searched.control.start()
    state = searched.control.state
    assert (state.phase, state.score, state.greater_is_better) == ("reading", "accuracy", True)
    assert state.folds == 3


def test_a_search_goes_on_with_its_study_and_its_number_of_trials(searched: Searched) -> None:
    searched.open(trials=4)
    searched.begun()
    searched.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("cancelled", "."))
    wait(lambda: not searched.control.state.active)
    searched.control.start(resume=True)
    assert 0 in searched.control.trials
    wait(lambda: len(searched.search.requests) == 2)
    first, second = searched.search.requests
    assert second.resume
    assert second.study == first.study
    searched.post(events.SearchStarted(4, 2, "accuracy", True, 2, (trial(0, 0.7, 0.8),)))
    wait(lambda: searched.control.state.phase == "running")
    assert searched.control.state.done == 1


def test_an_interrupted_study_beside_the_project_is_found_and_told(searched: Searched) -> None:
    project = searched.open(trials=4)
    searched.found = FoundStudy(
        Path("moons.layerlab-study"), project, 4, 2, "accuracy", True, (trial(0, 0.7, 0.8),)
    )
    searched.control.project_opened()
    wait(lambda: searched.control.state.total == 1)
    assert searched.control.state.reason == "interrupted"
    assert searched.control.state.unfinished
    assert searched.control.fits
    changed = project.training.model_copy(update={"epochs": 3})
    searched.document.edit("fewer epochs", project.model_copy(update={"training": changed}))
    assert not searched.control.fits
    # It goes on all the same, with the settings it was begun with.
    more = searched.document.project
    more = more.model_copy(update={"search": more.search.model_copy(update={"trials": 7})})
    searched.document.edit("more trials", more)
    searched.control.start(resume=True)
    wait(lambda: searched.search.requests)
    (request,) = searched.search.requests
    assert request.project.training == project.training
    assert request.project.search.trials == 7
    assert searched_alike(request.project, project)


def test_the_best_trial_on_the_bench_is_no_other_search(searched: Searched) -> None:
    project = suggested(searched.open())
    space = project.search.space
    best, _ = walk(project, lambda _path, tried, _option: (tried.values or (tried.high,))[-1])
    assert best.network != project.network
    assert best.training.optimizer.kind != project.training.optimizer.kind
    assert searched_alike(best, project)
    epochs = best.model_copy(update={"training": best.training.model_copy(update={"epochs": 3})})
    assert not searched_alike(epochs, project)
    fewer = best.model_copy(update={"search": best.search.model_copy(update={"space": space[:-1]})})
    assert not searched_alike(fewer, project)


def test_of_a_project_without_a_file_only_its_own_study_is_shown(searched: Searched) -> None:
    project = searched.open(trials=4)
    other = project.model_copy(
        update={"training": project.training.model_copy(update={"epochs": 3})}
    )
    searched.found = FoundStudy(
        searched.control.studies.path, other, 4, 2, "accuracy", True, (trial(0, 0.7, 0.8),)
    )
    searched.control.project_opened()
    wait(lambda: not searched.jobs.busy("files"))
    assert not searched.control.trials


def with_study_file(searched: Searched, told: str = "a") -> Path:
    """A search on show that is over, its study in a file."""
    searched.begun()
    study = searched.control.state.study
    study.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(study)) as made:
        made.execute(f"CREATE TABLE {told} (b)")
    searched.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("finished", "."))
    wait(lambda: not searched.control.state.active)
    return study


def tables(study: Path) -> list[str]:
    with closing(sqlite3.connect(study)) as made:
        return [name for (name,) in made.execute("SELECT name FROM sqlite_master")]


def test_the_study_of_a_project_goes_along_when_it_is_saved(
    searched: Searched, tmp_path: Path
) -> None:
    project = searched.open(trials=4)
    study = with_study_file(searched)
    more = project.model_copy(update={"search": project.search.model_copy(update={"trials": 6})})
    searched.document.edit("more trials", more)  # so that saving changes the mark, too
    searched.document.mark_saved(tmp_path / "saved.layerlab", more)
    assert "saved beside" in searched.control.why_not()
    there = tmp_path / "saved.layerlab-study"
    wait(lambda: not searched.jobs.busy("files"))
    assert searched.control.state.study == there
    assert tables(there) == ["a"]
    assert not study.exists()
    searched.control.start(resume=True)
    wait(lambda: len(searched.search.requests) == 2)
    assert searched.search.requests[1].study == there


def test_saved_under_another_name_each_file_has_its_study(
    searched: Searched, tmp_path: Path
) -> None:
    project = searched.open()
    study, other = (tmp_path / f"{name}.layerlab-study" for name in ("one", "other"))
    begin_study(study, project, trial(0, 0.7, 0.8), trial(1, state="waiting"))
    begin_study(other, project, trial(0, 0.1, 0.2))
    searched.document.mark_saved(tmp_path / "one.layerlab", project)
    searched.begun()
    assert searched.control.state.study == study
    searched.post(events.SearchEnded("finished", "."))
    wait(lambda: not searched.control.state.active)
    said: list[str] = []
    searched.control.message.connect(said.append)
    searched.document.mark_saved(tmp_path / "other.layerlab", project)
    wait(lambda: not searched.jobs.busy("files"))
    assert searched.control.state.failure is None
    assert said == ["The search that lay there is kept as other.layerlab-study~"]
    assert searched.control.state.study == other
    with StudyFile.open(study) as old, StudyFile.open(other) as new:
        assert len(old.trials()) == 2
        assert old.trials() == new.trials()
        assert old.identity()[0] != new.identity()[0]  # each goes its way in the journal
        assert (old.elsewhere(), new.elsewhere()) == (frozenset(), {0})
    with StudyFile.open(tmp_path / "other.layerlab-study~") as replaced:
        assert replaced.trials() == (trial(0, 0.1, 0.2),)


def test_a_study_that_cannot_be_copied_is_told_and_stays(
    searched: Searched, tmp_path: Path
) -> None:
    project = searched.open()
    searched.document.mark_saved(tmp_path / "one.layerlab", project)
    study = with_study_file(searched)  # of a table that no study has
    searched.document.mark_saved(tmp_path / "other.layerlab", project)
    wait(lambda: not searched.jobs.busy("files"))
    assert "cannot be copied" in searched.control.state.failure.happened
    assert searched.control.state.study == study
    assert {path.name for path in tmp_path.iterdir() if "study" in path.name} == {study.name}


def test_a_study_that_cannot_come_along_is_told_and_stays(
    searched: Searched, tmp_path: Path
) -> None:
    project = searched.open()
    study = with_study_file(searched)
    with closing(sqlite3.connect(study)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE c (d)")
        searched.document.mark_saved(tmp_path / "saved.layerlab", project)
        wait(lambda: not searched.jobs.busy("files"))
    assert "in use" in searched.control.state.failure.happened
    assert searched.control.state.study == study
    assert study.exists()


def begin_study(path: Path, project: Project, *trials: Trial) -> None:
    with StudyFile.begin(path, StudyHead(project, "accuracy", True, 2, "0123")) as study:
        for one in trials:
            study.put_trial(one)
            for fold in one.folds:
                study.put_fold(one, fold, FitCurves(fold.fold, ()))


def test_a_study_left_behind_by_a_program_that_ended_is_found(tmp_path: Path) -> None:
    """Saved while it searched, and killed: nobody could bring the study along."""
    space = (Dimension(path=UNITS, values=(4, 8, 16)),)
    project = start_from("moons")
    project = project.model_copy(update={"search": SearchSettings(space=space)})
    data = project.data.model_copy(update={"learns": "input"})
    other = project.model_copy(update={"data": data})
    folder = tmp_path / "studies"
    folder.mkdir()
    for name, begun in (("moons", project), ("others", other)):
        begin_study(study_path(folder / name), begun)
    place = tmp_path / "saved.layerlab-study"
    assert left_behind(folder, place, project).path == folder / "moons.layerlab-study"
    wider = project.model_copy(
        update={"training": project.training.model_copy(update={"epochs": 3})}
    )
    assert left_behind(folder, place, wider) is None
    assert left_behind(folder, folder / "new.layerlab-study", project) is None
    # what is known to belong there is found whatever its settings, and by nobody else
    note_place(folder / "others.layerlab-study", place)
    assert left_behind(folder, place, wider).path == folder / "others.layerlab-study"
    note_place(folder / "moons.layerlab-study", tmp_path / "gone.layerlab-study")
    elsewhere = tmp_path / "elsewhere.layerlab-study"
    assert left_behind(folder, elsewhere, project).path == folder / "moons.layerlab-study"
    (tmp_path / "gone.layerlab").touch()
    assert left_behind(folder, elsewhere, project) is None
    take_along(folder / "others.layerlab-study", place, False)
    assert {path.name for path in folder.iterdir()} == {
        *("moons.layerlab-study", "moons.layerlab-study.place"),
    }
    assert left_behind(folder, place, project).path == place


def test_a_study_that_another_program_works_with_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.layerlab-study"
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("CREATE TABLE a (b)")
        with pytest.raises(ExplainedError, match="in use"):
            set_aside(path)
        assert path.exists()
    set_aside(path)
    assert not path.exists()
    with closing(sqlite3.connect(f"{path}~")) as kept:
        assert kept.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]


def test_a_file_whose_search_was_killed_before_it_began_is_no_study(tmp_path: Path) -> None:
    path = tmp_path / "a.layerlab-study"
    assert look(path) is None
    path.touch()
    assert look(path) is None
    Database(path, KIND).close()
    assert look(path) is None


def test_a_study_that_cannot_be_read_is_told_in_words(searched: Searched) -> None:
    searched.open()

    def broken(_path: Path, _project: Project) -> FoundStudy | None:
        raise ExplainedError("The study is damaged.", "A whole file.", "Move it away.")

    searched.control.studies.look = broken
    searched.control.project_opened()
    wait(lambda: searched.control.state.failure is not None)
    assert searched.control.state.failure.happened == "The study is damaged."
    assert not searched.control.why_not()  # a new search is still possible


def test_a_search_that_fails_says_why_and_another_can_begin(searched: Searched) -> None:
    searched.open()
    searched.search.error = ExplainedError("No worker starts.", "One does.", "Free memory.")
    searched.control.start()
    wait(lambda: searched.control.state.failure is not None)
    assert searched.control.state.reason == "failed"
    searched.search.error = None
    searched.begun()
    assert searched.control.state.failure is None


def test_trials_under_way_when_a_search_fails_wait_for_the_next(searched: Searched) -> None:
    searched.open()
    searched.begun()
    open_trial = trial(0, 0.5, state="running")
    searched.post(
        events.TrialChanged(open_trial, (FoldRunning(1, 5, 10),)),
        events.SearchEnded("failed", "The disk is full."),
    )
    wait(lambda: not searched.control.state.active)
    assert searched.control.trials[0].state == "waiting"
    assert searched.control.state.counts == {"running": 0, "waiting": 1}
    assert not searched.control.running
    assert searched.told[-1] == {0}
    assert searched.control.state.unfinished


def test_nothing_of_the_search_before_is_heard_in_another_project(searched: Searched) -> None:
    searched.open()
    searched.begun()
    searched.files.show(start_from("digits"))
    searched.control.project_opened()
    searched.post(events.TrialChanged(trial(0, 0.7, 0.8)))
    wait(lambda: not searched.jobs.busy("search"))
    assert searched.control.state.phase == "idle"
    assert not searched.control.trials


def test_a_search_and_a_training_do_not_meet(searched: Searched) -> None:
    searched.open()
    searched.run.train()
    wait(lambda: searched.run.state.trains)
    assert "bench is training" in searched.control.why_not()
    searched.control.start()
    assert not searched.search.requests
    searched.run.stop()
    wait(lambda: not searched.run.state.active)
    assert searched.control.why_not() == ""


def test_cross_validation_searches_nothing_and_leaves_the_study_alone(searched: Searched) -> None:
    searched.open(sampler="grid", pruner="median", scored_by="validation")
    study = searched.control.studies.path
    searched.control.cross_validate()
    wait(lambda: searched.search.requests)
    (request,) = searched.search.requests
    settings = request.project.search
    assert (settings.space, settings.trials, settings.sampler) == ((), 1, "random")
    assert (settings.scored_by, settings.pruner) == ("folds", "none")
    assert request.study != study
    assert searched.control.state.alone


def test_a_search_that_could_not_begin_leaves_the_study_of_before_on_show(
    searched: Searched,
) -> None:
    project = searched.open(trials=2)
    study = (trial(0, 0.7, 0.8), trial(1, 0.7, 0.9))
    searched.found = FoundStudy(Path("a.layerlab-study"), project, 2, 2, "accuracy", True, study)
    searched.search.error = ExplainedError("It is in use.", "Nobody uses it.", "End the other.")
    searched.control.start()
    wait(lambda: len(searched.control.trials) == 2)
    state = searched.control.state
    assert (state.reason, state.failure.happened) == ("failed", "It is in use.")
    assert (state.done, state.best, state.active) == (2, 1, False)


def test_a_look_at_the_test_part_is_kept_with_the_trials_of_these_data(searched: Searched) -> None:
    project = searched.open(trials=4)
    searched.control.note_look("2026-11-23T05:00:00+00:00")  # there is no study
    searched.begun()
    searched.post(events.TrialChanged(trial(0, 0.7, 0.8)), events.SearchEnded("cancelled", "."))
    wait(lambda: not searched.control.state.active)
    searched.document.edit("Other samples", set_split(project, seed=project.data.split.seed + 1))
    searched.control.note_look("2026-11-23T05:00:01+00:00")
    assert searched.control.state.looks == ()
    searched.document.undo_stack.undo()
    searched.control.note_look("2026-11-23T05:00:02+00:00")
    look = StudyLook("2026-11-23T05:00:02+00:00", 1)
    assert searched.control.state.looks == (look,)
    wait(lambda: searched.looks)
    searched.control.start(resume=True)
    assert searched.control.state.looks == (look,)
    searched.control.cancel()
    wait(lambda: not searched.control.state.active)
    searched.control.start()
    assert searched.control.state.looks == ()
    searched.control.cancel()
    wait(lambda: not searched.control.state.active)
    assert searched.looks == [look]


def test_curves_of_the_last_trials_are_at_hand_and_others_are_read(searched: Searched) -> None:
    searched.open()
    searched.begun()
    rows = (EpochRow(epoch=1, metrics=FrozenMap(loss=1.0), seconds=0.1, learning_rate=0.1),)
    curves = FitCurves(0, rows)
    searched.post(
        events.FitEnded(0, curves),
        events.TrialChanged(trial(0, 0.5, state="running")),
        events.TrialChanged(trial(1, 0.5, 0.5)),
    )
    wait(lambda: len(searched.control.trials) == 2)
    got: list[object] = []
    searched.control.curves_of(0, got.append)
    assert got == [(curves,)]
    searched.control.curves_of(1, got.append)
    wait(lambda: len(got) == 2)
    assert searched.read == [1]


def test_time_left_follows_from_the_work_done_without_pauses() -> None:
    clock = Clock()
    progress = Progress(clock, planned=10)
    assert progress.left(0) is None
    clock.now = 5.0
    progress.begin(2.0)
    assert progress.left(2.0) is None
    clock.now = 9.0
    assert progress.left(4.0) == pytest.approx(6 * 4 / 2)
    progress.hold()
    clock.now = 1000.0
    assert progress.seconds == pytest.approx(4.0)
    progress.begin(4.0)
    clock.now = 1004.0
    assert progress.seconds == pytest.approx(8.0)
    assert progress.left(6.0) == pytest.approx(4 * 8 / 4)
    assert progress.left(10.0) == 0.0


def test_a_file_that_is_no_study_makes_room_too_and_replaces_none(tmp_path: Path) -> None:
    path = tmp_path / "a.layerlab-study"
    path.write_text("no database")
    path.with_name(path.name + "~").write_text("of the one before")
    set_aside(path)
    there = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert there == {f"{path.name}~": "of the one before", f"{path.name}~2": "no database"}
    set_aside(path)  # nothing there: nothing happens to what was kept
    assert path.with_name(f"{path.name}~").exists()


def test_a_search_is_unsaved_until_its_project_is_in_a_file(
    searched: Searched, tmp_path: Path
) -> None:
    project = searched.open()
    assert not searched.control.unsaved
    study = with_study_file(searched)
    assert searched.control.unsaved
    searched.control.cross_validate()
    wait(lambda: len(searched.search.requests) == 2)
    assert searched.control.unsaved  # it stands behind the cross-validation
    place = tmp_path / "saved.layerlab-study"
    searched.document.mark_saved(tmp_path / "saved.layerlab", project)
    assert not searched.control.unsaved
    wait(lambda: not searched.jobs.busy("files"))
    assert study.exists()
    assert study.with_name(f"{study.name}.place").read_text() == str(place.resolve())
    searched.open()
    searched.control.project_opened()
    assert not searched.control.unsaved


def test_a_search_under_way_is_at_stake_and_stays_when_the_user_does(
    searched: Searched, tmp_path: Path
) -> None:
    control, dialogs, files = searched.control, searched.dialogs, searched.files
    files.at_stake = lambda: at_stake(control.state, control.unsaved)
    project = searched.open()
    left: list[bool] = []
    files.leave(lambda: left.append(True))
    assert (left.pop(), dialogs.asked) == (True, [])
    searched.begun()
    dialogs.answer = "cancel"
    files.leave(lambda: left.append(True))
    assert dialogs.asked == ["moons"]
    assert dialogs.stakes == [(False, at_stake(control.state, True))]
    searched.document.mark_saved(tmp_path / "saved.layerlab", project)
    files.leave(lambda: left.append(True))
    assert dialogs.asked[1:] == ["End the search that is running?"]
    # a model that is opened into the project ends no search
    searched.document.mark_run_unsaved()
    files.leave_training(lambda: left.append(True))
    assert dialogs.stakes[1:] == [(False, AtStake())]
    assert left == []
    assert control.state.phase == "running"
    dialogs.answer = "discard"
    files.leave(lambda: left.append(True))
    assert dialogs.stakes[2:] == [(False, at_stake(control.state, False))]
    assert left == [True]


def test_a_search_that_was_begun_while_a_project_is_opened_is_asked_about(
    searched: Searched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    control, dialogs, files = searched.control, searched.dialogs, searched.files
    files.at_stake = lambda: at_stake(control.state, control.unsaved)
    project = searched.open()
    searched.document.mark_saved(tmp_path / "mine.layerlab", project)
    save_project(tmp_path / "slow.layerlab", SavedProject(project))
    go_on = threading.Event()
    read = file_control.open_project
    monkeypatch.setattr(file_control, "open_project", lambda p: (go_on.wait(10), read(p))[1])
    files.open_any(tmp_path / "slow.layerlab")
    searched.begun()
    go_on.set()
    wait(lambda: dialogs.asked == ["End the search that is running?"])
    assert searched.path == tmp_path / "mine.layerlab"
    assert control.state.phase == "running"

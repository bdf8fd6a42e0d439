"""A search, whatever does it, whose trials land in the journal."""

import functools
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.core.explained_error import ExplainedError
from app.core.search_results import Trial
from app.core.search_settings import Dimension, SearchSettings
from app.core.search_space import with_values
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.journal.journal import Journal
from app.search.coordinator import search
from app.search.events import FitEnded, SearchEnded, SearchRequest, SearchStarted, TrialChanged
from app.search.fit_unit import FitRequest
from app.search.kept_trials import keeping_trials
from app.search.study_file import StudyFile, read_curves, read_study
from tests.unit.kept_runs import curves_of, some_project, some_trial
from tests.unit.made_up_fits import RATE, Judge, ThreadFits, fine, searched, some_data
from tests.unit.small_sources import table

BEGUN = "2026-11-23T02:40:00+00:00"
ENDED = SearchEnded("finished", "Done.", 0)


def request(folder: Path, resume: bool = False) -> SearchRequest:
    space = (
        Dimension(path="network.dense_1.units", low=1, high=64),
        Dimension(path="training.batch_size", values=(16, 32)),
    )
    project = some_project().model_copy(update={"search": SearchSettings(space=space)})
    raw = table(np.zeros((4, 2)), np.array([0, 1, 0, 1]))
    return SearchRequest(project, raw, folder / "p.layerlab-study", resume)


def a_search(*numbers: int, before: tuple[Trial, ...] = (), fails: bool = False):  # type: ignore[no-untyped-def]
    def search(_request: SearchRequest, report, _control: JobControl) -> object:  # type: ignore[no-untyped-def]
        report(SearchStarted(9, 3, "accuracy", True, 1, before, "study", BEGUN))
        for number in numbers:
            trial = some_trial(number)
            report(TrialChanged(replace(trial, state="running", folds=())))
            for curves in curves_of(trial):
                report(FitEnded(number, curves))
            report(TrialChanged(trial))
        if fails:
            raise RuntimeError("in the middle")
        return ENDED

    return search


def not_expected(error: ExplainedError) -> None:
    pytest.fail(str(error))


def test_the_trials_are_kept_and_all_that_is_told_is_told_on(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    asked = request(tmp_path)
    heard: list[object] = []
    problems: list[ExplainedError] = []
    search = keeping_trials(a_search(0, 1), journal, tmp_path / "p.layerlab", problems.append)
    assert search(asked, heard.append, JobControl()) is ENDED
    plain: list[object] = []
    a_search(0, 1)(asked, plain.append, JobControl())
    assert heard == plain
    assert problems == []
    runs = [journal.run(entry.number) for entry in journal.entries()[::-1]]
    assert [run.trial for run in runs] == [some_trial(0), some_trial(1)]
    for run in runs:
        assert run.trial is not None
        assert run.project == with_values(asked.project, run.trial.settings)
        assert run.curves == curves_of(run.trial)
        assert run.entry.study == str((tmp_path / "p.layerlab-study").resolve())
        assert run.entry.file == str((tmp_path / "p.layerlab").resolve())
        assert run.entry.score_name == "val_accuracy"
        assert run.entry.data == "table"
        assert run.entry.begun_at == BEGUN
    journal.close()


def test_what_was_kept_before_a_failure_stays_and_a_resumed_search_adds_the_rest(
    tmp_path: Path,
) -> None:
    journal = Journal(tmp_path / "journal.db")
    search = keeping_trials(a_search(0, fails=True), journal, None, not_expected)
    with pytest.raises(RuntimeError, match="in the middle"):
        search(request(tmp_path), lambda _event: None, JobControl())
    before = (some_trial(0), some_trial(1), replace(some_trial(2), state="running"))
    search = keeping_trials(a_search(2, before=before), journal, None, not_expected)
    search(request(tmp_path, resume=True), lambda _event: None, JobControl())
    entries = journal.entries()[::-1]
    assert [entry.trial for entry in entries] == [0, 1, 2]
    assert len({entry.key.rpartition("/")[0] for entry in entries}) == 1
    journal.close()


class Searching:
    """Searches with the coordinator itself; the fits are made up."""

    def __init__(self, folder: Path) -> None:
        self.journal = Journal(folder / "journal.db")
        self._project = searched(RATE, trials=4, sampler="random", workers=1)
        self._control = JobControl()

    def cancelled_in_the_third_trial(self, study: Path) -> None:
        def cancels(fit: FitRequest, epoch: int) -> float | str:
            if (fit.trial, fit.fold, epoch) == (2, 1, 2):
                self._control.stop()
            return fine(fit, epoch)

        self._do(study, cancels, False, self._control)
        endings = [entry.ending for entry in self.journal.entries()]
        assert endings == ["cancelled", "finished", "finished"]

    def goes_on(self, study: Path) -> None:
        self._do(study, fine, True, JobControl())

    def _do(self, study: Path, judge: Judge, resume: bool, told: JobControl) -> None:
        def job(asked: SearchRequest, report: Report, stops: JobControl) -> object:
            return search(asked, report, stops, functools.partial(ThreadFits, 1, judge))

        keeping = keeping_trials(job, self.journal, None, not_expected)
        keeping(SearchRequest(self._project, some_data(), study, resume), lambda _: None, told)


@pytest.fixture
def searching(tmp_path: Path) -> Iterator[Searching]:
    made = Searching(tmp_path)
    yield made
    made.journal.close()


def test_a_study_cancelled_moved_and_gone_on_with_is_one_run_a_trial(
    searching: Searching, tmp_path: Path
) -> None:
    journal = searching.journal
    first, second = tmp_path / "a.layerlab-study", tmp_path / "b.layerlab-study"
    searching.cancelled_in_the_third_trial(first)
    numbers = {entry.trial: entry.number for entry in journal.entries()}
    first.rename(second)
    searching.goes_on(second)
    entries = {entry.trial: entry for entry in journal.entries()}
    assert len(journal.entries()) == 4
    assert [entries[number].number for number in range(3)] == [numbers[n] for n in range(3)]
    assert {entry.ending for entry in entries.values()} == {"finished"}
    _, trials = read_study(second)
    for trial in trials:
        kept = journal.run(entries[trial.number].number)
        assert kept.trial == trial
        assert kept.curves == read_curves(second, trial.number)
        assert [curves.fold for curves in kept.curves] == [0, 1, 2]
    assert {entry.study for entry in entries.values()} == {str(second.resolve())}


def test_of_a_study_and_its_copy_that_both_go_on_each_trial_is_kept_once(
    searching: Searching, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.layerlab-study", tmp_path / "b.layerlab-study"
    searching.cancelled_in_the_third_trial(first)
    shutil.copy(first, second)
    with StudyFile.open(second) as copy:
        copy.part()
    searching.goes_on(second)
    searching.goes_on(first)
    kept = [(Path(entry.study).name[0], entry.trial) for entry in searching.journal.entries()]
    assert sorted(kept) == [*(("a", n) for n in range(4)), ("b", 2), ("b", 3)]


def test_a_search_does_not_end_by_a_journal_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text("a letter, no database")
    problems: list[ExplainedError] = []
    search = keeping_trials(a_search(0, 1), Journal(tmp_path / "journal.db"), None, problems.append)
    assert search(request(tmp_path), lambda _event: None, JobControl()) is ENDED
    assert len(problems) == 1
    assert "something else than a database" in problems[0].happened

"""The coordinator with fits that are made up: order, pruning, pausing, going on."""

import itertools
import statistics
import threading
import time
from pathlib import Path

import pytest

from app.core.database import DatabaseError
from app.core.explained_error import ExplainedError
from app.core.search_results import Trial
from app.core.search_settings import Dimension
from app.search.events import (
    FitEnded,
    SearchEnded,
    SearchPaused,
    SearchResumed,
    SearchStarted,
    TrialChanged,
    WorkersChanged,
)
from app.search.fit_unit import FitRequest
from app.search.study_file import StudyError, StudyFile, read_curves, read_study
from tests.unit.made_up_fits import BATCH, RATE, SHUFFLE, Study, fine, goodness, searched

SPACE = (RATE, BATCH)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "p.layerlab-study"


def settings_of(trials: tuple[Trial, ...]) -> list[dict[str, object]]:
    return [dict(trial.settings) for trial in trials]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_all_trials_and_folds_are_done_and_kept(path: Path, sampler: str, workers: int) -> None:
    study = Study(searched(*SPACE, sampler=sampler, trials=25), path, workers=workers)
    head, trials = read_study(path)
    assert (head.score, head.greater_is_better, head.folds) == ("accuracy", True, 3)
    assert [trial.state for trial in trials] == ["finished"] * 25
    for trial in trials:
        made = head.project.model_copy(
            update={
                "training": head.project.training.model_copy(
                    update={
                        "batch_size": trial.settings["training.batch_size"],
                        "optimizer": head.project.training.optimizer.model_copy(
                            update={
                                "options": head.project.training.optimizer.options.set(
                                    "learning_rate",
                                    trial.settings["training.optimizer.learning_rate"],
                                )
                            }
                        ),
                    }
                )
            }
        )
        scores = [goodness(made) * (1 - 0.5**4) - 0.01 * fold for fold in range(3)]
        assert trial.scores == pytest.approx(scores)
        assert trial.mean == pytest.approx(statistics.fmean(scores))
    best = max(trials, key=lambda trial: (trial.mean or 0, -trial.number))
    assert study.ended == SearchEnded("finished", "25 trials done, 25 finished.", best.number)
    assert study.executor is not None
    assert study.executor.most_at_once == workers
    assert sorted(study.executor.begun) == list(itertools.product(range(25), range(3)))


def test_what_is_told_in_order(path: Path) -> None:
    study = Study(searched(*SPACE, trials=2), path)
    assert isinstance(study.events[0], SearchStarted)
    assert (study.events[0].planned, study.events[0].folds, study.events[0].workers) == (2, 3, 1)
    assert study.events[-1] == study.ended
    assert study.of(WorkersChanged) == [WorkersChanged(1, "")]
    assert [(e.trial, e.curves.fold) for e in study.of(FitEnded)] == [
        (trial, fold) for trial in range(2) for fold in range(3)
    ]
    changes = study.of(TrialChanged)
    assert [c.trial.state for c in changes if c.trial.number == 0][-1] == "finished"
    for change in changes:
        if change.running:
            assert change.trial.state == "running"
            assert change.running[0].fold == len(change.trial.folds)
            assert 0 <= change.running[0].epoch <= change.running[0].epochs == 4
    assert read_curves(path, 1) == tuple(e.curves for e in study.of(FitEnded) if e.trial == 1)


def test_epochs_of_a_trial_are_told_ten_times_a_second_at_most(path: Path) -> None:
    study = Study(searched(*SPACE, trials=1, epochs=3000, folds=2), path)
    assert len(study.of(TrialChanged)) < 60


def test_folds_of_a_trial_follow_each_other_and_the_last_are_shared_out(path: Path) -> None:
    study = Study(searched(*SPACE, trials=3, folds=4), path, workers=2)
    assert study.executor is not None
    begun = study.executor.begun
    for trial in range(3):
        folds = [fold for number, fold in begun if number == trial]
        assert folds == sorted(folds)
    assert begun[:2] == [(0, 0), (1, 0)]
    assert study.executor.most_at_once == 2


def test_seeds_belong_to_folds_so_all_settings_meet_the_same(path: Path) -> None:
    met: set[tuple[int, int]] = set()

    def judge(request: FitRequest, epoch: int) -> float | str:
        met.add((request.fold, request.seed))
        return fine(request, epoch)

    project = searched(*SPACE, trials=4)
    Study(project, path, judge)
    assert met == {(fold, project.training.seed + fold) for fold in range(3)}


def test_the_validation_part_scores_in_one_fit(path: Path) -> None:
    study = Study(searched(*SPACE, trials=3, scored_by="validation"), path)
    _, trials = read_study(path)
    assert all(len(trial.folds) == 1 and trial.sd is None for trial in trials)
    assert study.of(SearchStarted)[0].folds == 1


def test_an_empty_space_is_one_trial(path: Path) -> None:
    study = Study(searched(trials=20), path)
    assert study.of(SearchStarted)[0].planned == 1
    assert [dict(t.settings) for t in read_study(path)[1]] == [{}]


# ---------------------------------------------------------------- draws


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_a_small_space_is_drawn_whole_and_nothing_twice(path: Path, sampler: str) -> None:
    study = Study(searched(BATCH, SHUFFLE, sampler=sampler, trials=50), path, workers=2)
    drawn = [tuple(t.settings.items()) for t in read_study(path)[1]]
    assert len(drawn) == len(set(drawn)) == 6
    assert study.of(SearchStarted)[0].planned == 6


def test_the_grid_is_done_in_order_each_once(path: Path) -> None:
    project = searched(BATCH, SHUFFLE, sampler="grid", trials=2, pruner="median")
    Study(project, path, workers=2)
    drawn = [tuple(t.settings.values()) for t in read_study(path)[1]]
    assert drawn == list(itertools.product((16, 32, 64), (True, False)))


def test_a_grid_of_a_million_is_refused_before_anything_is_written(path: Path) -> None:
    numbers = [
        Dimension(path=f"training.{name}", values=tuple(range(1, 1001)))
        for name in ("epochs", "batch_size", "early_stopping.patience")
    ]
    with pytest.raises(StudyError, match="more than 1,000,000"):
        Study(searched(*numbers, sampler="grid"), path)
    assert not path.exists()


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_the_draws_depend_on_the_seed_alone(tmp_path: Path, sampler: str) -> None:
    project = searched(*SPACE, sampler=sampler, trials=18)
    other = searched(*SPACE, sampler=sampler, trials=18, seed=1)
    drawn = []
    for number, each in enumerate((project, project, other)):
        Study(each, tmp_path / f"{number}.layerlab-study")
        drawn.append(settings_of(read_study(tmp_path / f"{number}.layerlab-study")[1]))
    assert drawn[0] == drawn[1] != drawn[2]


def test_random_draws_do_not_depend_on_the_workers(tmp_path: Path) -> None:
    project = searched(RATE, BATCH, SHUFFLE, trials=30)
    for workers in (1, 4):
        Study(project, tmp_path / f"{workers}.layerlab-study", workers=workers)
    one, four = (settings_of(read_study(tmp_path / f"{n}.layerlab-study")[1]) for n in (1, 4))
    assert one == four


def test_tpe_draws_more_often_where_it_was_good(tmp_path: Path) -> None:
    means = {}
    for sampler in ("random", "tpe"):
        path = tmp_path / f"{sampler}.layerlab-study"
        Study(searched(*SPACE, sampler=sampler, trials=60, scored_by="validation"), path)
        means[sampler] = statistics.fmean(t.mean or 0 for t in read_study(path)[1][20:])
    assert means["tpe"] > means["random"] + 0.1


def test_a_setting_that_is_refused_is_a_trial_that_failed(path: Path) -> None:
    batch = Dimension(path="training.batch_size", values=(16, -3, 32))
    study = Study(searched(batch, sampler="random", trials=3), path)
    states = {t.settings["training.batch_size"]: (t.state, t.sentence) for t in read_study(path)[1]}
    assert states[16] == states[32] == ("finished", "")
    assert states[-3][0] == "failed"
    assert "at least 1" in states[-3][1]
    assert "1 failed" in study.ended.sentence


# ---------------------------------------------------------------- what goes wrong


def test_trials_that_fail_or_diverge_are_counted_and_the_rest_goes_on(path: Path) -> None:
    def judge(request: FitRequest, epoch: int) -> float | str:
        if request.trial == 1 and request.fold == 1:
            return "failed"
        if request.trial == 2 and epoch == 2:
            return "diverged"
        return fine(request, epoch)

    study = Study(searched(*SPACE, trials=6), path, judge, workers=2)
    _, trials = read_study(path)
    assert [t.state for t in trials] == ["finished", "failed", "failed"] + ["finished"] * 3
    assert trials[1].sentence == "Fold 2 failed: It failed."
    assert trials[2].sentence == "Fold 1 diverged: It diverged."
    assert trials[1].mean is None
    assert len(trials[2].folds) == 1  # its other folds are not begun
    assert study.ended.sentence == "6 trials done, 4 finished, 2 failed."


def test_workers_that_are_gone_end_the_search_and_it_goes_on_later(path: Path) -> None:
    def judge(request: FitRequest, epoch: int) -> float | str:
        if request.trial == 2:
            raise ConnectionError("the scheduler went away")
        return fine(request, epoch)

    project = searched(*SPACE, trials=5)
    study = Study(project, path, judge)
    assert study.ended.reason == "failed"
    assert "the scheduler went away" in study.ended.sentence
    assert [t.state for t in read_study(path)[1]] == ["finished", "finished", "waiting"]
    again = Study(project, path, resume=True)
    assert again.ended.reason == "finished"
    assert [t.state for t in read_study(path)[1]] == ["finished"] * 5


# ---------------------------------------------------------------- pruning


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_poor_trials_are_ended_early_and_the_best_never(
    path: Path, pruner: str, sampler: str
) -> None:
    project = searched(*SPACE, sampler=sampler, trials=40, pruner=pruner, epochs=12)
    study = Study(project, path)
    _, trials = read_study(path)
    pruned = [t for t in trials if t.state == "pruned"]
    finished = [t for t in trials if t.state == "finished"]
    assert len(pruned) >= 5
    assert len(pruned) + len(finished) == 40
    for trial in pruned:
        assert trial.mean is None
        assert "better" in trial.sentence
        assert sum(fold.epochs for fold in trial.folds) < 36
    assert study.ended.best == max(finished, key=lambda t: t.mean or 0).number


def test_where_small_is_good_the_large_ones_are_ended(path: Path) -> None:
    def judge(request: FitRequest, epoch: int) -> float | str:
        return 1 - goodness(request.project)

    project = searched(*SPACE, trials=30, pruner="median", score="loss", epochs=12)
    study = Study(project, path, judge)
    _, trials = read_study(path)
    finished = [t.mean for t in trials if t.mean is not None]
    assert any(t.state == "pruned" for t in trials)
    assert study.ended.best is not None
    assert trials[study.ended.best].mean == min(finished)


def test_a_trial_is_ended_after_a_fold_when_others_were_better_on_it(path: Path) -> None:
    def judge(request: FitRequest, epoch: int) -> float | str:
        return 0.5 if request.trial < 5 else 0.6 - 0.3 * request.fold

    project = searched(RATE, trials=6, pruner="median", folds=4)
    Study(project, path, judge)
    last = read_study(path)[1][-1]
    assert (last.state, len(last.scores)) == ("pruned", 2)
    assert last.sentence == "Ended after 2 folds of 4: others were better."


def test_a_trial_that_got_done_before_it_could_be_ended_is_finished(path: Path) -> None:
    def hear(study: Study, event: object) -> None:
        if isinstance(event, SearchStarted):
            assert study.executor is not None
            study.executor.deaf = True

    def late(request: FitRequest, epoch: int) -> float | str:
        return 0.1 * epoch if request.trial == 5 else 0.5

    project = searched(RATE, trials=6, pruner="median", scored_by="validation")
    Study(project, path, late, hear=hear)
    last = read_study(path)[1][-1]
    assert (last.state, last.sentence) == ("finished", "")
    assert last.mean == pytest.approx(0.4)


# ---------------------------------------------------------------- pause, cancel, go on


def test_paused_nothing_is_begun_until_it_goes_on(path: Path) -> None:
    begun_at_pause: list[int] = []

    def hear(study: Study, event: object) -> None:
        if isinstance(event, FitEnded) and event.trial == 1:
            study.control.pause()
        if isinstance(event, SearchPaused):
            assert study.executor is not None
            begun_at_pause.append(len(study.executor.begun))
            study.control.post("something else")
            study.control.resume()

    study = Study(searched(*SPACE, trials=4), path, hear=hear)
    assert len(study.of(SearchPaused)) == len(study.of(SearchResumed)) == 3
    assert begun_at_pause == [4, 5, 6]
    assert study.ended.reason == "finished"


def test_a_stop_is_heard_at_once_while_a_fit_takes_long(path: Path) -> None:
    studies: list[Study] = []
    stopped: list[float] = []

    def endless(request: FitRequest, epoch: int) -> float | str:
        if epoch > 1:
            executor = studies[0].executor
            assert executor is not None
            assert executor.ended.wait(30)
        return 0.5

    def hear(study: Study, event: object) -> None:
        if isinstance(event, SearchStarted):
            studies.append(study)
        if isinstance(event, TrialChanged) and event.running and not stopped:
            stopped.append(time.monotonic())
            threading.Timer(0.3, study.control.stop).start()

    ended = Study(searched(RATE, trials=3), path, endless, workers=2, hear=hear).ended
    assert time.monotonic() - stopped[0] < 1.5
    assert ended.reason == "cancelled"
    assert {trial.state for trial in read_study(path)[1]} == {"cancelled"}


@pytest.mark.parametrize("workers", [1, 3])
def test_a_cancelled_search_goes_on_where_it_was(path: Path, workers: int) -> None:
    project = searched(*SPACE, trials=8)

    def hear(study: Study, event: object) -> None:
        if isinstance(event, FitEnded) and (event.trial, event.curves.fold) == (3, 0):
            study.control.stop()

    study = Study(project, path, workers=workers, hear=hear)
    assert study.ended.reason == "cancelled"
    before = read_study(path)[1]
    assert before[3].state == "cancelled"
    assert all(fold.state == "finished" for trial in before for fold in trial.folds)
    again = Study(project, path, workers=workers, resume=True)
    started = again.of(SearchStarted)[0]
    assert [t.settings for t in started.trials] == [t.settings for t in before]
    assert started.planned == 8
    after = read_study(path)[1]
    assert [t.state for t in after] == ["finished"] * 8
    assert [t.settings for t in after[: len(before)]] == [t.settings for t in before]
    done = [(trial.number, fold.fold) for trial in before for fold in trial.folds]
    assert again.executor is not None
    assert not set(done) & set(again.executor.begun)
    assert len(done) + len(again.executor.begun) == 24


@pytest.mark.parametrize("sampler", ["grid", "random", "tpe"])
def test_going_on_draws_what_would_have_been_drawn(tmp_path: Path, sampler: str) -> None:
    space = (Dimension(path="training.batch_size", low=8, high=64, step=2), SHUFFLE, RATE)
    pruner = "none" if sampler == "grid" else "median"
    project = searched(*space, sampler=sampler, pruner=pruner, trials=40, grid_points=3, epochs=6)
    whole, parts = tmp_path / "whole.layerlab-study", tmp_path / "parts.layerlab-study"
    Study(project, whole, trials=40)
    for trials in (13, 26, 40):
        Study(project, parts, trials=trials, resume=trials > 13)
    expected, found = read_study(whole)[1], read_study(parts)[1]
    assert [t.settings for t in found] == [t.settings for t in expected]
    assert [t.state for t in found] == [t.state for t in expected]


def test_a_trial_whose_folds_were_all_done_is_only_noted(path: Path) -> None:
    project = searched(*SPACE, trials=2)
    Study(project, path)
    with StudyFile.open(path) as file:
        trial = file.trials()[1]
        file.put_trial(Trial(1, "running", trial.settings))
    again = Study(project, path, resume=True)
    assert again.executor is not None
    assert again.executor.begun == []
    assert read_study(path)[1][1] == trial


def test_what_cannot_be_compared_is_not_put_into_one_study(path: Path) -> None:
    project = searched(*SPACE, trials=2)
    Study(project, path)
    with pytest.raises(StudyError, match="holds a study already"):
        Study(project, path)
    more = searched(*SPACE, trials=3, workers=5)
    renamed = more.model_copy(update={"name": "another name"})
    assert Study(renamed, path, resume=True).ended.sentence == "3 trials done, 3 finished."
    for other, word in (
        (searched(*SPACE, trials=3, epochs=5), "other settings"),
        (searched(RATE, trials=3), "other settings"),
        (searched(*SPACE, trials=3, seed=4), "other settings"),
    ):
        with pytest.raises(StudyError, match=word):
            Study(other, path, resume=True)
    from tests.unit.made_up_fits import some_data

    with pytest.raises(StudyError, match="other data"):
        Study(more, path, resume=True, raw=some_data(1))
    assert len(read_study(path)[1]) == 3


def test_one_search_at_a_time_works_with_a_study(path: Path) -> None:
    project = searched(*SPACE, trials=2)
    refused: list[str] = []

    def hear(_study: Study, event: object) -> None:
        if isinstance(event, FitEnded) and not refused:
            for resume in (True, False):
                with pytest.raises(StudyError, match="Another search works with") as caught:
                    Study(project, path, resume=resume)
                refused.append(str(caught.value))
            assert len(read_study(path)[1]) == 1

    Study(project, path, hear=hear)
    assert len(refused) == 2
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert Study(project, path, resume=True).ended.reason == "finished"


def test_a_study_that_is_not_there_cannot_go_on(path: Path) -> None:
    with pytest.raises(DatabaseError) as caught:
        Study(searched(RATE), path, resume=True)
    assert caught.value.trouble == "missing"
    assert isinstance(caught.value, ExplainedError)

"""A search in words: the head of the page Tune in every state; how much work a search is."""

from dataclasses import replace

import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.project_edits import set_training
from app.core.search_results import FoldResult, Trial
from app.core.search_settings import Dimension, SearchSettings
from app.core.search_walk import with_values
from app.core.search_winner import refitting
from app.core.templates import start_from
from app.core.vault_openings import StudyLook
from app.ui.failures import Failure
from app.ui.search_state import AtStake, SearchState
from app.ui.tune.search_words import (
    at_stake,
    count_words,
    flattered_words,
    header_view,
    opened_words,
    others_words,
    plan_words,
    refit_state_words,
    taken,
    told_apart_words,
)

SPACE = (Dimension(path="network.dense_1.units", values=(4, 8)),)


def project(**settings):
    made = start_from("moons")
    return made.model_copy(update={"search": SearchSettings(space=SPACE, **settings)})


RUNNING = SearchState(
    phase="running",
    planned=100,
    counts={"finished": 63, "running": 2, "pruned": 9},
    folds=5,
    score="accuracy",
    workers=2,
    best=33,
    best_mean=0.987,
    seconds_left=100.0,
    progress=0.72,
)


def test_the_head_of_a_running_search_is_as_drawn():
    view = header_view(project(sampler="tpe"), RUNNING)
    assert view.title == "72 of 100 trials"
    assert view.facts == ("2 workers", "2 min left")
    starting = replace(RUNNING, starting=True, seconds_left=None)
    assert header_view(project(), starting).facts == ("starting 2 workers…",)
    assert view.best == "best accuracy 0.987 at trial 33"
    assert view.how == ("Bayesian (TPE), 5 folds", "1 searched option")
    assert view.buttons == ("pause", "cancel")
    assert view.progress == 0.72
    assert count_words(RUNNING) == "63 finished, 2 running, 9 pruned early"


@pytest.mark.parametrize(
    ("state", "title", "buttons", "primary"),
    [
        (SearchState(), "1 searched option", ("cross_validate", "search"), "search"),
        (
            SearchState(phase="reading", doing="reading the data"),
            "Reading the data",
            ("cancel",),
            "",
        ),
        (SearchState(phase="paused", planned=3), "0 of 3 trials", ("resume", "cancel"), ""),
        (SearchState(phase="stopping", planned=3, doing="ending"), "0 of 3 trials", (), ""),
        (
            SearchState(planned=4, counts={"finished": 2}, reason="interrupted"),
            "2 of 4 trials, interrupted",
            ("go_on", "search"),
            "go_on",
        ),
        (
            SearchState(planned=4, counts={"finished": 2, "cancelled": 2}, reason="cancelled"),
            "2 of 4 trials, cancelled",
            ("go_on", "search"),
            "go_on",
        ),
        (
            SearchState(planned=4, counts={"finished": 3, "failed": 1}, reason="finished"),
            "4 trials",
            ("cross_validate", "search"),
            "search",
        ),
        (
            SearchState(
                alone=True, before=True, planned=1, counts={"finished": 1}, reason="finished"
            ),
            "Cross-validated",
            ("study", "cross_validate", "search"),
            "search",
        ),
        (
            SearchState(reason="failed", failure=Failure("It broke.", "", "Mend it.")),
            "The search failed",
            ("cross_validate", "search"),
            "search",
        ),
    ],
)
def test_each_state_has_its_title_and_its_buttons(state, title, buttons, primary):
    view = header_view(project(), state)
    assert (view.title, view.buttons, view.primary) == (title, buttons, primary)


def test_a_study_of_other_settings_goes_on_with_its_own_and_says_so():
    state = SearchState(planned=4, counts={"finished": 2}, reason="interrupted")
    view = header_view(project(), state, others="epochs")
    assert view.primary == "go_on"
    others = "The project has other settings by now than this search (epochs)"
    assert view.note == f"{others}; it goes on with its own."
    state = SearchState(planned=4, counts={"finished": 4}, reason="finished")
    view = header_view(project(), state, others="epochs", planned=4)
    assert "go_on" not in view.buttons
    assert view.note == f"{others}."


def test_what_is_other_than_in_a_search_is_named():
    begun = project()
    fewer = set_training(begun, epochs=3)
    assert others_words(begun, fewer) == "epochs"
    units = begun.search.space[0].path
    searched = with_values(fewer, {units: 3})
    assert others_words(begun, searched) == "epochs"  # each trial has units of its own
    folds = begun.search.model_copy(update={"folds": 9, "trials": 99, "workers": 7, "space": ()})
    now = set_training(searched, batch_size=7, shuffle=False).model_copy(update={"search": folds})
    assert others_words(begun, now) == "batch size, epochs, reshuffle and 2 more"


def test_a_finished_search_goes_on_when_more_trials_are_asked_for():
    state = SearchState(planned=8, counts={"finished": 7, "failed": 1}, reason="finished")
    view = header_view(project(trials=12), state, planned=12)
    assert (view.buttons, view.primary) == (("go_on", "search"), "go_on")
    assert view.texts == {"go_on": "Go on, 4 more trials"}
    assert view.title == "8 trials"
    assert "go_on" not in header_view(project(trials=6), state, planned=6).buttons


@pytest.mark.parametrize(
    ("planned", "texts"), [(4, {}), (3, {"go_on": "Go on, 1 more trial"}), (0, {})]
)
def test_a_search_that_was_cancelled_says_how_many_are_left_where_that_has_changed(planned, texts):
    state = SearchState(planned=4, counts={"finished": 2}, reason="cancelled")
    assert header_view(project(), state, planned=planned).texts == texts


def test_nothing_is_added_to_a_cross_validation():
    state = SearchState(alone=True, planned=1, counts={"finished": 1}, reason="finished")
    assert "go_on" not in header_view(project(trials=9), state, planned=9).buttons


def test_a_search_on_hold_says_when_nothing_trains_any_more():
    held = SearchState(phase="paused", planned=9, counts={"running": 2}, workers=2, training=1)
    assert header_view(project(), held).facts[-1] == "paused: 1 training under way to be finished"
    assert count_words(held) == "2 running"
    held = replace(held, training=0)
    assert header_view(project(), held).facts[-1] == "paused"
    assert count_words(held) == "2 begun"


def test_how_long_was_trained_is_said_where_it_is_known():
    state = SearchState(planned=2, counts={"finished": 2}, reason="finished", seconds=68.0)
    assert header_view(project(), state).facts == ("training 1 min 8 s in all",)
    assert header_view(project(), replace(state, seconds=0.0)).facts == ()


def test_it_is_said_where_the_epoch_is_chosen_by_the_samples_that_score():
    def with_stopping(made, **changes):
        stopping = made.training.early_stopping.model_copy(update=changes)
        training = made.training.model_copy(update={"early_stopping": stopping})
        return made.model_copy(update={"training": training})

    made = project()
    restoring = with_stopping(made, enabled=True, restore_best_weights=True)
    assert "epoch of each fold is chosen by the samples that score it" in flattered_words(restoring)
    assert flattered_words(with_stopping(restoring, enabled=False)) == ""
    assert flattered_words(with_stopping(restoring, restore_best_weights=False)) == ""
    assert flattered_words(with_stopping(restoring, monitor="loss")) == ""
    assert flattered_words(None) == ""
    sometimes = Dimension(path="training.early_stopping.enabled", values=(False, True))
    search = SearchSettings(space=(sometimes,), scored_by="validation")
    off = with_stopping(restoring, enabled=False).model_copy(update={"search": search})
    assert "epoch of each training" in flattered_words(off)


def test_why_no_search_can_begin_is_said_and_its_buttons_are_off():
    view = header_view(project(), SearchState(), why_not="The bench is training.")
    assert view.disabled == view.note == "The bench is training."


def test_a_search_whose_trials_all_fail_says_so_while_it_runs():
    state = SearchState(phase="running", planned=50, counts={"failed": 3}, workers=1)
    assert "All 3 trials so far have failed" in header_view(project(), state).note


def test_nothing_is_searched_yet():
    view = header_view(start_from("moons"), SearchState())
    assert view.title == "Nothing is searched yet"
    assert view.buttons == ("cross_validate",)


@pytest.mark.parametrize(
    ("settings", "grid", "words"),
    [
        (
            {"sampler": "grid"},
            60,
            ("a grid of 60 combinations", "60 trials of 5 folds: 300 trainings"),
        ),
        (
            {"trials": 20, "scored_by": "validation"},
            60,
            ("a grid would be 60 combinations", "20 trials: 20 trainings"),
        ),
        ({"sampler": "grid"}, 1_000_001, ("a grid of over 1,000,000 combinations",)),
    ],
)
def test_how_much_work_a_search_is_the_grid_first(settings, grid, words):
    assert plan_words(SearchSettings(space=SPACE, **settings), grid) == words


def test_how_long_it_took():
    assert [taken(s) for s in (12, 60, 100, 7500)] == ["12 s", "1 min", "1 min 40 s", "2 h 5 min"]


def test_a_state_knows_what_is_done():
    state = SearchState(planned=5, counts={"finished": 1, "cancelled": 2, "failed": 1})
    assert state.done == 2
    assert state.unfinished


def test_a_look_at_the_test_part_before_the_last_trial_is_said():
    looks = (StudyLook("2026-11-23T05:00:01+00:00", 3), StudyLook("2026-11-24T05:00:01", 5))
    held = replace(RUNNING, phase="idle", planned=5, counts={"finished": 3}, looks=looks)
    opened = "The test vault was opened on 2026-11-23 at 05:00, when 3 of 5 trials were done"
    assert opened_words(held) == (
        f"{opened}; what goes on from here may be chosen by what was seen there."
    )
    done = replace(held, counts={"finished": 5})
    assert opened_words(done).startswith(f"{opened}: the later ones may")
    assert opened_words(replace(done, looks=looks[1:])) == ""  # after the last trial, as is meant
    assert "5 of 8" in opened_words(replace(done, looks=looks[1:], counts={"finished": 8}))
    assert opened_words(replace(done, looks=())) == ""


def test_how_far_the_refit_is():
    one = Trial(
        3, "finished", FrozenMap({SPACE[0].path: 8}), (FoldResult(0, "finished", 0.9, 5, 5),)
    )
    other = replace(one, number=4, settings=FrozenMap({SPACE[0].path: 4}))
    run = refitting(project(), one)
    assert refit_state_words(None, False, one) == ""
    assert refit_state_words(project(), False, one) == ""
    assert "in training" in refit_state_words(run, True, one)
    assert refit_state_words(run, False, one) == "Trial 3 is refitted: open the vault once."
    for else_ in (other, None):
        assert "of other settings than this trial" in refit_state_words(run, False, else_)


def scored(number: int, *scores: float) -> Trial:
    folds = tuple(FoldResult(k, "finished", score) for k, score in enumerate(scores))
    return Trial(number, "finished", FrozenMap(), folds)


def test_trials_that_the_folds_do_not_tell_apart_are_counted():
    best = scored(0, 0.90, 0.94, 0.98)
    error = np.std([0.90, 0.94, 0.98], ddof=1) / np.sqrt(3)
    assert best.standard_error == pytest.approx(error)
    near, far = scored(1, *[0.94 - 0.99 * error] * 3), scored(2, *[0.94 - 1.01 * error] * 3)
    words = told_apart_words(best, (best, near, far))
    assert words.startswith("1 more trial lies within one standard error (0.023) of the best")
    assert told_apart_words(best, (best, near, replace(near, number=4), far)).startswith("2 more t")
    assert told_apart_words(best, (best, far, replace(near, state="pruned"))) == ""
    assert told_apart_words(scored(0, 0.9), (scored(0, 0.9), scored(1, 0.9))) == ""
    assert told_apart_words(None, (best,)) == ""


def test_what_is_kept_and_what_is_lost_when_a_project_is_left():
    over, alone = replace(RUNNING, phase="idle"), replace(RUNNING, alone=True)
    assert at_stake(over, False) == AtStake()
    assert at_stake(RUNNING, False).words.startswith("The search keeps its finished trials")
    assert not at_stake(RUNNING, False).unsaved
    both = at_stake(RUNNING, True)
    assert (both.ends, both.unsaved) == ("search", True)
    assert both.words.startswith("If you save, the search keeps its finished trials")
    unsaved = at_stake(over, True)
    assert (unsaved.ends, unsaved.unsaved) == ("", True)
    assert unsaved.words.startswith("The search is in no file either: if you save")
    words = "A cross-validation cannot go on later: it ends without a score."
    assert at_stake(alone, False) == AtStake("cross-validation", False, words)
    assert at_stake(alone, True).words == f"{words} {unsaved.words}"

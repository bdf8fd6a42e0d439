"""The best trial on the bench, and trained once more on all that is not kept for the test."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings, PaintedSource, SplitSettings
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.painting import painted_summary
from app.core.project import Project
from app.core.project_edits import set_early_stopping, set_schedule, set_split, set_training
from app.core.project_paths import ProjectPathError, known_paths, set_path
from app.core.resolve import resolve
from app.core.schedule_catalog import share_of
from app.core.search_results import FoldResult, Trial
from app.core.search_settings import Values
from app.core.search_space import grid, walk
from app.core.search_walk import Choose
from app.core.search_winner import RefitError, has_settings, refit, refitting, winner_on_bench
from app.core.templates import start_from
from app.data.loading import load
from app.data.splitting import share_out
from tests.unit.search_spaces import listed, project_with
from tests.unit.small_sources import table


def trial(*best: int, epochs: int = 40, **settings: object) -> Trial:
    folds = tuple(
        FoldResult(number, "finished", 0.9, epochs=epochs, best_epoch=epoch)
        for number, epoch in enumerate(best)
    )
    return Trial(3, "finished", FrozenMap(settings), folds)


def _given(values: Values) -> Choose:
    return lambda path, _dimension, _option: values[path]


def test_a_winner_sets_what_it_holds_and_nothing_else() -> None:
    project = project_with(
        listed("network.wide.copies", 1, 2), listed("training.batch_size", 8, 16), trials=7
    )
    for values in grid(project):
        changed = winner_on_bench(project, values)
        assert changed.search == project.search
        assert changed.data == project.data
        assert walk(project, _given(values))[0] == changed
        again = winner_on_bench(changed, values)
        assert again == changed


def test_a_winner_that_does_not_fit_any_more_is_refused() -> None:
    with pytest.raises(ProjectPathError, match=r"network\.gone"):
        winner_on_bench(project_with(), {"network.gone.units": 3})
    with pytest.raises(ProjectPathError, match=r"network\.gone"):
        refit(project_with(), trial(3, **{"network.gone.units": 3}))


@pytest.mark.parametrize(
    ("best", "epochs"),
    [((12,), 12), ((3, 9, 5), 5), ((4, 7), 6), ((1, 2, 3, 4), 3), ((1,), 1), ((0, 0), 40)],
)
def test_it_trains_for_the_median_best_epoch(best: tuple[int, ...], epochs: int) -> None:
    done = refit(project_with(), trial(*best))
    assert done.project.training.epochs == epochs
    assert f"{epochs} epoch" in done.notes[0]
    assert refitting(project_with(), trial(*best)) == done.project


def test_without_the_weights_of_the_best_epoch_it_trains_as_long_as_the_folds() -> None:
    folds = (
        FoldResult(0, "finished", 0.9, epochs=30, best_epoch=2),
        FoldResult(1, "finished", 0.9, epochs=20, best_epoch=2),
        FoldResult(2, "diverged", None, epochs=1),
        FoldResult(3, "finished", 0.8, epochs=10, best_epoch=2),
    )
    done = Trial(0, "finished", FrozenMap(), folds)
    for change in ({"restore_best_weights": False}, {"enabled": False}):
        project = set_early_stopping(project_with(), **change)
        assert refitting(project, done).training.epochs == 20
    assert refitting(project_with(), done).training.epochs == 2


def test_it_takes_the_settings_stops_at_no_epoch_and_keeps_the_test_part() -> None:
    project = project_with(listed("network.wide.units", 4, 8))
    done = refit(project, trial(5, **{"network.wide.units": 4}))
    assert done.project.network.layer("wide").options["units"] == 4
    assert not done.project.training.early_stopping.enabled
    assert done.project.data.split.validation_trains
    assert done.project.search == project.search
    assert any("Early stopping is off" in note for note in done.notes)
    errors = [
        p
        for p in resolve(done.project, summary_of(done.project.data)).problems
        if p.severity == "error"
    ]
    assert errors == []
    assert Project.model_validate(done.project.model_dump()) == done.project


@pytest.mark.parametrize("kind", ["polynomial", "cosine"])
def test_a_schedule_over_all_epochs_keeps_the_length_that_it_had(kind: str) -> None:
    project = set_schedule(set_training(project_with(), epochs=40), kind=kind)
    done = refit(project, trial(10))
    before = share_of(project.training.schedule, 3, 40)
    after = share_of(done.project.training.schedule, 3, 10)
    for step in range(30):
        assert after(step) == before(step)
    assert any("over 40 epochs" in note for note in done.notes)


def test_what_a_schedule_cannot_keep_is_told() -> None:
    project = set_schedule(set_training(project_with(), epochs=40), kind="warmup_cosine")
    assert any("ends after 10 epochs" in note for note in refit(project, trial(10)).notes)
    plateau = set_schedule(project_with(), kind="plateau")
    done = refit(plateau, trial(10))
    assert done.project.training.schedule.kind == "constant"
    assert any("plateau of val_loss" in note for note in done.notes)
    by_loss = set_path(plateau, "training.schedule.monitor", "loss")
    assert refit(by_loss, trial(10)).project.training.schedule.kind == "plateau"
    constant = refit(project_with(), trial(10))
    assert len(constant.notes) == 2


def test_a_trial_that_came_to_nothing_is_refused() -> None:
    failed = (FoldResult(0, "failed"), FoldResult(1, "diverged", epochs=3))
    for folds in ((), failed):
        with pytest.raises(RefitError, match="No fold of trial 7"):
            refit(project_with(), Trial(7, "failed", FrozenMap(), folds))


# ---------------------------------------------------------------- the split


@given(
    samples=st.integers(3, 120),
    validation=st.floats(0, 0.45),
    test=st.floats(0, 0.45),
    by=st.sampled_from(["random", "time"]),
    stratified=st.booleans(),
    seed=st.integers(0, 99),
    regression=st.booleans(),
    own=st.sampled_from([None, "test", "validation", "both"]),
)
def test_the_test_part_is_the_same_row_by_row(
    samples: int,
    validation: float,
    test: float,
    by: str,
    stratified: bool,
    seed: int,
    regression: bool,
    own: str | None,
) -> None:
    x, numbers = np.arange(float(samples))[:, None], np.arange(samples)
    parts = np.zeros(samples, np.int8)
    if own in ("test", "both"):
        parts[-1] = 2
    if own in ("validation", "both"):
        parts[0] = 1
    target = np.sin(numbers)[:, None] if regression else numbers % 3
    raw = table(x, target, parts=None if own is None else parts)
    split = SplitSettings.model_validate(
        {
            "validation_share": validation,
            "test_share": test,
            "by": by,
            "stratified": stratified,
            "seed": seed,
        }
    )
    apart = share_out(raw, split)
    joined = share_out(raw, split.model_copy(update={"validation_trains": True}))
    assert joined.test.tolist() == apart.test.tolist()
    assert joined.validation.tolist() == []
    assert joined.training.tolist() == [*apart.training.tolist(), *apart.validation.tolist()]
    assert joined.own_parts == apart.own_parts


def test_painted_points_are_counted_so_too() -> None:
    points = PaintedSource(x=tuple(map(float, range(20))), y=(0.5,) * 20, classes=(0, 1) * 10)
    split = SplitSettings(validation_trains=True)
    counts = painted_summary(DataSettings(source=points, split=split)).counts
    assert counts == (17, 0, 3)


@pytest.mark.parametrize("name", ["moons", "sine", "digits"])
def test_what_is_known_before_loading_is_what_is_loaded(name: str) -> None:
    project = start_from(name)
    joined = set_split(project, validation_trains=True)
    before, after = load(project.data), load(joined.data)
    assert summary_of(joined.data).counts == after.summary.counts
    training, validation, test = before.summary.counts
    assert after.summary.counts == (training + validation, 0, test)
    assert np.array_equal(before.test.y, after.test.y)


def test_another_share_to_validate_on_validates() -> None:
    project = set_split(project_with(), validation_trains=True)
    assert set_split(project, validation_share=0.2).data.split.validation_trains is False
    assert set_split(project, test_share=0.2).data.split.validation_trains is True
    assert set_split(project, validation_share=0.15).data.split.validation_trains is True


def test_the_remedies_bring_the_validation_part_back() -> None:
    project = set_split(project_with(), validation_trains=True)
    problems = resolve(project, summary_of(project.data)).problems
    mended = 0
    for problem, fix in itertools.chain(*(zip(itertools.repeat(p), p.fixes) for p in problems)):
        if problem.where == "data.split" or fix.label.startswith("Keep 15 %"):
            assert fix.edit(project).data.split.validation_trains is False
            mended += 1
    assert mended == 2
    assert known_paths(project)["data.split.validation_trains"].value is True


def test_whose_settings_a_refit_has_is_seen_in_it() -> None:
    done = trial(10, **{"network.wide.units": 4})
    other = trial(10, **{"network.wide.units": 5})
    made = refitting(project_with(), done)
    assert has_settings(made, done.settings)
    assert not has_settings(made, other.settings)
    assert not has_settings(made, {"network.gone.units": 4})

"""What is wrong with a search before it begins: where it stands, and the edit that mends it.

`Problem.where` is the path of a dimension, or "search.space", "search.sampler", "search.trials",
"search.folds", "search.score", "search.scored_by".
"""

from collections.abc import Iterator
from functools import partial

from app.core.data_summary import DataSummary
from app.core.dimension_problems import dimension_problems
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.near_names import nearest
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.project_edits import with_metric
from app.core.search_edits import unmarked, with_search
from app.core.search_grid import grid_size, space_size
from app.core.search_options import score_label
from app.core.search_paths import words_of
from app.core.short_names import quoted, shortened
from app.core.trial_problems import trial_problems

LARGE_GRID, LARGEST_GRID = 10_000, 1_000_000


def search_problems(project: Project, summary: DataSummary) -> tuple[Problem, ...]:
    """All complaints about the search of `project` over data like these, errors first.

    A single trial of an empty space is no mistake: it is cross-validation of the network at hand.
    """
    of_dimensions = tuple(dimension_problems(project))
    found = [*of_dimensions, *_space_problems(project)]
    if not any(problem.severity == "error" for problem in of_dimensions):
        found += _size_problems(project)
        if summary.known:
            found += trial_problems(project, summary)
    found += _score_problems(project)
    found += _part_problems(project, summary)
    return tuple(sorted(found, key=lambda problem: _RANKS[problem.severity]))


_RANKS = {"error": 0, "warning": 1, "info": 2}


def _space_problems(project: Project) -> Iterator[Problem]:
    if not project.search.space and project.search.trials > 1:
        yield Problem(
            where="search.space",
            severity="error",
            title="Nothing is searched",
            happened="No option is marked, so all trials would be the same.",
            expected="A search has at least one option with values or a range to try.",
            how_to_fix="Mark an option where it stands, or do a single trial to see the folds of "
            "the network as it is.",
            fixes=(Fix("Do a single trial", partial(with_search, trials=1)),),
        )


def _size_problems(project: Project) -> Iterator[Problem]:
    settings = project.search
    if not settings.space:
        return
    if settings.sampler == "grid":
        size = grid_size(project, LARGEST_GRID + 1)
        if size > LARGE_GRID:
            too_large = size > LARGEST_GRID
            fits = f"The largest that is done has {LARGEST_GRID:,}."
            yield Problem(
                where="search.sampler",
                severity="error" if too_large else "warning",
                title="The grid is too large" if too_large else "A large grid",
                happened=f"The grid has more than {LARGEST_GRID:,} combinations."
                if too_large
                else f"The grid has {size:,} combinations, and each is trained.",
                expected=fits if too_large else f"Most grids have less than {LARGE_GRID:,}.",
                how_to_fix="Take fewer values of each dimension, or draw at random: that finds as "
                "good settings with a small part of the trials.",
                fixes=(Fix("Draw at random", partial(with_search, sampler="random")),),
            )
        return
    size = space_size(project, settings.trials)
    if size < settings.trials:
        fixes = (Fix("Do all of them once", partial(with_search, sampler="grid")),)
        yield Problem(
            where="search.trials",
            severity="warning",
            title=f"Only {size:,} different settings",
            happened=f"{settings.trials:,} trials are wanted, but the space has {size:,} "
            "different settings.",
            expected="No setting is tried twice.",
            how_to_fix="The search ends when all were tried; a grid does the same in order.",
            fixes=fixes if settings.sampler == "random" else (),
        )


def _score_problems(project: Project) -> Iterator[Problem]:
    score, metrics = project.search.score, project.training.metrics
    if score and score != "loss" and score not in metrics:
        known = ("loss", *metrics)
        near = nearest(score, known)
        fixes = [Fix(f"Score by {_score_words(known[-1])}", partial(with_search, score=known[-1]))]
        if score in METRICS_BY_NAME:
            fixes.insert(0, Fix(f"Measure {_score_words(score)}", partial(with_metric, name=score)))
        yield Problem(
            where="search.score",
            severity="error",
            title="Not measured",
            happened=f"Trials are to be scored by {shortened(_score_words(score))}, which is not "
            "measured.",
            expected=f"One of {', '.join(map(_score_words, known))}.",
            how_to_fix=f"Did you mean {_score_words(near[0])}?"
            if near
            else "Measure it, or score by another.",
            fixes=tuple(fixes),
        )
    by_loss = score == "loss" or (not score and not metrics)
    moving = [d.path for d in project.search.space if _moves_the_loss(d.path)]
    if by_loss and moving:
        fixes = [
            Fix(f"Score by {_score_words(m)}", partial(with_search, score=m)) for m in metrics[:1]
        ]
        yield Problem(
            where="search.score",
            severity="warning",
            title="Losses that can't be compared",
            happened="Trials are scored by the loss, and what it measures changes with "
            f"{words_of(project, moving[0])}.",
            expected="A score that means the same in every trial.",
            how_to_fix="Score by a metric.",
            fixes=(*fixes, Fix("Don't search it", partial(unmarked, path=moving[0]))),
        )
    if project.data.learns == "input" and any(
        dimension.path == "data.preprocessing" for dimension in project.search.space
    ):
        yield Problem(
            where="data.preprocessing",
            severity="warning",
            title="Scores that can't be compared",
            happened="The network learns its own input, so other preprocessing is another target.",
            expected="A score that means the same in every trial.",
            how_to_fix="Choose one preprocessing for all trials.",
            fixes=(Fix("Don't search it", partial(unmarked, path="data.preprocessing")),),
        )


def _score_words(name: str) -> str:
    """As the form calls it; a name that is not known as it stands in the file."""
    return score_label(name) if name == "loss" or name in METRICS_BY_NAME else repr(name)


def _moves_the_loss(path: str) -> bool:
    """Whether the number that the loss puts out means something else then; penalties on weights
    are part of it.
    """
    return path.startswith("training.loss") or "regularizer" in path


# ---------------------------------------------------------------- parts and folds


def _part_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    if not summary.known or not summary.samples:
        return
    if project.search.scored_by == "validation":
        if summary.counts[1] == 0:
            yield Problem(
                where="search.scored_by",
                severity="error",
                title="No validation part",
                happened="Trials are scored by the validation part, and it has no sample.",
                expected="At least one sample that the network has not been trained on.",
                how_to_fix="Score by folds, or give the validation part a share of the samples.",
                fixes=(Fix("Score by folds", partial(with_search, scored_by="folds")),),
            )
        return
    yield from _fold_problems(project, summary)


def _fold_problems(project: Project, summary: DataSummary) -> Iterator[Problem]:
    folds = project.search.folds
    samples = summary.counts[0] + summary.counts[1]
    by_time = project.data.split.by == "time"
    most = samples - 1 if by_time else samples
    if folds > most:
        fixes = (Fix(f"{most} folds", partial(with_search, folds=most)),) if most >= 2 else ()
        yield Problem(
            where="search.folds",
            severity="error",
            title="More folds than samples",
            happened=f"{folds} folds of {samples:,} samples: some would be empty.",
            expected=f"At most {most} folds, as each scores by at least one sample"
            f"{' and the first one has some before it' if by_time else ''}.",
            how_to_fix="Take fewer folds.",
            fixes=fixes,
        )
        return
    counts = [sum(counts[:2]) for counts in summary.class_counts]
    rare = [(n, name) for n, name in zip(counts, summary.class_names, strict=False) if n < folds]
    if not rare or by_time:
        return
    fewest, name = min(rare)
    several = f" and {len(rare) - 1} more" if len(rare) > 1 else ""
    happened = (
        f"The class {quoted(name)}{several} has {fewest:,} of the {samples:,} samples that are "
        f"shared out among {folds} folds."
    )
    hopeless = project.search.stratified and max(counts) < folds
    enough = (Fix(f"{fewest} folds", partial(with_search, folds=fewest)),) if fewest >= 2 else ()
    yield Problem(
        where="search.folds",
        severity="error" if hopeless else "warning",
        title="A fold without a class",
        happened=happened,
        expected=f"A class with at least {folds} samples, one for each fold."
        if hopeless
        else f"At least {folds} samples of each class, one for each fold.",
        how_to_fix="Take fewer folds, get more samples of this class, or join it with another.",
        fixes=enough,
    )

"""How much each searched option decides the score: functional ANOVA over a random forest.

F. Hutter, H. Hoos, K. Leyton-Brown: An Efficient Approach for Assessing Hyperparameter Importance,
ICML 2014. A forest learns the score from the settings; of each tree, which is constant in boxes,
the variance over the whole space is parted exactly: what an option explains alone is the variance
of the mean score at each of its values over all values of the others.

An option that is not there in every trial (the units of a third layer) is judged within those
trials that have it: over all trials nobody could tell its effect from that of being there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.core.number_words import counted
from app.core.search_results import Trial
from app.core.search_settings import Dimension
from app.search.study_table import Floats, StudyColumn, StudyTable, study_table

LEAST_TRIALS = 10
TREES = 64
MOST_SAMPLES = 4000
"""So many trials each tree is grown from at most, drawn anew for each."""
POOR = 0.3
"""Below this share of the variance of unseen trials the forest has not learned enough."""


@dataclass(frozen=True)
class Importance:
    """Attributes:
    share: of the variance of the score that the option explains alone, 0 to 1: the mean over the
        trees; None where it cannot be told.
    sd: over the trees.
    trials: those that have the option; the share is of their variance.
    why_not: a sentence where `share` is None.
    """

    path: str
    label: str
    share: float | None
    sd: float = 0.0
    trials: int = 0
    why_not: str = ""


@dataclass(frozen=True)
class Importances:
    """Attributes:
    rows: the largest first; those that cannot be told last.
    trials: how many finished ones there are.
    together: the share that options explain only in combination, over all trials; None where
        nothing can be told.
    foretold: the share of the variance of trials that a tree has not seen which the forest
        foretells (R squared, out of bag); None likewise.
    sentence: what one sees, or why there is nothing to see.
    """

    rows: tuple[Importance, ...]
    trials: int
    together: float | None
    foretold: float | None
    sentence: str


@dataclass(frozen=True)
class _Parted:
    shares: Floats
    sds: Floats
    together: float
    foretold: float


def importances(
    trials: Sequence[Trial],
    space: Sequence[Dimension],
    seed: int,
    names: Mapping[str, str] | None = None,
) -> Importances:
    """What the finished ones of `trials` tell; the same for the same trials and seed.

    Takes seconds over thousands of trials; imports scikit-learn.

    Args:
        names: of paths, as in `study_table`.
    """
    return importances_of(study_table(trials, space, "", True, names), seed)


def importances_of(table: StudyTable, seed: int) -> Importances:
    """The same of a table."""
    count, columns = len(table), table.columns
    if not columns:
        return Importances((), count, None, None, "Nothing is searched, so nothing can matter.")
    if count < LEAST_TRIALS:
        sentence = (
            f"At least {LEAST_TRIALS} finished trials are needed to tell what matters; "
            f"there {'is' if count == 1 else 'are'} {count}."
        )
        return Importances((), count, None, None, sentence)
    if np.ptp(table.scores) == 0:
        return Importances(
            (), count, None, None, "All trials have the same score: nothing matters."
        )
    there = np.array([np.isfinite(column.places) for column in columns])
    parted: dict[bytes, tuple[_Parted, dict[int, int]] | None] = {}
    rows = []
    for number, column in enumerate(columns):
        having = there[number]
        own = int(having.sum())
        result, place, why_not = None, 0, ""
        if own < LEAST_TRIALS:
            why_not = f"{counted(own, 'trial')} {'has' if own == 1 else 'have'} it"
        elif column.points == 1:
            why_not = "it has one value"
        else:
            key = having.tobytes()
            if key not in parted:
                parted[key] = _part_among(table, having, there, seed)
            found = parted[key]
            if found is None:
                why_not = "those that have it score the same"
            else:
                result, place = found[0], found[1][number]
        rows.append(
            Importance(
                column.path,
                column.label,
                None if result is None else float(result.shares[place]),
                0.0 if result is None else float(result.sds[place]),
                own,
                why_not,
            )
        )
    rows.sort(key=lambda row: -1.0 if row.share is None else row.share, reverse=True)
    whole = np.ones(count, bool).tobytes()
    if whole not in parted:
        parted[whole] = _part_among(table, np.ones(count, bool), there, seed)
    overall = parted[whole]
    together = None if overall is None else overall[0].together
    foretold = None if overall is None else overall[0].foretold
    return Importances(tuple(rows), count, together, foretold, _sentence(count, rows, foretold))


def _sentence(count: int, rows: Sequence[Importance], foretold: float | None) -> str:
    told = f"Over {count:,} trials."
    if foretold is not None:
        figure = f"{foretold:.2f}".replace("-", "−")
        told = f"Over {count:,} trials; one that is left aside is foretold with R² {figure}."
        if foretold < POOR:
            told += " That is poor: do not rely on these shares yet."
    fewer = [
        f"{row.label} ({row.trials:,})"
        for row in rows
        if row.share is not None and row.trials < count
    ]
    unknown = [f"{row.label} ({row.why_not})" for row in rows if row.share is None]
    if fewer:
        told += f" Judged among the trials that have it: {_listed(fewer)}."
    if unknown:
        told += f" Cannot be told yet: {_listed(unknown)}."
    return told


def _listed(names: Sequence[str], most: int = 4) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _part_among(
    table: StudyTable, having: NDArray[np.bool_], there: NDArray[np.bool_], seed: int
) -> tuple[_Parted, dict[int, int]] | None:
    """The variance among some trials, parted among the columns that all of them have; and at which
    place which column stands. None where there is no variance, or no column that varies.
    """
    scores = table.scores[having]
    whole = [
        number
        for number, column in enumerate(table.columns)
        if there[number][having].all() and column.points != 1
    ]
    if not whole or np.ptp(scores) == 0:
        return None
    settings = np.column_stack([_spread(table.columns[n])[having] for n in whole])
    result = parted_variance(settings, scores, seed)
    return None if result is None else (result, {n: place for place, n in enumerate(whole)})


def _spread(column: StudyColumn) -> Floats:
    """Places such that the values of an option share [0, 1] evenly: each of `points` values stands
    in the middle of a cell of its own.
    """
    if not column.points:
        return column.places
    return (column.places * (column.points - 1) + 0.5) / column.points


def parted_variance(settings: Floats, scores: Floats, seed: int) -> _Parted | None:
    """What each column of `settings` explains alone of the variance of `scores`.

    Args:
        settings: (trials, columns) in [0, 1], over which each column counts as spread evenly.
        scores: (trials,)

    Returns:
        None where no tree found a difference.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest: Any = RandomForestRegressor(
        n_estimators=TREES,
        max_depth=64,
        oob_score=True,
        max_samples=MOST_SAMPLES if len(scores) > MOST_SAMPLES else None,
        random_state=seed,
    )
    # Its sums of squares would lose all figures of scores that lie far from 0 and near each other.
    centred = (scores - scores.mean()) / scores.std()
    forest.fit(settings, centred)
    found = [tree_variance(estimator.tree_, settings.shape[1]) for estimator in forest.estimators_]
    varied = [(alone / whole, whole) for alone, whole in found if whole > 1e-12]
    if not varied:
        return None
    shares = np.array([share for share, _ in varied])
    together = float(np.clip(1.0 - shares.sum(axis=1), 0.0, 1.0).mean())
    return _Parted(shares.mean(axis=0), shares.std(axis=0), together, float(forest.oob_score_))


def tree_variance(tree: Any, columns: int) -> tuple[Floats, float]:
    """Of one tree of scikit-learn over [0, 1] to the power of `columns`: the variance that each
    column explains alone, (columns,), and the whole variance.
    """
    low, high, values = _leaves(tree, columns)
    widths = high - low
    sizes = widths.prod(axis=1)
    values = values - (sizes * values).sum()
    whole = float((sizes * values**2).sum())
    alone = np.empty(columns)
    for column in range(columns):
        others = np.delete(widths, column, axis=1).prod(axis=1)
        borders, places = np.unique(np.r_[low[:, column], high[:, column]], return_inverse=True)
        begins, ends = np.split(places, 2)
        count = len(borders)
        rises = np.bincount(begins, values * others, count)
        rises -= np.bincount(ends, values * others, count)
        means = np.cumsum(rises)[:-1]
        alone[column] = max(0.0, float((np.diff(borders) * means**2).sum()))
    return alone, whole


def _leaves(tree: Any, columns: int) -> tuple[Floats, Floats, Floats]:
    """The boxes in which a tree is constant: low and high corners, (leaves, columns) each, and the
    values, (leaves,).
    """
    left, right = tree.children_left, tree.children_right
    low = np.zeros((tree.node_count, columns))
    high = np.ones((tree.node_count, columns))
    layer = np.zeros(1, np.int64)
    while len(layer):
        parents = layer[left[layer] >= 0]
        feature, border = tree.feature[parents], tree.threshold[parents]
        below, above = left[parents], right[parents]
        for child in (below, above):
            low[child], high[child] = low[parents], high[parents]
        high[below, feature] = np.minimum(high[below, feature], border)
        low[above, feature] = np.maximum(low[above, feature], border)
        layer = np.r_[below, above]
    leaf = left < 0
    return low[leaf], high[leaf], tree.value[leaf, 0, 0]

"""The unit of work of a search: one fit. Frozen, picklable; importing this loads no TensorFlow."""

from dataclasses import dataclass

from app.core.project import Project
from app.core.search_results import FitCurves, FoldResult


@dataclass(frozen=True)
class FitRequest:
    """One training of one setting on one fold.

    Attributes:
        trial: its number, for what is told of it.
        project: the settings of the trial; `project.search` says by what it is scored, and the
            folds with their seed.
        fold: from 0.
        seed: of initial weights, order and dropout; fixed for each fold, so that two settings meet
            the same chance.
        data: names the data, see `app.search.data_reference`.
        score: name of the metric that decides, without "val_".
    """

    trial: int
    project: Project
    fold: int
    seed: int
    data: str
    score: str


@dataclass(frozen=True)
class FitProgress:
    """`value`: the score after `epoch`, None where it is not finite."""

    trial: int
    fold: int
    epoch: int
    epochs: int
    value: float | None


@dataclass(frozen=True)
class FitResult:
    """`traced_for`: two fits with an equal one were done with the same traced network."""

    trial: int
    result: FoldResult
    curves: FitCurves
    traced_for: str = ""

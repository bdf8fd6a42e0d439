"""What is searched, how, and how it is scored: a part of the project."""

from typing import Annotated, Literal

from pydantic import Field, PlainValidator, model_validator

from app.core.frozen import Frozen, FrozenMap, OptionValue, Seed, plain_value

MOST_TRIALS = 100_000
MOST_VALUES = 1000
"""Of one dimension."""

Path = Annotated[str, Field(min_length=1, max_length=200)]


Tried = Annotated[OptionValue, PlainValidator(plain_value)]
"""A list in a file is a tuple here; 1, 1.0 and true stay what they are."""


class Dimension(Frozen):
    """One thing that is searched: each trial gives it a value of its own.

    Attributes:
        path: as in `app.core.project_paths` ("network.dense_1.units", "training.batch_size"), or
            "network.LAYER.copies": how often this layer stands one behind the other, at least once.
        values: those that are tried, in this order; empty of a range.
        low, high: the ends of a range, both among what is tried; None of a list of values.
        log: whether the range is gone through by factors rather than by differences.
        step: from `low` on, what is between two neighbours of a range without `log`; None: 1 where
            the option is a whole number, else anything between the ends.
        each_copy: whether every copy of a layer that is searched for its copies gets a value of its
            own: the second one under the path "network.LAYER[2].units", and only where there is
            one.
    """

    path: Path
    values: Annotated[tuple[Tried, ...], Field(strict=False, max_length=MOST_VALUES)] = ()
    low: int | float | None = None
    high: int | float | None = None
    log: bool = False
    step: int | float | None = None
    each_copy: bool = False

    @model_validator(mode="after")
    def _values_or_range(self) -> "Dimension":
        if (self.low is None) != (self.high is None):
            raise ValueError(f"{self.path}: a range needs both ends, low and high")
        if self.values and self.low is not None:
            raise ValueError(f"{self.path}: either values or a range, not both")
        return self


class SearchSettings(Frozen):
    """Attributes:
    space: the dimensions, in the order in which they were marked; none: nothing is searched.
    sampler: a grid of all combinations; random draws; or TPE (tree-structured Parzen estimator),
        which draws where earlier trials were good.
    trials: how many are done; of a grid all combinations.
    grid_points: how many values a grid takes of a range, its ends among them.
    pruner: how poor trials are ended early; trials of a grid never are.
    scored_by: the project's own validation part, or K-fold cross-validation over the training and
        validation part together.
    folds: K.
    stratified: whether each fold gets the classes in the proportions of the whole.
    score: name of the metric on the validation part that decides, without "val_"; "": the
        first metric of the project, without one the loss.
    seed: of the draws and of the folds.
    workers: processes on this computer; 0: one for each of its cores.
    cluster: address of a scheduler, "tcp://HOST:PORT", whose workers do the trials; "": here.
    """

    space: Annotated[tuple[Dimension, ...], Field(strict=False, max_length=200)] = ()
    sampler: Literal["grid", "random", "tpe"] = "random"
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)] = 50
    grid_points: Annotated[int, Field(ge=2, le=100)] = 5
    pruner: Literal["none", "median", "hyperband"] = "none"
    scored_by: Literal["validation", "folds"] = "folds"
    folds: Annotated[int, Field(ge=2, le=100)] = 5
    stratified: bool = True
    score: Annotated[str, Field(max_length=64)] = ""
    seed: Seed = 0
    workers: Annotated[int, Field(ge=0, le=256)] = 0
    cluster: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _each_path_once(self) -> "SearchSettings":
        paths = [dimension.path for dimension in self.space]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is searched twice; leave one of them out")
        return self


Values = FrozenMap
"""The settings of a trial: path to value, in the order of the space; what is not there in a trial
(the units of a third layer where there are two) is left out.
"""

"""Whether the numbers that go into a network are of a size that trains well."""

import math
from collections.abc import Iterator
from functools import partial

from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary, FeatureStatistics
from app.core.problems import Fix, Problem
from app.core.project import Project
from app.core.remembered import Remembered

SCALE_RATIO = 10.0
"""From this ratio on, scales of features are said to differ."""


def set_preprocessing(project: Project, *, preprocessing: str) -> Project:
    """`project` with other preprocessing ("none", "standardize", "min_max", "pixels").

    Raises pydantic.ValidationError for an unknown one.
    """
    data = project.data
    fields = {**dict(data), "preprocessing": preprocessing}
    return project.model_copy(update={"data": DataSettings.model_validate(fields)})


_FOUND: Remembered[tuple[Problem, ...]] = Remembered(16)


def scale_problems(summary: DataSummary) -> tuple[Problem, ...]:
    """Whether the inputs, after preprocessing, are of a size that trains well; at most one problem.

    Told only once the data are loaded, from `summary.statistics`.
    """
    if not summary.statistics:
        return ()
    # Ten thousand columns take 20 ms, and every edit asks.
    return _FOUND.recall(summary.statistics, summary.pictures, lambda: tuple(_found(summary)))


def _found(summary: DataSummary) -> Iterator[Problem]:
    if summary.pictures:
        mean, deviation, low, high = summary.statistics[0].after
        if high - low > 4.0 and deviation > 1.5:
            yield _scale_problem(
                f"Pixels run from {short_number(low)} to {short_number(high)}",
                f"The network sees numbers up to {short_number(high)}, {short_number(mean)} on "
                "average.",
                "Pixels from 0 to 1 keep the first steps small enough.",
                "Choose the preprocessing pixels.",
                Fix("Scale to 0..1", partial(set_preprocessing, preprocessing="pixels")),
            )
        return
    fix = Fix("Standardize", partial(set_preprocessing, preprocessing="standardize"))
    how = "Standardize: subtract each column's mean and divide by its deviation."
    # A column of zeros and ones has the right scale, however rare its ones are; and a category
    # stays one whatever the preprocessing.
    varying = [s for s in summary.statistics if s.after[1] > 0 and not zeros_and_ones(s.after)]
    sized = [(s, _size(s)) for s in varying]
    if not sized:
        return
    large, small = max(sized, key=_second), min(sized, key=_second)
    if small[1] > 0 and large[1] > SCALE_RATIO * small[1]:
        verb = "averages" if min(large[0].after[2], small[0].after[2]) >= 0 else "is around"
        yield _scale_problem(
            f"Scales differ {_ratio(large[1] / small[1])}-fold",
            f"{large[0].name} {verb} {short_number(large[1])}, {small[0].name} "
            f"{short_number(small[1])}: the "
            "large column drowns "
            "the small.",
            "All columns should be of about the same size.",
            how,
            fix,
        )
        return
    shifted = max((s for s, _ in sized), key=lambda s: abs(s.after[0]) / s.after[1])
    mean, deviation = shifted.after[:2]
    if abs(mean) > SCALE_RATIO * deviation:
        yield _scale_problem(
            f"{shifted.name} lies far from 0",
            f"{shifted.name} is {short_number(mean)} on average and varies by "
            f"{short_number(deviation)} only.",
            "Columns should lie around 0, or a unit's bias must first undo the shift.",
            how,
            fix,
        )
    elif large[1] > SCALE_RATIO or large[1] < 1 / SCALE_RATIO:
        size = "large" if large[1] > 1 else "small"
        yield _scale_problem(
            f"Inputs are {size}",
            f"{large[0].name} is around {short_number(large[1])}, and no column is larger.",
            "Inputs around 1 suit the first weights and the usual learning rates.",
            how,
            fix,
        )


def zeros_and_ones(measures: tuple[float, float, float, float]) -> bool:
    """Whether a feature of these measures (mean, deviation, minimum, maximum) is 0 or 1 in every
    sample: from 0 to 1, the mean of the squares is the mean of the numbers for no other.
    """
    mean, deviation, low, high = measures
    square = mean * mean + deviation * deviation
    return (low, high) == (0.0, 1.0) and abs(square - mean) <= 1e-6 * mean


def _scale_problem(title: str, happened: str, expected: str, how: str, fix: Fix) -> Problem:
    return Problem(
        where="data.preprocessing",
        severity="warning",
        title=title,
        happened=happened,
        expected=expected,
        how_to_fix=how,
        fixes=(fix,),
    )


def _second(pair: tuple[FeatureStatistics, float]) -> float:
    return pair[1]


def _size(statistics: FeatureStatistics) -> float:
    """The mean of a column that is nowhere negative, else its root mean square."""
    mean, deviation, low, _ = statistics.after
    return mean if low >= 0 else math.hypot(mean, deviation)


def short_number(number: float) -> str:
    """Three figures: 747, 0.0432, 12,300."""
    if number == 0 or not math.isfinite(number):
        return f"{number:g}"
    digits = 2 - math.floor(math.log10(abs(number)))
    rounded = round(number, digits)
    if abs(rounded) >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:g}"


def _ratio(ratio: float) -> str:
    """Two figures: 780, 12."""
    digits = 1 - math.floor(math.log10(ratio))
    return f"{round(ratio, digits):,.0f}"

"""What a picture of a network's answers is called, and its numbers as a table and in words."""

from collections.abc import Sequence

import numpy as np

from app.diagnostics.boundary import Boundary
from app.diagnostics.readings import PROBABILITIES
from app.ui.plots.axis import nice_range, value_text
from app.ui.plots.plane import PlanePoints
from app.ui.plots.plot_table import PlotTable


def title_of(boundary: Boundary) -> str:
    """What such a picture is called."""
    if boundary.task != "regression":
        return "Decision boundary"
    return "Fitted curve" if boundary.features == 1 else "Fitted surface"


def meaning_of(boundary: Boundary) -> str:
    """What the values of classes are: squeezed scores are no probabilities."""
    return "probability" if boundary.verdicts.reading in PROBABILITIES else "share"


def class_name(names: Sequence[str], number: int) -> str:
    """The name of a class, or its number where it has none."""
    return names[number] if number < len(names) else f"class {number}"


def verdict_at(boundary: Boundary, names: Sequence[str], row: int, column: int) -> str:
    """What the network says at a point of the grid, in words."""
    if boundary.classes is None or boundary.confidence is None:
        return value_text(float(boundary.values[row, column, 0]))
    said = class_name(names, int(boundary.classes[row, column]))
    return f"{said}, {value_text(float(boundary.confidence[row, column]))}"


def nearest_point(boundary: Boundary, x: float, y: float) -> tuple[int, int]:
    """(row, column) of the point of the grid nearest to a place."""
    row = 0 if boundary.features == 1 else int(np.abs(boundary.y - y).argmin())
    return row, int(np.abs(boundary.x - x).argmin())


def boundary_table(
    boundary: Boundary | None, axes: Sequence[str], names: Sequence[str], unit: str = ""
) -> PlotTable:
    """What the network says at each point of the grid.

    Args:
        axes: names of the features.
        names: of the classes.
        unit: "unit 3 of dense_1" where it is that unit that answers.
    """
    if boundary is None:
        return PlotTable("Decision boundary", (), ())
    outputs = boundary.values.shape[-1]
    if unit:
        columns: tuple[str, ...] = (unit,)
    elif boundary.task == "regression":
        columns = tuple(f"output {n + 1}" for n in range(outputs))
    else:
        classes = (1,) if outputs == 1 else range(outputs)
        columns = tuple(f"{meaning_of(boundary)} of {class_name(names, n)}" for n in classes)
    rows = []
    for row in range(boundary.values.shape[0]):
        for column, x in enumerate(boundary.x):
            up = (float(boundary.y[row]),) if boundary.features == 2 else ()
            rows.append((float(x), *up, *map(float, boundary.values[row, column])))
    title = f"Response of {unit}" if unit else title_of(boundary)
    return PlotTable(title, (*axes[: boundary.features], *columns), tuple(rows))


def value_range(boundary: Boundary, points: tuple[PlanePoints, ...]) -> tuple[float, float]:
    """The range of the value axis or of the scale: probabilities from 0 to 1, else round numbers
    around all values.
    """
    if boundary.task != "regression":
        return 0.0, 1.0
    values = [boundary.values[..., 0].ravel()]
    values += [part.targets for part in points if part.targets is not None]
    everything = np.concatenate(values)
    finite = everything[np.isfinite(everything)]
    if len(finite) == 0:
        return 0.0, 1.0
    return nice_range(float(finite.min()), float(finite.max()))

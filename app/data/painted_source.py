"""From painted points to samples, and from samples to points to paint on."""

import numpy as np

from app.core.data_settings import PaintedSource
from app.core.painting import PaintingError, from_points, why_not_ready
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.raw_data import Column, RawData

TITLE = "painted points"


def load_painted(source: PaintedSource) -> RawData:
    """The points as samples of two features, x and y. A class without a point is left out.

    Raises:
        DataError: too little is painted to learn from.
    """
    trouble = why_not_ready(source)
    if trouble is not None:
        raise DataError(trouble.happened, trouble.expected, trouble.how_to_fix)
    used, y = np.unique(np.array(source.classes, np.int32), return_inverse=True)
    left_out = [name for i, name in enumerate(source.class_names) if i not in used]
    return RawData(
        title=TITLE,
        task="binary" if len(used) == 2 else "multiclass",
        x=np.column_stack([np.array(source.x, np.float64), np.array(source.y, np.float64)]),
        y=y.astype(np.int32),
        columns=(Column("x"), Column("y")),
        class_names=tuple(source.class_names[i] for i in used),
        target_names=("class",),
        notes=tuple(f"No point of {quoted(name)} is painted; it is left out." for name in left_out),
    )


def painted_from(x: np.ndarray, y: np.ndarray, class_names: tuple[str, ...]) -> PaintedSource:
    """The samples of a set with two features as points to paint on.

    Args:
        x: (samples, 2) before preprocessing.
        y: (samples,) class numbers.
        class_names: empty for regression, which cannot be painted.

    Raises:
        DataError: they are no points of classes in the plane, or too many classes.
    """
    if x.ndim != 2 or x.shape[1] != 2 or not class_names or not np.isfinite(x).all():
        raise DataError(
            "These data are no points of classes in the plane.",
            "Painting begins with samples of two numbers and a class, or with an empty sheet.",
            "Choose moons, circles, XOR, spirals or blobs to begin with.",
        )
    places = [(float(a), float(b)) for a, b in x]
    try:
        return from_points(places, y.tolist(), class_names)
    except PaintingError as error:
        raise DataError(error.happened, error.expected, error.how_to_fix) from None

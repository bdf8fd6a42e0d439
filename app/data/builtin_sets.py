"""The arrays of the built-in data sets."""

from collections.abc import Callable
from typing import Any

import numpy as np

from app.core.data_settings import BuiltinSource
from app.core.dataset_catalog import (
    DATASETS_BY_NAME,
    DatasetKind,
    filled_options,
    source_errors,
)
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.generated_sets import GENERATORS
from app.data.raw_data import Column, RawData
from app.data.shape_pictures import v_shapes

_GENERATORS: dict[str, Callable[..., Any]] = {**GENERATORS, "v_shapes": v_shapes}
_MAXIMA = {"digits": 16.0, "v_shapes": 1.0}


def load_builtin(source: BuiltinSource) -> RawData:
    """The samples of a built-in set. Equal options give equal bits.

    Raises:
        DataError: the set is unknown, or one of its options is out of range.
    """
    require_known(source)
    kind = DATASETS_BY_NAME[source.name]
    options = filled_options(source)
    if kind.generated:
        x, y = _GENERATORS[kind.name](**options)
    else:
        x, y = _shipped(kind)
    classification = kind.task != "regression"
    pictures = len(kind.input_shape) == 3
    x = np.asarray(x).reshape(len(x), *kind.input_shape)
    return RawData(
        title=kind.title,
        task=kind.task,
        x=x.astype(np.float32 if pictures else np.float64),
        y=y.astype(np.int32) if classification else y.reshape(len(x), -1).astype(np.float32),
        columns=() if pictures else tuple(Column(name) for name in kind.feature_names),
        class_names=kind.classes(options),
        target_names=kind.target_names,
        maximum=_MAXIMA.get(kind.name),
    )


def require_known(source: BuiltinSource) -> None:
    """Raises DataError when the set is unknown, or one of its options is out of range."""
    for error in source_errors(source).values():
        raise DataError(
            f"The data set {quoted(source.name)} cannot be made with these options. {error}",
            "A data set of the catalog is needed, with options in their ranges.",
            "Choose another data set or value.",
        )


def _shipped(kind: DatasetKind) -> tuple[np.ndarray, np.ndarray]:
    """The sets that come with scikit-learn.

    Diabetes is read in its own units: scikit-learn's scaled columns know the test part.
    """
    from sklearn import datasets

    loaders: dict[str, Any] = {
        "iris": datasets.load_iris,
        "wine": datasets.load_wine,
        "breast_cancer": datasets.load_breast_cancer,
        "diabetes": lambda: datasets.load_diabetes(scaled=False),
        "digits": datasets.load_digits,
    }
    bunch = loaders[kind.name]()
    return bunch.data, bunch.target

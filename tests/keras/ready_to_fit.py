"""A compiled model whose step `fit` traces once."""

from typing import Any

import numpy as np


def ready_to_fit(model: Any, x: np.ndarray, y: np.ndarray) -> Any:
    """`model`, with the variables of its optimizer, loss and metrics made by Keras itself.

    `fit` makes them while it traces its step, unless it works under a distribution strategy, and
    then traces the whole step a second time. The numbers are the same to the last bit.

    Args:
        x, y: samples of the shapes and types that `fit` will be given.
    """
    model._symbolic_build(data_batch=(x[:2], y[:2]))
    return model

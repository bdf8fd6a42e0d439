"""The one place that reaches into TensorFlow's private gradient registry.

Every training function that TensorFlow traces leaves `CustomGradient-...` entries in a global
table, and they keep its graphs alive for ever: 5 to 15 MB for each network trained. Removing the
entries that a run added, once its model is dropped, keeps the memory of many trainings level.
`tests/keras/test_training_gradient_registry.py` fails when a new TensorFlow changes what is used
here; the program then merely needs more memory.
"""

import logging

from tensorflow.python.framework import ops

logger = logging.getLogger(__name__)

_PREFIX = "CustomGradient-"


def custom_gradients() -> frozenset[str]:
    """Names of the entries that traced functions have left so far; empty when TensorFlow keeps none
    that we know of.
    """
    table = _table()
    return frozenset(name for name in table if name.startswith(_PREFIX))


def remove_custom_gradients(names: frozenset[str]) -> int:
    """Remove these entries; how many there were. Only for functions that are never called or traced
    again.
    """
    table = _table()
    return sum(table.pop(name, None) is not None for name in names if name.startswith(_PREFIX))


def _table() -> dict[str, object]:
    table = getattr(getattr(ops, "gradient_registry", None), "_registry", None)
    if not isinstance(table, dict):
        logger.info("this TensorFlow has no gradient registry as known here; nothing is removed")
        return {}
    return table

"""`distributed`, without its own words on the error output, and away from the seeds of networks."""

import logging
import random
import sys
import warnings
from typing import Any

from app.core.short_names import shortened
from app.search.cluster_address import ClusterError

_DRAWING = ("dask", "distributed", "tornado")
_LEADING = ("distributed", "tornado")


def distributed() -> Any:
    """The module. What it would say of lost connections, those tell who use it.

    Raises:
        ClusterError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import distributed as module
            import distributed.comm
    except ImportError as error:
        raise ClusterError(
            f"What talks to a cluster is not installed: {shortened(error, 200)}.",
            "The package distributed, of Dask.",
            "Install it by `pip install 'layerlab[cluster]'`, or let this computer do the trials.",
        ) from None
    for name in list(logging.root.manager.loggerDict):
        if name.split(".", maxsplit=1)[0] in _LEADING:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    spare_the_seeds()
    return module


def spare_the_seeds() -> None:
    """Let Dask draw from a generator of its own.

    Its threads draw samples to guess sizes, twice a second, from the one of Python's `random`, from
    which Keras draws the seeds of the layers: in between them, a network began with other weights.
    """
    own = random.Random()
    for name, module in list(sys.modules.items()):
        if name.split(".", maxsplit=1)[0] in _DRAWING and vars(module).get("random") is random:
            vars(module)["random"] = own

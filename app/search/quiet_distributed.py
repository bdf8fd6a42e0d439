"""`distributed`, without its own words on the error output."""

import logging
import warnings
from typing import Any

from app.search.cluster_address import ClusterError

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
            f"What talks to a cluster is not installed: {error!s:.200}.",
            "The package distributed, of Dask.",
            "Install it by `pip install 'layerlab[cluster]'`, or let this computer do the trials.",
        ) from None
    for name in list(logging.root.manager.loggerDict):
        if name.split(".", maxsplit=1)[0] in _LEADING:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    return module

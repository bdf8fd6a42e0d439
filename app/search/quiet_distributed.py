"""What `distributed` says goes to the log of this program, not to the terminal."""

import contextlib
import logging
import warnings
from collections.abc import Iterator

from app.search.cluster_address import ClusterError

logger = logging.getLogger(__name__)

_LEADING = ("distributed", "tornado")


class _ToOurs(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            logger.info("%s: %s", record.name, record.getMessage())
        except Exception:  # noqa: BLE001 - as logging itself does
            self.handleError(record)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Within it `distributed` can be used and is quiet.

    Raises:
        ClusterError: it is not installed.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import distributed  # noqa: F401
    except ImportError as error:
        raise ClusterError(
            f"What talks to a cluster is not installed: {error!s:.200}.",
            "The package distributed, of Dask.",
            "Install it by `pip install 'layerlab[cluster]'`, or let this computer do the trials.",
        ) from None
    handler = _ToOurs()
    for name in list(logging.root.manager.loggerDict):
        if name.split(".", maxsplit=1)[0] in _LEADING:
            one = logging.getLogger(name)
            one.handlers.clear()
            one.propagate = name not in _LEADING
    for name in _LEADING:
        logging.getLogger(name).addHandler(handler)
    try:
        yield
    finally:
        for name in _LEADING:
            logging.getLogger(name).removeHandler(handler)
            logging.getLogger(name).addHandler(logging.NullHandler())

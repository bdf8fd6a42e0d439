"""What an exception says to the person at the screen."""

import logging
from dataclasses import dataclass

from platformdirs import user_log_path

logger = logging.getLogger(__name__)

LOG_PATH = user_log_path("LayerLab", "LayerLab") / "layerlab.log"


@dataclass(frozen=True)
class Failure:
    """Three sentences: what happened, what was expected, how to fix it. `details` are for those
    who ask for them.
    """

    happened: str
    expected: str
    how_to_fix: str
    details: str = ""


def failure_of(error: BaseException, doing: str) -> Failure:
    """The failure that `error` tells of, met while `doing` ("Reading the data").

    Our own errors carry their three sentences. Anything else is a defect of the program: its
    traceback goes to the log.
    """
    happened = getattr(error, "happened", None)
    if isinstance(happened, str):
        fields = ("expected", "how_to_fix", "details")
        return Failure(happened, *(str(getattr(error, field, "")) for field in fields))
    logger.error("%s failed", doing, exc_info=error)
    if isinstance(error, MemoryError):
        return Failure(
            f"{doing}: the memory of this computer is not enough.",
            "It needs to fit into the memory that is free.",
            "Close other programs, or choose a smaller network, batch or data set.",
        )
    return Failure(
        f"{doing} met an unexpected error: {_words(error)}.",
        "Your project is still open and unchanged.",
        f"Save it under another name and try again; details are in {LOG_PATH}.",
    )


def _words(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300].rstrip(".")

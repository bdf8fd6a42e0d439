"""THE CHECK BEFORE KERAS SEES THE FILE.

Reads a model file with nothing but the standard library, NumPy and h5py, in a process of its own
with limits of memory and time, since libhdf5 may loop or crash on a file made for it. What it lets
through can be loaded without running foreign code, without reading or writing other files, and
within the memory at hand.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.core.short_names import quoted
from app.jobs.process_runner import (
    ChildDiedError,
    ChildStoppedError,
    ChildTimeoutError,
    ProcessLimits,
    run_in_process,
)
from app.modeling.errors import ModelFileError, Refusal
from app.modeling.model_file_archive import open_members
from app.modeling.model_file_config import (
    ConfigFacts,
    check_config,
    check_metadata,
    check_old_config,
)
from app.modeling.model_file_weights import check_weights, read_old_config

logger = logging.getLogger(__name__)

Form = Literal["keras", "h5"]

LARGEST_FILE = 2**30
"""Bytes of the largest file that is opened."""

CHECK_LIMITS = ProcessLimits(seconds=10.0, memory_bytes=512 * 2**20)

_MAGIC: tuple[tuple[bytes, Form], ...] = ((b"PK\x03\x04", "keras"), (b"\x89HDF\r\n\x1a\n", "h5"))


@dataclass(frozen=True)
class CheckReport:
    """What the check saw of an honest file.

    Attributes:
        layers: number of layers, those inside others included.
        weights: how many numbers the layers hold, as worked out from the configuration; None for
            an old file, whose configuration does not tell.
        stored_bytes: of all arrays in the file, the optimizer's included.
        compiled: whether what the file says of loss, metrics and optimizer may be used.
    """

    form: Form
    layers: int
    weights: int | None
    stored_bytes: int
    compiled: bool = False


def form_of(beginning: bytes, name: str) -> Form:
    """What kind of model file begins with these bytes. Raises ModelFileError when none does."""
    for magic, form in _MAGIC:
        if beginning.startswith(magic):
            return form
    what = "is empty" if not beginning else "is not a model file, whatever its name says"
    raise ModelFileError(
        f"{quoted(name, 120)} {what}.",
        "A model saved by Keras: a .keras file, or an .h5 file of older versions.",
        "Choose another file, or save the model again.",
    )


def check_in_child(
    path: Path, name: str, stopping: Callable[[], bool], *, only_weights: bool = False
) -> CheckReport:
    """`check_model_file` in a process of its own, within `CHECK_LIMITS`.

    Raises:
        ModelFileError: when the file is refused, or its check came to no end within the limits.
        ChildStoppedError: when `stopping()` became True.
    """
    try:
        report: CheckReport = run_in_process(
            check_weights_file if only_weights else check_model_file,
            path,
            name,
            limits=CHECK_LIMITS,
            stopping=stopping,
        )
    except (ModelFileError, ChildStoppedError):
        raise
    except ChildTimeoutError:
        raise refusal_of(name, f"reading it took longer than {CHECK_LIMITS.seconds:g} s") from None
    except MemoryError:
        raise refusal_of(name, "reading it takes too much memory") from None
    except ChildDiedError:
        raise refusal_of(name, "the process that read it crashed") from None
    except Exception:
        # An error of the check itself; what it could not weigh is not let through.
        logger.exception("the check of a model file failed")
        raise refusal_of(name, "the check stumbled over it") from None
    return report


def check_model_file(path: Path, name: str) -> CheckReport:
    """Look at a model file in this process; touches nothing but the file.

    Args:
        path: of an ordinary file.
        name: what messages call it.

    Raises:
        ModelFileError: says what is wrong with it.
    """
    try:
        with path.open("rb") as file:
            form = form_of(file.read(8), name)
            if form == "h5":
                config = check_old_config(read_old_config(file))
                stored = check_weights(file, config)
            else:
                with open_members(file) as members:
                    check_metadata(members.metadata)
                    config = check_config(members.config)
                    stored = check_weights(members.weights, config)
    except Refusal as refusal:
        raise refusal_of(name, refusal.why) from None
    except RecursionError:
        raise refusal_of(name, "it is nested too deeply") from None
    return CheckReport(form, config.layers, config.weights, stored, config.compiled)


def check_weights_file(path: Path, name: str) -> CheckReport:
    """Look at a file that is to hold weights only; touches nothing but the file.

    Raises:
        ModelFileError: says what is wrong with it.
    """
    try:
        with path.open("rb") as file:
            stored = check_weights(file, ConfigFacts(layers=0, weights=None))
    except Refusal as refusal:
        raise refusal_of(name, refusal.why) from None
    return CheckReport("h5", 0, None, stored)


def refusal_of(name: str, why: str) -> ModelFileError:
    """The refusal of the file that messages call `name`."""
    return ModelFileError(
        f"{quoted(name, 120)} was not opened: {why}.",
        "A whole and harmless model, saved by Keras 3.",
        "Open only files from people you trust; ask for the file anew if it may be damaged.",
    )

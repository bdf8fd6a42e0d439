"""A training as bytes: plain arrays and a few numbers, no code; and back, trusting nothing.

The bytes are an uncompressed .npz archive. What it must hold follows from the model at hand, so
that a wrong or hostile one is refused before its arrays are read.
"""

import io
import json
import math
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, ValidationError

from app.core.frozen import Frozen, FrozenMap
from app.training.errors import TrainingError
from app.training.events import StopReason

_META = "about.json"
_META_LIMIT = 100_000
_HEADER_LIMIT = 4096

Arrays = tuple[np.ndarray, ...]


class About(Frozen):
    """The numbers beside the arrays.

    Attributes:
        epochs, steps, metrics, over: as in `engine.Progress`.
        planned: the last epoch that was planned.
        best, best_epoch, waited: as in `EarlyStoppingState`.
        has_best_weights: whether the best weights are among the arrays.
        seed, data_fingerprint: of the training.
        rate_factor, rate_fixed: as in `rates.RateState`.
        plateau_best, plateau_waited, plateau_cooldown: as in `plateau.PlateauState`.
    """

    format: Literal[1] = 1
    epochs: Annotated[int, Field(ge=0, le=10**9)]
    steps: Annotated[int, Field(ge=0, le=2**31 - 1)]
    metrics: FrozenMap
    over: StopReason | None
    planned: Annotated[int, Field(ge=0, le=10**9)]
    best: float | None
    best_epoch: Annotated[int, Field(ge=0, le=10**9)]
    waited: Annotated[int, Field(ge=0, le=10**9)]
    has_best_weights: bool
    seed: int
    data_fingerprint: Annotated[str, Field(max_length=200)]
    rate_factor: Annotated[float, Field(ge=0.0, le=1e30)] = 1.0
    rate_fixed: Annotated[float, Field(ge=0.0, le=1e6)] | None = None
    plateau_best: float | None = None
    plateau_waited: Annotated[int, Field(ge=0, le=10**9)] = 0
    plateau_cooldown: Annotated[int, Field(ge=0, le=10**9)] = 0


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a training needs to go on as if it had never been interrupted.

    `weights`, `seeds`, `optimizer` and `metrics` as in `StateVariables`; `initial` holds weights,
    seeds and optimizer of the beginning, `best` the weights of the best epoch when they are kept.
    """

    about: About
    weights: Arrays
    seeds: Arrays
    optimizer: Arrays
    metrics: Arrays
    initial: Arrays
    best: Arrays


_GROUPS = ("weights", "seeds", "optimizer", "metrics", "initial", "best")
_ALWAYS_FINITE = ("weights", "initial", "best")  # a sum of squares may overflow in sound trainings


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """The bytes of a checkpoint. Same checkpoint, same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        about = checkpoint.about.model_dump_json().encode()
        archive.writestr(zipfile.ZipInfo(_META), about)
        for group in _GROUPS:
            for number, array in enumerate(getattr(checkpoint, group)):
                content = io.BytesIO()
                plain = np.asarray(array, order="C")
                np.lib.format.write_array(content, plain, version=(1, 0), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(_member(group, number)), content.getbuffer())
    return written.getvalue()


def from_bytes(content: bytes, like: Checkpoint) -> Checkpoint:
    """The checkpoint in `content`, when all its arrays have the shapes and types of those of
    `like`.

    Args:
        like: a checkpoint of the same model, with `best` given whether kept or not.

    Raises:
        TrainingError: when it is damaged, of another network, or holds numbers that are not finite.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _read(archive, len(content), like)
    except TrainingError:
        raise
    except Exception as error:  # damaged bytes raise a dozen kinds of error
        raise _damaged(f"{type(error).__name__}: {error}"[:200]) from error


def _read(archive: zipfile.ZipFile, size: int, like: Checkpoint) -> Checkpoint:
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) != len(names):
        raise _damaged("a part is there twice")
    if any(
        m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members
    ):
        raise _damaged("a part is compressed")
    if sum(member.file_size for member in members) > size:
        raise _damaged("it claims to be larger than it is")
    if _META not in names or archive.getinfo(_META).file_size > _META_LIMIT:
        raise _damaged("its description is missing")
    try:
        about = About.model_validate(json.loads(archive.read(_META)))
    except (ValidationError, ValueError, RecursionError) as error:
        raise _damaged("its description cannot be read") from error
    expected: dict[str, Sequence[np.ndarray]] = {group: getattr(like, group) for group in _GROUPS}
    if not about.has_best_weights:
        expected["best"] = ()
    wanted = {_META, *(_member(g, i) for g, arrays in expected.items() for i in range(len(arrays)))}
    if set(names) != wanted:
        raise _other_network(f"it has {len(names) - 1} arrays, {len(wanted) - 1} were expected")
    read = {
        group: tuple(
            _array(archive, _member(group, number), array, finite=group in _ALWAYS_FINITE)
            for number, array in enumerate(arrays)
        )
        for group, arrays in expected.items()
    }
    return Checkpoint(about=about, **read)


def _array(archive: zipfile.ZipFile, name: str, like: np.ndarray, *, finite: bool) -> np.ndarray:
    size = archive.getinfo(name).file_size
    if size > like.nbytes + _HEADER_LIMIT:
        raise _other_network(f"{name} has {size:,} bytes instead of {like.nbytes:,}")
    content = io.BytesIO(archive.read(name))
    if np.lib.format.read_magic(content) != (1, 0):
        raise _damaged(f"{name} is of an unknown version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(content, _HEADER_LIMIT)
    if shape != like.shape or dtype != like.dtype or fortran:
        raise _other_network(
            f"{name} is {dtype} of shape {shape}, {like.dtype} of shape {like.shape} was expected"
        )
    rest = content.read()
    if len(rest) != math.prod(shape) * dtype.itemsize:
        raise _damaged(f"{name} is cut off")
    array = np.frombuffer(rest, dtype).reshape(shape).copy()
    if finite and array.dtype.kind in "fc" and not np.isfinite(array).all():
        raise TrainingError(
            f"The saved training holds numbers that are not finite, in {name}.",
            "All weights are finite.",
            "Train the network anew, or open an earlier copy of the project.",
        )
    return array


def _member(group: str, number: int) -> str:
    return f"{group}_{number}.npy"


def _damaged(detail: Any) -> TrainingError:
    return TrainingError(
        f"The saved training is damaged: {detail}.",
        "The weights and the optimizer's state as LayerLab saves them were expected.",
        "The settings and curves are unharmed: train the network anew, or open an earlier copy.",
    )


def _other_network(detail: str) -> TrainingError:
    return TrainingError(
        f"The saved training does not belong to this network: {detail}.",
        "The state of the network and the optimizer of this run were expected.",
        "Train the network anew, or open an earlier copy of the project.",
    )

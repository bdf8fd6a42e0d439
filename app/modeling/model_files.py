"""Models saved to and opened from files.

A file that somebody else made is looked at by a process of its own before Keras sees it; see
`model_file_check`.
"""

import contextlib
import json
import math
import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import keras
from keras.src.legacy.saving import saving_utils

import app.modeling.layers  # noqa: F401 - registers our own layers, so that files may name them
from app.core.atomic_file import SaveError, replace_file
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.regular_file import read_regular_file
from app.modeling.build import settle_keras
from app.modeling.errors import ModelFileError, ModelingError, Refusal, first_line
from app.modeling.given_weights import give_weights
from app.modeling.model_file_check import (
    LARGEST_FILE,
    CheckReport,
    Form,
    check_in_child,
    form_of,
    refusal_of,
)
from app.modeling.model_file_weights import check_room
from app.modeling.older_keras import renew_old_file

SUFFIX = ".keras"

_MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}


@dataclass(frozen=True)
class _Form:
    """How models are written into files of one ending."""

    write: Callable[[keras.Model, Path], None]
    whole: Callable[[Path], bool]


def save_model_file(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write `model` into a file, atomically; the ending of its name says how.

    `.keras`: with weights, optimizer and random states. `.h5`, the form of older versions:
    with weights. `.weights.h5`: the weights only, to be read into the same network.

    Raises:
        SaveError: when the operating system refuses; the file that was there is untouched.
        ModelingError: when the name has another ending, or Keras cannot save the model so.
    """
    path = Path(path)
    ending = next((ending for ending in _FORMS if path.name.endswith(ending)), None)
    if ending is None:
        raise ModelingError(
            f"A model was to be saved as {path.name}.",
            "The name of a model's file ends in .keras, .h5 or .weights.h5.",
            f"Call it {path.stem or 'model'}.keras.",
        )
    form = _FORMS[ending]

    def write(temporary: Path) -> None:
        try:
            form.write(model, temporary)
        except ModelingError:
            raise
        except Exception as error:
            # A full disk may reach us as an error of the archive that could not be closed.
            refused = _system_error_behind(error)
            if refused is not None:
                raise refused from error
            raise ModelingError(
                f"Keras could not save the model: {first_line(error)}",
                "A model whose layers Keras can write down.",
                "Please report this.",
            ) from error

    replace_file(path, write, verify=lambda written: _verify(written, form))


def _system_error_behind(error: BaseException) -> OSError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno is not None:
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _verify(written: Path, form: _Form) -> None:
    """Read the finished file again; a disk that lost a part of it must not cost the old one."""
    if not form.whole(written):
        raise SaveError(
            "The model was written, but what was read back is damaged.",
            "A disk that keeps what is written to it.",
            "Save to another disk.",
        )


def _whole_archive(written: Path) -> bool:
    try:
        with zipfile.ZipFile(written) as archive:
            return archive.testzip() is None and set(archive.namelist()) >= _MEMBERS
    except (zipfile.BadZipFile, EOFError):
        return False


def _whole_arrays(written: Path) -> bool:
    try:
        with h5py.File(written, "r") as file:
            file.visititems(_read_one)
    except (OSError, RuntimeError, KeyError):
        return False
    return True


def _read_one(name: str, one: Any) -> None:
    if isinstance(one, h5py.Dataset):
        one[()]


def _write_weights(model: keras.Model, target: Path) -> None:
    passing = target.with_name(f"{target.stem}.weights.h5")  # the name that Keras insists on
    try:
        model.save_weights(passing, overwrite=True)
        passing.replace(target)
    finally:
        passing.unlink(missing_ok=True)


def _write_old(model: keras.Model, target: Path) -> None:
    every = getattr(model, "operations", model.layers)
    strange = [one.name for one in every if not isinstance(one, keras.layers.Layer)]
    if strange:
        raise _beyond_old(f"{strange[0]} is an operation and no layer")
    try:
        with _quiet():
            model.save(target, overwrite=True)
        with h5py.File(target, "r") as file:
            config = json.loads(file.attrs["model_config"])
        saving_utils.model_from_config(config)  # not all that can be written can be read again
    except (TypeError, ValueError, AttributeError) as error:
        if _system_error_behind(error) is not None:
            raise
        raise _beyond_old(first_line(error)) from error


def _beyond_old(why: str) -> ModelingError:
    return ModelingError(
        f"The old form .h5 cannot hold this network: {why}.",
        "A network of layers that older versions of Keras had.",
        "Save it as .keras.",
    )


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without Keras's word that the form is old: the user chose it."""
    from absl import logging

    before = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(before)


_FORMS: dict[str, _Form] = {
    ".keras": _Form(lambda model, path: model.save(path, overwrite=True), _whole_archive),
    ".weights.h5": _Form(_write_weights, _whole_arrays),
    ".h5": _Form(_write_old, _whole_arrays),
}
"""By ending, the longer ones first."""


def open_model_file(
    path: str | os.PathLike[str],
    *,
    compiled: bool = True,
    stopping: Callable[[], bool] = lambda: False,
) -> keras.Model:
    """The Keras model in a `.keras` or an old `.h5` file, after the check of `model_file_check`.

    Args:
        compiled: whether loss, metrics and optimizer, with its state, are brought back if the
            file has them and none is of its maker's own. Never from an `.h5` file: Keras cannot
            read them safely there.
        stopping: True gives up the check.

    Raises:
        ModelFileError: when there is no such file, it is no model, or not a safe one.
        app.jobs.process_runner.ChildStoppedError: when `stopping` said so.
    """
    name = Path(path).name
    with _copied(path, name) as (copy, _):
        report = check_in_child(copy, name, stopping)
        return _load(copy, name, compiled and report.compiled, report)


def read_weights_file(
    path: str | os.PathLike[str],
    model: keras.Model,
    *,
    stopping: Callable[[], bool] = lambda: False,
) -> None:
    """Give `model` the weights of a `.weights.h5` file, or of an `.h5` file of older versions, of
    the same network: all, or none.

    Raises:
        ModelFileError: when there is no such file, it holds no weights or not safely, or those of
            another network; the model is then as it was.
        app.jobs.process_runner.ChildStoppedError: when `stopping` said so.
    """
    name = Path(path).name
    with _copied(path, name, ".weights.h5") as (copy, form):
        if form != "h5":
            raise _not_only_weights(name)
        check_in_child(copy, name, stopping, only_weights=True)
        if _is_old(copy):
            copy = copy.rename(copy.with_name("model.h5"))  # Keras goes by the ending
        before = model.get_weights()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.load_weights(copy)
        except Exception as error:  # whatever Keras stumbles over, the weights do not fit
            give_weights(model, before)
            reason = first_line(error).replace(str(copy), name)
            raise ModelFileError(
                f"The weights in {quoted(name, 120)} are not of this network: {reason}",
                "Weights saved from a network of the same layers in the same order.",
                "Open the model that they were saved with, or another file.",
            ) from error


def _is_old(checked: Path) -> bool:
    """Whether a file of weights has the form of Keras 2; the ones of `keras.applications` do."""
    with h5py.File(checked, "r") as file:
        return "layer_names" in file.attrs or "model_weights" in file


def _not_only_weights(name: str) -> ModelFileError:
    return ModelFileError(
        f"{quoted(name, 120)} holds a whole model.",
        "A .weights.h5 file, which holds weights only.",
        "Open it as a model.",
    )


@contextlib.contextmanager
def _copied(
    path: str | os.PathLike[str], name: str, ending: str = ""
) -> Iterator[tuple[Path, Form]]:
    """A copy of our own: of the name that Keras goes by, and which nobody changes between the
    check and the loading.
    """
    try:
        content = read_regular_file(path, LARGEST_FILE)
    except DataError as error:
        raise ModelFileError(error.happened, error.expected, error.how_to_fix) from None
    form = form_of(content[:8], name)
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder:
        copy = Path(folder, f"model{ending or '.' + form}")
        copy.write_bytes(content)
        del content
        yield copy, form


@contextlib.contextmanager
def _limited(stored_bytes: int) -> Iterator[None]:
    """Ends the making of a model, before anything is allocated, when its weights are more than
    arrays of so many bytes could fill, or more than the memory at hand.

    Raises:
        Refusal: instead of whatever Keras made of it.
    """
    made, plain = 0, keras.Variable.__init__
    refusals: list[Refusal] = []

    def limited(
        variable: Any, initializer: Any, shape: Any = None, *more: Any, **named: Any
    ) -> None:
        nonlocal made
        made += math.prod(shape) if isinstance(shape, tuple | list) else 0
        try:
            check_room(made, stored_bytes)
        except Refusal as refusal:
            refusals.append(refusal)
            raise
        plain(variable, initializer, shape, *more, **named)

    keras.Variable.__init__ = limited
    try:
        yield
    except Exception:
        if refusals:
            raise refusals[0] from None
        raise
    finally:
        keras.Variable.__init__ = plain


def _load(copy: Path, name: str, compiled: bool, report: CheckReport) -> keras.Model:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras tells the reader of a terminal, we have none
            if report.form == "h5":
                renew_old_file(copy)
            with _limited(report.stored_bytes):
                model = keras.saving.load_model(copy, compile=compiled, safe_mode=True)
    except Refusal as refusal:
        raise refusal_of(name, refusal.why) from None
    except Exception as error:  # whatever Keras stumbles over, the file is not a model
        reason = first_line(error).replace(str(copy), name)
        raise ModelFileError(
            f"Keras cannot open {quoted(name, 120)}: {reason}",
            f"A model that Keras {keras.__version__} can open.",
            "Save the model again with a newer version of Keras, or open another file.",
        ) from error
    finally:
        settle_keras()
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            f"{quoted(name, 120)} holds a {type(model).__name__}, not a model.",
            "A Sequential or functional Keras model.",
            "Open another file.",
        )
    return model

"""Models saved to and opened from files.

A file that somebody else made is looked at by a process of its own before Keras sees it; see
`model_file_check`.
"""

import os
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras

import app.modeling.layers  # noqa: F401 - registers our own layers, so that files may name them
from app.core.atomic_file import SaveError, replace_file
from app.data.errors import DataError
from app.data.regular_file import read_regular_file
from app.modeling.build import settle_keras
from app.modeling.errors import ModelFileError, ModelingError, first_line
from app.modeling.model_file_check import LARGEST_FILE, check_in_child, form_of

SUFFIX = ".keras"

_MEMBERS = {"config.json", "metadata.json", "model.weights.h5"}


def save_model_file(model: keras.Model, path: str | os.PathLike[str]) -> None:
    """Write `model` with its weights, optimizer and random states as a `.keras` file, atomically.

    Raises:
        SaveError: when the operating system refuses; the file that was there is untouched.
        ModelingError: when the name does not end in `.keras`, or Keras cannot save the model.
    """
    path = Path(path)
    if path.suffix != SUFFIX:
        raise ModelingError(
            f"A model was to be saved as {path.name}.",
            "The name of a model's file ends in .keras.",
            f"Call it {path.stem or 'model'}.keras.",
        )

    def write(temporary: Path) -> None:
        try:
            model.save(temporary, overwrite=True)
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

    replace_file(path, write, verify=_verify)


def _system_error_behind(error: BaseException) -> OSError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno is not None:
            return seen
        seen = seen.__cause__ or seen.__context__
    return None


def _verify(written: Path) -> None:
    """Read the finished file again; a disk that lost a part of it must not cost the old one."""
    try:
        with zipfile.ZipFile(written) as archive:
            whole = archive.testzip() is None and set(archive.namelist()) >= _MEMBERS
    except (zipfile.BadZipFile, EOFError):
        whole = False
    if not whole:
        raise SaveError(
            "The model was written, but what was read back is damaged.",
            "A disk that keeps what is written to it.",
            "Save to another disk.",
        )


def open_model_file(
    path: str | os.PathLike[str],
    *,
    compiled: bool = True,
    stopping: Callable[[], bool] = lambda: False,
) -> keras.Model:
    """The Keras model in a `.keras` or an old `.h5` file, after the check of `model_file_check`.

    Args:
        compiled: whether loss, metrics and optimizer, with its state, are brought back if the
            file has them. Never from an `.h5` file: Keras cannot read them safely there.
        stopping: True gives up the check.

    Raises:
        ModelFileError: when there is no such file, it is no model, or not a safe one.
        app.jobs.process_runner.ChildStoppedError: when `stopping` said so.
    """
    name = Path(path).name
    try:
        content = read_regular_file(path, LARGEST_FILE)
    except DataError as error:
        raise ModelFileError(error.happened, error.expected, error.how_to_fix) from None
    form = form_of(content[:8], name)
    # Keras gets a copy of our own: of the name that it goes by, and which nobody changes between
    # the check and the loading.
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder:
        copy = Path(folder, f"model.{form}")
        copy.write_bytes(content)
        del content
        check_in_child(copy, name, stopping)
        return _load(copy, name, compiled and form == "keras")


def _load(copy: Path, name: str, compiled: bool) -> keras.Model:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras tells the reader of a terminal, we have none
            model = keras.saving.load_model(copy, compile=compiled, safe_mode=True)
    except Exception as error:  # whatever Keras stumbles over, the file is not a model
        reason = first_line(error).replace(str(copy), name)
        raise ModelFileError(
            f"Keras cannot open {name!r:.120}: {reason}",
            f"A model that Keras {keras.__version__} can open.",
            "Save the model again with a newer version of Keras, or open another file.",
        ) from error
    finally:
        settle_keras()
    if not isinstance(model, keras.Model):
        raise ModelFileError(
            f"{name!r:.120} holds a {type(model).__name__}, not a model.",
            "A Sequential or functional Keras model.",
            "Open another file.",
        )
    return model

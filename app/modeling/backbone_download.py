"""The weights of a backbone fetched by Keras from its own site into its own cache.

Keras does that in the middle of building the network, and hears nothing meanwhile: it does it in a
process of its own, which can be stopped and leaves nothing half done.
"""

import contextlib
import io
import os
from collections.abc import Callable
from pathlib import Path

from app.core.backbone_catalog import Backbone, cache_path
from app.core.short_names import shortened
from app.data.download import bring
from app.jobs.process_runner import ChildError, ChildStoppedError
from app.modeling.errors import ModelFileError, first_line

Fetch = Callable[[str, str], None]
"""Puts the weights of the backbone of this name into the folder `models` of this folder."""


def fetch_by_keras(name: str, folder: str) -> None:
    """Let Keras fetch the weights of `name` without its top; `folder` is its home."""
    os.environ["KERAS_HOME"] = folder
    with contextlib.redirect_stdout(io.StringIO()):
        import keras

        getattr(keras.applications, name)(weights="imagenet", include_top=False)


def download_weights(
    backbone: Backbone,
    progress: Callable[[int], None],
    stopping: Callable[[], bool] = lambda: False,
    fetch: Fetch = fetch_by_keras,
) -> Path:
    """Fetch the weights of `backbone` into the cache of Keras; where they are now.

    Args:
        progress: called with the bytes that are there, again and again.
        stopping: True gives it up.

    Raises:
        ModelFileError: when there is no connection, or the cache may not be written.
        ChildStoppedError: when `stopping` said so.
    """
    target = cache_path(backbone)
    try:
        bring(
            fetch,
            backbone.name,
            arriving=str(Path("models", backbone.file_name)),
            target=target,
            progress=progress,
            stopping=stopping,
        )
    except ChildStoppedError:
        raise
    except OSError as error:
        raise _failed(backbone, error.strerror or first_line(error)) from error
    except ChildError as error:
        raise _failed(backbone, str(error)) from error
    except Exception as error:  # Keras raises plain ones when it cannot reach its site
        raise _failed(backbone, first_line(error)) from error
    return target


def _failed(backbone: Backbone, reason: str) -> ModelFileError:
    return ModelFileError(
        f"The weights of {backbone.name} could not be downloaded: {shortened(reason, 300)}",
        "A connection to the site that Keras takes them from, and room in its cache.",
        f"Get {backbone.file_name} on another computer, and choose it as a file.",
    )

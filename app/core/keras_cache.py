"""Where Keras keeps what it has fetched."""

import os
from pathlib import Path


def keras_home() -> Path:
    """The folder of Keras's cache: `$KERAS_HOME` or `~/.keras`."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras").expanduser()

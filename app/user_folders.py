"""Where things of the user's own are kept, apart from the projects."""

import os
from pathlib import Path


def templates_folder() -> Path:
    """The folder of the user's own templates; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("LayerLab", "LayerLab") / "templates"


def journal_path() -> Path:
    """The file in which all runs of the user are kept; it need not exist.

    The environment variable `LAYERLAB_JOURNAL` names another one.
    """
    chosen = os.environ.get("LAYERLAB_JOURNAL")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("LayerLab", "LayerLab") / "journal.db"


def cache_folder() -> Path:
    """The folder of what the program can make again, such as decoded pictures; it need not exist.

    The environment variable `LAYERLAB_CACHE` names another one.
    """
    chosen = os.environ.get("LAYERLAB_CACHE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_cache_path

    return user_cache_path("LayerLab", "LayerLab")

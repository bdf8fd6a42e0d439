"""Where things of the user's own are kept, apart from the projects."""

from pathlib import Path


def templates_folder() -> Path:
    """The folder of the user's own templates; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("LayerLab", "LayerLab") / "templates"

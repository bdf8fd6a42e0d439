"""Where the files of `resources/` lie: beside `app/` in a checkout, inside it once installed."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_resources"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent / "resources"


def resource_path(*parts: str) -> Path:
    """The path of a file or folder of `resources/`, whether it exists or not."""
    return _ROOT.joinpath(*parts)

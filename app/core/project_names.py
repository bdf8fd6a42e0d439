"""What a project is called as long as nobody has given it a name: after its data. Pure."""

from pathlib import PurePath

from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSettings,
    PictureSource,
    TableSource,
)
from app.core.short_names import shortened

LONGEST = 120


def name_after(data: DataSettings) -> str:
    """The name of a project on `data`: that of the set, of the file without its ending, or of the
    folder.
    """
    match data.source:
        case BuiltinSource(name=name):
            return str(name).replace("_", "-")
        case PictureSource(path=path):
            name = PurePath(path).name
        case TableSource(path=path) | ArraySource(path=path):
            name = PurePath(path).stem
        case _:
            name = "painted-points"
    return shortened(name, LONGEST) or "data"

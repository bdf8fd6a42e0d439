"""A dimension from a text: `training.optimizer.learning_rate=1e-4..1e-1:log`.

For the command line.
"""

import re

from app.core.frozen import OptionValue
from app.core.options import FloatOption, IntegerOption, Option
from app.core.project import Project
from app.core.project_paths import ProjectPathError
from app.core.search_paths import near_paths, place_anywhere
from app.core.search_settings import MOST_VALUES, Dimension
from app.core.short_names import quoted, shortened

_EXPECTED = "A dimension is PATH=low..high, PATH=low..high:log or PATH=a,b,c."
_ALL_COPIES = "[*]"


def parse_space(project: Project, text: str) -> Dimension:
    """The dimension that `text` means: `PATH=low..high[:log]`, or `PATH=a,b,c`.

    `network.dense_1[*].units=...` gives each copy of the layer a value of its own.

    Raises:
        ProjectPathError: the text is not of this form, names nothing that can be searched (with
            the nearest paths), or a value is refused.
    """
    path, equals, meant = text.partition("=")
    path, meant = path.strip(), meant.strip()
    each_copy = _ALL_COPIES in path
    path = path.replace(_ALL_COPIES, "")
    if not equals or not path:
        raise ProjectPathError(
            f"{quoted(text, 80)} is not a dimension of a search.",
            _EXPECTED,
            "For example training.batch_size=16,32,64.",
        )
    place = place_anywhere(project, path)
    if place is None:
        raise _unknown(project, path)
    if not meant:
        example = place.option.format(place.option.default)
        raise ProjectPathError(
            f"{path} has no values to try.", _EXPECTED, f"For example {path}={example}."
        )
    if ".." in meant and isinstance(place.option, (IntegerOption, FloatOption)):
        low, high, log = _range(path, place.option, meant)
        return Dimension(path=path, low=low, high=high, log=log, each_copy=each_copy)
    values = tuple(_value(path, place.option, part) for part in meant.split(","))
    if len(values) > MOST_VALUES:
        raise ProjectPathError(
            f"{path} has {len(values):,} values.",
            f"A dimension has at most {MOST_VALUES:,}.",
            "Give a range, or fewer values.",
        )
    return Dimension(path=path, values=values, each_copy=each_copy)


def _range(path: str, option: Option, text: str) -> tuple[float, float, bool]:
    match = re.fullmatch(r"(.+?)\.\.([^:]+)(:\s*log)?", text)
    if match is None:
        raise ProjectPathError(
            f"{path}={shortened(text)} is not a range.", _EXPECTED, f"For example {path}=1..10:log."
        )
    low, high = (_value(path, option, part) for part in match.group(1, 2))
    log = match[3] is not None
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        raise ProjectPathError(
            f"{path}={shortened(text)} is not a range.",
            "Both ends of a range are numbers.",
            "Give values with commas between them to try none as well.",
        )
    if low > high:
        raise ProjectPathError(
            f"The range of {path} is upside down: {shortened(text)}.",
            "The smaller number comes first.",
            f"Write {path}={option.format(high)}..{option.format(low)}{':log' if log else ''}.",
        )
    if log and low <= 0:
        raise ProjectPathError(
            f"The range of {path} begins at {low:g}.",
            "One that is gone through by factors begins above 0.",
            "Leave out :log, or let it begin above 0.",
        )
    return low, high, log


def _value(path: str, option: Option, text: str) -> OptionValue:
    try:
        return option.parse(text)
    except ValueError as error:
        raise ProjectPathError(
            f"{path} can't be {quoted(text.strip())}.", _sentence(str(error)), option.help
        ) from None


def _unknown(project: Project, path: str) -> ProjectPathError:
    near = near_paths(project, path)
    return ProjectPathError(
        f"Nothing called {quoted(path, 80)} can be searched in this project.",
        "A path names an option of a layer or a setting of the training that is there.",
        f"Did you mean {', '.join(near)}?"
        if near
        else "For example training.batch_size, or network.LAYER.units.",
    )


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."

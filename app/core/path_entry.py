"""One thing of a project that has a path."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.frozen import OptionValue
from app.core.options import Option
from app.core.project import Project

Setter = Callable[[Project, OptionValue], Project]


@dataclass(frozen=True)
class PathEntry:
    """One thing that can be set: its option (which reads and checks texts), its value now, and the
    edit.
    """

    option: Option
    value: OptionValue
    set: Setter

"""What is wrong with a project, where, and the edit that mends it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from app.core.project import Project

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Fix:
    """A button that mends a problem.

    Attributes:
        label: what stands on the button, for example "Insert Flatten".
        edit: a pure edit of the project; picklable (a module-level function or a
            `functools.partial` of one).
    """

    label: str
    edit: Callable[[Project], Project] = field(compare=False)


@dataclass(frozen=True)
class Problem:
    """One complaint.

    Attributes:
        where: id of the layer that causes it, or a path: "data", "data.preprocessing",
            "training.loss".
        option: the option at fault, by name, when there is one.
        severity: an "error" keeps the network from being built, a "warning" does not, "info" is
            advice.
        title: a few words, for example "Needs one axis, gets 3×3×16".
        happened, expected, how_to_fix: one sentence each.
        fixes: the remedies offered, best first.
    """

    where: str
    severity: Severity
    title: str
    happened: str
    expected: str
    how_to_fix: str
    option: str | None = None
    fixes: tuple[Fix, ...] = ()

"""From the format of an older project file to the present one, step by step."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.project import FORMAT_VERSION
from app.core.short_names import quoted

Document = dict[str, Any]
Step = Callable[[Document], Document]


def _tables_of_any_kind(document: Document) -> Document:
    """1 to 2: a source of kind "csv" is one of kind "table"."""
    data = document.get("data")
    if not isinstance(data, dict):
        return document
    source = data.get("source")
    if not isinstance(source, dict) or source.get("kind") != "csv":
        return document
    return {**document, "data": {**data, "source": {**source, "kind": "table"}}}


def _search_settings(document: Document) -> Document:
    """2 to 3: there are settings of a search; none yet."""
    return document


STEPS: Mapping[int, Step] = {1: _tables_of_any_kind, 2: _search_settings}
"""Entry n turns a project's document of version n into one of version n + 1.

Version 1 is the first.
"""


class UnknownVersionError(ValueError):
    """The document has no version, or one that no step leads on from."""


class NewerVersionError(ValueError):
    """The document was made by a newer LayerLab."""

    def __init__(self, version: int, current: int) -> None:
        super().__init__(f"version {version}, this LayerLab knows up to {current}")
        self.version = version


def migrate(
    document: Document, steps: Mapping[int, Step] = STEPS, current: int = FORMAT_VERSION
) -> Document:
    """The document of a project, brought to version `current`; the given one is not changed.

    Raises:
        NewerVersionError: its version is above `current`.
        UnknownVersionError: it has no version, or one that no step leads on from.
    """
    version = document.get("format_version")
    if isinstance(version, bool) or not isinstance(version, int):
        raise UnknownVersionError(f"format_version is {quoted(version, 40)}, not a whole number")
    if version > current:
        raise NewerVersionError(version, current)
    while version < current:
        step = steps.get(version)
        if step is None:
            raise UnknownVersionError(f"nothing is known of version {version}")
        document = {**step(dict(document)), "format_version": version + 1}
        version += 1
    if version < 1:
        raise UnknownVersionError(f"nothing is known of version {version}")
    return document

"""Texts that people read as numbers: with thousands marks, percent signs or units."""

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.data.table_frame import TextCells, number_of

Decimal = Literal[".", ","]

_LOOKED_AT = 1_000
"""So many different texts of a column are looked at."""
_MOST_UNITS = 2
"""More of them are parts of names: 12a, 12b, 12c."""
_SIGN = r"[€$£¥]|EUR|USD|GBP|CHF"
_LIKE = re.compile(
    rf"(?P<before>{_SIGN})?\s*[+-]?"
    r"(?:\d{1,3}(?:[.,'\u2019 \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)"
    rf"\s*(?P<unit>{_SIGN}|[%‰°]|[°µ]?[A-Za-z]{{1,6}}[²³23]?(?:/[A-Za-z]{{1,3}}[²³23]?)?)?"
)


_GROUPED = {
    ".": r"[+-]?[1-9]\d{0,2}(?P<mark>[,'\u2019 \u00a0\u202f])\d{3}(?:(?P=mark)\d{3})*(?:\.\d+)?",
    ",": r"[+-]?[1-9]\d{0,2}(?P<mark>[.'\u2019 \u00a0\u202f])\d{3}(?:(?P=mark)\d{3})*(?:,\d+)?",
}
"""By decimal mark: numbers with marks between their thousands."""


@dataclass(frozen=True)
class GroupedNumbers:
    """A column of numbers some of which have marks between their thousands.

    Attributes:
        values: (rows,) float64, NaN where nothing is known.
        decimal: their decimal mark.
        text, value: the first one with a mark between thousands, and what it is.
        both: whether one has point and comma, which tells what is what: 1.234,50.
    """

    values: np.ndarray
    decimal: Decimal
    text: str
    value: float
    both: bool


def grouped_numbers(cells: TextCells, decimal: str) -> GroupedNumbers | None:
    """The numbers of a column when all its texts are numbers, and those with marks between their
    thousands have the same mark; None when a text is none, or no text has such marks.

    The other decimal mark is tried too, where one of them tells by both marks that it is one.

    Args:
        cells: a column of texts.
        decimal: the decimal mark of the table.
    """
    marks: tuple[Decimal, Decimal] = (",", ".") if decimal == "," else (".", ",")
    for mark in marks:
        found = _grouped(cells, mark)
        if found is not None and (mark == decimal or found.both):
            return found
    return None


def _grouped(cells: TextCells, decimal: Decimal) -> GroupedNumbers | None:
    form = re.compile(_GROUPED[decimal])
    numbers = np.full(len(cells.texts) + 1, np.nan)
    marks, first = set[str](), -1
    for place, text in enumerate(cells.texts):
        plain = number_of(text, decimal)
        if plain is None:
            match = form.fullmatch(text)
            if match is None:
                return None
            marks.add(match["mark"])
            first = place if first < 0 else first
            plain = float(text.replace(match["mark"], "").replace(decimal, "."))
        numbers[place] = plain
    if len(marks) != 1 or not np.isfinite(numbers[:-1]).all():
        return None
    both = any({".", ","} <= {*text} for text in cells.texts)
    text, value = cells.texts[first], float(numbers[first])
    return GroupedNumbers(numbers[cells.places], decimal, text, value, both)


def number_like(cells: TextCells, decimal: str) -> int | None:
    """The first row whose text looks like a number and is none that is read, where most cells of
    the column look like numbers; else None.

    Args:
        cells: a column of texts.
        decimal: the decimal mark of the table.
    """
    texts = cells.texts[:_LOOKED_AT]
    found = [_LIKE.fullmatch(text) for text in texts]
    plain = [number_of(text, decimal) is not None for text in texts]
    units = {match[side] for match in found if match for side in ("before", "unit")} - {None}
    if len(units) > _MOST_UNITS:
        return None
    like = np.array([match is not None for match in found], bool)
    counts = np.bincount(cells.places[cells.places >= 0], minlength=len(cells.texts))
    counts = counts[: len(texts)]
    odd = np.append(
        like & ~np.array(plain, bool), np.zeros(len(cells.texts) - len(texts) + 1, bool)
    )
    if counts[like].sum() * 2 <= counts.sum() or not odd.any():
        return None
    return int(np.argmax(odd[cells.places]))

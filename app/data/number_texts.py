"""Texts that people read as numbers: with thousands marks, percent signs or units."""

import re

import numpy as np

from app.data.table_frame import TextCells, number_of

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

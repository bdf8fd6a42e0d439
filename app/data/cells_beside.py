"""What stands in the columns of a table that the network does not get, as text."""

from collections.abc import Sequence

import numpy as np

from app.data.raw_data import TEST, RawData
from app.data.table_frame import Cells, DateCells, NumberCells, TableFrame

EXACT = 2.0**53
"""Below it a float64 holds every whole number."""
UNKNOWN = ""
"""The text of a cell in which nothing stands, or whose row is not at hand."""


def cells_beside(
    raw: RawData,
    frame: TableFrame | None,
    test: TableFrame | None,
    names: Sequence[str],
    rows: np.ndarray,
) -> dict[str, tuple[str, ...]]:
    """Of columns their cells in some samples.

    Args:
        raw: the samples.
        frame, test: the tables from which they were read; None when these are not at hand.
        names: of the columns; those that no table has are left out.
        rows: (n,) positions in `raw`.
    """
    found = {name: [UNKNOWN] * len(rows) for name in names}
    if raw.row_numbers is None:
        return {}
    lines = raw.row_numbers[rows]
    of_test = np.zeros(len(rows), bool)
    if raw.test_file and raw.parts is not None:
        of_test = raw.parts[rows] == TEST
    known = set()
    for table, chosen in ((frame, ~of_test), (test, of_test)):
        if table is None:
            continue
        samples = np.flatnonzero(chosen)
        places = np.searchsorted(table.lines, lines[samples])
        for name in names:
            if name not in table.names:
                continue
            known.add(name)
            cells = table.cells[table.names.index(name)]
            for sample, place in zip(samples.tolist(), places.tolist(), strict=True):
                found[name][sample] = _text(cells, place)
    return {name: tuple(found[name]) for name in names if name in known}


def _text(cells: Cells, row: int) -> str:
    if isinstance(cells, DateCells):
        return _date_text(float(cells.seconds[row]))
    if isinstance(cells, NumberCells):
        value = float(cells.values[row])
        if np.isnan(value):
            return UNKNOWN
        exact = value.is_integer() and abs(value) < EXACT
        return str(int(value)) if exact else f"{value:.6g}"
    place = int(cells.places[row])
    return cells.texts[place] if place >= 0 else UNKNOWN


def _date_text(seconds: float) -> str:
    if not np.isfinite(seconds):
        return UNKNOWN
    moment = str(np.datetime64(round(seconds), "s")).replace("T", " ")
    return moment.removesuffix(" 00:00:00")

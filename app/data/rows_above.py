"""Rows above a table, as exports have them: a title, a date, comments. How many there are is
guessed from the table below, and only where its names give themselves away.
"""

from collections.abc import Sequence
from functools import cached_property

from app.core.short_names import quoted
from app.data.date_texts import is_date
from app.data.table_frame import MISSING, number_of

MOST_ABOVE = 50
"""More rows than these are not looked at."""
_BELOW = 20
"""Rows below the names by which these are told from samples."""
MOST_LOOKED_AT = MOST_ABOVE + 1 + _BELOW
_MOST_SHOWN = 3
_COMMENT = "#"
Rows = Sequence[Sequence[str]]


def rows_above(rows: Rows, by_spaces: bool = False) -> int:
    """How many of the first rows stand above a table; 0 where the first one may be its names.

    They have fewer cells than the table or, where they are as wide as it, at most half as many
    filled ones; comments and sentences in spaces have any number. The row below them must be one of
    names: texts above numbers; or above categories, below titles that have not as many cells. So
    none of what can be read from the first row on is taken for rows above.

    Args:
        rows: of the beginning, those that are not blank.
        by_spaces: whether spaces separate the cells, so that those of a sentence are its words.
    """
    looked = [[cell.strip() for cell in row] for row in rows[:MOST_LOOKED_AT]]
    for count in range(1, min(MOST_ABOVE, len(looked) - 2) + 1):
        found = _Table(looked[count], looked[count + 1 : count + 1 + _BELOW])
        above = looked[:count]
        if (
            all(found.is_below(row, by_spaces) for row in above)
            and found.begins_right_of(above[0])
            and found.is_whole()
            and found.is_named(above)
        ):
            first = _Table(looked[0], looked[1 : 1 + _BELOW])
            return 0 if first.is_whole() and first.has_values_below_names() else count
    return 0


def notes_above(lines: Sequence[str], word: str) -> tuple[str, ...]:
    """What is said of the first lines or rows of a file that are skipped; nothing where all of them
    are empty.

    Args:
        lines: their texts.
        word: what they are called, "line" or "row".
    """
    shown, count = listed_lines(lines), len(lines)
    if not shown:
        return ()
    which = f"first {word} stands" if count == 1 else f"first {count} {word}s stand"
    verb = "is" if count == 1 else "are"
    return (
        f"The {which} above the table and {verb} not read: {shown}. Set Skip rows to 0 to "
        "have all rows read.",
    )


def listed_lines(lines: Sequence[str]) -> str:
    """The first of those in which something stands, and how many more there are; "" where nothing
    does.
    """
    texts = [text for line in lines if (text := " ".join(line.split()).strip(" ,;|"))]
    shown = ", ".join(quoted(text, 40) for text in texts[:_MOST_SHOWN])
    return shown + f" and {len(texts) - _MOST_SHOWN:,} more" * (len(texts) > _MOST_SHOWN)


class _Table:
    """A row that may hold names, and some of those below it."""

    def __init__(self, names: Sequence[str], below: Rows) -> None:
        self._names = names
        self._below = below
        self._alike = [row for row in below if len(row) == len(names)]

    def is_below(self, row: Sequence[str], by_spaces: bool) -> bool:
        """Whether `row` may stand above this table."""
        if row[0].startswith(_COMMENT):
            return True
        if len(row) != len(self._names):
            return by_spaces or len(row) < len(self._names)
        return _filled(row) * 2 <= self._columns

    def begins_right_of(self, row: Sequence[str]) -> bool:
        """Whether the first row of the file is a title, not names of which the first one lacks."""
        if len(row) != len(self._names) or not _filled(row):
            return True
        return _first_filled(row) <= _first_filled(self._names)

    def is_whole(self) -> bool:
        """Whether nearly all rows are equally wide, and most columns have a name."""
        if not self._alike or self._alike[0] is not self._below[0]:
            return False
        return (
            self._columns >= 2
            and _filled(self._names) * 2 > self._columns
            and len(self._alike) * 5 >= len(self._below) * 4
        )

    def is_named(self, above: Rows) -> bool:
        """Whether the row in question is one of names, with these rows above it."""
        equal = [row for row in above if len(row) == len(self._names)]
        if self.has_values_below_names(equal):
            return True
        titles = all(_filled(row) <= 1 or row[0].startswith(_COMMENT) for row in above)
        alone = titles and not equal and self._columns >= 3
        return alone and self._has_categories_below_names()

    def has_values_below_names(self, equal: Rows = ()) -> bool:
        """Whether a column has numbers, or dates, below a text, and none has them below one.

        Args:
            equal: the rows above that are as wide as the table, so that all of it may be read from
                the first one on; then such a column is one of numbers that could not be read.
        """
        found = False
        for place, name in enumerate(self._names):
            known = self._known(place)
            if known and all(_is_value(cell, dates=not equal) for cell in known):
                if _is_value(name):
                    return False
                texts = 1 + sum(1 for row in equal if row[place])
                found = found or (name not in MISSING and texts <= len(known))
        return found

    def _has_categories_below_names(self) -> bool:
        """Whether no name occurs below itself, and texts of a column do so again and again."""
        repeated = False
        for place, name in enumerate(self._names):
            known = self._known(place)
            if name in MISSING or name in known or _is_value(name):
                return False
            repeated = repeated or (len(known) >= 4 and len(set(known)) * 2 <= len(known))
        return repeated

    def _known(self, place: int) -> list[str]:
        return [row[place] for row in self._alike if row[place] not in MISSING]

    @cached_property
    def _columns(self) -> int:
        """How many columns there are in which something stands."""
        rows = [self._names, *self._alike]
        return sum(1 for place in range(len(self._names)) if any(row[place] for row in rows))


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _first_filled(row: Sequence[str]) -> int:
    return next((place for place, cell in enumerate(row) if cell), len(row))


def _is_value(cell: str, dates: bool = True) -> bool:
    """Whether a cell holds a number, with either decimal mark, or a date."""
    if number_of(cell) is not None or number_of(cell, ",") is not None:
        return True
    return dates and is_date(cell)

"""Rows of a text in quotes and lines, with the line on which each starts."""

import csv
from collections.abc import Iterator

from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.text_format import cells_of, csv_rows


def numbered_rows(
    lines: Iterator[str], separator: str, shown: str, first_line: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it starts.

    Raises:
        DataError: a quote is not closed, or something stands behind it.
    """
    reader = csv_rows(lines, separator, strict=True)
    while True:
        line = first_line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise DataError(
                f"The row that starts in line {line} of {quoted(shown, 120)} cannot be read: "
                f"{_csv_reason(error)}.",
                "A quote opens a text and another one closes it; a quote inside is written twice.",
                "Close or remove the quote in this line.",
            ) from None
        yield line, cells_of(row, separator)


def _csv_reason(error: csv.Error) -> str:
    reason = str(error)
    if "unexpected end of data" in reason:
        return "a quote is opened and never closed"
    if "field limit" in reason:
        longest = csv.field_size_limit()
        return f"a text is longer than {longest:,} characters, as if a quote were never closed"
    return "something stands behind a closing quote"

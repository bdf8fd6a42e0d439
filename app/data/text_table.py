"""A table in a text file (CSV, TSV, ...), read block by block in several threads."""

import io
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace

import numpy as np

from app.core.memory_size import memory_limit
from app.core.short_names import quoted
from app.data.errors import DataError, LoadingStopped
from app.data.in_turn import in_turn, threads_at_hand
from app.data.progress import LoadingProgress, Stop, Tell, never, silent
from app.data.regular_file import MEBIBYTE, open_regular_file, shown_name
from app.data.rows_above import notes_above
from app.data.table_frame import (
    MISSING,
    Cells,
    Header,
    NumberCells,
    TableFrame,
    TextCells,
    header_of,
    number_cells,
    number_of,
    numbers_of,
)
from app.data.text_blocks import (
    BLOCK,
    GUESSES,
    Block,
    TextBlocks,
    UnusualError,
    WrongGuessError,
)
from app.data.text_cells import BlockCells, CellReader
from app.data.text_format import (
    SAMPLE,
    SEPARATORS,
    TableFormat,
    guess_encoding,
    known_encoding,
    refuse_other_formats,
    sample_of,
    sample_rows,
    table_format,
    without_lines,
)

MOST_COLUMNS = 20_000
MOST_ROWS = 20_000_000
_LARGEST_BLOCK = 64 * MEBIBYTE
_ROWS_A_BLOCK = 2_000
_SAMPLED_CELLS = 20_000


def largest_file() -> int:
    """How many bytes a text file may have."""
    return memory_limit()


def read_text_table(
    path: str,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    header: bool | None = None,
    stop: Stop = never,
    tell: Tell = silent,
    fewest_columns: int = 2,
    skip_rows: int | None = 0,
) -> tuple[TableFrame, TableFormat]:
    """Read a file; what is None is guessed.

    Args:
        path: of the file.
        separator, decimal, encoding, header, skip_rows: as in `TableSource`.
        stop: asked from time to time whether to give up.
        tell: told how far it is.
        fewest_columns: with fewer of them it is no table.

    Raises:
        DataError: no ordinary text file, undecodable, empty, ragged, an open quote, NUL bytes, one
            column, too many columns, a line or a table that is too long; the message names the
            line.
        LoadingStopped: `stop()` was true.
    """
    encodings = [None] if encoding is None else [known_encoding(encoding)]
    for tried in (*encodings, *GUESSES[1:]):
        with open_regular_file(path, largest_file()) as (file, stamp):
            beginning = file.read(SAMPLE)
            refuse_other_formats(shown_name(path), beginning)
            told = tried or guess_encoding(beginning)
            opened = _Opened(file, stamp.size, shown_name(path), told, encoding is None)
            try:
                return _read(
                    opened, (separator, decimal), skip_rows, header, fewest_columns, stop, tell
                )
            except WrongGuessError:
                continue
    raise AssertionError("latin-1 gives each byte a meaning")


class _Opened:
    """A file that can be read several times from its beginning."""

    def __init__(
        self, file: io.BufferedReader, size: int, shown: str, encoding: str, guessed: bool
    ) -> None:
        self.file = file
        self.size = size
        self.shown = shown
        self.encoding = encoding
        self.guessed = guessed

    def blocks(self, careful: bool = False) -> TextBlocks:
        self.file.seek(0)
        return TextBlocks(self.file, self.size, self.shown, self.encoding, self.guessed, careful)


def beginning_of(
    blocks: TextBlocks,
    marks: tuple[str | None, str | None],
    encoding: str,
    skip_rows: int | None,
) -> tuple[TableFormat, str, tuple[str, ...]]:
    """(how a text is to be read, a sample of its table, the lines above it); `blocks` go on behind
    these.

    Args:
        blocks: at the beginning of the file.
        marks: separator and decimal mark; None: guessed.

    Raises:
        DataError: as `TextBlocks` and `table_format` do.
        WrongGuessError: it is not in the guessed encoding.
    """
    above = blocks.skip_lines(skip_rows or 0)
    sample = sample_of(blocks.beginning())
    form = table_format(sample, *marks, encoding, skip_rows)
    if skip_rows is None:
        above = blocks.skip_lines(form.skip_rows)
        sample = without_lines(sample, form.skip_rows)
    return form, sample, above


def _read(
    opened: _Opened,
    marks: tuple[str | None, str | None],
    skip_rows: int | None,
    header: bool | None,
    fewest_columns: int,
    stop: Stop,
    tell: Tell,
) -> tuple[TableFrame, TableFormat]:
    blocks = opened.blocks()
    form, sample, above = beginning_of(blocks, marks, opened.encoding, skip_rows)
    notes = notes_above(above, "line")
    first, _ = blocks.first_row(form.separator)
    refuse_width(opened.shown, len(first), form, fewest_columns)
    found = header_of(first, form.decimal, header)
    rows = sample_rows(sample, form.separator)
    expected = _expected_rows(opened, len(first), sample, len(rows))
    reader = CellReader(
        opened.shown, form, len(first), textual_columns(rows[found.present :], len(first), form)
    )
    per_row = opened.size / max(expected, 1)
    size = int(min(max(BLOCK, _ROWS_A_BLOCK * per_row), _LARGEST_BLOCK))
    careful = False
    while True:
        if found.present:
            blocks.skip_row(form.separator)
        gathered = _Gathered(reader, expected, blocks.line)
        source = blocks.blocks(form.separator, size)
        try:
            with closing(_parsed(source, gathered.read, opened.size > 2 * BLOCK, stop)) as parts:
                for part in parts:
                    gathered.add(part)
                    _tell(tell, gathered.rows, part.read, opened.size)
        except UnusualError:
            careful = True
            blocks = opened.blocks(careful)
            blocks.skip_lines(form.skip_rows)
            blocks.beginning()  # the blocks begin where they began before
            continue
        if not gathered.mixed:
            frame = gathered.frame(found)
            return replace(frame, notes=(*notes, *frame.notes), above=above), form
        # Texts in columns that seemed to hold numbers: all their cells are needed as texts.
        reader = replace(reader, textual=reader.textual | gathered.mixed)
        blocks = opened.blocks(careful)
        blocks.skip_lines(form.skip_rows)


def _tell(tell: Tell, rows: int, read: int, size: int) -> None:
    tell(LoadingProgress(f"Reading the table, {rows:,} rows", min(1.0, read / max(size, 1))))


def _expected_rows(opened: _Opened, width: int, sample: str, rows: int) -> int:
    """About how many rows there are.

    Raises:
        DataError: they need more memory than there is.
    """
    expected = int(opened.size / max(len(sample.encode()), 1) * max(rows, 1) * 1.02) + 100
    refuse_size(opened.shown, expected, width)
    return min(expected, MOST_ROWS + 1)


def refuse_size(shown: str, rows: int, columns: int) -> None:
    """Raise DataError when the numbers of such a table need more memory than there is."""
    needed = rows * columns * 8
    if needed > memory_limit():
        raise DataError(
            f"The table {quoted(shown, 120)} is too large: its numbers take about "
            f"{needed / MEBIBYTE:,.0f} MiB.",
            f"At most {memory_limit() / MEBIBYTE:,.0f} MiB can be used on this computer.",
            "Use a part of the file.",
        )


def textual_columns(rows: list[list[str]], width: int, form: TableFormat) -> frozenset[int]:
    """Places of the columns that hold a text in some of these rows."""
    sampled = [row for row in rows[: max(5, _SAMPLED_CELLS // width)] if len(row) == width]
    return frozenset(
        place
        for place in range(width)
        if any(
            cell not in MISSING and number_of(cell, form.decimal) is None
            for cell in (row[place].strip() for row in sampled)
        )
    )


def refuse_width(shown: str, width: int, form: TableFormat, fewest: int) -> None:
    """Raise DataError when a row has too few or too many cells."""
    separator = SEPARATORS.get(form.separator, repr(form.separator))
    if width < fewest:
        raise DataError(
            f"The file {quoted(shown, 120)} has only one column when it is separated by "
            f"{separator}.",
            "At least two columns are needed: a feature and a target.",
            "Choose another separator, or a table with more columns. If lines above the names of "
            "the columns are no part of the table, set Skip rows to their number.",
        )
    if width > MOST_COLUMNS:
        raise DataError(
            f"The file {quoted(shown, 120)} has {width:,} columns when it is separated by "
            f"{separator}.",
            f"At most {MOST_COLUMNS:,} columns can be read.",
            "Leave columns out, or choose another separator.",
        )


def _parsed(
    blocks: Iterator[Block], read: Callable[[Block], BlockCells], parallel: bool, stop: Stop
) -> Generator[BlockCells]:
    """The cells of all blocks in their order. Of two errors the first in the file is raised."""
    if parallel:
        yield from in_turn(blocks, read, threads_at_hand(), stop)
        return
    for block in blocks:
        if stop():
            raise LoadingStopped
        yield read(block)


class _Gathered:
    """The cells of the blocks so far.

    Args:
        reader: of the blocks.
        expected: about how many rows there will be.
        line: where the first block starts.
    """

    def __init__(self, reader: CellReader, expected: int, line: int) -> None:
        self._reader = reader
        self._first_line = line
        self._numbers = np.empty((expected, len(reader.numeric)), np.float64)
        self._lines = np.empty(expected, np.int64)
        self._gaps = np.zeros(len(reader.numeric), np.int64)
        self._infinite = np.zeros(len(reader.numeric), np.int64)
        self._places: dict[int, list[np.ndarray]] = {place: [] for place in reader.textual}
        self._texts: dict[int, dict[str, int]] = {place: {} for place in reader.textual}
        self.rows = 0
        self.mixed: frozenset[int] = frozenset()
        """Places of the columns where a text stands among numbers."""

    def read(self, block: Block) -> BlockCells:
        """The cells of a block, for several threads. Their numbers are written where they will
        stand if each line so far is a row: else they move to the front later, over nothing but
        what is their own or already added.
        """
        return self._reader.read(block, self._numbers[block.line - self._first_line :])

    def add(self, part: BlockCells) -> None:
        """The cells of the block behind those added so far."""
        end = self.rows + len(part.lines)
        if end > MOST_ROWS:
            raise DataError(
                f"The file {quoted(self._reader.shown, 120)} has more than {MOST_ROWS:,} rows.",
                f"At most {MOST_ROWS:,} rows can be read.",
                "Use a part of the file.",
            )
        if end > len(self._lines):
            refuse_size(self._reader.shown, end, self._reader.width)
            more = max(end, len(self._lines) * 5 // 4)
            self._numbers = _longer(self._numbers, self.rows, more)  # others write into the old one
            self._lines = _longer(self._lines, self.rows, more)
        room = self._numbers[self.rows : end]
        if _address(room) != _address(part.numbers):
            room[...] = part.numbers
        self._lines[self.rows : end] = part.lines
        if part.gaps is not None and part.infinite is not None:
            self._gaps += part.gaps
            self._infinite += part.infinite
        self.rows = end
        for place, cells in part.texts.items():
            if place not in self._texts:
                self.mixed |= {place}
                continue
            known = self._texts[place]
            moved = np.array([*(known.setdefault(t, len(known)) for t in cells.texts), -1])
            self._places[place].append(moved[cells.places].astype(np.int32))

    def frame(self, header: Header) -> TableFrame:
        numbers = self._numbers[: self.rows]
        lines = self._lines[: self.rows]
        counts = zip(self._gaps.tolist(), self._infinite.tolist(), strict=True)
        columns = (NumberCells(v, *count) for v, count in zip(numbers.T, counts, strict=True))
        cells: list[Cells] = []
        for place in range(self._reader.width):
            if place in self._texts:
                places = [np.empty(0, np.int32), *self._places[place]]
                column = TextCells(np.concatenate(places), tuple(self._texts[place]))
                # The beginning may have looked like texts and was none.
                values = numbers_of(column, self._reader.format.decimal)
                cells.append(column if values is None else number_cells(values))
            else:
                cells.append(next(columns))
        return TableFrame(
            "text",
            self._reader.shown,
            header.names,
            tuple(cells),
            lines,
            self._reader.format.decimal,
            header.present,
            header.notes,
            numbers,
        )


def _longer(array: np.ndarray, kept: int, length: int) -> np.ndarray:
    """An array of `length` rows that begins with the first `kept` of this one."""
    longer = np.empty((length, *array.shape[1:]), array.dtype)
    longer[:kept] = array[:kept]
    return longer


def _address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])

"""The cells of a block of a text file: numbers where all of a column are, else texts."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.short_names import quoted
from app.data.block_parsers import BlockParsers, can_parse_blocks
from app.data.errors import DataError
from app.data.table_frame import MISSING, TextCells, numbers_of, texts_of
from app.data.text_blocks import (
    LONGEST_LINE,
    NEWLINE,
    RETURN,
    SPACE,
    Block,
    UnusualError,
    is_unusual,
    long_line,
)
from app.data.text_format import TableFormat, is_blank
from app.data.text_rows import numbered_rows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class BlockCells:
    """The rows of one block.

    Attributes:
        lines: (rows,) int64, on which each starts.
        numbers: (rows, columns that may be numbers) float64, NaN where nothing is known.
        gaps, infinite: (columns that may be numbers,) how many of `numbers` are NaN or infinite;
            None where all are finite.
        texts: by the place of the column; also of columns that might have been numbers.
        read: how many bytes of the file are read by now.
    """

    lines: np.ndarray
    numbers: np.ndarray
    gaps: np.ndarray | None
    infinite: np.ndarray | None
    texts: dict[int, TextCells]
    read: int


@dataclass(frozen=True)
class CellReader:
    """What is known of a file when its blocks are read.

    Attributes:
        shown: its name, for messages.
        format: how it is to be read.
        width: how many cells each row needs.
        textual: places of the columns that are read as texts, whatever they hold.
    """

    shown: str
    format: TableFormat
    width: int
    textual: frozenset[int]
    _parsers: dict[bool, BlockParsers] = field(default_factory=dict, init=False, compare=False)
    """By whether spaces before a cell are left out."""

    @property
    def numeric(self) -> list[int]:
        """Places of the columns in `BlockCells.numbers`."""
        return [place for place in range(self.width) if place not in self.textual]

    def read(self, block: Block, room: np.ndarray) -> BlockCells:
        """The cells of a block. Blocks may be read at the same time in several threads.

        Args:
            block: to be read.
            room: (any, columns that may be numbers) float64: as many of its first rows as the block
                has lines may be written; the numbers are there where these are enough and each line
                is a row.

        Raises:
            DataError: a row has another number of cells, or is too long; names its line.
            UnusualError: the block was not checked, and its lines end otherwise than it tells.
        """
        if block.rows is not None:
            return self._from_rows(block.rows, block.read)
        content, quotes = block.content, block.quotes
        if self.format.separator == " " and not len(quotes):
            content = _single_spaces(content)
        if self._seems_regular(content, block):
            rows = block.ends + (not content.endswith(b"\n"))
            lines = np.arange(block.line, block.line + rows)
            parsed = self._parsed(content, lines, block.read, room)
            if parsed is not None and parsed.gaps is None and not parsed.texts:
                return parsed
            _refuse_unusual(block)
            if parsed is not None and self._none_short(content, len(parsed.lines)):
                return parsed
        else:
            _refuse_unusual(block)
            if self.width > 1 and not (self.format.separator == " " and len(quotes)):
                found = self._lines(np.frombuffer(content, np.uint8), quotes, block.line)
                parsed = None if found is None else self._parsed(content, found, block.read, room)
                if parsed is not None:
                    return parsed
        text = io.StringIO(block.content.decode("utf-8"), newline="")
        numbered = numbered_rows(text, self.format.separator, self.shown, block.line)
        return self._from_rows(numbered, block.read)

    def _seems_regular(self, content: bytes, block: Block) -> bool:
        """Whether every line is a row of `width` cells, unless one has more of them: then pandas,
        which takes the first row for the measure, does not read the block; or fewer: then some
        cell is empty.
        """
        if self.width < 2 or len(block.quotes) or block.returns or not content:
            return False
        half = LONGEST_LINE // 2
        for at in range(0, len(content) - half, half) if len(content) > LONGEST_LINE else ():
            if content.find(b"\n", at, at + half) < 0:
                return False
        end = content.find(b"\n")
        first = content[: end if end >= 0 else len(content)]
        return first.count(self.format.separator.encode()) == self.width - 1

    def _none_short(self, content: bytes, rows: int) -> bool:
        """Whether no row of a block that pandas has read has fewer cells than `width`."""
        separators = np.frombuffer(content, np.uint8) == ord(self.format.separator)
        return int(np.count_nonzero(separators)) == rows * (self.width - 1)

    def _lines(self, content: np.ndarray, quotes: np.ndarray, line: int) -> np.ndarray | None:
        """On which line each row starts; None unless every line is a row of `width` cells."""
        ends = content == NEWLINE
        returns = content == RETURN
        if returns.any():
            returns[:-1] &= content[1:] != NEWLINE
            ends |= returns
        marks = np.flatnonzero(ends | (content == ord(self.format.separator)))
        open_end = len(content) > 0 and not ends[-1]
        if len(quotes):
            marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
            rows = int(np.count_nonzero(ends[marks]))
        else:
            rows = int(np.count_nonzero(ends))
        if len(marks) + open_end != (rows + open_end) * self.width:
            return None
        row_ends = marks[self.width - 1 :: self.width]
        if not ends[row_ends].all():
            return None
        if open_end:
            row_ends = np.append(row_ends, len(content))
        starts = np.concatenate([[0], row_ends[:-1] + 1])
        if len(quotes):
            lines = line + np.searchsorted(np.flatnonzero(ends), starts)
        else:
            lines = np.arange(line, line + len(starts))
        lengths = row_ends - starts
        if len(lengths) and int(lengths.max()) > LONGEST_LINE:
            raise long_line(self.shown, int(lines[int(np.argmax(lengths))]))
        return lines.astype(np.int64)

    def _parsed(
        self, content: bytes, lines: np.ndarray, read: int, room: np.ndarray
    ) -> BlockCells | None:
        """By pandas; None when it finds a row with too many cells."""
        import pandas as pd

        numeric = self.numeric
        try:
            frame = self._columns(content)
        except pd.errors.ParserError:
            return None
        if len(frame[0]) != len(lines):
            return None
        odd = [place for place in numeric if frame[place].dtype.kind not in "iuf"]
        texts: dict[int, TextCells] = {}
        numbers: dict[int, np.ndarray] = {}
        if odd:
            again = self._frame(content, odd, dict.fromkeys(odd, "object"))
            for place in odd:
                cells = _texts(again[place].to_numpy(object))
                column = numbers_of(cells, self.format.decimal)
                if column is None:
                    texts[place] = cells
                else:  # too long for the whole numbers of pandas
                    numbers[place] = column
        for place in self.textual:
            texts[place] = _texts(np.asarray(frame[place], object))
        values = room[: len(lines)]
        if len(values) < len(lines):
            values = np.empty((len(lines), len(numeric)))
        for at, place in enumerate(numeric):
            values[:, at] = np.nan if place in texts else numbers.get(place, frame[place])
        return BlockCells(lines, values, *_counted(values), texts, read)

    def _columns(self, content: bytes) -> "Mapping[int, Any]":
        """All columns of a block, numbers where pandas finds nothing else in them."""
        types = dict.fromkeys(self.textual, "object")
        if not can_parse_blocks():
            return self._frame(content, None, types)  # type: ignore[return-value]
        spaces = b" " in content
        if spaces not in self._parsers:
            self._parsers[spaces] = BlockParsers(self._options(spaces, None, types))
        return self._parsers[spaces].columns(content)

    def _frame(
        self, content: bytes, places: list[int] | None, types: dict[int, str]
    ) -> "pd.DataFrame":
        import pandas as pd

        options = self._options(b" " in content, places, types)
        return pd.read_csv(_Bytes(content), **options)  # type: ignore[no-any-return, call-overload]

    def _options(
        self, spaces: bool, places: list[int] | None, types: dict[int, str]
    ) -> dict[str, Any]:
        return {
            "sep": self.format.separator,
            "decimal": self.format.decimal,
            "header": None,
            "names": list(range(self.width)),
            "usecols": places,
            "dtype": types or None,  # with a table of types each column becomes a series first
            "index_col": False,
            "encoding": "utf-8",
            "skipinitialspace": spaces,  # costs a tenth
            "skip_blank_lines": False,
            "keep_default_na": False,
            "na_values": list(MISSING),
            "low_memory": False,
            "engine": "c",
        }

    def _from_rows(self, rows: Iterable[tuple[int, list[str]]], read: int) -> BlockCells:
        lines: list[int] = []
        kept: list[list[str]] = []
        for line, row in rows:
            if is_blank(row):
                continue
            if len(row) != self.width:
                raise self._ragged(line, len(row))
            lines.append(line)
            kept.append(row)
        numeric = self.numeric
        values = np.full((len(lines), len(numeric)), np.nan)
        texts: dict[int, TextCells] = {}
        columns: list[tuple[str, ...]] = list(zip(*kept, strict=True)) or [()] * self.width
        for place in self.textual:
            texts[place] = texts_of(list(columns[place]))
        for at, place in enumerate(numeric):
            cells = texts_of(list(columns[place]))
            numbers = numbers_of(cells, self.format.decimal)
            if numbers is None:
                texts[place] = cells
            else:
                values[:, at] = numbers
        return BlockCells(np.array(lines, np.int64), values, *_counted(values), texts, read)

    def _ragged(self, line: int, cells: int) -> DataError:
        has = "1 cell" if cells == 1 else f"{cells:,} cells"
        return DataError(
            f"Line {line} of {quoted(self.shown, 120)} has {has}, the first row has {self.width}.",
            "Each row needs the same number of cells.",
            "Mend this line (a missing or surplus separator, or a text with the separator in it "
            "that lacks quotes), or choose another separator. If lines above the names of the "
            "columns are no part of the table, set Skip rows to their number.",
        )


def _refuse_unusual(block: Block) -> None:
    if not block.checked and is_unusual(block):
        raise UnusualError


def _counted(values: np.ndarray) -> tuple[np.ndarray | None, np.ndarray | None]:
    """(NaN in each column, infinite values in each column), if there are any."""
    with np.errstate(over="ignore", invalid="ignore"):  # a sum tells in no time that there is none
        if np.isfinite(values.sum()):
            return None, None
    if np.isfinite(values).all():
        return None, None
    return np.isnan(values).sum(axis=0), np.isinf(values).sum(axis=0)


class _Bytes:
    """Bytes as pandas reads a file; given as such they are neither decoded nor encoded again. All
    of them are given at once, whatever is asked for, so that they are not copied either.
    """

    def __init__(self, content: bytes) -> None:
        self._left = content

    def read(self, size: int) -> bytes:
        given, self._left = self._left, b""
        return given

    def __iter__(self) -> Iterator[bytes]:
        return iter(())


def _single_spaces(text: bytes) -> bytes:
    """`text` with one space where there are several, and none at an end of a line."""
    content = np.frombuffer(text, np.uint8)
    space = content == SPACE
    edge = (content == NEWLINE) | (content == RETURN)
    before = np.concatenate([[True], (space | edge)[:-1]])
    slim = content[~(space & before)]
    behind = np.concatenate([((slim == NEWLINE) | (slim == RETURN))[1:], [True]])
    return bytes(slim[~((slim == SPACE) & behind)].data)


def _texts(column: np.ndarray) -> TextCells:
    """A column of texts, which may have spaces behind them."""
    import pandas as pd

    codes, texts = pd.factorize(column)  # -1 where nothing is known
    slim = texts_of([str(text) for text in texts])
    places = np.append(slim.places, np.int32(-1))[codes]
    return TextCells(places.astype(np.int32), slim.texts)

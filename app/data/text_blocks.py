"""A text file in blocks of whole rows, in UTF-8, read one after the other."""

import codecs
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.number_words import counted
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.regular_file import MEBIBYTE
from app.data.text_format import cells_of, csv_rows, is_blank, lines_of
from app.data.text_rows import numbered_rows

LONGEST_LINE = 2 * MEBIBYTE
FIRST_BLOCK = 2 * LONGEST_LINE
BLOCK = 2 * MEBIBYTE
_ROWS_AT_ONCE = 20_000

TAB, NEWLINE, RETURN, QUOTE, SPACE = 9, 10, 13, 34, 32
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}")
_LINE_BEYOND_ASCII = re.compile(rb"(?<=[\r\n])[^\r\n]*[\x80-\xff][^\r\n]*(?=[\r\n])")
GUESSES = ("utf-8", "cp1252", "latin-1")
"""Tried one after the other where no encoding is given and no mark tells it."""


class WrongGuessError(Exception):
    """The guessed encoding is not that of the file: the next one is to be tried."""


class UnusualError(Exception):
    """A block that was not checked has lines that end otherwise, or control characters: the file is
    to be read with care.
    """


@dataclass(frozen=True)
class Block:
    """Whole rows of a file.

    Attributes:
        content: UTF-8.
        line: the number of the first line.
        read: how many bytes of the file are read by now.
        quotes: (quotes,) int64, places in `content`; each other one closes a text.
        ends: how many lines end here.
        returns: whether some end with a return alone, or one stands within a line.
        checked: whether `ends` and `returns` are certain, and there is no control character. If
            not, all of it is only known of a block that holds nothing but numbers, a row a line.
        rows: line and cells of each row instead of `content`, where quotes stand in unusual
            places.
    """

    content: bytes
    line: int
    read: int
    quotes: np.ndarray
    ends: int = 0
    returns: bool = False
    checked: bool = True
    rows: list[tuple[int, list[str]]] | None = None


class TextBlocks:
    """Reads a file of a known encoding from its beginning.

    Args:
        file: open for reading, at its beginning.
        size: how many bytes are read of it, however much it grows meanwhile.
        shown: its name, for messages.
        encoding: one of `ENCODINGS`.
        guessed: whether the encoding may be wrong.
        careful: whether each block is checked. Else those who read a block that holds more than
            numbers check it and raise UnusualError; that saves a tenth of the time.
    """

    def __init__(
        self,
        file: io.BufferedReader,
        size: int,
        shown: str,
        encoding: str,
        guessed: bool,
        careful: bool = True,
    ) -> None:
        self._careful = careful
        self._file = file
        self._size = size
        self._shown = shown
        self._encoding = encoding
        self._guessed = guessed
        self._plain = encoding in ("utf-8", "utf-8-sig")
        self._decoder = codecs.getincrementaldecoder("utf-8" if self._plain else encoding)()
        self._pending = np.empty(0, np.uint8)
        self._line = 1
        self._read = 0
        self._end = False
        self._beyond_ascii: int | None = None
        """The first line with a character that is not ASCII."""

    @property
    def line(self) -> int:
        """The line at which the next block starts."""
        return self._line

    def beginning(self) -> str:
        """The text of the first few MiB; they stay to be read.

        Raises:
            DataError: they cannot be decoded; the file is empty.
            WrongGuessError: they are not in the guessed encoding.
        """
        while not self._end and len(self._pending) < FIRST_BLOCK:
            self._fill(FIRST_BLOCK - len(self._pending))
        text = self._pending.tobytes().decode("utf-8", "ignore")  # may end within a character
        if self._end and not text.strip():
            raise DataError(
                f"The file {quoted(self._shown, 120)} is empty.",
                "A line of column names and at least two rows are needed.",
                "Choose another file.",
            )
        return text

    def skip_lines(self, count: int) -> tuple[str, ...]:
        """Go on behind the next `count` lines, and tell these.

        Raises:
            DataError: nothing is left, or they are longer than what is read of a file at first.
        """
        if not count:
            return ()
        beginning = self.beginning()
        lines = tuple(itertools.islice(lines_of(beginning), count))
        passed = sum(len(line.encode()) for line in lines)
        if not beginning[sum(map(len, lines)) :].strip():
            raise DataError(
                f"Below the first {counted(count, 'line')} of {quoted(self._shown, 120)} there is "
                f"nothing{'' if self._end else f' within {FIRST_BLOCK // MEBIBYTE} MiB'}.",
                "A line of column names and at least two rows are needed below the rows that are "
                "skipped.",
                "Set Skip rows to a smaller number, or to none, so that it is guessed.",
            )
        self._pending = self._pending[passed:]
        self._line += count
        return lines

    def first_row(self, separator: str) -> tuple[list[str], int]:
        """The first row that is not blank, and its line; it stays to be read.

        Raises:
            DataError: the file is empty, the row is too long, or its quotes are wrong.
        """
        text = self.beginning()
        self._line_ends(self._pending.tobytes())
        self._refuse_long_line(self._pending)
        for line, row in numbered_rows(lines_of(text), separator, self._shown):
            if not is_blank(row):
                return row, line
        return [""], 1

    def skip_row(self, separator: str) -> None:
        """Go on behind the first row that is not blank."""
        beginning = self.beginning()
        reader = csv_rows(lines_of(beginning), separator, strict=True)
        for row in reader:
            if not is_blank(cells_of(row, separator)):
                break
        lines = itertools.islice(lines_of(beginning), reader.line_num)
        passed = sum(len(line.encode()) for line in lines)
        self._pending = self._pending[passed:]
        self._line += reader.line_num

    def blocks(self, separator: str, size: int = BLOCK) -> Iterator[Block]:
        """The rows from here on; `size` is how many bytes are read at once.

        Raises:
            DataError: a line cannot be decoded, is too long, or opens a quote that nothing closes.
            WrongGuessError: a line is not in the guessed encoding.
        """
        while True:
            if not self._end and len(self._pending) < size:
                self._fill(size)
            content, quotes = self._cut(ord(separator))
            if content is None:
                yield from self._rows(separator, size)
                return
            if content:
                if self._careful or len(quotes) or b"\0" in content or content[-1] == RETURN:
                    ends, returns = self._line_ends(content)
                    yield Block(content, self._line, self._read, quotes, ends, returns)
                else:
                    ends = int(np.count_nonzero(np.frombuffer(content, np.uint8) == NEWLINE))
                    yield Block(content, self._line, self._read, quotes, ends, checked=False)
                self._line += ends
                self._pending = self._pending[len(content) :]
            elif not self._end:
                self._refuse_long_line(self._pending)
                if len(self._pending) > FIRST_BLOCK + LONGEST_LINE:
                    yield from self._rows(separator, size)  # tells which quote is not closed
                    return
                self._fill(size)
            if self._end and not len(self._pending):
                return

    def _fill(self, size: int) -> None:
        """Put at most `size` more bytes of the file behind those that are pending."""
        before = len(self._pending)
        size = min(size, self._size - self._read)
        if self._plain:
            buffer = np.empty(before + size, np.uint8)
            buffer[:before] = self._pending
            got = self._file.readinto(buffer[before:].data)
            buffer = buffer[: before + got]
            fresh = buffer[before:]
            if got == 0 or (len(fresh) and int(fresh.max()) > 127) or self._decoder.getstate()[0]:
                self._decoded(fresh.tobytes(), got == 0)
        else:
            raw = self._file.read(size)
            got = len(raw)
            text = self._decoded(raw, got == 0)
            fresh = np.frombuffer(text.encode("utf-8"), np.uint8)
            buffer = np.concatenate([self._pending, fresh])
        if self._read == 0 and buffer[:3].tobytes() == b"\xef\xbb\xbf":
            buffer = buffer[3:]
        self._read += got
        if got == 0:
            self._end = True
            if len(buffer) and buffer[-1] == 26:  # Ctrl-Z ended texts in old systems
                buffer = buffer[:-1]
        self._pending = buffer

    def _decoded(self, raw: bytes, end: bool) -> str:
        """The text of these bytes of the file, which follow those that are pending."""
        line = self._line + int(np.count_nonzero(self._pending == NEWLINE))
        try:
            text = self._decoder.decode(raw, end)
        except UnicodeError as error:
            start = getattr(error, "start", 0)
            line += raw[:start].count(b"\n")
            if not self._guessed or self._encoding not in GUESSES[:2]:
                raise DataError(
                    f"The file {quoted(self._shown, 120)} is not encoded in {self._encoding}: "
                    f"line {line} cannot be read.",
                    f"Bytes that mean something in {self._encoding} are needed.",
                    "Choose another encoding, for example latin-1, or save the file as UTF-8.",
                ) from None
            if self._plain:
                self._note_beyond_ascii(raw[:start])
                if self._beyond_ascii is not None:
                    raise self._mixed(line, self._beyond_ascii) from None
            raise WrongGuessError from None
        if self._plain:
            self._note_beyond_ascii(raw)
        elif self._guessed and self._encoding in GUESSES:
            self._refuse_utf8(raw, line)
        return text

    def _note_beyond_ascii(self, raw: bytes) -> None:
        if self._beyond_ascii is None and not raw.isascii():
            first = int(np.argmax(np.frombuffer(raw, np.uint8) > 127))
            before = int(np.count_nonzero(self._pending == NEWLINE)) + raw[:first].count(b"\n")
            self._beyond_ascii = self._line + before

    def _refuse_utf8(self, raw: bytes, line: int) -> None:
        """A line of UTF-8 in a file that is not in UTF-8 as a whole."""
        if not _UTF8_SEQUENCE.search(raw):
            return
        other: int | None = self._beyond_ascii
        for found in _LINE_BEYOND_ASCII.finditer(raw):
            number = line + raw[: found.start()].count(b"\n")
            try:
                found.group().decode("utf-8")
            except UnicodeDecodeError:
                other = other or number
            else:
                raise self._mixed(other, number)
        self._beyond_ascii = other

    def _mixed(self, other: int | None, utf8: int) -> DataError:
        if other == utf8:
            return DataError(
                f"The file {quoted(self._shown, 120)} holds bytes of two encodings in line {utf8}: "
                "it is damaged or no text file.",
                "A text file is needed with one row a line and separated columns.",
                "Export the table again as CSV, or choose an encoding, in which all lines are then "
                "read.",
            )
        where = f"line {other} is not" if other is not None else "others are not"
        return DataError(
            f"The file {quoted(self._shown, 120)} mixes two encodings: line {utf8} is in UTF-8, "
            f"{where}.",
            "All lines of a file need the same encoding.",
            "Mend these lines and save the file as UTF-8, or choose an encoding, in which all "
            "lines are then read.",
        )

    def _cut(self, separator: int) -> tuple[bytes | None, np.ndarray]:
        """(the whole rows of the pending bytes, places of the quotes in them); None when a quote
        stands where it neither opens nor closes a cell.
        """
        pending = self._pending
        cut = len(pending) if self._end else _last_line_end(pending)
        content = pending[:cut].tobytes()  # in which a byte is found much quicker
        if b'"' not in content:
            return content, np.empty(0, np.int64)
        quotes = np.flatnonzero(pending == QUOTE)
        if self._end:
            if len(quotes) % 2:
                return None, quotes
        else:
            ends = np.flatnonzero((pending[:-1] == NEWLINE) | (pending[:-1] == RETURN))
            outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
            if not len(outside):
                return b"", quotes
            cut = int(outside[-1]) + 1
            if pending[cut - 1] == RETURN and pending[cut] == NEWLINE:
                cut += 1
        quotes = quotes[quotes < cut]
        regular = _regular(pending, quotes, separator)
        return (pending[:cut].tobytes() if regular else None), quotes

    def _rows(self, separator: str, size: int) -> Iterator[Block]:
        """The rest of the file, row by row."""
        nothing = np.empty(0, np.int64)
        first = self._line
        numbered = numbered_rows(self._lines(size), separator, self._shown, first)
        rows: list[tuple[int, list[str]]] = []
        for row in numbered:
            rows.append(row)
            if len(rows) == _ROWS_AT_ONCE:
                yield Block(b"", rows[0][0], self._read, nothing, rows=rows)
                rows = []
        if rows:
            yield Block(b"", rows[0][0], self._read, nothing, rows=rows)

    def _lines(self, size: int) -> Iterator[str]:
        """The rest of the file, line by line, with their ends."""
        while len(self._pending) or not self._end:
            cut = len(self._pending) if self._end else _last_line_end(self._pending)
            content = self._pending[:cut].tobytes()
            ends, _ = self._line_ends(content)
            yield from io.StringIO(content.decode("utf-8"), newline="")
            self._line += ends
            self._pending = self._pending[cut:]
            if not self._end:
                self._refuse_long_line(self._pending)
                self._fill(size)

    def _line_ends(self, text: bytes) -> tuple[int, bool]:
        """How many lines end in these pending bytes, and whether some end with a return alone.

        Raises:
            DataError: there are characters that no text has.
        """
        content = np.frombuffer(text, np.uint8)
        low = int(np.count_nonzero(content < SPACE))
        ends = int(np.count_nonzero(content == NEWLINE))
        if low == ends:
            return ends, False
        found = None
        if low != ends + sum(int(np.count_nonzero(content == usual)) for usual in (RETURN, TAB)):
            found = _CONTROL.search(text)
        if found is None:
            returns = content == RETURN
            pairs = int(np.count_nonzero(returns[:-1] & (content[1:] == NEWLINE)))
            alone = int(np.count_nonzero(returns)) - pairs
            return ends + alone, alone > 0
        line = self._line + _line_ends(content[: found.start()])
        what = "a NUL byte" if found.group() == b"\0" else "a control character"
        raise DataError(
            f"The file {quoted(self._shown, 120)} holds {what} in line {line}: it is damaged or no "
            "text file.",
            "A text file is needed with one row a line and separated columns.",
            "Export the table again as CSV, or choose another encoding.",
        )

    def _refuse_long_line(self, content: np.ndarray) -> None:
        if len(content) > LONGEST_LINE and not _line_ends(content[: LONGEST_LINE + 1]):
            raise long_line(self._shown, self._line)


def long_line(shown: str, line: int) -> DataError:
    return DataError(
        f"Line {line} of {quoted(shown, 120)} is more than {LONGEST_LINE // MEBIBYTE} MiB long.",
        f"A line may have {LONGEST_LINE // MEBIBYTE} MiB: one row of the table.",
        "Check that the file has line breaks, and that it is a table at all.",
    )


def is_unusual(block: Block) -> bool:
    """Whether a block has control characters, or returns that no newline follows."""
    content = np.frombuffer(block.content, np.uint8)
    others = int(np.count_nonzero(content < SPACE)) - block.ends
    if others:
        others -= int(np.count_nonzero(content == TAB))
    if others:
        returns = content[:-1] == RETURN
        others -= int(np.count_nonzero(returns & (content[1:] == NEWLINE)))
    return others > 0


def _last_line_end(content: np.ndarray) -> int:
    """How many bytes of whole lines there are. A return at the end may be half of a line end."""
    for width in (65_536, len(content)):
        tail = content[max(0, len(content) - width) :].tobytes()
        found = max(tail.rfind(b"\n"), tail.rfind(b"\r", 0, len(tail) - 1))
        if found >= 0:
            return len(content) - len(tail) + found + 1
    return 0


def _line_ends(content: np.ndarray) -> int:
    """How many lines end here, be it with a newline, a return, or both."""
    ends = int(np.count_nonzero(content == NEWLINE))
    returns = content == RETURN
    if returns.any():
        ends += int(np.count_nonzero(returns))
        ends -= int(np.count_nonzero(returns[:-1] & (content[1:] == NEWLINE)))
    return ends


def _regular(content: np.ndarray, quotes: np.ndarray, separator: int) -> bool:
    """Whether each quote opens a cell, closes one, or is half of a pair that stands for a quote."""
    opening, closing = quotes[::2], quotes[1::2]
    if len(opening) != len(closing):
        return False
    places = opening - 1
    before = np.where(places >= 0, content[places], NEWLINE)
    for _ in range(8):  # spaces between separator and quote
        spaces = before == SPACE
        if separator == SPACE or not spaces.any():
            break
        places = np.where(spaces, places - 1, places)
        before = np.where(places >= 0, content[places], NEWLINE)
    pair = content[opening - 1] == QUOTE
    pair[:1] &= opening[:1] > 0
    edges = np.array([separator, NEWLINE, RETURN], np.uint8)
    if not np.all(pair | np.isin(before, edges)):
        return False
    behind = np.append(content, np.uint8(NEWLINE))[closing + 1] if len(closing) else closing
    return bool(np.all((behind == QUOTE) | np.isin(behind, edges)))

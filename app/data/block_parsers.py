"""Blocks of a text table by the parser of pandas, kept from block to block.

`pandas.read_csv` makes a parser and a data frame for each block, which on a large table takes a
third of the whole time. What pandas itself reads large files with since 3.1 (`load_buffer`) does
neither, but is not part of its interface: it is tried on a small text first, and where it is not
there or tells something else, `read_csv` reads everything.
"""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any


class BlockParsers:
    """Parsers with the same options, as many as threads read at a time.

    Args:
        options: as for `pandas.read_csv`, of the C engine.
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._free: list[_Parser] = []

    def columns(self, content: bytes) -> Mapping[int, Any]:
        """The columns of a block, by their names, as pandas has them before they are a data frame.

        Raises:
            pandas.errors.ParserError: a row has more cells than the first.
        """
        try:
            parser = self._free.pop()
        except IndexError:
            parser = _Parser(self._options)
        columns = parser.columns(content)
        self._free.append(parser)  # only where nothing was raised
        return columns


class _Parser:
    def __init__(self, options: Mapping[str, Any]) -> None:
        import pandas as pd

        reader: Any = pd.read_csv(io.BytesIO(b""), iterator=True, **options)
        self._engine = reader._engine
        self._engine._reader.trim_after_read = False

    def columns(self, content: bytes) -> Mapping[int, Any]:
        self._engine._reader.load_buffer(content)
        self._engine._first_chunk = True
        _, _, columns = self._engine.read()
        return columns  # type: ignore[no-any-return]


@cache
def can_parse_blocks() -> bool:
    """Whether this pandas does what is expected of it here; tried once."""
    import pandas as pd

    options: dict[str, Any] = {"header": None, "names": [0, 1, 2], "index_col": False}
    options |= {"low_memory": False, "skip_blank_lines": False, "dtype": {2: "object"}}
    try:
        parsers = BlockParsers(options)
        for text in (b"1,2.5,x\n-3,,\n", b"1,1e400,y\n"):
            found, wanted = parsers.columns(text), pd.read_csv(io.BytesIO(text), **options)
            if not all(wanted[n].equals(pd.Series(found[n], dtype=found[n].dtype)) for n in wanted):
                return False
        try:
            parsers.columns(b"1,2,3\n1,2,3,4\n")
        except pd.errors.ParserError:
            return True
    except Exception:  # noqa: BLE001  whatever another version does, it is another version
        return False
    return False

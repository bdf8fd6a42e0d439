"""Words on the terminal, or in the file or pipe that stands in its place."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from app.core.problems import Problem


def plain(text: str) -> str:
    """`text` without characters that steer a terminal or change how the rest is shown.

    Names come from files that somebody else may have made.
    """
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def settle_streams() -> None:
    """Let a character that the terminal's encoding lacks become a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def say(text: str = "") -> None:
    """A line on the standard output."""
    write(f"{plain(text)}\n", sys.stdout)


def complain(text: str) -> None:
    """A line on the standard error output."""
    write(f"{plain(text)}\n", sys.stderr)


def note(text: str) -> None:
    """A remark that is neither a result nor an error."""
    complain(f"Note: {text}")


def write(text: str, stream: TextIO | None) -> None:
    """Write and flush.

    Once the reader of a pipe has left (`| head`), what is written goes nowhere: the work is done
    all the same.
    """
    if stream is None:  # a program without a console
        return
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def explain(happened: str, expected: str, how_to_fix: str, details: str = "") -> None:
    """The three sentences of an error, on the standard error output; `details` below."""
    lines = (expected, how_to_fix, *details.splitlines())
    complain("\n  ".join((f"Error: {happened}", *lines)))


def aligned(rows: Iterable[Sequence[str]], right: frozenset[int] = frozenset()) -> list[str]:
    """The rows of a table with columns of equal width, two blanks apart.

    Args:
        rows: of equal length.
        right: the columns, from 0, that are flush right.
    """
    table = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]


def problem_lines(problem: Problem) -> list[str]:
    """A problem with its remedies, for people."""
    where = problem.where
    if problem.option is not None and not where.endswith(f".{problem.option}"):
        where = f"{where}.{problem.option}"
    lines = [
        f"{problem.severity}  {where}: {problem.title}",
        f"  {problem.happened}",
        f"  {problem.expected}",
        f"  {problem.how_to_fix}",
    ]
    if problem.fixes:
        lines.append(f"  One click in the window: {', '.join(fix.label for fix in problem.fixes)}")
    return lines


def shape_text(shape: tuple[int, ...] | None) -> str:
    """6 × 6 × 16; a question mark for a shape that is not known."""
    return "?" if shape is None else " × ".join(f"{side:,}" for side in shape)

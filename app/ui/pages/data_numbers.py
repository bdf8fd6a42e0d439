"""How numbers, names and classes of the data look on its page."""

from collections.abc import Sequence
from itertools import takewhile

from PySide6.QtGui import QColor

from app.ui.theme import current_theme


def class_color(index: int) -> QColor:
    """The colour of class `index`, as everywhere in the program."""
    series = current_theme().tokens.series
    return QColor(series[index % len(series)])


def number_text(value: float, whole: bool = False) -> str:
    """A number in a table: two decimals, fewer for large ones, two figures for tiny ones.

    `whole`: of a column that holds whole numbers only.
    """
    if value < 0:
        return f"−{number_text(-value, whole)}"
    size = abs(value)  # 0 has no sign
    if whole or size >= 1000:
        return f"{size:,.0f}"
    if size >= 0.01 or value == 0:
        return f"{size:.2f}"
    return f"{size:.2g}" if size >= 1e-4 else f"{size:.1e}"


def share_text(share: float) -> str:
    """A share of a whole in percent; "0%" and "100%" are none and all."""
    if 0 < share <= 0.005:
        return "<1%"
    return ">99%" if 0.995 <= share < 1 else f"{share:.0%}"


def range_text(value: float, whole: bool) -> str:
    """An end of a range, with less room: "11.0", "0.74", "1,680"."""
    if value < 0:
        return f"−{range_text(-value, whole)}"
    return f"{value:.1f}" if 10 <= value < 1000 and not whole else number_text(value, whole)


def short_name(name: str, most: int = 24) -> str:
    """A name within a sentence, with dots in its middle where it is longer than `most`."""
    if len(name) <= most:
        return name
    head = (most - 1) // 2
    return f"{name[:head]}…{name[head + 1 - most :]}"


def names_apart(names: Sequence[str], most: int = 24) -> list[str]:
    """Names side by side, none longer than `most`; those that would read alike begin shortly before
    the place where they differ.
    """
    short = [short_name(name, most) for name in names]
    alike: dict[str, list[str]] = {}
    for name, text in zip(names, short, strict=True):
        alike.setdefault(text, []).append(name)
    for number, (name, text) in enumerate(zip(names, short, strict=True)):
        if len(alike[text]) > 1 and len(name) > most:
            columns = zip(*alike[text], strict=False)
            same = sum(1 for _ in takewhile(lambda letters: len(set(letters)) == 1, columns))
            start = max(same - 3, 0)
            tail = f"…{name[start:]}" if start else name
            short[number] = tail if len(tail) <= most else f"{tail[: most - 1]}…"
    return short

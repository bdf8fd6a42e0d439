"""Dates in texts: ISO 8601 and the forms that are common in tables, as seconds since 1970."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_CLOCK = r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?)?"
_YEAR_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})[/.-](\d{1,2})" + _CLOCK)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})" + _CLOCK)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class DateTexts:
    """Texts read as dates.

    Attributes:
        seconds: (texts,) float64 since 1970.
        day_first: whether the day comes before the month; None where the year comes first.
        note: a remark in a full sentence, or "".
    """

    seconds: np.ndarray
    day_first: bool | None = None
    note: str = ""


def date_seconds(texts: Sequence[str], day_first: bool | None = None) -> DateTexts | None:
    """The dates that the texts are; None when one is no date.

    Times without a zone are taken for UTC. Where day and month could be exchanged in all texts, the
    day comes first, except between slashes.

    Args:
        day_first: as in texts of the same column that were read before; None: found out.
    """
    if not texts or not _looks_like_a_date(texts[0]):
        return None
    found: bool | None = None
    note = ""
    forms: tuple[Callable[[str], float], ...] = (_iso, _year_first)
    if _YEAR_LAST.fullmatch(texts[0]):
        first, note = _day_first(texts) if day_first is None else (day_first, "")
        found = first
        forms = (lambda text: _year_last(text, first),)
    for form in forms:
        seconds = np.empty(len(texts))
        try:
            for place, text in enumerate(texts):
                seconds[place] = form(text)
        except (ValueError, OverflowError):
            continue
        return DateTexts(seconds, found, note)
    return None


def is_date(text: str) -> bool:
    """Whether this text alone can be read as a date."""
    return date_seconds([text]) is not None


def _looks_like_a_date(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_ISO, _YEAR_FIRST, _YEAR_LAST))


def _iso(text: str) -> float:
    if not _ISO.fullmatch(text):
        raise ValueError
    return _seconds(datetime.fromisoformat(text))


def _year_first(text: str) -> float:
    found = _YEAR_FIRST.fullmatch(text)
    if found is None:
        raise ValueError
    return _moment(int(found[1]), int(found[2]), int(found[3]), found.groups()[3:])


def _year_last(text: str, day_first: bool) -> float:
    found = _YEAR_LAST.fullmatch(text)
    if found is None:
        raise ValueError
    one, two = int(found[1]), int(found[3])
    day, month = (one, two) if day_first else (two, one)
    return _moment(int(found[4]), month, day, found.groups()[4:])


def _day_first(texts: Sequence[str]) -> tuple[bool, str]:
    """Which of the first two numbers is the day, as far as the texts tell, and a remark."""
    first = second = 0
    for text in texts:
        found = _YEAR_LAST.fullmatch(text)
        if found:
            first, second = max(first, int(found[1])), max(second, int(found[3]))
    between = "." if "." in texts[0] else "/" if "/" in texts[0] else "-"
    if first > 12 or second > 12:
        day_first = first > 12
        return day_first, ""
    day_first = between != "/"
    told = f"day{between}month{between}year" if day_first else f"month{between}day{between}year"
    return day_first, f"Its dates were read as {told}; they could be read otherwise too."


def _moment(year: int, month: int, day: int, clock: tuple[str | None, ...]) -> float:
    hour, minute, second = (int(part or 0) for part in clock[:3])
    micro = int((clock[3] or "0").ljust(6, "0"))
    return _seconds(datetime(year, month, day, hour, minute, second, micro, tzinfo=UTC))


def _seconds(moment: datetime) -> float:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(seconds=1)


def dates_of_numbers(numbers: np.ndarray) -> np.ndarray | None:
    """Seconds since 1970 of years (2024) or of days written as one number (20240131); NaN stays.

    Returns:
        (numbers,) float64, or None when they are neither.
    """
    known = numbers[~np.isnan(numbers)]
    if not np.all(known == np.rint(known)):
        return None
    different, places = np.unique(known, return_inverse=True)
    if np.all((different >= 1) & (different <= 9999)):
        days = [(int(number), 1, 1) for number in different]
    elif np.all((different >= 10_101) & (different <= 99_991_231)):
        whole = [int(number) for number in different]
        days = [(number // 10_000, number // 100 % 100, number % 100) for number in whole]
    else:
        return None
    try:
        seconds = np.array([_seconds(datetime(*day, tzinfo=UTC)) for day in days])
    except ValueError:
        return None
    result = np.full(len(numbers), math.nan)
    result[~np.isnan(numbers)] = seconds[places]
    return result


def iso_of_seconds(seconds: float) -> str:
    """2024-01-31, with the time of day where there is one."""
    moment = _EPOCH + timedelta(seconds=seconds)
    text = moment.replace(tzinfo=None).isoformat(sep=" ")
    return text.removesuffix(" 00:00:00")

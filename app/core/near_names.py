"""The known names that a mistyped one may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Up to `count` of the `known` names that look most like `name`, best first; none when nothing
    is near.
    """
    by_lower: dict[str, str] = {}
    for entry in known:
        by_lower.setdefault(entry.lower(), entry)
    lower = name.lower()[:200]
    found = get_close_matches(lower, by_lower, count, cutoff=0.6)
    if len(lower) >= 3:
        found += [entry for entry in by_lower if lower in entry and entry not in found]
    return [by_lower[entry] for entry in found[:count]]

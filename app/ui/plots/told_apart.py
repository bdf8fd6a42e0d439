"""Names in narrow places: what all begin with is left out, so that they can be told apart."""

from collections.abc import Sequence

LEAST = 6
"""A shorter beginning is not worth its dots."""


def told_apart(names: Sequence[str]) -> tuple[str, ...]:
    """`names` without the words that all of them begin with, for which dots stand."""
    shared = 0
    for words in zip(*(name.split(" ")[:-1] for name in names), strict=False):
        if len(set(words)) > 1:
            break
        shared += len(words[0]) + 1
    if len(names) < 2 or shared < LEAST:
        return tuple(names)
    return tuple(f"…{name[shared:]}" for name in names)

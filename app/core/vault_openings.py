"""Openings of the test vault: the moments at which somebody saw how a run does on the test part."""

from typing import Annotated

from pydantic import Field

from app.core.frozen import Frozen, FrozenMap

MOST_KEPT = 500
"""So many openings are kept with a run; the first ones go, their number stays."""


class VaultOpening(Frozen):
    """One look at the test part.

    Attributes:
        date: ISO 8601, to the second, with the offset from UTC.
        number: the how-manieth opening of these test samples in this project, from 1.
        samples: in the test part.
        metrics: the loss and the metrics over it, named as Keras names them.
        vault: which samples these are, as `app.data.test_vault.vault_key` tells.
    """

    date: Annotated[str, Field(min_length=1, max_length=40)]
    number: Annotated[int, Field(ge=1)]
    samples: Annotated[int, Field(ge=1)]
    metrics: FrozenMap = FrozenMap()
    vault: Annotated[str, Field(max_length=64)] = ""


Openings = tuple[VaultOpening, ...]


def times_opened(openings: Openings, vault: str) -> int:
    """How often the samples called `vault` were looked at."""
    return max((one.number for one in openings if one.vault == vault), default=0)


def last_opened(openings: Openings, vault: str) -> str:
    """The date of the last time; "" for never."""
    return max((one.date for one in openings if one.vault == vault), default="")


def together(*groups: Openings) -> Openings:
    """All of them, the oldest first; of very many the last."""
    return tuple(one for group in groups for one in group)[-MOST_KEPT:]

"""Openings of the test vault: the moments at which somebody saw how a run does on the test part."""

from collections.abc import Sequence
from typing import Annotated, NamedTuple

from pydantic import Field

from app.core.data_settings import DataSettings, SplitSettings
from app.core.frozen import Frozen, FrozenMap
from app.core.number_words import day

SOURCE_LETTERS = 32
"""So many letters of a vault's name tell the source, the rest its samples there."""
MOST_KEPT = 500
"""So many openings are kept with a run; the first ones go, their number stays."""


class VaultOpening(Frozen):
    """One look at the test part.

    Attributes:
        date: ISO 8601, to the second, with the offset from UTC.
        number: the how-manieth opening of these test samples, from 1, as far as the project and
            the journal knew.
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


class StudyLook(NamedTuple):
    """A look at the test part while a study was there.

    Attributes:
        date: ISO 8601.
        trials: how many of the study were done by then: what was done later could be chosen by it.
    """

    date: str
    trials: int


def looked_words(looks: Sequence[StudyLook], done: int, planned: int) -> str:
    """That the test part was looked at before the last trial of a study; "" where it was not.

    Args:
        done: how many of its `planned` trials are done now.
    """
    look = next((one for one in looks if one.trials < planned), None)
    if look is None:
        return ""
    done_then = f"{look.trials:,} of {planned:,} trials"
    opened = f"The test vault was opened on {day(look.date)}, when {done_then} were done"
    if done <= look.trials:
        return f"{opened}; what goes on from here may be chosen by what was seen there."
    return (
        f"{opened}: the later ones may have been chosen by what was seen there, and for them its "
        "figures are no honest estimate."
    )


def same_test_part(one: DataSettings, other: DataSettings) -> bool:
    """Whether the test part holds the same samples with both."""
    return _deciding_on_test_part(one) == _deciding_on_test_part(other)


def _deciding_on_test_part(data: DataSettings) -> tuple[object, ...]:
    left = SplitSettings()
    split = data.split.model_copy(
        update={name: getattr(left, name) for name in ("validation_share", "validation_trains")}
    )
    return data.source, split


class Looks(NamedTuple):
    """Looks at some test samples.

    Attributes:
        times: how often.
        last: when for the last time, ISO 8601; "" for never.
        others: how often another test part of the same source was looked at, in which some of these
            samples may have been.
    """

    times: int = 0
    last: str = ""
    others: int = 0


def times_opened(openings: Openings, vault: str) -> int:
    """How often the samples called `vault` were looked at: as often as the openings that are kept
    tell, or as the highest of their numbers does, of which the first may be gone.
    """
    moments = {(one.date, one.number) for one in openings if one.vault == vault}
    return max(len(moments), max((number for _, number in moments), default=0))


def last_opened(openings: Openings, vault: str) -> str:
    """The date of the last time; "" for never."""
    return max((one.date for one in openings if one.vault == vault), default="")


def looks_at(openings: Openings, vault: str, journal: Looks) -> Looks:
    """What a project with these `openings` and the journal know together of the samples `vault`.

    The journal knows those of the project, unless it was kept on another computer.
    """
    return Looks(
        max(times_opened(openings, vault), journal.times),
        max(last_opened(openings, vault), journal.last),
        max(_of_others(openings, vault), journal.others),
    )


def under_one_name(openings: Openings, vault: str, older: str) -> Openings:
    """The openings, those that earlier versions kept under the name `older` called `vault` too."""
    return tuple(
        one.model_copy(update={"vault": vault}) if older and one.vault == older else one
        for one in openings
    )


def _of_others(openings: Openings, vault: str) -> int:
    source = vault[:SOURCE_LETTERS]
    others = {
        one.vault for one in openings if one.vault[:SOURCE_LETTERS] == source and one.vault != vault
    }
    return sum(times_opened(openings, other) for other in others)


def together(*groups: Openings) -> Openings:
    """All of them, the oldest first; of very many the last."""
    return tuple(one for group in groups for one in group)[-MOST_KEPT:]

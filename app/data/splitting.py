"""Which samples train, validate and test."""

from dataclasses import dataclass

import numpy as np

from app.core.data_settings import SplitSettings
from app.core.dataset_catalog import split_counts
from app.core.number_words import counted
from app.core.short_names import quoted
from app.data.errors import DataError
from app.data.raw_data import PART_NAMES, RawData
from app.data.sample_places import place_of

LEFT_TO_CHANCE = 10_000
"""Of so many samples drawn at random each fifth of the whole makes up 20 %, give or take 0.4 % (the
standard deviation, sqrt(0.2 * 0.8 / 10,000)).
"""

Rows = np.ndarray
"""Positions of samples in the source, int64."""


@dataclass(frozen=True)
class SharedOut:
    """The rows of each part, what is to be said of them, and the parts that the source gives."""

    training: Rows
    validation: Rows
    test: Rows
    notes: tuple[str, ...] = ()
    own_parts: tuple[str, ...] = ()


def share_out(raw: RawData, settings: SplitSettings) -> SharedOut:
    """Share out the samples of a source.

    With `settings.own_parts`, samples that the source gives to validation or test stay there, and
    nothing else comes to such a part; a part for which it gives no sample is drawn from the others,
    those that it gives to training among them. The shares are of these others. Without
    `settings.own_parts` all samples are shared out alike.

    With `settings.validation_trains`, all is shared out just so, and then the samples of the
    validation part join the training part: the test part is the same.

    By time, the earliest of them train, then come those that validate, the latest test; samples of
    the same time stay in the order of the source.

    Raises:
        DataError: no sample is left to train on, or a sample has no time.
    """
    given = raw.parts if raw.parts is not None else np.empty(0, np.int8)
    own = tuple(name for number, name in enumerate(PART_NAMES) if np.any(given == number))
    fixed = {
        name: np.flatnonzero(given == number) if settings.own_parts and name in own else None
        for number, name in enumerate(PART_NAMES)
        if name != "training"
    }
    taken = [rows for rows in fixed.values() if rows is not None]
    others = np.arange(len(raw), dtype=np.int64)
    if taken:
        free = np.ones(len(raw), bool)
        for rows in taken:
            free[rows] = False
        others = np.flatnonzero(free)
    drawn = SplitSettings.model_validate(
        {
            **dict(settings),
            **{f"{name}_share": 0.0 for name, rows in fixed.items() if rows is not None},
        }
    )
    if settings.by == "time":
        *parts, notes = _in_time(raw, others, drawn)
    else:
        targets = raw.y[others] if taken else raw.y
        classes = targets if raw.class_names else target_fifths(targets, drawn)
        *places, notes = split_rows(len(others), classes, drawn, raw.class_names)
        parts = [others[place] for place in places] if taken else places
    training = parts[0]
    validation = parts[1] if fixed["validation"] is None else fixed["validation"]
    test = parts[2] if fixed["test"] is None else fixed["test"]
    if settings.validation_trains:
        training, validation = np.concatenate([training, validation]), validation[:0]
        fixed["validation"] = None
    return SharedOut(
        training=training,
        validation=validation,
        test=test,
        notes=(*notes, *_overlap(raw, settings, training, fixed)),
        own_parts=own,
    )


def in_order(rows: Rows, samples: int) -> Rows:
    """Different `rows` of a source of so many samples, ascending; quicker than to sort them."""
    chosen = np.zeros(samples, bool)
    chosen[rows] = True
    return np.flatnonzero(chosen)


def _in_time(
    raw: RawData, others: Rows, settings: SplitSettings
) -> tuple[Rows, Rows, Rows, tuple[str, ...]]:
    counts = _counts(len(others), settings)
    if raw.times is not None:
        times = raw.times[others]
        unknown = np.flatnonzero(np.isnan(times))
        if len(unknown):
            raise DataError(
                f"{place_of(raw, int(others[unknown[0]]))} has no time.",
                "A split by time needs the time of each sample.",
                "Fill in the time, leave the sample out, or let the parts be drawn at random.",
            )
        others = others[np.argsort(times, kind="stable")]
    first, second = counts[0], counts[0] + counts[1]
    return others[:first], others[first:second], others[second:], ()


def _overlap(
    raw: RawData, settings: SplitSettings, training: Rows, fixed: dict[str, Rows | None]
) -> tuple[str, ...]:
    """A note where a part of the source's own begins before the training part ends."""
    if settings.by != "time" or raw.times is None:
        return ()
    end = raw.times[training].max()
    return tuple(
        f"The {name} part is the source's own and begins before the training part ends."
        for name, rows in fixed.items()
        if rows is not None and raw.times[rows].min() < end
    )


def _counts(samples: int, settings: SplitSettings) -> tuple[int, int, int]:
    """Raises DataError when none is left to train on."""
    counts = split_counts(samples, settings.validation_share, settings.test_share)
    if counts[0] < 1:
        raise DataError(
            f"Of {samples} samples none is left to train on.",
            "The training part needs at least one sample.",
            "Use more samples, or make the validation and test parts smaller.",
        )
    return counts


def split_rows(
    samples: int,
    classes: np.ndarray | None,
    settings: SplitSettings,
    class_names: tuple[str, ...] = (),
) -> tuple[Rows, Rows, Rows, tuple[str, ...]]:
    """Share out the samples 0 to `samples` - 1 as scikit-learn's `train_test_split` does, seeded.

    Args:
        samples: how many there are.
        classes: (samples,) class numbers, or None where there are none (regression).
        settings: shares, seed, and whether each part gets the classes in the proportions of the
            whole.
        class_names: for messages.

    Returns:
        the rows of the training, validation and test part, each in random order, and notes.

    Raises:
        DataError: no sample is left to train on.
    """
    counts = _counts(samples, settings)
    strata = classes if settings.stratified else None
    notes: list[str] = []
    if strata is not None:
        strata, notes = _small_joined(strata, sum(count > 0 for count in counts), class_names)
    rest = np.arange(samples, dtype=np.int64)
    parts: dict[str, Rows] = {}
    for name, count in (("test", counts[2]), ("validation", counts[1])):
        if count == 0:
            parts[name] = rest[:0]
            continue
        stratify = strata if strata is None or len(rest) == samples else strata[rest]
        if stratify is not None and not _can_stratify(stratify, count):
            notes.append(
                f"The {name} part was drawn without regard to the classes: "
                f"{counted(count, 'sample')}, too few to hold each of them."
            )
            stratify = None
        kept, drawn = _drawn(len(rest), count, settings.seed, stratify)
        first = len(rest) == samples
        rest, parts[name] = (kept, drawn) if first else (rest[kept], rest[drawn])
    if settings.validation_share == 0.0 and settings.test_share == 0.0:
        rest = np.random.default_rng(settings.seed).permutation(rest)
    return rest, parts["validation"], parts["test"], tuple(notes)


def target_fifths(targets: np.ndarray, settings: SplitSettings) -> np.ndarray | None:
    """Strata for regression: to which fifth of the samples, by the first target, each belongs;
    of equal targets the first ones to the lower fifth.

    With them each part gets low and high targets in the proportions of the whole; a part of some
    dozens of samples drawn without regard to that is easily too easy or too hard.

    Args:
        targets: (samples, targets).
        settings: shares of the parts.

    Returns:
        (samples,) 0 to 4, or None when a part is too small to hold samples of each fifth, or all
        are so large that chance alone gives each fifth its share.
    """
    samples = len(targets)
    counts = split_counts(samples, settings.validation_share, settings.test_share)
    smallest = min((count for count in counts if count > 0), default=0)
    if smallest < 5 or smallest >= LEFT_TO_CHANCE:
        return None
    values = np.ascontiguousarray(targets.reshape(samples, -1)[:, 0])
    lowest = [-(-fifth * samples // 5) for fifth in range(1, 5)]  # the lowest rank of each
    fifths = np.zeros(samples, np.int8)
    for rank, value in zip(lowest, np.sort(values)[lowest], strict=True):  # quicker than in part
        equal = np.flatnonzero(values == value)
        below = rank - int(np.count_nonzero(values < value))
        fifths += values > value
        fifths[equal[below:]] += 1
    return fifths


def _drawn(
    samples: int, count: int, seed: int, strata: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """(positions of those that stay, of the `count` that are drawn): to the last one what
    `train_test_split` of scikit-learn draws, whose lists take longer for a million samples than all
    the rest of the preparation.
    """
    generator = np.random.RandomState(seed)  # that is what scikit-learn draws with
    if strata is None:
        order = generator.permutation(samples)
        return order[count:], order[:count]
    sizes = np.bincount(strata)
    present = np.flatnonzero(sizes)
    sizes = sizes[present]
    stay = _proportional(sizes, samples - count, generator)
    draw = _proportional(sizes - stay, count, generator)
    small = strata.astype(np.min_scalar_type(int(strata.max())))  # sorted in one pass, or two
    members = np.split(np.argsort(small, kind="stable"), np.cumsum(sizes)[:-1])
    kept, drawn = [], []
    for member, first, second in zip(members, stay, draw, strict=True):
        generator.shuffle(member)  # in place: what `member[permutation(size)]` is, but quicker
        kept.append(member[:first])
        drawn.append(member[first : first + second])
    stays, goes = np.concatenate(kept), np.concatenate(drawn)
    generator.shuffle(stays)
    generator.shuffle(goes)
    return stays, goes


def _proportional(sizes: np.ndarray, count: int, generator: np.random.RandomState) -> np.ndarray:
    """How many of each stratum make up `count`: rounded down, what is missing goes to those with
    the largest remainders, equal ones at random; as in scikit-learn's `_approximate_mode`.
    """
    exact = sizes / sizes.sum() * count
    whole = np.floor(exact)
    missing = int(count - whole.sum())
    remainders = exact - whole
    for value in np.sort(np.unique(remainders))[::-1]:
        if missing <= 0:
            break
        (places,) = np.nonzero(remainders == value)
        added = min(len(places), missing)
        whole[generator.choice(places, size=added, replace=False)] += 1
        missing -= added
    return np.asarray(whole, np.int64)


def _can_stratify(strata: np.ndarray, count: int) -> bool:
    """Whether scikit-learn can: each side has room for each class, each class two samples."""
    sizes = np.bincount(strata)
    sizes = sizes[sizes > 0]
    return len(sizes) <= min(count, len(strata) - count) and int(sizes.min()) >= 2


def _small_joined(
    strata: np.ndarray, parts: int, class_names: tuple[str, ...]
) -> tuple[np.ndarray, list[str]]:
    """`strata` in which classes with fewer samples than there are parts are one stratum, together
    with the largest class when they are still too few; and a note.
    """
    sizes = np.bincount(strata)
    small = np.flatnonzero((sizes > 0) & (sizes < parts))
    if not len(small):
        return strata, []
    joined = strata.copy()
    joined[np.isin(strata, small)] = small[0]
    if sizes[small].sum() < parts:
        joined[joined == small[0]] = np.argmax(sizes)
    names = [class_names[c] if c < len(class_names) else str(c) for c in small.tolist()]
    if len(small) == 1:
        samples = "only 1 sample" if sizes[small[0]] == 1 else f"only {sizes[small[0]]} samples"
        return joined, [
            f"The class {quoted(names[0])} has {samples}, too few for {parts} parts; "
            "it is in some of them only."
        ]
    listed = ", ".join(quoted(name) for name in names[:5]) + (", ..." if names[5:] else "")
    return joined, [
        f"{len(small)} classes ({listed}) have fewer samples than there are parts ({parts}); "
        "each is in some of them only."
    ]

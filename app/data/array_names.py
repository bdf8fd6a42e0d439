"""Which array of an archive holds the inputs and which the targets: guessed by name and shape."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.data.array_file import ArrayHead
from app.data.raw_data import ANY, TEST, TRAINING, VALIDATION

_INPUTS = ("x", "inputs", "input", "images", "image", "imgs", "features", "data", "samples")
_TARGETS = ("y", "targets", "target", "labels", "label", "classes", "class", "t")
"""Base names, the most telling first."""
_PARTS = {
    "train": TRAINING,
    "training": TRAINING,
    "tr": TRAINING,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "dev": VALIDATION,
    "test": TEST,
    "testing": TEST,
    "te": TEST,
}
_GLUED = re.compile(r"(x|y)(train|val|valid|test)|(train|val|valid|test)(x|y)")
PICTURE_WORDS = frozenset({"images", "image", "imgs", "pictures", "photos"})


@dataclass(frozen=True)
class ArrayPair:
    """Inputs and their targets, by the names of the arrays.

    Attributes:
        part: `ANY`, or the part that their names say.
    """

    inputs: str
    targets: str
    part: int = ANY


@dataclass(frozen=True)
class ArrayName:
    """What a name says: the base, in lower case, and the part."""

    base: str
    part: int


def read_name(name: str) -> ArrayName:
    """x_train, train_images, Xtest: base and part; `ANY` where it names no part."""
    words = [word for word in re.split(r"[^a-z0-9]+", name.lower()) if word]
    glued = _GLUED.fullmatch("".join(words))
    if glued:
        base, part = glued[1] or glued[4], glued[2] or glued[3]
        return ArrayName(base, _PARTS[part])
    parts = [word for word in words if word in _PARTS]
    rest = [word for word in words if word not in _PARTS]
    if len(parts) == 1 and rest:
        return ArrayName("_".join(rest), _PARTS[parts[0]])
    return ArrayName("_".join(words), ANY)


def guess_pairs(
    heads: Sequence[ArrayHead], inputs: str | None = None, targets: str | None = None
) -> tuple[ArrayPair, ...]:
    """Which arrays go together: one pair, or one for each part, training first; empty when nothing
    can be guessed.

    Args:
        heads: of the arrays of an archive.
        inputs, targets: names that the user chose.
    """
    usable = [head for head in heads if not head.obstacle and head.shape]
    read = {head.name: read_name(head.name) for head in usable}
    if inputs is None:
        free = [name for name in read if name != targets]
        inputs = _first(free, read, _INPUTS) or _largest(
            [h for h in usable if h.name in free and read[h.name].base not in _TARGETS], heads
        )
    if inputs is None:
        return ()
    if targets is None:
        targets = _target_for(inputs, usable, read)
    if targets is None:
        return ()
    first = ArrayPair(inputs, targets, read_name(inputs).part)
    if first.part == ANY or read_name(targets).part != first.part:
        return (ArrayPair(inputs, targets),)
    if first.part != TRAINING:
        return (ArrayPair(inputs, targets),)
    pairs = [first]
    for part in (VALIDATION, TEST):
        x = _of(read, read_name(inputs).base, part)
        y = _of(read, read_name(targets).base, part)
        if x is not None and y is not None:
            pairs.append(ArrayPair(x, y, part))
    return tuple(pairs) if len(pairs) > 1 else (ArrayPair(inputs, targets),)


def _first(
    names: Collection[str],
    read: dict[str, ArrayName],
    bases: Sequence[str],
    part: int | None = None,
) -> str | None:
    """The name with the most telling base; of the same base that of the training part."""
    found = [
        (part_of != TRAINING, bases.index(base), part_of, name)
        for name in names
        for base, part_of in [(read[name].base, read[name].part)]
        if base in bases and part in (None, part_of)
    ]
    return min(found)[-1] if found else None


def _largest(usable: Sequence[ArrayHead], heads: Sequence[ArrayHead]) -> str | None:
    """Of two arrays without telling names the one with more axes, or with more columns."""
    numbers = [head for head in usable if head.dtype.kind in "biuf"]
    if not numbers or len(heads) > 2:
        return None
    return max(numbers, key=lambda head: (len(head.shape), *head.shape[1:])).name


def _target_for(inputs: str, usable: Sequence[ArrayHead], read: dict[str, ArrayName]) -> str | None:
    samples = next((head.shape[0] for head in usable if head.name == inputs), None)
    fitting = [h.name for h in usable if h.name != inputs and h.shape[0] == samples]
    part = read_name(inputs).part
    named = _first(fitting, read, _TARGETS, part) or _first(fitting, read, _TARGETS)
    if named is not None:
        return named
    # One that is of another length is the target all the same: then its length is the mistake.
    others = [head.name for head in usable if head.name != inputs]
    named = _first(others, read, _TARGETS, part)
    return named or (others[0] if len(others) == 1 else None)


def _of(read: dict[str, ArrayName], base: str, part: int) -> str | None:
    return next((name for name, said in read.items() if said == ArrayName(base, part)), None)

"""Windows that slide over one or two axes: how many places they take."""

from dataclasses import dataclass

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_kinds.kind import RemoveLayer, SetOptions, Shape, ShapeError, line, shape_text
from app.core.resolved_project import ArithmeticLine


@dataclass(frozen=True)
class Window:
    """A window and how it slides; all tuples have one entry for each axis.

    Attributes:
        option: the option that holds `size`, for complaints.
        noun: what to call it: "Kernel" or "Pool".
    """

    size: tuple[int, ...]
    strides: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str
    option: str
    noun: str

    @property
    def spans(self) -> tuple[int, ...]:
        """How many numbers the window reaches over: d (k - 1) + 1."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.size, self.dilation, strict=True))


def option_value(sizes: tuple[int, ...]) -> OptionValue:
    """Sizes as an option holds them: one whole number for one axis."""
    return sizes if len(sizes) > 1 else sizes[0]


def places(window: Window, sides: Shape) -> tuple[Shape, tuple[ArithmeticLine, ...]]:
    """How many places the window takes along each axis, and the arithmetic.

    valid: floor((n - span)/s) + 1; same: ceil(n/s), as Keras and TensorFlow have it; causal: valid
    behind span - 1 zeros.

    Raises:
        ShapeError: when the window is larger than what it slides over and the padding is "valid".
    """
    if window.padding == "valid" and any(k > n for k, n in zip(window.spans, sides, strict=True)):
        raise _too_large(window, sides)
    found = [
        _places(n, k, s, d, window.padding)
        for n, k, s, d in zip(sides, window.size, window.strides, window.dilation, strict=True)
    ]
    return tuple(count for count, _ in found), side_lines(
        tuple((text, count) for count, text in found)
    )


def _places(n: int, k: int, s: int, d: int, padding: str) -> tuple[int, str]:
    span = d * (k - 1) + 1
    span_text = str(k) if d == 1 else f"({d}*({k} - 1) + 1)"
    if padding == "valid":
        border, exact = 0, (n - span) % s == 0
        count = (n - span) // s + 1
    elif padding == "causal":
        exact = (n - 1) % s == 0
        inner = f"({n} - {span_text} + {span - 1})/{s}"
        return (n - 1) // s + 1, f"{inner if exact else f'floor({inner})'} + 1"
    else:
        count = -(-n // s)
        if s > 1 or span % 2 == 0:
            # The border differs between the two ends, so the usual formula does not hold.
            return count, f"{n}/{s}" if n % s == 0 else f"ceil({n}/{s})"
        border, exact = (span - 1) // 2, True
    inner = f"({n} - {span_text} + 2*{border})/{s}"
    return count, f"{inner if exact else f'floor({inner})'} + 1"


def side_lines(texts: tuple[tuple[str, int], ...]) -> tuple[ArithmeticLine, ...]:
    """One line for each axis, or a single one where all are alike."""
    if len(texts) == 1:
        return (line(*texts[0], "steps"),)
    if len(set(texts)) == 1:
        return (line(*texts[0], "side"),)
    return tuple(
        line(*t, label) for t, label in zip(texts, axis_labels(len(texts) + 1)[:-1], strict=True)
    )


_LABELS = {2: ("steps",), 3: ("height", "width"), 4: ("depth", "height", "width")}


def axis_labels(rank: int) -> tuple[str, ...]:
    """What the axes of a sample are called, the channels last."""
    known = _LABELS.get(rank)
    return (*(known or (f"axis {axis}" for axis in range(1, rank))), "channels")


def _too_large(window: Window, sides: Shape) -> ShapeError:
    spans = shape_text(window.spans)
    fitting = tuple(min(k, n) for k, n in zip(window.size, sides, strict=True))
    smaller: dict[str, OptionValue] = {window.option: option_value(fitting)}
    if max(window.dilation) > 1:
        smaller["dilation_rate"] = option_value((1,) * len(sides))
    noun = window.noun.lower()
    return ShapeError(
        f"{window.noun} {spans} over {shape_text(sides)}",
        f"The {noun} reaches over {spans} but only {shape_text(sides)} comes in, so it fits"
        " nowhere.",
        f"With padding “valid” the {noun} may be at most as large as what comes in.",
        f"Set padding to “same”, or make the {noun} smaller.",
        option=window.option,
        remedies=(
            SetOptions(FrozenMap(padding="same"), "Set padding to same"),
            SetOptions(FrozenMap(smaller), f"Set {noun} to {shape_text(fitting)}"),
            RemoveLayer(),
        ),
    )

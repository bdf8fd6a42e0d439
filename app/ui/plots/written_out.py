"""One number of a map written out as arithmetic, with so many digits that the arithmetic holds."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.ui.plots.map_figures import decimal, figures

if TYPE_CHECKING:
    from app.diagnostics.microscope import Weighing, Workings

MOST_TERMS = 25
"""So many numbers of a sum are written out."""
FIGURES = (5, 6, 7, 8, 9)
"""Of a term; nine tell every number of 32 bits from every other."""
MORE_DECIMALS = 4
PLAIN = ("linear", "relu")
"""Activations whose result has the digits of what they get."""
AMONG_ALL = ("softmax", "log_softmax", "sparsemax")


@dataclass(frozen=True)
class Digits:
    """How numbers of the workings are written.

    Attributes:
        terms: significant figures of the input and of the weights.
        sums: decimals of the sum of each plane and of the bias.
        results: decimals of what the activation gets; None of pooling.
    """

    terms: int = 5
    sums: int = 4
    results: int | None = None

    def term(self, value: float) -> str:
        """A number of the input, or a weight."""
        return figures(value, self.terms)

    def sum(self, value: float) -> str:
        """The sum of a plane, or the bias."""
        return decimal(value, self.sums)

    def product(self, value: float, weight: float) -> str:
        """Of both, as the two that are written give it, too."""
        written = _number(self.term(value)) * _number(self.term(weight))
        for count in range(self.terms - 1, 1, -1):
            text = figures(value * weight, count)
            if text == figures(written, count):
                return text
        return figures(value * weight, 2)


def digits_of(found: "Workings", plane: int) -> Digits:
    """The fewest digits for which the sums of `plane` and of all planes hold as they are written,
    to the last digit of what is behind their equals signs.
    """
    weighing = found.weighing
    if weighing is None:
        return Digits()
    numbers = [*weighing.sums.tolist(), weighing.before, weighing.bias or 0.0]
    least = max(_decimals(max(map(abs, numbers)), 5), _decimals(weighing.before, 3) + 1)
    least += weighing.activation not in PLAIN
    alone = len(weighing.sums) == 1 and weighing.bias is None
    best = Digits(5, least, least if alone else max(0, least - 1))
    for more in range(MORE_DECIMALS):
        sums = least + more
        for terms in FIGURES:
            tried = Digits(terms, sums, sums if alone else max(0, sums - 1))
            if _plane_holds(found, plane, tried):
                best = tried
                break
        if _whole_holds(weighing, best):
            return best
    return best


def result_text(found: "Workings", value: float, digits: Digits) -> str:
    """What comes out, written."""
    if found.weighing is None:
        return digits.term(value)
    if found.weighing.activation in PLAIN and digits.results is not None:
        return decimal(value, digits.results)
    return figures(value, 4)


def arithmetic(found: "Workings", plane: int) -> str:
    """How the number comes about, written out; `plane` in full."""
    digits = digits_of(found, plane)
    ends = f"the number in the map: {result_text(found, found.value, digits)}"
    if found.weighing is None:
        return "\n".join((*_pooled(found, digits), ends))
    return "\n".join((*_summed(found, found.weighing, plane, digits), ends))


def _pooled(found: "Workings", digits: Digits) -> list[str]:
    every = found.patch[~found.outside]
    terms = [digits.term(value) for value in every.tolist()]
    computed = digits.term(found.computed)
    if found.operation == "maximum":
        assert found.winner is not None
        plane, row, column = found.winner
        place = input_words(found, row, column)
        if len(found.planes) > 1:  # of a volume
            place = f"{found.planes[plane]}, {place}"
        listed = ", ".join(_shortened(terms))
        return [f"max({listed})", f"  = {computed}, found at {place} of the input"]
    listed = " + ".join(_shortened([_bracketed(term) for term in terms]))
    total = digits.term(float(every.sum()))
    return [f"({listed}) / {len(every)}", f"  = {total} / {len(every)} = {computed}"]


def _summed(found: "Workings", weighing: "Weighing", plane: int, digits: Digits) -> list[str]:
    values, weights = _met(found, weighing, plane)
    terms = [
        f"{_bracketed(digits.term(value))}·{_bracketed(digits.term(weight))}"
        for value, weight in zip(values, weights, strict=True)
    ]
    sums = [digits.sum(value) for value in weighing.sums.tolist()]
    assert digits.results is not None
    before = decimal(weighing.before, digits.results)
    lines = [
        f"{found.planes[plane]}: {' + '.join(_shortened(terms)) or 'nothing'}",
        f"  = {sums[plane]}",
    ]
    bias = "" if weighing.bias is None else _bracketed(digits.sum(weighing.bias))
    if len(sums) > 1:
        listed = " + ".join([*_shortened([_bracketed(s) for s in sums]), *([bias] * bool(bias))])
        lines += [f"all {len(sums)}{' and the bias' if bias else ''}: {listed}", f"  = {before}"]
    elif bias:
        lines.append(f"with bias: {sums[0]} + {bias} = {before}")
    if not bias:
        lines.append("no bias")
    if weighing.activation == "linear":
        lines.append("no activation in this layer: linear")
    else:
        among = f" among {found.shape[-1]} channels" if weighing.activation in AMONG_ALL else ""
        computed = result_text(found, found.computed, digits)
        lines.append(f"{weighing.activation}({before}){among} = {computed}")
    return lines


def input_words(found: "Workings", row: int, column: int) -> str:
    """Where a number under the window stands in the input, counted from 1."""
    if found.inputs.shape[1] == 1:
        return f"step {found.columns[column] + 1}"
    return f"row {found.rows[row] + 1}, column {found.columns[column] + 1}"


# ---- whether it holds
def _plane_holds(found: "Workings", plane: int, digits: Digits) -> bool:
    weighing = found.weighing
    assert weighing is not None
    values, weights = _met(found, weighing, plane)
    if len(values) > MOST_TERMS:
        return True  # nobody can add up what is not all there
    total = sum(
        _number(digits.term(value)) * _number(digits.term(weight))
        for value, weight in zip(values, weights, strict=True)
    )
    return digits.sum(total) == digits.sum(float(weighing.sums[plane]))


def _whole_holds(weighing: "Weighing", digits: Digits) -> bool:
    if len(weighing.sums) > MOST_TERMS or digits.results is None:
        return True
    total = sum(_number(digits.sum(value)) for value in weighing.sums.tolist())
    total += _number(digits.sum(weighing.bias or 0.0))
    return decimal(total, digits.results) == decimal(weighing.before, digits.results)


def _met(found: "Workings", weighing: "Weighing", plane: int) -> tuple[list[float], list[float]]:
    """The numbers of the input that the window meets in a plane, and their weights."""
    inside = ~found.outside[plane]
    values: np.ndarray = found.patch[plane][inside]
    weights: np.ndarray = weighing.filter[plane][inside]
    return values.tolist(), weights.tolist()


def _decimals(value: float, count: int) -> int:
    """So many decimals show `count` figures of a number."""
    if value == 0 or not math.isfinite(value):
        return 0
    return min(max(count - 1 - math.floor(math.log10(abs(value))), 0), 10)


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _bracketed(text: str) -> str:
    """In brackets where a sign would run into another one."""
    return f"({text})" if text.startswith("−") else text


def _shortened(terms: list[str]) -> list[str]:
    if len(terms) <= MOST_TERMS:
        return terms
    return [*terms[:MOST_TERMS], f"… {len(terms) - MOST_TERMS} more"]

"""Configurations of layers that say the same in other words."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.core.layer_kinds.kind import LayerKind

Shape = tuple[int, ...]

_IGNORED = frozenset(
    ("name", "seed", "shared_object_id", "registered_name", "module", "build_config")
)
"""What may differ between two configurations of the same layer."""
_OUTSIDE = frozenset(("trainable",))
"""What the network's layer tells, not its options."""


def settled(kind: LayerKind, config: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The configuration of a layer of `kind` with one spelling for each meaning.

    Args:
        shape: of a sample that comes in.
    """
    said = {name: value for name, value in config.items() if name not in _OUTSIDE}
    return {name: _plainly(kind, said, name, shape) for name in said}


def _plainly(kind: LayerKind, said: Mapping[str, Any], name: str, shape: Shape) -> Any:
    spell = _SPELLINGS.get((kind.wraps or kind.name, name)) or _SPELLINGS.get(("", name))
    return spell(kind, said, said[name], shape) if spell else said[name]


_Spelling = Callable[[LayerKind, Mapping[str, Any], Any, Shape], Any]


def _last_axis(kind: LayerKind, _said: Mapping[str, Any], axis: Any, shape: Shape) -> Any:
    """The last axis as -1, unless the kind has an option for it."""
    rank = len(shape)
    return -1 if kind.option("axis") is None and axis in (rank, [rank], (rank,)) else axis


def _all_axes(_kind: LayerKind, _said: Mapping[str, Any], axes: Any, shape: Shape) -> Any:
    """All axes of attention as None."""
    return None if list(axes or ()) == list(range(1, len(shape))) else axes


def _own_noise(_kind: LayerKind, _said: Mapping[str, Any], noise: Any, shape: Shape) -> Any:
    """Noise of the shape of what comes in as None."""
    if not isinstance(noise, Sequence) or len(noise) != len(shape) + 1:
        return noise
    own = noise[0] is None and all(a in (None, b) for a, b in zip(noise[1:], shape, strict=True))
    return None if own else noise


def _both_ways(_kind: LayerKind, _said: Mapping[str, Any], factor: Any, _shape: Shape) -> Any:
    """0.1 as (-0.1, 0.1)."""
    return [-abs(factor), abs(factor)] if _is_number(factor) else factor


def _for_both(_kind: LayerKind, _said: Mapping[str, Any], axes: Any, _shape: Shape) -> Any:
    return [axes, axes] if _is_number(axes) else axes


def _sizes(_kind: LayerKind, said: Mapping[str, Any], sizes: Any, shape: Shape) -> Any:
    """The sizes behind an equation without dots, those of what comes in filled in."""
    form = re.fullmatch(r"([a-zA-Z]+),[a-zA-Z]+->([a-zA-Z]+)", str(said.get("equation")))
    if form is None or not isinstance(sizes, Sequence):
        return sizes
    coming = dict(zip(form[1][1:], shape, strict=False))
    letters = form[2][1:]
    if len(letters) != len(sizes):
        return sizes
    filled = zip(letters, sizes, strict=True)
    return [coming.get(letter) if size is None else size for letter, size in filled]


_SPELLINGS: dict[tuple[str, str], _Spelling] = {
    ("", "axis"): _last_axis,
    ("", "attention_axes"): _all_axes,
    ("", "noise_shape"): _own_noise,
    ("RandomTranslation", "height_factor"): _both_ways,
    ("RandomTranslation", "width_factor"): _both_ways,
    ("RandomZoom", "height_factor"): _both_ways,
    ("RandomZoom", "width_factor"): _both_ways,
    ("Dot", "axes"): _for_both,
    ("EinsumDense", "output_shape"): _sizes,
}
"""By kind ("" for all) and argument."""


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def differences(config: Mapping[str, Any], again: Mapping[str, Any]) -> set[str]:
    """The arguments in which two configurations of a layer are not the same."""
    names = (config.keys() | again.keys()) - _IGNORED
    return {name for name in names if not _same(config.get(name), again.get(name))}


def _same(one: Any, other: Any) -> bool:
    if _is_penalty(one) and _is_penalty(other):
        return all(
            math.isclose(one["config"].get(k, 0.0), other["config"].get(k, 0.0), rel_tol=1e-6)
            for k in ("l1", "l2")
        )
    if _is_policy(one) or _is_policy(other):
        return bool(_is_policy(one) and _is_policy(other) and one["config"] == other["config"])
    if isinstance(one, dict) and isinstance(other, dict):
        return all(
            _same(one.get(key), other.get(key)) for key in (one.keys() | other.keys()) - _IGNORED
        )
    # One axis is written as a number before a layer is built, and as a list of one after.
    one, other = _bare(one), _bare(other)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, float) or isinstance(other, float):
        numbers = isinstance(one, int | float) and isinstance(other, int | float)
        return numbers and math.isclose(one, other, rel_tol=1e-6)
    return bool(one == other)


def _bare(value: Any) -> Any:
    return value[0] if isinstance(value, list | tuple) and len(value) == 1 else value


def _is_policy(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("class_name")).endswith("DTypePolicy")


def _is_penalty(value: Any) -> bool:
    return isinstance(value, dict) and value.get("class_name") in ("L1", "L2", "L1L2")

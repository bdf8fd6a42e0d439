"""Pooling whose strides are larger than its window, as in the shortcuts of ResNet V2: output and
gradient are those of a plain loop, and no drawn case ends the process.
"""

import itertools
import random

import keras
import numpy as np
import pytest
import tensorflow as tf

CASES = 60
Sizes = tuple[int, ...]


def parts_seen(n: Sizes, pool: Sizes, strides: Sizes, same: bool) -> list[list[slice]]:
    """For each axis the parts of the input that the windows see; Keras's documentation."""
    found = []
    for size, window, step in zip(n, pool, strides, strict=True):
        count = -(-size // step) if same else (size - window) // step + 1
        before = max((count - 1) * step + window - size, 0) // 2 if same else 0
        starts = [i * step - before for i in range(count)]
        found.append([slice(max(s, 0), min(s + window, size)) for s in starts])
    return found


def pooled(
    x: np.ndarray, seen: list[list[slice]], largest: bool, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The output, and the gradient of sum(weight * output) by `x`."""
    output: np.ndarray = np.zeros_like(weight)
    gradient: np.ndarray = np.zeros_like(x)
    axes = tuple(range(1, x.ndim - 1))
    at: tuple[slice | int, ...]
    for place in itertools.product(*(range(len(parts)) for parts in seen)):
        part = (slice(None), *[parts[i] for parts, i in zip(seen, place, strict=True)])
        at = (slice(None), *place)
        window = x[part]
        arriving = np.expand_dims(weight[at], axes)
        if largest:
            output[at] = window.max(axes)
            gradient[part] += arriving * (window == window.max(axes, keepdims=True))
        else:
            output[at] = window.mean(axes)
            gradient[part] += arriving / np.prod([window.shape[axis] for axis in axes])
    return output, gradient


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("name", ["Max", "Average"])
def test_strides_above_the_window_skip_what_lies_between(name: str, axes: int) -> None:
    chance = random.Random(f"{name} {axes}")
    draws = np.random.default_rng(axes)
    tried = 0
    while tried < CASES:
        n, pool, strides = (
            tuple(chance.randint(1, most) for _ in range(axes)) for most in (9, 4, 9)
        )
        same = chance.random() < 0.5
        fits = same or all(p <= size for p, size in zip(pool, n, strict=True))
        if not fits or all(s <= p for s, p in zip(strides, pool, strict=True)):
            continue
        tried += 1
        layer = getattr(keras.layers, f"{name}Pooling{axes}D")(
            *((pool, strides) if axes > 1 else (pool[0], strides[0])),
            padding="same" if same else "valid",
        )
        x = draws.normal(size=(2, *n, 2)).astype("float32")
        seen = parts_seen(n, pool, strides, same)
        weight = draws.normal(size=(2, *map(len, seen), 2)).astype("float32")
        given = tf.constant(x)
        with tf.GradientTape() as tape:
            tape.watch(given)
            output = layer(given)
            total = tf.reduce_sum(output * weight)
        expected, slope = pooled(x, seen, name == "Max", weight)
        np.testing.assert_allclose(output, expected, atol=1e-5)
        np.testing.assert_allclose(tape.gradient(total, given), slope, atol=1e-5)

"""The random numbers of a model, kept from what only looks at it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import tensorflow as tf


@contextmanager
def random_state_kept(model: Any) -> Iterator[None]:
    """What the block draws does not count: afterwards the random numbers go on as if it had not
    been.

    Some layers of Keras draw in use too (the dropout of a recurrent layer, RandomHue): without
    this, a look at a model in training would change what it learns. Works eagerly and while a
    function is traced.
    """
    states = [v for v in model.variables if v.name == "seed_generator_state"]
    before = [tf.identity(tf.convert_to_tensor(state.value)) for state in states]
    yield
    for state, value in zip(states, before, strict=True):
        state.assign(value)


@contextmanager
def python_random_fixed(seed: int = 0) -> Iterator[None]:
    """What the block draws from Python's own generator follows from `seed`; afterwards the
    generator goes on as if it had not been.

    AugMix chooses its operations by it, once for all while a function is traced, and a layer
    without a seed takes one from it.
    """
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)

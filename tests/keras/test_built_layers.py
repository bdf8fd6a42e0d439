"""The builder makes exactly the layer that the inspector shows.

What Keras itself says of a built layer, `get_config()`, is compared with the options one by one, by
rules written down here and not by those of the builder; then it is read back into options.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Layer
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    complete,
    errors_in,
)
from app.core.weight_rules import AxesOption, RuleOption
from app.modeling.build import keras_layer
from app.modeling.errors import ModelingError
from app.modeling.keras_objects import effective_options, options_from_config

SETS = 20
KINDS = [kind for kind in LAYER_KINDS.values() if not kind.makes_input and kind.name != CLOSED_KIND]
Said = Mapping[str, Any]

DERIVED: Mapping[str, Callable[[FrozenMap], OptionValue]] = {
    # Where the inspector shows none, Keras works a value out and says that.
    "strides": lambda options: options["pool_size"],
    "value_dim": lambda options: options["key_dim"],
    "sequence_length": lambda options: options["fft_length"],
    "max_freq": lambda options: float(int(str(options["sampling_rate"])) // 2),
}
NOT_SAID_BY_THE_OPTIONS = {
    # (kind, argument): set by the layer itself from an option.
    ("Hashing", "dtype"),
    *((name, "zero_output_for_mask") for name in LAYER_KINDS if name.startswith("Bidirectional")),
}


def drawn(option: Option, chance: random.Random) -> OptionValue:
    """An allowed value of `option`."""
    if option.optional and chance.random() < 0.4:
        return None
    if isinstance(option, ChoiceOption):
        return chance.choice(option.values)
    if isinstance(option, FlagOption):
        return chance.random() < 0.5
    if isinstance(option, FloatOption):
        low = -3.0 if option.minimum is None else max(option.minimum, -3.0)
        high = 3.0 if option.maximum is None else min(option.maximum, 3.0)
        return float(f"{chance.uniform(low + 1e-3, high - 1e-3):.6g}")
    if isinstance(option, IntegerOption):
        low_end = 1 if option.minimum is None else option.minimum
        return chance.randint(low_end, min(option.maximum or 9, low_end + 8))
    if isinstance(option, AxesOption):
        return tuple(chance.sample(range(option.axes), chance.randint(1, option.axes)))
    if isinstance(option, ShapeOption):
        least = 1 if option.minimum is None else option.minimum
        length = option.length or chance.randint(1, 4)
        same = chance.random() < 0.5
        numbers = [chance.randint(least, least + 4) for _ in range(length)]
        return (numbers[0],) * length if same else tuple(numbers)
    return option.default


def drawn_options(kind: LayerKind, chance: random.Random) -> FrozenMap:
    """Options of which about a third are not the default; they pass every check."""
    while True:
        options = FrozenMap(
            {
                option.name: drawn(option, chance) if chance.random() < 0.35 else option.default
                for option in kind.options
            }
        )
        lengths = {len(v) for v in options.values() if isinstance(v, tuple)}
        fits = not is_border(kind) or lengths <= {1, int(kind.name[-2]), 2 * int(kind.name[-2])}
        fits &= options.get("sampling_rate") != 1  # half of it, the highest frequency, is then 0
        if fits and not errors_in(kind.options, options):
            return options


def shown_by(option: Option, options: FrozenMap) -> OptionValue:
    """What the inspector shows of an option, its default if it hides it."""
    return options[option.name] if option.applies(options) else option.default


def is_said(option: Option, options: FrozenMap, said: Any) -> bool:
    """Whether what Keras says of an argument is what the inspector shows."""
    shown = shown_by(option, options)
    if isinstance(option, RuleOption):
        if shown is None:
            return said is None
        rule = option.rule(shown)
        assert rule is not None
        if said["class_name"] != rule.class_name or said["module"] != f"keras.{option.rules}":
            return False
        behind = {c.name: c for c in option.companions}
        return all(
            is_equal(shown_by(behind[f"{option.name}_{name}"], options), value)
            for name, value in said["config"].items()
            if name not in ("seed", "input_axes", "output_axes")
        ) and {f"{option.name}_{name}" for name in said["config"]} >= {
            name for name, companion in behind.items() if companion.applies(options)
        }
    return is_equal(shown, said)


def is_equal(shown: OptionValue, said: Any) -> bool:
    """Numbers that Keras holds as float32 have seven digits; one number may stand for all axes."""
    if isinstance(shown, tuple):
        numbers = list(said) if isinstance(said, list | tuple) else [said]
        flat = [n for one in numbers for n in (one if isinstance(one, list | tuple) else [one])]
        if flat != numbers:  # a border, as a pair for each axis
            return flat[0::2] == flat[1::2] == list(shown)
        return numbers == list(shown)
    if isinstance(said, list | tuple) and len(said) == 1:
        return is_equal(shown, said[0])
    if isinstance(shown, bool) or isinstance(said, bool):
        return shown is said
    if isinstance(shown, float) and isinstance(said, int | float):
        return said == pytest.approx(shown, rel=2e-7)
    return type(shown) is type(said) and bool(shown == said)


def told(kind: LayerKind, layer: Any) -> dict[str, Any]:
    """What Keras says of a layer; of one in a wrapper together with the wrapper."""
    said: dict[str, Any] = layer.get_config()
    if kind.wraps:
        inside = said.pop("layer")["config"]
        said = {**inside, **{name: said[name] for name in kind.wrapper_options}}
    elif is_border(kind):
        (name,) = (option.name for option in kind.options if isinstance(option, ShapeOption))
        said[name] = tuple(np.ravel(said[name]).tolist())
    elif kind.options_from is not None:
        said = said | kind.options_from(said)
    # Keras leaves this one out where there is none.
    return {"activity_regularizer": None} | said


def is_border(kind: LayerKind) -> bool:
    return kind.name.startswith(("ZeroPadding", "Cropping"))


def ends(kind: LayerKind, value: OptionValue) -> OptionValue:
    """What is put on or cut off before and behind each axis, from one number for all ends, one for
    each axis, or one for each end.
    """
    axes = int(kind.name[-2])
    assert isinstance(value, tuple)
    if len(value) == 2 * axes:
        return value
    return tuple(n for n in (value * axes if len(value) == 1 else value) for _ in range(2))


def as_shown(kind: LayerKind, option: Option, options: FrozenMap) -> FrozenMap:
    if is_border(kind) and isinstance(option, ShapeOption):
        return options.set(option.name, ends(kind, options[option.name]))
    if shown_by(option, options) is None and option.name in DERIVED:
        if option.name != "strides" or "pool_size" in options:
            return options.set(option.name, DERIVED[option.name](options))
    return options


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_keras_says_of_a_layer_what_the_inspector_shows(kind: LayerKind) -> None:
    chance = random.Random(f"built layers of {kind.name}")
    companions = {c.name for option in kind.options for c in option.companions}
    names = {option.name for option in kind.options}
    usual = told(kind, keras_layer(Layer(id="subject", kind=kind.name)))
    made = 0
    for _ in range(8 * SETS):
        options = drawn_options(kind, chance)
        try:
            layer = keras_layer(Layer(id="subject", kind=kind.name, options=options))
        except ModelingError:
            continue  # options that do not go together; the shape rules tell so
        said = told(kind, layer)
        shown = options
        for option in kind.options:
            if option.name not in companions:
                shown = as_shown(kind, option, shown)
                assert is_said(option, shown, said[option.name]), (option.name, shown, said)
        for name in said.keys() - names - {"seed"}:
            if (kind.name, name) not in NOT_SAID_BY_THE_OPTIONS:
                assert said[name] == usual[name], name
        assert layer.name == "subject"
        back, strange = options_from_config(kind.options, said)
        assert strange == ()
        for option in kind.options:
            back = as_shown(kind, option, back)
        assert back == effective_options(kind.options, shown)
        made += 1
        if made == (SETS if names else 1):
            break
    assert made == (SETS if names else 1)


def test_this_test_sees_a_difference() -> None:
    """Each option alone is changed in what Keras is said to have said; it is noticed."""
    kind = LAYER_KINDS["Conv2D"]
    options = complete(
        kind.options,
        FrozenMap(
            kernel_initializer="random_normal",
            kernel_regularizer="l1",
            bias_constraint="min_max_norm",
        ),
    )
    said = keras_layer(Layer(id="subject", kind="Conv2D", options=options)).get_config()
    others = keras_layer(
        Layer(
            id="subject",
            kind="Conv2D",
            options=options.set("kernel_initializer_stddev", 0.06)
            .set("kernel_regularizer_l1", 0.02)
            .set("bias_constraint_rate", 0.5)
            .set("kernel_size", (3, 4))
            .set("filters", 17),
        )
    ).get_config()
    changed = {o.name for o in kind.options if o.name in said and said[o.name] != others[o.name]}
    assert changed == {
        "kernel_initializer",
        "kernel_regularizer",
        "bias_constraint",
        "kernel_size",
        "filters",
    }
    for option in kind.options:
        if option.name in said:
            assert is_said(option, options, others[option.name]) == (option.name not in changed)

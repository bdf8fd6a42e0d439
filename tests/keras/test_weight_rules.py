"""Initializers, regularizers and constraints: complete, with Keras's meaning, and back again."""

import inspect
import random
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.frozen import FrozenMap, OptionValue
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.options import ChoiceOption, FloatOption, Option, errors_in
from app.core.weight_rules import (
    ARGUMENTS_LEFT_OUT,
    LEFT_OUT,
    RULES,
    AxesOption,
    RuleOption,
    WeightRule,
    rule_option,
)
from app.modeling.keras_objects import (
    arguments_from_options,
    keras_rule,
    options_from_config,
    rule_from_config,
)

EVERY = [(rules, rule) for rules, table in RULES.items() for rule in table.values()]
IDS = [rule.name for _, rule in EVERY]
OTHER_DEFAULTS = {
    # (class, argument): ours, and why it is not Keras's.
    ("L1L2", "l1"): 0.01,  # Keras's 0 does nothing
    ("L1L2", "l2"): 0.01,
    ("MinMaxNorm", "max_value"): 2.0,  # one field with that of MaxNorm
}
DRAWS = 20


def drawn(option: Option, chance: random.Random) -> OptionValue:
    """An allowed value of any size; numbers as people type them, with six digits."""
    if option.optional and chance.random() < 0.2:
        return None
    if isinstance(option, ChoiceOption):
        return chance.choice(option.values)
    if isinstance(option, AxesOption):
        axes = chance.sample(range(option.axes), chance.randint(1, option.axes))
        return tuple(axis - option.axes if chance.random() < 0.3 else axis for axis in axes)
    assert isinstance(option, FloatOption)
    low, high = option.minimum, option.maximum
    assert low is not None
    assert high is not None
    largest = min(high, 10.0 ** chance.randint(-6, 6))
    return float(f"{chance.uniform(max(low, -largest), largest):.6g}")


def drawn_arguments(rule: WeightRule, chance: random.Random) -> dict[str, OptionValue]:
    return {argument.name: drawn(argument, chance) for argument in rule.arguments}


@pytest.mark.parametrize("rules", RULES)
def test_every_rule_of_keras_is_there_or_left_out_for_a_reason(rules: str) -> None:
    module = getattr(keras, rules)
    classes = {made.__name__ for made in vars(module).values() if inspect.isclass(made)}
    ours = {rule.class_name for rule in RULES[rules].values()}
    assert classes == ours | (classes & set(LEFT_OUT))
    assert not ours & set(LEFT_OUT)


def test_what_is_left_out_exists() -> None:
    classes = {
        made.__name__
        for rules in RULES
        for made in vars(getattr(keras, rules)).values()
        if inspect.isclass(made)
    }
    assert set(LEFT_OUT) <= classes


def test_stft_fits_hardly_any_weights() -> None:
    """The reason for leaving it out: what it draws has one channel whatever was asked for."""
    drawn_kernel = keras.initializers.STFT()((5, 3, 4), "float32")
    assert drawn_kernel.shape == (5, 1, 4)


@pytest.mark.parametrize(("rules", "rule"), EVERY, ids=IDS)
def test_arguments_are_those_of_keras(rules: str, rule: WeightRule) -> None:
    made = getattr(getattr(keras, rules), rule.class_name)
    expected = {p.name: p.default for p in inspect.signature(made).parameters.values()}
    ours = {argument.name for argument in rule.arguments}
    names = {name: {name, f"{rule.class_name}.{name}"} for name in expected}
    left_out = {name for name, ways in names.items() if ways & set(ARGUMENTS_LEFT_OUT)}
    assert set(expected) == ours | left_out
    assert not ours & left_out
    for argument in rule.arguments:
        default = OTHER_DEFAULTS.get((rule.class_name, argument.name), expected[argument.name])
        assert argument.default == ((default,) if argument.name == "axis" else default)
    if not rule.arguments:
        assert type(getattr(keras, rules).get(rule.name)) is made


def test_the_gain_of_identity_is_left_out_as_long_as_keras_forgets_it() -> None:
    config = keras.initializers.serialize(keras.initializers.Identity(gain=3.0))
    assert keras.initializers.deserialize(config).gain == 1.0, "Keras mended it: put it in"


@pytest.mark.parametrize(("rules", "rule"), EVERY, ids=IDS)
def test_options_become_the_keras_object_and_back(rules: str, rule: WeightRule) -> None:
    chance = random.Random(rule.name)
    for _ in range(DRAWS):
        arguments = drawn_arguments(rule, chance)
        made = keras_rule(rules, rule.name, arguments)
        assert type(made) is getattr(getattr(keras, rules), rule.class_name)
        config = getattr(keras, rules).serialize(made)
        back = rule_from_config(rules, config)
        assert back == (rule.name, FrozenMap(arguments))
        again = keras_rule(rules, *back)
        assert getattr(keras, rules).serialize(again) == config


@pytest.mark.parametrize(("rules", "rule"), EVERY, ids=IDS)
def test_the_object_has_the_arguments_given(rules: str, rule: WeightRule) -> None:
    """Read from the attributes, not by the way back."""
    arguments = drawn_arguments(rule, random.Random(f"attributes of {rule.name}"))
    made = keras_rule(rules, rule.name, arguments)
    for name, value in arguments.items():
        held = getattr(made, name)
        if name == "axis":
            assert (held if held is None else np.atleast_1d(held).tolist()) == (
                value if value is None else list(value)  # type: ignore[arg-type]
            )
        elif isinstance(value, float):
            assert float(held) == pytest.approx(value, rel=1e-7)
        else:
            assert held == value


@pytest.mark.parametrize(
    ("rules", "config"),
    [
        ("initializers", "glorot_uniform"),
        ("initializers", {"class_name": "Mine", "config": {}}),
        ("initializers", {"class_name": "function", "config": "zeros"}),
        ("initializers", {"class_name": "Zeros", "config": {}, "module": "mine"}),
        ("initializers", {"class_name": "Zeros", "config": {}, "registered_name": "a>Zeros"}),
        ("initializers", {"class_name": "Zeros", "config": {"more": 1}}),
        ("initializers", {"class_name": "Zeros"}),
        ("initializers", {"class_name": "HeNormal", "config": {"input_axes": [0]}}),
        ("initializers", {"class_name": "Constant", "config": {"value": {"class_name": "__n__"}}}),
        ("initializers", {"class_name": "Constant", "config": {"value": float("nan")}}),
        ("initializers", {"class_name": "Constant", "config": {"value": True}}),
        ("initializers", {"class_name": "VarianceScaling", "config": {"mode": "fan_none"}}),
        ("regularizers", {"class_name": "L1", "config": {"l1": -1.0}}),
        ("regularizers", {"class_name": "Zeros", "config": {}}),
        ("constraints", {"class_name": "MaxNorm", "config": {"axis": [0, 0]}}),
        ("constraints", {"class_name": "MaxNorm", "config": {"axis": []}}),
        ("constraints", {"class_name": "MaxNorm", "config": {"axis": "0"}}),
        ("constraints", None),
        ("constraints", 3),
    ],
)
def test_what_no_entry_can_hold_is_told(rules: str, config: Any) -> None:
    assert rule_from_config(rules, config) is None


def test_a_seed_is_no_hindrance() -> None:
    seeds = (None, 7, keras.random.SeedGenerator(3))
    for seed in seeds:
        config = keras.initializers.serialize(keras.initializers.RandomNormal(0.5, 0.25, seed=seed))
        assert rule_from_config("initializers", config) == (
            "random_normal",
            FrozenMap(mean=0.5, stddev=0.25),
        )


# ---------------------------------------------------------------- what the help says is so

SHAPE = (400, 300)


def sampled(name: str, **arguments: OptionValue) -> np.ndarray:
    keras.utils.set_random_seed(11)
    return np.asarray(keras_rule("initializers", name, arguments)(SHAPE, "float32"), np.float64)


@pytest.mark.parametrize(
    ("name", "arguments", "variance", "bound"),
    [
        ("glorot_uniform", {}, 2 / 700, np.sqrt(6 / 700)),
        ("glorot_normal", {}, 2 / 700, None),
        ("he_uniform", {}, 2 / 400, np.sqrt(6 / 400)),
        ("he_normal", {}, 2 / 400, None),
        ("lecun_uniform", {}, 1 / 400, np.sqrt(3 / 400)),
        ("lecun_normal", {}, 1 / 400, None),
        ("variance_scaling", {"scale": 3.0, "mode": "fan_out"}, 3 / 300, None),
        ("variance_scaling", {"scale": 3.0, "mode": "fan_avg"}, 3 / 350, None),
        ("variance_scaling", {"distribution": "untruncated_normal"}, 1 / 400, None),
        (
            "variance_scaling",
            {"scale": 2.0, "distribution": "uniform"},
            2 / 400,
            np.sqrt(3 * 2 / 400),
        ),
        ("random_normal", {"stddev": 0.3}, 0.09, None),
        ("random_uniform", {"minval": -0.3, "maxval": 0.3}, 0.36 / 12, 0.3),
        # The variance of the normal distribution cut off at two deviations is 0.77374 of the whole.
        ("truncated_normal", {"stddev": 0.3}, 0.09 * 0.7737413, 0.6),
    ],
)
def test_a_random_initializer_has_the_variance_that_its_help_says(
    name: str, arguments: dict[str, OptionValue], variance: float, bound: float | None
) -> None:
    values = sampled(name, **arguments)
    assert values.var() == pytest.approx(variance, rel=0.02)
    assert abs(values.mean()) < 5 * np.sqrt(variance / values.size)
    if bound is not None:
        assert 0.99 * bound < np.abs(values).max() <= bound * (1 + 1e-6)


def test_plain_initializers() -> None:
    assert (sampled("zeros") == 0).all()
    assert (sampled("ones") == 1).all()
    assert (sampled("constant", value=0.25) == 0.25).all()
    np.testing.assert_array_equal(sampled("identity"), np.eye(*SHAPE))
    q = sampled("orthogonal", gain=2.0)
    np.testing.assert_allclose(q.T @ q, 4 * np.eye(300), atol=1e-5)
    assert sampled("random_normal", mean=1.5).mean() == pytest.approx(1.5, abs=1e-3)


def test_regularizers_add_what_their_help_says() -> None:
    w = np.array([[0.5, -2.0, 1.0], [3.0, 0.25, -1.0]], "float32")

    def added(name: str, **arguments: OptionValue) -> float:
        return float(keras_rule("regularizers", name, arguments)(tf.constant(w)))

    assert added("l1", l1=0.1) == pytest.approx(0.1 * 7.75)
    assert added("l2", l2=0.1) == pytest.approx(0.1 * 15.3125)
    assert added("l1_l2", l1=0.1, l2=0.2) == pytest.approx(0.1 * 7.75 + 0.2 * 15.3125)
    for mode, rows in (("rows", w), ("columns", w.T)):
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        pairs = [(i, j) for i in range(len(unit)) for j in range(i)]
        cosines = [abs(float(unit[i] @ unit[j])) for i, j in pairs]
        assert added("orthogonal_regularizer", factor=0.5, mode=mode) == pytest.approx(
            0.5 * np.mean(cosines), rel=1e-5, abs=1e-7
        )


def test_constraints_do_what_their_help_says() -> None:
    w = np.random.default_rng(0).normal(size=(3, 3, 4, 5)).astype("float32")

    def lengths(v: np.ndarray) -> np.ndarray:
        found: np.ndarray = np.sqrt(np.square(v).sum(axis=(0, 1, 2)))
        return found

    def kept(name: str, **arguments: OptionValue) -> np.ndarray:
        values: np.ndarray = np.asarray(keras_rule("constraints", name, arguments)(w))
        return values

    axis = (0, 1, 2)
    np.testing.assert_allclose(lengths(kept("unit_norm", axis=axis)), 1, rtol=1e-5)
    limit = float(np.median(lengths(w)))
    np.testing.assert_allclose(
        lengths(kept("max_norm", max_value=limit, axis=axis)),
        np.minimum(lengths(w), limit),
        rtol=1e-5,
    )
    half = kept("min_max_norm", min_value=limit, max_value=limit, rate=0.5, axis=axis)
    np.testing.assert_allclose(lengths(half), (lengths(w) + limit) / 2, rtol=1e-5)
    np.testing.assert_array_equal(kept("non_neg"), np.maximum(w, 0))
    whole = kept("unit_norm", axis=None)
    assert np.sqrt(np.square(whole).sum()) == pytest.approx(1.0, rel=1e-5)


# ---------------------------------------------------------------- in layers

UNITS = {
    # Kind: the weights, and the axes over which those of one unit lie (Keras's documentation of
    # MaxNorm; a filter of the transposed convolution lies over all but the second last axis).
    "Dense": ("kernel", (0,)),
    "Conv1D": ("kernel", (0, 1)),
    "Conv2D": ("kernel", (0, 1, 2)),
    "Conv2DTranspose": ("kernel", (0, 1, 3)),
    "DepthwiseConv2D": ("depthwise", (0, 1)),
    "SeparableConv2D": ("pointwise", (0, 1, 2)),
}


@pytest.mark.parametrize("kind", UNITS)
def test_the_length_of_a_unit_is_taken_over_all_its_weights(kind: str) -> None:
    weights, axes = UNITS[kind]
    option = LAYER_KINDS[kind].option(f"{weights}_constraint_axis")
    assert option is not None
    assert option.default == axes


def _weights_with_rules() -> list[tuple[str, RuleOption]]:
    return [
        (kind.name, option)
        for kind in LAYER_KINDS.values()
        for option in kind.options
        if isinstance(option, RuleOption)
    ]


def test_only_rules_that_fit_the_axes_are_offered() -> None:
    for axes in (1, 2, 3, 4, 5):
        shape = (3, 2, 2, 2, 4)[-axes:]
        for rules in RULES:
            option = rule_option(rules, "x", "X", None, "X.", group="X", axes=axes)
            for name in option.values:
                made = keras_rule(rules, name, {})
                if rules == "initializers":
                    assert made(shape, "float32").shape == shape
                else:
                    made(tf.ones(shape))
            for name in set(RULES[rules]) - set(option.values):
                made = keras_rule(rules, name, {})
                weights = (shape, "float32") if rules == "initializers" else (tf.ones(shape),)
                with pytest.raises(ValueError, match=r"2D|rank 2|two-dimensional"):
                    made(*weights)


def test_an_option_that_does_not_apply_counts_with_its_default() -> None:
    table = LAYER_KINDS["Dense"].options
    given = FrozenMap(
        use_bias=False,
        bias_initializer="no such thing",
        bias_regularizer="l1",
        bias_regularizer_l1=-3.0,
        kernel_initializer="he_normal",
        kernel_initializer_stddev=-1.0,
    )
    arguments = arguments_from_options(table, given)
    assert arguments["bias_initializer"] == "zeros"
    assert arguments["bias_regularizer"] is None
    assert arguments["kernel_initializer"] == "he_normal"
    options, strange = options_from_config(table, keras.layers.Dense(**arguments).get_config())
    assert strange == ()
    assert options["bias_initializer"] == "zeros"
    # What a foreign file says of a bias that is not there is no hindrance either.
    foreign = keras.layers.Dense(
        3, use_bias=False, bias_initializer=keras.initializers.Orthogonal()
    )
    options, strange = options_from_config(table, foreign.get_config())
    assert strange == ()
    assert options["bias_initializer"] == "zeros"


def test_rules_that_do_not_fit_the_weights_are_told() -> None:
    table = LAYER_KINDS["Conv2D"].options
    layer = keras.layers.Conv2D(
        3,
        3,
        kernel_initializer="identity",
        kernel_regularizer="orthogonal_regularizer",
        bias_constraint=keras.constraints.MaxNorm(axis=2),
    )
    _, strange = options_from_config(table, layer.get_config())
    assert strange == ("kernel_initializer", "kernel_regularizer", "bias_constraint")


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.sampled_from(("relu", "valid", "Zeros", "L2", "MaxNorm", "function", "keras.initializers"))
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("class_name", "config", "module", "registered_name", "l2", "axis")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_whatever_a_configuration_holds_the_options_are_allowed_or_it_is_told(
    data: st.DataObject,
) -> None:
    table = LAYER_KINDS["Conv2D"].options
    honest = keras.layers.Conv2D(3, 3, name="honest").get_config()
    names = data.draw(st.lists(st.sampled_from(sorted(honest)), max_size=4, unique=True))
    config = honest | {name: data.draw(json_values) for name in names}
    options, strange = options_from_config(table, config)
    assert errors_in(table, options) == {}
    assert set(strange) <= set(names)


FORGETFUL = {"SimpleRNN", "TimeDistributed"}
"""Classes that take a penalty on the output and forget it."""


@pytest.mark.parametrize(
    "kind",
    [k for k in LAYER_KINDS.values() if k.keras_class.startswith("keras.layers.")],
    ids=lambda kind: kind.name,
)
def test_all_weights_of_a_layer_have_the_rules_that_its_class_takes(kind: LayerKind) -> None:
    if kind.makes_input:
        return
    outer = kind.keras_class.rpartition(".")[2]
    name = kind.wraps or outer
    taken = {
        argument
        for argument in inspect.signature(getattr(keras.layers, name)).parameters
        if argument.endswith(("_initializer", "_regularizer", "_constraint"))
    }
    if {outer, name} & FORGETFUL:
        taken.discard("activity_regularizer")
    assert {option.name for option in kind.options if isinstance(option, RuleOption)} == taken


@pytest.mark.parametrize(
    "layer",
    [
        lambda: keras.layers.SimpleRNN(2, activity_regularizer="l2"),
        lambda: keras.layers.TimeDistributed(keras.layers.Dense(2, activity_regularizer="l2")),
    ],
)
def test_a_penalty_is_forgotten_as_long_as_it_is_not_offered(layer: Callable[[], Any]) -> None:
    made = layer()
    made(np.ones((1, 3, 2), "float32"))
    assert made.losses == [], "Keras mended it: offer it"

"""Shapes, counts and the arithmetic shown, against independent counting; problems and their fixes.

Keras itself is asked in tests/keras.
"""

import ast
import math
import pickle
import time
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, new_layer
from app.core.network import Layer, Link, Network, chain, insert_after, with_option
from app.core.numbers_option import NumbersOption
from app.core.options import (
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    ShapeOption,
    TextOption,
)
from app.core.problems import Problem
from app.core.project import Project
from app.core.resolve import resolve
from app.core.resolved_project import ResolvedLayer
from app.core.shape_inference import infer_layer, infer_network

Shape = tuple[int, ...]


def built(*layers: tuple[str, dict[str, Any]]) -> Network:
    network = Network()
    for kind, options in layers:
        layer = new_layer(network, kind, **options)
        network = Network(layers=(*network.layers, layer))
    return chain(network.layers)


def inferred(kind: str, shape: Shape, **options: Any) -> ResolvedLayer:
    resolved, problems = infer_layer(new_layer(Network(), kind, **options), (shape,))
    assert problems == ()
    return resolved


def problem_of(kind: str, shape: Shape, **options: Any) -> Problem:
    resolved, problems = infer_layer(
        Layer(id="subject", kind=kind, options=FrozenMap(options)), (shape,)
    )
    assert resolved.output_shape is None
    assert resolved.parameters is None
    (problem,) = problems
    return problem


def project_with(network: Network) -> Project:
    return Project(data=DataSettings(source=BuiltinSource(name="digits")), network=network)


def lines(resolved: ResolvedLayer) -> list[tuple[str, str]]:
    return [(line.text, line.label) for line in resolved.arithmetic]


def value_of(expression: str) -> Fraction:
    """The value of the arithmetic as a reader would work it out: exact, no Python evaluation."""

    def walk(node: ast.expr) -> Fraction:
        match node:
            case ast.Constant(value=int(number)):
                return Fraction(number)
            case ast.BinOp(left=left, op=op, right=right):
                a, b = walk(left), walk(right)
                if isinstance(op, ast.Add):
                    return a + b
                if isinstance(op, ast.Sub):
                    return a - b
                if isinstance(op, ast.Mult):
                    return a * b
                assert isinstance(op, ast.Div)
                return a / b
            case ast.Call(func=ast.Name(id=name), args=[inner]):
                rounding = {"floor": math.floor, "ceil": math.ceil}[name]
                return Fraction(rounding(walk(inner)))
        raise AssertionError(ast.dump(node))

    return walk(ast.parse(expression, mode="eval").body)


def check_arithmetic(resolved: ResolvedLayer) -> None:
    """Every line is true, and its result is the number it speaks of."""
    assert resolved.output_shape is not None
    results: dict[str, Fraction] = {}
    for line in resolved.arithmetic:
        expression, _, result = line.text.rpartition(" = ")
        results[line.label] = value_of(expression)
        assert results[line.label] == Fraction(result.replace(",", "")), line.text
    sides = resolved.output_shape[:-1]
    expected = {
        "params": resolved.parameters,
        "fixed": resolved.fixed_parameters,
        "steps": sides[0] if sides else None,
        "side": sides[-1] if sides else None,
        "places": sides[-1] if sides else None,
        "depth": sides[-3] if len(sides) > 2 else None,
        "height": sides[-2] if len(sides) > 1 else None,
        "width": sides[-1] if len(sides) > 1 else None,
        "channels": resolved.output_shape[-1],
        "values": math.prod(resolved.output_shape),
    }
    for label, value in results.items():
        if label not in ("depthwise", "pointwise", "each step"):
            assert value == expected[label], (label, resolved)
    if resolved.parameters:
        assert "params" in results


def windows(n: int, kernel: int, stride: int, dilation: int, padding: str) -> int:
    """How many places a window takes, by trying every one."""
    span = dilation * (kernel - 1) + 1
    if padding == "valid":
        return sum(1 for start in range(n) if start % stride == 0 and start + span <= n)
    return sum(1 for start in range(n) if start % stride == 0)


# ---------------------------------------------------------------- what is drawn


def test_the_network_of_the_drawing() -> None:
    network = built(
        ("InputLayer", {}),
        ("Conv2D", {"filters": 16}),
        ("MaxPooling2D", {}),
        ("Flatten", {}),
        ("Dense", {"units": 64}),
        ("Dropout", {"rate": 0.3}),
        ("Dense", {"units": 10, "activation": "softmax"}),
    )
    layers, problems = infer_network(network, (8, 8, 1))
    assert problems == ()
    assert [layer.output_shape for layer in layers] == [
        (8, 8, 1), (6, 6, 16), (3, 3, 16), (144,), (64,), (64,), (10,),
    ]  # fmt: skip
    assert [layer.parameters for layer in layers] == [0, 160, 0, 0, 9280, 0, 650]
    assert lines(layers[1]) == [
        ("(8 - 3 + 2*0)/1 + 1 = 6", "side"),
        ("(3*3*1 + 1)*16 = 160", "params"),
    ]
    assert lines(layers[3]) == [("3*3*16 = 144", "values")]
    assert lines(layers[4]) == [("(144 + 1)*64 = 9,280", "params")]
    assert layers[1].multiply_adds == 6 * 6 * 16 * 9
    assert layers[4].multiply_adds == 144 * 64
    assert layers[1].output_bytes == 4 * 6 * 6 * 16


def test_the_lectures_example_is_counted_exactly_and_at_once() -> None:
    """256×256×3 numbers times a width of 1e9: 196,608 × 1e9 weights and 1e9 biases."""
    network = built(("InputLayer", {}), ("Flatten", {}), ("Dense", {"units": 10**9}))
    begin = time.process_time()
    layers, problems = infer_network(network, (256, 256, 3))
    assert time.process_time() - begin < 0.5
    assert problems == ()
    assert layers[-1].parameters == 196_609_000_000_000
    assert lines(layers[-1]) == [("(196608 + 1)*1000000000 = 196,609,000,000,000", "params")]


# ---------------------------------------------------------------- rules against counting


sides_of = st.integers(1, 40)


@given(
    st.tuples(sides_of, sides_of), st.integers(1, 8),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.tuples(st.integers(1, 4), st.integers(1, 4)), st.integers(1, 3),
    st.sampled_from(["valid", "same"]), st.booleans(),
)  # fmt: skip
def test_a_convolution_against_trying_every_place(
    sides: Shape, channels: int, kernel: Shape, strides: Shape, dilation: int, padding: str,
    bias: bool,
) -> None:  # fmt: skip
    if max(strides) > 1:
        dilation = 1
    options = FrozenMap(
        filters=6, kernel_size=kernel, strides=strides, dilation_rate=(dilation, dilation),
        padding=padding, use_bias=bias,
    )  # fmt: skip
    layer = Layer(id="c", kind="Conv2D", options=options)
    resolved, problems = infer_layer(layer, ((*sides, channels),))
    places = [
        windows(n, k, s, dilation, padding) for n, k, s in zip(sides, kernel, strides, strict=True)
    ]
    if 0 in places:
        assert [p.option for p in problems] == ["kernel_size"]
        return
    assert problems == ()
    weights = sum(channels for _ in range(kernel[0] * kernel[1]))
    assert resolved.output_shape == (*places, 6)
    assert resolved.parameters == 6 * weights + (6 if bias else 0)
    assert resolved.multiply_adds == places[0] * places[1] * 6 * weights
    check_arithmetic(resolved)


@given(sides_of, st.integers(1, 6), st.integers(1, 6), st.sampled_from(["valid", "same"]))
def test_pooling_against_trying_every_place(n: int, pool: int, stride: int, padding: str) -> None:
    options = FrozenMap(pool_size=pool, strides=stride, padding=padding)
    layer = Layer(id="p", kind="MaxPooling1D", options=options)
    resolved, problems = infer_layer(layer, ((n, 5),))
    count = windows(n, pool, stride, 1, padding)
    if count == 0:
        assert [p.option for p in problems] == ["pool_size"]
    else:
        assert resolved.output_shape == (count, 5)
        check_arithmetic(resolved)


@pytest.mark.parametrize(
    ("options", "shape", "expected"),
    [
        ({"strides": (2, 2)}, (8, 8, 1), "floor((8 - 3 + 2*0)/2) + 1 = 3"),
        ({"strides": (2, 2)}, (9, 9, 1), "(9 - 3 + 2*0)/2 + 1 = 4"),
        ({"padding": "same"}, (8, 8, 1), "(8 - 3 + 2*1)/1 + 1 = 8"),
        ({"padding": "same", "strides": (2, 2)}, (8, 8, 1), "8/2 = 4"),
        ({"padding": "same", "strides": (2, 2)}, (9, 9, 1), "ceil(9/2) = 5"),
        ({"padding": "same", "kernel_size": (2, 2)}, (8, 8, 1), "8/1 = 8"),
        ({"dilation_rate": (2, 2)}, (8, 8, 1), "(8 - (2*(3 - 1) + 1) + 2*0)/1 + 1 = 4"),
        ({"dilation_rate": (2, 2), "padding": "same"}, (8, 8, 1),
         "(8 - (2*(3 - 1) + 1) + 2*2)/1 + 1 = 8"),
    ],
)  # fmt: skip
def test_the_side_is_spelled_out(options: dict[str, Any], shape: Shape, expected: str) -> None:
    resolved = inferred("Conv2D", shape, **options)
    assert lines(resolved)[0] == (expected, "side")
    check_arithmetic(resolved)


def test_sides_that_differ_have_a_line_each() -> None:
    resolved = inferred("Conv2D", (8, 5, 3), filters=2)
    assert lines(resolved) == [
        ("(8 - 3 + 2*0)/1 + 1 = 6", "height"),
        ("(5 - 3 + 2*0)/1 + 1 = 3", "width"),
        ("(3*3*3 + 1)*2 = 56", "params"),
    ]
    assert [label for _, label in lines(inferred("Conv1D", (8, 3)))] == ["steps", "params"]


@pytest.mark.parametrize(
    ("kind", "shape", "options", "output", "parameters", "fixed", "multiply_adds"),
    [
        ("Conv2D", (5, 5, 4), {"filters": 6, "groups": 2}, (3, 3, 6), 6 * (18 + 1), 0, 9 * 6 * 18),
        ("DepthwiseConv2D", (5, 5, 4), {"depth_multiplier": 2}, (3, 3, 8), 80, 0, 9 * 8 * 9),
        ("SeparableConv2D", (5, 5, 4), {"filters": 6}, (3, 3, 6), 36 + 24 + 6, 0, 9 * (36 + 24)),
        ("Conv2DTranspose", (5, 5, 4), {"filters": 6}, (11, 11, 6), 222, 0, 25 * 36 * 6),
        ("Conv2DTranspose", (5, 5, 4), {"filters": 6, "padding": "same"}, (10, 10, 6), 222, 0,
         25 * 36 * 6),
        ("Conv1DTranspose", (5, 2), {"filters": 1, "kernel_size": 1, "strides": 4}, (20, 1), 3, 0,
         10),
        ("GlobalMaxPooling2D", (5, 6, 4), {}, (4,), 0, 0, 0),
        ("GlobalAveragePooling1D", (5, 4), {"keepdims": True}, (1, 4), 0, 0, 0),
        ("BatchNormalization", (5, 6, 4), {}, (5, 6, 4), 8, 8, 120),
        ("BatchNormalization", (4,), {"center": False, "scale": False}, (4,), 0, 8, 4),
        ("LayerNormalization", (5, 4), {"center": False}, (5, 4), 4, 0, 20),
        ("GroupNormalization", (5, 8), {"groups": 4}, (5, 8), 16, 0, 40),
        ("RMSNormalization", (7,), {}, (7,), 7, 0, 7),
        ("PReLU", (5, 6, 4), {}, (5, 6, 4), 120, 0, 0),
        ("PReLU", (5, 6, 4), {"shared_axes": (1, 2)}, (5, 6, 4), 4, 0, 0),
        ("Reshape", (8, 8), {"target_shape": (4, -1, 2)}, (4, 8, 2), 0, 0, 0),
        ("Permute", (5, 6, 4), {"dims": (3, 1, 2)}, (4, 5, 6), 0, 0, 0),
        ("RepeatVector", (4,), {"n": 3}, (3, 4), 0, 0, 0),
        ("ZeroPadding2D", (5, 6, 4), {"padding": (1, 2)}, (7, 10, 4), 0, 0, 0),
        ("ZeroPadding1D", (5, 4), {"padding": (1, 2)}, (8, 4), 0, 0, 0),
        ("Cropping2D", (5, 6, 4), {"cropping": (1, 2)}, (3, 2, 4), 0, 0, 0),
        ("UpSampling2D", (5, 6, 4), {"size": (2, 3)}, (10, 18, 4), 0, 0, 0),
        ("Rescaling", (5, 4), {}, (5, 4), 0, 0, 20),
        ("RandomizedLeakyReLU", (5, 4), {}, (5, 4), 0, 0, 0),
    ],
)  # fmt: skip
def test_numbers_worked_out_by_hand(
    kind: str, shape: Shape, options: dict[str, Any], output: Shape, parameters: int, fixed: int,
    multiply_adds: int,
) -> None:  # fmt: skip
    resolved = inferred(kind, shape, **options)
    assert resolved.output_shape == output
    assert resolved.parameters == parameters
    assert resolved.fixed_parameters == fixed
    assert resolved.multiply_adds == multiply_adds
    assert resolved.output_bytes == 4 * math.prod(output)
    check_arithmetic(resolved)


EQUATIONS = (
    "...x,xy->...y", "ab,bc->ac", "abc,cd->abd", "abc,cde->abde", "ab...,bc->ac...", "abc,bd->adc",
    "ab,cb->ac", "ab,b->ab", "abc,bc->a", "a,b->c", "aab,bc->ac", "...a,ab->b", "nonsense",
)  # fmt: skip


def drawn_options(data: st.DataObject, kind: str, wild: bool) -> FrozenMap:
    """Options of `kind`: small allowed values, or with `wild` also some that are not."""
    values: dict[str, Any] = {}
    for option in LAYER_KINDS[kind].options:
        if isinstance(option, ChoiceOption):
            choice: st.SearchStrategy[Any] = st.sampled_from(option.values)
        elif isinstance(option, FlagOption):
            choice = st.booleans()
        elif isinstance(option, IntegerOption):
            choice = st.integers(-2 if wild else max(1, option.minimum or 1), 9)
        elif isinstance(option, FloatOption):
            choice = st.floats(-1.0 if wild else 0.01, 0.99)
        elif isinstance(option, NumbersOption):
            low, high = max(-2.0, option.minimum), min(2.0, option.maximum)
            length = option.length or data.draw(st.integers(1, 4))
            choice = st.tuples(*[st.floats(low, high)] * length)
            if not wild:
                choice = choice.map(lambda numbers: tuple(sorted(numbers)))
        elif isinstance(option, TextOption):
            choice = st.sampled_from(EQUATIONS if option.name == "equation" else ("y", "c", "ab"))
        else:
            assert isinstance(option, ShapeOption)
            low = -1 if wild else max(1, option.minimum or 1)
            length = option.length or data.draw(st.integers(1, 3))
            choice = st.tuples(*[st.integers(low, 4)] * length)
        if wild or option.optional:
            choice = st.one_of(st.none(), choice)
        if data.draw(st.booleans()):
            values[option.name] = data.draw(choice)
    return FrozenMap(values)


shapes = st.lists(st.integers(1, 9), min_size=1, max_size=5).map(tuple)


def drawn_shapes(data: st.DataObject, kind: str) -> tuple[Shape, ...]:
    """Shapes for all inputs of `kind`; those of a merge are often alike."""
    first = data.draw(shapes)
    entry = LAYER_KINDS[kind]
    fewest, most = (1, 1) if entry.makes_input else entry.inputs
    count = data.draw(st.integers(fewest, min(most, fewest + 1)))
    found = [first]
    for _ in range(count - 1):
        change = data.draw(st.sampled_from(("none", "last", "first", "all")))
        new = data.draw(st.integers(1, 9))
        found.append(
            {
                "none": first,
                "last": (*first[:-1], new),
                "first": (new, *first[1:]),
                "all": data.draw(shapes) if change == "all" else first,
            }[change]
        )
    return tuple(found)


@given(st.data(), st.sampled_from(sorted(LAYER_KINDS)))
def test_the_arithmetic_of_every_kind_is_true(data: st.DataObject, kind: str) -> None:
    layer = Layer(id="subject", kind=kind, options=drawn_options(data, kind, wild=False))
    resolved, problems = infer_layer(layer, drawn_shapes(data, kind))
    if not problems:
        assert resolved.output_shape is not None
        assert min(resolved.output_shape) >= 1
        check_arithmetic(resolved)


@given(st.data(), st.sampled_from(sorted(LAYER_KINDS)))
def test_a_problem_says_all_and_each_fix_mends_it(data: st.DataObject, kind: str) -> None:
    layer = Layer(id="subject", kind=kind, options=drawn_options(data, kind, wild=True))
    coming = drawn_shapes(data, kind)
    shape = coming[0]
    sources = tuple(
        Layer(id=f"source{port}", kind="InputLayer", options=FrozenMap(shape=size))
        for port, size in enumerate(() if kind == "InputLayer" else coming)
    )
    network = Network(
        layers=(*sources, layer),
        links=tuple(
            Link(source=source.id, target="subject", port=port)
            for port, source in enumerate(sources)
        ),
    )
    _, problems = infer_layer(layer, coming)
    for problem in problems:
        assert problem.where == "subject"
        assert len(problem.title) <= 46
        for text in (problem.happened, problem.expected, problem.how_to_fix):
            assert text.endswith(".")
        assert problem.fixes
        for fix in problem.fixes:
            assert len(fix.label) <= 40
            mended = pickle.loads(pickle.dumps(fix)).edit(project_with(network)).network  # noqa: S301
            assert mended != network
            _, left = infer_network(mended, shape)
            # Two inputs may have the same fault; each has a fix of its own.
            again = [p for p in left if p.where == "subject" and p.title == problem.title]
            assert len(again) < [p.title for p in problems].count(problem.title)


# ---------------------------------------------------------------- problems of a layer


def labels(problem: Problem) -> list[str]:
    return [fix.label for fix in problem.fixes]


def test_dense_behind_a_picture() -> None:
    network = built(("InputLayer", {}), ("Conv2D", {}), ("Dense", {"units": 64}))
    layers, (problem,) = infer_network(network, (5, 5, 1))
    assert layers[-1].output_shape == (3, 3, 64)
    assert layers[-1].parameters == (16 + 1) * 64
    assert layers[-1].multiply_adds == 3 * 3 * 16 * 64
    assert problem.severity == "warning"
    assert problem.title == "Dense at each place of 3×3×16"
    assert labels(problem) == ["Insert Flatten", "Insert global pooling"]


def test_dense_over_a_series_is_usual_and_not_spoken_of() -> None:
    network = built(("InputLayer", {}), ("Dense", {"units": 64}))
    assert infer_network(network, (5, 3))[1] == ()


def test_inserting_flatten_from_the_button() -> None:
    network = built(("InputLayer", {}), ("Conv2D", {}), ("Dense", {}))
    _, (problem,) = infer_network(network, (8, 8, 1))
    assert problem.where == "dense_1"
    mended = problem.fixes[0].edit(project_with(network)).network
    layers, problems = infer_network(mended, (8, 8, 1))
    assert problems == ()
    assert [layer.layer.kind for layer in layers] == ["InputLayer", "Conv2D", "Flatten", "Dense"]


@pytest.mark.parametrize(
    ("kind", "shape", "title", "first"),
    [
        ("RepeatVector", (3, 16), "Needs one axis, gets 3×16", "Insert Flatten"),
        ("Conv3D", (8, 8, 3), "Needs a volume, gets 8×8×3", "Insert Reshape 8×8×3×1"),
        ("ConvLSTM2D", (9, 8, 8), "Needs steps of pictures, gets 9×8×8", "Insert Reshape 9×8×8×1"),
        ("LSTM", (7,), "Needs a series, gets 7", "Insert Reshape 7×1"),
    ],
)
def test_another_number_of_axes(kind: str, shape: Shape, title: str, first: str) -> None:
    problem = problem_of(kind, shape)
    assert problem.title == title
    assert labels(problem)[0] == first


@pytest.mark.parametrize(
    ("shape", "first"),
    [
        ((64,), "Insert Reshape 8×8×1"),
        ((3072,), "Insert Reshape 32×32×3"),
        ((13,), "Remove the layer"),
        ((20, 6), "Insert Reshape 20×6×1"),
    ],
)
def test_a_convolution_without_a_picture(shape: Shape, first: str) -> None:
    problem = problem_of("Conv2D", shape)
    assert problem.title.startswith("Needs a picture, gets ")
    assert labels(problem)[0] == first


def test_a_series_is_made_of_numbers_or_a_picture() -> None:
    assert labels(problem_of("Conv1D", (13,)))[0] == "Insert Reshape 13×1"
    assert labels(problem_of("Conv1D", (8, 8, 3)))[0] == "Insert Reshape 64×3"


def test_a_kernel_larger_than_its_picture() -> None:
    problem = problem_of("Conv2D", (3, 4, 1), kernel_size=(5, 5))
    assert problem.title == "Kernel 5×5 over 3×4"
    assert problem.option == "kernel_size"
    assert labels(problem) == ["Set padding to same", "Set kernel to 3×4", "Remove the layer"]


@pytest.mark.parametrize(
    ("kind", "shape", "options", "option", "title"),
    [
        ("Dense", (4,), {"units": 0}, "units", "Units: at least 1, received 0"),
        ("Dense", (4,), {"unit": 3}, "unit", "Unknown option 'unit'"),
        ("Dropout", (4,), {"rate": 1.0}, "rate", "Rate: less than 1, received 1"),
        ("Conv2D", (8, 8, 4), {"filters": 6, "groups": 4}, "groups",
         "4 groups of 6 filters, 4 channels"),
        ("Conv2D", (8, 8, 4), {"strides": (2, 2), "dilation_rate": (2, 2)}, "dilation_rate",
         "Strides and dilation above 1"),
        ("DepthwiseConv2D", (8, 8, 4), {"strides": (2, 1)}, "strides", "Strides 2×1 differ"),
        ("MaxPooling2D", (1, 1, 4), {}, "pool_size", "Pool 2×2 over 1×1"),
        ("Reshape", (6,), {"target_shape": (4, 2)}, "target_shape", "6 values do not fill 4×2"),
        ("Reshape", (6,), {"target_shape": (-1, -1)}, "target_shape",
         "Target shape holds 2 times -1"),
        ("Permute", (6,), {}, "dims", "Order 2×1 for 1 axes"),
        ("Cropping2D", (2, 2, 1), {}, "cropping", "Crops all of 2×2"),
        ("GroupNormalization", (6,), {"groups": 4}, "groups", "4 groups of 6 channels"),
        ("PReLU", (6,), {"shared_axes": (1, 2)}, "shared_axes", "Shared axes 1×2 of 1"),
        ("RandomizedLeakyReLU", (6,), {"lower": 0.5, "upper": 0.25}, "lower",
         "Slopes from 0.5 to 0.25"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit(
    kind: str, shape: Shape, options: dict[str, Any], option: str, title: str
) -> None:
    problem = problem_of(kind, shape, **options)
    assert problem.severity == "error"
    assert (problem.option, problem.title) == (option, title)


def test_the_nearest_allowed_value_is_offered() -> None:
    assert labels(problem_of("Dense", (4,), units=-7)) == ["Set units to 1"]
    assert labels(problem_of("Conv2D", (9, 9, 1), kernel_size=(0, 5))) == [
        "Set kernel size to 1 × 5"
    ]
    assert labels(problem_of("Dense", (4,), activation="swoosh")) == ["Set activation to relu"]
    assert labels(problem_of("Dropout", (4,), rate=7.5)) == ["Set rate to 0.5"]


def test_an_unknown_kind() -> None:
    problem = problem_of("Perceptron", (4,))
    assert problem.title == "Unknown kind of layer"
    assert labels(problem) == ["Remove the layer"]


def test_what_is_not_known_is_no_problem_but_wrong_options_are() -> None:
    resolved, problems = infer_layer(new_layer(Network(), "Dense"), (None,))
    assert (resolved.output_shape, problems) == (None, ())
    _, problems = infer_layer(Layer(id="d", kind="Dense", options=FrozenMap(units=0)), (None,))
    assert [p.option for p in problems] == ["units"]
    network = built(("InputLayer", {}), ("Dense", {}), ("Dense", {}))
    layers, problems = infer_network(network, None)
    assert problems == ()
    assert {layer.output_shape for layer in layers} == {None}


def test_behind_an_error_all_is_unknown_and_said_once() -> None:
    network = built(("InputLayer", {}), ("Conv1D", {}), ("Conv1D", {}), ("Conv1D", {}))
    layers, problems = infer_network(network, (8, 8, 1))
    assert [p.where for p in problems] == ["conv1d_1"]
    assert [layer.parameters for layer in layers] == [0, None, None, None]


def test_softmax_over_one_number_in_the_middle() -> None:
    network = built(
        ("InputLayer", {}), ("Dense", {"units": 1, "activation": "softmax"}), ("Dense", {})
    )
    _, (problem,) = infer_network(network, (4,))
    assert (problem.severity, problem.where) == ("warning", "dense_1")
    mended = problem.fixes[0].edit(project_with(network)).network
    assert infer_network(mended, (4,))[1] == ()


# ---------------------------------------------------------------- problems of the graph


def plain(names: str) -> tuple[Layer, ...]:
    """ "i" and "j" are inputs, all others dense."""
    return tuple(Layer(id=n, kind="InputLayer" if n in "ij" else "Dense") for n in names)


def graph(names: str, links: str) -> Network:
    """Layers of one letter and links such as "ia ab"."""
    return Network(
        layers=plain(names), links=tuple(Link(source=k[0], target=k[1]) for k in links.split())
    )


@pytest.mark.parametrize(
    ("names", "links", "expected"),
    [
        ("", "", [("network", "No input", "Add Input")]),
        ("a", "", [("network", "No input", "Add Input"),
                   ("a", "Nothing comes in", "Remove the layer")]),
        ("i", "", [("i", "No layer behind it", "Add Dense")]),
        ("iab", "ia", [("b", "Nothing comes in", "Link from a")]),
        ("iba", "ia", [("b", "Nothing comes in", "Link from a")]),
        ("iab", "ia ib", [("a", "Leads nowhere", "Join by Concatenate with i")]),
        ("iabcd", "ia bc cd", [("b", "Nothing comes in", "Link from a")]),
        ("iabcd", "ia ab cd", [("c", "Nothing comes in", "Link from b")]),
        ("ia", "", [("a", "Nothing comes in", "Link from i")]),
        ("iabc", "ia ib ac bc", [("c", "2 links, takes one", "Remove link from b")]),
        ("iab", "ia ab ba", [("a", "2 links, takes one", "Remove link from b"),
                             ("a", "In a circle", "Remove link from b"),
                             ("b", "In a circle", "Remove link from a")]),
        ("ija", "ia", [("j", "A second input", "Remove the layer")]),
        ("ia", "ia ai", [("i", "1 link, takes none", "Remove link from a"),
                         ("i", "In a circle", "Remove link from a"),
                         ("a", "In a circle", "Remove link from i")]),
    ],
)  # fmt: skip
def test_a_graph_that_is_no_chain(
    names: str, links: str, expected: list[tuple[str, str, str]]
) -> None:
    layers, problems = infer_network(graph(names, links), (4,))
    assert [layer.id for layer in layers if layer.id in names] == [layer.id for layer in layers]
    received = [(p.where, p.title, p.fixes[0].label) for p in problems if p.severity == "error"]
    assert received == expected


def test_a_branch_is_joined_from_the_button() -> None:
    def offered(names: str, links: str, **units: int) -> tuple[Network, Problem]:
        layers = (
            layer.model_copy(update={"options": FrozenMap(units=units[layer.id])})
            if layer.id in units
            else layer
            for layer in plain(names)
        )
        network = graph(names, links).model_copy(update={"layers": tuple(layers)})
        (problem,) = infer_network(network, (4,))[1]
        assert problem.title == "Leads nowhere"
        return network, problem

    network, problem = offered("iaxb", "ia ix ab", a=8, x=8, b=3)
    assert labels(problem) == ["Join by Add with a", "Remove the layer"]
    mended = problem.fixes[0].edit(project_with(network)).network
    layers, problems = infer_network(mended, (4,))
    assert problems == ()
    assert mended.inputs_of("add_1") == ("a", "x")
    assert mended.inputs_of("b") == ("add_1",)
    assert layers[-1].layer.id == "b"

    # One that differs in its width is concatenated before the output, or added further up.
    network, problem = offered("iacxb", "ia ac ix cb", a=8, c=5, x=8, b=3)
    assert labels(problem)[:2] == ["Join by Concatenate with c", "Join by Add with a"]
    for fix, shape in zip(problem.fixes, [(13,), (8,)], strict=False):
        layers, problems = infer_network(fix.edit(project_with(network)).network, (4,))
        assert problems == ()
        assert shape in {x.output_shape for x in layers if x.layer.kind in ("Add", "Concatenate")}

    # What leads to both is not joined with what it leads to.
    network, problem = offered("iaxb", "ia ax ab", a=8, x=6, b=6)
    assert labels(problem) == ["Join by Concatenate with a", "Remove the layer"]


@pytest.mark.parametrize("kind", ["MultiHeadAttention", "Attention"])
def test_attention_of_a_series_to_itself_from_the_button(kind: str) -> None:
    network = built(("InputLayer", {}), (kind, {}))
    _, (problem,) = infer_network(network, (6, 4))
    assert labels(problem)[0] == "Link inputlayer_1 again"
    mended = problem.fixes[0].edit(project_with(network)).network
    layers, problems = infer_network(mended, (6, 4))
    assert problems == ()
    assert layers[-1].input_shapes == ((6, 4), (6, 4))


def test_a_layer_behind_a_circle_is_not_blamed() -> None:
    layers, problems = infer_network(graph("iabc", "ia ab ba bc"), (4,))
    assert {p.where for p in problems} == {"a", "b"}
    assert [layer.output_shape for layer in layers] == [(4,), None, None, None]


letters = st.sampled_from("iabcde")


@given(st.lists(st.tuples(letters, letters), max_size=12, unique=True))
def test_any_graph_is_answered_and_its_fixes_work(pairs: list[tuple[str, str]]) -> None:
    network = Network(
        layers=plain("iabcde"), links=tuple(Link(source=a, target=b) for a, b in pairs)
    )
    layers, problems = infer_network(network, (4,))
    assert sorted(layer.id for layer in layers) == sorted("iabcde")
    fine = all(
        [t for _, t in pairs].count(name) == (0 if name == "i" else 1) for name in "iabcde"
    ) and len({s for s, _ in pairs}) == len(pairs)
    assert fine == (not problems) or any("circle" in p.title for p in problems)
    for problem in problems:
        for fix in problem.fixes:
            mended = fix.edit(project_with(network)).network
            assert mended != network
            Network.model_validate(mended.model_dump())


@given(st.lists(st.tuples(letters, letters), max_size=12, unique=True))
def test_pressing_the_first_button_again_and_again_ends(pairs: list[tuple[str, str]]) -> None:
    """A beginner who only presses what is offered gets a network that can be built."""
    network = Network(
        layers=plain("iabcde"), links=tuple(Link(source=a, target=b) for a, b in pairs)
    )
    for _ in range(60):
        _, problems = infer_network(network, (4,))
        if not problems:
            break
        network = problems[0].fixes[0].edit(project_with(network)).network
    assert not problems
    assert infer_network(network, (4,))[0][-1].output_shape is not None


def test_a_fix_of_a_layer_that_is_gone_does_nothing() -> None:
    _, problems = infer_network(graph("iab", "ia"), (4,))
    project = project_with(graph("i", ""))
    assert [fix.edit(project) for fix in problems[0].fixes] == [project, project]


def test_a_keystroke_in_a_large_network_is_quick() -> None:
    """50 layers: a keystroke resolves the network; a frame has 16 ms."""
    network = built(("InputLayer", {}))
    for _ in range(50):
        last = network.layers[-1].id
        network = insert_after(network, new_layer(network, "Dense"), last)
    best = math.inf
    for _ in range(5):
        begin = time.process_time()
        infer_network(network, (64,))
        best = min(best, time.process_time() - begin)
    assert best < 0.05


# ---------------------------------------------------------------- several inputs


def merged(kind: str, *coming: Shape, **options: Any) -> tuple[ResolvedLayer, tuple[Problem, ...]]:
    return infer_layer(new_layer(Network(), kind, **options), coming)


@pytest.mark.parametrize(
    ("kind", "coming", "options", "output", "multiply_adds"),
    [
        ("Add", ((8, 8, 3), (8, 8, 3)), {}, (8, 8, 3), 0),
        ("Add", ((8, 8, 3), (8, 1, 3), (3,)), {}, (8, 8, 3), 0),
        ("Add", ((1, 8, 1), (5, 1, 3)), {}, (5, 8, 3), 0),
        ("Subtract", ((4,), (6, 4)), {}, (6, 4), 0),
        ("Multiply", ((6, 4), (6, 1), (1,)), {}, (6, 4), 48),
        ("Average", ((7,), (7,), (7,)), {}, (7,), 0),
        ("Maximum", ((7,), (1,)), {}, (7,), 0),
        ("Minimum", ((2, 2, 2, 2), (2,)), {}, (2, 2, 2, 2), 0),
        ("Concatenate", ((8, 8, 3), (8, 8, 5), (8, 8, 1)), {}, (8, 8, 9), 0),
        ("Concatenate", ((8, 6, 3), (2, 6, 3)), {"axis": 1}, (10, 6, 3), 0),
        ("Concatenate", ((8, 6, 3), (8, 1, 3)), {"axis": -2}, (8, 7, 3), 0),
        ("Dot", ((5,), (5,)), {}, (1,), 5),
        ("Dot", ((4, 5), (7, 5)), {}, (4, 7), 140),
        ("Dot", ((4, 5), (5, 7)), {"axes": (2, 1)}, (4, 7), 140),
        ("Dot", ((5,), (7, 5)), {"normalize": True}, (7,), 35),
        ("Dot", ((2, 3, 5), (5,)), {}, (2, 3), 30),
    ],
)
def test_merges_worked_out_by_hand(
    kind: str, coming: tuple[Shape, ...], options: dict[str, Any], output: Shape,
    multiply_adds: int,
) -> None:  # fmt: skip
    resolved, problems = merged(kind, *coming, **options)
    assert problems == ()
    assert resolved.output_shape == output
    assert resolved.parameters == 0
    assert resolved.multiply_adds == multiply_adds
    check_arithmetic(resolved)


@pytest.mark.parametrize(
    ("kind", "coming", "title", "fixes"),
    [
        ("Add", ((8, 8, 16), (8, 8, 32)), "8×8×16 and 8×8×32 do not meet",
         ["Convolve input 2 to 8×8×16", "Convolve input 1 to 8×8×32"]),
        ("Add", ((4, 4, 32), (8, 8, 16)), "4×4×32 and 8×8×16 do not meet",
         ["Convolve input 2 to 4×4×32"]),
        ("Add", ((8, 8, 16), (1, 8, 1), (6, 5, 16)),
         "Inputs 1, 3: 8×8×16 and 6×5×16 do not meet",
         ["Crop input 1 to 6×5×16", "Convolve input 1 to 6×5×16"]),
        ("Add", ((8, 8, 4), (6, 6, 16)), "8×8×4 and 6×6×16 do not meet",
         ["Convolve input 1 to 6×6×16"]),
        ("Multiply", ((6,), (4,)), "6 and 4 do not meet",
         ["Dense of 6 units on input 2", "Dense of 4 units on input 1"]),
        ("Maximum", ((8,), (2, 4)), "8 and 2×4 do not meet", ["Flatten input 2"]),
        ("Concatenate", ((8, 8, 16), (7, 7, 32)), "8×8×16 beside 7×7×32",
         ["Crop input 1 to 7×7×16", "Convolve input 1 to 7×7×16"]),
        ("Concatenate", ((4, 16), (8, 32)), "4×16 beside 8×32", ["Convolve input 2 to 4×32"]),
        ("Concatenate", ((8,), (4, 4)), "8 beside 4×4", ["Flatten input 2"]),
        ("Dot", ((4, 5), (5, 7)), "No product of 4×5 and 5×7", ["Set axes to 2×1"]),
        ("Dot", ((4,), (5,)), "No product of 4 and 5", []),
    ],
)  # fmt: skip
def test_shapes_that_do_not_meet(
    kind: str, coming: tuple[Shape, ...], title: str, fixes: list[str]
) -> None:
    _, (problem,) = merged(kind, *coming)
    assert problem.title == title
    assert labels(problem) == [*fixes, "Remove the layer"]


def test_the_shortcut_of_a_residual_block_is_convolved_from_the_button() -> None:
    network = built(
        ("InputLayer", {}),
        ("Conv2D", {"filters": 8, "padding": "same", "strides": (2, 2)}),
        ("Add", {}),
    )
    shortcut = Link(source="inputlayer_1", target="add_1", port=1)
    network = Network(layers=network.layers, links=(*network.links, shortcut))
    _, (problem,) = infer_network(network, (9, 9, 3))
    assert problem.where == "add_1"
    assert labels(problem)[0] == "Convolve input 2 to 5×5×8"
    mended = problem.fixes[0].edit(project_with(network)).network
    layers, problems = infer_network(mended, (9, 9, 3))
    assert problems == ()
    assert layers[-1].output_shape == (5, 5, 8)
    assert mended.inputs_of("add_1") == ("conv2d_1", "conv2d_2")


def test_a_merge_with_one_link_is_joined_from_the_button_with_what_fits_it() -> None:
    layers = (
        Layer(id="data", kind="InputLayer"),
        Layer(id="a", kind="Dense", options=FrozenMap(units=8)),
        Layer(id="b", kind="Dense", options=FrozenMap(units=4)),
        Layer(id="c", kind="Dense", options=FrozenMap(units=8)),
        Layer(id="sum", kind="Add"),
        Layer(id="out", kind="Dense", options=FrozenMap(units=1)),
    )
    network = chain(layers)
    (problem,) = (p for p in infer_network(network, (5,))[1] if p.severity == "error")
    assert (problem.where, problem.title) == ("sum", "One link, needs two")
    assert labels(problem) == ["Link from a", "Remove the layer"]
    mended = problem.fixes[0].edit(project_with(network)).network
    assert mended.inputs_of("sum") == ("c", "a")
    assert not [p for p in infer_network(mended, (5,))[1] if p.severity == "error"]
    # Where nothing of that shape comes before, nothing is guessed.
    lonely = with_option(network, "a", "units", 7)
    (problem,) = (p for p in infer_network(lonely, (5,))[1] if p.severity == "error")
    assert labels(problem) == ["Remove the layer"]


def test_sizes_beyond_what_can_be_counted_are_told_where_they_begin() -> None:
    """4096^5 = 2^60 numbers can be counted, 2^72 cannot; behind them nothing is known."""
    repeated = tuple(("UpSampling1D", {"size": 4096}) for _ in range(400))
    network = built(("InputLayer", {}), *repeated)
    layers, problems = infer_network(network, (1, 1))
    assert [layer.output_shape for layer in layers[:6]] == [(4096**n, 1) for n in range(6)]
    assert all(layer.output_shape is None for layer in layers[6:])
    told = [problem for problem in problems if problem.severity == "error"]
    assert [problem.where for problem in told] == [network.layers[6].id]
    assert labels(told[0]) == ["Remove the layer"]
    resolved = resolve(
        project_with(network), summary_of(DataSettings(source=BuiltinSource(name="digits")))
    )
    assert not resolved.can_train


@pytest.mark.parametrize(
    ("kind", "option"),
    [
        ("Rescaling", "scale"),
        ("RandomizedLeakyReLU", "lower"),
        ("RandomizedLeakyReLU", "upper"),
        ("Embedding", "embeddings_initializer_maxval"),
        ("Dense", "units"),
    ],
)
@pytest.mark.parametrize("value", [10**400, -(10**400), 10**4200])
def test_a_number_of_hundreds_of_figures_is_a_problem_of_its_option(
    kind: str, option: str, value: int
) -> None:
    rule = {"embeddings_initializer": "random_uniform"} if kind == "Embedding" else {}
    layer = Layer(id="subject", kind=kind, options=FrozenMap({**rule, option: value}))
    _, problems = infer_layer(layer, ((3,),))
    assert option in [problem.option for problem in problems]
    assert all(len(problem.happened) < 200 for problem in problems)


@pytest.mark.parametrize(
    ("kernel", "strides", "dilation", "steps", "text"),
    [
        (3, 1, 1, 20, "(20 - 3 + 2)/1 + 1"),
        (3, 1, 4, 20, "(20 - (4*(3 - 1) + 1) + 8)/1 + 1"),
        (2, 3, 1, 7, "floor((20 - 2 + 1)/3) + 1"),
    ],
)
def test_a_causal_convolution_is_as_long_as_its_input(
    kernel: int, strides: int, dilation: int, steps: int, text: str
) -> None:
    options = {"kernel_size": kernel, "strides": strides, "dilation_rate": dilation}
    layer = Layer(
        id="conv",
        kind="Conv1D",
        options=FrozenMap(filters=4, padding="causal", **options),
    )
    network = chain((Layer(id="input", kind="InputLayer"), layer))
    layers, problems = infer_network(network, (20, 3))
    assert not problems
    assert layers[-1].output_shape == (steps, 4)
    assert layers[-1].arithmetic[0].text == f"{text} = {steps}"


def test_a_layer_that_nothing_feeds_is_removed_without_a_gap_in_the_ports() -> None:
    layers = tuple(
        Layer(id=name, kind=kind)
        for name, kind in (
            ("input", "InputLayer"),
            ("second", "InputLayer"),
            ("add", "Add"),
            ("out", "Dense"),
        )
    )
    links = (
        Link(source="second", target="add", port=0),
        Link(source="input", target="add", port=1),
        Link(source="add", target="out"),
    )
    network = Network(layers=layers, links=links)
    _, problems = infer_network(network, (4,))
    (fix,) = next(p for p in problems if p.title == "A second input").fixes
    mended = fix.edit(project_with(network)).network
    assert mended.links == (
        Link(source="input", target="add", port=0),
        Link(source="add", target="out"),
    )

"""Closed boxes: what they say of shapes and counts, and that nobody can add or edit one by hand."""

import pytest

from app.core.frozen import FrozenMap
from app.core.layer_catalog import CLOSED_KINDS, LAYER_KINDS, layer_kind
from app.core.layer_kinds.closed import CLOSED_KIND, LONGEST_CONFIG, shapes_text
from app.core.network import INPUT_KIND, Layer, Link, Network, chain
from app.core.options import defaults, errors_in
from app.core.shape_inference import infer_layer, infer_network

KIND = CLOSED_KINDS[CLOSED_KIND]


def _box(**options: object) -> Layer:
    made = {
        "class_name": "Mixer",
        "config": "{}",
        "input_shapes": "[[8, 8, 3], [4]]",
        "output_shape": (8, 5),
        "parameters": 70,
        "fixed_parameters": 6,
    }
    return Layer(id="box", kind=CLOSED_KIND, options=FrozenMap(made | options))


def test_it_is_known_but_not_offered() -> None:
    assert layer_kind(CLOSED_KIND) is KIND
    assert CLOSED_KIND not in LAYER_KINDS
    assert errors_in(KIND.options, defaults(KIND.options)) == {}
    assert all(option.read_only and option.help.endswith(".") for option in KIND.options)


def test_it_tells_what_it_was_made_for() -> None:
    entry, problems = infer_layer(_box(), ((8, 8, 3), (4,)))
    assert problems == ()
    assert (entry.output_shape, entry.parameters, entry.fixed_parameters) == ((8, 5), 70, 6)
    assert entry.multiply_adds is None
    assert entry.summary == "Mixer"
    frozen, _ = infer_layer(_box().model_copy(update={"trainable": False}), ((8, 8, 3), (4,)))
    assert (frozen.parameters, frozen.fixed_parameters) == (0, 76)


@pytest.mark.parametrize("shapes", [((8, 8, 3),), ((4,), (8, 8, 3)), ((8, 8, 4), (4,))])
def test_other_shapes_are_a_problem(shapes: tuple[tuple[int, ...], ...]) -> None:
    entry, problems = infer_layer(_box(), shapes)
    assert entry.output_shape is None
    (problem,) = problems
    assert "8×8×3 and 4" in problem.expected
    assert problem.fixes


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[8]", "[[true]]", '[["8"]]', "[[-1]]", "[" * 999]
)
def test_damaged_shapes_are_a_problem(text: str) -> None:
    _, problems = infer_layer(_box(input_shapes=text), ((8, 8, 3), (4,)))
    assert "cannot be read" in problems[0].happened


def test_its_texts_are_bounded() -> None:
    assert errors_in(KIND.options, _box(config="x" * LONGEST_CONFIG).options) == {}
    assert set(errors_in(KIND.options, _box(config="x" * (LONGEST_CONFIG + 1)).options)) == {
        "config"
    }
    assert set(errors_in(KIND.options, _box(call="x" * 20_000).options)) == {"call"}


def test_a_network_with_one_is_stored_and_read_again() -> None:
    data = Layer(id="data", kind=INPUT_KIND, options=FrozenMap(shape=(4,)))
    box = _box(input_shapes=shapes_text(((4,),)), output_shape=(2,))
    network = chain((data, box))
    assert Network.model_validate_json(network.model_dump_json()) == network
    resolved, problems = infer_network(network, (4,))
    assert [entry.output_shape for entry in resolved] == [(4,), (2,)]
    assert not [problem for problem in problems if problem.severity == "error"]
    twice = Network(
        layers=(data, _box(input_shapes=shapes_text(((4,), (4,))), output_shape=(2,))),
        links=(Link(source="data", target="box"), Link(source="data", target="box", port=1)),
    )
    assert infer_network(twice, (4,))[0][1].output_shape == (2,)

"""The table of layers: complete, consistent, and the lines on the cards as drawn."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.activation_catalog import ACTIVATIONS
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, layer_kind, new_layer
from app.core.layer_kinds.kind import Values
from app.core.network import Layer, Network
from app.core.options import complete, defaults, errors_in
from app.core.weight_rules import RuleOption

ICONS = Path(__file__).parents[2] / "resources" / "icons"
EMPTY = Network()


def summary(kind: str, **options: object) -> str:
    layer = new_layer(EMPTY, kind, **options)
    return LAYER_KINDS[kind].summarize(Values(layer.options))


def test_there_are_more_kinds_than_asked_for() -> None:
    assert len(LAYER_KINDS) >= 40
    for name in ("Dense", "Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D"):
        assert name in LAYER_KINDS
    for name in ("Flatten", "Dropout", "BatchNormalization", "LeakyReLU", "RandomizedLeakyReLU"):
        assert name in LAYER_KINDS
    assert layer_kind("Perceptron") is None


@pytest.mark.parametrize("kind", LAYER_KINDS.values(), ids=lambda kind: kind.name)
def test_an_entry_is_whole(kind) -> None:  # type: ignore[no-untyped-def]
    assert LAYER_KINDS[kind.name] is kind
    assert kind.keras_class.rpartition(".")[2] + kind.wraps == kind.name
    assert (ICONS / f"layer-{kind.icon}.svg").is_file()
    assert kind.help.count(". ") >= 1
    assert kind.help.endswith(".")
    assert len(kind.help) < 260
    assert kind.rank in (None, 1, 2, 3, 4, 5)
    names = [option.name for option in kind.options]
    assert len(set(names)) == len(names)
    assert kind.glyph is None or kind.glyph in ACTIVATIONS
    for option in kind.options:
        for rules in ("initializer", "regularizer", "constraint"):
            if option.name.endswith(f"_{rules}"):
                assert isinstance(option, RuleOption)
                assert option.rules == f"{rules}s"
        if option.applies_when:
            assert option.applies_when[0] in names
    layer = new_layer(EMPTY, kind.name)
    assert layer.options == defaults(kind.options)
    assert kind.summarize(Values(layer.options))


@pytest.mark.parametrize(
    ("kind", "options", "text"),
    [
        ("Conv2D", {"filters": 16}, "16 filters, 3×3, ReLU"),
        ("Conv2D", {"strides": (2, 2), "activation": "linear"}, "16 filters, 3×3, stride 2"),
        ("Conv2D", {"strides": (2, 1)}, "16 filters, 3×3, stride 2×1, ReLU"),
        ("Conv1D", {"filters": 8, "kernel_size": 5}, "8 filters, kernel 5, ReLU"),
        ("DepthwiseConv2D", {"depth_multiplier": 2}, "kernel 3×3, ×2 channels, ReLU"),
        ("MaxPooling2D", {}, "pool 2×2, stride 2"),
        ("MaxPooling2D", {"strides": (1, 1)}, "pool 2×2"),
        ("AveragePooling1D", {"pool_size": 3, "strides": 2}, "pool 3, stride 2"),
        ("Flatten", {}, "row by row"),
        ("Dense", {"units": 64}, "64 units, ReLU"),
        ("Dense", {"units": 10, "activation": "softmax"}, "10 units, softmax"),
        ("Dense", {"units": 1, "activation": "linear"}, "1 unit"),
        ("Dropout", {"rate": 0.3}, "rate 0.3, only in training"),
        ("RandomizedLeakyReLU", {}, "slope 0.125 to 0.333"),
        ("LeakyReLU", {}, "slope 0.3"),
        ("Reshape", {"target_shape": (8, 8, 1)}, "to 8×8×1"),
        ("Activation", {"activation": "tanh"}, "tanh"),
    ],
)
def test_a_card_says_what_is_drawn(kind: str, options: dict[str, object], text: str) -> None:
    assert summary(kind, **options) == text


garbage = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=3).map(tuple),
)


@given(st.data())
def test_a_card_says_something_whatever_the_options(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(list(LAYER_KINDS.values())))
    options = FrozenMap({option.name: data.draw(garbage) for option in kind.options})
    assert isinstance(kind.summarize(Values(options)), str)


def test_a_new_layer_holds_every_option_and_a_free_name() -> None:
    network = Network(layers=(Layer(id="dense_1", kind="Dense"),))
    layer = new_layer(network, "Dense", units=7)
    assert layer.id == "dense_2"
    assert layer.options["units"] == 7
    assert set(layer.options) == {option.name for option in LAYER_KINDS["Dense"].options}
    assert complete(LAYER_KINDS["Dense"].options, layer.options) == layer.options
    assert errors_in(LAYER_KINDS["Dense"].options, layer.options) == {}


def test_a_new_layer_is_refused_with_a_reason() -> None:
    with pytest.raises(KeyError):
        new_layer(EMPTY, "Perceptron")
    with pytest.raises(ValueError, match="at least 1, received 0"):
        new_layer(EMPTY, "Dense", units=0)
    with pytest.raises(ValueError, match="no option 'unit'"):
        new_layer(EMPTY, "Dense", unit=3)


def test_the_curve_on_a_card_follows_the_option() -> None:
    dense = LAYER_KINDS["Dense"]
    assert dense.has_activation
    assert dense.activation_of(FrozenMap(activation="tanh")) == "tanh"
    assert dense.activation_of(FrozenMap(activation=3)) is None
    assert LAYER_KINDS["LeakyReLU"].activation_of(FrozenMap()) == "leaky_relu"
    assert LAYER_KINDS["Flatten"].activation_of(FrozenMap()) is None

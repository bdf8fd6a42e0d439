"""How often a layer stands one behind the other: counted, made more, made fewer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.layer_copies import MOST_COPIES, can_be_copied, copies_of, with_copies
from app.core.network import Layer, Link, Network, chain, topological_order

KEY = "0" * 32


def network_of(*ids: str) -> Network:
    kinds = {"input": "InputLayer", "add": "Add"}
    return chain(
        Layer(id=name, kind=kinds.get(name, "Dense"), options=FrozenMap(units=4)) for name in ids
    )


def ids_of(network: Network) -> list[str]:
    ordered, circular = topological_order(network)
    assert not circular
    return [layer.id for layer in ordered]


def test_copies_stand_behind_the_layer_with_its_options_and_weights_of_their_own() -> None:
    network = network_of("input", "a", "out")
    kept = network.layer("a").model_copy(update={"kept_weights": KEY, "trainable": False})
    layers = tuple(kept if layer.id == "a" else layer for layer in network.layers)
    network = network.model_copy(update={"layers": layers})
    three = with_copies(network, "a", 3)
    assert ids_of(three) == ["input", "a", "a_2", "a_3", "out"]
    assert [layer.id for layer in three.layers] == ["input", "a", "a_2", "a_3", "out"]
    assert three.inputs_of("out") == ("a_3",)
    assert copies_of(three, "a") == ("a", "a_2", "a_3")
    assert three.layer("a") == kept
    assert three.layer("a_2") == kept.model_copy(update={"id": "a_2", "kept_weights": None})


def test_all_that_a_layer_feeds_is_fed_by_the_last_copy_at_the_same_port() -> None:
    network = Network(
        layers=(*network_of("input", "a", "b").layers, Layer(id="add", kind="Add")),
        links=(
            Link(source="input", target="a"),
            Link(source="a", target="b"),
            Link(source="b", target="add"),
            Link(source="a", target="add", port=1),
        ),
    )
    two = with_copies(network, "a", 2)
    assert two.inputs_of("b") == ("a_2",)
    assert two.inputs_of("add") == ("b", "a_2")
    assert two.inputs_of("a_2") == ("a",)
    assert set(with_copies(two, "a", 1).links) == set(network.links)


def test_a_layer_of_the_name_is_left_alone() -> None:
    network = network_of("input", "a", "b", "a_2", "out")
    assert copies_of(network, "a") == ("a",)
    three = with_copies(network, "a", 3)
    assert ids_of(three) == ["input", "a", "a_x2", "a_3", "b", "a_2", "out"]
    assert copies_of(three, "a") == ("a", "a_x2", "a_3")
    assert with_copies(three, "a", 1) == network


def test_a_copy_that_feeds_others_too_ends_the_row() -> None:
    network = with_copies(network_of("input", "a", "out"), "a", 3)
    side = (*network.links, Link(source="a", target="out", port=1))
    assert copies_of(Network(layers=network.layers, links=side), "a") == ("a",)


def test_neither_data_nor_output_nor_what_joins_can_be_copied() -> None:
    network = Network(
        layers=(*network_of("input", "a", "b").layers, Layer(id="add", kind="Add")),
        links=(
            Link(source="input", target="a"),
            Link(source="input", target="b"),
            Link(source="a", target="add"),
            Link(source="b", target="add", port=1),
        ),
    )
    assert [name for name in ("input", "a", "b", "add") if can_be_copied(network, name)] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("kind", "can"),
    [
        *((kind, True) for kind in (
            "Dense", "Conv2D", "MaxPooling2D", "Dropout", "LeakyReLU", "BatchNormalization",
            "LSTM", "TimeDistributedDense", "ZeroPadding2D", "GaussianNoise",
        )),
        *((kind, False) for kind in (
            "Flatten", "TimeDistributedFlatten", "Reshape", "Identity", "ReLU", "Masking",
            "GlobalAveragePooling2D", "TimeDistributedGlobalMaxPooling2D", "AdaptiveMaxPooling1D",
            "RepeatVector", "Resizing", "Embedding", "Hashing",
        )),
    ],
)  # fmt: skip
def test_only_what_changes_something_again_can_be_copied(kind: str, can: bool) -> None:
    assert kind in LAYER_KINDS
    network = chain(
        (
            Layer(id="input", kind="InputLayer"),
            Layer(id="it", kind=kind),
            Layer(id="o", kind="Dense"),
        )
    )
    assert can_be_copied(network, "it") is can


def test_a_count_outside_the_limits_is_refused() -> None:
    network = network_of("input", "a", "out")
    for count in (0, -1, MOST_COPIES + 1):
        with pytest.raises(ValueError, match="1 to 64 times"):
            with_copies(network, "a", count)
    with pytest.raises(KeyError):
        with_copies(network, "nobody", 2)


def test_ids_stay_short_enough() -> None:
    name = "a" * 64
    most = with_copies(network_of("input", name, "out"), name, MOST_COPIES)
    assert Network.model_validate(most.model_dump()) == most
    assert len(copies_of(most, name)) == MOST_COPIES


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6))
def test_the_way_there_does_not_matter(counts: list[int]) -> None:
    network = network_of("input", "a", "b", "out")
    way = network
    for count in counts:
        way = with_copies(way, "a", count)
        assert len(copies_of(way, "a")) == count
    assert way.layers == with_copies(network, "a", counts[-1]).layers
    assert set(way.links) == set(with_copies(network, "a", counts[-1]).links)

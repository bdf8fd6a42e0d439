"""Pure edits of a network: properties over drawn chains and graphs."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.core.frozen import FrozenMap
from app.core.network import (
    Layer,
    Link,
    Network,
    chain,
    insert_after,
    insert_before,
    layers_before,
    layers_behind,
    move_after,
    topological_order,
    unused_id,
    with_layer,
    with_option,
    without_layer,
)

NEW = Layer(id="new", kind="Dense", options=FrozenMap(units=3))


def layers_called(names: list[str]) -> tuple[Layer, ...]:
    return tuple(Layer(id=name, kind="Dense") for name in names)


@st.composite
def chains(draw: st.DrawFn, least: int = 1) -> Network:
    count = draw(st.integers(least, 8))
    return chain(layers_called(draw(st.permutations([f"l{i}" for i in range(count)]))))


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """Any links at all: loops, circles, double links, islands."""
    names = [f"l{i}" for i in range(draw(st.integers(1, 7)))]
    link = st.builds(
        Link, source=st.sampled_from(names), target=st.sampled_from(names), port=st.integers(0, 2)
    )
    links = draw(st.lists(link, max_size=14))
    return Network(layers=layers_called(names), links=tuple(links))


def order_of(network: Network) -> list[str]:
    """The ids of a chain in the order of its links, found by walking; fails when it is no chain."""
    targets = {link.source: link.target for link in network.links}
    fed = {link.target for link in network.links}
    (start,) = (layer.id for layer in network.layers if layer.id not in fed)
    walked = [start]
    while walked[-1] in targets:
        walked.append(targets[walked[-1]])
    assert len(network.links) == len(network.layers) - 1
    assert len(walked) == len(network.layers)
    return walked


@given(chains(), st.data())
def test_inserting_into_a_chain_gives_the_chain_with_one_more(
    network: Network, data: st.DataObject
) -> None:
    names = order_of(network)
    place = data.draw(st.sampled_from(names))
    index = names.index(place)
    assert order_of(insert_after(network, NEW, place)) == [
        *names[: index + 1], "new", *names[index + 1 :]
    ]  # fmt: skip
    assert order_of(insert_before(network, NEW, place)) == [*names[:index], "new", *names[index:]]


@given(chains(), st.data())
def test_removing_undoes_inserting(network: Network, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(order_of(network)))
    for insert in (insert_after, insert_before):
        back = without_layer(insert(network, NEW, place), "new")
        assert order_of(back) == order_of(network)
        assert {layer.id for layer in back.layers} == {layer.id for layer in network.layers}


@given(chains(least=2), st.data())
def test_removing_from_a_chain_closes_the_gap(network: Network, data: st.DataObject) -> None:
    names = order_of(network)
    gone = data.draw(st.sampled_from(names))
    rest = [name for name in names if name != gone]
    assert order_of(without_layer(network, gone)) == rest


@given(chains(), st.data())
def test_moving_keeps_the_others_in_order(network: Network, data: st.DataObject) -> None:
    names = order_of(network)
    moved, after = data.draw(st.sampled_from(names)), data.draw(st.sampled_from(names))
    result = order_of(move_after(network, moved, after))
    assert sorted(result) == sorted(names)
    assert [n for n in result if n != moved] == [n for n in names if n != moved]
    if moved != after:
        assert result.index(moved) == result.index(after) + 1


@given(graphs(), st.data())
def test_every_edit_of_any_graph_gives_a_valid_network(
    network: Network, data: st.DataObject
) -> None:
    before = pickle.dumps(network)
    a = data.draw(st.sampled_from([layer.id for layer in network.layers]))
    b = data.draw(st.sampled_from([layer.id for layer in network.layers]))
    for result in (
        insert_after(network, NEW, a),
        insert_before(network, NEW, a),
        without_layer(network, a),
        move_after(network, a, b),
        with_option(network, a, "units", 5),
    ):
        # The edits partly skip validation for speed; what they make must pass it all the same.
        assert Network.model_validate(result.model_dump()) == result
    assert not without_layer(network, a).has(a)
    assert pickle.dumps(network) == before


@given(graphs())
def test_an_order_has_every_layer_after_what_feeds_it(network: Network) -> None:
    ordered, circular = topological_order(network)
    assert sorted(layer.id for layer in (*ordered, *circular)) == sorted(
        layer.id for layer in network.layers
    )
    position = {layer.id: index for index, layer in enumerate(ordered)}
    for link in network.links:
        if link.target in position:
            assert position[link.source] < position[link.target]
    stuck = {layer.id for layer in circular}
    for name in stuck:
        assert any(source in stuck for source in network.inputs_of(name))


@given(graphs())
def test_what_is_reached_is_what_steps_along_links_reach(network: Network) -> None:
    """Against the transitive closure by Warshall."""
    names = [layer.id for layer in network.layers]
    reaches = {(a, b): a == b for a in names for b in names}
    reaches |= {(link.source, link.target): True for link in network.links}
    for middle in names:
        for a in names:
            for b in names:
                reaches[a, b] |= reaches[a, middle] and reaches[middle, b]
    for a in names:
        assert layers_behind(network, [a]) == {b for b in names if reaches[a, b]}
        assert layers_before(network, [a]) == {b for b in names if reaches[b, a]}


@given(chains())
def test_the_order_of_a_chain_is_the_chain(network: Network) -> None:
    ordered, circular = topological_order(network)
    assert [layer.id for layer in ordered] == order_of(network)
    assert circular == ()


def test_islands_keep_the_order_of_the_list() -> None:
    network = Network(layers=layers_called(["c", "a", "b"]))
    assert [layer.id for layer in topological_order(network)[0]] == ["c", "a", "b"]


def test_two_thousand_layers_are_ordered_at_once() -> None:
    names = [f"l{i}" for i in range(2000)]
    ordered, _ = topological_order(chain(layers_called(names)))
    assert [layer.id for layer in ordered] == names


def test_inputs_come_by_port() -> None:
    links = (Link(source="a", target="c", port=1), Link(source="b", target="c", port=0))
    network = Network(layers=layers_called(["a", "b", "c"]), links=links)
    assert network.inputs_of("c") == ("b", "a")
    assert network.outputs_of("a") == ("c",)


def test_an_option_is_set_on_one_layer_only() -> None:
    network = chain(layers_called(["a", "b"]))
    after = with_option(network, "b", "units", 9)
    assert after.layer("b").options == FrozenMap(units=9)
    assert after.layer("a") is network.layer("a")
    assert after.links == network.links
    changed = Layer(id="a", kind="Flatten")
    assert with_layer(network, changed).layer("a") is changed


@pytest.mark.parametrize(
    "edit",
    [
        lambda n: n.layer("nobody"),
        lambda n: with_layer(n, NEW),
        lambda n: with_option(n, "nobody", "units", 1),
        lambda n: insert_after(n, NEW, "nobody"),
        lambda n: insert_before(n, NEW, "nobody"),
        lambda n: move_after(n, "nobody", "a"),
    ],
)
def test_a_layer_that_is_not_there_is_a_key_error(edit) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(KeyError):
        edit(chain(layers_called(["a", "b"])))


def test_a_layer_that_feeds_itself_can_be_removed() -> None:
    network = Network(
        layers=layers_called(["a", "b"]),
        links=(Link(source="a", target="a"), Link(source="a", target="b")),
    )
    assert without_layer(network, "a") == Network(layers=layers_called(["b"]))


@given(st.text(max_size=64), st.integers(0, 3))
def test_a_free_name_is_free_and_a_name(kind: str, taken: int) -> None:
    network = Network()
    for _ in range(taken):
        layer = Layer(id=unused_id(network, kind), kind=kind or "x")
        network = Network(layers=(*network.layers, layer))
    name = unused_id(network, kind)
    assert not network.has(name)
    assert Layer(id=name, kind="x").id == name


def test_names_say_the_kind_and_count() -> None:
    network = chain(layers_called(["conv2d_1", "conv2d_2"]))
    assert unused_id(network, "Conv2D") == "conv2d_3"
    assert unused_id(network, "Dense") == "dense_1"
    assert unused_id(Network(), "2D") == "layer2d_1"
    assert unused_id(Network(), "Ж") == "layer_1"


@pytest.mark.parametrize(
    ("layers", "links", "words"),
    [
        (["a", "a"], [], "two layers are called 'a'"),
        (["a"], [Link(source="a", target="b")], "the layer 'b', which does not exist"),
        (["a"], [Link(source="c", target="a")], "the layer 'c', which does not exist"),
    ],
)
def test_what_does_not_hang_together_is_refused(
    layers: list[str], links: list[Link], words: str
) -> None:
    with pytest.raises(ValidationError, match=words):
        Network(layers=layers_called(layers), links=tuple(links))


@pytest.mark.parametrize("name", ["dense_1", "Conv1", "1a", "tf.math.add_3", "a-b", "a" * 64])
def test_ids_are_names_that_keras_takes(name: str) -> None:
    assert Layer(id=name, kind="Dense").id == name


@pytest.mark.parametrize(
    "name", ["", "a b", "ä", "a" * 65, "a\n", "_a", ".", "..", "-a", "a/b", "a:0", "a\\b"]
)
def test_ids_are_short_plain_names(name: str) -> None:
    with pytest.raises(ValidationError):
        Layer(id=name, kind="Dense")


@given(graphs())
def test_a_network_is_the_same_after_a_file_and_a_copy(network: Network) -> None:
    assert Network.model_validate_json(network.model_dump_json()) == network
    assert hash(copy.deepcopy(network)) == hash(network)

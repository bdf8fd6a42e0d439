"""Edits of any acyclic graph: what they do, what they refuse, and properties over drawn graphs."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from app.core.layer_catalog import LAYER_KINDS
from app.core.network import (
    INPUT_KIND,
    Layer,
    Link,
    Network,
    chain,
    layers_behind,
    links_into,
    topological_order,
)
from app.core.network_edits import (
    RefusedEditError,
    add_behind,
    add_free,
    duplicate_layers,
    follow_in_line,
    graft,
    insert_on,
    link,
    link_refusal,
    most_inputs,
    put_on,
    remove_layers,
    rewire,
    unlink,
)

MERGE = "Add"


def layer(name: str, kind: str = "Dense") -> Layer:
    return Layer(id=name, kind=kind)


def edge(source: str, target: str, port: int = 0) -> Link:
    return Link(source=source, target=target, port=port)


def pairs(network: Network) -> set[tuple[str, str, int]]:
    return {(k.source, k.target, k.port) for k in network.links}


def residual() -> Network:
    """input -> a -> b -> add -> out, and input -> add."""
    layers = (layer("input", INPUT_KIND), layer("a"), layer("b"), layer("add", MERGE), layer("out"))
    links = (edge("input", "a"), edge("a", "b"), edge("b", "add"), edge("input", "add", 1),
             edge("add", "out"))  # fmt: skip
    return Network(layers=layers, links=links)


@st.composite
def graphs(draw: st.DrawFn) -> Network:
    """An input, dense layers and merges, with forward links that each kind takes."""
    count = draw(st.integers(2, 9))
    layers = [layer("input", INPUT_KIND)]
    links: list[Link] = []
    for number in range(1, count):
        kind = draw(st.sampled_from(["Dense", MERGE]))
        new = layer(f"l{number}", kind)
        most = 4 if kind == MERGE else 1
        names = [x.id for x in layers]
        sources = draw(st.lists(st.sampled_from(names), max_size=most, unique=True))
        links += [edge(source, new.id, port) for port, source in enumerate(sources)]
        layers.append(new)
    return Network(layers=tuple(draw(st.permutations(layers))), links=tuple(links))


def is_sound(network: Network) -> bool:
    """Valid, without a circle, ports in a row from 0, no layer with more links than it takes."""
    Network.model_validate(network.model_dump())
    ports_in_row = all(
        [k.port for k in links_into(network, x.id)] == list(range(len(links_into(network, x.id))))
        for x in network.layers
    )
    crowded = any(len(links_into(network, x.id)) > most_inputs(x) for x in network.layers)
    return ports_in_row and not crowded and not topological_order(network)[1]


def test_the_catalog_has_a_merge() -> None:
    assert LAYER_KINDS[MERGE].inputs[1] > 2


# ---------------------------------------------------------------- links


def test_link_takes_the_next_free_port_or_replaces() -> None:
    network = residual()
    more = link(add_free(network, layer("c")), "c", "add")
    assert [k.source for k in links_into(more, "add")] == ["b", "input", "c"]
    instead = link(add_free(network, layer("c")), "c", "add", 0)
    assert [k.source for k in links_into(instead, "add")] == ["c", "input"]
    only = link(add_free(network, layer("c")), "c", "out")
    assert [k.source for k in links_into(only, "out")] == ["c"]
    assert link(network, "b", "out").layers == network.layers


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("out", "a", "circle"),
        ("add", "b", "circle"),
        ("a", "a", "itself"),
        ("b", "input", "stands for the data"),
        ("input", "a", "already"),
        ("gone", "a", "no longer"),
        ("a", "gone", "no longer"),
    ],
)
def test_links_that_cannot_be_are_refused_with_the_reason(
    source: str, target: str, words: str
) -> None:
    network = residual()
    refusal = link_refusal(network, source, target)
    assert refusal is not None
    assert words in refusal
    assert refusal.endswith(".")
    with pytest.raises(RefusedEditError, match=words):
        link(network, source, target)


def test_a_layer_with_all_its_links_takes_one_on_a_port_only() -> None:
    two = next(k for k in LAYER_KINDS.values() if 1 < k.inputs[1] < 10)
    count = two.inputs[1]
    names = [f"s{i}" for i in range(count + 1)]
    network = Network(layers=(*(layer(n) for n in names), layer("m", two.name)))
    for name in names[:-1]:
        network = link(network, name, "m")
    assert "has them all" in str(link_refusal(network, names[-1], "m"))
    changed = link(network, names[-1], "m", 1)
    assert [k.source for k in links_into(changed, "m")][1] == names[-1]
    assert len(links_into(changed, "m")) == count


def test_unlink_closes_the_gap_of_ports() -> None:
    network = link(add_free(residual(), layer("c")), "c", "add")
    fewer = unlink(network, [edge("input", "add", 1)])
    assert [(k.source, k.port) for k in links_into(fewer, "add")] == [("b", 0), ("c", 1)]
    assert unlink(network, [edge("a", "out")]) == network


def test_rewire_moves_one_end() -> None:
    network = residual()
    other = rewire(network, edge("input", "add", 1), source="a")
    assert [k.source for k in links_into(other, "add")] == ["b", "a"]
    moved = rewire(network, edge("b", "add"), target="out")
    assert [k.source for k in links_into(moved, "out")] == ["b"]
    assert [(k.source, k.port) for k in links_into(moved, "add")] == [("input", 0)]
    swapped = rewire(network, edge("b", "add", 0), target="add", port=2)
    assert [k.source for k in links_into(swapped, "add")] == ["input", "b"]
    same = rewire(network, edge("b", "add", 0), target="add", port=0)
    assert {k.source for k in links_into(same, "add")} >= {"b"}
    with pytest.raises(RefusedEditError, match="circle"):
        rewire(network, edge("input", "a"), source="out")
    with pytest.raises(RefusedEditError, match="no longer"):
        rewire(network, edge("a", "out"), source="b")


# ---------------------------------------------------------------- layers


def test_a_layer_goes_on_one_link_only() -> None:
    network = insert_on(residual(), layer("new"), edge("input", "add", 1))
    assert pairs(network) == pairs(residual()) - {("input", "add", 1)} | {
        ("input", "new", 0),
        ("new", "add", 1),
    }
    with pytest.raises(RefusedEditError, match="no longer"):
        insert_on(residual(), layer("new"), edge("a", "out"))
    branch = add_behind(residual(), layer("new"), "a")
    assert pairs(branch) == pairs(residual()) | {("a", "new", 0)}


def test_a_layer_is_taken_out_and_put_on_another_link() -> None:
    network = put_on(residual(), "a", edge("add", "out"))
    assert pairs(network) == {
        ("input", "b", 0), ("b", "add", 0), ("input", "add", 1), ("add", "a", 0), ("a", "out", 0),
    }  # fmt: skip
    for name, on, words in (
        ("input", edge("a", "b"), "stands for the data"),
        ("add", edge("a", "b"), "several inputs"),
        ("a", edge("a", "b"), "already"),
    ):
        with pytest.raises(RefusedEditError, match=words):
            put_on(residual(), name, on)


def test_removing_leaves_a_chain_a_chain() -> None:
    network = chain([layer("a"), layer("b"), layer("c"), layer("d")])
    assert pairs(remove_layers(network, ["b", "c"])) == {("a", "d", 0)}
    assert pairs(remove_layers(network, ["a"])) == {("b", "c", 0), ("c", "d", 0)}


def test_removing_a_whole_block_leaves_a_link() -> None:
    assert pairs(remove_layers(residual(), ["a", "b", "add"])) == {("input", "out", 0)}


def test_removing_a_merge_guesses_nothing() -> None:
    assert pairs(remove_layers(residual(), ["add"])) == {("input", "a", 0), ("a", "b", 0)}


def test_removing_a_branch_does_not_add_a_layer_to_itself() -> None:
    network = remove_layers(residual(), ["a", "b"])
    assert pairs(network) == {("input", "add", 0), ("add", "out", 0)}


# ---------------------------------------------------------------- copies


def test_a_layer_and_a_block_are_repeated_in_line() -> None:
    network, names = duplicate_layers(residual(), ["out"])
    assert pairs(network) == pairs(residual()) | {("out", names["out"], 0)}
    network, names = duplicate_layers(residual(), ["a", "b", "add"])
    a, b, add = (names[n] for n in ("a", "b", "add"))
    assert pairs(network) == pairs(residual()) - {("add", "out", 0)} | {
        ("add", a, 0), (a, b, 0), (b, add, 0), ("add", add, 1), (add, "out", 0),
    }  # fmt: skip
    assert is_sound(network)


def test_others_are_copied_with_the_links_among_them() -> None:
    network, names = duplicate_layers(residual(), ["input", "a", "add", "out"])
    assert "input" not in names
    assert pairs(network) == pairs(residual()) | {(names["add"], names["out"], 0)}


def test_copies_begin_with_weights_of_their_own() -> None:
    kept = layer("k").model_copy(update={"kept_weights": "0" * 32, "trainable": False})
    network, names = graft(Network(), [kept], [])
    copy = network.layer(names["k"])
    assert copy.kept_weights is None
    assert copy.trainable is False


def test_a_second_input_is_left_out() -> None:
    source = residual()
    network, names = graft(source, source.layers, source.links)
    assert "input" not in names
    assert sum(x.kind == INPUT_KIND for x in network.layers) == 1
    fresh, names = graft(Network(), source.layers, source.links)
    assert names["input"] == "input"
    assert len(fresh.links) == len(source.links)


def test_copies_follow_in_line() -> None:
    source = residual()
    network, names = graft(source, [source.layer("a"), source.layer("b")], source.links)
    line = follow_in_line(network, names.values(), "a")
    assert pairs(line) == pairs(source) - {("a", "b", 0)} | {
        ("a", names["a"], 0), (names["a"], names["b"], 0), (names["b"], "b", 0),
    }  # fmt: skip
    two, names = graft(source, [source.layer("a"), source.layer("out")], source.links)
    with pytest.raises(RefusedEditError, match="one beginning"):
        follow_in_line(two, names.values(), "a")


def test_too_many_layers_are_refused() -> None:
    full = Network(layers=tuple(layer(f"l{i}") for i in range(2000)))
    with pytest.raises(RefusedEditError, match="2,000"):
        add_free(full, layer("one"))
    with pytest.raises(RefusedEditError, match="2,000"):
        duplicate_layers(full, ["l1"])


# ---------------------------------------------------------------- properties


@st.composite
def edited(draw: st.DrawFn) -> tuple[Network, Network]:
    """A graph, and what a few drawn edits make of it."""
    before = network = draw(graphs())
    for _ in range(draw(st.integers(1, 6))):
        names = [x.id for x in network.layers]
        if not names:
            break
        name = st.sampled_from(names)
        some = draw(st.lists(name, max_size=4))
        new = layer(f"n{draw(st.integers(0, 10**6))}", draw(st.sampled_from(["Dense", MERGE])))
        port = draw(st.none() | st.integers(0, 4))
        kind = draw(st.integers(0, 8))
        try:
            if kind == 0:
                network = link(network, draw(name), draw(name), port)
            elif kind == 1:
                network = remove_layers(network, some)
            elif kind == 2:
                network = duplicate_layers(network, some)[0]
            elif kind == 3 and not network.has(new.id):
                network = add_behind(network, new, draw(name))
            elif kind == 4 and not network.has(new.id):
                network = add_free(network, new)
            elif network.links:
                old = draw(st.sampled_from(network.links))
                if kind == 5:
                    network = unlink(network, [old])
                elif kind == 6:
                    network = rewire(network, old, target=draw(name), port=port)
                elif kind == 7:
                    network = rewire(network, old, source=draw(name))
                elif kind == 8:
                    network = put_on(network, draw(name), old)
        except RefusedEditError as refusal:
            event(str(refusal))
    return before, network


@given(edited())
@settings(max_examples=200, deadline=None)
def test_no_edit_makes_an_unsound_network_or_touches_the_old_one(
    networks: tuple[Network, Network],
) -> None:
    before, after = networks
    assert is_sound(before)
    assert is_sound(after)


@given(graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_refusal_and_link_agree(network: Network, data: st.DataObject) -> None:
    names = [x.id for x in network.layers]
    source, target = (data.draw(st.sampled_from(names)) for _ in range(2))
    port = data.draw(st.none() | st.integers(0, 5))
    refusal = link_refusal(network, source, target, port)
    if refusal is None:
        done = link(network, source, target, port)
        assert any(k.source == source for k in links_into(done, target))
        assert is_sound(done)
    else:
        with pytest.raises(RefusedEditError):
            link(network, source, target, port)


@given(graphs(), st.data())
@settings(max_examples=100, deadline=None)
def test_what_was_reached_past_removed_chain_layers_is_reached_still(
    network: Network, data: st.DataObject
) -> None:
    """Removing a layer with one input keeps every way that led through it."""
    single = [x.id for x in network.layers if len(links_into(network, x.id)) == 1]
    if not single:
        return
    gone = data.draw(st.sampled_from(single))
    smaller = remove_layers(network, [gone])
    for start in network.layers:
        if start.id != gone:
            before = layers_behind(network, [start.id]) - {gone}
            assert layers_behind(smaller, [start.id]) == before

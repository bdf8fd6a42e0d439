"""Places of cards: aligning, room for what is new, nothing moved without need."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.layer_catalog import new_layer
from app.core.network import Network, insert_after, without_layer
from app.core.network_edits import add_free, graft, insert_on
from app.core.place_edits import (
    CARD_ROOM,
    GRID,
    PITCH,
    Alignment,
    Point,
    aligned,
    arranged,
    completed,
    distributed,
    free_spot,
    is_free,
    pasted_places,
    places_of,
    settled,
    snapped,
    with_places,
)
from app.core.project import Project
from app.core.templates import handwritten_digits

PLACE = st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000))


def row_of(project: Project) -> dict[str, tuple[float, float]]:
    """All cards in one row, as the canvas arranges a short chain."""
    return {x.id: (32.0 + 232 * i, 16.0) for i, x in enumerate(project.network.layers)}


def by_hand() -> Project:
    project = handwritten_digits()
    return with_places(project, {}, row_of(project))


def set_network(project: Project, network: Network) -> Project:
    return settled(project, project.model_copy(update={"network": network}))


def covering(places: dict[str, tuple[float, float]]) -> list[tuple[str, str]]:
    return [
        (a, b)
        for (a, (x, y)), (b, (u, v)) in itertools.combinations(places.items(), 2)
        if abs(x - u) < CARD_ROOM[0] and abs(y - v) < CARD_ROOM[1]
    ]


def test_the_first_drag_pins_all_cards() -> None:
    project = handwritten_digits()
    name = project.network.layers[2].id
    moved = with_places(project, {name: (401.0, 203.0)}, row_of(project))
    assert places_of(moved) == {**row_of(project), name: (400.0, 200.0)}
    again = with_places(moved, {"input": (0, 0), "no_such": (1, 1)}, {})
    assert places_of(again) == {**places_of(moved), "input": (0.0, 0.0)}
    assert arranged(again) == project


def test_places_are_finite_and_on_the_grid() -> None:
    assert snapped((3.9, -4.1)) == (0.0, -8.0)
    assert snapped((1e300, -1e300)) == (1e6, -1e6)


@pytest.mark.parametrize("alignment", ["left", "top", "column", "row"])
@given(places=st.dictionaries(st.sampled_from("abcdef"), PLACE, min_size=1))
@settings(max_examples=40, deadline=None)
def test_aligned_cards_stand_on_one_line_and_cover_none(
    alignment: Alignment, places: dict[str, Point]
) -> None:
    found = aligned(places, list(places), alignment)
    line = 0 if alignment in ("left", "column") else 1
    assert len({place[line] for place in found.values()}) == 1
    assert covering(found) == []
    (value,) = {place[line] for place in found.values()}
    values = [place[line] for place in places.values()]
    wanted = min(values) if alignment in ("left", "top") else (min(values) + max(values)) / 2
    assert abs(value - wanted) <= GRID / 2


@pytest.mark.parametrize("start", [float(n) for n in range(17)])
def test_a_row_keeps_its_distance_wherever_it_begins(start: float) -> None:
    """Halves of the grid that go to even numbers would take a step of it from some distances."""
    found = aligned({"a": (start, 0.0), "b": (start + 9, 40.0)}, ["a", "b"], "row")
    assert found["b"][0] - found["a"][0] == 184


def test_distributed_cards_have_equal_gaps() -> None:
    places = {"a": (0.0, 0.0), "b": (100.0, 8.0), "c": (720.0, 16.0), "d": (960.0, 0.0)}
    found = distributed(places, list(places), "across")
    assert found == {"a": (0, 0), "b": (320, 8), "c": (640, 16), "d": (960, 0)}
    down = {"a": (0.0, 0.0), "b": (0.0, 900.0), "c": (8.0, 100.0)}
    assert distributed(down, list(down), "down")["c"] == (8, 448)
    two = {"a": (0.0, 0.0), "b": (5.0, 5.0)}
    assert distributed(two, list(two), "down") == two


def test_a_layer_on_a_link_makes_room_along_its_row() -> None:
    project = by_hand()
    order = [x.id for x in project.network.layers]
    layer = new_layer(project.network, "Dense")
    after = set_network(project, insert_after(project.network, layer, order[1]))
    places, before = places_of(after), places_of(project)
    assert places[layer.id] == before[order[2]]
    for name in order[2:]:
        assert places[name] == (before[name][0] + PITCH[0], before[name][1])
    for name in order[:2]:
        assert places[name] == before[name]


def test_a_layer_between_cards_far_apart_stands_between_them() -> None:
    project = by_hand()
    order = [x.id for x in project.network.layers]
    wide = {name: (x + (600 if i > 1 else 0), y)
            for i, (name, (x, y)) in enumerate(places_of(project).items())}  # fmt: skip
    project = with_places(project, wide, {})
    layer = new_layer(project.network, "Dense")
    after = set_network(project, insert_after(project.network, layer, order[1]))
    x = places_of(after)[layer.id][0]
    assert wide[order[1]][0] + CARD_ROOM[0] < x < wide[order[2]][0] - CARD_ROOM[0]
    assert {n: p for n, p in places_of(after).items() if n != layer.id} == wide


def test_where_no_room_can_be_made_it_stands_below() -> None:
    project = by_hand()
    free = new_layer(project.network, "Dropout")
    project = set_network(project, add_free(project.network, free))
    order = [x.id for x in project.network.layers if x.id != free.id]
    last = places_of(project)[order[-1]]
    project = with_places(project, {free.id: (last[0] + PITCH[0], last[1])}, {})
    layer = new_layer(project.network, "Dense")
    on = next(k for k in project.network.links if k.target == order[-1])
    after = set_network(project, insert_on(project.network, layer, on))
    assert places_of(after)[layer.id][1] > last[1]
    assert covering(places_of(after)) == []


def test_a_removed_layer_takes_its_place_with_it() -> None:
    project = by_hand()
    after = set_network(project, without_layer(project.network, "dropout_1"))
    assert "dropout_1" not in after.places
    assert {**places_of(after), "dropout_1": project.places["dropout_1"]} == places_of(project)


def test_nothing_happens_while_the_canvas_arranges() -> None:
    project = handwritten_digits()
    smaller = project.model_copy(update={"network": without_layer(project.network, "dropout_1")})
    assert settled(project, smaller) is smaller


def test_another_network_is_arranged_anew() -> None:
    project = by_hand()
    others, _ = graft(Network(), project.network.layers[1:], ())
    renamed = Network(layers=tuple(x.model_copy(update={"id": f"{x.id}_x"}) for x in others.layers))
    assert set_network(project, renamed).places == arranged(project).places


def test_places_without_sense_are_harmless() -> None:
    project = handwritten_digits()
    odd = project.model_copy(update={"places": project.places.set("nobody", (1, 2))})
    assert places_of(odd) == {}
    assert not settled(project, odd).places


@given(st.lists(PLACE, max_size=12), PLACE)
@settings(max_examples=80, deadline=None)
def test_a_free_spot_is_free(others: list[Point], wanted: Point) -> None:
    spot = free_spot(wanted, others)
    assert is_free(spot, others)
    assert spot[0] % GRID == spot[1] % GRID == 0


@given(st.dictionaries(st.integers(0, 7), PLACE, min_size=1, max_size=7), st.data())
@settings(max_examples=60, deadline=None)
def test_cards_that_had_a_place_and_no_new_neighbour_stay(
    placed: dict[int, Point], data: st.DataObject
) -> None:
    network = handwritten_digits().network
    names = [x.id for x in network.layers]
    places = {names[i % len(names)]: snapped(place) for i, place in placed.items()}
    done = completed(network, places)
    assert set(done) == set(names)
    moved = {name for name, place in places.items() if done[name] != place}
    for name in moved:  # only to the right, along its row
        assert done[name][1] == places[name][1]
        assert done[name][0] > places[name][0]


def test_pasted_cards_keep_their_shape_clear_of_others() -> None:
    relative = {"a": (0.0, 0.0), "b": (232.0, 152.0)}
    names = {"a": "a_1", "b": "b_1"}
    found = pasted_places(relative, names, (40.0, 40.0), [(40.0, 40.0)])
    (x, y), (u, v) = found["a_1"], found["b_1"]
    assert (u - x, v - y) == (232, 152)
    assert pasted_places(relative, {}, (0.0, 0.0), []) == {}

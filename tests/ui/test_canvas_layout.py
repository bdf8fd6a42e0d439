"""Where cards and links stand: as drawn for a chain, and never on one another for any network."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ui.canvas.layout import (
    CARD_HEIGHT_WITH_STRIP,
    CARD_WIDTH,
    PORT_Y,
    column_numbers,
    columns_that_fit,
    input_port,
    place_network,
    port_counts,
)


def chain_of(count):
    names = [f"l{n}" for n in range(count)]
    return names, [(a, b, 0) for a, b in pairwise(names)]


def test_chain_stands_as_drawn():
    # Corners measured in the drawing of the bench, whose canvas begins at (64, 117).
    names, edges = chain_of(8)
    layout = place_network(names, edges, width=913)
    corners = [(96, 133), (328, 133), (560, 133), (792, 133)]
    corners += [(96, 285), (328, 285), (560, 285), (792, 285)]
    assert [layout.places[n] for n in names] == [(x - 64, y - 117) for x, y in corners]
    returning = layout.courses["l3", "l4", 0]
    drawn = [(960, 175), (976, 175), (976, 265), (80, 265), (80, 327), (96, 327)]
    assert returning.corners == tuple((x - 64, y - 117) for x, y in drawn)
    assert returning.label == (528 - 64, 265 - 117)
    assert returning.label_on_line
    straight = layout.courses["l0", "l1", 0]
    assert straight.corners == ((200, 58), (264, 58))
    assert not straight.label_on_line


@pytest.mark.parametrize(
    ("width", "columns"), [(913, 4), (910, 4), (909, 3), (681, 3), (450, 2), (300, 1), (20, 1)]
)
def test_rows_wrap_to_the_width(width, columns):
    assert columns_that_fit(width) == columns


@st.composite
def networks(draw):
    count = draw(st.integers(1, 14))
    names = [f"l{n}" for n in range(count)]
    edges = set()
    for target in range(1, count):
        sources = draw(st.sets(st.integers(0, target - 1), max_size=3))
        edges |= {(names[s], names[target], port) for port, s in enumerate(sorted(sources))}
    return names, sorted(edges)


def longest_path(name, edges):
    return max((1 + longest_path(s, edges) for s, t, _ in edges if t == name), default=0)


def crosses(segment, corner):
    """Whether a horizontal or vertical segment runs through the inside of the card at `corner`."""
    (x0, y0), (x1, y1) = segment
    left, top = corner
    return (
        max(x0, x1) > left + 1
        and min(x0, x1) < left + CARD_WIDTH - 1
        and max(y0, y1) > top + 1
        and min(y0, y1) < top + CARD_HEIGHT_WITH_STRIP - 1
    )


@settings(max_examples=150)
@given(networks(), st.sampled_from([280, 500, 913, 1600]))
def test_nothing_stands_on_anything_else(network, width):
    names, edges = network
    assert column_numbers(names, edges) == {n: longest_path(n, edges) for n in names}
    layout = place_network(names, edges, width=width)
    assert set(layout.places) == set(names)
    assert set(layout.courses) == set(edges)
    counts = port_counts(edges)
    for a, b in combinations(layout.places.values(), 2):
        assert abs(a[0] - b[0]) >= CARD_WIDTH or abs(a[1] - b[1]) >= CARD_HEIGHT_WITH_STRIP
    for (source, target, port), course in layout.courses.items():
        start, end = layout.places[source], layout.places[target]
        assert course.corners[0] == (start[0] + CARD_WIDTH, start[1] + PORT_Y)
        across, down = input_port(port, counts[target])
        assert course.corners[-1] == (end[0] + across, end[1] + down)
        for segment in pairwise(course.corners):
            assert segment[0][0] == segment[1][0] or segment[0][1] == segment[1][1]
            assert not any(crosses(segment, corner) for corner in layout.places.values())
    for x, y in layout.places.values():
        assert x + CARD_WIDTH <= layout.width
        assert y + CARD_HEIGHT_WITH_STRIP <= layout.height


def test_two_layers_in_a_cycle_are_placed_too():
    names = ["a", "b", "c"]
    layout = place_network(names, [("a", "b", 0), ("b", "c", 0), ("c", "b", 1)], width=913)
    assert len({layout.places[n] for n in names}) == 3
    left, top = layout.places["b"]
    assert layout.courses["c", "b", 1].corners[-1] == (left, top + input_port(1, 2)[1])

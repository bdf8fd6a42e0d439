"""Strokes, eraser and classes of painted points, against geometry worked out another way."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import MOST_PAINTED, PaintedSource
from app.core.painting import (
    REACH,
    Brush,
    PaintingError,
    dabs,
    erase,
    reach_of,
    room_left,
    stroke,
    with_points,
)

coordinates = st.floats(-REACH, REACH).map(lambda v: round(v, 3))
points = st.tuples(coordinates, coordinates)
paths = st.lists(points, min_size=1, max_size=12)


@given(paths, st.floats(0.05, 1.0))
def test_dabs_follow_each_other_at_equal_lengths_of_the_path(
    path: list[tuple[float, float]], spacing: float
) -> None:
    found = dabs(path, spacing)
    length = sum(math.dist(a, b) for a, b in pairwise(path))
    assert abs(len(found) - 1 - length / spacing) < 1 + 1e-6
    ends = np.cumsum([0.0, *(math.dist(a, b) for a, b in pairwise(path))])
    for number, place in enumerate(found):
        expected = [np.interp(number * spacing, ends, [p[axis] for p in path]) for axis in (0, 1)]
        assert place == pytest.approx(expected, abs=1e-6)


@given(paths, st.integers(0, 10**6))
def test_a_stroke_lies_around_its_path_and_grows_at_its_end(
    path: list[tuple[float, float]], seed: int
) -> None:
    brush = Brush(0.4, 3)
    found = stroke(path, brush, seed)
    places = dabs(path, 0.2)
    assert len(found) == 3 * len(places)
    for number, point in enumerate(found):
        assert math.dist(point, places[number // 3]) <= 0.4 + 1e-3
        assert max(map(abs, point)) <= REACH
    shorter = stroke(path[:-1], brush, seed)
    assert found[: len(shorter)] == shorter
    assert stroke(path, brush, seed) == found


def test_a_dab_is_uniform_in_its_disc() -> None:
    found = np.array(stroke([(0.0, 0.0)], Brush(1.0, 4000), 5))
    radii = np.hypot(*found.T)
    assert radii.max() <= 1.001
    assert (radii < math.sqrt(0.5)).mean() == pytest.approx(0.5, abs=0.03)
    assert found.mean(axis=0) == pytest.approx([0, 0], abs=0.03)


@given(paths, st.floats(0.05, 1.0), st.integers(0, 10**6))
def test_the_eraser_takes_what_is_near_the_line(
    path: list[tuple[float, float]], radius: float, seed: int
) -> None:
    draw = random.Random(seed)
    cloud = [(draw.uniform(-3, 3), draw.uniform(-3, 3)) for _ in range(40)]
    source = with_points(PaintedSource(), cloud, 1)
    left = erase(source, path, radius)
    dense = [
        ((1 - t) * a[0] + t * b[0], (1 - t) * a[1] + t * b[1])
        for a, b in (list(pairwise(path)) or [(path[0], path[0])])
        for t in np.linspace(0, 1, 400)
    ]
    for x, y in cloud:
        nearest = min(math.dist((x, y), place) for place in dense)
        if abs(nearest - radius) > 0.02:
            assert ((x, y) in zip(left.x, left.y, strict=True)) == (nearest > radius)


def test_the_sheet_takes_so_many_points_and_no_more() -> None:
    source = with_points(PaintedSource(), [(0.0, 0.0)] * (MOST_PAINTED - 2), 0)
    assert room_left(source) == 2
    full = with_points(source, [(1.0, 1.0)] * 5, 1)
    assert (len(full.x), room_left(full)) == (MOST_PAINTED, 0)
    with pytest.raises(PaintingError, match="no room"):
        with_points(full, [(0.0, 0.0)], 0)


def test_the_sheet_holds_what_is_on_it() -> None:
    assert reach_of(PaintedSource()) == REACH
    far = with_points(PaintedSource(), [(0.5, -4.2)], 0)
    assert reach_of(far) == 5.0
    assert max(abs(v) for p in stroke([(4.9, 4.9)], Brush(1.0, 50), 1, 5.0) for v in p) == 5.0

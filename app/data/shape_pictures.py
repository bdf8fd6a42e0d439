"""V-shapes: pictures of strokes, half of which hold a V; the lecture's question made into data."""

from itertools import combinations

import numpy as np

SIDE = 32
SHAPES_EACH = 3
GREYS = 255

_STROKES = 2
"""Most straight strokes that one shape is made of."""
_ARRANGEMENTS = 60
"""Random placements of which the roomiest is taken."""
_BLOCK = 250
"""Pictures drawn at a time, so that the distances to all strokes stay in the cache."""


def v_shapes(samples: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that hold three shapes each, and whether one of them is a V.

    A V is two strokes of equal length that meet at its lower end under 35 to 65 degrees, turned by
    at most 15 degrees. The other shapes are lines, crosses, L shapes, circles and arcs. Place,
    size, thickness and contrast vary alike for all, so that no sum over fixed pixels tells a V.

    Args:
        samples: how many pictures; half of them (rounded down) hold a V.
        noise: standard deviation of the normal noise on each pixel, as a share of full contrast.
        seed: the same one gives the same pictures.

    Returns:
        (samples, 32, 32, 1) float32 from 0 to 1 in steps of 1/255, and (samples,) int64, 1 where
        there is a V.
    """
    generator = np.random.default_rng(seed)
    y = generator.permutation(np.arange(samples) % 2 == 1).astype(np.int64)
    pictures = np.empty((samples, SIDE, SIDE, 1), np.float32)
    for start in range(0, samples, _BLOCK):
        block = slice(start, min(start + _BLOCK, samples))
        pictures[block, :, :, 0] = _draw(y[block], noise, generator)
    return pictures, y


def _draw(y: np.ndarray, noise: float, generator: np.random.Generator) -> np.ndarray:
    count = len(y)
    size = generator.uniform(4.5, 6.5, (count, SHAPES_EACH))  # half the extent, in pixels
    centre = _places(size, generator)
    kind = generator.integers(1, 6, size.shape)
    kind[:, 0] = np.where(y == 1, 0, kind[:, 0])
    ends, middle, radius, heading, reach = _geometry(kind, centre, size, generator)
    strokes = np.full((*size.shape, _STROKES, SIDE, SIDE), np.inf, np.float32)
    drawn = np.isfinite(ends).all(axis=(-1, -2))
    strokes[drawn] = _to_strokes(ends[drawn])
    distance = strokes.min(axis=2)
    round_ones = np.isfinite(radius)
    distance[round_ones] = _to_arcs(
        middle[round_ones], radius[round_ones], heading[round_ones], reach[round_ones]
    )
    thickness = generator.uniform(0.8, 1.2, size.shape).astype(np.float32)[..., None, None]
    contrast = generator.uniform(0.6, 1.0, size.shape).astype(np.float32)[..., None, None]
    ink = np.clip(thickness + np.float32(0.5) - distance, 0.0, 1.0) * contrast
    grain = generator.standard_normal((count, SIDE, SIDE), np.float32) * np.float32(noise)
    grey = np.rint(np.clip(ink.max(axis=1) + grain, 0.0, 1.0) * GREYS)
    return np.asarray(grey / GREYS, np.float32)


def _places(size: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Centres (count, shapes, xy) that keep shapes of half extent `size` apart and off the edges.

    The roomiest of some random arrangements, or the first that is roomy enough.
    """
    room = SIDE / 2 - size - 1.0
    tried = generator.uniform(-1.0, 1.0, (len(size), _ARRANGEMENTS, SHAPES_EACH, 2))
    centres = tried * room[:, None, :, None] + (SIDE - 1) / 2
    spare = np.full(centres.shape[:2], np.inf)
    for one, other in combinations(range(SHAPES_EACH), 2):
        apart = np.abs(centres[:, :, one] - centres[:, :, other]).max(axis=-1)
        spare = np.minimum(spare, apart / (size[:, one] + size[:, other])[:, None])
    chosen = np.minimum(spare, 1.0).argmax(axis=1)
    return np.asarray(centres[np.arange(len(size)), chosen])


def _geometry(
    kind: np.ndarray, centre: np.ndarray, size: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Strokes (count, shapes, strokes, 2 ends, xy); middle, radius, heading and reach of arcs.

    Kinds: 0 V, 1 line, 2 cross, 3 L, 4 circle, 5 arc. What a shape lacks is NaN.
    """
    turn = generator.uniform(-np.pi / 12, np.pi / 12, kind.shape)
    any_turn = generator.uniform(-np.pi, np.pi, kind.shape)
    opening = generator.uniform(np.radians(35), np.radians(65), kind.shape) / 2
    up, zero = -np.pi / 2, np.zeros(kind.shape)  # y grows downwards

    def towards(angle: np.ndarray, length: np.ndarray) -> np.ndarray:
        return np.asarray(np.stack([np.cos(angle), np.sin(angle)], axis=-1) * length[..., None])

    def stroke(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        return np.stack([start, end], axis=-2)

    tip = -towards(up + turn, size)
    arm = 2 * size / np.cos(opening) * 0.95
    corner = towards(up + turn + np.pi + np.pi / 4 * np.sign(any_turn), size)
    side = 1.35 * size
    crossing = generator.uniform(np.pi / 2.4, np.pi / 2, kind.shape)
    nothing = np.full((*kind.shape, 2, 2), np.nan)
    shapes = (
        (
            stroke(tip, tip + towards(up + turn - opening, arm)),
            stroke(tip, tip + towards(up + turn + opening, arm)),
        ),
        (stroke(towards(any_turn, size), towards(any_turn, -size)), nothing),
        (
            stroke(towards(any_turn, size), towards(any_turn, -size)),
            stroke(towards(any_turn + crossing, size), towards(any_turn + crossing, -size)),
        ),
        (
            stroke(corner, corner + towards(up + turn, side)),
            stroke(corner, corner + towards(turn + np.pi * (any_turn > 0), side)),
        ),
    )
    ends = np.full((*kind.shape, _STROKES, 2, 2), np.nan)
    for number, strokes in enumerate(shapes):
        for place, one in enumerate(strokes):
            ends[:, :, place] = np.where((kind == number)[..., None, None], one, ends[:, :, place])
    round_ones = kind >= 4
    radius = np.where(round_ones, size * generator.uniform(0.7, 0.95, kind.shape), np.nan)
    reach = np.where(kind == 4, np.pi, generator.uniform(np.pi / 3, np.pi / 1.5, kind.shape))
    return (
        ends + centre[:, :, None, None, :],
        centre,
        radius,
        np.where(round_ones, any_turn, zero),
        reach,
    )


def _grid() -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return columns.astype(np.float32), rows.astype(np.float32)


def _to_strokes(ends: np.ndarray) -> np.ndarray:
    """Distance of every pixel to each stroke: (strokes, 2 ends, xy) gives (strokes, side, side)."""
    column, row = _grid()
    (start_x, start_y), (end_x, end_y) = (
        [ends[:, end, axis].astype(np.float32)[:, None, None] for axis in range(2)]
        for end in range(2)
    )
    along_x, along_y = end_x - start_x, end_y - start_y
    off_x, off_y = column - start_x, row - start_y
    share = np.clip((off_x * along_x + off_y * along_y) / (along_x**2 + along_y**2), 0.0, 1.0)
    return _length(off_x - share * along_x, off_y - share * along_y)


def _to_arcs(
    middle: np.ndarray, radius: np.ndarray, heading: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Distance of every pixel to each arc that runs `reach` radians to both sides of `heading`.

    `middle` (arcs, xy), the others (arcs,); gives (arcs, side, side).
    """
    column, row = _grid()
    middle_x, middle_y, radius, heading, reach = (
        values.astype(np.float32)[:, None, None]
        for values in (middle[:, 0], middle[:, 1], radius, heading, reach)
    )
    off_x, off_y = column - middle_x, row - middle_y
    length = _length(off_x, off_y)
    angle = np.abs((np.arctan2(off_y, off_x) - heading + np.pi) % (2 * np.pi) - np.pi)
    past = np.clip(angle - reach, 0.0, None)
    # Beyond its end the arc is as far as its end point: a chord, by the law of cosines.
    chord = length**2 + radius**2 - 2 * length * radius * np.cos(past)
    return np.where(past > 0, np.sqrt(np.maximum(chord, 0.0)), np.abs(length - radius))


def _length(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(np.sqrt(x * x + y * y))

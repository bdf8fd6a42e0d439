"""V-shapes: pictures of strokes, half of which hold a V; the lecture's question made into data."""

import numpy as np

SIDE = 32
SHAPES_EACH = 3
GREYS = 255

_STROKES = 2
"""Most straight strokes that one shape is made of."""
_BLOCK = 250
"""Pictures drawn at a time, so that the distances to all strokes stay in the cache."""


def v_shapes(samples: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures that hold three shapes each, and whether one of them is a V.

    A V is two strokes of equal length that meet at its lower end under 35 to 65 degrees, turned by
    at most 15 degrees. The other shapes are lines, crosses, L shapes, circles and arcs. Each shape
    lies in a quarter of its own, somewhere; place, size, thickness and contrast vary alike for all
    of them, so that no sum over fixed pixels tells a V.

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
    quarters = generator.permuted(np.tile(np.arange(4), (count, 1)), axis=1)[:, :SHAPES_EACH]
    size = generator.uniform(4.5, 6.5, quarters.shape)  # half the extent, in pixels
    room = SIDE / 4 - size - 0.25
    centre = np.stack([quarters % 2, quarters // 2], axis=-1) * (SIDE / 2) + SIDE / 4 - 0.5
    centre = centre + generator.uniform(-1.0, 1.0, centre.shape) * room[..., None]
    kind = generator.integers(1, 6, quarters.shape)
    kind[:, 0] = np.where(y == 1, 0, kind[:, 0])
    ends, middle, radius, heading, reach = _geometry(kind, centre, size, generator)
    distance = np.minimum(
        _to_strokes(ends).min(axis=2), _to_arcs(middle, radius, heading, reach)
    )  # (count, shapes, side, side)
    thickness = generator.uniform(0.8, 1.2, quarters.shape)[..., None, None]
    contrast = generator.uniform(0.6, 1.0, quarters.shape)[..., None, None]
    ink = np.clip(thickness + 0.5 - distance, 0.0, 1.0) * contrast
    picture = ink.max(axis=1) + generator.normal(0.0, noise, (count, SIDE, SIDE))
    return np.asarray(np.rint(np.clip(picture, 0.0, 1.0) * GREYS) / GREYS, np.float32)


def _geometry(
    kind: np.ndarray, centre: np.ndarray, size: np.ndarray, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Strokes (count, shapes, strokes, 2 ends, xy); middle, radius, heading and reach of arcs.

    Kinds: 0 V, 1 line, 2 cross, 3 L, 4 circle, 5 arc. What a shape lacks is NaN: infinitely far
    away.
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
    """Distance of pixels to strokes: (..., 2 ends, xy) gives (..., side, side); NaN is infinite."""
    column, row = _grid()
    ends = ends.astype(np.float32)[..., None, None]
    start_x, start_y = ends[..., 0, 0, :, :], ends[..., 0, 1, :, :]
    along_x, along_y = ends[..., 1, 0, :, :] - start_x, ends[..., 1, 1, :, :] - start_y
    squared = along_x**2 + along_y**2
    share = ((column - start_x) * along_x + (row - start_y) * along_y) / squared
    share = np.clip(share, 0.0, 1.0)
    distance = np.hypot(column - start_x - share * along_x, row - start_y - share * along_y)
    return np.nan_to_num(distance, nan=np.inf)


def _to_arcs(
    middle: np.ndarray, radius: np.ndarray, heading: np.ndarray, reach: np.ndarray
) -> np.ndarray:
    """Distance of every pixel to the arc that runs `reach` radians to both sides of `heading`."""
    column, row = _grid()
    heading, reach, radius = (
        v.astype(np.float32)[..., None, None] for v in (heading, reach, radius)
    )
    off_x = column - middle[..., 0].astype(np.float32)[..., None, None]
    off_y = row - middle[..., 1].astype(np.float32)[..., None, None]
    angle = np.abs((np.arctan2(off_y, off_x) - heading + np.pi) % (2 * np.pi) - np.pi)
    on_arc = np.abs(np.hypot(off_x, off_y) - radius)
    past = np.clip(angle - reach, 0.0, None)
    # Beyond its end the arc is as far as its end point: the chord, by the law of cosines.
    length = np.hypot(off_x, off_y)
    beyond = np.sqrt(np.maximum(length**2 + radius**2 - 2 * length * radius * np.cos(past), 0.0))
    return np.nan_to_num(np.where(past > 0, beyond, on_arc), nan=np.inf)

"""Samples laid out in the plane so that neighbours stay neighbours: t-SNE, piece by piece."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

PERPLEXITY = 30.0
"""How many neighbours count, about (van der Maaten and Hinton 2008: from 5 to 50)."""
FEWEST = 4
"""Samples that a layout needs."""
PIECE = 300
"""Steps at a time. scikit-learn does 250 of them carefully (exaggerated in a first piece), and says
how good a layout is only when there are more.
"""
PIECES, PIECES_AGAIN = 4, 1
"""Of a new layout, and of one that goes on from the one before."""
EXAGGERATION = 12.0
SEED = 0


@dataclass(frozen=True)
class PieceDone:
    """What a layout in the making tells of itself."""

    done: int
    of: int


@dataclass(frozen=True)
class NeighbourLayout:
    """Read-only arrays.

    Attributes:
        places: (samples, 2) float64.
        divergence: the Kullback-Leibler divergence that is left, in nats; smaller is truer.
        perplexity: what it was worked out with.
    """

    places: np.ndarray
    divergence: float
    perplexity: float


def neighbour_layout(
    scores: np.ndarray,
    start: np.ndarray | None,
    report: Callable[[PieceDone], None],
    stopping: Callable[[], bool],
) -> NeighbourLayout | None:
    """The t-SNE (scikit-learn's, Barnes-Hut) of `scores` (samples, components); None when stopped.

    Equal arguments give equal layouts. It takes a second or so: not for the engine thread.

    Args:
        scores: finite; at least `FEWEST` samples.
        start: the places (samples, 2) of the layout before, from which it goes on, so that the
            picture does not jump; None begins with the first two components.
        report: told after each of the pieces.
        stopping: looked at between two pieces.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    scores = np.asarray(scores, np.float64)
    perplexity = min(PERPLEXITY, (len(scores) - 1) / 3)
    places = _first_places(scores) if start is None else np.array(start, np.float64)
    pieces = PIECES if start is None else PIECES_AGAIN
    divergence = 0.0
    for piece in range(pieces):
        if stopping():
            return None
        early = start is None and piece == 0
        method = TSNE(
            perplexity=perplexity,
            early_exaggeration=EXAGGERATION if early else 1.0,
            max_iter=PIECE,
            init=places.astype(np.float32),
            random_state=SEED,
        )
        with threadpool_limits(1):  # else it takes a training its processors
            places = np.asarray(method.fit_transform(scores), np.float64)
        divergence = float(method.kl_divergence_)
        report(PieceDone(piece + 1, pieces))
    places.setflags(write=False)
    return NeighbourLayout(places, divergence, perplexity)


def _first_places(scores: np.ndarray) -> np.ndarray:
    """The first two components, so small that distances do not hold the samples back."""
    places = scores[:, :2] - scores[:, :2].mean(axis=0)
    spread = float(places[:, 0].std())
    noise = np.random.default_rng(SEED).normal(size=places.shape)
    # Samples that lie on one another would never part.
    return np.asarray(1e-4 * (places / (spread or 1.0)) + 1e-6 * noise)

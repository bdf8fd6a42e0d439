"""Lines of equal height where they must be."""

import numpy as np
import pytest

from app.ui.plots.contours import contour, height_at, smooth


def test_the_line_around_a_hill_is_a_circle() -> None:
    y, x = np.mgrid[0:41, 0:41] / 20 - 1
    pieces = contour(np.hypot(x, y), 0.503)
    places = pieces.reshape(-1, 2) / 20 - 1
    assert np.hypot(*places.T) == pytest.approx(0.503, abs=2e-3)
    lengths = np.linalg.norm(pieces[:, 1] - pieces[:, 0], axis=1) / 20
    assert lengths.sum() == pytest.approx(2 * np.pi * 0.503, rel=0.01)
    # It is closed: each end is the end of two pieces.
    _, counts = np.unique(places.round(6), axis=0, return_counts=True)
    assert set(counts) == {2}


def test_on_a_slope_the_line_is_where_the_level_is() -> None:
    values = np.tile(np.arange(4.0), (3, 1))
    pieces = contour(values, 1.25)
    assert sorted(map(tuple, pieces.reshape(-1, 2).tolist())) == [
        (1.25, 0), (1.25, 1), (1.25, 1), (1.25, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("high", "corner"),
    [(1.8, (1.0, 0.0)), (0.6, (0.0, 0.0))],  # the high corners belong together, or each alone
)
def test_a_saddle_is_parted_by_its_middle(high: float, corner: tuple[float, float]) -> None:
    pieces = contour(np.array([[high, 0.0], [0.0, high]]), 0.5)
    assert len(pieces) == 2
    around = np.abs(pieces - np.array(corner)).sum(axis=2) < 1
    assert around.all(axis=1).sum() == 1


def test_cells_beside_what_is_not_finite_have_no_line() -> None:
    values = np.tile(np.arange(5.0), (5, 1))
    values[2, 2] = np.nan
    rows = {float(row) for _, row in contour(values, 1.5).reshape(-1, 2)}
    assert rows == {0, 1, 3, 4}


def test_smooth_and_height_agree_with_the_linear_function_they_are_given() -> None:
    y, x = np.mgrid[0:5, 0:5].astype(float)
    values = 2 * x - 3 * y + 1
    fine = smooth(values, 9)
    fine_y, fine_x = np.mgrid[0:9, 0:9] / 2
    assert fine == pytest.approx(2 * fine_x - 3 * fine_y + 1)
    assert height_at(values, 1.3, 2.7) == pytest.approx(2.6 - 8.1 + 1)
    assert height_at(values, 4.0, 4.0) == pytest.approx(values[4, 4])
    values[0, 4] = np.nan
    assert np.isnan(height_at(values, 3.5, 0.5))
    assert height_at(values, 3.0, 0.0) == values[0, 3]
    assert np.isnan(smooth(values, 9)[0, 7])
    assert smooth(values, 9)[0, 6] == values[0, 3]

"""The pieces of an occlusion, put together."""

import numpy as np
import pytest

from app.diagnostics.occlusion import OcclusionPiece
from app.diagnostics.readings import Verdicts
from app.ui.inside.occlusion_gathering import Gathering

VERDICTS = Verdicts("probability", np.array([0.2, 0.8]), np.int32(1), np.float32(0.8))
PLACES = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def piece(start, drops, whole=0.8):
    places = PLACES[start : start + len(drops)]
    raw = np.zeros((3, 3, 1))
    return OcclusionPiece(1, places, np.array(drops), start, 4, (2, 2), whole, VERDICTS, raw)


def test_pieces_are_put_together_in_their_order():
    gathering = Gathering()
    assert not gathering.done
    assert (gathering.next, gathering.share) == (0, 0.0)
    gathering.add(piece(0, [0.4, 0.2]))
    expected = [[0.4, 0.3, 0.2], [0.4, 0.3, 0.2], [np.nan] * 3]
    np.testing.assert_allclose(gathering.values(), expected)
    gathering.add(piece(3, [9.0]))  # not the next one
    gathering.add(piece(0, [9.0]))  # known already
    assert (gathering.next, gathering.share) == (2, 0.5)
    gathering.add(piece(2, [0.0, 0.1]))
    assert gathering.done
    assert not gathering.mixed
    assert gathering.values()[1, 1] == np.mean([0.4, 0.2, 0.0, 0.1])
    np.testing.assert_array_equal(gathering.drops(), [0.4, 0.2, 0.0, 0.1])


def test_it_is_told_when_the_network_learned_on():
    gathering = Gathering()
    gathering.add(piece(0, [0.4]))
    gathering.add(piece(1, [0.4], whole=0.81))
    assert gathering.mixed


def test_columns_stand_side_by_side():
    gathering = Gathering()
    row = OcclusionPiece(
        0,
        np.array([[0, 1], [1, 4]]),
        np.array([0.5, -0.25]),
        0,
        3,
        (1, 1),
        0.8,
        VERDICTS,
        np.zeros(5),
    )
    gathering.add(row)
    np.testing.assert_array_equal(gathering.values(), [0.5, -0.25, np.nan])


def gathered(drops, values=(0.02, 0.98), target=1, *, total=2, classes=True):
    """A row of two columns."""
    shares = np.array(values, np.float32)
    decided, sure = (np.int32(shares.argmax()), shares.max()) if classes else (None, None)
    verdicts = Verdicts("probability", shares, decided, sure)
    found = Gathering()
    places = np.array([[0, 1], [1, 2]])[: len(drops)]
    whole = float(shares[target])
    drops = np.array(drops, np.float32)
    found.add(OcclusionPiece(target, places, drops, 0, total, (1, 1), whole, verdicts, np.zeros(2)))
    return found


@pytest.mark.parametrize(
    ("given", "slight", "stays"),
    [
        ({"drops": (0.0002, -0.009)}, True, True),
        ({"drops": (0.0002, 0.2)}, False, False),
        ({"drops": (0.0002,)}, False, False),
        ({"drops": (0.0, 0.0), "target": 0}, True, False),
        ({"drops": (0.009, 0.0), "values": (0.495, 0.505)}, True, False),
    ],
    ids=["noise", "a change", "not whole yet", "of another class", "could tip"],
)
def test_what_is_noise(given, slight, stays):
    found = gathered(**given)
    assert (found.slight, found.stays) == (slight, stays)
    assert found.least == 0.01


def test_of_a_regression_a_hundredth_of_the_output():
    found = gathered((0.5, -1.0), (-200.0,), 0, classes=False)
    assert found.least == pytest.approx(2.0)
    assert (found.slight, found.stays) == (True, False)

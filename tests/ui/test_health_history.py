"""The health of every epoch, within bounds."""

from app.core.frozen import FrozenMap
from app.training.events import LayerHealth
from app.ui.health_history import HealthHistory


def health(epoch: int, norm: float = 0.0) -> LayerHealth:
    return LayerHealth(epoch, FrozenMap(dense=norm), ())


def epochs(history: HealthHistory) -> list[int]:
    return [one.epoch for one in history.all]


def test_it_grows_and_what_is_done_again_replaces_what_was() -> None:
    history = HealthHistory()
    assert history.all == ()
    assert history.newest is None
    for epoch in range(1, 6):
        history.add(health(epoch))
    before = history.all
    assert history.all is before
    history.add(health(4, norm=7.0))
    assert epochs(history) == [1, 2, 3, 4]
    assert history.newest == history.all[-1] == health(4, norm=7.0)
    assert len(before) == 5
    history.drop_after(2)
    assert epochs(history) == [1, 2]
    history.clear()
    assert history.all == ()


def test_a_long_run_is_thinned_evenly_with_its_first_and_newest_epoch() -> None:
    history = HealthHistory(most=10)
    for epoch in range(1, 1001):
        history.add(health(epoch))
        found = epochs(history)
        assert len(found) <= 10
        assert found[0] == 1
        assert found[-1] == epoch
    between = epochs(history)[1:-1]
    assert between == list(range(128, 1000, 128))

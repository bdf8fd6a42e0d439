"""The schedules against the formulas written down by hand."""

import math
from itertools import pairwise

import pytest

from app.core.frozen import FrozenMap
from app.core.project import ScheduleSettings
from app.core.schedule_catalog import SCHEDULES, ScheduleKind, preview, share_of


def share(kind: str, step: int, **options: object) -> float:
    """With 10 steps an epoch, and 100 epochs planned."""
    settings = ScheduleSettings(kind=kind, options=FrozenMap(options))
    return share_of(settings, 10, 100)(step)


def test_constant_and_plateau_leave_the_rate_alone() -> None:
    assert {share(kind, step) for kind in ("constant", "plateau") for step in (0, 7, 10**6)} == {1}


def test_step_falls_with_the_first_step_of_an_epoch() -> None:
    found = [share("step", step, every=3, factor=0.1) for step in (0, 29, 30, 59, 60)]
    assert found == pytest.approx([1, 1, 0.1, 0.1, 0.01])


def test_milestones_in_any_order() -> None:
    found = [
        share("milestones", step, milestones=(4, 2), factor=0.5) for step in (0, 19, 20, 39, 40, 99)
    ]
    assert found == [1, 1, 0.5, 0.5, 0.25, 0.25]


def test_exponential_and_inverse_time_between_epochs() -> None:
    assert share("exponential", 15, every=3, factor=0.25) == pytest.approx(0.5)
    assert share("inverse_time", 60, every=3, decay_rate=0.5) == pytest.approx(1 / 2)


def test_polynomial_ends_at_alpha_and_stays() -> None:
    assert share("polynomial", 0, power=2.0) == 1
    assert share("polynomial", 500, alpha=0.2, power=2.0) == pytest.approx(0.8 * 0.25 + 0.2)
    assert share("polynomial", 10**7, alpha=0.2) == pytest.approx(0.2)


def test_cosine_over_all_epochs_or_its_own_length() -> None:
    assert share("cosine", 500) == pytest.approx(0.5)
    assert share("cosine", 250) == pytest.approx(0.5 * (1 + math.cos(math.pi / 4)))
    assert share("cosine", 1000) == pytest.approx(0)
    settings = ScheduleSettings(kind="cosine", options=FrozenMap(epochs=5, alpha=0.5))
    assert share_of(settings, 10, 100)(50) == pytest.approx(0.5)


def test_restarts_begin_anew_longer_and_lower() -> None:
    options = {"first": 2, "t_mul": 2, "m_mul": 0.5}
    starts = [share("cosine_restarts", step, **options) for step in (0, 20, 60, 140)]
    assert starts == pytest.approx([1, 0.5, 0.25, 0.125])
    assert share("cosine_restarts", 40, **options) == pytest.approx(0.25)
    even = [share("cosine_restarts", step, first=2, t_mul=1) for step in (0, 10, 20, 30, 400)]
    assert even == pytest.approx([1, 0.5, 1, 0.5, 1])


def test_warm_up_rises_and_stays() -> None:
    found = [share("warmup", step, warmup=2, start=0.2) for step in (0, 5, 10, 20, 999)]
    assert found == pytest.approx([0.2, 0.4, 0.6, 1, 1])


def test_after_warm_up_the_cosine_lasts_until_the_last_epoch() -> None:
    options = {"warmup": 20, "start": 0.0, "alpha": 0.1}
    found = [share("warmup_cosine", step, **options) for step in (0, 100, 200, 600, 1000)]
    assert found == pytest.approx([0, 0.5, 1, 0.55, 0.1])


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_a_share_is_never_above_one(kind: ScheduleKind) -> None:
    each = share_of(ScheduleSettings(kind=kind.name), 7, 40)
    assert all(0 <= each(step) <= 1 + 1e-12 for step in range(400))


@pytest.mark.parametrize("kind", SCHEDULES, ids=lambda kind: kind.name)
def test_the_preview_is_the_curve(kind: ScheduleKind) -> None:
    settings = ScheduleSettings(kind=kind.name)
    points = preview(settings, 0.3, 45, 100)
    if kind.name == "plateau":
        assert points == ()
        return
    each = share_of(settings, 45, 100)
    assert points[0][0] == 0
    assert points[-1][0] == pytest.approx(100 - 1 / 45)
    assert len(points) <= 260
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert all(rate == pytest.approx(0.3 * each(round(x * 45))) for x, rate in points)


def test_the_preview_shows_both_sides_of_a_fall() -> None:
    settings = ScheduleSettings(kind="step", options=FrozenMap(every=10, factor=0.1))
    points = preview(settings, 1.0, 45, 100, count=40)
    falls = [(a, b) for a, b in pairwise(points) if b[1] < a[1] * 0.5]
    assert [round(b[0], 9) for _, b in falls] == [10, 20, 30, 40, 50, 60, 70, 80, 90]
    assert all(b[0] - a[0] == pytest.approx(1 / 45) for a, b in falls)


def test_what_cannot_be_drawn_is_not_drawn() -> None:
    assert preview(ScheduleSettings(kind="no such"), 0.1, 5, 10) == ()
    wrong = ScheduleSettings(kind="step", options=FrozenMap(every=0))
    assert preview(wrong, 0.1, 5, 10) == ()

"""Draws: where they fall, what is left out of a trial, what Optuna is told."""

import math
import random
from collections import Counter

import pytest

from app.core.frozen import FrozenMap, OptionValue
from app.core.options import FloatOption, IntegerOption
from app.core.project import Project
from app.core.search_results import FoldResult, Trial
from app.core.search_settings import Dimension
from app.core.search_values import NumberRange, choices_of
from app.search import tpe
from app.search.draws import draw_from, every_setting
from app.search.sampling import sampler_of
from app.search.tpe import Axis, TpeSampler
from tests.unit.made_up_fits import BATCH, RATE, SHUFFLE, searched

NUMBER = FloatOption(name="x", label="X", default=0.0, help="")
WHOLE = IntegerOption(name="n", label="N", default=0, help="")
KINDS = Dimension(path="training.optimizer", values=("Adam", "SGD"))
MOMENTUM = Dimension(path="training.optimizer.momentum", low=0.0, high=0.9)
BETA = Dimension(path="training.optimizer.beta_1", values=(0.8, 0.9))
COPIES = Dimension(path="network.dense_1.copies", values=(1, 2, 3))
WIDTHS = Dimension(path="network.dense_1.units", values=(4, 8), each_copy=True)


def never() -> bool:
    return False


def drawn(project: Project, count: int) -> list[FrozenMap]:
    sampler = sampler_of(project, True)
    draws = [sampler.draw(number, never) for number in range(count)]
    return [draw.values for draw in draws if draw is not None]


def ended(number: int, values: FrozenMap, score: float) -> Trial:
    return Trial(number, "finished", values, (FoldResult(0, "finished", score),))


# ---------------------------------------------------------------- one value


def numbers(found: NumberRange, count: int = 20_000) -> list[float]:
    chance = random.Random(0)
    return [float(str(draw_from(found, chance))) for _ in range(count)]


def test_a_range_is_drawn_evenly() -> None:
    found = numbers(NumberRange(2.0, 4.0, False, None, False))
    assert 2.0 <= min(found) < 2.01
    assert 3.99 < max(found) <= 4.0
    assert sum(found) / len(found) == pytest.approx(3.0, abs=0.02)


def test_a_range_by_factors_is_drawn_evenly_in_its_logarithm() -> None:
    found = [math.log10(x) for x in numbers(NumberRange(1e-4, 1e-1, True, None, False))]
    assert (round(min(found), 2), round(max(found), 2)) == (-4, -1)
    assert sum(found) / len(found) == pytest.approx(-2.5, abs=0.02)


def test_steps_begin_at_the_low_end_and_each_is_as_likely() -> None:
    found = Counter(numbers(NumberRange(0.1, 0.7, False, 0.2, False)))
    assert sorted(found) == pytest.approx([0.1, 0.3, 0.5, 0.7])
    assert all(4700 < count < 5300 for count in found.values())
    whole = Counter(numbers(NumberRange(8, 32, False, 8, True)))
    assert sorted(whole) == [8, 16, 24, 32]


def test_whole_numbers_by_factors_reach_both_ends() -> None:
    found = Counter(numbers(NumberRange(1, 8, True, None, True)))
    assert sorted(found) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found[1] / found[2] == pytest.approx(math.log(1.5 / 0.5) / math.log(2.5 / 1.5), rel=0.1)


# ---------------------------------------------------------------- one trial


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_what_does_not_apply_is_not_in_a_trial(sampler: str) -> None:
    for values in drawn(searched(KINDS, MOMENTUM, BETA, RATE, sampler=sampler), 40):
        named = {"SGD": MOMENTUM.path, "Adam": BETA.path}
        kind = values["training.optimizer"]
        assert [path for path in named.values() if path in values] == [named[str(kind)]]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_each_copy_has_a_width_where_there_is_one(sampler: str) -> None:
    found = drawn(searched(COPIES, WIDTHS, RATE, sampler=sampler), 40)
    assert {len(values) for values in found} == {3, 4, 5}
    for values in found:
        copies = values["network.dense_1.copies"]
        assert isinstance(copies, int)
        paths = ["network.dense_1.units"]
        paths += [f"network.dense_1[{number}].units" for number in range(2, copies + 1)]
        assert [path for path in values if path.endswith(".units")] == paths


def test_the_project_of_a_draw_has_its_values() -> None:
    draw = sampler_of(searched(RATE, COPIES, WIDTHS), True).draw(0, never)
    assert draw is not None
    assert draw.project is not None
    training = draw.project.training
    assert training.optimizer.options["learning_rate"] == draw.values[RATE.path]
    copies = [layer for layer in draw.project.network.layers if layer.id.startswith("dense_1")]
    assert len(copies) == draw.values[COPIES.path]


def test_every_setting_of_a_small_space_is_listed_and_drawn_once() -> None:
    project = searched(KINDS, BETA, COPIES, WIDTHS, SHUFFLE)
    listed = every_setting(project, never)
    assert listed is not None
    assert len(listed) == len(set(listed)) == 3 * 2 * (2 + 4 + 8)
    assert set(drawn(project, 100)) == set(listed)
    assert every_setting(searched(KINDS, MOMENTUM), never) is None
    assert every_setting(project, lambda: True) is None


def test_a_stop_is_heard_between_two_draws() -> None:
    for sampler in ("grid", "random"):
        assert sampler_of(searched(BATCH, sampler=sampler), True).draw(0, lambda: True) is None


# ---------------------------------------------------------------- Optuna's names


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        (RATE, (1e-4, 0.00372, 1e-1)),
        (BATCH, (16, 32, 64)),
        (SHUFFLE, (True, False)),
        (KINDS, ("Adam", "SGD")),
        (MOMENTUM, (0.0, 0.123456, 0.9)),
        (Dimension(path="n", low=8, high=64, step=8), (8, 24, 64)),
        (Dimension(path="n", low=8, high=64, log=True), (8, 23, 64)),
        (Dimension(path="x", low=0.1, high=0.7, step=0.2), (0.1, 0.3, 0.5, 0.7)),
        (Dimension(path="n", values=((3, 3), (5, 5), None)), ((3, 3), (5, 5), None)),
        (Dimension(path="x", low=2.0, high=2.0), (2.0,)),
    ],
    ids=lambda given: given.path if isinstance(given, Dimension) else None,
)
def test_values_and_places_lead_to_each_other(
    dimension: Dimension, values: tuple[OptionValue, ...]
) -> None:
    for value in values:
        axis = Axis(dimension.path, choices_of(dimension, WHOLE if type(value) is int else NUMBER))
        place = axis.place(value)
        assert axis.distribution()._contains(axis.distribution().to_internal_repr(place))
        back = axis.value(place)
        assert back == value
        assert type(back) is type(value)


def test_numbers_that_ascend_keep_their_order_for_optuna() -> None:
    def kind(*values: OptionValue) -> str:
        return type(Axis("p", values).distribution()).__name__

    assert kind(16, 32, 64) == kind(0.1, 0.2) == "IntDistribution"
    assert kind(32, 16) == kind("a", "b") == kind(False, True) == "CategoricalDistribution"


def test_one_name_has_one_distribution_whichever_kind_of_number_an_option_takes() -> None:
    dimension = Dimension(path="p", low=1, high=8)
    whole, any_number = (Axis("p", choices_of(dimension, o)) for o in (WHOLE, NUMBER))
    assert whole.name != any_number.name


# ---------------------------------------------------------------- TPE


def goodness(values: FrozenMap) -> float:
    rate = values[RATE.path]
    assert isinstance(rate, float)
    return -abs(math.log10(rate) + 2)


def test_after_the_first_ten_tpe_draws_near_the_best() -> None:
    sampler = sampler_of(searched(RATE, sampler="tpe"), True)
    near = {"first": 0, "later": 0}
    for number in range(40):
        draw = sampler.draw(number, never)
        assert draw is not None
        near["first" if number < 10 else "later"] += goodness(draw.values) > -0.5
        sampler.tell(ended(number, draw.values, goodness(draw.values)))
    assert near["later"] / 30 > 2 * near["first"] / 10


def test_tpe_makes_small_what_is_to_be_small() -> None:
    sampler = sampler_of(searched(RATE, sampler="tpe"), False)
    near = 0
    for number in range(30):
        draw = sampler.draw(number, never)
        assert draw is not None
        near += number >= 15 and goodness(draw.values) > -0.5
        sampler.tell(ended(number, draw.values, -goodness(draw.values)))
    assert near >= 8


def test_tpe_goes_on_as_it_would_have_whatever_is_told_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tpe, "MOST_TOLD", 12)
    monkeypatch.setattr(tpe, "_BEST_TOLD", 4)
    project = searched(RATE, BATCH, sampler="tpe")
    whole = TpeSampler(project, True)
    trials = []
    for number in range(50):
        draw = whole.draw(number, never)
        assert draw is not None
        trials.append(ended(number, draw.values, goodness(draw.values)))
        whole.tell(trials[-1])
        assert whole._study is None or len(whole._study.trials) < 80
    for begin in (11, 24, 31, 36, 47):
        later = TpeSampler(project, True)
        for trial in trials[:begin]:
            later.again(trial)
            later.tell(trial)
        draw = later.draw(begin, never)
        assert draw is not None
        assert draw.values == trials[begin].settings


def test_tpe_is_told_of_trials_that_were_ended_early_or_diverged() -> None:
    sampler = TpeSampler(searched(RATE, sampler="tpe"), True)
    draws = [sampler.draw(number, never) for number in range(4)]
    values = [draw.values for draw in draws if draw is not None]
    sampler.tell(ended(0, values[0], 0.9))
    sampler.tell(Trial(1, "pruned", values[1]), (3, 0.5))
    sampler.tell(Trial(2, "failed", values[2], (FoldResult(0, "diverged"),)))
    sampler.tell(Trial(3, "failed", values[3], (FoldResult(0, "failed"),)))
    assert sampler._study is not None
    told = [trial for trial in sampler._study.trials if trial.state.name != "FAIL"]
    found = [(trial.state.name, trial.value, trial.intermediate_values) for trial in told]
    assert found == [("COMPLETE", 0.9, {}), ("PRUNED", 0.5, {3: 0.5}), ("PRUNED", None, {})]


def test_optuna_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    drawn(searched(RATE, KINDS, sampler="tpe"), 12)
    assert capfd.readouterr() == ("", "")

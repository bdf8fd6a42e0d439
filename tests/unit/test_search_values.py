"""What a dimension tries: values, ranges, in words, from texts; a first one for any option."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.frozen import OptionValue
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.network import INPUT_KIND, Layer, chain
from app.core.numbers_option import NumbersOption
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    ShapeOption,
    TextOption,
)
from app.core.project_edits import set_loss, set_optimizer, set_schedule
from app.core.project_paths import ProjectPathError
from app.core.schedule_catalog import SCHEDULES
from app.core.search_settings import Dimension
from app.core.search_space import (
    NumberRange,
    choices_of,
    default_dimension,
    in_words,
    marked,
    parse_space,
    searchable,
    values_of,
    walk,
)
from tests.unit.search_spaces import listed, project_with

WHOLE = IntegerOption(name="n", label="N", default=1, help="")
NUMBER = FloatOption(name="x", label="X", default=1.0, help="")


def numbers_of(dimension: Dimension, option: Option, points: int) -> list[float]:
    found = values_of(dimension, option, points)
    return [value for value in found if isinstance(value, (int, float))]


def ranged(low: float, high: float, *, log: bool = False, step: float | None = None) -> Dimension:
    return Dimension(path="x", low=low, high=high, log=log, step=step)


# ---------------------------------------------------------------- values


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 50))
def test_a_range_of_numbers_is_gone_through_evenly(low: float, width: float, points: int) -> None:
    high = low + width
    values = numbers_of(ranged(low, high), NUMBER, points)
    assert (values[0], values[-1], len(values)) == (low, high, points)
    assert np.allclose(values, np.linspace(low, high, points), rtol=1e-9, atol=1e-9)


@given(st.floats(1e-9, 1e6), st.floats(1.01, 1e6), st.integers(2, 50))
def test_a_range_by_factors_is_gone_through_by_equal_ones(
    low: float, factor: float, points: int
) -> None:
    high = low * factor
    values = numbers_of(ranged(low, high, log=True), NUMBER, points)
    assert (values[0], values[-1], len(values)) == (low, high, points)
    assert np.allclose(values, np.geomspace(low, high, points), rtol=1e-9)


@given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(2, 50), st.booleans())
def test_whole_numbers_are_rounded_and_none_comes_twice(
    low: int, width: int, points: int, log: bool
) -> None:
    high = low + width
    values = numbers_of(ranged(low, high, log=log), WHOLE, points)
    assert all(type(value) is int for value in values)
    assert list(values) == sorted(set(values))
    assert (values[0], values[-1]) == (low, high)
    assert len(values) <= points
    spread = np.geomspace(low, high, points) if log else np.linspace(low, high, points)
    assert set(np.abs(np.subtract.outer(values, spread)).min(axis=1) <= 0.5 + 1e-6) == {True}
    if width < points and not log:
        assert list(values) == list(range(low, high + 1))


def test_a_step_is_kept_to() -> None:
    assert values_of(ranged(16, 64, step=16), WHOLE, 3) == (16, 32, 48, 64)
    assert values_of(ranged(16, 70, step=16), WHOLE, 3) == (16, 32, 48, 64)
    assert values_of(ranged(0.0, 0.3, step=0.1), NUMBER, 9) == (0.0, 0.1, 0.2, 0.3)
    many = values_of(ranged(0.0, 1.0, step=1e-6), NUMBER, 5)
    assert many == (0.0, 0.25, 0.5, 0.75, 1.0)


@pytest.mark.parametrize(
    ("dimension", "option", "found"),
    [
        (ranged(1, 8), WHOLE, NumberRange(1, 8, False, 1, True)),
        (ranged(1, 8, log=True), WHOLE, NumberRange(1, 8, True, None, True)),
        (ranged(1, 8, step=3), WHOLE, NumberRange(1, 7, False, 3, True)),
        (ranged(0, 1), NUMBER, NumberRange(0.0, 1.0, False, None, False)),
        (ranged(0, 1, step=0.4), NUMBER, NumberRange(0.0, 0.8, False, 0.4, False)),
        (ranged(1e-4, 1, log=True, step=0.1), NUMBER, NumberRange(1e-4, 1.0, True, None, False)),
        (ranged(3, 3), WHOLE, (3,)),
        (ranged(4, 3), WHOLE, ()),
        (ranged(0, 3, log=True), NUMBER, ()),
        (Dimension(path="x"), NUMBER, ()),
        (listed("x", 1, 1.0, 2), NUMBER, (1.0, 2.0)),
        (listed("x", 1, 1, 2), WHOLE, (1, 2)),
    ],
)
def test_what_a_sampler_draws_from(dimension: Dimension, option: Option, found: object) -> None:
    assert choices_of(dimension, option) == found
    assert repr(choices_of(dimension, option)) == repr(found)


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(1e-3, 1e3))
def test_steps_never_lead_beyond_the_end(low: float, width: float, step: float) -> None:
    found = choices_of(ranged(low, low + width, step=step), NUMBER)
    if isinstance(found, NumberRange):
        assert found.step is not None
        assert low < found.high <= low + width
        count = (found.high - low) / found.step
        assert math.isclose(count, round(count), rel_tol=1e-6, abs_tol=1e-6)
        assert low + width - found.high < step
    else:
        assert found == (low,)
        assert width < step * (1 + 1e-9)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("network.wide.units=16..128:log", "16 to 128, log"),
        ("network.wide.units=16,32,64", "16, 32, 64"),
        ("network.wide[*].units=16,32", "16, 32, each copy its own"),
        ("network.wide.activation=relu,tanh", "ReLU, tanh"),
        ("network.wide.kernel_regularizer=none,l2", "None, L2"),
        ("training.optimizer.learning_rate=1e-4..1e-1:log", "1e-4 to 0.1, log"),
        ("training.shuffle=true,false", "true, false"),
    ],
)
def test_a_dimension_in_words(text: str, words: str) -> None:
    project = project_with()
    dimension = parse_space(project, text)
    assert in_words(dimension, searchable(project)[dimension.path].option) == words


def test_steps_and_nothing_in_words() -> None:
    assert in_words(ranged(0, 1, step=0.25), NUMBER) == "0 to 1 by 0.25"
    assert in_words(Dimension(path="x"), NUMBER) == "nothing yet"


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        (
            "training.optimizer.learning_rate = 1e-4..1:log",
            Dimension(path="training.optimizer.learning_rate", low=1e-4, high=1.0, log=True),
        ),
        ("training.batch_size=8..64", Dimension(path="training.batch_size", low=8, high=64)),
        ("training.batch_size=8, 64", listed("training.batch_size", 8, 64)),
        ("network.wide.copies=1..3", Dimension(path="network.wide.copies", low=1, high=3)),
        ("training.optimizer=adam,SGD", listed("training.optimizer", "Adam", "SGD")),
        (
            "network.wide.kernel_constraint_axis=0,0x1",
            listed("network.wide.kernel_constraint_axis", (0,), (0, 1)),
        ),
        (
            "network.wide[*].units=3",
            listed("network.wide.units", 3, each_copy=True),
        ),
    ],
)
def test_a_dimension_from_a_text(text: str, dimension: Dimension) -> None:
    found = parse_space(project_with(), text)
    assert repr(found) == repr(dimension)


def test_a_setting_of_a_searched_optimizer_can_be_searched() -> None:
    project = project_with()
    with pytest.raises(ProjectPathError, match="can be searched"):
        parse_space(project, "training.optimizer.momentum=0..0.9")
    project = marked(project, parse_space(project, "training.optimizer=Adam,SGD"))
    found = parse_space(project, "training.optimizer.momentum=0..0.9")
    assert found == Dimension(path="training.optimizer.momentum", low=0.0, high=0.9)
    assert "training.optimizer.momentum" in searchable(project)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "not a dimension"),
        ("training.batch_size", "not a dimension"),
        ("=3", "not a dimension"),
        ("training.batch_size=", "no values"),
        ("training.batchsize=3", "training.batch_size"),
        ("training.batch_size=3..x", "whole number"),
        ("training.batch_size=3..2.5", "whole number"),
        ("training.batch_size=9..3", "upside down"),
        ("training.batch_size=3..9:exp", "not a range"),
        ("training.batch_size=3..", "not a range"),
        ("training.batch_size=..3", "not a range"),
        ("training.batch_size=0..3", "at least 1"),
        ("training.early_stopping.min_delta=0..1:log", "above 0"),
        ("training.optimizer.learning_rate=nan", "finite"),
        ("training.optimizer.learning_rate=1e999..1", "finite"),
        ("training.optimizer=Adan", "one of"),
        ("training.shuffle=maybe", "true or false"),
        ("network.gone.units=3", "gone"),
        ("network.wid.units=3", "Did you mean network.wide.units"),
        ("network.wide.unit=3", "Did you mean network.wide.units"),
        ("network.wide.copy=3", "can be searched"),
        ("network.out.copies=1..3", "can be searched"),
        ("training.seed=1,2", "can be searched"),
        ("data.split.test_share=0.1,0.2", "can be searched"),
        ("training.batch_size=" + ",".join(map(str, range(1, 1502))), "at most 1,000"),
    ],
)
def test_texts_that_mean_no_dimension_are_answered(text: str, what: str) -> None:
    with pytest.raises(ProjectPathError, match=what):
        parse_space(project_with(), text)


@given(st.text(max_size=40))
def test_no_text_does_harm(text: str) -> None:
    project = project_with()
    for whole in (text, f"training.batch_size={text}", f"network.wide.{text}=1"):
        try:
            dimension = parse_space(project, whole)
        except ProjectPathError:
            continue
        assert dimension.path in searchable(project)


# ---------------------------------------------------------------- first dimensions


def assert_fits(dimension: Dimension, option: Option) -> None:
    given = values_of(dimension, option, 7)
    assert given, option
    for value in given:
        assert option.check(value) is None, (option.name, value)
    found = choices_of(dimension, option)
    if isinstance(found, NumberRange):
        for end in (dimension.low, dimension.high):
            assert option.check(end) is None


@pytest.mark.parametrize("kind", [k for k in LAYER_KINDS.values() if k.name != INPUT_KIND])
def test_every_option_of_every_layer_kind_gets_a_dimension_whose_values_pass(
    kind: LayerKind,
) -> None:
    layers = (
        Layer(id="input", kind=INPUT_KIND),
        Layer(id="it", kind=kind.name),
        Layer(id="out", kind="Dense"),
    )
    project = project_with().model_copy(update={"network": chain(layers)})
    known = searchable(project)
    for option in kind.options:
        path = f"network.it.{option.name}"
        if option.name == "seed" or option.read_only:
            assert path not in known
            continue
        assert_fits(default_dimension(project, path, known[path].option), option)


def test_every_setting_of_every_training_gets_a_dimension_whose_values_pass() -> None:
    project = project_with()
    others = [
        *(set_optimizer(project, kind=kind.name) for kind in OPTIMIZERS),
        *(set_schedule(project, kind=kind.name) for kind in SCHEDULES),
        set_loss(project, loss="huber"),
        set_loss(project, loss="categorical_focal_crossentropy"),
    ]
    for other in others:
        for path, entry in searchable(other).items():
            if path.startswith("training."):
                assert_fits(default_dimension(other, path, entry.option), entry.option)


def test_usual_first_dimensions() -> None:
    project = project_with()
    known = searchable(project)

    def first(path: str) -> Dimension:
        return default_dimension(project, path, known[path].option)

    rate = first("training.optimizer.learning_rate")
    assert (rate.low, rate.high, rate.log) == (1e-4, 1e-1, True)
    units = first("network.wide.units")
    assert (units.low, units.high, units.log) == (4, 64, True)
    copies = first("network.wide.copies")
    assert (copies.low, copies.high, copies.log) == (1, 3, False)
    assert first("training.shuffle").values == (False, True)
    assert None in first("network.wide.kernel_regularizer").values
    assert "chosen" not in first("data.class_weighting").values


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("network.wide.activation", ("relu", "tanh", "gelu", "silu", "elu")),
        ("network.deep.activation", ("tanh", "relu", "gelu", "silu", "elu")),
        ("network.out.activation", ("sigmoid", "relu", "tanh", "gelu", "silu")),
        ("network.wide.bias_initializer",
         ("zeros", "glorot_uniform", "he_normal", "lecun_normal")),
        ("training.optimizer", ("SGD", "Adam", "RMSprop", "AdamW", "Nadam")),
        ("training.schedule", ("constant", "cosine", "exponential", "step", "plateau")),
    ],
)  # fmt: skip
def test_of_many_choices_the_usual_ones_after_the_present_one(
    path: str, values: tuple[str, ...]
) -> None:
    project = project_with()
    project = set_optimizer(project, kind="SGD")
    assert default_dimension(project, path, searchable(project)[path].option).values == values


def test_of_many_choices_without_usual_ones_the_first_five() -> None:
    names = tuple(f"kind_{n}" for n in range(9))
    choices = tuple(Choice(name, name) for name in names)
    option = ChoiceOption(name="a", label="A", default="kind_7", choices=choices, help="")
    found = default_dimension(project_with(), "network.wide.nothing", option).values
    assert found == ("kind_7", "kind_0", "kind_1", "kind_2", "kind_3")


@pytest.mark.parametrize(
    "option",
    [
        IntegerOption(name="a", label="A", default=5, minimum=5, maximum=5, help=""),
        IntegerOption(name="a", label="A", default=-3, help=""),
        IntegerOption(name="a", label="A", default=None, optional=True, minimum=2, help=""),
        FloatOption(name="a", label="A", default=0.0, help=""),
        FloatOption(name="a", label="A", default=0.0, minimum=0.0, maximum=0.0, help=""),
        FloatOption(name="a", label="A", default=-2.0, maximum=-1.0, help=""),
        FloatOption(name="rate", label="A", default=0.95, minimum=0.9, maximum=1.0, help=""),
        FlagOption(name="a", label="A", default=None, optional=True, help=""),
        ShapeOption(name="a", label="A", default=None, optional=True, help=""),
        ShapeOption(name="kernel_size", label="A", default=(3, 5), maximum=5, help=""),
        TextOption(name="a", label="A", default="x", help=""),
        NumbersOption(name="a", label="A", default=(0.0, 1.0), help=""),
    ],
)
def test_odd_options_get_a_dimension_too(option: Option) -> None:
    assert_fits(default_dimension(project_with(), "network.wide.nothing", option), option)


def test_a_walk_asks_with_the_option_of_the_path() -> None:
    project = project_with(listed("network.wide.units", 3), listed("network.wide.copies", 2))
    asked: dict[str, str] = {}

    def choose(path: str, dimension: Dimension, option: Option) -> OptionValue:
        asked[path] = option.name
        return dimension.values[0]

    walk(project, choose)
    assert asked == {"network.wide.copies": "copies", "network.wide.units": "units"}

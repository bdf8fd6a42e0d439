"""Optimizers: their options, and what they keep for each weight."""

import pytest

from app.core.frozen import FrozenMap
from app.core.optimizer_catalog import CLIPPING, OPTIMIZERS, OPTIMIZERS_BY_NAME, keras_arguments
from app.core.options import FloatOption, errors_in


def test_every_optimizer_has_a_learning_rate_clipping_and_help() -> None:
    assert len(OPTIMIZERS_BY_NAME) == len(OPTIMIZERS) >= 14
    for kind in OPTIMIZERS:
        names = [option.name for option in kind.options]
        assert len(set(names)) == len(names)
        assert names[0] == "learning_rate"
        assert set(CLIPPING) <= set(names)
        assert kind.help.endswith(".")
        assert kind.formula
        assert errors_in(kind.options, FrozenMap()) == {}
        rate = kind.option("learning_rate")
        assert isinstance(rate, FloatOption)
        assert rate.logarithmic
        assert rate.check(0.0) is not None


@pytest.mark.parametrize(
    ("name", "options", "slots"),
    [
        ("SGD", {}, 0),
        ("SGD", {"momentum": 0.9}, 1),
        ("Adam", {}, 2),
        ("Adam", {"amsgrad": True, "use_ema": True}, 4),
        ("RMSprop", {"centered": True, "momentum": 0.5}, 3),
        ("Lion", {"gradient_accumulation_steps": 4}, 2),
    ],
)
def test_numbers_kept_for_each_weight(name: str, options: dict[str, object], slots: int) -> None:
    assert OPTIMIZERS_BY_NAME[name].slots_of(FrozenMap(options)) == slots


def test_arguments_have_the_types_that_keras_wants() -> None:
    arguments = keras_arguments("Adam", FrozenMap(learning_rate=1, gradient_accumulation_steps=4))
    assert repr(arguments["learning_rate"]) == "1.0"
    assert repr(arguments["gradient_accumulation_steps"]) == "4"
    assert arguments["clipnorm"] is None
    with pytest.raises(KeyError):
        keras_arguments("Newton", FrozenMap())
    with pytest.raises(KeyError):
        OPTIMIZERS_BY_NAME["Adam"].option("momentum")

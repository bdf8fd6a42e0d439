"""The training's settings as options: every option of every task shows and takes its value."""

from typing import Any

import pytest

from app.core.dataset_catalog import DATASETS, DatasetKind, summary_of
from app.core.frozen import OptionValue
from app.core.loss_catalog import LOSSES, LossKind
from app.core.optimizer_catalog import OPTIMIZERS, OptimizerKind
from app.core.options import ChoiceOption, FlagOption, FloatOption, IntegerOption, Option
from app.core.templates import start_from
from app.core.training_options import training_options, training_values, with_training_value


@pytest.mark.parametrize("kind", DATASETS, ids=lambda kind: kind.name)
def test_every_option_shows_a_value_that_it_allows(kind: DatasetKind) -> None:
    project = start_from(kind.name)
    options = training_options(project.training, summary_of(project.data))
    values = training_values(project.training, options)
    for option in options:
        assert option.check(values[option.name]) is None, option.name
        assert option.help
    assert len({option.name for option in options}) == len(options)


def another(option: Option, value: Any) -> OptionValue:
    if isinstance(option, FlagOption):
        return not value
    if isinstance(option, ChoiceOption):
        return next((v for v in option.values if v != value), value)
    if isinstance(option, IntegerOption):
        return (value or 0) + 1
    if isinstance(option, FloatOption):
        return next(
            v for v in (0.25, 0.5, 1.5, 2.5, -0.5, -0.25) if v != value and option.check(v) is None
        )
    raise AssertionError(option)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda kind: kind.name)
def test_what_is_set_is_shown_again(optimizer: OptimizerKind) -> None:
    project = start_from("digits")
    summary = summary_of(project.data)
    training = with_training_value(project.training, "optimizer", optimizer.name)
    for option in training_options(training, summary):
        before = training_values(training, (option,))[option.name]
        wanted = another(option, before)
        changed = with_training_value(training, option.name, wanted)
        shown = training_values(changed, (option,))[option.name]
        assert shown == wanted, option.name


@pytest.mark.parametrize("loss", LOSSES, ids=lambda kind: kind.name)
def test_a_new_loss_begins_with_its_defaults(loss: LossKind) -> None:
    project = start_from("digits")
    training = with_training_value(project.training, "loss", loss.name)
    assert training.loss == loss.name
    assert not training.loss_options


def test_a_refused_value_raises() -> None:
    training = start_from("digits").training
    with pytest.raises(ValueError, match="batch_size"):
        with_training_value(training, "batch_size", 0)

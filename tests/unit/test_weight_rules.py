"""The options of initializers, regularizers and constraints in layers, without Keras."""

import pytest

from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, new_layer
from app.core.network import Layer, Network
from app.core.options import errors_in
from app.core.shape_inference import infer_layer
from app.core.weight_rules import RULES, AxesOption, RuleOption

DENSE = LAYER_KINDS["Dense"].options


@pytest.mark.parametrize("rules", RULES)
def test_texts_tell_one_from_the_other(rules: str) -> None:
    table = RULES[rules]
    assert len({rule.label for rule in table.values()}) == len(table)
    for name, rule in table.items():
        assert rule.name == name
        assert rule.label[0].isupper()
        assert rule.help.endswith(".")
        assert len(rule.help) < 200


def test_every_option_of_a_rule_has_its_arguments_behind_it() -> None:
    found = 0
    for kind in LAYER_KINDS.values():
        names = [option.name for option in kind.options]
        for option in kind.options:
            if not isinstance(option, RuleOption):
                continue
            place = names.index(option.name)
            behind = kind.options[place + 1 : place + 1 + len(option.companions)]
            assert behind == option.companions
            for value in option.values:
                rule = option.rule(value)
                assert rule is not None
                given = FrozenMap({**new_layer(Network(), kind.name).options, option.name: value})
                flag = option.applies_when
                assert flag is None or given[flag[0]] in flag[1]
                shown = {c.name for c in option.companions if c.applies(given)}
                assert shown == {f"{option.name}_{a.name}" for a in rule.arguments}
                found += 1
    assert found > 300


def test_no_label_stands_twice_in_a_form() -> None:
    for kind in LAYER_KINDS.values():
        arguments = {c.name for option in kind.options for c in option.companions}
        labels = [option.label for option in kind.options if option.name not in arguments]
        assert len(set(labels)) == len(labels), kind.name


def test_nothing_of_the_bias_counts_without_a_bias() -> None:
    given = FrozenMap(use_bias=False, bias_regularizer="l1", bias_regularizer_l1=-1.0)
    assert errors_in(DENSE, given) == {}
    assert errors_in(DENSE, given.set("use_bias", True)).keys() == {"bias_regularizer_l1"}


@pytest.mark.parametrize(
    ("option", "bound", "rule"),
    [
        ("kernel_initializer_minval", "kernel_initializer_maxval", "random_uniform"),
        ("kernel_constraint_min_value", "kernel_constraint_max_value", "min_max_norm"),
    ],
)
def test_bounds_in_the_wrong_order_are_told_and_mended(option: str, bound: str, rule: str) -> None:
    choice = option.rsplit("_min", 1)[0]
    layer = new_layer(Network(), "Dense", **{choice: rule})
    layer = Layer(id="d", kind="Dense", options=layer.options.set(option, 7.0).set(bound, 3.0))
    _, (problem,) = infer_layer(layer, ((4,),))
    owner = LAYER_KINDS["Dense"].option(choice)
    assert owner is not None
    assert problem.happened.startswith(f"{owner.label}, ")
    assert "at most 3, received 7" in problem.happened
    assert problem.option == option
    assert problem.fixes[0].label.endswith("to 3.0")
    other = layer.model_copy(update={"options": layer.options.set(choice, "zeros")})
    if choice == "kernel_initializer":
        assert infer_layer(other, ((4,),))[1] == ()


def test_axes_are_told_apart() -> None:
    axes = LAYER_KINDS["Conv2D"].option("kernel_constraint_axis")
    assert isinstance(axes, AxesOption)
    assert axes.parse("0, 1, 2") == (0, 1, 2)
    assert axes.parse("none") is None
    assert axes.format((0, -1)) == "0, -1"
    for text, reason in (("0 0", "each axis once"), ("0, -4", "each axis once"), ("4", "at most")):
        with pytest.raises(ValueError, match=reason):
            axes.parse(text)

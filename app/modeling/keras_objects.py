"""Options to the arguments of Keras's layers, and Keras's configurations back to options.

The two directions are exact opposites: what `options_from_config` reads, `arguments_from_options`
makes again, number for number.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from app.core.frozen import FrozenMap, OptionValue
from app.core.options import FloatOption, Option, ShapeOption, complete
from app.core.weight_rules import ARGUMENTS_LEFT_OUT, RULES, RuleOption, WeightRule
from app.modeling.keras_values import option_value

_IN_SINGLE_PRECISION = {("L1", "l1"), ("OrthogonalRegularizer", "factor")}
"""Class and argument of those numbers that Keras holds as tensors: 0.01 becomes 0.00999999978."""


def arguments_from_options(table: tuple[Option, ...], given: FrozenMap) -> dict[str, Any]:
    """The keyword arguments of a layer's constructor, those not given with their defaults.

    An option that does not apply counts with its default, whatever is given. A rule without
    arguments is named, one with arguments made; so Keras draws random numbers in its own order.

    Raises:
        ValueError: Keras refuses the arguments of a rule.
        KeyError: there is no such rule.
    """
    values = effective_options(table, given)
    companions = {c.name for option in table for c in option.companions}
    arguments: dict[str, Any] = {}
    for option in table:
        value = values[option.name]
        if isinstance(option, RuleOption):
            value = _rule_argument(option, values)
        if option.name not in companions:
            arguments[option.name] = value
    # What the table does not know is passed on, for Keras to refuse.
    return arguments | {name: value for name, value in given.items() if name not in values}


def effective_options(table: tuple[Option, ...], given: FrozenMap) -> FrozenMap:
    """All options of `table` as they count: what is not given or does not apply by its default."""
    full = complete(table, given)
    return FrozenMap({o.name: full[o.name] if o.applies(full) else o.default for o in table})


def _rule_argument(option: RuleOption, values: FrozenMap) -> Any:
    chosen = values[option.name]
    if chosen is None:
        return None
    rule = RULES[option.rules][str(chosen)]
    if not rule.arguments:
        return rule.name
    return keras_rule(
        option.rules,
        rule.name,
        {a.name: values[f"{option.name}_{a.name}"] for a in rule.arguments},
    )


def keras_rule(rules: str, name: str, arguments: Mapping[str, OptionValue]) -> Any:
    """A new initializer, regularizer or constraint of Keras.

    Args:
        rules: "initializers", "regularizers" or "constraints".
        name: of the rule in that table; KeyError when there is none.
        arguments: by the names of the rule's arguments; the defaults for others.

    Raises:
        ValueError: Keras refuses the arguments.
    """
    rule = RULES[rules][name]
    return getattr(getattr(keras, rules), rule.class_name)(
        **{a.name: _to_keras(a, arguments.get(a.name, a.default)) for a in rule.arguments}
    )


def _to_keras(argument: Option, value: OptionValue) -> Any:
    if isinstance(argument, ShapeOption) and isinstance(value, tuple):
        return value[0] if len(value) == 1 else list(value)
    if isinstance(argument, FloatOption) and isinstance(value, int):
        return float(value)
    return value


def rule_from_config(rules: str, config: Any) -> tuple[str, FrozenMap] | None:
    """The rule that Keras describes as `config`, and its arguments; None when no table has it.

    Args:
        rules: "initializers", "regularizers" or "constraints".
        config: as in a layer's configuration: class name and configuration.
    """
    if not isinstance(config, dict) or config.get("registered_name") not in (
        None,
        config.get("class_name"),
    ):
        return None
    if config.get("module", f"keras.{rules}") != f"keras.{rules}":
        return None
    found = [r for r in RULES[rules].values() if r.class_name == config.get("class_name")]
    written = config.get("config")
    if not found or not isinstance(written, dict):
        return None
    (rule,) = found
    arguments = {}
    for argument in rule.arguments:
        value = _from_keras(rule, argument, written.get(argument.name, argument.default))
        if argument.check(value) is not None:
            return None
        arguments[argument.name] = value
    for name, value in written.items():
        # A seed says how a first value was drawn; the values themselves are there.
        known = name in arguments or (
            name in ARGUMENTS_LEFT_OUT and (name == "seed" or value is None)
        )
        if not known:
            return None
    return rule.name, FrozenMap(arguments)


def _from_keras(rule: WeightRule, argument: Option, value: Any) -> Any:
    if isinstance(argument, ShapeOption):
        whole = isinstance(value, int) and not isinstance(value, bool)
        return (value,) if whole else (tuple(value) if isinstance(value, list | tuple) else value)
    if isinstance(argument, FloatOption):
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, float) and (rule.class_name, argument.name) in _IN_SINGLE_PRECISION:
            single = np.float32(value)
            return float(str(single)) if float(single) == value else value
    return value


def options_from_config(
    table: tuple[Option, ...], config: Mapping[str, Any]
) -> tuple[FrozenMap, tuple[str, ...]]:
    """The options that the layer of this configuration has, as they count.

    Args:
        table: the options of the layer's kind.
        config: `layer.get_config()` of a layer made by Keras.

    Returns:
        All options of the table; those that the configuration does not name, and those that do
        not apply, with their defaults. And the names of those entries of `config` whose value
        no option can hold; their options have the defaults.
    """
    companions = {c.name for option in table for c in option.companions}
    found: dict[str, OptionValue] = {}
    strange: list[str] = []
    for option in table:
        if option.name in companions or option.name not in config:
            continue
        try:
            found |= _read(option, config[option.name])
        except ValueError:
            strange.append(option.name)
    options = effective_options(table, FrozenMap(found))
    full = complete(table, FrozenMap(found))
    applying = {option.name for option in table if option.applies(full)}
    return options, tuple(name for name in strange if name in applying)


def _read(option: Option, value: Any) -> dict[str, OptionValue]:
    """The option and its companions; ValueError when it cannot hold the value."""
    if not isinstance(option, RuleOption):
        if isinstance(value, dict) and value.get("class_name") == "function":
            value = value.get("config")
        if isinstance(value, dict):
            raise ValueError(f"{option.name} is an object")
        plain = option_value(option, value)
        error = option.check(plain)
        if error:
            raise ValueError(error)
        return {option.name: plain}
    if value is None and option.optional:
        return {option.name: None}
    rule = rule_from_config(option.rules, value)
    if rule is None:
        raise ValueError(f"{option.name} is no entry of the {option.rules}")
    name, arguments = rule
    found: dict[str, OptionValue] = {option.name: name}
    found |= {f"{option.name}_{key}": value for key, value in arguments.items()}
    by_name = {o.name: o for o in (option, *option.companions)}
    for key, item in found.items():
        error = by_name[key].check(item)
        if error:
            raise ValueError(error)
    return found

"""What can race: each variation changes what it says and nothing else."""

import math

import pytest

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import Project
from app.core.race_settings import (
    GROUPS,
    PRESETS,
    RaceLimits,
    beginnings,
    chosen,
    contestant,
    expectation,
    hidden_layers,
    learning_rate,
    set_hidden_activation,
    set_initializer,
    variations,
)
from app.core.resolve import resolve
from app.core.templates import build_template, builtin_data

MOONS = build_template("mlp", builtin_data("moons"))
DIGITS = build_template("small_cnn", builtin_data("digits"))


def named(project: Project) -> dict[str, Project]:
    return {one.name: one.edit(project) for one in variations(project)}


@pytest.mark.parametrize("project", [MOONS, DIGITS])
def test_every_variation_can_be_trained_and_is_of_a_known_group(project: Project) -> None:
    found = variations(project)
    assert len({one.name for one in found}) == len(found)
    assert {one.group for one in found} == set(GROUPS)
    for one in found:
        resolved = resolve(one.edit(project), summary_of(project.data))
        assert resolved.can_train, one.name
    for names in PRESETS.values():
        assert tuple(one.name for one in chosen(project, names)) == names


def test_batches_of_all_three_kinds() -> None:
    found = named(MOONS)
    modes = [found[f"batch.{n}"].training.batch_mode for n in ("full", "mini", "stochastic")]
    assert modes == ["full_batch", "mini_batch", "stochastic"]
    (mini,) = chosen(MOONS, ("batch.mini",), mini_batch=10)
    assert mini.label == "mini-batch, 10"
    assert mini.edit(MOONS).training.batch_size == 10
    assert named(MOONS)["batch.mini"].training.batch_size == MOONS.training.batch_size


def test_rates_are_multiples_of_the_rate_in_use() -> None:
    found = named(MOONS)
    rate = learning_rate(MOONS)
    assert rate is not None
    for name, factor in (("tenth", 0.1), ("tenfold", 10.0)):
        assert learning_rate(found[f"rate.{name}"]) == pytest.approx(rate * factor, rel=1e-9)
    assert found["rate.same"] == MOONS


def test_an_optimizer_begins_with_its_own_rate_unless_it_is_in_use() -> None:
    found = named(MOONS)
    assert found["optimizer.Adam"].training.optimizer.kind == "Adam"
    assert learning_rate(found["optimizer.SGD"]) == 0.01
    assert found["optimizer.momentum"].training.optimizer.options["momentum"] == 0.9
    assert found["optimizer.SGD"].training.optimizer.options["momentum"] == 0.0


def test_the_activation_changes_in_hidden_layers_alone() -> None:
    hidden = hidden_layers(MOONS.network)
    changed = set_hidden_activation(MOONS, name="tanh")
    assert hidden
    for layer in MOONS.network.layers:
        after = changed.network.layer(layer.id)
        if layer.id in hidden:
            assert after.options["activation"] == "tanh"
            assert {k: v for k, v in after.options.items() if k != "activation"} == {
                k: v for k, v in layer.options.items() if k != "activation"
            }
        else:
            assert after == layer


def test_activations_that_are_layers_of_their_own_change_too() -> None:
    def layer(name: str, kind: str, **options: object) -> Layer:
        return Layer(id=name, kind=kind, options=FrozenMap(options))

    network = chain(
        (
            layer("data", "InputLayer"),
            layer("dense_1", "Dense", units=4),
            layer("act_1", "Activation", activation="relu"),
            layer("dense_2", "Dense", units=4),
            layer("act_2", "LeakyReLU"),
            layer("out", "Dense", units=1),
            layer("act_3", "Activation", activation="sigmoid"),
        )
    )
    assert hidden_layers(network) == ("act_1", "act_2")
    changed = set_hidden_activation(MOONS.model_copy(update={"network": network}), name="tanh")
    kinds = [(one.kind, one.options.get("activation")) for one in changed.network.layers]
    assert kinds[2] == ("Activation", "tanh")
    assert kinds[4] == ("Activation", "tanh")
    assert kinds[6] == ("Activation", "sigmoid")


def test_initializers_lose_what_belonged_to_others() -> None:
    first = hidden_layers(MOONS.network)[0]
    layer = MOONS.network.layer(first)
    options = layer.options.set("kernel_initializer", "random_normal").set(
        "kernel_initializer_stddev", 0.5
    )
    given = layer.model_copy(update={"options": options})
    network = MOONS.network.model_copy(
        update={"layers": tuple(given if x.id == first else x for x in MOONS.network.layers)}
    )
    changed = set_initializer(MOONS.model_copy(update={"network": network}), name="he_normal")
    after = changed.network.layer(first).options
    assert after["kernel_initializer"] == "he_normal"
    assert "kernel_initializer_stddev" not in after


def test_who_begins_with_other_weights_is_said() -> None:
    assert beginnings(chosen(MOONS, PRESETS["batch"])) == ""
    text = beginnings(chosen(MOONS, ("own", "initializer.zeros", "seed.1")))
    assert text == "Not from the same initial weights: Zeros, seed 8."


def test_a_contestant_is_the_edit_within_the_limits() -> None:
    (full,) = chosen(MOONS, ("batch.full",))
    variant = contestant(MOONS, full, RaceLimits(epochs=40, seconds=5))
    training = variant.project.training
    assert (training.epochs, training.batch_mode) == (40, "full_batch")
    assert not training.early_stopping.enabled
    assert full.edit(MOONS).training.early_stopping == MOONS.training.early_stopping


def test_the_expectation_counts_the_updates_of_an_epoch() -> None:
    summary = summary_of(MOONS.data)
    samples = summary.counts[0]
    text = expectation("batch", summary, 32)
    assert f"1 update of full batch, {math.ceil(samples / 32)} updates of mini-batch" in text
    assert f"{samples} updates of stochastic" in text
    assert expectation("own", summary, 32) == ""
    assert all(expectation(preset, summary, 32) for preset in PRESETS)

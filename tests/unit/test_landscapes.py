"""Who shares a loss surface."""

from app.core.landscapes import landscapes
from app.core.network import with_layer
from app.core.project import Project
from app.core.project_edits import set_network
from app.core.race_settings import chosen
from app.core.templates import build_template, builtin_data

MOONS = build_template("mlp", builtin_data("moons"))


def groups(*names: str, project: Project = MOONS) -> tuple[tuple[int, ...], ...]:
    return landscapes([one.edit(project) for one in chosen(project, names)])


def test_what_only_decides_the_path_shares_the_surface() -> None:
    names = ("batch.full", "rate.tenth", "optimizer.SGD", "initializer.zeros", "seed.1", "own")
    assert groups(*names) == (tuple(range(6)),)


def test_frozen_weights_are_part_of_the_function() -> None:
    network = MOONS.network
    first = next(layer for layer in network.layers if layer.kind == "Dense")
    frozen = with_layer(network, first.model_copy(update={"trainable": False}))
    project = set_network(MOONS, frozen)
    names = ("rate.tenth", "seed.1", "own", "initializer.zeros")
    assert groups(*names, project=project) == ((0, 2), (1,), (3,))


def test_another_function_or_other_data_have_a_surface_of_their_own() -> None:
    assert groups("activation.tanh", "activation.sigmoid", "activation.tanh") == ((0, 2), (1,))
    assert groups("scaling.none", "scaling.standardize") == ((0,), (1,))

"""An input with a shape of its own over other data: the way out is offered only where it is one."""

import pytest

from app.core.layer_catalog import new_layer
from app.core.network import Network, chain, insert_after
from app.core.problems import Problem
from app.core.shape_inference import infer_network
from app.core.templates import handwritten_digits, start_from
from app.core.transfer import project_for_network, with_input_shape


def complaint(network: Network, shape: tuple[int, ...]) -> Problem:
    _, problems = infer_network(network, shape)
    (found,) = (p for p in problems if p.title.startswith("Takes"))
    return found


def test_a_network_that_can_take_the_data_can_follow_them() -> None:
    project = start_from("moons")
    network = with_input_shape(project.network, (5,))
    problem = complaint(network, (2,))
    (follow,) = problem.fixes
    assert follow.label == "Follow the data"
    followed = follow.edit(project.model_copy(update={"network": network})).network
    assert not infer_network(followed, (2,))[1]


def test_a_network_that_cannot_take_the_data_says_what_it_needs() -> None:
    network = with_input_shape(handwritten_digits().network, (8, 8, 3))
    problem = complaint(network, (2,))
    assert problem.title == "Takes 8×8×3, data are rows of 2 numbers"
    assert problem.fixes == ()
    assert "Choose data of 8×8×3" in problem.how_to_fix
    assert [f.label for f in complaint(network, (8, 8, 1)).fixes] == ["Follow the data"]


def test_an_error_elsewhere_does_not_hide_the_way_out() -> None:
    network = with_input_shape(start_from("moons").network, (5,))
    lonely = new_layer(network, "Dense")
    network = network.model_copy(update={"layers": (*network.layers, lonely)})
    assert [f.label for f in complaint(network, (2,)).fixes] == ["Follow the data"]


def test_it_is_worked_out_once_for_a_network_and_a_shape(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from app.core import shape_inference

    calls: list[object] = []
    infer = shape_inference.infer_network

    def counted(network: Network, shape: tuple[int, ...] | None) -> object:
        calls.append(network)
        return infer(network, shape)

    monkeypatch.setattr(shape_inference, "infer_network", counted)
    network = with_input_shape(handwritten_digits().network, (8, 8, 3))
    for _ in range(3):
        infer(network, (2,))
    assert len(calls) == 1


def test_a_model_of_strange_shape_comes_to_data_that_its_layers_can_take() -> None:
    pictures = project_for_network(handwritten_digits().network, (30, 30, 3), "strange")
    assert len(infer_network(pictures.network, None)[0]) > 0
    assert pictures.data == handwritten_digits().data
    rows = project_for_network(start_from("moons").network, (99,), "strange")
    assert rows.data == start_from("moons").data
    # nothing fits two kernels of different rank: the first set of all
    network = handwritten_digits().network
    broken = insert_after(network, new_layer(network, "Conv3D"), network.layers[1].id)
    assert project_for_network(chain(broken.layers), (9,), "b").data == start_from("moons").data

"""An edit of a large network costs what it changes, not the square of the network's size."""

import gc
import time
from collections.abc import Callable

import pytest

from app.core import shape_inference
from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import new_layer
from app.core.network import Layer, Link, Network, chain, insert_after, with_layer, with_option
from app.core.project import Project
from app.core.resolve import resolve
from app.core.resolved_project import ResolvedProject
from tests.topologies import residual_project

SMALL, LARGE = 43, 260
"""Blocks of 7 layers: 306 layers, and 1,825."""


def of(project: Project) -> ResolvedProject:
    return resolve(project, summary_of(project.data), 2**40)


def with_network(project: Project, network: Network) -> Project:
    return project.model_copy(update={"network": network})


def renamed(project: Project, suffix: str) -> Project:
    """The same network of other objects, of which nothing is known."""
    layers = tuple(x.model_copy(update={"id": f"{x.id}{suffix}"}) for x in project.network.layers)
    links = tuple(
        k.model_copy(update={"source": f"{k.source}{suffix}", "target": f"{k.target}{suffix}"})
        for k in project.network.links
    )
    return with_network(project, Network(layers=layers, links=links))


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the layers that were worked out, not remembered."""
    found: list[str] = []
    work = shape_inference._infer_layer

    def noting(layer, *rest):  # type: ignore[no-untyped-def]
        found.append(layer.id)
        return work(layer, *rest)

    monkeypatch.setattr(shape_inference, "_infer_layer", noting)
    return found


def test_only_what_an_edit_changes_is_worked_out_again(worked_out: list[str]) -> None:
    project = renamed(residual_project(SMALL), "_x")
    before = of(project)
    assert len(worked_out) == len(project.network.layers) == 306
    assert before.can_train
    worked_out.clear()
    assert of(project) == before
    assert worked_out == []
    dropout = next(x.id for x in project.network.layers if x.kind == "Dropout")
    edited = with_network(project, with_option(project.network, dropout, "rate", 0.25))
    after = of(edited)
    assert worked_out == [dropout]
    # What is remembered is what follows: the same as for a network never seen before.
    fresh = of(renamed(edited, "y"))
    assert [(x.output_shape, x.parameters, x.summary) for x in fresh.layers] == [
        (x.output_shape, x.parameters, x.summary) for x in after.layers
    ]
    worked_out.clear()
    first = next(x.id for x in project.network.layers if x.kind == "Conv2D")
    strides = with_network(project, with_option(project.network, first, "strides", (2, 2)))
    assert of(strides).layers != before.layers
    assert len(worked_out) >= 300  # another shape reaches every layer behind


def test_what_is_remembered_follows_every_part_of_a_layer() -> None:
    project = residual_project(2)
    layer = next(x for x in project.network.layers if x.kind == "Conv2D")
    assert (of(project).layer(layer.id).parameters or 0) > 0
    frozen = with_layer(project.network, layer.model_copy(update={"trainable": False}))
    resolved = of(with_network(project, frozen)).layer(layer.id)
    assert resolved.parameters == 0
    assert resolved.fixed_parameters == of(project).layer(layer.id).parameters
    assert not resolved.layer.trainable


def least_time(work: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def edit_and_resolve(project: Project) -> float:
    """Seconds of CPU that one edit with all that follows takes, at its best of three."""
    kind = next(x.id for x in project.network.layers if x.kind == "Dropout")
    of(project)
    rates = iter((0.11, 0.12, 0.13))

    def edit() -> None:
        network = with_option(project.network, kind, "rate", next(rates))
        network = insert_after(network, new_layer(network, "Flatten"), kind)
        of(with_network(project, network))

    return least_time(edit)


def test_an_edit_of_300_layers_is_resolved_at_once() -> None:
    assert edit_and_resolve(residual_project(SMALL)) < 0.06  # measured: 0.003


def test_six_times_the_layers_take_about_six_times_as_long() -> None:
    small, large = (edit_and_resolve(residual_project(n)) for n in (SMALL, LARGE))
    assert large < 18 * max(small, 0.001)  # a quadratic step would make it 36


def test_layers_and_links_are_found_without_a_search() -> None:
    def ask(project: Project) -> float:
        network, resolved = project.network, of(project)

        def questions() -> None:
            for layer in network.layers:
                assert network.has(layer.id)
                assert network.layer(layer.id) is layer
                network.inputs_of(layer.id)
                network.outputs_of(layer.id)
                resolved.layer(layer.id)
                resolved.problems_of(layer.id)

        questions()
        return least_time(questions)

    small, large = (ask(residual_project(n)) for n in (SMALL, LARGE))
    assert large < 18 * max(small, 0.001)


@pytest.mark.parametrize("form", ["ring", "fan", "comb"])
def test_errors_all_over_a_large_network_are_told_in_time(form: str) -> None:
    """1,999 layers in one circle; all fed by the input; a row, each layer with a loose end."""
    data = Layer(id="input", kind="InputLayer")
    dense = [Layer(id=f"d{i}", kind="Dense") for i in range(1999)]
    row = chain((data, *dense)).links
    back = Link(source="d1998", target="d0", port=1)
    links = {
        "ring": (*row[1:], back),
        "fan": tuple(Link(source="input", target=x.id) for x in dense),
        "comb": (*row[:999], *(Link(source=f"d{i}", target=f"d{i + 1000}") for i in range(999))),
    }[form]
    project = with_network(residual_project(1), Network(layers=(data, *dense), links=links))
    gc.collect()
    gc.disable()  # what it looks through is what other tests have left
    try:
        start = time.process_time()
        resolved = of(project)
        spent = time.process_time() - start
    finally:
        gc.enable()
    assert spent < 0.7  # measured: 0.2; 1.2 when each error looked at every link
    assert sum(p.severity == "error" for p in resolved.problems) >= 990


def test_a_network_of_unknown_kinds_is_told_of_in_time() -> None:
    """Every layer has a problem, and many have no link."""
    project = residual_project(SMALL)
    layers = tuple(x.model_copy(update={"kind": "Unheard"}) for x in project.network.layers)
    network = Network(layers=layers, links=project.network.links[::2])
    start = time.process_time()
    resolved = of(with_network(project, network))
    assert time.process_time() - start < 1.0
    assert {x.id for x in layers} == {
        p.where for p in resolved.problems if p.where in {y.id for y in layers}
    }

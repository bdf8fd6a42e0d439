"""What stands before a layer that lets no gradient through, against walking all ways by hand."""

import itertools
import random

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS
from app.core.network import Layer, Link, Network, chain
from app.core.problems import Problem
from app.core.project import Project
from app.core.shape_inference import infer_network

TITLE = "What stands before it cannot learn"


def layer(name: str, kind: str, **options: object) -> Layer:
    return Layer(id=name, kind=kind, options=FrozenMap(options))


def blocked(network: Network) -> dict[str, Problem]:
    problems = infer_network(network, (4,))[1]
    return {p.where: p for p in problems if p.title == TITLE}


DATA = layer("data", "InputLayer")
BINS = layer("bins", "Discretization")
FLAT = layer("flat", "Flatten")
OUT = layer("out", "Dense", units=1)
HIDDEN = layer("hidden", "Dense", units=4)


def test_weights_before_bins_are_told_and_the_fix_mends_it() -> None:
    network = chain((DATA, HIDDEN, BINS, FLAT, OUT))
    (problem,) = blocked(network).values()
    assert problem.where == "bins"
    assert problem.severity == "error"
    assert "hidden" in problem.happened
    project = Project(data=DataSettings(source=BuiltinSource(name="moons")), network=network)
    assert blocked(problem.fixes[0].edit(project).network) == {}


def test_bins_of_the_data_and_frozen_weights_are_no_fault() -> None:
    assert blocked(chain((DATA, BINS, FLAT, OUT))) == {}
    frozen = HIDDEN.model_copy(update={"trainable": False})
    assert blocked(chain((DATA, frozen, BINS, FLAT, OUT))) == {}


def test_another_way_lets_the_gradient_through() -> None:
    network = chain((DATA, HIDDEN, BINS, FLAT, OUT))
    joined = Network(
        layers=(*network.layers[:-1], layer("join", "Concatenate"), OUT),
        links=(
            *(link for link in network.links if link.target != "out"),
            Link(source="flat", target="join"),
            Link(source="hidden", target="join", port=1),
            Link(source="join", target="out"),
        ),
    )
    assert blocked(joined) == {}


def test_it_is_as_walking_every_way_by_hand() -> None:
    chance = random.Random(5)
    kinds = ("Dense", "Hashing", "ReLU", "Dense")
    found = 0
    for _ in range(200):
        count = chance.randint(2, 7)
        layers = [DATA, *(layer(f"l{n}", chance.choice(kinds)) for n in range(count)), OUT]
        links = [Link(source=a.id, target=b.id) for a, b in itertools.pairwise(layers)]
        for _ in range(chance.randint(0, 2)):  # a way past some layers, through an Add
            first, last = sorted(chance.sample(range(len(layers) - 1), 2))
            name = f"add{len(layers)}"
            if any(link.target == layers[last + 1].id and link.source != layers[last].id
                   for link in links) or layers[last + 1].kind == "Add":  # fmt: skip
                continue
            links = [
                k for k in links if (k.source, k.target) != (layers[last].id, layers[last + 1].id)
            ]
            layers.insert(last + 1, layer(name, "Concatenate"))
            links += [
                Link(source=layers[last].id, target=name),
                Link(source=layers[first].id, target=name, port=1),
                Link(source=name, target=layers[last + 2].id),
            ]
        network = Network(layers=tuple(layers), links=tuple(links))
        resolved, problems = infer_network(network, (4,))
        if any(p.severity == "error" and p.title != TITLE for p in problems):
            continue
        weights = {entry.id for entry in resolved if entry.parameters}
        ways = list(_ways(network, "out"))
        open_ways = {
            name
            for way in ways
            for place, name in enumerate(way)
            if not any(_blocks(network, between) for between in way[:place])
        }
        lost = weights - open_ways
        told = blocked(network)
        assert bool(told) == bool(lost), network
        found += bool(lost)
        for name in told:
            assert _blocks(network, name)
    assert found > 20


def _blocks(network: Network, name: str) -> bool:
    return LAYER_KINDS[network.layer(name).kind].blocks_gradient


def _ways(network: Network, name: str) -> list[tuple[str, ...]]:
    """Every way from `name` back to the data, `name` first."""
    sources = network.inputs_of(name)
    if not sources:
        return [(name,)]
    return [(name, *way) for source in set(sources) for way in _ways(network, source)]

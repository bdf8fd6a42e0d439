"""The calls of the layers in a model's configuration: names once each, known sources, no cycle."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from app.core.short_names import quoted
from app.modeling.errors import Refusal


def check_graph(config: dict[str, Any]) -> None:
    """Look at the layers of one model, those of models inside it excluded.

    Args:
        config: of a Sequential or functional model, as Keras writes it.

    Raises:
        Refusal: two layers have one name, a layer is fed by one that is not there, or by itself.
    """
    nodes = config.get("layers")
    if not isinstance(nodes, list) or not nodes or not all(isinstance(n, dict) for n in nodes):
        raise Refusal("it has no list of layers")
    feeding: dict[str, set[str]] = {}
    calls: dict[str, int] = {}
    for node in nodes:
        name = _name(node)
        if name in feeding:
            raise Refusal(f"it has two layers called {quoted(name)}")
        inbound = node.get("inbound_nodes")
        calls[name] = len(inbound) if isinstance(inbound, list) else 0
        feeding[name] = set(sources(inbound))
    for name, some in feeding.items():
        strange = some - feeding.keys()
        if strange:
            raise Refusal(
                f"its layer {quoted(name)} is fed by {quoted(min(strange))}, not one of it"
            )
    # A layer that is used twice may rightly feed itself over another one.
    once = {name for name, count in calls.items() if count <= 1}
    _check_order({name: some & once for name, some in feeding.items() if name in once})


def sources(value: object) -> Iterator[str]:
    """The names of the layers that `inbound_nodes` name, as Keras 2 and 3 write them."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            history = one.get("keras_history")
            if isinstance(history, list) and history:
                yield str(history[0])
            else:
                waiting += one.values()
        elif isinstance(one, list):
            named = 3 <= len(one) <= 4 and isinstance(one[0], str)
            if named and type(one[1]) is type(one[2]) is int:
                yield one[0]
            else:
                waiting += one


def _name(node: dict[str, Any]) -> str:
    config = node.get("config")
    name = node.get("name", config.get("name") if isinstance(config, dict) else None)
    if not isinstance(name, str):
        raise Refusal("a layer in it has no name")
    return name


def _check_order(feeding: dict[str, set[str]]) -> None:
    """Raises Refusal when some of the layers feed each other in a circle."""
    feeds: dict[str, list[str]] = defaultdict(list)
    waiting = {name: len(some) for name, some in feeding.items()}
    for name, some in feeding.items():
        for source in some:
            feeds[source].append(name)
    ready = [name for name, count in waiting.items() if not count]
    done = 0
    while ready:
        done += 1
        for target in feeds[ready.pop()]:
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    if done < len(feeding):
        circular = min(name for name, count in waiting.items() if count)
        raise Refusal(f"its layer {quoted(circular)} is fed by itself, in a circle")

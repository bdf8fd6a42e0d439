"""Layers that stand before one that lets no gradient through, and so cannot learn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.core.layer_catalog import layer_kind
from app.core.network import Link
from app.core.network_fixes import fix, remove_layer
from app.core.problems import Problem
from app.core.resolved_project import ResolvedLayer


def blocked_problems(
    resolved: Sequence[ResolvedLayer], incoming: Mapping[str, Iterable[Link]], end: str | None
) -> Iterator[Problem]:
    """A problem for each layer that keeps the gradient from weights which only it could reach.

    Args:
        resolved: in topological order.
        incoming: the links into each layer.
        end: id of the output.
    """
    blocking = {e.id for e in resolved if (k := layer_kind(e.layer.kind)) and k.blocks_gradient}
    if not blocking or end is None:
        return
    learning = _reached({end}, incoming, blocking)
    needy = {e.id for e in resolved if e.parameters} - learning
    for entry in resolved:
        if entry.id not in blocking or entry.id not in learning:
            continue
        sources = {link.source for link in incoming[entry.id]}
        lost = [e.id for e in resolved if e.id in needy & _reached(sources, incoming, set())]
        if lost:
            yield _nothing_learns(entry, lost)


def _reached(start: set[str], incoming: Mapping[str, Iterable[Link]], stops: set[str]) -> set[str]:
    """What feeds `start`, itself among them; what feeds a layer of `stops` is left out."""
    found, waiting = set(start), list(start)
    while waiting:
        layer = waiting.pop()
        if layer in stops:
            continue
        for link in incoming[layer]:
            if link.source not in found:
                found.add(link.source)
                waiting.append(link.source)
    return found


def _nothing_learns(entry: ResolvedLayer, lost: list[str]) -> Problem:
    names = ", ".join(lost[:3]) + (" and others" if len(lost) > 3 else "")
    return Problem(
        where=entry.id,
        severity="error",
        title="What stands before it cannot learn",
        happened=f"{entry.layer.kind} lets no gradient through, and {names} stands before it.",
        expected="Layers with weights stand behind it, or are frozen.",
        how_to_fix=f"Remove {entry.id}, move it in front, or freeze what stands before it.",
        fixes=(fix("Remove the layer", remove_layer, layer_id=entry.id),),
    )

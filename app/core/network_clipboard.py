"""Layers as text: what copy puts on the clipboard and paste reads, between windows too."""

from collections.abc import Collection, Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from app.core.frozen import Frozen, FrozenMap
from app.core.network import (
    INPUT_KIND,
    Layer,
    LayerId,
    Link,
    Network,
    links_into,
    topological_order,
)
from app.core.network_edits import RefusedEditError, most_inputs
from app.core.place_edits import Point

MARK = "layerlab layers"
"""How the text of our own is known."""
LONGEST_TEXT = 8_000_000
"""Characters; a network of 2,000 layers takes about one million."""


class CopiedLayer(Frozen):
    """A layer without what belongs to its project alone."""

    id: LayerId
    kind: Annotated[str, Field(min_length=1, max_length=64)]
    options: FrozenMap = FrozenMap()
    trainable: bool = True


class CopiedPlace(Frozen):
    """Where a card stood, from the upper left corner of all that were copied."""

    id: LayerId
    x: Annotated[float, Field(ge=0, le=2e6, strict=False)]
    y: Annotated[float, Field(ge=0, le=2e6, strict=False)]


class CopiedLayers(Frozen):
    """The text on the clipboard, version 1."""

    content: Literal["layerlab layers"] = "layerlab layers"
    version: Literal[1] = 1
    layers: Annotated[tuple[CopiedLayer, ...], Field(strict=False, max_length=2000)]
    links: Annotated[tuple[Link, ...], Field(strict=False, max_length=8000)] = ()
    places: Annotated[tuple[CopiedPlace, ...], Field(strict=False, max_length=2000)] = ()

    def as_layers(self) -> tuple[Layer, ...]:
        return tuple(
            Layer(id=x.id, kind=x.kind, options=x.options, trainable=x.trainable)
            for x in self.layers
        )

    def relative_places(self) -> dict[str, Point]:
        return {place.id: (place.x, place.y) for place in self.places}


def copy_text(network: Network, ids: Collection[str], places: Mapping[str, Point]) -> str:
    """Layers, the links among them and how they stand to each other, as text."""
    chosen = [layer for layer in network.layers if layer.id in set(ids)]
    names = {layer.id for layer in chosen}
    known = {name: places[name] for name in names if name in places}
    left = min((place[0] for place in known.values()), default=0.0)
    top = min((place[1] for place in known.values()), default=0.0)
    copied = CopiedLayers(
        layers=tuple(
            CopiedLayer(id=x.id, kind=x.kind, options=x.options, trainable=x.trainable)
            for x in chosen
        ),
        links=tuple(k for k in network.links if k.source in names and k.target in names),
        places=tuple(
            CopiedPlace(id=x.id, x=known[x.id][0] - left, y=known[x.id][1] - top)
            for x in chosen
            if x.id in known
        ),
    )
    return copied.model_dump_json(indent=1)


def read_text(text: str) -> CopiedLayers:
    """The layers in a text from the clipboard.

    Raises:
        RefusedEditError: it holds none, or they are damaged, of a newer program, or in a circle.
    """
    if not text.strip():
        raise RefusedEditError("The clipboard is empty. Copy layers first.")
    if len(text) > LONGEST_TEXT or MARK not in text[:200]:
        raise RefusedEditError(
            "The clipboard holds no layers. Copy layers in this or another window."
        )
    try:
        copied = CopiedLayers.model_validate_json(text)
    except (ValidationError, ValueError, RecursionError) as error:
        raise RefusedEditError(_words(error)) from None
    if not copied.layers:
        raise RefusedEditError("The clipboard holds no layers. Copy layers first.")
    if all(layer.kind == INPUT_KIND for layer in copied.layers):
        raise RefusedEditError("The clipboard holds an Input only; a network has one already.")
    try:
        network = Network(layers=copied.as_layers(), links=copied.links)
    except ValidationError as error:
        raise RefusedEditError(_words(error)) from None
    _check_links(network)
    return copied


def _words(error: Exception) -> str:
    newer = isinstance(error, ValidationError) and any(
        entry["loc"] == ("version",) for entry in error.errors(include_url=False)
    )
    if newer:
        return "The layers on the clipboard were copied by another version of LayerLab."
    return "The layers on the clipboard are damaged. Copy them again."


def _check_links(network: Network) -> None:
    """Refuse circles and more links than a layer takes: no edit of ours makes them."""
    crowded = any(len(links_into(network, x.id)) > most_inputs(x) for x in network.layers)
    if topological_order(network)[1] or crowded:
        raise RefusedEditError("The layers on the clipboard are damaged. Copy them again.")

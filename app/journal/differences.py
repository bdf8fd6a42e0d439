"""What differs between the settings of two runs."""

from dataclasses import dataclass
from itertools import chain

from app.core.frozen import OptionValue
from app.core.layer_catalog import layer_kind
from app.core.network import Layer
from app.core.options import ChoiceOption, Option
from app.core.path_entry import PathEntry
from app.core.project import Project
from app.core.project_paths import known_paths

NOTHING = "–"
"""Stands where one of the two has nothing of the kind."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same.

    Attributes:
        path: as in `app.core.project_paths`; "data.source" of what is read; "network.LAYER" of a
            layer that only one of them has or that is of another kind, "network.links" of how
            layers are joined.
        label: the path in words.
        first, second: the value in each, as text.
    """

    path: str
    label: str
    first: str
    second: str


def differences(
    first: Project, second: Project, *, in_words: bool = False
) -> tuple[Difference, ...]:
    """What differs, in the order of the paths; nothing of what a search would do.

    Args:
        in_words: values as they are called on the screen, "ReLU", not as in a project file.
    """
    found = [*_source(first, second), *_layers(first, second, in_words), *_links(first, second)]
    both = {layer.id for layer in first.network.layers} & {
        layer.id for layer in second.network.layers
    }
    changed = {one.path for one in found}
    paths = known_paths(first), known_paths(second)
    for path in dict.fromkeys(chain(*paths)):
        layer_id = path.split(".")[1] if path.startswith("network.") else ""
        if layer_id and (layer_id not in both or f"network.{layer_id}" in changed):
            continue
        entries = [entries.get(path) for entries in paths]
        if _value(entries[0]) != _value(entries[1]):
            label = next(entry.option.label for entry in entries if entry is not None)
            texts = [_text(entry, in_words) for entry in entries]
            found.append(Difference(path, label, texts[0], texts[1]))
    for part in ("data", "training"):
        named = any(one.path.startswith(f"{part}.") for one in found)
        if not named and getattr(first, part) != getattr(second, part):
            found.append(Difference(part, part.capitalize(), "other details", "other details"))
    order = {"name": 0, "data": 1, "network": 2, "training": 3}
    return tuple(sorted(found, key=lambda one: order.get(one.path.split(".")[0], 4)))


def _source(first: Project, second: Project) -> list[Difference]:
    """What is read, by its name or path."""
    words = []
    for project in (first, second):
        source = project.data.source
        words.append(str(getattr(source, "path", getattr(source, "name", source.kind))))
    if words[0] == words[1] and first.data.source.kind == second.data.source.kind:
        return []
    return [Difference("data.source", "Data", words[0], words[1])]


def _layers(first: Project, second: Project, in_words: bool) -> list[Difference]:
    """Layers that only one has, or of another kind."""
    layers = [{layer.id: layer for layer in one.network.layers} for one in (first, second)]
    found = []
    for name in dict.fromkeys(chain(*layers)):
        pair = [known.get(name) for known in layers]
        if pair[0] is None or pair[1] is None or pair[0].kind != pair[1].kind:
            words = [_layer_words(layer, in_words) for layer in pair]
            found.append(Difference(f"network.{name}", f"Layer {name}", words[0], words[1]))
    return found


def _links(first: Project, second: Project) -> list[Difference]:
    """How the layers that both have are joined."""
    links = [
        {
            (link.source, link.target, link.port): f"{link.source} → {link.target}"
            for link in one.network.links
        }
        for one in (first, second)
    ]
    only = [
        ", ".join(words for ends, words in mine.items() if ends not in other) or NOTHING
        for mine, other in (links, links[::-1])
    ]
    if links[0].keys() == links[1].keys():
        return []
    return [Difference("network.links", "Links that only one has", only[0], only[1])]


def _layer_words(layer: Layer | None, in_words: bool) -> str:
    """ "Dense (units 64, activation relu)": its kind and what is set."""
    if layer is None:
        return NOTHING
    kind = layer_kind(layer.kind)
    options = {option.name: option for option in kind.options} if kind else {}
    told = [
        f"{options[name].label.lower() if in_words else name} "
        f"{_worded(options[name], value) if in_words else _plain(value)}"
        for name, value in layer.options.items()
        if name in options and value != options[name].default
    ]
    return f"{layer.kind} ({', '.join(told)})" if told else layer.kind


def _value(entry: PathEntry | None) -> tuple[str, OptionValue] | None:
    return None if entry is None else (type(entry.value).__name__, entry.value)


def _text(entry: PathEntry | None, in_words: bool) -> str:
    if entry is None:
        return NOTHING
    return _worded(entry.option, entry.value) if in_words else _plain(entry.value)


def _worded(option: Option, value: OptionValue) -> str:
    if isinstance(option, ChoiceOption):
        return option.label_of(value)
    return option.none_label if value is None and option.none_label else _plain(value)


def _plain(value: OptionValue) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, tuple):
        return " × ".join(_plain(item) for item in value)
    return str(value)

"""Pure edits of the search space: marking, unmarking, and following the network. All can be
pickled.
"""

from app.core.network import Network
from app.core.project import Project
from app.core.search_paths import layer_of
from app.core.search_settings import Dimension


def marked(project: Project, dimension: Dimension) -> Project:
    """`project` that searches `dimension`: in the place of the one with its path, else last."""
    space = project.search.space
    if any(each.path == dimension.path for each in space):
        return _with_space(
            project, tuple(dimension if d.path == dimension.path else d for d in space)
        )
    return _with_space(project, (*space, dimension))


def unmarked(project: Project, path: str) -> Project:
    """`project` that does not search `path`; unchanged when it does not anyway."""
    return _with_space(project, tuple(d for d in project.search.space if d.path != path))


def with_search(project: Project, **changes: object) -> Project:
    """`project` with other settings of its search, such as `trials=100`.

    Raises:
        pydantic.ValidationError: for an unknown setting or a value that it refuses.
    """
    settings = type(project.search).model_validate({**dict(project.search), **changes})
    return project.model_copy(update={"search": settings})


def following_the_network(before: Project, after: Project) -> Project:
    """`after`, whose space is that of its network: dimensions of a layer that was removed are
    gone, those of one that only got another name go by this name.
    """
    network = after.network
    if network is before.network or not after.search.space:
        return after
    names = _new_names(before.network, network)
    space = []
    for dimension in after.search.space:
        layer = layer_of(before.network, dimension.path)
        if layer is None or network.has(layer):
            space.append(dimension)
        elif layer in names:
            path = _renamed(dimension.path, layer, names[layer])
            space.append(dimension.model_copy(update={"path": path}))
    if len(space) == len(after.search.space) and not names:
        return after
    return _with_space(after, tuple({d.path: d for d in space}.values()))


def _renamed(path: str, old: str, new: str) -> str:
    rest = path.removeprefix(f"network.{old}")
    return f"network.{new}{rest}"


def _new_names(before: Network, after: Network) -> dict[str, str]:
    """The new name of each layer that stands where it stood, is what it was and is called
    otherwise.
    """
    if len(before.layers) != len(after.layers):
        return {}
    return {
        old.id: new.id
        for old, new in zip(before.layers, after.layers, strict=True)
        if old.id != new.id
        and old.model_copy(update={"id": new.id}) == new
        and not after.has(old.id)
        and not before.has(new.id)
    }


def _with_space(project: Project, space: tuple[Dimension, ...]) -> Project:
    return with_search(project, space=space)

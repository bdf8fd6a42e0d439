"""Pure edits of what is done with the data. All can be pickled."""

from typing import Literal

from app.core.data_settings import ArraySource, DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.core.project import Project


def ignore_columns(project: Project, *, names: tuple[str, ...]) -> Project:
    """`project` without these columns of its table; unchanged where the data are no table."""
    source = project.data.source
    if not isinstance(source, TableSource):
        return project
    roles = {**source.roles, **dict.fromkeys(names, "ignored")}
    return _with_source(project, source.model_copy(update={"roles": FrozenMap(roles)}))


def set_column_role(project: Project, *, name: str, role: str) -> Project:
    """`project` with this column of its table as one of `data_settings.ROLES`; unchanged where the
    data are no table.
    """
    source = project.data.source
    if not isinstance(source, TableSource):
        return project
    roles = source.roles.set(name, role)
    return _with_source(project, source.model_copy(update={"roles": roles}))


def set_column_type(project: Project, *, name: str, kind: str) -> Project:
    """`project` with this column of its table as one of `data_settings.TYPES`; its gaps are treated
    as they were if the type has such a way. Unchanged where the data are no table.
    """
    source = project.data.source
    if not isinstance(source, TableSource):
        return project
    missing = dict(source.missing)
    if missing.get(name) in _UNFIT_WAYS.get(kind, ()):
        del missing[name]
    types = source.types.set(name, kind)
    changed = source.model_copy(update={"types": types, "missing": FrozenMap(missing)})
    return _with_source(project, changed)


_UNFIT_WAYS = {"category": ("mean", "median"), "number": ("category",), "date": ("category",)}


def set_decimal_mark(project: Project, *, mark: Literal[".", ","]) -> Project:
    """`project` whose table has numbers with this decimal mark; unchanged where the data are no
    table.
    """
    source = project.data.source
    if not isinstance(source, TableSource):
        return project
    return _with_source(project, source.model_copy(update={"decimal": mark}))


def predict_numbers(project: Project) -> Project:
    """`project` whose target is a number and no class; unchanged where the source does not tell."""
    source = project.data.source
    if not isinstance(source, (TableSource, ArraySource)):
        return project
    return _with_data(project, source=source.model_copy(update={"task": "regression"}))


def own_class_weights(project: Project, *, weights: FrozenMap) -> Project:
    """`project` in which each class counts as its own number says: those chosen before, or, where
    there are none, `weights` by class name.

    Raises pydantic.ValidationError when a weight is negative or above a million.
    """
    own = project.data.class_weights or weights
    return _with_data(project, class_weighting="chosen", class_weights=own)


def fill_gaps(project: Project, *, ways: FrozenMap) -> Project:
    """`project` in which gaps of these columns of its table become what `ways` says: column name to
    one of `data_settings.MISSING`; unchanged where the data are no table.
    """
    source = project.data.source
    if not isinstance(source, TableSource):
        return project
    missing = FrozenMap({**source.missing, **ways})
    return _with_source(project, source.model_copy(update={"missing": missing}))


def set_class_weighting(
    project: Project, *, weighting: Literal["none", "balanced", "chosen"]
) -> Project:
    """`project` in which classes count in the training loss as `weighting` says."""
    return _with_data(project, class_weighting=weighting)


def set_class_weight(project: Project, *, name: str, weight: float | None) -> Project:
    """`project` with its own weight for a class; with None the class has no weight of its own.

    Raises pydantic.ValidationError when a weight is negative or above a million.
    """
    weights = {key: value for key, value in project.data.class_weights.items() if key != name}
    if weight is not None:
        weights[name] = weight
    return _with_data(project, class_weights=FrozenMap(weights))


def _with_source(project: Project, source: TableSource) -> Project:
    return _with_data(project, source=source)


def _with_data(project: Project, **changes: object) -> Project:
    data = DataSettings.model_validate({**dict(project.data), **changes})
    return project.model_copy(update={"data": data})

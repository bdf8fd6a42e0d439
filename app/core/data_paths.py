"""The settings of the data by their paths: `data.split.test_share`, `data.roles.COLUMN`."""

from dataclasses import replace

from app.core.data_settings import (
    MISSING,
    MOST_SKIPPED,
    ROLES,
    TYPES,
    ArraySource,
    BuiltinSource,
    DataSettings,
    DataSource,
    PaintedSource,
    PictureSource,
    SplitSettings,
    TableSource,
)
from app.core.dataset_catalog import dataset_of
from app.core.frozen import FrozenMap, OptionValue
from app.core.input_scale import set_preprocessing
from app.core.options import (
    Choice,
    ChoiceOption,
    FlagOption,
    FloatOption,
    IntegerOption,
    Option,
    TextOption,
)
from app.core.path_entry import PathEntry, Setter
from app.core.project import Project
from app.core.project_edits import set_data_option


def data_paths(project: Project) -> dict[str, PathEntry]:
    """Everything of the data that can be set, by path; of columns and classes those that have a
    setting of their own.
    """
    data, source = project.data, project.data.source
    paths: dict[str, PathEntry] = {}
    kind = dataset_of(data)
    if kind is not None and isinstance(source, BuiltinSource):
        for option in kind.options:
            paths[f"data.{option.name}"] = PathEntry(
                option, source.options.get(option.name, option.default), _builtin_setter(option)
            )
    for option in _SOURCE_OPTIONS[source.kind]:
        value = getattr(source, option.name)
        paths[f"data.{option.name}"] = PathEntry(option, value, _source_setter(option))
    if isinstance(source, TableSource):
        targets = [name for name, role in source.roles.items() if role == "target"]
        paths["data.target"] = PathEntry(_TARGET, targets[0] if targets else None, _set_target)
        for field in _COLUMN_OPTIONS:
            for name in getattr(source, field):
                paths[f"data.{field}.{name}"] = _column_entry(source, field, name)
    paths["data.preprocessing"] = PathEntry(
        _PREPROCESSING, data.preprocessing, lambda p, v: set_preprocessing(p, preprocessing=str(v))
    )
    for option in _DATA_OPTIONS:
        value = getattr(data, option.name)
        paths[f"data.{option.name}"] = PathEntry(option, value, _data_setter(option.name))
    for name in data.class_weights:
        paths[f"data.class_weights.{name}"] = _weight_entry(data, name)
    for option in _SPLIT_OPTIONS:
        value = getattr(data.split, option.name)
        paths[f"data.split.{option.name}"] = PathEntry(option, value, _split_setter(option))
    return paths


def named_data_path(project: Project, path: str) -> PathEntry | None:
    """The setting of a column or a class that has none yet; None when `path` names no such thing.

    Which columns and classes there are nobody knows before the data are read.
    """
    head, _, rest = path.partition(".")
    field, _, name = rest.partition(".")
    if head != "data" or not name or not name.isprintable() or len(name) > _LONGEST_NAME:
        return None
    if field == "class_weights":
        return _weight_entry(project.data, name)
    source = project.data.source
    if isinstance(source, TableSource) and field in _COLUMN_OPTIONS:
        return _column_entry(source, field, name)
    return None


# ---------------------------------------------------------------- edits


def _builtin_setter(option: Option) -> Setter:
    return lambda project, value: set_data_option(project, name=option.name, value=value)


def _source_setter(option: Option) -> Setter:
    return lambda project, value: _with_source(project, option.name, value)


def _with_source(project: Project, name: str, value: object) -> Project:
    before: DataSource = project.data.source
    source = type(before).model_validate({**dict(before), name: value})
    return _with_data(project, source=source)


def _data_setter(name: str) -> Setter:
    return lambda project, value: _with_data(project, **{name: value})


def _with_data(project: Project, **changes: object) -> Project:
    data = DataSettings.model_validate({**dict(project.data), **changes})
    return project.model_copy(update={"data": data})


def _split_setter(option: Option) -> Setter:
    def change(project: Project, value: OptionValue) -> Project:
        split = SplitSettings.model_validate({**dict(project.data.split), option.name: value})
        return _with_data(project, split=split)

    return change


def _set_target(project: Project, value: OptionValue) -> Project:
    """The column `value` is the only target; None: the last one of the table."""
    source = project.data.source
    assert isinstance(source, TableSource)
    roles = {name: role for name, role in source.roles.items() if role != "target"}
    if value is not None:
        roles[str(value)] = "target"
    return _with_source(project, "roles", FrozenMap(roles))


def _column_entry(source: TableSource, field: str, name: str) -> PathEntry:
    def change(project: Project, value: OptionValue) -> Project:
        now = project.data.source
        assert isinstance(now, TableSource)
        return _with_source(project, field, _put(getattr(now, field), name, value))

    given: FrozenMap = getattr(source, field)
    option = replace(_COLUMN_OPTIONS[field], name=name)
    return PathEntry(option, given.get(name), change)


def _weight_entry(data: DataSettings, name: str) -> PathEntry:
    def change(project: Project, value: OptionValue) -> Project:
        weights = _put(project.data.class_weights, name, value)
        return _with_data(project, class_weights=weights, class_weighting="chosen")

    return PathEntry(replace(_WEIGHT, name=name), data.class_weights.get(name), change)


def _put(given: FrozenMap, name: str, value: OptionValue) -> FrozenMap:
    """`given` with `value` under `name`; None takes the name away."""
    rest = {key: old for key, old in given.items() if key != name}
    return FrozenMap(rest if value is None else {**rest, name: value})


# ---------------------------------------------------------------- options


_LONGEST_NAME = 4096


def _share(name: str, label: str, what: str) -> FloatOption:
    return FloatOption(
        name=name,
        label=label,
        default=0.15,
        minimum=0.0,
        maximum=0.9,
        step=0.05,
        help=f"Share of the samples that {what}, from 0 to 0.9; both shares together at most 0.95.",
    )


_SPLIT_OPTIONS: tuple[Option, ...] = (
    _share("validation_share", "Validation share", "decide when to stop"),
    _share("test_share", "Test share", "are kept for the end"),
    FlagOption(
        name="stratified",
        label="Stratified",
        default=True,
        help="Whether each part gets the classes in the proportions of the whole.",
    ),
    IntegerOption(
        name="seed",
        label="Seed",
        default=0,
        minimum=0,
        maximum=2**31 - 1,
        help="The same seed makes the same split.",
    ),
    ChoiceOption(
        name="by",
        label="Shared out",
        default="random",
        help="random, or time: the first samples train, those after them validate, the last test.",
        choices=(Choice("random", "At random"), Choice("time", "By time")),
    ),
    FlagOption(
        name="own_parts",
        label="Own parts",
        default=True,
        help="Whether samples that the source itself gives to a part stay there.",
    ),
    FlagOption(
        name="validation_trains",
        label="Validation trains",
        default=False,
        help="Whether the samples of the validation part train too, as for a last training with "
        "chosen settings.",
    ),
)

_PREPROCESSING = ChoiceOption(
    name="preprocessing",
    label="Preprocessing",
    default="none",
    help="What is done to the inputs: none, standardize, min_max or pixels.",
    choices=(
        Choice("none", "None"),
        Choice("standardize", "Standardize"),
        Choice("min_max", "Min-max"),
        Choice("pixels", "Pixels to 0..1"),
    ),
)

_DATA_OPTIONS: tuple[Option, ...] = (
    ChoiceOption(
        name="learns",
        label="Learns",
        default="target",
        help="What is learned: the target of the data, or the input itself (an autoencoder).",
        choices=(Choice("target", "The target"), Choice("input", "The input itself")),
    ),
    ChoiceOption(
        name="class_weighting",
        label="Class weights",
        default="none",
        help="none; balanced: rare classes count more; chosen: as data.class_weights.CLASS says.",
        choices=(
            Choice("none", "None"),
            Choice("balanced", "Balanced"),
            Choice("chosen", "Chosen"),
        ),
    ),
    IntegerOption(
        name="memory_mib",
        label="Memory",
        default=1024,
        minimum=16,
        maximum=1_000_000,
        help="MiB set aside for the samples; pictures that need more are read from disk.",
    ),
)

_WEIGHT = FloatOption(
    name="weight",
    label="Weight",
    default=None,
    optional=True,
    minimum=0.0,
    maximum=1e6,
    help="How much a sample of this class counts in the training loss; none: 1.",
)

_TARGET = TextOption(
    name="target",
    label="Target",
    default=None,
    optional=True,
    none_label="last column",
    maximum_length=_LONGEST_NAME,
    help="The column that is to be predicted, by its name; none: the last one.",
)


def _of_column(name: str, label: str, values: tuple[str, ...], help_text: str) -> ChoiceOption:
    return ChoiceOption(
        name=name,
        label=label,
        default=None,
        optional=True,
        none_label="usual",
        help=help_text,
        choices=tuple(Choice(value, value.replace("_", " ")) for value in values),
    )


_COLUMN_OPTIONS = {
    "roles": _of_column("roles", "Role", ROLES, f"One of {', '.join(ROLES)}; usual: a feature."),
    "types": _of_column("types", "Type", TYPES, f"One of {', '.join(TYPES)}; usual: guessed."),
    "missing": _of_column(
        "missing",
        "Gaps",
        MISSING,
        f"What becomes of a gap: {', '.join(MISSING)}; usual: its row is left out.",
    ),
}


def _path(name: str, label: str, help_text: str, optional: bool = False) -> TextOption:
    return TextOption(
        name=name,
        label=label,
        default=None if optional else "",
        optional=optional,
        maximum_length=4096,
        help=help_text,
    )


def _guessed(name: str, label: str, help_text: str, most: int) -> TextOption:
    return TextOption(
        name=name,
        label=label,
        default=None,
        optional=True,
        none_label="guessed",
        maximum_length=most,
        help=help_text,
    )


_TASK = ChoiceOption(
    name="task",
    label="Task",
    default=None,
    optional=True,
    none_label="guessed",
    help="binary, multiclass or regression; none: guessed from the target.",
    choices=(
        Choice("binary", "Two classes"),
        Choice("multiclass", "Several classes"),
        Choice("regression", "Regression"),
    ),
)


SKIP_ROWS = IntegerOption(
    name="skip_rows",
    label="Skip rows",
    default=None,
    optional=True,
    none_label="guessed",
    minimum=0,
    maximum=MOST_SKIPPED,
    help="How many rows above the table are not read: titles, comments, empty ones; none: guessed.",
)


def _side(name: str, label: str) -> IntegerOption:
    return IntegerOption(
        name=name,
        label=label,
        default=None,
        optional=True,
        none_label="guessed",
        minimum=1,
        maximum=4096,
        help="Of all pictures, in pixels; none: guessed from the pictures.",
    )


_SOURCE_OPTIONS: dict[str, tuple[Option, ...]] = {
    BuiltinSource.model_fields["kind"].default: (),
    PaintedSource.model_fields["kind"].default: (),
    TableSource.model_fields["kind"].default: (
        _path("path", "File", "Where the table is."),
        _path("test_path", "Test file", "A second table, whose rows are the test part.", True),
        _guessed("separator", "Separator", "The character between two columns; none: guessed.", 1),
        ChoiceOption(
            name="decimal",
            label="Decimal mark",
            default=None,
            optional=True,
            none_label="guessed",
            help="Point or comma; none: guessed.",
            choices=(Choice(".", "point"), Choice(",", "comma")),
        ),
        _guessed(
            "encoding",
            "Encoding",
            "How characters are stored, for example utf-8; none: guessed.",
            64,
        ),
        SKIP_ROWS,
        FlagOption(
            name="header",
            label="Header",
            default=None,
            optional=True,
            none_label="guessed",
            help="Whether the first row holds the names of the columns; none: guessed.",
        ),
        _guessed("sheet", "Sheet", "Of a workbook, by its name; none: the first one.", 256),
        _TASK,
    ),
    PictureSource.model_fields["kind"].default: (
        _path("path", "Folder", "Where the pictures are: a sub-folder for each class."),
        _side("height", "Height"),
        _side("width", "Width"),
        ChoiceOption(
            name="color",
            label="Color",
            default=None,
            optional=True,
            none_label="guessed",
            help="Three channels or one; none: guessed from the pictures.",
            choices=(Choice("rgb", "Color"), Choice("grayscale", "Gray")),
        ),
        ChoiceOption(
            name="fit",
            label="Other shapes",
            default="stretch",
            help="How a picture of another shape is brought to this size.",
            choices=(
                Choice("stretch", "Stretched"),
                Choice("crop", "Middle cut out"),
                Choice("pad", "Kept whole"),
            ),
        ),
    ),
    ArraySource.model_fields["kind"].default: (
        _path("path", "File", "Where the arrays are."),
        _path("target_path", "Targets", "A file of the targets, when they have their own.", True),
        _guessed("inputs", "Inputs", "Name of the inputs in the archive; none: guessed.", 64),
        _guessed("targets", "Targets", "Name of the targets in the archive; none: guessed.", 64),
        _TASK,
    ),
}
"""By the kind of source."""

"""What the data page says of the source, put together from its settings and what was read."""

from collections.abc import Mapping, Sequence

from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSource,
    PictureSource,
    TableSource,
)
from app.core.dataset_catalog import DATASETS_BY_NAME
from app.core.number_words import bytes_text, counted
from app.core.resolved_project import ResolvedProject
from app.core.short_names import in_sentence
from app.data.array_source import ArrayDescription
from app.data.rows_above import listed_lines
from app.data.table_description import TableDescription
from app.ui.column_entries import ColumnEntry
from app.ui.data_sets_dialog import size_text, state_text, task_text
from app.ui.pages.data_numbers import short_name
from app.ui.pages.data_source import Guesses
from app.ui.project_document import is_known
from app.ui.table_again import file_name


def head_of(source: DataSource) -> tuple[str, str]:
    """Title and description of the page's head."""
    if isinstance(source, BuiltinSource):
        kind = DATASETS_BY_NAME.get(source.name)
        if kind is None:
            return source.name, "unknown set"
        words = kind.description.removesuffix(".")
        return kind.label, f"{'' if kind.fetched else 'built in: '}{in_sentence(words)}"
    if isinstance(source, TableSource):
        return file_name(source.path), f"table, {source.path}"
    if isinstance(source, PictureSource):
        return file_name(source.path), f"folder of pictures, {source.path}"
    if isinstance(source, ArraySource):
        return file_name(source.path), f"arrays, {source.path}"
    return "Painted points", f"{counted(len(source.x), 'point')} painted by hand"


def origin_of(resolved: ResolvedProject) -> tuple[str, str]:
    """What the data are in sentences, and where they are."""
    source, summary = resolved.project.data.source, resolved.summary
    if isinstance(source, BuiltinSource):
        kind = DATASETS_BY_NAME.get(source.name)
        if kind is None:
            return "A set that this version does not know.", ""
        facts = f"{kind.description} {size_text(kind)}, {task_text(kind)}, {state_text(kind)}."
        own = "The set has a test part of its own." * bool(summary.own_parts)
        return f"{facts} {own}".strip(), ""
    if source.kind == "painted":
        return "Points painted by hand; they are kept in the project file.", ""
    if not is_known(resolved):
        return "Not read yet.", source.path
    sentences = [f"{counted(summary.samples, 'picture' if summary.pictures else 'row')} used."]
    if summary.pictures:
        sentences.append(f"Each is {' × '.join(map(str, summary.input_shape))} for the network.")
    given = [part for part in summary.own_parts if part != "training"]
    if given:
        sentences.append(f"The {' and '.join(given)} part is the source's own.")
    if summary.weighted:
        sentences.append("Each sample has a weight.")
    if summary.timed:
        sentences.append("Each sample has a time.")
    return " ".join(sentences), source.path


def memory_text(resolved: ResolvedProject) -> str:
    """What the memory set aside means for the data at hand."""
    summary = resolved.summary
    if not is_known(resolved):
        return "For the samples; pictures that need more stay on disk."
    size = 2 * 4 * summary.samples  # as they are read, and preprocessed
    for side in summary.input_shape:
        size *= side
    needed = f"These samples need {bytes_text(size)}"
    if summary.streamed:
        return f"{needed}: they stay on disk and are read while the network trains."
    return f"{needed}: they are held in memory."


def guesses_of(described: object, task: str | None) -> Guesses:
    """What was guessed of a table."""
    if not isinstance(described, TableDescription):
        return Guesses(task=task)
    return Guesses(
        separator=described.separator,
        decimal=described.decimal,
        encoding=described.encoding,
        skip_rows=len(described.above),
        header=described.header,
        sheet=described.sheet,
        sheets=described.sheets,
        task=task,
        above=listed_lines(described.above),
    )


def array_choices(
    described: object, task: str | None
) -> tuple[tuple[tuple[str, str], ...], tuple[str | None, str | None, str | None]]:
    """The arrays of a file, name and name with shape; inputs, targets and task as guessed."""
    if not isinstance(described, ArrayDescription):
        return (), (None, None, task)
    names = tuple(
        (head.name, f"{head.name}, {' × '.join(map(str, head.shape))}") for head in described.arrays
    )
    pair = described.pairs[0] if described.pairs else None
    guessed = (pair.inputs or None, pair.targets or None) if pair is not None else (None, None)
    return names, (*guessed, task)


def by_name(entries: tuple[ColumnEntry, ...]) -> Mapping[str, ColumnEntry]:
    return {entry.name: entry for entry in entries}


def learned(resolved: ResolvedProject) -> str:
    """What the network is to give, in a sentence."""
    summary = resolved.summary
    if resolved.project.data.learns == "input":
        if not summary.known:
            return "All numbers of a sample, after preprocessing."
        return f"All {summary.outputs:,} numbers of a sample, after preprocessing."
    if not is_known(resolved):
        return "What the data give."
    if summary.class_names:
        return f"{summary.target_names[0]}: one of {len(summary.class_names)} classes."
    return f"{', '.join(summary.target_names[:3])}: {counted(summary.outputs, 'number')}."


def _order_words(source: DataSource, dates: Sequence[str], last: str) -> str:
    """What a split by time goes by, and which column it could go by.

    Args:
        last: what the last samples do ("test").
    """
    if isinstance(source, PictureSource):
        return (
            "In the order of folders and file names, so class after class: the first pictures "
            f"train, the last ones {last}."
        )
    if not isinstance(source, TableSource):
        return f"In the order of the data: the first rows train, the last ones {last}."
    column = next((name for name, role in source.roles.items() if role == "time"), None)
    if column is not None:
        return f"In the order of {short_name(column)}: the earliest rows train, the latest {last}."
    words = f"In the order of the file: the first rows train, the last ones {last}."
    if dates:
        words += f" To go by the column {short_name(dates[0])}, give it the role time."
    return words


def split_remark(resolved: ResolvedProject, dates: Sequence[str] = ()) -> str:
    """By what the samples are put into order, or how well the parts agree in their class shares;
    `dates` are columns that hold dates.
    """
    summary, split = resolved.summary, resolved.project.data.split
    noun = "picture" if summary.pictures else "row"
    if split.by == "time":
        own_test = split.own_parts and "test" in summary.own_parts
        last = "validate" if own_test else "test"
        return _order_words(resolved.project.data.source, dates, last)
    if summary.reconstructs:
        return "The same samples in each part as when the target is learned."
    if not summary.class_counts:
        return "" if summary.class_names else "Shared out at random."
    if any(finding.kind == "many_classes" for finding in summary.findings):
        return f"With so few {noun}s of each class, many classes are in one part only."
    worst = 0.0
    for counts in summary.class_counts:
        share = sum(counts) / max(summary.samples, 1)
        for count, part in zip(counts, summary.counts, strict=True):
            worst = max(worst, abs(count - share * part))
    if split.stratified:
        rows = counted(max(1, round(worst)), noun)
        return f"Class shares match in all three parts to within {rows}."
    return f"Shared out at random: class counts are off by up to {worst:.0f} from equal shares."

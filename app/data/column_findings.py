"""What is remarkable in the columns of a table: see `findings`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.core.data_findings import DataFinding
from app.core.frozen import FrozenMap
from app.data.moments import Moments
from app.data.raw_data import Column, RawData
from app.data.samples import in_memory
from app.data.splitting import in_order

MOST_ROWS = 10_000
"""So many rows of the training part are compared value by value."""
MOST_CELLS = 2**21
"""Where there are many columns, as many rows as make so many cells, yet at least 200."""
MOST_COMPARED = 300
"""So many columns are compared with each other."""
MOST_NAMES = 20
MOST_FINDINGS = 10

SAME = 0.85
"""From this correlation on, two features are said to tell the same."""
FAR = 10.0
"""So many deviations from the median a value is said to be far out."""
FEWEST = 20
"""With fewer samples nothing is said of order and correspondence."""
FEWEST_QUARTILES = 50
"""With fewer samples quartiles are too uncertain to call a value far out."""


@dataclass(frozen=True)
class TrainingTable:
    """The training part of a table as it was read, gaps and all.

    Attributes:
        raw: the source.
        columns: with the categories that the training part holds.
        rows: (n,) positions of the training part in the source, ascending.
        some: which of `rows` are looked at closely, ascending.
        values: (len(some), columns) their values.
        moments: of each feature; a column of categories makes several.
    """

    raw: RawData
    columns: tuple[Column, ...]
    rows: np.ndarray
    some: np.ndarray
    values: np.ndarray
    moments: Moments

    @property
    def numbers(self) -> list[int]:
        """Places of the columns of numbers that vary."""
        return [
            place
            for place, (column, low, high) in enumerate(self.ranges())
            if not column.categories and high > low
        ]

    def ranges(self) -> Iterator[tuple[Column, float, float]]:
        """Each column with its smallest and largest number, 0 for categories."""
        feature = 0
        for column in self.columns:
            if column.categories:
                yield column, 0.0, 0.0
            else:
                low, high = self.moments.minimum[feature], self.moments.maximum[feature]
                yield column, float(low), float(high)
            feature += len(column.categories) or 1

    def whole(self, place: int) -> np.ndarray:
        """(n,) all values of a column in the training part."""
        return np.asarray(in_memory(self.raw.x)[self.rows, place])

    def names(self, places: list[int]) -> tuple[str, ...]:
        """Of columns, at most `MOST_NAMES` of them."""
        return tuple(self.columns[place].name for place in places[:MOST_NAMES])


def training_table(
    raw: RawData, columns: tuple[Column, ...], rows: np.ndarray, moments: Moments
) -> TrainingTable:
    """The table of these training rows, some of them drawn with a fixed seed."""
    rows = in_order(rows, len(raw))
    most = min(MOST_ROWS, max(200, MOST_CELLS // max(1, len(columns))))
    some = rows
    if len(rows) > most:
        some = np.sort(np.random.default_rng(0).choice(rows, most, replace=False))
    return TrainingTable(raw, columns, rows, some, in_memory(raw.x)[some], moments)


def column_findings(table: TrainingTable, targets: bool) -> Iterator[DataFinding]:
    """All of them, in the order in which they matter; `targets`: whether there are any but the
    features themselves.
    """
    if targets:
        yield from _target_copies(table)
    yield from _identifiers(table)
    yield from _constant(table)
    yield from _missing(table)
    yield from _outliers(table)
    yield from _correlated(table)


def _constant(table: TrainingTable) -> Iterator[DataFinding]:
    places = [
        place
        for place, (column, low, high) in enumerate(table.ranges())
        if (len(column.categories) == 1 if column.categories else low == high)
    ]
    if places and len(table.rows) > 1:
        yield DataFinding("constant", table.names(places), FrozenMap(columns=len(places)))


def _missing(table: TrainingTable) -> Iterator[DataFinding]:
    """Gaps for which rows were left out, in all rows that were read; gaps that are filled, in the
    training part.
    """
    raw = table.raw
    if raw.rows_with_gaps:
        filled = {column.name for column in raw.columns if column.missing != "drop"}
        lost = [entry for entry in raw.gaps if entry[0] not in filled]
        lost.sort(key=lambda entry: -entry[1])
        texts = {column.name for column in raw.columns if column.categories}
        features = {column.name for column in raw.columns}
        yield DataFinding(
            "missing",
            tuple(name for name, _ in lost[:MOST_NAMES]),
            FrozenMap(
                columns=len(lost),
                gaps=tuple(count for _, count in lost[:MOST_NAMES]),
                left_out=raw.rows_with_gaps,
                texts=tuple(p for p, (name, _) in enumerate(lost[:MOST_NAMES]) if name in texts),
                features=tuple(
                    p for p, (name, _) in enumerate(lost[:MOST_NAMES]) if name in features
                ),
            ),
        )
    gaps: dict[int, int] = {}
    for place, column in enumerate(table.columns):
        if column.missing != "drop":
            count = int(np.count_nonzero(np.isnan(table.whole(place))))
            if count:
                gaps[place] = count
    if gaps:
        places = sorted(gaps, key=lambda place: -gaps[place])
        yield DataFinding(
            "missing",
            table.names(places),
            FrozenMap(
                columns=len(places),
                gaps=tuple(gaps[place] for place in places[:MOST_NAMES]),
                of=len(table.rows),
            ),
        )


# ---------------------------------------------------------------- order and correspondence


def _identifiers(table: TrainingTable) -> Iterator[DataFinding]:
    """Whole numbers that rise or fall from each row to the next, three at most on average."""
    if len(table.rows) < FEWEST:
        return
    steps = np.diff(table.values, axis=0)
    ordered = (steps > 0).all(axis=0) | (steps < 0).all(axis=0)
    ordered &= (table.values == np.rint(table.values)).all(axis=0)
    places = []
    for place in np.flatnonzero(ordered).tolist():
        if table.columns[place].categories:
            continue
        values = table.whole(place)
        change = np.diff(values)
        in_order = bool((change > 0).all() or (change < 0).all())
        dense = abs(values[-1] - values[0]) <= 3 * (table.rows[-1] - table.rows[0])
        if in_order and dense and bool(np.all(values == np.rint(values))):
            places.append(place)
    if places:
        yield DataFinding("identifier", table.names(places), FrozenMap(columns=len(places)))


def _target_copies(table: TrainingTable) -> Iterator[DataFinding]:
    if len(table.rows) < FEWEST:
        return
    raw = table.raw
    corresponds = _same_classes if raw.class_names else _same_order
    targets = raw.y.reshape(len(raw.y), -1)
    first = table.some[:: max(1, len(table.some) // 1000)]
    few = in_memory(raw.x)[first]
    found = 0
    for place, column in enumerate(table.columns):
        for index, name in enumerate(raw.target_names[: targets.shape[1]]):
            if not corresponds(few[:, place], targets[first, index]):
                continue
            values, wanted = table.whole(place), targets[table.rows, index]
            if found < MOST_FINDINGS and corresponds(values, wanted):
                found += 1
                same = not raw.class_names and _equal(values, wanted)
                yield DataFinding("target_copy", (column.name, name), FrozenMap(equal=same))


def _equal(values: np.ndarray, targets: np.ndarray) -> bool:
    with np.errstate(over="ignore"):  # what is too large is no target
        return bool(np.array_equal(values.astype(targets.dtype), targets))


def _same_classes(values: np.ndarray, classes: np.ndarray) -> bool:
    """Whether each value belongs to one class and each class to one value."""
    different, places = np.unique(values, return_inverse=True)
    present = np.unique(classes)
    if len(different) != len(present) or len(present) < 2 or np.isnan(different[-1]):
        return False
    pairs = np.unique(places.astype(np.int64) * (int(classes.max()) + 1) + classes)
    return len(pairs) == len(present)


def _same_order(values: np.ndarray, targets: np.ndarray) -> bool:
    """Whether the target rises with each rise of the feature, or falls, and rests where it
    rests; one rounding in a hundred is forgiven.
    """
    if np.isnan(values).any():
        return False
    order = np.argsort(values, kind="stable")
    rises = np.diff(values[order]) > 0
    changes = np.diff(targets[order])
    if not ((changes >= 0).all() or (changes <= 0).all()) or not rises.any():
        return False
    return bool(np.count_nonzero(rises != (changes != 0)) <= len(rises) // 100)


# ---------------------------------------------------------------- numbers


def _outliers(table: TrainingTable) -> Iterator[DataFinding]:
    """Numbers more than `FAR` deviations from the median, the deviation as the quartiles give it;
    of a column that is nowhere negative also on a logarithmic scale, lest a long tail count.
    """
    places = table.numbers
    if not places or len(table.rows) < FEWEST_QUARTILES:
        return
    quartiles = np.nanpercentile(table.values[:, places], [25, 50, 75], axis=0)
    lows_highs = [(low, high) for _, low, high in table.ranges()]
    found = []
    for place, (first, median, third) in zip(places, quartiles.T.tolist(), strict=True):
        low, high = lows_highs[place]
        far = _Far(low, median, (third - first) / _QUARTILES, first, third)
        worst = max(far.distance(np.array([low, high])))
        if worst > FAR:
            found.append((float(worst), place, far))
    found.sort(key=lambda entry: -entry[0])
    for worst, place, far in found[:MOST_FINDINGS]:
        values = table.whole(place)
        distances = far.distance(values)
        distances[np.isnan(distances)] = 0.0
        row = int(np.argmax(distances))
        position = int(table.rows[row])
        numbers = table.raw.row_numbers
        yield DataFinding(
            "outliers",
            (table.columns[place].name,),
            FrozenMap(
                value=float(values[row]),
                line=numbers is not None and table.raw.row_word == "line",
                row=position + 1 if numbers is None else int(numbers[position]),
                distance=worst,
                count=int(np.count_nonzero(distances > FAR)),
            ),
        )


_QUARTILES = 1.3489795003921634
"""Deviations between the quartiles of a normal distribution."""


@dataclass(frozen=True)
class _Far:
    """How far out a value is: by the smaller of its distances on a linear and a logarithmic scale,
    in deviations; 0 where most values are equal, of which nothing can be said.
    """

    low: float
    median: float
    deviation: float
    first: float
    third: float

    def distance(self, values: np.ndarray) -> np.ndarray:
        if self.deviation <= 0:
            return np.zeros(len(values))
        linear = np.abs(values - self.median) / self.deviation
        if self.low < 0 or self.median <= 0:
            return np.asarray(linear)
        # The median is added so that a 0 has a logarithm.
        middle = np.log(2 * self.median)
        deviation = np.log((self.third + self.median) / (self.first + self.median)) / _QUARTILES
        logarithmic = np.abs(np.log(values + self.median) - middle) / deviation
        return np.asarray(np.minimum(linear, logarithmic))


def _correlated(table: TrainingTable) -> Iterator[DataFinding]:
    places = table.numbers[:MOST_COMPARED]
    if len(places) < 2 or len(table.rows) < FEWEST:
        return
    values = table.values[:, places]
    correlations = np.abs(_correlations(values))
    for group in _groups(correlations >= SAME):
        among = correlations[np.ix_(group, group)][np.triu_indices(len(group), 1)]
        chosen = [places[member] for member in group]
        yield DataFinding(
            "correlated",
            table.names(chosen),
            FrozenMap(
                columns=len(chosen),
                strongest=float(min(1.0, among.max())),
                pairs=int(np.count_nonzero(among >= SAME)),
                rows=len(table.some),
                of=len(table.rows),
            ),
        )


def _correlations(values: np.ndarray) -> np.ndarray:
    """(columns, columns) of (rows, columns): of each two columns over the rows in which neither has
    a gap; 0 where these are fewer than `FEWEST`, or a column is constant in them.
    """
    known = ~np.isnan(values)
    values = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    norms = np.sqrt((values**2).sum(axis=0))
    values /= np.where(norms > 0, norms, 1.0)
    if known.all():
        return _products(values, values)
    mask = known.astype(np.float64)
    rows = _products(mask, mask)
    whole = np.maximum(rows, 1.0)
    sums = _products(values, mask)  # of the column over the rows that both have
    squares = _products(values**2, mask) - sums**2 / whole
    shared = _products(values, values) - sums * sums.T / whole
    sizes = np.sqrt(np.maximum(squares * squares.T, 0.0))
    usable = (sizes > 1e-12) & (rows >= FEWEST)
    return np.where(usable, shared / np.where(usable, sizes, 1.0), 0.0)


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """`first.T @ second`, of few columns a piece at a time: so small a product is not shared out to
    threads, which on a busy machine takes longer than to compute it.
    """
    columns = first.shape[1]
    rows = 200_000 // columns**2
    if rows < 50:
        return np.asarray(first.T @ second)
    result = np.zeros((columns, columns))
    for start in range(0, len(first), rows):
        piece = slice(start, start + rows)
        result += first[piece].T @ second[piece]
    return result


def _groups(linked: np.ndarray) -> list[list[int]]:
    """What hangs together in a symmetric matrix of links, each with two members or more."""
    left = set(range(len(linked)))
    groups = []
    while left:
        group, edge = set[int](), [min(left)]
        while edge:
            member = edge.pop()
            if member not in group:
                group.add(member)
                edge += np.flatnonzero(linked[member]).tolist()
        left -= group
        if len(group) > 1:
            groups.append(sorted(group))
    return sorted(groups, key=len, reverse=True)[:MOST_FINDINGS]

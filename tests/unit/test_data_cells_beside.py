"""Cells of columns that the network does not get, against the lines of the files."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as arrow
import pyarrow.parquet

from app.core.data_settings import DataSettings, TableSource
from app.core.frozen import FrozenMap
from app.data.prepared import PreparedData
from app.data.preview import Preview, preview_of
from app.data.room import DataRoom
from app.jobs.control import JobControl


def previewed(desk: DataRoom, source: TableSource, *names: str) -> Preview:
    data = desk.load(DataSettings(source=source))(lambda _event: None, JobControl())
    assert isinstance(data, PreparedData)
    return preview_of(data, names, desk.beside)


def test_they_stand_beside_the_samples_they_belong_to(tmp_path: Path) -> None:
    def line(number: int) -> str:
        feature = "" if number % 7 == 3 else f"{number}.25"
        return f"P{number:04d},{feature},{number % 2},{'' if number % 5 else number}\n"

    numbers = range(100, 140), range(500, 512)
    files = [tmp_path / name for name in ("train.csv", "test.csv")]
    for file, those in zip(files, numbers, strict=True):
        file.write_text("id,x,y,extra\n" + "".join(map(line, those)))
    source = TableSource(
        path=str(files[0]),
        test_path=str(files[1]),
        roles=FrozenMap({"id": "ignored", "extra": "ignored", "y": "target"}),
    )
    preview = previewed(DataRoom(), source, "id", "extra", "no such column")
    known = [n for those in numbers for n in those if n % 7 != 3]
    assert len(preview.rows) == len(known)
    assert preview.beside == {
        "id": tuple(f"P{known[row]:04d}" for row in preview.rows),
        "extra": tuple("" if known[row] % 5 else str(known[row]) for row in preview.rows),
    }
    place = [column.name for column in preview.columns].index("x")
    np.testing.assert_array_equal(
        preview.cells[:, place], [known[row] + 0.25 for row in preview.rows]
    )


def test_numbers_and_dates_are_written_as_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    columns = {
        "id": [9_007_199_254_740_000 + n for n in range(12)],
        "share": [None if n == 4 else n / 3 for n in range(12)],
        "day": [datetime(2024, 2, 1 + n, tzinfo=UTC) for n in range(12)],
        "moment": [datetime(2024, 2, 1, 13, n, 5, tzinfo=UTC) for n in range(12)],
        "x": [float(n) for n in range(12)],
        "y": [n % 2 for n in range(12)],
    }
    arrow.parquet.write_table(arrow.table(columns), path)
    unused = ("id", "share", "day", "moment")
    source = TableSource(path=str(path), roles=FrozenMap(dict.fromkeys(unused, "ignored")))
    beside = previewed(DataRoom(), source, *unused).beside
    order = np.random.default_rng(0).choice(12, 12, replace=False).tolist()
    assert beside["id"] == tuple(str(9_007_199_254_740_000 + n) for n in order)
    assert beside["share"] == tuple("" if n == 4 else f"{n / 3:.6g}" for n in order)
    assert beside["day"] == tuple(f"2024-02-{1 + n:02d}" for n in order)
    assert beside["moment"] == tuple(f"2024-02-01 13:{n:02d}:05" for n in order)


def test_a_table_that_is_not_kept_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,x,y\n" + "".join(f"P{n},{n},{n % 2}\n" for n in range(20)))
    source = TableSource(path=str(path), roles=FrozenMap({"id": "ignored"}))
    desk = DataRoom()
    assert previewed(desk, source, "id").beside
    desk._shelf._kept.clear()
    assert previewed(desk, source, "id").beside == {}

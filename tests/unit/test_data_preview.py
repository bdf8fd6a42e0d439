"""The preview against counts made by hand."""

from pathlib import Path

import numpy as np
import pytest

from app.core.data_settings import DataSettings, TableSource
from app.core.templates import builtin_data
from app.data.loading import load
from app.data.preparation import prepare
from app.data.preview import BINS, preview_of
from app.data.samples import in_memory
from app.data.table_source import load_table


@pytest.mark.parametrize("name", ["wine", "diabetes", "moons", "sine"])
def test_columns_tell_the_distribution_of_all_samples(name: str) -> None:
    data = load(builtin_data(name))
    preview = preview_of(data)
    targets = data.targets.reshape(len(data.targets), -1)
    values = np.column_stack([targets, in_memory(data.raw).reshape(len(data.raw), -1)]).astype(
        np.float64
    )
    assert len(preview.columns) == values.shape[1]
    for index, column in enumerate(preview.columns):
        assert sum(column.counts) == len(data.raw)
        if column.classes:
            for number, count in enumerate(column.counts):
                assert count == np.sum(values[:, index] == number)
            continue
        assert column.mean == pytest.approx(values[:, index].mean())
        assert column.deviation == pytest.approx(values[:, index].std())
        assert (column.minimum, column.maximum) == (values[:, index].min(), values[:, index].max())
        width = (column.maximum - column.minimum) / BINS
        first = np.sum(values[:, index] < column.minimum + width)
        assert column.counts[0] == pytest.approx(first, abs=1)


def test_rows_are_samples_of_the_source() -> None:
    data = load(builtin_data("wine"))
    preview = preview_of(data)
    assert len(set(preview.rows.tolist())) == len(preview.rows) == len(data.raw)
    np.testing.assert_array_equal(preview.cells[:, 0], data.targets[preview.rows])
    np.testing.assert_allclose(preview.cells[:, 1:], data.raw[preview.rows])
    for number, part in enumerate((data.training, data.validation, data.test)):
        assert np.sum(preview.parts == number) == len(part)


def test_rows_are_called_as_in_their_file(tmp_path: Path) -> None:
    lines = ["a,b,y", *(f"{n},{n * n % 7},{n % 2}" for n in range(2, 42))]
    lines[5] = lines[5].replace("6,", ",", 1)  # has a gap and is left out
    path, test = tmp_path / "t.csv", tmp_path / "test.csv"
    path.write_text("\n".join(lines))
    test.write_text("a,b,y\n1000,0,1\n1001,1,0\n")
    source = TableSource(path=str(path), test_path=str(test))
    raw = load_table(source)
    data = prepare(raw, DataSettings(source=source))
    preview = preview_of(data, source=raw)
    assert len(preview.numbers) == len(preview.places) == 41
    values = preview.cells[:, [column.name for column in preview.columns].index("a")]
    for value, number, place in zip(values, preview.numbers, preview.places, strict=True):
        if value >= 1000:
            assert (number, place) == (value - 998, f"Line {value - 998:.0f} of 'test.csv'")
        else:
            assert (number, place) == (value, f"Line {value:.0f}")
    unread = preview_of(load(builtin_data("wine")))
    assert unread.numbers == tuple((unread.rows + 1).tolist())
    assert unread.places[0] == f"Sample {unread.rows[0] + 1}"


def test_pictures_come_with_their_classes() -> None:
    data = load(builtin_data("digits"))
    preview = preview_of(data)
    assert preview.pictures.shape[1:] == (8, 8, 1)
    np.testing.assert_array_equal(preview.pictures, data.raw[preview.rows])
    np.testing.assert_array_equal(preview.labels, data.targets[preview.rows])
    assert not preview.pictures.flags.writeable

"""The preview against counts made by hand."""

import numpy as np
import pytest

from app.core.templates import builtin_data
from app.data.loading import load
from app.data.preview import BINS, preview_of
from app.data.samples import in_memory


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


def test_pictures_come_with_their_classes() -> None:
    data = load(builtin_data("digits"))
    preview = preview_of(data)
    assert preview.pictures.shape[1:] == (8, 8, 1)
    np.testing.assert_array_equal(preview.pictures, data.raw[preview.rows])
    np.testing.assert_array_equal(preview.labels, data.targets[preview.rows])
    assert not preview.pictures.flags.writeable

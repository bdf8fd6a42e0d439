"""Which features tell most of the target, against NumPy written out."""

import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings
from app.data.loading import load
from app.diagnostics.telling_features import explained_shares, telling_order


def test_the_shares_are_those_of_the_analysis_of_variance() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 60)
    x = np.stack([rng.normal(size=60), rng.normal(size=60) + 2 * y, np.full(60, 4.0)], axis=1)
    told = explained_shares(x, y, classes=True)
    for column in range(2):
        within = sum(((x[y == k, column] - x[y == k, column].mean()) ** 2).sum() for k in range(3))
        whole = ((x[:, column] - x[:, column].mean()) ** 2).sum()
        assert told[column] == pytest.approx(1 - within / whole)
    assert told[2] == 0
    target = x[:, 1] * -2 + rng.normal(size=60)
    told = explained_shares(x, target, classes=False)
    assert told[0] == pytest.approx(np.corrcoef(x[:, 0], target)[0, 1] ** 2)
    assert told[1] == pytest.approx(np.corrcoef(x[:, 1], target)[0, 1] ** 2)


@pytest.mark.parametrize(
    ("name", "first"),
    [("iris", ("petal length", "petal width")), ("diabetes", ("bmi", "s5"))],
)
def test_the_first_two_are_not_those_that_happen_to_come_first(
    name: str, first: tuple[str, str]
) -> None:
    data = load(DataSettings(source=BuiltinSource(name=name)))
    names = data.preprocessing.feature_names
    order = telling_order(data, tuple(range(len(names))))
    assert {names[n] for n in order[:2]} == set(first)
    assert sorted(order) == list(range(len(names)))
    if name == "diabetes":
        assert names[order[-1]] == "sex"  # two values alone: stripes

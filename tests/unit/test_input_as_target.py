"""Data whose target is the input itself."""

import numpy as np
import pytest

from app.core.data_summary import reconstructing
from app.core.dataset_catalog import DATASETS, summary_of
from app.core.project_paths import set_path
from app.core.templates import builtin_data, start_from
from app.data.loading import load
from app.data.preview import preview_of
from app.data.samples import in_memory


@pytest.mark.parametrize("name", [kind.name for kind in DATASETS if not kind.fetched])
def test_the_target_is_the_preprocessed_input_in_one_row(name: str) -> None:
    given = load(builtin_data(name))
    settings = builtin_data(name).model_copy(update={"learns": "input"})
    rebuilt = load(settings)
    for before, after in zip(
        (given.training, given.validation, given.test),
        (rebuilt.training, rebuilt.validation, rebuilt.test),
        strict=True,
    ):
        np.testing.assert_array_equal(after.x, before.x)
        np.testing.assert_array_equal(after.rows, before.rows)
        np.testing.assert_array_equal(after.y, in_memory(before.x).reshape(len(before.x), -1))
        assert not after.y.flags.writeable
    summary = rebuilt.summary
    assert summary.reconstructs
    assert (summary.task, summary.class_names) == ("regression", ())
    assert summary.outputs == after.y.shape[1] == len(set(summary.target_names))
    assert rebuilt.fingerprint != given.fingerprint
    means = [s.after[0] for s in summary.target_statistics]
    np.testing.assert_allclose(means, rebuilt.training.y.astype(np.float64).mean(axis=0), atol=1e-6)
    # what the catalog foretells is what comes
    foretold = summary_of(settings)
    assert (foretold.task, foretold.target_names) == (summary.task, summary.target_names)
    assert reconstructing(given.summary).target_names == summary.target_names


def test_a_preview_of_it_has_no_target_column_and_no_labels() -> None:
    wine = load(builtin_data("wine").model_copy(update={"learns": "input"}))
    roles = {view.role for view in preview_of(wine).columns}
    assert roles == {"feature"}


def test_it_is_set_by_the_template_and_by_its_path() -> None:
    project = start_from("digits", "autoencoder")
    assert project.data.learns == "input"
    assert project.network.layers[-1].options["units"] == 64
    assert set_path(project, "data.learns", "target").data.learns == "target"
    assert start_from("digits", "mlp").data.learns == "target"

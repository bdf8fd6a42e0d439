"""The settings of a search as options; a first search that is suggested."""

import pytest

from app.core.dataset_catalog import summary_of
from app.core.project import Project
from app.core.search_options import (
    score_label,
    search_options,
    search_values,
    with_search_value,
)
from app.core.search_problems import search_problems
from app.core.search_settings import Dimension, SearchSettings
from app.core.search_suggestion import suggested, suggested_paths
from app.core.templates import start_from

SPACE = (Dimension(path="network.dense_1.units", values=(4, 8)),)


def searched() -> Project:
    return start_from("moons").model_copy(update={"search": SearchSettings(space=SPACE)})


def test_every_setting_of_a_search_but_its_space_is_an_option_and_can_be_set() -> None:
    made = searched()
    options = search_options(made)
    names = {option.name for option in options}
    assert names == set(SearchSettings.model_fields) - {"space"}
    values = search_values(made.search)
    assert set(values) == names
    for option in options:
        assert option.check(values[option.name]) is None, option.name
        assert with_search_value(made, option.name, values[option.name]) == made
    assert with_search_value(made, "workers", None).search.workers == 0
    assert with_search_value(made, "trials", 7).search.trials == 7
    assert score_label("accuracy") == "Accuracy"


@pytest.mark.parametrize("data", ["moons", "digits", "diabetes"])
def test_a_first_search_is_suggested_and_has_nothing_wrong_with_it(data: str) -> None:
    made = start_from(data)
    found = suggested(made)
    paths = [dimension.path for dimension in found.search.space]
    assert "training.optimizer.learning_rate" in paths
    assert "training.optimizer" in paths
    assert any(path.endswith((".units", ".filters")) for path in paths)
    last = made.network.layers[-1].id
    assert not any(last in path for path in paths)  # the output is what the data ask for
    problems = search_problems(found, summary_of(made.data))
    assert not [problem for problem in problems if problem.severity == "error"]
    assert suggested(found) == found
    assert set(paths) <= set(suggested_paths(made))


def test_what_is_searched_already_stays_as_it_is() -> None:
    own = Dimension(path="training.optimizer.learning_rate", values=(0.1, 0.2))
    made = start_from("moons")
    made = made.model_copy(update={"search": SearchSettings(space=(own,))})
    assert own in suggested(made).search.space

"""Trials of a search space: which settings are there, in what order, and the project they make."""

import itertools
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap, OptionValue, plain_value
from app.core.layer_catalog import LAYER_KINDS
from app.core.layer_copies import copies_of
from app.core.network import Layer, chain
from app.core.options import Option
from app.core.project import Project
from app.core.project_file import SavedProject, open_project, save_project
from app.core.project_paths import ProjectPathError
from app.core.resolve import resolve
from app.core.search_settings import Dimension
from app.core.search_space import (
    default_dimension,
    following_the_network,
    marked,
    searchable,
    unmarked,
    values_of,
    walk,
    with_values,
)
from app.core.search_walk import Choose
from app.core.templates import TEMPLATES, Template, start_from
from tests.unit.search_spaces import expected_settings, listed, project_with, spaces


def chooser(seed: int) -> Choose:
    draws = random.Random(seed)

    def choose(_path: str, dimension: Dimension, option: Option) -> OptionValue:
        return draws.choice(values_of(dimension, option, 4))

    return choose


@given(spaces(most=5), st.integers(0, 2**32))
def test_a_walk_and_its_values_agree(space: tuple[Dimension, ...], seed: int) -> None:
    project = project_with(*space)
    trial, values = walk(project, chooser(seed))
    assert with_values(project, values) == trial
    assert with_values(project, dict(reversed(list(values.items())))) == trial
    assert trial.search == project.search
    assert Project.model_validate(trial.model_dump()) == trial
    assert frozenset(values.items()) in expected_settings(space)


@given(spaces(most=8), st.integers(0, 2**32))
def test_values_come_in_the_order_of_the_space(space: tuple[Dimension, ...], seed: int) -> None:
    _, values = walk(project_with(*space), chooser(seed))
    places = [dimension.path for dimension in space]
    order = [
        next(i for i, p in enumerate(places) if p == path or _without_copy(path) == p)
        for path in values
    ]
    assert order == sorted(order)


def _without_copy(path: str) -> str:
    head, bracket, tail = path.partition("[")
    return head + tail.partition("]")[2] if bracket else path


@given(spaces(most=8), st.integers(0, 2**32))
def test_every_value_stands_in_the_project(space: tuple[Dimension, ...], seed: int) -> None:
    trial, values = walk(project_with(*space), chooser(seed))
    for path, value in values.items():
        assert _value_at(trial, path) == value, path


def _value_at(project: Project, path: str) -> OptionValue:
    """By hand, from the plain fields."""
    head, *rest = path.split(".")
    training = project.training
    if head == "network":
        layer, _, number = rest[0].partition("[")
        names = copies_of(project.network, layer)
        if rest[1] == "copies":
            return len(names)
        return project.network.layer(names[int(number.rstrip("]") or 1) - 1]).options[rest[1]]
    if head == "data":
        return project.data.preprocessing
    if rest[0] in ("optimizer", "schedule"):
        part = training.optimizer if rest[0] == "optimizer" else training.schedule
        return part.options[rest[1]] if rest[1:] else part.kind
    if rest[0] == "early_stopping":
        return plain_value(getattr(training.early_stopping, rest[1]))
    return plain_value(getattr(training, rest[0]))


def test_momentum_is_asked_for_only_where_the_optimizer_has_one() -> None:
    project = project_with(
        listed("training.optimizer.momentum", 0.5), listed("training.optimizer", "Adam", "SGD")
    )
    asked: list[str] = []

    def choose(path: str, dimension: Dimension, _option: Option) -> OptionValue:
        asked.append(path)
        return dimension.values[0]

    _, values = walk(project, choose)
    assert asked == ["training.optimizer"]
    assert list(values) == ["training.optimizer"]
    turned = marked(project, listed("training.optimizer", "SGD"))
    trial, values = walk(turned, choose)
    assert list(values) == ["training.optimizer.momentum", "training.optimizer"]
    assert trial.training.optimizer.options["momentum"] == 0.5


def test_an_optimizer_that_stays_keeps_its_settings_and_another_begins_with_its_own() -> None:
    project = project_with(listed("training.optimizer", "Adam", "SGD"))
    project = with_values(project, {"training.optimizer.learning_rate": 0.123})
    kind = project.training.optimizer.kind
    other = "SGD" if kind == "Adam" else "Adam"
    same = with_values(project, {"training.optimizer": kind})
    assert same.training.optimizer.options["learning_rate"] == 0.123
    changed = with_values(project, {"training.optimizer": other})
    assert "learning_rate" not in changed.training.optimizer.options


def test_each_copy_gets_a_width_of_its_own_only_where_it_stands() -> None:
    project = project_with(
        listed("network.wide.units", 4, 8, 16, each_copy=True), listed("network.wide.copies", 3)
    )
    widths = iter((4, 8, 16))
    trial, values = walk(
        project, lambda path, d, _o: 3 if path.endswith("copies") else next(widths)
    )
    assert dict(values) == {
        "network.wide.units": 4,
        "network.wide[2].units": 8,
        "network.wide[3].units": 16,
        "network.wide.copies": 3,
    }
    names = copies_of(trial.network, "wide")
    assert [trial.network.layer(name).options["units"] for name in names] == [4, 8, 16]


def test_the_network_of_a_trial_has_the_weights_that_its_widths_come_to() -> None:
    """Two inputs, then 4, 8 and 16 units, the deep layer's 8 and one."""
    project = project_with()
    values = {
        "network.wide.copies": 3,
        "network.wide.units": 4,
        "network.wide[2].units": 8,
        "network.wide[3].units": 16,
    }
    found = resolve(with_values(project, values), summary_of(project.data))
    widths = (2, 4, 8, 16, 8, 1)
    assert found.parameters == sum((a + 1) * b for a, b in itertools.pairwise(widths))
    assert [p for p in found.problems if p.severity == "error"] == []


def test_without_widths_of_their_own_all_copies_are_alike() -> None:
    project = project_with(listed("network.wide.units", 5), listed("network.wide.copies", 3))
    trial, _ = walk(project, lambda _p, d, _o: d.values[0])
    units = [
        trial.network.layer(name).options["units"] for name in copies_of(trial.network, "wide")
    ]
    assert units == [5, 5, 5]
    assert trial.network.layer("deep") == project.network.layer("deep")


def test_a_trial_on_the_bench_can_be_searched_again() -> None:
    """The copies that are there are counted, not copied again."""
    project = project_with(listed("network.wide.copies", 1, 2, 3))
    three = with_values(project, {"network.wide.copies": 3})
    assert with_values(three, {"network.wide.copies": 3}) == three
    one = with_values(three, {"network.wide.copies": 1})
    assert one.network.layers == project.network.layers


def test_a_schedule_that_is_searched_comes_in_time_for_the_searched_epochs() -> None:
    project = project_with(listed("training.schedule", "step"), listed("training.epochs", 8))
    trial, _ = walk(project, lambda _p, d, _o: d.values[0])
    every = trial.training.schedule.options["every"]
    assert isinstance(every, int)
    assert every < 8


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"network.gone.units": 3}, "network.gone.units"),
        ({"network.wide[2].units": 3}, r"wide\[2\]"),
        ({"network.wide.units": 0}, "at least 1"),
        ({"network.wide.copies": 0}, "at least 1"),
        ({"network.out.copies": 2}, "network.out.copies"),
        ({"training.optimizer": "Nothing"}, "one of"),
        ({"training.schedule.every": 3}, "training.schedule.every"),
        ({"training.seed": 3}, "training.seed"),
        ({"name": "x"}, "name"),
        ({"": 1}, "no longer have"),
    ],
)
def test_values_that_do_not_fit_are_refused_in_words(
    values: dict[str, OptionValue], what: str
) -> None:
    project = project_with()
    with pytest.raises(ProjectPathError, match=what):
        with_values(project, values)


def test_an_empty_space_is_the_project_as_it_is() -> None:
    project = project_with()
    assert walk(project, chooser(0)) == (project, FrozenMap())


@given(st.sampled_from(TEMPLATES), st.data())
def test_any_template_survives_any_marks(template: Template, data: st.DataObject) -> None:
    project = start_from(template.example, template.name)
    known = searchable(project)
    for path in data.draw(st.lists(st.sampled_from(sorted(known)), max_size=8, unique=True)):
        dimension = default_dimension(project, path, known[path].option)
        if path.startswith("network.") and data.draw(st.booleans()):
            dimension = dimension.model_copy(update={"each_copy": True})
        project = marked(project, dimension)
    trial, values = walk(project, chooser(data.draw(st.integers(0, 99))))
    assert with_values(project, values) == trial
    assert Project.model_validate(trial.model_dump()) == trial


def test_seeds_names_and_what_decides_which_samples_score_are_not_searched() -> None:
    for template in TEMPLATES:
        for path in searchable(start_from(template.example, template.name)):
            assert not path.endswith(".seed"), path
            assert path.split(".")[0] in ("network", "training", "data"), path
            assert not path.startswith(("data.split", "training.metric", "training.device"))


def test_dimensions_survive_the_file(tmp_path: Path) -> None:
    project = project_with(
        Dimension(path="network.wide.units", low=4, high=64, log=True),
        Dimension(path="training.optimizer.learning_rate", low=1e-4, high=1.0, log=True),
        Dimension(path="training.optimizer.momentum", low=0.0, high=1, step=0.25),
        listed("network.wide.kernel_constraint_axis", (0,), (0, 1)),
        listed("network.wide.kernel_regularizer", None, "l1"),
        listed("training.shuffle", True, False),
        listed("network.deep.units", 1, 2, each_copy=True),
        listed("training.optimizer.beta_1", 1.0, 0.5),
    )
    path = tmp_path / "searched.layerlab"
    save_project(path, SavedProject(project))
    again = open_project(path).project
    assert again.search == project.search
    assert repr(again.search) == repr(project.search)  # 1, 1.0 and True are equal, yet others


# ---------------------------------------------------------------- edits


def test_marking_again_takes_the_place_and_unmarking_takes_it_away() -> None:
    project = project_with(listed("network.wide.units", 1), listed("training.batch_size", 8))
    changed = marked(project, listed("network.wide.units", 2, 3))
    assert [d.path for d in changed.search.space] == ["network.wide.units", "training.batch_size"]
    assert changed.search.space[0].values == (2, 3)
    assert unmarked(unmarked(changed, "network.wide.units"), "nothing").search.space == (
        listed("training.batch_size", 8),
    )


SPACE = (
    listed("network.wide.units", 1, 2),
    listed("network.wide.copies", 1, 2),
    listed("network.wide[2].units", 3),
    listed("network.deep.units", 4, 5),
    listed("training.batch_size", 8, 9),
)


def _with_layers(project: Project, *layers: Layer) -> Project:
    return project.model_copy(update={"network": chain(layers)})


def test_dimensions_of_a_removed_layer_go_with_it() -> None:
    project = project_with(*SPACE)
    first, _, deep, out = project.network.layers
    after = following_the_network(project, _with_layers(project, first, deep, out))
    assert [d.path for d in after.search.space] == ["network.deep.units", "training.batch_size"]


def test_dimensions_of_a_renamed_layer_go_by_its_name() -> None:
    project = project_with(*SPACE)
    first, wide, deep, out = project.network.layers
    named = wide.model_copy(update={"id": "broad.er"})
    after = following_the_network(project, _with_layers(project, first, named, deep, out))
    assert [d.path for d in after.search.space] == [
        "network.broad.er.units",
        "network.broad.er.copies",
        "network.broad.er[2].units",
        "network.deep.units",
        "training.batch_size",
    ]
    assert [d.values for d in after.search.space] == [d.values for d in SPACE]
    trial, _ = walk(after, lambda _p, d, _o: d.values[-1])
    names = copies_of(trial.network, "broad.er")
    assert [trial.network.layer(name).options["units"] for name in names] == [2, 3]


def test_another_layer_in_its_place_is_no_new_name() -> None:
    project = project_with(*SPACE)
    first, wide, deep, out = project.network.layers
    other = wide.model_copy(update={"id": "other", "options": FrozenMap(units=99)})
    after = following_the_network(project, _with_layers(project, first, other, deep, out))
    assert [d.path for d in after.search.space] == ["network.deep.units", "training.batch_size"]


def test_an_edit_that_removes_nothing_leaves_the_space_alone() -> None:
    project = project_with(*SPACE)
    wider = with_values(project, {"network.wide.units": 77})
    assert following_the_network(project, wider) is wider


def test_layer_ids_with_dots_are_found() -> None:
    project = project_with(listed("network.a.b.units", 3), listed("network.a.b.copies", 2))
    first, wide, deep, out = project.network.layers
    project = _with_layers(
        project,
        first,
        wide.model_copy(update={"id": "a.b"}),
        deep.model_copy(update={"id": "a"}),
        out,
    )
    trial, values = walk(project, lambda _p, d, _o: d.values[0])
    assert dict(values) == {"network.a.b.units": 3, "network.a.b.copies": 2}
    assert [trial.network.layer(i).options["units"] for i in ("a.b", "a.b_2", "a")] == [3, 3, 8]


def test_no_layer_kind_has_an_option_called_copies() -> None:
    for kind in LAYER_KINDS.values():
        assert kind.option("copies") is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("network.dense_9.units", "The network no longer has the layer dense_9 that this trial"),
        ("network.dense_9[2].units", "The network no longer has the layer dense_9 that this trial"),
        ("network.wide.momentum", "The layer wide no longer has the option 'momentum'"),
        ("training.optimizer.rho", "The settings no longer have an option"),
    ],
)
def test_a_trial_whose_layer_is_gone_says_so(path: str, said: str) -> None:
    with pytest.raises(ProjectPathError) as refused:
        with_values(project_with(), {path: 4})
    assert said in refused.value.happened
    assert "Undo" in refused.value.how_to_fix
    assert "search again" in refused.value.how_to_fix

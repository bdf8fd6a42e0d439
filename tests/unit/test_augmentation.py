"""The augmentation of pictures as layers behind the input: what the table puts there and finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.augmentation import (
    AUGMENTATIONS,
    AUGMENTATIONS_BY_KIND,
    augmenting_layers,
    range_problems,
    set_strength,
    strength_of,
    with_augmentation,
    without_augmentation,
)
from app.core.data_summary import DataSummary, FeatureStatistics
from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import layer_kind
from app.core.network import Network, chain
from app.core.options import errors_in
from app.core.project import Project
from app.core.resolve import resolve
from app.core.templates import build_template, builtin_data

DIGITS = builtin_data("digits")
SUMMARY = summary_of(DIGITS)
PLAIN = build_template("lenet5", DIGITS)
KINDS = [one.kind for one in AUGMENTATIONS]


def kinds_of(project: Project) -> list[str]:
    return [layer.kind for layer in augmenting_layers(project.network)]


@given(st.permutations(KINDS))
def test_layers_stand_in_the_order_of_the_table(order: list[str]) -> None:
    project = PLAIN
    for number, kind in enumerate(order, 1):
        project = with_augmentation(project, kind, SUMMARY)
        assert kinds_of(project) == sorted(order[:number], key=KINDS.index)
    assert with_augmentation(project, order[0], SUMMARY) == project
    assert not [p for p in resolve(project, SUMMARY).problems if p.severity == "error"]
    for kind in reversed(order):
        project = without_augmentation(project, kind)
    assert project.network.links == PLAIN.network.links or set(project.network.links) == set(
        PLAIN.network.links
    )
    assert project.network.layers == PLAIN.network.layers


@pytest.mark.parametrize("kind", KINDS)
def test_every_strength_is_an_option_of_keras_and_comes_back(kind: str) -> None:
    entry = AUGMENTATIONS_BY_KIND[kind]
    project = with_augmentation(PLAIN, kind, SUMMARY)
    (layer,) = augmenting_layers(project.network)
    assert strength_of(layer) == pytest.approx(entry.default)
    options = layer_kind(kind).options  # type: ignore[union-attr]
    steps = range(len(entry.choices)) if entry.choices else range(11)
    for step in steps:
        wanted = step if entry.choices else entry.low + (entry.high - entry.low) * step / 10
        changed = set_strength(project, kind, wanted)
        (layer,) = augmenting_layers(changed.network)
        assert errors_in(options, layer.options) == {}
        assert strength_of(layer) == pytest.approx(wanted, abs=1e-3)
    beyond = set_strength(project, kind, 1e9)
    assert strength_of(augmenting_layers(beyond.network)[0]) == pytest.approx(entry.high)


def measured(low: float, high: float) -> DataSummary:
    """Of pictures whose pixels go from `low` to `high`."""
    after = (0.0, 1.0, float(low), float(high))
    return DataSummary(
        title="",
        task="multiclass",
        input_shape=(8, 8, 1),
        target_names=("digit",),
        class_names=("0", "1"),
        counts=(10, 2, 2),
        statistics=(FeatureStatistics("pixels", after, after),),
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 1, (0, 1)), (0, 255, (0, 255)), (0, 16, (0, 16)), (-1.7, 3.2, (-2, 4))],
)
def test_contrast_cuts_off_nothing_that_is_there(
    low: float, high: float, expected: tuple[float, float]
) -> None:
    project = with_augmentation(PLAIN, "RandomContrast", measured(low, high))
    (layer,) = augmenting_layers(project.network)
    assert layer.options["value_range"] == expected


def test_other_augmenting_layers_are_passed_and_left() -> None:
    project = with_augmentation(PLAIN, "RandomRotation", SUMMARY)
    layers = list(project.network.layers)
    place = next(i for i, layer in enumerate(layers) if layer.kind == "RandomRotation")
    shear = layers[place].model_copy(update={"id": "shear_1", "kind": "RandomShear"})
    mixed = chain((*layers[:place], shear, *layers[place:]))
    project = project.model_copy(update={"network": mixed})
    assert kinds_of(project) == ["RandomRotation"]
    left = without_augmentation(project, "RandomRotation").network
    assert left.has("shear_1")


def test_a_network_without_an_input_stays_as_it_is() -> None:
    empty = PLAIN.model_copy(update={"network": Network()})
    assert with_augmentation(empty, "RandomFlip", SUMMARY) == empty
    assert augmenting_layers(empty.network) == ()


@pytest.mark.parametrize(("low", "high", "cut"), [(0, 1, False), (0, 255, True), (-1.7, 3.2, True)])
def test_a_layer_that_takes_pixels_for_others_than_come_in_is_warned_of(
    low: float, high: float, cut: bool
) -> None:
    """Contrast was added to pixels from 0 to 1; then their preprocessing was changed."""
    project = with_augmentation(PLAIN, "RandomContrast", measured(0.0, 1.0))
    found = list(range_problems(project, measured(low, high)))
    assert bool(found) == cut
    assert [p for p in resolve(project, measured(low, high)).problems if p in found] == found
    for problem in found:
        assert (problem.severity, problem.option) == ("warning", "value_range")
        assert f"from {low:g} to {high:g}" in problem.happened
        mended = problem.fixes[0].edit(project)
        assert list(range_problems(mended, measured(low, high))) == []

"""Edits of the project: pure, and sensible when the data change."""

import itertools
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSettings,
    DataSource,
    PaintedSource,
    PictureSource,
    TableSource,
)
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS_BY_NAME, summary_of
from app.core.frozen import FrozenMap
from app.core.layer_catalog import new_layer
from app.core.network import Network, insert_after, with_layer
from app.core.project import Project
from app.core.project_edits import (
    begin_anew,
    called_after_its_data,
    can_take,
    choose_data,
    choose_dataset,
    dataset_settings,
    is_valuable,
    keep_network,
    reset_data_option,
    reset_loss_option,
    reset_optimizer_option,
    set_data_option,
    set_early_stopping,
    set_layer_option,
    set_loss,
    set_loss_option,
    set_network,
    set_optimizer,
    set_optimizer_option,
    set_split,
    set_training,
    with_metric,
    without_metric,
)
from app.core.resolve import resolve
from app.core.templates import EXAMPLES, builtin_data, handwritten_digits, start_from, two_moons
from app.core.transfer import with_input_shape


def errors(project: Project) -> list[str]:
    problems = resolve(project, summary_of(project.data)).problems
    return [problem.title for problem in problems]


def test_settings_are_checked_and_the_old_project_is_untouched() -> None:
    before = two_moons()
    after = set_training(before, batch_size=64, shuffle=False)
    assert (after.training.batch_size, after.training.shuffle) == (64, False)
    assert before == two_moons()
    assert set_early_stopping(before, patience=3).training.early_stopping.patience == 3
    for wrong in ({"batch_size": 0}, {"batch_size": "64"}, {"batchsize": 3}):
        with pytest.raises(ValidationError):
            set_training(before, **wrong)


def test_options_are_set_and_reset() -> None:
    project = two_moons()
    changed = set_layer_option(project, "dense_1", "units", 12)
    assert changed.network.layer("dense_1").options["units"] == 12
    with pytest.raises(KeyError):
        set_layer_option(project, "dense_9", "units", 12)
    assert set_network(project, Network()).network == Network()
    noisy = set_data_option(project, name="noise", value=0.4)
    assert noisy.data.source.options["noise"] == 0.4  # type: ignore[union-attr]
    assert reset_data_option(noisy, name="noise") == project
    smooth = set_loss_option(project, name="label_smoothing", value=0.1)
    assert reset_loss_option(smooth, name="label_smoothing") == project
    clipped = set_optimizer_option(project, name="clipnorm", value=1.0)
    assert reset_optimizer_option(clipped, name="clipnorm") == project
    file = project.model_copy(update={"data": DataSettings(source=TableSource(path="a.csv"))})
    assert set_data_option(file, name="noise", value=1.0) == file
    assert reset_data_option(file, name="noise") == file


def test_another_optimizer_keeps_clipping_and_drops_the_rest() -> None:
    project = set_optimizer_option(two_moons(), name="clipnorm", value=1.0)
    changed = set_optimizer(project, kind="SGD")
    assert changed.training.optimizer.options == FrozenMap(clipnorm=1.0)
    assert set_optimizer(changed, kind="SGD") is changed


def test_another_loss_begins_with_its_defaults() -> None:
    project = set_loss_option(two_moons(), name="label_smoothing", value=0.1)
    assert set_loss(project, loss="hinge").training.loss_options == FrozenMap()
    assert set_loss(project, loss="binary_crossentropy") is project


def test_metrics_come_and_go() -> None:
    project = with_metric(two_moons(), name="auc")
    assert project.training.metrics == ("accuracy", "auc")
    assert with_metric(project, name="auc") is project
    watched = set_early_stopping(project, monitor="val_auc")
    without = without_metric(watched, name="auc")
    assert without.training.metrics == ("accuracy",)
    assert without.training.early_stopping.monitor == "val_loss"
    twice = set_training(project, metrics=("auc", "accuracy", "auc"))
    assert without_metric(twice, name="auc", keep_first=True).training.metrics == (
        "auc",
        "accuracy",
    )


def test_a_share_takes_from_the_other_when_little_would_be_left() -> None:
    split = set_split(two_moons(), validation_share=0.9).data.split
    assert (split.validation_share, split.test_share) == (0.9, 0.05)
    split = set_split(two_moons(), test_share=0.85).data.split
    assert (split.validation_share, split.test_share) == (0.1, 0.85)
    with pytest.raises(ValidationError):
        set_split(two_moons(), validation_share=0.9, test_share=0.9)
    assert set_split(two_moons(), seed=3, stratified=False).data.split.seed == 3


@pytest.mark.parametrize(
    ("old", "new"), list(itertools.product(DATASETS_BY_NAME, DATASETS_BY_NAME))
)
def test_from_any_data_to_any_other_without_a_problem(old: str, new: str) -> None:
    before = start_from(old)
    after = choose_dataset(before, name=new)
    assert errors(after) == []
    assert after.data.preprocessing == DATASETS_BY_NAME[new].preprocessing
    assert after.training.batch_size == before.training.batch_size
    assert after.name == before.name
    if old == new:
        assert after == before


def test_a_network_that_cannot_take_the_data_gives_way_or_stays_as_it_is() -> None:
    digits = handwritten_digits()
    moons = dataset_settings(digits, "moons")
    assert not can_take(digits, moons)
    assert can_take(two_moons(), dataset_settings(two_moons(), "digits"))
    kept = keep_network(digits, moons)
    assert (kept.network, kept.data) == (digits.network, moons)
    assert errors(kept) != []
    fresh = begin_anew(digits, moons)
    assert errors(fresh) == []
    assert fresh.network == choose_data(digits, moons).network
    assert fresh.name == digits.name


def test_a_name_that_nobody_chose_follows_the_data(tmp_path: Path) -> None:
    def on(project: Project, source: DataSource) -> Project:
        data = project.data.model_copy(update={"source": source})
        return called_after_its_data(project, project.model_copy(update={"data": data}))

    table = TableSource(path=str(tmp_path / "red wine.csv"))
    folder = PictureSource(path=str(tmp_path / "v1.2 leaves"))
    for example in EXAMPLES:
        assert on(example.project(), table).name == "red wine"
    named = on(start_from("breast_cancer"), folder)
    assert named.name == "v1.2 leaves"
    named = on(named, PaintedSource())
    assert named.name == "painted-points"
    named = on(named, BuiltinSource(name="v_shapes"))
    assert named.name == start_from("v_shapes").name == "v-shapes"
    chosen = named.model_copy(update={"name": "seminar"})
    assert on(chosen, table).name == "seminar"
    # the same data otherwise: an example keeps its name
    moons = BuiltinSource(name="moons", options=FrozenMap(noise=0.4))
    assert on(two_moons(), moons).name == two_moons().name
    long = on(named, ArraySource(path=str(tmp_path / f"{'x' * 150}.npz")))
    assert (len(long.name), long.name[-1]) == (120, "…")


def test_a_network_with_weights_from_a_file_or_of_many_layers_is_valuable() -> None:
    network = handwritten_digits().network
    assert not is_valuable(network)
    assert is_valuable(with_input_shape(network, (8, 8, 1)))
    first = network.layers[1].model_copy(update={"kept_weights": "a" * 32})
    assert is_valuable(with_layer(network, first))
    while len(network.layers) < 12:
        network = insert_after(network, new_layer(network, "Dropout"), network.layers[-2].id)
    assert not is_valuable(network)
    network = insert_after(network, new_layer(network, "Dropout"), network.layers[-2].id)
    assert is_valuable(network)


def test_hidden_layers_stay_when_they_can() -> None:
    moons = two_moons()
    iris = choose_dataset(moons, name="iris")
    hidden = [layer for layer in iris.network.layers if layer.id in ("dense_1", "dense_2")]
    assert hidden == list(moons.network.layers[1:3])
    assert iris.network.layer("dense_3").options["units"] == 3
    assert iris.training.loss == "sparse_categorical_crossentropy"
    digits = choose_dataset(moons, name="digits")
    assert [layer.kind for layer in digits.network.layers][:2] == ["InputLayer", "Flatten"]
    assert digits.network.layer("dense_1") == moons.network.layer("dense_1")
    sine = choose_dataset(moons, name="sine")
    assert sine.training.metrics == ("mean_absolute_error", "r2_score")


def test_the_split_stays_and_early_stopping_follows_it() -> None:
    moons = set_early_stopping(set_split(two_moons(), validation_share=0.0, seed=5), enabled=False)
    iris = choose_dataset(moons, name="iris")
    assert iris.data.split == moons.data.split
    stopping = set_split(two_moons(), validation_share=0.0)
    assert not choose_dataset(stopping, name="iris").training.early_stopping.enabled


def test_data_from_a_file() -> None:
    data = DataSettings(source=TableSource(path="a.csv"), preprocessing="standardize")
    summary = DataSummary(
        title="a.csv",
        task="regression",
        input_shape=(3,),
        target_names=("a", "b"),
        class_names=(),
        counts=(70, 15, 15),
    )
    project = choose_data(two_moons(), data, summary)
    assert resolve(project, summary).problems == ()
    assert project.network.layer("dense_3").options["units"] == 2
    with pytest.raises(ValueError, match="read first"):
        choose_data(two_moons(), data)


def test_what_suits_a_built_in_set_is_chosen_unless_only_options_change() -> None:
    raw = builtin_data("digits").model_copy(update={"preprocessing": "none"})
    assert choose_data(two_moons(), raw).data.preprocessing == "pixels"
    digits = choose_data(two_moons(), raw)
    again = choose_data(digits, raw.model_copy(update={"source": digits.data.source}))
    assert again.data.preprocessing == "none"

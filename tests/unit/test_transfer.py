"""The edits for another task: pure, one value in, one value out."""

import pickle
from pathlib import Path

import pytest

from app.core.backbone_catalog import (
    BACKBONES,
    BACKBONES_BY_NAME,
    begin_with_backbone,
    cached_weights,
    channel_scales,
    sides_for,
)
from app.core.dataset_catalog import summary_of
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.kept_problems import Shapes, kept_fit
from app.core.network import Layer, Link, Network, chain, with_option
from app.core.network_edits import RefusedEditError
from app.core.problems import Problem
from app.core.project import Project
from app.core.project_edits import choose_dataset
from app.core.resolve import resolve
from app.core.templates import builtin_data, handwritten_digits, start_from
from app.core.transfer import (
    forget_weights,
    freeze_up_to,
    head_of,
    keep_weights,
    own_input_shape,
    project_for_network,
    set_trainable,
    swap_head,
    unedited_layers,
    weighted_layers,
    with_input_shape,
)

KEY, OTHER = "a" * 32, "b" * 32
DIGITS = start_from("digits")


def layer(name: str, kind: str, **options: object) -> Layer:
    return Layer(id=name, kind=kind, options=FrozenMap(options))


def test_weights_are_kept_and_forgotten_by_name() -> None:
    kept = keep_weights(DIGITS, {"dense_1": KEY, "dense_2": OTHER, "nobody": KEY})
    assert [x.kept_weights for x in kept.network.layers if x.kind == "Dense"] == [KEY, OTHER, None]
    assert forget_weights(kept) == DIGITS
    assert forget_weights(kept, ["dense_2"]) == keep_weights(DIGITS, {"dense_1": KEY})
    assert pickle.loads(pickle.dumps(kept)) == kept  # noqa: S301


def test_freezing_up_to_a_layer_takes_all_that_feed_it_and_no_other() -> None:
    network = Network(
        layers=(
            layer("input", "InputLayer"),
            *(layer(name, "Dense", units=4) for name in ("left", "right", "aside", "top")),
            layer("sum", "Add"),
        ),
        links=(
            Link(source="input", target="left"),
            Link(source="input", target="right"),
            Link(source="input", target="aside"),
            Link(source="left", target="sum", port=0),
            Link(source="right", target="sum", port=1),
            Link(source="sum", target="top"),
        ),
    )
    project = DIGITS.model_copy(update={"network": network})
    weighted = weighted_layers(network, (3,))
    assert weighted == {"left", "right", "aside", "top"}
    frozen = freeze_up_to(project, "sum", weighted)
    assert {x.id for x in frozen.network.layers if not x.trainable} == {"left", "right"}
    assert set_trainable(frozen, trainable=True) == project
    resolved = resolve(frozen, summary_of(builtin_data("iris")))
    assert resolved.layer("left").parameters == 0
    assert resolved.layer("left").fixed_parameters == 4 * 4 + 4


def test_the_head_is_the_last_dense_layer_or_all_behind_a_layer() -> None:
    network = DIGITS.network
    last = network.layers[-1].id
    assert head_of(network) == {last}
    assert head_of(network, "dense_2") == {last}
    assert head_of(network, "flatten_1") == {x.id for x in network.layers[2:]}
    assert head_of(network, last) == frozenset()
    assert head_of(network, "nobody") == frozenset()


@pytest.mark.parametrize("name", ["digits", "v_shapes"])
@pytest.mark.parametrize("after", [None, "flatten_1"])
def test_a_swapped_head_suits_the_data_and_can_be_trained(name: str, after: str | None) -> None:
    project = choose_dataset(DIGITS, name=name)
    summary = summary_of(project.data)
    kept = keep_weights(project, {x.id: KEY for x in project.network.layers if x.kind == "Dense"})
    swapped = swap_head(kept, summary, after)
    resolved = resolve(swapped, summary)
    assert resolved.can_train
    head = swapped.network.layers[-1]
    assert head.kind == "Dense"
    assert head.kept_weights is None
    assert head.trainable
    rest = [x for x in swapped.network.layers[:-1] if x.kind == "Dense"]
    assert all(not x.trainable and x.kept_weights == KEY for x in rest)
    assert bool(rest) == (after is None)


def test_a_network_without_a_dense_end_gets_a_head_behind_its_end() -> None:
    body = chain(
        (
            layer("input", "InputLayer"),
            layer("conv", "Conv2D", filters=4),
            layer("pool", "GlobalAveragePooling2D"),
        )
    )
    project = DIGITS.model_copy(update={"network": body})
    swapped = swap_head(project, summary_of(project.data))
    assert [x.kind for x in swapped.network.layers] == [
        "InputLayer", "Conv2D", "GlobalAveragePooling2D", "Dense",
    ]  # fmt: skip
    assert resolve(swapped, summary_of(project.data)).can_train


def test_a_head_that_several_layers_feed_is_left_alone() -> None:
    network = Network(
        layers=(
            layer("input", "InputLayer"),
            layer("left", "Dense", units=4),
            layer("right", "Dense", units=4),
            layer("sum", "Add"),
        ),
        links=(
            Link(source="input", target="left"),
            Link(source="input", target="right"),
            Link(source="left", target="sum", port=0),
            Link(source="right", target="sum", port=1),
        ),
    )
    project = start_from("moons").model_copy(update={"network": network})
    with pytest.raises(RefusedEditError, match=r"Several layers lead into the head: left, right"):
        swap_head(project, summary_of(project.data), "left")


def test_a_head_can_be_swapped_again_and_is_another_one_then() -> None:
    conv = handwritten_digits()
    summary = summary_of(conv.data)
    pool = next(x.id for x in conv.network.layers if "Pooling" in x.kind)
    swapped = swap_head(conv, summary, pool)
    again = swap_head(swapped, summary)
    for project in (swapped, again, swap_head(again, summary, pool)):
        kinds = [x.kind for x in project.network.layers]
        assert kinds == ["InputLayer", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]
        assert resolve(project, summary).can_train
        assert project.network.layers[-1].options["units"] == 10
    assert swapped.network.layers[-1].id not in {x.id for x in conv.network.layers}
    assert again.network.layers[-1].id != swapped.network.layers[-1].id
    # and what was trained of the old head is not taken for the new one's
    fresh = again.network.layers[-1].id
    assert fresh not in unedited_layers(again.network, swapped.network)


def test_of_several_ends_none_is_swapped() -> None:
    network = DIGITS.network.model_copy(
        update={"layers": (*DIGITS.network.layers, layer("left", "Dense", units=4))}
    )
    project = DIGITS.model_copy(update={"network": network})
    with pytest.raises(RefusedEditError):
        swap_head(project, summary_of(project.data), "flatten_1")


def test_another_output_of_chosen_data_is_fresh_and_hidden_layers_keep_their_weights() -> None:
    keys = {x.id: KEY for x in DIGITS.network.layers if x.kind == "Dense"}
    kept = set_trainable(keep_weights(DIGITS, keys), trainable=False)
    moved = choose_dataset(kept, name="v_shapes")
    by_id = {x.id: x for x in moved.network.layers}
    *hidden, output = [x.id for x in moved.network.layers if x.kind == "Dense"]
    assert all(by_id[name].kept_weights == KEY for name in hidden)
    assert by_id[output].kept_weights is None
    assert by_id[output].trainable


def test_an_input_follows_the_data_or_keeps_its_own_shape() -> None:
    network = DIGITS.network
    assert own_input_shape(network) is None
    own = with_input_shape(network, (8, 8, 1))
    assert own_input_shape(own) == (8, 8, 1)
    assert own_input_shape(with_input_shape(own, None)) is None
    assert own_input_shape(Network()) is None


def test_a_network_without_a_project_gets_data_that_it_could_be_for() -> None:
    ten = DIGITS.network
    found = project_for_network(ten, (8, 8, 1), "mine")
    assert (found.name, found.data) == ("mine", DIGITS.data)
    moons, plane = start_from("moons"), start_from("plane")
    assert project_for_network(moons.network, (2,), "m").data == moons.data
    # two outputs or three: the set with as many classes
    three = start_from("blobs").network
    assert project_for_network(three, (2,), "b").data == start_from("blobs").data
    # of no set's shape: some set, and the network says what it takes
    assert project_for_network(ten, (99,), "").name == "model"
    assert plane.data != moons.data


# ---- what is told of them


def told(project: Project, shapes: dict[str, Shapes]) -> dict[tuple[str, str], Problem]:
    return {
        (p.title, p.where): p
        for p in resolve(project, summary_of(project.data), kept=shapes).problems
    }


def test_kept_weights_that_fit_are_no_problem_and_the_others_can_be_forgotten() -> None:
    units = 10
    fits: dict[str, Shapes] = {KEY: ((64, units), (units,))}
    kept = keep_weights(DIGITS, {"dense_3": KEY})
    assert not [title for title, _ in told(kept, fits) if "ept weights" in title]
    for shapes in (((units, 64), (units,)), ((64, units),), ((64 * units + units,),), ((1,),)):
        problem = told(kept, {KEY: shapes})["Kept weights no longer fit", "dense_3"]
        assert problem.severity == "warning"
        assert problem.fixes[0].edit(kept) == DIGITS
    problem = told(kept, {})["Kept weights are missing", "dense_3"]
    assert problem.fixes[0].edit(kept) == DIGITS
    edited = kept.model_copy(update={"network": with_option(kept.network, "dense_3", "units", 3)})
    assert ("Kept weights no longer fit", "dense_3") in told(edited, fits)
    # nothing is said where nobody knows what is kept, nor while a shape is unknown
    assert not [p for p in resolve(kept, summary_of(kept.data)).problems if "ept w" in p.title]
    (unknown,) = (x for x in resolve(kept, summary_of(kept.data)).layers if x.id == "dense_3")
    assert kept_fit(unknown, ((64, units), (units,)))


def test_layers_frozen_by_chance_are_told_of_once_with_a_way_out() -> None:
    frozen = set_trainable(DIGITS, ["dense_1", "dense_2"], trainable=False)
    problem = told(frozen, {})["Frozen at random weights", "dense_1"]
    assert "1 more" in problem.happened
    assert problem.fixes[0].edit(frozen) == DIGITS


# ---- backbones


def test_backbones_are_listed_once_and_from_small_to_large() -> None:
    sizes = [backbone.parameters for backbone in BACKBONES]
    assert sizes == sorted(sizes)
    assert len({b.name for b in BACKBONES}) == len({b.file_name for b in BACKBONES}) == 16


def test_weights_are_found_in_the_cache_of_keras(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = BACKBONES_BY_NAME["VGG16"]
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert cached_weights(backbone) is None
    path = tmp_path / "models" / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
    path.parent.mkdir()
    path.mkdir()
    assert cached_weights(backbone) is None
    path.rmdir()
    path.write_bytes(b"x")
    assert cached_weights(backbone) == path
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    assert cached_weights(backbone) is None


def test_data_that_are_no_pictures_are_refused_in_words() -> None:
    for name in ("moons", "wine"):
        with pytest.raises(ExplainedError) as refused:
            sides_for(BACKBONES[0], summary_of(builtin_data(name)))
        assert "picture" in refused.value.happened
        assert "32×32×3" in refused.value.expected


def test_sides_begin_with_that_of_the_data_and_are_never_too_small() -> None:
    shapes, digits = summary_of(builtin_data("v_shapes")), summary_of(builtin_data("digits"))
    for backbone in BACKBONES:
        assert min(sides_for(backbone, digits)) == backbone.smallest
        expected = max(32, backbone.smallest)
        assert sides_for(backbone, shapes)[0] == expected


def test_scales_are_those_of_keras() -> None:
    means = channel_scales("means")
    assert [round(255 * 0.5 + o, 3) for _, o in means] == [23.561, 10.721, 3.82]
    red, *_ = channel_scales("deviations")
    assert red[0] * 0.485 + red[1] == pytest.approx(0)
    assert red[0] * (0.485 + 0.229) + red[1] == pytest.approx(1)
    assert {f * 0 + o for f, o in channel_scales("signed")} == {-1.0}
    assert {f * 1 + o for f, o in channel_scales("own")} == {255.0}


@pytest.mark.parametrize("name", ["MobileNetV2", "VGG16", "Xception", "DenseNet121"])
@pytest.mark.parametrize("data", ["digits", "v_shapes"])
def test_pictures_are_brought_to_what_the_backbone_takes(name: str, data: str) -> None:
    backbone = BACKBONES_BY_NAME[name]
    project = choose_dataset(DIGITS, name=data)
    summary = summary_of(project.data)
    side = sides_for(backbone, summary)[0]
    body = chain(
        (
            layer("input_layer_7", "InputLayer", shape=(side, side, 3)),
            layer("conv", "Conv2D", filters=4),
            layer("pool", "GlobalAveragePooling2D"),
        )
    )
    body = keep_weights(DIGITS.model_copy(update={"network": body}), {"conv": KEY}).network
    begun = begin_with_backbone(project, summary, backbone, body, side, pretrained=True)
    resolved = resolve(begun, summary, kept={KEY: ((3, 3, 3, 4), (4,))})
    assert resolved.can_train
    assert resolved.layer("conv").input_shapes == ((side, side, 3),)
    assert not begun.network.layer("conv").trainable
    assert begun.network.layers[0].id == "input"
    assert begun.data.preprocessing == "pixels"
    rescalings = [x for x in begun.network.layers if x.kind == "Rescaling"]
    assert len(rescalings) == (1 if backbone.scale == "signed" else 3)
    fresh = begin_with_backbone(project, summary, backbone, body, side, pretrained=False)
    assert all(x.trainable for x in fresh.network.layers)

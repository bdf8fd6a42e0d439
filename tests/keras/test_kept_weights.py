"""A training that begins with kept weights: the same as with weights set by hand, bit for bit."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from app.cli.main import main
from app.core.kept_problems import FORMS, kept_fit
from app.core.layer_catalog import LAYER_KINDS
from app.core.network import Link, Network, chain, with_option
from app.core.project import Project
from app.core.project_file import SavedProject, open_project, save_project
from app.core.resolve import resolve
from app.core.shape_inference import infer_layer, infer_network
from app.core.transfer import (
    forget_weights,
    freeze_up_to,
    keep_weights,
    set_trainable,
    swap_head,
    weighted_layers,
)
from app.data.kept_file import kept_of, with_kept
from app.data.kept_weights import Arrays, KeptArrays, KeptWeights
from app.modeling.build import build_model
from app.modeling.given_weights import give_weights
from app.modeling.kept_weights import begin_with_kept, weights_of_layers
from app.training.engine_room import EngineRoom, TrainingRequest
from app.training.events import EpochEnded, TrainingStarted
from tests.keras.small_runs import Run, data_of, digits, do, layer, moons

SHAPE = (2,)


def history(run: Run) -> list[dict[str, object]]:
    return [dict(event.metrics) for event in run.of(EpochEnded)]


def trained(
    project: Project, kept: KeptArrays | None = None, room: EngineRoom | None = None
) -> tuple[dict[str, Arrays], list[dict[str, object]], EngineRoom]:
    """(weights by layer, history, room) of a training."""
    room = room or EngineRoom()
    run = Run()
    run.do(room.train(TrainingRequest(project, data_of(project), kept=kept or {})))
    return do(room.layer_weights()), history(run), room


def same(one: KeptArrays, other: KeptArrays) -> bool:
    return one.keys() == other.keys() and all(
        len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))
        for a, b in zip(one.values(), other.values(), strict=True)
    )


def kept_from(project: Project, weights: KeptArrays) -> tuple[Project, dict[str, Arrays]]:
    store = KeptWeights()
    project = keep_weights(project, {name: store.keep(a) for name, a in weights.items()})
    return project, store.of(project.network)


@pytest.mark.parametrize("make", [moons, digits])
def test_training_begins_with_kept_weights_as_with_weights_set_by_hand(
    make: Callable[..., Project],
) -> None:
    project = make(epochs=2, shuffle=False)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    _, begun, _ = trained(again, kept)
    # by hand: Keras's own fit on the model with these weights
    data = data_of(project)
    model = build_model(project.network, data.summary.input_shape, project.training.seed)
    begin_with_kept(model, again.network, kept)
    for name, arrays in weights.items():
        for one, other in zip(model.get_layer(name).get_weights(), arrays, strict=True):
            np.testing.assert_array_equal(one, other)
    if make is moons:
        from app.modeling.compile import compile_model

        compile_model(model, project.training, data.summary)
        fitted = model.fit(
            data.training.x, data.training.y.astype("float32"), batch_size=32, epochs=2,
            shuffle=False, verbose=0,
        )  # fmt: skip
        np.testing.assert_allclose(
            np.array([row["loss"] for row in begun], float), fitted.history["loss"], rtol=1e-4
        )


def test_the_same_seed_and_weights_give_the_same_run_in_any_session() -> None:
    project = moons(epochs=3)
    weights, first, room = trained(project)
    again, kept = kept_from(project, weights)
    in_new = trained(again, kept)
    in_used = trained(again, kept, room)  # the traced functions serve both
    assert in_new[1] == in_used[1]
    assert same(in_new[0], in_used[0])
    assert in_new[1] != first
    # and without them it is the first run again
    assert trained(project, {}, room)[1] == first
    assert trained(forget_weights(again), kept, room)[1] == first


def test_start_over_and_the_comparison_with_the_beginning_go_back_to_kept_weights() -> None:
    project = moons(epochs=2)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    first, rows, room = trained(again, kept)
    session = room._present()
    initial = weights_of_layers(session.model_at(0), project.network)
    assert same(initial, weights)
    run = Run()
    run.do(room.start_over())
    assert history(run) == rows
    assert same(do(room.layer_weights()), first)


def test_a_checkpoint_of_such_a_run_goes_on_and_starts_over_without_the_store() -> None:
    project = moons(epochs=2)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    _, rows, room = trained(again, kept)
    checkpoint = do(room.checkpoint())
    other = EngineRoom()
    do(other.restore(TrainingRequest(again, data_of(again), checkpoint)))
    run = Run()
    run.do(other.start_over())
    assert history(run) == rows
    # what the file said of the beginning is not taken for that of another run
    _, drawn, _ = trained(moons(epochs=2), {}, EngineRoom())
    do(other.restore(TrainingRequest(again, data_of(again), checkpoint)))
    assert trained(moons(epochs=2), {}, other)[1] == drawn


def test_a_frozen_layer_is_not_trained_and_its_batch_norm_does_not_move() -> None:
    project = digits(epochs=2)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    frozen = freeze_up_to(again, "flatten_1", weighted_layers(again.network, (8, 8, 1)))
    assert [x.id for x in frozen.network.layers if not x.trainable] == ["conv_1", "norm_1"]
    room, run = EngineRoom(), Run()
    run.do(room.train(TrainingRequest(frozen, data_of(frozen), kept=kept)))
    after = do(room.layer_weights())
    for name in ("conv_1", "norm_1"):
        assert all(map(np.array_equal, after[name], weights[name]))
    assert not np.array_equal(after["output"][0], weights["output"][0])
    (started,) = run.of(TrainingStarted)
    layers, _ = infer_network(frozen.network, (8, 8, 1))
    assert (
        started.parameters
        == sum(x.parameters or 0 for x in layers)
        == weights["output"][0].size + 10
    )
    model = room._present().model
    assert sum(int(np.prod(w.shape)) for w in model.non_trainable_weights) == sum(
        x.fixed_parameters for x in layers
    )


def test_a_key_that_no_longer_fits_is_drawn_anew_and_warned_of() -> None:
    project = moons(epochs=1)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    network = with_option(again.network, "dense_1", "units", 7)
    edited = again.model_copy(update={"network": network})
    data = data_of(edited)
    shapes = {key: tuple(a.shape for a in arrays) for key, arrays in kept.items()}
    warned = [p for p in resolve(edited, data.summary, kept=shapes).problems if "fit" in p.title]
    assert [p.where for p in warned] == ["dense_1", "dense_2"]
    assert all(p.severity == "warning" and p.fixes for p in warned)
    mended = edited
    for problem in warned:
        mended = problem.fixes[0].edit(mended)
    assert not [p for p in resolve(mended, data.summary, kept=shapes).problems if "fit" in p.title]
    plain = forget_weights(edited, ["dense_1", "dense_2"])
    assert mended == plain
    _, rows, _ = trained(edited, kept)
    assert rows == trained(plain, kept)[1]
    model = build_model(edited.network, SHAPE, edited.training.seed)
    assert begin_with_kept(model, edited.network, kept) == ("dense_1", "dense_2")


_SHAPES = {"Embedding": (5,), "ConvLSTM1D": (5, 9, 4), "ConvLSTM2D": (5, 9, 8, 4)}
"""Of one sample, for kinds whose rank does not tell."""
_OPTIONS: dict[str, dict[str, Any]] = {
    "Embedding": {"input_dim": 11, "output_dim": 3},
    "MultiHeadAttention": {"num_heads": 2, "key_dim": 3},
    "GroupQueryAttention": {"num_query_heads": 4, "num_key_value_heads": 2, "head_dim": 3},
    "GroupNormalization": {"groups": 2},
    "ConvLSTM3D": {"kernel_size": (2, 1, 3)},
}


@pytest.mark.parametrize("kind", sorted(FORMS))
def test_shapes_that_fit_are_those_of_keras(kind: str) -> None:
    """Keras's own shapes fit; others with as many numbers do not."""
    known = LAYER_KINDS[kind]
    rank = known.rank or 2
    options = dict(_OPTIONS.get(kind, {}))
    if known.option("kernel_size") is not None and "kernel_size" not in options:
        axes = int(next(c for c in kind if c.isdigit()))  # Conv2D, SeparableConv1D, ConvLSTM2D
        options["kernel_size"] = 3 if axes == 1 else (3, 2, 1)[:axes]
    shape = _SHAPES.get(kind, (*(9, 8, 7, 6)[: rank - 1], 4))
    biased = [True, False] if known.option("use_bias") is not None else [None]
    for bias in biased:
        made = layer("layer_1", kind, **options, **({} if bias is None else {"use_bias": bias}))
        inputs = known.inputs[0]
        entry, problems = infer_layer(made, (shape,) * inputs)
        assert not problems
        chained = Network(
            layers=(layer("data", "InputLayer"), made),
            links=tuple(Link(source="data", target=made.id, port=n) for n in range(inputs)),
        )
        weights = build_model(chained, shape, 1).get_layer(made.id).get_weights()
        shapes = tuple(w.shape for w in weights)
        assert kept_fit(entry, shapes)
        turned = (tuple(reversed(shapes[0])), *shapes[1:])
        assert turned == shapes or not kept_fit(entry, turned)
        assert not kept_fit(entry, ((sum(w.size for w in weights), 1),))


def test_a_swapped_head_is_fresh_and_the_rest_is_frozen_with_its_weights() -> None:
    project = digits(epochs=1)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    swapped = swap_head(again, data_of(again).summary)
    by_id = {x.id: x for x in swapped.network.layers}
    assert "output" not in by_id
    head = swapped.network.layers[-1]
    assert (head.kind, head.options["units"], head.trainable, head.kept_weights) == (
        "Dense", 10, True, None,
    )  # fmt: skip
    after, _, _ = trained(swapped, kept)
    assert all(map(np.array_equal, after["conv_1"], weights["conv_1"]))
    assert all(map(np.array_equal, after["norm_1"], weights["norm_1"]))


def test_everything_frozen_is_an_error_with_a_way_out() -> None:
    project = set_trainable(
        moons(epochs=1), weighted_layers(moons().network, SHAPE), trainable=False
    )
    resolved = resolve(project, data_of(project).summary, kept={})
    assert not resolved.can_train
    (problem,) = [p for p in resolved.problems if p.title == "Everything is frozen"]
    for fix in problem.fixes:
        assert resolve(fix.edit(project), data_of(project).summary, kept={}).can_train


def test_a_network_is_saved_with_its_kept_weights_without_a_training(tmp_path: Path) -> None:
    project = moons(epochs=2)
    weights, _, room = trained(project)
    x = data_of(project).validation.x
    predicted = do(room.predict(x))
    again, kept = kept_from(project, weights)
    path = tmp_path / "kept.keras"
    do(EngineRoom().save_network(again.network, SHAPE, again.training.seed, kept, path))
    model = keras.saving.load_model(path)
    np.testing.assert_array_equal(model.predict_on_batch(x), predicted)
    opened = do(EngineRoom().read_model(path))
    assert opened.kept.keys() == kept.keys()
    assert [x.kept_weights for x in opened.network.layers] == [
        x.kept_weights for x in again.network.layers
    ]


def test_the_command_line_trains_from_kept_weights_and_saves_them_again(tmp_path: Path) -> None:
    project = moons(epochs=2)
    weights, _, _ = trained(project)
    again, kept = kept_from(project, weights)
    _, rows, _ = trained(again, kept)
    path = tmp_path / "kept.layerlab"
    save_project(path, with_kept(SavedProject(again), kept))
    assert main(["train", str(path), "--save"]) == 0
    saved = open_project(path)
    assert saved.run is not None
    assert [dict(row.metrics) for row in saved.run.rows] == rows
    assert kept_of(saved).keys() == kept.keys()
    assert saved.project == again


def test_a_normalization_computes_with_what_it_is_given() -> None:
    """Keras's layer computes with copies of mean and variance, which `set_weights` leaves."""
    made = layer("norm_1", "Normalization", mean=None, variance=None)
    key = "0" * 32
    network = chain((layer("input", "InputLayer"), made.model_copy(update={"kept_weights": key})))
    mean, variance = np.array([3.0, -1.0], "float32"), np.array([4.0, 0.25], "float32")
    x = np.array([[5.0, 0.0], [3.0, -2.0]], "float32")
    by_hand = [[1.0, 2.0], [0.0, -2.0]]
    model = build_model(network, SHAPE, 1)
    assert begin_with_kept(model, network, {key: (mean, variance, np.zeros((), "int32"))}) == ()
    np.testing.assert_allclose(model(x), by_hand, rtol=1e-6)
    other = build_model(network, SHAPE, 1)
    give_weights(other, model.get_weights())
    np.testing.assert_allclose(other(x), by_hand, rtol=1e-6)


def test_a_run_with_a_normalization_is_restored_without_the_store() -> None:
    """Its predictions, and those of the network that it began with, are the same as before."""
    key = "0" * 32
    made = layer("norm_1", "Normalization", mean=None, variance=None)
    first, *rest = moons(epochs=1).network.layers
    network = chain((first, made.model_copy(update={"kept_weights": key}), *rest))
    project = moons(epochs=1).model_copy(update={"network": network})
    mean, variance = np.array([0.5, 0.2], "float32"), np.array([4.0, 0.25], "float32")
    _, _, room = trained(project, {key: (mean, variance, np.zeros((), "int32"))})
    data = data_of(project)
    other = EngineRoom()
    do(other.restore(TrainingRequest(project, data, do(room.checkpoint()))))
    one, two = room._present(), other._present()
    x = np.asarray(data.training.x[:8])
    np.testing.assert_array_equal(one.model(x), two.model(x))
    np.testing.assert_array_equal(one.model_at(0)(x), two.model_at(0)(x))
    np.testing.assert_array_equal(
        one.model_at(0).get_layer("norm_1")(x), (x - mean) / variance**0.5
    )

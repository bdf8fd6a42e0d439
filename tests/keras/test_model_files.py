"""Model files: honest ones all open and predict as before, saving loses nothing, and what the check
knows of Keras is true of the Keras that is installed."""

import contextlib
import errno
import inspect
import os
import random
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as L  # noqa: N812 - as is usual
from keras.src.api_export import get_name_from_symbol as keras_name

from app.core.atomic_file import SaveError
from app.core.frozen import FrozenMap
from app.core.layer_catalog import LAYER_KINDS, LayerKind
from app.core.network import INPUT_KIND, Layer, Link, Network, chain
from app.core.optimizer_catalog import OPTIMIZERS
from app.core.project import OptimizerSettings
from app.jobs.process_runner import ChildStoppedError
from app.modeling.build import OWN_LAYERS, build_model, keras_class
from app.modeling.compile import keras_optimizer
from app.modeling.errors import ModelFileError, ModelingError
from app.modeling.layers import RandomizedLeakyReLU
from app.modeling.model_file_check import check_model_file
from app.modeling.model_file_classes import (
    COMPILED_LEFT_OUT,
    COMPILED_PARTS,
    CONTAINERS,
    COUNTS,
    FUNCTIONS,
    LAYERS_LEFT_OUT,
    WEIGHTLESS,
)
from app.modeling.model_file_classes import OWN_LAYERS as NAMED_OWN_LAYERS
from app.modeling.model_files import open_model_file, save_model_file
from app.modeling.network_from_model import (
    network_from_model,
    set_weights_by_layer,
    weights_by_layer,
)
from tests.keras.random_networks import INPUT_SHAPES, KINDS, drawn_layer
from tests.unit import hostile_models

INPUT = Layer(id="data", kind=INPUT_KIND)
ROOT = Path(__file__).parents[2]

# ---- honest models


def _network_of(kind: LayerKind) -> tuple[Network, tuple[int, ...]]:
    """A small network around a layer of `kind` with some of its options changed."""
    chance = random.Random(kind.name)
    for shape in INPUT_SHAPES:
        sources = (shape,) * kind.inputs[0]
        tries = (drawn_layer(kind, "layer", sources, chance) for _ in range(20))
        made = next((one for one in tries if one is not None), None)
        if made is None:
            continue
        around = (
            Layer(id="data", kind=INPUT_KIND, options=FrozenMap(shape=shape)),
            made[0],
            Layer(id="flat", kind="Flatten"),
            Layer(id="out", kind="Dense", options=FrozenMap(units=2, activation="softmax")),
        )
        links = [Link(source="data", target="layer", port=port) for port in range(len(sources))]
        links += (Link(source="layer", target="flat"), Link(source="flat", target="out"))
        return Network(layers=around, links=tuple(links)), shape
    raise AssertionError(f"no shape of input suits {kind.name}")


def _trained(model: keras.Model, optimizer: str) -> np.ndarray:
    """Train `model` one step; a batch for it."""
    rng = np.random.default_rng(1)
    x = rng.random((4, *model.input_shape[1:])).astype("float32")
    model.compile(
        keras_optimizer(OptimizerSettings(kind=optimizer)),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        run_eagerly=True,
    )
    model.train_on_batch(x, np.arange(4) % 2)
    # What odd options make of the first step is not the matter here.
    for variable in (*model.weights, *model.optimizer.variables):
        variable.assign(np.nan_to_num(np.asarray(variable), posinf=1.0, neginf=-1.0))
    return x


def _optimizers() -> Iterator[str]:
    while True:
        yield from (kind.name for kind in OPTIMIZERS)


_next_optimizer = _optimizers()


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize("kind", KINDS[::4], ids=lambda kind: kind.name)
def test_trained_models_pass_the_check_and_come_back(kind: LayerKind, tmp_path: Path) -> None:
    network, shape = _network_of(kind)
    model = build_model(network, shape, seed=1)
    x = _trained(model, next(_next_optimizer))
    path = tmp_path / "model.keras"
    save_model_file(model, path)
    report = check_model_file(path, path.name)
    assert report.weights is not None
    assert report.weights >= model.count_params()
    loaded = keras.saving.load_model(path)
    np.testing.assert_array_equal(loaded(x, training=False), model(x, training=False))
    assert type(loaded.optimizer) is type(model.optimizer)
    for was, now in zip(model.optimizer.variables, loaded.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(was), np.asarray(now))


NOT_IN_OLD_FILES = {"RandomBrightness", "RandomColorDegeneration", "RandomSaturation"}
"""Some of those that Keras can write in the new form only."""


@pytest.mark.filterwarnings("ignore:Layer .* was passed an input with a mask:UserWarning")
@pytest.mark.parametrize("kind", KINDS[2::4], ids=lambda kind: kind.name)
def test_old_files_pass_too(kind: LayerKind, tmp_path: Path) -> None:
    network, shape = _network_of(kind)
    model = build_model(network, shape, seed=1)
    path = tmp_path / "model.h5"
    if kind.name in NOT_IN_OLD_FILES:
        with pytest.raises(ModelingError, match=r"old form \.h5 cannot hold this network"):
            save_model_file(model, path)
        assert not path.exists()
        return
    save_model_file(model, path)
    assert check_model_file(path, path.name).form == "h5"
    loaded = keras.saving.load_model(path, compile=False)
    x = np.random.default_rng(1).random((3, *shape)).astype("float32")
    np.testing.assert_array_equal(loaded(x, training=False), model(x, training=False))
    back, _ = network_from_model(loaded)
    assert [layer.kind for layer in back.layers] == [layer.kind for layer in network.layers]


def _save_old(model: keras.Model, path: Path) -> None:
    save_model_file(model, path.with_suffix(".h5"))


def _sequential(*layers: L.Layer) -> keras.Model:
    return keras.Sequential([keras.Input((8, 6)), *layers])


def _residual() -> keras.Model:
    x = keras.Input((6,))
    y = L.Add()([L.Dense(6, activation="relu")(x), x])
    y = L.Concatenate()([L.Dense(3)(y), L.Dropout(0.5)(y)])
    return keras.Model(x, L.Dense(2)(y))


OTHERS: dict[str, Callable[[], keras.Model]] = {
    "recurrent": lambda: _sequential(L.LSTM(3, return_sequences=True), L.GRU(2), L.Dense(1)),
    "bidirectional": lambda: _sequential(L.Bidirectional(L.LSTM(3)), L.Dense(2)),
    "time": lambda: _sequential(L.TimeDistributed(L.Dense(3)), L.SimpleRNN(4)),
    "cells": lambda: _sequential(L.RNN(L.GRUCell(3)), L.Dense(1)),
    "spectral": lambda: _sequential(L.SpectralNormalization(L.Dense(3)), L.Flatten()),
    "normalized": lambda: _sequential(L.LayerNormalization(), L.Normalization(), L.Flatten()),
    "einsum": lambda: _sequential(
        L.EinsumDense("abc,cd->abd", output_shape=(None, 5)), L.Flatten()
    ),
    "embedding": lambda: keras.Sequential([keras.Input((5,)), L.Embedding(9, 4), L.Flatten()]),
    "augmented": lambda: keras.Sequential(
        [keras.Input((8, 8, 3)), L.RandomFlip(), L.Rescaling(0.5), L.Resizing(4, 4), L.Flatten()]
    ),
    "convolution over time": lambda: keras.Sequential(
        [keras.Input((3, 6, 6, 2)), L.ConvLSTM2D(3, 3), L.Flatten(), L.Dense(1)]
    ),
    "residual": _residual,
    "nested": lambda: keras.Sequential(
        [keras.Input((6,)), keras.Sequential([L.Dense(3), L.ReLU()], name="inner"), L.Dense(1)]
    ),
    "half": lambda: keras.Sequential(
        [keras.Input((6,)), L.Dense(3, dtype="mixed_float16"), L.Dense(1)]
    ),
    "frozen": lambda: keras.Sequential([keras.Input((6,)), L.Dense(3, trainable=False)]),
    "initialized": lambda: keras.Sequential(
        [
            keras.Input((6,)),
            L.Dense(3, kernel_initializer=keras.initializers.VarianceScaling(0.5, seed=2**31)),
            L.Dense(3, kernel_initializer=keras.initializers.Constant(0.5)),
        ]
    ),
}


def _attention() -> keras.Model:
    x = keras.Input((8, 6))
    y = L.MultiHeadAttention(2, 3)(x, x)
    y = L.GroupQueryAttention(3, 4, 2)(y, y)
    y = L.Attention(use_scale=True)([y, x])
    return keras.Model(x, L.GlobalAveragePooling1D()(L.AdditiveAttention()([y, x])))


OTHERS["attention"] = _attention


@pytest.mark.parametrize("name", OTHERS)
def test_layers_outside_the_catalog_pass_when_they_are_kerass_own(
    name: str, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(1)
    model = OTHERS[name]()
    model.compile(
        keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 100)),
        keras.losses.mean_squared_error,
        metrics=[keras.metrics.MeanSquaredError(), keras.metrics.mean_absolute_error],
    )
    path = tmp_path / "model.keras"
    save_model_file(model, path)
    report = check_model_file(path, path.name)
    assert report.weights >= model.count_params()
    loaded = keras.saving.load_model(path)
    x = np.random.default_rng(0).integers(0, 5, (3, *model.input_shape[1:])).astype("float32")
    np.testing.assert_array_equal(loaded(x, training=False), model(x, training=False))


# ---- what the check knows of Keras


def _classes(module: types.ModuleType, base: type) -> set[str]:
    """Names of the public classes, each under the name that files have for it."""
    found = {c for c in vars(module).values() if inspect.isclass(c) and issubclass(c, base)}
    return {keras_name(c).rpartition(".")[2] for c in found}


def test_every_layer_of_keras_is_known_and_none_that_it_has_not() -> None:
    known = COUNTS.keys() | WEIGHTLESS | LAYERS_LEFT_OUT.keys()
    assert _classes(L, L.Layer) == known
    assert not COUNTS.keys() & WEIGHTLESS
    assert not (COUNTS.keys() | WEIGHTLESS) & LAYERS_LEFT_OUT.keys()


def test_every_kind_of_the_catalog_may_be_in_a_file() -> None:
    for kind in LAYER_KINDS:
        name = keras_name(keras_class(kind)) or keras_class(kind).__name__
        name = name.rpartition(".")[2]
        assert name in COUNTS or name in WEIGHTLESS or name in NAMED_OWN_LAYERS
    assert OWN_LAYERS.keys() == NAMED_OWN_LAYERS


@pytest.mark.parametrize(
    ("module", "base"),
    [
        ("losses", keras.losses.Loss),
        ("metrics", keras.metrics.Metric),
        ("optimizers", keras.optimizers.Optimizer),
        ("optimizers.schedules", keras.optimizers.schedules.LearningRateSchedule),
        ("initializers", keras.initializers.Initializer),
        ("regularizers", keras.regularizers.Regularizer),
        ("constraints", keras.constraints.Constraint),
    ],
)
def test_the_other_classes_are_known(module: str, base: type) -> None:
    place: Any = keras
    for name in module.split("."):
        place = getattr(place, name)
    named = COMPILED_PARTS[f"keras.{module}"]
    left_out = COMPILED_LEFT_OUT | {"STFT", "Initializer", "Regularizer", "Constraint"}
    assert _classes(place, base) - left_out <= named
    assert all(issubclass(getattr(place, name), base) for name in named)


def test_the_functions_are_known() -> None:
    plumbing = {"get", "serialize", "deserialize"}
    public = {
        name
        for module in (keras.activations, keras.losses, keras.metrics)
        for name, member in vars(module).items()
        if inspect.isfunction(member)
    }
    assert public - plumbing == FUNCTIONS


def test_containers_are_where_keras_says() -> None:
    for model in (keras.Sequential([keras.Input((2,)), L.Dense(1)]), _residual()):
        config = keras.saving.serialize_keras_object(model)
        assert config["class_name"] in CONTAINERS[config["module"]]


# ---- opening


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[keras.Model, Path]:
    """A trained model and its file."""
    network = chain(
        (
            INPUT,
            Layer(id="hidden", kind="Dense", options=FrozenMap(units=5)),
            Layer(id="random", kind="RandomizedLeakyReLU"),
            Layer(id="out", kind="Dense", options=FrozenMap(units=2, activation="softmax")),
        )
    )
    model = build_model(network, (6,), seed=1)
    _trained(model, "Adam")
    path = tmp_path_factory.mktemp("models") / "small.keras"
    save_model_file(model, path)
    return model, path


def test_opening_brings_model_optimizer_and_random_states_and_prints_nothing(
    small: tuple[keras.Model, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    model, path = small
    loaded = open_model_file(path)
    x = np.ones((2, 6), "float32")
    np.testing.assert_array_equal(loaded(x), model(x))
    assert isinstance(loaded.get_layer("random"), RandomizedLeakyReLU)
    np.testing.assert_array_equal(
        np.asarray(loaded.get_layer("random").seed_generator.state),
        np.asarray(model.get_layer("random").seed_generator.state),
    )
    assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations) == 1
    assert keras.config.floatx() == "float32"
    assert keras.config.dtype_policy().name == "float32"
    assert not open_model_file(path, compiled=False).compiled
    assert capfd.readouterr() == ("", "")


def test_a_model_with_a_loss_of_its_makers_own_is_opened_without_it(tmp_path: Path) -> None:
    def own(y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(y_true - y_pred)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("adam", own)
    path = tmp_path / "own.keras"
    save_model_file(model, path)
    loaded = open_model_file(path)
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_the_name_of_the_file_does_not_matter_its_content_does(
    small: tuple[keras.Model, Path], tmp_path: Path
) -> None:
    model, path = small
    odd = tmp_path / "größe & co.h5"
    odd.write_bytes(path.read_bytes())
    np.testing.assert_array_equal(open_model_file(odd).get_weights()[0], model.get_weights()[0])
    old = tmp_path / "old.h5"
    _save_old(model, old)
    renamed = tmp_path / "old.keras"
    renamed.write_bytes(old.read_bytes())
    loaded = open_model_file(renamed)
    assert not loaded.compiled
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b"hello", "is not a model file"),
        (b"PK\x03\x04" + bytes(100), "was not opened"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "was not opened"),
    ],
)
def test_what_is_no_model_is_told(content: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=match) as told:
        open_model_file(path)
    assert "model.keras" in told.value.happened
    assert "not found" not in str(told.value).lower()
    assert told.value.expected
    assert told.value.how_to_fix


def test_a_missing_file_a_folder_and_a_pipe_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        open_model_file(tmp_path / "none.keras")
    with pytest.raises(ModelFileError, match="a folder"):
        open_model_file(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.keras")
        with pytest.raises(ModelFileError, match="a pipe"):
            open_model_file(tmp_path / "pipe.keras")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_a_link_to_a_device_is_refused_and_one_to_a_model_followed(
    small: tuple[keras.Model, Path], tmp_path: Path
) -> None:
    endless = tmp_path / "endless.keras"
    endless.symlink_to("/dev/zero")
    with pytest.raises(ModelFileError, match="a device"):
        open_model_file(endless)
    nowhere = tmp_path / "nowhere.keras"
    nowhere.symlink_to(tmp_path / "none")
    with pytest.raises(ModelFileError, match="does not exist"):
        open_model_file(nowhere)
    link = tmp_path / "link.keras"
    link.symlink_to(small[1])
    assert open_model_file(link, compiled=False).count_params() == small[0].count_params()


def test_the_model_that_the_hostile_ones_are_made_of_is_honest(tmp_path: Path) -> None:
    """Else the trials in `tests/unit/test_model_file_check.py` would prove little."""
    path = tmp_path / "model.keras"
    path.write_bytes(hostile_models.model())
    loaded = open_model_file(path)
    kernel = np.linspace(-1.0, 1.0, 32, dtype="float32").reshape(4, 8)
    np.testing.assert_array_equal(loaded.get_weights()[0], kernel)
    assert isinstance(loaded.layers[1], RandomizedLeakyReLU)


@pytest.mark.parametrize(
    "name", ["config: lambda that sets floatx", "config: set_floatx as activation"]
)
def test_a_hostile_file_changes_nothing(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(hostile_models.HOSTILE[name][0]())
    with pytest.raises(ModelFileError, match=r"model\.keras"):
        open_model_file(path)
    assert keras.config.floatx() == "float32"
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.keras"]


def test_a_harmless_file_that_keras_cannot_open_is_told(
    small: tuple[keras.Model, Path], tmp_path: Path
) -> None:
    import zipfile

    _, path = small
    wrong = tmp_path / "wrong.keras"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(wrong, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename == "config.json":
                content = content.replace(b'"units": 5', b'"units": 4')
            target.writestr(entry.filename, content)
    with pytest.raises(ModelFileError, match=r"Keras cannot open 'wrong\.keras'") as told:
        open_model_file(wrong)
    assert str(tmp_path) not in told.value.happened


def test_opening_may_be_stopped(small: tuple[keras.Model, Path]) -> None:
    with pytest.raises(ChildStoppedError):
        open_model_file(small[1], stopping=lambda: True)


# ---- weights


def test_weights_are_set_all_or_none(small: tuple[keras.Model, Path]) -> None:
    model = small[0]
    weights = weights_by_layer(model)
    network, shape = network_from_model(model)
    other = build_model(network, shape, seed=77)
    before = [w.copy() for w in other.get_weights()]
    for wrong, match in (
        ({"hidden": weights["hidden"]}, "only one of them"),
        ({**weights, "more": weights["out"]}, "only one of them"),
        ({**weights, "out": tuple(w[:1] for w in weights["out"])}, "of the shapes"),
        ({**weights, "out": weights["out"][:1]}, "of the shapes"),
    ):
        with pytest.raises(ModelingError, match=match):
            set_weights_by_layer(other, wrong)
        for now, was in zip(other.get_weights(), before, strict=True):
            np.testing.assert_array_equal(now, was)


# ---- saving


def test_a_model_is_saved_under_a_name_of_its_kind(
    small: tuple[keras.Model, Path], tmp_path: Path
) -> None:
    with pytest.raises(ModelingError, match=r"ends in \.keras, \.h5 or \.weights\.h5"):
        save_model_file(small[0], tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


def _fail_with(error: Exception) -> Callable[..., None]:
    def save(path: Path, overwrite: bool) -> None:
        path.write_bytes(b"half")
        raise error

    return save


def _hidden_full_disk() -> Exception:
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        finally:
            raise ValueError("Can't close the ZIP file")
    except ValueError as error:
        return error


@pytest.mark.parametrize(
    ("error", "kind", "match"),
    [
        (OSError(errno.ENOSPC, "no space"), SaveError, "disk is full"),
        (_hidden_full_disk(), SaveError, "disk is full"),
        (OSError(errno.EROFS, "read-only"), SaveError, "read-only"),
        (ValueError("strange"), ModelingError, "could not save the model: strange"),
    ],
)
def test_a_failed_save_keeps_the_old_file(
    small: tuple[keras.Model, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[Exception],
    match: str,
) -> None:
    model, path = small
    target = tmp_path / "model.keras"
    target.write_bytes(path.read_bytes())
    monkeypatch.setattr(model, "save", _fail_with(error))
    with pytest.raises(kind, match=match):
        save_model_file(model, target)
    assert target.read_bytes() == path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["model.keras"]


def test_a_disk_that_loses_a_part_is_noticed(
    small: tuple[keras.Model, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, path = small
    target = tmp_path / "model.keras"
    target.write_bytes(path.read_bytes())

    def save(temporary: Path, overwrite: bool) -> None:
        temporary.write_bytes(path.read_bytes()[:-500])

    monkeypatch.setattr(model, "save", save)
    with pytest.raises(SaveError, match="read back is damaged"):
        save_model_file(model, target)
    assert target.read_bytes() == path.read_bytes()


SAVE_FOR_EVER = """
import sys
from pathlib import Path
import keras
from app.modeling.model_files import save_model_file

target, atomically = Path(sys.argv[1]), sys.argv[2] == "atomically"
model = keras.Sequential([keras.Input((400,)), keras.layers.Dense(700), keras.layers.Dense(1)])
while True:
    if atomically:
        save_model_file(model, target)
    else:
        model.save(target)
    print("saved", flush=True)
"""


def _kill_while_saving(target: Path, how: str, kills: int) -> int:
    """How many of `kills` kill -9 in the middle of saving left no whole model behind."""
    dice = random.Random(3)
    lost = 0
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, str(target), how],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        ) as child:
            assert child.stdout is not None
            for _ in range(2):
                assert child.stdout.readline() == b"saved\n"
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(dice.uniform(0.0, 0.05))
            child.kill()
        try:
            check_model_file(target, target.name)
        except ModelFileError:
            lost += 1
    return lost


def test_a_model_killed_while_it_is_saved_is_there(tmp_path: Path) -> None:
    assert _kill_while_saving(tmp_path / "a.keras", "atomically", kills=3) == 0


class Killed(BaseException):
    """Ends a save where kill -9 would."""


@pytest.mark.parametrize(
    ("save", "lost"), [(save_model_file, False), (keras.saving.save_model, True)]
)
def test_plain_saving_fails_the_same_trial(
    save: Callable[..., None], lost: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: a plain save that is broken off in the middle has lost the file."""
    target = tmp_path / "b.keras"
    model = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    model.save(target)
    monkeypatch.setattr(L.Dense, "save_own_variables", _die)
    with pytest.raises(Killed):
        save(model, target)
    with pytest.raises(ModelFileError) if lost else contextlib.nullcontext():
        check_model_file(target, target.name)


def _die(*arguments: object) -> None:
    raise Killed

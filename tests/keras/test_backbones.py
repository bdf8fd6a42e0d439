"""Backbones of keras.applications: counts, files and scales; weights in and out. No network."""

from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras.src.legacy.saving import legacy_h5_format

from app.core.backbone_catalog import BACKBONES_BY_NAME, begin_with_backbone, cached_weights
from app.core.dataset_catalog import summary_of
from app.core.project_edits import choose_dataset
from app.core.resolve import resolve
from app.core.templates import start_from
from app.data.kept_weights import shapes_of
from app.jobs.process_runner import ChildStoppedError
from app.modeling.backbone_download import download_weights
from app.modeling.backbones import build_backbone, read_backbone_weights
from app.modeling.build import build_model
from app.modeling.errors import ModelFileError, ModelingError
from app.modeling.kept_weights import begin_with_kept
from app.training.engine_room import EngineRoom
from tests.keras.small_runs import Run, do

SMALL = BACKBONES_BY_NAME["MobileNetV3Small"]


@pytest.fixture(scope="module")
def small() -> keras.Model:
    """A small backbone with weights of its own, the moving averages too."""
    model = build_backbone(SMALL, 32)
    rng = np.random.default_rng(5)
    for weight in model.weights:
        noise = rng.uniform(0.0, 0.05, weight.shape)
        weight.assign(weight.numpy() + noise.astype("float32"))
    return model


@pytest.fixture(scope="module")
def files(small: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Its weights in each of the forms that are read."""
    folder = tmp_path_factory.mktemp("weights")
    small.save(folder / "whole.keras")
    small.save_weights(folder / "alone.weights.h5")
    with h5py.File(folder / SMALL.file_name, "w") as file:  # as keras.applications has them
        legacy_h5_format.save_weights_to_hdf5_group(file, small)
    return {
        "whole": folder / "whole.keras",
        "alone": folder / "alone.weights.h5",
        "old": folder / SMALL.file_name,
    }


@pytest.mark.parametrize("name", ["MobileNetV3Small", "MobileNet", "VGG16", "EfficientNetV2B0"])
def test_the_table_tells_what_keras_builds_and_which_file_it_wants(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backbone = BACKBONES_BY_NAME[name]
    wanted: list[str] = []

    def no_network(fname: str, *_args: object, **_named: object) -> str:
        wanted.append(fname)
        raise OSError("no network in tests")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", no_network)
    with pytest.raises(OSError, match="no network"):
        getattr(keras.applications, name)(include_top=False, input_shape=(224, 224, 3))
    assert wanted == [backbone.file_name]
    model = build_backbone(backbone, backbone.smallest)
    assert model.count_params() == backbone.parameters
    assert len(model.output.shape) == 2


def test_pictures_that_are_too_small_are_refused_in_words() -> None:
    with pytest.raises(ModelingError) as refused:
        build_backbone(BACKBONES_BY_NAME["Xception"], 64)
    assert "64×64" in refused.value.happened
    assert "71×71×3" in refused.value.expected


@pytest.mark.parametrize("form", ["whole", "alone", "old"])
def test_weights_of_each_form_are_read_bit_for_bit(
    small: keras.Model, files: dict[str, Path], form: str
) -> None:
    model = build_backbone(SMALL, 32)
    read_backbone_weights(model, files[form])
    for one, other in zip(model.get_weights(), small.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_of_another_network_are_refused_and_change_nothing(
    files: dict[str, Path], tmp_path: Path
) -> None:
    model = build_backbone(BACKBONES_BY_NAME["VGG16"], 32)
    before = model.get_weights()[0].copy()
    hostile = tmp_path / "hostile.h5"
    hostile.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(200))
    text = tmp_path / "text.weights.h5"
    text.write_text("no weights")
    for path in (*files.values(), hostile, text, tmp_path / "nobody.h5", tmp_path):
        with pytest.raises(ModelFileError) as refused:
            read_backbone_weights(model, path)
        assert refused.value.expected
        assert refused.value.how_to_fix
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize("name", ["MobileNetV3Small", "VGG16"])
def test_the_frozen_features_of_grey_pictures_are_those_of_keras(
    name: str, small: keras.Model, files: dict[str, Path]
) -> None:
    """`preprocess_input` of the pictures made colourful, then the backbone itself."""
    backbone = BACKBONES_BY_NAME[name]
    project = choose_dataset(start_from("digits"), name="v_shapes")
    summary = summary_of(project.data)
    if name == SMALL.name:
        opened = do(EngineRoom().build_backbone(name, 32, files["old"]))
        own, preprocess = small, keras.applications.mobilenet_v3.preprocess_input
    else:
        opened = do(EngineRoom().build_backbone(name, 32, None))
        own, preprocess = build_backbone(backbone, 32), keras.applications.vgg16.preprocess_input
    assert opened is not None
    assert bool(opened.kept) == (name == SMALL.name)
    begun = begin_with_backbone(
        project, summary, backbone, opened.network, 32, pretrained=bool(opened.kept)
    )
    resolved = resolve(begun, summary, kept=shapes_of(opened.kept))
    assert resolved.can_train
    assert not [p for p in resolved.problems if "weights" in p.title]
    model = build_model(begun.network, summary.input_shape, 3)
    assert begin_with_kept(model, begun.network, opened.kept) == ()
    if opened.kept:
        head = begun.network.layers[-1].id
        assert [v.path.split("/")[0] for v in model.trainable_variables] == [head, head]
    else:  # the same random weights in both
        by_name = {layer.name: layer for layer in own.layers}
        for layer in model.layers:
            if layer.name in by_name and layer.weights:
                layer.set_weights(by_name[layer.name].get_weights())
    grey = np.random.default_rng(2).random((5, 32, 32, 1)).astype("float32")
    features = keras.Model(model.input, model.layers[-2].output).predict_on_batch(grey)
    colours = preprocess(np.repeat(grey * 255.0, 3, axis=-1))
    np.testing.assert_allclose(features, own.predict_on_batch(colours), rtol=2e-4, atol=2e-4)


def test_stopped_while_it_is_built_gives_nothing(files: dict[str, Path]) -> None:
    run = Run(on=lambda _event: run.control.stop())
    assert run.do(EngineRoom().build_backbone(SMALL.name, 32, files["whole"])) is None


# ---- fetched weights, by stand-ins for Keras: there is no network in tests


def bring(name: str, folder: str) -> None:
    path = Path(folder, "models", BACKBONES_BY_NAME[name].file_name)
    path.parent.mkdir()
    path.write_bytes(b"weights of " + name.encode())


def be_offline(name: str, folder: str) -> None:
    Path(folder, "models").mkdir()
    Path(folder, "models", BACKBONES_BY_NAME[name].file_name).write_bytes(b"half")
    raise Exception("URL fetch failure on somewhere: None -- no route")


def test_fetched_weights_are_in_the_cache_at_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert cached_weights(SMALL) is None
    path = download_weights(SMALL, lambda _count: None, fetch=bring)
    assert path == cached_weights(SMALL)
    assert path.read_bytes() == b"weights of MobileNetV3Small"
    assert list(path.parent.iterdir()) == [path]


def test_without_a_connection_it_is_said_what_to_do_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(ModelFileError) as refused:
        download_weights(SMALL, lambda _count: None, fetch=be_offline)
    assert "no route" in refused.value.happened
    assert SMALL.file_name in refused.value.how_to_fix
    assert not list((tmp_path / "models").iterdir())
    with pytest.raises(ChildStoppedError):
        download_weights(SMALL, lambda _count: None, stopping=lambda: True, fetch=bring)
    assert not list((tmp_path / "models").iterdir())
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelFileError):
        download_weights(SMALL, lambda _count: None, fetch=bring)

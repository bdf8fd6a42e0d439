"""Pictures to predict for: one or a folder of them, in the form of the training."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from app.cli.project_source import note_data
from app.core.data_settings import BuiltinSource, DataSettings, PictureSource
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load
from app.data.picture_decoding import decode
from app.data.picture_form import PictureForm
from app.data.picture_prediction import read_pictures
from app.data.prediction_inputs import read_prediction_inputs
from app.data.prepared import PreparedData
from app.data.preprocessing import FittedPreprocessing
from app.data.samples import in_memory
from tests.unit.picture_makers import colors, put, two_classes


@pytest.fixture
def data(tmp_path: Path) -> PreparedData:
    source = PictureSource(path=str(two_classes(tmp_path / "training", 20)), fit="pad")
    return load(DataSettings(source=source, preprocessing="standardize"))


def test_the_training_folder_gives_what_was_trained_on(tmp_path: Path, data: PreparedData) -> None:
    found = read_prediction_inputs(str(tmp_path / "training"), data.preprocessing)
    np.testing.assert_array_equal(found.raw, in_memory(data.raw))
    np.testing.assert_array_equal(found.x[data.test.rows], in_memory(data.test.x))
    assert found.names[:3] == ("a/0.png", "a/2.png", "a/4.png")
    assert len(found) == len(found.names) == 40
    assert found.notes == ()
    assert not found.x.flags.writeable


def test_one_picture_of_another_shape_is_fitted_as_in_training(
    tmp_path: Path, data: PreparedData
) -> None:
    pixels = colors(9, 3)
    path = put(tmp_path / "new.png", pixels)
    kept = FittedPreprocessing.from_json(data.preprocessing.to_json())
    found = read_prediction_inputs(str(path), kept)
    wanted, _ = decode(path.read_bytes(), PictureForm(6, 6, "rgb", "pad"))
    np.testing.assert_array_equal(found.raw[0], wanted)
    np.testing.assert_array_equal(found.x, data.preprocessing.transform(wanted[None]))
    assert (wanted[:, 0] == 0).all()  # black beside
    assert found.names == ("new.png",)
    assert found.notes == ("1 picture of another size: scaled and padded to 6×6.",)


def test_what_cannot_be_used_is_named(tmp_path: Path, data: PreparedData) -> None:
    root = tmp_path / "new"
    for name in ("10.png", "9.png", "deep/1.png"):
        put(root / name, colors(6, 6))
    put(root / "broken.png", b"broken")
    put(root / "notes.txt", b"1")
    found = read_prediction_inputs(str(root), data.preprocessing)
    assert found.names == ("9.png", "10.png", "deep/1.png")
    assert found.notes == (
        "broken.png was left out: it is no picture of a kind that can be read.",
        "1 file is no picture and was not used (.txt).",
    )
    for number in range(30):
        put(root / f"b{number}.png", b"broken")
    assert read_prediction_inputs(str(root), data.preprocessing).notes[-2] == (
        "11 more were left out."
    )


def test_pictures_for_a_network_with_other_values(tmp_path: Path) -> None:
    """White is 16 in the digits."""
    digits = load(DataSettings(source=BuiltinSource(name="digits"), preprocessing="pixels"))
    pixels = np.tile(np.arange(8, dtype=np.uint8) * 36, (8, 1))
    found = read_prediction_inputs(str(put(tmp_path / "7.png", pixels)), digits.preprocessing)
    np.testing.assert_allclose(found.x[0, :, :, 0], pixels / 255, rtol=1e-6)
    np.testing.assert_allclose(found.raw[0, :, :, 0], pixels / 255 * 16, rtol=1e-6)


def test_pictures_that_cannot_be_used_are_explained(tmp_path: Path, data: PreparedData) -> None:
    iris = load(DataSettings(source=BuiltinSource(name="iris")))
    picture = put(tmp_path / "a.png", colors(6, 6))
    empty = tmp_path / "empty"
    empty.mkdir()
    broken = put(tmp_path / "broken/1.png", b"broken")
    for path, fitted, message in (
        (picture, iris.preprocessing, "was not trained on pictures"),
        (empty, data.preprocessing, "holds no pictures"),
        (broken, data.preprocessing, "'1.png' can be used: of 1.png, it is no picture"),
        (broken.parent, data.preprocessing, "'broken' can be used"),
        (tmp_path / "gone.png", data.preprocessing, "'gone.png' cannot be read: No such file"),
    ):
        with pytest.raises(DataError, match=message):
            read_prediction_inputs(str(path), fitted)
    with pytest.raises(DataError, match=r"pictures need .* GiB of memory"):
        read_pictures(str(picture), PictureForm(40_000, 40_000, "rgb"))
    with pytest.raises(LoadingStopped):
        read_prediction_inputs(str(tmp_path), data.preprocessing, stop=lambda: True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_a_picture_may_be_named_through_a_link_and_a_pipe_not(
    tmp_path: Path, data: PreparedData
) -> None:
    (tmp_path / "link.png").symlink_to(put(tmp_path / "a.png", colors(6, 6)))
    found = read_prediction_inputs(str(tmp_path / "link.png"), data.preprocessing)
    np.testing.assert_array_equal(found.raw[0], colors(6, 6))
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match="not an ordinary file"):
        read_prediction_inputs(str(tmp_path / "pipe.png"), data.preprocessing)


def test_what_is_left_out_of_the_training_data_is_said_on_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = two_classes(tmp_path / "pictures", 20)
    put(root / "a/broken.png", b"broken")
    data = load(DataSettings(source=PictureSource(path=str(root))))
    note_data(data.summary)
    assert capsys.readouterr().err.splitlines()[-1] == (
        "Note: a/broken.png was left out: it is no picture of a kind that can be read."
    )

"""Our readers of the public sets against Keras's own, over the same small files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.core.data_settings import BuiltinSource
from app.core.public_datasets import PUBLIC_FILES, UNPACKED_CIFAR
from app.data.cifar_batch import read_batch
from app.data.public_sets import load_public
from app.data.samples import in_memory
from tests.unit import small_public_sets as small


def test_addresses_and_sums_are_those_of_the_installed_keras(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keras

    asked: list[tuple[str, str, str | None]] = []

    class Asked(Exception):  # noqa: N818
        pass

    def get_file(fname: str, origin: str, file_hash: str | None = None, **more: Any) -> str:
        folder = str(more.get("cache_subdir", "datasets")).replace("\\", "/")
        below = "" if folder == "datasets" else f"{folder.removeprefix('datasets/')}/"
        name = f"{fname}_archive" if more.get("extract") else fname
        asked.append((below + name, origin, file_hash))
        if name in ("train-labels-idx1-ubyte.gz", "train-images-idx3-ubyte.gz",
                    "t10k-labels-idx1-ubyte.gz"):  # fmt: skip
            return ""
        raise Asked

    for name, files in PUBLIC_FILES.items():
        asked.clear()
        monkeypatch.setattr(f"keras.src.datasets.{name}.get_file", get_file)
        with pytest.raises(Asked):
            getattr(keras.datasets, name).load_data()
        assert [(f.name, f.address) for f in files] == [each[:2] for each in asked]
        for file, (_, _, sha256) in zip(files, asked, strict=True):
            assert sha256 == (None if file.unpacked else file.sha256)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "california_housing"])
def test_the_arrays_are_those_that_keras_loads(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import keras

    small.make_tiny(monkeypatch, tmp_path)
    small.put_all(tmp_path)

    def cached(fname: str, cache_subdir: str = "datasets", **_more: Any) -> str:
        return str(tmp_path / cache_subdir / fname)

    monkeypatch.setattr(f"keras.src.datasets.{name}.get_file", cached)
    (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    raw = load_public(BuiltinSource(name=name))
    ours, targets = in_memory(raw.x), raw.y.reshape(len(raw))
    theirs, their_y = np.concatenate([x, x_test]), np.concatenate([y, y_test])
    if name == "california_housing":  # Keras shuffles, and gives dollars
        order, their_order = np.argsort(ours[:, 0]), np.argsort(theirs[:, 0])
        np.testing.assert_array_equal(ours[order], theirs[their_order])
        np.testing.assert_allclose(targets[order] * 1e5, their_y[their_order], rtol=1e-6)
    else:
        np.testing.assert_array_equal(ours[..., 0], theirs)
        np.testing.assert_array_equal(targets, their_y)


def test_a_batch_of_cifar_is_read_as_keras_reads_it(tmp_path: Path) -> None:
    from keras.src.datasets.cifar import load_batch

    content = small.batch_file(*small.batch(3, 7))
    path = tmp_path / "data_batch_3"
    path.write_bytes(content)
    theirs, labels = load_batch(str(path))
    ours, our_labels = read_batch(content)
    np.testing.assert_array_equal(ours, theirs.transpose(0, 2, 3, 1))
    np.testing.assert_array_equal(our_labels, labels)


def test_what_keras_unpacks_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keras itself unpacks the archive that was fetched here."""
    from keras.src.utils.file_utils import extract_archive

    small.make_tiny(monkeypatch, tmp_path)
    archive = small.put(tmp_path, PUBLIC_FILES["cifar10"][0].name, small.cifar(honest=True))
    folder = tmp_path / "datasets" / UNPACKED_CIFAR[0].partition("/")[0]
    assert extract_archive(str(archive), str(folder), "tar")
    archive.unlink()
    assert len(load_public(BuiltinSource(name="cifar10"))) == small.TRAINING + small.TEST

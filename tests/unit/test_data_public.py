"""Public data sets: found in Keras's cache, fetched into it, never trusted."""

import io
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.data_settings import BuiltinSource, DataSettings, SplitSettings
from app.core.dataset_catalog import summary_of
from app.core.frozen import FrozenMap
from app.core.public_datasets import (
    CIFAR_BATCHES,
    PUBLIC_DATASETS,
    PUBLIC_FILES,
    UNPACKED_CIFAR,
    missing_files,
)
from app.data.cifar_batch import BatchError, read_batch
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load
from app.data.progress import LoadingProgress
from app.data.public_sets import fetch_public, load_public
from app.data.samples import in_memory
from tests.unit import small_public_sets as small

NAMES = tuple(PUBLIC_FILES)


def source(name: str, **options: object) -> BuiltinSource:
    return BuiltinSource(name=name, options=FrozenMap(options))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras's cache, empty, with tables of tiny files that nobody serves."""
    small.make_tiny(monkeypatch, tmp_path / "keras")
    return tmp_path / "keras"


@pytest.fixture
def server(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[small.Server]:
    with small.serving(small.contents()) as served:
        small.make_tiny(monkeypatch, cache, served.address)
        yield served


# ---- what is in the files is what is loaded


def expected(name: str) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) as made, without any reader: training then test."""
    if name == "california_housing":
        with np.load(io.BytesIO(small.california())) as made:
            return made["x"], made["y"].astype(np.float64) / 100_000
    y = np.concatenate([small.labels(small.TRAINING), small.labels(small.TEST)])
    if name == "cifar10":
        batches = [small.batch(n, small.TRAINING // 5) for n in range(1, 6)]
        batches.append(small.batch(6, small.TEST))
        planes = np.concatenate([rows for rows, _ in batches]).reshape(-1, 3, 32, 32)
        x = np.stack([planes[:, 0], planes[:, 1], planes[:, 2]], axis=-1)
        return x, np.concatenate([given for _, given in batches])
    seeds = {"mnist": (0, 1), "fashion_mnist": (4, 5)}[name]
    made = [
        small.pictures(n, 28, 28, seed=s)
        for n, s in zip((small.TRAINING, small.TEST), seeds, strict=True)
    ]
    return np.concatenate(made)[..., None], y


@pytest.mark.parametrize("name", NAMES)
def test_a_set_in_the_cache_is_read_without_a_connection(name: str, cache: Path) -> None:
    small.put_all(cache)
    assert missing_files(name) == ()
    raw = load_public(source(name))
    x, y = expected(name)
    np.testing.assert_array_equal(raw.x, x)
    if raw.class_names:
        np.testing.assert_array_equal(raw.y, y)
        assert raw.y.dtype == np.int32
        assert raw.x.dtype == np.float32
        assert raw.maximum == 255
        assert raw.parts is not None
        np.testing.assert_array_equal(raw.parts, [-1] * small.TRAINING + [2] * small.TEST)
    else:
        np.testing.assert_allclose(raw.y[:, 0], y, rtol=1e-7)
        assert raw.parts is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("samples", [40, 17])
@pytest.mark.parametrize("own_parts", [True, False])
def test_the_catalog_foretells_what_is_loaded(
    name: str, samples: int, own_parts: bool, cache: Path
) -> None:
    small.put_all(cache)
    split = SplitSettings(own_parts=own_parts, stratified=False, validation_share=0.2)
    settings = DataSettings(source=source(name, samples=samples), split=split)
    told, found = summary_of(settings), load(settings).summary
    assert not told.loaded
    assert found.loaded
    for field in ("counts", "task", "input_shape", "class_names", "target_names", "own_parts"):
        assert getattr(told, field) == getattr(found, field), field
    assert told.samples == samples
    if name != "california_housing" and own_parts:
        assert told.counts[2] == {40: 10, 17: 4}[samples]


def test_a_part_of_a_set_is_drawn_by_its_seed(cache: Path) -> None:
    small.put_all(cache)
    whole = load_public(source("mnist"))
    drawn = [load_public(source("mnist", samples=20, seed=seed)) for seed in (1, 1, 2)]
    for raw in drawn:
        assert len(raw) == 20
        assert raw.parts is not None
        assert np.count_nonzero(raw.parts == 2) == 5
        x, every = in_memory(raw.x), in_memory(whole.x)
        rows = [int(np.flatnonzero((every == one).all(axis=(1, 2, 3)))[0]) for one in x]
        assert rows == sorted(set(rows))
        np.testing.assert_array_equal(raw.y, whole.y[rows])
        np.testing.assert_array_equal(np.array(rows) >= small.TRAINING, raw.parts == 2)
    np.testing.assert_array_equal(in_memory(drawn[0].x), in_memory(drawn[1].x))
    assert not np.array_equal(in_memory(drawn[0].x), in_memory(drawn[2].x))


def test_options_out_of_range_are_refused(cache: Path) -> None:
    with pytest.raises(DataError, match="cannot be made"):
        load_public(source("mnist", samples=50_000_000))


@pytest.mark.parametrize("folder", UNPACKED_CIFAR)
def test_unpacked_batches_are_used_where_keras_left_them(folder: str, cache: Path) -> None:
    for name, data in small.cifar_batches().items():
        small.put(cache, f"{folder}/{name}", data)
    assert missing_files("cifar10") == ()
    raw = load_public(source("cifar10"))
    np.testing.assert_array_equal(raw.x, expected("cifar10")[0])


def test_the_table_is_whole() -> None:
    assert {kind.name for kind in PUBLIC_DATASETS} == set(PUBLIC_FILES)
    for kind in PUBLIC_DATASETS:
        assert kind.fetched
        megabytes = round(sum(file.size for file in PUBLIC_FILES[kind.name]) / 1e6) or 1
        assert f"fetched once, {megabytes} MB." in kind.description
        for file in PUBLIC_FILES[kind.name]:
            assert file.address.startswith("https://")
            assert len(bytes.fromhex(file.sha256)) == 32


# ---- fetching


@pytest.mark.parametrize("name", NAMES)
def test_a_set_is_fetched_once_into_the_cache(name: str, cache: Path, server: small.Server) -> None:
    told: list[LoadingProgress] = []
    raw = load_public(source(name), tell=told.append)
    np.testing.assert_array_equal(raw.x, expected(name)[0])
    assert server.asked == [file.name for file in PUBLIC_FILES[name]]
    for file in PUBLIC_FILES[name]:
        assert (cache / "datasets" / file.name).read_bytes() == server.files[file.name]
    assert not list((cache / "datasets").rglob(".layerlab-*"))
    assert not list(cache.rglob("out.txt"))
    assert not (cache.parent / "out.txt").exists()
    shares = [each.share for each in told if each.share is not None]
    assert shares == sorted(shares)
    load_public(source(name))
    assert len(server.asked) == len(PUBLIC_FILES[name])


def test_progress_and_cancel_in_the_middle(cache: Path, server: small.Server) -> None:
    server.hold.add("mnist.npz")
    told: list[LoadingProgress] = []
    with pytest.raises(LoadingStopped):
        load_public(source("mnist"), server.halfway.is_set, told.append)
    assert list((cache / "datasets").iterdir()) == []
    server.hold.clear()
    assert len(load_public(source("mnist"), tell=told.append)) == 40
    assert any(each.sentence.startswith("Fetching MNIST, 0.0 of 0.0 MB") for each in told)
    assert told[-1].sentence == "Reading MNIST"


def test_what_a_killed_program_left_is_removed(cache: Path, server: small.Server) -> None:
    old, new, kept = (cache / "datasets" / name for name in (".layerlab-1", ".layerlab-2", "mine"))
    for folder in (old, new, kept):
        folder.mkdir(parents=True)
        (folder / "arriving").write_bytes(b"half")
    for folder in (old, kept):
        os.utime(folder, (0, 0))
    fetch_public("mnist")
    assert [folder.exists() for folder in (old, new, kept)] == [False, True, True]
    assert (new / "arriving").exists()


def test_offline_it_is_said_what_is_missing_and_where_it_goes(cache: Path) -> None:
    for name in NAMES:
        with pytest.raises(DataError) as told:
            load_public(source(name))
        assert "is not on this computer, and it could not be fetched" in told.value.happened
        assert len(str(told.value)) < 450 + len(str(cache))
        assert f"layerlab fetch {name}" in told.value.how_to_fix
        assert str(cache / "datasets") in told.value.how_to_fix
        for file in PUBLIC_FILES[name]:
            assert file.name in told.value.details
            assert file.address in told.value.details
    assert not [path for path in cache.rglob("*") if path.is_file()]


def test_a_server_without_the_file_and_one_that_hangs_up(cache: Path, server: small.Server) -> None:
    server.cut.add("mnist.npz")
    with pytest.raises(DataError, match="broke off after"):
        load_public(source("mnist"))
    del server.files["mnist.npz"]
    with pytest.raises(DataError, match="answered 404"):
        load_public(source("mnist"))
    server.cut.clear()
    server.files["mnist.npz"] = os.urandom(3_000_000)
    with pytest.raises(DataError, match="sends more than"):
        load_public(source("mnist"))
    server.files["mnist.npz"] = small.npz(x=np.zeros(3))
    with pytest.raises(DataError, match="is not the file expected"):
        load_public(source("mnist"))
    assert list((cache / "datasets").iterdir()) == []


def test_a_cache_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: small.Server
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match="could not be fetched"):
        load_public(source("mnist"))


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_told_and_replaced_only_when_wished(
    name: str, cache: Path, server: small.Server
) -> None:
    small.put_all(cache)
    file = PUBLIC_FILES[name][-1]
    path = cache / "datasets" / file.name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DataError) as told:
        load_public(source(name))
    assert "damaged or another version" in told.value.happened
    assert str(path) in told.value.how_to_fix
    assert path.read_bytes() == data
    assert server.asked == []
    assert path in fetch_public(name, again=True)
    assert path.read_bytes() == server.files[file.name]
    assert len(load_public(source(name))) == 40


# ---- hostile batches


def ran() -> None:
    raise AssertionError("the pickle ran something")


class Hostile:
    def __reduce__(self) -> tuple[object, ...]:
        return ran, ()


def whole() -> bytes:
    return small.batch_file(*small.batch(1, 4))


def hostile_batches() -> dict[str, bytes]:
    good = whole()
    array = small.python_2_array(small.batch(1, 4)[0])
    wrapped = b"\x80\x02}(" + small.python_2_text(b"data")
    return {
        "empty": b"",
        "text": b"<html>not found</html>",
        "cut off": good[:-100],
        "a call of ours": pickle.dumps({b"data": Hostile(), b"labels": []}, 2),
        "os.system": b"cos\nsystem\n(S'echo ran'\ntR.",
        "eval": b"c__builtin__\neval\n(S'1/0'\ntR.",
        "eval by its new name": b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93\x8c\x031/0\x85R.",
        "an attribute of numpy": good.replace(b"cnumpy\ndtype\n", b"cnumpy\nload\n"),
        "a dotted name": good.replace(b"cnumpy\ndtype\n", b"cnumpy\ndtype.__base__\n"),
        "runstring": good.replace(
            b"cnumpy\ndtype\n", b"cnumpy.testing._private.utils\nrunstring\n"
        ),
        "an extension": b"\x80\x02\x82\x01.",
        "a persistent id": b"\x80\x02Pabc\n.",
        "a list": b"\x80\x02].",
        "nothing in it": b"\x80\x02}.",
        "the class for the array": wrapped + b"cnumpy\nndarray\nu.",
        "no labels": wrapped + array + b"u.",
        "objects": good.replace(b"U\x02u1", b"U\x01O"),
        "a memo beyond all": b"\x80\x02}r\xff\xff\xff\x7f.",
        "a claim of size": b"\x80\x05\x96" + b"\xff" * 7 + b"\x00.",
        "a set of nothing": b"\x80\x04\x8f\x90.",
        "a number without end": b"\x80\x02\x8b\xff\xff\xff\x7f.",
        "nested": b"\x80\x02" + b"(" * 100_000 + b"t" * 100_000 + b".",
        "setting attributes": wrapped
        + b"cnumpy\ndtype\n}"
        + small.python_2_text(b"state")
        + b"K\x01sbu.",
    }


@pytest.mark.parametrize("which", sorted(hostile_batches()))
def test_hostile_batches_are_refused(which: str) -> None:
    with pytest.raises(BatchError):
        read_batch(hostile_batches()[which])
    pixels, given = read_batch(whole())
    assert pixels.shape == (4, 32, 32, 3)
    assert given.tolist() == small.batch(1, 4)[1]


def test_labels_out_of_range_and_a_wrong_count() -> None:
    array, given = small.batch(1, 4)
    for wrong in ([0, 1, 2, 10], [0, 1, 2, -1], [0, 1, 2], []):
        with pytest.raises(BatchError):
            read_batch(small.batch_file(array, wrong))
    with pytest.raises(BatchError):
        read_batch(small.batch_file(array[:, :3071], given))


def test_a_batch_that_was_tampered_with_leaves_the_set_unread(cache: Path) -> None:
    batches = small.cifar_batches()
    for name in CIFAR_BATCHES:
        small.put(cache, f"{UNPACKED_CIFAR[0]}/{name}", batches[name])
    small.put(cache, f"{UNPACKED_CIFAR[0]}/test_batch", hostile_batches()["os.system"])
    with pytest.raises(DataError, match=r"names os\.system") as told:
        load_public(source("cifar10"))
    assert str(cache / "datasets" / UNPACKED_CIFAR[0]) in told.value.how_to_fix
    small.put(cache, f"{UNPACKED_CIFAR[0]}/test_batch", small.batch_file(*small.batch(6, 3)))
    with pytest.raises(DataError, match="it holds 33 samples"):
        load_public(source("cifar10"))


def test_stopped_while_reading(cache: Path) -> None:
    small.put_all(cache)
    answers = iter([False, True])
    with pytest.raises(LoadingStopped):
        load_public(source("cifar10"), lambda: next(answers))
    with pytest.raises(LoadingStopped):
        load_public(source("fashion_mnist"), lambda: True)

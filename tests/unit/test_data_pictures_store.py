"""Decoded pictures on disk: whole or not there, found again, in any order, from any thread."""

import json
import os
import pickle
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.data_settings import DataSettings, PictureSource
from app.data import picture_source, picture_store
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load
from app.data.picture_decoding import UnreadableError, decode, read_picture_file
from app.data.picture_form import PictureForm
from app.data.picture_manifest import Manifest
from app.data.picture_reading import Finding, read_all
from app.data.picture_source import load_pictures
from app.data.picture_store import StoredPictures, stores_folder
from app.data.picture_walk import PictureFile
from app.data.progress import LoadingProgress, never, silent
from app.data.raw_data import RawData
from app.data.samples import in_memory, is_streamed
from tests.unit.picture_makers import colors, put, two_classes

SIDE = 8
HUGE = 600
"""Pixels of a side to which the pictures are brought where they are not to fit into memory."""


def load_large(folder: Path, **options: Any) -> RawData:
    """Through a store: 16 MiB is the least that can be set, and six such pictures need more."""
    return load_pictures(PictureSource(path=str(folder), height=HUGE, **options), 16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return two_classes(tmp_path / "pictures", 3, SIDE)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything goes to the disk, however small."""
    monkeypatch.setattr(picture_source, "_bytes", lambda count, form: 2**60)


class Calls(NamedTuple):
    decoded: list[str]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Notes which files are read from now on."""
    noted = Calls([])
    read = read_picture_file

    def noting(path: str) -> bytes:
        noted.decoded.append(Path(path).name)
        return read(path)

    for module in ("app.data.picture_source", "app.data.picture_reading"):
        monkeypatch.setattr(f"{module}.read_picture_file", noting)
    return noted


def stores() -> list[Path]:
    return sorted(stores_folder().iterdir()) if stores_folder().exists() else []


def stored(raw: RawData) -> StoredPictures:
    assert isinstance(raw.x, StoredPictures)
    return raw.x


# ---- what is in it
def test_what_does_not_fit_into_the_memory_is_on_disk_with_the_same_pixels(folder: Path) -> None:
    raw = load_large(folder)
    assert is_streamed(raw.x)
    assert raw.x.shape == (6, HUGE, HUGE, 3)
    assert raw.x.dtype == np.uint8
    in_ram = load_pictures(PictureSource(path=str(folder), height=HUGE), 1024)
    np.testing.assert_array_equal(raw.x[:], in_memory(in_ram.x))
    assert (raw.y.tolist(), raw.notes) == (in_ram.y.tolist(), in_ram.notes)
    assert raw.maximum == 255.0
    assert len(stores()) == 1


@pytest.mark.usefixtures("small")
def test_a_whole_project_reads_from_the_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the same split and preprocessing as from memory, to the last bit."""
    root = two_classes(tmp_path / "many", 20, SIDE)
    settings = DataSettings(source=PictureSource(path=str(root)), preprocessing="standardize")
    streamed = load(settings)
    monkeypatch.setattr(picture_source, "_bytes", lambda count, form: 0)
    held = load(settings)
    assert streamed.summary.streamed
    assert not held.summary.streamed
    np.testing.assert_array_equal(streamed.training.x[:], in_memory(held.training.x))
    np.testing.assert_array_equal(streamed.test.x[:], in_memory(held.test.x))
    np.testing.assert_array_equal(streamed.training.y, held.training.y)


@pytest.mark.usefixtures("small")
@given(data=st.data())
def test_any_indexing_gives_what_an_array_gives(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    x, array = _shared_store(tmp_path_factory)
    places = st.integers(-len(array), len(array) - 1)
    rows = data.draw(
        st.one_of(
            st.lists(places, max_size=40).map(lambda chosen: np.array(chosen, np.int64)),
            st.slices(len(array)),
        )
    )
    found = x[rows]
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, array[rows])
    found[...] = 0  # the caller's own


_made: list[tuple[StoredPictures, np.ndarray]] = []


def _shared_store(factory: pytest.TempPathFactory) -> tuple[StoredPictures, np.ndarray]:
    if not _made:
        root = factory.mktemp("shared")
        for number in range(30):
            put(root / "ab"[number % 2] / f"{number}.png", colors(3, 4, number))
        array = np.stack([colors(3, 4, n) for n in (*range(0, 30, 2), *range(1, 30, 2))])
        _made.append((stored(load_pictures(PictureSource(path=str(root)), 16)), array))
    return _made[0]


@pytest.mark.usefixtures("small")
def test_wrong_positions_are_refused(folder: Path) -> None:
    x = load_pictures(PictureSource(path=str(folder)), 16).x
    for rows in (np.array([6]), np.array([-7]), np.array([0.5]), np.zeros((2, 2), int)):
        with pytest.raises(IndexError):
            x[rows]
    assert x[np.array([])].shape == (0, SIDE, SIDE, 3)


@pytest.mark.usefixtures("small")
def test_several_threads_read_at_once(folder: Path) -> None:
    x = load_pictures(PictureSource(path=str(folder)), 16).x
    wanted = x[:]
    generator = np.random.default_rng(0)
    rows = [generator.integers(0, 6, 50) for _ in range(40)]
    with ThreadPoolExecutor(8) as pool:
        for chosen, found in zip(rows, pool.map(x.__getitem__, rows), strict=True):
            np.testing.assert_array_equal(found, wanted[chosen])


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("way", ["preadv", "seek"])
def test_long_runs_are_read_in_pieces(
    folder: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(picture_store, "_RUN", 4)
    if way == "seek":  # as on Windows
        monkeypatch.delattr(os, "preadv", raising=False)
    x = load_pictures(PictureSource(path=str(folder)), 16).x
    wanted = np.stack([colors(SIDE, SIDE, number) for number in (0, 2, 4, 1, 3, 5)])
    np.testing.assert_array_equal(x[:], wanted)
    np.testing.assert_array_equal(x[np.array([5, 0, 1, 2, 3, 4, 4])], wanted[[5, 0, 1, 2, 3, 4, 4]])


@pytest.mark.usefixtures("small")
def test_it_can_be_pickled(folder: Path) -> None:
    x = stored(load_pictures(PictureSource(path=str(folder)), 16))
    content = pickle.dumps(x)
    assert len(content) < 10_000
    copy = pickle.loads(content)  # noqa: S301 - our own
    np.testing.assert_array_equal(copy[:], x[:])
    assert copy.digest == x.digest
    shutil.rmtree(stores_folder())
    with pytest.raises(DataError, match="decoded pictures on disk cannot be read"):
        pickle.loads(content)  # noqa: S301


# ---- found again
@pytest.mark.usefixtures("small")
def test_nothing_is_decoded_twice(folder: Path, calls: Calls) -> None:
    put(folder / "a/broken.png", b"broken")
    first = load_pictures(PictureSource(path=str(folder)), 16)
    assert calls.decoded
    calls.decoded.clear()
    second = load_pictures(PictureSource(path=str(folder)), 16)
    assert calls.decoded == []
    np.testing.assert_array_equal(first.x[:], second.x[:])
    assert stored(first).digest == stored(second).digest
    assert (first.notes, first.left_out, first.y.tolist()) == (
        second.notes, second.left_out, second.y.tolist(),
    )  # fmt: skip
    assert len(second.left_out) == 1


@pytest.mark.usefixtures("small")
def test_only_what_changed_is_decoded_anew(folder: Path, calls: Calls) -> None:
    before = stored(load_pictures(PictureSource(path=str(folder), height=SIDE), 16))
    calls.decoded.clear()
    put(folder / "a/2.png", colors(SIDE, SIDE, 99))
    os.utime(folder / "a/2.png", (1, 1))
    put(folder / "b/new.png", colors(SIDE, SIDE, 98))
    (folder / "b/1.png").unlink()
    source = PictureSource(path=str(folder), height=SIDE, width=SIDE, color="rgb")
    after = stored(load_pictures(source, 16))
    assert sorted(calls.decoded) == ["2.png", "new.png"]
    wanted = [colors(SIDE, SIDE, number) for number in (0, 99, 4, 3, 5, 98)]
    np.testing.assert_array_equal(after[:], np.stack(wanted))
    assert before.digest != after.digest
    assert [path.name for path in stores()] == [after.key]
    if sys.platform != "win32":  # still open, though its name is gone
        np.testing.assert_array_equal(before[np.array([1])][0], colors(SIDE, SIDE, 2))


@pytest.mark.usefixtures("small")
def test_other_settings_make_another_store(folder: Path) -> None:
    first = stored(load_pictures(PictureSource(path=str(folder)), 16))
    second = stored(load_pictures(PictureSource(path=str(folder), color="grayscale"), 16))
    assert second.shape == (6, SIDE, SIDE, 1)
    assert {path.name for path in stores()} == {first.key, second.key}


@pytest.mark.usefixtures("small")
def test_a_file_that_could_not_be_read_is_tried_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch, calls: Calls
) -> None:
    with monkeypatch.context() as patch:

        def refusing(path: str) -> bytes:
            if path.endswith("4.png"):
                raise UnreadableError("it may not be read")
            return Path(path).read_bytes()

        patch.setattr("app.data.picture_reading.read_picture_file", refusing)
        source = PictureSource(path=str(folder), height=SIDE, width=SIDE, color="rgb")
        patch.setattr("app.data.picture_source.read_picture_file", refusing)
        first = load_pictures(source, 16)
        assert (len(first), len(first.left_out)) == (5, 1)
        made = (stores()[0] / "pixels.bin").stat()
        same = load_pictures(source, 16)
        assert stored(same).digest == stored(first).digest
        assert os.path.samestat((stores()[0] / "pixels.bin").stat(), made)  # not made anew
    calls.decoded.clear()
    raw = load_pictures(source, 16)
    assert (len(raw), raw.left_out) == (6, ())
    assert calls.decoded == ["4.png", "4.png"]  # looked at, then decoded
    np.testing.assert_array_equal(raw.x[:][2], colors(SIDE, SIDE, 4))


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    "damage", ["manifest", "version", "count", "form", "types", "pixels", "no pixels", "deep"]
)
def test_a_damaged_store_is_made_anew(folder: Path, damage: str) -> None:
    first = stored(load_pictures(PictureSource(path=str(folder)), 16))
    wanted, digest = first[:], first.digest
    del first
    (store,) = stores()
    manifest, pixels = store / "manifest.json", store / "pixels.bin"
    plain = json.loads(manifest.read_text())
    if damage == "manifest":
        manifest.write_text(manifest.read_text()[:-9])
    elif damage == "deep":
        manifest.write_text("[" * 100_000)
    elif damage == "pixels":
        pixels.write_bytes(pixels.read_bytes()[:-1])
    elif damage == "no pixels":
        pixels.unlink()
    else:
        changes: dict[str, Any] = {
            "version": {"version": 99},
            "count": {"count": 7},
            "form": {"form": {"height": -1, "width": 8, "color": "rgb", "fit": "stretch"}},
            "types": {"files": [1, 2, 3]},
        }
        manifest.write_text(json.dumps({**plain, **changes[damage]}))
    second = stored(load_pictures(PictureSource(path=str(folder)), 16))
    np.testing.assert_array_equal(second[:], wanted)
    assert second.digest == digest
    assert stores() == [store]


# ---- whole or not there
@pytest.mark.usefixtures("small")
def test_stopping_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    root = two_classes(tmp_path / "many", 60, SIDE)
    told: list[LoadingProgress] = []
    before = threading.active_count()

    def stop() -> bool:
        return bool(told) and told[-1].sentence.startswith("Reading pictures")

    with pytest.raises(LoadingStopped):
        load_pictures(PictureSource(path=str(root)), 16, stop, told.append)
    assert stores() == []
    assert threading.active_count() == before


@pytest.mark.usefixtures("small")
def test_no_picture_that_can_be_used_leaves_nothing(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png"):
        put(tmp_path / "bad" / name, b"broken")
    with pytest.raises(DataError, match="None of the 2 pictures"):
        load_pictures(PictureSource(path=str(tmp_path / "bad")), 16)
    assert stores() == []


def test_stop_is_asked_while_all_threads_are_busy() -> None:
    free = threading.Event()
    count = 0

    def read(file: PictureFile) -> tuple[np.ndarray | None, Finding]:
        free.wait()
        return None, Finding(why="it was not to be")

    def stop() -> bool:
        nonlocal count
        count += 1
        if count == 4:
            free.set()
        return count == 4

    files = [PictureFile(str(number), "", 0, 0) for number in range(1000)]
    with pytest.raises(LoadingStopped):
        read_all(files, PictureForm(1, 1, "rgb"), read, lambda pictures: None, stop, silent)


def test_what_the_taker_raises_ends_the_threads() -> None:
    before = threading.active_count()

    def read(file: PictureFile) -> tuple[np.ndarray | None, Finding]:
        return np.zeros((1, 1, 3), np.uint8), Finding()

    def take(pictures: np.ndarray) -> None:
        raise ValueError("no more")

    files = [PictureFile(str(number), "", 0, 0) for number in range(1000)]
    with pytest.raises(ValueError, match="no more"):
        read_all(files, PictureForm(1, 1, "rgb"), read, take, never, silent)
    assert threading.active_count() == before


# ---- room on the disk
@pytest.mark.usefixtures("small")
def test_a_disk_without_room_says_how_much_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real(path)._replace(free=2**26))
    with pytest.raises(DataError, match=r"no room.*: 1,152 bytes"):
        load_pictures(PictureSource(path=str(folder)), 16)
    assert stores() == []


@pytest.mark.usefixtures("small")
def test_a_disk_that_fills_up_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="no room for the decoded pictures"):
        load_pictures(PictureSource(path=str(folder)), 16)
    assert stores() == []


@pytest.mark.usefixtures("small")
def test_a_cache_folder_that_cannot_be_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAYERLAB_CACHE", str(put(tmp_path / "file", b"1")))
    with pytest.raises(DataError, match=r"cannot be written to.*LAYERLAB_CACHE"):
        load_pictures(PictureSource(path=str(folder)), 16)
    monkeypatch.setenv("LAYERLAB_CACHE", str(tmp_path / "elsewhere"))
    load_pictures(PictureSource(path=str(folder)), 16)
    assert (tmp_path / "elsewhere/pictures").is_dir()


@pytest.mark.usefixtures("small")
def test_the_oldest_stores_go_first(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture_store, "MOST_BYTES", 4500)  # bytes; a store has about 1,900
    keys = []
    for number in range(3):
        root = two_classes(tmp_path / str(number), 3, SIDE)
        keys.append(stored(load_pictures(PictureSource(path=str(root)), 16)).key)
        for place, key in enumerate(keys):
            if (stores_folder() / key).exists():
                os.utime(stores_folder() / key / "manifest.json", (place + 1, place + 1))
    assert {path.name for path in stores()} == set(keys[1:])
    load_pictures(PictureSource(path=str(tmp_path / "1")), 16)  # used now
    stored(load_pictures(PictureSource(path=str(folder)), 16))
    assert keys[1] in {path.name for path in stores()}
    assert keys[2] not in {path.name for path in stores()}


@pytest.mark.usefixtures("small")
def test_what_a_killed_process_left_is_removed(folder: Path) -> None:
    old, fresh = (stores_folder() / f".key~{name}" for name in ("old", "fresh"))
    for left in (old, fresh):
        put(left / "pixels.bin", b"1")
    os.utime(old, (1, 1))
    load_pictures(PictureSource(path=str(folder)), 16)
    assert not old.exists()
    assert fresh.exists()


# ---- gone while it is open
@pytest.mark.usefixtures("small")
def test_a_store_that_is_deleted_or_cut_off_while_open(folder: Path) -> None:
    x = stored(load_pictures(PictureSource(path=str(folder)), 16))
    wanted = x[:]
    pixels = stores()[0] / "pixels.bin"
    os.truncate(pixels, 1000)
    np.testing.assert_array_equal(x[np.array([4])], wanted[4:5])
    with pytest.raises(DataError, match="it was cut off"):
        x[:]
    if sys.platform != "win32":
        shutil.rmtree(stores_folder())
        np.testing.assert_array_equal(x[np.array([4])], wanted[4:5])


@pytest.mark.usefixtures("small")
def test_the_manifest_names_every_file(folder: Path) -> None:
    load_pictures(PictureSource(path=str(folder)), 16)
    manifest = Manifest.read(stores()[0] / "manifest.json")
    assert manifest is not None
    status = (folder / "a/0.png").stat()
    assert manifest.files[0] == ("a/0.png", status.st_size, status.st_mtime_ns)
    assert (manifest.root, manifest.count) == (os.path.realpath(folder), 6)
    pixels, _ = decode((folder / "a/0.png").read_bytes(), manifest.form)
    assert (stores()[0] / "pixels.bin").read_bytes()[: SIDE * SIDE * 3] == pixels.tobytes()

"""Picture files and folders that mean no good: told in words, never fatal, never followed."""

import io
import os
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.core.data_settings import PictureSource
from app.data import picture_decoding
from app.data.errors import DataError, LoadingStopped
from app.data.picture_decoding import UnusableError, decode, look_at, quiet_pillow
from app.data.picture_form import PictureForm
from app.data.picture_source import load_pictures
from app.data.progress import LoadingProgress
from app.data.raw_data import RawData
from app.data.samples import in_memory
from tests.unit.picture_makers import bomb, colors, encoded, png_claiming, put, two_classes

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows lacks what this needs")


def load(folder: Path, **options: Any) -> RawData:
    return load_pictures(PictureSource(path=str(folder), **options), 64)


def left_out(folder: Path) -> dict[str, str]:
    """What is left out of a folder that holds good pictures too, which are all there."""
    raw = load(folder)
    good = sorted(folder.glob("[ab]/[0-9].png"))
    assert len(raw) == len(good) >= 2
    found = in_memory(raw.x)
    for place, path in enumerate(good):
        np.testing.assert_array_equal(found[place], np.asarray(Image.open(path)))
    return {entry.what: entry.why for entry in raw.left_out}


def test_files_that_are_no_pictures(tmp_path: Path) -> None:
    two_classes(tmp_path)
    good, jpeg = encoded(colors(40, 40)), encoded(colors(40, 40), "JPEG")
    floats = encoded(np.ones((4, 4), np.float32), "TIFF")
    contents = {
        "empty.png": (b"", "its file is empty"),
        "text.png": (b"not a picture", "it is no picture of a kind that can be read"),
        "page.gif": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "it is no picture"),
        "photo.jpg": (jpeg[: len(jpeg) // 2], "it is cut off or damaged"),
        "half.png": (good[: len(good) // 2], "it is cut off or damaged"),
        "head.png": (good[:20], "it is cut off or damaged"),
        "damaged.png": (good[:70] + bytes(40) + good[110:], "it is cut off or damaged"),
        "large.png": (png_claiming(40_000, 2), "it is too large: 50 megapixels"),
        "larger.png": (png_claiming(2**31 - 1, 2**31 - 1), "it is too large"),
        "none.png": (png_claiming(0, 5), "it is no picture"),
        "floats.tif": (floats, "its values are floating-point numbers"),
        "postscript.jpg": (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
            "it is no picture",
        ),
        "scans.jpg": (jpeg[:-2] + b"\xff\xda" * 300 + jpeg[-2:], "it is a JPEG file of more than"),
        "deep.pgm": (b"P5 1000000000 1000000000 255\n", "it is too large"),
    }
    for name, (content, _) in contents.items():
        put(tmp_path / "a" / name, content)
    found = left_out(tmp_path)
    assert set(found) == {f"a/{name}" for name in contents}
    for name, (_, why) in contents.items():
        assert found[f"a/{name}"].startswith(why), name


@posix
def test_a_picture_of_144_megapixels_is_not_decoded(tmp_path: Path) -> None:
    import resource

    two_classes(tmp_path)
    content = bomb()
    assert len(content) < 200_000
    put(tmp_path / "a/bomb.png", content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert left_out(tmp_path)["a/bomb.png"].startswith("it is too large")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000  # KiB


def test_what_pillow_holds_against_bombs_stays_as_it_was(tmp_path: Path) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    put(two_classes(tmp_path) / "a/x.png", png_claiming(10_000, 9_000))  # Pillow would warn
    assert "too large" in left_out(tmp_path)["a/x.png"]
    assert limit == Image.MAX_IMAGE_PIXELS == 89_478_485


@posix
def test_links_out_of_the_folder_loops_and_pipes(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside/secret.png", colors(6, 6))
    root = two_classes(tmp_path / "root")
    (root / "a/out.png").symlink_to(outside)
    (root / "a/relative.png").symlink_to("../../outside/secret.png")
    (root / "a/folder").symlink_to(outside.parent)
    (root / "a/loop").symlink_to(root)
    (root / "c").symlink_to(outside.parent)
    (root / "a/self.png").symlink_to("self.png")
    (root / "a/nowhere.png").symlink_to("gone.png")
    (root / "a/device.png").symlink_to("/dev/zero")
    os.mkfifo(root / "a/pipe.png")
    os.mkfifo(root / "b/unnamed")
    found = left_out(root)
    out, folder = "it is a link that leads out of the folder", "it is a link to a folder, and"
    nowhere, pipe = "it is a link that leads nowhere", "it is a pipe"
    wanted = {
        "a/out.png": out, "a/relative.png": out, "a/device.png": out, "a/folder": folder,
        "a/loop": folder, "c": folder, "a/self.png": nowhere, "a/nowhere.png": nowhere,
        "a/pipe.png": pipe, "b/unnamed": pipe,
    }  # fmt: skip
    assert set(found) == set(wanted)
    assert all(found[name].startswith(why) for name, why in wanted.items())


@posix
def test_links_within_the_folder_and_the_folder_itself_may_be_links(tmp_path: Path) -> None:
    root = two_classes(tmp_path / "root")
    (root / "a/again.png").symlink_to("../b/1.png")
    (tmp_path / "link").symlink_to(root)
    raw = load(tmp_path / "link")
    assert (len(raw), raw.left_out) == (7, ())
    np.testing.assert_array_equal(in_memory(raw.x)[3], colors(6, 6, 1))


@posix
def test_what_becomes_a_pipe_or_a_link_after_the_look_is_not_opened(tmp_path: Path) -> None:
    root = two_classes(tmp_path / "root")
    swapped = False

    def swap(progress: LoadingProgress) -> None:
        nonlocal swapped
        if progress.sentence.startswith("Looking at some") and not swapped:
            swapped = True
            (root / "a/0.png").unlink()
            os.mkfifo(root / "a/0.png")
            (root / "b/1.png").unlink()
            (root / "b/1.png").symlink_to("/dev/zero")
            (root / "b/3.png").unlink()

    raw = load_pictures(PictureSource(path=str(root)), 64, tell=swap)
    assert [(entry.what, entry.why) for entry in raw.left_out] == [
        ("a/0.png", "it is not an ordinary file"),
        ("b/1.png", "it is not an ordinary file"),
        ("b/3.png", "it is no longer there"),
    ]


def test_a_file_without_the_right_to_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests may run as one who may read everything."""
    two_classes(tmp_path)
    put(tmp_path / "a/secret.png", colors(6, 6))
    opened = os.open

    def refusing(path: Any, *arguments: Any, **options: Any) -> int:
        if str(path).endswith("secret.png"):
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refusing)
    assert load(tmp_path).left_out[0].why == "it may not be read: you lack the right to"


def test_a_folder_without_the_right_to_look_into_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(two_classes(tmp_path) / "a/secret/1.png", colors(6, 6))
    put(tmp_path / "c/1.png", colors(6, 6))
    scan = os.scandir

    def refusing(path: str) -> Any:
        if path.endswith(("secret", "c")):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    raw = load(tmp_path)
    assert [(entry.what, entry.why) for entry in raw.left_out] == [
        ("a/secret/", "this folder may not be read"),
        ("c/", "this folder may not be read"),
    ]
    assert (len(raw), raw.class_names) == (6, ("a", "b"))


def test_far_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_classes(tmp_path)
    with pytest.raises(DataError, match="cannot be read: embedded null byte"):
        load(tmp_path / "a\0b")
    monkeypatch.setattr("app.data.picture_walk.MOST_ENTRIES", 5)
    with pytest.raises(DataError, match="holds more than 5 files"):
        load(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("app.data.picture_folder.MOST_CLASSES", 1)
    with pytest.raises(DataError, match="has 2 sub-folders with pictures"):
        load(tmp_path)


@posix
def test_odd_names_are_shown_harmlessly(tmp_path: Path) -> None:
    two_classes(tmp_path)
    names = {
        "line\nbreak.png": "a/line\\nbreak.png",
        "\u202egnp.exe.png": "a/\\u202egnp.exe.png",
        "tab\t\x1b[31m.png": "a/tab\\t\\x1b[31m.png",
        "<b>bold</b>.png": "a/<b>bold<",
    }
    for name in list(names)[:3]:
        put(tmp_path / "a" / name, b"broken")
    raw_name = os.fsencode(tmp_path / "a") + b"/\xff\xfe.png"
    Path(os.fsdecode(raw_name)).write_bytes(b"broken")
    put(tmp_path / "cl\u200fass\n/1.png", colors(6, 6))
    raw = load(tmp_path)
    assert {e.what for e in raw.left_out} == {*list(names.values())[:3], "a/\\udcff\\udcfe.png"}
    assert raw.class_names == ("a", "b", "cl\\u200fass\\n")


def test_no_picture_left_and_a_class_without_any(tmp_path: Path) -> None:
    for name in ("a/1.png", "b/1.png", "b/2.png"):
        put(tmp_path / name, b"broken")
    with pytest.raises(DataError, match=r"None of the 3 pictures.*3 times.*it is no picture"):
        load(tmp_path)
    put(tmp_path / "a/1.png", colors(4, 4))
    with pytest.raises(DataError, match="No picture of b can be used, which leaves one class"):
        load(tmp_path)
    put(tmp_path / "c/1.png", colors(4, 4, 1))
    raw = load(tmp_path)
    assert raw.class_names == ("a", "c")
    assert raw.y.tolist() == [0, 1]
    assert raw.notes == ("No picture of 1 class (b) can be used.",)
    assert len(raw.left_out) == 2


def test_stopping(tmp_path: Path) -> None:
    two_classes(tmp_path, 60)
    before = threading.active_count()
    told: list[LoadingProgress] = []
    for after in ("Looking through", "Looking at some", "Reading pictures"):
        told.clear()
        with pytest.raises(LoadingStopped):
            load_pictures(
                PictureSource(path=str(tmp_path)),
                64,
                lambda after=after: bool(told) and told[-1].sentence.startswith(after),  # type: ignore[misc]
                told.append,
            )
        assert threading.active_count() == before


_SEEDS = [
    encoded(colors(9, 9), kind, **options)
    for kind, options in (
        ("PNG", {}), ("JPEG", {}), ("GIF", {}), ("BMP", {}), ("TIFF", {}), ("PPM", {}),
        ("TIFF", {"compression": "tiff_lzw"}), ("WEBP", {"lossless": True}),
    )
]  # fmt: skip


@given(st.sampled_from(_SEEDS), st.integers(0, 2**32 - 1), st.integers(1, 12), st.booleans())
def test_damaged_files_give_a_picture_or_a_reason(
    content: bytes, seed: int, count: int, cut: bool
) -> None:
    generator = np.random.default_rng(seed)
    damaged = bytearray(content)
    for place in generator.integers(0, len(damaged), count):
        damaged[place] = generator.integers(256)
    if cut:
        del damaged[int(generator.integers(len(damaged))) :]
    form = PictureForm(5, 4, "rgb", "crop")
    with quiet_pillow():
        for read in (lambda content: decode(content, form)[0].shape, sides):
            why, found = "", tuple[int, ...]()
            try:
                found = read(bytes(damaged))
            except UnusableError as error:
                why = str(error)
            assert why.startswith("it") if why else min(found) > 0


def sides(content: bytes) -> tuple[int, ...]:
    header = look_at(io.BytesIO(content))
    return header.height, header.width


def test_a_picture_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path / "a.png", colors(4, 4))
    look = os.fstat

    def look_and_touch(handle: int) -> os.stat_result:
        status = look(handle)
        os.utime(path, ns=(0, status.st_mtime_ns + 1_000_000_000))
        return status

    monkeypatch.setattr(os, "fstat", look_and_touch)
    with pytest.raises(UnusableError, match="it changed while it was read"):
        picture_decoding.read_picture_file(str(path))


def test_a_picture_with_damaged_exif_data_is_used() -> None:
    pixels = colors(6, 6)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0\xff\xff")
    with quiet_pillow():
        found, _ = decode(file.getvalue(), PictureForm(6, 6, "rgb"))
    np.testing.assert_array_equal(found, pixels)

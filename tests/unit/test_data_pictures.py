"""Folders of pictures: classes, parts, sizes, colors, and every pixel."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.core.data_settings import PictureSource
from app.data.errors import DataError
from app.data.picture_decoding import Trait, decode, look_at
from app.data.picture_folder import list_pictures
from app.data.picture_form import PictureForm, guess_size
from app.data.picture_source import load_pictures
from app.data.picture_walk import natural
from app.data.progress import LoadingProgress
from app.data.raw_data import RawData
from app.data.samples import in_memory
from tests.unit.picture_makers import colors, encoded, put, triangle, two_classes


def load(folder: Path, memory_mib: int = 64, **options: Any) -> RawData:
    return load_pictures(PictureSource(path=str(folder), **options), memory_mib)


def luma(pixels: np.ndarray) -> np.ndarray:
    """ITU-R 601, (height, width, 1)."""
    return np.asarray(pixels.astype(np.float64) @ [[0.299], [0.587], [0.114]])


# ---- pixels
@pytest.mark.parametrize(
    ("ending", "kind", "options"),
    [
        (".png", "PNG", {}),
        (".BMP", "BMP", {}),
        (".tif", "TIFF", {}),
        (".Tiff", "TIFF", {"compression": "tiff_lzw"}),
        (".webp", "WEBP", {"lossless": True}),
        (".ppm", "PPM", {}),
        (".jpg", "PNG", {}),
    ],
)
def test_each_kind_gives_the_pixels_that_were_saved(
    tmp_path: Path, ending: str, kind: str, options: dict[str, Any]
) -> None:
    saved = [colors(5, 7, seed) for seed in range(4)]
    for number, pixels in enumerate(saved):
        put(tmp_path / "ab"[number // 2] / f"{number}{ending}", encoded(pixels, kind, **options))
    raw = load(tmp_path)
    x = in_memory(raw.x)
    assert x.dtype == np.float32
    assert not x.flags.writeable
    np.testing.assert_array_equal(x, np.stack(saved))
    assert raw.y.tolist() == [0, 0, 1, 1]
    assert raw.y.dtype == np.int32
    assert (raw.class_names, raw.task, raw.target_names) == (("a", "b"), "binary", ("class",))
    assert (raw.maximum, raw.columns, raw.parts) == (255.0, (), None)
    assert (raw.notes, raw.left_out, raw.title) == ((), (), tmp_path.name)


def test_jpeg_comes_close_and_gray_stays_gray(tmp_path: Path) -> None:
    down, across = np.mgrid[0:32, 0:40]
    smooth = np.stack([down * 7, across * 6, 255 - down * 4], -1).astype(np.uint8)
    put(tmp_path / "a/1.jpg", encoded(smooth, "JPEG", quality=97, subsampling=0))
    put(tmp_path / "b/2.jpeg", encoded(smooth, "JPEG", quality=97, subsampling=0))
    assert np.abs(in_memory(load(tmp_path).x)[0] - smooth).max() <= 6
    gray = load(tmp_path, color="grayscale")
    assert np.abs(in_memory(gray.x)[0] - luma(smooth)).max() <= 3
    assert gray.notes == ("2 pictures with colors: they were turned to gray.",)


def test_a_large_jpeg_is_decoded_at_a_fraction_of_its_size() -> None:
    down, across = np.mgrid[0:600, 0:800]
    smooth = np.stack([down / 3, across / 4, 200 - down / 4], -1).astype(np.uint8)
    pixels, traits = decode(encoded(smooth, "JPEG", quality=95), PictureForm(30, 40, "rgb"))
    assert np.abs(pixels - triangle(smooth, 30, 40)).max() <= 4
    assert traits == Trait.OTHER_SIZE


@pytest.mark.parametrize("size", [(9, 4), (4, 9), (31, 17), (1, 1)])
def test_fits(size: tuple[int, int]) -> None:
    """Against the same filter in double precision; Pillow rounds after each of two passes."""
    height, width = size
    pixels = colors(height, width)
    tall, wide = 8, 6
    stretched, _ = decode(encoded(pixels), PictureForm(tall, wide, "rgb", "stretch"))
    np.testing.assert_allclose(stretched, triangle(pixels, tall, wide), atol=1.01)

    scale = max(tall / height, wide / width)
    left, top = (width - wide / scale) / 2, (height - tall / scale) / 2
    box = (left, top, width - left, height - top)
    cut, _ = decode(encoded(pixels), PictureForm(tall, wide, "rgb", "crop"))
    np.testing.assert_allclose(cut, triangle(pixels, tall, wide, box), atol=1.01)

    scale = min(tall / height, wide / width)
    inner = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (tall - inner[0]) // 2, (wide - inner[1]) // 2
    wanted = np.zeros((tall, wide, 3))
    wanted[top : top + inner[0], left : left + inner[1]] = triangle(pixels, *inner)
    padded, _ = decode(encoded(pixels), PictureForm(tall, wide, "rgb", "pad"))
    np.testing.assert_allclose(padded, wanted, atol=1.01)


_TURNED: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda p: p,
    2: np.fliplr,
    3: lambda p: np.rot90(p, 2),
    4: np.flipud,
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: np.rot90(p, 2).transpose(1, 0, 2),
    8: np.rot90,
}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_their_exif_data_say(orientation: int, kind: str) -> None:
    pixels = colors(5, 8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(pixels, kind, exif=exif, **({"lossless": True} if kind == "WEBP" else {}))
    wanted = _TURNED[orientation](pixels)
    found, traits = decode(content, PictureForm(len(wanted), wanted.shape[1], "rgb"))
    np.testing.assert_array_equal(found, wanted)
    assert traits == Trait.NONE
    if kind != "PNG":
        header = look_at(io.BytesIO(content))
        assert (header.height, header.width) == wanted.shape[:2]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned(orientation: int) -> None:
    pixels = np.zeros((300, 400, 3), np.uint8)
    pixels[:150, :200], pixels[150:, 200:], pixels[150:, :200] = 255, (255, 0, 0), (0, 0, 255)
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(pixels, "JPEG", exif=exif, quality=95, subsampling=0)
    wanted = _TURNED[orientation](pixels)
    height, width = wanted.shape[0] // 10, wanted.shape[1] // 10
    found, _ = decode(content, PictureForm(height, width, "rgb"))
    inner = np.abs(found.astype(int) - wanted[5::10, 5::10]).max(-1)
    assert (inner > 12).mean() < 0.2  # but for the edges between the colors
    header = look_at(io.BytesIO(content))
    assert (header.height, header.width, header.gray) == (*wanted.shape[:2], False)


def test_palette_alpha_depth_cmyk_and_frames() -> None:
    small = PictureForm(4, 4, "rgb")
    rgb = colors(4, 4)

    def look(content: bytes, form: PictureForm = small) -> tuple[list[Any], Trait]:
        pixels, traits = decode(content, form)
        return pixels.tolist(), traits

    palette = Image.fromarray(rgb).quantize(16)
    file = io.BytesIO()
    palette.save(file, "PNG")
    assert look(file.getvalue()) == (np.asarray(palette.convert("RGB")).tolist(), Trait.NONE)

    alpha = np.full((4, 4, 1), 255, np.uint8)
    assert look(encoded(np.concatenate([rgb, alpha], -1))) == (rgb.tolist(), Trait.NONE)
    alpha[0] = 0
    white = rgb.copy()
    white[0] = 255
    whole = np.concatenate([rgb, alpha], -1)
    assert look(encoded(whole)) == (white.tolist(), Trait.TRANSPARENT)
    file = io.BytesIO()
    Image.fromarray(rgb).save(file, "PNG", transparency=tuple(int(v) for v in rgb[2, 3]))
    white = rgb.copy()
    white[2, 3] = 255
    assert look(file.getvalue()) == (white.tolist(), Trait.TRANSPARENT)

    gray = PictureForm(1, 4, "grayscale")
    deep = np.array([[0, 257, 128, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        assert look(encoded(deep, kind), gray) == ([[[0], [1], [0], [255]]], Trait.DEEP)
    assert look(b"P5 4 1 65535\n" + deep.astype(">u2").tobytes(), gray)[0] == [
        [[0], [1], [0], [255]]
    ]
    assert look(b"P4 4 1\n\x50", gray) == ([[[255], [0], [255], [0]]], Trait.NONE)

    cmyk = np.zeros((8, 8, 4), np.uint8)
    cmyk[..., 1] = 255  # magenta
    file = io.BytesIO()
    Image.frombytes("CMYK", (8, 8), cmyk.tobytes()).save(file, "JPEG", quality=100)
    found, _ = decode(file.getvalue(), PictureForm(8, 8, "rgb"))
    assert np.abs(found.astype(int) - [255, 0, 255]).max() <= 3

    frames = [Image.fromarray(np.full((4, 4), v, np.uint8)) for v in (10, 200, 90)]
    for kind in ("GIF", "TIFF", "WEBP", "PNG"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:], lossless=True)
        pixels, traits = look(file.getvalue())
        assert (pixels, traits) == (np.full((4, 4, 3), 10).tolist(), Trait.FRAMES), kind


# ---- classes and parts
def test_classes_are_in_natural_order_and_deeper_folders_belong_to_them(tmp_path: Path) -> None:
    for name in ("class 10/a.png", "Class 2/x/y/b.png", "class 2a/c.png", "1/d.png", "1/10.png"):
        put(tmp_path / name, colors(4, 4))
    put(tmp_path / "1/9.png", colors(4, 4))
    folder = list_pictures(str(tmp_path))
    assert folder.class_names == ("1", "Class 2", "class 2a", "class 10")
    assert [file.name for file in folder.files] == [
        "1/9.png", "1/10.png", "1/d.png", "Class 2/x/y/b.png", "class 2a/c.png", "class 10/a.png",
    ]  # fmt: skip
    assert folder.classes.tolist() == [0, 0, 0, 1, 2, 3]


def test_what_is_no_picture_is_told_or_hidden(tmp_path: Path) -> None:
    two_classes(tmp_path, 1)
    for name in (".hidden/a.png", "a/.b.png", "a/Thumbs.db", "__MACOSX/a.png", "b/desktop.ini"):
        put(tmp_path / name, colors(4, 4))
    put(tmp_path / "labels.csv", b"1")
    put(tmp_path / "a/notes.txt", b"1")
    put(tmp_path / "a/README", b"1")
    put(tmp_path / "beside.png", colors(4, 4))
    put(tmp_path / "b/photo.HEIC", b"1")
    (tmp_path / "c/deep").mkdir(parents=True)
    raw = load(tmp_path)
    assert len(raw) == 2
    assert raw.notes == (
        "1 picture beside the folders of the classes was not used.",
        "No pictures are in c.",
        "3 files are no pictures and were not used (.csv, .txt, without an ending).",
    )
    assert [(entry.what, entry.why) for entry in raw.left_out] == [
        ("b/photo.HEIC", "pictures of the kind .heic cannot be read; save it as PNG")
    ]


@pytest.mark.parametrize(
    "names", [("train", "val", "test"), ("Training", "VALID", "Testing"), ("train", "validation")]
)
def test_parts_are_recognized(tmp_path: Path, names: tuple[str, ...]) -> None:
    for part, name in enumerate(names):
        for number in range(4):
            put(tmp_path / name / "ab"[number % 2] / f"{number}.png", colors(4, 4, part))
    put(tmp_path / "more" / "x.png", colors(4, 4))
    raw = load(tmp_path)
    assert raw.parts is not None
    assert raw.parts.dtype == np.int8
    assert raw.parts.tolist() == [part for part in range(len(names)) for _ in range(4)]
    assert raw.y.tolist() == [0, 0, 1, 1] * len(names)
    for part in range(len(names)):
        x = in_memory(raw.x)[raw.parts == part]
        np.testing.assert_array_equal(x, np.stack([colors(4, 4, part)] * 4))
    assert raw.notes == (
        "1 picture in 'more' was not used: it is neither train, validation nor test.",
    )


def test_classes_that_a_part_lacks_are_told(tmp_path: Path) -> None:
    for name in ("train/a", "train/b", "test/b", "test/c"):
        put(tmp_path / name / "1.png", colors(4, 4))
    (tmp_path / "test/a").mkdir()
    raw = load(tmp_path)
    assert raw.class_names == ("a", "b", "c")
    assert raw.notes == (
        "No pictures are in test/a.",
        "The training part lacks 1 class (c); nothing of it can be learned.",
        "The test part lacks 1 class (a).",
    )


def test_a_class_called_train_is_a_class(tmp_path: Path) -> None:
    for name in ("train", "plane", "car"):
        put(tmp_path / name / "1.png", colors(4, 4))
    raw = load(tmp_path)
    assert raw.parts is None
    assert raw.class_names == ("car", "plane", "train")


def test_folders_that_cannot_be_used_are_explained(tmp_path: Path) -> None:
    def refused(match: str, *names: str) -> None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name in names:
            put(folder / name, colors(4, 4) if name.endswith(".png") else b"1")
        with pytest.raises(DataError, match=match):
            load(folder)

    refused("holds no pictures")
    refused("holds no pictures.*1 file is no picture.*csv", "a/1.csv")
    refused("2 pictures, but no folders for classes.*Make a sub-folder", "1.png", "2.png")
    refused("one class only, 'a'.*Add a sub-folder", "a/1.png", "a/2.png")
    refused("one class only.*Choose the folder 'a' inside", "a/cats/1.png", "a/dogs/1.png")
    refused("no pictures to train on", "val/a/1.png", "test/a/1.png", "val/b/1.png")
    refused("but no folders for classes", "train/1.png", "test/2.png")
    with pytest.raises(DataError, match="does not exist"):
        load(tmp_path / "nowhere")
    with pytest.raises(DataError, match="is a file, not a folder"):
        load(put(tmp_path / "file.png", colors(4, 4)))


_NAMES = st.sampled_from(["a", "b", "B", "10", "9", "ü", "a b", "train", "test", "val", "x.png"])
_TREE = st.lists(
    st.tuples(st.lists(_NAMES, max_size=4), st.sampled_from(["1.png", "2.PNG", "3.txt", ".4.png"])),
    max_size=12,
    unique_by=lambda entry: ("/".join(entry[0]).casefold(), entry[1]),
)


@settings(max_examples=100)
@given(_TREE)
def test_any_tree_gives_its_pictures_or_a_message(
    tmp_path_factory: pytest.TempPathFactory, tree: list[tuple[list[str], str]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    content = encoded(colors(2, 2))
    for names, last in tree:
        put(root.joinpath(*names, last), content)
    shown = {"/".join([*names, last]) for names, last in tree if last in ("1.png", "2.PNG")}
    try:
        folder = list_pictures(str(root))
    except DataError:
        return  # told in words
    found = [file.name for file in folder.files]
    assert len(set(found)) == len(found)
    assert set(found) <= shown
    assert len(folder.class_names) >= 2
    for name, place in zip(found, folder.classes, strict=True):
        assert folder.class_names[place] == name.split("/")[0 if folder.parts is None else 1]
    told = [re.match(r"([0-9]+) pictures? (?:in '|beside )", note) for note in folder.notes]
    assert sum(int(match[1]) for match in told if match) == len(shown) - len(found)
    assert any("no picture" in note for note in folder.notes) == any(n[1] == "3.txt" for n in tree)


def test_natural_order() -> None:
    names = ["10", "9", "b1", "B10", "b2", "a", "1a", "01"]
    assert sorted(names, key=natural) == ["01", "1a", "9", "10", "a", "b1", "b2", "B10"]


# ---- what is guessed
def test_the_size_is_guessed() -> None:
    def guess(
        *sizes: tuple[int, int], height: int | None = None, width: int | None = None
    ) -> tuple[int, int, bool]:
        tall, wide, why = guess_size(sizes, height, width)
        return tall, wide, bool(why)

    assert guess((64, 48)) == (64, 48, False)
    assert guess((64, 48), (64, 48), (9, 9)) == (64, 48, True)
    assert guess((768, 1024)) == (96, 128, True)
    assert guess((20, 30), (70, 80), (500, 90)) == (64, 64, True)
    assert guess((20, 30), (21, 30)) == (20, 20, True)
    assert guess((500, 501), (700, 702)) == (128, 128, True)
    assert guess((60, 30), height=20) == (20, 10, False)
    assert guess((60, 30), width=20) == (40, 20, False)
    assert guess((60, 30), (1, 2), height=7, width=5) == (7, 5, False)
    assert guess((1, 4000)) == (1, 128, True)


def test_sizes_and_colors_of_a_folder(tmp_path: Path) -> None:
    two_classes(tmp_path, 3, side=8)
    put(tmp_path / "a/wide.png", colors(4, 12))
    raw = load(tmp_path)
    assert raw.x.shape == (7, 8, 8, 3)
    assert raw.notes == (
        "Most pictures looked at have 8×8 pixels; this size was chosen.",
        "1 picture of another size: stretched to 8×8.",
    )
    assert load(tmp_path, height=4, width=6, fit="pad").notes == (
        "7 pictures of another size: scaled and padded to 4×6.",
    )
    gray = tmp_path / "gray"
    for number in range(4):
        pixels = colors(4, 4, number)[..., :1]
        flat = pixels[..., 0] if number % 2 else np.repeat(pixels, 3, -1)
        put(gray / "ab"[number // 2] / f"{number}.png", flat)
    raw = load(gray)
    np.testing.assert_array_equal(in_memory(raw.x)[2], colors(4, 4, 2)[..., :1])
    assert raw.notes == ("No picture looked at has colors: all are read as grayscale.",)
    assert load(gray, color="rgb").x.shape == (4, 4, 4, 3)


# ---- progress
def test_progress_is_told_and_the_same_folder_gives_the_same_bits(tmp_path: Path) -> None:
    two_classes(tmp_path, 40)
    told: list[LoadingProgress] = []
    first = load_pictures(PictureSource(path=str(tmp_path)), 64, tell=told.append)
    assert told[0].sentence == "Looking through the folder, 0 files"
    assert "Reading pictures, 0 of 80" in [progress.sentence for progress in told]
    assert all(p.share is None or 0 <= p.share <= 1 for p in told)
    again = load(tmp_path)
    np.testing.assert_array_equal(first.x, in_memory(again.x))
    np.testing.assert_array_equal(first.y, again.y)

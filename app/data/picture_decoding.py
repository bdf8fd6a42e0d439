"""One picture from a file of the user's to an array, with suspicion: its header is looked at before
anything of it is decoded.
"""

import enum
import errno
import io
import logging
import os
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

import numpy as np

# Asked for a format that is not loaded, Pillow would load all that it has, in whatever thread.
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from app.core.short_names import shortened
from app.data.picture_form import PictureForm
from app.data.regular_file import MEBIBYTE

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
_PLUGINS = (
    PngImagePlugin, JpegImagePlugin, BmpImagePlugin, GifImagePlugin, TiffImagePlugin,
    WebPImagePlugin, PpmImagePlugin,
)  # fmt: skip
LARGEST_FILE = 100 * MEBIBYTE
MOST_PIXELS = 50_000_000
MOST_SIDE = 32_768
MOST_SCANS = 200
"""Of a JPEG file: each is decoded over the whole picture, and a few bytes make one."""
_LARGE = 4_000_000  # pixels
_one_large = threading.Lock()

_GRAY_MODES = frozenset(("1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N", "I", "F"))
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By the value of the EXIF tag Orientation (CIPA DC-008)."""
_ORIENTATION = 0x0112
_FILTER = Image.Resampling.BILINEAR

logging.getLogger("PIL").setLevel(logging.CRITICAL)  # what it logs is told in words here


class UnusableError(Exception):
    """A picture cannot be used; the text says why and goes on from its name: "it is ..."."""


class UnreadableError(UnusableError):
    """Its file cannot be read now; with the same file it may be possible later."""


class Trait(enum.IntFlag):
    """What the user is told of a picture; AGAIN: its file could not be read, which may pass."""

    NONE = 0
    OTHER_SIZE = 1
    FRAMES = 2
    TRANSPARENT = 4
    DEEP = 8
    COLORED = 16
    AGAIN = 32


@dataclass(frozen=True)
class Header:
    """Attributes:
    height, width: in pixels, once it is turned as its EXIF data say.
    gray: whether it has no colors by its kind.
    """

    height: int
    width: int
    gray: bool


@contextmanager
def quiet_pillow() -> Iterator[None]:
    """While pictures are read: Pillow warns of what is told in words here. To be entered once for a
    whole load, in one thread, since Python's filters are common to all threads; what concerns
    other modules stays as it is.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        yield


@contextmanager
def ordinary_file(path: str) -> Iterator[BinaryIO]:
    """An ordinary file that is not a link; never waits for a pipe or a device.

    Raises:
        UnreadableError: there is no such file, or it cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):  # opening a device may already do something
            raise UnreadableError("it is not an ordinary file")
        handle = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnreadableError("it is not an ordinary file")
            yield file
    except FileNotFoundError:
        raise UnreadableError("it is no longer there") from None
    except PermissionError:
        raise UnreadableError("it may not be read: you lack the right to") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadableError("it has become a link") from None
        raise UnreadableError(f"it cannot be read: {error.strerror or error}") from None


def read_picture_file(path: str) -> bytes:
    """The bytes of an ordinary file.

    Raises:
        UnreadableError: as `ordinary_file`, or it changes meanwhile.
        UnusableError: it is too large.
    """
    with ordinary_file(path) as file:
        before = os.fstat(file.fileno())
        if before.st_size > LARGEST_FILE:
            raise UnusableError(f"its file is larger than {LARGEST_FILE // MEBIBYTE} MiB")
        data = file.read(LARGEST_FILE + 1)
        after = os.fstat(file.fileno())
    if len(data) != after.st_size or before.st_mtime_ns != after.st_mtime_ns:
        raise UnreadableError("it changed while it was read")
    return data


def look_at(file: BinaryIO) -> Header:
    """What the header says; no more of `file` is read than that, and nothing is decoded.

    Raises:
        UnusableError: it is no picture, or a too large one.
    """
    with _told_in_words(), _opened(file) as image:
        gray = image.mode in _GRAY_MODES or _gray_palette(image)
        # Of PNG files it may come after the pixels; the size of TIFF files is turned already.
        turned = image.format not in ("PNG", "TIFF") and _orientation(image) > 4
        width, height = reversed(image.size) if turned else image.size
        return Header(height, width, gray)


def decode(data: bytes, form: PictureForm) -> tuple[np.ndarray, Trait]:
    """(height, width, channels) uint8 of the form, and what is to be told of the picture.

    The first frame of several; turned as its EXIF data say; 16 bits a channel divided by 257;
    transparent places put on white; colors to gray by ITU-R 601 (0.299 R + 0.587 G + 0.114 B).
    Brought to size with Pillow's bilinear filter, which widens with the scale (antialiasing). A
    JPEG file of more than twice the size is decoded at 1/2, 1/4 or 1/8 of its own first.

    Raises:
        UnusableError: it is no picture, a too large one, or damaged.
    """
    with _told_in_words(), _opened(io.BytesIO(data)) as image:
        original = image.size
        if image.format in ("JPEG", "MPO"):
            if data.count(b"\xff\xda") > MOST_SCANS:
                raise UnusableError(f"it is a JPEG file of more than {MOST_SCANS} scans")
            side = 2 * max(form.height, form.width)
            image.draft(None, (side, side))
        if image.width * image.height > _LARGE:
            with _one_large:  # several at once would need gigabytes
                return _decoded(image, original, form)
        return _decoded(image, original, form)


@contextmanager
def _told_in_words() -> Iterator[None]:
    try:
        yield
    except UnusableError:
        raise
    except UnidentifiedImageError:
        raise UnusableError("it is no picture of a kind that can be read") from None
    except Image.DecompressionBombError:
        raise _too_large() from None
    except MemoryError:
        raise UnusableError("there is not enough memory for it") from None
    except Exception as error:  # noqa: BLE001 - Pillow raises anything for damaged files
        words = str(error) if isinstance(error, OSError) else ""  # the others are for programmers
        detail = f": {shortened(words, 100)}" if words and words.isprintable() else ""
        raise UnusableError(f"it is cut off or damaged{detail}") from None


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Image.Image]:
    if not file.read(1):
        raise UnusableError("its file is empty")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as image:
        width, height = image.size
        if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
            raise _too_large()
        if width < 1 or height < 1:
            raise UnusableError("it has no pixels")
        yield image


def _too_large() -> UnusableError:
    return UnusableError(
        f"it is too large: {MOST_PIXELS // 10**6} megapixels and {MOST_SIDE:,} pixels a side are "
        "the most"
    )


def _decoded(
    image: Image.Image, original: tuple[int, int], form: PictureForm
) -> tuple[np.ndarray, Trait]:
    """As `decode` gives; `original` is (width, height) as the header says."""
    image.load()
    traits = Trait.FRAMES if _has_frames(image) else Trait.NONE
    turn = _orientation(image)
    plain, found = _plain(image)
    if turn in _TURNS:
        plain = plain.transpose(_TURNS[turn])
    wanted = (form.width, form.height)
    if (original[::-1] if turn > 4 else original) != wanted:
        traits |= Trait.OTHER_SIZE
    fitted = _fitted(plain, form)
    if form.color == "grayscale" and fitted.mode == "RGB":
        pixels = np.asarray(fitted)
        if (pixels[..., :1] != pixels[..., 1:]).any():
            traits |= Trait.COLORED
    fitted = fitted.convert("RGB" if form.color == "rgb" else "L")
    return np.array(fitted, np.uint8).reshape(form.shape), traits | found


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - damaged EXIF data say nothing; the picture is there
        return 1


def _has_frames(image: Image.Image) -> bool:
    """A phone's JPEG file with a preview behind the picture (MPO) counts as one picture."""
    try:
        return image.format != "MPO" and bool(getattr(image, "is_animated", False))
    except Exception:  # noqa: BLE001 - the first frame is all that is needed
        return False


def _gray_palette(image: Image.Image) -> bool:
    palette = image.getpalette("RGB") if image.mode == "P" else None
    return palette is not None and palette[0::3] == palette[1::3] == palette[2::3]


def _plain(image: Image.Image) -> tuple[Image.Image, Trait]:
    """The picture in 8 bits a channel, gray ("L") or "RGB", nothing transparent."""
    if image.mode.startswith(("I", "F")):
        return _shallow(image), Trait.DEEP
    gray = image.mode in _GRAY_MODES or _gray_palette(image)
    traits = Trait.NONE
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        alpha = image.getchannel("A")
        if cast("tuple[int, int]", alpha.getextrema())[0] < 255:
            traits = Trait.TRANSPARENT
            canvas = Image.new("RGB", image.size, "white")
            canvas.paste(image, mask=alpha)
            image = canvas
    if image.mode in ("L", "RGB") and not gray:
        return image, traits
    if image.mode not in ("L", "1", "P"):
        image = image.convert("RGB")
    return image.convert("L" if gray else "RGB"), traits


def _shallow(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    if values.dtype.kind not in "iu":
        raise UnusableError("its values are floating-point numbers, whose range is not known")
    if values.min() < 0 or values.max() > 65_535:
        raise UnusableError("its values do not fit into 16 bits")
    return Image.fromarray(((values.astype(np.uint32) + 128) // 257).astype(np.uint8))


def _fitted(image: Image.Image, form: PictureForm) -> Image.Image:
    """`image` in the size of `form`."""
    wanted = (form.width, form.height)
    width, height = image.size
    if image.size == wanted:
        return image
    across, down = form.width / width, form.height / height
    if form.fit == "crop":
        scale = max(across, down)
        left, top = (width - form.width / scale) / 2, (height - form.height / scale) / 2
        box = (max(0.0, left), max(0.0, top), min(width, width - left), min(height, height - top))
        return image.resize(wanted, _FILTER, box=box)
    if form.fit == "pad":
        scale = min(across, down)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas = Image.new(image.mode, wanted)
        corner = ((form.width - inner[0]) // 2, (form.height - inner[1]) // 2)
        canvas.paste(image.resize(inner, _FILTER), corner)
        return canvas
    return image.resize(wanted, _FILTER)

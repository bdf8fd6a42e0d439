"""Small picture files and folders for the tests, and what their pixels should become."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def colors(height: int, width: int, seed: int = 0) -> np.ndarray:
    """(height, width, 3) bytes at random."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def encoded(pixels: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    """`pixels` (height, width[, channels]) as the bytes of a file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def put(path: Path, content: bytes | np.ndarray) -> Path:
    """A file at `path`, with its folders; an array becomes a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(content) if isinstance(content, np.ndarray) else content)
    return path


def two_classes(folder: Path, each: int = 3, side: int = 6) -> Path:
    """A folder with the classes a and b, each with some random pictures."""
    for number in range(2 * each):
        name = "ab"[number % 2]
        put(folder / name / f"{number}.png", colors(side, side, number))
    return folder


def png_claiming(width: int, height: int, content: bytes = b"") -> bytes:
    """A PNG file of gray bytes with this header and so much (or little) behind it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(content, 9)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def bomb() -> bytes:
    """144 megapixels in 140 kB."""
    return png_claiming(12_000, 12_000, bytes(12_000 * 12_001))


def triangle(
    pixels: np.ndarray,
    height: int,
    width: int,
    box: tuple[float, float, float, float] | None = None,
) -> np.ndarray:
    """What an antialiased bilinear filter makes of a part of `pixels`, in double precision.

    Args:
        box: (left, upper, right, lower) in pixels; all of the picture when None.
    """
    left, upper, right, lower = box or (0, 0, pixels.shape[1], pixels.shape[0])
    rows = _weights(pixels.shape[0], upper, lower, height)
    columns = _weights(pixels.shape[1], left, right, width)
    channels = pixels.astype(np.float64).transpose(2, 0, 1)
    return np.asarray((rows @ channels @ columns.T).transpose(1, 2, 0))


def _weights(size: int, first: float, last: float, count: int) -> np.ndarray:
    scale = (last - first) / count
    centers = first + (np.arange(count) + 0.5) * scale
    distance = np.abs(np.arange(size) + 0.5 - centers[:, None]) / max(scale, 1.0)
    weights = np.maximum(0.0, 1.0 - distance)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))

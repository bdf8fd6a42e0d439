"""Arrays of pictures as images to be painted."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage


def pixel_images(pictures: np.ndarray, low: float, high: float) -> list[QImage]:
    """Each of `pictures`, (n, height, width, channels), as an image; `low` is black, `high` white.

    Three and more channels are shown as red, green and blue, others in grey.
    """
    spread = max(high - low, 1e-12)
    scaled = np.clip((pictures.astype(np.float64) - low) / spread * 255, 0, 255)
    bytes_ = np.rint(scaled).astype(np.uint8)
    return [_image(picture) for picture in bytes_]


def fitted(room: QRectF, image: QImage) -> QRectF:
    """The largest box in the middle of `room` in which `image` keeps its shape."""
    scale = min(room.width() / max(1, image.width()), room.height() / max(1, image.height()))
    box = QRectF(0, 0, image.width() * scale, image.height() * scale)
    box.moveCenter(room.center())
    return box


def _image(picture: np.ndarray) -> QImage:
    height, width, channels = picture.shape
    colored = channels >= 3
    packed = np.ascontiguousarray(picture[..., :3] if colored else picture[..., 0])
    form = QImage.Format.Format_RGB888 if colored else QImage.Format.Format_Grayscale8
    # The image looks into the array: without a copy it would look into nothing soon.
    return QImage(packed.data, width, height, packed.strides[0], form).copy()

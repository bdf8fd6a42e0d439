"""The icons of `resources/icons`: a 20 px box, stroke 1.5 px at every size, tinted when drawn."""

import re
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resource_files import resource_path

BOX = 20
SIZES = (12, 16, 20, 24)
RATIOS = (1, 2, 3)

_STROKE = re.compile(r'stroke-width="([0-9.]+)"')


@lru_cache(maxsize=1)
def icon_names() -> frozenset[str]:
    """Names of all icons."""
    return frozenset(path.stem for path in resource_path("icons").glob("*.svg"))


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    path = resource_path("icons", f"{name}.svg")
    if name not in icon_names():
        raise ValueError(f"There is no icon {name!r}. Known: {', '.join(sorted(icon_names()))}.")
    return path.read_text(encoding="utf-8")


@lru_cache(maxsize=1024)
def icon_image(name: str, color: str, size: int = BOX, ratio: float = 1.0) -> QImage:
    """The icon in one colour (`#RRGGBB`), `size` x `size` device-independent px.

    Args:
        ratio: device pixels for each px.

    Raises:
        ValueError: for an unknown name.
    """
    stretch = BOX / size
    source = _STROKE.sub(lambda m: f'stroke-width="{float(m[1]) * stretch:.4g}"', _source(name))
    source = source.replace("currentColor", QColor(color).name())
    side = round(size * ratio)
    image = QImage(side, side, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(0, 0, side, side))
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def paint_icon(
    painter: QPainter, name: str, x: float, y: float, color: QColor | str, size: int = BOX
) -> None:
    """Draw the icon with its upper left corner at (x, y), sharp on every screen."""
    ratio = painter.device().devicePixelRatioF()
    image = icon_image(name, QColor(color).name(), size, ratio)
    painter.drawImage(QRectF(x, y, size, size), image)


def pixmap(name: str, color: QColor | str, size: int = BOX, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `size` px for a screen with `ratio` device pixels for each px."""
    return QPixmap.fromImage(icon_image(name, QColor(color).name(), size, ratio))


def icon(name: str, color: QColor | str, disabled: QColor | str | None = None) -> QIcon:
    """The icon for menus and Qt's own widgets, in all sizes, sharp on HiDPI screens."""
    result = QIcon()
    modes = [(QIcon.Mode.Normal, color)]
    if disabled is not None:
        modes.append((QIcon.Mode.Disabled, disabled))
    for mode, tint in modes:
        for size in SIZES:
            for ratio in RATIOS:
                result.addPixmap(pixmap(name, tint, size, ratio), mode)
    return result

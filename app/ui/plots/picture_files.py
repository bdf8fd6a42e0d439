"""Saving what a widget shows: as PNG, as SVG (Qt's own generator), as a table; and copying it."""

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from app.core.atomic_file import replace_file
from app.ui.plots.plot_table import PlotTable

PNG_RATIO = 2.0
"""Pixels of a saved picture for each px on the screen."""


def picture_of(widget: QWidget, ratio: float = PNG_RATIO) -> QImage:
    """`widget` as an image."""
    size = widget.size() * ratio
    image = QImage(size, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(widget.palette().window().color())
    widget.render(image, QPoint(0, 0))
    return image


def png_bytes(widget: QWidget) -> bytes:
    """`widget` as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, b"png").write(picture_of(widget))
    return bytes(buffer.data().data())


def svg_bytes(widget: QWidget, title: str) -> bytes:
    """`widget` as an SVG file: lines and texts, no pixels."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(0, 0), widget.size()))
    generator.setTitle(title)
    generator.setDescription("Made by LayerLab")
    painter = QPainter(generator)
    widget.render(painter, QPoint(0, 0))
    painter.end()
    return bytes(buffer.data().data())


def save_picture(widget: QWidget, path: Path, title: str) -> None:
    """Write `widget` to `path`; an ending `.svg` gives SVG, any other PNG.

    Raises:
        SaveError: when the file cannot be written; a file that was there before is untouched.
    """
    svg = path.suffix.lower() == ".svg"
    replace_file(path, svg_bytes(widget, title) if svg else png_bytes(widget))


def save_table(table: PlotTable, path: Path) -> None:
    """Write `table` to `path` as CSV in UTF-8.

    Raises:
        SaveError: as `save_picture`.
    """
    replace_file(path, table.csv().encode("utf-8"))


def copy_picture(widget: QWidget) -> None:
    """Put a picture of `widget` on the clipboard."""
    QGuiApplication.clipboard().setImage(picture_of(widget))

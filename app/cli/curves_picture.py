"""The learning curves of a run as a picture, drawn without a screen."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.plot_axis import Axis, axis_for, epoch_ticks, tick_texts
from app.core.atomic_file import replace_file
from app.core.best_epoch import best_mark, points_of
from app.core.metric_catalog import METRICS_BY_NAME
from app.core.run_record import RunRecord
from app.resource_files import resource_path

WIDTH, HEIGHT = 960, 664
SHARPNESS = 2
"""Pixels of the picture for one of the layout."""
_SMOOTH = 2
"""Pixels that are drawn for one of the picture, so that lines are smooth."""

_GROUND, _TEXT, _MUTED = "#FFFFFF", "#1A1D23", "#5A6270"
_GRID, _LINE, _ACCENT = "#E6E8ED", "#828995", "#5B45D1"
_LEFT, _RIGHT = 72, 872
_PANELS = ((122, 356), (416, 604))
"""Top and bottom of each panel."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """One line: (epoch, value) of each epoch that has a finite one."""

    points: tuple[Point, ...]
    colour: str
    width: float


def save_curves(path: Path, record: RunRecord, title: str, subtitle: str) -> None:
    """Draw the loss and the first metric of `record` and write them to `path` as PNG, atomically.

    Raises:
        SaveError: when the operating system refuses.
        ValueError: the record has no epoch.
    """
    if not record.rows:
        raise ValueError("expected at least one epoch, received none")
    content = io.BytesIO()
    _picture(record, title, subtitle).save(content, format="PNG", optimize=True)
    replace_file(path, content.getvalue())


def _picture(record: RunRecord, title: str, subtitle: str) -> Any:
    from PIL import Image

    pen = _Pen()
    pen.text((_LEFT - 40, 44), title, size=20, weight="SemiBold")
    pen.text((_LEFT - 40, 70), subtitle, size=13, colour=_MUTED)
    _legend(pen)
    names = ("loss", *record.project.training.metrics[:1])
    for name, (top, bottom) in zip(names, _PANELS, strict=False):
        _panel(pen, record, name, top, bottom)
    size = (WIDTH * SHARPNESS, HEIGHT * SHARPNESS)
    return pen.image.resize(size, Image.Resampling.LANCZOS)


def _legend(pen: "_Pen") -> None:
    for right, word, colour, width in (
        (_RIGHT - 96, "training", _MUTED, 1.5),
        (_RIGHT, "validation", _ACCENT, 2.0),
    ):
        length = pen.text((right, 44), word, size=12, colour=_MUTED, anchor="rs")
        end = right - length - 8
        pen.line([(end - 18, 40), (end, 40)], colour, width)


def _panel(pen: "_Pen", record: RunRecord, name: str, top: int, bottom: int) -> None:
    curves = [
        Curve(_points(record, name), _MUTED, 1.5),
        Curve(_points(record, f"val_{name}"), _ACCENT, 2.0),
    ]
    values = [value for curve in curves for _, value in curve.points]
    if not values:
        return
    last = record.rows[-1].epoch
    across = Axis(1, max(last, 2))
    upright = axis_for(values, logarithmic=name == "loss")
    kind = METRICS_BY_NAME.get(name)
    label = kind.label if kind else name.capitalize()
    if upright.logarithmic:
        label += " (logarithmic)"
    pen.text((_LEFT, top - 12), label, size=12, weight="SemiBold")

    def at(point: Point) -> Point:
        x = _LEFT + across.place(point[0]) * (_RIGHT - _LEFT)
        return x, bottom - upright.place(point[1]) * (bottom - top)

    ticks = upright.ticks(6)
    for value, text in zip(ticks, tick_texts(ticks, logarithmic=upright.logarithmic), strict=True):
        y = at((1, value))[1]
        pen.line([(_LEFT, y), (_RIGHT, y)], _GRID, 1)
        pen.text((_LEFT - 8, y), text, size=11, colour=_MUTED, anchor="rm")
    for epoch in epoch_ticks(last, 11):
        x = at((epoch, ticks[0]))[0]
        pen.line([(x, bottom), (x, bottom + 4)], _LINE, 1)
        pen.text((x, bottom + 18), f"{epoch:,}", size=11, colour=_MUTED, anchor="ms")
    pen.line([(_LEFT, top), (_LEFT, bottom), (_RIGHT, bottom)], _LINE, 1)
    pen.text((_RIGHT + 12, bottom + 18), "epoch", size=11, colour=_MUTED, anchor="ls")
    for curve in curves:
        pen.line([at(point) for point in curve.points], curve.colour, curve.width)
    _best(pen, record, name, curves, at, top, bottom)
    _ends(pen, curves, at)


def _points(record: RunRecord, name: str) -> tuple[Point, ...]:
    return tuple(zip(*points_of(record, name), strict=True))


def _best(
    pen: "_Pen",
    record: RunRecord,
    name: str,
    curves: Sequence[Curve],
    at: Callable[[Point], Point],
    top: int,
    bottom: int,
) -> None:
    """A ring on the curve at the best epoch and the words above it; a dashed line where the model
    has its weights.
    """
    shown = next((curve for curve in reversed(curves) if curve.points), None)
    mark = best_mark(record)
    if shown is None or mark is None:
        return
    monitored = mark.monitor.removeprefix("val_") == name
    value = mark.value if monitored else dict(shown.points).get(float(mark.epoch))
    if value is None or not (monitored or mark.kept):
        return
    x, y = at((mark.epoch, value))
    if mark.kept:
        pen.dashes(x, top, bottom, _ACCENT, 1.5)
    pen.disc((x, y), 5.25, _ACCENT)
    pen.disc((x, y), 3.5, _GROUND)
    said = f"{mark.word}: epoch" if monitored else "epoch"
    words = f"{said} {mark.epoch:,}: {_figure(value)}"
    half = pen.length(words, 12, "SemiBold") / 2
    middle = min(max(x, _LEFT + 140 + half), _RIGHT - half)
    colour = _ACCENT if mark.kept else _MUTED
    pen.text((middle, top - 12), words, size=12, colour=colour, weight="SemiBold", anchor="ms")


def _ends(pen: "_Pen", curves: Sequence[Curve], at: Callable[[Point], Point]) -> None:
    """A dot and the last value at the right end of each curve; labels do not touch."""
    ends = [(at(curve.points[-1]), curve) for curve in curves if curve.points]
    ends.sort(key=lambda end: end[0][1])
    middles = [y for (_, y), _ in ends]
    if len(middles) == 2 and middles[1] - middles[0] < 16:
        centre = sum(middles) / 2
        middles = [centre - 8, centre + 8]
    for ((x, y), curve), middle in zip(ends, middles, strict=True):
        pen.disc((x, y), 3, curve.colour)
        text = _figure(curve.points[-1][1])
        pen.text(
            (_RIGHT + 12, middle), text, size=12, colour=curve.colour, weight="Medium", anchor="lm"
        )


def _figure(value: float) -> str:
    """Three places, or three figures of numbers that are very small or large."""
    if value == 0 or 0.01 <= abs(value) < 10_000:
        return f"{value:,.3f}"
    return f"{value:.2e}"


class _Pen:
    """Draws in the units of the layout."""

    def __init__(self) -> None:
        from PIL import Image, ImageDraw

        self._scale = SHARPNESS * _SMOOTH
        size = (WIDTH * self._scale, HEIGHT * self._scale)
        self.image = Image.new("RGB", size, _GROUND)
        self._draw = ImageDraw.Draw(self.image)
        self._fonts: dict[tuple[str, int], Any] = {}

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        if len(points) < 2:
            return
        scaled = [self._at(point) for point in points]
        thick = max(1, round(width * self._scale))
        self._draw.line(scaled, fill=colour, width=thick, joint="curve")

    def dashes(self, x: float, top: float, bottom: float, colour: str, width: float) -> None:
        """An upright line of dashes, 4 on, 3 off."""
        for start in range(int(top), int(bottom), 7):
            self.line([(x, start), (x, min(start + 4, bottom))], colour, width)

    def disc(self, centre: Point, radius: float, colour: str) -> None:
        x, y = self._at(centre)
        r = radius * self._scale
        self._draw.ellipse([x - r, y - r, x + r, y + r], fill=colour)

    def text(
        self,
        place: Point,
        words: str,
        *,
        size: int,
        colour: str = _TEXT,
        weight: str = "Regular",
        anchor: str = "ls",
    ) -> float:
        """Write `words`; their length. `anchor` as in Pillow: l, m, r across, s (baseline), m
        upright.
        """
        font = self._font(weight, size)
        self._draw.text(self._at(place), words, fill=colour, font=font, anchor=anchor)
        return self.length(words, size, weight)

    def length(self, words: str, size: int, weight: str = "Regular") -> float:
        return float(self._draw.textlength(words, self._font(weight, size))) / self._scale

    def _at(self, point: Point) -> Point:
        return point[0] * self._scale, point[1] * self._scale

    def _font(self, weight: str, size: int) -> Any:
        from PIL import ImageFont

        if (weight, size) not in self._fonts:
            path = resource_path("fonts", f"Inter-{weight}.ttf")
            self._fonts[weight, size] = ImageFont.truetype(str(path), size * self._scale)
        return self._fonts[weight, size]

"""The picture of the learning curves: its axes by properties, its lines by their pixels."""

import itertools
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

from app.cli import curves_picture
from app.cli.curves_picture import save_curves
from app.cli.plot_axis import Axis, axis_for, epoch_ticks, tick_texts
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import start_from

finite = st.floats(-1e9, 1e9, allow_nan=False)


@given(values=st.lists(finite, min_size=1, max_size=20), most=st.integers(3, 12))
def test_linear_ticks_lie_on_the_axis_and_are_told_apart(values: list[float], most: int) -> None:
    axis = axis_for(values)
    assert all(-1e-9 <= axis.place(value) <= 1 + 1e-9 for value in values)
    ticks = axis.ticks(most)
    assert 1 <= len(ticks) <= most
    assert all(-1e-6 <= axis.place(tick) <= 1 + 1e-6 for tick in ticks)
    steps = [b - a for a, b in itertools.pairwise(ticks)]
    assert all(math.isclose(step, steps[0], rel_tol=1e-6) for step in steps)
    if axis.high - axis.low > 1e-6 * max(abs(axis.low), abs(axis.high)):
        assert len(set(tick_texts(ticks, logarithmic=False))) == len(ticks)


@given(low=st.floats(1e-8, 1e3), ratio=st.floats(25.0, 1e8), most=st.integers(3, 8))
def test_logarithmic_ticks(low: float, ratio: float, most: int) -> None:
    axis = axis_for([low, low * ratio], logarithmic=True)
    assert axis.logarithmic
    ticks = axis.ticks(most)
    assert 2 <= len(ticks) <= most
    assert all(-1e-9 <= axis.place(tick) <= 1 + 1e-9 for tick in ticks)
    texts = tick_texts(ticks, logarithmic=True)
    assert [float(text.replace(",", "")) for text in texts] == pytest.approx(ticks)


def test_logarithmic_only_where_it_helps() -> None:
    assert not axis_for([1.0, 2.0], logarithmic=True).logarithmic
    assert not axis_for([0.0, 100.0], logarithmic=True).logarithmic
    assert not axis_for([0.001, 100.0]).logarithmic


@given(last=st.integers(1, 100_000), most=st.integers(3, 12))
def test_ticks_of_epochs_are_whole_and_few(last: int, most: int) -> None:
    ticks = epoch_ticks(last, most)
    assert ticks[0] == 1
    assert len(ticks) <= most
    assert ticks == sorted(set(ticks))
    assert ticks[-1] <= last


def record(rows: list[dict[str, float]], best: int, *, restored: bool = True) -> RunRecord:
    return RunRecord(
        project=start_from("digits", "mlp"),
        rows=tuple(
            EpochRow(epoch=n, metrics=FrozenMap(row), seconds=0.1, learning_rate=0.001)
            for n, row in enumerate(rows, start=1)
        ),
        best_epoch=best,
        reason="finished",
        restored=restored,
    )


def _pixel(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def is_near(picture: Image.Image, point: tuple[float, float], colour: str) -> bool:
    """Whether a pixel of about this colour lies within 3 of the layout's units of `point`."""
    wanted = ImageColor.getrgb(colour)
    scale = curves_picture.SHARPNESS
    x, y = round(point[0] * scale), round(point[1] * scale)
    reach = 3 * scale
    return any(
        all(
            abs(found - asked) < 30
            for found, asked in zip(_pixel(picture, x + i, y + j), wanted, strict=True)
        )
        for i in range(-reach, reach + 1)
        for j in range(-reach, reach + 1)
    )


def test_the_lines_go_where_the_numbers_are(tmp_path: Path) -> None:
    rows = [
        {
            "loss": 2.0 - 0.1 * n,
            "accuracy": 0.1 * n,
            "val_loss": 1.0 + 0.02 * (n - 6) ** 2,
            "val_accuracy": 0.5 + 0.01 * n,
        }
        for n in range(1, 11)
    ]
    path = tmp_path / "curves.png"
    save_curves(path, record(rows, best=6), "Title", "What it is")
    with Image.open(path) as picture:
        picture.load()
        layout = (curves_picture.WIDTH, curves_picture.HEIGHT)
        assert picture.size == tuple(side * curves_picture.SHARPNESS for side in layout)
        left, right = curves_picture._LEFT, curves_picture._RIGHT
        for name, (top, bottom) in zip(("loss", "accuracy"), curves_picture._PANELS, strict=True):
            values = [row[key] for row in rows for key in (name, f"val_{name}")]
            low, high = min(values), max(values)
            room = 0.06 * (high - low)
            axis = Axis(low - room, high + room)
            for key, colour in ((name, "#5A6270"), (f"val_{name}", "#5B45D1")):
                for n in (2, 4, 8, 9):
                    x = left + (n - 1) / 9 * (right - left)
                    y = bottom - axis.place(rows[n - 1][key]) * (bottom - top)
                    assert is_near(picture, (x, y), colour), (key, n)
                    assert not is_near(picture, (x, y - 12), colour), (key, n)
            best = left + 5 / 9 * (right - left)
            assert is_near(picture, (best, bottom - 5), "#5B45D1")
            assert is_near(picture, (best, top + 20), "#5B45D1")
            assert not is_near(picture, (best + 20, bottom - 5), "#5B45D1")
    save_curves(path, record(rows, best=6, restored=False), "Title", "What it is")
    with Image.open(path) as picture:
        for top, _ in curves_picture._PANELS:  # its weights are not those of the lowest loss
            assert not is_near(picture, (best, top + 20), "#5B45D1")


@pytest.mark.parametrize(
    "rows",
    [
        [{"loss": 0.5, "accuracy": 1.0}],
        [{"loss": 0.0}, {"loss": 0.0}],
        [{}, {"loss": 3.0, "val_loss": 1e-9}],
        [{"loss": 10.0 ** (8 - n)} for n in range(1, 17)],
        [{"loss": 1e30, "accuracy": 0.0}, {"loss": 1e-30, "accuracy": 0.0}],
    ],
    ids=["one epoch", "all zero", "gaps", "many decades", "extremes"],
)
def test_odd_histories_are_drawn(tmp_path: Path, rows: list[dict[str, float]]) -> None:
    path = tmp_path / "curves.png"
    save_curves(path, record(rows, best=1), "T", "S")
    with Image.open(path) as picture:
        colours = picture.convert("RGB").getcolors(2**24)
    assert colours is not None
    assert len(colours) > 10


def test_a_run_without_an_epoch_has_no_picture(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one epoch"):
        save_curves(tmp_path / "c.png", record([], best=0), "T", "S")
    assert not list(tmp_path.iterdir())

"""Painting points: strokes, eraser, classes; and what becomes of them."""

from typing import Any

import numpy as np
import pytest

from app.core.data_settings import (
    MOST_PAINTED,
    MOST_PAINTED_CLASSES,
    BuiltinSource,
    DataSettings,
    PaintedSource,
)
from app.core.painting import (
    Brush,
    PaintingError,
    add_class,
    clear,
    erase,
    from_points,
    remove_class,
    rename_class,
    stroke,
    why_no_room,
    why_not_ready,
    with_points,
)
from app.data.builtin_sets import load_builtin
from app.data.errors import DataError
from app.data.loading import load
from app.data.painted_source import load_painted, painted_from
from app.data.samples import in_memory

EMPTY = PaintedSource()
SQUARE = PaintedSource(x=(0, 1, 0, 1), y=(0, 0, 1, 1), classes=(0, 0, 1, 1))


def points(source: PaintedSource) -> list[tuple[float, float, int]]:
    return list(zip(source.x, source.y, source.classes, strict=True))


def test_the_eraser_takes_what_lies_under_its_way() -> None:
    assert erase(SQUARE, [(-1.0, 0.1), (2.0, 0.1)], 0.2).y == (1, 1)
    assert erase(SQUARE, [(0.5, 0.5)], 0.7).x == SQUARE.x
    assert erase(SQUARE, [(0.5, 0.5)], 0.71).x == ()
    assert erase(SQUARE, [], 5.0) is SQUARE


def test_a_full_sheet_says_so() -> None:
    full = with_points(EMPTY, [(0.0, 0.0)] * MOST_PAINTED, 0)
    told = why_no_room(full)
    assert told is not None
    assert "20,000" in told.happened
    assert why_no_room(SQUARE) is None


def test_classes_come_and_go_with_their_points() -> None:
    three = add_class(SQUARE)
    assert three.class_names == ("class 0", "class 1", "class 2")
    named = rename_class(three, 2, "blue")
    painted = with_points(named, [(3.0, 3.0)] * 5, 2)
    left = remove_class(painted, 0)
    assert left.class_names == ("class 1", "blue")
    assert left.classes == (0, 0, 1, 1, 1, 1, 1)
    assert left.x[:2] == (0, 1)
    assert clear(painted, 2) == named
    assert clear(painted).x == ()
    assert clear(painted).class_names == painted.class_names
    assert add_class(left).class_names == ("class 1", "blue", "class 2")


def test_what_cannot_be_done_with_classes() -> None:
    with pytest.raises(PaintingError, match="at least 2 classes"):
        remove_class(SQUARE, 0)
    for name in ("", "  ", "x" * 65, "a\nb"):
        with pytest.raises(PaintingError, match="cannot be the name"):
            rename_class(SQUARE, 0, name)
    with pytest.raises(PaintingError, match="already"):
        rename_class(SQUARE, 0, "class 1")
    assert rename_class(SQUARE, 0, "class 0") == SQUARE
    many = SQUARE
    for _ in range(MOST_PAINTED_CLASSES - 2):
        many = add_class(many)
    with pytest.raises(PaintingError, match="8 classes"):
        add_class(many)


@pytest.mark.parametrize(
    ("given_points", "said"),
    [
        ({}, "Nothing is painted"),
        ({"x": (1.0,), "y": (1.0,), "classes": (1,)}, "The only point painted is of 'class 1'"),
        ({"x": (1.0,) * 9, "y": (1.0,) * 9, "classes": (0,) * 9}, "All 9 points painted are of"),
        ({"x": (1.0, 2, 3), "y": (1.0, 2, 3), "classes": (0, 1, 1)}, "Only 3 points"),
    ],
)
def test_too_little_is_told_with_what_to_paint(given_points: dict[str, Any], said: str) -> None:
    source = PaintedSource(**given_points)
    told = why_not_ready(source)
    assert told is not None
    assert said in told.happened
    with pytest.raises(DataError, match=said) as refused:
        load_painted(source)
    assert refused.value.how_to_fix.startswith("Paint")


def test_points_become_samples() -> None:
    raw = load_painted(SQUARE)
    np.testing.assert_array_equal(raw.x, [[0, 0], [1, 0], [0, 1], [1, 1]])
    np.testing.assert_array_equal(raw.y, [0, 0, 1, 1])
    assert (raw.task, raw.class_names, raw.title) == (
        "binary",
        ("class 0", "class 1"),
        "painted points",
    )
    third = with_points(add_class(add_class(SQUARE)), [(5.0, 5.0)] * 3, 3)
    raw = load_painted(third)
    assert raw.class_names == ("class 0", "class 1", "class 3")
    assert raw.task == "multiclass"
    assert raw.y.tolist() == [0, 0, 1, 1, 2, 2, 2]
    assert raw.notes == ("No point of 'class 2' is painted; it is left out.",)


def test_a_painted_project_is_prepared_like_any_other() -> None:
    drawn = with_points(EMPTY, stroke([(0.0, 0.0)], Brush(1.0, 60), 1), 0)
    drawn = with_points(drawn, stroke([(2.0, 0.0)], Brush(1.0, 60), 2), 1)
    data = load(DataSettings(source=drawn, preprocessing="standardize"))
    assert data.summary.input_shape == (2,)
    assert sum(data.summary.counts) == 120
    np.testing.assert_allclose(np.mean(in_memory(data.training.x), axis=0), 0, atol=1e-5)


def test_painting_begins_with_a_built_in_set() -> None:
    raw = load_builtin(BuiltinSource(name="blobs"))
    assert isinstance(raw.x, np.ndarray)
    begun = painted_from(raw.x, raw.y, raw.class_names)
    np.testing.assert_allclose(np.column_stack([begun.x, begun.y]), raw.x, rtol=1e-5)
    assert begun.class_names == raw.class_names
    assert load_painted(begun).y.tolist() == raw.y.tolist()
    for x, y, names in (
        (np.zeros((3, 4)), np.zeros(3), ("a", "b")),
        (np.zeros((3, 2)), np.zeros((3, 1)), ()),
        (np.full((3, 2), np.nan), np.zeros(3), ("a", "b")),
        (np.full((3, 2), 1e7), np.zeros(3), ("a", "b")),
        (np.zeros((3, 2)), np.zeros(3), tuple("abcdefghij")),
    ):
        with pytest.raises(DataError):
            painted_from(x, y, names)


def test_long_and_equal_names_are_made_different() -> None:
    found = from_points([(0, 0), (1, 1)], [0, 1], ["x" * 100, "x" * 90])
    assert found.class_names[0] == "x" * 64
    assert len(set(found.class_names)) == 2
    assert all(len(name) <= 64 for name in found.class_names)
    many = from_points([(0.0, 0.0)] * (MOST_PAINTED + 5), [0] * (MOST_PAINTED + 5), ["a", "b"])
    assert len(many.x) == MOST_PAINTED

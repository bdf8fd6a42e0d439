"""What can be used of a comparison, and names that stand clear of the lines."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLineF, QObject, QPointF, QRectF, Signal
from pytestqt.qtbot import QtBot

from app.core.comparison import with_and_without_standardization
from app.core.frozen import FrozenMap
from app.core.run_record import EpochRow, RunRecord
from app.core.templates import build_template, builtin_data
from app.ui.comparison_control import ComparisonState
from app.ui.comparison_dialog import ComparisonDialog
from app.ui.controls import Button, Label
from app.ui.plots.clear_place import clearest, crossings, line_of

PROJECT = build_template("mlp", builtin_data("wine"))
VARIANTS = with_and_without_standardization(PROJECT)


class Told(QObject):
    """A comparison whose state is given."""

    changed = Signal()
    state = ComparisonState()

    def start(self, _variants: object) -> None:
        pass

    def forget(self) -> None:
        pass


def record(*losses: float) -> RunRecord:
    rows = tuple(
        EpochRow(
            epoch=number,
            metrics=FrozenMap({"val_loss": loss, "loss": loss / 2}),
            seconds=0.1,
            learning_rate=0.001,
        )
        for number, loss in enumerate(losses, 1)
    )
    return RunRecord(project=PROJECT, rows=rows, steps_per_epoch=4)


@pytest.mark.parametrize(
    ("records", "usable", "another_seed"),
    [
        ((None, None), [False, False], False),
        ((record(2.0, 1.0), None), [True, False], False),
        ((record(2.0), record()), [True, False], False),
        ((record(2.0), record(1.0)), [True, True], True),
    ],
)
def test_only_what_came_to_a_result_can_be_used(
    qtbot: QtBot,
    records: tuple[RunRecord | None, ...],
    usable: list[bool],
    another_seed: bool,
) -> None:
    control = Told()
    dialog = ComparisonDialog(control, VARIANTS, "Compare", "Both.", lambda _variant: None)
    qtbot.addWidget(dialog)
    control.state = ComparisonState("idle", "", VARIANTS, records, stopped=True)
    control.changed.emit()
    buttons = [dialog.findChild(Button, f"comparison.use.{n}") for n in (0, 1)]
    assert [button.isEnabled() for button in buttons] == usable
    words = dialog.findChild(Label, "comparison.sentence").text()
    assert ("another seed" in words) == another_seed
    control.state = ComparisonState("running", "", VARIANTS, records)
    control.changed.emit()
    assert not any(button.isEnabled() for button in buttons)


SMALL = st.integers(0, 40)


@given(st.lists(SMALL, min_size=1, max_size=12, unique=True), st.data())
def test_a_line_crosses_a_box_where_it_begins_in_it_or_meets_a_side(
    across: list[int], data: st.DataObject
) -> None:
    points = [QPointF(x, data.draw(SMALL)) for x in sorted(across)]
    box = QRectF(data.draw(SMALL) + 0.37, data.draw(SMALL) + 0.41, 7.3, 5.2)
    corners = [box.topLeft(), box.topRight(), box.bottomRight(), box.bottomLeft(), box.topLeft()]
    sides = [QLineF(a, b) for a, b in itertools.pairwise(corners)]
    bounded = QLineF.IntersectionType.BoundedIntersection
    pieces = list(itertools.pairwise(points)) or [(points[0], points[0])]
    wanted = sum(
        box.contains(a) or any(QLineF(a, b).intersects(side)[0] == bounded for side in sides)
        for a, b in pieces
    )
    assert crossings(box, line_of(points)) == wanted


def test_the_first_clear_place_is_taken_and_none_that_is_taken() -> None:
    level = line_of([QPointF(0, 10), QPointF(100, 10)])
    on, over, under = QRectF(20, 5, 30, 10), QRectF(20, -15, 30, 10), QRectF(20, 15, 30, 10)
    assert clearest([on, over, under], [level]) == over
    assert clearest([on, over, under], [level], [over]) == under
    assert clearest([on], [level]) == on
    assert clearest([on], [level], [on]) is None

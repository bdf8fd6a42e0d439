"""It is said what the figures of the data page are of, and which row is which."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.core.data_summary import DataSummary
from app.data.preview import ColumnView, Preview
from app.ui.column_entries import ColumnEntry
from app.ui.pages.data_numbers import number_text, range_text, share_text
from app.ui.pages.data_preview import DataPreview
from app.ui.pages.data_table import SampleTable
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT

COLUMNS = (
    ColumnView("kind", "target", ("a", "b"), (3, 2)),
    ColumnView("x", "feature", counts=(1,) * 12, mean=5.0, deviation=2.0),
)
SHOWN = Preview(
    columns=COLUMNS,
    left_out=0,
    rows=np.array([3, 0]),
    cells=np.zeros((2, 2)),
    pictures=np.zeros((0, 1, 1, 1)),
    labels=np.zeros(2),
    parts=np.array([0, 2], np.int8),
    numbers=(7, 2),
    places=("Line 7", "Line 2 of 'test.csv'"),
)
SUMMARY = DataSummary("t", "binary", (1,), ("kind",), ("a", "b"), (30, 6, 4), loaded=True)


@pytest.fixture(autouse=True)
def themed(qapp):
    apply_theme(qapp, LIGHT)


def test_rows_have_the_numbers_of_their_file(qtbot):
    table = SampleTable()
    qtbot.addWidget(table)
    table.show_preview(SHOWN, {})

    def head(section: int, role: Qt.ItemDataRole, across: bool = False) -> str:
        way = Qt.Orientation.Horizontal if across else Qt.Orientation.Vertical
        return str(table.model().headerData(section, way, role))

    assert [head(row, Qt.ItemDataRole.DisplayRole) for row in range(2)] == ["7", "2"]
    assert "Line 7, training part" in head(0, Qt.ItemDataRole.ToolTipRole)
    assert "of &#x27;test.csv&#x27;, test part" in head(1, Qt.ItemDataRole.ToolTipRole)
    assert "of all rows" in head(1, Qt.ItemDataRole.ToolTipRole, across=True)


@pytest.mark.parametrize(
    ("value", "whole", "text"),
    [
        (-3.14159, False, "−3.14"),
        (-1234.6, False, "−1,235"),
        (-0.00001234, False, "−1.2e-05"),
        (-2.0, True, "−2"),
        (0.0, False, "0.00"),
        (-0.0, True, "0"),
        (747.0, True, "747"),
    ],
)
def test_numbers_have_the_minus_sign_of_the_plots(value: float, whole: bool, text: str) -> None:
    assert number_text(value, whole) == text


def test_ranges_and_shares_are_short() -> None:
    assert [range_text(v, False) for v in (-11.04, 11.04, -0.744, 2000.0)] == [
        "−11.0",
        "11.0",
        "−0.74",
        "2,000",
    ]
    shares = (0.0, 1 / 400, 0.005, 0.125, 0.994, 399 / 400, 1.0)
    assert [share_text(share) for share in shares] == [
        "0%",
        "<1%",
        "<1%",
        "12%",
        "99%",
        ">99%",
        "100%",
    ]


def test_statistics_say_what_they_are_of(qtbot):
    view = DataPreview()
    qtbot.addWidget(view)
    entries = {"x": replace(ColumnEntry("x", "feature", guessed="number", gaps=0), gaps=3, rows=40)}
    view.show_preview(SHOWN, SUMMARY, entries)
    assert "2 columns, 3 cells missing" in view.header.subtitle.text()
    view.choose_view("statistics")
    words = view.findChild(QLabel, "data.statistics_of").text()
    assert words == (
        "Missing and distinct are of all 40 rows; mean, deviation, minimum and maximum of the "
        "30 rows that train, before and after preprocessing."
    )
    view.show_preview(SHOWN, SUMMARY, {"x": replace(entries["x"], rows=43)})
    assert view.header.subtitle.text().startswith("43 rows, 3 left out, 2 columns, 3 cells missing")
    words = view.findChild(QLabel, "data.statistics_of").text()
    assert words.startswith("Missing is of all 43 rows read, distinct of the 40 used; mean")

"""Names and places on the data page: nothing is cut without its whole being told."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from app.core.templates import builtin_data
from app.data.loading import load
from app.data.preview import Preview, preview_of
from app.ui.pages.data_table import SampleTable
from app.ui.theme import current_theme


@pytest.fixture(scope="module")
def wine() -> Preview:
    return preview_of(load(builtin_data("wine")), ("id",), lambda _n, rows: {"id": ("P7",) * 178})


def renamed(preview: Preview, *names: str) -> Preview:
    """With other names for the last columns."""
    kept = preview.columns[: -len(names)]
    last = preview.columns[-len(names) :]
    return replace(
        preview,
        columns=(*kept, *(replace(c, name=n) for c, n in zip(last, names, strict=True))),
    )


def test_a_column_is_as_wide_as_its_name_up_to_a_bound_and_its_head_tells_all_of_it(
    qtbot: QtBot, wine: Preview
) -> None:
    table = SampleTable()
    qtbot.addWidget(table)
    long = "a_very_long_name_of_a_measurement_that_nobody_would_write_in_a_table"
    shown = renamed(wine, "sensor_number_10", long)
    table.show_preview(shown, {})
    across, tip = Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
    count = len(shown.columns)
    width = QFontMetrics(current_theme().font("cell_strong")).horizontalAdvance("sensor_number_10")
    assert width < table.columnWidth(count - 2) < table.columnWidth(count - 1) < 200
    assert long in table.model().headerData(count - 1, across, tip)


def test_cells_of_columns_that_are_not_used_are_told(qtbot: QtBot, wine: Preview) -> None:
    table = SampleTable()
    qtbot.addWidget(table)
    table.show_preview(wine, {})
    place = table.model().index(3, len(wine.columns) - 1)
    assert place.data() == "P7"
    table.show_preview(replace(wine, beside={}), {})
    assert table.model().index(3, len(wine.columns) - 1).data() == "–"


def test_other_data_are_shown_from_their_first_column_on(qtbot: QtBot, wine: Preview) -> None:
    table = SampleTable()
    qtbot.addWidget(table)
    table.resize(400, 400)
    table.show()
    table.show_preview(wine, {})
    across, up = table.horizontalScrollBar(), table.verticalScrollBar()
    across.setValue(across.maximum())
    up.setValue(up.maximum())
    table.show_preview(replace(wine, columns=wine.columns[::-1]), {})
    assert across.value() > 0
    table.show_preview(renamed(wine, "another"), {})
    assert across.value() == up.value() == 0

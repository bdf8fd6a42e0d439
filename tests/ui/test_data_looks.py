"""Names and places on the data page: nothing is cut without its whole being told."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QAction, QFontMetrics, QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.core.data_summary import LeftOut
from app.core.templates import builtin_data
from app.data.loading import load
from app.data.preview import Preview, preview_of
from app.ui.actions import COMMANDS
from app.ui.controls import Button, Label
from app.ui.left_out_dialog import LeftOutDialog
from app.ui.pages.data_numbers import names_apart, short_name
from app.ui.pages.data_scatter import ScatterView
from app.ui.pages.data_table import SampleTable
from app.ui.pages.split_bar import whole_percent
from app.ui.plots.legend import Legend, LegendEntry, paint_entries
from app.ui.plots.markers import series_style
from app.ui.theme import current_theme
from app.ui.tokens import MARKERS
from app.ui.window.menu_row import MenuRow


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


def test_sixty_four_classes_are_told_apart_and_neighbours_by_both_colour_and_marker() -> None:
    styles = [series_style(number) for number in range(64)]
    assert styles[:8] == list(enumerate(MARKERS))
    assert len(set(styles)) == 64
    for one, next_one in itertools.pairwise(styles):
        assert one[0] != next_one[0]
        assert one[1] != next_one[1]


def test_the_scatter_names_its_classes(qtbot: QtBot, wine: Preview) -> None:
    scatter = ScatterView()
    qtbot.addWidget(scatter)
    scatter.show_preview(wine)
    assert scatter.legend.accessibleName() == "Classes: class 0, class 1, class 2"
    assert not scatter.legend.isHidden()
    scatter.show_preview(preview_of(load(builtin_data("diabetes"))))
    assert scatter.legend.isHidden()


def drawn(entries: list[LegendEntry], width: float) -> QImage:
    picture = QImage(2000, 20, QImage.Format.Format_RGB32)
    picture.fill(0xFFFFFF)
    with QPainter(picture) as painter:
        paint_entries(painter, QRectF(0, 0, width, 20), entries)
    return picture


def test_a_legend_without_room_for_all_tells_how_many_it_leaves_out(qtbot: QtBot) -> None:
    legend = Legend(what="Classes")
    qtbot.addWidget(legend)
    entries = [LegendEntry(f"class number {n}", "text", 0, "circle") for n in range(9)]
    legend.show_entries(entries)
    whole = legend.sizeHint().width()
    assert drawn(entries, whole) == drawn([*entries], whole + 50)
    counted = drawn(entries, whole / 2)
    assert counted != drawn(entries, whole)
    assert counted != drawn([*entries, entries[0]], whole / 2)  # another number is left out
    assert counted == drawn([*entries[:8], LegendEntry("x", "text", 0, "bar")], whole / 2)


def test_long_names_that_differ_in_their_middle_are_told_apart() -> None:
    long = [f"class number {n} of so many kinds that nobody counts" for n in range(12)]
    short = names_apart(["yes", *long, "no"], 16)
    assert (short[0], short[-1]) == ("yes", "no")
    assert len(set(short)) == 14
    assert all(len(name) <= 16 for name in short)
    assert short[8] == "…er 7 of so man…"
    assert names_apart(long[:1], 16) == [short_name(long[0], 16)]
    assert names_apart(["a" * 20, "b" * 20], 8) == ["aaa…aaaa", "bbb…bbbb"]


@given(st.lists(st.integers(0, 5000), min_size=3, max_size=3).filter(any))
def test_shares_in_whole_per_cent_are_a_hundred_together(counts: list[int]) -> None:
    shares = [count / sum(counts) for count in counts]
    found = whole_percent(shares)
    assert sum(found) == 100
    assert all(abs(p - 100 * s) < 1 for p, s in zip(found, shares, strict=True))
    assert whole_percent([218 / 319, 39 / 319, 62 / 319]) == [68, 12, 20]
    assert whole_percent([1 - 0.15 - 0.15, 0.15, 0.15]) == [70, 15, 15]


def test_a_long_reason_is_read_whole(qtbot: QtBot) -> None:
    long = "it is too large: 50 megapixels and 32,768 pixels a side are the most, and this has more"
    dialog = LeftOutDialog([LeftOut("a.png", "it is broken"), LeftOut("b.png", long)])
    qtbot.addWidget(dialog)
    dialog.show()
    table = dialog.findChild(QTableView, "left_out.table")
    line = QFontMetrics(table.font()).height()
    assert table.rowHeight(0) < 2 * line <= table.rowHeight(1)


def test_a_button_has_room_for_an_ampersand_and_gives_way_where_it_may(qtbot: QtBot) -> None:
    plain, told = Button("a + b.csv"), Button("a && b.csv", elide=True)
    for button in (plain, told):
        qtbot.addWidget(button)
    metrics = QFontMetricsF(current_theme().font("control"))
    wider = metrics.horizontalAdvance("a & b.csv") - metrics.horizontalAdvance("a + b.csv")
    assert abs(told.sizeHint().width() - plain.sizeHint().width() - wider) <= 1
    assert plain.minimumSizeHint() == plain.sizeHint()
    assert told.minimumSizeHint().width() == 64


def test_a_long_title_leaves_room_for_the_menus_whatever_the_window_becomes(qtbot: QtBot) -> None:
    menus = MenuRow({command.id: QAction() for command in COMMANDS})
    qtbot.addWidget(menus)
    menus.resize(1280, 29)
    menus.show()
    long = "a_file_with_a_rather_long_name_" * 8
    menus.show_title(long)
    for width in (1280, 1000, 1900, 1280):
        menus.resize(width, 29)
        title = menus.findChild(Label)
        assert title.text().startswith("a_file")
        assert "…" in title.text()
        assert title.x() >= menus.bar.sizeHint().width() + 16
        assert title.geometry().right() <= menus.find_button.x() - 16
        assert abs(title.geometry().center().x() - width / 2) <= 1
    menus.show_title("short")
    assert title.text() == "short"


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

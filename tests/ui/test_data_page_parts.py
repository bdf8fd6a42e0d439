"""The parts of the data page by themselves: the bar with own parts, lists, tables, warnings."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QTableView

from app.core.data_settings import PaintedSource, PictureSource, TableSource
from app.core.data_summary import DataSummary, FeatureStatistics, LeftOut
from app.core.dataset_catalog import DATASETS
from app.core.problems import Fix, Problem
from app.data.preview import ColumnView, Preview
from app.data.progress import LoadingProgress
from app.ui.column_entries import ColumnEntry
from app.ui.columns_dialog import ColumnsDialog
from app.ui.controls import NoticeCard
from app.ui.controls.fields import LineEdit
from app.ui.data_files import no_data, settings_for, source_at, suited
from app.ui.data_sets_dialog import DataSetsDialog
from app.ui.left_out_dialog import LeftOutDialog, RemarksDialog
from app.ui.pages.data_augmentation import ChangedPictures
from app.ui.pages.data_balance import BalancePanel
from app.ui.pages.data_class_weights import WeightsTable, parse_weight
from app.ui.pages.data_page import DataPage
from app.ui.pages.data_painting import PaintingView
from app.ui.pages.data_pictures import PictureGrid
from app.ui.pages.data_prepare import GapsPanel
from app.ui.pages.data_preview import DataPreview, PreviewView
from app.ui.pages.data_scatter import ScatterView
from app.ui.pages.data_source import Guesses, PicturesPanel, TablePanel
from app.ui.pages.data_statistics import StatisticsTable
from app.ui.pages.data_table import SampleTable
from app.ui.pages.data_warnings import WarningsPanel
from app.ui.pages.split_bar import SplitBar
from app.ui.plots.plot_table import TableDialog
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT

SUMMARY = DataSummary(
    title="beans",
    task="multiclass",
    input_shape=(2,),
    target_names=("kind",),
    class_names=("a", "b", "c"),
    counts=(60, 20, 20),
    class_counts=((30, 10, 10), (20, 5, 5), (10, 5, 5)),
    feature_names=("x", "y"),
    statistics=(
        FeatureStatistics("x", (5.0, 2.0, 0.0, 9.0), (0.0, 1.0, -2.5, 2.0)),
        FeatureStatistics("y", (1.0, 0.5, 0.0, 3.0), (0.0, 1.0, -2.0, 4.0)),
    ),
    loaded=True,
)


@pytest.fixture(autouse=True)
def themed(qapp):
    apply_theme(qapp, LIGHT)


def entry(name: str, role: str = "feature", **more: object) -> ColumnEntry:
    return replace(ColumnEntry(name, role, guessed="number", gaps=0, rows=40), **more)


def preview(columns: tuple[ColumnView, ...], rows: int = 5) -> Preview:
    return Preview(
        columns=columns,
        left_out=0,
        rows=np.arange(rows),
        cells=np.zeros((rows, len(columns))),
        pictures=np.zeros((0, 1, 1, 1)),
        labels=np.zeros(rows),
        parts=np.zeros(rows, np.int8),
    )


# ---------------------------------------------------------------- the bar


def test_a_part_of_the_source_cannot_be_dragged_and_shares_are_of_the_others(qtbot):
    bar = SplitBar()
    qtbot.addWidget(bar)
    bar.resize(1000, 48)
    edited = []
    bar.shares_edited.connect(lambda *shares: edited.append(shares))
    bar.show_split(0.25, 0.15, (60, 20, 20), "rows", own=("test",))
    assert bar.handle_position(0).x() == 600  # 20 of 80 others validate: a quarter of 80 %
    assert bar.handle_position(1).x() == 800
    assert "test given by the source" in bar.accessibleDescription()
    assert "The test part is given" in bar.toolTip()

    def drag(start: QPoint, to: QPoint) -> None:
        QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(bar, to)
        QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=to)

    drag(bar.handle_position(1), QPoint(500, 24))
    assert edited == []
    drag(bar.handle_position(0), QPoint(400, 24))
    assert edited[-1] == (0.5, -1.0)  # 400 of the 800 others
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Down)  # there is no other handle to choose
    QTest.keyClick(bar, Qt.Key.Key_Left)
    assert edited[-1] == (0.26, -1.0)
    bar.show_split(0.25, 0.15, (60, 20, 20), "rows", own=("validation", "test"))
    edited.clear()
    drag(bar.handle_position(0), QPoint(100, 24))
    QTest.keyClick(bar, Qt.Key.Key_Left)
    assert edited == []
    assert "Left" not in bar.toolTip()


def test_the_bar_says_which_keys_move_its_handles(qtbot):
    bar = SplitBar()
    qtbot.addWidget(bar)
    bar.resize(1000, 48)
    edited = []
    bar.shares_edited.connect(lambda *shares: edited.append(shares))
    bar.show_split(0.2, 0.1, (70, 20, 10), "rows")
    for word in ("Left and Right", "Up and Down"):
        assert word in bar.toolTip()
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Left)
    QTest.keyClick(bar, Qt.Key.Key_Down)
    QTest.keyClick(bar, Qt.Key.Key_Right)
    assert edited == [(0.21, 0.1), (0.21, 0.09)]


# ---------------------------------------------------------------- choosing


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "table"),
        ("a.TSV", "table"),
        ("a.parquet", "table"),
        ("a.xlsx", "table"),
        ("a.npz", "arrays"),
        ("a.npy", "arrays"),
        ("folder", "pictures"),
    ],
)
def test_a_file_is_told_by_its_name(tmp_path, name, kind):
    path = tmp_path / name
    path.mkdir() if kind == "pictures" else path.touch()
    assert source_at(path).kind == kind


def test_what_is_no_data_is_told_with_a_remedy(tmp_path):
    for name, word in (("a.png", "folder"), ("a.docx", ".csv")):
        assert source_at(tmp_path / name) is None
        failure = no_data(tmp_path / name)
        assert word in f"{failure.expected} {failure.how_to_fix}"


def test_arrays_are_prepared_as_suits_what_they_hold(tmp_path):
    data = settings_for(source_at(tmp_path / "a.npz"))
    pictures = replace(SUMMARY, input_shape=(8, 8, 1))
    bright = replace(
        pictures, statistics=(FeatureStatistics("pixels", (90, 50, 0, 255), (0, 0, 0, 0)),)
    )
    dim = replace(
        pictures, statistics=(FeatureStatistics("pixels", (0.4, 0.2, 0, 1.0), (0, 0, 0, 0)),)
    )
    assert suited(data, SUMMARY).preprocessing == "standardize"
    assert suited(data, bright).preprocessing == "pixels"
    assert suited(data, dim).preprocessing == "none"
    assert settings_for(PictureSource(path="x")).preprocessing == "pixels"
    assert settings_for(TableSource(path="x.csv")).preprocessing == "standardize"


def test_sets_are_searched_and_chosen_by_keys(qtbot):
    dialog = DataSetsDialog("note", "wine")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.name() == "wine"
    field = dialog._search
    field.setFocus()
    QTest.keyClicks(field, "pictures fetched")
    found = [kind.name for kind in DATASETS if kind.fetched and len(kind.input_shape) == 3]
    assert dialog.name() == found[0]
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert dialog.name() == found[1]
    field.clear()
    QTest.keyClicks(field, "no such set")
    assert dialog.name() == ""
    assert not dialog._take.isEnabled()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert dialog.isVisible()


# ---------------------------------------------------------------- columns


def test_only_columns_in_view_have_controls(qtbot):
    columns = tuple(ColumnView(f"c{n}", "feature", counts=(1,) * 12) for n in range(60))
    table = SampleTable()
    qtbot.addWidget(table)
    table.resize(600, 300)
    table.show()
    chosen = []
    table.role_chosen.connect(lambda *what: chosen.append(what))
    table.show_preview(preview(columns), {c.name: entry(c.name) for c in columns})
    header = table._header
    assert 0 < len(header._heads) < 10
    bar = table.horizontalScrollBar()
    bar.setValue(bar.maximum())
    shown = [h for h in header._heads if h.role.isVisible()]
    assert "Role of c59" in [h.role.accessibleName() for h in shown]
    assert len(header._heads) < 12
    last = next(h for h in shown if h.role.accessibleName() == "Role of c59")
    last.role.chosen.emit("ignored")
    assert chosen == [("c59", "ignored")]
    # a set that is built in has none
    table.show_preview(preview(columns), {})
    assert not [h for h in header._heads if h.role.isVisible()]


def test_many_columns_are_set_at_once_and_nonsense_is_not_taken(qtbot):
    entries = [entry(f"column {n}") for n in range(10_000)]
    entries[0] = entry("column 0", "target")
    dialog = ColumnsDialog("wide", entries, ())
    qtbot.addWidget(dialog)
    dialog.show()
    dialog._search.setText("column 99")
    dialog._choose_all()
    dialog._set_role("ignored")
    dialog._set_type("category")
    dialog._set_gaps("category")
    dialog._check()
    found = dialog.entries()
    touched = [e for e in found if e.role == "ignored"]
    assert len(touched) == len([e for e in entries if "column 99" in e.name]) == 111
    assert {(e.type, e.missing) for e in touched} == {("category", "category")}
    assert dialog.given() == {e.name for e in touched}
    dialog._set_type("number")  # a number has no category of its own for gaps
    assert {e.missing for e in dialog.entries() if e.role == "ignored"} == {"drop"}
    assert dialog._take.isEnabled()
    dialog._search.setText("")
    dialog._choose_all()
    dialog._set_role("feature")
    dialog._check()
    assert not dialog._take.isEnabled()
    assert "target" in dialog._trouble.text()


def test_what_is_left_out_is_no_feature_until_it_is_made_one(qtbot):
    entries = [entry("y", "target"), entry("when", type="date", gaps=None, left_out=True)]
    dialog = ColumnsDialog("dates", entries, ())
    qtbot.addWidget(dialog)
    dialog.show()
    assert "feature" in dialog._trouble.text()
    dialog.choose(["when"])
    dialog._set_role("feature")
    dialog._check()
    assert not dialog._trouble.text()
    assert (dialog.entries()[1].role, dialog.entries()[1].left_out) == ("feature", False)


def test_gaps_of_all_columns_are_told(qtbot):
    panel = GapsPanel()
    qtbot.addWidget(panel)
    panel.show_gaps([entry("x", gaps=3), entry("y", gaps=2, missing="mean"), entry("z")])
    words = [label.text() for label in panel.findChildren(QLabel)]
    filled = "5 gaps in 2 columns: x, y; counted in all 40 rows read. What they are filled with is"
    assert any(text.startswith(filled) for text in words)
    panel.show_gaps([entry("x", gaps=3)])
    words = [label.text() for label in panel.findChildren(QLabel)]
    assert "3 gaps in 1 column: x; counted in all 40 rows read. Their rows are left out." in words
    panel.show_gaps(
        [entry("x"), entry("y", "ignored", gaps=None), entry("z", gaps=None, left_out=True)]
    )
    words = [label.text() for label in panel.findChildren(QLabel)]
    assert "Nothing is missing in the columns that are used." in words
    panel.show_gaps([entry("x", gaps=None)])
    words = [label.text() for label in panel.findChildren(QLabel)]
    assert "Gaps are counted when the data are read." in words


def test_guesses_stand_in_the_lists(qtbot):
    panel = TablePanel()
    qtbot.addWidget(panel)
    asked = []
    panel.edited.connect(lambda *what: asked.append(what))
    guesses = Guesses(separator=";", decimal=",", encoding="utf-8", header=True, task="binary")
    panel.show_source(TableSource(path="x.csv", decimal="."), guesses)
    shown = {name: box.currentText() for name, box in panel._choices.items()}
    assert shown["separator"] == "guessed: semicolon"
    assert shown["decimal"] == "point"
    assert shown["encoding"] == "guessed: UTF-8"
    assert shown["header"] == "guessed: names"
    panel._choices["decimal"].chosen.emit("guess")
    assert asked == [("decimal", None)]
    panel.show_source(TableSource(path="x.xlsx"), Guesses(sheet="one", sheets=("one", "two")))
    box = panel._choices["sheet"]
    assert [box.itemText(n) for n in range(box.count())] == ["guessed: one", "one", "two"]


def test_skipped_rows_are_guessed_while_the_field_is_empty(qtbot):
    panel = TablePanel()
    qtbot.addWidget(panel)
    asked = []
    panel.edited.connect(lambda *what: asked.append(what))
    guesses = Guesses(skip_rows=2, above="'Sales 2024'")
    panel.show_source(TableSource(path="x.csv"), guesses)
    panel.show()
    field = panel._skip
    notes = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "Not read: 'Sales 2024'." in notes
    assert (field.text(), field.placeholderText()) == ("", "guessed: 2")
    field.step_by(1)  # from what is guessed
    field.step_by(-1)
    QTest.keyClick(field, Qt.Key.Key_0)
    assert asked == [("skip_rows", 3), ("skip_rows", 2), ("skip_rows", 0)]
    field.selectAll()
    QTest.keyClicks(field, "-1")
    assert field.error() == "Skip rows: at least 0, received -1."
    complaint = panel.findChild(QLabel, "data.skip_rows.error")
    assert complaint.isVisible()
    assert complaint.text() == field.error()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert asked[3:] == [("skip_rows", None)]
    panel.show_source(TableSource(path="x.xlsx", skip_rows=7), Guesses())
    assert field.text() == "7"
    panel.show_source(TableSource(path="x.parquet"), Guesses(skip_rows=0))
    assert not field.isVisible()


# ---------------------------------------------------------------- look


def test_the_balance_is_of_all_or_of_one_part(qtbot):
    panel = BalancePanel()
    qtbot.addWidget(panel)
    panel.show_summary(SUMMARY)
    assert panel._balance.accessibleDescription() == "a: 50, b: 30, c: 20"
    panel._part.set_current("validation")
    panel._show()
    assert panel._balance.accessibleDescription() == "a: 10, b: 5, c: 5"
    hundred = replace(
        SUMMARY,
        class_names=tuple(f"class {n}" for n in range(100)),
        class_counts=((3, 1, 1),) * 100,
    )
    panel.show_summary(hundred)
    assert panel._area.height() < panel._balance.sizeHint().height()
    panel.show_summary(replace(SUMMARY, class_counts=()))
    assert panel.isHidden()


def test_balance_and_scatter_are_read_as_tables_by_keys_alone(qtbot):
    panel = BalancePanel()
    qtbot.addWidget(panel)
    panel.show_summary(SUMMARY)
    panel.show()
    table = panel._balance.table()
    assert table.headers == ("class", "training", "validation", "test", "all")
    assert table.rows[0] == ("a", 30, 10, 10, 50)
    assert panel._balance.focusPolicy() & Qt.FocusPolicy.TabFocus
    ask = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(4, 4), QPoint(4, 4))
    QApplication.sendEvent(panel._balance, ask)
    panel._balance._plain_menu.table_action.trigger()
    (dialog,) = panel.findChildren(TableDialog)
    assert dialog.findChild(QTableView).model().rowCount() == 3
    assert dialog.title.text() == panel._balance.table().title
    assert not dialog.view.horizontalHeader().stretchLastSection()

    scatter = ScatterView()
    qtbot.addWidget(scatter)
    columns = (
        ColumnView("kind", "target", ("a", "b", "c"), (50, 30, 20)),
        *(ColumnView(n, "feature", (), (1,) * 12, 5.0, 2.0) for n in "xy"),
    )
    cells = np.array([[0, 1.5, 2.5], [2, 3.5, 4.5]])
    shown = replace(preview(columns, 2), cells=cells, labels=np.array([0, 2]))
    scatter.show_preview(shown)
    assert scatter.table().headers == ("sample", "x", "y", "kind")
    assert scatter.table().rows == ((0, 1.5, 2.5, "a"), (1, 3.5, 4.5, "c"))
    scatter.choose("y", "x")
    assert scatter.table().rows[1] == (1, 4.5, 3.5, "c")
    QApplication.sendEvent(scatter._plot, ask)
    assert scatter._plain_menu.isVisible()
    scatter._plain_menu.close()


def test_statistics_are_complete(qtbot):
    table = StatisticsTable()
    qtbot.addWidget(table)
    view = preview(
        (
            ColumnView("kind", "target", ("a", "b", "c"), (50, 30, 20)),
            ColumnView("x", "feature", (), (1,) * 12, 5.0, 2.0, 0.0, 9.0),
            ColumnView("y", "feature", (), (1,) * 12, 1.0, 0.5, 0.0, 3.0),
        )
    )
    entries = {"kind": entry("kind", "target"), "x": entry("x", gaps=7), "y": entry("y")}
    entries["z"] = entry("z", "ignored", gaps=None)
    table.show()
    table.show_statistics(SUMMARY, view, entries, {"kind": 3, "x": 81})
    model = table.model()
    rows = [
        tuple(model.index(row, column).data() for column in range(8))
        for row in range(model.rowCount())
    ]
    assert rows == [
        ("kind", "target", "0", "3", "–", "–", "–", "–"),
        ("x", "feature", "7", "81", "5.00", "2.00", "0.00", "9.00"),
        ("y", "feature", "0", "–", "1.00", "0.50", "0.00", "3.00"),
        ("z", "ignored", "–", "–", "–", "–", "–", "–"),
    ]


def test_what_is_not_changed_has_the_same_numbers_after(qtbot):
    """7 of 200 once in 64 bits and once in 32 are rounded to 0.03 and 0.04."""
    before = (0.034999999999999996, 0.1837, 0.0, 1.0)
    kept = FeatureStatistics("city = a", before, tuple(float(np.float32(v)) for v in before))
    scaled = FeatureStatistics("x", (5.0, 2.0, 0.0, 9.0), (1e-9, 1.0, -2.5, 2.0))
    table = StatisticsTable()
    qtbot.addWidget(table)
    table.show()
    summary = replace(SUMMARY, statistics=(kept, scaled))
    table.show_statistics(summary, preview(()), {}, {})
    model = table.model()
    rows = [[model.index(row, column).data() for column in range(12)] for row in range(2)]
    assert rows[0][4:] == ["0.03", "0.18", "0.00", "1.00"] * 2
    assert rows[1][8:] == ["0.00", "1.00", "−2.50", "2.00"]


def test_a_weight_that_is_none_says_so_when_it_is_left(qtbot):
    table = WeightsTable()
    qtbot.addWidget(table)
    said, edited = [], []
    table.refused.connect(said.append)
    table.weight_edited.connect(lambda *what: edited.append(what))
    table.show_weights(("a", "b"), (5, 6), (1.0, 2.5), editable=True)
    table.show()
    for text, reason in (("-3", "from 0 to 1,000,000"), ("2,5", "A number such as")):
        table.edit(table.model().index(1, 2))
        field = table.findChild(LineEdit, "data.class_weight")
        field.selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: said != [])  # Enter is answered later
        assert said[0].startswith("The weight of b stays 2.5: ")
        assert reason in said[0]
        assert len(said) == 1
        said.clear()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    assert edited == []


def test_warnings_are_mended_and_shown(qtbot):
    panel = WarningsPanel()
    qtbot.addWidget(panel)
    fixed, looked, listed = [], [], []
    panel.fix_chosen.connect(lambda *what: fixed.append(what))
    panel.look_chosen.connect(looked.append)
    panel.left_out_requested.connect(lambda: listed.append(True))
    problem = Problem(
        "data", "warning", "Alike", "x and y.", "", "", fixes=(Fix("Leave y out", lambda p: p),)
    )
    panel.show_problems([problem, problem], ["A note."], 4, ["", "Show scatter"], "file")
    cards = panel.findChildren(type(panel._cards.itemAt(0).widget()))
    titles = ["Alike", "Alike", "4 files left out", "Note on the data"]
    assert [card.title.text() for card in cards] == titles
    assert panel._badge.text() == "2"
    assert [b.text() for b in cards[1].buttons] == ["Fix: leave y out", "Show scatter"]
    cards[0].buttons[0].click()
    cards[1].buttons[1].click()
    cards[2].buttons[0].click()
    assert (fixed, looked, listed) == ([(0, 0)], [1], [True])


def test_many_remarks_are_a_list(qtbot):
    panel = WarningsPanel()
    qtbot.addWidget(panel)
    asked = []
    panel.all_requested.connect(lambda: asked.append(True))
    remarks = [f"Remark {number}." for number in range(700)]
    panel.show_problems([], remarks)
    assert panel._badge.text() == "0"  # a note is no warning
    assert "; 700 more: advice and notes" in panel._badge.toolTip()
    (card,) = panel.findChildren(NoticeCard)
    assert card.text.text().splitlines() == remarks[:12]
    button = panel.findChild(QPushButton, "data.all_remarks")
    assert button.text() == "Show all 700…"
    button.click()
    assert asked == [True]
    advice = Problem("data", "info", "Advice", "x.", "", "")
    panel.show_problems([replace(advice, severity="warning")] * 120 + [advice] * 5, remarks[:1])
    assert panel._badge.text() == "99+"
    assert "120 warnings" in panel._badge.toolTip()
    dialog = RemarksDialog(remarks)
    qtbot.addWidget(dialog)
    model = dialog.findChild(QTableView, "left_out.table").model()
    assert (model.rowCount(), model.index(699, 0).data()) == (700, "Remark 699.")


def test_a_weight_is_a_number_that_is_not_negative(qtbot):
    assert parse_weight("2.5") == 2.5
    for text in ("-1", "a", "", "1e7", "inf"):
        with pytest.raises(ValueError, match=r"\w"):
            parse_weight(text)
    table = WeightsTable()
    qtbot.addWidget(table)
    edited = []
    table.weight_edited.connect(lambda *what: edited.append(what))
    table.show_weights(("a", "b"), (3, 4), (1.0, 1.0), editable=True)
    model = table.model()
    assert not model.setData(model.index(0, 2), "-3")
    assert model.setData(model.index(1, 2), "0.25")
    assert edited == [("b", 0.25)]
    table.show_weights(("a", "b"), (3, 4), (0.5, 1.5), editable=False)
    assert not model.flags(model.index(0, 2)) & Qt.ItemFlag.ItemIsEditable


def test_what_was_left_out_is_a_table(qtbot):
    dialog = LeftOutDialog([LeftOut("a.png", "It is cut off.")])
    qtbot.addWidget(dialog)
    table = dialog.findChild(QTableView, "left_out.table")
    assert [table.model().index(0, n).data() for n in (0, 1)] == ["a.png", "It is cut off."]


def test_progress_stands_above_what_is_shown(qtbot):
    panel = DataPreview()
    qtbot.addWidget(panel)
    columns = (ColumnView("x", "feature", (), (1,) * 12, 5.0, 2.0, 0.0, 9.0),)
    panel.show_preview(preview(columns), replace(SUMMARY, class_names=()), {})
    panel.show_reading("b.csv", LoadingProgress("Reading rows", 0.4))
    strip = panel._strip
    assert strip.accessibleName() == "b.csv: Reading rows"
    assert strip._bar.progress() == 0.4
    assert panel._stack.currentWidget() is panel._table
    panel.show_reading("", LoadingProgress("Counting", None))
    assert strip._bar.isHidden()
    panel.hide_reading()
    assert strip.isHidden()


def test_a_view_is_handed_the_data_when_it_is_seen(qtbot):
    handed: list[str] = []
    widgets = {name: QLabel(name) for name in "ab"}
    more = [
        PreviewView(name, name, widget, lambda p, s, n=name: handed.append(n))
        for name, widget in widgets.items()
    ]
    whole = DataPreview(more)
    qtbot.addWidget(whole)
    shown = preview(tuple(ColumnView(n, "feature", (), (1,) * 12, 5.0, 2.0) for n in "xy"))
    whole.show_preview(shown, SUMMARY, {})
    assert handed == []
    whole.choose_view("b")
    whole.choose_view("a")
    whole.choose_view("b")
    assert handed == ["b", "a"]
    whole.show_preview(shown, SUMMARY, {})
    assert handed == ["b", "a", "b"]
    whole.choose_view("table")
    whole.choose_view("a")
    assert handed == ["b", "a", "b", "a"]


def test_pictures_are_told_by_their_classes(qtbot):
    grid = PictureGrid()
    qtbot.addWidget(grid)
    grid.show_pictures(np.zeros((3, 4, 4, 1)), ["cat", "dog", "cat"])
    assert grid.accessibleDescription() == "3 pictures: 2 of cat, 1 of dog"
    grid.show_pictures(np.zeros((1, 4, 4, 3)), [""])
    assert grid.accessibleDescription() == "1 picture"


def test_brushes_with_long_names_are_cut_and_told_whole(qtbot):
    view = PaintingView()
    qtbot.addWidget(view)
    names = tuple(f"a class with a long name {n}" for n in range(8))
    view.show_painting(PaintedSource(class_names=names))
    view.resize(700, 400)
    view.show()
    button = view._classes[3]
    assert names[3] in button.toolTip()
    assert button.accessibleName() == f"Paint {names[3]}"
    assert view._eraser.width() >= view._eraser.sizeHint().width()


def test_the_tab_key_goes_from_top_to_bottom_of_the_side(qtbot):
    page = DataPage()
    qtbot.addWidget(page)
    page.balance.show_summary(SUMMARY)
    fix = Fix("Mend it", lambda project: project)
    problems = [
        Problem(
            "data", "warning", f"Trouble {n}", "It is so.", "It is not.", "Mend it.", fixes=(fix,)
        )
        for n in range(3)
    ]
    page.warnings.show_problems(problems[:1], ())
    page.warnings.show_problems(problems, (), left_out=2, looks=("", "Show scatter", ""))
    names, widget = [], page.nextInFocusChain()
    while widget is not page:
        if widget.isVisibleTo(page):  # not of cards that are about to go
            names.append(widget.objectName())
        widget = widget.nextInFocusChain()
    wanted = (
        "data.balance_of",
        "data.balance",
        "data.warnings_scroll",
        "data.problem.0.action.0",
        "data.problem.1.action.0",
        "data.problem.1.action.1",
        "data.problem.2.action.0",
        "data.left_out.action.0",
        "data.preprocessing",
    )
    assert [name for name in names if name in wanted] == list(wanted)


def test_no_column_is_drawn_against_itself_when_others_come(qtbot):
    scatter = ScatterView()
    qtbot.addWidget(scatter)
    number = {"counts": (1,) * 12, "mean": 5.0, "deviation": 2.0}
    first = (ColumnView("kind", "target", ("a", "b"), (3, 2)),)
    scatter.show_preview(preview((*first, *(ColumnView(n, "feature", **number) for n in "xy"))))
    assert scatter.table().headers[1:3] == ("x", "y")
    others = (ColumnView("price", "target", **number), ColumnView("size", "feature", **number))
    scatter.show_preview(preview(others))
    assert set(scatter.table().headers[1:3]) == {"price", "size"}


# ---------------------------------------------------------------- pictures that are no squares


def painted_box(widget, near: QPoint, ink: QColor) -> tuple[int, int]:
    """(height, width) of the run of pixels of this colour through a place."""
    image = widget.grab().toImage()

    def run(dx: int, dy: int) -> int:
        count, place = 0, QPoint(near)
        while image.pixelColor(place) == ink:
            count, place = count + 1, place + QPoint(dx, dy)
        return count

    return run(0, 1) + run(0, -1) - 1, run(1, 0) + run(-1, 0) - 1


@pytest.mark.parametrize(("height", "width"), [(32, 48), (48, 32), (20, 20)])
def test_pictures_keep_their_shape(qtbot, height, width):
    white = np.ones((1, height, width, 3))
    white[0, 0, 0] = 0.0  # else there is no scale
    grid, augmented = PictureGrid(), ChangedPictures()
    for widget in (grid, augmented):
        qtbot.addWidget(widget)
        widget.resize(700, 300)
    grid.show_pictures(white, ["a"])
    augmented.show_pictures(white, white[:, None])
    inside = (grid, QPoint(16 + 28, 12 + 28)), (augmented, QPoint(1 + 48, 20 + 48))
    for widget, middle in inside:
        found = painted_box(widget, middle, QColor("white"))
        assert found[0] / found[1] == pytest.approx(height / width, rel=0.06)
        assert max(found) > 50


def test_it_is_said_which_side_is_the_height(qtbot):
    panel = PicturesPanel()
    qtbot.addWidget(panel)
    fields = [panel.findChild(QLineEdit, f"data.picture_size.{n}") for n in range(2)]
    assert ["Height" in field.toolTip() for field in fields] == [True, False]
    assert ["Width" in field.toolTip() for field in fields] == [False, True]
    assert [field.accessibleName().split()[0] for field in fields] == ["Height", "Width"]

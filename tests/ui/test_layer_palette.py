"""The list of layers to add, by keyboard and mouse."""

import pytest
from PySide6.QtCore import QPoint, Qt

from app.core.layer_catalog import LAYER_KINDS
from app.ui.canvas.layer_palette import LayerPalette, matching_kinds


@pytest.fixture
def palette(qtbot):
    palette = LayerPalette()
    qtbot.addWidget(palette)
    palette.open_at(QPoint(20, 20))
    return palette


@pytest.fixture
def emitted(palette):
    """What the palette has said so far."""
    names: list[str] = []
    palette.chosen.connect(names.append)
    return names


def families(palette):
    return [row for row in palette._model.rows if isinstance(row, str)]


def test_all_kinds_but_the_input_stand_in_their_families(palette):
    kinds = [kind for kind in LAYER_KINDS.values() if not kind.makes_input]
    assert palette.shown_kinds() == tuple(kind.name for kind in kinds)
    assert families(palette) == list(dict.fromkeys(kind.family for kind in kinds))


def test_typing_filters_and_enter_adds(palette, emitted, qtbot):
    qtbot.keyClicks(palette.search, "averagepool")
    shown = palette.shown_kinds()
    assert "AveragePooling2D" in shown
    assert all("AveragePooling" in name for name in shown)
    assert families(palette) == []
    assert palette.current_kind() == shown[0]
    qtbot.keyClick(palette.search, Qt.Key.Key_Down)
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert emitted == [shown[1]]
    assert not palette.isVisible()


def test_names_that_begin_so_come_first():
    kinds = list(LAYER_KINDS.values())
    found = matching_kinds("conv", kinds)
    assert found[0].name == "Conv2D"
    assert "SeparableConv2D" in [kind.name for kind in found]
    begin = [kind.name.startswith("Conv") or kind.label.startswith("Conv") for kind in found]
    assert begin == sorted(begin, reverse=True)
    assert len(set(begin)) == 2
    assert matching_kinds("", kinds) == tuple(kinds)
    assert matching_kinds("nothing is called so", kinds) == ()


def test_nothing_found_adds_nothing(palette, emitted, qtbot):
    qtbot.keyClicks(palette.search, "zzz")
    assert palette.shown_kinds() == ()
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert emitted == []


def test_keys_skip_the_titles(palette, qtbot):
    kinds = palette.shown_kinds()
    seen = [palette.current_kind()]
    for _ in range(5):
        qtbot.keyClick(palette.search, Qt.Key.Key_Down)
        seen.append(palette.current_kind())
    assert seen == list(kinds[:6])
    for _ in range(9):
        qtbot.keyClick(palette.search, Qt.Key.Key_Up)
    assert palette.current_kind() == kinds[0]


def test_click_adds(palette, emitted, qtbot):
    place = palette.row_rect("Dropout").center()
    qtbot.mouseClick(palette.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert emitted == ["Dropout"]
    with pytest.raises(KeyError):
        palette.row_rect("NoSuchLayer")


def test_escape_adds_nothing(palette, emitted, qtbot):
    qtbot.keyClick(palette, Qt.Key.Key_Escape)
    assert emitted == []
    assert not palette.isVisible()


def test_opening_with_text_filters_at_once(palette):
    palette.open_at(QPoint(20, 20), "flat")
    assert palette.search.text() == "flat"
    assert palette.current_kind() == "Flatten"
    palette.close()


def test_typing_in_the_list_goes_to_the_field(palette, qtbot):
    palette.list.setFocus()
    qtbot.keyClicks(palette.list, "dro")
    assert palette.search.text() == "dro"
    assert "Dropout" in palette.shown_kinds()


def test_a_screen_reader_hears_what_a_kind_does(palette):
    for row in range(palette._model.rowCount()):
        index = palette._model.index(row)
        kind = index.data(Qt.ItemDataRole.UserRole)
        if kind is not None:
            spoken = index.data(Qt.ItemDataRole.AccessibleTextRole)
            assert kind.label in spoken
            assert kind.help in spoken


def test_a_kind_can_be_dragged_out_of_the_list(palette, emitted, monkeypatch):
    from PySide6.QtGui import QDrag

    from app.ui.canvas.palette_drag import dragged_kind

    carried = []

    def carry(drag, actions):
        carried.append((dragged_kind(drag.mimeData()), actions, palette.isVisible()))
        assert not drag.pixmap().isNull()
        return actions

    monkeypatch.setattr(QDrag, "exec", carry)
    palette.row_rect("Conv2D")
    palette.search.setText("conv2d")
    palette.list.startDrag(Qt.DropAction.CopyAction)
    assert carried == [("Conv2D", Qt.DropAction.CopyAction, False)]
    assert emitted == []

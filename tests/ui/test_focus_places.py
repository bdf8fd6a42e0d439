"""Where the focus goes when the control that has it vanishes, and that only keys bring a ring."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.controls import Button, TextField
from app.ui.controls.focus_ring import FocusRing
from app.ui.main_window import MainWindow
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from app.ui.window.run_bar import RunBarView

RUNNING = RunBarView(title="Epoch 3", learning_rate=0.01, progress=0.3)
ENDED = RunBarView(title="Stopped")
KEY, MOUSE = Qt.FocusReason.TabFocusReason, Qt.FocusReason.MouseFocusReason


def page() -> QWidget:
    whole = QWidget()
    whole.field, whole.button = TextField("text"), Button("Button")
    column = QVBoxLayout(whole)
    column.addWidget(whole.field)
    column.addWidget(whole.button)
    return whole


@pytest.fixture
def window(qtbot, qapp):
    apply_theme(qapp, LIGHT)
    window = MainWindow({name: page() for name in ("data", "bench", "lab")})
    qtbot.addWidget(window)
    window.show_page("bench")
    window.show_commands({}, True)
    window.run_bar.show_view(RUNNING)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    yield window
    window.closing_allowed = True


def rings(window) -> list[FocusRing]:
    return [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]


@pytest.mark.parametrize("by_key", [False, True])
def test_when_the_rate_goes_the_train_button_has_the_focus(window, by_key):
    window.run_bar._rate.setFocus(KEY if by_key else MOUSE)
    window.run_bar.show_view(ENDED)
    train = window.run_bar.resting_place
    assert window.focusWidget() is train
    assert train.has_focus_ring() == by_key
    assert len(rings(window)) == by_key


@pytest.mark.parametrize("by_key", [False, True])
def test_a_button_of_the_bar_that_is_disabled_hands_on_to_train(window, by_key):
    window.run_bar._buttons["stop"].setFocus(KEY if by_key else MOUSE)
    window.show_commands({"pause": "Why.", "stop": "Why."}, False)
    assert window.focusWidget() is window.run_bar.resting_place
    assert len(rings(window)) == by_key


def test_with_train_disabled_the_page_has_it(window):
    window.run_bar._rate.setFocus(MOUSE)
    window.show_commands({"train": "Why."}, False)
    window.run_bar.show_view(ENDED)
    assert window.focusWidget() is window.pages["bench"]
    assert rings(window) == []


def test_a_field_of_the_page_that_goes_leaves_the_focus_in_the_page_without_a_ring(window):
    bench = window.pages["bench"]
    bench.field.setFocus(MOUSE)
    bench.field.hide()
    assert bench.button.hasFocus()
    assert rings(window) == []
    bench.button.setEnabled(False)
    assert window.focusWidget() is bench
    assert rings(window) == []


def test_another_page_has_no_ring_after_a_click(window):
    window.pages["bench"].button.setFocus(MOUSE)
    window.show_page("data")
    assert window.pages["data"].isAncestorOf(window.focusWidget())
    assert rings(window) == []


def test_a_page_never_visited_gets_the_focus_at_its_resting_place_else_where_it_was(window):
    bench, data = window.pages["bench"], window.pages["data"]
    data.resting_place = data.button
    bench.field.setFocus(MOUSE)
    window.show_page("data")
    assert window.focusWidget() is data.button  # not the field, which a stray key would change
    data.field.setFocus(MOUSE)
    window.show_page("bench")
    assert window.focusWidget() is bench.field
    window.show_page("data")
    assert window.focusWidget() is data.field


def test_the_tab_key_brings_the_ring_whole_inside_the_window(window):
    window.setFocus()
    rail = window.findChild(QWidget, "rail.data")
    for _ in range(30):
        if rail.hasFocus():
            break
        QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_Tab)
    assert rail.hasFocus()
    (ring,) = rings(window)
    assert window.rect().contains(ring.geometry())

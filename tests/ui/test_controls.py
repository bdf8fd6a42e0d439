"""Every control by mouse, by keyboard and by eye."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QKeySequence, QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QButtonGroup, QScrollArea, QVBoxLayout, QWidget

from app.ui.controls import (
    Badge,
    Button,
    CheckBox,
    ComboBox,
    EmptyState,
    ErrorBelow,
    FloatField,
    IconButton,
    IconMark,
    IntegerField,
    Label,
    Line,
    NoticeCard,
    PairField,
    Panel,
    PanelHeader,
    PrimaryButton,
    ProgressStrip,
    RailButton,
    SegmentedControl,
    TextField,
    plain_tool_tip,
)
from app.ui.controls.focus_ring import FocusRing
from app.ui.controls.number_fields import format_float
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT, Tokens
from tests.ui.gallery import BUTTON_TOPS, COLUMNS, FIELD_TOP, ControlsGallery
from tests.ui.gallery_inspector import BenchGallery

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def light(qapp: QApplication):
    yield apply_theme(qapp, LIGHT)
    apply_theme(qapp, LIGHT)


@pytest.fixture
def stage(qtbot) -> Callable[..., QWidget]:
    """Puts controls into a shown window, one below the other, and gives the first."""

    windows: list[QWidget] = []  # nothing else keeps them

    def show(*controls: QWidget) -> QWidget:
        window = QWidget()
        windows.append(window)
        column = QVBoxLayout(window)
        for control in controls:
            column.addWidget(control)
        window.resize(320, 60 + 60 * len(controls))
        qtbot.addWidget(window)
        show_active(qtbot, window)
        return controls[0]

    return show


def show_active(qtbot, window: QWidget) -> None:
    """Show `window` as the one that the keyboard writes to."""
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()


def collect(signal) -> list:
    """What `signal` carries from now on."""
    found: list = []
    signal.connect(lambda *values: found.append(values[0] if len(values) == 1 else values))
    return found


def named(parent: QWidget, name: str) -> QWidget:
    """The one child of that object name."""
    (found,) = parent.findChildren(QWidget, name)
    return found


def picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


def ring_of(control: QWidget) -> FocusRing | None:
    return next((r for r in control.window().findChildren(FocusRing) if r.isVisible()), None)


# ---------------------------------------------------------------- as drawn

# Read off the drawings: ground, line; per state of the primary button, the plain one and the field.
DRAWN = {
    "light": {
        "primary": """5B45D1 5B45D1 4E3BB5 5B45D1 423299 5B45D1
                      5B45D1 5B45D1 FFFFFF DADDE3 ECE9FB ECE9FB""",
        "plain": """FFFFFF 828995 E8EAEF 828995 E1E4EA 828995
                    FFFFFF 828995 FFFFFF DADDE3 ECE9FB ECE9FB""",
        "field": """FFFFFF 828995 E8EAEF 828995 FFFFFF 828995
                    FFFFFF B3261E FFFFFF DADDE3 ECE9FB 5B45D1""",
        "ring": "5B45D1",
        "panel": "FFFFFF",
    },
    "dark": {
        "primary": """6B57DB 6B57DB 5C4BBD 6B57DB 4E3FA0 6B57DB
                      6B57DB 6B57DB 1F2227 3A4048 332E58 332E58""",
        "plain": """272B31 79818E 30353D 79818E 3A4048 79818E
                    272B31 79818E 1F2227 3A4048 332E58 332E58""",
        "field": """272B31 79818E 30353D 79818E 272B31 79818E
                    272B31 FF8A80 272B31 3A4048 332E58 AC9FFF""",
        "ring": "AC9FFF",
        "panel": "1F2227",
    },
}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_state_is_painted_as_drawn(qtbot, qapp, tokens: Tokens) -> None:
    apply_theme(qapp, tokens)
    gallery = ControlsGallery()
    qtbot.addWidget(gallery)
    with qtbot.waitExposed(gallery):
        gallery.show()
    gallery.force_states()
    image = picture(gallery)

    def at(x: int, y: int) -> str:
        return image.pixelColor(x, y).name().upper()[1:]

    drawn = DRAWN[tokens.name]
    tops = {**BUTTON_TOPS, "field": FIELD_TOP}
    for row, top in tops.items():
        found = []
        for left in COLUMNS.values():
            found += [at(left + 6, top + 5), at(left, top + 14)]
        assert found == drawn[row].split(), row
    focused, middle = COLUMNS["focused"], BUTTON_TOPS["primary"] + 16
    around = [at(x, middle) for x in range(focused - 6, focused)]
    ring, panel = drawn["ring"], drawn["panel"]
    assert around == [panel, panel, ring, ring, panel, panel]
    error = [at(x, FIELD_TOP + 14) for x in range(focused, focused + 3)]
    assert error[:2] == [drawn["field"].split()[7]] * 2
    assert error[2] == drawn["field"].split()[6]


def test_sizes_are_those_of_the_drawings(stage) -> None:
    stage(
        train := PrimaryButton("Train"),
        pause := Button("Pause"),
        with_icon := Button("Pause", "pause"),
        small := Button("Fix", small=True),
    )
    assert train.sizeHint() == QSize(57, 32)
    assert pause.sizeHint() == QSize(64, 32)
    assert abs(with_icon.sizeHint().width() - 82) <= 1
    assert small.sizeHint().height() == 28
    assert RailButton("data", "Data").sizeHint() == QSize(63, 56)
    assert IntegerField(1).sizeHint().height() == 28
    assert ComboBox(["a"]).sizeHint().height() == 28
    assert SegmentedControl(["a", "b"]).sizeHint().height() == 28
    assert SegmentedControl(["a", "b"], small=True).sizeHint().height() == 24
    assert PanelHeader("Title").height() == 40
    assert Label("x", "caption").sizeHint().height() == 16
    assert Label("x", "diagnosis").sizeHint().height() == 28


def test_controls_grow_with_the_text_size(light, stage) -> None:
    stage(button := Button("Pause"), field := IntegerField(16), label := Label("Text"))
    before = button.sizeHint()
    light.set_scale(1.5)
    try:
        assert button.sizeHint().height() == 48
        assert button.sizeHint().width() > 1.4 * before.width()
        assert field.sizeHint().height() == 42
        assert label.font().pixelSize() == 20
    finally:
        light.set_scale(1.0)
    assert button.sizeHint() == before


def test_a_new_theme_reaches_controls_that_stand_already(qapp, stage) -> None:
    stage(label := Label("Text", tone="muted"), field := TextField("16"), button := Button("B"))
    apply_theme(qapp, DARK)
    role = label.foregroundRole()
    assert label.palette().color(role) == QColor(DARK.muted)
    assert field.palette().color(field.foregroundRole()) == QColor(DARK.text)
    assert picture(button).pixelColor(button.width() // 2, 3) == QColor(DARK.card)


# ---------------------------------------------------------------- buttons


@pytest.mark.parametrize(
    "make",
    [
        lambda: PrimaryButton("Train", "train"),
        lambda: Button("Stop"),
        lambda: Button("Show", kind="flat", small=True),
        lambda: IconButton("undo", "Undo"),
        lambda: RailButton("data", "Data"),
    ],
    ids=["primary", "plain", "flat", "icon", "rail"],
)
def test_buttons_work_by_mouse_and_keyboard_and_have_a_name(stage, make) -> None:
    button = stage(make())
    clicks = collect(button.clicked)
    QTest.mouseClick(button, LEFT)
    button.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert len(clicks) == 2
    assert button.accessibleName() in ("Train", "Stop", "Show", "Undo", "Data")
    button.setEnabled(False)
    QTest.mouseClick(button, LEFT)
    assert len(clicks) == 2


def test_on_is_a_state_beside_enabled(stage) -> None:
    button = stage(PrimaryButton("Training"))
    assert button.state() == "rest"
    button.set_on(True)
    assert button.state() == "on"
    assert picture(button).pixelColor(6, 5) == QColor(LIGHT.accent_soft)
    button.setEnabled(False)
    assert button.state() == "disabled"


def test_tool_tips_and_labels_show_markup_as_it_stands(stage) -> None:
    hostile = "<b>bold</b> & <img src=x>"
    button = stage(
        Button(hostile.replace("&", "&&")),
        label := Label(hostile),
        wrapped := Label(hostile, wrap=True),
    )
    button.setToolTip(hostile)
    assert "&lt;b&gt;" in button.toolTip()
    assert "<b>" not in button.toolTip()
    assert plain_tool_tip("") == ""
    for each in (label, wrapped):
        assert each.textFormat() == Qt.TextFormat.PlainText
        assert each.text() == hostile


def test_rail_buttons_of_a_group_exclude_each_other(stage) -> None:
    buttons = [RailButton("data", "Data"), RailButton("bench", "Bench")]
    stage(*buttons)
    group = QButtonGroup(buttons[0].window())
    for button in buttons:
        group.addButton(button)
    QTest.mouseClick(buttons[0], LEFT)
    QTest.mouseClick(buttons[1], LEFT)
    assert [button.isChecked() for button in buttons] == [False, True]
    image = picture(buttons[1])
    assert image.pixelColor(1, 28) == QColor(LIGHT.accent), "edge line"
    assert image.pixelColor(8, 6) == QColor(LIGHT.accent_soft)
    assert picture(buttons[0]).pixelColor(1, 28) != QColor(LIGHT.accent)


# ---------------------------------------------------------------- focus

FOCUSABLE = {
    "button": lambda: Button("Stop"),
    "icon": lambda: IconButton("undo", "Undo"),
    "rail": lambda: RailButton("data", "Data"),
    "text": lambda: TextField("x"),
    "integer": lambda: IntegerField(1),
    "float": lambda: FloatField(1.0),
    "combo": lambda: ComboBox(["a", "b"]),
    "check": lambda: CheckBox("c"),
    "segments": lambda: SegmentedControl(["a", "b"]),
}


@pytest.mark.parametrize("kind", FOCUSABLE)
def test_the_ring_comes_with_the_tab_key_and_not_with_the_mouse(qtbot, stage, kind) -> None:
    first = stage(Button("First"), control := FOCUSABLE[kind](), last := Button("Last"))
    first.setFocus(Qt.FocusReason.OtherFocusReason)
    assert ring_of(first) is None
    QTest.keyClick(first, Qt.Key.Key_Tab)
    ring = ring_of(control)
    assert ring is not None
    place = control.mapTo(control.window(), QPoint(0, 0))
    assert ring.geometry().topLeft() == place - QPoint(4, 4)
    assert ring.size() == control.size() + QSize(8, 8)
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Tab)
    next_ring = ring_of(last)
    assert next_ring is not None
    assert next_ring.geometry().top() > place.y()
    last.clearFocus()
    assert ring_of(control) is None
    target = control.segments[0] if isinstance(control, SegmentedControl) else control
    if kind != "combo":  # a click opens its list
        QTest.mouseClick(target, LEFT)
        assert ring_of(control) is None


def test_a_click_takes_the_ring_away(stage) -> None:
    stage(Button("First"), button := Button("Stop"))
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.has_focus_ring()
    QTest.mouseClick(button, LEFT)
    assert not button.has_focus_ring()


def test_a_clicked_button_leaves_the_focus_where_it_is(stage) -> None:
    stage(field := TextField("x"), stop := Button("Stop"), Button("Step"), box := CheckBox("c"))
    field.setFocus()
    stop.clicked.connect(lambda: stop.setEnabled(False))
    QTest.mouseClick(stop, LEFT)
    QTest.mouseClick(box, LEFT)
    assert not stop.isEnabled()
    assert QApplication.focusWidget() is field
    assert ring_of(field) is None


def test_a_control_that_goes_takes_its_ring_along(stage) -> None:
    stage(Button("First"), button := Button("Stop"), other := Button("Other"))
    button.setFocus(Qt.FocusReason.TabFocusReason)
    window = button.window()
    button.hide()
    rings = [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]
    assert len(rings) == 1, "the next control has it now"
    assert other.has_focus_ring()
    other.hide()
    button.deleteLater()
    other.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    picture(window)


def test_the_ring_follows_its_control_and_stays_inside_a_scroll_area(qtbot) -> None:
    area = QScrollArea()
    inside = QWidget()
    column = QVBoxLayout(inside)
    buttons = [Button(str(number)) for number in range(20)]
    for button in buttons:
        column.addWidget(button)
    area.setWidget(inside)
    area.resize(200, 150)
    qtbot.addWidget(area)
    show_active(qtbot, area)
    buttons[0].clearFocus()
    buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    ring = ring_of(buttons[0])
    assert ring is not None
    before = ring.y()
    area.verticalScrollBar().setValue(10)
    assert ring.y() == before - 10
    area.verticalScrollBar().setValue(400)
    assert ring._visible_part().isEmpty(), "nothing of it is drawn outside"
    buttons[0].hide()
    assert not ring.isVisible()


# ---------------------------------------------------------------- fields


def test_an_integer_field_tells_each_keystroke_that_is_a_value(stage) -> None:
    field = stage(IntegerField(1, minimum=1, maximum=512))
    edits = collect(field.value_edited)
    field.selectAll()
    QTest.keyClicks(field, "64")
    assert edits == [6, 64]
    assert field.value() == 64
    field.set_value(32)
    assert field.text() == "32"
    assert edits == [6, 64], "setting a value tells nothing"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0", "At least 1, received 0."),
        ("513", "At most 512, received 513."),
        ("1.5", "whole number"),
        ("", "whole number"),
        ("abc", "whole number"),
        ("٣", "whole number"),
        ("9" * 30, "whole number"),
        ("--3", "whole number"),
    ],
)
def test_a_wrong_integer_is_complained_about_and_not_told(stage, text, complaint) -> None:
    field = IntegerField(16, minimum=1, maximum=512)
    whole = ErrorBelow(field)
    stage(whole)
    edits = collect(field.value_edited)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    field.insert(text)
    assert complaint in field.error()
    assert whole.message is not None
    assert whole.message.isVisible()
    assert whole.message.text() == field.error()
    assert field.accessibleDescription() == field.error()
    assert all(1 <= value <= 512 for value in edits)
    assert picture(field).pixelColor(1, 14) == QColor(LIGHT.error)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.error() == ""
    assert field.text() == str(field.value())
    assert not whole.message.isVisible()


def test_steps_by_key_and_by_arrow_stay_in_range(stage) -> None:
    field = stage(IntegerField(5, minimum=1, maximum=12))
    edits = collect(field.value_edited)
    QTest.keyClick(field, Qt.Key.Key_Up)
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_PageUp)
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert edits == [6, 5, 12]
    QTest.mouseClick(field, LEFT, pos=field.step_rect(-1).center())
    QTest.mouseClick(field, LEFT, pos=field.step_rect(1).center())
    QTest.mouseClick(field, LEFT, pos=field.step_rect(1).center())
    assert edits == [6, 5, 12, 11, 12]
    QTest.mouseDClick(field, LEFT, pos=field.step_rect(-1).center())
    assert field.value() in (10, 11)


def test_a_held_arrow_goes_on_stepping_until_it_is_let_go(qtbot, stage) -> None:
    field = stage(IntegerField(0))
    field._REPEAT_AFTER = field._REPEAT_EVERY = 1
    place = field.step_rect(1).center()
    QTest.mousePress(field, LEFT, pos=place)
    qtbot.waitUntil(lambda: field.value() >= 4)
    QTest.mouseRelease(field, LEFT, pos=place)
    assert not field._timer.isActive()


@pytest.mark.parametrize("make", [IntegerField, FloatField, lambda: ComboBox(["a", "b"], "a")])
def test_the_wheel_changes_no_value(stage, make) -> None:
    control = stage(make())
    told = collect(getattr(control, "value_edited", None) or control.chosen)
    center = QPointF(control.rect().center())
    none = QPoint(0, 0)
    event = QWheelEvent(
        center,
        center,
        none,
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(control, event)
    assert told == []
    assert not event.isAccepted(), "the form around it scrolls"


def test_a_float_field_reads_exponents_and_keeps_the_text_while_typing(stage) -> None:
    field = stage(FloatField(0.1, minimum=0.0, logarithmic=True), other := Button("Other"))
    edits = collect(field.value_edited)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1e-3")
    assert edits == [1.0, 0.001]
    field.set_value(0.001)
    assert field.text() == "1e-3", "the same value leaves what is typed"
    other.setFocus()
    assert field.text() == "0.001"
    for text in ("inf", "nan", "1e999", "0x10", "1,5"):
        field.setText("")
        QTest.keyClicks(field, text)
        assert field.error(), text
    assert all(value >= 0 for value in edits)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"),
        (1e-7, "1e-7"),
        (64.0, "64"),
        (1.5e22, "1.5e22"),
        (0.30000000000000004, "0.30000000000000004"),
        (-0.0, "-0"),
        (None, "none"),
    ],
)
def test_floats_are_written_short_and_exactly(value, text) -> None:
    assert format_float(value) == text
    if value is not None:
        assert float(text) == value


@pytest.mark.parametrize(
    ("value", "up", "down"),
    [(0.001, 0.002, 0.0009), (0.009, 0.01, 0.008), (0.5, 0.6, 0.4), (1.0, 2.0, 0.9)],
)
def test_a_logarithmic_step_changes_the_leading_digit(value, up, down) -> None:
    field = FloatField(value, logarithmic=True, minimum=0.0)
    assert field.stepped(value, 1) == up
    assert field.stepped(value, -1) == down


def test_a_linear_step_is_exact_and_stops_at_the_end() -> None:
    field = FloatField(0.2, minimum=0.0, maximum=0.4, step=0.1)
    assert field.stepped(0.2, 1) == 0.3
    assert field.stepped(0.2, 5) == 0.4
    assert field.stepped(0.2, -5) == 0.0


def test_undo_is_left_to_the_window_while_the_text_is_a_value(qtbot, stage) -> None:
    field = stage(IntegerField(1, minimum=1))
    shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Undo), field.window())
    undone = collect(shortcut.activated)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "25")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(undone) == 1
    assert field.value() == 25, "the field itself takes nothing back"
    QTest.keyClicks(field, "x")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(undone) == 1, "what is no value yet is the field's own to take back"


def test_a_searched_option_is_shown_and_not_typed_in(stage) -> None:
    field = stage(TextField("8 to 32"))
    field.set_searched(True)
    edits = collect(field.value_edited)
    QTest.keyClicks(field, "9")
    assert (edits, field.text()) == ([], "8 to 32")
    assert picture(field).pixelColor(6, 4) == QColor(LIGHT.accent_soft)


def test_a_pair_tells_both_numbers_when_both_are_allowed(stage) -> None:
    pair = PairField((3, 3), minimum=1, check=lambda v: "Too large." if max(v) > 9 else None)
    whole = ErrorBelow(pair)
    stage(whole)
    pair.setObjectName("inspector.kernel_size")
    pair.setAccessibleName("Kernel size")
    edits = collect(pair.value_edited)
    first, second = pair.fields
    assert second.objectName() == "inspector.kernel_size.1"
    assert second.accessibleName() == "Kernel size 2"
    second.selectAll()
    QTest.keyClicks(second, "5")
    assert edits == [(3, 5)]
    first.selectAll()
    QTest.keyClicks(first, "0")
    assert whole.message is not None
    assert "At least 1" in whole.message.text()
    second.selectAll()
    QTest.keyClicks(second, "7")
    assert edits == [(3, 5)], "one of them is still wrong"
    first.selectAll()
    QTest.keyClicks(first, "2")
    assert edits == [(3, 5), (2, 7)]
    assert not whole.message.isVisible()
    QTest.keyClicks(first, "2")
    assert pair.error() == "Too large."
    assert edits[-1] == (2, 7)
    pair.set_value((4, 4))
    assert [field.text() for field in pair.fields] == ["4", "4"]
    with pytest.raises(ValueError, match="2 numbers are needed"):
        pair.set_value((1, 2, 3))


def test_an_outside_complaint_yields_to_one_about_the_typing(stage) -> None:
    field = stage(IntegerField(16))
    field.set_given_error("Filters do not fit.")
    assert field.error() == "Filters do not fit."
    QTest.keyClicks(field, "x")
    assert "whole number" in field.error()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert field.error() == "Filters do not fit."
    field.set_given_error("")
    assert field.error() == ""


# ---------------------------------------------------------------- choices


def test_segments_by_mouse_and_arrow_keys(stage) -> None:
    control = SegmentedControl([("valid", "Valid"), ("same", "Same"), ("full", "Full")], "same")
    stage(control)
    control.setObjectName("inspector.padding")
    control.setAccessibleName("Padding")
    told = collect(control.chosen)
    QTest.mouseClick(control.segments[0], LEFT)
    QTest.mouseClick(control.segments[0], LEFT)
    assert told == ["valid"]
    QTest.keyClick(control.segments[0], Qt.Key.Key_Right)
    assert told == ["valid", "same"]
    assert control.current() == "same"
    control.set_current("full")
    assert told == ["valid", "same"], "setting a choice tells nothing"
    assert [s.isChecked() for s in control.segments] == [False, False, True]
    assert control.segments[2].objectName() == "inspector.padding.full"
    assert control.segments[2].accessibleName() == "Padding: Full"
    control.set_current("unknown")
    assert not any(s.isChecked() for s in control.segments)
    QTest.mouseClick(control.segments[2], LEFT)
    assert told[-1] == "full"


def test_the_chosen_segment_is_painted_inside_the_outline(stage) -> None:
    control = stage(SegmentedControl(["a", "b"]))
    image = picture(control)
    assert image.pixelColor(4, 14) == QColor(LIGHT.accent_soft)
    assert image.pixelColor(control.width() - 4, 14) == QColor(LIGHT.card)
    assert image.pixelColor(0, 14) == QColor(LIGHT.control_border)
    assert image.pixelColor(control.width() - 1, 14) == QColor(LIGHT.control_border)
    corner = image.pixelColor(0, 0)
    assert corner != QColor(LIGHT.accent_soft)


def test_a_combo_box_by_keyboard_and_list(qtbot, stage) -> None:
    combo = ComboBox([(None, "None"), ("l1", "L1"), (True, "Yes"), (1, "One")])
    stage(combo)
    told = collect(combo.chosen)
    assert combo.currentText() == "None"
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert told == ["l1"]
    combo.set_current(1)
    assert combo.currentText() == "One", "1 and True are two values"
    combo.set_current("gone", "no longer there")
    assert combo.current() == "gone"
    assert combo.currentIndex() == -1
    assert told == ["l1"]
    combo.set_options([("gone", "Back"), ("l1", "L1")])
    assert combo.currentText() == "Back"


def test_a_combo_box_lists_its_choices_and_takes_a_click(qtbot, stage) -> None:
    combo = ComboBox(["relu", "tanh", "sigmoid"])
    stage(combo)
    told = collect(combo.chosen)
    QTest.mouseClick(combo, LEFT)
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    index = combo.model().index(2, 0)
    assert view.visualRect(index).height() == 28
    QTest.mouseMove(view.viewport(), view.visualRect(index).center())
    QTest.keyClick(view, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not view.isVisible())
    assert told == [combo.currentText()]
    assert told[0] in ("tanh", "sigmoid")


def test_a_check_box_is_clicked_anywhere_on_it(stage) -> None:
    box = stage(CheckBox("stratified by cultivar"))
    told = collect(box.chosen)
    QTest.mouseClick(box, LEFT, pos=QPoint(box.width() - 3, box.height() // 2))
    QTest.keyClick(box, Qt.Key.Key_Space)
    assert told == [True, False]
    box.setChecked(True)
    top = (box.height() - 16) // 2
    assert picture(box).pixelColor(2, top + 2) == QColor(LIGHT.accent_fill)


# ---------------------------------------------------------------- panels and the rest


def test_a_notice_tells_which_button_was_pressed(stage) -> None:
    card = NoticeCard(
        "warning", "12 of 64 units never fire", "Dense, on all samples", ["Fix", "Show"]
    )
    stage(card)
    card.setObjectName("problem.0")
    told = collect(card.action_triggered)
    QTest.mouseClick(named(card, "problem.0.action.1"), LEFT)
    QTest.mouseClick(named(card, "problem.0.action.0"), LEFT)
    assert told == [1, 0]
    assert card.accessibleName() == "warning: 12 of 64 units never fire"
    card.setToolTip("<b>bold</b>")
    assert "&lt;b&gt;" in card.toolTip()
    assert picture(card).pixelColor(20, 4) == QColor(LIGHT.warning_ground)


@pytest.mark.parametrize(
    ("severity", "ground"),
    [("warning", "warning_ground"), ("error", "error_ground"), ("info", "panel")],
)
def test_notices_have_the_ground_of_their_severity(stage, severity, ground) -> None:
    card = stage(NoticeCard(severity, "Title", "Text"))
    assert picture(card).pixelColor(20, 4) == QColor(getattr(LIGHT, ground))


def test_a_compact_notice_is_as_high_as_drawn(stage) -> None:
    card = NoticeCard("warning", "Title", "One line", ["Fix"], compact=True)
    card.setFixedWidth(256)
    assert card.sizeHint().height() == 90
    open_card = NoticeCard("info", "Title", "One line", ["Fix"])
    assert open_card.sizeHint().height() == 100


def test_wrapped_text_has_the_line_height_of_its_role(stage) -> None:
    label = stage(Label("word " * 30, "caption", wrap=True))
    narrow, wide = label.heightForWidth(100), label.heightForWidth(2000)
    assert wide == 16
    assert narrow > wide
    assert narrow % 16 == 0
    endless = Label("x" * 400, "caption", wrap=True)
    assert endless.heightForWidth(100) > 16, "a word without end is broken"
    assert Label("one\ntwo", "body", wrap=True).heightForWidth(500) == 40


def test_wrapped_text_is_painted_on_every_line(stage) -> None:
    label = Label("first\nsecond", "body", wrap=True)
    stage(label)
    label.setFixedSize(200, 40)
    image = picture(label)
    for top in (0, 20):
        inks = {image.pixelColor(x, y).lightness() for x in range(60) for y in range(top, top + 20)}
        assert min(inks) < 100, top


def test_an_empty_place_offers_what_to_do(stage) -> None:
    empty = EmptyState("file", "No files yet.", "Open", hint=".keras", dashed=True)
    stage(empty)
    empty.setObjectName("recent")
    told = collect(empty.triggered)
    QTest.mouseClick(named(empty, "recent.action"), LEFT)
    assert told == [()]
    assert empty.accessibleName() == "No files yet."


@pytest.mark.parametrize(
    ("progress", "mark", "shown"), [(0.25, 0.5, 0.25), (-1, None, 0.0), (7, 2.0, 1.0)]
)
def test_the_strip_is_filled_in_proportion(stage, progress, mark, shown) -> None:
    strip = ProgressStrip()
    stage(strip)
    strip.setFixedSize(200, 8)
    strip.show_progress(progress, mark, "in words")
    assert strip.progress() == shown
    assert strip.accessibleDescription() == "in words"
    image = picture(strip)
    filled = sum(image.pixelColor(x, 4) == QColor(LIGHT.accent) for x in range(200))
    assert filled == pytest.approx(200 * shown, abs=4)
    ticks = [x for x in range(200) if image.pixelColor(x, 0) == QColor(LIGHT.text)]
    if mark is None:
        assert ticks == []
    else:
        assert ticks[0] == pytest.approx(min(198, 200 * mark), abs=1.5)


def test_a_panel_has_a_header_a_body_and_corners(stage) -> None:
    panel = Panel("Split", "drag the handles")
    stage(panel)
    corner = Button("Reset", small=True)
    panel.add_corner(corner)
    panel.body.addWidget(Line())
    assert panel.header is not None
    panel.header.add_after_title(Badge("3"))
    assert panel.header.title.text() == "Split"
    panel.header.set_subtitle("")
    assert not panel.header.subtitle.isVisible()
    image = picture(panel)
    assert image.pixelColor(0, 60) == QColor(LIGHT.border)
    assert image.pixelColor(5, 60) == QColor(LIGHT.panel)
    with pytest.raises(ValueError, match="without a title"):
        Panel().add_corner(Badge("1"))


def test_a_badge_is_as_wide_as_its_text_asks(stage) -> None:
    badge = stage(Badge("1"), mark := IconMark("warning", "warning"))
    assert badge.sizeHint() == QSize(21, 16)
    badge.set_text("1,024", "neutral")
    assert badge.sizeHint().width() > 40
    assert badge.accessibleName() == "1,024"
    mark.set_mark("error", "error")
    assert mark.sizeHint() == QSize(16, 16)


# ---------------------------------------------------------------- at the places of the drawing


def test_the_parts_of_the_bench_stand_where_they_are_drawn(qtbot) -> None:
    bench = BenchGallery()
    qtbot.addWidget(bench)
    with qtbot.waitExposed(bench):
        bench.show()

    def place(control: QWidget) -> tuple[int, int, int, int]:
        corner = control.mapTo(bench, QPoint(0, 0))
        return corner.x(), corner.y(), control.width(), control.height()

    drawn = {
        "filters": (1104, 174, 160, 28),
        "kernel_size": (1104, 206, 160, 28),
        "strides": (1104, 238, 160, 28),
        "padding": (1104, 270, 160, 28),
        "activation": (1008, 396, 256, 28),
        "kernel_initializer": (1104, 542, 160, 28),
        "kernel_regularizer": (1104, 574, 160, 28),
    }
    found = {name: place(bench.form.control_of(name)) for name in drawn}
    assert found == drawn
    kernel = bench.form.control_of("kernel_size")
    assert isinstance(kernel, PairField)
    assert [place(field) for field in kernel.fields] == [(1104, 206, 68, 28), (1196, 206, 68, 28)]
    (card,) = bench.findChildren(NoticeCard)
    assert place(card) == (1008, 657, 256, 90)
    assert place(card.buttons[0])[:2] == (1044, 711)
    (badge,) = bench.findChildren(Badge)
    assert abs(place(badge)[0] - 1076) <= 1
    image = picture(bench)
    edge = [image.pixelColor(1, y).name().upper() for y in (159, 161, 182, 184)]
    assert edge == [LIGHT.window, LIGHT.accent, LIGHT.accent, LIGHT.window]

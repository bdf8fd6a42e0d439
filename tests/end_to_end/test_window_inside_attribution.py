"""What mattered, through the whole window: a digit of the data, and one drawn with the mouse."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import EarlyStoppingSettings, Project, TrainingSettings
from app.diagnostics import occlusion
from tests.end_to_end.window_user import User, wait

SMALL = chain(
    (
        Layer(id="data", kind="InputLayer"),
        Layer(
            id="conv_1",
            kind="Conv2D",
            options=FrozenMap(filters=8, kernel_size=(3, 3), activation="relu"),
        ),
        Layer(id="flatten_1", kind="Flatten"),
        Layer(id="output", kind="Dense", options=FrozenMap(units=10, activation="softmax")),
    )
)
DENSE = chain(
    (
        Layer(id="data", kind="InputLayer"),
        Layer(id="dense_1", kind="Dense", options=FrozenMap(units=8, activation="relu")),
        Layer(id="output", kind="Dense", options=FrozenMap(units=3, activation="softmax")),
    )
)


def project(network, name: str, epochs: int) -> Project:
    training = TrainingSettings(
        loss="sparse_categorical_crossentropy",
        epochs=epochs,
        early_stopping=EarlyStoppingSettings(enabled=False),
    )
    kind = "pixels" if name == "digits" else "standardize"
    data = DataSettings(source=BuiltinSource(name=name), preprocessing=kind)
    return Project(name=name, data=data, network=network, training=training)


def opened(user: User, wanted: Project):
    """Trained, and the tab in front."""
    program = user.program
    program.files.leave = lambda then: then()
    program.files.show(wanted)
    wait(lambda: program.feed.prepared is not None and not program.feed.reading)
    user.click("rail.inside")
    user.click("inside.tabs.attribution")
    tab = program.inside.tabs["attribution"]
    wait(lambda: tab.page.is_empty)
    assert "Press Train" in user.find("inside.attribution.empty").accessibleName()
    user.click("run.train")
    wait(lambda: program.run.record is not None and program.run.record.project == wanted)
    wait(lambda: not program.run.state.active and program.run.has_model)
    wait(lambda: not tab.page.is_empty)
    return tab


def settled(tab) -> None:
    askers = (tab._by_gradient, tab._by_covering)
    wait(lambda: not any(asker.busy for asker in askers))


def test_what_mattered_in_a_digit(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = opened(user, project(SMALL, "digits", 6))
    data = user.program.feed.prepared

    # ---- the predicted class of a sample of the data
    settled(tab)
    wait(lambda: tab.answers.isVisible() and tab.overlay.overlay() is not None)
    answers = np.array([bar.value for bar in tab.answers.bars()])
    assert abs(answers.sum() - 1) < 1e-4
    first = tab.overlay.overlay()
    np.testing.assert_array_equal(first.raw, data.raw[data.validation.rows[:1]][0])
    assert first.values.shape == (8, 8)
    assert first.values.max() > 0
    assert len(tab.overlay.table().rows) == 64
    assert tab.answers.lines.current == answers.argmax()
    told = tab._panel.header.subtitle.text()
    assert told == f"how strongly it votes for {answers.argmax()} (before softmax)"

    # ---- another sample, another class, by clicks
    user.click("inside.attribution.sample.next")
    settled(tab)
    wait(lambda: not np.array_equal(tab.overlay.overlay().raw, first.raw))
    before = tab.overlay.overlay().values
    other = (tab.answers.lines.current + 1) % 10
    line = tab.answers.lines.line_rect(other).center().toPoint()
    user.click(tab.answers.lines.viewport(), line)
    settled(tab)
    wait(lambda: not np.array_equal(tab.overlay.overlay().values, before))
    assert tab.controls.target == other
    user.choose("inside.attribution.target", "predicted")
    settled(tab)

    # ---- the other methods
    for method, signed, shape in (
        ("gradient_input", True, (8, 8)),
        ("smooth", False, (8, 8)),
        ("grad_cam", False, (6, 6)),
        ("occlusion", True, (8, 8)),
    ):
        user.click(f"inside.attribution.method.{method}")
        wait(
            lambda m=method: tab.overlay.overlay().title.endswith(
                {"gradient_input": "input", "smooth": "mean gradient"}.get(m, "")
                or {"grad_cam": "Grad-CAM", "occlusion": "drop"}[m]
            )
        )
        settled(tab)
        shown = tab.overlay.overlay()
        assert (shown.signed, shown.values.shape) == (signed, shape)
        assert np.isfinite(shown.values).all()
    assert tab._gathering.done

    # ---- an occlusion that takes long is stopped, and goes on
    monkeypatch.setattr(occlusion, "PIECE_SECONDS", 0.0)
    monkeypatch.setattr(occlusion, "_MOST_COPIES", 1)
    whole = tab.overlay.overlay().values
    user.click("inside.attribution.patch")
    user.retype("1")  # 64 places
    wait(lambda: 0 < tab._gathering.next < 36 and tab._gathering.total == 64)
    user.click("inside.attribution.stop")
    assert not tab._gathering.done
    settled(tab)
    known = tab._gathering.next
    partly = tab.overlay.overlay().values
    assert np.isnan(partly).any()
    assert user.find("inside.attribution.stop").text() == "Go on"
    monkeypatch.undo()
    user.click("inside.attribution.stop")
    wait(lambda: tab._gathering.done)
    assert tab._gathering.total > known
    assert np.isfinite(tab.overlay.overlay().values).all()
    assert not user.sees("inside.attribution.stop")
    user.click("inside.attribution.patch")
    user.retype("3")
    wait(lambda: tab._gathering.done)
    np.testing.assert_allclose(tab.overlay.overlay().values, whole, atol=1e-6)

    # ---- the value under the pointer
    user.move(tab.overlay, tab.overlay.cell_rect(2, 5).center().toPoint())
    wait(lambda: tab.overlay.reading().startswith("row 3, column 6: drop"))

    # ---- an earlier epoch
    latest = [bar.value for bar in tab.answers.bars()]
    user.program.inside.looking.look_at(0)
    settled(tab)
    wait(lambda: [bar.value for bar in tab.answers.bars()] != latest)
    user.program.inside.looking.look_at(None)
    settled(tab)
    wait(lambda: [bar.value for bar in tab.answers.bars()] == latest)

    # ---- a digit drawn with the mouse
    user.click("inside.attribution.method.gradient")
    user.click("inside.attribution.sample.mode.draw")
    pad = tab.picker.drawing.pad
    settled(tab)  # an empty sheet is asked nothing
    assert user.find("inside.attribution.needs").text().startswith("Draw a digit on the sheet")
    assert user.sees("inside.attribution.needs")
    assert not tab.answers.bars()
    box = pad.sheet_rect()
    one = [
        QPoint(round(box.left() + x * box.width()), round(box.top() + y * box.height()))
        for x, y in ((0.45, 0.25), (0.52, 0.15), (0.52, 0.5), (0.52, 0.85))
    ]
    user.press(pad, one[0])
    for place in one[1:]:
        user.move(pad, place)
    user.release(pad, one[-1])
    settled(tab)
    drawn = tab.picker.sample
    assert drawn.max() >= 12
    wait(lambda: np.array_equal(tab.overlay.overlay().raw, drawn))
    assert user.find("inside.attribution.sample.answer").text().startswith("Network: ")
    user.picture("attribution_drawn")


def test_what_mattered_in_a_row_and_what_is_missing(user: User) -> None:
    tab = opened(user, project(DENSE, "wine", 5))
    settled(tab)
    wait(tab.columns.isVisible)
    names = user.program.feed.prepared.preprocessing.feature_names
    assert tuple(bar.name for bar in tab.columns.bars()) == names
    user.click("inside.attribution.method.occlusion")
    settled(tab)
    wait(lambda: tab.columns.table().headers[1] == "drop")
    assert len(tab.columns.bars()) == len(names)

    # ---- a row that is typed
    before = [bar.value for bar in tab.answers.bars()]
    user.click("inside.attribution.sample.mode.type")
    user.click("inside.attribution.sample.value.0")
    user.retype("11.5")
    settled(tab)
    wait(lambda: [bar.value for bar in tab.answers.bars()] != before)

    # ---- a network without a convolution
    flat = chain(
        (
            Layer(id="data", kind="InputLayer"),
            Layer(id="flatten_1", kind="Flatten"),
            Layer(id="output", kind="Dense", options=FrozenMap(units=10, activation="softmax")),
        )
    )
    tab = opened(user, project(flat, "digits", 2))
    user.click("inside.attribution.method.grad_cam")
    settled(tab)
    wait(lambda: "Conv2D" in user.find("inside.attribution.needs").text())
    user.click("inside.attribution.method.gradient")
    settled(tab)
    wait(tab.overlay.isVisible)

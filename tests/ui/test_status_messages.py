"""What the status row says is over when it is not so any more."""

import pytest
from PySide6.QtCore import QPoint

from app.core.project_edits import set_training
from app.core.templates import handwritten_digits
from app.ui import status_messages
from tests.end_to_end.window_user import wait


@pytest.fixture
def bench(user):
    user.program.files.show(handwritten_digits())
    wait(lambda: user.program.feed.prepared is not None)
    return user


def said(user) -> str:
    return user.window.status_row._message.text()


def epochs(user, count: int) -> None:
    document = user.program.document
    document.edit("Epochs", set_training(document.project, epochs=count))


def test_another_document_ends_a_message(bench):
    bench.program.files.message.emit("Model saved as a.keras")
    assert said(bench) == "Model saved as a.keras"
    bench.program.files.show(bench.program.document.project)
    assert said(bench) == ""


def test_an_edit_and_an_undo_end_a_message(bench):
    for change in (lambda: epochs(bench, 7), bench.program.document.undo_stack.undo):
        bench.program.transfer.message.emit("New head for digits; 1 layer frozen")
        assert said(bench)
        change()
        assert said(bench) == ""


def test_a_message_of_an_edit_itself_stays(bench):
    bench.program.bench.select("maxpooling2d_1")
    bench.program.transfer.swap_behind_selected()
    assert said(bench).startswith("New head for")
    bench.program.document.undo_stack.undo()
    assert said(bench) == ""


def test_what_is_told_of_a_link_ends_with_another_choice_and_comes_again(bench):
    canvas = bench.program.bench.canvas
    edge = next(iter(canvas._links))
    for other in ("flatten_1", "conv2d_1"):
        canvas.choose_link(edge)
        assert said(bench).startswith(f"Link from {edge[0]} to {edge[1]}")
        canvas.choose(other)
        assert said(bench) == ""
    canvas.choose_link(edge)
    epochs(bench, 9)
    assert said(bench) == ""


def test_a_run_that_begins_ends_a_message_and_its_end_does_not(bench):
    run = bench.program.run
    bench.program.files.message.emit("The network is here with its weights")
    state = run.state
    run._set_state(status(phase="preparing"))
    wait(lambda: said(bench) == "")
    bench.program.files.message.emit("Model saved as a.keras")
    run._set_state(status(phase="running"))
    run._set_state(state)
    bench.program.data.message.emit("still said")
    assert said(bench) == "still said"


def status(**fields):
    from app.ui.run_state import RunState

    return RunState(**fields)


def test_a_message_ends_after_some_seconds_and_what_is_done_stays(bench, monkeypatch):
    messages = bench.program.workbench._messages
    assert messages._timer.interval() == 1000 * status_messages.SECONDS
    messages._timer.setInterval(1)
    messages.show_doing("Saving")
    messages.say("Template kept")
    assert said(bench) == "Template kept"
    wait(lambda: said(bench) == "Saving")
    messages.show_doing("")
    assert said(bench) == ""
    messages.say("told while nothing is done")
    messages.show_doing("")
    assert said(bench) == "told while nothing is done"


def test_a_click_beside_it_ends_what_is_told_of_a_link(bench):
    canvas = bench.program.bench.canvas
    canvas.choose_link(next(iter(canvas._links)))
    assert said(bench)
    bench.click(canvas.viewport(), canvas.viewport().rect().bottomLeft() + QPoint(12, -12))
    assert canvas.chosen_link() is None
    assert said(bench) == ""

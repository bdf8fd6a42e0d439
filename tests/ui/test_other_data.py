"""Other data than a network can take: nothing is lost unasked, nor without a word."""

import numpy as np
import pytest

from app.core.templates import handwritten_digits, start_from
from app.core.transfer import keep_weights, own_input_shape
from app.data.kept_weights import KeptWeights
from app.training.engine_room import OpenedModel
from tests.end_to_end.window_user import wait


@pytest.fixture
def digits(user):
    user.program.files.show(handwritten_digits())
    wait(lambda: user.program.feed.prepared is not None)
    return user


@pytest.fixture
def trained(digits):
    """A network with trained weights."""
    document = digits.program.document
    arrays = (np.ones((3, 3, 1, 16), np.float32), np.ones(16, np.float32))
    document.kept.add({})
    key = document.kept.keep(arrays)
    document.edit("Keep", keep_weights(document.project, {"conv2d_1": key}))
    return digits


def choose(user, name: str) -> None:
    user.program.data.source.choose_dataset(name)


def said(user) -> str:
    return user.window.status_row._message.text()


def titles(user) -> list[str]:
    return [p.title for p in user.program.document.resolved.problems if p.severity == "error"]


def test_a_small_network_gives_way_and_that_is_told(digits):
    document = digits.program.document
    before = document.project
    choose(digits, "moons")
    assert not digits.met
    assert "Undo brings it back" in said(digits)
    assert document.project.name == start_from("moons").name
    assert titles(digits) == []
    assert digits.program.bench._live._name == "boundary"
    document.undo_stack.undo()
    assert document.project == before
    assert digits.program.bench._live._name == "filters"
    assert said(digits) == ""


def test_a_network_that_can_take_them_stays_without_a_word(digits):
    choose(digits, "v_shapes")
    assert said(digits) == ""
    assert digits.program.document.project.name == start_from("v_shapes").name


def test_a_valuable_network_stays_on_demand_and_says_what_it_needs(trained):
    document = trained.program.document
    network = document.project.network
    trained.will_press("dialog.other_data", "Keep")
    choose(trained, "moons")
    trained.answered()
    now = document.project.network
    assert [x.id for x in now.layers] == [x.id for x in network.layers]
    assert own_input_shape(now) == (8, 8, 1)
    assert "Takes 8×8×1, data are rows of 2 numbers" in titles(trained)
    assert document.project.data.source.name == "moons"
    choose(trained, "digits")  # it can take these, so nothing is asked
    assert titles(trained) == []
    assert document.project.network.layer("conv2d_1").kept_weights


def test_a_valuable_network_gives_way_on_demand(trained):
    document = trained.program.document
    before = document.project
    trained.will_press("dialog.other_data", "Replace")
    choose(trained, "moons")
    trained.answered()
    assert titles(trained) == []
    assert document.project.name == start_from("moons").name
    assert "Undo brings it back" in said(trained)
    document.undo_stack.undo()
    assert document.project == before


def test_cancel_leaves_all_as_it_is(trained):
    document = trained.program.document
    before = document.project
    trained.will_press("dialog.other_data", "Cancel")
    choose(trained, "moons")
    trained.answered()
    assert document.project == before
    assert trained.window.status_row._data.text() == document.resolved.summary.title


def test_an_opened_network_that_is_seen_small_is_fit_again(digits):
    canvas = digits.program.bench.canvas
    digits.program.bench.zoom_by(0.3)
    choose(digits, "moons")
    fitted = canvas.zoom()
    canvas.fit()
    assert canvas.zoom() == fitted > 0.31


def test_models_are_among_the_recent_files_and_open_as_models(digits, tmp_path, monkeypatch):
    files, preferences = digits.program.files, digits.program.workbench._preferences
    path, read = tmp_path / "model.keras", tmp_path / "read.keras"
    for file in (path, read, tmp_path / "alone.weights.h5"):
        file.touch()  # a list of what is there
    files._model_saved(path, None)
    assert preferences.recent_files == (path,)
    network = handwritten_digits().network
    monkeypatch.setattr(digits.program.run, "prepare", lambda: None)
    files._model_read(
        read, files._shown, OpenedModel(network, (8, 8, 1), KeptWeights().of(network)), None
    )
    assert preferences.recent_files == (read, path)
    menu = digits.program.workbench._recent_menu
    assert [a.text() for a in menu.actions()] == ["read.keras", "model.keras"]
    opened = []
    monkeypatch.setattr(files, "open_model", opened.append)
    menu.actions()[1].trigger()
    assert opened == [path]
    files._model_saved(tmp_path / "alone.weights.h5", None)
    assert preferences.recent_files == (read, path)

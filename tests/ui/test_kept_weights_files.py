"""Kept weights on their way through the window: into project files and copies, and back."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.core.autosave import Autosave
from app.core.project_file import SavedProject, open_project, save_project
from app.core.templates import start_from
from app.core.transfer import forget_weights, keep_weights
from app.data.kept_file import kept_of, to_bytes, with_kept
from app.data.kept_weights import KeptWeights
from app.training.engine_room import OpenedModel
from app.ui.autosave_control import AutosaveControl
from tests.ui.scripted_program import Scripted, scripted

ARRAYS = (np.arange(32, dtype=np.float32).reshape(2, 16), np.ones(16, np.float32))


@pytest.fixture
def program(qapp, home: Path) -> Iterator[Scripted]:
    yield from scripted(home)


def kept_moons():
    """A project whose first dense layer begins with kept weights, and the store."""
    store = KeptWeights()
    project = start_from("moons")
    return keep_weights(project, {"dense_1": store.keep(ARRAYS)}), store.of


def show(qtbot, program: Scripted, project, kept) -> None:
    program.files.show(project, kept=kept)
    qtbot.waitUntil(lambda: program.feed.prepared is not None)


def save_as(qtbot, program: Scripted, path: Path) -> None:
    program.dialogs.file = path
    program.files.save_as()
    qtbot.waitUntil(lambda: not program.files.saving)


def titles(program: Scripted) -> list[str]:
    return [problem.title for problem in program.document.resolved.problems]


def test_a_saved_project_brings_its_kept_weights_back(qtbot, program, tmp_path):
    project, of = kept_moons()
    show(qtbot, program, project, of(project.network))
    assert not [title for title in titles(program) if "ept weights" in title]
    path = tmp_path / "a.layerlab"
    save_as(qtbot, program, path)
    program.files.show(start_from("circles"))
    assert program.document.kept.shapes == {}
    program.files.open_any(path)
    qtbot.waitUntil(lambda: program.document.project == project)
    (arrays,) = program.document.kept.of(project.network).values()
    assert all(map(np.array_equal, arrays, ARRAYS))
    assert not program.dialogs.told


def test_only_what_the_project_names_is_saved_and_undo_still_finds_the_rest(
    qtbot, program, tmp_path
):
    project, of = kept_moons()
    show(qtbot, program, project, of(project.network))
    program.document.edit("Forget", forget_weights(project))
    path = tmp_path / "a.layerlab"
    save_as(qtbot, program, path)
    assert open_project(path).kept is None
    program.document.undo_stack.undo()
    assert not [title for title in titles(program) if "ept weights" in title]
    program.files.save()
    qtbot.waitUntil(lambda: not program.files.saving)
    assert kept_of(open_project(path)).keys() == program.document.kept.shapes.keys()


def test_damaged_kept_weights_are_told_of_and_the_rest_is_opened(qtbot, program, tmp_path):
    project, of = kept_moons()
    content = bytearray(to_bytes(of(project.network)))
    content[-1] ^= 1
    path = tmp_path / "damaged.layerlab"
    save_project(path, SavedProject(project, kept=bytes(content)))
    program.files.open_any(path)
    qtbot.waitUntil(lambda: bool(program.dialogs.told))
    assert program.document.project == project
    assert "kept weights" in program.dialogs.told[0].happened
    assert "Kept weights are missing" in titles(program)


def test_the_copy_that_survives_a_crash_has_the_kept_weights(qtbot, program, tmp_path):
    project, of = kept_moons()
    autosave = AutosaveControl(
        tmp_path / "copies",
        program.document,
        program.run,
        program.jobs,
        program.files,
        program.dialogs,
        program.root,
    )
    show(qtbot, program, project, of(project.network))
    program.document.edit("Rename", project.model_copy(update={"name": "edited"}))
    autosave.write()
    qtbot.waitUntil(lambda: bool(list((tmp_path / "copies").glob("*.layerlab"))))
    qtbot.waitUntil(lambda: not program.jobs.busy("files"))
    (copy,) = (tmp_path / "copies").glob("*.layerlab")
    saved = SavedProject(program.document.project)
    reference = Autosave(tmp_path / "reference")
    reference.write(with_kept(saved, of(project.network)), None)

    def member(path: Path) -> bytes:
        with zipfile.ZipFile(path) as archive:
            return archive.read("kept.weights")

    assert member(copy) == member(reference.path)
    autosave.discard()


def test_an_opened_model_is_one_step_and_keeps_its_own_input_where_the_data_differ(qtbot, program):
    project, of = kept_moons()
    show(qtbot, program, start_from("moons"), {})
    before = program.document.project
    program.files.take_model("Open it", OpenedModel(project.network, (5,), of(project.network)))
    assert program.document.project.network.layers[0].options["shape"] == (5,)
    assert "Takes 5, data are rows of 2 numbers" in titles(program)
    assert program.document.undo_stack.undoText() == "Open it"
    program.document.undo_stack.undo()
    assert program.document.project == before

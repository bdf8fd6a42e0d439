"""Marks made of a project, their undoable edits, the list of what is searched, panels of data."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.core.dataset_catalog import summary_of
from app.core.layer_catalog import layer_kind
from app.core.project import Project
from app.core.project_edits import choose_dataset
from app.core.resolve import resolve
from app.core.search_settings import Dimension
from app.core.search_space import marked, values_of
from app.core.templates import handwritten_digits
from app.core.training_options import training_options
from app.ui.controls import ComboBox, Panel
from app.ui.pages.data_marks import WEIGHTING, DataMarks
from app.ui.pages.search_marking import (
    NOT_THERE,
    SearchMarking,
    path_words,
    set_copies,
    with_copies_option,
)
from app.ui.project_document import ProjectDocument
from app.ui.search_marks import MarkButton
from app.ui.tune.space_list import SpaceList, SpacePresenter

UNITS = Dimension(path="network.dense_1.units", low=16, high=64)
COPIES = Dimension(path="network.dense_1.copies", low=1, high=3)


@pytest.fixture
def document(qapp) -> ProjectDocument:
    made = ProjectDocument(resolve, summary_of)
    made.open(handwritten_digits(), None)
    return made


def give(document: ProjectDocument, *dimensions: Dimension) -> Project:
    project = document.project
    for dimension in dimensions:
        project = marked(project, dimension)
    document.edit("search", project)
    return document.project


def layer_marks(document: ProjectDocument, layer_id: str):
    layer = document.project.network.layer(layer_id)
    options, _ = with_copies_option(document.project, layer, layer_kind(layer.kind).options)
    return SearchMarking(document).marks(f"network.{layer_id}.", options)


def test_marks_tell_what_is_searched_and_what_a_grid_takes(document) -> None:
    assert {mark.dimension for mark in layer_marks(document, "dense_1").values()} == {None}
    project = give(document, UNITS)
    marks = layer_marks(document, "dense_1")
    assert marks["units"].dimension == UNITS
    option = layer_kind("Dense").option("units")
    assert marks["units"].grid == values_of(UNITS, option, project.search.grid_points)
    assert not marks["units"].can_differ
    assert marks["activation"].dimension is None
    assert marks["copies"].dimension is None
    give(document, COPIES)
    assert layer_marks(document, "dense_1")["units"].can_differ
    assert not layer_marks(document, "dense_1")["copies"].can_differ
    assert "copies" not in layer_marks(document, "dense_2"), "the output stands once"


def test_chance_and_measures_are_not_searched(document) -> None:
    options = training_options(document.project.training, document.resolved.summary)
    marks = SearchMarking(document).marks("training.", options)
    assert {"batch_size", "optimizer", "optimizer.learning_rate", "loss"} <= marks.keys()
    assert "seed" not in marks
    assert not [name for name in marks if name.startswith("metric.")]


def test_a_wrong_dimension_is_complained_about_where_it_stands(document) -> None:
    give(document, UNITS.model_copy(update={"low": 64, "high": 16}))
    error = layer_marks(document, "dense_1")["units"].error
    assert "64 to 16" in error
    give(document, UNITS)
    assert layer_marks(document, "dense_1")["units"].error == ""


def test_edits_are_steps_with_words(document) -> None:
    marking, stack, before = SearchMarking(document), document.undo_stack, document.project
    marking.ask(UNITS.path)
    assert stack.undoText() == "Search units of dense_1"
    for high in (100, 200, 300):
        marking.change(UNITS.model_copy(update={"high": high}))
    assert stack.count() == 2, "what is typed in a row is one step"
    assert stack.undoText() == "Search other values of units of dense_1"
    marking.change(UNITS.model_copy(update={"high": 300, "log": True}))
    marking.change(UNITS.model_copy(update={"high": 300, "log": True, "each_copy": True}))
    assert stack.count() == 4, "each tick is one"
    marking.ask(UNITS.path)
    assert stack.undoText() == "Do not search units of dense_1"
    assert document.project.search.space == ()
    for _ in range(5):
        stack.undo()
    assert document.project == before
    assert path_words(before, "training.optimizer.learning_rate") == "learning rate"
    marking.ask("network.nothing.units")
    assert document.project == before


def test_copies_are_an_option_of_their_layer(document) -> None:
    project = set_copies(document.project, "dense_1", 3)
    names = [layer.id for layer in project.network.layers]
    assert names.count("dense_1_2") == names.count("dense_1_3") == 1
    layer = project.network.layer("dense_1")
    options, values = with_copies_option(project, layer, layer_kind("Dense").options)
    assert values["copies"] == 3
    assert options is with_copies_option(project, layer, layer_kind("Dense").options)[0]
    with pytest.raises(ValueError, match="1 to 64 times"):
        set_copies(project, "dense_1", 65)
    with pytest.raises(ValueError, match="cannot have copies"):
        set_copies(project, "dense_2", 2)


@pytest.fixture
def space(qtbot, document):
    shown = SpaceList()
    qtbot.addWidget(shown)
    shown.resize(660, 500)
    presenter = SpacePresenter(shown, document)
    shown.show()
    yield shown
    presenter.deleteLater()


def part(space: SpaceList, name: str):
    (found,) = space.findChildren(QLineEdit, f"space.{name}") or space.findChildren(
        object, f"space.{name}"
    )
    return found


def test_the_list_shows_each_dimension_and_keeps_what_is_typed(space, document) -> None:
    give(document, UNITS, COPIES)
    assert [row.entry.title for row in space.rows] == ["Units", "Copies"]
    assert [row.entry.owner for row in space.rows] == ["dense_1", "dense_1"]
    field = part(space, f"{UNITS.path}.values")
    field.selectAll()
    QTest.keyClicks(field, "8..32")
    assert document.project.search.space[0] == UNITS.model_copy(update={"low": 8, "high": 32})
    assert field.text() == "8..32"
    document.undo_stack.undo()
    assert field.text() == "16 to 64"
    rows = space.rows
    give(document, Dimension(path="training.batch_size", values=(8, 16)))
    assert space.rows[:2] == rows, "rows that are there already stay"
    assert part(space, "training.batch_size.words").text() == "2 values"
    QTest.mouseClick(part(space, f"{UNITS.path}.remove"), Qt.MouseButton.LeftButton)
    assert [row.entry.title for row in space.rows] == ["Copies", "Batch size"]


def test_a_narrow_list_has_room_for_all(space, document, qtbot) -> None:
    give(document, UNITS, COPIES, Dimension(path="training.optimizer", values=("SGD", "Adam")))
    paths = [row.entry.dimension.path for row in space.rows]
    removes = [part(space, f"{path}.remove") for path in paths]
    words = [part(space, f"{path}.words") for path in paths]

    def all_seen() -> bool:
        seen = [each.visibleRegion().boundingRect().size() for each in (*removes, *words)]
        return seen == [each.size() for each in (*removes, *words)]

    for width in (660, 380):
        space.resize(width, 800)
        qtbot.waitUntil(all_seen)
        for row, said in zip(space.rows, words, strict=True):
            assert row.editor is not None
            below = said.y() > row.editor.y() and said.x() == row.editor.x()
            assert below == (width == 380)


def test_what_is_not_there_is_said_and_can_be_taken_away(space, document) -> None:
    strange = Dimension(path="network.gone.units", low=1, high=2)
    give(document, strange, UNITS)
    assert part(space, f"{strange.path}.words").text() == NOT_THERE
    assert space.rows[0].editor is None
    QTest.mouseClick(part(space, f"{strange.path}.remove"), Qt.MouseButton.LeftButton)
    assert document.project.search.space == (UNITS,)


def test_class_weights_are_marked_only_where_there_are_classes(qtbot, document) -> None:
    panel = Panel("Class weights")
    panel.body.addWidget(ComboBox(["none", "balanced"]))
    qtbot.addWidget(panel)
    marks = DataMarks(document, {WEIGHTING: panel}, document)
    panel.show()
    marks.show_marks()
    (button,) = panel.findChildren(MarkButton)
    assert button.isVisible()
    assert button.objectName() == f"{WEIGHTING}.mark"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert [d.path for d in document.project.search.space] == [WEIGHTING]
    assert button.isChecked()
    numbers = choose_dataset(handwritten_digits(), name="sine")
    assert not summary_of(numbers.data).class_names
    document.open(numbers, None)
    assert not button.isVisible()

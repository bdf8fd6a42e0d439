"""The document: whole values, one signal, undo, what counts as modified."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from app.core.data_settings import PaintedSource, TableSource
from app.core.dataset_catalog import summary_of
from app.core.network import without_layer
from app.core.project import Project
from app.core.resolve import resolve
from app.core.search_edits import marked
from app.core.search_settings import Dimension
from app.core.templates import start_from
from app.ui.project_document import ProjectDocument, is_known


def document_on(project: Project) -> tuple[ProjectDocument, list[tuple[Any, Any]]]:
    document = ProjectDocument(resolve, summary_of)
    heard: list[tuple[Any, Any]] = []
    document.changed.connect(lambda before, after: heard.append((before, after)))
    document.open(project, None)
    heard.clear()
    return document, heard


def project_of(document: ProjectDocument) -> Project:
    assert document.project is not None
    return document.project


def with_epochs(project: Project, epochs: int) -> Project:
    training = project.training.model_copy(update={"epochs": epochs})
    return project.model_copy(update={"training": training})


def test_an_edit_is_heard_once_and_undone_whole(qapp):
    first = start_from("moons")
    document, heard = document_on(first)
    document.edit("Set epochs", with_epochs(first, 5))
    assert len(heard) == 1
    assert heard[0][0].project == first
    assert heard[0][1].project.training.epochs == 5
    document.undo_stack.undo()
    assert document.project == first
    document.undo_stack.redo()
    assert document.project == with_epochs(first, 5)
    assert len(heard) == 3


def test_what_is_searched_goes_with_its_layer_and_comes_back_with_it(qapp):
    project = start_from("moons")
    first = project.network.outputs_of(project.network.layers[0].id)[0]
    units = Dimension(path=f"network.{first}.units", values=(4, 8))
    batch = Dimension(path="training.batch_size", values=(8, 16))
    document, _ = document_on(marked(marked(project, units), batch))
    shorter = without_layer(document.project.network, first)
    document.edit("Remove", document.project.model_copy(update={"network": shorter}))
    assert document.project.search.space == (batch,)
    document.undo_stack.undo()
    assert document.project.search.space == (units, batch)
    document.undo_stack.redo()
    assert document.project.search.space == (batch,)


def test_an_equal_project_is_no_step(qapp):
    first = start_from("moons")
    document, heard = document_on(first)
    document.edit("Nothing", with_epochs(first, first.training.epochs))
    assert not heard
    assert not document.undo_stack.canUndo()
    assert not document.modified


def test_steps_with_one_key_become_one_and_vanish_when_they_lead_back(qapp):
    first = start_from("moons")
    document, _ = document_on(first)
    for epochs in (5, 6, 7):
        document.edit("Set epochs", with_epochs(first, epochs), "epochs")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.project == first
    document.undo_stack.redo()
    document.edit("Set epochs", with_epochs(first, 8), "epochs")
    assert document.undo_stack.count() == 2, "what was undone and redone is a step of its own"
    document.undo_stack.undo()
    document.undo_stack.undo()
    for epochs in (5, 6):
        document.edit("Set epochs", with_epochs(first, epochs), "epochs")
    document.edit("Set epochs", first, "epochs")
    assert document.undo_stack.count() == 0
    assert not document.modified


def test_saving_an_older_state_leaves_later_edits_unsaved(qapp, tmp_path):
    first = start_from("moons")
    document, _ = document_on(first)
    document.edit("Set epochs", with_epochs(first, 5))
    snapshot = project_of(document)
    document.edit("Set epochs", with_epochs(first, 6))
    document.mark_saved(tmp_path / "a.layerlab", snapshot)
    assert document.modified
    document.mark_saved(tmp_path / "a.layerlab", project_of(document))
    assert not document.modified
    document.mark_run_unsaved()
    assert document.modified


def test_a_summary_counts_only_for_the_data_that_it_is_of(qapp):
    first = start_from("moons")
    document, heard = document_on(first)
    summary = replace(summary_of(first.data), title="read", loaded=True)
    document.set_summary(start_from("xor").data, summary)
    assert not heard
    document.set_summary(first.data, summary)
    assert document.resolved is not None
    assert document.resolved.summary is summary
    assert len(heard) == 1


def test_of_data_that_cannot_be_read_any_more_only_the_shapes_are_known(qapp):
    first = start_from("moons")
    table = TableSource(path="gone.csv")
    first = first.model_copy(update={"data": first.data.model_copy(update={"source": table})})
    document, heard = document_on(first)
    summary = replace(
        summary_of(start_from("moons").data),
        loaded=True,
        class_counts=((3, 1, 1), (3, 1, 1)),
        notes=("3 rows",),
    )
    document.set_summary(first.data, summary)
    assert is_known(document.resolved)
    document.forget_summary()
    resolved = document.resolved
    assert not is_known(resolved)
    assert resolved.summary.class_counts == resolved.summary.notes == ()
    assert resolved.summary.input_shape == summary.input_shape
    assert resolved.summary.class_names == summary.class_names
    assert len(heard) == 2
    document.set_summary(first.data, summary)
    assert document.resolved.summary is summary


def on(project: Project, source: Any) -> Project:
    return project.model_copy(update={"data": project.data.model_copy(update={"source": source})})


def test_of_other_data_nothing_is_known_by_those_of_before(qapp):
    first = on(start_from("moons"), TableSource(path="fruit.csv"))
    document, _ = document_on(first)
    assert not document.resolved.summary.known
    assert document.resolved.problems == ()
    summary = replace(summary_of(start_from("digits").data), loaded=True, notes=("3 rows",))
    document.set_summary(first.data, summary)
    separated = on(first, TableSource(path="fruit.csv", separator=";"))
    document.edit("Separate otherwise", separated)
    assert document.resolved.summary.input_shape == summary.input_shape, "the same file"
    document.edit("Use nuts.csv", on(first, TableSource(path="nuts.csv")))
    assert not document.resolved.summary.known
    assert document.resolved.summary.notes == ()
    document.undo_stack.undo()
    assert document.resolved.summary.known
    document.expect(on(first, TableSource(path="nuts.csv")).data, summary)
    assert document.resolved.summary.input_shape == summary.input_shape
    document.undo_stack.redo()
    assert document.resolved.summary == replace(summary, loaded=False)


def test_a_blank_sheet_has_two_inputs_whatever_was_before(qapp):
    first = on(start_from("moons"), TableSource(path="fruit.csv"))
    document, _ = document_on(first)
    summary = replace(
        summary_of(start_from("digits").data), loaded=True, class_counts=((1, 1, 1),) * 10
    )
    document.set_summary(first.data, summary)
    document.edit("Paint", on(first, PaintedSource()))
    resolved = document.resolved
    assert resolved.summary.input_shape == (2,)
    assert resolved.summary.class_counts == ()
    assert not any(problem.where.startswith(("data", "training")) for problem in resolved.problems)
    ready = PaintedSource(x=(0, 1, 2, 3), y=(0, 1, 2, 3), classes=(0, 0, 1, 1))
    document.edit("Paint", on(first, ready))
    assert document.resolved.summary.samples == 4
    counted = replace(document.resolved.summary, loaded=True, class_counts=((2, 0, 0), (2, 0, 0)))
    document.set_summary(on(first, ready).data, counted)
    more = PaintedSource(x=(0, 1, 2, 3, 4), y=(0, 1, 2, 3, 4), classes=(0, 0, 1, 1, 1))
    document.edit("Paint", on(first, more))
    assert document.resolved.summary.class_counts == counted.class_counts, "until it is counted"
    document.edit("Erase", on(first, PaintedSource(x=(0,), y=(0,), classes=(0,))))
    assert document.resolved.summary.class_counts == ()


def test_many_steps_stay_quick_and_exact(qapp):
    first = start_from("moons")
    document, _ = document_on(first)
    random_numbers = random.Random(3)
    states = [first]
    for _ in range(300):
        states.append(with_epochs(first, random_numbers.randrange(1, 10**6)))
        document.edit("Set epochs", states[-1])
    for state in reversed(states[:-1]):
        document.undo_stack.undo()
        assert document.project == state


class DocumentAndModel(RuleBasedStateMachine):
    """The document against a plain list of states and a position in it."""

    def __init__(self) -> None:
        super().__init__()
        self.document, _ = document_on(start_from("moons"))
        self.states = [project_of(self.document)]
        self.place = 0
        self.key: str | None = None
        """Of the step that the next edit may join; None once something else was done."""

    @rule(epochs=st.integers(1, 4), key=st.sampled_from([None, "a", "b"]))
    def edit(self, epochs: int, key: str | None) -> None:
        wanted = with_epochs(self.states[self.place], epochs)
        if wanted == self.states[self.place]:
            self.document.edit("x", wanted, key)
            return
        merges = key is not None and key == self.key
        self.document.edit("x", wanted, key)
        del self.states[self.place + 1 :]
        if merges and wanted == self.states[self.place - 1]:
            del self.states[self.place]
            self.place -= 1
            self.key = None
            return
        if merges:
            self.states[self.place] = wanted
        else:
            self.states.append(wanted)
            self.place += 1
        self.key = key

    @precondition(lambda self: self.place > 0)
    @rule()
    def undo(self) -> None:
        self.document.undo_stack.undo()
        self.place -= 1
        self.key = None

    @precondition(lambda self: self.place < len(self.states) - 1)
    @rule()
    def redo(self) -> None:
        self.document.undo_stack.redo()
        self.place += 1
        self.key = None

    @rule()
    def save(self) -> None:
        self.document.mark_saved(Path("x.layerlab"), project_of(self.document))
        self.key = None

    @invariant()
    def same_project(self) -> None:
        assert self.document.project == self.states[self.place]

    @invariant()
    def same_possibilities(self) -> None:
        assert self.document.undo_stack.canUndo() == (self.place > 0)
        assert self.document.undo_stack.canRedo() == (self.place < len(self.states) - 1)


def test_document_agrees_with_a_plain_model(qapp):
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        DocumentAndModel, settings=settings(max_examples=60, stateful_step_count=30, deadline=None)
    )

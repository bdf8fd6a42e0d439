"""Title, id and help of the inspector; names of layers in its buttons."""

import pytest
from PySide6.QtWidgets import QWidget

from app.core.layer_catalog import LAYER_KINDS
from app.core.options import IntegerOption
from app.ui.canvas.face import sentence_start_lower
from app.ui.option_editors import editor_of
from app.ui.pages.inspector import WIDTH, Inspector


@pytest.fixture
def inspector(qtbot) -> Inspector:
    made = Inspector()
    qtbot.addWidget(made)
    made.resize(WIDTH, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(inspector: Inspector, name: str, layer_id: str) -> None:
    kind = LAYER_KINDS[name]
    options = {option.name: option.default for option in kind.options}
    inspector.show_layer(
        "layer-generic", kind.label, layer_id, kind.help, kind.options, options, {}, (), None
    )


def test_nothing_of_a_layer_stands_there_before_one_is_chosen(inspector) -> None:
    seen = {w.objectName() for w in inspector.findChildren(QWidget) if w.isVisible()}
    assert not seen & {"inspector.compare", "inspector.curve", "inspector.more"}
    show(inspector, "Dense", "dense_1")
    assert inspector.findChild(QWidget, "inspector.more").isVisible()


@pytest.mark.parametrize(
    ("kind", "layer_id"),
    [
        ("Dense", "dense_1"),
        ("BatchNormalization", "batchnormalization_12"),
        ("MultiHeadAttention", "multiheadattention_2"),
    ],
)
def test_kind_and_id_are_read_whole(inspector, qtbot, kind: str, layer_id: str) -> None:
    show(inspector, kind, layer_id)
    for label in (inspector._title, inspector._subtitle):
        wanted = label.fontMetrics().horizontalAdvance(label.text())
        qtbot.waitUntil(lambda part=label, needed=wanted: part.width() >= needed)
        assert layer_id in label.toolTip()
        assert LAYER_KINDS[kind].label in label.toolTip()
    one_row = inspector._title.y() == inspector._subtitle.y()
    assert one_row == (kind == "Dense")


def test_a_kind_without_options_tells_what_it_does(inspector) -> None:
    show(inspector, "Add", "add_1")
    assert inspector._help.isVisible()
    assert inspector._help.text() == LAYER_KINDS["Add"].help
    show(inspector, "Dense", "dense_1")
    assert not inspector._help.isVisible()
    show(inspector, "Flatten", "flatten_1")
    inspector.show_training((), {}, {})
    assert not inspector._help.isVisible()


def test_names_of_layers_keep_their_capital() -> None:
    assert sentence_start_lower("Dense of 32 units on input 2") == "Dense of 32 units on input 2"
    assert sentence_start_lower("Add a layer") == "add a layer"
    assert sentence_start_lower("Remove the layer") == "remove the layer"


def test_a_unit_stands_behind_numbers_only(qtbot) -> None:
    option = IntegerOption(
        name="epochs", label="Length", default=None, help="", unit="epochs", optional=True,
        none_label="all epochs",
    )  # fmt: skip
    editor = editor_of(option, None)
    qtbot.addWidget(editor.widget)
    editor.show(None)
    assert editor.widget.text() == "all epochs"
    assert not editor.widget._shows_unit()
    editor.show(3)
    assert editor.widget.text() == "3"
    assert editor.widget._shows_unit()

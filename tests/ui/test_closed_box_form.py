"""The form of a closed box: everything can be read and copied, nothing edited."""

from PySide6.QtCore import Qt

from app.core.layer_catalog import CLOSED_KINDS
from app.core.layer_kinds.closed import CLOSED_KIND
from app.ui.option_editors import MOST_SHOWN
from app.ui.option_form import OptionForm


def test_a_closed_box_is_shown_and_not_edited(qtbot):
    kind = CLOSED_KINDS[CLOSED_KIND]
    form = OptionForm("layer")
    qtbot.addWidget(form)
    edits = []
    form.option_edited.connect(lambda name, value: edits.append(name))
    config = '{"units": 3}' + " " * 50_000
    form.show_options(kind.options, {"class_name": "Dense", "config": config, "parameters": 7})
    form.show()
    shown = {option.name: form.control_of(option.name) for option in kind.options}
    assert shown["class_name"].text() == "Dense"
    assert shown["parameters"].text() == "7"
    assert shown["config"].text() == config[:MOST_SHOWN]
    for field in shown.values():
        assert field.isReadOnly()
        qtbot.keyClicks(field, "9")
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert edits == []

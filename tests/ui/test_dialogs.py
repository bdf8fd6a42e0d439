"""The dialogs: what they ask, what each answer means, and that text from files stays plain text."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSettings, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QSpinBox,
    QTableWidget,
    QTextEdit,
    QWidget,
)

from app.ui.actions import COMMANDS
from app.ui.dialogs import OPEN_FILTER, PROJECT_FILTER, Dialogs
from app.ui.failures import Failure
from app.ui.preferences import Preferences
from app.ui.search_state import AtStake

Act = Callable[[QDialog], None]
Answering = Callable[..., "Answers"]
LEFT = Qt.MouseButton.LeftButton


class Answers(QObject):
    """Gives the dialogs that come their answers, one after the other, and keeps their names."""

    def __init__(self, acts: list[Act]) -> None:
        super().__init__()
        self.names: list[str] = []
        self._acts = acts
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(5)

    def stop(self) -> None:
        self._timer.stop()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        name = dialog.objectName() if dialog is not None else ""
        if dialog is None or not dialog.isVisible() or self.names[-1:] == [name]:
            return
        self.names.append(name)
        if not self._acts:
            QTimer.singleShot(0, dialog, dialog.close)
            return
        act = self._acts.pop(0)
        QTimer.singleShot(0, dialog, lambda: act(dialog))


def press(text: str) -> Act:
    def act(dialog: QDialog) -> None:
        buttons = [b for b in dialog.findChildren(QAbstractButton) if b.isVisible()]
        button = next(b for b in buttons if b.text().replace("&", "").startswith(text))
        QTest.mouseClick(button, LEFT)

    return act


def key(which: Qt.Key) -> Act:
    return lambda dialog: QTest.keyClick(dialog, which)


@pytest.fixture
def answer(qapp) -> Iterator[Answering]:
    """`answer(act, ...)`: each dialog that comes is answered by the next act."""
    made: list[Answers] = []

    def will(*acts: Act) -> Answers:
        for before in made:
            before.stop()
        made.append(Answers(list(acts)))
        return made[-1]

    yield will
    for answers in made:
        answers.stop()


@pytest.fixture
def dialogs(qapp, home: Path) -> Iterator[Dialogs]:
    preferences = Preferences(QSettings(str(home / "p.ini"), QSettings.Format.IniFormat))
    made = Dialogs(preferences)
    made.parent = QWidget()
    yield made
    made.parent.deleteLater()


@pytest.mark.parametrize(
    ("act", "meaning"),
    [
        (press("Save"), "save"),
        (press("Discard"), "discard"),
        (press("Cancel"), "cancel"),
        (key(Qt.Key.Key_Escape), "cancel"),
        (key(Qt.Key.Key_Return), "save"),
        (lambda dialog: dialog.close(), "cancel"),
    ],
)
def test_leaving_unsaved_work_is_asked_for(
    dialogs: Dialogs, act: Act, meaning: str, answer: Answering
) -> None:
    answers = answer(act)
    assert dialogs.save_changes("digits", training=False, search=AtStake()) == meaning
    assert answers.names == ["dialog.save_changes"]


def test_the_words_of_no_button_are_cut(dialogs: Dialogs, answer: Answering) -> None:
    widths: list[tuple[int, int]] = []

    def measure(dialog: QDialog) -> None:
        buttons = [b for b in dialog.findChildren(QAbstractButton) if b.isVisible()]
        widths.extend((b.width(), b.sizeHint().width()) for b in buttons)
        press("Cancel")(dialog)

    answer(measure)
    search = AtStake("search", True, "It ends.")
    assert dialogs.save_changes("a", training=False, search=search) == "cancel"
    assert len(widths) == 3
    assert all(width >= needed for width, needed in widths)


@pytest.mark.parametrize(
    ("act", "meaning"),
    [
        (press("Save and end it"), "save"),
        (press("Discard and end it"), "discard"),
        (press("Cancel"), "cancel"),
        (key(Qt.Key.Key_Escape), "cancel"),
        (key(Qt.Key.Key_Return), "save"),
        (lambda dialog: dialog.close(), "cancel"),
    ],
)
def test_what_ends_besides_is_in_the_same_question(
    dialogs: Dialogs, act: Act, meaning: str, answer: Answering
) -> None:
    seen: list[tuple[str, str]] = []

    def read(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        seen.append((dialog.text(), dialog.informativeText()))
        act(dialog)

    answer(read)
    search = AtStake("search", True, "It is kept.")
    assert dialogs.save_changes("digits", training=False, search=search) == meaning
    ((title, text),) = seen
    assert title == "Save the changes to digits and end the search?"
    assert text.startswith("Settings or a training")
    assert text.endswith("\n\nIt is kept.")


def test_a_message_has_three_sentences_and_plain_text(dialogs: Dialogs, answer: Answering) -> None:
    seen: list[tuple[str, str, list[Qt.TextFormat]]] = []

    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QMessageBox)
        formats = [label.textFormat() for label in dialog.findChildren(QLabel) if label.text()]
        seen.append((dialog.text(), dialog.informativeText(), formats))
        press("OK")(dialog)

    answer(act)
    evil = "<img src='file:///etc/passwd'>.csv is none."
    dialogs.tell("<b>No</b>", Failure(evil, "A table.", "Choose another."))
    ((title, text, formats),) = seen
    assert title == "<b>No</b>"
    assert text.split("\n\n") == [evil, "A table.", "Choose another."]
    assert formats
    assert set(formats) == {Qt.TextFormat.PlainText}


def test_details_are_there_for_those_who_ask(dialogs: Dialogs, answer: Answering) -> None:
    seen: list[str] = []

    def act(dialog: QDialog) -> None:
        field = dialog.findChild(QTextEdit, "dialog.message.details")
        assert not field.isVisible()
        press("Show Details")(dialog)
        assert field.isVisible()
        seen.append(field.toPlainText())
        press("OK")(dialog)

    answer(act)
    dialogs.tell("No", Failure("It is so.", "A table.", "Choose another.", "https://b.org"))
    assert seen == ["https://b.org"]


@pytest.mark.parametrize(
    ("act", "meaning"),
    [
        (press("Recover"), "recover"),
        (press("Throw away"), "discard"),
        (press("Ask again later"), "later"),
        (key(Qt.Key.Key_Escape), "later"),
        (lambda dialog: dialog.close(), "later"),
    ],
)
def test_nothing_is_thrown_away_by_closing_the_question_for_recovery(
    dialogs: Dialogs, act: Act, meaning: str, answer: Answering
) -> None:
    answer(act)
    assert dialogs.recover("digits had changes.") == meaning


@pytest.mark.parametrize(("act", "meaning"), [(press("Go"), True), (press("No"), False)])
def test_a_question_is_answered_by_its_buttons(
    dialogs: Dialogs, act: Act, meaning: bool, answer: Answering
) -> None:
    answer(act)
    assert dialogs.confirm("Go on?", "It may last.", "Go", "No") is meaning


def test_more_epochs_are_typed_or_not_wanted(dialogs: Dialogs, answer: Answering) -> None:
    def twelve(dialog: QDialog) -> None:
        field = dialog.findChild(QSpinBox)
        assert field.value() == 50
        assert (field.minimum(), field.maximum()) == (1, 1_000_000)
        assert field.objectName()
        assert field.accessibleName()
        field.selectAll()
        QTest.keyClicks(field, "12")
        press("OK")(dialog)

    answer(twelve)
    assert dialogs.more_epochs(50) == 12
    answer(press("Cancel"))
    assert dialogs.more_epochs(50) is None


def test_all_keys_are_listed(dialogs: Dialogs, answer: Answering) -> None:
    rows: list[tuple[str, str]] = []

    def read(dialog: QDialog) -> None:
        table = dialog.findChild(QTableWidget)
        rows.extend(
            (table.item(row, 0).text(), table.item(row, 1).text())
            for row in range(table.rowCount())
        )
        press("Close")(dialog)

    answer(read)
    dialogs.shortcuts()
    assert {k for _, k in rows} >= {c.key for c in COMMANDS if c.key}


def test_about_says_what_it_is(dialogs: Dialogs, answer: Answering) -> None:
    answers = answer(key(Qt.Key.Key_Escape))
    dialogs.about("LayerLab")
    assert answers.names == ["dialog.about"]


def name_file(path: Path) -> Act:
    def act(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        field.setText(str(path))
        QTest.keyClick(field, Qt.Key.Key_Return)

    return act


def test_a_file_is_named_and_its_folder_remembered(
    dialogs: Dialogs, tmp_path: Path, answer: Answering
) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    answer(name_file(folder / "mine"))
    path = dialogs.save_file("Save the project", PROJECT_FILTER, "layerlab", "digits.layerlab")
    assert path == folder / "mine.layerlab"
    folders: list[str] = []

    def look(dialog: QDialog) -> None:
        assert isinstance(dialog, QFileDialog)
        folders.append(dialog.directory().absolutePath())
        dialog.reject()

    answer(look)
    assert dialogs.open_file(OPEN_FILTER) is None
    assert folders == [str(folder)]


@pytest.mark.parametrize(("button", "chosen"), [("Yes", True), ("No", False)])
def test_a_file_is_replaced_only_when_the_user_says_so(
    dialogs: Dialogs, tmp_path: Path, button: str, chosen: bool, answer: Answering
) -> None:
    path = tmp_path / "mine.layerlab"
    path.write_text("here")
    acts = [name_file(path), press(button)]
    if not chosen:
        acts.append(lambda dialog: dialog.reject())
    answer(*acts)
    found = dialogs.save_file("Save", PROJECT_FILTER, "layerlab", "digits.layerlab")
    assert found == (path if chosen else None)
    assert path.read_text() == "here"


def test_nothing_of_a_dialog_is_left_behind(dialogs: Dialogs, answer: Answering) -> None:
    for _ in range(3):
        answer(press("OK"))
        dialogs.tell("No", Failure("a", "b", "c"))
    QApplication.sendPostedEvents(None, 52)  # DeferredDelete
    assert not dialogs.parent.findChildren(QDialog)

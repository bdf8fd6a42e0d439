"""The questions and messages that stand in front of the window."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QInputDialog,
    QLabel,
    QMessageBox,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.core.data_summary import LeftOut
from app.core.number_words import counted
from app.ui.actions import COMMANDS
from app.ui.canvas.canvas_keys import KEYS_IN_WORDS
from app.ui.column_entries import ColumnEntry
from app.ui.columns_dialog import ColumnsDialog
from app.ui.controls.painting import color, px
from app.ui.data_files import (
    ARRAY_FILTER,
    ARRAY_SUFFIXES,
    TABLE_FILTER,
    TABLE_SUFFIXES,
    endings,
)
from app.ui.data_sets_dialog import DataSetsDialog
from app.ui.failures import Failure
from app.ui.icons import pixmap
from app.ui.left_out_dialog import LeftOutDialog, RemarksDialog
from app.ui.preferences import Preferences
from app.ui.search_state import AtStake

Answer = Literal["save", "discard", "cancel"]
NetworkAnswer = Literal["keep", "begin", "cancel"]

PROJECT_FILTER = "LayerLab project (*.layerlab)"
MODEL_FILTER = "Keras model (*.keras *.h5 *.hdf5)"
WEIGHTS_FILTER = "Weights (*.h5 *.keras)"
SAVED_MODEL_FILTERS = (
    "Keras model (*.keras);;Model of older versions (*.h5);;Weights alone (*.weights.h5)"
)
_MARKS = {
    QMessageBox.Icon.Question: ("help", "accent"),
    QMessageBox.Icon.Warning: ("warning", "warning"),
    QMessageBox.Icon.NoIcon: ("info", "muted"),
}
"""Our icon in place of the toolkit's, and its colour."""

OPEN_FILTER = (
    "All that can be opened (*.layerlab *.keras *.h5 *.hdf5 "
    f"{endings(TABLE_SUFFIXES + ARRAY_SUFFIXES)});;"
    f"{PROJECT_FILTER};;{MODEL_FILTER};;{TABLE_FILTER};;{ARRAY_FILTER}"
)


class Dialogs:
    """Every modal dialog of the program; text from files is shown as plain text."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self.parent: QWidget | None = None

    def open_file(self, filters: str = OPEN_FILTER) -> Path | None:
        """The file that the user chose to open, or None."""
        return self._file("Open", filters, QFileDialog.AcceptMode.AcceptOpen, "", "")

    def open_folder(self) -> Path | None:
        """The folder of pictures that the user chose, or None."""
        dialog = QFileDialog(self.parent, "Open a folder of pictures", self._preferences.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, "Open folder")
        if not _ask(dialog, "folder") or not dialog.selectedFiles():
            return None
        path = Path(dialog.selectedFiles()[0])
        self._preferences.folder = str(path.parent)
        return path

    def folder_for(self, title: str, accept: str) -> Path | None:
        """The folder that the user chose to write into, or None."""
        dialog = QFileDialog(self.parent, title, self._preferences.folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setLabelText(QFileDialog.DialogLabel.Accept, accept)
        if not _ask(dialog, "folder") or not dialog.selectedFiles():
            return None
        path = Path(dialog.selectedFiles()[0])
        self._preferences.folder = str(path)
        return path

    def save_file(self, title: str, filters: str, suffix: str, name: str) -> Path | None:
        """The file that the user chose to write (Qt has asked before replacing one), or None."""
        return self._file(title, filters, QFileDialog.AcceptMode.AcceptSave, suffix, name)

    def save_changes(self, name: str, *, training: bool, search: AtStake) -> Answer:
        """Whether to save before the project `name` is left, in the middle of a `training` or a
        `search` perhaps.
        """
        text = (
            "A training is running; it ends when you leave. " * training
            + "Settings or a training that are not in the file would be lost."
        )
        box = self._box(
            QMessageBox.Icon.Question,
            f"Save the changes to {name}{f' and end the {search.ends}' if search.ends else ''}?",
            "\n\n".join(filter(None, (text, search.words))),
        )
        button = QMessageBox.StandardButton
        box.setStandardButtons(button.Save | button.Discard | button.Cancel)
        box.setDefaultButton(button.Save)
        if search.ends:
            box.button(button.Save).setText("Save and end it")
            box.button(button.Discard).setText("Discard and end it")
        answers: dict[int, Answer] = {button.Save: "save", button.Discard: "discard"}
        return answers.get(QMessageBox.StandardButton(_ask(box, "save_changes")), "cancel")

    def tell(self, title: str, failure: Failure) -> None:
        """One clear message: what happened, what was expected, how to fix it."""
        box = self._box(QMessageBox.Icon.Warning, title, _in_words(failure))
        if failure.details:
            box.setDetailedText(failure.details)
            for field in box.findChildren(QTextEdit):
                field.setObjectName("dialog.message.details")
                field.setAccessibleName("Details")
        _ask(box, "message")

    def offer(self, title: str, failure: Failure, remedy: str) -> bool:
        """The message of `tell`, and a button `remedy`; whether it was pressed."""
        box = self._box(QMessageBox.Icon.Warning, title, _in_words(failure))
        mend = box.addButton(remedy, QMessageBox.ButtonRole.ActionRole)
        box.setEscapeButton(QMessageBox.StandardButton.Ok)
        _ask(box, "message")
        return box.clickedButton() is mend

    def confirm(
        self, title: str, text: str, accept: str, reject: str, *, keeps: bool = False
    ) -> bool:
        """Whether the user pressed the button `accept`; with `keeps` the key Enter rejects."""
        box = self._box(QMessageBox.Icon.Question, title, text)
        yes = box.addButton(accept, QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton(reject, QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no if keeps else yes)
        _ask(box, "confirm")
        return box.clickedButton() is yes

    def open_vault(self, samples: int, text: str) -> bool:
        """Whether the test part is to be looked at; the key Enter leaves it sealed."""
        box = self._box(
            QMessageBox.Icon.Question, f"Open the test vault ({counted(samples, 'sample')})?", text
        )
        yes = box.addButton("Open the vault", QMessageBox.ButtonRole.AcceptRole)
        no = box.addButton("Keep it sealed", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(no)
        box.setEscapeButton(no)
        _ask(box, "open_vault")
        return box.clickedButton() is yes

    def recover(self, text: str) -> Literal["recover", "discard", "later"]:
        """What to do with a surviving copy, of which `text` tells; closing the dialog throws
        nothing away.
        """
        box = self._box(
            QMessageBox.Icon.Question,
            "Recover unsaved work?",
            text,
        )
        recover = box.addButton("Recover", QMessageBox.ButtonRole.AcceptRole)
        discard = box.addButton("Throw away", QMessageBox.ButtonRole.DestructiveRole)
        later = box.addButton("Ask again later", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(recover)
        box.setEscapeButton(later)
        _ask(box, "recover")
        if box.clickedButton() is recover:
            return "recover"
        return "discard" if box.clickedButton() is discard else "later"

    def other_data(self, data: str) -> NetworkAnswer:
        """What becomes of a network that cannot take the data called `data`."""
        box = self._box(
            QMessageBox.Icon.Question,
            f"The network cannot take {data}",
            "Keep it as it is and see what does not fit, or replace it by the network that suits "
            "these data. Undo brings it back.",
        )
        keep = box.addButton("Keep", QMessageBox.ButtonRole.AcceptRole)
        begin = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
        cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(cancel)
        _ask(box, "other_data")
        if box.clickedButton() is keep:
            return "keep"
        return "begin" if box.clickedButton() is begin else "cancel"

    def more_epochs(self, suggested: int, note: str = "") -> int | None:
        """How many epochs to train on, or None; `note` says what else is to be known."""
        dialog = QInputDialog(self.parent)
        dialog.setWindowTitle("Continue with more epochs")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        question = "Train on for how many epochs? The optimizer goes on where it was."
        dialog.setLabelText("\n".join(filter(None, (question, note))))
        dialog.setIntRange(1, 1_000_000)
        dialog.setIntValue(suggested)
        for field in dialog.findChildren(QSpinBox):
            field.setObjectName("dialog.more_epochs.epochs")
            field.setAccessibleName("Epochs")
        accepted = _ask(dialog, "more_epochs")
        return dialog.intValue() if accepted else None

    def data_set(self, note: str, current: str = "") -> str | None:
        """The name of the data set that the user chose, or None.

        Args:
            note: what becomes of it, in a sentence.
            current: the one at hand.
        """
        dialog = DataSetsDialog(note, current, self.parent)
        return dialog.name() if _ask(dialog, "sets") else None

    def columns(
        self, title: str, entries: Sequence[ColumnEntry], given: Sequence[str]
    ) -> tuple[tuple[ColumnEntry, ...], frozenset[str]] | None:
        """The columns of the table `title` as the user wants them, and the names of those whose
        type he gave; None when nothing is to be changed.
        """
        dialog = ColumnsDialog(title, entries, given, self.parent)
        return (dialog.entries(), dialog.given()) if _ask(dialog, "columns") else None

    def left_out(self, entries: Sequence[LeftOut]) -> None:
        """What of the data could not be used, and why; can be copied."""
        dialog = LeftOutDialog(entries, self.parent)
        _ask(dialog, "left_out")

    def remarks(self, remarks: Sequence[str]) -> None:
        """All that is remarkable in the data; can be copied."""
        _ask(RemarksDialog(remarks, self.parent), "remarks")

    def shortcuts(self) -> None:
        """All commands with their keys."""
        dialog = QDialog(self.parent)
        dialog.setWindowTitle("Keyboard shortcuts")
        rows = [*((c.plain_text, c.key) for c in COMMANDS if c.key), *KEYS_IN_WORDS]
        table = QTableWidget(len(rows), 2)
        table.setObjectName("shortcuts.table")
        table.setAccessibleName("Commands and their keys")
        table.setHorizontalHeaderLabels(["Command", "Key"])
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.verticalHeader().hide()
        for row, (text, key) in enumerate(rows):
            table.setItem(row, 0, QTableWidgetItem(text))
            table.setItem(row, 1, QTableWidgetItem(key))
        table.setColumnWidth(0, 300)
        table.horizontalHeader().setStretchLastSection(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(dialog.reject)
        column = QVBoxLayout(dialog)
        column.addWidget(table)
        column.addWidget(buttons)
        dialog.resize(480, 560)
        _ask(dialog, "shortcuts")

    def about(self, text: str) -> None:
        box = self._box(QMessageBox.Icon.NoIcon, "LayerLab", text)
        _ask(box, "about")

    def _box(self, icon: QMessageBox.Icon, title: str, text: str) -> QMessageBox:
        box = QMessageBox(icon, "LayerLab", title, QMessageBox.StandardButton.NoButton, self.parent)
        name, tone = _MARKS[icon]
        ratio = self.parent.devicePixelRatioF() if self.parent is not None else 1.0
        box.setIconPixmap(pixmap(name, color(tone), px(24), ratio))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(text)
        for label in box.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
        if icon in (QMessageBox.Icon.Warning, QMessageBox.Icon.NoIcon):
            box.setStandardButtons(QMessageBox.StandardButton.Ok)
        return box

    def _file(
        self, title: str, filters: str, mode: QFileDialog.AcceptMode, suffix: str, name: str
    ) -> Path | None:
        dialog = QFileDialog(self.parent, title, self._preferences.folder, filters)
        dialog.setAcceptMode(mode)
        opening = mode == QFileDialog.AcceptMode.AcceptOpen
        dialog.setFileMode(
            QFileDialog.FileMode.ExistingFile if opening else QFileDialog.FileMode.AnyFile
        )
        if suffix:
            dialog.setDefaultSuffix(suffix)
            dialog.filterSelected.connect(
                lambda chosen: dialog.setDefaultSuffix(_suffix_of(chosen, suffix))
            )
        if name:
            dialog.selectFile(name)
        if not _ask(dialog, "file") or not dialog.selectedFiles():
            return None
        path = Path(dialog.selectedFiles()[0])
        self._preferences.folder = str(path.parent)
        return path


def _in_words(failure: Failure) -> str:
    return "\n\n".join(filter(None, (failure.happened, failure.expected, failure.how_to_fix)))


def _suffix_of(chosen: str, usual: str) -> str:
    """The only ending that a file of the filter `chosen` may have: "Weights (*.weights.h5)"."""
    endings = chosen.partition("(*.")[2].rstrip(")").split(" ")
    return endings[0] if len(endings) == 1 and endings[0] else usual


def _ask(dialog: QDialog, name: str) -> int:
    """Show `dialog` as "dialog.NAME", its buttons named after their words, until it is answered."""
    dialog.setObjectName(f"dialog.{name}")
    for box in dialog.findChildren(QDialogButtonBox):
        for button in box.buttons():
            words = button.text().replace("&", "")
            button.setIcon(QIcon())
            button.setObjectName(f"dialog.{name}.{words.lower().replace(' ', '_')}")
            button.setAccessibleName(words)
            button.ensurePolished()
            button.setMinimumWidth(button.sizeHint().width())  # a short title makes a narrow box
    answer = dialog.exec()
    dialog.deleteLater()
    return answer

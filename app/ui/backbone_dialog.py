"""A network begun with a backbone: which one, with which weights, for pictures of which size."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.core.backbone_catalog import (
    BACKBONES,
    BACKBONES_BY_NAME,
    Backbone,
    cached_weights,
    sides_for,
)
from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.layer_kinds.kind import shape_text
from app.core.number_words import bytes_text
from app.ui.controls import Button, ComboBox, Label, PrimaryButton, TextField
from app.ui.controls.painting import px
from app.ui.dialogs import WEIGHTS_FILTER, Dialogs

_FLOAT_BYTES = 4


@dataclass(frozen=True)
class BackboneChoice:
    """What was chosen. `weights`: the file to take them from, "download" to have them fetched, or
    None for random ones.
    """

    backbone: Backbone
    side: int
    weights: Path | Literal["download"] | None


class BackboneDialog(QDialog):
    """Passive but for the choice; `choice()` gives it."""

    def __init__(self, summary: DataSummary, dialogs: Dialogs, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.backbone")
        self.setWindowTitle("New from a backbone")
        self._summary, self._dialogs = summary, dialogs
        self._backbone = self._combo("backbone.network", "Network")
        self._weights = self._combo("backbone.weights", "Weights")
        self._side = self._combo("backbone.side", "Picture size")
        self._file = TextField()
        self._file.setObjectName("backbone.file")
        self._file.setAccessibleName("File of the weights")
        self._file.setPlaceholderText("path of the file")
        self._file.textChanged.connect(self._tell)
        self._browse = Button("Choose…", small=True)
        self._browse.setObjectName("backbone.browse")
        self._browse.clicked.connect(self._ask_file)
        self._note = Label("", "caption", "muted", wrap=True)
        self._note.setObjectName("backbone.note")
        self._note.setMinimumHeight(px(48))
        self._create, cancel = PrimaryButton("Create"), Button("Cancel")
        self._create.setObjectName("backbone.create")
        self._create.setDefault(True)
        self._create.clicked.connect(self.accept)
        cancel.setObjectName("backbone.cancel")
        cancel.clicked.connect(self.reject)
        self._lay_out(cancel)
        self._backbone.set_options([(b.name, _described(b)) for b in BACKBONES])
        self._backbone.set_current("MobileNetV2")
        self._backbone.chosen.connect(lambda _name: self._show_backbone())
        self._weights.chosen.connect(lambda _kind: self._tell())
        self._show_backbone()

    def choice(self) -> BackboneChoice:
        """What was chosen."""
        side = self._side.current()
        assert isinstance(side, int)
        downloads = self._weights.current() == "download"
        return BackboneChoice(self._chosen, side, "download" if downloads else self._path)

    @property
    def _chosen(self) -> Backbone:
        return BACKBONES_BY_NAME[str(self._backbone.current())]

    @property
    def _path(self) -> Path | None:
        kind = self._weights.current()
        if kind == "cache":
            return cached_weights(self._chosen)
        return Path(self._file.text().strip()).expanduser() if kind == "file" else None

    def _show_backbone(self) -> None:
        backbone = self._chosen
        cached = cached_weights(backbone) is not None
        size = bytes_text(_FLOAT_BYTES * backbone.parameters)
        choices = [
            ("cache", "ImageNet, from the cache of Keras")
            if cached
            else ("download", f"ImageNet, downloaded from the site of Keras ({size})"),
            ("file", "From a file"),
            ("none", "None: random weights"),
        ]
        self._weights.set_options(choices)
        if cached or self._weights.current() not in dict(choices):
            self._weights.set_current("cache" if cached else "file")
        try:
            sides = sides_for(backbone, self._summary)
        except ExplainedError:
            sides = ()
        own = self._summary.input_shape[:2]
        before = self._side.current()
        self._side.set_options(
            [
                (side, f"{side} × {side}{', as the data are' if own == (side, side) else ''}")
                for side in sides
            ]
        )
        if before not in sides:
            self._side.set_current(sides[0] if sides else None)
        self._tell()

    def _tell(self, *_changed: object) -> None:
        backbone, kind = self._chosen, self._weights.current()
        for part in (self._file, self._browse):
            part.setEnabled(kind == "file")
        trouble = self._trouble()
        self._create.setEnabled(not trouble)
        if trouble:
            self._note.setText(trouble)
        elif kind == "none":
            self._note.setText(
                "Without weights it has learned nothing yet: all of it is trained from the start."
            )
        else:
            self._note.setText(
                f"{backbone.name} stays as it is, frozen; a new output for "
                f"{self._summary.title} is trained on what it sees."
            )

    def _trouble(self) -> str:
        backbone, path = self._chosen, self._path
        try:
            sides_for(backbone, self._summary)
        except ExplainedError as error:
            return f"{error.happened} {error.how_to_fix}"
        if self._weights.current() != "file":
            return ""
        wanted = (
            f"Wanted is {backbone.file_name}, or a .weights.h5 or .keras file saved from this "
            "network."
        )
        if path is None or not self._file.text().strip():
            return wanted
        try:
            return "" if path.is_file() else f"There is no such file. {wanted}"
        except OSError:
            return f"There is no such file. {wanted}"

    def _ask_file(self) -> None:
        path = self._dialogs.open_file(WEIGHTS_FILTER)
        if path is not None:
            self._file.setText(str(path))

    def _combo(self, name: str, spoken: str) -> ComboBox:
        box = ComboBox()
        box.setObjectName(name)
        box.setAccessibleName(spoken)
        return box

    def _lay_out(self, cancel: Button) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label("New from a backbone", "title"))
        words = (
            "A network that was trained on the pictures of ImageNet, up to its global average "
            f"pooling. The data: {self._summary.title}, {shape_text(self._summary.input_shape)}. "
            "It takes the place of the project's network; Undo brings that back."
        )
        column.addWidget(Label(words, "body", "muted", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(px(12))
        grid.setVerticalSpacing(px(8))
        grid.setColumnStretch(1, 1)
        file_row = QHBoxLayout()
        file_row.setSpacing(px(8))
        file_row.addWidget(self._file, 1)
        file_row.addWidget(self._browse)
        for row, (text, field) in enumerate(
            (("Network", self._backbone), ("Weights", self._weights), ("File", self._file),
             ("Picture size", self._side))
        ):  # fmt: skip
            label = Label(text, "body")
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            if field is self._file:
                grid.addLayout(file_row, row, 1)
            else:
                grid.addWidget(field, row, 1)
        column.addLayout(grid)
        column.addWidget(self._note)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self._create)
        column.addLayout(foot)
        self.setMinimumWidth(px(520))


def _described(backbone: Backbone) -> str:
    count = backbone.parameters / 1e6
    size = bytes_text(_FLOAT_BYTES * backbone.parameters)
    return f"{backbone.name}, {count:.1f} million parameters, {size}"

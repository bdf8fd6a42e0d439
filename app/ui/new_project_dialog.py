"""A new project: which data, which network to begin with."""

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.core.dataset_catalog import DATASETS, DATASETS_BY_NAME, DatasetKind
from app.core.project import Project
from app.core.templates import TEMPLATES, start_from
from app.ui.controls import Button, ComboBox, Label, PrimaryButton
from app.ui.controls.painting import px


class NewProjectDialog(QDialog):
    """Two choices and a sentence on each; `project()` gives what was chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.new")
        self.setWindowTitle("New project")
        self._data = ComboBox([(kind.name, kind.label) for kind in DATASETS])
        self._data.setObjectName("new.data")
        self._data.setAccessibleName("Data")
        self._data_text = Label("", "body", "muted", wrap=True)
        self._template = ComboBox([("", "")])
        self._template.setObjectName("new.template")
        self._template.setAccessibleName("Network to begin with")
        self._template_text = Label("", "body", "muted", wrap=True)
        create, cancel = PrimaryButton("Create"), Button("Cancel")
        create.setObjectName("new.create")
        cancel.setObjectName("new.cancel")
        create.setDefault(True)
        create.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(8))
        column.addWidget(Label("Data", "title"))
        column.addWidget(self._data)
        column.addWidget(self._data_text)
        column.addSpacing(px(8))
        column.addWidget(Label("Network", "title"))
        column.addWidget(self._template)
        column.addWidget(self._template_text)
        column.addSpacing(px(8))
        column.addWidget(
            Label("A table of your own: File, Open, and choose the CSV file.", "caption", "muted")
        )
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(create)
        column.addLayout(buttons)
        self.setMinimumSize(px(440), px(360))
        self._data.chosen.connect(self._data_chosen)
        self._template.chosen.connect(self._template_chosen)
        self._data.set_current("digits")
        self._data_chosen("digits")

    def project(self) -> Project:
        """The project that was chosen."""
        return start_from(str(self._data.current()), str(self._template.current()))

    @property
    def _kind(self) -> DatasetKind:
        return DATASETS_BY_NAME[str(self._data.current())]

    def _data_chosen(self, _name: object) -> None:
        self._data_text.setText(self._kind.description)
        fitting = [t for t in TEMPLATES if t.fits(self._kind)]
        before = self._template.current()
        self._template.set_options([(t.name, t.label) for t in fitting])
        names = [t.name for t in fitting]
        self._template.set_current(before if before in names else names[0])
        self._template_chosen(self._template.current())

    def _template_chosen(self, name: object) -> None:
        self._template_text.setText(next(t.help for t in TEMPLATES if t.name == name))

"""A new project: which data, which network to begin with. And another network for the data at
hand.
"""

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS, DATASETS_BY_NAME, summary_of
from app.core.explained_error import ExplainedError
from app.core.own_templates import OwnTemplates, name_trouble
from app.core.project import Project
from app.core.project_names import name_after
from app.core.template_offers import TemplateOffer, offers
from app.core.templates import builtin_data
from app.ui.controls import Button, ComboBox, ErrorBelow, Label, PrimaryButton, TextField
from app.ui.controls.painting import px
from app.ui.template_gallery import TemplateGallery

Told = Callable[[ExplainedError], None]
Confirm = Callable[[str, str], bool]
"""Asks a question (title and text) before something is lost."""


class NameDialog(QDialog):
    """Asks for the name of a template; `name()` gives it."""

    def __init__(
        self, own: OwnTemplates, title: str, name: str, button: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.template_name")
        self.setWindowTitle(title)
        self._own, self._before, self._words = own, name, button
        self._field = TextField(name, parse=_checked_name, to_text=str)
        self._field.setObjectName("template_name.name")
        self._field.setAccessibleName("Name of the template")
        self._field.textChanged.connect(self._typed)
        self._note = Label("", "caption", "muted", wrap=True)
        self._note.setMinimumHeight(px(32))
        self._save = PrimaryButton(button)
        self._save.setObjectName("template_name.save")
        self._save.setDefault(True)
        self._save.clicked.connect(self.accept)
        cancel = Button("Cancel")
        cancel.setObjectName("template_name.cancel")
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(8))
        column.addWidget(Label("Name of the template", "title"))
        column.addWidget(ErrorBelow(self._field))
        column.addWidget(self._note)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self._save)
        column.addLayout(row)
        self.setMinimumWidth(px(400))
        self._field.selectAll()
        self._typed(name)

    def name(self) -> str:
        """What was typed."""
        return self._field.text().strip()

    def _typed(self, _text: str) -> None:
        name = self.name()
        fits = name_trouble(name) is None
        taken = fits and name != self._before and self._own.has(name)
        replaces = taken and self._words == "Save"
        self._save.setEnabled(fits and (not taken or replaces))
        if replaces or (fits and self._words == "Save" and self._own.has(name)):
            self._note.setText("There is a template of this name; it will be replaced.")
        elif taken:
            self._note.setText("There is a template of this name already.")
        else:
            self._note.setText("Network and training settings are kept, weights are not.")


def _checked_name(text: str) -> str:
    trouble = name_trouble(text.strip())
    if trouble:
        raise ValueError(trouble)
    return text.strip()


class _GalleryDialog(QDialog):
    """A gallery with what stands above it, and two buttons."""

    def __init__(
        self,
        own: OwnTemplates,
        tell: Told,
        confirm: Confirm,
        name: str,
        take: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._own, self._tell, self._confirm = own, tell, confirm
        self._name = name
        self.setObjectName(f"dialog.{name}")
        self.gallery = TemplateGallery()
        self.gallery.chosen.connect(self._chosen)
        self.gallery.taken.connect(self.accept)
        self.gallery.rename_requested.connect(self._rename)
        self.gallery.delete_requested.connect(self._delete)
        self._take, cancel = PrimaryButton(take), Button("Cancel")
        self._take.setObjectName(f"{name}.create")
        cancel.setObjectName(f"{name}.cancel")
        self._take.setDefault(True)
        self._take.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(px(24), px(20), px(24), px(20))
        self._column.setSpacing(px(8))
        self._foot = QHBoxLayout()
        self._foot.addStretch(1)
        self._foot.addWidget(cancel)
        self._foot.addWidget(self._take)

    @property
    def offer(self) -> TemplateOffer | None:
        """What was chosen."""
        return self.gallery.current

    def _offers(self) -> None:
        raise NotImplementedError

    def _chosen(self, _name: str) -> None:
        offer = self.gallery.current
        self._take.setEnabled(offer is not None and offer.project is not None)

    def _rename(self, name: str) -> None:
        dialog = NameDialog(self._own, "Rename template", name, "Rename", self)
        if dialog.exec():
            self._try(lambda: self._own.rename(name, dialog.name()))
            self._offers()
        dialog.deleteLater()

    def _delete(self, name: str) -> None:
        text = "Its file is deleted; projects made from it stay as they are."
        if self._confirm(f"Delete the template {name}?", text):
            self._try(lambda: self._own.delete(name))
            self._offers()

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except ExplainedError as error:
            self._tell(error)

    def accept(self) -> None:
        if self._take.isEnabled():
            super().accept()


class NewProjectDialog(_GalleryDialog):
    """Data and template; `project()` gives what was chosen."""

    def __init__(
        self, own: OwnTemplates, tell: Told, confirm: Confirm, parent: QWidget | None = None
    ) -> None:
        super().__init__(own, tell, confirm, "new", "Create", parent)
        self.setWindowTitle("New project")
        self._data = ComboBox([(kind.name, kind.label) for kind in DATASETS])
        self._data.setObjectName("new.data")
        self._data.setAccessibleName("Data")
        self._data.setFixedWidth(px(220))
        self._data.chosen.connect(lambda _name: self._offers())
        self._text = Label("", "body", "muted", wrap=True)
        top = QHBoxLayout()
        top.setSpacing(px(12))
        label = Label("Data", "title")
        label.setBuddy(self._data)
        top.addWidget(label)
        top.addWidget(self._data)
        top.addWidget(self._text, 1)
        self._column.addLayout(top)
        self._column.addSpacing(px(4))
        self._column.addWidget(Label("Network", "title"))
        self._column.addWidget(self.gallery, 1)
        hint = "Data of your own: File, Open for a table or arrays, Open a folder of pictures."
        self._foot.insertWidget(0, Label(hint, "caption", "muted"))
        self._column.addLayout(self._foot)
        self.resize(px(1040), px(640))
        self._data.set_current("digits")
        self._offers()

    def project(self) -> Project:
        """The project that was chosen."""
        offer = self.gallery.current
        assert offer is not None
        assert offer.project is not None
        return offer.project.model_copy(update={"name": name_after(offer.project.data)})

    def _offers(self) -> None:
        name = str(self._data.current())
        data = builtin_data(name)
        self._text.setText(DATASETS_BY_NAME[name].description)
        found = offers(data, summary_of(data), self._own.all())
        self.gallery.show_offers(found, DATASETS_BY_NAME[name].title)


class TemplatesDialog(_GalleryDialog):
    """Another network for the data of the open project."""

    def __init__(
        self,
        own: OwnTemplates,
        data: DataSettings,
        summary: DataSummary,
        tell: Told,
        confirm: Confirm,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(own, tell, confirm, "templates", "Use template", parent)
        self.setWindowTitle("Templates")
        self._data, self._summary = data, summary
        words = (
            f"Network and training settings for {summary.title}. They replace those of the "
            "project; Undo brings them back."
        )
        self._column.addWidget(Label(words, "body", "muted", wrap=True))
        self._column.addWidget(self.gallery, 1)
        self._column.addLayout(self._foot)
        self.resize(px(1040), px(620))
        self._offers()

    def _offers(self) -> None:
        found = offers(self._data, self._summary, self._own.all())
        self.gallery.show_offers(found, self._summary.title)

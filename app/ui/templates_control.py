"""Orders about templates: choose one for the open project, keep the project as one, begin anew."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core.explained_error import ExplainedError
from app.core.own_templates import OwnTemplates, name_trouble
from app.core.project import Project
from app.core.template_offers import applied
from app.ui.dialogs import Dialogs
from app.ui.failures import failure_of
from app.ui.new_project_dialog import NameDialog, NewProjectDialog, TemplatesDialog
from app.ui.project_document import ProjectDocument


class TemplatesControl(QObject):
    """Shows the dialogs and turns their answers into edits and files.

    Signals:
        message(str): something to be told in the status bar.
    """

    message = Signal(str)

    def __init__(
        self,
        own: OwnTemplates,
        document: ProjectDocument,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._own = own
        self._document = document
        self._dialogs = dialogs

    @property
    def _window(self) -> QWidget | None:
        return self._dialogs.parent

    def new_project(self) -> Project | None:
        """Ask for data and template; the project, or None."""
        dialog = NewProjectDialog(self._own, self._tell, self._confirm, self._window)
        project = dialog.project() if dialog.exec() else None
        dialog.deleteLater()
        return project

    def choose(self) -> None:
        """Ask for a template and give the open project its network and training settings."""
        resolved = self._document.resolved
        if resolved is None:
            return
        dialog = TemplatesDialog(
            self._own,
            resolved.project.data,
            resolved.summary,
            self._tell,
            self._confirm,
            self._window,
        )
        offer = dialog.offer if dialog.exec() else None
        dialog.deleteLater()
        project = self._document.project
        if offer is not None and project is not None:
            self._document.edit(f"Use template {offer.label}", applied(offer, project))

    def save_as(self) -> None:
        """Ask for a name and keep the open project as a template."""
        project = self._document.project
        if project is None:
            return
        name = project.name if name_trouble(project.name) is None else "My template"
        dialog = NameDialog(self._own, "Save as template", name, "Save", self._window)
        name = dialog.name() if dialog.exec() else ""
        dialog.deleteLater()
        if not name:
            return
        try:
            self._own.keep(name, project)
        except ExplainedError as error:
            self._tell(error)
        else:
            self.message.emit(f"Template {name} kept; it stands in the gallery.")

    def _tell(self, error: ExplainedError) -> None:
        self._dialogs.tell("The template", failure_of(error, "The template"))

    def _confirm(self, title: str, text: str) -> bool:
        return self._dialogs.confirm(title, text, "Delete", "Keep")

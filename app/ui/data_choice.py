"""Other data for the open project: a network that cannot take them is not lost unasked."""

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary
from app.core.dataset_catalog import summary_of
from app.core.project import Project
from app.core.project_edits import (
    begin_anew,
    can_take,
    choose_data,
    is_valuable,
    keep_network,
    set_network,
)
from app.core.resolved_project import ResolvedProject
from app.core.transfer import own_input_shape, with_input_shape
from app.ui.data_files import is_of_unread
from app.ui.dialogs import Dialogs, NetworkAnswer
from app.ui.project_document import ProjectDocument, is_known


class DataChoice(QObject):
    """Puts other data into the project, in one undoable step.

    Signals:
        message(str): one line for the status row.
        declined(): the user does not want them; the project is as it was.
    """

    message = Signal(str)
    declined = Signal()

    def __init__(
        self, document: ProjectDocument, dialogs: Dialogs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._dialogs = dialogs

    def take(
        self,
        text: str,
        data: DataSettings,
        summary: DataSummary | None = None,
        merge_key: str | None = None,
    ) -> None:
        """One step called `text`. What the network needs for the data is set right; one that cannot
        take them is asked about when it is valuable, else told of.

        Args:
            summary: what is known of the data; not needed for a built-in set.
            merge_key: steps in a row with the same one become one.
        """
        resolved = self._document.resolved
        if resolved is None:
            return
        project = resolved.project
        summary = summary or summary_of(data)
        self._document.expect(data, summary)
        if is_of_unread(project):
            self._document.edit(text, begin_anew(project, data, summary), merge_key)
            return
        if can_take(project, data, summary):
            self._document.edit(text, choose_data(project, data, summary), merge_key)
            return
        if not is_valuable(project.network):
            answer: NetworkAnswer = "begin"
        elif merge_key is not None:  # a number that is being changed, one step after the other
            answer = "keep"
        else:
            answer = self._dialogs.other_data(summary.title)
        if self._document.project != project:
            return  # it is another one since the question came
        if answer == "keep":
            self._document.edit(text, _with_own_shape(resolved, data, summary), merge_key)
            self.message.emit(f"The network is as it was; it cannot take {summary.title} yet")
        elif answer == "begin":
            self._document.edit(text, begin_anew(project, data, summary), merge_key)
            self.message.emit(
                f"The network could not take {summary.title}; another stands in its place. "
                "Undo brings it back"
            )
        else:
            self.declined.emit()


def _with_own_shape(resolved: ResolvedProject, data: DataSettings, summary: DataSummary) -> Project:
    """The project on `data` with its network as it is, made for samples as it had them so far."""
    kept, shape = keep_network(resolved.project, data), resolved.summary.input_shape
    network = kept.network
    if shape == summary.input_shape or own_input_shape(network) or not is_known(resolved):
        return kept
    return set_network(kept, with_input_shape(network, shape))

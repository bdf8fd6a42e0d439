"""The order to begin with a backbone: asks, has it built in the engine thread, makes the edit."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from app.core.backbone_catalog import BACKBONES, begin_with_backbone, sides_for
from app.core.data_settings import DataSettings
from app.core.explained_error import ExplainedError
from app.training.engine_room import OpenedModel
from app.ui.backbone_dialog import BackboneChoice, BackboneDialog
from app.ui.dialogs import Dialogs
from app.ui.failures import failure_of
from app.ui.file_control import FileControl
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl

_TITLE = "The network could not be made"


class BackboneControl(QObject):
    """Signals:
    message(str): one line for the status row.
    """

    message = Signal(str)

    def __init__(
        self,
        document: ProjectDocument,
        run: RunControl,
        files: FileControl,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._run = run
        self._files = files
        self._dialogs = dialogs

    def ask(self) -> None:
        """Ask which backbone, then build it for the data of the open project."""
        resolved = self._document.resolved
        if resolved is None or self._run.state.active:
            return
        try:
            sides_for(BACKBONES[0], resolved.summary)
        except ExplainedError as error:
            self._dialogs.tell(
                "A backbone needs pictures", failure_of(error, "New from a backbone")
            )
            return
        dialog = BackboneDialog(resolved.summary, self._dialogs, self._dialogs.parent)
        choice = dialog.choice() if dialog.exec() else None
        dialog.deleteLater()
        if choice is not None:
            self._files.leave_training(partial(self._build, choice, resolved.project.data))

    def _build(self, choice: BackboneChoice, data: DataSettings) -> None:
        def ended(result: object, error: BaseException | None) -> None:
            project = self._document.project
            if error is not None:
                self._dialogs.tell(_TITLE, failure_of(error, "New from a backbone"))
            elif not isinstance(result, OpenedModel):
                self.message.emit("Stopped; the network is as it was")
            elif project is None or project.data != data:
                self.message.emit("The data were changed meanwhile; the network is as it was")
            else:
                self._take(choice, result)

        name = choice.backbone.name
        self._run.build_backbone(name, choice.side, choice.weights, ended)

    def _take(self, choice: BackboneChoice, opened: OpenedModel) -> None:
        self._files.take_model(
            f"Begin with {choice.backbone.name}",
            opened,
            lambda project, summary: begin_with_backbone(
                project,
                summary,
                choice.backbone,
                opened.network,
                choice.side,
                pretrained=choice.weights is not None,
            ),
        )

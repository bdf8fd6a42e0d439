"""What the status row says in one line, and when it stops being true."""

from PySide6.QtCore import QObject, QTimer, SignalInstance

from app.core.resolved_project import ResolvedProject
from app.ui.pages.network_presenter import NetworkPresenter
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl
from app.ui.window.status_row import StatusRow

SECONDS = 12.0
"""How long a message stays when nothing happens."""


class StatusMessages(QObject):
    """Shows the last message until another project, an edit, another choice or the beginning of a
    run makes it a thing of the past, at most for `SECONDS`. What is being done is shown while
    nothing else is said, until it is over.
    """

    def __init__(
        self,
        row: StatusRow,
        document: ProjectDocument,
        run: RunControl,
        network: NetworkPresenter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._row = row
        self._run = run
        self._network = network
        self._said = self._doing = ""
        self._chosen = network.chosen
        self._active = run.state.active
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(int(1000 * SECONDS))
        self._timer.timeout.connect(self.clear)
        document.changed.connect(self._project_changed)
        network.selection_changed.connect(self._selection_changed)
        run.state_changed.connect(self._run_changed)

    def listen(self, *messages: SignalInstance) -> None:
        """Show what these signals say."""
        for signal in messages:
            signal.connect(self.say)

    def say(self, text: str) -> None:
        """Show `text`; "" when there is nothing to say any more."""
        self._said = text
        self._timer.stop()
        if text:
            self._timer.start()
        self._row.show_message(text or self._doing)

    def show_doing(self, text: str) -> None:
        """Show what is being done; "" when it is over."""
        self._doing = text
        self.say("" if text else self._said)

    def clear(self) -> None:
        """What was said is not so any more."""
        self.say("")

    def _project_changed(self, before: ResolvedProject | None, after: ResolvedProject) -> None:
        if before is None or before.project != after.project:
            self.clear()

    def _selection_changed(self) -> None:
        if self._network.chosen != self._chosen:
            self._chosen = self._network.chosen
            self.clear()

    def _run_changed(self) -> None:
        begins = self._run.state.active and not self._active
        self._active = self._run.state.active
        if begins:
            self.clear()

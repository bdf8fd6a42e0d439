"""How far the reading of data is, in the status row of every page, with a way to give it up."""

from PySide6.QtCore import QObject, QTimer

from app.ui.data_feed import DataFeed
from app.ui.status_messages import StatusMessages
from app.ui.window.status_row import StatusRow

PATIENCE_MS = 200
"""A wait that is longer shows how far it is."""


class ReadingStatus(QObject):
    """Shows nothing of what is over in a moment."""

    def __init__(
        self,
        feed: DataFeed,
        row: StatusRow,
        messages: StatusMessages,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._feed, self._row, self._messages = feed, row, messages
        self._shown = False
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
        self._patience.timeout.connect(self._show)
        feed.changed.connect(self._changed)
        feed.progressed.connect(self._progressed)
        row.cancelled.connect(feed.cancel)

    def _changed(self) -> None:
        if self._feed.reading:
            if not self._shown and not self._patience.isActive():
                self._patience.start()
            return
        self._patience.stop()
        if self._shown:
            self._shown = False
            self._row.show_cancel(False)
            self._messages.show_doing("")

    def _progressed(self) -> None:
        if self._shown:
            self._show()

    def _show(self) -> None:
        if not self._feed.reading:
            return
        self._shown = True
        progress, subject = self._feed.progress, self._feed.subject
        sentence = progress.sentence if progress is not None else "Reading the data"
        share = progress.share if progress is not None else None
        words = f"{subject}: {sentence}" if subject else sentence
        self._messages.show_doing(words if share is None else f"{words}, {share:.0%}")
        self._row.show_cancel(True)

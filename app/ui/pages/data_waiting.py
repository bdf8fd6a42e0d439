"""What stands in the preview while data are read, and when they could not be."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.core.problems import Problem
from app.data.progress import LoadingProgress
from app.ui.controls import Button, IconMark, Label, ProgressStrip
from app.ui.controls.painting import px
from app.ui.controls.tab_order import order_by_tab
from app.ui.window.surface import Surface

NARROW = 480
"""So wide, in pixels, is what is told in the narrowest window."""


class ReadingStrip(Surface):
    """What is being read and how far it is, with a button to give it up.

    Signals:
        cancelled(): the user does not want to wait.
    """

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__("shade", ("bottom",))
        self.setObjectName("data.reading")
        self.setFixedHeight(px(41))
        self._sentence = Label("", "body", elide=True)
        self._bar = ProgressStrip()
        self._bar.setFixedWidth(px(180))
        self._share = Label("", "body", "muted")
        self._share.setMinimumWidth(px(36))
        self._cancel = Button("Cancel", small=True)
        self._cancel.setObjectName("data.cancel")
        self._cancel.setAccessibleName("Cancel reading")
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), 1)
        row.setSpacing(px(12))
        row.addWidget(self._sentence, 1)
        row.addWidget(self._bar)
        row.addWidget(self._share)
        row.addWidget(self._cancel)

    def show_progress(self, subject: str, progress: LoadingProgress | None) -> None:
        """Tell how far it is; `subject` is what is read when it is not the project's data."""
        sentence = progress.sentence if progress is not None else "Reading"
        self._sentence.setText(f"{subject}: {sentence}" if subject else sentence)
        share = progress.share if progress is not None else None
        self._bar.setVisible(share is not None)
        self._share.setVisible(share is not None)
        if share is not None:
            self._bar.show_progress(share, spoken=f"{share:.0%}")
            self._share.setText(f"{share:.0%}")
        self.setAccessibleName(self._sentence.text())


class ProblemView(QScrollArea):
    """Why there are no data: what happened, what was expected, how to fix it, and a button.

    Signals:
        again_requested(): read them once more.
        source_requested(): how they are read is to be changed.
        fix_chosen(int): a remedy of the problem, by its number.
    """

    again_requested = Signal()
    source_requested = Signal()
    fix_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.trouble")
        self.setAccessibleName("Why there are no data")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._title = Label("", "subject", wrap=True)
        self._happened = Label("", "body", wrap=True)
        self._expected = Label("", "body", "muted", wrap=True)
        self._fix = Label("", "body", wrap=True)
        again, source = Button("Try again", small=True), Button("How it is read…", small=True)
        again.setObjectName("data.again")
        source.setObjectName("data.how_read")
        again.clicked.connect(self.again_requested)
        source.clicked.connect(self.source_requested)
        self._again, self._source = again, source
        self._fixes: list[Button] = []
        buttons = self._buttons = QVBoxLayout()
        buttons.setSpacing(px(8))
        self._lay_out()
        words = QVBoxLayout()
        words.setSpacing(px(6))
        for label in (self._title, self._happened, self._expected, self._fix):
            words.addWidget(label)
        words.addSpacing(px(8))
        words.addLayout(buttons)
        words.addStretch(1)
        mark = QVBoxLayout()
        mark.addSpacing(px(2))
        mark.addWidget(IconMark("error", "error", 20))
        mark.addStretch(1)
        inner = Surface("panel")
        row = QHBoxLayout(inner)
        row.setContentsMargins(px(32), px(32), px(32), px(16))
        row.setSpacing(px(12))
        row.addLayout(mark)
        holder = QWidget()
        holder.setLayout(words)
        words.setContentsMargins(0, 0, 0, 0)
        holder.setMaximumWidth(px(600))
        row.addWidget(holder, 1, Qt.AlignmentFlag.AlignTop)
        row.addStretch(1)
        row.setStretch(1, 100)
        self.setWidget(inner)

    def show_problem(self, problem: Problem, correctable: bool) -> None:
        """Show `problem`; `correctable`: there are settings of how the data are read."""
        self._title.setText(problem.title)
        self._happened.setText(problem.happened)
        self._expected.setText(problem.expected)
        self._fix.setText(problem.how_to_fix)
        self._source.setVisible(correctable)
        if [fix.label for fix in problem.fixes] == [button.text() for button in self._fixes]:
            return
        for button in self._fixes:
            button.hide()
            button.deleteLater()
        self._fixes = []
        for number, fix in enumerate(problem.fixes):
            button = Button(fix.label, small=True)
            button.setObjectName(f"data.mend.{number}")
            button.clicked.connect(lambda _on=False, n=number: self.fix_chosen.emit(n))
            self._fixes.append(button)
        self._lay_out()
        order_by_tab((*self._fixes, self._again, self._source))

    def _lay_out(self) -> None:
        """The buttons, in as many rows as they need where the window is narrow."""
        while (item := self._buttons.takeAt(0)) is not None:
            if (row := item.layout()) is not None:
                while row.takeAt(0) is not None:
                    pass
                row.deleteLater()
        row, left = None, 0
        for button in (*self._fixes, self._again, self._source):
            width = button.sizeHint().width() + px(8)
            if row is None or width > left:
                row, left = QHBoxLayout(), px(NARROW)
                row.setSpacing(px(8))
                row.addStretch(1)
                self._buttons.addLayout(row)
            row.insertWidget(row.count() - 1, button)
            left -= width

"""Fills the page Evaluate: which part, which tab, and what is known."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.core.number_words import counted, day
from app.diagnostics.evaluation.judgement import Judgement
from app.diagnostics.no_answer import NoAnswer
from app.training.engine_room import EngineRoom
from app.ui.dialogs import Dialogs
from app.ui.evaluate.evaluate_page import EvaluatePage
from app.ui.evaluate.judging import PARTS, Judging, PartName
from app.ui.evaluate.trying import Trying
from app.ui.inside.looking import Looking
from app.ui.job_center import JobCenter
from app.ui.vault_control import VaultControl

JUDGING = "The network is evaluated on the {} part…"
OPENING = "The test part is being judged."
NO_MODEL = "Press Train: how good the network is appears here when the training has ended."


class EvaluatePresenter(QObject):
    """Owns which part and which tab are looked at.

    Signals:
        command(name): a command is wanted.
        message(text): what was done, for the status row.
    """

    command = Signal(str)
    message = Signal(str)

    def __init__(
        self,
        looking: Looking,
        judging: Judging,
        vault: VaultControl,
        jobs: JobCenter,
        room: EngineRoom,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.page = EvaluatePage()
        self.vault = vault
        self._looking, self._judging = looking, judging
        self._part: PartName = "validation"
        self._tab = "result"
        self.trying = Trying(self.page.trying, looking, jobs, room, dialogs, self)
        self.trying.message.connect(self.message)
        self.page.tab_chosen.connect(self.show_tab)
        self.page.part_chosen.connect(self._part_chosen)
        self.page.seen.connect(self._refresh)
        self.page.vault.open_requested.connect(lambda: self.command.emit("open_vault"))
        judging.changed.connect(self._refresh)
        vault.changed.connect(self._refresh)
        vault.opened.connect(self._show_test)
        looking.run.history_changed.connect(self._refresh)
        looking.run.state_changed.connect(self._refresh)

    @property
    def part(self) -> PartName:
        """The part that is looked at."""
        return self._part

    @property
    def takes_files(self) -> bool:
        """Whether a file that is dropped on the page is answered by the network."""
        return self._tab == "try" and self._looking.data is not None

    def take_file(self, path: Path) -> None:
        """Answer the samples of a file."""
        self.trying.take(path)

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self._tab = name
        self._refresh()

    def show_part(self, part: PartName) -> None:
        """Look at a part."""
        self._part = part
        self._refresh()

    def _part_chosen(self, part: str) -> None:
        self.show_part(next(name for name in PARTS if name == part))

    def _show_test(self) -> None:
        self._tab = "result"
        self.show_part("test")

    def _refresh(self) -> None:
        if not self.page.isVisible():
            return
        page, looking, state = self.page, self._looking, self.vault.state
        data = looking.data
        if data is None or data.summary.task == "regression":
            self._tab = "result" if self._tab == "curves" else self._tab
        if looking.record is None:
            self._part = "validation"  # of a project that was just opened
        page.show_tab(
            self._tab,
            has_parts=self._tab != "try" and data is not None,
            has_curves=data is not None and data.summary.task != "regression",
        )
        why = looking.why_no_data()
        if why:
            page.sentence.setText("")
            page.show_empty(NO_MODEL if looking.record is None else why)
            return
        assert data is not None
        if not data.summary.counts[PARTS.index(self._part)]:
            self._part = next(
                name for name, n in zip(PARTS[1::-1], data.summary.counts[1::-1], strict=True) if n
            )
        split = looking.project.data.split if looking.project is not None else None
        page.show_parts(
            self._part,
            state.sealed,
            data.summary.counts,
            validation_trains=split is not None and split.validation_trains,
        )
        page.sentence.setText(self._sentence())
        if self._tab == "try":
            page.show_view("try")
            self.trying.show(data)
            return
        if self._part == "test" and state.sealed:
            opening = OPENING if self._judging.asked == "test" else ""
            page.vault.show_vault(state, self.vault.why_not() or opening)
            page.show_view("vault")
            return
        why = self._judging.why_not()
        found = self._judging.found(self._part)
        if why:
            page.show_empty(why)
        elif isinstance(found, NoAnswer):
            page.show_empty(found.needs)
        elif isinstance(found, Judgement):
            page.show_view(self._tab)
            if self._tab == "result":
                page.result.show_result(data, found, self._loss_in_run())
            else:
                page.curves.show_result(data, found)
        else:
            page.show_empty(JUDGING.format(self._part))
            self._judging.want(self._part)

    def _sentence(self) -> str:
        """Which weights of which run, and what is to be known of the part."""
        looking, state = self._looking, self.vault.state
        record = looking.record
        if record is None:
            return ""
        texts = [f"The run on the bench, {self._weights()}."]
        if looking.edits:
            texts.append("The network on the bench was edited since; this is the run's.")
        if self._tab == "try":
            return " ".join(texts)
        if self._part == "training":
            texts.append("It has learned these samples: the figures flatter.")
        elif self._part == "validation":
            early = record.project.training.early_stopping
            chosen = early.enabled and record.restored
            texts.append(
                "The epoch was chosen by these samples, so the figures flatter a little."
                if chosen
                else "Choose by these samples; the more is chosen by them, the more they flatter."
            )
        elif not state.sealed and state.opened:
            texts.append(
                f"Vault opened on {day(state.last)}: {counted(state.samples, 'test sample')} "
                f"looked at {counted(state.opened, 'time')}."
            )
        return " ".join(texts)

    def _loss_in_run(self) -> float | None:
        """The loss that the run shows of this part with the weights that are judged: of the
        validation part alone. That of the training part is a mean over an epoch in which they
        changed, with dropout.
        """
        looking, record = self._looking, self._looking.record
        if self._part != "validation" or record is None or looking.within_now:
            return None
        row = next((row for row in record.rows if row.epoch == looking.epoch_now), None)
        value = None if row is None else row.metrics.get("val_loss")
        return float(value) if isinstance(value, int | float) else None

    def _weights(self) -> str:
        """ "the weights of epoch 12, the best one" """
        looking, record = self._looking, self._looking.record
        assert record is not None
        if record.restored:
            return f"the weights of epoch {record.best_epoch:,}, the best one"
        within = looking.within_now
        if within:
            return f"the weights of {within}"
        if not looking.epochs:
            return "the initial weights"
        return f"the weights after epoch {looking.epochs:,}, the last one"

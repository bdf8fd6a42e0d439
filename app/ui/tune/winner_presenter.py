"""What is done with the chosen trial, else the best: to the bench, a refit, the test vault."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.search_options import score_label
from app.core.search_results import Trial
from app.core.search_winner import refit, winner_on_bench
from app.core.short_names import in_sentence
from app.core.vault_openings import same_test_part
from app.ui.dialogs import Dialogs
from app.ui.failures import failure_of
from app.ui.project_document import ProjectDocument, is_known
from app.ui.run_control import RunControl
from app.ui.search_control import SearchControl
from app.ui.search_state import SearchState
from app.ui.tune.search_words import refit_state_words, refit_words
from app.ui.tune.value_words import mean_text
from app.ui.tune.vault_card import VaultCard, VaultView
from app.ui.vault_control import VaultState, searching_words

REFIT_LATER = "refit when it has ended."


class WinnerPresenter(QObject):
    """Fills the card of the vault.

    Signals:
        command(str): id of a command of the window that a button gives.
        page_requested(str): another page is to be seen.
        figures_requested(): what was seen of the test part is to be shown.
        message(str): one line for the status row.

    Attributes:
        chosen: number of the trial that is chosen; None: the best one is meant.
    """

    command = Signal(str)
    page_requested = Signal(str)
    figures_requested = Signal()
    message = Signal(str)

    def __init__(
        self,
        card: VaultCard,
        document: ProjectDocument,
        control: SearchControl,
        run: RunControl,
        dialogs: Dialogs,
        vault: Callable[[], VaultState],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._card, self._document, self._control = card, document, control
        self._run, self._dialogs, self._vault = run, dialogs, vault
        self.chosen: int | None = None
        self._vault_why_not = "Nothing was trained yet."
        orders = {
            "use_best": self.use_best,
            "refit": self.refit,
            "open_vault": lambda: self.command.emit("open_vault"),
            "figures": self.figures_requested.emit,
        }
        card.pressed.connect(lambda name: orders[name]())

    # ---- orders
    def use_best(self) -> None:
        """Put the settings of the trial into the project."""
        project, trial = self._document.project, self._trial()
        if project is None or trial is None:
            return
        try:
            changed = winner_on_bench(project, trial.settings)
        except ExplainedError as error:
            self._dialogs.tell(
                f"Trial {trial.number} does not fit the project any more",
                failure_of(error, "Using the trial"),
            )
            return
        self._document.edit(f"Use trial {trial.number}", changed)
        self.message.emit(f"The settings of trial {trial.number} are on the bench; Ctrl+Z undoes")
        self.page_requested.emit("bench")

    def why_no_refit(self) -> str:
        """Why no trial can be refitted now, as a sentence; "" when one can."""
        state = self._control.state
        nothing = "" if self._trial() is not None else _nothing_chosen(state)
        return nothing or searching_words(state, REFIT_LATER) or self._training_words()

    def refit(self) -> None:
        """Train the trial on the training and the validation part together."""
        project, trial = self._document.project, self._trial()
        if project is None or trial is None or self._control.state.active:
            return
        try:
            found = refit(project, trial)
        except ExplainedError as error:
            self._dialogs.tell(
                f"Trial {trial.number} cannot be refitted", failure_of(error, "Refitting")
            )
            return
        if self._dialogs.confirm(
            f"Refit trial {trial.number}?",
            refit_words(found),
            "Refit",
            "Cancel",
        ):
            self._document.edit(f"Refit trial {trial.number}", found.project)
            self._run.note_refit(found.project, trial.number)
            self.page_requested.emit("bench")
            self.command.emit("train")

    # ---- showing
    def show_commands(self, why_not: Mapping[str, str]) -> None:
        """Why commands of the window cannot be given now."""
        vault = why_not.get("open_vault", "")
        if vault != self._vault_why_not:
            self._vault_why_not = vault
            self.show()

    def show(self) -> None:
        """Show how often the vault was opened, what is in it, and what may be done."""
        resolved, state, vault = self._document.resolved, self._control.state, self._vault()
        samples = (
            resolved.summary.counts[2] if resolved is not None and is_known(resolved) else None
        )
        sealed = searching_words(state) or self._vault_why_not
        nothing = "" if self._trial() is not None else _nothing_chosen(state)
        why_not = {
            "use_best": nothing,
            "refit": self.why_no_refit(),
            "open_vault": sealed,
        }
        self._card.show_vault(
            VaultView(
                samples,
                vault.opened,
                self.chosen,
                {name: why for name, why in why_not.items() if why},
                kept_apart=self._same_test_part(),
                sealed=vault.sealed,
                figure=self._figure(vault.metrics),
                refit=self._refit_words(),
            )
        )

    def _figure(self, metrics: FrozenMap) -> str:
        """ "accuracy 0.953": of what decides in the search, else of the run's first metric."""
        run = self._run.record
        of_run = () if run is None else run.project.training.metrics
        of_search = (self._control.state.score,) if self._control.trials else ()
        for name in (*of_search, *of_run, "loss"):
            value = metrics.get(name)
            if isinstance(value, int | float):
                return f"{in_sentence(score_label(name))} {mean_text(value)}"
        return ""

    def _training_words(self) -> str:
        return "The bench is training: refit when that has ended." if self._run.state.active else ""

    def _refit_words(self) -> str:
        run = self._run
        project = None if run.record is None else run.record.project
        return refit_state_words(project, run.state.active, self._trial())

    def _same_test_part(self) -> bool:
        """Whether the trials kept those samples apart that the test part holds now."""
        searched, now = self._control.project, self._document.project
        if searched is None or now is None or not self._control.trials:
            return True
        return same_test_part(searched.data, now.data)

    def _trial(self) -> Trial | None:
        """The chosen trial, else the best one."""
        number = self._control.state.best if self.chosen is None else self.chosen
        return self._control.trials.get(number) if number is not None else None


def _nothing_chosen(state: SearchState) -> str:
    """Why there is no trial to use."""
    if state.active:
        return "No trial is finished yet."
    return "No trial is finished." if state.total else "Search first: there is no trial yet."

"""The presenter of the whole window: gives orders to the right owner and shows what follows."""

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QTimer, SignalInstance
from PySide6.QtWidgets import QApplication, QMenu

from app import __version__
from app.core.comparison import SCALING_EXPLANATION, with_and_without_standardization
from app.core.input_scale import set_preprocessing
from app.core.memory_size import resident_memory
from app.core.output_advisor import advise
from app.core.problems import Problem
from app.core.project import Project
from app.ui.actions import WindowFacts, enabled_commands, refused_commands
from app.ui.autosave_control import AutosaveControl
from app.ui.backbone_control import BackboneControl
from app.ui.command_palette import CommandPalette
from app.ui.comparison_control import ComparisonControl
from app.ui.comparison_dialog import ComparisonDialog
from app.ui.controls.refused_input import refused_input
from app.ui.data_feed import DataFeed
from app.ui.data_files import source_at
from app.ui.dialogs import Dialogs
from app.ui.evaluate.evaluate_presenter import EvaluatePresenter
from app.ui.failures import Failure
from app.ui.file_control import FileControl
from app.ui.inside.inside_presenter import InsidePresenter
from app.ui.job_center import JobCenter
from app.ui.main_window import MainWindow
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.bench_presenter import BenchPresenter
from app.ui.pages.data_prepare import label_of
from app.ui.pages.data_presenter import DataPresenter
from app.ui.pages.lab_presenter import LabPresenter
from app.ui.pages.welcome_page import WelcomePage
from app.ui.plots.plot_menu import SavingNews
from app.ui.preferences import Preferences
from app.ui.project_document import ProjectDocument, is_known
from app.ui.range_test_control import RangeTestControl
from app.ui.range_test_dialog import RangeTestDialog
from app.ui.reading_status import ReadingStatus
from app.ui.run_control import RunControl
from app.ui.status_messages import StatusMessages
from app.ui.templates_control import TemplatesControl
from app.ui.theme import Scheme, Theme
from app.ui.transfer_control import TransferControl
from app.ui.tune.search_words import at_stake
from app.ui.tune.tune_presenter import TunePresenter
from app.ui.window.run_bar import rate_note, run_bar_view

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 2.5
COPY_SECONDS, END_SECONDS = 1.0, 1.5
"""The same where the system wants an end: for the copy of what is unsaved, then for the threads."""


class Workbench(QObject):
    """Connects the document, the run and the files with the window. Collaborators come by
    constructor.
    """

    def __init__(
        self,
        window: MainWindow,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        files: FileControl,
        autosave: AutosaveControl,
        jobs: JobCenter,
        bench: BenchPresenter,
        data: DataPresenter,
        inside: InsidePresenter,
        tune: TunePresenter,
        evaluate: EvaluatePresenter,
        lab: LabPresenter,
        transfer: TransferControl,
        backbones: BackboneControl,
        range_test: RangeTestControl,
        comparison: ComparisonControl,
        templates: TemplatesControl,
        dialogs: Dialogs,
        preferences: Preferences,
        theme: Theme,
        leave: Callable[[int], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._document = document
        self._feed = feed
        self._run = run
        self._files = files
        self._autosave = autosave
        self._jobs = jobs
        self._bench = bench
        self._data = data
        self._inside = inside
        self._tune = tune
        self._evaluate = evaluate
        self._lab = lab
        self._transfer = transfer
        self._backbones = backbones
        self._range_test = range_test
        self._comparison = comparison
        self._templates = templates
        self._dialogs = dialogs
        self._preferences = preferences
        self._theme = theme
        self._leave = leave
        self._closing = self._ending = False
        welcome = window.pages["welcome"]
        assert isinstance(welcome, WelcomePage)
        self._welcome = welcome
        bench_page = window.pages["bench"]
        assert isinstance(bench_page, BenchPage)
        self._bench_page = bench_page
        self._recent_menu = window.menu_row.add_recent_menu(window.actions_by_id["open"])
        self._messages = StatusMessages(window.status_row, document, run, bench.network, self)
        self._messages.listen(
            transfer.message,
            backbones.message,
            bench.network.message,
            files.message,
            templates.message,
            data.message,
            tune.message,
            tune.control.message,
            evaluate.message,
            SavingNews(window).said,
        )
        self._reading = ReadingStatus(feed, window.status_row, self._messages, self)
        self._handlers = self._command_table()
        self._connect()
        self._show_recent()
        self._refresh()
        window.show_page("welcome")

    def listen(self, *messages: SignalInstance) -> None:
        """Show in the status row what these tell."""
        self._messages.listen(*messages)

    # ---- commands
    def give(self, name: str) -> None:
        """Carry out the command called `name`, if it can be given now."""
        if name in enabled_commands(self._facts()):
            self._handlers[name]()

    def _command_table(self) -> dict[str, Callable[[], object]]:
        stack, run, files = self._document.undo_stack, self._run, self._files
        return {
            "new": self._new,
            "open": files.open_any,
            "open_folder": files.open_folder,
            "reload_data": self._feed.reload,
            "data_file": self._data.source.open_file,
            "data_folder": self._data.source.open_folder,
            "data_set": self._data.source.choose_set,
            "data_columns": self._data.source.list_columns,
            "save": files.save,
            "save_as": files.save_as,
            "open_model": files.open_model,
            "save_model": files.save_model,
            "quit": self._window.close,
            "undo": stack.undo,
            "redo": stack.redo,
            **self._network_commands(),
            "settings": self._show_settings,
            "advise": self._advise,
            "show_welcome": lambda: self._show_page("welcome"),
            "show_data": lambda: self._show_page("data"),
            "show_bench": lambda: self._show_page("bench"),
            "show_inside": lambda: self._show_page("inside"),
            "show_tune": lambda: self._show_page("tune"),
            "show_evaluate": lambda: self._show_page("evaluate"),
            "show_runs": lambda: self._show_page("runs"),
            "earlier_epoch": lambda: self._inside.step(-1),
            "later_epoch": lambda: self._inside.step(1),
            "branch": self._inside.branch,
            "open_vault": self._evaluate.vault.open,
            "templates": self._choose_template,
            "save_template": self._templates.save_as,
            "search_copies": self._search_copies,
            "compare_activation": self._lab.compare_selected,
            "show_lab": lambda: self._show_page("lab"),
            "fit_network": self._bench.fit_network,
            "log_scale": self._bench.toggle_log_scale,
            "theme_system": lambda: self._set_theme("system"),
            "theme_light": lambda: self._set_theme("light"),
            "theme_dark": lambda: self._set_theme("dark"),
            "train": self._train,
            "pause": self._pause,
            "step": lambda: self._train_by(lambda: run.step("batch")),
            "step_epoch": lambda: self._train_by(lambda: run.step("epoch")),
            "stop": run.stop,
            "continue": self._continue,
            "start_over": run.start_over,
            "find_rate": self._find_rate,
            "compare_scaling": self._compare_scaling,
            "search": lambda: self._tune_by(self._tune.search),
            "go_on": lambda: self._tune_by(self._tune.go_on),
            "cross_validate": lambda: self._tune_by(self._tune.control.cross_validate),
            "refit": lambda: self._tune_by(self._tune.winner.refit),
            "backbone": self._backbones.ask,
            "keep_weights": self._transfer.keep_trained,
            "forget_weights": self._transfer.forget_all,
            "freeze_to": self._transfer.freeze_to_selected,
            "unfreeze": self._transfer.unfreeze_all,
            "swap_head": self._transfer.swap_head,
            "swap_behind": self._transfer.swap_behind_selected,
            "palette": self._find_command,
            "shortcuts": self._dialogs.shortcuts,
            "about": self._about,
        }

    def _network_commands(self) -> dict[str, Callable[[], object]]:
        network, canvas = self._bench.network, self._bench.canvas
        return {
            "cut": network.cut,
            "copy": network.copy,
            "paste": network.paste,
            "paste_behind": network.paste_behind,
            "duplicate_layer": self._bench.duplicate_selected,
            "delete_layer": self._bench.remove_selected,
            "select_all": network.choose_all,
            "add_layer": network.add_layer,
            "link_layer": canvas.begin_link,
            "choose_link": canvas.choose_next_link,
            "move_layer_back": lambda: network.move_selected(-1),
            "move_layer_on": lambda: network.move_selected(1),
            "align_left": lambda: network.align("left"),
            "align_top": lambda: network.align("top"),
            "align_column": lambda: network.align("column"),
            "align_row": lambda: network.align("row"),
            "distribute_across": lambda: network.distribute("across"),
            "distribute_down": lambda: network.distribute("down"),
            "arrange": network.arrange,
            "zoom_selection": canvas.zoom_to_selection,
            "zoom_in": lambda: self._bench.zoom_by(1.25),
            "zoom_out": lambda: self._bench.zoom_by(0.8),
        }

    def _train(self) -> None:
        if self._run.state.phase == "paused":
            self._run.resume()
        else:
            self._train_by(self._run.train)

    def _train_by(self, start: Callable[[], None]) -> None:
        start()
        if self._window.page not in ("bench", "inside"):
            self._show_page("bench")

    def _tune_by(self, start: Callable[[], None]) -> None:
        self._show_page("tune")
        start()

    def _pause(self) -> None:
        if self._run.state.phase == "paused":
            self._run.resume()
        else:
            self._run.pause()

    def _continue(self) -> None:
        record = self._run.record
        more = self._dialogs.more_epochs(
            record.project.training.epochs if record else 50, rate_note(record)
        )
        if more is not None:
            self._run.continue_training(more)

    def _search_copies(self) -> None:
        self._show_page("bench")
        self._bench.search_copies()

    def _find_rate(self) -> None:
        RangeTestDialog(self._range_test, self._window).open()

    def _compare_scaling(self) -> None:
        project = self._document.project
        if project is not None:
            ComparisonDialog(
                self._comparison,
                with_and_without_standardization(project),
                "With and without standardized inputs",
                SCALING_EXPLANATION,
                lambda variant: self._use_preprocessing(variant.project.data.preprocessing),
                self._window,
            ).open()

    def _use_preprocessing(self, kind: str) -> None:
        project = self._document.project
        if project is not None:
            changed = set_preprocessing(project, preprocessing=kind)
            self._document.edit(f"Preprocessing: {label_of(kind).lower()}", changed)

    def _advise(self) -> None:
        resolved = self._document.resolved
        if resolved is not None:
            self._document.edit(
                "Fit output to the data", advise(resolved.project, resolved.summary)
            )

    def _new(self) -> None:
        def ask() -> None:
            project = self._templates.new_project()
            if project is not None:
                self._files.show(project)

        self._files.leave(ask)

    def _choose_template(self) -> None:
        self._show_page("bench")
        self._templates.choose()

    def _show_network_menu(self, place: QPoint) -> None:
        """The menu of the Network panel: orders about the network as a whole."""
        menu = QMenu(self._window)
        menu.setObjectName("bench.network_menu")
        for name in ("templates", "save_template", "advise", "fit_network"):
            menu.addAction(self._window.actions_by_id[name])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _show_settings(self) -> None:
        self._show_page("bench")
        self._bench.show_settings()

    def _set_theme(self, scheme: Scheme) -> None:
        self._preferences.theme = scheme
        self._theme.set_scheme(scheme)

    def _find_command(self) -> None:
        palette = CommandPalette(refused_commands(self._facts()), self._window)
        palette.chosen.connect(self.give)
        corner = self._window.menu_row.find_button
        place = corner.mapToGlobal(corner.rect().bottomRight())
        palette.move(place.x() - palette.width(), place.y() + 4)
        palette.show()

    def _about(self) -> None:
        self._dialogs.about(
            f"LayerLab {__version__}\n\nBuild a Keras network from layers, train it, and watch "
            "what happens inside."
        )

    def _show_page(self, name: str) -> None:
        self._window.show_page(name)
        self._refresh()

    # ---- what changed
    def _connect(self) -> None:
        self._window.command.connect(self.give)
        self._window.run_bar.rate_chosen.connect(self._run.set_learning_rate)
        self._window.close_requested.connect(self._close)
        self._window.file_dropped.connect(self._take_dropped)
        self._window.file_over.connect(self._tell_of_drop)
        self._document.changed.connect(self._refresh)
        self._feed.changed.connect(self._refresh)
        self._document.file_changed.connect(self._refresh)
        self._document.undo_stack.canUndoChanged.connect(self._refresh)
        self._document.undo_stack.canRedoChanged.connect(self._refresh)
        self._run.state_changed.connect(self._refresh)
        self._run.history_changed.connect(self._refresh)
        self._bench.selection_changed.connect(self._refresh)
        self._bench.selection_changed.connect(self._transfer.show_selected)
        self._bench.layer_menu_opening.connect(self._transfer.add_to_menu)
        self._transfer.failed.connect(self._dialogs.tell)
        self._bench.settings_requested.connect(self._show_settings)
        self._bench.command.connect(self.give)
        self._bench.problems.data_problem_chosen.connect(self._show_data_problem)
        self._bench.problems.data_fix_chosen.connect(self._data.source.mend)
        self._files.opened.connect(self._project_opened)
        self._files.source_wanted.connect(self._set_source)
        self._files.doing.connect(self._messages.show_doing)
        self._files.saved_at.connect(self._window.status_row.show_saved)
        self._files.remembered.connect(self._show_recent)
        self._welcome.example_chosen.connect(self._open_example)
        self._welcome.new_requested.connect(self._new)
        self._welcome.open_requested.connect(self._open_from_welcome)
        self._welcome.recent_chosen.connect(self._open_path)
        self._bench_page.more_pressed.connect(self._show_network_menu)
        self._lab.page_requested.connect(self._show_page)
        self._inside.looking.moment_changed.connect(self._refresh)
        refused_input().changed.connect(self._refresh)
        self._inside.branch_requested.connect(self._run.branch)
        search = self._tune.control
        self._files.at_stake = lambda: at_stake(search.state, search.unsaved)
        self._tune.control.changed.connect(self._refresh)
        self._tune.command.connect(self.give)
        self._tune.page_requested.connect(self._show_page)
        self._tune.place_asked.connect(self._show_setting)
        self._evaluate.vault.changed.connect(self._refresh)
        self._evaluate.vault.opened.connect(lambda: self._show_page("evaluate"))
        self._evaluate.command.connect(self.give)

    def _open_from_welcome(self) -> None:
        self._files.open_any()

    def _open_path(self, path: str) -> None:
        self._files.open_any(Path(path))

    def _replaces_data(self, path: str) -> bool:
        """On the data page data take the place of the project's; else, and all other files, they
        are opened.
        """
        on_data = self._window.page == "data" and self._document.project is not None
        return on_data and source_at(Path(path)) is not None

    def _tell_of_drop(self, path: str) -> None:
        """What letting go of a file would do."""
        name = Path(path).name
        if not path:
            self._messages.show_doing("")
        elif self._window.page == "evaluate" and self._evaluate.takes_files:
            self._messages.show_doing(f"Let go: the network answers {name}")
        elif self._replaces_data(path):
            self._messages.show_doing(f"Let go: {name} takes the place of this project's data")
        else:
            self._messages.show_doing(f"Let go to open {name}")

    def _take_dropped(self, path: str) -> None:
        if self._window.page == "evaluate" and self._evaluate.takes_files:
            self._evaluate.take_file(Path(path))
        elif self._replaces_data(path):
            self._data.source.choose_path(Path(path))
        else:
            self._open_path(path)

    def _open_example(self, project: Project) -> None:
        self._files.leave(lambda: self._files.show(project))

    def _project_opened(self) -> None:
        self._window.status_row.show_saved("")
        self._messages.clear()
        self._bench.show_project()
        self._tune.control.project_opened()
        self._show_page("bench")

    def _show_setting(self, path: str) -> None:
        """Go to the option called `path`, where it stands."""
        if path.startswith("data."):
            self._show_page("data")
        else:
            self._show_page("bench")
            self._bench.show_setting(path)

    def _show_data_problem(self, problem: Problem) -> None:
        self._show_page("data")
        self._data.show_problem(problem)

    def _set_source(self) -> None:
        """The place where it is set how the data are read."""
        self._show_page("data")
        self._data.source.show_settings()

    def _show_recent(self) -> None:
        files = self._preferences.recent_files
        self._welcome.show_recent(files)
        self._recent_menu.clear()
        self._recent_menu.setEnabled(bool(files))
        for path in files:
            action = self._recent_menu.addAction(path.name.replace("&", "&&"))
            action.setData(str(path))
            action.triggered.connect(lambda _checked=False, p=str(path): self._open_path(p))

    def _facts(self) -> WindowFacts:
        resolved, stack = self._document.resolved, self._document.undo_stack
        selected = self._bench.selected
        return WindowFacts(
            project_open=resolved is not None,
            can_undo=stack.canUndo(),
            can_redo=stack.canRedo(),
            can_train=resolved is not None and resolved.can_train and self._feed.problem is None,
            phase=self._run.state.phase,
            has_model=self._run.has_model,
            has_history=self._run.record is not None,
            layer_selected=selected is not None,
            input_selected=self._bench.input_selected,
            chosen=len(self._bench.network.editable),
            placed_by_hand=self._bench.network.placed_by_hand,
            has_kept=self._transfer.has_kept,
            has_frozen=self._transfer.has_frozen,
            own_table=bool(self._data.source.entries),
            data_known=resolved is None or resolved.summary.known,
            can_branch=self._inside.can_branch,
            go_on_why_not=self._tune.why_no_going_on(),
            refit_why_not=self._tune.winner.why_no_refit(),
            searching=self._tune.control.state.active,
            searched=0 if resolved is None else len(resolved.project.search.space),
            vault_why_not=self._evaluate.vault.why_not(),
            mend_first=self._mend_first(),
            refused=refused_input().sentence(for_search=False),
            refused_search=refused_input().sentence(for_search=True),
            page=self._window.page,
        )

    def _mend_first(self) -> str:
        """What keeps the project from being trained, in a sentence."""
        resolved = self._document.resolved
        if self._feed.problem is not None:
            return f"{self._feed.problem.happened} See the page Data."
        problems = () if resolved is None else resolved.problems
        wrong = next((p for p in problems if p.severity == "error"), None)
        return "" if wrong is None else f"First mend this on the page Bench: {wrong.title}."

    def _refresh(self, *_changed: object) -> None:
        if self._closing:
            return
        resolved, state, record = self._document.resolved, self._run.state, self._run.record
        facts = self._facts()
        why_not = refused_commands(facts)
        self._window.show_commands(why_not, state.trains)
        self._bench.show_commands(why_not)
        self._tune.winner.show_commands(why_not)
        self._window.status_row.show_memory(resident_memory())
        searching = self._tune.control.state.standing
        view = run_bar_view(resolved, state, record, self._feed.problem, searching=searching)
        self._window.run_bar.show_view(view)
        if resolved is None:
            self._window.show_title("LayerLab", modified=False)
            self._window.status_row.show_data("No data yet", "")
            return
        self._window.show_title(self._document.title, self._document.modified)
        summary = resolved.summary
        train, validation, test = summary.counts
        if not is_known(resolved) or self._feed.problem is not None:
            self._window.status_row.show_data("Data not read", "")
            return
        words = f"{train:,} train, {validation:,} validation, {test:,} test"
        self._window.status_row.show_data(
            summary.title,
            self._tune.data_words() or f"{summary.samples:,} samples: {words}",
        )

    # ---- leaving
    def _close(self) -> None:
        if not self._closing:
            self._files.leave(self._shut_down)

    def end(self) -> None:
        """Leave without a question, as the system asks for; what is unsaved stays in its copy."""
        if self._closing or self._ending:
            return
        self._ending = True
        self._window.setEnabled(False)
        QTimer.singleShot(int(COPY_SECONDS * 1000), self, self._leave_the_copy)
        self._autosave.keep(self._leave_the_copy)

    def _leave_the_copy(self) -> None:
        if not self._closing:
            self._shut_down(END_SECONDS, keeps_copy=self._document.modified)

    def _shut_down(self, seconds: float = CLOSE_SECONDS, *, keeps_copy: bool = False) -> None:
        """Stop what runs, wait for the chunk to end, then leave; never through a thread inside
        TensorFlow.
        """
        self._closing = True
        self._window.setEnabled(False)
        self._bench.save_layout()
        self._preferences.set_state("window", self._window.saveGeometry())
        self._preferences.write()
        self._document.close()
        ended = self._jobs.close(seconds)
        if not keeps_copy:
            self._autosave.discard()
        self._files.close()
        self._window.closing_allowed = True
        self._window.close()
        if ended:
            QApplication.quit()
        else:
            logger.warning("a thread did not end within %.1f s; leaving without it", seconds)
            self._leave(0)

    def show_failure(self, title: str, failure: Failure) -> None:
        """The one place where an uncaught error reaches the person at the screen."""
        self._dialogs.tell(title, failure)

"""Builds everything once and hands it in by constructor; uncaught errors end here."""

import faulthandler
import logging
import os
import signal
import sys
import threading
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from platformdirs import user_log_path, user_state_path
from PySide6.QtCore import (
    QObject,
    QSocketNotifier,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from app.core.dataset_catalog import summary_of
from app.core.own_templates import OwnTemplates
from app.core.resolve import resolve
from app.journal.journal import Journal
from app.resource_files import resource_path
from app.search.kept_trials import keeping_trials
from app.search.study_file import read_curves
from app.search.study_looks import note_look
from app.training.engine_room import EngineRoom
from app.ui.autosave_control import AutosaveControl
from app.ui.backbone_control import BackboneControl
from app.ui.comparison_control import ComparisonControl
from app.ui.data_feed import DataFeed
from app.ui.data_views import DataViews
from app.ui.dialogs import Dialogs
from app.ui.evaluate.evaluate_presenter import EvaluatePresenter
from app.ui.evaluate.judging import Judging
from app.ui.failures import failure_of
from app.ui.file_control import FileControl
from app.ui.inside.inside_presenter import InsidePresenter
from app.ui.inside.looking import Looking
from app.ui.job_center import JobCenter
from app.ui.journal_control import JournalControl
from app.ui.main_window import MainWindow
from app.ui.model_files import ModelFiles
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.bench_presenter import BenchPresenter
from app.ui.pages.data_page import DataPage
from app.ui.pages.data_presenter import DataPresenter
from app.ui.pages.lab_page import LabPage
from app.ui.pages.lab_presenter import LabPresenter
from app.ui.pages.welcome_page import WelcomePage
from app.ui.preferences import Preferences
from app.ui.project_document import ProjectDocument
from app.ui.range_test_control import RangeTestControl
from app.ui.run_control import RunControl
from app.ui.runs.runs_page import RunsPage
from app.ui.runs.runs_presenter import RunsPresenter
from app.ui.search_control import SearchControl
from app.ui.search_studies import left_behind, note_place, search_here, take_along
from app.ui.studies import Studies
from app.ui.templates_control import TemplatesControl
from app.ui.theme import Theme, current_theme
from app.ui.transfer_control import TransferControl
from app.ui.tune.setup_presenter import SetupPresenter
from app.ui.tune.space_list import SpaceList, SpacePresenter
from app.ui.tune.study_panels import StudyPanels
from app.ui.tune.tune_page import TunePage
from app.ui.tune.tune_presenter import TunePresenter
from app.ui.tune.winner_presenter import WinnerPresenter
from app.ui.vault_control import VaultControl
from app.ui.workbench import Workbench
from app.user_folders import journal_path, templates_folder

logger = logging.getLogger(__name__)


class UncaughtErrors(QObject):
    """Leads every error that nobody caught, in any thread, to one message in the window's thread.

    Signals:
        caught(exception): queued, so that worker threads only post.
    """

    caught = Signal(object)

    def install(self) -> None:
        sys.excepthook = self._main_thread
        threading.excepthook = lambda args: self._report(args.exc_value)

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def _main_thread(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.quit()
            return
        self._report(error)

    def _report(self, error: BaseException | None) -> None:
        if error is not None:
            logger.error("uncaught error", exc_info=error)
            self.caught.emit(error)


class Program(QObject):
    """The whole program put together: `window` is what one sees."""

    def __init__(
        self,
        preferences: Preferences,
        state_folder: Path,
        theme: Theme,
        templates_at: Path | None = None,
        journal_at: Path | None = None,
    ) -> None:
        super().__init__()
        self._telling = False
        theme.set_scheme(preferences.theme)
        self.jobs = JobCenter(self)
        self.document = ProjectDocument(resolve, summary_of, self)
        self.feed = DataFeed(self.document, self.jobs, self)
        room = EngineRoom()
        self.run = RunControl(self.document, self.feed, self.jobs, room, self)
        journal = Journal(journal_at or state_folder / "journal.db")
        self.journal = JournalControl(journal, self.document, self.run, self.jobs, self)
        self.range_test = RangeTestControl(self.document, self.feed, self.jobs, room, self)
        self.comparison = ComparisonControl(self.document, self.jobs, room, self)
        self.journal.watch(self.comparison)
        self.dialogs = Dialogs(preferences)
        self.models = ModelFiles(self.document, self.run, self.jobs, room)
        self.files = FileControl(
            self.document,
            self.feed,
            self.run,
            self.models,
            self.jobs,
            self.dialogs,
            preferences,
            self,
        )
        self.autosave = AutosaveControl(
            state_folder / "autosave",
            self.document,
            self.run,
            self.jobs,
            self.files,
            self.dialogs,
            self,
        )
        views = DataViews(self.document, self.feed, self.run, self.dialogs, self)
        bench_page, lab_page = BenchPage(), LabPage()
        data_page = DataPage(more_views=views.views)
        data_page.head.paint_requested.connect(views.painting.begin)
        views.painting.begun.connect(lambda: data_page.preview.show_alone("painting"))
        self.bench = BenchPresenter(
            bench_page, self.document, self.feed, self.run, preferences, self
        )
        self.backbones = BackboneControl(self.document, self.run, self.files, self.dialogs, self)
        self.transfer = TransferControl(
            self.document, self.run, bench_page.inspector, lambda: self.bench.selected, self
        )
        self.data = DataPresenter(data_page, self.document, self.feed, self.dialogs, self)
        views.painting.message.connect(self.data.message)
        self.lab = LabPresenter(lab_page, self.document, self.bench, self)
        bench_page.inspector.compare_requested.connect(self.lab.compare_selected)
        self.templates = TemplatesControl(
            OwnTemplates(templates_at or state_folder / "templates"),
            self.document,
            self.dialogs,
            self,
        )
        # Of its own: the dialog of a comparison forgets what it compared.
        races = ComparisonControl(self.document, self.jobs, room, self)
        self.journal.watch(races)
        self.files.opened.connect(races.forget)
        looking = Looking(self.document, self.feed, self.run, self.jobs, room, races, self)
        self.inside = InsidePresenter(looking, parent=self)
        judging = Judging(looking, self.jobs, room, self)
        self.vault = VaultControl(
            looking, judging, self.dialogs, self.journal, lambda: self.search.state, self
        )
        self.evaluate = EvaluatePresenter(
            looking, judging, self.vault, self.jobs, room, self.dialogs, self
        )
        studies = state_folder / "studies"
        self.search = SearchControl(
            self.document,
            self.feed,
            self.jobs,
            self.run,
            keeping_trials(search_here, journal, None, self.journal.log_not_kept),
            Studies(
                self.document,
                self.jobs,
                studies,
                partial(left_behind, studies),
                read_curves,
                take_along,
                note_look,
                note_place,
            ),
            self,
        )
        space_list, panels = SpaceList(), StudyPanels()
        tune_page = TunePage(space_list, panels)
        self.winner = WinnerPresenter(
            tune_page.vault,
            self.document,
            self.search,
            self.run,
            self.dialogs,
            lambda: self.vault.state,
            self,
        )
        self.tune = TunePresenter(
            tune_page,
            panels,
            SpacePresenter(space_list, self.document, self),
            SetupPresenter(tune_page.setup, self.document, self),
            self.winner,
            self.document,
            self.search,
            self.run,
            self.jobs,
            self.dialogs,
            self,
        )
        self.vault.changed.connect(self.winner.show)
        self.winner.figures_requested.connect(self.vault.show_figures)
        self.vault.recorded.connect(self.search.note_look)
        self.search.changed.connect(self.vault.search_changed)
        runs_page = RunsPage()
        self.runs = RunsPresenter(
            runs_page, self.journal, self.document, self.files, self.dialogs, self
        )
        self.window = MainWindow(
            {
                "welcome": WelcomePage(),
                "data": data_page,
                "bench": bench_page,
                "inside": self.inside.page,
                "tune": tune_page,
                "evaluate": self.evaluate.page,
                "runs": runs_page,
                "lab": lab_page,
            }
        )
        self.dialogs.parent = self.window
        self.workbench = Workbench(
            self.window,
            self.document,
            self.feed,
            self.run,
            self.files,
            self.autosave,
            self.jobs,
            self.bench,
            self.data,
            self.inside,
            self.tune,
            self.evaluate,
            self.lab,
            self.transfer,
            self.backbones,
            self.range_test,
            self.comparison,
            self.templates,
            self.dialogs,
            preferences,
            theme,
            os._exit,
        )
        bench_page.inspector.find_rate_requested.connect(lambda: self.workbench.give("find_rate"))
        self.search.ended.connect(self.journal.changed_by_hand)
        self.runs.brought_back.connect(lambda: self.workbench.give("show_bench"))
        self.workbench.listen(self.runs.message)
        views.compare_requested.connect(lambda: self.workbench.give("compare_scaling"))
        geometry = preferences.state("window")
        if geometry is not None:
            self.window.restoreGeometry(geometry)

    def tell(self, error: object) -> None:
        """Show an uncaught error, one at a time."""
        if isinstance(error, BaseException) and not self._telling:
            self._telling = True
            self.workbench.show_failure("Something went wrong", failure_of(error, "LayerLab"))
            self._telling = False

    def close_now(self) -> bool:
        """End the threads without asking (tests); whether they ended."""
        self.document.close()
        return self.jobs.close(5.0)


def _log_to_file() -> None:
    folder = user_log_path("LayerLab", "LayerLab", ensure_exists=True)
    handler = RotatingFileHandler(
        folder / "layerlab.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("app").setLevel(logging.INFO)


def _qt_message(kind: QtMsgType, _context: object, text: str) -> None:
    level = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }.get(kind, logging.ERROR)
    logging.getLogger("qt").log(level, "%s", text)


def _quit_on_signal(application: QApplication, program: Program) -> QSocketNotifier | None:
    """Let Ctrl+C close the window like its own button; a polite kill, behind which nobody sits who
    could be asked, ends the program and leaves the copy of what is unsaved.
    """
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        return None
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(reading, QSocketNotifier.Type.Read, application)

    def close(*_args: object) -> None:
        if signal.SIGTERM in os.read(reading, 64):
            program.workbench.end()
        else:
            program.window.close()

    notifier.activated.connect(close)
    return notifier


def run(arguments: list[str]) -> int:
    """Open the window; its exit code. `arguments` may name one file to open."""
    _log_to_file()
    faulthandler.enable() if sys.stderr is not None else None
    qInstallMessageHandler(_qt_message)
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, True)
    application = QApplication(["layerlab"])
    application.setApplicationName("LayerLab")
    application.setOrganizationName("LayerLab")
    application.setDesktopFileName("layerlab")
    application.setWindowIcon(QIcon(str(resource_path("icons", "app", "layerlab.svg"))))
    application.setQuitOnLastWindowClosed(False)
    theme = current_theme()
    state_folder = user_state_path("LayerLab", "LayerLab", ensure_exists=True)
    program = Program(Preferences(), state_folder, theme, templates_folder(), journal_path())
    errors = UncaughtErrors(program)
    errors.caught.connect(program.tell, Qt.ConnectionType.QueuedConnection)
    errors.install()
    notifier = _quit_on_signal(application, program)
    # Importing TensorFlow takes half of the interpreter's time: not before the window is seen.
    program.window.painted.connect(program.run.load_tensorflow, Qt.ConnectionType.QueuedConnection)
    # The engine's thread gives way after 1 ms instead of 5: the window answers more evenly.
    sys.setswitchinterval(0.001)
    program.window.show()
    QTimer.singleShot(0, program, program.autosave.offer_recovery)
    if arguments:
        QTimer.singleShot(0, program, lambda: program.files.open_any(Path(arguments[0])))
    code = application.exec()
    program.document.close()
    errors.uninstall()
    del notifier
    return code

"""Asks the network about a sample that somebody made, and about the samples of a file."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.core.atomic_file import replace_file
from app.core.data_settings import TableSource
from app.core.loss_catalog import LOSSES_BY_NAME, Reading, output_reading
from app.core.number_words import counted
from app.data.prediction_inputs import PredictionInputs, read_prediction_inputs
from app.data.prepared import PreparedData
from app.data.table_files import GUESSED, form_of
from app.diagnostics.evaluation.judgement import scores_of
from app.diagnostics.evaluation.prediction_table import prediction_lines, require_finite
from app.diagnostics.no_answer import NoAnswer
from app.diagnostics.readings import PROBABILITIES, Verdicts, read_outputs
from app.jobs.control import JobControl
from app.jobs.thread_runner import Report
from app.training.engine_room import EngineRoom
from app.ui.data_files import TABLE_FILTER
from app.ui.dialogs import Dialogs
from app.ui.evaluate.try_view import DROP, TryView
from app.ui.failures import failure_of
from app.ui.inside.looking import Looking
from app.ui.job_center import JobCenter
from app.ui.plots.axis import figures_text
from app.ui.plots.named_bars import Bar

MOST_BARS = 24
"""Of more classes those with the highest values are shown."""
WAITS = "A file is answered when the training has ended. Drawn and typed samples are answered now."
FILES = f"All files (*);;{TABLE_FILTER}"
PICTURES = f"{FILES};;Pictures (*.png *.jpg *.jpeg *.bmp *.gif *.tif *.tiff)"


@dataclass(frozen=True, eq=False)
class _File:
    """What was read, and what the network says of it."""

    name: str
    inputs: PredictionInputs
    lines: list[list[object]]


class Trying(QObject):
    """Fills a `TryView`.

    Signals:
        message(text): what was done, for the status row.
    """

    message = Signal(str)

    def __init__(
        self,
        view: TryView,
        looking: Looking,
        jobs: JobCenter,
        room: EngineRoom,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._view, self._looking = view, looking
        self._jobs, self._room, self._dialogs = jobs, room, dialogs
        self._asked: np.ndarray | None = None
        self._busy = False
        self._reading: tuple[str, int, JobControl] | None = None
        self._file: _File | None = None
        view.changed.connect(self._changed)
        view.file_wanted.connect(self.choose_file)
        view.folder_wanted.connect(self._choose_folder)
        view.save_wanted.connect(self._save)
        looking.run.state_changed.connect(self._run_changed)

    def show(self, data: PreparedData) -> None:
        """The tab is in front: give and answer samples as these."""
        self._view.show_data(data)
        self._ask()

    # ---- one sample
    def _changed(self) -> None:
        if self._view.mode.current() == "file":
            self._show_file()
        else:
            self._ask()

    def _ask(self) -> None:
        """Ask about what is drawn or typed; one question at a time, the newest wins."""
        if self._view.mode.current() == "file":
            return
        sample = self._view.sample()
        if sample is None:
            self._view.show_words(self._view.missing())
            return
        if self._busy or self._looking.why_nothing():
            return
        self._busy, self._asked = True, sample
        self._looking.run.questions.ask("sample_answer", self._answered, sample=sample)

    def _answered(self, result: object) -> None:
        self._busy = False
        sample = self._view.sample()
        if self._view.mode.current() == "file" or sample is None:
            return
        if self._asked is None or not np.array_equal(sample, self._asked):
            self._ask()
            return
        self._show_answer(result)

    def _show_answer(self, result: object, notes: str = "") -> None:
        if isinstance(result, NoAnswer):
            self._view.show_words(result.needs, notes)
        elif isinstance(result, Verdicts):
            text, bars, chosen = self._bars(result)
            self._view.show_answer(
                text, bars, chosen, shares=result.classes is not None, notes=notes
            )

    def _bars(self, told: Verdicts) -> tuple[str, list[Bar], int]:
        data = self._looking.data
        assert data is not None  # the answer is to a sample of these
        if told.classes is None:
            values = told.values[0].reshape(-1)
            names = data.summary.target_names
            bars = [Bar(n, float(v)) for n, v in zip(names, values[:MOST_BARS], strict=False)]
            one = f"{names[0]}: {figures_text(float(values[0]))}"
            return (one if len(values) == 1 else f"{len(values)} numbers"), bars, -1
        names = data.summary.class_names
        scores = scores_of(told)[0]
        shown = np.argsort(-scores, kind="stable")[:MOST_BARS]
        in_order = shown if len(scores) > MOST_BARS else np.arange(len(scores))
        sure = "with probability" if told.reading in PROBABILITIES else "with a score of"
        chosen = int(told.classes[0])
        text = f"{names[chosen]}, {sure} {float(scores[chosen]):.3f}"
        bars = [Bar(names[int(k)], float(scores[k])) for k in in_order]
        return text, bars, int(np.flatnonzero(in_order == chosen)[0])

    # ---- a file
    def choose_file(self) -> None:
        """Ask for a file and answer its samples."""
        data = self._looking.data
        pictures = data is not None and len(data.preprocessing.input_shape) == 3
        path = self._dialogs.open_file(PICTURES if pictures else FILES)
        if path is not None:
            self.take(path)

    def _choose_folder(self) -> None:
        path = self._dialogs.open_folder()
        if path is not None:
            self.take(path)

    def take(self, path: Path) -> None:
        """Answer the samples of a file, or the pictures of a folder."""
        data, record = self._looking.data, self._looking.record
        self._view.choose_mode("file")
        self._file = None
        if data is None or record is None:
            self._view.show_words(self._looking.why_no_data())
            return
        if self._looking.run.state.active:
            self._view.show_words(WAITS)
            return
        self._drop()
        source = record.project.data.source
        form = form_of(source) if isinstance(source, TableSource) else GUESSED
        fitted = data.preprocessing

        def read(report: Report, control: JobControl) -> PredictionInputs:
            return read_prediction_inputs(str(path), fitted, form, lambda: control.stopping)

        number, control = self._jobs.start(
            "data", read, lambda _event: None, lambda r, e: self._read(path.name, data, r, e)
        )
        self._reading = "data", number, control
        self._view.show_words(f"Reading {path.name}…")

    def _read(
        self, name: str, data: PreparedData, result: object, error: BaseException | None
    ) -> None:
        self._reading = None
        if error is not None or not isinstance(result, PredictionInputs):
            self._tell(error, "Reading the file")
            return
        if self._looking.run.state.active:
            self._view.show_words(WAITS)
            return
        number, control = self._jobs.start(
            "engine",
            self._room.predict(result.x),
            lambda _event: None,
            lambda outputs, e: self._predicted(name, data, result, outputs, e),
        )
        self._reading = "engine", number, control
        self._view.show_words(f"The network answers {name}…")

    def _predicted(
        self,
        name: str,
        data: PreparedData,
        inputs: PredictionInputs,
        outputs: object,
        error: BaseException | None,
    ) -> None:
        self._reading = None
        if error is not None or not isinstance(outputs, np.ndarray):
            self._tell(error, "Predicting")
            return
        try:
            require_finite(outputs)
        except Exception as problem:  # noqa: BLE001  told as any other
            self._tell(problem, "Predicting")
            return
        lines = list(prediction_lines(outputs, self._output_reading(), data.summary, inputs.names))
        self._file = _File(name, inputs, lines)
        if len(inputs) == 1:
            told = read_outputs(outputs, self._output_reading(), data.summary.task)
            self._show_answer(told, " ".join((f"{name}.", *inputs.notes)))
            raw = inputs.raw[0]
            self._view.show_picture(np.atleast_3d(raw) if 1 < raw.ndim <= 3 else None)
            self._view.save.show()
        else:
            self._show_file()

    def _show_file(self) -> None:
        file = self._file
        if file is None:
            self._view.show_words(DROP)
            return
        text = f"{counted(len(file.inputs), 'sample')} of {file.name}"
        self._view.show_table(text, file.lines, " ".join(file.inputs.notes))

    def _save(self) -> None:
        file = self._file
        if file is None:
            return
        name = f"{Path(file.name).stem}-predictions.csv"
        path = self._dialogs.save_file("Save the predictions", "Table (*.csv)", "csv", name)
        if path is None:
            return
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows(file.lines)
        content = table.getvalue().encode("utf-8", "replace")

        def saved(_result: object, error: BaseException | None) -> None:
            if error is not None:
                self._dialogs.tell("Not saved", failure_of(error, "Saving the predictions"))
            else:
                predictions = counted(len(file.inputs), "prediction")
                self.message.emit(f"{predictions} saved as {path.name}")

        self._jobs.start(
            "files",
            lambda _report, _control: replace_file(path, content),
            lambda _event: None,
            saved,
        )

    def _output_reading(self) -> Reading:
        record, data = self._looking.record, self._looking.data
        assert record is not None
        assert data is not None
        training = record.project.training
        return output_reading(
            LOSSES_BY_NAME[training.loss], data.summary.task, training.loss_options
        )

    def _tell(self, error: BaseException | None, doing: str) -> None:
        if error is None:
            self._view.show_words(DROP)
            return
        failure = failure_of(error, doing)
        self._view.show_words(failure.happened, f"{failure.expected} {failure.how_to_fix}".strip())

    def _drop(self) -> None:
        if self._reading is not None:
            thread, number, control = self._reading
            control.stop()
            self._jobs.forget(thread, number)
            self._reading = None

    def _run_changed(self) -> None:
        # Questions that were open when a run began or ended are not answered any more, and what
        # was said of a file was said by other weights.
        if self._looking.run.state.phase in ("idle", "preparing"):
            self._busy = False
        if self._looking.run.state.active and self._file is not None:
            self._file = None
            self._drop()
            if self._view.mode.current() == "file":
                self._view.show_words(DROP)

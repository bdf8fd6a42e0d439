"""`layerlab predict`: what a saved model says of the samples in a file."""

import argparse
import csv
import io
from pathlib import Path

from app.cli.console import note, say
from app.cli.data_places import files_of
from app.cli.loading_progress import loading
from app.cli.project_source import load_data, note_other_data
from app.cli.result_file import require_places, same_file
from app.cli.saved_model import SavedModel, reading_of
from app.core.atomic_file import replace_file
from app.core.data_settings import TableSource
from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.project import Project
from app.core.project_file import SavedProject, open_project
from app.data.prediction_inputs import PredictionInputs, read_prediction_inputs
from app.data.preprocessing import FittedPreprocessing
from app.data.progress import Stop, Tell
from app.data.table_files import GUESSED, form_of
from app.diagnostics.evaluation.prediction_table import prediction_lines, require_finite


def run(arguments: argparse.Namespace) -> int:
    require_places(output=arguments.output)
    saved = open_project(arguments.project)
    project = saved.project
    _refuse_to_overwrite(arguments, project)
    with loading() as (stop, tell):
        summary, preprocessing = _trained_on(saved, stop, tell)
        inputs = _inputs(arguments.input, preprocessing, project, stop)
    for remark in inputs.notes:
        note(remark)
    model = SavedModel(arguments.model, project, summary)
    outputs = model.outputs(inputs.x)
    require_finite(outputs)
    reading = reading_of(project, summary)
    lines = prediction_lines(outputs, reading, summary, inputs.names)
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(lines)
    replace_file(arguments.output, table.getvalue().encode("utf-8", "replace"))
    say(f"{counted(len(inputs), 'prediction')} written to {arguments.output}")
    return 0


def _trained_on(
    saved: SavedProject, stop: Stop, tell: Tell
) -> tuple[DataSummary, FittedPreprocessing]:
    """What the data were and what was done to them: as the saved run keeps it, whatever has become
    of the data since; without such a run, as it follows from the data.
    """
    run, project = saved.run, saved.project
    if run is not None and run.trained_on is not None and run.project.data == project.data:
        kept = run.trained_on
        summary = DataSummary(
            title=kept.title,
            task=kept.task,
            input_shape=kept.input_shape,
            target_names=kept.target_names,
            class_names=kept.class_names,
            counts=(0, 0, 0),
        )
        return summary, FittedPreprocessing.from_json(kept.preprocessing)
    data = load_data(project, stop, tell)
    note_other_data(saved, data)
    return data.summary, data.preprocessing


def _inputs(
    path: Path, preprocessing: FittedPreprocessing, project: Project, stop: Stop
) -> PredictionInputs:
    """The samples; a table is read in the form of the project's own, as far as that is set."""
    source = project.data.source
    form = form_of(source) if isinstance(source, TableSource) else GUESSED
    return read_prediction_inputs(str(path), preprocessing, form, stop)


def _refuse_to_overwrite(arguments: argparse.Namespace, project: Project) -> None:
    read = [
        ("--input", arguments.input),
        ("--model", arguments.model),
        ("the project", arguments.project),
    ]
    read += [("the project's data", path) for path in files_of(project.data)]
    for what, path in read:
        if same_file(path, arguments.output):
            raise ExplainedError(
                f"--output names the same file as {what}.",
                "The predictions go into a file of their own.",
                "Choose another name for --output.",
            )

"""`layerlab evaluate`: the loss and the metrics of a saved model over a part of the data."""

import argparse

from app.cli.console import say
from app.cli.data_places import require_data_kept
from app.cli.loading_progress import loading
from app.cli.progress import figure
from app.cli.project_source import data_facts, load_data, note_data, note_other_data
from app.cli.result_file import require_places, write_json
from app.cli.saved_model import SavedModel
from app.cli.vault import record_opening
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.project_file import open_project
from app.journal.journal import Journal
from app.user_folders import journal_path


def run(arguments: argparse.Namespace) -> int:
    require_places(json=arguments.json)
    saved = open_project(arguments.project)
    project = saved.project
    require_data_kept(project.data, json=arguments.json)
    with loading() as (stop, tell):
        data = load_data(project, stop, tell)
    part = data.part(arguments.part)
    if not len(part):
        raise ExplainedError(
            f"The {arguments.part} part of {data.summary.title} is empty.",
            "At least one sample to evaluate on.",
            f"Set data.split.{arguments.part}_share to more than 0 and train anew."
            if arguments.part != "training"
            else "Make the other parts smaller.",
        )
    model = SavedModel(arguments.model, project, data.summary, data)
    metrics = model.evaluate(part)
    if arguments.part == "test":
        journal = Journal(journal_path(), busy_seconds=1.0)
        record_opening(arguments.project, saved, data, metrics, journal)
        journal.close()
    note_data(data.summary)
    note_other_data(saved, data)
    many = counted(len(part), f"{arguments.part} sample")
    say(f"{arguments.model.name} on {many} of {project.name}")
    width = max(map(len, metrics))
    for name, value in metrics.items():
        say(f"  {name.ljust(width)}  {'not finite' if value is None else figure(value)}")
    if arguments.json is not None:
        write_json(
            arguments.json,
            {
                "project": project.name,
                "model": str(arguments.model),
                "part": arguments.part,
                "samples": len(part),
                "metrics": metrics,
                "parameters": model.parameters,
                "data": {**data_facts(data.summary), "fingerprint": data.fingerprint},
            },
        )
        say(f"Results written to {arguments.json}")
    return 0

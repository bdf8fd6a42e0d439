"""`layerlab train`: train a project, write its history, its model, and the run into its file."""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.cli.console import complain, explain, note, problem_lines, say
from app.cli.data_places import require_data_kept
from app.cli.interruption import EXIT_INTERRUPTED, interrupts_stop
from app.cli.loading_progress import loading
from app.cli.progress import duration, figures, standard_progress
from app.cli.project_source import data_facts, data_line, load_data, note_data
from app.cli.result_file import require_places, same_file, write_json
from app.cli.run_keeper import RunKeeper
from app.cli.training_run import FinishedRun, history, telling_epoch, train
from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.project import Project
from app.core.project_edits import set_training
from app.core.project_file import ProjectLock, SavedProject, open_project, save_project
from app.core.resolve import resolve
from app.core.vault_openings import together
from app.data.errors import LoadingStopped
from app.data.kept_file import kept_of
from app.data.kept_weights import Arrays, shapes_of
from app.jobs.control import JobControl
from app.journal.journal import Journal
from app.training.engine_room import EngineRoom
from app.user_folders import journal_path


def run(arguments: argparse.Namespace) -> int:
    """0 when it was trained, 1 when it diverged, 130 when interrupted before the first step."""
    path: Path = arguments.project
    saved = open_project(path)
    require_places(
        model=arguments.model, json=arguments.json, project=path if arguments.save else None
    )
    _refuse_to_overwrite(path, model=arguments.model, json=arguments.json)
    require_data_kept(saved.project.data, model=arguments.model, json=arguments.json)
    _refuse_other_suffix(arguments.model)
    lock = ProjectLock(path)
    if arguments.save and not lock.acquire():
        raise ExplainedError(
            f"{path.name} is open in a window of LayerLab.",
            "With --save the run is written into this file.",
            "Close the project there first, or train without --save.",
        )
    try:
        return _train(arguments, saved)
    finally:
        lock.release()


def _train(arguments: argparse.Namespace, saved: SavedProject) -> int:
    changes = {"epochs": arguments.epochs, "seed": arguments.seed}
    project = set_training(
        saved.project, **{name: value for name, value in changes.items() if value is not None}
    )
    kept = kept_of(saved)
    control, room = JobControl(), EngineRoom()
    with interrupts_stop(control):
        try:
            with loading(control) as (stop, tell):
                data = load_data(project, stop, tell)
        except LoadingStopped:
            return nothing_trained()
        if not _ready(project, data.summary, kept):
            return 1
        say(f"{project.name} on {data_line(data.summary)}; seed {project.training.seed}")
        progress = standard_progress(verbose=arguments.verbose)
        keeper = RunKeeper(Journal(journal_path(), busy_seconds=1.0), arguments.project)
        done = train(room, project, data, control, progress, kept, keeper, saved.run)
        keeper.close()
        if not done.began and done.ended.reason == "stopped":
            return nothing_trained()
        _tell(done)
        _write_all(arguments, saved, done, data.summary, room)
    return 1 if done.ended.reason == "diverged" else 0


def _ready(project: Project, summary: DataSummary, kept: Mapping[str, Arrays]) -> bool:
    """Whether nothing stands against a training; says what does."""
    note_data(summary)
    resolved = resolve(project, summary, kept=shapes_of(kept))
    for problem in resolved.problems:
        if problem.severity == "warning":
            note(f"{problem.where}: {problem.title}. {problem.how_to_fix}")
    errors = [problem for problem in resolved.problems if problem.severity == "error"]
    if errors:
        explain(
            f"{project.name} cannot be trained: {counted(len(errors), 'error')}.",
            "A network whose layers fit together, and settings that fit the data.",
            "Mend what follows; layerlab check shows it again.",
        )
    for problem in errors:
        complain("")
        for line in problem_lines(problem):
            complain(line)
    return not errors


def nothing_trained() -> int:
    """Say so; the exit code."""
    complain("Interrupted before anything was trained; nothing was written.")
    return EXIT_INTERRUPTED


def _tell(done: FinishedRun) -> None:
    record = done.record
    if record.reason == "diverged":
        complain(f"Error: {record.sentence}")
    else:
        say(record.sentence)
    told = telling_epoch(record)
    if told is not None:
        say(f"{told[0]}: {figures(told[1])}")
    say(f"{counted(len(record.rows), 'epoch')} in {duration(record.seconds)}")


def _write_all(
    arguments: argparse.Namespace,
    saved: SavedProject,
    done: FinishedRun,
    summary: DataSummary,
    room: EngineRoom,
) -> None:
    """Write what was asked for. When one file cannot be written, the others are all the same.

    Raises:
        ExplainedError: the first that could not be written.
    """

    def in_engine(job: Callable[..., object]) -> object:
        return job(lambda _event: None, JobControl())

    def save_run() -> None:
        checkpoint = in_engine(room.checkpoint())
        assert isinstance(checkpoint, bytes)
        before = saved.run
        opened = () if before is None else together(before.opened_before, before.openings)
        record = done.record.model_copy(update={"opened_before": opened})
        run = replace(saved, run=record, checkpoint=checkpoint)
        save_project(arguments.project, run)

    # The quick ones first.
    orders: list[tuple[Path | None, str, Callable[[Path], object]]] = [
        (arguments.json, "Results", lambda path: write_json(path, facts(done, summary))),
        (arguments.model, "Model", lambda path: in_engine(room.save_model(path))),
        (arguments.project if arguments.save else None, "Run", lambda _path: save_run()),
    ]
    failures: list[ExplainedError] = []
    for path, what, write in orders:
        if path is None:
            continue
        try:
            write(path)
            say(f"{what} written to {path}")
        except ExplainedError as error:
            failures.append(error)
    for other in failures[1:]:
        explain(other.happened, other.expected, other.how_to_fix)
    if failures:
        raise failures[0]
    before = saved.run
    if arguments.model is not None and not arguments.save and before is not None:
        if before.data_fingerprint not in ("", done.record.data_fingerprint):
            note(
                "The project still holds a run on other data, and predict prepares new samples as "
                "that run did. Add --save to keep this run instead."
            )


def facts(done: FinishedRun, summary: DataSummary) -> dict[str, object]:
    """The results for JSON."""
    record, divergence = done.record, done.ended.divergence
    return {
        "project": record.project.name,
        "seed": record.project.training.seed,
        "parameters": done.parameters,
        "data": {**data_facts(summary), "fingerprint": record.data_fingerprint},
        "history": history(record, validated=summary.counts[1] > 0),
        "best_epoch": record.best_epoch if record.chooses_best else None,
        "stopped_because": record.reason,
        "sentence": record.sentence,
        "restored": record.restored,
        "seconds": record.seconds,
        "divergence": None
        if divergence is None
        else {
            "what": divergence.what,
            "layer": divergence.layer_id,
            "epoch": divergence.epoch,
            "step": divergence.step,
            "how_to_fix": divergence.how_to_fix,
        },
        "versions": dict(record.versions),
    }


def _refuse_to_overwrite(project: Path, **outputs: Path | None) -> None:
    for option, path in outputs.items():
        if path is not None and same_file(path, project):
            raise ExplainedError(
                f"--{option} names the project file itself.",
                "A result goes into a file of its own.",
                f"Choose another name for --{option}.",
            )


def _refuse_other_suffix(model: Path | None) -> None:
    """Said before the training, since Keras would refuse it after."""
    if model is not None and model.suffix != ".keras":
        raise ExplainedError(
            f"The model cannot be saved as {model.name}.",
            "The name of a model's file ends in .keras.",
            f"Write --model {model.with_suffix('.keras')}.",
        )

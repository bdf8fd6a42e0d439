"""`layerlab search`: try many settings of a project, scored by folds, and keep them in a study."""

import argparse
import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.cli.console import aligned, complain, explain, note, problem_lines, say
from app.cli.data_places import require_data_kept
from app.cli.interruption import EXIT_INTERRUPTED, interrupts_stop
from app.cli.loading_progress import loading
from app.cli.progress import duration
from app.cli.project_source import note_data
from app.cli.result_file import require_places, same_file, write_json
from app.cli.search_progress import score_words, standard_search_progress
from app.cli.worker import tls_files
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.problems import Problem
from app.core.project import Project
from app.core.project_file import SavedProject, open_project
from app.core.resolve import resolve
from app.core.search_problems import search_problems
from app.core.search_results import DONE, FoldResult, Trial
from app.core.search_settings import SearchSettings
from app.core.search_space import with_search
from app.core.search_text import parse_space
from app.core.vault_openings import looked_words
from app.data.errors import LoadingStopped
from app.data.folds import prepare_open_fold, prepare_open_validation, without_test_part
from app.data.kept_file import kept_of
from app.data.kept_weights import KeptArrays, shapes_of
from app.data.loading import load_source
from app.data.prepared import PreparedData
from app.data.progress import Stop
from app.data.raw_data import RawData
from app.jobs.control import JobControl
from app.journal.journal import Journal
from app.search.events import SearchEnded, SearchRequest
from app.search.executors import executor_of, search_where_set, workers_of
from app.search.kept_trials import keeping_trials
from app.search.study_file import (
    NothingBegunError,
    StudyHead,
    read_study,
    searched_alike,
    study_path,
)
from app.search.study_looks import looks_of
from app.search.study_opening import trials_planned
from app.user_folders import journal_path

SHOWN = 5
"""So many of the best trials are shown."""
_SAID = b"\nStopping; finished folds are kept. Ctrl+C once more leaves at once.\n"


@dataclass(frozen=True)
class _Wanted:
    """What is to be searched, over which data."""

    request: SearchRequest
    vault: int


def run(arguments: argparse.Namespace) -> int:
    """0 when trials are finished, 1 when none is or the search failed, 130 when interrupted before
    the first one.
    """
    path: Path = arguments.project
    saved = open_project(path)
    study = study_path(path)
    project = _project(arguments, saved, study)
    executor_of(project.search, tls_files(arguments))  # before the data are read
    require_places(json=arguments.json)
    require_data_kept(project.data, json=arguments.json)
    for taken in (path, study):
        if arguments.json is not None and same_file(arguments.json, taken):
            raise ExplainedError(
                f"--json names {taken.name}, which the search needs.",
                "A result goes into a file of its own.",
                "Choose another name for --json.",
            )
    control = JobControl()
    with interrupts_stop(control, _SAID):
        try:
            wanted = _read(arguments, project, study, kept_of(saved), control)
        except LoadingStopped:
            return _nothing_done()
        if wanted is None:
            return 1
        ended = _search(arguments, wanted, control)
    return _tell(arguments, wanted, ended)


# ---------------------------------------------------------------- before


def _project(arguments: argparse.Namespace, saved: SavedProject, study: Path) -> Project:
    """The project with what was typed. With --resume that of the study: its trials were made with
    its settings, whatever the project has become since.
    """
    project = saved.project
    if arguments.resume:
        head, _ = read_study(study)
        if not searched_alike(_unsearched(project), _unsearched(head.project)):
            note(
                f"{arguments.project.name} was changed since this study was begun; it goes on with "
                "the settings that it was begun with."
            )
        project = head.project
    elif study.exists():
        _refuse_second(study)
    named = ("trials", "folds", "sampler", "pruner", "workers", "cluster")
    changes: dict[str, Any] = {
        name: value for name in named if (value := getattr(arguments, name)) is not None
    }
    if arguments.folds is not None:
        changes["scored_by"] = "folds"
    project = with_search(project, **changes)
    for text in arguments.space:
        dimension = parse_space(project, text)
        others = tuple(d for d in project.search.space if d.path != dimension.path)
        project = with_search(project, space=(*others, dimension))
    if not project.search.space and arguments.trials is None:
        project = with_search(project, trials=1)  # the folds of the network as it is
    return project


def _unsearched(project: Project) -> Project:
    return with_search(project, space=(), sampler="random", pruner="none", folds=2)


def _refuse_second(study: Path) -> None:
    """Before the data are read. A file in which no trial was begun is used again."""
    try:
        _, trials = read_study(study)
    except NothingBegunError:
        return
    finished = sum(trial.state == "finished" for trial in trials)
    if trials:
        raise ExplainedError(
            f"{study.name} holds a study already: {counted(len(trials), 'trial')}, "
            f"{finished} finished.",
            "A new search begins with a new study.",
            f"Go on with it by --resume, or move or delete {study}.",
        )


def _read(
    arguments: argparse.Namespace,
    project: Project,
    study: Path,
    kept: KeptArrays,
    control: JobControl,
) -> _Wanted | None:
    """The data; None when something stands against a search, which is said.

    Raises:
        LoadingStopped: interrupted.
    """
    with loading(control) as (stop, tell):
        raw = load_source(project.data, stop, tell)
        first = _first_fold(raw, project, stop)
    summary = first.summary
    note_data(summary)
    problems = (
        *resolve(project, summary, kept=shapes_of(kept)).problems,
        *search_problems(project, summary),
    )
    if _refused(project, problems):
        return None
    inside = sum(summary.counts)
    settings = project.search
    parts = counted(settings.folds, "fold") if settings.scored_by == "folds" else "the split"
    planned = trials_planned(project, arguments.trials)
    where = settings.cluster or f"with {counted(workers_of(settings), 'worker')}"
    say(
        f"{project.name} on {raw.title}: {inside:,} samples in {parts}, {len(raw) - inside:,} in "
        f"the test vault; {counted(planned, 'trial')} of {settings.sampler} search "
        f"{'on ' if settings.cluster else ''}{where}, seed {settings.seed}"
    )
    request = SearchRequest(project, raw, study, arguments.resume, kept, arguments.trials)
    return _Wanted(request, len(raw) - inside)


def _workers_words(settings: SearchSettings) -> str:
    if settings.cluster.strip():
        return f"the workers of {settings.cluster.strip()}"
    return counted(workers_of(settings), "worker")


def _first_fold(raw: RawData, project: Project, stop: Stop) -> PreparedData:
    """What tells most of the data without the test part."""
    opened, search = without_test_part(raw, project.data.split), project.search
    if search.scored_by == "validation":
        return prepare_open_validation(opened, project.data, stop)
    return prepare_open_fold(
        opened, project.data, 0, search.folds, search.seed, search.stratified, stop
    )


def _refused(project: Project, problems: Iterable[Problem]) -> bool:
    """Whether something stands against the search; says what does."""
    each = list(dict.fromkeys(problems))
    for problem in each:
        if problem.severity == "warning":
            note(f"{problem.where}: {problem.title}. {problem.how_to_fix}")
    errors = [problem for problem in each if problem.severity == "error"]
    if errors:
        explain(
            f"{project.name} cannot be searched: {counted(len(errors), 'error')}.",
            "A network that can be trained, and a search space that fits it.",
            "Mend what follows.",
        )
    for problem in errors:
        complain("")
        for line in problem_lines(problem):
            complain(line)
    return bool(errors)


# ---------------------------------------------------------------- the search


def _search(arguments: argparse.Namespace, wanted: _Wanted, control: JobControl) -> SearchEnded:
    def not_kept(error: ExplainedError) -> None:
        note(f"The trials are not in the journal of runs. {error}")

    progress = standard_search_progress(verbose=arguments.verbose)
    where = functools.partial(search_where_set, tls=tls_files(arguments))
    journal = Journal(journal_path(), busy_seconds=1.0)
    job = keeping_trials(where, journal, arguments.project, not_kept)
    try:
        ended = job(wanted.request, progress, control)
    finally:
        progress.close()
    assert isinstance(ended, SearchEnded)
    return ended


def _nothing_done() -> int:
    complain("Interrupted before any trial was finished.")
    return EXIT_INTERRUPTED


# ---------------------------------------------------------------- after


def _tell(arguments: argparse.Namespace, wanted: _Wanted, ended: SearchEnded) -> int:
    study = wanted.request.study
    head, trials = read_study(study)
    if ended.reason == "failed":
        explain(ended.sentence, "What is finished is kept.", "Go on with it by --resume.")
    else:
        say(ended.sentence)
    done = sum(trial.state in DONE for trial in trials)
    planned = max(done, trials_planned(head.project, arguments.trials))
    looked = looked_words(looks_of(study), done, planned)
    if looked:
        note(looked)
    best = _best_first(trials, head)
    if len(best) > SHOWN:
        say(f"The best {SHOWN} of {counted(len(best), 'scored trial')}:")
    for line in _table(best[:SHOWN], head):
        say(line)
    spent = sum(trial.seconds for trial in trials)
    say(f"{duration(spent)} of training; the study is {study}")
    if arguments.json is not None:
        write_json(arguments.json, facts(head, trials, ended))
        say(f"Results written to {arguments.json}")
    if ended.reason == "cancelled":
        say("Go on with it by --resume.")
        return 0 if best else _nothing_done()
    return 1 if ended.reason == "failed" or not best else 0


def _best_first(trials: tuple[Trial, ...], head: StudyHead) -> list[Trial]:
    sign = -1.0 if head.greater_is_better else 1.0
    finished = [trial for trial in trials if trial.mean is not None]
    return sorted(finished, key=lambda trial: (sign * (trial.mean or 0.0), trial.number))


def _table(trials: list[Trial], head: StudyHead) -> list[str]:
    if not trials:
        return []
    rows = [("trial", head.score, "settings")]
    for trial in trials:
        settings = "  ".join(f"{path}={_text(value)}" for path, value in trial.settings.items())
        rows.append((str(trial.number), score_words(trial), settings))
    return aligned(rows, right=frozenset({0}))


def _text(value: object) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)


def facts(head: StudyHead, trials: tuple[Trial, ...], ended: SearchEnded) -> dict[str, object]:
    """The results for JSON; `best` is the number of the best trial, null without one."""
    return {
        "project": head.project.name,
        "score": head.score,
        "greater_is_better": head.greater_is_better,
        "scored_by": head.project.search.scored_by,
        "sampler": head.project.search.sampler,
        "seed": head.project.search.seed,
        "trials": [
            {
                "number": trial.number,
                "state": trial.state,
                "settings": dict(trial.settings),
                "folds": [_fold_facts(fold) for fold in trial.folds],
                "mean": trial.mean,
                "sd": trial.sd,
                "seconds": trial.seconds,
                "sentence": trial.sentence,
            }
            for trial in trials
        ],
        "best": ended.best,
        "stopped_because": ended.reason,
        "sentence": ended.sentence,
    }


def _fold_facts(fold: FoldResult) -> dict[str, object]:
    return {
        "fold": fold.fold + 1,
        "state": fold.state,
        "score": fold.score,
        "metrics": dict(fold.metrics),
        "epochs": fold.epochs,
        "best_epoch": fold.best_epoch or None,
        "seconds": fold.seconds,
        "sentence": fold.sentence,
    }

"""The test vault on the command line: who looks at the test part is told what that means, and the
project and the journal keep that it was looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.cli.console import note
from app.core.atomic_file import SaveError
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.number_words import counted
from app.core.project import Project
from app.core.project_file import ProjectLock, SavedProject, save_project
from app.core.run_record import RunRecord
from app.core.vault_openings import (
    Looks,
    Openings,
    VaultOpening,
    looks_at,
    together,
    under_one_name,
)
from app.data.prepared import PreparedData
from app.data.test_vault import older_vault_key, vault_key
from app.journal.journal import Journal
from app.search.study_file import study_path
from app.search.study_looks import note_look_beside


def record_opening(
    path: Path,
    saved: SavedProject,
    data: PreparedData,
    metrics: Mapping[str, float | None],
    journal: Journal,
) -> int:
    """Note in the journal, and in the run of the project at `path` if it has one, that a model was
    evaluated on its test part; says how often that was done, and where it cannot be kept.

    The model of a file may be any: the vault of the run's own network stays as it is.

    Returns:
        the how-manieth opening it is.
    """
    run = saved.run
    key, older = (name(saved.project.data, data) for name in (vault_key, older_vault_key))
    everything = () if run is None else (*run.opened_before, *run.openings)
    everything = under_one_name(everything, key, older)
    looks = looks_at(everything, key, _looks(journal, key, everything, older))
    number = looks.times + 1
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    opening = VaultOpening(
        date=now,
        number=number,
        samples=len(data.test),
        metrics=FrozenMap({name: value for name, value in metrics.items() if value is not None}),
        vault=key,
    )
    try:
        journal.keep_opening(opening)
    except ExplainedError as error:
        note(f"This look at the test part is not kept in the journal: {error.happened}")
    if run is not None:
        _keep_in_project(path, saved, run, opening)
    _keep_in_study(study_path(path), saved.project, now)
    if number > 1:
        note(
            f"These test samples were looked at {counted(number - 1, 'time')} before. The figure "
            "is honest only if nothing was chosen by it."
        )
    if looks.others:
        note(
            f"Another test part of the same data was looked at {counted(looks.others, 'time')}; "
            "some of these samples may have been in it."
        )
    return number


def _looks(journal: Journal, key: str, known: Openings, older: str) -> Looks:
    try:
        return journal.looks(key, known, older)
    except ExplainedError:  # that it cannot be used is said where it is to be kept
        return Looks()


def _keep_in_study(study: Path, project: Project, date: str) -> None:
    try:
        counts = note_look_beside(study, project.data, date)
    except ExplainedError as error:
        note(f"This look at the test part is not kept in the study: {error.happened}")
        return
    if counts is not None and counts[0] < counts[1]:
        note(
            f"The search in {study.name} is not at its end: {counts[0]:,} of {counts[1]:,} trials "
            "are done. The test part is meant for after it; if it goes on, it will say that you "
            "have looked before."
        )


def _keep_in_project(
    path: Path, saved: SavedProject, run: RunRecord, opening: VaultOpening
) -> None:
    kept = run.model_copy(update={"opened_before": together(run.opened_before, (opening,))})
    lock = ProjectLock(path)
    try:
        if not lock.acquire():
            note(
                "The project is open in a window, so this look at its test part is not kept in it."
            )
        else:
            save_project(path, replace(saved, run=kept))
    except SaveError as error:
        note(f"This look at the test part is not kept in the project: {error.happened}")
    finally:
        lock.release()

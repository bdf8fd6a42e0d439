"""The test vault on the command line: who looks at the test part is told what that means, and the
project keeps that it was looked at.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.cli.console import note
from app.core.atomic_file import SaveError
from app.core.frozen import FrozenMap
from app.core.number_words import counted
from app.core.project_file import ProjectLock, SavedProject, save_project
from app.core.vault_openings import VaultOpening, times_opened, together
from app.data.prepared import PreparedData
from app.data.test_vault import vault_key


def record_opening(
    path: Path,
    saved: SavedProject,
    data: PreparedData,
    metrics: Mapping[str, float | None],
) -> int | None:
    """Note in the run of the project at `path` that a model was evaluated on its test part; says
    how often that was done, and why it cannot be kept where that is so.

    The model of a file may be any: the vault of the run's own network stays as it is.

    Returns:
        the how-manieth opening it is; None when the project has no run to keep it in.
    """
    run = saved.run
    if run is None:
        note(
            "The test part is honest once. This project holds no run yet, so it cannot keep that "
            "the part was looked at; train with --save to have it counted."
        )
        return None
    key = vault_key(saved.project.data, data)
    number = times_opened((*run.opened_before, *run.openings), key) + 1
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    opening = VaultOpening(
        date=now,
        number=number,
        samples=len(data.test),
        metrics=FrozenMap({name: value for name, value in metrics.items() if value is not None}),
        vault=key,
    )
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
    if number > 1:
        before = counted(number - 1, "time")
        note(
            f"These test samples were looked at {before} before in this project. The figure is "
            "honest only if nothing was chosen by it."
        )
    return number

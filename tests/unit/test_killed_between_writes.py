"""kill -9 right before and right after every single write of a search, to the study and to the
journal.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.database import DatabaseError
from app.core.search_results import Trial
from app.journal.journal import Journal
from app.search.study_file import NothingBegunError, read_curves, read_study
from tests.unit.killed_search_child import JOURNAL, PROJECT, STUDY, TOLD, searched_in

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork and no kill -9 there"),
    pytest.mark.timeout(120),
]

FITS = [(trial, fold) for trial in range(PROJECT.search.trials) for fold in range(3)]


def killed(folder: Path, *how: str) -> list[Path]:
    """The folders that the kills left behind, in the order of the writes."""
    child = subprocess.run(
        [sys.executable, "-m", "tests.unit.killed_search_child", str(folder), *how],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    folders = sorted(folder.iterdir(), key=lambda each: int(each.name))
    whole = folders.pop()  # that of the search that lived to its end
    assert len((whole / TOLD).read_text().splitlines()) == len(FITS) + PROJECT.search.trials
    return folders


def faults(folder: Path, expected: tuple[Trial, ...]) -> list[str]:
    """What is not as it must be once the search of `folder` has gone on, here, to its end."""
    before = ended_before(folder)
    try:
        resume = bool(read_study(folder / STUDY))
    except (DatabaseError, NothingBegunError):  # killed before it had begun: it begins anew
        resume = False
    fitted = searched_in(folder, lambda _line: None, resume=resume)
    journal = Journal(folder / JOURNAL)
    entries = sorted(journal.entries(), key=lambda entry: entry.trial)
    runs = [journal.run(entry.number) for entry in entries]
    journal.close()
    wrong = {
        "fits that ended are done again": set(fitted) & set(before),
        "a fit is done twice": len(fitted) != len(set(fitted)),
        "the trials are others": read_study(folder / STUDY)[1] != expected,
        "the journal has other trials": [run.trial for run in runs] != list(expected),
        "the journal has other curves": [run.curves for run in runs]
        != [read_curves(folder / STUDY, trial.number) for trial in expected],
    }
    return [what for what, found in wrong.items() if found]


def ended_before(folder: Path) -> list[tuple[int, int]]:
    """The fits that were told to have ended before the kill."""
    words = [line.split() for line in (folder / TOLD).read_text().splitlines()]
    return [(int(trial), int(fold[0])) for trial, *fold in words if fold]


@pytest.fixture
def expected(tmp_path: Path) -> tuple[Trial, ...]:
    """What the search comes to that nobody kills."""
    folder = tmp_path / "smooth"
    folder.mkdir()
    searched_in(folder, lambda _line: None)
    return read_study(folder / STUDY)[1]


def test_whatever_the_write_nothing_finished_is_lost_and_nothing_stands_twice(
    tmp_path: Path, expected: tuple[Trial, ...]
) -> None:
    folders = killed(tmp_path / "kills")
    assert {len(ended_before(folder)) for folder in folders} == set(range(len(FITS) + 1))
    assert {folder.name: found for folder in folders if (found := faults(folder, expected))} == {}


def test_a_search_that_keeps_no_folds_is_caught(
    tmp_path: Path, expected: tuple[Trial, ...]
) -> None:
    last = killed(tmp_path / "kills", "forgetful")[-1]
    assert "the trials are others" in faults(last, expected)

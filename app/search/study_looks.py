"""Looks at the test part, kept with the study whose trials were there: what is drawn later could be
chosen by what was seen.
"""

from pathlib import Path

from app.core.data_settings import DataSettings
from app.core.search_results import DONE
from app.core.vault_openings import StudyLook, same_test_part
from app.search.study_file import NothingBegunError, StudyFile, read_study
from app.search.study_opening import trials_planned


def note_look(path: Path, look: StudyLook) -> None:
    """Keep it with the study, also while a search works with that. Raises ExplainedError."""
    with StudyFile.open(path) as study:
        study.note_look(look)


def looks_of(path: Path) -> tuple[StudyLook, ...]:
    """All that were kept with a study. Raises ExplainedError."""
    with StudyFile.open(path, read_only=True) as study:
        return study.looks()


def note_look_beside(path: Path, data: DataSettings, date: str) -> tuple[int, int] | None:
    """Note a look with the study at `path`, where there is one whose trials left the same test
    part alone: how many trials are done, and how many there are to be.

    Args:
        data: settings of the data that were looked at.
        date: ISO 8601.

    Raises:
        ExplainedError: the study cannot be read or written.
    """
    if not path.exists():
        return None
    try:
        head, trials = read_study(path)
    except NothingBegunError:
        return None
    if not trials or not same_test_part(head.project.data, data):
        return None
    done = sum(trial.state in DONE for trial in trials)
    note_look(path, StudyLook(date, done))
    return done, max(trials_planned(head.project), len(trials))

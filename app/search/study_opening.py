"""What a search is to do, and the study that it begins or goes on with."""

from app.core.metric_catalog import METRICS_BY_NAME
from app.core.project import Project
from app.core.search_grid import grid_size, space_size
from app.search.data_fingerprint import fingerprint_of
from app.search.events import SearchRequest
from app.search.study_file import StudyError, StudyFile, StudyHead, searched_alike

MOST_GRID = 1_000_000


def score_of(project: Project) -> str:
    """Name of the metric by which trials are judged, without "val_"."""
    return project.search.score or next(iter(project.training.metrics), "loss")


def greater_is_better(score: str) -> bool:
    kind = METRICS_BY_NAME.get(score)
    return kind is not None and kind.direction == "max"


def trials_planned(project: Project, trials: int | None = None) -> int:
    """How many trials a search of `project` does: as many as asked for, and of a grid or a small
    space at most all there are.

    Args:
        trials: in place of those of the settings; of a grid the first ones.

    Raises:
        StudyError: the grid has more than a million combinations.
        ProjectPathError: a value is refused by its option.
    """
    settings = project.search
    if settings.sampler != "grid":
        asked = trials or settings.trials
        return min(asked, max(1, space_size(project, asked)))
    size = grid_size(project)
    if size > MOST_GRID:
        raise StudyError(
            "The grid has more than 1,000,000 combinations.",
            f"A grid does all its combinations, at most {MOST_GRID:,}.",
            "Search fewer options, give them fewer values, or draw at random.",
        )
    return max(1, size if trials is None else min(trials, size))


def opened_study(request: SearchRequest) -> StudyFile:
    """The study that `request` begins or goes on with.

    Raises:
        StudyError: it cannot be begun, or not be gone on with.
        DatabaseError: its file cannot be made, read or written.
    """
    project = request.project
    trials_planned(project, request.trials)
    score, by_folds = score_of(project), project.search.scored_by == "folds"
    head = StudyHead(
        project,
        score,
        greater_is_better(score),
        project.search.folds if by_folds else 1,
        fingerprint_of(request.raw),
    )
    if not request.resume:
        return StudyFile.begin(request.study, head)
    study = StudyFile.open(request.study)
    try:
        _refuse_another(study, head)
        study.set_head(head)
    except BaseException:
        study.close()
        raise
    return study


def _refuse_another(study: StudyFile, head: StudyHead) -> None:
    """Raises StudyError when trials under `head` could not be compared with those of `study`."""
    if study.head.data != head.data:
        what, how = "is about other data", "bring these data back"
    elif not searched_alike(study.head.project, head.project):
        what = "was made with other settings of the network, the training or the search"
        how = "bring these settings back"
    else:
        return
    raise StudyError(
        f"The study in {study.path.name} {what}.",
        "The trials of a study differ in what is searched alone, so that they can be compared; "
        "only their number and the workers may change.",
        f"Begin a new study, or {how} to go on with this one.",
    )

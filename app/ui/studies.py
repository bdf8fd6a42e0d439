"""Where the studies of projects are, and what is done with their files, off the window's thread."""

from collections.abc import Callable
from pathlib import Path

from app.core.project import Project
from app.core.search_results import FitCurves
from app.core.vault_openings import StudyLook
from app.search.study_file import searched_alike, study_path
from app.ui.job_center import JobCenter, OnEnd
from app.ui.project_document import ProjectDocument
from app.ui.search_state import FoundStudy, Look

Curves = tuple[FitCurves, ...]
ReadCurves = Callable[[Path, int], Curves]
OnFound = Callable[[FoundStudy | None, BaseException | None], None]


class Studies:
    """Of the project that is open, when it is asked; what is asked for last need not come last.

    Args:
        folder: for the studies of projects that are in no file.
        look, read_curves: read a study, and the curves of one of its trials.
        take_along: brings a study to where its project was saved; told whether the old one stays,
            too; says what one that lay there is called now.
        keep_look: writes into a study that the test part was looked at.
        note_place: notes where a study belongs that cannot be brought there yet.
    """

    def __init__(
        self,
        document: ProjectDocument,
        jobs: JobCenter,
        folder: Path,
        look: Look,
        read_curves: ReadCurves,
        take_along: Callable[[Path, Path, bool], str],
        keep_look: Callable[[Path, StudyLook], None],
        note_place: Callable[[Path, Path], None],
    ) -> None:
        self._document, self._jobs, self.folder = document, jobs, folder
        self.look = look
        self._read_curves, self._take_along, self._keep_look = read_curves, take_along, keep_look
        self._note_place = note_place

    @property
    def path(self) -> Path:
        """The file in which the trials of the project at hand are kept: beside its own."""
        path, project = self._document.path, self._document.project
        if path is not None:
            return study_path(path)
        name = project.name[:60] if project is not None else "project"
        plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
        return study_path(self.folder / plain)

    @property
    def path_of_folds(self) -> Path:
        """The file for a cross-validation of the project at hand."""
        return study_path(self.folder / f"{self.path.stem}-folds")

    def find(self, on_found: OnFound) -> None:
        """Look for the study of the project at hand. That of a project in no file is told by its
        settings from another of the same name.
        """

        def ended(found: FoundStudy | None, error: BaseException | None) -> None:
            on_found(found if found is not None and self._belongs(found) else None, error)

        self._find(ended)

    def find_in_its_file(self, on_found: OnFound) -> None:
        """Look for a study in the very file in which a search of the project at hand is kept,
        whoever put it there; in vain if the project is kept elsewhere by then.
        """
        place = self.path

        def ended(found: FoundStudy | None, error: BaseException | None) -> None:
            if place == self.path:
                on_found(found if found is not None and found.path == place else None, error)

        self._find(ended)

    def curves_of(self, study: Path, number: int, then: Callable[[Curves], None]) -> None:
        """Read the curves of a trial; none where they cannot be read."""

        def ended(curves: object, error: BaseException | None) -> None:
            then(curves if isinstance(curves, tuple) else ())

        self._do(lambda: self._read_curves(study, number), ended)

    def keep_look(self, study: Path, look: StudyLook, on_end: OnEnd) -> None:
        self._do(lambda: self._keep_look(study, look), on_end)

    def take_along(self, study: Path, place: Path, on_end: OnEnd) -> None:
        """Bring a study to `place`, where its project was saved; that of a project which was in a
        file already stays there, too, as the file does.
        """
        stays = study.parent != self.folder
        self._do(lambda: self._take_along(study, place, stays), on_end)

    def note_place(self, study: Path, place: Path) -> None:
        """Have a study found with the project whose trials are kept at `place`, though it is not
        there yet.
        """
        self._do(lambda: self._note_place(study, place), lambda _result, _error: None)

    def _find(self, on_found: OnFound) -> None:
        path, project = self.path, self._document.project
        if project is None:
            return
        self._do(
            lambda: self.look(path, project),
            lambda found, error: on_found(found if isinstance(found, FoundStudy) else None, error),
        )

    def _belongs(self, found: FoundStudy) -> bool:
        project: Project | None = self._document.project
        return project is not None and (
            self._document.path is not None or searched_alike(found.project, project)
        )

    def _do(self, work: Callable[[], object], on_end: OnEnd) -> None:
        self._jobs.start("files", lambda report, control: work(), _ignore, on_end)


def _ignore(_event: object) -> None:
    """Such work tells nothing on its way."""

"""Whether the run on show is another one than when a tab looked last."""

from app.core.project import Project
from app.core.run_record import RunRecord
from app.ui.inside.looking import Looking

ASKING = "Asking the network…"


class SeenRun:
    """A run is another one when its settings are other ones, or when one more has gone before."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._token: tuple[Project | None, tuple[RunRecord, ...]] = (None, ())

    @property
    def token(self) -> object:
        """The same object as long as the run is."""
        return self._token

    def is_another(self) -> bool:
        """True once for each run."""
        project, previous = self._looking.project, self._looking.run.previous
        if self._token[0] is project and self._token[1] is previous:
            return False
        self._token = (project, previous)
        return True

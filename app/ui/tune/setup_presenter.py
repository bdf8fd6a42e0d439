"""Fills the panel in which a search is set up, and turns what is entered there into edits."""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from app.core.explained_error import ExplainedError
from app.core.frozen import OptionValue
from app.core.problems import Problem
from app.core.project import Project
from app.core.search_grid import grid_size
from app.core.search_options import search_options, search_values, with_search_value
from app.core.search_problems import search_problems
from app.core.search_suggestion import suggested
from app.search.study_opening import trials_planned
from app.ui.project_document import ProjectDocument
from app.ui.tune.search_words import MOST_GRID, plan_words
from app.ui.tune.setup_panel import SetupPanel, SetupView

_OF_FOLDS = ("search.folds", "search.score")
"""Where what is wrong is so for a cross-validation too."""


class SetupPresenter(QObject):
    """Attributes:
    refused: name of an order to why it cannot be given with this set-up.
    planned: how many trials a search with these settings does; 0 where that cannot be said.
    """

    def __init__(
        self, panel: SetupPanel, document: ProjectDocument, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panel, self._document = panel, document
        self.refused: Mapping[str, str] = {}
        self.planned = 0
        self._grid = 0
        self._known: tuple[object, ...] = ()
        panel.suggest_pressed.connect(self._suggest)
        panel.option_edited.connect(self._option_edited)
        panel.fix_chosen.connect(self._mend)

    # ---- edits
    def _suggest(self) -> None:
        """Mark what is usually searched, as one step that can be undone."""
        project = self._document.project
        if project is not None:
            self._document.edit("Suggest a search", suggested(project))

    def _option_edited(self, name: str, value: OptionValue) -> None:
        project = self._document.project
        if project is None:
            return
        label = next((o.label for o in search_options(project) if o.name == name), name)
        changed = with_search_value(project, name, value)
        self._document.edit(f"Search: {label.lower()}", changed, f"search.{name}")

    def _mend(self, problem: Problem, number: int) -> None:
        project = self._document.project
        if project is not None and number < len(problem.fixes):
            fix = problem.fixes[number]
            self._document.edit(fix.label, fix.edit(project))

    # ---- showing
    def shows(self, project: Project) -> bool:
        """Whether these are the settings of the search on show."""
        return self._known[:1] == (project.search,)

    def show(self) -> None:
        resolved = self._document.resolved
        if resolved is None:
            return
        project = resolved.project
        known = (project.search, project.network, project.training)
        if known != self._known:
            self._known = known
            self._grid = _grid_of(project)
            self.planned = planned_of(project)
        settings = project.search
        problems = tuple(
            problem
            for problem in search_problems(project, resolved.summary)
            if settings.space or problem.where in _OF_FOLDS
        )
        errors = [problem for problem in problems if problem.severity == "error"]
        mistaken = {
            "search": errors,
            "go_on": errors,
            "cross_validate": [problem for problem in errors if problem.where in _OF_FOLDS],
        }
        self.refused = {name: _mend_words(found[0]) for name, found in mistaken.items() if found}
        self._panel.show_setup(
            SetupView(
                searched=len(settings.space),
                options=search_options(project),
                values=search_values(settings),
                plan=plan_words(settings, self._grid),
                problems=problems,
                can_suggest=suggested(project) != project,
            )
        )


def planned_of(project: Project) -> int:
    """How many trials its search does; 0 where that cannot be said."""
    try:
        return trials_planned(project)
    except ExplainedError:
        return 0


def _grid_of(project: Project) -> int:
    try:
        return grid_size(project, MOST_GRID + 1)
    except ExplainedError:
        return 0  # a dimension is refused; the problems say which


def _mend_words(problem: Problem) -> str:
    title = f"{problem.title[:1].lower()}{problem.title[1:]}"
    return f"First mend this: {title}."

"""`layerlab new`: a project from data and a template."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from app.cli.console import complain, say
from app.cli.data_places import PATH_SETTINGS, absolute, data_settings, require_data_kept, suited
from app.cli.loading_progress import loading
from app.cli.project_source import known_summary, note_data
from app.cli.result_file import require_places
from app.core.data_settings import DataSettings
from app.core.data_summary import DataSummary, reconstructing
from app.core.explained_error import ExplainedError
from app.core.number_words import counted
from app.core.own_templates import OwnTemplates
from app.core.project import Project
from app.core.project_file import SavedProject, save_project
from app.core.project_paths import set_path
from app.core.resolve import resolve
from app.core.short_names import shortened
from app.core.template_offers import offers
from app.core.templates import (
    TEMPLATES_BY_NAME,
    TemplateError,
    build_template,
    default_template,
    network_of,
)
from app.user_folders import templates_folder

Assignment = tuple[str, str]
"""A path and the text of its value, as in `--set training.epochs=50`."""


def run(arguments: argparse.Namespace) -> int:
    path: Path = arguments.out
    require_places(out=path)
    if path.exists() and not arguments.force:
        raise ExplainedError(
            f"{path} is there already.",
            "A new project needs a name that is free.",
            "Choose another name, or add --force to replace it.",
        )
    project, summary = new_project(arguments.data, arguments.template, arguments.set)
    if not any(name == "name" for name, _ in arguments.set):
        project = project.model_copy(update={"name": shortened(path.stem, 120) or project.name})
    require_data_kept(project.data, out=path)
    save_project(path, SavedProject(project))
    resolved = resolve(project, summary)
    say(
        f"{path}: {counted(len(resolved.layers), 'layer')}, "
        f"{resolved.parameters_text}, {summary.title}"
    )
    note_data(summary)
    errors = sum(problem.severity == "error" for problem in resolved.problems)
    if errors:
        complain(f"It cannot be trained yet: {counted(errors, 'error')}; see layerlab check.")
    return 0


def new_project(
    data: str, template: str | None, assignments: Iterable[Assignment]
) -> tuple[Project, DataSummary]:
    """A project and what is known of its data.

    What is set of the data comes first, since the network is made to fit them.

    Raises:
        ExplainedError: unknown data, template or path; a value that is refused; a file that cannot
            be read.
    """
    of_data = [(path, text) for path, text in assignments if path.startswith("data.")]
    rest = [(path, text) for path, text in assignments if not path.startswith("data.")]
    bare = Project(data=data_settings(data), network=network_of([]))
    chosen = _with(bare, [(path, _placed(path, text)) for path, text in of_data]).data
    if not any(path == "data.preprocessing" for path, _ in of_data):
        chosen = suited(chosen)
    with loading() as (stop, tell):
        summary = known_summary(chosen, stop, tell)
    project = _from_template(template or default_template(summary), chosen, summary)
    if project.data.learns == "input" and not summary.reconstructs:
        summary = reconstructing(summary)
    return _with(project, rest), summary


def _from_template(name: str, data: DataSettings, summary: DataSummary) -> Project:
    """A project by a built-in template, or by one of the user's own of that name.

    Raises:
        TemplateError: there is no such template, or it does not fit the data.
    """
    own = None if name in TEMPLATES_BY_NAME else OwnTemplates(templates_folder()).find(name)
    if own is None:
        return build_template(name, data, summary)
    (offer,) = (each for each in offers(data, summary, [own]) if each.own)
    if offer.project is None:
        raise TemplateError(
            offer.obstacle,
            f"Templates that fit {summary.title} are listed by layerlab new --help.",
            "Choose one of these, or other data.",
        )
    return offer.project


def _placed(path: str, text: str) -> str:
    """The name of a file from here on, whatever folder the project is opened in."""
    return absolute(text) if path in PATH_SETTINGS and text not in ("", "none") else text


def _with(project: Project, assignments: Iterable[Assignment]) -> Project:
    for path, text in assignments:
        project = set_path(project, path, text)
    return project

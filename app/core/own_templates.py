"""Templates of one's own: networks with training settings, kept as files in a folder.

A template is a project file without a run. Of its data only the shape counts, for the picture of
the network; its name is the file's. A file that cannot be read is listed with the reason and hurts
nobody.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSettings,
    DataSource,
    PaintedSource,
    PictureSource,
    TableSource,
)
from app.core.explained_error import ExplainedError
from app.core.frozen import FrozenMap
from app.core.network import INPUT_KIND
from app.core.project import Project
from app.core.project_file import SUFFIX, ProjectFileError, SavedProject, backup_of, open_project
from app.core.project_file import save_project as write_project
from app.core.short_names import quoted

LONGEST_NAME = 60
MOST = 500
"""So many files of the folder are listed."""

_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


class OwnTemplateError(ExplainedError):
    """A template could not be kept, renamed or deleted."""


@dataclass(frozen=True)
class OwnTemplate:
    """One file of the folder.

    Attributes:
        name: of the file, without its ending.
        project: what it holds, or None when it cannot be read.
        trouble: why not.
    """

    name: str
    path: Path
    project: Project | None
    trouble: str = ""


def name_trouble(name: str) -> str | None:
    """Why `name` cannot be a template's, as a sentence, or None."""
    if not name.strip():
        return "A template needs a name."
    if len(name) > LONGEST_NAME:
        return f"A name has at most {LONGEST_NAME} characters, received {len(name)}."
    if name != name.strip() or not name.isprintable() or _UNFIT.search(name):
        return 'A name has none of < > : " / \\ | ? * and no space at its ends.'
    if name.startswith(".") or name.endswith(".") or _RESERVED.fullmatch(name):
        return "This name means something else to the computer; choose another one."
    return None


class OwnTemplates:
    """The templates of a folder; the folder is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[OwnTemplate, ...]:
        """Those that are there now, by name."""
        try:
            paths = sorted(self.folder.glob(f"*{SUFFIX}"), key=lambda path: path.name.lower())
        except OSError:
            return ()
        return tuple(_read(path) for path in paths[:MOST] if not path.name.startswith("."))

    def path_of(self, name: str) -> Path:
        """Where the template `name` is kept. Raises OwnTemplateError for a name that is none."""
        trouble = name_trouble(name)
        if trouble:
            raise OwnTemplateError(
                f"{quoted(name, 80)} cannot be the name of a template.",
                trouble,
                "Choose another name.",
            )
        return self.folder / f"{name}{SUFFIX}"

    def has(self, name: str) -> bool:
        """Whether there is a template of that name."""
        return name_trouble(name) is None and self.path_of(name).exists()

    def find(self, name: str) -> OwnTemplate | None:
        """The template called `name`, or None."""
        return _read(self.path_of(name)) if self.has(name) else None

    def keep(self, name: str, project: Project) -> Path:
        """Keep network and training settings of `project` as `name`; one of that name is replaced.

        Weights are not kept; a template begins anew.

        Raises:
            OwnTemplateError: `name` cannot be a name, or the folder cannot be made.
            SaveError: the file cannot be written; the old one is untouched.
        """
        path = self.path_of(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OwnTemplateError(
                f"The folder of the templates cannot be made: {error.strerror or error}.",
                f"Templates are kept in {self.folder}.",
                "Make this folder, or free its name.",
            ) from error
        write_project(path, SavedProject(bare(project).model_copy(update={"name": name})))
        backup_of(path).unlink(missing_ok=True)
        return path

    def rename(self, old: str, new: str) -> None:
        """Give the template `old` another name.

        Raises:
            OwnTemplateError: `new` is no name or is taken, or the system refuses.
        """
        source, target = self.path_of(old), self.path_of(new)
        if old == new:
            return
        if target.exists() and not (source.exists() and source.samefile(target)):
            raise OwnTemplateError(
                f"There is a template {quoted(new, 80)} already.",
                "Each template has a name of its own.",
                "Choose another name, or delete that one.",
            )
        try:
            source.rename(target)
        except OSError as error:
            raise _refused(f"{old} could not be renamed", error) from error

    def delete(self, name: str) -> None:
        """Delete the template `name`. Raises OwnTemplateError when the system refuses."""
        path = self.path_of(name)
        try:
            path.unlink(missing_ok=True)
            backup_of(path).unlink(missing_ok=True)
        except OSError as error:
            raise _refused(f"{name} could not be deleted", error) from error


def bare(project: Project) -> Project:
    """`project` with weights drawn anew, all layers in training, and an input that follows the
    data. Of a file of the user's only the name stays.
    """
    layers = []
    for layer in project.network.layers:
        options = layer.options
        if layer.kind == INPUT_KIND and options.get("shape") is not None:
            options = FrozenMap({k: v for k, v in options.items() if k != "shape"})
        changed = {"kept_weights": None, "trainable": True, "options": options}
        layers.append(layer.model_copy(update=changed))
    network = project.network.model_copy(update={"layers": tuple(layers)})
    return project.model_copy(update={"network": network, "data": _bare_data(project.data)})


def _bare_data(data: DataSettings) -> DataSettings:
    """`data` without what tells of the user's: folders, columns, points, weights of classes."""
    source: DataSource = data.source
    match source:
        case BuiltinSource():
            return data
        case TableSource():
            source = TableSource(path=_name(source.path, "table"), task=source.task)
        case PictureSource():
            source = source.model_copy(update={"path": _name(source.path, "pictures")})
        case ArraySource():
            source = ArraySource(path=_name(source.path, "arrays"), task=source.task)
        case PaintedSource():
            source = PaintedSource()
    kept = data.class_weighting if data.class_weighting == "balanced" else "none"
    return data.model_copy(
        update={"source": source, "class_weighting": kept, "class_weights": FrozenMap()}
    )


def _name(path: str, default: str) -> str:
    """The last part of a path of whatever system."""
    return path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1] or default


def _read(path: Path) -> OwnTemplate:
    try:
        if path.is_symlink() or not path.is_file():
            return OwnTemplate(path.stem, path, None, "It is no ordinary file.")
        project = open_project(path).project
    except ProjectFileError as error:
        return OwnTemplate(path.stem, path, None, error.happened)
    except OSError as error:
        return OwnTemplate(path.stem, path, None, f"It cannot be read: {error.strerror}.")
    return OwnTemplate(path.stem, path, bare(project))


def _refused(what: str, error: OSError) -> OwnTemplateError:
    return OwnTemplateError(
        f"{what}: {error.strerror or error}.",
        "The folder of the templates must be writable.",
        "Close what uses the file, or change the rights of the folder.",
    )

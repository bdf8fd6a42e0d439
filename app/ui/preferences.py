"""What the window remembers between two starts: theme, geometry, recent files. Never anything of
a project.
"""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from app.ui.theme import Scheme

RECENT_LENGTH = 8
SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark")


class Preferences:
    """A typed view of `QSettings`."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings("LayerLab", "LayerLab")

    @property
    def theme(self) -> Scheme:
        """The colour scheme asked for."""
        value = self._settings.value("theme", "system")
        return next((scheme for scheme in SCHEMES if scheme == value), "system")

    @theme.setter
    def theme(self, value: Scheme) -> None:
        self._settings.setValue("theme", value)

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """The last opened projects that still exist, newest first."""
        value: Any = self._settings.value("recent_files", [])
        names = [value] if isinstance(value, str) else list(value or [])
        return tuple(path for path in map(Path, names) if path.is_file())[:RECENT_LENGTH]

    def add_recent_file(self, path: Path) -> None:
        path = path.absolute()
        names = [str(path), *(str(p) for p in self.recent_files if p != path)]
        self._settings.setValue("recent_files", names[:RECENT_LENGTH])

    @property
    def folder(self) -> str:
        """Where the last file dialog ended."""
        return str(self._settings.value("folder", str(Path.home())))

    @folder.setter
    def folder(self, value: str) -> None:
        self._settings.setValue("folder", value)

    def write(self) -> None:
        """Put everything on disk now; Qt does it later by itself, but not when the process is left
        in a hurry.
        """
        self._settings.sync()

    def state(self, name: str) -> QByteArray | None:
        """The saved geometry or splitter state called `name`."""
        value = self._settings.value(f"state/{name}")
        return value if isinstance(value, QByteArray) else None

    def set_state(self, name: str, value: QByteArray) -> None:
        self._settings.setValue(f"state/{name}", value)

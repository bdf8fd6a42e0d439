"""The theme of the program: colours, type and sizes put on the application, light or dark.

Widgets read `current_theme()` when they paint. They need no connection to it: a new theme is a new
palette, and Qt tells every widget of that (`QEvent.PaletteChange`, `QEvent.ApplicationFontChange`).
"""

import gc
from dataclasses import dataclass
from typing import Literal

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.resource_files import resource_path
from app.ui.style_sheet import style_sheet
from app.ui.tokens import DARK, LIGHT, Tokens

Scheme = Literal["system", "light", "dark"]


@dataclass(frozen=True)
class FontRole:
    """Size and line height in px at 100% text size and weight of one use of type."""

    size: int
    line: int
    weight: QFont.Weight
    fixed_pitch: bool = False


_NORMAL, _MEDIUM, _BOLD = QFont.Weight.Normal, QFont.Weight.Medium, QFont.Weight.DemiBold

FONT_ROLES = {
    "filter_number": FontRole(10, 12, _NORMAL),
    "filter_number_strong": FontRole(10, 12, _BOLD),
    "caption": FontRole(11, 16, _NORMAL),
    "caption_medium": FontRole(11, 16, _MEDIUM),
    "caption_strong": FontRole(11, 16, _BOLD),
    "cell": FontRole(12, 16, _NORMAL),
    "cell_medium": FontRole(12, 16, _MEDIUM),
    "cell_strong": FontRole(12, 16, _BOLD),
    "body": FontRole(13, 20, _NORMAL),
    "control": FontRole(13, 20, _MEDIUM),
    "title": FontRole(13, 20, _BOLD),
    "lead": FontRole(15, 24, _NORMAL),
    "subject": FontRole(15, 24, _BOLD),
    "diagnosis": FontRole(20, 28, _BOLD),
    "welcome": FontRole(28, 36, _BOLD),
    "formula": FontRole(11, 18, _NORMAL, fixed_pitch=True),
    "formula_strong": FontRole(11, 18, _BOLD, fixed_pitch=True),
}
"""Every use of type in the program; `lead` is the sentence under the welcome title."""

NORMAL_TEXT_POINTS = {"windows": (9.0, 9.0), "cocoa": (13.0, 13.0)}
"""Smallest and largest point size of the system's font that means 100%; Linux desktops differ."""
NORMAL_TEXT_POINTS_ELSEWHERE = (9.0, 11.0)


def text_scale(platform: str, points: float) -> float:
    """How much larger than at 100% the user has set the text of this system, from 0.8 to 2.

    Args:
        platform: `QGuiApplication.platformName()`.
        points: size of the system's font in points; a size that is not positive counts as unknown.
    """
    smallest, largest = NORMAL_TEXT_POINTS.get(platform, NORMAL_TEXT_POINTS_ELSEWHERE)
    if points <= 0 or smallest <= points <= largest:
        return 1.0
    nearest = smallest if points < smallest else largest
    return min(2.0, max(0.8, round(points / nearest * 20) / 20))


def palette_of(tokens: Tokens) -> QPalette:
    """The Qt palette of `tokens`; `PlaceholderText` is the muted text."""
    role = QPalette.ColorRole
    colors = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.card,
        role.AlternateBase: tokens.canvas,
        role.Text: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Button: tokens.card,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.error,
        role.Highlight: tokens.accent_soft,
        role.HighlightedText: tokens.text,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
        role.ToolTipBase: tokens.card,
        role.ToolTipText: tokens.text,
        role.Light: tokens.panel,
        role.Midlight: tokens.hover,
        role.Mid: tokens.border,
        role.Dark: tokens.control_border,
        role.Shadow: tokens.control_border,
    }
    palette = QPalette()
    for each, color in colors.items():
        palette.setColor(each, QColor(color))
    for each in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, each, QColor(tokens.control_border))
    return palette


def _load_families() -> tuple[list[str], list[str]]:
    """Load the fonts of `resources/fonts`; families for text and for fixed pitch, best first."""
    found: list[str] = []
    folder = resource_path("fonts")
    for path in sorted(folder.glob("*.[ot]tf")) if folder.is_dir() else []:
        number = QFontDatabase.addApplicationFont(str(path))
        if number >= 0:
            found += QFontDatabase.applicationFontFamilies(number)
    text = [name for name in ("Inter", "Inter Variable") if name in found]
    fixed = [name for name in ("DejaVu Sans Mono",) if name in found]
    system = QFontDatabase.systemFont
    return (
        [*text, "DejaVu Sans", system(QFontDatabase.SystemFont.GeneralFont).family()],
        [*fixed, system(QFontDatabase.SystemFont.FixedFont).family()],
    )


class Theme(QObject):
    """The theme that the application wears.

    Signals:
        changed(): tokens or sizes are others now; emitted after the application wears them.
    """

    changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme = "system") -> None:
        super().__init__(app)
        self._app = app
        self._scheme: Scheme = scheme
        self._text_families, self._fixed_families = _load_families()
        self._scale = text_scale(app.platformName(), QFont(app.font()).pointSizeF())
        self._fonts: dict[str, QFont] = {}
        self._tokens = self._tokens_of_scheme()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        app.setStyle(QStyleFactory.create("Fusion"))
        self._wear()

    @property
    def tokens(self) -> Tokens:
        return self._tokens

    @property
    def scheme(self) -> Scheme:
        """What was asked for: the system's colour scheme, or one of the two."""
        return self._scheme

    @property
    def scale(self) -> float:
        """Text size of the system; 1.0 at 100%."""
        return self._scale

    def px(self, length: float) -> int:
        """A length given at 100% text size, in device-independent pixels now."""
        return round(length * self._scale)

    def font(self, role: str) -> QFont:
        """The font of one of `FONT_ROLES`, with tabular figures; a copy that the caller may change.

        Raises:
            KeyError: for an unknown role.
        """
        if role not in self._fonts:
            self._fonts[role] = self._make_font(FONT_ROLES[role])
        return QFont(self._fonts[role])

    def color(self, token: str) -> QColor:
        """The colour of the token of that name."""
        return QColor(getattr(self._tokens, token))

    def set_scheme(self, scheme: Scheme) -> None:
        """Follow the system or stay light or dark."""
        self._scheme = scheme
        self._update(self._tokens_of_scheme(), self._scale)

    def set_scale(self, scale: float) -> None:
        """Draw everything for this text size."""
        self._update(self._tokens, min(2.0, max(0.8, scale)))

    def wear(self, tokens: Tokens) -> None:
        """Put on `tokens` and keep them."""
        self._scheme = "dark" if tokens.is_dark else "light"
        self._update(tokens, self._scale)

    def _tokens_of_scheme(self) -> Tokens:
        if self._scheme == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._scheme == "dark" else LIGHT

    def _follow_system(self) -> None:
        if self._scheme == "system":
            self._update(self._tokens_of_scheme(), self._scale)

    def _update(self, tokens: Tokens, scale: float) -> None:
        if tokens == self._tokens and scale == self._scale:
            return
        self._tokens = tokens
        self._scale = scale
        self._fonts.clear()
        self._wear()
        self.changed.emit()

    def _make_font(self, role: FontRole) -> QFont:
        font = QFont()
        font.setFamilies(self._fixed_families if role.fixed_pitch else self._text_families)
        font.setPixelSize(max(10, self.px(role.size)))
        font.setWeight(role.weight)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        if not role.fixed_pitch:
            font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _wear(self) -> None:
        # Qt goes through a list of all widgets and calls ours; a widget that Python's collector
        # took away in between would still stand in that list, and the process would die of it.
        collecting = gc.isenabled()
        gc.disable()
        try:
            self._app.setPalette(palette_of(self._tokens))
            self._app.setFont(self.font("body"))
            self._app.setStyleSheet(style_sheet(self._tokens, self.px))
        finally:
            if collecting:
                gc.enable()


_worn: Theme | None = None


def current_theme() -> Theme:
    """The theme of the running application, made on first use.

    Raises:
        RuntimeError: without a `QApplication`.
    """
    global _worn  # noqa: PLW0603  the look belongs to the one QApplication, as its palette and font do
    if _worn is None or not shiboken6.isValid(_worn):
        app = QApplication.instance()
        if not isinstance(app, QApplication):
            raise RuntimeError("A theme needs a QApplication: create it first.")
        _worn = Theme(app)
    return _worn


def apply_theme(app: QApplication, tokens: Tokens | None = None) -> Theme:
    """Dress `app` in `tokens`, or in the system's colour scheme; the theme in force from now on."""
    if QApplication.instance() is not app:
        raise RuntimeError("Only the one application of the process wears a theme.")
    theme = current_theme()
    if tokens is None:
        theme.set_scheme("system")
    else:
        theme.wear(tokens)
    return theme

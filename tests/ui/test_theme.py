"""Tokens, contrasts, type and icons against the figures of the design, worked out anew here."""

import re
import sys

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication

from app.resource_files import resource_path
from app.ui.icons import icon, icon_image, icon_names, pixmap
from app.ui.style_sheet import style_sheet
from app.ui.theme import FONT_ROLES, apply_theme, current_theme, palette_of, text_scale
from app.ui.tokens import (
    DARK,
    FIELD_LIMIT,
    LIGHT,
    MARKERS,
    PLOT_SYMBOLS,
    SIGN_STOPS,
    Tokens,
    sign_color,
    sign_image,
    sign_table,
)

# The design's table: on the panel, then on the least favourable ground where the token is text.
CONTRASTS = {
    "light": {
        "border": (1.4, None),
        "control_border": (3.5, 3.1),
        "text": (16.9, 14.2),
        "muted": (6.1, 5.2),
        "accent": (6.5, 5.5),
        "good": (5.4, 4.5),
        "warning": (6.2, 5.2),
        "error": (6.5, 5.5),
    },
    "dark": {
        "border": (1.5, None),
        "control_border": (4.1, 3.6),
        "text": (13.2, 10.4),
        "muted": (7.1, 5.6),
        "accent": (7.0, 5.5),
        "good": (7.7, 6.1),
        "warning": (8.7, 6.9),
        "error": (7.0, 5.5),
    },
}
WHITE_ON_ACCENT_FILL = {"light": 6.5, "dark": 5.2}
SERIES = {
    "light": "C2570C 4.5 1668AD 5.8 1B7F5C 5.0 A23B84 6.0 "
    "7A6A00 5.4 22808F 4.6 6B6F7A 5.0 B3261E 6.5",
    "dark": "F29A52 7.2 6CB2EE 7.0 55C59B 7.5 E08AC6 6.5 "
    "CDBB4A 8.2 6CCBDD 8.5 A7ADB8 7.1 FF8A80 7.0",
}
COLORS = {
    "light": "F1F2F5 FFFFFF F7F8FA FFFFFF DADDE3 828995 E8EAEF E1E4EA 1A1D23 5A6270 5B45D1 5B45D1 "
    "ECE9FB F3F1FD 1B7A43 8A5600 FFF3DA E3B75C B3261E FDECEA E6E8ED",
    "dark": "17191D 1F2227 1A1C20 272B31 3A4048 79818E 30353D 3A4048 E8EAED A6ADB8 AC9FFF 6B57DB "
    "332E58 292640 5CC98A F0B64C 3A2F17 7A6128 FF8A80 45211F 2F343B",
}
COLOR_NAMES = [
    "window",
    "panel",
    "canvas",
    "card",
    "border",
    "control_border",
    "hover",
    "track",
    "text",
    "muted",
    "accent",
    "accent_fill",
    "accent_soft",
    "shade",
    "good",
    "warning",
    "warning_ground",
    "warning_line",
    "error",
    "error_ground",
    "grid",
]
NEEDED_ICONS = [
    "data",
    "bench",
    "inside",
    "tune",
    "evaluate",
    "runs",
    "learn",
    "train",
    "pause",
    "step",
    "stop",
    "undo",
    "redo",
    "plus",
    "grid",
    "fit",
    "more",
    "info",
    "warning",
    "error",
    "close",
    "open",
    "file",
    "save",
    "seed",
    "cpu",
    "search",
    "lock",
    "chevron-down",
    "chevron-up",
    "check",
    "book",
    "trash",
    "copy",
    "arrow-left",
    "arrow-right",
    "arrow-up",
    "arrow-down",
    "layer-input",
    "layer-dense",
    "layer-conv",
    "layer-pooling",
    "layer-flatten",
    "layer-dropout",
    "layer-normalization",
    "layer-activation",
    "layer-noise",
    "layer-reshape",
    "layer-resize",
    "layer-loss",
    "layer-merge",
    "layer-generic",
]

BOTH = pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture(autouse=True)
def light(qapp: QApplication):
    theme = apply_theme(qapp, LIGHT)
    theme.set_scale(1.0)
    yield theme
    theme.set_scale(1.0)
    theme.wear(LIGHT)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(first: str, second: str) -> float:
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@BOTH
def test_colors_are_those_of_the_design(tokens: Tokens) -> None:
    expected = ["#" + value for value in COLORS[tokens.name].split()]
    assert [getattr(tokens, name) for name in COLOR_NAMES] == expected


@BOTH
@pytest.mark.parametrize("name", CONTRASTS["light"])
def test_contrasts_are_the_figures_of_the_design(tokens: Tokens, name: str) -> None:
    on_panel, at_least = CONTRASTS[tokens.name][name]
    ink = getattr(tokens, name)
    assert contrast(ink, tokens.panel) == pytest.approx(on_panel, abs=0.0501)
    if at_least is not None:
        grounds = ["panel", "window", "canvas", "card"]
        if name != "control_border":
            grounds.append("accent_soft")
        worst = min(contrast(ink, getattr(tokens, ground)) for ground in grounds)
        assert worst == pytest.approx(at_least, abs=0.0501)


@BOTH
def test_primary_button_and_texts_on_grounds_are_readable(tokens: Tokens) -> None:
    on_fill = contrast(tokens.on_accent, tokens.accent_fill)
    assert on_fill == pytest.approx(WHITE_ON_ACCENT_FILL[tokens.name], abs=0.0501)
    for darker in (tokens.accent_fill_hover, tokens.accent_fill_pressed):
        assert contrast(tokens.on_accent, darker) > on_fill
    for severity in ("warning", "error"):
        ground = getattr(tokens, f"{severity}_ground")
        assert contrast(getattr(tokens, severity), ground) >= 4.5
        assert contrast(tokens.text, ground) >= 7


@BOTH
def test_series_have_the_contrasts_of_the_design_and_a_marker_each(tokens: Tokens) -> None:
    figures = SERIES[tokens.name].split()
    assert tokens.series == tuple("#" + color for color in figures[::2])
    for color, figure in zip(tokens.series, figures[1::2], strict=True):
        assert contrast(color, tokens.panel) == pytest.approx(float(figure), abs=0.0501)
    assert len(set(MARKERS)) == len(tokens.series) == len(set(PLOT_SYMBOLS.values()))
    assert set(MARKERS) == set(PLOT_SYMBOLS)


def test_markers_are_known_to_the_plots() -> None:
    from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols

    assert set(PLOT_SYMBOLS.values()) <= set(Symbols)


def test_sign_scale_is_linear_between_its_stops_and_symmetric_in_place() -> None:
    stops = {"-1": "#B35806", "-0.5": "#F1A050", "0": "#F7F7F7", "0.5": "#6FA8D8", "1": "#0F5A9C"}
    for place, color in stops.items():
        assert QColor(*sign_color(float(place))) == QColor(color)
    assert [place for place, _ in SIGN_STOPS] == [-1, -0.5, 0, 0.5, 1]
    assert contrast("#B35806", "#F7F7F7") == pytest.approx(4.5, abs=0.0501)
    assert contrast("#0F5A9C", "#F7F7F7") == pytest.approx(6.6, abs=0.0501)
    # half-way between 0 and 0.5: (247 + 111) / 2, (247 + 168) / 2, (247 + 216) / 2
    assert sign_color(0.25) == (179, 208, 232)  # halves go to the even neighbour
    assert sign_color(-7) == sign_color(-1)
    assert sign_color(float("nan")) == (247, 247, 247)
    assert 0.5 < FIELD_LIMIT < 0.6


def test_sign_table_and_image_agree_with_single_colors() -> None:
    table = sign_table()
    assert len(table) == 256
    assert table[0] == [179, 88, 6]
    assert table[255] == [15, 90, 156]
    for number in (3, 100, 200):
        assert tuple(table[number]) == sign_color(-1 + 2 * number / 255)
    image = sign_image(np.array([[-1.0, 0.0, 1.0]]))
    assert image.shape == (1, 3, 3)
    assert image.dtype == np.uint8


@BOTH
def test_palette_follows_the_tokens(tokens: Tokens) -> None:
    palette = palette_of(tokens)
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    assert palette.color(role.Window) == QColor(tokens.window)
    assert palette.color(group.Inactive, role.PlaceholderText) == QColor(tokens.muted)
    assert palette.color(group.Disabled, role.Text) == QColor(tokens.control_border)
    assert palette.color(group.Active, role.Text) == QColor(tokens.text)


@BOTH
def test_style_sheet_is_complete_and_loads_nothing(tokens: Tokens) -> None:
    sheet = style_sheet(tokens, round)
    assert sheet.count("{") == sheet.count("}") > 20
    assert "url(" not in sheet
    colors = set(re.findall(r"#[0-9A-Fa-f]{6}", sheet))
    assert colors <= set(vars(tokens).values()) - {tokens.name, tokens.series}


def test_a_change_of_scheme_is_told_once_and_reaches_the_application(qapp, qtbot) -> None:
    theme = current_theme()
    with qtbot.waitSignal(theme.changed):
        theme.set_scheme("dark")
    assert theme.tokens is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert DARK.panel in qapp.styleSheet()
    with qtbot.assertNotEmitted(theme.changed):
        theme.set_scheme("dark")
    theme.set_scheme("light")
    assert theme.tokens is LIGHT
    assert theme.color("accent") == QColor(LIGHT.accent)


def test_the_system_scheme_is_followed_only_when_asked(qapp, monkeypatch) -> None:
    theme = current_theme()
    scheme = Qt.ColorScheme.Dark

    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return scheme

    monkeypatch.setattr(theme, "_app", Worn(qapp, Hints()))
    theme._follow_system()
    assert theme.tokens is LIGHT, "forced to be light"
    theme.set_scheme("system")
    assert theme.tokens is DARK
    scheme = Qt.ColorScheme.Light
    theme._follow_system()
    assert theme.tokens is LIGHT
    scheme = Qt.ColorScheme.Unknown
    theme._follow_system()
    assert theme.tokens is LIGHT


class Worn:
    """The application with other style hints."""

    def __init__(self, app: QApplication, hints: object) -> None:
        self._app, self._hints = app, hints

    def styleHints(self) -> object:
        return self._hints

    def __getattr__(self, name: str) -> object:
        return getattr(self._app, name)


@pytest.mark.parametrize(
    ("platform", "points", "expected"),
    [
        ("windows", 9.0, 1.0),
        ("windows", 13.5, 1.5),
        ("cocoa", 13.0, 1.0),
        ("xcb", 10.0, 1.0),
        ("xcb", 11.0, 1.0),
        ("wayland", 13.75, 1.25),
        ("xcb", 8.0, 0.9),
        ("offscreen", 9.0, 1.0),
        ("xcb", -1.0, 1.0),
        ("xcb", 90.0, 2.0),
        ("windows", 2.0, 0.8),
    ],
)
def test_text_scale_is_the_ratio_to_the_usual_size(platform, points, expected) -> None:
    assert text_scale(platform, points) == pytest.approx(expected)


def test_sizes_follow_the_text_size(light) -> None:
    assert light.px(28) == 28
    light.set_scale(1.5)
    assert light.px(28) == 42
    assert light.font("body").pixelSize() == round(13 * 1.5)
    assert QApplication.font().pixelSize() == round(13 * 1.5)


def test_fonts_are_the_ones_that_come_with_the_program(light) -> None:
    assert QFontInfo(light.font("body")).family() == "Inter"
    assert QFontInfo(light.font("formula")).family() == "DejaVu Sans Mono"
    expected = {"caption": 11, "cell": 12, "body": 13, "title": 13, "subject": 15, "welcome": 28}
    for role, size in expected.items():
        assert light.font(role).pixelSize() == size
    assert min(light.font(role).pixelSize() for role in FONT_ROLES) == 10
    with pytest.raises(KeyError):
        light.font("headline")


@pytest.mark.parametrize("role", ["caption", "cell", "body", "title", "control"])
def test_figures_are_tabular(light, role) -> None:
    metrics = QFontMetricsF(light.font(role))
    widths = [metrics.horizontalAdvance(digit * 4) for digit in "0123456789"]
    assert max(widths) - min(widths) < 0.1
    font = light.font(role)
    font.unsetFeature(QFont.Tag("tnum"))
    proportional = QFontMetricsF(font)
    assert proportional.horizontalAdvance("8888") - proportional.horizontalAdvance("1111") > 4


def test_the_needed_icons_are_there() -> None:
    assert set(NEEDED_ICONS) <= icon_names()


def test_an_unknown_icon_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no icon 'nothing'"):
        icon_image("nothing", "#000000")


def alphas(image: QImage) -> np.ndarray:
    """Opacity of each pixel from 0 to 1; rows by columns."""
    return np.array(
        [
            [image.pixelColor(x, y).alphaF() for x in range(image.width())]
            for y in range(image.height())
        ]
    )


@pytest.mark.parametrize("name", sorted(icon_names()))
def test_every_icon_belongs_to_the_family(name: str) -> None:
    source = resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 20 20"' in source
    assert 'fill="none"' in source
    assert source.count("fill=") == 1
    assert 'stroke="currentColor"' in source
    assert 'stroke-linecap="round" stroke-linejoin="round"' in source
    image = icon_image(name, "#5B45D1", 20, 2.0)
    assert image.size() == QSize(40, 40)
    assert image.devicePixelRatio() == 2.0
    opacity = alphas(image)
    assert 0.004 < opacity.mean() < 0.6, "blank or filled"
    assert opacity[0].max() < 0.6, "it leaves its box"
    assert opacity[:, 0].max() < 0.6, "it leaves its box"
    rows, columns = np.nonzero(opacity > 0.9)
    tint = {image.pixelColor(int(x), int(y)).name() for y, x in zip(rows, columns, strict=True)}
    for found in tint:
        distance = [abs(a - b) for a, b in zip(rgb(found), rgb("#5B45D1"), strict=True)]
        assert max(distance) <= 3


def rgb(color: str) -> tuple[int, int, int]:
    return QColor(color).red(), QColor(color).green(), QColor(color).blue()


@pytest.mark.parametrize("size", [12, 16, 20, 40])
def test_the_stroke_is_as_wide_at_every_size(size: int) -> None:
    opacity = alphas(icon_image("minus", "#000000", size, 1.0))
    assert opacity[:, size // 2].sum() == pytest.approx(1.5, abs=0.06)


def test_icons_for_menus_are_sharp_on_every_screen() -> None:
    made = icon("save", LIGHT.text, LIGHT.control_border)
    assert made.pixmap(QSize(16, 16), 2.0).size() == QSize(32, 32)
    assert pixmap("save", LIGHT.text, 16, 3.0).size() == QSize(48, 48)
    grey = made.pixmap(QSize(20, 20), 1.0, made.Mode.Disabled).toImage()
    assert max(alphas(grey).ravel()) > 0.5


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="about FreeType")
def test_light_text_is_no_bolder_than_dark_text(light) -> None:
    """Qt thickens light text of fonts with cubic outlines (CFF); ours have quadratic ones."""

    def ink(text: str, ground: str) -> float:
        image = QImage(120, 24, QImage.Format.Format_RGB32)
        image.fill(QColor(ground))
        painter = QPainter(image)
        painter.setFont(light.font("body"))
        painter.setPen(QColor(text))
        painter.drawText(4, 18, "Kernel size")
        painter.end()
        base = QColor(ground).lightness()
        pixels = [(x, y) for x in range(120) for y in range(24)]
        return sum(abs(image.pixelColor(x, y).lightness() - base) for x, y in pixels) / 255

    assert ink("white", "black") == pytest.approx(ink("black", "white"), rel=0.02)

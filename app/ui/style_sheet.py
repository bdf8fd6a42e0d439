"""The style sheet for what Qt draws itself: menus, scroll bars, tables, tool tips, message boxes.

Our own controls paint themselves (`app.ui.controls`); the one rule for them takes away the ground
that Qt would paint over theirs.
"""

from collections.abc import Callable

from app.ui.tokens import Tokens

_RULES = """
LineEdit {{ background: transparent; border: none; }}
QMenuBar {{ background: {window}; color: {text}; padding: 0; border: none; }}
QMenuBar::item {{ background: transparent; padding: {p4}px {p10}px; border-radius: {p6}px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenuBar::item:pressed {{ background: {accent_soft}; color: {accent}; }}
QMenu {{ background: {panel}; color: {text}; border: 1px solid {control_border}; padding: {p4}px; }}
QMenu::item {{ padding: {p6}px {p24}px {p6}px {p24}px; border-radius: {p4}px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {control_border}; background: transparent; }}
QMenu::icon {{ padding-left: {p4}px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: {p4}px {p8}px; }}
QToolTip {{ background: {card}; color: {text}; border: 1px solid {control_border};
    padding: {p4}px; }}
QStatusBar {{ background: {window}; color: {muted}; border-top: 1px solid {border}; }}
QStatusBar::item {{ border: none; }}
QSplitter::handle {{ background: {border}; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {p10}px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {p10}px; margin: 0; }}
QScrollBar::handle {{ background: {control_border}; border-radius: {p3}px; margin: {p2}px; }}
QScrollBar::handle:vertical {{ min-height: {p24}px; }}
QScrollBar::handle:horizontal {{ min-width: {p24}px; }}
QScrollBar::handle:hover {{ background: {muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QTableView, QTreeView, QListView {{ background: {card}; color: {text}; border: none;
    gridline-color: {border}; selection-background-color: {accent_soft}; selection-color: {text};
    alternate-background-color: {canvas}; outline: none; }}
QListView::item {{ padding: 0 {p8}px; }}
QTableView::item, QTreeView::item {{ padding: 0 {p5}px; }}
QTableView::item:hover, QTreeView::item:hover, QListView::item:hover {{ background: {hover}; }}
QTableView::item:selected, QTreeView::item:selected, QListView::item:selected {{
    background: {accent_soft}; color: {text}; }}
QComboBox QAbstractItemView {{ border: 1px solid {control_border}; padding: {p4}px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QHeaderView {{ background: {canvas}; border: none; }}
QHeaderView::section {{ background: {canvas}; color: {muted}; border: none;
    border-bottom: 1px solid {border}; padding: {p4}px {p8}px; }}
QTableCornerButton::section {{ background: {canvas}; border: none; }}
QMessageBox QPushButton, QFileDialog QPushButton, QInputDialog QPushButton,
QProgressDialog QPushButton {{
    background: {card}; color: {text}; border: 1px solid {control_border}; border-radius: {p6}px;
    min-height: {p26}px; min-width: {p48}px; padding: 0 {p12}px; }}
QMessageBox QPushButton:hover, QFileDialog QPushButton:hover, QInputDialog QPushButton:hover,
QProgressDialog QPushButton:hover {{ background: {hover}; }}
QMessageBox QPushButton:pressed, QFileDialog QPushButton:pressed, QInputDialog QPushButton:pressed,
QProgressDialog QPushButton:pressed {{ background: {track}; }}
QMessageBox QPushButton:focus, QFileDialog QPushButton:focus, QInputDialog QPushButton:focus,
QProgressDialog QPushButton:focus {{ border: 2px solid {accent}; }}
QMessageBox QPushButton:disabled, QFileDialog QPushButton:disabled,
QInputDialog QPushButton:disabled, QProgressDialog QPushButton:disabled {{
    background: transparent; color: {control_border}; border: 1px solid {border}; }}
QMessageBox, QFileDialog, QInputDialog, QProgressDialog {{ background: {panel}; }}
QProgressBar {{ background: {track}; border: none; border-radius: {p3}px;
    max-height: {p6}px; color: transparent; }}
QProgressBar::chunk {{ background: {accent}; border-radius: {p3}px; }}
"""


class _Sizes(dict[str, object]):
    """Answers `p8` with 8 px at the present text size."""

    def __init__(self, tokens: Tokens, px: Callable[[float], int]) -> None:
        super().__init__(vars(tokens))
        self._px = px

    def __missing__(self, key: str) -> int:
        return self._px(int(key[1:]))


def style_sheet(tokens: Tokens, px: Callable[[float], int]) -> str:
    """The rules in the colours of `tokens`; `px` scales lengths to the text size in force."""
    return _RULES.format_map(_Sizes(tokens, px))

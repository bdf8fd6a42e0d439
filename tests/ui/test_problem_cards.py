"""Problem cards stay within their panel, however long the words on their buttons are."""

import pytest
from PySide6.QtCore import QPoint

from app.core.problems import Fix, Problem
from app.ui.controls import NoticeCard
from app.ui.pages.inspector import WIDTH
from app.ui.pages.problem_list import ProblemList
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)


def problem(*labels: str) -> Problem:
    return Problem(
        where="add_1",
        option=None,
        severity="error",
        title="32 and 64 do not meet",
        happened="Input 1 is 32, input 2 is 64.",
        expected="Inputs of one shape.",
        how_to_fix="Put a layer before one of them.",
        fixes=tuple(Fix(label, lambda project: project) for label in labels),
    )


LABELS = [
    ("Dense of 32 units on input 2", "Dense of 64 units on input 1"),
    ("Fall after epochs 15 and 22",),
    ("Leaky ReLU",),
    ("Join a_very_long_name_of_a_layer_that_someone_typed_without_a_blank",),
]


@pytest.mark.parametrize("labels", LABELS, ids=lambda labels: labels[0])
def test_cards_and_their_buttons_end_before_the_panel_does(qtbot, labels):
    shown = ProblemList(WIDTH)
    qtbot.addWidget(shown)
    shown.resize(WIDTH, 220)
    shown.show_problems([problem(*labels)] * 4)  # so many that they scroll
    with qtbot.waitExposed(shown):
        shown.show()
    viewport = shown._scroll.viewport()
    cards = shown.findChildren(NoticeCard)
    assert len(cards) == 4
    for card in cards:
        right = card.mapTo(viewport, QPoint(card.width(), 0)).x()
        assert right <= viewport.width() - 16
        for button in card.buttons:
            assert button.x() + button.width() <= card.width() - 12
            assert button.height() >= button.heightForWidth(button.width())
            assert button.y() + button.height() <= card.height() - 8


def test_a_button_whose_words_do_not_fit_has_more_lines(qtbot):
    card = NoticeCard("warning", "Title", "Text", ["Fix: dense of 32 units on input 2", "Show"])
    qtbot.addWidget(card)
    wide, narrow = card.buttons[0].sizeHint(), 190
    assert wide.width() > narrow
    assert card.buttons[0].heightForWidth(narrow) > wide.height()
    assert card.buttons[0].heightForWidth(wide.width()) == wide.height()
    card.resize(246, card.heightForWidth(246))
    with qtbot.waitExposed(card):
        card.show()
    assert card.buttons[0].height() == card.buttons[0].heightForWidth(card.buttons[0].width())
    assert card.buttons[1].height() == card.buttons[1].sizeHint().height()

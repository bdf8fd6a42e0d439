"""The advisor's card and its plots, without a training."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from app.core.advisor.diagnosis import Diagnosis
from app.core.advisor.figures import (
    ActivationFigure,
    Band,
    Curve,
    CurvesFigure,
    Span,
    SpansFigure,
)
from app.core.problems import Fix
from app.core.project import Project
from app.ui.inside.diagnosis_card import DiagnosisCard, Outcome, Verdict
from app.ui.inside.evidence_panel import EvidencePanel
from app.ui.plots.spans_plot import bent
from app.ui.theme import current_theme


def same(project: Project) -> Project:
    return project


def diagnosis(title: str, *labels: str, since: int = 3) -> Diagnosis:
    return Diagnosis(
        kind="dead_units",
        severity="warning",
        title=title,
        mark="dead",
        since=since,
        until=20,
        explanation="Many units are 0 for every sample. No update happens.",
        rows=(("Dead, a layer with a very long name of its own", "16 of 16"), ("Accuracy", "0.5")),
        figures=(),
        remedies=tuple(Fix(label, same) for label in labels),
        source="Lecture 14.",
        lesson="dead ReLU",
        where="dense_1",
    )


@pytest.fixture
def card(qtbot: QtBot) -> DiagnosisCard:
    card = DiagnosisCard()
    card.setFixedSize(328, 540)
    qtbot.addWidget(card)
    card.show()
    return card


def test_the_card_says_what_when_and_why(card: DiagnosisCard) -> None:
    card.show_diagnosis([diagnosis("Dead units", "Use leaky ReLU", "Fewer", "Less")], 0)
    assert card.title.text() == "Dead units"
    assert card.found.text() == "Found at epoch 3, still there at 20"
    assert card.evidence_title.text() == "Evidence at epoch 20"
    assert [button.text() for button in card.remedies] == ["Use leaky ReLU", "Fewer", "Less"]
    assert not card.chooser.isVisible()
    assert card.note.text() == "One step to undo."
    assert "No update happens" in card.accessibleDescription()


def test_remedies_are_pressed_by_mouse_and_keys(card: DiagnosisCard, qtbot: QtBot) -> None:
    card.show_diagnosis([diagnosis("Dead units", "Use leaky ReLU", "Fewer")], 0)
    pressed = QSignalSpy(card.remedy_chosen)
    qtbot.mouseClick(card.remedies[0], Qt.MouseButton.LeftButton)
    card.remedies[1].setFocus()
    qtbot.keyClick(card.remedies[1], Qt.Key.Key_Space)
    assert [pressed.at(n)[0] for n in range(pressed.count())] == [0, 1]


def test_an_applied_remedy_is_not_offered_again(card: DiagnosisCard) -> None:
    one = diagnosis("Dead units", "Use leaky ReLU", "Fewer")
    card.show_diagnosis([one], 0, None, "Fewer")
    assert not any(button.isEnabled() for button in card.remedies)
    assert card.note.text() == "Fewer: applied. Train again, or undo."
    card.show_diagnosis([one], 0)
    assert all(button.isEnabled() for button in card.remedies)


def test_several_diagnoses_can_be_stepped_through(card: DiagnosisCard, qtbot: QtBot) -> None:
    both = [diagnosis("Dead units", "A"), diagnosis("Overfitting", "B", since=0)]
    card.show_diagnosis(both, 0)
    assert card.chooser.isVisible()
    chosen = QSignalSpy(card.diagnosis_chosen)
    card.chooser.setFocus()
    qtbot.keyClick(card.chooser, Qt.Key.Key_Down)
    assert chosen.count() == 1
    assert chosen.at(0)[0] == 1
    card.show_diagnosis(both, 1)
    assert card.found.text() == "There before the first epoch, still there at 20"


def test_nothing_wrong_says_what_was_looked_at(card: DiagnosisCard) -> None:
    card.show_diagnosis([diagnosis("Dead units", "A")], 0)
    verdict = Verdict("check", "good", "Looked at 9 epochs", "Nothing is wrong", "So far.", ("a",))
    outcome = Outcome("check", "good", "Run 2: accuracy 0.98, was 0.50.")
    card.show_verdict(verdict, outcome)
    assert card.remedies == []
    assert not card.remedy_title.isVisible()
    assert card.outcome.text() == "Run 2: accuracy 0.98, was 0.50."
    assert card.outcome.isVisible()
    card.show_verdict(verdict)
    assert not card.outcome.isVisible()
    card.show_verdict(replace(verdict, noticed=("3 of 16 units of a are dead: no harm yet",)))
    words = "So far. Also noticed: 3 of 16 units of a are dead: no harm yet."
    assert card.words.text() == words
    assert words in card.accessibleDescription()


def test_buttons_stay_within_the_card(card: DiagnosisCard, qtbot: QtBot) -> None:
    long = diagnosis(
        "Dead units", "Use leaky ReLU in 12 layers", "Learning rate 0.0001", "Batch normalization"
    )
    card.show_diagnosis([long], 0)

    def inside() -> bool:
        rights = [button.mapTo(card, button.rect().topRight()).x() for button in card.remedies]
        return max(rights) < card.width()

    qtbot.waitUntil(inside)


@pytest.fixture
def panel(qtbot: QtBot) -> EvidencePanel:
    panel = EvidencePanel("advisor.evidence.0")
    panel.resize(420, 260)
    qtbot.addWidget(panel)
    panel.show()
    return panel


CURVES = CurvesFigure(
    "Gradient norm",
    "log scale",
    (
        Curve("dense_1", ((1.0, 1e-5), (2.0, 2e-5), (3.0, 1e-5)), "bad"),
        Curve("output", ((1.0, 0.1), (2.0, 0.0), (3.0, 0.2)), "strong"),
    ),
    logarithmic=True,
    band=Band(1e-6, 2e-4, "below a thousandth"),
)


def test_curves_are_a_table_too_and_are_read_under_the_pointer(panel: EvidencePanel) -> None:
    panel.show_figure(CURVES, 2)
    table = panel.plot.table()
    assert table.headers == ("epoch", "dense_1", "output")
    assert table.rows == ((1, 1e-5, 0.1), (2, 2e-5, 0.0), (3, 1e-5, 0.2))
    head, rows = panel.curves.reading(2.2)
    assert head == "epoch 2"
    assert [row.text for row in rows] == ["dense_1  2e-5", "output  0"]
    low, high = panel.curves.y_range
    assert low <= -6 + 1e-9
    assert high >= -0.7
    panel.grab()


def test_names_stand_apart_within_the_plot(panel: EvidencePanel) -> None:
    many = tuple(Curve(f"layer_{n}", ((1.0, 0.5), (2.0, 0.5))) for n in range(40))
    panel.show_figure(CurvesFigure("Loss", "by epoch", many))
    panel.grab()
    assert panel.curves.frame().right() < panel.curves.width() - 20


def test_long_names_have_room_where_there_is_some(panel: EvidencePanel) -> None:
    name = "batch_normalization_1"
    panel.show_figure(CurvesFigure("Loss", "", (Curve(name, ((1.0, 0.5), (2.0, 0.5))),)))
    metrics = QFontMetricsF(current_theme().font("caption_strong"))
    room = panel.curves.width() - panel.curves.frame().right()
    assert room >= metrics.horizontalAdvance(name)
    panel.resize(240, 200)
    panel.curves.resize(200, 120)
    assert panel.curves.frame().width() > 25, "no name takes all"


def test_spans_bend_both_ways_and_keep_their_order(panel: EvidencePanel) -> None:
    figure = SpansFigure(
        "Inputs",
        "mean ± deviation",
        (Span("income", -500.0, 30_000.0, 60_500.0, bad=True), Span("ratio", -0.1, 0.0, 0.1)),
    )
    panel.show_figure(figure)
    assert panel.plot.table().rows[0] == ("income", -500.0, 30_000.0, 60_500.0)
    assert bent(-500.0) == -bent(500.0)
    assert bent(60_500.0) > bent(30_000.0) > bent(0.1) > bent(0.0) == 0.0
    assert panel.spans.x_range[0] <= bent(-500.0)
    assert panel.spans.x_range[1] >= bent(60_500.0)
    panel.grab()


def test_an_activation_beside_another(panel: EvidencePanel) -> None:
    figure = ActivationFigure("Activation", "sigmoid against ReLU", "sigmoid", "relu", "At most.")
    panel.show_figure(figure)
    assert panel.plot.table().headers == ("x", "sigmoid f", "sigmoid f'", "ReLU f'")
    middle = next(row for row in panel.plot.table().rows if row[0] == 0.0)
    assert middle[1:3] == (0.5, 0.25)
    assert (0.25, "0.25") in panel.activation.y_ticks()
    panel.grab()

"""The parts of the page Evaluate by themselves: matrix, curves, pairs, figures, samples, vault."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.data.loading import load
from app.diagnostics.evaluation.bootstrap import Figure
from app.diagnostics.evaluation.judgement import judged
from app.ui.controls import Label
from app.ui.evaluate.curves_view import NO_PROBABILITIES, CurvesView
from app.ui.evaluate.figure_table import FigureLine, FigureTable, interval_text, value_text
from app.ui.evaluate.result_view import ResultView
from app.ui.evaluate.sample_list import SampleList
from app.ui.evaluate.samples_panel import SamplesPanel
from app.ui.evaluate.try_view import TryView
from app.ui.evaluate.vault_card import VaultCard
from app.ui.plots.confusion_plot import ConfusionPlot, legible_on
from app.ui.plots.pair_plot import MOST_POINTS, PairPlot
from app.ui.plots.score_plot import ScoreLine, ScorePlot, drawn_points, value_at
from app.ui.plots.told_apart import told_apart
from app.ui.search_state import SearchState
from app.ui.theme import apply_theme
from app.ui.tokens import DARK, LIGHT
from app.ui.vault_control import VaultState, day, times, warning_of

COUNTS = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
NAMES = ("first", "second", "third")


def shown(qtbot, widget, width=420, height=420):
    qtbot.addWidget(widget)
    widget.resize(width, height)
    with qtbot.waitExposed(widget):
        widget.show()
    return widget


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_a_matrix_is_chosen_from_by_mouse_and_keys(qtbot, qapp, tokens):
    apply_theme(qapp, tokens)
    plot = shown(qtbot, ConfusionPlot("matrix"))
    plot.show_counts(COUNTS, NAMES)
    chosen = []
    plot.cell_chosen.connect(lambda true, said: chosen.append((true, said)))
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.cell_rect(0, 1).center().toPoint())
    assert chosen == [(0, 1)]
    words = plot.accessibleDescription()
    assert words == "chosen: 2 of 10 samples of first taken for second, 20.0% of them"
    qtbot.keyClick(plot, Qt.Key.Key_Down)
    qtbot.keyClick(plot, Qt.Key.Key_Space)
    assert chosen[-1] == (1, 1)
    assert "rightly taken" in plot.accessibleDescription()
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert chosen[-1] == (-1, -1)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert len(chosen) == 3  # beside the cells
    for _ in range(5):
        qtbot.keyClick(plot, Qt.Key.Key_Down)
    assert plot.accessibleDescription().startswith("0 of 0 samples of third")
    # the ground tells how large a share of the row it is, and the number can be read on it
    image = plot.grab().toImage()
    ratio = image.width() / plot.width()

    def ground(true, said):
        spot = plot.cell_rect(true, said).topLeft() * ratio
        return image.pixelColor(int(spot.x()) + 3, int(spot.y()) + 3)

    assert ground(0, 0) == plot_ground(plot, 0, 0)
    assert ground(0, 0) != ground(0, 1) != ground(0, 2)
    apply_theme(qapp, LIGHT)


def plot_ground(plot, true, said):
    from app.ui.controls.painting import color

    ink = color("accent_fill" if true == said else "error")
    share = 0.12 + 0.88 * COUNTS[true, said] / COUNTS[true].sum()
    ground = color("canvas")
    return QColor(
        *(
            round(g * (1 - share) + i * share)
            for g, i in zip(ground.getRgb()[:3], ink.getRgb()[:3], strict=True)
        )
    )


def test_a_matrix_reads_as_a_table_of_counts_or_shares(qtbot):
    plot = shown(qtbot, ConfusionPlot("matrix"))
    plot.show_counts(COUNTS, NAMES)
    assert plot.table().rows[0] == ("first", 8, 2, 0)
    plot.show_shares(True)
    assert plot.table().rows[0] == ("first", 0.8, 0.2, 0.0)
    assert plot.table().rows[2] == ("third", 0.0, 0.0, 0.0)
    assert plot.table().headers == ("true", *(f"predicted {name}" for name in NAMES))


def test_a_matrix_of_hundreds_of_classes_is_drawn(qtbot):
    plot = shown(qtbot, ConfusionPlot("matrix"), 300, 300)
    plot.show_counts(np.eye(300, dtype=np.int64), tuple(map(str, range(300))))
    assert not plot.grab().isNull()
    assert plot.cell_rect(299, 299).right() <= plot.width()
    image = plot.grab().toImage()
    spot = plot.cell_rect(150, 150).center()
    assert image.pixelColor(spot.toPoint()) != image.pixelColor(int(spot.x()) + 20, int(spot.y()))


def test_text_is_legible_on_any_ground():
    assert legible_on(QColor("#ffffff")) == QColor("#000000")
    assert legible_on(QColor("#5B45D1")) == QColor("#ffffff")


def test_curves_are_read_where_the_pointer_stands(qtbot):
    line = ScoreLine("a", np.array([[0.0, 0.0], [0.5, 0.8], [1.0, 1.0]]), main=True)
    steps = ScoreLine("b", np.array([[0.4, 1.0], [1.0, 0.5]]), main=True, steps=True)
    assert value_at(line, 0.25) == pytest.approx(0.4)
    assert [value_at(steps, x) for x in (0.1, 0.4, 0.41, 1.0)] == [1.0, 1.0, 0.5, 0.5]
    assert drawn_points(steps) == [(0.0, 1.0), (0.4, 1.0), (0.4, 0.5), (1.0, 0.5)]
    plot = shown(qtbot, ScorePlot("roc", "ROC curve", "false positive rate", "True positive rate"))
    plot.show_lines([line], ((0.0, 0.0), (1.0, 1.0)))
    plot.set_pointer(0.25)
    assert "0.400, a" in plot.accessibleDescription()
    assert plot.table().rows[1] == ("a", 0.5, 0.8)
    assert not plot.grab().isNull()


def test_pairs_are_pressed_and_thinned(qtbot):
    plot = shown(qtbot, PairPlot("pairs", "Predicted against actual"))
    x = np.array([1.0, 2.0, 5.0])
    plot.show_pairs("actual", "Predicted", x, x + 0.5, diagonal=True)
    chosen = []
    plot.sample_chosen.connect(chosen.append)
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.point_of(2).toPoint())
    assert chosen == [2]
    assert plot.table().rows == ((1, 1.0, 1.5), (2, 2.0, 2.5), (3, 5.0, 5.5))
    assert plot.x_range == plot.y_range  # the line of equals is a true diagonal
    many = np.random.default_rng(0).normal(size=3 * MOST_POINTS)
    plot.show_pairs("predicted", "Residual", many, many, diagonal=False)
    assert plot.drawn == MOST_POINTS
    plot.set_chosen(0)
    assert not plot.grab().isNull()


def test_figures_are_told_with_their_intervals(qtbot):
    known = Figure("Accuracy", 0.9234, 0.9, 0.95)
    assert (value_text(known), interval_text(known)) == ("0.923", "0.900 to 0.950")
    assert interval_text(known, short=True) == "0.90–0.95"
    assert interval_text(Figure("R2", 0.1, -0.042, 0.2), short=True) == "−0.04 to 0.20"
    large = Figure("MAE", 262_546.0, 225_982.0, 1_300_000.0)
    assert interval_text(large, short=True) == "226k–1.3M"
    assert interval_text(large) == "225,982 to 1.3e6"
    assert (value_text(Figure("Precision", None)), interval_text(Figure("MAE", 53.66))) == ("–", "")
    assert value_text(Figure("R2", -0.0491)) == "−0.049"
    table = shown(qtbot, FigureTable("figures", "Figures"))
    table.show_lines([FigureLine("Accuracy", (known,))])
    assert table.table().rows == (("Accuracy", 0.9234, 0.9, 0.95),)
    lines = [FigureLine(f"class {n}", (known, known, known), "7") for n in range(40)]
    table.show_lines(lines, ("class", "precision", "recall", "F1", "true"), pickable=True)
    chosen = []
    table.chosen.connect(chosen.append)
    table.lines.setFocus()
    for _ in range(15):
        qtbot.keyClick(table.lines, Qt.Key.Key_Down)
    assert chosen == list(range(15))
    assert table.lines.line_rect(14).bottom() <= table.lines.viewport().height()
    assert len(table.table().headers) == len(table.table().rows[0]) == 11


def test_a_list_of_samples_is_walked_by_keys(qtbot):
    widget = shown(qtbot, SampleList("samples"), 300, 260)
    places = np.array([7, 3, 9, 1, 0, 2, 4, 5, 6, 8])
    widget.show_samples(places, lambda place: (f"sample {place}", "loss"), None)
    chosen = []
    widget.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Home):
        qtbot.keyClick(widget, key)
    assert chosen == [3, 8, 7]
    assert widget.accessibleDescription() == "1 of 10: sample 7, loss"
    widget.choose_place(9)
    assert widget.current == 2
    made = []

    def picture(place):
        made.append(place)

    widget.show_samples(np.arange(5000), lambda place: (str(place), ""), picture)
    widget.grab()
    assert 0 < len(set(made)) < 40  # only what is in view is read
    widget.show_samples(places[:0], lambda place: ("", ""), None)
    assert widget.accessibleDescription() == "none"


def test_scores_that_are_no_probabilities_have_no_calibration(qtbot):
    generator = np.random.default_rng(0)
    truth = generator.integers(0, 2, 50)
    outputs = (generator.normal(size=(50, 1)) + truth[:, None]).astype(np.float32)
    found = judged("validation", outputs, truth, np.ones(50), FrozenMap(), "sign", "binary", 2)
    view = shown(qtbot, CurvesView(), 900, 400)

    class Data:
        class summary:  # noqa: N801
            class_names = ("no", "yes")

    view.show_result(Data, found)
    assert view.classes.currentText() == "yes"
    assert view.panels["calibration"].header.subtitle.text() == NO_PROBABILITIES
    assert view.panels["roc"].header.subtitle.text().startswith("area 0.")


def test_a_calibration_shows_over_how_many_samples_each_point_is(qtbot):
    plot = shown(qtbot, ScorePlot("c", "Calibration", "probability said", "Share"), 350, 460)
    points = np.array([[0.01, 0.0], [0.34, 0.0], [0.5, 1.0], [0.99, 0.96]])
    counts = np.array([29, 1, 2, 51])
    plot.show_lines(
        [ScoreLine("benign", points, main=True, counts=counts)], ((0.0, 0.0), (1.0, 1.0))
    )
    assert [row[-1] for row in plot.table().rows] == [29, 1, 2, 51]
    assert [text for text, _ in plot.count_boxes()] == ["29", "1", "2", "51"]
    boxes = [box for _, box in plot.count_boxes()]
    assert not any(a.intersects(b) for a, b in itertools.combinations(boxes, 2))
    radii = {count: radius for count, (_, radius, _) in zip(counts, plot.dots(), strict=True)}
    assert radii[1] < radii[2] < radii[29] < radii[51]
    assert [filled for _, _, filled in plot.dots()] == [True, False, False, True]
    assert [row.text for row in plot.reading(0.4)[1]] == [
        "share 0.000",
        "of 1 sample (too few to tell)",
    ]
    assert plot.reading(0.9)[1][1].text == "of 51 samples"
    place = plot.at(0.5, 1.0)  # a dot on the edge is whole
    image = plot.grab().toImage()
    above = [image.pixelColor(round(place.x()), round(place.y()) - up) for up in (3, 4)]
    assert any(ink != QColor(LIGHT.panel) for ink in above)


def test_how_many_samples_a_cell_has_is_never_cut_off(qtbot):
    panel = shown(qtbot, SamplesPanel(), 228, 500)
    data = load(DataSettings(source=BuiltinSource(name="moons")))
    outputs = np.array([[0.1], [0.8], [0.4], [0.2]], np.float32)
    truth, losses = np.array([0, 1, 1, 0]), np.array([0.1, 0.2, 0.9, 0.2])
    found = judged("validation", outputs, truth, losses, FrozenMap(), "probability", "binary", 2)
    panel.show_samples(data, found, np.arange(2), "True malignant, predicted benign", some=True)
    panel.grab()
    title = panel.header.title
    assert title.text() == "2 samples"
    assert title.width() >= QFontMetricsF(title.font()).horizontalAdvance(title.text())
    assert panel.which.isVisible()
    assert panel.which.text() == "True malignant, predicted benign"
    assert panel.which.height() >= panel.which.heightForWidth(panel.which.width())
    panel.show_samples(data, found, np.arange(3), "Worst first", some=False)
    assert title.text() == "Worst first"
    assert not panel.which.isVisible()


def test_the_vault_card_says_how_often_and_why_not(qtbot):
    card = shown(qtbot, VaultCard(), 700, 400)
    asked = []
    card.open_requested.connect(lambda: asked.append(True))
    card.show_vault(VaultState(samples=27), "")  # nobody has counted yet
    assert "pened" not in card.words.text()
    card.show_vault(VaultState(samples=27, opened=0), "")
    assert "27 samples" in card.words.text()
    assert "Opened 0 times" in card.words.text()
    qtbot.mouseClick(card.button, Qt.MouseButton.LeftButton)
    assert asked == [True]
    card.show_vault(VaultState(samples=27, opened=1, last="2026-11-23T14:05:09+01:00"), "Wait.")
    assert "once with other weights" in card.words.text()
    assert not card.button.isEnabled()
    assert card.why.text() == "Wait."


def test_the_warning_says_how_often() -> None:
    fresh = warning_of(VaultState(samples=270, opened=0))
    assert "270 test samples" in fresh
    assert "never looked at" in fresh
    again = warning_of(VaultState(samples=270, opened=2, last="2026-11-23T14:05:09+01:00"))
    assert "looked at twice before" in again
    assert "2026-11-23 at 14:05" in again
    searched = SearchState(planned=2, counts={"finished": 2}, best=1)
    assert "is no refit" in warning_of(VaultState(opened=0), searched, refitted=False)
    assert "is no refit" not in warning_of(VaultState(opened=0), searched)
    assert "is no refit" not in warning_of(VaultState(opened=0), SearchState(), refitted=False)
    assert (times(1), times(3), day("odd")) == ("once", "3 times", "odd")


def test_names_of_classes_are_whole_where_there_is_room(qtbot) -> None:
    plot = ConfusionPlot("matrix")
    qtbot.addWidget(plot)
    plot.resize(400, 400)
    written = []

    class Painter(QPainter):
        def drawText(self, *given):
            written.append(given[-1])
            super().drawText(*given)

    def told(names) -> set[str]:
        written.clear()
        plot.show_counts(np.eye(len(names), dtype=int), names)
        sheet = QPixmap(plot.size())
        with Painter(sheet) as painter:
            plot._paint_names(painter, *plot._grid())
        return set(written)

    assert {"class 0", "class 1"} <= told(("class 0", "class 1"))
    assert "…0" not in told(("class 0", "class 1"))
    long = tuple(f"A ware group with a long name {n}" for n in range(2))
    assert {"…0", "…1", "0", "1"} <= told(long)


def test_names_that_begin_alike_are_told_apart() -> None:
    assert told_apart(("Ware group 1: cups", "Ware group 2: pots")) == ("…1: cups", "…2: pots")
    assert told_apart(("Ware group", "Ware group 2")) == ("Ware group", "Ware group 2")
    for plain in (("0", "1"), ("of a", "of b"), ("one name alone",), ()):
        assert told_apart(plain) == plain


def test_long_names_stand_above_their_figures(qtbot) -> None:
    table = FigureTable("each", "Each")
    qtbot.addWidget(table)
    table.resize(280, 300)
    figures = (Figure("Recall", 0.5, 0.4, 0.6),)
    table.show_lines([FigureLine("cup", figures)], ("class", "recall"))
    low = table.lines.line
    table.show_lines([FigureLine("a class with a long name", figures)], ("class", "recall"))
    assert table.lines.line > low


def test_the_note_tells_why_the_mean_loss_is_another_than_that_of_the_run(qtbot):
    data = load(DataSettings(source=BuiltinSource(name="moons")))
    truth = np.array([0, 1, 1, 0])
    outputs = np.array([[0.1], [0.8], [0.4], [0.2]], np.float32)
    losses = np.array([0.1, 0.2, 0.9, 0.2])
    view = shown(qtbot, ResultView(), 1100, 600)
    for run, said in ((0.35, False), (0.35001, False), (0.5, True), (None, False)):
        told = FrozenMap() if run is None else FrozenMap(loss=run)
        found = judged("validation", outputs, truth, losses, told, "probability", "binary", 2)
        view.show_result(data, found)
        assert ("without penalties of weights" in view.note.text()) == said
        assert ("with them it is 0.5" in view.note.text()) == said
    found = judged("validation", outputs, truth, losses, FrozenMap(loss=0.5), "probability",
                   "binary", 2)  # fmt: skip
    for shown_there, words in ((0.50001, "with them, as in the run, it is 0.5"),
                               (0.6, "with them it is 0.5")):  # fmt: skip
        again = ResultView()
        qtbot.addWidget(again)
        again.show_result(data, found, shown_there)
        assert words in again.note.text()


def test_files_of_pictures_are_asked_for_only_where_pictures_were_learned(qtbot):
    for source, pictures in (("iris", False), ("digits", True)):
        view = shown(qtbot, TryView(), 1100, 600)
        view.show_data(load(DataSettings(source=BuiltinSource(name=source))))
        assert ("picture" in view.drop.hint.text()) == pictures
        assert view.findChild(Label, "evaluate.try.filled").isVisible() != pictures


def test_a_row_to_type_has_room_for_names_and_no_sample_while_a_field_holds_no_number(qtbot):
    data = load(DataSettings(source=BuiltinSource(name="breast_cancer")))
    view = shown(qtbot, TryView(), 1100, 600)
    view.show_data(data)
    view.choose_mode("type")
    turned = []
    view.changed.connect(lambda: turned.append(view.missing()))
    qtbot.waitUntil(lambda: view.typing.fields[7].width() > 40)
    names = [label for label in view.typing.findChildren(Label) if label.buddy() is not None]
    assert len(names) == 30
    for label in names:
        assert label.width() >= label.fontMetrics().horizontalAdvance(
            label.buddy().accessibleName()
        )
    field = view.typing.fields[7]
    before = view.sample()
    field.selectAll()
    qtbot.keyClicks(field, "abc")
    assert view.sample() is None
    assert "concave points: “abc” is not a number" in view.missing()
    assert turned[-1] == view.missing()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    assert view.missing() == turned[-1] == ""
    after = view.sample()
    assert after[7] == 0.25
    np.testing.assert_array_equal(np.delete(after, 7), np.delete(before, 7))

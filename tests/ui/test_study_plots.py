"""All trials of a study as lines and on a map: what stands where, is read, chosen and said."""

import itertools
import math
import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea

from app.core.metric_catalog import limits_of
from app.core.search_settings import Dimension
from app.search.study_table import study_table
from app.ui.plots.line_density import density_image, line_density, line_pairs
from app.ui.plots.parallel_coordinates import MOST_LINES, ParallelCoordinates
from app.ui.plots.picture_files import svg_bytes
from app.ui.plots.study_plot import ScoreScale
from app.ui.plots.two_parameter_map import SCORE, TwoParameterMap
from app.ui.theme import apply_theme, current_theme
from app.ui.tokens import DARK, LIGHT
from tests.studies import SPACE, study, trial

RATE = "training.optimizer.learning_rate"
DROP = "network.dropout.rate"
OPTIMIZER = "training.optimizer"
UNITS = "network.dense.units"
PLAIN = tuple(one.model_copy(update={"each_copy": False}) for one in SPACE[1:])


@pytest.fixture(autouse=True)
def light(qapp):
    apply_theme(qapp, LIGHT)
    yield
    apply_theme(qapp, LIGHT)


def shown(qtbot, plot, width=480, height=280):
    plot.resize(width, height)
    qtbot.addWidget(plot)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


@pytest.fixture
def lines(qtbot):
    return shown(qtbot, ParallelCoordinates("lines"))


@pytest.fixture
def map_(qtbot):
    return shown(qtbot, TwoParameterMap("map"))


def table_of(trials, space=PLAIN, score="accuracy", up=True):
    return study_table(trials, space, score, up)


def ink_at(widget, place):
    return QColor(widget.grab().toImage().pixelColor(QPointF(place).toPoint()))


def is_near(ink, token, reach=40):
    wanted = QColor(token)
    parts = zip(ink.getRgb()[:3], wanted.getRgb()[:3], strict=True)
    return max(abs(a - b) for a, b in parts) <= reach


# ---- the scale of the scores
def test_the_best_score_is_up_whichever_direction_is_better():
    scores = [0.2, 0.5, 0.9]
    trials = [trial(n, score) for n, score in enumerate(scores)]
    up = ScoreScale(table_of(trials, ()), limits_of("accuracy"))
    down = ScoreScale(table_of(trials, (), "loss", False), limits_of("loss"))
    assert np.all(np.diff(up.places(np.array(scores))) > 0)
    assert np.all(np.diff(down.places(np.array(scores))) < 0)
    assert {text: place for place, text in up.ticks(5)}["1.0"] == pytest.approx(1)
    assert not down.logarithmic


def test_losses_of_many_sizes_are_on_a_logarithmic_scale():
    trials = [trial(n, 0.0) for n in range(2)]
    table = table_of([*(trial(n, v) for n, v in enumerate((0.01, 0.1, 10.0)))], (), "loss", False)
    scale = ScoreScale(table, limits_of("loss"))
    assert scale.logarithmic
    places = scale.places(np.array([0.01, 0.1, 10.0]))
    assert places[0] - places[1] == pytest.approx((places[1] - places[2]) / 2)
    assert not ScoreScale(table_of(trials, (), "loss", False), (-math.inf, math.inf)).logarithmic


# ---- how many lines go where
def test_density_counts_what_going_along_each_line_counts():
    dice = np.random.default_rng(0)
    heights = dice.uniform(-3, 33, (80, 2))
    pairs, counts = line_pairs(np.r_[heights, heights[:20]], 30)
    assert counts.sum() == 100
    found = line_density(pairs, counts, (30, 17))
    wanted = np.zeros((30, 17))
    for begin, end in np.clip(np.rint(np.r_[heights, heights[:20]]), 0, 29):
        for column in range(17):
            down = np.float32(begin) + np.float32(end - begin) * np.float32(column / 16)
            wanted[int(np.rint(down)), column] += 1
    assert np.abs(found - wanted).sum() <= 4  # a half rounds up here and down there
    assert (found.sum(axis=0) == 100).all()


def test_more_lines_are_darker():
    image = density_image(np.array([[0.0, 1.0, 4.0, 16.0]]), QColor("#000000"))
    opacity = [image.pixelColor(n, 0).alpha() for n in range(4)]
    assert opacity[0] == 0
    assert opacity == sorted(opacity)
    assert opacity[3] == round(0.8 * 255)


# ---- parallel coordinates
def test_lines_cross_the_axes_at_their_values(lines):
    settings = [
        {UNITS: 32, DROP: 0.0, RATE: 1e-4, OPTIMIZER: "adam"},
        {UNITS: 128, DROP: 0.6, RATE: 1e-1, OPTIMIZER: "sgd"},
        {UNITS: 64, DROP: 0.3, RATE: 1e-3, OPTIMIZER: "rmsprop"},
    ]
    lines.show_study(table_of([trial(n, 0.8 + 0.1 * n, one) for n, one in enumerate(settings)]))
    frame, heights = lines.frame(), lines.heights()
    assert heights[0, :4] == pytest.approx([frame.bottom()] * 4)
    assert heights[1, :4] == pytest.approx([frame.top()] * 4)
    middle = frame.center().y()
    third = frame.bottom() - frame.height() / 3
    assert heights[2, :4] == pytest.approx([middle, middle, third, middle])
    assert heights[2, 4] < heights[1, 4] < heights[0, 4]
    assert lines.axes()[[0, -1]].tolist() == [frame.left(), pytest.approx(frame.right())]
    first, second = lines.axes()[1:3]
    on_best = QPointF((first + second) / 2, (heights[2, 1] + heights[2, 2]) / 2)
    assert is_near(ink_at(lines, on_best), LIGHT.accent)


def test_names_of_axes_never_touch(lines, monkeypatch):
    """Recorded where each is written, at widths from narrow to wide."""
    written = []
    draw = QPainter.drawText

    def record(painter, place, *rest):
        if isinstance(place, QPointF) and rest and rest[0] in lines._names():
            wide = QFontMetricsF(painter.font()).horizontalAdvance(rest[0])
            written.append((place.y(), place.x(), place.x() + wide))
        return draw(painter, place, *rest)

    monkeypatch.setattr(QPainter, "drawText", record)
    names = {path: f"{path.rsplit('.')[-1]}, long name" for path in (RATE, DROP, OPTIMIZER, UNITS)}
    lines.show_study(study_table(study(6), PLAIN, "accuracy", True, names))
    for width in range(360, 1000, 20):
        written.clear()
        lines.resize(width, 280)
        lines.grab()
        assert written
        rows = {y for y, _, _ in written}
        for row in rows:
            places = sorted((left, right) for y, left, right in written if y == row)
            assert all(b[0] - a[1] >= 4 for a, b in itertools.pairwise(places))


def test_what_is_not_there_has_a_place_below_its_axis(lines):
    lines.show_study(study_table(study(40), SPACE, "accuracy", True))
    frame = lines.frame()
    third = next(n for n, c in enumerate(lines.study.columns) if c.path == "network.dense[3].units")
    there = np.isfinite(lines.study.columns[third].places)
    heights = lines.heights()[:, third]
    assert (heights[there] <= frame.bottom() + 1e-6).all()
    assert (heights[~there] > frame.bottom() + 10).all()
    assert (heights[~there] < lines.height() - lines.words_height()).all()
    lines.point(int(np.flatnonzero(~there)[0]))
    assert "dense[3] units: not there" in lines.accessibleDescription()


def test_less_is_better_and_it_is_said(lines):
    lines.show_study(table_of(study(20), score="loss", up=False))
    best = int(lines.study.order[0])
    assert lines.study.scores[best] == lines.study.scores.min()
    assert lines.heights()[best, -1] == lines.heights()[:, -1].min()
    assert "Less is better: the best end at the top." in lines.sentence()
    assert lines.sentence().startswith(
        f"Strong lines: best 8. Thickest: trial {lines.study.trials[best].number}."
    )


def test_the_sentence_counts_what_has_no_line(lines):
    trials = [*study(5), trial(5, None, state="failed"), trial(6, 0.1, state="pruned")]
    lines.show_study(table_of(trials))
    assert "Strong lines" not in lines.sentence()  # all of them are
    best = max(trials[:5], key=lambda one: one.mean).number
    assert lines.sentence().startswith(f"Thickest: trial {best}. ")
    assert "1 pruned and 1 failed have no score, so no line." in lines.sentence()
    assert lines.accessibleDescription() == lines.sentence()


def test_pressing_a_line_chooses_its_trial(lines, qtbot):
    lines.show_study(table_of(study(12)))
    axes, heights = lines.axes(), lines.heights()
    row = 5
    place = QPoint(
        round((axes[3] + axes[4]) / 2), round(float(heights[row, 3] + heights[row, 4]) / 2)
    )
    chosen = lines.row_at(QPointF(place))
    with qtbot.waitSignal(lines.trial_chosen) as told:
        QTest.mouseClick(lines, Qt.MouseButton.LeftButton, pos=place)
    number = lines.study.trials[chosen].number
    assert told.args == [number]
    assert lines.selected == number
    down = (heights[:, 3] + heights[:, 4]) / 2
    assert abs(down[chosen] - place.y()) <= abs(down[row] - place.y()) + 1.5
    assert lines.row_at(QPointF(2, 2)) is None


def test_each_line_can_be_met_alone(lines):
    settings = [{DROP: 0.1 * n} for n in range(6)]
    lines.show_study(
        table_of([trial(n, 0.5 + 0.05 * n, s) for n, s in enumerate(settings)], PLAIN[1:2])
    )
    for row, (left, right) in enumerate(lines.heights().tolist()):
        x = float(lines.axes()[0]) + 0.25 * float(np.diff(lines.axes())[0])
        assert lines.row_at(QPointF(x, left + 0.25 * (right - left))) == row


def test_the_chosen_line_is_marked(lines):
    lines.show_study(table_of(study(60)))
    poor = int(lines.study.order[-1])
    where = QPointF(float(lines.axes()[1]), float(lines.heights()[poor, 1]))
    before = ink_at(lines, where)
    lines.show_selected(lines.study.trials[poor].number)
    assert is_near(ink_at(lines, where), LIGHT.accent)
    assert not is_near(before, LIGHT.accent)
    lines.show_selected(10**6)  # a trial without a line
    assert ink_at(lines, where) == before


def test_the_best_stays_the_thickest_beside_the_chosen(lines):
    def thickness(row, x):  # in px of accent where the line crosses, a third on the way
        left, right = lines.heights()[row, :2]
        image = lines.grab().toImage()
        middle = round(left + (right - left) / 3)
        column = [image.pixelColor(round(x), y) for y in range(middle - 6, middle + 7)]
        return sum(is_near(ink, LIGHT.accent, 90) for ink in column)

    two = [trial(0, 0.9, {RATE: 1e-2, DROP: 0.4}), trial(1, 0.8, {RATE: 1e-3, DROP: 0.2})]
    space = tuple(one for one in PLAIN if one.path in (RATE, DROP))
    lines.show_study(table_of(two, space))
    lines.show_selected(1)
    x = float(lines.axes()[0]) + float(np.diff(lines.axes())[0]) / 3
    assert thickness(0, x) > thickness(1, x) > 0
    assert "Thickest: trial 0. With dots: trial 1, the chosen one." in lines.sentence()
    lines.show_selected(0)
    assert "Thickest, with dots: trial 0, the chosen one." in lines.sentence()


def test_a_logarithmic_axis_has_all_its_powers(lines):
    lines.resize(430, 230)
    lines.show_study(table_of(study(10)))
    column = next(one for one in lines.study.columns if one.path == RATE)
    texts = [text for _, text in lines.column_ticks(column, 3, 10)]
    assert texts == ["1e-4", "0.001", "0.01", "0.1"]


def test_names_and_sentence_are_whole_in_what_is_seen(qtbot):
    area = QScrollArea()
    area.setWidgetResizable(True)
    lines = ParallelCoordinates("lines")
    lines.show_study(table_of(study(10)))
    area.setWidget(lines)
    shown(qtbot, area, 200, 280)
    bar = area.horizontalScrollBar()
    assert bar.maximum() > 0
    metrics = QFontMetricsF(current_theme().font("caption_strong"))
    for place in range(0, bar.maximum() + 1, 7):
        bar.setValue(place)
        seen = QRectF(area.viewport().rect()).translated(place, 0)
        named = lines.names_at(seen)
        axes = [x for x in lines.axes().tolist() if seen.left() <= x <= seen.right()]
        assert len(named) == len(axes)
        for text, start in named:
            assert start.x() >= seen.left()
            assert start.x() + metrics.horizontalAdvance(text) <= seen.right() + 1
    image = area.viewport().grab().toImage()
    foot = image.copy(0, image.height() - lines.words_height(), 8, lines.words_height())
    assert any(
        foot.pixelColor(x, y) != QColor(LIGHT.panel) for x in range(8) for y in range(foot.height())
    )


def test_keys_go_through_the_trials_by_rank(lines, qtbot):
    lines.show_study(table_of(study(30)))
    order = lines.study.order.tolist()
    lines.setFocus()
    seen = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Home):
        QTest.keyClick(lines, key)
        seen.append(order.index(lines.pointed))
    assert seen == [0, 1, 29, 28, 0]
    best = lines.study.trials[order[0]].number
    assert lines.accessibleDescription().startswith(f"Trial {best}; Accuracy ")
    assert "rank 1 of 30" in lines.accessibleDescription()
    with qtbot.waitSignal(lines.trial_chosen) as told:
        QTest.keyClick(lines, Qt.Key.Key_Return)
    assert told.args == [best]
    QTest.keyClick(lines, Qt.Key.Key_Escape)
    assert lines.pointed is None
    assert lines.accessibleDescription() == lines.sentence()


def test_a_trial_that_is_read_stays_so_when_more_come(lines):
    lines.show_study(table_of(study(10)))
    lines.point(4)
    number = lines.study.trials[4].number
    lines.show_study(table_of(study(40)[3:]))
    assert lines.study.trials[lines.pointed].number == number


def test_values_are_written_as_one_is_told(lines):
    table = table_of(study(10))
    lines.show_study(table, lambda path, value: f"<{value}>")
    head, told = lines.trial_words(0)
    assert head == "Trial 0"
    assert told[-1] == f"Optimizer: <{table.trials[0].settings[OPTIMIZER]}>"
    ticks = lines.column_ticks(table.columns[-1], 4, 10)
    assert [text for _, text in ticks] == ["<adam>", "<rmsprop>", "<sgd>"]


def test_ticks_stand_at_their_values(lines):
    whole = Dimension(path="network.a.units", low=1, high=9)
    table = table_of([trial(0, 0.5, {whole.path: 3, RATE: 1e-3})], (whole, PLAIN[2]))
    lines.show_study(table)
    units, rate = table.columns
    for place, text in lines.column_ticks(units, 4, 9):
        assert units.value_at(place) == pytest.approx(int(text))
    for place, text in lines.column_ticks(rate, 4, 9):
        assert rate.value_at(place) == pytest.approx(float(text))


def test_its_table_has_all_trials_the_best_first(lines):
    trials = (*study(20), trial(99, None, state="failed"))
    lines.show_study(study_table(trials, SPACE, "accuracy", True))
    table = lines.table()
    assert table.headers[:4] == ("rank", "trial", "accuracy", "sd")
    assert [row[0] for row in table.rows] == list(range(1, 21))
    best = max(trials[:-1], key=lambda one: one.mean)
    assert table.rows[0][1:4] == (best.number, best.mean, best.sd)
    copies = table.headers.index("network.dense.copies")
    third = table.headers.index("network.dense[3].units")
    assert all((row[third] is None) == (row[copies] < 3) for row in table.rows)
    assert "adam" in table.csv()


def test_pictures_are_of_lines(lines):
    lines.show_study(table_of(study(20)))
    lines.point(3)
    with lines.undisturbed():
        few = svg_bytes(lines, "x").decode()
    assert "<image" not in few
    assert few.count("<polyline") >= 20
    assert lines.pointed == 3


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_thousands_of_trials_are_a_picture_and_say_so(lines, qapp, tokens):
    apply_theme(qapp, tokens)
    table = table_of(study(3000))
    times = []
    for _ in range(4):
        began = time.process_time()
        lines.show_study(table)
        lines.grab()
        times.append(time.process_time() - began)
    assert min(times) < 0.15  # 20 ms on a free machine
    assert len(table) > MOST_LINES
    assert "Grey: the stronger, the more of 3,000 trials." in lines.sentence()
    frame = lines.frame()
    x = round(float(lines.axes()[1] + lines.axes()[2]) / 2)
    image = lines.grab().toImage()
    column = [image.pixelColor(x, y) for y in range(round(frame.top()), round(frame.bottom()))]
    touched = sum(ink != QColor(tokens.panel) for ink in column)
    assert touched > 0.9 * len(column)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_none_and_a_few(lines, map_, count):
    for plot in (lines, map_):
        assert not plot.grab().isNull()  # nothing was shown yet
        plot.show_study(table_of(study(count)))
    map_.show_axes(RATE, DROP)
    for plot in (lines, map_):
        assert not plot.grab().isNull()
        assert len(plot.table().rows) == count
        QTest.keyClick(plot, Qt.Key.Key_Down)
        assert (plot.pointed is None) == (count == 0)
    assert lines.accessibleDescription() or count


def test_without_searched_options_there_is_a_sentence(lines, map_):
    for plot in (lines, map_):
        plot.show_study(table_of(study(3), ()))
        assert plot.is_empty
        assert "at least one searched option" in plot.sentence()
        assert not plot.grab().isNull()
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(60, 60))
        assert plot.selected is None


def test_many_axes_need_their_room(lines):
    space = tuple(Dimension(path=f"network.layer_{n}.units", values=(1, 2)) for n in range(20))
    settings = [{one.path: 1 + (n + k) % 2 for k, one in enumerate(space)} for n in range(4)]
    lines.show_study(table_of([trial(n, 0.1 * n, one) for n, one in enumerate(settings)], space))
    assert lines.minimumSizeHint().width() >= 20 * 44
    lines.resize(lines.minimumSizeHint())
    assert np.diff(lines.axes()).min() >= 43
    assert not lines.grab().isNull()


# ---- the map
def test_points_stand_at_their_values(map_):
    trials = [
        trial(n, 0.5 + 0.1 * n, {RATE: rate, DROP: drop})
        for n, (rate, drop) in enumerate([(1e-4, 0.0), (1e-1, 0.6), (1e-3, 0.3)])
    ]
    map_.show_study(table_of(trials))
    map_.show_axes(RATE, DROP)
    frame, places = map_.frame(), map_.places()
    width, height = frame.width(), frame.height()
    assert places[0].tolist() == [
        pytest.approx(frame.left() + 0.03 * width),
        pytest.approx(frame.bottom() - 0.03 * height),
    ]
    assert places[1].tolist() == [
        pytest.approx(frame.right() - 0.03 * width),
        pytest.approx(frame.top() + 0.03 * height),
    ]
    share = (places[2, 0] - places[0, 0]) / (places[1, 0] - places[0, 0])
    assert share == pytest.approx(1 / 3)
    assert places[2, 1] == pytest.approx(frame.center().y())
    assert is_near(ink_at(map_, QPointF(*places[2])), LIGHT.accent)
    assert is_near(ink_at(map_, QPointF(*places[0])), LIGHT.track)
    assert map_.row_at(QPointF(*places[1]) + QPointF(4, 4)) == 1
    assert map_.row_at(frame.topLeft() + QPointF(4, 4)) is None


def test_the_score_can_be_up(map_):
    map_.show_study(table_of(study(30)))
    map_.show_axes(RATE, SCORE)
    best = int(map_.study.order[0])
    assert map_.places()[best, 1] == map_.places()[:, 1].min()
    assert map_.axes[1].label == "Accuracy"


def test_few_values_share_cells(map_):
    map_.show_study(table_of(study(90)))
    map_.show_axes(OPTIMIZER, UNITS)
    assert map_.is_grid
    groups = {}
    for one in map_.study.trials:
        groups.setdefault((one.settings[OPTIMIZER], one.settings[UNITS]), []).append(one.mean)
    rows = map_.table().rows
    assert len(rows) == len(groups) == 9
    for optimizer, units, count, mean, sd, best in rows:
        scores = groups[optimizer, int(units)]
        assert (count, mean, sd) == (
            len(scores),
            pytest.approx(np.mean(scores)),
            pytest.approx(np.std(scores)),
        )
        assert map_.study.trials[map_.study.rows[best]].mean == max(scores)
    key = (0, 2)  # adam, 128
    row = map_.row_at(map_.cell_rect(*key).center())
    words = map_.trial_words(row)[1]
    scores = groups["adam", 128]
    assert words[0].startswith(
        f"{len(scores)} trials in this cell, mean {np.mean(scores):.3f}"[:-1]
    )
    assert map_.study.trials[row].mean == max(scores)


def test_points_of_one_value_stand_side_by_side_in_their_own_room(map_):
    map_.show_study(table_of(study(200)))
    map_.show_axes(OPTIMIZER, RATE)
    assert not map_.is_grid
    frame = map_.frame()
    cell = np.floor((map_.places()[:, 0] - frame.left()) / frame.width() * 3).astype(int)
    names = ("adam", "rmsprop", "sgd")
    assert [names[each] for each in cell] == [one.settings[OPTIMIZER] for one in map_.study.trials]
    assert "side by side" in map_.sentence()
    again = map_.places()
    map_.refresh()
    assert (map_.places() == again).all()


def test_what_is_not_there_stands_beside_the_map(map_):
    map_.show_study(study_table(study(60), SPACE, "accuracy", True))
    map_.show_axes("network.dense[3].units", DROP)
    there = np.isfinite(map_.axes[0].places)
    across = map_.places()[:, 0]
    assert (across[there] > map_.frame().left()).all()
    assert (across[~there] < map_.frame().left()).all()
    map_.show_axes("network.dense.copies", "network.dense[3].units")
    cells = map_.cells()
    assert set(cells) == {(0, -1), (1, -1), (2, 0), (2, 1), (2, 2)}
    for key, rows in cells.items():
        assert map_.row_at(map_.cell_rect(*key).center()) == rows[0]
    assert not map_.cell_rect(0, -1).intersects(map_.frame())
    assert None in [row[1] for row in map_.table().rows]
    assert not map_.grab().isNull()


def test_a_point_is_read_and_chosen(map_, qtbot):
    map_.show_study(table_of(study(25)))
    map_.show_axes(RATE, DROP)
    place = QPointF(*map_.places()[6]).toPoint()
    QTest.mouseMove(map_, place - QPoint(1, 0))
    QTest.mouseMove(map_, place)
    assert map_.pointed == 6
    with qtbot.waitSignal(map_.trial_chosen) as told:
        QTest.mouseClick(map_, Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [6]
    before = map_.grab().toImage()
    map_.show_selected(None)
    map_.point(None)
    assert map_.grab().toImage() != before


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_a_chosen_point_keeps_the_colour_of_its_score(map_, qapp, tokens):
    apply_theme(qapp, tokens)
    map_.show_study(table_of(study(25)))
    map_.show_axes(RATE, DROP)
    poorest = int(map_.study.order[-1])
    place = QPointF(*map_.places()[poorest])
    number = map_.study.trials[poorest].number
    best = map_.study.trials[int(map_.study.order[0])].number
    assert is_near(ink_at(map_, place), tokens.track)
    map_.show_selected(number)
    assert is_near(ink_at(map_, place), tokens.track)
    image = map_.grab().toImage()
    around = [QPointF(x, y) for x in range(-13, 14) for y in range(-13, 14)]
    ring = [away for away in around if 9 <= math.hypot(away.x(), away.y()) <= 13]
    inks = [QColor(image.pixelColor((place + away).toPoint())) for away in ring]
    assert sum(is_near(ink, tokens.accent, 60) for ink in inks) > 8
    assert f"Ringed: the best, trial {best}." in map_.sentence()
    assert f"Ringed in colour: the chosen one, trial {number}." in map_.sentence()


def test_axes_that_are_gone_leave_an_empty_map(map_):
    map_.show_study(table_of(study(25)))
    map_.show_axes("network.gone.units", DROP)
    assert map_.is_empty
    assert not map_.grab().isNull()
    assert map_.table().rows

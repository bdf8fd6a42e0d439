"""Arrays of sequences through the whole window: every view of their data, a network for series
trained on them, looked into and judged.
"""

from pathlib import Path

import numpy as np
import pytest
from sklearn import metrics

from app.ui.controls import SegmentedControl
from app.ui.inside.looking import Asker
from app.ui.new_project_dialog import TemplatesDialog
from app.ui.pages.data_scaling import ScalingView
from app.ui.pages.data_statistics import StatisticsTable
from tests.end_to_end.test_window_data import drop, settings, settled
from tests.end_to_end.test_window_evaluate import judged, trained
from tests.end_to_end.window_user import CONTROL, Key, User, turn, wait

STEPS, FEATURES = 12, 3


@pytest.fixture
def waves(user: User, tmp_path: Path) -> User:
    """The data page with an archive of 180 sequences, the classes told by their second feature."""
    chance = np.random.default_rng(0)
    y = np.arange(180) % 2
    x = chance.normal(size=(180, STEPS, FEATURES)) * (1, 1, 50) + (0, 0, 400)
    x[:, :, 1] += np.where(y[:, np.newaxis] == 1, 1.5, -1.5)
    path = tmp_path / "waves.npz"
    np.savez(path, x=x, y=y)
    user.click("welcome.open.moons")
    user.click("rail.data")
    settled(user)
    drop(user, path)
    settled(user)
    return user


def test_every_view_shows_sequences(waves: User) -> None:
    user = waves
    feed = user.program.feed
    assert feed.problem is None
    assert user.met == []
    assert settings(user).preprocessing == "standardize"
    data = feed.prepared
    values = data.raw[data.training.rows].reshape(-1, FEATURES).astype(np.float64)
    subtitle = user.window.pages["data"].preview.header.subtitle.text()
    assert subtitle == "180 sequences of 12 steps with 3 features"
    chooser = user.find("data.view", SegmentedControl)
    views = [segment for segment in chooser.segments if segment.isVisible()]
    assert {"table", "statistics", "scaling"} <= {view.value for view in views}
    for view in views:
        user.click(view)
        turn()
        user.picture(f"110_sequences_{view.value}")
        if view.value == "statistics":
            _statistics_are_those_of(user.find("data.statistics", StatisticsTable), values)
        if view.value == "scaling":
            _scaling_is_that_of(user.find("scaling", ScalingView), values)
    for tab in ("source", "prepare"):
        user.click(f"data.tab.{tab}")
        turn()
    assert not [p for p in user.program.document.resolved.problems if p.severity == "error"]


def _statistics_are_those_of(table: StatisticsTable, values: np.ndarray) -> None:
    model = table.model()
    rows = [[model.index(r, c).data() for c in range(12)] for r in range(model.rowCount())]
    shown = {row[0]: row for row in rows if row[1] == "feature"}
    assert list(shown) == [f"feature {n + 1}" for n in range(FEATURES)]
    for place, row in enumerate(shown.values()):
        column = values[:, place]
        told = [float(text.replace("−", "-").replace(",", "")) for text in row[4:10]]
        wanted = [column.mean(), column.std(), column.min(), column.max(), 0, 1]
        np.testing.assert_allclose(told, wanted, rtol=0.01, atol=0.01)


def _scaling_is_that_of(view: ScalingView, values: np.ndarray) -> None:
    rows = view.plot.table().rows
    assert [row[0] for row in rows] == [f"feature {n + 1}" for n in range(FEATURES)]
    for column, row in zip(values.T, rows, strict=True):
        told = (column.mean(), column.std(), column.min(), column.max())
        np.testing.assert_allclose(row[1:5], told, rtol=1e-9)
        np.testing.assert_allclose(row[5:7], (0, 1), atol=1e-6)


def test_sequences_can_be_their_own_targets(waves: User) -> None:
    user = waves
    user.click("data.learns.input")
    settled(user)
    assert user.program.feed.problem is None
    summary = user.program.document.resolved.summary
    assert summary.reconstructs
    assert len(summary.target_names) == STEPS * FEATURES
    for view in ("statistics", "scaling"):
        user.click(f"data.view.{view}")
    rows = user.find("scaling", ScalingView).plot.table().rows
    assert len(rows) == FEATURES


def test_scales_of_sequences_that_differ_are_told(waves: User) -> None:
    user = waves
    user.click("data.tab.prepare")
    user.choose("data.preprocessing", "None")
    settled(user)
    titles = [problem.title for problem in user.program.document.resolved.problems]
    assert any(title.startswith("Scales differ") for title in titles), titles


def test_a_network_for_series_trains_on_sequences_and_is_judged(waves: User) -> None:
    user = waves
    user.key(Key.Key_1, CONTROL)

    def choose(dialog: TemplatesDialog) -> None:
        user.click("templates.card.cnn_1d")
        user.click("templates.create")

    user.will("dialog.templates", choose)
    user.key(Key.Key_M, CONTROL)
    user.answered()
    document = user.program.document
    assert "Conv1D" in [layer.kind for layer in document.project.network.layers]
    assert document.resolved.can_train
    few = document.project.training.model_copy(update={"epochs": 3})
    document.edit("3 epochs", document.project.model_copy(update={"training": few}))
    trained(user)
    assert user.program.run.record.reason == "finished"
    user.click("rail.inside")
    inside = user.program.inside
    for name, tab in inside.tabs.items():
        inside.show_tab(name)
        wait(lambda tab=tab: not any(asker.busy for asker in tab.findChildren(Asker)))
        wait(lambda: not user.program.jobs.busy("engine"))
        user.picture(f"111_sequences_{name}")
    user.click("rail.evaluate")
    found = judged(user, "validation")
    part = user.program.feed.prepared.validation
    figures = {one.name: one.value for one in found.figures}
    assert figures["Accuracy"] == metrics.accuracy_score(part.y, found.verdicts.classes)

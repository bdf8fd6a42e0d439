"""Regressions with several targets: of which output a tab speaks."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.diagnostics.layer_outputs import LayerOutputs, SeenSamples
from app.diagnostics.readings import Verdicts
from app.ui.inside.boundary_tab import BoundaryTab
from app.ui.inside.looking import Looking
from app.ui.inside.samples_tab import SamplesTab
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.ui.test_boundary_view import boundary_of, data_of
from tests.ui.test_inside_frame import _Document, _Feed, _Run

TARGETS = np.array([[1.0, 9.0], [2.0, 8.0], [3.0, 7.0], [4.0, 6.0], [5.0, 5.0], [6.0, 4.0]])


@pytest.fixture
def looking(qapp):
    apply_theme(qapp, LIGHT)
    run = _Run()
    run.trained(1)
    looking = Looking(_Document(run), _Feed(run), run, SimpleNamespace(), None, None, run)
    data = data_of("regression", np.arange(12.0).reshape(6, 2), TARGETS)
    summary = replace(data.summary, target_names=("height", "width"))
    looking.feed.prepared = replace(data, summary=summary)
    vars(looking.feed.prepared)["fingerprint"] = run.record.data_fingerprint
    return looking


def test_the_boundary_says_which_output_it_shows(looking, qtbot):
    tab = BoundaryTab(looking)
    qtbot.addWidget(tab.page)
    values = np.stack([np.linspace(0, 2, 16).reshape(4, 4), np.full((4, 4), 9.0)], axis=-1)
    for count, told in ((2, "Of the 2 outputs height is shown; the table has all."), (1, "")):
        bounds = (0.0, 4.0, 0.0, 4.0)
        tab._boundary_came(boundary_of("regression", values[..., :count], bounds))
        assert tab.note.text() == told
        assert len(tab.view.table().rows[0]) == 2 + count


def test_samples_say_which_target_they_tell(looking, qtbot):
    tab = SamplesTab(looking)
    qtbot.addWidget(tab.page)
    rows = np.arange(4)
    scores = np.random.default_rng(0).normal(size=(4, 2))
    seen = SeenSamples("hidden", (2,), scores, np.array([0.7, 0.3]))
    said = Verdicts("number", TARGETS[:4].astype(np.float32) + 0.5, None, None)
    tab.beside.setChecked(False)
    tab._came(LayerOutputs(np.zeros(4, np.int8), rows, (seen,), said, 6))
    tab._pointed(2)
    assert tab.reading.text().endswith("\nTarget height: 3.000\nNetwork: 3.500")

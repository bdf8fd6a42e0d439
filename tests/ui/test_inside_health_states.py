"""What the tabs on the health of layers show when there is little or nothing to show."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from app.core.frozen import FrozenMap
from app.core.layer_kinds.closed import CLOSED_KIND
from app.core.network import Layer, chain
from app.diagnostics.dead_units import Census, UnitActivity
from app.diagnostics.no_answer import NoAnswer
from app.training.events import LayerHealth
from app.ui.inside import dead_units_tab, gradients_tab
from app.ui.inside.dead_units_tab import DeadUnitsTab
from app.ui.inside.gradients_tab import GradientsTab
from app.ui.inside.histograms_tab import HistogramsTab
from app.ui.inside.looking import NO_RUN, Looking
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests.ui.test_distribution_plots import distribution
from tests.ui.test_inside_frame import _Document, _Feed, _Run

NETWORK = chain(
    (
        Layer(id="data", kind="InputLayer"),
        Layer(id="hidden", kind="Dense", options=FrozenMap(units=4, activation="relu")),
        Layer(id="middle", kind="Dense", options=FrozenMap(units=3, activation="tanh")),
        Layer(id="output", kind="Dense", options=FrozenMap(units=1, activation="sigmoid")),
    )
)


@pytest.fixture
def looking(qapp):
    apply_theme(qapp, LIGHT)
    run = _Run()
    return Looking(_Document(run), _Feed(run), run, None, None, None, run)


def trained(looking, epochs, healths, network=NETWORK):
    run = looking.run
    run.trained(epochs)
    project = run.record.project.model_copy(update={"network": network})
    run.record = run.record.model_copy(update={"project": project})
    run.healths = tuple(healths)


def health(epoch, norms=(1e-4, 0.02, 0.5), dead=(0, 0, 1, 0)):
    names = ("hidden", "middle", "output")
    norms = dict(zip(names, norms, strict=True))
    units = (("hidden", np.array(dead, bool)),) if dead is not None else ()
    return LayerHealth(epoch, FrozenMap(norms), units, FrozenMap(dict.fromkeys(names, 1e-3)))


def shown(tab, qtbot):
    tab.page.resize(1184, 540)
    qtbot.addWidget(tab.page)
    tab.page.show()
    tab.refresh()
    return tab


def test_before_a_run_every_tab_says_what_to_do(looking, qtbot):
    for kind in (GradientsTab, DeadUnitsTab, HistogramsTab):
        tab = shown(kind(looking), qtbot)
        assert tab.page.is_empty
        assert tab.page.empty.sentence.text() == NO_RUN


def test_why_there_are_no_gradients(looking, qtbot):
    tab = shown(GradientsTab(looking), qtbot)
    trained(looking, 0, [])
    tab.refresh()
    assert tab.page.empty.sentence.text() == gradients_tab.NO_EPOCH
    trained(looking, 3, [])
    tab.refresh()
    assert tab.page.empty.sentence.text() == gradients_tab.NOT_MEASURED
    trained(looking, 3, [LayerHealth(3, FrozenMap(), ())])
    tab.refresh()
    assert tab.page.empty.sentence.text() == gradients_tab.NO_LAYERS
    trained(looking, 3, [health(1), health(3)])
    tab.refresh()
    assert not tab.page.is_empty


def test_gradients_warn_where_they_vanish_and_only_there(looking, qtbot):
    tab = shown(GradientsTab(looking), qtbot)
    trained(looking, 3, [health(1, (0.1, 0.1, 0.5)), health(2), health(3, (0.0, 0.1, 0.5))])
    tab.refresh()
    assert tab.warning.isVisible()
    assert tab.warning.text.text().startswith(
        "At epoch 3, by medians over the last 3 epochs, the gradient of hidden is 1e-4; that of "
        "the last layer, output, is 0.5, 5,000 times"
    )
    assert [row[2] for row in tab.bars.table().rows] == [0.0, 0.1, 0.5]
    looking.moment = 2
    tab.refresh()
    assert not tab.warning.isVisible(), "one step is not enough"
    assert [row[2] for row in tab.bars.table().rows] == [1e-4, 0.02, 0.5]
    looking.moment = 1
    tab.refresh()
    assert not tab.warning.isVisible()
    assert tab.words.text().startswith("At epoch 1 every layer gets more than a thousandth")
    looking.moment = None
    for norms, blocked, told in (
        ((0.0, 0.1, 0.5), False, ""),
        ((0.0, 0.1, 0.5), True, "At epoch 1 hidden gets less than a thousandth of the last one's "),
        ((1e-3, 0.1, 0.5), False, "At epoch 1 hidden gets hardly more than a thousandth"),
        ((0.1, 1e-4, 0.5), False, "At epoch 1 middle gets less than a thousandth"),
    ):
        trained(looking, 1, [health(1, norms, dead=(1,) * 4 if blocked else (0,) * 4)])
        tab.refresh()
        assert tab.warning.isVisible() == (not told)
        if told:
            assert tab.words.text().startswith(told)
        else:
            assert "hidden is 0;" in tab.warning.text.text()
            assert "0.5." in tab.warning.text.text(), "nothing is divided by 0"
        assert ("Dead units" in tab.words.text()) == blocked
    looking.moment = 0
    tab.refresh()
    assert tab.words.text() == gradients_tab.BEFORE
    assert tab.bars.table().rows == ()


def test_gradients_that_are_not_known_or_all_0_are_not_called_sound(looking, qtbot):
    tab = shown(GradientsTab(looking), qtbot)
    overflow = LayerHealth(2, FrozenMap(hidden=0.1, middle=0.1), ())
    trained(looking, 3, [health(1, (0.1, 0.1, 0.1)), overflow, health(3, (0.0, 0.0, 0.0))])
    tab.refresh()
    assert tab.words.text().startswith("At epoch 3 every gradient is 0")
    looking.moment = 2
    tab.refresh()
    assert tab.words.text().startswith("At epoch 2 the gradient of output is not known")
    looking.moment = 1
    tab.refresh()
    assert "none vanishes" in tab.words.text()


def test_the_last_epoch_can_be_pressed_when_the_best_weights_are_back(looking):
    looking.run.trained(10, restored_to=7)
    looking.look_near(10)
    assert (looking.moment, looking.shown_epoch) == (10, 10)
    looking.run.trained(10)
    looking.look_near(10)
    assert (looking.moment, looking.shown_epoch) == (None, 10)


def test_units_inside_closed_boxes_are_not_said_to_live_for_ever(looking, qtbot):
    tab = shown(DeadUnitsTab(looking), qtbot)
    trained(looking, 1, [health(1, dead=None)])
    box = Layer(id="middle", kind=CLOSED_KIND)
    first, _, middle, last = NETWORK.layers
    for layers, told in (
        ((first, middle, last), dead_units_tab.NONE_CAN_DIE),
        ((first, box, last), dead_units_tab.NONE_LOOKED_INTO),
    ):
        trained(looking, 1, [health(1, dead=None)], chain(layers))
        tab.refresh()
        assert tab.page.empty.sentence.text() == told


def test_a_run_opened_again_says_that_only_its_last_epoch_is_known(looking, qtbot):
    trained(looking, 9, [health(9, (0.1, 0.1, 0.1))])
    tab = shown(GradientsTab(looking), qtbot)
    assert gradients_tab.REOPENED in tab.words.text()
    assert not tab.page.grab().isNull()
    census = shown(DeadUnitsTab(looking), qtbot)
    assert dead_units_tab.REOPENED in census.words.text()


def test_the_census_says_who_cannot_die_and_where_it_was_looked(looking, qtbot):
    trained(looking, 2, [health(1), health(2, dead=(1, 1, 0, 0))])
    tab = shown(DeadUnitsTab(looking), qtbot)
    assert tab.words.text() == (
        "At epoch 2, 2 of 4 units are dead, looked at on the training part. "
        "Cannot die: middle (tanh), output (sigmoid)."
    )
    assert tab.warning.title.text() == "2 of 4 units of hidden are dead: half of the layer or more"
    trained(looking, 2, [health(1), health(2, dead=(1, 0, 0, 0))])
    tab.refresh()
    told = "1 of 4 units of hidden are dead: fewer than half, it still learns"
    assert tab.warning.title.text() == told
    assert tab.warning.isVisible()
    options = FrozenMap(units=3, activation="relu")
    box = Layer(id="middle", kind="BidirectionalSimpleRNN", options=options)
    layers = tuple(box if layer.id == "middle" else layer for layer in NETWORK.layers)
    trained(looking, 2, [health(1), health(2)], NETWORK.model_copy(update={"layers": layers}))
    tab.refresh()
    assert tab.words.text().endswith("Cannot die: output (sigmoid). Not looked into: middle.")
    looking.moment = 0
    tab.refresh()
    looking.run.asked[-1][1](None)
    before = UnitActivity("hidden", np.zeros(4, bool), np.full(4, 0.5), 60)
    tab._came(Census((before,)))
    assert tab.words.text().startswith("Before the first epoch, 0 of 4 units are dead")
    assert not tab.warning.isVisible()
    fingerprint = looking.record.data_fingerprint
    part = range(900)
    looking.feed.prepared = SimpleNamespace(fingerprint=fingerprint, part=lambda _name: part)
    for samples, told in ((60, "60 of the 900 training samples"), (900, "the 900 training")):
        tab._came(Census((replace(before, samples=samples),)))
        assert f"looked at on {told}" in tab.words.text()
    trained(looking, 2, [health(1, dead=None), health(2, dead=None)])
    tab.refresh()
    assert tab.page.empty.sentence.text() == dead_units_tab.NONE_CAN_DIE


def test_distributions_of_one_layer_after_another(looking, qtbot):
    tab = shown(HistogramsTab(looking), qtbot)
    assert not tab.layers.isEnabled()
    trained(looking, 3, [])
    tab.refresh()
    question, _ = looking.run.asked[-1]
    assert (question.subject, question.layer, question.epoch) == ("distribution", None, None)
    looking.run.answer(distribution([1.0, 2.0, 3.0], layer_id="hidden"))
    assert tab.layers.isEnabled()
    assert (tab.layers.current(), tab.values.current()) == ("hidden", "kernel")
    assert tab.fan.table().rows == ((3, 1.0, 1.1, 1.5, 2.0, 2.5, 2.9, 3.0),)
    assert looking.run.asked[0][0].epoch == 0, "then the epochs before, one by one"
    looking.run.answer(distribution([0.0, 0.0, 0.0], layer_id="hidden"))
    assert [row[0] for row in tab.fan.table().rows] == [0, 3]
    assert {row[0] for row in tab.histogram.table().rows} == {"epoch 3", "initial"}
    asked = len(looking.run.asked)
    looking.moment = 0
    tab.refresh()
    assert len(looking.run.asked) == asked, "what was gathered is shown at once"
    assert {row[0] for row in tab.histogram.table().rows} == {"epoch 0"}
    tab.layers.chosen.emit("data")
    for question, on_answer in tuple(looking.run.asked):
        if question.layer == "data":
            on_answer(NoAnswer("data puts out texts: only numbers have a distribution."))
    assert tab.page.empty.sentence.text().startswith("data puts out texts")
    assert tab.layers.isEnabled(), "another layer can be chosen"

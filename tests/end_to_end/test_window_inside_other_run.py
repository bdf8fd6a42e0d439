"""Of a run that was followed by another one the tabs of the page Inside show nothing any more."""

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import Project, TrainingSettings
from app.ui.inside.looking import Asker
from app.ui.inside.tab import ASKING
from tests.end_to_end.window_user import turn, wait

TABS = ("filters", "maps", "histograms", "boundary", "samples", "attribution")


def project(units):
    layers = (
        Layer(id="data", kind="InputLayer"),
        Layer(id="hidden", kind="Dense", options=FrozenMap(units=units, activation="relu")),
        Layer(id="output", kind="Dense", options=FrozenMap(units=1, activation="sigmoid")),
    )
    return Project(
        name="moons",
        data=DataSettings(source=BuiltinSource(name="moons")),
        network=chain(layers),
        training=TrainingSettings(loss="binary_crossentropy", epochs=2, metrics=("accuracy",)),
    )


def train(program):
    before = program.run.run_number, program.run.record
    program.run.train()
    wait(lambda: program.run.record is not before[1] and not program.run.state.active)
    turn()


def test_a_tab_shows_nothing_of_the_run_before(program, monkeypatch):
    program.files.leave = lambda then: then()
    program.window.resize(1280, 800)
    program.files.show(project(4))
    wait(lambda: program.feed.prepared is not None and not program.feed.loading)
    train(program)
    program.workbench.give("show_inside")
    inside = program.inside
    for name, tab in inside.tabs.items():
        inside.show_tab(name)
        wait(lambda tab=tab: not any(a.busy for a in tab.findChildren(Asker)) and not _asks(tab))
        wait(lambda: not program.jobs.busy("engine"))
    inside.show_tab("dead_units")
    dead = inside.tabs["dead_units"]
    wait(lambda: dead.census.rows.census)

    program.workbench.give("show_bench")
    program.document.edit("Other units", project(6))
    train(program)
    assert program.run.run_number == 2
    # no answer comes
    monkeypatch.setattr(program.run.questions, "ask", lambda *_args, **_named: None)
    program.workbench.give("show_inside")
    for name in TABS:
        inside.show_tab(name)
        assert inside.tabs[name].page.empty.sentence.text() == ASKING, name
        assert inside.tabs[name].page.is_empty, name
    inside.show_tab("advisor")
    plane = inside.tabs["advisor"].plane
    assert plane.isVisible()
    assert not plane.now.isVisible()
    assert not plane.units.isVisible()
    inside.show_tab("dead_units")
    assert {len(units) for _, units in dead.census.rows.census} == {6}


def _asks(tab):
    return tab.page.is_empty and tab.page.empty.sentence.text() == ASKING

"""Each view of the page Inside can be read as a table and saved as a picture and as CSV."""

import csv
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage

from app.core.data_settings import BuiltinSource, DataSettings
from app.core.frozen import FrozenMap
from app.core.network import Layer, chain
from app.core.project import Project, TrainingSettings
from app.ui.inside.looking import Asker
from app.ui.inside.tab import Tab
from app.ui.plots.plot_menu import Plot, PlotMenu
from app.ui.window.status_row import StatusRow
from tests.end_to_end.window_user import User, turn, wait

LONG = "a_dense_layer_whose_name_is_as_long_as_a_name_can_be_64_letters_"


def layer(name: str, kind: str, **options: object) -> Layer:
    return Layer(id=name, kind=kind, options=FrozenMap(options))


MOONS = (
    layer(LONG, "Dense", units=4, activation="relu"),
    layer("output", "Dense", units=1, activation="sigmoid"),
)
DIGITS = (
    layer("convolution", "Conv2D", filters=3, kernel_size=(3, 3), activation="relu"),
    layer("flatten", "Flatten"),
    layer("output", "Dense", units=10, activation="softmax"),
)


def trained(user: User, name: str, loss: str, layers: tuple[Layer, ...]) -> None:
    program = user.program
    program.files.leave = lambda then: then()
    network = chain((layer("data", "InputLayer"), *layers))
    training = TrainingSettings(loss=loss, epochs=2, metrics=("accuracy",))
    data = DataSettings(source=BuiltinSource(name=name))
    program.files.show(Project(name=name, data=data, network=network, training=training))
    wait(lambda: program.feed.prepared is not None and not program.feed.loading)
    program.run.train()
    wait(lambda: program.run.has_model and not program.run.state.active)


def shown(user: User, tab: Tab) -> list[Plot]:
    """The plots of a tab that are seen, once all is answered."""
    user.program.inside.show_tab(tab.name)
    wait(lambda: not any(asker.busy for asker in tab.findChildren(Asker)))
    wait(lambda: not user.program.jobs.busy("engine"))
    turn()
    assert not tab.page.is_empty or tab.name in ("filters", "maps"), tab.page.empty.sentence.text()
    return [plot for plot in tab.page.findChildren(Plot) if plot.isVisible()]


def check_saving(plot: Plot, folder: Path) -> None:
    menu = PlotMenu(plot, "tried")
    menu.add_saving()
    failed: list[object] = []
    plot.save_failed.connect(failed.append)
    name, table = plot.objectName(), plot.table()
    assert table.title, name
    assert table.headers, name
    assert all(len(row) == len(table.headers) for row in table.rows), name
    for kind in ("png", "svg", "csv"):
        menu.write(folder / f"{name}.{kind}")
    assert not failed, name
    assert window_says(plot) == f"Saved {name}.csv"
    menu.copy()
    assert window_says(plot) == "Copied the picture"
    picture = QImage(str(folder / f"{name}.png"))
    assert picture.width() >= plot.width(), name
    points = {
        picture.pixel(x, y)
        for x in range(0, picture.width(), 3)
        for y in range(0, picture.height(), 3)
    }
    assert len(points) > 2 or not table.rows, f"{name}: an empty picture"
    root = ElementTree.parse(folder / f"{name}.svg").getroot()
    assert root.tag.endswith("svg"), name
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))
    assert tuple(rows[0]) == table.headers, name
    assert len(rows) == len(table.rows) + 1, name
    assert plot.accessibleName(), name
    menu.deleteLater()


def window_says(plot: Plot) -> str:
    row = plot.window().findChild(StatusRow)
    assert row is not None
    return row._message.text()


CASES: dict[str, tuple[str, tuple[Layer, ...], set[str]]] = {
    "moons": (
        "binary_crossentropy",
        MOONS,
        {"advisor", "gradients", "dead_units", "histograms", "boundary", "samples", "attribution"},
    ),
    "digits": (
        "sparse_categorical_crossentropy",
        DIGITS,
        {"advisor", "filters", "maps", "boundary", "samples", "attribution"},
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_every_plot_is_saved(user: User, tmp_path: Path, name: str) -> None:
    loss, layers, with_plots = CASES[name]
    user.window.resize(1280, 800)
    trained(user, name, loss, layers)
    user.program.workbench.give("show_inside")
    found: dict[str, list[Plot]] = {}
    for tab in user.program.inside.tabs.values():
        if tab.name in with_plots:
            found[tab.name] = shown(user, tab)
            assert found[tab.name], tab.name
            for plot in found[tab.name]:
                check_saving(plot, tmp_path)
            assert_in_reach(tab)
    assert sum(map(len, found.values())) > len(found)


def assert_in_reach(tab: Tab) -> None:
    """In a window that is too small the panels can be scrolled to; none stands over another."""
    window = tab.page.window()
    window.resize(960, 600)
    turn()
    seen = [plot for plot in tab.page.findChildren(Plot) if plot.isVisible()]
    small = {
        plot.objectName(): (plot.width(), plot.height(), plot.minimumSizeHint().toTuple())
        for plot in seen
        if plot.width() < plot.minimumSizeHint().width()
        or plot.height() < plot.minimumSizeHint().height()
    }
    assert not small
    window.resize(1280, 800)
    turn()

"""The menus of the canvas: of a card, of several, of a link, of the ground."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QPointF, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.core.network import INPUT_KIND
from app.ui.canvas.geometry import Edge
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.pages.bench_page import BenchPage
from app.ui.pages.network_presenter import NetworkPresenter

Entry = tuple[str, Callable[[], object], bool]
"""Text, what it does, whether it can be done; ("", ...) is a line between groups."""

_LINE: Entry = ("", lambda: None, False)


def open_menu(
    parent: QWidget,
    name: str,
    entries: Sequence[Entry],
    where: QPoint,
    complete: Callable[[QMenu], None] = lambda menu: None,
) -> None:
    """Open a menu called `name` with these entries, and those that `complete` adds, at a place of
    the screen.
    """
    menu = QMenu(parent)
    menu.setObjectName(name)
    for text, order, enabled in entries:
        if not text:
            menu.addSeparator()
            continue
        action = menu.addAction(text)
        action.setEnabled(enabled)
        action.triggered.connect(lambda _checked=False, give=order: give())
    complete(menu)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(where)


def layer_entries(
    network: NetworkPresenter, canvas: NetworkCanvas, layer_id: str, where: QPoint
) -> list[Entry]:
    """What can be done with one layer."""
    shown = network.network
    fixed = shown is None or shown.layer(layer_id).kind == INPUT_KIND
    return [
        ("Add layer after this…", partial(network.ask_behind, layer_id, where), True),
        ("Link to…\tAlt+Right", canvas.begin_link, True),
        _LINE,
        ("Cut\tCtrl+X", network.cut, not fixed),
        ("Copy\tCtrl+C", network.copy, not fixed),
        ("Paste behind\tCtrl+Shift+V", network.paste_behind, True),
        ("Duplicate\tCtrl+D", partial(network.duplicate, [layer_id]), not fixed),
        ("Delete\tDel", partial(network.remove, [layer_id]), not fixed),
        _LINE,
        ("Move left\tCtrl+Left", partial(network.move_selected, -1), not fixed),
        ("Move right\tCtrl+Right", partial(network.move_selected, 1), not fixed),
    ]


def several_entries(network: NetworkPresenter) -> list[Entry]:
    """What can be done with the chosen layers, which are several."""
    some, many = bool(network.editable), len(network.chosen) > 2
    return [
        ("Cut\tCtrl+X", network.cut, some),
        ("Copy\tCtrl+C", network.copy, some),
        ("Duplicate\tCtrl+D", lambda: network.duplicate(network.editable), some),
        ("Delete\tDel", lambda: network.remove(network.editable), some),
        _LINE,
        ("Align left", partial(network.align, "left"), True),
        ("Align top", partial(network.align, "top"), True),
        ("Centre in a column", partial(network.align, "column"), True),
        ("Centre in a row", partial(network.align, "row"), True),
        ("Distribute across", partial(network.distribute, "across"), many),
        ("Distribute down", partial(network.distribute, "down"), many),
    ]


def link_entries(network: NetworkPresenter, edge: Edge, where: QPoint) -> list[Entry]:
    """What can be done with a link."""
    return [
        ("Add layer on this link…", partial(network.ask_on_link, edge, where), True),
        ("Remove link\tDel", partial(network.unlink, [edge]), True),
        _LINE,
        (f"Choose {edge[0]}", partial(network.choose, [edge[0]]), True),
        (f"Choose {edge[1]}", partial(network.choose, [edge[1]]), True),
    ]


def ground_entries(
    network: NetworkPresenter, canvas: NetworkCanvas, place: QPointF, where: QPoint
) -> list[Entry]:
    """What can be done with the ground at `place` of the drawing."""
    return [
        ("Add layer here…", partial(network.ask_at, place, where), True),
        ("Paste here\tCtrl+V", partial(network.paste_at, place), True),
        ("Choose all layers\tCtrl+A", network.choose_all, True),
        _LINE,
        ("Arrange automatically", network.arrange, network.placed_by_hand),
        ("Fit network to view\tCtrl+9", canvas.fit, True),
        ("Actual size", partial(canvas.set_zoom, 1.0), canvas.zoom() != 1.0),
    ]


class CanvasMenus(QObject):
    """Opens the menu that is asked for on the canvas, or by the button in the inspector.

    Signals:
        layer_menu_opening(QMenu, str): the menu of a layer is about to open; others may add to it.
    """

    layer_menu_opening = Signal(object, str)

    def __init__(self, page: BenchPage, network: NetworkPresenter, parent: QObject) -> None:
        super().__init__(parent)
        self._page = page
        self._network = network
        page.canvas.context_requested.connect(self._open)
        page.canvas.link_menu_requested.connect(self._open_for_link)
        page.inspector.menu_requested.connect(self._open_for_chosen)

    def _open_for_chosen(self, place: QPoint) -> None:
        if self._network.chosen:
            self._open(self._network.chosen[-1], place)

    def _open(self, layer_id: str, place: QPoint) -> None:
        """The menu of a layer, of several, or of the ground where `layer_id` is ""."""
        network, canvas = self._network, self._page.canvas
        shown = network.network
        if shown is None:
            return
        if not shown.has(layer_id):
            corner = canvas.mapToScene(canvas.viewport().mapFromGlobal(place))
            entries = ground_entries(network, canvas, corner, place)
            open_menu(self._page, "bench.ground_menu", entries, place)
        elif len(network.chosen) > 1 and layer_id in network.chosen:
            open_menu(self._page, "bench.layers_menu", several_entries(network), place)
        else:
            network.choose([layer_id])
            entries = layer_entries(network, canvas, layer_id, place)
            opening = partial(self._tell_opening, layer_id)
            open_menu(self._page, "bench.layer_menu", entries, place, opening)

    def _tell_opening(self, layer_id: str, menu: QMenu) -> None:
        self.layer_menu_opening.emit(menu, layer_id)

    def _open_for_link(self, edge: Edge, place: QPoint) -> None:
        open_menu(self._page, "bench.link_menu", link_entries(self._network, edge, place), place)

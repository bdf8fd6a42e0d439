"""What the keys do on the canvas.

Arrows, Home and End choose a layer, on a chosen link its ends; with Ctrl+Shift the next one is
    chosen too, with Shift the chosen cards move by a step of the grid.
Insert asks for a layer behind the chosen one or on the chosen link, and so does typing a part of a
    name. Delete, Ctrl+D, Ctrl+Left and Ctrl+Right remove, duplicate and move.
Alt+Right draws a link from the chosen layer: arrows step over the layers that it may lead to, Enter
    links. Alt+Left chooses a link into it, again the next one.
Alt+Return asks for the remedy; plus, minus and 0 zoom; Escape gives up.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QKeyEvent

from app.core.network import INPUT_KIND
from app.core.place_edits import GRID
from app.ui.canvas.face import LOSS_CARD
from app.ui.canvas.geometry import CARD_HEIGHT

if TYPE_CHECKING:
    from app.ui.canvas.network_canvas import NetworkCanvas

_NONE = Qt.KeyboardModifier.NoModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_STEP = 1.1
_ARROWS = {
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Down: (0, 1),
    Qt.Key.Key_Up: (0, -1),
}

KEYS_IN_WORDS = (
    ("Choose a layer of the network", "Arrows, Home, End"),
    ("Choose the next layer too", "Ctrl+Shift+Arrows"),
    ("Move chosen cards by a step", "Shift+Arrows"),
    ("Add a layer behind the chosen one or on the chosen link", "Insert, or type a name"),
    ("Delete what is chosen", "Delete"),
    ("Mend the chosen layer", "Alt+Return"),
    ("Open the menu of what is chosen", "Menu"),
    ("Zoom in, out, to 100%", "+, -, 0"),
    ("Move the ground", "Space and drag, middle button"),
    ("Zoom at the pointer", "Ctrl+wheel"),
)
"""What keys and mouse do on the canvas beside the commands, for people."""


class CanvasKeys:
    """The table of keys, and the steps along the network."""

    def __init__(self, canvas: "NetworkCanvas") -> None:
        self._canvas = canvas
        key = Qt.Key
        table: dict[tuple[Qt.Key, Qt.KeyboardModifier], Callable[[], object]] = {
            (key.Key_Home, _NONE): lambda: canvas.choose(canvas.card_ids()[0]),
            (key.Key_End, _NONE): lambda: canvas.choose(canvas.card_ids()[-1]),
            (key.Key_Return, _NONE): lambda: canvas.choose(canvas.current()),
            (key.Key_Enter, _NONE): lambda: canvas.choose(canvas.current()),
            (key.Key_Escape, _NONE): lambda: canvas.choose_link(None),
            (key.Key_Insert, _NONE): self._ask_to_add,
            (key.Key_Delete, _NONE): self._ask_to_remove,
            (key.Key_Backspace, _NONE): self._ask_to_remove,
            (key.Key_A, _CONTROL): lambda: canvas.choose_layers(canvas.card_ids()),
            (key.Key_D, _CONTROL): self._ask_to_duplicate,
            (key.Key_Right, _CONTROL): lambda: self._ask_to_move(1),
            (key.Key_Left, _CONTROL): lambda: self._ask_to_move(-1),
            (key.Key_Right, _ALT): canvas.begin_link,
            (key.Key_Left, _ALT): canvas.choose_next_link,
            (key.Key_Return, _ALT): self._ask_to_fix,
            (key.Key_Menu, _NONE): self.ask_for_menu,
            (key.Key_Plus, _NONE): lambda: canvas.set_zoom(canvas.zoom() * _STEP),
            (key.Key_Equal, _NONE): lambda: canvas.set_zoom(canvas.zoom() * _STEP),
            (key.Key_Minus, _NONE): lambda: canvas.set_zoom(canvas.zoom() / _STEP),
            (key.Key_0, _NONE): lambda: canvas.set_zoom(1.0),
        }
        for arrow, way in _ARROWS.items():
            table[arrow, _NONE] = partial(self._walk, arrow)
            table[arrow, _SHIFT] = partial(self._nudge, *way)
            table[arrow, _CONTROL | _SHIFT] = partial(self._extend, arrow)
        self._table = table

    def press(self, event: QKeyEvent) -> bool:
        """Do what the key means here; whether it means anything."""
        canvas = self._canvas
        key, modifiers = Qt.Key(event.key()), event.modifiers() & ~_KEYPAD
        if canvas.keyboard_link() is not None:
            return self._press_while_linking(key)
        if key == Qt.Key.Key_Escape and canvas.give_up():
            return True
        action = self._table.get((key, modifiers)) or self._table.get((key, modifiers & ~_SHIFT))
        current = canvas.current()
        if action is not None and current is not None:
            action()
            return True
        if modifiers & ~_SHIFT == _NONE and event.text().isalpha():
            return self._begin_to_type(event.text())
        return False

    def _press_while_linking(self, key: Qt.Key) -> bool:
        canvas = self._canvas
        link = canvas.keyboard_link()
        assert link is not None
        if key in _ARROWS:
            link.step(sum(_ARROWS[key]))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            canvas.accept_link()
        elif key not in (Qt.Key.Key_Alt, Qt.Key.Key_Shift, Qt.Key.Key_Control):
            canvas.give_up()
        return True

    def _begin_to_type(self, text: str) -> bool:
        """The quick search: behind the chosen layer, on the chosen link, else at the pointer."""
        canvas = self._canvas
        if canvas.chosen():
            chosen = canvas.chosen()[-1]
            canvas.typed.emit(chosen, canvas.place_behind(chosen), text)
            return True
        pointer = canvas.pointer()
        if pointer is not None:
            canvas.search_requested.emit(pointer, QCursor.pos(), text)
            return True
        current = canvas.current()
        if current is None:
            middle = canvas.viewport().rect().center()
            where = canvas.viewport().mapToGlobal(middle)
            canvas.search_requested.emit(canvas.mapToScene(middle), where, text)
        else:
            canvas.typed.emit(current, canvas.place_behind(current), text)
        return True

    # ------------------------------------------------------------ steps along the network

    def _neighbour(self, name: str, arrow: Qt.Key) -> str | None:
        network = self._canvas.network()
        if arrow == Qt.Key.Key_Right:
            return next(iter(network.outputs_of(name)), None)
        if arrow == Qt.Key.Key_Left:
            return next(iter(network.inputs_of(name)), None)
        return self._beside(name, _ARROWS[arrow][1])

    def _beside(self, name: str, direction: int) -> str | None:
        """The nearest card below (1) or above (-1)."""
        places = self._canvas.present_places()
        x, y = places[name]
        found = [
            (abs(b - y), abs(a - x), other)
            for other, (a, b) in places.items()
            if (b - y) * direction > CARD_HEIGHT / 2
        ]
        return min(found)[2] if found else None

    def _walk(self, arrow: Qt.Key) -> None:
        canvas = self._canvas
        link = canvas.chosen_link()
        if link is not None:
            back = arrow in (Qt.Key.Key_Left, Qt.Key.Key_Up)
            canvas.choose(link[0] if back or link[1] == LOSS_CARD else link[1])
            return
        current = canvas.current()
        if current is not None:
            start = not canvas.chosen()
            canvas.choose(current if start else self._neighbour(current, arrow) or current)

    def _extend(self, arrow: Qt.Key) -> None:
        canvas = self._canvas
        current = canvas.current()
        other = self._neighbour(current, arrow) if current and canvas.chosen() else current
        if other is not None:
            rest = [name for name in canvas.chosen() if name != other]
            canvas.choose_layers((*rest, other))

    # ------------------------------------------------------------ requests

    def _nudge(self, across: int, down: int) -> None:
        canvas = self._canvas
        places = canvas.present_places()
        moved = {
            name: (places[name][0] + GRID * across, places[name][1] + GRID * down)
            for name in canvas.chosen()
        }
        if moved:
            canvas.places_requested.emit(moved)

    def _ask_to_add(self) -> None:
        canvas = self._canvas
        link = canvas.chosen_link()
        if link is not None:
            canvas.insert_requested.emit(link, canvas.link_place(link))
            return
        current = canvas.current() if canvas.chosen() else canvas.card_ids()[-1]
        if current is not None:
            canvas.add_requested.emit(current, canvas.place_behind(current))

    def _ask_to_remove(self) -> None:
        canvas = self._canvas
        link = canvas.chosen_link()
        if link is not None and link[1] != LOSS_CARD:
            canvas.unlink_requested.emit((link,))
        elif canvas.movable():
            canvas.remove_requested.emit(canvas.movable())

    def _ask_to_duplicate(self) -> None:
        if self._canvas.movable():
            self._canvas.duplicate_requested.emit(self._canvas.movable())

    def _ask_to_move(self, direction: int) -> None:
        canvas = self._canvas
        name = canvas.selected()
        if name is None or canvas.network().layer(name).kind == INPUT_KIND:
            return
        if direction > 0:
            goal = self._neighbour(name, Qt.Key.Key_Right)
        else:
            before = self._neighbour(name, Qt.Key.Key_Left)
            goal = self._neighbour(before, Qt.Key.Key_Left) if before else None
        if goal is not None:
            canvas.move_requested.emit(name, goal)

    def _ask_to_fix(self) -> None:
        canvas = self._canvas
        name = canvas.selected()
        index = -1 if name is None else canvas.fix_index(name)
        if index >= 0:
            canvas.fix_requested.emit(name, index)

    def ask_for_menu(self) -> None:
        canvas = self._canvas
        link, current = canvas.chosen_link(), canvas.current()
        if link is not None and link[1] != LOSS_CARD:
            canvas.link_menu_requested.emit(link, canvas.link_place(link))
        elif current is not None:
            if not canvas.chosen():
                canvas.choose(current)
            middle: QPoint = canvas.card_rect(current).center()
            canvas.context_requested.emit(current, canvas.viewport().mapToGlobal(middle))

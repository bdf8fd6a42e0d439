"""Places of cards, and the clipboard: what is put where by hand."""

from collections.abc import Mapping

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from app.core.network import Network
from app.core.network_clipboard import copy_text, read_text
from app.core.network_edits import RefusedEditError, follow_in_line, graft
from app.core.place_edits import (
    PITCH,
    Alignment,
    Axis,
    Point,
    aligned,
    arranged,
    distributed,
    free_spot,
    pasted_places,
    with_places,
)
from app.ui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH
from app.ui.pages.network_steps import NetworkSteps

HALF_CARD = QPointF(CARD_WIDTH, CARD_HEIGHT) / 2


class PlacePresenter(NetworkSteps):
    """Moves, aligns and arranges cards; copies and pastes layers as text."""

    def _place(self, places: Mapping[str, Point]) -> None:
        text = f"Move {next(iter(places))}" if len(places) == 1 else f"Move {len(places)} layers"
        self._put(text, places, merge_key=f"places.{','.join(sorted(places))}")

    def _put(self, text: str, places: Mapping[str, Point], merge_key: str | None = None) -> None:
        project = self._document.project
        if project is None:
            return
        after = with_places(project, places, self._canvas.present_places())
        self._edit(text, after, (), merge_key)
        if not project.places:
            self.message.emit("Cards stay where you put them; Network, Arrange lays them out.")

    def align(self, alignment: Alignment) -> None:
        """Put the chosen cards on one line."""
        present = self._canvas.present_places()
        if len(self.chosen) < 2:
            self.message.emit("Choose two layers or more to align them.")
            return
        places = aligned(present, self.chosen, alignment)
        self._put(f"Align {len(places)} layers", places)

    def distribute(self, axis: Axis) -> None:
        """Put the chosen cards at equal distances."""
        if len(self.chosen) < 3:
            self.message.emit("Choose three layers or more to distribute them.")
            return
        places = distributed(self._canvas.present_places(), self.chosen, axis)
        self._put(f"Distribute {len(places)} layers", places)

    def arrange(self) -> None:
        """Leave the places of all cards to the canvas."""
        project = self._document.project
        if project is not None:
            self._edit("Arrange layers", arranged(project), ())

    def copy(self) -> None:
        """Put the chosen layers on the clipboard, as text."""
        network = self.network
        if network is None or not self.editable:
            self.message.emit("Choose layers to copy them.")
            return
        names = self.editable
        text = copy_text(network, names, self._canvas.present_places())
        QGuiApplication.clipboard().setText(text)
        many = f"{len(names)} layers" if len(names) > 1 else names[0]
        self.message.emit(f"Copied {many}.")

    def paste(self) -> None:
        """Put the layers of the clipboard beside what is there, where the pointer is if it is on
        the canvas.
        """
        self._paste(self._paste_corner())

    def paste_at(self, corner: QPointF) -> None:
        """Put the layers of the clipboard there."""
        self._paste((corner.x(), corner.y()))

    def _paste(self, corner: Point) -> None:
        try:
            copied = read_text(QGuiApplication.clipboard().text())
        except RefusedEditError as refusal:
            self.message.emit(str(refusal))
            return
        relative = copied.relative_places()
        for number, layer in enumerate(copied.layers):  # foreign text may lack some
            relative.setdefault(layer.id, (PITCH[0] * number, 0.0))
        taken = self._canvas.present_places().values()
        self._do(
            f"Paste {len(copied.layers)} layers" if len(copied.layers) > 1 else "Paste layer",
            lambda n: graft(n, copied.as_layers(), copied.links),
            places=lambda names: pasted_places(relative, names, corner, taken),
        )

    def paste_behind(self) -> None:
        """Put the layers of the clipboard in behind the chosen layer, as a chain."""
        after = self.selected
        if after is None:
            self.message.emit("Choose the layer to paste behind.")
            return

        def edit(network: Network) -> tuple[Network, Mapping[str, str]]:
            copied = read_text(QGuiApplication.clipboard().text())
            grown, names = graft(network, copied.as_layers(), copied.links)
            return follow_in_line(grown, names.values(), after), names

        self._do("Paste layers", edit)

    def _paste_corner(self) -> Point:
        canvas = self._canvas
        pointer = canvas.pointer()
        if pointer is not None:
            corner = pointer - HALF_CARD
            return corner.x(), corner.y()
        places = canvas.present_places()
        near = [places[name] for name in self.chosen if name in places] or list(places.values())
        if not near:
            seen = canvas.seen_rect().topLeft()
            return seen.x() + 32, seen.y() + 16
        return min(x for x, _ in near), max(y for _, y in near) + PITCH[1]

    def _beside_originals(self, names: Mapping[str, str]) -> Mapping[str, Point]:
        """Copies of cards put by hand stand below them; those of a single one find their spot."""
        if not self.placed_by_hand or len(names) < 2:
            return {}
        present = self._canvas.present_places()
        relative = {old: present[old] for old in names if old in present}
        x = min(place[0] for place in relative.values())
        y = max(place[1] for place in relative.values()) + PITCH[1]
        return pasted_places(relative, names, (x, y), present.values())

    def _free(self, corner: QPointF) -> Point:
        return free_spot((corner.x(), corner.y()), self._canvas.present_places().values())

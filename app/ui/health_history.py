"""How the layers did, epoch by epoch, of the run on show."""

from app.training.events import LayerHealth

MOST = 2000
"""So many epochs are kept."""


class HealthHistory:
    """Grows by an epoch at a time; beyond `most` it is thinned evenly: the first, the newest, and
    those divisible by a stride that doubles.
    """

    _stride: int
    _kept: list[LayerHealth]
    _told: tuple[LayerHealth, ...] | None

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.clear()

    @property
    def all(self) -> tuple[LayerHealth, ...]:
        """One an epoch, in their order. The same object until the next change."""
        if self._told is None:
            self._told = tuple(self._kept)
        return self._told

    @property
    def newest(self) -> LayerHealth | None:
        return self._kept[-1] if self._kept else None

    def add(self, health: LayerHealth) -> None:
        """Take in that of the newest epoch; what is known of it and of later ones is replaced."""
        self.drop_after(health.epoch - 1)
        if len(self._kept) > 1 and self._kept[-1].epoch % self._stride:
            self._kept.pop()
        self._kept.append(health)
        while len(self._kept) > max(self._most, 2):
            self._stride *= 2
            first, *between, newest = self._kept
            self._kept = [first, *(h for h in between if not h.epoch % self._stride), newest]
        self._told = None

    def drop_after(self, epoch: int) -> None:
        """Forget what came after `epoch`: it is about to be done again."""
        while self._kept and self._kept[-1].epoch > epoch:
            self._kept.pop()
            self._told = None

    def clear(self) -> None:
        """Another run begins."""
        self._stride = 1
        self._kept = []
        self._told = ()

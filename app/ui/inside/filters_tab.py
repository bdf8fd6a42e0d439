"""The learned filters, while they are learned."""

from app.core.frozen import FrozenMap
from app.diagnostics.filters import FilterBank
from app.ui.inside.looking import Asker, Looking
from app.ui.inside.tab import Tab
from app.ui.plots.filter_grid import FilterGrid

NEEDS = (
    "This network has no filters to show: add a convolution, or a dense layer right behind "
    "pictures."
)


class FiltersTab(Tab):
    """All filters of a layer, for one channel of its input."""

    name = "filters"
    label = "Filters"
    sentence = (
        "Each small picture is what one filter looks for: it answers most where its input is "
        "bright at the blue weights and dark at the orange ones. Noise that turns into edges and "
        "strokes is learning."
    )

    def __init__(self, looking: Looking) -> None:
        super().__init__(looking)
        self.grid = FilterGrid()
        self.grid.channel_chosen.connect(self._channel_chosen)
        self.page.body.addWidget(self.grid, 1)
        self.page.set_plot(self.grid)
        self._channel = 0
        self._filters = Asker(looking, "filters", self._came)

    def refresh(self) -> None:
        why = self.looking.why_nothing()
        if why:
            self.page.show_empty(why)
            return
        self._filters.ask(options=FrozenMap(channel=self._channel))

    def _came(self, answer: object) -> None:
        if isinstance(answer, FilterBank):
            self.grid.show_filters(answer)
            self.page.show_body()
        else:
            self.page.show_empty(NEEDS)

    def _channel_chosen(self, channel: int) -> None:
        self._channel = channel
        self.refresh()

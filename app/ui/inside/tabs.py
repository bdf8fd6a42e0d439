"""The tabs of the page Inside, from left to right; a further view is one more row."""

from app.ui.inside.boundary_tab import BoundaryTab
from app.ui.inside.dead_units_tab import DeadUnitsTab
from app.ui.inside.filters_tab import FiltersTab
from app.ui.inside.gradients_tab import GradientsTab
from app.ui.inside.histograms_tab import HistogramsTab
from app.ui.inside.samples_tab import SamplesTab
from app.ui.inside.tab import Tab

TABS: tuple[type[Tab], ...] = (
    FiltersTab,
    GradientsTab,
    DeadUnitsTab,
    HistogramsTab,
    BoundaryTab,
    SamplesTab,
)

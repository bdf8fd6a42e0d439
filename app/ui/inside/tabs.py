"""The tabs of the page Inside, from left to right; a further view is one more row."""

from app.ui.inside.advisor_tab import AdvisorTab
from app.ui.inside.attribution_tab import AttributionTab
from app.ui.inside.boundary_tab import BoundaryTab
from app.ui.inside.dead_units_tab import DeadUnitsTab
from app.ui.inside.filters_tab import FiltersTab
from app.ui.inside.gradients_tab import GradientsTab
from app.ui.inside.histograms_tab import HistogramsTab
from app.ui.inside.maps_tab import MapsTab
from app.ui.inside.race_tab import RaceTab
from app.ui.inside.samples_tab import SamplesTab
from app.ui.inside.surface_tab import SurfaceTab
from app.ui.inside.tab import Tab

TABS: tuple[type[Tab], ...] = (
    AdvisorTab,
    FiltersTab,
    MapsTab,
    GradientsTab,
    DeadUnitsTab,
    HistogramsTab,
    BoundaryTab,
    SamplesTab,
    AttributionTab,
    RaceTab,
    SurfaceTab,
)

"""The further ways to look at the data: the sheet that is painted on, augmentation, scaling."""

from PySide6.QtCore import QObject, Signal

from app.core.data_settings import PaintedSource
from app.core.data_summary import DataSummary
from app.data.preview import Preview
from app.ui.data_choice import DataChoice
from app.ui.data_feed import DataFeed
from app.ui.dialogs import Dialogs
from app.ui.pages.data_augmentation import AugmentationView
from app.ui.pages.data_augmentation_presenter import AugmentationPresenter
from app.ui.pages.data_painting import PaintingView
from app.ui.pages.data_painting_presenter import PaintingPresenter
from app.ui.pages.data_preview import PreviewView
from app.ui.pages.data_scaling import ScalingView
from app.ui.project_document import ProjectDocument
from app.ui.run_control import RunControl


class DataViews(QObject):
    """Attributes:
    views: for the preview of the data page.
    painting: begins it.

    Signals:
        compare_requested(): train with and without standardized inputs.
    """

    compare_requested = Signal()

    def __init__(
        self,
        document: ProjectDocument,
        feed: DataFeed,
        run: RunControl,
        dialogs: Dialogs,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._feed = document, feed
        painting, augmentation = PaintingView(), AugmentationView()
        self._scaling = ScalingView()
        self._scaling.compare_requested.connect(self.compare_requested)
        self.painting = PaintingPresenter(
            painting, document, feed, DataChoice(document, dialogs, self), self
        )
        self._augmentation = AugmentationPresenter(augmentation, document, feed, run, self)
        self.views = (
            PreviewView("scaling", "Scaling", self._scaling, self._show_scaling),
            PreviewView(
                "augmentation", "Augment", augmentation, lambda _p, _s: None, _has_pictures
            ),
            PreviewView("painting", "Paint", painting, lambda _p, _s: None, self._is_painted),
        )

    def _show_scaling(self, _preview: Preview, _summary: DataSummary) -> None:
        project, shown = self._document.project, self._feed.distributions
        if project is not None and shown is not None:
            self._scaling.show_distributions(shown, project.data.preprocessing)

    def _is_painted(self, _preview: Preview, _summary: DataSummary) -> bool:
        project = self._document.project
        return project is not None and isinstance(project.data.source, PaintedSource)


def _has_pictures(_preview: Preview, summary: DataSummary) -> bool:
    return summary.pictures

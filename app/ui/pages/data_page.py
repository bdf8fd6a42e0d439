"""The data page: a look at the samples, the split, and at its side what is conspicuous, what is
done to the data, and how they are read.
"""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.options import Option
from app.ui.controls import Panel
from app.ui.controls.painting import px
from app.ui.option_form import OptionForm
from app.ui.pages.data_balance import BalancePanel
from app.ui.pages.data_head import DataHead
from app.ui.pages.data_prepare import GapsPanel, PreprocessingPanel, WeightsPanel
from app.ui.pages.data_preview import DataPreview, PreviewView
from app.ui.pages.data_side import SideColumn
from app.ui.pages.data_source import (
    ArraysPanel,
    MemoryPanel,
    OriginPanel,
    PicturesPanel,
    TablePanel,
)
from app.ui.pages.data_split import SplitPanel
from app.ui.pages.data_warnings import WarningsPanel
from app.ui.window.surface import Surface


class DataPage(Surface):
    """Passive: the parts and how they are laid out. Each part tells by its own signals what the
    user wants; `DataPresenter` listens.

    Args:
        more_views: further ways to look at the data, for the preview's segments.

    Signals:
        option_edited(str, object): an option of a set that is built in.
    """

    option_edited = Signal(str, object)

    def __init__(
        self, parent: QWidget | None = None, *, more_views: Sequence[PreviewView] = ()
    ) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.data")
        self.head = DataHead()
        self.preview = DataPreview(more_views)
        self.preview.setObjectName("data.preview")
        self.split = SplitPanel()
        self.balance = BalancePanel()
        self.warnings = WarningsPanel()
        self.preprocessing = PreprocessingPanel()
        self.gaps, self.weights = GapsPanel(), WeightsPanel()
        self.origin, self.memory = OriginPanel(), MemoryPanel()
        self.table, self.pictures, self.arrays = TablePanel(), PicturesPanel(), ArraysPanel()
        self._options_panel = Panel()
        self._options = OptionForm("data")
        self._options.option_edited.connect(self.option_edited)
        self._options_panel.body.addWidget(self._options)
        self.side = SideColumn(self.preprocessing)
        self.side.add_panel("look", self.balance)
        self.side.add_panel("look", self._options_panel)
        self.warnings.setMinimumHeight(px(132))
        self.side.add_panel("look", self.warnings, stretch=1)
        tabs: tuple[tuple[str, tuple[Panel, ...]], ...] = (
            ("prepare", (self.gaps, self.weights)),
            ("source", (self.origin, self.table, self.pictures, self.arrays, self.memory)),
        )
        for tab, panels in tabs:
            for panel in panels:
                self.side.add_panel(tab, panel)
        self._lay_out()
        self.balance.order_by_tab()
        QWidget.setTabOrder(self.memory.field, self.preprocessing.kind)  # it stands below the tabs

    def show_options(self, options: tuple[Option, ...], values: dict, errors: dict) -> None:
        """The options of a built-in set; none hides the panel."""
        self._options_panel.setVisible(bool(options))
        self._options.show_options(options, values, errors)

    def show_source_panel(self, kind: str) -> None:
        """Show the settings of reading a "table", "pictures", "arrays"; others have none."""
        self.table.setVisible(kind == "table")
        self.pictures.setVisible(kind == "pictures")
        self.arrays.setVisible(kind == "arrays")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        body = QHBoxLayout()
        body.setContentsMargins(px(16), px(16), px(16), px(16))
        body.setSpacing(px(16))
        left = QVBoxLayout()
        left.setSpacing(px(16))
        left.addWidget(self.preview, 1)
        left.addWidget(self.split)
        body.addLayout(left, 1)
        body.addWidget(self.side)
        column.addLayout(body, 1)

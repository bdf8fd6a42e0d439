"""The bench: network, curves, a live view and the inspector, on one page."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.ui.canvas.layer_palette import LayerPalette
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.controls import Button, IconButton, Label, PanelHeader
from app.ui.controls.painting import px
from app.ui.pages.inspector import WIDTH, Inspector
from app.ui.pages.live_view import LiveView
from app.ui.plots.learning_curves import LearningCurves
from app.ui.window.surface import Surface


class BenchPage(Surface):
    """Passive: the parts and how they are laid out.

    Signals:
        add_pressed(): the button "Add layer".
        more_pressed(QPoint): the menu of the network is wanted at this place of the screen.
    """

    add_pressed = Signal()
    more_pressed = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.bench")
        self.canvas = NetworkCanvas()
        self.inspector = Inspector()
        self.curves = LearningCurves()
        self.live = LiveView()
        self.palette_popup = LayerPalette(self)
        self._head = PanelHeader("Network", line=True)
        self.add_button = Button("Add layer", "plus", kind="flat", small=True)
        self.add_button.setObjectName("bench.add_layer")
        self.add_button.clicked.connect(self.add_pressed)
        self.settings_button = IconButton("tune", "Training settings")
        self.settings_button.setObjectName("bench.settings")
        self.actual_size_button = IconButton("grid", "Actual size (100%)")
        self.actual_size_button.setObjectName("bench.actual_size")
        self.actual_size_button.clicked.connect(lambda: self.canvas.set_zoom(1.0))
        self.fit_button = IconButton("fit", "Fit the network to the view")
        self.fit_button.setObjectName("bench.fit")
        self.fit_button.clicked.connect(self.canvas.fit)
        self.more_button = IconButton("more", "Templates and more")
        self.more_button.setObjectName("bench.more")
        self.more_button.clicked.connect(
            lambda: self.more_pressed.emit(
                self.more_button.mapToGlobal(self.more_button.rect().bottomLeft())
            )
        )
        self._zoom = Label("100%", "body", "muted")
        self._zoom.setMinimumWidth(px(40))
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.canvas.zoom_changed.connect(lambda zoom: self._zoom.setText(f"{zoom:.0%}"))
        for widget in (
            self.add_button,
            self.settings_button,
            self.actual_size_button,
            self.fit_button,
            self._zoom,
            self.more_button,
        ):
            self._head.add_corner(widget)
        self._lay_out()
        self.resting_place = self.canvas

    def show_name(self, name: str) -> None:
        metrics = self._head.subtitle.fontMetrics()
        self._head.set_subtitle(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, px(260)))

    def _lay_out(self) -> None:
        network = Surface("panel")
        column = QVBoxLayout(network)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self.canvas, 1)
        self.lower_splitter = _splitter(Qt.Orientation.Horizontal, "bench.lower")
        self.lower_splitter.addWidget(self.curves)
        self.lower_splitter.addWidget(self.live)
        self.lower_splitter.setSizes([px(559), px(367)])
        self.lower_splitter.setStretchFactor(0, 3)
        self.lower_splitter.setStretchFactor(1, 2)
        self.left_splitter = _splitter(Qt.Orientation.Vertical, "bench.left")
        self.left_splitter.addWidget(network)
        self.left_splitter.addWidget(self.lower_splitter)
        self.left_splitter.setSizes([px(335), px(364)])
        self.left_splitter.setStretchFactor(0, 1)
        self.left_splitter.setStretchFactor(1, 1)
        self.across_splitter = _splitter(Qt.Orientation.Horizontal, "bench.across")
        self.across_splitter.addWidget(self.left_splitter)
        self.across_splitter.addWidget(self.inspector)
        self.across_splitter.setSizes([px(927), px(WIDTH)])
        self.across_splitter.setStretchFactor(0, 1)
        self.across_splitter.setStretchFactor(1, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.across_splitter)

    @property
    def splitters(self) -> tuple[QSplitter, ...]:
        """All whose state is remembered."""
        return (self.lower_splitter, self.left_splitter, self.across_splitter)


def _splitter(orientation: Qt.Orientation, name: str) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setObjectName(name)
    splitter.setHandleWidth(1)
    splitter.setChildrenCollapsible(False)
    return splitter

"""The data page: a look at the samples, the split, the preprocessing, and what a statistician
would warn of.
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QScrollArea, QVBoxLayout, QWidget

from app.core.data_summary import DataSummary
from app.core.dataset_catalog import DATASETS
from app.core.options import Option
from app.core.problems import Problem
from app.ui.canvas.face import sentence_start_lower
from app.ui.controls import (
    Badge,
    Button,
    CheckBox,
    ComboBox,
    IconMark,
    IntegerField,
    Label,
    NoticeCard,
    Panel,
    SegmentedControl,
    plain_tool_tip,
)
from app.ui.controls.layouts import clear_layout
from app.ui.controls.painting import box_painter, color, paint_box, px
from app.ui.option_form import OptionForm
from app.ui.pages.data_preview import DataPreview, class_color
from app.ui.pages.split_bar import SplitBar
from app.ui.theme import current_theme
from app.ui.window.surface import Surface

PREPROCESSING = (
    ("none", "None", "The values go in as they are."),
    (
        "standardize",
        "Standardize",
        "Each feature minus its mean, divided by its standard deviation.",
    ),
    ("min_max", "Min-max", "Each feature is stretched to 0 to 1."),
    ("pixels", "Pixels 0 to 1", "All values divided by the largest that a pixel can have."),
)


class ClassBalance(QWidget):
    """A bar for each class with its count and share."""

    ROW = 33

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("data.balance")
        self._rows: list[tuple[str, int, float]] = []

    def show_counts(self, names: Sequence[str], counts: Sequence[int]) -> None:
        total = max(sum(counts), 1)
        self._rows = [(n, c, c / total) for n, c in zip(names, counts, strict=True)]
        self.setAccessibleName("Class balance")
        self.setAccessibleDescription(", ".join(f"{n}: {c}" for n, c, _ in self._rows))
        self.updateGeometry()
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        row = self.ROW if len(self._rows) <= 5 else 20
        return QSize(px(246), px(row) * len(self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:
        most = max((count for _, count, _ in self._rows), default=1) or 1
        row = self.height() / max(len(self._rows), 1)
        theme = current_theme()
        with box_painter(self) as painter:
            painter.setFont(theme.font("cell"))
            for number, (name, count, share) in enumerate(self._rows):
                line = QRectF(0, number * row, self.width(), row)
                painter.setPen(color("text"))
                short = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, px(52))
                painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, short)
                height = min(px(20), row - px(4))
                track = QRectF(
                    px(56), line.center().y() - height / 2, line.width() - px(56) - px(78), height
                )
                paint_box(painter, track, px(3), fill=color("track"))
                bar = QRectF(
                    track.left(), track.top(), track.width() * count / most, track.height()
                )
                paint_box(painter, bar, px(3), fill=class_color(number))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.setPen(color("text"))
                painter.drawText(line, flags, f"{count:,} ({share:.0%})")


class DataPage(Surface):
    """Passive.

    Signals:
        open_file_requested(), dataset_chosen(str), option_edited(str, object), role_chosen(str,
        str), shares_edited(float, float), stratified_edited(bool), split_seed_edited(object),
        preprocessing_chosen(str), learns_chosen(str), fix_chosen(int, int): number of the problem
        and of its remedy.
    """

    open_file_requested = Signal()
    dataset_chosen = Signal(str)
    option_edited = Signal(str, object)
    role_chosen = Signal(str, str)
    shares_edited = Signal(float, float)
    stratified_edited = Signal(bool)
    split_seed_edited = Signal(object)
    preprocessing_chosen = Signal(str)
    learns_chosen = Signal(str)
    fix_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("window", (), parent)
        self.setObjectName("page.data")
        self.preview = DataPreview()
        self.preview.setObjectName("data.preview")
        self.preview.role_chosen.connect(self.role_chosen)
        self._problems: tuple[Problem, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head())
        body = QHBoxLayout()
        body.setContentsMargins(px(16), px(16), px(16), px(16))
        body.setSpacing(px(16))
        left = QVBoxLayout()
        left.setSpacing(px(16))
        left.addWidget(self.preview, 1)
        left.addWidget(self._split_panel())
        body.addLayout(left, 1)
        body.addWidget(self._side())
        column.addLayout(body, 1)

    # ---- shown
    def show_head(self, title: str, description: str) -> None:
        self._title.setText(title)
        self._description.setText(description)

    def show_summary(self, summary: DataSummary) -> None:
        """The class balance, or the target's name for regression."""
        classes = bool(summary.class_counts)
        self._balance.setVisible(classes)
        self._balance_panel.setVisible(classes)
        if classes:
            counts = [sum(parts) for parts in summary.class_counts]
            self._balance.show_counts(summary.class_names, counts)

    def show_split(
        self,
        shares: tuple[float, float],
        counts: tuple[int, int, int] | None,
        noun: str,
        stratified: bool,
        can_stratify: bool,
        target: str,
        seed: int,
        remark: str,
    ) -> None:
        self._bar.show_split(*shares, counts, noun)
        self._stratified.setText(f"stratified by {target}")
        self._stratified.setVisible(can_stratify)
        if self._stratified.isChecked() != stratified:
            self._stratified.setChecked(stratified)
        self._seed.set_value(seed)
        self._remark.setText(remark)

    def show_preprocessing(self, kind: str, sentence: str) -> None:
        self._preprocessing.set_current(kind)
        self._preprocessing_text.setText(sentence)

    def show_learns(self, kind: str, sentence: str) -> None:
        """Whether the target of the data is learned, or the input itself."""
        self._learns.set_current(kind)
        self._learns.setAccessibleDescription(sentence)
        self._learns_label.setToolTip(plain_tool_tip(sentence))

    def show_options(self, options: tuple[Option, ...], values: dict, errors: dict) -> None:
        """The options of a generated data set; none hides the panel."""
        self._options_panel.setVisible(bool(options))
        self._options.show_options(options, values, errors)

    def show_problems(self, problems: Sequence[Problem], notes: Sequence[str]) -> None:
        """Warnings with their remedies; the loader's remarks below them."""
        wanted = (tuple(problems), tuple(notes))
        if wanted == getattr(self, "_shown", None):
            return
        self._shown = wanted
        clear_layout(self._cards)
        count = len(problems) + len(notes)
        worst = next((p.severity for p in problems if p.severity != "info"), "neutral")
        self._badge.set_text(str(count), worst)
        for number, problem in enumerate(problems):
            labels = [
                f"Fix: {sentence_start_lower(f.label)}" if n == 0 else f.label
                for n, f in enumerate(problem.fixes)
            ]
            text = problem.happened if labels else f"{problem.happened} {problem.how_to_fix}"
            card = NoticeCard(problem.severity, problem.title, text, labels[:2])
            card.setObjectName(f"data.problem.{number}")
            card.action_triggered.connect(lambda action, n=number: self.fix_chosen.emit(n, action))
            self._cards.addWidget(card)
        for number, note in enumerate(notes):
            card = NoticeCard("info", "Note", note)
            card.setObjectName(f"data.note.{number}")
            self._cards.addWidget(card)
        if not count:
            self._cards.addWidget(Label("Nothing conspicuous.", "body", "muted"))
        self._cards.addStretch(1)

    # ---- parts
    def _head(self) -> Surface:
        head = Surface("panel", ("bottom",))
        head.setFixedHeight(px(48))
        row = QHBoxLayout(head)
        row.setContentsMargins(px(16), 0, px(16), 1)
        row.setSpacing(px(8))
        self._title = Label("", "subject")
        self._description = Label("", "body", "muted", elide=True)
        open_file = Button("Open file…", "open", small=True)
        open_file.setObjectName("data.open_file")
        open_file.clicked.connect(self.open_file_requested)
        self._sets = Button("Built-in sets", small=True)
        self._sets.setObjectName("data.built_in")
        self._sets.clicked.connect(self._show_sets)
        self._learns_label = Label("learned:", "body", "muted")
        self._learns = SegmentedControl(
            [("target", "the target"), ("input", "the input")], small=True
        )
        self._learns.setObjectName("data.learns")
        self._learns.setAccessibleName("What is learned")
        self._learns.set_segment_help("target", "What the data give: a class or numbers.")
        self._learns.set_segment_help(
            "input", "An autoencoder: the network is to give back what goes in."
        )
        self._learns.chosen.connect(lambda kind: self.learns_chosen.emit(str(kind)))
        row.addWidget(IconMark("data", "accent", 20))
        row.addSpacing(px(4))
        row.addWidget(self._title)
        row.addSpacing(px(4))
        row.addWidget(self._description, 1)
        row.addWidget(self._learns_label)
        row.addWidget(self._learns)
        row.addSpacing(px(12))
        row.addWidget(open_file)
        row.addSpacing(px(4))
        row.addWidget(self._sets)
        return head

    def _show_sets(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("data.sets_menu")
        for kind in DATASETS:
            action = menu.addAction(f"{kind.label}: {kind.description}".replace("&", "&&"))
            action.setObjectName(f"data.set.{kind.name}")
            action.triggered.connect(lambda _c=False, n=kind.name: self.dataset_chosen.emit(n))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._sets.mapToGlobal(self._sets.rect().bottomLeft()))

    def _split_panel(self) -> Panel:
        panel = Panel("Split", "drag the handles")
        self._stratified = CheckBox("stratified")
        self._stratified.setObjectName("data.stratified")
        self._stratified.clicked.connect(lambda on: self.stratified_edited.emit(bool(on)))
        self._seed = IntegerField(minimum=0, maximum=2**31 - 1)
        self._seed.setObjectName("data.split_seed")
        self._seed.setAccessibleName("Seed of the split")
        self._seed.setFixedWidth(px(88))
        self._seed.value_edited.connect(self.split_seed_edited)
        panel.add_corner(self._stratified)
        panel.add_corner(IconMark("seed", "muted", 16))
        panel.add_corner(Label("seed", "body", "muted"))
        panel.add_corner(self._seed)
        self._bar = SplitBar()
        self._bar.shares_edited.connect(self.shares_edited)
        self._remark = Label("", "caption", "muted")
        panel.body.addWidget(self._bar)
        panel.body.addWidget(self._remark)
        return panel

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(px(280))
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(16))
        self._balance_panel = Panel("Class balance")
        self._balance = ClassBalance()
        self._balance_panel.body.addWidget(self._balance)
        column.addWidget(self._balance_panel)
        self._options_panel = Panel()
        self._options = OptionForm("data")
        self._options.option_edited.connect(self.option_edited)
        self._options_panel.body.addWidget(self._options)
        column.addWidget(self._options_panel)
        column.addWidget(self._warnings_panel(), 1)
        panel = Panel("Preprocessing")
        self._preprocessing = ComboBox([(name, label) for name, label, _ in PREPROCESSING])
        self._preprocessing.setObjectName("data.preprocessing")
        self._preprocessing.setAccessibleName("Preprocessing")
        for name, _, text in PREPROCESSING:
            self._preprocessing.set_choice_help(name, text)
        self._preprocessing.chosen.connect(lambda kind: self.preprocessing_chosen.emit(str(kind)))
        self._preprocessing_text = Label("", "caption", "muted", wrap=True)
        panel.body.addWidget(self._preprocessing)
        panel.body.addWidget(self._preprocessing_text)
        column.addWidget(panel)
        return side

    def _warnings_panel(self) -> Panel:
        panel = Panel("Warnings", padding=0)
        self._badge = Badge("0", "neutral")
        if panel.header is not None:
            panel.header.subtitle.hide()
            panel.header.add_after_title(self._badge)
        inner = Surface("panel")
        self._cards = QVBoxLayout(inner)
        self._cards.setContentsMargins(px(15), 0, px(15), px(15))
        self._cards.setSpacing(px(8))
        scroll = QScrollArea()
        scroll.setObjectName("data.warnings_scroll")
        scroll.setAccessibleName("Warnings")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        panel.body.setContentsMargins(0, 0, 0, px(8))
        panel.body.addWidget(scroll, 1)
        return panel

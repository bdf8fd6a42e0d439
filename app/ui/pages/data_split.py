"""The panel of the split: how the samples are shared out."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout

from app.core.data_settings import SplitSettings
from app.ui.controls import CheckBox, IconMark, IntegerField, Label, Panel, SegmentedControl
from app.ui.controls.painting import px
from app.ui.pages.data_numbers import short_name
from app.ui.pages.split_bar import SplitBar


@dataclass(frozen=True)
class SplitView:
    """What the panel shows.

    Attributes:
        settings: as in the project.
        counts: of training, validation and test samples; None as long as nobody knows.
        noun: "rows", "pictures".
        target: name of the class column by which the split can be stratified; "" for none.
        own_parts: the parts for which the source itself gives samples.
        timed: name of what puts the samples in order: a column, or "" for their order in the file.
        remark: a sentence below the bar.
    """

    settings: SplitSettings
    counts: tuple[int, int, int] | None
    noun: str
    target: str
    own_parts: tuple[str, ...] = ()
    timed: bool = False
    remark: str = ""


class SplitPanel(Panel):
    """Passive.

    Signals:
        shares_edited(float, float), stratified_edited(bool), split_seed_edited(object),
        way_chosen(str), own_parts_edited(bool).
    """

    shares_edited = Signal(float, float)
    stratified_edited = Signal(bool)
    split_seed_edited = Signal(object)
    way_chosen = Signal(str)
    own_parts_edited = Signal(bool)

    def __init__(self) -> None:
        super().__init__("Split", "drag the handles")
        self._way = SegmentedControl([("random", "at random"), ("time", "by time")], small=True)
        self._way.setObjectName("data.split_by")
        self._way.setAccessibleName("How the samples are shared out")
        self._way.set_segment_help("random", "Each part is drawn from all samples.")
        self._way.chosen.connect(lambda way: self.way_chosen.emit(str(way)))
        self._stratified = CheckBox("stratified")
        self._stratified.setObjectName("data.stratified")
        self._stratified.clicked.connect(lambda on: self.stratified_edited.emit(bool(on)))
        self._seed_mark, self._seed_word = (
            IconMark("seed", "muted", 16),
            Label("seed", "body", "muted"),
        )
        self._seed = IntegerField(minimum=0, maximum=2**31 - 1)
        self._seed.setObjectName("data.split_seed")
        self._seed.setAccessibleName("Seed of the split")
        self._seed.setFixedWidth(px(88))
        self._seed.value_edited.connect(self.split_seed_edited)
        for widget in (
            self._way,
            self._stratified,
            self._seed_mark,
            self._seed_word,
            self._seed,
        ):
            self.add_corner(widget)
        self._bar = SplitBar()
        self._bar.shares_edited.connect(self.shares_edited)
        self._remark = Label("", "caption", "muted", wrap=True)
        self._own = CheckBox("keep the parts of the source")
        self._own.setObjectName("data.own_parts")
        self._own.clicked.connect(lambda on: self.own_parts_edited.emit(bool(on)))
        foot = QHBoxLayout()
        foot.setSpacing(px(12))
        foot.addWidget(self._remark, 1)
        foot.addWidget(self._own)
        self.body.addWidget(self._bar)
        self.body.addLayout(foot)

    def show_split(self, view: SplitView) -> None:
        """Show how the samples are shared out, and what can be changed of it."""
        settings = view.settings
        by_time = settings.by == "time"
        order = "their times" if view.timed else "their order in the source"
        self._way.set_current(settings.by)
        self._way.set_segment_help(
            "time", f"The first samples train, the next validate, the last test; by {order}."
        )
        self._stratified.setText(f"stratified by {short_name(view.target)}")
        self._stratified.setAccessibleName(f"stratified by {view.target}")
        self._stratified.setVisible(bool(view.target) and not by_time)
        self._stratified.updateGeometry()
        if self._stratified.isChecked() != settings.stratified:
            self._stratified.setChecked(settings.stratified)
        for widget in (self._seed_mark, self._seed_word, self._seed):
            widget.setVisible(not by_time)
        self._seed.set_value(settings.seed)
        fixed = tuple(p for p in view.own_parts if p != "training") if settings.own_parts else ()
        validates = 0.0 if settings.validation_trains else settings.validation_share
        shares = (validates, settings.test_share)
        self._bar.show_split(*shares, view.counts, view.noun, fixed)
        if self.header is not None:
            free = 2 - len(fixed)
            words = ("the source gives the parts", "drag the handle", "drag the handles")
            self.header.set_subtitle(words[free])
        remark = view.remark
        if fixed:
            parts = " and ".join(fixed)
            remark = f"Locked: the source's own {parts} part. {remark}"
        self._remark.setText(remark)
        given = [part for part in view.own_parts if part != "training"]
        self._own.setVisible(bool(given))
        if given:
            self._own.setText(f"keep the source's own {' and '.join(given)} part")
            self._own.setAccessibleName(self._own.text())
            self._own.updateGeometry()
            self._own.setChecked(settings.own_parts)

"""The inspector: the options of what is chosen on the bench, and the problems with their
remedies.
"""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.core.activation_catalog import ACTIVATIONS
from app.core.options import Choice, ChoiceOption, Option
from app.core.resolved_project import ArithmeticLine
from app.ui.canvas.glyph import GLYPH_HEIGHT, GLYPH_WIDTH, activation_glyph, paint_glyph
from app.ui.controls import (
    Button,
    CheckBox,
    IconButton,
    IconMark,
    Label,
    plain_tool_tip,
)
from app.ui.controls.painting import color, px
from app.ui.controls.scrolling import scroll_area
from app.ui.controls.tab_order import order_by_tab, tab_stops
from app.ui.option_form import NO_MARKS, OptionForm
from app.ui.pages.arithmetic_box import ArithmeticBox
from app.ui.pages.problem_list import ProblemList
from app.ui.pages.selection_actions import SelectionActions
from app.ui.plots.activation_curve import ActivationCurve
from app.ui.plots.schedule_curve import ScheduleCurve
from app.ui.search_marks import Mark
from app.ui.window.surface import Surface

WIDTH = 288


def activation_picture(option: ChoiceOption, choice: Choice) -> QPixmap | None:
    """The curve of an activation, for its entry in a list."""
    if not option.name.endswith("activation") or choice.value not in ACTIVATIONS:
        return None
    glyph = activation_glyph(choice.value)
    if glyph is None:
        return None
    ratio = 2.0
    picture = QPixmap(round(GLYPH_WIDTH * ratio), round(GLYPH_HEIGHT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_glyph(painter, 0, 0, glyph, color("accent"), color("border"))
    painter.end()
    return picture


class Inspector(Surface):
    """Passive: shows the options of a layer or of the training.

    Signals:
        option_edited(str, object): the option `name` was given another allowed value.
        mark_asked(str): the option is to be searched, or no longer.
        dimension_edited(str, Dimension): what the option is searched over was edited.
        find_rate_requested(): a learning rate is to be looked for.
        frozen_chosen(bool): the chosen layer is to be frozen, or trained again.
        forget_chosen(): the kept weights of the chosen layer are to be forgotten.
        menu_requested(QPoint): the menu of the chosen layer is wanted at this place of the screen.
        compare_requested(): the activation of the chosen layer is to be compared with others.
    """

    option_edited = Signal(str, object)
    mark_asked = Signal(str)
    dimension_edited = Signal(str, object)
    find_rate_requested = Signal()
    frozen_chosen = Signal(object)
    forget_chosen = Signal()
    menu_requested = Signal(object)
    compare_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("panel", (), parent)
        self.setObjectName("inspector")
        self.setMinimumWidth(px(WIDTH))
        self.problems = ProblemList(WIDTH)
        self._icon = IconMark("layer-generic", "accent", 20)
        self._title = Label("", "subject", elide=True)
        self._help = Label("", "cell", "muted", wrap=True)
        self._help.setObjectName("inspector.help")
        self._help.setParent(self)
        self._subtitle = Label("", "body", "muted", elide=True)
        self._more = IconButton("more", "More to do with this layer")
        self._more.setObjectName("inspector.more")
        self._more.clicked.connect(
            lambda: self.menu_requested.emit(self._more.mapToGlobal(self._more.rect().bottomLeft()))
        )
        self._note = QWidget()
        note = QHBoxLayout(self._note)
        note.setContentsMargins(0, 0, 0, 0)
        note.setSpacing(px(6))
        note.addWidget(IconMark("info", "muted", 14))
        note.addWidget(Label("Edits apply from the next run.", "caption", "muted"), 1)
        self._weights = self._weights_row()
        self._arithmetic = ArithmeticBox()
        self._arithmetic.setParent(self)  # shown before it has a place, it would flash as a window
        self._curve = ActivationCurve()
        self._curve.setParent(self)
        self._curve.setObjectName("inspector.curve")
        self._compare = Button("Compare…", "lab", kind="link", small=True)
        self._compare.setObjectName("inspector.compare")
        self._compare.setAccessibleName("Compare the activation with others in the lab")
        self._compare.setToolTip("See the activation beside others, with its derivative.")
        self._compare.clicked.connect(self.compare_requested)
        self._activation = QWidget(self)
        below = QVBoxLayout(self._activation)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(px(4))
        below.addWidget(self._curve)
        below.addWidget(self._compare, 0, Qt.AlignmentFlag.AlignLeft)
        for footer in (self._arithmetic, self._activation):
            footer.hide()  # until they have a place
        self._schedule = ScheduleCurve()
        self._schedule.setObjectName("inspector.schedule_curve")
        self._rate = self._rate_footer()
        self.several = SelectionActions(self)
        self._form = OptionForm("inspector", choice_picture=activation_picture, gutter=True)
        self._form.option_edited.connect(self.option_edited)
        self._form.mark_asked.connect(self.mark_asked)
        self._form.dimension_edited.connect(self.dimension_edited)
        self._lay_out()
        self.show_nothing()

    def show_layer(
        self,
        icon: str,
        kind: str,
        layer_id: str,
        help_text: str,
        options: tuple[Option, ...],
        values: Mapping[str, object],
        errors: Mapping[str, str],
        arithmetic: tuple[ArithmeticLine, ...],
        activation: str | None,
        marks: Mapping[str, Mark] = NO_MARKS,
    ) -> None:
        """Show a layer: its options, the arithmetic of its shape, the curve of its activation."""
        self._more.setVisible(True)
        self._show_head(icon, kind, layer_id, help_text)
        groups = [option.group for option in options]
        after = "Shape" if "Shape" in groups else groups[0] if groups else None
        self._form.set_footer("Shape", None)
        self._form.show_options(options, values, errors, layer_id, marks)
        self._help.setText(help_text)
        self._help.setVisible(bool(help_text) and not options)
        self._arithmetic.show_lines(arithmetic)
        self._place(self._arithmetic, after, bool(arithmetic))
        if activation is not None:
            self._curve.show_activation(activation)
        self._place(
            self._activation,
            "Activation" if "Activation" in groups else None,
            activation is not None,
        )

    def show_training(
        self,
        options: tuple[Option, ...],
        values: Mapping[str, object],
        errors: Mapping[str, str],
        rates: Sequence[tuple[float, float]] = (),
        marks: Mapping[str, Mark] = NO_MARKS,
    ) -> None:
        """Show the settings of the training.

        Args:
            rates: (epochs done, learning rate) of the schedule over the planned epochs.
        """
        self._more.setVisible(False)
        self._show_head("tune", "Training", "loss, optimizer, batches", "")
        self._place(self._arithmetic, None, False)
        self._place(self._activation, None, False)
        self._form.show_options(options, values, errors, "training", marks)
        self._schedule.show_points(rates)
        self._schedule.setVisible(bool(rates) and values.get("schedule") != "constant")
        self._place(self._rate, "Learning rate", True)

    def show_several(self, names: Sequence[str]) -> None:
        """Show that several layers are chosen, and what can be done with them."""
        self._more.setVisible(True)
        self._show_head("layer-generic", f"{len(names)} layers", ", ".join(names), ", ".join(names))
        self._place(self._arithmetic, None, False)
        self._place(self._activation, None, False)
        self._form.show_options((), {}, {}, subject=None)
        self.several.show_count(len(names))
        self.several.show()

    def show_nothing(self) -> None:
        self._more.setVisible(False)
        self._show_head("layer-generic", "", "", "")
        self._form.show_options((), {}, {}, subject=None)

    def set_running(self, running: bool) -> None:
        """While a training runs, say that edits wait for the next one."""
        self._note.setVisible(running)

    def show_weights(self, frozen: bool | None, *, kept: bool) -> None:
        """Whether the layer is `frozen` (None: it has no weights), and begins with kept weights."""
        self._weights.setVisible(frozen is not None)
        self._frozen.setChecked(bool(frozen))
        for part in self._kept_parts:
            part.setVisible(kept)

    def set_can_find_rate(self, possible: bool) -> None:
        """Whether a learning rate can be looked for now."""
        self._find_rate.setEnabled(possible)
        self._find_rate.setToolTip(
            "Try rising rates for a few steps and see where the loss falls most."
            if possible
            else "Not while it trains, or while problems keep the network from being built."
        )

    def focus_option(self, name: str) -> None:
        """Give an option's control the focus, if it is shown."""
        try:
            self._form.focus_option(name)
        except KeyError:
            self._form.setFocus()

    def _rate_footer(self) -> QWidget:
        """The curve of the schedule, and the way to the range test."""
        footer = QWidget(self)
        find = self._find_rate = Button("Find a learning rate…", "search", kind="link", small=True)
        find.setObjectName("inspector.find_rate")
        find.clicked.connect(self.find_rate_requested)
        self.set_can_find_rate(True)
        column = QVBoxLayout(footer)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(px(4))
        column.addWidget(self._schedule)
        column.addWidget(find, 0, Qt.AlignmentFlag.AlignLeft)
        footer.hide()
        return footer

    def _weights_row(self) -> QWidget:
        row = QWidget(self)
        self._frozen = CheckBox("Frozen")
        self._frozen.setObjectName("inspector.frozen")
        self._frozen.setToolTip("Training does not change the weights of a frozen layer.")
        self._frozen.chosen.connect(self.frozen_chosen)
        words = Label("Kept weights", "caption", "muted")
        words.setToolTip(plain_tool_tip("Training begins with weights that were learned before."))
        forget = Button("Forget", kind="link", small=True)
        forget.setObjectName("inspector.forget_weights")
        forget.setToolTip("Begin with new weights, drawn from the seed.")
        forget.clicked.connect(self.forget_chosen)
        self._kept_parts = (words, forget)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(px(4))
        line.addWidget(self._frozen)
        line.addStretch(1)
        line.addWidget(words)
        line.addWidget(forget)
        row.hide()
        return row

    def _show_head(self, icon: str, title: str, subtitle: str, help_text: str) -> None:
        self.several.hide()
        self._help.hide()
        self._icon.set_mark(icon, "accent")
        self._title.setText(title)
        self._subtitle.setText(subtitle)
        whole = f"{title} {subtitle}".strip()
        for part in (self._icon, self._title, self._subtitle):
            part.setToolTip(plain_tool_tip(f"{whole}. {help_text}" if help_text else whole))
        self._share_head()

    def _share_head(self) -> None:
        """What does not fit behind the title stands below it."""
        title, subtitle = self._title, self._subtitle
        wanted = title.fontMetrics().horizontalAdvance(title.text())
        wanted += subtitle.fontMetrics().horizontalAdvance(subtitle.text())
        beside = 20 + 8 + (0 if self._more.isHidden() else 32 + 8)
        below = wanted > self.width() - px(16 + 12 + 8 + beside)
        side, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._names.setDirection(down if below else side)
        self._names.setSpacing(0 if below else px(8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_head()

    def _place(self, widget: QWidget, group: str | None, wanted: bool) -> None:
        if wanted and group is not None:
            self._form.set_footer(group, widget)
            widget.show()
        elif wanted:
            self._extra.addWidget(widget)
            widget.show()
        else:
            widget.hide()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(px(16), px(12), px(12), 0)
        head.setSpacing(px(8))
        head.addWidget(self._icon)
        self._names = QHBoxLayout()
        self._names.addWidget(self._title)
        self._names.addWidget(self._subtitle, 1)
        head.addLayout(self._names, 1)
        head.addWidget(self._more)
        words = QVBoxLayout()
        words.setContentsMargins(px(16), px(4), px(16), px(4))
        words.setSpacing(px(4))
        words.addWidget(self._note)
        words.addWidget(self._weights)
        inner = Surface("panel")
        self._extra = QVBoxLayout()
        column = QVBoxLayout(inner)  # the form has its marks where the others have their margin
        column.setContentsMargins(0, px(6), px(16), px(12))
        column.setSpacing(px(12))
        above, below = QVBoxLayout(), QVBoxLayout()
        for part in (above, below):
            part.setContentsMargins(px(16), 0, 0, 0)
            part.setSpacing(px(12))
        above.addWidget(self._help)
        below.addLayout(self._extra)
        below.addWidget(self.several)
        column.addLayout(above)
        column.addWidget(self._form)
        column.addLayout(below)
        column.addStretch(1)
        scroll = scroll_area(inner, "inspector.scroll", "Options")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(head)
        whole.addLayout(words)
        whole.addWidget(scroll, 1)
        whole.addWidget(self.problems)
        # The tab key goes from top to bottom; the form puts its rows behind itself.
        above_form = (self._more, *tab_stops(self._weights))
        order_by_tab((*above_form, self._form, *tab_stops(self.several), self.problems))
        self.problems.order_by_tab()
        self._note.hide()

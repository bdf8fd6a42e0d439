"""The presenter of the activation lab: which functions are compared, and what becomes of them."""

import math

from PySide6.QtCore import QObject, Signal

from app.core.activation_facts import ActivationFacts, facts_of, plain_number, product_words
from app.core.activation_forms import FORMS, RANDOMIZED, ActivationForm
from app.core.activation_use import (
    activation_in_use,
    takes_activation,
    use_activation,
    use_obstacle,
)
from app.core.options import Option, defaults
from app.core.resolved_project import ResolvedProject
from app.diagnostics.derivative_products import DerivativeProducts, derivative_products
from app.ui.number_text import number_list
from app.ui.pages.bench_presenter import BenchPresenter
from app.ui.pages.lab_page import PRODUCT_OPTIONS, SLOPE_OPTIONS, VECTOR_OPTIONS, LabPage
from app.ui.plots.function_plot import LabSeries
from app.ui.plots.product_plot import ProductSeries
from app.ui.plots.vector_bars import MOST_SCORES
from app.ui.project_document import ProjectDocument
from app.ui.tokens import MARKERS

MOST = len(MARKERS)
"""So many functions are drawn at once; each has a colour and a marker of its own."""

_SATURATES = {
    "both": "at both ends: f′ goes to 0",
    "left": "on the left: f′ goes to 0",
    "right": "on the right: f′ goes to 0",
    "no": "no",
}
_CENTRED = {
    "yes": "yes, f(−x) = −f(x)",
    "both signs": "not quite, but takes both signs",
    "no": "no, its values have one sign",
}


def _values(options: tuple[Option, ...]) -> dict[str, object]:
    return dict(defaults(options))


class LabPresenter(QObject):
    """What is compared is its own; the layers belong to the document.

    Signals:
        page_requested(str): the lab, or the bench, is wanted in front.
    """

    page_requested = Signal(str)

    def __init__(
        self,
        page: LabPage,
        document: ProjectDocument,
        bench: BenchPresenter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._document = document
        self._bench = bench
        self.current = "relu"
        self._ticked = ["sigmoid", "tanh", "relu"]
        self._slots: dict[str, int] = {}
        self._given: dict[str, dict[str, object]] = {}
        self._reach = 6.0
        self._view = "products"
        self._experiments = {
            "products": _values(PRODUCT_OPTIONS),
            "slopes": _values(SLOPE_OPTIONS),
            "vector": _values(VECTOR_OPTIONS),
        }
        self._scores: tuple[float, ...] = number_list(str(_values(VECTOR_OPTIONS)["scores"]))
        self._known: dict[object, DerivativeProducts] = {}
        self._layer: str | None = None
        page.list.looked_at.connect(self._look_at)
        page.list.tick_toggled.connect(self._toggle)
        page.parameter_edited.connect(self._set_parameter)
        page.reach_chosen.connect(self._set_reach)
        page.view_chosen.connect(self._choose_view)
        page.experiment_edited.connect(self._experiment_edited)
        page.layer_chosen.connect(self._choose_layer)
        page.use_pressed.connect(self._use)
        page.back_pressed.connect(lambda: self.page_requested.emit("bench"))
        document.changed.connect(self._project_changed)
        bench.selection_changed.connect(self._follow_selection)
        self._show()

    # ---- orders
    def compare(self, layer_id: str) -> None:
        """Open the lab for the layer `layer_id`, with its activation in front."""
        project = self._document.project
        if project is None or not project.network.has(layer_id):
            return
        self._layer = layer_id
        found = activation_in_use(project.network, layer_id)
        if found is not None:
            form, given = found
            self.current = form.name
            if given:
                self._given[form.name] = given
            self._view = _view_of(form)
        self._show()
        self._page.list.setFocus()
        self.page_requested.emit("lab")

    def compare_selected(self) -> None:
        """Open the lab for the layer that is chosen on the bench."""
        if self._bench.selected is not None:
            self.compare(self._bench.selected)

    @property
    def form(self) -> ActivationForm:
        return FORMS[self.current]

    def _look_at(self, name: str) -> None:
        self.current = name
        self._view = _view_of(FORMS[name])
        self._show()

    def _toggle(self, name: str) -> None:
        if name in self._ticked:
            self._ticked.remove(name)
        elif len({*self._ticked, self.current, name}) <= MOST:
            self._ticked.append(name)
        self._show()

    def _set_parameter(self, name: str, value: object) -> None:
        given = self._given.setdefault(self.current, {})
        given[name] = value
        if name == "temperature":
            self._experiments["vector"]["temperature"] = value
        self._show()

    def _set_reach(self, reach: float) -> None:
        self._reach = reach
        self._show_functions()

    def _choose_view(self, view: str) -> None:
        self._view = view
        self._show_experiment()

    def _experiment_edited(self, view: str, name: str, value: object) -> None:
        strip = self._page.strips[view]
        if name == "scores":
            scores = number_list(str(value))
            if not 1 <= len(scores) <= MOST_SCORES:
                strip.show_error(name, "One to ten numbers such as 2, 1, -0.5 are needed.")
                return
            strip.show_error(name, "")
            self._scores = scores
        self._experiments[view][name] = value
        if name == "temperature" and FORMS[self.current].over_vector:
            self._given.setdefault(self.current, {})["temperature"] = value
            self._show()
        else:
            self._show_experiment()

    def _choose_layer(self, layer_id: str) -> None:
        self._layer = layer_id
        self._show_use()

    def _use(self) -> None:
        project = self._document.project
        if project is None or self._layer is None or not project.network.has(self._layer):
            return
        given = self._given.get(self.current, {})
        network = use_activation(project.network, self._layer, self.form, given)
        self._document.edit(
            f"Use {self.form.label} for {self._layer}",
            project.model_copy(update={"network": network}),
        )
        self._bench.select(self._layer)
        self.page_requested.emit("bench")

    # ---- what changed
    def _project_changed(self, before: ResolvedProject | None, after: ResolvedProject) -> None:
        self._show_use()

    def _follow_selection(self) -> None:
        chosen = self._bench.selected
        if chosen is not None and chosen in self._layers():
            self._layer = chosen
        self._show_use()

    def _layers(self) -> list[str]:
        resolved = self._document.resolved
        layers = resolved.layers if resolved is not None else ()
        return [each.id for each in layers if takes_activation(each.layer)]

    # ---- showing
    def _series(self) -> list[LabSeries]:
        shown = list(dict.fromkeys([*self._ticked, self.current]))[:MOST]
        if self.current not in shown:
            shown[-1] = self.current
        self._slots = {name: slot for name, slot in self._slots.items() if name in shown}
        for name in shown:
            if name not in self._slots:
                taken = set(self._slots.values())
                self._slots[name] = next(n for n in range(MOST) if n not in taken)
        return [
            LabSeries(
                FORMS[name],
                dict(self._given.get(name, {})),
                self._slots[name],
                name == self.current,
            )
            for name in shown
        ]

    def _show(self) -> None:
        form = self.form
        given = self._given.get(form.name, {})
        self._page.form.show_options(form.options, given, subject=form.name)
        self._page.form.setVisible(bool(form.options))
        facts = facts_of(form, given)
        over = " Drawn is the first entry of f(x, 0)." if form.over_vector else ""
        words = _facts_words(form, facts)
        written = form.written(given)
        self._page.facts.show_facts(form.label, written, form.help + over, words)
        self._show_functions()
        self._show_experiment()
        self._show_use()

    def _show_functions(self) -> None:
        series = self._series()
        self._page.list.show_rows(self.current, self._slots, self._ticked)
        full = len({*self._ticked, self.current}) >= MOST
        self._page.hint.setText(
            "Eight are drawn; take a tick away for another one."
            if full
            else "Tick those to compare; the chosen row is drawn, too."
        )
        self._page.values.show_series(series, self._reach)
        self._page.derivatives.show_series(series, self._reach)
        self._page.reach.set_current(self._reach)

    def _show_experiment(self) -> None:
        page, series = self._page, self._series()
        words = ""
        if self._view == "products":
            products = self._products(series)
            page.products.show_products(products, self._layer_count)
            words = self._product_words(next(one for one in products if one.series.main))
        elif self._view == "slopes":
            values = self._experiments["slopes"]
            count, seed, leaky = values["count"], values["seed"], values["leaky"]
            assert isinstance(count, int)
            assert isinstance(seed, int)
            assert isinstance(leaky, (int, float))
            page.fan.show_slopes(self._given.get(RANDOMIZED, {}), count, seed, float(leaky))
            words = page.fan.words()
        else:
            form = self.form if self.form.over_vector else FORMS["softmax"]
            temperature = self._experiments["vector"]["temperature"]
            assert isinstance(temperature, (int, float))
            page.bars.show_vector(form.name, form.label, self._scores, float(temperature))
            words = (
                f"The scores are divided by the temperature {plain_number(float(temperature))} "
                "first: the smaller it is, the more the largest score takes; the larger, the more "
                "equal all become."
            )
        page.strips[self._view].show_values(self._experiments[self._view])
        page.show_view(self._view, words)

    @property
    def _layer_count(self) -> int:
        layers = self._experiments["products"]["layers"]
        assert isinstance(layers, int)
        return layers

    def _products(self, series: list[LabSeries]) -> list[ProductSeries]:
        values = self._experiments["products"]
        spread, seed = values["spread"], values["seed"]
        assert isinstance(spread, (int, float))
        assert isinstance(seed, int)
        found = []
        known: dict[object, DerivativeProducts] = {}
        for one in series:
            parameters = one.form.parameters(one.given)
            key = (one.form.name, tuple(parameters.items()), spread, self._layer_count, seed)
            known[key] = self._known.get(key) or derivative_products(
                one.form, one.given, float(spread), self._layer_count, seed
            )
            found.append(ProductSeries(one, known[key]))
        self._known = known
        return found

    def _product_words(self, main: ProductSeries) -> str:
        words = product_words(_begin(main.series.label), main.bound, self._layer_count)
        zeros = float(main.products.zeros[-1])
        if zeros > 0:
            paths = "all" if zeros == 1 else f"{zeros:.1%} of the"
            words += f" In {paths} random paths the product is exactly 0."
        return words

    def _show_use(self) -> None:
        layers = self._layers()
        if self._layer not in layers:
            self._layer = layers[0] if layers else None
        self._page.show_layers(layers, self._layer)
        obstacle = use_obstacle(self.form, self._given.get(self.current, {})) or ""
        self._page.back.setVisible(self._document.project is not None)
        if self._layer is None:
            obstacle = "Open a project with a layer that has an activation to use one there."
        text = f"Use for {self._layer}" if self._layer else "Use for a layer"
        self._page.show_use(text, not obstacle, obstacle)


def _view_of(form: ActivationForm) -> str:
    """The experiment that is about `form`; another one can be chosen by hand."""
    if form.name == RANDOMIZED:
        return "slopes"
    return "vector" if form.over_vector else "products"


def _begin(label: str) -> str:
    return label[:1].upper() + label[1:]


def _facts_words(form: ActivationForm, facts: ActivationFacts) -> dict[str, str]:
    low, high = (_number(end) for end in (facts.low, facts.high))
    steepest = "none, f′ has no bound" if math.isinf(facts.steepest) else _number(facts.steepest)
    return {
        "range": f"{low} to {high}",
        "steepest": steepest,
        "saturates": _SATURATES[facts.saturates],
        "centred": _CENTRED[facts.centred],
        "dies": "yes: f and f′ are 0 on the left" if facts.dies else "no",
        "good_for": form.good_for,
    }


def _number(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return plain_number(value).replace("-", "−")

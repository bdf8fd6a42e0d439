"""The activation lab from a layer and back, by mouse and by keys."""

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from app.core.templates import two_moons
from app.ui.pages.lab_page import LabPage
from app.ui.plots.function_plot import FunctionPlot
from app.ui.plots.product_plot import ProductPlot
from tests.end_to_end.window_user import CONTROL, SHIFT, Key, User, turn, wait


@pytest.fixture
def bench(user: User) -> User:
    user.program.files.show(two_moons())
    wait(lambda: user.program.feed.prepared is not None)
    user.program.bench.select("dense_1")
    return user


def page(user: User) -> LabPage:
    found = user.window.pages["lab"]
    assert isinstance(found, LabPage)
    return found


def click_row(user: User, name: str, tick: bool = False) -> None:
    listed = page(user).list
    listed.scrollTo(listed._items[name].index())
    turn()
    rect = listed.row_rect(name)
    at = QPoint(16, round(rect.center().y())) if tick else rect.center().toPoint()
    user.click(listed.viewport(), at)
    turn()


def text_of(user: User, name: str) -> str:
    return user.find(name, QLabel).text()


def test_from_a_layer_to_the_lab_and_back_with_another_activation(bench: User) -> None:
    user, before = bench, bench.program.document.project
    user.click("inspector.compare")
    assert user.window.page == "lab"
    assert user.program.lab.current == "relu"
    assert text_of(user, "lab.fact.dies").startswith("yes")
    assert user.find("lab.use", QAbstractButton).text() == "Use for dense_1"
    user.picture("60_lab")

    # sigmoid: the bound in words, and the lecture's sentence
    click_row(user, "sigmoid")
    assert text_of(user, "lab.fact.steepest") == "0.25"
    assert text_of(user, "lab.fact.range") == "0 to 1"
    user.click("lab.products.layers")
    user.retype("10")
    assert "0.25¹⁰ ≈ 9.5 × 10⁻⁷ through 10 layers" in text_of(user, "lab.words")
    assert "early layers" in page(user).lecture.text()
    user.picture("61_lab_sigmoid")

    # the pointer reads f and f' at the same x
    plot = user.find("lab.value", FunctionPlot)
    user.move(plot, plot.at(1.0, 0.5).toPoint())
    other = user.find("lab.derivative", FunctionPlot)
    assert other.pointer == plot.pointer
    x = plot.pointer or 0.0
    assert f"sigmoid  {1 / (1 + math.exp(-x)):.3f}" in [r.text for r in plot.reading(x)[1]]

    # a tick compares one more; its parameter is drawn, too
    click_row(user, "leaky_relu", tick=True)
    click_row(user, "leaky_relu")
    user.click("lab.negative_slope")
    user.retype("0.05")
    assert "leaky ReLU (slope below 0 = 0.05)" in plot.accessibleDescription()
    assert len(plot.table().headers) == 5
    user.picture("62_lab_leaky")

    # used: one edit, a layer of its own since a name cannot carry the slope
    user.click("lab.use")
    assert user.window.page == "bench"
    network = user.program.document.project.network
    assert [layer.kind for layer in network.layers][:3] == ["InputLayer", "Dense", "LeakyReLU"]
    assert network.layers[2].options["negative_slope"] == 0.05
    assert user.program.document.resolved.can_train

    # that layer is compared by key, as it is
    user.program.bench.select("leakyrelu_1")
    user.key(Key.Key_L, CONTROL | SHIFT)
    assert user.find("lab.use", QAbstractButton).text() == "Use for leakyrelu_1"
    assert user.program.lab.current == "leaky_relu"
    assert user.find("lab.negative_slope", QLineEdit).text() == "0.05"
    user.click("lab.back")
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before


def test_all_of_the_lab_by_keys(bench: User) -> None:
    user, before = bench, bench.program.document.project
    user.key(Key.Key_L, CONTROL | SHIFT)
    assert user.window.page == "lab"
    user.find("lab.list").setFocus(Qt.FocusReason.TabFocusReason)
    lab = user.program.lab
    assert lab.current == "relu"
    user.key(Key.Key_Down)
    assert lab.current == "leaky_relu"
    user.key(Key.Key_Space)
    assert "leaky_relu" in lab._ticked
    user.key(Key.Key_Space)
    assert "leaky_relu" not in lab._ticked
    for _ in range(2):
        user.key(Key.Key_Down)
    assert lab.current == "randomized_leaky_relu"
    assert "In training each negative number" in text_of(user, "lab.words")
    user.picture("63_lab_randomized")
    user.find("lab.use", QAbstractButton).setFocus(Qt.FocusReason.TabFocusReason)
    user.key(Key.Key_Space)
    assert user.window.page == "bench"
    kinds = [layer.kind for layer in user.program.document.project.network.layers]
    assert "RandomizedLeakyReLU" in kinds
    user.key(Key.Key_Z, CONTROL)
    assert user.program.document.project == before


def test_over_a_vector_with_wrong_and_right_scores(bench: User) -> None:
    user = bench
    user.key(Key.Key_7, CONTROL)
    click_row(user, "softmax")
    user.click("lab.vector.scores")
    user.retype("3, 1")
    bars = page(user).bars
    assert bars.shares[0] == pytest.approx(1 / (1 + math.exp(-2.0)))
    user.retype("3, x")
    assert user.find("lab.vector.scores", QLineEdit).error()
    assert bars.shares == (1.0,)  # of the "3", the last that was right
    user.retype("0, 0, 0, 0")
    assert not user.find("lab.vector.scores", QLineEdit).error()
    assert bars.shares == (0.25,) * 4
    # a temperature makes it another function, which no layer can have
    user.click("lab.temperature")
    user.retype("2")
    assert "divided by the temperature 2 first" in text_of(user, "lab.words")
    assert not user.find("lab.use", QAbstractButton).isEnabled()
    assert "usual parameters" in text_of(user, "lab.obstacle")
    user.picture("64_lab_softmax")


def test_the_product_is_saved_as_a_table(bench: User, tmp_path: Path) -> None:
    user = bench
    user.key(Key.Key_7, CONTROL)
    plot = user.find("lab.products", ProductPlot)
    user.click(plot, button=Qt.MouseButton.RightButton)
    menu = user.popup_menu()
    target = tmp_path / "products.csv"
    user.will("lab.products.file", lambda dialog: _name_file(user, dialog, target))
    user.pick(menu, "Save as CSV")
    user.answered()
    lines = target.read_text("utf-8").splitlines()
    assert lines[0].startswith("layers,sigmoid: log10 of the bound")
    assert len(lines) == 1 + 20
    assert float(lines[10].split(",")[1]) == pytest.approx(10 * math.log10(0.25))


def _name_file(user: User, dialog, path: Path) -> None:
    field = dialog.findChild(QLineEdit, "fileNameEdit")
    wait(field.isVisible)
    user.click(field)
    user.retype(str(path))
    completions = field.completer().popup() if field.completer() else None
    if completions is not None:
        completions.hide()
    user.key(Key.Key_Return)


def test_without_a_project_it_still_teaches(user: User) -> None:
    user.key(Key.Key_7, CONTROL)
    assert user.window.page == "lab"
    assert not user.find("lab.use", QAbstractButton).isEnabled()
    assert "Open a project" in text_of(user, "lab.obstacle")
    click_row(user, "tanh")
    assert text_of(user, "lab.fact.range") == "−1 to 1"


def test_eight_at_once_each_with_a_look_of_its_own(user: User) -> None:
    user.key(Key.Key_7, CONTROL)
    for name in ("leaky_relu", "gelu", "silu", "elu", "selu", "softplus", "mish"):
        click_row(user, name, tick=True)
    plot = page(user).values
    assert [one.form.name for one in plot._series] == [
        *("sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "elu", "mish")
    ]  # the ninth takes the place of the last while it is looked at
    assert len({one.number for one in plot._series}) == 8
    assert page(user).hint.text().startswith("Eight are drawn")
    # one that is looked at takes the place of the last; the others keep their colours
    before = {one.form.name: one.number for one in plot._series}
    click_row(user, "exponential")
    after = {one.form.name: one.number for one in plot._series}
    assert "exponential" in after
    assert len(set(after.values())) == len(after) == 8
    assert all(before[name] == number for name, number in after.items() if name in before)
    assert "no bound" in text_of(user, "lab.words")
    click_row(user, "tanh", tick=True)
    click_row(user, "relu")
    assert "tanh" not in {one.form.name for one in plot._series}
    user.picture("65_lab_eight")


def test_the_experiment_follows_the_function(user: User) -> None:
    user.key(Key.Key_7, CONTROL)
    views = page(user).views
    for name, view in (
        ("randomized_leaky_relu", "slopes"),
        ("linear", "products"),
        ("softmax", "vector"),
        ("elu", "products"),
        ("log_softmax", "vector"),
        ("randomized_leaky_relu", "slopes"),
        ("relu6", "products"),
    ):
        click_row(user, name)
        assert views.current() == view, name
    # by hand any can be seen, until another function is chosen
    page(user).view_chosen.emit("slopes")
    assert views.current() == "slopes"
    click_row(user, "gelu")
    assert views.current() == "products"
    assert "In training each" not in text_of(user, "lab.words")


def test_the_facts_tell_the_formula_with_its_parameters(user: User) -> None:
    user.key(Key.Key_7, CONTROL)
    click_row(user, "relu")
    user.click("lab.max_value")
    user.retype("6")
    assert page(user).facts.formula.text() == "f(x) = min(max(0, x), 6)"

"""The microscope's picture: the arithmetic in words, the place chosen by mouse and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.diagnostics.microscope import Weighing, Workings
from app.ui.plots.microscope_plot import MicroscopePlot, place_at
from app.ui.plots.written_out import arithmetic, digits_of


def workings(operation="sum", **changes):
    """A filter 2 x 2 over two channels at the lower right corner of 3 x 3, padded at the right."""
    inputs = np.arange(18, dtype=np.float32).reshape(2, 3, 3) / 10
    outside = np.zeros((2, 2, 2), bool)
    outside[:, :, 1] = True
    patch = np.zeros((2, 2, 2))
    patch[:, :, 0] = inputs[:, 1:, 2]
    weights = np.array([[[1.0, 5.0], [-2.0, 5.0]], [[0.5, 5.0], [0.25, 5.0]]])
    products = patch * weights
    sums = products.sum(axis=(1, 2))
    weighing = Weighing(weights, products, sums, -0.25, float(sums.sum()) - 0.25, "relu", False)
    given = {
        "layer_id": "conv",
        "class_name": "Conv2D",
        "layers": ("conv",),
        "operation": operation,
        "transposed": False,
        "channel": 1,
        "shape": (2, 3, 4),
        "place": (1, 2),
        "map": np.arange(6, dtype=np.float32).reshape(2, 3),
        "planes": ("channel 1", "channel 2"),
        "inputs": inputs,
        "rows": np.array([1, 2]),
        "columns": np.array([2, -1]),
        "patch": patch,
        "outside": outside,
        "weighing": weighing if operation == "sum" else None,
        "computed": 0.0,
        "value": 0.0,
        "winner": None,
    }
    return Workings(**{**given, **changes})


@pytest.fixture
def plot(qtbot):
    plot = MicroscopePlot()
    plot.resize(880, 460)
    qtbot.addWidget(plot)
    with qtbot.waitExposed(plot):
        plot.show()
    return plot


def test_the_sum_is_written_out():
    # 0.5 - 2 * 0.8 = -1.1 and 0.5 * 1.4 + 0.25 * 1.7 = 1.125; with the bias -0.225.
    text = arithmetic(workings(), 0)
    assert text.splitlines() == [
        "channel 1: 0.5·1 + 0.8·(−2)",
        "  = −1.1",
        "all 2 and the bias: (−1.1) + 1.125 + (−0.25)",
        "  = −0.225",
        "relu(−0.225) = 0",
        "the number in the map: 0",
    ]
    assert arithmetic(workings(), 1).startswith("channel 2: 1.4·0.5 + 1.7·0.25\n  = 1.125\n")


def test_no_activation_is_said():
    found = workings()
    weighing = found.weighing
    plain = Weighing(
        weighing.filter, weighing.products, weighing.sums, None, 0.025, "linear", False
    )
    lines = arithmetic(workings(weighing=plain, computed=0.025, value=0.025), 0).splitlines()
    assert lines[-3:] == [
        "no bias",
        "no activation in this layer: linear",
        "the number in the map: 0.025",
    ]


def test_pooling_is_written_out():
    one = {
        "planes": ("channel 2",),
        "inputs": workings().inputs[1:],
        "patch": workings().patch[1:],
        "outside": workings().outside[1:],
    }
    found = workings("maximum", winner=(0, 1, 0), computed=1.7, value=1.7, **one)
    assert arithmetic(found, 0).splitlines() == [
        "max(1.4, 1.7)",
        "  = 1.7, found at row 3, column 3 of the input",
        "the number in the map: 1.7",
    ]
    volume = workings("maximum", winner=(0, 1, 0), planes=("channel 2, slice 4", "no slice"))
    assert "found at channel 2, slice 4, row 3, column 3 of the input" in arithmetic(volume, 0)
    found = workings("mean", computed=1.55, value=1.55, **one)
    assert arithmetic(found, 0).splitlines() == [
        "(1.4 + 1.7) / 2",
        "  = 3.1 / 2 = 1.55",
        "the number in the map: 1.55",
    ]


def test_long_sums_are_cut_short():
    values = np.ones((1, 7, 7))
    weighing = Weighing(values, values, np.array([49.0]), None, 49.0, "linear", False)
    found = workings(
        planes=("channel 1",),
        inputs=values.astype(np.float32),
        rows=np.arange(7),
        columns=np.arange(7),
        patch=values,
        outside=values < 0,
        weighing=weighing,
    )
    assert "… 24 more\n  = 49" in arithmetic(found, 0)


def test_mouse_and_keys_choose_a_place(plot, qtbot):
    plot.show_workings(workings())
    told = []
    plot.place_chosen.connect(lambda *place: told.append(place))
    rect = plot.map.picture_rect()
    upper_left = rect.topLeft() + QPoint(3, 3)
    assert plot.map.place == (1, 2)
    qtbot.mouseClick(plot.map, Qt.MouseButton.LeftButton, pos=upper_left)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_End):
        qtbot.keyClick(plot.map, key)
    assert told == [(0, 0), (0, 1), (1, 1), (1, 2)]
    assert plot.map.place_at(rect.bottomRight() + QPoint(2, 2)) is None


def test_a_row_of_products_is_chosen_and_read(plot, qtbot):
    plot.show_workings(workings())
    assert plot.caption.text() == (
        "Map 2, row 2, column 3: 0; 2 places under the window meet no input and count as 0"
    )
    view = plot.products.viewport()
    second = plot.products.picture_rect(2, 1)
    qtbot.mouseMove(view, second.topLeft() + QPoint(3, 3))
    assert plot.caption.text() == "Channel 2, input row 2, column 3: 1.4 × 0.5 = 0.7"
    qtbot.mouseMove(view, second.topRight() + QPoint(-3, 3))
    assert plot.caption.text() == "Channel 2, no input here: 0 × 5 = 0"
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=second.center())
    assert plot.products.current == 1
    assert plot.arithmetic.text().startswith("channel 2:")
    np.testing.assert_array_equal(plot.input.values, workings().inputs[1])
    plot.products.setFocus()
    qtbot.keyClick(plot.products, Qt.Key.Key_Up)
    assert plot.arithmetic.text().startswith("channel 1:")


def test_table_has_every_product(plot):
    plot.show_workings(workings())
    table = plot.table()
    assert table.title == "conv, map 2, row 2, column 3"
    assert table.headers == ("plane", "row", "column", "in the input", "input", "weight", "product")
    assert len(table.rows) == 8
    assert table.rows[2][:4] == ("channel 1", 2, 1, "yes")
    assert table.rows[2][4:] == pytest.approx((0.8, -2.0, -1.6), rel=1e-6)
    assert table.rows[1][3] == "no"


@pytest.mark.parametrize(
    ("place", "height", "wanted"),
    [
        ((4, 5), 6, (2, 3)),
        ((1, 4, 5), 6, (1, 2, 3)),
        ((4,), 1, (3,)),
        ((1, 4), 1, (1, 3)),
        ((), 1, ()),
    ],
    ids=["picture", "volume", "series", "series of each step", "global"],
)
def test_which_place_a_number_of_the_map_is(place, height, wanted):
    found = workings(place=place, map=np.zeros((height, 8), np.float32))
    assert place_at(found, 2, 3) == wanted


def test_the_arithmetic_holds_to_its_last_digit():
    """The printed lines, worked out again as Python reads them."""
    rng = np.random.default_rng(3)
    for case in range(40):
        planes = (1, 2, 16)[case % 3]
        scale = 10.0 ** rng.integers(-2, 4)
        patch = np.round(rng.uniform(0, 1, (planes, 3, 3)) * 16) / 16 * scale
        weights = rng.normal(0, 0.4, patch.shape).astype(np.float32).astype(np.float64)
        sums = (patch * weights).sum(axis=(1, 2))
        bias = None if case % 5 == 4 else float(np.float32(rng.normal(0, 0.01)))
        before = float(sums.sum()) + (bias or 0.0)
        weighing = Weighing(weights, patch * weights, sums, bias, before, "linear", False)
        found = workings(
            planes=tuple(f"channel {n + 1}" for n in range(planes)),
            inputs=patch.astype(np.float32),
            rows=np.arange(3),
            columns=np.arange(3),
            patch=patch,
            outside=patch < -1,
            weighing=weighing,
            computed=before,
            value=before,
        )
        text = arithmetic(found, planes - 1).replace("−", "-").replace("·", "*")
        text = text.replace("\n  =", " =")
        checked = 0
        for line in text.splitlines():
            if " = " in line:
                told, result = line.split(": ", 1)[1].split(" = ")
                decimals = len(result.partition(".")[2])
                # Zeros at the end are not written: a shorter result holds to more digits.
                wanted = f"{eval(told):.{max(decimals, 0)}f}"  # noqa: S307
                assert float(wanted) == float(result), line
                checked += 1
        assert checked == (1 if planes == 1 and bias is None else 2)
        digits = digits_of(found, planes - 1)
        product = digits.product(0.9375, 0.64372)
        assert product == f"{0.9375 * 0.64372:.{len(product) - 2}f}"

"""Arrays of one's own: guessed, chosen, refused."""

import io
import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.data_settings import ArraySource, DataSettings
from app.data.array_names import ArrayName, ArrayPair, read_name
from app.data.array_source import describe_arrays, load_arrays
from app.data.errors import DataError, LoadingStopped
from app.data.loading import load
from app.data.prediction_inputs import read_prediction_inputs
from app.data.raw_data import ANY, TEST, TRAINING, VALIDATION

chance = np.random.default_rng(0)
X = chance.normal(size=(30, 4))
Y = np.arange(30) % 3


def npz(path: Path, **arrays: Any) -> str:
    file = path / "a.npz"
    np.savez(file, **arrays)
    return str(file)


def npy(path: Path, array: Any, name: str = "a.npy") -> str:
    file = path / name
    np.save(file, array)
    return str(file)


def source(path: str, **fields: Any) -> ArraySource:
    return ArraySource(path=path, **fields)


# ---- names


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x", ("x", ANY)),
        ("X_train", ("x", TRAINING)),
        ("train_images", ("images", TRAINING)),
        ("xtest", ("x", TEST)),
        ("testY", ("y", TEST)),
        ("labels-val", ("labels", VALIDATION)),
        ("y_validation", ("y", VALIDATION)),
        ("training", ("training", ANY)),
        ("the data", ("the_data", ANY)),
    ],
)
def test_what_a_name_says(name: str, said: tuple[str, int]) -> None:
    assert read_name(name) == ArrayName(*said)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ("x", "y"),
        ("X", "Y"),
        ("data", "target"),
        ("data", "targets"),
        ("images", "labels"),
        ("features", "label"),
        ("inputs", "class"),
        ("arr_0", "arr_1"),
        ("foo", "bar"),
        ("measured", "y"),
    ],
)
def test_usual_names_are_known(x: str, y: str, tmp_path: Path) -> None:
    for order in ((x, y), (y, x)):
        path = npz(tmp_path, **{name: X if name == x else Y for name in order})
        assert describe_arrays(path).pairs == (ArrayPair(x, y),)
        raw = load_arrays(source(path))
        np.testing.assert_array_equal(raw.x, X)
        np.testing.assert_array_equal(raw.y, Y)
        assert raw.notes[0].startswith(
            f"Inputs and targets were guessed from the names of the arrays: {x} with {y}."
        )


def test_parts_of_their_own(tmp_path: Path) -> None:
    path = npz(
        tmp_path,
        x_test=X[:5], y_test=Y[:5], y_train=Y, x_train=X, x_val=X[5:9], y_val=Y[5:9], extra=Y,
    )  # fmt: skip
    raw = load_arrays(source(path))
    assert raw.parts is not None
    np.testing.assert_array_equal(raw.parts, [0] * 30 + [1] * 4 + [2] * 5)
    np.testing.assert_array_equal(raw.x, np.concatenate([X, X[5:9], X[:5]]))
    np.testing.assert_array_equal(raw.y, np.concatenate([Y, Y[5:9], Y[:5]]))
    assert raw.target_names == ("y",)
    data = load(DataSettings(source=source(path)))
    assert data.summary.counts == (30, 4, 5)
    chosen = load_arrays(source(path, inputs="x_test", targets="y_test"))
    assert len(chosen) == 5
    assert chosen.parts is None


def test_chosen_by_name(tmp_path: Path) -> None:
    path = npz(tmp_path, a=X, b=X[:, :2], c=Y, d=Y / 3.0 + 0.1)
    with pytest.raises(DataError, match="cannot be told which arrays") as told:
        load_arrays(source(path))
    assert "a (30, 4), b (30, 2), c (30), d (30)" in told.value.expected
    raw = load_arrays(source(path, inputs="b", targets="d"))
    np.testing.assert_array_equal(raw.x, X[:, :2])
    assert raw.task == "regression"
    np.testing.assert_array_equal(raw.y[:, 0], (Y / 3.0 + 0.1).astype(np.float32))
    for wrong in ({"inputs": "z"}, {"inputs": "a", "targets": "z"}):
        with pytest.raises(DataError, match="has no array 'z'"):
            load_arrays(source(path, **wrong))


def test_npy_with_and_without_a_file_of_targets(tmp_path: Path) -> None:
    path = npy(tmp_path, np.column_stack([X, Y]))
    raw = load_arrays(source(path))
    np.testing.assert_array_equal(raw.x, X)
    np.testing.assert_array_equal(raw.y, Y)
    assert raw.target_names == ("target",)
    assert [column.name for column in raw.columns] == ["x1", "x2", "x3", "x4"]
    assert "The last column of the array was taken for the target." in raw.notes
    single = load_arrays(source(npz(tmp_path, arr_0=np.column_stack([X, Y]))))
    np.testing.assert_array_equal(np.asarray(single.x), X)
    np.testing.assert_array_equal(single.y, Y)
    labels = npy(tmp_path, Y, "kinds.npy")
    raw = load_arrays(source(npy(tmp_path, X), target_path=labels))
    np.testing.assert_array_equal(raw.x, X)
    assert raw.target_names == ("kinds",)
    raw = load_arrays(source(npz(tmp_path, only=X), target_path=labels))
    np.testing.assert_array_equal(raw.x, X)
    for lonely in (X[:, 0], X.reshape(30, 2, 2)):
        with pytest.raises(DataError, match="no targets come with it"):
            load_arrays(source(npy(tmp_path, lonely)))


# ---- shapes


@pytest.mark.parametrize(
    ("array", "shape", "note"),
    [
        (np.zeros((30, 8, 9), np.uint8), (30, 8, 9, 1), "grey pictures of 8 × 9"),
        (np.zeros((30, 9, 9), np.float32), (30, 9, 9, 1), "grey pictures of 9 × 9"),
        (np.zeros((30, 9, 9), bool), (30, 9, 9, 1), "grey pictures of 9 × 9"),
        (-np.ones((30, 9, 9)), (30, 9, 9), "sequences of 9 steps with 9 features"),
        (np.zeros((30, 20, 3)), (30, 20, 3), "sequences of 20 steps with 3 features"),
        (np.zeros((30, 8, 9, 3), np.uint8), (30, 8, 9, 3), None),
        (np.zeros((30, 8, 9, 7)), (30, 8, 9, 7), None),
        (np.zeros((30, 3, 8, 9)), (30, 8, 9, 3), "channels first, (30, 3, 8, 9)"),
        (np.zeros((30, 3, 9, 3)), (30, 3, 9, 3), None),
        (np.zeros(30), (30, 1), None),
        (np.zeros((30, 5), np.int8), (30, 5), None),
    ],
)  # fmt: skip
def test_shapes_are_recognised(
    array: np.ndarray, shape: tuple[int, ...], note: str | None, tmp_path: Path
) -> None:
    array = array + (np.arange(30).reshape(-1, *[1] * (array.ndim - 1)) % 2).astype(array.dtype) * (
        array.dtype.type(1)
    )
    raw = load_arrays(source(npz(tmp_path, x=array, y=Y)))
    assert raw.x.shape == shape
    assert raw.x.dtype == (np.float64 if len(shape) == 2 else np.float32)
    assert (note is None) == (len(raw.notes) == 2)
    assert note is None or note in raw.notes[1]
    assert raw.maximum == {"uint8": 255.0, "bool": 1.0}.get(str(array.dtype))
    assert bool(raw.columns) == (len(shape) == 2)


def test_channels_are_turned_with_their_pixels(tmp_path: Path) -> None:
    first = chance.integers(0, 256, (30, 3, 5, 7), dtype=np.uint8)
    raw = load_arrays(source(npz(tmp_path, x=first, y=Y)))
    assert isinstance(raw.x, np.ndarray)
    for row, channel, i, j in ((0, 0, 0, 0), (7, 2, 4, 6), (29, 1, 3, 2)):
        assert raw.x[row, i, j, channel] == first[row, channel, i, j]


def test_grey_values_and_a_name_make_pictures(tmp_path: Path) -> None:
    table = chance.normal(size=(30, 6, 9))
    assert load_arrays(source(npz(tmp_path, x=table, y=Y))).x.shape == (30, 6, 9)
    assert load_arrays(source(npz(tmp_path, images=table, y=Y))).x.shape == (30, 6, 9, 1)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["<f4", ">f4", "<f8", ">f8", "<i2", ">i4", "|u1", "<u8", "|b1", "<f2"]),
    st.booleans(),
    st.integers(1, 4),
)
def test_every_plain_type_and_order_gives_its_numbers(dtype: str, fortran: bool, axes: int) -> None:
    shape = (6, 4, 5, 2)[:axes]
    array = np.random.default_rng(axes).integers(0, 2, shape).astype(dtype)
    array.flat[0] = 1
    given_array = np.asfortranarray(array) if fortran else array
    stream = io.BytesIO()
    np.savez_compressed(stream, x=given_array, y=np.array([0, 1, 0, 1, 1, 0]))
    path = Path(os.environ["HOME"]) / "typed.npz"
    path.write_bytes(stream.getvalue())
    raw = load_arrays(source(str(path)))
    np.testing.assert_array_equal(np.asarray(raw.x).reshape(array.shape), array.astype(float))


# ---- targets


@pytest.mark.parametrize(
    ("y", "task", "names", "numbers"),
    [
        (Y, "multiclass", ("0", "1", "2"), Y),
        (Y + 1, "multiclass", ("1", "2", "3"), Y),
        (Y.reshape(-1, 1), "multiclass", ("0", "1", "2"), Y),
        (Y.astype(float), "multiclass", ("0", "1", "2"), Y),
        (np.eye(3)[Y], "multiclass", ("0", "1", "2"), Y),
        (np.eye(3, dtype=bool)[Y], "multiclass", ("0", "1", "2"), Y),
        (np.eye(2)[Y // 2], "binary", ("0", "1"), Y // 2),
        (Y == 1, "binary", ("False", "True"), Y == 1),
        (np.array(["c", "a", "b"])[Y], "multiclass", ("a", "b", "c"), np.array([2, 0, 1])[Y]),
        (np.array([b"no", "jä".encode()])[Y // 2], "binary", ("jä", "no"), 1 - Y // 2),
        (Y * 7.5 - 2, "regression", (), Y * 7.5 - 2),
        (np.arange(30), "regression", (), np.arange(30)),
        (np.arange(30) // 2, "multiclass", tuple(map(str, range(15))), np.arange(30) // 2),
        (Y * 10, "multiclass", ("0", "10", "20"), Y),
        (np.where(Y == 1, -1, 1), "binary", ("-1", "1"), Y != 1),
    ],
)
def test_targets_are_understood(
    y: np.ndarray, task: str, names: tuple[str, ...], numbers: np.ndarray, tmp_path: Path
) -> None:
    raw = load_arrays(source(npz(tmp_path, x=X, y=y)))
    assert (raw.task, raw.class_names) == (task, names)
    if names:
        np.testing.assert_array_equal(raw.y, numbers)
        assert raw.y.dtype == np.int32
    else:
        np.testing.assert_array_equal(raw.y, numbers.astype(np.float32).reshape(-1, 1))
        assert raw.y.dtype == np.float32
    assert any("guessed from the target" in n or "one-hot" in n for n in raw.notes)


def test_several_targets_and_a_chosen_task(tmp_path: Path) -> None:
    raw = load_arrays(source(npz(tmp_path, x=X, y=X[:, :3] * 2)))
    assert raw.target_names == ("y 1", "y 2", "y 3")
    assert raw.y.shape == (30, 3)
    path = npz(tmp_path, x=X, y=np.eye(3)[Y])
    assert load_arrays(source(path, task="regression")).y.shape == (30, 3)
    path = npz(tmp_path, x=X, y=Y)
    assert load_arrays(source(path, task="regression")).task == "regression"
    raw = load_arrays(source(path, task="multiclass"))
    assert not any("guessed from the target" in note for note in raw.notes)


@pytest.mark.parametrize(
    ("y", "task", "said"),
    [
        (Y, "binary", "3 different values"),
        (np.array(["a", "b", "c"])[Y], "regression", "holds texts such as"),
        (X[:, :2], "multiclass", "not one-hot"),
        (np.zeros(30), None, "the same value for every sample"),
        (np.array(["a"] * 30), None, "the same value for every sample"),
        (np.where(Y == 1, np.nan, 1.5), None, "10 samples, first for sample 2"),
        (np.where(np.arange(30) == 29, np.inf, 1.5), None, "1 sample, first for sample 30"),
        (np.linspace(0, 1e300, 30), None, "too large for the network's numbers"),
        (np.zeros((30, 2, 2)), None, "has the shape 30 × 2 × 2"),
        (np.array([b"\xff", b"a"])[Y // 2], None, "no text"),
        (np.full((30, 2), "a"), None, "2 texts for each sample"),
        (Y[:29], None, "There are 30 inputs, but 29 targets"),
        (np.array(3), None, "cannot be told"),
        (Y.astype(complex), None, "cannot be told"),
        (Y.astype("datetime64[s]"), None, "cannot be told"),
    ],
)
def test_targets_that_will_not_do(y: np.ndarray, task: Any, said: str, tmp_path: Path) -> None:
    path = npz(tmp_path, x=X, y=y)
    with pytest.raises(DataError, match=said.replace("(", r"\(")):
        load_arrays(source(path, task=task))


# ---- inputs that will not do


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.where(X > 1.5, np.nan, X), "missing or infinite, first in sample"),
        (np.full((30, 2, 9, 9), 1e300), "too large for 32 bits, first in sample 1"),
        (np.array([["a"] * 2] * 30), "are texts"),
        (np.zeros((30, 2, 2, 2, 2)), r"have the shape \(30, 2, 2, 2, 2\)"),
        (np.zeros((30, 0)), r"have the shape \(30, 0\)"),
        (np.zeros((30, 20_001), np.uint8), "20,001 columns"),
    ],
)
def test_inputs_that_will_not_do(x: np.ndarray, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        load_arrays(source(npz(tmp_path, x=x, y=Y)))


def test_gaps_are_counted_and_the_sample_named(tmp_path: Path) -> None:
    x = X.copy()
    x[4, 1] = np.nan
    x[9, 0] = -np.inf
    with pytest.raises(DataError, match=r"^2 values among the inputs .* first in sample 5"):
        load_arrays(source(npz(tmp_path, x=x, y=Y)))


def test_parts_that_do_not_match(tmp_path: Path) -> None:
    path = npz(tmp_path, x_train=X, y_train=Y, x_test=X[:5, :3], y_test=Y[:5])
    with pytest.raises(DataError, match="differ in shape: x_train"):
        load_arrays(source(path))
    path = npz(tmp_path, x_train=X, y_train=Y, x_test=X[:5], y_test=Y[:4])
    with pytest.raises(DataError, match="There are 5 inputs, but 4 targets"):
        load_arrays(source(path))
    with pytest.raises(DataError, match="is 1 sample"):
        load_arrays(source(npz(tmp_path, x=X[:1], y=Y[:1])))


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("ran",)


def test_pickled_content_is_refused_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = np.array([Hostile()] * 30, object)
    path = tmp_path / "o.npy"
    np.save(path, bad, allow_pickle=True)
    with pytest.raises(DataError, match="Python objects"):
        load_arrays(source(str(path)))
    (head,) = describe_arrays(str(path)).arrays
    assert "Python objects" in head.obstacle
    both = tmp_path / "o.npz"
    np.savez(both, x=X, y=bad, allow_pickle=True)
    for fields in ({}, {"inputs": "x", "targets": "y"}, {"inputs": "y", "targets": "x"}):
        with pytest.raises(DataError):
            load_arrays(source(str(both), **fields))
    plain = tmp_path / "p.npy"
    plain.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(DataError, match=r"neither an \.npy nor an \.npz"):
        load_arrays(source(str(plain)))
    assert not (tmp_path / "ran").exists()


def test_claims_are_not_believed(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        stream, {"descr": "<f8", "fortran_order": False, "shape": (10**9, 100)}
    )
    path = tmp_path / "huge.npy"
    path.write_bytes(stream.getvalue() + b"\0" * 80)
    with pytest.raises(DataError, match="of memory"):
        load_arrays(source(str(path)))
    good = io.BytesIO()
    np.save(good, X)
    path.write_bytes(good.getvalue()[:-8])
    with pytest.raises(DataError, match="bytes follow its header"):
        load_arrays(source(str(path)))
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", stream.getvalue() + b"\0" * 10_000_000)
        archive.writestr("y.npy", good.getvalue())
    with pytest.raises(DataError, match="of memory"):
        load_arrays(source(str(tmp_path / "bomb.npz")))
    with zipfile.ZipFile(tmp_path / "twice.npz", "w") as archive:
        archive.writestr("x.npy", good.getvalue())
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("x.npy", good.getvalue())
    with pytest.raises(DataError, match="twice"):
        load_arrays(source(str(tmp_path / "twice.npz")))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_files_are_told(data: st.DataObject) -> None:
    stream = io.BytesIO()
    if data.draw(st.booleans()):
        np.savez_compressed(stream, x=X, y=Y)
    else:
        np.save(stream, np.column_stack([X, Y]))
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = Path(os.environ["HOME"]) / "damaged"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        raw = load_arrays(source(str(path)))
    except DataError as error:
        told = [error.happened, error.expected, error.how_to_fix]
        assert all(told)
    else:
        assert np.isfinite(np.asarray(raw.x)).all()


def test_stopped(tmp_path: Path) -> None:
    with pytest.raises(LoadingStopped):
        load_arrays(source(npz(tmp_path, x=X, y=Y)), lambda: True)


def test_a_description_reads_no_numbers(tmp_path: Path) -> None:
    path = npz(tmp_path, x=X, y=np.array(["a", "b", "c"])[Y], z=np.array(1))
    described = describe_arrays(path)
    assert described.archive
    assert [(h.name, h.shape, str(h.dtype)) for h in described.arrays] == [
        ("x", (30, 4), "float64"),
        ("y", (30,), "<U1"),
        ("z", (), "int64"),
    ]
    assert described.pairs == (ArrayPair("x", "y"),)
    single = describe_arrays(npy(tmp_path, X))
    assert (single.archive, single.pairs) == (False, (ArrayPair("", ""),))
    with pytest.raises(DataError, match="does not exist"):
        describe_arrays(str(tmp_path / "none.npz"))
    (tmp_path / "text.npz").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="neither"):
        describe_arrays(str(tmp_path / "text.npz"))


def test_sequences_are_prepared_and_their_numbers_are_no_pixels(tmp_path: Path) -> None:
    series = chance.normal(3, 2, size=(60, 12, 2))
    path = npz(tmp_path, x=series, y=np.arange(60) % 2)
    data = load(DataSettings(source=source(path), preprocessing="standardize"))
    assert data.summary.input_shape == (12, 2)
    assert data.summary.feature_names == ("feature 1", "feature 2")
    rows = data.training.rows
    for place, statistics in enumerate(data.summary.statistics):
        values = series[rows, :, place]
        assert statistics.name == f"feature {place + 1}"
        told = (values.mean(), values.std(), values.min(), values.max())
        np.testing.assert_allclose(statistics.before, told, rtol=1e-5)
        np.testing.assert_allclose(statistics.after[:2], (0, 1), atol=1e-5)
    assert len(data.summary.statistics) == 2


def test_a_sequence_of_one_feature_has_values(tmp_path: Path) -> None:
    path = npz(tmp_path, x=chance.normal(3, 2, size=(60, 12, 1)), y=np.arange(60) % 2)
    data = load(DataSettings(source=source(path), preprocessing="standardize"))
    assert data.summary.feature_names == ("values",)
    assert [entry.name for entry in data.summary.statistics] == ["values"]


def test_what_is_predicted_may_come_channels_first_as_well(tmp_path: Path) -> None:
    first = chance.integers(0, 256, (40, 3, 8, 9), dtype=np.uint8)
    path = npz(tmp_path, x=first, y=np.arange(40) % 2)
    data = load(DataSettings(source=source(path), preprocessing="pixels"))
    expected = np.transpose(first[:5], (0, 2, 3, 1)).astype(np.float32) / 255
    for array in (first[:5], np.transpose(first[:5], (0, 2, 3, 1))):
        new = npy(tmp_path, array, "new.npy")
        found = read_prediction_inputs(new, data.preprocessing)
        np.testing.assert_allclose(found.x, expected, rtol=1e-6)
    one = read_prediction_inputs(npy(tmp_path, first[3], "one.npy"), data.preprocessing)
    np.testing.assert_allclose(one.x, expected[3:4], rtol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (30, 4), (8, 9, 3)])
@pytest.mark.parametrize("kind", ["none", "standardize", "min_max"])
def test_new_arrays_are_prepared_to_the_last_bit_as_the_training_was(
    tmp_path: Path, shape: tuple[int, ...], kind: Any
) -> None:
    x = chance.normal(3, 40, size=(40, *shape))
    path = npz(tmp_path, x=x, y=np.arange(40) % 2)
    data = load(DataSettings(source=source(path), preprocessing=kind))
    found = read_prediction_inputs(npy(tmp_path, x, "new.npy"), data.preprocessing)
    np.testing.assert_array_equal(found.x[data.training.rows], data.training.x)


def test_classes_that_nearly_are_equal_numbers_have_names_of_their_own(tmp_path: Path) -> None:
    y = np.array([0.3, 0.1 + 0.2] * 15)
    raw = load_arrays(source(npz(tmp_path, x=X, y=y), task="binary"))
    assert raw.class_names == ("0.3", "0.30000000000000004")


def test_arrays_of_a_type_that_cannot_be_used_are_said_to_be(tmp_path: Path) -> None:
    path = npz(tmp_path, x=X.astype(complex), y=Y)
    with pytest.raises(DataError, match=r"x \(30, 4\) of complex128, which cannot be used, y \("):
        load_arrays(source(path))

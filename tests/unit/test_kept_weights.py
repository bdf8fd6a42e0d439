"""Kept weights: their keys, the store, and their bytes in a project file, honest and hostile."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from app.core.network import Layer, Network, chain
from app.core.project import Project
from app.core.project_file import SavedProject, members_of, open_project, save_project
from app.core.templates import start_from
from app.core.transfer import keep_weights
from app.data.errors import DataError
from app.data.kept_file import from_bytes, kept_of, to_bytes, with_kept
from app.data.kept_weights import KeptWeights, key_of, shapes_of

KERNEL = np.arange(12, dtype=np.float32).reshape(3, 4)
BIAS = np.array([0.5, -0.0, np.inf, np.nan], np.float32)


def store_of(*groups: tuple[np.ndarray, ...]) -> tuple[KeptWeights, list[str]]:
    store = KeptWeights()
    return store, [store.keep(group) for group in groups]


def network(*keys: str | None) -> Network:
    layers = [Layer(id=f"dense_{n}", kind="Dense", kept_weights=k) for n, k in enumerate(keys)]
    return chain(layers)


def test_the_same_arrays_have_the_same_key_and_any_difference_gives_another() -> None:
    key = key_of((KERNEL, BIAS))
    assert key == key_of((KERNEL.copy(order="F"), BIAS.copy()))
    assert len(key) == 32
    assert set(key) <= set("0123456789abcdef")
    changed = KERNEL.copy()
    changed[2, 3] = np.nextafter(changed[2, 3], 99)
    others: list[tuple[np.ndarray, ...]] = [
        (changed, BIAS),
        (KERNEL.reshape(4, 3), BIAS),
        (KERNEL.astype(np.float64), BIAS),
        (KERNEL.view(np.int32), BIAS),
        (BIAS, KERNEL),
        (KERNEL,),
        (KERNEL, BIAS, np.zeros(0, np.float32)),
        (KERNEL, -BIAS),
    ]
    keys = {key_of(other) for other in others}
    assert len(keys) == len(others)
    assert key not in keys


def test_the_store_gives_read_only_copies_of_what_a_network_names() -> None:
    own = KERNEL.copy()
    store, (first, second) = store_of((own, BIAS), (BIAS,))
    own[0, 0] = 99
    kept = store.of(network(first, None, first, "0" * 32))
    assert list(kept) == [first]
    np.testing.assert_array_equal(kept[first][0], KERNEL)
    with pytest.raises(ValueError, match="read-only"):
        kept[first][0][0, 0] = 1
    assert store.shapes == {first: ((3, 4), (4,)), second: ((4,),)}
    store.replace(kept)
    assert store.shapes == shapes_of(kept) == {first: ((3, 4), (4,))}


@pytest.mark.parametrize(
    "arrays",
    [(), (np.array([{}]),), (np.array(["a"]),), (np.zeros(2, complex),), (np.zeros(2, "V2"),)],
)
def test_what_is_no_plain_number_is_not_kept(arrays: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(DataError) as refused:
        KeptWeights().keep(arrays)
    assert refused.value.expected
    assert refused.value.how_to_fix


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            arrays_of.arrays(
                st.sampled_from([np.float32, np.float16, np.int64, np.bool_, np.uint8]),
                arrays_of.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4),
            ),
            min_size=1,
            max_size=4,
        ),
        max_size=4,
    )
)
def test_bytes_bring_every_array_back_bit_for_bit(groups: list[list[np.ndarray]]) -> None:
    store, keys = store_of(*map(tuple, groups))
    kept = store.of(network(*keys))
    content = to_bytes(kept)
    again = from_bytes(content, keys)
    assert again.keys() == kept.keys()
    for key, group in kept.items():
        for one, other in zip(group, again[key], strict=True):
            assert one.dtype == other.dtype
            assert one.shape == other.shape
            assert one.tobytes() == other.tobytes()
            assert not other.flags.writeable
    assert to_bytes(again) == content


def with_header(header: object, rest: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return b"layerlab-kept-1\n" + len(text).to_bytes(4, "little") + text + rest


KEY = key_of((BIAS,))
HOSTILE = {
    "empty": b"",
    "not ours": b"\x93NUMPY" + bytes(100),
    "no header": b"layerlab-kept-1\n",
    "a header longer than the file": b"layerlab-kept-1\n\xff\xff\xff\x7f{}",
    "a header that is no JSON": b"layerlab-kept-1\n\x02\x00\x00\x00{{",
    "a header nested too deeply": b"layerlab-kept-1\n"
    + (200_000).to_bytes(4, "little")
    + b"[" * 200_000,
    "a list": with_header([1, 2]),
    "a key that nobody names": with_header({"f" * 32: [["<f4", [4]]]}, BIAS.tobytes()),
    "claims 4 TiB": with_header({KEY: [["<f4", [2**40]]]}, BIAS.tobytes()),
    "claims more than any number": with_header({KEY: [["<f4", [2**39] * 16]]}),
    "claims less": with_header({KEY: [["<f4", [3]]]}, BIAS.tobytes()),
    "one byte too many": with_header({KEY: [["<f4", [4]]]}, BIAS.tobytes() + b"\0"),
    "cut off": with_header({KEY: [["<f4", [4]]]}, BIAS.tobytes()[:-1]),
    "a negative size": with_header({KEY: [["<f4", [-4]]]}, BIAS.tobytes()),
    "a size that is true": with_header({KEY: [["<f4", [4, True]]]}, BIAS.tobytes()),
    "a size that is a fraction": with_header({KEY: [["<f4", [4.0]]]}, BIAS.tobytes()),
    "too many axes": with_header({KEY: [["<f4", [4] + [1] * 16]]}, BIAS.tobytes()),
    "objects": with_header({KEY: [["|O", [2]]]}, BIAS.tobytes()),
    "a type of its own": with_header({KEY: [["<f4,<i4", [2]]]}, BIAS.tobytes()),
    "no arrays": with_header({KEY: []}),
    "arrays in no list": with_header({KEY: 3}),
    "an endless list": with_header({KEY: [["<f4", [0]]] * 5000}),
    "other numbers": with_header({KEY: [["<f4", [4]]]}, bytes(16)),
    "another shape": with_header({KEY: [["<f4", [2, 2]]]}, BIAS.tobytes()),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_damaged_and_hostile_bytes_are_refused_in_words(name: str) -> None:
    with pytest.raises(DataError) as refused:
        from_bytes(HOSTILE[name], [KEY])
    assert "kept weights" in refused.value.happened
    assert refused.value.how_to_fix


def test_honest_bytes_of_the_same_form_are_taken() -> None:
    (found,) = from_bytes(with_header({KEY: [["<f4", [4]]]}, BIAS.tobytes()), [KEY])[KEY]
    assert found.tobytes() == BIAS.tobytes()


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_change_of_the_bytes_goes_unnoticed(data: st.DataObject) -> None:
    store, keys = store_of((KERNEL, BIAS), (BIAS,))
    content = to_bytes(store.of(network(*keys)))
    place = data.draw(st.integers(0, len(content) - 1))
    bit = data.draw(st.integers(0, 7))
    damaged = bytearray(content)
    damaged[place] ^= 1 << bit
    try:
        read = from_bytes(bytes(damaged), keys)
    except DataError:
        return
    # White space in the header may differ; the arrays may not.
    assert {k: [a.tobytes() for a in g] for k, g in read.items()} == {
        k: [a.tobytes() for a in g] for k, g in store.of(network(*keys)).items()
    }


def project_with_kept() -> tuple[Project, KeptWeights]:
    project = start_from("moons")
    store = KeptWeights()
    ids = [layer.id for layer in project.network.layers if layer.kind == "Dense"]
    keys = {name: store.keep((KERNEL + n, BIAS)) for n, name in enumerate(ids)}
    return keep_weights(project, keys), store


def test_a_project_file_brings_kept_weights_back(tmp_path: Path) -> None:
    project, store = project_with_kept()
    saved = with_kept(SavedProject(project), store.of(project.network))
    path = tmp_path / "kept.layerlab"
    save_project(path, saved)
    read = open_project(path)
    assert read == saved
    kept = kept_of(read)
    assert kept.keys() == store.shapes.keys()
    assert all(key_of(arrays) == key for key, arrays in kept.items())
    save_project(tmp_path / "again.layerlab", with_kept(SavedProject(read.project), kept))
    assert (tmp_path / "again.layerlab").read_bytes() == path.read_bytes()


def test_a_project_without_kept_weights_has_no_such_member() -> None:
    project = start_from("moons")
    saved = with_kept(SavedProject(project), KeptWeights().of(project.network))
    assert "kept.weights" not in members_of(saved)
    assert kept_of(saved) == {}


def test_the_store_may_be_read_while_it_grows() -> None:
    store, keys = store_of((KERNEL,))
    failed: list[BaseException] = []
    go_on = threading.Event()

    def read() -> None:
        try:
            while not go_on.is_set():
                assert store.of(network(*keys))[keys[0]][0].shape == (3, 4)
        except BaseException as error:  # noqa: BLE001
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(2000):
        store.keep((np.full(3, number, np.float32),))
    go_on.set()
    reader.join()
    assert not failed

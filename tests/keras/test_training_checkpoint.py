"""Checkpoints: what goes in comes out, and nothing else comes in."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.frozen import FrozenMap
from app.training.checkpoint import About, Checkpoint, from_bytes, to_bytes
from app.training.errors import TrainingError

ABOUT = About(
    epochs=7,
    steps=3,
    metrics=FrozenMap(loss=0.25, accuracy=0.5),
    over=None,
    planned=20,
    best=0.75,
    best_epoch=5,
    waited=2,
    has_best_weights=True,
    seed=11,
    data_fingerprint="abc",
)
WEIGHTS = (np.arange(6, dtype=np.float32).reshape(2, 3), np.array([1.5, -2.5], np.float32))
CHECKPOINT = Checkpoint(
    about=ABOUT,
    weights=WEIGHTS,
    seeds=(np.array([7, 3], np.uint32),),
    optimizer=(np.array(12, np.int64), np.array(0.001, np.float32)),
    metrics=(np.array([3.0], np.float32),),
    initial=(np.zeros((2, 3), np.float32),),
    best=tuple(weight + 1 for weight in WEIGHTS),
)
GOOD = to_bytes(CHECKPOINT)


def same(one: Checkpoint, other: Checkpoint) -> bool:
    groups = ("weights", "seeds", "optimizer", "metrics", "initial", "best")
    return one.about == other.about and all(
        a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        for group in groups
        for a, b in zip(getattr(one, group), getattr(other, group), strict=True)
    )


def test_round_trip() -> None:
    assert same(from_bytes(GOOD, CHECKPOINT), CHECKPOINT)
    assert to_bytes(from_bytes(GOOD, CHECKPOINT)) == GOOD


def test_sums_that_overflowed_come_back() -> None:
    overflowed = replace(
        CHECKPOINT, optimizer=(CHECKPOINT.optimizer[0], np.array(np.inf, np.float32))
    )
    assert same(from_bytes(to_bytes(overflowed), CHECKPOINT), overflowed)


def test_it_is_an_archive_of_plain_arrays() -> None:
    with np.load(io.BytesIO(GOOD), allow_pickle=False) as archive:
        np.testing.assert_array_equal(archive["weights_0"], WEIGHTS[0])


def test_without_best_weights() -> None:
    without = replace(
        CHECKPOINT, about=ABOUT.model_copy(update={"has_best_weights": False}), best=()
    )
    assert same(from_bytes(to_bytes(without), CHECKPOINT), without)


def members() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return written.getvalue()


def array_bytes(array: np.ndarray, *, pickled: bool = False) -> bytes:
    written = io.BytesIO()
    np.lib.format.write_array(written, array, allow_pickle=pickled)
    return written.getvalue()


def about_with(**changes: object) -> bytes:
    return json.dumps({**json.loads(ABOUT.model_dump_json()), **changes}).encode()


def header(shape: str, descr: str = "'<f4'") -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "text": lambda: b"not an archive at all",
    "cut off": lambda: GOOD[: len(GOOD) // 2],
    "a part missing": lambda: packed({k: v for k, v in members().items() if k != "weights_1.npy"}),
    "a part too many": lambda: packed({**members(), "weights_2.npy": members()["weights_1.npy"]}),
    "a foreign part": lambda: packed({**members(), "../../evil.py": b"import os"}),
    "no description": lambda: packed({k: v for k, v in members().items() if k != "about.json"}),
    "description of another kind": lambda: packed({**members(), "about.json": b"[]"}),
    "nested description": lambda: packed({**members(), "about.json": b"[" * 50_000}),
    "huge description": lambda: packed({**members(), "about.json": b" " * 200_000}),
    "unknown format": lambda: packed({**members(), "about.json": about_with(format=2)}),
    "unknown field": lambda: packed({**members(), "about.json": about_with(run="rm")}),
    "negative epoch": lambda: packed({**members(), "about.json": about_with(epochs=-1)}),
    "infinite best": lambda: packed(
        {**members(), "about.json": about_with().replace(b"0.75", b"Infinity")}
    ),
    "wrong shape": lambda: packed(
        {**members(), "weights_0.npy": array_bytes(np.zeros((3, 2), np.float32))}
    ),
    "wrong type": lambda: packed(
        {**members(), "weights_0.npy": array_bytes(np.zeros((2, 3), np.float64))}
    ),
    "not finite": lambda: packed(
        {**members(), "weights_0.npy": array_bytes(np.full((2, 3), np.nan, np.float32))}
    ),
    "infinite best weights": lambda: packed(
        {**members(), "best_1.npy": array_bytes(np.array([1.0, np.inf], np.float32))}
    ),
    "pickled": lambda: packed(
        {**members(), "weights_0.npy": array_bytes(np.array([{}], object), pickled=True)}
    ),
    "claims terabytes": lambda: packed({**members(), "weights_0.npy": header("(10**6, 10**6)")}),
    "claims terabytes in digits": lambda: packed(
        {**members(), "weights_0.npy": header("(1000000, 1000000)")}
    ),
    "negative shape": lambda: packed({**members(), "weights_0.npy": header("(-2, 3)")}),
    "array cut off": lambda: packed(
        {**members(), "weights_0.npy": members()["weights_0.npy"][:-3]}
    ),
    "array too long": lambda: packed(
        {**members(), "weights_0.npy": members()["weights_0.npy"] + b"more"}
    ),
    "huge header": lambda: packed(
        {**members(), "weights_0.npy": header("(" + "1," * 30_000 + ")")}
    ),
    "compressed": lambda: packed(members(), zipfile.ZIP_DEFLATED),
    "bomb": lambda: packed({**members(), "weights_0.npy": bytes(10**7)}, zipfile.ZIP_DEFLATED),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_checkpoint_of_this_model_is_refused(name: str) -> None:
    content = HOSTILE[name]()
    with pytest.raises(TrainingError) as caught:
        from_bytes(content, CHECKPOINT)
    assert caught.value.how_to_fix


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_part_that_is_there_twice_is_refused() -> None:
    written = io.BytesIO(GOOD)
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("weights_0.npy", members()["weights_0.npy"])
    with pytest.raises(TrainingError, match="twice"):
        from_bytes(written.getvalue(), CHECKPOINT)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_one_changed_byte_is_refused_or_changes_nothing_that_counts(place: int, by: int) -> None:
    changed = bytearray(GOOD)
    changed[place] = (changed[place] + by) % 256
    try:
        read = from_bytes(bytes(changed), CHECKPOINT)
    except TrainingError:
        return
    assert same(read, CHECKPOINT)

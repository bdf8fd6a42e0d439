"""The public sets in their true formats, but tiny, and a server on this computer that has them."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from app.core.dataset_catalog import DATASETS_BY_NAME
from app.core.options import IntegerOption
from app.core.public_datasets import PUBLIC_FILES, PublicFile

TRAINING = 30
TEST = 10


def pictures(samples: int, *shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (samples, *shape), dtype=np.uint8)


def labels(samples: int) -> np.ndarray:
    return (np.arange(samples) % 10).astype(np.uint8)


def npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, allow_pickle=False, **arrays)
    return stream.getvalue()


def mnist() -> bytes:
    return npz(
        x_train=pictures(TRAINING, 28, 28),
        y_train=labels(TRAINING),
        x_test=pictures(TEST, 28, 28, seed=1),
        y_test=labels(TEST),
    )


def california() -> bytes:
    chance = np.random.default_rng(3)
    x = chance.uniform(-120, 4000, (TRAINING + TEST, 8)).astype(np.float32)
    y = chance.uniform(15_000, 500_001, TRAINING + TEST).astype(np.float32)
    return npz(x=x, y=y)


def idx(array: np.ndarray) -> bytes:
    return (
        bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    ) + array.tobytes()


def fashion() -> tuple[bytes, ...]:
    """Unpacked, in the order of the table: labels and pictures for training, then for testing."""
    return (
        idx(labels(TRAINING)),
        idx(pictures(TRAINING, 28, 28, seed=4)),
        idx(labels(TEST)),
        idx(pictures(TEST, 28, 28, seed=5)),
    )


def batch(number: int, samples: int) -> tuple[np.ndarray, list[int]]:
    return pictures(samples, 3072, seed=10 + number), [(i + number) % 10 for i in range(samples)]


def python_2_text(text: bytes) -> bytes:
    """The opcodes of a text as Python 2 pickles it."""
    if len(text) < 256:
        return pickle.SHORT_BINSTRING + bytes([len(text)]) + text
    return pickle.BINSTRING + struct.pack("<i", len(text)) + text


def number(value: int) -> bytes:
    return pickle.BININT + struct.pack("<i", value)


def python_2_array(array: np.ndarray) -> bytes:
    """The opcodes of an array of bytes, as NumPy under Python 2 wrote them."""
    dtype = (
        (b"cnumpy\ndtype\n" + python_2_text(b"u1") + number(0) + number(1) + b"\x87R")
        + (b"(" + number(3) + python_2_text(b"|") + b"NNN" + number(-1) + number(-1))
        + (number(0) + b"tb")
    )
    return (
        (b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n" + number(0) + b"\x85")
        + (python_2_text(b"b") + b"\x87R(" + number(1))
        + (b"".join(map(number, array.shape)) + b"\x86" + dtype + pickle.NEWFALSE)
        + (python_2_text(array.tobytes()) + b"tb")
    )


def batch_file(array: np.ndarray, given: list[int]) -> bytes:
    """A batch of CIFAR-10 as it is in the archive: a pickle of protocol 2 by Python 2."""
    entries = {
        b"batch_label": python_2_text(b"training batch 1 of 5"),
        b"labels": b"](" + b"".join(map(number, given)) + b"e",
        b"data": python_2_array(array),
        b"filenames": b"](" + b"".join(python_2_text(b"a.png") for _ in given) + b"e",
    }
    body = b"".join(python_2_text(name) + value for name, value in entries.items())
    return b"\x80\x02}(" + body + b"u."


def cifar_batches() -> dict[str, bytes]:
    found = {f"data_batch_{n}": batch_file(*batch(n, TRAINING // 5)) for n in range(1, 6)}
    return {**found, "test_batch": batch_file(*batch(6, TEST))}


def cifar(honest: bool = False) -> bytes:
    """The archive; when it is not honest with a member that wants out of it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        members = {"cifar-10-batches-py/readme.html": b"<html>"}
        members |= {f"cifar-10-batches-py/{name}": data for name, data in cifar_batches().items()}
        members |= {} if honest else {"../../out.txt": b"gone out"}
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def contents() -> dict[str, bytes]:
    """Name in the cache to content, of all files of all sets."""
    packed = [gzip.compress(content, mtime=0) for content in fashion()]
    files = {
        file.name: data for file, data in zip(PUBLIC_FILES["fashion_mnist"], packed, strict=True)
    }
    return {
        **files,
        "mnist.npz": mnist(),
        "california_housing.npz": california(),
        "cifar-10-batches-py-target_archive": cifar(),
    }


def make_tiny(
    monkeypatch: pytest.MonkeyPatch, home: Path, address: str = "http://127.0.0.1:9/"
) -> None:
    """Let the table tell of these files, at `address`, and Keras's cache be in `home`."""
    monkeypatch.setenv("KERAS_HOME", str(home))
    found = contents()
    for name, files in PUBLIC_FILES.items():
        tiny = []
        for file in files:
            data = found[file.name]
            content = gzip.decompress(data) if file.unpacked else data
            sha256 = hashlib.sha256(content).hexdigest()
            here = f"{address}{file.name}"
            tiny.append(replace(file, address=here, size=len(data), sha256=sha256))
        monkeypatch.setitem(PUBLIC_FILES, name, tuple(tiny))
        kind = DATASETS_BY_NAME[name]
        total = TRAINING + TEST
        options = tuple(
            replace(option, default=total, minimum=4, maximum=total)
            if isinstance(option, IntegerOption) and option.name == "samples"
            else option
            for option in kind.options
        )
        own = TEST if kind.own_test else 0
        changed = replace(kind, fixed_samples=total, own_test=own, options=options)
        monkeypatch.setitem(DATASETS_BY_NAME, name, changed)


def put_all(home: Path) -> None:
    """Put all files into the cache."""
    for name, data in contents().items():
        put(home, name, data)


def put(home: Path, name: str, data: bytes) -> Path:
    path = home / "datasets" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


class Server:
    """Gives `files` by name; before the last half of one called in `hold` it waits for `go`."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []
        self.cut: set[str] = set()
        self.hold: set[str] = set()
        self.halfway = threading.Event()
        self.go = threading.Event()
        self.address = ""


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[Server]:
    server = Server(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = PublicFile(self.path.lstrip("/"), "", 0, "").name
            server.asked.append(name)
            data = server.files.get(name)
            if data is None:
                self.send_error(404, "Not Found")
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            half = len(data) // 2
            self.wfile.write(data[:half])
            self.wfile.flush()
            if name in server.hold:
                server.halfway.set()
                server.go.wait(30)
                return
            if name not in server.cut:
                self.wfile.write(data[half:])

        def log_message(self, *_words: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        server.address = f"http://127.0.0.1:{http.server_address[1]}/"
        try:
            yield server
        finally:
            server.go.set()
            http.shutdown()
            thread.join()

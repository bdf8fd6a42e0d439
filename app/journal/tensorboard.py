"""Runs as event files, which TensorBoard draws. Written by hand: the package is not needed.

An event file is a row of records, each a length, the masked CRC-32C of the length, a protocol
buffer `Event`, and its masked CRC-32C; see TensorFlow's `tfrecord` format and `event.proto`,
`summary.proto`, `tensor.proto`.
"""

import math
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from app.core.atomic_file import replace_file, save_error
from app.core.project_paths import known_paths
from app.core.run_record import RunRecord
from app.journal.entries import KeptRun

_MASK = 0xA282EAD8
_POLYNOMIAL = 0x82F63B78


def write_event_files(folder: Path, runs: Sequence[KeptRun]) -> list[Path]:
    """Write a folder `RUN-NAME/train` and `.../validation` for each run (and fold) below `folder`,
    named and tagged as Keras's own callback does (`epoch_loss`, ...), with the settings as a text.

    Returns:
        the files, in their order.

    Raises:
        SaveError: when the operating system refuses.
    """
    written = []
    for kept in runs:
        start = _start(kept)
        for label, record in kept.records():
            name = f"{kept.entry.number:05}-{_safe(kept.entry.short_title(60))}"
            below = folder / name / _safe(label) if label else folder / name
            for part, events in (
                ("train", _events(record, start, "", _table(kept))),
                ("validation", _events(record, start, "val_", "")),
            ):
                content = b"".join(map(_record, events))
                if part == "validation" and not any(_values(row, "val_") for row in record.rows):
                    continue
                path = below / part / f"events.out.tfevents.{int(start)}.layerlab"
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise save_error(path, error) from error
                replace_file(path, content)
                written.append(path)
    return written


def _events(record: RunRecord, start: float, prefix: str, settings: str) -> Iterator[bytes]:
    """The first names the version of the format; then one for each epoch, its step the epoch from
    0 on as Keras counts.
    """
    yield _double(1, start) + _bytes(3, b"brain.Event:2")
    if settings:
        yield _double(1, start) + _bytes(5, _bytes(1, _text_value("settings", settings)))
    now = start
    for row in record.rows:
        now += row.seconds
        values = [(f"epoch_{name}", value) for name, value in _values(row, prefix)]
        if not prefix:
            values.append(("epoch_learning_rate", row.learning_rate))
        summary = b"".join(
            _bytes(1, _bytes(1, tag.encode()) + _float(2, value)) for tag, value in values
        )
        yield _double(1, now) + _number(2, row.epoch - 1) + _bytes(5, summary)


def _values(row: object, prefix: str) -> list[tuple[str, float]]:
    metrics = row.metrics.items()  # type: ignore[attr-defined]
    return [
        (name.removeprefix("val_"), float(value))
        for name, value in metrics
        if name.startswith("val_") == bool(prefix)
        and isinstance(value, (int, float))
        and math.isfinite(value)
    ]


def _text_value(tag: str, text: str) -> bytes:
    """A `Summary.Value` of the plugin "text": a tensor of one string."""
    tensor = _number(1, 7) + _bytes(2, _bytes(2, _number(1, 1))) + _bytes(8, text.encode())
    metadata = _bytes(1, _bytes(1, b"text"))
    return _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, metadata)


def _table(kept: KeptRun) -> str:
    """The settings as a table in Markdown."""
    rows = [f"| {path} | {entry.value} |" for path, entry in known_paths(kept.project).items()]
    return "\n".join(("| setting | value |", "|---|---|", *rows))


def _start(kept: KeptRun) -> float:
    try:
        return datetime.fromisoformat(kept.entry.started_at).timestamp()
    except ValueError:
        return 0.0


def _safe(text: str) -> str:
    """`text` as the name of a folder on every system."""
    return re.sub(r"[^\w.-]+", "_", text, flags=re.ASCII).strip("._")[:60] or "run"


# ---------------------------------------------------------------- protocol buffers


def _varint(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field: int, value: float) -> bytes:
    most = 3.4028235e38
    return _varint(field << 3 | 5) + struct.pack("<f", max(-most, min(most, value)))


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


# ---------------------------------------------------------------- records


def _table_of_remainders() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_REMAINDERS = _table_of_remainders()


def crc32c(content: Iterable[int]) -> int:
    """CRC-32C (Castagnoli), RFC 3720 appendix B.4."""
    remainder = 0xFFFFFFFF
    for byte in content:
        remainder = remainder >> 8 ^ _REMAINDERS[(remainder ^ byte) & 0xFF]
    return remainder ^ 0xFFFFFFFF


def _masked(content: bytes) -> bytes:
    value = crc32c(content)
    return struct.pack("<I", ((value >> 15 | value << 17) + _MASK) & 0xFFFFFFFF)


def _record(event: bytes) -> bytes:
    length = struct.pack("<Q", len(event))
    return length + _masked(length) + event + _masked(event)

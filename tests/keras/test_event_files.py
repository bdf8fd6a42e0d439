"""Event files for TensorBoard, read back by TensorFlow."""

import random
from pathlib import Path

import pytest

from app.journal.entries import KeptRun
from app.journal.journal import Journal
from app.journal.tensorboard import crc32c, write_event_files
from tests.unit.kept_runs import curves_of, some_project, some_run, some_trial


def kept(tmp_path: Path) -> list[KeptRun]:
    journal = Journal(tmp_path / "journal.db")
    journal.keep(some_run(some_project("größer/../than"), epochs=7), "bench")
    trial = some_trial(2, folds=2)
    journal.keep_trial(
        trial, some_project(), curves_of(trial), study="", key="k", score="loss", data="iris"
    )
    runs = [journal.run(number) for number in (1, 2)]
    journal.close()
    return runs


def test_crc32c_of_known_texts() -> None:
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(b"123456789") == 0xE3069283


def test_what_is_written_is_what_tensorflow_reads(tmp_path: Path) -> None:
    import tensorflow as tf
    from tensorflow.core.util.event_pb2 import Event

    runs = kept(tmp_path)
    folder = tmp_path / "logs"
    paths = write_event_files(folder, runs)
    names = [path.parent.relative_to(folder).as_posix() for path in paths]
    assert names == [
        "00001-gr_er_.._than/train",
        "00001-gr_er_.._than/validation",
        "00002-two_moons_trial_2/fold_1/train",
        "00002-two_moons_trial_2/fold_1/validation",
        "00002-two_moons_trial_2/fold_2/train",
        "00002-two_moons_trial_2/fold_2/validation",
    ]
    assert sorted(paths) == sorted(folder.rglob("events.out.tfevents*"))

    def events(path: Path) -> list[Event]:
        # the reader of TFRecords checks both sums of every record
        return [Event.FromString(raw.numpy()) for raw in tf.data.TFRecordDataset(str(path))]

    rows = runs[0].curves[0].rows
    for path, prefix in zip(paths[:2], ("", "val_"), strict=True):
        found = events(path)
        assert found[0].file_version == "brain.Event:2"
        scalars = [
            event for event in found if event.HasField("summary") and "epoch_loss" in str(event)
        ]
        assert [event.step for event in scalars] == list(range(7))
        for event, row in zip(scalars, rows, strict=True):
            values = {value.tag: value.simple_value for value in event.summary.value}
            assert values["epoch_loss"] == pytest.approx(row.metrics[f"{prefix}loss"], rel=1e-6)
            assert values["epoch_accuracy"] == pytest.approx(row.metrics[f"{prefix}accuracy"])
            assert ("epoch_learning_rate" in values) == (not prefix)
        times = [event.wall_time for event in found]
        assert times == sorted(times)
    (text,) = (
        value
        for event in events(paths[0])
        for value in event.summary.value
        if value.metadata.plugin_data.plugin_name == "text"
    )
    settings = tf.make_ndarray(text.tensor)[0].decode()
    assert "| network.dense_1.units | 8 |" in settings.splitlines()


def test_a_damaged_record_is_noticed_by_the_reader(tmp_path: Path) -> None:
    """That the sums are looked at at all."""
    import tensorflow as tf

    path = write_event_files(tmp_path / "logs", kept(tmp_path)[:1])[0]
    content = bytearray(path.read_bytes())
    content[random.Random(1).randrange(len(content) // 2, len(content))] ^= 1
    path.write_bytes(content)
    with pytest.raises(tf.errors.DataLossError):
        list(tf.data.TFRecordDataset(str(path)))

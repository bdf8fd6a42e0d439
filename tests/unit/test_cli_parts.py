"""Small parts of the command line: predictions as a table, results as JSON, Ctrl+C, terminals."""

import csv
import io
import json
import math
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.cli.console import aligned, plain, problem_lines, say, write
from app.cli.interruption import interrupts_stop
from app.cli.result_file import write_json
from app.core.data_summary import DataSummary, Task
from app.core.loss_catalog import Reading
from app.core.problems import Problem
from app.diagnostics.evaluation.prediction_table import prediction_lines
from app.jobs.control import JobControl


def summary(
    task: Task, classes: tuple[str, ...] = (), targets: tuple[str, ...] = ("y",)
) -> DataSummary:
    return DataSummary("t", task, (3,), targets, classes, (10, 2, 2))


def table(outputs: list[list[float]], reading: Reading, about: DataSummary) -> list[dict[str, str]]:
    text = io.StringIO()
    rows = prediction_lines(np.array(outputs, np.float32), reading, about)
    csv.writer(text, lineterminator="\n").writerows(rows)
    text.seek(0)
    return list(csv.DictReader(text))


# ---------------------------------------------------------------- predictions


def test_one_output_gives_both_classes() -> None:
    rows = table([[0.25], [0.75]], "probability", summary("binary", ("no, never", "yes")))
    assert rows == [
        {
            "sample": "1",
            "predicted_class": "no, never",
            "probability_no, never": "0.75",
            "probability_yes": "0.25",
        },
        {
            "sample": "2",
            "predicted_class": "yes",
            "probability_no, never": "0.25",
            "probability_yes": "0.75",
        },
    ]


@pytest.mark.parametrize("logit", [-3.0, -0.1, 0.1, 4.0])
def test_logits_become_probabilities(logit: float) -> None:
    (row,) = table([[logit]], "logit", summary("binary", ("a", "b")))
    assert float(row["probability_b"]) == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-6)
    assert row["predicted_class"] == ("b" if logit > 0 else "a")


def test_logits_of_several_classes() -> None:
    logits = [[1.0, -2.0, 3.5], [0.0, 0.1, -0.1]]
    rows = table(logits, "logit", summary("multiclass", ("a", "b", "c")))
    found = [[float(row[f"probability_{name}"]) for name in "abc"] for row in rows]
    powers = np.exp(logits)
    assert np.allclose(found, powers / powers.sum(axis=1, keepdims=True), rtol=1e-6)
    assert [row["predicted_class"] for row in rows] == ["c", "b"]


def test_what_is_no_probability_is_not_called_one() -> None:
    (row,) = table([[0.5]], "sign", summary("binary", ("a", "b")))
    assert list(row) == ["sample", "predicted_class", "score_a", "score_b"]
    assert row["predicted_class"] == "b"


def test_numbers_come_as_they_are() -> None:
    value = float(np.float32(0.1))
    rows = table([[1.5, value]], "number", summary("regression", targets=("u", "v")))
    assert rows == [{"sample": "1", "predicted_u": "1.5", "predicted_v": "0.1"}]
    assert np.float32(rows[0]["predicted_v"]) == np.float32(value)


# ---------------------------------------------------------------- JSON


def test_json_is_finite_or_null(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    inner = {"a": [1.5, math.nan, (math.inf, "×")], 3: -math.inf}
    write_json(path, {"inner": inner, "flag": True, "none": None})
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "inner": {"a": [1.5, None, [None, "×"]], "3": None},
        "flag": True,
        "none": None,
    }


def test_a_name_that_is_no_text_stays_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"m\xff.keras")
    write_json(tmp_path / "r.json", {"model": name})
    text = (tmp_path / "r.json").read_bytes().decode("utf-8")
    assert json.loads(text)["model"] in (name, "m\ufffd.keras")


# ---------------------------------------------------------------- Ctrl+C


def test_the_first_ctrl_c_stops_the_second_leaves() -> None:
    before = signal.getsignal(signal.SIGINT)
    control = JobControl()

    def twice() -> None:
        with interrupts_stop(control):
            signal.raise_signal(signal.SIGINT)
            assert control.stopping
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert signal.getsignal(signal.SIGINT) is before


def test_signals_are_left_alone_in_other_threads() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def work() -> None:
        with interrupts_stop(JobControl()):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]


# ---------------------------------------------------------------- the terminal


@pytest.mark.parametrize("bad", ["\x1b[31m", "\x07", "\u202e", "\r", "\x9b", "\u2028"])
def test_what_steers_a_terminal_is_replaced(bad: str) -> None:
    assert not set(plain(f"a{bad}b")) & set(bad) - set("[31m")
    assert plain("é × 日本\n") == "é × 日本\n"


def test_tables_are_aligned() -> None:
    rows = [("name", "count"), ("a", "1,000"), ("longer", "7")]
    assert aligned(rows, right=frozenset({1})) == [
        "name    count",
        "a       1,000",
        "longer      7",
    ]


def test_a_problem_names_its_option_once() -> None:
    def first_line(where: str, option: str | None) -> str:
        return problem_lines(Problem(where, "error", "Title", "a", "b", "c", option))[0]

    assert first_line("dense_1", "units") == "error  dense_1.units: Title"
    assert first_line("training.loss", "loss") == "error  training.loss: Title"
    assert first_line("data", None) == "error  data: Title"


def test_no_console_is_no_error() -> None:
    write("hello", None)


def test_characters_that_the_terminal_lacks(
    monkeypatch: pytest.MonkeyPatch, settle: Callable[[], None]
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    settle()
    say("6 × 6")
    assert raw.getvalue().strip() == b"6 ? 6"


@pytest.fixture
def settle() -> Callable[[], None]:
    from app.cli.console import settle_streams

    return settle_streams

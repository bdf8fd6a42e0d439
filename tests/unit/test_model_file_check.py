"""The check before Keras sees a model file: hostile and broken files are refused, honest ones pass.

That honest files of Keras's own making pass is tested in `tests/keras/test_model_files.py`.
"""

import os
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.jobs.process_runner import (
    ChildDiedError,
    ChildStoppedError,
    ChildTimeoutError,
    ProcessLimits,
    run_in_process,
)
from app.modeling import model_file_check, model_file_weights
from app.modeling.errors import ModelFileError
from app.modeling.model_file_check import (
    CHECK_LIMITS,
    CheckReport,
    check_in_child,
    check_model_file,
    form_of,
)
from tests.unit.hostile_models import (
    HOSTILE,
    HOSTILE_COMPILED,
    HOSTILE_OLD,
    config,
    graph,
    index,
    members,
    model,
    old_model,
    operation,
    own_layer,
    packed,
    weights,
)
from tests.unit.model_check_child import FORMS, check_all, fuzz

FUZZED = int(os.environ.get("LAYERLAB_FUZZ", "150"))
"""Mutations of each form of file; set it to 3000 for the long trial."""

BATTERY = {f"keras {name}": maker for name, maker in HOSTILE.items()} | {
    f"h5 {name}": maker for name, maker in HOSTILE_OLD.items()
}
NOISE = np.random.default_rng(1).normal(size=5000).astype("float32")
Verdicts = dict[str, tuple[str, float, list[str]]]


def _cuts(content: bytes) -> dict[str, bytes]:
    points = [0, 1, 3, 4, 8, 30, 60, 100, len(content) - 22, len(content) - 1]
    points += range(200, len(content), 1500)
    return {f"{len(content)} bytes cut at {point}": content[:point] for point in points}


CUTS = _cuts(model()) | _cuts(old_model())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("models")
    (made / "honest").write_bytes(model())
    (made / "old").write_bytes(old_model())
    (made / "squeezed").write_bytes(packed(members(), zipfile.ZIP_DEFLATED))
    return made


@pytest.fixture(scope="module")
def verdicts(folder: Path) -> Verdicts:
    """What one child process, with the limits of memory of the real check, says of all files."""
    contents = {name: make() for name, (make, _) in BATTERY.items()} | CUTS
    names = {name: f"{number}.bin" for number, name in enumerate(contents)}
    for name, content in contents.items():
        (folder / names[name]).write_bytes(content)
    limits = ProcessLimits(seconds=100.0, memory_bytes=CHECK_LIMITS.memory_bytes)
    before = sorted(entry.name for entry in folder.iterdir())
    found: Verdicts = run_in_process(check_all, folder, list(names.values()), limits=limits)
    assert sorted(entry.name for entry in folder.iterdir()) == before
    return {name: found[number] for name, number in names.items()}


def test_the_battery_is_large_enough() -> None:
    assert len(BATTERY) >= 57 * 2


@pytest.mark.parametrize("name", BATTERY)
def test_a_hostile_file_is_refused_for_its_reason(name: str, verdicts: Verdicts) -> None:
    verdict, seconds, done = verdicts[name]
    assert re.search(BATTERY[name][1], verdict), verdict
    assert seconds < 2.0
    assert done == []
    assert verdict.isprintable()
    assert len(verdict) < 600


@pytest.mark.parametrize("name", CUTS)
def test_a_file_that_is_cut_off_is_refused(name: str, verdicts: Verdicts) -> None:
    verdict, seconds, done = verdicts[name]
    assert "was not opened" in verdict or "is not a model" in verdict or "is empty" in verdict
    assert "not found" not in verdict.lower()
    assert seconds < 2.0
    assert done == []


# ---- honest files


def _check(content: bytes, folder: Path) -> CheckReport:
    path = folder / "file"
    path.write_bytes(content)
    return check_model_file(path, "file")


def test_the_honest_models_pass(tmp_path: Path) -> None:
    report = _check(model(), tmp_path)
    assert report == CheckReport(
        "keras", layers=5, weights=58, stored_bytes=4 * 58 + 8, compiled=True
    )
    old = _check(old_model(), tmp_path)
    assert old == CheckReport("h5", layers=5, weights=None, stored_bytes=4 * 58)


@pytest.mark.parametrize(
    "make",
    [
        lambda: packed(members(), zipfile.ZIP_DEFLATED),
        lambda: packed(members()[1:]),
        lambda: packed(list(reversed(members()))),
        lambda: packed(members(stored=weights(libver="latest"))),
        lambda: packed(members(config(own_layer(), compile_config=None))),
        lambda: model(graph(operation("numpy", "Multiply", 2.0))),
        lambda: model(graph(operation("numpy", "GetItem", [index(), index(start=1, stop=3)]))),
        lambda: model(graph(operation("numpy", "Mean", axis=1, keepdims=True))),
        lambda: model(
            change=lambda f: f.create_dataset(
                "layers/z", data=NOISE, compression="gzip", shuffle=True, fletcher32=True
            )
        ),
    ],
)
def test_unusual_but_honest_models_pass(make: Callable[[], bytes], tmp_path: Path) -> None:
    assert _check(make(), tmp_path).form == "keras"


@pytest.mark.parametrize("name", HOSTILE_COMPILED)
def test_a_strange_loss_is_no_reason_against_the_layers_and_is_not_used(
    name: str, tmp_path: Path
) -> None:
    strange = members(config(compile_config=HOSTILE_COMPILED[name]))
    report = _check(packed(strange), tmp_path)
    assert (report.layers, report.weights, report.compiled) == (5, 58, False)


def test_what_is_compiled_inside_is_weighed_with_the_layers(tmp_path: Path) -> None:
    """Keras would use it whether it is asked to compile or not."""
    inner = config(compile_config=HOSTILE_COMPILED["lambda as loss"])
    with pytest.raises(ModelFileError, match="__lambda__"):
        _check(packed(members(config(inner))), tmp_path)


def test_the_forms_are_told_by_content() -> None:
    assert form_of(model()[:8], "x.h5") == "keras"
    assert form_of(old_model()[:8], "x.keras") == "h5"
    with pytest.raises(ModelFileError, match="'x' is empty"):
        form_of(b"", "x")


def test_a_model_beyond_the_memory_at_hand_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file_weights, "memory_limit", lambda: 1000)
    with pytest.raises(ModelFileError, match="more than this computer can spare"):
        _check(model(), tmp_path)


def test_too_many_objects_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_file_weights, "MOST_OBJECTS", 5)
    with pytest.raises(ModelFileError, match="too many parts"):
        _check(model(), tmp_path)


# ---- in a process of its own


def test_the_child_reports_and_refuses(folder: Path) -> None:
    assert check_in_child(folder / "honest", "honest", lambda: False).weights == 58
    (folder / "bad").write_bytes(HOSTILE["weights: NaN"][0]())
    with pytest.raises(ModelFileError, match=r"'bad' was not opened.*not finite"):
        check_in_child(folder / "bad", "bad", lambda: False)
    with pytest.raises(ChildStoppedError):
        check_in_child(folder / "honest", "honest", lambda: True)


@pytest.mark.parametrize(
    ("limits", "match"),
    [
        (ProcessLimits(seconds=0.0), "took longer than 0 s"),
        pytest.param(
            ProcessLimits(seconds=20.0, memory_bytes=30_000_000),
            "too much memory|crashed",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="limit held on Linux"),
        ),
    ],
)
def test_a_check_that_hangs_or_eats_memory_is_ended(
    limits: ProcessLimits, match: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file_check, "CHECK_LIMITS", limits)
    path = folder / "large"
    path.write_bytes(packed(members(b'{"a":[' + b"[]," * 2_000_000 + b"[]]}")))
    with pytest.raises(ModelFileError, match=match):
        check_in_child(path, "large", lambda: False)


@pytest.mark.expects_log("the check of a model file failed")
def test_what_the_check_stumbles_over_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_file_check, "check_model_file", len)
    with pytest.raises(ModelFileError, match="stumbled over it"):
        check_in_child(folder / "honest", "honest", lambda: False)


@pytest.mark.parametrize("form", FORMS)
def test_mutated_files_are_refused_or_pass_and_hang_nobody(form: str, tmp_path: Path) -> None:
    """Some make libhdf5 loop or crash; the process of their own ends that."""
    limits = ProcessLimits(seconds=3.0, memory_bytes=CHECK_LIMITS.memory_bytes)
    refused, ended, number = 0, 0, 0
    while number < FUZZED:
        until = min(FUZZED, number + 100)
        try:
            refused += run_in_process(fuzz, form, tmp_path, number, until, limits=limits)
        except (ChildTimeoutError, ChildDiedError, MemoryError):
            ended += 1
            until = int((tmp_path / "number").read_text()) + 1
        number = until
    assert 0 < refused <= FUZZED
    assert ended <= FUZZED / 50

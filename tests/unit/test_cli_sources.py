"""`new`, `check` and `fetch` with all kinds of data; progress and Ctrl+C while they are read."""

import io
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.cli.loading_progress import LoadingLines, loading
from app.cli.main import main
from app.cli.project_source import note_other_data
from app.core.data_settings import (
    ArraySource,
    BuiltinSource,
    DataSettings,
    PictureSource,
    TableSource,
)
from app.core.project import Project
from app.core.project_file import SavedProject, open_project
from app.core.public_datasets import PUBLIC_FILES
from app.core.run_record import RunRecord
from app.core.templates import start_from
from app.data.errors import LoadingStopped
from app.data.loading import load
from app.data.progress import LoadingProgress
from app.jobs.control import JobControl
from tests.unit import small_public_sets as small

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def layerlab(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """Runs a command in a folder of its own: exit code, standard output, error output."""
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def test_new_tells_what_was_left_out_and_where_settings_are_set(layerlab: Command) -> None:
    rows = [f"{n},{n % 7},2024-01-{n % 28 + 1:02d},{n % 2}" for n in range(40)]
    rows[3] = "3,,2024-01-04,1"
    Path("t.csv").write_text("\n".join(["a,b,when,y", *rows]), encoding="utf-8")
    code, out, err = layerlab("new", "p.layerlab", "--data", "t.csv")
    assert code == 0
    assert "p.layerlab:" in out
    notes = [line for line in err.splitlines() if line.startswith("Note: ")]
    assert any("'when' holds dates and was left out" in line for line in notes)
    assert any("1 row with missing values was left out (line 5)." in line for line in notes)
    for words in (["--set", "training.epochs=3"], ["--set=training.epochs=3"]):
        code, _, err = layerlab("train", "p.layerlab", *words)
        assert code == 2
        assert "layerlab new OUT.layerlab --data ... --set PATH=VALUE" in err
        assert "--epochs" in err
    assert "layerlab new" not in layerlab("check", "p.layerlab", "--sets", "x")[2]


def made(layerlab: Command, *words: object) -> tuple[Project, dict[str, object]]:
    """The project that `new` makes, and what `check` says of its data."""
    code, _, err = layerlab("new", "p.layerlab", "--force", *words)
    assert code == 0, err
    code, _, err = layerlab("check", "p.layerlab", "--json", "facts.json")
    assert code == 0, err
    facts = json.loads(Path("facts.json").read_text(encoding="utf-8"))
    return open_project(Path("p.layerlab")).project, facts["data"]


def test_arrays_of_pictures(layerlab: Command, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)
    np.savez(tmp_path / "digits.npz", x_train=pixels, y_train=np.arange(40) % 4,
             x_test=pixels[:8], y_test=np.arange(8) % 4)  # fmt: skip
    project, facts = made(layerlab, "--data", "digits.npz", "--set", "data.class_weights.3=2.5")
    assert project.data.source == ArraySource(path=str(tmp_path / "digits.npz"))
    assert project.data.preprocessing == "pixels"
    assert project.data.class_weighting == "chosen"
    assert dict(project.data.class_weights) == {"3": 2.5}
    assert project.network.layers[1].kind == "Conv2D"
    assert facts["title"] == "digits.npz"
    assert facts["input_shape"] == [16, 16, 1]
    assert (facts["training"], facts["validation"], facts["test"]) == (34, 6, 8)


def test_arrays_of_rows_with_a_file_of_targets(layerlab: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "rows.npy", np.random.default_rng(0).normal(size=(60, 5)))
    np.save(tmp_path / "aims.npy", np.linspace(0, 9.5, 60))
    (tmp_path / "sub").mkdir()
    os.chdir(tmp_path / "sub")
    project, facts = made(
        layerlab, "--data", "../rows.npy", "--set", "data.target_path=../aims.npy"
    )
    assert project.data.preprocessing == "standardize"
    assert facts["task"] == "regression"
    assert isinstance(project.data.source, ArraySource)
    assert Path(project.data.source.target_path or "").is_absolute()
    os.chdir(tmp_path)
    code, _, err = layerlab("check", "sub/p.layerlab")
    assert code == 0, err


def test_a_folder_of_pictures(layerlab: Command, tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    for name in ("cats", "dogs"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for number in range(12):
            pixels = chance.integers(0, 256, (20, 24, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number}.png")
    project, facts = made(
        layerlab, "--data", "pets", "--set", "data.height=18", "--set", "data.width=18",
        "--set", "data.color=grayscale", "--set", "data.fit=crop",
    )  # fmt: skip
    assert project.data.source == PictureSource(
        path=str(tmp_path / "pets"), height=18, width=18, color="grayscale", fit="crop"
    )
    assert project.data.preprocessing == "pixels"
    assert facts["input_shape"] == [18, 18, 1]
    assert facts["training"] + facts["validation"] + facts["test"] == 24  # type: ignore[operator]
    assert "2 classes" in layerlab("check", "p.layerlab")[1]


def test_a_table_with_roles_and_gaps(layerlab: Command, tmp_path: Path) -> None:
    rows = [f"{i},{i % 7},{'' if i == 5 else i * 2},{i % 3}" for i in range(60)]
    (tmp_path / "t.csv").write_text("\n".join(["when,how many,a.b,kind", *rows]))
    project, facts = made(
        layerlab, "--data", "t.csv", "--set", "data.roles.when=ignored",
        "--set", "data.roles.how many=weight", "--set", "data.missing.a.b=median",
        "--set", "data.types.kind=category",
    )  # fmt: skip
    source = project.data.source
    assert isinstance(source, TableSource)
    assert dict(source.roles) == {"when": "ignored", "how many": "weight"}
    assert dict(source.missing) == {"a.b": "median"}
    assert dict(source.types) == {"kind": "category"}
    assert facts["input_shape"] == [1]
    assert facts["training"] + facts["validation"] + facts["test"] == 60  # type: ignore[operator]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[small.Server]:
    with small.serving(small.contents()) as served:
        small.make_tiny(monkeypatch, tmp_path / "keras", served.address)
        yield served


def test_a_public_set_is_told_of_before_it_is_there_and_then_fetched(
    layerlab: Command, server: small.Server, tmp_path: Path
) -> None:
    project, before = made(layerlab, "--data", "mnist", "--set", "data.samples=24")
    assert isinstance(project.data.source, BuiltinSource)
    assert before["input_shape"] == [28, 28, 1]
    assert server.asked == []
    code, out, _ = layerlab("fetch", "mnist")
    assert (code, out) == (0, f"Fetched {tmp_path / 'keras' / 'datasets' / 'mnist.npz'}\n")
    code, out, _ = layerlab("fetch", "mnist")
    assert (code, "already" in out) == (0, True)
    assert server.asked == ["mnist.npz"]
    code, _, _ = layerlab("fetch", "mnist", "--again")
    assert (code, server.asked) == (0, ["mnist.npz"] * 2)
    _, after = made(layerlab, "--data", "mnist", "--set", "data.samples=24",
                    "--set", "data.preprocessing=standardize")  # fmt: skip
    assert {**before} == {**after}
    assert (after["training"], after["validation"], after["test"]) == (15, 3, 6)


def test_what_cannot_be_fetched(layerlab: Command, server: small.Server) -> None:
    server.files.clear()
    code, _, err = layerlab("fetch", "cifar10")
    assert code == 1
    assert "answered 404" in err
    assert PUBLIC_FILES["cifar10"][0].address in err
    assert layerlab("fetch", "iris")[2].startswith("Error: 'iris' is made on this computer")
    assert "There is no public data set 'imagenet'" in layerlab("fetch", "imagenet")[2]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("none.npz", "does not exist"),
        ("empty.npy", "neither"),
        ("empty", "holds no"),
        ("pickled.npy", "Python objects"),
        ("one.npy", "no targets come with it"),
    ],
)
def test_bad_sources_are_refused_in_words(
    layerlab: Command, tmp_path: Path, data: str, said: str
) -> None:
    (tmp_path / "empty.npy").touch()
    (tmp_path / "empty").mkdir()
    np.save(tmp_path / "pickled.npy", np.array([{}, []], object), allow_pickle=True)
    np.save(tmp_path / "one.npy", np.zeros((5, 4, 4)))
    code, out, err = layerlab("new", "p.layerlab", "--data", data)
    assert (code, out) == (1, "")
    assert said in err
    assert not Path("p.layerlab").exists()


# ---- while data are read


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_wiped() -> None:
    now = [0.0]
    stream = Terminal()
    lines = LoadingLines(stream, lambda: now[0])
    lines(LoadingProgress("Reading a", 0.1))
    assert stream.getvalue() == ""
    for seconds, share in ((1.1, 0.25), (1.15, 0.3), (1.4, None)):
        now[0] = seconds
        lines(LoadingProgress("Reading a", share))
    lines.close()
    assert stream.getvalue() == "\rReading a (25%)\rReading a      \r         \r"


def test_a_file_gets_a_line_now_and_then() -> None:
    now = [0.0]
    stream = io.StringIO()
    lines = LoadingLines(stream, lambda: now[0])
    for second in range(26):
        now[0] = float(second)
        lines(LoadingProgress(f"Reading {second}", second / 25))
    lines.close()
    assert stream.getvalue() == "Reading 10 (40%)\nReading 20 (80%)\n"


def load_until_interrupted() -> None:
    with loading() as (stop, _):
        assert not stop()
        os.kill(os.getpid(), signal.SIGINT)
        assert stop()
        raise LoadingStopped


def test_ctrl_c_ends_the_loading() -> None:
    with pytest.raises(KeyboardInterrupt):
        load_until_interrupted()
    control = JobControl()
    with loading(control) as (stop, _):
        control.stop()
        assert stop()


def test_ctrl_c_in_the_middle_of_a_download_leaves_nothing(
    layerlab: Command, server: small.Server, tmp_path: Path
) -> None:
    server.hold.add("mnist.npz")

    def interrupt() -> None:
        if server.halfway.wait(30):
            os.kill(os.getpid(), signal.SIGINT)

    hand = threading.Thread(target=interrupt)
    hand.start()
    result = layerlab("fetch", "mnist")
    hand.join()
    assert result == (130, "", "Interrupted.\n")
    assert list((tmp_path / "keras" / "datasets").iterdir()) == []


def test_no_result_replaces_the_data(layerlab: Command, tmp_path: Path) -> None:
    own = {"x": np.random.default_rng(0).normal(size=(40, 3)), "y": np.arange(40) % 2}
    np.savez(tmp_path / "a.npz", allow_pickle=False, **own)
    np.save(tmp_path / "t.npy", own["y"])
    before = (tmp_path / "a.npz").read_bytes(), (tmp_path / "t.npy").read_bytes()
    assert layerlab("new", "a.npz", "--data", "a.npz", "--force")[0] == 1
    made(layerlab, "--data", "a.npz", "--set", "data.target_path=t.npy")
    for words in (
        ("check", "p.layerlab", "--json", "a.npz"),
        ("check", "p.layerlab", "--json", "t.npy"),
        ("train", "p.layerlab", "--json", "./a.npz"),
        ("evaluate", "p.layerlab", "--model", "m.keras", "--json", "a.npz"),
        ("predict", "p.layerlab", "--model", "m.keras", "--input", "i", "--output", "t.npy"),
    ):
        code, _, err = layerlab(*words)
        assert code == 1
        assert "data" in err
    assert ((tmp_path / "a.npz").read_bytes(), (tmp_path / "t.npy").read_bytes()) == before


def test_data_that_changed_since_the_saved_run_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i}.5\n" for i in range(40)))
    project = start_from("iris", "mlp")
    source = DataSettings(source=TableSource(path=str(path)), preprocessing="standardize")
    project = project.model_copy(update={"data": source})
    data = load(source)
    saved = SavedProject(project, RunRecord(project=project, data_fingerprint=data.fingerprint))
    note_other_data(saved, data)
    note_other_data(SavedProject(project), data)
    assert capsys.readouterr().err == ""
    path.write_text(path.read_text() + "1000,1\n")
    changed = load(source)
    note_other_data(saved, changed)
    assert "The data have changed since the saved run" in capsys.readouterr().err
    other = project.model_copy(update={"data": source.model_copy(update={"learns": "input"})})
    note_other_data(SavedProject(other, saved.run), changed)  # what the user changed he knows
    assert capsys.readouterr().err == ""

"""The commands without TensorFlow: `new`, `check`, wrong usage, bad input."""

import json
import logging
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import __version__
from app.cli import check
from app.cli.main import main
from app.core.data_settings import TableSource
from app.core.network import Network
from app.core.own_templates import OwnTemplates
from app.core.project_file import ProjectLock, SavedProject, open_project, save_project
from app.core.resolve import resolve
from app.core.templates import start_from
from app.data.loading import load
from app.user_folders import templates_folder

CHECKOUT = Path(__file__).resolve().parents[2]

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def layerlab(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command: exit code, standard output, error output. No traceback in any of them."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the commands are run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(layerlab: Command, *words: object, name: str = "p.layerlab") -> Path:
    code, _, err = layerlab("new", name, *words)
    assert code == 0, err
    return Path(name).absolute()


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def flowers(path: Path, rows: int = 40) -> Path:
    lines = [f"{i},{i % 7},{'red' if i % 2 else 'blue'},{i * 0.5}" for i in range(rows)]
    return table(path, "\n".join(["width,height,colour,weight", *lines]))


# ---------------------------------------------------------------- usage


def test_version_and_help_are_said(layerlab: Command) -> None:
    assert layerlab("--version") == (0, f"LayerLab {__version__}\n", "")
    code, out, _ = layerlab("--help")
    assert code == 0
    assert all(word in out for word in ("new", "check", "train", "evaluate", "predict", "example"))


def test_help_of_new_lists_data_sets_and_templates(layerlab: Command) -> None:
    code, out, _ = layerlab("new", "--help")
    assert code == 0
    assert all(word in out for word in ("breast_cancer", "v_shapes", "small_cnn", "deep_sigmoid"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "COMMAND"),
        (("fly",), "invalid choice"),
        (("new", "a.layerlab"), "--data"),
        (("new", "a.layerlab", "--data", "moons", "--set", "epochs"), "PATH=VALUE is needed"),
        (("new", "a.layerlab", "--data", "moons", "--set", "=3"), "PATH=VALUE is needed"),
        (("check",), "PROJECT"),
        (("train", "p.layerlab", "--epochs", "0"), "whole number from 1 to 1,000,000"),
        (("train", "p.layerlab", "--epochs", "9" * 30), "whole number from 1 to 1,000,000"),
        (("train", "p.layerlab", "--seed", "-1"), "whole number from 0"),
        (("train", "p.layerlab", "--seed", "²"), "whole number from 0"),
        (("evaluate", "p.layerlab"), "--model"),
        (("evaluate", "p.layerlab", "--model", "m.keras", "--part", "all"), "invalid choice"),
        (("predict", "p.layerlab", "--model", "m.keras"), "--input"),
        (("check", ""), "name of a file"),
    ],
)
def test_wrong_usage_ends_with_2_and_says_what_is_expected(
    layerlab: Command, words: tuple[str, ...], said: str
) -> None:
    code, out, err = layerlab(*words)
    assert code == 2
    assert out == ""
    assert said in err


# ---------------------------------------------------------------- new


def test_new_makes_the_template_fit_the_data(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "digits", "--template", "mlp")
    project = open_project(path).project
    assert project.name == "p"
    assert project.data.preprocessing == "pixels"
    assert project.network.layers[-1].options["units"] == 10
    assert project.training.loss == "sparse_categorical_crossentropy"


@pytest.mark.parametrize("name", ["small_resnet", "cnn_1d", "lstm", "autoencoder"])
def test_new_takes_the_other_templates(layerlab: Command, here: Path, name: str) -> None:
    path = made(layerlab, "--data", "digits", "--template", name)
    project = open_project(path).project
    assert project.data.learns == ("input" if name == "autoencoder" else "target")
    code, _, err = layerlab("check", str(path))
    assert (code, err) == (0, "")


def test_new_takes_ones_own_template(layerlab: Command, here: Path) -> None:
    own = OwnTemplates(templates_folder())
    own.keep("Week 3", start_from("digits", "small_vgg"))
    path = made(layerlab, "--data", "digits", "--template", "Week 3")
    assert open_project(path).project.network == start_from("digits", "small_vgg").network
    code, _, err = layerlab("new", "q.layerlab", "--data", "wine", "--template", "Week 3")
    assert code == 1
    assert "Traceback" not in err
    (own.folder / "Broken.layerlab").write_bytes(b"no archive")
    code, _, err = layerlab("new", "q.layerlab", "--data", "wine", "--template", "Broken")
    assert code == 1
    assert "Broken" in err
    assert not Path("q.layerlab").exists()


def test_new_takes_settings_by_path(layerlab: Command, here: Path) -> None:
    path = made(
        layerlab,
        "--data",
        "moons",
        "--set",
        "network.dense_1.units=5",
        "--set",
        "training.optimizer.learning_rate=0.25",
        "--set",
        "training.early_stopping.enabled=false",
        "--set",
        "name=two = moons",
    )
    project = open_project(path).project
    assert project.network.layer("dense_1").options["units"] == 5
    assert project.training.optimizer.options["learning_rate"] == 0.25
    assert not project.training.early_stopping.enabled
    assert project.name == "two = moons"


def test_settings_of_the_data_come_before_the_network_is_made(
    layerlab: Command, here: Path
) -> None:
    path = made(layerlab, "--data", "blobs", "--set", "data.classes=5")
    assert open_project(path).project.network.layers[-1].options["units"] == 5


def test_new_on_a_table_reads_it(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", flowers(here / "f.csv"), "--set", "data.target=colour")
    project = open_project(path).project
    assert isinstance(project.data.source, TableSource)
    assert project.data.source.path == str(here / "f.csv")
    assert project.network.layers[-1].options["activation"] == "sigmoid"
    regression = made(layerlab, "--data", here / "f.csv", name="r.layerlab")
    assert open_project(regression).project.training.loss == "mean_squared_error"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "digit"), "Did you mean digits"),
        (("--data", "nowhere.csv"), "does not exist"),
        (("--data", "."), "folder"),
        (("--data", "x" * 5000), "no file of this name"),
        (("--data", f"{'x' * 5000}.csv"), "5,004 characters"),
        (("--data", "moons", "--template", "vgg16"), "no template"),
        (("--data", "moons", "--template", "small_resnet"), "is for pictures"),
        (("--data", "moons", "--template", "small_cnn"), "is for pictures"),
        (("--data", "diabetes", "--template", "logistic_regression"), "does not predict"),
        (("--data", "moons", "--set", "training.epoch=3"), "training.epochs"),
        (("--data", "moons", "--set", "training.epochs=0"), "at least 1"),
        (("--data", "moons", "--set", "training.epochs=ten"), "whole number"),
        (("--data", "moons", "--set", "network.dense_1.units=-4"), "at least 1"),
        (("--data", "moons", "--set", "network.dense_9.units=4"), "dense_9"),
        (("--data", "moons", "--set", "data.noise=nan"), "finite"),
        (("--data", "moons", "--set", "data.split.test_share=0.95"), "at most 0.9"),
    ],
)
def test_new_refuses_in_words_and_writes_nothing(
    layerlab: Command, here: Path, words: tuple[str, ...], said: str
) -> None:
    code, out, err = layerlab("new", "p.layerlab", *words)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 3
    assert not list(here.iterdir())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "At least 2 samples"),
        ("a,b\n1,2,3\n4,5\n", "Line 2"),
        ('a,b\n1,"2\n3,4\n', ""),
        ("a\n1\n2\n3\n", "column"),
    ],
)
def test_new_refuses_a_table_of_the_wrong_shape(
    layerlab: Command, here: Path, text: str, said: str
) -> None:
    code, out, err = layerlab("new", "p.layerlab", "--data", table(here / "t.csv", text))
    assert (code, out) == (1, "")
    assert said in err
    assert not Path("p.layerlab").exists()


def test_new_does_not_replace_a_file_unasked(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons")
    before = path.read_bytes()
    code, _, err = layerlab("new", path, "--data", "digits")
    assert code == 1
    assert "--force" in err
    assert path.read_bytes() == before
    assert layerlab("new", path, "--data", "digits", "--force")[0] == 0
    assert open_project(path).project.network.layers[-1].options["units"] == 10


# ---------------------------------------------------------------- check


def test_check_counts_layers_and_parameters(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "digits", "--template", "small_cnn")
    code, out, err = layerlab("check", path, "--json", "c.json")
    assert (code, err) == (0, "")
    found = json.loads(Path("c.json").read_text())
    by_hand = [
        ("InputLayer", [8, 8, 1], 0),
        ("Conv2D", [6, 6, 16], (3 * 3 * 1 + 1) * 16),
        ("MaxPooling2D", [3, 3, 16], 0),
        ("Flatten", [144], 0),
        ("Dense", [64], (144 + 1) * 64),
        ("Dropout", [64], 0),
        ("Dense", [10], (64 + 1) * 10),
    ]
    layers = [(row["kind"], row["output_shape"], row["parameters"]) for row in found["layers"]]
    assert layers == by_hand
    assert found["parameters"] == sum(count for *_, count in by_hand) == 10_090
    assert found["problems"] == []
    assert found["can_train"] is True
    assert "(3*3*1 + 1)*16 = 160" in out
    assert "10,090 parameters" in out
    table_lines = [line for line in out.splitlines() if line.startswith(("Layer", "conv2d_1"))]
    assert table_lines[0].index("Kind") == table_lines[1].index("Conv2D")


def test_check_says_how_problems_are_mended_and_ends_with_1(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "digits", "--set", "network.dense_2.units=7")
    last = open_project(path).project.network.layers[-1].id
    broken = made(
        layerlab, "--data", "digits", "--set", f"network.{last}.units=7", name="b.layerlab"
    )
    code, out, _ = layerlab("check", broken, "--json", "c.json")
    assert code == 1
    (problem,) = json.loads(Path("c.json").read_text())["problems"]
    assert problem["severity"] == "error"
    assert problem["where"] == last
    assert problem["fixes"]
    for said in ("happened", "expected", "how_to_fix"):
        assert problem[said] in out
    assert "1 error" in out


def test_what_is_not_known_is_not_counted(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "digits")
    project = open_project(path).project
    save_project(path, SavedProject(project.model_copy(update={"network": Network()})))
    code, out, _ = layerlab("check", path, "--json", "c.json")
    assert code == 1
    assert "Network: parameters unknown\n" in out
    found = json.loads(Path("c.json").read_text())
    assert (found["layers"], found["parameters"], found["multiply_adds"]) == ([], None, None)


def test_a_warning_alone_is_no_failure(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "wine", "--set", "data.preprocessing=none")
    code, out, _ = layerlab("check", path)
    assert code == 0
    assert "1 warning" in out
    assert "Standardize" in out


def test_check_tells_what_the_window_finds_in_a_built_in_table(
    layerlab: Command, here: Path
) -> None:
    path = made(layerlab, "--data", "breast_cancer")
    code, out, _ = layerlab("check", path, "--json", "c.json")
    assert code == 0
    project = open_project(path).project
    expected = resolve(project, load(project.data).summary).problems
    assert any(problem.title == "12 columns tell nearly the same" for problem in expected)
    found = json.loads(Path("c.json").read_text())["problems"]
    assert [problem["title"] for problem in found] == [problem.title for problem in expected]
    assert f"{len(expected)} pieces of advice" in out


def test_check_of_a_table_reads_the_file(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", flowers(here / "f.csv"))
    assert layerlab("check", path)[0] == 0
    (here / "f.csv").unlink()
    code, out, err = layerlab("check", path)
    assert (code, out) == (1, "")
    assert "f.csv" in err
    assert "does not exist" in err


def test_neither_start_nor_check_load_a_slow_library(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "digits")
    code = (
        "import sys\n"
        "from app.cli.main import main\n"
        f"assert main(['check', {str(path)!r}]) == 0\n"
        "slow = {'tensorflow', 'keras', 'sklearn', 'pandas', 'scipy', 'PIL', 'PySide6', 'numpy'}\n"
        "assert not slow & set(sys.modules), slow & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("p on digits")


# ---------------------------------------------------------------- files that are not what they say


def _truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def _other_archive(_whole: bytes) -> bytes:
    path = Path("other.zip")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    return path.read_bytes()


@pytest.mark.parametrize(
    "content",
    [lambda _: b"", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(99), _truncated, _other_archive],
    ids=["empty", "picture", "truncated", "another archive"],
)
@pytest.mark.parametrize(
    "command",
    [
        ("check",),
        ("train",),
        ("evaluate", "--model", "m.keras"),
        ("predict", "--model", "m.keras", "--input", "i.csv", "--output", "o.csv"),
    ],
    ids=lambda words: words[0],
)
def test_what_is_no_project_is_refused_and_stays_as_it_is(
    layerlab: Command,
    here: Path,
    command: tuple[str, ...],
    content: Callable[[bytes], bytes],
) -> None:
    path = made(layerlab, "--data", "moons")
    path.write_bytes(content(path.read_bytes()))
    before = path.read_bytes()
    name, *options = command
    code, out, err = layerlab(name, path, *options)
    assert (code, out) == (1, "")
    assert "p.layerlab" in err
    assert path.read_bytes() == before


@pytest.mark.parametrize("command", ["check", "train"])
@pytest.mark.parametrize("what", ["missing", "folder", "pipe"])
def test_a_project_that_is_no_file(layerlab: Command, here: Path, command: str, what: str) -> None:
    path = here / "p.layerlab"
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("needs named pipes")
        os.mkfifo(path)
    code, out, err = layerlab(command, path)
    assert (code, out) == (1, "")
    assert "p.layerlab" in err


def test_a_hostile_name_does_not_steer_the_terminal(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons")
    project = open_project(path).project
    hostile = "moons\x1b[2J\u202egnp.exe\r"
    save_project(path, SavedProject(project.model_copy(update={"name": hostile})))
    code, out, _ = layerlab("check", path)
    assert code == 0
    assert out.isprintable() or not set(out) & {"\x1b", "\u202e", "\r"}


# ---------------------------------------------------------------- places for results


@pytest.mark.parametrize(
    "words",
    [
        ("check", "p.layerlab", "--json", "no/c.json"),
        ("train", "p.layerlab", "--json", "no/r.json"),
        ("train", "p.layerlab", "--model", "no/m.keras"),
        ("train", "p.layerlab", "--model", "folder.keras"),
        ("evaluate", "p.layerlab", "--model", "m.keras", "--json", "no/e.json"),
        ("example", "--out-picture", "no/curves.png"),
        ("new", "no/p.layerlab", "--data", "moons"),
        ("predict", "p.layerlab", "--model", "m", "--input", "i", "--output", "no/o.csv"),
    ],
)
def test_a_place_that_is_none_is_told_before_the_work(
    layerlab: Command, here: Path, words: tuple[str, ...]
) -> None:
    made(layerlab, "--data", "moons")
    Path("folder.keras").mkdir()
    code, out, err = layerlab(*words)
    assert (code, out) == (1, "")
    assert "no" in err
    assert sorted(p.name for p in here.iterdir()) == ["folder.keras", "p.layerlab"]


def test_a_read_only_folder_is_told_before_the_work(
    layerlab: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(layerlab, "--data", "moons")
    locked = here / "locked"
    locked.mkdir(mode=0o555)
    may = os.access  # the superuser may everything
    monkeypatch.setattr(os, "access", lambda path, mode: path != locked and may(path, mode))
    code, out, err = layerlab("train", "p.layerlab", "--json", "locked/r.json")
    assert (code, out) == (1, "")
    assert "read-only" in err


def test_two_results_need_two_files(layerlab: Command, here: Path) -> None:
    made(layerlab, "--data", "moons")
    code, _, err = layerlab("train", "p.layerlab", "--json", "r.keras", "--model", "./r.keras")
    assert code == 1
    assert "r.keras was given as model and as json" in err


@pytest.mark.parametrize("option", ["--json", "--model"])
def test_a_result_never_replaces_the_project(layerlab: Command, here: Path, option: str) -> None:
    path = made(layerlab, "--data", "moons")
    before = path.read_bytes()
    assert layerlab("train", path, option, "p.layerlab")[0] == 1
    assert path.read_bytes() == before


def test_predictions_never_replace_what_they_come_from(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", flowers(here / "f.csv"))
    before = (here / "f.csv").read_bytes()
    code, _, err = layerlab(
        "predict", path, "--model", "m.keras", "--input", "f.csv", "--output", "f.csv"
    )
    assert code == 1
    assert "same file" in err
    assert (here / "f.csv").read_bytes() == before


# ---------------------------------------------------------------- trainings that do not begin


def test_a_project_with_errors_is_not_trained(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "iris", "--set", "network.dense_2.units=5")
    code, out, err = layerlab("train", path, "--json", "r.json", "--model", "m.keras")
    assert (code, out) == (1, "")
    assert "cannot be trained: 1 error" in err
    assert "dense_2" in err
    assert not Path("r.json").exists()
    assert not Path("m.keras").exists()


def test_a_model_needs_its_suffix_before_the_training(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons")
    code, out, err = layerlab("train", path, "--model", "m.h5")
    assert (code, out) == (1, "")
    assert "m.keras" in err


def test_save_respects_a_project_that_is_open_elsewhere(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons")
    lock = ProjectLock(path)
    assert lock.acquire()
    try:
        code, out, err = layerlab("train", path, "--save")
    finally:
        lock.release()
    assert (code, out) == (1, "")
    assert "is open in a window" in err


def test_a_missing_model_is_told_without_tensorflow(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons")
    code, out, err = layerlab("evaluate", path, "--model", "m.keras")
    assert (code, out) == (1, "")
    assert "m.keras" in err
    assert "does not exist" in err


def test_an_empty_part_is_not_evaluated(layerlab: Command, here: Path) -> None:
    path = made(layerlab, "--data", "moons", "--set", "data.split.test_share=0")
    code, _, err = layerlab("evaluate", path, "--model", "m.keras", "--part", "test")
    assert code == 1
    assert "test part" in err
    assert "data.split.test_share" in err


# ---------------------------------------------------------------- what nobody foresaw


@pytest.mark.expects_log("check failed")
def test_an_unforeseen_error_is_one_message_and_a_traceback_in_the_log(
    layerlab: Command, here: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_arguments: Any) -> int:
        raise RuntimeError("the sky fell")

    monkeypatch.setattr(check, "run", fail)
    handlers = list(logging.getLogger().handlers)
    code, out, err = layerlab("check", "p.layerlab")
    assert (code, out) == (1, "")
    assert "RuntimeError: the sky fell" in err
    assert logging.getLogger().handlers == handlers
    (log,) = home.rglob("layerlab.log")
    assert str(log) in err
    assert "Traceback" in log.read_text()


@pytest.mark.expects_log("check failed")
def test_too_little_memory_is_said(
    layerlab: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_arguments: Any) -> int:
        raise MemoryError

    monkeypatch.setattr(check, "run", fail)
    code, _, err = layerlab("check", "p.layerlab")
    assert code == 1
    assert "memory" in err


def test_ctrl_c_ends_with_130(
    layerlab: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_arguments: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupt)
    assert layerlab("check", "p.layerlab") == (130, "", "Interrupted.\n")


def test_a_home_that_takes_no_log_does_not_matter(
    layerlab: Command, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "file").write_text("")
    for name in ("HOME", "LOCALAPPDATA", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(here / "file" / "home"))
    assert layerlab("new", "p.layerlab", "--data", "moons")[0] == 0


def test_a_reader_that_leaves_early_is_no_error(here: Path, layerlab: Command) -> None:
    path = made(layerlab, "--data", "digits")
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "check", str(path), "--json", str(here / "c.json")],
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait(30) == 0
    assert said == b""
    assert (here / "c.json").exists()

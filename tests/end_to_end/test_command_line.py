"""The command line from a table to predictions; what it writes is checked by scikit-learn."""

import math
import shutil
import zipfile
from contextlib import closing
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.datasets import load_wine
from sklearn.metrics import accuracy_score, log_loss

from app.cli import train
from app.cli.main import main
from app.core.atomic_file import SaveError
from app.core.project_edits import set_early_stopping, set_split, set_training
from app.core.project_file import ProjectLock, SavedProject, open_project, save_project
from app.core.templates import start_from
from app.data.loading import load
from app.journal.journal import Journal
from app.user_folders import journal_path
from tests.end_to_end.command_line_user import inside, layerlab, read
from tests.unit.kept_runs import some_run

# ---------------------------------------------------------------- a story, from a table on


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder after new, check, train and predict on the wine table."""
    folder = tmp_path_factory.mktemp("story")
    wine = load_wine(as_frame=True)
    names = np.array(["Barolo", "Grignolino", "Barbera"])
    table = wine.data.assign(cultivar=names[wine.target])
    table.to_csv(folder / "wine.csv", index=False)
    layerlab(folder, "new", "wine.layerlab", "--data", "wine.csv", "--template", "mlp")
    said = layerlab(folder, "check", "wine.layerlab", "--json", "check.json")
    assert "1 piece of advice:" in said
    assert "2 columns tell nearly the same" in said
    said = layerlab(
        folder,
        *("train", "wine.layerlab", "--epochs", "30", "--seed", "3", "--save"),
        *("--model", "wine.keras", "--json", "train.json"),
    )
    assert "\r" not in said
    assert len([line for line in said.splitlines() if line.startswith("epoch")]) <= 22
    rows = load(open_project(folder / "wine.layerlab").project.data).test.rows
    table.iloc[rows].to_csv(folder / "test.csv", index=False)
    said = layerlab(
        folder,
        *("predict", "wine.layerlab", "--model", "wine.keras"),
        *("--input", "test.csv", "--output", "out.csv"),
    )
    assert f"{len(rows)} predictions" in said
    return folder


def test_check_told_what_was_trained(story: Path) -> None:
    checked, trained = read(story / "check.json"), read(story / "train.json")
    assert [problem["severity"] for problem in checked["problems"]] == ["info"]
    assert checked["parameters"] == trained["parameters"]
    assert trained["parameters"] == sum(layer["parameters"] for layer in checked["layers"])
    facts = ("training", "validation", "test", "task")
    assert [checked["data"][name] for name in facts] == [trained["data"][name] for name in facts]
    assert sum(trained["data"][name] for name in facts[:3]) == 178


def test_the_history_is_that_of_every_epoch(story: Path) -> None:
    trained = read(story / "train.json")
    history = trained["history"]
    assert [row["epoch"] for row in history] == list(range(1, len(history) + 1))
    names = {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "learning_rate", "seconds"}
    assert all(set(row) == names for row in history)
    assert all(math.isfinite(value) for row in history for value in row.values())
    assert history[-1]["loss"] < history[0]["loss"]
    best = min(history, key=lambda row: row["val_loss"])
    assert trained["best_epoch"] == best["epoch"]
    assert trained["stopped_because"] in ("finished", "early_stopping")
    assert trained["seed"] == 3
    assert trained["seconds"] > 0
    assert trained["versions"]["tensorflow"]


def test_the_run_is_in_the_project_file(story: Path) -> None:
    saved, trained = open_project(story / "wine.layerlab"), read(story / "train.json")
    assert saved.run is not None
    assert saved.checkpoint is not None
    assert [row.metrics["val_loss"] for row in saved.run.rows] == [
        row["val_loss"] for row in trained["history"]
    ]
    # The settings of the run were asked for once; those of the project stay.
    assert saved.run.project.training.seed == 3
    assert saved.run.project.training.epochs == 30
    assert saved.project.training.seed != 3
    assert not ProjectLock(story / "wine.layerlab").lock_path.exists()


def test_evaluation_agrees_with_scikit_learn_on_the_predictions(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = open_project(story / "wine.layerlab").run.opened_before
    code, out, _ = inside(
        capsys,
        *("evaluate", story / "wine.layerlab", "--model", story / "wine.keras"),
        *("--part", "test", "--json", story / "e.json"),
    )
    assert code == 0
    # that the test part was looked at is kept, with what was seen; the vault stays as it is
    run = open_project(story / "wine.layerlab").run
    assert run.openings == ()
    assert run.opened_before[:-1] == before
    assert run.opened_before[-1].number == len(before) + 1
    assert (
        run.opened_before[-1].metrics["accuracy"] == read(story / "e.json")["metrics"]["accuracy"]
    )
    assert "accuracy" in out
    found = read(story / "e.json")
    predicted = pd.read_csv(story / "out.csv")
    truth = pd.read_csv(story / "test.csv")["cultivar"]
    labels = sorted(truth.unique())
    probabilities = predicted[[f"probability_{name}" for name in labels]].to_numpy()
    assert found["part"] == "test"
    assert found["samples"] == len(truth) == len(predicted)
    assert np.allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    data_loss = log_loss(truth, probabilities, labels=labels)
    accuracy = accuracy_score(truth, predicted["predicted_class"])
    assert found["metrics"]["accuracy"] == pytest.approx(accuracy, abs=1e-6)
    assert found["metrics"]["loss"] == pytest.approx(data_loss + penalty(story), rel=1e-4)


def penalty(story: Path) -> float:
    """What the regularizers of the network add to the loss: factor times the squared weights."""
    project = open_project(story / "wine.layerlab").project
    stored: dict[tuple[int, ...], np.ndarray] = {}

    def take(_name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim == 2:
            stored[item.shape] = item[()]

    with (
        zipfile.ZipFile(story / "wine.keras") as archive,
        archive.open("model.weights.h5") as member,
        h5py.File(member) as file,
    ):
        file["layers"].visititems(take)
    columns = load(project.data).summary.input_shape[0]
    total = 0.0
    for layer in project.network.layers:
        if layer.kind == "Dense":
            units = int(str(layer.options["units"]))
            if layer.options.get("kernel_regularizer") == "l2":
                factor = float(str(layer.options["kernel_regularizer_l2"]))
                kernel = stored[columns, units].astype(np.float64)
                total += factor * float(np.sum(kernel**2))
            columns = units
    return total


def test_the_saved_model_is_that_of_the_best_epoch(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = story / "validation.json"
    code, _, _ = inside(
        capsys,
        *("evaluate", story / "wine.layerlab", "--model", story / "wine.keras", "--json", where),
    )
    assert code == 0
    trained = read(story / "train.json")
    best = trained["history"][trained["best_epoch"] - 1]
    found = read(where)
    assert found["part"] == "validation"
    for name, value in found["metrics"].items():
        assert value == pytest.approx(best[f"val_{name}"], rel=1e-5, abs=1e-6)


def test_the_same_seed_gives_the_same_numbers_in_another_process(
    story: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = story / "again.json"
    code, _, _ = inside(
        capsys,
        *("train", story / "wine.layerlab", "--epochs", 30, "--seed", 3, "--json", again),
    )
    assert code == 0
    one, two = read(story / "train.json"), read(again)
    threads = "intra_op_threads"
    if one["versions"][threads] != two["versions"][threads]:
        pytest.skip("the two processes have another number of processors")
    plain = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in run["history"]]
        for run in (one, two)
    ]
    assert plain[0] == plain[1]
    assert one["data"]["fingerprint"] == two["data"]["fingerprint"]


def test_regression_and_binary_predictions_agree_with_their_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generator = np.random.default_rng(5)
    x = generator.normal(size=(120, 3))
    aims = {
        "price": x @ [2.0, -1.0, 0.5] + 0.1 * generator.normal(size=120),
        "kind": np.where(x[:, 0] + x[:, 1] > 0, "up", "down"),
    }
    for name, y in aims.items():
        table = pd.DataFrame(x, columns=["a", "b", "c"]).assign(**{name: y})
        table.to_csv(tmp_path / "t.csv", index=False)
        project, model = tmp_path / f"{name}.layerlab", tmp_path / f"{name}.keras"
        assert inside(capsys, "new", project, "--data", tmp_path / "t.csv")[0] == 0
        assert inside(capsys, "train", project, "--epochs", 3, "--model", model)[0] == 0
        rows = load(open_project(project).project.data).test.rows
        table.iloc[rows].drop(columns=name).to_csv(tmp_path / "i.csv", index=False)
        result = tmp_path / "e.json"
        words = ("--part", "test", "--json", str(result))
        assert inside(capsys, "evaluate", project, "--model", model, *words)[0] == 0
        words = ("--input", str(tmp_path / "i.csv"), "--output", str(tmp_path / "o.csv"))
        assert inside(capsys, "predict", project, "--model", model, *words)[0] == 0
        found, metrics = pd.read_csv(tmp_path / "o.csv"), read(result)["metrics"]
        truth = table[name].iloc[rows].to_numpy()
        if name == "price":
            errors = found["predicted_price"].to_numpy() - truth
            assert metrics["mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), rel=1e-4)
            share = 1 - np.sum(errors**2) / np.sum((truth - truth.mean()) ** 2)
            assert metrics["r2_score"] == pytest.approx(share, rel=1e-3)
        else:
            right = (found["predicted_class"] == truth).mean()
            assert metrics["accuracy"] == pytest.approx(right, abs=1e-6)
            pair = found[["probability_down", "probability_up"]].to_numpy()
            assert np.allclose(pair.sum(axis=1), 1.0, atol=1e-6)
            assert ((pair[:, 1] > 0.5) == (found["predicted_class"] == "up")).all()


# ---------------------------------------------------------------- trainings that end otherwise


def test_a_diverged_training_says_so_and_writes_its_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, results = tmp_path / "p.layerlab", tmp_path / "r.json"
    rate = "training.optimizer.learning_rate=1000"
    words = ("--data", "diabetes", "--set", "training.optimizer=SGD", "--set", rate)
    assert inside(capsys, "new", project, *words)[0] == 0
    code, _, err = inside(capsys, "train", project, "--json", results)
    assert code == 1
    assert "not finite" in err
    found = read(results)
    assert found["stopped_because"] == "diverged"
    assert found["divergence"]["epoch"] >= 1
    assert "learning rate" in found["divergence"]["how_to_fix"]


def test_a_file_that_cannot_be_written_does_not_cost_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise SaveError("The disk is full.", "Room.", "Make room.")

    monkeypatch.setattr(train, "write_json", full)
    project, model = tmp_path / "p.layerlab", tmp_path / "m.keras"
    assert inside(capsys, "new", project, "--data", "moons")[0] == 0
    words = ("--epochs", 1, "--model", model, "--json", tmp_path / "r.json", "--save")
    code, out, err = inside(capsys, "train", project, *words)
    assert code == 1
    assert "The disk is full." in err
    assert f"Model written to {model}" in out
    assert model.exists()
    assert open_project(project).run is not None


def test_the_example_draws_its_curves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "curves.png"
    code, out, err = inside(capsys, "example", "--epochs", 2, "--out-picture", picture)
    assert (code, err) == (0, "")
    assert "1,797 samples" in out
    assert "val_accuracy" in out
    assert "Test" not in out
    assert str(picture) in out
    with Image.open(picture) as image:
        assert image.format == "PNG"


# ---------------------------------------------------------------- models that are not what they say


@pytest.fixture(scope="module")
def moons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a project and its model."""
    folder = tmp_path_factory.mktemp("moons")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        assert main(["new", str(folder / "p.layerlab"), "--data", "moons"]) == 0
        words = ["--epochs", "1", "--model", str(folder / "m.keras")]
        assert main(["train", str(folder / "p.layerlab"), *words]) == 0
    return folder


@pytest.mark.parametrize("kind", ["text", "truncated", "lambda"])
@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_a_file_that_is_no_safe_model(
    moons: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, kind: str, command: str
) -> None:
    bad = tmp_path / "bad.keras"
    if kind == "text":
        bad.write_text("I am a model, honest.")
    elif kind == "truncated":
        whole = (moons / "m.keras").read_bytes()
        bad.write_bytes(whole[: len(whole) // 2])
    else:
        with (
            zipfile.ZipFile(moons / "m.keras") as honest,
            zipfile.ZipFile(bad, "w") as hostile,
        ):
            for name in honest.namelist():
                content = honest.read(name)
                if name == "config.json":
                    content = content.replace(b'"Dense"', b'"Lambda"')
                hostile.writestr(name, content)
    (tmp_path / "i.csv").write_text("x,y\n0.1,0.2\n")
    words = {
        "evaluate": ["--json", str(tmp_path / "e.json")],
        "predict": ["--input", str(tmp_path / "i.csv"), "--output", str(tmp_path / "o.csv")],
    }[command]
    code, out, err = inside(capsys, command, moons / "p.layerlab", "--model", bad, *words)
    assert (code, out) == (1, "")
    assert "bad.keras" in err
    assert "not foreseen" not in err
    assert not (tmp_path / "e.json").exists()
    assert not (tmp_path / "o.csv").exists()


def test_a_model_for_other_data(
    moons: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "iris.layerlab"
    assert inside(capsys, "new", other, "--data", "iris")[0] == 0
    code, out, err = inside(capsys, "evaluate", other, "--model", moons / "m.keras")
    assert (code, out) == (1, "")
    assert "takes samples of the shape 2" in err
    assert "need 4" in err
    spirals = tmp_path / "sine.layerlab"
    words = ("--data", "blobs", "--set", "data.classes=4")
    assert inside(capsys, "new", spirals, *words)[0] == 0
    code, out, err = inside(capsys, "evaluate", spirals, "--model", moons / "m.keras")
    assert (code, out) == (1, "")
    assert "puts out the shape 1" in err
    assert "need 4" in err


def test_samples_that_do_not_fit(
    moons: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for text in ("", "x\n1\n", "x,z\n1,2\n", "x,y\n1,two\n", "x,y\n1,\n"):
        (tmp_path / "i.csv").write_text(text)
        words = ("--model", moons / "m.keras", "--input", tmp_path / "i.csv")
        code, out, err = inside(
            capsys, "predict", moons / "p.layerlab", *words, "--output", tmp_path / "o.csv"
        )
        assert (code, out) == (1, ""), text
        assert "i.csv" in err
        assert not (tmp_path / "o.csv").exists()


def test_new_samples_are_prepared_as_in_the_saved_run_whatever_becomes_of_the_data(
    story: Path, tmp_path: Path
) -> None:
    for name in ("wine.layerlab", "wine.keras", "wine.csv", "test.csv"):
        shutil.copy(story / name, tmp_path / name)
    ask = ("predict", "wine.layerlab", "--model", "wine.keras", "--input", "test.csv")
    layerlab(tmp_path, *ask, "--output", "first.csv")
    lines = (tmp_path / "wine.csv").read_text().splitlines()
    changed = [lines[0], *(line.replace("1", "9") for line in lines[1:])]
    (tmp_path / "wine.csv").write_text("\n".join(changed))
    layerlab(tmp_path, *ask, "--output", "changed.csv")
    (tmp_path / "wine.csv").unlink()
    layerlab(tmp_path, *ask, "--output", "gone.csv")
    first = (tmp_path / "first.csv").read_bytes()
    assert first == (story / "out.csv").read_bytes()
    assert (tmp_path / "changed.csv").read_bytes() == first
    assert (tmp_path / "gone.csv").read_bytes() == first


def test_without_a_validation_part_no_epoch_is_called_the_best(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, results = tmp_path / "p.layerlab", tmp_path / "out.json"
    inside(
        capsys, "new", project, "--data", "iris", "--template", "mlp",
        "--set", "training.epochs=2", "--set", "training.early_stopping.enabled=false",
        "--set", "data.split.validation_share=0",
    )  # fmt: skip
    code, out, err = inside(capsys, "train", project, "--json", results)
    assert code == 0, err
    assert "Finished after 2 epochs.\nLast epoch 2: " in out
    assert "best" not in out.casefold()
    assert read(results)["best_epoch"] is None


def test_a_refit_that_is_trained_once_more_names_its_trial(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = set_early_stopping(set_training(start_from("moons"), epochs=1), enabled=False)
    project = set_split(project, validation_trains=True)
    path = tmp_path / "p.layerlab"
    save_project(path, SavedProject(project, some_run(project, 1, refit_of=3)))
    for words, which in (((), "refit of trial 3"), (("--seed", 8), "refit")):
        code, _, err = inside(capsys, "train", path, *words)
        assert code == 0, err
        with closing(Journal(journal_path())) as journal:
            assert journal.entries()[0].which == which

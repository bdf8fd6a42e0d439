"""The command line from arrays and pictures to predictions, in one process with TensorFlow."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.core.data_settings import BuiltinSource
from app.data.builtin_sets import load_builtin
from tests.end_to_end.command_line_user import inside, read


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Handwritten digits as bytes, (1797, 8, 8), and their classes."""
    raw = load_builtin(BuiltinSource(name="digits"))
    assert isinstance(raw.x, np.ndarray)
    return (raw.x[..., 0] * (255 / 16)).astype(np.uint8), raw.y


def predicted(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_arrays_are_trained_evaluated_and_predicted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    x, y = digits()
    np.savez(
        tmp_path / "d.npz", x_train=x[:1200], y_train=y[:1200], x_test=x[1200:], y_test=y[1200:]
    )
    np.save(tmp_path / "new.npy", x[1200:])
    for words in (
        ("new", "d.layerlab", "--data", "d.npz", "--template", "mlp"),
        ("train", "d.layerlab", "--epochs", "12", "--model", "d.keras", "--json", "t.json"),
        ("evaluate", "d.layerlab", "--model", "d.keras", "--part", "test", "--json", "e.json"),
        ("predict", "d.layerlab", "--model", "d.keras", "--input", "new.npy", "--output", "p.csv"),
    ):
        code, _, err = inside(capsys, *words)
        assert code == 0, err
    rows = predicted(tmp_path / "p.csv")
    right = np.mean(
        [int(row["predicted_class"]) == label for row, label in zip(rows, y[1200:], strict=True)]
    )
    told = read(tmp_path / "e.json")
    assert told["samples"] == 597
    assert told["metrics"]["accuracy"] == pytest.approx(right, abs=1e-6)
    assert right > 0.8
    assert read(tmp_path / "t.json")["data"]["test"] == 597


@pytest.mark.parametrize("told", [(), ("--set", "data.skip_rows=3")])
def test_a_table_below_a_title_is_trained_and_new_data_are_read_alike(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: tuple[str, ...],
) -> None:
    monkeypatch.chdir(tmp_path)
    above = "Harvest 2024\n\n# length and width, in cm\nlength,width,kind\n"
    rows = [f"{row % 9}.5,{row % 7},{('bean', 'pea')[row % 2]}\n" for row in range(80)]
    (tmp_path / "harvest.csv").write_text(above + "".join(rows))
    (tmp_path / "new.csv").write_text(above + "".join(rows[:2]))
    said = "The first 3 lines stand above the table and are not read: 'Harvest 2024', '# length"
    for words in (
        ("new", "h.layerlab", "--data", "harvest.csv", *told),
        ("check", "h.layerlab"),
        ("train", "h.layerlab", "--epochs", "2", "--model", "h.keras"),
        ("predict", "h.layerlab", "--model", "h.keras", "--input", "new.csv", "--output", "p.csv"),
    ):
        code, out, err = inside(capsys, *words)
        assert code == 0, err
        assert words[0] == "train" or said in out + err
    assert len(predicted(tmp_path / "p.csv")) == 2


def test_pictures_are_trained_evaluated_and_predicted(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    x, y = digits()
    chosen = np.flatnonzero(y < 2)
    for row in chosen[:200]:
        folder = tmp_path / "set" / ("one" if y[row] else "zero")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(x[row]).save(folder / f"{row}.png")
    (tmp_path / "new").mkdir()
    for row in chosen[200:240]:
        Image.fromarray(x[row]).save(tmp_path / "new" / f"{row}.png")
    for words in (
        ("new", "s.layerlab", "--data", "set"),
        ("train", "s.layerlab", "--epochs", "12", "--model", "s.keras"),
        ("evaluate", "s.layerlab", "--model", "s.keras", "--json", "e.json"),
        ("predict", "s.layerlab", "--model", "s.keras", "--input", "new", "--output", "p.csv"),
    ):
        code, _, err = inside(capsys, *words)
        assert code == 0, err
    assert read(tmp_path / "e.json")["metrics"]["accuracy"] > 0.9
    rows = predicted(tmp_path / "p.csv")
    assert len(rows) == 40
    names = {f"{row}.png": "one" if y[row] else "zero" for row in chosen[200:240]}
    right = [names[Path(row["sample"]).name] == row["predicted_class"] for row in rows]
    assert np.mean(right) > 0.9

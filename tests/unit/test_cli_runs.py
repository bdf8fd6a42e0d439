"""`layerlab runs`."""

import json
from pathlib import Path

import pytest

from app.cli.main import main
from app.core.frozen import FrozenMap
from app.core.project_edits import set_layer_option
from app.core.project_file import open_project
from app.core.vault_openings import VaultOpening
from app.journal.journal import Journal
from tests.unit.kept_runs import curves_of, some_project, some_run, some_trial

Told = tuple[int, str, str]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    path = tmp_path / "journal.db"
    monkeypatch.setenv("LAYERLAB_JOURNAL", str(path))
    journal = Journal(path)
    yield journal
    journal.close()


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):  # type: ignore[no-untyped-def]
    def run(*words: object) -> Told:
        capsys.readouterr()
        code = main(["runs", *map(str, words)])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return run


def fill(journal: Journal) -> None:
    journal.keep(some_run(some_project("first")), "bench", file="/p/first.layerlab")
    changed = set_layer_option(some_project("second", "iris"), "dense_1", "units", 64)
    opening = VaultOpening(
        date="2026-03-04T05:06:07+00:00", number=2, samples=40, metrics=FrozenMap(loss=0.25)
    )
    journal.keep(some_run(changed, epochs=12, openings=(opening,)), "command line")
    trial = some_trial(3)
    journal.keep_trial(
        trial,
        some_project("third"),
        curves_of(trial),
        study="/p/third.layerlab-study",
        key="k",
        score="accuracy",
        data="iris",
    )
    journal.set_notes(1, "slow\nsecond line")


def test_an_empty_journal(journal: Journal, say) -> None:  # type: ignore[no-untyped-def]
    code, out, err = say("list")
    assert (code, err) == (0, "")
    assert "empty" in out


def test_list(journal: Journal, say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    code, out, err = say("list")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["3", "2", "1"]
    assert "third, trial 3" in lines[1]
    assert "±" in lines[1]
    assert lines[3].endswith("slow")
    assert f"3 runs of 3 in {journal.path}" in lines[4]
    assert say("list", "--text", "SLOW")[1].splitlines()[1].startswith("  1")
    assert "1 run of 3" in say("list", "--kind", "command line")[1]
    assert "2 runs of 3" in say("list", "--limit", "2")[1]
    assert "0 runs of 3" in say("list", "--data", "nothing")[1]
    out_file = tmp_path / "runs.json"
    assert say("list", "--json", out_file)[0] == 0
    runs = json.loads(out_file.read_text())["runs"]
    assert [run["number"] for run in runs] == [3, 2, 1]
    assert runs[0]["trial"] == 3
    assert runs[1]["trial"] is None
    assert runs[2]["notes"] == "slow\nsecond line"
    assert runs[2]["score"] == journal.entry(1).score


def test_show(journal: Journal, say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    code, out, err = say("show", 2)
    assert (code, err) == (0, "")
    assert out.startswith("Run 2: second\n")
    assert "40 samples: loss 0.25" in out
    assert "Finished all 12 epochs." in out
    trial = say("show", 3)[1]
    assert "network.dense_1.units = 19" in trial
    assert "fold 3: 0.9230, finished" in trial
    assert "slow\n  second line" in say("show", 1)[1]
    out_file = tmp_path / "run.json"
    assert say("show", 2, "--json", out_file)[0] == 0
    facts = json.loads(out_file.read_text())
    rows = journal.run(2).curves[0].rows
    assert [fold["fold"] for fold in facts["folds"]] == list(range(1, len(facts["folds"]) + 1))
    assert [row["val_loss"] for row in facts["folds"][0]["history"]] == [
        row.metrics["val_loss"] for row in rows
    ]
    assert facts["settings"]["network"]["layers"][1]["options"]["units"] == 64
    assert facts["vault_openings"][0]["number"] == 2


def test_diff(journal: Journal, say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    code, out, err = say("diff", 1, 2)
    assert (code, err) == (0, "")
    line = next(line for line in out.splitlines() if "dense_1.units" in line)
    assert line.split() == ["network.dense_1.units", "8", "64"]
    assert "the same data" in out
    assert "are the same" in say("diff", 1, 1)[1]
    out_file = tmp_path / "diff.json"
    assert say("diff", 1, 3, "--json", out_file)[0] == 0
    found = json.loads(out_file.read_text())
    assert found["same_data"] is None
    assert found["differences"] == [{"path": "name", "values": ["first", "third"]}]


def test_delete_asks_and_nobody_there_is_a_no(journal: Journal, say) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    code, out, err = say("delete", 1, 3)
    assert code == 1
    assert "third, trial 3" in out
    assert "Nothing was deleted" in err
    assert journal.count() == 3
    code, out, err = say("delete", 1, 3, 3, "--yes")
    assert (code, err) == (0, "")
    assert out.endswith("2 runs deleted\n")
    assert [entry.number for entry in journal.entries()] == [2]


def test_the_settings_come_back(journal: Journal, say, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    path = tmp_path / "back.layerlab"
    assert say("settings", 2, path)[0] == 0
    assert open_project(path).project == journal.run(2).project
    before = path.read_bytes()
    code, _, err = say("settings", 1, path)
    assert code == 1
    assert "is there already" in err
    assert path.read_bytes() == before
    assert say("settings", 1, path, "--force")[0] == 0


@pytest.mark.parametrize(
    "words", [("show", 9), ("diff", 1, 9), ("delete", 9, "--yes"), ("settings", 9, "x.layerlab")]
)
def test_a_run_that_is_not_there(journal: Journal, say, words: tuple[object, ...]) -> None:  # type: ignore[no-untyped-def]
    fill(journal)
    code, out, err = say(*words)
    assert (code, out) == (1, "")
    assert "The journal has no run 9." in err
    assert journal.count() == 3


@pytest.mark.parametrize(
    "words", [(), ("show",), ("show", "0"), ("show", "x"), ("delete",), ("list", "--kind", "x")]
)
def test_wrong_usage(journal: Journal, say, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    assert say(*words)[0] == 2


def test_a_journal_that_is_none_is_said(tmp_path: Path, say, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "journal.db"
    path.write_text("this is no database, but a letter")
    monkeypatch.setenv("LAYERLAB_JOURNAL", str(path))
    code, out, err = say("list")
    assert (code, out) == (1, "")
    assert "something else than a database" in err
    assert path.read_text().startswith("this is")

"""A real scheduler and real workers that talk by TLS, with certificates made for the test."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.project_edits import set_training
from app.core.project_file import SavedProject, save_project
from app.core.templates import start_from
from app.search import cluster
from app.search.study_file import read_study
from tests.end_to_end.command_line_user import inside, read
from tests.end_to_end.test_cluster import Cluster

pytestmark = [
    pytest.mark.timeout(200),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates"),
]


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


def certificates(folder: Path) -> tuple[str, ...]:
    """The options that name them: one who vouches, and one certificate that it vouches for."""
    folder.mkdir()
    openssl(
        folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
        "/CN=those who vouch", "-keyout", "ca-key.pem", "-out", "ca.pem",
    )  # fmt: skip
    openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=one of the cluster",
        "-keyout", "key.pem", "-out", "asked.pem",
    )  # fmt: skip
    openssl(
        folder, "x509", "-req", "-in", "asked.pem", "-CA", "ca.pem", "-CAkey", "ca-key.pem",
        "-CAcreateserial", "-days", "2", "-out", "cert.pem",
    )  # fmt: skip
    names = {"--tls-ca-file": "ca.pem", "--tls-cert": "cert.pem", "--tls-key": "key.pem"}
    return tuple(word for option, name in names.items() for word in (option, str(folder / name)))


@pytest.fixture(scope="module")
def options(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    return certificates(tmp_path_factory.mktemp("tls") / "ours")


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory, options: tuple[str, ...]) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("secret"), options)
    made.add(2)
    yield made
    made.end()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "p.layerlab"
    save_project(path, SavedProject(set_training(start_from("iris", "mlp"), epochs=3)))
    return path


RATES = ("--space", "training.optimizer.learning_rate=0.001,0.01,0.1")


def test_a_search_by_tls(
    secret: Cluster, options: tuple[str, ...], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(secret.workers) == 2
    assert all(address.startswith("tls://") for address in secret.workers)
    results = project.with_name("results.json")
    code, out, err = inside(
        capsys, "search", project, "--sampler", "grid", "--folds", 2, *RATES,
        "--cluster", secret.address, *options, "--json", results,
    )  # fmt: skip
    assert (code, "3 trials done, 3 finished." in out) == (0, True), err
    trials = read(results)["trials"]
    assert [trial["state"] for trial in trials] == ["finished"] * 3
    here = project.with_name("here.layerlab")
    shutil.copy(project, here)
    code, _, err = inside(
        capsys, "search", here, "--sampler", "grid", "--folds", 2, *RATES, "--workers", 1
    )
    assert code == 0, err
    expected = read_study(here.with_suffix(".layerlab-study"))[1]
    for trial, alike in zip(trials, expected, strict=True):
        assert trial["settings"] == dict(alike.settings)
        assert [fold["score"] for fold in trial["folds"]] == list(alike.scores)


def test_who_has_not_the_right_certificates_is_refused_with_a_reason(
    secret: Cluster,
    options: tuple[str, ...],
    project: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 3.0)
    plain = secret.address.replace("tls://", "tcp://")
    strangers = certificates(tmp_path / "strangers")
    halves = (options[0], options[1], *strangers[2:])  # knows the others, but nobody vouches for it
    cases = {
        (): "no files for TLS were named",
        strangers: "Nobody vouches for the certificate of the scheduler",
        halves: "does not trust the certificate of this side",
    }
    commands = (
        ("search", project, *RATES, "--cluster", secret.address),
        ("worker", secret.address, "--death-timeout", 3),
    )
    for words, reason in cases.items():
        for command in commands:
            code, _, err = inside(capsys, *command, *words)
            assert code == 1
            assert reason in err, (command, err)
            assert re.search("--tls-|certificate", err), err
    code, _, err = inside(capsys, "search", project, *RATES, "--cluster", plain)
    assert (code, f"started with TLS, write {secret.address} " in err) == (1, True), err
    code, _, err = inside(capsys, "search", project, *RATES, "--cluster", plain, *options)
    assert (code, f"Write {secret.address}" in err) == (1, True), err
    assert read_study(project.with_suffix(".layerlab-study"))[1] == ()

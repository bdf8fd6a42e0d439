"""Addresses of clusters, which workers are of use, and what is said where something is missing."""

import random
import sys
from pathlib import Path

import pytest

from app import __version__
from app.core.search_settings import SearchSettings
from app.search.cluster_address import ClusterError, TlsFiles, checked_address
from app.search.executors import executor_of
from app.search.quiet_distributed import distributed, spare_the_seeds
from app.search.workers import LocalWorkers
from app.training.versions import software_versions


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tcp://10.0.0.1:8786", "tcp://10.0.0.1:8786"),
        (" tls://lab.example:9000 ", "tls://lab.example:9000"),
        ("lab:9000", "tcp://lab:9000"),
        ("lab", "tcp://lab:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
    ],
)
def test_an_address_gets_scheme_and_port(typed: str, meant: str) -> None:
    assert checked_address(typed, TlsFiles()) == meant


@pytest.mark.parametrize(
    "typed", ["", "  ", "tcp://", "http://lab:80", "tcp://lab:port", "tcp://lab:99999",
              "tcp://lab:1/x", "tcp://me@lab:1", "lab\n:1", "inproc://x"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(ClusterError, match="not the address of a scheduler"):
        checked_address(typed, TlsFiles())
    if typed.strip():
        with pytest.raises(ClusterError):
            executor_of(SearchSettings(cluster=typed))


def test_tls_needs_its_address_and_its_files(tmp_path: Path) -> None:
    there = tmp_path / "ca.pem"
    there.touch()
    with pytest.raises(ClusterError, match="not encrypted"):
        checked_address("tcp://lab:1", TlsFiles(ca=there))
    with pytest.raises(ClusterError, match="There is no file"):
        checked_address("tls://lab:1", TlsFiles(ca=there, key=tmp_path / "key.pem"))
    assert checked_address("tls://lab:1", TlsFiles(ca=there)) == "tls://lab:1"


def test_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"layerlab\[cluster\]"):
        distributed()


def test_without_a_cluster_this_computer_does_the_fits() -> None:
    assert executor_of(SearchSettings(workers=3)).func is LocalWorkers  # type: ignore[attr-defined]


def test_workers_with_other_versions_get_no_fits() -> None:
    from app.search.cluster import _other_processor, _unsuited

    same = {"served": True, "layerlab": __version__, **software_versions()}
    assert _unsuited("tcp://a:1", same) == ""
    assert "not started by `layerlab worker`" in _unsuited("tcp://a:1", {**same, "served": False})
    for name in ("layerlab", "tensorflow", "keras", "numpy"):
        sentence = _unsuited("tcp://a:1", {**same, name: "0.0.1"})
        assert f"{name} 0.0.1 there, {same[name]} here" in sentence
    assert _other_processor("tcp://a:1", same) == ""
    assert "last digits" in _other_processor("tcp://a:1", {**same, "processor": "abacus"})


def test_dask_draws_nothing_between_the_seeds_of_a_network() -> None:
    distributed()
    import dask.sizeof

    def drawn() -> float:
        random.seed(1)
        dask.sizeof.sizeof([[0]] * 100)
        return random.random()

    undisturbed = random.Random(1).random()
    dask.sizeof.random = random  # type: ignore[attr-defined]
    assert drawn() != undisturbed  # what it is about
    spare_the_seeds()
    assert drawn() == undisturbed

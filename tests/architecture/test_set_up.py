"""The files that set LayerLab up agree with each other."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.resource_files import resource_path

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
REQUIREMENTS = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_lock_file_fulfils_the_requirement(text: str) -> None:
    requirement = Requirement(text)
    name = re.escape(canonicalize_name(requirement.name))
    locked = re.findall(rf"(?m)^{name}==(\S+)", LOCK)
    assert locked
    assert all(requirement.specifier.contains(version) for version in locked)


def test_lock_file_has_hashes_and_no_addresses() -> None:
    entries = re.split(r"(?m)^(?=\S)", LOCK)[1:]
    assert len(entries) >= len(REQUIREMENTS)
    assert all(
        re.match(r"[a-z0-9-]+==\S+ .*\\\n(    --hash=sha256:[0-9a-f]{64}( \\)?\n)+$", e)
        for e in entries
    )
    assert not re.search(r"://|@|/", LOCK)


def test_resources_of_the_installation_exist() -> None:
    data = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert all((CHECKOUT / source).is_file() for source in data)
    assert all((CHECKOUT / name).is_file() for name in ("LICENSE", "CHANGELOG.md", "run.py"))


def test_desktop_entry_names_the_command_and_the_icon() -> None:
    entry = resource_path("desktop", "layerlab.desktop").read_text(encoding="utf-8")
    fields = dict(line.split("=", 1) for line in entry.splitlines() if "=" in line)
    assert fields["Exec"].split()[0] in PROJECT["project"]["scripts"]
    assert resource_path("icons", "app", fields["Icon"] + ".svg").is_file()

"""Whoever types `layerlab ...`: as a child process, or inside this one."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import main

CHECKOUT = Path(__file__).resolve().parents[2]


def start(
    folder: Path, *words: str, program: Sequence[str] = ("-m", "app"), **options: Any
) -> subprocess.Popen[str]:
    home = {"HOME": str(folder), "XDG_STATE_HOME": str(folder.parent / f"{folder.name}-state")}
    environment = {**os.environ, **home, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.Popen(
        [sys.executable, *program, *words],
        cwd=folder,
        env=environment,
        text=True,
        encoding="utf-8",
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


def layerlab(folder: Path, *words: str) -> str:
    """Run a command to its good end; what it said."""
    process = start(folder, *words)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert err == "" or all(line.startswith("Note: ") for line in err.splitlines()), err
    return out


def inside(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    """Run a command in this process, which has TensorFlow already."""
    capsys.readouterr()
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def read(path: Path) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)

"""What every test stands on: no screen, none of the user's files, and nothing left over.

`tests/leftovers.py` has the fixtures that fail a test for what it leaves behind.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.leftovers"]

# Set before anything imports Qt, Keras or TensorFlow, which read these once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["KERAS_BACKEND"] = "tensorflow"
if sys.platform.startswith("linux") and not Path("/dev/nvidiactl").exists():
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # else TensorFlow complains that there is none
_keras_home = tempfile.mkdtemp(prefix="layerlab-test-keras-")
atexit.register(shutil.rmtree, _keras_home, ignore_errors=True)
os.environ["KERAS_HOME"] = _keras_home

settings.register_profile(
    "layerlab",
    deadline=None,  # the machine is shared
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("layerlab")


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    return iter(tmp_path_factory.mktemp("homes") / str(number) for number in range(10**9))


@pytest.fixture(autouse=True)
def home(homes: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own: files, preferences, caches and state go there."""
    home = next(homes)
    home.mkdir()
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    for name in ("CONFIG", "CACHE", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    from PySide6.QtCore import QSettings

    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(home / "config"))
    return home

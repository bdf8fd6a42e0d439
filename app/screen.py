"""Whether there is a screen to open a window on, found out without loading Qt.

Qt itself ends the process when it cannot reach the screen; whoever asks here first can say so.
"""

import ctypes
import os
import sys
from collections.abc import Mapping
from pathlib import Path


def why_no_screen(environ: Mapping[str, str] = os.environ) -> str | None:
    """Why no window can be opened, in words; None when one can."""
    if not sys.platform.startswith("linux"):
        return None
    platform = environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if platform and platform != "xcb" and not platform.startswith("wayland"):
        return None
    if _wayland_socket(environ) is not None:
        return None
    display = environ.get("DISPLAY")
    if not display:
        return "neither DISPLAY nor WAYLAND_DISPLAY names one"
    if not _answers(display):
        return f"the display {display} does not answer"
    return None


def _wayland_socket(environ: Mapping[str, str]) -> Path | None:
    name = environ.get("WAYLAND_DISPLAY")
    if not name:
        return None
    socket = Path(environ.get("XDG_RUNTIME_DIR", "/run"), name)
    return socket if socket.is_socket() else None


def _answers(display: str) -> bool:
    """Whether an X server takes a connection at `display`; yes when that cannot be found out."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return True
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(os.fsencode(display), None))
    try:
        return not xcb.xcb_connection_has_error(connection)
    finally:
        xcb.xcb_disconnect(connection)

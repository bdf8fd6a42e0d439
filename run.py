#!/usr/bin/env python3
"""LayerLab from a fresh checkout: sets up what it needs, then starts the window or the tests.

Standard library alone, and no syntax newer than Python 3.6: a Python that is too old must get as
far as saying so.
"""

import contextlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

USAGE = """\
python3 run.py                      open the window (without a screen: train the example here)
python3 run.py test [PYTEST ARGS]   run the tests, on all processors (with -n 0: in one process)
python3 run.py -m MODULE [ARGS]     a tool of the checkout: tests.benchmarks, tests.screenshots
python3 run.py COMMAND [ARGS]       the command line: new, check, train, evaluate, predict...
python3 run.py COMMAND --help       help on one command
python3 run.py --help               this text

The first start makes an environment in .venv and installs the packages of requirements.lock into it
(2 to 10 minutes, 3 GB of disk). Every later start finds it ready. Deleting .venv starts anew."""

VERSIONS = ((3, 11), (3, 12), (3, 13))
DISK_NEEDED = 4 * 10**9  # bytes: the environment and, while it is made, the downloads

CHECKOUT = os.path.dirname(os.path.abspath(__file__))
LOCK = os.path.join(CHECKOUT, "requirements.lock")
ENVIRONMENT = os.path.join(CHECKOUT, ".venv")
STAMP = os.path.join(ENVIRONMENT, "layerlab-complete")
WINDOWS = os.name == "nt"

# What Qt loads from the system on Linux: shared library, Debian's package, where it is needed.
QT_LIBRARIES = (
    ("libglib-2.0.so.0", "libglib2.0-0", "always"),
    ("libgthread-2.0.so.0", "libglib2.0-0", "always"),
    ("libGL.so.1", "libgl1", "always"),
    ("libEGL.so.1", "libegl1", "always"),
    ("libxkbcommon.so.0", "libxkbcommon0", "always"),
    ("libfontconfig.so.1", "libfontconfig1", "always"),
    ("libdbus-1.so.3", "libdbus-1-3", "always"),
    ("libX11-xcb.so.1", "libx11-xcb1", "x11"),
    ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", "x11"),
    ("libxcb-cursor.so.0", "libxcb-cursor0", "x11"),
    ("libxcb-icccm.so.4", "libxcb-icccm4", "x11"),
    ("libxcb-keysyms.so.1", "libxcb-keysyms1", "x11"),
    ("libxcb-shape.so.0", "libxcb-shape0", "x11"),
    ("libwayland-client.so.0", "libwayland-client0", "wayland"),
    ("libwayland-cursor.so.0", "libwayland-cursor0", "wayland"),
    ("libwayland-egl.so.1", "libwayland-egl1", "wayland"),
)


class SetUpError(Exception):
    """What happened, what was expected and what to do: printed as it is."""


def main(arguments: "list[str]") -> int:
    if arguments[:1] in (["--help"], ["-h"]):
        print(USAGE)
        return 0
    try:
        if not is_ready():
            set_up()
        provide_qt_libraries(arguments, os.environ)
    except SetUpError as error:
        print(f"LayerLab cannot start. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. The next start takes up the set-up again.", file=sys.stderr)
        return 130
    return hand_over(arguments)


def hand_over(arguments: "list[str]") -> int:
    """Become the window, the command line or the tests (on Windows: start them and wait)."""
    environment = dict(os.environ, PYTHONPATH=CHECKOUT)
    environment.pop("PYTHONHOME", None)
    # -P: an app.py in the folder where one stands is not ours
    if arguments[:1] == ["test"]:
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.chdir(CHECKOUT)
        command = [environment_python(), "-P", "-m", "pytest"] + spread(arguments[1:])
    elif arguments[:1] == ["-m"]:
        os.chdir(CHECKOUT)
        command = [environment_python(), "-P"] + arguments
    else:
        command = [environment_python(), "-P", "-m", "app"] + arguments
    sys.stdout.flush()
    if not WINDOWS:
        os.execve(command[0], command, environment)
    import subprocess

    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                pass  # the child got it too, and says how it ends


def spread(arguments: "list[str]") -> "list[str]":
    """Arguments of pytest that use the processors there are, four at most, for each process takes
    2.3 GB of memory; unless a file is named: its tests stay in one process anyway.

    What the user says of `-n` comes later and wins.
    """
    if any(os.path.isfile(argument.partition("::")[0]) for argument in arguments):
        return arguments
    return ["-n", "auto", "--maxprocesses", "4"] + arguments


# ---------------------------------------------------------------- the environment


def environment_python() -> str:
    return os.path.join(ENVIRONMENT, *(["Scripts", "python.exe"] if WINDOWS else ["bin", "python"]))


def current_stamp() -> "str | None":
    """What the environment is made of, or None when there is none that could run.

    The lock file, the interpreter and the machine, and the time of the last change to the installed
    packages, so that a change by another tool is noticed.
    """
    import hashlib

    try:
        with open(LOCK, "rb") as file:
            lock = hashlib.sha256(file.read()).hexdigest()
        library = os.path.join(ENVIRONMENT, "Lib" if WINDOWS else "lib")
        if not WINDOWS:
            (version,) = (name for name in os.listdir(library) if name.startswith("python3."))
            library = os.path.join(library, version)
        changed = os.stat(os.path.join(library, "site-packages")).st_mtime_ns
        python = os.path.realpath(environment_python())
        os.stat(python)
    except (OSError, ValueError):
        return None
    machine = os.environ.get("PROCESSOR_ARCHITECTURE", "") if WINDOWS else os.uname().machine
    return "\n".join([lock, python, sys.platform, machine, str(changed)]) + "\n"


def written_stamp() -> "str | None":
    try:
        with open(STAMP, encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return None


def is_ready() -> bool:
    """Whether the environment was completed from this very lock file and is untouched since."""
    written = written_stamp()
    return written is not None and written == current_stamp()


def set_up() -> None:
    """Make or mend the environment. Raises SetUpError."""
    with one_at_a_time():
        if is_ready():  # another start did it meanwhile
            return
        mended = written_stamp() is not None and current_stamp() is not None and has_pip()
        if not mended:
            make_environment(find_python())
        install_packages(again=mended)
        stamp = current_stamp()
        if stamp is None:
            raise SetUpError(f"The environment in {ENVIRONMENT} vanished while it was made.")
        with open(STAMP, "w", encoding="utf-8") as file:
            file.write(stamp)


@contextlib.contextmanager
def one_at_a_time() -> "Iterator[None]":
    """Let a second start wait until the first has ended its set-up."""
    try:
        file = open(ENVIRONMENT + ".lock", "w")  # noqa: SIM115 (closed below)
    except OSError as error:
        raise SetUpError(
            f"The folder {CHECKOUT} cannot be written to ({error.strerror}), but the environment "
            "is made in it. Copy the checkout to a folder of your own and start it there."
        )
    with file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                try:
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
                except OSError:  # after ten seconds
                    say("Another start is setting up LayerLab; waiting for it.")
        else:
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is setting up LayerLab; waiting for it.")
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def has_pip() -> bool:
    import subprocess

    return not subprocess.call(
        [environment_python(), "-I", "-c", "import pip"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def make_environment(python: str) -> None:
    import shutil
    import subprocess

    free = shutil.disk_usage(CHECKOUT).free
    if free < DISK_NEEDED:
        raise SetUpError(
            f"There is {free / 1e9:.1f} GB of disk space left for {CHECKOUT}, but the packages "
            f"need {DISK_NEEDED / 1e9:.0f} GB. Free some, or move the checkout to a larger disk."
        )
    if output_of([python, "-I", "-c", "import ensurepip, venv"]) is None:
        version = output_of([python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
        install_debian_packages(
            [f"python{(version or '3').strip()}-venv"], f"{python} lacks the module venv"
        )
    say("Making an environment in .venv (about 10 seconds).")
    made = subprocess.Popen(
        [python, "-I", "-m", "venv", "--clear", ENVIRONMENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    output = made.communicate()[0]
    if made.returncode:
        raise SetUpError(
            f"{python} could not make the environment {ENVIRONMENT}:\n{output.strip()}\n"
            "Delete that folder and start again, or start run.py with another Python."
        )


def install_packages(again: bool) -> None:
    """Install what the lock file names, hashes checked. Raises SetUpError."""
    import subprocess

    with contextlib.suppress(OSError):
        os.remove(STAMP)  # not complete until it is written again
    with open(LOCK, encoding="utf-8") as file:
        count = sum("==" in line for line in file)
    say(
        f"Bringing the {count} packages up to date."
        if again
        else f"Installing {count} packages (about 800 MB to download; 2 to 10 minutes)."
    )
    environment = dict(os.environ, PIP_USER="0")
    environment.pop("PYTHONPATH", None)
    environment.pop("PYTHONHOME", None)
    options = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "--no-input"]
    options += ["--disable-pip-version-check", "--progress-bar", "off", "--retries", "3"]
    pip = subprocess.Popen(
        [environment_python(), "-m", "pip", "install"] + options + ["-r", LOCK],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env=environment,
    )
    lines, fetched = [], 0
    with pip:
        for line in pip.stdout or ():
            lines.append(line.rstrip())
            if line.startswith("Collecting "):
                fetched += 1
                name = line.split()[1].split("==")[0]
                if fetched % 10 == 1 or name in ("tensorflow", "pyside6-essentials"):
                    say(f"  {fetched} of {count}: {name}")
            elif line.startswith("Installing collected"):
                say("  all fetched; unpacking (1 to 3 minutes)")
    if pip.returncode:
        raise SetUpError(explain_pip("\n".join(lines)))


def explain_pip(output: str) -> str:
    """What the output of a failed pip means."""
    for signs, meaning in (
        (
            ("No space left on device", "Errno 28"),
            "The disk is full; the packages need about 4 GB. Free some space and start again.",
        ),
        (
            ("DO NOT MATCH THE HASHES",),
            "A package that was downloaded is not the one that requirements.lock names; nothing of "
            "it was installed. Start again; if it stays so, something between this machine and the "
            "package index changes files: ask whoever runs your network or your package mirror.",
        ),
        (
            ("NewConnectionError", "NameResolutionError", "ConnectTimeout", "ReadTimeout",
             "ProxyError", "SSLError", "Network is unreachable", "Connection refused",
             "name resolution", "IncompleteRead", "RemoteDisconnected", "ConnectionResetError"),
            "The packages could not be downloaded: the package index cannot be reached. Check the "
            "network (behind a proxy: set HTTPS_PROXY) and start again.",
        ),
        (
            ("No matching distribution", "not a supported wheel"),
            "The package index has nothing that fits. Either it cannot be reached: check the "
            "network and pip's settings. Or TensorFlow has no packages for this system: LayerLab "
            "runs with 64-bit Python 3.11 to 3.13 on Linux (x86-64, ARM64), macOS with an Apple "
            "processor, and Windows.",
        ),
    ):  # fmt: skip
        if any(sign in output for sign in signs):
            return f"{meaning}\npip's last words:\n{last_lines(output, 4)}"
    return f"pip could not install the packages. Its last words:\n{last_lines(output, 15)}"


def last_lines(text: str, count: int) -> str:
    return "\n".join("  " + line for line in text.strip().splitlines()[-count:])


# ---------------------------------------------------------------- the interpreter


def find_python() -> str:
    """A Python that LayerLab runs on: this one, else one that is on the path. Raises SetUpError."""
    if sys.version_info[:2] in VERSIONS and sys.maxsize > 2**32:
        return sys.executable
    this = "%d.%d.%d" % sys.version_info[:3]
    if sys.maxsize <= 2**32:
        this += ", 32 bit"
    for version in reversed(VERSIONS):
        name = "%d.%d" % version
        for command in (["py", "-" + name],) if WINDOWS else (["python" + name],):
            found = output_of(command + ["-c", PROBE])
            if found is not None and found.splitlines()[:1] == [name]:
                python = found.splitlines()[1]
                say(f"This is Python {this}; LayerLab goes on with {python} (Python {name}).")
                return python
    wanted = "3.12"
    if WINDOWS:
        how = f"Install it (winget install Python.Python.{wanted}), then: py -{wanted} run.py"
    elif sys.platform == "darwin":
        how = f"Install it (brew install python@{wanted}), then: python{wanted} run.py"
    else:
        how = (
            f"Install it (Debian, Ubuntu: sudo apt-get install python{wanted} python{wanted}-venv, "
            f"or 3.11 or 3.13, whichever your release has), then: python{wanted} run.py"
        )
    raise SetUpError(
        f"It needs 64-bit Python 3.11, 3.12 or 3.13; this is Python {this} ({sys.executable}), and "
        f"no other was found. {how}"
    )


PROBE = (
    "import sys; print('%d.%d' % sys.version_info[:2] if sys.maxsize > 2**32 else '32 bit');"
    "print(sys.executable)"
)


def output_of(command: "list[str]") -> "str | None":
    """What a command prints, or None when it is not there or fails."""
    import subprocess

    try:
        return subprocess.check_output(
            command, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, universal_newlines=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None


# ---------------------------------------------------------------- the system's libraries


def places_of_qt(arguments: "list[str]", environ: "Mapping[str, str]") -> "set[str]":
    """Where Qt will be asked to draw, as named in QT_LIBRARIES; empty when it is not needed."""
    if arguments[:1] in (["test"], ["-m"]):
        return {"always"}
    if arguments:
        return set()
    platform = environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if platform and platform != "xcb" and not platform.startswith("wayland"):
        return {"always"}
    display, wayland = environ.get("DISPLAY"), environ.get("WAYLAND_DISPLAY")
    if wayland and (not display or environ.get("XDG_SESSION_TYPE") == "wayland"):
        return {"always", "wayland"}
    return {"always", "x11"} if display else set()


def missing_qt_libraries(places: "set[str]") -> "list[tuple[str, str]]":
    """The shared libraries that cannot be loaded, each with Debian's package of it."""
    if not places:
        return []
    import ctypes

    missing = []
    for library, package, place in QT_LIBRARIES:
        if place in places:
            try:
                ctypes.CDLL(library)
            except OSError:
                missing.append((library, package))
    return missing


def provide_qt_libraries(arguments: "list[str]", environ: "Mapping[str, str]") -> None:
    """Install the libraries that Qt lacks where that is allowed. Raises SetUpError."""
    if not sys.platform.startswith("linux"):
        return
    places = places_of_qt(arguments, environ)
    missing = missing_qt_libraries(places)
    if not missing:
        return
    names = ", ".join(library for library, _ in missing)
    install_debian_packages(
        sorted({package for _, package in missing}), f"Qt needs the system libraries {names}"
    )
    missing = missing_qt_libraries(places)
    if missing:
        raise SetUpError(
            "Qt still lacks the system libraries "
            + ", ".join(library for library, _ in missing)
            + "."
        )


def install_debian_packages(packages: "list[str]", reason: str) -> None:
    """Install with apt-get, as root on Debian and its kin; else SetUpError names the command."""
    import shutil
    import subprocess

    if not os.path.exists("/etc/debian_version") or not shutil.which("apt-get"):
        raise SetUpError(
            f"{reason}. Install what your system calls the Debian packages {' '.join(packages)}, "
            "then start again."
        )
    command = ["apt-get", "install", "-y", "--no-install-recommends"] + packages
    if os.geteuid() != 0:
        raise SetUpError(f"{reason}. Install it, then start again:\n  sudo {' '.join(command)}")
    say(f"{reason}. Installing {' '.join(packages)} with apt-get (about a minute).")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for attempt in (command, ["apt-get", "update"], command):
        done = subprocess.Popen(
            attempt,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            env=environment,
        )
        output = done.communicate()[0]
        if attempt is command and not done.returncode:
            return
    raise SetUpError(
        f"{reason}, and apt-get could not install it:\n{last_lines(output, 6)}\n"
        f"Install it by hand, then start again:\n  {' '.join(command)}"
    )


def say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

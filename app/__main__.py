"""The program: without arguments or with a file the window, with a subcommand the command line."""

import sys
from pathlib import Path

from app.screen import why_no_screen

OPENED = (".layerlab", ".keras", ".csv")
"""Files that the window opens when they are given alone."""


def main(arguments: list[str] | None = None) -> int:
    """Run LayerLab with `arguments` (by default those of the process); the exit code."""
    if arguments is None:
        arguments = sys.argv[1:]
    if arguments and not _names_file(arguments):
        from app.cli.main import main as run_command

        return run_command(arguments)
    reason = why_no_screen()
    if reason is None:
        from app.ui.application import run as run_window

        return run_window(arguments)
    if arguments:
        print(f"There is no screen for the window ({reason}).", file=sys.stderr)
        print(f"Try `layerlab check {arguments[0]}`, or `layerlab --help`.", file=sys.stderr)
        return 1
    from app.cli.main import main as run_command

    print(f"There is no screen for the window ({reason}): training the example project here.")
    print("With `layerlab --help` you see what else the command line does.", flush=True)
    return run_command(["example"])


def _names_file(arguments: list[str]) -> bool:
    """Whether a file was double-clicked, rather than a subcommand given."""
    return len(arguments) == 1 and Path(arguments[0]).suffix.lower() in OPENED


if __name__ == "__main__":
    sys.exit(main())

"""The program: without arguments the window, with a subcommand the command line."""

import sys

from app.screen import why_no_screen


def main(arguments: list[str] | None = None) -> int:
    """Run LayerLab with `arguments` (by default those of the process); the exit code."""
    if arguments is None:
        arguments = sys.argv[1:]
    if arguments:
        from app.cli.main import main as run_command

        return run_command(arguments)
    reason = why_no_screen()
    if reason is None:
        from app.ui.application import run as run_window

        return run_window([])
    from app.cli.main import main as run_command

    print(f"There is no screen for the window ({reason}): training the example project here.")
    print("With `layerlab --help` you see what else the command line does.", flush=True)
    return run_command(["example"])


if __name__ == "__main__":
    sys.exit(main())

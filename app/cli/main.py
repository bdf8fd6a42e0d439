"""`layerlab COMMAND`: from the words typed to an exit code."""

import importlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from app.cli.console import complain, explain, settle_streams
from app.cli.interruption import EXIT_INTERRUPTED
from app.cli.parser import build_parser
from app.core.explained_error import ExplainedError
from app.core.short_names import shortened

logger = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Do what `argv` (without the program's name) asks for.

    Returns:
        0; 1 after an error, which is told on the standard error output; 2 for wrong usage; 130 when
        interrupted before anything was done.
    """
    settle_streams()
    try:
        arguments = build_parser().parse_args(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2
    with _log_to_file() as log:
        try:
            # Each command brings what it needs, and none waits for what another needs.
            command = importlib.import_module(f"app.cli.{arguments.command}")
            code: int = command.run(arguments)
            return code
        except ExplainedError as error:
            logger.info("%s failed", arguments.command, exc_info=True)
            details = getattr(error, "details", "")
            explain(error.happened, error.expected, error.how_to_fix, details)
        except KeyboardInterrupt:
            complain("Interrupted.")
            return EXIT_INTERRUPTED
        except MemoryError:
            logger.exception("%s failed", arguments.command)
            explain(
                f"The memory of this computer did not suffice for layerlab {arguments.command}.",
                "Data, network and one batch must fit into it.",
                "Close other programs, or choose a smaller network, batch or data set.",
            )
        except Exception as error:
            logger.exception("%s failed", arguments.command)
            explain(
                f"layerlab {arguments.command} met an error that was not foreseen: "
                f"{type(error).__name__}: {shortened(error, 300)}",
                "None was expected here; files that were there are unharmed.",
                f"Please report it with the end of {log}." if log else "Please report it.",
            )
    return 1


class _QuietHandler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A log that cannot be written is no reason to say anything."""


@contextmanager
def _log_to_file() -> Iterator[Path | None]:
    """Lead all log records to the program's log file; gives its path, None where there is none."""
    from platformdirs import user_log_path

    root, ours = logging.getLogger(), logging.getLogger("app")
    path: Path | None = None
    handler: logging.Handler
    try:
        path = user_log_path("LayerLab", "LayerLab", ensure_exists=True) / "layerlab.log"
        handler = _QuietHandler(
            path, maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.NullHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    before = ours.level
    root.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield path
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)
        handler.close()

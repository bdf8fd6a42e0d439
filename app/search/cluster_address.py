"""Where a cluster is, and how one talks to it in secret; nothing here loads `distributed`."""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.explained_error import ExplainedError
from app.core.short_names import quoted, shortened

SCHEDULER_PORT = 8786
"""That of a Dask scheduler where nothing else is said."""
_CONFIGURED = "or in the configuration of Dask (distributed.comm.tls), which the window reads too"


class ClusterError(ExplainedError):
    """A cluster cannot be used, or not any more."""


@dataclass(frozen=True)
class TlsFiles:
    """PEM files for connections by TLS; None: what the configuration of Dask names.

    Attributes:
        ca: certificates of those who vouch for the others.
        certificate: one's own.
        key: to one's own certificate; None: it stands in the same file.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def __bool__(self) -> bool:
        return any((self.ca, self.certificate, self.key))


def checked_address(text: str, tls: TlsFiles) -> str:
    """The address of a scheduler with scheme and port.

    Raises:
        ClusterError: `text` is no such address, or does not go with `tls`, or a file of it is not
            there.
    """
    bare = text.strip()
    try:
        parts = urlsplit(bare if "://" in bare else f"tcp://{bare}")
        host, port = parts.hostname, parts.port or SCHEDULER_PORT
    except ValueError:  # a port that is none
        host, port, parts = None, 0, urlsplit("")
    odd = parts.path or parts.query or parts.fragment or parts.username
    if parts.scheme not in ("tcp", "tls") or not host or odd or not bare.isprintable():
        raise ClusterError(
            f"{quoted(text, 100)} is not the address of a scheduler.",
            f"tcp://HOST:PORT, or tls://HOST:PORT; the port is {SCHEDULER_PORT} where none is "
            "given.",
            "Take the address that `dask scheduler` shows when it starts.",
        )
    if tls and parts.scheme != "tls":
        raise ClusterError(
            f"TLS was asked for, but {shortened(text, 100)} is not encrypted.",
            "An address that begins with tls://, of a scheduler that was started with TLS.",
            f"Write tls://{host}:{port}, or leave the TLS options out.",
        )
    for path in (tls.ca, tls.certificate, tls.key):
        if path is not None and not path.is_file():
            raise ClusterError(
                f"There is no file {shortened(path, 300)}.",
                "A PEM file for TLS.",
                "Correct its name.",
            )
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}:{port}"


def require_tls(address: str, security: Any, role: str) -> None:
    """Raises ClusterError where `security`, of `distributed`, has not what `address` asks of a
    "client" or a "worker", or what it has cannot be read.
    """
    if not address.startswith("tls://"):
        return
    try:
        context = security.get_connection_args(role).get("ssl_context")
    except (OSError, ValueError) as error:
        why = f"the files for TLS cannot be used: {first_line(error)}"
    else:
        if context is not None:
            return
        why = "no files for TLS were named"
    raise ClusterError(
        f"{address} cannot be reached: {why}.",
        "The certificates of who vouches for the others, a certificate of this side, and its key, "
        "as PEM files.",
        f"Name them by --tls-ca-file, --tls-cert and --tls-key, {_CONFIGURED}.",
    )


def no_answer(address: str, error: BaseException, expected: str) -> ClusterError:
    """Why no connection to the scheduler at `address` came about, from what `distributed` raised.

    Args:
        expected: in place of a scheduler that is not there at all.
    """
    causes = list(_causes(error))
    unknown = next((c for c in causes if isinstance(c, ssl.SSLCertVerificationError)), None)
    refused = next((c for c in causes if isinstance(c, ssl.SSLError)), None)
    ended = next((c for c in causes if isinstance(c, ConnectionResetError)), None)
    if unknown is not None:
        return ClusterError(
            f"Nobody vouches for the certificate of the scheduler {address}: "
            f"{unknown.verify_message or unknown.reason}.",
            "A certificate that was signed by one of those in the file of --tls-ca-file.",
            f"Name their certificates by --tls-ca-file, {_CONFIGURED}.",
        )
    if refused is not None or (ended is not None and address.startswith("tls://")):
        return ClusterError(
            f"The scheduler {address} does not trust the certificate of this side: "
            f"{first_line(refused or ended or error)}.",
            "A certificate that was signed by one of those whom the scheduler trusts, and its key.",
            f"Name them by --tls-cert and --tls-key, {_CONFIGURED}.",
        )
    if ended is not None:
        return ClusterError(
            f"Who answers at {address} ends the connection: {first_line(ended)}.",
            "A Dask scheduler without TLS.",
            f"If it was started with TLS, write {address.replace('tcp:', 'tls:')} and name the "
            "files for it by --tls-ca-file, --tls-cert and --tls-key, or correct the address.",
        )
    return ClusterError(
        f"No scheduler answers at {address}: {first_line(error)}.",
        expected,
        "Start one by `dask scheduler`, or correct the address.",
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def first_line(error: BaseException) -> str:
    """What an error says, without the objects at which it happened, and without a full stop."""
    said = (str(error).splitlines() or [""])[0]
    words = re.sub(r"^in <.*>: ", "", said).rstrip(". ")
    return shortened(words or type(error).__name__, 300)

"""`layerlab worker`: lend this computer to the searches of a cluster."""

import argparse

from app.cli.console import note, say
from app.search.cluster_address import TlsFiles, checked_address


def run(arguments: argparse.Namespace) -> int:
    """0 when it was sent away, interrupted, or its scheduler has gone; 1 when there was none."""
    from app.search.cluster_worker import serve_cluster

    tls = tls_files(arguments)
    address = checked_address(arguments.address, tls)
    if not address.startswith("tls://"):
        note(
            "without TLS whoever reaches the scheduler can have anything executed here; do this "
            "only in a network that you trust."
        )
    serve_cluster(address, arguments.death_timeout, tls, say)
    return 0


def tls_files(arguments: argparse.Namespace) -> TlsFiles:
    """What the options of `--tls-...` name."""
    return TlsFiles(arguments.tls_ca_file, arguments.tls_cert, arguments.tls_key)

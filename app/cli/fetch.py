"""`layerlab fetch`: a public data set into Keras's cache, for later or for a computer offline."""

import argparse

from app.cli.console import say
from app.cli.loading_progress import loading
from app.core.dataset_catalog import DATASETS_BY_NAME
from app.core.explained_error import ExplainedError
from app.core.public_datasets import PUBLIC_FILES, datasets_folder
from app.core.short_names import quoted


def run(arguments: argparse.Namespace) -> int:
    name: str = arguments.name
    if name not in PUBLIC_FILES:
        raise ExplainedError(
            f"{quoted(name)} is made on this computer, and need not be fetched."
            if name in DATASETS_BY_NAME
            else f"There is no public data set {quoted(name)}.",
            f"Public data sets: {', '.join(PUBLIC_FILES)}.",
            "Choose one of these.",
        )
    from app.data.public_sets import fetch_public

    with loading() as (stop, tell):
        fetched = fetch_public(name, stop, tell, again=arguments.again)
    for path in fetched:
        say(f"Fetched {path}")
    if not fetched:
        say(f"{DATASETS_BY_NAME[name].label} is in {datasets_folder()} already.")
    return 0

"""Large models of others, measured: `python -m tests.benchmarks.applications [--full] [NAME ...]`.

Networks of `keras.applications` with random weights: seconds to check, load and make a network of
the file, to build it again and to save it, and how far the predictions are from those before.
`--full` opens a thousand random networks as well. Nothing here fails; it prints.
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from app.core.layer_kinds.closed import CLOSED_KIND

NAMES = ("MobileNetV2", "ResNet50", "EfficientNetB0", "DenseNet121")
RANDOM_NETWORKS = 1000


def measure(name: str, folder: Path) -> dict[str, Any]:
    """What opening, building and saving of a network of `keras.applications` takes."""
    import keras

    from app.modeling.build import build_model
    from app.modeling.model_files import open_model_file, save_model_file
    from app.modeling.network_from_model import (
        network_from_model,
        set_weights_by_layer,
        weights_by_layer,
    )

    keras.utils.set_random_seed(1)
    path = folder / f"{name}.keras"
    getattr(keras.applications, name)(weights=None).save(path)
    times = [time.perf_counter()]

    def lap() -> None:
        times.append(time.perf_counter())

    opened = open_model_file(path, compiled=False)
    lap()
    network, shape = network_from_model(opened)
    weights = weights_by_layer(opened)
    lap()
    built = build_model(network, shape, seed=2)
    set_weights_by_layer(built, weights)
    lap()
    again = folder / f"{name} again.keras"
    save_model_file(built, again)
    lap()
    x = np.random.default_rng(0).random((4, *shape)).astype("float32")
    expected = np.asarray(opened(x, training=False))
    received = np.asarray(keras.saving.load_model(again, compile=False)(x, training=False))
    seconds = np.diff(times)
    closed = Counter(
        str(layer.options["class_name"]) for layer in network.layers if layer.kind == CLOSED_KIND
    )
    return {
        "layers": len(network.layers),
        "open": seconds[0] + seconds[1],
        "build": seconds[2],
        "save": seconds[3],
        "difference": float(np.abs(received - expected).max()),
        "closed": dict(closed),
    }


def open_random_networks(folder: Path) -> int:
    """How many of `RANDOM_NETWORKS` networks do not come back from their file as they were."""
    import keras

    from app.modeling.build import build_model
    from app.modeling.model_files import save_model_file
    from app.modeling.network_from_model import network_from_model
    from tests.keras.random_networks import random_network

    changed = 0
    for number in range(RANDOM_NETWORKS):
        network, shape = random_network(number)
        path = folder / "random.keras"
        save_model_file(build_model(network, shape, seed=number), path)
        back, _ = network_from_model(keras.saving.load_model(path, compile=False))
        kinds = [{layer.id: layer.kind for layer in one.layers} for one in (network, back)]
        changed += kinds[0] != kinds[1] or set(network.links) != set(back.links)
    return changed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=NAMES)
    parser.add_argument("--full", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names:
            print(f"{name}:", *(_told(*item) for item in measure(name, Path(folder)).items()))
        if arguments.full:
            print(f"random networks changed: {open_random_networks(Path(folder))}")


def _told(name: str, value: object) -> str:
    return f"{name} {value:.2f} s" if name in ("open", "build", "save") else f"{name} {value}"


if __name__ == "__main__":
    main()

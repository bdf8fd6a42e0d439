"""What a large network costs, measured: `python -m tests.benchmarks.canvas [--blocks 43]`.

A residual network of 7 layers a block is edited, resolved, placed, shown, moved and zoomed;
offscreen, in one process. Times are medians and worsts in ms of CPU time. Nothing here fails; it
prints.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.core.dataset_catalog import summary_of
from app.core.network import with_option
from app.core.project import Project
from app.core.resolve import resolve
from app.ui.canvas import layout
from app.ui.canvas.network_canvas import NetworkCanvas
from app.ui.theme import apply_theme
from app.ui.tokens import LIGHT
from tests import topologies
from tests.topologies import residual_project

LOSS = "sparse categorical cross-entropy"


def timed(work: Callable[[], object]) -> float:
    """CPU time of `work` in ms."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def report(what: str, times: Iterable[float]) -> None:
    times = list(times)
    print(f"{what:44} {statistics.median(times):7.2f} {max(times):7.2f}  (of {len(times)})")


def edits(project: Project, count: int) -> list[Project]:
    """`project` after one edit each of a layer near the beginning."""
    name = next(layer.id for layer in project.network.layers if layer.kind == "Conv2D")
    found = []
    for filters in range(17, 17 + count):
        network = with_option(project.network, name, "filters", filters)
        found.append(project.model_copy(update={"network": network}))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=43)
    app = QApplication([])
    apply_theme(app, LIGHT)
    project = residual_project(parser.parse_args().blocks)
    summary = summary_of(project.data)
    print(f"{len(project.network.layers)} layers, {len(project.network.links)} links")
    print(f"{'ms of CPU':44}  median   worst")

    report("resolve, for the first time", [timed(lambda: resolve(project, summary))])
    edited = edits(project, 20)
    report("resolve, one option edited", [timed(partial(resolve, p, summary)) for p in edited])

    for name in ("residual", "dense", "squeeze_excite", "inception", "ladder"):
        names, edges = getattr(topologies, name)()

        def place(names: Sequence[str], edges: Sequence[layout.Edge]) -> None:
            layout.forget()
            layout.place_network(names, edges, width=913)

        laid = [timed(partial(place, names, edges)) for _ in range(5)]
        report(f"layout of {name}, {len(names)} cards", laid)

    names = [layer.id for layer in project.network.layers]
    links = [(link.source, link.target, link.port) for link in project.network.links]
    put = dict(layout.place_network(names, links, width=913).places)

    def route(step: int) -> None:
        put[names[9]] = (40.0 * step, 60.0)
        layout.place_network(names, links, width=913, places=put)

    report(
        "ways between cards put by hand, one moved", [timed(partial(route, n)) for n in range(5)]
    )

    canvas = NetworkCanvas()
    canvas.resize(927, 640)
    canvas.show()
    resolved = resolve(project, summary)
    report("show_network, for the first time", [timed(lambda: canvas.show_network(resolved, LOSS))])
    shown = [resolve(p, summary) for p in edited]
    report(
        "show_network, one option edited",
        [timed(partial(canvas.show_network, r, LOSS)) for r in shown],
    )
    app.processEvents()

    def frames(move: Callable[[int], None], count: int = 30) -> list[float]:
        def frame(step: int) -> None:
            move(step)
            canvas.viewport().repaint()
            app.processEvents()

        frame(0)
        return [timed(partial(frame, n)) for n in range(1, count + 1)]

    bar = canvas.verticalScrollBar()
    for zoom in (1.0, 0.5, 0.25, 0.1):
        canvas.set_zoom(zoom)
        report(f"a frame of panning at {zoom:.0%}", frames(lambda n: bar.setValue(17 * n)))
    canvas.set_zoom(1.0)
    report("a frame of zooming out", frames(lambda n: canvas.set_zoom(1.0 / 1.07**n)))
    report("a frame of zooming in", frames(lambda n: canvas.set_zoom(0.13 * 1.07**n)))
    canvas.set_zoom(0.5)
    middle = canvas.viewport().rect().center()
    points = [middle.__class__(20 + 29 * n, 20 + 19 * n) for n in range(30)]
    report("what is under the pointer", [timed(partial(canvas._hover, p)) for p in points])


if __name__ == "__main__":
    main()

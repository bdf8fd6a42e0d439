"""Samples behind a layer as points that can be drawn: places, marks, and what is said of each."""

import numpy as np

from app.data.prepared import PreparedData
from app.diagnostics.layer_outputs import PARTS, LayerOutputs, SeenSamples
from app.diagnostics.readings import PROBABILITIES
from app.ui.plots.axis import nice_range
from app.ui.plots.projection_plot import GOLDEN_RATIO, Cloud


def cloud_of(
    answer: LayerOutputs,
    data: PreparedData,
    places: np.ndarray,
    title: str,
    names: tuple[str, str],
    ticks: tuple[bool, bool] = (True, True),
    across: tuple[float, float] | None = None,
) -> Cloud:
    """The samples of `answer` at `places` (samples, 2)."""
    verdicts = answer.verdicts
    y = targets_of(answer, data)
    parts = [PARTS[number] for number in answer.parts.tolist()]
    numbers = (answer.rows + 1).tolist()
    hollow = answer.parts == 1
    if verdicts.classes is None:
        targets = y.reshape(len(y), -1)[:, 0].astype(float)
        said = verdicts.values.reshape(len(y), -1)[:, 0].tolist()
        return Cloud(
            title,
            names,
            places,
            hollow,
            targets=targets,
            target_range=target_range(targets),
            spoken=list(zip(parts, numbers, targets.tolist(), said, strict=True)),
            headers=("part", "sample", "target", "network says"),
            ticks=ticks,
            across=across,
        )
    assert verdicts.confidence is not None
    classes, known = y.reshape(len(y)).astype(np.int64), data.summary.class_names
    most = max(int(classes.max()), int(verdicts.classes.max())) + 1
    named = [known[n] if n < len(known) else f"class {n}" for n in range(most)]
    true_names = [named[number] for number in classes.tolist()]
    said_names = [named[number] for number in verdicts.classes.tolist()]
    shares = verdicts.confidence.tolist()
    return Cloud(
        title,
        names,
        places,
        hollow,
        classes=classes,
        class_names=known,
        spoken=list(zip(parts, numbers, true_names, said_names, shares, strict=True)),
        headers=("part", "sample", "class", "network says", "with"),
        ticks=ticks,
        across=across,
    )


def components_cloud(
    answer: LayerOutputs, data: PreparedData, seen: SeenSamples, scores: np.ndarray
) -> Cloud:
    """Along the first two components; a single number is itself the axis, and spread out up."""
    title = f"Principal components of {seen.layer_id or 'the input'}"
    if seen.number is not None:
        # Multiples of the golden ratio: neighbours in the order lie far apart.
        spread = np.arange(len(scores)) * GOLDEN_RATIO % 1.0
        places = np.stack([seen.number, spread], axis=1)
        name, ends = _number_name(answer, data, seen.number, seen.layer_id)
        names = (name, "spread out so that dots do not cover each other")
        title = f"Output of {seen.layer_id}" if seen.layer_id else "The input"
        return cloud_of(answer, data, places, title, names, (True, False), ends)
    first, second = (f"{share:.0%}" for share in seen.shares[:2].tolist())
    names = (f"component 1 ({first})", f"component 2 ({second})")
    return cloud_of(answer, data, scores[:, :2], title, names)


def _number_name(
    answer: LayerOutputs, data: PreparedData, number: np.ndarray, layer_id: str
) -> tuple[str, tuple[float, float] | None]:
    """What a layer's single number is called, and the ends of its axis where they are known."""
    said, names = answer.verdicts, data.summary.class_names
    if said.classes is not None and said.reading in PROBABILITIES and said.values.shape[-1] == 1:
        if np.array_equal(said.values.reshape(-1), number.astype(np.float32)):
            name = names[1] if len(names) > 1 else "class 1"
            return f"probability of {name}", (0.0, 1.0)
    return f"output of {layer_id}" if layer_id else "the input", None


def targets_of(answer: LayerOutputs, data: PreparedData) -> np.ndarray:
    """(samples, ...): classes or targets of the samples."""
    return np.concatenate(
        [data.part(name).y[answer.rows[answer.parts == n]] for n, name in enumerate(PARTS)]
    )


def target_range(targets: np.ndarray) -> tuple[float, float]:
    """The ends of the colour scale."""
    return nice_range(float(targets.min()), float(targets.max()))


def same_samples(one: LayerOutputs, other: LayerOutputs) -> bool:
    return np.array_equal(one.rows, other.rows) and np.array_equal(one.parts, other.parts)

"""What a network says of samples, as the lines of a table."""

from collections.abc import Iterator, Sequence

import numpy as np

from app.core.data_summary import DataSummary
from app.core.explained_error import ExplainedError
from app.core.loss_catalog import Reading
from app.diagnostics.readings import PROBABILITIES, read_outputs


def prediction_lines(
    outputs: np.ndarray, reading: Reading, summary: DataSummary, names: Sequence[str] = ()
) -> Iterator[list[object]]:
    """The rows of the table, names first; a sample has its number in the file, from 1, a picture
    its name.

    Classes: `predicted_class`, then for each class `probability_NAME` (`score_NAME` where the loss
    makes no probabilities of the outputs). Numbers: `predicted_NAME` for each target.

    Args:
        outputs: (samples, outputs) of the network.
        reading: what they say.
        names: of the samples, or empty.
    """
    samples = names or range(1, len(outputs) + 1)
    if summary.task == "regression":
        yield ["sample", *(f"predicted_{name}" for name in summary.target_names)]
        for sample, row in zip(samples, outputs, strict=True):
            yield [sample, *map(_text, row)]
        return
    verdicts = read_outputs(outputs, reading, summary.task)
    assert verdicts.classes is not None
    values = verdicts.values
    if values.shape[-1] == 1:
        values = np.concatenate([np.float32(1) - values, values], axis=-1)
    what = "probability" if reading in PROBABILITIES else "score"
    yield ["sample", "predicted_class", *(f"{what}_{name}" for name in summary.class_names)]
    for sample, chosen, row in zip(samples, verdicts.classes, values, strict=True):
        yield [sample, summary.class_names[chosen], *map(_text, row)]


def require_finite(outputs: np.ndarray) -> None:
    """Raises:
    ExplainedError: an output of (samples, ...) is not a finite number.
    """
    bad = ~np.isfinite(outputs).all(axis=tuple(range(1, outputs.ndim)))
    if bad.any():
        raise ExplainedError(
            f"The model's output for sample {int(np.argmax(bad)) + 1} is not a finite number.",
            "A model whose weights and outputs are finite.",
            "Train it anew, with a smaller learning rate or standardized inputs.",
        )


def _text(value: np.float32) -> str:
    """The shortest text that means this number and no other in 32 bits."""
    return str(value)

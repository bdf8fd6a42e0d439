"""Which layers of the run on show a view can look into."""

from app.core.network import INPUT_KIND
from app.core.resolved_project import ResolvedLayer
from app.core.shape_inference import infer_network
from app.ui.inside.looking import Looking


def layers_of_run(looking: Looking) -> tuple[ResolvedLayer, ...]:
    """The layers of the network of the run, in an order in which data pass them, with their
    shapes; the input left out.
    """
    network, data = looking.network, looking.data
    if network is None:
        return ()
    shape = data.summary.input_shape if data is not None else None
    layers, _ = infer_network(network, shape)
    return tuple(entry for entry in layers if entry.layer.kind != INPUT_KIND)


def epoch_words(looking: Looking) -> str:
    """Which weights are looked at, and how well the network did with them: "epoch 12, validation
    accuracy 0.98"; how well it did is not known within an epoch.
    """
    return looking.within_epoch or _words_of(looking, looking.shown_epoch)


def now_words(looking: Looking) -> str:
    """The same of the weights of now, whatever is looked at."""
    return looking.within_now or _words_of(looking, looking.epoch_now)


def _words_of(looking: Looking, epoch: int) -> str:
    if epoch == 0:
        return "initial weights"
    words, record = f"epoch {epoch:,}", looking.record
    row = next((row for row in record.rows if row.epoch == epoch), None) if record else None
    if row is None:
        return words
    metrics = dict(row.metrics)
    names = [name for name in metrics if name.startswith("val_") and name != "val_loss"]
    name = next(iter((*names, *(n for n in ("val_loss", "loss") if n in metrics))), None)
    if name is None:
        return words
    value = metrics[name]
    part = "validation " if name.startswith("val_") else "training "
    spoken = name.removeprefix("val_").replace("_", " ")
    return f"{words}, {part}{spoken} {value:.3g}" if isinstance(value, float) else words

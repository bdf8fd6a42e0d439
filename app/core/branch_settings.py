"""Which settings a branch of a run may have of its own, and which not."""

from app.core.project import OptimizerSettings, Project
from app.core.transfer import forget_weights

OPTIONS = "options of the optimizer"

_FIXED = {
    "loss": "loss",
    "loss_options": "loss",
    "metrics": "metrics",
    "precision": "precision",
    "device": "device",
}


def differences(run: Project, wanted: Project) -> tuple[str, ...]:
    """What of `wanted`, data aside, keeps a branch of `run` from training with it, in words: the
    network, the loss, the optimizer and the like. Learning rate and schedule, batch size, order of
    the samples, epochs, early stopping and the seed may differ.
    """
    before, now = run.training, wanted.training
    changed = [word for name, word in _FIXED.items() if getattr(before, name) != getattr(now, name)]
    if forget_weights(run).network != forget_weights(wanted).network:
        changed.insert(0, "network")
    if before.optimizer.kind != now.optimizer.kind:
        changed.append("optimizer")
    elif _besides_rate(before.optimizer) != _besides_rate(now.optimizer):
        changed.append(OPTIONS)
    return tuple(dict.fromkeys(changed))


def differ(words: tuple[str, ...]) -> str:
    """The sentence that these are others: "The network and the loss are not ..."."""
    what = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
    plural = len(words) > 1 or words[0] in ("data", "metrics", OPTIONS)
    return f"The {what} {'are' if plural else 'is'} not what this run was trained with."


def _besides_rate(optimizer: OptimizerSettings) -> dict[str, object]:
    return {name: value for name, value in optimizer.options.items() if name != "learning_rate"}

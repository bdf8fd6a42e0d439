"""The end of a training in words for the screen."""

from app.core.number_words import counted
from app.training.events import Divergence, StopReason


def ending_sentence(
    reason: StopReason,
    *,
    epoch: int,
    steps: int,
    steps_per_epoch: int,
    best_epoch: int,
    waited: int,
    monitor: str,
    restored: bool,
    divergence: Divergence | None,
) -> str:
    """Why the training ended and which weights the model has now.

    Args:
        epoch: epochs complete; `steps` of `steps_per_epoch` steps are done of the one after.
        best_epoch: the epoch with the best `monitor`, 0 where nothing chooses one; `waited` epochs
            were no better since.
    """
    back = f"; the weights of epoch {best_epoch} are back" if restored else ""
    if reason == "early_stopping":
        kept = back or "; the weights are those of the last epoch"
        since = f"{monitor} has not improved for {counted(waited, 'epoch')}"
        return f"Stopped at epoch {epoch}: {since}{kept}."
    if reason == "stopped":
        within = f" and {counted(steps, 'step')} of {steps_per_epoch}" if steps else ""
        best = f" The best was epoch {best_epoch} by {monitor}." if best_epoch else ""
        done = f"{counted(epoch, 'epoch')}{within}"
        return f"Stopped by you after {done}; the weights are as they were then.{best}"
    if reason == "diverged" and divergence is not None:
        whose = f" of {divergence.layer_id}" if divergence.layer_id else ""
        verb = "were" if divergence.what in ("weights", "data") else "was"
        return (
            f"Stopped in epoch {divergence.epoch} at step {divergence.step}: "
            f"the {divergence.what}{whose} {verb} not finite. "
            f"The last good weights are kept. {divergence.how_to_fix}"
        )
    if best_epoch == epoch:
        return f"Finished after {counted(epoch, 'epoch')}; the last is the best by {monitor}."
    last = f"; the best was epoch {best_epoch} by {monitor}, the weights are those of the last"
    best = back or (last if best_epoch else "")
    return f"Finished after {counted(epoch, 'epoch')}{best}."

"""What a loss surface says, and how it was worked out, in sentences."""

from collections.abc import Sequence

from app.diagnostics.loss_surface import LossSurface
from app.ui.plots.axis import value_text

ENOUGH = 0.8
"""From this share of the variance the map is said to tell what happened."""
HOW = "Close contours are steep slopes; wide ones a plain where steps are short."


def surface_words(surface: LossSurface, left_out: Sequence[str] = (), *, cut_off: bool) -> str:
    """A few short paragraphs.

    Args:
        left_out: contestants that have a surface of their own.
        cut_off: whether the loss is not finite somewhere on the map.
    """
    paragraphs = [_ways(surface), HOW, _honesty(surface), _loss(surface)]
    if cut_off:
        paragraphs.append("Hatched: there the loss is too large to be a number.")
    if left_out:
        names = ", ".join(left_out)
        paragraphs.append(f"Not on this map: {names}. Another network has another surface.")
    return "\n\n".join(filter(None, paragraphs))


def _ways(surface: LossSurface) -> str:
    """From which loss each path came to which."""
    lines = []
    for label, path, own in zip(surface.labels, surface.paths, surface.own, strict=True):
        if len(own) == len(path.epochs):
            first = "start" if path.epochs[0] == 0 else f"epoch {path.epochs[0]:,}"
            lines.append(
                f"{label[:1].upper()}{label[1:]}: loss {value_text(float(own[0]))} at the {first}, "
                f"{value_text(float(own[-1]))} after epoch {path.epochs[-1]:,}."
            )
    return "\n".join(lines)


def _honesty(surface: LossSurface) -> str:
    both = float(surface.plane.shares.sum())
    text = f"The two directions hold {both:.0%} of the variance of the points"
    if both >= ENOUGH:
        text += ": nearly all that happened is on this map."
    else:
        text += ": much happened beside this plane, so points of a path may be lower or higher."
    if len(surface.paths) > 1:
        text += f" The plane goes through the end of {surface.labels[surface.plane.base]}."
    else:
        text += " The plane goes through the end of the path, at (0, 0)."
    return text


def _loss(surface: LossSurface) -> str:
    text = (
        f"Loss of {surface.samples:,} training samples with its regularization, as the network "
        "answers in use, without dropout."
    )
    if surface.has_moving:
        text += (
            " Everywhere the moving averages of batch normalization are those of the end; the "
            "networks of the path have their own."
        )
    return text

"""What a layer costs, in words: memory of its output and of its weights, multiply-adds."""

from app.core.number_words import bytes_text
from app.core.resolved_project import ArithmeticLine, ResolvedLayer
from app.core.training_memory import FLOAT_BYTES


def cost_lines(layer: ResolvedLayer) -> tuple[ArithmeticLine, ...]:
    """Lines for below the arithmetic of shape and parameters: memory of the output of one sample
    and of all weights in float32, multiply-adds of one sample. What is none or unknown is left
    out.
    """
    lines = []
    if layer.output_shape is not None and layer.output_bytes is not None:
        sizes = "*".join(str(size) for size in layer.output_shape) or "1"
        memory = bytes_text(layer.output_bytes)
        lines.append(ArithmeticLine(f"{FLOAT_BYTES}*{sizes} = {memory}", "output"))
    weights = (layer.parameters or 0) + layer.fixed_parameters
    if layer.parameters is not None and weights:
        memory = bytes_text(FLOAT_BYTES * weights)
        lines.append(ArithmeticLine(f"{FLOAT_BYTES}*{weights} = {memory}", "weights"))
    if layer.multiply_adds:
        lines.append(ArithmeticLine(f"{layer.multiply_adds:,} a sample", "multiply-adds"))
    return tuple(lines)

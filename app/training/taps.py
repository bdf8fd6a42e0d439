"""Looking on while Keras traces its own step: the loss, the gradients and the outputs of layers.

A tap stands in for a method of one object for the time of a `with` block and passes everything on
unchanged. Nothing is computed twice, and nothing of Keras is rewritten.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def _replaced(owner: object, name: str, stand_in: Callable[..., Any]) -> Iterator[None]:
    # Past Keras's own __setattr__, which tracks what is assigned.
    object.__setattr__(owner, name, stand_in)
    try:
        yield
    finally:
        object.__delattr__(owner, name)


@contextmanager
def tapped_loss(model: Any) -> Iterator[list[Any]]:
    """Gives a list that receives the total loss, regularization included, of each `train_step`
    inside the block.
    """
    losses: list[Any] = []
    original = model.compute_loss

    def compute_loss(*args: Any, **kwargs: Any) -> Any:
        loss = original(*args, **kwargs)
        losses.append(loss)
        return loss

    with _replaced(model, "compute_loss", compute_loss):
        yield losses


@contextmanager
def tapped_gradients(optimizer: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Gives a list that receives (gradient, variable) of each update inside the block, before any
    clipping, and of the loss itself where the optimizer scales it.
    """
    pairs: list[tuple[Any, Any]] = []
    original = optimizer.apply

    def apply(gradients: Any, trainable_variables: Any) -> Any:
        gradients = list(gradients)
        variables = list(trainable_variables)
        if hasattr(optimizer, "dynamic_scale"):
            scale = optimizer.dynamic_scale.value.read_value()  # the update may change it
            unscaled = [None if g is None else g / scale for g in gradients]
            pairs.extend(zip(unscaled, variables, strict=True))
        else:
            pairs.extend(zip(gradients, variables, strict=True))
        return original(gradients, variables)

    with _replaced(optimizer, "apply", apply):
        yield pairs


@contextmanager
def tapped_outputs(layers: Sequence[Any]) -> Iterator[dict[str, list[Any]]]:
    """Gives a dict that receives, by layer name, the outputs of each call of these layers inside
    the block.
    """
    outputs: dict[str, list[Any]] = {layer.name: [] for layer in layers}

    def stand_in_for(layer: Any) -> Callable[..., Any]:
        original = layer.call

        def call(*args: Any, **kwargs: Any) -> Any:
            output = original(*args, **kwargs)
            outputs[layer.name].append(output)
            return output

        return call

    stands = [(layer, stand_in_for(layer)) for layer in layers]
    for layer, stand_in in stands:
        object.__setattr__(layer, "call", stand_in)
    try:
        yield outputs
    finally:
        for layer, _ in stands:
            object.__delattr__(layer, "call")

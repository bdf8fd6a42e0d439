"""Our own Keras layers."""

from typing import Any, cast

import keras


@keras.saving.register_keras_serializable(package="LayerLab")
class RandomizedLeakyReLU(keras.layers.Layer):  # type: ignore[misc]
    """Leaky ReLU whose slope is drawn anew for every negative element in training.

    f(x) = x for x >= 0 and a x for x < 0. In training a ~ U(lower, upper), drawn on its own for
    each element of each sample, as in the code of the authors; in inference a is the mean slope,
    (lower + upper) / 2. Xu, Wang, Chen, Li: "Empirical Evaluation of Rectified Activations in
    Convolutional Network", 2015, divide by a number drawn from U(3, 8) instead of multiplying by
    a slope; the defaults here, 1/8 and 1/3, are the ends of that range.

    The state of the random numbers is `seed_generator.state`. It is saved with the model, so that
    a training continued from a file draws what it would have drawn.

    Args:
        lower, upper: ends of the range of slopes; 0 <= lower <= upper.
        seed: of the random numbers; None takes one from the global seed when the layer is made.

    Input and output: any shape, the same for both.
    """

    def __init__(
        self,
        lower: float = 1.0 / 8.0,
        upper: float = 1.0 / 3.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not 0.0 <= lower <= upper:
            raise ValueError(
                "The range of slopes must satisfy 0 <= lower <= upper. "
                f"Received: lower={lower}, upper={upper}"
            )
        self.lower = lower
        self.upper = upper
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.supports_masking = True

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        if training:
            slope = keras.random.uniform(
                keras.ops.shape(inputs),
                minval=self.lower,
                maxval=self.upper,
                dtype=inputs.dtype,
                seed=self.seed_generator,
            )
        else:
            slope = keras.ops.cast((self.lower + self.upper) / 2.0, inputs.dtype)
        return keras.ops.where(inputs >= 0, inputs, slope * inputs)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        config = cast(dict[str, Any], super().get_config())
        return {**config, "lower": self.lower, "upper": self.upper, "seed": self.seed}

    def save_own_variables(self, store: Any) -> None:
        store["seed_state"] = self.seed_generator.state

    def load_own_variables(self, store: Any) -> None:
        if "seed_state" in store:
            self.seed_generator.state.assign(store["seed_state"])

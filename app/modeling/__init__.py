"""From a network to a Keras model and back: building, our own layers, model files, their check."""

import os

# Keras reads it once, when it is imported; ours are TensorFlow models whatever a keras.json says.
os.environ["KERAS_BACKEND"] = "tensorflow"

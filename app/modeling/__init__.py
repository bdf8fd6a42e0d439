"""From a network to a Keras model and back: building, our own layers, model files, their check."""

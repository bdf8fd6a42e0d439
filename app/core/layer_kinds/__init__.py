"""The kinds of layer by family: options, and rules for shape, parameters and work."""

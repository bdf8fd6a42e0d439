"""The kinds of layer by family: their options, and the rules for shape, parameters and work. See `layer_catalog`."""

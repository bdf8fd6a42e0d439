"""LayerLab: a desktop workbench where one builds Keras networks, trains them and looks inside."""

__version__ = "0.1.0"

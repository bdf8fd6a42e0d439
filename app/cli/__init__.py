"""The command line: the same functions that the window uses, for scripts and for places without a screen."""

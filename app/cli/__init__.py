"""The command line: the same functions that the window uses, for scripts and without a screen."""

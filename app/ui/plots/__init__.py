"""Plots: passive widgets that show frozen values; each can be read as a table and saved."""

"""The pages: passive widgets, and one presenter each for those that show the project."""

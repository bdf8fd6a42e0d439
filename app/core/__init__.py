"""What the user means: frozen values and pure functions. Standard library and pydantic only."""

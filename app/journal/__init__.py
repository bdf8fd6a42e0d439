"""All runs, kept."""

"""The page Runs: the journal."""

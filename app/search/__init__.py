"""Many settings tried and compared honestly: studies, folds, and where trials run."""

"""The page Evaluate: how good a trained model is."""

"""The page Tune: settings tried and compared."""

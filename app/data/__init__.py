"""From settings to arrays: loading, splitting, preprocessing."""

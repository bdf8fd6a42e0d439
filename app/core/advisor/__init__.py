"""The advisor: what is wrong with a training, by written rules, with evidence and remedies."""

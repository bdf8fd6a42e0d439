"""How good a network is on a part of the data: predictions and targets in, frozen results out."""

"""The page Inside: what happens in the network while it learns, and the time machine."""

"""The network drawn: cards, links, and the requests that come from clicking, dragging and typing on
them.
"""

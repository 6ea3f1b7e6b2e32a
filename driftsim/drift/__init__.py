"""Boats adrift: what they are, where they begin, how they move, and the clock that drives them."""

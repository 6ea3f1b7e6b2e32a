"""How likely is a drifting boat to reach a coast."""

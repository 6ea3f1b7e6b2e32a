"""Compiled code: one particle at a time, numbers in, numbers and a status out.

Nothing here imports anything of driftsim but its neighbours in this package, and nothing here raises.
"""

"""Compiled code: blocks of boats through the steps of a run, and the one-boat functions that they share.

Nothing here imports anything of driftsim but its neighbours in this package, and nothing here raises.
"""

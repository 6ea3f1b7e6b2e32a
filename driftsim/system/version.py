"""The version of driftsim."""

__version__ = "0.1.0"

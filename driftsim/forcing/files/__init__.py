"""Velocity fields in NetCDF files."""

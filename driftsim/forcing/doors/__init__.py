"""Doors beside NetCDF files: Zarr, Icechunk, references, OPeNDAP, datasets from Python, GRIB; the reader is one."""

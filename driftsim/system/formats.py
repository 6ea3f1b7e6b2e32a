"""What a file is that is not NetCDF, by its first bytes, and what to do with it."""

from __future__ import annotations

import os

_TO_NETCDF = "open it with xarray and write it as NetCDF (`to_netcdf`)"
_FORMATS = (
    (b"GRIB", "it is GRIB, not NetCDF; convert it, for example `cdo -f nc4 copy in.grib out.nc`"),
    (b"PK", "it is a zip archive, as the Climate Data Store sends it; unpack it and name the NetCDF files in it"),
    (b"\x1f\x8b", "it is compressed by gzip; unpack it (`gunzip`)"),
    (b"BZh", "it is compressed by bzip2; unpack it (`bunzip2`)"),
    (b"\xfd7zXZ", "it is compressed by xz; unpack it (`unxz`)"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd; unpack it (`unzstd`)"),
    (b"\x0e\x03\x13\x01", "it is HDF4, not NetCDF; convert it, for example `ncks in.hdf out.nc`"),
    (b"<", "it is a web page or XML, such as the error or login page of a server, not data; fetch it again"),
    (b"version https://git-lfs", "it is a pointer of Git LFS to a file that was not fetched; `git lfs pull` it"),
)
_STORES = (".zgroup", ".zmetadata", ".zattrs", "zarr.json")


def identify(path: str) -> str:
    """What a file that is not NetCDF is, and what to do; empty if that cannot be told."""
    try:
        with open(path, "rb") as file:
            begin = file.read(4096)
    except OSError as problem:
        return f"it cannot be opened ({problem.strerror})"
    if not begin:
        return "it is empty: the download was cut off at once; fetch it again"
    start = begin.lstrip()
    known = next((text for magic, text in _FORMATS if start.startswith(magic)), "")
    if known:
        return known
    if start.startswith(b"{"):
        if b'"refs"' in begin:
            return f"it is a Kerchunk reference (JSON) to data that lie elsewhere; {_TO_NETCDF}"
        return "it is JSON text, such as a message of a server, not NetCDF; fetch the data themselves"
    if begin[4:8] == b"ustar" or begin[257:262] == b"ustar":
        return "it is a tar archive; unpack it (`tar -xf`) and name the NetCDF files in it"
    try:
        lines = begin.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return ""
    if "\0" not in begin.decode("utf-8") and len(lines) > 1 and "," in lines[0]:
        return "it is a table in text (CSV), not NetCDF: a field on a grid of longitude and latitude is needed"
    return ""


STORE = f"is a Zarr store, not a NetCDF file; {_TO_NETCDF}"


def is_store(path: str) -> bool:
    """Whether a path is that of a Zarr store, which is a folder."""
    named = path.rstrip("/").endswith(".zarr")
    return os.path.isdir(path) and (named or any(os.path.exists(os.path.join(path, name)) for name in _STORES))

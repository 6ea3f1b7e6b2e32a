"""What a file is that is not NetCDF, by its first bytes, and what to do with it."""

from __future__ import annotations

import os

from . import names

_FORMATS = (
    (b"PK", "it is a zip archive, as the Climate Data Store sends it; unpack it and name the NetCDF files in it"),
    (b"\x1f\x8b", "it is compressed by gzip; unpack it (`gunzip`)"),
    (b"BZh", "it is compressed by bzip2; unpack it (`bunzip2`)"),
    (b"\xfd7zXZ", "it is compressed by xz; unpack it (`unxz`)"),
    (b"\x28\xb5\x2f\xfd", "it is compressed by zstd; unpack it (`unzstd`)"),
    (b"\x0e\x03\x13\x01", "it is HDF4, not NetCDF; convert it, for example `ncks in.hdf out.nc`"),
    (b"<", "it is a web page or XML, such as the error or login page of a server, not data; fetch it again"),
    (b"version https://git-lfs", "it is a pointer of Git LFS to a file that was not fetched; `git lfs pull` it"),
)


def identify(path: str) -> str:
    """What a file that is not NetCDF is, and what to do; empty if that cannot be told, or it has a door of its own."""
    if not names.is_file(path) or is_references(path):
        return ""
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
        return "it is JSON text, such as a message of a server, not NetCDF; fetch the data themselves"
    if begin[4:8] == b"ustar" or begin[257:262] == b"ustar":
        return "it is a tar archive; unpack it (`tar -xf`) and name the NetCDF files in it"
    try:
        lines = begin.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return ""
    if "\0" not in begin.decode("utf-8") and len(lines) > 1 and "," in lines[0]:
        return (
            'it is a table in text (CSV), not a field on a grid; if it is a station\'s record, say product = "series"'
        )
    return ""


def is_references(path: str) -> bool:
    """Whether a file is a list of references to data that lie in others."""
    try:
        return door_of(path) == "references"
    except OSError:
        return False


def door_of(path: str) -> str:
    """By which door data come; empty: the NetCDF library.

    ``copernicus``, ``server``, ``icechunk``, ``zarr``, ``references`` or ``grib``.

    The first bytes of a file are looked at; a server is not asked.
    """
    if path.startswith(names.COPERNICUS):
        return "copernicus"
    if names.is_address(path):
        return "server"
    if names.is_icechunk(path):
        return "icechunk"
    if os.path.isdir(path):
        return "zarr"
    with open(path, "rb") as file:
        begin = file.read(4096)
    if begin.startswith(b"GRIB"):
        return "grib"
    if begin.lstrip().startswith(b"{") and (b'"refs"' in begin or b'".zgroup"' in begin or b'".zmetadata"' in begin):
        return "references"
    return ""

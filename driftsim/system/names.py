"""What the name of a field's data stands for: an address, a dataset from Python, a store in a folder, a file."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

COPERNICUS = "copernicus:"
"""Begins the name of a dataset of Copernicus Marine, opened by its own package: ``copernicus:cmems_mod_..._P1D-m``."""

PYTHON = "python:"
"""Begins the name of a dataset that is given from Python: ``python:current``."""

THIS_MACHINE = frozenset(("localhost", "127.0.0.1", "::1"))

_SCHEMES = ("https", "s3", "gs")
_ZARR = (".zgroup", ".zmetadata", ".zattrs", "zarr.json")


def is_address(name: str) -> bool:
    """Whether a name is that of data on a server."""
    return "://" in name or name.startswith(COPERNICUS)


def is_given(name: str) -> bool:
    """Whether a name is that of a dataset from Python."""
    return name.startswith(PYTHON)


def is_icechunk(path: str) -> bool:
    """Whether a folder is an Icechunk repository."""
    return os.path.isdir(path) and all(os.path.isdir(os.path.join(path, name)) for name in ("snapshots", "manifests"))


def is_zarr(path: str) -> bool:
    """Whether a folder is a Zarr store, by what is in it or by its name."""
    named = path.rstrip("/").endswith(".zarr")
    return os.path.isdir(path) and (named or any(os.path.exists(os.path.join(path, name)) for name in _ZARR))


def is_store(path: str) -> bool:
    """Whether a path is that of a store, which is a folder."""
    return is_icechunk(path) or is_zarr(path)


def is_file(path: str) -> bool:
    """Whether a name stands for a file that lies on this machine."""
    return not is_address(path) and not is_given(path) and not os.path.isdir(path)


def complaint(address: str) -> str:
    """What is wrong with an address, as the rest of a sentence; empty if nothing is. It repeats no secret."""
    if address.startswith(COPERNICUS):
        plain = re.fullmatch(r"[A-Za-z0-9_.-]+", address.removeprefix(COPERNICUS))
        return "" if plain else "must be copernicus: and the name of a data set of Copernicus Marine"
    try:
        parts = urlsplit(address)
        host, secret = parts.hostname or "", parts.username is not None or parts.password is not None
        wrong = parts.port == 0
    except ValueError:
        host, secret, wrong = "", False, True
    if secret:
        return (
            "must not hold a name or password: driftsim reads them from the environment (AWS_ACCESS_KEY_ID and so on)"
        )
    if "?" in address or "#" in address:
        return "must not hold a query or a key after ? or #: give the plain address of the data"
    allowed = parts.scheme in _SCHEMES or (parts.scheme == "http" and host in THIS_MACHINE) if host else False
    if wrong or not allowed:
        return "must be the name of a file on this machine, or an address that begins with https://, s3:// or gs://"
    return ""


def bare(address: str) -> str:
    """An address as it may be shown: without name, password, query."""
    if "://" not in address:
        return address
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}".partition("?")[0].partition("#")[0]

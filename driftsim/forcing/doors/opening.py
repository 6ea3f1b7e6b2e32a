"""Opening what is no NetCDF file, whatever it is; and what tells one state of it from another."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...system import names
from ...system.errors import InputError
from ...system.formats import door_of
from ...system.kinds import Json
from ...system.permission import refuse_unless_allowed
from ..transport import addresses, credentials
from ..transport.transfer import reach
from . import buckets
from .objects import References, Server
from .views import View, of_opendap, of_xarray

_WHOLE_BYTES = 10**9
"""Up to here a store in a folder is told by all its bytes, as a file is; beyond by its metadata, names and sizes."""

_METADATA = ("zarr.json", ".zmetadata", ".zgroup", ".zattrs", ".zarray")


def version_of(path: str) -> tuple[Any, ...]:
    """What changes when data on this machine are replaced; nothing of a server is asked."""
    if names.is_address(path):
        return ()
    if not os.path.isdir(path):
        status = os.stat(path)
        return status.st_ino, status.st_mtime_ns, status.st_size
    found = []
    for folder in (path, *(entry.path for entry in os.scandir(path) if entry.is_dir())):
        for name in (*_METADATA, "ref.json"):
            at = os.path.join(folder, name)
            if os.path.exists(at):
                status = os.stat(at)
                found.append((at, status.st_ino, status.st_mtime_ns, status.st_size))
    return tuple(found)


def open_door(path: str, door: str) -> View:
    """Open data by one of the doors of `door_of`.

    Raises
    ------
    InputError
        If a package is missing, the data cannot be read, or lead to where they may not.
    """
    if door == "copernicus":
        return of_xarray(_of_copernicus(path), path)
    if door == "server":
        return _on_a_server(path)
    if door == "references":
        references = References(path)
        return _zarr(path, _keys(references.get, references.keys()), consolidated=False)
    if door == "icechunk":
        _refuse_links(path)
        return _zarr(path, _session(path).store, consolidated=False)
    _refuse_links(path)
    return _zarr(path, path)


def identity(path: str) -> Json:
    """What tells a store from another, and from itself when it has changed: for provenance and resume.

    Returns
    -------
    dict
        ``path``, ``door``, and a snapshot, or a SHA-256 of all that is in it or of its metadata.
    """
    door = door_of(path)
    record: Json = {"path": path, "door": door}
    if door == "copernicus":
        told = json.dumps(_of_copernicus(path).to_dict(data=False), default=str, sort_keys=True)
        return {**record, "metadata_sha256": hashlib.sha256(told.encode()).hexdigest()}
    if door == "server":
        return {**record, "metadata_sha256": hashlib.sha256(_metadata(path)).hexdigest()}
    if door == "icechunk":
        return {**record, "snapshot": str(_session(path).snapshot_id)}
    if door == "references":
        references = References(path)
        targets = [] if names.is_address(path) else references.files
        return {**record, "metadata_sha256": references.sha256, **_digest(targets, os.path.dirname(path))}
    return {**record, **_digest(sorted(_files(path)), path)}


# Stores in folders ---------------------------------------------------------------------------------------------------


def _files(folder: str) -> Iterator[str]:
    for at, _, found in os.walk(folder):
        yield from (os.path.join(at, name) for name in found)


def _refuse_links(folder: str) -> None:
    """A link in a store that leads out of it would be read as if it were in it."""
    inside = os.path.realpath(folder)
    for at, folders, found in os.walk(folder):
        for name in (*folders, *found):
            path = os.path.join(at, name)
            if os.path.islink(path) and os.path.commonpath([inside, os.path.realpath(path)]) != inside:
                raise InputError(f"{path}: is a link that leads out of the store; put the data themselves there")


def _digest(files: list[str], folder: str) -> Json:
    """Size and SHA-256 of files by their names below a folder; of a large store of its metadata, names and sizes."""
    sizes = [os.path.getsize(path) for path in files]
    whole, digest = sum(sizes) <= _WHOLE_BYTES, hashlib.sha256()
    for path, size in zip(files, sizes, strict=True):
        digest.update(f"{Path(os.path.relpath(path, folder)).as_posix()}\0{size}\0".encode())
        if whole or os.path.basename(path) in _METADATA:
            with open(path, "rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    record: Json = {"bytes": sum(sizes), "sha256" if whole else "header_sha256": digest.hexdigest()}
    if not whole:
        newest = max(os.path.getmtime(path) for path in files)
        record["modified"] = f"{np.datetime64(int(newest), 's')}Z"
    return record


def _session(path: str) -> Any:
    """The newest snapshot of the main branch; references to data outside are not followed: no place is authorised."""
    icechunk = _package("icechunk")
    repository = icechunk.Repository.open(icechunk.local_filesystem_storage(path))
    return repository.readonly_session("main")


def _package(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError as problem:
        raise InputError(f"the package {name} is not installed: pip install 'driftsim[stores]'") from problem


def _keys(get: Any, known: list[str] | None = None) -> Any:
    _package("zarr")
    from .keys import store

    return store(get, known)


def _zarr(path: str, store: Any, *, consolidated: bool | None = None) -> View:
    _package("zarr")
    import xarray as xr

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The engine by its class: by its name xarray imports every engine that is installed, one for GRIB among them,
        # and that in the process that reads NetCDF ends it with a double free.
        found = xr.open_dataset(
            store,
            engine=xr.backends.ZarrBackendEntrypoint,
            decode_cf=False,
            chunks=None,
            backend_kwargs={"consolidated": consolidated},
        )
    return of_xarray(found, path)


# Copernicus Marine ---------------------------------------------------------------------------------------------------


def _of_copernicus(path: str) -> Any:
    """A dataset of Copernicus Marine, of which each part comes as it is read; its package asks for it and logs in."""
    if wrong := names.complaint(path):
        raise InputError(f"{path}: {wrong}")
    refuse_unless_allowed(path)
    package = credentials.client("copernicusmarine", "copernicus")
    secrets = credentials.copernicus_secrets()
    if not secrets:
        raise InputError(f"{path}: needs a free Copernicus Marine account: log in once with `copernicusmarine login`")
    reach(addresses.load()["copernicus"]["server"])
    logging.getLogger("copernicusmarine").setLevel(logging.ERROR)
    name = path.removeprefix(names.COPERNICUS)
    return credentials.ask(path, secrets, lambda: package.open_dataset(dataset_id=name))


# Servers -------------------------------------------------------------------------------------------------------------


def _on_a_server(path: str) -> View:
    """Zarr, if the metadata of a store lie there, a list of references, or OPeNDAP."""
    server = Server(path)
    if path.endswith(".json"):
        references = References(path)
        return _zarr(path, _keys(references.get, references.keys()), consolidated=False)
    if _consolidated(server) is not None:
        return _zarr(path, _keys(server.get), consolidated=True)
    return of_opendap(_remote(server), path)


def _remote(server: Server) -> Any:
    from ..transport.dap import Remote
    from ..transport.transfer import NotThere

    remote = Remote(buckets.located(server.address)[0], server.line())
    try:
        remote.variables()
    except NotThere:
        raise InputError(
            f"{server.address}: neither a Zarr store nor an OPeNDAP data set answers there: check the address"
        ) from None
    return remote


def _consolidated(server: Server) -> bytes | None:
    """The metadata of all arrays of a Zarr store in one object; None: it is no Zarr store."""
    if (raw := server.get(".zmetadata")) is not None:
        return raw
    raw = server.get("zarr.json")
    try:
        about = None if raw is None else json.loads(raw)
    except ValueError:
        return None
    if isinstance(about, dict) and not about.get("consolidated_metadata"):
        raise InputError(
            f"{server.address}: the Zarr store has no consolidated metadata, without which nothing says what is in it: "
            "its owner can add them with zarr.consolidate_metadata"
        )
    return raw


def _metadata(path: str) -> bytes:
    server = Server(path)
    if path.endswith(".json"):
        return server.get("") or b""
    return _consolidated(server) or _remote(server).described().encode()


def reason(problem: BaseException) -> str:
    """What a library says of data that it cannot read, without what is secret; one line."""
    text = " ".join(str(problem).split()) or type(problem).__name__
    for secret in sorted({*buckets.secrets(), *credentials.copernicus_secrets()}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return "".join(c if c.isprintable() else "?" for c in text)[:300]

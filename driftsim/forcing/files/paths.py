"""Names of files: globs, what is there, and what is written of a file into the results."""

from __future__ import annotations

import glob
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from ...system import formats, names
from ...system.door import kind_of
from ...system.errors import InputError
from ...system.kinds import Json
from ..doors import opening
from .steps import date

_WHOLE_DIGEST_BYTES = 10**9


def expand(files: Sequence[str | os.PathLike[str]], kind: str) -> list[str]:
    """Paths and globs as existing files, each once, in the order of their names.

    Raises
    ------
    InputError
        If one of them is not there.
    """
    found: list[str] = []
    for given in files:
        text = os.path.expanduser(os.fspath(given))
        if names.is_address(text) or names.is_given(text) or _is_there(text):
            found.append(text)
            continue
        matches = [p for p in glob.glob(text, recursive=True) if _is_there(p)]
        if not matches:
            raise InputError(f"{kind}.files: {text}: {_no_file(text)}")
        found += matches
    return sorted(set(found), key=lambda p: (os.path.basename(p), p))


def _is_there(path: str) -> bool:
    return os.path.isfile(path) or names.is_store(path)


def _no_file(path: str) -> str:
    try:
        return f"is {kind_of(os.stat(path).st_mode)}; give the names of files"
    except (OSError, ValueError):
        return "no such file; check the path (relative to the config) or fetch the data"


def provenance(path: str) -> Json:
    """Name, size and SHA-256 of a file (above 1 GB of its begin, with the date); of a store its `identity`."""
    if names.is_given(path):
        return {"path": path, "door": "python"}
    if not names.is_file(path) or formats.door_of(path) == "references":
        return opening.identity(path)
    size = os.path.getsize(path)
    record: Json = {"path": path, "bytes": size}
    with open(path, "rb") as file:
        if size <= _WHOLE_DIGEST_BYTES:
            record["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        else:
            record["header_sha256"] = hashlib.sha256(file.read(1 << 20) + str(size).encode()).hexdigest()
            record["modified"] = date(Path(path).stat().st_mtime)
    return record

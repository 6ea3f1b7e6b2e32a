"""The marker of a folder: which files in it are driftsim's, and what is in them.

A folder proves by it that it is a run's, and each file that it is as it was written; only such files are ever replaced
or deleted. The marker is written last, when everything else is in its place.

It is the file ``driftsim.json``, JSON in UTF-8::

    {
     "format": "driftsim folder",
     "number": 1,
     "kind": "run",
     "written_by": "driftsim 0.1.0",
     "files": {"arrivals.nc": {"bytes": 48102, "sha256": "9f86d0..."}, ...},
     "made": {"report.html": {"bytes": 90211, "sha256": "60303a..."}, ...}
    }

``kind`` is ``run``, ``part`` (of a run), ``sweep``, ``store`` (of Zarr) or ``figures``. ``files`` are the results;
``made`` is what other commands made of them. Names are relative, with ``/`` between folders. ``run.json`` and
``run.log`` are in neither: they differ between equal runs, and the marker does not.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..system.disk import open_plain, whole
from ..system.errors import InputError
from ..system.version import __version__

FILE = "driftsim.json"
FORMAT = "driftsim folder"
NUMBER = 1
KINDS = ("run", "part", "sweep", "store", "figures")

_MOST_BYTES = 64 << 20  # a store of a large run has some ten thousand files
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Stamp:
    """What tells a file's content: its length and its SHA-256."""

    bytes: int
    sha256: str

    @classmethod
    def of(cls, file: Path) -> Stamp:
        """That of a file; `OSError` where it is not there, or is no regular file (a link is none)."""
        with open_plain(file) as stream:
            return cls(os.fstat(stream.fileno()).st_size, hashlib.file_digest(stream, "sha256").hexdigest())


@dataclass(frozen=True)
class Marker:
    """What a folder says of itself.

    Attributes
    ----------
    folder : Path
    kind : str
        One of `KINDS`.
    files, made : dict of str to Stamp
        Results, and what was made of them, by name.
    written_by : str
    """

    folder: Path
    kind: str
    files: dict[str, Stamp]
    made: dict[str, Stamp] = field(default_factory=dict)
    written_by: str = ""

    def fault(self, name: str) -> str:
        """What is wrong with a file: empty where it is as it was written."""
        stamp = self.files.get(name) or self.made.get(name)
        if stamp is None:
            return "is not in the list of the folder's files"
        file = self.folder / name
        try:
            with open_plain(file) as stream:
                if os.fstat(stream.fileno()).st_size != stamp.bytes:
                    return "is not as it was written (another length)"
                if hashlib.file_digest(stream, "sha256").hexdigest() != stamp.sha256:
                    return "is not as it was written (another checksum)"
        except FileNotFoundError:
            return "is not there"
        except OSError as problem:
            return f"cannot be read ({problem.strerror or problem})"
        return ""

    def faults(self) -> dict[str, str]:
        """The results that are not as they were written, by name, and what is wrong with each."""
        return {name: fault for name in self.files if (fault := self.fault(name))}


def write_marker(
    folder: Path, files: Iterable[str], kind: str = "run", *, made: Mapping[str, Stamp] | None = None
) -> Marker:
    """Mark a folder as driftsim's: to be called last, when its files are in place.

    Parameters
    ----------
    folder : Path
    files : iterable of str
        Names of the results, relative to the folder; each is read for its checksum.
    kind : str
        One of `KINDS`.
    made : mapping of str to Stamp, optional
        What was made of the results.

    Returns
    -------
    Marker

    Raises
    ------
    InputError
        If a file or the marker cannot be read or written.
    """
    try:
        stamps = {name: Stamp.of(folder / name) for name in sorted(files)}
    except OSError as problem:
        raise InputError(f"{problem.filename or folder}: cannot be read ({problem.strerror})") from problem
    marker = Marker(folder, kind, stamps, dict(made or {}), f"driftsim {__version__}")
    put_marker(marker)
    return marker


def put_marker(marker: Marker) -> None:
    """Write a marker into its folder, in the place of the one that is there."""
    body = {
        "format": FORMAT,
        "number": NUMBER,
        "kind": marker.kind,
        "written_by": marker.written_by,
        **{
            part: {name: {"bytes": stamp.bytes, "sha256": stamp.sha256} for name, stamp in sorted(stamps.items())}
            for part, stamps in (("files", marker.files), ("made", marker.made))
        },
    }
    with whole(marker.folder / FILE) as beside:
        beside.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


def read_marker(folder: Path) -> Marker | None:
    """The marker of a folder; None where there is none.

    Raises
    ------
    InputError
        If ``driftsim.json`` is damaged, another program's, or of a later version.
    """
    file = Path(folder) / FILE
    try:
        with open_plain(file) as stream:
            raw = stream.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise ValueError("too long")
        body = json.loads(raw.decode("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as problem:
        reason = getattr(problem, "strerror", None) or "is no JSON"
        raise InputError(f"{file}: damaged or another program's ({reason}); move it away") from problem
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise InputError(f"{file}: another program's; move it away, or choose another folder")
    if body.get("number") != NUMBER:
        raise InputError(f"{file}: of another version of driftsim; this one reads format number {NUMBER}")
    parts = [_stamps(body.get(part)) for part in ("files", "made")]
    files, made = parts
    if body.get("kind") not in KINDS or files is None or made is None:
        raise InputError(f"{file}: damaged; move it away")
    return Marker(Path(folder), body["kind"], files, made, str(body.get("written_by", "")))


def _stamps(entries: object) -> dict[str, Stamp] | None:
    """Entries of a marker; None where one is none."""
    if not isinstance(entries, dict):
        return None
    out = {}
    for name, entry in entries.items():
        size, digest = (entry.get("bytes"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if not (_is_inside(name) and type(size) is int and size >= 0):
            return None
        if not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
            return None
        out[name] = Stamp(size, digest)
    return out


def _is_inside(name: str) -> bool:
    """Whether a name stays in the folder, and may be printed."""
    steps = name.split("/")
    return name.isprintable() and not {"", ".", ".."} & set(steps) and "\\" not in name and ":" not in name

"""What has been fetched into a folder: one JSON file a product, with source and checksum of each file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ...system.constants import SECONDS_PER_DAY
from ...system.disk import whole
from ...system.errors import InputError
from ...system.kinds import Json
from ...system.version import __version__
from ..transport.transfer import Came
from .cut import Box, Levels
from .series import Item, Series, epoch, iso

FORMAT = 1
ENDING = ".manifest.json"
LATE_DAYS = 60.0
"""How long after its dates a provider's file may still grow."""


class Manifest:
    """The manifest of one product in one folder; written anew after each file.

    Parameters
    ----------
    folder : Path
    series : Series
    box : tuple of float
        What is to be fetched; another box than that of the files in the folder is refused.

    Raises
    ------
    InputError
    """

    def __init__(self, folder: Path, series: Series, box: Box) -> None:
        self.folder, self.path = folder, folder / f"{series.key}{ENDING}"
        self._key, self._box = series.key, box
        self.files: dict[str, Json] = {}
        self.period: tuple[float, float] | None = None
        if self.path.exists():
            held = read(self.path)
            if [round(x, 6) for x in box] != held["box"]:
                raise InputError(
                    f"{self.path}: the files of {series.key} there are of the box {held['box']} (west, east, south, "
                    f"north), not {list(box)}; give the same --box, or another folder"
                )
            self.files = held["files"]
            self.period = (epoch(held["period"][0]), epoch(held["period"][1])) if held["period"] else None

    def has(self, item: Item) -> tuple[bool, str]:
        """Whether a file is there whole, as it was fetched; and if not, what is wrong with it, if anything."""
        entry = self.files.get(item.name)
        if entry is None or entry["source"] != " ".join(item.sources):
            return False, ""
        late = epoch(entry["fetched"]) < item.end + LATE_DAYS * SECONDS_PER_DAY
        if entry["levels"] < item.steps and not item.closed and late:
            return False, ""
        if not entry["levels"]:
            return True, ""
        file = self.folder / item.name
        if not file.is_file():
            return False, "is gone"
        if file.stat().st_size != entry["bytes"] or digest(file) != entry["sha256"]:
            return False, "is not what was fetched (changed or damaged)"
        return True, ""

    def add(self, item: Item, file: Path, levels: Levels | None, came: Came | None, now: float) -> None:
        """Note a file, wherever it lies now.

        ``levels`` None: the provider has none there; ``came``: the whole one that it was cut from.
        """
        entry: Json = {"source": " ".join(item.sources), "levels": 0, "fetched": iso(now)}
        if levels is not None:
            entry |= {
                "levels": levels.steps,
                "first": iso(levels.first),
                "last": iso(levels.last),
                "widest_gap_hours": round(levels.widest_h, 3),
                "bytes": file.stat().st_size,
                "sha256": digest(file),
            }
        if came is not None:
            entry |= {"cut_from_bytes": came.nbytes, "cut_from_sha256": came.sha256}
        self.files[item.name] = entry
        self._write()

    def asked(self, start: float, end: float) -> None:
        """Note a period that has been fetched whole; it is joined to the one before if they touch."""
        if self.period is not None and start <= self.period[1] and end >= self.period[0]:
            start, end = min(start, self.period[0]), max(end, self.period[1])
        self.period = (start, end)
        self._write()

    def span(self, names: list[str]) -> tuple[float, float]:
        """First and last level of some files, epoch seconds."""
        held = [self.files[name] for name in names if self.files.get(name, {}).get("levels")]
        if not held:
            return float("inf"), -float("inf")
        return min(epoch(e["first"].rstrip("Z")) for e in held), max(epoch(e["last"].rstrip("Z")) for e in held)

    def _write(self) -> None:
        text = {
            "format": FORMAT,
            "written_by": f"driftsim {__version__}",
            "product": self._key,
            "box": [round(x, 6) for x in self._box],
            "period": None if self.period is None else [iso(t) for t in self.period],
            "files": {name: self.files[name] for name in sorted(self.files)},
        }
        with whole(self.path) as beside:
            beside.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Json:
    """A manifest as it stands on disk.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        if held["format"] != FORMAT:
            raise InputError(f"{path}: format {held['format']!r}; this version of driftsim reads {FORMAT}")
        entries = [(e["source"], epoch(e["fetched"]), e["levels"] + 0) for e in held["files"].values()]
        _ = entries, held["product"] + "", [float(x) for x in held["box"]], held["period"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise InputError(f"{path}: is no manifest of `driftsim fetch`; move it away, and fetch again") from problem
    return dict(held)


def digest(file: Path) -> str:
    """SHA-256 of a file."""
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()

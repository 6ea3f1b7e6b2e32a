"""A sea as data: its box, coasts, regions, ways out, ports, and which of them lead.

An area is a folder with ``area.toml`` (`driftsim.area.area_file` has its keys) and, where there, ``shoreline.npz``,
``ports.csv``, ``towns.csv``, ``circulation.nc``, ``eddies.csv``, ``wind_roses_2deg.csv`` and ``records/``. Results
carry what their tables need of it, so that an `Area` is made of them too: then it has no folder.
"""

from __future__ import annotations

import csv
import functools
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..system import resources
from ..system.errors import InputError
from ..system.kinds import Json, JsonView

if TYPE_CHECKING:
    from .area_file import AreaFile
    from .own_regions import OwnRegion

DEFAULT = "sea_of_japan"
"""The area of a config that names none."""

SIDES = ("west", "east", "south", "north")
"""Sides of the domain, in the order of their codes: the ways out that no area names."""

Box = tuple[float, float, float, float]

_BUILT = ("mainlands", "lines", "polygons", "islands_above_km2", "shoreline", "ports", "towns")
_BUILT_OF_STRETCHES = ("at", "islands", "polygon")
"""Keys that only say how the shoreline is made: results do without."""


class Stretch(NamedTuple):
    """A leaf of the coast: every segment of shore belongs to one. Its place in the list is its code."""

    key: str
    name: str
    country: str
    parent: str  # the smallest region that sums it with others; "" without one


class Region(NamedTuple):
    """What is reported: one stretch or the sum of several."""

    key: str
    name: str
    stretches: tuple[str, ...]
    country: str
    own: bool = False  # drawn by somebody: it holds parts of its stretches, and may overlap others


class Exit(NamedTuple):
    """A way out of the domain: sides and boxes (west, east, south, north); west and south edges belong to a box."""

    key: str
    where: tuple[tuple[tuple[str, ...], Box], ...]


class Port(NamedTuple):
    """A harbour that a release can name; degrees, good to about 0.02."""

    name: str
    aliases: tuple[str, ...]
    lon: float
    lat: float
    country: str
    names: Mapping[str, str]  # in other languages


class Town(NamedTuple):
    """A town on the coast, the larger the lower its rank."""

    names: Mapping[str, str]
    lon: float
    lat: float
    rank: int


@dataclass(frozen=True, eq=False)
class Area:
    """All that is particular to a sea.

    Attributes
    ----------
    key : str
        Name of a built-in area, else that of its folder.
    file : AreaFile
        What ``area.toml`` says.
    folder : Path or None
        Where its data lie; None for an area that was read from results.
    stretches : tuple of Stretch
        Leaves; the index is the code in kernels and outputs.
    regions : dict of str to Region
        Reported regions: leaves and groups; groups stand before their first stretch, the home country last.
    exits : tuple of Exit
        Ways out that have a name; `exit_keys` has all.
    """

    key: str
    file: AreaFile
    folder: Path | None = None
    known_sha256: str = field(default="", repr=False)
    stretches: tuple[Stretch, ...] = field(init=False)
    regions: dict[str, Region] = field(init=False)
    exits: tuple[Exit, ...] = field(init=False)

    def __post_init__(self) -> None:
        groups = _groups(self.file)
        put = functools.partial(object.__setattr__, self)
        put("stretches", _stretches(self.file, groups))
        put("regions", _regions(self.stretches, groups, self.home, self.file))
        put("exits", tuple(Exit(w.key, tuple((p.sides, p.box) for p in w.where)) for w in self.file.exits))

    @classmethod
    def load(cls, name: str | os.PathLike[str] = DEFAULT) -> Area:
        """An area by the name of one that is built in, or by its folder; read once.

        Raises
        ------
        InputError
            If there is none, or its ``area.toml`` cannot be used.
        """
        return _load(str(folder_of(name)))

    @cached_property
    def shoreline_sha256(self) -> str:
        """Checksum of ``shoreline.npz``; "" without one."""
        file = self.path("shoreline.npz")
        return self.known_sha256 if file is None else hashlib.sha256(file.read_bytes()).hexdigest()

    # --- what results carry -----------------------------------------------------------------------------------------

    def described(self) -> Json:
        """What results carry of the area: plain JSON, from which `from_description` makes it again."""
        told = self.file.model_dump(mode="json", exclude_defaults=True, exclude=set(_BUILT))
        for one in told.get("stretches", ()):
            for name in _BUILT_OF_STRETCHES:
                one.pop(name, None)
        return {"key": self.key, "shoreline_sha256": self.shoreline_sha256, **told}

    @classmethod
    def from_description(cls, told: JsonView) -> Area:
        """The area of results, without its data.

        Raises
        ------
        InputError
            If it is no area.
        """
        return _described(json.dumps(told, sort_keys=True))

    # --- names ------------------------------------------------------------------------------------------------------

    @property
    def box(self) -> Box:
        """West, east, south, north: where the shoreline is known, degrees."""
        return self.file.box

    @property
    def domain(self) -> Box:
        """The default domain of a run."""
        return self.file.box if self.file.domain is None else self.file.domain

    @property
    def home(self) -> str:
        """Key of the region that shares are shares of; "" without one."""
        return self.file.home or ""

    @property
    def lead(self) -> tuple[str, ...]:
        """Keys of the regions that come first where they matter."""
        return self.file.lead

    @cached_property
    def codes(self) -> dict[str, int]:
        """Code of each stretch."""
        return {stretch.key: code for code, stretch in enumerate(self.stretches)}

    @cached_property
    def home_stretches(self) -> frozenset[str]:
        """Stretches of the home region."""
        return frozenset(self.regions[self.home].stretches) if self.home in self.regions else frozenset()

    @cached_property
    def counted(self) -> frozenset[str]:
        """Stretches whose landings records are of: those at home; all where the area has no home."""
        return self.home_stretches or frozenset(self.codes)

    @property
    def home_name(self) -> str:
        """Name of the home region; "the area" without one."""
        return self.name(self.home) if self.home else "the area"

    def at_home(self, region: str) -> bool:
        """Whether all of a region lies in the home region."""
        of = self.regions.get(region)
        return of is not None and bool(self.home_stretches) and self.home_stretches.issuperset(of.stretches)

    def title(self, lang: str = "en") -> str:
        """Name of the sea."""
        return pick(self.file.name, lang)

    def name(self, key: str, lang: str = "en", *, short: bool = False) -> str:
        """Name of a region in a language, else in the area's first; the key itself where nothing is known of it."""
        names = self._names.get(key)
        if names is None:
            return key.replace("_", " ").title()
        return pick((names[1] if short else None) or names[0], lang)

    def knows(self, key: str, lang: str) -> bool:
        """Whether a region has a name in a language."""
        return lang in (self._names.get(key) or ({},))[0]

    @cached_property
    def _names(self) -> dict[str, tuple[dict[str, str], dict[str, str] | None]]:
        out = {one.key: (one.name, one.short) for one in self.file.stretches}
        out |= {one.key: (one.name, one.short) for one in self.file.groups}
        return out | {one.key: (one.name, None) for one in self.file.regions}

    @cached_property
    def own(self) -> dict[str, OwnRegion]:
        """Regions that somebody has drawn, by key."""
        from . import own_regions

        return {one.key: own_regions.of(one) for one in self.file.regions}

    # --- ways out ---------------------------------------------------------------------------------------------------

    @cached_property
    def exit_keys(self) -> tuple[str, ...]:
        """All ways out; the index is the code in outputs. The last four are sides without a name of their own."""
        return (*(way.key for way in self.exits), *SIDES)

    def exit_key(self, lon: float, lat: float, side: str) -> str:
        """Way out of a boat that left the domain at a place (degrees) by a side: the first that fits, else the side.

        Raises
        ------
        ValueError
            For an unknown side.
        """
        if side not in SIDES:
            raise ValueError(f"side: {side!r} is none of {', '.join(SIDES)}")
        for way in self.exits:
            for sides, (west, east, south, north) in way.where:
                if side in sides and west <= lon < east and south <= lat < north:
                    return way.key
        return side

    def exit_name(self, key: str, lang: str = "en") -> str:
        """Name of a way out."""
        names = {way.key: way.name for way in self.file.exits}
        return pick(names[key], lang) if key in names else f"{key} side"

    # --- files ------------------------------------------------------------------------------------------------------

    def path(self, name: str) -> Path | None:
        """A file of the area's folder; None where it has none of that name."""
        if self.folder is None or not (self.folder / name).exists():
            return None
        return self.folder / name

    def existing(self, name: str, what: str) -> Path:
        """A file of the area's folder.

        Raises
        ------
        InputError
            If it has none: says what is lacking.
        """
        found = self.path(name)
        if found is None:
            raise InputError(f"area {self.key}: has no {what} ({name})")
        return found

    @cached_property
    def ports(self) -> tuple[Port, ...]:
        """Ports that a release can name; none without ``ports.csv``."""
        file = self.path("ports.csv")
        if file is None:
            return ()
        return tuple(
            Port(
                row["name"],
                tuple(alias.strip() for alias in (row.get("aliases") or "").split(";") if alias.strip()),
                float(row["lon"]),
                float(row["lat"]),
                row.get("country") or "",
                _other_names(row),
            )
            for row in _rows(file, ("name", "lon", "lat"))
        )

    def port(self, name: str) -> Port | None:
        """The port with a name or another of its spellings, in any case."""
        return self._spellings.get(name.strip().casefold())

    @cached_property
    def _spellings(self) -> dict[str, Port]:
        out: dict[str, Port] = {}
        for port in self.ports:
            for name in (port.name, *port.aliases):
                out.setdefault(name.casefold(), port)
        return out

    @cached_property
    def towns(self) -> tuple[Town, ...]:
        """Towns that a zoomed map names, the larger first; none without ``towns.csv``."""
        file = self.path("towns.csv")
        rows = _rows(file, ("name", "lon", "lat", "rank")) if file is not None else []
        towns = [
            Town({"en": r["name"], **_other_names(r)}, float(r["lon"]), float(r["lat"]), int(r["rank"])) for r in rows
        ]
        return tuple(sorted(towns, key=lambda town: town.rank))


def built_in() -> tuple[str, ...]:
    """Names of the areas that come with driftsim."""
    return tuple(sorted(path.parent.name for path in resources.data("areas").glob("*/area.toml")))


def folder_of(name: str | os.PathLike[str]) -> Path:
    """Folder of an area that is built in, or of the user's own.

    Raises
    ------
    InputError
        If there is none.
    """
    text = os.fspath(name)
    if text in built_in():
        return resources.data("areas") / text
    folder = Path(text)
    if text and "\0" not in text and (folder / "area.toml").is_file():
        return folder.resolve()
    raise InputError(
        f"area {text!r}: is neither built in ({', '.join(built_in())}) nor a folder with an area.toml; "
        "`driftsim area build` makes one"
    )


def default() -> Area:
    """The area of a config that names none."""
    return Area.load(DEFAULT)


@lru_cache(maxsize=16)
def _load(folder: str) -> Area:
    from . import area_file

    path = Path(folder)
    return Area(path.name, area_file.load(path / "area.toml"), path)


@lru_cache(maxsize=16)
def _described(text: str) -> Area:
    from . import area_file

    told: Json = json.loads(text)
    key, checksum = str(told.pop("key", "")), str(told.pop("shoreline_sha256", ""))
    return Area(key, area_file.parse(told, "area"), None, checksum)


def pick(names: Mapping[str, str], lang: str) -> str:
    """A name in a language; else English, else the first that there is."""
    return names.get(lang) or names.get("en") or next(iter(names.values()))


def _groups(file: AreaFile) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Groups by key: name and stretches."""
    return {
        group.key: (
            pick(group.name, "en"),
            group.stretches or tuple(one.key for one in file.stretches if one.country == group.country),
        )
        for group in file.groups
    }


def _stretches(file: AreaFile, groups: Mapping[str, tuple[str, tuple[str, ...]]]) -> tuple[Stretch, ...]:
    def parent(key: str) -> str:
        holding = [(len(members), group) for group, (_, members) in groups.items() if key in members]
        return min(holding)[1] if holding else ""

    return tuple(Stretch(one.key, pick(one.name, "en"), one.country, parent(one.key)) for one in file.stretches)


def _regions(
    stretches: Sequence[Stretch], groups: Mapping[str, tuple[str, tuple[str, ...]]], home: str, file: AreaFile
) -> dict[str, Region]:
    """Groups stand before their first stretch, regions of somebody's own behind, the home country last."""
    country = {stretch.key: stretch.country for stretch in stretches}

    def of(members: Sequence[str]) -> str:
        countries = {country[member] for member in members}
        return countries.pop() if len(countries) == 1 else ""

    def group(key: str) -> Region:
        name, members = groups[key]
        return Region(key, name, tuple(members), of(members))

    out: dict[str, Region] = {}
    for stretch in stretches:
        out |= {key: group(key) for key, (_, members) in groups.items() if key != home and members[0] == stretch.key}
        out[stretch.key] = Region(stretch.key, stretch.name, (stretch.key,), stretch.country)
    for one in file.regions:
        out[one.key] = Region(one.key, pick(one.name, "en"), one.stretches, of(one.stretches), own=True)
    if home in groups:
        out[home] = group(home)
    return out


def _rows(file: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
        for row in rows:
            for name in needed:
                _ = row[name] if name == "name" else float(row[name])
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as problem:
        raise InputError(
            f"{file}: cannot be read as CSV with the columns {', '.join(needed)} ({problem}); see data/README.md"
        ) from None
    return rows


def _other_names(row: Mapping[str, str]) -> dict[str, str]:
    return {key.removeprefix("name_"): text for key, text in row.items() if key and key.startswith("name_") and text}

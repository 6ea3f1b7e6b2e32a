"""Regions that people draw: polygons, or pieces of coast.

They label landings after the fact; no boat's fate knows them. A landing belongs to a polygon that its place lies in,
and to a piece of coast whose kilometres hold it. Regions may overlap, and cross the stretches of the area.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView
from . import vectors

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from .area_file import RegionTable
    from .coast import Coast

MOST = 1000
MOST_VERTICES = 200_000
"""Of all outlines of a run: results carry them."""

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """A piece of a generalised coast line, from one of its kilometres to another; on a line that is closed the first
    may be the larger."""

    line: str
    km: tuple[float, float]


@dataclass(frozen=True, eq=False)
class OwnRegion:
    """A region of somebody's own.

    Attributes
    ----------
    key : str
        In results; no region of the area has it.
    name : str
    shape : shapely Polygon or MultiPolygon, or None
        Degrees, in any branch of longitude.
    pieces : tuple of Piece
        Instead of a shape.
    """

    key: str
    name: str
    shape: BaseGeometry | None = None
    pieces: tuple[Piece, ...] = field(default=())


@dataclass(frozen=True)
class Landings:
    """Where boats came ashore, one value for each; as the arrivals have them."""

    lon: Floats
    lat: Floats
    line: AnyArray  # index into the names of lines, -1 without one
    km: Floats
    line_names: tuple[str, ...] = ()


def members(regions: Sequence[OwnRegion], of: Landings) -> Bools:
    """Which landings each region holds.

    Parameters
    ----------
    regions : sequence of OwnRegion
    of : Landings
        n of them; NaN where a boat has not landed.

    Returns
    -------
    (n, region) ndarray of bool

    Raises
    ------
    InputError
        If a piece of coast is on a line that there is not.
    """
    out = np.zeros((of.lon.size, len(regions)), bool)
    for column, region in enumerate(regions):
        if region.shape is not None:
            out[:, column] = _within(region.shape, of.lon, of.lat)
        for piece in region.pieces:
            out[:, column] |= _on(piece, of, region)
    return out


def _within(shape: BaseGeometry, lon: Floats, lat: Floats) -> Bools:
    """Whether places lie in a shape, whatever turns of 360 degrees lie between them."""
    inside = np.zeros(lon.size, bool)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    for part in getattr(shape, "geoms", [shape]):
        west, south, _, north = part.bounds
        close = known[(lat[known] >= south) & (lat[known] <= north)]
        turned = west + (lon[close] - west) % 360.0
        shapely.prepare(part)
        inside[close] |= shapely.contains_xy(part, turned, lat[close])
    return inside


def _on(piece: Piece, of: Landings, region: OwnRegion) -> Bools:
    if piece.line not in of.line_names:
        there = ", ".join(of.line_names[:12])
        raise InputError(f"region {region.name!r}: there is no coast line {piece.line!r}; lines: {there}")
    first, last = piece.km
    here = of.line == of.line_names.index(piece.line)
    if first <= last:
        found: NDArray[np.bool_] = here & (of.km >= first) & (of.km < last)
        return found
    return np.asarray(here & ((of.km >= first) | (of.km < last)), np.bool_)


def shore_of(region: OwnRegion, coast: Coast) -> Bools:
    """Which segments of the shore a region holds, by their middles; (vertices,), as ``coast.segment_is_shore``."""
    at = np.flatnonzero(coast.segment_is_shore)
    lon, lat = (0.5 * (coast.vertices[at] + coast.vertices[at + 1])).T
    if region.pieces:
        line, km = coast.project(lon, lat, coast.segment_stretch[at])
        places = Landings(lon, lat, line, km.astype(np.float64), coast.line_names)
    else:
        none = np.full(at.size, -1, np.int16)
        places = Landings(lon, lat, none, none.astype(np.float64))
    out = np.zeros(coast.segment_is_shore.size, bool)
    out[at] = members([region], places)[:, 0]
    return out


def stretches_touched(
    regions: Sequence[OwnRegion], coast: Coast, domain: Sequence[float] | None = None
) -> list[frozenset[int]]:
    """Codes of the stretches whose shore each region holds some of: in what country it lies, and whether it has shore.

    Parameters
    ----------
    regions : sequence of OwnRegion
    coast : Coast
        Of the run.
    domain : west, east, south, north, optional
        Only shore within it counts; degrees in the coast's branch.
    """
    west, east, south, north = (-np.inf, np.inf, -np.inf, np.inf) if domain is None else domain
    lon, lat = coast.vertices.T
    counts = (lon > west) & (lon < east) & (lat > south) & (lat < north)
    return [frozenset(coast.segment_stretch[shore_of(one, coast) & counts].tolist()) for one in regions]


# --- from files -----------------------------------------------------------------------------------------------------


def read(path: Path, taken: Sequence[str] = (), name: str = "") -> tuple[OwnRegion, ...]:
    """The polygons of a file as regions; features of one name are one region.

    Parameters
    ----------
    path : Path
        GeoJSON, KML, GPX or shapefile; see `vectors.read`.
    taken : sequence of str
        Keys that they may not have, those of the area's regions.
    name : str
        Property with the name; by default the usual ones. A feature without a name is called by its number.

    Raises
    ------
    InputError
        If the file cannot be read, or holds something else than proper polygons.
    """
    shapes: dict[str, list[BaseGeometry]] = {}
    for n, feature in enumerate(vectors.read(path)):
        called = (feature.properties.get(name, "") if name else feature.name) or f"Region {n + 1}"
        if name and name not in feature.properties:
            there = ", ".join(sorted(feature.properties)[:8]) or "none"
            raise InputError(f"{path}: feature {n + 1} has no property {name!r} (there: {there})")
        shapes.setdefault(printable(called), []).extend(polygons(path, feature))
    if len(shapes) > MOST:
        raise InputError(f"{path}: holds {len(shapes)} regions; at most {MOST}")
    keys = list(taken)
    out = []
    for called, parts in shapes.items():
        keys.append(free_key(called, keys))
        out.append(OwnRegion(keys[-1], called, shapely.multipolygons(parts) if len(parts) > 1 else parts[0]))
    refuse_large(out, str(path))
    return tuple(out)


class Table(Protocol):
    """A region as a config has it: one of a file, the corners of a polygon, and a piece of a coast line."""

    @property
    def name(self) -> str: ...

    @property
    def file(self) -> str: ...

    @property
    def name_property(self) -> str: ...

    @property
    def points(self) -> Sequence[tuple[float, float]]: ...

    @property
    def line(self) -> str: ...

    @property
    def km(self) -> tuple[float, float] | None: ...


def of_tables(tables: Sequence[Table], taken: Sequence[str], coast: Coast | None = None) -> tuple[OwnRegion, ...]:
    """The regions of a config.

    Parameters
    ----------
    tables : sequence of Table
    taken : sequence of str
        Keys that they may not have, those of the area's regions.
    coast : Coast, optional
        Its lines are those that pieces may name.

    Raises
    ------
    InputError
        If a file cannot be read, or something in it or in a table is no region.
    """
    out: list[OwnRegion] = []
    for n, table in enumerate(tables):
        keys = [*taken, *(region.key for region in out)]
        if table.file:
            found = read(Path(table.file), keys, table.name_property)
            if table.name:
                shapes = [part for region in found for part in getattr(region.shape, "geoms", [region.shape])]
                whole = shapely.union_all(shapes)
                found = (OwnRegion(free_key(table.name, keys), table.name, whole),)
            out += found
        elif table.points:
            corners = shapely.Polygon(table.points)
            (part,) = polygons(f"area.regions[{n}].points", vectors.Feature(corners, {"name": table.name}))
            out.append(OwnRegion(free_key(table.name, keys), table.name, part))
        else:
            piece = Piece(table.line, table.km or (0.0, 0.0))
            if coast is not None and table.line not in coast.line_names:
                raise InputError(
                    f"area.regions[{n}].line = {table.line!r} is no coast line; there are {', '.join(coast.line_names)}"
                )
            out.append(OwnRegion(free_key(table.name, keys), table.name, pieces=(piece,)))
    if len(out) > MOST:
        raise InputError(f"area.regions: {len(out)} regions; at most {MOST}")
    refuse_large(out, "area.regions")
    return tuple(out)


def polygons(path: Path | str, feature: vectors.Feature) -> list[BaseGeometry]:
    """The polygons of a feature, without heights.

    Raises
    ------
    InputError
        If it is no area, an improper one, or no place in degrees; names file and feature.
    """
    shape = feature.shape
    named = f"{path}: {printable(feature.name)}: " if feature.name else f"{path}: "
    if vectors.dimension(shape) != 2:
        raise InputError(f"{named}is a {shape.geom_type}, not a polygon")
    try:
        whole = [shapely.force_2d(part) for part in getattr(shape, "geoms", [shape])]
        parts = [vectors.branch(part, (-180.0, 180.0)) for part in whole]
        for part in parts:
            refuse_leap(part)
        vectors.refuse_improper(shape)
    except InputError as error:
        raise InputError(f"{named}{error}") from None
    return parts


def refuse_leap(shape: BaseGeometry) -> None:
    """Raises InputError for an edge of more than half the Earth: it was meant to go the other way, across 180°."""
    lon = shapely.get_coordinates(getattr(shape, "exterior", shape))[:, 0]
    far = np.flatnonzero(np.abs(np.diff(lon)) > 180.0)
    if far.size and not (abs(lon[far[0]]) == 180.0 and abs(lon[far[0] + 1]) == 180.0):
        raise InputError(
            f"an edge runs from {lon[far[0]]:g} to {lon[far[0] + 1]:g} degrees of longitude; across 180° let the "
            "longitudes run on (179, 181), or cut it at 180°"
        )


def refuse_large(regions: Sequence[OwnRegion], where: str) -> None:
    """Raises InputError where the outlines have more corners than results can carry."""
    corners = sum(shapely.get_num_coordinates(region.shape) for region in regions if region.shape is not None)
    if corners > MOST_VERTICES:
        raise InputError(f"{where}: the regions have {corners:,} corners; at most {MOST_VERTICES:,}: simplify them")


def printable(text: str) -> str:
    """A text of anybody's file as a name: one line, at most 80 characters."""
    kept = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:80].strip()
    return kept or "–"


def key_of(name: str) -> str:
    """A key from a name: small Latin letters, digits and _; of other letters their code points."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not key:
        key = "u" + "_".join(f"{ord(c):x}" for c in name[:7])
    return (key if key[0].isalpha() else f"r_{key}")[:40]


def free_key(name: str, taken: Sequence[str]) -> str:
    """A key from a name that is not taken yet: with a number at its end where it must be."""
    key, n = key_of(name), 1
    stem = key[:36]
    while key in taken:
        n += 1
        key = f"{stem}_{n}"
    return key


# --- in results -----------------------------------------------------------------------------------------------------


def described(
    regions: Sequence[OwnRegion], coast: Coast | None = None, domain: Sequence[float] | None = None
) -> list[Json]:
    """What results carry of regions: tables of an area file (`area_file.RegionTable`), in whole microdegrees.

    Parameters
    ----------
    regions : sequence of OwnRegion
    coast : Coast, optional
        With the shore that the regions hold; without one they have none.
    domain : west, east, south, north, optional
        Only shore within it counts.
    """
    touched = [frozenset[int]()] * len(regions) if coast is None else stretches_touched(regions, coast, domain)
    out = []
    for region, codes in zip(regions, touched, strict=True):
        one: Json = {"key": region.key, "name": {"en": region.name}}
        if region.shape is not None:
            one["outline"] = [
                [np.round(shapely.get_coordinates(ring), 6).tolist() for ring in (part.exterior, *part.interiors)]
                for part in getattr(region.shape, "geoms", [region.shape])
            ]
        if region.pieces:
            one["pieces"] = [{"line": piece.line, "km": list(piece.km)} for piece in region.pieces]
        if coast is not None and codes:
            one["stretches"] = [coast.stretch_keys[code] for code in sorted(codes)]
        out.append(one)
    return out


def added(
    told: JsonView,
    regions: Sequence[OwnRegion],
    coast: Coast | None,
    domain: Sequence[float],
    lead: Sequence[str] = (),
) -> Json:
    """An area as results carry it, with regions of somebody's own: they come first, unless others should.

    Parameters
    ----------
    told : mapping
        As ``Area.described`` gives it.
    regions : sequence of OwnRegion
    coast : Coast or None
    domain : west, east, south, north
    lead : sequence of str
        Keys of the regions that should come first.

    Raises
    ------
    InputError
        If one of them is not there.
    """
    own = described(regions, coast, domain)
    known = [one["key"] for name in ("stretches", "groups", "regions") for one in told.get(name, ())]
    known += [one["key"] for one in own]
    for key in lead:
        if key not in known:
            raise InputError(f"area.lead: there is no region {key!r}; there are {', '.join(known)}")
    first = list(lead) or [one["key"] for one in own][:8]
    out = {**told, "regions": [*told.get("regions", ()), *own]} if own else dict(told)
    return {**out, "lead": first} if first else out


def of(table: RegionTable) -> OwnRegion:
    """The region of a table of an area file.

    Raises
    ------
    InputError
        If its outline is no proper one.
    """
    name = next(iter(table.name.values()))
    parts = [shapely.Polygon(rings[0], rings[1:]) for rings in table.outline if rings]
    for part in parts:
        try:
            vectors.refuse_improper(part)
        except InputError as error:
            raise InputError(f"region {table.key}: {error}") from None
    shape = shapely.multipolygons(parts) if len(parts) > 1 else parts[0] if parts else None
    return OwnRegion(table.key, name, shape, tuple(Piece(piece.line, piece.km) for piece in table.pieces))

"""The file ``area.toml``: what a sea is made of, as a person writes it.

Everything that a table, a map or a release must know of a sea and that the shoreline does not say stands here: its box,
the names of its coasts, which of them lead, the ways out, the ports.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ..system.errors import InputError

LARGEST_BYTES = 1_000_000
MOST_STRETCHES = 64
"""As many as one word of the machine has bits: each boat carries a bit for each stretch that it came near to."""
MOST_SQUARE_DEGREES = 2500.0
GSHHG = "gshhg"
_SHOWN = 20


def _wrong(allowed: str) -> PydanticCustomError:
    return PydanticCustomError("driftsim", "{allowed}", {"allowed": allowed})


def _key(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", text):
        raise _wrong("must be a key of small letters, digits and _, such as north_coast, at most 40 of them")
    return text


def _text(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > 80:
        raise _wrong("must be a text of 1 to 80 printable characters")
    return text


def _names(value: object) -> object:
    """One text is the name in every language."""
    return {"en": value} if isinstance(value, str) else value


def _place(place: tuple[float, float]) -> tuple[float, float]:
    if not (abs(place[0]) <= 360.0 and abs(place[1]) <= 90.0):
        raise _wrong("must be [longitude, latitude] in degrees; longitude comes first")
    return place


def _extent(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, east, south, north = box
    if not (-360.0 <= west < east <= 360.0 and -90.0 <= south < north <= 90.0):
        raise _wrong("must be [west, east, south, north] in degrees, west < east and south < north")
    return box


def _box(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, east, south, north = box
    if not (-360.0 <= west < east <= 360.0 and -90.0 <= south < north <= 90.0 and east - west <= 360.0):
        raise _wrong(
            "must be [west, east, south, north] in degrees, west < east and south < north; across 180° east of it is "
            "180 or more, as in [170, 190, -20, 0]"
        )
    return box


Key = Annotated[str, AfterValidator(_key)]
Text = Annotated[str, AfterValidator(_text)]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}$")]
Names = Annotated[dict[Language, Text], BeforeValidator(_names), Field(min_length=1)]
Place = Annotated[tuple[float, float], Field(strict=False), AfterValidator(_place)]  # TOML has lists only
Box = Annotated[tuple[float, float, float, float], Field(strict=False), AfterValidator(_box)]
Extent = Annotated[tuple[float, float, float, float], Field(strict=False), AfterValidator(_extent)]
Rings = Annotated[tuple[Annotated[tuple[Place, ...], Field(strict=False, min_length=4)], ...], Field(strict=False)]
Side = Literal["west", "east", "south", "north"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StretchTable(_Table):
    """A leaf of the coast; every piece of shore belongs to one. The order is that of their codes."""

    key: Key
    name: Names
    short: Names | None = None  # on maps, where the name is long
    country: Text = "–"
    at: Place | None = None  # a place on a piece of land: all of its shore
    islands: tuple[Box, ...] = Field((), strict=False)  # every island whose middle lies in one of these boxes
    polygon: tuple[Place, ...] = Field((), strict=False, max_length=50_000)  # shore in it, or nearest to it


class Boundary(_Table):
    """Where a stretch begins on a mainland's shore: the vertex nearest to this place."""

    stretch: Key
    at: Place


class Mainland(_Table):
    """A piece of land with several stretches, which follow each other with the land on the right hand (clockwise)."""

    key: Key
    at: Place
    boundaries: tuple[Boundary, ...] = Field(strict=False, min_length=1, max_length=1000)


class LineTable(_Table):
    """A generalised line along which kilometres are counted, land on the right hand."""

    key: Key
    land: Key | None = None  # of a mainland
    at: Place | None = None  # or a place on an island
    begin: Place | None = None  # default: the southernmost point
    end: Place | None = None  # default: once around

    @model_validator(mode="after")
    def _one_land(self) -> LineTable:
        if (self.land is None) == (self.at is None):
            raise _wrong("needs either land (the key of a mainland) or at = [longitude, latitude]")
        return self


class Group(_Table):
    """A region that sums stretches: some by key, or all of a country."""

    key: Key
    name: Names
    short: Names | None = None
    stretches: tuple[Key, ...] = Field((), strict=False)
    country: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Group:
        if bool(self.stretches) == (self.country is not None):
            raise _wrong("needs either stretches = [...] or country")
        return self


class PieceTable(_Table):
    """A piece of a line, from one of its kilometres up to another."""

    line: Key
    km: Annotated[tuple[float, float], Field(strict=False)]


class RegionTable(_Table):
    """A region of somebody's own: polygons (rings: outline, then holes) or pieces of coast. It may overlap others."""

    key: Key
    name: Names
    outline: tuple[Rings, ...] = Field((), strict=False, max_length=100_000)
    pieces: tuple[PieceTable, ...] = Field((), strict=False, max_length=1000)
    stretches: tuple[Key, ...] = Field((), strict=False)  # whose shore it holds some of


class Exit(_Table):
    """A way out: boats that leave by one of these sides in a box; west and south edges belong to the box."""

    key: Key
    name: Names
    where: tuple[Where, ...] = Field(strict=False, min_length=1)


class Where(_Table):
    """Part of the domain's edge."""

    sides: tuple[Side, ...] = Field(strict=False, min_length=1)
    box: Extent


class Polygons(_Table):
    """The user's own polygons: each names a stretch; the shore in it, or near it, is its own."""

    file: Text
    name: Text = "name"  # property with the name
    country: Text | None = None  # property with the country
    reach_km: float = Field(2.0, ge=0.0, le=50.0)


class SeaTable(_Table):
    """The sea's own name on maps: several where people differ; the one customary in a language."""

    names: dict[Key, Names] = Field(default_factory=dict)
    customary: dict[Language, Key] = Field(default_factory=dict)
    at: tuple[Place, ...] = Field(default=(), strict=False, max_length=20)
    page_at: tuple[Place, ...] = Field(default=(), strict=False, max_length=20)


class Label(_Table):
    """A name on maps: of land or water on figures, of land on the page of a report."""

    kind: Literal["land", "water", "page"]
    name: Names  # a | begins a second line
    at: Place


class SourceName(_Table):
    """What sources of releases that are called so are called in other languages."""

    names: tuple[Text, ...] = Field(strict=False, min_length=1)
    name: Names


class RecordsTable(_Table):
    """Records of landings, and what they are compared with."""

    name: Names = Field(default_factory=lambda: {"en": "Records of landings"})
    utc_offset_hours: float = Field(default=0.0, ge=-14.0, le=14.0)  # finds are dated in it
    chart: Box | None = None
    # Sentences below the figures: calendar, map, cumulative, comparison, found_map.
    notes: dict[Key, Annotated[str, Field(max_length=300)]] = Field(default_factory=dict)
    # Lines that the reference "uniform by length of coast" does not hold whole: the parts in these boxes.
    uniform: dict[Key, Annotated[tuple[Box, ...], Field(strict=False)]] = Field(default_factory=dict)


class AreaFile(_Table):
    """All of ``area.toml``."""

    name: Names
    box: Box
    domain: Box | None = None
    shoreline: Text = GSHHG
    islands_above_km2: float | None = Field(None, ge=0.0, le=1e8)
    country: Text = "–"  # of stretches made without a name
    home: Key | None = None
    lead: tuple[Key, ...] = Field((), strict=False, max_length=8)
    ports: Text | None = None
    towns: Text | None = None
    coast_credit: Text = "coast: polygons of the user's own"
    sea: SeaTable = SeaTable()
    labels: tuple[Label, ...] = Field((), strict=False, max_length=500)
    sources: tuple[SourceName, ...] = Field((), strict=False, max_length=500)
    records: RecordsTable = RecordsTable()
    polygons: Polygons | None = None
    stretches: tuple[StretchTable, ...] = Field((), strict=False, max_length=MOST_STRETCHES)
    mainlands: tuple[Mainland, ...] = Field((), strict=False, max_length=1000)
    lines: tuple[LineTable, ...] = Field((), strict=False, max_length=1000)
    groups: tuple[Group, ...] = Field((), strict=False, max_length=1000)
    regions: tuple[RegionTable, ...] = Field((), strict=False, max_length=1000)
    exits: tuple[Exit, ...] = Field((), strict=False, max_length=100)


def load(path: Path) -> AreaFile:
    """Read and check an area file.

    Parameters
    ----------
    path : Path
        TOML, UTF-8, at most 1 MB.

    Raises
    ------
    InputError
        All that is wrong with it at once, each with key, value and what is allowed.
    """
    return parse(_tables(path), path)


def parse(data: Mapping[str, object], path: Path | str) -> AreaFile:
    """Check the tables of an area file, as `load`; ``path`` is what messages call them."""
    try:
        made = AreaFile.model_validate(data)
    except ValidationError as error:
        raise InputError(_message(path, list(_problems(error)))) from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    wrong = list(chain.from_iterable(check(made) for check in _CHECKS))
    if wrong:
        raise InputError(_message(path, wrong))
    return made


def _tables(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
        if len(raw) > LARGEST_BYTES:
            raise InputError(f"{path}: is larger than 1 MB; keep polygons in files of their own")
        return tomllib.loads(raw.decode("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error}); give the path of an area.toml") from None
    except RecursionError:
        raise InputError(f"{path}: is nested too deeply") from None
    except ValueError as error:
        raise InputError(f"{path}: not TOML ({ascii(str(error))[1:-1][:160]})") from None


def _message(path: Path | str, wrong: list[str]) -> str:
    if len(wrong) == 1:
        return f"{path}: {wrong[0]}"
    more = [f"... and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else []
    return "\n  ".join([f"{path}: {len(wrong)} problems", *wrong[:_SHOWN], *more])


def _problems(error: ValidationError) -> Iterator[str]:
    errors = error.errors(include_url=False)
    for one in errors:
        inner = any(other["loc"][: len(one["loc"])] == one["loc"] != other["loc"] for other in errors)
        where = _dotted(one["loc"])
        if inner and one["type"] == "too_short":  # what is wrong in the list has been left out of it
            continue
        if one["type"] == "missing":
            yield f"{where} is missing"
        elif one["type"] == "extra_forbidden":
            yield f"{where} is no key of an area; remove it"
        else:
            said = one["msg"][:1].lower() + one["msg"][1:]
            said = said.replace("input should be", "must be").replace("value error, ", "")
            yield f"{where} = {shown(one['input'])} {said}" if where else said


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return "".join(c if c.isprintable() else "?" for c in text)[:120]


def shown(value: object) -> str:
    """A value of the file, cut short and printable."""
    text = ascii(value) if not isinstance(value, str) else '"' + "".join(c if c.isprintable() else "?" for c in value)
    text += '"' * isinstance(value, str)
    return text if len(text) <= 60 else text[:56] + " ..."


# --- checks between keys --------------------------------------------------------------------------------------------


def _check_boxes(area: AreaFile) -> Iterator[str]:
    west, east, south, north = area.box
    size = (east - west) * (north - south)
    if size > MOST_SQUARE_DEGREES:
        yield (
            f"box = {list(area.box)} holds {size:.0f} square degrees; at most {MOST_SQUARE_DEGREES:.0f}, which take "
            "some minutes and 2 GB: draw it smaller"
        )
    for name, edge in zip(("west", "east", "south", "north"), area.box, strict=True):
        if abs(edge * 60.0 - round(edge * 60.0)) > 1e-9:
            yield f"box = {list(area.box)}: {name} must be a multiple of 1/60 degree"
    if area.domain is not None:
        inner = area.domain
        if not (west <= inner[0] and inner[1] <= east and south <= inner[2] and inner[3] <= north):
            yield f"domain = {list(inner)} must lie in box = {list(area.box)}, with longitudes on the same branch"


def _twice(where: str, keys: list[str]) -> Iterator[str]:
    for n, key in enumerate(keys):
        if key in keys[:n]:
            yield f"{where}[{n}].key = {shown(key)} stands twice; give it another key"


def _check_keys(area: AreaFile) -> Iterator[str]:
    regions = [stretch.key for stretch in area.stretches]
    yield from _twice("stretches", regions)
    yield from _twice("mainlands", [land.key for land in area.mainlands])
    yield from _twice("lines", [line.key for line in area.lines])
    yield from _twice("exits", [way.key for way in area.exits])
    for n, group in enumerate(area.groups):
        if group.key in regions:
            yield f"groups[{n}].key = {shown(group.key)} is the key of another region; give it another key"
        regions.append(group.key)
    for n, own in enumerate(area.regions):
        if own.key in regions:
            yield f"regions[{n}].key = {shown(own.key)} is the key of another region; give it another key"
        regions.append(own.key)
    for n, way in enumerate(area.exits):
        if way.key in ("west", "east", "south", "north"):
            yield f"exits[{n}].key = {shown(way.key)} is a side of the domain; give it another key"


def _check_references(area: AreaFile) -> Iterator[str]:
    """Keys that stand for others must be there; those of stretches that are made from the shoreline come later."""
    known = {stretch.key for stretch in area.stretches}
    lands = {land.key for land in area.mainlands}
    for n, land in enumerate(area.mainlands):
        for m, boundary in enumerate(land.boundaries):
            if boundary.stretch not in known:
                yield _unknown(f"mainlands[{n}].boundaries[{m}].stretch", boundary.stretch, "[[stretches]]")
    for n, line in enumerate(area.lines):
        if line.land is not None and line.land not in lands:
            yield _unknown(f"lines[{n}].land", line.land, "[[mainlands]]")
    if not made_later(area):
        yield from references(area, [(stretch.key, stretch.country) for stretch in area.stretches])


def made_later(area: AreaFile) -> bool:
    """Whether there are stretches that only the shoreline, or the user's polygons, give."""
    return area.islands_above_km2 is not None or area.polygons is not None or not area.stretches


def references(area: AreaFile, stretches: list[tuple[str, str]]) -> Iterator[str]:
    """What is wrong with the groups, ``home`` and ``lead`` once all stretches (key and country) are known."""
    keys = [key for key, _ in stretches]
    countries = {country for _, country in stretches}
    for n, group in enumerate(area.groups):
        for m, key in enumerate(group.stretches):
            if key not in keys:
                yield _unknown(f"groups[{n}].stretches[{m}]", key, "the stretches", keys)
        if group.country is not None and group.country not in countries:
            yield _unknown(f"groups[{n}].country", group.country, "the stretches' countries", sorted(countries))
    for n, own in enumerate(area.regions):
        for m, key in enumerate(own.stretches):
            if key not in keys:
                yield _unknown(f"regions[{n}].stretches[{m}]", key, "the stretches", keys)
    regions = [*keys, *(group.key for group in area.groups)]
    if area.home is not None and area.home not in regions:
        yield _unknown("home", area.home, "the stretches and groups", regions)
    regions += [own.key for own in area.regions]
    for n, key in enumerate(area.lead):
        if key not in regions:
            yield _unknown(f"lead[{n}]", key, "the stretches and groups", regions)


def _unknown(where: str, key: str, among: str, keys: list[str] | None = None) -> str:
    there = f": {', '.join(keys[:12])}{', ...' if len(keys) > 12 else ''}" if keys else ""
    return f"{where} = {shown(key)} is not among {among}{there}"


def check_shores(area: AreaFile) -> Iterator[str]:
    """Stretches without a shore: an area that is to be built must say where each of them is."""
    named = {boundary.stretch for land in area.mainlands for boundary in land.boundaries}
    for n, stretch in enumerate(area.stretches if area.polygons is None else ()):
        if stretch.at is None and not stretch.islands and not stretch.polygon and stretch.key not in named:
            yield (
                f"stretches[{n}] ({stretch.key}) has no shore: give at, islands or polygon, or a boundary on a mainland"
            )


def _check_polygons(area: AreaFile) -> Iterator[str]:
    for n, stretch in enumerate(area.stretches):
        if stretch.polygon and len(stretch.polygon) < 3:
            yield f"stretches[{n}].polygon needs 3 or more points, each [longitude, latitude]"


_CHECKS: tuple[Callable[[AreaFile], Iterator[str]], ...] = (
    _check_boxes,
    _check_keys,
    _check_references,
    _check_polygons,
)

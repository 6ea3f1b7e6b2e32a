"""The keys of a config: one frozen model for each table of the TOML file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..area import area as areas
from ..system.constants import SECONDS_PER_DAY
from ..system.kinds import Reals
from . import distributions, products, values

Moment = Annotated[datetime, BeforeValidator(values.moment)]
Label = Annotated[str, AfterValidator(values.label)]
Title = Annotated[str, AfterValidator(values.printable)]
File = Annotated[str, AfterValidator(values.file)]
Data = Annotated[str, AfterValidator(values.data)]
Leeway = Annotated[str, BeforeValidator(values.leeway)]
Level = Annotated[str, AfterValidator(values.level)]
Port = Annotated[str, AfterValidator(values.printable)]
Drawn = Annotated[dict[str, Any], BeforeValidator(distributions.number)]
DrawnShares = Annotated[dict[str, Any], BeforeValidator(distributions.shares)]
Point = Annotated[tuple[float, float], BeforeValidator(values.point), Field(strict=False)]  # TOML has lists only

A_MOMENT = "a date or date-time such as 2017-10-01 or 2017-10-01T06:00:00"
A_BOX = "[west, east, south, north] in degrees"
A_LEVEL = 'a height, a depth or a pressure such as "100 m" or "850 hPa"'
A_CLASS = "a key or number of the leeway table, such as FISHING-VESSEL-5"


def key(default: Any, description: str, *, unit: str = "", form: str = "", **limits: Any) -> Any:
    """A key of the config: default (``...``: it must be given), what it means, its unit, its limits.

    Parameters
    ----------
    form : str
        What a good value looks like, where the type alone does not say it.
    """
    extra = {"unit": unit, "form": form}
    return Field(default, description=description, json_schema_extra={k: v for k, v in extra.items() if v}, **limits)


class Section(BaseModel):
    """A table of the config: closed, frozen, strict about types, without NaN or infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    def idle(self) -> frozenset[str]:
        """Keys that mean nothing beside the values of others; they have their defaults and are not written back."""
        return frozenset()


def listed(default: Any, description: str, **more: Any) -> Any:
    """A key that holds a list; TOML has no tuples, so this one conversion is allowed."""
    return key(default, description, strict=False, **more)


class RunTable(Section):
    """When, how finely and from which seed."""

    title: Title = key("", "What stands above the table and the map.", max_length=200)
    start: Moment = key(..., "First moment of the run, UTC; a bare date means 00:00.", unit="UTC", form=A_MOMENT)
    end: Moment = key(..., "Last moment of the run, UTC; a bare date means 00:00.", unit="UTC", form=A_MOMENT)
    step_minutes: float = key(
        60.0, "Time step; divides 24 h. Releases fall on the step grid.", unit="minutes", gt=0.0, le=1440.0
    )
    scheme: Literal["rk4", "rk2", "euler"] = key("rk4", "Time stepping.")
    precision: Literal["single", "double"] = key("single", "Arithmetic of the velocities; positions are double.")
    direction: Literal["forward", "backward"] = key(
        "forward", "Backward: released between start and end, followed towards start."
    )
    seed: int = key(1, "Seed of every random number.", ge=0, le=2**63 - 1)
    threads: int = key(
        0, "Threads; 0: one for each core that the process may use. The data do not depend on it.", ge=0, le=1024
    )
    metric: Literal["wgs84", "sphere", "nautical"] = key(
        "wgs84", "Metres in a degree; nautical is 111120 m, for comparison with other programs."
    )

    @property
    def start_epoch(self) -> float:
        """Seconds from 1970-01-01 UTC to the first moment of the run."""
        return values.epoch(self.start)

    @property
    def end_epoch(self) -> float:
        """Seconds from 1970-01-01 UTC to the last moment of the run."""
        return values.epoch(self.end)

    def epoch(self, elapsed_s: Reals) -> Reals:
        """Epoch seconds of a time along the integration, seconds (numbers or arrays); backward it begins at the end."""
        return self.end_epoch - elapsed_s if self.direction == "backward" else self.start_epoch + elapsed_s

    @property
    def step_s(self) -> float:
        """Time step, seconds, as a whole fraction of a day."""
        return SECONDS_PER_DAY / round(1440.0 / self.step_minutes)

    @property
    def steps(self) -> int:
        """Number of time steps from start to end."""
        return round((self.end_epoch - self.start_epoch) / self.step_s)


class FieldSection(Section):
    """Where a velocity field comes from and how its levels are to be read."""

    product: str = key(
        "climatology",
        'Built-in "climatology", a product of the catalogue such as "glo12", or "cf" for any CF file.',
        form='"climatology", a product of the catalogue, or "cf"',
    )
    files: tuple[Data, ...] = listed(
        (),
        "NetCDF or GRIB files, Zarr or Icechunk stores, globs of them, relative to this file, or addresses; none with "
        "the climatology.",
        form="a list of files or globs",
        max_length=10_000,
    )
    u: str = key("", "Eastward variable, where it cannot be told from the file.", max_length=200)
    v: str = key("", "Northward variable, where it cannot be told from the file.", max_length=200)
    scale: float = key(1.0, "Factor on the velocity.", ge=0.0, le=10.0)
    fastest_m_s: float = key(
        0.0,
        "Greatest speed that is believed, a faster one stops the run; 0 takes 5, for wind 80.",
        unit="m/s",
        ge=0.0,
        le=300.0,
    )
    steady: bool = key(False, "One level, used for all times.")
    stamp: Literal["auto", "middle", "start", "end", "instant"] = key(
        "auto", "Where the time stamp stands in the interval that a level is the mean of."
    )
    interval_hours: float = key(
        0.0, "Length of that interval; 0 takes it from the product or the spacing.", unit="hours", ge=0.0, le=9000.0
    )
    max_gap_hours: float = key(
        0.0, "Longest gap between levels; 0 allows twice the usual spacing.", unit="hours", ge=0.0, le=90_000.0
    )
    level: Level = key(
        "",
        'Which level is meant, where it is not the surface (of a wind 10 m), such as "100 m" or "850 hPa".',
        form=A_LEVEL,
    )
    member_dimension: str = key(
        "", "Dimension of the files that counts the members of an ensemble, where they do not say so.", max_length=200
    )
    zeros_are_land: bool | None = key(
        None, "Do both components exactly 0 mean land? By default as the product says; unexpected ones are told of."
    )
    fill_km: float = key(100.0, "How far sea values are carried over land.", unit="km", ge=0.0, le=1000.0)
    land: Literal["fill", "zero"] = key("fill", "Value over land; zero is for comparison with other programs.")

    @property
    def described(self) -> str:
        """Name of the product in a sentence."""
        return f'product = "{self.product}"'

    def idle(self) -> frozenset[str]:
        """The keys of files, where there are none; every key, where there is no field."""
        if self.product == NO_CURRENT:
            return frozenset((*FILE_KEYS, *LAND_KEYS, *CONSTANT_KEYS, "scale"))
        return frozenset(idle_of(self.product))


DRAWN = ("climatology", "wind_roses")
"""Winds that are drawn from roses."""

NO_CURRENT = "none"
"""Product of a current that is not there: leaving the table out could be a slip."""

LAND_KEYS = ("fill_km", "land")
"""Keys of fields that end at the coast; a wind drawn from roses does not."""

EKMAN_KEYS = ("ekman_percent", "ekman_angle_deg")
"""Keys of the Ekman drift that is added to a current without one."""

EDDY_KEYS = ("eddy_scale", "eddy_km", "eddy_days")
"""Keys of the eddies that are drawn."""

FILE_KEYS = (
    "files",
    "u",
    "v",
    "steady",
    "stamp",
    "interval_hours",
    "max_gap_hours",
    "level",
    "member_dimension",
    "zeros_are_land",
)
"""Keys that go with files, and not with the climatology."""


CONSTANT_KEYS = ("east_m_s", "north_m_s", "speed_m_s", "from_deg", "to_deg")
"""Keys of a velocity that is one number, and of no other; a section has one of the two directions."""


def idle_of(product: str) -> tuple[str, ...]:
    """Keys that say nothing beside a product: those of files, of the coast, of a constant."""
    if product == "constant":
        return (*FILE_KEYS, *LAND_KEYS)
    if product == "series":
        return (*(key for key in FILE_KEYS if key not in ("files", "max_gap_hours")), *LAND_KEYS, *CONSTANT_KEYS)
    return (*FILE_KEYS, *CONSTANT_KEYS) if product == "climatology" else CONSTANT_KEYS


class EvenSection(FieldSection):
    """A field that may be one number."""

    east_m_s: float | None = key(
        None, 'With product = "constant": velocity towards east, beside north_m_s.', unit="m/s", ge=-300.0, le=300.0
    )
    north_m_s: float | None = key(
        None, 'With product = "constant": velocity towards north, beside east_m_s.', unit="m/s", ge=-300.0, le=300.0
    )
    speed_m_s: float | None = key(
        None,
        'With product = "constant": its speed, beside its direction; instead of the two components.',
        unit="m/s",
        ge=0.0,
        le=300.0,
    )


class CurrentConfig(EvenSection):
    """Surface current."""

    product: str = key(
        "climatology",
        'Built-in "climatology", a product of the catalogue such as "glo12", "cf" for any CF file, "constant" for one '
        'velocity, "series" for the record of a station (CSV), or "none".',
        form='"climatology", a product of the catalogue, "cf", "constant", "series" or "none"',
    )
    to_deg: float | None = key(
        None,
        'With product = "constant": direction to which it goes, clockwise from north.',
        unit="degrees",
        ge=-360.0,
        le=360.0,
    )

    ekman_percent: float | None = key(
        None,
        "Ekman drift to add, percent of the wind; by default 1 to a current that is known to be geostrophic only. "
        "With the climatology it stands for that of each month's mean wind.",
        unit="%",
        ge=0.0,
        le=10.0,
    )
    ekman_angle_deg: float = key(
        45.0,
        "Its direction, positive to the right of downwind; to the left south of the equator.",
        unit="degrees",
        ge=-180.0,
        le=180.0,
    )
    scale: float = key(
        1.0,
        "Factor on the velocity; not on an Ekman part of the climatology or of ekman_percent, which is wind.",
        ge=0.0,
        le=10.0,
    )

    eddy_scale: float = key(
        1.0, "Factor on the speed of the eddies that each member gets with the climatology; 0: none.", ge=0.0, le=5.0
    )
    eddy_km: float = key(
        60.0, "Their radius: the correlation of the stream function is exp(-r2/2L2).", unit="km", ge=40.0, le=200.0
    )
    eddy_days: float = key(10.0, "Their memory falls to 1/e in this time.", unit="days", ge=1.0, le=100.0)
    members: int = key(
        0,
        "Number of eddy fields that are drawn; 0: as many as the wind has members, 200 with one from files.",
        ge=0,
        le=10_000,
    )

    @property
    def draws_eddies(self) -> bool:
        """Whether each member gets eddies of its own."""
        return self.product == "climatology" and self.eddy_scale > 0.0

    def idle(self) -> frozenset[str]:
        """What says nothing beside the product: Ekman drift of a current with its own, eddies of one that is read."""
        own = self.product == "climatology" and self.ekman_percent is None
        # 0 % of the wind says what no current says already; a variation of another config has no other way to say it.
        none = EKMAN_KEYS[self.ekman_percent == 0.0 :]
        ekman = none if self.product == NO_CURRENT else EKMAN_KEYS[1:] if own else ()
        eddies = () if self.draws_eddies else EDDY_KEYS[self.product == "climatology" :]
        members = () if self.draws_eddies or self.product not in ("climatology", NO_CURRENT) else ("members",)
        return super().idle() | frozenset((*ekman, *eddies, *members))


class WindConfig(EvenSection):
    """Wind at 10 m. Without this table there is no wind."""

    product: str = key(
        "climatology",
        'Built-in "climatology", "wind_roses" (files: an atlas of roses), a product of the catalogue, "cf", "constant" '
        'for one wind, or "series" for the record of a station (CSV).',
        form='"climatology", "wind_roses", a product of the catalogue, "cf", "constant" or "series"',
    )
    from_deg: float | None = key(
        None,
        'With product = "constant": direction from which it blows, clockwise from north.',
        unit="degrees",
        ge=-360.0,
        le=360.0,
    )
    members: int = key(
        200, "Number of wind series that are drawn; for climatology and wind_roses only (else 1).", ge=1, le=10_000
    )

    @model_validator(mode="before")
    @classmethod
    def _one_member_unless_drawn(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "members" not in data and data.get("product", DRAWN[0]) not in DRAWN:
            return {**data, "members": 1}
        return data

    def idle(self) -> frozenset[str]:
        """What speaks of levels and land, where the wind is drawn; an atlas of roses is a file all the same."""
        if self.product not in DRAWN:
            return frozenset(idle_of(self.product))
        return frozenset((*FILE_KEYS, *LAND_KEYS, *CONSTANT_KEYS)) - {"files" if self.product == "wind_roses" else ""}


class StokesConfig(FieldSection):
    """Stokes drift. Without this table there is none."""

    product: str = key("cf", 'A product of the catalogue, or "cf" for any CF file.', form='a product, or "cf"')
    with_leeway: bool = key(
        False, "Stokes drift is meant on top of table leeway, which holds the push of the waves already."
    )


class BoatClass(Section):
    """One kind of boat: leeway from the table, or plain windage."""

    leeway: Leeway = key("", "Leeway class, key or number of the table; or windage_percent instead.", form=A_CLASS)
    windage_percent: float | None = key(
        None, "Drift in percent of the wind; instead of leeway.", unit="%", ge=0.0, le=100.0
    )
    windage_angle_deg: float = key(
        0.0, "Deflection of the windage, positive to the right of downwind.", unit="degrees", ge=-180.0, le=180.0
    )
    share: float = key(1.0, "Share of the boats; shares add up to 1.", ge=0.0, le=1.0)
    name: Label = key("", "Label in the results; by default the leeway class, or the windage.", max_length=80)

    @model_validator(mode="before")
    @classmethod
    def _named(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or data.get("name", "") != "":
            return data
        percent, angle = data.get("windage_percent"), data.get("windage_angle_deg", 0.0)
        if data.get("leeway", "") != "":
            try:
                return {**data, "name": values.leeway(data["leeway"])}
            except ValueError:
                return data
        if all(isinstance(x, (int, float)) and abs(x) < 1e6 for x in (percent, angle)):
            return {**data, "name": f"windage {percent:g}%" + (f" {angle:g}deg" if angle else "")}
        return data

    def idle(self) -> frozenset[str]:
        """The angle of a windage that is not there."""
        return frozenset(("windage_angle_deg",) if self.leeway else ())


class Capsizing(Section):
    """Capsizing with a probability an hour of 0.5 + 0.5 tanh((W - wind_m_s) / width_m_s)."""

    wind_m_s: float = key(30.0, "Wind at which it is one half an hour.", unit="m/s", gt=0.0, le=100.0)
    width_m_s: float = key(5.0, "Range of wind over which it rises.", unit="m/s", gt=0.0, le=100.0)
    becomes: Leeway = key("SKIFF-3", "Leeway class of the capsized boat.", form=A_CLASS, min_length=1)

    @property
    def name(self) -> str:
        """Label of the capsized boats in the results."""
        return f"{self.becomes}_capsized"


class Sinking(Section):
    """Sinking at a constant rate from some age on."""

    mean_life_days: float = key(60.0, "Mean life once sinking has set in.", unit="days", gt=0.0, le=1e6)
    after_days: float = key(0.0, "Age at which it sets in.", unit="days", ge=0.0, le=1e6)


class Boats(Section):
    """How many boats, of which kinds, and what may become of them."""

    number: int = key(20_000, "Number of boats.", ge=1, le=1_000_000_000)
    jibe_percent_per_hour: float = key(
        4.0, "Chance of changing the side of the wind.", unit="% an hour", ge=0.0, lt=100.0
    )
    perturbation: Literal["kept", "redrawn"] = key(
        "kept", "Is a boat's deviation from its class kept for good, or drawn anew?"
    )
    perturbation_hours: float = key(24.0, "How often, when redrawn.", unit="hours", gt=0.0, le=9000.0)
    classes: tuple[BoatClass, ...] = listed(..., "The kinds of boats.", min_length=1, max_length=100)
    capsizing: Capsizing | None = key(None, "Capsizing by wind; none without this table.")
    sinking: Sinking | None = key(None, "Sinking by age; none without this table.")


FLIGHT_BESIDE_EDDIES_M_S = 0.04
"""What is smaller than the eddies that are drawn."""


class Mixing(Section):
    """What the fields do not resolve.

    Where none of diffusivity_m2_s, diffusivity_file and flight_speed_m_s is given, the current decides: the climatology
    gets a random flight of 0.04 m/s beside its eddies, or of 0.12 m/s in their place where current.eddy_scale is 0, any
    other current a diffusivity of 50 m2/s, "none" neither. Where none of current_error_m_s, current_error_hours and
    current_error_km is given, a current of the catalogue gets the usual error of its kind: altimetry 0.1 m/s, a model
    0.12 m/s, both of 72 h and 60 km.
    """

    diffusivity_m2_s: float = key(0.0, "Random walk (50 with another current).", unit="m2/s", ge=0.0, le=1e6)
    diffusivity_file: File = key("", "Gridded diffusivity instead (variable diffusivity in m2/s).", form="a file")
    flight_speed_m_s: float = key(
        0.0,
        "Random flight: rms velocity per component (0.04 with the climatology, 0.12 without its eddies).",
        unit="m/s",
        ge=0.0,
        le=5.0,
    )
    flight_time_days: float = key(3.0, "Random flight: time scale of the velocity.", unit="days", gt=0.0, le=1000.0)
    current_error_m_s: float = key(0.0, "Error of the current, rms per component.", unit="m/s", ge=0.0, le=5.0)
    current_error_hours: float = key(24.0, "Time scale of that error.", unit="hours", gt=0.0, le=9000.0)
    current_error_km: float = key(
        0.0,
        "Length of that error: one field for each member, as the eddies are; 0: each boat has its own.",
        unit="km",
        ge=0.0,
        le=200.0,
    )
    wind_error_m_s: float = key(0.0, "Error of the wind, rms per component.", unit="m/s", ge=0.0, le=50.0)
    wind_error_hours: float = key(24.0, "Time scale of that error.", unit="hours", gt=0.0, le=9000.0)

    @property
    def boat_error_m_s(self) -> float:
        """Error of the current that each boat has of its own."""
        return 0.0 if self.current_error_km else self.current_error_m_s


class ReleaseSource(Section):
    """A place and time where boats begin to drift."""

    name: Label = key(..., "Label in the results.", min_length=1, max_length=80)
    weight: float = key(1.0, "Weight among the sources, relative.", ge=0.0, le=1e9)
    kind: Literal["point", "line", "circle", "box", "polygon", "file", "geojson", "port", "positions", "track"] = key(
        ..., "Kind of place; of positions and a track each place has its own time."
    )
    points: tuple[Point, ...] = listed(
        (),
        "Where: one for a circle or a point with a radius, 2 or more for a line, 3 or more for a polygon.",
        unit="degrees",
        form='a list of [longitude, latitude] in decimal degrees, or as ["134 15.0 E", "39 48.6 N"]',
        max_length=50_000,
    )
    radius_km: float = key(
        0.0, "Point, circle and track: boats lie uniformly within this distance.", unit="km", ge=0.0, le=2000.0
    )
    box: tuple[float, float, float, float] | None = listed(
        None, "Box: west, east, south, north.", unit="degrees", form=A_BOX
    )
    file: File = key(
        "",
        "File (or geojson, which is the same): GeoJSON, KML, GPX or a shapefile. Positions, track: a CSV of time, "
        "longitude, latitude, or GeoJSON with times.",
        form="a file",
    )
    times: tuple[Moment, ...] = listed(
        (),
        "Track: when the vessel was at each of the points, UTC.",
        unit="UTC",
        form="a list of dates",
        max_length=50_000,
    )
    port: Port = key("", "Port: its name, as the area's list has it.", form="the name of a port")
    min_offshore_km: float = key(20.0, "Port: least distance from it and from any shore.", unit="km", ge=0.0, le=1000.0)
    max_offshore_km: float = key(60.0, "Port: greatest distance from it.", unit="km", gt=0.0, le=2000.0)
    first: Moment | None = key(None, "Earliest release, UTC; by default that of [release].", unit="UTC", form=A_MOMENT)
    last: Moment | None = key(None, "Latest release, UTC; by default that of [release].", unit="UTC", form=A_MOMENT)
    dates: tuple[Moment, ...] = listed(
        (),
        "Release at these moments, UTC, instead of first and last.",
        unit="UTC",
        form="a list of dates",
        max_length=50_000,
    )
    daily_weights: tuple[float, ...] = listed(
        (), "One weight for each day from first on, instead of last.", form="a list of numbers", max_length=50_000
    )

    def idle(self) -> frozenset[str]:
        """The keys of other kinds of places."""
        return frozenset(name for names in KEYS_OF_KIND.values() for name in names) - set(KEYS_OF_KIND[self.kind])


KEYS_OF_KIND = {
    "point": ("points", "radius_km"),
    "line": ("points",),
    "circle": ("points", "radius_km"),
    "box": ("box",),
    "polygon": ("points",),
    "file": ("file",),
    "geojson": ("file",),
    "port": ("port", "min_offshore_km", "max_offshore_km"),
    "positions": ("file",),
    "track": ("file", "points", "times", "radius_km"),
}
"""Keys that say where the boats of a source begin; the first one must be given."""


class ReleaseTable(Section):
    """Where and when boats begin to drift."""

    first: Moment | None = key(None, "Earliest release of sources without their own.", unit="UTC", form=A_MOMENT)
    last: Moment | None = key(None, "Latest release of sources without their own.", unit="UTC", form=A_MOMENT)
    on_land: Literal["error", "move"] = key("error", "Points on land: an error, or moved to the nearest sea.")
    hazard_wind: Literal["none", "cubed", "above"] = key(
        "none",
        "Do dates follow the wind at the boat's place: by the cube of its speed, or where it is above a threshold?",
    )
    hazard_wind_m_s: float = key(14.0, "That threshold.", unit="m/s", gt=0.0, le=80.0)
    sources: tuple[ReleaseSource, ...] = listed(..., "The sources.", min_length=1, max_length=1000)

    def idle(self) -> frozenset[str]:
        """A threshold that nothing is compared with."""
        return frozenset(() if self.hazard_wind == "above" else ("hazard_wind_m_s",))

    def span_of(self, source: ReleaseSource) -> tuple[datetime | None, datetime | None]:
        """First and last release of a source, its own or those of all; None where neither is given."""
        return source.first or self.first, source.last or self.last


class OwnRegion(Section):
    """A region of one's own, which landings are counted in after the run: polygons, or a piece of coast."""

    name: Annotated[str, AfterValidator(values.printable)] = key(
        "", "Its name; without one the features of the file have theirs.", max_length=80
    )
    file: File = key("", "Polygons: GeoJSON, KML, GPX or a shapefile.", form="a file")
    name_property: str = key("", "Property of the features that holds their names.", max_length=80)
    points: tuple[Point, ...] = listed(
        (),
        "Instead of a file: the corners of a polygon, in order.",
        unit="degrees",
        form="a list of [longitude, latitude] in decimal degrees",
        max_length=50_000,
    )
    line: str = key("", "Instead of both: a coast line of the area.", max_length=80)
    km: tuple[float, float] | None = listed(
        None, "From which kilometre of the line up to which.", unit="km", form="[from, to] in kilometres"
    )


class AreaTable(Section):
    """Which sea."""

    name: str = key(
        areas.DEFAULT,
        "Name of a built-in area, or the folder of one, relative to this file.",
        form="the name of an area, or a folder with an area.toml",
        min_length=1,
        max_length=1000,
    )
    lead: tuple[Label, ...] = listed(
        (),
        "Regions that come first in tables and maps; by default those of the area.",
        form="a list of regions",
        max_length=8,
    )
    regions: tuple[OwnRegion, ...] = listed((), "Regions of one's own.", max_length=1000)


class CoastTable(Section):
    """Shoreline and domain."""

    shoreline: Literal["gshhg", "none"] = key("gshhg", "Shoreline on which boats land: that of the area, or none.")
    domain: tuple[float, float, float, float] = listed(
        areas.default().domain,
        "West, east, south, north; outside it a boat has left. By default that of the area.",
        unit="degrees",
        form=A_BOX,
    )
    refloat_half_life_hours: float = key(
        0.0,
        "Half of the stranded boats float again after this time; 0: none. The outcome is the first landing.",
        unit="hours",
        ge=0.0,
        le=1e6,
    )


class Output(Section):
    """What is written."""

    tracks: int = key(2000, "Boats 0 to tracks-1 leave their tracks.", ge=0, le=1_000_000)
    track_every_hours: float = key(
        6.0,
        "Spacing of the positions on a track; a multiple of the time step. Where that does not divide 6 h, the "
        "default is the next multiple.",
        unit="hours",
        gt=0.0,
        le=9000.0,
    )
    density_grid_deg: float = key(0.25, "Cells of the density of boats afloat.", unit="degrees", ge=0.01, le=10.0)
    csv: bool = key(True, "Write arrivals.csv and landings_by_km.csv.")
    parquet: bool = key(False, "Write arrivals.parquet; needs the extra `parquet`.")
    map: bool = key(True, "Draw landing_map.png; of a backward run density_map.png.")


def drawn(description: str, unit: str = "", form: str = distributions.A_DISTRIBUTION) -> Any:
    """A distribution of a value that each member draws for itself; None: all have that of the config."""
    return key(None, description, unit=unit, form=form)


class UncertainCurrent(Section):
    """What members draw of the current."""

    scale: Drawn | None = drawn("current.scale of a member.")
    ekman_percent: Drawn | None = drawn("current.ekman_percent of a member.", "%")
    ekman_angle_deg: Drawn | None = drawn("current.ekman_angle_deg of a member.", "degrees")
    eddy_scale: Drawn | None = drawn("current.eddy_scale of a member.")


class UncertainWind(Section):
    """What members draw of the wind."""

    scale: Drawn | None = drawn("wind.scale of a member.")


class UncertainStokes(Section):
    """What members draw of the Stokes drift."""

    scale: Drawn | None = drawn("stokes.scale of a member.")


class UncertainSinking(Section):
    """What members draw of sinking."""

    mean_life_days: Drawn | None = drawn("boats.sinking.mean_life_days of a member.", "days")
    after_days: Drawn | None = drawn("boats.sinking.after_days of a member.", "days")


class UncertainBoats(Section):
    """What members draw of the boats."""

    shares: DrawnShares | None = drawn(
        "Shares of the classes; the concentration is that of all together.", form=distributions.A_DIRICHLET
    )
    jibe_percent_per_hour: Drawn | None = drawn("boats.jibe_percent_per_hour of a member.", "% an hour")
    sinking: UncertainSinking | None = key(None, "What members draw of sinking.")


class UncertainMixing(Section):
    """What members draw of what the fields do not resolve."""

    flight_speed_m_s: Drawn | None = drawn("mixing.flight_speed_m_s of a member.", "m/s")


class UncertainRelease(Section):
    """What members draw of places and dates."""

    weights: DrawnShares | None = drawn(
        "Weights of the sources; the concentration is that of all together.", form=distributions.A_DIRICHLET
    )
    shift_east_km: Drawn | None = drawn("Moves boxes and polygons together; all else stays, such as ports.", "km")
    shift_north_km: Drawn | None = drawn("The same to the north.", "km")
    shift_days: Drawn | None = drawn("Moves every date of release; later where positive.", "days")


class Uncertain(Section):
    """What nobody knows: each member draws its own, and keeps it.

    A member is then a season of weather, its eddies, and one draw of these. A normal or lognormal distribution ends at
    three standard deviations. ``source = "..."`` beside the numbers says where they come from, and stands in the
    results.
    """

    members: int = key(
        200, "Number of draws where the fields have one member; else each of their members draws.", ge=2, le=10_000
    )
    current: UncertainCurrent | None = key(None, "What members draw of the current.")
    wind: UncertainWind | None = key(None, "What members draw of the wind.")
    stokes: UncertainStokes | None = key(None, "What members draw of the Stokes drift.")
    boats: UncertainBoats | None = key(None, "What members draw of the boats.")
    mixing: UncertainMixing | None = key(None, "What members draw of what the fields do not resolve.")
    release: UncertainRelease | None = key(None, "What members draw of places and dates.")

    def distributions(self) -> dict[tuple[str, ...], distributions.Distribution]:
        """Each distribution by the path of its key, in the order of the tables."""
        return dict(_distributions(self, ()))


def _distributions(
    table: Section, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], distributions.Distribution]]:
    for name in type(table).model_fields:
        value = getattr(table, name)
        if isinstance(value, Section):
            yield from _distributions(value, (*path, name))
        elif isinstance(value, dict):
            yield (*path, name), distributions.Distribution.of(value)


class Config(Section):
    """Everything that a run depends on."""

    run: RunTable = key(..., "When, how finely, and from which seed.")
    area: AreaTable = Field(default_factory=AreaTable, description="Which sea.")
    current: CurrentConfig = key(..., "Surface current.")
    wind: WindConfig | None = key(None, "Wind at 10 m; none without this table.")
    stokes: StokesConfig | None = key(None, "Stokes drift; none without this table.")
    boats: Boats = key(..., "How many boats, and of which kinds.")
    mixing: Mixing = Field(default_factory=Mixing, description="What the fields do not resolve.")
    release: ReleaseTable = key(..., "Where and when boats begin to drift.")
    coast: CoastTable = Field(default_factory=CoastTable, description="Shoreline and domain.")
    output: Output = Field(default_factory=Output, description="What is written.")
    uncertain: Uncertain | None = key(None, "What nobody knows, a draw for each member; nothing without this table.")

    @model_validator(mode="before")
    @classmethod
    def _tracks_on_the_steps(cls, data: Any) -> Any:
        """A spacing of tracks that nobody wrote follows the step."""
        if not isinstance(data, Mapping):
            return data
        run, output = data.get("run"), data.get("output", {})
        if not isinstance(run, Mapping) or not isinstance(output, Mapping) or "track_every_hours" in output:
            return data
        minutes = run.get("step_minutes", 60.0)
        if isinstance(minutes, bool) or not isinstance(minutes, (int, float)) or not 0.0 < minutes <= 1440.0:
            return data
        hours = math.ceil(360.0 / minutes - 1e-9) * minutes / 60.0
        return data if hours == 6.0 else {**data, "output": {**output, "track_every_hours": hours}}

    @model_validator(mode="before")
    @classmethod
    def _error_of_the_current(cls, data: Any) -> Any:
        """How wrong a current from files is: as its kind is known to be, unless the config speaks of it itself."""
        if not isinstance(data, Mapping):
            return data
        mixing, current = data.get("mixing", {}), data.get("current")
        said = ("current_error_m_s", "current_error_hours", "current_error_km")
        if not isinstance(mixing, Mapping) or not isinstance(current, Mapping) or any(name in mixing for name in said):
            return data
        usual = products.usual_error(current.get("product"))
        return {**data, "mixing": {**mixing, **usual}} if usual else data

    @model_validator(mode="before")
    @classmethod
    def _mixing_of_the_current(cls, data: Any) -> Any:
        """Unresolved eddies: as many as the current lacks, unless the config speaks of them itself."""
        if not isinstance(data, Mapping):
            return data
        mixing, current = data.get("mixing", {}), data.get("current")
        said = ("diffusivity_m2_s", "diffusivity_file", "flight_speed_m_s")
        if not isinstance(mixing, Mapping) or not isinstance(current, Mapping) or any(name in mixing for name in said):
            return data
        product = current.get("product", "climatology")
        if product == NO_CURRENT:
            return data
        default = {"diffusivity_m2_s": 50.0}
        if product == "climatology":
            default = {"flight_speed_m_s": 0.12 if current.get("eddy_scale") == 0.0 else FLIGHT_BESIDE_EDDIES_M_S}
        return {**data, "mixing": {**mixing, **default}}

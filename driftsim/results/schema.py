"""What must stand in the JSON files of a run for its numbers to be shown: names, kinds, ranges.

Whoever draws, tells or exports a run trusts what comes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..system.errors import InputError
from ..system.kinds import Json

MOST_MEMBERS = 1_000_000
"""Tables have a row for each: more would be a slip in a header."""


class _Shape(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


Count = Annotated[int, Field(ge=0, le=2**53)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Days = Annotated[float, Field(ge=0.0)]
Day = Annotated[str, AfterValidator(_day)]
Method = Literal["members", "sampling only"]
Unknown = Literal["", "members", "boats", "cases", "landings"]


class Numbers(_Shape):
    """Numbers of a region."""

    boats: Count
    probability: Share | None
    mean_low: Share | None
    mean_high: Share | None
    season_low: Share | None
    season_high: Share | None
    season_unknown: Unknown | None
    share_of_home: Share | None
    share_mean_low: Share | None
    share_mean_high: Share | None
    share_season_low: Share | None
    share_season_high: Share | None
    share_season_unknown: Unknown | None
    all_low: Share | None = None
    all_high: Share | None = None
    share_all_low: Share | None = None
    share_all_high: Share | None = None
    within_20_km: Share | None
    days_p10: Days | None
    days_p50: Days | None
    days_p90: Days | None

    @model_validator(mode="after")
    def _complete(self) -> Numbers:
        """What belongs together is there together: an interval has two ends, a run with boats shares of them."""
        for low, high in (
            ("all_low", "all_high"),
            ("share_all_low", "share_all_high"),
            ("mean_low", "mean_high"),
            ("season_low", "season_high"),
            ("share_mean_low", "share_mean_high"),
            ("share_season_low", "share_season_high"),
            ("days_p10", "days_p50"),
            ("days_p50", "days_p90"),
        ):
            ends = getattr(self, low), getattr(self, high)
            if (ends[0] is None) != (ends[1] is None) or (None not in ends and ends[0] > ends[1]):
                raise ValueError(f"{low} and {high} do not fit")
        if self.probability is None and self.within_20_km is not None:
            raise ValueError("probability and within_20_km do not fit")
        for prefix, value in (("", self.probability), ("share_", self.share_of_home)):
            low, why = (getattr(self, f"{prefix}season_{end}") for end in ("low", "unknown"))
            if value is not None and (low is None) != bool(why):
                raise ValueError(f"{prefix}season_low and {prefix}season_unknown do not fit")
        return self


class Region(Numbers):
    """A region of the whole run."""

    name: str
    country: str
    stretches: list[str]
    own: bool = False
    landings_by_week: list[Count]


class Part(_Shape):
    """Numbers of the boats of a source."""

    source: str
    boats: Count
    interval_method: Method
    regions: dict[str, Numbers]


class Cell(Part):
    """Numbers of the boats of a source and a fortnight."""

    fortnight_start: Day


class Ekman(_Shape):
    """Ekman drift that was added."""

    percent_of_wind: float
    degrees_to_the_right: float


class InputFile(_Shape):
    """A file that was read."""

    path: str
    sha256: str | None = None


class Notes(_Shape):
    """Notes of a field."""

    scale: float = 1.0
    kind_of_record: str | None = None
    credit: str | None = None
    title: str | None = None
    product: str | None = None
    note: str | None = None
    first_level: str | None = None
    members: int | None = None
    ekman_added: Ekman | None = None
    files: list[InputFile | str] = []


class Provenance(_Shape):
    """Where the numbers come from."""

    driftsim_version: str
    git_commit: str
    seed: int
    config_sha256: str
    config: str
    inputs: dict[str, Notes]
    libraries: dict[str, str]


Three = Annotated[list[float], Field(min_length=3, max_length=3)]


class Whereabouts(_Shape):
    """Where the boats of a backward run still at sea were when its period began: at 5, 50 and 95 %."""

    boats: Count
    lon: Three
    lat: Three


class Assumption(_Shape):
    """What members drew."""

    key: str
    distribution: str
    source: str


class Apart(_Shape):
    """The spread of members, taken apart."""

    explained: Share
    weather_sd: Annotated[float, Field(ge=0.0)]
    assumptions_sd: Annotated[float, Field(ge=0.0)]
    first_order: dict[str, float]
    first_order_error: dict[str, Annotated[float, Field(ge=0.0)]]


class Uncertain(_Shape):
    """What nobody knows, drawn by members, and what it explains."""

    assumptions: list[Assumption]
    probability: dict[str, Apart]
    share_of_home: dict[str, Apart]


class Summary(_Shape):
    """``summary.json``."""

    area: Json
    version: str
    title: str
    seed: int | None
    boats: Annotated[int, Field(ge=1, le=2**53)]
    members: Annotated[int, Field(ge=1, le=MOST_MEMBERS)]
    direction: Literal["forward", "backward"]
    interval_method: Method
    level: Annotated[float, Field(gt=0.0, lt=1.0)]
    whereabouts: Whereabouts | None = None
    outcomes: dict[str, Count]
    regions: dict[str, Region]
    uncertain: Uncertain | None = None
    weeks: Annotated[list[Day], Field(min_length=1)]
    sources: list[Part]
    by_source: list[Cell]
    forcing: dict[str, Notes]
    caveats: list[str]
    provenance: Provenance

    @model_validator(mode="after")
    def _adds_up(self) -> Summary:
        if sum(self.outcomes.values()) != self.boats or not {"adrift", "sunk"} <= self.outcomes.keys():
            raise ValueError("the outcomes do not add up to the boats")
        for key, region in self.regions.items():
            if len(region.landings_by_week) != len(self.weeks):
                raise ValueError(f"regions.{key} has other weeks")
            if region.probability is not None and region.within_20_km is None and not region.own:
                raise ValueError(f"regions.{key}: probability and within_20_km do not fit")
            if region.boats > self.boats or (region.probability is None and region.boats):
                raise ValueError(f"regions.{key} has no share of the boats")
        _check_area(self.area, self.regions)
        for part in (*self.sources, *self.by_source):
            if not part.regions.keys() >= self.regions.keys():
                raise ValueError("a source has other regions")
        return self


def _check_area(told: Json, regions: Mapping[str, Region]) -> None:
    """The area must be one, and know the stretches that the regions are of."""
    from ..area.area import Area

    try:
        area = Area.from_description(told)
    except InputError as problem:
        raise ValueError(str(problem)) from None
    if area.home and area.home not in regions:
        raise ValueError(f"the home region {area.home} is not among the regions")
    for key, region in regions.items():
        if region.own and key not in area.own:
            raise ValueError(f"regions.{key} has no outline")
        if not (region.stretches or region.own) or not set(region.stretches) <= area.codes.keys():
            raise ValueError(f"regions.{key} has stretches that the area does not know")


class Timings(_Shape):
    """``run.json``."""

    version: str
    machine: Json


class PartAbout(_Shape):
    """``part.json``: a part of a run."""

    version: str
    first: Count
    end: Count
    boats: Count
    names: dict[str, list[str]]
    attributes: dict[str, str | int | float]
    provenance: Provenance
    changes: list[Json]

    @model_validator(mode="after")
    def _in_order(self) -> PartAbout:
        if not self.first < self.end <= self.boats:
            raise ValueError("first and end are no boats of the run")
        return self


class Bin(_Shape):
    """A row of a table of ``validation.json``."""

    name: str
    low_90: float
    high_90: float
    recorded_low: float | None
    recorded_high: float | None
    p_min: float | None
    p_max: float | None
    vague: bool


class Table(_Shape):
    """A table of ``validation.json``."""

    bins: list[Bin]


class Records(_Shape):
    """The records that a run was compared with."""

    name: str
    events: Count


class Validation(_Shape):
    """``validation.json``, as far as it is read again."""

    verdict: list[str]
    where: dict[str, Table | None]
    records: Records


class _Of(_Shape):
    """Tables of a resolved config, as far as results are told by them."""


class RunTable(_Of):
    """``[run]``."""

    end: datetime | date | None = None
    direction: Literal["forward", "backward"] = "forward"


class AreaTable(_Of):
    """``[area]``."""

    name: str = ""


class CoastTable(_Of):
    """``[coast]``."""

    shoreline: str = ""
    domain: Annotated[list[Annotated[float, Field(ge=-720.0, le=720.0)]], Field(min_length=4, max_length=4)] | None = (
        None
    )

    @model_validator(mode="after")
    def _is_a_box(self) -> CoastTable:
        if self.domain is not None:
            west, east, south, north = self.domain
            if not (west < east and -90.0 <= south < north <= 90.0):
                raise ValueError("domain must be [west, east, south, north]")
        return self


class ClassTable(_Of):
    """``[[boats.classes]]``."""

    name: str = ""
    leeway: str = ""
    windage_percent: float = 0.0
    share: float = 0.0


class SinkingTable(_Of):
    """``[boats.sinking]``."""

    after_days: float
    mean_life_days: float


class CapsizingTable(_Of):
    """``[boats.capsizing]``."""

    wind_m_s: float = 0.0


class BoatsTable(_Of):
    """``[boats]``."""

    classes: list[ClassTable] = []
    perturbation: str = "kept"
    perturbation_hours: float = 0.0
    jibe_percent_per_hour: float = 0.0
    sinking: SinkingTable | None = None
    capsizing: CapsizingTable | None = None


class MixingTable(_Of):
    """``[mixing]``."""

    flight_speed_m_s: float = 0.0
    flight_time_days: float = 0.0
    diffusivity_m2_s: float = 0.0


class Settings(_Of):
    """``config.toml``."""

    run: RunTable = RunTable()
    area: AreaTable = AreaTable()
    coast: CoastTable = CoastTable()
    boats: BoatsTable = BoatsTable()
    mixing: MixingTable = MixingTable()

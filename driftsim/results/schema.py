"""What must stand in the files of a run for its numbers to be shown: names, kinds, ranges, and that they fit together.

Whoever draws, tells or exports a run trusts what comes from here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ..system.door import AGAIN
from ..system.errors import InputError
from . import statistics

if TYPE_CHECKING:
    import xarray as xr

MOST_MEMBERS = 1_000_000
"""Tables have a row for each: more would be a slip in a header."""

_LONGEST_S = 200.0 * 366.0 * 86_400.0
"""No run takes two centuries."""

# --- JSON ----------------------------------------------------------------------------------------------------------


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
    share_of_japan: Share | None
    share_mean_low: Share | None
    share_mean_high: Share | None
    share_season_low: Share | None
    share_season_high: Share | None
    share_season_unknown: Unknown | None
    within_20_km: Share | None
    days_p10: Days | None
    days_p50: Days | None
    days_p90: Days | None

    @model_validator(mode="after")
    def _complete(self) -> Numbers:
        """What belongs together is there together: an interval has two ends, a run with boats shares of them."""
        for low, high in (
            ("mean_low", "mean_high"), ("season_low", "season_high"), ("share_mean_low", "share_mean_high"),
            ("share_season_low", "share_season_high"), ("days_p10", "days_p50"), ("days_p50", "days_p90"),
        ):  # fmt: skip
            ends = getattr(self, low), getattr(self, high)
            if (ends[0] is None) != (ends[1] is None) or (None not in ends and ends[0] > ends[1]):
                raise ValueError(f"{low} and {high} do not fit")
        if (self.probability is None) != (self.within_20_km is None):
            raise ValueError("probability and within_20_km do not fit")
        for prefix, value in (("", self.probability), ("share_", self.share_of_japan)):
            low, why = (getattr(self, f"{prefix}season_{end}") for end in ("low", "unknown"))
            if value is not None and (low is None) != bool(why):
                raise ValueError(f"{prefix}season_low and {prefix}season_unknown do not fit")
        return self


class Region(Numbers):
    """A region of the whole run."""

    name: str
    country: str
    stretches: list[str]
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


class Summary(_Shape):
    """``summary.json``."""

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
            if region.boats > self.boats or (region.probability is None and region.boats):
                raise ValueError(f"regions.{key} has no share of the boats")
        for part in (*self.sources, *self.by_source):
            if not part.regions.keys() >= self.regions.keys():
                raise ValueError("a source has other regions")
        return self


class Timings(_Shape):
    """``run.json``."""

    version: str
    machine: dict[str, Any]


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
    coast: CoastTable = CoastTable()
    boats: BoatsTable = BoatsTable()
    mixing: MixingTable = MixingTable()


# --- data sets -----------------------------------------------------------------------------------------------------


class _Checked:
    """A data set under examination; `InputError` by its file, variable and what is wrong."""

    def __init__(self, dataset: xr.Dataset, file: Any) -> None:
        self.dataset, self.file = dataset, file

    def refuse(self, name: str, what: str) -> None:
        raise InputError(f"{self.file}: {name} {what}; {AGAIN}")

    def unless(self, good: Any, name: str, what: str) -> None:
        if not np.all(good):
            self.refuse(f"variable {name}", what)

    def values(self, name: str) -> NDArray[Any]:
        return np.asarray(self.dataset[name].values)

    def axis(self, name: str, low: float, high: float) -> None:
        """Ascending numbers within limits, and the bounds around them where there are any."""
        values = self.values(name)
        self.unless(values.size and np.isfinite(values).all(), name, "has no values")
        self.unless((np.diff(values) > 0.0).all(), name, "does not ascend")
        self.unless((values >= low) & (values <= high), name, f"must lie within {low:g} and {high:g}")
        if f"{name}_bounds" in self.dataset:
            bounds = self.values(f"{name}_bounds")
            self.unless(bounds.shape == (values.size, 2), f"{name}_bounds", "are no intervals")
            inside = (bounds[:, 0] < bounds[:, 1]) & (bounds >= low).all(axis=1) & (bounds <= high).all(axis=1)
            self.unless(inside, f"{name}_bounds", "are no intervals")

    def codes(self, names: Iterable[str], none: Iterable[str] = ("stretch", "exit")) -> None:
        """Codes with their words: whole, counted from 0, -1 where a boat may have none."""
        for name in names:
            words = self.words(name)
            values, least = self.values(name), -1 if name in none else 0
            self.unless((values >= least) & (values < len(words)), name, f"must be {least} to {len(words) - 1}")

    def words(self, name: str) -> list[str]:
        attrs = self.dataset[name].attrs
        given = attrs.get("flag_values")
        words = str(attrs.get("flag_meanings", "")).split()
        numbers = [] if given is None or isinstance(given, str) else np.atleast_1d(given).tolist()
        if not words or sorted(numbers) not in (list(range(len(words))), list(range(-1, len(words) - 1))):
            self.refuse(f"variable {name}", "does not say what its codes mean (flag_values, flag_meanings)")
        return statistics.flag_names(self.dataset[name])

    def degrees(self, lon: str, lat: str, known: Any = True) -> None:
        """Places: there where they must be, and nowhere impossible."""
        for name, most in ((lon, 720.0), (lat, 90.0)):
            values = self.values(name)
            self.unless(np.isfinite(values) | ~np.asarray(known), name, "lacks values")
            self.unless(np.isnan(values) | (np.abs(values) <= most), name, f"must lie within ±{most:g}°")

    def seconds(self, name: str, known: Any = True) -> None:
        values = self.values(name)
        self.unless(np.isfinite(values) | ~np.asarray(known), name, "lacks values")
        self.unless(np.isnan(values) | (np.abs(values) <= _LONGEST_S), name, "lies centuries away")


def start_of(attrs: Mapping[str, Any], file: Any) -> datetime:
    """The run's start as the attributes say it."""
    try:
        start = datetime.fromisoformat(str(attrs["run_start"]).removesuffix("Z")).replace(tzinfo=None)
        span = timedelta(seconds=_LONGEST_S)
        _ = start - span, start + span
    except (KeyError, ValueError, OverflowError) as problem:
        raise InputError(f"{file}: attribute run_start is no date of a run; {AGAIN}") from problem
    return start


def check_arrivals(arrivals: xr.Dataset, file: Any) -> xr.Dataset:
    """The arrivals again, if they are those of a run.

    Raises
    ------
    InputError
    """
    of, attrs = _Checked(arrivals, file), arrivals.attrs
    start_of(attrs, file)
    if not arrivals.sizes["boat"]:
        of.refuse("it", "has no boats")
    members = attrs.get("members")
    if not isinstance(members, int | np.integer) or not 1 <= members <= MOST_MEMBERS:
        of.refuse("attribute members", f"must be 1 to {MOST_MEMBERS}")
    if attrs.get("direction", "forward") not in ("forward", "backward"):
        of.refuse("attribute direction", "must be forward or backward")
    of.codes(("source", "boat_class", "outcome", "stretch", "exit"))
    outcome, member = of.values("outcome"), of.values("member")
    of.unless((outcome >= statistics.ADRIFT) & (outcome <= statistics.SUNK), "outcome", "must be 0 to 3")
    of.unless((member >= 0) & (member < members), "member", f"must be below the {members} members")
    landed, line = outcome == statistics.LANDED, of.values("coast_line")
    of.unless(np.unique(of.values("boat")).size == outcome.size, "boat", "has a number twice")
    for name in ("release", "final"):
        of.degrees(f"{name}_lon", f"{name}_lat")
        of.seconds(f"{name}_time")
    of.degrees("landing_lon", "landing_lat", landed)
    of.seconds("landing_time", landed)
    for name in ("capsize_time", "sink_time"):
        of.seconds(name, False)
    of.unless((of.values("age_days") >= 0.0) | ~landed, "age_days", "must be 0 or more of every boat ashore")
    of.unless((line >= -1) & (line < 1000), "coast_line", "must be -1 or the number of a line")
    of.unless(np.isfinite(of.values("coast_km")) | (line < 0) | ~landed, "coast_km", "lacks values")
    return arrivals


def check_tracks(tracks: xr.Dataset, arrivals: xr.Dataset, file: Any) -> xr.Dataset:
    """The tracks again, if they are those of boats of these arrivals."""
    of = _Checked(tracks, file)
    of.codes(("source", "boat_class", "outcome", "stretch"))
    outcome, number = of.values("outcome"), of.values("trajectory")
    of.unless((outcome >= statistics.ADRIFT) & (outcome <= statistics.SUNK), "outcome", "must be 0 to 3")
    of.degrees("lon", "lat", False)
    of.seconds("time", False)
    there = [np.isfinite(of.values(name)) for name in ("lon", "lat", "time")]
    of.unless((there[0] == there[1]) & (there[1] == there[2]), "lon", "has values where lat or time has none")
    if number.size:
        of.unless(np.isfinite(of.values("time")).any(), "time", "has no values")
    known = arrivals["boat"].values
    order = np.argsort(known, kind="stable")
    rows = order[np.minimum(np.searchsorted(known, number, sorter=order), known.size - 1)]
    of.unless(known[rows] == number, "trajectory", "names boats that are not among the arrivals")
    for name in ("outcome", "stretch", "source", "boat_class", "member"):
        of.unless(of.values(name) == arrivals[name].values[rows], name, "is not that of the arrivals")
    return tracks


def check_density(density: xr.Dataset, arrivals: xr.Dataset, file: Any) -> xr.Dataset:
    """The density again, if it is one of classes of these arrivals."""
    of = _Checked(density, file)
    for name, low, high in (("lon", -720.0, 720.0), ("lat", -90.0, 90.0), ("time", -_LONGEST_S, _LONGEST_S)):
        of.axis(name, low, high)
    if of.words("boat_class") != statistics.flag_names(arrivals["boat_class"]):
        of.refuse("variable boat_class", "has other classes than the arrivals")
    of.unless(
        np.array_equal(of.values("boat_class"), np.arange(len(of.words("boat_class")))), "boat_class", "must count"
    )
    of.unless((of.values("boat_days") >= 0.0) & np.isfinite(of.values("boat_days")), "boat_days", "must be 0 or more")
    return density


def check_forcing(forcing: xr.Dataset, file: Any) -> xr.Dataset:
    """The mean forcing again, if it is one."""
    of = _Checked(forcing, file)
    for name, low, high in (("lon", -720.0, 720.0), ("lat", -90.0, 90.0), ("time", -_LONGEST_S, _LONGEST_S)):
        of.axis(name, low, high)
    for kind in ("current", "wind"):
        pair = [f"{kind}_{part}" in forcing for part in "uv"]
        if pair[0] != pair[1]:
            of.refuse(f"variable {kind}_{'uv'[pair.index(False)]}", "is missing")
        for name in (f"{kind}_u", f"{kind}_v") if all(pair) else ():
            of.unless(np.isnan(of.values(name)) | (np.abs(of.values(name)) <= 1000.0), name, "is no velocity")
    return forcing

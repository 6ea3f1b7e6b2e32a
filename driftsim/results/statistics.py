"""Counts first, then probabilities and their ranges (`driftsim.results.intervals`): the numbers of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..area.area import Area, default
from ..area.area import Region as AreaRegion
from ..system.constants import SECONDS_PER_WEEK
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView, Slice
from . import legacy, tallies
from .caveats import caveats
from .draws import Draws, described
from .draws import of as of_arrivals
from .intervals import LEVEL, TAIL, Intervals, intervals
from .outcome import Outcome
from .quantiles import Ages, Group, ages_of, quantiles
from .spread import Spread, spread
from .tallies import Counts, Tallies

if TYPE_CHECKING:
    import xarray as xr


RECORDS = ("reanalysis", "analysis", "forecast", "observation")
"""Kinds of record that belong to their own dates; the year of a run is printed only with these."""


class Region(Protocol):
    """A reported region: one leaf stretch of coast, the sum of several, or somebody's own."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def stretches(self) -> tuple[str, ...]: ...

    @property
    def country(self) -> str: ...

    @property
    def own(self) -> bool:
        """Whether it holds only parts of its stretches."""
        ...


def flag_names(variable: xr.DataArray) -> list[str]:
    """Names behind the codes 0, 1, 2, ... of a coded variable.

    Reads ``flag_meanings`` (a string of words, or a sequence) and, where there, ``flag_values``; the name of a
    negative code (none) is left out.
    """
    meanings = variable.attrs.get("flag_meanings", "")
    words = meanings.split() if isinstance(meanings, str) else [str(word) for word in meanings]
    values = variable.attrs.get("flag_values")
    if values is None:
        return words
    return [word for value, word in sorted(zip(np.atleast_1d(values).tolist(), words, strict=True)) if value >= 0]


# --- counts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Table:
    """Counts of some boats, and what they are counted by."""

    released: NDArray[np.int64]  # (member,)
    by_leaf: NDArray[np.int64]  # (member, leaf)
    by_region: NDArray[np.int64]  # (member, region)
    near: NDArray[np.int64]  # (region,) came within 20 km of, or landed on; -1 where that is not known
    days: NDArray[np.float64]  # (region, 3) adrift before landing at 10, 50, 90 %; NaN where nothing landed
    frame: _Frame

    @property
    def boats(self) -> int:
        return int(self.released.sum())


@dataclass(frozen=True)
class _Frame:
    """What codes mean, and which stretches make a region; regions of somebody's own are leaves beyond the stretches."""

    members: int
    leaves: list[str]
    regions: list[Region]
    belongs: NDArray[np.int64]  # (leaf, region) 0 or 1; 0 for somebody's own, which hold no whole leaf
    touches: NDArray[np.bool_]  # (leaf, region) whether the region holds some shore of the leaf
    own: list[int]  # columns of the regions of somebody's own
    home: int  # column of the home region, -1 if none
    within: NDArray[np.bool_]  # (region,) some of its shore lies in the run's domain
    draws: Draws | None = None  # what members drew of what nobody knows

    @property
    def own_keys(self) -> list[str]:
        """Keys of the regions of somebody's own."""
        return [self.regions[column].key for column in self.own]

    @property
    def all_belong(self) -> NDArray[np.int64]:
        """(leaf, region), the regions of somebody's own as leaves of their own after the stretches."""
        extra = np.zeros((len(self.own), len(self.regions)), np.int64)
        extra[np.arange(len(self.own)), self.own] = 1
        return np.concatenate([self.belongs, extra])

    @property
    def masks(self) -> NDArray[np.uint64]:
        """The stretches of each region, a bit for each."""
        bits = np.uint64(1) << np.arange(len(self.leaves), dtype=np.uint64)
        of_regions = [bits[self.belongs[:, column] == 1] for column in range(len(self.regions))]
        return np.array([np.bitwise_or.reduce(of, initial=np.uint64(0)) for of in of_regions], np.uint64)


def area_of(arrivals: xr.Dataset) -> Area:
    """The area that arrivals are of; those of 0.1 do not say it, and are of the default one."""
    told = arrivals.attrs.get("area")
    return default() if told is None else Area.from_description(json.loads(str(told)))


def regions_of(arrivals: xr.Dataset, regions: Mapping[str, Region] | None = None) -> Mapping[str, Region]:
    """The regions that are reported: those given, else those of the area."""
    return area_of(arrivals).regions if regions is None else regions


def _frame(head: xr.Dataset, given: Mapping[str, Region] | None, members: int) -> _Frame:
    area = area_of(head)
    regions = area.regions if given is None else given
    leaves = flag_names(head["stretch"])
    touches = np.zeros((len(leaves), len(regions)), bool)
    for column, region in enumerate(regions.values()):
        for key in region.stretches:
            if key not in leaves:
                raise InputError(
                    f"region {region.key!r} has the stretch {key!r}, which the arrivals do not know "
                    f"(variable 'stretch', flag_meanings): the run was made with another list of coasts; run it again"
                )
            touches[leaves.index(key), column] = True
    there = set(str(head.attrs.get("coasts", " ".join(leaves))).split())
    own = [region.own for region in regions.values()]
    return _Frame(
        members=members,
        leaves=leaves,
        regions=list(regions.values()),
        belongs=np.where(own, 0, touches).astype(np.int64),
        touches=touches,
        own=[column for column, mine in enumerate(own) if mine],
        home=list(regions).index(area.home) if area.home in regions else -1,
        within=np.array([bool(there & set(region.stretches)) for region in regions.values()], bool),
        draws=of_arrivals(head),
    )


def region_table(summary: JsonView) -> dict[str, AreaRegion]:
    """The regions of a summary."""
    return {
        key: AreaRegion(key, of["name"], tuple(of["stretches"]), of["country"], bool(of.get("own")))
        for key, of in summary["regions"].items()
    }


def inside_own(arrivals: xr.Dataset, keys: Sequence[str]) -> NDArray[np.bool_]:
    """Which boats landed in regions of somebody's own, (boat, region).

    Raises
    ------
    InputError
        If the arrivals do not carry a region of that key.
    """
    return _inside_own(arrivals, lambda name: arrivals[name].values, keys)


def _inside_own(head: xr.Dataset, column: Callable[[str], AnyArray], keys: Sequence[str]) -> NDArray[np.bool_]:
    from ..area import own_regions

    known = area_of(head).own
    absent = [key for key in keys if key not in known]
    if absent:
        raise InputError(f"region {absent[0]!r}: the arrivals do not carry its outline; label them with it again")
    landed = column("outcome") == Outcome.LANDED
    names = tuple(str(head.attrs.get("coast_lines", "")).split())
    lon, lat, line, km = (column(name) for name in ("landing_lon", "landing_lat", "coast_line", "coast_km"))
    places = own_regions.Landings(lon, lat, line, km, names)
    found: NDArray[np.bool_] = own_regions.members([known[key] for key in keys], places) & landed[:, None]
    return found


def inside(arrivals: xr.Dataset, area: Area, key: str) -> NDArray[np.bool_]:
    """Which boats landed in a region of the area, (boat,)."""
    region = area.regions[key]
    if region.own:
        return inside_own(arrivals, [key])[:, 0]
    mine = np.array([name in region.stretches for name in flag_names(arrivals["stretch"])] + [False])
    landed = arrivals["outcome"].values == Outcome.LANDED
    found: NDArray[np.bool_] = landed & mine[arrivals["stretch"].values]
    return found


def members_of(arrivals: xr.Dataset) -> int:
    """Members of a run."""
    return max(int(arrivals.attrs.get("members", 1)), int(arrivals["member"].values.max(initial=0)) + 1)


def tally(
    arrivals: xr.Dataset, regions: Mapping[str, Region] | None, members: int, bins: NDArray[np.int64] | None = None
) -> Tallies:
    """The counts of some boats that `summary` is made of; those of several groups of boats add up.

    Parameters
    ----------
    arrivals
        A row for each boat.
    regions
        As for `summarise`.
    members : int
        Of the run.
    bins : (boat,), optional
        The bin of the coast that each boat landed in (`landing_bins`).
    """
    frame = _frame(arrivals, regions, members)
    own = inside_own(arrivals, frame.own_keys) if frame.own else None
    return tallies.count(arrivals, len(frame.leaves), frame.masks, members, bins, own)


def count_landings(member: AnyArray, stretch: AnyArray, members: int, leaves: int) -> NDArray[np.int64]:
    """Boats by member and leaf stretch, (member, leaf); boats with a negative stretch are not counted."""
    ashore = stretch >= 0
    code = member[ashore].astype(np.int64) * leaves + stretch[ashore]
    return np.bincount(code, minlength=members * leaves).reshape(members, leaves)


Rows: TypeAlias = "tuple[Slice, Slice, Slice]"
"""Rows of the fates, of those that came near and of the ages of boats that belong together."""

QUANTILES = (0.1, 0.5, 0.9)


def _tables(
    head: xr.Dataset, counted: Tallies, frame: _Frame, every: Sequence[Rows], columns: Passes
) -> Iterator[_Table]:
    """The counts of each of several groups of boats."""
    groups = [Group(ages.start, ages.stop) for *_, ages in every]
    days = Ages(counted.ages, frame.all_belong, groups, QUANTILES)
    days.look(
        ages_of(column, _inside_own(head, column, frame.own_keys) if frame.own else None, len(frame.leaves))
        for column in columns()
    )
    fates, near = counted.fates.codes, counted.near.codes
    ends, leaves = 1 + len(frame.all_belong), len(frame.leaves)
    for (of_fates, of_near, _), group in zip(every, groups, strict=True):
        flat = np.zeros(frame.members * ends, np.int64)
        np.add.at(flat, fates[2][of_fates] * ends + fates[3][of_fates], counted.fates.count[of_fates])
        by_end = flat.reshape(frame.members, ends)
        came = np.zeros(len(frame.regions), np.int64)
        np.add.at(came, near[2][of_near], counted.near.count[of_near])
        came[frame.own] = -1  # what is kept of a boat's way is stretches, not parts of them
        released = by_end[:, : leaves + 1].sum(axis=1)
        by_region = by_end[:, 1:] @ frame.all_belong
        yield _Table(released, by_end[:, 1 : leaves + 1], by_region, came, days.quantiles(group), frame)


class _Numbers(NamedTuple):
    """Proportions of all regions: of boats, and of the landings at home; apart, where members drew assumptions."""

    of_all: Intervals
    of_home: Intervals | None
    domestic: NDArray[np.bool_]
    by_region: NDArray[np.int64]
    all_apart: Spread | None
    home_apart: Spread | None


def _numbers(table: _Table, *, errors: bool = False) -> _Numbers:
    """The proportions of a table's boats, with their ranges; ``errors``: of first-order shares too."""
    released, by_leaf, by_region, frame = table.released, table.by_leaf, table.by_region, table.frame
    of_all = intervals(by_region, released, leaves=by_leaf)
    of_home, sums, landed = None, by_region, released
    domestic = np.zeros(len(frame.regions), bool)
    if frame.home >= 0:
        at_home = frame.belongs[:, frame.home] == 1
        domestic = ~frame.touches[~at_home].any(axis=0)
        sums, landed = np.where(domestic, by_region, 0), by_region[:, frame.home]
        of_home = intervals(sums, landed, leaves=by_leaf[:, at_home], boats=released)

    def apart(of: Intervals | None, sums: AnyArray, totals: AnyArray) -> Spread | None:
        if frame.draws is None or of is None or all(of.unknown):
            return None
        return spread(sums, totals, frame.draws.values, frame.draws.terms, errors=errors)

    return _Numbers(
        of_all, of_home, domestic, by_region, apart(of_all, by_region, released), apart(of_home, sums, landed)
    )


def _describe(table: _Table, numbers: _Numbers | None = None) -> tuple[dict[str, Json], str]:
    """Numbers of every region for the boats of a table, and the method of their intervals."""
    numbers = _numbers(table) if numbers is None else numbers
    of_all, of_home, domestic, by_region = numbers[:4]
    near, days, boats, frame = table.near, table.days, table.boats, table.frame
    drawn = frame.draws is not None
    body: dict[str, Json] = {}
    for i, region in enumerate(frame.regions):
        shares_of = of_home if domestic[i] and frame.within[i] else None
        body[region.key] = {
            "boats": int(by_region[:, i].sum()),
            **_interval_keys(of_all if frame.within[i] else None, i, "probability", ""),
            **(_drawn_keys(of_all if frame.within[i] else None, numbers.all_apart, i, "") if drawn else {}),
            **_interval_keys(
                shares_of,
                i,
                "share_of_home",
                "share_",
                whole=i == frame.home,
            ),
            **(_drawn_keys(shares_of, numbers.home_apart, i, "share_", whole=i == frame.home) if drawn else {}),
            "within_20_km": _number(near[i] / boats) if frame.within[i] and boats and near[i] >= 0 else None,
            **{f"days_p{p}": _number(days[i, j]) for j, p in enumerate((10, 50, 90))},
        }
    return body, of_all.method


def describe_regions(arrivals: xr.Dataset, regions: Mapping[str, Region]) -> dict[str, Json]:
    """Numbers of every region by key, as in the summary but without its names and weeks.

    Parameters
    ----------
    arrivals
        Some or all boats of a run; needs member, source, release_time, outcome, stretch, age_days, within_20_km.
    regions
        As for `summarise`.
    """
    members = members_of(arrivals)
    counted, frame = tally(arrivals, regions, members), _frame(arrivals, regions, members)
    (table,) = _tables(arrivals, counted, frame, [_all(counted)], in_memory(arrivals))
    return _describe(table)[0]


ENDS = ("mean_low", "mean_high", "season_low", "season_high")


def _interval_keys(
    of: Intervals | None, i: int, name: str, prefix: str, *, whole: bool = False
) -> dict[str, float | str | None]:
    """A proportion, its two ranges, and of what there is too little for the second ("": the range is there).

    All None for a region that boats could not reach: there is nothing to say, and no landings is not nought per cent.
    """
    why = f"{prefix}season_unknown"
    if of is None:
        return {name: None, **{prefix + end: None for end in ENDS}, why: None}
    if whole and of.estimate[i] == 1.0:  # home's share of home is one by definition, not by estimate
        return {name: 1.0, **{prefix + end: 1.0 for end in ENDS}, why: ""}
    ends = {prefix + end: _number(getattr(of, end)[i]) for end in ENDS}
    return {name: _number(of.estimate[i]), **ends, why: of.unknown[i]}


def _drawn_keys(
    of: Intervals | None, apart: Spread | None, i: int, prefix: str, *, whole: bool = False
) -> dict[str, float | str | None]:
    """Where members drew assumptions: any season, which holds them all, and of it the weather alone."""
    if whole and of is not None and of.estimate[i] == 1.0:
        return {f"{prefix}all_low": 1.0, f"{prefix}all_high": 1.0}
    ends = (None, None) if of is None else (_number(of.season_low[i]), _number(of.season_high[i]))
    out: dict[str, float | str | None] = {f"{prefix}all_low": ends[0], f"{prefix}all_high": ends[1]}
    if ends[0] is None:
        return out
    low, high = (np.nan, np.nan) if apart is None else (apart.weather_low[i], apart.weather_high[i])
    out |= {f"{prefix}season_low": _number(low), f"{prefix}season_high": _number(high)}
    return out | ({f"{prefix}season_unknown": "members"} if np.isnan(low) else {})


def _explained(table: _Table, numbers: _Numbers) -> Json:
    """What the draws explain of the spread of members: by number and region, and of it by assumption."""
    frame = table.frame
    assert frame.draws is not None
    keys = [of["key"] for of in frame.draws.assumptions]
    out: Json = {"assumptions": described(frame.draws)}
    for name, of, apart in (
        ("probability", numbers.of_all, numbers.all_apart),
        ("share_of_home", numbers.of_home, numbers.home_apart),
    ):
        out[name] = {}
        for i, region in enumerate(frame.regions):
            known = apart is not None and of is not None and frame.within[i] and not of.unknown[i]
            if not known or (name == "share_of_home" and (i == frame.home or not numbers.domestic[i])):
                continue
            assert apart is not None
            if np.isnan(apart.explained[i]):
                continue
            out[name][region.key] = {
                "explained": _number(apart.explained[i]),
                "weather_sd": _number(apart.weather_sd[i]),
                "assumptions_sd": _number(apart.assumptions_sd[i]),
                "first_order": {key: _number(apart.first_order[k, i]) for k, key in enumerate(keys)},
                "first_order_error": {key: _number(apart.first_order_error[k, i]) for k, key in enumerate(keys)},
            }
    return out


def _number(value: float) -> float | None:
    """Six digits are more than any of these numbers bears; NaN is null."""
    return None if np.isnan(value) else float(f"{value:.6g}")


# --- the summary ----------------------------------------------------------------------------------------------------


def outcomes(arrivals: xr.Dataset) -> dict[str, int]:
    """Boats by outcome: stretch of landing, ``left_<exit>``, ``adrift``, ``sunk``; adding up to the boats released."""
    exits = arrivals["exit"].values.astype(np.int64) + 1
    ends = Counts.of(tallies.ENDS_ROOM, arrivals["outcome"].values, exits, arrivals["stretch"].values + 1)
    return _outcomes(arrivals, ends, arrivals.sizes["boat"])


def _outcomes(head: xr.Dataset, ends: Counts, boats: int) -> dict[str, int]:
    code, *ways = ends.codes
    out: dict[str, int] = {}
    for prefix, variable, state, way in (
        ("", "stretch", Outcome.LANDED, ways[1]),
        ("left_", "exit", Outcome.LEFT, ways[0]),
    ):
        names = flag_names(head[variable])
        counts = np.zeros(max(len(names), int(way.max(initial=0))) + 1, np.int64)
        np.add.at(counts, way[code == state], ends.count[code == state])
        out |= {prefix + name: int(number) for name, number in zip(names, counts[1:], strict=True)}
        if counts[0]:
            out[f"{prefix or 'ashore_'}unnamed"] = int(counts[0])
    out |= {
        name: int(ends.count[code == state].sum())
        for name, state in (("adrift", Outcome.ADRIFT), ("sunk", Outcome.SUNK))
    }
    if sum(out.values()) != boats:
        raise InputError(f"arrivals: the outcomes add up to {sum(out.values())}, not to the {boats} boats released")
    return out


def summarise(
    arrivals: xr.Dataset,
    regions: Mapping[str, Region] | None = None,
    forcing: Mapping[str, JsonView] | None = None,
) -> Json:
    """All numbers of a run: the body of ``summary.json``, without its provenance.

    Parameters
    ----------
    arrivals
        One row per boat.
    regions
        Reported regions by key; leaf stretches and sums of them; by default those of the area. Shares are shares of
        its home region.
    forcing
        What drove the boats: kind (current, wind, stokes) to the notes of the field.

    Raises
    ------
    InputError
        If a region has a stretch that the arrivals do not know, or the outcomes do not add up.
    """
    counted = tally(arrivals, regions, members_of(arrivals))
    return summary(arrivals, counted, in_memory(arrivals), regions, forcing)


Passes = Callable[[], Iterable[Callable[[str], AnyArray]]]
"""Gives the columns of the arrivals by name, a group of boats at a time and from the start each time it is asked."""


def in_memory(arrivals: xr.Dataset) -> Passes:
    """The columns of a data set, all its boats as one group."""
    return lambda: [lambda name: arrivals[name].values]


def summary(
    head: xr.Dataset,
    counted: Tallies,
    columns: Passes,
    regions: Mapping[str, Region] | None = None,
    forcing: Mapping[str, JsonView] | None = None,
) -> Json:
    """All numbers of a run from its tallies and a second look at some columns; as `summarise` from all its boats.

    Parameters
    ----------
    head
        Arrivals of any of its boats: attributes and the names of codes are read.
    counted : Tallies
        Of all its boats.
    columns : callable
        All its boats again, for quantiles.
    regions, forcing
        As for `summarise`.
    """
    members = max(members_of(head), int(counted.fates.codes[2].max(initial=0)) + 1)
    frame = _frame(head, regions, members)
    start = np.datetime64(str(head.attrs["run_start"]).removesuffix("Z"), "s")
    names = flag_names(head["source"])
    cells = _cells(counted, len(names))
    of_sources = [_rows(counted, source) for source in range(len(names))]
    tables = list(_tables(head, counted, frame, [_all(counted), *of_sources, *(rows for *_, rows in cells)], columns))
    numbers = _numbers(tables[0], errors=True)
    body, method = _describe(tables[0], numbers)
    drawn = [] if frame.draws is None else [of["key"] for of in frame.draws.assumptions]
    weeks, by_week = _weeks(head, counted, frame)
    direction, ends = str(head.attrs.get("direction", "forward")), _outcomes(head, counted.ends, counted.boats)
    of_run = {
        region.key: {
            "name": region.name,
            "country": region.country,
            "stretches": list(region.stretches),
            **({"own": True} if region.own else {}),
            **body[region.key],
            "landings_by_week": by_week[:, i].tolist(),
        }
        for i, region in enumerate(frame.regions)
    }
    out: Json = {
        "area": area_of(head).described(),
        "title": str(head.attrs.get("title", "")),
        "seed": _whole(head.attrs.get("seed")),
        "boats": counted.boats,
        "members": members,
        "direction": direction,
        "interval_method": method,
        "level": LEVEL,
        "outcomes": ends,
        **({"whereabouts": _whereabouts(ends["adrift"], columns)} if direction == "backward" else {}),
        "regions": of_run,
        **({"uncertain": _explained(tables[0], numbers)} if frame.draws is not None else {}),
        "weeks": [_date(start, SECONDS_PER_WEEK * k) for k in range(weeks)],
        "sources": [_cell(name, table) for name, table in zip(names, tables[1:], strict=False)],
        "by_source": [
            _cell(names[source], table, _date(start, tallies.fortnight_start_s(fortnight)))
            for (source, fortnight, _), table in zip(cells, tables[1 + len(names) :], strict=True)
        ],
        "forcing": {kind: dict(notes) for kind, notes in (forcing or {}).items()},
        "caveats": caveats(
            forcing, method, direction, coast=bool(frame.within.any()), sunk=bool(ends["sunk"]), drawn=drawn
        ),
    }
    return legacy.keep_old_keys(out)


def _whereabouts(adrift: int, columns: Passes) -> Json | None:
    """Where the boats of a backward run that are still at sea were when its period began; None where none is."""
    if not adrift:
        return None

    def places(name: str) -> Iterator[NDArray[np.float64]]:
        for column in columns():
            yield np.asarray(column(f"final_{name}")[column("outcome") == Outcome.ADRIFT], np.float64)

    ends = (TAIL, 0.5, 1.0 - TAIL)
    out = {name: quantiles(partial(places, name), ends) for name in ("lon", "lat")}
    return {"boats": adrift, **{name: [_number(value) for value in of] for name, of in out.items()}}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _date(start: np.datetime64, seconds: float) -> str:
    return str((start + np.timedelta64(round(seconds), "s")).astype("datetime64[D]"))


def _cell(source: str, table: _Table, fortnight_start: str | None = None) -> Json:
    body, method = _describe(table)
    when = {} if fortnight_start is None else {"fortnight_start": fortnight_start}
    return {"source": source, **when, "boats": table.boats, "interval_method": method, "regions": body}


def _all(counted: Tallies) -> Rows:
    return slice(0, len(counted.fates)), slice(0, len(counted.near)), slice(0, len(counted.ages))


def _rows(counted: Tallies, source: int, fortnight: int | None = None) -> Rows:
    """Rows of a source, or of a source and a fortnight of release: they stand together, for keys ascend."""

    def of(table: Counts) -> Slice:
        codes = (source,) if fortnight is None else (source, fortnight)
        one = int(np.prod(table.room[len(codes) - 1 :], dtype=np.int64))
        low = int(tallies.keys(table.room[: len(codes) - 1], *codes))
        return slice(*np.searchsorted(table.key, (low * one, (low + 1) * one)).tolist())

    return of(counted.fates), of(counted.near), of(counted.ages)


def _cells(counted: Tallies, sources: int) -> list[tuple[int, int, Rows]]:
    """Every source and fortnight of release that has boats."""
    of_boats = np.stack(counted.fates.codes[:2], axis=1)
    pairs = np.unique(of_boats, axis=0).tolist()
    return [(source, when, _rows(counted, source, when)) for source, when in pairs if source < sources]


def _weeks(head: xr.Dataset, counted: Tallies, frame: _Frame) -> tuple[int, NDArray[np.int64]]:
    """Number of weeks of the run, and landings by week and region, (week, region)."""
    last = counted.last_s
    if "run_end" in head.attrs:
        ends = [np.datetime64(str(head.attrs[key]).removesuffix("Z"), "s") for key in ("run_start", "run_end")]
        last = max(last, float((ends[1] - ends[0]) / np.timedelta64(1, "s")))
    weeks = max(int(np.ceil(last / SECONDS_PER_WEEK)), 1)
    week, stretch = counted.weeks.codes
    by_leaf = np.zeros((weeks, len(frame.all_belong)), np.int64)
    np.add.at(by_leaf, (np.minimum(week, weeks - 1), stretch), counted.weeks.count)
    return weeks, by_leaf @ frame.all_belong


def select(summary: JsonView, keys: Sequence[str]) -> dict[str, Json]:
    """The numbers of some regions, in that order; regions that the run does not have are left out."""
    return {key: summary["regions"][key] for key in keys if key in summary["regions"]}

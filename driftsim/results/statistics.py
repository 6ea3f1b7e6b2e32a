"""Counts first, then probabilities and their ranges (`driftsim.results.intervals`): the numbers of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..area.area import Area, default
from ..area.area import Region as AreaRegion
from ..system.constants import SECONDS_PER_FORTNIGHT, SECONDS_PER_WEEK
from ..system.errors import InputError
from ..system.kinds import AnyArray, Json, JsonView
from . import legacy
from .caveats import caveats
from .draws import Draws, described
from .draws import of as of_arrivals
from .intervals import LEVEL, TAIL, Intervals, intervals
from .outcome import Outcome
from .spread import Spread, spread

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
    """Columns of the arrivals as plain arrays (boat,), and what the codes mean."""

    member: NDArray[np.int64]
    source: NDArray[np.int64]
    fortnight: NDArray[np.int64]
    stretch: NDArray[np.int16]  # -1: not ashore; two bytes, which sort fastest
    near: NDArray[np.uint64]  # passed within 20 km of, or landed on
    age_days: NDArray[np.float64]
    members: int
    leaves: list[str]
    regions: list[Region]
    belongs: NDArray[np.int64]  # (leaf, region) 0 or 1; 0 for somebody's own, which hold no whole leaf
    touches: NDArray[np.bool_]  # (leaf, region) whether the region holds some shore of the leaf
    own: dict[int, NDArray[np.bool_]]  # column of each region of somebody's own: which boats landed in it, (boat,)
    home: int  # column of the home region, -1 if none
    within: NDArray[np.bool_]  # (region,) some of its shore lies in the run's domain
    draws: Draws | None = None  # what members drew of what nobody knows

    def take(self, rows: NDArray[np.int64]) -> _Table:
        """The same for some boats."""
        from dataclasses import replace

        columns = ("member", "source", "fortnight", "stretch", "near", "age_days")
        own = {column: mine[rows] for column, mine in self.own.items()}
        return replace(self, own=own, **{name: getattr(self, name)[rows] for name in columns})

    def sums(self, by_leaf: NDArray[np.int64], group: AnyArray) -> NDArray[np.int64]:
        """Landings by group of boats and region, from those by group and leaf; ``group`` (boat,) below 0: none."""
        out = by_leaf @ self.belongs
        for column, mine in self.own.items():
            out[:, column] = np.bincount(group[mine & (group >= 0)], minlength=len(by_leaf))
        return out


def area_of(arrivals: xr.Dataset) -> Area:
    """The area that arrivals are of; those of 0.1 do not say it, and are of the default one."""
    told = arrivals.attrs.get("area")
    return default() if told is None else Area.from_description(json.loads(str(told)))


def _read(arrivals: xr.Dataset, regions: Mapping[str, Region], home: str) -> _Table:
    leaves = flag_names(arrivals["stretch"])
    touches = np.zeros((len(leaves), len(regions)), bool)
    for column, region in enumerate(regions.values()):
        for key in region.stretches:
            if key not in leaves:
                raise InputError(
                    f"region {region.key!r} has the stretch {key!r}, which the arrivals do not know "
                    f"(variable 'stretch', flag_meanings): the run was made with another list of coasts; run it again"
                )
            touches[leaves.index(key), column] = True
    there = set(str(arrivals.attrs.get("coasts", " ".join(leaves))).split())
    landed = arrivals["outcome"].values == Outcome.LANDED
    stretch = np.where(landed, arrivals["stretch"].values, -1).astype(np.int16)
    if stretch.size and stretch.max() >= len(leaves):
        raise InputError(f"arrivals: stretch code {stretch.max()} has no name among the {len(leaves)} of flag_meanings")
    own = np.where(stretch >= 0, np.uint64(1) << np.maximum(stretch, 0).astype(np.uint64), np.uint64(0))
    member = arrivals["member"].values.astype(np.int64)
    return _Table(
        member=member,
        source=arrivals["source"].values.astype(np.int64),
        fortnight=np.floor(arrivals["release_time"].values / SECONDS_PER_FORTNIGHT).astype(np.int64),
        stretch=stretch,
        near=arrivals["within_20_km"].values.astype(np.uint64) | own,
        age_days=arrivals["age_days"].values.astype(np.float64),
        members=max(int(arrivals.attrs.get("members", 1)), int(member.max(initial=0)) + 1),
        leaves=leaves,
        regions=list(regions.values()),
        belongs=np.where([region.own for region in regions.values()], 0, touches).astype(np.int64),
        touches=touches,
        own=_own(arrivals, regions),
        home=list(regions).index(home) if home in regions else -1,
        within=np.array([bool(there & set(region.stretches)) for region in regions.values()], bool),
        draws=of_arrivals(arrivals),
    )


def _own(arrivals: xr.Dataset, regions: Mapping[str, Region]) -> dict[int, NDArray[np.bool_]]:
    """Which boats landed in each region of somebody's own, by its column."""
    columns = [column for column, region in enumerate(regions.values()) if region.own]
    if not columns:
        return {}
    keys = list(regions)
    mine = inside_own(arrivals, [keys[column] for column in columns])
    return {column: mine[:, n] for n, column in enumerate(columns)}


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
    from ..area import own_regions

    known = area_of(arrivals).own
    absent = [key for key in keys if key not in known]
    if absent:
        raise InputError(f"region {absent[0]!r}: the arrivals do not carry its outline; label them with it again")
    landed = arrivals["outcome"].values == Outcome.LANDED
    names = tuple(str(arrivals.attrs.get("coast_lines", "")).split())
    lon, lat, line, km = (arrivals[name].values for name in ("landing_lon", "landing_lat", "coast_line", "coast_km"))
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


def count_landings(member: AnyArray, stretch: AnyArray, members: int, leaves: int) -> NDArray[np.int64]:
    """Boats by member and leaf stretch, (member, leaf); boats with a negative stretch are not counted."""
    ashore = stretch >= 0
    code = member[ashore].astype(np.int64) * leaves + stretch[ashore]
    return np.bincount(code, minlength=members * leaves).reshape(members, leaves)


def _count_near(table: _Table) -> NDArray[np.int64]:
    """Boats that came within 20 km of each region, (region,); -1 where that is not known."""
    bits = np.uint64(1) << np.arange(len(table.leaves), dtype=np.uint64)
    out = np.zeros(len(table.regions), np.int64)
    for column in range(len(table.regions)):
        mask = np.bitwise_or.reduce(bits[table.belongs[:, column] == 1], initial=np.uint64(0))
        out[column] = np.count_nonzero(table.near & mask)
    out[list(table.own)] = -1  # what is kept of a boat's way is stretches, not parts of them
    return out


def _days(table: _Table) -> NDArray[np.float64]:
    """Days adrift before landing at 10, 50, 90 %, (region, 3); NaN where nothing landed."""
    order = np.argsort(table.stretch, kind="stable")
    ages = table.age_days[order]
    first = np.searchsorted(table.stretch[order], np.arange(len(table.leaves) + 1))
    by_leaf = [ages[first[i] : first[i + 1]] for i in range(len(table.leaves))]
    out = np.full((len(table.regions), 3), np.nan)
    for column in range(len(table.regions)):
        of_region = np.concatenate([np.empty(0), *(by_leaf[i] for i in np.flatnonzero(table.belongs[:, column]))])
        if column in table.own:
            of_region = table.age_days[table.own[column]]
        if of_region.size:
            out[column] = np.quantile(of_region, (0.1, 0.5, 0.9))
    return out


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
    released = np.bincount(table.member, minlength=table.members)
    by_leaf = count_landings(table.member, table.stretch, table.members, len(table.leaves))
    by_region = table.sums(by_leaf, table.member)
    of_all = intervals(by_region, released, leaves=by_leaf)
    of_home, sums, landed = None, by_region, released
    domestic = np.zeros(len(table.regions), bool)
    if table.home >= 0:
        at_home = table.belongs[:, table.home] == 1
        domestic = ~table.touches[~at_home].any(axis=0)
        sums, landed = np.where(domestic, by_region, 0), by_region[:, table.home]
        of_home = intervals(sums, landed, leaves=by_leaf[:, at_home], boats=released)

    def apart(of: Intervals | None, sums: AnyArray, totals: AnyArray) -> Spread | None:
        if table.draws is None or of is None or all(of.unknown):
            return None
        return spread(sums, totals, table.draws.values, table.draws.terms, errors=errors)

    return _Numbers(
        of_all, of_home, domestic, by_region, apart(of_all, by_region, released), apart(of_home, sums, landed)
    )


def _describe(table: _Table, numbers: _Numbers | None = None) -> tuple[dict[str, Json], str]:
    """Numbers of every region for the boats of a table, and the method of their intervals."""
    numbers = _numbers(table) if numbers is None else numbers
    of_all, of_home, domestic, by_region = numbers[:4]
    drawn = table.draws is not None
    near, days, boats = _count_near(table), _days(table), table.member.size
    body: dict[str, Json] = {}
    for i, region in enumerate(table.regions):
        shares_of = of_home if domestic[i] and table.within[i] else None
        body[region.key] = {
            "boats": int(by_region[:, i].sum()),
            **_interval_keys(of_all if table.within[i] else None, i, "probability", ""),
            **(_drawn_keys(of_all if table.within[i] else None, numbers.all_apart, i, "") if drawn else {}),
            **_interval_keys(
                shares_of,
                i,
                "share_of_home",
                "share_",
                whole=i == table.home,
            ),
            **(_drawn_keys(shares_of, numbers.home_apart, i, "share_", whole=i == table.home) if drawn else {}),
            "within_20_km": _number(near[i] / boats) if table.within[i] and boats and near[i] >= 0 else None,
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
    return _describe(_read(arrivals, regions, area_of(arrivals).home))[0]


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
    assert table.draws is not None
    keys = [of["key"] for of in table.draws.assumptions]
    out: Json = {"assumptions": described(table.draws)}
    for name, of, apart in (
        ("probability", numbers.of_all, numbers.all_apart),
        ("share_of_home", numbers.of_home, numbers.home_apart),
    ):
        out[name] = {}
        for i, region in enumerate(table.regions):
            known = apart is not None and of is not None and table.within[i] and not of.unknown[i]
            if not known or (name == "share_of_home" and (i == table.home or not numbers.domestic[i])):
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
    code, boats = arrivals["outcome"].values, arrivals.sizes["boat"]
    out: dict[str, int] = {}
    for prefix, variable, state in (("", "stretch", Outcome.LANDED), ("left_", "exit", Outcome.LEFT)):
        names = flag_names(arrivals[variable])
        shown = arrivals[variable].values[code == state].astype(np.int64) + 1
        counts = np.bincount(shown, minlength=len(names) + 1)
        out |= {prefix + name: int(number) for name, number in zip(names, counts[1:], strict=True)}
        if counts[0]:
            out[f"{prefix or 'ashore_'}unnamed"] = int(counts[0])
    out |= {
        "adrift": int(np.count_nonzero(code == Outcome.ADRIFT)),
        "sunk": int(np.count_nonzero(code == Outcome.SUNK)),
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
    area = area_of(arrivals)
    table = _read(arrivals, area.regions if regions is None else regions, area.home)
    start = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s")
    numbers = _numbers(table, errors=True)
    body, method = _describe(table, numbers)
    weeks, by_week = _weeks(arrivals, table)
    names = flag_names(arrivals["source"])
    direction, ends = str(arrivals.attrs.get("direction", "forward")), outcomes(arrivals)
    of_run = {
        region.key: {
            "name": region.name,
            "country": region.country,
            "stretches": list(region.stretches),
            **({"own": True} if region.own else {}),
            **body[region.key],
            "landings_by_week": by_week[:, i].tolist(),
        }
        for i, region in enumerate(table.regions)
    }
    drawn = [] if table.draws is None else [of["key"] for of in table.draws.assumptions]
    out: Json = {
        "area": area.described(),
        "title": str(arrivals.attrs.get("title", "")),
        "seed": _whole(arrivals.attrs.get("seed")),
        "boats": int(arrivals.sizes["boat"]),
        "members": table.members,
        "direction": direction,
        "interval_method": method,
        "level": LEVEL,
        "outcomes": ends,
        **({"whereabouts": _whereabouts(arrivals)} if direction == "backward" else {}),
        "regions": of_run,
        **({"uncertain": _explained(table, numbers)} if table.draws is not None else {}),
        "weeks": [_date(start, SECONDS_PER_WEEK * k) for k in range(weeks)],
        "sources": [_cell(names[s], part) for s, part in _by_source(table, len(names))],
        "by_source": [
            _cell(names[s], part, _date(start, SECONDS_PER_FORTNIGHT * fortnight))
            for s, fortnight, part in _cells(table, len(names))
        ],
        "forcing": {kind: dict(notes) for kind, notes in (forcing or {}).items()},
        "caveats": caveats(
            forcing, method, direction, coast=bool(table.within.any()), sunk=bool(ends["sunk"]), drawn=drawn
        ),
    }
    return legacy.keep_old_keys(out)


def _whereabouts(arrivals: xr.Dataset) -> Json | None:
    """Where the boats of a backward run that are still at sea were when its period began; None where none is."""
    rows = arrivals["outcome"].values == Outcome.ADRIFT
    if not rows.any():
        return None
    ends = (TAIL, 0.5, 1.0 - TAIL)
    out = {name: np.quantile(arrivals[f"final_{name}"].values[rows], ends) for name in ("lon", "lat")}
    return {"boats": int(rows.sum()), **{name: [_number(value) for value in of] for name, of in out.items()}}


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _date(start: np.datetime64, seconds: float) -> str:
    return str((start + np.timedelta64(round(seconds), "s")).astype("datetime64[D]"))


def _cell(source: str, table: _Table, fortnight_start: str | None = None) -> Json:
    body, method = _describe(table)
    when = {} if fortnight_start is None else {"fortnight_start": fortnight_start}
    return {"source": source, **when, "boats": table.member.size, "interval_method": method, "regions": body}


def _by_source(table: _Table, sources: int) -> Iterator[tuple[int, _Table]]:
    for source in range(sources):
        yield source, table.take(np.flatnonzero(table.source == source))


def _cells(table: _Table, sources: int) -> Iterator[tuple[int, int, _Table]]:
    """Every source and fortnight of release that has boats."""
    for source, part in _by_source(table, sources):
        for fortnight in np.unique(part.fortnight):
            yield source, int(fortnight), part.take(np.flatnonzero(part.fortnight == fortnight))


def _weeks(arrivals: xr.Dataset, table: _Table) -> tuple[int, NDArray[np.int64]]:
    """Number of weeks of the run, and landings by week and region, (week, region)."""
    last = float(np.nanmax(arrivals["final_time"].values, initial=0.0))
    if "run_end" in arrivals.attrs:
        ends = [np.datetime64(str(arrivals.attrs[key]).removesuffix("Z"), "s") for key in ("run_start", "run_end")]
        last = max(last, float((ends[1] - ends[0]) / np.timedelta64(1, "s")))
    weeks = max(int(np.ceil(last / SECONDS_PER_WEEK)), 1)
    ashore = table.stretch >= 0
    week = np.full(table.stretch.size, -1, np.int64)
    week[ashore] = np.clip((arrivals["landing_time"].values[ashore] // SECONDS_PER_WEEK).astype(np.int64), 0, weeks - 1)
    return weeks, table.sums(count_landings(week, table.stretch, weeks, len(table.leaves)), week)


def select(summary: JsonView, keys: Sequence[str]) -> dict[str, Json]:
    """The numbers of some regions, in that order; regions that the run does not have are left out."""
    return {key: summary["regions"][key] for key in keys if key in summary["regions"]}

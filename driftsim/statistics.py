"""Counts first, then probabilities and their intervals.

Boats that share a member (one season of wind) share their weather, so members are clusters and boats are not
independent. Two intervals follow, both over members: ``mean`` is the error of the run's mean, ``season`` the range of
single members with the sampling noise taken out. ``docs/explanation/statistics.md`` has the equations.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .constants import SECONDS_PER_DAY
from .errors import InputError

if TYPE_CHECKING:
    import xarray as xr

LEVEL = 0.95
"""Both intervals leave 2.5 % out at each end."""

FEWEST_MEMBERS = 10
"""Below this a variance over members is itself known to no better than half its size: the interval is binomial."""

POOLING = 5.0
"""Landings' worth of weight with which the design effect of the whole run enters that of one region."""

LARGEST_CORRELATION_ERROR = 0.1
"""Where boats per member are too few to tell the correlation of their fates better than this: no season range."""

WEEK_S = 7.0 * SECONDS_PER_DAY
FORTNIGHT_S = 14.0 * SECONDS_PER_DAY

ADRIFT, LANDED, LEFT, SUNK = 0, 1, 2, 3


RECORDS = ("reanalysis", "analysis", "forecast", "observation")
"""Kinds of record that belong to their own dates; the year of a run is printed only with these."""


class Region(Protocol):
    """A reported region: one leaf stretch of coast, or the sum of several."""

    @property
    def key(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def stretches(self) -> tuple[str, ...]: ...

    @property
    def country(self) -> str: ...


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


# --- intervals ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Intervals:
    """Proportions with their intervals; arrays of shape (region,), NaN where nothing can be said.

    Attributes
    ----------
    estimate : sum of the counts over the sum of the trials
    mean_low, mean_high : error of that estimate, members being clusters
    season_low, season_high : 2.5 and 97.5 % of single members, sampling noise taken out; NaN for ``sampling only``
    effective : number of independent boats that would give the same error
    correlation : correlation between boats of one member
    method : "members" or "sampling only"
    """

    estimate: NDArray[np.float64]
    mean_low: NDArray[np.float64]
    mean_high: NDArray[np.float64]
    season_low: NDArray[np.float64]
    season_high: NDArray[np.float64]
    effective: NDArray[np.float64]
    correlation: NDArray[np.float64]
    method: str


def wilson(
    successes: NDArray[np.float64], trials: NDArray[np.float64], quantile: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score interval of a proportion (Wilson 1927, doi:10.2307/2276774), for numbers that need not be whole.

    It lies inside [0, 1], is asymmetric near the ends, and is never a point: with no success it ends at
    ``quantile² / (trials + quantile²)``.
    """
    share = successes / trials
    square = quantile * quantile / trials
    centre = (share + 0.5 * square) / (1.0 + square)
    half = np.sqrt(square * (share * (1.0 - share) + 0.25 * square)) / (1.0 + square)
    low = np.where(successes <= 0.0, 0.0, np.maximum(centre - half, 0.0))  # exact ends: no rounding residue at 0 and 1
    high = np.where(successes >= trials, 1.0, np.minimum(centre + half, 1.0))
    return low, high


def intervals(
    counts: NDArray[np.integer], trials: NDArray[np.integer], leaves: NDArray[np.integer] | None = None
) -> Intervals:
    """Proportions over all members, with both intervals.

    Parameters
    ----------
    counts : (member, region)
        Boats of each member that did it. A column must not exceed the trials.
    trials : (member,)
        Boats of each member that could have; members may differ, or have none. When the trials are themselves random
        (a share of all landings), the same formulas are those of the linearised ratio estimator.
    leaves : (member, leaf), optional
        Counts of outcomes that do not overlap, from which the design effect of the whole run is taken.
        Default: ``counts``.

    Returns
    -------
    Intervals
        Everything NaN when there are no trials.
    """
    from scipy.special import ndtri, stdtrit  # scipy.stats takes a second to import

    used = trials > 0
    members, total = int(used.sum()), float(trials.sum())
    k, n = counts[used].astype(np.float64), trials[used].astype(np.float64)
    nothing = np.full(counts.shape[1], np.nan)
    if total == 0.0:
        return Intervals(nothing, nothing, nothing, nothing, nothing, nothing, nothing, "sampling only")
    successes = k.sum(axis=0)
    estimate = successes / total
    tail = 0.5 * (1.0 + LEVEL)
    if members < FEWEST_MEMBERS:
        low, high = wilson(successes, np.full_like(successes, total), float(ndtri(tail)))
        return Intervals(
            estimate, low, high, nothing, nothing, np.full_like(successes, total), nothing, "sampling only"
        )
    design = _design_effect(k, n, k if leaves is None else leaves[used].astype(np.float64))
    effective = total / design
    low, high = wilson(estimate * effective, effective, float(stdtrit(members - 1, tail)))
    correlation = _correlation(design, n)
    season_low, season_high = _season(estimate, correlation, low, high)
    return Intervals(estimate, low, high, season_low, season_high, effective, correlation, "members")


def share_change(
    k: NDArray[np.integer], n: NDArray[np.integer], k0: NDArray[np.integer], n0: NDArray[np.integer]
) -> tuple[float | None, float | None]:
    """How much a share differs from that of another run, and the standard error of the difference.

    Runs of one seed share their weather, so the members of the two are taken in pairs (jackknife, one pair left out at
    a time); for runs that share nothing the error comes out all the same.

    Parameters
    ----------
    k, n : array of int, shape (member,)
        Counts and what they are shares of.
    k0, n0 : array of int, shape (member,)
        Those of the other run.

    Returns
    -------
    tuple
        None where a run has no landing; no error with other members, or fewer than ten.
    """
    if not n.sum() or not n0.sum():
        return None, None
    change = float(k.sum() / n.sum() - k0.sum() / n0.sum())
    members = len(n)
    if members != len(n0) or members < FEWEST_MEMBERS or (n == n.sum()).any() or (n0 == n0.sum()).any():
        return change, None
    left_out = (k.sum() - k) / (n.sum() - n) - (k0.sum() - k0) / (n0.sum() - n0)
    return change, float(np.sqrt((members - 1) / members * np.square(left_out - left_out.mean()).sum()))


def _squares(k: NDArray[np.float64], n: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Variance of the summed count over clusters, and what independent boats would have; both (region,)."""
    total, members = n.sum(), n.size
    estimate = k.sum(axis=0) / total
    residual = k - n[:, None] * estimate
    return members / (members - 1) * (residual * residual).sum(axis=0), total * estimate * (1.0 - estimate)


def _design_effect(k: NDArray[np.float64], n: NDArray[np.float64], leaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many times the variance exceeds that of independent boats, (region,).

    A region with few landings tells little about it (with one landing the plain ratio is 1 whatever the truth), so each
    ratio is drawn towards that of the whole run, and that one towards the worst case, a member acting as one boat. Both
    fade with landings.
    """
    worst = (n * n).sum() / n.sum()
    clustered, independent = (value.sum() for value in _squares(leaves, n))
    pooled = (clustered + POOLING * worst) / (independent + POOLING)
    clustered, independent = _squares(k, n)
    return np.clip((clustered + POOLING * pooled) / (independent + POOLING), 1.0, worst)


def _correlation(design: NDArray[np.float64], n: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlation between boats of a member (moment estimate); NaN where there are too few boats per member to tell."""
    surplus = (n * n).sum() / n.sum() - 1.0
    if surplus <= 0.0 or np.sqrt(2.0 / (n.size - 1)) / surplus > LARGEST_CORRELATION_ERROR:
        return np.full_like(design, np.nan)
    return np.clip((design - 1.0) / surplus, 0.0, 1.0)


def pooled_correlation(counts: NDArray[np.floating]) -> float:
    """Correlation between boats of one member over all outcomes together (moment estimate), 0 to 1.

    Parameters
    ----------
    counts : (member, outcome)
        Boats of each member by outcomes that do not overlap and leave nothing out; they need not be whole.

    Returns
    -------
    float
        NaN with fewer than `FEWEST_MEMBERS` members, or too few boats in each.
    """
    trials = counts.sum(axis=1)
    k, n = counts[trials > 0.0], trials[trials > 0.0]
    if n.size < FEWEST_MEMBERS:
        return float("nan")
    clustered, independent = (value.sum() for value in _squares(k, n))
    surplus = (n * n).sum() / n.sum() - 1.0
    return (
        float(np.clip((clustered / independent - 1.0) / surplus, 0.0, 1.0)) if surplus > 0.0 < independent else np.nan
    )


def _season(
    estimate: NDArray[np.float64], correlation: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Quantiles of the beta distribution of single members, never inside the error of the mean.

    As the correlation goes to nothing the beta closes on the estimate; one season cannot be better known than the mean
    of all, so the mean's interval takes over, without a jump.
    """
    from scipy.special import betaincinv

    rho = np.clip(correlation, 1e-9, 1.0 - 1e-9)  # NaN stays
    size = 1.0 / rho - 1.0
    inside = (estimate > 0.0) & (estimate < 1.0)
    p = np.where(inside, estimate, 0.5)
    tail = 0.5 * (1.0 - LEVEL)
    ends = [np.where(inside, betaincinv(p * size, (1.0 - p) * size, q), estimate) for q in (tail, 1.0 - tail)]
    unknown = np.isnan(correlation)
    return np.where(unknown, np.nan, np.minimum(ends[0], low)), np.where(unknown, np.nan, np.maximum(ends[1], high))


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
    belongs: NDArray[np.int64]  # (leaf, region) 0 or 1
    japan: int  # column of the region Japan, -1 if none

    def take(self, rows: NDArray[np.int64]) -> _Table:
        """The same for some boats."""
        from dataclasses import replace

        columns = ("member", "source", "fortnight", "stretch", "near", "age_days")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})


def _read(arrivals: xr.Dataset, regions: Mapping[str, Region]) -> _Table:
    leaves = flag_names(arrivals["stretch"])
    belongs = np.zeros((len(leaves), len(regions)), np.int64)
    for column, region in enumerate(regions.values()):
        for key in region.stretches:
            if key not in leaves:
                raise InputError(
                    f"region {region.key!r} has the stretch {key!r}, which the arrivals do not know "
                    f"(variable 'stretch', flag_meanings): the run was made with another list of coasts; run it again"
                )
            belongs[leaves.index(key), column] = 1
    landed = arrivals["outcome"].values == LANDED
    stretch = np.where(landed, arrivals["stretch"].values, -1).astype(np.int16)
    if stretch.size and stretch.max() >= len(leaves):
        raise InputError(f"arrivals: stretch code {stretch.max()} has no name among the {len(leaves)} of flag_meanings")
    own = np.where(stretch >= 0, np.uint64(1) << np.maximum(stretch, 0).astype(np.uint64), np.uint64(0))
    member = arrivals["member"].values.astype(np.int64)
    return _Table(
        member=member,
        source=arrivals["source"].values.astype(np.int64),
        fortnight=np.floor(arrivals["release_time"].values / FORTNIGHT_S).astype(np.int64),
        stretch=stretch,
        near=arrivals["within_20_km"].values.astype(np.uint64) | own,
        age_days=arrivals["age_days"].values.astype(np.float64),
        members=max(int(arrivals.attrs.get("members", 1)), int(member.max(initial=0)) + 1),
        leaves=leaves,
        regions=list(regions.values()),
        belongs=belongs,
        japan=list(regions).index("japan") if "japan" in regions else -1,
    )


def count_landings(
    member: NDArray[np.integer], stretch: NDArray[np.integer], members: int, leaves: int
) -> NDArray[np.int64]:
    """Boats by member and leaf stretch, (member, leaf); boats with a negative stretch are not counted."""
    ashore = stretch >= 0
    code = member[ashore].astype(np.int64) * leaves + stretch[ashore]
    return np.bincount(code, minlength=members * leaves).reshape(members, leaves)


def _count_near(table: _Table) -> NDArray[np.int64]:
    """Boats that came within 20 km of each region, (region,)."""
    bits = np.uint64(1) << np.arange(len(table.leaves), dtype=np.uint64)
    out = np.zeros(len(table.regions), np.int64)
    for column in range(len(table.regions)):
        mask = np.bitwise_or.reduce(bits[table.belongs[:, column] == 1], initial=np.uint64(0))
        out[column] = np.count_nonzero(table.near & mask)
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
        if of_region.size:
            out[column] = np.quantile(of_region, (0.1, 0.5, 0.9))
    return out


def _describe(table: _Table) -> tuple[dict[str, dict[str, Any]], str]:
    """Numbers of every region for the boats of a table, and the method of their intervals."""
    released = np.bincount(table.member, minlength=table.members)
    by_leaf = count_landings(table.member, table.stretch, table.members, len(table.leaves))
    by_region = by_leaf @ table.belongs
    of_all = intervals(by_region, released, by_leaf)
    of_japan = None
    domestic = np.zeros(len(table.regions), bool)
    if table.japan >= 0:
        at_home = table.belongs[:, table.japan] == 1
        domestic = (table.belongs[~at_home] == 0).all(axis=0)
        of_japan = intervals(np.where(domestic, by_region, 0), by_region[:, table.japan], by_leaf[:, at_home])
    near, days, boats = _count_near(table), _days(table), max(table.member.size, 1)
    body: dict[str, dict[str, Any]] = {}
    for i, region in enumerate(table.regions):
        body[region.key] = {
            "boats": int(by_region[:, i].sum()),
            **_interval_keys(of_all, i, "probability", ""),
            **_interval_keys(of_japan if domestic[i] else None, i, "share_of_japan", "share_", whole=i == table.japan),
            "within_20_km": _number(near[i] / boats),
            **{f"days_p{p}": _number(days[i, j]) for j, p in enumerate((10, 50, 90))},
        }
    return body, of_all.method


def describe_regions(arrivals: xr.Dataset, regions: Mapping[str, Region]) -> dict[str, dict[str, Any]]:
    """Numbers of every region by key, as in the summary but without its names and weeks.

    Parameters
    ----------
    arrivals
        Some or all boats of a run; needs member, source, release_time, outcome, stretch, age_days, within_20_km.
    regions
        As for `summarise`.
    """
    return _describe(_read(arrivals, regions))[0]


def _interval_keys(
    of: Intervals | None, i: int, name: str, prefix: str, *, whole: bool = False
) -> dict[str, float | None]:
    ends = ("mean_low", "mean_high", "season_low", "season_high")
    if of is None:
        return {name: None, **{prefix + end: None for end in ends}}
    if whole and of.estimate[i] == 1.0:  # Japan's share of Japan is one by definition, not by estimate
        return {name: 1.0, **{prefix + end: 1.0 for end in ends}}
    return {name: _number(of.estimate[i]), **{prefix + end: _number(getattr(of, end)[i]) for end in ends}}


def _number(value: float) -> float | None:
    """Six digits are more than any of these numbers bears; NaN is null."""
    return None if np.isnan(value) else float(f"{value:.6g}")


# --- the summary ----------------------------------------------------------------------------------------------------


def outcomes(arrivals: xr.Dataset) -> dict[str, int]:
    """Boats by outcome: stretch of landing, ``left_<exit>``, ``adrift``, ``sunk``; adding up to the boats released."""
    code, boats = arrivals["outcome"].values, arrivals.sizes["boat"]
    out: dict[str, int] = {}
    for prefix, variable, state in (("", "stretch", LANDED), ("left_", "exit", LEFT)):
        names = flag_names(arrivals[variable])
        counts = np.bincount(arrivals[variable].values[code == state].astype(np.int64) + 1, minlength=len(names) + 1)
        out |= {prefix + name: int(number) for name, number in zip(names, counts[1:], strict=True)}
        if counts[0]:
            out[f"{prefix or 'ashore_'}unnamed"] = int(counts[0])
    out |= {"adrift": int(np.count_nonzero(code == ADRIFT)), "sunk": int(np.count_nonzero(code == SUNK))}
    if sum(out.values()) != boats:
        raise InputError(f"arrivals: the outcomes add up to {sum(out.values())}, not to the {boats} boats released")
    return out


def summarise(
    arrivals: xr.Dataset, regions: Mapping[str, Region], forcing: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """All numbers of a run: the body of ``summary.json``, without its provenance.

    Parameters
    ----------
    arrivals
        One row per boat.
    regions
        Reported regions by key; leaf stretches and sums of them. Shares are shares of the one with the key ``japan``.
    forcing
        What drove the boats: kind (current, wind, stokes) to the notes of the field.

    Raises
    ------
    InputError
        If a region has a stretch that the arrivals do not know, or the outcomes do not add up.
    """
    table = _read(arrivals, regions)
    start = np.datetime64(str(arrivals.attrs["run_start"]).removesuffix("Z"), "s")
    body, method = _describe(table)
    weeks, by_week = _weeks(arrivals, table)
    names = flag_names(arrivals["source"])
    direction = str(arrivals.attrs.get("direction", "forward"))
    of_run = {
        region.key: {
            "name": region.name,
            "country": region.country,
            "stretches": list(region.stretches),
            **body[region.key],
            "landings_by_week": by_week[:, i].tolist(),
        }
        for i, region in enumerate(table.regions)
    }
    return {
        "title": str(arrivals.attrs.get("title", "")),
        "seed": _whole(arrivals.attrs.get("seed")),
        "boats": int(arrivals.sizes["boat"]),
        "members": table.members,
        "direction": direction,
        "interval_method": method,
        "outcomes": outcomes(arrivals),
        "regions": of_run,
        "weeks": [_date(start, WEEK_S * k) for k in range(weeks)],
        "sources": [_cell(names[s], part) for s, part in _by_source(table, len(names))],
        "by_source": [
            _cell(names[s], part, _date(start, FORTNIGHT_S * fortnight))
            for s, fortnight, part in _cells(table, len(names))
        ],
        "forcing": {kind: dict(notes) for kind, notes in (forcing or {}).items()},
        "caveats": caveats(forcing, method, direction),
    }


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)


def _date(start: np.datetime64, seconds: float) -> str:
    return str((start + np.timedelta64(round(seconds), "s")).astype("datetime64[D]"))


def _cell(source: str, table: _Table, fortnight_start: str | None = None) -> dict[str, Any]:
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
    weeks = max(int(np.ceil(last / WEEK_S)), 1)
    ashore = table.stretch >= 0
    week = np.clip((arrivals["landing_time"].values[ashore] // WEEK_S).astype(np.int64), 0, weeks - 1)
    return weeks, count_landings(week, table.stretch[ashore], weeks, len(table.leaves)) @ table.belongs


FIELDS = {"current": "current", "wind": "wind", "stokes": "Stokes drift"}
"""Kinds of fields in words."""


def caveats(
    forcing: Mapping[str, Mapping[str, Any]] | None = None, method: str = "members", direction: str = "forward"
) -> list[str]:
    """What a reader must know beside the numbers."""
    covered = "chance and the season's weather" if method == "members" else "sampling error alone (too few members)"
    intervals_hold = f"The intervals cover {covered}, not the choice of source, boat class or current."
    if direction == "backward":
        out = [
            "A backward run is no forecast of arrivals: paths go back in time from where boats are released, and a "
            "landing is the first coast that a path leads back to.",
            "Every number is conditional on the stated places and dates, and weighs all places of origin alike.",
            intervals_hold,
        ]
    else:
        out = [
            "Every number is conditional on the stated sources and dates of release, and on staying afloat until "
            "landing.",
            intervals_hold,
            "A landing is the first shore that a boat touches in the simulation, found by anyone or not.",
        ]
    notes_of = forcing or {}
    typical = [FIELDS.get(kind, kind) for kind in notes_of if notes_of[kind].get("kind_of_record") == "climatology"]
    if typical:
        out.append(
            f"The {' and the '.join(typical)} {'is' if len(typical) == 1 else 'are'} a climatology: typical seasons, "
            "not observations of any year."
        )
    ekman = notes_of.get("current", {}).get("ekman_added")
    if ekman:
        turned = float(ekman["degrees_to_the_right"])
        out.append(
            f"The current holds no Ekman drift: {ekman['percent_of_wind']:g} % of the wind, {abs(turned):g}° to its "
            f"{'right' if turned >= 0.0 else 'left'}, is added for it."
        )
    out += [
        f"Decided of the {FIELDS.get(kind, kind)}: {text}."
        for kind in notes_of
        for text in notes_of[kind].get("decisions", ())
    ]
    for kind, date in steady_fields(notes_of).items():
        of_date = f", of {date}," if date else ""
        out.append(
            f"The {FIELDS.get(kind, kind)} is one field{of_date} at all times: no record of the run's period, which "
            "makes this no hindcast."
        )
    return out


def steady_fields(forcing: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Fields that are one level at all times, with the date of that level; empty where the file has none."""
    out = {}
    for kind, notes in forcing.items():
        if notes.get("kind_of_record") == "steady":
            date = str(notes.get("first_level") or "")
            # A file without times gets the run's own for its level; only the note tells that apart.
            out[kind] = date[:10] if date and f"of {date}" in str(notes.get("note", "")) else ""
    return out


def select(summary: Mapping[str, Any], keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The numbers of some regions, in that order; regions that the run does not have are left out."""
    return {key: summary["regions"][key] for key in keys if key in summary["regions"]}
